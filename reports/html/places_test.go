package html

import (
	"path/filepath"
	"strings"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

func TestPositionsInFullStayHiddenUntilValuesAreShown(t *testing.T) {
	entries := reportstest.Entries()
	for _, e := range entries {
		for i := range e.Findings {
			if e.Findings[i].ID == "f-gps" {
				e.Findings[i].Position = &reports.Position{Lat: 37.3797, Lon: -122.0307, Time: "2024-05-01T10:00:00Z"}
			}
		}
	}
	ana := ownerFile(reports.Owner{ID: "ana"}, 1)
	const exact = "1.3 km from Sunnyvale, California, US"
	_, masked := build(t, entries)
	if page := string(masked[ana]); strings.Contains(page, exact) || strings.Contains(page, `class="map-point"`) || !strings.Contains(page, "around Sunnyvale") {
		t.Error("a masked page shows a position in full, or no cell")
	}
	run := reportstest.Run()
	run.WithValues = true
	dir := filepath.Join(t.TempDir(), "report")
	h, err := New(dir, Options{Record: "uploads.habeas"})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := reportstest.PlayEntries(h, run, entries); err != nil {
		t.Fatal(err)
	}
	page := string(read(t, dir)[ana])
	before, hidden, ok := strings.Cut(page, `<div class="val exact">`)
	if !ok || !strings.Contains(before, `class="map-cell"`) || strings.Contains(before, `class="map-point"`) {
		t.Fatal("the map of positions in full is not apart from that of cells")
	}
	hidden, rest, _ := strings.Cut(hidden, "</div></section>")
	text := strings.ReplaceAll(rest, `<bdi class="val">`+exact+`</bdi>`, "")
	if !strings.Contains(hidden, exact) || strings.Contains(text, exact) || strings.Count(rest, exact) != 1 {
		t.Errorf("%d times hidden, %d times beside the object", strings.Count(hidden, exact), strings.Count(rest, exact))
	}
}
