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
	letters := ix.Letter[w : w+2]
	here, last := letters[0], ix.Letter[w-1]
	before := here<<1 | last>>63
	capital, x := ix.Capital[w], ix.Capital[w+1]
	camel := capital &^ (capital<<1 | ix.Capital[w-1]>>63) & before
	escaped := ix.Backslash[w]<<2 | ix.Backslash[w-1]>>62
	// A letter and a digit are no word, but most of what is written in hexadecimal.
	begins := (here&^before | here&(camel|escaped)) &^ (ix.Digit[w]>>1 | ix.Digit[w+1]<<63)
	found := ix.High[w]
	base := (w - 1) * textscan.Block
	if l.always || base+textscan.Block+3 > len(text) {
		return found | begins // near the end of the text
	}
	block := (*[textscan.Block + 3]byte)(text[base:])
	// A word may end before a capital among its first letters.
	if m := begins & (camel>>1 | camel>>2 | camel>>3 | x<<63 | x<<62 | x<<61); m != 0 {
		found |= l.shorter(block, m)
	}
	return found | l.open(block, begins, here, letters[1])
}

// open marks those places of m where a word may begin. letters are those of the
// block and of the one behind.
func (l *Labels) open(block *[textscan.Block + 3]byte, m, letters, next uint64) (found uint64) {
	for ; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m) & 63
		four := binary.LittleEndian.Uint32(block[k : k+4])
		more := (letters>>k | next<<1<<(63-k)) >> 1 & 7 // which of the next three are letters
		h := labelHash((four | 0x20202020) & lettersOf[more])
		found |= l.begins[h>>6&(1<<labelBits/64-1)] >> (h & 63) & 1 << k
	}
	return found
}

// shorter marks those places of m where words of less than four letters may begin,
// whatever follows them.
func (l *Labels) shorter(block *[textscan.Block + 3]byte, m uint64) (found uint64) {
	for ; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m) & 63
		four := binary.LittleEndian.Uint32(block[k : k+4])
		for mask := uint32(0xff); mask != 0xffffffff; mask = mask<<8 | 0xff {
			h := labelHash((four | 0x20202020) & mask)
			found |= l.begins[h>>6&(1<<labelBits/64-1)] >> (h & 63) & 1 << k
		}
	}
	return found
}

// lettersOf are masks for the letters that begin four bytes, by which of the last three
// are letters.
var lettersOf = [8]uint32{0xff, 0xffff, 0xff, 0xffffff, 0xff, 0xffff, 0xff, 0xffffffff}
