package sarif

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v210 "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// file is one that a handler wrote.
type file struct{ bytes.Buffer }

func (*file) Close() error { return nil }

// written plays entries to a handler and gives its files.
func written(t *testing.T, o Options, run *reports.Run, entries []*reports.Entry) [][]byte {
	t.Helper()
	var files []*file
	h := New(func(part int) (io.WriteCloser, error) {
		if part != len(files)+1 {
			t.Errorf("part %d after %d", part, len(files))
		}
		files = append(files, &file{})
		return files[part-1], nil
	}, o)
	if err := reportstest.PlayEntries(h, run, entries); err != nil {
		t.Fatal(err)
	}
	if h.Parts() != len(files) {
		t.Errorf("%d parts", h.Parts())
	}
	var out [][]byte
	for _, f := range files {
		out = append(out, f.Bytes())
	}
	return out
}

// officialSchema is the text of OASIS, with errata 01. It comes from the module
// that carries it, at the version of go.mod: it is not ours to copy.
func officialSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	_ = v210.Report{} // keeps the module in go.mod
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	tree, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "pkg/report/v210/sarif/schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var text string
	ast.Inspect(tree, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && len(l.Value) > len(text) {
			text, _ = strconv.Unquote(l.Value)
		}
		return true
	})
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("sarif.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("sarif.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func check(t *testing.T, s *jsonschema.Schema, b []byte) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("%v\n%s", err, b)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%v", err)
	}
}

// marked are the entries with one finding suppressed and another known.
func marked() (*reports.Run, []*reports.Entry) {
	run, entries := reportstest.Run(), reportstest.Entries()
	run.Baseline = true
	for _, e := range entries {
		switch e.Key {
		case "users/ana/b.txt":
			e.Findings[0].Suppressed = &reports.Suppression{Reason: "made up\x1b", Expires: "2030-01-01"}
		case "users/ana/a.jpg":
			e.Findings[1].Known = true
		}
	}
	return run, entries
}

func TestValidatesAgainstTheOfficialSchema(t *testing.T) {
	s := officialSchema(t)
	if err := s.Validate(map[string]any{"version": "2.1.0"}); err == nil {
		t.Fatal("the schema takes anything")
	}
	run, entries := marked()
	interrupted := reportstest.Run()
	interrupted.Complete = false
	for _, tc := range []struct {
		name    string
		o       Options
		run     *reports.Run
		entries []*reports.Entry
	}{
		{"one file", Options{Paths: reports.Paths{Root: "/r"}}, run, entries},
		{"many files", Options{Limits: Limits{Results: 3}}, run, entries},
		{"nothing", Options{}, interrupted, nil},
		{"lines", Options{Lines: func(*reports.Entry, int64, int64) (int, int, bool) { return 4, 5, true }}, run, entries},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, b := range written(t, tc.o, tc.run, tc.entries) {
				check(t, s, b)
			}
		})
	}
}

// log is a file as a consumer reads it.
type log struct {
	Runs []struct {
		Results     []result
		Tool        tool
		Automation  automation `json:"automationDetails"`
		Invocations []invocation
		Properties  properties
	}
}

func read(t *testing.T, b []byte) log {
	t.Helper()
	var l log
	if err := json.Unmarshal(b, &l); err != nil {
		t.Fatal(err)
	}
	if len(l.Runs) != 1 {
		t.Fatalf("%d runs", len(l.Runs))
	}
	return l
}

