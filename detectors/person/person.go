// Package person finds names of people in the fields that metadata has for them,
// with the part that each plays: creator, owner, copyright holder, author,
// editor, contact; and names in running text, by titles, by the words that stand
// before names and by a list of names.
package person

import (
	"regexp"
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
	"habeas/detectors/textscan"
)

// Detector finds names. The zero value is ready.
type Detector struct{ indexes textscan.Indexes }

var _ detectors.Selector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "person",
		Version: 5,
		Kinds:   []detectors.Kind{detectors.Name},
		Finds:   "names of creators, camera owners, copyright holders, authors and editors in Exif, IPTC, XMP and document fields, and of people in text, by titles and lists of names",
		Example: "Artist: Ana Silva",
	}
}

// Selects tells whether a field is one for names.
func (*Detector) Selects(group, name string) bool {
	key := field.Key(name)
	return ofHost(key) || ruleOf(group, name, key) != nil
}

// ofHost tells a field for the name of a computer, which people name after
// themselves.
func ofHost(key string) bool { return key == "hostcomputer" || key == "devicename" }

// Detect reports the names in the fields of p, each once a field.
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
		if t.Value == "" {
			continue
		}
		key := field.Key(t.Name)
		r := ruleOf(t.Group, t.Name, key)
		if r == nil {
			if ofHost(key) {
				host(t, found)
			}
			continue
		}
		for _, name := range names(r, t.Value) {
			f, ok := finding(r, t, name)
			// One field in several languages, and a list that says a name twice.
			once := key + "\x00" + name
			if ok && !seen[once] {
				seen[once] = true
				found(f)
			}
		}
	}
	return nil
}

// finding judges one name of a field; ok is false if it is nobody's.
func finding(r *rule, t *detectors.Tag, name string) (f detectors.Finding, ok bool) {
	like, canonical := field.Read(name)
	f = detectors.Finding{Kind: detectors.Name, Role: r.role, Value: name, Canonical: canonical, Tag: t.Name, Confidence: r.confidence, Rule: r.name, Why: r.why}
	if r.role == detectors.RoleCopyright {
		return statement(f, like)
	}
	if r.strict && like != field.Person && (like != field.Handle || !oneWord(name)) {
		return f, false
	}
	switch like {
	case field.NoName, field.Licence:
		return f, false
	case field.Company:
		f.Confidence *= 0.65
		f.Why += "; reads like an organisation"
	case field.Handle:
		f.Confidence *= 0.8
		f.Why += "; one word, an account or a sentence"
	}
	return f, true
}

// statement judges a copyright notice, which is kept whole: who holds the right
// is what a reader must decide.
func statement(f detectors.Finding, like field.Likeness) (detectors.Finding, bool) {
	switch like {
	case field.NoName:
		if field.Blank(f.Value) || !brand(f.Value) {
			return f, false
		}
		f.Confidence, f.Why = 0.4, f.Why+"; a maker's or a program's name"
	case field.Licence:
		f.Confidence, f.Why = 0.4, f.Why+"; names a licence and nobody"
	case field.Company:
		f.Confidence, f.Why = f.Confidence*0.6, f.Why+"; reads like an organisation"
	case field.Handle:
		f.Confidence, f.Why = f.Confidence*0.8, f.Why+"; one word or a longer text"
	}
	return f, true
}

// brand tells a company that may hold rights from a placeholder.
func brand(value string) bool {
	switch strings.ToLower(strings.TrimSpace(value)) {
	case "your name", "your name here", "name", "my name", "default", "user", "owner", "admin", "unnamed", "untitled", "copyright holder", "rights holder", "no name", "noname", "anonymous":
		return false
	}
	return strings.ContainsFunc(value, func(r rune) bool { return r > '9' })
}

// oneWord: a name that people give themselves, without digits and signs.
func oneWord(s string) bool {
	return !strings.ContainsAny(s, " \t/\\@0123456789_:;=&?#")
}

// maxNames bounds what one field is split into.
const maxNames = 64

// names splits a list that Windows and Exif keep in one field, "Ana Silva; Bo
// Berg", if every piece could be a name. A notice is never split.
func names(r *rule, value string) []string {
	value = strings.TrimSpace(value)
	if r.party {
		return []string{partyName(value)}
	}
	if !r.list || !strings.Contains(value, ";") || len(value) > 2000 {
		return []string{value}
	}
	pieces := strings.Split(value, ";")
	if len(pieces) > maxNames {
		return []string{value}
	}
	out := pieces[:0]
	for _, s := range pieces {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		if like := field.Judge(s); len(strings.Fields(s)) > 5 || strings.ContainsAny(s, "0123456789") || like == field.Licence {
			return []string{value}
		}
		out = append(out, s)
	}
	return out
}

// partyName is the name in "Name <address>"; "" where an address stands alone.
func partyName(value string) string {
	name, _, _ := strings.Cut(value, "<")
	if name = strings.TrimSpace(name); strings.Contains(name, "@") {
		return ""
	}
	return name
}

// hosts are the names that systems give a computer after its owner: "Ana's
// MacBook Pro", "iPhone von Ana", "iPhone de Ana".
var hosts = []*regexp.Regexp{
	regexp.MustCompile(`^(\p{Lu}[\p{L} .-]{0,40}?)['’]s? (?i:(?:new |old |work |home )?(?:macbook|imac|mac|iphone|ipad|ipod|pc|laptop|notebook|computer|phone|galaxy|pixel|thinkpad|surface)\b)`),
	regexp.MustCompile(`^(?i:(?:macbook|imac|mac|iphone|ipad|ipod|pc|laptop|ordinateur|portátil|computer)(?: (?:pro|air|mini|max|plus))*) (?i:von|de|di|do|da|d’|van|från|fra) (\p{Lu}[\p{L} .-]{0,40})$`),
}

// host reports the owner after whom a computer is named.
func host(t *detectors.Tag, found func(detectors.Finding)) {
	if len(t.Value) > 100 {
		return
	}
	for _, h := range hosts {
		m := h.FindStringSubmatch(t.Value)
		if m == nil || field.Judge(m[1]) == field.NoName || field.Judge(m[1]) == field.Company {
			continue
		}
		name := strings.TrimSpace(m[1])
		found(detectors.Finding{Kind: detectors.Name, Role: detectors.RoleOwner, Value: name, Canonical: field.CanonicalName(name), Tag: t.Name, Confidence: 0.5, Rule: "host-computer", Why: "a computer named after its owner"})
		return
	}
}
