package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
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
	return map[string][]byte{
		"plain": []byte(v), "hex": []byte(hex.EncodeToString([]byte(v))), "UTF-16": wide,
		"base64": []byte(base64.RawStdEncoding.EncodeToString([]byte(v))), "URL": []byte(url.QueryEscape(v)),
	}
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
