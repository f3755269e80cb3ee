package metafile

import (
	"io"

	"habeas/scanner/media"
)

// NewWindows gives the format of metafiles of Windows, WMF.
func NewWindows() media.Format { return windows{} }

type windows struct{}

var (
	_ media.Format    = windows{}
	_ media.Describer = windows{}
)

// Name implements media.Format.
func (windows) Name() string { return "wmf" }

// Describe implements media.Describer.
func (windows) Describe() media.Description {
	return media.Description{
		Title: "WMF",
		Types: "image/wmf",
		Reads: "texts that it draws; bitmaps in it, and the EMF that it was made from",
		Not:   "lines and shapes",
	}
}

const placeable = "\xd7\xcd\xc6\x9a"

// Match implements media.Format: the header that programs put before a drawing, or
// that of the drawing.
func (windows) Match(head []byte) bool {
	return isHeader(head[placed(head):])
}

// placed is how long the header is that programs put before a drawing, 0 where
// there is none. In EMF+ it is padded.
func placed(b []byte) int {
	switch {
	case len(b) < 24 || string(b[:4]) != placeable:
		return 0
	case isHeader(b[24:]):
		return 24
	}
	return 22
}

// isHeader knows the header of a drawing ([MS-WMF] 2.3.2.2).
func isHeader(b []byte) bool {
	return len(b) >= 18 && (u16(b) == 1 || u16(b) == 2) && u16(b[2:]) == 9 && (u16(b[4:]) == 0x0300 || u16(b[4:]) == 0x0100) && u32(b[6:]) >= 9
}

// Records ([MS-WMF] 2.1.1.1) that are read.
const (
	metaEOF           = 0x0000
	metaSaveDC        = 0x001e
	metaRestoreDC     = 0x0127
	metaSelect        = 0x012d
	metaSetTextAlign  = 0x012e
	metaDelete        = 0x01f0
	metaMoveTo        = 0x0214
	metaTextOut       = 0x0521
	metaExtTextOut    = 0x0a32
	metaEscape        = 0x0626
	metaDIBBitBlt     = 0x0940
	metaDIBStretchBlt = 0x0b41
	metaStretchDIB    = 0x0f43
	metaSetDIB        = 0x0d33
	metaCreateFont    = 0x02fb
)

// creators are the records that take the next free number of an object.
var creators = map[uint16]bool{0x02fa: true, metaCreateFont: true, 0x02fc: true, 0x00f7: true, 0x01f9: true, 0x0142: true, 0x06ff: true}

const (
	maxObjects = 1 << 10
	noFont     = -1 // an object that is no font
	freeObject = -2
)

// old is the state of a WMF.
type old struct {
	*walk
	text    lines
	now     state
	saved   []state
	objects []int16 // character sets of fonts, noFont, freeObject
	emf     []byte  // what was put together so far of the EMF that it was made from
}

// Walk implements media.Format.
func (windows) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	d := &old{walk: newWalk(r, size, v)}
	d.text.t = media.NewRunning(v, "")
	at := int64(placed(d.bytes(0, 48))) + 18
	end := false
	for at < size && d.err == nil && !end {
		h := d.bytes(at, 6)
		if d.err != nil {
			break
		}
		if len(h) < 6 {
			d.problem(media.Truncated)
			break
		}
		n, kind := 2*int64(u32(h)), u16(h[4:])
		if n < 6 {
			d.problem(media.Corrupt)
			end = true
			break
		}
		if at+n > size {
			d.problem(media.Truncated)
			n = size - at
		}
		end = kind == metaEOF
		if err := d.record(kind, at, n); err != nil {
			return err
		}
		at += n
	}
	if d.err != nil {
		return d.err
	}
	if !end {
		d.problem(media.Truncated)
	}
	return d.text.finish()
}

func (d *old) record(kind uint16, at, n int64) error {
	switch kind {
	case metaTextOut, metaExtTextOut:
		d.draw(kind, d.bytes(at, min(n, maxRecord)))
	case metaStretchDIB:
		return d.packed(at+28, n-28)
	case metaDIBStretchBlt:
		return d.packed(at+26, n-26)
	case metaDIBBitBlt:
		return d.packed(at+22, n-22)
	case metaSetDIB:
		return d.packed(at+24, n-24)
	case metaEscape:
		return d.escape(at, n)
	default:
		d.set(kind, d.bytes(at, min(n, 32)))
	}
	return nil
}