func TestResults(t *testing.T) {
	run, entries := marked()
	run.Sources = []string{"/repo/uploads"}
	for _, e := range entries {
		e.Source = "/repo/uploads"
	}
	got := read(t, written(t, Options{Paths: reports.Paths{Root: "/repo"}}, run, entries)[0]).Runs[0]
	sum := got.Properties.Summary
	byURI := map[string][]result{}
	counted, suppressed := int64(0), int64(0)
	for _, r := range got.Results {
		byURI[r.Locations[0].Physical.Artifact.URI] = append(byURI[r.Locations[0].Physical.Artifact.URI], r)
		if len(r.Suppressions) > 0 {
			suppressed++
		} else {
			counted++
		}
		if got.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("rule %d is not %s", r.RuleIndex, r.RuleID)
		}
		if r.Prints["primaryLocationLineHash"] == "" {
			t.Error("no fingerprint")
		}
	}
	if counted != sum.Findings || suppressed != sum.Suppressed || suppressed != 1 || sum.Known != 1 {
		t.Errorf("%d and %d results, %+v", counted, suppressed, sum)
	}
	mail := byURI["uploads/users/ana/b.txt"][0]
	from, n := int64(120), int64(15)
	want := result{RuleID: "email/email", RuleIndex: mail.RuleIndex, Level: reports.Error, Rank: 90, Baseline: "new",
		Message:      message{"E-mail address j***@e***.org in text (known top-level domain). Replace it by one of example.org, which is reserved for that."},
		Locations:    []location{{Physical: physicalLocation{artifactLocation{"uploads/users/ana/b.txt", srcRoot}, &region{ByteOffset: &from, ByteLength: &n}}, Logical: []logicalLocation{{FullName: "text", Kind: "member"}}}},
		Suppressions: []suppression{{"external", "accepted", `made up\u{1b} (until 2030-01-01)`}},
		Prints:       mail.Prints, Properties: resultProperties{ID: "f-mail", Mask: "j***@e***.org", Party: reports.PartyThird, Owner: "ana", Fingerprint: "aa11"}}
	if diff := cmp.Diff(want, mail); diff != "" {
		t.Error(diff)
	}
	picture := byURI["uploads/users/ana/a.jpg"]
	if picture[1].Baseline != "unchanged" || picture[0].Locations[0].Physical.Region.StartLine != 1 {
		t.Errorf("%+v", picture)
	}
	if len(byURI["uploads/users/ana/c.jpg"]) > 0 {
		t.Error("an invalid value is a result")
	}
}

func TestWhatWasNotReadIsNotified(t *testing.T) {
	entries := reportstest.Entries()
	for i := range 2 * maxNotifications {
		entries = append(entries, &reports.Entry{Source: "uploads", Key: fmt.Sprintf("z%04d", i), Coverage: reports.Skipped})
	}
	inv := read(t, written(t, Options{}, reportstest.Run(), entries)[0]).Runs[0].Invocations[0]
	all := map[string]notification{}
	for _, n := range inv.Notifications {
		uri := ""
		if len(n.Locations) > 0 {
			uri = n.Locations[0].Physical.Artifact.URI
		}
		all[n.Descriptor.ID+" "+uri] = n
	}
	if n := all["archived file:///uploads/lost/cold.bin"]; n.Level != "warning" || !strings.Contains(n.Message.Text, "restore the object") {
		t.Errorf("%+v", n)
	}
	if n := all["corrupt file:///uploads/lost/broken.jpg"]; n.Level != "error" {
		t.Errorf("%+v", n)
	}
	incomplete := 2*maxNotifications + 3 + len(reportstest.Hostile())
	if n := all["more "]; !strings.HasPrefix(n.Message.Text, fmt.Sprint(incomplete-maxNotifications)+" more") {
		t.Errorf("%+v", n)
	}
}

