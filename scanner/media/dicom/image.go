package dicom

import (
	goimage "image"
	"image/color"
	"math"
	"strings"

	"habeas/scanner/media"
)

// image is what the data set says of its pixels (PS3.3 section C.7.6.3).
type image struct {
	rows, columns, samples, allocated, planar int64
	signed                                    bool
	photometric                               string
	off, n                                    int64 // of the pixels; n is 0 if there are none that are not coded
}

// take notes an element of the image, and reports whether it is one.
func (m *image) take(w *walk, e element) (bool, error) {
	var to *int64
	switch e.tag() {
	case 0x00280010:
		to = &m.rows
	case 0x00280011:
		to = &m.columns
	case 0x00280002:
		to = &m.samples
	case 0x00280100:
		to = &m.allocated
	case 0x00280006:
		to = &m.planar
	case 0x00280103:
		b, err := w.At(e.off, 2)
		m.signed = len(b) == 2 && w.order.Uint16(b) == 1
		return true, err
	case 0x00280004:
		b, err := w.At(e.off, int(min(e.n, 32)))
		m.photometric = strings.TrimRight(string(b), "\x00 ")
		return true, err
	case 0x7fe00010:
		if w.depth == 0 {
			m.off, m.n = e.off, e.n
		}
		return true, nil
	default:
		return false, nil
	}
	// Icons, in sequences, have sizes of their own: the picture's come last.
	b, err := w.At(e.off, 2)
	if len(b) == 2 {
		*to = int64(w.order.Uint16(b))
	}
	return true, err
}

// frame is how many bytes the first picture takes, 0 if it is of a kind that is not
// drawn.
func (m *image) frame() int64 {
	if m.rows == 0 || m.columns == 0 || m.rows*m.columns > media.MaxPixels || m.allocated != 8 && m.allocated != 16 {
		return 0
	}
	n := m.rows * m.columns * m.allocated / 8
	switch m.photometric {
	case "MONOCHROME1", "MONOCHROME2":
		return n
	case "RGB":
		if m.samples == 3 && m.allocated == 8 {
			return 3 * n
		}
	}
	return 0
}

// show has the first picture looked at.
func (w *walk) show() error {
	m := &w.image
	if m.n == 0 {
		return nil
	}
	n := m.frame()
	if n == 0 || n > m.n {
		media.Unseen(w.v, "frame[1]")
		return nil
	}
	return media.Show(w.v, "frame[1]", func() (goimage.Image, error) {
		b, err := media.ReadUpTo(w.R, m.off, n, w.Size)
		if err != nil {
			return nil, err
		}
		if int64(len(b)) < n {
			return nil, media.Stop("", media.Truncated)
		}
		return m.draw(w, b), nil
	})
}

// draw makes a picture of the pixels in b. Of 16 bits what is there is spread over
// all greys.
func (m *image) draw(w *walk, b []byte) goimage.Image {
	at := goimage.Rect(0, 0, int(m.columns), int(m.rows))
	pixels := int(m.rows * m.columns)
	if m.photometric == "RGB" {
		out := goimage.NewNRGBA(at)
		step, plane := 3, 1
		if m.planar == 1 {
			step, plane = 1, pixels
		}
		for i := range pixels {
			copy(out.Pix[4*i:], []byte{b[i*step], b[i*step+plane], b[i*step+2*plane], 0xff})
		}
		return out
	}
	out := goimage.NewGray(at)
	value := func(i int) int { return int(b[i]) }
	if m.allocated == 16 {
		value = func(i int) int {
			v := w.order.Uint16(b[2*i:])
			if m.signed {
				return int(int16(v))
			}
			return int(v)
		}
	}
	low, high := math.MaxInt, math.MinInt
	for i := range pixels {
		low, high = min(low, value(i)), max(high, value(i))
	}
	for i := range pixels {
		g := (value(i) - low) * 255 / max(high-low, 1)
		if m.photometric == "MONOCHROME1" { // low is white
			g = 255 - g
		}
		out.Pix[i] = color.Gray{Y: uint8(g)}.Y
	}
	return out
}
