package unveil

import (
	"bytes"
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"habeas/detectors/textscan"
)

// Kinds of escapes within a line, as bits, so that a view can name its own.
type kinds uint8

const (
	percent kinds = 1 << iota
	entity
	backslash
	quoted
	folded
	markup
)

var kindNames = []string{"percent escapes", "HTML entities", "backslash escapes", "quoted-printable", "full-width or invisible marks", "text between tags"}

func (k kinds) String() string {
	var names []string
	for i, name := range kindNames {
		if k>>i&1 != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, " and ")
}

var (
	starts      = textscan.NewSet("%&\\=@", false)
	beyondASCII = textscan.NewSet("", true)
)

// inline gives views of the stretches with escapes.
func inline(text []byte, give func(*View)) {
	var list []stretch
	var used kinds
	note := func(i, n int, k kinds) {
		used |= k
		// Neighbours are joined at once: text may be nothing but escapes.
		if l := len(list); l > 0 && i >= list[l-1].start && i-list[l-1].end <= join {
			list[l-1].end = max(list[l-1].end, i+n)
		} else {
			list = append(list, stretch{i, i + n})
		}
	}
	words := false
	d := decoder{text: text, quotedMail: -1}
	starts.Each(text, func(i int) bool {
		if n, k := d.worth(i); n > 0 {
			note(i, n, k)
		} else if text[i] == '=' && textscan.Byte(text, i+1) == '?' && !words {
			words = true
			encodedWords(text, give)
		}
		return true
	})
	d.folds(func(i, n int) { note(i, n, folded) })
	if len(list) == 0 {
		return
	}
	for _, s := range merge(list, len(text)) {
		if v := d.decode(s, used); v != nil {
			give(v)
		}
	}
}

// folds calls fn for the runes beyond ASCII that hide a value.
func (d *decoder) folds(fn func(i, n int)) {
	first := len(d.text)
	beyondASCII.Each(d.text, func(i int) bool {
		first = i
		return false
	})
	rest := d.text[first:]
	for _, lead := range []byte{0xC2, 0xE2, 0xEF} { // of all that isFolded and isBlank know, but U+3000
		for i := bytes.IndexByte(rest, lead); i >= 0; {
			if r, n := utf8.DecodeRune(rest[i:]); d.worthFolding(r, first+i, n) {
				fn(first+i, n)
			}
			next := bytes.IndexByte(rest[i+1:], lead)
			if next < 0 {
				break
			}
			i += 1 + next
		}
	}
}

// decoder undoes the escapes of one text.
type decoder struct {
	text       []byte
	quotedMail int // 1 if the text holds quoted-printable, 0 if not, -1 if not yet known
}

// worth reports how long the escape at text[i] is if it can hide a value: those
// of quotes and angle brackets alone are everywhere and hide none.
func (d *decoder) worth(i int) (int, kinds) {
	switch d.text[i] {
	case '%':
		if b, ok := hexByte(d.text, i+1); ok && (b >= 0x80 || b == ' ' || b == '@' || b == '+' || b == '.' || b == '-' || b == '_' || b == ':' || b == '/' || b == '%' || textscan.Is(b, textscan.Alnum)) {
			return 3, percent
		}
	case '&':
		if s, n := entityAt(d.text, i); n > 0 && d.entityHides(s, i, n) {
			return n, entity
		}
	case '\\':
		if r, n := backslashAt(d.text, i); n > 2 && r >= ' ' && r != '<' && r != '>' && r != '"' && r != '\'' && r != '&' {
			return n, backslash
		}
	case '=':
		if _, n := d.quotedAt(i); n > 0 {
			return n, quoted
		}
	case '@':
		// "<b>jane</b>@<i>example.org</i>"
		if textscan.Byte(d.text, i-1) == '>' && tagBefore(d.text, i) > 0 {
			return 1, markup
		}
		if textscan.Byte(d.text, i+1) == '<' {
			if n, _ := tagAt(d.text, i+1); n > 0 {
				return 1 + n, markup
			}
		}
	}
	return 0, 0
}

func (d *decoder) entityHides(s string, i, n int) bool {
	r, _ := utf8.DecodeRuneInString(s)
	switch {
	case r == '<' || r == '>' || r == '"' || r == '\'' || r == '&' || r < ' ':
		return false
	case r == 0xA0:
		return textscan.At(d.text, i-1, textscan.Digit) || textscan.At(d.text, i+n, textscan.Digit)
	}
	return true
}