func TestSplit(t *testing.T) {
	run, entries := marked()
	whole := read(t, written(t, Options{}, run, entries)[0]).Runs[0]
	for _, tc := range []struct {
		name  string
		o     Limits
		parts int
	}{
		{"by results", Limits{Results: 10}, (len(whole.Results) + 9) / 10},
		{"exactly", Limits{Results: len(whole.Results)}, 1},
		{"by bytes", Limits{Bytes: 1}, len(whole.Results)},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := written(t, Options{Limits: tc.o}, run, entries)
			if len(files) != tc.parts {
				t.Errorf("%d files, want %d", len(files), tc.parts)
			}
			var prints []string
			ids := map[string]bool{}
			for i, b := range files {
				r := read(t, b).Runs[0]
				ids[r.Automation.ID] = true
				for _, x := range r.Results {
					prints = append(prints, x.Prints["habeasPlace/v1"])
					if r.Tool.Driver.Rules[x.RuleIndex].ID != x.RuleID {
						t.Errorf("part %d: rule %d is not %s", i, x.RuleIndex, x.RuleID)
					}
				}
				if last := i == len(files)-1; r.Properties.Last != last || (r.Properties.Summary != nil) != last {
					t.Errorf("part %d: %+v", i, r.Properties)
				}
				if !Made(b) {
					t.Error("not one of ours")
				}
				if len(files) > 1 && !bytes.Contains(b, []byte("this is part ")) {
					t.Error("no notice")
				}
			}
			if len(ids) != len(files) {
				t.Error("parts share an id")
			}
			var want []string
			for _, x := range whole.Results {
				want = append(want, x.Prints["habeasPlace/v1"])
			}
			if diff := cmp.Diff(want, prints); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFingerprintsStay(t *testing.T) {
	prints := func(change func(f *reports.Finding)) (out []string) {
		entries := reportstest.Entries()
		for _, e := range entries {
			for i := range e.Findings {
				change(&e.Findings[i])
			}
		}
		seen := map[string]bool{}
		for _, r := range read(t, written(t, Options{}, reportstest.Run(), entries)[0]).Runs[0].Results {
			p := r.Prints["primaryLocationLineHash"]
			if seen[p] {
				t.Errorf("%s twice", p)
			}
			seen[p] = true
			out = append(out, p)
		}
		return out
	}
	want := prints(func(*reports.Finding) {})
	moved := prints(func(f *reports.Finding) {
		f.ID, f.Fingerprint = "x"+f.ID, "other key"
		if f.Start != nil {
			from, to := *f.Start+1000, *f.End+1000
			f.Start, f.End = &from, &to
		}
	})
	if diff := cmp.Diff(want, moved); diff != "" {
		t.Error(diff)
	}
}

// Nothing that an uploader wrote may be more than text in a viewer.
func TestHostileStrings(t *testing.T) {
	for _, b := range written(t, Options{}, reportstest.Run(), reportstest.Entries()) {
		if bytes.ContainsAny(b, "<>\x1b\u202e\u200b\x00") || bytes.Contains(b, []byte("](")) {
			i := max(bytes.IndexAny(b, "<>\x1b\u202e\u200b\x00"), bytes.Index(b, []byte("](")))
			t.Errorf("a hostile string came through: %q", b[max(0, i-40):i+20])
		}
		if bytes.Contains(b, []byte("../../etc")) && !bytes.Contains(b, []byte("%2E%2E/%2E%2E/etc/passwd")) {
			t.Error("a key leads out of its folder")
		}
		for _, r := range read(t, b).Runs[0].Results {
			if len(r.Message.Text) > 8*maxText {
				t.Errorf("%d bytes of text", len(r.Message.Text))
			}
		}
	}
	if got := plain("[a](javascript:x) {0}"); got != "[a] (javascript:x) {{0}}" {
		t.Error(got)
	}
}

func TestErrorsOfTheFile(t *testing.T) {
	full := errors.New("disk full")
	h := New(func(int) (io.WriteCloser, error) { return nil, full }, Options{})
	if err := reportstest.Play(h); !errors.Is(err, full) {
		t.Error(err)
	}
	h = New(func(int) (io.WriteCloser, error) { return failing{full}, nil }, Options{})
	if err := reportstest.Play(h); !errors.Is(err, full) {
		t.Error(err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
func (f failing) Close() error              { return nil }

func TestSameBytes(t *testing.T) {
	a, b := written(t, Options{}, reportstest.Run(), reportstest.Entries()), written(t, Options{}, reportstest.Run(), reportstest.Entries())
	if !bytes.Equal(a[0], b[0]) {
		t.Error("two replays differ")
	}
}
