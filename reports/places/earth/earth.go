// Package earth knows the land and the countries of the world: which one a
// position lies in, how far the sea is, and the outlines to draw. Start with
// Country.
//
// Countries are those of country-coder, whose borders are exact where people
// live near them and rough elsewhere and at sea; the land is that of Natural
// Earth at 1:10 million, true to about 1 km. Both show who holds a place; nothing
// here takes a side in a dispute.
//
// The data are compiled in, 0.8 MB, and unpacked at the first call. All functions
// may be called from many goroutines.
package earth

import (
	"math"
	"slices"
	"sync"

	_ "embed"
)

// KM is the length of one degree of latitude, in kilometres.
const KM = 111.195

//go:embed land.bin
var packedLand []byte

//go:embed countries.bin
var packedCountries []byte

// world is the unpacked data.
type world struct {
	grid    grid
	arcs    []arc
	shapes  []shape
	pieces  []piece
	columns [columns][]int32 // the pieces that reach into each degree of longitude
}

// columns of the world, one for each degree of longitude.
const columns = 360

// shape is one country or territory: all of its rings together.
type shape struct {
	code  string    // ISO 3166-1 alpha-2, "XK" for Kosovo; "" for what belongs to none or to several
	rings [][]int32 // indexes of arcs; ^i is arc i backwards
}

// arc is a line that one shape has, or two share.
type arc struct {
	points []point
	shapes []int32 // that it bounds; one that it only cuts stands there twice
}

// point is a position on the grid of the data.
type point struct{ x, y int32 }

// piece is a stretch of an arc, with what it lies within.
type piece struct {
	arc      int32
	from, to int32 // points, both included
	in       bounds
}

// bounds is a rectangle. It is wide if it crosses the antimeridian: then its x
// say nothing.
type bounds struct {
	x0, y0, x1, y1 int32
	wide           bool
}

// pieceEdges is how many edges are passed over at a time.
const pieceEdges = 24

var (
	land      = sync.OnceValue(func() *world { return unpacked(packedLand) })
	countries = sync.OnceValue(func() *world { return unpacked(packedCountries) })
)

// unpacked is the world in data compiled in. That they are sound is tested.
func unpacked(packed []byte) *world {
	w, err := decode(packed)
	if err != nil {
		return &world{}
	}
	return w
}

// Country is the ISO 3166-1 alpha-2 code of the country or territory that holds
// the position, "XK" for Kosovo, or "". Waters near a coast are told too, roughly.
func Country(lat, lon float64) string {
	w := countries()
	for _, i := range w.at(lat, lon) {
		return w.shapes[i].code
	}
	return ""
}

// ToCountry is how far in kilometres the position is from the country code; limit
// or more comes back as limit, and 0 means that it is inside.
func ToCountry(code string, lat, lon, limit float64) float64 {
	w := countries()
	for _, i := range w.at(lat, lon) {
		if w.shapes[i].code == code {
			return 0
		}
	}
	return w.distance(lat, lon, limit, func(i int32) bool { return w.shapes[i].code == code })
}

// OnLand reports whether the position is on land, or on a lake.
func OnLand(lat, lon float64) bool { return len(land().at(lat, lon)) > 0 }

// ToCoast is how far in kilometres a position at sea is from land; limit or more
// comes back as limit. Of a position on land it tells the nearest border or coast.
func ToCoast(lat, lon, limit float64) float64 {
	return land().distance(lat, lon, limit, func(int32) bool { return true })
}

// at gives the shapes that lat, lon (degrees) lies in, mostly one.
//
// It goes from there to the north pole, where no land is, and counts how often
// it crosses the border of each. That needs no care at the antimeridian or at the
// south pole, which polygons on a flat map do.
func (w *world) at(lat, lon float64) []int32 {
	x, y := w.grid.place(lat, lon)
	var in []int32
	for _, k := range w.columns[w.grid.column(x)] {
		p := &w.pieces[k]
		if !p.in.below(x, y) {
			continue
		}
		a := &w.arcs[p.arc]
		for j := p.from; j < p.to; j++ {
			if !w.grid.crosses(a.points[j], a.points[j+1], x, y) {
				continue
			}
			for _, s := range a.shapes {
				if i := slices.Index(in, s); i >= 0 {
					in = slices.Delete(in, i, i+1)
				} else {
					in = append(in, s)
				}
			}
		}
	}
	slices.Sort(in)
	return in
}

// below reports whether a line from x, y to the north may meet b.
func (b *bounds) below(x, y float64) bool {
	return y <= float64(b.y1) && (b.wide || float64(b.x0) <= x && x <= float64(b.x1))
}

// distance from the borders of the shapes that pass is in kilometres, on a plane
// that touches the Earth at lat, lon.
func (w *world) distance(lat, lon, limit float64, pass func(int32) bool) float64 {
	x, y := w.grid.place(lat, lon)
	ky := w.grid.sy * KM
	kx := w.grid.sx * KM * math.Cos(lat*math.Pi/180)
	reach := columns / 2
	if d := math.Ceil(limit / (kx / w.grid.sx)); d < columns/2 { // not so near a pole, nor of NaN
		reach = int(d)
	}
	middle := w.grid.column(x)
	for c := -reach; c <= min(reach, columns-1-reach); c++ {
		for _, k := range w.columns[(middle+c+columns)%columns] {
			p := &w.pieces[k]
			a := &w.arcs[p.arc]
			if !(w.grid.gap(&p.in, x, y, kx, ky) < limit) || !slices.ContainsFunc(a.shapes, pass) {
				continue
			}
			for j := p.from; j < p.to; j++ {
				limit = min(limit, w.grid.toEdge(a.points[j], a.points[j+1], x, y, kx, ky))
			}
		}
	}
	return limit
}
