package subject

import (
	"context"
	"testing"

	"habeas/reports"
)

// record is a record in memory; every fingerprint has as many owners as it says.
type record struct {
	entries []*reports.Entry
	owners  map[string]int
}

func (r record) ByFingerprint(_ context.Context, prints []string, fn func(*reports.Entry) error) error {
	for _, e := range r.entries {
		for _, f := range e.Findings {
			for _, p := range prints {
				if f.Fingerprint == p {
					if err := fn(e); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

func (r record) ByOwner(context.Context, reports.Owner, func(*reports.Entry) error) error { return nil }

func (r record) Owners(_ context.Context, print string) (int, error) { return r.owners[print], nil }

func TestSharedValuesMergeNobody(t *testing.T) {
	one := &reports.Entry{Source: "s", Key: "k", Owner: reports.Owner{ID: "a"}, Findings: []reports.Finding{
		{ID: "1", Kind: "email", Fingerprint: "inbox", Part: "csv/line[2]/email", Party: reports.PartyOwner},
		{ID: "2", Kind: "name", Fingerprint: "jane", Part: "csv/line[2]/name"}}}
	ids := func(role bool) []Identifier {
		return []Identifier{{Kind: "email", Role: role, Terms: []Term{{Kind: "email", Fingerprint: "inbox", Exact: true}}},
			{Kind: "name", Terms: []Term{{Kind: "name", Fingerprint: "jane", Exact: true}}}}
	}
	for _, c := range []struct {
		name                       string
		role                       bool
		owners                     int
		verified, likely, possible int // verified counts the upload itself, too
		accounts                   int
	}{
		{"one person's", false, 1, 2, 1, 0, 1},
		{"held by twenty owners", false, 20, 2, 1, 0, 1},
		{"held by more", false, 21, 0, 0, 1, 0},
		{"a function's", true, 1, 0, 0, 2, 0},
	} {
		got, err := Find(t.Context(), record{[]*reports.Entry{one}, map[string]int{"inbox": c.owners}}, ids(c.role), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got.Count(Verified) != c.verified || got.Count(Likely) != c.likely || got.Count(Possible) != c.possible || len(got.Accounts) != c.accounts {
			t.Errorf("%s: %d verified, %d likely, %d possible, %d accounts", c.name, got.Count(Verified), got.Count(Likely), got.Count(Possible), len(got.Accounts))
		}
	}
}

func TestRoleAddress(t *testing.T) {
	for address, want := range map[string]bool{"support@example.org": true, "No-Reply@example.org": true, "info+x@example.org": true,
		"jane@example.org": false, "supporter@example.org": false, "support": false} {
		if RoleAddress(address) != want {
			t.Errorf("%s: %t", address, !want)
		}
	}
}
