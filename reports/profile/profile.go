// Package profile reads what no scan can know: who the controller is, why the
// uploads are kept, on which legal basis, who receives them, how long they stay
// and where to complain. Start with Parse; docs/profile.md is the manual, and
// docs/profile.schema.json the same for editors.
//
// What is missing is never an error: Profile.Sections marks it as a gap, and
// reports show "to complete". What is misspelt is one, with its line.
//
// Schedule tells when an object is due to go by the rules of retention.
package profile

import (
	"cmp"
	"fmt"
	"strings"
)

// Profile is a controller's profile. Every text may be empty, but those that
// docs/profile.md calls required.
type Profile struct {
	Version        int
	Controller     Controller
	Officer        Contact
	Representative Contact
	Policy         Policy
	Stores         []Store
	Recipients     []Recipient // nil: not said; empty: there are none
	Retention      []Rule
	Authorities    []Authority
	Automated      string // automated decisions, in words for the person
	Wording        Wording
}

// Controller is who answers for the uploads.
type Controller struct {
	Name, Role, Address, Country, Email, Phone, URL string
}

// Contact is a person or an office to write to.
type Contact struct{ Name, Email, Phone, Address string }

// Policy is the privacy policy that people were shown.
type Policy struct{ URL, Version, Effective string }

// Store is a source, or a part of one, with why it is kept.
type Store struct {
	Source, Prefix, Region, Country, Purpose, Basis string
	Recipients                                      []string // names of Profile.Recipients; nil: not said
	Safeguard, CDN                                  string
	BackupDays                                      int `yaml:"backup_days"` // until backups are overwritten; 0: not said
}

// Recipient is who else gets the data.
type Recipient struct {
	Name, Role, Address, Country string
	Categories                   []string
	DirectMarketing              bool  `yaml:"direct_marketing"`
	TellSubject                  *bool `yaml:"tell_subject"` // nil: yes
}

// Told reports whether a person may be told of r.
func (r *Recipient) Told() bool { return r.TellSubject == nil || *r.TellSubject }

// Rule says how long objects are kept.
type Rule struct {
	Name, Source, Prefix string
	Kinds                []string // of findings; an object with one of them falls under the rule
	Keep                 string   // "2 years"
	From                 string   // modified, closed_at or last_seen
	Ground               string   // why so long
}

// Authority takes complaints.
type Authority struct{ Regime, Name, Address, URL, Court string }

// Wording overrides texts of ours.
type Wording struct {
	Intro  string // leads the page
	Rights string // which rights people have, and how to use them
}

// Section is a group of statements for a report.
type Section struct {
	Title string
	Items []Item
}

// Item is one statement. A gap has no Text.
type Item struct {
	Label, Text string
	Gap         bool // somebody has to complete it
}

// ToComplete is what a report shows for a gap.
const ToComplete = "to complete"

// Sections are what a person is told beside the data (GDPR Article 15(1) and (2)),
// in its order. Those of a nil profile are all gaps. Recipients of whom the
// person may not be told are left out unless officer is true.
func (p *Profile) Sections(officer bool) []Section {
	if p == nil {
		p = &Profile{}
	}
	return []Section{
		{"Who is responsible", p.responsible()},
		{"Why, and on which legal basis", p.purposes()},
		{"Who receives it", p.receivers(officer)},
		{"How long it is kept", p.periods()},
		{"Where it is", p.transfers()},
		{"Automated decisions", []Item{said("Decisions by machines alone", p.Automated)}},
		{"Rights and complaints", p.rights()},
	}
}

// Gaps counts what is to be completed.
func (p *Profile) Gaps() int {
	n := 0
	for _, s := range p.Sections(true) {
		for _, i := range s.Items {
			if i.Gap {
				n++
			}
		}
	}
	return n
}

// Store is the most exact one that holds an object, nil if none does.
func (p *Profile) Store(source, key string) *Store {
	if p == nil {
		return nil
	}
	var best *Store
	for i := range p.Stores {
		s := &p.Stores[i]
		if within(s.Source, s.Prefix, source, key) && (best == nil || len(s.Source)+len(s.Prefix) > len(best.Source)+len(best.Prefix)) {
			best = s
		}
	}
	return best
}

// within reports whether an object lies in a source, or below it, and has a key
// with prefix. "" is any.
func within(wantSource, prefix, source, key string) bool {
	want, have := strings.TrimRight(wantSource, "/"), strings.TrimRight(source, "/")
	return (want == "" || have == want || strings.HasPrefix(have, want+"/")) && strings.HasPrefix(key, prefix)
}

func said(label, text string) Item { return Item{label, text, text == ""} }

