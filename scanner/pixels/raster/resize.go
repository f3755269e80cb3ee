package raster

import "math"

// Resize brings m to w by h pixels: a triangle filter, as wide as a pixel of the
// smaller of the two.
func (m *Image) Resize(w, h int) *Image {
	if w == m.W && h == m.H {
		return m
	}
	cols, rows := filter(m.W, w), filter(m.H, h)
	mid := New(w, m.H)
	for y := range m.H {
		in, out := m.Pix[3*y*m.W:3*(y+1)*m.W], mid.Pix[3*y*w:]
		for x := range cols {
			f := &cols[x]
			var r, g, b int32
			at := 3 * f.from
			for _, k := range f.weights {
				r += k * int32(in[at])
				g += k * int32(in[at+1])
				b += k * int32(in[at+2])
				at += 3
			}
			out[3*x], out[3*x+1], out[3*x+2] = byte(r>>weightBits), byte(g>>weightBits), byte(b>>weightBits)
		}
	}
	out := New(w, h)
	sums := make([]int32, 3*w)
	for y := range rows {
		for i := range sums {
			sums[i] = 1 << (weightBits - 1)
		}
		for j, k := range rows[y].weights {
			in := mid.Pix[3*w*(rows[y].from+j):][:len(sums)]
			for i, p := range in {
				sums[i] += k * int32(p)
			}
		}
		line := out.Pix[3*w*y:][:len(sums)]
		for i, s := range sums {
			line[i] = byte(s >> weightBits)
		}
	}
	return out
}

// Fit is m with its longer side brought to long pixels, each side to a multiple
// of unit, at least one.
func (m *Image) Fit(long, unit int) *Image {
	scale := float64(long) / float64(m.Long())
	side := func(n int) int {
		return max(int(math.Round(float64(n)*scale/float64(unit))), 1) * unit
	}
	return m.Resize(side(m.W), side(m.H))
}

// weightBits is the precision of weights; they add up to 1 << weightBits.
const weightBits = 14

// taps are the pixels that make one.
type taps struct {
	from    int
	weights []int32
}

// filter gives what each of out pixels is made of.
func filter(in, out int) []taps {
	all := make([]taps, out)
	scale := float64(in) / float64(out)
	reach := max(scale, 1)
	for i := range all {
		centre := (float64(i)+0.5)*scale - 0.5
		from := max(int(math.Ceil(centre-reach)), 0)
		to := min(int(math.Floor(centre+reach)), in-1)
		weights := make([]float64, 0, to-from+1)
		sum := 0.0
		for p := from; p <= to; p++ {
			w := max(1-math.Abs(float64(p)-centre)/reach, 0)
			weights = append(weights, w)
			sum += w
		}
		t := taps{from: from, weights: make([]int32, len(weights))}
		rest, most := int32(1<<weightBits), 0
		for j, w := range weights {
			t.weights[j] = int32(w / sum * (1 << weightBits))
			rest -= t.weights[j]
			if weights[j] > weights[most] {
				most = j
			}
		}
		t.weights[most] += rest
		all[i] = t
	}
	return all
}
