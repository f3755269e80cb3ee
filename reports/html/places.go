package html

import (
	"math"

	"habeas/reports"
	"habeas/reports/geomap"
	"habeas/reports/places"
)

// positions gathers the positions of one page, or of all.
type positions struct{ masked, exact *geomap.Map } // exact is nil without values

func newPositions(values bool) positions {
	p := positions{masked: geomap.New(false)}
	if values {
		p.exact = geomap.New(true)
	}
	return p
}

func (p positions) add(f *reports.Finding) {
	p.masked.Add(f)
	if p.exact != nil {
		p.exact.Add(f)
	}
}

// placesView is what a page shows of positions. Exact stays hidden until values
// are shown, and out of print; nil without values.
type placesView struct {
	geomap.View
	Exact *geomap.View
}

// view is nil without positions.
func (p positions) view() *placesView {
	if p.masked.Empty() {
		return nil
	}
	v := &placesView{View: p.masked.View("map")}
	if p.exact != nil && !p.exact.Empty() {
		exact := p.exact.View("map-exact")
		v.Exact = &exact
	}
	return v
}

// keepNames bounds the names of places that are kept for the next object, which
// is often near.
const keepNames = 20_000

// placeNames remembers the names of cells.
type placeNames map[reports.Cell]string

// near says in words in which cell f is; "" if it is no position.
func (n placeNames) near(f *reports.Finding) string {
	if f.Kind != "gps" || f.Invalid || f.Cell == nil || math.IsNaN(f.Cell.Lat+f.Cell.Lon) { // NaN is no key
		return ""
	}
	name, ok := n[*f.Cell]
	if ok {
		return name
	}
	if a, ok := places.Around(*f.Cell); ok {
		name = a.String()
	}
	if len(n) >= keepNames {
		clear(n)
	}
	n[*f.Cell] = name
	return name
}

// exactly says in words where f is; "" without its value.
func exactly(f *reports.Finding) string {
	if f.Kind != "gps" || f.Invalid || f.Position == nil {
		return ""
	}
	if p, ok := places.Near(f.Position.Lat, f.Position.Lon); ok {
		return p.String()
	}
	return ""
}
