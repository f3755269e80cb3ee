package local

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

// listed is what a listing said, by key: "" for an object, or the code of its
// error.
func listed(t *testing.T, s *Source, after string) (keys []string, codes map[string]string, end error) {
	t.Helper()
	codes = map[string]string{}
	for o, err := range s.Objects(t.Context(), after) {
		if err != nil && o.Key == "" {
			return keys, codes, err
		}
		keys = append(keys, o.Key)
		codes[o.Key] = codeOf(err)
		if err != nil && (o.Source != s.Name() || o.Size != 0 || o.ETag != "") {
			t.Errorf("beside an error: %+v", o)
		}
	}
	return keys, codes, nil
}

func codeOf(err error) string {
	var e *sources.Error
	if errors.As(err, &e) {
		return e.Code
	}
	if err != nil {
		return "no *sources.Error: " + err.Error()
	}
	return ""
}

func object(t *testing.T, s *Source, key string) sources.Object {
	t.Helper()
	for o, err := range s.Objects(t.Context(), "") {
		if o.Key == key {
			if err != nil {
				t.Fatalf("%q: %v", key, err)
			}
			return o
		}
	}
	t.Fatalf("%q is not listed", key)
	return sources.Object{}
}

func read(t *testing.T, s *Source, o sources.Object) string {
	t.Helper()
	c, err := s.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("open %q: %v", o.Key, err)
	}
	defer c.Close()
	b, err := io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
	if err != nil {
		t.Fatalf("read %q: %v", o.Key, err)
	}
	return string(b)
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

func TestSingleFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real.jpg", "content")
	write(t, dir, "other.jpg", "other")
	link(t, "real.jpg", filepath.Join(dir, "link.jpg"))
	for _, name := range []string{"real.jpg", "link.jpg"} {
		s := source(t, filepath.Join(dir, name))
		if err := s.Preflight(t.Context()); err != nil {
			t.Errorf("%s: preflight: %v", name, err)
		}
		if s.Name() != filepath.Join(dir, name) {
			t.Errorf("%s: Name() %q", name, s.Name())
		}
		keys, _, err := listed(t, s, "")
		if err != nil || !cmp.Equal(keys, []string{name}) {
			t.Errorf("%s: listed %q, %v", name, keys, err)
		}
		if keys, _, err := listed(t, s, name); err != nil || len(keys) > 0 {
			t.Errorf("%s: listed after itself: %q, %v", name, keys, err)
		}
		if got := read(t, s, object(t, s, name)); got != "content" {
			t.Errorf("%s reads %q", name, got)
		}
		if _, err := s.Open(t.Context(), sources.Object{Key: "other.jpg"}); codeOf(err) != sources.CodeVanished {
			t.Errorf("%s: its neighbour opens: %v", name, err)
		}
	}
	s := source(t, filepath.Join(dir, "link.jpg"))
	o := object(t, s, "link.jpg")
	if err := s.Replace(t.Context(), o, strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "real.jpg")); err != nil || string(b) != "new" {
		t.Errorf("what the link points to: %q, %v", b, err)
	}
}

func TestFolderByLink(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "real/a/b", "content")
	link(t, "real", filepath.Join(dir, "link"))
	s := source(t, filepath.Join(dir, "link"))
	if got := read(t, s, object(t, s, "a/b")); got != "content" {
		t.Errorf("a/b reads %q", got)
	}
}

