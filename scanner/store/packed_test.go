package store

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
)

// hostile are findings whose every string may be anything.
func hostile() []reports.Finding {
	var all []reports.Finding
	for i, s := range []string{"", `"`, `\`, `\"],["`, "a\x00b", "\xff\xfe", "\u2028\x7f", "],[", "null", "[[1,2]]", "a\nb\tc", "\ud7ff\U0010ffff", strings.Repeat(`\`, 9) + `"`} {
		all = append(all, reports.Finding{ID: fmt.Sprint(i) + s, Mask: s, Fingerprint: s, Variant: s, Part: s, Tag: s})
		all = append(all, reports.Finding{ID: fmt.Sprint(i, "m"), Part: s, Month: s + "1"})
	}
	return append(all,
		reports.Finding{ID: "range", Start: at(0), End: at(math.MaxInt64)},
		reports.Finding{ID: "cell", Cell: &reports.Cell{Lat: -90, Lon: 179.9}},
		reports.Finding{ID: "box", Start: at(5), End: at(6), Box: &reports.Box{X: 0.1, Y: 1e-9, W: 1, H: 0.30000000000000004}},
		reports.Finding{ID: "all", Start: at(5), End: at(6), Month: "2024-05", Cell: &reports.Cell{Lat: 1.5, Lon: 1e21}, Box: &reports.Box{X: 2},
			Quad: &reports.Quad{{0, 0.25}, {1, 0}, {1, 1}, {0, 1}}},
		reports.Finding{ID: "quad", Quad: &reports.Quad{{-1, 0.25}, {1e-300, 0}, {1, 1}, {0, 1}}},
	)
}

func packAll(findings []reports.Finding) string {
	var b []byte
	for i := range findings {
		b = appendFinding(b, int64(i), &findings[i])
	}
	return string(b)
}

func TestUnpackGivesBackWhatWasPacked(t *testing.T) {
	want := hostile()
	var said []int64
	judge := func(n int64, _ *reports.Finding) error { said = append(said, n); return nil }
	got, err := unpack(packAll(want), false, judge, nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	full := said
	said = nil
	brief, err := unpack(packAll(want), true, judge, nil)
	if err != nil || len(brief) != len(want) {
		t.Fatalf("%d brief findings, %v", len(brief), err)
	}
	if diff := cmp.Diff(full, said); diff != "" {
		t.Error(diff)
	}
}

// A list that was cut or changed is an error and nothing worse.
func TestUnpackRefusesDamage(t *testing.T) {
	whole := packAll(hostile())
	for n := 1; n < len(whole); n++ {
		for _, brief := range []bool{false, true} {
			if _, err := unpack(whole[:n], brief, unjudged, nil); err != errPacked {
				t.Fatalf("cut at %d: %v", n, err)
			}
		}
	}
	for _, s := range []string{"x", "[1]", "[[]]", "{}", `[["a"]]`, `[[1,"a"]]`, `[[1,"a","b","c","d","e","\q"]]`, `[[1,"a","b","c","d","e","f",1.5,2]]`, whole + "x"} {
		if _, err := unpack(s, false, unjudged, nil); err != errPacked {
			t.Errorf("%q: %v", s, err)
		}
	}
}

// The views tell the same as a replay.
func TestViewsTellWhatWasCommitted(t *testing.T) {
	d, _ := newRecord(t)
	if err := d.Begin(context.Background(), run()); err != nil {
		t.Fatal(err)
	}
	want := entry("a", "k", "ana")
	want.Findings = hostile()
	bare := entry("a", "l", "ana")
	bare.Findings = nil
	commit(t, d, want, bare)
	rows, err := d.db.Query(`SELECT seq, id, mask, fingerprint, variant, part, tag, start_byte, end_byte, month, cell_lat, box_h, quad FROM finding ORDER BY object, seq`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var seq int
		var start, end *int64
		var lat, h *float64
		var quad *string
		var f reports.Finding
		if err := rows.Scan(&seq, &f.ID, &f.Mask, &f.Fingerprint, &f.Variant, &f.Part, &f.Tag, &start, &end, &f.Month, &lat, &h, &quad); err != nil {
			t.Fatal(err)
		}
		w := want.Findings[n]
		same := seq == n && f.ID == w.ID && f.Mask == w.Mask && f.Fingerprint == w.Fingerprint && f.Variant == w.Variant && f.Part == w.Part &&
			f.Tag == w.Tag && f.Month == w.Month && (quad != nil) == (w.Quad != nil) &&
			cmp.Equal(start, w.Start) && cmp.Equal(end, w.End) && (lat != nil) == (w.Cell != nil) && (h != nil) == (w.Box != nil)
		if !same || lat != nil && *lat != w.Cell.Lat || h != nil && *h != w.Box.H {
			t.Errorf("%d: %+v", n, f)
		}
	}
	if err := rows.Err(); err != nil || n != len(want.Findings) {
		t.Errorf("%d rows, %v", n, err)
	}
}