// worthFolding reports whether the rune at i, of n bytes, keeps a detector from
// seeing a value.
func (d *decoder) worthFolding(r rune, i, n int) bool {
	if !isFolded(r) && !isBlank(r) {
		return false
	}
	before, after := textscan.Byte(d.text, i-1), textscan.Byte(d.text, i+n)
	switch {
	case isBlank(r):
		return textscan.Is(before, textscan.Digit) && (textscan.Is(after, textscan.Digit) || after == '(')
	case isInvisible(r):
		return before != 0 && after != 0 && i > 0 // a BOM at the start hides nothing
	}
	return true
}

// isFolded reports whether r stands for an ASCII character or for nothing.
func isFolded(r rune) bool {
	return isInvisible(r) || r >= 0xFF0B && r <= 0xFF5A && r != 0xFF0C && r != 0xFF1A && r != 0xFF1B && r != 0xFF1F && (r <= 0xFF19 || r == 0xFF20 || r >= 0xFF21) || r == 0x2011
}

// isInvisible reports whether r takes no room: joiners, marks of direction, the
// soft hyphen.
func isInvisible(r rune) bool {
	return r == 0xAD || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x2064 || r >= 0x2066 && r <= 0x2069 || r == 0xFEFF
}

// isBlank reports whether r is a blank of another width.
func isBlank(r rune) bool {
	return r == 0xA0 || r >= 0x2000 && r <= 0x200A || r == 0x202F || r == 0x205F || r == 0x3000
}

// decode makes the view of a stretch, or nil if nothing in it changed.
func (d *decoder) decode(s stretch, used kinds) *View {
	s = d.wholeRunes(s)
	b := &builder{out: make([]byte, 0, s.end-s.start)}
	var did kinds
	plain := s.start
	for i := s.start; i < s.end; {
		decoded, n, k := d.at(i, used)
		if n == 0 {
			i++
			continue
		}
		b.copy(d.text[plain:i], plain)
		b.put(decoded, i)
		did |= k
		i += n
		plain = i
	}
	if did == 0 {
		return nil
	}
	end := max(s.end, plain)
	b.copy(d.text[plain:end], plain)
	return b.view(did.String(), end)
}

// wholeRunes moves the ends of s so that they cut no rune.
func (d *decoder) wholeRunes(s stretch) stretch {
	for s.start > 0 && s.start < len(d.text) && !utf8.RuneStart(d.text[s.start]) {
		s.start--
	}
	for s.end < len(d.text) && !utf8.RuneStart(d.text[s.end]) {
		s.end++
	}
	return s
}

// at decodes what stands at text[i], of n bytes; n is 0 for what stands for
// itself. used are the kinds that the text holds: others are left alone.
func (d *decoder) at(i int, used kinds) (decoded string, n int, k kinds) {
	switch b := d.text[i]; {
	case b == '%' && used&percent != 0:
		decoded, n = percentAt(d.text, i)
		k = percent
	case b == '&' && used&entity != 0:
		decoded, n = entityAt(d.text, i)
		k = entity
	case b == '\\' && used&backslash != 0:
		var r rune
		if r, n = backslashAt(d.text, i); n > 0 {
			decoded = string(r)
		}
		k = backslash
	case b == '=' && used&quoted != 0:
		decoded, n = d.quotedAt(i)
		k = quoted
	case b == '<' && used&markup != 0:
		n, decoded = tagAt(d.text, i)
		k = markup
	case b == '+' && used&percent != 0 && textscan.At(d.text, i-1, textscan.Digit) && textscan.At(d.text, i+1, textscan.Digit):
		decoded, n, k = " ", 1, percent // a blank in a query
	case b == 0xC2 || b == 0xE2 || b == 0xE3 || b == 0xEF:
		r, size := utf8.DecodeRune(d.text[i:])
		switch {
		case isInvisible(r):
			n = size
		case isBlank(r):
			decoded, n = " ", size
		case isFolded(r):
			decoded, n = norm.NFKC.String(string(r)), size
		}
		k = folded
	}
	// What an entity or escape gives may itself be invisible or of another width.
	if n > 0 && len(decoded) > 1 {
		if r, size := utf8.DecodeRuneInString(decoded); size == len(decoded) {
			switch {
			case isInvisible(r):
				decoded = ""
			case isBlank(r):
				decoded = " "
			case isFolded(r):
				decoded = norm.NFKC.String(decoded)
			}
		}
	}
	return decoded, n, k
}

