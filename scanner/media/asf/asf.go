// Package asf reads Windows Media files (Advanced Systems Format, revision
// 01.20.06): the header object and XMP behind the data. Streams are never read.
package asf

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Objects that are read, by their GUIDs as they stand in the file (10).
const (
	header      = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
	description = "\x33\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
	extended    = "\x40\xa4\xd0\xd2\x07\xe3\xd2\x11\x97\xf0\x00\xa0\xc9\x5e\xa8\x50"
	extension   = "\xb5\x03\xbf\x5f\x2e\xa9\xcf\x11\x8e\xe3\x00\xc0\x0c\x20\x53\x65"
	metadata    = "\xea\xcb\xf8\xc5\xaf\x5b\x77\x48\x84\x67\xaa\x8c\x44\xfa\x4c\xca"
	library     = "\x94\x1c\x23\x44\x98\x94\xd1\x49\xa1\x41\x1d\x13\x4e\x45\x70\x54"
	branding    = "\xfa\xb3\x11\x22\x23\xbd\xd2\x11\xb4\xb7\x00\xa0\xc9\x55\xfc\x6e"
	data        = "\x36\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
	xmpObject   = "\xcb\xcf\x7a\xbe\xa9\x97\xe8\x42\x9c\x71\x99\x94\x91\xe3\xaf\xac"
)

// maxObjects bounds the objects of one row.
const maxObjects = media.MaxBoxes

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "asf" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "WMA, WMV, ASF",
		Types: "audio/x-ms-wma, video/x-ms-wmv, video/x-ms-asf",
		Reads: "content description and its extension, metadata and metadata library with pictures, branding, XMP",
		Not:   "script commands, markers, licences of protected content",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool { return len(head) >= 16 && string(head[:16]) == header }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{win: media.Window{R: r, Size: size}, r: r, v: v}
	return w.objects(0, size, func(id string, off, end int64) error {
		switch id {
		case header: // count and two bytes of no meaning stand first
			return w.header(off+6, end, 0)
		case xmpObject:
			return w.nested("xmp", off, end)
		}
		return nil
	})
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	r      io.ReaderAt
	v      media.Visitor
	cut    bool
	covers int
}

// objects calls fn for each object of a row: GUID, size of all of it, data.
func (w *walk) objects(off, end int64, fn func(id string, off, end int64) error) error {
	for n := 0; off < end; n++ {
		if n == maxObjects {
			w.v.Problem("", media.LimitCount)
			return nil
		}
		h, err := w.win.At(off, int(min(24, end-off)))
		if err != nil {
			return err
		}
		if len(h) < 24 {
			if len(bytes.Trim(h, "\x00")) > 0 {
				w.v.Problem("", w.short(end))
			}
			return nil
		}
		id, length := string(h[:16]), binary.LittleEndian.Uint64(h[16:])
		if length < 24 {
			if length == 0 && (strings.Trim(id, "\x00") == "" || id == data) {
				return nil // padding; a recording that did not end
			}
			w.v.Problem("", media.Corrupt)
			return nil
		}
		next := end
		if length > uint64(end-off) {
			w.v.Problem("", w.short(end))
			w.cut = w.cut || end == w.win.Size
		} else {
			next = off + int64(length)
		}
		if err := fn(id, off+24, next); err != nil {
			return err
		}
		off = next
	}
	return nil
}

// short is what an object that runs past end means.
func (w *walk) short(end int64) media.Reason {
	if end == w.win.Size {
		return media.Truncated
	}
	return media.Corrupt
}

func (w *walk) nested(path string, off, end int64) error {
	if off >= end {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.r, off, end-off))
}

// header reads the objects in the header and in its extension.
func (w *walk) header(off, end int64, depth int) error {
	return w.objects(off, end, func(id string, off, end int64) error {
		path := ""
		var read func(path string, f *fields) ([]detectors.Tag, error)
		switch id {
		case description:
			path, read = "description", w.description
		case extended:
			path, read = "extended", w.extended
		case metadata:
			path, read = "metadata", w.library
		case library:
			path, read = "library", w.library
		case branding:
			path, read = "branding", w.branding
		case extension:
			if depth > 0 {
				w.v.Problem("", media.LimitDepth)
				return nil
			}
			return w.header(off+22, end, depth+1)
		default:
			return nil
		}
		n := end - off
		if n > media.MaxBlock {
			w.v.Problem(path, media.LimitBytes)
			n = media.MaxBlock
		}
		d, err := media.ReadUpTo(w.r, off, n, w.win.Size)
		if err != nil {
			return err
		}
		f := fields{d: d}
		tags, err := read(path, &f)
		if err != nil {
			return err
		}
		if f.short {
			w.v.Problem(path, w.why())
		}
		if len(tags) == 0 {
			return nil
		}
		return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
	})
}

func (w *walk) why() media.Reason {
	if w.cut {
		return media.Truncated
	}
	return media.Corrupt
}

