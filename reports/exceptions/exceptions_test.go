package exceptions

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

var today = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// seen keeps what a handler was told.
type seen struct {
	run     *reports.Run
	entries map[string]*reports.Entry
	sum     *reports.Summary
}

func (s *seen) Begin(r *reports.Run) error {
	s.run, s.entries = r, map[string]*reports.Entry{}
	return nil
}
func (s *seen) Entry(e *reports.Entry) error {
	s.entries[e.Key] = e
	return nil
}
func (s *seen) End(sum *reports.Summary) error { s.sum = sum; return nil }

func suppressions(t *testing.T, yaml string) []Suppression {
	t.Helper()
	s, err := ReadSuppressions(strings.NewReader(yaml), []string{"email", "gps", "face"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSuppressions(t *testing.T) {
	const some = `version: 1
suppressions:
  - kind: email
    key: users/ana/*
    reason: made-up people
    expires: 2026-05-04
  - kind: gps
    reason: the office
    expires: 2026-05-03
  - finding: f-face
    reason: drawn
    expires: "2030-01-01"
  - key: nowhere/**
    reason: gone
    expires: 2030-01-01
`
	r := &Rules{Suppressions: suppressions(t, some), Today: today}
	var plain, marked seen
	if err := reportstest.Play(&plain); err != nil {
		t.Fatal(err)
	}
	if err := reportstest.Play(r.Handler(&marked)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"the suppression in line 7 expired on 2026-05-03: look again, and give it a new date or remove it",
		"the suppression in line 13 holds for nothing that was found: remove it",
	}
	if diff := cmp.Diff(want, marked.sum.Notices); diff != "" {
		t.Error(diff)
	}
	mail := marked.entries["users/ana/b.txt"].Findings[0]
	if diff := cmp.Diff(&reports.Suppression{Reason: "made-up people", Expires: "2026-05-04"}, mail.Suppressed); diff != "" || mail.Counted() {
		t.Error(diff)
	}
	if plain.entries["users/ana/b.txt"].Findings[0].Suppressed != nil {
		t.Error("the entry itself was changed")
	}
	if got := plain.sum.Findings - marked.sum.Findings; got != 2 || marked.sum.Suppressed != 2 {
		t.Errorf("%d fewer, %d suppressed", got, marked.sum.Suppressed)
	}
	if marked.sum.Listed != plain.sum.Listed || marked.sum.Owners != plain.sum.Owners || marked.sum.Dummies != plain.sum.Dummies || marked.sum.Kinds["face"] != 0 {
		t.Errorf("%+v", marked.sum)
	}
}

func TestInterruptedScanSaysNothingOfWhatItDidNotMeet(t *testing.T) {
	run := reportstest.Run()
	run.Complete = false
	base := &Baseline{Schema: 1, What: "baseline", KeyID: run.KeyID, Findings: []Known{{Name: "never", Count: 2}}}
	r := &Rules{Suppressions: suppressions(t, "version: 1\nsuppressions: [{key: nowhere, reason: r, expires: 2030-01-01}]"), Baseline: base, Today: today}
	var s seen
	if err := reportstest.PlayEntries(r.Handler(&s), run, reportstest.Entries()); err != nil {
		t.Fatal(err)
	}
	if len(s.sum.Notices) > 0 {
		t.Error(s.sum.Notices)
	}
}

func baseline(t *testing.T, entries []*reports.Entry, key []byte) *Baseline {
	t.Helper()
	c := NewCollector(reports.Paths{})
	if err := reportstest.PlayEntries(c, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := c.Baseline(key).Write(&b); err != nil {
		t.Fatal(err)
	}
	again, err := ReadBaseline(&b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c.Baseline(key), again); diff != "" {
		t.Error(diff)
	}
	return again
}

func TestBaseline(t *testing.T) {
	base := baseline(t, reportstest.Entries(), nil)
	entries := reportstest.Entries()
	for _, e := range entries {
		if e.Key == "users/ana/b.txt" {
			moved, other := e.Findings[0], e.Findings[0]
			at := int64(999)
			moved.Start, moved.ID, other.Fingerprint = &at, "another id", "another value"
			e.Findings = []reports.Finding{moved, e.Findings[0], other}
		}
		if e.Key == "users/ana/a.jpg" {
			e.Findings = e.Findings[1:]
		}
	}
	var s seen
	if err := reportstest.PlayEntries((&Rules{Baseline: base, Today: today}).Handler(&s), reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	var known []bool
	for _, f := range s.entries["users/ana/b.txt"].Findings {
		known = append(known, f.Known)
	}
	// Once it was there, now it is there twice; and there is another value.
	if diff := cmp.Diff([]bool{true, false, false}, known); diff != "" {
		t.Error(diff)
	}
	if s.sum.Known != s.sum.Findings-2 || !s.run.Baseline {
		t.Errorf("%d of %d known", s.sum.Known, s.sum.Findings)
	}
	if diff := cmp.Diff([]string{"1 of the baseline's findings are gone: write it again, or they could come back unnoticed"}, s.sum.Notices); diff != "" {
		t.Error(diff)
	}
}

func TestBaselineOfAnotherKey(t *testing.T) {
	base := baseline(t, reportstest.Entries(), bytes.Repeat([]byte{7}, 32))
	base.KeyID = "other\x1b"
	err := reportstest.Play((&Rules{Baseline: base}).Handler(&seen{}))
	var k *KeyError
	if !errors.As(err, &k) || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%v", err)
	}
}

func TestHandlerKeepsTheOrderThatIsWanted(t *testing.T) {
	r := &Rules{Baseline: &Baseline{}}
	if _, ok := r.Handler(&seen{}).(reports.Grouped); ok {
		t.Error("grouped")
	}
	if _, ok := r.Handler(groupedSeen{&seen{}}).(reports.Grouped); !ok {
		t.Error("not grouped")
	}
	h := &seen{}
	if (*Rules)(nil).Handler(h) != h {
		t.Error("no rules, and a handler between")
	}
}

type groupedSeen struct{ *seen }

func (groupedSeen) GroupByOwner() {}

func TestReadSuppressionsSaysWhatIsWrong(t *testing.T) {
	one := func(s string) string { return "version: 1\nsuppressions:\n  - " + s }
	for _, tc := range []struct{ name, yaml, want string }{
		{"empty", "", "must begin with `version: 1`"},
		{"no YAML", "{{{", "is not YAML"},
		{"other version", "version: 2", "must begin with `version: 1`"},
		{"other names", "version: 1\nsuppress: []", "is not YAML with"},
		{"everything", one(`{reason: r, expires: 2030-01-01}`), "line 3: it would hold for everything"},
		{"no reason", one(`{kind: email, reason: " ", expires: 2030-01-01}`), "line 3: a reason is missing"},
		{"no end", one(`{kind: email, reason: r}`), "line 3: expires is missing"},
		{"no day", one(`{kind: email, reason: r, expires: soon}`), "line 3: expires is not a day"},
		{"no such kind", one(`{kind: mail, reason: r, expires: 2030-01-01}`), "line 3: there is no such kind"},
		{"unknown name", one(`{path: x, reason: r, expires: 2030-01-01}`), "line 3: a suppression has kind"},
		{"a list", one(`[1]`), "line 3: a suppression has names and values"},
		{"a list for a value", one("kind: [email]\n    reason: r\n    expires: 2030-01-01"), "line 3: every value of a suppression is a text"},
		{"long key", one(`{key: "` + strings.Repeat("a", 2000) + `", reason: r, expires: 2030-01-01}`), "line 3: the key is longer"},
		{"large", strings.Repeat("#", maxFile+1), "larger than 1 MiB"},
		{"many", "version: 1\nsuppressions:\n" + strings.Repeat("  - {kind: email, reason: r, expires: 2030-01-01}\n", maxRules+1), "more than 1000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := ReadSuppressions(strings.NewReader(tc.yaml), []string{"email"})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
}

func TestGlob(t *testing.T) {
	for _, tc := range []struct {
		pattern, key string
		want         bool
	}{
		{"a/*.jpg", "a/b.jpg", true},
		{"a/*.jpg", "a/b/c.jpg", false},
		{"a/**", "a/b/c.jpg", true},
		{"a/**", "a", false},
		{"**/c.jpg", "c.jpg", true},
		{"**/c.jpg", "a/b/c.jpg", true},
		{"**/c.jpg", "a/bc.jpg", false},
		{"a/?.jpg", "a/b.jpg", true},
		{"a/?.jpg", "a//.jpg", false},
		{"a.jpg", "aXjpg", false},
		{"a.jpg", "x/a.jpg", false},
		{"[a]", "[a]", true},
		{"*", "line\nbreak", true},
		{"*", "\xff\xfe", true},
		{"é*", "é1", true},
	} {
		re, err := glob(tc.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if got := re.MatchString(tc.key); got != tc.want {
			t.Errorf("%q %q: %v", tc.pattern, tc.key, got)
		}
	}
}

func TestReadBaselineRefusesWhatItIsNot(t *testing.T) {
	for _, s := range []string{"", "null", "[]", `{"schema":2,"habeas":"baseline"}`, `{"schema":1,"habeas":"other"}`,
		`{"schema":1,"habeas":"baseline","key":"zz"}`, `{"schema":1,"habeas":"baseline","key":"00"}`,
		`{"schema":1,"habeas":"baseline","findings":[{"name":"","count":1}]}`, `{"schema":1,"habeas":"baseline","findings":[{"name":"a","count":-1}]}`,
		`{"schema":1,"habeas":"baseline"} x`} {
		if _, err := ReadBaseline(strings.NewReader(s)); !errors.Is(err, ErrNotBaseline) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
