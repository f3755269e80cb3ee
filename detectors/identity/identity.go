// Package identity finds what states give their people: national identity, social
// security and tax numbers, passports, also by their machine-readable zone (ICAO
// Doc 9303), driving licences, and dates of birth; and bank accounts that are no IBAN.
//
// A national number is reported where its check digits are right and a word says
// what it is, or where its form alone is so particular that chance is out. One
// without check digits always needs the word.
package identity

import (
	"math/bits"
	"strings"
	"sync"
	"unicode"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/textscan"
)

// Detector finds identity numbers and dates of birth. Make it with New; it may be
// used from many goroutines.
type Detector struct {
	scans   sync.Pool // of *scan: checks are called through the table, which would make every token escape
	words   textscan.Lists
	indexes textscan.Indexes
}

var _ detectors.Glancer = (*Detector)(nil)

// New makes a detector.
func New() *Detector { return NewSharing(nil) }

// NewSharing makes a detector whose context words are read together with those of
// others.
func NewSharing(words *textscan.Lexicon) *Detector {
	return &Detector{scans: sync.Pool{New: func() any { return new(scan) }}, words: words.Join(lists[:]...)}
}

// Info says what the detector finds.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name: "identity", Version: 4,
		Kinds:   []detectors.Kind{detectors.NationalID, detectors.BankAccount, detectors.Passport, detectors.DrivingLicence, detectors.DateOfBirth},
		Finds:   "national identity, social security and tax numbers of persons, passports and their machine-readable zones, driving licences, bank accounts that are no IBAN, dates of birth",
		Example: "date of birth: 1970-01-31",
	}
}

var filler = detectors.Bytes("<")

// MayHold implements detectors.Glancer. Dates have three digits at least, numbers
// more; a machine-readable zone has fillers.
func (*Detector) MayHold(g *detectors.Glance) bool {
	return g.Len >= minLen && (g.Digits >= 3 || g.Any(filler))
}

// minLen is the length of the shortest number or date, bytes.
const minLen = 6

// Detect reports the identity numbers and dates of birth in p.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	s, ok := d.scans.Get().(*scan)
	if !ok {
		s = new(scan)
	}
	defer func() {
		s.part, s.found, s.text, s.tag, s.table = nil, nil, nil, nil, column.Table{} // the text is not ours after the call
		s.ix = nil
		s.headings.Forget()
		s.words.Reset(nil)
		d.scans.Put(s)
	}()
	s.part, s.found, s.words = p, found, textscan.NewReader(d.words)
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		if len(text) < minLen {
			return
		}
		s.text, s.tag, s.done = text, tag, 0
		s.ix = d.indexes.Of(p, text, tag)
		defer d.indexes.Done(s.ix)
		s.words.Reset(s.ix)
		s.table.ResetPart(p, text, tag)
		s.tabular = s.table.Any()
		s.numbers()
		s.zones()
	})
	return nil
}

// scan is the state of one text.
type scan struct {
	part  *detectors.Part
	found func(detectors.Finding)
	text  []byte
	tag   *detectors.Tag
	table column.Table
	done  int // all before has been looked at

	ix       *textscan.Index
	words    textscan.Reader // words before numbers
	tabular  bool            // table is one
	headings column.Memory[heading]

	token token

	names map[string]*inName // of fields that were looked at, also those before
}

// maxToken is the most bytes that a number takes with its separators.
const maxToken = 40

// maxChars is one more than the longest number has without its separators.
const maxChars = 19

// token is a row of letters and digits that may be one number.
type token struct {
	start int
	chars [maxChars]byte // upper case, without separators
	n     int
	ends  [maxChars]int  // where the text goes on after each character
	gaps  [maxChars]byte // the separator after each character, 0 if none

	letters uint32 // bit i: chars[i] is a letter
}

// at looks at the run of digits text[start:end] and the letters before it from from
// on, which nothing before has taken.
func (s *scan) at(from, start, end int) {
	s.done = s.wordEnd(end)
	edge := s.edge(from)
	if !edge && !s.dashed(from) {
		return
	}
	if edge && s.dateLike(start, end) {
		if s.mayBeBirth(start) && s.birth(start) || s.yearFirst(start, end) {
			return // nothing else is written so
		}
	}
	if !long(s.text, from) {
		return
	}
	named := s.named(from)
	lead := s.lettersBefore(from, named)
	if !named && !alone(s.text, lead, start, end) {
		return
	}
	t := &s.token
	if edge {
		s.read(t, from)
		if s.national(t, named) {
			return
		}
	}
	if lead < from { // letters and a blank or dash stand before: "AA 12 34 56 B"
		s.read(t, lead)
		if s.national(t, named) {
			return
		}
		s.read(t, from)
	}
	if named && edge {
		s.labelled(t)
	}
}

