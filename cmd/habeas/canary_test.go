package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"unicode/utf16"
)

// planted are values that the fixtures hold and nothing that a scan writes may.
func planted() []string {
	return []string{"jonas.weber@example.org", "studio@example.org", "mira@example.com", "lea@example.org",
		"Jonas Weber", "Mira Lindqvist", "Chiara Neri", "Ana Silva", "Ben Okafor",
		"8042300117", "20 7946 0018", "202 555 0143", "1 99 00 12 34", "38.6979", "-9.4215", "45.4642"}
}

// spellings are the ways in which a value could leave unnoticed.
func spellings(v string) map[string][]byte {
	var wide []byte
	for _, u := range utf16.Encode([]rune(v)) {
		wide = append(wide, byte(u), byte(u>>8))
	}
	all := map[string][]byte{
		"plain": []byte(v), "hex": []byte(hex.EncodeToString([]byte(v))), "UTF-16": wide,
		"base64": []byte(base64.RawStdEncoding.EncodeToString([]byte(v))), "URL": []byte(url.QueryEscape(v)),
	}
	// Within a longer text base64 looks otherwise, by where the value begins.
	for shift := 1; shift < 3; shift++ {
		code := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), v...))
		all[fmt.Sprint("base64 from byte ", shift)] = []byte(code[shift+1 : len(code)-2])
	}
	return all
}

func TestNoPlantedValueIsWritten(t *testing.T) {
	dir, data := t.TempDir(), testdata(t)
	record, out := filepath.Join(dir, "r.habeas"), filepath.Join(dir, "report")
	code, stdout, stderr := habeas(t, nil, "scan", filepath.Join(data, "uploads"), "--owners", filepath.Join(data, "owners.yaml"),
		"--record", record, "--report", out, "--in-process", "--key", filepath.Join(dir, "key"))
	if code != exitIncomplete {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	texts := map[string][]byte{"standard output": []byte(stdout), "standard error": []byte(stderr)}
	for _, format := range []string{"jsonl", "csv", "text"} {
		if code, text, talk := habeas(t, nil, "report", "--record", record, "--format", format); code != exitDone {
			t.Fatalf("report %s: %s", format, talk)
		} else {
			texts[format] = []byte(text)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		texts[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 10 {
		t.Fatalf("only %d outputs", len(texts))
	}
	for i, v := range planted() {
		for how, spelling := range spellings(v) {
			for where, text := range texts {
				if bytes.Contains(text, spelling) {
					t.Errorf("planted value %d stands in %s, %s", i, where, how)
				}
			}
		}
	}
	// And the check itself can fail: inspect does print them.
	_, clear, _ := habeas(t, nil, "inspect", "--json", "--in-process", filepath.Join(data, "uploads"))
	for i, v := range planted()[:9] {
		if !bytes.Contains([]byte(clear), []byte(v)) {
			t.Errorf("planted value %d is not found at all", i)
		}
	}
}

// TestNoPlantedValueOutlivesARequest does what an officer does with a request, and
// looks for every planted value in all that was printed and written: the case, its
// letters, the audit log, plans, receipts, and the sealed package.
func TestNoPlantedValueOutlivesARequest(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	copyTree(t, filepath.Join(repo, "testdata"), data)
	up, owners := filepath.Join(data, "uploads"), filepath.Join(data, "owners.yaml")
	at := func(name string) string { return filepath.Join(dir, name) }
	record, secret := at("r.habeas"), filepath.Join(data, "passphrase.txt")
	texts := map[string][]byte{}
	step := func(want int, args ...string) string {
		t.Helper()
		code, out, talk := habeas(t, []string{"HOME=" + dir, "USER=officer"}, args...)
		if code != want {
			t.Fatalf("%q: exit code %d: %s", args, code, talk)
		}
		texts[fmt.Sprintf("output %d of %s", len(texts), args[0])] = []byte(out + talk)
		return out
	}
	step(exitDone, "scan", up, "--owners", owners, "--record", record, "--report", at("report"), "--in-process", "--allow-incomplete")
	who := []string{"--email", "jonas.weber@example.org", "--name", "Jonas Weber", "--face-name", "Mira Lindqvist", "--serial", "8042300117", "--phone", "+44 20 7946 0018"}
	step(exitDone, append([]string{"find", "--record", record}, who...)...)
	step(exitDone, append([]string{"find", "--record", record, "--json", "--owners", owners}, who...)...)
	step(exitDone, append([]string{"case", "new", "--id", "C1", "--received", "2026-05-01", "--record", record, "--owner-id", "ana"}, who...)...)
	step(exitDone, "case", "verify", "C1", "--method", "signed in")
	id := regexp.MustCompile(`"id":"([0-9a-f]+)","kind":"email"`).FindStringSubmatch(step(exitDone, "report", "--record", record, "--format", "jsonl"))
	if id == nil {
		t.Fatal("no finding")
	}
	step(exitDone, "case", "decide", "C1", "--finding", id[1], "--ground", "not-them")
	step(exitDone, "case", "letter", "C1", "refer", "--record", record, "--owners", owners, "--draft")
	step(exitDone, "case", "letter", "C1", "answer", "--record", record, "--controller", filepath.Join(data, "profile.yaml"), "--out", at("letter.txt"))
	step(exitDone, "access", "--case", "C1", "--record", record, "--out", at("package"), "--passphrase-file", secret, "--in-process")
	step(exitDone, "case", "show", "C1", "--json")
	// What must be refused says no value, either.
	for _, bad := range [][]string{{"find", "--email", "jonas.weber@@example.org"}, {"find", "--phone", "20 7946 0018"}, {"find", "--owner-id", "Jonas Weber"}} {
		step(exitUsage, append(bad, "--record", record)...)
	}
	step(exitUsage, "erase", "plan", up, "--owners", owners, "--of", "ben", "--case", "C1", "--record", record, "--out", at("plan.json"))
	step(exitDone, append([]string{"case", "new", "--id", "C2", "--kind", "erase", "--received", "2026-05-01", "--record", record}, who...)...)
	step(exitUsage, "erase", "plan", up, "--owners", owners, "--case", "C2", "--record", record, "--out", at("plan.json"))
	step(exitDone, "case", "verify", "C2", "--level", "erasure", "--method", "signed in")
	step(exitDone, "erase", "plan", up, "--owners", owners, "--case", "C2", "--record", record, "--out", at("subject.json"))
	plan := step(exitDone, "erase", "plan", up, "--owners", owners, "--of", "ben", "--case", "C2", "--ground", "request", "--record", record, "--out", at("plan.json"))
	hash := regexp.MustCompile(`--approve ([0-9a-f]+)`).FindStringSubmatch(plan)
	if hash == nil {
		t.Fatalf("no hash in %s", plan)
	}
	step(exitDone, "erase", "apply", at("plan.json"), "--approve", hash[1], "--record", record, "-q")
	step(exitDone, "audit", "verify")
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		texts[path], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(texts) < 25 {
		t.Fatalf("only %d outputs", len(texts))
	}
	for i, v := range planted() {
		for how, spelling := range spellings(v) {
			for where, text := range texts {
				if bytes.Contains(text, spelling) {
					t.Errorf("planted value %d stands in %s, %s", i, where, how)
				}
			}
		}
	}
}
