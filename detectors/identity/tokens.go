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
// are those of a number that needs no such word (shapes.go).

var refusedSet = textscan.NewSet("_@%/+$", false)

// classes say what stands where in a text.
type classes struct{ *textscan.Index }

// edges are what the words before one hand on to it.
type edges struct {
	alnum, digit, stop uint64 // of the word before
	carry              uint64
}

// after gives the edges behind word w, which has no digit. What letters before it do
// does not matter: no number begins with so many.
func (c classes) after(w int) edges {
	l := c.Letter[w]
	stop := l | c.Joint[w] | c.Dot[w]&(l<<1)
	_, carry := bits.Add64(l, l&^(stop<<1), 0)
	return edges{l, 0, stop, carry}
}

// firsts are the digits in word w which are the first of a row of letters and
// digits that begins there (plain) or with letters (lettered), where a number may
// begin, and where what is written like one goes on for long enough.
func (c classes) firsts(w int, e *edges) (plain, lettered uint64) {
	d, l := c.Digit[w], c.Letter[w]
	a := d | l
	// What a number can't follow at once. A dash behind letters may belong to it.
	stop := a | c.Joint[w] | c.Dot[w]&(a<<1|e.alnum>>63) | c.Dash[w]&(d<<1|e.digit>>63)
	before := stop<<1 | e.stop>>63
	// Adding the first letter of a row to the row carries to the digit behind it.
	sum, next := bits.Add64(l, l&^before, e.carry)
	*e = edges{a, d, stop, next}
	plain, lettered = d&^before, sum&^l&d
	if plain|lettered == 0 {
		return 0, 0
	}
	here := c.row(w)
	if lettered != 0 {
		x := c.row(w - 1)
		// All six of them, not only the first.
		x2, y2 := x|x<<1, here|here<<1|x>>63
		x4, y4 := x2|x2<<2, y2|y2<<2|x2>>62
		lettered &= y4 | y2<<4 | x2>>60 | x4>>62
	}
	return plain & here, lettered // neither a number nor a date is shorter
}

// row are the bytes in word w from which six of those that numbers and dates are
// written with stand in a row.
func (c classes) row(w int) uint64 {
	x := c.Digit[w] | c.Letter[w] | c.High[w] | c.Mark[w] | c.Space[w]
	y := uint64(0)
	if w <= c.Blocks() {
		y = c.Digit[w+1] | c.Letter[w+1] | c.High[w+1] | c.Mark[w+1] | c.Space[w+1]
	}
	x2, y2 := x&(x>>1|y<<63), y&(y>>1)
	return x2 & (x2>>2 | y2<<62) & (x2>>4 | y2<<60)
}

// years are the runs of four digits in word w.
func (c classes) years(w int) uint64 {
	d := pair{c.Digit[w], c.Digit[w+1]}
	four := d.at(0) & d.at(1)
	if four == 0 {
		return 0
	}
	return four &^ (d.a<<1 | c.Digit[w-1]>>63) & d.at(2) & d.at(3) &^ d.at(4)
}

// endless are the bytes in word w that 32 letters, digits, and marks begin at, which
// no number has without a blank: those of what is encoded, and of long names.
func (c classes) endless(w int) uint64 {
	x := c.Digit[w] | c.Letter[w] | c.Mark[w]
	x2 := x & (x >> 1)
	x4 := x2 & (x2 >> 2)
	x8 := x4 & (x4 >> 4)
	y := c.Digit[w+1] | c.Letter[w+1] | c.Mark[w+1]
	if x8&(x8>>8) == 0 && (x>>63&y == 0 || x8>>56 == 0) {
		return 0 // no 16 of them: nearly always
	}
	y2 := y & (y >> 1)
	y4 := y2 & (y2 >> 2)
	y8 := y4 & (y4 >> 4)
	y16 := y8 & (y8 >> 8)
	x2 = x & (x>>1 | y<<63)
	x4 = x2 & (x2>>2 | y2<<62)
	x8 = x4 & (x4>>4 | y4<<60)
	x16 := x8 & (x8>>8 | y8<<56)
	return x16 & (x16>>16 | y16<<48)
}

// pair is a word of a mask and the one behind it.
type pair struct{ a, b uint64 }

// at gives the bits of bytes k places, 0 to 63, behind those of the word.
func (p pair) at(k int) uint64 { return p.a>>(k&63) | p.b<<1<<(^k&63) }

