package textscan

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reach is how many bytes before a value its context words are looked for.
const Reach = 48

// Words is a list of context words: what labels a value in prose ("call me on"),
// in a record ("phone:") or in a key ("clientIp"). Make it with NewWords and
// keep it.
type Words struct {
	byFirst [256][]entry
}

type entry struct {
	word   string // folded, without the star
	shown  string // as listed, without the star
	prefix bool
}

// NewWords makes a list of lower-case words of any script, or of phrases with
// one blank between words. A blank in a phrase also stands for "_", "-" and "."
// and for nothing, so that "card number" is "cardNumber" too. A star at the end
// lets the word go on: "telefon*" is "Telefonnummer" too. Words of scripts that
// are written without blanks are found inside other words.
func NewWords(words ...string) *Words {
	w := &Words{}
	for _, s := range words {
		e := entry{prefix: strings.HasSuffix(s, "*")}
		e.word = strings.TrimSuffix(s, "*")
		e.shown = e.word
		if e.word != "" {
			w.byFirst[e.word[0]] = append(w.byFirst[e.word[0]], e)
		}
	}
	return w
}

// Context is a word found before a value.
type Context struct {
	Word string // as in the list; shows nothing of the text
	At   int    // where it begins in text
	Gap  int    // bytes between its end and the value
}

// Before looks for the nearest word that ends within Reach bytes before start
// and in the same paragraph: an empty line ends the search.
func (w *Words) Before(text []byte, start int) (Context, bool) {
	return w.within(text, start, Reach)
}

// Within is Before for a word that begins within reach bytes before start, at
// most Reach: the fewer, the faster.
func (w *Words) Within(text []byte, start, reach int) (Context, bool) {
	return w.within(text, start, min(reach, Reach))
}

// Covering looks for the longest phrase around a word c that Before found: one that
// begins before it and ends with it or behind.
func (w *Words) Covering(text []byte, start int, c Context) (longest Context, ok bool) {
	start = min(start, len(text))
	for i := c.At - 1; i >= max(start-2*Reach, 0); i-- {
		list := w.byFirst[firstFoldedAny(text, i)]
		for k := range list {
			if end := list[k].match(text, i, start); end >= start-c.Gap && beginsWord(text, i) {
				longest, ok = Context{Word: list[k].shown, At: i, Gap: start - end}, true
			}
		}
	}
	return longest, ok
}

// Touching is Before for a word that labels the value directly: only blanks,
// one line end, quotes and the marks ":=([<-#.>" stand between, at most six.
func (w *Words) Touching(text []byte, start int) (Context, bool) {
	end, ok := labelEnd(text, start)
	if !ok {
		return Context{}, false
	}
	c, ok := w.within(text, end, Reach/2)
	if !ok || c.Gap != 0 {
		return Context{}, false
	}
	c.Gap = start - end
	return c, true
}

// labelEnd is where a word that touches a value at start would end.
func labelEnd(text []byte, start int) (end int, ok bool) {
	end = min(start, len(text))
	stop := max(end-6, 0)
	lines := 0
	for end > stop && isLabelMark(text[end-1]) {
		end--
		if text[end] == '\n' {
			lines++
		}
	}
	// No letter is the common case, and a cheap one.
	return end, end > 0 && lines <= 1 && ClassOf[text[end-1]]&Word != 0
}

func isLabelMark(b byte) bool { return ClassOf[b]&Blank != 0 || labelMarks.Has(b) }

var labelMarks = NewSet("\"':=([<-#.>", false)

func (w *Words) within(text []byte, start, reach int) (Context, bool) {
	start = min(start, len(text))
	lo := max(start-reach, 0)
	for i := start - 1; i >= lo; i-- {
		b := text[i]
		switch class := ClassOf[b]; {
		case class&Letter != 0:
			if i > 0 && ClassOf[text[i-1]]&Letter != 0 && !beginsWord(text, i) {
				continue
			}
			b = Fold(b)
		case class&High != 0:
			if b = firstFolded(text, i); b < 0xc0 || !beginsWord(text, i) {
				continue // within a rune, most of the time
			}
		case b == '\n' && i > lo && (text[i-1] == '\n' || text[i-1] == '\r' && i-1 > lo && text[i-2] == '\n'):
			return Context{}, false
		}
		list := w.byFirst[b]
		best, bestEnd := -1, -1
		for k := range list {
			if end := list[k].match(text, i, start); end > bestEnd {
				best, bestEnd = k, end
			}
		}
		if best >= 0 && beginsWord(text, i) {
			return Context{Word: list[best].shown, At: i, Gap: start - bestEnd}, true
		}
	}
	return Context{}, false
}

// fold appends b in lower case. Runes whose lower case has another length stay,
// so that places in the result are places in b.
func fold(dst, b []byte) []byte {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			dst = append(dst, Fold(b[i]))
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if l := unicode.ToLower(r); l != r && utf8.RuneLen(l) == n {
			dst = utf8.AppendRune(dst, l)
		} else {
			dst = append(dst, b[i:i+n]...)
		}
		i += n
	}
	return dst
}

// firstFolded is the first byte of the rune at text[i] in lower case.
func firstFolded(text []byte, i int) byte {
	if text[i] < 0xc0 {
		return text[i]
	}
	r, n := utf8.DecodeRune(text[i:])
	if l := unicode.ToLower(r); l != r && utf8.RuneLen(l) == n {
		var buf [utf8.UTFMax]byte
		utf8.EncodeRune(buf[:], l)
		return buf[0]
	}
	return text[i]
}

// firstFoldedAny is firstFolded for any byte.
func firstFoldedAny(text []byte, i int) byte {
	if text[i] < utf8.RuneSelf {
		return Fold(text[i])
	}
	return firstFolded(text, i)
}

