package identity

import (
	"math/bits"
	"slices"

	"habeas/detectors/textscan"
)

// Most numbers of a text are none of ours. Which ones may be is decided in two
// steps. For 64 bytes at a time, words of bits say which digits are the first of a
// word of letters and digits, in a row that is long enough. Of these, a number goes
// on if a word for numbers of ours stands before it, or if its groups and letters
// are those of a number that needs no such word.

const (
	pieceWords = 64
	piece      = pieceWords * textscan.Block
)

// masks are the words of one piece of text, with one before and one after it.
type masks [pieceWords + 2]uint64

// classes say what stands where in a piece of text.
type classes struct {
	digit, letter, row masks
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

var (
	digitSet  = textscan.NewSet("0123456789", false)
	letterSet = textscan.NewSet(letters, false)
	wordSet   = textscan.NewSet("0123456789"+letters, true)
	markSet   = textscan.NewSet("-. /+", false)
)

// fill reads the piece of text at base and tells how many words it has: 0 if there
// are no digits in it.
func (c *classes) fill(text []byte, base int) int {
	lo, hi := max(base-textscan.Block, 0), min(base+piece+textscan.Block, len(text))
	words := (min(base+piece, len(text)) - base + textscan.Block - 1) / textscan.Block
	from := 0
	if lo == base {
		from = 1
	}
	read := func(m *masks, set *textscan.Set) {
		m[0], m[words+1] = 0, 0
		set.Mask(m[from:], text[lo:hi])
	}
	read(&c.digit, digitSet)
	var all uint64
	for _, w := range c.digit[1 : words+1] {
		all |= w
	}
	if all == 0 {
		return 0
	}
	var word, mark masks
	read(&c.letter, letterSet)
	read(&word, wordSet)
	read(&mark, markSet)
	c.rows(&word, &mark, words)
	return words
}

// rows makes c.row of what letters, digits and all beyond ASCII are joined by no
// more than one mark, or by a dot and a blank.
func (c *classes) rows(word, mark *masks, words int) {
	before := uint64(0)
	for w := range words + 2 {
		x, m, after := word[w], mark[w], uint64(0)
		if w <= words {
			after = word[w+1]
		}
		left, right := x<<1|before>>63, x>>1|after<<63
		two := m & left & (x>>2 | after<<62) &^ right
		c.row[w] = x | m&left&right | two | two<<1&m
		before = x
	}
}

// firsts are the digits in word w which are the first of a row of letters and
// digits that begins there or with letters, in a row that is long enough. carry is
// what the word before handed on.
func (c *classes) firsts(w int, carry uint64) (m, next uint64) {
	d, l := c.digit[w], c.letter[w]
	before := (d|l)<<1 | (c.digit[w-1]|c.letter[w-1])>>63
	// Adding the first letter of a row to the row carries to the digit behind it.
	sum, next := bits.Add64(l, l&^before, carry)
	if d == 0 {
		return 0, next
	}
	if m = d&^before | sum&^l&d; m == 0 {
		return 0, next
	}
	x, y, z := c.row[w-1], c.row[w], c.row[w+1]
	// Where 2, then 4, then 6 in a row begin, in the word before and here.
	x2, y2, z2 := x&(x>>1|y<<63), y&(y>>1|z<<63), z&(z>>1)
	x4, y4 := x2&(x2>>2|y2<<62), y2&(y2>>2|z2<<62)
	x6, y6 := x4&(x2>>4|y2<<60), y4&(y2>>4|z2<<60)
	// All six of them.
	y2, x2 = y6|y6<<1|x6>>63, x6|x6<<1
	y4 = y2 | y2<<2 | x2>>62
	return m & (y4 | y2<<4 | x2>>60), next
}

// years are the runs of four digits in word w.
func (c *classes) years(w int) uint64 {
	x, y, z := c.digit[w-1], c.digit[w], c.digit[w+1]
	return y &^ (y<<1 | x>>63) & (y>>1 | z<<63) & (y>>2 | z<<62) & (y>>3 | z<<61) &^ (y>>4 | z<<60)
}

// numbers looks at every number that may be one of ours, and at every year.
func (s *scan) numbers() {
	var c classes
	carry, yearsDone := uint64(0), 0
	for base := 0; base < len(s.text); base += piece {
		words := c.fill(s.text, base)
		if words == 0 {
			carry = 0
			continue
		}
		for w := 1; w <= words; w++ {
			var first uint64
			first, carry = c.firsts(w, carry)
			year := c.years(w)
			for m := first | year; m != 0; m &= m - 1 {
				k := bits.TrailingZeros64(m)
				i := base + (w-1)*textscan.Block + k
				if first>>k&1 != 0 && i >= s.done {
					s.number(&c, w, k, i)
				}
				if year>>k&1 != 0 && i >= yearsDone && (s.text[i] == '1' && s.text[i+1] == '9' || s.text[i] == '2' && s.text[i+1] == '0') {
					done := s.done
					s.done = yearsDone
					s.year(i)
					s.done, yearsDone = done, s.done
				}
			}
		}
	}
}

// number looks at the number of which bit k of word w, text[i], is the first digit.
func (s *scan) number(c *classes, w, k, i int) {
	const longest = 24 // letters and digits with nothing between them
	if run := bits.TrailingZeros64(^((c.digit[w] | c.letter[w]) >> k)); run > longest || k+run == textscan.Block && run+bits.TrailingZeros64(^(c.digit[w+1]|c.letter[w+1])) > longest {
		return // a hash, or encoded
	}
	n := bits.TrailingZeros64(^(c.digit[w] >> k))
	if k+n == textscan.Block {
		n += bits.TrailingZeros64(^c.digit[w+1])
	}
	from := i
	for from > i-8 && from > 0 && textscan.ClassOf[s.text[from-1]]&textscan.Letter != 0 {
		from--
	}
	if from > 0 && refused[s.text[from-1]] || n <= 3 && address(s.text, i, i+n) {
		return
	}
	switch {
	case n == 1 && s.text[i] == '0' && textscan.Byte(s.text, i+1)|0x20 == 'x':
		return // hexadecimal
	case !long(s.text, from):
		// Too short for a number, but perhaps a date.
		if s.dateLike(i, i+n) && dated(s.text, i, i+n) && s.hot(i) {
			s.at(from, i, i+n)
		}
	case s.shaped(from, i, i+n) || !endless(s.text, i+n) && s.hot(i):
		s.at(from, i, i+n)
	}
}

// endless reports whether more stands behind i without a blank than any number has.
func endless(text []byte, i int) bool {
	const most = 2 * maxChars
	stop := i + most
	if stop > len(text) {
		return false
	}
	for _, b := range text[i:stop] {
		if textscan.ClassOf[b]&textscan.Alnum == 0 && b != '/' && b != '+' && b != '-' && b != '.' {
			return false
		}
	}
	return true
}

// dated reports whether what begins with the run of digits text[start:end], which
// dateLike knows, may be all of a date: versions have other lengths.
func dated(text []byte, start, end int) bool {
	mark := textscan.Byte(text, end)
	if mark != '.' && mark != '-' && mark != '/' || !textscan.At(text, end+1, textscan.Digit) {
		return true
	}
	i := end + 2
	if textscan.At(text, i, textscan.Digit) {
		i++
	}
	if textscan.Byte(text, i) != mark {
		return true
	}
	n := textscan.SpanRight(text, i+1, 5, textscan.Digit) - i - 1
	return n == 2 || n == 4 || n == 1 && end-start == 4
}

// refused are the bytes before which edge never lets a number begin.
var refused = [256]bool{'_': true, '@': true, '%': true, '/': true, '+': true, '$': true}

var fillerSet = textscan.NewSet("<", false)

// fillers calls fn for every "<<", which returns where to go on.
func fillers(text []byte, fn func(i int) int) {
	var m [pieceWords + 1]uint64
	next := 0
	for base := 0; base < len(text); base += piece {
		part := text[base:min(base+piece+textscan.Block, len(text))]
		words := (len(part) + textscan.Block - 1) / textscan.Block
		clear(m[words:])
		fillerSet.Mask(m[:], part)
		for w, x := range m[:min(words, pieceWords)] {
			if x == 0 {
				continue
			}
			for x &= x>>1 | m[w+1]<<63; x != 0; x &= x - 1 {
				if i := base + w*textscan.Block + bits.TrailingZeros64(x); i >= next {
					next = fn(i)
				}
			}
		}
	}
}

// hot reports whether a word for numbers of ours may label one at start, or for
// dates of birth.
func (s *scan) hot(start int) bool {
	return s.tag != nil || s.words.Near(textscan.All, start) || s.tabular && s.headed(start) != 0
}

// headed are the lists of which a word stands in the heading of the column of start.
func (s *scan) headed(start int) uint32 {
	name := s.table.Heading(start)
	if len(name) == 0 {
		return 0
	}
	h := &s.headings[(uintptr(len(name))+uintptr(name[0]))%uintptr(len(s.headings))]
	if h.at != &name[0] || h.n != len(name) {
		*h = heading{at: &name[0], n: len(name)}
		for i, list := range lists {
			if _, ok := list.Before(name, len(name)); ok {
				h.lists |= 1 << i
			}
		}
	}
	return h.lists
}

// heading is the name of a column, and the lists of which a word stands in it.
type heading struct {
	at    *byte
	n     int
	lists uint32
}

// shaped tells quickly whether the number that begins at from, with the run of
// digits text[start:end] behind letters, may be one that needs no word before it.
func (s *scan) shaped(from, start, end int) bool {
	lead := s.lettersBefore(from)
	switch {
	case lead < from && from == start:
		return true // "A 12": a rare thing
	case from == start:
		return s.grouped(start, end)
	}
	return s.lettered(start-from, start) || lead < from && s.lettered(start-lead-1, start)
}

// grouped is shaped for a number that begins with digits.
func (s *scan) grouped(start, end int) bool {
	n := end - start
	if n > 8 {
		return n == 17 || n == 18 // China
	}
	switch b := textscan.Byte(s.text, end); {
	case b == '-' || b == '.' || b == '/' || b == '+':
		next := textscan.SpanRight(s.text, end+1, 10, textscan.Alnum) - end - 1
		switch {
		case next < 1 || next > 9:
			return false
		case n == 8 && textscan.At(s.text, end+1, textscan.Letter): // Spain
			return true
		case n <= 3 && next == 3: // Spain
			return s.shapes(end+5, uint32(n)<<4|3)
		}
		return n == 6 && next == 8 || known.pairs[n][next] && s.shapes(end+next+2, uint32(n)<<4|uint32(next))
	case b == ' ':
		next := textscan.SpanRight(s.text, end+1, 9, textscan.Alnum) - end - 1
		return n <= 3 && next == 3 || n == 6 && next == 8 || n == 8 && textscan.At(s.text, end+1, textscan.Letter)
	default:
		return n == 8 && textscan.ClassOf[b]&textscan.Letter != 0
	}
}

// shapes reports whether a row of groups with single marks between is one of those
// that need no word. shape is what is known of it, the size of each group in four
// bits; the next group begins at i, behind a mark.
func (s *scan) shapes(i int, shape uint32) bool {
	for textscan.At(s.text, i, textscan.Alnum) {
		if b := s.text[i-1]; b != '-' && b != '.' && b != '/' && b != '+' {
			break
		}
		end := textscan.SpanRight(s.text, i, 10, textscan.Alnum)
		if end-i > 9 || shape > 0xfffff {
			return false
		}
		shape, i = shape<<4|uint32(end-i), end+1
	}
	return slices.Contains(known.shapes, shape)
}

// lettered is shaped for a number of n letters and the digits from start on.
func (s *scan) lettered(n, start int) bool {
	want := 0
	switch n {
	case 1:
		want = 7 // Spain
	case 2, 4:
		want = 6 // Britain, Mexico
	case 6:
		want = 2 // Italy
	default:
		return false
	}
	digits := 0
	for i := start; i < len(s.text) && digits <= want; i++ {
		switch b := s.text[i]; {
		case b-'0' < 10:
			digits++
		case textscan.ClassOf[b]&textscan.Letter != 0:
			return digits == want
		case b != '-' && b != '.' && b != ' ' && b != '/' && b != '+':
			return false
		}
	}
	return false
}
