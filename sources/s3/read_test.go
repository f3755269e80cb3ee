package s3_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"

	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
)

// numbered is content in which each place can be told from every other.
func numbered(size int) []byte {
	b := make([]byte, 0, size+16)
	for len(b) < size {
		b = fmt.Appendf(b, "%015d,", len(b))
	}
	return b[:size]
}

// TestRequestsOfReads counts the GETs and bytes that ways to read an object cost.
func TestRequestsOfReads(t *testing.T) {
	const kib = 1 << 10
	type read struct{ off, n int64 }
	sequence := func(from, n, step, size int64) (reads []read) {
		for i := range n {
			reads = append(reads, read{from + i*step, size})
		}
		return reads
	}
	tests := []struct {
		name  string
		size  int64
		reads []read
		gets  int64 // the head included
		bytes int64 // at most
	}{
		{"head only", 3 << 20, []read{{0, 4096}, {20 * kib, 40 * kib}}, 1, 64 * kib},
		{"small object", 20 * kib, []read{{0, 20 * kib}, {10, 10}}, 1, 20 * kib},
		{"just past the head", 3 << 20, []read{{64 * kib, 2}, {64*kib + 2, 8000}, {100 * kib, 20 * kib}}, 2, 192 * kib},
		{"over the edge of the head", 3 << 20, []read{{60 * kib, 8 * kib}}, 2, 192 * kib},
		{"one field in the middle", 3 << 20, []read{{1 << 20, 16}}, 2, 128 * kib},
		{"trailer read backwards", 3 << 20, []read{{3<<20 - 22, 22}, {3<<20 - 400, 300}, {3<<20 - 60*kib, 100}}, 2, 128 * kib},
		{"small steps forward", 3 << 20, sequence(64*kib, 200, 700, 100), 3, 512 * kib},
		{"steps over gaps", 3 << 20, sequence(64*kib, 20, 60*kib, 16), 6, 3 << 20},
		{"boxes far apart", 100 << 20, sequence(1<<20, 10, 10<<20, 16), 11, 11 * 64 * kib},
		{"all of 20 MiB", 20 << 20, sequence(0, 20<<20/4096, 4096, 4096), 17, 20 << 20},
		{"all of 20 MiB at once", 20 << 20, []read{{0, 20 << 20}}, 13, 20 << 20},
		{"the same again", 3 << 20, []read{{1 << 20, 16}, {2 << 20, 16}, {1 << 20, 16}, {2 << 20, 16}}, 3, 192 * kib},
		{"between two blocks", 3 << 20, []read{{1 << 20, 16}, {1<<20 + 80*kib, 16}, {1<<20 + 70*kib, 16}}, 3, 300 * kib},
	}
	big := numbered(100 << 20)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			srv := faultys3.New(t, faultys3.Config{})
			srv.Put("k", faultys3.Object{Data: big[:test.size]})
			src := source(t, srv, nil)
			o := first(t, src)
			listed := src.Stats().BytesRead
			c, err := src.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, r := range test.reads {
				b := make([]byte, r.n)
				if n, err := c.ReadAt(b, r.off); int64(n) != r.n || err != nil {
					t.Fatalf("%d bytes at %d: %d, %v", r.n, r.off, n, err)
				}
				if !bytes.Equal(b, big[r.off:r.off+r.n]) {
					t.Fatalf("%d bytes at %d are others", r.n, r.off)
				}
			}
			st := src.Stats()
			if st.Gets > test.gets || st.BytesRead-listed > test.bytes {
				t.Errorf("%d GETs and %d bytes, want at most %d and %d", st.Gets, st.BytesRead-listed, test.gets, test.bytes)
			}
		})
	}
}

