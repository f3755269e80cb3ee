package html

import (
	"cmp"
	"slices"
	"time"

	"habeas/reports"
	"habeas/reports/compare"
)

// MaxChanges is how many objects the page of changes lists.
const MaxChanges = 1000

// Changes are what became different since an earlier scan of the same sources.
type Changes struct {
	since    time.Time
	values   bool
	counts   *compare.Counts
	examples []change
	hidden   int64
}

// NewChanges is empty; add what compare.Objects yields. older and o are those of
// the comparison.
func NewChanges(older *reports.Run, o compare.Options) *Changes {
	return &Changes{since: older.AsOf, values: o.Values, counts: compare.NewCounts()}
}

// change is one object that is new, gone or changed.
type change struct {
	Status          compare.Status
	Key, Owner      string
	File            string // the owner's page; "" for what is gone
	New, Gone, Same int64  // counted findings
	Moved           string // owner before
}

// Add counts o, and keeps it if it is among the first that differ.
func (c *Changes) Add(o *compare.Object) {
	c.counts.Add(o)
	if o.Status == compare.Same {
		return
	}
	if len(c.examples) == MaxChanges {
		c.hidden++
		return
	}
	e := o.Entry()
	one := change{Status: o.Status, Key: e.Key, Owner: cmp.Or(ownerRow{Owner: e.Owner}.Name(), "nobody")}
	if o.New != nil {
		one.File = ownerFile(e.Owner, 1)
	}
	if o.Moved && o.Old != nil {
		one.Moved = cmp.Or(ownerRow{Owner: o.Old.Owner}.Name(), "nobody")
	}
	for _, f := range o.Findings {
		switch f.Status {
		case compare.New:
			one.New++
		case compare.Gone:
			one.Gone++
		default:
			one.Same++
		}
	}
	c.examples = append(c.examples, one)
}

// changesView is what the pages show of the changes.
type changesView struct {
	Since          time.Time
	Values         bool
	Objects, Found []statusCount
	Kinds          []kindChange
	Moved, Hidden  int64
	Examples       []change
	Any            bool
}

type statusCount struct {
	Status string
	Count  int64
}

type kindChange struct {
	Kind            string
	New, Gone, Same int64
}

func statusWords(s compare.Status) string {
	switch s {
	case compare.New:
		return "new"
	case compare.Gone:
		return "gone"
	case compare.Changed:
		return "changed"
	default:
		return "still there"
	}
}

// Words serves templates.
func (c change) Words() string { return statusWords(c.Status) }

func (c *Changes) view() *changesView {
	v := &changesView{Since: c.since, Values: c.values, Moved: c.counts.Moved, Hidden: c.hidden, Examples: c.examples, Any: len(c.examples) > 0}
	for _, s := range compare.Statuses() {
		v.Objects = append(v.Objects, statusCount{statusWords(s), c.counts.Objects[s]})
		if s != compare.Changed {
			v.Found = append(v.Found, statusCount{statusWords(s), c.counts.Findings[s]})
		}
	}
	for kind, n := range c.counts.Kinds {
		v.Kinds = append(v.Kinds, kindChange{kind, n[compare.New], n[compare.Gone], n[compare.Same]})
	}
	slices.SortFunc(v.Kinds, func(a, b kindChange) int {
		return cmp.Or(cmp.Compare(b.New+b.Gone, a.New+a.Gone), cmp.Compare(a.Kind, b.Kind))
	})
	return v
}

func (h *Handler) writeChanges() error {
	if h.options.Changes == nil {
		return nil
	}
	var view struct {
		common
		*changesView
	}
	view.common, view.changesView = h.common("What changed", ""), h.options.Changes.view()
	return h.page("changes.html", "changes", view)
}
