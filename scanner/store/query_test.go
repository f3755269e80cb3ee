package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
)

func keysOf(t *testing.T, d *DB, s Selection) []string {
	t.Helper()
	var keys []string
	if err := d.Select(t.Context(), s, func(e *reports.Entry) error {
		keys = append(keys, e.Key)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestSelect(t *testing.T) {
	d, _ := newRecord(t)
	if err := d.Begin(context.Background(), run()); err != nil {
		t.Fatal(err)
	}
	source := run().Sources[0]
	finding := func(id, print, variant string) reports.Finding {
		return reports.Finding{ID: id, Kind: "email", Party: "unknown", Mask: "***", Fingerprint: print, Variant: variant, Part: "text", Confidence: 0.9, Detector: "email"}
	}
	all := []*reports.Entry{entry(source, "a", "ana"), entry(source, "b", "ben"), entry(source, "c", "Ana"), entry(source, "d", "")}
	all[0].Findings = []reports.Finding{finding("1", "aa", ""), finding("2", "bb", "aa")}
	all[1].Findings = []reports.Finding{finding("3", "cc", "aa")}
	all[2].Findings = []reports.Finding{finding("4", "aa", "")}
	all[3].Findings = []reports.Finding{finding("5", "", "")}
	commit(t, d, all...)

	tenant := all[0].Owner.Tenant
	for _, c := range []struct {
		name string
		s    Selection
		want []string
	}{
		{"fingerprint and variant", Selection{Fingerprints: []string{"aa"}}, []string{"a", "b", "c"}},
		{"several fingerprints, each object once", Selection{Fingerprints: []string{"bb", "aa", "cc"}}, []string{"a", "b", "c"}},
		{"no fingerprint matches none", Selection{Fingerprints: []string{""}}, nil},
		{"owner, case and all", Selection{Owner: &reports.Owner{ID: "ana", Tenant: tenant}}, []string{"a"}},
		{"objects of nobody are no owner's", Selection{Owner: &reports.Owner{}}, nil},
		{"finding", Selection{Finding: "3"}, []string{"b"}},
	} {
		if diff := cmp.Diff(c.want, keysOf(t, d, c.s)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if err := d.Select(t.Context(), Selection{Finding: "1"}, func(e *reports.Entry) error {
		if diff := cmp.Diff(all[0], e); diff != "" {
			t.Error(diff)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n, err := d.Owners(t.Context(), "aa"); err != nil || n != 2 {
		t.Errorf("%d owners, %v", n, err)
	}
	if got, err := d.TenantsOf(t.Context(), "ana"); err != nil || len(got) != 1 || got[0] != tenant {
		t.Errorf("tenants %q, %v", got, err)
	}
}

// older makes a record of an earlier version.
func older(t *testing.T, version int, more string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "old.habeas")
	old, err := open(path, "rwc")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := os.ReadFile(fmt.Sprintf("testdata/version%d.sql", version))
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{string(schema), more, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, appID, version)} {
		if _, err := old.db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOlderRecordIsBroughtUpToDate(t *testing.T) {
	d, err := Create(older(t, 1, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if v, err := d.version(); err != nil || v != version {
		t.Errorf("version %d, %v", v, err)
	}
	if err := d.Begin(t.Context(), run()); err != nil {
		t.Fatal(err)
	}
	e := entry(run().Sources[0], "a", "ana")
	e.Findings = []reports.Finding{{ID: "1", Kind: "email", Party: "unknown", Mask: "***", Fingerprint: "aa", Variant: "bb", Part: "text", Confidence: 0.9, Detector: "email"}}
	commit(t, d, e)
	if got := keysOf(t, d, Selection{Fingerprints: []string{"bb"}}); len(got) != 1 {
		t.Errorf("selected %q", got)
	}
}

// What an earlier version found is there after the record was brought up to date.
func TestOlderFindingsAreKept(t *testing.T) {
	path := older(t, 3, `
INSERT INTO source VALUES (1, 'a');
INSERT INTO run (id, tool, as_of, sources, complete, owner_rules, detectors, key_id) VALUES (1, 'habeas test', '2026-05-04T03:02:01Z', '["a"]', 1, 'o', '["email"]', 'k1');
INSERT INTO made_by VALUES (1, 'set');
INSERT INTO judgement VALUES (1, 'gps', '', 'unknown', 0.99, 'w', 'geo', '', 0, 0), (2, 'face', 'r', 'third_party', 0.5, 'w', 'face', 'mwg', 1, 1);
INSERT INTO object VALUES (7, 1, 'k', 'v1', 'e', 3, 5000000007, 'image/jpeg', 'jpeg', 'complete', NULL, 't', 'ana', 'template', NULL, 1, 2, 1),
  (8, 1, 'l', 'v1', 'e', 3, 5000000007, 'image/jpeg', 'jpeg', 'complete', NULL, 't', 'ana', 'template', NULL, 1, 0, 0);
INSERT INTO found VALUES (7, 1, 2, '2', 'm2', 'f', 'v', 'p"\', x'61ff0962' || '', 0, 4, '', NULL, NULL, 0.1, 0.2, 0.30000000000000004, 1.0, '[[0,0.5],[1,0],[1,1],[0,1]]'),
  (7, 0, 1, '1', 'm', '', '', 'p', 'GPSLatitude', NULL, NULL, '2024-05', 1.1, -2.0, NULL, NULL, NULL, NULL, NULL);`)
	d, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var c collect
	if err := d.Replay(t.Context(), &c); err != nil {
		t.Fatal(err)
	}
	want := []reports.Finding{
		{ID: "1", Kind: "gps", Party: reports.PartyUnknown, Mask: "m", Part: "p", Tag: "GPSLatitude", Confidence: 0.99, Why: "w",
			Detector: "geo", Cell: &reports.Cell{Lat: 1.1, Lon: -2}, Month: "2024-05"},
		{ID: "2", Kind: "face", Role: "r", Party: reports.PartyThird, Mask: "m2", Fingerprint: "f", Variant: "v", Part: `p"\`, Tag: "a\xff\tb", Start: at(0), End: at(4),
			Confidence: 0.5, Why: "w", Detector: "face", Rule: "mwg", Dummy: true, Invalid: true, Box: &reports.Box{X: .1, Y: .2, W: .30000000000000004, H: 1},
			Quad: &reports.Quad{{0, 0.5}, {1, 0}, {1, 1}, {0, 1}}},
	}
	if len(c.entries) != 2 {
		t.Fatalf("%d entries", len(c.entries))
	}
	if diff := cmp.Diff(want, c.entries[0].Findings); diff != "" {
		t.Error(diff)
	}
	if c.entries[1].Findings != nil {
		t.Errorf("%+v", c.entries[1].Findings)
	}
}
