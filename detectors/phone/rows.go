package phone

import (
	"math/bits"
	"unicode/utf8"

	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

// layout is a row of digits and marks, as bits: bit k stands for text[start+k].
type layout struct {
	start, end int
	digits     uint64
	gaps       uint64 // the other bytes
	single     uint64 // those gaps that are one byte
	mark, dot  uint64 // those of them that are one of -./+, and that are dots
}

// nothing tells quickly that a row of digits and marks holds no number: no '+' stands
// there, neither a word nor its column labels it, and it is neither grouped like a number nor as long as
// one. It is right where it says so. Most of the digits of logs and tables end here.
func (s *scan) nothing(r *textscan.Row) bool {
	size := r.End - r.Start
	if size > textscan.Block {
		return false
	}
	gaps := ^uint64(0) >> (textscan.Block - size) &^ r.Bits
	var before, after uint8
	if r.Start > 0 {
		before = edges[s.text[r.Start-1]]
	}
	if r.End < len(s.text) {
		after = edges[s.text[r.End]]
	}
	if before&plus != 0 && s.plusBefore(r.Start) >= 0 || after&bracket != 0 && s.bracketAfter(r.End) {
		return false
	}
	if gaps == 0 {
		return s.begins.Before(r.Start) == 0 && !s.tabular || s.noRun(r)
	}
	if s.ix.Window(s.ix.High, r.Start)&gaps != 0 {
		return false
	}
	h := layout{start: r.Start, end: r.End, digits: r.Bits, gaps: gaps}
	h.single = gaps & (r.Bits << 1) & (r.Bits >> 1)
	h.mark = s.ix.Window(s.ix.Mark, r.Start) & h.single
	h.dot = s.ix.Window(s.ix.Dot, r.Start) & h.single
	return s.noGroups(&h, r.Digits) && !s.mayBeLabelled(r.Start)
}

// What the bytes beside a row may be.
const (
	plus    = 1 << iota // a '+' of the number, or beside one
	bracket             // a bracket with a word in it, or before one
)

// edges are what bytes are beside a row.
var edges = func() (t [256]uint8) {
	for b := range t {
		switch {
		case b >= utf8.RuneSelf || b == '+':
			t[b] = plus
		case b == ' ' || b == '(':
			t[b] = plus | bracket
		case b == '[':
			t[b] = bracket
		}
	}
	return t
}()

// noRun is nothing for digits without marks between them, which only a word before
// them makes a number.
func (s *scan) noRun(r *textscan.Row) bool {
	if r.Digits > maxNational || !s.mayEnd(r.End) {
		return true
	}
	lead := s.leadAt(r.Start)
	if lead == refused {
		return true
	}
	if s.text[r.Start] == '0' && s.text[r.Start+1] <= '1' {
		return !s.hinted(r.Start) && !s.mayBeLabelled(r.Start)
	}
	if s.findRegions(); lead == free && s.lengths>>r.Digits&1 != 0 {
		if digits := s.text[r.Start:r.End]; s.validSomewhere(digits) && s.hinted(r.Start) {
			return false
		}
	}
	return !s.mayBeLabelled(r.Start)
}

// noGroups reports whether only a word directly before groups of n digits together,
// or the name of their column, could make a number of them.
func (s *scan) noGroups(h *layout, n int) bool {
	if h.decimal() || h.quad(s.text) || h.date(s.text) {
		return true
	}
	// Numbers with a prefix for calls abroad begin with 0, where a number may begin.
	begins := h.digits &^ (h.digits << 1)
	for m := begins &^ (h.mark << 1); m != 0; m &= m - 1 {
		if s.text[h.start+bits.TrailingZeros64(m)] == '0' {
			return false
		}
	}
	if h.has(s.text, '+') {
		return false
	}
	s.findRegions()
	if h.single != h.gaps || bits.OnesCount64(h.gaps) >= maxGroups {
		return s.lengths == 0 && !s.tabular // not surely one row of groups
	}
	switch {
	case s.lengths == 0:
		return true
	case n <= maxNational && s.lengths>>n&1 != 0 && (s.tabular || s.inPlan(h, n)) && s.leadAt(h.start) == free && s.mayEnd(h.end):
		return false // all of it may be a number
	case h.gaps != h.mark || h.has(s.text, '/'):
		return !s.hinted(h.start) // some of it
	}
	return true
}

// inPlan tells quickly whether the n digits of h may be a number of some region.
func (s *scan) inPlan(h *layout, n int) bool {
	var first [3]byte
	for k, m := 0, h.digits; k < len(first); k, m = k+1, m&(m-1) {
		first[k] = s.text[h.start+bits.TrailingZeros64(m)]
	}
	for k := range s.regions[:s.nRegions] {
		if s.lengthsOf[k]>>n&1 != 0 && s.startsOf[k].has(first, n) {
			return true
		}
	}
	return false
}

// decimal reports whether a point stands among the digits, after three at most.
func (h *layout) decimal() bool { return h.gaps == h.dot && h.gaps&(h.gaps-1) == 0 && h.gaps < 1<<4 }

// date reports whether the digits are those of "2006-01-02".
func (h *layout) date(text []byte) bool {
	return h.end-h.start == 10 && h.gaps == 1<<4|1<<7 && h.mark == h.gaps && text[h.start+4] == '-' && text[h.start+7] == '-' && digits.Date(text[h.start:])
}

// quad reports whether the groups are an address of IPv4.
func (h *layout) quad(text []byte) bool {
	if h.gaps != h.dot || bits.OnesCount64(h.gaps) != 3 {
		return false
	}
	if h.end-h.start-bits.Len64(h.gaps) > 3 {
		return false
	}
	value := 0
	for _, b := range text[h.start:h.end] {
		if b == '.' {
			value = 0
		} else if value = value*10 + int(b-'0'); value > 255 {
			return false
		}
	}
	return true
}

// has looks for a mark that is no dot.
func (h *layout) has(text []byte, mark byte) bool {
	for m := h.gaps &^ h.dot; m != 0; m &= m - 1 {
		if text[h.start+bits.TrailingZeros64(m)] == mark {
			return true
		}
	}
	return false
}
