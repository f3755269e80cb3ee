// Package metafile reads the drawings of Windows, WMF ([MS-WMF]) and EMF
// ([MS-EMF]) with what is embedded in it as EMF+ ([MS-EMFPLUS]). They stand in
// Office documents in place of charts, scans and objects of other programs. The
// texts that they draw become running text in the order in which they are drawn;
// pictures in them, and drawings inside of drawings, are handed on.
package metafile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"habeas/detectors"
	"habeas/scanner/media"
)

// wholeSize is up to which size a drawing is read at once: its records are small
// and follow each other.
const wholeSize = 4 << 20

// The limits of one drawing.
const (
	maxRecord  = 1 << 20  // bytes of a record that draws text
	maxPicture = 64 << 20 // bytes of a bitmap that is put together to be handed on
	maxFiles   = 10_000   // pictures and drawings in it
)

// walk is the state of one Walk.
type walk struct {
	r     io.ReaderAt
	size  int64
	whole []byte // all of it, where it is short
	win   media.Window
	v     media.Visitor
	err   error // of the source
	files int
	told  map[media.Reason]bool
}

func newWalk(r io.ReaderAt, size int64, v media.Visitor) *walk {
	w := &walk{r: r, size: size, v: v, told: map[media.Reason]bool{}}
	if size <= wholeSize {
		w.whole, w.err = media.ReadUpTo(r, 0, size, size)
		w.r = bytes.NewReader(w.whole)
	}
	w.win.Reset(w.r, size)
	return w
}

// bytes are n bytes from off on, fewer where the drawing ends. They are valid until
// the next call.
func (w *walk) bytes(off, n int64) []byte {
	if w.err != nil || off < 0 || off >= w.size || n <= 0 {
		return nil
	}
	if w.whole != nil {
		off = min(off, int64(len(w.whole)))
		return w.whole[off:min(off+n, int64(len(w.whole)))]
	}
	var b []byte
	var err error
	if n <= 4<<10 {
		b, err = w.win.At(off, int(n))
	} else {
		b, err = media.ReadUpTo(w.r, off, n, w.size)
	}
	if err != nil {
		w.err = err
	}
	return b
}

// problem is told once.
func (w *walk) problem(r media.Reason) {
	if !w.told[r] {
		w.told[r] = true
		w.v.Problem("", r)
	}
}

// stretch hands on n bytes of the drawing as they stand.
func (w *walk) stretch(off, n int64) error {
	if n <= 0 || off >= w.size {
		return nil
	}
	if off+n > w.size {
		w.problem(media.Truncated)
		n = w.size - off
	}
	return w.nested(io.NewSectionReader(w.r, off, n))
}

// block hands on bytes that were put together.
func (w *walk) block(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return w.nested(io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

func (w *walk) nested(r *io.SectionReader) error {
	if w.files == maxFiles {
		w.problem(media.LimitCount)
		return nil
	}
	w.files++
	return w.v.Nested(fmt.Sprintf("image[%d]", w.files), r)
}

func (w *walk) tags(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// bitmap hands on a bitmap without the header of a file, of which head and bits
// stand apart: JPEG and PNG as they are, others as a file of their own.
func (w *walk) bitmap(headAt, headSize, bitsAt, bitsSize int64) error {
	const plain = 40
	h := bytes.Clone(w.bytes(headAt, min(headSize, 4<<10)))
	if len(h) < 16 || bitsSize <= 0 {
		return nil
	}
	if u32(h) >= plain && len(h) >= 20 {
		if c := u32(h[16:]); c == 4 || c == 5 { // JPEG, PNG
			return w.stretch(bitsAt, bitsSize)
		}
	}
	if bitsAt >= w.size || bitsSize > maxPicture {
		return nil
	}
	b := make([]byte, 0, 14+int64(len(h))+min(bitsSize, w.size-bitsAt))
	b = append(b, 'B', 'M')
	b = binary.LittleEndian.AppendUint32(b, uint32(14+int64(len(h))+bitsSize))
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(14+len(h)))
	b = append(append(b, h...), w.bytes(bitsAt, bitsSize)...)
	return w.block(b)
}

// packed hands on a bitmap whose bits follow its head and palette.
func (w *walk) packed(at, n int64) error {
	h := w.bytes(at, 40)
	if len(h) < 16 {
		return nil
	}
	size := int64(u32(h))
	var colours int64
	if size == 12 {
		if bits := u16(h[10:]); bits <= 8 {
			colours = 3 << bits
		}
	} else {
		bits := u16(h[14:])
		if len(h) >= 36 {
			colours = int64(min(u32(h[32:]), 256))
		}
		if colours == 0 && bits >= 1 && bits <= 8 {
			colours = 1 << bits
		}
		colours *= 4
		if size == 40 && len(h) >= 20 && u32(h[16:]) == 3 {
			colours += 12 // masks
		}
	}
	if size < 12 || size > 256 || size+colours >= n {
		return nil
	}
	return w.bitmap(at, size+colours, at+size+colours, n-size-colours)
}

// lines puts pieces of text together that stand beside each other.
type lines struct {
	t          *media.Running
	any        bool
	start, y   float64 // of the last piece
	end, glyph float64 // where it ends, and how wide one of its characters is; 0: unknown
}

// put adds a piece that stands at x, y; width 0 is unknown.
func (l *lines) put(s string, x, y, width float64) {
	if s == "" {
		return
	}
	switch {
	case !l.any:
	case y != l.y && !(math.IsNaN(y) && math.IsNaN(l.y)):
		l.t.Line()
	case l.glyph == 0 || x <= l.start || x > l.end+l.glyph/4 || x < l.end-2*l.glyph:
		l.t.Space()
	}
	l.t.WriteString(s)
	l.any, l.start, l.y, l.end, l.glyph = true, x, y, x+width, 0
	if width > 0 {
		l.glyph = width / float64(len(s))
	}
}

// follow adds a piece that stands where the last one ends.
func (l *lines) follow(s string) { l.t.WriteString(s) }

func (l *lines) finish() error {
	l.t.Line()
	return l.t.End()
}

// charsets are the code pages of fonts' character sets ([MS-WMF] 2.1.1.5).
var charsets = map[byte]int{
	77: 10000, 128: 932, 129: 949, 130: 1361, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255, 178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250, 255: 437,
}

func wide(b []byte) string {
	out, _ := media.AppendWide(nil, b, media.UTF16LE, true)
	return string(out)
}

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func i16(b []byte) int16  { return int16(u16(b)) }
func f32(b []byte) float64 {
	return float64(math.Float32frombits(u32(b)))
}
