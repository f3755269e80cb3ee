package isobmff

import (
	"bytes"
	"encoding/binary"

	"habeas/scanner/media"
)

// Canon's boxes in CR3, as described by Laurent Clévy: 85c0b687-820f-11e0-8111-
// f4ce462b6a48 in moov, eaf42b5e-1c98-4b88-b9fb-b7dc406e4d16 in the file.
const (
	uuidCanon   = "\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"
	uuidPreview = "\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"
)

// Tags of Exif that point at a directory.
const (
	exifPointer = 0x8769
	gpsPointer  = 0x8825
	makerNote   = 0x927c
)

// canon reads the boxes in one of Canon's.
func (w *walk) canon(path string, b box, depth int) error {
	return w.children(path, b.body, b.end, depth, func(c box) error {
		switch c.kind {
		case "CMT1":
			return w.section(path+"/cmt1/exif", c.body, c.end)
		case "CMT2":
			return w.directory(path+"/cmt2/exif", c, exifPointer)
		case "CMT3":
			return w.directory(path+"/cmt3/exif", c, makerNote)
		case "CMT4":
			return w.directory(path+"/cmt4/exif", c, gpsPointer)
		case "THMB":
			return w.picture(path+"/thumbnail", c)
		case "PRVW":
			return w.picture(path+"/preview", c)
		case "CTBO":
			return w.offsets(c)
		}
		return nil
	})
}

// offsets reads Canon's table of the boxes of the file: a count, then for each
// box a number (3 for the samples), its offset and its size. Where the samples go
// on to the end of the file, or would, nothing stands behind them to be looked
// for: that saves a request.
func (w *walk) offsets(b box) error {
	h, err := w.win.At(b.body, int(min(b.size(), 4+16*20)))
	if err != nil || len(h) < 4 {
		return err
	}
	for rows := h[4:]; len(rows) >= 20; rows = rows[20:] {
		off, n := binary.BigEndian.Uint64(rows[4:]), binary.BigEndian.Uint64(rows[12:])
		if binary.BigEndian.Uint32(rows) == 3 && off > uint64(b.end) && off < uint64(w.win.Size) && n < 1<<62 && off+n >= uint64(w.win.Size) {
			w.samples, w.cutoff = int64(off), off+n > uint64(w.win.Size)
		}
	}
	return nil
}

// picture hands on the JPEG that begins within the first bytes of a box.
func (w *walk) picture(path string, b box) error {
	h, err := w.win.At(b.body, int(min(b.size(), 64)))
	if err != nil {
		return err
	}
	i := bytes.Index(h, []byte("\xff\xd8\xff"))
	if i < 0 {
		if b.size() > 64 {
			w.v.Problem(path, media.Unsupported)
		}
		return nil
	}
	return w.section(path, b.body+int64(i), b.end)
}

// directory hands on a TIFF block whose first directory is not the one that
// readers of TIFF expect there, but the one of Exif, of GPS, or a maker note: a
// new first directory behind it points at it, all offsets stay what they are.
func (w *walk) directory(path string, b box, tag uint16) error {
	d, err := media.ReadUpTo(w.r, b.body, min(b.size(), media.MaxBlock-1024), w.win.Size)
	if err != nil {
		return err
	}
	var order interface {
		binary.ByteOrder
		binary.AppendByteOrder
	}
	switch {
	case len(d) < 8:
		w.v.Problem(path, w.lost())
		return nil
	case string(d[:4]) == "II*\x00":
		order = binary.LittleEndian
	case string(d[:4]) == "MM\x00*":
		order = binary.BigEndian
	default:
		w.v.Problem(path, media.Corrupt)
		return nil
	}
	first := order.Uint32(d[4:])
	d = append(d, make([]byte, len(d)&1)...)
	entry := func(tag, kind uint16, n, value uint32) {
		d = order.AppendUint16(d, tag)
		d = order.AppendUint16(d, kind)
		d = order.AppendUint32(d, n)
		d = order.AppendUint32(d, value)
	}
	at := uint32(len(d))
	if tag == makerNote {
		// IFD0 with the maker, which tells whose note it is, and an Exif directory.
		const size = 2 + 2*12 + 4
		name := at + size + 2 + 12 + 4
		d = order.AppendUint16(d, 2)
		entry(0x010f, 2, 6, name)
		entry(exifPointer, 4, 1, at+size)
		d = order.AppendUint32(d, 0)
		d = order.AppendUint16(d, 1)
		entry(makerNote, 7, at-min(first, at), first)
		d = append(order.AppendUint32(d, 0), "Canon\x00"...)
	} else {
		d = order.AppendUint16(d, 1)
		entry(tag, 4, 1, first)
		d = order.AppendUint32(d, 0)
	}
	order.PutUint32(d[4:], at)
	return w.memory(path, d)
}
