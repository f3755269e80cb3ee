package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/reports/jsonl"
	"habeas/scanner"
	"habeas/scanner/store"
	"habeas/sources"
	"habeas/sources/s3"
	"habeas/sources/s3/faultys3"
)

// faultyKeys is how many objects the bucket of a fault test has.
const faultyKeys = 400

// fates are what becomes of one object in forty each.
var fates = map[int]faultys3.Fate{1: faultys3.Denied, 7: faultys3.Archived, 13: faultys3.NeedsKey, 19: faultys3.KMSDenied, 23: faultys3.Vanished}

// twoVersions is text of one person, long enough for several requests.
func twoVersions(who string) []byte {
	return bytes.Repeat([]byte("write to "+who+"@example.org today, and not tomorrow\n"), 3000)
}

func faultyBucket(t *testing.T, cfg faultys3.Config) *faultys3.Server {
	srv := faultys3.New(t, cfg)
	for i := range faultyKeys {
		o := faultys3.Object{Data: fmt.Appendf(nil, "mail p%d@example.org\n", i), Fate: fates[i%40]}
		if i%40 == 5 {
			o.Data, o.Next, o.SwapAfter = twoVersions("old"), twoVersions("new"), 2
		}
		srv.Put(fmt.Sprintf("users/u%d/%04d.txt", i%7, i), o)
	}
	return srv
}

// scanFaulty scans the bucket into a record of its own and gives its JSON Lines.
func scanFaulty(t *testing.T, srv *faultys3.Server) (string, scanner.Outcome) {
	t.Helper()
	ctx := context.Background()
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(t.TempDir(), "none"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(t.TempDir(), "none"))
	src, err := s3.New(ctx, s3.Options{URL: srv.URL(), Endpoint: srv.Endpoint, PathStyle: true, Region: "us-east-1", Anonymous: true, IdleTimeout: faultys3.Idle, Clock: srv.Clock})
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Create(filepath.Join(t.TempDir(), "r.habeas"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Begin(ctx, reports.Run{Tool: "test", AsOf: time.Unix(0, 0), Sources: []string{src.Name()}}); err != nil {
		t.Fatal(err)
	}
	key := sha256.Sum256([]byte("test"))
	out, err := scanner.Scan(ctx, scanner.Config{Sources: []sources.Source{src}, Runner: scanner.InProcess{Examiner: examiner(look{})},
		Recorder: db, FingerprintKey: key[:], InFlight: 64, Set: "test"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range out.Sources {
		if s.Err != nil {
			t.Fatalf("the source was given up: %v", s.Err)
		}
	}
	var b bytes.Buffer
	if err := db.Replay(ctx, jsonl.New(&b)); err != nil {
		t.Fatal(err)
	}
	return b.String(), out
}

// What faults may decide is which version of an object that changes is read, and
// nothing else: none is lost, none is called unreadable that is not, and no entry
// is of two versions.
func TestFaultsChangeNothing(t *testing.T) {
	calm, _ := scanFaulty(t, faultyBucket(t, faultys3.Config{PageSize: 50}))
	want := objects(t, calm)
	for _, c := range []struct {
		name string
		cfg  faultys3.Config
	}{
		{"20 percent", faultys3.Config{Seed: 11, P: 0.2, PageSize: 50}},
		{"40 percent", faultys3.Config{Seed: 12, P: 0.4, PageSize: 50}},
		{"outage of 2 s", faultys3.Config{Seed: 13, PageSize: 50, Outage: faultys3.Outage{After: 60, For: 2 * time.Second}}},
		{"outage and 20 percent", faultys3.Config{Seed: 14, P: 0.2, PageSize: 50, Outage: faultys3.Outage{After: 200, For: 2 * time.Second}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := faultyBucket(t, c.cfg)
			out, outcome := scanFaulty(t, srv)
			got := objects(t, out)
			if outcome.Listed != faultyKeys || len(got) != faultyKeys {
				t.Errorf("listed %d, recorded %d, of %d", outcome.Listed, len(got), faultyKeys)
			}
			if c.cfg.P > 0 && len(srv.Injected()) < 5 {
				t.Errorf("too few faults were injected to prove anything: %v", srv.Injected())
			}
			if m := srv.Mutations(); len(m) > 0 {
				t.Errorf("a scan changed something: %v", m)
			}
			for key, o := range got {
				compareEntry(t, key, want[key], o)
			}
		})
	}
}

func compareEntry(t *testing.T, key string, want, got jsonl.Object) {
	t.Helper()
	if fates[ordinal(key)%40] == "" && ordinal(key)%40 == 5 {
		if got.Coverage != reports.Complete {
			t.Errorf("%s: %s %v", key, got.Coverage, got.Reasons)
		}
		prints := map[string]int{}
		for _, f := range got.Findings {
			prints[f.Fingerprint]++
		}
		if len(prints) != 1 || len(got.Findings) != 3000 {
			t.Errorf("%s: %d findings of %d different addresses: two versions were mixed", key, len(got.Findings), len(prints))
		}
		return
	}
	want.Modified, got.Modified = time.Time{}, time.Time{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-calm +faulty):\n%s", key, diff)
	}
}

// ordinal is the number in the name of an object.
func ordinal(key string) int {
	name := strings.TrimSuffix(key[strings.LastIndexByte(key, '/')+1:], ".txt")
	n := slices.IndexFunc([]byte(name), func(c byte) bool { return c != '0' })
	if n < 0 {
		return 0
	}
	v := 0
	for _, c := range name[n:] {
		v = 10*v + int(c-'0')
	}
	return v
}
