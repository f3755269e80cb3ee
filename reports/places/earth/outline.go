package earth

import (
	"math"
	"sync"
)

// XY is a point beside a middle, in degrees: x to the east, y to the north.
type XY struct{ X, Y float64 }

// outlines are the rings of the land, ready to be cut out.
type outlines struct {
	rings []int // first point of each in points, and the end of the last
	x     []float32
	y     []float32
	boxes [][4]float64 // west, south, east, north of each ring
}

var shores = sync.OnceValue(func() *outlines { return land().outlines() })

// Land is the land and its borders within half degrees to each side of the middle
// lat, lon, as closed polygons, one for each piece of a country. wide and high
// are those halves.
func Land(lat, lon, wide, high float64) [][]XY {
	o := shores()
	var out [][]XY
	for i, box := range o.boxes {
		if box[1] > lat+high || box[3] < lat-high {
			continue
		}
		for _, shift := range [...]float64{-360, 0, 360} {
			if box[0]+shift > lon+wide || box[2]+shift < lon-wide {
				continue
			}
			ring := make([]XY, 0, o.rings[i+1]-o.rings[i])
			for k := o.rings[i]; k < o.rings[i+1]; k++ {
				ring = append(ring, XY{float64(o.x[k]) + shift - lon, float64(o.y[k]) - lat})
			}
			if ring = clip(ring, wide, high); len(ring) > 2 {
				out = append(out, ring)
			}
		}
	}
	return out
}

// outlines joins the arcs of each ring. A ring that crosses the antimeridian runs
// on beyond 180°; the one around the South Pole is closed through it.
func (w *world) outlines() *outlines {
	o := &outlines{}
	for i := range w.shapes {
		for _, ring := range w.shapes[i].rings {
			first := len(o.x)
			for _, a := range ring {
				points := w.arcs[max(a, ^a)].points
				for k := range points {
					if a < 0 {
						k = len(points) - 1 - k
					}
					lon, lat := w.grid.degrees(points[k])
					o.add(first, lon, lat)
				}
			}
			if n := len(o.x); n > first && math.Abs(float64(o.x[n-1]-o.x[first])) > 180 {
				o.x, o.y = append(o.x, o.x[n-1], o.x[first]), append(o.y, -90, -90)
			}
			o.rings = append(o.rings, first)
			o.boxes = append(o.boxes, o.box(first))
		}
	}
	o.rings = append(o.rings, len(o.x))
	return o
}

// add appends a point to the ring that begins at first, the short way from the
// point before.
func (o *outlines) add(first int, lon, lat float64) {
	if n := len(o.x); n > first {
		lon -= 360 * math.Round((lon-float64(o.x[n-1]))/360)
	}
	o.x, o.y = append(o.x, float32(lon)), append(o.y, float32(lat))
}

// box is what the ring that begins at first lies within.
func (o *outlines) box(first int) [4]float64 {
	b := [4]float64{math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)}
	for i := first; i < len(o.x); i++ {
		x, y := float64(o.x[i]), float64(o.y[i])
		b = [4]float64{min(b[0], x), min(b[1], y), max(b[2], x), max(b[3], y)}
	}
	return b
}

// clip cuts a polygon at the four sides of a rectangle around 0, 0, one after the
// other, as Sutherland and Hodgman do.
func clip(ring []XY, wide, high float64) []XY {
	for _, side := range [...]struct{ a, b, limit float64 }{{1, 0, wide}, {-1, 0, wide}, {0, 1, high}, {0, -1, high}} {
		var out []XY
		for i, p := range ring {
			q := ring[(i+1)%len(ring)]
			dp, dq := side.limit-side.a*p.X-side.b*p.Y, side.limit-side.a*q.X-side.b*q.Y
			if dp >= 0 {
				out = append(out, p)
			}
			if (dp >= 0) != (dq >= 0) {
				t := dp / (dp - dq)
				out = append(out, XY{p.X + t*(q.X-p.X), p.Y + t*(q.Y-p.Y)})
			}
		}
		if ring = out; len(ring) == 0 {
			return nil
		}
	}
	return ring
}
