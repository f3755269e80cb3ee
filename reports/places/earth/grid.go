package earth

import "math"

// grid is how degrees become the whole numbers of the data.
type grid struct {
	sx, sy float64 // degrees of a step
	tx, ty float64 // degrees of 0, 0
}

// place is lat, lon on the grid. The antimeridian is in the east.
func (g *grid) place(lat, lon float64) (x, y float64) {
	if lon <= -180 {
		lon += 360
	}
	return (lon - g.tx) / g.sx, (lat - g.ty) / g.sy
}

// degrees is p as longitude and latitude.
func (g *grid) degrees(p point) (lon, lat float64) {
	return float64(p.x)*g.sx + g.tx, float64(p.y)*g.sy + g.ty
}

// column is the degree of longitude of x, from 0 in the west.
func (g *grid) column(x float64) int {
	lon := x*g.sx + g.tx + columns/2
	if !(lon >= 0) {
		return 0
	}
	return min(int(lon), columns-1)
}

// around is how many steps make a whole turn.
func (g *grid) around() float64 { return 360 / g.sx }

// wrap is the difference dx of two longitudes the short way.
func (g *grid) wrap(dx float64) float64 {
	turn := g.around()
	switch {
	case dx > turn/2:
		return dx - turn
	case dx < -turn/2:
		return dx + turn
	}
	return dx
}

// crosses reports whether the edge from p to q meets the meridian of x north of
// y. An end that lies on the meridian counts to its east, for every edge that
// has it.
func (g *grid) crosses(p, q point, x, y float64) bool {
	a, b := g.wrap(float64(p.x)-x), g.wrap(float64(q.x)-x)
	if (a < 0) == (b < 0) || math.Abs(a-b) > g.around()/2 {
		return false // on one side, or across the meridian on the other side of the Earth
	}
	return float64(p.y)+float64(q.y-p.y)*a/(a-b) > y
}

// gap is how far x, y is from b, in the units of kx and ky.
func (g *grid) gap(b *bounds, x, y, kx, ky float64) float64 {
	dy := max(float64(b.y0)-y, y-float64(b.y1), 0) * ky
	if b.wide {
		return dy
	}
	turn := g.around()
	dx := math.Inf(1)
	for _, t := range [...]float64{-turn, 0, turn} {
		dx = min(dx, max(float64(b.x0)-x-t, x+t-float64(b.x1), 0))
	}
	return math.Hypot(dx*kx, dy)
}

// toEdge is how far x, y is from the edge from p to q.
func (g *grid) toEdge(p, q point, x, y, kx, ky float64) float64 {
	ax, ay := g.wrap(float64(p.x)-x)*kx, (float64(p.y)-y)*ky
	ux, uy := g.wrap(float64(q.x-p.x))*kx, float64(q.y-p.y)*ky
	t := 0.0
	if n := ux*ux + uy*uy; n > 0 {
		t = min(max(-(ax*ux+ay*uy)/n, 0), 1)
	}
	return math.Hypot(ax+t*ux, ay+t*uy)
}
