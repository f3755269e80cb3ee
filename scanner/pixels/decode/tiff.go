package decode

import (
	"encoding/binary"
	"io"

	"habeas/scanner/media"
)

// pages decodes the pages of a TIFF. The decoder knows the first only, so that
// each is shown to it as the first: the file with another offset in its header.
func pages(r *io.SectionReader, each func(Picture) error) error {
	offsets, order, err := directories(r)
	if err != nil {
		return err
	}
	f, _ := formats("image/tiff")
	var problem error
	for i, off := range offsets {
		var head [8]byte
		if _, err := r.ReadAt(head[:], 0); err != nil {
			return err
		}
		order.PutUint32(head[4:], off)
		page := io.NewSectionReader(&headed{r: r, head: head}, 0, r.Size())
		m, err := one(f, "image/tiff", page)
		if err != nil {
			if problem == nil {
				problem = err // the other pages may be well
			}
			continue
		}
		p := Picture{Image: m}
		if len(offsets) > 1 {
			p.Page = i + 1
		}
		if err := each(p); err != nil {
			return err
		}
	}
	if problem == nil && len(offsets) == MaxPages {
		problem = media.Stop("", media.LimitCount)
	}
	return problem
}

// directories are the offsets of the pages' directories: at most MaxPages, and
// none of small copies.
func directories(r *io.SectionReader) ([]uint32, binary.ByteOrder, error) {
	win := media.Window{R: r, Size: r.Size()}
	b, err := win.At(0, 8)
	if err != nil {
		return nil, nil, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	switch {
	case len(b) < 8:
		return nil, nil, media.Stop("", media.Truncated)
	case string(b[:4]) == "MM\x00*":
		order = binary.BigEndian
	case string(b[:4]) != "II*\x00":
		return nil, nil, media.Stop("", media.Unsupported) // BigTIFF
	}
	var out []uint32
	seen := map[uint32]bool{}
	for off := order.Uint32(b[4:]); off != 0 && !seen[off] && len(seen) < 4*MaxPages && len(out) < MaxPages; {
		seen[off] = true
		small, next, err := directory(&win, int64(off), order)
		if err != nil {
			return nil, nil, err
		}
		if !small {
			out = append(out, off)
		}
		off = next
	}
	if len(out) == 0 {
		return nil, nil, media.Stop("", media.Corrupt)
	}
	return out, order, nil
}

// directory reads whether a directory is of a small copy, and where the next is.
func directory(win *media.Window, off int64, order binary.ByteOrder) (small bool, next uint32, err error) {
	b, err := win.At(off, 2)
	if err != nil || len(b) < 2 {
		return false, 0, err
	}
	n := int64(order.Uint16(b))
	if n > media.MaxIFDEntries {
		return false, 0, nil
	}
	for i := range n {
		e, err := win.At(off+2+12*i, 12)
		if err != nil || len(e) < 12 {
			return small, 0, err
		}
		if order.Uint16(e) == 0x00fe { // NewSubfileType: bit 0 is a smaller copy, bit 2 a mask
			small = order.Uint32(e[8:])&5 != 0
		}
	}
	b, err = win.At(off+2+12*n, 4)
	if err != nil || len(b) < 4 {
		return small, 0, err
	}
	return small, order.Uint32(b), nil
}

// headed is r with another head.
type headed struct {
	r    io.ReaderAt
	head [8]byte
}

// ReadAt implements io.ReaderAt.
func (h *headed) ReadAt(p []byte, off int64) (int, error) {
	n, err := h.r.ReadAt(p, off)
	if off >= 0 && off < int64(len(h.head)) {
		copy(p[:n], h.head[off:])
	}
	return n, err
}
