// Package iff reads the sounds that are kept in EA's Interchange File Format:
// AIFF and AIFF-C (Apple, 1989 and 1991), 8SVX, and DSDIFF (Philips, 1.5). Sound
// is stepped over, never read.
package iff

import (
	"bytes"
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
func (format) Name() string { return "iff" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "AIFF, AIFF-C, 8SVX, DSDIFF",
		Types: "audio/aiff, audio/x-aiff, audio/x-dff",
		Reads: "name, author, copyright, annotations, comments, ID3, XMP; title and artist of DSDIFF",
		Not:   "chunks of applications other than XMP",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	switch {
	case len(head) >= 12 && string(head[:4]) == "FORM":
		switch string(head[8:12]) {
		case "AIFF", "AIFC", "8SVX", "16SV":
			return true
		}
	case len(head) >= 16 && string(head[:4]) == "FRM8":
		return string(head[12:16]) == "DSD "
	}
	return false
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{win: media.Window{R: r, Size: size}, r: r, v: v, head: 8}
	h, err := w.win.At(0, 16)
	if err != nil {
		return err
	}
	if len(h) < 12 {
		v.Problem("", media.Truncated)
		return nil
	}
	end := 8 + int64(binary.BigEndian.Uint32(h[4:]))
	if string(h[:4]) == "FRM8" {
		w.head, end = 12, size
		if n := binary.BigEndian.Uint64(h[4:]); n < 1<<62 {
			end = 12 + int64(n)
		}
	}
	if end > size {
		v.Problem("", media.Truncated)
	}
	if end > size || end < w.head+4 { // some writers never filled it in
		end = size
	}
	if err := w.chunks(w.head+4, end, 0); err != nil {
		return err
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "texts", Tags: w.tags, Off: -1})
}

// walk is the state of one Walk.
type walk struct {
	win  media.Window
	r    io.ReaderAt
	v    media.Visitor
	head int64 // bytes of a chunk's head: 8, or 12 where lengths have 64 bits
	seen int
	tags []detectors.Tag
}

// maxText is how much of one text is read.
const maxText = 1 << 20

// chunks goes from head to head: id, length, data, a byte of padding after an odd
// length.
func (w *walk) chunks(off, end int64, depth int) error {
	for off < end {
		if w.seen++; w.seen > media.MaxSegments {
			w.v.Problem("", media.LimitSegs)
			return nil
		}
		h, err := w.win.At(off, int(min(w.head, end-off)))
		if err != nil {
			return err
		}
		if int64(len(h)) < w.head {
			if len(bytes.Trim(h, "\x00")) > 0 {
				w.v.Problem("", media.Truncated)
			}
			return nil
		}
		id, length := string(h[:4]), uint64(binary.BigEndian.Uint32(h[4:]))
		if w.head == 12 {
			length = binary.BigEndian.Uint64(h[4:])
		}
		if !printable(h[:4]) {
			w.v.Problem("", media.Corrupt)
			return nil
		}
		off += w.head
		n := int64(min(length, uint64(end-off)))
		if uint64(n) < length {
			w.v.Problem("", media.Truncated)
		}
		if err := w.chunk(id, off, n, depth); err != nil {
			return err
		}
		off += n + n&1
	}
	return nil
}

func printable(b []byte) bool {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// names are the chunks that are one text.
var names = map[string]string{"NAME": "Title", "AUTH": "Author", "(c) ": "Copyright", "ANNO": "Annotation", "TEXT": "Text"}

func (w *walk) chunk(id string, off, n int64, depth int) error {
	switch id {
	case "NAME", "AUTH", "(c) ", "ANNO", "TEXT":
		d, err := w.block(off, n)
		if err != nil {
			return err
		}
		w.add(names[id], media.Legacy(d))
	case "COMT":
		return w.comments(off, n)
	case "ID3 ", "id3 ", "ID3\x00":
		return w.nested("id3", off, n)
	case "XMP ", "_PMX":
		return w.nested("xmp", off, n)
	case "APPL":
		h, err := w.win.At(off, int(min(n, 4)))
		if err != nil || string(h) != "XMP " {
			return err
		}
		return w.nested("xmp", off+4, n-4)
	case "DIIN": // DSDIFF: chunks of its own
		if depth == 0 && w.head == 12 {
			return w.chunks(off, off+n, depth+1)
		}
	case "DIAR", "DITI": // a count, and the text
		d, err := w.block(off, n)
		if err != nil || len(d) <= 4 {
			return err
		}
		w.add(map[string]string{"DIAR": "Artist", "DITI": "Title"}[id], media.Legacy(d[4:]))
	}
	return nil
}

// comments reads a row of texts: a count, and of each the time, a marker (in
// DSDIFF the date in parts, and two kinds), its length, and the text.
func (w *walk) comments(off, n int64) error {
	d, err := w.block(off, n)
	if err != nil || len(d) < 2 {
		return err
	}
	head := 8
	if w.head == 12 {
		head = 14
	}
	count := binary.BigEndian.Uint16(d)
	for d = d[2:]; count > 0; count-- {
		if len(d) < head {
			w.v.Problem("comments", media.Corrupt)
			return nil
		}
		size := int64(binary.BigEndian.Uint16(d[head-2:]))
		if w.head == 12 {
			size = int64(binary.BigEndian.Uint32(d[head-4:]))
		}
		if d = d[head:]; size > int64(len(d)) {
			w.v.Problem("comments", media.Corrupt)
			size = int64(len(d))
		}
		w.add("Comment", media.Legacy(d[:size]))
		d = d[min(size+size&1, int64(len(d))):]
	}
	return nil
}

func (w *walk) block(off, n int64) ([]byte, error) {
	if n > maxText {
		w.v.Problem("texts", media.LimitBytes)
		n = maxText
	}
	return media.ReadUpTo(w.r, off, n, w.win.Size)
}

func (w *walk) nested(path string, off, n int64) error {
	if n <= 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.r, off, n))
}

func (w *walk) add(name, value string) {
	value, _, _ = strings.Cut(value, "\x00")
	if value = media.FieldValue(value); value != "" && len(w.tags) < media.MaxMembers {
		w.tags = append(w.tags, detectors.Tag{Group: "AIFF", Name: name, Value: value})
	}
}
