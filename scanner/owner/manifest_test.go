package owner

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/sources"
)

func TestManifestKeys(t *testing.T) {
	const rows = "key,owner_id\n" +
		"plain,1\n" +
		"\"a, \"\"b\"\"\nc\",2\n" +
		"jos\u00e9,3\n" +
		"jose\u0301,4\n" +
		"Plain,5\n" +
		" plain ,6\n" +
		"a//b/,7\n" +
		"../x,8\n" +
		"\xff,9\n" +
		"twice,10\n" +
		"twice,10\n"
	rules := parse(t, "- manifest: m.csv", "m.csv", rows)
	for key, want := range map[string]string{
		"plain": "1", "a, \"b\"\nc": "2", "jos\u00e9": "3", "jose\u0301": "4", "Plain": "5", " plain ": "6",
		"a//b/": "7", "../x": "8", "\xff": "9", "\xfe": "", "plain2": "", "plai": "", "": "", "twice": "10",
	} {
		a := rules.Attribute(sources.Object{Source: "s3://b", Key: key})
		if a.Owner.ID != want || len(a.Conflicts) > 0 {
			t.Errorf("%q: %+v, want %q", key, a, want)
		}
	}
}

func TestManifestBytes(t *testing.T) {
	encoded := base64.StdEncoding.EncodeToString([]byte("a\r\n\xff"))
	tests := []struct{ name, rules, file, content string }{
		{"csv", "- manifest: m.csv", "m.csv", "key_base64,owner_id\n" + encoded + ",1\n"},
		{"jsonl", "- manifest: m.jsonl", "m.jsonl", `{"key_base64":"` + encoded + `","owner_id":"1"}`},
		{"url-encoded", "- manifest: m.csv\n  decode: true", "m.csv", "key,owner_id\na%0D%0A%FF,1\n"},
	}
	for _, test := range tests {
		rules := parse(t, test.rules, test.file, test.content)
		if got := rules.Attribute(sources.Object{Key: "a\r\n\xff"}).Owner.ID; got != "1" {
			t.Errorf("%s: owner %q, want 1", test.name, got)
		}
	}
}

func TestManifestSourcesAndVersions(t *testing.T) {
	const rows = "bucket,key,version_id,owner_id\n" +
		",k,,all\n" +
		"one,k,,one\n" +
		"one,k,v2,one-v2\n" +
		",k,v3,v3\n" +
		"s3://two,k,,two\n" +
		"/data/three,k,,three\n"
	rules := parse(t, "- manifest: m.csv", "m.csv", rows)
	tests := []struct{ source, version, want string }{
		{"s3://zero", "", "all"},
		{"s3://one", "", "one"},
		{"s3://one", "v1", "one"},
		{"s3://one", "v2", "one-v2"},
		{"s3://one/prefix", "v2", "one-v2"},
		{"s3://one2", "", "all"},
		{"s3://zero", "v3", "v3"},
		{"s3://two", "", "two"},
		{"s3://two/prefix/", "", "two"},
		{"two", "", "all"},
		{"/data/three", "", "three"},
		{"/data/three/", "", "all"},
	}
	for _, test := range tests {
		o := sources.Object{Source: test.source, Key: "k", Version: test.version}
		if got := rules.Attribute(o); got.Owner.ID != test.want || len(got.Conflicts) > 0 {
			t.Errorf("%s version %q: %+v, want %s", test.source, test.version, got, test.want)
		}
	}
}

