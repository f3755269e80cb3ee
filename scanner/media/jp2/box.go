package jp2

import (
	"bytes"
	"encoding/binary"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

// box is one box (ISO/IEC 15444-1, annex I.4). Its body ends where the bytes that
// hold it end, whatever it claims.
type box struct {
	kind      string
	body, end int64
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	v      media.Visitor
	budget *media.Budget
	tags   []detectors.Tag
}

// boxes calls fn for each box between off and end, in order. What contradicts
// itself is told as a Problem, and ends the row.
func (w *walk) boxes(path string, off, end int64, depth int, fn func(b box, depth int) error) error {
	if depth > media.MaxBoxDepth {
		w.v.Problem(path, media.LimitDepth)
		return nil
	}
	for n := 0; off < end; n++ {
		if n == media.MaxBoxes {
			w.v.Problem(path, media.LimitCount)
			return nil
		}
		b, why, err := w.header(off, end)
		if err != nil {
			return err
		}
		if why != "" {
			w.v.Problem(path, why)
		}
		if b.kind == "" {
			return nil
		}
		if err := fn(b, depth); err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

// header reads the head of the box at off, inside of what ends at end. why tells
// what is wrong with it; the kind is empty where there is no box at all.
func (w *walk) header(off, end int64) (b box, why media.Reason, err error) {
	short := media.Corrupt // inside of another box lengths contradict each other
	if end == w.win.Size {
		short = media.Truncated
	}
	h, err := w.win.At(off, int(min(16, end-off)))
	if err != nil {
		return box{}, "", err
	}
	if len(h) < 8 {
		return box{}, short, nil
	}
	size, head := int64(binary.BigEndian.Uint32(h)), int64(8)
	kind := string(h[4:8])
	switch size {
	case 0: // to the end
		size = end - off
	case 1:
		if len(h) < 16 {
			return box{}, short, nil
		}
		large := binary.BigEndian.Uint64(h[8:])
		if large > 1<<62 {
			return box{}, media.Corrupt, nil
		}
		size, head = int64(large), 16
	}
	if size < head {
		return box{}, media.Corrupt, nil
	}
	if size > end-off {
		size, why = end-off, short
	}
	return box{kind: kind, body: off + head, end: off + size}, why, nil
}

func (w *walk) section(path string, off, end int64) error {
	if end <= off {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.win.R, off, end-off))
}

// exif hands a block of Exif on, without the prefix that it has in JPEG.
func (w *walk) exif(path string, off, end int64) error {
	h, err := w.win.At(off, int(min(6, max(end-off, 0))))
	if err != nil {
		return err
	}
	if bytes.Equal(h, []byte("Exif\x00\x00")) {
		off += 6
	}
	return w.section(path, off, end)
}

// text adds what a box says as a tag.
func (w *walk) text(name string, off, end int64) error {
	const longest = 1 << 20
	b, err := media.ReadUpTo(w.win.R, off, min(end-off, longest), w.win.Size)
	if err != nil {
		return err
	}
	w.tag(name, b)
	return nil
}

func (w *walk) tag(name string, b []byte) {
	if s := string(bytes.Trim([]byte(media.Legacy(b)), "\x00 \t\r\n")); s != "" {
		w.tags = append(w.tags, detectors.Tag{Group: "Jpeg2000", Name: name, Value: s})
	}
}

// pixels tells of a picture that declares too many.
func (w *walk) pixels(width, height uint64) {
	if width > 0 && height > media.MaxPixels/width {
		w.v.Problem("", media.LimitPixels)
	}
	media.Measured(w.v, width, height)
}

// flush gives the tags.
func (w *walk) flush() error {
	if len(w.tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: "", Tags: w.tags, Off: -1})
}
