// Package flir reads the files of FLIR's thermal cameras (FFF, AFF), which also
// stand in a segment of their JPEG pictures: the serial numbers of camera, lens
// and filter and the position, and the picture in ordinary light. The layout was
// never published; what is known of it is ExifTool's finding (FLIR.pm).
package flir

import (
	"bytes"
	"encoding/binary"
	"io"
	"math"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// New gives the format.
func New() media.Format { return format{} }

// Name is "flir".
func (format) Name() string { return "flir" }

// Describe says what is read.
func (format) Describe() media.Description {
	return media.Description{
		Title: "FLIR thermal pictures",
		Types: "image/x-flir-fff",
		Reads: "serial numbers of camera, lens and filter, the GPS position, the embedded picture if it is JPEG or PNG",
		Not:   "temperatures, notes of measurements, sound, the frames of a sequence behind the first",
	}
}

const headerSize = 0x40

// Match takes the signature and a plausible version in either byte order.
func (format) Match(head []byte) bool {
	if len(head) < 0x20 || !bytes.HasPrefix(head[1:], []byte("FF\x00")) || head[0] != 'F' && head[0] != 'A' {
		return false
	}
	_, ok := orderOf(head)
	return ok
}

// orderOf tells the byte order by the version, which is 100 or a little more.
func orderOf(head []byte) (binary.ByteOrder, bool) {
	for _, o := range []binary.ByteOrder{binary.BigEndian, binary.LittleEndian} {
		if v := o.Uint32(head[0x14:]); v >= 100 && v < 200 {
			return o, true
		}
	}
	return nil, false
}

// Types of records.
const (
	embeddedImage = 0x0E
	cameraInfo    = 0x20
	gpsInfo       = 0x2B
)

// maxRecords is how many records are looked at; cameras write about ten.
const maxRecords = 256

const entrySize = 0x20

// Walk goes through the directory of records.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	var h [headerSize]byte
	if err := media.ReadFull(r, h[:], 0); err != nil {
		return err
	}
	order, ok := orderOf(h[:])
	if !ok {
		return media.Stop("", media.Corrupt)
	}
	at, n := int64(order.Uint32(h[0x18:])), int64(order.Uint32(h[0x1C:]))
	if n > maxRecords {
		v.Problem("", media.LimitCount)
		n = maxRecords
	}
	dir, err := media.ReadUpTo(r, at, n*entrySize, size)
	if err != nil {
		return err
	}
	if int64(len(dir)) < n*entrySize {
		v.Problem("", media.Truncated)
	}
	w := &walk{r: r, size: size, v: v}
	for ; len(dir) >= entrySize; dir = dir[entrySize:] {
		if err := w.record(order.Uint16(dir), int64(order.Uint32(dir[0x0C:])), int64(order.Uint32(dir[0x10:]))); err != nil {
			return err
		}
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Tags: w.tags, Off: -1})
}

type walk struct {
	r    io.ReaderAt
	size int64
	v    media.Visitor
	tags []detectors.Tag
	cut  bool
}

// record reads a record of a type that holds something of a person or a device.
func (w *walk) record(kind uint16, off, n int64) error {
	if kind != embeddedImage && kind != cameraInfo && kind != gpsInfo {
		return nil
	}
	if n > w.size-off {
		if !w.cut {
			w.cut = true
			w.v.Problem("", media.Truncated)
		}
		n = w.size - off
	}
	if n <= 0 {
		return nil
	}
	if kind == embeddedImage {
		return w.embedded(off, n)
	}
	b, err := media.ReadUpTo(w.r, off, min(n, 0x400), w.size)
	if err != nil {
		return err
	}
	if kind == cameraInfo {
		w.text(b, 0x104, 16, "CameraSerialNumber")
		w.text(b, 0x1A0, 16, "LensSerialNumber")
		w.text(b, 0x21C, 32, "FilterSerialNumber")
		return nil
	}
	w.position(b)
	return nil
}

// text keeps a field of fixed size that a NUL ends.
func (w *walk) text(b []byte, off, size int, name string) {
	if len(b) < off+size {
		return
	}
	s, _, _ := bytes.Cut(b[off:off+size], []byte{0})
	s = bytes.TrimSpace(s)
	if len(s) == 0 || !utf8.Valid(s) || bytes.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F }) {
		return
	}
	w.tags = append(w.tags, detectors.Tag{Group: "FLIR", Name: name, Value: string(s)})
}

// position reads the receiver's record, which is little-endian whatever the file
// is; its degrees have their sign.
func (w *walk) position(b []byte) {
	if len(b) < 0x24 || binary.LittleEndian.Uint32(b) == 0 {
		return // not valid
	}
	double := func(off int) float64 { return math.Float64frombits(binary.LittleEndian.Uint64(b[off:])) }
	lat, lon := double(0x10), double(0x18)
	// Some write the letter and leave the sign out.
	if b[0x08] == 'S' && lat > 0 {
		lat = -lat
	}
	if b[0x0A] == 'W' && lon > 0 {
		lon = -lon
	}
	if !(math.Abs(lat) <= 90) || !(math.Abs(lon) <= 180) {
		w.v.Problem("", media.Invalid)
	}
	w.tags = append(w.tags,
		detectors.Tag{Group: "FLIR", Name: "GPSLatitude", Nums: []float64{lat}},
		detectors.Tag{Group: "FLIR", Name: "GPSLongitude", Nums: []float64{lon}})
	if alt := float64(math.Float32frombits(binary.LittleEndian.Uint32(b[0x20:]))); alt > -500 && alt < 20_000 {
		w.tags = append(w.tags, detectors.Tag{Group: "FLIR", Name: "GPSAltitude", Nums: []float64{alt}})
	}
}

// imageHeader stands before the embedded picture.
const imageHeader = 0x20

// embedded hands on the picture in ordinary light, if it is a file of its own.
func (w *walk) embedded(off, n int64) error {
	b, err := media.ReadUpTo(w.r, off, min(n, imageHeader+8), w.size)
	if err != nil || len(b) < imageHeader+8 {
		return err
	}
	if b = b[imageHeader:]; !bytes.HasPrefix(b, []byte("\xFF\xD8\xFF")) && !bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1A\n")) {
		return nil // raw pixels
	}
	return w.v.Nested("embedded", io.NewSectionReader(w.r, off+imageHeader, n-imageHeader))
}
