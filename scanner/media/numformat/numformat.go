// Package numformat shows the numbers in the cells of Excel's workbooks as a person
// sees them, as far as that makes them personal data: dates, which are stored as a
// count of days, and numbers whose format gives them leading zeros, blanks, dashes
// and brackets, as those for telephone numbers, post codes and social security do
// (ECMA-376 part 1, 18.8.30 and 18.17.4.1). All others are written out in full.
package numformat

import (
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxCode is the length of the longest format that Excel takes, characters.
	maxCode = 255
	// maxPlaces is how many digits a number has that is told apart from others.
	maxPlaces = 15
	// lastDay is the day after the last one of Excel's, 9999-12-31.
	lastDay = 2_958_466
	// exact is from where on numbers are no longer written out in full.
	exact = 1e21
)

// Format is how a cell shows a number. The zero value is Excel's "General". It may
// be used from many goroutines.
type Format struct {
	date  bool
	masks []mask // the first whose condition holds is used
}

// mask is a section of a format with nothing but places for digits and other
// characters.
type mask struct {
	under float64 // numbers below, or up to it, are shown by this one; 0 for any
	upTo  bool
	over  float64 // and those above, or from it on
	from  bool
	runes []rune // a place is '0' or '#' with its bit in place
	place uint64 // bits of runes that are places
}

// Builtin is the format with this number, of those that files need not spell out.
func Builtin(id int) Format {
	return Format{date: id >= 14 && id <= 17 || id == 22 || id >= 27 && id <= 36 || id >= 50 && id <= 58}
}

// Parse reads a format. What it does not know is General.
func Parse(code string) Format {
	if len(code) > 4*maxCode {
		return Format{}
	}
	if isDate(code) {
		return Format{date: true}
	}
	var f Format
	for i, s := range sections(code) {
		m, ok := parseMask(s)
		if !ok || i >= 2 {
			break // of negative numbers, zero and text
		}
		f.masks = append(f.masks, m)
		if m.under == 0 && m.over == 0 {
			break
		}
	}
	return f
}

// isDate tells formats with a day or a year from those of numbers and of times of
// the day.
func isDate(code string) bool {
	quoted, bracket, escaped := false, false, false
	for _, r := range strings.ToLower(code) {
		switch {
		case escaped:
			escaped = false
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\\' || r == '_' || r == '*':
			escaped = true
		case r == '[' || r == ']':
			bracket = r == '['
		case !bracket && (r == 'd' || r == 'y'):
			return true
		}
	}
	return false
}

// sections parts a format at its semicolons.
func sections(code string) (all []string) {
	quoted, escaped, start := false, false, 0
	for i, r := range code {
		switch {
		case escaped:
			escaped = false
		case r == '"':
			quoted = !quoted
		case quoted:
		case r == '\\':
			escaped = true
		case r == ';':
			all = append(all, code[start:i])
			start = i + 1
		}
	}
	return append(all, code[start:])
}

// parseMask reads one section; false if it is more than a mask, or less.
func parseMask(s string) (m mask, ok bool) {
	places, others, zeros := 0, 0, 0
	literal := func(r rune) {
		m.runes = append(m.runes, r)
		others++
	}
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		s = s[n:]
		switch r {
		case '[':
			inner, rest, found := strings.Cut(s, "]")
			if !found || !m.bracket(inner) {
				return m, false
			}
			s = rest
		case '"':
			inner, rest, found := strings.Cut(s, `"`)
			if !found {
				return m, false
			}
			for _, r := range inner {
				literal(r)
			}
			s = rest
		case '\\':
			if r, n = utf8.DecodeRuneInString(s); n > 0 {
				literal(r)
				s = s[n:]
			}
		case '_', '*':
			_, n = utf8.DecodeRuneInString(s)
			s = s[n:]
		case '0', '#', '?':
			if len(m.runes) >= 64 {
				return m, false
			}
			m.place |= 1 << len(m.runes)
			m.runes = append(m.runes, r)
			places++
			if r == '0' {
				zeros++
			}
		case ' ', '-', '(', ')', '/', ':', '+', '|':
			literal(r)
		default:
			return m, false // a decimal, groups of thousands, percent, General, text
		}
		if len(m.runes) > 64 {
			return m, false
		}
	}
	return m, places > 0 && places <= maxPlaces && (others > 0 || zeros > 1)
}

// bracket reads what stands in brackets: a condition, or a colour or a language,
// which say nothing of the number. It is false for others.
func (m *mask) bracket(s string) bool {
	switch {
	case s == "":
		return false
	case s[0] == '$':
		return strings.HasPrefix(s, "$-") // others are currencies
	case s[0] != '<' && s[0] != '>' && s[0] != '=':
		return s[0]|0x20 != 'h' && s[0]|0x20 != 'm' && s[0]|0x20 != 's' // elapsed time
	}
	number := strings.TrimLeft(s, "<>=")
	limit, err := strconv.ParseFloat(number, 64)
	if err != nil || limit <= 0 {
		return false
	}
	switch s[:len(s)-len(number)] {
	case "<":
		m.under = limit
	case "<=":
		m.under, m.upTo = limit, true
	case ">":
		m.over = limit
	case ">=":
		m.over, m.from = limit, true
	default:
		return false
	}
	return true
}

// Show writes n as the format shows it. Workbooks count days from the end of 1899,
// or from 1904 on.
func (f Format) Show(n float64, from1904 bool) string {
	if f.date && n >= 1 && n < lastDay {
		return day(n, from1904)
	}
	if n >= 0 && n < 1e15 && n == math.Trunc(n) {
		for i := range f.masks {
			if f.masks[i].holds(n) {
				return f.masks[i].show(strconv.FormatFloat(n, 'f', -1, 64))
			}
		}
	}
	if math.Abs(n) < exact {
		return strconv.FormatFloat(n, 'f', -1, 64)
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}

func (m *mask) holds(n float64) bool {
	return (m.under == 0 || n < m.under || m.upTo && n == m.under) && (m.over == 0 || n > m.over || m.from && n == m.over)
}

// show puts digits into the places, from the last on. The first place takes what is
// left over.
func (m *mask) show(digits string) string {
	var back []rune
	left := len(digits)
	for i := len(m.runes) - 1; i >= 0; i-- {
		switch {
		case m.place>>i&1 == 0:
			back = append(back, m.runes[i])
			continue
		case left > 0:
			left--
			back = append(back, rune(digits[left]))
		case m.runes[i] == '0':
			back = append(back, '0')
		}
		if m.place&(1<<i-1) == 0 { // the first
			for ; left > 0; left-- {
				back = append(back, rune(digits[left-1]))
			}
		}
	}
	var b strings.Builder
	for i := len(back) - 1; i >= 0; i-- {
		b.WriteRune(back[i])
	}
	return strings.TrimSpace(b.String())
}

// day is the date of a serial number: days since the end of 1899, with a
// 29 February 1900 that never was, or since 1904.
func day(n float64, from1904 bool) string {
	days := int(n)
	start := time.Date(1899, 12, 31, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		start = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days >= 60:
		days--
	}
	return start.AddDate(0, 0, days).Format(time.DateOnly)
}
