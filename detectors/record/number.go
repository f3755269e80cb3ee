package record

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
)

// phone reports what stands under a heading for telephone numbers and is made as
// they are, though no plan may know it: numbers of unknown countries, without
// their prefix. Where the detector of phones knows better, its finding holds.
func (s *scan) phone(f *entry) {
	v := s.value(f.Cell)
	if len(v) > 40 || field.Blank(v) {
		return
	}
	digits, marks := 0, 0
	for i, r := range v {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, r == ' ', r == '(', r == ')', r == '-', r == '.', r == '/', r == '\u00a0':
			marks++
		default:
			return
		}
	}
	if digits < 6 || digits > 15 || marks > digits || looksLikeDate(v) || strings.Count(v, ".") == 1 && marks == 1 {
		return
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.Phone, Value: v, Confidence: 0.55, Rule: "phone-column", Why: "the column for a telephone number; its country is not known"})
}

// looksLikeDate: 2024-01-31, 31.01.2024.
func looksLikeDate(v string) bool {
	for _, sep := range []string{"-", ".", "/"} {
		p := strings.Split(v, sep)
		if len(p) == 3 && (len(p[0]) == 4 && len(p[1]) == 2 && len(p[2]) == 2 || len(p[0]) <= 2 && len(p[1]) == 2 && len(p[2]) == 4 && sep != "-") {
			return true
		}
	}
	return false
}

// userAgent reports the name that a program gives itself.
func (s *scan) userAgent(f *entry) {
	v := s.value(f.Cell)
	if len(v) < 5 || len(v) > 1024 || field.Blank(v) || !hasLetter(v) || !strings.ContainsAny(v, "/ ") {
		return
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.UserAgent, Value: v, Confidence: 0.85, Rule: "user-agent-column", Why: "the column for the user agent"})
}

// cookie reports an identifier of a browser, a session or a device.
func (s *scan) cookie(f *entry) {
	v := s.value(f.Cell)
	if len(v) < 8 || len(v) > 512 || field.Blank(v) || strings.ContainsAny(v, " ,;<>{}") || looksLikeDate(v) {
		return
	}
	digits, letters := strings.ContainsAny(v, "0123456789"), hasLetter(v)
	if !digits || !letters && len(v) < 12 {
		return
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.CookieID, Value: v, Confidence: 0.7, Rule: "id-column", Why: "the column for an identifier of a session, a browser or a device"})
}

// serial reports the serial number of a device.
func (s *scan) serial(f *entry) {
	v := s.value(f.Cell)
	if len(v) < 6 || len(v) > 40 || field.Blank(v) || !strings.ContainsAny(v, "0123456789") || strings.ContainsAny(v, " ,;<>{}@") {
		return
	}
	confidence := 0.5
	if s.person > 0 || len(v) == 15 && allDigits(v) {
		confidence = 0.7
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.DeviceSerial, Value: v, Confidence: confidence, Rule: "serial-column", Why: "the column for the serial number of a device"})
}
