package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"habeas/scanner/store"
	"habeas/sources/s3/faultys3"
)

func TestSecondScanOnOneRecord(t *testing.T) {
	record := filepath.Join(t.TempDir(), "r")
	db, err := store.Create(record)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	code, _, talk := habeas(t, nil, "scan", filepath.Join(testdata(t), "uploads"), "--no-report", "--record", record)
	if code != exitStopped || !strings.Contains(talk, "another habeas is scanning into this record: wait for it, or name another file with --record") {
		t.Errorf("exit code %d: %s", code, talk)
	}
}

func TestRecordOfANewerVersion(t *testing.T) {
	record := filepath.Join(t.TempDir(), "r")
	if code, _, talk := habeas(t, nil, "scan", filepath.Join(testdata(t), "uploads"), "--no-report", "--record", record, "--in-process"); code != exitIncomplete {
		t.Fatalf("exit code %d: %s", code, talk)
	}
	b, err := os.ReadFile(record)
	if err != nil {
		t.Fatal(err)
	}
	const userVersion = 60 // of the SQLite file format, big-endian
	b[userVersion+3]++
	if err := os.WriteFile(record, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"scan", filepath.Join(testdata(t), "uploads"), "--no-report", "--record", record}, {"report", "--record", record}} {
		code, _, talk := habeas(t, nil, args...)
		if code != exitStopped || !strings.Contains(talk, "made by a newer habeas: use that version, or name another file with --record") {
			t.Errorf("%s: exit code %d: %s", args[0], code, talk)
		}
	}
	if now, err := os.ReadFile(record); err != nil || !bytes.Equal(now, b) {
		t.Error("the record was touched")
	}
}

// An interrupt ends a scan in order: exit code 130, the record kept, and the next
// run goes on.
func TestInterrupt(t *testing.T) {
	srv := faultys3.New(t, faultys3.Config{PageSize: 50, Latency: 30 * time.Millisecond})
	const n = 200
	for i := range n {
		srv.Put(fmt.Sprintf("users/u%d/%03d.txt", i%3, i), faultys3.Object{Data: fmt.Appendf(nil, "mail p%d@example.org\n", i)})
	}
	dir := t.TempDir()
	env := []string{"AWS_CONFIG_FILE=" + os.DevNull, "AWS_SHARED_CREDENTIALS_FILE=" + os.DevNull}
	args := []string{"scan", srv.URL(), "--endpoint", srv.Endpoint, "--anonymous", "--no-report", "--json", "--in-flight", "2", "--record", "r"}
	cmd := program(t, dir, env, args...)
	var out, talk bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &talk
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for srv.Requests() < 40 { // some are read, and most are not
		time.Sleep(10 * time.Millisecond)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitInterrupted || out.Len() > 0 {
		t.Fatalf("exit code %d: %s", code, talk.String())
	}
	m := regexp.MustCompile(`interrupted: (\d+) objects are recorded in r; run the same command again to go on`).FindStringSubmatch(talk.String())
	if m == nil || m[1] == "0" {
		t.Fatalf("%s", talk.String())
	}
	whole, again := output(t, program(t, dir, env, args...), exitDone)
	if len(objects(t, whole)) != n || !strings.Contains(again, m[1]+" of 200 objects were unchanged") {
		t.Errorf("%s", again)
	}
}
