// Package owner says whose an object is, by rules that the operator writes: rows
// of a manifest that the application exported, tags, user metadata, templates of
// keys, folders, accounts of the store. docs/owners.md is the manual.
//
// Start with Parse for a rules file, FromTemplates for rules from the command
// line, or Default. Rules.Attribute is safe for many goroutines, and gives the
// same answer for the same object always.
//
// Rules are asked in order. The first that names an owner wins; all the others
// are asked too, and each that names somebody else is a Conflict: keys, tags and
// metadata are in the hands of uploaders, who may want to pass for another. Names
// of owners are compared as exact bytes: no case is folded, nothing is normalised,
// and templates match whole segments of a key.
//
// What a file says of its own making (EXIF artist, author) is no rule: it is a
// finding about a person, never a reason to call them the uploader.
package owner

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"habeas/sources"
)

// Owner is the account that an object is attributed to.
type Owner struct {
	ID     string `json:"id"` // exact bytes; "" if no rule named one
	Tenant string `json:"tenant,omitempty"`
	Rule   string `json:"rule,omitempty"` // the rule that said so: "template users/{owner}/**"
}

// Conflict is the answer of another rule, or another row, that differs.
type Conflict Owner

// Attribution is what the rules say of one object.
type Attribution struct {
	Owner     Owner
	Conflicts []Conflict // in order of the rules, each answer once
	Identity  *Identity  // what manifests know of the owner; nil if nothing. Shared: nobody changes it
}

// Identity is what the manifests know of an owner. It decides whether a finding
// is about the owner or about a third party.
type Identity struct {
	Emails  []string // each as written, in order of the manifests
	Phones  []string
	Names   []string
	Serials []string // of devices
	Contact string   // whom to ask about this account

	Created  time.Time // UTC; zero if unknown
	Closed   time.Time
	LastSeen time.Time
}

// Rules are rules in order, with what their manifests hold. They don't change.
type Rules struct {
	rules  []rule
	people *people
	hash   string
}

// rule is one way to name an owner.
type rule interface {
	// String is the rule as reports show it.
	String() string
	// spec is all that decides what the rule answers, for the hash.
	spec() string
	// ask calls answer for each owner that the rule names, the one that counts
	// first.
	ask(o *object, answer func(Owner))
}

// object is an object with what several rules need of it.
type object struct {
	*sources.Object
	segments []string // of the key; nil if it has a "." or ".." among them
}

func newObject(o *sources.Object) *object {
	segments := strings.Split(o.Key, "/")
	if slices.Contains(segments, "..") || slices.Contains(segments, ".") {
		segments = nil
	}
	return &object{o, segments}
}

// newRules is the end of every constructor.
func newRules(rules []rule, p *people) *Rules {
	h := sha256.New()
	h.Write([]byte("owner rules, edition 1\n"))
	for _, r := range rules {
		h.Write(append(strconv.AppendQuote(nil, r.spec()), '\n'))
	}
	if p == nil {
		p = &people{}
	}
	p.finish()
	h.Write([]byte(strings.Join(p.digests, "\n")))
	return &Rules{rules, p, hex.EncodeToString(h.Sum(nil))}
}

// Attribute says whose o is. Rules about tags and metadata see those that o has:
// ask for them when listing and opening (NeedsTags, NeedsMeta).
func (r *Rules) Attribute(o sources.Object) Attribution {
	a, _ := r.attribute(o, nil)
	return a
}

// attribute also gives the number of the rule that won, -1 for none, and calls
// each with every answer, the number of its rule, and whether it is no conflict.
func (r *Rules) attribute(o sources.Object, each func(rule int, got Owner, agrees bool)) (a Attribution, winner int) {
	winner = -1
	seen := newObject(&o)
	isPerson := false // whether the owner is of the application, and no account of the store
	for i, rule := range r.rules {
		_, isAccount := bare(rule).(account)
		rule.ask(seen, func(got Owner) {
			agrees := true
			switch {
			case winner < 0:
				a.Owner, winner, isPerson = got, i, !isAccount
			case isPerson == isAccount:
				// An account is no person, so it contradicts none.
			case !agree(a.Owner, got):
				agrees = false
				if c := Conflict(got); !slices.Contains(a.Conflicts, c) {
					a.Conflicts = append(a.Conflicts, c)
				}
			}
			if each != nil {
				each(i, got, agrees)
			}
		})
	}
	if winner >= 0 {
		a.Owner.Tenant, a.Identity = r.people.find(a.Owner)
	}
	return a, winner
}

// IdentityOf is what the manifests know of an owner; nil if nothing. It is shared:
// nobody changes it.
func (r *Rules) IdentityOf(id, tenant string) *Identity {
	_, known := r.people.find(Owner{ID: id, Tenant: tenant})
	return known
}

// agree reports whether two answers can both be true. Who says nothing of a tenant
// leaves it open.
func agree(a, b Owner) bool {
	return a.ID == b.ID && (a.Tenant == b.Tenant || a.Tenant == "" || b.Tenant == "")
}

// NeedsTags reports whether a rule looks at object tags.
func (r *Rules) NeedsTags() bool { return r.has(kindTag) }

// NeedsMeta reports whether a rule looks at user metadata.
func (r *Rules) NeedsMeta() bool { return r.has(kindMeta) }

func (r *Rules) has(kind string) bool {
	return slices.ContainsFunc(r.rules, func(r rule) bool {
		l, ok := bare(r).(*label)
		return ok && l.kind == kind
	})
}

// bare is r without exceptions.
func bare(r rule) rule {
	if f, ok := r.(*filter); ok {
		return f.rule
	}
	return r
}

// Hash names everything that decides what Attribute answers: the rules, and every
// byte of their manifests. It is 64 hexadecimal digits.
func (r *Rules) Hash() string { return r.hash }

// String is the rules in order, as reports show them.
func (r *Rules) String() string {
	if len(r.rules) == 0 {
		return "none"
	}
	all := make([]string, len(r.rules))
	for i, rule := range r.rules {
		all[i] = rule.String()
	}
	return strings.Join(all, "; ")
}

// maxID bounds the bytes of an owner's name: all the user metadata that S3 holds.
const maxID = 2048

// isID reports whether s can be the name of an owner. What is empty or blank names
// nobody, and what has a "." or ".." for a segment names another place than it
// seems to.
func isID(s string) bool {
	if len(s) > maxID || strings.TrimSpace(s) == "" || strings.IndexByte(s, 0) >= 0 {
		return false
	}
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}
