package media

import (
	"errors"
	"io"
)

// windowSize is one page: what a read of eight bytes costs a file anyway.
const windowSize = 4 << 10

// Window reads small records, such as box and chunk headers, through one buffer,
// so that neighbours cost one read of the source. One goroutine at a time uses it.
type Window struct {
	R    io.ReaderAt
	Size int64 // of what R holds

	off int64
	buf []byte
	mem [windowSize]byte
}

// Reset makes w the window of other content, through the same buffer.
func (w *Window) Reset(r io.ReaderAt, size int64) {
	w.R, w.Size, w.off, w.buf = r, size, 0, nil
}

// At is the n bytes at off, valid until the next call; n is at most 4 KiB. Fewer
// come where the content ends. It fails only where the source does.
func (w *Window) At(off int64, n int) ([]byte, error) {
	if off < 0 || off >= w.Size || n <= 0 {
		return nil, nil
	}
	n = int(min(int64(n), w.Size-off, windowSize))
	if i := off - w.off; i >= 0 && i+int64(n) <= int64(len(w.buf)) {
		return w.buf[i : i+int64(n)], nil
	}
	m := int(min(windowSize, w.Size-off))
	k, err := w.R.ReadAt(w.mem[:m], off)
	w.off, w.buf = off, w.mem[:k]
	if err != nil && k < n && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	return w.buf[:min(n, k)], nil
}
