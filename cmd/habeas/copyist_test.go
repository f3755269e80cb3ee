package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"habeas/reports"
	"habeas/scanner/media"
	"habeas/scanner/sandbox"
	"habeas/scanner/strip"
)

// A worker that dies of an object costs that object, and the sentence names it.
func TestCopyistWhoseWorkersDie(t *testing.T) {
	dying, err := os.Executable() // of a test that there is not: it ends at once
	if err != nil {
		t.Fatal(err)
	}
	s := sandbox.NewServant([]string{dying, "-test.run", "^$"})
	c := &copyist{others: s, documents: func() *sandbox.Servant { return s }, end: func() { _ = s.Close() }}
	defer c.close()
	for _, content := range []string{"a picture", "%PDF-1.7"} {
		r := strings.NewReader(content)
		_, err = c.planner().Plan(t.Context(), strip.Request{Kinds: []strip.Kind{strip.All}, Size: r.Size()}, r)
		if refused := media.AsRefusal(err); refused == nil || !strings.Contains(refused.Why, "died") {
			t.Errorf("%s: %v", content, err)
		}
		if _, _, err := (render{c}).Cover(t.Context(), &reports.Entry{}, r, r.Size(), nil); !errors.Is(err, errLost) {
			t.Errorf("%s: %v", content, err)
		}
		if _, err := (render{c}).Text(t.Context(), &reports.Entry{}, r, r.Size()); !errors.Is(err, errLost) {
			t.Errorf("%s: %v", content, err)
		}
	}
}

// Copies are the same whether this process or a worker takes the file apart.
func TestCopyistHereAndThere(t *testing.T) {
	photo, err := os.ReadFile(filepath.Join(repo, "testdata", "uploads", "users", "ana", "beach.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	copies := func(name string, here bool) string {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "a.jpg"), photo, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"strip", dir, "--kinds", "all", "--out", filepath.Join(dir, "out")}
		if here {
			args = append(args, "--in-process")
		}
		if code, _, msg := habeas(t, []string{"XDG_CONFIG_HOME=" + dir}, args...); code != 0 {
			t.Fatalf("%s: %d, %s", name, code, msg)
		}
		b, err := os.ReadFile(filepath.Join(dir, "out", "a.jpg"))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if a, b := copies("here", true), copies("in a worker", false); a != b || bytes.Equal([]byte(a), photo) {
		t.Errorf("%d and %d bytes of %d", len(a), len(b), len(photo))
	}
}
