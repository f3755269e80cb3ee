package plist

import (
	"encoding/binary"
	"math"
	"unicode/utf8"

	"habeas/scanner/media"
)

// kind is what an object is.
type kind int

const (
	kindOther kind = iota // null, truth values, fill
	kindInt
	kindReal
	kindDate
	kindData
	kindText
	kindWide // text in UTF-16, big end first
	kindUID  // of an archive: the number of another object
	kindArray
	kindDict
)

// object is one of a list.
type object struct {
	kind kind
	n    uint64 // of an array or a dictionary, which has twice as many references
	b    []byte // of data and texts; the references
	int  int64
	real float64
}

func (o object) text() string {
	switch o.kind {
	case kindText:
		if !utf8.Valid(o.b) {
			return media.Legacy(o.b)
		}
		return string(o.b)
	case kindWide:
		s, _ := media.AppendWide(nil, o.b, media.UTF16BE, true)
		return string(s)
	}
	return ""
}

// list is a list in memory.
type list struct {
	b       []byte
	offsets []byte // of objects, each of offSize bytes
	offSize int
	refSize int
	count   uint64
	top     uint64
}

const (
	header  = 8
	trailer = 32
)

// open reads the trailer: sizes of offsets and references, how many objects there
// are, which is the first, and where the offsets stand.
func (l *list) open() media.Reason {
	if len(l.b) < header+trailer {
		return media.Truncated
	}
	t := l.b[len(l.b)-trailer:]
	l.offSize, l.refSize = int(t[6]), int(t[7])
	at := binary.BigEndian.Uint64(t[24:])
	l.count, l.top = binary.BigEndian.Uint64(t[8:]), binary.BigEndian.Uint64(t[16:])
	end := uint64(len(l.b) - trailer)
	if l.offSize < 1 || l.offSize > 8 || l.refSize < 1 || l.refSize > 8 || at < header || at > end || l.count > (end-at)/uint64(l.offSize) || l.top >= l.count {
		return media.Corrupt
	}
	l.offsets = l.b[at : at+l.count*uint64(l.offSize)]
	l.b = l.b[:at]
	return ""
}

func number(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// ref is reference i of an array or a dictionary.
func (l *list) ref(o object, i uint64) uint64 {
	at := i * uint64(l.refSize)
	return number(o.b[at : at+uint64(l.refSize)])
}

// object reads object n.
func (l *list) object(n uint64) (o object, ok bool) {
	if n >= l.count {
		return o, false
	}
	at := number(l.offsets[n*uint64(l.offSize):][:l.offSize])
	if at < header || at >= uint64(len(l.b)) {
		return o, false
	}
	b := l.b[at:]
	mark, low := b[0]>>4, int(b[0]&0xf)
	b = b[1:]
	size := uint64(low)
	switch mark {
	case 0x0:
		return o, true
	case 0x1, 0x2, 0x3, 0x8:
		return l.fixed(mark, low, b)
	}
	if low == 0xf { // the count is a number of its own
		if len(b) == 0 || b[0]>>4 != 1 || b[0]&0xf > 3 {
			return o, false
		}
		w := 1 << (b[0] & 0xf)
		if len(b) < 1+w {
			return o, false
		}
		size, b = number(b[1:1+w]), b[1+w:]
	}
	unit := uint64(1)
	switch mark {
	case 0x4:
		o.kind = kindData
	case 0x5, 0x7: // ASCII, UTF-8
		o.kind = kindText
	case 0x6:
		o.kind, unit = kindWide, 2
	case 0xa, 0xb, 0xc: // arrays and sets
		o.kind, o.n, unit = kindArray, size, uint64(l.refSize)
	case 0xd:
		o.kind, o.n, unit = kindDict, size, 2*uint64(l.refSize)
	default:
		return o, false
	}
	if size > uint64(len(b))/unit {
		return o, false
	}
	o.b = b[:size*unit]
	return o, true
}

// fixed reads numbers, dates and references of archives.
func (l *list) fixed(mark byte, low int, b []byte) (o object, ok bool) {
	w := 1 << low
	if mark == 0x8 {
		w = low + 1
	}
	if low > 4 && mark != 0x8 || w > len(b) {
		return o, false
	}
	b = b[:w]
	switch {
	case mark == 0x1:
		if w == 16 {
			b = b[8:]
		}
		return object{kind: kindInt, int: int64(number(b))}, true
	case mark == 0x8:
		return object{kind: kindUID, int: int64(number(b[max(w-8, 0):]))}, true
	case w == 4:
		o.real = float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case w == 8:
		o.real = math.Float64frombits(binary.BigEndian.Uint64(b))
	default:
		return o, false
	}
	o.kind = kindReal
	if mark == 0x3 {
		o.kind = kindDate
	}
	return o, true
}
