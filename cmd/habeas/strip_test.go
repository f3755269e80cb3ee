package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"habeas/reports"
	"habeas/reports/decisions"
)

// What an officer decided goes, and nothing else; a decision about other bytes is
// not carried out.
func TestStripDecisions(t *testing.T) {
	dir := t.TempDir()
	photo, err := os.ReadFile(filepath.Join(repo, "testdata", "uploads", "users", "ana", "beach.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	up := filepath.Join(dir, "up")
	if err := os.Mkdir(up, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.jpg", "b.jpg", "c.jpg"} {
		if err := os.WriteFile(filepath.Join(up, name), photo, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	record := filepath.Join(dir, "r.habeas")
	env := []string{"XDG_CONFIG_HOME=" + dir}
	if code, _, msg := habeas(t, env, "scan", up, "--record", record, "--no-report", "--in-process"); code != 0 {
		t.Fatal(msg)
	}
	_, lines, _ := habeas(t, env, "report", "--record", record, "--format", "jsonl")
	file := &decisions.File{AsOf: time.Unix(1, 0).UTC(), KeyID: "0123abcd"}
	for line := range strings.Lines(lines) {
		var e struct {
			Source, Key, ETag string
			Findings          []reports.Finding
		}
		if json.Unmarshal([]byte(line), &e) != nil || e.Key == "" {
			continue
		}
		d := decisions.Decision{Source: e.Source, Key: e.Key, ETag: e.ETag, Action: decisions.Strip}
		switch e.Key {
		case "a.jpg": // one finding
			for _, f := range e.Findings {
				if f.Kind == "gps" && d.Finding == "" {
					d.Finding = f.ID
				}
			}
		case "b.jpg":
			d.ETag = "another"
		case "c.jpg":
			d.Action = decisions.Keep
		}
		file.Decisions = append(file.Decisions, d)
	}
	var b bytes.Buffer
	if err := decisions.Write(&b, file); err != nil {
		t.Fatal(err)
	}
	decided := filepath.Join(dir, "decisions.json")
	if err := os.WriteFile(decided, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, msg := habeas(t, env, "strip", "--decisions", decided, "--record", record, "--in-process", "--json")
	if code != exitIncomplete {
		t.Errorf("exit code %d: %s", code, msg)
	}
	got := map[string]stripped{}
	for line := range strings.Lines(out) {
		var s stripped
		if err := json.Unmarshal([]byte(line), &s); err != nil {
			t.Fatal(err)
		}
		got[filepath.Base(s.Object)] = s
	}
	a, stale := got["a.jpg"], got["b.jpg"]
	if len(got) != 2 || a.Result != "would-strip" || len(a.Removed) != 1 || a.Removed[0].Kind != "gps" {
		t.Errorf("decided: %+v", got)
	}
	if stale.Result != "failed" || !strings.Contains(stale.Why, "changed") {
		t.Errorf("stale: %+v", stale)
	}
}
