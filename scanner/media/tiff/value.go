package tiff

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"habeas/detectors"
	"habeas/scanner/media"
)

// maxNums is how many numbers of a tag are kept. A position has three, a
// GeoTIFF tie point six, a transformation sixteen.
const maxNums = 16

// bytes gives the value of e, valid until the next read of the window.
func (w *walk) bytes(e *entry) ([]byte, error) {
	inline := int64(4)
	if w.big {
		inline = 8
	}
	if e.size <= inline {
		return e.inline[:e.size], nil
	}
	return w.win.at(e.off, e.size)
}

// integer gives the k-th value of e as a whole number, reading just that one.
func (w *walk) integer(e *entry, k uint64) (n uint64, ok bool, err error) {
	each := typeSize(e.typ)
	if k >= e.count || each == 0 || e.size < each*int64(k+1) {
		return 0, false, nil
	}
	var b []byte
	inline := int64(4)
	if w.big {
		inline = 8
	}
	if e.size <= inline {
		w.small = e.inline // e itself would move to the heap
		b = w.small[each*int64(k):][:each]
	} else if b, err = w.win.at(e.off+each*int64(k), each); err != nil || int64(len(b)) < each {
		return 0, false, err
	}
	switch e.typ {
	case typeByte, typeUndefined:
		return uint64(b[0]), true, nil
	case typeShort:
		return uint64(w.order.Uint16(b)), true, nil
	case typeLong, typeIFD:
		return uint64(w.order.Uint32(b)), true, nil
	case typeSLong:
		return uint64(max(0, int32(w.order.Uint32(b)))), true, nil
	case typeLong8, typeSLong8, typeIFD8:
		return w.order.Uint64(b), true, nil
	}
	return 0, false, nil
}

// tag decodes e. A tag without Value and Nums holds nothing.
func (w *walk) tag(e *entry) (detectors.Tag, error) {
	t := detectors.Tag{Group: w.dirs[e.dir].group}
	if e.def != nil {
		t.Name = e.def.name
	}
	if e.goexif != nil {
		w.fromGoexif(e.goexif, &t)
		w.checkPosition(e, t.Nums)
		return t, nil
	}
	if e.def != nil && e.def.form == asNumber && e.count > maxNums && e.typ != typeASCII {
		return t, nil
	}
	if w.held += e.size; w.held > min(2*w.win.size, media.MaxBlock) {
		w.held -= e.size
		w.problem(media.LimitBytes) // values that overlap, each other or everything
		return t, nil
	}
	b, err := w.bytes(e)
	if err != nil || len(b) == 0 {
		return t, err
	}
	if e.def == nil {
		if looksLikeText(b) {
			t.Name, t.Value = fmt.Sprintf("Exif_0x%04x", e.id), text(b)
		}
		return t, nil
	}
	switch e.def.form {
	case asComment:
		t.Value = w.comment(b)
	case asUTF16:
		t.Value = windowsText(b)
	case asText:
		if isBytes(e.typ) {
			t.Value = text(b)
		} else {
			t.Value = spaced(w.numbers(e.typ, b))
		}
	default:
		if e.typ == typeASCII || e.typ == typeUTF8 {
			t.Value = text(b) // "52,50.5684N": what degrees it says is for the reader of positions
		} else {
			t.Nums = w.numbers(e.typ, b)
			w.checkPosition(e, t.Nums)
		}
	}
	return t, nil
}

func isBytes(typ uint16) bool {
	return typ == typeASCII || typ == typeByte || typ == typeSByte || typ == typeUndefined || typ == typeUTF8
}

// checkPosition reports a latitude or longitude that no place on Earth has: one
// with a denominator of 0, or out of range.
func (w *walk) checkPosition(e *entry, nums []float64) {
	if w.dirs[e.dir].kind != gpsDir || len(nums) == 0 {
		return
	}
	limit := 180.0
	switch e.id {
	case gpsLatitude, gpsDestLatitude:
		limit = 90
	case gpsLongitude, gpsDestLongitude:
	default:
		return
	}
	sum, scale := 0.0, 1.0
	for _, n := range nums[:min(3, len(nums))] {
		sum += n * scale
		scale /= 60
	}
	if !(math.Abs(sum) <= limit) { // also true of NaN
		w.problem(media.Invalid)
	}
}

// numbers decodes up to maxNums values. They share one backing array per walk.
func (w *walk) numbers(typ uint16, b []byte) []float64 {
	start := len(w.nums)
	each := int(typeSize(typ))
	for ; len(b) >= each && len(w.nums)-start < maxNums; b = b[each:] {
		var n float64
		switch typ {
		case typeByte, typeUndefined:
			n = float64(b[0])
		case typeSByte:
			n = float64(int8(b[0]))
		case typeShort:
			n = float64(w.order.Uint16(b))
		case typeSShort:
			n = float64(int16(w.order.Uint16(b)))
		case typeLong, typeIFD:
			n = float64(w.order.Uint32(b))
		case typeSLong:
			n = float64(int32(w.order.Uint32(b)))
		case typeRational:
			n = ratio(float64(w.order.Uint32(b)), float64(w.order.Uint32(b[4:])))
		case typeSRational:
			n = ratio(float64(int32(w.order.Uint32(b))), float64(int32(w.order.Uint32(b[4:]))))
		case typeFloat:
			n = float64(math.Float32frombits(w.order.Uint32(b)))
		case typeDouble:
			n = math.Float64frombits(w.order.Uint64(b))
		case typeLong8, typeIFD8:
			n = float64(w.order.Uint64(b))
		case typeSLong8:
			n = float64(int64(w.order.Uint64(b)))
		default:
			return nil
		}
		w.nums = append(w.nums, n)
	}
	return w.nums[start:len(w.nums):len(w.nums)]
}

