package jp2

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"github.com/andybalholm/brotli"

	"habeas/scanner/media"
)

const (
	jxlSignature  = "\x00\x00\x00\x0cJXL \r\n\x87\n"
	jxlCodestream = "\xff\x0a"
)

// NewJXL gives the format of JPEG XL.
func NewJXL() media.Format { return jxl{} }

type jxl struct{}

var _ media.Format = jxl{}
var _ media.Describer = jxl{}

// Name implements media.Format.
func (jxl) Name() string { return "jxl" }

// Describe implements media.Describer.
func (jxl) Describe() media.Description {
	return media.Description{
		Title: "JPEG XL",
		Types: "image/jxl",
		Reads: "Exif and XMP boxes, also those packed with Brotli; bare codestreams hold no metadata",
		Not:   "segments of a JPEG kept for its reconstruction (jbrd), content credentials (jumb)",
	}
}

// Match implements media.Format. A signature that is cut matches too, so that the
// file is called truncated.
func (jxl) Match(head []byte) bool {
	return strings.HasPrefix(string(head[:min(len(head), 12)]), jxlSignature) ||
		len(head) >= 8 && len(head) < 12 && strings.HasPrefix(jxlSignature, string(head)) ||
		isJXLCodestream(head)
}

// isJXLCodestream knows a codestream by its two bytes and by what follows them
// (ISO/IEC 18181-1, annex D): a size that is not text.
func isJXLCodestream(head []byte) bool {
	if len(head) < 16 || string(head[:2]) != jxlCodestream {
		return false
	}
	cs, _ := media.TextCharset(head)
	return cs == media.Binary || cs == media.EightBit || cs == media.EBCDIC
}

// Walk implements media.Format.
func (jxl) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	head, err := w.win.At(0, 12)
	if err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte(jxlCodestream)) {
		return nil // ISO/IEC 18181-1: pixels and colour
	}
	return w.boxes("", 0, size, 1, w.jxlBox)
}

func (w *walk) jxlBox(b box, _ int) error {
	switch b.kind {
	case "Exif":
		return w.jxlExif("exif", b.body, b.end)
	case "xml ":
		return w.section("xmp", b.body, b.end)
	case "brob":
		return w.brotli(b)
	}
	return nil
}

// jxlExif reads an Exif box (ISO/IEC 18181-2, 9.2): where the block begins, four
// bytes, then the block.
func (w *walk) jxlExif(path string, off, end int64) error {
	h, err := w.win.At(off, 4)
	if err != nil || len(h) < 4 {
		return err
	}
	skip := int64(binary.BigEndian.Uint32(h))
	if off += 4; skip < end-off {
		off += skip
	} else {
		w.v.Problem(path, media.Corrupt)
	}
	return w.exif(path, off, end)
}

// brotli reads a packed box (9.3): the kind of what is packed, then its body.
func (w *walk) brotli(b box) error {
	kind, err := w.win.At(b.body, 4)
	if err != nil || len(kind) < 4 {
		return err
	}
	path := ""
	switch string(kind) {
	case "Exif":
		path = "brob/exif"
	case "xml ":
		path = "brob/xmp"
	default:
		return nil // as unpacked ones
	}
	packed, err := media.ReadUpTo(w.win.R, b.body+4, min(b.end-b.body-4, media.MaxBlock), w.win.Size)
	if err != nil {
		return err
	}
	if w.budget == nil {
		w.budget = media.BudgetOf(w.v)
	}
	in, err := media.NewInflater(w.budget, bytes.NewReader(packed), func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil })
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
		return nil
	}
	out, err := media.ReadBlock(in)
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
	}
	inner := walk{win: media.Window{R: bytes.NewReader(out), Size: int64(len(out))}, v: w.v}
	if path == "brob/exif" {
		return inner.jxlExif(path, 0, int64(len(out)))
	}
	return inner.section(path, 0, int64(len(out)))
}
