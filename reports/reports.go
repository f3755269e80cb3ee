// Package reports is the schema of a scan's results and the contract of the
// outputs made from it. The record replays itself into a Handler; each folder
// below holds one: html, jsonl, csv, terminal.
//
// Nothing here holds a personal value unless Run.WithValues says so: a finding
// carries its mask and a keyed fingerprint.
package reports

import (
	"cmp"
	"time"
)

// SchemaVersion of everything below. New fields may come within a version;
// the meaning of a field never changes.
const SchemaVersion = 1

// Handler turns a scan into one output. One goroutine calls it: Begin once,
// Entry for each object, End once. Entries come in byte order of (Source, Key,
// Version) unless the handler is Grouped. An error ends the replay. A handler
// keeps nothing of an *Entry after the call.
type Handler interface {
	Begin(*Run) error
	Entry(*Entry) error
	End(*Summary) error
}

// Grouped is an optional ability of a Handler that wants the entries of one
// owner together: owners in byte order of (Tenant, ID), unattributed objects
// last, and the usual order within an owner.
type Grouped interface {
	GroupByOwner()
}

// Brief is an optional ability of a Handler that only counts: of a finding it
// reads what was judged, Kind to Party and Confidence to Invalid, and the other
// fields may be empty. It keeps no finding of an entry: their memory is used for the
// next. A replay for it takes a third of the time.
type Brief interface {
	Brief()
}

// Run describes the scan as a whole, before its entries.
type Run struct {
	Schema     int        `json:"schema"`
	Tool       string     `json:"tool"` // "habeas v1.2.3"
	AsOf       time.Time  `json:"as_of"`
	Sources    []string   `json:"sources"`  // names, sorted
	Complete   bool       `json:"complete"` // false: the scan was interrupted, objects that it did not reach are not in here
	OwnerRules string     `json:"owner_rules"`
	Detectors  []string   `json:"detectors"`
	KeyID      string     `json:"key_id"` // names the fingerprint key; fingerprints of different keys can't be compared
	WithValues bool       `json:"with_values"`
	Pixels     string     `json:"pixels,omitempty"`    // what looked at the pixels of pictures, in words; "" if nothing did
	Exposures  []Exposure `json:"exposures,omitempty"` // who may read each source, in order of Sources
	Baseline   bool       `json:"baseline,omitempty"`  // a baseline was given: findings that are not Known are new
}

// Coverage is what became of an object.
type Coverage string

const (
	Complete Coverage = "complete" // read in full, as far as its formats go
	Partial  Coverage = "partial"  // some of it was read
	Skipped  Coverage = "skipped"  // not read, for a reason that is not a failure
	Failed   Coverage = "failed"   // could not be read
)

// Entry is one object.
type Entry struct {
	Source   string
	Key      string // bytes
	Version  string
	ETag     string
	Size     int64
	Modified time.Time
	Type     string // MIME type by content; "" if it was not read
	Format   string // the Format that walked it; "" if none did

	Pictures int // pictures and videos in it, without small copies of others
	Unseen   int // of these, whose pixels were not looked at

	Width, Height int // of the picture that the object is, in pixels as it is stored, before EXIF orientation; 0 if it is none, or nothing says
	Orientation   int // EXIF, 1 to 8: how it is to be turned to stand upright; 0 if nothing says

	Audience Audience // who may read the object; Run.Exposure says why

	Coverage Coverage
	Reasons  []Reason // why it is not Complete; sorted, each once

	Owner     Owner
	Conflicts []Conflict // rules that named another owner

	SidecarOf string // key of the object that this one is a sidecar of, by its name; "" if of none in the record

	Findings []Finding // in order of place
}

// Reason is a code of the table in reasons.go and where in the object it bit.
type Reason struct {
	Code string `json:"code"`
	Part string `json:"part,omitempty"`
}

// Owner is the account that an object is attributed to.
type Owner struct {
	ID     string `json:"id"` // "" if unattributed
	Tenant string `json:"tenant,omitempty"`
	Rule   string `json:"rule,omitempty"` // the rule that said so: "template users/{owner}/**"
}

// Conflict is another rule's differing answer.
type Conflict struct {
	ID     string `json:"id"`
	Tenant string `json:"tenant,omitempty"`
	Rule   string `json:"rule"`
}

// Party is whose data a finding is, seen from the object's owner.
type Party string

const (
	PartyOwner   Party = "owner"
	PartyThird   Party = "third_party"
	PartyUnknown Party = "unknown"
)

// Finding is one personal datum, without its value.
type Finding struct {
	ID          string `json:"id"` // stable: same place and value in the same object, same id
	Kind        string `json:"kind"`
	Role        string `json:"role,omitempty"`
	Party       Party  `json:"party"`
	Mask        string `json:"mask"`
	Fingerprint string `json:"fingerprint,omitempty"` // hex of the keyed HMAC; "" for what is never joined, as a position
	Variant     string `json:"variant,omitempty"`     // the same of a looser form (an address without its +tag, a name without accents); "" where that is no other

	Part  string `json:"part"`
	Tag   string `json:"tag,omitempty"`
	Start *int64 `json:"start,omitempty"` // byte range in the object; absent where the value does not stand there as it is
	End   *int64 `json:"end,omitempty"`

	Confidence float64 `json:"confidence"`
	Why        string  `json:"why"`
	Detector   string  `json:"detector"`
	Rule       string  `json:"rule,omitempty"`
	Dummy      bool    `json:"dummy,omitempty"`
	Invalid    bool    `json:"invalid,omitempty"`

	Known      bool         `json:"known,omitempty"`      // in the baseline: counted, and no reason to fail
	Suppressed *Suppression `json:"suppressed,omitempty"` // by the user: not counted

	Cell  *Cell  `json:"cell,omitempty"`  // of a gps
	Box   *Box   `json:"box,omitempty"`   // of a face, and of what was read from pixels
	Quad  *Quad  `json:"quad,omitempty"`  // of what was read from pixels; Box is around it
	Month string `json:"month,omitempty"` // capture month, "2024-05", where the finding has a time

	Value    string    `json:"value,omitempty"`    // only if Run.WithValues
	Position *Position `json:"position,omitempty"` // only if Run.WithValues
}

