package html

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"habeas/reports"
)

// Bounds of a page, so that a browser stays quick and memory stays flat.
const (
	firstObjects = 100   // on an owner's own page, below the answer
	pageObjects  = 500   // on each further page
	showFindings = 200   // of one object
	showSubjects = 200   // different values on an owner's page
	keepSubjects = 20000 // different values counted for one owner
)

// ownerRow is a line of the overview.
type ownerRow struct {
	reports.Owner
	File                                 string
	Findings, Third, Objects, Incomplete int64
	Kinds                                string
}

// ownerPages collects one owner. The first objects wait in memory, since the
// answer above them needs the totals; the rest goes straight to further pages.
type ownerPages struct {
	h        *Handler
	owner    reports.Owner
	rules    []string
	sum      *reports.Summary
	kinds    map[string]*kindCount
	third    int64
	subjects map[subjectKey]*subject
	cut      bool // more different values than keepSubjects
	cells    map[reports.Cell]*cellCount
	first    bytes.Buffer
	page     int // the page that is being written, from 1
	onPage   int
	out      *outFile // of page > 1
}

type subjectKey struct {
	kind, fingerprint string
	party             reports.Party
}

type subject struct {
	Kind, Text, Fingerprint string
	Party                   reports.Party
	Count                   int64
}

type cellCount struct {
	Name, First, Last string
	Count             int64
}

func newOwnerPages(h *Handler, o reports.Owner) *ownerPages {
	return &ownerPages{h: h, owner: o, sum: reports.NewSummary(), kinds: map[string]*kindCount{},
		subjects: map[subjectKey]*subject{}, cells: map[reports.Cell]*cellCount{}, page: 1}
}

func (p *ownerPages) holds(o reports.Owner) bool {
	return p.owner.ID == o.ID && p.owner.Tenant == o.Tenant
}

func (p *ownerPages) add(e *reports.Entry) error {
	p.sum.Add(e)
	countKinds(p.kinds, e)
	if e.Owner.Rule != "" && !slices.Contains(p.rules, e.Owner.Rule) {
		p.rules = append(p.rules, e.Owner.Rule)
	}
	for i := range e.Findings {
		if f := &e.Findings[i]; f.Counted() {
			p.count(f)
		}
	}
	w, err := p.writer()
	if err != nil {
		return err
	}
	return p.h.tmpl.ExecuteTemplate(w, "object", newObjectView(e, p.h.run.WithValues, len(p.h.run.Sources) > 1))
}

func (p *ownerPages) count(f *reports.Finding) {
	if f.Party == reports.PartyThird {
		p.third++
	}
	if f.Fingerprint != "" {
		k := subjectKey{f.Kind, f.Fingerprint, f.Party}
		s := p.subjects[k]
		switch {
		case s != nil:
			s.Count++
		case len(p.subjects) < keepSubjects:
			p.subjects[k] = &subject{Kind: f.Kind, Text: valueText(f), Fingerprint: f.Fingerprint, Party: f.Party, Count: 1}
		default:
			p.cut = true
		}
	}
	if f.Cell != nil {
		c := p.cells[*f.Cell]
		if c == nil {
			c = &cellCount{Name: cellName(*f.Cell), First: f.Month, Last: f.Month}
			p.cells[*f.Cell] = c
		}
		c.Count++
		if f.Month != "" {
			c.First, c.Last = min(cmp.Or(c.First, f.Month), f.Month), max(c.Last, f.Month)
		}
	}
}

// writer gives where the next object goes, and turns the page if this one is full.
func (p *ownerPages) writer() (io.Writer, error) {
	limit := pageObjects
	if p.page == 1 {
		limit = firstObjects
	}
	if p.onPage == limit {
		if err := p.turn(); err != nil {
			return nil, err
		}
	}
	p.onPage++
	if p.page == 1 {
		return &p.first, nil
	}
	return p.out, nil
}

func (p *ownerPages) turn() error {
	if p.out != nil {
		if err := p.finish(p.name(p.page + 1)); err != nil {
			return err
		}
	}
	p.page++
	p.onPage = 0
	var err error
	if p.out, err = p.h.create(ownerFile(p.owner, p.page)); err != nil {
		return err
	}
	return p.h.tmpl.ExecuteTemplate(p.out, "objects-top", p.view(""))
}

// finish closes a further page; next is the file name of the following one.
func (p *ownerPages) finish(next string) error {
	v := p.view(next)
	v.Back = p.name(p.page - 1)
	err := errors.Join(p.h.tmpl.ExecuteTemplate(p.out, "objects-bottom", v), p.out.close())
	p.out = nil
	return err
}

