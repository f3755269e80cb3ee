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

// has reports whether a word may begin with the first n letters of four, 1 to 4.
func (l *Labels) has(four uint32, n int) bool {
	h := labelHash((four | 0x20202020) & (1<<(8*n) - 1))
	return l.begins[h>>6&(1<<labelBits/64-1)]>>(h&63)&1 != 0
}

// MayTouch reports whether a word may stand in the Block bytes before start with no
// digit between them. It may say so where none does.
func (l *Labels) MayTouch(ix *textscan.Index, text []byte, start int) bool {
	behind := bits.LeadingZeros64(ix.Window(ix.Digit, start-textscan.Block))
	return l.may(ix, text, start, ^(^uint64(0) >> behind))
}

// MayStand is MayTouch for words that stand before other numbers as well, in
// textscan.Reach bytes.
func (l *Labels) MayStand(ix *textscan.Index, text []byte, start int) bool {
	return l.may(ix, text, start, ^(^uint64(0) >> textscan.Reach))
}

// may looks at those of the Block bytes before start that keep has bits for.
func (l *Labels) may(ix *textscan.Index, text []byte, start int, keep uint64) bool {
	lo := start - textscan.Block // bit 0 stands for it
	if l.always || ix.Window(ix.High, lo)&keep != 0 {
		return true
	}
	letters := ix.Window(ix.Letter, lo)
	if letters&keep == 0 {
		return false
	}
	before, capital := letters<<1, ix.Window(ix.Capital, lo)
	camel := capital &^ (capital << 1) & before
	begins := (letters&^before | letters&(camel|ix.Window(ix.Backslash, lo)<<2)) & keep
	for begins != 0 {
		k := bits.Len64(begins) - 1
		begins &^= 1 << k
		var four uint32
		if i := lo + k; i+4 <= len(text) {
			four = binary.LittleEndian.Uint32(text[i:])
		} else {
			var b [4]byte
			copy(b[:], text[i:])
			four = binary.LittleEndian.Uint32(b[:])
		}
		n := min(bits.TrailingZeros64(^(letters >> k)), 4)
		if l.has(four, n) {
			return true
		}
		// The word may end before a capital.
		for c := camel >> k >> 1 & (1<<(n-1) - 1); c != 0; c &= c - 1 {
			if l.has(four, bits.TrailingZeros64(c)+1) {
				return true
			}
		}
	}
	return false
}
