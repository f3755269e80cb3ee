package erasure

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/audit"
	"habeas/sources"
)

var noon = time.Date(2026, 5, 2, 12, 0, 0, 0, time.UTC)

// alike are owners that a careless comparison takes for one another.
var alike = []string{"alice", "Alice", "alice2", "ali", "alic\u00e9", "alice\u0301", "\u0430lice", "alice "}

// bySegment is whose a key is: the segment behind users/ or thumbs/, byte for byte.
func bySegment(_ context.Context, v sources.Version) (Owner, error) {
	parts := strings.SplitN(v.Key, "/", 3)
	if len(parts) < 3 || parts[0] != "users" {
		return Owner{}, nil
	}
	return Owner{ID: parts[1]}, nil
}

func thumbs(t testing.TB) *Rules {
	t.Helper()
	r, err := ReadRules(strings.NewReader("derivatives:\n- from: users/{owner}/{name}.jpg\n  to: ['thumbs/{owner}/{name}_w*.webp']\n"))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// randomBucket has objects, thumbnails, old versions, markers, locks and uploads of
// owners that are alike.
func randomBucket(r *rand.Rand) *memory {
	m := newMemory([]string{"enabled", "enabled", "suspended", "off"}[r.IntN(4)])
	names := []string{"a.jpg", "A.jpg", "a\u0301.jpg", "\u00e1.jpg", "b.txt"}
	for n := 2 + r.IntN(8); n > 0; n-- {
		owner := alike[r.IntN(len(alike))]
		key := "users/" + owner + "/" + names[r.IntN(len(names))]
		if r.IntN(4) == 0 {
			key = "thumbs/" + owner + "/" + strings.TrimSuffix(names[r.IntN(3)], ".jpg") + "_w200.webp"
		}
		for range 1 + r.IntN(3) {
			made := m.add(key, fmt.Sprint(key, r.Int64()), "setup", false)
			if m.locks && r.IntN(6) == 0 {
				made.lock = []sources.Lock{{Hold: true}, {Mode: sources.LockCompliance, Until: noon.AddDate(1, 0, 0)},
					{Mode: sources.LockGovernance, Until: noon.AddDate(1, 0, 0)}, {Mode: sources.LockCompliance, Until: noon.AddDate(-1, 0, 0)}}[r.IntN(4)]
			}
			made.denied = r.IntN(30) == 0
		}
		if r.IntN(3) == 0 && m.versioning != "off" {
			m.hide(key, "setup")
		}
		if r.IntN(5) == 0 {
			m.begin(key)
		}
	}
	m.now = noon
	return m
}

// fakeLog is a journal and an audit log that can die.
type fakeLog struct {
	lines   []Line
	entries []audit.Entry
	die     func() error // nil lives
}

func (l *fakeLog) Lines() ([]Line, error) { return l.lines, nil }

func (l *fakeLog) Append(lines ...Line) error {
	if err := l.dies(); err != nil {
		return err
	}
	l.lines = append(l.lines, lines...)
	return l.dies()
}

func (l *fakeLog) audit(entries ...audit.Entry) error {
	if err := l.dies(); err != nil {
		return err
	}
	l.entries = append(l.entries, entries...)
	return l.dies()
}

func (l *fakeLog) dies() error {
	if l.die == nil {
		return nil
	}
	return l.die()
}

func planFor(t testing.TB, m *memory, owner string, holds *Holds) (*Plan, string) {
	t.Helper()
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Owner: bySegment, Rules: thumbs(t), Holds: holds, Of: Selection{Owner: owner}, Tool: "habeas test",
		Case: "C-1", Ground: "request", OwnerRules: "rules", Now: noon, Expires: noon.Add(72 * time.Hour)}
	made, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b, hash, err := made.Encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := DecodePlan(b)
	if err != nil {
		t.Fatal(err)
	}
	return read, hash
}

func noHolds() *Holds { return &Holds{Schema: 1, Kind: holdsKind, Next: 1} }

func applyOf(t testing.TB, m *memory, p *Plan, hash string, holds *Holds, log *fakeLog) *Apply {
	t.Helper()
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return &Apply{Plan: p, Hash: hash, Approval: hash, Targets: []*Target{target}, Holds: func() (*Holds, error) { return holds, nil }, Audit: log.audit,
		Journal: log, Fingerprint: func(s, k string) string { return HashOf([]byte(s + "\x00" + k))[:32] }, Now: func() time.Time { return noon.Add(time.Hour) }}
}

