package junit

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

type suites struct {
	Numbers
	Suites []struct {
		Numbers
		Cases []struct {
			Name    string `xml:"name,attr"`
			File    string `xml:"file,attr"`
			Failure *struct {
				Message string `xml:"message,attr"`
				Text    string `xml:",chardata"`
			} `xml:"failure"`
			Error *struct {
				Message string `xml:"message,attr"`
			} `xml:"error"`
			Skipped *struct {
				Message string `xml:"message,attr"`
			} `xml:"skipped"`
		} `xml:"testcase"`
		Out string `xml:"system-out"`
	} `xml:"testsuite"`
}

type Numbers struct {
	Tests    int64 `xml:"tests,attr"`
	Failures int64 `xml:"failures,attr"`
	Errors   int64 `xml:"errors,attr"`
	Skipped  int64 `xml:"skipped,attr"`
}

func written(t *testing.T, o Options, entries []*reports.Entry) ([]byte, suites) {
	t.Helper()
	c := &Count{Options: o}
	if err := reportstest.PlayEntries(c, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := reportstest.PlayEntries(New(&b, c), reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	var s suites
	if err := xml.Unmarshal(b.Bytes(), &s); err != nil {
		t.Fatalf("%v\n%s", err, b.Bytes())
	}
	return b.Bytes(), s
}

func TestCases(t *testing.T) {
	entries := reportstest.Entries()
	for _, e := range entries {
		if e.Key == "users/ana/a.jpg" {
			e.Findings[0].Known = true
			e.Findings[1].Suppressed = &reports.Suppression{Reason: "r"}
		}
	}
	_, s := written(t, Options{}, entries)
	suite := s.Suites[0]
	var failures, errs, skips int64
	seen := map[string]string{}
	for _, c := range suite.Cases {
		switch {
		case c.Failure != nil:
			failures++
			seen[c.Name] = "failure " + c.Failure.Message
		case c.Error != nil:
			errs++
			seen[c.Name] = "error " + c.Error.Message
		case c.Skipped != nil:
			skips++
			seen[c.Name] = "skipped " + c.Skipped.Message
		default:
			seen[c.Name] = "passed"
		}
	}
	want := Numbers{int64(len(entries)), failures, errs, skips}
	if diff := cmp.Diff(want, suite.Numbers); diff != "" {
		t.Error(diff)
	}
	if s.Numbers != suite.Numbers || int64(len(suite.Cases)) != suite.Tests {
		t.Errorf("%+v", s.Numbers)
	}
	for name, want := range map[string]string{
		"uploads/users/ana/a.jpg":     "failure 1 finding",
		"uploads/users/ana/b.txt":     "failure 1 finding",
		"uploads/users/ana/c.jpg":     "error not read in full; truncated: ends before its structure does: find the whole file",
		"uploads/users/ben/clean.jpg": "passed",
		"uploads/lost/cold.bin":       "skipped not read; archived: stored in a class that needs a restore before it can be read: restore the object, then scan again",
		"uploads/lost/broken.jpg":     "error not read; corrupt: its structure contradicts itself, so something may hide behind the damage: open it by hand",
	} {
		if seen[name] != want {
			t.Errorf("%s: %q, want %q", name, seen[name], want)
		}
	}
	sum := reports.NewSummary()
	for _, e := range entries {
		sum.Add(e)
	}
	for _, line := range []string{
		fmt.Sprintf("listed %d = complete 3 + partial", sum.Listed),
		fmt.Sprintf("findings %d, of them known 1; not counted: suppressed 1, test values 1, invalid values 1, notes 0", sum.Findings),
		fmt.Sprintf("kind email %d\n", sum.Kinds["email"]),
	} {
		if !strings.Contains(suite.Out, line) {
			t.Errorf("no %q in\n%s", line, suite.Out)
		}
	}
}

func TestOnlyWhatFails(t *testing.T) {
	_, s := written(t, Options{Fails: func(f *reports.Finding) bool { return f.Kind == "gps" && f.Counted() }}, reportstest.Entries())
	if s.Failures != 1 {
		t.Errorf("%+v", s.Numbers)
	}
}

func TestHostileStrings(t *testing.T) {
	b, s := written(t, Options{}, reportstest.Entries())
	if bytes.ContainsAny(b, "\x1b\u202e\u200b\x00") {
		t.Error("a hostile string came through")
	}
	// Whatever a key says, the structure is ours.
	if len(s.Suites) != 1 || len(s.Suites[0].Cases) != len(reportstest.Entries()) {
		t.Errorf("%d suites", len(s.Suites))
	}
	for _, c := range s.Suites[0].Cases {
		if len(c.Name) > 5*maxText {
			t.Errorf("a name of %d bytes", len(c.Name))
		}
	}
}

func TestManyFindingsOfOneObject(t *testing.T) {
	e := reportstest.Entries()[0]
	f := reports.Finding{Kind: "email", Part: "text", Mask: "m"}
	e.Findings = nil
	for range maxLines + 5 {
		e.Findings = append(e.Findings, f)
	}
	_, s := written(t, Options{}, []*reports.Entry{e})
	got := s.Suites[0].Cases[0].Failure
	if got.Message != "105 findings" || !strings.Contains(got.Text, "and 5 more") {
		t.Errorf("%+v", got)
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrorOfTheFile(t *testing.T) {
	if err := reportstest.Play(New(full{}, &Count{})); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
