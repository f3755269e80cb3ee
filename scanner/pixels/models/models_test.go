package models

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFilesArePinned(t *testing.T) {
	for _, system := range []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64", "windows/arm64"} {
		if f, ok := library(system); !ok || len(f.SHA256) != 64 || f.Size == 0 || f.Path == "" {
			t.Errorf("%s: %+v", system, f)
		}
	}
	if _, ok := library("plan9/386"); ok {
		t.Error("there is no library for plan9")
	}
	names := map[string]bool{}
	for _, f := range Files() {
		if names[f.Name] || len(f.SHA256) != 64 || f.Size == 0 || version(f.Package) == "" || f.Licence == "" {
			t.Errorf("%+v", f)
		}
		names[f.Name] = true
	}
}

func TestWhatDiffersIsNotLoaded(t *testing.T) {
	dir, from := t.TempDir(), t.TempDir()
	for _, f := range Files() {
		if got := Check(dir, f); got != Missing {
			t.Errorf("%s is %s", f.Name, got)
		}
		if _, err := Read(dir, f.Name); err == nil {
			t.Errorf("%s was read", f.Name)
		}
		// Right in name and size, wrong in content.
		path := filepath.Join(from, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, f.Size); err != nil {
			t.Fatal(err)
		}
	}
	missing, err := Install(dir, from)
	if err != nil || len(missing) != len(Files()) {
		t.Errorf("%d missing, %v", len(missing), err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("installed %v, %v", entries, err)
	}
	for _, f := range Files() {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := Check(dir, f); got != Differs {
			t.Errorf("%s is %s", f.Name, got)
		}
		if _, err := Path(dir, f.Name); err == nil {
			t.Errorf("%s would be loaded", f.Name)
		}
	}
}

func TestWriteLeavesNothingHalf(t *testing.T) {
	dir := t.TempDir()
	if err := write(filepath.Join(dir, "a"), []byte("b")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "a"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := write(filepath.Join(dir, "no", "a"), nil); err == nil {
		t.Error("written into a folder that is none")
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}
