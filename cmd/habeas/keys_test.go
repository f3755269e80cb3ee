package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"habeas/reports/audit"
	"habeas/reports/erasure"
)

func TestKeys(t *testing.T) {
	dir := t.TempDir()
	env := []string{"HOME=" + dir, "USER=officer"}
	run := func(code int, args ...string) (string, string) {
		t.Helper()
		got, out, talk := habeas(t, env, args...)
		if got != code {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, talk)
		}
		return out, talk
	}
	keys := func() (out []keyInfo) {
		t.Helper()
		text, _ := run(exitDone, "key", "show", "--json")
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if got := keys(); len(got) != 0 {
		t.Fatalf("%+v", got)
	}
	run(exitUsage, "key", "rotate")
	secret := strings.Repeat("5a", 32)
	path := filepath.Join(dir, ".config", "habeas", "key")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	first := keys()
	out, talk := run(exitDone, "key", "rotate", "--why", "yearly")
	if strings.Contains(out+talk, secret) {
		t.Error("the key is printed")
	}
	now := keys()
	if len(now) != 2 || now[1].ID != first[0].ID || now[1].State != "replaced" || now[0].ID == first[0].ID {
		t.Fatalf("%+v", now)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	run(exitUsage, "key", "destroy", first[0].ID)
	run(exitUsage, "key", "destroy", first[0].ID, "--confirm", now[0].ID)
	run(exitDone, "key", "destroy", first[0].ID, "--confirm", first[0].ID, "--why", "project ended")
	if got := keys(); len(got) != 1 || got[0].ID != now[0].ID {
		t.Errorf("%+v", got)
	}
	log := filepath.Join(dir, ".config", "habeas", "audit.jsonl")
	if r, err := audit.Verify(log); err != nil || !r.OK() || r.Entries != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if b, err := os.ReadFile(log); err != nil || strings.Contains(string(b), secret) {
		t.Errorf("the key stands in the log, or %v", err)
	}
}

// TestHoldsFailClosed: a register that was removed, or lost a hold, is noticed by
// the audit log.
func TestHoldsFailClosed(t *testing.T) {
	dir := t.TempDir()
	env := []string{"HOME=" + dir, "USER=officer"}
	file := filepath.Join(dir, "up", "users", "alice", "a.txt")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(code int, args ...string) string {
		t.Helper()
		got, _, talk := habeas(t, env, args...)
		if got != code {
			t.Fatalf("%v: exit code %d, want %d\n%s", args, got, code, talk)
		}
		return talk
	}
	plan := filepath.Join(dir, "plan.json")
	run(exitDone, "erase", "plan", filepath.Join(dir, "up"), "--owner", "users/{owner}/**", "--of", "alice", "--ground", "request", "-o", plan)
	b, err := os.ReadFile(plan)
	if err != nil {
		t.Fatal(err)
	}
	run(exitDone, "hold", "add", "--of", "bob", "--why", "order")
	register := filepath.Join(dir, ".config", "habeas", "holds.json")
	whole, err := os.ReadFile(register)
	if err != nil {
		t.Fatal(err)
	}
	apply := []string{"erase", "apply", plan, "--approve", erasure.HashOf(b)}
	for name, content := range map[string][]byte{"gone": nil, "emptied": []byte(`{"schema":1,"habeas":"holds","next":2,"holds":[]}`), "damaged": whole[:20]} {
		if err := os.Remove(register); err != nil {
			t.Fatal(err)
		}
		if content != nil {
			if err := os.WriteFile(register, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if talk := run(exitStopped, apply...); !strings.Contains(talk, "nothing is erased") {
			t.Errorf("%s: %s", name, talk)
		}
		if _, err := os.Stat(file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := os.WriteFile(register, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	// An audit log that was cut stops it too.
	log := filepath.Join(dir, ".config", "habeas", "audit.jsonl")
	entries, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, entries[:strings.Index(string(entries), "\n")+1], 0o600); err != nil {
		t.Fatal(err)
	}
	if talk := run(exitStopped, apply...); !strings.Contains(talk, "audit log was cut") {
		t.Error(talk)
	}
	if err := os.WriteFile(log, entries, 0o600); err != nil {
		t.Fatal(err)
	}
	run(exitDone, apply...)
	if _, err := os.Stat(file); err == nil {
		t.Error("nothing was erased in the end")
	}
}
