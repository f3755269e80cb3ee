package media

import (
	"bytes"
	"encoding/binary"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Charset is how a text is stored, as far as its bytes alone tell.
type Charset string

const (
	Binary   Charset = ""         // no text
	UTF8     Charset = "utf-8"    // ASCII too; few bytes may break the rules
	UTF16LE  Charset = "utf-16le" //
	UTF16BE  Charset = "utf-16be" //
	UTF32LE  Charset = "utf-32le" //
	UTF32BE  Charset = "utf-32be" //
	UTF7     Charset = "utf-7"    // RFC 2152; only where a byte order mark says so
	ISO2022  Charset = "iso-2022" // seven bits, switched by escape sequences: Japanese mail
	EBCDIC   Charset = "ebcdic"   // mainframes
	EightBit Charset = "8-bit"    // one of the many code pages that hold ASCII
)

// TextCharset tells text from binary data by its first bytes, and how many of
// them are a byte order mark. Head may end anywhere, inside a character too.
// Empty content is an empty text.
func TextCharset(head []byte) (Charset, int) {
	if cs, mark := markOf(head); mark > 0 {
		if !isWide(cs) {
			return cs, mark
		}
		if _, ok := plausible(head[mark:], cs); ok && !looksNarrow(head[mark:]) {
			return cs, mark
		}
		// Two bytes above ASCII that only look like a mark.
	}
	if bytes.IndexByte(head, 0) >= 0 {
		if cs := wide(head); cs != Binary {
			return cs, 0
		}
	}
	// Some logs are longer on disk than what was written to them.
	if end := bytes.TrimRight(head, "\x00"); len(end) > 0 && len(end)+4 < len(head) {
		head = end
	}
	c := count(head)
	switch {
	case c.ebcdic(len(head)):
		return EBCDIC, 0
	case c.control*100 > len(head) && (c.control > 4 || c.broken > 0 || len(head) < 100):
		// Logs have one in a hundred, and damaged mail a few.
		return Binary, 0
	case c.escapes > 0 && c.whole+c.broken == 0:
		return ISO2022, 0
	case c.broken == 0 || c.broken*4 <= c.whole:
		return UTF8, 0
	}
	return EightBit, 0
}

// marks are byte order marks, the longer before those that begin them.
var marks = []struct {
	mark string
	cs   Charset
}{
	{"\xef\xbb\xbf", UTF8},
	{"\xff\xfe\x00\x00", UTF32LE}, {"\x00\x00\xfe\xff", UTF32BE},
	{"\xff\xfe", UTF16LE}, {"\xfe\xff", UTF16BE},
	{"+/v8", UTF7}, {"+/v9", UTF7}, {"+/v+", UTF7}, {"+/v/", UTF7},
}

func markOf(head []byte) (Charset, int) {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.mark)) {
			if m.cs == UTF7 { // its mark runs into the first character
				return UTF7, 4
			}
			return m.cs, len(m.mark)
		}
	}
	return Binary, 0
}

func isWide(cs Charset) bool {
	return cs == UTF16LE || cs == UTF16BE || cs == UTF32LE || cs == UTF32BE
}

// wide is the encoding of two or four bytes a character that explains the zeros
// in head. Blanks, digits and line ends are ASCII in all scripts; read in the
// wrong order they are not.
func wide(head []byte) Charset {
	best, most := Binary, 2 // percent
	if len(head) < 512 {
		most = 20 // a few pairs of bytes are text by chance
	}
	for _, cs := range []Charset{UTF32LE, UTF32BE, UTF16LE, UTF16BE} {
		if plain, ok := plausible(head, cs); ok && plain > most {
			best, most = cs, plain
		}
	}
	return best
}

// plausible tells whether head reads as text in cs, with at most one in a
// hundred characters that no text has, and how many percent are ASCII.
func plausible(head []byte, cs Charset) (plain int, ok bool) {
	n, bad := 0, 0
	for len(head) >= width(cs) {
		r, size := decode(head, cs)
		if size == 0 {
			break // half a pair at the end
		}
		head = head[size:]
		n++
		switch {
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' && r != '\f' && r != 0x1b:
			bad++
		case r < 0x7f:
			plain++
		case r <= 0x9f || r == utf8.RuneError || unicode.Is(unicode.Co, r) || r&0xfffe == 0xfffe:
			bad++
		}
	}
	return plain * 100 / max(n, 1), bad*100 <= n
}

// looksNarrow reports whether single bytes make better sense than pairs do: four
// in five are ASCII's letters, digits, signs and blanks.
func looksNarrow(b []byte) bool {
	plain := 0
	for _, c := range b {
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\r' || c == '\t' {
			plain++
		}
	}
	return len(b) > 0 && plain*5 >= len(b)*4
}

