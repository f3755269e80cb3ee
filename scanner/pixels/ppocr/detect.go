package ppocr

import (
	"context"
	"errors"
	"math"

	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// box is a place where the detector sees a line.
type box struct {
	quad  raster.Quad // pixels of the picture
	score float64     // mean probability of its pixels
}

const (
	pixelOver = 0.3 // probability from which a pixel belongs to a line
	boxOver   = 0.5 // mean from which pixels together are one
	minSide   = 3   // pixels of the map
	// A detected line is shrunk: its map is that of the text's inner part. It is
	// widened by area * ratio / circumference, at its ends a bit more, where the
	// first sign of a number is easily lost.
	unclip    = 1.6
	unclipEnd = 1.9
	maxBlobs  = 4 * maxLines
)

// Means and deviations with which the detector was trained, by channel.
var (
	means      = [3]float32{0.485, 0.456, 0.406}
	deviations = [3]float32{0.229, 0.224, 0.225}
)

// detect looks for lines in m with its long side brought to side pixels.
func (r *Reader) detect(ctx context.Context, m *raster.Image, side int) ([]box, error) {
	in := m.Fit(side, 32)
	t := onnx.Tensor{Shape: []int64{1, 3, int64(in.H), int64(in.W)}, Data: make([]float32, 3*in.W*in.H)}
	plane := in.W * in.H
	var table [3][256]float32
	for c := range 3 {
		for v := range 256 {
			table[c][v] = (float32(v)/255 - means[c]) / deviations[c]
		}
	}
	for i := range plane {
		for c := range 3 {
			t.Data[c*plane+i] = table[c][in.Pix[3*i+2-c]] // it was trained on BGR
		}
	}
	out, err := r.det.Run(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(out) != 1 || len(out[0].Data) != plane {
		return nil, errors.New("ppocr: the detector gives no map of the picture")
	}
	boxes := boxesOf(out[0].Data, in.W, in.H)
	for i := range boxes {
		boxes[i].quad = boxes[i].quad.Scale(float64(m.W)/float64(in.W), float64(m.H)/float64(in.H))
	}
	return boxes, nil
}

// boxesOf finds the lines in a map of probabilities.
func boxesOf(prob []float32, w, h int) []box {
	seen := make([]bool, len(prob))
	var boxes []box
	var stack []int32
	for i, p := range prob {
		if p <= pixelOver || seen[i] {
			continue
		}
		var b blob
		b, stack = fill(prob, seen, w, h, i, stack[:0])
		if quad, ok := b.line(); ok {
			boxes = append(boxes, box{quad, b.sum / float64(b.n)})
			if len(boxes) >= maxBlobs {
				break
			}
		}
	}
	return boxes
}

// blob is a set of pixels that touch each other.
type blob struct {
	n     int
	sum   float64 // of probabilities
	top   int     // its first row
	spans [][2]int
}

// fill collects the blob that pixel start belongs to.
func fill(prob []float32, seen []bool, w, h, start int, stack []int32) (blob, []int32) {
	b := blob{top: start / w} // rows are scanned from the top: none of it is higher
	seen[start] = true
	stack = append(stack, int32(start))
	for len(stack) > 0 {
		i := int(stack[len(stack)-1])
		stack = stack[:len(stack)-1]
		x, y := i%w, i/w
		b.n++
		b.sum += float64(prob[i])
		for len(b.spans) <= y-b.top {
			b.spans = append(b.spans, [2]int{w, -1})
		}
		s := &b.spans[y-b.top]
		s[0], s[1] = min(s[0], x), max(s[1], x)
		for ny := max(y-1, 0); ny <= min(y+1, h-1); ny++ {
			for nx := max(x-1, 0); nx <= min(x+1, w-1); nx++ {
				if j := ny*w + nx; !seen[j] && prob[j] > pixelOver {
					seen[j] = true
					stack = append(stack, int32(j))
				}
			}
		}
	}
	return b, stack
}

// line is the smallest rectangle around b, widened; false if b is none.
func (b *blob) line() (raster.Quad, bool) {
	if b.n < minSide*minSide || b.sum/float64(b.n) < boxOver {
		return raster.Quad{}, false
	}
	var points []raster.Point
	for i, s := range b.spans {
		if s[1] < 0 {
			continue
		}
		y := float64(b.top + i)
		points = append(points, raster.Point{X: float64(s[0]), Y: y}, raster.Point{X: float64(s[1] + 1), Y: y},
			raster.Point{X: float64(s[0]), Y: y + 1}, raster.Point{X: float64(s[1] + 1), Y: y + 1})
	}
	q := smallest(hull(points))
	w, h := q.Size()
	if min(w, h) < minSide {
		return q, false
	}
	return widen(q, w, h), true
}

// widen grows a rectangle to what the text takes.
func widen(q raster.Quad, w, h float64) raster.Quad {
	d := w * h / (2 * (w + h))
	along, across := d*unclipEnd, d*unclip
	ux, uy := (q[1].X-q[0].X)/w, (q[1].Y-q[0].Y)/w
	vx, vy := (q[3].X-q[0].X)/h, (q[3].Y-q[0].Y)/h
	move := func(p raster.Point, a, c float64) raster.Point {
		return raster.Point{X: p.X + ux*a*along + vx*c*across, Y: p.Y + uy*a*along + vy*c*across}
	}
	return raster.Quad{move(q[0], -1, -1), move(q[1], 1, -1), move(q[2], 1, 1), move(q[3], -1, 1)}
}

// hull is the convex hull of points that come in order of Y: Andrew's monotone
// chain, turned by a right angle.
func hull(points []raster.Point) []raster.Point {
	chain := func(from, step int) []raster.Point {
		var out []raster.Point
		for i := from; i >= 0 && i < len(points); i += step {
			for len(out) >= 2 && cross(out[len(out)-2], out[len(out)-1], points[i]) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, points[i])
		}
		return out[:len(out)-1]
	}
	return append(chain(0, 1), chain(len(points)-1, -1)...)
}

func cross(o, a, b raster.Point) float64 {
	return (a.X-o.X)*(b.Y-o.Y) - (a.Y-o.Y)*(b.X-o.X)
}

// smallest is the rectangle of least area around a convex polygon; it has a side
// on one of the polygon's. The longer side of it is the line's, and it reads from
// the left, or from the top if it stands upright.
func smallest(polygon []raster.Point) raster.Quad {
	best, bestArea := raster.Quad{}, math.Inf(1)
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		n := math.Hypot(b.X-a.X, b.Y-a.Y)
		if n == 0 {
			continue
		}
		ux, uy := (b.X-a.X)/n, (b.Y-a.Y)/n
		lo := raster.Point{X: math.Inf(1), Y: math.Inf(1)}
		hi := raster.Point{X: math.Inf(-1), Y: math.Inf(-1)}
		for _, p := range polygon {
			u, v := p.X*ux+p.Y*uy, p.Y*ux-p.X*uy
			lo = raster.Point{X: min(lo.X, u), Y: min(lo.Y, v)}
			hi = raster.Point{X: max(hi.X, u), Y: max(hi.Y, v)}
		}
		if area := (hi.X - lo.X) * (hi.Y - lo.Y); area < bestArea {
			bestArea = area
			at := func(u, v float64) raster.Point { return raster.Point{X: u*ux - v*uy, Y: u*uy + v*ux} }
			best = raster.Quad{at(lo.X, lo.Y), at(hi.X, lo.Y), at(hi.X, hi.Y), at(lo.X, hi.Y)}
		}
	}
	return upright(best)
}

// uprightFrom is how many times as high as wide a box is whose text runs down.
const uprightFrom = 1.5

// upright turns the corners of q so that the first is where the text starts.
func upright(q raster.Quad) raster.Quad {
	// The corner nearest to the top left of the picture first, by direction.
	best := 0
	for i := range q {
		d := raster.Point{X: q[(i+1)%4].X - q[i].X, Y: q[(i+1)%4].Y - q[i].Y}
		e := raster.Point{X: q[(best+1)%4].X - q[best].X, Y: q[(best+1)%4].Y - q[best].Y}
		if d.X/math.Hypot(d.X, d.Y) > e.X/math.Hypot(e.X, e.Y)+1e-9 {
			best = i
		}
	}
	q = raster.Quad{q[best], q[(best+1)%4], q[(best+2)%4], q[(best+3)%4]}
	if w, h := q.Size(); h >= uprightFrom*w {
		q = raster.Quad{q[3], q[0], q[1], q[2]} // it reads upwards, or downwards when flipped
	}
	return q
}
