package main

import (
	"bytes"
	"context"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/cmd/fixtures/fixture"
	"habeas/sources/s3/s3test"
)

// TestRequestsDoc runs every command of docs/requests.md, in order, and compares
// what it prints. `go test ./cmd/habeas -run RequestsDoc -args -update-docs`
// writes the output into the page. Hexadecimal ids and hashes differ from run to
// run: those of the page stand for those of the run, in later commands too.
func TestRequestsDoc(t *testing.T) {
	path, err := filepath.Abs(filepath.Join(repo, "docs", "requests.md"))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	copyTree(t, filepath.Join(repo, "testdata"), dir)
	endpoint := docBucket(t) // which looks for its module here
	t.Chdir(dir)
	d := docRun{t: t, dir: dir, endpoint: endpoint, ids: map[string]string{}}
	var out strings.Builder
	ran := 0
	for i, block := range strings.Split(string(page), "```") {
		if i > 0 {
			out.WriteString("```")
		}
		if i%2 == 1 && strings.HasPrefix(block, "console\n") {
			block = "console\n" + d.block(strings.TrimPrefix(block, "console\n"))
			ran++
		}
		out.WriteString(block)
	}
	if ran < 5 {
		t.Fatalf("the page has %d blocks of commands", ran)
	}
	if *updateDocs {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var updateDocs = flag.Bool("update-docs", false, "write what commands print into docs/requests.md")

// docRun is one run of the page's commands.
type docRun struct {
	t        *testing.T
	dir      string
	endpoint string            // of the real server, which the page calls docEndpoint
	ids      map[string]string // of the page, as they are in this run
}

var blanks = regexp.MustCompile(` {2,}`)

// hexID is a hash, or the id of a version (a ULID).
var (
	hashes     = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)
	versionIDs = regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`)
	hexID      = regexp.MustCompile(hashes.String() + "|" + versionIDs.String())
)

const docEndpoint = "https://s3.example.com"

// docBucket fills a bucket of a real server with the uploads of the fixtures. It
// keeps versions: one of ben's letters was written twice, another file was deleted.
func docBucket(t *testing.T) (endpoint string) {
	t.Helper()
	srv := s3test.Start(t)
	srv.Login(t)
	srv.Bucket(t, "uploads")
	srv.Versioning(t, "uploads")
	files, err := fixture.Uploads()
	if err != nil {
		t.Fatal(err)
	}
	srv.Put(t, "uploads", "users/ben/letter.txt", []byte("a draft of the letter"), nil)
	for _, key := range slices.Sorted(maps.Keys(files)) {
		srv.Put(t, "uploads", key, files[key], nil)
	}
	srv.Put(t, "uploads", "users/ben/notes.txt", []byte("thrown away long ago"), nil)
	srv.Delete(t, "uploads", "users/ben/notes.txt")
	return srv.Endpoint
}

// block runs the commands of one block, and gives it with what they print now.
func (d *docRun) block(text string) string {
	var out strings.Builder
	for i, part := range strings.Split("\n"+text, "\n$ ") {
		if i == 0 {
			out.WriteString(strings.TrimPrefix(part, "\n"))
			continue
		}
		command, want, _ := strings.Cut(part, "\n")
		got := d.run(command)
		same := d.learn(want, got)
		if !same && !*updateDocs {
			d.t.Errorf("$ %s\n%s", command, cmp.Diff(strings.TrimRight(want, "\n"), strings.TrimRight(got, "\n")))
		}
		if *updateDocs {
			command = hexID.ReplaceAllStringFunc(command, d.now)
			want = got
		}
		out.WriteString("$ " + command + "\n" + strings.TrimRight(want, "\n") + "\n")
	}
	return out.String()
}

// now is an id of the page in this run.
func (d *docRun) now(id string) string {
	if n, ok := d.ids[id]; ok {
		return n
	}
	return id
}

// learn matches the ids of the page with those of the run, and reports whether
// everything else is the same.
func (d *docRun) learn(want, got string) bool {
	for _, kind := range []*regexp.Regexp{hashes, versionIDs} { // apart: a plan may have got another line
		was, is := kind.FindAllString(want, -1), kind.FindAllString(got, -1)
		for i := range min(len(was), len(is)) {
			d.ids[was[i]] = is[i]
		}
	}
	// Tables are as wide as the path of the folder makes them.
	blank := func(s string) string {
		return blanks.ReplaceAllString(strings.TrimRight(hexID.ReplaceAllString(s, "ID"), "\n"), "  ")
	}
	return blank(want) == blank(got)
}

// run gives what a command prints: standard output, then standard error.
func (d *docRun) run(command string) string {
	d.t.Helper()
	args := words(strings.ReplaceAll(hexID.ReplaceAllStringFunc(command, d.now), docEndpoint, d.endpoint))
	if args[0] == "cat" {
		b, err := os.ReadFile(args[1])
		if err != nil {
			d.t.Fatal(err)
		}
		return string(b)
	}
	if args[0] != "habeas" {
		d.t.Fatalf("the page runs %q", args[0])
	}
	var out, talk bytes.Buffer
	env := []string{"HOME=" + filepath.Join(d.dir, "home"), "USER=officer", "SOURCE_DATE_EPOCH=1777777777"}
	a := newApp(env, bytes.NewReader(nil), &out, &talk)
	a.now = func() time.Time { return time.Unix(1777777777, 0).UTC() }
	root := a.root()
	root.SetArgs(args[1:])
	if err := root.ExecuteContext(context.Background()); err != nil {
		code, why := explain(context.Background(), err)
		if code == exitUsage && !*updateDocs {
			d.t.Fatalf("$ %s\n%s", command, why)
		}
		talk.WriteString("habeas: " + why + "\n")
	}
	return strings.NewReplacer(d.dir, "/srv", d.endpoint, docEndpoint).Replace(out.String() + talk.String())
}

// words splits a command line at blanks, but within single quotes.
func words(s string) []string {
	var out []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			out = append(out, part)
		} else {
			out = append(out, strings.Fields(part)...)
		}
	}
	return out
}

// copyTree copies what the commands work on.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"passphrase.txt": "correct horse battery staple\n", "profile.yaml": docProfile} {
		if err := os.WriteFile(filepath.Join(to, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

const docProfile = `version: 1
controller:
  name: Example Ltd
  role: controller
officer:
  name: Privacy office
  email: privacy@example.com
authorities:
  - regime: gdpr
    name: the supervisory authority
`