// percentAt decodes a run of percent escapes (RFC 3986, section 2.1): the bytes
// of one rune together, so that the view stays UTF-8.
func percentAt(text []byte, i int) (string, int) {
	b, ok := hexByte(text, i+1)
	if !ok {
		return "", 0
	}
	return runeOf(b, func(k int) (byte, bool) {
		if textscan.Byte(text, i+3*k) != '%' {
			return 0, false
		}
		return hexByte(text, i+3*k+1)
	}, 3)
}

// runeOf collects the bytes of the rune that begins with first. more gives the
// k-th byte after it; each escape is size bytes long. Bytes that are no UTF-8 are
// taken as Windows-1252.
func runeOf(first byte, more func(k int) (byte, bool), size int) (string, int) {
	if first < utf8.RuneSelf {
		return string(rune(first)), size
	}
	buf := []byte{first}
	for k := 1; k < utf8.UTFMax; k++ {
		b, ok := more(k)
		if !ok || b&0xC0 != 0x80 {
			break
		}
		if buf = append(buf, b); utf8.FullRune(buf) {
			break
		}
	}
	if r, n := utf8.DecodeRune(buf); r != utf8.RuneError && n == len(buf) {
		return string(r), size * n
	}
	return string(windows1252(first)), size
}

func hexByte(text []byte, i int) (byte, bool) {
	if !textscan.At(text, i, textscan.Hex) || !textscan.At(text, i+1, textscan.Hex) {
		return 0, false
	}
	return hexValue(text[i])<<4 | hexValue(text[i+1]), true
}

func hexValue(b byte) byte {
	if b <= '9' {
		return b - '0'
	}
	return textscan.Fold(b) - 'a' + 10
}

// entityAt decodes a character reference (HTML, section 13.2.5.72) of at most 34
// bytes that ends in ";".
func entityAt(text []byte, i int) (string, int) {
	if b := textscan.Byte(text, i+1); b != '#' && !textscan.Is(b, textscan.Letter) {
		return "", 0
	}
	end := i + 2
	for end < len(text) && end-i < 34 && textscan.Is(text[end], textscan.Alnum) {
		end++
	}
	if textscan.Byte(text, end) != ';' {
		return "", 0
	}
	if text[i+1] == '#' {
		if s := numberAt(text[i+2 : end]); s != "" {
			return s, end + 1 - i
		}
		return "", 0
	}
	raw := string(text[i : end+1])
	decoded := html.UnescapeString(raw)
	if decoded == raw || !utf8.ValidString(decoded) {
		return "", 0
	}
	return decoded, len(raw)
}

// numberAt is the character of the number in a reference, "64" or "x40"; an empty
// string for one that is none.
func numberAt(digits []byte) string {
	base, r := rune(10), rune(0)
	if len(digits) > 0 && textscan.Fold(digits[0]) == 'x' {
		base, digits = 16, digits[1:]
	}
	for _, b := range digits {
		if !textscan.Is(b, textscan.Hex) || base == 10 && !textscan.Is(b, textscan.Digit) {
			return ""
		}
		if r = r*base + rune(hexValue(b)); r > utf8.MaxRune {
			return ""
		}
	}
	if r >= 0x80 && r < 0xA0 {
		r = windows1252(byte(r)) // as browsers read them
	}
	if r == 0 || !utf8.ValidRune(r) {
		return ""
	}
	return string(r)
}

// backslashAt decodes an escape of JSON (RFC 8259, section 7) or JavaScript.
func backslashAt(text []byte, i int) (rune, int) {
	switch b := textscan.Byte(text, i+1); b {
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case '"', '\\', '/':
		return rune(b), 2
	case 'x':
		if v, ok := hexByte(text, i+2); ok {
			return rune(v), 4
		}
	case 'u':
		hi, ok := hex16(text, i+2)
		switch {
		case !ok:
		case !utf16.IsSurrogate(hi):
			return hi, 6
		case textscan.Byte(text, i+6) == '\\' && textscan.Byte(text, i+7) == 'u':
			if lo, ok := hex16(text, i+8); ok {
				if r := utf16.DecodeRune(hi, lo); r != utf8.RuneError {
					return r, 12
				}
			}
		}
	}
	return 0, 0
}

