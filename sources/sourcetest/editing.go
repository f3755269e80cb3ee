package sourcetest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"habeas/sources"
)

// editor makes a store with k and its neighbour, and gives the listed k.
func (h Harness) editor(t *testing.T, content string) (*Store, sources.Editor, sources.Object) {
	t.Helper()
	st := h.New(t, map[string]string{"d/k": content, "d/k2": "neighbour"})
	e, ok := st.Source.(sources.Editor)
	if !ok {
		t.Fatalf("%T is no sources.Editor", st.Source)
	}
	return st, e, find(t, st.Source, "d/k")
}

// wantContent fails t unless the store holds d/k with content and its neighbour,
// and nothing else: no temporary file stays behind.
func wantContent(t *testing.T, what string, st *Store, content string) {
	t.Helper()
	wantKeys(t, what, []string{"d/k", "d/k2"}, keysOf(list(t, st.Source, "")))
	for key, want := range map[string]string{"d/k": content, "d/k2": "neighbour"} {
		if got := readAll(t, st.Source, find(t, st.Source, key)); got != want {
			t.Errorf("%s: %q reads %d bytes that are not the %d wanted", what, key, len(got), len(want))
		}
	}
}

func (h Harness) testRemove(t *testing.T) {
	st, e, o := h.editor(t, "content")
	if err := e.Remove(t.Context(), o); err != nil {
		t.Fatalf("remove: %v", err)
	}
	wantKeys(t, "removed", []string{"d/k2"}, keysOf(list(t, st.Source, "")))
}

func (h Harness) testRemoveChanged(t *testing.T) {
	st, e, o := h.editor(t, "old content")
	st.Put(t, "d/k", "new content")
	if err := e.Remove(t.Context(), o); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("remove of a changed object: %v, want ErrChanged", err)
	}
	wantContent(t, "remove of a changed object", st, "new content")
}

func (h Harness) testRemoveVanished(t *testing.T) {
	st, e, o := h.editor(t, "content")
	st.Delete(t, "d/k")
	if err := e.Remove(t.Context(), o); err == nil {
		t.Error("remove of a vanished object: no error")
	} else if !errors.Is(err, sources.ErrChanged) {
		wantVanished(t, "remove of a vanished object", err)
	}
	wantKeys(t, "remove of a vanished object", []string{"d/k2"}, keysOf(list(t, st.Source, "")))
}

func (h Harness) testReplace(t *testing.T) {
	for name, content := range map[string]string{"shorter": "new", "empty": "", "longer": pattern(200_000, 9)} {
		st, e, o := h.editor(t, "old content")
		if err := e.Replace(t.Context(), o, strings.NewReader(content), int64(len(content))); err != nil {
			t.Errorf("%s: replace: %v", name, err)
			continue
		}
		wantContent(t, name, st, content)
		if now := find(t, st.Source, "d/k"); now.ETag == o.ETag && now.Version == o.Version {
			t.Errorf("%s: replaced, and of the same ETag and version", name)
		}
		// A second run of the same plan must not hit the new content.
		if err := e.Replace(t.Context(), o, strings.NewReader("twice"), 5); !errors.Is(err, sources.ErrChanged) {
			t.Errorf("%s: replace again: %v, want ErrChanged", name, err)
		}
		wantContent(t, name+", again", st, content)
	}
}

func (h Harness) testReplaceChanged(t *testing.T) {
	st, e, o := h.editor(t, "old content")
	st.Put(t, "d/k", "new content")
	if err := e.Replace(t.Context(), o, strings.NewReader("mine"), 4); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("replace of a changed object: %v, want ErrChanged", err)
	}
	wantContent(t, "replace of a changed object", st, "new content")
}

func (h Harness) testReplaceVanished(t *testing.T) {
	st, e, o := h.editor(t, "content")
	st.Delete(t, "d/k")
	if err := e.Replace(t.Context(), o, strings.NewReader("mine"), 4); err == nil {
		t.Error("replace of a vanished object: no error")
	} else if !errors.Is(err, sources.ErrChanged) {
		wantVanished(t, "replace of a vanished object", err)
	}
	wantKeys(t, "replace of a vanished object", []string{"d/k2"}, keysOf(list(t, st.Source, "")))
}

// failingReader fails after some bytes.
type failingReader struct {
	r   io.Reader
	err error
}

func (f failingReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

func (h Harness) testReplaceWrongSize(t *testing.T) {
	broken := errors.New("broken reader")
	tests := []struct {
		name string
		r    io.Reader
		size int64
	}{
		{"short", strings.NewReader("mine"), 5},
		{"long", strings.NewReader("mine"), 3},
		{"empty", strings.NewReader(""), 1},
		{"broken", failingReader{strings.NewReader("mine"), broken}, 8},
	}
	for _, test := range tests {
		st, e, o := h.editor(t, "old content")
		if err := e.Replace(t.Context(), o, test.r, test.size); err == nil {
			t.Errorf("%s: no error", test.name)
		}
		wantContent(t, test.name, st, "old content")
		if now := find(t, st.Source, "d/k"); now.ETag != o.ETag {
			t.Errorf("%s: the object was touched", test.name)
		}
	}
}

func (h Harness) testEditCancelled(t *testing.T) {
	st, e, o := h.editor(t, "old content")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := e.Replace(ctx, o, strings.NewReader("mine"), 4); !errors.Is(err, context.Canceled) {
		t.Errorf("replace: %v, want context.Canceled", err)
	}
	if err := e.Remove(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("remove: %v, want context.Canceled", err)
	}
	wantContent(t, "cancelled", st, "old content")
}
