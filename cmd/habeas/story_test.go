package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/cmd/fixtures/fixture"
	"habeas/reports/erasure"
	"habeas/sources/s3/s3test"
)

// story is two requests at one bucket.
type story struct {
	t      *testing.T
	srv    *s3test.Server
	dir    string
	owners string
}

// run runs the program and fails the test unless it ends with code.
func (s *story) run(code int, args ...string) (stdout, stderr string) {
	s.t.Helper()
	return output(s.t, program(s.t, s.dir, append(s.srv.Env(s.srv.Root), "USER=officer"), args...), code)
}

// at adds where the store is.
func (s *story) at(args ...string) []string { return append(args, "--endpoint", s.srv.Endpoint) }

// quietly fails the test if what fn does changes anything in the bucket.
func (s *story) quietly(what string, fn func()) {
	s.t.Helper()
	before := kept(s.t, s.srv, "media")
	fn()
	if diff := cmp.Diff(before, kept(s.t, s.srv, "media")); diff != "" {
		s.t.Fatalf("%s changed something:\n%s", what, diff)
	}
}

func (s *story) write(name, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestOwnerAndSubjectAtARealServer: the account of ana, and Jonas, who stands in
// ben's letters, are found, packaged, stripped and erased in a bucket with versions
// and locks, and nobody else's upload is touched.
func TestOwnerAndSubjectAtARealServer(t *testing.T) {
	s := &story{t: t, srv: s3test.Start(t), dir: t.TempDir(), owners: filepath.Join(testdata(t), "owners.yaml")}
	s.fill()
	begun := kept(t, s.srv, "media")
	s.write("secret", "correct horse battery staple\n")
	s.quietly("scan", func() {
		_, talk := s.run(exitIncomplete, s.at("scan", "s3://media/", "--owners", s.owners, "--record", "r.habeas", "--no-report")...)
		if strings.Contains(talk, "panic") {
			t.Error(talk)
		}
	})
	s.quietly("find and access", s.found)
	s.strip()
	stripped := kept(t, s.srv, "media")
	for name, content := range begun {
		if stripped[name] != content {
			t.Errorf("stripping touched the version %q", name)
		}
	}
	s.eraseOwner()
	s.eraseSubject()
}

// fill puts the fixture uploads into the bucket, ana's twice, with locks, and copies
// of hers into another one.
func (s *story) fill() {
	files, err := fixture.Uploads()
	if err != nil {
		s.t.Fatal(err)
	}
	s.srv.LockableBucket(s.t, "media")
	s.srv.Bucket(s.t, "media-eu")
	for key, content := range files {
		if strings.HasPrefix(key, "users/ana/") {
			s.srv.Put(s.t, "media", key, append([]byte("older "), content...), nil)
			s.srv.Put(s.t, "media-eu", key, content, nil)
		}
		s.srv.Put(s.t, "media", key, content, nil)
	}
	s.srv.Put(s.t, "media", "users/ana/gone.txt", []byte("deleted long ago"), nil)
	s.srv.Delete(s.t, "media", "users/ana/gone.txt")
	s.srv.Begin(s.t, "media", "users/ana/upload.bin")
	s.srv.Hold(s.t, "media", "users/ana/kitchen.webp")
	s.srv.Retain(s.t, "media", "users/ana/negative.tif", "COMPLIANCE")
}

// found finds both and makes a package for each.
func (s *story) found() {
	out, _ := s.run(exitDone, "find", "--record", "r.habeas", "--email", "jonas.weber@example.org")
	if !strings.Contains(out, "users/ben/letter.txt") || strings.Contains(out, "jonas.weber@") {
		s.t.Errorf("find says\n%s", out)
	}
	for _, who := range []struct{ id, flag, value, holds string }{
		{"DSR-1", "--owner-id", "ana", "users/ana/beach.jpg"},
		{"DSR-2", "--email", "jonas.weber@example.org", ""},
	} {
		s.run(exitDone, "case", "new", "--id", who.id, "--kind", "access", "--record", "r.habeas", who.flag, who.value)
		s.run(exitUsage, s.at("access", "--case", who.id, "--record", "r.habeas", "--out", "package", "--passphrase-file", "secret")...)
		s.run(exitDone, "case", "verify", who.id, "--method", "signed in")
		s.run(exitDone, s.at("access", "--case", who.id, "--record", "r.habeas", "--out", "package", "--passphrase-file", "secret")...)
		sealed, err := os.ReadFile(filepath.Join(s.dir, "package", "access-"+who.id+".zip.age"))
		if err != nil || !bytes.HasPrefix(sealed, []byte("age-encryption.org/v1")) {
			s.t.Errorf("package of %s: %v", who.id, err)
		}
	}
}

// strip takes positions out of a picture of ana's, whose old versions stay for the
// erasure.
func (s *story) strip() {
	s.run(exitDone, s.at("strip", "s3://media/users/ana/beach.jpg", "--kinds", "gps", "--in-place", "--yes", "--reason", "request", "--old-versions", "old.jsonl")...)
	if old, err := os.ReadFile(filepath.Join(s.dir, "old.jsonl")); err != nil || !bytes.Contains(old, []byte(`"why":"stripped"`)) {
		s.t.Errorf("old versions: %s, %v", old, err)
	}
	s.quietly("the second scan", func() {
		s.run(exitIncomplete, s.at("scan", "s3://media/", "--owners", s.owners, "--record", "r.habeas", "--no-report")...)
	})
	out, _ := s.run(exitDone, "report", "--record", "r.habeas", "--format", "jsonl")
	for _, f := range objects(s.t, out)["users/ana/beach.jpg"].Findings {
		if f.Kind == "gps" {
			s.t.Errorf("a position is left: %s %s", f.Part, f.Tag)
		}
	}
}

var approveHash = regexp.MustCompile(`--approve ([0-9a-f]+)`)

// eraseOwner erases ana's account, but for what is locked and what changed.
func (s *story) eraseOwner() {
	t := s.t
	s.run(exitDone, "case", "new", "--id", "DSR-3", "--kind", "erase", "--record", "r.habeas", "--owner-id", "ana")
	s.run(exitDone, "case", "verify", "DSR-3", "--level", "erasure", "--method", "signed in again")
	s.write("copies.yaml", "replicas:\n- name: s3://media-eu\n- name: s3://media-us\ncdn:\n- name: front\n  from: users/{owner}/{name}\n  paths: ['https://img.example.com/{owner}/{name}']\n")
	plan := s.at("erase", "plan", "s3://media/", "--owners", s.owners, "--case", "DSR-3", "--record", "r.habeas", "--copies", "copies.yaml")
	var text string
	s.quietly("erase plan", func() {
		text, _ = s.run(exitDone, append(plan, "-o", "plan.json")...)
		s.run(exitDone, append(plan, "-o", "late.json", "--valid-for", "1ms")...)
	})
	for _, want := range []string{"users/ana/upload.bin", "compliance lock until", "https://img.example.com/ana/beach.jpg",
		"it holds 4 versions of 4 keys of these: plan an erasure there too", "s3://media-us", "not checked (no-such-bucket"} {
		if !strings.Contains(text, want) {
			t.Errorf("the plan does not say %q:\n%s", want, text)
		}
	}
	s.refused(approveHash.FindStringSubmatch(text)[1])

	s.srv.Put(t, "media", "users/ana/beach.xmp", []byte("written after the plan"), nil)
	before := kept(t, s.srv, "media")
	s.run(exitIncomplete, s.at("erase", "apply", "plan.json", "--approve", approveHash.FindStringSubmatch(text)[1], "--record", "r.habeas", "-q")...)
	after := kept(t, s.srv, "media")
	for name, content := range before {
		key, _, _ := strings.Cut(name, " ")
		held := key == "users/ana/kitchen.webp" || key == "users/ana/negative.tif"
		stays := !strings.HasPrefix(key, "users/ana/") || content == "written after the plan" || held && !strings.HasPrefix(content, "older ")
		if got, there := after[name]; there != stays || there && got != content {
			t.Errorf("%q is there: %v, want %v", name, there, stays)
		}
	}
	b, err := os.ReadFile(filepath.Join(s.dir, "plan.receipt.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := erasure.OpenReceipt(b)
	if err != nil || r.Complete || r.Counts[erasure.Locked] != 2 || r.Appeared != 1 || !strings.HasPrefix(r.Identified, "identified for erasure on ") {
		t.Errorf("receipt: %v, complete %v, %v, %d appeared, %q", err, r.Complete, r.Counts, r.Appeared, r.Identified)
	}
	out, talk := s.run(exitIncomplete, s.at("erase", "verify", "plan.receipt.json")...)
	// Keys of which a version is locked or changed are asked for too: others of them are gone.
	if !strings.Contains(out, "replica s3://media-eu/: it holds 4 versions of 4 keys") ||
		!strings.Contains(out, "replica s3://media-us/: not checked") || !strings.Contains(talk, "left in a replica") {
		t.Errorf("verify says\n%s%s", out, talk)
	}
	for _, key := range []string{"beach.jpg", "beach.xmp", "kitchen.webp", "negative.tif"} {
		s.srv.Delete(t, "media-eu", "users/ana/"+key)
	}
	if out, _ = s.run(exitDone, s.at("erase", "verify", "plan.receipt.json")...); !strings.Contains(out, "it was looked at, and holds none of these") {
		t.Errorf("verify says\n%s", out)
	}
}

// refused tries plans that must delete nothing.
func (s *story) refused(hash string) {
	t := s.t
	plan, err := os.ReadFile(filepath.Join(s.dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(plan, []byte(`"latest": true`), []byte(`"latest": !true`), 1)
	s.write("edited.json", string(edited))
	late, err := os.ReadFile(filepath.Join(s.dir, "late.json"))
	if err != nil {
		t.Fatal(err)
	}
	foreign := s3test.Start(t)
	foreign.LockableBucket(t, "media")
	foreign.Put(t, "media", "users/ana/beach.jpg", []byte("of somebody else"), nil)
	for name, args := range map[string][]string{
		"wrong":   s.at("erase", "apply", "plan.json", "--approve", strings.Repeat("0", 64)),
		"edited":  s.at("erase", "apply", "edited.json", "--approve", hash),
		"expired": s.at("erase", "apply", "late.json", "--approve", erasure.HashOf(late)),
		"foreign": {"erase", "apply", "plan.json", "--approve", hash, "--endpoint", foreign.Endpoint},
	} {
		s.quietly("the "+name+" plan", func() {
			env := s.srv.Env(s.srv.Root)
			if name == "foreign" {
				env = foreign.Env(foreign.Root)
			}
			output(t, program(t, s.dir, append(env, "USER=officer"), args...), exitStopped)
		})
	}
	if n, _ := foreign.Versions(t, "media", "users/ana/beach.jpg"); n != 1 {
		t.Error("something was deleted at another store")
	}
}

// eraseSubject erases the one letter of ben's that the officer decided on; the
// others that tell of Jonas are named and stay.
func (s *story) eraseSubject() {
	t := s.t
	s.run(exitDone, "case", "new", "--id", "DSR-4", "--kind", "erase", "--record", "r.habeas", "--email", "jonas.weber@example.org")
	s.run(exitDone, "case", "verify", "DSR-4", "--level", "erasure", "--method", "answered by mail")
	plan := s.at("erase", "plan", "s3://media/", "--owners", s.owners, "--case", "DSR-4", "--record", "r.habeas", "--email", "jonas.weber@example.org")
	text, _ := s.run(exitDone, append(plan, "-o", "none.json")...)
	if !strings.Contains(text, "deletes       0 items") || !regexp.MustCompile(`conflict +users/ben/letter\.txt +ben +it tells of the person \(verified`).MatchString(text) {
		t.Errorf("%s", text)
	}
	lines, _ := s.run(exitDone, "report", "--record", "r.habeas", "--format", "jsonl")
	letter := objects(t, lines)["users/ben/letter.txt"]
	decided, err := json.Marshal(map[string]any{"schema": 1, "habeas": "decisions", "as_of": "2026-05-03T00:00:00Z", "decisions": []map[string]string{{
		"source": letter.Source, "key_base64": base64.StdEncoding.EncodeToString([]byte(letter.Key)), "version": letter.Version, "etag": letter.ETag,
		"decision": "delete", "reason": "request"}}})
	if err != nil {
		t.Fatal(err)
	}
	s.write("decisions.json", string(decided))
	text, _ = s.run(exitDone, append(plan, "--decisions", "decisions.json", "-o", "letter.json")...)
	before := kept(t, s.srv, "media")
	s.run(exitDone, s.at("erase", "apply", "letter.json", "--approve", approveHash.FindStringSubmatch(text)[1], "-q")...)
	after := kept(t, s.srv, "media")
	for name, content := range before {
		key, _, _ := strings.Cut(name, " ")
		if got, there := after[name]; there != (key != "users/ben/letter.txt") || there && got != content {
			t.Errorf("%q is there: %v", name, there)
		}
	}
	s.run(exitDone, "audit", "verify")
}
