package iptc

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
)

// decoder picks how the texts of a block are decoded. A value that is UTF-8 is
// taken as such, whatever the block declares: most programs that write UTF-8
// forget to say so, and hardly any other text happens to be valid UTF-8. For the
// rest the declared set holds (dataset 1:90, ISO 2022), and where none is
// declared, Windows-1252, or Mac Roman if the letters of the whole block only make
// sense in that.
func decoder(sets []dataset) func([]byte) string {
	var set encoding.Encoding
	for _, d := range sets {
		if d.record == envelope && d.number == codedCharacterSet {
			set = declared(d.value)
		}
	}
	return func(b []byte) string {
		if utf8.Valid(b) {
			return trim(string(b))
		}
		if set == nil {
			set = guess(sets)
		}
		s, err := set.NewDecoder().Bytes(b)
		if err != nil {
			return trim(strings.ToValidUTF8(string(b), "\uFFFD"))
		}
		return trim(string(s))
	}
}

// trim ends a text before trailing NULs and blanks; decoding may yield new ones.
func trim(s string) string { return strings.TrimRight(s, "\x00 \t\r\n") }

// declared reads the escape sequence of 1:90; nil if it says UTF-8, which was
// tried, or something unknown. The sets are 96 character sets of ISO 8859,
// designated as G1, G2 or G3 by ESC - . or / and a final byte.
func declared(b []byte) encoding.Encoding {
	if len(b) < 3 || b[0] != 0x1B || b[1] < '-' || b[1] > '/' {
		return nil
	}
	switch b[2] {
	case 'A':
		return charmap.Windows1252 // ISO 8859-1, and what is really written as such
	case 'B':
		return charmap.ISO8859_2
	case 'C':
		return charmap.ISO8859_3
	case 'D':
		return charmap.ISO8859_4
	case 'F':
		return charmap.ISO8859_7
	case 'G':
		return charmap.ISO8859_6
	case 'H':
		return charmap.ISO8859_8
	case 'L':
		return charmap.ISO8859_5
	case 'M':
		return charmap.ISO8859_9
	case 'b':
		return charmap.ISO8859_15
	}
	return nil
}

// guess looks at high bytes inside words. From 0x80 to 0x9F Mac Roman has letters
// where Windows-1252 has punctuation and capitals, which don't stand between small
// letters; from 0xC0 on it is the other way round.
func guess(sets []dataset) encoding.Encoding {
	mac, windows := 0, 0
	for _, d := range sets {
		if !isText(d) || utf8.Valid(d.value) {
			continue
		}
		v := d.value
		for i := 1; i+1 < len(v); i++ {
			if !small(v[i-1]) || !small(v[i+1]) {
				continue
			}
			switch c := v[i]; {
			case c >= 0xDF:
				windows++
			case c == 0x9A || c == 0x9C || c == 0x9E || c == 0x92:
				// small letters, or an apostrophe, in both
			case c >= 0x87 && c <= 0x9F:
				mac++
			}
		}
	}
	if mac > windows {
		return charmap.Macintosh
	}
	return charmap.Windows1252
}

func small(c byte) bool { return c >= 'a' && c <= 'z' }
