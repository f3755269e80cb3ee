// Package faultys3 is an S3 server for tests that fails on purpose, and always in
// the same way: whether an attempt fails, and how, is a hash of the seed, the
// operation, the key and the number of the attempt, so that no scheduling of the
// client changes the script. Server.Truth says what a correct client must have
// ended with.
//
//	srv := faultys3.New(t, faultys3.Config{Seed: 1, P: 0.2})
//	srv.Put("users/7/a.txt", faultys3.Object{Data: data})
//	srv.Put("users/7/b.txt", faultys3.Object{Data: data, Fate: faultys3.Denied})
//	src, err := s3.New(ctx, s3.Options{URL: srv.URL(), Endpoint: srv.Endpoint,
//		Anonymous: true, IdleTimeout: faultys3.Idle, Clock: srv.Clock})
//
// It speaks the part of the protocol that reading a bucket needs, path style, and
// checks no signatures; deletes and writes work and are recorded. With Config.Versioning it
// keeps versions, delete markers and locks.
package faultys3

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Bucket is the only bucket that a Server has.
const Bucket = "b"

// Idle is an idle timeout for clients of a Server: a stall lasts longer, and a
// slow test machine answers sooner.
const Idle = 400 * time.Millisecond

// Config is the script of a Server. The zero value never fails.
type Config struct {
	Seed uint64
	P    float64 // share of attempts that fail, 0 to 1
	// Faults are the kinds to choose from; nil means all of them.
	Faults []Fault
	// MaxFaults is after how many failed attempts on one operation and key the
	// next succeeds; 0 means 6.
	MaxFaults int

	PageSize int           // keys on a page of the listing; 0 means 1,000
	Latency  time.Duration // before each answer
	Outage   Outage

	IgnoreRange   bool // answer every GET with 200 and the whole object
	IgnoreIfMatch bool // as some stores do
	Chunked       bool // send bodies without a length

	Listing ListDefect // a listing that stays wrong

	Versioning string   // "Enabled", "Suspended", or "": the bucket keeps no versions
	Lockable   bool     // the bucket has object lock
	Replicas   []string // buckets that it is copied to
	MFADelete  bool

	// Access is what the bucket says of who may read it; the zero value says that
	// the store does not know such questions.
	Access Access

	// Before may answer in place of the server; nil lets it go on. It is called
	// for each request, n counts those on the same op and key from 0.
	Before func(r *http.Request, op, key string, n int) *Answer
}

// Access answers the questions about who may read a bucket. An empty field is
// answered with 501 NotImplemented, "none" with 404 and the code that S3 has for it.
type Access struct {
	Policy    string // "public" or "private": what its status is
	Block     string // settings that are on, by commas: "IgnorePublicAcls,RestrictPublicBuckets"
	Ownership string // "BucketOwnerEnforced"
	Grantee   string // to whom the access list of the bucket grants READ: a URI, or the id of an account
}

// Outage is a time in which every request is answered 503 SlowDown.
type Outage struct {
	After int64         // begins with this request, counted from 1; 0 means never
	For   time.Duration // by the server's Clock
}

// Answer is a scripted error.
type Answer struct {
	Status  int
	Code    string
	Message string
	Header  map[string]string
	Raw     string // the whole body, in place of an XML error
	Reset   bool   // reset the connection instead
}

// Fate is what becomes of an object, however often it is tried.
type Fate string

// The fates. Each is also the coverage code that a client must report, except for
// KMSDenied, which is "denied", and the two archives, which are "archived".
const (
	Readable      Fate = ""
	Denied        Fate = "denied"
	KMSDenied     Fate = "kms-denied"
	Archived      Fate = "archived"    // listed in class GLACIER
	TierArchived  Fate = "it-archived" // listed in INTELLIGENT_TIERING
	Vanished      Fate = "vanished"
	NeedsKey      Fate = "needs-key"
	RequesterPays Fate = "requester-pays" // readable with the header
	Corrupt       Fate = "checksum"       // never the bytes of its checksum
	Broken        Fate = "unavailable"    // always 500
	Churning      Fate = "changed"        // another version at each GET
)

