package network

import (
	"bytes"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// dashedMAC looks at "00-00-5e-00-53-01" of which text[dash] is the first dash.
func (s *scan) dashedMAC(dash int) {
	if dash < s.dashesTo || dash < 2 {
		return
	}
	s.dashesTo = dash + 15
	s.mac(dash-2, dash+15, '-')
}

// mac reports text[start:end] if it is six pairs with sep between and stands
// alone: more than six are a fingerprint or a dump.
func (s *scan) mac(start, end int, sep byte) bool {
	t := s.text
	if end-start != 17 || end > len(t) || start < 0 {
		return false
	}
	letters := false
	for i := start; i < end; i++ {
		switch {
		case (i-start)%3 == 2:
			if t[i] != sep {
				return false
			}
		case !textscan.Is(t[i], textscan.Hex):
			return false
		default:
			letters = letters || textscan.Is(t[i], textscan.Letter)
		}
	}
	return s.aloneMAC(start, end, letters)
}

// dottedMAC looks at "0000.5e00.5301" of which text[dot] is the first dot.
func (s *scan) dottedMAC(dot int) {
	t, start, end := s.text, dot-4, dot+10
	if dot < s.dottedTo || start < 0 || end > len(t) {
		return
	}
	letters, digits := false, 0
	for i := start; i < end; i++ {
		if i == dot || i == dot+5 {
			continue
		}
		if !textscan.Is(t[i], textscan.Hex) {
			return
		}
		if textscan.Is(t[i], textscan.Letter) {
			letters = true
		} else {
			digits++
		}
	}
	if digits < 2 { // "face.cafe.dead" are words
		return
	}
	s.dottedTo = end
	if b := textscan.Byte(t, start-1); b == '.' || b == '*' || b == '-' {
		return // weights of collation, columns of numbers
	}
	s.aloneMAC(start, end, letters)
}

func (s *scan) aloneMAC(start, end int, letters bool) bool {
	t := s.text
	if textscan.WordBefore(t, start) && !s.escaped(start) || textscan.WordAfter(t, end) || textscan.Byte(t, end) == '_' || textscan.Byte(t, start-1) == '_' {
		return false
	}
	if touchesMAC(textscan.Byte(t, end)) && textscan.At(t, end+1, textscan.Word) {
		return false
	}
	if touchesMAC(textscan.Byte(t, start-1)) && textscan.At(t, start-2, textscan.Hex) && !s.endsLabel(start-1) {
		return false
	}
	var octets [6]byte
	n := 0
	for _, b := range t[start:end] {
		if textscan.Is(b, textscan.Hex) {
			octets[n/2] = octets[n/2]<<4 | hexValue(b)
			n++
		}
	}
	if allEqual(octets[:]) && (octets[0] == 0 || octets[0] == 0xff) {
		return true // no device and all devices
	}
	f := detectors.Finding{Rule: "mac", Confidence: 0.85, Why: "six pairs of hexadecimal digits", Canonical: string(colonForm(octets))}
	label, labelled := s.labels.Within(macWord, start, 32)
	switch {
	case labelled && label.Gap <= 16:
		f.Confidence, f.Why = 0.95, f.Why+"; '"+label.Word+"' before"
	case !letters && t[end-3] == '-', !letters && end-start == 14:
		return true // dates, numbers of accounts and parts look the same
	case !letters:
		f.Confidence = 0.5
	}
	switch {
	case bytes.HasPrefix(octets[:], []byte{0x00, 0x00, 0x5e, 0x00, 0x53}), bytes.HasPrefix(octets[:], []byte{0x01, 0x00, 0x5e, 0x90, 0x10}):
		f.Dummy, f.Why = true, f.Why+"; kept for documentation (RFC 7042)"
	case octets[0]&2 != 0:
		f.Why += "; set by software, perhaps at random"
	}
	s.report(detectors.MAC, start, end, f)
	return true
}

// endsLabel reports whether the hexadecimal digits before text[i] end a longer
// word, as in "mac:", and are no pair.
func (s *scan) endsLabel(i int) bool {
	j := textscan.SpanLeft(s.text, i, 8, textscan.Alnum)
	for _, b := range s.text[j:i] {
		if !textscan.Is(b, textscan.Hex) {
			return !textscan.Is(b, textscan.Digit)
		}
	}
	return false
}

func touchesMAC(b byte) bool { return b == ':' || b == '-' || b == '.' }

func hexValue(b byte) byte {
	if textscan.Is(b, textscan.Digit) {
		return b - '0'
	}
	return textscan.Fold(b) - 'a' + 10
}

func allEqual(b []byte) bool { return bytes.Count(b, b[:1]) == len(b) }

func colonForm(octets [6]byte) []byte {
	out := make([]byte, 0, 17)
	for i, o := range octets {
		if i > 0 {
			out = append(out, ':')
		}
		out = append(out, "0123456789abcdef"[o>>4], "0123456789abcdef"[o&15])
	}
	return out
}
