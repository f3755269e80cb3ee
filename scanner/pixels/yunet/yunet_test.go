package yunet

import (
	"context"
	"math"
	"testing"

	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// spot is a model that sees a face of 40 pixels around the first bright pixel,
// in its layer of 8 pixels.
type spot struct {
	input []int64
	lie   bool // gives tensors of the wrong size
}

func (s spot) Input() []int64 { return s.input }

func (s spot) Run(_ context.Context, in onnx.Tensor) ([]onnx.Tensor, error) {
	h, w := int(in.Shape[2]), int(in.Shape[3])
	out := make([]onnx.Tensor, 12)
	for i, stride := range strides {
		n := (w / stride) * (h / stride)
		if s.lie {
			n++
		}
		out[i].Data, out[3+i].Data = make([]float32, n), make([]float32, n)
		out[6+i].Data, out[9+i].Data = make([]float32, 4*n), make([]float32, 10*n)
	}
	for i, v := range in.Data[2*w*h:] { // red comes last
		if v > 200 {
			x, y := i%w, i/w
			cell := y/8*(w/8) + x/8
			out[0].Data[cell], out[3].Data[cell] = 1.5, 0.81 // beyond 1 counts as 1
			b := out[6].Data[4*cell:]
			b[0], b[1] = float32(x%8)/8, float32(y%8)/8
			b[2], b[3] = float32(math.Log(5)), float32(math.Log(5))
			break
		}
	}
	return out, nil
}

func lit(w, h, x, y int) *raster.Image {
	m := raster.New(w, h)
	for dy := range 8 {
		for dx := range 8 {
			m.Pix[3*((y+dy)*w+x+dx)] = 255
		}
	}
	return m
}

func TestFind(t *testing.T) {
	for name, c := range map[string]struct {
		input []int64
		w, h  int
	}{
		"any size":   {[]int64{-1, 3, -1, -1}, 640, 400},
		"fixed":      {[]int64{1, 3, 640, 640}, 640, 400},
		"large":      {[]int64{-1, 3, -1, -1}, 1280, 800},
		"odd, tall":  {[]int64{-1, 3, -1, -1}, 401, 639},
		"very small": {[]int64{1, 3, 320, 320}, 100, 60},
	} {
		f, err := New(spot{input: c.input})
		if err != nil {
			t.Fatal(name, err)
		}
		x, y := c.w/2, c.h/3
		found, err := f.Find(t.Context(), lit(c.w, c.h, x, y))
		if err != nil || len(found) != 1 {
			t.Errorf("%s: %v, %v", name, found, err)
			continue
		}
		g := found[0]
		if math.Abs(g.X+g.W/2-float64(x)) > 4 || math.Abs(g.Y+g.H/2-float64(y)) > 4 || math.Abs(g.Score-0.9) > 1e-6 {
			t.Errorf("%s: %+v, want the middle at %d, %d", name, g, x, y)
		}
	}
}

func TestOtherModelsAreRefused(t *testing.T) {
	for _, in := range [][]int64{nil, {1, 256, 256, 3}, {1, 3, 640, 320}, {1, 3, 100, 100}, {1, 3, 1 << 20, 1 << 20}} {
		if _, err := New(spot{input: in}); err == nil {
			t.Errorf("a model that takes %v was taken", in)
		}
	}
	f, err := New(spot{input: []int64{-1, 3, -1, -1}, lie: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Find(t.Context(), lit(64, 64, 10, 10)); err == nil {
		t.Error("tensors of the wrong size were taken")
	}
}
