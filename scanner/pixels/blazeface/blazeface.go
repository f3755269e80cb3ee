// Package blazeface finds faces with the BlazeFace model of MediaPipe for the back
// camera (256 x 256 pixels), as ONNX: "BlazeFace: Sub-millisecond Neural Face
// Detection on Mobile GPUs", arXiv 1907.05047. The model sees the large faces of
// what it is shown; small ones are found by showing it pieces of the picture, too.
// It tells where faces are, never whose.
package blazeface

import (
	"context"
	"errors"
	"math"
	"slices"

	"habeas/scanner/pixels/faces"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// Model runs a network; *onnx.Session is one.
type Model interface {
	Run(ctx context.Context, in onnx.Tensor) ([]onnx.Tensor, error)
}

const (
	side = 256 // pixels of the model's input
	// candidate is the score from which a place is looked at more closely, least
	// what is needed after that, Likely what makes it more than possible.
	candidate = 0.5
	least     = 0.55
	// Likely is the score from which most of what is found is a face; below it, one
	// in three is none.
	Likely = 0.65
	// tileShare is the side of a tile, as a share of the picture's shorter side:
	// two rows of tiles that overlap by a fifth of it.
	tileShare = 0.6
	// maxColumns bounds the tiles of a panorama.
	maxColumns = 8
	// tilesFrom is the shorter side from which a picture has tiles: half of it
	// would otherwise be blown up.
	tilesFrom = 160
	around    = 1.8 // sides of a face around it, for the second look
	maxSure   = 64  // second looks at one picture
)

// Finder finds faces. Its methods may be called from many goroutines.
type Finder struct{ model Model }

// New takes the model.
func New(m Model) *Finder { return &Finder{m} }

// Find gives the faces of m, the surest first.
func (f *Finder) Find(ctx context.Context, m *raster.Image) ([]faces.Face, error) {
	var all []faces.Face
	for _, t := range tiles(m.W, m.H) {
		found, err := f.tile(ctx, m, t)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return f.sure(ctx, m, faces.Distinct(all))
}

// sure looks at each face once more, by itself: what is none looks like one from
// some distances only. The score becomes the mean of both looks.
func (f *Finder) sure(ctx context.Context, m *raster.Image, found []faces.Face) ([]faces.Face, error) {
	for i, x := range found[:min(len(found), maxSure)] {
		s := math.Ceil(max(x.W, x.H) * around)
		t := tile{max(math.Floor(x.X+x.W/2-s/2), 0), max(math.Floor(x.Y+x.H/2-s/2), 0), s}
		again, err := f.look(ctx, m, t)
		if err != nil {
			return nil, err
		}
		best := 0.0
		for _, y := range again {
			if faces.Same(x, y) {
				best = max(best, y.Score)
			}
		}
		found[i].Score = (x.Score + best) / 2
	}
	found = slices.DeleteFunc(found, func(x faces.Face) bool { return x.Score < least })
	return faces.Distinct(found), nil
}

// tile is a square of the picture; it may reach beyond it.
type tile struct{ x, y, side float64 }

// tiles are the whole picture and, of all but small ones, two rows of squares.
func tiles(w, h int) []tile {
	long, short := float64(max(w, h)), float64(min(w, h))
	all := []tile{{0, 0, long}}
	if short < tilesFrom {
		return all
	}
	s := math.Ceil(short * tileShare)
	cols := min(int(math.Ceil((long-s)/(s*0.8)))+1, maxColumns)
	if cols == maxColumns {
		s = max(s, long/(0.8*maxColumns))
	}
	for r := range 2 {
		for c := range cols {
			a, b := float64(r)*(short-s), 0.0
			if cols > 1 {
				b = float64(c) * (long - s) / float64(cols-1)
			}
			a = max(a, 0)
			if w >= h {
				all = append(all, tile{b, a, s})
			} else {
				all = append(all, tile{a, b, s})
			}
		}
	}
	return all
}

// tile looks for the faces of one square, without those that its edges cut.
func (f *Finder) tile(ctx context.Context, m *raster.Image, t tile) ([]faces.Face, error) {
	found, err := f.look(ctx, m, t)
	kept := found[:0]
	for _, x := range found {
		if cutBy(x, t, m) {
			continue
		}
		if x, ok := x.Within(m); ok {
			kept = append(kept, x)
		}
	}
	return kept, err
}

// look shows one square to the model.
func (f *Finder) look(ctx context.Context, m *raster.Image, t tile) ([]faces.Face, error) {
	out, err := f.model.Run(ctx, onnx.Tensor{Shape: []int64{1, side, side, 3}, Data: input(m, t)})
	if err != nil {
		return nil, err
	}
	found, err := decode(out)
	if err != nil {
		return nil, err
	}
	for i, x := range found {
		found[i] = faces.Face{X: t.x + x.X*t.side, Y: t.y + x.Y*t.side, W: x.W * t.side, H: x.H * t.side, Score: x.Score}
	}
	return found, nil
}

// input is the square as the model takes it: RGB from -1 to 1, black where there
// is no picture.
func input(m *raster.Image, t tile) []float32 {
	x0, y0 := int(t.x), int(t.y)
	x1, y1 := min(x0+int(t.side), m.W), min(y0+int(t.side), m.H)
	part := &raster.Image{W: x1 - x0, H: y1 - y0}
	part.Pix = make([]byte, 0, 3*part.W*part.H)
	for y := y0; y < y1; y++ {
		part.Pix = append(part.Pix, m.Pix[3*(y*m.W+x0):3*(y*m.W+x1)]...)
	}
	fit := func(n int) int { return min(max(int(math.Round(float64(n)*side/t.side)), 1), side) }
	part = part.Resize(fit(part.W), fit(part.H))
	data := make([]float32, 3*side*side)
	for i := range data {
		data[i] = -1
	}
	for y := range part.H {
		row := data[3*y*side:]
		for i, p := range part.Pix[3*y*part.W : 3*(y+1)*part.W] {
			row[i] = float32(p)/127.5 - 1
		}
	}
	return data
}

// The model's cells: 16 x 16 with two anchors each, 8 x 8 with six.
var layers = [2]struct{ cells, anchors int }{{16, 2}, {8, 6}}

// values is how many numbers the model gives of each anchor: the box, and six
// points of the face.
const values = 16

// decode gives the faces in shares of the square.
func decode(out []onnx.Tensor) ([]faces.Face, error) {
	if len(out) != 2*len(layers) {
		return nil, errors.New("blazeface: this is another model")
	}
	var found []faces.Face
	for i, l := range layers {
		scores, boxes := out[i].Data, out[i+len(layers)].Data
		n := l.cells * l.cells * l.anchors
		if len(scores) != n || len(boxes) != n*values {
			return nil, errors.New("blazeface: this is another model")
		}
		for a, raw := range scores {
			score := 1 / (1 + math.Exp(-float64(raw)))
			if !(score >= candidate) {
				continue
			}
			cell := a / l.anchors
			b := boxes[a*values:]
			cx := (float64(cell%l.cells)+0.5)/float64(l.cells) + float64(b[0])/side
			cy := (float64(cell/l.cells)+0.5)/float64(l.cells) + float64(b[1])/side
			w, h := float64(b[2])/side, float64(b[3])/side
			if w > 0 && h > 0 && w < 4 && h < 4 {
				found = append(found, faces.Face{X: cx - w/2, Y: cy - h/2, W: w, H: h, Score: score})
			}
		}
	}
	return faces.Distinct(found), nil
}

// cutBy reports whether an edge of t that is none of the picture cuts the face:
// another tile shows it whole.
func cutBy(x faces.Face, t tile, m *raster.Image) bool {
	slack := 0.1 * x.W
	return t.x > 0 && x.X < t.x-slack || t.y > 0 && x.Y < t.y-slack ||
		t.x+t.side < float64(m.W) && x.X+x.W > t.x+t.side+slack || t.y+t.side < float64(m.H) && x.Y+x.H > t.y+t.side+slack
}
