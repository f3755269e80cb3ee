package html

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"habeas/reports"
)

const (
	pageOwners    = 500 // owners on the overview and on each page after it
	pageNames     = 1000
	showPersonRow = 10 // people on the overview
)

// indexView is what the overview shows.
type indexView struct {
	common
	Answer     []string
	Incomplete string
	Sum        *reports.Summary
	Ring       ring
	WithData   int64 // objects with a counted finding
	Third      int64
	Kinds      []kindCount
	Categories []category
	Owners     []ownerRow
	Names      bool // there are pages of owners by name
	Links      pageLinks
	Exposure   []exposureRow
	Lost       ownerRow // what belongs to nobody
	Timeline   bars
	Reasons    []reasonCount
	People     []*personPage
	PeopleAll  int
	Changes    *changesView
	Places     *placesView // nil without positions

	Retention   *retentionView
	Information *informationView
}

// PeopleAll64 serves templates.
func (v *indexView) PeopleAll64() int64 { return int64(v.PeopleAll) }

func (h *Handler) writeIndex(s *reports.Summary) error {
	slices.SortFunc(h.owners, func(a, b ownerRow) int {
		return cmp.Or(cmp.Compare(b.Risk, a.Risk), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.ID, b.ID))
	})
	pages := max(1, (len(h.owners)+pageOwners-1)/pageOwners)
	for n := 2; n <= pages; n++ {
		if err := h.writeOwners(n, pages); err != nil {
			return err
		}
	}
	view := indexView{common: h.common("Personal data in uploads", ""), Sum: s, Ring: newRing(s), Kinds: sortKinds(h.kinds),
		WithData: h.withData, Third: h.third, Lost: h.lost, Timeline: h.timeline.view(), Reasons: h.coverage.sorted(), Incomplete: incompleteText(s)}
	view.Categories, view.Exposure = categories(view.Kinds), exposureRows(&h.run)
	view.Owners, view.Links, view.Names = h.owners[:min(len(h.owners), pageOwners)], newPageLinks(1, pages, ownersFile), pages > 1
	view.People, view.PeopleAll = h.topPersons(showPersonRow)
	view.Places = h.places.view()
	view.Retention, view.Information = h.retention.view(""), h.information()
	view.Answer = h.indexAnswer(s, view.Kinds)
	if h.options.Changes != nil {
		view.Changes = h.options.Changes.view()
	}
	if err := h.page("index.html", "index", &view); err != nil {
		return err
	}
	if view.Names {
		return h.writeNames()
	}
	return nil
}

func (h *Handler) indexAnswer(s *reports.Summary, kinds []kindCount) []string {
	if s.Listed == 0 {
		return []string{"No object was listed: there is nothing in this report."}
	}
	objects := countWords(s.Listed, "object was listed", "objects were listed")
	if s.Findings == 0 {
		return []string{objects + ". In what was read, nothing was found that counts as personal data."}
	}
	text := []string{fmt.Sprintf("%s; %s of them %s personal data: %s, uploaded by %s.", objects, number(h.withData), plural(h.withData, "holds", "hold"),
		countWords(s.Findings, "finding", "findings"), countWords(s.Owners, "owner", "owners"))}
	if h.third > 0 {
		text = append(text, countWords(h.third, "finding is", "findings are")+" about somebody other than the owner.")
	}
	if n := s.Exposure[string(reports.AudiencePublic)]; n > 0 {
		text = append(text, "Anyone may read "+number(n)+" of the objects"+", without an account.")
	}
	if w := sensitiveWords(kinds); w != "" {
		text = append(text, "Sensitive kinds among them: "+w+".")
	}
	return text
}

func incompleteText(s *reports.Summary) string {
	n := s.Listed - s.Coverage["complete"]
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%s of %s %s not read in full, so more may be in them.", number(n), countWords(s.Listed, "object", "objects"), plural(n, "was", "were"))
}

// topPersons are the first people of the list, and how many recur at all.
func (h *Handler) topPersons(n int) ([]*personPage, int) {
	if h.people == nil {
		return nil, 0
	}
	all := make([]*personPage, 0, len(h.people.top))
	for _, p := range h.people.top {
		all = append(all, p)
	}
	slices.SortFunc(all, orderPeople)
	return all[:min(n, len(all))], h.people.count
}

func ownersFile(page int) string {
	if page == 1 {
		return "index.html"
	}
	return fmt.Sprintf("owners-%d.html", page)
}

func (h *Handler) writeOwners(n, pages int) error {
	var view struct {
		common
		Owners []ownerRow
		Links  pageLinks
	}
	view.common = h.common(fmt.Sprintf("Owners by risk, page %d of %d", n, pages), "")
	view.Links = newPageLinks(n, pages, ownersFile)
	view.Owners = h.owners[(n-1)*pageOwners : min(len(h.owners), n*pageOwners)]
	return h.page(ownersFile(n), "owners", view)
}

// nameRange is a page of owners by name, with the first and last on it.
type nameRange struct{ File, First, Last string }

func namesFile(page int) string { return fmt.Sprintf("names-%d.html", page) }

// writeNames writes owners in order of name, and a page that finds the right one
// among them: a browser that opened a file can't load a list of 100,000 names.
func (h *Handler) writeNames() error {
	slices.SortFunc(h.owners, func(a, b ownerRow) int {
		x, y := a.Name(), b.Name()
		return cmp.Or(cmp.Compare(strings.ToLower(x), strings.ToLower(y)), cmp.Compare(x, y))
	})
	pages := (len(h.owners) + pageNames - 1) / pageNames
	var ranges []nameRange
	for n := 1; n <= pages; n++ {
		var view struct {
			common
			Owners []ownerRow
			Links  pageLinks
		}
		view.common = h.common(fmt.Sprintf("Owners by name, page %d of %d", n, pages), "")
		view.Links = newPageLinks(n, pages, namesFile)
		view.Owners = h.owners[(n-1)*pageNames : min(len(h.owners), n*pageNames)]
		ranges = append(ranges, nameRange{namesFile(n), view.Owners[0].Name(), view.Owners[len(view.Owners)-1].Name()})
		if err := h.page(namesFile(n), "names", view); err != nil {
			return err
		}
	}
	var view struct {
		common
		Ranges []nameRange
		Total  int64
	}
	view.common = h.common("Owners by name", "")
	view.Ranges, view.Total = ranges, int64(len(h.owners))
	return h.page("names.html", "ranges", view)
}
