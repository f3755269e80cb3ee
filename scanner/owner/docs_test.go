package owner

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

const manual = "../../docs/owners.md"

func readManual(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(manual)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestManualFiles parses every rules file of the manual with the manifests of the
// manual beside it.
func TestManualFiles(t *testing.T) {
	blocks := regexp.MustCompile("(?ms)^```(yaml|csv|jsonl) ?(\\S*)\n(.*?)^```$").FindAllStringSubmatch(readManual(t), -1)
	dir := t.TempDir()
	var rulesFiles []string
	for i, b := range blocks {
		name := b[2]
		if name == "" {
			name = fmt.Sprintf("block%d.%s", i, b[1])
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b[3]), 0o600); err != nil {
			t.Fatal(err)
		}
		if b[1] == "yaml" {
			rulesFiles = append(rulesFiles, name)
		}
	}
	if len(rulesFiles) != 2 || len(blocks) != 5 {
		t.Fatalf("%d rules files in %d blocks: does the pattern still find them?", len(rulesFiles), len(blocks))
	}
	for _, name := range rulesFiles {
		f, err := os.Open(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		rules, err := Parse(f, f.Name())
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if name == "owners.yaml" {
			a := rules.Attribute(sources.Object{Key: "photos/a, b.jpg"})
			want := Attribution{Owner: Owner{"42", "acme", "manifest uploads.csv"}}
			if diff := cmp.Diff(want.Owner, a.Owner); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
			if a.Identity == nil || len(a.Identity.Emails) != 2 || len(a.Identity.Serials) != 1 || a.Identity.Contact == "" {
				t.Errorf("%s: identity %+v", name, a.Identity)
			}
		}
	}
	if _, err := FromTemplates([]string{"manifest:" + filepath.Join(dir, "uploads.jsonl")}); err != nil {
		t.Errorf("uploads.jsonl: %v", err)
	}
}

// TestManualTemplates holds the program against the manual's table of templates.
func TestManualTemplates(t *testing.T) {
	rows := regexp.MustCompile("(?m)^\\| `([^`]*\\{[^`]*)` \\| `([^`]+)` \\| ([^|:,]+?)(?:[:,][^|]*)? \\|$").FindAllStringSubmatch(readManual(t), -1)
	if len(rows) < 10 {
		t.Fatalf("%d rows: does the pattern still find them?", len(rows))
	}
	for _, row := range rows {
		rules, err := FromTemplates([]string{row[1]})
		if err != nil {
			t.Errorf("%s: %v", row[1], err)
			continue
		}
		got := rules.Attribute(sources.Object{Key: row[2]}).Owner.ID
		if got == "" {
			got = "none"
		}
		if got != row[3] {
			t.Errorf("%s of %s: %q, the manual says %q", row[1], row[2], got, row[3])
		}
	}
}

// TestManualPresets holds the manual's table of presets against the program.
func TestManualPresets(t *testing.T) {
	text := readManual(t)
	for _, p := range Presets() {
		row := fmt.Sprintf("| `%s` | `%s` | %s |", p.Name, strings.Join(p.Templates, "` `"), p.About)
		if !strings.Contains(text, row+"\n") {
			t.Errorf("the manual lacks this row:\n%s", row)
		}
	}
	for _, rule := range DefaultRules() {
		if _, name, _ := strings.Cut(rule, ":"); !strings.Contains(text, "`"+name+"`") && !strings.Contains(text, "`"+rule+"`") {
			t.Errorf("the manual does not name the default rule %s", rule)
		}
	}
}
