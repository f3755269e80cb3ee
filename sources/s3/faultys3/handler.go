package faultys3

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/xml"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP is the store.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := s.requests.Add(1)
	if s.cfg.Latency > 0 {
		time.Sleep(s.cfg.Latency)
	}
	path := strings.TrimPrefix(r.URL.EscapedPath(), "/")
	bucket, raw, _ := strings.Cut(path, "/")
	key, err := url.PathUnescape(raw)
	if err != nil {
		fail(w, &Answer{Status: http.StatusBadRequest, Code: "InvalidURI"})
		return
	}
	q := r.URL.Query()
	op := strings.ToLower(r.Method)
	switch {
	case r.Method == http.MethodGet && s.question(q, key) != nil:
		op = "ask"
	case r.Method == http.MethodGet && key == "":
		op = "list"
	case r.Method == http.MethodGet && q.Has("tagging"):
		op = "tags"
	}
	what := key
	if op == "list" {
		what = q.Get("continuation-token")
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		s.mu.Lock()
		s.mutations = append(s.mutations, r.Method+" "+key)
		s.mu.Unlock()
	}
	// Each range of an object is an operation of its own, so that long objects
	// fail all along.
	fault, nth := s.draw(op, what+" "+r.Header.Get("Range"))
	if s.cfg.Before != nil {
		if a := s.cfg.Before(r, op, key, nth); a != nil {
			fail(w, a)
			return
		}
	}
	if s.out(n) {
		fail(w, &Answer{Status: http.StatusServiceUnavailable, Code: "SlowDown"})
		return
	}
	if bucket != Bucket {
		fail(w, &Answer{Status: http.StatusNotFound, Code: "NoSuchBucket"})
		return
	}
	if early(w, fault) {
		return
	}
	switch op {
	case "list":
		s.list(w, q, fault)
	case "tags":
		s.tags(w, key, fault)
	case "ask":
		s.question(q, key)(w, q, fault)
	case "get", "head":
		s.get(w, r, key, fault)
	case "put", "delete":
		if fault == LostAnswer {
			s.edit(httptest.NewRecorder(), r, op, key)
			hangUp(w, true)
			return
		}
		s.edit(w, r, op, key)
	default:
		fail(w, &Answer{Status: http.StatusMethodNotAllowed, Code: "MethodNotAllowed"})
	}
}

