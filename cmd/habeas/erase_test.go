package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/audit"
	"habeas/reports/erasure"
	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
	"habeas/sources/s3/s3test"
)

// kept describes everything that a bucket keeps: versions with their content,
// markers, uploads.
func kept(t *testing.T, srv *s3test.Server, bucket string) map[string]string {
	t.Helper()
	srv.Login(t)
	src, err := s3.New(t.Context(), s3.Options{URL: "s3://" + bucket, Endpoint: srv.Endpoint})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	out := map[string]string{}
	for v, err := range src.Versions(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		content := "marker"
		if !v.Marker {
			content = read(t, src, v.Object)
		}
		out[v.Key+" "+v.Version] = content
	}
	for u, err := range src.Uploads(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		out[u.Key+" upload "+u.ID] = "upload"
	}
	return out
}

func read(t *testing.T, src sources.Source, o sources.Object) string {
	t.Helper()
	c, err := src.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, c.Size())
	if _, err := c.ReadAt(b, 0); err != nil && len(b) > 0 && !strings.Contains(err.Error(), "EOF") {
		t.Fatal(err)
	}
	return string(b)
}

// owners of the bucket that a careless comparison takes for one another.
var alike = []string{"alice", "Alice", "alice2", "alic\u00e9", "alice\u0301"}

// lockedBucket has objects of owners that are alike, with versions, markers,
// uploads and locks.
func lockedBucket(t *testing.T, srv *s3test.Server, bucket string) {
	t.Helper()
	srv.LockableBucket(t, bucket)
	for _, o := range alike {
		for n := range 12 {
			key := fmt.Sprintf("users/%s/%02d.txt", o, n)
			for v := range 3 {
				srv.Put(t, bucket, key, fmt.Appendf(nil, "%s version %d", key, v), nil)
			}
		}
		srv.Delete(t, bucket, "users/"+o+"/00.txt")
		srv.Begin(t, bucket, "users/"+o+"/upload.bin")
		srv.Put(t, bucket, "thumbs/"+o+"/01_w200.txt", []byte("small "+o), nil)
		for mode, n := range map[string]int{"COMPLIANCE": 2, "GOVERNANCE": 3, "HOLD": 4} {
			key := fmt.Sprintf("users/%s/%02d.txt", o, n)
			if mode == "HOLD" {
				srv.Hold(t, bucket, key)
			} else {
				srv.Retain(t, bucket, key, mode)
			}
		}
		// A newer version before the one that is on hold.
		srv.Put(t, bucket, "users/"+o+"/04.txt", []byte("newest of "+o), nil)
	}
	srv.Put(t, bucket, "users/bob/copy.txt", []byte("users/alice/05.txt version 2"), nil)
}

const copiesFile = "derivatives:\n- from: users/{owner}/{name}.txt\n  to: ['thumbs/{owner}/{name}_w*.txt']\nbackups:\n- name: nightly\n  days: 30\n"

