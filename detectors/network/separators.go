package network

import (
	"math/bits"

	"habeas/detectors/textscan"
)

const (
	words = 64 // of one mask: 4 KiB of text, which stay in the first cache
	span  = words * textscan.Block
)

// mask has a word more than a piece of text, so that patterns which begin in the
// piece are seen to their end, and an empty one after that.
type mask [words + 2]uint64

// near gives out the bits of m which are followed by one of next at a distance of
// 2 to 4, or of 5 if far, and reports whether there are any.
func (m *mask) near(out, next *mask, n int, far bool) bool {
	found, five := uint64(0), uint64(0)
	if far {
		five = ^five
	}
	for w := range min(n, len(m)-1) {
		x := m[w]
		if x != 0 {
			a, b := next[w], next[w+1]
			x &= a>>2 | b<<62 | a>>3 | b<<61 | a>>4 | b<<60 | (a>>5|b<<59)&five
			found |= x
		}
		out[w] = x
	}
	return found != 0
}

// apart is near for the one distance of k, 1 to 63.
func (m *mask) apart(out, next *mask, n int, k uint) bool {
	found := uint64(0)
	for w := range min(n, len(m)-1) {
		x := m[w]
		if x != 0 {
			x &= next[w]>>(k&63) | next[w+1]<<((64-k)&63)
			found |= x
		}
		out[w] = x
	}
	return found != 0
}

func (s *scan) separators() {
	if len(s.text) <= textscan.Block && !mayHold(s.text) {
		return // most fields: they are not worth the masks
	}
	var m mask
	for base := 0; base < len(s.text); base += span {
		part := s.text[base:min(base+span+textscan.Block, len(s.text))]
		n := (len(part) + textscan.Block - 1) / textscan.Block
		s.fill(&m, s.d.dots, part, n)
		s.dotted(&m, base, n)
		s.fill(&m, s.d.colons, part, n)
		s.coloned(&m, base, n)
		s.fill(&m, s.d.dashes, part, n)
		s.dashed(&m, base, n)
	}
}

// mayHold reports whether text has the separators of an address at all.
func mayHold(text []byte) bool {
	dots, colons, dashes, double := 0, 0, 0, false
	for i, b := range text {
		switch b {
		case '.':
			dots++
		case '-':
			dashes++
		case ':':
			colons++
			double = double || i > 0 && text[i-1] == ':'
		}
	}
	return dots >= 2 || colons >= 5 || double || dashes >= 5
}

func (s *scan) fill(m *mask, set *textscan.Set, part []byte, n int) {
	set.Mask(m[:n], part)
	for w := n; w < len(m); w++ {
		m[w] = 0
	}
}

// dotted looks for "1.2.3.4" and "0012.3456.789a".
func (s *scan) dotted(m *mask, base, n int) {
	var two, three mask
	if m.near(&two, m, n, false) && m.near(&three, &two, n, false) {
		s.each(&three, base, n, s.ipv4)
	}
	if m.apart(&two, m, n, 5) {
		s.each(&two, base, n, s.dottedMAC)
	}
}

// coloned looks for IPv6 and for MAC addresses.
func (s *scan) coloned(m *mask, base, n int) {
	var a, b, double mask
	hasDouble := m.apart(&double, m, n, 1)
	chain := m.near(&a, m, n, true) && m.near(&b, &a, n, true) && m.near(&a, &b, n, true) && m.near(&b, &a, n, true)
	if !hasDouble && !chain {
		return
	}
	if chain {
		for w := range n {
			double[w] |= b[w]
		}
	}
	s.each(&double, base, n, s.colonGroup)
}

// dashed looks for MAC addresses.
func (s *scan) dashed(m *mask, base, n int) {
	var a, b mask
	if m.apart(&a, m, n, 3) && m.apart(&b, &a, n, 3) && m.apart(&a, &b, n, 3) && m.apart(&b, &a, n, 3) {
		s.each(&b, base, n, s.dashedMAC)
	}
}

// each calls fn for the bits of m that lie in the piece at base.
func (s *scan) each(m *mask, base, n int, fn func(i int)) {
	for w, bit := range m[:min(n, words)] {
		for ; bit != 0; bit &= bit - 1 {
			fn(base + w*textscan.Block + bits.TrailingZeros64(bit))
		}
	}
}
