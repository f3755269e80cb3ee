package mail

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// entity is a body and what its header says of it (RFC 2045).
type entity struct {
	kind       string // "text/plain", in lower case
	charset    string
	boundary   string
	encoding   string // of the transfer, in lower case
	name       string // of a file
	smime      string // parameter smime-type
	attachment bool   // its disposition
	encrypted  bool   // a part of multipart/encrypted
	around     string // the path of text that is no part: before the first and after the last
	start      int64
}

// multipart is one whose end has not come yet.
type multipart struct {
	kind     string
	boundary []byte // with the two hyphens before it
}

// entityOf reads the fields of a header that describe its body. A part of a
// digest is a message unless it says otherwise (RFC 2046, section 5.1.5).
func entityOf(h *header, within string) *entity {
	kind, params := parameters(h.get("content-type"))
	disposition, more := parameters(h.get("content-disposition"))
	e := &entity{
		kind: kind, charset: params["charset"], boundary: strings.TrimRight(params["boundary"], " \t"), smime: strings.ToLower(params["smime-type"]),
		encoding: strings.ToLower(strings.TrimSpace(h.get("content-transfer-encoding"))), start: h.body,
		attachment: disposition == "attachment", encrypted: within == "multipart/encrypted",
	}
	e.encoding, _, _ = strings.Cut(e.encoding, ";")
	if e.kind == "" {
		e.kind = "text/plain"
		if within == "multipart/digest" {
			e.kind = "message/rfc822"
		}
	}
	if e.name = decodeWords(more["filename"], e.charset); e.name == "" {
		e.name = decodeWords(params["name"], e.charset)
	}
	e.name = tidy(e.name)
	return e
}

// maxParameters of one field.
const maxParameters = 100

// parameters reads a value with parameters (RFC 2045 section 5.1), those cut into
// pieces or with a charset too (RFC 2231). Broken ones are read as far as they go.
func parameters(s string) (value string, params map[string]string) {
	value, s, _ = strings.Cut(s, ";")
	value, _ = comments(value)
	params = map[string]string{}
	pieces := map[string]string{}
	for n := 0; s != "" && n < maxParameters; n++ {
		var key, val string
		key, val, s = parameter(s)
		if base, rest, ok := strings.Cut(key, "*"); ok {
			if n, _ := strconv.Atoi(strings.TrimSuffix(rest, "*")); n == 0 {
				pieces[base] = "" // the first piece, or the only one
			}
			if strings.HasSuffix(key, "*") {
				val = percent(val, pieces[base] == "")
			}
			pieces[base] += val
		} else if _, twice := params[key]; !twice && key != "" {
			params[key] = val
		}
	}
	for key, val := range pieces {
		cs, text, ok := strings.Cut(val, "\x00")
		if !ok {
			cs, text = "", val
		}
		params[key] = decode(cs, []byte(text))
	}
	return strings.ToLower(strings.TrimSpace(value)), params
}

// parameter cuts the first parameter off s.
func parameter(s string) (key, val, rest string) {
	s = strings.TrimLeft(s, "; \t\r\n")
	i := strings.IndexAny(s, "=;")
	if i < 0 || s[i] == ';' {
		if i < 0 {
			return "", "", ""
		}
		return "", "", s[i+1:]
	}
	key = strings.ToLower(strings.TrimSpace(s[:i]))
	s = strings.TrimLeft(s[i+1:], " \t\r\n")
	if strings.HasPrefix(s, "\"") {
		if n := quoted(s); n > 0 {
			_, rest, _ = strings.Cut(s[n:], ";")
			return key, unquote(s[:n]), rest
		}
		s = s[1:]
	}
	val, rest, _ = strings.Cut(s, ";")
	val, _ = comments(val)
	return key, strings.TrimSpace(strings.Trim(val, "\"")), rest
}

// percent undoes the encoding of RFC 2231 section 4: charset'language'text in
// the first piece. The charset is given with a NUL behind it.
func percent(s string, first bool) string {
	cs := ""
	if first {
		if parts := strings.SplitN(s, "'", 3); len(parts) == 3 {
			cs, s = parts[0]+"\x00", parts[2]
		}
	}
	b := []byte(s)
	out := b[:0]
	for i := 0; i < len(b); i++ {
		if hi, lo := hexAt(b, i+1), hexAt(b, i+2); b[i] == '%' && hi >= 0 && lo >= 0 {
			out = append(out, byte(hi<<4|lo))
			i += 2
		} else {
			out = append(out, b[i])
		}
	}
	return cs + string(out)
}

// message walks the message that the content is.
func (w *walk) message() error {
	off, err := w.first()
	if err != nil {
		return err
	}
	h, err := w.readHeader(off, w.in.size)
	if err != nil {
		return err
	}
	if h.cut || h.open && !h.complete() {
		w.v.Problem("header", media.Truncated)
	}
	e := entityOf(h, "")
	if err := w.give("header", h, e.charset, nil); err != nil {
		return err
	}
	if err := w.named("header", e); err != nil {
		return err
	}
	return w.body(w.enter(e))
}

