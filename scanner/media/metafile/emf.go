package metafile

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/text/encoding"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format of enhanced metafiles, EMF.
func New() media.Format { return enhanced{} }

type enhanced struct{}

var (
	_ media.Format    = enhanced{}
	_ media.Describer = enhanced{}
)

// Name implements media.Format.
func (enhanced) Name() string { return "emf" }

// Describe implements media.Describer.
func (enhanced) Describe() media.Description {
	return media.Description{
		Title: "EMF, EMF+",
		Types: "image/emf",
		Reads: "the program and the title in its header, texts that it draws, names of groups; bitmaps, JPEG, PNG and drawings in it",
		Not:   "texts drawn as glyphs of a font; lines and shapes",
	}
}

// Match implements media.Format.
func (enhanced) Match(head []byte) bool {
	return len(head) >= 44 && u32(head) == 1 && string(head[40:44]) == " EMF"
}

// Records ([MS-EMF] 2.1.1) that are read.
const (
	emrHeader         = 1
	emrEOF            = 14
	emrSetTextAlign   = 22
	emrMoveTo         = 27
	emrSaveDC         = 33
	emrRestoreDC      = 34
	emrSetTransform   = 35
	emrModTransform   = 36
	emrSelectObject   = 37
	emrComment        = 70
	emrBitBlt         = 76
	emrStretchBlt     = 77
	emrSetDIBits      = 80
	emrStretchDIBits  = 81
	emrCreateFont     = 82
	emrExtTextOutA    = 83
	emrExtTextOutW    = 84
	emrPolyTextOutA   = 96
	emrPolyTextOutW   = 97
	emrSmallTextOut   = 108
	emrAlphaBlend     = 114
	emrTransparentBlt = 116
)

const (
	glyphIndex = 0x10  // text is numbers of glyphs
	smallChars = 0x200 // text is Latin-1 though the record is of Unicode
	noRect     = 0x100 // no rectangle stands before the text
)

// drawing is the state of an EMF: what decides where and in which encoding text is.
type drawing struct {
	*walk
	text  lines
	fonts map[uint32]byte // character sets of fonts by number
	now   state
	saved []state
	plus  plus
}

// state is what a drawing saves and restores.
type state struct {
	m       matrix
	charset byte
	updates bool // text stands at the current position
	x, y    float64
	moved   bool // since the last text
}

// matrix is a transform of the plane: x' = x*a + y*c + e, y' = x*b + y*d + f.
type matrix [6]float64

var identity = matrix{1, 0, 0, 1, 0, 0}

func (m matrix) apply(x, y float64) (float64, float64) {
	return x*m[0] + y*m[2] + m[4], x*m[1] + y*m[3] + m[5]
}

// then is m followed by n.
func (m matrix) then(n matrix) matrix {
	e, f := n.apply(m[4], m[5])
	return matrix{m[0]*n[0] + m[1]*n[2], m[0]*n[1] + m[1]*n[3], m[2]*n[0] + m[3]*n[2], m[2]*n[1] + m[3]*n[3], e, f}
}

func readMatrix(b []byte) matrix {
	var m matrix
	for i := range m {
		m[i] = f32(b[4*i:])
	}
	return m
}

const (
	maxSaved = 256 // states; programs use a few
	maxFonts = 64 << 10
)

// Walk implements media.Format.
func (enhanced) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	d := &drawing{walk: newWalk(r, size, v), fonts: map[uint32]byte{}, now: state{m: identity}}
	d.text.t = media.NewRunning(v, "")
	d.plus.text.t = media.NewRunning(v, "plus")
	end := false
	for at := int64(0); at < size && d.err == nil && !end; {
		h := d.bytes(at, 8)
		if d.err != nil {
			break
		}
		if len(h) < 8 {
			d.problem(media.Truncated)
			break
		}
		kind, n := u32(h), int64(u32(h[4:]))
		if n < 8 {
			d.problem(media.Corrupt)
			end = true
			break
		}
		if at+n > size {
			d.problem(media.Truncated)
			n = size - at
		}
		end = kind == emrEOF
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
	return d.finish()
}

// finish hands out the texts. What a drawing says twice, for old and for new
// programs, is said once, if it can be.
func (d *drawing) finish() error {
	if err := d.plus.flush(d.walk); err != nil {
		return err
	}
	if d.plus.dual && d.plus.text.any && !d.plus.glyphs {
		return d.plus.text.finish()
	}
	if err := d.plus.text.finish(); err != nil {
		return err
	}
	return d.text.finish()
}

