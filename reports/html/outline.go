package html

import (
	"fmt"
	"math"
	"strconv"

	"habeas/reports"
)

// outline is the frame of a picture with the regions of faces in it, turned as the
// picture is shown.
type outline struct {
	W, H  int
	Boxes []boxView
	Text  string
}

type boxView struct {
	X, Y, W, H, LabelX, LabelY string
	Number                     int
	Third                      bool
}

// Sides of a frame. Where nothing says how large the picture is, the frame is as
// most cameras make pictures: 4 by 3.
const (
	longSide  = 120
	widest    = 240 // of a panorama
	shortSide = 16  // the least that can be seen
)

func newOutline(e *reports.Entry, fs []findingView) *outline {
	o := &outline{}
	turn, known := 1, e.Width > 0 && e.Height > 0
	if known && e.Orientation >= 1 && e.Orientation <= 8 {
		turn = e.Orientation
	}
	o.W, o.H = frame(e.Width, e.Height, turn >= 5)
	third := 0
	for _, f := range fs {
		if f.Number == 0 {
			continue
		}
		b := o.box(turned(*f.Box, turn))
		b.Number, b.Third = f.Number, f.Party == reports.PartyThird
		if b.Third {
			third++
		}
		o.Boxes = append(o.Boxes, b)
	}
	if len(o.Boxes) == 0 {
		return nil
	}
	shape := "The frame is 4 by 3, since nothing says how large the picture is."
	if known {
		shape = fmt.Sprintf("The frame has the shape of the picture, %d by %d pixels", e.Width, e.Height)
		if turn > 1 {
			shape += ", turned as it is shown"
		}
		shape += "."
	}
	o.Text = fmt.Sprintf("Where the %s: %s about somebody else. %s",
		countWords(int64(len(o.Boxes)), "face region is", "face regions are"), number(int64(third)), shape)
	return o
}

// frame gives the sides of the frame of a picture, which lies on its side where
// across is true.
func frame(width, height int, across bool) (w, h int) {
	if width <= 0 || height <= 0 {
		return longSide, longSide * 3 / 4
	}
	if across {
		width, height = height, width
	}
	long, short := max(width, height), min(width, height)
	ratio := float64(short) / float64(long)
	side := min(max(longSide, shortSide/ratio), widest)
	other := max(math.Round(side*ratio), shortSide)
	if width >= height {
		return int(math.Round(side)), int(other)
	}
	return int(other), int(math.Round(side))
}

// turned is where a box stands once the picture is turned as EXIF says (Exif 3.0,
// 4.6.5.1.6).
func turned(b reports.Box, orientation int) reports.Box {
	x, y := clamp(b.X, 1), clamp(b.Y, 1)
	w, h := clamp(b.W, 1-x), clamp(b.H, 1-y)
	right, below := 1-x-w, 1-y-h
	switch orientation {
	case 2:
		return reports.Box{X: right, Y: y, W: w, H: h}
	case 3:
		return reports.Box{X: right, Y: below, W: w, H: h}
	case 4:
		return reports.Box{X: x, Y: below, W: w, H: h}
	case 5:
		return reports.Box{X: y, Y: x, W: h, H: w}
	case 6:
		return reports.Box{X: below, Y: x, W: h, H: w}
	case 7:
		return reports.Box{X: below, Y: right, W: h, H: w}
	case 8:
		return reports.Box{X: y, Y: right, W: h, H: w}
	}
	return reports.Box{X: x, Y: y, W: w, H: h}
}

func (o *outline) box(b reports.Box) boxView {
	w, h := float64(o.W), float64(o.H)
	return boxView{X: fixed(b.X * w), Y: fixed(b.Y * h), W: fixed(b.W * w), H: fixed(b.H * h),
		LabelX: fixed(min(b.X*w+2, w-10)), LabelY: fixed(min(max(b.Y*h+9, 9), h-2))}
}

// FrameW and FrameH serve templates: the rectangle lies within its own line.
func (o *outline) FrameW() int { return o.W - 1 }

// FrameH is the other side.
func (o *outline) FrameH() int { return o.H - 1 }

// clamp also takes NaN for 0.
func clamp(f, most float64) float64 {
	if !(f > 0) {
		return 0
	}
	return min(f, most)
}

func fixed(f float64) string { return strconv.FormatFloat(f, 'f', 1, 64) }
