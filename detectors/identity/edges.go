package identity

import "unicode/utf8"

// noBlanksBefore reports whether the rune before i is of a script without blanks
// between words.
func noBlanksBefore(text []byte, i int) bool {
	r, _ := utf8.DecodeLastRune(text[:i])
	return r >= 0x2e80
}

func noBlanksAfter(text []byte, i int) bool {
	r, _ := utf8.DecodeRune(text[i:])
	return r >= 0x2e80
}
