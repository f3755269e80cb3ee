package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"habeas/reports/sarif"
)

func TestSplitNotice(t *testing.T) {
	if got := splitNotice([]string{"a"}); got != "" {
		t.Error(got)
	}
	if got := splitNotice([]string{"a", "b"}); !strings.Contains(got, "2 files, a to b") || strings.Contains(got, "upload") {
		t.Error(got)
	}
	if got := splitNotice(slices.Repeat([]string{"a"}, githubFiles+1)); !strings.Contains(got, "20 of them in one upload") {
		t.Error(got)
	}
}

// Parts that an earlier report left are taken away, and nothing else is.
func TestPartsOfAnEarlierReport(t *testing.T) {
	record, _ := scanned(t)
	t.Chdir(t.TempDir())
	head := strings.Repeat("x", sarif.HeadSize)
	if code, out, _ := habeas(t, nil, "report", "--record", record, "--format", "sarif"); code == exitDone {
		head = out[:sarif.HeadSize]
	}
	for name, text := range map[string]string{"h-2.sarif": head + "2", "h-3.sarif": "somebody else's, and longer than a head: " + strings.Repeat("x", 200), "h-4.sarif": head} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, talk := habeas(t, nil, "report", "--record", record, "--format", "sarif", "--out", "h.sarif"); code != exitDone {
		t.Fatal(talk)
	}
	var left []string
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		left = append(left, e.Name())
	}
	if want := []string{"h-3.sarif", "h-4.sarif", "h.sarif"}; !slices.Equal(left, want) {
		t.Errorf("%v, want %v", left, want)
	}
}
