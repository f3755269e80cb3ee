// Package photoshop reads Photoshop image resource blocks ("8BIM"), which stand
// in the APP13 segment of JPEG, in TIFF, and in Photoshop's own files, and
// hands on the IPTC, Exif and XMP blocks and the thumbnails in them (Adobe
// Photoshop File Formats Specification, "Image Resources Section").
package photoshop

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// format is a run of image resource blocks, or the file that holds one.
type format struct {
	windows *sync.Pool // of *media.Window: the buffers of walks that have ended are used again
}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// New gives the format.
func New() media.Format {
	return format{windows: &sync.Pool{New: func() any { return new(media.Window) }}}
}

// Name is "photoshop".
func (format) Name() string { return "photoshop" }

// Describe says what is read.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Photoshop files and image resource blocks",
		Types: "image/vnd.adobe.photoshop",
		Reads: "IPTC, Exif and XMP resources, caption, URLs, thumbnails",
		Not:   "layers and their names, paths, ICC profiles, pixels",
	}
}

const (
	fileSig     = "8BPS"
	resourceSig = "8BIM"
)

// Match takes the start of a file, PSD or PSB, or of a resource.
func (format) Match(head []byte) bool {
	return bytes.HasPrefix(head, []byte(resourceSig)) ||
		len(head) >= 6 && string(head[:5]) == fileSig+"\x00" && (head[5] == 1 || head[5] == 2)
}

// Walk goes from resource to resource. Captions and URLs come as one Part at the
// end, everything else nested.
func (f format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	win := f.windows.Get().(*media.Window)
	win.Reset(r, size)
	err := walkAll(r, size, v, win)
	win.Reset(nil, 0)
	f.windows.Put(win)
	return err
}

func walkAll(r io.ReaderAt, size int64, v media.Visitor, win *media.Window) error {
	w := &walk{r: r, size: size, v: v, win: win}
	start, end, err := w.section()
	if err != nil {
		return err
	}
	if err := w.resources(start, end); err != nil {
		return err
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Tags: w.tags, Off: -1})
}

// walk is the state of one Walk.
type walk struct {
	r       io.ReaderAt
	size    int64
	v       media.Visitor
	win     *media.Window
	tags    []detectors.Tag
	corrupt bool
}

func (w *walk) problem(r media.Reason) {
	if r == media.Corrupt {
		if w.corrupt {
			return
		}
		w.corrupt = true
	}
	w.v.Problem("", r)
}

// maxPixels is how many pixels a file may declare.
const maxPixels = 1 << 30

// section finds the resources: all of the content, or the second section behind
// the header of a file.
func (w *walk) section() (start, end int64, err error) {
	b, err := w.win.At(0, 30)
	if err != nil {
		return 0, 0, err
	}
	if !bytes.HasPrefix(b, []byte(fileSig)) {
		return 0, w.size, nil
	}
	if len(b) < 30 {
		return 0, 0, media.Stop("", media.Truncated)
	}
	height, width := binary.BigEndian.Uint32(b[14:]), binary.BigEndian.Uint32(b[18:])
	if uint64(height)*uint64(width) > maxPixels {
		w.problem(media.LimitPixels)
	}
	if p := media.PictureOf(w.v); p.Width == 0 && height < 1<<31 && width < 1<<31 {
		p.Width, p.Height = int(width), int(height) // thumbnails are compared with it
	}
	start = 30 + int64(binary.BigEndian.Uint32(b[26:])) // over the colour mode data
	b, err = w.win.At(start, 4)
	if err != nil {
		return 0, 0, err
	}
	if len(b) < 4 {
		return 0, 0, media.Stop("", media.Truncated)
	}
	start += 4
	end = start + int64(binary.BigEndian.Uint32(b))
	if end > w.size {
		w.problem(media.Truncated)
		end = w.size
	}
	return start, end, nil
}

// minResource is the size of an empty resource: signature, number, empty name,
// length.
const minResource = 12

