package digits

import (
	"math/bits"

	"habeas/detectors/textscan"
)

// Clusters finds the stretches of text that one number may fill: digits, and
// between them only marks that people write in numbers. Make it with NewClusters
// and keep it; it may be used from many goroutines.
type Clusters struct {
	marks  *textscan.Set
	digits int
	gap    int
}

// NewClusters looks for stretches with at least digits digits, textscan.RowDigits or
// more, parted by at most gap bytes of marks or of anything beyond ASCII. The
// marks are " -", and "./()+" if wide.
func NewClusters(wide bool, digits, gap int) *Clusters {
	marks := " -"
	if wide {
		marks += "./()+"
	}
	return &Clusters{marks: textscan.NewSet(marks, true), digits: digits, gap: gap}
}

// Each calls fn with every cluster text[start:end], in order; it begins and ends
// with a digit. It allocates nothing.
func (c *Clusters) Each(ix *textscan.Index, text []byte, fn func(start, end int)) {
	rows := ix.Rows()
	for i := range rows {
		if r := &rows[i]; r.Digits >= c.digits {
			c.In(text, r, fn)
		}
	}
}

// In is Each for one row of the text.
func (c *Clusters) In(text []byte, r *textscan.Row, fn func(start, end int)) {
	first, last, n := r.Start, r.Start, 0
	for i := r.Start; i < r.End; {
		if i-last > c.gap || !c.joins(text[last:i]) {
			if n >= c.digits {
				fn(first, last)
			}
			first, n = i, 0
		}
		last = i
		for last < r.End && text[last]-'0' < 10 {
			last++
		}
		n += last - i
		for i = last; i < r.End && text[i]-'0' >= 10; {
			i++
		}
	}
	if n >= c.digits {
		fn(first, last)
	}
}

func (c *Clusters) joins(gap []byte) bool {
	for _, b := range gap {
		if !c.marks.Has(b) {
			return false
		}
	}
	return true
}

// Date reports whether the digits of text, which begins with ten bytes as of
// "2006-01-02", are those of a date of the last century or this.
func Date(text []byte) bool {
	b := text[:10]
	year := b[0] == '1' && b[1] == '9' || b[0] == '2' && b[1] == '0'
	return year && !(b[5] > '1' || b[5] == '1' && b[6] > '2' || b[8] > '3' || b[8] == '3' && b[9] > '1')
}

// Lettered calls fn with the place of every run of two digits or more that two
// letters stand before, directly or parted by a blank, and nothing that makes them
// the end of a word: where account numbers of ISO 13616 have their check digits. It
// allocates nothing.
func Lettered(ix *textscan.Index, fn func(start int)) {
	for w := 1; w <= ix.Blocks(); w++ {
		y, x := ix.Digit[w], ix.Digit[w-1]
		m := y &^ (y<<1 | x>>63) & (y>>1 | ix.Digit[w+1]<<63)
		if m == 0 {
			continue
		}
		a, b := ix.Letter[w-1], ix.Letter[w]
		one, two, three := b<<1|a>>63, b<<2|a>>62, b<<3|a>>61
		if m &= two & (one | three); m == 0 {
			continue
		}
		// What stands before the letters: nothing of a word, but the letter of an escape.
		a, b = a|x, b|y
		if c, d := ix.Backslash[w-1], ix.Backslash[w]; c|d != 0 {
			a, b = a&^(c<<1), b&^(d<<1|c>>63)
		}
		blank := ix.Space[w]<<1 | ix.Space[w-1]>>63
		m &= one&^(b<<3|a>>61) | blank&three&^(b<<4|a>>60)
		for ; m != 0; m &= m - 1 {
			fn((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}