// dashed reports whether a dash joins letters to the number that begins at i.
func (s *scan) dashed(i int) bool {
	return textscan.Byte(s.text, i-1) == '-' && textscan.At(s.text, i-2, textscan.Letter)
}

// yearFirst reports whether a date begins with the run of digits text[start:end], a year.
func (s *scan) yearFirst(start, end int) bool {
	if end-start != 4 || s.text[start] != '1' && s.text[start] != '2' {
		return false
	}
	_, stop, ok := readDate(s.text, start)
	return ok && !textscan.At(s.text, stop, textscan.Digit)
}

// long reports whether six letters and digits or more begin at i, with single
// separators between them.
func long(text []byte, i int) bool {
	n, gap := 0, false
	for ; i < len(text) && n < 6; i++ {
		if textscan.ClassOf[text[i]]&textscan.Alnum != 0 {
			n, gap = n+1, false
			continue
		}
		if b := text[i]; gap || b != '-' && b != '.' && b != ' ' && b != '/' && b != '+' {
			return false
		}
		gap = true
	}
	return n == 6
}

// address reports whether an IPv4 address begins with the run of digits
// text[start:end].
func address(text []byte, start, end int) bool {
	for range 3 {
		if end-start > 3 || textscan.Byte(text, end) != '.' {
			return false
		}
		start = end + 1
		if end = textscan.SpanRight(text, start, 4, textscan.Digit); end == start {
			return false
		}
	}
	b := textscan.Byte(text, end)
	return end-start <= 3 && b != '-' && b != '.' && textscan.ClassOf[b]&textscan.Alnum == 0
}

// named reports whether a word for a number of ours may stand before start, or in
// the heading of its column.
func (s *scan) named(start int) bool {
	if s.tag != nil {
		return true
	}
	if s.inColumn(start) {
		return s.headed(start)&^birthWord != 0 || s.words.Near(licenceWord, start)
	}
	return s.words.Near(textscan.All&^birthWord, start)
}

// inColumn reports whether the value at start is all of a cell whose column has a name.
func (s *scan) inColumn(start int) bool {
	return s.tabular && s.heading(start) != nil && s.table.Begins(start)
}

// wordEnd is where the letters and digits at i end.
func (s *scan) wordEnd(i int) int {
	for textscan.At(s.text, i, textscan.Alnum) {
		i++
	}
	return i
}

// lettersBefore is where up to three capitals begin that a blank parts from i. For a
// number with a word before, they are up to four letters, and a dash may part them.
func (s *scan) lettersBefore(i int, named bool) int {
	k, most, class := i-1, 3, textscan.Upper
	mark := textscan.Byte(s.text, k)
	if named {
		most, class = 4, textscan.Letter
	}
	if mark != ' ' && (mark != '-' || !named) {
		return i
	}
	for k > 0 && i-1-k < most && textscan.At(s.text, k-1, class) {
		k--
	}
	if k == i-1 || !s.edge(k) {
		return i
	}
	return k
}

// edge reports whether a number may begin at i.
func (s *scan) edge(i int) bool {
	b := textscan.Byte(s.text, i-1)
	switch {
	case i > 0 && refusedSet.Has(b):
		return false
	case b == '.' || b == '-' || b == ',':
		if !textscan.At(s.text, i-2, textscan.Alnum) || b == ',' && !textscan.At(s.text, i-2, textscan.Digit) {
			return true
		}
		return b == ',' && s.table.Heading(i) != nil && s.table.Begins(i) // the next cell of a row
	case textscan.ClassOf[b]&textscan.Alnum != 0 && i > 0:
		return (b == 'n' || b == 't' || b == 'r') && textscan.Byte(s.text, i-2) == '\\'
	case b >= 0x80:
		return textscan.Bounded(s.text, i, i) || noBlanksBefore(s.text, i)
	}
	return true
}

