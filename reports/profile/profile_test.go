package profile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"habeas/detectors"
	"habeas/reports"
)

const docs = "../../docs"

// manual is the text of docs/profile.md.
func manual(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(docs, "profile.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// example is the profile in the manual.
func example(t *testing.T) string {
	t.Helper()
	_, rest, ok := strings.Cut(manual(t), "```yaml\n")
	text, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("docs/profile.md has no example")
	}
	return text
}

func TestExampleOfTheManualIsComplete(t *testing.T) {
	p, err := Parse(strings.NewReader(example(t)))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range p.Sections(true) {
		for _, i := range s.Items {
			if i.Gap {
				t.Errorf("%s: %s is a gap", s.Title, i.Label)
			}
		}
	}
	if err := schema(t).Validate(document(t, example(t))); err != nil {
		t.Error(err)
	}
}

func TestManualHasTheForm(t *testing.T) {
	var b strings.Builder
	b.WriteString("| name | what | meaning |\n| --- | --- | --- |\n")
	var rows func(prefix string, fields []field)
	rows = func(prefix string, fields []field) {
		for _, f := range fields {
			what := string(f.shape)
			switch {
			case f.format != nil:
				what = f.format.about
			case f.oneOf != nil && f.name != "kinds":
				what = strings.Join(f.oneOf, ", ")
			}
			if f.required {
				what += "; required"
			}
			fmt.Fprintf(&b, "| `%s%s` | %s | %s |\n", prefix, f.name, what, f.about)
			switch f.shape {
			case group:
				rows(prefix+f.name+".", f.fields)
			case groups:
				rows(prefix+f.name+"[].", f.fields)
			}
		}
	}
	rows("", form())
	if !strings.Contains(manual(t), b.String()) {
		t.Errorf("docs/profile.md lacks this table:\n%s", b.String())
	}
}

func TestSchemaIsCommitted(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(docs, "profile.schema.json"))
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/profile.schema.json must hold this (%v):\n%s", err, want)
	}
}

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("profile.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("profile.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// document is YAML as a validator of JSON Schema takes it.
func document(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	// Dates are texts.
	var plain func(v any) any
	plain = func(v any) any {
		switch v := v.(type) {
		case map[string]any:
			for k := range v {
				v[k] = plain(v[k])
			}
		case []any:
			for i := range v {
				v[i] = plain(v[i])
			}
		case time.Time:
			return v.Format(time.DateOnly)
		}
		return v
	}
	b, err := json.Marshal(plain(v))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// profiles that are right or wrong, and whether a schema can tell.
var profiles = []struct {
	name, text, err string
	schemaToo       bool
}{
	{"least", "version: 1\n", "", true},
	{"json", `{"version": 1, "recipients": []}`, "", true},
	{"numbers as texts", "version: 1\npolicy: {version: 2.1, effective: 2024-05-31}\n", "", true},
	{"empty", "", "line 1: the file is empty: docs/profile.md has one to copy", false},
	{"only a comment", "# nothing\n", "line 1: the file is empty: docs/profile.md has one to copy", false},
	{"no version", "controller: {name: Example Ltd}\n", "line 1: a profile needs a version: of the form: 1", true},
	{"other version", "version: 2\n", "line 1: version 2 is unknown: this program knows 1", true},
	{"version no number", "version: one\n", "line 1: version is a whole number", true},
	{"misspelt", "version: 1\ncontroler: {}\n", `line 2: a profile has no "controler": it has version, controller,`, true},
	{"misspelt below", "version: 1\nofficer:\n  nmae: A\n", `line 3: officer has no "nmae"`, true},
	{"twice", "version: 1\nofficer: {name: A}\nofficer: {name: B}\n", "line 3:", false},
	{"text for a group", "version: 1\nofficer: A\n", "line 2: officer is a group", true},
	{"group for a list", "version: 1\nstores: {source: a}\n", "line 2: stores is a list of groups", true},
	{"text for an entry", "version: 1\nstores:\n- a\n", "line 3: an entry of stores is a group", true},
	{"group for a text", "version: 1\nautomated: {a: b}\n", "line 2: automated is a text", true},
	{"nothing for a text", "version: 1\nautomated:\n", "line 2: automated is a text: write one, or leave the line out", true},
	{"blank text", "version: 1\nautomated: '  '\n", "line 2: automated is a text", true},
	{"truth for a text", "version: 1\nautomated: no\ncontroller: {name: true}\n", "line 3: name is a text: put it into quotes", true},
	{"text for truth", "version: 1\nrecipients:\n- {name: A, tell_subject: 'no'}\n", "line 3: tell_subject is true or false", true},
	{"no such country", "version: 1\ncontroller: {country: Germany}\n", "line 2: country is two capital letters", true},
	{"no e-mail address", "version: 1\ncontroller: {email: privacy}\n", "line 2: email is an e-mail address", true},
	{"no web address", "version: 1\npolicy: {url: 'javascript:alert(1)'}\n", "line 2: url is an address that begins with https://", true},
	{"no such day", "version: 1\npolicy: {effective: 2023-02-30}\n", "line 2: effective is a date", false},
	{"no date", "version: 1\npolicy: {effective: yesterday}\n", "line 2: effective is a date", true},
	{"no such basis", "version: 1\nstores:\n- source: a\n  basis: because\n", "line 4: basis is one of consent, contract,", true},
	{"store without source", "version: 1\nstores:\n- purpose: a\n", "line 3: an entry of stores needs a source", true},
	{"rule without period", "version: 1\nretention:\n- {name: a, from: modified}\n", "line 3: an entry of retention needs a keep", true},
	{"no period", "version: 1\nretention:\n- {name: a, from: modified, keep: long}\n", "line 3: keep is a number of days,", true},
	{"no length", "version: 1\nretention:\n- {name: a, from: modified, keep: 0 days}\n", "line 3: keep is a number of days,", true},
	{"no such kind", "version: 1\nretention:\n- {name: a, from: modified, keep: 1 day, kinds: [mail]}\n", "line 3: kinds is one of gps,", true},
	{"no such trigger", "version: 1\nretention:\n- {name: a, from: birth, keep: 1 day}\n", "line 3: from is one of modified, closed_at, last_seen", true},
	{"two rules of a name", "version: 1\nretention:\n- {name: a, from: modified, keep: 1 day}\n- {name: a, from: modified, keep: 2 days}\n", "line 4: there are two rules of this name", false},
	{"two recipients of a name", "version: 1\nrecipients:\n- {name: a}\n- {name: a}\n", "line 4: there are two recipients of this name", false},
	{"unknown recipient", "version: 1\nstores:\n- {source: a, recipients: [b]}\n", "line 3: a store names a recipient that recipients does not have", false},
	{"alias", "version: 1\nofficer: &a {name: A}\nrepresentative: *a\n", "line 3: representative: write it out", false},
	{"negative", "version: 1\nstores:\n- {source: a, backup_days: -1}\n", "line 3: backup_days is a whole number", true},
	{"no yaml", "version: 1\n\tofficer: [\n", "line 2: no YAML:", false},
	{"a list", "- version: 1\n", "line 1: a profile is a group", true},
	{"too long", "version: 1\nautomated: " + strings.Repeat("a", maxText+1), "line 2: automated has more than", true},
	{"too large", "version: 1\n#" + strings.Repeat("a", maxFile), "a profile has at most 1 MiB", false},
}

func TestParse(t *testing.T) {
	s := schema(t)
	for _, c := range profiles {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(strings.NewReader(c.text))
			var e *Error
			switch {
			case c.err == "" && err != nil:
				t.Fatal(err)
			case c.err != "" && (err == nil || !errors.As(err, &e) || !strings.HasPrefix(err.Error(), c.err)):
				t.Fatalf("%v, want %s", err, c.err)
			}
			if c.schemaToo {
				if err := s.Validate(document(t, c.text)); (err == nil) != (c.err == "") {
					t.Errorf("the schema says %v", err)
				}
			}
		})
	}
}

