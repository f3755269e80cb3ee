package erasure

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"habeas/reports/audit"
	"habeas/sources"
)

// Apply carries out an approved plan.
type Apply struct {
	Plan     *Plan
	Hash     string // of the plan's bytes
	Approval string // what the approver named: the hash, or at least 12 digits of it
	Targets  []*Target

	// Holds reads the register anew; it is asked before each key.
	Holds func() (*Holds, error)
	// Audit appends entries to the audit log and syncs them. An act that can't be
	// announced is not done.
	Audit   func(...audit.Entry) error
	Journal Journal
	// Fingerprint names an object in the audit log.
	Fingerprint func(source, key string) string

	Now       func() time.Time
	MaxDelete int // most items that may be deleted; 0 means 1,000
	Bypass    bool

	Progress func(done, total int) // may be nil
}

// DefaultMaxDelete is how many deletions need no word of their own.
const DefaultMaxDelete = 1000

// Check refuses a plan that must not be carried out: wrong approval, out of its
// time, too large, of another place, or while the register of holds can't be
// read. Nothing was changed when it fails.
func (a *Apply) Check(ctx context.Context) error {
	if !Approves(a.Approval, a.Hash) {
		return refuse("the plan is not approved: --approve must name the hash of this very file, at least its first 12 digits; if the file was edited, make a new plan")
	}
	now := a.Now()
	switch {
	case !now.Before(a.Plan.Expires):
		return refuse("the plan has expired: make a new one with `habeas erase plan`, what is there may have changed")
	case now.Before(a.Plan.Made.Add(-5 * time.Minute)):
		return refuse("the plan was made in the future: check the clock of this machine")
	}
	limit := a.MaxDelete
	if limit == 0 {
		limit = DefaultMaxDelete
	}
	if a.Plan.Deletes > limit {
		return refuse("the plan deletes %d items, more than %d: allow that with --max-delete %d", a.Plan.Deletes, limit, a.Plan.Deletes)
	}
	if err := a.places(); err != nil {
		return err
	}
	holds, err := a.Holds()
	if err != nil {
		return err
	}
	for _, id := range a.Plan.Holds {
		if holds.get(id) == nil {
			return refuse("a hold that stood when the plan was made is missing from the register, and was not released: restore the register from a copy")
		}
	}
	_, err = outcomesOf(a.Plan, a.Journal)
	return err
}

// places refuses targets that are not where the plan was made.
func (a *Apply) places() error {
	for _, want := range a.Plan.Places {
		i := slices.IndexFunc(a.Targets, func(t *Target) bool { return t.Name() == want.Source })
		if i < 0 {
			return refuse("the plan is about a source that was not opened")
		}
		have := a.Targets[i].place
		switch {
		case have.Endpoint != want.Endpoint:
			return refuse("the plan was made at another endpoint: nothing is deleted here")
		case have.Account != want.Account:
			return refuse("the plan was made for another account: nothing is deleted here")
		case have.Container != want.Container || have.Region != want.Region:
			return refuse("the plan was made for another bucket, region or folder: nothing is deleted here")
		case have.Versioning != want.Versioning:
			return refuse("the bucket's versioning was changed since the plan was made: make a new one with `habeas erase plan`")
		}
	}
	return nil
}

func outcomesOf(p *Plan, j Journal) ([]Outcome, error) {
	lines, err := j.Lines()
	if err != nil {
		return nil, err
	}
	return outcomes(p, lines)
}