func ratio(n, d float64) float64 {
	if d == 0 {
		return math.NaN()
	}
	return n / d
}

func spaced(nums []float64) string {
	var b []byte
	for i, n := range nums {
		if i > 0 {
			b = append(b, ' ')
		}
		b = strconv.AppendFloat(b, n, 'f', -1, 64)
	}
	return string(b)
}

// text decodes bytes that should be ASCII: UTF-8 if they are, else Windows-1252,
// which holds Latin-1. Copyright holds two texts with a NUL between them (Exif
// 3.0, 4.6.5), and what an editor left behind a NUL is still in the file: such
// pieces are joined by line ends, as long as they are text.
func text(b []byte) string {
	b = bytes.TrimRight(b, "\x00 \t\r\n")
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return pieces(b)
	}
	return decode(b)
}

func pieces(b []byte) string {
	var out []string
	for p := range bytes.SplitSeq(b, []byte{0}) {
		if len(out) >= maxNums {
			break
		}
		if len(out) > 0 && !looksLikeText(p) {
			continue
		}
		if s := decode(bytes.TrimRight(p, " \t\r\n")); s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "\n")
}

func decode(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

// looksLikeText tells text from the numbers and pixels that stand under unknown
// tags: no control characters but line ends and tabs before the closing NULs.
func looksLikeText(b []byte) bool {
	b = bytes.TrimRight(b, "\x00")
	for _, c := range b {
		if c < 0x20 && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return len(b) > 1
}

// comment decodes text behind a character code.
func (w *walk) comment(b []byte) string {
	if len(b) < 8 {
		return plain(b)
	}
	code, rest := string(b[:8]), b[8:]
	switch {
	case strings.HasPrefix(code, "UNICODE"), strings.HasPrefix(code, "Unicode"):
		return w.unicodeText(rest)
	case strings.HasPrefix(code, "JIS\x00"):
		if s, err := japanese.ISO2022JP.NewDecoder().Bytes(rest); err == nil {
			return text(s)
		}
	case strings.HasPrefix(code, "ASCII\x00"), code == "ASCII   ":
	case looksLikeText(b[:8]):
		return plain(b) // the code was left out
	}
	return plain(rest) // ASCII, unknown, or a code that was mangled
}

// plain is text, or nothing if the bytes are no text.
func plain(b []byte) string {
	b = bytes.TrimRight(b, "\x00 ")
	first := b
	if i := bytes.IndexByte(b, 0); i >= 0 {
		first = b[:i]
	}
	if !looksLikeText(first) {
		return ""
	}
	return text(b)
}

// unicodeText decodes a comment marked UNICODE. The byte order ought to be that
// of the file; writers disagree, so a mark or the place of the zero bytes of
// Latin letters decides. Some put UTF-8 here.
func (w *walk) unicodeText(b []byte) string {
	if bytes.IndexByte(bytes.TrimRight(b, "\x00"), 0) < 0 && utf8.Valid(b) && looksLikeText(b) {
		return text(b)
	}
	big := w.order.Uint16([]byte{0, 1}) == 1
	even, odd := 0, 0
	for i := 0; i+1 < min(len(b), 512); i += 2 {
		if b[i] == 0 && b[i+1] != 0 {
			even++
		}
		if b[i] != 0 && b[i+1] == 0 {
			odd++
		}
	}
	switch {
	case bytes.HasPrefix(b, []byte{0xFE, 0xFF}):
		big, b = true, b[2:]
	case bytes.HasPrefix(b, []byte{0xFF, 0xFE}):
		big, b = false, b[2:]
	case even > odd:
		big = true
	case odd > even:
		big = false
	}
	return fromUTF16(b, big)
}

// windowsText decodes an XP tag. Some write plain text into it.
func windowsText(b []byte) string {
	t := bytes.TrimRight(b, "\x00")
	if len(t) > 1 && bytes.IndexByte(t, 0) < 0 && printable(t) {
		return text(t)
	}
	return fromUTF16(b, false)
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < 0x20 || c > 0x7E {
			return false
		}
	}
	return true
}

func fromUTF16(b []byte, big bool) string {
	out := make([]byte, 0, len(b)/2+8)
	hi, lo := 1, 0
	if big {
		hi, lo = 0, 1
	}
	for i := 0; i+1 < len(b); i += 2 {
		r := rune(b[i+hi])<<8 | rune(b[i+lo])
		if utf16.IsSurrogate(r) && i+3 < len(b) {
			if p := utf16.DecodeRune(r, rune(b[i+2+hi])<<8|rune(b[i+2+lo])); p != utf8.RuneError {
				r = p
				i += 2
			}
		}
		out = utf8.AppendRune(out, r) // a lone surrogate becomes U+FFFD
	}
	return text(out)
}
