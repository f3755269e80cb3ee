package digits

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// Labels are the beginnings of words that say what the number behind them is. They
// answer for most numbers in a few nanoseconds that no such word stands there. Make
// them with NewLabels and keep them; they may be used from many goroutines.
type Labels struct {
	always bool // some word begins with no letter
	begins [1 << labelBits / 64]uint64
}

const labelBits = 15

// NewLabels makes a list of words as textscan.NewWords takes them.
func NewLabels(words ...string) *Labels {
	l := &Labels{}
	for _, w := range words {
		w, star := strings.CutSuffix(w, "*")
		switch {
		case w == "" || strings.ContainsFunc(w, func(r rune) bool { return r >= utf8.RuneSelf }): // text beyond ASCII passes anyway
		case symbol(w[0]) == 0:
			l.always = true
		default:
			l.add([4]byte{}, 0, w, star)
		}
	}
	return l
}

// add puts in the first four letters of a word in every spelling. Words of fewer
// have zeroes behind them, as has what stands before the first byte that is no letter.
func (l *Labels) add(b [4]byte, n int, rest string, star bool) {
	switch {
	case n == len(b):
		l.put(b)
	case rest == "":
		l.put(b)
		for c := byte('a'); star && c <= 'z'; c++ {
			b[n] = c
			l.add(b, n+1, "", star)
		}
	case symbol(rest[0]) != 0:
		b[n] = rest[0]
		l.add(b, n+1, rest[1:], star)
	default:
		l.put(b)
		if rest[0] == ' ' {
			l.add(b, n, rest[1:], star) // a phrase written as one word
		}
	}
}

func (l *Labels) put(b [4]byte) {
	h := labelHash(binary.LittleEndian.Uint32(b[:]))
	l.begins[h/64] |= 1 << (h % 64)
}

func labelHash(key uint32) uint32 { return key * 0x9e3779b1 >> (32 - labelBits) }

// Beginnings tells where words of some Labels may begin in a text. Give it the index
// with Reset, and ask from the start of the text to its end: it remembers the last two
// blocks. One goroutine at a time uses it.
type Beginnings struct {
	labels       *Labels
	ix           *textscan.Index
	text         []byte
	block        int // of here, from 1 as in masks
	before, here uint64
}

// NewBeginnings makes one for some words.
func NewBeginnings(l *Labels) Beginnings { return Beginnings{labels: l} }

// Reset gives b another text.
func (b *Beginnings) Reset(ix *textscan.Index, text []byte) {
	b.ix, b.text, b.block = ix, text, -1
}

// Before marks where words may begin in the Block bytes before start: bit k stands
// for text[start-textscan.Block+k].
func (b *Beginnings) Before(start int) uint64 {
	w, k := start/textscan.Block+1, start%textscan.Block
	if b.block != w {
		if b.block == w-1 {
			b.before = b.here
		} else {
			b.before = b.labels.in(b.ix, b.text, w-1)
		}
		b.here, b.block = b.labels.in(b.ix, b.text, w), w
	}
	return b.before>>k | b.here<<1<<(63-k)
}

// in marks where words may begin in the block of word w of the masks of ix, and what
// is beyond ASCII.
func (l *Labels) in(ix *textscan.Index, text []byte, w int) uint64 {
	if w < 1 || w > ix.Blocks() {
		return 0
	}
	if l.always {
		return ^uint64(0)
	}
	letters, next, last := ix.Letter[w], ix.Letter[w+1], ix.Letter[w-1]
	before := letters<<1 | last>>63
	camel := ix.Capital[w] &^ (ix.Capital[w]<<1 | ix.Capital[w-1]>>63) & before
	escaped := ix.Backslash[w]<<2 | ix.Backslash[w-1]>>62
	// A letter and a digit are no word, but most of what is written in hexadecimal.
	begins := (letters&^before | letters&(camel|escaped)) &^ (ix.Digit[w]>>1 | ix.Digit[w+1]<<63)
	found := ix.High[w]
	base := (w - 1) * textscan.Block
	if base+textscan.Block+3 > len(text) {
		return found | begins // near the end of the text
	}
	block := text[base : base+textscan.Block+3]
	for m := begins; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		four := binary.LittleEndian.Uint32(block[k&63 : k&63+4])
		n := bits.TrailingZeros64(^(letters>>k | next<<1<<(63-k))) // letters
		h := labelHash((four | 0x20202020) & firstBytes[min(n, 4)&7])
		found |= l.begins[h>>6&(1<<labelBits/64-1)] >> (h & 63) & 1 << k
	}
	// A word may end before a capital among its first letters.
	x := ix.Capital[w+1]
	for m := begins & (camel>>1 | camel>>2 | camel>>3 | x<<63 | x<<62 | x<<61) &^ found; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		four := binary.LittleEndian.Uint32(block[k&63 : k&63+4])
		for n := 1; n < 4; n++ {
			h := labelHash((four | 0x20202020) & firstBytes[n])
			found |= l.begins[h>>6&(1<<labelBits/64-1)] >> (h & 63) & 1 << k
		}
	}
	return found
}

// firstBytes are masks for the first bytes of four.
var firstBytes = [8]uint32{0, 0xff, 0xffff, 0xffffff, 0xffffffff}
