package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"habeas/sources"
)

// asNobody runs fn without root's right to read everything; files of the test are
// another user's then. Without root it just runs fn.
func asNobody(t *testing.T, fn func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		fn()
		return
	}
	// File system ids are a thread's.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if _, err := unix.SetfsuidRetUid(65534); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := unix.SetfsuidRetUid(0); err != nil {
			t.Error(err)
		}
	}()
	fn()
}

// open lets others read the folder and what it lies in.
func open(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.Chmod(path, 0o700) })
}

func TestDenied(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	for _, key := range []string{"a", "closed/1", "closed/2", "closed.txt", "closed0", "names/1", "names/d/1", "search/1", "z/1"} {
		write(t, dir, key, "x")
		chmod(t, filepath.Join(dir, key), 0o644)
	}
	for name, mode := range map[string]os.FileMode{"closed": 0, "names": 0o444, "names/d": 0o755, "search": 0o111, "z": 0o755, "closed0": 0} {
		chmod(t, filepath.Join(dir, name), mode)
	}
	asNobody(t, func() {
		s := source(t, dir)
		if err := s.Preflight(t.Context()); err != nil {
			t.Errorf("preflight: %v", err)
		}
		keys, codes, err := listed(t, s, "")
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"a", "closed.txt", "closed/", "closed0", "names/", "search/", "z/1"}
		if diff := cmp.Diff(want, keys); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		for _, key := range []string{"closed/", "names/", "search/"} {
			if codes[key] != sources.CodeDenied {
				t.Errorf("%s: code %q, want %q", key, codes[key], sources.CodeDenied)
			}
		}
		if _, err := s.Open(t.Context(), object(t, s, "closed0")); codeOf(err) != sources.CodeDenied {
			t.Errorf("open of a file without rights: %v", err)
		}
		for after, n := range map[string]int{"closed.txt": 5, "closed/": 4, "closed0": 3} {
			if keys, _, err := listed(t, s, after); err != nil || len(keys) != n {
				t.Errorf("after %q: %q, %v; want %d", after, keys, err, n)
			}
		}
		// The place to go on from lies in a folder that was readable then.
		_, _, err = listed(t, s, "closed/1")
		var e *sources.Error
		if !errors.As(err, &e) || e.Code != sources.CodeDeniedListing || !e.Fatal || e.Hint == "" {
			t.Errorf("after closed/1: %v, want the end of the listing", err)
		}
	})
}

func TestDeniedAtTop(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	write(t, dir, "closed/k", "x")
	write(t, dir, "file", "x")
	chmod(t, filepath.Join(dir, "closed"), 0)
	chmod(t, filepath.Join(dir, "file"), 0)
	asNobody(t, func() {
		for _, path := range []string{"closed", "closed/k", "file"} {
			err := source(t, filepath.Join(dir, path)).Preflight(t.Context())
			var e *sources.Error
			if !errors.As(err, &e) || e.Code != sources.CodeDenied || !e.Fatal || e.Hint == "" {
				t.Errorf("%s: %v, want a fatal %q with a hint", path, err, sources.CodeDenied)
			}
		}
		if _, _, err := listed(t, source(t, filepath.Join(dir, "closed")), ""); codeOf(err) != sources.CodeDenied {
			t.Errorf("listing: %v", err)
		}
	})
}

// TestEditDenied: an edit that can't be done leaves everything as it was.
func TestEditDenied(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	write(t, dir, "d/k", "content")
	chmod(t, filepath.Join(dir, "d/k"), 0o644)
	chmod(t, filepath.Join(dir, "d"), 0o555)
	asNobody(t, func() {
		s := source(t, dir)
		o := object(t, s, "d/k")
		for name, err := range map[string]error{
			"remove":  s.Remove(t.Context(), o),
			"replace": s.Replace(t.Context(), o, strings.NewReader("new"), 3),
		} {
			if codeOf(err) != sources.CodeDenied {
				t.Errorf("%s: %v, want %q", name, err, sources.CodeDenied)
			}
		}
		if got := read(t, s, o); got != "content" {
			t.Errorf("it reads %q", got)
		}
	})
}

// TestManyLevels goes deeper than the folders that are held open.
func TestManyLevels(t *testing.T) {
	const levels = 300
	dir := t.TempDir()
	key := strings.Repeat("d/", levels)
	var want []string
	for i := levels; i > 0; i -= 50 {
		write(t, dir, key[:2*i]+"z", "x") // to come back to
		want = append(want, key[:2*i]+"z")
	}
	s := source(t, dir)
	before := descriptors(t)
	var keys []string
	for o, err := range s.Objects(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, o.Key)
		if n := descriptors(t) - before; n > s.open+5 {
			t.Errorf("%d descriptors at a depth of %d", n, strings.Count(o.Key, "/"))
		}
	}
	if diff := cmp.Diff(want, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for range s.Objects(t.Context(), "") {
		break
	}
	if n := descriptors(t) - before; n > 2 { // the source keeps its folder by two
		t.Errorf("%d descriptors stay open", n)
	}
}

func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// TestAttributes: what users attach to a file is its metadata, and survives a new
// content.
func TestAttributes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "content")
	write(t, dir, "plain", "content")
	path := filepath.Join(dir, "k")
	want := map[string]string{"owner": "ana", "raw": "a\x00\xff", "empty": ""}
	for name, value := range want {
		if err := unix.Setxattr(path, "user."+name, []byte(value), 0); err != nil {
			if err == unix.ENOTSUP {
				want = nil // this file system has none, so there is nothing to keep
				break
			}
			t.Fatal(err)
		}
	}
	s := source(t, dir)
	meta := func(key string) map[string]string {
		c, err := s.Open(t.Context(), object(t, s, key))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.Object().Meta
	}
	if diff := cmp.Diff(want, meta("k")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := meta("plain"); got != nil {
		t.Errorf("of a plain file: %v", got)
	}
	if err := s.Replace(t.Context(), object(t, s, "k"), strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, meta("k")); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
}

// TestOwnerStays needs the right to give files away; without it, a file is one's
// own anyway.
func TestOwnerStays(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "content")
	path := filepath.Join(dir, "k")
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(path, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	s := source(t, dir)
	show := func() string {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(info.Mode(), " ", account(info))
	}
	before := show()
	if err := s.Replace(t.Context(), object(t, s, "k"), strings.NewReader("new"), 3); err != nil {
		t.Fatal(err)
	}
	if after := show(); after != before {
		t.Errorf("%s, was %s", after, before)
	}
}
