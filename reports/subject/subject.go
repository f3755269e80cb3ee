// Package subject finds one person across all owners of a record: by their
// e-mail addresses, phone numbers, names, devices and accounts, from fingerprints
// alone. No object is read.
//
// Start with Find. What it finds comes in three levels. Verified matches rest on
// an address, a number or an account that the person gave and that nobody else
// has; likely ones on something near it, with the path of the evidence; possible
// ones on a name alone. Only verified matches may go into an answer by
// themselves, the others are for a person to decide. Values that many owners
// hold (support@…) merge nobody: what rests on them is possible at most.
//
// The package makes suggestions from equal values. It recognises no faces.
package subject

import (
	"context"
	"slices"
	"strings"

	"habeas/reports"
)

// Identifier is one thing that the person is known by. It holds no value.
type Identifier struct {
	Kind  string        `json:"kind"`            // email, phone, name, device_serial or owner
	Terms []Term        `json:"terms,omitempty"` // none for an owner
	Role  bool          `json:"role,omitempty"`  // an address of a function, as support@…: shared by definition
	Owner reports.Owner `json:"owner,omitzero"`  // of kind owner: id and tenant, exact bytes
}

// Term is a fingerprint that the identifier may be recorded under.
type Term struct {
	Kind        string `json:"kind"`
	Fingerprint string `json:"fingerprint"`
	Exact       bool   `json:"exact,omitempty"`
	How         string `json:"how,omitempty"` // what a looser form leaves out
}

// Kind of an Identifier that is an account.
const Owner = "owner"

// Level says how much a match proves.
type Level string

const (
	Verified Level = "verified"
	Likely   Level = "likely"
	Possible Level = "possible"
	Rejected Level = "rejected" // an officer said that it is somebody else
)

// Levels are all levels, the surest first.
func Levels() []Level { return []Level{Verified, Likely, Possible, Rejected} }

// Record is what Find needs of a record.
type Record interface {
	// ByFingerprint calls fn for each object that holds a finding whose
	// fingerprint or variant is one of these, each object once.
	ByFingerprint(ctx context.Context, prints []string, fn func(*reports.Entry) error) error
	// ByOwner calls fn for each object of an owner.
	ByOwner(ctx context.Context, o reports.Owner, fn func(*reports.Entry) error) error
	// Owners counts the owners in whose objects a fingerprint occurs.
	Owners(ctx context.Context, print string) (int, error)
}

// MaxOwners is how many owners may hold a value before it counts as shared.
const MaxOwners = 20

// Options of Find.
type Options struct {
	Reject    []string // ids of findings that are about somebody else
	MaxOwners int      // 0 is MaxOwners
}

// Match is one finding, or one object of an account of the person.
type Match struct {
	Level   Level            `json:"level"`
	Why     string           `json:"why"` // the path of the evidence
	Entry   *reports.Entry   `json:"-"`   // without its findings
	Finding *reports.Finding `json:"finding,omitempty"`
	Own     bool             `json:"own,omitempty"` // in an account of the person
}

// Shared is an identifier that merges nobody.
type Shared struct {
	Kind   string `json:"kind"`
	Owners int    `json:"owners"` // that hold it
	Why    string `json:"why"`
	Index  int    `json:"-"` // of the identifier, as given to Find
}

// Account is an owner whose own identity holds a verified identifier, or that was
// given.
type Account struct {
	reports.Owner
	Why string `json:"why"`
}

