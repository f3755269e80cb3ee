// Package isobmff walks the boxes of ISO base media files (ISO/IEC 14496-12):
// now HEIF (ISO/IEC 23008-12: HEIC, AVIF and the like). It reads box headers and
// the items that hold metadata, wherever in the file they lie; coded pictures
// are never read.
//
// box.go is the box walker and knows no box; items.go finds what a meta box
// says of items.
package isobmff

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// uuidXMP is be7acfcb-97a9-42e8-9c71-999491e3afac (XMP part 3, 1.1.4).
const uuidXMP = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "isobmff" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "HEIC, HEIF, AVIF",
		Types: "image/heic, image/heif, image/avif, image/heic-sequence, image/heif-sequence",
		Reads: "Exif and XMP items, XMP in uuid boxes, descriptions of pictures (udes), the video of a motion photo",
		Not:   "content credentials (C2PA); metadata of tracks in image sequences is called unsupported where there is any",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	t := media.BrandType(head)
	return strings.HasPrefix(t, "image/hei") || t == "image/avif"
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	if err := w.children("", 0, size, 1, w.top); err != nil {
		return err
	}
	// Only now is it known whether the file was cut: what a meta box points at
	// and nobody finds is then called truncated, otherwise corrupt.
	for _, b := range w.metas {
		if err := w.meta(b, 2); err != nil {
			return err
		}
	}
	return nil
}

// walk is the state of one Walk.
type walk struct {
	win    media.Window
	v      media.Visitor
	budget *media.Budget
	metas  []box // of the file
	cut    bool  // the file ends before its boxes do
	pixels bool  // limit.pixels was told
	steps  int   // of putting items together
	joined int64 // bytes of items that were put together
	given  map[span]bool
}

// top takes a box of the file itself.
func (w *walk) top(b box) error {
	switch b.kind {
	case "meta":
		w.metas = append(w.metas, b)
	case "moov":
		return w.children("moov", b.body, b.end, 2, w.track)
	case "uuid":
		if b.uuid == uuidXMP {
			return w.section("uuid/xmp", b.body, b.end)
		}
	case "mpvd": // a motion photo's video
		return w.section("mpvd", b.body, b.end)
	}
	return nil
}

// track looks whether a sequence holds metadata of its own.
func (w *walk) track(b box) error {
	switch b.kind {
	case "udta", "meta":
		w.v.Problem("moov", media.Unsupported)
	case "uuid":
		if b.uuid == uuidXMP {
			return w.section("moov/uuid/xmp", b.body, b.end)
		}
	}
	return nil
}

func (w *walk) section(path string, off, end int64) error {
	if end <= off {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(w.win.R, off, end-off))
}

func (w *walk) memory(path string, d []byte) error {
	if len(d) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(d), 0, int64(len(d))))
}

// meta reads a MetaBox (8.11.1). Its children may come in any order, so they
// are looked up first.
func (w *walk) meta(b box, depth int) error {
	off := b.body + 4 // version and flags
	if h, err := w.win.At(b.body, 8); err != nil {
		return err
	} else if len(h) == 8 && string(h[4:]) == "hdlr" {
		off = b.body // QuickTime's has none
	}
	var t tables
	err := w.children("meta", off, b.end, depth, func(c box) error {
		switch c.kind {
		case "iinf":
			t.iinf = c
		case "iloc":
			t.iloc = c
		case "iref":
			t.iref = c
		case "idat":
			t.idat = c
		case "iprp":
			return w.properties(c, depth+1)
		case "meta":
			return w.meta(c, depth+1)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.items(&t)
}

// properties reads ipco inside iprp (ISO/IEC 23008-12, 9.3).
func (w *walk) properties(b box, depth int) error {
	return w.children("meta", b.body, b.end, depth, func(c box) error {
		if c.kind != "ipco" {
			return nil
		}
		return w.children("meta", c.body, c.end, depth+1, w.property)
	})
}

func (w *walk) property(b box) error {
	switch b.kind {
	case "ispe": // 6.5.3: version and flags, width, height
		h, err := w.win.At(b.body, 12)
		if err != nil || len(h) < 12 || b.size() < 12 || w.pixels {
			return err
		}
		if uint64(binary.BigEndian.Uint32(h[4:]))*uint64(binary.BigEndian.Uint32(h[8:])) > media.MaxPixels {
			w.pixels = true
			w.v.Problem("", media.LimitPixels)
		}
	case "udes": // 6.5.20: version and flags, then language, name, description, tags
		d, err := media.ReadUpTo(w.win.R, b.body, min(b.size(), 1<<20), w.win.Size)
		if err != nil || len(d) < 4 {
			return err
		}
		var tags []detectors.Tag
		for i, s := range bytes.SplitN(d[4:], []byte{0}, 5) {
			v := strings.TrimSpace(strings.ToValidUTF8(string(bytes.Trim(s, "\x00")), "\uFFFD"))
			if name := [...]string{"", "Name", "Description", "Tags", ""}[i]; name != "" && v != "" {
				tags = append(tags, detectors.Tag{Group: "meta", Name: name, Value: v})
			}
		}
		if len(tags) > 0 {
			return w.v.Part(&detectors.Part{Path: "meta/udes", Tags: tags, Off: -1})
		}
	}
	return nil
}