// TestEraseAtARealServer erases one owner of a versioned bucket with locks, while
// the program is killed again and again.
func TestEraseAtARealServer(t *testing.T) {
	srv := s3test.Start(t)
	lockedBucket(t, srv, "media")
	dir := t.TempDir()
	run := func(code int, args ...string) (string, string) {
		t.Helper()
		return output(t, program(t, dir, srv.Env(srv.Root), append(args, "--endpoint", srv.Endpoint)...), code)
	}
	if err := os.WriteFile(filepath.Join(dir, "copies.yaml"), []byte(copiesFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"case", "new", "--id", "C-1", "--kind", "erase"}, {"case", "verify", "C-1", "--level", "erasure", "--method", "signed in"}} {
		output(t, program(t, dir, srv.Env(srv.Root), append(args, "--actor", "officer")...), exitDone)
	}
	before := kept(t, srv, "media")
	text, _ := run(exitDone, "erase", "plan", "s3://media/", "--owner", "users/{owner}/**", "--of", "alice", "--case", "C-1", "--actor", "officer", "--copies", "copies.yaml", "-o", "plan.json")
	if diff := cmp.Diff(before, kept(t, srv, "media")); diff != "" {
		t.Fatalf("planning changed something:\n%s", diff)
	}
	hash := regexp.MustCompile(`hash +([0-9a-f]{64})`).FindStringSubmatch(text)
	if hash == nil || !strings.Contains(text, "conflict") || !strings.Contains(text, "compliance lock until") {
		t.Fatalf("%s", text)
	}
	refusals(t, srv, dir, hash[1], before)

	// Somebody uploads meanwhile: that is not in the plan.
	srv.Put(t, "media", "users/alice/07.txt", []byte("uploaded after the plan"), nil)
	later := kept(t, srv, "media")
	apply := []string{"erase", "apply", "plan.json", "--approve", hash[1], "--actor", "officer", "--endpoint", srv.Endpoint}
	for range 6 {
		cmd := program(t, dir, srv.Env(srv.Root), apply...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(100+rand.IntN(400)) * time.Millisecond)
		_ = cmd.Process.Kill() // it may be done
		_ = cmd.Wait()
	}
	out, _ := output(t, program(t, dir, srv.Env(srv.Root), apply...), exitIncomplete)
	t.Logf("%s", out)
	after := kept(t, srv, "media")
	wantErased(t, later, after)
	receipt(t, dir, srv)

	again, _ := output(t, program(t, dir, srv.Env(srv.Root), apply...), exitIncomplete)
	if again != out {
		t.Errorf("a second run says\n%s\nand not\n%s", again, out)
	}
	if diff := cmp.Diff(after, kept(t, srv, "media")); diff != "" {
		t.Errorf("a second run changes something:\n%s", diff)
	}
	back(t, srv, dir)
}

