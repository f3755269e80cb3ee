// Package geomap draws where the positions of a report are: a map of the world
// and close-ups as inline SVG, with a table that says the same. Collect findings
// with Map.Add, then call Map.View once.
//
// In a masked report a position is a cell of 0.1 degree, and so it is here: cells
// are drawn, never points, and what is said of them rests on months alone. Where
// values are shown, points within 150 m of each other make a cluster, and of the
// hours and days of the week in which it was photographed the page says whether
// it looks like a home or a place of work or study, and why.
//
// The SVG asks nobody for anything: no tile, no script, no style attribute, no
// reference to a file. Style and Script are for the page to put among its own;
// without them the map is whole and can't be zoomed. The same findings in
// whatever order give the same bytes.
package geomap

import (
	"cmp"
	"html/template"
	"math"
	"slices"
	"time"

	_ "embed"

	"habeas/reports"
	"habeas/reports/places"
)

// Style is what a page needs among its rules: colours for light and dark come
// from the custom properties --map-land, --map-line, --map-mark and --map-text
// if the page sets them, and from the color-scheme if it doesn't.
//
//go:embed map.css
var Style string

// Script makes the buttons of View.World work. A page runs it after its content;
// it looks for [data-map-zoom] elements, which are hidden until it shows them, and
// has each button in them set the viewBox of the map that it names to the button's
// data-viewbox, with aria-pressed on the one that is on.
//
//go:embed map.js
var Script string

// Limits of one map.
const (
	// maxSpots is how many different spots are kept apart; further ones are
	// counted with the cell that they lie in, and where there are as many of
	// those again, only counted.
	maxSpots = 20_000
	maxMarks = 400 // drawn on the world
	maxRows  = 200 // of the table
	maxClose = 4   // close-ups
)

// Map gathers positions. It is used by one goroutine.
type Map struct {
	values bool
	spots  map[spotKey]*spot
	count  int64
	beyond int64 // of count, those that were not kept apart
}

// spotKey is a square of a grid: of step degrees, or of a cell.
type spotKey struct {
	lat, lon int32 // in steps
	coarse   bool
}

const (
	stepsFine   = 10_000 // a degree: 11 m
	stepsCoarse = 10     // a degree: 11 km, a cell
)

// spot is one square with what was taken there.
type spot struct {
	lat, lon    float64 // its middle
	count       int64
	first, last string // months; "" if none is known
	months      []string
	when        *when // nil if no time of day is known
}

// New gives an empty map. values says that the report shows values: points are
// drawn instead of cells.
func New(values bool) *Map {
	return &Map{values: values, spots: map[spotKey]*spot{}}
}

// Add takes a finding. All but counted positions are passed over.
func (m *Map) Add(f *reports.Finding) {
	if f.Kind != "gps" || !f.Counted() {
		return
	}
	switch {
	case m.values && f.Position != nil:
		p := f.Position
		if !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180) {
			return
		}
		k := square(p.Lat, p.Lon, stepsFine)
		if m.spots[k] == nil && len(m.spots) >= maxSpots {
			k = square(p.Lat, p.Lon, stepsCoarse)
		}
		m.add(k, f.Month, p.Time)
	case f.Cell != nil:
		c := f.Cell
		if !(math.Abs(c.Lat) <= 90 && math.Abs(c.Lon) <= 180) {
			return
		}
		m.add(spotKey{int32(math.Round(c.Lat * stepsCoarse)), int32(math.Round(c.Lon * stepsCoarse)), true}, f.Month, "")
	}
}

// square is the one that holds a position.
func square(lat, lon float64, steps float64) spotKey {
	return spotKey{int32(math.Floor(lat * steps)), int32(math.Floor(lon * steps)), steps == stepsCoarse}
}

func (k spotKey) middle() (lat, lon float64) {
	steps := float64(stepsFine)
	if k.coarse {
		steps = stepsCoarse
	}
	return min((float64(k.lat)+0.5)/steps, 90), min((float64(k.lon)+0.5)/steps, 180)
}

func (m *Map) add(k spotKey, month, at string) {
	m.count++
	s := m.spots[k]
	if s == nil {
		if len(m.spots) >= 2*maxSpots {
			m.beyond++
			return
		}
		s = &spot{}
		s.lat, s.lon = k.middle()
		m.spots[k] = s
	}
	s.count++
	if month != "" {
		s.month(month)
	}
	if t, err := time.Parse(time.RFC3339, at); err == nil {
		if s.when == nil {
			s.when = &when{}
		}
		s.when.add(t, s.lon)
	}
}

// maxMonths of one spot are told apart.
const maxMonths = 240

func (s *spot) month(m string) {
	if s.first == "" || m < s.first {
		s.first = m
	}
	s.last = max(s.last, m)
	if i, found := slices.BinarySearch(s.months, m); !found && len(s.months) < maxMonths {
		s.months = slices.Insert(s.months, i, m)
	}
}

