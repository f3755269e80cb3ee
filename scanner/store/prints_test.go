package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/scanner"
)

// hash is a fingerprint as a scan makes them.
func hash(n int) string { return fmt.Sprintf("%032x", n) }

func withPrints(key, owner string, prints ...string) *reports.Entry {
	e := entry("a", key, owner)
	e.Findings = nil
	for i, p := range prints {
		f := reports.Finding{ID: key + fmt.Sprint(i), Kind: "email", Party: reports.PartyUnknown, Part: "text"}
		if loose, ok := strings.CutPrefix(p, "~"); ok {
			f.Variant = loose
		} else {
			f.Fingerprint = p
		}
		e.Findings = append(e.Findings, f)
	}
	return e
}

// tableStands reports whether printed is there.
func tableStands(t *testing.T, d *DB) bool {
	t.Helper()
	var n int
	if err := d.db.QueryRow(isPrinted).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n > 0
}

// With the table of fingerprints, without it, and after it was kept up by later
// commits, the same objects are found.
func TestFingerprintsAreFound(t *testing.T) {
	d, path := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	commit(t, d, withPrints("k1", "ana", hash(1), hash(1)), withPrints("k2", "ben", "~"+hash(1), hash(2)), withPrints("k3", "ana", hash(3), hash(1)))
	if tableStands(t, d) {
		t.Error("a scan made the table")
	}
	check := func(name string, d *DB, want []string, owners int) {
		t.Helper()
		if diff := cmp.Diff(want, keysOf(t, d, Selection{Fingerprints: []string{hash(1)}})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if n, err := d.Owners(ctx, hash(1)); err != nil || n != owners {
			t.Errorf("%s: %d owners, %v", name, n, err)
		}
	}
	// The scan that wrote it holds the record still.
	reader, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	check("being scanned", reader, []string{"k1", "k2", "k3"}, 1)
	if tableStands(t, d) {
		t.Error("a reader made the table during a scan")
	}
	check("its own", d, []string{"k1", "k2", "k3"}, 1)
	if !tableStands(t, d) {
		t.Error("no table")
	}
	commit(t, d, withPrints("k1", "ana", hash(2)), withPrints("k4", "eve", hash(1)))
	if err := d.Commit(ctx, scanner.Batch{Gone: []scanner.Ref{{Source: "a", Key: "k3", Version: "v1"}}}); err != nil {
		t.Fatal(err)
	}
	check("changed", d, []string{"k2", "k4"}, 1)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	commit(t, again, withPrints("k5", "bob", hash(1)), withPrints("k2", "ben"))
	check("scanned again", again, []string{"k4", "k5"}, 2)
	check("read beside it", reader, []string{"k4", "k5"}, 2)
	// What the table says is what looking through everything says.
	tx, err := again.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	for n := range 4 {
		s := Selection{Fingerprints: []string{hash(n)}}
		indexed, err := again.choose(ctx, tx, s, true)
		if err != nil {
			t.Fatal(err)
		}
		through, err := again.choose(ctx, tx, s, false)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(indexed, through, func(a, b chosen) bool { return a.id == b.id }) {
			t.Errorf("%d: %v, %v", n, indexed, through)
		}
	}
}

// A reader makes the table of a record that nobody scans into.
func TestReaderMakesTheTable(t *testing.T) {
	d, path := newRecord(t)
	if err := d.Begin(t.Context(), run()); err != nil {
		t.Fatal(err)
	}
	commit(t, d, withPrints("k1", "ana", hash(1)))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := keysOf(t, r, Selection{Fingerprints: []string{hash(1)}}); !slices.Equal(got, []string{"k1"}) {
		t.Errorf("selected %q", got)
	}
	if !tableStands(t, r) {
		t.Error("no table")
	}
}
