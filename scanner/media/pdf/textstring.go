package pdf

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// decode gives a text string as UTF-8 (7.9.2.2): UTF-16 or UTF-8 by its mark,
// else PDFDocEncoding. Many writers put UTF-8 without a mark, which hardly any
// other text is by chance. Language escapes and control characters go.
func (t text) decode() string {
	s := string(t)
	switch {
	case strings.HasPrefix(s, "\xfe\xff"):
		s = fromUTF16(s[2:], 0)
	case strings.HasPrefix(s, "\xff\xfe"):
		s = fromUTF16(s[2:], 1)
	case strings.HasPrefix(s, "\xef\xbb\xbf"):
		s = strings.ToValidUTF8(s[3:], "\uFFFD")
	case !utf8.ValidString(s) || hasControl(s):
		s = fromDoc(s)
	}
	if strings.ContainsRune(s, 0x1b) {
		s = withoutEscapes(s)
	}
	return strings.TrimRight(strings.Map(visible, s), "\x00 \t\r\n")
}

func visible(r rune) rune {
	if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0x7f {
		return -1
	}
	return r
}

// withoutEscapes cuts language codes between escape characters (7.9.2.2.1).
func withoutEscapes(s string) string {
	var out strings.Builder
	for i, piece := range strings.Split(s, "\x1b") {
		if i%2 == 0 || len(piece) > 8 {
			out.WriteString(piece)
		}
	}
	return out.String()
}

// fromUTF16 decodes pairs of bytes; high is where the higher one stands in each.
func fromUTF16(s string, high int) string {
	u := make([]uint16, 0, len(s)/2)
	for ; len(s) >= 2; s = s[2:] {
		u = append(u, uint16(s[high])<<8|uint16(s[1-high]))
	}
	return string(utf16.Decode(u))
}

// hasControl: bytes that are spacing accents in PDFDocEncoding and nothing in
// UTF-8.
func hasControl(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x18 && s[i] < 0x20 && s[i] != 0x1b {
			return true
		}
	}
	return false
}

// fromDoc decodes PDFDocEncoding (annex D.3).
func fromDoc(s string) string {
	var out strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 0x18 && c < 0x20:
			out.WriteRune(docLow[c-0x18])
		case c >= 0x80 && c <= 0xa0:
			out.WriteRune(docHigh[c-0x80])
		default:
			out.WriteRune(rune(c))
		}
	}
	return out.String()
}

var docLow = [8]rune{'˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'}

var docHigh = [33]rune{'•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™', 'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', utf8.RuneError, '€'}
