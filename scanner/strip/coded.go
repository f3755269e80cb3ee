package strip

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"image"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"reflect"

	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"habeas/scanner"
	"habeas/scanner/media"
)

// Content is what a file shows or plays, as a hash that must be the same before
// and after.
type Content struct {
	What   string `json:"what"` // "decoded pixels" or "coded data"
	SHA256 string `json:"sha256"`
}

// maxDecoded bounds the pictures that are decoded for the proof, in pixels: each
// takes up to eight bytes. Of larger ones the coded data is compared.
const maxDecoded = 64 << 20

// ContentOf hashes what content of size bytes in format shows: its pixels where
// a decoder of the standard library or of golang.org/x/image reads them, else
// the bytes of its coded pictures and sound. What is empty if neither can be
// told apart.
func ContentOf(e *scanner.Examiner, format string, content io.ReaderAt, size int64) (Content, error) {
	h := sha256.New()
	if ok := pixels(h, format, content, size); ok {
		return Content{"decoded pixels", hex.EncodeToString(h.Sum(nil))}, nil
	}
	return codedOf(e, format, content, size)
}

// codedOf hashes the bytes of coded pictures and sound.
func codedOf(e *scanner.Examiner, format string, content io.ReaderAt, size int64) (Content, error) {
	h := sha256.New()
	for _, f := range e.Formats {
		c, ok := f.(media.Coder)
		if !ok || f.Name() != format {
			continue
		}
		ranges, err := c.Coded(content, size)
		if err != nil || len(ranges) == 0 {
			return Content{}, err
		}
		for _, r := range ranges {
			if _, err := io.Copy(h, io.NewSectionReader(content, r.Off, r.N)); err != nil {
				return Content{}, err
			}
		}
		return Content{"coded data", hex.EncodeToString(h.Sum(nil))}, nil
	}
	return Content{}, nil
}

// decoders of the formats that a library reads.
var decoders = map[string]struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}{
	"jpeg": {jpeg.DecodeConfig, jpeg.Decode},
	"png":  {png.DecodeConfig, png.Decode},
	"riff": {webp.DecodeConfig, webp.Decode},
	"tiff": {tiff.DecodeConfig, tiff.Decode},
}

// pixels hashes a decoded picture; of a row of them each.
func pixels(h hash.Hash, format string, content io.ReaderAt, size int64) (ok bool) {
	defer func() {
		if recover() != nil { // a decoder that meets what it does not expect
			ok = false
		}
	}()
	r := func() io.Reader { return io.NewSectionReader(content, 0, size) }
	if format == "gif" {
		c, err := gif.DecodeConfig(r())
		if err != nil || c.Width*c.Height > maxDecoded || size > maxDecoded {
			return false
		}
		all, err := gif.DecodeAll(r())
		if err != nil {
			return false
		}
		fmt.Fprint(h, all.LoopCount, all.Delay, all.Disposal)
		for _, m := range all.Image {
			hashImage(h, m)
		}
		return true
	}
	d, known := decoders[format]
	if !known {
		return false
	}
	c, err := d.config(r())
	if err != nil || c.Width <= 0 || c.Height <= 0 || c.Width > maxDecoded/c.Height {
		return false
	}
	m, err := d.decode(r())
	if err != nil {
		return false
	}
	hashImage(h, m)
	return true
}

// hashImage hashes the size, the kind and the pixels of a picture.
func hashImage(h hash.Hash, m image.Image) {
	b := m.Bounds()
	fmt.Fprintf(h, "%s %v\n", reflect.TypeOf(m), b)
	switch m := m.(type) {
	case *image.YCbCr:
		h.Write(m.Y)
		h.Write(m.Cb)
		h.Write(m.Cr)
	case *image.NYCbCrA:
		h.Write(m.Y)
		h.Write(m.Cb)
		h.Write(m.Cr)
		h.Write(m.A)
	case *image.Paletted:
		for _, c := range m.Palette {
			r, g, b, a := c.RGBA()
			_ = binary.Write(h, binary.BigEndian, [4]uint32{r, g, b, a})
		}
		h.Write(m.Pix)
	case *image.Gray:
		h.Write(m.Pix)
	case *image.CMYK:
		h.Write(m.Pix)
	case *image.RGBA:
		h.Write(m.Pix)
	case *image.NRGBA:
		h.Write(m.Pix)
	default:
		row := image.NewNRGBA64(image.Rect(b.Min.X, 0, b.Max.X, 1))
		for y := b.Min.Y; y < b.Max.Y; y++ {
			draw.Draw(row, row.Bounds(), m, image.Pt(b.Min.X, y), draw.Src)
			h.Write(row.Pix)
		}
	}
}
