// Package jpeg reads the metadata segments of JPEG files (ITU-T T.81 Annex B)
// and hands their payloads on: Exif, XMP with its extension, Photoshop image
// resources; comments it decodes itself. It reads no picture data.
package jpeg

import (
	"bytes"
	"encoding/binary"
	"io"
	"sync"

	"habeas/scanner/media"
)

// format is the JPEG container.
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

// Name is "jpeg".
func (format) Name() string { return "jpeg" }

// Describe says what is read.
func (format) Describe() media.Description {
	return media.Description{
		Title: "JPEG",
		Types: "image/jpeg",
		Reads: "segments before the picture: Exif, XMP and extended XMP, Photoshop resources (IPTC), FLIR's, comments, texts in APP12; behind it what XMP or the Multi-Picture Format announces: motion photos, second pictures, originals; in files up to 64 KiB also what follows unannounced; thumbnails of another shape than the picture are told of",
		Not:   "what follows the picture of a larger file unannounced, ICC profiles, pixels",
	}
}

// Markers (T.81 table B.1).
const (
	soi   = 0xD8
	eoi   = 0xD9
	sos   = 0xDA
	app1  = 0xE1
	app12 = 0xEC
	app13 = 0xED
	com   = 0xFE
)

// Where damage is that belongs to no block.
const (
	inSegments = "segments"
	inPicture  = "picture"
)

// Signatures of segments.
const (
	exifSig      = "Exif\x00" // and one byte, 0 by the standard
	xmpSig       = "http://ns.adobe.com/xap/1.0/"
	extendedSig  = "http://ns.adobe.com/xmp/extension/\x00"
	photoshopSig = "Photoshop 3.0\x00"
)

// Match takes a start of image, and also a first segment without one.
func (format) Match(head []byte) bool {
	if len(head) == 2 && head[0] == 0xFF && head[1] == soi {
		return true
	}
	if len(head) >= 3 && head[0] == 0xFF && head[1] == soi {
		return head[2] == 0xFF
	}
	if len(head) < 10 || head[0] != 0xFF {
		return false
	}
	return head[1] == app1 && string(head[4:9]) == exifSig || head[1] == 0xE0 && string(head[4:9]) == "JFIF\x00"
}

// Walk finds the segments of interest up to the picture and then hands them out
// in file order, each kind joined from its pieces.
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
	if err := w.segments(); err != nil {
		return err
	}
	if err := w.compare(); err != nil {
		return err
	}
	return w.handOver()
}

// walk is the state of one Walk.
type walk struct {
	r    io.ReaderAt
	size int64
	v    media.Visitor
	win  *media.Window

	blocks   []block
	extended []extension
	trailer  int64 // offset of what follows the picture; 0 if nothing does, or nobody looked

	width, height int     // of the frame; 0 if none was met
	baseline      bool    // the frame is a plain one
	index         piece   // of the Multi-Picture Format
	given         []piece // copies that were handed on

	corrupt, truncated bool

	list *[]span // of all segments, for Strip; nil for a Walk
}

// kind is what a block holds.
type kind uint8

const (
	exifBlock kind = iota
	xmpBlock
	extendedBlock // stands for all of walk.extended
	photoshopBlock
	infoBlock
	comment
	flirBlock
)

var paths = [...]string{exifBlock: "app1/exif", xmpBlock: "app1/xmp", extendedBlock: "app1/extended/xmp", photoshopBlock: "app13/irb", infoBlock: "app12", comment: "com", flirBlock: "app1/flir"}

// block is a payload that may come in several segments.
type block struct {
	kind   kind
	pieces []piece
	full   bool // the last segment was as long as a segment can be: more may follow
}

type piece struct{ off, n int64 }

// maxBlocks is how many blocks of metadata a file may hold. Real ones have fewer
// than ten.
const maxBlocks = 256

// fullSegment is the length from which on a segment counts as full. Writers that
// split do not all go up to 65,535.
const fullSegment = 60_000

func (w *walk) problem(path string, r media.Reason) {
	switch r {
	case media.Corrupt:
		if w.corrupt {
			return
		}
		w.corrupt = true
	case media.Truncated:
		if w.truncated {
			return
		}
		w.truncated = true
	}
	w.v.Problem(path, r)
}

// segments walks the markers up to the picture.
func (w *walk) segments() error {
	off := int64(0)
	if b, err := w.win.At(0, 2); err != nil {
		return err
	} else if len(b) == 2 && b[0] == 0xFF && b[1] == soi {
		off = 2
	} else {
		w.problem(inSegments, media.Corrupt)
	}
	for range media.MaxSegments {
		marker, at, err := w.marker(off)
		if err != nil || at < 0 {
			return err
		}
		switch {
		case marker == eoi:
			return w.end(at + 2)
		case marker == soi || marker == 0x01 || marker >= 0xD0 && marker <= 0xD7:
			off = at + 2 // no length
			continue
		}
		b, err := w.win.At(at+2, 2)
		if err != nil {
			return err
		}
		if len(b) < 2 {
			w.problem(inSegments, media.Truncated)
			return nil
		}
		n := int64(binary.BigEndian.Uint16(b))
		if n < 2 {
			w.problem(inSegments, media.Corrupt)
			off = at + 2 // the next marker is looked for
			continue
		}
		if err := w.segment(marker, at+4, min(n-2, w.size-at-4), n-2 >= fullSegment); err != nil {
			return err
		}
		if at+2+n > w.size {
			w.problem(inSegments, media.Truncated)
			return nil
		}
		if off = at + 2 + n; marker == sos {
			return w.picture(off)
		}
	}
	w.problem(inSegments, media.LimitSegs)
	return nil
}

