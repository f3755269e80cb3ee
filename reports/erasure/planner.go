package erasure

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"habeas/reports"
	"habeas/reports/decisions"
	"habeas/sources"
)

// Owner is whose a version is by the owner rules.
type Owner struct {
	ID, Tenant string // "" if nobody's
	Disputed   bool   // rules disagree
}

// Planner makes a Plan. It reads and lists; it never changes anything.
type Planner struct {
	Targets []*Target
	// Owner says whose v is. A delete marker and an upload have nothing but a key.
	Owner func(ctx context.Context, v sources.Version) (Owner, error)
	Rules *Rules // nil for none
	Holds *Holds

	// What is to be erased: all of an owner's, and what File decides.
	Of   Selection
	File *decisions.File // nil for none
	Old  []OldVersion    // what a strip left behind

	// OpenSite opens replicas, to look what they keep of what is planned; nil looks at
	// none.
	OpenSite OpenSite

	// Mentions are objects of others that tell of the person: never deleted by being
	// here, but named as conflicts.
	Mentions []Mention

	Identified string // how well the person is known to be who they say; "" if that was not checked
	Scope      string // what the person means, in words that are safe to show

	// SidecarOf gives the key of the object that this one is a sidecar of, in the
	// same source; "" if of none. nil knows of none.
	SidecarOf func(source, key string) string

	Outputs []Output // files of ours about these sources

	Tool, Case, Ground, OwnerRules string
	Now                            time.Time
	Expires                        time.Time
	BypassGovernance               bool  // apply will have the right to go around governance locks
	Compare                        int64 // most bytes that are read to find duplicates; 0 means 1 GiB
}

// Mention is one object of somebody else, or of nobody, that tells of a person.
type Mention struct {
	Source, Key string
	Why         string // in words
}

const defaultCompare = 1 << 30

// planning is one run of a Planner.
type planning struct {
	*Planner
	ctx  context.Context
	plan *Plan

	old      map[ref][]OldVersion
	mentions map[ref]string              // why, of those not yet met
	decided  map[ref]*decisions.Decision // whole objects to delete
	kept     map[ref]bool                // objects that the officer keeps or holds
	selected map[ref]bool                // keys with an item that is deleted
	owners   map[ref]Owner               // of the items of a key
	later    []candidate
	contents map[int64][]*Item // versions to delete by size
	tooMuch  int               // contents that were not compared
	left     int64             // bytes that may still be read
	digests  map[*Item]string
	target   map[string]*Target
}

type ref struct{ source, key string }

// candidate is a key that may be a sidecar or derivative of one that is selected:
// which are selected is only known at the end of the listing.
type candidate struct {
	group []sources.Version
	of    string              // sidecar of this key
	holes map[string][]string // by rule: joined values of the holes
}

// Plan lists every target and gives the plan. A listing that breaks off gives no
// plan: a part would pass for the whole.
func (p *Planner) Plan(ctx context.Context) (*Plan, error) {
	left := p.Compare
	if left == 0 {
		left = defaultCompare
	}
	g := &planning{Planner: p, ctx: ctx, left: left, selected: map[ref]bool{}, owners: map[ref]Owner{}, contents: map[int64][]*Item{},
		digests: map[*Item]string{}, target: map[string]*Target{},
		mentions: map[ref]string{},
		plan: &Plan{Schema: SchemaVersion, Kind: planKind, Tool: p.Tool, Case: p.Case, Identified: p.Identified, Scope: p.Scope, Ground: p.Ground, Made: p.Now, Expires: p.Expires,
			Of: p.Of, Rules: p.OwnerRules, Holds: p.Holds.Active(), Listed: map[string]int{}}}
	if p.Rules == nil {
		g.Planner.Rules = &Rules{}
	}
	g.readDecisions()
	for _, m := range p.Mentions {
		g.mentions[ref{m.Source, m.Key}] = m.Why
	}
	for _, t := range p.Targets {
		g.target[t.Name()] = t
		g.plan.Places = append(g.plan.Places, placeOf(t))
		if err := g.list(t); err != nil {
			return nil, err
		}
	}
	if err := g.resolve(); err != nil {
		return nil, err
	}
	for _, t := range p.Targets {
		if err := g.listUploads(t); err != nil {
			return nil, err
		}
	}
	g.undecided()
	if err := g.duplicates(); err != nil {
		return nil, err
	}
	if err := g.replicas(); err != nil {
		return nil, err
	}
	g.elsewhere()
	return g.finish(), nil
}

