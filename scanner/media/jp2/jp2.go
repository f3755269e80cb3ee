// Package jp2 walks the pictures of the JPEG committee that are made of boxes:
// JPEG 2000 (JP2, JPX, JPM, MJ2 and bare codestreams; ISO/IEC 15444-1 and -2) and
// JPEG XL (ISO/IEC 18181-2). It reads box headers, the boxes that hold metadata,
// and the main header of a JPEG 2000 codestream; coded pictures are stepped over.
//
// box.go is the box walker, jp2.go and jxl.go know what boxes mean.
package jp2

import (
	"encoding/binary"
	"io"
	"strings"

	"habeas/scanner/media"
)

const (
	jp2Signature  = "\x00\x00\x00\x0cjP  \r\n\x87\n"
	jp2Codestream = "\xff\x4f\xff\x51\x00"
)

// uuids are the boxes of vendors that hold metadata, by their 16 bytes.
var uuids = map[string]string{
	"JpgTiffExif->JP2": "uuid/exif",
	"\x05\x37\xcd\xab\x9d\x0c\x44\x31\xa7\x2a\xfa\x56\x1f\x2a\x11\x3e": "uuid/exif",
	"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac": "uuid/xmp", // XMP part 3, 1.1.4
	"\x33\xc7\xa4\xd2\xb8\x1d\x47\x23\xa0\xba\xf1\xa3\xe0\x97\xad\x38": "uuid/iptc",
	"\x09\xa1\x4e\x97\xc0\xb4\x42\xe0\xbe\xbf\x36\xdf\x6f\x0c\xe3\x6f": "uuid/iptc",
	"\x2c\x4c\x01\x00\x85\x04\x40\xb9\xa0\x3e\x56\x21\x48\xd6\xdf\xeb": "uuid/irb",
	"\xb1\x4b\xf8\xbd\x08\x3d\x4b\x43\xa5\xae\x8c\xd7\xd5\xa6\xce\x03": "uuid/geojp2", // a small GeoTIFF
}

// New gives the format of JPEG 2000.
func New() media.Format { return jp2{} }

type jp2 struct{}

var _ media.Format = jp2{}
var _ media.Describer = jp2{}

// Name implements media.Format.
func (jp2) Name() string { return "jp2" }

// Describe implements media.Describer.
func (jp2) Describe() media.Description {
	return media.Description{
		Title: "JPEG 2000",
		Types: "image/jp2, image/jpx, image/jpm, image/x-jp2-codestream",
		Reads: "uuid boxes with Exif, XMP, IPTC, Photoshop resources and GeoJP2; XML, label and URL boxes; comments of the codestream",
		Not:   "movies of MJ2, which are called unsupported",
	}
}

// Match implements media.Format.
func (jp2) Match(head []byte) bool {
	s := string(head[:min(len(head), 12)])
	return strings.HasPrefix(s, jp2Signature) || strings.HasPrefix(s, jp2Codestream) ||
		len(s) >= 8 && len(s) < 12 && strings.HasPrefix(jp2Signature, s)
}

// Walk implements media.Format.
func (jp2) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{win: media.Window{R: r, Size: size}, v: v}
	head, err := w.win.At(0, 12)
	if err != nil {
		return err
	}
	if strings.HasPrefix(string(head), jp2Codestream) {
		err = w.codestream(0, size)
	} else {
		err = w.boxes("", 0, size, 1, w.jp2Box)
	}
	if err != nil {
		return err
	}
	return w.flush()
}

func (w *walk) jp2Box(b box, depth int) error {
	switch b.kind {
	case "jp2h", "asoc", "uinf", "jpch", "jplh", "page", "lobj", "ftbl":
		return w.boxes(strings.TrimSpace(b.kind), b.body, b.end, depth+1, w.jp2Box)
	case "ihdr": // I.5.3.1: height, width
		h, err := w.win.At(b.body, 8)
		if err != nil || len(h) < 8 {
			return err
		}
		w.pixels(uint64(binary.BigEndian.Uint32(h[4:])), uint64(binary.BigEndian.Uint32(h)))
	case "xml ":
		return w.section("xml", b.body, b.end)
	case "lbl ":
		return w.text("Label", b.body, b.end)
	case "url ":
		return w.text("URL", min(b.body+4, b.end), b.end) // version and flags
	case "uuid":
		return w.uuid(b)
	case "jp2c":
		return w.codestream(b.body, b.end)
	case "moov":
		w.v.Problem("moov", media.Unsupported)
	}
	return nil
}

func (w *walk) uuid(b box) error {
	id, err := w.win.At(b.body, 16)
	if err != nil || len(id) < 16 || b.end-b.body < 16 {
		return err
	}
	path := uuids[string(id)]
	switch path {
	case "":
		return nil
	case "uuid/exif":
		return w.exif(path, b.body+16, b.end)
	}
	return w.section(path, b.body+16, b.end)
}

// codestream reads the main header (annex A): markers up to the first tile.
func (w *walk) codestream(off, end int64) error {
	off += 2 // start of codestream
	for n := 0; off < end; n++ {
		if n == media.MaxSegments {
			w.v.Problem("codestream", media.LimitSegs)
			return nil
		}
		h, err := w.win.At(off, 16)
		if err != nil {
			return err
		}
		if len(h) < 4 {
			w.v.Problem("codestream", media.Truncated)
			return nil
		}
		marker, length := binary.BigEndian.Uint16(h), int64(binary.BigEndian.Uint16(h[2:]))
		switch {
		case marker == 0xff90 || marker == 0xffd9: // a tile; the end
			return nil
		case marker < 0xff30 || length < 2:
			w.v.Problem("codestream", media.Corrupt)
			return nil
		case marker == 0xff51 && len(h) >= 14: // SIZ, A.5.1
			w.pixels(uint64(binary.BigEndian.Uint32(h[6:])), uint64(binary.BigEndian.Uint32(h[10:])))
		case marker == 0xff64 && length > 4: // COM, A.9.2: text in Latin letters, else binary
			if h[4] == 0 && len(h) > 5 && h[5] == 1 {
				if err := w.text("Comment", off+6, min(off+2+length, end)); err != nil {
					return err
				}
			}
		}
		off += 2 + length
	}
	w.v.Problem("codestream", media.Truncated)
	return nil
}
