// Package raw walks the raw pictures of cameras that are no TIFF and no ISO base
// media file: Fujifilm's RAF, Minolta's MRW, Sigma's X3F and Canon's older CRW. It
// reads their directories and hands on the JPEG and Exif blocks in them, which
// hold nearly all metadata; sensor data is stepped over. None of the four is
// documented by its maker; what is known of them is in ExifTool's tables.
package raw

import (
	"encoding/binary"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "raw" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "RAF, MRW, X3F, CRW",
		Types: "image/x-fuji-raf, image/x-minolta-mrw, image/x-sigma-x3f, image/x-canon-crw",
		Reads: "embedded JPEGs with their metadata, Exif blocks, owner, serial numbers and properties of the camera",
		Not:   "settings of the sensor",
	}
}

const (
	magicRAF = "FUJIFILMCCD-RAW "
	magicMRW = "\x00MRM"
	magicX3F = "FOVb"
	magicCRW = "HEAPCCDR"
)

// Match implements media.Format.
func (format) Match(head []byte) bool {
	s := string(head[:min(len(head), 32)])
	return strings.HasPrefix(s, magicRAF) || strings.HasPrefix(s, magicMRW) && len(s) > 8 ||
		strings.HasPrefix(s, magicX3F) && len(s) > 8 && s[6] < 8 && s[7] == 0 || isCRW(s)
}

func isCRW(s string) bool {
	return len(s) >= 14 && (s[:2] == "II" || s[:2] == "MM") && s[6:14] == magicCRW
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	h, err := w.win.At(0, 108)
	if err != nil {
		return err
	}
	switch s := string(h); {
	case strings.HasPrefix(s, magicRAF):
		err = w.raf(h)
	case strings.HasPrefix(s, magicMRW):
		err = w.mrw()
	case strings.HasPrefix(s, magicX3F):
		err = w.x3f()
	case isCRW(s):
		err = w.crw(h)
	}
	if err != nil || len(w.tags) == 0 {
		return err
	}
	return v.Part(&detectors.Part{Path: "camera", Tags: w.tags, Off: -1})
}

type walk struct {
	win   media.Window
	v     media.Visitor
	group string
	order binary.ByteOrder // of CRW
	steps int              // directory entries looked at
	tags  []detectors.Tag
}

// section nests what stands at off, as much of it as is there.
func (w *walk) section(path string, off, n int64) error {
	if n <= 0 {
		return nil
	}
	if off < 0 || off >= w.win.Size || n > w.win.Size-off {
		w.v.Problem(path, media.Truncated)
		if n = w.win.Size - off; off < 0 || n <= 0 {
			return nil
		}
	}
	return w.v.Nested(path, io.NewSectionReader(w.win.R, off, n))
}

func (w *walk) tag(name, value string) {
	if value = strings.Trim(strings.ToValidUTF8(value, "\uFFFD"), "\x00 \t\r\n"); value != "" {
		w.tags = append(w.tags, detectors.Tag{Group: w.group, Name: name, Value: value})
	}
}

// raf: where the JPEG begins and how long it is stands at byte 84. It is what the
// camera would have stored as a JPEG, with Exif, maker notes and all.
func (w *walk) raf(h []byte) error {
	if len(h) < 92 {
		w.v.Problem("", media.Truncated)
		return nil
	}
	be := binary.BigEndian
	return w.section("preview", int64(be.Uint32(h[84:])), int64(be.Uint32(h[88:])))
}

// mrw: a row of blocks up to where the header says that the sensor's data begins;
// TTW is a TIFF of metadata.
func (w *walk) mrw() error {
	be := binary.BigEndian
	h, err := w.win.At(0, 8)
	if err != nil || len(h) < 8 {
		return err
	}
	end := 8 + int64(be.Uint32(h[4:]))
	if end > w.win.Size {
		w.v.Problem("", media.Truncated)
	}
	for off := int64(8); off+8 <= min(end, w.win.Size); {
		if w.steps++; w.steps > media.MaxBoxes {
			w.v.Problem("", media.LimitCount)
			return nil
		}
		h, err := w.win.At(off, 8)
		if err != nil {
			return err
		}
		if len(h) < 8 || h[0] != 0 {
			w.v.Problem("", media.Corrupt)
			return nil
		}
		kind, n := string(h[1:4]), int64(be.Uint32(h[4:]))
		if kind == "TTW" {
			if err := w.section("exif", off+8, n); err != nil {
				return err
			}
		}
		off += 8 + n
	}
	return nil
}
