package html

import (
	"cmp"
	"fmt"
	"slices"

	"habeas/reports"
)

// pageOwners is how many owners the overview and each page after it list.
const pageOwners = 500

func (h *Handler) writeIndex(s *reports.Summary) error {
	slices.SortFunc(h.owners, func(a, b ownerRow) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
	})
	pages := (len(h.owners) + pageOwners - 1) / pageOwners
	for n := 2; n <= pages; n++ {
		if err := h.writeOwners(n, pages); err != nil {
			return err
		}
	}
	var view struct {
		common
		Answer, Incomplete string
		Sum                *reports.Summary
		Bar                bar
		Kinds              []kindCount
		Owners             []ownerRow
		More               bool
	}
	view.common = common{Run: &h.run, Title: "Personal data in uploads"}
	view.Sum, view.Bar, view.Kinds = s, newBar(s), sortKinds(h.kinds)
	view.Owners, view.More = h.owners[:min(len(h.owners), pageOwners)], pages > 1
	view.Incomplete = incompleteText(s)
	view.Answer = fmt.Sprintf("%s in %s, uploaded by %s.", countWords(s.Findings, "finding", "findings"),
		countWords(s.Listed, "object", "objects"), countWords(s.Owners, "owner", "owners"))
	return h.page("index.html", "index", view)
}

func (h *Handler) writeOwners(n, pages int) error {
	var view struct {
		common
		Page, Pages int
		Owners      []ownerRow
		Back, Next  string
	}
	view.common = common{Run: &h.run, Title: fmt.Sprintf("Owners, page %d", n)}
	view.Page, view.Pages, view.Back = n, pages, "index.html"
	if n > 2 {
		view.Back = fmt.Sprintf("owners-%d.html", n-1)
	}
	if n < pages {
		view.Next = fmt.Sprintf("owners-%d.html", n+1)
	}
	view.Owners = h.owners[(n-1)*pageOwners : min(len(h.owners), n*pageOwners)]
	return h.page(fmt.Sprintf("owners-%d.html", n), "owners", view)
}