// Run checks, then deletes, key by key. What was done by an earlier run is not
// done again; what could not be done then is tried again. It gives where each
// item stands. An error means that the run ended early; what is done is kept.
func (a *Apply) Run(ctx context.Context) ([]Outcome, error) {
	if err := a.Check(ctx); err != nil {
		return nil, err
	}
	out, err := outcomesOf(a.Plan, a.Journal)
	if err != nil {
		return nil, err
	}
	err = a.Audit(a.entry("erase.begin", a.Plan.Deletes, nil, map[string]string{"plan": a.Hash}))
	if err != nil {
		return out, err
	}
	r := &run{Apply: a, out: out}
	for start := 0; start < len(a.Plan.Items); {
		end := start + 1
		for end < len(a.Plan.Items) && sameKey(&a.Plan.Items[start], &a.Plan.Items[end]) {
			end++
		}
		if err := ctx.Err(); err != nil {
			return out, err
		}
		if err := r.key(ctx, start, end); err != nil {
			return out, err
		}
		if a.Progress != nil {
			a.Progress(end, len(a.Plan.Items))
		}
		start = end
	}
	counts := map[string]string{"plan": a.Hash}
	for s, n := range Count(out) {
		counts[string(s)] = strconv.Itoa(n)
	}
	return out, a.Audit(a.entry("erase.end", a.Plan.Deletes, nil, counts))
}

// Count counts items by state.
func Count(out []Outcome) map[State]int {
	n := map[State]int{}
	for i := range out {
		n[out[i].State]++
	}
	return n
}

func sameKey(a, b *Item) bool { return a.Source == b.Source && string(a.Key) == string(b.Key) }

// entry is about the whole plan, or about the key of it.
func (a *Apply) entry(action string, count int, it *Item, detail map[string]string) audit.Entry {
	e := audit.Entry{Action: action, Case: a.Plan.Case, Why: a.Plan.Ground, Count: count, Detail: detail}
	if it != nil {
		e.Source, e.Objects = it.Source, []string{a.Fingerprint(it.Source, string(it.Key))}
	}
	return e
}

// run is one run of an Apply.
type run struct {
	*Apply
	out []Outcome
}

// have is what a key's items are compared with.
type have struct {
	versions []sources.Version
	uploads  []sources.Upload
}

func (r *run) look(ctx context.Context, t *Target, key string) (have, error) {
	var h have
	var err error
	if h.versions, err = t.of(ctx, key); err != nil {
		return h, err
	}
	all, err := t.uploads(ctx, key)
	h.uploads = slices.DeleteFunc(all, func(u sources.Upload) bool { return u.Key != key })
	return h, err
}

// find reports whether the item, or something else under its id, is there.
func (h *have) find(it *Item) (there, same bool) {
	if it.What == WhatUpload {
		there = slices.ContainsFunc(h.uploads, func(u sources.Upload) bool { return u.ID == it.Upload })
		return there, there
	}
	for _, v := range h.versions {
		if v.Version == it.Version {
			return true, it.same(v)
		}
	}
	return false, false
}

// key deletes the items from start to end, which are of one key.
func (r *run) key(ctx context.Context, start, end int) error {
	var todo []int
	for i := start; i < end; i++ {
		if !r.out[i].State.done() {
			todo = append(todo, i)
		}
	}
	if len(todo) == 0 {
		return nil
	}
	first := &r.Plan.Items[start]
	t := r.Targets[slices.IndexFunc(r.Targets, func(t *Target) bool { return t.Name() == first.Source })]
	holds, err := r.Holds()
	if err != nil {
		return err
	}
	now, err := r.look(ctx, t, string(first.Key))
	if err != nil {
		return r.failed(todo, err)
	}
	b := &batch{run: r, ctx: ctx, t: t, now: now, states: map[int]settled{}}
	for _, i := range todo {
		if err := b.judge(i, holds); err != nil {
			return err
		}
	}
	if err := b.carryOut(); err != nil {
		return err
	}
	return b.settle(todo, start, end)
}

// failed settles a key that can't be looked at; fatal errors end the run.
func (r *run) failed(todo []int, err error) error {
	var e *sources.Error
	if !errors.As(err, &e) || e.Fatal {
		return err
	}
	b := &batch{run: r, states: map[int]settled{}}
	for _, i := range todo {
		b.states[i] = settled{Failed, e.Error()}
	}
	return b.write(todo, 0, false)
}

