package identity

import "math/bits"

// patternBits is how many bytes behind the first of a number a pattern of marks
// speaks of.
const patternBits = 12

// patterns are sets of the places of what is no letter or digit behind the first byte
// of a number, bit 0 for the second byte: those of numbers that need no word before
// them.
type patterns [1 << patternBits / 64]uint64

func (p *patterns) has(marks uint64) bool {
	marks &= 1<<patternBits - 1
	return p[marks>>6]>>(marks&63)&1 != 0
}

// makePatterns makes the patterns of groups, of which each shape has the sizes, four
// bits each. What stands behind the last group does not matter.
func makePatterns(shapes []uint32) (p patterns) {
	for _, shape := range shapes {
		marks, at := uint64(0), -1 // at is the place of the mark before a group
		for shift := (bits.Len32(shape) - 1) / 4 * 4; shift >= 0; shift -= 4 {
			if at >= 0 && at <= patternBits {
				marks |= 1 << at
			}
			at += int(shape>>shift&15) + 1
		}
		inside := uint64(1)<<min(at, patternBits+1) - 1
		for x := range uint64(1) << patternBits {
			if (x<<1^marks)&inside == 0 {
				p[x>>6] |= 1 << (x & 63)
			}
		}
	}
	return p
}

// unnamed reports whether the digit at bit k of word w may be the first of a number
// that needs no word before it: the groups behind it, or the letters before it, are
// those of one. plain are the digits that numbers begin with.
func (c classes) unnamed(w, k int, plain uint64) bool {
	d, l := (pair{c.Digit[w], c.Digit[w+1]}).at(k), (pair{c.Letter[w], c.Letter[w+1]}).at(k)
	m, s := (pair{c.Mark[w], c.Mark[w+1]}).at(k), (pair{c.Space[w], c.Space[w+1]}).at(k)
	if plain>>k&1 == 0 {
		return c.unnamedLetters(w, k, d|m|s)
	}
	n := bits.TrailingZeros64(^d)
	switch end := uint64(1) << (n & 63); {
	case n > 8:
		return n == 17 || n == 18 // China
	case m&end != 0:
		// A letter is the last of them all: not in "2026-03-31T12".
		if known.patterns.has((m|^(d|l))>>1) && l&((d|l)>>1)&(1<<patternBits-1) == 0 || n == 8 && l>>9&1 != 0 || n == 6 && (d|l)>>7&0x1ff == 0xff {
			return true
		}
	case s&end != 0:
		if n <= 3 && (d|l)>>(n+1)&15 == 7 && (m|s)>>(n+4)&1 != 0 || n == 8 && l>>9&1 != 0 || n == 6 && (d|l)>>7&0x1ff == 0xff {
			return true
		}
	case n == 8 && l&end != 0: // Spain
		return true
	}
	return (d|m|s)&0x3f == 0x3f && c.parted(w)>>k&1 != 0
}

// parted are the bytes in word w that a capital and a blank stand before.
func (c classes) parted(w int) uint64 {
	return (c.Space[w]<<1 | c.Space[w-1]>>63) & (c.Capital[w]<<2 | c.Capital[w-1]>>62)
}

// unnamedLetters is unnamed for a digit that letters touch. rest are the digits, marks
// and blanks from it on.
func (c classes) unnamedLetters(w, k int, rest uint64) bool {
	if rest&3 != 3 {
		return false // all of them have more digits
	}
	before := pair{c.Letter[w-1], c.Letter[w]}.at(k)
	n := bits.LeadingZeros64(^before)
	if n > 6 {
		return false
	}
	blanks, capitals := pair{c.Space[w-1], c.Space[w]}.at(k), pair{c.Capital[w-1], c.Capital[w]}.at(k)
	return n == 6 || n != 3 && n != 5 && rest&0x3f == 0x3f || blanks<<n>>63&(capitals<<n<<1>>63) != 0 // "AA B12"
}