// read fills t with the letters and digits from i on, with single separators
// between them.
func (s *scan) read(t *token, i int) {
	t.start, t.n, t.letters = i, 0, 0
	for stop := min(i+maxToken, len(s.text)); i < stop && t.n < maxChars; {
		b := s.text[i]
		switch {
		case textscan.ClassOf[b]&textscan.Alnum != 0:
			if b-'a' < 26 {
				b -= 'a' - 'A'
			}
			t.chars[t.n], t.ends[t.n], t.gaps[t.n] = b, i+1, 0
			if b >= 'A' {
				t.letters |= 1 << t.n
			}
			t.n++
			i++
		case (b == '-' || b == '.' || b == ' ' || b == '/' || b == '+') && t.n > 0 && t.gaps[t.n-1] == 0 && textscan.At(s.text, i+1, textscan.Alnum):
			t.gaps[t.n-1] = b
			i++
		default:
			return
		}
	}
}

// closed reports whether t can end after its first n characters.
func (s *scan) closed(t *token, n int) bool {
	if n > t.n || n < t.n && t.gaps[n-1] == 0 {
		return false
	}
	end := t.ends[n-1]
	switch b := textscan.Byte(s.text, end); {
	case b == '_' || b == '@' || b == '%':
		return false
	case b == '-' || b == '.' || b == '/' || b == ':' || b == '+':
		return !textscan.At(s.text, end+1, textscan.Alnum)
	case textscan.ClassOf[b]&textscan.Alnum != 0 && end < len(s.text):
		return false
	case b >= 0x80:
		return textscan.Bounded(s.text, end, end) || noBlanksAfter(s.text, end)
	}
	return true
}

func (s *scan) report(f detectors.Finding, start, end int) {
	f.Value, f.Start, f.End = string(s.text[start:end]), start, end
	if s.tag != nil {
		f.Tag, f.Start, f.End = s.tag.Name, 0, 0
	}
	s.done = max(s.done, end)
	s.found(f)
}

// context looks for a word of list w before start, or in the heading of its column.
func (s *scan) context(w uint32, start int) (string, bool) {
	if s.inColumn(start) {
		return s.inHeading(w, start)
	}
	c, ok := s.words.Before(w, start)
	if !ok && s.tag != nil {
		return s.inName(w)
	}
	if ok && w == idWord {
		// "identification number" is also the end of many a longer label.
		if longer, has := s.words.Covering(idWord, start, c); has {
			c = longer
		}
	}
	return c.Word, ok
}

// inHeading is a word of list w in the heading of the column of start.
func (s *scan) inHeading(w uint32, start int) (string, bool) {
	h := s.heading(start)
	if h == nil || h.lists&w == 0 {
		return "", false
	}
	if h.asked != w {
		h.asked = w
		h.word, h.has = inLabel(w, s.table.Heading(start))
	}
	return h.word, h.has
}

// inName is a word of list w in the name of the field. The names that photos share
// are many times met: what was found in them is kept.
func (s *scan) inName(w uint32) (string, bool) {
	name := s.tag.Name
	if len(name) > maxKeptName {
		return inLabel(w, []byte(name))
	}
	in := s.names[name]
	if in == nil {
		if s.names == nil || len(s.names) == keptNames {
			s.names = map[string]*inName{}
		}
		in = new(inName)
		s.names[strings.Clone(name)] = in
	}
	l := &in[bits.TrailingZeros32(w)]
	if !l.asked {
		l.asked = true
		l.word, l.has = inLabel(w, []byte(name))
		l.word = strings.Clone(l.word)
	}
	return l.word, l.has
}

const (
	keptNames   = 2048 // names of fields
	maxKeptName = 128  // the length of the longest of them, bytes
)

// inName are the words that stand in the name of a field, by list.
type inName [len(lists)]struct {
	word       string
	has, asked bool
}

// inLabel is a word of list w in name, that of a column or a field. "id" behind
// other words is the number of something else ("ReviewCycleID"), unless they are a
// label for one of ours together ("customer_national_id").
func inLabel(w uint32, name []byte) (string, bool) {
	list := lists[bits.TrailingZeros32(w)]
	c, ok := list.Before(name, len(name))
	if longer, has := list.Covering(name, len(name), c); ok && has {
		c = longer
	}
	if !ok || c.Word != "id" || c.At == 0 {
		return c.Word, ok
	}
	joined := strings.Map(func(r rune) rune {
		if r == ' ' || r == '_' || r == '-' || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}, string(name))
	for _, label := range known.list {
		// Shorter ones also end words that mean something else, as "uid".
		if bare := strings.ReplaceAll(label, " ", ""); len(bare) >= 6 && strings.HasSuffix(bare, "id") && strings.HasSuffix(joined, bare) {
			return label, true
		}
	}
	return "", false
}
