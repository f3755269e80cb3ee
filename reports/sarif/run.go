package sarif

import (
	"slices"

	"habeas/reports"
)

// Objects of a run that are written after its results.
type (
	multiformat struct {
		Text string `json:"text"`
	}
	rule struct { // 3.49
		ID         string         `json:"id"`
		Name       string         `json:"name"`
		Short      multiformat    `json:"shortDescription"`
		Full       multiformat    `json:"fullDescription"`
		Help       multiformat    `json:"help"`
		Properties ruleProperties `json:"properties"`
	}
	ruleProperties struct {
		Tags []string `json:"tags"`
	}
	descriptor struct {
		ID    string      `json:"id"`
		Short multiformat `json:"shortDescription"`
	}
	driver struct { // 3.19
		Name          string       `json:"name"`
		Version       string       `json:"version"`
		Rules         []rule       `json:"rules,omitempty"`
		Notifications []descriptor `json:"notifications,omitempty"`
	}
	tool struct {
		Driver driver `json:"driver"`
	}
	automation struct { // 3.17: the id tells the parts apart
		ID string `json:"id"`
	}
	reference struct {
		ID string `json:"id"`
	}
	notification struct { // 3.58
		Descriptor reference  `json:"descriptor"`
		Level      string     `json:"level"`
		Message    message    `json:"message"`
		Locations  []location `json:"locations,omitempty"`
	}
	invocation struct { // 3.20
		Successful    bool           `json:"executionSuccessful"`
		Notifications []notification `json:"toolExecutionNotifications,omitempty"`
	}
	base struct {
		Description message `json:"description"`
	}
	properties struct {
		AsOf    string           `json:"asOf"`
		Part    int              `json:"part"`
		Last    bool             `json:"last"`
		KeyID   string           `json:"keyId,omitempty"`
		Sources []string         `json:"sources"`
		Summary *reports.Summary `json:"summary,omitempty"` // of the whole scan, in the last part
	}
	runTail struct { // 3.14, all but the results
		Tool        tool            `json:"tool"`
		Automation  automation      `json:"automationDetails"`
		Invocations []invocation    `json:"invocations"`
		Bases       map[string]base `json:"originalUriBaseIds"`
		ColumnKind  string          `json:"columnKind"`
		Properties  properties      `json:"properties"`
	}
)

// id names a rule: what is found, and by what.
func (k ruleKey) id() string { return reports.Show(k.kind) + "/" + reports.Show(k.detector) }

func ruleOf(k ruleKey) rule {
	t := reports.KindOf(k.kind)
	return rule{ID: k.id(), Name: camel(k.kind) + camel(k.detector), Short: multiformat{t.Title}, Full: multiformat{t.Meaning}, Help: multiformat{t.Fix},
		Properties: ruleProperties{[]string{"privacy", "personal-data"}}}
}

// camel is a name as SARIF wants those of rules: "DateOfBirth".
func camel(s string) string {
	var out []rune
	up := true
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z':
			if up {
				r -= 'a' - 'A'
			}
		case 'A' <= r && r <= 'Z', '0' <= r && r <= '9':
		default:
			up = true
			continue
		}
		out, up = append(out, r), false
	}
	return string(out)
}

// notify tells of an object that was not read in full.
func (h *Handler) notify(e *reports.Entry, uri string) {
	if len(h.notes) >= maxNotifications {
		h.noteMore++
		return
	}
	id, why := "unread", string(e.Coverage)
	if len(e.Reasons) > 0 {
		id = e.Reasons[0].Code
		for _, r := range reports.Reasons() {
			if r.Code == id {
				why += ", " + r.Meaning + ": " + r.Fix
			}
		}
	}
	level := "warning"
	if e.Coverage == reports.Failed {
		level = "error"
	}
	h.note(level, id, why)
	h.notes[len(h.notes)-1].Locations = []location{{Physical: physicalLocation{Artifact: h.artifact(e, uri)}}}
}

func (h *Handler) note(level, id, text string) {
	id = reports.Show(id)
	h.reasons[id] = true
	h.notes = append(h.notes, notification{Descriptor: reference{id}, Level: level, Message: message{plain(reports.Show(text))}})
}

// descriptors explain the notifications of this file.
func (h *Handler) descriptors() []descriptor {
	meanings := map[string]string{
		"unread": "An object was not read in full.", "more": "Further objects were not read in full.", "split": "The results are in more than one file.",
		"interrupted": "The scan did not reach every object.", "notice": "Something of the configuration is out of date.",
	}
	for _, r := range reports.Reasons() {
		meanings[r.Code] = "An object is " + r.Meaning + "."
	}
	var out []descriptor
	for id := range h.reasons {
		text := meanings[id]
		if text == "" {
			text = "An object was not read in full."
		}
		out = append(out, descriptor{id, multiformat{text}})
	}
	slices.SortFunc(out, func(a, b descriptor) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}
