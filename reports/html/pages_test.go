package html

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"habeas/reports"
	"habeas/reports/compare"
	"habeas/reports/reportstest"
)

// print is a fingerprint as the scanner makes them.
func print(n int) string { return fmt.Sprintf("%032x", n) }

// recurring is a made-up scan in which one address stands with three owners, one
// with 25, and one twice with a single owner.
func recurring() []*reports.Entry {
	var out []*reports.Entry
	add := func(owner, key string, fs ...reports.Finding) {
		e := *small()
		e.Key, e.Owner, e.Findings = key, reports.Owner{ID: owner, Rule: "r"}, fs
		if owner == "" {
			e.Owner.Rule = ""
		}
		out = append(out, &e)
	}
	mail := func(id, n int, p reports.Party) reports.Finding {
		return reports.Finding{ID: fmt.Sprintf("f%d", id), Kind: "email", Party: p, Mask: fmt.Sprintf("m%d***@e***.org", n), Fingerprint: print(n), Part: "text", Confidence: 0.9, Why: "w", Detector: "email"}
	}
	for i := range 25 {
		add(fmt.Sprintf("o%02d", i), fmt.Sprintf("k%02d/desk", i), mail(i, 7, reports.PartyThird))
	}
	add("o00", "k00/jane", mail(101, 1, reports.PartyThird), mail(102, 1, reports.PartyThird))
	add("o01", "k01/jane", mail(103, 1, reports.PartyThird))
	add("o02", "k02/self", mail(104, 1, reports.PartyOwner))
	add("o03", "k03/twice", mail(105, 2, reports.PartyThird))
	add("o03", "k03/twice2", mail(106, 2, reports.PartyThird))
	add("", "lost/jane", mail(107, 1, reports.PartyThird))
	slices.SortFunc(out, func(a, b *reports.Entry) int { return cmp.Compare(a.Key, b.Key) })
	return out
}

func TestPeopleWhoRecurHaveAPage(t *testing.T) {
	_, pages := build(t, recurring())
	jane := text(pages[personFile(print(1))])
	for _, want := range []string{"stands in the uploads of 3 owners: 4 findings in 3 objects. In 3 of them it is about somebody other than the owner.",
		"o00 2 1", "k00/jane", "k02/self", "fingerprint " + print(1)} {
		if !strings.Contains(jane, want) {
			t.Errorf("no %q in %s", want, jane)
		}
	}
	if strings.Contains(jane, "desk") || strings.Contains(jane, "lost/") {
		t.Error("the page holds what is not this person's, or nobody's")
	}
	if desk := text(pages[personFile(print(7))]); !strings.Contains(desk, "hardly one person's") || !strings.Contains(desk, "25 owners") {
		t.Errorf("a shared mailbox: %s", desk)
	}
	if pages[personFile(print(2))] != nil {
		t.Error("a value of one owner has a page")
	}
	list := text(pages["people.html"])
	if !strings.Contains(list, "m7***@e***.org under many owners") || strings.Contains(list, "m2***") {
		t.Errorf("people: %s", list)
	}
	owner := string(pages[ownerFile(reports.Owner{ID: "o00"}, 1)])
	if !strings.Contains(owner, `href="../`+personFile(print(1))) {
		t.Error("the owner's page does not lead to the person's")
	}
}

func TestPagesAreBounded(t *testing.T) {
	var entries []*reports.Entry
	for i := range 120 {
		e := *small()
		e.Key, e.Owner = fmt.Sprintf("a/%05d", i), reports.Owner{ID: "a", Rule: "r"}
		e.Findings = nil
		for n := range 100 {
			f := small().Findings[0]
			f.ID = fmt.Sprintf("%032x", i*1000+n)
			e.Findings = append(e.Findings, f)
		}
		entries = append(entries, &e)
	}
	_, pages := build(t, entries)
	n := 0
	for name, page := range pages {
		if len(page) > 2<<20 {
			t.Errorf("%s has %d bytes", name, len(page))
		}
		if strings.HasPrefix(name, "owners/") {
			n++
			if !regexp.MustCompile(`Objects \d+ to \d+ of 120`).Match(page) {
				t.Errorf("%s does not say which objects it has", name)
			}
		}
	}
	if n < 3 {
		t.Errorf("%d pages", n)
	}
}

func TestObjectsAreInBlocks(t *testing.T) {
	_, pages := build(t, many(450, 0))
	page := pages[ownerFile(reports.Owner{ID: "a"}, 1)]
	blocks := bytes.Split(page, []byte(`<section class="block"><h3>`))[1:]
	if len(blocks) < 10 {
		t.Fatalf("%d blocks", len(blocks))
	}
	at := 1
	for _, b := range blocks {
		n := bytes.Count(b, []byte("<article"))
		if want := fmt.Sprintf("Objects %d to %d<", at, at+n-1); !bytes.HasPrefix(b, []byte(want)) {
			t.Errorf("block begins with %.30s, want %s", b, want)
		}
		if rows := n + bytes.Count(b, []byte("<li data-f")); rows > blockRows {
			t.Errorf("block of %d rows", rows)
		}
		at += n
	}
}