func (g *planning) readDecisions() {
	g.decided, g.kept, g.old = map[ref]*decisions.Decision{}, map[ref]bool{}, map[ref][]OldVersion{}
	for _, o := range g.Old {
		at := ref{o.Source, o.Key}
		g.old[at] = append(g.old[at], o)
	}
	if g.File == nil {
		return
	}
	for i := range g.File.Decisions {
		d := &g.File.Decisions[i]
		at := ref{d.Source, d.Key}
		switch {
		case d.Finding != "":
			// What one finding is decided on is stripped or redacted, not erased. But
			// what somebody wants kept must not go with its object.
			g.kept[at] = g.kept[at] || d.Action == decisions.Hold
		case d.Action == decisions.Delete:
			g.decided[at] = d
		case d.Action == decisions.Keep || d.Action == decisions.Hold || d.Action == decisions.Refer:
			g.kept[at] = true
		}
	}
}

// list goes through everything that a target keeps.
func (g *planning) list(t *Target) error {
	return t.each(g.ctx, func(group []sources.Version) error {
		for _, v := range group {
			if v.Marker {
				g.plan.Listed[WhatMarker]++
			} else {
				g.plan.Listed[WhatVersion]++
			}
		}
		at := ref{t.Name(), group[0].Key}
		mention := g.mentions[at]
		delete(g.mentions, at)
		if d := g.decided[at]; d != nil {
			return g.byDecision(t, group, d)
		}
		if old := g.old[at]; old != nil {
			return g.byStrip(t, group, old)
		}
		if g.Of.Owner != "" {
			took, err := g.byOwner(t, group)
			if err != nil || took {
				return err
			}
		}
		if mention != "" {
			if err := g.mention(t, group, mention); err != nil {
				return err
			}
		}
		g.maybe(at, group)
		return nil
	})
}

// mention names a key that is not the person's and tells of them.
func (g *planning) mention(t *Target, group []sources.Version, why string) error {
	v := group[0]
	if i := slices.IndexFunc(group, func(v sources.Version) bool { return !v.Marker }); i > 0 {
		v = group[i] // a marker is whose version it hides
	}
	o, err := g.Owner(g.ctx, v)
	if err != nil {
		return err
	}
	g.conflict(t, v, o, why, "")
	return nil
}

// maybe remembers a group that a sidecar rule or a derivation names.
func (g *planning) maybe(at ref, group []sources.Version) {
	c := candidate{group: group, holes: map[string][]string{}}
	if g.SidecarOf != nil {
		c.of = g.SidecarOf(at.source, at.key)
	}
	for i, d := range g.Rules.Derivatives {
		for j, to := range d.to {
			for _, way := range to.ways(at.key) {
				rule := fmt.Sprintf("%d.%d", i, j)
				c.holes[rule] = append(c.holes[rule], joined(way, to.holes()))
			}
		}
	}
	if c.of != "" || len(c.holes) > 0 {
		g.later = append(g.later, c)
	}
}

