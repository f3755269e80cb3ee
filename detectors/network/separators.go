package network

import (
	"math/bits"

	"habeas/detectors/textscan"
)

// words is how many words of bits are looked at for one kind of address before the
// next: 4 KiB of text, which stay in the first cache.
const words = 64

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
	for from := 1; from <= ix.Blocks(); from += words {
		to := min(from+words, ix.Blocks()+1)
		s.quads(ix, from, to)
		s.dotted(ix, from, to)
		s.coloned(ix, from, to)
		s.dashed(ix, from, to)
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

// quads looks for "1.2.3.4": three dots, each between digits.
func (s *scan) quads(ix *textscan.Index, from, to int) {
	inDigits := func(w int) uint64 {
		if ix.Dot[w] == 0 {
			return 0
		}
		return ix.Dot[w] & (ix.Digit[w]<<1 | ix.Digit[w-1]>>63) & (ix.Digit[w]>>1 | ix.Digit[w+1]<<63)
	}
	for w := from; w < to; w++ {
		if ix.Dot[w] == 0 {
			continue
		}
		x := inDigits(w)
		if x == 0 {
			continue
		}
		y := uint64(0)
		if w < ix.Blocks() {
			y = inDigits(w + 1)
		}
		if x&(x-1) == 0 && y == 0 {
			continue // one decimal number
		}
		// What begins in the word ends 8 bytes behind it at most.
		two := followed(x, y)
		if two == 0 {
			continue
		}
		for m := two & followed(two, followed(y, 0)); m != 0; m &= m - 1 {
			s.ipv4((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}

// dotted looks for "0012.3456.789a".
func (s *scan) dotted(ix *textscan.Index, from, to int) {
	for w := from; w < to; w++ {
		if ix.Dot[w] != 0 {
			s.each(apart(ix.Dot[w], ix.Dot[w+1], 5), w, s.dottedMAC)
		}
	}
}

// coloned looks for IPv6 and for MAC addresses.
func (s *scan) coloned(ix *textscan.Index, from, to int) {
	// Colons on both sides of which there is something that may be of a group.
	parting := func(w int) uint64 {
		of := ix.Digit[w] | ix.Letter[w] | ix.Colon[w] | ix.Dot[w]
		before := ix.Digit[w-1] | ix.Letter[w-1] | ix.Colon[w-1] | ix.Dot[w-1]
		after := ix.Digit[w+1] | ix.Letter[w+1] | ix.Colon[w+1] | ix.Dot[w+1]
		return ix.Colon[w] & (of<<1 | before>>63) & (of>>1 | after<<63)
	}
	for w := from; w < to; w++ {
		x, y := ix.Colon[w], ix.Colon[w+1]
		if x == 0 {
			continue
		}
		double, chain := apart(x, y, 1), uint64(0)
		if n := bits.OnesCount64(x) + bits.OnesCount64(y&(1<<20-1)); n >= 5 {
			// Five colons at distances of 2 to 5 end 20 bytes behind the word at most.
			chain, y = parting(w), 0
			if w < ix.Blocks() {
				y = parting(w + 1)
			}
			for k := 0; k < 4 && chain != 0; k++ {
				chain, y = followed5(chain, y), followed5(y, 0)
			}
		}
		if double|chain != 0 {
			s.each(double|chain, w, s.colonGroup)
		}
	}
}

// dashed looks for MAC addresses.
func (s *scan) dashed(ix *textscan.Index, from, to int) {
	for w := from; w < to; w++ {
		x, y := ix.Dash[w], ix.Dash[w+1]
		for k := 0; k < 4 && x != 0; k++ {
			x, y = apart(x, y, 3), apart(y, 0, 3)
		}
		if x != 0 {
			s.each(x, w, s.dashedMAC)
		}
	}
}

// each calls fn for the bits of m, which is word w.
func (s *scan) each(m uint64, w int, fn func(i int)) {
	for ; m != 0; m &= m - 1 {
		fn((w-1)*textscan.Block + bits.TrailingZeros64(m))
	}
}
