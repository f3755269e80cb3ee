package reports_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func TestShowIsOneSafeLine(t *testing.T) {
	seen := map[string]string{}
	for _, h := range append(reportstest.Hostile(), "\xff", `\xff`, "plain", "Zoë Müller 山田") {
		got := reports.Show(h)
		if !utf8.ValidString(got) {
			t.Errorf("%q: not UTF-8", got)
		}
		if strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q: holds what can't be printed", got)
		}
		if was, ok := seen[got]; ok && was != h {
			t.Errorf("%q and %q look the same", was, h)
		}
		seen[got] = h
	}
	if got := reports.Show("Zoë 山田"); got != "Zoë 山田" {
		t.Errorf("a plain name became %q", got)
	}
}

func TestReasonsAreSortedAndExplained(t *testing.T) {
	var codes []string
	for _, r := range reports.Reasons() {
		if r.Meaning == "" || r.Fix == "" {
			t.Errorf("%s is not explained", r.Code)
		}
		codes = append(codes, r.Code)
	}
	if !slices.IsSorted(codes) || len(slices.Compact(slices.Clone(codes))) != len(codes) {
		t.Error("codes are not sorted or not unique")
	}
}

func TestSummaryAddsUp(t *testing.T) {
	s := reports.NewSummary()
	for _, e := range reportstest.Entries() {
		s.Add(e)
	}
	var covered, kinds int64
	for _, n := range s.Coverage {
		covered += n
	}
	for _, n := range s.Kinds {
		kinds += n
	}
	if covered != s.Listed || kinds != s.Findings || s.Listed != int64(len(reportstest.Entries())) {
		t.Errorf("%+v", s)
	}
	if s.Dummies != 1 || s.Invalid != 1 || s.Unattributed != 2 {
		t.Errorf("%+v", s)
	}
}
