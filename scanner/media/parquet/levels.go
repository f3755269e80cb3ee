package parquet

import (
	"encoding/binary"
	"math/bits"
)

// width is how many bits numbers up to most take.
func width(most int) int { return bits.Len(uint(most)) }

// runs gives one by one the numbers of the hybrid of run-length coding and packed
// bits. A page of few bytes may hold millions, so they are never laid out. Copies
// go their own ways.
type runs struct {
	b     []byte
	width int
	left  uint64 // numbers of the run that are still to come
	value uint32 // of a repeated run
	bits  []byte // of a packed one; nil in a repeated one
	at    uint64 // bit in it
}

// next is the next number; ok is false where there is none.
func (r *runs) next() (x uint32, ok bool) {
	if r.width == 0 {
		return 0, true
	}
	for r.left == 0 {
		if !r.run() {
			return 0, false
		}
	}
	r.left--
	if r.bits == nil {
		return r.value, true
	}
	v, ok := bitsAt(r.bits, r.at, r.width)
	r.at += uint64(r.width)
	return uint32(v), ok
}

// run reads the header of the next run.
func (r *runs) run() bool {
	h, k := binary.Uvarint(r.b)
	if k <= 0 || h>>1 == 0 || r.width > 32 {
		return false
	}
	r.b = r.b[k:]
	if h&1 == 1 {
		groups := h >> 1
		if groups > uint64(len(r.b)) {
			return false
		}
		n := min(groups*uint64(r.width), uint64(len(r.b)))
		r.bits, r.at, r.left, r.b = r.b[:n:n], 0, groups*8, r.b[n:]
		return true
	}
	size := (r.width + 7) / 8
	if len(r.b) < size {
		return false
	}
	r.value = 0
	for i := range size {
		r.value |= uint32(r.b[i]) << (8 * i)
	}
	r.bits, r.left, r.b = nil, h>>1, r.b[size:]
	return true
}

// bitsAt is the number of width bits, 64 at most, that begins at bit at.
func bitsAt(b []byte, at uint64, width int) (x uint64, ok bool) {
	if at+uint64(width) > uint64(len(b))*8 {
		return 0, false
	}
	for got := 0; got < width; {
		i, shift := at/8, int(at%8)
		take := min(8-shift, width-got)
		x |= uint64(b[i]) >> shift & (1<<take - 1) << got
		got += take
		at += uint64(take)
	}
	return x, true
}

// deltas gives one by one the numbers of DELTA_BINARY_PACKED: blocks of small
// blocks, each of its own width. Copies go their own ways.
type deltas struct {
	t            thrift // the same coding of numbers
	per, minis   uint64 // numbers of a small block, small blocks of a block
	total        uint64 // numbers that are still to come
	first        bool
	last, least  int64
	widths       []byte // of the small blocks to come
	packed       []byte // of the small block
	width        int
	at, inPacked uint64 // bit in it, numbers of it to come
}

// newDeltas reads the header; ok is false where it contradicts itself.
func newDeltas(b []byte) (d deltas, ok bool) {
	d.t = thrift{b: b}
	size := d.t.uvarint()
	d.minis, d.total = d.t.uvarint(), d.t.uvarint()
	d.last, d.first = d.t.zigzag(), true
	if d.t.bad || d.minis == 0 || d.minis > 1024 || size == 0 || size > 1<<20 || size%d.minis != 0 {
		return d, false
	}
	d.per = size / d.minis
	return d, true
}

func (d *deltas) next() (x int64, ok bool) {
	if d.total == 0 {
		return 0, false
	}
	d.total--
	if d.first {
		d.first = false
		return d.last, true
	}
	for d.inPacked == 0 {
		if len(d.widths) == 0 {
			d.least = d.t.zigzag()
			d.widths = d.t.bytes(d.minis)
			if d.t.bad {
				return 0, false
			}
		}
		d.width = int(d.widths[0])
		d.widths = d.widths[1:]
		if d.width > 64 {
			return 0, false
		}
		// The last one may end early.
		d.packed = d.t.bytes(min((d.per*uint64(d.width)+7)/8, uint64(len(d.t.b))))
		d.at, d.inPacked = 0, d.per
	}
	d.inPacked--
	v, ok := bitsAt(d.packed, d.at, d.width)
	d.at += uint64(d.width)
	d.last += d.least + int64(v)
	return d.last, ok
}

// rest goes to the end, and gives what stands behind.
func (d deltas) rest() ([]byte, bool) {
	for d.total > 0 {
		if _, ok := d.next(); !ok {
			return nil, false
		}
	}
	return d.t.b, true
}
