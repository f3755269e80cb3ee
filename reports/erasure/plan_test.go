package erasure

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/reports/decisions"
	"habeas/sources"
)

// smallBucket has one owner's objects and neighbours.
func smallBucket() *memory {
	m := newMemory("enabled")
	for _, key := range []string{"users/alice/a.jpg", "users/alice/b.txt", "users/alice2/a.jpg", "thumbs/alice/a_w1.webp", "thumbs/alice2/a_w1.webp"} {
		m.add(key, "first "+key, "setup", false)
		m.add(key, "second "+key, "setup", false)
	}
	m.now = noon
	return m
}

func wantRefusal(t *testing.T, what string, err error, words string) {
	t.Helper()
	var refused *Error
	if !errors.As(err, &refused) || !strings.Contains(refused.Text, words) {
		t.Errorf("%s: %v, want a refusal with %q", what, err, words)
	}
}

// TestRefusedPlans: what must not be carried out changes nothing and logs nothing.
func TestRefusedPlans(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Apply)
		want   string
	}{
		{"no approval", func(a *Apply) { a.Approval = "" }, "not approved"},
		{"another hash", func(a *Apply) { a.Approval = HashOf([]byte("x")) }, "not approved"},
		{"eleven digits", func(a *Apply) { a.Approval = a.Hash[:11] }, "not approved"},
		{"expired", func(a *Apply) { a.Now = func() time.Time { return a.Plan.Expires } }, "expired"},
		{"from the future", func(a *Apply) { a.Now = func() time.Time { return a.Plan.Made.Add(-time.Hour) } }, "future"},
		{"too many", func(a *Apply) { a.MaxDelete = 5 }, "--max-delete 6"},
		{"another endpoint", func(a *Apply) { a.Targets[0].place.Endpoint = "https://elsewhere.example.org" }, "another endpoint"},
		{"another account", func(a *Apply) { a.Targets[0].place.Account = "account-2" }, "another account"},
		{"another bucket", func(a *Apply) { a.Targets[0].place.Container = "media2" }, "another bucket"},
		{"another region", func(a *Apply) { a.Targets[0].place.Region = "us-east-1" }, "another bucket, region"},
		{"other versioning", func(a *Apply) { a.Targets[0].place.Versioning = "suspended" }, "versioning was changed"},
		{"source not opened", func(a *Apply) { a.Plan.Places[0].Source = "s3://other/" }, "not opened"},
		{"holds can't be read", func(a *Apply) { a.Holds = func() (*Holds, error) { return ReadHolds(t.TempDir()) } }, "register of holds"},
		{"a hold is missing", func(a *Apply) { a.Plan.Holds = []string{"H-7"} }, "missing from the register"},
		{"another plan's journal", func(a *Apply) { a.Journal = &fakeLog{lines: []Line{{Items: []int{99}}}} }, "damaged"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, log := smallBucket(), &fakeLog{}
			p, hash := planFor(t, m, "alice", noHolds())
			before := m.left()
			a := applyOf(t, m, p, hash, noHolds(), log)
			test.change(a)
			_, err := a.Run(t.Context())
			wantRefusal(t, test.name, err, test.want)
			if diff := cmp.Diff(before, m.left()); diff != "" || m.mutations != 0 || len(log.entries) != 0 || len(log.lines) != 0 {
				t.Errorf("something was done: %d changes\n%s", m.mutations, diff)
			}
		})
	}
}

// TestOneBit: whatever single byte of a plan is changed, its hash is another.
func TestOneBit(t *testing.T) {
	p, hash := planFor(t, smallBucket(), "alice", noHolds())
	b, again, err := p.Encode()
	if err != nil || again != hash {
		t.Fatalf("the same plan has another hash: %v", err)
	}
	for i := range b {
		b[i] ^= 1
		if Approves(hash, HashOf(b)) || Approves(hash[:12], HashOf(b)) {
			t.Fatalf("byte %d", i)
		}
		b[i] ^= 1
	}
}

