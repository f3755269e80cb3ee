package textscan

import (
	"math/bits"
	"slices"
)

// Finder finds words in text, whatever the case of their ASCII letters. It is
// the method of "Teddy" in Hyperscan: the first three bytes of every word become
// a few tables by halves of a byte, a bit for each group of words, so that one
// pass finds the places where some word may begin; only these are compared.
type Finder struct {
	n       trigrams
	first   [256]uint8 // groups by byte, for the code without vectors
	second  [256]uint8
	third   [256]uint8
	words   []string
	byFirst [256][]uint16 // words by first byte, longest first
}

// trigrams are the tables that the vector code reads; their layout is its own.
type trigrams struct {
	lo, hi [3][16]uint8
}

// NewFinder makes a finder of words of at least three bytes, lower case and
// ASCII in their first three. Words that are shorter are never found. Eight
// different beginnings are told apart for certain; more of them share a group,
// which costs speed only.
func NewFinder(words ...string) *Finder {
	f := &Finder{words: words}
	groups := map[string]int{}
	for i, w := range words {
		if len(w) < 3 {
			continue
		}
		g, ok := groups[w[:3]]
		if !ok {
			g = len(groups) % 8
			groups[w[:3]] = g
		}
		for k, t := range []*[256]uint8{&f.first, &f.second, &f.third} {
			for _, b := range []byte{w[k], upper(w[k])} {
				t[b] |= 1 << g
				f.n.lo[k][b&15] |= 1 << g
				f.n.hi[k][b>>4] |= 1 << g
			}
		}
		for _, b := range slices.Compact([]byte{w[0], upper(w[0])}) {
			f.byFirst[b] = append(f.byFirst[b], uint16(i))
		}
	}
	for _, list := range f.byFirst {
		slices.SortStableFunc(list, func(a, b uint16) int { return len(words[b]) - len(words[a]) })
	}
	return f
}

func upper(b byte) byte {
	if b-'a' < 26 {
		return b - ('a' - 'A')
	}
	return b
}

// Each calls fn for every place where a word stands, in order, with the longest
// one there, until fn returns false. word is its place in NewFinder's list. It
// does not ask what stands around.
func (f *Finder) Each(text []byte, fn func(i, word int) bool) {
	var masks [piece / Block]uint64
	for base := 0; base < len(text); base += piece {
		end := min(base+piece, len(text))
		f.mask(masks[:], text[base:], end-base)
		for w, m := range masks[:(end-base+Block-1)/Block] {
			for ; m != 0; m &= m - 1 {
				i := base + w*Block + bits.TrailingZeros64(m)
				if k := f.at(text, i); k >= 0 && !fn(i, k) {
					return
				}
			}
		}
	}
}

func (f *Finder) at(text []byte, i int) int {
	for _, k := range f.byFirst[text[i]] {
		if HasFold(text, i, f.words[k]) {
			return int(k)
		}
	}
	return -1
}

// mask marks where some word may begin in text[:n]. It reads two bytes further.
func (f *Finder) mask(dst []uint64, text []byte, n int) {
	whole := 0
	if hasVectors && len(text) >= Block+2 {
		whole = min(n, len(text)-2) / Block
		dst := dst[:whole]
		maskTrigrams(&dst[0], &text[0], whole, &f.n)
	}
	for i := whole * Block; i < n; i += Block {
		var w uint64
		for k := i; k < min(i+Block, n) && k+2 < len(text); k++ {
			if f.first[text[k]]&f.second[text[k+1]]&f.third[text[k+2]] != 0 {
				w |= 1 << (k - i)
			}
		}
		dst[i/Block] = w
	}
}