// name is the file name of a page, as linked from its siblings.
func (p *ownerPages) name(page int) string { return path.Base(ownerFile(p.owner, page)) }

// ownerView is what the templates of an owner's pages show.
type ownerView struct {
	common
	Owner        reports.Owner
	Page         int
	Rules        []string
	Answer       string
	Incomplete   string
	Bar          bar
	Kinds        []kindCount
	Subjects     []subject
	SubjectCount int64
	MoreSubjects bool
	SubjectsCut  bool
	Cells        []cellCount
	Back, Next   string
}

func (p *ownerPages) view(next string) ownerView {
	title, up := "Objects without an owner", ""
	if p.owner.ID != "" {
		title, up = "Uploads of "+reports.Show(p.owner.ID), "../"
	}
	return ownerView{common: common{Run: &p.h.run, Title: title, Up: up}, Owner: p.owner, Page: p.page, Next: next}
}

// close writes the owner's own page.
func (p *ownerPages) close() (ownerRow, error) {
	if p.out != nil {
		if err := p.finish(""); err != nil {
			return ownerRow{}, err
		}
	}
	next := ""
	if p.page > 1 {
		next = p.name(2)
	}
	v := p.view(next)
	v.Page, v.Rules, v.Bar = 1, p.rules, newBar(p.sum)
	v.Answer, v.Incomplete = ownerAnswer(p.owner, p.sum, p.third, p.kinds), incompleteText(p.sum)
	v.Kinds = sortKinds(p.kinds)
	v.Subjects, v.SubjectCount, v.SubjectsCut = topSubjects(p.subjects), int64(len(p.subjects)), p.cut
	v.MoreSubjects = v.SubjectCount > int64(len(v.Subjects))
	v.Cells = sortCells(p.cells)
	err := p.h.file(ownerFile(p.owner, 1), func(w io.Writer) error {
		if err := p.h.tmpl.ExecuteTemplate(w, "owner-top", v); err != nil {
			return err
		}
		if _, err := p.first.WriteTo(w); err != nil {
			return err
		}
		return p.h.tmpl.ExecuteTemplate(w, "owner-bottom", v)
	})
	var kinds []string
	for _, k := range v.Kinds {
		kinds = append(kinds, kindWords(k.Kind))
	}
	return ownerRow{Owner: p.owner, File: ownerFile(p.owner, 1), Findings: p.sum.Findings, Third: p.third, Objects: p.sum.Listed,
		Incomplete: p.sum.Listed - p.sum.Coverage[string(reports.Complete)], Kinds: strings.Join(kinds, ", ")}, err
}

func topSubjects(m map[subjectKey]*subject) []subject {
	all := make([]subject, 0, len(m))
	for _, s := range m {
		all = append(all, *s)
	}
	slices.SortFunc(all, func(a, b subject) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Text, b.Text),
			cmp.Compare(a.Fingerprint, b.Fingerprint), cmp.Compare(a.Party, b.Party))
	})
	return all[:min(len(all), showSubjects)]
}

func sortCells(m map[reports.Cell]*cellCount) []cellCount {
	all := make([]cellCount, 0, len(m))
	for _, c := range m {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b cellCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return all[:min(len(all), showSubjects)]
}

// ownerAnswer is the plain answer that the page begins with.
func ownerAnswer(o reports.Owner, s *reports.Summary, third int64, kinds map[string]*kindCount) string {
	whose := "that nobody could be named for"
	if o.ID != "" {
		whose = "that this owner uploaded"
	}
	if s.Listed == 0 {
		return "There is no object " + whose + "."
	}
	if s.Findings == 0 {
		return fmt.Sprintf("In %s %s, nothing was found that counts as personal data.", countWords(s.Listed, "object", "objects"), whose)
	}
	var what []string
	for _, k := range sortKinds(kinds) {
		what = append(what, fmt.Sprintf("%s × %s", number(k.Findings), kindWords(k.Kind)))
	}
	text := fmt.Sprintf("In %s %s there %s %s of personal data: %s.", countWords(s.Listed, "object", "objects"), whose,
		plural(s.Findings, "is", "are"), countWords(s.Findings, "finding", "findings"), strings.Join(what, ", "))
	if third > 0 {
		text += fmt.Sprintf(" %s about somebody other than the owner.", number(third)+plural(third, " is", " are"))
	}
	return text
}
