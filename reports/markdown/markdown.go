// Package markdown writes the summary of a scan in GitHub's Markdown, for the page of
// a run ($GITHUB_STEP_SUMMARY takes 1 MiB) or for a comment: the answer, the counts,
// the objects with most findings, what was not read and why, and what to do.
package markdown

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"habeas/reports"
)

// Limits of what is listed. With them the text stays under 256 KiB, whatever the
// scan.
const (
	maxObjects = 50
	maxUnread  = 20
	maxNotices = 50
	maxText    = 300 // characters of a text that came from outside
)

// Options of a Handler.
type Options struct {
	Paths reports.Paths
	// Fails tells the findings that fail the run; nil is all that count and are not
	// known.
	Fails func(*reports.Finding) bool
}

// Handler writes at the end. Memory does not grow with the scan.
type Handler struct {
	w    io.Writer
	opts Options
	run  reports.Run

	kinds   map[string]*counts
	objects []object // most failing findings first, at most maxObjects
	unread  []object // at most maxUnread
	failing int64
	others  int64 // objects that failed and are not in objects
}

var _ reports.Handler = (*Handler)(nil)

type counts struct{ findings, objects, third, failing int64 }

type object struct {
	path    string
	failing int64
	kinds   []string
	why     string
}

// New writes to w.
func New(w io.Writer, o Options) *Handler {
	return &Handler{w: w, opts: o, kinds: map[string]*counts{}}
}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	return nil
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	where, _ := h.opts.Paths.Of(e.Source, e.Key)
	o := object{path: where}
	seen := map[string]bool{}
	for i := range e.Findings {
		f := &e.Findings[i]
		fails := h.fails(f)
		if fails {
			h.failing++
			o.failing++
			if !slices.Contains(o.kinds, f.Kind) {
				o.kinds = append(o.kinds, f.Kind)
			}
		}
		if f.Counted() {
			h.count(f, fails, !seen[f.Kind])
			seen[f.Kind] = true
		}
	}
	if o.failing > 0 {
		h.keep(o)
	}
	if e.Coverage != reports.Complete && len(h.unread) < maxUnread {
		o.why = string(e.Coverage)
		if len(e.Reasons) > 0 {
			o.why = e.Reasons[0].Code
		}
		h.unread = append(h.unread, o)
	}
	return nil
}

// count adds a finding to its kind; first if it is the first of its kind in the
// object.
func (h *Handler) count(f *reports.Finding, fails, first bool) {
	k := h.kinds[f.Kind]
	if k == nil {
		k = &counts{}
		h.kinds[f.Kind] = k
	}
	k.findings++
	if f.Party == reports.PartyThird {
		k.third++
	}
	if first {
		k.objects++
	}
	if fails {
		k.failing++
	}
}

func (h *Handler) fails(f *reports.Finding) bool {
	if h.opts.Fails != nil {
		return h.opts.Fails(f)
	}
	return f.Counted() && !f.Known
}

func (h *Handler) keep(o object) {
	at, _ := slices.BinarySearchFunc(h.objects, o, func(x, y object) int {
		if x.failing >= y.failing { // equals stay in order of key
			return -1
		}
		return 1
	})
	h.objects = slices.Insert(h.objects, at, o)
	if len(h.objects) > maxObjects {
		h.objects = h.objects[:maxObjects]
		h.others++
	}
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	var b strings.Builder
	h.answer(&b, s)
	h.totals(&b, s)
	h.kindTable(&b)
	h.objectTable(&b)
	h.unreadTable(&b, s)
	h.notices(&b, s)
	var sources []string
	for _, n := range h.run.Sources {
		sources = append(sources, h.opts.Paths.Source(n))
	}
	fmt.Fprintf(&b, "<sub>%s, as of %s, by %s</sub>\n", plain(strings.Join(sources, ", ")), h.run.AsOf.UTC().Format("2006-01-02 15:04 UTC"), plain(h.run.Tool))
	_, err := io.WriteString(h.w, b.String())
	return err
}

func (h *Handler) answer(b *strings.Builder, s *reports.Summary) {
	unread := s.Listed - s.Coverage[string(reports.Complete)]
	b.WriteString("### Personal data: ")
	switch {
	case h.failing > 0:
		fmt.Fprintf(b, "%s to look at\n\n", number(h.failing, "finding"))
	case unread > 0 || !h.run.Complete:
		b.WriteString("nothing new in what was read, and not all was read\n\n")
	default:
		b.WriteString("nothing new\n\n")
	}
	if !h.run.Complete {
		b.WriteString("**The scan was interrupted: objects that it did not reach are not in here.**\n\n")
	}
}

