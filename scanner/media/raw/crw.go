package raw

import (
	"encoding/binary"
	"strconv"

	"habeas/scanner/media"
)

const (
	maxCRWDepth   = 8
	maxCRWEntries = 4_096
)

// crw: a heap of Canon's CIFF (CIFF specification 1.0, Canon 1997), whose
// directory stands at its end; directories nest.
func (w *walk) crw(h []byte) error {
	w.group, w.order = "CanonRaw", binary.LittleEndian
	if h[0] == 'M' {
		w.order = binary.BigEndian
	}
	start := int64(w.order.Uint32(h[2:]))
	return w.heap(start, w.win.Size, 1)
}

// heap reads the directory of the heap between start and end.
func (w *walk) heap(start, end int64, depth int) error {
	if depth > maxCRWDepth {
		w.v.Problem("", media.LimitDepth)
		return nil
	}
	b, err := w.win.At(end-4, 4)
	if err != nil {
		return err
	}
	if len(b) < 4 || start < 0 || start > end-4 {
		w.v.Problem("", media.Corrupt)
		return nil
	}
	dir := start + int64(w.order.Uint32(b))
	if b, err = w.win.At(dir, 2); err != nil {
		return err
	}
	if len(b) < 2 || dir > end-2 {
		w.v.Problem("", media.Truncated)
		return nil
	}
	for i := range int64(w.order.Uint16(b)) {
		if w.steps++; w.steps > maxCRWEntries {
			w.v.Problem("", media.LimitCount)
			return nil
		}
		e, err := w.win.At(dir+2+i*10, 10)
		if err != nil {
			return err
		}
		if len(e) < 10 {
			w.v.Problem("", media.Truncated)
			return nil
		}
		if err := w.crwEntry(e, start, end, depth); err != nil {
			return err
		}
	}
	return nil
}

// crwEntry takes one entry: type, length, place in the heap; or with bit 14 of
// the type set eight bytes of value.
func (w *walk) crwEntry(e []byte, start, end int64, depth int) error {
	kind := w.order.Uint16(e)
	if kind&0xc000 == 0x4000 {
		if kind&0x3fff == 0x180b {
			w.tag("SerialNumber", strconv.FormatUint(uint64(w.order.Uint32(e[2:])), 10))
		}
		return nil
	}
	n, off := int64(w.order.Uint32(e[2:])), start+int64(w.order.Uint32(e[6:]))
	if off > end || n > end-off {
		w.v.Problem("", media.Truncated)
		return nil
	}
	switch kind & 0x3fff {
	case 0x0805:
		return w.crwText("UserComment", off, n)
	case 0x0810:
		return w.crwText("OwnerName", off, n)
	case 0x0816:
		return w.crwText("OriginalFileName", off, n)
	case 0x180b:
		b, err := w.win.At(off, 4)
		if err == nil && len(b) == 4 {
			w.tag("SerialNumber", strconv.FormatUint(uint64(w.order.Uint32(b)), 10))
		}
		return err
	case 0x2007:
		return w.section("preview", off, n)
	case 0x2008:
		return w.section("thumbnail", off, n)
	}
	if kind&0x3800 == 0x2800 || kind&0x3800 == 0x3000 {
		return w.heap(off, off+n, depth+1)
	}
	return nil
}

func (w *walk) crwText(name string, off, n int64) error {
	b, err := w.win.At(off, int(min(n, 1<<10)))
	if err != nil {
		return err
	}
	for i, c := range b {
		if c == 0 {
			b = b[:i]
			break
		}
	}
	w.tag(name, media.Legacy(b))
	return nil
}