// byOwner takes those versions of a key that belong to the owner. It reports
// whether there were any.
func (g *planning) byOwner(t *Target, group []sources.Version) (bool, error) {
	owners := make([]Owner, len(group))
	mine, others, disputed := 0, 0, 0
	for i, v := range group {
		if v.Marker {
			continue // belongs to whom the key's versions belong to
		}
		var err error
		if owners[i], err = g.Owner(g.ctx, v); err != nil {
			return false, err
		}
		switch {
		case owners[i].Disputed:
			disputed++
		case g.wanted(owners[i]):
			mine++
		default:
			others++
		}
	}
	if mine+others+disputed == 0 { // nothing but markers
		o, err := g.Owner(g.ctx, group[0])
		if err != nil {
			return false, err
		}
		for i := range owners {
			owners[i] = o
		}
		if o.Disputed || !g.wanted(o) {
			return false, nil
		}
	}
	whole := others+disputed == 0
	took := false
	owner := owners[0] // of the key's versions, as far as it matters: markers go only where all are wanted
	if i := slices.IndexFunc(owners, g.wanted); i >= 0 {
		owner = owners[i]
	}
	for i := len(group) - 1; i >= 0; i-- {
		v := group[i]
		switch {
		case v.Marker && whole:
			owners[i] = Owner{ID: owner.ID, Tenant: owner.Tenant}
			took = true
			g.item(t, v, owners[i], WhyOwner, "", "")
		case v.Marker:
		case owners[i].Disputed && g.maybeWanted(owners[i], mine):
			g.conflict(t, v, owners[i], "the owner rules disagree about it", "")
			took = true
		case g.wanted(owners[i]) && !owners[i].Disputed:
			took = true
			g.item(t, v, owners[i], WhyOwner, "", "")
		}
	}
	if took && !whole && mine > 0 {
		g.plan.Notes = append(g.plan.Notes, "a key has versions of several owners: only those of this owner are in the plan")
	}
	return took, nil
}

// wanted compares byte for byte.
func (g *planning) wanted(o Owner) bool {
	return o.ID != "" && (o.ID == g.Of.Owner && o.Tenant == g.Of.Tenant || slices.Contains(g.Of.Accounts, Account{o.ID, o.Tenant}))
}

// maybeWanted: a disputed version concerns this plan if a rule names the owner, or
// another version of the key is the owner's.
func (g *planning) maybeWanted(o Owner, mine int) bool { return g.wanted(o) || mine > 0 }

// byDecision takes every version of a key that an officer wants deleted, if the
// newest still is what was decided on.
func (g *planning) byDecision(t *Target, group []sources.Version, d *decisions.Decision) error {
	delete(g.decided, ref{t.Name(), group[0].Key})
	keep := ""
	match := slices.ContainsFunc(group, func(v sources.Version) bool {
		return !v.Marker && v.ETag == d.ETag && (d.Version == "" || v.Version == d.Version)
	})
	if newest := group[0]; !match || !newest.Marker && newest.ETag != d.ETag {
		keep = "changed since it was decided on"
	}
	var last Owner
	for _, v := range slices.Backward(group) {
		o := last // a marker is whose version it hides
		if !v.Marker {
			var err error
			if o, err = g.Owner(g.ctx, v); err != nil {
				return err
			}
			last = o
		}
		g.item(t, v, o, WhyDecision, "", keep)
	}
	return nil
}

// byStrip takes the versions of a key that were stripped, unless one is current.
func (g *planning) byStrip(t *Target, group []sources.Version, old []OldVersion) error {
	for _, v := range slices.Backward(group) {
		stripped := slices.ContainsFunc(old, func(o OldVersion) bool {
			return o.ETag == v.ETag && (o.Version == "" || o.Version == v.Version)
		})
		if v.Marker || v.Latest || !stripped {
			continue
		}
		o, err := g.Owner(g.ctx, v)
		if err != nil {
			return err
		}
		g.item(t, v, o, WhyStripped, "", "")
	}
	return nil
}

// resolve adds sidecars and derivatives of what is selected. One of a sidecar or
// derivative is found in the next round.
func (g *planning) resolve() error {
	for round := 0; round < 4 && len(g.later) > 0; round++ {
		values := g.selectedValues()
		rest := g.later[:0]
		for _, c := range g.later {
			at := ref{c.group[0].Source, c.group[0].Key}
			why, of := WhySidecar, c.of
			if of == "" || !g.selected[ref{at.source, of}] {
				why, of = WhyDerivative, ""
				for rule, ways := range c.holes {
					for _, w := range ways {
						if from, ok := values[at.source][rule+" "+w]; ok && (of == "" || from < of) {
							of = from
						}
					}
				}
			}
			if of == "" {
				rest = append(rest, c)
				continue
			}
			if err := g.dependent(c.group, why, of); err != nil {
				return err
			}
		}
		if len(rest) == len(g.later) {
			break
		}
		g.later = rest
	}
	return nil
}