// out reports whether request n falls into the outage.
func (s *Server) out(n int64) bool {
	if s.cfg.Outage.After == 0 || n < s.cfg.Outage.After {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.Clock.Now()
	if s.outageEnd.IsZero() {
		s.outageEnd = now.Add(s.cfg.Outage.For)
	}
	return now.Before(s.outageEnd)
}

type listed struct {
	Key           string
	LastModified  string
	ETag          string
	Size          int
	StorageClass  string
	Owner         *owner         `xml:",omitempty"`
	RestoreStatus *restoreStatus `xml:",omitempty"`
}

type owner struct{ ID string }

type restoreStatus struct {
	IsRestoreInProgress bool
	RestoreExpiryDate   string
}

type listing struct {
	XMLName               xml.Name `xml:"ListBucketResult"`
	Name                  string
	Prefix                string
	EncodingType          string `xml:",omitempty"`
	KeyCount              int
	MaxKeys               int
	IsTruncated           bool
	NextContinuationToken string `xml:",omitempty"`
	Contents              []listed
}

func (s *Server) list(w http.ResponseWriter, q url.Values, f Fault) {
	res := s.page(q)
	token := q.Get("continuation-token")
	defect := s.cfg.Listing
	if f == ErrorIn200 || defect == ListErrorIn200 {
		fail(w, &Answer{Status: http.StatusOK, Code: "InternalError"})
		return
	}
	switch {
	case f == RepeatToken && res.IsTruncated && token != "", defect == ListSameToken && token != "":
		res.IsTruncated, res.NextContinuationToken = true, token
	case f == NoToken && res.IsTruncated, defect == ListNoToken:
		res.IsTruncated, res.NextContinuationToken = true, ""
	case defect == ListLoops && token != "":
		res.IsTruncated, res.NextContinuationToken = true, "loop"
	case defect == ListEmptyPages && token != "":
		res.Contents, res.KeyCount = nil, 0
		res.IsTruncated, res.NextContinuationToken = true, token+"x"
	case defect == ListUnsorted && len(res.Contents) > 2:
		res.Contents[1], res.Contents[2] = res.Contents[2], res.Contents[1]
	case defect == ListBadEncoding && len(res.Contents) > 0:
		res.Contents[0].Key = "%zz"
	}
	body, err := xml.Marshal(res)
	if err != nil {
		fail(w, &Answer{Status: http.StatusInternalServerError, Code: "InternalError"})
		return
	}
	body = append([]byte(xml.Header), body...)
	w.Header().Set("Content-Type", "application/xml")
	s.send(w, nil, http.StatusOK, body, f)
}

// page makes one page of the listing.
func (s *Server) page(q url.Values) *listing {
	size := s.cfg.PageSize
	if n, err := strconv.Atoi(q.Get("max-keys")); err == nil && n > 0 {
		size = min(size, n)
	}
	prefix, after := q.Get("prefix"), q.Get("start-after")
	if s.cfg.Listing == ListNoPrefix {
		prefix = ""
	}
	if s.cfg.Listing == ListAll {
		after = ""
	}
	if t := q.Get("continuation-token"); t != "" && t != "loop" {
		b, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(t, "x"))
		after = string(b)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	res := &listing{Name: Bucket, Prefix: prefix, MaxKeys: size}
	encode := func(k string) string { return k }
	if q.Get("encoding-type") == "url" && s.cfg.Listing != ListNotEncoded {
		res.EncodingType = "url"
		encode = func(k string) string { return strings.ReplaceAll(url.QueryEscape(k), "%2F", "/") }
	}
	i := sort.SearchStrings(s.keys, after)
	if s.cfg.Listing != ListDuplicates || q.Get("continuation-token") == "" {
		for i < len(s.keys) && s.keys[i] <= after && after != "" {
			i++
		}
	}
	last := ""
	for ; i < len(s.keys); i++ {
		k := s.keys[i]
		if !strings.HasPrefix(k, prefix) {
			continue
		}
		if len(res.Contents) == size {
			res.IsTruncated = true
			// Not "x" at its end, which the endless listing adds.
			res.NextContinuationToken = base64.RawURLEncoding.EncodeToString([]byte(last))
			break
		}
		last = k
		res.Contents = append(res.Contents, s.row(encode(k), k, q.Get("fetch-owner") == "true"))
	}
	res.KeyCount = len(res.Contents)
	return res
}

func (s *Server) row(shown, k string, withOwner bool) listed {
	e := s.objects[k]
	l := listed{Key: shown, LastModified: e.modified.Format("2006-01-02T15:04:05.000Z"), ETag: `"` + e.etag + `"`,
		Size: len(e.Data), StorageClass: e.Class}
	if l.StorageClass == "" {
		l.StorageClass = "STANDARD"
	}
	if withOwner {
		l.Owner = &owner{ID: "account-1"}
	}
	if e.Restored {
		l.RestoreStatus = &restoreStatus{RestoreExpiryDate: "2099-01-01T00:00:00.000Z"}
	}
	return l
}

// version is what one GET sees: content and ETag belong together.
type version struct {
	entry
	data []byte
	etag string
}

// see gives the current version, after its fate refused it or not, and swaps in
// the next one where the script says so.
func (s *Server) see(r *http.Request, key string) (version, *Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.objects[key]
	if id := r.URL.Query().Get("versionId"); id != "" {
		e = nil
		if k := s.find(key, id); k != nil && !k.marker {
			e = k.e
		}
	}
	if e == nil {
		return version{}, &Answer{Status: http.StatusNotFound, Code: "NoSuchKey"}
	}
	switch e.Fate {
	case Denied:
		return version{}, &Answer{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Access Denied"}
	case KMSDenied:
		return version{}, &Answer{Status: http.StatusForbidden, Code: "AccessDenied", Message: "not authorized to perform: kms:Decrypt on the resource"}
	case Archived, TierArchived:
		if !e.Restored {
			return version{}, &Answer{Status: http.StatusForbidden, Code: "InvalidObjectState"}
		}
	case Vanished:
		return version{}, &Answer{Status: http.StatusNotFound, Code: "NoSuchKey"}
	case NeedsKey:
		return version{}, &Answer{Status: http.StatusBadRequest, Code: "InvalidRequest", Message: "The object was stored using a form of Server Side Encryption."}
	case RequesterPays:
		if r.Header.Get("X-Amz-Request-Payer") != "requester" {
			return version{}, &Answer{Status: http.StatusForbidden, Code: "AccessDenied", Message: "Requester Pays bucket: send x-amz-request-payer"}
		}
	case Broken:
		return version{}, &Answer{Status: http.StatusInternalServerError, Code: "InternalError"}
	case Churning:
		e.replace(fmt.Appendf(nil, "version %d of it", e.gets))
	}
	if e.Next != nil && e.gets >= e.SwapAfter {
		e.replace(e.Next)
		e.Next = nil
		e.modified = e.modified.Add(time.Hour)
	}
	e.gets++
	v := version{entry: *e, data: e.Data, etag: e.etag}
	if m := r.Header.Get("If-Match"); m != "" && strings.Trim(m, `"`) != v.etag && !s.cfg.IgnoreIfMatch {
		return version{}, &Answer{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed"}
	}
	return v, nil
}

func (s *Server) get(w http.ResponseWriter, r *http.Request, key string, f Fault) {
	v, refused := s.see(r, key)
	if refused != nil {
		fail(w, refused)
		return
	}
	first, end, code := 0, len(v.data), http.StatusOK
	if rg := r.Header.Get("Range"); rg != "" && !s.cfg.IgnoreRange && f != FullBody {
		var last int
		if n, err := fmt.Sscanf(rg, "bytes=%d-%d", &first, &last); err == nil && n == 2 {
			if first >= len(v.data) {
				fail(w, &Answer{Status: http.StatusRequestedRangeNotSatisfiable, Code: "InvalidRange"})
				return
			}
			end, code = min(last+1, len(v.data)), http.StatusPartialContent
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", first, end-1, len(v.data)))
		}
	}
	h := w.Header()
	h.Set("ETag", `"`+v.etag+`"`)
	h.Set("Last-Modified", v.modified.Format(http.TimeFormat))
	h.Set("Content-Type", v.Type)
	for name, value := range v.Header {
		if !strings.HasPrefix(name, "X-Amz-Grant-") {
			h.Set(name, value)
		}
	}
	if id := s.latest(key); id != "" && s.cfg.Versioning != "" {
		h.Set("X-Amz-Version-Id", id)
	}
	for name, value := range v.Meta {
		h.Set("X-Amz-Meta-"+name, mime.QEncoding.Encode("UTF-8", value))
	}
	if len(v.Tags) > 0 {
		h.Set("X-Amz-Tagging-Count", strconv.Itoa(len(v.Tags)))
	}
	body := v.data[first:end]
	checked := code == http.StatusOK && strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED")
	if checked {
		sum := binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(v.data))
		h.Set("X-Amz-Checksum-Crc32", base64.StdEncoding.EncodeToString(sum))
	}
	if (checked && f == WrongBytes || v.Fate == Corrupt) && len(body) > 0 {
		body = slices.Clone(body)
		body[len(body)/2] ^= 0x20
	}
	s.send(w, r, code, body, f)
}

// send writes a body, or as much of it as the fault lets through.
func (s *Server) send(w http.ResponseWriter, r *http.Request, code int, body []byte, f Fault) {
	if !s.cfg.Chunked {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	cut := len(body) / 2
	if f == ManyShort {
		cut = min(100, cut)
	}
	switch f {
	case CutBody, CutXML, ResetBody, Stall, ManyShort:
	default:
		cut = len(body)
	}
	w.WriteHeader(code)
	if r != nil && r.Method == http.MethodHead {
		return
	}
	w.Write(body[:cut])
	if cut == len(body) {
		return
	}
	if flush, ok := w.(http.Flusher); ok {
		flush.Flush()
	}
	if f == Stall && r != nil {
		select {
		case <-r.Context().Done():
		case <-time.After(20 * Idle):
		}
	}
	hangUp(w, f == ResetBody || f == ManyShort)
}

type tagging struct {
	XMLName xml.Name `xml:"Tagging"`
	Tags    []tag    `xml:"TagSet>Tag"`
}

type tag struct{ Key, Value string }

func (s *Server) tags(w http.ResponseWriter, key string, f Fault) {
	s.mu.Lock()
	e := s.objects[key]
	var t tagging
	if e != nil {
		for _, k := range slices.Sorted(maps.Keys(e.Tags)) {
			t.Tags = append(t.Tags, tag{k, e.Tags[k]})
		}
	}
	s.mu.Unlock()
	if e == nil {
		fail(w, &Answer{Status: http.StatusNotFound, Code: "NoSuchKey"})
		return
	}
	body, err := xml.Marshal(t)
	if err != nil {
		fail(w, &Answer{Status: http.StatusInternalServerError, Code: "InternalError"})
		return
	}
	s.send(w, nil, http.StatusOK, body, f)
}

// restorable are the headers of a PUT that Object.Header keeps.
var restorable = []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Expires",
	"X-Amz-Server-Side-Encryption", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id", "X-Amz-Server-Side-Encryption-Bucket-Key-Enabled",
	"X-Amz-Website-Redirect-Location", "X-Amz-Object-Lock-Mode", "X-Amz-Object-Lock-Retain-Until-Date", "X-Amz-Object-Lock-Legal-Hold",
	"X-Amz-Storage-Class", "X-Amz-Grant-Full-Control", "X-Amz-Grant-Read", "X-Amz-Grant-Read-Acp", "X-Amz-Grant-Write-Acp"}

// edit writes or deletes, if If-Match holds.
func (s *Server) edit(w http.ResponseWriter, r *http.Request, op, key string) {
	data, err := io.ReadAll(io.LimitReader(r.Body, 64<<20))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if q := r.URL.Query(); op == "delete" && (q.Has("versionId") || q.Has("uploadId")) {
		s.editKept(w, r, key, q)
		return
	}
	e := s.objects[key]
	if m := r.Header.Get("If-Match"); m != "" && !s.cfg.IgnoreIfMatch {
		switch {
		case e == nil:
			fail(w, &Answer{Status: http.StatusNotFound, Code: "NoSuchKey"})
			return
		case strings.Trim(m, `"`) != e.etag:
			fail(w, &Answer{Status: http.StatusPreconditionFailed, Code: "PreconditionFailed"})
			return
		}
	}
	if op == "delete" {
		s.hide(key)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s.put(key, sentObject(r, data))
	w.Header().Set("ETag", `"`+ETag(data)+`"`)
}

func sentObject(r *http.Request, data []byte) Object {
	o := Object{Data: data, Type: r.Header.Get("Content-Type"), Class: r.Header.Get("X-Amz-Storage-Class"), Header: map[string]string{}}
	for name := range r.Header {
		if k, ok := strings.CutPrefix(name, "X-Amz-Meta-"); ok {
			if o.Meta == nil {
				o.Meta = map[string]string{}
			}
			o.Meta[strings.ToLower(k)] = r.Header.Get(name)
		}
		if slices.Contains(restorable, name) {
			o.Header[name] = r.Header.Get(name)
		}
	}
	if t, err := url.ParseQuery(r.Header.Get("X-Amz-Tagging")); err == nil && len(t) > 0 {
		o.Tags = map[string]string{}
		for k := range t {
			o.Tags[k] = t.Get(k)
		}
	}
	return o
}
