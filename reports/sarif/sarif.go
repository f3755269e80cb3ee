// Package sarif writes a scan for tools that show the results of static analysis:
// SARIF 2.1.0 (OASIS, with errata 01). A result is a counted finding, with its mask
// and never its value; a suppressed one is a result with a suppression; what was not
// read in full is a notification of the invocation.
//
// A consumer that takes only so much gets several files: see Limits.
package sarif

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"habeas/reports"
)

// schema is where the text of the schema lives; nothing fetches it.
const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// head is how every file begins: Made goes by it.
const head = `{"$schema":"` + schema + `","version":"2.1.0","properties":{"habeas/part":`

// Made reports whether a file that begins like this is one of ours.
func Made(begin []byte) bool { return strings.HasPrefix(string(begin), head) }

// HeadSize is how many bytes of a file Made needs.
const HeadSize = len(head)

// Limits say when to go on in another file. The zero value of each means never.
type Limits struct {
	Results int   // in one file
	Bytes   int64 // of one file, before compression
}

// GitHub are the limits of its code scanning: it refuses files of more than 25,000
// results or 10 MB when compressed, and shows 5,000 results of each.
func GitHub() Limits { return Limits{Results: 5000, Bytes: 10 << 20} }

// maxNotifications is how many objects that were not read in full one file names;
// their number is always told.
const maxNotifications = 1000

// Options of a Handler. The zero value is right for a report of a record.
type Options struct {
	Limits Limits
	Paths  reports.Paths
	// Fails tells what fails the run, for notes that do; nil if none does.
	Fails func(*reports.Finding) bool
	// Lines tells the lines, from 1, of a byte range in an object. It is nil where
	// the objects themselves are not at hand; it gives false for what has no lines.
	Lines func(e *reports.Entry, start, end int64) (first, last int, ok bool)
}

// Handler writes the files. Memory does not grow with the scan.
type Handler struct {
	create func(part int) (io.WriteCloser, error)
	opts   Options
	run    reports.Run

	out      io.WriteCloser // nil between files
	w        *bufio.Writer
	part     int
	inPart   int   // results in this file
	bytes    int64 // of results in this file
	results  int64 // in all files
	rules    []rule
	byRule   map[ruleKey]int
	notes    []notification
	noteMore int64
	reasons  map[string]bool // that this file's notifications name
}

var _ reports.Handler = (*Handler)(nil)

type ruleKey struct{ kind, detector string }

// New asks create for each file, from part 1; the handler closes them.
func New(create func(part int) (io.WriteCloser, error), o Options) *Handler {
	return &Handler{create: create, opts: o}
}

// Parts is how many files there are, Results how many results in all of them.
func (h *Handler) Parts() int     { return h.part }
func (h *Handler) Results() int64 { return h.results }

// Close gives up a file that is not finished; after End it does nothing.
func (h *Handler) Close() error {
	if h.out == nil {
		return nil
	}
	err := h.out.Close()
	h.out = nil
	return err
}

// Begin implements reports.Handler.
func (h *Handler) Begin(r *reports.Run) error {
	h.run = *r
	return h.open()
}

func (h *Handler) open() error {
	h.part++
	out, err := h.create(h.part)
	if err != nil {
		return err
	}
	h.out, h.w = out, bufio.NewWriterSize(out, 64<<10)
	h.inPart, h.bytes = 0, 0
	h.rules, h.byRule, h.notes, h.noteMore, h.reasons = nil, map[ruleKey]int{}, nil, 0, map[string]bool{}
	// Results come first: the rules that they name are known after them.
	_, err = h.w.WriteString(head + strconv.Itoa(h.part) + `},"runs":[{"results":[`)
	return err
}

// Entry implements reports.Handler.
func (h *Handler) Entry(e *reports.Entry) error {
	uri := h.opts.Paths.URI(e.Source, e.Key)
	names := names{}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !h.shows(f) {
			continue
		}
		if err := h.result(e, f, uri, names); err != nil {
			return err
		}
	}
	if e.Coverage != reports.Complete {
		h.notify(e, uri)
	}
	return nil
}

// shows tells what becomes a result: what counts or would, were it not suppressed,
// and whatever else fails the run.
func (h *Handler) shows(f *reports.Finding) bool {
	return f.Counted() || f.Suppressed != nil && !f.Note() || h.opts.Fails != nil && h.opts.Fails(f)
}