// refusals tries plans that must delete nothing.
func refusals(t *testing.T, srv *s3test.Server, dir, hash string, before map[string]string) {
	t.Helper()
	other := s3test.Start(t)
	other.LockableBucket(t, "media")
	other.Put(t, "media", "users/alice/00.txt", []byte("elsewhere"), nil)
	plan, err := os.ReadFile(filepath.Join(dir, "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	edited := bytes.Replace(plan, []byte(`"users/alice/05.txt"`), []byte(`"users/alice/06.txt"`), 1)
	if bytes.Equal(edited, plan) {
		t.Fatal("nothing was edited")
	}
	moved := bytes.ReplaceAll(plan, []byte(srv.Endpoint), []byte(other.Endpoint))
	holds := filepath.Join(dir, "holds.json")
	for name, b := range map[string][]byte{"edited.json": edited, "moved.json": moved, "cut.json": plan[:len(plan)/2], "holds.json": []byte("{")} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output(t, program(t, dir, srv.Env(srv.Root), "erase", "plan", "s3://media/", "--owner", "users/{owner}/**", "--of", "alice", "--case", "C-1",
		"--actor", "officer", "--endpoint", srv.Endpoint, "--valid-for", "1ms", "-o", "expired.json"), exitDone)
	expired, err := os.ReadFile(filepath.Join(dir, "expired.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		want string
		args []string
	}{
		{"wrong hash", "not approved", []string{"plan.json", "--approve", erasure.HashOf([]byte("x"))}},
		{"short hash", "not approved", []string{"plan.json", "--approve", hash[:11]}},
		{"edited", "not approved", []string{"edited.json", "--approve", hash}},
		{"edited, with its own hash", "contradicts itself", []string{"edited.json", "--approve", erasure.HashOf(edited)}},
		{"cut", "no erasure plan", []string{"cut.json", "--approve", erasure.HashOf(plan[:len(plan)/2])}},
		{"expired", "expired", []string{"expired.json", "--approve", erasure.HashOf(expired)}},
		{"another endpoint", "another endpoint", []string{"moved.json", "--approve", erasure.HashOf(moved)}},
		{"too many", "--max-delete", []string{"plan.json", "--approve", hash, "--max-delete", "3"}},
		{"holds can't be read", "register of holds", []string{"plan.json", "--approve", hash, "--holds", holds}},
	} {
		args := append([]string{"erase", "apply", "--actor", "officer", "--endpoint", srv.Endpoint}, c.args...)
		_, talk := output(t, program(t, dir, srv.Env(srv.Root), args...), exitStopped)
		if !strings.Contains(talk, c.want) {
			t.Errorf("%s: %s", c.name, talk)
		}
	}
	if diff := cmp.Diff(before, kept(t, srv, "media")); diff != "" {
		t.Fatalf("a plan that must be refused changed something:\n%s", diff)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "*.receipt.json")); err != nil || len(left) > 0 {
		t.Errorf("receipts of nothing: %q, %v", left, err)
	}
}

// wantErased compares what the bucket keeps before and after: everything of
// alice's is gone but for what is locked, and nothing of anybody else's.
func wantErased(t *testing.T, before, after map[string]string) {
	t.Helper()
	locked := []string{"users/alice/02.txt version 2", "users/alice/03.txt version 2", "users/alice/04.txt version 2"}
	for name, content := range before {
		mine := strings.HasPrefix(name, "users/alice/") || strings.HasPrefix(name, "thumbs/alice/")
		stays := !mine || slices.Contains(locked, content) || content == "uploaded after the plan"
		if got, there := after[name]; there != stays || there && got != content {
			t.Errorf("%q is there: %v, want %v", name, there, stays)
		}
	}
	for name, content := range after {
		if _, was := before[name]; !was && (content != "marker" || !strings.HasPrefix(name, "users/alice/04.txt ")) {
			t.Errorf("%q is new", name)
		}
	}
	hidden := 0
	for name, content := range after {
		if strings.HasPrefix(name, "users/alice/04.txt ") && content == "marker" {
			hidden++
		}
	}
	if hidden == 0 {
		t.Error("an old version on hold came to light")
	}
}

// receipt checks what was written about the erasure.
func receipt(t *testing.T, dir string, srv *s3test.Server) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "plan.receipt.json"))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := erasure.OpenReceipt(b)
	if err != nil {
		t.Fatal(err)
	}
	if r.Complete || r.Counts[erasure.Locked] != 3 || r.Appeared != 1 || len(r.Residuals) != 4 || r.Counts[erasure.Open]+r.Counts[erasure.Failed] != 0 {
		t.Errorf("complete %v, %v, %d appeared, %d residuals", r.Complete, r.Counts, r.Appeared, len(r.Residuals))
	}
	log, err := audit.Verify(filepath.Join(dir, ".config", "habeas", "audit.jsonl"), r.Audit)
	if err != nil || !log.OK() {
		t.Errorf("audit log: %+v, %v", log, err)
	}
	letter, err := os.ReadFile(filepath.Join(dir, "plan.letter.txt"))
	if err != nil || !strings.Contains(string(letter), "Can't be deleted yet, because a lock is in force: 3 items") || strings.Contains(string(letter), "users/") {
		t.Errorf("%s, %v", letter, err)
	}
	t.Logf("%s", letter)
	text, _ := output(t, program(t, dir, srv.Env(srv.Root), "erase", "verify", "plan.receipt.json", "--endpoint", srv.Endpoint), exitDone)
	if !strings.Contains(text, "nothing of what it says is gone is there; 4 residuals are open") {
		t.Error(text)
	}
	changed := bytes.Replace(b, []byte(`"appeared": 1`), []byte(`"appeared": 2`), 1)
	if bytes.Equal(b, changed) {
		t.Fatal("nothing was changed")
	}
	if err := os.WriteFile(filepath.Join(dir, "forged.json"), changed, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, talk := output(t, program(t, dir, srv.Env(srv.Root), "erase", "verify", "forged.json", "--offline"), exitStopped); !strings.Contains(talk, "signature") {
		t.Error(talk)
	}
	if _, talk := output(t, program(t, dir, srv.Env(srv.Root), "erase", "verify", "plan.receipt.json", "--offline", "--public-key", strings.Repeat("0", 64)), exitStopped); !strings.Contains(talk, "another key") {
		t.Error(talk)
	}
	noKeysInTheLog(t, dir)
}

