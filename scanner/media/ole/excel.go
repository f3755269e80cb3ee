package ole

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
	"habeas/scanner/media/numformat"
)

// Records of [MS-XLS] 2.3.1 that hold words or numbers.
const (
	recFormula     = 0x0006
	recEOF         = 0x000a
	recHeader      = 0x0014
	recFooter      = 0x0015
	recNote        = 0x001c
	recDateMode    = 0x0022
	recFilePass    = 0x002f
	recContinue    = 0x003c
	recCodePage    = 0x0042
	recWriteAccess = 0x005c
	recBoundSheet  = 0x0085
	recMulRK       = 0x00bd
	recRString     = 0x00d6
	recXF          = 0x00e0
	recDrawing     = 0x00eb
	recSST         = 0x00fc
	recLabelSST    = 0x00fd
	recTxO         = 0x01b6
	recHLink       = 0x01b8
	recDataVal     = 0x01be
	recNumber      = 0x0203
	recLabel       = 0x0204
	recString      = 0x0207
	recRK          = 0x027e
	recFormat      = 0x041e
	recBOF         = 0x0809
)

// book is a workbook while it is read.
type book struct {
	w     *walk
	path  string
	wide  bool // BIFF8: strings say how wide their characters are
	page  encoding.Encoding
	tags  []detectors.Tag
	known map[string]bool // tags so far

	strings  []string
	used     []bool
	formats  map[uint16]numformat.Format // those of users
	shown    []numformat.Format          // by cell format
	date1904 bool
	pictures []byte // the group of drawings

	sheets   int
	t        *media.Running // of the sheet
	aside    *media.Running // of what stands in no cell
	row, col int            // of the last cell
	width    int            // cells of the first row
}

// workbook reads a workbook of Excel 5 to 2003: a line for a row, cells parted by
// tabs, each sheet a part.
func (w *walk) workbook(storage int, e *entry, path string) error {
	at := join(path, e.name)
	b := w.take(storage, e.name, at)
	x := &book{w: w, path: at, page: charmap.Windows1252, formats: map[uint16]numformat.Format{}, known: map[string]bool{}}
	x.t, x.aside = media.NewRunning(w.v, at), media.NewRunning(w.v, at)
	for i := 0; i+4 <= len(b) && x.t.Err() == nil; {
		kind, n := int(u16(b[i:])), int(u16(b[i+2:]))
		if i+4+n > len(b) {
			w.v.Problem(at, media.Truncated)
			n = len(b) - i - 4
		}
		data := b[i+4 : i+4+n]
		i += 4 + n
		if kind == recFilePass {
			w.v.Problem(at, media.Encrypted)
			break
		}
		if kind == recSST || kind == recDrawing || kind == recTxO {
			parts := [][]byte{data}
			for i+4 <= len(b) && (u16(b[i:]) == recContinue || kind == recDrawing && u16(b[i:]) == recDrawing) {
				n := min(int(u16(b[i+2:])), len(b)-i-4)
				parts = append(parts, b[i+4:i+4+n])
				i += 4 + n
			}
			x.long(kind, parts)
			continue
		}
		x.record(kind, data)
	}
	if err := x.t.End(); err != nil {
		return err
	}
	if err := x.left(); err != nil {
		return err
	}
	if err := x.aside.End(); err != nil {
		return err
	}
	if err := w.tags(at, x.tags); err != nil {
		return err
	}
	return w.pictures(x.pictures, at)
}

// left gives shared strings that no cell shows.
func (x *book) left() error {
	t := media.NewRunning(x.w.v, x.path)
	for i, s := range x.strings {
		if !x.used[i] {
			t.WriteString(s)
			t.Line()
		}
	}
	return t.End()
}

// record reads one record. Those that are too short are let pass.
func (x *book) record(kind int, b []byte) {
	switch {
	case kind == recBOF && len(b) >= 4:
		x.wide = u16(b) >= 0x600
		x.begin()
	case kind == recCodePage && len(b) >= 2:
		x.page = charset.CodePage(int(u16(b)))
	case kind == recDateMode && len(b) >= 2:
		x.date1904 = u16(b) == 1
	case kind == recWriteAccess && len(b) >= 3:
		x.tag("UserName", x.string16(b, !x.wide))
	case kind == recBoundSheet && len(b) >= 8:
		x.line(x.string8(b[6:]))
	case kind == recFormat && len(b) >= 4:
		x.formats[u16(b)] = numformat.Parse(x.string16(b[2:], !x.wide))
	case kind == recXF && len(b) >= 4:
		n := u16(b[2:])
		f, ok := x.formats[n]
		if !ok {
			f = numformat.Builtin(int(n))
		}
		x.shown = append(x.shown, f)
	case kind == recHeader || kind == recFooter:
		x.line(x.string16(b, !x.wide))
	case kind == recNote && len(b) >= 8 && x.wide:
		x.tag("CommentAuthor", x.string16(b[8:], false))
	case kind == recNote && len(b) >= 6:
		x.line(decode(b[6:], x.page, false))
	case kind == recHLink && len(b) > 32:
		x.link(b[32:])
	case kind == recDataVal:
		for _, s := range wideStrings(b) {
			x.line(s)
		}
	case kind == recString:
		x.put(x.string16(b, false))
	case len(b) >= 6:
		x.cell(kind, b)
	}
}

