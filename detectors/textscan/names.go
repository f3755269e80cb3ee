package textscan

import (
	"unicode"
	"unicode/utf8"
)

// maxNameWord bounds the bytes of one word of a name.
const maxNameWord = 40

// UpperAt reports whether a capital letter of any script stands at i. Any i from
// 0 may be asked for.
func UpperAt(text []byte, i int) bool {
	if i >= len(text) {
		return false
	}
	if text[i] < utf8.RuneSelf {
		return ClassOf[text[i]]&Upper != 0
	}
	r, _ := utf8.DecodeRune(text[i:])
	return unicode.IsUpper(r)
}

// NameRight is the end of the word of a name that begins at i: letters of scripts
// with blanks, with hyphens and apostrophes before capitals ("Jean-Luc",
// "O'Brien", but not "Ana's"). It is i if there is none. It goes a few bytes too
// far rather than to cut a rune.
func NameRight(text []byte, i int) int {
	for stop := i + 2*maxNameWord; i < len(text) && i < stop; {
		switch b := text[i]; {
		case ClassOf[b]&Letter != 0:
			i++
		case b >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(text[i:])
			if NoBlanksAt(text, i) || !unicode.IsLetter(r) && !unicode.IsMark(r) && (r != 0x2019 || !UpperAt(text, i+n)) {
				return i
			}
			i += n
		case (b == '-' || b == '\'') && UpperAt(text, i+1):
			i++
		default:
			return i
		}
	}
	return i
}

// NameLeft is the start of the word of a name that ends at i.
func NameLeft(text []byte, i int) int {
	for stop := max(i-maxNameWord, 0); i > stop; {
		switch b := text[i-1]; {
		case ClassOf[b]&Letter != 0:
			i--
		case b >= utf8.RuneSelf:
			r, n := utf8.DecodeLastRune(text[:i])
			if !unicode.IsLetter(r) && !unicode.IsMark(r) || NoBlanksAt(text, i-n) {
				return i
			}
			i -= n
		case (b == '-' || b == '\'') && i > 1 && ClassOf[text[i-2]]&Word != 0 && UpperAt(text, i):
			i--
		default:
			return i
		}
	}
	return i
}
