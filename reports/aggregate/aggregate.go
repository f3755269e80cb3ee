// Package aggregate publishes how much personal data there is without telling of
// anybody: counts only, and none that is about few people. It holds no owner, no key,
// no mask and no fingerprint.
//
// A row of a table that is about fewer than k owners is withheld. Where the total
// would give it away, so are others: a reader who knows how the choice is made, and
// subtracts whatever can be subtracted, learns no more of it than that it is small.
// Two reports over time can be subtracted from each other, and nothing here can
// prevent that.
package aggregate

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"habeas/reports"
)

// Bounds of k.
const (
	DefaultK = 10
	MinK     = 2
	MaxK     = 1000
)

// ErrK is the error of New for a k out of bounds.
var ErrK = fmt.Errorf("the smallest group is from %d to %d people", MinK, MaxK)

// Handler writes at the end. Memory does not grow with the scan.
type Handler struct {
	w      io.Writer
	k      int64
	asJSON bool
	run    reports.Run

	kinds, types, coverage, months, exposure tableOf
	owner                                    *reports.Owner
}

var (
	_ reports.Handler = (*Handler)(nil)
	_ reports.Grouped = (*Handler)(nil)
)

// New writes text, or one JSON document, to w, and publishes nothing of fewer than
// k people.
func New(w io.Writer, k int, asJSON bool) (*Handler, error) {
	if k < MinK || k > MaxK {
		return nil, ErrK
	}
	return &Handler{w: w, k: int64(k), asJSON: asJSON, kinds: tableOf{}, types: tableOf{}, coverage: tableOf{}, months: tableOf{}, exposure: tableOf{}}, nil
}

// GroupByOwner implements reports.Grouped.
func (h *Handler) GroupByOwner() {}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	return nil
}

// tableOf counts by name.
type tableOf map[string]*cell

// cell is a count and how many people it is about: owners, and each object without
// one as if it were of another person.
type cell struct {
	n, people int64
	last      *reports.Owner
}

// add counts one of owner o; nil for none.
func (t tableOf) add(name string, o *reports.Owner, newObject bool) {
	c := t[name]
	if c == nil {
		c = &cell{}
		t[name] = c
	}
	c.n++
	if o == nil {
		if newObject {
			c.people++
		}
		return
	}
	if c.last != o {
		c.last = o
		c.people++
	}
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	o := h.ownerOf(e)
	h.coverage.add(string(e.Coverage), o, true)
	h.types.add(family(e.Type), o, true)
	h.exposure.add(audience(e.Audience), o, true)
	kinds, months := map[string]bool{}, map[string]bool{}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !f.Counted() {
			continue
		}
		h.kinds.add(f.Kind, o, !kinds[f.Kind])
		month := f.Month
		if len(month) > 4 {
			month = month[:4]
		}
		if month == "" {
			month = "undated"
		}
		h.months.add(month, o, !months[month])
		kinds[f.Kind], months[month] = true, true
	}
	return nil
}

// ownerOf is one pointer for all entries of an owner, who come together; nil for
// nobody.
func (h *Handler) ownerOf(e *reports.Entry) *reports.Owner {
	if e.Owner.ID == "" {
		return nil
	}
	if h.owner == nil || h.owner.ID != e.Owner.ID || h.owner.Tenant != e.Owner.Tenant {
		h.owner = &reports.Owner{ID: e.Owner.ID, Tenant: e.Owner.Tenant}
	}
	return h.owner
}

// audience is one of those that there are.
func audience(a reports.Audience) string {
	if slices.Contains(reports.Audiences(), a) {
		return string(a)
	}
	return string(reports.AudienceUnknown)
}

// family is the general part of a MIME type, which says enough, if it is one of
// those that there are.
func family(mime string) string {
	top, _, _ := strings.Cut(mime, "/")
	if slices.Contains([]string{"application", "audio", "font", "image", "message", "model", "multipart", "text", "video"}, top) {
		return top
	}
	return "unknown"
}

// Row is a line of a table.
type Row struct {
	Name string `json:"name"`
	// N is the count; absent if it is withheld.
	N *int64 `json:"n,omitempty"`
}

// Table is a table with its total.
type Table struct {
	Rows  []Row  `json:"rows"`            // in order of name
	Total *int64 `json:"total,omitempty"` // absent if it is withheld
}