// description reads five texts whose lengths stand first (3.10).
func (w *walk) description(_ string, f *fields) (tags []detectors.Tag, err error) {
	var lengths [5]int
	for i := range lengths {
		lengths[i] = int(f.uint(2))
	}
	for i, name := range [5]string{"Title", "Author", "Copyright", "Description", "Rating"} {
		tags = add(tags, name, wide(f.take(lengths[i])))
	}
	return tags, nil
}

// extended reads names and values (3.11): length, name, type, length, value.
func (w *walk) extended(path string, f *fields) (tags []detectors.Tag, err error) {
	for n := f.uint(2); n > 0 && !f.short; n-- {
		name := wide(f.take(int(f.uint(2))))
		kind := f.uint(2)
		value := f.take(int(f.uint(2)))
		if tags, err = w.value(tags, path, name, kind, value); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// library reads names and values of streams (4.7, 4.8): language, stream, length
// of the name, type, length, name, value.
func (w *walk) library(path string, f *fields) (tags []detectors.Tag, err error) {
	for n := f.uint(2); n > 0 && !f.short; n-- {
		f.uint(4)
		names, kind, size := int(f.uint(2)), f.uint(2), int(f.uint(4))
		name := wide(f.take(names))
		if tags, err = w.value(tags, path, name, kind, f.take(size)); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// branding reads two addresses behind a picture (3.13).
func (w *walk) branding(_ string, f *fields) (tags []detectors.Tag, err error) {
	f.uint(4)
	f.take(int(f.uint(4)))
	tags = add(tags, "BannerImageURL", media.Legacy(f.take(int(f.uint(4)))))
	tags = add(tags, "CopyrightURL", media.Legacy(f.take(int(f.uint(4)))))
	return tags, nil
}

// value reads one value by its type: 0 a text, 1 bytes, 2 to 5 numbers.
func (w *walk) value(tags []detectors.Tag, path, name string, kind uint64, d []byte) ([]detectors.Tag, error) {
	name = strings.TrimPrefix(strings.TrimSpace(name), "WM/")
	switch {
	case kind == 0:
		if t := names[strings.ToLower(name)]; t != "" {
			name = t
		} else {
			name = media.FieldName(name)
		}
		return add(tags, name, wide(d)), nil
	case kind == 1 && name == "Picture" && len(d) > 5:
		return w.picture(tags, path, d)
	case kind == 1 && strings.EqualFold(name, "XMP"):
		return tags, w.v.Nested(path+"/xmp", io.NewSectionReader(bytes.NewReader(d), 0, int64(len(d))))
	case kind >= 3 && kind <= 5 && len(d) > 0 && len(d) <= 8 && strings.Contains(name, "ocation"):
		return add(tags, media.FieldName(name), strconv.FormatUint((&fields{d: d}).uint(len(d)), 10)), nil
	}
	return tags, nil
}

// names are ExifTool's, where they are not just the words of the name.
var names = map[string]string{"isrc": "ISRC", "userweburl": "UserWebURL", "authorurl": "AuthorURL", "albumcoverurl": "AlbumCoverURL", "audiofileurl": "AudioFileURL", "promotionurl": "PromotionURL"}

// picture hands on a cover: type, length, MIME type and description in UTF-16,
// each with its NUL, picture.
func (w *walk) picture(tags []detectors.Tag, path string, d []byte) ([]detectors.Tag, error) {
	rest := d[5:]
	var text [2]string
	for i := range text {
		at := 0
		for at+1 < len(rest) && (rest[at] != 0 || rest[at+1] != 0) {
			at += 2
		}
		text[i] = wide(rest[:min(at, len(rest))])
		rest = rest[min(at+2, len(rest)):]
	}
	tags = add(tags, "PictureDescription", text[1])
	if len(rest) == 0 {
		return tags, nil
	}
	w.covers++
	return tags, w.v.Nested(fmt.Sprintf("cover[%d]", w.covers), io.NewSectionReader(bytes.NewReader(rest), 0, int64(len(rest))))
}

// wide is a text of UTF-16.
func wide(b []byte) string {
	s, _ := media.AppendWide(nil, b, media.UTF16LE, true)
	t, _, _ := strings.Cut(string(s), "\x00")
	return t
}

func add(tags []detectors.Tag, name, value string) []detectors.Tag {
	value = media.FieldValue(value)
	if name == "" || value == "" || len(tags) >= media.MaxMembers {
		return tags
	}
	return append(tags, detectors.Tag{Group: "ASF", Name: name, Value: value})
}

// fields reads little-endian numbers and bytes; short says that they ended.
type fields struct {
	d     []byte
	short bool
}

func (f *fields) uint(n int) (v uint64) {
	if n > len(f.d) {
		f.short, f.d = true, nil
		return 0
	}
	for i := n - 1; i >= 0; i-- {
		v = v<<8 | uint64(f.d[i])
	}
	f.d = f.d[n:]
	return v
}

func (f *fields) take(n int) []byte {
	if n > len(f.d) {
		f.short = true
		n = len(f.d)
	}
	b := f.d[:n]
	f.d = f.d[n:]
	return b
}
