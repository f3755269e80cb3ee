package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/scanner"
)

func at(n int64) *int64 { return &n }

func run() reports.Run {
	return reports.Run{Schema: reports.SchemaVersion, Tool: "habeas test", AsOf: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC),
		Sources: []string{"a", "b"}, OwnerRules: "o", Detectors: []string{"email"}, KeyID: "k1"}
}

func entry(source, key, owner string) *reports.Entry {
	return &reports.Entry{Source: source, Key: key, Version: "v1", ETag: "e", Size: 3, Modified: time.Unix(5, 7).UTC(),
		Type: "image/jpeg", Format: "jpeg", Width: 40, Height: 30, Orientation: 6, Audience: reports.AudiencePrivate, Coverage: reports.Partial, Reasons: []reports.Reason{{Code: "corrupt", Part: "jpeg"}},
		Owner:     reports.Owner{ID: owner, Tenant: "t", Rule: "template"},
		Conflicts: []reports.Conflict{{ID: "z", Rule: "tag"}},
		Findings: []reports.Finding{
			{ID: "1", Kind: "gps", Party: reports.PartyUnknown, Mask: "m", Part: "p", Tag: "GPSLatitude", Confidence: 0.99, Why: "w",
				Detector: "geo", Cell: &reports.Cell{Lat: 1.1, Lon: -2.2}, Month: "2024-05"},
			{ID: "2", Kind: "face", Role: "r", Party: reports.PartyThird, Mask: "m2", Fingerprint: "f", Part: "p", Start: at(0), End: at(4),
				Confidence: 0.5, Why: "w", Detector: "face", Rule: "mwg", Dummy: true, Invalid: true, Box: &reports.Box{X: .1, Y: .2, W: .3, H: .4}},
		}}
}

func TestExposureOfSourcesAndObjects(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	r := run()
	r.Exposures = []reports.Exposure{{Source: "a", Audience: reports.AudiencePublic, Because: []string{"bucket-policy"}}}
	if err := d.Begin(ctx, r); err != nil {
		t.Fatal(err)
	}
	var all []*reports.Entry
	for key, audience := range map[string]reports.Audience{"1": "", "2": reports.AudiencePrivate} {
		e := entry("a", key, "bob")
		e.Audience = audience
		all = append(all, e)
	}
	other := entry("b", "3", "bob")
	other.Audience = ""
	commit(t, d, append(all, other)...)
	var stored []string
	for s, err := range d.Stored(ctx, "a") {
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, s.Key+":"+s.Audience)
	}
	if diff := cmp.Diff([]string{"1:", "2:private"}, stored); diff != "" {
		t.Error(diff)
	}
	replayed := func() map[string]reports.Audience {
		t.Helper()
		var c collect
		if err := d.Replay(ctx, &c); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r.Exposures, c.run.Exposures); diff != "" {
			t.Error(diff)
		}
		got := map[string]reports.Audience{}
		for _, e := range c.entries {
			got[e.Key] = e.Audience
		}
		return got
	}
	if diff := cmp.Diff(map[string]reports.Audience{"1": "public", "2": "private", "3": "unknown"}, replayed()); diff != "" {
		t.Error(diff)
	}
	// The next scan asks again, and objects that did not change follow.
	r.Exposures = []reports.Exposure{{Source: "a", Audience: reports.AudienceUnknown, Unknown: []string{"s3:GetBucketPolicyStatus"}}}
	if err := d.Begin(ctx, r); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]reports.Audience{"1": "unknown", "2": "private", "3": "unknown"}, replayed()); diff != "" {
		t.Error(diff)
	}
}