// begin starts a sheet.
func (x *book) begin() {
	if x.t.End() != nil {
		return
	}
	x.sheets++
	path := x.path
	if x.sheets > 1 {
		path = fmt.Sprintf("%s/sheet[%d]", x.path, x.sheets-1)
	}
	x.t = media.NewRunning(x.w.v, path)
	x.row, x.col, x.width = -1, 0, 0
}

// cell reads a record of a cell: row, column, format, value.
func (x *book) cell(kind int, b []byte) {
	row, col, format := int(u16(b)), int(u16(b[2:])), int(u16(b[4:]))
	switch {
	case kind == recLabelSST && len(b) >= 10:
		if i := int(u32(b[6:])); i >= 0 && i < len(x.strings) {
			x.used[i] = true
			x.move(row, col)
			x.put(x.strings[i])
		}
	case (kind == recLabel || kind == recRString) && len(b) >= 8:
		x.move(row, col)
		x.put(x.string16(b[6:], false))
	case kind == recNumber && len(b) >= 14, kind == recFormula && len(b) >= 14 && u16(b[12:]) != 0xffff:
		x.move(row, col)
		x.put(x.number(math.Float64frombits(binary.LittleEndian.Uint64(b[6:])), format))
	case kind == recFormula:
		x.move(row, col) // its text follows
	case kind == recRK && len(b) >= 10:
		x.move(row, col)
		x.put(x.number(rk(u32(b[6:])), format))
	case kind == recMulRK:
		for b = b[4:]; len(b) >= 8; b = b[6:] {
			x.move(row, col)
			x.put(x.number(rk(u32(b[2:])), int(u16(b))))
			col++
		}
	}
}

// move goes on to a cell: to another line, or by tabs.
func (x *book) move(row, col int) {
	if row != x.row {
		if x.row >= 0 {
			if x.width == 0 {
				x.width = x.col + 1
			}
			x.t.WriteString(strings.Repeat("\t", min(max(x.width-x.col-1, 0), 64)))
		}
		x.t.Line()
		x.row, x.col = row, 0
	}
	x.t.WriteString(strings.Repeat("\t", min(max(col-x.col, 0), 64)))
	x.col = col
}

