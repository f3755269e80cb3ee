package aggregate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// A reader who knows how numbers are withheld, and everything that is published,
// must not learn any small one: all tables of up to four rows are tried, and those
// that look the same from outside are what the reader can't tell apart.
func TestNothingSmallCanBeDerived(t *testing.T) {
	for _, tc := range []struct{ k, rows, top int64 }{{3, 1, 30}, {3, 2, 30}, {3, 3, 18}, {3, 4, 11}, {4, 2, 30}, {4, 3, 26}, {2, 4, 10}} {
		k := tc.k
		byLook := map[string][][]int64{}
		for v := range vectors(int(tc.rows), tc.top) {
			byLook[look(v, k)] = append(byLook[look(v, k)], v)
		}
		for l, same := range byLook {
			// At the top of what is tried, tables that would look the same are missing.
			if near(same, tc.top) {
				continue
			}
			for i := range same[0] {
				possible := map[int64]bool{}
				for _, v := range same {
					if v[i] < k {
						possible[v[i]] = true
					}
				}
				if n := int64(len(possible)); n > 0 && n < k-1 {
					t.Errorf("k %d, %d rows, %s: row %d is one of %v", k, tc.rows, l, i, possible)
				}
			}
		}
	}
}

// vectors yields all vectors of n numbers from 1 to top.
func vectors(n int, top int64) func(func([]int64) bool) {
	return func(yield func([]int64) bool) {
		v := make([]int64, n)
		for i := range v {
			v[i] = 1
		}
		for {
			if !yield(append([]int64(nil), v...)) {
				return
			}
			i := 0
			for ; i < n && v[i] == top; i++ {
				v[i] = 1
			}
			if i == n {
				return
			}
			v[i]++
		}
	}
}

// look is what is published of v.
func look(v []int64, k int64) string {
	counts := make([]count, len(v))
	for i, n := range v {
		counts[i] = count{n, n < k}
	}
	said, total := withhold(counts, k)
	var out []string
	sum := int64(0)
	for i, n := range v {
		sum += n
		if said[i] {
			out = append(out, fmt.Sprint(n))
		} else {
			out = append(out, "?")
		}
	}
	if total {
		out = append(out, fmt.Sprint("=", sum))
	}
	return strings.Join(out, " ")
}

// near reports whether a withheld number could be larger than what was tried.
func near(all [][]int64, top int64) bool {
	for _, v := range all {
		for _, n := range v {
			if n == top {
				return true
			}
		}
	}
	return false
}

// people are entries of many owners, all but one with an e-mail address and a text.
func people(n int) []*reports.Entry {
	var out []*reports.Entry
	for i := range n {
		out = append(out, &reports.Entry{Source: "s", Key: fmt.Sprint("secret", i), Coverage: reports.Complete, Type: "text/secret",
			Owner:    reports.Owner{ID: fmt.Sprint("secret", i)},
			Findings: []reports.Finding{{Kind: "email", Mask: "secret", Fingerprint: "secret", Part: "secret", Confidence: 0.9}, {Kind: "phone", Confidence: 0.9}}})
	}
	out[0].Findings = append(out[0].Findings, reports.Finding{Kind: "passport", Mask: "secret", Month: "2024-05"})
	return out
}

func document(t *testing.T, k int, entries []*reports.Entry) Report {
	t.Helper()
	var b bytes.Buffer
	h, err := New(&b, k, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := reportstest.PlayEntries(h, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := json.Unmarshal(b.Bytes(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func said(t Table, name string) int64 {
	for _, r := range t.Rows {
		if r.Name == name && r.N != nil {
			return *r.N
		}
	}
	return -1
}

func TestWithheldAndSaid(t *testing.T) {
	r := document(t, 10, people(100))
	if *r.Owners != 100 || said(r.Coverage, "complete") != 100 || said(r.Types, "text") != 100 {
		t.Errorf("%+v", r)
	}
	// One passport, and with it the first of the others, or it could be subtracted.
	if said(r.Kinds, "passport") >= 0 || said(r.Kinds, "email") >= 0 || said(r.Kinds, "phone") != 100 {
		t.Errorf("%+v", r.Kinds)
	}
	few := document(t, 10, people(9))
	if few.Owners != nil || few.Kinds.Total != nil || few.Coverage.Total != nil || said(few.Coverage, "complete") >= 0 {
		t.Errorf("%+v", few)
	}
	// Many findings of few people are about few people.
	heavy := people(3)
	for range 100 {
		heavy[0].Findings = append(heavy[0].Findings, reports.Finding{Kind: "email"})
	}
	if r := document(t, 10, heavy); said(r.Kinds, "email") >= 0 || r.Kinds.Total != nil {
		t.Errorf("%+v", r.Kinds)
	}
}

func TestObjectsOfNobody(t *testing.T) {
	entries := people(20)
	for _, e := range entries {
		e.Owner = reports.Owner{}
	}
	if r := document(t, 10, entries); r.Owners != nil || said(r.Coverage, "complete") != 20 {
		t.Errorf("%+v", r)
	}
}

// Not a letter of what was found or whose it is gets out.
func TestNamesNobody(t *testing.T) {
	for _, asJSON := range []bool{true, false} {
		for _, entries := range [][]*reports.Entry{people(100), reportstest.Entries()} {
			var b bytes.Buffer
			h, err := New(&b, 2, asJSON)
			if err != nil {
				t.Fatal(err)
			}
			if err := reportstest.PlayEntries(h, reportstest.Run(), entries); err != nil {
				t.Fatal(err)
			}
			for _, secret := range append(reportstest.Hostile(), "secret", "ana", "ben", "0123abcd", "j***", "uploads/", "users/") {
				if len(secret) > 2 && strings.Contains(b.String(), secret) {
					t.Errorf("%q in\n%s", secret, b.String())
				}
			}
		}
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	h, err := New(&b, 10, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := reportstest.PlayEntries(h, reportstest.Run(), people(100)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"owners  100\n", "findings, by kind\n", "withheld", "fewer than 10 people"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestBoundsOfK(t *testing.T) {
	for _, k := range []int{-1, 0, 1, MaxK + 1} {
		if _, err := New(nil, k, true); !errors.Is(err, ErrK) {
			t.Errorf("%d: %v", k, err)
		}
	}
}