func TestNew(t *testing.T) {
	for _, path := range []string{"", "a\x00b"} {
		if _, err := New(path, Options{}); err == nil {
			t.Errorf("%q: no error", path)
		}
	}
	dir := t.TempDir()
	t.Chdir(dir)
	a, err := New("x/../y/", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(dir, "y"); a.Name() != want {
		t.Errorf("Name() %q, want %q", a.Name(), want)
	}
}

func TestPreflight(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "file", "x")
	write(t, dir, "folder/a", "x")
	link(t, "loop", filepath.Join(dir, "loop"))
	link(t, "nowhere", filepath.Join(dir, "dangling"))
	for path, want := range map[string]string{
		"file": "", "folder": "", ".": "",
		"missing": sources.CodeNoSuchBucket, "file/x": sources.CodeNoSuchBucket,
		"loop": sources.CodeNoSuchBucket, "dangling": sources.CodeNoSuchBucket,
	} {
		s := source(t, filepath.Join(dir, path))
		err := s.Preflight(t.Context())
		var e *sources.Error
		if codeOf(err) != want || want != "" && (!errors.As(err, &e) || !e.Fatal || e.Hint == "") {
			t.Errorf("%s: %v, want code %q, fatal, with a hint", path, err, want)
		}
		if err != nil && strings.Contains(err.Error(), s.Name()) {
			t.Errorf("%s: the error quotes the path: %v", path, err)
		}
		if keys, _, err := listed(t, s, ""); codeOf(err) != want || want != "" && len(keys) > 0 {
			t.Errorf("%s: listing: %q, %v", path, keys, err)
		}
	}
	if err := os.Remove(filepath.Join(dir, "dangling")); err != nil {
		t.Fatal(err)
	}
	s := source(t, filepath.Join(dir, "later"))
	if err := s.Preflight(t.Context()); err == nil {
		t.Error("later: no error")
	}
	write(t, dir, "later/a", "x")
	if err := s.Preflight(t.Context()); err != nil {
		t.Errorf("later, made since: %v", err)
	}
}

// TestLinks: none is followed, wherever it points to.
func TestLinks(t *testing.T) {
	out := t.TempDir()
	write(t, out, "secret", "secret")
	dir := t.TempDir()
	write(t, dir, "d/file", "content")
	for name, target := range map[string]string{
		"to-file": "d/file", "to-folder": "d", "out": filepath.Join(out, "secret"), "out-folder": out, "dangling": "nowhere",
		"self": "self", "d/up": "..", "d/up-up": "../..", "top": "/",
	} {
		link(t, target, filepath.Join(dir, name))
	}
	s := source(t, dir)
	keys, codes, err := listed(t, s, "")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"d/file", "d/up", "d/up-up", "dangling", "out", "out-folder", "self", "to-file", "to-folder", "top"}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for key, code := range codes {
		if key != "d/file" && code != sources.CodeNotRegular {
			t.Errorf("%s: code %q, want %q", key, code, sources.CodeNotRegular)
		}
	}
	file := object(t, s, "d/file")
	for _, key := range []string{"to-file", "to-folder/file", "out", "out-folder/secret", "d/up/d/file", "../" + filepath.Base(out) + "/secret", "d/../d/file", "/d/file", "d//file", "./d/file", "d/file/", "d", ""} {
		for _, etag := range []string{"", file.ETag} {
			if c, err := s.Open(t.Context(), sources.Object{Key: key, ETag: etag}); err == nil {
				// Only a link that os.Root follows inside the folder can get here, and it
				// must be the very file.
				if key != "to-folder/file" && key != "d/up/d/file" {
					t.Errorf("%q opens", key)
				}
				c.Close()
			}
		}
	}
}

