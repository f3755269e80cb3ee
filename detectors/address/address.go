// Package address finds postal addresses, named places and personal web pages in
// the fields that metadata has for them: IPTC and its XMP forms, PLUS, and
// fields stored beside an object; and postal addresses in running text. Mail
// addresses and phone numbers are found by their own detectors.
package address

import (
	"net/url"
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Detector finds addresses and places. The zero value is ready.
type Detector struct{ indexes textscan.Indexes }

var _ detectors.Selector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "address",
		Version: 3,
		Kinds:   []detectors.Kind{detectors.Address, detectors.Place, detectors.URL},
		Finds:   "postal addresses, places and web pages in contact and location fields, and postal addresses in text",
		Example: "CreatorContactInfo: 2 Quay St, Galway",
	}
}

// Selects tells whether a field is one for addresses, places or pages.
func (*Detector) Selects(group, name string) bool { return ruleOf(group, field.Key(name)) != nil }

// Detect reports what the fields of p hold, each value once a field.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	if len(p.Text) > 0 {
		ix := d.indexes.Of(p, p.Text, nil)
		prose(p, ix, found)
		d.indexes.Done(ix)
	}
	if len(p.Tags) == 0 {
		return nil
	}
	seen := map[string]bool{}
	for i := range p.Tags {
		t := &p.Tags[i]
		if t.Value == "" || len(t.Value) > maxValue {
			continue
		}
		key := field.Key(t.Name)
		r := ruleOf(t.Group, key)
		if r == nil {
			continue
		}
		f, ok := finding(r, t)
		// The same value in two languages, or in two items of one list, is one.
		if once := key + "\x00" + f.Value; ok && !seen[once] {
			seen[once] = true
			found(f)
		}
	}
	return nil
}

// maxValue bytes: longer values are texts, which these fields are not for.
const maxValue = 4096

// finding judges one field; ok is false if it says nothing of the rule's kind.
func finding(r *rule, t *detectors.Tag) (f detectors.Finding, ok bool) {
	value := strings.TrimSpace(t.Value)
	if field.Blank(value) {
		return f, false
	}
	f = detectors.Finding{Kind: r.kind, Value: value, Tag: t.Name, Confidence: r.confidence, Why: r.why, Rule: r.name}
	switch r.kind {
	case detectors.URL:
		canonical, ok := page(value)
		f.Canonical = canonical
		return f, ok
	case detectors.Place:
		if coordinates(value) || !lettered(value) {
			return f, false
		}
	case detectors.Address:
		if other(value) {
			return f, false
		}
	}
	f.Canonical = flat(value)
	return f, true
}

// flat is the form that spellings of one place share: lower case, single blanks.
func flat(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// lettered tells whether s has two letters: "--" and numbers are no place.
func lettered(s string) bool {
	n := 0
	for _, r := range s {
		if r >= 0x80 || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			n++
		}
	}
	return n >= 2 || n == 1 && len(s) > 2
}

// coordinates: a field for a place may hold a position, which is another kind.
func coordinates(s string) bool {
	return strings.Trim(s, "0123456789+-.,;/ °'\"NSEW") == ""
}

// other tells a contact that is nothing but a mail address, a phone number or a
// web page: their own detectors find it.
func other(s string) bool {
	if strings.ContainsAny(s, " \t\n,;") {
		return strings.Trim(s, "0123456789+-()./ ") == "" && len(s) > 6
	}
	return strings.ContainsAny(s, "@") || strings.Contains(s, "://") || strings.HasPrefix(s, "+")
}

// page reads a web address; a bare domain with a path or "www." is taken too.
func page(s string) (canonical string, ok bool) {
	if strings.ContainsAny(s, " \t\n<>\"") {
		return "", false
	}
	full := s
	if !strings.Contains(s, "://") {
		full = "http://" + s
	}
	u, err := url.Parse(full)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !strings.Contains(strings.Trim(u.Hostname(), "."), ".") {
		return "", false
	}
	return strings.ToLower(u.Hostname()) + strings.TrimSuffix(u.EscapedPath(), "/"), true
}