func (d *drawing) record(kind uint32, at, n int64) error {
	switch kind {
	case emrHeader:
		return d.header(at, n)
	case emrComment:
		return d.comment(at, n)
	case emrStretchDIBits, emrSetDIBits:
		return d.pixels(at, n, 48)
	case emrBitBlt, emrStretchBlt, emrAlphaBlend, emrTransparentBlt:
		return d.pixels(at, n, 84)
	case emrExtTextOutA, emrExtTextOutW, emrPolyTextOutA, emrPolyTextOutW, emrSmallTextOut:
		if n > maxRecord {
			d.problem(media.LimitBytes)
		}
		d.draw(kind, d.bytes(at, min(n, maxRecord)))
	case emrSetTextAlign, emrMoveTo, emrSaveDC, emrRestoreDC, emrSetTransform, emrModTransform, emrSelectObject, emrCreateFont:
		d.set(kind, d.bytes(at, min(n, 64)))
	}
	return nil
}

// header gives the program and the title ([MS-EMF] 2.3.4.2).
func (d *drawing) header(at, n int64) error {
	b := d.bytes(at, min(n, maxRecord))
	if len(b) < 68 {
		return nil
	}
	count, off := int64(u32(b[60:])), int64(u32(b[64:]))
	if count == 0 || off < 68 || off+2*count > int64(len(b)) {
		return nil
	}
	var tags []detectors.Tag
	for i, s := range strings.SplitN(wide(b[off:off+2*count]), "\x00", 3) {
		if s = media.FieldValue(s); s != "" {
			tags = append(tags, detectors.Tag{Group: "EMF", Name: [...]string{"Software", "Title", "Description"}[i], Value: s})
		}
	}
	return d.tags("header", tags)
}

// set follows what decides where text stands.
func (d *drawing) set(kind uint32, b []byte) {
	switch {
	case len(b) < 12 && kind != emrSaveDC:
	case kind == emrSetTextAlign:
		d.now.updates = u32(b[8:])&1 != 0
	case kind == emrMoveTo && len(b) >= 16:
		d.now.x, d.now.y, d.now.moved = float64(int32(u32(b[8:]))), float64(int32(u32(b[12:]))), true
	case kind == emrSaveDC:
		if len(d.saved) < maxSaved {
			d.saved = append(d.saved, d.now)
		}
	case kind == emrRestoreDC:
		if i := len(d.saved) + int(max(int32(u32(b[8:])), -maxSaved)); i >= 0 && i < len(d.saved) {
			d.now, d.saved = d.saved[i], d.saved[:i]
		}
	case kind == emrSetTransform && len(b) >= 32:
		d.now.m = readMatrix(b[8:])
	case kind == emrModTransform && len(b) >= 36:
		switch m := readMatrix(b[8:]); u32(b[32:]) {
		case 1:
			d.now.m = identity
		case 2:
			d.now.m = m.then(d.now.m)
		case 3:
			d.now.m = d.now.m.then(m)
		case 4:
			d.now.m = m
		}
	case kind == emrCreateFont && len(b) >= 36:
		if len(d.fonts) < maxFonts {
			d.fonts[u32(b[8:])] = b[35]
		}
	case kind == emrSelectObject:
		if c, ok := d.fonts[u32(b[8:])]; ok {
			d.now.charset = c
		}
	}
}

func (s *state) page() encoding.Encoding {
	if n := charsets[s.charset]; n != 0 {
		return charset.CodePage(n)
	}
	return charset.CodePage(1252)
}

func (s *state) narrow(b []byte) string { return decode(b, s.page()) }

func decode(b []byte, page encoding.Encoding) string {
	out, err := page.NewDecoder().Bytes(b)
	if err != nil {
		out = b
	}
	return string(out)
}

