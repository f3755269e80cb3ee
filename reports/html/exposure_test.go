package html

import (
	"strings"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// TestRiskTakesTheWidestAudience: a value in a closed and in an open object is as
// exposed as in the open one, whichever comes first.
func TestRiskTakesTheWidestAudience(t *testing.T) {
	object := func(a reports.Audience, prints ...string) *reports.Entry {
		e := &reports.Entry{Audience: a}
		for _, p := range prints {
			e.Findings = append(e.Findings, reports.Finding{Kind: "email", Party: reports.PartyOwner, Fingerprint: p})
		}
		return e
	}
	for name, order := range map[string][]*reports.Entry{
		"open last":  {object(reports.AudiencePrivate, "a", "b"), object(reports.AudiencePublic, "a")},
		"open first": {object(reports.AudiencePublic, "a"), object(reports.AudiencePrivate, "a", "b")},
	} {
		kinds := map[string]*kindCount{}
		for _, e := range order {
			countKinds(kinds, e)
		}
		got := map[reports.Audience]float64{}
		for _, term := range riskTerms(kinds) {
			got[term.Audience] += term.Points / term.Weight
		}
		if got[reports.AudiencePublic] != 3 || got[reports.AudiencePrivate] != 1 || len(got) != 2 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPagesSayWhoMayRead(t *testing.T) {
	r := reportstest.Run()
	r.Exposures = []reports.Exposure{{Source: "uploads", Audience: reports.AudiencePublic, Because: []string{"bucket-policy"}}}
	entries := reportstest.Entries()
	for _, e := range entries {
		e.Audience = reports.AudiencePublic
	}
	dir := t.TempDir()
	h, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, r, entries); err != nil {
		t.Fatal(err)
	}
	pages := read(t, dir)
	for name, want := range map[string][]string{
		"index.html": {"Anyone may read", "anyone may read", " (public)", "Anyone may read this, without an account: the bucket policy."},
		ownerFile(reports.Owner{ID: "ana", Rule: "template users/{owner}/**"}, 1): {"Anyone may read this, without an account: the bucket policy.", `may be read by: <b class="bad">anyone</b>`, `data-a="public"`,
			"read by: anyone", "× 3", "of these objects, without an account."},
	} {
		page := string(pages[name])
		for _, w := range want {
			if !strings.Contains(page, w) {
				t.Errorf("%s does not say %q", name, w)
			}
		}
	}
}
