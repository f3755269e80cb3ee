package pdf

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// running is the text of a page as running text: lines end in one character, and
// words that a hyphen parts at the end of a line are whole again.
func running(s string) string {
	s = newLines.Replace(s)
	if !strings.ContainsAny(s, hyphens) {
		return s
	}
	var out strings.Builder
	for {
		i := strings.IndexAny(s, hyphens)
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		before, after := s[:i], s[i+n:]
		out.WriteString(before)
		if !parted(before, after) {
			out.WriteByte('-')
		}
		s = after
	}
}

var newLines = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\x00", "")

// hyphens are what PDFium has for a hyphen and the line end behind it.
const hyphens = "\ufffe\x02"

// parted reports whether a hyphen between the two only parts the letters of a
// word. In what may be an address or a number it is a sign of its own.
func parted(before, after string) bool {
	before = before[strings.LastIndexAny(before, " \n\t")+1:]
	if i := strings.IndexAny(after, " \n\t"); i >= 0 {
		after = after[:i]
	}
	last, _ := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(after)
	return unicode.IsLetter(last) && unicode.IsLower(first) &&
		!strings.ContainsAny(strings.TrimRight(before+after, ".,;:)"), "@/:._0123456789")
}