// selectedValues gives, by source, which values of holes belong to a selected key.
func (g *planning) selectedValues() map[string]map[string]string {
	out := map[string]map[string]string{}
	for at := range g.selected {
		for i, d := range g.Rules.Derivatives {
			for _, way := range d.from.ways(at.key) {
				for j, to := range d.to {
					if out[at.source] == nil {
						out[at.source] = map[string]string{}
					}
					id := fmt.Sprintf("%d.%d %s", i, j, joined(way, to.holes()))
					if have, ok := out[at.source][id]; !ok || at.key < have {
						out[at.source][id] = at.key
					}
				}
			}
		}
	}
	return out
}

// dependent takes a sidecar or derivative, unless it is somebody else's.
func (g *planning) dependent(group []sources.Version, why, of string) error {
	t := g.target[group[0].Source]
	main := g.owners[ref{t.Name(), of}]
	for _, v := range group {
		if v.Marker {
			continue
		}
		o, err := g.Owner(g.ctx, v)
		if err != nil {
			return err
		}
		if o.Disputed || o.ID != "" && o != main {
			g.conflict(t, v, o, "it looks like a "+why+" of an item, and belongs to another owner", of)
			return nil
		}
	}
	for _, v := range slices.Backward(group) {
		g.item(t, v, main, why, of, "") // a hold on the owner holds it too
	}
	return nil
}

// item adds one version to the plan, deleted unless something keeps it.
func (g *planning) item(t *Target, v sources.Version, o Owner, why, of, keep string) {
	it := Item{Source: t.Name(), Key: []byte(v.Key), Shown: reports.Show(v.Key), What: WhatVersion, Version: v.Version, ETag: v.ETag, Size: v.Size,
		Modified: v.Modified, Latest: v.Latest, Class: v.Class, Owner: o.ID, Tenant: o.Tenant, Why: why, Of: reports.Show(of), Keep: keep}
	if v.Marker {
		it.What = WhatMarker
	}
	g.restrain(&it)
	if it.Keep == "" && it.What == WhatVersion && it.ETag == "" {
		it.Keep = "the store gives it no ETag to know it by: delete it by hand"
	}
	if it.Delete = it.Keep == ""; it.Delete {
		g.selected[ref{it.Source, v.Key}] = true
		g.obstacles(t, v, &it)
	}
	if !v.Marker {
		g.owners[ref{it.Source, v.Key}] = Owner{ID: o.ID, Tenant: o.Tenant}
	}
	g.plan.Items = append(g.plan.Items, it)
}

// restrain finds what of ours keeps an item.
func (g *planning) restrain(it *Item) {
	if h := g.Holds.On(it.Source, string(it.Key), it.Tenant, it.Owner); h != nil {
		it.Keep = "hold " + h.ID
	}
	if it.Keep == "" && g.kept[ref{it.Source, string(it.Key)}] {
		it.Keep = "decided to be kept"
	}
}

// obstacles asks the store what will stand in the way.
func (g *planning) obstacles(t *Target, v sources.Version, it *Item) {
	if t.place.MFADelete {
		it.Expect = "the bucket wants a second factor (MFA delete), which habeas does not send"
	}
	l, err := t.lock(g.ctx, v)
	var e *sources.Error
	switch {
	case errors.As(err, &e):
		it.Expect = "its lock can't be asked for: " + e.Hint
	case err != nil:
		it.Expect = "its lock can't be asked for"
	case !l.Holds(g.Now):
	case l.Mode == sources.LockGovernance && !l.Hold && g.BypassGovernance:
		it.Expect, it.Until = lockText(l)+", which apply goes around if it has the right", l.Until.Format(time.DateOnly)
	default:
		it.Expect = lockText(l)
		if !l.Hold {
			it.Until = l.Until.Format(time.DateOnly)
		}
	}
}

