//go:build linux || darwin || windows

package decode

import (
	"bytes"
	"image"
	"image/color"
	"io"
	"os"
	"testing"

	"github.com/gen2brain/avif"

	"habeas/scanner/media"
)

// slope is a picture of 160 by 128 whose red grows to the right and whose green
// grows downwards. testdata/slope.heic is the same by heif-enc of libheif 1.15:
// heif-enc -q 60 slope.png -o slope.heic
func slope() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 160, 128))
	for y := range 128 {
		for x := range 160 {
			m.SetRGBA(x, y, color.RGBA{uint8(3 * x / 2), uint8(2 * y), 80, 255})
		}
	}
	return m
}

// isSlope reports whether m shows it, as far as lossy coding lets it.
func isSlope(m image.Image) bool {
	if m.Bounds().Size() != image.Pt(160, 128) {
		return false
	}
	for _, p := range []image.Point{{16, 16}, {144, 16}, {16, 112}, {144, 112}} {
		r, g, b, _ := m.At(m.Bounds().Min.X+p.X, m.Bounds().Min.Y+p.Y).RGBA()
		for _, d := range []int{int(r>>8) - 3*p.X/2, int(g>>8) - 2*p.Y, int(b>>8) - 80} {
			if max(d, -d) > 32 {
				return false
			}
		}
	}
	return true
}

func TestHEICAndAVIF(t *testing.T) {
	heic, err := os.ReadFile("testdata/slope.heic")
	if err != nil {
		t.Fatal(err)
	}
	var coded bytes.Buffer
	if err := avif.Encode(&coded, slope(), avif.Options{Quality: 80, Speed: 10, ChromaSubsampling: image.YCbCrSubsampleRatio444}); err != nil {
		t.Fatal(err)
	}
	for mime, whole := range map[string][]byte{"image/heic": heic, "image/heif": heic, "image/avif": coded.Bytes()} {
		seen := 0
		err := Decode(mime, io.NewSectionReader(bytes.NewReader(whole), 0, int64(len(whole))), func(p Picture) error {
			seen++
			if !p.Turned || !isSlope(p.Image) {
				t.Errorf("%s: a picture of %v, turned %t", mime, p.Image.Bounds(), p.Turned)
			}
			return nil
		})
		if err != nil || seen != 1 {
			t.Errorf("%s: %d pictures, %v", mime, seen, err)
		}
		for _, n := range []int{len(whole) / 3, len(whole) / 2} {
			sizes, why, err := decoded(mime, whole[:n])
			if err != nil || why != media.Corrupt && why != media.Truncated || len(sizes) != 0 {
				t.Errorf("%s cut at %d: %v, %q, %v", mime, n, sizes, why, err)
			}
		}
		// A size that the coded picture does not have.
		lie := bytes.Replace(whole, []byte{0, 0, 0, 160, 0, 0, 0, 128}, []byte{0, 0, 0x75, 0x30, 0, 0, 0x75, 0x30}, 1)
		if _, why, err := decoded(mime, lie); err != nil || why != media.LimitPixels {
			t.Errorf("%s of 900 million pixels: %q, %v", mime, why, err)
		}
	}
}
