package phone

import (
	"bytes"
	"math/bits"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// findRegions lists the regions whose national numbers are looked for: those
// that the part names, the detector's own, then guesses from the text itself.
func (s *scan) findRegions() {
	if s.asked {
		return
	}
	s.asked, s.nRegions = true, 0
	for _, id := range s.part.Regions {
		if at := regionOf(id); at >= 0 {
			s.add(int16(at))
		}
	}
	if s.nRegions == 0 {
		for _, at := range s.detector.regions {
			s.add(at)
		}
	}
	s.given = s.nRegions
	s.byNumbers()
	s.byDomains()
	s.byMarks()
	s.lengths = 0
	for k, at := range s.regions[:s.nRegions] {
		s.lengthsOf[k], s.startsOf[k] = dialled()[at], s.detector.startsOf(at)
		s.lengths |= s.lengthsOf[k]
	}
}

// startsOf is startsOf of the package, worked out once.
func (d *Detector) startsOf(at int16) *starts {
	t := d.starts[at].Load()
	if t == nil {
		t = startsOf(int(at))
		d.starts[at].Store(t)
	}
	return t
}

func (s *scan) add(at int16) {
	for _, have := range s.regions[:s.nRegions] {
		if have == at {
			return
		}
	}
	if s.nRegions < len(s.regions) {
		s.regions[s.nRegions] = at
		s.nRegions++
	}
}

// maxHints bounds how many places of a text are asked for a region.
const maxHints = 64

// byNumbers adds the regions of international numbers in the text.
func (s *scan) byNumbers() {
	for at, n := 0, 0; n < maxHints; n++ {
		i := bytes.IndexByte(s.text[at:], '+')
		if i < 0 {
			return
		}
		at += i + 1
		var buf [20]byte
		digits := buf[:0]
		for k := at; k < len(s.text) && k < at+24 && len(digits) < 15; k++ {
			if b := s.text[k]; textscan.ClassOf[b]&textscan.Digit != 0 {
				digits = append(digits, b)
			} else if b != ' ' && b != '-' && b != '(' && b != ')' && b != '.' && b != '/' {
				break
			}
		}
		code, cut := callingCode(digits)
		if code == 0 || code == 1 || len(digits) < 8 || mainRegion()[code] < 0 {
			if code == 1 && len(digits) >= 11 && walk(1, digits[1:11]).flags&valid != 0 {
				s.add(int16(regionOf("US")))
			}
			continue
		}
		for end := len(digits); end >= 8; end-- {
			if walk(code, digits[cut:end]).flags&valid != 0 {
				s.add(mainRegion()[code])
				break
			}
		}
	}
}

// byDomains adds the countries of mail and web addresses.
func (s *scan) byDomains() {
	for at, n := 0, 0; n < maxHints; n++ {
		i := bytes.IndexByte(s.text[at:], '@')
		if i < 0 {
			return
		}
		at += i + 1
		s.domainAt(at)
	}
	n := 0
	for w := 1; w <= s.ix.Blocks() && n < maxHints; w++ {
		x, y := s.ix.Letter[w-1], s.ix.Letter[w]
		for m := s.ix.Dot[w] & (y<<1 | x>>63) & (y<<2 | x>>62) & (y<<3 | x>>61); m != 0 && n < maxHints; m &= m - 1 {
			if i := (w-1)*textscan.Block + bits.TrailingZeros64(m); string(s.text[i-3:i]) == "www" {
				n++
				s.domainAt(i + 1)
			}
		}
	}
}

// domainAt adds the country of the top-level domain of the name at i.
func (s *scan) domainAt(i int) {
	end := i
	for end < len(s.text) && end < i+80 && (textscan.ClassOf[s.text[end]]&textscan.Alnum != 0 || s.text[end] == '.' || s.text[end] == '-') {
		end++
	}
	name := bytes.TrimRight(s.text[i:end], ".-")
	dot := bytes.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot != 3 {
		return
	}
	id := [2]byte{name[dot+1] &^ 0x20, name[dot+2] &^ 0x20}
	switch string(id[:]) {
	case "UK":
		id = [2]byte{'G', 'B'}
	case "IO", "AI", "TV", "ME", "CO", "FM", "LY", "TO", "GG", "SH", "IM", "CC", "WS", "VC", "LA", "AC":
		return // sold to everybody
	}
	if at := regionOf(string(id[:])); at >= 0 {
		s.add(int16(at))
	}
}

// marks are signs that stand for one country: its currency, or words of its addresses.
var marks = [...]struct {
	mark, region string
	before       int // bytes of it before the first one that is beyond ASCII, or "$"
}{
	{"£", "GB", 0}, {"zł", "PL", 1}, {"Kč", "CZ", 1}, {"R$", "BR", 1}, {"₹", "IN", 0}, {"₩", "KR", 0}, {"₽", "RU", 0}, {"₪", "IL", 0}, {"₺", "TR", 0}, {"₴", "UA", 0}, {"₫", "VN", 0}, {"฿", "TH", 0}, {"₱", "PH", 0},
}

// byMarks adds the regions of currencies and of scripts that one country writes.
func (s *scan) byMarks() {
	var seen uint32
	for at := 0; at < len(s.text); {
		i := bytes.IndexByte(s.text[at:], '$')
		if i < 0 {
			break
		}
		if at += i; textscan.Byte(s.text, at-1) == 'R' {
			seen = markAt(s.text, at)
			break
		}
		at++
	}
	for w := 1; w <= s.ix.Blocks(); w++ {
		for m := s.ix.High[w]; m != 0; m &= m - 1 {
			if i := (w-1)*textscan.Block + bits.TrailingZeros64(m); s.mayMark(i) {
				seen |= markAt(s.text, i)
			}
		}
	}
	for k, m := range marks {
		if seen>>k&1 != 0 {
			s.add(int16(regionOf(m.region)))
		}
	}
	if at := s.scriptRegion(); at != "" {
		s.add(int16(regionOf(at)))
	}
}

// mayMark tells quickly whether the first byte beyond ASCII of a mark stands at i.
func (s *scan) mayMark(i int) bool {
	before, next := textscan.Byte(s.text, i-1), textscan.Byte(s.text, i+1)
	switch s.text[i] { // others are not of a mark
	case 0xc2:
		return next == 0xa3
	case 0xc4, 0xc5:
		return before == 'K' || before == 'z'
	case 0xe0:
		return next == 0xb8
	case 0xe2:
		return next == 0x82
	}
	return false
}

// markAt tells which mark has its first byte beyond ASCII, or its "$", at text[i]:
// bit k for marks[k].
func markAt(text []byte, i int) uint32 {
	for k, m := range marks {
		from := i - m.before
		if from >= 0 && len(text)-from >= len(m.mark) && string(text[from:from+len(m.mark)]) == m.mark {
			return 1 << k
		}
	}
	return 0
}

// scriptRegion is the country whose language is written in a script that no
// other one uses, "" if none stands out in the first 4 KiB.
func (s *scan) scriptRegion() string {
	text := s.text[:min(len(s.text), 4<<10)]
	for w := 0; w*textscan.Block < len(text); w++ {
		if s.ix.High[w+1] != 0 {
			return scriptRegion(text[w*textscan.Block:])
		}
	}
	return ""
}

func scriptRegion(text []byte) string {
	var kana, hangul, han, greek, hebrew, thai, devanagari, georgian, armenian int
	for i, n := 0, 0; i < len(text); i += n {
		if text[i] < 0xcd { // of runes up to U+033F
			n = 1
			continue
		}
		var r rune
		switch r, n = utf8.DecodeRune(text[i:]); {
		case r < 0x370:
		case r < 0x400:
			greek++
		case r >= 0x530 && r < 0x590:
			armenian++
		case r >= 0x590 && r < 0x600:
			hebrew++
		case r >= 0x900 && r < 0x980:
			devanagari++
		case r >= 0xe00 && r < 0xe80:
			thai++
		case r >= 0x10a0 && r < 0x1100:
			georgian++
		case r >= 0x3040 && r < 0x3100:
			kana++
		case r >= 0x4e00 && r < 0xa000:
			han++
		case r >= 0xac00 && r < 0xd7b0:
			hangul++
		}
	}
	switch {
	case kana > 2:
		return "JP"
	case hangul > 1:
		return "KR"
	case han > 1:
		return "CN"
	case greek > 2:
		return "GR"
	case hebrew > 2:
		return "IL"
	case thai > 2:
		return "TH"
	case devanagari > 2:
		return "IN"
	case georgian > 2:
		return "GE"
	case armenian > 2:
		return "AM"
	}
	return ""
}