func TestKindsAreTheVocabulary(t *testing.T) {
	var want []string
	for _, k := range detectors.Kinds() {
		want = append(want, string(k))
	}
	if d := cmp.Diff(want, kinds()); d != "" {
		t.Error(d)
	}
}

func TestDeepAndManyAliasesEnd(t *testing.T) {
	for _, text := range []string{
		"version: 1\nautomated: " + strings.Repeat("[", 20_000),
		"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n",
		"version: 1\nautomated: !!binary gIGC\n",
	} {
		if _, err := Parse(strings.NewReader(text)); err == nil {
			t.Errorf("%.40q passes", text)
		}
	}
}

func TestGapsOfNoProfile(t *testing.T) {
	var p *Profile
	n := 0
	for _, s := range p.Sections(false) {
		if len(s.Items) == 0 {
			t.Errorf("%s says nothing", s.Title)
		}
		for _, i := range s.Items {
			if !i.Gap || i.Text != "" || i.Label == "" {
				t.Errorf("%s: %+v is no gap", s.Title, i)
			}
			n++
		}
	}
	if n != p.Gaps() || n < 12 {
		t.Errorf("%d gaps, counted %d", n, p.Gaps())
	}
}

func parsed(t *testing.T, text string) *Profile {
	t.Helper()
	p, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestRecipientsThatAreNotToBeTold(t *testing.T) {
	p := parsed(t, "version: 1\nrecipients:\n- {name: Host Ltd, role: stores it}\n- {name: Police, tell_subject: false, role: asked for it}\n- {name: Ads Ltd, direct_marketing: true}\n")
	titles := func(officer bool) []string {
		var out []string
		for _, i := range p.Sections(officer)[2].Items {
			out = append(out, i.Label+": "+i.Text)
		}
		return out
	}
	if d := cmp.Diff([]string{"Host Ltd: stores it", "Ads Ltd: for direct marketing"}, titles(false)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"Host Ltd: stores it", "Police: asked for it, not to be told to the person", "Ads Ltd: for direct marketing"}, titles(true)); d != "" {
		t.Error(d)
	}
}