// numbers looks at every number that may be one of ours, and at every year.
func (s *scan) numbers() {
	c, e, yearsDone := classes{s.ix}, edges{}, 0
	named := s.tag != nil || s.tabular // words for numbers may stand elsewhere
	last := 0                          // word that e speaks of
	for w := 1; w <= c.Blocks(); w++ {
		if c.Digit[w] == 0 {
			continue
		}
		if last != w-1 {
			e = c.after(w - 1)
		}
		last = w
		plain, lettered := c.firsts(w, &e)
		first, at := plain|lettered, (w-1)*textscan.Block
		year := c.years(w)
		if first|year == 0 {
			continue
		}
		if first != 0 {
			first &^= c.endless(w)
			first = s.decimal(c, w, first)
			if first != 0 && !named {
				first = s.few(c, w, first, plain)
			}
		}
		for m := first | year; m != 0; m &= m - 1 {
			k := bits.TrailingZeros64(m)
			i := at + k
			if first>>k&1 != 0 && i >= s.done {
				s.number(c, w, k, i)
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

// few are those of the first digits in word w that a word for numbers of ours may
// stand before, or that begin a number which needs none.
func (s *scan) few(c classes, w int, first, plain uint64) (out uint64) {
	at := (w - 1) * textscan.Block
	if first&(first-1) == 0 { // words are read for it alone
		k := bits.TrailingZeros64(first)
		if first&plain != 0 && !s.long(at+k) {
			return 0
		}
		if !c.unnamed(w, k, plain) && !s.words.Near(textscan.All, at+k) {
			return 0
		}
		return first
	}
	out = first & s.words.Hot(textscan.All, at)
	for m := first &^ out; m != 0; m &= m - 1 {
		if k := bits.TrailingZeros64(m); c.unnamed(w, k, plain) {
			out |= 1 << k
		}
	}
	return out
}

// long reports whether what begins with the digit text[i] is long enough for a number,
// or may be a date.
func (s *scan) long(i int) bool {
	if long(s.text, i) {
		return true
	}
	end := textscan.SpanRight(s.text, i, minLen, textscan.Digit)
	return s.dateLike(i, end) && dated(s.text, i, end)
}

// decimal is first, digits in word w, without those that begin a hexadecimal number.
func (s *scan) decimal(c classes, w int, first uint64) uint64 {
	for m := first & (c.Letter[w]>>1 | c.Letter[w+1]<<63); m != 0; m &= m - 1 {
		if i := (w-1)*textscan.Block + bits.TrailingZeros64(m); s.text[i] == '0' && s.text[i+1]|0x20 == 'x' {
			first &^= m & -m
		}
	}
	return first
}

// number looks at the number of which bit k of word w, text[i], is the first digit.
func (s *scan) number(c classes, w, k, i int) {
	const longest = 24 // letters and digits with nothing between them
	if run := bits.TrailingZeros64(^((c.Digit[w] | c.Letter[w]) >> k)); run > longest || k+run == textscan.Block && run+bits.TrailingZeros64(^(c.Digit[w+1]|c.Letter[w+1])) > longest {
		return // a hash, or encoded
	}
	n := bits.TrailingZeros64(^(c.Digit[w] >> k))
	if k+n == textscan.Block {
		n += bits.TrailingZeros64(^c.Digit[w+1])
	}
	from := i
	for from > i-8 && from > 0 && textscan.ClassOf[s.text[from-1]]&textscan.Letter != 0 {
		from--
	}
	if n <= 3 && address(s.text, i, i+n) {
		return
	}
	switch {
	case !long(s.text, from):
		// Too short for a number, but perhaps a date.
		if s.dateLike(i, i+n) && dated(s.text, i, i+n) && s.hot(i) {
			s.at(from, i, i+n)
		}
	case s.shaped(from, i, i+n) || s.hot(i):
		s.at(from, i, i+n)
	}
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

var fillerSet = textscan.NewSet("<", false)

// hot reports whether a word for numbers of ours may label one at start, or for
// dates of birth.
func (s *scan) hot(start int) bool {
	return s.tag != nil || s.words.Near(textscan.All, start) || s.tabular && s.headed(start) != 0
}

// headed are the lists of which a word stands in the heading of the column of start.
func (s *scan) headed(start int) uint32 {
	if h := s.heading(start); h != nil {
		return h.lists
	}
	return 0
}

// heading is what is known of the heading of the column of start, nil if it has none.
func (s *scan) heading(start int) *heading {
	name := s.table.Column(start)
	if len(name) == 0 {
		return nil
	}
	h, ok := s.headings.Of(name)
	if !ok {
		name = s.table.Heading(start)
		h.none = len(name) == 0
		for i, list := range lists {
			if _, ok := list.Before(name, len(name)); ok {
				h.lists |= 1 << i
			}
		}
	}
	if h.none {
		return nil
	}
	return h
}

// heading is what is known of a column.
type heading struct {
	lists uint32 // of which a word stands in its heading
	none  bool   // it has no heading

	// What inHeading said last, and for which list.
	asked uint32
	word  string
	has   bool
}

// shaped tells quickly whether the number that begins at from, with the run of
// digits text[start:end] behind letters, may be one that needs no word before it.
func (s *scan) shaped(from, start, end int) bool {
	lead := s.lettersBefore(from, false)
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
