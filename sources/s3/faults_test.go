package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
)

// source makes a Source over srv that does not wait in real time.
func source(t *testing.T, srv *faultys3.Server, change func(*s3.Options)) *s3.Source {
	t.Helper()
	o := s3.Options{URL: srv.URL(), Endpoint: srv.Endpoint, Anonymous: true, Clock: srv.Clock}
	if change != nil {
		change(&o)
	}
	src, err := s3.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { src.Close() })
	return src
}

// readAll opens o and reads all of it in pieces of an odd length.
func readAll(ctx context.Context, s sources.Source, o sources.Object) ([]byte, error) {
	c, err := s.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return io.ReadAll(io.LimitReader(&pieces{r: io.NewSectionReader(c, 0, c.Size())}, 64<<20))
}

type pieces struct{ r io.Reader }

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), 9973)]) }

type scan struct {
	sync.Mutex
	content map[string][]byte
	codes   map[string]string
	objects map[string]sources.Object
}

// run reads everything as the scanner does: workers beside the listing, three
// more tries with a new version, and a second pass over what was unavailable.
func run(t *testing.T, src *s3.Source, workers int) *scan {
	t.Helper()
	ctx := t.Context()
	res := &scan{content: map[string][]byte{}, codes: map[string]string{}, objects: map[string]sources.Object{}}
	var todo sync.WaitGroup
	queue := make(chan sources.Object)
	for range workers {
		todo.Go(func() {
			for o := range queue {
				res.read(ctx, src, o)
			}
		})
	}
	for o, err := range src.Objects(ctx, "") {
		var e *sources.Error
		switch {
		case o.Key == "":
			t.Errorf("listing: %v (%v)", err, errors.Unwrap(err))
		case errors.As(err, &e):
			res.set(o, nil, e.Code)
		default:
			queue <- o
		}
	}
	close(queue)
	todo.Wait()
	for key, code := range res.codes {
		if code == sources.CodeUnavailable {
			res.read(ctx, src, res.objects[key])
		}
	}
	return res
}

func (r *scan) read(ctx context.Context, src *s3.Source, o sources.Object) {
	for range 4 {
		b, err := readAll(ctx, src, o)
		var e *sources.Error
		switch {
		case err == nil:
			r.set(o, b, "")
			return
		case errors.Is(err, sources.ErrChanged):
			var now sources.Object
			if now, err = src.Refresh(ctx, o); err == nil {
				o = now
				r.set(o, nil, sources.CodeChanged)
				continue
			}
			if errors.As(err, &e) {
				r.set(o, nil, e.Code)
				return
			}
			fallthrough
		default:
			code := fmt.Sprintf("no *sources.Error: %v", err)
			if errors.As(err, &e) {
				code = e.Code
				if e.Fatal {
					code += ", fatal"
				}
			}
			r.set(o, nil, code)
			return
		}
	}
}

func (r *scan) set(o sources.Object, b []byte, code string) {
	r.Lock()
	defer r.Unlock()
	r.objects[o.Key] = o
	if code == "" {
		r.content[o.Key] = b
		delete(r.codes, o.Key)
		return
	}
	r.codes[o.Key] = code
}

// fill stores n objects of all fates and sizes, some under keys that need care.
func fill(srv *faultys3.Server, n int) {
	odd := []string{"a\nb/", "sp ace+/", "é/", "\x01ctl/", "a//b/", "..%2f/", "x?y#z/", "../", "\xff/"}
	for i := range n {
		key := fmt.Sprintf("users/u%03d/%06d", i%97, i)
		if i%13 == 0 {
			key = odd[(i/13)%len(odd)] + key
		}
		size := []int{0, 1, 500, 20_000, 64 << 10, 64<<10 + 1, 200_000, 700_000}[i%8]
		o := faultys3.Object{Data: bytes.Repeat(fmt.Appendf(nil, "<%d>", i), size/3+1)[:size], Tags: map[string]string{"n": fmt.Sprint(i)}}
		switch i % 29 {
		case 3:
			o.Fate = faultys3.Denied
		case 7:
			o.Fate = faultys3.Archived
		case 11:
			o.Fate = faultys3.Vanished
		case 13:
			o.Fate = faultys3.NeedsKey
		case 17:
			o.Fate = faultys3.TierArchived
		case 19:
			o.Fate = faultys3.KMSDenied
		case 2, 14, 21, 23:
			o.SwapAfter = i % 3
			o.Next = bytes.Repeat(fmt.Appendf(nil, "{%d} ", i), size/4+2)
			if i%2 == 0 {
				o.Next = o.Next[:size] // same length
			}
		}
		srv.Put(key, o)
	}
}

