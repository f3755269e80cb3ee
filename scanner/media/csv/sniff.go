package csv

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// layout is how a table is written.
type layout struct {
	delim  byte
	start  int  // of the heading, or of the first row
	headed bool // a heading is there
}

// What a sample must show.
const (
	sampleRows  = 48 // rows of a sample that are looked at
	preamble    = 16 // lines that may stand before the heading
	nameLength  = 60 // runes of a heading
	nameWords   = 6  // of a heading
	rowLength   = 24 // headings that are taken for a table without a row, where they fill the sample
	firstRecord = 2  // rows that a table has at least, with the heading
)

// sniff tells how the table is written that sample begins; ok is false if it is
// none. whole says that sample is all of it.
func sniff(sample []byte, whole bool) (l layout, ok bool) {
	skip := 0
	if bytes.HasPrefix(sample, []byte("sep=")) && len(sample) > 5 && (sample[5] == '\n' || sample[5] == '\r') {
		// A line of Excel's that names the delimiter.
		skip = 6
		if sample[5] == '\r' && len(sample) > 6 && sample[6] == '\n' {
			skip++
		}
	}
	for _, delim := range []byte("\t;,|") {
		if skip > 0 && sample[4] != delim || bytes.IndexByte(sample, delim) < 0 {
			continue
		}
		s := sampled{text: sample[skip:]}
		s.read(delim, whole)
		if l, ok := s.judge(); ok {
			l.start += skip
			return l, true
		}
	}
	return l, false
}

// sampled is a sample split at one delimiter.
type sampled struct {
	text   []byte
	delim  byte
	rows   [][]value
	starts []int
	filled bool // one row fills all of it
}

func (s *sampled) read(delim byte, whole bool) {
	s.delim = delim
	r := rows{delim: delim, last: whole}
	for i := 0; i < len(s.text) && len(s.rows) < sampleRows; {
		end, done := r.next(s.text, i)
		if !done && len(s.rows) == 0 && !whole {
			r.values, s.filled = r.values[:len(r.values)-1], true
			done = len(r.values) >= rowLength
		}
		if !done {
			break
		}
		if len(r.values) > 1 || !r.values[0].empty() {
			s.rows = append(s.rows, append([]value(nil), r.values...))
			s.starts = append(s.starts, i)
		}
		i = end
	}
}

// judge finds the rows that are a table: those from the first one on that nearly
// all have the same number of values.
func (s *sampled) judge() (l layout, ok bool) {
	width := s.commonWidth()
	if width < 2 {
		return l, false
	}
	first, same := 0, 0
	for first < len(s.rows) && len(s.rows[first]) != width {
		first++
	}
	table := s.rows[first:]
	for _, row := range table {
		if len(row) == width {
			same++
		}
	}
	l = layout{delim: s.delim, start: s.starts[first]}
	switch {
	case first > preamble, same*5 < len(table)*4, first > 0 && (width < 3 || same < firstRecord+1):
		return l, false
	case s.filled:
		l.headed = true
		return l, s.heads(table[0])
	case same < firstRecord:
		return l, false
	}
	if s.heads(table[0]) {
		l.headed = true
		return l, s.parted(table, same)
	}
	return l, width >= 3 && same >= 3 && !s.spaced(table) && s.alike(table, width)
}

// commonWidth is the number of values that most rows have.
func (s *sampled) commonWidth() int {
	counts, best := map[int]int{}, 0
	for _, row := range s.rows {
		n := len(row)
		if counts[n]++; n > 1 && (best == 0 || counts[n] > counts[best]) {
			best = n
		}
	}
	return best
}

// heads reports whether a row is a heading: names, all of them.
func (s *sampled) heads(row []value) bool {
	blank := 0
	seen := map[string]bool{}
	for i, v := range row {
		name := v.of(s.text)
		if v.empty() {
			// The column of row numbers has no name in some exports, and a delimiter ends
			// the line in others.
			if blank++; blank > 1 || len(row) < 3 || i > 0 && i < len(row)-1 {
				return false
			}
			continue
		}
		if !isName(name) {
			return false
		}
		seen[string(name)] = true
	}
	return len(seen)*2 > len(row)-blank
}

