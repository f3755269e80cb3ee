package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"habeas/reports"
	"habeas/reports/decisions"
	"habeas/sources/s3/faultys3"
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

// In a bucket, an object keeps its metadata, and the versions that still hold what
// was stripped are listed for an erasure.
func TestStripBucket(t *testing.T) {
	photo, err := os.ReadFile(filepath.Join(repo, "testdata", "uploads", "users", "ana", "beach.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	srv := faultys3.New(t, faultys3.Config{Versioning: "Enabled"})
	srv.Put("users/ana/a.jpg", faultys3.Object{Data: photo, Meta: map[string]string{"album": "summer"}})
	srv.Put("users/ana/a.jpg.txt", faultys3.Object{Data: []byte("a note")})
	dir := t.TempDir()
	old := filepath.Join(dir, "old.jsonl")
	env := []string{"XDG_CONFIG_HOME=" + dir}
	args := []string{"strip", srv.URL(), "--endpoint", srv.Endpoint, "--anonymous", "--kinds", "gps,names,faces", "--in-process", "--actor", "officer", "--old-versions", old}
	if code, out, msg := habeas(t, env, args...); code != exitDone || !strings.Contains(out, "would be stripped") || len(srv.Mutations()) > 0 {
		t.Fatalf("dry run: %d, %v\n%s%s", code, srv.Mutations(), out, msg)
	}
	code, out, msg := habeas(t, env, append(args, "--in-place", "--yes")...)
	// Besides it is tried whether the store heeds conditions, on a key of our own.
	changed := slices.DeleteFunc(srv.Mutations(), func(m string) bool { return strings.Contains(m, " .habeas-") })
	if code != exitDone || len(changed) != 1 {
		t.Fatalf("%d, %v\n%s%s", code, changed, out, msg)
	}
	now := srv.Object("users/ana/a.jpg")
	if bytes.Equal(now.Data, photo) || bytes.Contains(now.Data, []byte("Ana Silva")) || now.Meta["album"] != "summer" {
		t.Errorf("%d bytes, metadata %v", len(now.Data), now.Meta)
	}
	list, err := os.ReadFile(old)
	if err != nil || strings.Count(string(list), "\n") != 1 || !strings.Contains(string(list), `"key_base64":"dXNlcnMvYW5hL2EuanBn","version":"`) {
		t.Errorf("old versions: %s, %v", list, err)
	}
	if !strings.Contains(msg, "1 old versions still hold what was stripped") {
		t.Error(msg)
	}
}
