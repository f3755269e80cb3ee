package sqlite

import (
	"encoding/binary"
	"math"
	"strconv"

	"habeas/scanner/media"
)

// record is a row as stored (section 2.1).
type record struct {
	types  []int64 // serial types
	starts []int   // of the values in body
	n      int
	body   []byte
	wide   media.Charset
	buf    [32]byte // of a number as text
	text16 []byte
}

// read takes a payload apart. Of one that ends too early, what is there stays.
func (r *record) read(load []byte, wide media.Charset) bool {
	r.types, r.starts, r.n, r.body, r.wide = r.types[:0], r.starts[:0], 0, load, wide
	size, n := varint(load)
	if n == 0 || size < int64(n) || size > int64(len(load)) {
		return false
	}
	head, at := load[n:size], int(size)
	for len(head) > 0 && r.n < maxColumns {
		kind, k := varint(head)
		if k == 0 || kind < 0 {
			return false
		}
		head = head[k:]
		if at > len(load) {
			break // behind what could be read of the payload
		}
		r.types, r.starts = append(r.types, kind), append(r.starts, at)
		r.n++
		length := width(kind)
		if length > math.MaxInt32 {
			return false
		}
		at += int(length)
	}
	return true
}

// width is how many bytes a value of a serial type takes.
func width(kind int64) int64 {
	switch {
	case kind >= 12:
		return (kind - 12) / 2
	case kind == 5:
		return 6
	case kind == 6, kind == 7:
		return 8
	case kind <= 4:
		return kind
	}
	return 0
}

// bytes is value k as stored.
func (r *record) bytes(k int) []byte {
	if k >= r.n {
		return nil
	}
	start := min(r.starts[k], len(r.body))
	return r.body[start:min(start+int(width(r.types[k])), len(r.body))]
}

func (r *record) isBlob(k int) bool { return r.types[k] >= 12 && r.types[k]%2 == 0 }

// text is value k if it is a text, in UTF-8. It is valid until the next call.
func (r *record) text(k int) []byte {
	if k >= r.n || r.types[k] < 13 || r.types[k]%2 == 0 {
		return nil
	}
	b := r.bytes(k)
	if r.wide == media.UTF8 {
		return b
	}
	r.text16, _ = media.AppendWide(r.text16[:0], b, r.wide, true)
	return r.text16
}

// integer is value k if it is one.
func (r *record) integer(k int) (int64, bool) {
	if k >= r.n {
		return 0, false
	}
	b := r.bytes(k)
	switch kind := r.types[k]; {
	case kind == 8 || kind == 9:
		return kind - 8, true
	case kind < 1 || kind > 6 || int64(len(b)) < width(kind):
		return 0, false
	}
	v := int64(int8(b[0]))
	for _, c := range b[1:] {
		v = v<<8 | int64(c)
	}
	return v, true
}

// value is value k as text; nil for NULL. It is valid until the next call.
func (r *record) value(k int) []byte {
	if v, ok := r.integer(k); ok {
		return appendInt(r.buf[:0], v)
	}
	if r.types[k] == 7 {
		if b := r.bytes(k); len(b) == 8 {
			return strconv.AppendFloat(r.buf[:0], math.Float64frombits(binary.BigEndian.Uint64(b)), 'f', -1, 64)
		}
		return nil
	}
	return r.text(k)
}

func appendInt(b []byte, v int64) []byte { return strconv.AppendInt(b, v, 10) }
