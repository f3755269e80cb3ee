package parquet

import (
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"time"
)

// source gives the values of a page one by one, as text; ok is false where there
// is none. A value is valid until the next call.
type source interface {
	next() (b []byte, ok bool)
}

// plainValues are as they are.
type plainValues struct {
	c   *column
	b   []byte
	buf []byte
}

func (p *plainValues) next() ([]byte, bool) {
	v, rest, ok := p.c.cut(p.b)
	p.b = rest
	if ok {
		p.buf = p.c.show(p.buf[:0], v)
		if p.c.isBytes() {
			return v, true
		}
	}
	return p.buf, ok
}

// cut takes a plain value off the front of b.
func (c *column) cut(b []byte) (v, rest []byte, ok bool) {
	size := 0
	switch c.physical {
	case int32Type, floatType:
		size = 4
	case int64Type, doubleType:
		size = 8
	case fixedArray:
		size = c.length
	case byteArray:
		if len(b) < 4 {
			return nil, nil, false
		}
		n := binary.LittleEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return nil, nil, false
		}
		size = int(n)
	default:
		return nil, nil, false
	}
	if len(b) < size {
		return nil, nil, false
	}
	return b[:size], b[size:], true
}

func (c *column) isBytes() bool { return c.physical == byteArray || c.physical == fixedArray }

// dictionary holds the distinct values of a chunk: their bytes, and where each
// begins.
type dictionary struct {
	b      []byte
	starts []uint32
}

// newDictionary finds n plain values in b.
func newDictionary(c *column, b []byte, n int64) (d dictionary, ok bool) {
	d.b = b
	for rest := b; n > 0; n-- {
		at := len(b) - len(rest)
		var v []byte
		if v, rest, ok = c.cut(rest); !ok || len(v) == 0 && c.physical == fixedArray {
			return d, false
		}
		d.starts = append(d.starts, uint32(at))
	}
	return d, true
}

// indexed are places in a dictionary.
type indexed struct {
	c      *column
	dict   *dictionary
	places runs
	buf    []byte
}

func (x *indexed) next() ([]byte, bool) {
	p, ok := x.places.next()
	if !ok || uint64(p) >= uint64(len(x.dict.starts)) {
		return nil, false
	}
	v, _, ok := x.c.cut(x.dict.b[x.dict.starts[p]:])
	if x.c.isBytes() {
		return v, ok
	}
	x.buf = x.c.show(x.buf[:0], v)
	return x.buf, ok
}

// deltaNumbers are whole numbers coded by their differences.
type deltaNumbers struct {
	c   *column
	d   deltas
	buf []byte
}

func (x *deltaNumbers) next() ([]byte, bool) {
	v, ok := x.d.next()
	x.buf = x.c.number(x.buf[:0], v)
	return x.buf, ok
}

// deltaLengths has the lengths of all values, then the values.
type deltaLengths struct {
	lengths deltas
	b       []byte
}

func newDeltaLengths(b []byte) (x deltaLengths, ok bool) {
	if x.lengths, ok = newDeltas(b); !ok {
		return x, false
	}
	x.b, ok = x.lengths.rest()
	return x, ok
}

func (x *deltaLengths) next() ([]byte, bool) {
	n, ok := x.lengths.next()
	if !ok || n < 0 || n > int64(len(x.b)) {
		return nil, false
	}
	v := x.b[:n]
	x.b = x.b[n:]
	return v, true
}

// deltaBytes has values that begin like the one before them.
type deltaBytes struct {
	shared deltas
	ends   deltaLengths
	last   []byte
}

func newDeltaBytes(b []byte) (x deltaBytes, ok bool) {
	if x.shared, ok = newDeltas(b); !ok {
		return x, false
	}
	b, ok = x.shared.rest()
	if !ok {
		return x, false
	}
	x.ends, ok = newDeltaLengths(b)
	return x, ok
}

func (x *deltaBytes) next() ([]byte, bool) {
	n, ok := x.shared.next()
	end, ok2 := x.ends.next()
	if !ok || !ok2 || n < 0 || n > int64(len(x.last)) {
		return nil, false
	}
	x.last = append(x.last[:n], end...)
	return x.last, true
}

// show appends a value as text: bytes as they are, numbers in digits.
func (c *column) show(dst, b []byte) []byte {
	switch c.physical {
	case int32Type:
		return c.number(dst, int64(int32(binary.LittleEndian.Uint32(b))))
	case int64Type:
		return c.number(dst, int64(binary.LittleEndian.Uint64(b)))
	case floatType:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))), 'f', -1, 32)
	case doubleType:
		return strconv.AppendFloat(dst, math.Float64frombits(binary.LittleEndian.Uint64(b)), 'f', -1, 64)
	}
	return dst
}

// number appends a whole number as what it stands for.
func (c *column) number(dst []byte, x int64) []byte {
	at := time.Time{}
	switch c.unit {
	case days:
		return time.Unix(0, 0).UTC().AddDate(0, 0, int(min(max(x, -700_000), 2_900_000))).AppendFormat(dst, time.DateOnly)
	case millis:
		at = time.UnixMilli(x)
	case micros:
		at = time.UnixMicro(x)
	case nanos:
		at = time.Unix(0, x)
	case decimal:
		return appendDecimal(dst, x, c.scale)
	default:
		return strconv.AppendInt(dst, x, 10)
	}
	if at = at.UTC(); at.Year() < 0 || at.Year() > 9999 {
		return dst
	}
	return at.AppendFormat(dst, time.RFC3339Nano)
}

// appendDecimal appends x divided by ten to the scale.
func appendDecimal(dst []byte, x int64, scale int) []byte {
	s := strconv.FormatInt(x, 10)
	if scale == 0 {
		return append(dst, s...)
	}
	if s[0] == '-' {
		dst, s = append(dst, '-'), s[1:]
	}
	if len(s) <= scale {
		s = strings.Repeat("0", scale-len(s)+1) + s
	}
	return append(append(append(dst, s[:len(s)-scale]...), '.'), s[len(s)-scale:]...)
}
