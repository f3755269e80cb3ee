// Package png walks PNG and APNG files (PNG specification, third edition, W3C
// 2025). It reads chunk headers and the chunks that hold metadata, wherever they
// stand; picture data is stepped over, never read.
//
// A chunk that is cut or whose CRC is wrong is still read, and told as a
// Problem.
package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	signature = "\x89PNG\r\n\x1a\n"
	maxChunk  = 1<<31 - 1 // section 5.3
	// maxText is how much one text chunk may unfold to. Prompts and workflows that
	// picture generators store stay under 1 MiB.
	maxText = 8 << 20
	// flushAt bounds what the tags of one part hold, and maxTags how many they are;
	// files in the wild stay far below.
	flushAt = 4 << 20
	maxTags = 2_048
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "png" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "PNG, APNG",
		Types: "image/png, image/apng",
		Reads: "eXIf and zxIf, XMP, all text chunks, text profiles (Exif, IPTC, XMP, Photoshop), time, what follows the picture",
		Not:   "ICC profiles, content credentials (caBX)",
	}
}

// Match implements media.Format. A head cut inside the signature matches too, so
// that a cut file is called truncated.
func (format) Match(head []byte) bool {
	return bytes.HasPrefix(head, []byte(signature)) ||
		len(head) >= 4 && strings.HasPrefix(signature, string(head[:min(len(head), len(signature))]))
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	if err := w.chunks(); err != nil {
		return err
	}
	return w.flush()
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	v      media.Visitor
	budget *media.Budget
	zlib   io.ReadCloser // kept for the next chunk
	tags   []detectors.Tag
	held   int // bytes in tags

	row  int64 // length of the IDAT chunks met last
	rows int   // of that length
}

// chunks goes from header to header: length, type, data, CRC (section 5.3).
func (w *walk) chunks() error {
	off := int64(len(signature))
	for n := 0; ; n++ {
		if n == media.MaxSegments {
			return w.stop(media.LimitSegs)
		}
		h, err := w.win.At(off, 8)
		if err != nil {
			return err
		}
		if len(h) < 8 {
			return w.stop(media.Truncated)
		}
		length, kind := int64(binary.BigEndian.Uint32(h)), string(h[4:8])
		if length > maxChunk || !isType(kind) {
			return w.stop(media.Corrupt)
		}
		if read := readers[kind]; read != nil {
			if err := w.read(off, length, kind, read); err != nil {
				return err
			}
		}
		off += 8 + length + 4
		if kind == "IDAT" {
			if off, err = w.skipRow(off, length); err != nil {
				return err
			}
		}
		switch {
		case kind == "IEND":
			return w.trailer(off)
		case off > w.win.Size:
			return w.stop(media.Truncated)
		}
	}
}

// A picture comes in a row of IDAT chunks, nothing between them (5.6), which most
// programs make all of the same length, often 8 KiB. To read each header is to
// read a large file whole where reads come in blocks, as from a bucket.
const (
	rowLength = 4        // chunks of one length in a row before the rest is guessed
	rowEnd    = 32 << 10 // bytes at the end of the file that are walked in any case
)

// skipRow goes from behind an IDAT chunk of length at off to another one near the
// end of the file, if a header with the same length stands where it must if all
// between are like it. Otherwise off comes back, and every header is read.
func (w *walk) skipRow(off, length int64) (int64, error) {
	if length != w.row {
		w.row, w.rows = length, 0
	}
	w.rows++
	step := 8 + length + 4
	n := (w.win.Size - rowEnd - off) / step
	if w.rows != rowLength || n < 2 || length == 0 {
		return off, nil
	}
	h, err := w.win.At(off+n*step, 8)
	if err == nil && len(h) == 8 && int64(binary.BigEndian.Uint32(h)) == length && string(h[4:]) == "IDAT" {
		off += n * step
	}
	return off, err
}

// stop tells why the rest can't be read; what was found so far is kept.
func (w *walk) stop(r media.Reason) error {
	w.v.Problem("", r)
	return nil
}

