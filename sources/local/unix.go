//go:build linux || darwin

package local

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags never wait for the other end of a FIFO, and never follow a link in
// the last name.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOFOLLOW

// modesTell says that mode bits tell who may read a file.
const modesTell = true

const errNotFolder = syscall.ENOTDIR

// account is the user id of the file's owner, in decimal.
func account(info fs.FileInfo) string {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return strconv.FormatUint(uint64(st.Uid), 10)
	}
	return ""
}

func hardLinks(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// sameFile reports whether both describe one inode.
func sameFile(a, b fs.FileInfo) bool { return os.SameFile(a, b) }

// keepOwner gives f the user and group of info.
func keepOwner(f *os.File, info fs.FileInfo) error {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if mine, ok := now.Sys().(*syscall.Stat_t); ok && mine.Uid == st.Uid && mine.Gid == st.Gid {
		return nil
	}
	return f.Chown(int(st.Uid), int(st.Gid))
}

// syncFolder makes a rename or a removal in dir last.
func syncFolder(dir *os.Root) error {
	f, err := dir.Open(".")
	if err != nil {
		return err
	}
	defer f.Close()
	// Some network file systems can't sync a folder and say EINVAL.
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

// nextData gives the first range with data at or after off, as lseek(2) knows it.
func nextData(f *os.File, off, size int64) (start, end int64, err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, 0, err
	}
	// The file's own offset moves, which nothing here reads from.
	cerr := conn.Control(func(fd uintptr) { start, end, err = nextDataOf(int(fd), off, size) })
	return start, end, errors.Join(cerr, err)
}

// nextDataOf is nextData of a descriptor.
func nextDataOf(fd int, off, size int64) (start, end int64, err error) {
	start, err = unix.Seek(fd, off, unix.SEEK_DATA)
	if err == nil {
		if end, err = unix.Seek(fd, start, unix.SEEK_HOLE); err == unix.ENXIO {
			end, err = size, nil
		}
	}
	switch err {
	case unix.ENXIO:
		return size, size, nil
	case unix.EINVAL, unix.EOPNOTSUPP, unix.ENOTTY:
		return off, size, nil // holes are unknown here: all is data
	}
	return start, end, err
}
