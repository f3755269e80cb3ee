package compare

import (
	"errors"
	"fmt"
	"iter"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func finding(kind, print, part string) reports.Finding {
	return reports.Finding{ID: part + print, Kind: kind, Fingerprint: print, Part: part, Mask: "m", Confidence: 0.9}
}

func entry(source, key, version string, fs ...reports.Finding) *reports.Entry {
	return &reports.Entry{Source: source, Key: key, Version: version, Size: 3, ETag: "e", Coverage: reports.Complete,
		Owner: reports.Owner{ID: "ana"}, Findings: fs}
}

func stream(es ...*reports.Entry) iter.Seq2[*reports.Entry, error] {
	return Entries(func(h reports.Handler) error { return reportstest.PlayEntries(h, reportstest.Run(), es) })
}

// merged is what Objects says, one line an object: "key@version status: finding status...".
func merged(t *testing.T, a, b []*reports.Entry, o Options) []string {
	t.Helper()
	var out []string
	for x, err := range Objects(stream(a...), stream(b...), o) {
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("%s@%s %s", x.Entry().Key, x.Entry().Version, x.Status)
		if x.Moved {
			line += " moved"
		}
		for _, f := range x.Findings {
			line += fmt.Sprintf(" %s:%s", f.Finding.ID, f.Status)
		}
		out = append(out, line)
	}
	return out
}

func TestObjects(t *testing.T) {
	mail := finding("email", "aa", "text")
	other := finding("email", "bb", "text")
	dummy := mail
	dummy.Dummy = true
	bigger, foreign, partial := entry("s", "k", ""), entry("s", "k", ""), entry("s", "k", "")
	bigger.Size = 4
	foreign.Owner.ID = "ben"
	partial.Coverage = reports.Partial
	later, copied, other3 := entry("s", "k", ""), entry("elsewhere", "k", ""), entry("s3://b/", "k", "")
	later.ETag, copied.ETag, other3.ETag = "f", "f", "f"
	e := func(es ...*reports.Entry) []*reports.Entry { return es }
	line := func(n int) reports.Finding { return finding("email", "aa", fmt.Sprintf("csv/line[%d]/mail", n)) }
	for _, tc := range []struct {
		name string
		a, b []*reports.Entry
		o    Options
		want []string
	}{
		{"nothing", nil, nil, Options{}, nil},
		{"all new", nil, e(entry("s", "a", "", mail)), Options{Values: true}, []string{"a@ new textaa:new"}},
		{"all gone", e(entry("s", "a", "", mail)), nil, Options{Values: true}, []string{"a@ gone textaa:gone"}},
		{"the same", e(entry("s", "a", "", mail)), e(entry("s", "a", "", mail)), Options{Values: true}, []string{"a@ same textaa:same"}},
		{"another value", e(entry("s", "a", "", mail)), e(entry("s", "a", "", other)), Options{Values: true}, []string{"a@ changed textbb:new textaa:gone"}},
		{"another value, and keys that differ", e(entry("s", "a", "", mail)), e(entry("s", "a", "", other)), Options{}, []string{"a@ same textbb:same"}},
		{"twice is not once", e(entry("s", "a", "", mail)), e(entry("s", "a", "", mail, mail)), Options{Values: true}, []string{"a@ changed textaa:same textaa:new"}},
		{"a line further down", e(entry("s", "a", "", line(2))), e(entry("s", "a", "", line(30))), Options{Values: true}, []string{"a@ same csv/line[30]/mailaa:same"}},
		{"what does not count", e(entry("s", "a", "", dummy)), e(entry("s", "a", "")), Options{Values: true}, []string{"a@ same"}},
		{"between others", e(entry("s", "a", ""), entry("s", "c", "")), e(entry("s", "b", ""), entry("s", "c", "")), Options{},
			[]string{"a@ gone", "b@ new", "c@ same"}},
		{"size", e(entry("s", "k", "")), e(bigger), Options{}, []string{"k@ changed"}},
		{"owner", e(entry("s", "k", "")), e(foreign), Options{}, []string{"k@ changed moved"}},
		{"coverage", e(entry("s", "k", "")), e(partial), Options{}, []string{"k@ changed"}},
		{"written again", e(entry("s", "k", "")), e(later), Options{}, []string{"k@ changed"}},
		{"a copy of a file", e(entry("s", "k", "")), e(copied), Options{AnySource: true}, []string{"k@ same"}},
		{"another object in another bucket", e(entry("s3://a/", "k", "")), e(other3), Options{AnySource: true}, []string{"k@ changed"}},
		{"a copy in another bucket", e(entry("s3://a/", "k", "")), e(entry("s3://b/", "k", "")), Options{AnySource: true}, []string{"k@ same"}},
		{"another source", e(entry("s", "k", "")), e(copied), Options{}, []string{"k@ new", "k@ gone"}},
		{"one version each", e(entry("s", "k", "v1")), e(entry("s", "k", "v2")), Options{}, []string{"k@v2 changed"}},
		{"versions", e(entry("s", "k", "v1"), entry("s", "k", "v2")), e(entry("s", "k", "v2"), entry("s", "k", "v3")), Options{},
			[]string{"k@v1 gone", "k@v2 same", "k@v3 new"}},
		{"one version of two", e(entry("s", "k", "v1"), entry("s", "k", "v2")), e(entry("s", "k", "v2")), Options{}, []string{"k@v1 gone", "k@v2 same"}},
		{"bytes", e(entry("s", "a\xff", "")), e(entry("s", "a", "")), Options{}, []string{"a@ new", "a\xff@ gone"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, merged(t, tc.a, tc.b, tc.o)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestObjectsEndsAtAnError(t *testing.T) {
	broken := errors.New("broken")
	failing := Entries(func(h reports.Handler) error {
		if err := h.Entry(entry("s", "a", "")); err != nil {
			return err
		}
		return broken
	})
	n, got := 0, error(nil)
	for _, err := range Objects(stream(), failing, Options{}) {
		n++
		got = err
	}
	if !errors.Is(got, broken) || n > 2 {
		t.Errorf("%d objects, %v", n, got)
	}
}

func TestReaderMayStop(t *testing.T) {
	for range Objects(stream(entry("s", "a", ""), entry("s", "b", "")), stream(entry("s", "a", "")), Options{}) {
		break
	}
}

// Memory must not grow with the scans: a replay is never more than two entries
// ahead of what was yielded.
func TestObjectsReadsNoFurtherThanItMust(t *testing.T) {
	sent, seen := 0, 0
	long := Entries(func(h reports.Handler) error {
		for i := range 10_000 {
			sent++
			if sent > seen+3 {
				return fmt.Errorf("%d sent, %d seen", sent, seen)
			}
			if err := h.Entry(entry("s", fmt.Sprintf("%05d", i), "")); err != nil {
				return err
			}
		}
		return nil
	})
	for _, err := range Objects(long, stream(), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		seen++
	}
	if seen != 10_000 {
		t.Errorf("%d seen", seen)
	}
}

func TestCountsAddUp(t *testing.T) {
	es := reportstest.Entries()
	c := NewCounts()
	for o, err := range Objects(stream(es[:len(es)-1]...), stream(es[1:]...), Options{Values: true}) {
		if err != nil {
			t.Fatal(err)
		}
		c.Add(&o)
	}
	n := int64(len(es))
	want := map[Status]int64{New: 1, Gone: 1, Changed: 0, Same: n - 2}
	if diff := cmp.Diff(want, c.Objects); diff != "" {
		t.Error(diff)
	}
	kinds := map[Status]int64{New: 0, Gone: 0, Same: 0}
	for _, k := range c.Kinds {
		for s, n := range k {
			kinds[s] += n
		}
	}
	if diff := cmp.Diff(kinds, c.Findings); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsFor(t *testing.T) {
	one, two := &reports.Run{KeyID: "k", Sources: []string{"a"}}, &reports.Run{KeyID: "k", Sources: []string{"a", "b"}}
	other := &reports.Run{KeyID: "l", Sources: []string{"c"}}
	if got := OptionsFor(one, one); !got.Values || !got.AnySource {
		t.Errorf("%+v", got)
	}
	if got := OptionsFor(one, two); !got.Values || got.AnySource {
		t.Errorf("%+v", got)
	}
	if got := OptionsFor(one, other); got.Values || !got.AnySource {
		t.Errorf("%+v", got)
	}
	if got := OptionsFor(&reports.Run{}, &reports.Run{}); got.Values {
		t.Error("no key is no shared key")
	}
}