func (g *planning) conflict(t *Target, v sources.Version, o Owner, why, of string) {
	c := Conflict{Source: t.Name(), Key: []byte(v.Key), Shown: reports.Show(v.Key), Owner: o.ID, Tenant: o.Tenant, Why: why, Of: reports.Show(of)}
	if n := len(g.plan.Conflicts); n > 0 && g.plan.Conflicts[n-1].Shown == c.Shown && g.plan.Conflicts[n-1].Why == why && g.plan.Conflicts[n-1].Of == c.Of {
		return // another version of the same key
	}
	g.plan.Conflicts = append(g.plan.Conflicts, c)
}

// listUploads takes unfinished uploads of the owner, and of selected keys.
func (g *planning) listUploads(t *Target) error {
	all, err := t.uploads(g.ctx, "")
	var e *sources.Error
	if errors.As(err, &e) && (e.Code == sources.CodeDeniedListing || e.Code == sources.CodeListing) {
		g.plan.Notes = append(g.plan.Notes, "unfinished uploads could not be listed, and may stay: "+e.Hint)
		return nil
	}
	if err != nil {
		return err
	}
	for _, u := range all {
		g.plan.Listed[WhatUpload]++
		o, err := g.Owner(g.ctx, sources.Version{Object: u.Object, Marker: true})
		if err != nil {
			return err
		}
		owners := g.Of.Owner != "" && !o.Disputed && g.wanted(o)
		if !owners && !g.selected[ref{t.Name(), u.Key}] {
			continue
		}
		it := Item{Source: t.Name(), Key: []byte(u.Key), Shown: reports.Show(u.Key), What: WhatUpload, Upload: u.ID, Modified: u.Modified,
			Class: u.Class, Owner: o.ID, Tenant: o.Tenant, Why: WhyOwner}
		if !owners {
			it.Why = WhyDecision
		}
		g.restrain(&it)
		it.Delete = it.Keep == ""
		g.plan.Items = append(g.plan.Items, it)
	}
	return nil
}

// undecided notes what was decided on and is not there.
func (g *planning) undecided() {
	missing := 0
	for at := range g.decided {
		if g.target[at.source] == nil {
			missing++
		}
	}
	if gone := len(g.decided) - missing; gone > 0 {
		g.plan.Notes = append(g.plan.Notes, fmt.Sprintf("%d objects that were decided on are not there any more", gone))
	}
	unmet := 0
	for at := range g.mentions {
		if g.target[at.source] != nil {
			unmet++
		} else {
			missing++
		}
	}
	if unmet > 0 {
		g.plan.Notes = append(g.plan.Notes, fmt.Sprintf("%d objects that told of the person are not there any more", unmet))
	}
	if missing > 0 {
		g.plan.Notes = append(g.plan.Notes, fmt.Sprintf("%d objects that were decided on, or that tell of the person, are in sources that were not named: plan those too", missing))
	}
}

