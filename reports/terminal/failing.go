package terminal

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"habeas/reports"
)

// maxFailing is how many findings are listed one by one.
const maxFailing = 100

// FailingOptions of a Failing.
type FailingOptions struct {
	Paths reports.Paths
	Fails func(*reports.Finding) bool // tells the findings that fail the run
	// Lines tells the lines, from 1, of a byte range in an object; nil, or false where
	// there are none.
	Lines func(e *reports.Entry, start, end int64) (first, last int, ok bool)
	// Name names a finding for a file of suppressions.
	Name func(path string, f *reports.Finding) string
}

// Failing prints what the person whose build fails wants to know: which findings, in
// which files, and what to do. It prints masks, and no value.
type Failing struct {
	w    io.Writer
	opts FailingOptions
	run  reports.Run

	objects []failingObject
	listed  int
	more    int64
	kinds   []string
}

var _ reports.Handler = (*Failing)(nil)

type failingObject struct {
	path string
	rows []string
}

// NewFailing prints to w at the end. Memory does not grow with the scan.
func NewFailing(w io.Writer, o FailingOptions) *Failing { return &Failing{w: w, opts: o} }

// Begin implements reports.Handler.
func (h *Failing) Begin(r *reports.Run) error {
	h.run = *r
	return nil
}

// Entry implements reports.Handler.
func (h *Failing) Entry(e *reports.Entry) error {
	where, _ := h.opts.Paths.Of(e.Source, e.Key)
	o := failingObject{path: short(where)}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !h.opts.Fails(f) {
			continue
		}
		if !slices.Contains(h.kinds, f.Kind) {
			h.kinds = append(h.kinds, f.Kind)
		}
		if h.listed == maxFailing {
			h.more++
			continue
		}
		h.listed++
		place := short(f.Part)
		if f.Tag != "" {
			place += ", " + short(f.Tag)
		}
		if n := h.line(e, f); n > 0 {
			place += fmt.Sprintf(", line %d", n)
		}
		o.rows = append(o.rows, strings.Join([]string{reports.Show(f.Kind), short(f.Mask), place, fmt.Sprintf("%.2f", f.Confidence), h.opts.Name(where, f)}, "\t"))
	}
	if len(o.rows) > 0 {
		h.objects = append(h.objects, o)
	}
	return nil
}

func (h *Failing) line(e *reports.Entry, f *reports.Finding) int {
	if f.Start != nil && f.End != nil && f.Line() == 0 && h.opts.Lines != nil { // else the place says it
		if first, _, ok := h.opts.Lines(e, *f.Start, *f.End); ok {
			return first
		}
	}
	return 0
}

// short is s, safe and at most 120 characters.
func short(s string) string {
	s = reports.Show(s)
	n := 0
	for i := range s {
		if n++; n > 120 {
			return s[:i] + "…"
		}
	}
	return s
}

// End implements reports.Handler.
func (h *Failing) End(s *reports.Summary) error {
	var b strings.Builder
	c := s.Coverage
	fmt.Fprintf(&b, "%s listed = %s complete + %s partial + %s skipped + %s failed\n", count(s.Listed, "object"),
		number(c["complete"]), number(c["partial"]), number(c["skipped"]), number(c["failed"]))
	fmt.Fprintf(&b, "%s, %s of them in the baseline; not counted: %s suppressed, %s, %s\n", count(s.Findings, "finding"), number(s.Known),
		number(s.Suppressed), count(s.Dummies, "test value"), count(s.Invalid, "invalid value"))
	if !h.run.Complete {
		b.WriteString("INCOMPLETE: the scan was interrupted before every object was listed.\n")
	}
	for _, o := range h.objects {
		fmt.Fprintf(&b, "\n%s\n", o.path)
		w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		for _, r := range o.rows {
			fmt.Fprintln(w, "  "+r)
		}
		// A Builder takes everything.
		_ = w.Flush()
	}
	if h.more > 0 {
		fmt.Fprintf(&b, "\nand %s more\n", count(h.more, "finding"))
	}
	h.advice(&b)
	h.unread(&b, s)
	for _, n := range s.Notices {
		fmt.Fprintf(&b, "\nnotice: %s\n", reports.Show(n))
	}
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *Failing) advice(b *strings.Builder) {
	if len(h.kinds) == 0 {
		return
	}
	b.WriteString("\nwhat to do\n")
	slices.Sort(h.kinds)
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, k := range h.kinds {
		fmt.Fprintf(w, "  %s\t%s\n", reports.Show(k), reports.KindOf(k).Fix)
	}
	_ = w.Flush()
	b.WriteString("  `habeas inspect FILE` shows the values. What is to stay goes into a baseline (`habeas baseline write`),\n" +
		"  or into the suppressions by its kind, its key or the name at the end of its line.\n")
}

func (h *Failing) unread(b *strings.Builder, s *reports.Summary) {
	if len(s.Reasons) == 0 {
		return
	}
	b.WriteString("\nnot read in full\n")
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, r := range reports.Reasons() {
		if n := s.Reasons[r.Code]; n > 0 {
			fmt.Fprintf(w, "  %s\t%s\t%s: %s\n", r.Code, count(n, "object"), r.Meaning, r.Fix)
		}
	}
	_ = w.Flush()
}