func TestStore(t *testing.T) {
	p := parsed(t, "version: 1\nstores:\n- {source: 's3://media/', purpose: all}\n- {source: 's3://media', prefix: users/, purpose: users}\n- {source: /srv/uploads, purpose: disk}\n")
	for _, c := range []struct{ source, key, want string }{
		{"s3://media", "logos/a.png", "all"},
		{"s3://media/", "users/ana/a.jpg", "users"},
		{"s3://media/users", "x", "all"},
		{"s3://media2", "users/a", ""},
		{"/srv/uploads", "a", "disk"},
		{"/srv/uploads2", "a", ""},
	} {
		got := ""
		if s := p.Store(c.source, c.key); s != nil {
			got = s.Purpose
		}
		if got != c.want {
			t.Errorf("%s %s: %q, want %q", c.source, c.key, got, c.want)
		}
	}
	var none *Profile
	if none.Store("a", "b") != nil {
		t.Error("no profile has a store")
	}
}

func TestPeriods(t *testing.T) {
	for _, c := range []struct{ from, keep, want string }{
		{"2024-01-31", "1 month", "2024-02-29"},
		{"2023-01-31", "1 month", "2023-02-28"},
		{"2024-02-29", "1 year", "2025-02-28"},
		{"2024-12-15", "2 weeks", "2024-12-29"},
		{"2024-12-15", "30 days", "2025-01-14"},
		{"2024-08-31", "18 months", "2026-02-28"},
		{"2024-05-01", "10 years", "2034-05-01"},
	} {
		p, err := parsePeriod(c.keep)
		from, err2 := time.Parse(time.DateOnly, c.from)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if got := p.after(from.Add(23 * time.Hour)).Format(time.DateOnly); got != c.want {
			t.Errorf("%s after %s is %s, want %s", c.keep, c.from, got, c.want)
		}
	}
	for _, s := range []string{"", "1", "days", "-1 days", "01 days", "1  day", "1 day ", "1 fortnight", "1000000 days", "1.5 years", "P1Y"} {
		if _, err := parsePeriod(s); err == nil {
			t.Errorf("%q is a period", s)
		}
	}
}

