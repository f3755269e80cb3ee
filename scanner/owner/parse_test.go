package owner

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseErrors(t *testing.T) {
	tests := []struct {
		name, rules string
		line        int
		want        string
	}{
		{"empty", "", 1, "the file is empty"},
		{"comment", "# nothing\n", 1, "the file is empty"},
		{"text", "users\n", 1, "no list of rules"},
		{"no rules", "version: 1\n", 1, "no list of rules"},
		{"no list", "rules: users/{owner}/**\n", 1, "no list of rules"},
		{"empty list", "rules: []\n", 1, "list of rules is empty"},
		{"other version", "version: 2\nrules: [folder]\n", 1, `version "2" is unknown`},
		{"unknown at the top", "rules: [folder]\nrule: x\n", 2, `there is no "rule" at the top`},
		{"rules twice", "rules: [folder]\nrules: [folder]\n", 2, `"rules" stands twice`},
		{"no YAML", "rules:\n  - template: a: b\n", 2, "no YAML"},
		{"tab", "rules:\n\t- folder\n", 2, "no YAML"},
		{"unquoted hole", "rules:\n  - {tenant}/{owner}/**\n", 2, "quote templates"},
		{"unquoted hole in a member", "rules:\n  - template: {owner}\n", 2, "quote templates"},
		{"alias", "rules:\n  - &a folder\n  - *a\n", 3, "name: value is wanted"},
		{"unknown kind", "rules:\n  - folder\n  - path: x\n", 3, `there is no rule or option "path"`},
		{"no kind", "rules:\n  - decode: true\n", 2, "a rule of no kind"},
		{"two kinds", "rules:\n  - tag: a\n    metadata: b\n", 3, "one rule is tag and metadata"},
		{"empty value", "rules:\n  - tag:\n", 2, "tag needs a value"},
		{"empty list of values", "rules:\n  - tag: []\n", 2, "the list is empty"},
		{"list of lists", "rules:\n  - tag: [[a]]\n", 2, "text or a list of texts"},
		{"bad template", "rules:\n  - tag: a\n\n  - template:\n    - users/{owner}/**\n    - users/**\n", 6, "no hole for the owner"},
		{"bad short template", "rules:\n  - folder\n  - users/**\n", 3, "no hole for the owner"},
		{"bad preset", "rules:\n  - preset: jango\n", 2, "there is no preset \"jango\": use one of amplify, django"},
		{"folder is false", "rules:\n  - folder: false\n", 2, "write folder: true"},
		{"decode is maybe", "rules:\n  - template: '{owner}'\n    decode: maybe\n", 3, "decode is true or false"},
		{"option that does nothing", "rules:\n  - tag: a\n    decode: true\n", 3, `tag has no option "decode"`},
		{"unknown option", "rules:\n  - tag: a\n    exept: x\n", 3, `no rule or option "exept"`},
		{"format", "rules:\n  - manifest: m\n    format: xml\n", 3, "format is csv or jsonl"},
		{"delimiter", "rules:\n  - manifest: m.csv\n    delimiter: ab\n", 3, "delimiter is one character"},
		{"unknown field", "rules:\n  - manifest: m.csv\n    columns: {kee: a}\n", 3, `no field "kee"`},
		{"column for two fields", "rules:\n  - manifest: m.csv\n    columns: {key: a, owner_id: a}\n", 3, `column "a" stands for two fields`},
		{"field twice", "rules:\n  - manifest: m.csv\n    columns:\n      owner: a\n      owner_id: b\n", 5, `"owner_id" stands twice`},
		{"columns is a text", "rules:\n  - manifest: m.csv\n    columns: a\n", 3, "name: value is wanted"},
		{"too large", strings.Repeat("#", 1<<20) + "\n", 0, "at most 1048576 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := tryParse(t, test.rules)
			var p *problem
			if !errors.As(err, &p) {
				t.Fatalf("error %v (%T)", err, err)
			}
			if p.line != test.line || filepath.Base(p.file) != "owners.yaml" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q at line %d", err, test.want, test.line)
			}
		})
	}
}

func TestFromTemplatesErrors(t *testing.T) {
	for text, want := range map[string]string{
		"users":             `owner rule "users": template "users" has no hole`,
		"preset:x":          "there is no preset",
		"preset:":           "preset needs a value",
		"tag:":              "tag needs a value",
		"manifest:none.csv": "can't be opened",
	} {
		if _, err := FromTemplates([]string{"folder", text}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("version: 1\nrules:\n  - template: users/{owner}/**\n    decode: true\n    except: [a, b]\n  - tag: [owner]\n  - folder\n")
	f.Add("- preset:django\n- {a: b}\n- &x y\n- *x\n")
	f.Add("rules: !!binary aGk=\n---\nx")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "manifest") {
			return // would look for files
		}
		rules, err := Parse(strings.NewReader(text), "owners.yaml")
		var p *problem
		if err != nil && !errors.As(err, &p) {
			t.Errorf("error %v without a file", err)
		}
		if err == nil && (len(rules.rules) == 0 || len(rules.Hash()) != 64) {
			t.Errorf("no error, and %v", rules)
		}
	})
}
