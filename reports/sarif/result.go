package sarif

import (
	"strconv"
	"strings"

	"habeas/reports"
)

// srcRoot is the name that consumers know for the root of a repository.
const srcRoot = "%SRCROOT%"

// Objects of SARIF, as far as they are used. Numbers are sections of the standard.
type (
	message struct {
		Text string `json:"text"`
	}
	artifactLocation struct { // 3.4
		URI  string `json:"uri"`
		Base string `json:"uriBaseId,omitempty"`
	}
	region struct { // 3.30
		StartLine  int    `json:"startLine,omitempty"`
		EndLine    int    `json:"endLine,omitempty"`
		ByteOffset *int64 `json:"byteOffset,omitempty"`
		ByteLength *int64 `json:"byteLength,omitempty"`
	}
	physicalLocation struct { // 3.29
		Artifact artifactLocation `json:"artifactLocation"`
		Region   *region          `json:"region,omitempty"`
	}
	logicalLocation struct { // 3.33
		Name     string `json:"name,omitempty"`
		FullName string `json:"fullyQualifiedName"`
		Kind     string `json:"kind"`
	}
	location struct { // 3.28
		Physical physicalLocation  `json:"physicalLocation"`
		Logical  []logicalLocation `json:"logicalLocations,omitempty"`
	}
	suppression struct { // 3.35
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	result struct { // 3.27
		RuleID       string            `json:"ruleId"`
		RuleIndex    int               `json:"ruleIndex"`
		Level        reports.Severity  `json:"level"`
		Message      message           `json:"message"`
		Locations    []location        `json:"locations"`
		Prints       map[string]string `json:"partialFingerprints"`
		Baseline     string            `json:"baselineState,omitempty"`
		Rank         float64           `json:"rank"`
		Suppressions []suppression     `json:"suppressions,omitempty"`
		Properties   resultProperties  `json:"properties"`
	}
	resultProperties struct {
		ID          string        `json:"id"`
		Mask        string        `json:"mask"`
		Role        string        `json:"role,omitempty"`
		Party       reports.Party `json:"party"`
		Owner       string        `json:"owner,omitempty"`
		Tenant      string        `json:"tenant,omitempty"`
		Fingerprint string        `json:"fingerprint,omitempty"`
		Rule        string        `json:"rule,omitempty"`
	}
)

// names counts findings of one object that are at the same place.
type names map[string]int

// name is a fingerprint that stays when lines move and when the fingerprint key
// changes, and tells nothing of the value: the place, and which of those at it.
func (n names) name(uri string, f *reports.Finding) string {
	same := f.Same(false)
	n[same]++
	return reports.Digest(uri, same) + ":" + strconv.Itoa(n[same])
}

func (h *Handler) resultOf(e *reports.Entry, f *reports.Finding, uri string, names names) *result {
	name := names.name(uri, f)
	r := &result{
		RuleID: ruleKey{f.Kind, f.Detector}.id(), Level: f.Severity(), Message: message{text(f)},
		Locations: []location{h.locationOf(e, f, uri)},
		// The first name is the one that GitHub goes by.
		Prints: map[string]string{"primaryLocationLineHash": name, "habeasPlace/v1": name},
		Rank:   f.Confidence * 100,
		Properties: resultProperties{ID: f.ID, Mask: clip(reports.Show(f.Mask)), Role: f.Role, Party: f.Party,
			Owner: clip(reports.Show(e.Owner.ID)), Tenant: clip(reports.Show(e.Owner.Tenant)), Fingerprint: f.Fingerprint, Rule: f.Rule},
	}
	if h.run.Baseline {
		r.Baseline = "new"
		if f.Known {
			r.Baseline = "unchanged"
		}
	}
	if s := f.Suppressed; s != nil {
		r.Suppressions = []suppression{{"external", "accepted", clip(reports.Show(s.Reason)) + " (until " + s.Expires + ")"}}
	}
	return r
}

// text is what a person reads of f: no value, and one line.
func text(f *reports.Finding) string {
	k := reports.KindOf(f.Kind)
	var b strings.Builder
	b.WriteString(reports.Show(k.Title))
	if f.Mask != "" {
		b.WriteString(" " + reports.Show(f.Mask))
	}
	b.WriteString(" in " + place(f))
	if f.Why != "" {
		b.WriteString(" (" + reports.Show(f.Why) + ")")
	}
	b.WriteString(". " + k.Fix)
	return plain(b.String())
}

// plain keeps a text from being more than one: in a message of SARIF, [a](b) is a
// link and {0} a place to fill in (3.11.5, 3.11.6).
func plain(s string) string {
	return strings.NewReplacer("](", "] (", "{", "{{", "}", "}}").Replace(clip(s))
}

func place(f *reports.Finding) string {
	if f.Tag == "" {
		return reports.Show(f.Part)
	}
	return reports.Show(f.Part) + ", field " + reports.Show(f.Tag)
}

// maxText bounds a text that came from outside: a tag may be a book.
const maxText = 1000

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i] + "…"
		}
	}
	return s
}

func (h *Handler) locationOf(e *reports.Entry, f *reports.Finding, uri string) location {
	l := location{Physical: physicalLocation{Artifact: h.artifact(e, uri), Region: h.regionOf(e, f)}}
	if f.Part != "" {
		l.Logical = []logicalLocation{{Name: clip(reports.Show(f.Tag)), FullName: clip(reports.Show(f.Part)), Kind: "member"}}
	}
	return l
}

func (h *Handler) artifact(e *reports.Entry, uri string) artifactLocation {
	if _, below := h.opts.Paths.Of(e.Source, e.Key); below {
		return artifactLocation{uri, srcRoot}
	}
	return artifactLocation{URI: uri}
}

// regionOf is where f stands in the object: bytes, and lines where they are known.
// What is found in a field of a binary file has neither; it is shown at the first
// line, since GitHub takes no result without one.
func (h *Handler) regionOf(e *reports.Entry, f *reports.Finding) *region {
	if f.Start == nil || f.End == nil || *f.End < *f.Start {
		if n := f.Line(); n > 0 {
			return &region{StartLine: n}
		}
		return &region{StartLine: 1}
	}
	n := *f.End - *f.Start
	r := &region{ByteOffset: f.Start, ByteLength: &n}
	if h.opts.Lines != nil {
		if first, last, ok := h.opts.Lines(e, *f.Start, *f.End); ok {
			r.StartLine, r.EndLine = first, last
			return r
		}
	}
	r.StartLine = f.Line()
	return r
}
