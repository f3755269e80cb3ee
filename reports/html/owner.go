package html

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"habeas/reports"
)

const (
	showPeople   = 200   // different values on an owner's page
	keepSubjects = 20000 // different values counted for one owner
)

// ownerRow is a line of the overview. There may be 100,000 of them, so it is
// small: what is shown of it is made when it is shown.
type ownerRow struct {
	reports.Owner
	Findings, Third, Objects, Incomplete int64
	Risk                                 float64
	Why                                  string
	Sensitive                            string
	Public                               int64 // objects that anyone may read
}

// File is the name of the owner's page.
func (o ownerRow) File() string { return ownerFile(o.Owner, 1) }

// Name is what the owner is called, safe to show.
func (o ownerRow) Name() string {
	name := reports.Show(o.ID)
	if o.Tenant != "" {
		name = reports.Show(o.Tenant) + " / " + name
	}
	return name
}

// ownerPages collects one owner.
type ownerPages struct {
	h       *Handler
	owner   reports.Owner
	rules   []string
	sources []string // names of those that hold objects of the owner
	sum     *reports.Summary
	kinds   map[string]*kindCount
	third   int64
	people  map[personKey]*person
	cut     bool // more different values than keepSubjects
	places  positions
	due     retention
	months  span
	list    objectList
}

type personKey struct {
	kind, fingerprint string
	party             reports.Party
}

// person is one value of a kind that names somebody or something of theirs.
type person struct {
	Kind, Text, Fingerprint string
	Clear                   string // the value; "" in a masked report
	Party                   reports.Party
	Count, Faces            int64
	Page                    string // of the person, if the value recurs with other owners
}

// span is the first and the last month of something; "" if no month is known.
type span struct{ First, Last string }

func (s *span) add(month string) {
	if month != "" {
		s.First, s.Last = min(cmp.Or(s.First, month), month), max(s.Last, month)
	}
}

func newOwnerPages(h *Handler, o reports.Owner) *ownerPages {
	p := &ownerPages{h: h, owner: o, sum: reports.NewSummary(), kinds: map[string]*kindCount{},
		people: map[personKey]*person{}, places: newPositions(h.run.WithValues), due: newRetention(h.retention.schedule)}
	p.list = objectList{h: h, up: p.up(), base: ownerFile(o, 1)}
	return p
}

func (p *ownerPages) up() string {
	if p.owner.ID == "" {
		return ""
	}
	return "../"
}

func (p *ownerPages) holds(o reports.Owner) bool {
	return p.owner.ID == o.ID && p.owner.Tenant == o.Tenant
}

func (p *ownerPages) add(e *reports.Entry) error {
	p.sum.Add(e)
	countKinds(p.kinds, e)
	p.due.add(e)
	if e.Owner.Rule != "" && len(p.rules) < 20 && !slices.Contains(p.rules, e.Owner.Rule) {
		p.rules = append(p.rules, e.Owner.Rule)
	}
	p.sources = insert(p.sources, e.Source)
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Counted() {
			p.count(f)
		}
	}
	number := int(p.sum.Listed)
	page, err := p.list.add(e, number, "", "")
	if err != nil {
		return err
	}
	return p.h.people.collect(p.h, e, fmt.Sprintf("%s#o%d", ownerFile(p.owner, page), number))
}

func (p *ownerPages) count(f *reports.Finding) {
	if f.Party == reports.PartyThird {
		p.third++
	}
	p.months.add(f.Month)
	p.places.add(f)
	if f.Fingerprint == "" {
		return
	}
	k := personKey{f.Kind, f.Fingerprint, f.Party}
	s := p.people[k]
	switch {
	case s != nil:
	case len(p.people) < keepSubjects:
		s = &person{Kind: f.Kind, Text: cut(f.Mask), Clear: cut(clearText(f)), Fingerprint: f.Fingerprint, Party: f.Party}
		if p.h.people.has(f.Fingerprint) {
			s.Page = p.up() + personFile(f.Fingerprint)
		}
		p.people[k] = s
	default:
		p.cut = true
		return
	}
	s.Count++
	if f.Box != nil {
		s.Faces++
	}
}

// ownerView is what the templates of an owner's pages show.
type ownerView struct {
	common
	Owner       ownerRow
	Rules       []string
	Answer      []string
	Incomplete  string
	Ring        ring
	Kinds       []kindCount
	Categories  []category
	Terms       []term
	People      []person
	PeopleCount int64
	PeopleCut   bool
	Places      *placesView // nil without positions
	Retention   *retentionView
	Information *informationView
	Exposures   []string // who may read the objects, in words
	Sum         *reports.Summary
	Months      span
	List        listView
}

// listView is a page of objects with what decides on them.
type listView struct {
	listPage
	pageLinks
	Total int64
	Decide
}

// Decide is what the script of decisions needs to know.
type Decide struct {
	AsOf, KeyID, Record string
}

// MorePeople reports whether the table is not all.
func (v ownerView) MorePeople() bool { return v.PeopleCount > int64(len(v.People)) }

// PeopleShown serves templates.
func (v ownerView) PeopleShown() int64 { return int64(len(v.People)) }

// name is the file name of a page, as linked from its siblings.
func (p *ownerPages) name(page int) string { return path.Base(ownerFile(p.owner, page)) }

