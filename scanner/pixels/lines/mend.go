package lines

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Mend undoes what recognisers are known to get wrong in addresses and numbers,
// where only one text can be the true one; the rest stays as it was read.
func (l *Line) Mend() {
	for i := strings.Index(l.Text, "(@"); i > 0; i = strings.Index(l.Text, "(@") {
		// An at sign with a large belly: "ana(@example.org".
		if !wordBefore(l.Text, i) {
			break
		}
		l.cut(i, 1)
	}
	l.closeAt()
	mendTLD(l)
	if at := labelEnd(l.Text); at > 0 {
		l.space(at)
	}
	if at := numberLabelEnd(l.Text); at > 0 {
		l.space(at)
	}
	if at := numberLabelStart(l.Text); at > 0 {
		l.space(at)
	}
}

// closeAt takes out the space that some see beside the at sign of an address: one
// behind it, where the name of a host follows; one before it, where the word before
// looks like no other's.
func (l *Line) closeAt() {
	for i := len(l.Text) - 1; i > 0; i-- {
		if l.Text[i] != '@' {
			continue
		}
		after := strings.TrimPrefix(l.Text[i+1:], " ")
		if !hostStarts(after) {
			continue
		}
		before := strings.TrimSuffix(l.Text[:i], " ")
		if !wordBefore(before, len(before)) {
			continue
		}
		word := before[strings.LastIndexByte(before, ' ')+1:]
		if spaced := len(before) < i; spaced && !strings.ContainsAny(word, "0123456789._+-") {
			continue
		}
		if len(after) < len(l.Text)-i-1 {
			l.cut(i+1, 1)
		}
		if len(before) < i {
			l.cut(i-1, 1)
		}
	}
}

// hostStarts reports whether s begins like the name of a host: "example.org".
func hostStarts(s string) bool {
	n := 0
	for n < len(s) && hostByte(s[n]) {
		n++
	}
	dot := strings.LastIndexByte(strings.TrimRight(s[:n], "."), '.')
	return dot > 1 && n-dot > 2
}

// cut takes n bytes at i out.
func (l *Line) cut(i, n int) {
	l.Text = l.Text[:i] + l.Text[i+n:]
	l.At = append(l.At[:i], l.At[i+n:]...)
	kept := l.Doubts[:0]
	for _, d := range l.Doubts {
		switch {
		case d < i:
			kept = append(kept, d)
		case d >= i+n:
			kept = append(kept, d-n)
		}
	}
	l.Doubts = kept
}

// space puts a space in at i.
func (l *Line) space(i int) {
	l.Text = l.Text[:i] + " " + l.Text[i:]
	at := append(l.At[:i:i], l.At[i])
	l.At = append(at, l.At[i:]...)
	for k, d := range l.Doubts {
		if d >= i {
			l.Doubts[k]++
		}
	}
}

// wordBefore reports whether the byte before i ends a word.
func wordBefore(s string, i int) bool {
	r, _ := utf8.DecodeLastRuneInString(s[:i])
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// mendTLD turns the digits of the last part of a domain behind an @ into the
// letters that they look like: "example.0rg". No top-level domain has a digit.
func mendTLD(l *Line) {
	for from := 0; ; {
		i := strings.IndexByte(l.Text[from:], '@')
		if i < 0 {
			return
		}
		from += i + 1
		end := from
		for end < len(l.Text) && hostByte(l.Text[end]) {
			end++
		}
		dot := strings.LastIndexByte(l.Text[from:end], '.')
		tld := l.Text[from+dot+1 : end]
		if dot < 1 || len(tld) < 2 || len(tld) > 4 || !strings.ContainsAny(tld, "01") || strings.Trim(tld, "01") == "" || strings.ContainsAny(tld, "23456789-") {
			continue
		}
		fixed := strings.NewReplacer("0", "o", "1", "l").Replace(tld)
		l.Text = l.Text[:end-len(tld)] + fixed + l.Text[end:]
	}
}

func hostByte(c byte) bool {
	return c == '.' || c == '-' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// The recogniser loses spaces: "E-MAILana@example.org" would be the address of
// somebody called e-mailana. A label that is glued to what it is of is parted
// from it.
var (
	mailLabels  = []string{"e-mail", "email", "e mail", "mail", "from"}
	phoneLabels = []string{"telephone", "telefon", "whatsapp", "contact", "mobile", "office", "signal", "phone", "handy", "mobil", "call", "cell", "fax", "tél", "tel", "mob", "sms", "tlf", "ph"}
	shortLabels = []string{"t", "p", "m", "f", "c"}
	// leadWords are what stands before such a label, and glued to it makes another
	// word of it: "orphone", "EMERGENCYTEL".
	leadWords = []string{"or", "and", "by", "my", "our", "your", "the", "on", "home", "work", "office", "business", "private", "main", "direct", "emergency", "daytime", "evening", "cell", "mobile", "new", "contact"}
)

// labelEnd is where the label ends that an address is glued to; 0 if none is.
func labelEnd(s string) int {
	lower := strings.ToLower(s)
	if len(lower) != len(s) || !strings.Contains(s, "@") {
		return 0
	}
	for _, label := range mailLabels {
		rest, ok := strings.CutPrefix(lower, label)
		first, _ := utf8.DecodeRuneInString(s)
		r, _ := utf8.DecodeRuneInString(rest)
		if ok && unicode.IsUpper(first) && unicode.IsLetter(r) && strings.IndexByte(rest, '@') > 1 {
			return len(label)
		}
	}
	return 0
}

// numberLabelEnd is where the label ends that a number is glued to; 0 if none is.
func numberLabelEnd(s string) int {
	i := strings.IndexAny(s, "+(0123456789")
	if i <= 0 || digits(s[i:]) < 7 {
		return 0
	}
	before := strings.ToLower(s[:i])
	if len(before) != i {
		return 0
	}
	for _, label := range phoneLabels {
		if strings.HasSuffix(before, label) {
			return i
		}
	}
	for _, label := range shortLabels {
		if before == label {
			return i
		}
	}
	return 0
}

// numberLabelStart is where the label of a number begins that another word is
// glued to; 0 if none is.
func numberLabelStart(s string) int {
	i := strings.IndexAny(s, "+(0123456789")
	if i <= 0 || digits(s[i:]) < 7 {
		return 0
	}
	before := strings.ToLower(s[:i])
	if len(before) != i {
		return 0
	}
	before = strings.TrimRight(before, " :.")
	for _, label := range phoneLabels {
		lead, ok := strings.CutSuffix(before, label)
		if !ok {
			continue
		}
		word := lead[strings.LastIndexFunc(lead, func(r rune) bool { return !unicode.IsLetter(r) })+1:]
		if slices.Contains(leadWords, word) {
			return len(lead)
		}
	}
	return 0
}

func digits(s string) int {
	n := 0
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
