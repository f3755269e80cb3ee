package identity

import (
	"habeas/detectors"
	"habeas/detectors/textscan"
)

// zones looks for machine-readable zones of ICAO Doc 9303: two lines of 44 (TD3,
// passports) or 36 characters (TD2), or three of 30 (TD1, cards). The anchor is
// the filler "<<".
func (s *scan) zones() {
	fillerSet.Rows(s.text, 2, func(i int) int {
		start, end := zoneLine(s.text, i)
		at := max(end, i+2)
		switch n := end - start; n {
		case 44, 36:
			second, stop := nextLine(s.text, end)
			if stop-second == n && (s.text[start] == 'P' || n == 36) && s.twoLines(s.text[start:end], s.text[second:stop], second) {
				at = stop
			}
		case 30:
			// In TD1 the names, with the filler, may be in the third line only.
			at = max(at, s.threeLines(start))
		}
		return at
	})
}

// zoneLine is the row of A-Z, 0-9 and < around i.
func zoneLine(text []byte, i int) (start, end int) {
	in := func(b byte) bool { return b == '<' || textscan.ClassOf[b]&(textscan.Upper|textscan.Digit) != 0 }
	for start = i; start > 0 && i-start < 64 && in(text[start-1]); start-- {
	}
	for end = i; end < len(text) && end-i < 64 && in(text[end]); end++ {
	}
	return start, end
}

// nextLine is the zone line after the one that ends at end.
func nextLine(text []byte, end int) (start, stop int) {
	i := end
	for i < len(text) && i < end+4 && (text[i] == '\r' || text[i] == '\n' || text[i] == ' ') {
		i++
	}
	if i == end || i == len(text) {
		return i, i
	}
	_, stop = zoneLine(text, i)
	return i, stop
}

// twoLines checks the lower line of TD2 and TD3, which are alike up to the date
// of expiry.
func (s *scan) twoLines(upper, lower []byte, at int) bool {
	if !checked(lower[:9], lower[9]) || !checked(lower[13:19], lower[19]) || !checked(lower[21:27], lower[27]) {
		return false
	}
	kind, rule := detectors.Passport, "mrz-td3"
	if len(upper) == 36 {
		rule = "mrz-td2"
		if upper[0] != 'P' {
			kind = detectors.NationalID
		}
	}
	s.zone(kind, rule, at, at+9)
	s.zoneBirth(at+13, at+19)
	return true
}

// threeLines checks TD1, of which the line at start may be any, and returns where
// the zone ends; 0 if it is none.
func (s *scan) threeLines(start int) int {
	for range 3 {
		end := start + 30
		if end > len(s.text) {
			return 0
		}
		second, stop := nextLine(s.text, end)
		first := s.text[start:end]
		if stop-second == 30 && (first[0] == 'I' || first[0] == 'A' || first[0] == 'C') && checked(first[5:14], first[14]) {
			lower := s.text[second:stop]
			if checked(lower[:6], lower[6]) && checked(lower[8:14], lower[14]) {
				s.zone(detectors.NationalID, "mrz-td1", start+5, start+14)
				s.zoneBirth(second, second+6)
				if third, last := nextLine(s.text, stop); last-third == 30 {
					stop = last
				}
				return stop
			}
		}
		// The line before.
		i := start
		for i > 0 && start-i < 3 && (s.text[i-1] == '\n' || s.text[i-1] == '\r') {
			i--
		}
		if i == start || i < 30 {
			return 0
		}
		if from, to := zoneLine(s.text, i-1); to-from != 30 {
			return 0
		}
		start = i - 30
	}
	return 0
}

func (s *scan) zone(kind detectors.Kind, rule string, start, end int) {
	for end > start && s.text[end-1] == '<' {
		end--
	}
	s.report(detectors.Finding{Kind: kind, Rule: rule, Confidence: 0.98, Why: "machine-readable zone with right check digits"}, start, end)
}

func (s *scan) zoneBirth(start, end int) {
	if s.text[start] <= '9' && yymmdd(s.text[start:end]) {
		s.report(detectors.Finding{Kind: detectors.DateOfBirth, Rule: "mrz", Confidence: 0.98, Why: "date of birth of a machine-readable zone with right check digits"}, start, end)
	}
}

// checked reports whether c is the check digit of b: Doc 9303-3, 4.9.
func checked(b []byte, c byte) bool {
	sum := 0
	for i, x := range b {
		v := 0
		switch {
		case x >= 'A':
			v = int(x-'A') + 10
		case x != '<':
			v = int(x - '0')
		}
		sum += v * [3]int{7, 3, 1}[i%3]
	}
	return c == '0'+byte(sum%10)
}
