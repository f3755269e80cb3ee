package transaction

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// around bounds what is read of a line on each side of an amount, in bytes.
const around = 240

// sentence is what the words around an amount say.
type sentence struct {
	pay, due         bool
	date, ref, party span
	first            int // where the word of payment stands
	lastRef, lastTo  int // where a word that names a reference or a party ends
}

// amount looks at the amount whose decimal mark, or whose currency, is at text[i].
func (s *scan) amount(i int) {
	if i < s.past {
		return
	}
	start := i
	for start > 0 && i-start < 16 && textscan.Is(s.text[start-1], textscan.Digit) {
		start--
	}
	end := i
	if s.text[i] < utf8.RuneSelf {
		if s.text[i] != '.' && s.text[i] != ',' {
			return
		}
		end = i + 3
	}
	if i-start == 3 { // perhaps there are thousands
		for start > 0 && i-start < 20 && (textscan.Is(s.text[start-1], textscan.Digit) || (s.text[start-1] == '.' || s.text[start-1] == ',' || s.text[start-1] == '\'') && textscan.At(s.text, start-2, textscan.Digit)) {
			start--
		}
	}
	if !beside[textscan.Byte(s.text, start-1)] && !beside[textscan.Byte(s.text, end)] {
		return
	}
	lo, hi, ok := s.currency(start, end)
	if !ok {
		return
	}
	from, to := s.window(lo, hi)
	s.past = to
	if s.inStatement(lo) {
		return
	}
	w := &s.words
	*w = sentence{first: -1, lastRef: -1, lastTo: -1}
	s.read(from, lo)
	s.read(hi, to)
	if !w.pay || w.due || w.date.end == 0 || w.ref.end == 0 && w.party.end == 0 {
		return
	}
	for _, e := range []span{w.date, w.ref, w.party, {w.first, w.first + 1}} {
		if e.end > 0 && e.start >= 0 {
			lo, hi = min(lo, e.start), max(hi, e.end)
		}
	}
	for hi < to && textscan.ClassOf[s.text[hi]]&textscan.Word != 0 {
		hi++
	}
	if l, h := textscan.Line(s.text, lo, 160); textscan.CodeLike(s.text[l:h]) {
		return
	}
	why, confidence := "an amount of money, a date, a word of payment and a reference in one line", 0.55
	if w.party.end > 0 {
		why, confidence = "an amount of money, a date, a word of payment and who paid or was paid in one line", 0.6
	}
	s.report(lo, hi, "payment-sentence", why, confidence)
}

// inStatement reports whether i stands in an entry of a statement, or in a column
// of a table, which others judge.
func (s *scan) inStatement(i int) bool {
	for len(s.entries) > 0 && s.entries[0].end <= i {
		s.entries = s.entries[1:]
	}
	if len(s.entries) > 0 && s.entries[0].start <= i {
		return true
	}
	if s.tag != nil {
		return false
	}
	c := s.part.CellAt(i)
	return c != nil && c.Column != "" && c.End-c.Start < 40
}

// window is the line around an amount, or the cell it stands in.
func (s *scan) window(lo, hi int) (from, to int) {
	from, to = max(lo-around, 0), min(hi+around, len(s.text))
	if k := bytes.LastIndexByte(s.text[from:lo], '\n'); k >= 0 {
		from += k + 1
	}
	if k := bytes.IndexByte(s.text[hi:to], '\n'); k >= 0 {
		to = hi + k
	}
	if c := s.part.CellAt(lo); s.tag == nil && c != nil && c.End >= hi {
		from, to = max(from, c.Start), min(to, c.End)
	}
	for from < lo && s.text[from]&0xc0 == 0x80 {
		from++
	}
	return from, to
}

