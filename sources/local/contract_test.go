package local

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"habeas/sources/sourcetest"
)

func TestContract(t *testing.T) {
	sourcetest.Run(t, harness(1<<18, 64))
}

// TestContractInBatches reads each folder many times, a few names at a time, and
// keeps two folders open.
func TestContractInBatches(t *testing.T) {
	sourcetest.Run(t, harness(3, 1))
}

func TestEditor(t *testing.T) {
	sourcetest.RunEditor(t, harness(1<<18, 64))
}

func harness(batch, open int) sourcetest.Harness {
	return sourcetest.Harness{
		New: func(t *testing.T, objects map[string]string) *sourcetest.Store {
			dir := t.TempDir()
			for key, content := range objects {
				write(t, dir, key, content)
			}
			s := source(t, dir)
			s.batch, s.open = batch, open
			return &sourcetest.Store{
				Source: s,
				Put:    func(t *testing.T, key, content string) { overwrite(t, filepath.Join(dir, key), content) },
				Delete: func(t *testing.T, key string) {
					if err := os.Remove(filepath.Join(dir, key)); err != nil {
						t.Fatal(err)
					}
				},
			}
		},
		Holds: holds,
		Many:  600, // folders have no pages, so it needs no thousands
	}
}

// holds reports whether the file systems of this system can hold key.
func holds(key string) bool {
	if !isKey(key) {
		return false
	}
	for name := range strings.SplitSeq(key, "/") {
		if len(name) > 255 {
			return false
		}
	}
	switch runtime.GOOS {
	case "linux":
		return true
	case "darwin":
		// Case and Unicode form do not tell names apart there.
		return strings.ToValidUTF8(key, "") == key && strings.ToLower(key) == key && !strings.Contains(key, "\u0301")
	}
	return !strings.ContainsAny(key, "\x01\x07\t\r\n\x1b\\:*?\"<>|") && strings.TrimRight(key, ". ") == key && len(key) < 200
}

func source(t *testing.T, path string) *Source {
	t.Helper()
	s, err := New(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

func write(t *testing.T, dir, key, content string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(key))
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// overwrite changes a file in place, again and again until the system's clock
// shows it: two changes within one tick can't be told apart on older systems.
func overwrite(t *testing.T, path, content string) {
	t.Helper()
	before, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	for {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		after, err := os.Lstat(path)
		if err != nil {
			t.Fatal(err)
		}
		if versionOf(after) != versionOf(before) {
			return
		}
	}
}