func TestManifestContradictsItself(t *testing.T) {
	rules := parse(t, "- manifest: m.csv", "m.csv", "key,owner_id,tenant\nk,1,\nother,9,\nk,2,\nk,1,\nk,2,\nk,1,acme\n")
	a := rules.Attribute(sources.Object{Key: "k"})
	want := Attribution{
		Owner:     Owner{ID: "1", Tenant: "acme", Rule: "manifest m.csv"}, // the only tenant with an owner 1
		Conflicts: []Conflict{{ID: "2", Rule: "manifest m.csv, line 4"}},
	}
	if diff := cmp.Diff(want, a); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestIdentity(t *testing.T) {
	const keyed = "key,owner_id,tenant,email\nk1,1,acme,ana@example.org\nk2,1,acme,ana@example.com\nk3,1,other,\nk4,2,,\nk5,3,acme,\n"
	const people = `
{"owner_id":1,"tenant":"acme","name":["Ana Silva","A. Silva"],"email":"ana@example.org","phones":["+1 202 555 0147"],"device_serials":["SN1"],"contact":"p@example.com","created":"2023-01-31","last_seen":"2024-05-31T10:00:00+02:00"}

{"owner_id":"1","tenant":"acme","created_at":"2022-12-01 08:30:00","closed_at":null,"name":" "}
{"owner_id":3,"name":"Cid Doe"}
{"owner_id":2,"tenant":"acme","name":"Ben Okafor"}
`
	rules := parse(t, "- manifest: [k.csv, p.jsonl]\n- tag: owner", "k.csv", keyed, "p.jsonl", people)
	ana := &Identity{
		Emails: []string{"ana@example.org", "ana@example.com"}, Phones: []string{"+1 202 555 0147"}, Names: []string{"Ana Silva", "A. Silva"},
		Serials: []string{"SN1"}, Contact: "p@example.com",
		Created: time.Date(2022, 12, 1, 8, 30, 0, 0, time.UTC), LastSeen: time.Date(2024, 5, 31, 8, 0, 0, 0, time.UTC),
	}
	cid := &Identity{Names: []string{"Cid Doe"}}
	ben := &Identity{Names: []string{"Ben Okafor"}}
	tests := []struct {
		name   string
		object sources.Object
		tenant string
		want   *Identity
	}{
		{"by key", sources.Object{Key: "k1"}, "acme", ana},
		{"same owner", sources.Object{Key: "k2"}, "acme", ana},
		{"same id, other tenant", sources.Object{Key: "k3"}, "other", nil},
		{"tenant from the people", sources.Object{Key: "k4"}, "acme", ben},
		{"people without tenant", sources.Object{Key: "k5"}, "acme", cid},
		{"by tag, two tenants", sources.Object{Key: "x", Tags: map[string]string{"owner": "1"}}, "", nil},
		{"by tag, one tenant", sources.Object{Key: "x", Tags: map[string]string{"owner": "2"}}, "acme", ben},
		{"unknown", sources.Object{Key: "x", Tags: map[string]string{"owner": "4"}}, "", nil},
		{"nobody", sources.Object{Key: "x"}, "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := rules.Attribute(test.object)
			if a.Owner.Tenant != test.tenant {
				t.Errorf("tenant %q, want %q", a.Owner.Tenant, test.tenant)
			}
			if diff := cmp.Diff(test.want, a.Identity); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if rules.String() != "manifest k.csv; tag owner" {
		t.Errorf("a manifest without keys became a rule: %s", rules)
	}
}

func TestManifestReading(t *testing.T) {
	tests := []struct{ name, rules, file, content string }{
		{"byte order mark", "- manifest: m.csv", "m.csv", "\ufeffkey,owner_id\nk,1\n"},
		{"byte order mark, quoted", "- manifest: m.csv", "m.csv", "owner_id,\"key\"\n1,k\n"},
		{"CR LF", "- manifest: m.csv", "m.csv", "key,owner_id\r\nk,1\r\n"},
		{"no newline at the end", "- manifest: m.csv", "m.csv", "key,owner_id\nk,1"},
		{"blank lines", "- manifest: m.csv", "m.csv", "key,owner_id\n\nk,1\n\n"},
		{"names of columns", "- manifest: m.csv", "m.csv", "KEY,Owner-ID,whatever\nk,1,x\n"},
		{"tab", "- manifest: m.tsv", "m.tsv", "key\towner_id\nk\t1\n"},
		{"semicolon", "- manifest: m.csv\n  delimiter: ';'", "m.csv", "key;owner_id\nk;1\n"},
		{"named columns", "- manifest: m.csv\n  columns: {key: path, owner_id: Account No}", "m.csv", "path,key,owner_id,Account No\nk,x,9,1\n"},
		{"named members", "- manifest: m.jsonl\n  columns: {key: path}", "m.jsonl", `{"path":"k","key":"x","owner_id":1}`},
		{"format", "- manifest: m.txt\n  format: jsonl", "m.txt", `{"key":"k","owner_id":1}`},
		{"byte order mark in JSON", "- manifest: m.ndjson", "m.ndjson", "\ufeff" + `{"key":"k","owner_id":1}`},
		{"short form", "- manifest:m.csv", "m.csv", "key,owner_id\nk,1\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rules := parse(t, test.rules, test.file, test.content)
			if got := rules.Attribute(sources.Object{Key: "k"}).Owner.ID; got != "1" {
				t.Errorf("owner %q, want 1", got)
			}
		})
	}
}

// TestManifestErrors: each names the file and the line, and quotes no value.
func TestManifestErrors(t *testing.T) {
	const secret = "ana@example.org"
	many := strings.Repeat("k,1,"+secret+"\n", 3)
	values := make([]string, 101)
	for i := range values {
		values[i] = fmt.Sprintf("a%d@example.org", i)
	}
	tests := []struct {
		name, file, content string
		line                int
		want                string
	}{
		{"empty", "m.csv", "", 1, "is empty"},
		{"no owners", "m.csv", "key,email\nk," + secret + "\n", 1, "no column of owners"},
		{"other delimiter", "m.csv", "key;owner_id\nk;1\n", 1, "delimiter"},
		{"two of a column", "m.csv", "key,owner_id,owner\nk,1,2\n", 1, "two columns are the owner_id"},
		{"header not UTF-8", "m.csv", "key,owner_id,\xff\n", 1, "not UTF-8"},
		{"short row", "m.csv", "key,owner_id,email\n" + many + "k,1\n", 5, "another number of cells"},
		{"long row", "m.csv", "key,owner_id,email\n" + many + "k,1," + secret + ",x\n", 5, "another number of cells"},
		{"bare quote", "m.csv", "key,owner_id,email\nk,1,a\"" + secret + "\n", 2, "a quote is out of place"},
		{"open quote", "m.csv", "key,owner_id,email\nk,1,x\nk,\"1," + secret + "\nk,1,x\n", 3, "not closed"},
		{"behind a cell of two lines", "m.csv", "key,owner_id,email\n\"a\nb\",1,x\n\"k,\n\",," + secret + "\n", 4, "no owner_id"},
		{"no owner", "m.csv", "key,owner_id,email\n" + many + "k,," + secret + "\n", 5, "no owner_id"},
		{"no key", "m.csv", "key,owner_id,email\n,1," + secret + "\n", 2, "no key"},
		{"owner that can't be", "m.csv", "key,owner_id\nk,..\n", 2, "no owner_id, or one that can't be"},
		{"tenant that can't be", "m.csv", "key,owner_id,tenant\nk,1,a/../b\n", 2, "tenant can't be one"},
		{"no date", "m.csv", "key,owner_id,created\nk,1,2024-05-31\nk,1," + secret + "\n", 3, "created is no date"},
		{"no such day", "m.csv", "key,owner_id,last_seen\nk,1,2024-02-30\n", 2, "last_seen is no date"},
		{"no base64", "m.csv", "key_base64,owner_id\n" + secret + ",1\n", 2, "not base64"},
		{"two keys", "m.csv", "key,key_base64,owner_id\nx,eQ==,1\n", 2, "differ"},
		{"name not UTF-8", "m.csv", "owner_id,name\n1,\xff\n", 2, "name is not UTF-8"},
		{"two contacts", "m.csv", "owner_id,contact\n1,a\n1,b\n", 3, "another contact"},
		{"too many addresses", "m.csv", "owner_id,email\n1," + strings.Join(values, ";") + "\n", 2, "more than 100 e-mail addresses"},
		{"huge cell", "m.csv", "key,owner_id\n\"" + strings.Repeat("x", 4<<20) + "\",1\n", 0, "more than 1048576 bytes"},

		{"empty JSON", "m.jsonl", "\n\n", 1, "is empty"},
		{"no JSON", "m.jsonl", "{\"key\":\"k\",\"owner_id\":1}\n\n{\"email\":\"" + secret + "\n", 3, "no JSON object"},
		{"two objects", "m.jsonl", `{"key":"k","owner_id":1}{"key":"l","owner_id":1}`, 1, "no JSON object"},
		{"no object", "m.jsonl", `["k",1]`, 1, "no JSON object"},
		{"JSON without owner", "m.jsonl", `{"key":"k","email":"` + secret + `"}`, 1, "no owner_id"},
		{"JSON with and without key", "m.jsonl", "{\"key\":\"k\",\"owner_id\":1}\n{\"owner_id\":1}\n", 2, "some rows have a key"},
		{"JSON not UTF-8", "m.jsonl", "{\"key\":\"\xff\",\"owner_id\":1}", 1, "not UTF-8"},
		{"half a character", "m.jsonl", `{"key":"\ud800","owner_id":1}`, 1, "U+FFFD"},
		{"owner is an object", "m.jsonl", `{"key":"k","owner_id":{"id":1}}`, 1, "owner_id: neither"},
		{"owner is true", "m.jsonl", `{"key":"k","owner_id":true}`, 1, "owner_id: neither"},
		{"owner is a list", "m.jsonl", `{"key":"k","owner_id":[1,2]}`, 1, "owner_id has several values"},
		{"list in a list", "m.jsonl", `{"key":"k","owner_id":1,"email":[["` + secret + `"]]}`, 1, "email: a list in a list"},
		{"two members", "m.jsonl", `{"key":"k","owner_id":1,"owner":2}`, 1, "two members are the owner_id"},
		{"long line", "m.jsonl", "{\"key\":\"k\",\"owner_id\":1}\n" + strings.Repeat("x", 2<<20), 2, "more than 1048576 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := tryParse(t, "- manifest: "+test.file, test.file, test.content)
			if err == nil {
				t.Fatal("no error")
			}
			var p *problem
			if !errors.As(err, &p) || p.line != test.line || p.file != test.file || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q at line %d", err, test.want, test.line)
			}
			if strings.Contains(err.Error(), "example.org") {
				t.Errorf("the error quotes a value: %v", err)
			}
		})
	}
}

