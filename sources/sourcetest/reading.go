package sourcetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

func open(t *testing.T, s sources.Source, o sources.Object) sources.Content {
	t.Helper()
	c, err := s.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open %q: %v", o.Key, err)
	}
	return c
}

func closeContent(t *testing.T, c sources.Content) {
	t.Helper()
	if err := c.Close(); err != nil {
		t.Errorf("close %q: %v", c.Object().Key, err)
	}
}

// readAll gives the whole content of a small object.
func readAll(t *testing.T, s sources.Source, o sources.Object) string {
	t.Helper()
	c := open(t, s, o)
	defer closeContent(t, c)
	b := make([]byte, c.Size()+1)
	n, err := c.ReadAt(b, 0)
	if err != io.EOF {
		t.Fatalf("read %q past its end: error %v, want io.EOF", o.Key, err)
	}
	return string(b[:n])
}

// pattern is n bytes in which no two short ranges are alike, and different for
// each seed.
func pattern(n int, seed uint64) string {
	b := make([]byte, n)
	r := rand.New(rand.NewPCG(seed, 7))
	for i := 0; i < len(b); i += 8 {
		v := r.Uint64()
		for j := i; j < min(i+8, len(b)); j++ {
			b[j] = byte(v)
			v >>= 8
		}
	}
	return string(b)
}

func (h Harness) testReadAt(t *testing.T) {
	const n = 300_000
	content := pattern(n, 1)
	st := h.New(t, map[string]string{"k": content})
	c := open(t, st.Source, find(t, st.Source, "k"))
	defer closeContent(t, c)
	tests := []struct {
		name     string
		off      int64
		len      int
		wantN    int
		wantErrs []error
	}{
		{"all", 0, n, n, []error{nil, io.EOF}},
		{"start", 0, 1, 1, []error{nil}},
		{"middle", 131_071, 2, 2, []error{nil}},
		{"backwards", 5, 70_000, 70_000, []error{nil}},
		{"last byte", n - 1, 1, 1, []error{nil, io.EOF}},
		{"over the end", n - 10, 11, 10, []error{io.EOF}},
		{"far over the end", 0, 2 * n, n, []error{io.EOF}},
		{"at the end", n, 1, 0, []error{io.EOF}},
		{"behind the end", n + 1, 4, 0, []error{io.EOF}},
		{"far behind the end", 1 << 60, 4, 0, []error{io.EOF}},
		{"nothing", 17, 0, 0, []error{nil}},
		{"start again", 0, 4096, 4096, []error{nil}},
	}
	for _, test := range tests {
		b := make([]byte, test.len)
		got, err := c.ReadAt(b, test.off)
		if got != test.wantN {
			t.Errorf("%s: %d bytes, want %d (error %v)", test.name, got, test.wantN, err)
			continue
		}
		if !oneOf(err, test.wantErrs) {
			t.Errorf("%s: error %v, want one of %v", test.name, err, test.wantErrs)
		}
		if got > 0 && string(b[:got]) != content[test.off:test.off+int64(got)] {
			t.Errorf("%s: wrong bytes", test.name)
		}
	}
	if _, err := c.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF {
		t.Errorf("read at -1: error %v, want one that is not io.EOF", err)
	}
	whole, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	if err != nil || string(whole) != content {
		t.Errorf("section reader: %d bytes, error %v", len(whole), err)
	}
}

func oneOf(err error, want []error) bool {
	for _, w := range want {
		if err == w {
			return true
		}
	}
	return false
}

func (h Harness) testZeroBytes(t *testing.T) {
	st := h.New(t, map[string]string{"empty": ""})
	o := find(t, st.Source, "empty")
	c := open(t, st.Source, o)
	defer closeContent(t, c)
	if o.Size != 0 || c.Size() != 0 {
		t.Errorf("sizes %d and %d, want 0", o.Size, c.Size())
	}
	for _, off := range []int64{0, 1} {
		if n, err := c.ReadAt(make([]byte, 8), off); n != 0 || err != io.EOF {
			t.Errorf("read at %d: %d bytes, error %v; want 0, io.EOF", off, n, err)
		}
	}
}

