package textscan

import (
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Finder finds words in text, whatever the case of their ASCII letters. It is
// the method of "Teddy" in Hyperscan: the first four bytes of every word become
// a few tables by halves of a byte, a bit for each group of words, so that one
// pass finds the places where some word may begin; only these are compared.
type Finder struct {
	n       starts
	groups  [startLen][256]uint8 // by byte, for the code without vectors
	words   []string
	byFirst [256][]uint16 // words by first byte, longest first
}

// startLen is how many bytes of a word the tables know.
const startLen = 4

// starts are the tables that the vector code reads; their layout is its own.
type starts struct {
	lo, hi [startLen][16]uint8
	short  [16]uint8 // the groups of words of three bytes, in each
}

// NewFinder makes a finder of words of at least three bytes, lower case and
// ASCII in their first four. Words that are shorter are never found. Eight
// different beginnings are told apart for certain; more of them share a group,
// which costs speed only, as do beginnings that are frequent in texts.
func NewFinder(words ...string) *Finder {
	f := &Finder{words: words}
	groups := map[string]int{}
	for i, w := range words {
		if len(w) < 3 {
			continue
		}
		begin := w[:min(len(w), startLen)]
		if _, ok := groups[begin]; !ok {
			g := f.bestGroup(begin)
			groups[begin] = g
			f.add(begin, 1<<g)
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

// bestGroup is the group in which a beginning adds the fewest false stops: words
// of one group also stop the scan where the bytes of one follow those of another.
func (f *Finder) bestGroup(begin string) (best int) {
	least := math.Inf(1)
	for g := range 8 {
		before, after := 1.0, 1.0
		for k := range startLen {
			old, sum := 0.0, 0.0
			for b := range 128 {
				in := f.groups[k][b]>>g&1 != 0
				if in {
					old += frequency(byte(b))
				}
				if in || k >= len(begin) || Fold(byte(b)) == begin[k] {
					sum += frequency(byte(b))
				}
			}
			before, after = before*old, after*sum
		}
		if after-before < least {
			best, least = g, after-before
		}
	}
	return best
}

// frequency is about how often b stands in texts, in percent.
func frequency(b byte) float64 {
	for i, list := range []string{" e", "taoinshr", "ldcumwfgpyb", "vk,.\n"} {
		if strings.IndexByte(list, b) >= 0 {
			return []float64{12, 6, 2.5, 1}[i]
		}
	}
	return 0.2
}

// add puts a beginning of three or four bytes into a group.
func (f *Finder) add(begin string, group uint8) {
	for k := range len(begin) {
		for _, b := range []byte{begin[k], upper(begin[k])} {
			f.groups[k][b] |= group
			f.n.lo[k][b&15] |= group
			f.n.hi[k][b>>4] |= group
		}
	}
	if len(begin) < startLen {
		for b := range f.groups[startLen-1] {
			f.groups[startLen-1][b] |= group
		}
		for i := range f.n.short {
			f.n.short[i] |= group
		}
	}
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

// mask marks where some word may begin in text[:n]. It reads three bytes further.
func (f *Finder) mask(dst []uint64, text []byte, n int) {
	const further = startLen - 1
	whole := 0
	if hasVectors && len(text) >= Block+further {
		whole = min(n, len(text)-further) / Block
	}
	if whole > 0 {
		dst := dst[:whole]
		maskStarts(&dst[0], &text[0], whole, &f.n)
	}
	t0, t1, t2, t3 := &f.groups[0], &f.groups[1], &f.groups[2], &f.groups[3]
	for i := whole * Block; i < n; i += Block {
		var w uint64
		block := text[i:min(i+Block+further, len(text))]
		if last := min(Block, n-i, len(block)-2); last > 0 {
			first := t0[block[0]]
			for k, b := range block[1 : last+1] {
				g := first & t1[b]
				first = t0[b]
				if g == 0 {
					continue // most of all
				}
				if g &= t2[block[k+2]]; k+3 < len(block) {
					g &= t3[block[k+3]]
				}
				if g != 0 {
					w |= 1 << k
				}
			}
		}
		dst[i/Block] = w
	}
}
