package faultys3

import (
	"fmt"
	"hash/fnv"
	"io"
	"net"
	"net/http"
	"strconv"
)

// Fault is one way in which a single attempt fails.
type Fault string

// The faults. Those that need a body hit bodies only, those of the listing only
// pages; an operation that a drawn fault does not fit gets InternalError.
const (
	SlowDown       Fault = "503"
	TooMany        Fault = "429"
	InternalError  Fault = "500"
	BadGateway     Fault = "502-html" // a page of a proxy, no XML
	RequestTimeout Fault = "400-timeout"
	Reset          Fault = "reset" // before any header
	CutBody        Fault = "cut"   // orderly end before Content-Length
	ResetBody      Fault = "mid-reset"
	Stall          Fault = "stall"           // half a body, then nothing
	WrongBytes     Fault = "wrong-bytes"     // only where the client can notice: with a checksum
	CutXML         Fault = "cut-xml"         // a page that ends in the middle of a tag
	ErrorIn200     Fault = "200-error"       // a page that is an error, with status 200
	RepeatToken    Fault = "repeated-token"  // a page whose next is itself
	NoToken        Fault = "missing-token"   // truncated, and no way on
	FullBody       Fault = "200-to-range"    // no fault, if the client is right
	ManyShort      Fault = "few-bytes-reset" // a reset after 100 bytes
	LostAnswer     Fault = "lost-answer"     // of a change: it is made, and the connection reset
)

// Faults lists all but LostAnswer, which only changes have.
func Faults() []Fault {
	return []Fault{SlowDown, TooMany, InternalError, BadGateway, RequestTimeout, Reset, CutBody, ResetBody, Stall,
		WrongBytes, CutXML, ErrorIn200, RepeatToken, NoToken, FullBody, ManyShort}
}

// ListDefect is a listing that is wrong at every try.
type ListDefect string

const (
	ListUnsorted    ListDefect = "unsorted"     // two neighbours swapped
	ListDuplicates  ListDefect = "duplicates"   // the last key of a page again on the next
	ListLoops       ListDefect = "loops"        // the second page leads to the first
	ListSameToken   ListDefect = "same-token"   // each page leads to itself
	ListNoToken     ListDefect = "no-token"     // truncated, without a token
	ListAll         ListDefect = "all"          // start-after ignored
	ListNoPrefix    ListDefect = "no-prefix"    // prefix ignored
	ListErrorIn200  ListDefect = "200-error"    // an error with status 200
	ListNotEncoded  ListDefect = "not-encoded"  // encoding-type ignored
	ListEmptyPages  ListDefect = "empty-pages"  // an endless row of them
	ListBadEncoding ListDefect = "bad-encoding" // a key that is no valid encoding
)

// hash is uniform in [0, 1).
func hash(parts ...any) float64 {
	f := fnv.New64a()
	fmt.Fprintln(f, parts...)
	// FNV alone leaves the high bits of short, similar inputs alike.
	x := f.Sum64()
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	return float64(x>>11) / (1 << 53)
}

// draw decides the fate of one attempt, and gives its number.
func (s *Server) draw(op, key string) (Fault, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.tries[op+" "+key]
	s.tries[op+" "+key]++
	if n >= s.cfg.MaxFaults || hash(s.cfg.Seed, op, key, n) >= s.cfg.P || len(s.cfg.Faults) == 0 {
		return "", n
	}
	f := s.cfg.Faults[int(hash("kind", s.cfg.Seed, op, key, n)*float64(len(s.cfg.Faults)))]
	s.injected[f]++
	return f, n
}

// early plays the faults that come before any header. It gives false for others.
func early(w http.ResponseWriter, f Fault) bool {
	switch f {
	case SlowDown:
		fail(w, &Answer{Status: http.StatusServiceUnavailable, Code: "SlowDown"})
	case TooMany:
		fail(w, &Answer{Status: http.StatusTooManyRequests, Code: "TooManyRequests"})
	case InternalError:
		fail(w, &Answer{Status: http.StatusInternalServerError, Code: "InternalError"})
	case BadGateway:
		fail(w, &Answer{Status: http.StatusBadGateway, Raw: "<html><body>Bad gateway<br></body>"})
	case RequestTimeout:
		fail(w, &Answer{Status: http.StatusBadRequest, Code: "RequestTimeout"})
	case Reset:
		hangUp(w, true)
	default:
		return false
	}
	return true
}

func fail(w http.ResponseWriter, a *Answer) {
	if a.Reset {
		hangUp(w, true)
		return
	}
	for k, v := range a.Header {
		w.Header().Set(k, v)
	}
	body := a.Raw
	if body == "" {
		w.Header().Set("Content-Type", "application/xml")
		body = fmt.Sprintf(`<?xml version="1.0" encoding="UTF-8"?>`+"\n"+
			`<Error><Code>%s</Code><Message>%s</Message><RequestId>0123456789ABCDEF</RequestId></Error>`, a.Code, a.Message)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.Status)
	io.WriteString(w, body)
}

// hangUp ends the connection, with a reset or in an orderly way.
func hangUp(w http.ResponseWriter, reset bool) {
	h, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	c, _, err := h.Hijack()
	if err != nil {
		return
	}
	if t, ok := c.(*net.TCPConn); ok && reset {
		t.SetLinger(0)
	}
	c.Close()
}
