// Package raster holds decoded pictures in the one form in which models and OCR
// take them, 8-bit RGB, with what all of them need: bounded conversion from
// whatever a decoder gives, EXIF orientation, resizing, and cutting a rotated
// rectangle out.
package raster

import (
	"image"
	"image/color"
	"math"
)

// Image is a picture of 8-bit RGB, rows from the top, three bytes a pixel. Nobody
// changes one that others hold.
type Image struct {
	W, H int
	Pix  []byte // 3*W*H
}

// New is a black picture.
func New(w, h int) *Image { return &Image{W: w, H: h, Pix: make([]byte, 3*w*h)} }

// Long is the longer side, pixels.
func (m *Image) Long() int { return max(m.W, m.H) }

// Plain reports whether all pixels are the same.
func (m *Image) Plain() bool {
	for i := 3; i < len(m.Pix); i++ {
		if m.Pix[i] != m.Pix[i-3] {
			return false
		}
	}
	return true
}

// From converts src, transparent places as white. Where it has more than
// maxPixels, a whole number of pixels in each direction becomes one: step says
// how many.
func From(src image.Image, maxPixels int) (m *Image, step int) {
	b := src.Bounds()
	step = 1
	for b.Dx()/step*(b.Dy()/step) > maxPixels {
		step++
	}
	w, h := max(b.Dx()/step, 1), max(b.Dy()/step, 1)
	m = New(w, h)
	row := make([]byte, 3*b.Dx())
	sums := make([]uint32, 3*w)
	read := rowReader(src)
	for y := range h {
		if step == 1 {
			read(m.Pix[3*y*w:3*(y+1)*w], b.Min.Y+y)
			continue
		}
		clear(sums)
		rows := min(step, b.Dy())
		for k := range rows {
			read(row, b.Min.Y+y*step+k)
			add(sums, row, step)
		}
		n := uint32(rows * min(step, b.Dx()))
		for i, s := range sums {
			m.Pix[3*y*w+i] = byte((s + n/2) / n)
		}
	}
	return m, step
}

// add adds step pixels of row to each of sums.
func add(sums []uint32, row []byte, step int) {
	for i := 0; i < len(sums); i += 3 {
		for j := i * step; j < min((i+3)*step, len(row)); j += 3 {
			sums[i] += uint32(row[j])
			sums[i+1] += uint32(row[j+1])
			sums[i+2] += uint32(row[j+2])
		}
	}
}

// rowReader gives what writes row y of src.
func rowReader(src image.Image) func(out []byte, y int) {
	x0 := src.Bounds().Min.X
	switch s := src.(type) {
	case *image.YCbCr:
		return func(out []byte, y int) {
			for i := 0; i < len(out); i += 3 {
				x := x0 + i/3
				c := s.COffset(x, y)
				out[i], out[i+1], out[i+2] = color.YCbCrToRGB(s.Y[s.YOffset(x, y)], s.Cb[c], s.Cr[c])
			}
		}
	case *image.Gray:
		return func(out []byte, y int) {
			p := s.Pix[s.PixOffset(x0, y):]
			for i := 0; i < len(out); i += 3 {
				out[i], out[i+1], out[i+2] = p[i/3], p[i/3], p[i/3]
			}
		}
	case *image.NRGBA:
		return func(out []byte, y int) {
			p := s.Pix[s.PixOffset(x0, y):]
			for i, j := 0, 0; i < len(out); i, j = i+3, j+4 {
				a := uint32(p[j+3])
				white := 255 * (255 - a)
				for k := range 3 {
					out[i+k] = byte((uint32(p[j+k])*a + white + 127) / 255)
				}
			}
		}
	case *image.RGBA:
		return func(out []byte, y int) {
			p := s.Pix[s.PixOffset(x0, y):]
			for i, j := 0, 0; i < len(out); i, j = i+3, j+4 {
				white := uint32(255 - p[j+3])
				for k := range 3 {
					out[i+k] = byte(min(uint32(p[j+k])+white, 255))
				}
			}
		}
	case *image.Paletted:
		table := make([][3]byte, 256)
		for i, c := range s.Palette[:min(len(s.Palette), 256)] {
			table[i] = rgb(c)
		}
		return func(out []byte, y int) {
			p := s.Pix[s.PixOffset(x0, y):]
			for i := 0; i < len(out); i += 3 {
				copy(out[i:], table[p[i/3]][:])
			}
		}
	}
	return func(out []byte, y int) {
		for i := 0; i < len(out); i += 3 {
			c := rgb(src.At(x0+i/3, y))
			copy(out[i:], c[:])
		}
	}
}

// rgb is c on white.
func rgb(c color.Color) [3]byte {
	r, g, b, a := c.RGBA() // premultiplied, 16 bits
	white := 0xffff - a
	return [3]byte{byte(min(r+white, 0xffff) >> 8), byte(min(g+white, 0xffff) >> 8), byte(min(b+white, 0xffff) >> 8)}
}

