package reports

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Show makes a string from outside (a key, a tag, a name in an archive) safe for
// a terminal, a log or an error: one line, valid UTF-8, no control character, no
// escape sequence, nothing that changes the direction of text or can't be seen.
// What it replaces stands as \xNN or \u{N}; a backslash is doubled, so that two
// different strings never look the same.
func Show(s string) string {
	plain := true
	for _, r := range s {
		if r == utf8.RuneError || r == '\\' || !visible(r) {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			b.WriteString(`\x` + hex2(s[i]))
		case r == '\\':
			b.WriteString(`\\`)
		case !visible(r):
			b.WriteString(`\u{` + strconv.FormatInt(int64(r), 16) + `}`)
		default:
			b.WriteString(s[i : i+n])
		}
		i += n
	}
	return b.String()
}

func hex2(c byte) string {
	const digits = "0123456789abcdef"
	return string([]byte{digits[c>>4], digits[c&15]})
}

// visible is IsPrint, which leaves out controls, format characters (bidi,
// zero width), line separators and odd blanks.
func visible(r rune) bool { return unicode.IsPrint(r) }
