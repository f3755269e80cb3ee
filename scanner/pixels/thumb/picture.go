package thumb

import (
	"image"
	"image/color"

	"habeas/scanner/pixels/raster"
)

// picture is a raster.Image for encoders.
type picture struct{ *raster.Image }

var _ image.Image = picture{}

// ColorModel implements image.Image.
func (p picture) ColorModel() color.Model { return color.RGBAModel }

// Bounds implements image.Image.
func (p picture) Bounds() image.Rectangle { return image.Rect(0, 0, p.W, p.H) }

// At implements image.Image.
func (p picture) At(x, y int) color.Color {
	i := 3 * (y*p.W + x)
	return color.RGBA{p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255}
}
