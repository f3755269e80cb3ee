package rules

import (
	"fmt"

	"habeas/detectors"
)

// Report is what became of the examples of one rule.
type Report struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind"`
	Slow     bool     `json:"slow"` // no anchor: tried all along every text
	Examples int      `json:"examples"`
	Failed   []string `json:"failed"` // each says which example, by its number, and how it failed
}

// Test tries each rule on its own examples: a true one must give a finding, a
// false one none. Examples are whole texts, so that context words may stand in
// them.
func (s *Set) Test() []Report {
	var out []Report
	for _, r := range s.Rules {
		rep := Report{ID: r.ID, Kind: string(r.Kind), Slow: r.Slow(), Examples: len(r.yes) + len(r.no), Failed: []string{}}
		only := New(&Set{Rules: []*Rule{r}})
		try := func(text, what string, n int, want bool) {
			found := 0
			err := only.Detect(&detectors.Part{Path: "text", Text: []byte(text)}, func(detectors.Finding) { found++ })
			switch {
			case err != nil:
				rep.Failed = append(rep.Failed, fmt.Sprintf("%s example %d takes too long: the pattern backtracks", what, n))
			case want && found == 0:
				rep.Failed = append(rep.Failed, fmt.Sprintf("%s example %d is not found", what, n))
			case !want && found > 0:
				rep.Failed = append(rep.Failed, fmt.Sprintf("%s example %d is found", what, n))
			}
		}
		for i, text := range r.yes {
			try(text, "true", i+1, true)
		}
		for i, text := range r.no {
			try(text, "false", i+1, false)
		}
		out = append(out, rep)
	}
	return out
}
