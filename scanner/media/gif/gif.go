// Package gif walks GIF files (GIF89a specification, CompuServe 1990). It goes
// from block to block and keeps those that hold metadata: comments, plain text,
// and the application blocks of XMP (XMP part 3, 1.1.2), IPTC and Photoshop.
package gif

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
func (format) Name() string { return "gif" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "GIF",
		Types: "image/gif",
		Reads: "comments, plain text, XMP, IPTC and Photoshop blocks, what follows the picture",
		Not:   "application blocks that nobody documents",
	}
}

// Match implements media.Format. Behind "GIF8" the version may be a broken one,
// unless what follows is a text.
func (format) Match(head []byte) bool {
	return known(head) || bytes.HasPrefix(head, []byte("GIF8")) && len(head) >= 13 && bytes.ContainsAny(head[6:13], "\x00\x80\xf7")
}

func known(head []byte) bool {
	return bytes.HasPrefix(head, []byte("GIF89a")) || bytes.HasPrefix(head, []byte("GIF87a"))
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{r: r, size: size, v: v}
	if err := w.file(); err != nil {
		return err
	}
	return w.flush()
}

// ahead is what is read at once: all of a file has to be gone through, since no
// block says where the next but one begins.
const ahead = 64 << 10

// flushAt bounds what the tags of one part hold.
const flushAt = 4 << 20

type walk struct {
	r    io.ReaderAt
	size int64
	v    media.Visitor
	buf  []byte
	off  int64 // of buf
	tags []detectors.Tag
	held int

	heard func(label byte, start, end int64) error // told of every extension, for Strip; nil for a Walk
}

// at is the n bytes at off, at most 1 KiB, valid until the next call; fewer where
// the file ends.
func (w *walk) at(off int64, n int) ([]byte, error) {
	if off >= w.size {
		return nil, nil
	}
	n = int(min(int64(n), w.size-off))
	if i := off - w.off; i >= 0 && i+int64(n) <= int64(len(w.buf)) {
		return w.buf[i : i+int64(n)], nil
	}
	m := int(min(ahead, w.size-off))
	if cap(w.buf) < m {
		w.buf = make([]byte, m)
	}
	w.buf, w.off = w.buf[:m], off
	k, err := w.r.ReadAt(w.buf, off)
	w.buf = w.buf[:k]
	if err != nil && k < n && err != io.EOF {
		return nil, err
	}
	return w.buf[:min(n, k)], nil
}

func (w *walk) stop(r media.Reason) error {
	w.v.Problem("", r)
	return nil
}

// file reads the screen and the blocks (sections 17 to 27).
func (w *walk) file() error {
	h, err := w.at(0, 13)
	if err != nil {
		return err
	}
	if len(h) < 13 {
		return w.stop(media.Truncated)
	}
	if !known(h) {
		w.v.Problem("", media.Corrupt)
	}
	width, height := uint64(binary.LittleEndian.Uint16(h[6:])), uint64(binary.LittleEndian.Uint16(h[8:]))
	if width*height > media.MaxPixels {
		w.v.Problem("", media.LimitPixels)
	}
	media.Measured(w.v, width, height)
	off := 13 + table(h[10])
	for n := 0; ; n++ {
		if n == media.MaxSegments {
			return w.stop(media.LimitSegs)
		}
		h, err := w.at(off, 14)
		if err != nil {
			return err
		}
		if len(h) == 0 {
			return w.stop(media.Truncated)
		}
		switch {
		case h[0] == 0x3b:
			return w.trailer(off + 1)
		case h[0] == 0x2c && len(h) >= 10:
			off, err = w.skip(off + 10 + table(h[9]) + 1) // the width of codes comes before the data
		case h[0] == 0x21 && len(h) >= 2:
			off, err = w.extended(h[1], off)
		case h[0] == 0: // some writers end a block twice
			off++
		case len(h) < 10:
			return w.stop(media.Truncated)
		default:
			return w.stop(media.Corrupt)
		}
		if err != nil {
			return err
		}
		if off > w.size {
			return w.stop(media.Truncated)
		}
	}
}

// extended reads the extension whose introducer stands at off.
func (w *walk) extended(label byte, off int64) (end int64, err error) {
	end, err = w.extension(label, off+2)
	if err == nil && w.heard != nil {
		err = w.heard(label, off, end)
	}
	return end, err
}