// Report is the document.
type Report struct {
	Schema   int    `json:"schema"` // 1
	What     string `json:"habeas"` // "aggregate"
	AsOf     string `json:"as_of"`  // day
	K        int64  `json:"k"`
	Complete bool   `json:"complete"`
	Owners   *int64 `json:"owners,omitempty"`
	Coverage Table  `json:"coverage"` // objects
	Types    Table  `json:"types"`    // objects
	Exposure Table  `json:"exposure"` // objects, by who may read them
	Kinds    Table  `json:"kinds"`    // findings
	Years    Table  `json:"years"`    // findings, by year of capture
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	r := Report{Schema: 1, What: "aggregate", AsOf: h.run.AsOf.UTC().Format("2006-01-02"), K: h.k, Complete: h.run.Complete,
		Coverage: h.coverage.publish(h.k), Types: h.types.publish(h.k), Exposure: h.exposure.publish(h.k), Kinds: h.kinds.publish(h.k), Years: h.months.publish(h.k)}
	// What two tables say together must not be more than each says.
	agree(&r.Coverage, &r.Types, &r.Exposure)
	agree(&r.Kinds, &r.Years)
	if s.Owners >= h.k {
		r.Owners = &s.Owners
	}
	if h.asJSON {
		enc := json.NewEncoder(h.w)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.write(h.w)
}

// agree withholds all of several tables of the same things if one of them withholds
// its total: the rows of the others would add up to it.
func agree(tables ...*Table) {
	if !slices.ContainsFunc(tables, func(t *Table) bool { return t.Total == nil }) {
		return
	}
	for _, t := range tables {
		t.Total = nil
		for i := range t.Rows {
			t.Rows[i].N = nil
		}
	}
}

// publish decides what may be said of t.
func (t tableOf) publish(k int64) Table {
	names := make([]string, 0, len(t))
	for name := range t {
		names = append(names, name)
	}
	slices.Sort(names)
	counts := make([]count, 0, len(t))
	for _, name := range names {
		counts = append(counts, count{t[name].n, t[name].people < k})
	}
	said, total := withhold(counts, k)
	out := Table{Rows: []Row{}}
	sum := int64(0)
	for i, name := range names {
		sum += counts[i].n
		row := Row{Name: reports.Show(name)}
		if said[i] {
			row.N = &counts[i].n
		}
		out.Rows = append(out.Rows, row)
	}
	if total {
		out.Total = &sum
	}
	return out
}

// count is a number and whether it is about too few people to be said.
type count struct {
	n   int64
	few bool
}

// withhold says which counts may be published, and whether their sum may.
//
// The reader subtracts what is said from the sum, and knows this code. So few counts
// alone are not withheld: others go with them, until the rest is so large that each
// of the few could be anything. Which others does not depend on their values, or the
// choice would tell something of those: they are the first. If there are not enough,
// the sum is withheld too.
func withhold(counts []count, k int64) (said []bool, total bool) {
	said = make([]bool, len(counts))
	rest, few, many := int64(0), int64(0), int64(0)
	for i, c := range counts {
		said[i] = !c.few
		if c.few {
			rest, few = rest+c.n, few+1
		}
	}
	if few == 0 {
		return said, true
	}
	// An other is at least k, for it is about k people or more. The width of what is
	// not known of one of the few is what is left when all else is as small as can be.
	wide := func() bool { return many > 0 && rest-(few-1)-many*k >= 2*k }
	for i := range counts {
		if wide() {
			break
		}
		if said[i] {
			said[i] = false
			rest, many = rest+counts[i].n, many+1
		}
	}
	return said, wide()
}

func (r *Report) write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Personal data in uploads, as of %s\n", r.AsOf)
	fmt.Fprintf(&b, "Numbers about fewer than %d people are withheld, and with them others that would give them away.\n", r.K)
	if !r.Complete {
		b.WriteString("INCOMPLETE: the scan was interrupted before every object was listed.\n")
	}
	fmt.Fprintf(&b, "\nowners  %s\n", number(r.Owners))
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, x := range []struct {
		title string
		Table
	}{{"objects, by how far they were read", r.Coverage}, {"objects, by type", r.Types}, {"objects, by who may read them", r.Exposure}, {"findings, by kind", r.Kinds}, {"findings, by year of capture", r.Years}} {
		fmt.Fprintf(t, "\n%s\n", x.title)
		for _, row := range x.Rows {
			fmt.Fprintf(t, "  %s\t%s\n", row.Name, number(row.N))
		}
		fmt.Fprintf(t, "  all\t%s\n", number(x.Total))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func number(n *int64) string {
	if n == nil {
		return "withheld"
	}
	return fmt.Sprint(*n)
}
