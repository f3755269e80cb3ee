package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
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

func TestOlderRecordIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "old.habeas")
	old, err := open(path, "rwc")
	if err != nil {
		t.Fatal(err)
	}
	first := strings.NewReplacer("  variant     TEXT NOT NULL DEFAULT '',\n", "", " f.variant,", "",
		"CREATE INDEX found_by_variant ON found (variant) WHERE variant <> '';\n", "",
		",\n  pixels      TEXT NOT NULL DEFAULT ''", "", "  quad        TEXT,\n", "", ", f.quad", "",
		",\n  pictures   INTEGER NOT NULL DEFAULT 0,\n  unseen     INTEGER NOT NULL DEFAULT 0", "",
		",\n  audience TEXT NOT NULL DEFAULT '',\n  because  TEXT,\n  unknown  TEXT", "",
		",\n  audience   TEXT NOT NULL DEFAULT '',\n  width      INTEGER NOT NULL DEFAULT 0,\n  height     INTEGER NOT NULL DEFAULT 0,\n  turn       INTEGER NOT NULL DEFAULT 0", "").Replace(schema)
	if strings.Contains(first, "variant") || strings.Contains(first, "quad") || strings.Contains(first, "unseen") || strings.Contains(first, "audience") {
		t.Fatal("this is not the first schema")
	}
	for _, q := range []string{first, fmt.Sprintf(`PRAGMA application_id = %d`, appID), `PRAGMA user_version = 1`} {
		if _, err := old.db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if err := old.Close(); err != nil {
		t.Fatal(err)
	}
	d, err := Create(path)
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
