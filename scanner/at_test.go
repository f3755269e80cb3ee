package scanner

import (
	"testing"

	"habeas/detectors"
)

// TestAt finds places of decoded text and of fields.
func TestAt(t *testing.T) {
	p := &detectors.Part{
		Text: []byte("abc mail@example.org end"),
		Pieces: []detectors.Piece{
			{Start: 0, End: 3, Off: 100},
			{Start: 4, End: 20, Off: 200},
		},
		Tags: []detectors.Tag{{Name: "Email", Value: "x@example.org", At: 301}, {Name: "Other", Value: "y@example.org"}},
	}
	for name, c := range map[string]struct {
		f    detectors.Finding
		base int64
		want int64
	}{
		"in a piece":           {detectors.Finding{Start: 4, End: 20}, 0, 201},
		"in the first piece":   {detectors.Finding{Start: 1, End: 3}, 0, 102},
		"nested content":       {detectors.Finding{Start: 5, End: 20}, 1000, 1202},
		"over an edge":         {detectors.Finding{Start: 2, End: 6}, 0, 0},
		"between pieces":       {detectors.Finding{Start: 3, End: 4}, 0, 0},
		"behind all":           {detectors.Finding{Start: 21, End: 24}, 0, 0},
		"decoded content":      {detectors.Finding{Start: 4, End: 20}, -1, 0},
		"in a field":           {detectors.Finding{Tag: "Email", Value: "example.org"}, 0, 303},
		"not in the field":     {detectors.Finding{Tag: "Email", Value: "z"}, 0, 0},
		"in an unplaced field": {detectors.Finding{Tag: "Other", Value: "y@example.org"}, 0, 0},
	} {
		w := &walk{part: p, off: -1, base: c.base}
		if got := w.at(&c.f); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}
