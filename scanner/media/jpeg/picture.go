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
// that is cheap. In entropy-coded data 0xFF stands before 0 or a restart marker
// only (T.81, B.1.1.5), so that the first end of image is the one.
func (w *walk) picture(off int64) error {
	if w.size > tailLimit {
		return nil
	}
	for {
		b, err := w.win.At(off, media.HeadSize)
		if err != nil {
			return err
		}
		if len(b) < 2 {
			w.problem(inPicture, media.Truncated)
			return nil
		}
		if i := bytes.Index(b, []byte{0xFF, eoi}); i >= 0 {
			return w.end(off + int64(i) + 2)
		}
		off += int64(len(b)) - 1 // the last byte may be half a marker
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
