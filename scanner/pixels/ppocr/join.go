package ppocr

import (
	"math"

	"habeas/scanner/pixels/raster"
)

// The detector breaks lines where words stand far apart or the picture is large:
// "(312)" and "555-0124" are one number. Pieces of one line, as far apart as
// words are, are put together before they are read.

const (
	sameTurn   = 12 * math.Pi / 180 // between the directions of two pieces of a line
	sameHeight = 1.5                // times as high, at most
	sameTrack  = 0.35               // of the height: distance of a piece from the line
	wordGap    = 0.4                // of the height: between two pieces
	// maxJoined bounds the comparisons of one picture.
	maxJoined = 2 * maxLines
)

// joined puts pieces of one line together.
func joined(boxes []box) []box {
	if len(boxes) > maxJoined {
		return boxes
	}
	for again := true; again; {
		again = false
		for i := 0; i < len(boxes); i++ {
			for j := i + 1; j < len(boxes); j++ {
				q, ok := join(boxes[i].quad, boxes[j].quad)
				if !ok {
					continue
				}
				boxes[i] = box{q, min(boxes[i].score, boxes[j].score)}
				boxes = append(boxes[:j], boxes[j+1:]...)
				again = true
				j--
			}
		}
	}
	return boxes
}

// join gives the rectangle around a and b in the direction of the longer, if they
// are pieces of one line.
func join(a, b raster.Quad) (raster.Quad, bool) {
	wa, ha := a.Size()
	wb, hb := b.Size()
	if wb > wa {
		a, b, wa, ha, wb, hb = b, a, wb, hb, wa, ha
	}
	if ha <= 0 || hb <= 0 || max(ha, hb) > sameHeight*min(ha, hb) {
		return a, false
	}
	ux, uy := (a[1].X-a[0].X)/wa, (a[1].Y-a[0].Y)/wa
	// A square piece has no direction of its own.
	if wb > 1.5*hb && math.Abs(ux*(b[1].Y-b[0].Y)/wb-uy*(b[1].X-b[0].X)/wb) > math.Sin(sameTurn) || wb > 1.5*hb && ux*(b[1].X-b[0].X)+uy*(b[1].Y-b[0].Y) < 0 {
		return a, false
	}
	lo := raster.Point{X: math.Inf(1), Y: math.Inf(1)}
	hi := raster.Point{X: math.Inf(-1), Y: math.Inf(-1)}
	for _, p := range b {
		x, y := p.X-a[0].X, p.Y-a[0].Y
		u, v := x*ux+y*uy, y*ux-x*uy
		lo = raster.Point{X: min(lo.X, u), Y: min(lo.Y, v)}
		hi = raster.Point{X: max(hi.X, u), Y: max(hi.Y, v)}
	}
	h := max(ha, hb)
	if math.Abs((lo.Y+hi.Y)/2-ha/2) > sameTrack*h || max(lo.X-wa, -hi.X) > wordGap*h {
		return a, false
	}
	left, right, top, low := min(lo.X, 0), max(hi.X, wa), min(lo.Y, 0), max(hi.Y, ha)
	at := func(u, v float64) raster.Point {
		return raster.Point{X: a[0].X + u*ux - v*uy, Y: a[0].Y + u*uy + v*ux}
	}
	return raster.Quad{at(left, top), at(right, top), at(right, low), at(left, low)}, true
}