// Oriented is m turned as EXIF orientation o, 1 to 8, asks for; any other value
// asks for nothing.
func (m *Image) Oriented(o int) *Image {
	if o < 2 || o > 8 {
		return m
	}
	w, h := m.W, m.H
	if o >= 5 {
		w, h = h, w
	}
	out := New(w, h)
	for y := range h {
		for x := range w {
			sx, sy := stored(o, x, y, m.W, m.H)
			copy(out.Pix[3*(y*w+x):3*(y*w+x)+3], m.Pix[3*(sy*m.W+sx):])
		}
	}
	return out
}

// stored is where the pixel that is shown at x, y stands in a picture of w by h
// pixels with orientation o.
func stored(o, x, y, w, h int) (int, int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// Stored brings a point of the picture as shown, in shares of its sides, back to
// the picture as stored with EXIF orientation o.
func Stored(o int, p Point) Point {
	switch o {
	case 2:
		return Point{1 - p.X, p.Y}
	case 3:
		return Point{1 - p.X, 1 - p.Y}
	case 4:
		return Point{p.X, 1 - p.Y}
	case 5:
		return Point{p.Y, p.X}
	case 6:
		return Point{p.Y, 1 - p.X}
	case 7:
		return Point{1 - p.Y, 1 - p.X}
	case 8:
		return Point{1 - p.Y, p.X}
	}
	return p
}

// Point is a place in a picture: pixels or shares, as its user says.
type Point struct{ X, Y float64 }

// Quad is a rectangle in any direction: the corners of a line of text from the
// start of its upper edge, clockwise.
type Quad [4]Point

// Size is the length of a line and its height.
func (q Quad) Size() (w, h float64) {
	return math.Hypot(q[1].X-q[0].X, q[1].Y-q[0].Y), math.Hypot(q[3].X-q[0].X, q[3].Y-q[0].Y)
}

// Bounds is the upright rectangle around q.
func (q Quad) Bounds() (lo, hi Point) {
	lo, hi = q[0], q[0]
	for _, p := range q[1:] {
		lo = Point{min(lo.X, p.X), min(lo.Y, p.Y)}
		hi = Point{max(hi.X, p.X), max(hi.Y, p.Y)}
	}
	return lo, hi
}

// Scale multiplies the coordinates of q.
func (q Quad) Scale(x, y float64) Quad {
	for i := range q {
		q[i] = Point{q[i].X * x, q[i].Y * y}
	}
	return q
}

// Cut gives the part of a line between two shares of its length.
func (q Quad) Cut(from, to float64) Quad {
	along := func(a, b Point, t float64) Point { return Point{a.X + (b.X-a.X)*t, a.Y + (b.Y-a.Y)*t} }
	return Quad{along(q[0], q[1], from), along(q[0], q[1], to), along(q[3], q[2], to), along(q[3], q[2], from)}
}

// Flip is q read from its other end.
func (q Quad) Flip() Quad { return Quad{q[2], q[3], q[0], q[1]} }

// Crop cuts q out of m and brings it to w by h pixels.
func (m *Image) Crop(q Quad, w, h int) *Image {
	out := New(w, h)
	lineW, lineH := q.Size()
	// Where the line is much larger than what comes out, pixels are averaged.
	n := int(min(max(math.Round(min(lineH/float64(h), lineW/float64(w))), 1), 4))
	inv := 1 / float64(n)
	for y := range h {
		for x := range w {
			var sum [3]float64
			for j := range n {
				v := (float64(y) + (float64(j)+0.5)*inv) / float64(h)
				for i := range n {
					u := (float64(x) + (float64(i)+0.5)*inv) / float64(w)
					top := Point{q[0].X + (q[1].X-q[0].X)*u, q[0].Y + (q[1].Y-q[0].Y)*u}
					low := Point{q[3].X + (q[2].X-q[3].X)*u, q[3].Y + (q[2].Y-q[3].Y)*u}
					m.sample(top.X+(low.X-top.X)*v-0.5, top.Y+(low.Y-top.Y)*v-0.5, &sum)
				}
			}
			o := 3 * (y*w + x)
			for k := range 3 {
				out.Pix[o+k] = byte(sum[k]*inv*inv + 0.5)
			}
		}
	}
	return out
}

// sample adds the colour at x, y between pixels.
func (m *Image) sample(x, y float64, sum *[3]float64) {
	x, y = min(max(x, 0), float64(m.W-1)), min(max(y, 0), float64(m.H-1))
	x0, y0 := int(x), int(y)
	fx, fy := x-float64(x0), y-float64(y0)
	x1, y1 := min(x0+1, m.W-1), min(y0+1, m.H-1)
	a, b := m.Pix[3*(y0*m.W+x0):], m.Pix[3*(y0*m.W+x1):]
	c, d := m.Pix[3*(y1*m.W+x0):], m.Pix[3*(y1*m.W+x1):]
	for k := range 3 {
		up := float64(a[k])*(1-fx) + float64(b[k])*fx
		down := float64(c[k])*(1-fx) + float64(d[k])*fx
		sum[k] += up*(1-fy) + down*fy
	}
}
