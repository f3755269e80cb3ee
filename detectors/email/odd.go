package email

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"
	"golang.org/x/net/idna"
	"golang.org/x/text/unicode/norm"

	"habeas/detectors/textscan"
)

const (
	// The window on each side of the "@", in runes: a local part with what may be
	// glued to it, and the longest domain.
	oddLeft, oddRight = 96, 256
	// oddTime is far more than a window ever needs (a few microseconds): it only
	// bounds what a mistake in the pattern could cost.
	oddTime = 100 * time.Millisecond
	// oddStack bounds the memory of backtracking, in entries.
	oddStack = 1 << 16
)

// oddPattern matches what RFC 6531 adds to addresses: letters, marks and digits
// of any script on both sides, and of RFC 5322 the quoted local part. The
// look-behind keeps the match from starting inside a word.
type oddPattern struct{ re *regexp2.Regexp }

func newOddPattern() *oddPattern {
	const (
		atom  = `[\p{L}\p{M}\p{Nd}_%+\-'=&]`
		label = `[\p{L}\p{M}\p{Nd}](?:[\p{L}\p{M}\p{Nd}\-\u00B7\u30FB]{0,61}[\p{L}\p{M}\p{Nd}])?`
	)
	re := regexp2.MustCompile(
		`(?<![\p{L}\p{M}\p{Nd}_%+\-])(?<local>"(?:[^"\\\r\n]|\\[^\r\n]){1,64}"|`+atom+`+(?:\.`+atom+`+)*)@(?<domain>`+label+`(?:[.\u3002\uFF0E\uFF61]`+label+`)+)`,
		regexp2.OptionMaxBacktrackingStackSize(oddStack))
	re.MatchTimeout = oddTime
	return &oddPattern{re: re}
}

// match finds the address around window[at], an "@", and returns its range.
func (o *oddPattern) match(window []rune, at int) (start, end int, ok bool, err error) {
	err = o.re.FindRunesMatches(window, 0, func(m regexp2.MatchView) bool {
		i, n, _ := m.GroupRange(0)
		if i < at && i+n > at+1 {
			start, end, ok = i, i+n, true
		}
		return i+n <= at
	})
	return start, end, ok, err
}

// unusual decides about an "@" with letters beyond ASCII or quotes around it.
func (d *Detector) unusual(text []byte, from, at int) (candidate, verdict) {
	// Most have no known domain at all: that is seen without the expression.
	if !endsKnown(text, at+1) {
		return candidate{}, no
	}
	window, first, mid := around(text, from, at)
	start, end, ok, err := d.odd.match(window, mid)
	switch {
	case err != nil:
		return candidate{}, tooSlow // the error quotes the window: it goes no further
	case !ok:
		return candidate{}, no
	}
	domain, kind := knownDomain(window[mid+1 : end])
	if kind == noDomain {
		return candidate{}, no
	}
	local := ownScript(window[start:mid], domain)
	start = mid - len(local)
	c := candidate{
		start: first + width(window[:start]), at: at, end: at + 1 + width(domain),
		local: norm.NFC.String(string(local)),
	}
	if ascii, err := idna.Lookup.ToASCII(string(domain)); err == nil {
		c.domain = ascii
	} else if c.domain, err = idna.Punycode.ToASCII(strings.ToLower(string(domain))); err != nil {
		return candidate{}, no
	}
	if local[0] != '"' {
		c.start = trimLocal(text, c.start, at)
		c.local = norm.NFC.String(string(text[c.start:at]))
	}
	if c.start >= at || at-c.start > maxLocal*2 {
		return candidate{}, no
	}
	return c, d.judgeUnusual(text, &c, kind, local)
}

func (d *Detector) judgeUnusual(text []byte, c *candidate, kind domain, local []rune) verdict {
	if v := d.judge(text, c, kind); v != yes {
		return v
	}
	beyond := c.end-c.start != utf8.RuneCount(text[c.start:c.end])
	switch {
	case local[0] == '"':
		c.rule, c.why, c.confidence = "quoted", "quoted local part; "+c.why, min(c.confidence, 0.7)
	case beyond:
		c.rule, c.why = "international", "letters beyond ASCII (RFC 6531); "+c.why
		c.confidence = min(c.confidence, 0.85)
		// "请用@qq.com": words of a script without blanks before a bare domain.
		if !hasASCIIAlnum(local) && noBlanks(local) && isASCII(text[c.at+1:c.end]) {
			if _, ok := d.labels.Touching(text, c.start); !ok && !opens(textscan.Byte(text, c.start-1)) {
				return no
			}
			c.confidence = 0.6
		}
	}
	return yes
}

