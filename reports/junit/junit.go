// Package junit writes a scan as a JUnit XML report, which nearly every CI system
// shows: a test case for each object, which fails if the object holds a finding that
// fails the run, is an error if it could not be read in full, and is skipped if it
// was.
//
// The numbers of a test suite stand before its cases, so the record is replayed
// twice: into a Count first, then into the Handler made with it.
package junit

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"

	"habeas/reports"
)

// Options of both passes. They must be the same.
type Options struct {
	Paths reports.Paths
	// Fails tells the findings that fail the run; nil is all that count and are not
	// known.
	Fails func(*reports.Finding) bool
}

func (o Options) fails(f *reports.Finding) bool {
	if o.Fails != nil {
		return o.Fails(f)
	}
	return f.Counted() && !f.Known
}

// Count is the first pass. The zero value but for Options is ready.
type Count struct {
	Options
	Tests, Failures, Errors, Skipped int64 // objects
}

var _ reports.Handler = (*Count)(nil)

// Begin implements reports.Handler.
func (c *Count) Begin(*reports.Run) error { return nil }

// Entry implements reports.Handler.
func (c *Count) Entry(e *reports.Entry) error {
	c.Tests++
	switch c.outcome(e) {
	case failed:
		c.Failures++
	case broken:
		c.Errors++
	case skipped:
		c.Skipped++
	}
	return nil
}

// End implements reports.Handler.
func (c *Count) End(*reports.Summary) error { return nil }

// outcome is what becomes of the test case of an object. A finding outweighs what
// could not be read.
type outcome int

const (
	passed outcome = iota
	failed
	broken
	skipped
)

func (o Options) outcome(e *reports.Entry) outcome {
	for i := range e.Findings {
		if o.fails(&e.Findings[i]) {
			return failed
		}
	}
	switch e.Coverage {
	case reports.Complete:
		return passed
	case reports.Skipped:
		return skipped
	}
	return broken
}

// Handler is the second pass. Memory does not grow with the scan.
type Handler struct {
	count *Count
	w     *bufio.Writer
	run   reports.Run
}

var _ reports.Handler = (*Handler)(nil)

// New writes to w, which the caller closes, after c has counted.
func New(w io.Writer, c *Count) *Handler { return &Handler{count: c, w: bufio.NewWriter(w)} }

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	c := h.count
	numbers := fmt.Sprintf(`tests="%d" failures="%d" errors="%d" skipped="%d"`, c.Tests, c.Failures, c.Errors, c.Skipped)
	var sources []string
	for _, n := range r.Sources {
		sources = append(sources, c.Paths.Source(n))
	}
	h.print(xml.Header+`<testsuites name="habeas" %s>`+"\n"+`<testsuite name="%s" timestamp="%s" %s>`+"\n",
		numbers, "habeas "+text(strings.Join(sources, ", ")), r.AsOf.UTC().Format("2006-01-02T15:04:05"), numbers)
	return nil
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	where, _ := h.count.Paths.Of(e.Source, e.Key)
	name := text(where)
	if e.Version != "" {
		name += " @" + text(e.Version)
	}
	h.print(`<testcase classname="habeas" name="%s" file="%s" time="0"`, name, text(where))
	o := h.count.outcome(e)
	if o == passed {
		h.print("/>\n")
		return nil
	}
	h.print(">")
	switch o {
	case failed:
		h.failure(e)
	case broken:
		h.print(`<error type="%s" message="%s"/>`, e.Coverage, text(unread(e)))
	case skipped:
		h.print(`<skipped message="%s"/>`, text(unread(e)))
	}
	h.print("</testcase>\n")
	return nil
}

// maxLines bounds what one failure lists.
const maxLines = 100

func (h *Handler) failure(e *reports.Entry) {
	n := 0
	var lines strings.Builder
	for i := range e.Findings {
		f := &e.Findings[i]
		if !h.count.fails(f) {
			continue
		}
		if n++; n > maxLines {
			continue
		}
		k := reports.KindOf(f.Kind)
		fmt.Fprintf(&lines, "%s %s in %s, confidence %.2f. %s\n", text(k.Title), text(f.Mask), text(place(f)), f.Confidence, text(k.Fix))
	}
	if n > maxLines {
		fmt.Fprintf(&lines, "and %d more\n", n-maxLines)
	}
	if e.Coverage != reports.Complete {
		lines.WriteString(text(unread(e)) + "\n")
	}
	noun := "findings"
	if n == 1 {
		noun = "finding"
	}
	h.print(`<failure type="finding" message="%d %s">`+"\n%s</failure>", n, noun, lines.String())
}

func place(f *reports.Finding) string {
	if f.Tag == "" {
		return f.Part
	}
	return f.Part + ", field " + f.Tag
}

// unread is why e was not read in full, and what to do.
func unread(e *reports.Entry) string {
	out := "not read in full"
	if e.Coverage != reports.Partial {
		out = "not read"
	}
	for _, r := range e.Reasons {
		for _, t := range reports.Reasons() {
			if t.Code == r.Code {
				out += "; " + t.Code + ": " + t.Meaning + ": " + t.Fix
			}
		}
	}
	return out
}

// End implements reports.Handler. The counts of the whole scan follow the cases.
func (h *Handler) End(s *reports.Summary) error {
	h.print("<system-out>\n")
	h.print("listed %d = complete %d + partial %d + skipped %d + failed %d\n", s.Listed, s.Coverage["complete"], s.Coverage["partial"], s.Coverage["skipped"], s.Coverage["failed"])
	h.print("findings %d, of them known %d; not counted: suppressed %d, test values %d, invalid values %d, notes %d\n",
		s.Findings, s.Known, s.Suppressed, s.Dummies, s.Invalid, s.Notes)
	for _, k := range reports.Kinds() {
		if n := s.Kinds[k.Kind]; n > 0 {
			h.print("kind %s %d\n", k.Kind, n)
		}
	}
	if !h.run.Complete {
		h.print("the scan was interrupted: objects that it did not reach are not in here\n")
	}
	for _, n := range s.Notices {
		h.print("notice: %s\n", text(n))
	}
	h.print("as of %s, by %s\n</system-out>\n</testsuite>\n</testsuites>\n", h.run.AsOf.UTC().Format(time.RFC3339), text(h.run.Tool))
	return h.w.Flush()
}

// print writes what is already escaped; the buffer keeps the first error for End.
func (h *Handler) print(format string, args ...any) { fmt.Fprintf(h.w, format, args...) }

// maxText bounds a text that came from outside, in characters.
const maxText = 1000

// text makes a string from outside safe for an attribute or for content.
func text(s string) string {
	shown, n := reports.Show(s), 0
	for i := range shown {
		if n++; n > maxText {
			shown = shown[:i] + "…"
			break
		}
	}
	var b strings.Builder
	// Writing to a Builder can't fail.
	_ = xml.EscapeText(&b, []byte(shown))
	return b.String()
}