// wantPlanned fails t unless the plan deletes exactly what is the owner's.
func wantPlanned(t *testing.T, seed uint64, m *memory, p *Plan, owner string, holds *Holds) {
	t.Helper()
	planned := map[string]bool{}
	for i := range p.Items {
		if it := &p.Items[i]; it.Delete {
			planned[string(it.Key)+"\x00"+it.Version+it.Upload] = true
		}
	}
	want := 0
	deleted := func(key string) bool { // an original whose derivatives go too
		return slices.ContainsFunc(p.Items, func(it Item) bool { return it.Delete && it.What != WhatUpload && string(it.Key) == key })
	}
	for _, r := range m.all {
		if r.removed != "" {
			continue
		}
		parts := strings.SplitN(r.v.Key, "/", 3)
		mine := parts[0] == "users" && parts[1] == owner
		if parts[0] == "thumbs" && parts[1] == owner {
			// Any upload of a thumbnail's key goes with the key's versions.
			mine = deleted("users/"+owner+"/"+strings.TrimSuffix(parts[2], "_w200.webp")+".jpg") && len(m.rows[r.v.Key]) > 0
		}
		if mine && holds.On(m.Name(), r.v.Key, "", owner) != nil {
			mine = false
		}
		if got := planned[r.v.Key+"\x00"+r.v.Version+r.upload]; got != mine {
			t.Fatalf("seed %d: %q %s%s planned: %v, want %v", seed, r.v.Key, r.v.Version, r.upload, got, mine)
		}
		if mine {
			want++
		}
	}
	if want != p.Deletes || len(planned) != want {
		t.Fatalf("seed %d: %d items, want %d", seed, p.Deletes, want)
	}
}

// wantSettled fails t unless each item has one state and the store agrees, and
// nothing else was touched.
func wantSettled(t *testing.T, seed uint64, m *memory, p *Plan, out []Outcome, holds *Holds) {
	t.Helper()
	find := func(it *Item) (same, other bool) {
		for _, r := range m.all {
			if r.removed == "other" && r.v.Version == it.Version && r.v.Key == string(it.Key) {
				other = true // by somebody else, after we had looked
			}
			if r.removed == "" && r.v.Key == string(it.Key) && r.v.Version == it.Version && r.upload == it.Upload {
				if r.v.ETag == it.ETag && r.v.Marker == (it.What == WhatMarker) && r.v.Modified.Equal(it.Modified) {
					return true, false
				}
				other = true
			}
		}
		return false, other
	}
	for i := range p.Items {
		it := &p.Items[i]
		same, other := find(it)
		ok := false
		switch out[i].State {
		case Erased, Gone:
			ok = !same
		case Changed:
			ok = !same
		case Locked, Denied, Hiding:
			ok = same || other
		case Held:
			ok = (same || other) && holds.On(it.Source, string(it.Key), it.Tenant, it.Owner) != nil
		case Kept:
			ok = !it.Delete
		}
		if !ok {
			t.Fatalf("seed %d: item %d (%q %s%s) is %s, and there: %v, something else: %v", seed, it.N, it.Key, it.Version, it.Upload, out[i].State, same, other)
		}
	}
	byTool(t, seed, m, p)
}

// byTool fails t if anything that the plan does not delete was removed by us, or a
// marker put where the plan deletes nothing.
func byTool(t *testing.T, seed uint64, m *memory, p *Plan) {
	t.Helper()
	for _, r := range m.all {
		if r.removed != "tool" && r.added != "tool" {
			continue
		}
		planned := slices.ContainsFunc(p.Items, func(it Item) bool {
			if !it.Delete || string(it.Key) != r.v.Key {
				return false
			}
			return r.added == "tool" || it.Version == r.v.Version && it.Upload == r.upload && it.ETag == r.v.ETag && it.Modified.Equal(r.v.Modified)
		})
		if !planned {
			t.Fatalf("seed %d: %q %s%s was touched", seed, r.v.Key, r.v.Version, r.upload)
		}
	}
}

// randomHolds holds something now and then.
func randomHolds(t *testing.T, r *rand.Rand) *Holds {
	h := noHolds()
	add := func(one Hold) {
		one.Why, one.By, one.At = "dispute", "officer", noon
		if _, err := h.Add(one); err != nil {
			t.Fatal(err)
		}
	}
	switch r.IntN(6) {
	case 0:
		add(Hold{Key: []byte("users/alice/a.jpg")})
	case 1:
		add(Hold{Prefix: []byte("users/alice/"), Source: "s3://media/"})
	case 2:
		add(Hold{Owner: "alice2"})
	}
	return h
}

const buckets = 10_000

