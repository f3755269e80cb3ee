// Package detectortest is the suite that every detector passes. A detector
// keeps its true and false positives in a table beside its rules and hands them
// to Accept; the kit sets each of them in many surroundings, and checks every
// finding against the promises of the contract. Fuzz and FuzzTags check the
// same promises on whatever the fuzzer makes of the cases.
//
//	func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }
//	func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }
package detectortest

import (
	"fmt"
	"sync"
	"testing"

	"habeas/detectors"
)

// Reported is the confidence below which nothing is reported: the kit leaves
// such findings out when it compares, as the scanner does.
const Reported = 0.4

// Case is one input and all that must be found in it: either Text or Tags. A
// case without Want is a false positive of somebody else.
type Case struct {
	Name    string          // of the subtest: says what it is, never a personal value
	Text    string          // running text
	Tags    []detectors.Tag // fields of one block
	Path    string          // of the part; "text" or "xmp" if empty
	Regions []string        // of the part

	// Cells gives the cells of Text, and of every text that the kit makes of it;
	// nil for text that is no table. Most such cases are Whole and Only.
	Cells func(text []byte) []detectors.Cell

	// Want is compared by Kind, Role, Value, Dummy and Invalid. Canonical, Tag,
	// Rule, Position and Box count where they are set, Confidence as a minimum.
	Want []detectors.Finding

	Line    bool // Text fills its line: nothing is set beside it
	Whole   bool // Text means this only as a whole (a table with its header): it is not repeated nor set into other text
	Decoded bool // Value is not the bytes of the text as they stand
	Only    bool // the text is looked at as running text only, not as the value of a tag
	Ordered bool // the order of Tags matters
}

// Accept fails t unless d finds what every case wants, nothing else, in every
// surrounding, and keeps the contract while it does. It may run the cases in
// parallel goroutines and needs a few milliseconds a case.
func Accept(t *testing.T, d detectors.Detector, cases []Case) {
	t.Helper()
	report := func(t *testing.T, problems []string) {
		t.Helper()
		for i, p := range problems {
			if i == 10 {
				t.Errorf("and %d more", len(problems)-i)
				break
			}
			t.Error(p)
		}
	}
	t.Run("info", func(t *testing.T) { report(t, checkInfo(d.Info())) })
	t.Run("empty", func(t *testing.T) {
		found, problems := run(d, &detectors.Part{Path: "text", Off: -1}, false)
		if len(found) > 0 {
			problems = append(problems, "finds something in an empty part")
		}
		report(t, problems)
	})
	names := map[string]bool{}
	for i := range cases {
		c := &cases[i]
		if names[c.Name] || c.Name == "" {
			t.Errorf("case %d: every case needs a name of its own", i)
		}
		names[c.Name] = true
		t.Run(c.Name, func(t *testing.T) { report(t, examine(d, c)) })
	}
	t.Run("hostile", func(t *testing.T) { report(t, hostile(d)) })
}

// examine runs one case in all its surroundings.
func examine(d detectors.Detector, c *Case) []string {
	switch {
	case (c.Text == "") == (len(c.Tags) == 0):
		return []string{"a case has either Text or Tags"}
	case c.Text != "":
		return examineText(d, c)
	default:
		return examineTags(d, c)
	}
}

// trial is one surrounding of a case: a part and what must be found in it.
type trial struct {
	name    string
	part    *detectors.Part
	want    []detectors.Finding
	decoded bool
}

func (tr *trial) run(d detectors.Detector) (problems []string) {
	found, broken := run(d, tr.part, tr.decoded)
	for _, p := range append(broken, compare(tr.want, found)...) {
		problems = append(problems, tr.name+": "+p)
	}
	return problems
}

// together runs d on one part from many goroutines at once.
func together(d detectors.Detector, p *detectors.Part, decoded bool) (problems []string) {
	const goroutines = 8
	first, _ := run(d, p, decoded)
	all := make([][]detectors.Finding, goroutines)
	var wg sync.WaitGroup
	for i := range goroutines {
		wg.Go(func() { all[i] = detect(d, p) })
	}
	wg.Wait()
	for _, found := range all {
		if !sameSet(first, reported(found)) {
			return []string{fmt.Sprintf("concurrency: %d findings in one goroutine, %d in another, or others", len(first), len(found))}
		}
	}
	return nil
}