func hex16(text []byte, i int) (rune, bool) {
	a, ok := hexByte(text, i)
	b, ok2 := hexByte(text, i+2)
	return rune(a)<<8 | rune(b), ok && ok2
}

// quotedAt decodes quoted-printable (RFC 2045, section 6.7), if the text shows
// that it is used: "a=40" also stands in code and in queries.
func (d *decoder) quotedAt(i int) (string, int) {
	switch next := textscan.Byte(d.text, i+1); {
	case next == '\n' && d.isQuotedMail():
		return "", 2
	case next == '\r' && textscan.Byte(d.text, i+2) == '\n' && d.isQuotedMail():
		return "", 3
	case !isUpperHex(next) || !isUpperHex(textscan.Byte(d.text, i+2)):
		return "", 0
	}
	// Controls are not worth a look at the whole text: "v=12" is a parameter.
	if b, _ := hexByte(d.text, i+1); b < ' ' && b != '\t' && b != '\n' && b != '\r' || b == 0x7f || !d.isQuotedMail() {
		return "", 0
	}
	b, _ := hexByte(d.text, i+1)
	return runeOf(b, func(k int) (byte, bool) {
		if textscan.Byte(d.text, i+3*k) != '=' {
			return 0, false
		}
		return hexByte(d.text, i+3*k+1)
	}, 3)
}

func isUpperHex(b byte) bool { return textscan.Is(b, textscan.Digit) || b >= 'A' && b <= 'F' }

var quotedMarks = textscan.NewFinder("quoted-printable", "=3d")

// isQuotedMail looks once for the header, for an escaped "=", or for escapes of a
// rune beyond ASCII together with soft line breaks.
func (d *decoder) isQuotedMail() bool {
	if d.quotedMail < 0 {
		d.quotedMail = 0
		quotedMarks.Each(d.text, func(i, word int) bool {
			d.quotedMail = 1
			return false
		})
		if bytes.Contains(d.text, []byte("=\n")) || bytes.Contains(d.text, []byte("=\r\n")) {
			if bytes.Contains(d.text, []byte("=C3=")) || bytes.Contains(d.text, []byte("=E2=80=")) || bytes.Contains(d.text, []byte("=20\n")) || bytes.Contains(d.text, []byte("=20\r\n")) {
				d.quotedMail = 1
			}
		}
	}
	return d.quotedMail == 1
}

// Tags of HTML that part no words, and some that do.
var (
	inlineTags = []string{"a", "abbr", "b", "bdi", "bdo", "big", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "tt", "u", "wbr"}
	blockTags  = []string{"br", "div", "p", "td", "th", "tr", "li", "ul", "ol", "table", "tbody", "h1", "h2", "h3", "h4", "pre", "hr", "body", "html"}
)

// tagAt returns the length of the tag of HTML at text[i], 0 if there is none, and
// what it reads as.
func tagAt(text []byte, i int) (int, string) {
	j := i + 1
	if textscan.Byte(text, j) == '/' {
		j++
	}
	end := textscan.SpanRight(text, j, 8, textscan.Alnum)
	if b := textscan.Byte(text, end); end == j || b != '>' && b != ' ' && b != '/' && b != '\n' {
		return 0, ""
	}
	reads := "\n"
	if isName(text[j:end], inlineTags) {
		reads = ""
	} else if !isName(text[j:end], blockTags) {
		return 0, ""
	}
	for k := end; k < len(text) && k-i < 512; k++ {
		switch text[k] {
		case '>':
			return k + 1 - i, reads
		case '<':
			return 0, ""
		}
	}
	return 0, ""
}

// tagBefore is the length of the tag that ends at text[i], or 0.
func tagBefore(text []byte, i int) int {
	for j := i - 1; j >= 0 && i-j < 512; j-- {
		if text[j] == '<' {
			if n, _ := tagAt(text, j); j+n == i {
				return n
			}
			return 0
		}
	}
	return 0
}

func isName(b []byte, list []string) bool {
	for _, s := range list {
		if len(b) == len(s) && textscan.HasFold(b, 0, s) {
			return true
		}
	}
	return false
}

// windows1252 is the rune that a byte from 0x80 on stands for there.
func windows1252(b byte) rune {
	if b < 0xA0 {
		return upperControls[b-0x80]
	}
	return rune(b)
}

var upperControls = [...]rune{
	'€', 0x81, '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', 0x8d, 'Ž', 0x8f,
	0x90, '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', 0x9d, 'ž', 'Ÿ',
}