type settled struct {
	state  State
	detail string
}

// batch is the work on one key.
type batch struct {
	*run
	ctx    context.Context
	t      *Target
	now    have
	remove []int // items to delete, in order
	states map[int]settled
}

// judge decides what is to be done about item i, on what is there now.
func (b *batch) judge(i int, holds *Holds) error {
	it := &b.Plan.Items[i]
	there, same := b.now.find(it)
	switch h := holds.On(it.Source, string(it.Key), it.Tenant, it.Owner); {
	case !there && b.out[i].Announced:
		b.states[i] = settled{Erased, ""} // by us, before we could say so
		return nil
	case !there:
		b.states[i] = settled{Gone, ""}
		return nil
	case !same:
		b.states[i] = settled{Changed, ""}
		return nil
	case h != nil:
		b.states[i] = settled{Held, "hold " + h.ID}
		return nil
	}
	l, err := b.t.lock(b.ctx, it.version())
	if err != nil && b.ctx.Err() != nil {
		return b.ctx.Err()
	}
	// A lock that may not be read is the store's to heed.
	if err == nil && l.Holds(b.Now()) && (l.Hold || l.Mode != sources.LockGovernance || !b.Bypass) {
		b.states[i] = settled{Locked, lockText(l)}
		return nil
	}
	b.remove = append(b.remove, i)
	return nil
}

// stays reports whether a version of the key, other than item i, will still be
// there: deleting what stands before it would bring it to light. It is asked when
// everything older has been tried.
func (b *batch) stays(i int) bool {
	return slices.ContainsFunc(b.now.versions, func(v sources.Version) bool {
		return !v.Marker && v.Version != b.Plan.Items[i].Version && !b.removed(v)
	})
}

// removed reports whether v is an item that is gone by now.
func (b *batch) removed(v sources.Version) bool {
	for j, s := range b.states {
		if it := &b.Plan.Items[j]; (s.state == Erased || s.state == Gone) && it.What != WhatUpload && it.Version == v.Version {
			return true
		}
	}
	return false
}

// carryOut announces the deletions and makes them, in the plan's order.
func (b *batch) carryOut() error {
	if len(b.remove) == 0 {
		return nil
	}
	if err := b.announce(); err != nil {
		return err
	}
	for _, i := range b.remove {
		it := &b.Plan.Items[i]
		if it.What != WhatUpload && b.latest(it) && b.stays(i) {
			if it.What == WhatMarker {
				b.states[i] = settled{Hiding, "it hides a version that can't be deleted"}
				continue
			}
			hidden, err := b.hide(it)
			if err != nil {
				return err
			}
			if !hidden {
				b.states[i] = settled{Hiding, "it stands before a version that can't be deleted, and no delete marker can be put there"}
				continue
			}
		}
		var err error
		if it.What == WhatUpload {
			err = b.t.uploader.Abort(b.ctx, sources.Upload{ID: it.Upload, Object: sources.Object{Source: it.Source, Key: string(it.Key)}})
		} else {
			err = b.t.remove(b.ctx, it.version())
		}
		state, detail, fatal := stateOf(err)
		if fatal != nil {
			return fatal
		}
		if state == Gone && b.out[i].Announced {
			state = Erased
		}
		b.states[i] = settled{state, detail}
	}
	return nil
}

// latest reports whether the item is what a request without a version gets.
func (b *batch) latest(it *Item) bool {
	return len(b.now.versions) > 0 && b.now.versions[0].Latest && b.now.versions[0].Version == it.Version
}

// hide puts a delete marker before a key of which an older version must stay:
// deleting what stands before that version would show it to everybody.
func (b *batch) hide(it *Item) (bool, error) {
	if b.t.editor == nil || b.t.place.Versioning != "enabled" {
		return false, nil
	}
	err := b.t.editor.Remove(b.ctx, sources.Object{Source: it.Source, Key: string(it.Key), ETag: it.ETag, Size: it.Size})
	_, _, fatal := stateOf(err)
	return err == nil, fatal
}

