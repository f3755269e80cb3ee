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

// shift is m moved down by k bits, as far as word w is concerned: bit i of it is
// bit i+k of m. k is 1 to 63.
func (m *mask) shift(w int, k uint) uint64 { return m[w]>>k | m[w+1]<<(64-k) }

// near has the bits of m which are followed by one of next at a distance of lo to
// hi.
func (m *mask) near(out, next *mask, n int, lo, hi uint) (any bool) {
	for w := range n {
		var some uint64
		if m[w] != 0 {
			for k := lo; k <= hi; k++ {
				some |= next.shift(w, k)
			}
		}
		out[w] = m[w] & some
		any = any || out[w] != 0
	}
	return any
}

func (s *scan) separators() {
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

func (s *scan) fill(m *mask, set *textscan.Set, part []byte, n int) {
	set.Mask(m[:n], part)
	for w := n; w < len(m); w++ {
		m[w] = 0
	}
}

// dotted looks for "1.2.3.4" and "0012.3456.789a".
func (s *scan) dotted(m *mask, base, n int) {
	var two, three mask
	if m.near(&two, m, n, 2, 4) && m.near(&three, &two, n, 2, 4) {
		s.each(&three, base, n, s.ipv4)
	}
	if m.near(&two, m, n, 5, 5) {
		s.each(&two, base, n, s.dottedMAC)
	}
}

// coloned looks for IPv6 and for MAC addresses.
func (s *scan) coloned(m *mask, base, n int) {
	var a, b, double mask
	hasDouble := m.near(&double, m, n, 1, 1)
	chain := m.near(&a, m, n, 2, 5) && m.near(&b, &a, n, 2, 5) && m.near(&a, &b, n, 2, 5) && m.near(&b, &a, n, 2, 5)
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
	if m.near(&a, m, n, 3, 3) && m.near(&b, &a, n, 3, 3) && m.near(&a, &b, n, 3, 3) && m.near(&b, &a, n, 3, 3) {
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
