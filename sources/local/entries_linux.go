package local

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// some gives the next entries of a folder as getdents64(2) has them, which tells
// folders from the rest on most file systems; io.EOF if there are none. buf is
// room for them.
func some(dir *os.File, buf []byte) ([]entry, error) {
	conn, err := dir.SyscallConn()
	if err != nil {
		return nil, err
	}
	n := 0
	cerr := conn.Control(func(fd uintptr) {
		err = again(func() (err error) {
			n, err = unix.Getdents(int(fd), buf)
			return err
		})
	})
	if err := errors.Join(cerr, err); err != nil {
		return nil, &os.PathError{Op: "getdents64", Path: dir.Name(), Err: err}
	}
	if n <= 0 {
		return nil, io.EOF
	}
	return entriesIn(buf[:n]), nil
}

// entriesIn reads linux_dirent64: inode (8 bytes), offset (8), length of the entry
// (2), type (1), the name and zeros behind it.
func entriesIn(b []byte) (list []entry) {
	const head = 8 + 8 + 2 + 1
	for len(b) >= head {
		n := int(binary.NativeEndian.Uint16(b[16:]))
		if n < head || n > len(b) {
			break
		}
		name, _, _ := bytes.Cut(b[head:n], []byte{0})
		if inode := binary.NativeEndian.Uint64(b); inode != 0 && string(name) != "." && string(name) != ".." {
			list = append(list, entry{name: string(name), folder: b[18] == unix.DT_DIR, unsure: b[18] == unix.DT_UNKNOWN})
		}
		b = b[n:]
	}
	return list
}