func (h *Handler) result(e *reports.Entry, f *reports.Finding, uri string, names names) error {
	r := h.resultOf(e, f, uri, names)
	r.RuleIndex = h.rule(f)
	text, err := encode(r)
	if err != nil {
		return err
	}
	if h.full(int64(len(text))) {
		if err := h.next(); err != nil {
			return err
		}
		r.RuleIndex = h.rule(f)
		if text, err = encode(r); err != nil {
			return err
		}
	}
	if h.inPart > 0 {
		text = append([]byte(",\n"), text...)
	}
	h.inPart++
	h.results++
	h.bytes += int64(len(text))
	_, err = h.w.Write(text)
	return err
}

// full reports whether a result of n bytes must go into another file. A tenth is
// left for what is not results.
func (h *Handler) full(n int64) bool {
	l := h.opts.Limits
	return h.inPart > 0 && (l.Results > 0 && h.inPart >= l.Results || l.Bytes > 0 && h.bytes+n > l.Bytes*9/10)
}

// rule numbers the rule of f in this file.
func (h *Handler) rule(f *reports.Finding) int {
	k := ruleKey{f.Kind, f.Detector}
	i, ok := h.byRule[k]
	if !ok {
		i = len(h.rules)
		h.byRule[k] = i
		h.rules = append(h.rules, ruleOf(k))
	}
	return i
}

// next ends this file and begins another.
func (h *Handler) next() error {
	if err := h.finish(nil); err != nil {
		return err
	}
	return h.open()
}

// End implements reports.Handler.
func (h *Handler) End(s *reports.Summary) error { return h.finish(s) }

// finish ends the current file; s is nil if another one follows.
func (h *Handler) finish(s *reports.Summary) error {
	h.say(s)
	tail := runTail{
		Tool: tool{driver{Name: "habeas", Version: reports.Show(strings.TrimPrefix(h.run.Tool, "habeas ")),
			Rules: h.rules, Notifications: h.descriptors()}},
		Automation:  automation{ID: "habeas/part-" + strconv.Itoa(h.part) + "/"},
		Invocations: []invocation{{Successful: h.run.Complete, Notifications: h.notes}},
		Bases:       map[string]base{srcRoot: {message{"the root of the repository, or the folder in which habeas ran"}}},
		ColumnKind:  "utf16CodeUnits",
		Properties: properties{AsOf: h.run.AsOf.UTC().Format(time.RFC3339), Part: h.part, Last: s != nil, KeyID: h.run.KeyID,
			Sources: h.sources(), Summary: shownSummary(s)},
	}
	text, err := encode(tail)
	if err != nil {
		return err
	}
	_, err = h.w.WriteString("\n]," + strings.TrimPrefix(string(text), "{") + "]}\n")
	err = errors.Join(err, h.w.Flush(), h.out.Close())
	h.out = nil
	return err
}

// say adds what a reader of this file should know.
func (h *Handler) say(s *reports.Summary) {
	if h.noteMore > 0 {
		h.note("warning", "more", fmt.Sprintf("%d more objects were not read in full; the other reports of habeas name them all", h.noteMore))
	}
	if s == nil {
		h.note("note", "split", fmt.Sprintf("this is part %d, with %d results: the others are in the next file", h.part, h.inPart))
		return
	}
	if h.part > 1 {
		h.note("note", "split", fmt.Sprintf("this is part %d, the last one, of %d results", h.part, h.results))
	}
	if l := h.opts.Limits.Results; l == 0 && h.results > int64(GitHub().Results) {
		h.note("warning", "split", fmt.Sprintf("this file has %d results: GitHub shows %d of a file and refuses more than 25,000", h.results, GitHub().Results))
	}
	if !h.run.Complete {
		h.note("error", "interrupted", "the scan was interrupted: objects that it did not reach are not in here")
	}
	for _, n := range s.Notices {
		h.note("warning", "notice", n)
	}
}

func encode(v any) ([]byte, error) {
	// The escapes of encoding/json for HTML stay: viewers show this in pages.
	return json.Marshal(v)
}

func (h *Handler) sources() []string {
	out := []string{}
	for _, n := range h.run.Sources {
		out = append(out, clip(reports.Show(h.opts.Paths.Source(n))))
	}
	return out
}

// shownSummary is s without raw strings from outside.
func shownSummary(s *reports.Summary) *reports.Summary {
	if s == nil {
		return nil
	}
	out := *s
	out.Types = map[string]int64{}
	for t, n := range s.Types {
		out.Types[clip(reports.Show(t))] += n
	}
	return &out
}
