package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/reports"
)

// counts are what every report must say alike of one scan.
type counts struct {
	Listed, Findings, Known, Suppressed, Dummies int64
	Kinds                                        map[string]int64
}

// reported makes a report of a record with a baseline and suppressions.
func reported(t *testing.T, record, format, path string) string {
	t.Helper()
	args := []string{"report", "--record", record, "--baseline", "b.json", "--suppressions", "s.yaml", "--format", format}
	if path != "" {
		args = append(args, "--out", path)
	}
	code, out, talk := habeas(t, nil, args...)
	if code != exitDone {
		t.Fatalf("%s: exit code %d: %s", format, code, talk)
	}
	return out
}

// submatches are the numbers that a pattern finds in text.
func submatches(t *testing.T, text, pattern string) []int64 {
	t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		t.Fatalf("no %q in\n%s", pattern, text)
	}
	var out []int64
	for _, s := range m[1:] {
		var n int64
		if _, err := fmt.Sscan(strings.ReplaceAll(s, ",", ""), &n); err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func ofJSON(t *testing.T, out string) counts {
	t.Helper()
	var s reports.Summary
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatal(err)
	}
	return counts{s.Listed, s.Findings, s.Known, s.Suppressed, s.Dummies, s.Kinds}
}

func ofCSV(t *testing.T, out string) counts {
	t.Helper()
	table, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := func(name string) int { return slices.Index(table[0], name) }
	c, objects := counts{Kinds: map[string]int64{}}, map[string]bool{}
	for _, r := range table[1:] {
		objects[r[at("key")]] = true
		kind := r[at("kind")]
		switch {
		case kind == "" || r[at("invalid")] == "true" || kind == "hidden_copy" || kind == "renamed":
		case r[at("dummy")] == "true":
			c.Dummies++
		case r[at("suppressed")] != "":
			c.Suppressed++
		default:
			c.Findings++
			c.Kinds[kind]++
			if r[at("known")] == "true" {
				c.Known++
			}
		}
	}
	c.Listed = int64(len(objects))
	return c
}

func ofSARIF(t *testing.T, out string) counts {
	t.Helper()
	var log struct {
		Runs []struct {
			Results []struct {
				RuleID        string
				BaselineState string
				Suppressions  []any
			}
			Properties struct{ Summary reports.Summary }
		}
	}
	if err := json.Unmarshal([]byte(out), &log); err != nil {
		t.Fatal(err)
	}
	s := log.Runs[0].Properties.Summary
	c := counts{Listed: s.Listed, Dummies: s.Dummies, Kinds: map[string]int64{}}
	for _, r := range log.Runs[0].Results {
		if len(r.Suppressions) > 0 {
			c.Suppressed++
			continue
		}
		c.Findings++
		kind, _, _ := strings.Cut(r.RuleID, "/")
		c.Kinds[kind]++
		if r.BaselineState == "unchanged" {
			c.Known++
		}
	}
	return c
}

func ofText(t *testing.T, out string) counts {
	t.Helper()
	n := submatches(t, out, `(?s)(\d+) objects listed .*?(\d+) findings in the uploads of \d+ owners, (\d+) of them in the baseline; not counted: (\d+) test values and \d+ invalid values; suppressed: (\d+)\n`)
	return counts{n[0], n[1], n[2], n[4], n[3], table(t, out, `(?m)^  ([a-z_]+) +(\d+) +\d+ +\d+ +\d+$`)}
}

func ofJUnit(t *testing.T, out string) counts {
	t.Helper()
	n := submatches(t, out, `(?s)tests="(\d+)".*findings (\d+), of them known (\d+); not counted: suppressed (\d+), test values (\d+)`)
	if cases := strings.Count(out, "<testcase "); int64(cases) != n[0] {
		t.Errorf("JUnit: %d cases, and %d tests", cases, n[0])
	}
	return counts{n[0], n[1], n[2], n[3], n[4], table(t, out, `(?m)^kind ([a-z_]+) (\d+)$`)}
}

