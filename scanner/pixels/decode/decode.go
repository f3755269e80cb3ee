// Package decode turns the pictures of uploads into pixels within bounds: what a
// picture would take is worked out from its headers before any decoder is asked.
// A picture that is damaged, too large or of a type without a decoder gives a
// media.Reason.
package decode

import (
	"bufio"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"

	"habeas/scanner/media"
)

const (
	// maxMemory is what one picture may take while it is decoded, bytes. A photo of
	// 50 million pixels, progressive, takes 450 MB.
	maxMemory = 640 << 20
	// maxWhole bounds the bytes of files that their decoder holds as a whole.
	maxWhole = 128 << 20
	// MaxPages is how many pictures of one file are decoded: pages of a TIFF.
	MaxPages = 64
)

// format is how one type is decoded.
type format struct {
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

// formats by MIME type; heif and avif are apart, and so is TIFF with its pages.
func formats(mime string) (format, bool) {
	switch mime {
	case "image/jpeg":
		return format{nil, jpeg.Decode}, true
	case "image/png", "image/vnd.mozilla.apng":
		return format{png.DecodeConfig, png.Decode}, true
	case "image/gif":
		return format{gif.DecodeConfig, gif.Decode}, true
	case "image/bmp":
		return format{bmp.DecodeConfig, bmp.Decode}, true
	case "image/webp":
		return format{webp.DecodeConfig, webp.Decode}, true
	case "image/tiff":
		return format{tiff.DecodeConfig, tiff.Decode}, true
	}
	return format{}, false
}

// Picture is one picture of a file.
type Picture struct {
	Image image.Image
	Page  int // of a file with several, from 1; 0 of others
	// Turned says that the decoder has turned the picture as it is to be shown.
	Turned bool
}

// Decode gives the pictures of a file, one after another, to each. It ends with
// what each returns, with a *media.Problem, or with a failed read.
func Decode(mime string, r *io.SectionReader, each func(Picture) error) error {
	w := &watched{r: r}
	err := decodeAll(mime, io.NewSectionReader(w, 0, r.Size()), each)
	if w.err != nil {
		return w.err // which a decoder may have taken for damage
	}
	return err
}

// watched keeps the first failed read.
type watched struct {
	r   io.ReaderAt
	err error
}

// ReadAt implements io.ReaderAt.
func (w *watched) ReadAt(p []byte, off int64) (int, error) {
	n, err := w.r.ReadAt(p, off)
	if err != nil && w.err == nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		w.err = err
	}
	return n, err
}

func decodeAll(mime string, r *io.SectionReader, each func(Picture) error) error {
	switch mime {
	case "image/heic", "image/heif", "image/avif", "image/heic-sequence", "image/heif-sequence":
		return heif(mime, r, each)
	case "image/tiff":
		return pages(r, each)
	}
	f, ok := formats(mime)
	if !ok {
		return media.Stop("", media.Unsupported)
	}
	m, err := one(f, mime, r)
	if err != nil {
		return err
	}
	return each(Picture{Image: m})
}

// one decodes the picture, or the first of several.
func one(f format, mime string, r *io.SectionReader) (image.Image, error) {
	need, err := memory(f, mime, r)
	if err != nil {
		return nil, reason(err)
	}
	if need > maxMemory {
		return nil, media.Stop("", media.LimitPixels)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	m, err := f.decode(buffered(r))
	if err != nil {
		return nil, reason(err)
	}
	return m, nil
}

// buffered reads in steps that suit a source far away.
func buffered(r io.Reader) io.Reader { return bufio.NewReaderSize(r, 256<<10) }

// memory is what decoding would take, bytes.
func memory(f format, mime string, r *io.SectionReader) (int64, error) {
	if mime == "image/jpeg" {
		return jpegMemory(r)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	c, err := f.config(bufio.NewReaderSize(r, 4<<10))
	if err != nil {
		return 0, err
	}
	if c.Width <= 0 || c.Height <= 0 || int64(c.Width)*int64(c.Height) > media.MaxPixels {
		return maxMemory + 1, nil
	}
	return int64(c.Width) * int64(c.Height) * pixelBytes(c.ColorModel), nil
}

// pixelBytes is what a pixel of a colour model takes in memory.
func pixelBytes(m color.Model) int64 {
	switch m {
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.YCbCrModel:
		return 3
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 4
}

// reason is a decoder's error as a reason of ours, without its text. A failed
// read of the object stays what it is.
func reason(err error) error {
	var p *media.Problem
	switch {
	case errors.As(err, &p):
		return p
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return media.Stop("", media.Truncated)
	case unsupported(err):
		return media.Stop("", media.Unsupported)
	}
	return media.Stop("", media.Corrupt)
}

// unsupported reports whether a decoder says that it lacks something.
func unsupported(err error) bool {
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	var t tiff.UnsupportedError
	return errors.As(err, &j) || errors.As(err, &p) || errors.As(err, &t) || errors.Is(err, bmp.ErrUnsupported)
}
