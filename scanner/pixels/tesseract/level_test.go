package tesseract

import (
	"math"
	"testing"

	"habeas/scanner/pixels/raster"
)

// leaning is a page of bars, like words, that fall to the right by some degrees.
func leaning(degrees float64) *raster.Image {
	m := raster.New(600, 400)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	for y := range m.H {
		for x := range m.W {
			u, v := float64(x)*cos+float64(y)*sin, float64(y)*cos-float64(x)*sin
			ink := math.Mod(v+4000, 40) < 14 && math.Mod(u+4000, 9) < 4
			if !ink {
				i := 3 * (y*m.W + x)
				m.Pix[i], m.Pix[i+1], m.Pix[i+2] = 255, 255, 255
			}
		}
	}
	return m
}

func TestLeaningPicturesAreLevelled(t *testing.T) {
	for _, degrees := range []float64{0, 1, 7, -15, 30} {
		m := leaning(degrees)
		got := leanOf(m)
		want := int(degrees)
		if max(want, -want) < leastLean {
			want = 0
		}
		if got != want {
			t.Errorf("lines that lean by %g degrees are taken for %d", degrees, got)
		}
		straight, back := level(m)
		if leanOf(straight) != 0 {
			t.Errorf("%g degrees: still leaning", degrees)
		}
		middle := back(raster.Point{X: float64(straight.W) / 2, Y: float64(straight.H) / 2})
		if math.Hypot(middle.X-300, middle.Y-200) > 1.5 {
			t.Errorf("%g degrees: the middle goes back to %v", degrees, middle)
		}
	}
	if leanOf(raster.New(100, 100)) != 0 {
		t.Error("an empty picture leans")
	}
}