// Empty reports whether there is nothing to show.
func (m *Map) Empty() bool { return m.count == 0 }

// View is what a page shows of a Map.
type View struct {
	Count  int64         // positions
	World  template.HTML // a figure with the map and its zoom buttons
	Closes []Close       // close-ups of the places seen most often
	Rows   []Row         // the table, which says all that the maps say; most positions first
	More   int64         // rows that are left out
	Lands  []Land        // positions by country, all of them; most first
	Note   string        // how it was made and what it can't tell, one or two sentences
	Masked bool          // cells, not points
}

// Close is a close-up.
type Close struct {
	Title    string // "Sunnyvale, California, US"
	Count    int64  // positions
	Likely   string // as in the table
	Evidence string // what Likely rests on; "" without it
	SVG      template.HTML
}

// Row is a line of the table.
type Row struct {
	Place    string // "1.1 km from Sunnyvale, California, US"
	Country  string // name; "" at sea
	Count    int64
	First    string // month, "2024-05"; "" if none is known
	Last     string
	Likely   string // "likely home", "likely work or school", "most often"; mostly ""
	Evidence string // what Likely rests on
}

// Land is a country with its positions.
type Land struct {
	Name          string // "at sea, or in no country" for the rest
	Count, Places int64
}

// View makes what a page shows. id is the map's own name on its page, letters and
// digits.
func (m *Map) View(id string) View {
	v := View{Count: m.count, Masked: !m.values}
	if m.count == 0 {
		return v
	}
	clusters := m.clusters()
	judge(clusters, m.values)
	v.Note = note(m.values, clusters)
	rows := table(clusters)
	v.Lands = lands(clusters, m.beyond)
	if m.beyond > 0 {
		rows = append(rows, Row{Place: "elsewhere: too many different places to tell apart", Count: m.beyond})
	}
	v.Rows = rows[:min(len(rows), maxRows)]
	v.More = int64(len(rows) - len(v.Rows))
	v.World = world(id, clusters, m.count)
	for i, c := range clusters {
		if len(v.Closes) == maxClose || c.loose() {
			break
		}
		v.Closes = append(v.Closes, Close{Title: c.title, Count: c.count, Likely: c.likely, Evidence: c.evidence, SVG: closeUp(id, i, c)})
	}
	return v
}

// table has a row for each cluster, and one for all the spots beside them that
// are named alike.
func table(clusters []*cluster) []Row {
	var rows []Row
	at := map[string]int{}
	for _, c := range clusters {
		r := Row{Place: c.place, Country: c.country, Count: c.count, First: c.first, Last: c.last, Likely: c.likely, Evidence: c.evidence}
		if i, ok := at[c.place]; ok && c.loose() {
			o := &rows[i]
			o.Count += r.Count
			o.First, o.Last = earliest(o.First, r.First), max(o.Last, r.Last)
			continue
		}
		if _, ok := at[c.place]; !ok {
			at[c.place] = len(rows)
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b Row) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Place, b.Place))
	})
	return rows
}

// lands adds up positions by country.
func lands(clusters []*cluster, beyond int64) []Land {
	var out []Land
	add := func(name string, count, places int64) {
		i := slices.IndexFunc(out, func(l Land) bool { return l.Name == name })
		if i < 0 {
			i = len(out)
			out = append(out, Land{Name: name})
		}
		out[i].Count += count
		out[i].Places += places
	}
	for _, c := range clusters {
		add(cmp.Or(c.country, "at sea, or in no country"), c.count, 1)
	}
	if beyond > 0 {
		add("not told apart", beyond, 0)
	}
	slices.SortFunc(out, func(a, b Land) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name)) })
	return out
}

// earliest of two months, either of which may be unknown.
func earliest(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

func note(values bool, clusters []*cluster) string {
	if !values {
		return "Each position is shown as the square of 0.1 degree that it lies in, about 11 km high; a name is that of the square, and somebody in it may be anywhere in it. Drawn from data in this file: nothing was asked of a map service."
	}
	text := "Points within 150 m of each other count as one place. Drawn from data in this file: nothing was asked of a map service."
	if slices.ContainsFunc(clusters, func(c *cluster) bool { return c.when.timed() > 0 }) {
		text += " Hours are by the sun, from the time and the longitude of each position, so they may differ from clocks there by up to two hours."
	}
	return text
}

// name says where a cluster is, and in which country.
func name(lat, lon float64, cell bool) (place, title, country string) {
	var p places.Place
	var ok bool
	if cell {
		var a places.Area
		a, ok = places.Around(reports.Cell{Lat: lat - cellHalf, Lon: lon - cellHalf})
		p, place = a.Place, a.String()
	} else {
		p, ok = places.Near(lat, lon)
		place = p.String()
	}
	if !ok {
		return "not a position on land or sea", "not a position", ""
	}
	if p.Country != "" {
		country = places.CountryName(p.Country)
	}
	title = p.Label()
	return cmp.Or(place, "an unnamed place"), cmp.Or(title, place), country
}