// currency widens the amount at [start, end) by the currency that stands before or
// behind it.
func (s *scan) currency(start, end int) (lo, hi int, ok bool) {
	lo, hi = start, end
	if lo > 0 && (s.text[lo-1] == '-' || s.text[lo-1] == '+') {
		lo--
	}
	k := lo
	if k > 0 && s.text[k-1] == ' ' {
		k--
	} else if bytes.HasSuffix(s.text[:k], []byte("\u00a0")) {
		k -= 2
	}
	if n := currencyBefore(s.text[max(k-4, 0):k]); n > 0 && (n != 3 || !textscan.WordBefore(s.text, k-3)) {
		return k - n, hi, true
	}
	k = hi
	if textscan.Byte(s.text, k) == ' ' {
		k++
	} else if bytes.HasPrefix(s.text[k:], []byte("\u00a0")) {
		k += 2
	}
	if n := currencyAt(s.text[k:]); n > 0 && (s.text[k] == '$' || s.text[k] >= utf8.RuneSelf || !textscan.WordAfter(s.text, k+n)) {
		return lo, k + n, true
	}
	return lo, hi, false
}

// beside are the bytes of which one stands on one side of an amount, if a currency does.
var beside = func() (t [256]bool) {
	for b := range t {
		t[b] = textscan.Is(byte(b), mayPay) || b == ' ' || b == '$' || b == '-' || b == '+'
	}
	return t
}()

// mayPay are the bytes of which currencies are written.
const mayPay = textscan.Letter | textscan.High

// currencyBefore is the length of the currency that b ends with, 0 if there is none.
func currencyBefore(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	last := b[len(b)-1]
	if last != '$' && textscan.ClassOf[last]&mayPay == 0 {
		return 0
	}
	if len(b) >= 3 && codes[string(b[len(b)-3:])] {
		return 3
	}
	for _, c := range signsBy.last[last] {
		if bytes.HasSuffix(b, []byte(c)) {
			return len(c)
		}
	}
	return 0
}

// currencyAt is the length of the currency that b begins with, 0 if there is none.
func currencyAt(b []byte) int {
	if len(b) == 0 || b[0] != '$' && textscan.ClassOf[b[0]]&mayPay == 0 {
		return 0
	}
	if len(b) >= 3 && codes[string(b[:3])] {
		return 3
	}
	for _, c := range signsBy.first[b[0]] {
		if bytes.HasPrefix(b, []byte(c)) {
			return len(c)
		}
	}
	return 0
}

// read takes in the words and the numbers of text[from:to].
func (s *scan) read(from, to int) {
	w := &s.words
	for i := from; i < to; {
		switch class := textscan.ClassOf[s.text[i]]; {
		case class&textscan.Digit != 0:
			i = s.number(i, to)
		case class&(textscan.Letter|textscan.High) != 0:
			end := i
			for end < to && textscan.ClassOf[s.text[end]]&(textscan.Letter|textscan.High) != 0 {
				end++
			}
			s.word(i, end)
			i = end
		default:
			if s.text[i] == '.' || s.text[i] == ';' {
				w.lastTo = -1
			}
			i++
		}
	}
}

// number takes the row of digits and marks that begins at i: a date, or a reference
// behind its word.
func (s *scan) number(i, to int) (end int) {
	end = i
	for end < to && (textscan.Is(s.text[end], textscan.Alnum) || (s.text[end] == '.' || s.text[end] == '-' || s.text[end] == '/') && textscan.At(s.text, end+1, textscan.Digit)) {
		end++
	}
	w := &s.words
	switch {
	case w.date.end == 0 && isDate(s.text[i:end]):
		w.date = span{i, end}
	case w.date.end == 0 && end-i == 4 && bytes.HasPrefix(s.text[end:to], []byte("年")):
		w.date = span{i, end}
	case w.date.end == 0 && end-i <= 2 && s.monthBeside(i, end):
		w.date = span{i, end}
	case w.ref.end == 0 && w.lastRef >= 0 && i-w.lastRef <= 8 && end-i >= 3:
		w.ref = span{i, end}
	}
	return end
}