func TestManifestFiles(t *testing.T) {
	tests := []struct{ name, rules, want string }{
		{"missing", "\n- manifest: none.csv", "line 2: manifest \"none.csv\" can't be opened: no such file or directory: paths are relative"},
		{"a folder", "- manifest: .csv", "line 1: manifest \".csv\" is no file"},
		{"no format", "- manifest: m", "say which it is under format"},
		{"named column is missing", "- manifest: m.csv\n  columns: {key: path}", `"m.csv" line 1: there is no column "path"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.Mkdir(filepath.Join(dir, ".csv"), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "m.csv"), []byte("key,owner_id\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Parse(strings.NewReader(test.rules), filepath.Join(dir, "owners.yaml"))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %q", err, test.want)
			}
		})
	}
}

// TestManyRows holds a manifest to its memory: rows cost no more than a page says.
func TestManyRows(t *testing.T) {
	const n = 100_000
	var b strings.Builder
	b.WriteString("key,owner_id\n")
	for i := range n {
		fmt.Fprintf(&b, "uploads/2024/%08d/original-photo.jpg,%d\n", i*7919%n, i*7919%n%1000)
	}
	p := &people{}
	r, err := readManifest(strings.NewReader(b.String()), manifestOptions{name: "m.csv", format: "csv", delimiter: ','}, p)
	if err != nil {
		t.Fatal(err)
	}
	m := r.(*manifest)
	if len(m.rows) != n || cap(m.rows) > 2*n || len(p.list) != 1000 {
		t.Errorf("%d rows in room for %d, %d people", len(m.rows), cap(m.rows), len(p.list))
	}
	rules := newRules([]rule{m}, p)
	for i := 0; i < n; i += 997 {
		o := sources.Object{Source: "s3://b", Key: fmt.Sprintf("uploads/2024/%08d/original-photo.jpg", i)}
		if got, want := rules.Attribute(o).Owner.ID, fmt.Sprint(i%1000); got != want {
			t.Errorf("row %d: owner %q, want %q", i, got, want)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add("key,owner_id,email,created\nk,1,ana@example.org;b@example.org,2024-05-31\n", false)
	f.Add("\ufeffowner;key_base64\n\"1\n\",eQ==\n", false)
	f.Add(`{"key":"k","owner_id":1,"email":["a@example.org"],"created":"2024-05-31"}`, true)
	f.Add("{\"owner_id\":-1e9}\n[]\n", true)
	f.Fuzz(func(t *testing.T, text string, jsonl bool) {
		opts := manifestOptions{name: "m", format: "csv", delimiter: ','}
		if jsonl {
			opts.format = "jsonl"
		}
		p := &people{}
		r, err := readManifest(strings.NewReader(text), opts, p)
		if err != nil || r == nil {
			return
		}
		rules := newRules([]rule{r}, p)
		for _, row := range r.(*manifest).rows {
			if int(row.owner) >= len(p.list) {
				t.Errorf("row of line %d has no owner", row.line)
			}
		}
		rules.Attribute(sources.Object{Key: "k"})
	})
}