// resources walks the resources between off and end.
func (w *walk) resources(off, end int64) error {
	for range media.MaxSegments {
		if end-off < minResource {
			return nil
		}
		b, err := w.win.At(off, 7)
		if err != nil {
			return err
		}
		if len(b) < 7 {
			w.problem(media.Truncated)
			return nil
		}
		if !known(string(b[:4])) {
			if b[0] != 0 || b[1] != 0 || b[2] != 0 || b[3] != 0 {
				w.problem(media.Corrupt) // else padding
			}
			return nil
		}
		id := binary.BigEndian.Uint16(b[4:])
		name := 1 + int64(b[6])
		at := off + 6 + name + name&1
		b, err = w.win.At(at, 4)
		if err != nil {
			return err
		}
		if len(b) < 4 || at+4 > end {
			w.problem(media.Corrupt)
			return nil
		}
		n := int64(binary.BigEndian.Uint32(b))
		at += 4
		cut := n > end-at
		if cut {
			w.problem(media.Corrupt)
			n = end - at
		}
		if err := w.resource(id, at, n); err != nil || cut {
			return err
		}
		off = at + n + n&1
	}
	w.problem(media.LimitSegs)
	return nil
}

// known are the signatures that programs of Adobe have written.
func known(sig string) bool {
	switch sig {
	case resourceSig, "8B64", "PHUT", "AgHg", "DCSR", "MeSa":
		return true
	}
	return false
}

// Numbers of resources.
const (
	idCaption   = 0x03F0 // a Pascal string
	idIPTC      = 0x0404
	idThumbnail = 0x0409 // of Photoshop 4
	idURL       = 0x040B
	idThumb5    = 0x040C
	idURLs      = 0x041E
	idExif      = 0x0422
	idExif3     = 0x0423
	idXMP       = 0x0424
)

// thumbnailHeader stands before the JPEG of a thumbnail.
const thumbnailHeader = 28

func (w *walk) resource(id uint16, off, n int64) error {
	if n <= 0 {
		return nil
	}
	nest := func(path string, skip int64) error {
		return w.v.Nested(path, io.NewSectionReader(w.r, off+skip, n-skip))
	}
	switch id {
	case idIPTC:
		return nest("iptc", 0)
	case idExif, idExif3:
		return nest("exif", 0)
	case idXMP:
		return nest("xmp", 0)
	case idThumbnail, idThumb5:
		return w.thumbnail(off, n)
	case idCaption, idURL, idURLs:
		b, err := media.ReadUpTo(w.r, off, min(n, maxText), w.size)
		if err != nil {
			return err
		}
		if n > maxText {
			w.problem(media.LimitBytes)
		}
		w.text(id, b)
	}
	return nil
}

// maxText is how much text of one resource is taken. A URL is short and a
// caption at most 255 bytes.
const maxText = 64 << 10

// thumbnail hands over the JPEG of a thumbnail. Those of format 0 are raw pixels.
func (w *walk) thumbnail(off, n int64) error {
	if n <= thumbnailHeader {
		return nil
	}
	b, err := w.win.At(off, thumbnailHeader+2)
	if err != nil || len(b) < thumbnailHeader+2 || b[thumbnailHeader] != 0xFF || b[thumbnailHeader+1] != 0xD8 {
		return err
	}
	return w.v.Nested("thumbnail", io.NewSectionReader(w.r, off+thumbnailHeader, n-thumbnailHeader))
}

// text keeps a caption or URL as a tag under ExifTool's name.
func (w *walk) text(id uint16, b []byte) {
	switch id {
	case idCaption:
		if len(b) > 0 && int(b[0]) < len(b) {
			b = b[1 : 1+int(b[0])]
		}
		w.tag("Caption", b)
	case idURL:
		w.tag("URL", b)
	case idURLs:
		w.urls(b)
	}
}

// urls reads a list: a count, then of each entry a tag, a number, and a string of
// UTF-16BE behind its length.
func (w *walk) urls(b []byte) {
	if len(b) < 4 {
		return
	}
	for b = b[4:]; len(b) >= 12 && len(w.tags) < maxTags; {
		n := int(min(uint64(binary.BigEndian.Uint32(b[8:]))*2, uint64(len(b)-12)))
		units := make([]uint16, 0, n/2)
		for i := 12; i+1 < 12+n; i += 2 {
			units = append(units, binary.BigEndian.Uint16(b[i:]))
		}
		w.tag("URL_List", []byte(string(utf16.Decode(units))))
		b = b[12+n:]
	}
}

const maxTags = 1024

func (w *walk) tag(name string, b []byte) {
	b = bytes.TrimRight(b, "\x00 \t\r\n")
	if len(b) > 0 && len(w.tags) < maxTags {
		w.tags = append(w.tags, detectors.Tag{Group: "Photoshop", Name: name, Value: decode(b)})
	}
}

// decode takes UTF-8 if b is that, else Windows-1252: the format names no encoding.
func decode(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}
