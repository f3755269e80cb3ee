package tiff

import (
	"io"

	"habeas/scanner/media"
)

// page is how much a window reads at least: an IFD and its short values.
const page = 4 << 10

// window reads small pieces of content that stand close together with few
// reads, and holds one piece at a time.
type window struct {
	r    io.ReaderAt
	size int64
	off  int64  // of buf in the content
	buf  []byte // what was read last
}

// at gives the bytes [off, off+n), fewer where the content ends. They are valid
// until the next call. The buffer grows to the largest piece present, never to
// one that is only claimed. An error is the source's.
func (w *window) at(off, n int64) ([]byte, error) {
	if off < 0 || n <= 0 || off >= w.size {
		return nil, nil
	}
	n = min(n, w.size-off)
	if i := off - w.off; i >= 0 && i+n <= int64(len(w.buf)) {
		return w.buf[i : i+n], nil
	}
	want := min(max(n, page), w.size-off)
	if int64(cap(w.buf)) < want {
		w.buf = make([]byte, want)
	}
	w.off, w.buf = off, w.buf[:want]
	err := media.ReadFull(w.r, w.buf, off)
	if _, short := err.(*media.Problem); short {
		// The content is shorter than its size says: nobody can tell by how much
		// without reading it byte by byte, so this piece is as good as absent.
		w.buf = w.buf[:0]
		return nil, nil
	}
	if err != nil {
		w.buf = w.buf[:0]
		return nil, err
	}
	return w.buf[:n], nil
}