// set follows what decides where text stands, and in which encoding.
func (d *old) set(kind uint16, b []byte) {
	switch {
	case creators[kind]:
		set := int16(noFont)
		if kind == metaCreateFont && len(b) >= 20 {
			set = int16(b[19])
		}
		d.create(set)
	case kind == metaSaveDC:
		if len(d.saved) < maxSaved {
			d.saved = append(d.saved, d.now)
		}
	case len(b) < 8:
	case kind == metaRestoreDC:
		if i := len(d.saved) + int(max(i16(b[6:]), -maxSaved)); i >= 0 && i < len(d.saved) {
			d.now, d.saved = d.saved[i], d.saved[:i]
		}
	case kind == metaSetTextAlign:
		d.now.updates = u16(b[6:])&1 != 0
	case kind == metaMoveTo && len(b) >= 10:
		d.now.x, d.now.y, d.now.moved = float64(i16(b[8:])), float64(i16(b[6:])), true
	case kind == metaSelect:
		if i := int(u16(b[6:])); i < len(d.objects) && d.objects[i] >= 0 {
			d.now.charset = byte(d.objects[i])
		}
	case kind == metaDelete:
		if i := int(u16(b[6:])); i < len(d.objects) {
			d.objects[i] = freeObject
		}
	}
}

// create gives an object the lowest number that is free.
func (d *old) create(set int16) {
	for i, o := range d.objects {
		if o == freeObject {
			d.objects[i] = set
			return
		}
	}
	if len(d.objects) < maxObjects {
		d.objects = append(d.objects, set)
	}
}

// draw gives the text of a record that draws some.
func (d *old) draw(kind uint16, b []byte) {
	var s []byte
	var x, y, width float64
	if kind == metaTextOut {
		if len(b) < 8 {
			return
		}
		n := int(u16(b[6:]))
		at := 8 + n + n&1
		if at+4 > len(b) {
			return
		}
		s, x, y = b[8:8+n], float64(i16(b[at+2:])), float64(i16(b[at:]))
	} else {
		if len(b) < 14 {
			return
		}
		n, at := int(u16(b[10:])), 14
		if u16(b[12:])&6 != 0 { // a rectangle
			at += 8
		}
		if at+n > len(b) {
			return
		}
		s, x, y = b[at:at+n], float64(i16(b[8:])), float64(i16(b[6:]))
		if dx := at + n + n&1; dx+2*n <= len(b) {
			for i := range n {
				width += float64(i16(b[dx+2*i:]))
			}
		}
		if u16(b[12:])&glyphIndex != 0 {
			d.problem(media.Unsupported)
			return
		}
	}
	text := d.now.narrow(s)
	if d.now.updates {
		if !d.now.moved && d.text.any {
			d.text.follow(text)
			return
		}
		x, y, d.now.moved = d.now.x, d.now.y, false
	}
	d.text.put(text, x, y, max(width, 0))
}

// escape reads a comment: a piece of the EMF that the drawing was made from
// ([MS-WMF] 2.3.6.1).
func (d *old) escape(at, n int64) error {
	const fields = 44 // up to the piece
	b := d.bytes(at, fields)
	if len(b) < fields || u16(b[6:]) != 0x000f || string(b[10:14]) != "WMFC" || u32(b[14:]) != 1 {
		return nil
	}
	size, left := int64(u32(b[32:])), int64(u32(b[36:]))
	if size > n-fields || size < 0 {
		d.problem(media.Corrupt)
		return nil
	}
	if int64(len(d.emf))+size > maxPicture {
		d.problem(media.LimitBytes)
		return nil
	}
	d.emf = append(d.emf, d.bytes(at+fields, size)...)
	if left > 0 {
		return nil
	}
	whole := d.emf
	d.emf = nil
	return d.block(whole)
}
