package cases

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/subject"
)

func day(t *testing.T, s string) Date {
	t.Helper()
	d, err := ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDueDates(t *testing.T) {
	holidays, err := ReadHolidays(strings.NewReader("# made up\n2026-12-25 Christmas\n2026-12-28 instead of the 26th\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, regime, received string
		pauses                 []string // pairs
		extended               bool
		clock, want            string
	}{
		{"uk: the third is a Saturday", "uk", "2026-09-03", nil, false, Answer, "2026-10-05"},
		{"uk: January has more days than February, whose last is a Sunday", "uk", "2027-01-31", nil, false, Answer, "2027-03-01"},
		{"uk: March has more days than April", "uk", "2026-03-31", nil, false, Answer, "2026-04-30"},
		{"uk: six days paused", "uk", "2026-09-03", []string{"2026-09-07", "2026-09-13"}, false, Answer, "2026-10-09"},
		{"uk: extended to three months", "uk", "2026-09-03", nil, true, Answer, "2026-12-03"},
		{"gdpr: extended to three months", "gdpr", "2026-03-31", nil, true, Answer, "2026-06-30"},
		{"uk: Christmas, a weekend and a day instead", "uk", "2026-11-25", nil, false, Answer, "2026-12-29"},
		{"gdpr: a leap year", "gdpr", "2028-01-31", nil, false, Answer, "2028-02-29"},
		{"gdpr: over the turn of the year, onto a Sunday", "gdpr", "2026-12-31", nil, false, Answer, "2027-02-01"},
		{"uk: two pauses, and extended", "uk", "2026-09-03", []string{"2026-09-07", "2026-09-10", "2026-10-01", "2026-10-02"}, true, Answer, "2026-12-07"},
		{"ccpa: ten business days", "ccpa", "2026-03-02", nil, false, Acknowledge, "2026-03-16"},
		{"ccpa: business days skip holidays", "ccpa", "2026-12-18", nil, false, Acknowledge, "2027-01-05"},
		{"ccpa: 45 days", "ccpa", "2026-03-02", nil, false, Answer, "2026-04-16"},
		{"ccpa: extended to 90 days, a Sunday", "ccpa", "2026-03-02", nil, true, Answer, "2026-05-31"},
		{"1798.83: 30 days", "shine-the-light", "2026-03-02", nil, false, Answer, "2026-04-01"},
		{"dpf: 45 days", "dpf", "2026-03-02", nil, false, Answer, "2026-04-16"},
		{"shield: 45 days", "shield-2017", "2017-03-02", nil, false, Answer, "2017-04-16"},
	} {
		k := &Case{Schema: 1, ID: "a", Kind: Access, Regime: c.regime, Received: day(t, c.received)}
		for i := 0; i < len(c.pauses); i += 2 {
			if err := errors.Join(k.Pause(day(t, c.pauses[i]), ForIdentity), k.Resume(day(t, c.pauses[i+1]))); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if c.extended {
			if err := k.Extend(k.Received.AddDays(1), "many", holidays); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		got := ""
		for _, d := range k.Clocks(holidays, k.Received) {
			if d.Name == c.clock {
				got = d.Due.String()
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestClockThatStands(t *testing.T) {
	c := &Case{Schema: 1, ID: "a", Kind: Access, Regime: "uk", Received: day(t, "2026-09-03")}
	if err := c.Pause(day(t, "2026-09-07"), ForClarification); err != nil {
		t.Fatal(err)
	}
	got := c.Clocks(nil, day(t, "2026-09-10"))[0]
	want := Clock{Name: Answer, Due: day(t, "2026-10-06"), Left: 26, Standing: true, Paused: 3,
		Rule: "1 month from receipt, and 3 days that the clock stood"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(Date{})); diff != "" {
		t.Error(diff)
	}
}

func TestWhatACaseRefuses(t *testing.T) {
	received := day(t, "2026-09-03")
	fresh := func(regime string) *Case {
		return &Case{Schema: 1, ID: "a", Kind: Access, Regime: regime, Received: received}
	}
	paused := fresh("uk")
	if err := paused.Pause(received, ForIdentity); err != nil {
		t.Fatal(err)
	}
	closed := fresh("uk")
	if err := closed.Close(received, "answered", ""); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"a pause in California":         fresh("ccpa").Pause(received, ForIdentity),
		"a pause for leisure":           fresh("uk").Pause(received, "leisure"),
		"a pause before the request":    fresh("uk").Pause(received.AddDays(-1), ForIdentity),
		"a pause in a pause":            paused.Pause(received, ForIdentity),
		"going on before the pause":     paused.Resume(received.AddDays(-1)),
		"going on without a pause":      fresh("uk").Resume(received),
		"an extension too late":         fresh("uk").Extend(received.AddDays(40), "many", nil),
		"an extension without a reason": fresh("uk").Extend(received, "", nil),
		"an extension that no law has":  fresh("dpf").Extend(received, "many", nil),
		"a decision on no ground":       fresh("uk").Decide(Decision{Finding: "1", Ground: "whim"}),
		"reasonable without a reason":   fresh("uk").Decide(Decision{Finding: "1", Ground: Reasonable}),
		"a refusal without a reason":    fresh("uk").Close(received, "refused", ""),
		"closing twice":                 closed.Close(received, "answered", ""),
		"a pause of a closed case":      closed.Pause(received, ForIdentity),
		"an unknown regime":             fresh("lex").Check(),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cases")
	f := NewFolder(dir)
	c := &Case{Schema: 1, ID: "DSR-1", Kind: Erase, Regime: "gdpr", Received: day(t, "2026-09-03"),
		Identifiers: []subject.Identifier{{Kind: "email", Terms: []subject.Term{{Kind: "email", Fingerprint: "aa", Exact: true}}}}}
	if err := f.Create(c); err != nil {
		t.Fatal(err)
	}
	if err := f.Create(c); !errors.Is(err, ErrExists) {
		t.Errorf("a second case of the id: %v", err)
	}
	if info, err := os.Stat(filepath.Join(dir, "DSR-1.case.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file: %v %v", info.Mode(), err)
	}
	if _, err := f.Update("DSR-1", func(c *Case) error {
		return errors.Join(c.Pause(day(t, "2026-09-04"), ForIdentity), errors.New("no"))
	}); err == nil {
		t.Error("an update that failed is kept")
	}
	got, err := f.Load("DSR-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(c, got, cmp.AllowUnexported(Date{})); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"DSR-2", "../DSR-1", ""} {
		if _, err := f.Load(id); !errors.Is(err, ErrNone) {
			t.Errorf("%q: %v", id, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "x.case.json"), []byte(`{"schema":1,"surprise":"secret"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.List(); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestLetters(t *testing.T) {
	own := t.TempDir()
	names, err := WriteTemplates(own)
	if err != nil || len(names) != len(LetterNames())+1 {
		t.Fatalf("%q, %v", names, err)
	}
	if again, err := WriteTemplates(own); err != nil || len(again) != 0 {
		t.Errorf("templates are overwritten: %q, %v", again, err)
	}
	for _, folder := range []string{"", own} {
		letters, err := LoadLetters(folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, regime := range RegimeNames() {
			c := &Case{Schema: 1, ID: "DSR-1", Kind: Access, Regime: regime, Received: day(t, "2026-09-03")}
			for _, name := range LetterNames() {
				var b bytes.Buffer
				d := LetterData{Case: c, Today: day(t, "2026-09-04"), Due: day(t, "2026-10-05"), Reason: "Because.", To: "Somebody",
					Controller: Controller{Name: "Example Ltd", Officer: "The officer", Authority: "the authority"},
					Search:     &Search{AsOf: "1 September 2026", Listed: 10, Complete: 9, Failed: 1},
					Referrals:  []subject.Referral{{Owner: "secret-owner", Contact: "privacy@example.com", Objects: 2}}}
				if err := letters.Write(&b, name, d); err != nil {
					t.Fatalf("%s %s: %v", regime, name, err)
				}
				text := b.String()
				if !strings.Contains(text, "DSR-1") || Gaps(b.Bytes()) || strings.Contains(text, "<no value>") || strings.Contains(text, "secret-owner") {
					t.Errorf("%s %s:\n%s", regime, name, text)
				}
			}
		}
		var b bytes.Buffer
		c := &Case{Schema: 1, ID: "DSR-1", Kind: Access, Regime: "gdpr", Received: day(t, "2026-09-03")}
		if err := letters.Write(&b, "refuse", LetterData{Case: c}); err != nil || !Gaps(b.Bytes()) {
			t.Errorf("gaps are not shown: %v", err)
		}
		if err := letters.Write(&b, "../law", LetterData{Case: c}); err == nil {
			t.Error("any file is a letter")
		}
	}
	if err := os.WriteFile(filepath.Join(own, "answer.txt"), []byte("{{.Nothing}}"), 0o600); err != nil {
		t.Fatal(err)
	}
	letters, err := LoadLetters(own)
	if err != nil {
		t.Fatal(err)
	}
	if err := letters.Write(&bytes.Buffer{}, "answer", LetterData{Case: &Case{Kind: Access, Regime: "gdpr"}}); err == nil {
		t.Error("a template that asks for what there is not is filled in")
	}
}

func TestHolidayTable(t *testing.T) {
	if _, err := ReadHolidays(strings.NewReader("2026-12-25\n25.12.2026\n")); err == nil || !strings.HasPrefix(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
}
