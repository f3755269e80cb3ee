package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func written(t *testing.T, o Options, run *reports.Run, entries []*reports.Entry) string {
	t.Helper()
	var b bytes.Buffer
	if err := reportstest.PlayEntries(New(&b, o), run, entries); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func ours() []*reports.Entry {
	var out []*reports.Entry
	for _, e := range reportstest.Entries() {
		if strings.HasPrefix(e.Key, "users/") || strings.HasPrefix(e.Key, "lost/") {
			out = append(out, e)
		}
	}
	return out
}

func TestSummary(t *testing.T) {
	entries := ours()
	for _, e := range entries {
		if e.Key == "users/ana/a.jpg" {
			e.Findings[0].Known = true
			e.Findings[1].Suppressed = &reports.Suppression{Reason: "r"}
		}
	}
	got := written(t, Options{}, reportstest.Run(), entries)
	for _, want := range []string{
		"### Personal data: 2 findings to look at\n",
		"6 objects listed = 3 complete + 1 partial + 1 skipped + 1 failed. 3 findings, of them 1 in the baseline; not counted: 1 suppressed, 1 test value, 1 invalid value.\n",
		"| `email` | 1 | 1 | 1 | 1 |\n| `face` | 1 | 1 | 1 | 1 |\n| `gps` | 1 | 0 | 1 | 0 |\n",
		"| `uploads/users/ana/a.jpg` | 1 | `face` |\n| `uploads/users/ana/b.txt` | 1 | `email` |\n",
		"| `archived`: stored in a class that needs a restore before it can be read | 1 | restore the object, then scan again |\n",
		"| `uploads/lost/cold.bin` | `archived` |\n",
		"<sub>uploads, as of 2026-05-04 03:02 UTC, by habeas test</sub>",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

func TestAnswer(t *testing.T) {
	interrupted := reportstest.Run()
	interrupted.Complete = false
	clean := &reports.Entry{Source: "s", Key: "k", Coverage: reports.Complete}
	broken := &reports.Entry{Source: "s", Key: "k", Coverage: reports.Failed}
	for _, tc := range []struct {
		name string
		run  *reports.Run
		e    *reports.Entry
		want string
	}{
		{"clean", reportstest.Run(), clean, "nothing new\n"},
		{"not read", reportstest.Run(), broken, "nothing new in what was read, and not all was read\n"},
		{"interrupted", interrupted, clean, "nothing new in what was read, and not all was read\n"},
	} {
		if got := written(t, Options{}, tc.run, []*reports.Entry{tc.e}); !strings.HasPrefix(got, "### Personal data: "+tc.want) {
			t.Errorf("%s: %s", tc.name, got)
		}
	}
}

func TestStaysUnderTheLimitOfAStep(t *testing.T) {
	long := strings.Repeat("`|<&\u202e\\", 2000)
	var entries []*reports.Entry
	for i := range 2000 {
		key := fmt.Sprintf("%05d%s", i, long)
		e := &reports.Entry{Source: long, Key: key, Coverage: reports.Failed, Reasons: []reports.Reason{{Code: "corrupt", Part: long}}}
		for _, k := range reports.Kinds() {
			e.Findings = append(e.Findings, reports.Finding{Kind: k.Kind, Mask: long, Part: long})
		}
		entries = append(entries, e)
	}
	run := reportstest.Run()
	run.Tool, run.Sources = long, []string{long, long}
	got := written(t, Options{}, run, entries)
	if len(got) > 256<<10 {
		t.Errorf("%d bytes", len(got))
	}
	if !strings.Contains(got, "And 1950 objects more.") || !strings.Contains(got, "And 1980 objects more.") {
		t.Error("what is left out is not told")
	}
}

// Outside of code spans and references nothing of a hostile string is left.
func TestHostileStrings(t *testing.T) {
	run := reportstest.Run()
	run.Sources, run.Tool = reportstest.Hostile(), "`@you` <b> [a](b) #1"
	got := written(t, Options{}, run, reportstest.Entries())
	if strings.ContainsAny(got, "\x1b\u202e\x00\u2028\r") {
		t.Error("a control character came through")
	}
	for n, line := range strings.Split(got, "\n") {
		outside := withoutCode(line)
		if strings.ContainsAny(outside, "[]@") || strings.Contains(outside, "script") && !strings.Contains(outside, "&#") || strings.Contains(outside, "<img") {
			t.Errorf("line %d: %q", n+1, outside)
		}
	}
}

// withoutCode takes the code spans out of a line, as CommonMark 6.1 finds them.
func withoutCode(line string) string {
	var b strings.Builder
	for {
		start := strings.IndexByte(line, '`')
		if start < 0 {
			b.WriteString(line)
			return b.String()
		}
		b.WriteString(line[:start])
		rest := strings.TrimLeft(line[start:], "`")
		fence := line[start : len(line)-len(rest)]
		end := -1
		for at := 0; at < len(rest); {
			i := strings.IndexByte(rest[at:], '`')
			if i < 0 {
				break
			}
			run := rest[at+i:]
			n := len(run) - len(strings.TrimLeft(run, "`"))
			if n == len(fence) {
				end = at + i
				break
			}
			at += i + n
		}
		if end < 0 {
			b.WriteString(fence)
			line = rest
			continue
		}
		line = rest[end+len(fence):]
	}
}

func TestCode(t *testing.T) {
	for in, want := range map[string]string{
		"a.jpg": "`a.jpg`", "a|b": "`a\\|b`", "``": "``` `` ```", "a`b": "``a`b``", "": "(empty)", "\n": "`\\u{a}`", " a": "`  a `",
	} {
		if got := code(in); got != want {
			t.Errorf("%q: %s", in, got)
		}
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrorOfTheFile(t *testing.T) {
	if err := reportstest.Play(New(full{}, Options{})); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
