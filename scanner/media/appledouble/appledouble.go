// Package appledouble reads what a Mac keeps beside a file on disks and in archives
// that have no room for it, AppleDouble and AppleSingle (RFC 1740 annexes A and B):
// "._NAME". Extended attributes say where the file was downloaded from and by which
// program, and hold comments; the resource fork may hold previews.
package appledouble

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "appledouble" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "AppleDouble, AppleSingle (._NAME)",
		Types: "multipart/appledouble, application/applefile",
		Reads: "name and comment of the file, extended attributes (where it was downloaded from, comments, tags), pictures and texts of the resource fork; the file itself, if it is there",
		Not:   "other attributes and resources",
	}
}

const (
	double = "\x00\x05\x16\x07"
	single = "\x00\x05\x16\x00"
)

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return len(head) >= 8 && (string(head[:4]) == double || string(head[:4]) == single) && head[4] == 0 && (head[5] == 1 || head[5] == 2) && head[6] == 0 && head[7] == 0
}

// The limits of one file.
const (
	maxEntries    = 256
	maxAttributes = 4_096
	maxAttribute  = 1 << 20 // bytes of one that is read as text
	maxResources  = 10_000
	headSize      = 26
	entrySize     = 12
)

// Entries (RFC 1740 annex A).
const (
	dataFork     = 1
	resourceFork = 2
	realName     = 3
	comment      = 4
	finderInfo   = 9
)

// walk is the state of one Walk.
type walk struct {
	media.Window
	v     media.Visitor
	tags  []detectors.Tag
	files int
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{v: v}
	w.Reset(r, size)
	h, err := w.At(0, headSize)
	if err != nil {
		return err
	}
	if len(h) < headSize {
		return media.Stop("", media.Truncated)
	}
	n := int(binary.BigEndian.Uint16(h[24:]))
	if n > maxEntries {
		v.Problem("", media.LimitCount)
		n = maxEntries
	}
	list, err := w.At(headSize, n*entrySize)
	if err != nil {
		return err
	}
	if len(list) < n*entrySize {
		v.Problem("", media.Truncated)
	}
	for list = bytes.Clone(list); len(list) >= entrySize; list = list[entrySize:] {
		id, off, length := binary.BigEndian.Uint32(list), int64(binary.BigEndian.Uint32(list[4:])), int64(binary.BigEndian.Uint32(list[8:]))
		if off+length > size {
			v.Problem("", media.Truncated)
			length = max(size-off, 0)
		}
		if err := w.entry(id, off, length); err != nil {
			return err
		}
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Tags: w.tags, Off: -1})
}

func (w *walk) entry(id uint32, off, n int64) error {
	switch id {
	case dataFork:
		return w.nested("data", off, n)
	case resourceFork:
		return w.resources(off, n)
	case realName, comment:
		b, err := media.ReadUpTo(w.R, off, min(n, maxAttribute), w.Size)
		if err != nil {
			return err
		}
		w.tag(map[uint32]string{realName: "FileName", comment: "Comment"}[id], text(b))
	case finderInfo:
		return w.attributes(off, n)
	}
	return nil
}

// attributes reads those that a Mac puts behind the information of its Finder
// (xnu, bsd/vfs/vfs_xattr.c). Their offsets count from the start of the file.
func (w *walk) attributes(off, n int64) error {
	const (
		info = 34 // bytes of the Finder's information, with padding
		head = 36
	)
	h, err := w.At(off+info, head)
	if err != nil || len(h) < head || string(h[:4]) != "ATTR" || n < info+head {
		return err
	}
	count := int(binary.BigEndian.Uint16(h[34:]))
	if count > maxAttributes {
		w.v.Problem("attributes", media.LimitCount)
		count = maxAttributes
	}
	at := off + info + head
	for range count {
		e, err := w.At(at, 11)
		if err != nil {
			return err
		}
		if len(e) < 11 {
			w.v.Problem("attributes", media.Truncated)
			return nil
		}
		start, length, nameLen := int64(binary.BigEndian.Uint32(e)), int64(binary.BigEndian.Uint32(e[4:])), int(e[10])
		name, err := w.At(at+11, nameLen)
		if err != nil {
			return err
		}
		if err := w.attribute(strings.TrimRight(text(name), "\x00"), start, length); err != nil {
			return err
		}
		at += int64(11+nameLen+3) &^ 3
	}
	return nil
}

// attribute tells one attribute, or hands it on.
func (w *walk) attribute(name string, off, n int64) error {
	if off+n > w.Size {
		w.v.Problem("attributes", media.Truncated)
		n = max(w.Size-off, 0)
	}
	b, err := media.ReadUpTo(w.R, off, min(n, maxAttribute), w.Size)
	if err != nil || len(b) == 0 {
		return err
	}
	if isFile(b) {
		return w.nested("attribute/"+step(name), off, n)
	}
	if isText(b) {
		w.tag(name, text(b))
	}
	return nil
}

// resources goes through the data of a resource fork (Inside Macintosh: More
// Macintosh Toolbox, 1-121): each resource has its length before it.
func (w *walk) resources(off, n int64) error {
	h, err := w.At(off, 16)
	if err != nil || len(h) < 16 || n < 16 {
		return err
	}
	at, size := off+int64(binary.BigEndian.Uint32(h)), int64(binary.BigEndian.Uint32(h[8:]))
	end := min(at+size, off+n, w.Size)
	running := media.NewRunning(w.v, "resources")
	for range maxResources {
		h, err := w.At(at, 4)
		if err != nil {
			return err
		}
		if at >= end || len(h) < 4 {
			return running.End()
		}
		length := min(int64(binary.BigEndian.Uint32(h)), end-at-4)
		b, err := w.At(at+4, int(min(length, 4<<10)))
		if err != nil {
			return err
		}
		switch {
		case isFile(b):
			if err := w.nested("resource", at+4, length); err != nil {
				return err
			}
		case length <= 4<<10 && isText(counted(b)):
			running.WriteString(text(counted(b)))
			running.Line()
		}
		at += 4 + max(length, 0)
	}
	w.v.Problem("resources", media.LimitCount)
	return running.End()
}

// counted is a text without the byte of its length that Pascal put before it.
func counted(b []byte) []byte {
	if len(b) > 1 && int(b[0]) == len(b)-1 {
		return b[1:]
	}
	return b
}

func (w *walk) nested(path string, off, n int64) error {
	if n <= 0 || off >= w.Size {
		return nil
	}
	if path == "resource" {
		w.files++
		path = fmt.Sprintf("resource[%d]", w.files)
	}
	return w.v.Nested(path, io.NewSectionReader(w.R, off, n))
}

func (w *walk) tag(name, value string) {
	if value = media.FieldValue(value); value != "" && name != "" && len(w.tags) < maxAttributes {
		w.tags = append(w.tags, detectors.Tag{Group: "AppleDouble", Name: name, Value: value})
	}
}

// step is a name as a step of a path.
func step(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
}

// text is UTF-8, or else MacRoman.
func text(b []byte) string {
	if !utf8.Valid(b) {
		if out, err := charmap.Macintosh.NewDecoder().Bytes(b); err == nil {
			b = out
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

func isText(b []byte) bool {
	b = bytes.TrimRight(b, "\x00")
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f {
			return false
		}
	}
	return len(b) > 2
}

// isFile reports whether b begins as something that is read.
func isFile(b []byte) bool {
	for _, m := range [...]string{"bplist0", "<?xml", "\xff\xd8\xff", "\x89PNG\r\n", "GIF8", "%PDF-", "II*\x00", "MM\x00*", "{\\rtf"} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return false
}