func TestDecodePlanRefuses(t *testing.T) {
	p, _ := planFor(t, smallBucket(), "alice", noHolds())
	b, _, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	replace := func(old, new string) []byte {
		out := bytes.Replace(b, []byte(old), []byte(new), 1)
		if bytes.Equal(out, b) {
			t.Fatalf("%q is not in the plan", old)
		}
		return out
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "cut": b[:len(b)/2], "more": append(slices.Clone(b), b...), "unknown field": replace(`"tool"`, `"fool"`),
		"another kind": replace(planKind, "shopping list"), "another schema": replace(`"schema": 1`, `"schema": 2`),
		"a count": replace(`"deletes": 6`, `"deletes": 5`), "bytes": replace(`"bytes": `, `"bytes": 1`), "a number": replace(`"n": 2`, `"n": 3`),
		"a shown key": replace(`"key": "users/alice/a.jpg"`, `"key": "users/alice/b.jpg"`), "kept and deleted": replace(`"why": "owner"`, `"why": "owner", "kept_for": "x"`),
		"a kind of item": replace(`"what": "version"`, `"what": "versions"`), "a place": replace(`"source": "s3://media/"`, `"source": "s3://other/"`),
		"no ETag": replace(`"etag": "`, `"class": "`),
	} {
		if _, err := DecodePlan(bad); err == nil {
			t.Errorf("%s: taken", name)
		} else if strings.Contains(err.Error(), "alice") {
			t.Errorf("%s: the refusal quotes the plan: %v", name, err)
		}
	}
}

