package raster

import (
	"image"
	"image/color"
	"math"
	"testing"
)

// spot is a picture of w by h pixels, white but for one red pixel.
func spot(w, h, x, y int) *Image {
	m := New(w, h)
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	copy(m.Pix[3*(y*w+x):], []byte{255, 0, 0})
	return m
}

// find is where the red pixel is, (-1, -1) if there is none.
func find(m *Image) (int, int) {
	for i := 0; i < len(m.Pix); i += 3 {
		if m.Pix[i] == 255 && m.Pix[i+1] == 0 {
			return i / 3 % m.W, i / 3 / m.W
		}
	}
	return -1, -1
}

func TestOrientationsAreUndone(t *testing.T) {
	for o := range 10 {
		m := spot(5, 3, 1, 2)
		shown := m.Oriented(o)
		x, y := find(shown)
		if o >= 5 && o <= 8 && (shown.W != 3 || shown.H != 5) {
			t.Errorf("orientation %d gives %d x %d", o, shown.W, shown.H)
		}
		p := Stored(o, Point{(float64(x) + 0.5) / float64(shown.W), (float64(y) + 0.5) / float64(shown.H)})
		if got := [2]int{int(p.X * 5), int(p.Y * 3)}; got != [2]int{1, 2} {
			t.Errorf("orientation %d: the spot comes back to %v", o, got)
		}
	}
	// The first row of a picture with orientation 6 is its right side when shown.
	if x, y := find(spot(5, 3, 0, 0).Oriented(6)); x != 2 || y != 0 {
		t.Errorf("orientation 6 shows the first pixel at %d, %d", x, y)
	}
}

func TestFrom(t *testing.T) {
	palette := image.NewPaletted(image.Rect(0, 0, 4, 2), color.Palette{color.Black, color.White})
	half := image.NewNRGBA(image.Rect(2, 3, 6, 5))
	for i := range half.Pix {
		half.Pix[i] = 0x80 // gray, half transparent
	}
	deep := image.NewRGBA64(image.Rect(0, 0, 4, 2))
	deep.SetRGBA64(0, 0, color.RGBA64{0xffff, 0, 0, 0xffff})
	for name, c := range map[string]struct {
		in   image.Image
		want [3]byte
	}{
		"palette":     {palette, [3]byte{0, 0, 0}},
		"transparent": {image.NewNRGBA(image.Rect(0, 0, 4, 2)), [3]byte{255, 255, 255}},
		"half":        {half, [3]byte{191, 191, 191}},
		"premult":     {image.NewRGBA(image.Rect(0, 0, 4, 2)), [3]byte{255, 255, 255}},
		"gray":        {image.NewGray(image.Rect(0, 0, 4, 2)), [3]byte{0, 0, 0}},
		"ycbcr":       {image.NewYCbCr(image.Rect(0, 0, 4, 2), image.YCbCrSubsampleRatio420), [3]byte{0, 135, 0}},
		"16 bits":     {deep, [3]byte{255, 0, 0}},
	} {
		m, step := From(c.in, 100)
		if got := [3]byte(m.Pix[:3]); step != 1 || m.W != 4 || m.H != 2 || got != c.want {
			t.Errorf("%s: %v, %d x %d, step %d", name, got, m.W, m.H, step)
		}
	}
}

func TestFromHalvesWhatIsTooLarge(t *testing.T) {
	in := image.NewGray(image.Rect(0, 0, 101, 41))
	for i := range in.Pix {
		in.Pix[i] = byte(200 * (i % 2))
	}
	m, step := From(in, 1500)
	if step != 2 || m.W != 50 || m.H != 20 {
		t.Fatalf("%d x %d, step %d", m.W, m.H, step)
	}
	if m.Pix[0] != 100 {
		t.Errorf("a pixel of %d", m.Pix[0])
	}
}

func TestPlain(t *testing.T) {
	if !New(4, 4).Plain() || spot(4, 4, 3, 3).Plain() {
		t.Error("plain pictures are mistaken")
	}
}

func TestResizeKeepsMeansAndPlaces(t *testing.T) {
	m := New(100, 60)
	for y := range 60 {
		for x := 50; x < 100; x++ {
			m.Pix[3*(y*100+x)] = 200
		}
	}
	for _, size := range [][2]int{{50, 30}, {200, 120}, {33, 91}, {1, 1}} {
		r := m.Resize(size[0], size[1])
		sum := 0
		for i := 0; i < len(r.Pix); i += 3 {
			sum += int(r.Pix[i])
		}
		if mean := float64(sum) / float64(size[0]*size[1]); math.Abs(mean-100) > 2 {
			t.Errorf("%v: mean %.1f", size, mean)
		}
		if r.W > 10 && (r.Pix[0] != 0 || r.Pix[3*(r.W-1)] < 199) {
			t.Errorf("%v: ends %d and %d", size, r.Pix[0], r.Pix[3*(r.W-1)])
		}
	}
}

func TestFit(t *testing.T) {
	if r := New(1000, 310).Fit(640, 32); r.W != 640 || r.H != 192 {
		t.Errorf("%d x %d", r.W, r.H)
	}
	if r := New(4000, 3).Fit(640, 32); r.W != 640 || r.H != 32 {
		t.Errorf("a thin one: %d x %d", r.W, r.H)
	}
}

func TestCropTurns(t *testing.T) {
	m := spot(40, 40, 10, 20)
	// A quarter turn: the line runs down, its upper edge is the right side.
	down := Quad{{X: 16, Y: 12}, {X: 16, Y: 32}, {X: 6, Y: 32}, {X: 6, Y: 12}}
	c := m.Crop(down, 20, 10)
	if x, y := find(c); x != 8 || y != 5 {
		t.Errorf("the spot is at %d, %d", x, y)
	}
	if x, y := find(m.Crop(down.Flip(), 20, 10)); x != 11 || y != 4 {
		t.Errorf("from the other end it is at %d, %d", x, y)
	}
	// Beyond the picture there is its edge.
	if out := m.Crop(Quad{{X: -9, Y: -9}, {X: -1, Y: -9}, {X: -1, Y: -1}, {X: -9, Y: -1}}, 4, 4); out.Pix[0] != 255 {
		t.Error("beyond the edge is no picture")
	}
}
