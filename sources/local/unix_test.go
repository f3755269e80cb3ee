//go:build linux || darwin

package local

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	"habeas/sources"
)

// TestNotFiles: FIFOs, sockets and devices are listed and never opened. Opening
// this FIFO would wait for ever.
func TestNotFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir) // the path of a socket is short
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", "socket")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	write(t, dir, "file", "x")
	s := source(t, dir)
	_, codes, err := listed(t, s, "")
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{"fifo": sources.CodeNotRegular, "socket": sources.CodeNotRegular, "file": ""} {
		if got, ok := codes[key]; !ok || got != want {
			t.Errorf("%s: code %q, listed %v; want %q", key, got, ok, want)
		}
		if want == "" {
			continue
		}
		if _, err := s.Open(t.Context(), sources.Object{Key: key}); codeOf(err) != want {
			t.Errorf("open %s: %v", key, err)
		}
		if _, err := s.Refresh(t.Context(), sources.Object{Key: key}); codeOf(err) != want {
			t.Errorf("refresh %s: %v", key, err)
		}
		if err := source(t, filepath.Join(dir, key)).Preflight(t.Context()); codeOf(err) != want {
			t.Errorf("a source of %s: %v", key, err)
		}
	}
	if err := source(t, os.DevNull).Preflight(t.Context()); codeOf(err) != sources.CodeNotRegular {
		t.Errorf("a source of a device: %v", err)
	}

	// A file that becomes a FIFO after it was listed.
	o := object(t, s, "file")
	rename(t, dir, "fifo", "file")
	if _, err := s.Open(t.Context(), o); codeOf(err) != sources.CodeChanged {
		t.Errorf("open of what became a FIFO: %v", err)
	}
}

func TestAccount(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "k", "x")
	if got, want := object(t, source(t, dir), "k").Account, strconv.Itoa(os.Geteuid()); got != want {
		t.Errorf("account %q, want %q", got, want)
	}
}