func TestRiskCanBeFollowedByHand(t *testing.T) {
	kinds := map[string]*kindCount{}
	for _, e := range reportstest.Entries() {
		if e.Owner.ID == "ana" {
			countKinds(kinds, e)
		}
	}
	terms := riskTerms(kinds)
	var got []string
	for _, term := range terms {
		got = append(got, term.Kind+": "+term.Sum())
	}
	want := []string{"face: 1 × 4 × 1.5 × 1.5 = 9", "gps: 1 × 5 × 1.5 = 7.5", "email: 1 × 3 × 1.5 × 1.5 = 6.75", "name: 1 × 2 × 1.5 = 3"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if r := riskOf(terms); math.Abs(r-10*math.Log2(27.25)) > 1e-9 {
		t.Errorf("risk %v", r)
	}
}

func TestOwnersAreInOrderOfRiskAndNobodyLast(t *testing.T) {
	_, pages := build(t, reportstest.Entries())
	index := string(pages["index.html"])
	ana, ben, lost := strings.Index(index, "<bdi>ana</bdi>"), strings.Index(index, "<bdi>club / ben</bdi>"), strings.Index(index, "Without an owner: ")
	if ana < 0 || ben < ana || lost < ben {
		t.Errorf("ana at %d, ben at %d, nobody at %d", ana, ben, lost)
	}
	page := text(pages["index.html"])
	for _, want := range []string{"Sensitive kinds among them: position.", "Rules disagree about the owner of", "archived stored in a class", "restore the object, then scan again"} {
		if !strings.Contains(page, want) {
			t.Errorf("no %q", want)
		}
	}
	if c := text(pages["conflicts.html"]); !strings.Contains(c, "users/ben/clean.jpg club / ben ( tag owner ) ana ( metadata owner )") {
		t.Errorf("conflicts: %s", c)
	}
}

func TestOwnersByName(t *testing.T) {
	_, pages := large(t)
	list := text(pages["names.html"])
	if !strings.Contains(list, "1,201 owners") || !strings.Contains(list, "a to owner 0998") || !strings.Contains(list, "owner 0999 to owner 1199") {
		t.Errorf("names: %s", list)
	}
	if n := bytes.Count(pages["names-2.html"], []byte(`<th scope="row">`)); n != 201 {
		t.Errorf("%d owners on the last page", n)
	}
	_, few := build(t, reportstest.Entries())
	if few["names.html"] != nil {
		t.Error("a list of names beside an overview that has them all")
	}
}

func TestEveryKindHasWordsOfTheLaw(t *testing.T) {
	for _, kind := range strings.Fields("gps place address name face email phone url device_serial ip mac user_agent cookie_id payment_card iban bank_account payment_txn national_id passport driving_licence date_of_birth credential") {
		k := infoOf(kind)
		if k.GDPR == "" || k.GDPR == "Other personal data" || k.CCPA == "" || k.Weight == 0 || k.Name == kind && kind != "name" && kind != "credential" {
			t.Errorf("%s: %+v", kind, k)
		}
	}
	if k := infoOf("badge_number"); k.Name != "badge_number" || k.GDPR != "Other personal data" {
		t.Errorf("a kind of a user's own rules: %+v", k)
	}
}

func TestTimelineAddsUp(t *testing.T) {
	for name, c := range map[string]struct {
		months []string
		unit   string
		bars   int
	}{
		"nothing":      {nil, "month", 0},
		"gap is shown": {[]string{"2024-11", "2025-02", "2025-02"}, "month", 4},
		"long":         {[]string{"1999-01", "2024-05"}, "year", 26},
		"very long":    {[]string{"0001-01", "9999-12"}, "year", 2},
		"not a month":  {[]string{"2024-13", "<b>", "2024-00", "202x-01"}, "month", 0},
	} {
		l := timeline{months: map[string]int64{}}
		for _, m := range append(c.months, "") {
			l.add(&reports.Entry{Findings: []reports.Finding{{Month: m}}})
		}
		v := l.view()
		sum := v.Undated
		for _, b := range v.Bars {
			sum += b.Count
		}
		if v.Unit != c.unit || len(v.Bars) != c.bars || sum != int64(len(c.months)+1) || v.Total != sum {
			t.Errorf("%s: %d bars by %s, sum %d of %d", name, len(v.Bars), v.Unit, sum, v.Total)
		}
	}
}

func TestRingNeverRoundsUpToAll(t *testing.T) {
	for _, c := range []struct {
		n, of int64
		want  string
	}{{0, 0, "–"}, {5, 5, "100 %"}, {0, 5, "0 %"}, {99999, 100000, "99.9 %"}, {1, 100000, "0.1 %"}, {982, 1000, "98.2 %"}} {
		if got := share(c.n, c.of); got != c.want {
			t.Errorf("%d of %d: %s, want %s", c.n, c.of, got, c.want)
		}
	}
}

func TestOutlineOfHostileBoxes(t *testing.T) {
	nan := math.NaN()
	o := newOutline(&reports.Entry{}, []findingView{
		{Number: 1, Finding: reports.Finding{Party: reports.PartyThird, Box: &reports.Box{X: 0.5, Y: 0.5, W: 9, H: 9}}},
		{Number: 2, Finding: reports.Finding{Box: &reports.Box{X: nan, Y: -1, W: math.Inf(1), H: nan}}},
		{Finding: reports.Finding{}},
	})
	want := []boxView{
		{X: "60.0", Y: "45.0", W: "60.0", H: "45.0", LabelX: "62.0", LabelY: "54.0", Number: 1, Third: true},
		{X: "0.0", Y: "0.0", W: "120.0", H: "0.0", LabelX: "2.0", LabelY: "9.0", Number: 2},
	}
	if !slices.Equal(o.Boxes, want) || !strings.Contains(o.Text, "2 face regions are: 1 about somebody else") {
		t.Errorf("%+v %s", o.Boxes, o.Text)
	}
}

func TestChangesAreShown(t *testing.T) {
	older, newer := reportstest.Run(), reportstest.Run()
	older.AsOf = older.AsOf.Add(-24 * time.Hour)
	was, is := small(), small()
	gone, came := *was, *is
	gone.Key, came.Key = "users/ana/old.txt", "users/ana/new.txt"
	o := compare.OptionsFor(older, newer)
	c := NewChanges(older, o)
	for _, one := range []compare.Object{
		{Status: compare.New, New: &came, Findings: []compare.Finding{{Status: compare.New, Finding: &came.Findings[0]}}},
		{Status: compare.Gone, Old: &gone, Findings: []compare.Finding{{Status: compare.Gone, Finding: &gone.Findings[0]}}},
		{Status: compare.Same, Old: was, New: is},
	} {
		c.Add(&one)
	}
	dir := t.TempDir()
	h, err := New(dir, Options{Changes: c})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, newer, []*reports.Entry{is}); err != nil {
		t.Fatal(err)
	}
	pages := read(t, dir)
	for name, wants := range map[string][]string{
		"index.html":   {"Since the scan of 2026-05-03 03:02 UTC", "Objects 1 1 0 1", "Findings 1 1 – 0", "e-mail address 1 1 – 0"},
		"changes.html": {"users/ana/new.txt new ana 1 0 0", "users/ana/old.txt gone ana 0 1 0"},
	} {
		for _, want := range wants {
			if got := text(pages[name]); !strings.Contains(got, want) {
				t.Errorf("%s: no %q in %s", name, want, got)
			}
		}
	}
}

