package owner

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/sources"
)

// TestReport says how rules fare on the objects of a source, before a scan. Its
// numbers count objects.
type TestReport struct {
	Rules        []RuleReport `json:"rules"` // in order
	Objects      int64        `json:"objects"`
	Attributed   int64        `json:"attributed"`
	Unattributed int64        `json:"unattributed"`
	Conflicts    int64        `json:"conflicts"`  // attributed, but rules disagree
	Unreadable   int64        `json:"unreadable"` // listed with an error, or not to be looked up; they count above too
	Owners       int64        `json:"owners"`     // different ones
	Stopped      bool         `json:"stopped"`    // there were more objects than TestOptions.Max

	ConflictExamples     []Example `json:"conflict_examples"`
	UnattributedExamples []Example `json:"unattributed_examples"` // of different top folders, where there are several
}

// RuleReport is how one rule fares.
type RuleReport struct {
	Rule      string    `json:"rule"`
	Named     int64     `json:"named"`    // it named somebody
	Won       int64     `json:"won"`      // it was the first to
	Disagreed int64     `json:"disagree"` // it named somebody else than the rule that won
	Examples  []Example `json:"examples"`
}

// Example is an object and what the rules say of it. Keys and owners are bytes
// from outside: show them quoted.
type Example struct {
	Source    string     `json:"source"`
	Key       string     `json:"key"`
	Owner     *Owner     `json:"owner,omitempty"`
	Conflicts []Conflict `json:"conflicts,omitempty"`
}

// MarshalJSON adds key_base64 to keys that JSON can't hold.
func (e Example) MarshalJSON() ([]byte, error) {
	type plain Example
	out := struct {
		plain
		KeyBase64 string `json:"key_base64,omitempty"`
	}{plain: plain(e)}
	if !utf8.ValidString(e.Key) {
		out.KeyBase64 = base64.StdEncoding.EncodeToString([]byte(e.Key))
	}
	return json.Marshal(out)
}

// TestOptions are the choices of Test.
type TestOptions struct {
	// Max is how many objects are looked at; 0 means all.
	Max int64
	// Look gives an object with its metadata and tags, as opening it would. It is
	// called for each object if the rules need them; nil takes what the listing
	// says.
	Look func(context.Context, sources.Object) (sources.Object, error)
}

// maxExamples is how many examples of each sort a report has: as many as a person
// reads.
const maxExamples = 5

// Test attributes the objects of a listing, as sources.Source gives it, and says
// how each rule fares. It fails with what ended the listing, or if ctx ends; the
// report then tells of what came before.
func Test(ctx context.Context, r *Rules, objects iter.Seq2[sources.Object, error], opts TestOptions) (*TestReport, error) {
	t := &tester{
		rules:  r,
		owners: map[person]struct{}{},
		tops:   map[string]bool{},
		report: &TestReport{Rules: []RuleReport{}, ConflictExamples: []Example{}, UnattributedExamples: []Example{}},
	}
	for _, rule := range r.rules {
		t.report.Rules = append(t.report.Rules, RuleReport{Rule: rule.String(), Examples: []Example{}})
	}
	look := opts.Look
	if !r.NeedsMeta() && !r.NeedsTags() {
		look = nil
	}
	var end error
	for o, err := range objects {
		if end = ctx.Err(); end != nil {
			break
		}
		if err != nil && o.Key == "" {
			end = err
			break
		}
		if opts.Max > 0 && t.report.Objects == opts.Max {
			t.report.Stopped = true
			break
		}
		if err == nil && look != nil {
			full, lerr := look(ctx, o)
			if err = lerr; lerr == nil {
				o = full
			}
			if errors.Is(lerr, context.Canceled) || errors.Is(lerr, context.DeadlineExceeded) {
				end = lerr
				break
			}
		}
		t.add(o, err != nil)
	}
	t.report.Owners = int64(len(t.owners))
	t.finish()
	return t.report, end
}

// tester makes a TestReport.
type tester struct {
	rules  *Rules
	report *TestReport
	owners map[person]struct{}
	tops   map[string]bool // top folders that an unattributed example was given of
	spare  []Example       // unattributed ones of the same top folders
}

