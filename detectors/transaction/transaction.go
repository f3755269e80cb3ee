// Package transaction finds payments outside of tables: the entries of bank
// statements (SWIFT MT940 and MT942, ISO 20022 camt and pain, OFX, QIF, BAI2), and
// sentences and lines that say what was paid, when, and to whom or for what:
//
//	Card payment 12.03.2026 EUR 45.90 to Sample Ltd ref 8841
//
// The formats are told by their own tags. A sentence needs all four: a word of
// payment, an amount with its currency, a date, and a party or a reference.
// Payments in the columns of tables are those of package record.
package transaction

import (
	"math/bits"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Detector finds payments. Make it with New; it may be used from many goroutines.
type Detector struct {
	indexes textscan.Indexes
	tags    *textscan.Finder
}

var _ detectors.Glancer = (*Detector)(nil)

// New makes the detector.
func New() *Detector { return &Detector{tags: newTags()} }

// Info implements detectors.Detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "transaction",
		Version: 1,
		Kinds:   []detectors.Kind{detectors.PaymentTxn, detectors.Name},
		Finds:   "payments in bank statements (MT940, MT942, camt, pain, OFX, QIF, BAI2) with the names of their parties, and in sentences",
		Example: "Card payment 12.03.2026 EUR 45.90 to Sample Ltd ref 8841",
	}
}

// MayHold implements detectors.Glancer: the shortest payment has a date and an amount.
func (*Detector) MayHold(g *detectors.Glance) bool { return g.Len >= 20 && g.Digits >= 6 }

// Detect implements detectors.Detector. It never fails.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	s := scan{part: p, found: found}
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		ix := d.indexes.Of(p, text, tag)
		defer d.indexes.Done(ix)
		s.text, s.tag, s.past, s.entries = text, tag, 0, nil
		for _, a := range d.anchors(ix, text) {
			if a.at >= s.past {
				s.entry(a.at, &formats[a.format])
			}
		}
		s.past = 0
		s.amounts(ix)
	})
	return nil
}

// scan is the look at one text.
type scan struct {
	part  *detectors.Part
	text  []byte
	tag   *detectors.Tag
	found func(detectors.Finding)
	past  int // all before has been looked at

	entries []span // of statements
	words   sentence
}

// span is a part of the text.
type span struct{ start, end int }

// maxEntry bounds the bytes of an entry that is shown as one payment.
const maxEntry = 400

// report reports the payment at [start, end), or as much of it as is shown.
func (s *scan) report(start, end int, rule, why string, confidence float64) {
	if end-start > maxEntry {
		end = start + maxEntry
		for end > start && s.text[end]&0xc0 == 0x80 {
			end--
		}
	}
	for end > start && s.text[end-1] <= ' ' {
		end--
	}
	s.give(detectors.Finding{Kind: detectors.PaymentTxn, Confidence: confidence, Rule: rule, Why: why}, start, end)
}

// give reports f at [start, end).
func (s *scan) give(f detectors.Finding, start, end int) {
	f.Value, f.Start, f.End = string(s.text[start:end]), start, end
	if s.tag != nil {
		f.Tag, f.Start, f.End = s.tag.Name, 0, 0
	}
	s.found(f)
}

// party reports the name at [start, end) if it is like that of a person.
func (s *scan) party(start, end int, why string) {
	for start < end && s.text[start] <= ' ' {
		start++
	}
	for end > start && s.text[end-1] <= ' ' {
		end--
	}
	if end-start < 4 || end-start > 70 {
		return
	}
	value := string(s.text[start:end])
	if field.Judge(value) < field.Person {
		return
	}
	s.give(detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Canonical: field.CanonicalName(value), Confidence: 0.7, Rule: "statement-party", Why: why}, start, end)
}

// amounts looks at every number with two decimals, and at those that a currency of
// East Asia, which has none, touches.
func (s *scan) amounts(ix *textscan.Index) {
	for w := 1; w <= ix.Blocks(); w++ {
		d, before, after := ix.Digit[w], ix.Digit[w-1], ix.Digit[w+1]
		if d|before == 0 {
			continue // much of prose
		}
		left := d<<1 | before>>63 // a digit stands before
		one := d>>1 | after<<63   // a digit stands behind
		two := d>>2 | after<<62   // and another
		three := d>>3 | after<<61 // and a third
		m := left &^ d & (one & two &^ three) &^ (ix.Space[w] | ix.Dash[w] | ix.Colon[w] | ix.Letter[w] | ix.High[w])
		m |= left & ix.High[w]
		for ; m != 0; m &= m - 1 {
			s.amount((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}
