package iwork

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// field is one of a message in the encoding of Protocol Buffers
// (protobuf.dev/programming-guides/encoding).
type field struct {
	number int
	varint uint64
	bytes  []byte // nil for numbers
}

// each calls fn for the fields of b as far as they make sense, and reports whether
// all do.
func each(b []byte, fn func(field)) bool {
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		if n <= 0 || key>>3 == 0 || key>>3 > 1<<29 {
			return false
		}
		b = b[n:]
		f := field{number: int(key >> 3)}
		switch key & 7 {
		case 0:
			if f.varint, n = binary.Uvarint(b); n <= 0 {
				return false
			}
			b = b[n:]
		case 1, 5:
			n = 8
			if key&7 == 5 {
				n = 4
			}
			if len(b) < n {
				return false
			}
			b = b[n:]
		case 2:
			size, n := binary.Uvarint(b)
			if n <= 0 || size > uint64(len(b)-n) {
				return false
			}
			f.bytes = b[n : n+int(size) : n+int(size)]
			b = b[n+int(size):]
		default:
			return false
		}
		fn(f)
	}
	return true
}

// kinds are the messages that hold what people wrote, by the number of their type.
// Types below 100 are those of one program each: 2 is a sheet of Numbers.
var kinds = map[uint64]func(*walk, []byte){
	2:    func(w *walk, b []byte) { w.named(b, 1, "SheetName") },
	212:  func(w *walk, b []byte) { w.named(b, 1, "CommentAuthor") },
	2001: (*walk).storage,
	2005: (*walk).storage,
	2032: func(w *walk, b []byte) { w.deep(b, 0) },
	3056: func(w *walk, b []byte) { w.line(b, 1) },
	6001: func(w *walk, b []byte) { w.named(b, 8, "TableName") },
	6002: (*walk).tile,
	6005: (*walk).list,
	6011: func(w *walk, b []byte) { w.deep(b, 0) },
	6201: (*walk).list,
}

// isText tells a text from a message and from bytes.
func isText(b []byte) bool {
	if len(b) == 0 || !utf8.Valid(b) {
		return false
	}
	for _, r := range string(b) {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\v' && r != '\x04' && r != '\x05' && r != '\x0f' && r != '\x10' {
			return false
		}
	}
	return true
}

// plain is a text without the marks that stand for breaks and attachments.
func plain(b []byte) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\x04', '\x05', '\x0f', '\x10', '\v', '\u2028', '\u2029', '\r':
			return '\n'
		case '\ufffc', '\x00':
			return -1
		}
		return r
	}, strings.ToValidUTF8(string(b), "\uFFFD"))
}

// storage is a text: a body, a box, a cell of many lines, a note.
func (w *walk) storage(b []byte) { w.line(b, 3) }

// line gives the texts in one field, each on a line of its own.
func (w *walk) line(b []byte, number int) {
	each(b, func(f field) {
		if f.number == number && f.bytes != nil {
			w.text.WriteString(plain(f.bytes))
			w.text.Line()
		}
	})
}

// list is a list of what cells refer to: entries with a number and a text.
func (w *walk) list(b []byte) {
	each(b, func(f field) {
		if f.number == 3 && f.bytes != nil {
			w.line(f.bytes, 3)
		}
	})
}

// deep gives every text in a message and those in it.
func (w *walk) deep(b []byte, depth int) {
	each(b, func(f field) {
		switch {
		case f.bytes == nil:
		case isMessage(f.bytes) && depth < maxNesting:
			w.deep(f.bytes, depth+1)
		case isText(f.bytes):
			w.text.WriteString(plain(f.bytes))
			w.text.Line()
		}
	})
}

// isMessage reports whether b reads as fields to its end. Few texts do.
func isMessage(b []byte) bool {
	return len(b) > 1 && each(b, func(field) {})
}

func (w *walk) named(b []byte, number int, name string) {
	each(b, func(f field) {
		if f.number != number || !isText(f.bytes) || len(w.tags) >= maxTags {
			return
		}
		if s := media.FieldValue(plain(f.bytes)); s != "" {
			w.tags = append(w.tags, detectors.Tag{Group: "iWork", Name: name, Value: s})
		}
	})
}

// tile gives the numbers and the dates in some rows of a table. Texts of cells stand
// in a list elsewhere.
func (w *walk) tile(b []byte) {
	each(b, func(f field) {
		if f.number != 5 || f.bytes == nil {
			return
		}
		var cellsOf, offsets []byte
		unit := 1
		each(f.bytes, func(f field) {
			switch f.number {
			case 6:
				cellsOf = f.bytes
			case 7:
				offsets = f.bytes
			case 8:
				if f.varint != 0 {
					unit = 4
				}
			}
		})
		for column := 0; column*2+2 <= len(offsets); column++ {
			at := int(int16(binary.LittleEndian.Uint16(offsets[2*column:]))) * unit
			if at < 0 || at+12 > len(cellsOf) {
				continue
			}
			if s := cell(cellsOf[at:]); s != "" {
				w.rows.Value("column["+strconv.Itoa(column+1)+"]", []byte(s))
			}
		}
		if err := w.rows.End(); w.err == nil {
			w.err = err
		}
	})
}

// Flags of a cell: which values follow its head of twelve bytes, in this order.
const (
	hasDecimal = 1
	hasDouble  = 2
	hasSeconds = 4
)

// cell is the number or the date in a cell of the fifth form of storage, "" if it
// holds none.
func cell(b []byte) string {
	if b[0] != 5 {
		return ""
	}
	flags := binary.LittleEndian.Uint32(b[8:])
	rest := b[12:]
	if flags&hasDecimal != 0 {
		if len(rest) < 16 {
			return ""
		}
		return decimal(rest[:16])
	}
	if flags&(hasDouble|hasSeconds) == 0 || len(rest) < 8 {
		return ""
	}
	x := math.Float64frombits(binary.LittleEndian.Uint64(rest))
	if flags&hasDouble != 0 {
		if len(rest) < 16 || flags&hasSeconds == 0 {
			return strconv.FormatFloat(x, 'f', -1, 64)
		}
		x = math.Float64frombits(binary.LittleEndian.Uint64(rest[8:]))
	}
	return date(x)
}

// date counts seconds from 2001.
func date(x float64) string {
	const epoch, most = 978307200, 1e11
	if math.IsNaN(x) || x < -most || x > most {
		return ""
	}
	t := time.Unix(epoch+int64(math.Floor(x)), 0).UTC()
	if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339)
}

// decimal is a number of IEEE 754-2008's decimal128 in its binary form: 113 bits of
// digits, 14 of the exponent, a sign.
func decimal(b []byte) string {
	exponent := int(b[15]&0x7f)<<7 | int(b[14]>>1)
	exponent -= 6176
	if exponent < -40 || exponent > 40 {
		return ""
	}
	digits := []byte{b[14] & 1}
	for i := 13; i >= 0; i-- {
		digits = append(digits, b[i])
	}
	s := new(big.Int).SetBytes(digits).String()
	switch {
	case s == "0":
		return "0"
	case exponent >= 0:
		s += strings.Repeat("0", exponent)
	default:
		if n := -exponent; len(s) <= n {
			s = strings.Repeat("0", n-len(s)+1) + s
		}
		s = strings.TrimRight(s[:len(s)+exponent]+"."+s[len(s)+exponent:], "0")
		s = strings.TrimSuffix(s, ".")
	}
	if b[15]&0x80 != 0 {
		s = "-" + s
	}
	return s
}