// first is where the header begins: behind a mark, empty lines, and the envelope
// that mailboxes put before a message.
func (w *walk) first() (off int64, err error) {
	for range 100 {
		line, whole, err := w.in.line(off)
		if err != nil {
			return 0, err
		}
		if off == 0 && bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) {
			off = 3
			continue
		}
		text := bytes.TrimLeft(line, "\r\n\x00 \t")
		if len(line) == 0 || !whole || len(text) > 0 && !bytes.HasPrefix(text, []byte("From ")) && !bytes.HasPrefix(text, []byte(">From ")) {
			break
		}
		off += int64(len(line))
	}
	return off, nil
}

// enter opens a multipart: what stands before its first part comes back as an
// entity. Any other comes back unchanged.
func (w *walk) enter(e *entity) *entity {
	if !strings.HasPrefix(e.kind, "multipart/") {
		return e
	}
	switch {
	case e.boundary == "":
		w.v.Problem("body", media.Corrupt)
	case len(w.open) == maxDepth:
		w.v.Problem("body", media.LimitDepth)
	default:
		w.open = append(w.open, multipart{kind: e.kind, boundary: []byte("--" + e.boundary)})
		return &entity{around: "preamble", kind: "text/plain", start: e.start}
	}
	// Its parts can't be told apart: all of it is text.
	return &entity{kind: "text/plain", start: e.start}
}

// body goes through what follows the header of the message, from boundary to
// boundary. cur is what the bytes belong to.
func (w *walk) body(cur *entity) error {
	begins := true // a line begins at at
	for at := cur.start; at < w.in.size && len(w.open) > 0; {
		line, whole, err := w.in.line(at)
		if err != nil {
			return err
		}
		from := at
		at += int64(len(line))
		starts := begins
		begins = whole
		if !starts || !bytes.HasPrefix(line, []byte("--")) {
			continue
		}
		level, last := w.boundary(line)
		if level < 0 {
			continue
		}
		if err := w.leaf(cur, from); err != nil {
			return err
		}
		w.open = w.open[:level+1]
		if last {
			w.open = w.open[:level]
			cur = &entity{around: "epilogue", kind: "text/plain", start: at}
			continue
		}
		if w.parts++; w.parts > maxParts {
			w.v.Problem("", media.LimitCount)
			return w.v.Nested("rest", w.in.section(at, w.in.size))
		}
		if cur, at, err = w.part(at); err != nil {
			return err
		}
	}
	cut, err := w.inLineEnd()
	if err != nil {
		return err
	}
	if len(w.open) > 0 || cut {
		w.v.Problem("", media.Truncated)
	}
	return w.leaf(cur, w.in.size)
}

// inLineEnd tells whether the content ends between the two bytes that end a line.
func (w *walk) inLineEnd() (bool, error) {
	b, err := w.in.bytes(max(w.in.size-1, 0), w.in.size, 1)
	return len(b) == 1 && b[0] == '\r', err
}

// boundary finds the multipart whose boundary a line is (RFC 2046, section
// 5.1.1), -1 if it is none; last tells whether it is the one that ends it.
func (w *walk) boundary(line []byte) (level int, last bool) {
	line = bytes.TrimRight(line, " \t\r\n")
	for i := len(w.open) - 1; i >= 0; i-- {
		if b := w.open[i].boundary; bytes.HasPrefix(line, b) {
			switch string(line[len(b):]) {
			case "":
				return i, false
			case "--":
				return i, true
			}
		}
	}
	return -1, false
}

// part reads the header of a part, and tells where its body begins.
func (w *walk) part(off int64) (*entity, int64, error) {
	h, err := w.readHeader(off, w.in.size)
	if err != nil {
		return nil, 0, err
	}
	e := entityOf(h, w.open[len(w.open)-1].kind)
	path := fmt.Sprintf("part[%d]", w.parts)
	if err := w.give(path, h, e.charset, silent); err != nil {
		return nil, 0, err
	}
	if err := w.named(path, e); err != nil {
		return nil, 0, err
	}
	return w.enter(e), h.body, nil
}

// silent are the fields of a part's header that only say how to read it.
var silent = map[string]bool{
	"content-type": true, "content-transfer-encoding": true, "content-disposition": true, "content-id": true, "content-language": true,
	"content-length": true, "mime-version": true, "x-attachment-id": true,
}

// named gives the name of a file as a tag.
func (w *walk) named(path string, e *entity) error {
	if e.name == "" {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: []detectors.Tag{{Group: "Mail", Name: "FileName", Value: e.name}}, Off: -1})
}