func ofMarkdown(t *testing.T, out string) counts {
	t.Helper()
	n := submatches(t, out, `(\d+) objects listed .*?(\d+) findings, of them (\d+) in the baseline; not counted: (\d+) suppressed, (\d+) test values`)
	return counts{n[0], n[1], n[2], n[3], n[4], table(t, out, "(?m)^\\| `([a-z_]+)` \\| (\\d+) \\| \\d+ \\| \\d+ \\| \\d+ \\|$")}
}

func ofGitHub(t *testing.T, out string, like counts) counts {
	t.Helper()
	n := submatches(t, out, `(\d+) objects listed, .*?; (\d+) findings, .*?; (\d+) are in the baseline; (\d+) more are suppressed`)
	return counts{n[0], n[1], n[2], n[3], like.Dummies, like.Kinds} // it says nothing of these
}

func ofHTML(t *testing.T, page string, like counts) counts {
	t.Helper()
	page = regexp.MustCompile(`(?s)<(style|script)\b.*?</(style|script)>`).ReplaceAllString(page, "")
	page = strings.Join(strings.Fields(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(page, " ")), " ")
	n := submatches(t, page, `([\d,]+) objects were listed.*? ([\d,]+) findings, uploaded by.*?Not counted: ([\d,]+) test values.*? ([\d,]+) findings are suppressed.*? ([\d,]+) findings are in the baseline`)
	return counts{n[0], n[1], n[4], n[3], n[2], like.Kinds}
}

// table reads the counts by kind.
func table(t *testing.T, out, pattern string) map[string]int64 {
	t.Helper()
	kinds := map[string]int64{}
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(out, -1) {
		if !slices.Contains(detectors.Kinds(), detectors.Kind(m[1])) {
			continue // another table of the same shape
		}
		var n int64
		if _, err := fmt.Sscan(m[2], &n); err != nil {
			t.Fatal(err)
		}
		kinds[m[1]] = n
	}
	return kinds
}

func TestEveryReportSaysTheSame(t *testing.T) {
	record, all := scanned(t)
	t.Chdir(filepath.Dir(record))
	// A baseline of what there was before one more text came.
	if code, _, talk := habeas(t, nil, "baseline", "write", "--record", record, "--out", "b.json"); code != exitDone {
		t.Fatal(talk)
	}
	b, err := os.ReadFile("b.json")
	if err != nil {
		t.Fatal(err)
	}
	lines := slices.DeleteFunc(strings.Split(string(b), "\n"), func(l string) bool { return strings.Contains(l, `"kind":"device_serial"`) })
	const suppressed = "version: 1\nsuppressions:\n  - {kind: gps, key: '**/piazza.*', reason: made up, expires: 2099-12-31}\n"
	for name, text := range map[string]string{"b.json": strings.Join(lines, "\n"), "s.yaml": suppressed} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := ofJSON(t, reported(t, record, "jsonl", ""))
	if want.Listed != int64(len(all)) || want.Suppressed == 0 || want.Known == 0 || want.Known == want.Findings || want.Dummies == 0 {
		t.Fatalf("%+v proves nothing", want)
	}
	reported(t, record, "html", "pages")
	page, err := os.ReadFile("pages/index.html")
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]counts{
		"CSV": ofCSV(t, reported(t, record, "csv", "")), "SARIF": ofSARIF(t, reported(t, record, "sarif", "")),
		"terminal": ofText(t, reported(t, record, "text", "")), "JUnit": ofJUnit(t, reported(t, record, "junit", "")),
		"Markdown": ofMarkdown(t, reported(t, record, "markdown", "")), "GitHub": ofGitHub(t, reported(t, record, "github", ""), want),
		"HTML": ofHTML(t, string(page), want),
	} {
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-JSON Lines +%s):\n%s", name, name, diff)
		}
	}
	for _, format := range streamFormats() {
		first, second := reported(t, record, format, ""), reported(t, record, format, "")
		if first != second {
			t.Errorf("%s: two reports differ", format)
		}
	}
}

func TestEveryKindHasWords(t *testing.T) {
	var want, got []string
	for _, k := range detectors.Kinds() {
		want = append(want, string(k))
	}
	for _, k := range reports.Kinds() {
		got = append(got, k.Kind)
		if k.Title == "" || k.Meaning == "" || k.Fix == "" {
			t.Errorf("%s is not explained", k.Kind)
		}
	}
	if !slices.IsSorted(got) {
		t.Error("not in order of name")
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
