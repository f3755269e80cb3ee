package erasure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"habeas/reports"
	"habeas/reports/keptfile"
	"habeas/sources"
)

// SchemaVersion of plans and receipts. A changed meaning raises it. A new field need
// not: who does not know it refuses the plan, because what carries one out must
// understand all of it.
const SchemaVersion = 1

const planKind = "erasure plan"

// MaxPlan is the most bytes that a plan may have: some million items.
const MaxPlan = 2 << 30

// Plan is what is to be erased, and everything that was found beside it. Its hash
// is that of the file's bytes: a plan with one bit changed has another.
type Plan struct {
	Schema int    `json:"schema"`
	Kind   string `json:"habeas"`
	Tool   string `json:"tool"`
	Case   string `json:"case,omitempty"`
	// Identified says for what and when the person of the case was identified.
	Identified string    `json:"identified,omitempty"`
	Scope      string    `json:"scope,omitempty"` // what the person means, safe to show
	Ground     string    `json:"ground"`          // why it is erased, in the officer's words or a code of decisions.Reasons
	Made       time.Time `json:"made"`
	Expires    time.Time `json:"expires"`

	Of     Selection `json:"of"`
	Places []Place   `json:"places"`          // in order of source
	Rules  string    `json:"owner_rules"`     // hash of the rules by which objects belong to owners
	Holds  []string  `json:"holds,omitempty"` // ids of the active holds at that time

	Deletes   int            `json:"deletes"` // items that apply deletes
	Bytes     int64          `json:"bytes"`   // of those
	Items     []Item         `json:"items"`
	Conflicts []Conflict     `json:"conflicts,omitempty"` // for somebody to decide: never deleted by this plan
	Elsewhere []Residual     `json:"elsewhere,omitempty"` // what apply can't reach
	Outputs   []Output       `json:"outputs,omitempty"`   // files of ours that tell of these objects
	Notes     []string       `json:"notes,omitempty"`     // what could not be asked or compared
	Listed    map[string]int `json:"listed"`              // versions, markers and uploads that were looked at
}

