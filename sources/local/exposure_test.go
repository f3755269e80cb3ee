//go:build linux || darwin

package local

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

func TestExposureByModeBits(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(top, "base")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.Mkdir(base, 0o700))
	must(os.Chmod(base, 0o755))
	root := filepath.Join(base, "uploads")
	for _, f := range []struct {
		key         string
		folder, mod os.FileMode
	}{{"open/a.txt", 0o755, 0o644}, {"open/closed.txt", 0o755, 0o640}, {"shut/b.txt", 0o750, 0o644}, {"top.txt", 0o755, 0o604}} {
		path := filepath.Join(root, f.key)
		must(os.MkdirAll(filepath.Dir(path), 0o755))
		must(os.WriteFile(path, []byte("x"), 0o600))
		must(os.Chmod(path, f.mod))
		must(os.Chmod(filepath.Dir(path), f.folder))
	}
	must(os.MkdirAll(filepath.Join(root, "shut/deep"), 0o755))
	must(os.WriteFile(filepath.Join(root, "shut/deep/c.txt"), []byte("x"), 0o644))
	listing := func() (sources.Exposure, map[string]string) {
		t.Helper()
		src, err := New(root, Options{})
		must(err)
		defer src.Close()
		src.top = top
		e, err := src.Exposure(t.Context())
		must(err)
		got := map[string]string{}
		for o, err := range src.Objects(t.Context(), "") {
			must(err)
			got[o.Key] = o.Audience
		}
		return e, got
	}
	e, got := listing()
	if d := cmp.Diff(sources.Exposure{Audience: sources.AudienceShared, Because: []string{sources.BecauseMode}}, e); d != "" {
		t.Error(d)
	}
	want := map[string]string{"open/a.txt": "", "open/closed.txt": "private", "shut/b.txt": "private", "shut/deep/c.txt": "private", "top.txt": ""}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}

	must(os.Chmod(base, 0o750))
	e, got = listing()
	if d := cmp.Diff(sources.Exposure{Audience: sources.AudiencePrivate, Because: []string{sources.BecauseClosed}}, e); d != "" {
		t.Error(d)
	}
	for key, audience := range got {
		if audience != "" {
			t.Errorf("%s differs from its source: %s", key, audience)
		}
	}
}
