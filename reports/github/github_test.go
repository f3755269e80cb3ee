package github

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func printed(t *testing.T, o Options, entries []*reports.Entry) []string {
	t.Helper()
	var b bytes.Buffer
	if err := reportstest.PlayEntries(New(&b, o), reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

func some() []*reports.Entry {
	var out []*reports.Entry
	for _, e := range reportstest.Entries() {
		if strings.HasPrefix(e.Key, "users/") || strings.HasPrefix(e.Key, "lost/") {
			e.Source = "/repo/fix"
			out = append(out, e)
		}
	}
	return out
}

func TestAnnotations(t *testing.T) {
	o := Options{Paths: reports.Paths{Root: "/repo"}, Fails: func(f *reports.Finding) bool { return f.Counted() && f.Kind != "gps" },
		Lines: func(_ *reports.Entry, start, end int64) (int, int, bool) { return int(start) / 10, int(end) / 10, true }}
	lines := printed(t, o, some())
	want := []string{
		"::error file=fix/users/ana/a.jpg,title=Named face::J*** D*** in jpeg/app1/xmp, field mwg-rs:Regions (confidence 0.95). Replace the picture by a made-up one, or remove its metadata.",
		"::error file=fix/users/ana/a.jpg,title=Name of a person::A*** S*** in jpeg/app1/exif, field Artist (confidence 0.90). Replace it by a made-up one, or remove the field.",
		"::error file=fix/users/ana/b.txt,line=12,endLine=13,title=E-mail address::j***@e***.org in text (confidence 0.90). Replace it by one of example.org, which is reserved for that.",
		"::warning file=fix/users/ana/a.jpg,title=GPS position::in the 0.1° cell at 37.3, -122.1 in jpeg/app1/exif, field GPSLatitude (confidence 0.99). Replace the picture by a made-up one, or remove its metadata.",
		"::notice title=habeas::habeas: 6 objects listed, 3 not read in full; 4 findings, 3 of them fail",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

func TestKnownAndSuppressedAreNotAnnotated(t *testing.T) {
	entries := some()
	for _, e := range entries {
		for i := range e.Findings {
			if e.Findings[i].Kind == "email" {
				e.Findings[i].Suppressed = &reports.Suppression{Reason: "r"}
			} else {
				e.Findings[i].Known = true
			}
		}
	}
	want := []string{"::notice title=habeas::habeas: 6 objects listed, 3 not read in full; 3 findings, 0 of them fail; 3 are in the baseline; 1 more are suppressed"}
	if diff := cmp.Diff(want, printed(t, Options{}, entries)); diff != "" {
		t.Error(diff)
	}
}

func TestTheSurestOfMany(t *testing.T) {
	e := some()[0]
	e.Coverage, e.Findings = reports.Complete, nil
	for i := range 50 {
		e.Findings = append(e.Findings, reports.Finding{Kind: "email", Part: "text", Mask: fmt.Sprint("m", i), Confidence: float64(i%25) / 25})
	}
	lines := printed(t, Options{}, []*reports.Entry{e})
	var got []string
	for _, l := range lines[:len(lines)-1] {
		_, l, _ = strings.Cut(l, "address::")
		got = append(got, strings.Fields(l)[0])
	}
	if diff := cmp.Diff([]string{"m24", "m49", "m23", "m48", "m22", "m47", "m21", "m46", "m20", "m45"}, got); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(lines[len(lines)-1], "GitHub shows 10 of each level, these are the surest 10 of 50") {
		t.Error(lines[len(lines)-1])
	}
}

func TestHostileStrings(t *testing.T) {
	entries := reportstest.Entries()
	evil := *entries[0]
	evil.Key = "a,line=1,title=x::evil%0A::stop-commands::x"
	for _, all := range [][]*reports.Entry{entries, {&evil}} {
		lines := printed(t, Options{}, all)
		for _, l := range lines {
			if !strings.HasPrefix(l, "::error file=") && !strings.HasPrefix(l, "::notice title=habeas::") {
				t.Errorf("%q", l)
			}
			if strings.ContainsAny(l, "\x1b\u202e\r") || len(l) > 10*maxText {
				t.Errorf("%.100q", l)
			}
			properties, _, _ := strings.Cut(strings.TrimPrefix(l, "::"), "::")
			if n := strings.Count(properties, "title="); n != 1 && strings.HasPrefix(l, "::error") && !strings.Contains(properties, "%2Ctitle=") {
				t.Errorf("%d titles in %q", n, properties)
			}
		}
	}
}

func TestPlain(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"a line\n", "a line\n"},
		{"::error::x\n", `\u{3a}:error::x` + "\n"},
		{"  ::stop-commands::x\n", `  \u{3a}:stop-commands::x` + "\n"},
		{"a\r::error::x\n", "a\r" + `\u{3a}:error::x` + "\n"},
		{"\u2003::error::x", "\u2003" + `\u{3a}:error::x`},
		{"x ##[error]y\n", `x \u{23}#[error]y` + "\n"},
		{"a::b\n", "a::b\n"},
		{"", ""},
	} {
		for _, step := range []int{1, 1000} {
			var b bytes.Buffer
			p := NewPlain(&b)
			for i := 0; i < len(tc.in); i += step {
				if _, err := p.Write([]byte(tc.in[i:min(len(tc.in), i+step)])); err != nil {
					t.Fatal(err)
				}
			}
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			if b.String() != tc.want {
				t.Errorf("%q: %q", tc.in, b.String())
			}
		}
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestErrors(t *testing.T) {
	if err := reportstest.Play(New(full{}, Options{})); !errors.Is(err, errFull) {
		t.Error(err)
	}
	if _, err := NewPlain(full{}).Write([]byte("x\n")); !errors.Is(err, errFull) {
		t.Error(err)
	}
}