// TestRandomBuckets erases an owner from buckets that others use meanwhile.
func TestRandomBuckets(t *testing.T) {
	states := map[State]int{}
	for seed := range uint64(buckets) {
		r := rand.New(rand.NewPCG(seed, 1))
		m := randomBucket(r)
		owner := alike[r.IntN(len(alike))]
		holds := randomHolds(t, r)
		before := m.left()
		atPlan := holds
		if r.IntN(2) == 0 {
			atPlan = noHolds() // they were set afterwards
		}
		p, hash := planFor(t, m, owner, atPlan)
		if m.mutations != 0 || !slices.Equal(before, m.left()) {
			t.Fatalf("seed %d: planning changed something", seed)
		}
		wantPlanned(t, seed, m, p, owner, atPlan)
		m.meanwhile = func() { interfere(r, m) }
		out, err := applyOf(t, m, p, hash, holds, &fakeLog{}).Run(t.Context())
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		m.meanwhile = nil
		wantSettled(t, seed, m, p, out, holds)
		for s, n := range Count(out) {
			states[s] += n
		}
	}
	t.Logf("%d buckets: %v", buckets, states)
	for _, s := range []State{Erased, Gone, Changed, Locked, Held, Denied, Hiding, Kept} {
		if states[s] == 0 {
			t.Errorf("no item ended as %s", s)
		}
	}
}

// interfere does what other users of the bucket may do at any time.
func interfere(r *rand.Rand, m *memory) {
	if r.IntN(10) != 0 || len(m.all) == 0 {
		return
	}
	key := m.all[r.IntN(len(m.all))].v.Key
	switch r.IntN(4) {
	case 0, 1:
		m.add(key, fmt.Sprint("new ", r.Int64()), "other", false)
	case 2:
		m.hide(key, "other")
	case 3:
		if rows := m.rows[key]; len(rows) > 0 {
			m.drop(key, rows[r.IntN(len(rows))], "other")
		}
	}
}

var errKilled = errors.New("killed")

// TestKilledAnywhere kills a run at one of its steps, before or after a change, a
// line of the journal or an entry of the audit log, again and again, and compares
// where it ends with a run that was left alone.
func TestKilledAnywhere(t *testing.T) {
	kills := 0
	for seed := range uint64(2000) {
		bucket := func() *memory { return randomBucket(rand.New(rand.NewPCG(seed, 2))) }
		whole := bucket()
		p, hash := planFor(t, whole, "alice", noHolds())
		want, err := applyOf(t, whole, p, hash, noHolds(), &fakeLog{}).Run(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		m, log := bucket(), &fakeLog{}
		r := rand.New(rand.NewPCG(seed, 3))
		var got []Outcome
		for try := 0; ; try++ {
			steps := r.IntN(12)
			die := func() error {
				if steps--; steps < 0 && try < 20 {
					return errKilled
				}
				return nil
			}
			m.before, m.after, log.die = die, die, die
			got, err = applyOf(t, m, p, hash, noHolds(), log).Run(t.Context())
			if err == nil {
				break
			}
			if !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			kills++
		}
		for i := range want {
			if got[i].State != want[i].State {
				t.Fatalf("seed %d: item %d is %s, and %s where nothing was killed", seed, i+1, got[i].State, want[i].State)
			}
		}
		if diff := cmp.Diff(left(whole), left(m)); diff != "" {
			t.Fatalf("seed %d: (-whole +killed):\n%s", seed, diff)
		}
		byTool(t, seed, m, p)
		announcedBeforeDone(t, seed, log)
	}
	t.Logf("killed %d times", kills)
	if kills < 1000 {
		t.Errorf("killed only %d times", kills)
	}
}

// left is what is there but for markers of ours, of which a killed run may put one
// more before what must stay.
func left(m *memory) []string {
	var out []string
	for _, r := range m.all {
		if r.removed == "" && r.added != "tool" {
			out = append(out, fmt.Sprintf("%q %s%s %s", r.v.Key, r.v.Version, r.upload, r.v.ETag))
		}
	}
	slices.Sort(out)
	return out
}

// announcedBeforeDone fails t if the audit log says of an item that it was erased
// before it says that it will be.
func announcedBeforeDone(t *testing.T, seed uint64, log *fakeLog) {
	t.Helper()
	announced := map[string]bool{}
	for _, e := range log.entries {
		for n := range strings.SplitSeq(e.Detail["items"], ",") {
			switch {
			case e.Action == "erase.intent":
				announced[n] = true
			case e.Action == "erase.done" && e.Detail["state"] == string(Erased) && !announced[n]:
				t.Fatalf("seed %d: item %s was erased without a word", seed, n)
			}
		}
	}
}
