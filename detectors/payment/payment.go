// Package payment finds payment card numbers (ISO/IEC 7812) and bank accounts
// (IBAN, ISO 13616) in text. Both carry check digits; what remains of chance is
// ruled out by the table of issuers, by lengths, and by how people group digits.
package payment

import (
	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

// Detector finds cards and accounts. It holds no state and may be used from many
// goroutines.
type Detector struct{ indexes textscan.Indexes }

var _ detectors.Glancer = (*Detector)(nil)

// New makes a detector.
func New() *Detector { return &Detector{} }

// Info says what the detector finds.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name: "payment", Version: 3, Kinds: []detectors.Kind{detectors.PaymentCard, detectors.IBAN},
		Finds:   "payment card numbers and IBANs whose check digits are right, and labelled ones that are mistyped or mostly hidden; test numbers are marked as dummies",
		Example: "4111 1111 1111 1111",
	}
}

// stars hide digits.
var stars = detectors.Bytes("*")

// MayHold implements detectors.Glancer: cards have 12 digits at least; the shortest
// account, of Norway, has 15 letters and digits, of which two are check digits.
func (*Detector) MayHold(g *detectors.Glance) bool {
	return g.Digits >= minDigits || g.Digits >= 4 && g.Any(stars) || g.Digits >= 2 && g.Digits+g.Letters >= 15
}

// Detect reports the cards and accounts in p.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	s := scan{part: p, found: found}
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		if len(text) < 12 {
			return
		}
		s.text, s.tag, s.ibanEnd = text, tag, 0
		s.table.ResetPart(p, text, tag)
		ix := d.indexes.Of(p, text, tag)
		defer d.indexes.Done(ix)
		s.ix = ix
		digits.Lettered(ix, s.iban)
		rows.Each(ix, text, s.row)
		s.maskedCards(ix)
	})
	return nil
}

// rows are where a card may stand: digits with the marks between groups that joins
// knows.
var rows = digits.NewClusters(false, minDigits, 3)

const minDigits = 12 // of a card

// scan is the state of one text.
type scan struct {
	part    *detectors.Part
	found   func(detectors.Finding)
	text    []byte
	ix      *textscan.Index
	tag     *detectors.Tag
	table   column.Table
	ibanEnd int // where the last account ends: others begin behind it

	groups [maxGroups]span // runs of digits with one separator between them
	n      int
	total  int // digits in them
}

// span is a part of the text.
type span struct{ start, end int }

// row looks for cards in a cluster of digits.
func (s *scan) row(first, last int) {
	s.n, s.total = 0, 0
	for i := first; i < last; {
		start := i
		for i < last && s.text[i]-'0' < 10 {
			i++
		}
		if s.n > 0 && !s.joins(s.groups[s.n-1].end, start) {
			s.cards()
			s.n, s.total = 0, 0
		}
		if s.n == maxGroups {
			copy(s.groups[:], s.groups[1:]) // a longer row is no card, but its end may be looked at
			s.n--
		}
		s.groups[s.n] = span{start, i}
		s.n++
		s.total += i - start
		for i < last && s.text[i]-'0' >= 10 {
			i++
		}
	}
	s.cards()
}

func (s *scan) report(f detectors.Finding, start, end int) {
	f.Value, f.Start, f.End = s.ix.Copy(s.text[start:end]), start, end
	if s.tag != nil {
		f.Tag, f.Start, f.End = s.tag.Name, 0, 0
	}
	s.found(f)
}
