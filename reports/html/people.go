package html

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"habeas/reports"
)

const (
	keepPeople   = 500000 // different values that are looked at for recurrence
	showPersons  = 2000   // people with a page
	personOwners = 500    // owners on a person's page
	personBlock  = 25     // objects of a block that the browser lays out by itself
	manyOwners   = 20     // a value under more owners is hardly one person's
)

// People finds, in a replay of its own before that of a Handler, who recurs: a
// name, e-mail address, phone number or face name that stands in the objects of
// two owners or more. It joins by fingerprint and by nothing else: two spellings
// of one name, or a name and an address of one person, stay apart.
type People struct {
	seen   map[[16]byte]*seenValue
	owner  reports.Owner
	owners int32
	more   bool // some values were not looked at
	top    map[string]*personPage
	count  int
}

type seenValue struct {
	owners, last int32
	findings     int64
	kind, mask   string
}

var (
	_ reports.Handler = (*People)(nil)
	_ reports.Grouped = (*People)(nil)
)

// NewPeople is empty. Replay a record into it, then hand it to New.
func NewPeople() *People { return &People{seen: map[[16]byte]*seenValue{}} }

// GroupByOwner implements reports.Grouped.
func (p *People) GroupByOwner() {}

// Begin implements reports.Handler.
func (p *People) Begin(*reports.Run) error { return nil }

// Entry implements reports.Handler.
func (p *People) Entry(e *reports.Entry) error {
	if e.Owner.ID == "" {
		return nil
	}
	if p.owners == 0 || p.owner.ID != e.Owner.ID || p.owner.Tenant != e.Owner.Tenant {
		p.owner = e.Owner
		p.owners++
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !f.Counted() || !namesPeople(f.Kind) {
			continue
		}
		key, ok := fingerprintKey(f.Fingerprint)
		if !ok {
			continue
		}
		v := p.seen[key]
		if v == nil {
			if len(p.seen) == keepPeople {
				p.more = true
				continue
			}
			v = &seenValue{kind: f.Kind}
			p.seen[key] = v
		}
		v.findings++
		if v.last != p.owners {
			v.last = p.owners
			v.owners++
			if v.owners == 2 {
				v.mask = cut(f.Mask)
			}
		}
	}
	return nil
}

// End implements reports.Handler.
func (p *People) End(*reports.Summary) error {
	var all []*personPage
	for key, v := range p.seen {
		if v.owners > 1 {
			all = append(all, &personPage{Kind: v.kind, Text: v.mask, Fingerprint: hex.EncodeToString(key[:]), Owners: int64(v.owners), Findings: v.findings})
		}
	}
	p.seen, p.count = nil, len(all)
	slices.SortFunc(all, orderPeople)
	p.top = map[string]*personPage{}
	for _, one := range all[:min(len(all), showPersons)] {
		p.top[one.Fingerprint] = one
	}
	return nil
}

func orderPeople(a, b *personPage) int {
	return cmp.Or(cmp.Compare(b.Owners, a.Owners), cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Fingerprint, b.Fingerprint))
}

// fingerprintKey is a fingerprint without its hex.
func fingerprintKey(s string) (key [16]byte, ok bool) {
	if len(s) != 2*len(key) {
		return key, false
	}
	_, err := hex.Decode(key[:], []byte(s))
	return key, err == nil
}

// has reports whether there is a page for a fingerprint. p may be nil.
func (p *People) has(fingerprint string) bool { return p != nil && p.top[fingerprint] != nil }

// personFile names a person's page.
func personFile(fingerprint string) string { return "people/" + fingerprint + ".html" }

// personPage is one recurring value.
type personPage struct {
	Kind, Text, Fingerprint string
	Owners, Findings        int64
	Third, Objects          int64
	Shown                   int64 // objects on its page, the first ones
	Where                   []personOwner
	bytes                   int
	filters                 filters
}

// File is the name of the page.
func (p *personPage) File() string { return personFile(p.Fingerprint) }

// Shared reports whether the value is under so many owners that it is hardly one
// person's: a shared mailbox, a hotline.
func (p *personPage) Shared() bool { return p.Owners > manyOwners }

// MoreOwners is how many owners the page does not name.
func (p *personPage) MoreOwners() int64 { return p.Owners - int64(len(p.Where)) }

// personOwner is where the value stands.
type personOwner struct {
	Name, File        string
	Findings, Objects int64
	owner             reports.Owner
}

// collect adds e to the pages of the people in it. at is where e stands on its
// owner's pages.
func (p *People) collect(h *Handler, e *reports.Entry, at string) error {
	if p == nil || e.Owner.ID == "" {
		return nil
	}
	byPerson := map[string][]reports.Finding{}
	var order []string
	for i := range e.Findings {
		f := e.Findings[i]
		if !f.Counted() || !p.has(f.Fingerprint) {
			continue
		}
		if byPerson[f.Fingerprint] == nil {
			order = append(order, f.Fingerprint)
		}
		byPerson[f.Fingerprint] = append(byPerson[f.Fingerprint], f)
	}
	for _, fingerprint := range order {
		if err := p.top[fingerprint].add(h, e, byPerson[fingerprint], at); err != nil {
			return err
		}
	}
	return nil
}