func isType(s string) bool {
	for i := range len(s) {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}

// readers are the chunks that are read.
var readers = map[string]func(w *walk, data []byte) error{
	"IHDR": (*walk).header,
	"eXIf": (*walk).exif,
	"zxIf": (*walk).packedExif,
	"tEXt": (*walk).plainText,
	"zTXt": (*walk).packedText,
	"iTXt": (*walk).intlText,
	"tIME": (*walk).time,
}

// read takes what is present of a chunk, and says what is wrong with it.
func (w *walk) read(off, length int64, kind string, fn func(*walk, []byte) error) error {
	data, crc, err := w.data(off+8, length, kind)
	if err != nil {
		return err
	}
	if int64(len(data)) == length && len(crc) == 4 {
		sum := crc32.Update(crc32.ChecksumIEEE([]byte(kind)), crc32.IEEETable, data)
		if binary.BigEndian.Uint32(crc) != sum {
			w.v.Problem(kind, media.Corrupt)
		}
	}
	return fn(w, data)
}

// data reads a chunk and the CRC behind it: a small one, the rule, from the
// window.
func (w *walk) data(off, length int64, kind string) (data, crc []byte, err error) {
	if length < 4<<10-4 {
		b, err := w.win.At(off, int(length)+4)
		n := min(length, int64(len(b)))
		return b[:n], b[n:], err
	}
	want := length
	if want > media.MaxBlock {
		w.v.Problem(kind, media.LimitBytes)
		want = media.MaxBlock
	}
	if data, err = media.ReadUpTo(w.win.R, off, want, w.win.Size); err != nil {
		return nil, nil, err
	}
	crc, err = w.win.At(off+length, 4)
	return data, crc, err
}

// header looks at the dimensions: a picture that declares too many pixels is
// never decoded, its metadata is read all the same.
func (w *walk) header(d []byte) error {
	if len(d) < 8 {
		return nil // cut: the walk says so
	}
	width, height := uint64(binary.BigEndian.Uint32(d)), uint64(binary.BigEndian.Uint32(d[4:]))
	switch {
	case width == 0 || height == 0 || width > maxChunk || height > maxChunk:
		w.v.Problem("", media.Corrupt)
	case width*height > media.MaxPixels:
		w.v.Problem("", media.LimitPixels)
	}
	media.Measured(w.v, width, height)
	return nil
}

// exif hands a block of Exif on. Some writers keep JPEG's prefix in front.
func (w *walk) exif(d []byte) error {
	return w.nested("exif", bytes.TrimPrefix(d, []byte("Exif\x00\x00")))
}

// packedExif reads a compressed eXIf, which ExifTool writes: a zero, the
// length that it unfolds to, deflated bytes.
func (w *walk) packedExif(d []byte) error {
	if len(d) < 5 || d[0] != 0 {
		w.v.Problem("exif", media.Corrupt)
		return nil
	}
	return w.exif(w.inflate("exif", d[5:]))
}

// time is tIME (11.3.5.1): the last change of the picture, UTC.
func (w *walk) time(d []byte) error {
	if len(d) < 7 {
		return nil
	}
	return w.tag("ModifyDate", fmt.Sprintf("%04d:%02d:%02d %02d:%02d:%02d",
		binary.BigEndian.Uint16(d), d[2], d[3], d[4], d[5], d[6]))
}

// trailer hands on what follows the picture: people and programs append files,
// and some editors leave the end of the picture that was there before.
func (w *walk) trailer(off int64) error {
	if off > w.win.Size { // IEND without its CRC
		return w.stop(media.Truncated)
	}
	head, err := w.win.At(off, 4<<10)
	if err != nil || len(bytes.Trim(head, "\x00\r\n\t ")) == 0 {
		return err
	}
	return w.v.Nested("trailer", io.NewSectionReader(w.win.R, off, w.win.Size-off))
}

func (w *walk) nested(path string, d []byte) error {
	if len(d) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(d), 0, int64(len(d))))
}

// inflate unfolds a zlib stream, and gives what came before an error.
func (w *walk) inflate(path string, packed []byte) []byte {
	if w.budget == nil {
		w.budget = media.BudgetOf(w.v)
	}
	in, err := media.NewInflater(w.budget, bytes.NewReader(packed), w.openZlib)
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
		return nil
	}
	held, err := media.ReadChunks(io.LimitReader(in, maxText+1))
	if err != nil {
		w.v.Problem(path, media.ReasonOf(err))
	}
	out := make([]byte, held.Size())
	_, _ = held.ReadAt(out, 0) // of memory: all of it
	if len(out) > maxText {
		w.v.Problem(path, media.LimitBytes)
		out = shorten(out)
	}
	return out
}

// shorten cuts b to maxText, and not inside of a character of UTF-8.
func shorten(b []byte) []byte {
	n := maxText
	for i := n; i > n-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			return b[:i]
		}
	}
	return b[:n]
}

func (w *walk) openZlib(r io.Reader) (io.Reader, error) {
	if z, ok := w.zlib.(zlib.Resetter); ok {
		return w.zlib, z.Reset(r, nil)
	}
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, err
	}
	w.zlib = z
	return z, nil
}

// tag collects what becomes the part "text".
func (w *walk) tag(name, value string) error {
	value = strings.Trim(value, "\x00 \t\r\n")
	if name == "" || value == "" {
		return nil
	}
	w.tags = append(w.tags, detectors.Tag{Group: "PNG", Name: name, Value: value})
	if w.held += len(name) + len(value); w.held > flushAt || len(w.tags) == maxTags {
		return w.flush()
	}
	return nil
}

func (w *walk) flush() error {
	if len(w.tags) == 0 {
		return nil
	}
	err := w.v.Part(&detectors.Part{Path: "text", Tags: w.tags, Off: -1})
	clear(w.tags) // the values
	w.tags, w.held = w.tags[:0], 0
	return err
}
