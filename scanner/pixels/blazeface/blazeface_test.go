package blazeface

import (
	"context"
	"errors"
	"math"
	"testing"

	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// dots is a model that sees a face of 64 pixels around each white pixel of its
// input, sure enough if the whole of it is bright.
type dots struct {
	runs int
	miss func(run int) bool // sees nothing in this run
	err  error
}

func (d *dots) Run(_ context.Context, in onnx.Tensor) ([]onnx.Tensor, error) {
	d.runs++
	if d.err != nil {
		return nil, d.err
	}
	out := []onnx.Tensor{
		{Shape: []int64{1, 512, 1}, Data: make([]float32, 512)}, {Shape: []int64{1, 384, 1}, Data: make([]float32, 384)},
		{Shape: []int64{1, 512, 16}, Data: make([]float32, 512*16)}, {Shape: []int64{1, 384, 16}, Data: make([]float32, 384*16)},
	}
	for _, scores := range out[:2] {
		for i := range scores.Data {
			scores.Data[i] = -20
		}
	}
	if d.miss != nil && d.miss(d.runs) {
		return out, nil
	}
	best, bx, by := float32(-1), 0, 0
	for i := 0; i < len(in.Data); i += 3 {
		if in.Data[i] > best {
			best, bx, by = in.Data[i], i/3%side, i/3/side
		}
	}
	if best < 0.5 {
		return out, nil
	}
	cell := by/16*16 + bx/16
	out[0].Data[2*cell] = 3 // a score of 0.95
	box := out[2].Data[2*cell*values:]
	box[0], box[1] = float32(bx%16)-8, float32(by%16)-8
	box[2], box[3] = 64, 64
	return out, nil
}

// lit is a dark picture with a white spot.
func lit(w, h, x, y int) *raster.Image {
	m := raster.New(w, h)
	for dy := -4; dy < 4; dy++ {
		for dx := -4; dx < 4; dx++ {
			for c := range 3 {
				m.Pix[3*((y+dy)*m.W+x+dx)+c] = 255
			}
		}
	}
	return m
}

func TestFindsWhereTheModelSees(t *testing.T) {
	d := &dots{}
	found, err := New(d).Find(t.Context(), lit(256, 256, 100, 60))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	f := found[0]
	if x, y := f.X+f.W/2, f.Y+f.H/2; math.Abs(x-100) > 6 || math.Abs(y-60) > 6 || f.Score < 0.9 {
		t.Errorf("%+v", f)
	}
}

func TestSecondLookDecides(t *testing.T) {
	whole := len(tiles(100, 100))
	d := &dots{miss: func(run int) bool { return run > whole }}
	found, err := New(d).Find(t.Context(), lit(100, 100, 50, 50))
	if err != nil || len(found) != 0 {
		t.Errorf("seen from afar only: %v, %v", found, err)
	}
}

func TestTilesCoverThePicture(t *testing.T) {
	for _, size := range [][2]int{{1280, 853}, {853, 1280}, {400, 400}, {5000, 200}, {161, 160}} {
		w, h := size[0], size[1]
		all := tiles(w, h)[1:]
		for y := 0; y < h; y += max(h/40, 1) {
			for x := 0; x < w; x += max(w/200, 1) {
				in := false
				for _, s := range all {
					in = in || float64(x) >= s.x && float64(x) < s.x+s.side && float64(y) >= s.y && float64(y) < s.y+s.side
				}
				if !in {
					t.Fatalf("%v: no tile at %d, %d", size, x, y)
				}
			}
		}
		if len(all) > 2*maxColumns {
			t.Errorf("%v: %d tiles", size, len(all))
		}
	}
	if n := len(tiles(100, 100)); n != 1 {
		t.Errorf("a small picture has %d tiles", n)
	}
}

func TestOtherModelsAreRefused(t *testing.T) {
	broken := errors.New("broken")
	if _, err := New(&dots{err: broken}).Find(t.Context(), lit(50, 50, 20, 20)); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := decode([]onnx.Tensor{{}, {}, {}, {}}); err == nil {
		t.Error("tensors of no size were taken")
	}
	if _, err := decode(nil); err == nil {
		t.Error("no tensors were taken")
	}
}
