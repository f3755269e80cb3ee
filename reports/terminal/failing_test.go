package terminal

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func failing(t *testing.T, entries []*reports.Entry, fails func(*reports.Finding) bool) string {
	t.Helper()
	var b bytes.Buffer
	h := NewFailing(&b, FailingOptions{Fails: fails, Name: func(string, *reports.Finding) string { return "NAME" },
		Lines: func(_ *reports.Entry, start, _ int64) (int, int, bool) { return int(start) / 10, 0, true }})
	if err := reportstest.PlayEntries(h, reportstest.Run(), entries); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFailing(t *testing.T) {
	var entries []*reports.Entry
	for _, e := range reportstest.Entries() {
		if strings.HasPrefix(e.Key, "users/") {
			entries = append(entries, e)
		}
	}
	got := failing(t, entries, func(f *reports.Finding) bool { return f.Counted() && f.Kind != "name" })
	const want = `4 objects listed = 3 complete + 1 partial + 0 skipped + 0 failed
4 findings, 0 of them in the baseline; not counted: 0 suppressed, 1 test value, 1 invalid value

uploads/users/ana/a.jpg
  gps   in the 0.1° cell at 37.3, -122.1  jpeg/app1/exif, GPSLatitude    0.99  NAME
  face  J*** D***                         jpeg/app1/xmp, mwg-rs:Regions  0.95  NAME

uploads/users/ana/b.txt
  email  j***@e***.org  text, line 12  0.90  NAME

what to do
  email  Replace it by one of example.org, which is reserved for that.
  face   Replace the picture by a made-up one, or remove its metadata.
  gps    Replace the picture by a made-up one, or remove its metadata.
  ` + "`habeas inspect FILE` shows the values. What is to stay goes into a baseline (`habeas baseline write`)," + `
  or into the suppressions by its kind, its key or the name at the end of its line.

not read in full
  truncated  1 object  ends before its structure does: find the whole file
`
	if got != want {
		t.Errorf("%s", got)
	}
}

func TestFailingIsBoundedAndSafe(t *testing.T) {
	var entries []*reports.Entry
	for range 20 {
		entries = append(entries, reportstest.Entries()...)
	}
	got := failing(t, entries, func(f *reports.Finding) bool { return f.Counted() })
	if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Error("holds what can't be printed")
	}
	if len(got) > 200<<10 || !strings.Contains(got, " more\n") {
		t.Errorf("%d bytes", len(got))
	}
}