// noKeysInTheLog: the audit log names objects by fingerprints.
func noKeysInTheLog(t *testing.T, dir string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, ".config", "habeas", "audit.jsonl"))
	if err != nil || len(b) == 0 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	tombs, err := os.ReadFile(filepath.Join(dir, ".config", "habeas", "erased.jsonl"))
	if err != nil || len(tombs) == 0 {
		t.Fatalf("%d bytes, %v", len(tombs), err)
	}
	for _, name := range []string{"users/", "alice", "01_w200"} {
		if bytes.Contains(b, []byte(name)) || bytes.Contains(tombs, []byte(name)) {
			t.Errorf("%q stands in the audit log or the list of what was erased", name)
		}
	}
}

// back puts erased things back: a scan says so, and so does verify.
func back(t *testing.T, srv *s3test.Server, dir string) {
	t.Helper()
	srv.Put(t, "media", "users/alice/09.txt", []byte("something else"), nil)
	srv.Put(t, "media", "elsewhere/again.txt", []byte("users/alice/10.txt version 1"), nil)
	_, talk := output(t, program(t, dir, srv.Env(srv.Root), "scan", "s3://media/", "--no-report", "--endpoint", srv.Endpoint), exitDone)
	for _, want := range []string{"users/alice/09.txt: an object stands again where one was erased", "elsewhere/again.txt: it has the content of an object that was erased", "case C-1"} {
		if !strings.Contains(talk, want) {
			t.Errorf("the scan does not say %q:\n%s", want, talk)
		}
	}
	if strings.Contains(talk, "alice2") {
		t.Errorf("somebody else's object is called erased:\n%s", talk)
	}
}

