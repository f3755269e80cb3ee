// Package face finds people that metadata shows or names: face regions of the
// Metadata Working Group, Microsoft, ACDSee and IPTC, and the lists of people in
// a picture that photo libraries keep as keywords. It looks at no pixels.
//
// Every box is brought into one form: from the top left, in shares of the stored
// image, before EXIF orientation.
package face

import (
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
)

// Detector finds faces and the people in a picture. The zero value is ready.
type Detector struct{}

var _ detectors.Selector = (*Detector)(nil)

// New makes the detector.
func New() detectors.Detector { return &Detector{} }

// Info describes the detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "face",
		Version: 1,
		Kinds:   []detectors.Kind{detectors.Face, detectors.Name},
		Finds:   "face regions with names and boxes (MWG, Microsoft, ACDSee, IPTC) and people listed as shown",
		Example: "mwg-rs:RegionList: Name \"Ana Silva\", Area 0.47, 0.26, 0.12 x 0.16",
	}
}

// Selects tells whether a field is one of a region, of what a region refers to,
// or of a list of people.
func (*Detector) Selects(group, name string) bool {
	key := field.Key(name)
	_, list := plainLists[key]
	_, tree := trees[key]
	return list || tree || key == categories ||
		group == "XMP" && (slices.ContainsFunc(schemas, func(s schema) bool { return s.holds(key) }) || sizeField(name, key))
}

// Detect reports the regions of p, each once, and the people that it lists.
func (*Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	if len(p.Tags) == 0 {
		return nil
	}
	var seen []detectors.Finding
	for _, r := range gather(p.Tags) {
		f, ok := r.finding()
		if !ok || doubled(seen, &f) {
			continue
		}
		seen = append(seen, f)
		found(f)
	}
	listed(p.Tags, found)
	return nil
}

// maxCompared bounds how many regions one is compared with.
const maxCompared = 256

// doubled tells whether another vocabulary already gave this region: writers put
// the same faces under MWG and Microsoft. Two names at one place both stay.
func doubled(seen []detectors.Finding, f *detectors.Finding) bool {
	for i := range seen[max(0, len(seen)-maxCompared):] {
		o := &seen[max(0, len(seen)-maxCompared)+i]
		if o.Canonical != f.Canonical {
			continue
		}
		if f.Box == nil || o.Box == nil {
			if f.Box == nil && o.Box == nil && f.Value != "" && f.Rule != o.Rule {
				return true
			}
			continue
		}
		if overlap(o.Box, f.Box) >= 0.9 {
			return true
		}
	}
	return false
}

// overlap is the intersection over the union of two boxes.
func overlap(a, b *detectors.Box) float64 {
	w := min(a.X+a.W, b.X+b.W) - max(a.X, b.X)
	h := min(a.Y+a.H, b.Y+b.H) - max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / (a.W*a.H + b.W*b.H - w*h)
}

// finding is the region as a finding; ok is false if it shows no person.
func (r *region) finding() (f detectors.Finding, ok bool) {
	name, nameTag := r.name()
	kind := r.kind()
	if kind == notPerson || kind >= untyped && name == "" {
		return f, false
	}
	f = detectors.Finding{Kind: detectors.Face, Value: name, Rule: r.schema.rule, Tag: r.tag, Confidence: 0.95}
	what := r.schema.what
	switch {
	case name != "":
		f.Tag, f.Canonical = nameTag, field.CanonicalName(name)
		what += ", named"
	default:
		what += ", not named"
		f.Confidence = 0.9
	}
	switch kind {
	case untyped:
		what += ", no type given"
		f.Confidence = min(f.Confidence, r.schema.untyped)
	case otherType:
		what += ", of a type that we don't know"
		f.Confidence = min(f.Confidence, 0.6)
	}
	box, sure := r.box()
	switch {
	case box == nil:
		what += ", without a usable box"
		f.Confidence = min(f.Confidence, 0.7)
	case !sure:
		what += ", units guessed"
		f.Confidence = min(f.Confidence, 0.7)
	}
	if r.fields["personemaildigest"] != nil {
		what += ", with a digest of the person's e-mail address"
	}
	f.Box, f.Why = box, what
	return f, true
}

// name is the person's name and the tag that it stands in. Placeholders that
// tagging programs write for unnamed faces are no names.
func (r *region) name() (string, string) {
	for _, key := range r.schema.names {
		for _, t := range r.lists[key] {
			if !placeholder(t.Value) {
				return t.Value, t.Name
			}
		}
	}
	return "", ""
}

func placeholder(name string) bool {
	if field.Blank(name) {
		return true
	}
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "unnamed", "unknown person", "unknown face", "unconfirmed", "ignored", "ignore", "face", "no name", "noname", "add a name", "add name", "stranger", "who is this?":
		return true
	}
	return false
}
