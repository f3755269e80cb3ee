package phone

import (
	"unicode"
	"unicode/utf8"
	"unsafe"

	"habeas/detectors/textscan"
)

// evidence is what stands before a number. Each question is looked into once.
type evidence struct {
	s     *scan
	start int

	asked, otherAsked bool
	label             textscan.Context
	has, touches      bool
	other             textscan.Context
	hasOther          bool
	looseAsked        bool
	hasLoose          bool
	heading           bool // of the column or the field: a telephone number
	otherHeading      bool // of the column: something else
}

func (e *evidence) ask() {
	if e.asked {
		return
	}
	e.asked = true
	text := e.s.text
	if h := e.s.heading(e.start); h != nil && e.s.table.Begins(e.start) {
		// The column decides: what stands before is the cell of another column.
		e.heading, e.otherHeading = h.phone, h.other
		return
	}
	e.label, e.has = e.s.words.Before(labelWord, e.start)
	e.touches = e.has && e.label.Gap <= 24 && onlyFiller(text[e.start-e.label.Gap:e.start])
	if e.s.tag != nil && !e.has {
		e.heading = e.s.named(e.s.tag.Name)
	}
}

// weighOther looks for words that speak against; the nearer word holds.
func (e *evidence) weighOther() {
	e.ask()
	if e.otherAsked {
		return
	}
	e.otherAsked = true
	if e.touches || e.heading || e.otherHeading {
		return
	}
	e.other, e.hasOther = e.s.words.Before(otherWord, e.start)
	if e.has && e.hasOther {
		e.has = e.label.Gap <= e.other.Gap
		e.hasOther = !e.has
	}
}

// heading is what the heading of the column of pos says, nil if it has none.
func (s *scan) heading(pos int) *heading {
	if !s.tabular {
		return nil
	}
	name := s.table.Column(pos)
	if len(name) == 0 {
		return nil
	}
	h, ok := s.headings.Of(name)
	if !ok {
		name = s.table.Heading(pos)
		h.phone, h.other = says(name)
		h.none = name == nil
	}
	if h.none {
		return nil
	}
	return h
}

// named reports whether the name of a field is one for telephone numbers.
func (s *scan) named(field string) bool {
	if field == "" {
		return false
	}
	name := unsafe.Slice(unsafe.StringData(field), len(field)) // nobody changes it
	h, ok := s.headings.Of(name)
	if !ok {
		h.phone, h.other = says(name)
	}
	return h.phone
}

// says reports whether the name of a column or a field is one for telephone numbers,
// or for other ones.
func says(name []byte) (phone, other bool) {
	if _, phone = labelWords.Before(name, len(name)); !phone {
		_, other = otherWords.Before(name, len(name))
	}
	return phone, other
}

// heading is what the name of a column says.
type heading struct {
	none         bool // nothing: it is no name
	phone, other bool
}

// onlyFiller reports whether what stands between a label and the number only
// leads over to it: "phone number is", "Tel. (office): ".
func onlyFiller(b []byte) bool {
	letters := 0
	for _, c := range b {
		switch {
		case textscan.ClassOf[c]&textscan.Digit != 0 || c == '\n' || c == '.' && letters > 0:
			return false
		case textscan.ClassOf[c]&textscan.Word != 0:
			letters++
		}
	}
	return letters <= 10
}

// labelled: a word or a column heading says directly that this is a telephone
// number.
func (e *evidence) labelled() bool { e.ask(); return e.touches || e.heading }

// near: such a word stands close before.
func (e *evidence) near() bool { e.weighOther(); return e.has || e.heading }

// against: the nearest word says that this is something else.
func (e *evidence) against() bool {
	e.weighOther()
	return !e.touches && (e.hasOther || e.otherHeading)
}

func (e *evidence) loose() bool {
	if !e.looseAsked {
		e.looseAsked = true
		_, e.hasLoose = e.s.words.Before(looseWord, e.start)
	}
	return e.hasLoose
}

// say is the end of a reason.
func (e *evidence) say() string {
	switch {
	case e.has:
		return "; '" + e.label.Word + "' before"
	case e.heading:
		return "; its column or field is for telephone numbers"
	}
	return ""
}

// lead is what stands directly before a number without '+'.
type lead uint8

const (
	free    lead = iota // nothing that belongs to it
	touched             // a mark that makes it part of something else, unless a label says not
	refused             // it is part of something else
)

