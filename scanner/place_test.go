package scanner

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
)

func TestPlaced(t *testing.T) {
	p := &detectors.Part{Text: []byte("ana@example.org,x,y,z,w"), Cells: []detectors.Cell{
		{Start: 0, End: 15, Record: 1, Line: 2, Column: "E-Mail"},
		{Start: 16, End: 17, Record: 7, Column: "users[].name"},
		{Start: 18, End: 19, Record: 1, Line: 3},
		{Start: 20, End: 21, Record: 1, Line: 3, Column: "contacts.ana_silva@example_org.phone"},
		{Start: 22, End: 23, Record: 1, Line: 3, Column: "2025550143"},
	}}
	for _, c := range []struct {
		name  string
		start int
		tag   string
		want  string
	}{
		{"line and column", 3, "", "csv/line[2]/E-Mail"},
		{"row of a database", 16, "", "csv/row[7]/users[].name"},
		{"no heading", 18, "", "csv/line[3]"},
		{"between cells", 17, "", "csv"},
		{"in a tag", 3, "Artist", "csv"},
		{"a key that is a value", 20, "", "csv/line[3]/contacts.*.phone"},
		{"a number as heading", 22, "", "csv/line[3]/*"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := new(columns).placed("csv", p, &Found{Finding: detectors.Finding{Start: c.start, End: c.start + 1, Tag: c.tag}})
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// Whatever else a password seems to be is dropped: it would show the password.
func TestHideSecrets(t *testing.T) {
	f := func(kind detectors.Kind, tag, value string, start, end int) Found {
		return Found{Finding: detectors.Finding{Kind: kind, Tag: tag, Value: value, Start: start, End: end, Confidence: 0.9}}
	}
	in := []Found{
		f(detectors.Email, "", "before", 0, 10), f(detectors.Email, "", "across", 8, 14), f(detectors.Credential, "", "", 12, 30), f(detectors.Email, "", "within", 12, 30),
		f(detectors.Phone, "", "inside", 15, 20), f(detectors.Email, "", "behind", 30, 40), f(detectors.Credential, "", "", 50, 60), f(detectors.IP, "", "second", 55, 58), f(detectors.Email, "", "last", 70, 80),
		f(detectors.Credential, "Password", "", 0, 0), f(detectors.Email, "Password", "tag", 0, 0), f(detectors.Email, "Mail", "other tag", 0, 0),
		f(detectors.Credential, "", "a shown one", 90, 95), f(detectors.Email, "", "beside it", 90, 95),
	}
	var got []string
	for _, f := range new(settler).settle(in) {
		got = append(got, f.Value)
	}
	want := []string{"before", "", "behind", "", "last", "a shown one", "beside it", "other tag", ""}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
