package person

import (
	"bytes"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/person/namelist"
	"habeas/detectors/textscan"
)

// Names in running text are looked for where two words in a row begin with
// capitals: what stands there is a name if a title or a word for a name comes
// first, or if it is made of names of the list.
//
//	Dear Dr. Ana Silva,     titled: the words behind "Dear" and "Dr."
//	patient Ixu Qorlan      cued: no names that are known, but a patient is a person
//	when Ana Silva called   listed: a given name and a surname
//
// A name of one word is found behind a title only.

// Rules of findings in running text.
const (
	ruleTitled = "titled-name"
	ruleCued   = "cued-name"
	ruleListed = "listed-name"
)

// prose reports the names in the running text of p.
func prose(p *detectors.Part, ix *textscan.Index, found func(detectors.Finding)) {
	s := scan{text: p.Text, ix: ix, found: found}
	if ix.HasEastern() {
		s.eastern(ix)
		s.southern(ix)
	}
	var inWord, carry, ends uint64 // what the block before leaves
	for w := 1; w <= ix.Blocks(); w++ {
		// Whether a letter beyond ASCII is a capital is seen later.
		l, c := ix.Letter[w]|ix.High[w], ix.Capital[w]|ix.High[w]
		if c|carry|ends == 0 {
			inWord = l >> 63
			continue
		}
		// Adding the first letter of a word to its letters carries to the place behind it.
		sum, out := bits.Add64(l, c&^(l<<1|inWord), carry)
		end := sum &^ l
		// A blank, or a point and a blank, then the second word.
		first := (end<<1 | ends>>63 | end<<2 | ends>>62) & (ix.Space[w]<<1 | ix.Space[w-1]>>63)
		for m := c & first; m != 0; m &= m - 1 {
			s.second((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
		inWord, carry, ends = l>>63, out, end
	}
}

// scan is the look at one text.
type scan struct {
	text  []byte
	ix    *textscan.Index // of text
	found func(detectors.Finding)
	past  int // where the last row of words ends
	east  int // where the last name of eastern ends
}

// second looks at the row of capitalised words whose second one begins at i.
func (s *scan) second(i int) {
	if i < s.past || i < 3 || s.text[i-1] != ' ' || !textscan.UpperAt(s.text, i) {
		return
	}
	end := i - 1
	if s.text[end-1] == '.' {
		end--
	}
	start := textscan.NameLeft(s.text, end)
	if start == end || !textscan.UpperAt(s.text, start) || start > 0 && bytes.IndexByte(noName, s.text[start-1]) >= 0 {
		return
	}
	var r row
	r.read(s.text, start)
	s.past = r.end
	if r.n < 2 || r.long {
		return
	}
	s.judge(&r)
}

// noName are the bytes that no name stands behind.
var noName = []byte(`_/\@#$.&%0123456789~^`)

// maxRow bounds the words of a row that may be a name with its titles: what has
// more is a heading.
const maxRow = 6

// maxWord bounds the bytes of one word.
const maxWord = 40

// row is words in a row that begin with capitals.
type row struct {
	text  []byte
	words [maxRow]word
	n     int
	end   int
	long  bool // it goes on
}

// word is one of a row: [start, end), with the small words of names before it.
type word struct {
	start, end int
	initial    bool // one letter and a point
	point      bool // a point follows, which is no part of it
	use        namelist.Use
	kind       uint8 // of the lists of words
}

// read reads the row that begins at start.
func (r *row) read(text []byte, start int) {
	r.text = text
	for at := start; ; {
		end := textscan.NameRight(text, at)
		if end == at || end-at > maxWord {
			return
		}
		if r.n == maxRow {
			r.long = true
			return
		}
		w := word{start: at, end: end, kind: kindOf(text[at:end])}
		w.use = namelist.Of(text[at:end])
		if w.use == 0 {
			if k := bytes.IndexByte(text[at:end], '-'); k > 0 {
				w.use = namelist.Of(text[at:at+k]) & namelist.Given
			}
		}
		r.end = end
		if textscan.Byte(text, end) == '.' {
			w.point = true
			w.initial = utf8.RuneCount(text[at:end]) == 1
			if !w.initial && w.kind != title {
				r.words[r.n] = w
				r.n++
				return // the end of the sentence
			}
			end++
		}
		r.words[r.n] = w
		r.n++
		at = nextWord(text, end)
		if at < 0 {
			return
		}
	}
}

// nextWord is where the next word of a row begins behind end, after the small
// words that names are joined with, or -1.
func nextWord(text []byte, end int) int {
	for range 3 {
		if textscan.Byte(text, end) != ' ' {
			return -1
		}
		at := end + 1
		if textscan.UpperAt(text, at) {
			return at
		}
		end = textscan.NameRight(text, at)
		if end == at || end-at > 4 || !joins[string(text[at:end])] {
			return -1
		}
	}
	return -1
}

// judge reports the name in r, if there is one.
func (s *scan) judge(r *row) {
	k, titled := 0, false
	for k < r.n && r.words[k].kind == title {
		k, titled = k+1, true
	}
	greeted := false
	if k == 0 && r.words[0].kind == greeting {
		k, greeted = 1, true
		for k < r.n && r.words[k].kind == title {
			k, titled = k+1, true
		}
	}
	last := k
	for last < r.n && r.words[last].kind&never == 0 {
		last++
	}
	for i := last; i < r.n; i++ {
		if r.words[i].kind == thing {
			return // "Ana Silva Street", "Silva & Sons"
		}
	}
	if k >= r.n {
		return
	}
	if greeted && !titled && last-k >= 2 && last == r.n && bytes.IndexByte([]byte(",!:\r\n"), textscan.Byte(s.text, r.end)) >= 0 {
		s.report(r, k, last, ruleTitled, "the one who is greeted", 0.65)
		return
	}
	if titled || greeted && last-k >= 1 && (r.words[k].use&namelist.Given != 0 || last-k >= 2 && r.words[k].use != 0) {
		if last > k && r.words[k].kind != common {
			s.report(r, k, last, ruleTitled, "behind a title or a greeting", 0.75)
		}
		return
	}
	if greeted || s.patronymic(r) {
		return
	}
	s.listed(r)
}

// listed reports the words of r that are names of the list, or that a word before
// them says are a name.
func (s *scan) listed(r *row) {
	for i := range r.n {
		if r.words[i].kind == thing {
			return
		}
	}
	k := 0
	for k < r.n && r.words[k].kind&(common|never) != 0 {
		k++ // "When Ana Silva", "Patient Ana Silva"
	}
	cue, cued := cues.Within(s.text, r.words[min(k, r.n-1)].start, 30)
	cued = cued && cue.Gap <= 3 && plainGap(s.text[r.words[min(k, r.n-1)].start-cue.Gap:r.words[min(k, r.n-1)].start])
	last := k
	for last < r.n && r.words[last].kind&(common|never) == 0 {
		last++
	}
	if last-k < 2 && k == 0 && r.n >= 3 {
		return
	}
	if last-k < 2 || last-k > 4 {
		return
	}
	if k == 0 && r.words[0].use == 0 && !cued && last-k >= 3 && s.begins(r.words[0].start) {
		k++ // a first word of a sentence that no list has
	}
	a, b := &r.words[k], &r.words[last-1]
	if shouts(s.text[a.start:a.end]) != shouts(s.text[b.start:b.end]) && !b.initial {
		return
	}
	given, family := a.use&namelist.Given != 0, b.use&namelist.Family != 0
	doubtful := a.kind == doubt || b.kind == doubt
	loud := shouts(s.text[a.start:a.end])
	switch {
	case last == r.n && s.mailed(r.end):
		s.report(r, k, last, ruleCued, "before an e-mail address in brackets", 0.8)
	case last == r.n && !loud && (given || family || !doubtful) && s.signed(a.start, r.end):
		s.report(r, k, last, ruleCued, "behind the last words of a letter", 0.75)
	case b.initial && !given, len(s.text[b.start:b.end]) == 1 && !b.initial:
	case cued && !loud && (given || family || !doubtful):
		s.report(r, k, last, ruleCued, "behind \""+cue.Word+"\"", 0.65)
	case given && family && (!doubtful || a.kind != doubt && !loud):
		s.report(r, k, last, ruleListed, "a known given name and a known surname", 0.6)
	case given && family && a.kind == doubt && b.kind != doubt && !loud && !s.begins(a.start):
		s.report(r, k, last, ruleListed, "a known given name, also a common word, and a known surname", 0.45)
	case given && !doubtful && !loud && !b.initial && utf8.RuneCount(s.text[b.start:b.end]) > 2:
		s.report(r, k, last, ruleListed, "a known given name before a capitalised word", 0.5)
	case family && !doubtful && !loud && last-k == 2 && possessive(s.text[b.end:]):
		s.report(r, k, last, ruleListed, "a known surname, with what is someone's", 0.45)
	case (a.initial || !doubtful && a.use&namelist.Family != 0) && b.use == namelist.Given|namelist.Family && b.kind != doubt && !loud:
		s.report(r, k, last, ruleListed, "an initial or a surname, and a known name", 0.45)
	}
}

// mailed reports whether an e-mail address in angle brackets follows end.
func (s *scan) mailed(end int) bool {
	if textscan.Byte(s.text, end) == '"' {
		end++
	}
	if textscan.Byte(s.text, end) != ' ' || textscan.Byte(s.text, end+1) != '<' {
		return false
	}
	w := s.text[end:min(end+100, len(s.text))]
	at, close := bytes.IndexByte(w, '@'), bytes.IndexByte(w, '>')
	return at > 2 && close > at && bytes.IndexByte(w[2:close], ' ') < 0
}

// signed reports whether [start, end) fills the line behind the words that end a
// letter.
func (s *scan) signed(start, end int) bool {
	if b := textscan.Byte(s.text, end); b != 0 && b != '\n' && b != '\r' {
		return false
	}
	c, ok := closings.Within(s.text, start, 40)
	if !ok || c.Gap > 5 {
		return false
	}
	gap := s.text[start-c.Gap : start]
	return bytes.IndexByte(gap, '\n') >= 0 && len(bytes.Trim(gap, ", \r\n")) == 0
}

// possessive reports whether b begins with "'s".
func possessive(b []byte) bool {
	return bytes.HasPrefix(b, []byte("'s ")) || bytes.HasPrefix(b, []byte("\u2019s "))
}

// plainGap tells a gap between a word and the name that it speaks of.
func plainGap(b []byte) bool { return len(bytes.Trim(b, " :\"'*=\t")) == 0 && len(b) > 0 }

// begins reports whether a sentence or a line begins at i.
func (s *scan) begins(i int) bool {
	for i > 0 && (s.text[i-1] == ' ' || s.text[i-1] == '"') {
		i--
	}
	return i == 0 || bytes.IndexByte([]byte(".!?\n\r:"), s.text[i-1]) >= 0
}

// shouts reports whether b is all in capitals.
func shouts(b []byte) bool {
	n := 0
	for _, r := range string(b) {
		if unicode.IsLower(r) {
			return false
		}
		n++
	}
	return n > 1
}

// report reports the words [k, last) of r as a name, but in source text.
func (s *scan) report(r *row, k, last int, rule, why string, confidence float64) {
	start, end := r.words[k].start, r.words[last-1].end
	if r.words[last-1].initial {
		end++
	}
	if lo, hi := textscan.Line(s.text, start, 160); textscan.CodeLike(s.text[lo:hi]) {
		return
	}
	if rule == ruleListed && textscan.Byte(s.text, end) == ' ' && textscan.At(s.text, end+1, textscan.Digit) {
		return // a street and its number
	}
	if b := textscan.Byte(s.text, end); b == '_' || b == '@' || b == '/' || b == '\\' || b == '&' || b-'0' < 10 || b == '(' && textscan.Byte(s.text, end+1) == ')' {
		return
	}
	if isBrand(s.text[start:end]) {
		return
	}
	value := s.ix.Copy(s.text[start:end])
	s.found(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: value, Canonical: field.CanonicalName(value),
		Start: start, End: end, Confidence: confidence, Rule: rule, Why: why})
}
