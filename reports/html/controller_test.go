package html

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"habeas/reports"
	"habeas/reports/profile"
	"habeas/reports/reportstest"
)

const controllerText = `
version: 1
controller: {name: "Example <b>Media</b> Ltd", role: controller}
recipients: []
retention:
- {name: closed, prefix: users/ana/, keep: 30 days, from: closed_at, ground: "the <i>terms</i>"}
- {name: "old", prefix: users/, keep: 1 year, from: modified}
- {name: fresh, prefix: lost/, keep: 9 years, from: modified}
- {name: unknown, prefix: "a", keep: 1 day, from: last_seen}
wording: {intro: "We <script>alert(9)</script> care"}
`

func withController(t *testing.T) map[string][]byte {
	t.Helper()
	p, err := profile.Parse(strings.NewReader(controllerText))
	if err != nil {
		t.Fatal(err)
	}
	accounts := func(o reports.Owner) profile.Account {
		if o.ID == "ana" {
			return profile.Account{Closed: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
		}
		return profile.Account{}
	}
	dir := filepath.Join(t.TempDir(), "report")
	h, err := New(dir, Options{Record: "uploads.habeas", Controller: p, Accounts: accounts})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.Play(h); err != nil {
		t.Fatal(err)
	}
	return read(t, dir)
}

func TestOverdueLeadsThePage(t *testing.T) {
	pages := withController(t)
	index := text(pages["index.html"])
	for _, want := range []string{"Overdue: 4 objects", "3 by closed , 1 by old .", "users/ana/a.jpg ana 2026-05-01 closed the <i>terms</i>",
		"Due later 2", "Start unknown 1", "Under no rule", "Example <b>Media</b> Ltd", "We <script>alert(9)</script> care", "nobody", "to complete"} {
		if !strings.Contains(index, want) {
			t.Errorf("no %q in %s", want, index)
		}
	}
	if strings.Index(index, "Overdue: 4") > strings.Index(index, "Owners, by risk") {
		t.Error("what is overdue does not lead the page")
	}
	ana := text(pages[ownerFile(reports.Owner{ID: "ana"}, 1)])
	for _, want := range []string{"Overdue: 3 objects", "Overdue since 2026-05-01 by the rule closed", "What the controller says"} {
		if !strings.Contains(ana, want) {
			t.Errorf("no %q in %s", want, ana)
		}
	}
}

func TestWithoutProfileAllIsToComplete(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	index := text(pages["index.html"])
	if !strings.Contains(index, "are to complete : no scan can know them") || strings.Contains(index, "Overdue") {
		t.Error(index)
	}
}
