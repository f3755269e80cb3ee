package png

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/scanner/media"
)

// The keywords with a meaning of their own: XMP's (XMP part 3, 1.1.5), and the
// text profiles that ImageMagick began and everybody reads.
const (
	keyXMP     = "XML:com.adobe.xmp"
	keyProfile = "Raw profile type "
)

// plainText is tEXt (11.3.3.2): keyword, NUL, Latin-1.
func (w *walk) plainText(d []byte) error {
	key, value, _ := bytes.Cut(d, []byte{0})
	return w.keyed(key, value)
}

// packedText is zTXt (11.3.3.3): keyword, NUL, method 0, zlib.
func (w *walk) packedText(d []byte) error {
	key, packed, _ := bytes.Cut(d, []byte{0})
	if len(packed) < 1 || packed[0] != 0 {
		w.v.Problem("text", media.Corrupt)
		return nil
	}
	return w.keyed(key, w.inflate("text", packed[1:]))
}

// intlText is iTXt (11.3.3.4): keyword, NUL, compressed?, method, language,
// NUL, keyword in that language, NUL, UTF-8.
func (w *walk) intlText(d []byte) error {
	key, rest, _ := bytes.Cut(d, []byte{0})
	if len(rest) < 2 {
		w.v.Problem("text", media.Corrupt)
		return nil
	}
	packed := rest[0] == 1
	_, rest, _ = bytes.Cut(rest[2:], []byte{0})
	_, value, ok := bytes.Cut(rest, []byte{0})
	if !ok {
		w.v.Problem("text", media.Corrupt)
		return nil
	}
	if packed {
		value = w.inflate("text", value)
	}
	return w.keyed(key, value)
}

// keyed sorts a text by its keyword.
func (w *walk) keyed(key, value []byte) error {
	name := strings.TrimSpace(text(key))
	if name == keyXMP {
		return w.nested("xmp", value)
	}
	if len(name) > len(keyProfile) && strings.EqualFold(name[:len(keyProfile)], keyProfile) {
		return w.profile(name[len(keyProfile):], value)
	}
	if len(value) > maxText {
		w.v.Problem("text", media.LimitBytes)
		value = shorten(value)
	}
	if name == "" {
		name = "Text"
	}
	return w.tag(name, text(value))
}

// text reads Latin-1, unless the bytes are UTF-8: many writers ignore the
// standard, and Latin-1 text that happens to be UTF-8 is next to unknown.
func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b) + len(b)/4)
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// profile is a block in hexadecimal: newline, name, newline, length in decimal,
// newline, digits with newlines between. What the block is tells its content
// where that is certain, its name otherwise.
func (w *walk) profile(kind string, value []byte) error {
	data, ok := unhex(value)
	if !ok {
		w.v.Problem("text", media.Corrupt)
	}
	for _, p := range prefixes {
		if rest, found := bytes.CutPrefix(data, []byte(p.prefix)); found {
			if p.keep {
				rest = data
			}
			return w.nested(p.path, rest)
		}
	}
	if path, known := profiles[strings.ToLower(strings.TrimSpace(kind))]; known {
		return w.nested(path, data)
	}
	return nil
}

// prefixes tell what a profile holds, whatever it is called.
var prefixes = []struct {
	prefix, path string
	keep         bool // it belongs to the block
}{
	{"Exif\x00\x00", "exif", false},
	{"http://ns.adobe.com/xap/1.0/\x00", "xmp", false},
	{"Photoshop 3.0\x00", "irb", false},
	{"8BIM", "irb", true},
	{"\x1c\x02", "iptc", true},
	{"II*\x00", "exif", true},
	{"MM\x00*", "exif", true},
	{"<?xpacket", "xmp", true},
	{"<x:xmpmeta", "xmp", true},
}

// profiles are the names that are read; those of colour profiles are not.
var profiles = map[string]string{
	"exif": "exif", "app1": "exif", "iptc": "iptc", "xmp": "xmp", "8bim": "irb",
}

// unhex gives the bytes of a text profile, as many as there are digits for. ok
// is false where they are not as many as declared, or not digits.
func unhex(b []byte) (data []byte, ok bool) {
	b = bytes.TrimLeft(b, "\x00 \t\r\n")
	_, b, _ = bytes.Cut(b, []byte{'\n'}) // the name, once more
	b = bytes.TrimLeft(b, " \t\r\n")
	i := 0
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	declared, err := strconv.ParseUint(string(b[:min(i, 20)]), 10, 32)
	digits := make([]byte, 0, len(b)-i)
	for _, c := range b[i:] {
		switch {
		case c == '\n' || c == '\r' || c == ' ' || c == '\t':
		case c >= '0' && c <= '9', c >= 'a' && c <= 'f', c >= 'A' && c <= 'F':
			digits = append(digits, c)
		case c == 0: // padding
		default:
			err = strconv.ErrSyntax
		}
	}
	n, _ := hex.Decode(digits, digits[:len(digits)&^1])
	return digits[:n], err == nil && uint64(n) == declared
}
