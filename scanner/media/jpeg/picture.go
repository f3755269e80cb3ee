package jpeg

import (
	"bytes"

	"habeas/scanner/media"
)

// tailLimit is up to which size a file is looked through to its end. Whether a
// picture is whole can only be seen there. A file of this size has been read with
// its head already; of a larger one the end would cost a request of its own, so
// that a cut in its picture data goes unnoticed: all its metadata was read.
const tailLimit = 64 << 10

// picture looks behind the start of a scan at off for the end of the image, if
// that is cheap.
func (w *walk) picture(off int64) error {
	if w.size > tailLimit {
		return nil
	}
	b, err := media.ReadUpTo(w.r, off, w.size-off, w.size)
	if err != nil {
		return err
	}
	i := endOfImage(b)
	if i < 0 {
		w.problem("", media.Truncated)
		return nil
	}
	return w.end(off + int64(i))
}

// endOfImage finds the end of the image in entropy-coded data, in which 0xFF
// stands before 0, a restart or a segment between scans; -1 if there is none.
func endOfImage(b []byte) int {
	for at := 0; ; {
		i := bytes.IndexByte(b[at:], 0xFF)
		if i < 0 || at+i+1 >= len(b) {
			return -1
		}
		at += i + 1
		if b[at] == eoi {
			return at + 1
		}
	}
}

// minTrailer is what can be anything at all; fewer bytes are padding.
const minTrailer = 16

// end takes what follows the end of the image at off: a second picture, a video,
// an archive. Padding is nothing.
func (w *walk) end(off int64) error {
	if w.size > tailLimit || w.size-off < minTrailer {
		return nil
	}
	b, err := w.win.At(off, minTrailer)
	if err != nil {
		return err
	}
	if known(b) {
		w.trailer = off
	}
	return nil
}

// known tells the trailers that are containers of their own from those that are
// a phone's private notes, which nobody could walk.
func known(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xFF\xD8\xFF")) || bytes.HasPrefix(b, []byte("PK\x03\x04")) ||
		bytes.HasPrefix(b, []byte("%PDF-")) || len(b) >= 8 && string(b[4:8]) == "ftyp"
}
