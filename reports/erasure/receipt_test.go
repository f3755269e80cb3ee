package erasure

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/audit"
	"habeas/sources"
)

func signer() ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
}

// erased carries out a plan of alice's and gives its receipt.
func erased(t *testing.T, m *memory) *Receipt {
	t.Helper()
	p, hash := planFor(t, m, "alice", noHolds())
	a := applyOf(t, m, p, hash, noHolds(), &fakeLog{})
	out, err := a.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.NewReceipt(out, "officer", []string{"second"}, audit.Head{Seq: 9, Hash: HashOf(nil)})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestSignAndOpen(t *testing.T) {
	r := erased(t, smallBucket())
	if !r.Complete || r.Counts[Erased] != 6 || r.Retain != "2028-05-02" {
		t.Errorf("complete %v, %v, kept until %s", r.Complete, r.Counts, r.Retain)
	}
	b, err := r.Sign(signer())
	if err != nil {
		t.Fatal(err)
	}
	got, pub, err := OpenReceipt(b)
	if err != nil || !pub.Equal(signer().Public()) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff(r, got); diff != "" {
		t.Errorf("(-signed +read):\n%s", diff)
	}
	again, err := r.Sign(signer())
	if err != nil || !bytes.Equal(again, b) {
		t.Error("the same receipt has other bytes")
	}
	// Whatever letter of it is changed, it does not open, or says the same.
	for i := 0; i < len(b); i += 3 {
		c := slices.Clone(b)
		c[i] ^= 2
		if changed, _, err := OpenReceipt(c); err == nil && cmp.Diff(r, changed) != "" {
			t.Fatalf("byte %d was changed", i)
		}
	}
	for _, bad := range [][]byte{nil, []byte("{}"), b[:len(b)/2], append(slices.Clone(b), b...)} {
		if _, _, err := OpenReceipt(bad); err == nil {
			t.Error("opened")
		}
	}
}

func TestLetter(t *testing.T) {
	m := smallBucket()
	m.rows["users/alice/b.txt"][0].lock = sources.Lock{Mode: sources.LockCompliance, Until: noon.AddDate(0, 1, 0)}
	r := erased(t, m)
	want := `Receipt ` + r.ID + `, case C-1
Erasure carried out from 2 May 2026 to 2 May 2026

3 files were erased, with 5 stored versions, markers and unfinished uploads in all.
Can't be deleted yet, because a lock is in force: 1 item.
Locked items can be deleted from 2026-06-02.

This receipt is kept until 2028-05-02. If you do not agree with this answer, you may complain to the person named in our letter, to a supervisory authority, or go to court.
`
	if diff := cmp.Diff(want, r.Letter()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r.Complete || len(r.Residuals) != 1 || r.Residuals[0].Until != "2026-06-02" {
		t.Errorf("%+v", r.Residuals)
	}
}

func TestCheckFindsWhatIsBack(t *testing.T) {
	m := smallBucket()
	before := m.rows["users/alice/a.jpg"]
	r := erased(t, m)
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := r.Check(t.Context(), []*Target{target}); err != nil || len(back) != 0 {
		t.Errorf("%v, %v", back, err)
	}
	m.rows["users/alice/a.jpg"] = before[:1] // as if it never was deleted
	back, err := r.Check(t.Context(), []*Target{target})
	if err != nil || len(back) != 1 || back[0].Shown != "users/alice/a.jpg" {
		t.Errorf("%+v, %v", back, err)
	}
	_, err = r.Check(t.Context(), nil)
	wantRefusal(t, "no target", err, "not named")
}

func TestTombstones(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", "erased.jsonl")
	r := erased(t, smallBucket())
	object := func(s, k string) string { return HashOf([]byte(s + k))[:32] }
	content := func(id string) string { return HashOf([]byte(id))[:32] }
	all := r.Tombstones("key-1", object, content)
	if len(all) != 6 {
		t.Fatalf("%d", len(all))
	}
	for range 2 {
		if err := AddTombstones(path, all); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ReadTombstones(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b, err := os.ReadFile(path)
	if err != nil || bytes.Contains(b, []byte("alice")) {
		t.Errorf("a key stands in it, or %v", err)
	}
	if err := os.WriteFile(path, []byte("{\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTombstones(path); err == nil {
		t.Error("a damaged list is read")
	}
	for etag, size := range map[string]int64{"x": 1, "0123456789abcdef0123456789abcdef-3": 9, "0123456789abcdef0123456789abcdef": 0, "1f-2a-3b-4c": 5} {
		if id := ContentID(etag, size); id != "" {
			t.Errorf("%s of %d bytes is taken for a content", etag, size)
		}
	}
}

func TestHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config", "holds.json")
	change := func(fn func(*Holds) error) error { return ChangeHolds(path, fn, nil) }
	hold := Hold{Owner: "alice", Why: "dispute", By: "officer", At: noon}
	for _, bad := range []Hold{{}, {Why: "x", By: "y"}, {Owner: "a", By: "y"}, {Owner: "a", Why: "x"}, {Key: []byte("k"), Tenant: "t", Why: "x", By: "y"}} {
		if err := change(func(h *Holds) error { _, err := h.Add(bad); return err }); err == nil {
			t.Errorf("%+v is added", bad)
		}
	}
	var id string
	if err := change(func(h *Holds) (err error) { id, err = h.Add(hold); return err }); err != nil || id != "H-1" {
		t.Fatalf("%s, %v", id, err)
	}
	failed := errors.New("no audit log")
	if err := ChangeHolds(path, func(h *Holds) error { return h.Release(id, Release{By: "x", At: noon, Why: "y"}) }, func() error { return failed }); !errors.Is(err, failed) {
		t.Error(err)
	}
	h, err := ReadHolds(path)
	if err != nil || !slices.Equal(h.Active(), []string{"H-1"}) {
		t.Fatalf("%v, %v", h, err)
	}
	for _, o := range []struct {
		owner, tenant string
		want          bool
	}{{"alice", "", true}, {"Alice", "", false}, {"alice2", "", false}, {"ali", "", false}, {"alice", "t", false}, {"", "", false}} {
		if got := h.On("s3://media/", "k", o.tenant, o.owner) != nil; got != o.want {
			t.Errorf("%+v: held %v", o, got)
		}
	}
	if err := change(func(h *Holds) error { return h.Release(id, Release{By: "x", At: noon, Why: "y"}) }); err != nil {
		t.Fatal(err)
	}
	if h, err = ReadHolds(path); err != nil || len(h.Active()) != 0 || len(h.Holds) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	for _, bad := range []string{"", "{", `{"schema":1,"habeas":"holds","next":1,"holds":[{"id":"H-1","why":"x","by":"y","at":"2026-05-01T00:00:00Z"}]}`,
		`{"schema":1,"habeas":"holds","next":1,"holds":[],"x":1}`, `{"schema":9,"habeas":"holds","next":1,"holds":[]}`, strings.Repeat(" ", maxHolds+1)} {
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadHolds(path); err == nil {
			t.Errorf("%.40q is read", bad)
		}
	}
	if _, err := ReadHolds(t.TempDir()); err == nil {
		t.Error("a folder is read")
	}
}

func TestHoldKinds(t *testing.T) {
	for _, test := range []struct {
		name string
		hold Hold
		want bool
	}{
		{"key", Hold{Key: []byte("users/a/x")}, true},
		{"another key", Hold{Key: []byte("users/a/x2")}, false},
		{"prefix", Hold{Prefix: []byte("users/a/")}, true},
		{"another prefix", Hold{Prefix: []byte("users/ab")}, false},
		{"source", Hold{Source: "s3://media/"}, true},
		{"another source", Hold{Source: "s3://media2/"}, false},
		{"source and owner", Hold{Source: "s3://media/", Owner: "a"}, true},
		{"source and another owner", Hold{Source: "s3://media/", Owner: "b"}, false},
		{"released", Hold{Source: "s3://media/", Released: &Release{}}, false},
	} {
		h := &Holds{Holds: []Hold{test.hold}}
		if got := h.On("s3://media/", "users/a/x", "", "a") != nil; got != test.want {
			t.Errorf("%s: held %v", test.name, got)
		}
	}
}

func TestFileJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "plan.journal")
	j, err := OpenJournal(path, "hash-1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path, "hash-1"); err == nil {
		t.Error("opened twice")
	}
	want := []Line{{Items: []int{1, 2}, At: noon}, {Items: []int{1}, State: Erased, At: noon}}
	if err := j.Append(want...); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path, "hash-2"); err == nil {
		t.Error("opened for another plan")
	}
	for cut := len(whole); cut > len(whole)-20; cut-- {
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		lines := want
		if cut < len(whole) {
			lines = want[:1]
		}
		got, err := ReadJournal(path, "hash-1")
		if diff := cmp.Diff(lines, got); err != nil || diff != "" {
			t.Fatalf("cut at %d: %v (-want +got):\n%s", cut, err, diff)
		}
		j, err := OpenJournal(path, "hash-1")
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Append(want[1]); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := ReadJournal(path, "hash-1"); err != nil || len(got) != len(lines)+1 {
			t.Fatalf("cut at %d, and appended: %d lines, %v", cut, len(got), err)
		}
	}
	if err := os.WriteFile(path, append([]byte("{}\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenJournal(path, "hash-1"); err == nil {
		t.Error("a damaged journal is opened")
	}
}