// perEntry bounds how many numbers of items one entry names.
const perEntry = 100

// announce writes what is about to be deleted, to the audit log and then to the
// journal.
func (b *batch) announce() error {
	var fresh []int
	for _, i := range b.remove {
		if !b.out[i].Announced {
			fresh = append(fresh, i)
		}
	}
	for part := range slices.Chunk(fresh, perEntry) {
		it := &b.Plan.Items[part[0]]
		if err := b.Audit(b.entry("erase.intent", len(part), it, b.detail(part, ""))); err != nil {
			return err
		}
		if err := b.Journal.Append(Line{Items: numbers(part), At: b.Now().UTC()}); err != nil {
			return err
		}
		for _, i := range part {
			b.out[i].Announced = true
		}
	}
	return nil
}

func (b *batch) detail(part []int, state State) map[string]string {
	var ns []string
	for _, n := range numbers(part) {
		ns = append(ns, strconv.Itoa(n))
	}
	d := map[string]string{"plan": b.Hash[:12], "items": strings.Join(ns, ",")}
	if state != "" {
		d["state"] = string(state)
	}
	return d
}

// numbers are those of the plan's items, which count from 1.
func numbers(part []int) []int {
	out := make([]int, len(part))
	for k, i := range part {
		out[k] = i + 1
	}
	return out
}

// settle looks at the key again and writes what became of each item.
func (b *batch) settle(todo []int, start, end int) error {
	after := b.now
	if len(b.remove) > 0 {
		var err error
		if after, err = b.look(b.ctx, b.t, string(b.Plan.Items[start].Key)); err != nil {
			return err // announced, and found by the next run
		}
	}
	for _, i := range todo {
		there, same := after.find(&b.Plan.Items[i])
		switch s := b.states[i]; {
		case s.state == Erased && there && same:
			b.states[i] = settled{Failed, "the store reports a deletion, and still lists it"}
		case !s.state.done() && !there:
			b.states[i] = settled{Gone, ""} // by somebody else meanwhile
		}
	}
	hidden := len(after.versions) > 0 && after.versions[0].Marker
	return b.write(todo, b.appeared(after, start, end), hidden)
}

// appeared counts contents of the key that are not in the plan.
func (b *batch) appeared(after have, start, end int) int {
	n := 0
	for _, v := range after.versions {
		known := v.Marker // somebody's, or ours before what must stay
		for i := start; i < end; i++ {
			it := &b.Plan.Items[i]
			known = known || it.What != WhatUpload && it.same(v)
		}
		if !known {
			n++
		}
	}
	return n
}

// write puts states into the audit log, then into the journal: a crash between the
// two says a thing twice, and never leaves it out.
func (b *batch) write(todo []int, appeared int, hidden bool) error {
	at := b.Now().UTC()
	groups := map[settled][]int{}
	var order []settled
	for _, i := range todo {
		s := b.states[i]
		if len(groups[s]) == 0 {
			order = append(order, s)
		}
		groups[s] = append(groups[s], i)
	}
	var lines []Line
	for _, s := range order {
		lines = append(lines, Line{Items: numbers(groups[s]), State: s.state, At: at, Detail: s.detail, Appeared: appeared, Hidden: hidden && !s.state.done()})
		for part := range slices.Chunk(groups[s], perEntry) {
			if err := b.Audit(b.entry("erase.done", len(part), &b.Plan.Items[part[0]], b.detail(part, s.state))); err != nil {
				return err
			}
		}
	}
	if err := b.Journal.Append(lines...); err != nil {
		return err
	}
	for _, s := range order {
		for _, i := range groups[s] {
			o := &b.out[i]
			o.State, o.At, o.Detail, o.Appeared, o.Hidden = s.state, at, s.detail, appeared, hidden && !s.state.done()
		}
	}
	return nil
}