// isDate reports whether b is a day of the calendar in digits.
func isDate(b []byte) bool {
	var parts [3]int
	n, digits := 0, 0
	var sep byte
	for _, c := range b {
		if c-'0' < 10 {
			if digits++; digits > 4 {
				return false
			}
			parts[n] = parts[n]*10 + int(c-'0')
			continue
		}
		if digits == 0 || n == 2 || sep != 0 && c != sep || c != '.' && c != '-' && c != '/' {
			return false
		}
		sep, digits = c, 0
		n++
	}
	if n != 2 {
		return false
	}
	y, m, d := parts[0], parts[1], parts[2]
	if y <= 31 {
		y, d = d, y
	}
	if m > 12 {
		m, d = d, m
	}
	return (y >= 1990 && y < 2100 || y < 100 && digits == 2) && m >= 1 && m <= 12 && d >= 1 && d <= 31
}

// monthBeside reports whether the name of a month stands beside the number of a day
// at [i, end): "12 mars", "12. März", "March 12", "12 de marzo".
func (s *scan) monthBeside(i, end int) bool {
	k := end
	for k < len(s.text) && k-end < 3 && (s.text[k] == ' ' || s.text[k] == '.' || s.text[k] == '-') {
		k++
	}
	if textscan.HasFold(s.text, k, "de ") {
		k += 3
	}
	if kindOf(s.text[k:s.wordEnd(k)])&month != 0 {
		return true
	}
	k = i
	for k > 0 && i-k < 2 && (s.text[k-1] == ' ' || s.text[k-1] == '-' || s.text[k-1] == '.') {
		k--
	}
	start := k
	for start > 0 && k-start < 16 && textscan.ClassOf[s.text[start-1]]&(textscan.Letter|textscan.High) != 0 {
		start--
	}
	return kindOf(s.text[start:k])&month != 0
}

func (s *scan) wordEnd(i int) int {
	end := i
	for end < len(s.text) && end-i < 24 && textscan.ClassOf[s.text[end]]&(textscan.Letter|textscan.High) != 0 {
		end++
	}
	return end
}

// word takes in the word at [i, end).
func (s *scan) word(i, end int) {
	w := &s.words
	b := s.text[i:end]
	kind := kindOf(b)
	if s.text[i] >= utf8.RuneSelf && kind == 0 {
		kind = eastern(b)
	}
	if kind&pay != 0 && w.first < 0 {
		w.pay, w.first = true, i
	}
	w.due = w.due || kind&due != 0
	if kind&to != 0 {
		w.lastTo = end
		return
	}
	if kind&ref != 0 {
		w.lastRef = end
		return
	}
	if w.ref.end == 0 && w.lastRef >= 0 && i-w.lastRef <= 3 && kind == 0 && end-i > 3 {
		w.ref = span{i, end}
	}
	if w.party.end == 0 && w.lastTo >= 0 && i-w.lastTo <= 3 && (kind == 0 || kind == month && s.name(end+1)) && s.name(i) && end-i > 2 {
		w.party = span{i, end}
		for n := 0; n < 3; n++ { // the words of the name that follow
			k := w.party.end
			if textscan.Byte(s.text, k) != ' ' || !s.name(k+1) || kindOf(s.text[k+1:s.wordEnd(k+1)]) != 0 {
				break
			}
			w.party.end = s.wordEnd(k + 1)
		}
	}
	if w.lastTo >= 0 && kind == 0 && i-w.lastTo > 3 {
		w.lastTo = -1
	}
}

// name reports whether a word that begins with a capital, or with a letter of a
// script that has none, begins at i.
func (s *scan) name(i int) bool {
	if i >= len(s.text) {
		return false
	}
	r, _ := utf8.DecodeRune(s.text[i:])
	return unicode.IsUpper(r) || unicode.IsLetter(r) && !unicode.IsLower(r)
}
