package places

import (
	"cmp"
	"math"
	"slices"

	"habeas/reports/places/earth"
)

// Town is a place for the label of a map: where it is beside the middle of it.
type Town struct {
	Name string
	At   earth.XY
}

// Towns are the largest places within wide and high degrees to each side of lat,
// lon, largest first, n at most.
func Towns(lat, lon, wide, high float64, n int) []Town {
	g := load()
	from, _ := slices.BinarySearchFunc(g.towns, lat-high, byLatitude)
	to, _ := slices.BinarySearchFunc(g.towns, lat+high, byLatitude)
	var found []*town
	for i := from; i < to; i++ {
		if t := &g.towns[i]; math.Abs(t.beside(lon)) <= wide {
			found = append(found, t)
		}
	}
	slices.SortFunc(found, func(a, b *town) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.name, b.name), cmp.Compare(a.lat, b.lat), cmp.Compare(a.x, b.x))
	})
	out := make([]Town, 0, n)
	for _, t := range found[:min(n, len(found))] {
		out = append(out, Town{t.name, earth.XY{X: t.beside(lon), Y: float64(t.lat) - lat}})
	}
	return out
}

// beside is how many degrees t is east of lon, the short way.
func (t *town) beside(lon float64) float64 {
	d := math.Atan2(float64(t.y), float64(t.x))*180/math.Pi - lon
	return d - 360*math.Round(d/360)
}
