package jpeg

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"io"

	"habeas/scanner/media"
)

// A JPEG file often holds more pictures than the one that is shown: a thumbnail
// that an editor forgot to make anew, pictures of the Multi-Picture Format behind
// the first, the video of a motion photo. They are found from what announces them
// at the front of the file, so that a photo without them costs no read more.

// Markers of segments that this file reads.
const (
	sof0 = 0xC0
	app2 = 0xE2
)

// isFrame tells the markers that start a frame (T.81 table B.1).
func isFrame(m byte) bool {
	return m >= sof0 && m <= 0xCF && m != 0xC4 && m != 0xC8 && m != 0xCC
}

const mpfSig = "MPF\x00"

// aside takes the segments that are no metadata but tell of pictures: the start
// of the frame and the index of the Multi-Picture Format.
func (w *walk) aside(marker byte, off, n int64) error {
	b, err := w.win.At(off, int(min(n, 5)))
	if err != nil {
		return err
	}
	if marker == app2 {
		if bytes.HasPrefix(b, []byte(mpfSig)) && w.index.n == 0 {
			w.index = piece{off + int64(len(mpfSig)), n - int64(len(mpfSig))}
		}
		return nil
	}
	if len(b) == 5 && w.width == 0 {
		w.baseline = marker == sof0
		w.height, w.width = int(binary.BigEndian.Uint16(b[1:])), int(binary.BigEndian.Uint16(b[3:]))
		p := media.PictureOf(w.v)
		p.Width, p.Height = w.width, w.height
	}
	return nil
}

// compare tells of a picture that hides more than the one around it shows: it has
// another shape.
func (w *walk) compare() error {
	outer := media.PictureOf(w.v).Outer
	if outer == nil || w.width == 0 || w.height == 0 || media.SameShape(outer.Width, outer.Height, w.width, w.height) {
		return nil
	}
	why := fmt.Sprintf("it has %d x %d pixels, the picture around it %d x %d: another shape", w.width, w.height, outer.Width, outer.Height)
	name := media.HiddenThumbnail
	switch {
	case max(w.width, w.height) > maxThumbnail && (w.width < outer.Width || w.height < outer.Height):
		return nil // a preview; some makers fill it up with bars, and reading it all would cost too much
	case max(w.width, w.height) > maxThumbnail:
		name = media.HiddenPicture
	case outer.ExifWidth > 0 && media.SameShape(outer.ExifWidth, outer.ExifHeight, w.width, w.height):
		name, why = media.HiddenUncropped, why+", and the one that Exif gives for the picture as it was taken"
	default:
		barred, err := w.barred(outer.Width, outer.Height)
		if err != nil || barred {
			return err
		}
	}
	return media.HiddenCopy(w.v, "", name, why)
}

// maxThumbnail is the longer side up to which a picture counts as a small copy.
const maxThumbnail = 640

// maxDecoded bounds the thumbnails of which pixels are looked at.
const maxDecoded = 64 << 10

// barred reports whether the thumbnail has the shape of width x height after all,
// with black bars around it: DCF asks for 160 x 120 whatever the picture has.
func (w *walk) barred(width, height int) (bool, error) {
	if !w.baseline || w.size > maxDecoded || 3*w.width != 4*w.height && 4*w.width != 3*w.height || w.width > 320 || w.height > 320 {
		return false, nil
	}
	b, err := media.ReadUpTo(w.r, 0, w.size, w.size)
	if err != nil {
		return false, err
	}
	m, err := jpeg.Decode(bytes.NewReader(b))
	if err != nil {
		return false, nil // nobody can tell
	}
	var luma []uint8
	var stride int
	switch m := m.(type) {
	case *image.YCbCr:
		luma, stride = m.Y, m.YStride
	case *image.Gray:
		luma, stride = m.Pix, m.Stride
	default:
		return false, nil
	}
	return bars(luma, stride, w.width, w.height, width, height), nil
}

// dark is the luma up to which a pixel counts as black: compression leaves some
// grey near an edge.
const dark = 48

// bars reports whether a picture of w x h pixels is black but for what a picture
// of the shape width x height fills in its middle.
func bars(luma []uint8, stride, w, h, width, height int) bool {
	across, down := 0, 0 // pixels of the bar at either side
	if width*h > w*height {
		down = (h - w*height/width) / 2
	} else {
		across = (w - h*width/height) / 2
	}
	black := func(x0, y0, x1, y1 int) bool {
		for y := y0; y < y1; y++ {
			for x := x0; x < x1; x++ {
				if luma[y*stride+x] > dark {
					return false
				}
			}
		}
		return true
	}
	if down > 2 { // the pixel at the edge is half picture
		return black(0, 0, w, down-2) && black(0, h-down+2, w, h)
	}
	return across > 2 && black(0, 0, across-2, h) && black(w-across+2, 0, w, h)
}

// copies hands on the pictures and videos behind the first.
func (w *walk) copies() error {
	if err := w.multiPicture(); err != nil {
		return err
	}
	if err := w.announced(); err != nil {
		return err
	}
	if w.trailer > 0 && !w.within(w.trailer) {
		return w.v.Nested("trailer", io.NewSectionReader(w.r, w.trailer, w.size-w.trailer))
	}
	return nil
}

// within reports whether off lies in a copy that was handed on.
func (w *walk) within(off int64) bool {
	for _, p := range w.given {
		if off >= p.off && off < p.off+p.n {
			return true
		}
	}
	return false
}

// give hands on n bytes at off, once.
func (w *walk) give(path string, off, n int64) error {
	if w.within(off) {
		return nil
	}
	w.given = append(w.given, piece{off, n})
	return w.v.Nested(path, io.NewSectionReader(w.r, off, n))
}

// startsJPEG reports whether a picture stands at off. An index that an editor
// copied without what it points to points anywhere.
func (w *walk) startsJPEG(off int64) (bool, error) {
	b, err := w.win.At(off, 3)
	return string(b) == "\xFF\xD8\xFF", err
}
