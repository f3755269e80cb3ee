// Package faces is what the finders of faces share: what a face is, and when two
// of them are one.
package faces

import (
	"cmp"
	"slices"

	"habeas/scanner/pixels/raster"
)

// Face is a place in a picture where a face is.
type Face struct {
	X, Y, W, H float64 // pixels of the picture that was looked at
	Score      float64 // 0 to 1
}

const (
	sameFace = 0.3 // overlap from which two boxes are one face
	inside   = 0.7 // share of the smaller that lies in the larger
	least    = 8   // pixels of a face's side
)

// Same reports whether a and b are one face: they overlap, or one lies in the
// other.
func Same(a, b Face) bool {
	w, h := min(a.X+a.W, b.X+b.W)-max(a.X, b.X), min(a.Y+a.H, b.Y+b.H)-max(a.Y, b.Y)
	if w <= 0 || h <= 0 {
		return false
	}
	common := w * h
	return common > sameFace*(a.W*a.H+b.W*b.H-common) || common > inside*min(a.W*a.H, b.W*b.H)
}

// Distinct keeps of boxes that are one face the surest, the surest first.
func Distinct(all []Face) []Face {
	slices.SortStableFunc(all, func(a, b Face) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X))
	})
	var kept []Face
	for _, x := range all {
		if !slices.ContainsFunc(kept, func(y Face) bool { return Same(x, y) }) {
			kept = append(kept, x)
		}
	}
	return kept
}

// Within cuts the face to the picture; false if too little is left to be one.
func (f Face) Within(m *raster.Image) (Face, bool) {
	right, low := min(f.X+f.W, float64(m.W)), min(f.Y+f.H, float64(m.H))
	f.X, f.Y = max(f.X, 0), max(f.Y, 0)
	f.W, f.H = right-f.X, low-f.Y
	return f, min(f.W, f.H) >= least
}