// joined is the texts that are not empty.
func joined(sep string, texts ...string) string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return strings.Join(out, sep)
}

func (c *Contact) text() string { return joined(", ", c.Name, c.Address, c.Email, c.Phone) }

func (p *Profile) responsible() []Item {
	c := &p.Controller
	role := map[string]string{"": "Controller", "controller": "Controller", "processor": "Processor, for customers who are the controllers"}[c.Role]
	items := []Item{
		said(role, c.Name),
		said("Address", joined(", ", c.Address, c.Country)),
		said("Contact", joined(", ", c.Email, c.Phone, c.URL)),
		said("Privacy officer", p.Officer.text()),
	}
	if r := p.Representative.text(); r != "" {
		items = append(items, said("Representative", r))
	}
	return append(items, said("Privacy policy", joined(", ", p.Policy.URL, labelled("version ", p.Policy.Version), labelled("in force since ", p.Policy.Effective))))
}

func labelled(label, text string) string {
	if text == "" {
		return ""
	}
	return label + text
}

// name is where a store is, for a label.
func (s *Store) name() string {
	return strings.TrimRight(s.Source, "/") + labelled(" below ", s.Prefix)
}

func (p *Profile) purposes() []Item {
	items := []Item{}
	for i := range p.Stores {
		s := &p.Stores[i]
		items = append(items, said("Purpose of "+s.name(), s.Purpose), said("Legal basis of "+s.name(), basisText(s.Basis)))
	}
	if len(items) == 0 {
		items = append(items, said("Purpose", ""), said("Legal basis", ""))
	}
	return items
}

// bases of GDPR Article 6(1).
func basisText(basis string) string {
	return map[string]string{
		"consent": "consent (Article 6(1)(a) GDPR)", "contract": "a contract with the person (Article 6(1)(b) GDPR)",
		"legal_obligation": "a legal obligation (Article 6(1)(c) GDPR)", "vital_interests": "vital interests (Article 6(1)(d) GDPR)",
		"public_task": "a public task (Article 6(1)(e) GDPR)", "legitimate_interests": "legitimate interests (Article 6(1)(f) GDPR)",
	}[basis]
}

func (p *Profile) receivers(officer bool) []Item {
	if p.Recipients == nil {
		return []Item{said("Recipients", "")}
	}
	var items []Item
	for i := range p.Recipients {
		r := &p.Recipients[i]
		if !officer && !r.Told() {
			continue
		}
		text := joined(", ", r.Role, r.Address, r.Country, labelled("gets ", strings.Join(r.Categories, ", ")))
		if r.DirectMarketing {
			text = joined(", ", text, "for direct marketing")
		}
		if !r.Told() {
			text = joined(", ", text, "not to be told to the person")
		}
		items = append(items, Item{Label: r.Name, Text: text, Gap: text == ""})
	}
	if len(items) == 0 {
		items = append(items, said("Recipients", "nobody"))
	}
	return items
}

func (p *Profile) periods() []Item {
	var items []Item
	for i := range p.Retention {
		items = append(items, said(p.Retention[i].Name, p.Retention[i].text()))
	}
	for i := range p.Stores {
		if s := &p.Stores[i]; s.BackupDays > 0 {
			items = append(items, said("Backups of "+s.name(), fmt.Sprintf("overwritten after %d days", s.BackupDays)))
		}
	}
	if len(p.Retention) == 0 {
		items = append([]Item{said("Period", "")}, items...)
	}
	return items
}

func (p *Profile) transfers() []Item {
	var items []Item
	for i := range p.Stores {
		s := &p.Stores[i]
		items = append(items, said(s.name(), joined(", ", s.Region, s.Country, labelled("delivered by ", s.CDN))), said("Safeguard of transfers from "+s.name(), s.Safeguard))
	}
	if len(items) == 0 {
		items = append(items, said("Countries", ""), said("Safeguards of transfers", ""))
	}
	return items
}

func (p *Profile) rights() []Item {
	items := []Item{said("Rights", p.Wording.Rights)}
	for i := range p.Authorities {
		a := &p.Authorities[i]
		items = append(items, said("Complaints"+labelled(" under ", regimeText(a.Regime)), joined(", ", a.Name, a.Address, a.URL, labelled("court: ", a.Court))))
	}
	if len(p.Authorities) == 0 {
		items = append(items, said("Complaints", ""))
	}
	return items
}

func regimeText(regime string) string {
	return cmp.Or(map[string]string{"gdpr": "the GDPR", "uk": "UK law", "dpf": "the Data Privacy Framework", "ccpa": "the CCPA",
		"shine-the-light": "California Civil Code 1798.83", "shield-2017": "the former Privacy Shield"}[regime], regime)
}
