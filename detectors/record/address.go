package record

import (
	"strings"
	"unicode"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/field"
)

// addresses finds postal addresses in columns that stand side by side. Each part
// is a finding of its own, so that its column is named and its bytes are known;
// their canonical form is the whole address, by which they are one.
func (s *scan) addresses() {
	for i := range s.fields {
		f := &s.fields[i]
		if f.done || !postalParts.has(f.means) {
			continue
		}
		end := i + 1
		for end < len(s.fields) && neighbours(&s.fields[end-1], &s.fields[end]) && s.fields[end].parent == f.parent && postalParts.has(s.fields[end].means) {
			end++
		}
		s.address(s.fields[i:end])
	}
}

var postalParts = setOf(column.Street, column.House, column.City, column.Postcode, column.Region, column.Country)

// address reports a run of parts as an address if it has a street, or a postcode
// with a city in a record of a person; a lone city as a place.
func (s *scan) address(fields []entry) {
	s.parts = s.parts[:0]
	var has meanings
	for i := range fields {
		f := &fields[i]
		f.done = true
		v := s.value(f.Cell)
		if len(v) <= maxName && !field.Blank(v) && !strings.ContainsAny(v, "@{}<>") && !strings.Contains(v, "://") && singleBlanks(v) != "" {
			s.parts = append(s.parts, f)
			if f.means == column.Postcode || f.means == column.House || hasLetter(v) {
				has |= 1 << f.means
			}
		}
	}
	f := detectors.Finding{Kind: detectors.Address, Rule: "address-columns"}
	switch {
	case has.has(column.Street):
		f.Confidence, f.Why = 0.9, "in the columns of a postal address"
	case has.has(column.Postcode) && has.has(column.City) && s.person > 0:
		f.Confidence, f.Why = 0.7, "in the columns for postcode and city in a record of a person"
	case has.has(column.City) && s.person > 0:
		f.Kind, f.Rule, f.Confidence, f.Why = detectors.Place, "city-column", 0.55, "in the column for the city in a record of a person"
	default:
		return
	}
	values := make([]string, len(s.parts))
	for i, part := range s.parts {
		values[i] = singleBlanks(s.value(part.Cell))
	}
	f.Canonical = strings.ToLower(strings.Join(values, ", "))
	for _, part := range s.parts {
		if f.Kind == detectors.Place && part.means != column.City {
			continue
		}
		f.Value = s.value(part.Cell)
		s.report(part.Cell, f)
	}
}

// postal reports an address in one value. The same heading is used for those of
// the network, of mail and of memory.
func (s *scan) postal(f *entry) {
	v := s.value(f.Cell)
	flat := singleBlanks(v)
	if len(v) > 2*maxName || field.Blank(v) || strings.ContainsAny(v, "@{}<>=|\\") || strings.Contains(v, "://") {
		return
	}
	letters, digits, marks := 0, 0, strings.Count(v, ",")+strings.Count(v, "\n")
	for _, r := range flat {
		switch {
		case unicode.IsLetter(r):
			letters++
		case unicode.IsDigit(r):
			digits++
		}
	}
	words := len(strings.Fields(flat))
	switch {
	case letters < 3 || words < 2 && flat < "\u2e80":
		return
	case digits == 0 && marks == 0 && words < 3:
		return
	}
	confidence := 0.85
	if digits == 0 {
		confidence = 0.65
	}
	s.report(f.Cell, detectors.Finding{Kind: detectors.Address, Value: v, Canonical: strings.ToLower(flat), Confidence: confidence, Rule: "address-column", Why: "the column for an address"})
}

func hasLetter(s string) bool { return strings.ContainsFunc(s, unicode.IsLetter) }
