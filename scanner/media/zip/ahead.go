package zip

import "io"

// aheadSize is how much is read at once where members are small: most office
// documents then cost one read, and a photo's header little more than itself.
const aheadSize = 128 << 10

// ahead reads small pieces through one block, so that neighbours cost one read
// of the source. Larger reads go past it. One goroutine at a time uses it.
type ahead struct {
	r    io.ReaderAt
	size int64
	off  int64
	buf  []byte
}

// ReadAt implements io.ReaderAt.
func (a *ahead) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= a.size {
		return 0, io.EOF
	}
	if i := off - a.off; i >= 0 && i+int64(len(p)) <= int64(len(a.buf)) {
		return copy(p, a.buf[i:]), nil
	}
	if len(p) > aheadSize/2 {
		return a.r.ReadAt(p, off)
	}
	b, err := a.load(off)
	n := copy(p, b)
	if n < len(p) && err == nil {
		err = io.EOF
	}
	if n == len(p) {
		err = nil
	}
	return n, err
}

// load fills the block from off on.
func (a *ahead) load(off int64) ([]byte, error) {
	n := min(aheadSize, a.size-off)
	if int64(cap(a.buf)) < n {
		a.buf = make([]byte, n)
	}
	m, err := a.r.ReadAt(a.buf[:n], off)
	a.off, a.buf = off, a.buf[:m]
	return a.buf, err
}
