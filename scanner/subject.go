package scanner

import (
	"maps"
	"path"
	"slices"
	"strings"

	"habeas/detectors"
)

// Paths of the parts that an object has beside its content.
const (
	PartKey  = "key"
	PartMeta = "meta"
	PartTag  = "tag"
	// PartObject says what the object calls itself and what its content is.
	PartObject = "object"
)

// subjectParts are the key, the user metadata and the tags as parts.
func subjectParts(s Subject) []*detectors.Part {
	var parts []*detectors.Part
	if s.Key != "" {
		parts = append(parts, &detectors.Part{Path: PartKey, Text: []byte(strings.ToValidUTF8(s.Key, "\uFFFD")), Off: -1})
	}
	if len(s.Meta) > 0 {
		parts = append(parts, fields(PartMeta, s.Meta))
	}
	if len(s.Tags) > 0 {
		parts = append(parts, fields(PartTag, s.Tags))
	}
	return parts
}

// objectPart is what the object calls itself beside what its content is, which
// detectors/renamed compares.
func objectPart(s Subject, is string) *detectors.Part {
	p := &detectors.Part{Path: PartObject, Off: -1, Regions: s.Regions}
	for _, t := range [][2]string{{"Ending", path.Ext(s.Key)}, {"ContentType", s.Claimed}, {"Type", is}} {
		p.Tags = append(p.Tags, detectors.Tag{Group: PartObject, Name: t[0], Value: strings.ToValidUTF8(t[1], "\uFFFD")})
	}
	return p
}

// fields is m as one part, by name.
func fields(group string, m map[string]string) *detectors.Part {
	p := &detectors.Part{Path: group, Off: -1}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		p.Tags = append(p.Tags, detectors.Tag{
			Group: group,
			Name:  strings.ToValidUTF8(name, "\uFFFD"),
			Value: strings.TrimRight(strings.ToValidUTF8(m[name], "\uFFFD"), "\x00 "),
		})
	}
	return p
}
