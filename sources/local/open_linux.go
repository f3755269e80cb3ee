package local

import (
	"io"
	"io/fs"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"habeas/sources"
)

// openAtOnce opens the regular file at path with one walk of the system's own,
// which leaves the folder by no link and no "..": os.Root opens each folder on
// the way, three times what a small photo costs otherwise. It gives nil where that
// fails for whatever reason, or the file is not etag: openFile then says why.
func (p *place) openAtOnce(path, etag string) (file, version, sources.Object) {
	if p.self == nil || path == "" || etag == "" {
		return nil, version{}, sources.Object{}
	}
	conn, err := p.self.SyscallConn()
	if err != nil {
		return nil, version{}, sources.Object{}
	}
	var st unix.Stat_t
	fd := -1
	err = conn.Control(func(dir uintptr) { fd = openBeneath(int(dir), path, etag, &st) })
	if err != nil || fd < 0 {
		return nil, version{}, sources.Object{}
	}
	f := &rawFile{fd: fd}
	o := sources.Object{ETag: etag, Size: st.Size, Modified: time.Unix(st.Mtim.Unix()).UTC(), Account: strconv.FormatUint(uint64(st.Uid), 10)}
	// Attributes are a help; a file whose attributes can't be read still can.
	if o.Meta, err = userMetaOf(fd); err != nil {
		o.Meta = nil
	}
	// Whoever reads bytes is told if they are of another file, which took the name
	// in the moment before it was opened. Where there are none to read, look now.
	if st.Size == 0 {
		if v, err := f.now(); err != nil || v != versionOfStat(&st) {
			f.Close()
			return nil, version{}, sources.Object{}
		}
	}
	return f, versionOfStat(&st), o
}

// openBeneath gives a descriptor of the regular file at path below dir and what it
// was before, or -1.
func openBeneath(dir int, path, etag string, st *unix.Stat_t) int {
	// Opening a device can do things, so look first.
	err := again(func() error { return unix.Fstatat(dir, path, st, unix.AT_SYMLINK_NOFOLLOW) })
	if err != nil || st.Mode&unix.S_IFMT != unix.S_IFREG || versionOfStat(st).String() != etag {
		return -1
	}
	fd := -1
	err = again(func() (err error) {
		fd, err = unix.Openat2(dir, path, &unix.OpenHow{
			Flags:   unix.O_CLOEXEC | uint64(openFlags),
			Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_SYMLINKS | unix.RESOLVE_NO_MAGICLINKS,
		})
		return err
	})
	if err != nil {
		return -1
	}
	return fd
}

// again calls fn until no signal interrupts it.
func again(fn func() error) error {
	for {
		if err := fn(); err != unix.EINTR {
			return err
		}
	}
}

func versionOfStat(st *unix.Stat_t) version {
	return version{inode: st.Ino, size: st.Size, written: st.Mtim.Nano(), changed: st.Ctim.Nano()}
}

// rawFile is a file without what os.File does for pipes and sockets: four calls of
// the system for each file.
type rawFile struct {
	mu sync.RWMutex // held for writing by Close: the number may then be another file's
	fd int          // -1 once closed
}

var _ file = (*rawFile)(nil)

// use calls fn with the descriptor.
func (f *rawFile) use(fn func(fd int) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.fd < 0 {
		return fs.ErrClosed
	}
	return again(func() error { return fn(f.fd) })
}

func (f *rawFile) ReadAt(b []byte, off int64) (n int, err error) {
	for n < len(b) {
		m := 0
		err := f.use(func(fd int) (err error) {
			m, err = unix.Pread(fd, b[n:], off+int64(n))
			return err
		})
		switch {
		case err != nil:
			return n, err
		case m <= 0:
			return n, io.EOF
		}
		n += m
	}
	return n, nil
}

func (f *rawFile) now() (version, error) {
	var st unix.Stat_t
	err := f.use(func(fd int) error { return unix.Fstat(fd, &st) })
	return versionOfStat(&st), err
}

func (f *rawFile) nextData(off, size int64) (start, end int64, err error) {
	err = f.use(func(fd int) error {
		start, end, err = nextDataOf(fd, off, size)
		return err
	})
	return start, end, err
}

func (f *rawFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fd < 0 {
		return fs.ErrClosed
	}
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}