// around copies the runes around text[at], back to the last blank and on to the
// next. first is the place of window[0] in text, mid that of the "@" in window.
func around(text []byte, from, at int) (window []rune, first, mid int) {
	first = at
	quoted := textscan.Byte(text, at-1) == '"'
	for n := 0; first > from && n < oddLeft; n++ {
		r, size := utf8.DecodeLastRune(text[from:first])
		if r == '\n' || r == '\r' || r <= ' ' && !quoted {
			break
		}
		first -= size
	}
	for i := first; i < len(text) && len(window) < oddLeft+oddRight; {
		r, size := utf8.DecodeRune(text[i:])
		if i > at && r <= ' ' {
			break
		}
		if r == utf8.RuneError && size == 1 {
			r = ' ' // a broken byte is one byte wide, as a blank is; it parts words
		}
		if i == at {
			mid = len(window)
		}
		window = append(window, r)
		i += size
	}
	return window, first, mid
}

// endsKnown reports whether the name at text[i:] has a label, beyond the first,
// that starts with a top-level domain.
func endsKnown(text []byte, i int) bool {
	stop := min(i+4*oddRight, len(text))
	label, labels := i, 0
	for i <= stop {
		r, size := utf8.DecodeRune(text[i:stop])
		if size > 0 && (r == '-' || r == 0xB7 || r == 0x30FB || unicode.In(r, unicode.L, unicode.M, unicode.Nd)) {
			i += size
			continue
		}
		name := text[label:i]
		if labels > 0 && (nameKind(name) != noDomain || nameKind(asciiStart(name)) != noDomain) {
			return true
		}
		if size == 0 || !isDot(r) || i == label {
			break
		}
		i += size
		label = i
		labels++
	}
	return false
}

// asciiStart is what of name precedes its first byte beyond ASCII.
func asciiStart(name []byte) []byte {
	for i, b := range name {
		if b >= utf8.RuneSelf {
			return name[:i]
		}
	}
	return name
}

// width is the length of runes in UTF-8, in bytes.
func width(runes []rune) (n int) {
	for _, r := range runes {
		n += utf8.RuneLen(r)
	}
	return n
}

// ownScript cuts off words of another script that are glued to the front of a
// local part, as in texts that are written without blanks: "邮箱anna@...". A
// single foreign letter between Latin ones is a part of the name.
func ownScript(local, domain []rune) []rune {
	if local[0] == '"' {
		return local
	}
	for _, r := range domain {
		if r >= utf8.RuneSelf && unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r) {
			return local
		}
	}
	cut, run, latin := 0, 0, false
	for i, r := range local {
		switch {
		case unicode.IsLetter(r) && !unicode.Is(unicode.Latin, r):
			run++
		case unicode.Is(unicode.Latin, r) || r >= '0' && r <= '9':
			if run > 1 || run == 1 && !latin {
				cut = i
			}
			run = 0
			latin = latin || unicode.Is(unicode.Latin, r)
		}
	}
	return local[cut:]
}

// knownDomain shortens domain to the longest start that ends in a top-level
// domain. Its last label may have foreign words glued to its end: "bar.comまで".
func knownDomain(domain []rune) (known []rune, kind domain) {
	for end := len(domain); end > 0; {
		dot := end - 1
		for dot >= 0 && !isDot(domain[dot]) {
			dot--
		}
		if dot < 1 {
			return nil, noDomain
		}
		if k := nameKind([]byte(string(domain[dot+1 : end]))); k != noDomain {
			if end < len(domain) {
				k = shortened
			}
			return domain[:end], k
		}
		ascii := dot + 1
		for ascii < end && domain[ascii] < utf8.RuneSelf {
			ascii++
		}
		if ascii < end && ascii > dot+1 {
			if k := nameKind([]byte(string(domain[dot+1 : ascii]))); k != noDomain {
				return domain[:ascii], k
			}
		}
		end = dot
	}
	return nil, noDomain
}

func isDot(r rune) bool { return r == '.' || r == 0x3002 || r == 0xFF0E || r == 0xFF61 }

func nameKind(label []byte) domain {
	switch {
	case textscan.TLD(label):
		return public
	case textscan.Reserved(label) == "example":
		return example
	}
	return noDomain
}

func hasASCIIAlnum(local []rune) bool {
	for _, r := range local {
		if r < utf8.RuneSelf && textscan.Is(byte(r), textscan.Alnum) {
			return true
		}
	}
	return false
}

func noBlanks(local []rune) bool {
	return len(local) > 0 && unicode.In(local[0], unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer)
}

func isASCII(domain []byte) bool { return utf8.RuneCount(domain) == len(domain) }

// opens reports whether b sets a value apart from the text before it.
func opens(b byte) bool { return strings.IndexByte("<(\"':=,;|[\t", b) >= 0 && b != 0 }
