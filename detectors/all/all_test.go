package all

import (
	"slices"
	"testing"
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
