// Package terminal prints what a person at a terminal wants to know when a scan
// ends: how much was read, what was found, whose it is, and what was not read
// and why. It prints no value and no mask.
package terminal

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"habeas/reports"
)

// topOwners is how many owners the summary names; the HTML report has them all.
const topOwners = 10

// Handler prints at the end. Memory does not grow with the scan.
type Handler struct {
	w      io.Writer
	run    reports.Run
	kinds  map[string]*kindRow
	top    []ownerRow
	owner  ownerRow
	kindOf map[string]bool // kinds seen under the current owner
	err    error
}

var (
	_ reports.Handler = (*Handler)(nil)
	_ reports.Grouped = (*Handler)(nil)
	_ reports.Brief   = (*Handler)(nil)
)

type kindRow struct {
	findings, objects, owners, third int64
}

type ownerRow struct {
	reports.Owner
	objects, findings, third, incomplete int64
}

// New prints to w.
func New(w io.Writer) *Handler {
	return &Handler{w: w, kinds: map[string]*kindRow{}, kindOf: map[string]bool{}}
}

// Brief implements reports.Brief.
func (h *Handler) Brief() {}

// GroupByOwner implements reports.Grouped.
func (h *Handler) GroupByOwner() {}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	return nil
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	if e.Owner.ID != h.owner.ID || e.Owner.Tenant != h.owner.Tenant {
		h.closeOwner()
		h.owner = ownerRow{Owner: e.Owner}
	}
	h.owner.objects++
	if e.Coverage != reports.Complete {
		h.owner.incomplete++
	}
	seen := map[string]bool{}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !f.Counted() {
			continue
		}
		k := h.kinds[f.Kind]
		if k == nil {
			k = &kindRow{}
			h.kinds[f.Kind] = k
		}
		k.findings++
		h.owner.findings++
		if f.Party == reports.PartyThird {
			k.third++
			h.owner.third++
		}
		if !seen[f.Kind] {
			seen[f.Kind] = true
			k.objects++
		}
		if !h.kindOf[f.Kind] && e.Owner.ID != "" {
			h.kindOf[f.Kind] = true
			k.owners++
		}
	}
	return nil
}

func (h *Handler) closeOwner() {
	clear(h.kindOf)
	if h.owner.ID == "" || h.owner.findings == 0 {
		return
	}
	h.top = append(h.top, h.owner)
	slices.SortStableFunc(h.top, func(a, b ownerRow) int { return cmp.Compare(b.findings, a.findings) })
	h.top = h.top[:min(len(h.top), topOwners)]
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	h.closeOwner()
	h.printf("%s, as of %s\n\n", sources(h.run.Sources), h.run.AsOf.UTC().Format("2006-01-02 15:04 UTC"))
	if !h.run.Complete {
		h.printf("INCOMPLETE: the scan was interrupted before every object was listed.\n")
	}
	c := s.Coverage
	h.printf("%s listed = %s complete + %s partial + %s skipped + %s failed\n", count(s.Listed, "object"),
		number(c["complete"]), number(c["partial"]), number(c["skipped"]), number(c["failed"]))
	h.printf("%s in the uploads of %s", count(s.Findings, "finding"), count(s.Owners, "owner"))
	if h.run.Baseline {
		h.printf(", %s of them in the baseline", number(s.Known))
	}
	if s.Dummies+s.Invalid > 0 {
		h.printf("; not counted: %s and %s", count(s.Dummies, "test value"), count(s.Invalid, "invalid value"))
	}
	if s.Suppressed > 0 {
		h.printf("; suppressed: %s", number(s.Suppressed))
	}
	h.printf("\n")
	if n := s.Exposure[string(reports.AudiencePublic)]; n > 0 {
		h.printf("EXPOSED: anyone may read %s, without an account\n", count(n, "object"))
	}
	h.printPixels(s)
	h.printKinds()
	h.printOwners(s)
	h.printReasons(s)
	if len(s.Notices) > 0 {
		h.printf("\n")
	}
	for _, n := range s.Notices {
		h.printf("notice: %s\n", reports.Show(n))
	}
	return h.err
}

// printPixels says how much of the pictures nobody looked at: what is not read
// must not look like clean.
func (h *Handler) printPixels(s *reports.Summary) {
	switch {
	case s.Pictures == 0:
	case h.run.Pixels == "":
		h.printf("pixels unread: %s or videos (--ocr and --faces look at them)\n", count(s.Unseen, "picture"))
	default:
		h.printf("pixels looked at for %s: %s of %s or videos; unread: %s\n", h.run.Pixels, number(s.Pictures-s.Unseen), count(s.Pictures, "picture"), number(s.Unseen))
	}
}

func (h *Handler) printKinds() {
	if len(h.kinds) == 0 {
		return
	}
	rows := [][]string{{"kind", "findings", "objects", "owners", "third parties"}}
	for _, kind := range sorted(h.kinds) {
		k := h.kinds[kind]
		rows = append(rows, []string{kind, number(k.findings), number(k.objects), number(k.owners), number(k.third)})
	}
	h.table(rows)
}

func (h *Handler) printOwners(s *reports.Summary) {
	if len(h.top) > 0 {
		rows := [][]string{{"owner", "findings", "objects", "not read in full", "third parties"}}
		for _, o := range h.top {
			rows = append(rows, []string{name(o.Owner), number(o.findings), number(o.objects), number(o.incomplete), number(o.third)})
		}
		h.table(rows)
	}
	if s.Unattributed > 0 {
		h.printf("\nattributed to nobody: %s; `habeas owners test` shows which and why\n", count(s.Unattributed, "object"))
	}
	if s.Conflicts > 0 {
		h.printf("\nowner rules disagree on %s\n", count(s.Conflicts, "object"))
	}
}

func (h *Handler) printReasons(s *reports.Summary) {
	if len(s.Reasons) == 0 {
		return
	}
	rows := [][]string{{"not in full", "objects", "why, and what to do"}}
	for _, r := range reports.Reasons() {
		if n := s.Reasons[r.Code]; n > 0 {
			rows = append(rows, []string{r.Code, number(n), r.Meaning + ": " + r.Fix})
		}
	}
	h.table(rows)
}

func (h *Handler) table(rows [][]string) {
	h.printf("\n")
	w := tabwriter.NewWriter(h.w, 0, 0, 2, ' ', 0)
	for _, r := range rows {
		if _, err := fmt.Fprintln(w, "  "+strings.Join(r, "\t")); err != nil && h.err == nil {
			h.err = err
		}
	}
	if err := w.Flush(); err != nil && h.err == nil {
		h.err = err
	}
}

func (h *Handler) printf(format string, args ...any) {
	if _, err := fmt.Fprintf(h.w, format, args...); err != nil && h.err == nil {
		h.err = err
	}
}

func sources(names []string) string {
	var shown []string
	for _, n := range names {
		shown = append(shown, reports.Show(n))
	}
	return strings.Join(shown, ", ")
}

func name(o reports.Owner) string {
	if o.Tenant == "" {
		return reports.Show(o.ID)
	}
	return reports.Show(o.Tenant) + "/" + reports.Show(o.ID)
}

func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return number(n) + " " + noun + "s"
}

// number groups thousands by commas.
func number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