// Object is what Put stores.
type Object struct {
	Data []byte
	// Next, if not nil, replaces Data after SwapAfter GETs were answered with it.
	Next      []byte
	SwapAfter int

	Fate     Fate
	Class    string // of storage; empty is STANDARD
	Restored bool   // from an archive class
	Type     string
	Meta     map[string]string
	Tags     map[string]string

	// Header holds what else a PUT may set: Cache-Control, X-Amz-Storage-Class,
	// X-Amz-Grant-Read and their like, by canonical name.
	Header map[string]string

	LockMode  string // "GOVERNANCE", "COMPLIANCE" or ""
	LockUntil time.Time
	LegalHold bool
}

type entry struct {
	Object
	etag     string // of Data
	gets     int
	modified time.Time
}

func (e *entry) replace(data []byte) { e.Data, e.etag = data, ETag(data) }

// ETag is the one that content of a Server has, without quotes.
func ETag(data []byte) string {
	sum := md5.Sum(data)
	return hex.EncodeToString(sum[:])
}

// Truth is what a correct client may say of a key in the end.
type Truth struct {
	Code     string   // of coverage; empty if it must be read
	Versions [][]byte // the contents it may have seen, each as a whole
}

// Server is one scripted store. Its methods may be called at any time.
type Server struct {
	Endpoint string
	Clock    *Clock

	cfg      Config
	requests atomic.Int64

	mu        sync.Mutex
	objects   map[string]*entry
	keys      []string // sorted
	kept      map[string][]*kept
	uploads   map[string]map[string]time.Time // by key and id
	ids       int
	tries     map[string]int
	injected  map[Fault]int
	mutations []string
	outageEnd time.Time
}

// New starts a Server that ends with the test.
func New(t testing.TB, cfg Config) *Server {
	if cfg.MaxFaults == 0 {
		cfg.MaxFaults = 6
	}
	if cfg.PageSize == 0 {
		cfg.PageSize = 1000
	}
	if cfg.Faults == nil {
		cfg.Faults = Faults()
	}
	s := &Server{cfg: cfg, Clock: NewClock(200), objects: map[string]*entry{}, kept: map[string][]*kept{}, uploads: map[string]map[string]time.Time{}, tries: map[string]int{}, injected: map[Fault]int{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	t.Cleanup(srv.CloseClientConnections)
	s.Endpoint = srv.URL
	return s
}

// URL names the whole bucket.
func (s *Server) URL() string { return "s3://" + Bucket }

// Put stores an object, in place of one of the same key.
func (s *Server) Put(key string, o Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(key, o)
}

func (s *Server) put(key string, o Object) {
	switch o.Fate {
	case Archived:
		o.Class = "GLACIER"
	case TierArchived:
		o.Class = "INTELLIGENT_TIERING"
	}
	if o.Type == "" {
		o.Type = "application/octet-stream"
	}
	s.keep(key, &entry{Object: o, etag: ETag(o.Data), modified: s.stamp(len(s.objects))})
}

// Delete removes a key with all its versions.
func (s *Server) Delete(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, key)
	s.current(key)
}

// Hide removes a key as a DELETE does that names no version.
func (s *Server) Hide(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hide(key)
}

// Keys gives all keys in byte order.
func (s *Server) Keys() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.keys)
}

// Truth says what a correct client must have ended with. A key that was never
// stored, or was deleted, is "vanished".
func (s *Server) Truth(key string) Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.objects[key]
	if e == nil {
		return Truth{Code: string(Vanished)}
	}
	t := Truth{Code: string(e.Fate)}
	switch e.Fate {
	case KMSDenied:
		t.Code = string(Denied)
	case TierArchived:
		t.Code = string(Archived)
	case Readable:
		t.Versions = [][]byte{e.Data}
		if e.Next != nil {
			t.Versions = append(t.Versions, e.Next)
		}
	}
	return t
}

// Allows reports whether content is one version, whole.
func (t Truth) Allows(content []byte) bool {
	return slices.ContainsFunc(t.Versions, func(v []byte) bool { return bytes.Equal(v, content) })
}

// Requests counts all requests so far.
func (s *Server) Requests() int64 { return s.requests.Load() }

// Injected counts the faults so far by kind.
func (s *Server) Injected() map[Fault]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[Fault]int{}
	for k, n := range s.injected {
		out[k] = n
	}
	return out
}

// Mutations lists every request that would change something, as "METHOD key", in
// order of arrival: a scan must leave none.
func (s *Server) Mutations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mutations)
}
