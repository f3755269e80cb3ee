package html

import (
	"cmp"
	"slices"

	"habeas/reports"
)

// showExamples is how many objects a reason lists.
const showExamples = 200

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
}

type typeCount struct {
	Name                     string
	Count, Incomplete, Bytes int64
}

func newCoverageCounts() coverageCounts {
	return coverageCounts{reasons: map[string]*reasonCount{}, types: map[string]*typeCount{}}
}

func (c coverageCounts) add(e *reports.Entry) {
	name := cmp.Or(e.Type, "not read")
	t := c.types[name]
	if t == nil {
		t = &typeCount{Name: name}
		c.types[name] = t
	}
	t.Count++
	t.Bytes += e.Size
	if e.Coverage != reports.Complete {
		t.Incomplete++
	}
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
			n.Examples = append(n.Examples, example{e.Key, e.Type, e.Coverage, e.Size})
		} else {
			n.Hidden++
		}
	}
}

func (h *Handler) writeCoverage(s *reports.Summary) error {
	var view struct {
		common
		Bar     bar
		Reasons []reasonCount
		Types   []typeCount
	}
	view.common, view.Bar = common{Run: &h.run, Title: "Not read in full"}, newBar(s)
	for _, r := range reports.Reasons() {
		if n := h.coverage.reasons[r.Code]; n != nil {
			n.ReasonText = r
			view.Reasons = append(view.Reasons, *n)
		}
	}
	for _, t := range h.coverage.types {
		view.Types = append(view.Types, *t)
	}
	slices.SortFunc(view.Types, func(a, b typeCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return h.page("coverage.html", "coverage", view)
}
