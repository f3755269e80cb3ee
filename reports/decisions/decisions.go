// Package decisions is the file in which a privacy officer hands back what she
// decided: one action for an object, or for one finding in it, with a reason
// and a note. The report's pages export and import it; plans of erasure and
// packages for access requests read it.
//
// The file is JSON, described in docs/schema.md. Read is strict: what it does
// not know, it refuses, with the line. A decision names an object by source,
// exact key, version and ETag, so that it can't be carried out on other bytes
// than those that were decided on.
package decisions

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// SchemaVersion of the file.
const SchemaVersion = 1

// Bounds of a file, far above what a person decides by hand.
const (
	MaxBytes = 256 << 20 // of a whole file
	MaxNote  = 4000      // bytes of a note
	maxName  = 4096      // bytes of a source, key, version, ETag or finding id
)

// File is what one scan's decisions say. AsOf and KeyID are those of the scan
// that was decided on.
type File struct {
	AsOf      time.Time
	KeyID     string
	Decisions []Decision // in order of Source, Key, Version, Finding; each target once
}

// Decision is one action.
type Decision struct {
	Source  string // name of the source, as the record has it
	Key     string // bytes
	Version string // "" where the source has none
	ETag    string // "" where the source has none
	Finding string // id of a finding; "": the whole object
	Action  Action
	Reason  string // code of the table of Reasons; "" if none was given
	Note    string // the officer's own words
}

// Action is what is to become of the object or finding.
type Action string

const (
	Keep   Action = "keep"   // leave it as it is
	Strip  Action = "strip"  // rewrite the object without the metadata
	Redact Action = "redact" // hand out only a copy with other people made unrecognisable
	Delete Action = "delete" // erase every version
	Refer  Action = "refer"  // pass the request on to the owner
	Hold   Action = "hold"   // keep it from change until the hold is released
)

// Actions lists every action with words for a person, in the order in which a
// page offers them.
func Actions() []ActionText {
	return []ActionText{
		{Keep, "Keep", "leave it as it is"},
		{Strip, "Strip", "rewrite the file without this metadata, the picture stays"},
		{Redact, "Redact copy", "hand out only a copy in which other people can't be recognised"},
		{Delete, "Delete", "erase the object in every version"},
		{Refer, "Refer", "pass the request on to the account that uploaded it"},
		{Hold, "Hold", "keep it from change: a dispute or an order is open"},
	}
}

// ActionText is one action in words.
type ActionText struct {
	Action      Action
	Label, Text string
}

// Reason is a ground that a decision may rest on.
type Reason struct {
	Code    string
	Text    string
	Actions []Action // that it may stand beside
}

// Reasons lists every ground: those of Article 17(1) and (3) GDPR, and what
// California's Civil Code 1798.105(d) adds, in words.
func Reasons() []Reason {
	remove, stay := []Action{Delete, Strip, Redact}, []Action{Keep, Hold}
	return []Reason{
		{"not_needed", "no longer needed for its purpose", remove},
		{"consent_withdrawn", "consent was withdrawn", remove},
		{"objection", "the person objects", remove},
		{"unlawful", "processed unlawfully", remove},
		{"legal_duty_erase", "a law demands erasure", remove},
		{"child", "collected from a child", remove},
		{"excess", "more than the purpose needs", remove},
		{"incorrect", "the data is wrong", remove},
		{"third_party", "it is about other people", []Action{Strip, Redact, Refer}},
		{"request", "the person asked for it", append(slices.Clone(remove), Refer)},
		{"in_use", "still needed for its purpose", []Action{Keep}},
		{"own_data", "the owner's own data, put there on purpose", []Action{Keep}},
		{"expression", "freedom of expression and information", []Action{Keep}},
		{"legal_duty_keep", "a law demands keeping it (tax, accounts)", stay},
		{"public_interest", "public interest, health, archive or research", []Action{Keep}},
		{"legal_claims", "needed for legal claims", stay},
		{"order", "an authority or court ordered it", append(slices.Clone(stay), Delete)},
		{"security", "needed to find or repair a security incident", stay},
		{"not_personal", "looked at: no personal data", []Action{Keep}},
		{"other_controller", "another controller decides about it", []Action{Refer}},
		{"other", "another reason, in the note", []Action{Keep, Strip, Redact, Delete, Refer, Hold}},
	}
}

// sort brings d into the order of a file.
func sort(d []Decision) {
	slices.SortFunc(d, func(a, b Decision) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Finding, b.Finding))
	})
}

// target is what can be decided on once only.
type target struct{ source, key, version, finding string }

func (d *Decision) target() target { return target{d.Source, d.Key, d.Version, d.Finding} }

// check tells what is wrong with d, in words; "" if nothing is.
func (d *Decision) check() string {
	for _, f := range []struct {
		name, value string
		optional    bool
	}{{"source", d.Source, false}, {"key_base64", d.Key, false}, {"version", d.Version, true}, {"etag", d.ETag, true}, {"finding", d.Finding, true}} {
		switch {
		case f.value == "" && !f.optional:
			return f.name + " is missing"
		case len(f.value) > maxName:
			return fmt.Sprintf("%s is longer than %d bytes", f.name, maxName)
		case f.name != "key_base64" && !utf8.ValidString(f.value):
			return f.name + " is not UTF-8"
		}
	}
	if !slices.ContainsFunc(Actions(), func(a ActionText) bool { return a.Action == d.Action }) {
		return "decision is not one of keep, strip, redact, delete, refer, hold"
	}
	if d.Reason != "" {
		i := slices.IndexFunc(Reasons(), func(r Reason) bool { return r.Code == d.Reason })
		switch {
		case i < 0:
			return "reason is not a code of docs/schema.md"
		case !slices.Contains(Reasons()[i].Actions, d.Action):
			return fmt.Sprintf("reason %s is none for %s", d.Reason, d.Action)
		}
	}
	switch {
	case len(d.Note) > MaxNote:
		return fmt.Sprintf("note is longer than %d bytes", MaxNote)
	case !utf8.ValidString(d.Note):
		return "note is not UTF-8"
	case strings.ContainsFunc(d.Note, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		return "note holds a control character"
	case d.Reason == "other" && strings.TrimSpace(d.Note) == "":
		return "reason other needs a note"
	}
	return ""
}
