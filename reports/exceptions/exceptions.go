// Package exceptions applies what people decided about findings: a baseline of
// those that are known, and suppressions of those that are none to act on. Both
// are files that live beside what is scanned.
//
// Read them with ReadBaseline and ReadSuppressions, and put Rules.Handler before
// the handlers of a replay: all of them then say the same.
package exceptions

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"habeas/reports"
)

// Rules are the exceptions of one project. The zero value has none.
type Rules struct {
	Suppressions []Suppression
	Baseline     *Baseline     // nil for none
	Paths        reports.Paths // how the files name objects
	Today        time.Time     // decides what has expired
}

// None reports whether there is nothing to apply.
func (r *Rules) None() bool { return r == nil || len(r.Suppressions) == 0 && r.Baseline == nil }

// Handler marks findings on their way to h and counts anew. The result serves one
// replay, and is Grouped if h is. Entries are not changed: h gets copies.
func (r *Rules) Handler(h reports.Handler) reports.Handler {
	if r.None() {
		return h
	}
	m := &marker{rules: r, next: h, sum: reports.NewSummary(), used: make([]bool, len(r.Suppressions))}
	if r.Baseline != nil {
		m.left = r.Baseline.counts()
	}
	if _, ok := h.(reports.Grouped); ok {
		return groupedMarker{m}
	}
	return m
}

type marker struct {
	rules    *Rules
	next     reports.Handler
	complete bool
	sum      *reports.Summary
	used     []bool         // suppressions that met a finding
	left     map[string]int // findings of the baseline that were not met yet, by name
}

var _ reports.Handler = (*marker)(nil)

type groupedMarker struct{ *marker }

var _ reports.Grouped = groupedMarker{}

func (groupedMarker) GroupByOwner() {}

// Begin implements reports.Handler.
func (m *marker) Begin(run *reports.Run) error {
	r := *run
	m.complete = r.Complete
	r.Baseline = m.rules.Baseline != nil
	if b := m.rules.Baseline; b != nil && b.KeyID != r.KeyID {
		return &KeyError{Baseline: b.KeyID, Scan: r.KeyID}
	}
	return m.next.Begin(&r)
}

// KeyError is that of a baseline that was made under another fingerprint key than
// the scan: its findings can't be told from new ones.
type KeyError struct{ Baseline, Scan string }

func (e *KeyError) Error() string {
	return fmt.Sprintf("the baseline was made under the fingerprint key %s and the scan under %s, so that nothing in it would be known: scan with its key, or write the baseline again", or(e.Baseline), or(e.Scan))
}

func or(id string) string { return cmp.Or(reports.Show(id), "(none)") }

// Entry implements reports.Handler.
func (m *marker) Entry(e *reports.Entry) error {
	out := *e
	out.Findings = slices.Clone(e.Findings)
	where, _ := m.rules.Paths.Of(e.Source, e.Key)
	for i := range out.Findings {
		f := &out.Findings[i]
		if f.Dummy || f.Invalid {
			continue
		}
		f.Suppressed = m.suppression(e, where, f)
		name := valueName(where, f)
		if m.left[name] > 0 { // it is there, suppressed or not
			m.left[name]--
			f.Known = f.Suppressed == nil
		}
	}
	m.sum.Add(&out)
	return m.next.Entry(&out)
}

// suppression is the first one that holds for f, nil if none does.
func (m *marker) suppression(e *reports.Entry, where string, f *reports.Finding) *reports.Suppression {
	for i := range m.rules.Suppressions {
		s := &m.rules.Suppressions[i]
		if !s.matches(e.Key, where, f) {
			continue
		}
		m.used[i] = true
		if !s.expired(m.rules.Today) {
			return &reports.Suppression{Reason: s.Reason, Expires: s.Expires.Format(time.DateOnly)}
		}
	}
	return nil
}

// End implements reports.Handler.
func (m *marker) End(s *reports.Summary) error {
	out := *m.sum
	out.Owners = s.Owners
	out.Notices = append(slices.Clone(s.Notices), m.notices()...)
	return m.next.End(&out)
}

// notices tell what in the files is out of date. What a scan did not meet says
// nothing if it did not meet everything.
func (m *marker) notices() (out []string) {
	for i := range m.rules.Suppressions {
		s := &m.rules.Suppressions[i]
		switch {
		case s.expired(m.rules.Today):
			out = append(out, fmt.Sprintf("the suppression in line %d expired on %s: look again, and give it a new date or remove it", s.Line, s.Expires.Format(time.DateOnly)))
		case !m.used[i] && m.complete:
			out = append(out, fmt.Sprintf("the suppression in line %d holds for nothing that was found: remove it", s.Line))
		}
	}
	gone := 0
	for _, n := range m.left {
		gone += n
	}
	if gone > 0 && m.complete {
		out = append(out, fmt.Sprintf("%d of the baseline's findings are gone: write it again, or they could come back unnoticed", gone))
	}
	return out
}

// Place names a finding by its object and its place, wherever in the object it
// moves to and whatever its value is; findings at one place share it. Reports print
// it, to be copied into a file of suppressions: like the kind and the key there, it
// needs no fingerprint key. where is the object as Paths has it.
func Place(where string, f *reports.Finding) string {
	return reports.Digest(where, f.Same(false))[:16]
}

// valueName names a finding by its object, its place and its value.
func valueName(where string, f *reports.Finding) string {
	return reports.Digest(where, f.Same(true))[:20]
}