func TestObjectsWithoutATextName(t *testing.T) {
	e := small()
	if target(e) == "" {
		t.Error("a plain object can't be decided on")
	}
	e.Version = "\xff"
	if target(e) != "" {
		t.Error("a version that JSON can't hold is offered for decisions")
	}
}

func TestCommandsAreQuoted(t *testing.T) {
	for in, want := range map[string]string{"uploads.habeas": "uploads.habeas", "my scan.habeas": "'my scan.habeas'", "it's.habeas": `'it'\''s.habeas'`, ".": "FILE"} {
		if got := shellWord(in); got != want {
			t.Errorf("%s: %s", in, got)
		}
	}
}

func TestValuesStandBesideMasks(t *testing.T) {
	e := small()
	e.Findings = slices.Clone(e.Findings)
	e.Findings[0].Value = "jane@example.org"
	run := reportstest.Run()
	run.WithValues = true
	dir := t.TempDir()
	h, err := New(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, run, []*reports.Entry{e}); err != nil {
		t.Fatal(err)
	}
	page := string(read(t, dir)[ownerFile(e.Owner, 1)])
	if n := strings.Count(page, `<bdi>j***@e***.org</bdi> <bdi class="val">jane@example.org</bdi>`); n != 2 {
		t.Errorf("the value stands %d times beside its mask, want in the object and in the list of people", n)
	}
	if n := strings.Count(page, "jane@example.org"); n != 2 {
		t.Errorf("the value stands %d times", n)
	}
	if !strings.Contains(page, `id="values"`) || !strings.Contains(text([]byte(page)), "values in the clear") {
		t.Error("the page does not say that it holds values, or can't show them")
	}
}
