package tiff

import (
	"bytes"
	"io"

	"habeas/scanner/media"
)

// maxPixels is how many pixels a directory may declare: as many as libheif takes.
const maxPixels = 1 << 30

// fileBlock keeps an entry that holds a metadata block or a whole picture.
func (w *walk) fileBlock(e entry, d *dir) bool {
	var name string
	switch {
	case e.id == tagXMP:
		name = "xmp"
	case e.id == tagIPTC:
		name = "iptc"
	case e.id == tagPhotoshop:
		name = "irb"
	case e.id == tagPanasonicJPEG && w.rw2:
		name = "jpgfromraw"
	case e.id == tagMakerNote || e.id == tagDNGPrivate && d.path == "ifd0":
		w.keepNote(e)
		return true
	default:
		return false
	}
	if e.size > int64(len(e.inline)) {
		if d.path != "ifd0" {
			name = d.path + "/" + name
		}
		w.blocks = append(w.blocks, block{path: name, entry: e})
	}
	return true
}

// fileImage keeps what an entry says of stored pixels.
func (w *walk) fileImage(e entry, m *image) bool {
	var to *uint64
	switch e.id {
	case tagSubfileType:
		to = &m.subfile
	case tagCompression:
		to = &m.compression
	case tagImageWidth:
		to = &m.width
	case tagImageHeight:
		to = &m.height
	case tagTileWidth:
		to = &m.tileWidth
	case tagTileLength:
		to = &m.tileHeight
	case tagJPEGOffset:
		to = &m.jpegOff
	case tagJPEGLength:
		to = &m.jpegLen
	case tagStripOffsets, tagTileOffsets:
		m.parts = e
		return true
	case tagStripCounts, tagTileCounts:
		m.counts = e
		return true
	default:
		return false
	}
	if e.size <= int64(len(e.inline)) {
		*to, _, _ = w.integer(&e, 0) // inline: no read that could fail
	}
	return true
}

// handOver nests the blocks and pictures that were found.
func (w *walk) handOver() error {
	for i := range w.blocks {
		b := &w.blocks[i]
		s := io.NewSectionReader(w.win.r, b.entry.off, b.entry.size)
		if b.entry.id == tagIPTC {
			var err error
			if s, err = w.iptc(&b.entry, s); err != nil {
				return err
			}
		}
		if err := w.v.Nested(b.path, s); err != nil {
			return err
		}
	}
	var width, height uint64 // of the largest: raw files begin with a small copy
	for i := range w.dirs {
		if d := &w.dirs[i]; d.kind == imageDir {
			if m := &d.image; m.width < 1<<31 && m.height < 1<<31 && m.width*m.height > width*height {
				width, height = m.width, m.height
			}
			if err := w.picture(d); err != nil {
				return err
			}
		}
	}
	media.Measured(w.v, width, height)
	return nil
}

// iptc undoes what some writers do: they declare the block as 32 bit numbers and
// store them in the byte order of the file. A record starts with 0x1C, so the
// first number shows it.
func (w *walk) iptc(e *entry, s *io.SectionReader) (*io.SectionReader, error) {
	if e.typ != typeLong || e.size > media.MaxBlock {
		return s, nil
	}
	b, err := w.win.at(e.off, 4)
	if err != nil || len(b) < 4 || b[0] == 0x1C || b[3] != 0x1C {
		return s, err
	}
	b, err = media.ReadUpTo(w.win.r, e.off, e.size, w.win.size)
	if err != nil {
		return nil, err
	}
	for i := 0; i+4 <= len(b); i += 4 {
		b[i], b[i+1], b[i+2], b[i+3] = b[i+3], b[i+2], b[i+1], b[i]
	}
	return io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), nil
}

// picture checks that the pixels a directory describes can be there, and nests
// them if they are a JPEG of their own: a thumbnail or a preview, which may hold
// metadata that the file around it lost.
func (w *walk) picture(d *dir) error {
	path, off, n, err := w.pictureOf(d)
	if err != nil || n == 0 {
		return err
	}
	return w.v.Nested(path, io.NewSectionReader(w.win.r, off, n))
}

// pictureOf is where the JPEG of a directory stands; n is 0 if it has none.
func (w *walk) pictureOf(d *dir) (path string, off, n int64, err error) {
	w.where = d.path
	m := &d.image
	if tooMany(m.width, m.height) || tooMany(m.tileWidth, m.tileHeight) {
		w.problem(media.LimitPixels)
	}
	at, length, err := w.extent(m)
	if err != nil {
		return "", 0, 0, err
	}
	name := "/preview"
	switch {
	case m.jpegOff > 0 && m.jpegLen > 0:
		at, length = m.jpegOff, m.jpegLen
		if d.path == "ifd1" {
			name = "/thumbnail"
		}
	case d.path == "ifd0" && m.compression == 6 && w.isCR2():
		// Canon stores the preview as a strip of the first directory.
	case m.subfile&1 == 0 || (m.compression != 6 && m.compression != 7):
		return "", 0, 0, nil // not a reduced picture in JPEG: TIFF 6.0 section 22, TIFF technical note 2
	}
	size := uint64(w.win.size)
	if at >= size || length == 0 {
		if length > 0 {
			w.outside(int64(min(at, 1<<62)))
		}
		return "", 0, 0, nil
	}
	if length > size-at {
		w.outside(int64(min(at, 1<<62) + min(length, 1<<62)))
		length = size - at
	}
	head, err := w.win.at(int64(at), 2)
	if err != nil || string(head) != "\xFF\xD8" {
		return "", 0, 0, err // pixels that are not JPEG, or nothing where a thumbnail was cut out
	}
	return d.path + name, int64(at), int64(length), nil
}

// isCR2 tells Canon's raw pictures, which say so behind the header.
func (w *walk) isCR2() bool {
	b, err := w.win.at(8, 3)
	return err == nil && string(b) == "CR\x02"
}

// extent gives the place of a picture that is stored in one piece, 0 and 0 for
// any other, and reports one whose last piece runs past the end.
func (w *walk) extent(m *image) (off, n uint64, err error) {
	if m.parts.count == 0 || m.parts.count != m.counts.count || !near(&m.parts) || !near(&m.counts) {
		return 0, 0, nil
	}
	last := m.parts.count - 1
	off, ok, err := w.integer(&m.parts, last)
	if err != nil || !ok {
		return 0, 0, err
	}
	n, ok, err = w.integer(&m.counts, last)
	if err != nil || !ok {
		return 0, 0, err
	}
	if size := uint64(w.win.size); off > size || n > size-off {
		w.outside(int64(min(off, 1<<62) + min(n, 1<<62)))
	}
	if last > 0 {
		return 0, 0, nil
	}
	return off, n, nil
}

// nearLimit is up to where a table of strips is looked at: what a source reads
// with the head. A request of its own would only tell whether pixels were cut.
const nearLimit = 64 << 10

func near(e *entry) bool { return e.off+e.size <= nearLimit }

func tooMany(w, h uint64) bool { return w > 0 && h > maxPixels/w }
