package jpeg

import (
	"encoding/binary"
	"fmt"

	"habeas/scanner/media"
)

// The Multi-Picture Format (CIPA DC-007): an index in APP2, itself a small TIFF
// block, lists the pictures of the file, of which all but the first follow behind
// it. Cameras keep previews, the other eye of a stereo picture or the frames of a
// panorama there; phones keep depth and gain maps.

const (
	tagMPImages = 0xB002 // MP Entry: 16 bytes a picture
	maxMPEntry  = 64
	maxMPIndex  = 8 << 10
	mpEntrySize = 16
)

// kinds of pictures, the low 24 bits of an entry's attribute (5.2.3.3.1).
var mpKinds = map[uint32]string{
	0x020001: "a frame of a panorama",
	0x020002: "a picture from another point of view (disparity)",
	0x020003: "a picture from another angle",
}

// multiPicture hands on the pictures that the index lists, from the second on.
func (w *walk) multiPicture() error {
	if w.index.n < 8 {
		return nil
	}
	b, err := media.ReadUpTo(w.r, w.index.off, min(w.index.n, maxMPIndex), w.size)
	if err != nil {
		return err
	}
	list, _, order := mpEntries(b)
	for i := 0; len(list) >= mpEntrySize; i++ {
		if i == maxMPEntry {
			w.v.Problem("app2/mpf", media.LimitCount)
			return nil
		}
		kind, size, at := order.Uint32(list)&0xFFFFFF, int64(order.Uint32(list[4:])), int64(order.Uint32(list[8:]))
		list = list[mpEntrySize:]
		off := w.index.off + at
		if at == 0 || size == 0 || off >= w.size {
			continue // the first, or one that was cut off with the tail of the file
		}
		if ok, err := w.startsJPEG(off); err != nil {
			return err
		} else if !ok {
			continue
		}
		path := fmt.Sprintf("app2/mpf/image[%d]", i+1)
		if what, ok := mpKinds[kind]; ok {
			if err := media.HiddenCopy(w.v, path, media.HiddenPicture, what+", as the index of pictures says"); err != nil {
				return err
			}
		}
		if err := w.give(path, off, min(size, w.size-off)); err != nil {
			return err
		}
	}
	return nil
}

// mpEntries finds the list of pictures in the index, and where it stands there.
func mpEntries(b []byte) (list []byte, at int64, order binary.ByteOrder) {
	order = binary.LittleEndian
	switch {
	case !isTIFF(b) || len(b) < 8:
		return nil, 0, order
	case b[0] == 'M':
		order = binary.BigEndian
	}
	dir := uint64(order.Uint32(b[4:]))
	if dir+2 > uint64(len(b)) {
		return nil, 0, order
	}
	n := order.Uint16(b[dir:])
	for e := b[dir+2:]; len(e) >= 12 && n > 0; e, n = e[12:], n-1 {
		size, off := uint64(order.Uint32(e[4:])), uint64(order.Uint32(e[8:]))
		if order.Uint16(e) == tagMPImages && off < uint64(len(b)) {
			return b[off:min(off+size, uint64(len(b)))], int64(off), order
		}
	}
	return nil, 0, order
}