// duplicates finds the content of items under other owners' keys.
func (g *planning) duplicates() error {
	for i := range g.plan.Items {
		if it := &g.plan.Items[i]; it.Delete && it.What == WhatVersion && it.Size > 0 {
			g.contents[it.Size] = append(g.contents[it.Size], it)
		}
	}
	if len(g.contents) == 0 {
		return nil
	}
	for _, t := range g.Targets {
		err := t.each(g.ctx, func(group []sources.Version) error {
			for _, v := range group {
				if v.Marker || len(g.contents[v.Size]) == 0 || g.inPlan(t.Name(), v) {
					continue
				}
				if err := g.compare(t, v); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if g.tooMuch > 0 {
		g.plan.Notes = append(g.plan.Notes, fmt.Sprintf("%d objects of the same size as an item could not be compared with it: a copy under another owner may be among them", g.tooMuch))
	}
	return nil
}

func (g *planning) inPlan(source string, v sources.Version) bool {
	return slices.ContainsFunc(g.contents[v.Size], func(it *Item) bool {
		return it.Source == source && string(it.Key) == v.Key
	})
}

// compare tells whether v has the content of an item of its size. An ETag that is
// the MD5 of the whole decides; others don't, and the bytes are read.
func (g *planning) compare(t *Target, v sources.Version) error {
	digest := ""
	for _, it := range g.contents[v.Size] {
		same := wholeMD5(it.ETag) && it.ETag == v.ETag
		if !same && wholeMD5(it.ETag) && wholeMD5(v.ETag) {
			continue
		}
		if !same {
			var err error
			if digest == "" {
				if digest, err = g.digest(t, v.Object); err != nil {
					return err
				}
			}
			mine, ok := g.digests[it]
			if !ok {
				if mine, err = g.digest(g.target[it.Source], it.version().Object); err != nil {
					return err
				}
				g.digests[it] = mine
			}
			if digest == "" || mine == "" {
				g.tooMuch++
				return nil
			}
			same = digest == mine
		}
		if same {
			o, err := g.Owner(g.ctx, v)
			if err != nil {
				return err
			}
			g.conflict(t, v, o, "it has the same content as an item", string(it.Key))
			return nil
		}
	}
	return nil
}

// wholeMD5 holds for ETags that are the MD5 of the content, in most stores and
// under most encryptions: 32 hexadecimal digits.
func wholeMD5(etag string) bool {
	_, err := hex.DecodeString(etag)
	return err == nil && len(etag) == 32
}

// digest reads an object; "" if it can't be read, or is more than may be read.
func (g *planning) digest(t *Target, o sources.Object) (string, error) {
	if o.Size > g.left {
		return "", nil
	}
	c, err := t.src.Open(g.ctx, o)
	if err != nil {
		return "", g.ctx.Err()
	}
	defer c.Close()
	g.left -= o.Size
	h := sha256.New()
	if n, err := io.Copy(h, io.NewSectionReader(c, 0, o.Size)); err != nil || n != o.Size {
		return "", g.ctx.Err()
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// elsewhere lists what apply can't reach.
func (g *planning) elsewhere() {
	add := func(what, name, why, until string) {
		g.plan.Elsewhere = append(g.plan.Elsewhere, Residual{What: what, Name: name, Why: why, Until: until, Status: "open"})
	}
	for _, t := range g.Targets {
		for _, right := range t.place.Unknown {
			g.plan.Notes = append(g.plan.Notes, reports.Show(t.Name())+": the question behind "+right+" was not answered: grant that where the store knows it; what it would tell is not in this plan")
		}
	}
	for _, r := range g.Rules.Backups {
		add("backup", reports.Show(r.Name), or(reports.Show(r.Note), "put beyond use until it is overwritten"), after(g.Now, r.Days))
	}
	for _, c := range g.Rules.CDN {
		for _, p := range g.cdnPaths(c) {
			add("cdn", reports.Show(c.Name)+": "+reports.Show(p), "invalidate this path, and note when", after(g.Now, c.Days))
		}
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (g *planning) cdnPaths(c CDN) []string {
	var out []string
	for at := range g.selected {
		for _, way := range c.from.ways(at.key) {
			for _, p := range c.paths {
				out = append(out, p.fill(way))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// finish brings everything into an order that depends on nothing but the store.
// Within a key it is the order of deletion: uploads, then the oldest version
// first and what is newest last, so that nothing old ever comes back to light.
func (g *planning) finish() *Plan {
	p := g.plan
	slices.SortStableFunc(p.Items, func(a, b Item) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		if c := strings.Compare(string(a.Key), string(b.Key)); c != 0 {
			return c
		}
		return stage(&a) - stage(&b)
	})
	slices.SortStableFunc(p.Conflicts, func(a, b Conflict) int {
		if c := strings.Compare(a.Source, b.Source); c != 0 {
			return c
		}
		return strings.Compare(string(a.Key), string(b.Key))
	})
	slices.Sort(p.Notes)
	p.Notes = slices.Compact(p.Notes)
	p.Outputs = g.Planner.Outputs
	for i := range p.Items {
		it := &p.Items[i]
		it.N = i + 1
		it.Modified = it.Modified.UTC()
		if it.Delete {
			p.Deletes++
			p.Bytes += it.Size
		}
	}
	return p
}

func stage(it *Item) int {
	switch {
	case it.What == WhatUpload:
		return 0
	case !it.Latest:
		return 1
	}
	return 2
}
