// Package riff walks RIFF files: WebP (RFC 9649), WAVE, AVI, and their 64-bit
// form RF64 (EBU Tech 3306). It reads chunk headers and the chunks that hold
// metadata; picture, sound and video are stepped over, never read.
package riff

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// unknown is the length of what was longer than 4 GiB, or not finished, when its
// header was written.
const unknown = 0xffffffff

// maxLists is how deep lists stand in lists: those of streams in the header's.
const maxLists = 2

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "riff" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "WebP, WAV, AVI",
		Types: "image/webp, audio/wav, video/x-msvideo",
		Reads: "Exif, XMP, INFO lists, broadcast extension (bext), iXML, aXML, ID3",
		Not:   "content credentials (C2PA), streams inside AVI; other RIFF forms are read for the same blocks and called partial",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	if len(head) < 12 {
		return len(head) >= 4 && (string(head[:4]) == "RIFF" || string(head[:4]) == "RF64")
	}
	id := string(head[:4])
	return (id == "RIFF" || id == "RF64" || id == "BW64") && printable(head[8:12]) &&
		(known(string(head[8:12])) || !printable(head[4:8])) // a size of letters is a text
}

func known(form string) bool { return form == "WEBP" || form == "WAVE" || form == "AVI " }

func printable(b []byte) bool {
	return !slices.ContainsFunc(b, func(c byte) bool { return c < ' ' || c > '~' })
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	return w.file()
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	v      media.Visitor
	seen   int   // chunks of the whole file
	inside int   // lists of AVI around what is read
	open   bool  // the file does not say how long it is
	data   int64 // size of a 64-bit data chunk, from ds64

	heard func(id string, off, n int64) error // told of every chunk, for Strip; nil for a Walk
}

// file reads one RIFF after the other: long AVI files are a row of them.
func (w *walk) file() error {
	for off := int64(0); ; {
		if w.seen++; w.seen > media.MaxSegments {
			return w.stop(media.LimitSegs)
		}
		h, err := w.win.At(off, 12)
		if err != nil {
			return err
		}
		if off > 0 && (len(h) < 12 || string(h[:4]) != "RIFF") {
			return w.trailer(off)
		}
		if len(h) < 12 {
			return w.stop(media.Truncated)
		}
		form := string(h[8:12])
		length := int64(binary.LittleEndian.Uint32(h[4:]))
		end := off + 8 + length
		if string(h[:4]) != "RIFF" || length == unknown && form == "WAVE" {
			// The size of a 64-bit file stands in ds64; a sound that was written to
			// a pipe has none.
			end, w.open = w.win.Size, true
		}
		if end > w.win.Size {
			w.v.Problem("", media.Truncated)
			end = w.win.Size
		}
		if off == 0 && !known(form) {
			w.v.Problem("", media.Unsupported)
		}
		if end < off+12 {
			return w.stop(media.Corrupt)
		}
		if more, err := w.chunks(off+12, end, form == "WEBP"); err != nil || !more {
			return err
		}
		off = end + end&1
	}
}

// stop tells why the rest can't be read; what was found so far stands.
func (w *walk) stop(r media.Reason) error {
	w.v.Problem("", r)
	return nil
}

// trailer hands on what follows the last RIFF.
func (w *walk) trailer(off int64) error {
	head, err := w.win.At(off, 4<<10)
	if err != nil || len(bytes.Trim(head, "\x00\r\n\t ")) == 0 {
		return err
	}
	return w.v.Nested("trailer", io.NewSectionReader(w.win.R, off, w.win.Size-off))
}

// chunks goes from header to header: id, length, data, a byte of padding after
// an odd length. more is false where the rest of the file makes no sense.
func (w *walk) chunks(off, end int64, webp bool) (more bool, err error) {
	for off < end {
		if w.seen++; w.seen > media.MaxSegments {
			return false, w.stop(media.LimitSegs)
		}
		h, err := w.win.At(off, 8)
		if err != nil {
			return false, err
		}
		if int64(len(h)) < 8 || off+8 > end {
			if !onlyZeros(h) { // some writers count their padding in
				w.v.Problem("", media.Truncated)
			}
			return true, nil
		}
		id, length := string(h[:4]), int64(binary.LittleEndian.Uint32(h[4:]))
		if id == "data" && length == unknown && w.open {
			if length = w.data; length == 0 {
				length = end - off - 8
			}
		}
		if !printable(h[:4]) {
			return false, w.stop(media.Corrupt)
		}
		have := min(length, end-off-8)
		if have < length { // what is there of it is read
			w.v.Problem("", media.Truncated)
		}
		if w.heard != nil {
			if err := w.heard(id, off+8, have); err != nil {
				return false, err
			}
		}
		if err := w.chunk(id, off+8, have, webp); err != nil {
			return false, err
		}
		off += 8 + have + have&1
	}
	return true, nil
}

