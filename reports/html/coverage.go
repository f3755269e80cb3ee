package html

import (
	"cmp"
	"slices"

	"habeas/reports"
)

const (
	showExamples  = 200   // objects that a reason lists
	showConflicts = 1000  // objects that the page of conflicts lists
	keepTypes     = 10000 // MIME types told apart
)

// coverageCounts collects why objects were not read in full, and the types.
type coverageCounts struct {
	reasons map[string]*reasonCount
	types   map[string]*typeCount
}

type reasonCount struct {
	reports.ReasonText
	Count, Bytes, Hidden int64
	Examples             []example
}

type example struct {
	Key, Type string
	Coverage  reports.Coverage
	Size      int64
	At        string // where it stands on its owner's pages
}

type typeCount struct {
	Name                     string
	Count, Incomplete, Bytes int64
}

func newCoverageCounts() coverageCounts {
	return coverageCounts{reasons: map[string]*reasonCount{}, types: map[string]*typeCount{}}
}

func (c coverageCounts) add(e *reports.Entry) {
	c.addType(e)
	seen := map[string]bool{}
	for _, r := range e.Reasons {
		if seen[r.Code] {
			continue
		}
		seen[r.Code] = true
		n := c.reasons[r.Code]
		if n == nil {
			n = &reasonCount{ReasonText: reports.ReasonText{Code: r.Code}}
			c.reasons[r.Code] = n
		}
		n.Count++
		n.Bytes += e.Size
		if len(n.Examples) < showExamples {
			n.Examples = append(n.Examples, example{e.Key, e.Type, e.Coverage, e.Size, ownerFile(e.Owner, 1)})
		} else {
			n.Hidden++
		}
	}
}

func (c coverageCounts) addType(e *reports.Entry) {
	name := cmp.Or(e.Type, "not read")
	t := c.types[name]
	if t == nil {
		if len(c.types) >= keepTypes {
			name = "other types"
			t = c.types[name]
		}
		if t == nil {
			t = &typeCount{Name: name}
			c.types[name] = t
		}
	}
	t.Count++
	t.Bytes += e.Size
	if e.Coverage != reports.Complete {
		t.Incomplete++
	}
}

// sorted is what occurred, most objects first.
func (c coverageCounts) sorted() []reasonCount {
	var out []reasonCount
	for _, r := range reports.Reasons() {
		if n := c.reasons[r.Code]; n != nil {
			n.ReasonText = r
		}
	}
	for _, n := range c.reasons {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b reasonCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return out
}

func (h *Handler) writeCoverage(s *reports.Summary) error {
	var view struct {
		common
		Ring    ring
		Reasons []reasonCount
		Types   []typeCount
	}
	view.common, view.Ring, view.Reasons = h.common("Not read in full", ""), newRing(s), h.coverage.sorted()
	for _, t := range h.coverage.types {
		view.Types = append(view.Types, *t)
	}
	slices.SortFunc(view.Types, func(a, b typeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return h.page("coverage.html", "coverage", view)
}

// conflict is an object whose rules disagree about the owner.
type conflict struct {
	Key, Owner, Rule, File string
	Others                 []conflictOwner
}

type conflictOwner struct{ Name, Rule string }

// conflicts keeps the first objects whose rules disagree.
func (h *Handler) addConflict(e *reports.Entry) {
	if len(e.Conflicts) == 0 || len(h.conflicts) == showConflicts {
		return
	}
	c := conflict{Key: e.Key, Owner: ownerRow{Owner: e.Owner}.Name(), Rule: e.Owner.Rule, File: ownerFile(e.Owner, 1)}
	for _, o := range e.Conflicts {
		c.Others = append(c.Others, conflictOwner{ownerRow{Owner: reports.Owner{ID: o.ID, Tenant: o.Tenant}}.Name(), o.Rule})
	}
	h.conflicts = append(h.conflicts, c)
}

func (h *Handler) writeConflicts(s *reports.Summary) error {
	if s.Conflicts == 0 {
		return nil
	}
	var view struct {
		common
		Total, Shown int64
		Conflicts    []conflict
	}
	view.common = h.common("Rules that disagree", "")
	view.Total, view.Shown, view.Conflicts = s.Conflicts, int64(len(h.conflicts)), h.conflicts
	return h.page("conflicts.html", "conflicts", view)
}
