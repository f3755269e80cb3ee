// Package ppocr reads text in pictures with the PP-OCR models of PaddleOCR, the
// detector of lines and the recogniser, as ONNX: what goes into them and what is
// made of what comes out. See "PP-OCR: A Practical Ultra Lightweight OCR System",
// arXiv 2009.09941, and "Real-time Scene Text Detection with Differentiable
// Binarization", arXiv 1911.08947.
package ppocr

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// Model runs a network; *onnx.Session is one.
type Model interface {
	Run(ctx context.Context, in onnx.Tensor) ([]onnx.Tensor, error)
}

// Reader reads pictures. Its methods may be called from many goroutines.
type Reader struct {
	det, rec Model
	chars    []string // by class; 0 is the blank
}

// Sides of what the detector is shown, pixels.
const (
	gateSide = 640  // whatever has no line here has none
	lineSide = 960  // for lines of usual height
	fineSide = 1600 // for small lines, at most
	fineMin  = 1280 // for small pictures
	// smallLine is the height below which lines are looked for once more at the
	// fine side, in pixels at lineSide.
	smallLine = 14
	// maxLines bounds the lines of one picture. A page of small print has 150.
	maxLines = 400
)

// New takes the two models and the recogniser's characters, one a line.
func New(det, rec Model, dictionary []byte) (*Reader, error) {
	r := &Reader{det: det, rec: rec, chars: []string{""}}
	for line := range bytes.Lines(dictionary) {
		c := string(bytes.TrimRight(line, "\r\n"))
		if !utf8.ValidString(c) {
			return nil, errors.New("ppocr: the dictionary is not UTF-8")
		}
		r.chars = append(r.chars, c)
	}
	r.chars = append(r.chars, " ")
	if len(r.chars) < 10 {
		return nil, errors.New("ppocr: the dictionary is empty")
	}
	return r, nil
}

// Read gives the lines of m from the top. more says that there are further ones,
// beyond what is read of one picture.
func (r *Reader) Read(ctx context.Context, m *raster.Image) (read []lines.Line, more bool, err error) {
	boxes, err := r.find(ctx, m)
	if err != nil || len(boxes) == 0 {
		return nil, false, err
	}
	boxes = joined(boxes)
	slices.SortStableFunc(boxes, func(a, b box) int { return byRow(a.quad, b.quad) })
	if more = len(boxes) > maxLines; more {
		boxes = boxes[:maxLines]
	}
	flips := flipping{left: maxFlips}
	for _, b := range boxes {
		l, err := r.line(ctx, m, b.quad, &flips)
		if err != nil {
			return nil, false, err
		}
		if l.Text != "" {
			read = append(read, l)
		}
	}
	return read, more, nil
}

// find looks for lines: small first, since most photographs show none.
func (r *Reader) find(ctx context.Context, m *raster.Image) ([]box, error) {
	gate, err := r.detect(ctx, m, gateSide)
	if err != nil || len(gate) == 0 {
		return nil, err
	}
	boxes, err := r.detect(ctx, m, lineSide)
	if err != nil {
		return nil, err
	}
	if len(boxes) == 0 {
		boxes = gate
	}
	heights := make([]float64, len(boxes))
	for i, b := range boxes {
		_, heights[i] = b.quad.Size()
	}
	slices.Sort(heights)
	if heights[len(heights)/2]*lineSide/float64(m.Long()) >= smallLine {
		return boxes, nil
	}
	fine, err := r.detect(ctx, m, min(max(m.Long(), fineMin), fineSide))
	if err != nil {
		return nil, err
	}
	return union(fine, boxes), nil
}

// union is a, and what of b is not in it.
func union(a, b []box) []box {
	out := a
	for _, x := range b {
		if !slices.ContainsFunc(a, func(y box) bool { return overlap(x.quad, y.quad) > 0.3 }) {
			out = append(out, x)
		}
	}
	return out
}

// overlap is the common area of the upright rectangles around a and b, as a share
// of the smaller.
func overlap(a, b raster.Quad) float64 {
	alo, ahi := a.Bounds()
	blo, bhi := b.Bounds()
	w, h := min(ahi.X, bhi.X)-max(alo.X, blo.X), min(ahi.Y, bhi.Y)-max(alo.Y, blo.Y)
	if w <= 0 || h <= 0 {
		return 0
	}
	return w * h / min((ahi.X-alo.X)*(ahi.Y-alo.Y), (bhi.X-blo.X)*(bhi.Y-blo.Y))
}

// byRow orders lines from the top, and from the left where they start.
func byRow(a, b raster.Quad) int {
	for _, d := range []float64{a[0].Y - b[0].Y, a[0].X - b[0].X} {
		if d < 0 {
			return -1
		} else if d > 0 {
			return 1
		}
	}
	return 0
}
