package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/reports"
)

// failOn counts, over a whole record, what decides the exit code.
type failOn struct {
	least map[string]float64 // confidence by kind; "any" for all
	hits  int64
	sum   reports.Summary
}

var (
	_ reports.Handler = (*failOn)(nil)
	_ reports.Grouped = (*failOn)(nil)
)

// anyKind stands for every kind in --fail-on.
const anyKind = "any"

func parseFailOn(flags []string) (*failOn, error) {
	f := &failOn{least: map[string]float64{}}
	for _, s := range flags {
		kind, conf, has := strings.Cut(s, ":")
		least := 0.0
		if has {
			var err error
			// Not "least < 0 ||": NaN is neither, and nothing would ever fail.
			if least, err = strconv.ParseFloat(conf, 64); err != nil || !(least >= 0 && least <= 1) {
				return nil, usage("--fail-on %s: the confidence is a number from 0 to 1", reports.Show(s))
			}
		}
		if kind != anyKind && !slices.Contains(detectors.Kinds(), detectors.Kind(kind)) {
			return nil, usage("--fail-on %s: there is no such kind; `habeas detectors` lists them", reports.Show(s))
		}
		f.least[kind] = least
	}
	return f, nil
}

func (f *failOn) GroupByOwner() {}

func (f *failOn) Begin(*reports.Run) error { return nil }

func (f *failOn) Entry(e *reports.Entry) error {
	for i := range e.Findings {
		if f.fails(&e.Findings[i]) {
			f.hits++
		}
	}
	return nil
}

// fails reports whether x is at or over --fail-on. What is in the baseline or
// suppressed does not fail; a note, as a hidden copy, fails if its kind is named.
func (f *failOn) fails(x *reports.Finding) bool {
	switch {
	case x.Known || x.Suppressed != nil || x.Dummy || x.Invalid:
		return false
	case x.Note():
		return f.meets(x.Kind, x.Confidence)
	}
	return f.meets(x.Kind, x.Confidence) || f.meets(anyKind, x.Confidence)
}

func (f *failOn) meets(kind string, confidence float64) bool {
	least, ok := f.least[kind]
	return ok && confidence >= least
}

func (f *failOn) End(s *reports.Summary) error {
	f.sum = *s
	return nil
}

// verdict is why the scan fails, or "".
func (f *failOn) verdict(maxUnattributed float64) string {
	if f.hits > 0 {
		return f.count() + " at or over --fail-on"
	}
	if share := 100 * float64(f.sum.Unattributed) / float64(max(1, f.sum.Listed)); share > maxUnattributed {
		return fmt.Sprintf("%d of %d objects have no owner, more than --max-unattributed allows: `habeas owners test` shows which", f.sum.Unattributed, f.sum.Listed)
	}
	return ""
}

// count says how many findings fail.
func (f *failOn) count() string {
	if f.hits == 1 {
		return "1 finding is"
	}
	return fmt.Sprintf("%d findings are", f.hits)
}

// incomplete is how many objects were not read in full.
func (f *failOn) incomplete() int64 {
	return f.sum.Listed - f.sum.Coverage[string(reports.Complete)]
}
