// Package lines is what the readers of text in pictures share: a line of text and
// where it stands.
package lines

import (
	"strings"
	"unicode/utf8"

	"habeas/scanner/pixels/raster"
)

// Line is one line of text.
type Line struct {
	Text       string
	Quad       raster.Quad // in pixels of the picture that was read
	Confidence float64     // 0 to 1: the mean of its characters
	At         []float64   // for each byte of Text the share of the line's length where its character starts; one more for the end
	Doubts     []int       // bytes of Text whose character may be another that looks like it, in order
}

// alikes are characters that are taken for each other.
var alikes = []string{"l1I|i", "oO0", "5Ss", "8B", "2Zz", "uv", "nm", "cC", "gq9"}

// Alike reports whether a and b, one character each, are easily taken for each
// other.
func Alike(a, b string) bool {
	if a == b || utf8.RuneCountInString(a) != 1 || utf8.RuneCountInString(b) != 1 {
		return false
	}
	for _, set := range alikes {
		if strings.Contains(set, a) && strings.Contains(set, b) {
			return true
		}
	}
	return false
}
