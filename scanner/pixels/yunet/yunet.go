// Package yunet finds faces with the YuNet model, as ONNX: "YuNet: A Tiny
// Millisecond-level Face Detector", Machine Intelligence Research 20 (2023). It
// takes the model from OpenCV's Zoo or from its authors, with any size of input
// or with a fixed one. It tells where faces are, never whose.
package yunet

import (
	"context"
	"errors"
	"math"

	"habeas/scanner/pixels/faces"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// Model runs a network; *onnx.Session is one.
type Model interface {
	Run(ctx context.Context, in onnx.Tensor) ([]onnx.Tensor, error)
	Input() []int64
}

const (
	long  = 640  // side that a picture is brought to
	unit  = 32   // sides are multiples of
	least = 0.68 // score below which nothing is given
	// Likely is the score from which hardly anything that is found is no face.
	Likely = 0.8
)

// strides are the pixels of a cell in each of the model's three layers.
var strides = [3]int{8, 16, 32}

// Finder finds faces. Its methods may be called from many goroutines.
type Finder struct {
	model Model
	side  int // of a model with a fixed input; 0 for any
}

// New takes the model.
func New(m Model) (*Finder, error) {
	in := m.Input()
	if len(in) != 4 || in[1] != 3 || in[2] != in[3] && (in[2] > 0 || in[3] > 0) || in[2] > 4096 || in[2] > 0 && in[2]%unit != 0 {
		return nil, errors.New("yunet: this is another model")
	}
	return &Finder{model: m, side: int(max(in[2], 0))}, nil
}

// Find gives the faces of m, the surest first.
func (f *Finder) Find(ctx context.Context, m *raster.Image) ([]faces.Face, error) {
	side := long
	if f.side > 0 {
		side = f.side
	}
	scale := min(float64(side)/float64(m.Long()), 2)
	fit := func(n int) int { return max(int(math.Round(float64(n)*scale)), 1) }
	small := m.Resize(fit(m.W), fit(m.H))
	w, h := (small.W+unit-1)/unit*unit, (small.H+unit-1)/unit*unit
	if f.side > 0 {
		w, h = f.side, f.side
	}
	data := make([]float32, 3*w*h)
	for y := range small.H {
		for x := range small.W {
			p := small.Pix[3*(y*small.W+x):]
			for c := range 3 {
				data[(c*h+y)*w+x] = float32(p[2-c]) // blue first
			}
		}
	}
	out, err := f.model.Run(ctx, onnx.Tensor{Shape: []int64{1, 3, int64(h), int64(w)}, Data: data})
	if err != nil {
		return nil, err
	}
	all, err := decode(out, w, h)
	if err != nil {
		return nil, err
	}
	kept := all[:0]
	for _, x := range all {
		sx, sy := float64(m.W)/float64(small.W), float64(m.H)/float64(small.H)
		x.X, x.Y, x.W, x.H = x.X*sx, x.Y*sy, x.W*sx, x.H*sy
		if x, ok := x.Within(m); ok {
			kept = append(kept, x)
		}
	}
	return kept, nil
}

// decode gives the faces in pixels of the input. The model's outputs are, of each
// layer, the probabilities of a face and of an object, and the box.
func decode(out []onnx.Tensor, w, h int) ([]faces.Face, error) {
	const kinds = 3
	if len(out) < kinds*len(strides) {
		return nil, errors.New("yunet: this is another model")
	}
	var all []faces.Face
	for i, s := range strides {
		cols, n := w/s, (w/s)*(h/s)
		cls, obj, box := out[i].Data, out[i+len(strides)].Data, out[i+2*len(strides)].Data
		if len(cls) != n || len(obj) != n || len(box) != 4*n {
			return nil, errors.New("yunet: this is another model")
		}
		for a := range n {
			score := math.Sqrt(share(cls[a]) * share(obj[a]))
			if !(score >= least) {
				continue
			}
			b := box[4*a:]
			fw, fh := math.Exp(float64(b[2]))*float64(s), math.Exp(float64(b[3]))*float64(s)
			cx, cy := (float64(a%cols)+float64(b[0]))*float64(s), (float64(a/cols)+float64(b[1]))*float64(s)
			if fw < float64(4*w) && fh < float64(4*h) && !math.IsNaN(cx+cy) {
				all = append(all, faces.Face{X: cx - fw/2, Y: cy - fh/2, W: fw, H: fh, Score: score})
			}
		}
	}
	return faces.Distinct(all), nil
}

func share(x float32) float64 { return min(max(float64(x), 0), 1) }
