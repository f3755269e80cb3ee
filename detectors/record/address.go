package record

import (
	"strings"
	"unicode"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/field"
)

// addresses joins the parts of a postal address that stand side by side.
func (s *scan) addresses() {
	for i := range s.fields {
		f := &s.fields[i]
		if f.done || !postalPart(f.means) {
			continue
		}
		end := i + 1
		for end < len(s.fields) && neighbours(&s.fields[end-1], &s.fields[end]) && s.fields[end].parent == f.parent && postalPart(s.fields[end].means) {
			end++
		}
		s.address(s.fields[i:end])
	}
}

func postalPart(m column.Meaning) bool {
	switch m {
	case column.Street, column.House, column.City, column.Postcode, column.Region, column.Country:
		return true
	}
	return false
}

// address reports one run of parts as one address if it has a street, or a
// postcode with a city in a record of a person; a lone city as a place.
func (s *scan) address(fields []entry) {
	var parts []string
	has := map[column.Meaning]bool{}
	for i := range fields {
		fields[i].done = true
		v := strings.TrimSpace(s.value(fields[i].Cell))
		if v == "" || len(v) > maxName || field.Blank(v) || strings.ContainsAny(v, "@{}<>") || strings.Contains(v, "://") {
			continue
		}
		parts = append(parts, strings.Join(strings.Fields(v), " "))
		has[fields[i].means] = has[fields[i].means] || hasLetter(v) || fields[i].means == column.Postcode || fields[i].means == column.House
	}
	f := detectors.Finding{Kind: detectors.Address, Rule: "address-columns", Start: fields[0].Start, End: fields[len(fields)-1].End}
	switch {
	case has[column.Street]:
		f.Confidence, f.Why = 0.9, "the columns of a postal address"
	case has[column.Postcode] && has[column.City] && s.person > 0:
		f.Confidence, f.Why = 0.7, "the columns for postcode and city in a record of a person"
	case has[column.City] && s.person > 0:
		f.Kind, f.Rule, f.Confidence, f.Why = detectors.Place, "city-column", 0.55, "the column for the city in a record of a person"
	default:
		return
	}
	f.Value = strings.Join(parts, ", ")
	f.Canonical = strings.ToLower(f.Value)
	s.found(f)
}

// postal reports an address in one value. The same heading is used for those of
// the network, of mail and of memory.
func (s *scan) postal(f *entry) {
	v := s.value(f.Cell)
	flat := strings.Join(strings.Fields(v), " ")
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