func (p *personPage) add(h *Handler, e *reports.Entry, fs []reports.Finding, at string) error {
	p.Objects++
	for i := range fs {
		if fs[i].Party == reports.PartyThird {
			p.Third++
		}
	}
	if n := len(p.Where); n == 0 || p.Where[n-1].owner.ID != e.Owner.ID || p.Where[n-1].owner.Tenant != e.Owner.Tenant {
		if n < personOwners {
			p.Where = append(p.Where, personOwner{Name: ownerRow{Owner: e.Owner}.Name(), File: "../" + at, owner: e.Owner})
		}
	}
	if w := &p.Where[len(p.Where)-1]; w.owner.ID == e.Owner.ID && w.owner.Tenant == e.Owner.Tenant {
		w.Objects++
		w.Findings += int64(len(fs))
	}
	if p.Objects != p.Shown+1 || p.Shown == pageObjects {
		return nil // the page says that there are more
	}
	one := *e
	one.Findings = fs
	v := h.newObjectView(&one, fmt.Sprintf("o%d", p.Objects), "../")
	v.Whose, v.Owners = ownerRow{Owner: e.Owner}.Name(), "../"+at
	var text bytes.Buffer
	if p.Shown%personBlock == 0 {
		if p.Shown > 0 {
			if err := h.tmpl.ExecuteTemplate(&text, "block-bottom", nil); err != nil {
				return err
			}
		}
		if err := h.tmpl.ExecuteTemplate(&text, "block-top", fmt.Sprintf("Objects from %d on", p.Shown+1)); err != nil {
			return err
		}
	}
	if err := h.tmpl.ExecuteTemplate(&text, "object", v); err != nil {
		return err
	}
	if p.Shown > 0 && p.bytes+text.Len() > pageBytes {
		return nil
	}
	p.Shown++
	p.bytes += text.Len()
	p.filters.add(&one)
	return h.appendTo(p.part(), &text)
}

// part is the file in which a person's objects wait: there are many people, and
// each grows until the end.
func (p *personPage) part() string { return p.File() + ".part" }

func (h *Handler) appendTo(name string, text io.WriterTo) error {
	f, err := os.OpenFile(filepath.Join(h.tmp, filepath.FromSlash(name)), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = text.WriteTo(f)
	return errors.Join(err, f.Close())
}

// personView is what a person's page shows.
type personView struct {
	common
	*personPage
	List listView
}

// writePeople writes a page for each person and the list of them.
func (h *Handler) writePeople() error {
	p := h.people
	if p == nil || len(p.top) == 0 {
		return nil
	}
	all := make([]*personPage, 0, len(p.top))
	for _, one := range p.top {
		all = append(all, one)
	}
	slices.SortFunc(all, orderPeople)
	for _, one := range all {
		if err := h.writePerson(one); err != nil {
			return err
		}
	}
	const perPage = 500
	pages := (len(all) + perPage - 1) / perPage
	for n := 1; n <= pages; n++ {
		var view struct {
			common
			People []*personPage
			Count  int64
			Shown  int64 // 0: all of them
			More   bool
			Links  pageLinks
		}
		view.common = h.common("People who recur", "")
		view.People, view.Count, view.More = all[(n-1)*perPage:min(len(all), n*perPage)], int64(p.count), p.more
		if p.count > len(all) {
			view.Shown = int64(len(all))
		}
		view.Links = newPageLinks(n, pages, peopleFile)
		if err := h.page(peopleFile(n), "people", view); err != nil {
			return err
		}
	}
	return nil
}

func peopleFile(page int) string {
	if page == 1 {
		return "people.html"
	}
	return fmt.Sprintf("people-%d.html", page)
}

func (h *Handler) writePerson(p *personPage) error {
	title := "Where " + reports.Show(p.Text) + " stands"
	v := personView{common: h.common(title, "../"), personPage: p}
	v.Decides = true
	v.List = listView{listPage: listPage{First: 1, Last: int(p.Shown), Filters: p.filters}, pageLinks: newPageLinks(1, 1, nil), Total: p.Objects, Decide: h.decide()}
	return h.file(p.File(), func(w io.Writer) error {
		part := filepath.Join(h.tmp, filepath.FromSlash(p.part()))
		f, err := os.Open(part)
		if err != nil {
			return err
		}
		defer f.Close()
		if err := h.tmpl.ExecuteTemplate(w, "person-top", v); err != nil {
			return err
		}
		if _, err := io.Copy(w, f); err != nil {
			return err
		}
		return errors.Join(h.tmpl.ExecuteTemplate(w, "block-bottom", nil), h.tmpl.ExecuteTemplate(w, "list-bottom", v), os.Remove(part))
	})
}