// Referral is another owner in whose uploads the person may appear: what may be
// told to the person, and nothing else of that owner.
type Referral struct {
	Owner    string `json:"owner"` // "" for objects of nobody
	Tenant   string `json:"tenant,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Objects  int    `json:"objects"`
	Verified int    `json:"verified"` // matches
	Likely   int    `json:"likely"`
	Possible int    `json:"possible"`
}

// Result is what was found.
type Result struct {
	Matches   []Match    `json:"matches"` // by level, then in order of the record
	Shared    []Shared   `json:"shared"`
	Accounts  []Account  `json:"accounts"`
	Referrals []Referral `json:"referrals"` // by tenant and id
}

// Count is the number of matches of a level.
func (r *Result) Count(l Level) int {
	n := 0
	for i := range r.Matches {
		if r.Matches[i].Level == l {
			n++
		}
	}
	return n
}

// Find looks for the person with these identifiers.
func Find(ctx context.Context, rec Record, ids []Identifier, opts Options) (*Result, error) {
	if opts.MaxOwners == 0 {
		opts.MaxOwners = MaxOwners
	}
	f := &finder{opts: opts, ids: ids, shared: make([]bool, len(ids)), skipped: make([]bool, len(ids)), accounts: map[reports.Owner]string{}, out: &Result{
		Matches: []Match{}, Shared: []Shared{}, Accounts: []Account{}, Referrals: []Referral{}}}
	if err := f.spread(ctx, rec); err != nil {
		return nil, err
	}
	if err := f.gather(ctx, rec); err != nil {
		return nil, err
	}
	f.ownAccounts()
	for _, e := range f.entries {
		f.judge(e)
	}
	f.finish()
	return f.out, nil
}

// finder is one Find.
type finder struct {
	opts     Options
	ids      []Identifier
	shared   []bool // by identifier
	skipped  []bool // by identifier: held by so many that its objects are not even listed
	entries  []*reports.Entry
	accounts map[reports.Owner]string // of the person, and why
	out      *Result
}

// spread finds out which identifiers too many owners hold.
func (f *finder) spread(ctx context.Context, rec Record) error {
	for i, id := range f.ids {
		most := 0
		for _, t := range id.Terms {
			if !t.Exact {
				continue
			}
			n, err := rec.Owners(ctx, t.Fingerprint)
			if err != nil {
				return err
			}
			most = max(most, n)
		}
		switch {
		case most > f.opts.MaxOwners:
			f.shared[i], f.skipped[i] = true, true
			f.out.Shared = append(f.out.Shared, Shared{id.Kind, most, "held by too many owners to be one person's: its objects are not listed", i})
		case id.Role:
			f.shared[i] = true
			f.out.Shared = append(f.out.Shared, Shared{id.Kind, most, "the address of a function, not of a person", i})
		}
	}
	return nil
}

// gather collects the objects that hold anything, in order of the record.
func (f *finder) gather(ctx context.Context, rec Record) error {
	seen := map[[3]string]bool{}
	keep := func(e *reports.Entry) error {
		ref := [3]string{e.Source, e.Key, e.Version}
		if !seen[ref] {
			seen[ref] = true
			f.entries = append(f.entries, e)
		}
		return nil
	}
	var prints []string
	for i, id := range f.ids {
		for _, t := range id.Terms {
			if f.skipped[i] {
				break
			}
			prints = append(prints, t.Fingerprint)
		}
		if id.Kind == Owner {
			f.accounts[account(id.Owner)] = "the account was given"
			if err := rec.ByOwner(ctx, id.Owner, keep); err != nil {
				return err
			}
		}
	}
	if len(prints) > 0 {
		if err := rec.ByFingerprint(ctx, prints, keep); err != nil {
			return err
		}
	}
	slices.SortFunc(f.entries, func(a, b *reports.Entry) int {
		return slices.Compare([]string{a.Source, a.Key, a.Version}, []string{b.Source, b.Key, b.Version})
	})
	return nil
}

// account is o without the rule that named it.
func account(o reports.Owner) reports.Owner { return reports.Owner{ID: o.ID, Tenant: o.Tenant} }

// ownAccounts finds the accounts that are known to have an address or number of
// the person.
func (f *finder) ownAccounts() {
	for _, e := range f.entries {
		if e.Owner.ID == "" {
			continue
		}
		for i := range e.Findings {
			got := &e.Findings[i]
			if id, exact, _ := f.match(got); got.Party == reports.PartyOwner && exact && f.proves(id) {
				if _, ok := f.accounts[account(e.Owner)]; !ok {
					f.accounts[account(e.Owner)] = "the manifest gives the account this " + word(f.ids[id].Kind)
				}
			}
		}
	}
}

// proves reports whether an exact match of an identifier is one of the person.
func (f *finder) proves(id int) bool {
	return (f.ids[id].Kind == "email" || f.ids[id].Kind == "phone") && !f.shared[id]
}

// match is the identifier that a finding matches best; -1 for none. how is what
// a match that is not exact leaves out.
func (f *finder) match(got *reports.Finding) (id int, exact bool, how string) {
	id = -1
	if got.Fingerprint == "" || got.Invalid {
		return id, false, ""
	}
	for i, known := range f.ids {
		for _, t := range known.Terms {
			switch {
			case f.skipped[i], t.Kind != got.Kind:
			case t.Exact && t.Fingerprint == got.Fingerprint:
				return i, true, ""
			case id < 0 && (t.Fingerprint == got.Fingerprint || got.Variant != "" && t.Fingerprint == got.Variant):
				id, how = i, t.How
			}
		}
	}
	if id >= 0 && how == "" {
		how = "in a looser form"
	}
	return id, false, how
}

// judge adds the matches of one object.
func (f *finder) judge(e *reports.Entry) {
	why, own := f.accounts[account(e.Owner)]
	bare := *e
	bare.Findings = nil
	if own {
		f.out.Matches = append(f.out.Matches, Match{Level: Verified, Entry: &bare, Own: true, Why: "an upload of the person's account: " + why})
	}
	for i := range e.Findings {
		got := &e.Findings[i]
		id, exact, how := f.match(got)
		if id < 0 {
			continue
		}
		m := Match{Entry: &bare, Finding: got, Own: own}
		m.Level, m.Why = f.level(e, got, id, exact, how, own)
		if slices.Contains(f.opts.Reject, got.ID) {
			m.Level, m.Why = Rejected, "an officer decided that it is somebody else"
		}
		f.out.Matches = append(f.out.Matches, m)
	}
}

// level says how much one finding proves, and by which path.
func (f *finder) level(e *reports.Entry, got *reports.Finding, id int, exact bool, how string, own bool) (Level, string) {
	kind := f.ids[id].Kind
	what := "the same " + word(kind)
	if !exact {
		what += ", " + how
	}
	if f.shared[id] {
		return Possible, what + ", which is shared: it says nothing of a person"
	}
	if exact && f.proves(id) {
		return Verified, what
	}
	if near := f.near(e, got); near != "" {
		return Likely, what + ", beside " + near
	}
	switch {
	case kind == "name" && own && got.Party == reports.PartyOwner:
		return Likely, what + ", which the manifest gives the person's account"
	case kind == "name":
		return Possible, what + " alone: a namesake has it, too"
	case kind == "device_serial":
		return Likely, what + ": a device can change hands"
	case kind == "phone" && strings.HasPrefix(how, "written without"):
		return Possible, what + ": another country may have it, too"
	}
	return Likely, what
}

// near names the proof that stands in the same block, row or sentence as got; ""
// if none does.
func (f *finder) near(e *reports.Entry, got *reports.Finding) string {
	for i := range e.Findings {
		other := &e.Findings[i]
		if other == got || !together(got, other) {
			continue
		}
		if id, exact, _ := f.match(other); id >= 0 && exact && f.proves(id) {
			return "the " + word(f.ids[id].Kind) + " of finding " + other.ID
		}
	}
	return ""
}

// closeBy is how many bytes of running text may lie between a name and the
// address that it belongs to: about a line and a half.
const closeBy = 120

// together reports whether two findings of an object belong together: in a row of
// a table, a block of tags, or a few words apart.
func together(a, b *reports.Finding) bool {
	if row(a.Part) != row(b.Part) {
		return false
	}
	if a.Tag != "" && b.Tag != "" || row(a.Part) != a.Part {
		return true
	}
	if a.Start == nil || b.Start == nil || a.End == nil || b.End == nil {
		return false
	}
	return max(*a.Start, *b.Start)-min(*a.End, *b.End) <= closeBy
}

// row is the path of the row or record that a part names a column of, or the part.
//
//	csv/line[12]/email        csv/line[12]
//	sqlite/users/row[7]/phone sqlite/users/row[7]
func row(part string) string {
	for _, step := range []string{"/line[", "/row["} {
		if i := strings.LastIndex(part, step); i >= 0 {
			if j := strings.IndexByte(part[i:], ']'); j > 0 {
				return part[:i+j+1]
			}
		}
	}
	return part
}

// word is a kind of identifier for a sentence.
func word(kind string) string {
	switch kind {
	case "email":
		return "e-mail address"
	case "phone":
		return "phone number"
	case "device_serial":
		return "device serial"
	case Owner:
		return "account"
	}
	return kind
}

// finish sorts the matches and counts them by owner.
func (f *finder) finish() {
	rank := func(l Level) int { return slices.Index(Levels(), l) }
	slices.SortStableFunc(f.out.Matches, func(a, b Match) int { return rank(a.Level) - rank(b.Level) })
	for o, why := range f.accounts {
		f.out.Accounts = append(f.out.Accounts, Account{o, why})
	}
	slices.SortFunc(f.out.Accounts, func(a, b Account) int {
		return slices.Compare([]string{a.Tenant, a.ID}, []string{b.Tenant, b.ID})
	})
	f.refer()
}

// refer makes the referral list: other owners with what may be told of them.
func (f *finder) refer() {
	byOwner := map[reports.Owner]*Referral{}
	objects := map[*reports.Entry]bool{}
	for i := range f.out.Matches {
		m := &f.out.Matches[i]
		if m.Own || m.Level == Rejected {
			continue
		}
		o := account(m.Entry.Owner)
		r := byOwner[o]
		if r == nil {
			r = &Referral{Owner: o.ID, Tenant: o.Tenant}
			byOwner[o] = r
		}
		if !objects[m.Entry] {
			objects[m.Entry] = true
			r.Objects++
		}
		switch m.Level {
		case Verified:
			r.Verified++
		case Likely:
			r.Likely++
		default:
			r.Possible++
		}
	}
	for _, r := range byOwner {
		f.out.Referrals = append(f.out.Referrals, *r)
	}
	slices.SortFunc(f.out.Referrals, func(a, b Referral) int {
		return slices.Compare([]string{a.Tenant, a.Owner}, []string{b.Tenant, b.Owner})
	})
}