func width(cs Charset) int {
	if cs == UTF32LE || cs == UTF32BE {
		return 4
	}
	return 2
}

// decode is one character of b, which holds at least one unit. The size is 0
// where b ends inside of a surrogate pair.
func decode(b []byte, cs Charset) (r rune, size int) {
	switch cs {
	case UTF32LE, UTF32BE:
		u := binary.LittleEndian.Uint32(b)
		if cs == UTF32BE {
			u = binary.BigEndian.Uint32(b)
		}
		if u > utf8.MaxRune || !utf8.ValidRune(rune(u)) {
			return utf8.RuneError, 4
		}
		return rune(u), 4
	}
	unit := func(i int) rune {
		if cs == UTF16BE {
			return rune(binary.BigEndian.Uint16(b[i:]))
		}
		return rune(binary.LittleEndian.Uint16(b[i:]))
	}
	r = unit(0)
	if !utf16.IsSurrogate(r) {
		return r, 2
	}
	if len(b) < 4 {
		if r < 0xdc00 {
			return utf8.RuneError, 0
		}
		return utf8.RuneError, 2
	}
	if p := utf16.DecodeRune(r, unit(2)); p != utf8.RuneError {
		return p, 4
	}
	return utf8.RuneError, 2
}

// AppendWide appends b, text in UTF-16 or UTF-32, to dst as UTF-8, and tells how
// many bytes of b it took: all but a character that b ends inside of. With last
// nothing more follows, and such a character becomes U+FFFD.
func AppendWide(dst, b []byte, cs Charset, last bool) ([]byte, int) {
	taken := 0
	for len(b)-taken >= width(cs) {
		r, size := decode(b[taken:], cs)
		if size == 0 {
			break
		}
		dst = utf8.AppendRune(dst, r)
		taken += size
	}
	if last && taken < len(b) {
		dst, taken = utf8.AppendRune(dst, utf8.RuneError), len(b)
	}
	return dst, taken
}

// counts are what single bytes of a head say.
type counts struct {
	control int // bytes that no text has
	whole   int // characters of UTF-8 that are not ASCII
	broken  int // bytes that no UTF-8 has
	escapes int // switches of ISO 2022
	blanks  int // of ASCII: space and line ends
	letters int // bytes that are letters, digits, blanks and stops in EBCDIC
	spaces  int // of EBCDIC
}

func count(head []byte) (c counts) {
	for i := 0; i < len(head); {
		b := head[i]
		if isEBCDIC[b] {
			c.letters++
		}
		if b == 0x40 {
			c.spaces++
		}
		if b < utf8.RuneSelf {
			switch {
			case b == ' ' || b == '\n' || b == '\r' || b == '\t':
				c.blanks++
			case b == 0x1b:
				if len(head) > i+2 && head[i+1] == '$' && (head[i+2] == '@' || head[i+2] == 'B') {
					c.escapes++
				}
			case b < ' ' && b != '\f' && b != '\b' && b != '\v' || b == 0x7f:
				c.control++
			}
			i++
			continue
		}
		r, n := utf8.DecodeRune(head[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			c.whole++
			for _, b := range head[i+1 : i+n] {
				if isEBCDIC[b] {
					c.letters++
				}
			}
		case len(head)-i < utf8.UTFMax && !utf8.FullRune(head[i:]): // cut
		default:
			c.broken++
		}
		i += n
	}
	return c
}

// ebcdic: the letters of EBCDIC are no text in any encoding that has ASCII's
// blanks, and its texts have none of those.
func (c *counts) ebcdic(n int) bool {
	return c.spaces*20 >= n && n > 0 && c.letters*100 >= 85*n && c.blanks*50 <= n && c.broken*2 > c.whole
}

// isEBCDIC are the bytes of letters, digits, blank, stop, comma and line ends in
// code page 037.
var isEBCDIC = func() (t [256]bool) {
	for _, r := range [][2]int{{0x81, 0x89}, {0x91, 0x99}, {0xa2, 0xa9}, {0xc1, 0xc9}, {0xd1, 0xd9}, {0xe2, 0xe9}, {0xf0, 0xf9},
		{0x40, 0x40}, {0x4b, 0x4e}, {0x5a, 0x5e}, {0x60, 0x61}, {0x6b, 0x6f}, {0x7a, 0x7f}, {0x15, 0x15}, {0x25, 0x25}, {0x0d, 0x0d}} {
		for b := r[0]; b <= r[1]; b++ {
			t[b] = true
		}
	}
	return t
}()
