package tesseract

import (
	"math"

	"habeas/scanner/pixels/raster"
)

// The program reads lines that lean by up to two degrees or so. A picture whose
// lines lean more is turned first: by the angle at which its rows differ most from
// each other, as rows of text and the gaps between them do.

const (
	levelSide = 600 // of the copy that angles are tried on, pixels
	mostLean  = 35  // degrees
	leastLean = 2
	// clearly is how many times as much rows must differ as without a turn.
	clearly = 1.3
)

// level is m with its lines level, and what brings a point of that back to m.
func level(m *raster.Image) (*raster.Image, func(raster.Point) raster.Point) {
	lean := leanOf(m)
	if lean == 0 {
		return m, func(p raster.Point) raster.Point { return p }
	}
	sin, cos := math.Sincos(float64(lean) * math.Pi / 180)
	w, h := float64(m.W), float64(m.H)
	wide, high := w*cos+h*math.Abs(sin), h*cos+w*math.Abs(sin)
	back := func(p raster.Point) raster.Point {
		x, y := p.X-wide/2, p.Y-high/2
		return raster.Point{X: w/2 + x*cos - y*sin, Y: h/2 + x*sin + y*cos}
	}
	q := raster.Quad{back(raster.Point{}), back(raster.Point{X: wide}), back(raster.Point{X: wide, Y: high}), back(raster.Point{Y: high})}
	return m.Crop(q, int(wide), int(high)), back
}

// leanOf is by how many degrees the lines of m fall to the right; 0 if they are
// level, or nothing says.
func leanOf(m *raster.Image) int {
	small := m.Fit(min(levelSide, m.Long()), 1)
	edges := edgesOf(small)
	if len(edges) == 0 {
		return 0
	}
	sums := make([]float64, 2*(small.W+small.H))
	spread := func(degrees int) float64 {
		clear(sums)
		sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
		for _, e := range edges {
			sums[int(float64(e.y)*cos-float64(e.x)*sin)+len(sums)/2]++
		}
		total := 0.0
		for _, s := range sums {
			total += s * s
		}
		return total
	}
	level := spread(0)
	best, most := 0, clearly*level
	for d := -mostLean; d <= mostLean; d++ {
		if s := spread(d); s > most {
			best, most = d, s
		}
	}
	if max(best, -best) < leastLean {
		return 0
	}
	return best
}

// edge is a place where a picture changes from one column to the next, as it does
// within letters.
type edge struct{ x, y int }

// leastEdge is the change of green, 0 to 255, that is one.
const leastEdge = 40

func edgesOf(m *raster.Image) []edge {
	var out []edge
	for y := range m.H {
		for x := 1; x < m.W; x++ {
			i := 3*(y*m.W+x) + 1
			if d := int(m.Pix[i]) - int(m.Pix[i-3]); max(d, -d) >= leastEdge {
				out = append(out, edge{x, y})
			}
		}
	}
	return out
}
