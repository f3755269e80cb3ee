package textscan

import (
	"math"
	"math/bits"
	"slices"
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
	var begins []string
	for i, w := range words {
		if len(w) < 3 {
			continue
		}
		if begin := w[:min(len(w), startLen)]; !slices.Contains(begins, begin) {
			begins = append(begins, begin)
		}
		for _, b := range slices.Compact([]byte{w[0], upper(w[0])}) {
			f.byFirst[b] = append(f.byFirst[b], uint16(i))
		}
	}
	for i, g := range grouped(begins) {
		f.add(begins[i], 1<<g)
	}
	for _, list := range f.byFirst {
		slices.SortStableFunc(list, func(a, b uint16) int { return len(words[b]) - len(words[a]) })
	}
	return f
}

// numGroups is how many groups the tables have bits for.
const numGroups = 8

// grouped puts each beginning into a group, so that few places of texts stop the scan
// for nothing: words of one group also do where the bytes of one follow those of
// another. Each goes where it adds least, and moves on while that gains anything.
func grouped(begins []string) []int {
	of := make([]int, len(begins))
	for i := range of {
		of[i] = -1
	}
	for range 8 {
		moved := false
		for i, b := range begins {
			was := of[i]
			of[i] = -1
			best, least := 0, math.Inf(1)
			for g := range numGroups {
				if more := stops(begins, of, g, b) - stops(begins, of, g, ""); more < least*0.999 {
					best, least = g, more
				}
			}
			of[i] = best
			moved = moved || best != was
		}
		if !moved {
			break
		}
	}
	return of
}

// stops is about how often group g stops the scan, with one more beginning in it if
// that is not "".
func stops(begins []string, of []int, g int, more string) float64 {
	var in [startLen][4]uint64 // the bytes, as bits
	short, n := false, 0
	put := func(b string) {
		n++
		short = short || len(b) < startLen
		for k := range len(b) {
			in[k][b[k]/64] |= 1 << (b[k] % 64)
		}
	}
	for i, b := range begins {
		if of[i] == g {
			put(b)
		}
	}
	if more != "" {
		put(more)
	}
	if n == 0 {
		return 0
	}
	p := 1.0
	for k := range startLen {
		if k == startLen-1 && short {
			break
		}
		sum := 0.0
		for half, m := range in[k] {
			for ; m != 0; m &= m - 1 {
				sum += frequencies[64*half+bits.TrailingZeros64(m)]
			}
		}
		p *= sum
	}
	return p
}

// frequencies are about how often a byte stands in texts, in either case.
var frequencies = func() (t [256]float64) {
	for b := range t {
		t[b] = 0.002
	}
	for i, list := range []string{" e", "taoinshr", "ldcumwfgpyb", "vk,.\n"} {
		for _, b := range []byte(list) {
			t[b] = []float64{0.12, 0.06, 0.025, 0.01}[i]
		}
	}
	return t
}()

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
	f.Walk(text, func(i, word int) int {
		if fn(i, word) {
			return i + 1
		}
		return len(text)
	})
}

// Walk is Each for a fn that tells where to go on: what stands before is not even
// compared.
func (f *Finder) Walk(text []byte, fn func(i, word int) (next int)) {
	var masks [piece / Block]uint64
	next := 0
	for base := 0; base < len(text) && next < len(text); base += piece {
		end := min(base+piece, len(text))
		if next >= end {
			continue
		}
		f.mask(masks[:], text[base:], end-base)
		for w, m := range masks[:(end-base+Block-1)/Block] {
			for ; m != 0; m &= m - 1 {
				i := base + w*Block + bits.TrailingZeros64(m)
				if i < next {
					continue
				}
				if k := f.at(text, i); k >= 0 {
					next = fn(i, k)
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
