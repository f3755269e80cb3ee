package local

import (
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// openAtOnce opens the regular file at path with one walk of the system's own,
// which leaves the folder by no link and no "..": os.Root opens each folder on
// the way, three times what a small photo costs otherwise. It reports false
// where that fails for whatever reason, or the file is not etag: openFile then
// says why.
func (p *place) openAtOnce(path, etag string) (*os.File, fs.FileInfo, bool) {
	if p.self == nil || path == "" || etag == "" {
		return nil, nil, false
	}
	conn, err := p.self.SyscallConn()
	if err != nil {
		return nil, nil, false
	}
	fd := -1
	err = conn.Control(func(dir uintptr) { fd = openBeneath(int(dir), path) })
	if err != nil || fd < 0 {
		return nil, nil, false
	}
	f := os.NewFile(uintptr(fd), path)
	info, err := f.Stat()
	if err != nil || check(info, etag) != nil {
		f.Close()
		return nil, nil, false
	}
	return f, info, true
}

// openBeneath gives a descriptor of the regular file at path below dir, or -1.
func openBeneath(dir int, path string) int {
	var st unix.Stat_t
	// Opening a device can do things, so look first.
	if err := unix.Fstatat(dir, path, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return -1
	}
	fd, err := unix.Openat2(dir, path, &unix.OpenHow{
		Flags:   unix.O_CLOEXEC | uint64(openFlags),
		Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
	})
	if err != nil {
		return -1
	}
	return fd
}
