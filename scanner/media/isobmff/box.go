package isobmff

import (
	"encoding/binary"

	"habeas/scanner/media"
)

// box is one box of ISO/IEC 14496-12, 4.2. Its body ends where the bytes that
// hold it end, whatever it claims.
type box struct {
	kind      string
	uuid      string // 16 bytes, of a uuid box
	body, end int64
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
			w.v.Problem(path, media.LimitCount)
			return nil
		}
		b, why, err := w.header(off, end)
		if err != nil {
			return err
		}
		if b.kind == "" {
			w.v.Problem(path, why)
			return nil
		}
		if why != "" {
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
func (w *walk) header(off, end int64) (b box, why media.Reason, err error) {
	h, err := w.win.At(off, int(min(32, end-off)))
	if err != nil {
		return box{}, "", err
	}
	if len(h) < 8 {
		return box{}, w.short(end), nil
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
			return box{}, w.short(end), nil
		}
		large := binary.BigEndian.Uint64(h[8:])
		if large > 1<<62 {
			return box{}, media.Corrupt, nil
		}
		size, head = int64(large), 16
	}
	if b.kind == "uuid" {
		if int64(len(h)) < head+16 {
			return box{}, w.short(end), nil
		}
		b.uuid = string(h[head : head+16])
		head += 16
	}
	if size < head {
		return box{}, media.Corrupt, nil
	}
	if size > end-off {
		size, why = end-off, w.short(end)
	}
	b.body, b.end = off+head, off+size
	return b, why, nil
}

// short is what a structure that runs past end means: at the end of the file it
// is cut, elsewhere lengths contradict each other.
func (w *walk) short(end int64) media.Reason {
	if end == w.win.Size {
		return media.Truncated
	}
	return media.Corrupt
}
