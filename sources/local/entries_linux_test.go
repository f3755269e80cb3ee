package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// dirent is an entry as the system gives it.
func dirent(inode uint64, kind byte, name string) []byte {
	b := binary.NativeEndian.AppendUint64(nil, inode)
	b = binary.NativeEndian.AppendUint64(b, 7)
	n := (19 + len(name) + 1 + 7) / 8 * 8
	b = binary.NativeEndian.AppendUint16(b, uint16(n))
	b = append(append(b, kind), name...)
	return append(b, make([]byte, n-len(b))...)
}

func TestEntriesIn(t *testing.T) {
	all := bytes.Join([][]byte{
		dirent(1, unix.DT_DIR, "."), dirent(2, unix.DT_DIR, ".."), dirent(3, unix.DT_REG, "a\xff"), dirent(4, unix.DT_DIR, "b"),
		dirent(0, unix.DT_REG, "removed"), dirent(5, unix.DT_UNKNOWN, "c"), dirent(6, unix.DT_LNK, "a name of many bytes"),
	}, nil)
	want := []entry{{name: "a\xff"}, {name: "b", folder: true}, {name: "c", unsure: true}, {name: "a name of many bytes"}}
	if d := cmp.Diff(want, entriesIn(all), cmp.AllowUnexported(entry{})); d != "" {
		t.Error(d)
	}
	for n := range all {
		if got := entriesIn(all[:n]); len(got) >= len(want) {
			t.Fatalf("%d bytes give %v", n, got)
		}
	}
	if got := entriesIn(make([]byte, 100)); len(got) != 0 {
		t.Errorf("zeros give %v", got)
	}
}

func TestRawFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	f := &rawFile{fd: fd}
	b := make([]byte, 4)
	if n, err := f.ReadAt(b, 3); n != 4 || err != nil || string(b) != "3456" {
		t.Errorf("%d %v %q", n, err, b)
	}
	if n, err := f.ReadAt(b, 8); n != 2 || err != io.EOF {
		t.Errorf("at the end: %d %v", n, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := f.now(); err != nil || v != versionOf(info) {
		t.Errorf("%v %v, want %v", v, err, versionOf(info))
	}
	if start, end, err := f.nextData(0, 10); err != nil || start != 0 || end != 10 {
		t.Errorf("%d %d %v", start, end, err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	_, rerr := f.ReadAt(b, 0)
	_, nerr := f.now()
	for _, err := range []error{rerr, nerr, f.Close()} {
		if !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	}
}
