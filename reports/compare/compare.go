// Package compare tells what changed from one scan to the next: which objects
// and findings are new, gone, or still there. It merges two replays, which come
// in the same order, and holds one object of each at a time.
//
// Start with Entries, which turns a replay into a stream, and Objects, which
// merges two of them; Counts adds up.
package compare

import (
	"cmp"
	"errors"
	"iter"
	"slices"
	"strings"

	"habeas/reports"
)

// Status is what became of an object or a finding between two scans.
type Status string

const (
	New     Status = "new"     // in the later scan only
	Gone    Status = "gone"    // in the earlier scan only
	Changed Status = "changed" // in both, and not the same: objects only
	Same    Status = "same"    // in both
)

// Statuses in the order in which reports show them.
func Statuses() []Status { return []Status{New, Gone, Changed, Same} }

// Object is one object of either scan.
type Object struct {
	Status   Status
	Old, New *reports.Entry // nil where it was not, or is no more
	// Findings are those that count (reports.Finding.Counted): the later scan's in
	// order of place, then what is gone.
	Findings []Finding
	// Moved is true if it is attributed to another owner than before.
	Moved bool
}

// Entry is the later one of the object's entries that there is.
func (o *Object) Entry() *reports.Entry {
	if o.New != nil {
		return o.New
	}
	return o.Old
}

// Finding is one finding of an Object: New, Gone or Same.
type Finding struct {
	Status  Status
	Finding *reports.Finding
}

// Options say how two scans may be compared.
type Options struct {
	// Values is true if both scans used the same fingerprint key. Without it, a
	// value that was replaced by another at the same place counts as the same.
	Values bool
	// AnySource leaves the names of the sources out: the same tree, scanned at two
	// places. It is for scans of one source each.
	AnySource bool
}

// OptionsFor are those that fit two runs.
func OptionsFor(older, newer *reports.Run) Options {
	return Options{
		Values:    older.KeyID == newer.KeyID && older.KeyID != "",
		AnySource: len(older.Sources) == 1 && len(newer.Sources) == 1,
	}
}

// errStop ends a replay whose reader wants no more.
var errStop = errors.New("compare: no more entries wanted")

// reader hands the entries of a replay to a loop.
type reader struct {
	yield func(*reports.Entry, error) bool
}

var _ reports.Handler = reader{}

func (r reader) Begin(*reports.Run) error { return nil }

func (r reader) Entry(e *reports.Entry) error {
	kept := *e // a handler keeps nothing of an entry
	kept.Findings = slices.Clone(e.Findings)
	if !r.yield(&kept, nil) {
		return errStop
	}
	return nil
}

func (r reader) End(*reports.Summary) error { return nil }

// Entries is a replay as a stream, in the order of reports.Handler. An error of
// the replay ends it.
func Entries(replay func(reports.Handler) error) iter.Seq2[*reports.Entry, error] {
	return func(yield func(*reports.Entry, error) bool) {
		if err := replay(reader{yield}); err != nil && !errors.Is(err, errStop) {
			yield(nil, err)
		}
	}
}

// Objects merges two streams of entries in the order of reports.Handler. What it
// yields is valid until the next one. An error of either ends it.
//
// Objects are paired by source, key and version; where both scans hold just one
// version of a key, they are paired whatever it is called.
func Objects(older, newer iter.Seq2[*reports.Entry, error], o Options) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		a, stopA := newCursor(older)
		defer stopA()
		b, stopB := newCursor(newer)
		defer stopB()
		for {
			if err := errors.Join(a.err, b.err); err != nil {
				yield(Object{}, err)
				return
			}
			if a.cur == nil && b.cur == nil {
				return
			}
			if !yield(step(a, b, o), nil) {
				return
			}
		}
	}
}

// step takes the next object from one cursor or both.
func step(a, b *cursor, o Options) Object {
	order := o.order(a.cur, b.cur)
	if order == 0 && !(a.alone && b.alone) {
		order = cmp.Compare(a.cur.Version, b.cur.Version)
	}
	switch {
	case order < 0:
		return o.pair(a.take(), nil)
	case order > 0:
		return o.pair(nil, b.take())
	}
	return o.pair(a.take(), b.take())
}

// order compares source and key; an entry that is not there comes last.
func (o Options) order(a, b *reports.Entry) int {
	switch {
	case a == nil:
		return 1
	case b == nil:
		return -1
	case o.AnySource:
		return cmp.Compare(a.Key, b.Key)
	}
	return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Key, b.Key))
}

