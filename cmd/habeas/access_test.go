package main

import (
	"archive/zip"
	"bytes"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
)

// sealedPackage makes a case for the corpus of find_test.go and its package, and
// opens that.
func sealedPackage(t *testing.T, common []string, who ...string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	env := []string{"USER=officer", "HOME=" + dir}
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		append(append([]string{"case", "new", "--id", "C", "--received", "2026-04-20", "--region", "GB"}, common...), who...),
		{"case", "verify", "C", "--method", "signed in"},
		append([]string{"access", "--case", "C", "--out", filepath.Join(dir, "out"), "--recipient", key.Recipient().String(), "--in-process", "--region", "GB"}, common...),
	} {
		if code, _, talk := habeas(t, env, args...); code != exitDone {
			t.Fatalf("%s: %d %s", args[0], code, talk)
		}
	}
	sealed, err := os.ReadFile(filepath.Join(dir, "out", "access-C.zip.age"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

func TestPackageOfAnOwnerCoversOthers(t *testing.T) {
	_, _, common := identityCorpus(t)
	files := sealedPackage(t, common, "--owner-id", "bob")
	var pictures int
	for name, text := range files {
		for _, secret := range []string{"Jane Doe", "Mark Moe", "jane+news", "jane@example.org", "members.csv", "carl"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q", name, secret)
			}
		}
		if !strings.HasSuffix(name, ".jpg") {
			continue
		}
		pictures++
		img, err := jpeg.Decode(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range []int{12, 45} { // in the boxes of both faces
			if r, g, b, _ := img.At(x, 9).RGBA(); r > 0x3000 || g > 0x3000 || b > 0x3000 {
				t.Errorf("the face at %d can be seen", x)
			}
		}
	}
	if pictures != 1 || !strings.Contains(files["findings.jsonl"], `"label":"Person `) || !strings.Contains(files["findings.jsonl"], "bob@example.com") {
		t.Errorf("%d pictures; findings: %s", pictures, files["findings.jsonl"])
	}
}

func TestPackageOfASubjectSaysNothingOfOwners(t *testing.T) {
	_, _, common := identityCorpus(t)
	files := sealedPackage(t, common, "--email", "jane@example.org", "--phone", "020 7946 0018", "--name", "Jane Doe")
	for name, text := range files {
		for _, secret := range []string{"Karl", "karl@example.org", "Mark Moe", "members", "users/", "bob"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s says %q: %s", name, secret, text)
			}
		}
		if strings.HasPrefix(name, "files/") {
			t.Errorf("a copy of another's upload: %s", name)
		}
	}
	for _, say := range []string{"jane@example.org", "020 7946 0018"} {
		if !strings.Contains(files["findings.jsonl"], say) {
			t.Errorf("the package lacks %q: %s", say, files["findings.jsonl"])
		}
	}
	if strings.Contains(files["findings.jsonl"], "jane+news") {
		t.Error("a likely match went in without a decision")
	}
}
