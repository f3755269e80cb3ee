package store

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
)

func TestSidecarsAreJoinedByName(t *testing.T) {
	d, _ := newRecord(t)
	ctx := context.Background()
	if err := d.Begin(ctx, run()); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"a.jpg": "", "a.jpg.json": "a.jpg", "a.jpg.supplemental-metadata.json": "a.jpg", "a.jpg.xmp": "a.jpg", "a.xmp": "a.jpg",
		"b(1).png": "", "b.png(1).json": "b(1).png", "b.png.json": "",
		"c/IMG_7.HEIC": "", "c/IMG_7.AAE": "c/IMG_7.HEIC", "c/IMG_O7.AAE": "c/IMG_7.HEIC",
		"d.txt": "", "d.xmp": "", "e.json": "", "f.xmp": "", "f/g.jpg": "", ".xmp": "", "h.jpg.bak": "", "h.xmp": "",
	}
	var entries []*reports.Entry
	for k := range want {
		e := entry("a", k, "o")
		e.Findings = nil
		entries = append(entries, e)
	}
	elsewhere := entry("b", "d.jpg", "o") // another source
	commit(t, d, append(entries, elsewhere)...)
	var c collect
	if err := d.Replay(ctx, &c); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range c.entries {
		if e.Source == "a" {
			got[e.Key] = e.SidecarOf
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
