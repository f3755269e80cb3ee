package owner

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

// parse parses a rules file, with manifests beside it as name, content, name, ...
func parse(t *testing.T, rules string, manifests ...string) *Rules {
	t.Helper()
	r, err := tryParse(t, rules, manifests...)
	if err != nil {
		t.Fatalf("parse: %v", err)
	}
	return r
}

func tryParse(t *testing.T, rules string, manifests ...string) (*Rules, error) {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i+1 < len(manifests); i += 2 {
		if err := os.WriteFile(filepath.Join(dir, manifests[i]), []byte(manifests[i+1]), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return Parse(strings.NewReader(rules), filepath.Join(dir, "owners.yaml"))
}

func TestAttribute(t *testing.T) {
	const all = `
rules:
  - manifest: m.csv
  - tag: owner
  - metadata: [X-Amz-Meta-Owner, uploader]
  - template: "{tenant}/users/{owner}/**"
  - folder: true
  - uid: true
  - account: true
`
	const rows = "key,owner_id\nacme/users/7/m.jpg,7\nacme/users/8/m.jpg,9\n"
	const template = "template {tenant}/users/{owner}/**"
	tests := []struct {
		name   string
		object sources.Object
		want   Attribution
	}{
		{"nothing known", sources.Object{Source: "s3://b", Key: "x"}, Attribution{}},
		{"manifest agrees with the key", sources.Object{Source: "s3://b", Key: "acme/users/7/m.jpg"},
			Attribution{Owner: Owner{ID: "7", Rule: "manifest m.csv"}}},
		{"manifest contradicts the key", sources.Object{Source: "s3://b", Key: "acme/users/8/m.jpg"},
			Attribution{Owner: Owner{ID: "9", Rule: "manifest m.csv"}, Conflicts: []Conflict{{"8", "acme", template}}}},
		{"tag", sources.Object{Key: "x", Tags: map[string]string{"owner": "ana", "Owner": "ben"}},
			Attribution{Owner: Owner{ID: "ana", Rule: "tag owner"}}},
		{"empty tag", sources.Object{Key: "x", Tags: map[string]string{"owner": " "}}, Attribution{}},
		{"metadata in any case", sources.Object{Key: "x", Meta: map[string]string{"Owner": "ana"}},
			Attribution{Owner: Owner{ID: "ana", Rule: "metadata owner"}}},
		{"metadata in two cases", sources.Object{Key: "x", Meta: map[string]string{"Owner": "ana", "OWNER": "ben"}},
			Attribution{Owner: Owner{ID: "ben", Rule: "metadata owner"}}},
		{"tag, metadata and key differ", sources.Object{Source: "s3://b", Key: "acme/users/cid/x", Tags: map[string]string{"owner": "ana"}, Meta: map[string]string{"owner": "ana", "uploader": "ben"}},
			Attribution{Owner: Owner{ID: "ana", Rule: "tag owner"}, Conflicts: []Conflict{{"ben", "", "metadata uploader"}, {"cid", "acme", template}}}},
		{"case differs", sources.Object{Key: "x", Tags: map[string]string{"owner": "Ana"}, Meta: map[string]string{"owner": "ana"}},
			Attribution{Owner: Owner{ID: "Ana", Rule: "tag owner"}, Conflicts: []Conflict{{"ana", "", "metadata owner"}}}},
		{"form differs", sources.Object{Key: "x", Tags: map[string]string{"owner": "jos\u00e9"}, Meta: map[string]string{"owner": "jose\u0301"}},
			Attribution{Owner: Owner{ID: "jos\u00e9", Rule: "tag owner"}, Conflicts: []Conflict{{"jose\u0301", "", "metadata owner"}}}},
		{"folder", sources.Object{Source: "/data", Key: "ana/x"}, Attribution{Owner: Owner{ID: "ana", Rule: "folder"}}},
		{"no folder", sources.Object{Source: "/data", Key: "x"}, Attribution{}},
		{"no folder in a bucket", sources.Object{Source: "s3://b", Key: "ana/x"}, Attribution{}},
		{"folder of dots", sources.Object{Source: "/data", Key: "../x"}, Attribution{}},
		{"uid", sources.Object{Source: "/data", Key: "x", Account: "1000"},
			Attribution{Owner: Owner{ID: "uid:1000", Rule: "uid (an account of the store, not a person)"}, Conflicts: []Conflict{{"account:1000", "", "account (an account of the store, not a person)"}}}},
		{"account of a bucket", sources.Object{Source: "s3://b", Key: "x", Account: "f00"},
			Attribution{Owner: Owner{ID: "account:f00", Rule: "account (an account of the store, not a person)"}}},
		{"an account contradicts no person", sources.Object{Source: "/data", Key: "ana/x", Account: "1000"},
			Attribution{Owner: Owner{ID: "ana", Rule: "folder"}}},
		{"passing for an account", sources.Object{Source: "s3://b", Key: "acme/users/ana/x", Tags: map[string]string{"owner": "account:f00"}},
			Attribution{Owner: Owner{ID: "account:f00", Rule: "tag owner"}, Conflicts: []Conflict{{"ana", "acme", template}}}},
	}
	rules := parse(t, all, "m.csv", rows)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, rules.Attribute(test.object)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestExcept(t *testing.T) {
	rules := parse(t, "- tag: owner\n  except: [anonymous, 'null']\n- users/{owner}/**\n")
	for id, want := range map[string]string{"anonymous": "ana", "null": "ana", "Anonymous": "Anonymous"} {
		a := rules.Attribute(sources.Object{Key: "users/ana/x", Tags: map[string]string{"owner": id}})
		if a.Owner.ID != want {
			t.Errorf("%s: owner %q, want %q", id, a.Owner.ID, want)
		}
	}
	if !rules.NeedsTags() {
		t.Error("NeedsTags() is false of a tag with exceptions")
	}
}

func TestNeeds(t *testing.T) {
	tests := []struct {
		rules      []string
		tags, meta bool
	}{
		{nil, false, false},
		{[]string{"users/{owner}/**", "folder", "uid", "account", "preset:django"}, false, false},
		{[]string{"tag:owner"}, true, false},
		{[]string{"metadata:owner"}, false, true},
		{DefaultRules(), true, true},
	}
	for _, test := range tests {
		r, err := FromTemplates(test.rules)
		if err != nil {
			t.Fatal(err)
		}
		if r.NeedsTags() != test.tags || r.NeedsMeta() != test.meta {
			t.Errorf("%v: tags %v, metadata %v", test.rules, r.NeedsTags(), r.NeedsMeta())
		}
	}
}

func TestDefault(t *testing.T) {
	short, err := FromTemplates(DefaultRules())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Default().Hash(), short.Hash(); got != want {
		t.Errorf("Default() is not what DefaultRules() says: %s and %s", Default(), short)
	}
	for name, o := range map[string]sources.Object{
		"tag":      {Key: "x", Tags: map[string]string{"uploader": "ana"}},
		"metadata": {Key: "x", Meta: map[string]string{"user-id": "ana"}},
		"key":      {Key: "users/ana/x"},
	} {
		if got := Default().Attribute(o).Owner.ID; got != "ana" {
			t.Errorf("%s: %q, want ana", name, got)
		}
	}
}

func TestHash(t *testing.T) {
	base := []string{"- manifest: m.csv\n- users/{owner}/**\n", "m.csv", "key,owner_id\nk,1\n"}
	tests := map[string][]string{
		"other template":   {"- manifest: m.csv\n- user/{owner}/**\n", base[1], base[2]},
		"other order":      {"- users/{owner}/**\n- manifest: m.csv\n", base[1], base[2]},
		"exceptions":       {"- manifest: m.csv\n- template: users/{owner}/**\n  except: x\n", base[1], base[2]},
		"decode":           {"- manifest: m.csv\n- template: users/{owner}/**\n  decode: true\n", base[1], base[2]},
		"other row":        {base[0], base[1], "key,owner_id\nk,2\n"},
		"another row":      {base[0], base[1], base[2] + "l,1\n"},
		"decoded manifest": {"- manifest: m.csv\n  decode: true\n- users/{owner}/**\n", base[1], base[2]},
		"other column":     {"- manifest: m.csv\n  columns: {owner_id: key, key: owner_id}\n- users/{owner}/**\n", base[1], base[2]},
		"people":           {base[0] + "- manifest: p.csv\n", base[1], base[2], "p.csv", "owner_id,email\n1,ana@example.org\n"},
	}
	first := parse(t, base[0], base[1:]...).Hash()
	if again := parse(t, base[0], base[1:]...).Hash(); again != first || len(first) != 64 {
		t.Errorf("the same rules in another folder: %s and %s", first, again)
	}
	seen := map[string]string{first: "base"}
	for name, files := range tests {
		h := parse(t, files[0], files[1:]...).Hash()
		if other, ok := seen[h]; ok {
			t.Errorf("%s has the hash of %s", name, other)
		}
		seen[h] = name
	}
}

func TestString(t *testing.T) {
	rules := parse(t, "- tag: [a, b]\n- preset: django\n- folder\n- manifest: m.csv\n", "m.csv", "key,owner_id\n")
	if got, want := rules.String(), "tag a; tag b; preset django; folder; manifest m.csv"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	none, err := FromTemplates(nil)
	if err != nil || none.String() != "none" {
		t.Errorf("no rules: %q, %v", none, err)
	}
}

func TestConcurrentAttribute(t *testing.T) {
	rules := parse(t, "- manifest: m.csv\n- tag: owner\n- users/{owner}/**\n", "m.csv", "key,owner_id,email\nusers/ana/x,ana,ana@example.org\n")
	want := rules.Attribute(sources.Object{Key: "users/ana/x"})
	got := make([]Attribution, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			for range 200 {
				got[i] = rules.Attribute(sources.Object{Key: "users/ana/x"})
			}
		})
	}
	wg.Wait()
	for _, a := range got {
		if diff := cmp.Diff(want, a); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