func (x *book) put(s string) {
	x.t.WriteString(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' || r == '\t' }), " "))
}

func (x *book) line(s string) {
	if s = tidy(s); s != "" {
		x.aside.WriteString(lines(s))
		x.aside.Line()
	}
}

func (x *book) tag(name, s string) {
	if s = tidy(s); s != "" && !x.known[name+s] && len(x.tags) < maxProperties {
		x.known[name+s] = true
		x.tags = append(x.tags, detectors.Tag{Group: "OLE", Name: name, Value: s})
	}
}

// string16 reads a string with a length of two bytes, or of one.
func (x *book) string16(b []byte, short bool) string {
	size := 2
	if short {
		size = 1
	}
	if len(b) < size {
		return ""
	}
	n := int(b[0])
	if !short {
		n = int(u16(b))
	}
	return x.chars(b[size:], n)
}

func (x *book) string8(b []byte) string { return x.string16(b, true) }

// chars reads n characters, before which BIFF8 says how wide they are.
func (x *book) chars(b []byte, n int) string {
	if !x.wide {
		return decode(b[:min(n, len(b))], x.page, false)
	}
	if len(b) == 0 {
		return ""
	}
	flags := b[0]
	b = b[1:]
	if flags&8 != 0 && len(b) >= 2 {
		b = b[2:]
	}
	if flags&4 != 0 && len(b) >= 4 {
		b = b[4:]
	}
	if flags&1 != 0 {
		return cutZero(utf16String(b[:min(2*n, len(b))]))
	}
	return decode(b[:min(n, len(b))], charmap.ISO8859_1, false)
}

// long reads records that go on in others.
func (x *book) long(kind int, parts [][]byte) {
	switch kind {
	case recDrawing:
		for _, p := range parts {
			if len(x.pictures)+len(p) <= media.MaxBlock {
				x.pictures = append(x.pictures, p...)
			}
		}
	case recTxO:
		// The text stands in the first of what follows, behind its width.
		if len(parts) > 1 && len(parts[0]) >= 12 {
			wide := x.wide
			x.wide = true
			x.line(x.chars(parts[1], int(u16(parts[0][10:]))))
			x.wide = wide
		}
	case recSST:
		x.readSST(parts)
	}
}

// sst reads shared strings over the edges of records.
type sst struct {
	parts [][]byte
	b     []byte
}

// fill goes on to the next record where this one is used up.
func (s *sst) fill() bool {
	for len(s.b) == 0 {
		if len(s.parts) == 0 {
			return false
		}
		s.b, s.parts = s.parts[0], s.parts[1:]
	}
	return true
}

// take is the next n bytes, fewer at the end.
func (s *sst) take(n int) []byte {
	var out []byte
	for n > 0 && s.fill() {
		k := min(n, len(s.b))
		if out == nil && k == n {
			out = s.b[:k:k]
		} else {
			out = append(out, s.b[:k]...)
		}
		s.b = s.b[k:]
		n -= k
	}
	return out
}

// readSST reads the table of shared strings (2.4.265, 2.5.293). Characters that
// go on in another record have their width before them again.
func (x *book) readSST(parts [][]byte) {
	s := &sst{parts: parts}
	s.take(8)
	for s.fill() && len(x.strings) < 1<<22 {
		h := s.take(3)
		if len(h) < 3 {
			break
		}
		n, flags := int(u16(h)), h[2]
		runs, extra := 0, 0
		if flags&8 != 0 {
			if b := s.take(2); len(b) == 2 {
				runs = int(u16(b))
			}
		}
		if flags&4 != 0 {
			if b := s.take(4); len(b) == 4 {
				extra = int(u32(b))
			}
		}
		text := s.chars(n, flags&1 != 0)
		s.take(4 * runs)
		if extra > 0 {
			more := s.take(min(extra, 1<<20))
			for _, p := range wideStrings(more) { // how it is pronounced
				x.line(p)
			}
		}
		x.strings = append(x.strings, text)
	}
	x.used = make([]bool, len(x.strings))
}

func (s *sst) chars(n int, wide bool) string {
	var out strings.Builder
	for first := true; n > 0 && s.fill(); first = false {
		if !first {
			wide = s.b[0]&1 != 0
			s.b = s.b[1:]
		}
		size := 1
		if wide {
			size = 2
		}
		k := min(n, len(s.b)/size)
		if k == 0 && len(s.b) > 0 { // half a character
			s.b = nil
			continue
		}
		if wide {
			out.WriteString(utf16String(s.b[:2*k]))
		} else {
			out.WriteString(decode(s.b[:k], charmap.ISO8859_1, false))
		}
		s.b = s.b[size*k:]
		n -= k
	}
	return out.String()
}

// link gives the strings of a hyperlink ([MS-OSHARED] 2.3.7.1).
func (x *book) link(b []byte) {
	for _, s := range wideStrings(b) {
		x.line(s)
	}
	if i := narrowStart(b); i >= 0 {
		x.line(decode(b[i:], charmap.Windows1252, false))
	}
}

// narrowStart finds the path of a linked file, which is of one byte a character.
func narrowStart(b []byte) int {
	for i := range b {
		if narrowRun(b[i:]) >= shortest {
			return i
		}
	}
	return -1
}

// wideStrings are the runs of two-byte text in b.
func wideStrings(b []byte) (list []string) {
	for i := 0; i+2 <= len(b); {
		n := wideRun(b[i:])
		if n >= 3 {
			list = append(list, utf16String(b[i:i+2*n]))
			i += 2 * n
			continue
		}
		i++
	}
	return list
}

// rk is a number packed into four bytes (2.5.122).
func rk(n uint32) float64 {
	f := math.Float64frombits(uint64(n&^3) << 32)
	if n&2 != 0 {
		f = float64(int32(n) >> 2)
	}
	if n&1 != 0 {
		f /= 100
	}
	return f
}

// number is a number as its cell shows it, or in full.
func (x *book) number(n float64, format int) string {
	var f numformat.Format
	if format < len(x.shown) {
		f = x.shown[format]
	}
	return f.Show(n, x.date1904)
}
