package access

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/webp"

	"habeas/reports"
)

// Bounds of a picture that is covered.
const (
	maxPicture = 128 << 20 // bytes of the file
	maxPixels  = 64 << 20  // at most 4 bytes each in memory
)

// margin is by how much a face's box is widened on each side: boxes often end at
// the hair line.
const margin = 0.15

// isPicture reports whether a type can be decoded, covered and coded again.
func isPicture(mime string) bool {
	return mime == "image/jpeg" || mime == "image/png" || mime == "image/webp"
}

// coverPicture fills the boxes with one colour and codes the picture anew: what
// was under them is gone, and so is all metadata but the orientation of a JPEG.
func coverPicture(r io.ReaderAt, size int64, mime string, boxes []reports.Box) ([]byte, error) {
	if size > maxPicture {
		return nil, errors.New("it is too large a file to be covered")
	}
	head := func() io.Reader { return io.NewSectionReader(r, 0, size) }
	decode := map[string]struct {
		config func(io.Reader) (image.Config, error)
		image  func(io.Reader) (image.Image, error)
	}{"image/jpeg": {jpeg.DecodeConfig, jpeg.Decode}, "image/png": {png.DecodeConfig, png.Decode}, "image/webp": {webp.DecodeConfig, webp.Decode}}[mime]
	if decode.image == nil {
		return nil, errors.New("files of its type can't be covered")
	}
	cfg, err := decode.config(head())
	if err != nil {
		return nil, errors.New("its picture can't be decoded")
	}
	if cfg.Width <= 0 || cfg.Height <= 0 || int64(cfg.Width)*int64(cfg.Height) > maxPixels {
		return nil, errors.New("its picture is too large to be covered")
	}
	img, err := decode.image(head())
	if err != nil {
		return nil, errors.New("its picture can't be decoded")
	}
	canvas := image.NewRGBA(img.Bounds())
	draw.Draw(canvas, canvas.Bounds(), img, img.Bounds().Min, draw.Src)
	for _, b := range boxes {
		draw.Draw(canvas, pixelsOf(b, canvas.Bounds()), image.NewUniform(color.Black), image.Point{}, draw.Src)
	}
	var out bytes.Buffer
	if mime == "image/png" || mime == "image/webp" {
		err = png.Encode(&out, canvas)
	} else {
		err = jpeg.Encode(&out, canvas, &jpeg.Options{Quality: 92})
	}
	if err != nil {
		return nil, errors.New("its picture can't be coded")
	}
	if mime == "image/jpeg" {
		return oriented(out.Bytes(), orientation(r, size)), nil
	}
	return out.Bytes(), nil
}

// pixelsOf is a box in pixels, widened, within the picture.
func pixelsOf(b reports.Box, in image.Rectangle) image.Rectangle {
	w, h := float64(in.Dx()), float64(in.Dy())
	at := func(share, size float64) int { return int(math.Max(0, math.Min(share, 1)) * size) }
	return image.Rect(
		in.Min.X+at(b.X-b.W*margin, w), in.Min.Y+at(b.Y-b.H*margin, h),
		in.Min.X+at(b.X+b.W*(1+margin), w)+1, in.Min.Y+at(b.Y+b.H*(1+margin), h)+1).Intersect(in)
}

// maxSegments and maxFields bound the search for the orientation.
const (
	maxSegments = 64
	maxFields   = 256
)

// orientation is the tag of that name of a JPEG's Exif block (CIPA DC-008, 4.6.4), 1 to 8; 1
// if there is none.
func orientation(r io.ReaderAt, size int64) int {
	off := int64(2)
	for range maxSegments {
		var h [4]byte
		if _, err := r.ReadAt(h[:], off); err != nil || h[0] != 0xff || h[1] == 0xda {
			return 1
		}
		n := int64(binary.BigEndian.Uint16(h[2:]))
		if n < 2 || off+2+n > size {
			return 1
		}
		if h[1] == 0xe1 {
			b := make([]byte, n-2)
			if _, err := r.ReadAt(b, off+4); err != nil {
				return 1
			}
			if block, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00")); ok {
				return orientationIn(block)
			}
		}
		off += 2 + n
	}
	return 1
}

func orientationIn(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	for i := range min(int64(order.Uint16(b[at:])), maxFields) {
		field := at + 2 + i*12
		if field+12 > int64(len(b)) {
			return 1
		}
		if order.Uint16(b[field:]) == 0x0112 && order.Uint16(b[field+2:]) == 3 {
			if v := int(order.Uint16(b[field+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 1
}

// oriented puts an Exif block with nothing but the orientation into a JPEG.
func oriented(pic []byte, o int) []byte {
	if o == 1 || len(pic) < 2 {
		return pic
	}
	block := []byte{0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1,
		0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(o), 0, 0, 0, 0, 0, 0}
	out := append([]byte{}, pic[:2]...)
	return append(append(out, block...), pic[2:]...)
}

// isText reports whether values can be replaced in the bytes of a type.
func isText(mime string) bool {
	switch mime {
	case "application/json", "application/x-ndjson", "application/xml", "image/svg+xml", "message/rfc822", "application/mbox", "application/javascript":
		return true
	}
	return strings.HasPrefix(mime, "text/") || strings.HasSuffix(mime, "+xml") || strings.HasSuffix(mime, "+json")
}
