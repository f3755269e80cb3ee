package html

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"habeas/reports"
)

// keepMonths bounds what a hostile file could make of the timeline; 400 years.
const keepMonths = 4800

// timeline counts objects by capture month. An object with several is counted in
// its first; one without any, or with one that is none, is undated.
type timeline struct {
	months  map[string]int64
	undated int64
}

func (t *timeline) add(e *reports.Entry) {
	month := ""
	for i := range e.Findings {
		if m := e.Findings[i].Month; isMonth(m) && (month == "" || m < month) {
			month = m
		}
	}
	if _, known := t.months[month]; month == "" || !known && len(t.months) == keepMonths {
		t.undated++
		return
	}
	t.months[month]++
}

func isMonth(s string) bool {
	if len(s) != 7 || s[4] != '-' {
		return false
	}
	m, err := strconv.Atoi(s[5:])
	if _, yearErr := strconv.Atoi(s[:4]); yearErr != nil || err != nil {
		return false
	}
	return m >= 1 && m <= 12
}

// monthWords is "May 2024".
func monthWords(m string) string {
	if !isMonth(m) {
		return reports.Show(m)
	}
	names := [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	n, err := strconv.Atoi(m[5:])
	if err != nil {
		return reports.Show(m)
	}
	return names[n-1] + " " + m[:4]
}

// bars is a bar chart with its numbers.
type bars struct {
	Unit    string // "month" or "year"
	Bars    []barView
	Width   int
	Undated int64
	Total   int64
}

type barView struct {
	Label      string
	Count      int64
	X, Y, H, W int
	Middle     int
	Wide       bool   // room for the number above it
	Tick       string // below the bar; "" where ticks would be too close
}

const (
	barHeight = 110
	barRoom   = 720 // of all bars
	mostBars  = 36
)

// view draws by month, or by year where that would be too many bars. Months and
// years between the first and the last are there even if they are empty, unless
// they would be too many too.
func (t *timeline) view() bars {
	b := bars{Unit: "month", Undated: t.undated, Total: t.undated, Width: barRoom}
	counts := t.months
	labels, all := between(counts, nextMonth)
	if !all {
		b.Unit, counts = "year", map[string]int64{}
		for m, n := range t.months {
			counts[m[:4]] += n
		}
		labels, _ = between(counts, nextYear)
	}
	most := int64(1)
	for _, n := range counts {
		most = max(most, n)
	}
	step := min(60, max(4, barRoom/max(len(labels), 1)))
	every := max(1, (64+step-1)/step)
	for i, label := range labels {
		n := counts[label]
		b.Total += n
		h := int(n * barHeight / most)
		if n > 0 {
			h = max(2, h)
		}
		v := barView{Label: label, Count: n, X: i*step + 2, Y: barHeight - h + 18, H: h, W: max(2, step-4), Middle: i*step + step/2, Wide: step >= 30 && n > 0}
		if b.Unit == "month" {
			v.Label = monthWords(label)
		}
		if i%every == 0 {
			v.Tick = label
		}
		b.Bars = append(b.Bars, v)
	}
	return b
}

// between are the keys of counts with those that are missing from the first to
// the last, or just the keys, and false, if that would be more than mostBars.
func between(counts map[string]int64, next func(string) string) ([]string, bool) {
	keys := slices.Sorted(maps.Keys(counts))
	if len(keys) == 0 {
		return nil, true
	}
	var all []string
	for k := keys[0]; k <= keys[len(keys)-1]; k = next(k) {
		if len(all) == mostBars {
			return keys, false
		}
		all = append(all, k)
	}
	return all, true
}

func nextMonth(m string) string {
	if m[5:] == "12" {
		return nextYear(m[:4]) + "-01"
	}
	n, _ := strconv.Atoi(m[5:]) // isMonth
	return fmt.Sprintf("%s-%02d", m[:4], n+1)
}

func nextYear(y string) string {
	n, _ := strconv.Atoi(y) // isMonth
	return fmt.Sprintf("%04d", n+1)
}

// ring is coverage as a picture with the same numbers in words.
type ring struct {
	Listed, Complete, Partial, Skipped, Failed int64
	Share, Text                                string
	Segments                                   []segment
}

// segment is an arc of the ring, in thousandths of the whole.
type segment struct {
	Class       string
	Length, Gap string
	Offset      string
}

func newRing(s *reports.Summary) ring {
	r := ring{Listed: s.Listed, Complete: s.Coverage["complete"], Partial: s.Coverage["partial"], Skipped: s.Coverage["skipped"], Failed: s.Coverage["failed"]}
	r.Text = number(r.Listed) + " listed: " + number(r.Complete) + " complete, " + number(r.Partial) + " partial, " + number(r.Skipped) + " skipped, " + number(r.Failed) + " failed"
	r.Share = share(r.Complete, r.Listed)
	at := 0.0
	for _, p := range []struct {
		class string
		n     int64
	}{{"complete", r.Complete}, {"partial", r.Partial}, {"skipped", r.Skipped}, {"failed", r.Failed}} {
		if p.n == 0 {
			continue
		}
		w := 1000 * float64(p.n) / float64(r.Listed)
		r.Segments = append(r.Segments, segment{p.class, fixed(w), fixed(1000 - w), fixed(-at)})
		at += w
	}
	return r
}

// share never rounds up to all or down to nothing.
func share(n, of int64) string {
	switch {
	case of == 0:
		return "–"
	case n == of:
		return "100 %"
	case n == 0:
		return "0 %"
	}
	tenths := min(999, max(1, n*1000/of))
	return strconv.FormatInt(tenths/10, 10) + "." + strconv.FormatInt(tenths%10, 10) + " %"
}
