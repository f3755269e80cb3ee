package metafile

import (
	"math"

	"habeas/scanner/media"
)

// plus reads the records of EMF+, which stand in the comments of an EMF.
type plus struct {
	text   lines
	dual   bool // the EMF around it draws the same
	glyphs bool // some text was given as glyphs

	object []byte // one that is cut into several records
	type_  byte
	moved  bool // the plane has moved since the last text
}

// Records ([MS-EMFPLUS] 2.1.1.1) that are read.
const (
	plusHeader        = 0x4001
	plusObject        = 0x4008
	plusString        = 0x401c
	plusTransform     = 0x402a // and those up to plusLastTransform move the plane
	plusLastTransform = 0x402f
	plusDriverString  = 0x4036
)

const (
	objectImage = 5
	continued   = 0x8000 // in the flags: more of the object follows

	imageBitmap   = 1
	imageMetafile = 2
)

// comment reads the records in n bytes at off.
func (p *plus) comment(w *walk, off, n int64) error {
	for end := min(off+n, w.size); off+12 <= end; {
		h := w.bytes(off, 12)
		if len(h) < 12 {
			return nil
		}
		kind, flags, size, data := u16(h), u16(h[2:]), int64(u32(h[4:])), int64(u32(h[8:]))
		if size < 12 || data > size-12 || off+size > end {
			w.problem(media.Corrupt)
			return nil
		}
		if err := p.record(w, kind, flags, off+12, data); err != nil {
			return err
		}
		off += size
	}
	return nil
}

func (p *plus) record(w *walk, kind, flags uint16, at, n int64) error {
	if kind != plusObject || byte(flags>>8)&0x7f != p.type_ {
		if err := p.flush(w); err != nil {
			return err
		}
	}
	switch {
	case kind == plusHeader:
		p.dual = flags&1 != 0
	case kind == plusObject:
		return p.part(w, flags, at, n)
	case kind >= plusTransform && kind <= plusLastTransform:
		p.moved = true
	case kind == plusString:
		p.string(w.bytes(at, min(n, maxRecord)))
	case kind == plusDriverString:
		p.driverString(w, w.bytes(at, min(n, maxRecord)))
	}
	return nil
}

// string reads a text in a rectangle (2.3.4.14).
func (p *plus) string(b []byte) {
	if len(b) < 28 {
		return
	}
	end := min(28+2*int64(u32(b[8:])), int64(len(b)))
	y := f32(b[16:])
	if p.moved {
		y = math.NaN() // it is somewhere else
		p.text.t.Line()
	}
	p.moved = false
	p.text.put(wide(b[28:end&^1]), f32(b[12:]), y, 0)
}

// driverString reads a text with a place for each character (2.3.4.6).
func (p *plus) driverString(w *walk, b []byte) {
	if len(b) < 16 {
		return
	}
	n := int64(u32(b[12:]))
	if u32(b[4:])&1 == 0 { // numbers of glyphs
		p.glyphs = true
		w.problem(media.Unsupported)
		return
	}
	places := 16 + 2*n
	if n == 0 || n > maxRecord || places > int64(len(b)) {
		return
	}
	x, y, width := 0.0, math.NaN(), 0.0
	if places+8*n <= int64(len(b)) {
		x, y = f32(b[places:]), f32(b[places+4:])
		if n > 1 {
			last := f32(b[places+8*(n-1):])
			width = (last - x) * float64(n) / float64(n-1)
		}
	}
	if p.moved {
		p.text.t.Line()
		p.moved = false
	}
	p.text.put(wide(b[16:places]), x, y, max(width, 0))
}

// part takes one record of an object. One that is whole is read where it stands.
func (p *plus) part(w *walk, flags uint16, at, n int64) error {
	kind := byte(flags>>8) & 0x7f
	if kind != objectImage {
		return nil
	}
	if flags&continued == 0 && p.object == nil {
		return p.image(w, at, n)
	}
	if flags&continued != 0 { // each begins with the size of the whole
		at, n = at+4, n-4
	}
	if int64(len(p.object))+n > maxPicture {
		w.problem(media.LimitBytes)
		return nil
	}
	p.type_ = kind
	p.object = append(p.object, w.bytes(at, n)...)
	if flags&continued == 0 {
		return p.flush(w)
	}
	return nil
}

// flush hands on an object that was put together.
func (p *plus) flush(w *walk) error {
	b := p.object
	p.object, p.type_ = nil, 0
	if skip, ok := imageData(b, int64(len(b))); ok {
		return w.block(b[skip:])
	}
	return nil
}

// image hands on the picture of an object of n bytes at off.
func (p *plus) image(w *walk, off, n int64) error {
	if skip, ok := imageData(w.bytes(off, min(n, 28)), n); ok {
		return w.stretch(off+skip, n-skip)
	}
	return nil
}

// imageData tells where in an image object (2.2.1.4) a file begins, if one does.
func imageData(b []byte, n int64) (skip int64, ok bool) {
	if len(b) < 16 {
		return 0, false
	}
	switch u32(b[4:]) {
	case imageBitmap: // width, height, stride, form of pixels, whether it is packed
		return 28, len(b) >= 28 && u32(b[24:]) == 1 && n > 28
	case imageMetafile:
		return 16, n > 16
	}
	return 0, false
}