// close writes the owner's pages.
func (p *ownerPages) close() (ownerRow, error) {
	if err := p.list.end(); err != nil {
		return ownerRow{}, err
	}
	v := p.view()
	pages := max(len(p.list.pages), 1)
	for n := 1; n <= pages; n++ {
		if err := p.page(v, n, pages); err != nil {
			return ownerRow{}, err
		}
	}
	return v.Owner, nil
}

func (p *ownerPages) view() *ownerView {
	terms := riskTerms(p.kinds)
	row := ownerRow{Owner: p.owner, Findings: p.sum.Findings, Third: p.third, Objects: p.sum.Listed,
		Incomplete: p.sum.Listed - p.sum.Coverage[string(reports.Complete)], Risk: riskOf(terms), Why: termWords(terms)}
	v := &ownerView{Owner: row, Rules: p.rules, Ring: newRing(p.sum), Kinds: sortKinds(p.kinds), Terms: terms, Sum: p.sum, Months: p.months}
	v.Owner.Public = p.sum.Exposure[string(reports.AudiencePublic)]
	v.Exposures = exposureWords(&p.h.run, p.sum, p.sources)
	v.Owner.Sensitive = sensitiveWords(v.Kinds)
	v.Categories = categories(v.Kinds)
	v.Answer, v.Incomplete = p.answer(v.Kinds), incompleteText(p.sum)
	v.People, v.PeopleCount, v.PeopleCut = topPeople(p.people), int64(len(p.people)), p.cut
	v.Places = p.places.view()
	v.Retention, v.Information = p.due.view(p.up()), p.h.information()
	title := "Objects without an owner"
	if p.owner.ID != "" {
		title = "Uploads of " + row.Name()
	}
	v.common = p.h.common(title, p.up())
	v.Decides = true
	return v
}

func (p *ownerPages) page(v *ownerView, n, pages int) error {
	v.List = p.h.listView(n, pages, &p.list, p.name)
	v.List.Total = p.sum.Listed
	out, err := p.h.create(ownerFile(p.owner, n))
	if err != nil {
		return err
	}
	err = errors.Join(p.h.tmpl.ExecuteTemplate(out, "owner-top", v), p.list.copy(out, n), p.h.tmpl.ExecuteTemplate(out, "list-bottom", v))
	return errors.Join(err, out.close())
}

func (h *Handler) listView(n, pages int, l *objectList, name func(int) string) listView {
	v := listView{pageLinks: newPageLinks(n, pages, name), Decide: h.decide()}
	if n <= len(l.pages) {
		v.listPage = l.pages[n-1]
	}
	return v
}

func (h *Handler) decide() Decide {
	return Decide{h.run.AsOf.UTC().Format(time.RFC3339), h.run.KeyID, shellWord(filepath.Base(h.options.Record))}
}

func topPeople(m map[personKey]*person) []person {
	all := make([]person, 0, len(m))
	for _, s := range m {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b person) int {
		return cmp.Or(cmp.Compare(personOrder(a), personOrder(b)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Party, b.Party))
	})
	return all[:min(len(all), showPeople)]
}

// personOrder puts what names people before numbers of devices.
func personOrder(p person) int { return b2i(!namesPeople(p.Kind)) }

// namesPeople tells the kinds that stand for a person, and not for a device.
func namesPeople(kind string) bool {
	switch kind {
	case "name", "face", "email", "phone":
		return true
	}
	return false
}

// sensitiveWords names the sensitive kinds among kinds.
func sensitiveWords(kinds []kindCount) string {
	var out []string
	for _, k := range kinds {
		if infoOf(k.Kind).Sensitive {
			out = append(out, kindWords(k.Kind))
		}
	}
	slices.Sort(out)
	return list(out)
}

// answer is the plain answer that the page begins with.
func (p *ownerPages) answer(kinds []kindCount) []string {
	whose := "that nobody could be named for"
	if p.owner.ID != "" {
		whose = "that this owner uploaded"
	}
	s := p.sum
	if s.Listed == 0 {
		return []string{"There is no object " + whose + "."}
	}
	objects := countWords(s.Listed, "object", "objects")
	if s.Findings == 0 {
		return []string{"In " + objects + " " + whose + ", nothing was found that counts as personal data."}
	}
	var what []string
	for _, k := range kinds {
		what = append(what, number(k.Findings)+" × "+kindWords(k.Kind))
	}
	text := []string{fmt.Sprintf("In %s %s there %s %s of personal data: %s.", objects, whose,
		plural(s.Findings, "is", "are"), countWords(s.Findings, "finding", "findings"), list(what))}
	if p.third > 0 {
		text = append(text, number(p.third)+plural(p.third, " of them is", " of them are")+" about somebody other than the owner.")
	}
	if n := s.Exposure[string(reports.AudiencePublic)]; n > 0 {
		text = append(text, "Anyone may read "+number(n)+" of these objects, without an account.")
	}
	if p.months.First != "" {
		when := "in " + monthWords(p.months.First)
		if p.months.First != p.months.Last {
			when = "from " + monthWords(p.months.First) + " to " + monthWords(p.months.Last)
		}
		text = append(text, "What has a date was taken "+when+".")
	}
	return text
}