func (h *Handler) totals(b *strings.Builder, s *reports.Summary) {
	c := s.Coverage
	fmt.Fprintf(b, "%s listed = %d complete + %d partial + %d skipped + %d failed. ", number(s.Listed, "object"), c["complete"], c["partial"], c["skipped"], c["failed"])
	fmt.Fprintf(b, "%s, of them %d in the baseline; not counted: %d suppressed, %s, %s.\n\n", number(s.Findings, "finding"), s.Known, s.Suppressed, number(s.Dummies, "test value"), number(s.Invalid, "invalid value"))
}

func (h *Handler) kindTable(b *strings.Builder) {
	if len(h.kinds) == 0 {
		return
	}
	b.WriteString("| kind | findings | to look at | objects | about other people |\n| --- | ---: | ---: | ---: | ---: |\n")
	var names []string
	for k := range h.kinds {
		names = append(names, k)
	}
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(cmp.Compare(h.kinds[y].findings, h.kinds[x].findings), cmp.Compare(x, y))
	})
	for _, k := range names {
		c := h.kinds[k]
		fmt.Fprintf(b, "| %s | %d | %d | %d | %d |\n", code(k), c.findings, c.failing, c.objects, c.third)
	}
	b.WriteByte('\n')
}

func (h *Handler) objectTable(b *strings.Builder) {
	if len(h.objects) == 0 {
		return
	}
	b.WriteString("| object | to look at | kinds |\n| --- | ---: | --- |\n")
	for _, o := range h.objects {
		slices.Sort(o.kinds)
		fmt.Fprintf(b, "| %s | %d | %s |\n", code(o.path), o.failing, code(strings.Join(o.kinds, " ")))
	}
	b.WriteByte('\n')
	if h.others > 0 {
		fmt.Fprintf(b, "And %s more.\n\n", number(h.others, "object"))
	}
	b.WriteString("What to do: replace the file by a made-up one, or remove the metadata; `habeas inspect FILE` shows the values. What is meant to stay goes into the baseline or, with a reason and an end, into the suppressions.\n\n")
}

func (h *Handler) unreadTable(b *strings.Builder, s *reports.Summary) {
	if len(s.Reasons) == 0 && len(h.unread) == 0 {
		return
	}
	b.WriteString("<details><summary>Not read in full, and why</summary>\n\n| why | objects | what to do |\n| --- | ---: | --- |\n")
	for _, r := range reports.Reasons() {
		if n := s.Reasons[r.Code]; n > 0 {
			fmt.Fprintf(b, "| %s: %s | %d | %s |\n", code(r.Code), r.Meaning, n, r.Fix)
		}
	}
	b.WriteString("\n| object | why |\n| --- | --- |\n")
	for _, o := range h.unread {
		fmt.Fprintf(b, "| %s | %s |\n", code(o.path), code(o.why))
	}
	if more := s.Listed - s.Coverage[string(reports.Complete)] - int64(len(h.unread)); more > 0 {
		fmt.Fprintf(b, "\nAnd %s more.\n", number(more, "object"))
	}
	b.WriteString("\n</details>\n\n")
}

func (h *Handler) notices(b *strings.Builder, s *reports.Summary) {
	for i, n := range s.Notices {
		if i == maxNotices {
			fmt.Fprintf(b, "- and %d more\n", len(s.Notices)-i)
			break
		}
		fmt.Fprintf(b, "- %s\n", plain(n))
	}
	if len(s.Notices) > 0 {
		b.WriteByte('\n')
	}
}

// code shows a string from outside as a span of code, in which nothing has a
// meaning: no link, no mention, no HTML. The fence is longer than any run of
// backticks inside, and a pipe does not end the cell of a table.
func code(s string) string {
	s = clip(reports.Show(s))
	if s == "" {
		return "(empty)"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.TrimSpace(s) != s {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}

// plain shows a string from outside as text: every sign that Markdown knows is a
// character reference.
func plain(s string) string {
	var b strings.Builder
	for _, r := range clip(reports.Show(s)) {
		if strings.ContainsRune("\\`*_{}[]<>()#+-!|~@&$:/", r) {
			fmt.Fprintf(&b, "&#%d;", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i] + "…"
		}
	}
	return s
}

func number(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
