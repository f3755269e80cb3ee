package html

import (
	"math"

	"habeas/reports"
	"habeas/reports/geomap"
	"habeas/reports/places"
)

// placesView is what a page shows of positions, nil if there are none.
func placesView(m *geomap.Map) *geomap.View {
	if m.Empty() {
		return nil
	}
	v := m.View("map")
	return &v
}

// keepNames bounds the names of places that are kept for the next object, which
// is often near.
const keepNames = 20_000

// placeNames remembers names.
type placeNames map[[2]float64]string

// near says in words where f is; "" if it is no position.
func (n placeNames) near(f *reports.Finding) string {
	at := [2]float64{math.NaN(), 0}
	switch {
	case f.Kind != "gps" || f.Invalid:
	case f.Position != nil:
		at = [2]float64{math.Round(f.Position.Lat*1000) / 1000, math.Round(f.Position.Lon*1000) / 1000}
	case f.Cell != nil:
		at = [2]float64{f.Cell.Lat, f.Cell.Lon}
	}
	if math.IsNaN(at[0]) || math.IsNaN(at[1]) {
		return ""
	}
	if name, ok := n[at]; ok {
		return name
	}
	name := ""
	if f.Position != nil {
		if p, ok := places.Near(at[0], at[1]); ok {
			name = p.String()
		}
	} else if a, ok := places.Around(*f.Cell); ok {
		name = a.String()
	}
	if len(n) >= keepNames {
		clear(n)
	}
	n[at] = name
	return name
}
