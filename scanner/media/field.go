package media

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Legacy is text of a field that should be UTF-8 or Latin-1 by its standard and
// is, in the wild, UTF-8 or Windows' code page 1252, which holds Latin-1: UTF-8
// if the bytes are that.
func Legacy(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, c := range b {
		r := rune(c)
		if c >= 0x80 && c < 0xa0 {
			r = windows1252[c-0x80]
		}
		s.WriteRune(r)
	}
	return s.String()
}

// windows1252 are its characters from 0x80 to 0x9f.
var windows1252 = [32]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}

// FieldValue makes a tag's value of a text that a file gives: valid UTF-8, without
// the blanks and NULs around it.
func FieldValue(s string) string {
	s = strings.TrimFunc(s, func(r rune) bool { return r == 0 || r == 0xfeff || unicode.IsSpace(r) })
	return strings.ToValidUTF8(s, "\uFFFD")
}

// maxFieldName bounds the name that a file gives to a field of its own.
const maxFieldName = 128

// FieldName makes a tag's name, as ExifTool forms them, of a key that a file
// gives: letters, digits and what is not ASCII stay, each word begins with a
// capital, and words in capitals become small. "ALBUM_ARTIST", "album artist"
// and "Album-Artist" are AlbumArtist; "replayGain" is ReplayGain. It is "" for a
// key without letters or digits.
func FieldName(key string) string {
	key = strings.ToValidUTF8(key, "")
	loud := strings.ToUpper(key) == key
	var b strings.Builder
	start := true
	for _, r := range key {
		switch {
		case b.Len() >= maxFieldName:
			return b.String()
		case r >= utf8.RuneSelf, r >= '0' && r <= '9':
			b.WriteRune(r)
			start = false
		case r >= 'a' && r <= 'z':
			if start {
				r -= 'a' - 'A'
			}
			b.WriteRune(r)
			start = false
		case r >= 'A' && r <= 'Z':
			if loud && !start {
				r += 'a' - 'A'
			}
			b.WriteRune(r)
			start = false
		default:
			start = true
		}
	}
	return b.String()
}
