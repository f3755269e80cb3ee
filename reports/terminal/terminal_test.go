package terminal

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func TestSummary(t *testing.T) {
	var out bytes.Buffer
	var plain []*reports.Entry
	for _, e := range reportstest.Entries() {
		if strings.HasPrefix(e.Key, "users/") || strings.HasPrefix(e.Key, "lost/") {
			plain = append(plain, e)
		}
	}
	if err := reportstest.PlayEntries(New(&out), reportstest.Run(), plain); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/summary.txt"
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(golden, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNothingEscapesIntoTheTerminal(t *testing.T) {
	var out bytes.Buffer
	if err := reportstest.Play(New(&out)); err != nil {
		t.Fatal(err)
	}
	if strings.ContainsFunc(out.String(), func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Error("a control character was printed")
	}
	if strings.Contains(out.String(), "j***@") {
		t.Error("a mask was printed")
	}
}