// match returns where e, which begins at i, ends before a value at start, or -1.
func (e *entry) match(text []byte, i, start int) int {
	if len(e.word) > 1 && e.word[1] != ' ' && e.word[1] < utf8.RuneSelf && Fold(Byte(text, i+1)) != e.word[1] {
		return -1 // nearly always
	}
	end := e.ends(text, i)
	switch {
	case end < 0 || end > start:
		return -1
	case e.prefix:
		// The whole word is the label, so that the gap is counted from its end.
		return SpanRight(text[:start], end, Reach, Word)
	case !endsWord(text, end, start):
		return -1
	}
	return end
}

// ends is where e ends in text if it begins at i, or -1. It does not ask what
// stands around.
func (e *entry) ends(text []byte, i int) int { return e.endsFrom(text, i, 0) }

// endsFrom is ends if the first k bytes of e stand before i.
func (e *entry) endsFrom(text []byte, i, k int) int {
	for k < len(e.word) {
		if i < len(text) && text[i] < utf8.RuneSelf {
			if Fold(text[i]) == e.word[k] {
				i, k = i+1, k+1
				continue
			}
		} else if n := sameRune(text, i, e.word[k:]); n > 0 {
			i, k = i+n, k+n
			continue
		}
		if e.word[k] != ' ' {
			return -1
		}
		k++ // the blank of a phrase: one separator, or none
		if i < len(text) && (text[i] == '_' || text[i] == '-' || text[i] == '.' || text[i] == '\t') {
			i++
		}
	}
	return i
}

// sameRune is how many bytes the rune at text[i] has if word begins with it in
// lower case, or 0.
func sameRune(text []byte, i int, word string) int {
	if i >= len(text) {
		return 0
	}
	b := text[i]
	if b < utf8.RuneSelf || word[0] < utf8.RuneSelf {
		if Fold(b) == word[0] {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRune(text[i:])
	if l := unicode.ToLower(r); l != r && utf8.RuneLen(l) == n {
		var buf [utf8.UTFMax]byte
		utf8.EncodeRune(buf[:], l)
		if len(word) >= n && word[:n] == string(buf[:n]) {
			return n
		}
		return 0
	}
	if len(word) >= n && word[:n] == string(text[i:i+n]) {
		return n
	}
	return 0
}

// beginsWord reports whether a word may begin at i: nothing of a word stands
// before, or a lower-case letter does and a capital here ("clientIp"), or a
// digit, or the script has no blanks.
func beginsWord(text []byte, i int) bool {
	if i == 0 || noBlanks(text, i) {
		return true
	}
	switch before, here := ClassOf[text[i-1]], ClassOf[text[i]]; {
	case before&Letter != 0:
		return before&Lower != 0 && here&Upper != 0 || i > 1 && text[i-2] == '\\'
	case before&High != 0:
		r, _ := utf8.DecodeLastRune(text[:i])
		return !unicode.IsLetter(r)
	default:
		return true
	}
}

// endsWord reports whether a word may end before i, where a value begins at end.
func endsWord(text []byte, i, end int) bool {
	if i >= end || noBlanks(text, i) {
		return true
	}
	switch before, here := ClassOf[text[i-1]], ClassOf[text[i]]; {
	case here&Letter != 0:
		return before&Lower != 0 && here&Upper != 0 || before&High != 0 && noBlanksBefore(text, i)
	case here&High != 0:
		r, _ := utf8.DecodeRune(text[i:])
		return !unicode.IsLetter(r) || noBlanksBefore(text, i)
	default:
		return true
	}
}

// noBlanks reports whether the rune at i is of a script that is written without
// blanks between words: Han, kana, Thai, Lao, Khmer; and Hangul, whose words take
// endings.
func noBlanks(text []byte, i int) bool {
	b := text[i]
	return b >= 0xe3 && b <= 0xed || b == 0xe0 && Byte(text, i+1) >= 0xb8 && Byte(text, i+1) <= 0xbb || b == 0xe1 && Byte(text, i+1) >= 0x9e && Byte(text, i+1) <= 0x9f
}

func noBlanksBefore(text []byte, i int) bool {
	_, n := utf8.DecodeLastRune(text[:i])
	return noBlanks(text, i-n)
}

// NoBlanksAt reports whether the rune at text[i] is of a script that is written
// without blanks between words, so that it may touch a value and be no part of
// it. Marks of its punctuation count as well.
func NoBlanksAt(text []byte, i int) bool { return i < len(text) && noBlanks(text, i) }

// LetterAt reports whether the rune at text[i] is a letter or mark of any script.
func LetterAt(text []byte, i int) bool {
	r, _ := utf8.DecodeRune(text[i:])
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

// LetterBefore reports whether the rune that ends at i is a letter or mark of any
// script.
func LetterBefore(text []byte, i int) bool {
	r, _ := utf8.DecodeLastRune(text[:i])
	return unicode.IsLetter(r) || unicode.IsMark(r)
}

// WordBefore reports whether what ends at i and what begins there would be one
// word: a letter or digit touches it, of a script that is written with blanks.
func WordBefore(text []byte, i int) bool {
	return i > 0 && (ClassOf[text[i-1]]&Alnum != 0 || text[i-1] >= utf8.RuneSelf && LetterBefore(text, i) && !noBlanksBefore(text, i))
}

// WordAfter is WordBefore for what begins at i.
func WordAfter(text []byte, i int) bool {
	return i < len(text) && (ClassOf[text[i]]&Alnum != 0 || text[i] >= utf8.RuneSelf && LetterAt(text, i) && !noBlanks(text, i))
}