// TestSwapped: what takes the place of a listed file is never taken for it.
func TestSwapped(t *testing.T) {
	tests := []struct {
		name string
		swap func(t *testing.T, dir string)
	}{
		{"another file", func(t *testing.T, dir string) {
			write(t, dir, "new", "secret")
			rename(t, dir, "new", "d/k")
		}},
		{"a link to the same", func(t *testing.T, dir string) {
			rename(t, dir, "d/k", "d/moved")
			link(t, "other", filepath.Join(dir, "d/k"))
		}},
		{"a link outside", func(t *testing.T, dir string) {
			rename(t, dir, "d/k", "moved")
			link(t, "/etc/hostname", filepath.Join(dir, "d/k"))
		}},
		{"a folder", func(t *testing.T, dir string) {
			rename(t, dir, "d/k", "moved")
			write(t, dir, "d/k/x", "secret")
		}},
		{"its folder by another", func(t *testing.T, dir string) {
			write(t, dir, "e/k", "secret")
			rename(t, dir, "d", "moved")
			rename(t, dir, "e", "d")
		}},
		{"its folder by a link", func(t *testing.T, dir string) {
			write(t, dir, "e/k", "secret")
			rename(t, dir, "d", "moved")
			link(t, "e", filepath.Join(dir, "d"))
		}},
		{"its folder by a file", func(t *testing.T, dir string) {
			rename(t, dir, "d", "moved")
			write(t, dir, "d", "secret")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "d/k", "listed")
			write(t, dir, "d/other", "secret")
			s := source(t, dir)
			o := object(t, s, "d/k")
			test.swap(t, dir)
			c, err := s.Open(t.Context(), o)
			if err == nil {
				c.Close()
				t.Fatal("it opens")
			}
			if !errors.Is(err, sources.ErrChanged) && codeOf(err) != sources.CodeVanished {
				t.Errorf("error %v, want changed or vanished", err)
			}
			if err := s.Remove(t.Context(), o); err == nil {
				t.Error("it was removed")
			}
			if err := s.Replace(t.Context(), o, strings.NewReader("x"), 1); err == nil {
				t.Error("it was replaced")
			}
		})
	}
}

func rename(t *testing.T, dir, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		t.Fatal(err)
	}
}

// TestTouched: not only other bytes make another version.
func TestTouched(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "content")
	path := filepath.Join(dir, "k")
	for name, touch := range map[string]func() error{
		"renamed over": func() error {
			write(t, dir, "new", "CONTENT")
			return os.Rename(filepath.Join(dir, "new"), path)
		},
		"appended": func() error {
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				return err
			}
			_, err = f.WriteString("x")
			return errors.Join(err, f.Close())
		},
		"cut": func() error { return os.Truncate(path, 3) },
	} {
		s := source(t, dir)
		c, err := s.Open(t.Context(), object(t, s, "k"))
		if err != nil {
			t.Fatal(err)
		}
		if err := touch(); err != nil {
			t.Fatal(err)
		}
		if n, err := c.ReadAt(make([]byte, 7), 0); n != 0 || !errors.Is(err, sources.ErrChanged) {
			t.Errorf("%s: %d bytes, %v; want ErrChanged", name, n, err)
		}
		if n, err := c.ReadAt(make([]byte, 7), 100); n != 0 || !errors.Is(err, sources.ErrChanged) {
			t.Errorf("%s: behind the end: %d bytes, %v; want ErrChanged", name, n, err)
		}
		c.Close()
	}
}

// TestChurn reads files while they are rewritten: each reads as one version or not
// at all.
func TestChurn(t *testing.T) {
	dir := t.TempDir()
	version := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 60_000+i) } // of a size of its own
	path := filepath.Join(dir, "k")
	if err := os.WriteFile(path, version(0), 0o600); err != nil {
		t.Fatal(err)
	}
	kick := make(chan struct{}, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		i := 0
		for range kick {
			if i++; i%3 > 0 {
				os.WriteFile(path, version(i%200), 0o600)
				continue
			}
			os.WriteFile(path+".new", version(i%200), 0o600)
			os.Rename(path+".new", path)
		}
	})
	s := source(t, dir)
	whole := 0
	for i := range 400 {
		if i%2 == 0 { // the others are mostly left in peace
			select {
			case kick <- struct{}{}:
			default:
			}
		}
		for o, err := range s.Objects(t.Context(), "") {
			if err != nil || o.Key != "k" {
				continue
			}
			c, err := s.Open(t.Context(), o)
			if err != nil {
				continue
			}
			head, tail := make([]byte, o.Size/2), make([]byte, o.Size-o.Size/2)
			_, err1 := c.ReadAt(head, 0)
			_, err2 := c.ReadAt(tail, o.Size/2)
			c.Close()
			if err1 != nil || err2 != nil || len(head) < 30_000 {
				continue // changed, or caught before it was written
			}
			whole++
			all := append(head, tail...)
			if bytes.Count(all, all[:1]) != len(all) {
				t.Errorf("a mix of versions")
			}
		}
	}
	close(kick)
	wg.Wait()
	if whole == 0 {
		t.Error("nothing was ever read whole")
	}
}