func check(t *testing.T, srv *faultys3.Server, res *scan) {
	t.Helper()
	for _, key := range srv.Keys() {
		truth := srv.Truth(key)
		code, gap := res.codes[key]
		content, read := res.content[key]
		switch {
		case gap && code != truth.Code:
			t.Errorf("%q: reported as %q, is %q", key, code, truth.Code)
		case !gap && !read:
			t.Errorf("%q: lost", key)
		case !gap && truth.Code != "":
			t.Errorf("%q: read, but is %q", key, truth.Code)
		case !gap && !truth.Allows(content):
			t.Errorf("%q: %d bytes that are no version of it", key, len(content))
		}
	}
	if n := len(res.codes) + len(res.content); n != len(srv.Keys()) {
		t.Errorf("%d objects ended somehow, %d there are", n, len(srv.Keys()))
	}
	if m := srv.Mutations(); len(m) > 0 {
		t.Errorf("reading changed something: %v", m)
	}
}

func TestFaults(t *testing.T) {
	const n = 200
	tests := []struct {
		name   string
		cfg    faultys3.Config
		change func(*s3.Options)
	}{
		{"none", faultys3.Config{}, nil},
		{"5 percent", faultys3.Config{Seed: 1, P: .05}, nil},
		{"20 percent", faultys3.Config{Seed: 2, P: .2}, nil},
		{"40 percent", faultys3.Config{Seed: 3, P: .4}, nil},
		{"40 percent, other seed", faultys3.Config{Seed: 4, P: .4}, func(o *s3.Options) { o.WithTags = true }},
		{"store ignores ranges", faultys3.Config{Seed: 5, P: .1, IgnoreRange: true}, nil},
		{"store ignores If-Match", faultys3.Config{Seed: 6, P: .1, IgnoreIfMatch: true}, nil},
		{"bodies without a length", faultys3.Config{Seed: 7, P: .1, Chunked: true}, nil},
		{"one request at a time", faultys3.Config{Seed: 8, P: .05}, func(o *s3.Options) { o.MaxInFlight = 1 }},
		{"short outage", faultys3.Config{Seed: 9, Outage: faultys3.Outage{After: 20, For: 2 * time.Second}}, nil},
		{"long outage", faultys3.Config{Seed: 10, P: .05, Outage: faultys3.Outage{After: 20, For: 30 * time.Second}}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.cfg.PageSize = 40
			srv := faultys3.New(t, test.cfg)
			fill(srv, n)
			src := source(t, srv, func(o *s3.Options) {
				o.IdleTimeout = faultys3.Idle
				if test.change != nil {
					test.change(o)
				}
			})
			res := run(t, src, 16)
			check(t, srv, res)
			if st := src.Stats(); test.cfg.P > 0 && st.Retries == 0 {
				t.Errorf("no retry: nothing was tested; %+v", st)
			}
			if limit := int64(8 * n); srv.Requests() > limit {
				t.Errorf("%d requests for %d objects, %+v", srv.Requests(), n, src.Stats())
			}
		})
	}
}

// TestOutageLosesNothing is the 64 workers that lose half of their objects with
// the SDK's own retries.
func TestOutageLosesNothing(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Outage: faultys3.Outage{After: 100, For: 10 * time.Second}})
	for i := range 800 {
		srv.Put(fmt.Sprintf("%05d", i), faultys3.Object{Data: []byte(strings.Repeat("x", i%2000))})
	}
	src := source(t, srv, nil)
	res := run(t, src, 64)
	check(t, srv, res)
	if src.Stats().Throttles == 0 {
		t.Error("there was no outage")
	}
}
