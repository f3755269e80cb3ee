package html

import (
	"strings"
	"testing"

	"habeas/reports"
)

// TestOutlineHasTheShapeOfThePicture: a region in the upper left corner of the
// stored picture, in a frame as the picture is shown.
func TestOutlineHasTheShapeOfThePicture(t *testing.T) {
	tests := map[string]struct {
		width, height, orientation int
		w, h                       int
		x, y, bw, bh               string
	}{
		"nothing known":          {0, 0, 6, 120, 90, "0.0", "0.0", "30.0", "9.0"},
		"as stored":              {4000, 2000, 0, 120, 60, "0.0", "0.0", "30.0", "6.0"},
		"upright":                {4000, 2000, 1, 120, 60, "0.0", "0.0", "30.0", "6.0"},
		"mirrored":               {4000, 2000, 2, 120, 60, "90.0", "0.0", "30.0", "6.0"},
		"upside down":            {4000, 2000, 3, 120, 60, "90.0", "54.0", "30.0", "6.0"},
		"upside down, mirrored":  {4000, 2000, 4, 120, 60, "0.0", "54.0", "30.0", "6.0"},
		"transposed":             {4000, 2000, 5, 60, 120, "0.0", "0.0", "6.0", "30.0"},
		"turned right":           {4000, 2000, 6, 60, 120, "54.0", "0.0", "6.0", "30.0"},
		"turned right, mirrored": {4000, 2000, 7, 60, 120, "54.0", "90.0", "6.0", "30.0"},
		"turned left":            {4000, 2000, 8, 60, 120, "0.0", "90.0", "6.0", "30.0"},
		"no such orientation":    {4000, 2000, 9, 120, 60, "0.0", "0.0", "30.0", "6.0"},
		"portrait":               {1000, 2000, 0, 60, 120, "0.0", "0.0", "15.0", "12.0"},
		"panorama":               {10000, 1000, 0, 160, 16, "0.0", "0.0", "40.0", "1.6"},
		"a line":                 {2147483647, 1, 0, 240, 16, "0.0", "0.0", "60.0", "1.6"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := &reports.Entry{Width: tt.width, Height: tt.height, Orientation: tt.orientation}
			o := newOutline(e, []findingView{{Number: 1, Finding: reports.Finding{Box: &reports.Box{W: 0.25, H: 0.1}}}})
			b := o.Boxes[0]
			if o.W != tt.w || o.H != tt.h || b.X != tt.x || b.Y != tt.y || b.W != tt.bw || b.H != tt.bh {
				t.Errorf("frame of %d by %d with %s, %s, %s by %s", o.W, o.H, b.X, b.Y, b.W, b.H)
			}
			if says := strings.Contains(o.Text, "4 by 3"); says != (tt.width == 0) {
				t.Errorf("%s", o.Text)
			}
		})
	}
}