// TestTreeChanges changes the tree while it is listed: what stays is listed, once
// and in order.
func TestTreeChanges(t *testing.T) {
	dir := t.TempDir()
	for _, key := range []string{"a", "b/1", "b/2", "c", "d/1", "e", "f/1", "g", "z"} {
		write(t, dir, key, "x")
	}
	s := source(t, dir)
	s.open = 1
	var keys []string
	for o, err := range s.Objects(t.Context(), "") {
		if err != nil {
			t.Fatalf("%q: %v", o.Key, err)
		}
		keys = append(keys, o.Key)
		switch o.Key {
		case "a":
			os.RemoveAll(filepath.Join(dir, "d")) // a folder that is gone
			os.Remove(filepath.Join(dir, "e"))    // a file that became a folder
			write(t, dir, "e/1", "x")
			os.RemoveAll(filepath.Join(dir, "f")) // a folder that became a file
			write(t, dir, "f", "x")
		case "b/1":
			os.Rename(filepath.Join(dir, "b"), filepath.Join(dir, "b0")) // the current folder
		}
	}
	if diff := cmp.Diff([]string{"a", "b/1", "b/2", "c", "e/1", "g", "z"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTooDeep(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "1/2/3/file", "x")
	write(t, dir, "1/2/3/4/file", "x")
	write(t, dir, "1/2/3/4/5/file", "x")
	write(t, dir, "1/z", "x")
	s := source(t, dir)
	s.depth = 3
	keys, codes, err := listed(t, s, "")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1/2/3/4/", "1/2/3/file", "1/z"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if codes["1/2/3/4/"] != sources.CodeTooDeep {
		t.Errorf("code %q", codes["1/2/3/4/"])
	}
	if keys, _, err := listed(t, s, "1/2/3/4/"); err != nil || !cmp.Equal(keys, []string{"1/2/3/file", "1/z"}) {
		t.Errorf("after it: %q, %v", keys, err)
	}
}

// TestLongPath lists, opens and edits where a path is longer than the system
// takes.
func TestLongPath(t *testing.T) {
	dir := t.TempDir()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	var names []string
	for range 35 {
		names = append(names, strings.Repeat("n", 200))
	}
	folder := strings.Join(names, "/")
	if err := root.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	key := folder + "/file"
	if err := root.WriteFile(key, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile(names[0]+"/z", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, open := range []int{1, 64} {
		s := source(t, dir)
		s.open = open
		keys, _, err := listed(t, s, "")
		if diff := cmp.Diff([]string{key, names[0] + "/z"}, keys); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if keys, _, err := listed(t, s, folder+"/e"); err != nil || len(keys) != 2 {
			t.Errorf("resumed: %d keys, %v", len(keys), err)
		}
		if got := read(t, s, object(t, s, key)); got != "content" {
			t.Errorf("it reads %q", got)
		}
		if err := s.Replace(t.Context(), object(t, s, key), strings.NewReader("content"), 7); err != nil {
			t.Errorf("replace: %v", err)
		}
	}
	s := source(t, dir)
	if err := s.Remove(t.Context(), object(t, s, key)); err != nil {
		t.Errorf("remove: %v", err)
	}
	if err := root.RemoveAll(names[0]); err != nil { // which t.TempDir can't
		t.Error(err)
	}
}

func TestSparse(t *testing.T) {
	const size = 10 << 30
	dir := t.TempDir()
	f, err := os.Create(filepath.Join(dir, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("data"), 5<<30)
	if err := errors.Join(err, f.Truncate(size), f.Close()); err != nil {
		t.Fatal(err)
	}
	write(t, dir, "dense", "data")
	write(t, dir, "empty", "")
	s := source(t, dir)
	for key, want := range map[string]struct{ atLeast, atMost, size int64 }{
		"sparse": {4, 1 << 20, size}, "dense": {4, 4, 4}, "empty": {0, 0, 0},
	} {
		c, err := s.Open(t.Context(), object(t, s, key))
		if err != nil {
			t.Fatal(err)
		}
		var data int64
		for off := int64(0); off < want.size; {
			start, end, err := c.(Sparse).NextData(off)
			if err != nil || start < off || end < start || end > want.size || end == start && start != want.size {
				t.Fatalf("%s: data after %d: [%d, %d), %v", key, off, start, end, err)
			}
			data += end - start
			off = end
		}
		if data < want.atLeast || data > want.atMost {
			t.Errorf("%s: %d bytes of data, want %d to %d", key, data, want.atLeast, want.atMost)
		}
		if start, end, err := c.(Sparse).NextData(want.size + 1); start != want.size || end != want.size || err != nil {
			t.Errorf("%s: data behind the end: [%d, %d), %v", key, start, end, err)
		}
		if _, _, err := c.(Sparse).NextData(-1); err == nil {
			t.Errorf("%s: data after -1", key)
		}
		c.Close()
	}
	o := object(t, s, "sparse")
	if o.Size != size {
		t.Errorf("size %d", o.Size)
	}
}

func TestReplaceKeeps(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "old content")
	path := filepath.Join(dir, "k")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s := source(t, dir)
	o := object(t, s, "k")
	if err := s.Replace(t.Context(), o, strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if after.Mode() != before.Mode() || !after.ModTime().Equal(before.ModTime()) || account(after) != account(before) {
		t.Errorf("mode %v, time %v, account %s; want %v, %v, %s", after.Mode(), after.ModTime(), account(after), before.Mode(), before.ModTime(), account(before))
	}
	// What had been listed is another version, though size and time could be alike.
	if _, err := s.Open(t.Context(), o); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("open as listed: %v, want ErrChanged", err)
	}
}

func TestHardLinks(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "one", "content")
	if err := os.Link(filepath.Join(dir, "one"), filepath.Join(dir, "two")); err != nil {
		t.Fatal(err)
	}
	s := source(t, dir)
	o := object(t, s, "one")
	for name, err := range map[string]error{
		"remove":  s.Remove(t.Context(), o),
		"replace": s.Replace(t.Context(), o, strings.NewReader("new"), 3),
	} {
		if codeOf(err) != sources.CodeDenied || !strings.Contains(err.Error(), "hard link") {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
	}
	s.opts.HardLinks = true
	if err := s.Replace(t.Context(), o, strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	if one, two := read(t, s, object(t, s, "one")), read(t, s, object(t, s, "two")); one != "new" || two != "content" {
		t.Errorf("one reads %q, two %q", one, two)
	}
}

func TestEditNeedsVersion(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "content")
	s := source(t, dir)
	if err := s.Remove(t.Context(), sources.Object{Key: "k"}); !errors.Is(err, sources.ErrChanged) {
		t.Errorf("remove without ETag: %v", err)
	}
	if got := read(t, s, sources.Object{Key: "k"}); got != "content" {
		t.Errorf("it reads %q", got)
	}
}

func TestClose(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "content")
	s := source(t, dir)
	for range 2 {
		if got := read(t, s, object(t, s, "k")); got != "content" {
			t.Errorf("it reads %q", got)
		}
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Error(err)
		}
	}
}
