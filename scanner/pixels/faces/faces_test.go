package faces

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/pixels/raster"
)

func TestDistinct(t *testing.T) {
	sure := Face{10, 10, 40, 40, 0.9}
	other := Face{100, 10, 40, 40, 0.7}
	got := Distinct([]Face{{12, 12, 40, 40, 0.6}, other, sure, {20, 20, 15, 15, 0.8}})
	if diff := cmp.Diff([]Face{sure, other}, got); diff != "" {
		t.Error(diff)
	}
}

func TestWithin(t *testing.T) {
	m := raster.New(100, 50)
	if f, ok := (Face{-10, -10, 30, 30, 1}).Within(m); !ok || f != (Face{0, 0, 20, 20, 1}) {
		t.Errorf("%v, %t", f, ok)
	}
	if _, ok := (Face{95, 0, 30, 30, 1}).Within(m); ok {
		t.Error("what is left is too narrow for a face")
	}
}
