//go:build unix

package local

import (
	"os"
	"path/filepath"
	"testing"
)

func TestPlace(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	place := func(name string) (string, string) {
		s, err := New(filepath.Join(dir, name), Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		p, err := s.Place(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p.Container, p.Account
	}
	ac, aa := place("a")
	lc, la := place("link")
	bc, ba := place("b")
	if ac != lc || aa != la || ac == bc || aa == ba {
		t.Errorf("a %s %s, link %s %s, b %s %s", ac, aa, lc, la, bc, ba)
	}
}
