package all

import (
	"slices"
	"testing"

	"habeas/detectors"
	"habeas/detectors/textbench"
)

// TestNames keeps the list sorted, each name once: findings and suppressions go by it.
func TestNames(t *testing.T) {
	var names []string
	for _, d := range Detectors(Options{}) {
		names = append(names, d.Info().Name)
	}
	if !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("not sorted, or not each once: %q", names)
	}
}

// TestCleanTextDoesNotAllocate: most text has nothing personal in it, and costs no
// memory.
func TestCleanTextDoesNotAllocate(t *testing.T) {
	all := Detectors(Options{Regions: []string{"US", "GB"}})
	p := &detectors.Part{Path: "text", Text: textbench.Text("source", 64<<10, 1)}
	for _, d := range all {
		found := func(f detectors.Finding) { t.Errorf("%s finds %s in clean text", d.Info().Name, f.Kind) }
		if err := d.Detect(p, found); err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(5, func() { d.Detect(p, found) }); n > 0 {
			t.Errorf("%s: %v allocations", d.Info().Name, n)
		}
	}
}