// draw gives the text of a record that draws some.
func (d *drawing) draw(kind uint32, b []byte) {
	switch kind {
	case emrExtTextOutA, emrExtTextOutW:
		if len(b) >= 76 {
			d.piece(b, b[36:], kind == emrExtTextOutW)
		}
	case emrPolyTextOutA, emrPolyTextOutW:
		if len(b) < 40 {
			return
		}
		n := u32(b[36:])
		for p := b[40:]; n > 0 && len(p) >= 40; n-- {
			d.piece(b, p, kind == emrPolyTextOutW)
			p = p[40:]
		}
	case emrSmallTextOut:
		if len(b) < 36 {
			return
		}
		n, options, at := int64(u32(b[16:])), u32(b[20:]), 36
		if options&noRect == 0 {
			at += 16
		}
		if options&smallChars == 0 {
			n *= 2
		}
		if at < len(b) {
			s := b[at:min(int64(at)+n, int64(len(b)))]
			d.put(s, options, options&smallChars == 0, float64(int32(u32(b[8:]))), float64(int32(u32(b[12:]))), 0)
		}
	}
}

// piece gives the text of one object of 40 bytes that describes it (2.2.5); b is
// the record, by whose start it counts.
func (d *drawing) piece(b, p []byte, unicode bool) {
	n, off, options := int64(u32(p[8:])), int64(u32(p[12:])), u32(p[16:])
	bytes := n
	if unicode {
		bytes *= 2
	}
	if n == 0 || off < 36 || off >= int64(len(b)) {
		return
	}
	width := 0.0
	if dx := int64(u32(p[36:])); dx >= 36 && dx+4*n <= int64(len(b)) {
		for i := range n {
			width += float64(int32(u32(b[dx+4*i:])))
		}
	}
	d.put(b[off:min(off+bytes, int64(len(b)))], options, unicode, float64(int32(u32(p))), float64(int32(u32(p[4:]))), width)
}

func (d *drawing) put(b []byte, options uint32, unicode bool, x, y, width float64) {
	if options&glyphIndex != 0 {
		d.problem(media.Unsupported)
		return
	}
	s := ""
	if unicode {
		s = wide(b[:len(b)&^1])
	} else {
		s = d.now.narrow(b)
	}
	s = strings.ReplaceAll(s, "\x00", "")
	if d.now.updates {
		if !d.now.moved && d.text.any {
			d.text.follow(s)
			return
		}
		x, y, d.now.moved = d.now.x, d.now.y, false
	}
	x2, _ := d.now.m.apply(x+width, y)
	x, y = d.now.m.apply(x, y)
	d.text.put(s, x, y, max(x2-x, 0))
}

// pixels hands on the bitmap of a record: where head and bits are stands at fields.
func (d *drawing) pixels(at, n, fields int64) error {
	b := d.bytes(at+fields, 16)
	if len(b) < 16 || fields+16 > n {
		return nil
	}
	head, headSize, bits, bitsSize := int64(u32(b)), int64(u32(b[4:])), int64(u32(b[8:])), int64(u32(b[12:]))
	if headSize == 0 || bitsSize == 0 || head+headSize > n || bits >= n {
		return nil
	}
	return d.bitmap(at+head, headSize, at+bits, min(bitsSize, n-bits))
}

// comment reads what programs put into a drawing (2.3.3).
func (d *drawing) comment(at, n int64) error {
	b := d.bytes(at, min(n, 20))
	if len(b) < 16 {
		return nil
	}
	size := min(int64(u32(b[8:])), n-12)
	switch string(b[12:16]) {
	case "EMF+":
		return d.plus.comment(d.walk, at+16, size-4)
	case "GDIC":
		if len(b) < 20 {
			return nil
		}
		switch u32(b[16:]) {
		case 2: // a group begins: rectangle, name
			b = d.bytes(at+20, min(n-20, maxRecord))
			if len(b) > 20 {
				name := media.FieldValue(wide(b[20 : min(20+2*int64(u32(b[16:])), int64(len(b)))&^1]))
				if name != "" {
					return d.tags("group", []detectors.Tag{{Group: "EMF", Name: "Description", Value: name}})
				}
			}
		case 0x80000001: // a drawing for old programs
			return d.stretch(at+36, min(n, size+12)-36)
		}
		return nil
	case "\x00\x00\x00\x00": // of the printer's spool: fonts
		return nil
	}
	// A program's own; some keep a file there.
	if head := d.bytes(at+12, 8); isFile(head) {
		return d.stretch(at+12, size)
	}
	return nil
}

func isFile(b []byte) bool {
	for _, m := range []string{"\xff\xd8\xff", "\x89PNG\r\n", "GIF8", "%PDF-", "II*\x00", "MM\x00*"} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return false
}