// isName tells a heading from a value and from a piece of prose or code.
func isName(b []byte) bool {
	letters, digits, words, depth, inWord := 0, 0, 0, 0, false
	if utf8.RuneCount(b) > nameLength {
		return false
	}
	for _, r := range string(b) {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			letters++
			digits = 0
		case unicode.IsDigit(r):
			if digits++; digits > 4 {
				return false
			}
		case r == '(' || r == '[':
			depth++
		case r == ')' || r == ']':
			if depth--; depth < 0 {
				return false
			}
		case r == '@' || r == '{' || r == '}' || r == '<' || r == '>' || r == '=' || r == ';' || r == '"' || r == '!' || r == '\\' || r == '`':
			return false
		}
		if r == ' ' || r == '\n' {
			inWord = false
		} else if !inWord {
			inWord = true
			words++
		}
	}
	end := b[len(b)-1]
	return letters > 0 && depth == 0 && words <= nameWords && (end != '.' || words <= 2) && end != ':'
}

// parted tells a table with a heading from lines that have commas or the like by
// chance. Few columns, and blanks behind the delimiters, are signs of prose.
func (s *sampled) parted(table [][]value, same int) bool {
	width := len(table[0])
	words := 0
	for _, v := range table[0] {
		words += len(bytes.Fields(s.text[v.start:v.end]))
	}
	if s.spaced(table) {
		return width >= 3 && same >= 3 && words == width && s.plain(table)
	}
	if s.delim == ',' && width == 2 {
		return words <= 4 && s.plain(table)
	}
	return true
}

// spaced reports whether a blank stands behind most delimiters that are commas or
// semicolons.
func (s *sampled) spaced(table [][]value) bool {
	if s.delim != ',' && s.delim != ';' {
		return false
	}
	all, blanks := 0, 0
	for _, row := range table {
		for _, v := range row[1:] {
			i := v.start
			for i > 0 && s.text[i-1] != s.delim && s.text[i-1] != '"' {
				i--
			}
			all++
			if i < len(s.text) && s.text[i] == ' ' && !v.empty() {
				blanks++
			}
		}
	}
	return blanks*2 > all
}

// plain reports whether no value reads as the end of a sentence.
func (s *sampled) plain(table [][]value) bool {
	for _, row := range table {
		v := row[len(row)-1]
		if b := s.text[v.start:v.end]; len(b) > 0 && len(bytes.Fields(b)) > 1 && bytes.IndexByte([]byte(".!?"), b[len(b)-1]) >= 0 {
			return false
		}
	}
	return true
}

// alike reports whether at least half of the columns, and two of them, hold the
// same sort of value in every row, and not just words: so a table without a
// heading shows itself.
func (s *sampled) alike(table [][]value, width int) bool {
	same := 0
	for k := range width {
		sort, ok := byte(0), true
		for _, row := range table {
			if len(row) != width {
				continue
			}
			now := sortOf(s.text[row[k].start:row[k].end])
			if ok = sort == 0 || now == sort; !ok {
				break
			}
			sort = now
		}
		if ok && sort != 'w' && sort != '-' {
			same++
		}
	}
	return same >= 2 && same*2 >= width
}

// sortOf is what a value is made of: a number, a date or the like, an address, a
// word; "-" for nothing.
func sortOf(b []byte) byte {
	digits, letters := 0, 0
	for _, c := range b {
		switch {
		case c == '@':
			return '@'
		case c >= '0' && c <= '9':
			digits++
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf:
			letters++
		}
	}
	switch {
	case digits+letters == 0:
		return '-'
	case letters > digits:
		return 'w'
	}
	return '0'
}
