package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/cmd/fixtures/fixture"
)

// identityCorpus is Jane under three owners, a namesake, and an inbox that many
// share. It gives the folder and the arguments that every command here takes.
func identityCorpus(t *testing.T) (dir, record string, common []string) {
	t.Helper()
	dir = t.TempDir()
	up := filepath.Join(dir, "up")
	write := func(name string, content []byte) {
		path := filepath.Join(up, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := fixture.Picture(64, 48, 1)
	if err != nil {
		t.Fatal(err)
	}
	region := fixture.XMP{Regions: []fixture.Region{{Name: "Jane Doe", X: 0.1, Y: 0.1, W: 0.2, H: 0.2}, {Name: "Mark Moe", X: 0.6, Y: 0.1, W: 0.2, H: 0.2}}}
	write("users/jane/portrait.jpg", fixture.JPEG(picture, fixture.Exif{Artist: "Jane Doe", Lat: 38.7, Lon: -9.4}.Bytes(), nil, nil, ""))
	write("users/bob/party.jpg", fixture.JPEG(picture, nil, region.Bytes(), nil, ""))
	write("users/bob/mail.eml", []byte("From: Jane Doe <jane+news@example.org>\r\nTo: bob@example.com\r\nSubject: Sunday\r\nDate: Sun, 3 May 2026 10:00:00 +0000\r\n"+
		"Message-ID: <1@example.com>\r\nContent-Type: text/plain\r\n\r\nSee you there.\r\n"))
	write("users/carl/members.csv", []byte("name,email,phone\nJane Doe,jane@example.org,020 7946 0018\nKarl Koe,karl@example.org,020 7946 0200\n"))
	write("users/dave/band.jpg", fixture.JPEG(picture, fixture.Exif{Artist: "Doe, Jane"}.Bytes(), nil, nil, "")) // the namesake
	for i := range 22 {
		write(fmt.Sprintf("users/u%02d/note.txt", i), []byte("Questions go to reception.desk@example.com please.\n"))
	}
	owners := filepath.Join(dir, "owners.yaml")
	people := "owner_id,emails,names,contact\njane,jane@example.org,Jane Doe,\nbob,bob@example.com,,privacy@bob.example.com\ncarl,,,dpo@carl.example.com\n"
	rules := "version: 1\nrules:\n  - template: users/{owner}/**\n  - manifest: people.csv\n"
	for name, text := range map[string]string{owners: rules, filepath.Join(dir, "people.csv"): people} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record = filepath.Join(dir, "r.habeas")
	key := filepath.Join(dir, "key")
	code, _, talk := habeas(t, nil, "scan", up, "--owners", owners, "--record", record, "--no-report", "--in-process", "--key", key, "--region", "GB")
	if code != exitDone {
		t.Fatalf("scan: %d %s", code, talk)
	}
	return dir, record, []string{"--record", record, "--key", key}
}

// levels are the matches as "level key kind".
func levels(t *testing.T, args ...string) (got []string, all found) {
	t.Helper()
	code, out, talk := habeas(t, nil, append([]string{"find", "--json"}, args...)...)
	if code != exitDone {
		t.Fatalf("find: %d %s", code, talk)
	}
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatal(err)
	}
	for _, m := range all.Matches {
		kind := "upload"
		if m.Finding != nil {
			kind = m.Finding.Kind
		}
		got = append(got, fmt.Sprintf("%s %s %s", m.Level, strings.TrimPrefix(m.Key, "users/"), kind))
	}
	slices.Sort(got)
	return got, all
}

func TestIdentityCorpus(t *testing.T) {
	dir, _, common := identityCorpus(t)
	got, all := levels(t, append(common, "--email", "jane@example.org", "--phone", "020 7946 0018", "--name", "Jane Doe", "--region", "GB",
		"--owners", filepath.Join(dir, "owners.yaml"))...)
	want := []string{
		"likely bob/mail.eml email",
		"possible bob/mail.eml name",
		"possible bob/party.jpg face",
		"possible dave/band.jpg name",
		"possible jane/portrait.jpg name",
		"likely carl/members.csv name",
		"verified carl/members.csv email",
		"verified carl/members.csv phone",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	refer := map[string]string{}
	for _, r := range all.Referrals {
		refer[r.Owner] = fmt.Sprint(r.Objects, " ", r.Contact)
	}
	if diff := cmp.Diff(map[string]string{"bob": "2 privacy@bob.example.com", "carl": "1 dpo@carl.example.com", "dave": "1 ", "jane": "1 "}, refer); diff != "" {
		t.Error(diff)
	}

	t.Run("with her account", func(t *testing.T) {
		got, _ := levels(t, append(common, "--email", "jane@example.org", "--name", "Jane Doe", "--owner-id", "jane")...)
		for _, want := range []string{"verified jane/portrait.jpg upload", "likely jane/portrait.jpg name", "possible dave/band.jpg name"} {
			if !slices.Contains(got, want) {
				t.Errorf("%q is not among %q", want, got)
			}
		}
	})
	t.Run("another spelling", func(t *testing.T) {
		got, _ := levels(t, append(common, "--email", "Jane+other@Example.ORG", "--name", "DOE, JANE")...)
		if !slices.Contains(got, "likely carl/members.csv email") || !slices.Contains(got, "likely bob/mail.eml email") || !slices.Contains(got, "possible dave/band.jpg name") {
			t.Errorf("%q", got)
		}
	})
	t.Run("the shared inbox", func(t *testing.T) {
		got, all := levels(t, append(common, "--email", "reception.desk@example.com", "--email", "jane@example.org")...)
		if len(all.Shared) != 1 || all.Shared[0].Owners != 22 || len(all.Accounts) != 0 || len(got) != 2 {
			t.Errorf("%+v, %q", all.Shared, got)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		code, out, _ := habeas(t, nil, append([]string{"find", "--email", "nobody@example.org"}, common...)...)
		if code != exitDone || !strings.Contains(out, "nothing was found within what was read\nsearched: 27 objects listed = 27 complete") {
			t.Errorf("%d %s", code, out)
		}
	})
	t.Run("a referral leaks nothing else", func(t *testing.T) {
		_, out, _ := habeas(t, nil, append([]string{"find", "--referrals", "--json", "--email", "jane@example.org", "--name", "Jane Doe"}, common...)...)
		for _, leak := range []string{"mail.eml", "members.csv", `"mask"`, `"part"`, "***"} {
			if strings.Contains(out, leak) {
				t.Errorf("the referral list says %q: %s", leak, out)
			}
		}
	})
	t.Run("bad input is refused without quoting it", func(t *testing.T) {
		for _, args := range [][]string{{"--email", "secret-word"}, {"--phone", "secret-word"}, {"--owner-id", "secret-word"}, {}} {
			code, out, talk := habeas(t, nil, append(append([]string{"find"}, common...), args...)...)
			if code != exitUsage || strings.Contains(out+talk, "secret-word") {
				t.Errorf("%q: %d %s", args, code, talk)
			}
		}
	})
}

func TestFindWritesNothing(t *testing.T) {
	dir, _, common := identityCorpus(t)
	before := treeOf(t, dir)
	levels(t, append(common, "--email", "jane@example.org", "--name", "Jane Doe")...)
	if diff := cmp.Diff(before, treeOf(t, dir)); diff != "" {
		t.Error(diff)
	}
}

// treeOf is every file of dir with its content, but for what SQLite keeps beside
// an open record.
func treeOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	tree := map[string]string{}
	all, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range all {
		if info, err := os.Stat(path); err != nil || info.IsDir() || strings.HasSuffix(path, "-wal") || strings.HasSuffix(path, "-shm") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		tree[path] = string(b)
	}
	return tree
}