// Suppression is why a finding is not counted: a person said that it is none to
// act on.
type Suppression struct {
	Reason  string `json:"reason"`
	Expires string `json:"expires"` // last day that it holds, "2026-12-31"
}

// Counted reports whether f counts as a finding of its kind in totals, --fail-on
// and risk: dummies, invalid values, notes and what is suppressed do not.
func (f *Finding) Counted() bool {
	return !f.Dummy && !f.Invalid && !f.Note() && f.Suppressed == nil
}

// Note reports whether f tells something about the object that is worth a look
// and no personal datum by itself: a hidden copy, a wrong name.
func (f *Finding) Note() bool { return f.Kind == "hidden_copy" || f.Kind == "renamed" }

// Cell is a square of 0.1 degree, named by its south-west corner: what masked
// reports say of a position.
type Cell struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// Box is a rectangle in shares of the stored image before EXIF orientation, from
// its top left corner.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// Quad is four corners, x and y in shares as Box has them: from the start of a
// text's upper edge, clockwise as it is read.
type Quad [4][2]float64

// Position is a place on Earth, WGS 84, in degrees and metres.
type Position struct {
	Lat       float64  `json:"lat"`
	Lon       float64  `json:"lon"`
	Altitude  *float64 `json:"altitude,omitempty"`
	Precision float64  `json:"precision,omitempty"`
	Time      string   `json:"time,omitempty"` // RFC 3339, UTC
}

// Summary holds the totals. Listed = Complete + Partial + Skipped + Failed, always.
type Summary struct {
	Listed       int64            `json:"listed"`
	Coverage     map[string]int64 `json:"coverage"` // by Coverage; all four are present
	Bytes        int64            `json:"bytes"`    // sum of the objects' sizes
	Reasons      map[string]int64 `json:"reasons"`  // objects by reason code
	Kinds        map[string]int64 `json:"kinds"`    // counted findings by kind
	Findings     int64            `json:"findings"` // counted findings
	Dummies      int64            `json:"dummies"`
	Invalid      int64            `json:"invalid"`
	Notes        int64            `json:"notes"`      // hidden copies and wrong names
	Suppressed   int64            `json:"suppressed"` // would be counted findings, had the user not suppressed them
	Known        int64            `json:"known"`      // counted findings that are in the baseline
	Owners       int64            `json:"owners"`
	Unattributed int64            `json:"unattributed"`      // objects
	Pictures     int64            `json:"pictures"`          // pictures and videos in the objects
	Unseen       int64            `json:"pixels_unread"`     // of these, whose pixels were not looked at
	Conflicts    int64            `json:"conflicts"`         // objects whose rules disagree
	Exposure     map[string]int64 `json:"exposure"`          // objects by Audience; all four are present
	Types        map[string]int64 `json:"types"`             // objects by MIME type; "unknown" where it was not read
	Notices      []string         `json:"notices,omitempty"` // what the user should put right: an expired suppression
}

// NewSummary is empty, with every map made.
func NewSummary() *Summary {
	s := &Summary{Coverage: map[string]int64{}, Reasons: map[string]int64{}, Kinds: map[string]int64{}, Types: map[string]int64{}, Exposure: map[string]int64{}}
	for _, c := range []Coverage{Complete, Partial, Skipped, Failed} {
		s.Coverage[string(c)] = 0
	}
	for _, a := range Audiences() {
		s.Exposure[string(a)] = 0
	}
	return s
}

// Add counts e, all but Owners, which needs to know whether the owner is new.
func (s *Summary) Add(e *Entry) {
	s.Listed++
	s.Coverage[string(e.Coverage)]++
	s.Exposure[string(cmp.Or(e.Audience, AudienceUnknown))]++
	s.Bytes += e.Size
	s.Pictures += int64(e.Pictures)
	s.Unseen += int64(e.Unseen)
	seen := map[string]bool{}
	for _, r := range e.Reasons {
		if !seen[r.Code] {
			seen[r.Code] = true
			s.Reasons[r.Code]++
		}
	}
	if e.Type == "" {
		s.Types["unknown"]++
	} else {
		s.Types[e.Type]++
	}
	if e.Owner.ID == "" {
		s.Unattributed++
	}
	if len(e.Conflicts) > 0 {
		s.Conflicts++
	}
	for i := range e.Findings {
		switch f := &e.Findings[i]; {
		case f.Invalid:
			s.Invalid++
		case f.Dummy:
			s.Dummies++
		case f.Note():
			s.Notes++
		case f.Suppressed != nil:
			s.Suppressed++
		default:
			s.Findings++
			s.Kinds[f.Kind]++
			if f.Known {
				s.Known++
			}
		}
	}
}