func (h Harness) testConcurrentReads(t *testing.T) {
	content := pattern(1<<20+3, 2)
	st := h.New(t, map[string]string{"k": content})
	c := open(t, st.Source, find(t, st.Source, "k"))
	defer closeContent(t, c)
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 3))
			for range 40 {
				b := make([]byte, 1+r.IntN(100_000))
				off := r.IntN(len(content))
				n, err := c.ReadAt(b, int64(off))
				want := content[off:min(off+len(b), len(content))]
				if string(b[:n]) != want || (n < len(b) && err != io.EOF) || (n == len(b) && err != nil && err != io.EOF) {
					errs[i] = fmt.Errorf("%d bytes at %d: %d read, error %v", len(b), off, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

// testReadCancelled: the context of Open bounds every read, also of bytes that
// the source may have at hand.
func (h Harness) testReadCancelled(t *testing.T) {
	st := h.New(t, map[string]string{"k": pattern(h.Big, 3), "small": "small"})
	before := goroutines()
	for _, key := range []string{"k", "small"} {
		o := find(t, st.Source, key)
		ctx, cancel := context.WithCancel(t.Context())
		c, err := st.Source.Open(ctx, o)
		if err != nil {
			t.Fatalf("open: %v", err)
		}
		if n, err := c.ReadAt(make([]byte, 3), 0); n != 3 || err != nil {
			t.Errorf("%s: read before: %d bytes, %v", key, n, err)
		}
		cancel()
		if _, err := c.ReadAt(make([]byte, 3), o.Size-3); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: read after cancel: %v, want context.Canceled", key, err)
		}
		closeContent(t, c)
		if c, err := st.Source.Open(ctx, o); err == nil {
			_, err = c.ReadAt(make([]byte, 3), 0)
			if !errors.Is(err, context.Canceled) {
				t.Errorf("%s: open and read with a cancelled context: %v, want context.Canceled", key, err)
			}
			closeContent(t, c)
		} else if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: open with a cancelled context: %v, want context.Canceled", key, err)
		}
	}
	wantNoMoreGoroutines(t, before)
}

func (h Harness) testReadAfterClose(t *testing.T) {
	st := h.New(t, map[string]string{"k": "content"})
	before := goroutines()
	c := open(t, st.Source, find(t, st.Source, "k"))
	closeContent(t, c)
	if n, err := c.ReadAt(make([]byte, 3), 0); err == nil || err == io.EOF {
		t.Errorf("read after close: %d bytes, error %v; want an error that is not io.EOF", n, err)
	}
	wantNoMoreGoroutines(t, before)
}

// wantVanished fails t unless err is a *sources.Error that says so of one object.
func wantVanished(t *testing.T, what string, err error) {
	t.Helper()
	var e *sources.Error
	if !errors.As(err, &e) || e.Code != sources.CodeVanished || e.Fatal {
		t.Errorf("%s: error %v (%T), want a *sources.Error with code %q, not fatal", what, err, err, sources.CodeVanished)
	}
}

func (h Harness) testVanished(t *testing.T) {
	st := h.New(t, map[string]string{"d/gone": "gone", "kept": "kept"})
	gone, kept := find(t, st.Source, "d/gone"), find(t, st.Source, "kept")
	st.Delete(t, "d/gone")
	c, err := st.Source.Open(t.Context(), gone)
	switch {
	case err == nil && h.Snapshot:
		b := make([]byte, 4)
		if n, err := c.ReadAt(b, 0); string(b[:n]) != "gone" {
			t.Errorf("%d bytes of the old version, error %v", n, err)
		}
		closeContent(t, c)
	case err == nil:
		// A source may open lazily, but then the first read tells.
		_, err = c.ReadAt(make([]byte, 4), 0)
		wantVanished(t, "read of the vanished", err)
		closeContent(t, c)
	default:
		wantVanished(t, "open of the vanished", err)
	}
	if got := readAll(t, st.Source, kept); got != "kept" {
		t.Errorf("its neighbour reads %q", got)
	}
	wantKeys(t, "after the deletion", []string{"kept"}, keysOf(list(t, st.Source, "")))
}

func (h Harness) testChangedBeforeOpen(t *testing.T) {
	tests := []struct{ name, old, new string }{
		{"same length", "old content", "new content"},
		{"longer", "old", "longer content"},
		{"shorter", "old content", "new"},
		{"emptied", "old content", ""},
		{"filled", "", "new content"},
	}
	for _, test := range tests {
		st := h.New(t, map[string]string{"k": test.old})
		o := find(t, st.Source, "k")
		st.Put(t, "k", test.new)
		c, err := st.Source.Open(t.Context(), o)
		switch {
		case err == nil && h.Snapshot:
			b := make([]byte, len(test.old))
			if n, err := c.ReadAt(b, 0); string(b[:n]) != test.old {
				t.Errorf("%s: %q of the old version, error %v", test.name, b[:n], err)
			}
			closeContent(t, c)
		case err == nil:
			n, err := c.ReadAt(make([]byte, 64), 0)
			if n != 0 || !errors.Is(err, sources.ErrChanged) {
				t.Errorf("%s: opened, then read %d bytes with error %v; want ErrChanged", test.name, n, err)
			}
			closeContent(t, c)
		case !errors.Is(err, sources.ErrChanged):
			t.Errorf("%s: open: %v, want ErrChanged", test.name, err)
		}
		if got := readAll(t, st.Source, find(t, st.Source, "k")); got != test.new {
			t.Errorf("%s: listed anew it reads %q, want %q", test.name, got, test.new)
		}
	}
}

// testChangedBetweenReads: whatever the change, the second read fails or gives
// bytes of the version that was opened; never others, never fewer.
func (h Harness) testChangedBetweenReads(t *testing.T) {
	old := pattern(h.Big, 4)
	tests := []struct{ name, new string }{
		{"same length", pattern(h.Big, 5)},
		{"longer", pattern(h.Big+1000, 6)},
		{"cut", old[:h.Big/2]},
		{"emptied", ""},
	}
	for _, test := range tests {
		st := h.New(t, map[string]string{"k": old})
		c := open(t, st.Source, find(t, st.Source, "k"))
		head := make([]byte, 4096)
		if n, err := c.ReadAt(head, 0); n != len(head) || err != nil || string(head) != old[:len(head)] {
			t.Fatalf("%s: first read: %d bytes, %v", test.name, n, err)
		}
		st.Put(t, "k", test.new)
		tail := make([]byte, 4096)
		n, err := c.ReadAt(tail, int64(h.Big-len(tail)))
		h.wantOldOrChanged(t, test.name, old[h.Big-len(tail):], tail[:n], err)
		closeContent(t, c)
	}
}

func (h Harness) wantOldOrChanged(t *testing.T, what, old string, got []byte, err error) {
	t.Helper()
	if h.Snapshot {
		if string(got) != old || (err != nil && err != io.EOF) {
			t.Errorf("%s: %d bytes that are or are not the old ones, error %v; want all of the old", what, len(got), err)
		}
		return
	}
	if !errors.Is(err, sources.ErrChanged) {
		t.Errorf("%s: error %v, want ErrChanged", what, err)
	}
	if !bytes.HasPrefix([]byte(old), got) {
		t.Errorf("%s: bytes of another version beside the error", what)
	}
}

func (h Harness) testVanishedBetweenReads(t *testing.T) {
	old := pattern(h.Big, 8)
	st := h.New(t, map[string]string{"k": old})
	c := open(t, st.Source, find(t, st.Source, "k"))
	defer closeContent(t, c)
	if n, err := c.ReadAt(make([]byte, 4096), 0); n != 4096 || err != nil {
		t.Fatalf("first read: %d bytes, %v", n, err)
	}
	st.Delete(t, "k")
	tail := make([]byte, 4096)
	n, err := c.ReadAt(tail, int64(h.Big-len(tail)))
	if n == len(tail) && (err == nil || err == io.EOF) {
		if string(tail) != old[h.Big-len(tail):] {
			t.Error("bytes of something else")
		}
		return
	}
	if !errors.Is(err, sources.ErrChanged) {
		wantVanished(t, "second read", err)
	}
}

// testETag: it stays while the object does, and is another one for other content.
func (h Harness) testETag(t *testing.T) {
	st := h.New(t, map[string]string{"k": "content 1", "other": "content 1"})
	first := find(t, st.Source, "k")
	readAll(t, st.Source, first)
	if again := find(t, st.Source, "k"); again.ETag != first.ETag || again.Version != first.Version || !again.Modified.Equal(first.Modified) {
		t.Errorf("reading changed it: %q then %q", first.ETag, again.ETag)
	}
	seen := map[string]bool{first.ETag: true}
	for i := 2; i < 6; i++ {
		st.Put(t, "k", fmt.Sprintf("content %d", i))
		o := find(t, st.Source, "k")
		if seen[o.ETag] {
			t.Errorf("content %d has the ETag of an earlier one", i)
		}
		seen[o.ETag] = true
		if strings.ContainsAny(o.ETag, "\x00\n") {
			t.Errorf("ETag %q", o.ETag)
		}
	}
}

// testRefresh: what is looked up again is what a listing would say, and can be
// opened.
func (h Harness) testRefresh(t *testing.T) {
	st := h.New(t, map[string]string{"d/k": "old content", "d/gone": "gone"})
	r, ok := st.Source.(sources.Refresher)
	if !ok {
		return // an optional ability
	}
	old, gone := find(t, st.Source, "d/k"), find(t, st.Source, "d/gone")
	same, err := r.Refresh(t.Context(), old)
	if err != nil || same.Key != old.Key || same.Source != old.Source || same.ETag != old.ETag || same.Version != old.Version || same.Size != old.Size || !same.Modified.Equal(old.Modified) {
		t.Errorf("unchanged: %v (-listed +refreshed)\n%s", err, cmp.Diff(old, same))
	}
	st.Put(t, "d/k", "new content")
	now, err := r.Refresh(t.Context(), old)
	if err != nil {
		t.Fatalf("changed: %v", err)
	}
	if now.ETag == old.ETag && now.Version == old.Version {
		t.Errorf("changed, and of the same ETag and version")
	}
	if got := readAll(t, st.Source, now); got != "new content" {
		t.Errorf("changed: it reads %q", got)
	}
	st.Delete(t, "d/gone")
	_, err = r.Refresh(t.Context(), gone)
	wantVanished(t, "refresh of the vanished", err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Refresh(ctx, old); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