func newRecord(t *testing.T) (*DB, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x ?#%.habeas")
	d, err := Create(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d, path
}

func commit(t *testing.T, d *DB, entries ...*reports.Entry) {
	t.Helper()
	var b scanner.Batch
	for _, e := range entries {
		b.Records = append(b.Records, scanner.Record{Entry: e, Set: "set"})
	}
	if err := d.Commit(context.Background(), b); err != nil {
		t.Fatal(err)
	}
}

type collect struct {
	run     *reports.Run
	entries []*reports.Entry
	sum     *reports.Summary
}

func (c *collect) Begin(r *reports.Run) error   { c.run = r; return nil }
func (c *collect) Entry(e *reports.Entry) error { c.entries = append(c.entries, e); return nil }
func (c *collect) End(s *reports.Summary) error { c.sum = s; return nil }

type grouped struct{ collect }

func (*grouped) GroupByOwner() {}

func keys(es []*reports.Entry) string {
	var out []string
	for _, e := range es {
		out = append(out, e.Source+":"+e.Key)
	}
	return strings.Join(out, " ")
}

func TestReplayGivesBackWhatWasCommitted(t *testing.T) {
	d, path := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	a0, az, b := entry("a", "k\xff", "bob"), entry("a", "", "ann"), entry("b", "a", "")
	commit(t, d, b, a0, az)
	if err := d.Finish(ctx); err != nil {
		t.Fatal(err)
	}
	var c collect
	if err := d.Replay(ctx, &c); err != nil {
		t.Fatal(err)
	}
	want := run()
	want.Complete = true
	if diff := cmp.Diff(&want, c.run); diff != "" {
		t.Errorf("run (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]*reports.Entry{az, a0, b}, c.entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if c.sum.Listed != 3 || c.sum.Owners != 2 || c.sum.Unattributed != 1 || c.sum.Findings != 3 {
		t.Errorf("summary %+v", c.sum)
	}
	var g grouped
	if err := d.Replay(ctx, &g); err != nil {
		t.Fatal(err)
	}
	if got, want := keys(g.entries), "a: a:k\xff b:a"; got != want {
		t.Errorf("by owner: %q, want %q", got, want)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", fi.Mode(), err)
	}
}

func TestCommitReplacesAndRemoves(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	commit(t, d, entry("a", "k", "bob"), entry("a", "l", "bob"))
	again := entry("a", "k", "eve")
	again.Findings = again.Findings[:1]
	commit(t, d, again)
	if err := d.Commit(ctx, scanner.Batch{Gone: []scanner.Ref{{Source: "a", Key: "l", Version: "v1"}, {Source: "a", Key: "never", Version: ""}}}); err != nil {
		t.Fatal(err)
	}
	var c collect
	if err := d.Replay(ctx, &c); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*reports.Entry{again}, c.entries); diff != "" {
		t.Error(diff)
	}
	var orphans int
	if err := d.db.QueryRow(`SELECT count(*) FROM finding WHERE object NOT IN (SELECT id FROM object)`).Scan(&orphans); err != nil || orphans != 0 {
		t.Errorf("%d orphans, %v", orphans, err)
	}
}

func TestStoredIsOrderedAndPaged(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	const n = 2*page + 17
	var b scanner.Batch
	for i := n - 1; i >= 0; i-- {
		e := entry("a", fmt.Sprintf("k%05d", i), "o")
		e.Findings = nil
		b.Records = append(b.Records, scanner.Record{Entry: e, Set: "set"})
	}
	if err := d.Commit(ctx, b); err != nil {
		t.Fatal(err)
	}
	i := 0
	for s, err := range d.Stored(ctx, "a") {
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("k%05d", i); s.Key != want || s.Set != "set" || s.Coverage != reports.Partial || len(s.Reasons) != 1 || !s.Modified.Equal(time.Unix(5, 7)) {
			t.Fatalf("%d: %+v", i, s)
		}
		i++
	}
	if i != n {
		t.Fatalf("%d of %d", i, n)
	}
	for range d.Stored(ctx, "nowhere") {
		t.Fatal("an unknown source holds something")
	}
}

// A sort in memory would make a replay grow with the record.
func TestReplaySortsNothing(t *testing.T) {
	d, _ := newRecord(t)
	for _, q := range []string{selectObjects + byKey, selectObjects + byOwner} {
		rows, err := d.db.Query(`EXPLAIN QUERY PLAN ` + q)
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			var a, b, c int
			var detail string
			if err := rows.Scan(&a, &b, &c, &detail); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(detail, "TEMP B-TREE") {
				t.Errorf("%s\n%s", detail, q)
			}
		}
		rows.Close()
	}
}

func TestOpenRefusesWhatItCannotUse(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	if _, err := Read(path("none")); !errors.Is(err, ErrNone) {
		t.Errorf("none: %v", err)
	}
	if err := os.WriteFile(path("text"), []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path("text")); !errors.Is(err, ErrNotRecord) {
		t.Errorf("text: %v", err)
	}
	if b, _ := os.ReadFile(path("text")); !strings.HasPrefix(string(b), "not a database") {
		t.Error("a foreign file was changed")
	}
	other, err := sql.Open("sqlite", path("other"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(`CREATE TABLE x (y); PRAGMA user_version = 1`); err != nil {
		t.Fatal(err)
	}
	other.Close()
	if _, err := Create(path("other")); !errors.Is(err, ErrNotRecord) {
		t.Errorf("other database: %v", err)
	}
	d, err := Create(path("newer"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Create(path("newer")); !errors.Is(err, ErrInUse) {
		t.Errorf("second writer: %v", err)
	}
	if _, err := d.db.Exec(fmt.Sprintf(`PRAGMA user_version = %d`, version+1)); err != nil {
		t.Fatal(err)
	}
	d.Close()
	if _, err := Create(path("newer")); !errors.Is(err, ErrNewer) {
		t.Errorf("newer, to write: %v", err)
	}
	if _, err := Read(path("newer")); !errors.Is(err, ErrNewer) {
		t.Errorf("newer, to read: %v", err)
	}
}

func TestBeginRefusesOtherSources(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	r := run()
	r.Sources = []string{"c"}
	if err := d.Begin(ctx, r); !errors.Is(err, ErrOther) {
		t.Errorf("%v", err)
	}
	if err := d.Begin(ctx, run()); err != nil {
		t.Errorf("same sources: %v", err)
	}
}

// A batch that fails leaves no trace, and the next one can be written.
func TestFailedCommitIsUndone(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	bad, cancel := context.WithCancel(ctx)
	cancel()
	if err := d.Commit(bad, scanner.Batch{Records: []scanner.Record{{Entry: entry("new", "k", "o"), Set: "new set"}}}); err == nil {
		t.Fatal("a cancelled commit succeeded")
	}
	commit(t, d, entry("a", "k", "o"))
	var c collect
	if err := d.Replay(ctx, &c); err != nil {
		t.Fatal(err)
	}
	if keys(c.entries) != "a:k" {
		t.Error(keys(c.entries))
	}
}