// TestHeads counts the GETs for one read at each end, by what the name promises.
func TestHeads(t *testing.T) {
	const kib = 1 << 10
	for _, test := range []struct {
		key   string
		size  int64
		gets  int64
		bytes int64
	}{
		{"a.webp", 100 * kib, 1, 100 * kib},
		{"a.PNG", 128 * kib, 1, 128 * kib},
		{"a.png", 129 * kib, 2, 128 * kib},
		{"a.csv", 100 * kib, 1, 100 * kib},
		{"a.jpg", 100 * kib, 2, 100 * kib},
		{"a", 100 * kib, 2, 100 * kib},
		{"a.cr3", 3000 * kib, 2, 256 * kib},
	} {
		t.Run(fmt.Sprintf("%s of %d KiB", test.key, test.size/kib), func(t *testing.T) {
			srv := faultys3.New(t, faultys3.Config{})
			srv.Put(test.key, faultys3.Object{Data: numbered(int(test.size))})
			src := source(t, srv, nil)
			o := first(t, src)
			listed := src.Stats().BytesRead
			c, err := src.Open(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, off := range []int64{0, test.size - 16} {
				if _, err := c.ReadAt(make([]byte, 16), off); err != nil {
					t.Fatal(err)
				}
			}
			if st := src.Stats(); st.Gets != test.gets || st.BytesRead-listed != test.bytes {
				t.Errorf("%d GETs and %d bytes, want %d and %d", st.Gets, st.BytesRead-listed, test.gets, test.bytes)
			}
		})
	}
}

// TestUserMetadata: what an uploader says of an object comes as he wrote it.
func TestUserMetadata(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	srv.Put("k", faultys3.Object{Data: []byte("x"), Type: "image/png",
		Meta: map[string]string{"name": "Ana Sílva", "plain": "a=?b", "broken": "=?utf-8?q?=zz?="},
		Tags: map[string]string{"müll": "<x>", "b": ""}})
	srv.Put("l", faultys3.Object{Data: []byte("x")})
	src := source(t, srv, func(o *s3.Options) { o.WithTags = true })
	c, err := src.Open(t.Context(), first(t, src))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	o := c.Object()
	if o.Meta["name"] != "Ana Sílva" || o.Meta["plain"] != "a=?b" || len(o.Meta) != 3 {
		t.Errorf("metadata %q", o.Meta)
	}
	if len(o.Tags) != 2 || o.Tags["müll"] != "<x>" || o.TagCount != 2 || o.Type != "image/png" {
		t.Errorf("tags %q of %d, type %q", o.Tags, o.TagCount, o.Type)
	}
	for o := range src.Objects(t.Context(), "k") {
		c, err := src.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	if n := src.Stats().TagGets; n != 1 {
		t.Errorf("%d requests for tags, want 1: the second object has none", n)
	}
}

// TestRefresh is the engine's way through an object that changes in between.
func TestRefresh(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	srv.Put("k", faultys3.Object{Data: []byte("old"), Next: []byte("newer")})
	srv.Put("k2", faultys3.Object{})
	src := source(t, srv, nil)
	o := first(t, src)
	_, err := src.Open(t.Context(), o)
	if !errors.Is(err, sources.ErrChanged) {
		t.Fatalf("open of the old: %v", err)
	}
	now, err := src.Refresh(t.Context(), o)
	if err != nil || now.ETag == o.ETag || now.Size != 5 || now.Key != o.Key || now.Source != o.Source {
		t.Fatalf("refreshed to %+v, %v", now, err)
	}
	if b, err := readAll(t.Context(), src, now); string(b) != "newer" {
		t.Errorf("%q, %v", b, err)
	}
	srv.Delete("k")
	_, err = src.Refresh(t.Context(), o)
	wantCode(t, err, sources.CodeVanished, false)
}

// TestCacheIsBounded: many open contents share one limit.
func TestCacheIsBounded(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{})
	data := numbered(3 << 20)
	for i := range 20 {
		srv.Put(fmt.Sprint(i), faultys3.Object{Data: data})
	}
	src := source(t, srv, func(o *s3.Options) { o.CacheBytes = 4 << 20 })
	var open []sources.Content
	for o, err := range src.Objects(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		c, err := src.Open(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("%d bytes, %v", len(got), err)
		}
		open = append(open, c)
	}
	for _, c := range open {
		c.Close()
		if _, err := c.ReadAt(make([]byte, 1), 0); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("read after close: %v", err)
		}
	}
}

// TestURL: prefixes are bytes, and nonsense is refused before anything is sent.
func TestURL(t *testing.T) {
	tests := []struct{ url, name string }{
		{"s3://b", "s3://b/"},
		{"s3://b/", "s3://b/"},
		{"s3://b/users/alice", "s3://b/users/alice"},
		{"s3://b/a%20b?c#d/", "s3://b/a%20b?c#d/"},
		{"s3://b//x", "s3://b//x"},
		{"s3://", ""},
		{"s3:///x", ""},
		{"b/x", ""},
		{"http://b/x", ""},
		{"s3://a b/x", ""},
		{"s3://user:pw@b/x", ""},
		{"s3://../x", ""},
		{"s3://b/x\x00", ""},
	}
	for _, test := range tests {
		src, err := s3.New(t.Context(), s3.Options{URL: test.url, Anonymous: true})
		switch {
		case test.name == "":
			wantCode(t, err, sources.CodeNoSuchBucket, true, " ")
		case err != nil:
			t.Errorf("%q: %v", test.url, err)
		case src.Name() != test.name:
			t.Errorf("%q: name %q", test.url, src.Name())
		}
	}
}

// TestMissingProfile is found before anything is sent.
func TestMissingProfile(t *testing.T) {
	_, err := s3.New(t.Context(), s3.Options{URL: "s3://b", Profile: "no-such-profile-here"})
	wantCode(t, err, sources.CodeCredentials, true, "profile")
}

// TestCancelled: a cancelled call gives the context's error, not a gap.
func TestCancelled(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Seed: 1, P: 1, MaxFaults: 1 << 30, Faults: []faultys3.Fault{faultys3.SlowDown}})
	srv.Put("k", faultys3.Object{})
	src := source(t, srv, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := src.Open(ctx, sources.Object{Key: "k"}); !errors.Is(err, context.Canceled) {
		t.Errorf("open: %v", err)
	}
	if err := src.Preflight(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("preflight: %v", err)
	}
	for o, err := range src.Objects(ctx, "") {
		if !errors.Is(err, context.Canceled) || o.Key != "" {
			t.Errorf("listing: %q %v", o.Key, err)
		}
	}
	if strings.Contains(src.Name(), srv.Endpoint) {
		t.Error("the endpoint is in the name")
	}
}
