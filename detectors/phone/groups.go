package phone

import (
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// group is a run of digits.
type group struct {
	start, end int
	gap        gap // before it
}

// gap is what parts two groups.
type gap uint8

const (
	none   gap = iota
	spaced     // a blank, or a bracket, beside other marks perhaps
	dashed     // - or another hyphen, nothing else
	dotted
	slashed
)

// chain is a row of groups that may belong to one number.
type chain struct {
	groups [maxGroups]group
	n      int
	plus   int  // where a '+' before the first group stands, or -1
	cut    bool // digits of the same cluster stand before it, without a break between
}

// cluster splits text[first:last], which begins and ends with a digit, into
// chains and looks at each.
func (s *scan) cluster(first, last int) {
	c, text := &s.row, s.text[:last]
	c.n, c.plus, c.cut = 0, s.plusBefore(first), false
	for i := first; i < len(text); {
		g := group{start: i}
		for i < len(text) && text[i]-'0' < 10 {
			i++
		}
		g.end = i
		var plus int
		if c.n > 0 {
			g.gap, plus = s.gapOf(c.groups[c.n-1].end, g.start)
			if g.gap == none || plus >= 0 || c.n == maxGroups {
				s.chain(c)
				c.n, c.plus, c.cut = 0, plus, g.gap != none && plus < 0
				g.gap = none
			}
		}
		c.groups[c.n] = g
		c.n++
		for i < len(text) && text[i]-'0' >= 10 {
			i++
		}
	}
	s.chain(c)
}

// plusBefore is where the '+' of a number whose digits begin at i stands, or -1.
func (s *scan) plusBefore(i int) int {
	if i == 0 {
		return -1
	}
	if b := s.text[i-1]; b != '+' && b != '(' && b != ' ' && b < utf8.RuneSelf {
		return -1 // nearly always
	}
	if textscan.Byte(s.text, i-1) == '(' || textscan.Byte(s.text, i-1) == ' ' && textscan.Byte(s.text, i-2) == '+' {
		i--
	}
	if textscan.Byte(s.text, i-1) == '+' {
		return i - 1
	}
	const wide = "\uff0b"
	if i >= len(wide) && string(s.text[i-len(wide):i]) == wide {
		return i - len(wide)
	}
	return -1
}

// gapOf says what text[from:to] parts, and where a '+' in it stands, or -1.
func (s *scan) gapOf(from, to int) (g gap, plus int) {
	var blanks, marks, brackets int
	mark := none
	plus = s.plusBefore(to)
	if to-from == 1 { // nearly always
		switch s.text[from] {
		case ' ', '(', ')':
			return spaced, plus
		case '-':
			return dashed, plus
		case '.':
			return dotted, plus
		case '/':
			return slashed, plus
		}
	}
	for i := from; i < to; {
		b := s.text[i]
		n := 1
		switch {
		case b == ' ':
			blanks++
		case b == '-':
			marks, mark = marks+1, dashed
		case b == '.':
			marks, mark = marks+1, dotted
		case b == '/':
			marks, mark = marks+1, slashed
		case b == '(' || b == ')':
			brackets++
		case b == '+' && plus >= 0:
		case b >= utf8.RuneSelf:
			var r rune
			r, n = utf8.DecodeRune(s.text[i:])
			switch r {
			case 0xa0, 0x202f, 0x2009, 0x2007, 0x3000:
				blanks++
			case 0x2010, 0x2011, 0x2012, 0x2013, 0x2212, 0xff0d:
				marks, mark = marks+1, dashed
			case 0x2060, 0xad, 0xff0b:
			default:
				return none, plus
			}
		default:
			return none, plus
		}
		i += n
	}
	switch {
	case marks > 1 || blanks > 2 || brackets > 2 || marks == 0 && blanks > 1 && brackets == 0:
		return none, plus
	case marks == 1 && blanks == 1 && brackets == 0 && mark != slashed:
		return none, plus // the end of a sentence, or a dash before the next item
	case blanks+brackets > 0 || mark == none:
		return spaced, plus
	}
	return mark, plus
}

// parted reports whether a number may begin or end within the chain.
func (c *chain) parted() bool {
	for _, g := range c.groups[1:c.n] {
		if g.gap == spaced || g.gap == slashed {
			return true
		}
	}
	return false
}

// take copies the digits of groups[i:] up to limit and tells how many there are
// up to the end of each group.
func (c *chain) take(text []byte, i, limit int, digits []byte, ends []int) (all []byte, n int) {
	for ; i+n < c.n && n < len(ends); n++ {
		g := &c.groups[i+n]
		if len(digits)+g.end-g.start > limit {
			break
		}
		digits = append(digits, text[g.start:g.end]...)
		ends[n] = len(digits)
	}
	return digits, n
}