// table is the size of the colour table that flags announce.
func table(flags byte) int64 {
	if flags&0x80 == 0 {
		return 0
	}
	return 3 << (flags&7 + 1)
}

// skip is where the sub-blocks at off end (section 15); beyond the size of the
// file where they do not.
func (w *walk) skip(off int64) (int64, error) {
	for {
		h, err := w.at(off, 1)
		if err != nil {
			return 0, err
		}
		if len(h) == 0 {
			return w.size + 1, nil
		}
		off += 1 + int64(h[0])
		if h[0] == 0 {
			return off, nil
		}
	}
}

// gather joins the sub-blocks at off, as many as there are.
func (w *walk) gather(path string, off int64) (data []byte, end int64, err error) {
	for {
		h, err := w.at(off, 256)
		if err != nil {
			return nil, 0, err
		}
		if len(h) == 0 {
			return data, w.size + 1, nil
		}
		n := int(h[0])
		off += 1 + int64(n)
		if n == 0 {
			return data, off, nil
		}
		if len(data) > media.MaxBlock {
			w.v.Problem(path, media.LimitBytes)
			end, err := w.skip(off)
			return data, end, err
		}
		data = append(data, h[1:min(1+n, len(h))]...)
	}
}

// extension reads one (sections 23 to 26) and tells where it ends.
func (w *walk) extension(label byte, off int64) (end int64, err error) {
	switch label {
	case 0xfe:
		data, end, err := w.gather("", off)
		if err != nil {
			return 0, err
		}
		return end, w.tag("Comment", data)
	case 0x01: // twelve bytes of where it is drawn, then the text
		h, err := w.at(off, 1)
		if err != nil || len(h) == 0 {
			return w.size + 1, err
		}
		data, end, err := w.gather("", off+1+int64(h[0]))
		if err != nil {
			return 0, err
		}
		return end, w.tag("Text", data)
	case 0xff:
		return w.application(off)
	}
	return w.skip(off)
}

// application reads an application block: eleven bytes that name it, then its
// data.
func (w *walk) application(off int64) (end int64, err error) {
	h, err := w.at(off, 12)
	if err != nil {
		return 0, err
	}
	if len(h) < 12 || h[0] != 11 {
		return w.skip(off)
	}
	name, body := string(h[1:12]), off+12
	switch name {
	case "XMP DataXMP":
		return w.xmp(body)
	case "MGKIPTC0000", "MGK8BIM0000":
		path := "iptc"
		if name == "MGK8BIM0000" {
			path = "irb"
		}
		data, end, err := w.gather(path, body)
		if err != nil || len(data) == 0 {
			return end, err
		}
		if path == "iptc" && bytes.HasPrefix(data, []byte("8BIM")) {
			path = "irb"
		}
		return end, w.v.Nested(path, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data))))
	}
	return w.skip(body)
}

// xmp finds a packet, which is stored as it is and not in sub-blocks: readers that
// take its characters for lengths land in a ramp of 256 bytes behind it, which
// leads them to its end.
func (w *walk) xmp(off int64) (end int64, err error) {
	if end, err = w.skip(off); err != nil {
		return 0, err
	}
	stop := min(end, w.size)
	const ramp = 258
	if n := stop - ramp; n > off {
		b, err := w.at(n, 3)
		if err != nil {
			return 0, err
		}
		if string(b) == "\x01\xff\xfe" {
			stop = n
		}
	}
	if stop <= off {
		return end, nil
	}
	return end, w.v.Nested("xmp", io.NewSectionReader(w.r, off, stop-off))
}

// trailer hands on what follows the picture.
func (w *walk) trailer(off int64) error {
	head, err := w.at(off, 1<<10)
	if err != nil || len(bytes.Trim(head, "\x00\r\n\t ")) == 0 {
		return err
	}
	return w.v.Nested("trailer", io.NewSectionReader(w.r, off, w.size-off))
}

func (w *walk) tag(name string, b []byte) error {
	s := strings.Trim(media.Legacy(b), "\x00 \t\r\n")
	if s == "" {
		return nil
	}
	w.tags = append(w.tags, detectors.Tag{Group: "GIF", Name: name, Value: s})
	if w.held += len(s); w.held > flushAt {
		return w.flush()
	}
	return nil
}

func (w *walk) flush() error {
	if len(w.tags) == 0 {
		return nil
	}
	err := w.v.Part(&detectors.Part{Path: "text", Tags: w.tags, Off: -1})
	w.tags, w.held = w.tags[:0], 0
	return err
}