// TestPlanOfDecisions erases what an officer decided, with its sidecar, and takes
// it out of the record.
func TestPlanOfDecisions(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"u/a/p.jpg": "picture", "u/a/p.jpg.xmp": "sidecar", "u/a/q.jpg": "another", "u/b/p.jpg": "b's", "u/a/r.jpg": "kept"} {
		path := filepath.Join(dir, "up", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	text, _ := output(t, program(t, dir, nil, "scan", "up", "--no-report", "--json", "--record", "r.habeas", "--allow-incomplete"), exitDone)
	have := objects(t, text)
	type decision struct {
		Source   string `json:"source"`
		Key      []byte `json:"key_base64"`
		Version  string `json:"version"`
		ETag     string `json:"etag"`
		Decision string `json:"decision"`
		Reason   string `json:"reason"`
		Note     string `json:"note"`
	}
	file := struct {
		Schema    int        `json:"schema"`
		Kind      string     `json:"habeas"`
		AsOf      time.Time  `json:"as_of"`
		KeyID     string     `json:"key_id"`
		Decisions []decision `json:"decisions"`
	}{1, "decisions", time.Unix(1777777777, 0).UTC(), "k", nil}
	for key, action := range map[string]string{"u/a/p.jpg": "delete", "u/a/q.jpg": "delete", "u/a/r.jpg": "keep"} {
		reason := "request"
		if action == "keep" {
			reason = "in_use"
		}
		o := have[key]
		file.Decisions = append(file.Decisions, decision{o.Source, []byte(key), o.Version, o.ETag, action, reason, ""})
	}
	b, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "d.json"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	// One of the two changes after it was decided on.
	if err := os.WriteFile(filepath.Join(dir, "up/u/a/q.jpg"), []byte("a new picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, program(t, dir, nil, "erase", "plan", "up", "--decisions", "d.json", "--record", "r.habeas", "--ground", "request", "--actor", "officer", "-o", "p.json"), exitDone)
	plan, err := os.ReadFile(filepath.Join(dir, "p.json"))
	if err != nil {
		t.Fatal(err)
	}
	out, talk := output(t, program(t, dir, nil, "erase", "apply", "p.json", "--approve", erasure.HashOf(plan), "--actor", "officer", "--record", "r.habeas"), exitDone)
	if !strings.Contains(out, "erased          2") || !strings.Contains(out, "kept            1") || !strings.Contains(talk, "2 objects taken out of the record") {
		t.Errorf("%s%s", out, talk)
	}
	var left []string
	for _, name := range []string{"u/a/p.jpg", "u/a/p.jpg.xmp", "u/a/q.jpg", "u/b/p.jpg", "u/a/r.jpg"} {
		if _, err := os.Stat(filepath.Join(dir, "up", name)); err == nil {
			left = append(left, name)
		}
	}
	if want := []string{"u/a/q.jpg", "u/b/p.jpg", "u/a/r.jpg"}; !slices.Equal(left, want) {
		t.Errorf("left: %q, want %q", left, want)
	}
	text, _ = output(t, program(t, dir, nil, "report", "--record", "r.habeas", "--format", "jsonl"), exitDone)
	if got := slices.Sorted(maps.Keys(objects(t, text))); !slices.Equal(got, []string{"u/a/q.jpg", "u/a/r.jpg", "u/b/p.jpg"}) {
		t.Errorf("the record has %q", got)
	}
	if text, _ = output(t, program(t, dir, nil, "outputs", "list"), exitDone); strings.Contains(text, "changed") {
		t.Errorf("the ledger does not know what the erasure changed:\n%s", text)
	}
	record, err := os.ReadFile(filepath.Join(dir, "r.habeas"))
	if err != nil || bytes.Contains(record, []byte("p.jpg.xmp")) {
		t.Errorf("the record's file still names what was erased, or %v", err)
	}
}

// TestReadingChangesNothing: scan, find and erase plan send no request that would
// change anything, shown by a store that records those.
func TestReadingChangesNothing(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{Versioning: "Enabled", Lockable: true})
	for _, key := range []string{"users/alice/a.txt", "users/alice2/a.txt", "users/bob/b.txt"} {
		srv.Put(key, faultys3.Object{Data: []byte("write to ana@example.org, or +44 20 7946 0018\n" + key)})
		srv.Put(key, faultys3.Object{Data: []byte("write to ana@example.org\n" + key)})
	}
	srv.Hide("users/bob/b.txt")
	srv.Upload("users/alice/up", "u1")
	dir := t.TempDir()
	env := []string{"AWS_REGION=us-east-1", "AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull, "AWS_EC2_METADATA_DISABLED=true"}
	run := func(code int, args ...string) string {
		t.Helper()
		out, _ := output(t, program(t, dir, env, args...), code)
		return out
	}
	at := []string{"--endpoint", srv.Endpoint, "--anonymous"}
	run(exitDone, append([]string{"scan", srv.URL(), "--record", "r.habeas", "--owner", "users/{owner}/**"}, at...)...)
	run(exitDone, "find", "--record", "r.habeas", "--email", "ana@example.org")
	text := run(exitDone, append([]string{"erase", "plan", srv.URL(), "--owner", "users/{owner}/**", "--of", "alice", "--ground", "request", "--actor", "officer", "-o", "p.json"}, at...)...)
	if !strings.Contains(text, "3 items") {
		t.Errorf("%s", text)
	}
	plan, err := os.ReadFile(filepath.Join(dir, "p.json"))
	if err != nil {
		t.Fatal(err)
	}
	run(exitDone, append([]string{"erase", "apply", "p.json"}, at...)...)
	if m := srv.Mutations(); len(m) != 0 {
		t.Errorf("requests that change something: %q", m)
	}
	// And the check itself can fail.
	run(exitDone, append([]string{"erase", "apply", "p.json", "--approve", erasure.HashOf(plan), "--actor", "officer"}, at...)...)
	if m := srv.Mutations(); len(m) != 3 {
		t.Errorf("an apply sends %q", m)
	}
}