// maxGarbage is how far a marker is looked for where none stands.
const maxGarbage = 64 << 10

// marker finds the next marker at or after off and where it stands, -1 if there
// is none. Fill bytes before it are part of the format (T.81, B.1.1.2).
func (w *walk) marker(off int64) (marker byte, at int64, err error) {
	garbage := false
	for end := off + maxGarbage; off < end; {
		b, err := w.win.At(off, 512)
		if err != nil {
			return 0, -1, err
		}
		if len(b) < 2 {
			w.problem(inSegments, media.Truncated)
			return 0, -1, nil
		}
		if b[0] == 0xFF && b[1] != 0xFF && b[1] != 0 {
			if !garbage || likely(b[1]) {
				return b[1], off, nil
			}
			off++
			continue
		}
		if b[0] != 0xFF {
			garbage = true
			w.problem(inSegments, media.Corrupt)
		}
		if i := bytes.IndexByte(b[1:], 0xFF); i >= 0 {
			off += int64(i) + 1
		} else {
			off += int64(len(b))
		}
	}
	w.problem(inSegments, media.Corrupt)
	return 0, -1, nil
}

// likely are the markers that a search through garbage accepts: those that real
// files have between start and picture.
func likely(m byte) bool {
	return m >= 0xC0 && m <= 0xCF || m >= 0xD9 && m <= 0xDD || m >= 0xE0 && m <= 0xEF || m == com
}

// segment keeps the segment with n bytes of payload at off if it holds metadata.
func (w *walk) segment(marker byte, off, n int64, full bool) error {
	if w.list != nil {
		*w.list = append(*w.list, span{marker: marker, off: off - 4, n: n + 4})
	}
	if n > 0 && (isFrame(marker) || marker == app2) {
		return w.aside(marker, off, n)
	}
	if n <= 0 || marker != app1 && marker != app12 && marker != app13 && marker != com {
		return nil
	}
	if marker == com {
		if i := len(w.blocks) - 1; i >= 0 && w.blocks[i].kind == comment && w.blocks[i].full {
			w.addOrJoin(comment, off, n, full) // one comment too long for a segment
		} else {
			w.add(comment, off, n, full)
		}
		return nil
	}
	b, err := w.win.At(off, int(min(n, 128)))
	if err != nil {
		return err
	}
	switch {
	case marker == app13 && bytes.HasPrefix(b, []byte(photoshopSig)):
		w.addOrJoin(photoshopBlock, off+int64(len(photoshopSig)), n-int64(len(photoshopSig)), full)
	case marker == app12:
		w.add(infoBlock, off, n, false)
	case marker == app13: // Adobe's older forms, and others'
	case len(b) > 5 && bytes.EqualFold(b[:5], []byte(exifSig)):
		w.exif(b[6:], off+6, n-6, full)
	case bytes.HasPrefix(b, []byte(xmpSig)):
		skip := int64(len(xmpSig))
		if n > skip && b[skip] == 0 {
			skip++
		}
		w.add(xmpBlock, off+skip, n-skip, false)
	case bytes.HasPrefix(b, []byte(flirSig)):
		w.addOrJoin(flirBlock, off+flirHeader, n-flirHeader, false)
	case bytes.HasPrefix(b, []byte(extendedSig)):
		w.extension(b[len(extendedSig):], off+int64(len(extendedSig)), n-int64(len(extendedSig)))
	}
	return nil
}

// exif starts an Exif block, or goes on with one that needs several segments: the
// first of those has a TIFF header, the others have not.
func (w *walk) exif(head []byte, off, n int64, full bool) {
	switch {
	case isTIFF(head):
		w.add(exifBlock, off, n, full)
	case w.last(exifBlock) != nil && w.last(exifBlock).full:
		w.addOrJoin(exifBlock, off, n, full)
	default:
		w.problem(paths[exifBlock], media.Corrupt)
	}
}

func isTIFF(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch string(b[:4]) {
	case "II*\x00", "MM\x00*", "II+\x00", "MM\x00+":
		return true
	}
	return false
}

func (w *walk) last(k kind) *block {
	for i := len(w.blocks) - 1; i >= 0; i-- {
		if w.blocks[i].kind == k {
			return &w.blocks[i]
		}
	}
	return nil
}

func (w *walk) add(k kind, off, n int64, full bool) {
	if n <= 0 {
		return
	}
	if len(w.blocks) >= maxBlocks {
		if len(w.blocks) == maxBlocks {
			w.v.Problem(inSegments, media.LimitSegs)
			w.blocks = append(w.blocks, block{kind: k}) // empty: told once
		}
		return
	}
	w.blocks = append(w.blocks, block{kind: k, pieces: []piece{{off, n}}, full: full})
}

// addOrJoin goes on with the last block of kind k if there is one.
func (w *walk) addOrJoin(k kind, off, n int64, full bool) {
	b := w.last(k)
	if b == nil || len(b.pieces) == 0 {
		w.add(k, off, n, full)
		return
	}
	if n > 0 {
		b.pieces, b.full = append(b.pieces, piece{off, n}), full
	}
}