// Selection says what a plan is about.
type Selection struct {
	Owner  string `json:"owner,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	// Accounts are further ones of the same person.
	Accounts  []Account `json:"accounts,omitempty"`
	Subject   []string  `json:"subject,omitempty"`          // fingerprints of what the person is known by, sorted
	Decisions string    `json:"decisions_sha256,omitempty"` // of the file of decisions
	Stripped  string    `json:"stripped_sha256,omitempty"`  // of the list of what a strip left behind
}

// Account is an owner.
type Account struct {
	Owner  string `json:"owner"`
	Tenant string `json:"tenant,omitempty"`
}

// Empty reports whether s takes nothing.
func (s *Selection) Empty() bool {
	return s.Owner == "" && s.Decisions == "" && s.Stripped == ""
}

// Place is a source as it was when the plan was made.
type Place struct {
	Source     string   `json:"source"`
	Endpoint   string   `json:"endpoint"`
	Region     string   `json:"region,omitempty"`
	Container  string   `json:"container"`         // bucket, or absolute path of the folder
	Account    string   `json:"account,omitempty"` // who owns the container
	Versioning string   `json:"versioning"`
	Locks      bool     `json:"locks,omitempty"`
	MFADelete  bool     `json:"mfa_delete,omitempty"`
	Replicas   []string `json:"replicas,omitempty"`
}

func placeOf(t *Target) Place {
	p := t.place
	return Place{t.Name(), p.Endpoint, p.Region, p.Container, p.Account, p.Versioning, p.Locks, p.MFADelete, p.Replicas}
}

// What an item is.
const (
	WhatVersion = "version" // a version, or a file
	WhatMarker  = "marker"  // a delete marker
	WhatUpload  = "upload"  // an unfinished upload in parts
)

// Item is one thing in a store.
type Item struct {
	N        int       `json:"n"` // from 1
	Source   string    `json:"source"`
	Key      []byte    `json:"key_base64"`
	Shown    string    `json:"key"` // Key, safe to show
	What     string    `json:"what"`
	Version  string    `json:"version,omitempty"`
	Upload   string    `json:"upload,omitempty"`
	ETag     string    `json:"etag,omitempty"`
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	Latest   bool      `json:"latest,omitempty"`
	Class    string    `json:"class,omitempty"`
	Owner    string    `json:"owner,omitempty"`
	Tenant   string    `json:"tenant,omitempty"`

	Delete bool   `json:"delete"`
	Why    string `json:"why"`                 // see the Why constants
	Of     string `json:"of,omitempty"`        // key, safe to show, that it is a sidecar or derivative of
	Keep   string `json:"kept_for,omitempty"`  // why it is not deleted, if it is not
	Expect string `json:"expected,omitempty"`  // what will stand in the way, as far as the store tells
	Until  string `json:"lock_until,omitzero"` // date at which a lock ends
}

// Why an item is in a plan.
const (
	WhyOwner      = "owner"      // it belongs to the owner
	WhyDecision   = "decision"   // an officer decided so
	WhySidecar    = "sidecar"    // it tells of another item by its name
	WhyDerivative = "derivative" // made from another item, by the rules
	WhyStripped   = "stripped"   // the content from before it was stripped
)

// Conflict is an object that belongs to somebody else, or to nobody for sure, and
// that a person must decide about.
type Conflict struct {
	Source string `json:"source"`
	Key    []byte `json:"key_base64"`
	Shown  string `json:"key"`
	Owner  string `json:"owner,omitempty"`
	Tenant string `json:"tenant,omitempty"`
	Why    string `json:"why"`
	Of     string `json:"of,omitempty"` // key, safe to show, of the item that it has to do with
}

// Residual is data that an erasure does not reach, or does not reach yet.
type Residual struct {
	What   string `json:"what"` // "replica", "cdn", "backup", "source", "lock"
	Name   string `json:"name"`
	Why    string `json:"why"`
	Until  string `json:"until,omitempty"` // date at which it is expected to be gone
	Status string `json:"status"`          // "open"
	Site   *Site  `json:"site,omitempty"`  // of a replica that can be looked at
}

// Output is a file of ours that holds places, masks or fingerprints of what is
// erased.
type Output struct {
	Path      string `json:"path"`
	Kind      string `json:"kind"`
	SHA256    string `json:"sha256,omitempty"`
	DestroyBy string `json:"destroy_by,omitempty"`
}

// Encode gives the bytes of the plan's file, and their hash.
func (p *Plan) Encode() ([]byte, string, error) {
	b, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return nil, "", err
	}
	b = append(b, '\n')
	return b, HashOf(b), nil
}

// HashOf is the hash by which a plan is approved.
func HashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// DecodePlan reads the bytes of a plan's file. It refuses what it does not wholly
// understand, and what contradicts itself.
func DecodePlan(b []byte) (*Plan, error) {
	var p Plan
	if err := keptfile.Decode(b, &p); err != nil {
		return nil, refuse("this is no erasure plan of this version of habeas, or it was changed: make a new one with `habeas erase plan`")
	}
	if p.Schema != SchemaVersion || p.Kind != planKind {
		return nil, refuse("this is no erasure plan of this version of habeas: make a new one with `habeas erase plan`")
	}
	if what := p.wrong(); what != "" {
		return nil, refuse("the plan contradicts itself (%s): make a new one with `habeas erase plan`", what)
	}
	return &p, nil
}

// wrong says what no plan of ours has, or "".
func (p *Plan) wrong() string {
	places := map[string]bool{}
	for _, pl := range p.Places {
		places[pl.Source] = true
	}
	deletes, bytes := 0, int64(0)
	for i := range p.Items {
		it := &p.Items[i]
		switch {
		case it.N != i+1:
			return "its items are not numbered in order"
		case len(it.Key) == 0 || it.Shown != reports.Show(string(it.Key)):
			return "a key is not the one that is shown"
		case !places[it.Source]:
			return "an item is in no place of it"
		case it.Delete != (it.Keep == ""):
			return "an item is both deleted and kept"
		case it.What != WhatVersion && it.What != WhatMarker && it.What != WhatUpload, (it.What == WhatUpload) != (it.Upload != ""):
			return "an item is of no known kind"
		case it.What == WhatVersion && it.Delete && it.ETag == "":
			return "a version has no ETag to know it by"
		case it.Size < 0:
			return "a size is negative"
		}
		if it.Delete {
			deletes++
			bytes += it.Size
		}
	}
	if deletes != p.Deletes || bytes != p.Bytes {
		return "its counts are wrong"
	}
	return ""
}

// Approves reports whether approval, the whole hash or at least its first 12
// digits, approves the plan of that hash.
func Approves(approval, hash string) bool {
	approval = strings.ToLower(strings.TrimSpace(approval))
	return len(approval) >= 12 && strings.HasPrefix(hash, approval)
}

// same reports whether v is what the item names. A version id names one content for
// ever, "null" and "" do not: there the time decides too. It does so nowhere else,
// because some stores give a version a new one when it ceases to be the newest.
func (it *Item) same(v sources.Version) bool {
	return bytes.Equal(it.Key, []byte(v.Key)) && it.Version == v.Version && (it.What == WhatMarker) == v.Marker &&
		it.ETag == v.ETag && it.Size == v.Size && (it.Version != "" && it.Version != "null" || it.Modified.Equal(v.Modified))
}

// version is what the item names, as a source takes it.
func (it *Item) version() sources.Version {
	return sources.Version{Latest: it.Latest, Marker: it.What == WhatMarker, Object: sources.Object{Source: it.Source, Key: string(it.Key),
		Version: it.Version, ETag: it.ETag, Size: it.Size, Modified: it.Modified, Class: it.Class}}
}
