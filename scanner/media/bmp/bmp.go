// Package bmp walks the pictures of Windows: bitmaps (BMP, [MS-WMF] 2.2.2 and
// BITMAPV5HEADER) and icons and cursors (ICO, CUR). A bitmap holds no metadata but
// the name of a colour profile; pictures of other formats inside of both are
// handed on.
package bmp

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format of bitmaps.
func New() media.Format { return bitmap{} }

type bitmap struct{}

var _ media.Format = bitmap{}
var _ media.Describer = bitmap{}

// Name implements media.Format.
func (bitmap) Name() string { return "bmp" }

// Describe implements media.Describer.
func (bitmap) Describe() media.Description {
	return media.Description{
		Title: "BMP",
		Types: "image/bmp",
		Reads: "the name of a linked colour profile, a JPEG or PNG that takes the place of pixels, what follows the picture; there is no other metadata",
	}
}

// headerSizes are those of the headers that follow the file header.
var headerSizes = map[uint32]bool{12: true, 16: true, 40: true, 52: true, 56: true, 64: true, 108: true, 124: true}

// Match implements media.Format.
func (bitmap) Match(head []byte) bool {
	return len(head) >= 18 && head[0] == 'B' && head[1] == 'M' && headerSizes[binary.LittleEndian.Uint32(head[14:])]
}

// Walk implements media.Format.
func (bitmap) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	h, err := media.ReadUpTo(r, 0, 14+124, size)
	if err != nil {
		return err
	}
	w := walk{r: r, size: size, v: v}
	return w.bitmap(h)
}

type walk struct {
	r    io.ReaderAt
	size int64
	v    media.Visitor
}

// header is what a bitmap says of itself.
type header struct {
	width, height int64 // the height negative where rows come from the top
	bits          int64 // of a pixel
	compression   uint32
	image         int64 // bytes of the pixels, where they are packed
}

// readHeader reads an information header; ok is false where b is too short.
func readHeader(b []byte) (h header, ok bool) {
	le := binary.LittleEndian
	switch {
	case len(b) < 12:
		return h, false
	case le.Uint32(b) == 12:
		return header{width: int64(le.Uint16(b[4:])), height: int64(le.Uint16(b[6:])), bits: int64(le.Uint16(b[10:]))}, true
	case len(b) < 16:
		return h, false
	}
	h = header{width: int64(int32(le.Uint32(b[4:]))), height: int64(int32(le.Uint32(b[8:]))), bits: int64(le.Uint16(b[14:]))}
	if le.Uint32(b) >= 40 && len(b) >= 24 {
		h.compression, h.image = le.Uint32(b[16:]), int64(le.Uint32(b[20:]))
	}
	return h, true
}

// check tells of dimensions that can't be, or are too large.
func (w *walk) check(path string, h header) {
	height := h.height
	if height < 0 {
		height = -height
	}
	switch {
	case h.width <= 0 || height == 0 || height > 1<<31-1:
		w.v.Problem(path, media.Corrupt)
	case h.width*height > media.MaxPixels:
		w.v.Problem(path, media.LimitPixels)
	}
	if h.width > 0 && height > 0 {
		media.Measured(w.v, uint64(h.width), uint64(height))
	}
}

func (w *walk) bitmap(b []byte) error {
	h, ok := readHeader(b[min(14, len(b)):])
	if !ok {
		w.v.Problem("", media.Truncated)
		return nil
	}
	w.check("", h)
	le := binary.LittleEndian
	start := int64(le.Uint32(b[10:]))
	end := start + h.image
	if h.compression == 0 || h.compression == 3 || h.compression == 6 { // not packed: rows of whole 32 bits
		end = start
		if n := max(h.height, -h.height); h.width > 0 && h.width*n <= media.MaxPixels && h.bits <= 64 {
			end += (h.width*h.bits + 31) / 32 * 4 * n
		}
	}
	if start > w.size || end > w.size {
		w.v.Problem("", media.Truncated)
		end = w.size
	}
	if h.compression == 4 || h.compression == 5 { // JPEG and PNG, for printers
		if start < end {
			if err := w.v.Nested("image", io.NewSectionReader(w.r, start, end-start)); err != nil {
				return err
			}
		}
	}
	if len(b) >= 14+124 && le.Uint32(b[14:]) == 124 {
		from, n := 14+int64(le.Uint32(b[14+112:])), int64(le.Uint32(b[14+116:]))
		if string(b[14+56:14+60]) == "KNIL" { // the name of a profile's file
			if err := w.profile(from, n); err != nil {
				return err
			}
		}
		end = max(end, from+n)
	}
	return w.trailer(max(end, int64(le.Uint32(b[2:]))))
}

func (w *walk) profile(off, n int64) error {
	b, err := media.ReadUpTo(w.r, off, min(n, 1<<10), w.size)
	if err != nil {
		return err
	}
	b, _, _ = bytes.Cut(b, []byte{0})
	name := strings.TrimRight(media.Legacy(b), " \t\r\n")
	if name == "" {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: "", Tags: []detectors.Tag{{Group: "BMP", Name: "ProfileFileName", Value: name}}, Off: -1})
}

// trailer hands on what follows the picture.
func (w *walk) trailer(off int64) error {
	head, err := media.ReadUpTo(w.r, off, 1<<10, w.size)
	if err != nil || len(bytes.Trim(head, "\x00\r\n\t ")) == 0 {
		return err
	}
	return w.v.Nested("trailer", io.NewSectionReader(w.r, off, w.size-off))
}
