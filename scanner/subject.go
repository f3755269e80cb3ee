package scanner

import (
	"maps"
	"slices"
	"strings"

	"habeas/detectors"
)

// Paths of the parts that an object has beside its content.
const (
	PartKey  = "key"
	PartMeta = "meta"
	PartTag  = "tag"
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
