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
	wide   bool // every mark that an index knows for numbers, else only " -"
	digits int
	gap    int
}

// NewClusters looks for stretches of six bytes or more with at least digits
// digits, parted by at most gap bytes of marks or of anything beyond ASCII. The
// marks are " -", and "./()+" if wide.
func NewClusters(wide bool, digits, gap int) *Clusters {
	marks := "0123456789 -"
	if wide {
		marks += "./()+"
	}
	return &Clusters{marks: textscan.NewSet(marks, true), wide: wide, digits: digits, gap: gap}
}

// row is word w of the bytes that clusters are made of.
func (c *Clusters) row(ix *textscan.Index, w int) uint64 {
	if c.wide {
		return ix.Number[w]
	}
	return ix.Digit[w] | ix.Space[w] | ix.Dash[w] | ix.High[w]
}

// Each calls fn with every cluster text[start:end], in order; it begins and ends
// with a digit. Most of the text is decided 64 bytes at a time: digits in rows of
// marks that are too short for a number never get any further. It allocates nothing.
//
// hot, if not nil, tells of the block at a place, a multiple of textscan.Block, in
// which bytes a number may begin that stands alone: elsewhere, digits that no marks
// touch may be passed over, and so may decimals and dates.
func (c *Clusters) Each(ix *textscan.Index, text []byte, hot func(base int) uint64, fn func(start, end int)) {
	first, last, n := -1, -1, 0
	for w := 1; w <= ix.Blocks(); w++ {
		m := ix.Digit[w]
		if m == 0 {
			continue
		}
		x, y := c.row(ix, w-1), c.row(ix, w)
		if m &= c.long(x, y, c.row(ix, w+1)); m == 0 {
			continue
		}
		at := (w - 1) * textscan.Block
		if hot != nil && several(m) {
			m &^= cold(m|plain(ix, text, w, m, x, y), x, y, at, hot)
		}
		for m != 0 {
			a := bits.TrailingZeros64(m)
			k := bits.TrailingZeros64(^(m >> a))
			start := at + a
			if first >= 0 && start-last <= c.gap && c.joins(text[last:start]) {
				n += k
			} else {
				if n >= c.digits {
					fn(first, last)
				}
				first, n = start, k
			}
			last = start + k
			if a+k >= 64 {
				break
			}
			m &= ^uint64(0) << (a + k)
		}
	}
	if n >= c.digits {
		fn(first, last)
	}
}

// cold are the digits of d, in the block at a place, that may be passed over; x and
// y are as for alone.
func cold(d, x, y uint64, at int, hot func(base int) uint64) uint64 {
	a := alone(d, x, y, 0)
	if !several(a) {
		return 0
	}
	if near := hot(at); near != 0 {
		return alone(d, x, y, near)
	}
	return a
}

// plain are the marks, in word w of which m are the digits, that stand in a decimal of
// up to three digits and a point, or in a date of the last century and this. x and y
// are as for alone.
func plain(ix *textscan.Index, text []byte, w int, m, x, y uint64) uint64 {
	first := m &^ (y<<1 | x>>63)
	one := first << 1
	two := (one & m) << 1
	marks := (one | two | (two&m)<<1) & ix.Dot[w] & (m >> 1)
	dash := ix.Dash[w]
	const whole = 1<<(textscan.Block-10) - 1 // what begins here and has ten bytes ends in the word
	for dates := first & (m >> 1) & (m >> 2) & (m >> 3) & (dash >> 4) & (m >> 5) & (m >> 6) & (dash >> 7) & (m >> 8) & (m >> 9) &^ (y >> 10) & whole; dates != 0; dates &= dates - 1 {
		k := bits.TrailingZeros64(dates)
		if Date(text[(w-1)*textscan.Block+k:]) {
			marks |= 1<<(k+4) | 1<<(k+7)
		}
	}
	return marks
}

// Date reports whether the digits of text, which begins with ten bytes as of
// "2006-01-02", are those of a date of the last century or this.
func Date(text []byte) bool {
	b := text[:10]
	year := b[0] == '1' && b[1] == '9' || b[0] == '2' && b[1] == '0'
	return year && !(b[5] > '1' || b[5] == '1' && b[6] > '2' || b[8] > '3' || b[8] == '3' && b[9] > '1')
}

// alone are the digits of d in rows of marks and digits that have no marks, where
// all of the row lies in the word and does not begin where it is hot. x and y are
// the rows of the word before and here.
func alone(d, x, y, hot uint64) uint64 {
	first := d &^ (y<<1 | x>>63) &^ hot
	if last := bits.LeadingZeros64(^d); last > 0 {
		first &^= ^uint64(0) << (textscan.Block - last) // goes on in the next word
	}
	// Adding the first digit of a run to the run carries to the byte behind it.
	ends := (d + first) &^ d
	run := ends - first
	// Not those that a mark follows: they are filled back from their last digit.
	bad, in := ends&y>>1, run
	for k := 1; k < textscan.Block; k *= 2 {
		bad |= in & (bad >> k)
		in &= in >> k
	}
	return run &^ bad
}

// several reports whether bits are set in more than one row: for one it is as quick
// to look at it as to ask what stands before.
func several(m uint64) bool {
	m &^= m << 1
	return m&(m-1) != 0
}

func (c *Clusters) joins(gap []byte) bool {
	for _, b := range gap {
		if !c.marks.Has(b) {
			return false
		}
	}
	return true
}

// long are the bytes that stand in rows of at least six marks, or of twelve if there
// must be as many digits. x, y and z are the marks of the word before, here and of
// the one behind.
func (c *Clusters) long(x, y, z uint64) uint64 {
	// Where 2, then 4, then 6 marks in a row begin, in the word before and here.
	x2, y2, z2 := x&(x>>1|y<<63), y&(y>>1|z<<63), z&(z>>1)
	x4, y4, z4 := x2&(x2>>2|y2<<62), y2&(y2>>2|z2<<62), z2&(z2>>2)
	x6, y6 := x4&(x2>>4|y2<<60), y4&(y2>>4|z2<<60)
	if c.digits >= 12 {
		z6 := z4 & (z2 >> 4)
		x6, y6 = x6&(x6>>6|y6<<58), y6&(y6>>6|z6<<58)
		x6, y6 = x6|x6<<6, y6|y6<<6|x6>>58
	}
	// All of them.
	y2, x2 = y6|y6<<1|x6>>63, x6|x6<<1
	y4 = y2 | y2<<2 | x2>>62
	return y4 | y2<<4 | x2>>60
}

// Lettered calls fn with the place of every run of two digits or more that two
// letters stand before, directly or parted by one other byte, in order: where
// account numbers of ISO 13616 have their check digits. It allocates nothing.
func Lettered(ix *textscan.Index, fn func(start int)) {
	for w := 1; w <= ix.Blocks(); w++ {
		y := ix.Digit[w]
		if y == 0 {
			continue
		}
		m := y &^ (y<<1 | ix.Digit[w-1]>>63) & (y>>1 | ix.Digit[w+1]<<63)
		if m == 0 {
			continue
		}
		a, b := ix.Letter[w-1], ix.Letter[w]
		one, two, three := b<<1|a>>63, b<<2|a>>62, b<<3|a>>61
		for m &= two & (one | three); m != 0; m &= m - 1 {
			fn((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}
