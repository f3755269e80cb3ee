// Package github prints the workflow commands of GitHub Actions that put findings
// beside the lines of a change: ::error file=…,line=…::text.
//
// GitHub shows ten errors, ten warnings and ten notices of a step and drops the rest
// without a word. So the surest ten of each are printed, and a notice says how many
// there are.
package github

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"habeas/reports"
)

// shownOfEach is how many annotations of one level GitHub shows of a step.
const shownOfEach = 10

// Options of a Handler.
type Options struct {
	Paths reports.Paths
	// Fails tells the findings that fail the run: they are errors. Others that count
	// are warnings. nil is all that count and are not known.
	Fails func(*reports.Finding) bool
	// Lines tells the lines, from 1, of a byte range in an object; nil, or false where
	// there are none.
	Lines func(e *reports.Entry, start, end int64) (first, last int, ok bool)
}

// Handler prints at the end. It holds the annotations that it will print.
type Handler struct {
	w    io.Writer
	opts Options
	run  reports.Run

	errors, warnings       []annotation // the surest, at most shownOfEach
	errorCount, warnsCount int64
}

var _ reports.Handler = (*Handler)(nil)

type annotation struct {
	path        string
	first, last int // lines; 0 for none
	confidence  float64
	title, text string
}

// New prints to w.
func New(w io.Writer, o Options) *Handler { return &Handler{w: w, opts: o} }

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	return nil
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	for i := range e.Findings {
		f := &e.Findings[i]
		switch {
		case h.fails(f):
			h.errorCount++
			h.errors = h.keep(h.errors, e, f)
		case f.Counted() && !f.Known:
			h.warnsCount++
			h.warnings = h.keep(h.warnings, e, f)
		}
	}
	return nil
}

func (h *Handler) fails(f *reports.Finding) bool {
	if h.opts.Fails != nil {
		return h.opts.Fails(f)
	}
	return f.Counted() && !f.Known
}

// keep adds f to list if it is surer than the least sure there.
func (h *Handler) keep(list []annotation, e *reports.Entry, f *reports.Finding) []annotation {
	if len(list) == shownOfEach && list[len(list)-1].confidence >= f.Confidence {
		return list
	}
	k := reports.KindOf(f.Kind)
	where, _ := h.opts.Paths.Of(e.Source, e.Key)
	a := annotation{path: clip(reports.Show(where)), confidence: f.Confidence, title: clip(reports.Show(k.Title)),
		text: clip(fmt.Sprintf("%s in %s (confidence %.2f). ", reports.Show(f.Mask), reports.Show(place(f)), f.Confidence)) + k.Fix}
	a.first, a.last = f.Line(), f.Line()
	if f.Start != nil && f.End != nil && h.opts.Lines != nil {
		if first, last, ok := h.opts.Lines(e, *f.Start, *f.End); ok {
			a.first, a.last = first, last
		}
	}
	at, _ := slices.BinarySearchFunc(list, a, func(x, y annotation) int {
		if x.confidence >= y.confidence { // equals stay in order of key
			return -1
		}
		return 1
	})
	list = slices.Insert(list, at, a)
	return list[:min(len(list), shownOfEach)]
}

func place(f *reports.Finding) string {
	if f.Tag == "" {
		return f.Part
	}
	return f.Part + ", field " + f.Tag
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error {
	var b strings.Builder
	for _, a := range h.errors {
		a.print(&b, "error")
	}
	for _, a := range h.warnings {
		a.print(&b, "warning")
	}
	for _, n := range s.Notices[:min(len(s.Notices), shownOfEach-1)] {
		notice(&b, n)
	}
	notice(&b, h.total(s))
	_, err := io.WriteString(h.w, b.String())
	return err
}

// total says what the annotations don't.
func (h *Handler) total(s *reports.Summary) string {
	text := fmt.Sprintf("habeas: %d objects listed, %d not read in full; %d findings, %d of them fail", s.Listed, s.Listed-s.Coverage[string(reports.Complete)], s.Findings, h.errorCount)
	if s.Known > 0 {
		text += fmt.Sprintf("; %d are in the baseline", s.Known)
	}
	if s.Suppressed > 0 {
		text += fmt.Sprintf("; %d more are suppressed", s.Suppressed)
	}
	if shown := int64(len(h.errors) + len(h.warnings)); shown < h.errorCount+h.warnsCount {
		text += fmt.Sprintf("; GitHub shows %d of each level, these are the surest %d of %d", shownOfEach, shown, h.errorCount+h.warnsCount)
	}
	if !h.run.Complete {
		text += "; the scan was interrupted"
	}
	return text
}

func notice(b *strings.Builder, text string) {
	fmt.Fprintf(b, "::notice title=habeas::%s\n", data(clip(reports.Show(text))))
}

func (a annotation) print(b *strings.Builder, level string) {
	lines := ""
	if a.first > 0 {
		lines = fmt.Sprintf(",line=%d", a.first)
		if a.last > a.first {
			lines += fmt.Sprintf(",endLine=%d", a.last)
		}
	}
	fmt.Fprintf(b, "::%s file=%s%s,title=%s::%s\n", level, property(a.path), lines, property(a.title), data(a.text))
}

// data escapes what follows the second pair of colons, property a value before it,
// as actions/toolkit does.
func data(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(s)
}

func property(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(data(s))
}

// maxText bounds a text that came from outside, in characters.
const maxText = 500

func clip(s string) string {
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i] + "…"
		}
	}
	return s
}

// Plain is a writer for text that goes to the log of a step beside workflow
// commands: no line of it is taken for one, whatever an uploader calls a file. A
// line that would be begins with \u{3a} or holds \u{23} instead.
type Plain struct {
	w    io.Writer
	line []byte
}

// NewPlain writes whole lines to w. Call Close for the last one.
func NewPlain(w io.Writer) *Plain { return &Plain{w: w} }

// maxLine is where a line is broken, so that one without an end costs no memory.
const maxLine = 64 << 10

// Write implements io.Writer.
func (p *Plain) Write(b []byte) (int, error) {
	for i, c := range b {
		p.line = append(p.line, c)
		if c == '\n' || c == '\r' || len(p.line) >= maxLine {
			if err := p.flush(); err != nil {
				return i, err
			}
		}
	}
	return len(b), nil
}

// Close writes what is left. It does not close the writer below.
func (p *Plain) Close() error { return p.flush() }

func (p *Plain) flush() error {
	line := string(p.line)
	p.line = p.line[:0]
	if at := len(line) - len(strings.TrimLeftFunc(line, unicode.IsSpace)); strings.HasPrefix(line[at:], "::") {
		line = line[:at] + `\u{3a}` + line[at+1:]
	}
	line = strings.ReplaceAll(line, "##[", `\u{23}#[`) // the older form counts anywhere in a line
	n, err := io.WriteString(p.w, line)
	if err == nil && n < len(line) {
		err = io.ErrShortWrite
	}
	return err
}

var _ io.WriteCloser = (*Plain)(nil)
