package decisions

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/reportstest"
)

func sample() *File {
	f := &File{AsOf: time.Date(2026, 5, 4, 3, 2, 0, 0, time.UTC), KeyID: "0123abcd", Decisions: []Decision{
		{Source: "uploads", Key: "a.jpg", ETag: "e1", Action: Keep},
		{Source: "uploads", Key: "a.jpg", ETag: "e1", Finding: "f1", Action: Strip, Reason: "third_party", Note: "two\nlines <b> & \u2028"},
		{Source: "uploads", Key: "a.jpg", Version: "v2", ETag: "e2", Action: Delete, Reason: "request"},
		{Source: "uploads", Key: "z\xff\n", Action: Hold, Reason: "other", Note: "see file 7"},
	}}
	return f
}

func TestWriteThenRead(t *testing.T) {
	want := sample()
	for i, h := range reportstest.Hostile() {
		if len(h) <= maxName {
			want.Decisions = append(want.Decisions, Decision{Source: "s", Key: h, Action: Actions()[i%6].Action})
		}
	}
	sort(want.Decisions)
	shuffled := *want
	shuffled.Decisions = slices.Clone(want.Decisions)
	slices.Reverse(shuffled.Decisions)
	var a, b bytes.Buffer
	if err := errors.Join(Write(&a, want), Write(&b, &shuffled)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the order of the decisions changes the file")
	}
	got, err := Read(&a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestReadRefuses(t *testing.T) {
	file := func(lines string) string {
		return "{\"schema\":1,\"habeas\":\"decisions\",\"as_of\":\"2026-05-04T03:02:00Z\",\"key_id\":\"k\",\"decisions\":[\n" + lines + "\n]}\n"
	}
	good := `{"source":"s","key_base64":"YQ==","decision":"keep"}`
	if _, err := Read(strings.NewReader(file(good))); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in   string
		line int
		text string
	}{
		"nothing":           {"", 1, "empty"},
		"blanks":            {" \n ", 1, "empty"},
		"not JSON":          {"schema: 1", 1, "not valid JSON"},
		"not JSON, line 3":  {file(good + ",\n{source}"), 3, "not valid JSON"},
		"cut off":           {strings.TrimSuffix(file(good), "]}\n"), 3, "ends too early"},
		"an array":          {"[]", 1, "the file is expected"},
		"other schema":      {strings.Replace(file(good), "1", "2", 1), 1, "another version"},
		"other file":        {strings.Replace(file(good), `"decisions",`, `"plan",`, 1), 1, "no decisions"},
		"no schema":         {`{"habeas":"decisions","as_of":"2026-05-04T03:02:00Z","decisions":[]}`, 1, "no field schema"},
		"no list":           {`{"schema":1,"habeas":"decisions","as_of":"2026-05-04T03:02:00Z"}`, 1, "no field decisions"},
		"no time":           {strings.Replace(file(good), "2026-05-04T03:02:00Z", "May", 1), 1, "as_of"},
		"more after":        {file(good) + "{}", 4, "follows"},
		"unknown field":     {file(good + ",\n" + strings.Replace(good, "source", "bucket", 1)), 3, "not known"},
		"field twice":       {file(strings.Replace(good, "{", `{"source":"t",`, 1)), 2, "twice"},
		"decided twice":     {file(good + ",\n" + good), 3, "line 2"},
		"no key":            {file(`{"source":"s","decision":"keep"}`), 2, "key_base64 is missing"},
		"no source":         {file(`{"key_base64":"YQ==","decision":"keep"}`), 2, "source is missing"},
		"bad base64":        {file(strings.Replace(good, "YQ==", "YR==", 1)), 2, "not base64"},
		"number for text":   {file(strings.Replace(good, `"s"`, "7", 1)), 2, "no text"},
		"unknown action":    {file(strings.Replace(good, "keep", "shred", 1)), 2, "not one of"},
		"unknown reason":    {file(strings.Replace(good, `"keep"`, `"keep","reason":"mood"`, 1)), 2, "not a code"},
		"reason of another": {file(strings.Replace(good, `"keep"`, `"keep","reason":"child"`, 1)), 2, "none for keep"},
		"other, no note":    {file(strings.Replace(good, `"keep"`, `"keep","reason":"other","note":" "`, 1)), 2, "needs a note"},
		"control in note":   {file(strings.Replace(good, `"keep"`, `"keep","note":"\u001b[2J"`, 1)), 2, "control character"},
		"long note":         {file(strings.Replace(good, `"keep"`, `"keep","note":"`+strings.Repeat("x", MaxNote+1)+`"`, 1)), 2, "longer"},
		"not UTF-8":         {file(good + ",\n\xff"), 3, "not UTF-8"},
	} {
		_, err := Read(strings.NewReader(c.in))
		var e *Error
		if !errors.As(err, &e) || e.Line != c.line || !strings.Contains(e.Text, c.text) {
			t.Errorf("%s: %v, want line %d: ...%s...", name, err, c.line, c.text)
		}
	}
}

func TestWriteRefusesWhatReadWould(t *testing.T) {
	for name, change := range map[string]func(*Decision){
		"no key":    func(d *Decision) { d.Key = "" },
		"no action": func(d *Decision) { d.Action = "" },
		"source":    func(d *Decision) { d.Source = "\xff" },
		"twice":     func(d *Decision) { d.Finding = "" },
	} {
		f := sample()
		change(&f.Decisions[1])
		if err := Write(&bytes.Buffer{}, f); err == nil {
			t.Errorf("%s: written", name)
		}
	}
}

func TestEveryActionHasAReason(t *testing.T) {
	for _, a := range Actions() {
		if !slices.ContainsFunc(Reasons(), func(r Reason) bool { return r.Code != "other" && slices.Contains(r.Actions, a.Action) }) {
			t.Errorf("%s has none", a.Action)
		}
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := Write(&b, sample()); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte(`{"schema":1,"habeas":"decisions","decisions":[{"source":`))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := Read(bytes.NewReader(in))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := Write(&out, got); err != nil {
			t.Fatalf("read but not writable: %v", err)
		}
		again, err := Read(&out)
		if err != nil || !cmp.Equal(got, again) {
			t.Fatalf("not the same after a turn: %v", err)
		}
	})
}

// reasonTable is the table of docs/schema.md.
func reasonTable() string {
	var b strings.Builder
	for _, r := range Reasons() {
		var beside []string
		for _, a := range r.Actions {
			beside = append(beside, string(a))
		}
		if len(beside) == len(Actions()) {
			beside = []string{"any"}
		}
		b.WriteString("| `" + r.Code + "` | " + r.Text + " | " + strings.Join(beside, ", ") + " |\n")
	}
	return b.String()
}

func TestReasonsAreDocumented(t *testing.T) {
	doc, err := os.ReadFile("../../docs/schema.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(doc), reasonTable()) {
		t.Errorf("docs/schema.md lacks this table:\n%s", reasonTable())
	}
}