func TestPlanOrder(t *testing.T) {
	m := smallBucket()
	m.begin("users/alice/a.jpg")
	m.hide("users/alice/a.jpg", "setup")
	p, _ := planFor(t, m, "alice", noHolds())
	var got []string
	for _, it := range p.Items {
		if string(it.Key) == "users/alice/a.jpg" {
			got = append(got, it.What+" "+it.Version)
		}
	}
	if want := []string{"upload ", "version v000001", "version v000002", "marker v000012"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNothingOldComesBack: at no moment of an erasure does a key show what it did
// not show before.
func TestNothingOldComesBack(t *testing.T) {
	m := newMemory("enabled")
	shown := func() string {
		if rows := m.rows["users/alice/a.jpg"]; len(rows) > 0 && !rows[0].v.Marker {
			return rows[0].v.Version
		}
		return ""
	}
	m.add("users/alice/a.jpg", "one", "setup", false).lock = sources.Lock{Hold: true}
	m.add("users/alice/a.jpg", "two", "setup", false)
	newest := m.add("users/alice/a.jpg", "three", "setup", false).v.Version
	m.now = noon
	m.after = func() error {
		if s := shown(); s != "" && s != newest {
			t.Errorf("the key shows %s", s)
		}
		return nil
	}
	p, hash := planFor(t, m, "alice", noHolds())
	out, err := applyOf(t, m, p, hash, noHolds(), &fakeLog{}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := []State{out[0].State, out[1].State, out[2].State}; !slices.Equal(got, []State{Locked, Erased, Erased}) || !out[0].Hidden || shown() != "" {
		t.Errorf("%v, hidden %v, shows %q", got, out[0].Hidden, shown())
	}
}

// TestDerivativeOfAnotherOwner is a conflict, and never deleted.
func TestDerivativeOfAnotherOwner(t *testing.T) {
	m := smallBucket()
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Rules: thumbs(t), Holds: noHolds(), Of: Selection{Owner: "alice"}, Now: noon, Expires: noon.Add(time.Hour),
		Owner: func(_ context.Context, v sources.Version) (Owner, error) {
			parts := strings.SplitN(v.Key, "/", 3)
			if parts[0] == "thumbs" {
				return Owner{ID: "mallory"}, nil
			}
			return Owner{ID: parts[1]}, nil
		}}
	plan, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if plan.Deletes != 4 || len(plan.Conflicts) != 1 || plan.Conflicts[0].Owner != "mallory" || plan.Conflicts[0].Of != "users/alice/a.jpg" {
		t.Errorf("%d deletes, conflicts %+v", plan.Deletes, plan.Conflicts)
	}
}

// TestDisputedAndMixed: what two owners may claim is not deleted.
func TestDisputedAndMixed(t *testing.T) {
	m := smallBucket()
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Holds: noHolds(), Of: Selection{Owner: "alice"}, Now: noon, Expires: noon.Add(time.Hour),
		Owner: func(_ context.Context, v sources.Version) (Owner, error) {
			switch {
			case v.Key == "users/alice/a.jpg":
				return Owner{ID: "alice", Disputed: true}, nil
			case v.Key == "users/alice/b.txt" && v.Latest:
				return Owner{ID: "bob"}, nil
			case v.Key == "users/alice/b.txt":
				return Owner{ID: "alice"}, nil
			}
			return Owner{ID: "alice", Tenant: "another tenant"}, nil
		}}
	plan, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if plan.Deletes != 1 || plan.Items[0].Latest || string(plan.Items[0].Key) != "users/alice/b.txt" {
		t.Errorf("%+v", plan.Items)
	}
	if len(plan.Conflicts) != 1 || plan.Conflicts[0].Shown != "users/alice/a.jpg" || len(plan.Notes) != 1 {
		t.Errorf("conflicts %+v, notes %q", plan.Conflicts, plan.Notes)
	}
}

func TestDecisions(t *testing.T) {
	m := smallBucket()
	etag := func(key string) string { return m.rows[key][0].v.ETag }
	file := &decisions.File{Decisions: []decisions.Decision{
		{Source: m.Name(), Key: "users/alice/a.jpg", ETag: etag("users/alice/a.jpg"), Action: decisions.Delete},
		{Source: m.Name(), Key: "users/alice/b.txt", ETag: "0123456789abcdef0123456789abcdef", Action: decisions.Delete},
		{Source: m.Name(), Key: "thumbs/alice/a_w1.webp", ETag: etag("thumbs/alice/a_w1.webp"), Action: decisions.Keep},
		{Source: m.Name(), Key: "users/alice2/a.jpg", ETag: etag("users/alice2/a.jpg"), Finding: "f1", Action: decisions.Delete},
		{Source: m.Name(), Key: "users/nobody/x", ETag: "x", Action: decisions.Delete},
		{Source: "s3://other/", Key: "k", ETag: "x", Action: decisions.Delete},
	}}
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Owner: bySegment, Rules: thumbs(t), Holds: noHolds(), File: file, Now: noon, Expires: noon.Add(time.Hour)}
	plan, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, it := range plan.Items {
		got[it.Shown+" "+it.Version] = it.Why + " " + it.Keep
	}
	want := map[string]string{
		"users/alice/a.jpg v000001": "decision ", "users/alice/a.jpg v000002": "decision ",
		"users/alice/b.txt v000003": "decision changed since it was decided on", "users/alice/b.txt v000004": "decision changed since it was decided on",
		"thumbs/alice/a_w1.webp v000007": "derivative decided to be kept", "thumbs/alice/a_w1.webp v000008": "derivative decided to be kept",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(plan.Notes) != 2 {
		t.Errorf("notes: %q", plan.Notes)
	}
}

func TestOldVersionsOfAStrip(t *testing.T) {
	m := smallBucket()
	rows := m.rows["users/alice/a.jpg"]
	list := `{"schema":1,"source":"s3://media/","key_base64":"dXNlcnMvYWxpY2UvYS5qcGc=","version":"","etag":"` + rows[1].v.ETag + `","why":"stripped"}` + "\n" +
		`{"schema":1,"source":"s3://media/","key_base64":"dXNlcnMvYWxpY2UvYi50eHQ=","version":"","etag":"` + m.rows["users/alice/b.txt"][0].v.ETag + `","why":"stripped"}` + "\n"
	old, err := ReadOldVersions(strings.NewReader(list))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Owner: bySegment, Holds: noHolds(), Old: old, Now: noon, Expires: noon.Add(time.Hour)}
	plan, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// What is current, as the second is, was not stripped after all.
	if plan.Deletes != 1 || plan.Items[0].Version != rows[1].v.Version || plan.Items[0].Why != WhyStripped {
		t.Errorf("%+v", plan.Items)
	}
	for _, bad := range []string{"{}", "x", `{"schema":2,"source":"s","key_base64":"aw==","etag":"e"}`, `{"schema":1,"source":"s","key_base64":"aw=="}`} {
		if _, err := ReadOldVersions(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestTemplates(t *testing.T) {
	tests := []struct {
		name, template, key string
		want                []map[string]string
	}{
		{"one hole", "users/{owner}/a", "users/x/a", []map[string]string{{"owner": "x"}}},
		{"no slash in a hole", "users/{owner}/a", "users/x/y/a", nil},
		{"slashes in a hole", "users/{rest...}", "users/x/y/a", []map[string]string{{"rest": "x/y/a"}}},
		{"case", "users/{owner}/a", "Users/x/a", nil},
		{"an empty hole", "users/{owner}/a", "users//a", nil},
		{"star", "t/{n}_w*.webp", "t/a_w200.webp", []map[string]string{{"n": "a"}}},
		{"an empty star", "t/{n}_w*.webp", "t/a_w.webp", []map[string]string{{"n": "a"}}},
		{"several ways", "t/{n}_w*.webp", "t/a_w1_w2.webp", []map[string]string{{"n": "a"}, {"n": "a_w1"}}},
		{"more follows", "t/{n}.jpg", "t/a.jpg.xmp", nil},
		{"two dots", "t/{n}.{e}", "t/a.b.c", []map[string]string{{"n": "a", "e": "b.c"}, {"n": "a.b", "e": "c"}}},
		{"no UTF-8", "t/{n}.jpg", "t/\xff.jpg", []map[string]string{{"n": "\xff"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tmpl, err := parseTemplate(test.template)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, tmpl.ways(test.key)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestTemplateWork: a hostile key costs a bounded number of tries. No time is
// measured; without the bound this would not end.
func TestTemplateWork(t *testing.T) {
	for _, text := range []string{"{a}_{b}_{c}_{d}_{e}/x", "{a...}/{b...}/{c...}/{d...}/x", "*_*_*_*_*_*/x"} {
		tmpl, err := parseTemplate(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := tmpl.ways(strings.Repeat("_a", 500) + "/"); len(got) > maxWays {
			t.Errorf("%q: %d ways", text, len(got))
		}
		tmpl.ways(strings.Repeat("a/", 500))
	}
}

func TestRulesErrors(t *testing.T) {
	for name, text := range map[string]string{
		"no YAML": "{", "unknown": "derivates: []", "no hole": "derivatives: [{from: 'a/{x}', to: ['b/c']}]", "another hole": "derivatives: [{from: 'a/{x}', to: ['b/{y}']}]",
		"side by side": "derivatives: [{from: 'a/{x}{y}', to: ['b/{x}']}]", "open": "derivatives: [{from: 'a/{x', to: ['b/{x}']}]", "nothing": "derivatives: [{from: 'a/{x}'}]",
		"twice": "derivatives: [{from: '{x}/{x}', to: ['b/{x}']}]", "empty": "derivatives: [{from: '', to: ['b/{x}']}]",
		"no name": "cdn: [{from: 'a/{x}', paths: ['/{x}']}]", "negative": "backups: [{name: b, days: -1}]", "nameless": "replicas: [{days: 3}]",
	} {
		if _, err := ReadRules(strings.NewReader(text)); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	if r, err := ReadRules(strings.NewReader("")); err != nil || len(r.Derivatives) != 0 {
		t.Errorf("an empty file: %v", err)
	}
}

func TestElsewhere(t *testing.T) {
	m := smallBucket()
	m.place.Replicas = []string{"s3://media-eu"}
	m.place.Unknown = []string{"s3:GetBucketAcl"}
	rules, err := ReadRules(strings.NewReader("cdn:\n- name: front\n  from: users/{owner}/{name...}\n  paths: ['/img/{owner}/{name}']\n  days: 30\n" +
		"replicas:\n- name: tape\nbackups:\n- name: nightly\n  days: 14\n"))
	if err != nil {
		t.Fatal(err)
	}
	target, err := NewTarget(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	p := &Planner{Targets: []*Target{target}, Owner: bySegment, Rules: rules, Holds: noHolds(), Of: Selection{Owner: "alice"}, Now: noon, Expires: noon.Add(time.Hour)}
	plan, err := p.Plan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range plan.Elsewhere {
		got = append(got, r.What+" "+r.Name+" "+r.Until+" "+r.Status)
	}
	want := []string{"replica s3://media-eu  open", "replica tape  open", "backup nightly 2026-05-16 open", "cdn front: /img/alice/a.jpg 2026-06-01 open", "cdn front: /img/alice/b.txt 2026-06-01 open"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(plan.Notes) != 1 || !strings.Contains(plan.Notes[0], "s3:GetBucketAcl") {
		t.Errorf("%q", plan.Notes)
	}
}