func (s *scan) leadAt(start int) lead {
	if start == 0 {
		return free
	}
	before := textscan.Byte(s.text, start-2)
	switch b := s.text[start-1]; {
	case textscan.ClassOf[b]&textscan.Alnum != 0 || b == '_' || b == '@' || b == '%':
		if b == 'n' && before == '\\' || b == 't' && before == '\\' || b == 'r' && before == '\\' {
			return free // a line end, escaped
		}
		return refused
	case b == ',':
		if textscan.ClassOf[before]&textscan.Digit != 0 {
			return touched
		}
		return free
	case b == '.' || b == '/' || b == '-' || b == '=' || b == '#' || b == '$' || b == '*' || b == '+' || b == '\\' || b == '&' || b == '~' || b == '^':
		return touched
	case b == ':':
		if textscan.ClassOf[before]&(textscan.Digit) != 0 {
			return touched
		}
		return free
	case b == ' ' && before == '$':
		return touched
	case b >= utf8.RuneSelf:
		r, _ := utf8.DecodeLastRune(s.text[:start])
		switch {
		case r == '€' || r == '£' || r == '¥' || r == '₹' || r == '₽':
			return touched
		case (unicode.IsLetter(r) || unicode.IsDigit(r)) && r < 0x2e80:
			return refused
		}
	}
	return free
}

// bracketBefore is where a number begins that has a bracket before its first
// digits: "(030) 12345". A bracket around all of it does not belong to it.
func (s *scan) bracketBefore(c *chain, i, n int) int {
	start := c.groups[i].start
	if textscan.Byte(s.text, start-1) == '(' && n > 1 {
		for k := c.groups[i].end; k < c.groups[i+1].start; k++ {
			if s.text[k] == ')' {
				return start - 1
			}
		}
	}
	return start
}

// wordAfter reports whether a word in brackets after the number says what it is:
// "(cell)".
func (s *scan) wordAfter(end int) bool {
	if !s.bracketAfter(end) {
		return false
	}
	i := end
	for s.text[i] == ' ' {
		i++
	}
	word := textscan.SpanRight(s.text, i+1, 24, textscan.Word)
	if word == i+1 {
		return false
	}
	c, ok := labelWords.Before(s.text[i+1:word], word-i-1)
	return ok && c.At == 0
}

// bracketAfter reports whether a bracket opens after the number.
func (s *scan) bracketAfter(end int) bool {
	for textscan.Byte(s.text, end) == ' ' {
		end++
	}
	b := textscan.Byte(s.text, end)
	return b == '(' || b == '['
}

// extensionAt is how many bytes an extension at end takes, or 0.
func (s *scan) extensionAt(end int) int {
	i := end
	if b := textscan.Byte(s.text, i); b == ',' {
		i++
	}
	for k := 0; k < 2 && textscan.Byte(s.text, i) == ' '; k++ {
		i++
	}
	if i >= len(s.text) || !extends[s.text[i]] {
		return 0
	}
	n := 0
	for _, w := range extensions {
		if textscan.HasFold(s.text, i, w) {
			n = len(w)
			break
		}
	}
	if n == 0 {
		return 0
	}
	i += n
	for k := 0; k < 3 && i < len(s.text) && (s.text[i] == ' ' || s.text[i] == ':' || s.text[i] == '.'); k++ {
		i++
	}
	stop := textscan.SpanRight(s.text, i, 8, textscan.Digit)
	if stop == i || stop-i > 7 || !s.wordEnds(stop) || textscan.Byte(s.text, stop) == '.' && textscan.At(s.text, stop+1, textscan.Digit) {
		return 0
	}
	return stop - end
}

// wordEnds reports whether no letter or digit follows at i, those of scripts aside
// that are written without blanks.
func (s *scan) wordEnds(i int) bool {
	if !textscan.At(s.text, i, textscan.Word) {
		return true
	}
	r, _ := utf8.DecodeRune(s.text[i:])
	return r >= 0x2e80 || r >= utf8.RuneSelf && !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// lonely reports whether the word before start is a single letter, as commands
// are in the paths of drawings.
func (s *scan) lonely(start int) bool {
	i := start
	for textscan.Byte(s.text, i-1) == ' ' {
		i--
	}
	return i < start && textscan.At(s.text, i-1, textscan.Letter) && !textscan.At(s.text, i-2, textscan.Word)
}

// extensions are the words before an extension, longer ones first.
var extensions = [...]string{";ext=", "extension", "extensión", "extensao", "extensão", "extn", "ext", "xtn", "x", "#", "poste", "durchwahl", "dw", "anexo", "interno", "int.", "ramal", "доб", "внутр", "内線", "分机", "内线", "내선"}

// extends are the bytes that such a word begins with, of either case.
var extends = func() (t [256]bool) {
	for _, w := range extensions {
		t[w[0]] = true
		if w[0] >= 'a' && w[0] <= 'z' {
			t[w[0]-('a'-'A')] = true
		}
	}
	return t
}()
