package rules

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

const good = `version: 1
rules:
  - id: staff-number
    kind: national_id
    pattern: '(?<![\w-])SN-(\d{6})(?![\w-])'
    anchor: SN-
    checksum: luhn
    context: [badge, staff]
    confidence: 0.6
    true_examples: ["badge SN-123455 is lost"]
    false_examples: ["SN-123456", "XSN-123455", "SN-12"]
  - id: ticket
    kind: name
    role: contact
    pattern: '(?<=opened by )[A-Z]\w+'
    true_examples: ["opened by Ana"]
    false_examples: ["opened by ana", "shut by Ana"]
  - id: desk
    kind: phone
    pattern: '\bdesk (\d{4})\b'
    anchor: [desk, DESK]
    context: [ext]
    context_required: true
    true_examples: ["ext: desk 1234"]
    false_examples: ["desk 1234"]
allow: [Support@example.org]
stop_words: [noreply]
`

func parse(t *testing.T, text string) *Set {
	t.Helper()
	s, err := Parse(strings.NewReader(text), "rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func find(t *testing.T, d detectors.Detector, text string) []detectors.Finding {
	t.Helper()
	var out []detectors.Finding
	if err := d.Detect(&detectors.Part{Path: "text", Text: []byte(text)}, func(f detectors.Finding) { out = append(out, f) }); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestExamplesHold(t *testing.T) {
	reports := parse(t, good).Test()
	for _, r := range reports {
		if len(r.Failed) > 0 {
			t.Errorf("%s: %v", r.ID, r.Failed)
		}
	}
	if len(reports) != 3 || reports[0].Slow || !reports[1].Slow || reports[0].Examples != 4 {
		t.Errorf("%+v", reports)
	}
	bad := strings.Replace(good, `"SN-12"]`, `"staff SN-123455"]`, 1)
	if r := parse(t, bad).Test()[0]; len(r.Failed) != 1 || r.Failed[0] != "false example 3 is found" {
		t.Errorf("a wrong example passed: %v", r.Failed)
	}
}

func TestFindings(t *testing.T) {
	d := New(parse(t, good))
	text := "The badge SN-123455, and SN-123456; sn-123455."
	got := find(t, d, text)
	if len(got) != 1 || got[0].Value != "123455" || text[got[0].Start:got[0].End] != "123455" || got[0].Rule != "staff-number" {
		t.Fatalf("%+v", got)
	}
	if got[0].Confidence < 0.79 || !strings.Contains(got[0].Why, "'badge' before") || !strings.Contains(got[0].Why, "luhn valid") {
		t.Errorf("%+v", got[0])
	}
	var tag []detectors.Finding
	err := d.Detect(&detectors.Part{Tags: []detectors.Tag{{Name: "Comment", Value: "opened by Zoë"}}}, func(f detectors.Finding) { tag = append(tag, f) })
	if err != nil || len(tag) != 1 || tag[0].Tag != "Comment" || tag[0].Value != "Zoë" || tag[0].Role != "contact" || tag[0].End != 0 {
		t.Errorf("%+v %v", tag, err)
	}
}

// A value of the slow lane is found once, wherever the windows end.
func TestSlowLaneLosesAndDoublesNothing(t *testing.T) {
	d := New(parse(t, good))
	for pad := slowStep - 60; pad < slowStep+60; pad++ {
		text := strings.Repeat("é", pad/2) + strings.Repeat(".", pad%2) + " opened by Anastasia " + strings.Repeat("x", 5000)
		if got := find(t, d, text); len(got) != 1 || got[0].Value != "Anastasia" {
			t.Fatalf("at %d: %+v", pad, got)
		}
	}
	many := strings.Repeat("opened by Ana. ", 2000)
	if got := find(t, d, many); len(got) != 2000 {
		t.Errorf("%d of 2000", len(got))
	}
}

func TestManyAnchors(t *testing.T) {
	d := New(parse(t, good))
	if got := find(t, d, strings.Repeat("SN-123455 ", 3000)); len(got) != 3000 {
		t.Errorf("%d of 3000", len(got))
	}
}

// A rule that backtracks without end costs its time limit a few times, and says so.
func TestARuleCanNotHang(t *testing.T) {
	s := parse(t, `version: 1
rules:
  - id: hang
    kind: name
    pattern: '(a+)+(b+)+(a+)+\1!'
    true_examples: [x]
    false_examples: [y]
`)
	begin := time.Now()
	err := New(s).Detect(&detectors.Part{Text: []byte(strings.Repeat("aaaabbbb", 20_000))}, func(detectors.Finding) {})
	if err == nil || strings.Contains(err.Error(), "aaaa") {
		t.Errorf("%v", err)
	}
	if took := time.Since(begin); took > 20*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestFilter(t *testing.T) {
	s := parse(t, good)
	d := Filter(fake{}, s)
	var got []string
	if err := d.Detect(&detectors.Part{}, func(f detectors.Finding) { got = append(got, f.Value) }); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != "[ana@example.org ]" {
		t.Errorf("%q", got)
	}
	if _, ok := Filter(fake{}, &Set{}).(fake); !ok {
		t.Error("nothing to allow, and wrapped all the same")
	}
}

type fake struct{}

func (fake) Info() detectors.Info { return detectors.Info{Name: "fake"} }
func (fake) Detect(_ *detectors.Part, found func(detectors.Finding)) error {
	for _, v := range []string{"ana@example.org", "support@EXAMPLE.org", "x-noreply@example.org", ""} {
		found(detectors.Finding{Value: v})
	}
	return nil
}

func TestChecksums(t *testing.T) {
	for _, c := range []struct {
		name, good, bad string
	}{
		{"luhn", "4539 1488 0343 6467", "4539 1488 0343 6468"},
		{"mod97", "GB82 WEST 1234 5698 7654 32", "GB82 WEST 1234 5698 7654 33"},
		{"verhoeff", "2363", "2364"},
		{"mod11", "0-306-40615-2", "0-306-40615-3"},
		{"mod11", "0-8044-2957-X", "0-8044-2957-1"},
	} {
		if fn := checksums[c.name]; !fn(alnum(c.good)) || fn(alnum(c.bad)) || fn("") {
			t.Errorf("%s", c.name)
		}
	}
}

func TestMistakesHaveALineAndAWayOut(t *testing.T) {
	replace := func(old, now string) string { return strings.Replace(good, old, now, 1) }
	for _, c := range []struct{ name, text, want string }{
		{"no YAML", "version: 1\nrules: [", "line 2"},
		{"version", replace("version: 1", "version: 2"), "rules.yaml:1: write version: 1"},
		{"kind", replace("kind: phone", "kind: telephone"), `rules.yaml:18: rule desk: there is no kind "telephone": `},
		{"unknown name", replace("anchor: SN-", "anker: SN-"), `rules.yaml:3: a rule has no "anker": id, kind`},
		{"pattern", replace(`'\bdesk (\d{4})\b'`, `'('`), "rule desk: the pattern is no regexp2 pattern"},
		{"checksum", replace("luhn", "lunh"), `there is no checksum "lunh": luhn, mod11, mod97, verhoeff`},
		{"examples", replace(`    true_examples: ["opened by Ana"]`+"\n", ""), "rule ticket: it needs true_examples"},
		{"twice", replace("id: desk", "id: ticket"), `there are two rules "ticket"`},
		{"id", replace("id: desk", "id: Desk 1"), "a rule needs an id"},
		{"confidence", replace("0.6", "0.1"), "from 0.4"},
		{"anchor", replace("anchor: SN-", "anchor: S"), "two bytes at least"},
		{"context", replace("    context: [ext]\n", ""), "context_required needs context words"},
		{"stop word", replace("noreply", "n"), "a stop word needs two letters"},
		{"top", replace("allow:", "alow:"), "alow"},
	} {
		_, err := Parse(strings.NewReader(c.text), "rules.yaml")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// The rules of the manual work.
func TestManual(t *testing.T) {
	b, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(version.*?)```").FindAllStringSubmatch(string(b), -1)
	if len(blocks) == 0 {
		t.Fatal("no rules in the manual")
	}
	for _, m := range blocks {
		for _, r := range parse(t, m[1]).Test() {
			if len(r.Failed) > 0 {
				t.Errorf("%s: %v", r.ID, r.Failed)
			}
		}
	}
	for name := range checksums {
		if !strings.Contains(string(b), "`"+name+"`") {
			t.Errorf("the manual lacks checksum %s", name)
		}
	}
}

func TestAccept(t *testing.T) {
	s := parse(t, good)
	detectortest.Accept(t, New(&Set{Rules: s.Rules[:1]}), []detectortest.Case{
		{Name: "number with a badge", Text: "badge SN-123455", Want: []detectors.Finding{{Kind: detectors.NationalID, Value: "123455"}}},
		{Name: "wrong check digit", Text: "badge SN-123456"},
	})
}

func FuzzParse(f *testing.F) {
	f.Add(good)
	f.Add("version: 1\nrules: []\n")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(strings.NewReader(text), "r")
		if err == nil {
			s.Hash()
		}
	})
}