func (t *tester) add(o sources.Object, unreadable bool) {
	rep := t.report
	rep.Objects++
	if unreadable {
		rep.Unreadable++
	}
	named := make([]bool, len(rep.Rules))
	disagreed := make([]bool, len(rep.Rules))
	a, winner := t.rules.attribute(o, func(rule int, got Owner, agrees bool) {
		named[rule] = true
		disagreed[rule] = disagreed[rule] || !agrees
	})
	example := Example{Source: o.Source, Key: o.Key, Conflicts: a.Conflicts}
	if winner >= 0 {
		owner := a.Owner
		example.Owner = &owner
	}
	for i := range rep.Rules {
		r := &rep.Rules[i]
		if named[i] {
			r.Named++
		}
		if disagreed[i] {
			r.Disagreed++
		}
		if i == winner {
			r.Won++
			if len(r.Examples) < maxExamples {
				r.Examples = append(r.Examples, example)
			}
		}
	}
	if winner < 0 {
		rep.Unattributed++
		t.unattributed(example)
		return
	}
	rep.Attributed++
	t.owners[person{a.Owner.ID, a.Owner.Tenant}] = struct{}{}
	if len(a.Conflicts) > 0 {
		rep.Conflicts++
		if len(rep.ConflictExamples) < maxExamples {
			rep.ConflictExamples = append(rep.ConflictExamples, example)
		}
	}
}

// unattributed keeps examples of different top folders before others: a listing
// is in order of keys, and its first objects are alike.
func (t *tester) unattributed(e Example) {
	if len(t.report.UnattributedExamples) == maxExamples {
		return
	}
	top, _, _ := strings.Cut(e.Key, "/")
	switch {
	case !t.tops[top]:
		t.tops[top] = true
		t.report.UnattributedExamples = append(t.report.UnattributedExamples, e)
	case len(t.spare) < maxExamples:
		t.spare = append(t.spare, e)
	}
}

func (t *tester) finish() {
	rep := t.report
	n := min(len(t.spare), maxExamples-len(rep.UnattributedExamples))
	rep.UnattributedExamples = append(rep.UnattributedExamples, t.spare[:n]...)
}

// WriteTo writes the report as text for a terminal. All that comes from outside
// is quoted, so that no key can steer the terminal.
func (r *TestReport) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%d objects, %d attributed (%s) to %d owners, %d unattributed, %d with conflicts\n",
		r.Objects, r.Attributed, share(r.Attributed, r.Objects), r.Owners, r.Unattributed, r.Conflicts)
	if r.Stopped {
		fmt.Fprintf(&b, "There are more objects: these are the first ones.\n")
	}
	if r.Unreadable > 0 {
		fmt.Fprintf(&b, "%d objects could not be looked up: rules about tags and metadata may name more owners in a scan.\n", r.Unreadable)
	}
	for i, rule := range r.Rules {
		fmt.Fprintf(&b, "\n%d. %s\n   named an owner for %d (%s), was the first for %d, disagreed on %d\n",
			i+1, quoteRule(rule.Rule), rule.Named, share(rule.Named, r.Objects), rule.Won, rule.Disagreed)
		for _, e := range rule.Examples {
			fmt.Fprintf(&b, "   %s -> %s\n", strconv.Quote(e.Key), quoteOwner(*e.Owner))
		}
	}
	if len(r.ConflictExamples) > 0 {
		fmt.Fprintf(&b, "\nConflicts: rules name different owners. Find out which is right before you act on a report.\n")
		for _, e := range r.ConflictExamples {
			fmt.Fprintf(&b, "   %s -> %s by %s\n", strconv.Quote(e.Key), quoteOwner(*e.Owner), quoteRule(e.Owner.Rule))
			for _, c := range e.Conflicts {
				fmt.Fprintf(&b, "      but %s by %s\n", quoteOwner(Owner(c)), quoteRule(c.Rule))
			}
		}
	}
	if len(r.UnattributedExamples) > 0 {
		fmt.Fprintf(&b, "\nUnattributed: no rule names an owner.\n")
		for _, e := range r.UnattributedExamples {
			fmt.Fprintf(&b, "   %s\n", strconv.Quote(e.Key))
		}
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

var _ io.WriterTo = (*TestReport)(nil)

func share(n, of int64) string {
	if of == 0 {
		return "0 %"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of))
}

// quoteRule quotes what could steer a terminal and leaves all else legible.
func quoteRule(rule string) string {
	q := strconv.Quote(rule)
	return q[1 : len(q)-1]
}

func quoteOwner(o Owner) string {
	if o.Tenant == "" {
		return strconv.Quote(o.ID)
	}
	return strconv.Quote(o.ID) + " of tenant " + strconv.Quote(o.Tenant)
}
