package isobmff

import (
	"bytes"
	"encoding/binary"

	"habeas/scanner/media"
)

// box is one box of ISO/IEC 14496-12, 4.2. Its body ends where the bytes that
// hold it end, whatever it claims.
type box struct {
	kind      string
	uuid      string // 16 bytes, of a uuid box
	body, end int64
	off       int64 // of the box itself
}

func (b box) size() int64 { return b.end - b.body }

// children calls fn for each box between off and end, in order. depth is that of
// the boxes; path is where they are. Whatever contradicts itself is told as a
// Problem, and ends the row: behind a wrong length nothing can be trusted.
func (w *walk) children(path string, off, end int64, depth int, fn func(box) error) error {
	if depth > media.MaxBoxDepth {
		w.v.Problem(path, media.LimitDepth)
		return nil
	}
	for n := 0; off < end; n++ {
		if n == media.MaxBoxes {
			w.broken = true
			w.v.Problem(path, media.LimitCount)
			return nil
		}
		b, why, err := w.header(off, end, depth)
		if err != nil {
			return err
		}
		if b.kind == "" {
			if why != "" {
				w.broken = true
				w.v.Problem(path, why)
			}
			return nil
		}
		if why != "" {
			w.broken = true
			w.v.Problem(path, why)
			w.cut = w.cut || why == media.Truncated
		}
		if err := fn(b); err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

// header reads the head of the box at off, inside of what ends at end. why tells
// what is wrong with it; the kind is empty where there is no box at all.
func (w *walk) header(off, end int64, depth int) (b box, why media.Reason, err error) {
	h, err := w.win.At(off, int(min(32, end-off)))
	if err != nil {
		return box{}, "", err
	}
	if depth > 1 && zeros(h[:min(len(h), 8)]) && (len(h) < 8 || end-off < 64<<10) {
		return box{}, "", nil // QuickTime ends some rows with a zero; others pad with them
	}
	if len(h) < 8 {
		return box{}, w.short(depth), nil
	}
	size, head := int64(binary.BigEndian.Uint32(h)), int64(8)
	b.kind = string(h[4:8])
	switch size {
	case 0: // to the end of the file: only the last one may
		size = end - off
		if end != w.win.Size {
			why = media.Corrupt
		}
	case 1:
		if len(h) < 16 {
			return box{}, media.Corrupt, nil // a box without its size
		}
		large := binary.BigEndian.Uint64(h[8:])
		if large > 1<<62 {
			return box{}, media.Corrupt, nil
		}
		size, head = int64(large), 16
	}
	if b.kind == "uuid" {
		if int64(len(h)) < head+16 {
			return box{}, w.short(depth), nil
		}
		b.uuid = string(h[head : head+16])
		head += 16
	}
	if size < head {
		return box{}, media.Corrupt, nil
	}
	if size > end-off {
		size, why = end-off, w.short(depth)
	}
	b.off, b.body, b.end = off, off+head, off+size
	return b, why, nil
}

// short is what a box that runs past the bytes which hold it means: that the
// file was cut, if it is one of the file's own or what holds it was cut already,
// otherwise lengths contradict each other.
func (w *walk) short(depth int) media.Reason {
	if depth == 1 || w.cut {
		return media.Truncated
	}
	return media.Corrupt
}

func zeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }
