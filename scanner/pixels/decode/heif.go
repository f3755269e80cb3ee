//go:build linux || darwin || windows

package decode

import (
	"bytes"
	"errors"
	"image"
	"io"

	"github.com/gen2brain/avif"
	"github.com/gen2brain/heic"

	"habeas/scanner/media"
)

// perPixel is what libheif and libavif take for a pixel, bytes, with what they
// hold of the file: an estimate on the safe side.
const perPixel = 45

// heif decodes HEIC and AVIF. The decoders are libheif and libavif as
// WebAssembly; they turn the picture as the file asks.
func heif(mime string, r *io.SectionReader, each func(Picture) error) error {
	pixels, err := largest(r)
	switch {
	case err != nil:
		return err
	case pixels == 0:
		return media.Stop("", media.Corrupt) // without a size nothing bounds the decoder
	case pixels > maxHeif/perPixel || r.Size() > maxWhole:
		return media.Stop("", media.LimitPixels)
	}
	b, err := media.ReadUpTo(r, 0, r.Size(), r.Size())
	if err != nil {
		return err
	}
	decode := heic.Decode
	if mime == "image/avif" {
		decode = avif.Decode
	}
	m, err := run(decode, b)
	if err != nil {
		return reason(err)
	}
	return each(Picture{Image: m, Turned: true})
}

// maxHeif bounds the memory of these decoders, bytes: 50 million pixels.
const maxHeif = 50_000_000 * perPixel

// run decodes b. The decoders panic where they find no memory.
func run(decode func(io.Reader) (image.Image, error), b []byte) (m image.Image, err error) {
	defer func() {
		if recover() != nil {
			m, err = nil, errors.New("decode: the decoder gave up")
		}
	}()
	m, err = decode(bytes.NewReader(b))
	if err == nil && (m == nil || m.Bounds().Empty()) {
		err = errors.New("decode: an empty picture")
	}
	return m, err
}
