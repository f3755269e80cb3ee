package phone

import (
	"bytes"

	"habeas/detectors/textscan"
)

const (
	// fieldAway is how far before or behind a number the field may reach that is
	// looked at for an address of mail, bytes.
	fieldAway = 80
	// fewestBeside and mostBeside are how many digits such a number may have.
	fewestBeside, mostBeside = 9, 11
)

// beside reports whether the text from start to end is a field of a list of people:
// a line whose fields are parted by commas, semicolons, tabs or bars, all of the
// field is this number with its trunk prefix, and the field next to it is an address
// of mail.
func (s *scan) beside(start, end int) bool {
	first := start
	if textscan.Byte(s.text, first) == '(' {
		first++
	}
	if textscan.Byte(s.text, first) != '0' || textscan.Byte(s.text, first+1) == '0' || s.heading(start) != nil {
		return false
	}
	for textscan.Byte(s.text, start-1) == ' ' {
		start--
	}
	for textscan.Byte(s.text, end) == ' ' {
		end++
	}
	before, after := s.edge(start-1), s.edge(end)
	if before == noEdge || after == noEdge {
		return false
	}
	return before == separator && isMail(lastField(s.text[max(0, start-1-fieldAway):start-1])) ||
		after == separator && isMail(firstField(s.text[end+1:min(len(s.text), end+1+fieldAway)]))
}

// edges of a field
const (
	noEdge = iota
	separator
	ofLine // or of the text
)

const separators = ",;\t|"

func (s *scan) edge(i int) int {
	switch {
	case i < 0 || i >= len(s.text) || s.text[i] == '\n' || s.text[i] == '\r':
		return ofLine
	case bytes.IndexByte([]byte(separators), s.text[i]) >= 0:
		return separator
	}
	return noEdge
}

func lastField(b []byte) []byte { return b[bytes.LastIndexAny(b, separators+"\n")+1:] }

func firstField(b []byte) []byte {
	if i := bytes.IndexAny(b, separators+"\r\n"); i >= 0 {
		return b[:i]
	}
	return b
}

// isMail tells roughly whether a field is an address of mail and nothing else.
func isMail(b []byte) bool {
	b = bytes.TrimSpace(b)
	at := bytes.IndexByte(b, '@')
	return at > 0 && bytes.IndexByte(b, ' ') < 0 && bytes.IndexByte(b[at:], '.') > 1 && bytes.IndexByte(b[at+1:], '@') < 0
}

// unplaced takes a number beside an address of mail that is valid, and grouped as
// usual, in some country: which one is not known.
func (s *scan) unplaced(c *chain, cand *candidate, digits []byte, e *evidence) bool {
	if len(digits) < fewestBeside || len(digits) > mostBeside || cand.from == cand.to || !s.beside(cand.start, cand.end) || e.against() {
		return false
	}
	for at := range regions {
		num, ok := national(int(regions[at].code), at, digits)
		if !ok || num.prefix != 1 {
			continue
		}
		if cand.num = num; s.fits(c, cand) {
			cand.num = number{}
			cand.num.set(digits)
			cand.rule, cand.conf = "beside-mail", 0.5
			cand.why = "the field next to an e-mail address, with the prefix and the groups of a telephone number; country not known"
			return true
		}
	}
	return false
}
