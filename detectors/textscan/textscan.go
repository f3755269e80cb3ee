// Package textscan holds what detectors of running text share: anchors found at
// the speed of memory, byte classes to widen from an anchor, and the words that
// stand before a value.
//
// The way of every text detector is the same: an Index, which all detectors of a
// part share, or a Finder (or bytes.IndexByte) tells few places of the whole text;
// byte classes widen such a place to a candidate; only the candidate is looked at
// closely, and the words before it are asked for last, of a Lexicon.
// Nothing here allocates while it scans, and everything may be used from many
// goroutines at once.
package textscan

import (
	"unicode"
	"unicode/utf8"
)

// Class is a set of properties of one byte.
type Class uint8

const (
	Digit  Class = 1 << iota // 0-9
	Upper                    // A-Z
	Lower                    // a-z
	Hex                      // 0-9 a-f A-F
	Atom                     // may stand in the local part of an address: RFC 5322 atext, without the dot
	Blank                    // space, tab, line ends and other ASCII controls that part words
	High                     // a byte of a rune beyond ASCII
	Symbol                   // any other printable ASCII
	Letter = Upper | Lower
	Alnum  = Letter | Digit
	Word   = Alnum | High // what a word of any script is made of, byte by byte
)

// ClassOf is the table of classes. It is never written.
var ClassOf = classes()

func classes() (t [256]Class) {
	for b := range t {
		switch {
		case b >= utf8.RuneSelf:
			t[b] = High
		case b <= ' ' || b == 0x7f:
			t[b] = Blank
		case b >= '0' && b <= '9':
			t[b] = Digit | Hex | Atom
		case b >= 'A' && b <= 'Z':
			t[b] = Upper | Atom
		case b >= 'a' && b <= 'z':
			t[b] = Lower | Atom
		default:
			t[b] = Symbol
		}
	}
	for _, b := range []byte("abcdefABCDEF") {
		t[b] |= Hex
	}
	for _, b := range []byte("!#$%&'*+-/=?^_`{|}~") {
		t[b] |= Atom
	}
	return t
}

// Is reports whether b has any property of c.
func Is(b byte, c Class) bool { return ClassOf[b]&c != 0 }

// At reports whether text has a byte at i, and that has any property of c. Any i
// may be asked for.
func At(text []byte, i int, c Class) bool {
	return uint(i) < uint(len(text)) && ClassOf[text[i]]&c != 0
}

// Byte is text[i], or 0 where text has no such byte.
func Byte(text []byte, i int) byte {
	if uint(i) < uint(len(text)) {
		return text[i]
	}
	return 0
}

// SpanLeft is the lowest j such that text[j:i] holds only bytes of class c, at
// most limit of them.
func SpanLeft(text []byte, i, limit int, c Class) int {
	stop := max(i-limit, 0)
	for i > stop && ClassOf[text[i-1]]&c != 0 {
		i--
	}
	return i
}

// SpanRight is the highest j such that text[i:j] holds only bytes of class c, at
// most limit of them.
func SpanRight(text []byte, i, limit int, c Class) int {
	stop := min(i+limit, len(text))
	for i < stop && ClassOf[text[i]]&c != 0 {
		i++
	}
	return i
}

// Bounded reports whether text[start:end] stands alone: neither a letter or
// digit of any script nor an underscore touches it.
func Bounded(text []byte, start, end int) bool {
	return !wordBefore(text, start) && !wordAfter(text, end)
}

func wordBefore(text []byte, i int) bool {
	if i <= 0 {
		return false
	}
	b := text[i-1]
	if b < utf8.RuneSelf {
		return ClassOf[b]&Alnum != 0 || b == '_'
	}
	r, _ := utf8.DecodeLastRune(text[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

func wordAfter(text []byte, i int) bool {
	if i >= len(text) {
		return false
	}
	b := text[i]
	if b < utf8.RuneSelf {
		return ClassOf[b]&Alnum != 0 || b == '_'
	}
	r, _ := utf8.DecodeRune(text[i:])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// Fold is the lower-case form of an ASCII letter, and any other byte as it is.
func Fold(b byte) byte {
	if b-'A' < 26 {
		return b + ('a' - 'A')
	}
	return b
}

// HasFold reports whether text has word, which is lower case, at i, whatever the
// case of its ASCII letters there.
func HasFold(text []byte, i int, word string) bool {
	if i < 0 || len(text)-i < len(word) {
		return false
	}
	for k := range len(word) {
		if Fold(text[i+k]) != word[k] {
			return false
		}
	}
	return true
}

// Line is the line that position i stands in, without its end, cut to limit
// bytes on each side of i.
func Line(text []byte, i, limit int) (start, end int) {
	lo, hi := max(i-limit, 0), min(i+limit, len(text))
	for start = i; start > lo && text[start-1] != '\n' && text[start-1] != '\r'; start-- {
	}
	for end = i; end < hi && text[end] != '\n' && text[end] != '\r'; end++ {
	}
	return start, end
}

// CodeLike reports whether a line reads like source text rather than like prose
// or records: it has several of the marks that only programs are full of.
func CodeLike(line []byte) bool {
	marks := 0
	for i, b := range line {
		switch b {
		case '{', '}', ';':
			marks++
		case '(', '[', '=', '>':
			// Calls and indexes touch the name before them; prose has a blank there.
			if i > 0 && ClassOf[line[i-1]]&Alnum != 0 || Byte(line, i-1) == '=' || Byte(line, i-1) == ':' {
				marks++
			}
		case ':':
			if Byte(line, i+1) == ':' {
				marks += 2
			}
		case '/':
			if Byte(line, i+1) == '/' && Byte(line, i-1) != ':' || Byte(line, i+1) == '*' {
				marks += 2
			}
		}
	}
	return marks >= 3
}
