package textscan

import (
	"bytes"
	"math/bits"
)

// Block is how many bytes one word of a mask speaks for.
const Block = 64

// Set is a set of ASCII bytes that a scan looks for, kept as two tables by the
// halves of a byte: one vector instruction looks up many bytes in each. Make it
// with NewSet and keep it; it is never written afterwards.
type Set struct {
	n      nibbles
	has    [256]uint8 // 1 for members: for the code without vectors
	high   bool
	single int // the only member, or -1
}

// nibbles are the tables that the vector code reads; their layout is its own.
// Bit h of lo[l] says that byte h<<4|l is a member; hi[h] is 1<<h.
type nibbles struct {
	lo, hi [16]uint8
	high   uint64 // all ones if bytes beyond ASCII are members
}

// NewSet is the set of the ASCII bytes in members, and of all bytes beyond ASCII
// if high.
func NewSet(members string, high bool) *Set {
	s := &Set{high: high, single: -1}
	if len(members) == 1 && !high {
		s.single = int(members[0])
	}
	for _, b := range []byte(members) {
		if b < 0x80 {
			s.has[b] = 1
			s.n.lo[b&15] |= 1 << (b >> 4)
		}
	}
	for h := range 8 {
		s.n.hi[h] = 1 << h
	}
	if high {
		s.n.high = ^uint64(0)
		for b := 0x80; b < 0x100; b++ {
			s.has[b] = 1
		}
	}
	return s
}

// Has reports whether b is a member.
func (s *Set) Has(b byte) bool { return s.has[b] != 0 }

// Mask sets bit i%64 of dst[i/64] if text[i] is a member, for all of text, and
// clears the others. dst needs (len(text)+63)/64 words. Scanning in pieces of a
// few KiB keeps dst on the stack and in the first cache.
func (s *Set) Mask(dst []uint64, text []byte) {
	n := len(text) / Block
	if hasVectors && n > 0 {
		dst := dst[:n]
		maskVector(&dst[0], &text[0], n, &s.n)
	} else {
		s.maskPlain(dst, text[:n*Block])
	}
	if rest := text[n*Block:]; len(rest) > 0 {
		s.maskPlain(dst[n:], rest)
	}
}

// maskPlain is Mask without vectors. The library's search for one byte has its own
// on most processors; for more bytes a table is as fast as anything.
func (s *Set) maskPlain(dst []uint64, text []byte) {
	if s.single >= 0 {
		clear(dst[:(len(text)+Block-1)/Block])
		for i := 0; i < len(text); i++ {
			next := bytes.IndexByte(text[i:], byte(s.single))
			if next < 0 {
				return
			}
			i += next
			dst[i/Block] |= 1 << (i % Block)
		}
		return
	}
	has := &s.has
	for i := 0; i < len(text); i += Block {
		var w uint64
		block := text[i:min(i+Block, len(text))]
		k := 0
		for ; k+8 <= len(block); k += 8 {
			// Eight look-ups that don't wait for each other.
			p := block[k : k+8 : k+8]
			w |= uint64(has[p[0]]|has[p[1]]<<1|has[p[2]]<<2|has[p[3]]<<3|has[p[4]]<<4|has[p[5]]<<5|has[p[6]]<<6|has[p[7]]<<7) << (k & 63)
		}
		for ; k < len(block); k++ {
			w |= uint64(has[block[k]]) << (k & 63)
		}
		dst[i/Block] = w
	}
}

// Index is the place of the first member in text, or len(text).
func (s *Set) Index(text []byte) int {
	var w [1]uint64
	for i := 0; i < len(text); i += Block {
		part := text[i:min(i+Block, len(text))]
		if s.Mask(w[:], part); w[0] != 0 {
			return i + bits.TrailingZeros64(w[0])
		}
	}
	return len(text)
}

// LastIndex is the place of the last member in text, or -1.
func (s *Set) LastIndex(text []byte) int {
	var w [1]uint64
	for end := len(text); end > 0; end -= Block {
		i := max(end-Block, 0)
		if s.Mask(w[:], text[i:end]); w[0] != 0 {
			return i + Block - 1 - bits.LeadingZeros64(w[0])
		}
	}
	return -1
}

// Each calls fn with the place of every member in text, in order, until fn
// returns false. It is meant for rare members: for each call it pays as much as
// for hundreds of bytes that are none.
func (s *Set) Each(text []byte, fn func(i int) bool) {
	var masks [piece / Block]uint64
	for base := 0; base < len(text); base += piece {
		part := text[base:min(base+piece, len(text))]
		s.Mask(masks[:], part)
		for w, m := range masks[:(len(part)+Block-1)/Block] {
			for ; m != 0; m &= m - 1 {
				if !fn(base + w*Block + bits.TrailingZeros64(m)) {
					return
				}
			}
		}
	}
}

// Rows calls fn for every place from which n members, 2 to 63, stand in a row; fn
// tells where to go on.
func (s *Set) Rows(text []byte, n int, fn func(i int) (next int)) {
	var m [piece/Block + 2]uint64
	next := 0
	for base := 0; base < len(text); base += piece {
		part := text[base:min(base+piece+Block, len(text))]
		if s.single >= 0 && bytes.IndexByte(part, byte(s.single)) < 0 {
			continue // faster than any mask
		}
		words := (len(part) + Block - 1) / Block
		clear(m[words:])
		s.Mask(m[:], part)
		for w, x := range m[:min(words, piece/Block)] {
			for k := 1; k < n && x != 0; k++ {
				x &= m[w]>>(k&63) | m[w+1]<<1<<(^k&63)
			}
			for ; x != 0; x &= x - 1 {
				if i := base + w*Block + bits.TrailingZeros64(x); i >= next {
					next = fn(i)
				}
			}
		}
	}
}

// piece is how much text is turned into masks at once: they take 512 bytes of
// stack, and the text is still in the first cache when it is looked at again.
const piece = 4 << 10