// cursor reads one entry ahead, to know whether a key has more than one version.
type cursor struct {
	cur, ahead *reports.Entry
	alone      bool // cur is the only one of its key
	err        error
	pull       func() (*reports.Entry, error, bool)
}

func newCursor(entries iter.Seq2[*reports.Entry, error]) (*cursor, func()) {
	pull, stop := iter.Pull2(entries)
	c := &cursor{pull: pull}
	c.ahead = c.read()
	c.take()
	return c, stop
}

func (c *cursor) read() *reports.Entry {
	e, err, ok := c.pull()
	if !ok || err != nil {
		c.err = errors.Join(c.err, err)
		return nil
	}
	return e
}

// take gives cur and goes on to the next.
func (c *cursor) take() *reports.Entry {
	was := c.cur
	c.cur, c.ahead = c.ahead, nil
	if c.cur != nil {
		c.ahead = c.read()
		c.alone = !sameKey(was, c.cur) && !sameKey(c.cur, c.ahead)
	}
	return was
}

func sameKey(a, b *reports.Entry) bool {
	return a != nil && b != nil && a.Source == b.Source && a.Key == b.Key
}

// pair says what became of one object, and of the findings in it.
func (o Options) pair(older, newer *reports.Entry) Object {
	out := Object{Old: older, New: newer}
	switch {
	case older == nil:
		out.Status = New
		out.Findings = all(New, newer)
	case newer == nil:
		out.Status = Gone
		out.Findings = all(Gone, older)
	default:
		changed := false
		out.Findings, changed = o.findings(older, newer)
		out.Moved = older.Owner.ID != newer.Owner.ID || older.Owner.Tenant != newer.Owner.Tenant
		out.Status = Same
		if changed || out.Moved || differs(older, newer) {
			out.Status = Changed
		}
	}
	return out
}

// differs looks at the object and at how far it was read. The ETag of a file tells
// when it was written and where it lies, so that it says nothing of a copy; that of
// a bucket tells the content.
func differs(a, b *reports.Entry) bool {
	if a.Size != b.Size || a.Version != b.Version || a.Coverage != b.Coverage {
		return true
	}
	comparable := a.Source == b.Source || strings.HasPrefix(a.Source, "s3://") && strings.HasPrefix(b.Source, "s3://")
	return comparable && a.ETag != b.ETag
}

func all(s Status, e *reports.Entry) []Finding {
	var out []Finding
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Counted() {
			out = append(out, Finding{s, f})
		}
	}
	return out
}

// findings pairs what is the same in both, as often as it occurs.
func (o Options) findings(older, newer *reports.Entry) (out []Finding, changed bool) {
	before := map[string][]*reports.Finding{}
	for i := range older.Findings {
		if f := &older.Findings[i]; f.Counted() {
			same := f.Same(o.Values)
			before[same] = append(before[same], f)
		}
	}
	paired := map[*reports.Finding]bool{}
	for i := range newer.Findings {
		f := &newer.Findings[i]
		if !f.Counted() {
			continue
		}
		same := f.Same(o.Values)
		if was := before[same]; len(was) > 0 {
			paired[was[0]], before[same] = true, was[1:]
			out = append(out, Finding{Same, f})
			continue
		}
		changed = true
		out = append(out, Finding{New, f})
	}
	for i := range older.Findings {
		if f := &older.Findings[i]; f.Counted() && !paired[f] {
			changed = true
			out = append(out, Finding{Gone, f})
		}
	}
	return out, changed
}

// Counts are the totals of a comparison; NewCounts makes one.
type Counts struct {
	Objects  map[Status]int64            `json:"objects"`  // every Status is present
	Findings map[Status]int64            `json:"findings"` // new, gone and same are present
	Kinds    map[string]map[Status]int64 `json:"kinds"`    // findings by kind
	Moved    int64                       `json:"moved"`    // objects with another owner than before
}

// NewCounts is empty, with every total present.
func NewCounts() *Counts {
	c := &Counts{Objects: map[Status]int64{}, Findings: map[Status]int64{New: 0, Gone: 0, Same: 0}, Kinds: map[string]map[Status]int64{}}
	for _, s := range Statuses() {
		c.Objects[s] = 0
	}
	return c
}

// Add counts o.
func (c *Counts) Add(o *Object) {
	c.Objects[o.Status]++
	if o.Moved {
		c.Moved++
	}
	for _, f := range o.Findings {
		c.Findings[f.Status]++
		k := c.Kinds[f.Finding.Kind]
		if k == nil {
			k = map[Status]int64{New: 0, Gone: 0, Same: 0}
			c.Kinds[f.Finding.Kind] = k
		}
		k[f.Status]++
	}
}