func onlyZeros(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// chunk reads what holds metadata, and the headers that say how large a picture
// is. Ids are compared as writers spell them.
func (w *walk) chunk(id string, off, n int64, webp bool) error {
	switch id {
	case "EXIF", "Exif":
		return w.exif(off, n)
	case "XMP ", "XMP\x00", "_PMX":
		return w.nested("xmp", off, n)
	case "id3 ", "ID3 ", "ID32":
		return w.nested("id3", off, n)
	case "LIST":
		return w.list(off, n)
	case "iXML", "aXML":
		return w.xml(strings.ToLower(id), off, n)
	case "strd": // of a camera's stream: four letters, four bytes, Exif
		if b, err := w.win.At(off, 8); err != nil || len(b) < 8 || string(b[:4]) != "AVIF" {
			return err
		}
		return w.nested("strd/exif", off+8, n-8)
	case "bext":
		return w.bext(off, n)
	case "IDIT":
		d, err := w.block(off, min(n, 1<<10))
		if err != nil {
			return err
		}
		return w.part("info", add(nil, infoName(id), d))
	case "ds64":
		if b, err := w.win.At(off, 16); err != nil || len(b) < 16 {
			return err
		} else if d := binary.LittleEndian.Uint64(b[8:]); d < 1<<62 {
			w.data = int64(d)
		}
	case "VP8X", "VP8L", "VP8 ":
		if webp {
			return w.pixels(id, off)
		}
	}
	return nil
}

// pixels looks at the dimensions (RFC 9649, 2.7.1; 3.4; RFC 6386, 9.1): such a
// picture is never decoded, its metadata is read all the same.
func (w *walk) pixels(id string, off int64) error {
	b, err := w.win.At(off, 10)
	if err != nil || len(b) < 10 {
		return err
	}
	var width, height uint64
	switch id {
	case "VP8X":
		width, height = u24(b[4:])+1, u24(b[7:])+1
	case "VP8L":
		bits := binary.LittleEndian.Uint32(b[1:])
		width, height = uint64(bits&0x3fff)+1, uint64(bits>>14&0x3fff)+1
	default:
		width, height = uint64(binary.LittleEndian.Uint16(b[6:])&0x3fff), uint64(binary.LittleEndian.Uint16(b[8:])&0x3fff)
	}
	if width*height > media.MaxPixels {
		w.v.Problem("", media.LimitPixels)
	}
	media.Measured(w.v, width, height)
	return nil
}

func u24(b []byte) uint64 { return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 }

// exif hands on the block without the prefix of JPEG, which many writers keep.
func (w *walk) exif(off, n int64) error {
	b, err := w.win.At(off, 6)
	if err != nil {
		return err
	}
	if string(b) == "Exif\x00\x00" && n > 6 {
		off, n = off+6, n-6
	}
	return w.nested("exif", off, n)
}

func (w *walk) nested(path string, off, n int64) error {
	if n <= 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.win.R, off, n))
}

// list reads INFO; the header list of AVI may hold one too, and a date, and in the
// lists of its streams what a camera says. Fields of Exif stand in a list of their
// own (Exif 2.3, 5.7).
func (w *walk) list(off, n int64) error {
	b, err := w.win.At(off, 4)
	if err != nil || n < 4 {
		return err
	}
	switch string(b) {
	case "INFO", "exif":
	case "hdrl", "strl":
		if w.inside == maxLists {
			return nil
		}
		w.inside++
		defer func() { w.inside-- }()
		_, err := w.chunks(off+4, off+n, false)
		return err
	default:
		return nil
	}
	data, err := w.block(off+4, n-4)
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	for len(data) >= 8 {
		if len(tags) >= media.MaxMembers {
			w.v.Problem("info", media.LimitCount)
			break
		}
		id := string(data[:4])
		length := int64(binary.LittleEndian.Uint32(data[4:]))
		data = data[8:]
		if length > int64(len(data)) {
			w.v.Problem("info", media.Truncated)
			length = int64(len(data))
		}
		tags = add(tags, infoName(id), data[:length])
		data = data[min(length+length&1, int64(len(data))):]
	}
	return w.part("info", tags)
}

func (w *walk) block(off, n int64) ([]byte, error) {
	if n > media.MaxBlock {
		w.v.Problem("", media.LimitBytes)
		n = media.MaxBlock
	}
	return media.ReadUpTo(w.win.R, off, n, w.win.Size)
}

func (w *walk) part(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

func add(tags []detectors.Tag, name string, value []byte) []detectors.Tag {
	if i := bytes.IndexByte(value, 0); i >= 0 {
		value = value[:i]
	}
	s := strings.TrimSpace(text(value))
	if s == "" {
		return tags
	}
	return append(tags, detectors.Tag{Group: "RIFF", Name: name, Value: s})
}

// text reads UTF-8, or else the code page of old Windows, whose letters are
// those of Latin-1.
func text(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for _, c := range b {
		s.WriteRune(rune(c))
	}
	return s.String()
}

// bext reads the texts at the start of a broadcast extension (EBU Tech 3285):
// description 256, originator 32, reference 32, date 10, time 8, ..., coding
// history from byte 602.
func (w *walk) bext(off, n int64) error {
	data, err := w.block(off, min(n, 64<<10))
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	at := func(name string, from, to int) {
		if from < len(data) {
			tags = add(tags, name, data[from:min(to, len(data))])
		}
	}
	at("Description", 0, 256)
	at("Originator", 256, 288)
	at("OriginatorReference", 288, 320)
	at("DateTimeOriginal", 320, 338)
	at("CodingHistory", 602, len(data))
	return w.part("bext", tags)
}