func TestDue(t *testing.T) {
	p := parsed(t, `
version: 1
retention:
- {name: invoices, kinds: [payment_txn], keep: 10 years, from: modified, ground: tax}
- {name: closed accounts, prefix: users/, keep: 30 days, from: closed_at}
- {name: inactive, source: /srv/old, keep: 2 years, from: last_seen}
`)
	day := func(s string) time.Time {
		d, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	s := NewSchedule(p, day("2026-05-04").Add(3*time.Hour), func(o reports.Owner) Account {
		return map[string]Account{"ana": {Closed: day("2026-04-04")}, "ben": {Closed: day("2026-04-05")}, "chiara": {LastSeen: day("2020-01-01")}}[o.ID]
	})
	invoice := []reports.Finding{{Kind: "payment_txn"}}
	dummy := []reports.Finding{{Kind: "payment_txn", Dummy: true}}
	for _, c := range []struct {
		name               string
		source, key, owner string
		findings           []reports.Finding
		state              State
		rule, due          string
	}{
		{"on its last day", "b", "users/ana/a.jpg", "ana", nil, Overdue, "closed accounts", "2026-05-04"},
		{"a day before", "b", "users/ben/a.jpg", "ben", nil, Later, "closed accounts", "2026-05-05"},
		{"account still open, or unknown", "b", "users/dora/a.jpg", "dora", nil, Unknown, "closed accounts", ""},
		{"no owner", "b", "users/a.jpg", "", nil, Unknown, "closed accounts", ""},
		{"the first rule counts", "b", "users/ana/i.pdf", "ana", invoice, Later, "invoices", "2034-05-06"},
		{"what is not counted makes no invoice", "b", "users/ana/i.pdf", "ana", dummy, Overdue, "closed accounts", "2026-05-04"},
		{"another source", "/srv/old/", "x", "chiara", nil, Overdue, "inactive", "2022-01-01"},
		{"no rule", "b", "x", "chiara", nil, NoRule, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := &reports.Entry{Source: c.source, Key: c.key, Owner: reports.Owner{ID: c.owner}, Findings: c.findings, Modified: day("2024-05-06")}
			d := s.Due(e)
			due := ""
			if !d.Day.IsZero() {
				due = d.Day.Format(time.DateOnly)
			}
			if d.State != c.state || d.Rule != c.rule || due != c.due {
				t.Errorf("%+v", d)
			}
		})
	}
	if got := NewSchedule(p, day("2026-05-04"), nil).Due(&reports.Entry{Key: "users/a", Owner: reports.Owner{ID: "ana"}}); got.State != Unknown {
		t.Errorf("without accounts: %+v", got)
	}
	if got := NewSchedule(nil, day("2026-05-04"), nil); !got.Empty() || got.Due(&reports.Entry{}).State != NoRule {
		t.Error("no profile has no rule")
	}
}

func TestTallyKeepsTheLongestOverdue(t *testing.T) {
	tally := NewTally()
	first := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		n := (i * 7) % 1000
		tally.Add(&reports.Entry{Key: fmt.Sprint(n)}, Due{State: Overdue, Rule: "r", Day: first.AddDate(0, 0, n)})
	}
	tally.Add(&reports.Entry{}, Due{State: NoRule})
	tally.Add(&reports.Entry{}, Due{State: Later})
	o := tally.Overdue()
	if len(o) != maxOverdue || o[0].Key != "0" || o[99].Key != "99" || tally.Counts[Overdue] != 1000 || tally.Rules["r"] != 1000 || tally.Counts[NoRule] != 1 {
		t.Errorf("%d kept, %v", len(o), tally.Counts)
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range profiles {
		if len(c.text) < 10_000 {
			f.Add(c.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Parse(strings.NewReader(text))
		if err == nil {
			p.Sections(true)
			p.Gaps()
		} else if len(err.Error()) > 2000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
