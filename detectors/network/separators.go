package network

import (
	"math/bits"

	"habeas/detectors/textscan"
)

func (s *scan) separators() {
	ix := s.ix
	if ix == nil {
		if len(s.text) <= textscan.Block && !mayHold(s.text) {
			return // most fields: they are not worth the masks
		}
		ix = s.d.indexes.Of(s.part, s.text, s.tag)
		defer s.d.indexes.Done(ix)
		s.ix = ix
	}
	s.labels.Reset(ix)
	for w := 1; w <= ix.Blocks(); w++ {
		if dots := ix.Dot[w]; dots != 0 {
			// Three dots of four numbers end 8 bytes behind the word at most.
			if n := bits.OnesCount64(dots) + bits.OnesCount64(ix.Dot[w+1]&(1<<8-1)); n >= 2 {
				if n > 2 {
					s.quads(ix, w)
				}
				s.dotted(ix, w)
			}
		}
		if ix.Colon[w] != 0 {
			s.coloned(ix, w)
		}
		if ix.Dash[w] != 0 {
			s.dashed(ix, w)
		}
	}
}

// mayHold reports whether text has the separators of an address at all.
func mayHold(text []byte) bool {
	dots, colons, dashes, double := 0, 0, 0, false
	for i, b := range text {
		switch b {
		case '.':
			dots++
		case '-':
			dashes++
		case ':':
			colons++
			double = double || i > 0 && text[i-1] == ':'
		}
	}
	return dots >= 2 || colons >= 5 || double || dashes >= 5
}

// followed are the bits of a which are followed by one of a, or of the next word b,
// at a distance of 2 to 4.
func followed(a, b uint64) uint64 { return a & (a>>2 | b<<62 | a>>3 | b<<61 | a>>4 | b<<60) }

// followed5 is followed for distances of 2 to 5.
func followed5(a, b uint64) uint64 { return followed(a, b) | a&(a>>5|b<<59) }

// apart is followed for the one distance of k, 1 to 63.
func apart(a, b uint64, k uint) uint64 { return a & (a>>(k&63) | b<<((64-k)&63)) }

// quads looks for "1.2.3.4" in word w: three dots, each between digits.
func (s *scan) quads(ix *textscan.Index, w int) {
	x, y := between(ix, w), uint64(0)
	if w < ix.Blocks() {
		y = between(ix, w+1)
	}
	// What begins in the word ends 8 bytes behind it at most.
	two := followed(x, y)
	if two &= followed(two, followed(y, 0)); two != 0 {
		s.each(two, w, s.ipv4)
	}
}

// between are the dots of word w that stand between digits.
func between(ix *textscan.Index, w int) uint64 {
	return ix.Dot[w] & (ix.Digit[w]<<1 | ix.Digit[w-1]>>63) & (ix.Digit[w]>>1 | ix.Digit[w+1]<<63)
}

// dotted looks for "0012.3456.789a".
func (s *scan) dotted(ix *textscan.Index, w int) {
	if m := apart(ix.Dot[w], ix.Dot[w+1], 5); m != 0 {
		s.each(m, w, s.dottedMAC)
	}
}

// coloned looks for IPv6 and for MAC addresses.
func (s *scan) coloned(ix *textscan.Index, w int) {
	x, y := ix.Colon[w], ix.Colon[w+1]
	m := apart(x, y, 1)
	// Five colons at distances of 2 to 5 end 20 bytes behind the word at most.
	if bits.OnesCount64(x)+bits.OnesCount64(y&(1<<20-1)) >= 5 {
		m |= chained(ix, w)
	}
	if m != 0 {
		s.each(m, w, s.colonGroup)
	}
}

// chained are the colons of word w which four more follow at distances of 2 to 5,
// all with something that may be of a group on both sides.
func chained(ix *textscan.Index, w int) uint64 {
	chain, y := parting(ix, w), uint64(0)
	if w < ix.Blocks() {
		y = parting(ix, w+1)
	}
	for k := 0; k < 4 && chain != 0; k++ {
		chain, y = followed5(chain, y), followed5(y, 0)
	}
	return chain
}

func parting(ix *textscan.Index, w int) uint64 {
	of := ix.Digit[w] | ix.Letter[w] | ix.Colon[w] | ix.Dot[w]
	before := ix.Digit[w-1] | ix.Letter[w-1] | ix.Colon[w-1] | ix.Dot[w-1]
	after := ix.Digit[w+1] | ix.Letter[w+1] | ix.Colon[w+1] | ix.Dot[w+1]
	return ix.Colon[w] & (of<<1 | before>>63) & (of>>1 | after<<63)
}

// dashed looks for MAC addresses.
func (s *scan) dashed(ix *textscan.Index, w int) {
	x, y := ix.Dash[w], ix.Dash[w+1]
	// Five dashes at distances of 3 end 12 bytes behind the word at most.
	if bits.OnesCount64(x)+bits.OnesCount64(y&(1<<12-1)) < 5 {
		return
	}
	for k := 0; k < 4 && x != 0; k++ {
		x, y = apart(x, y, 3), apart(y, 0, 3)
	}
	if x != 0 {
		s.each(x, w, s.dashedMAC)
	}
}

// each calls fn for the bits of m, which is word w.
func (s *scan) each(m uint64, w int, fn func(i int)) {
	for ; m != 0; m &= m - 1 {
		fn((w-1)*textscan.Block + bits.TrailingZeros64(m))
	}
}
