// Package tiff reads TIFF: whole files (TIFF, BigTIFF, and the camera RAW
// formats that are TIFF inside) and the Exif blocks of other containers, which
// are small TIFF files.
//
// Values of Exif are decoded by goexif, but nothing of a file reaches it as it
// stands: a tolerant reader of our own walks the directories first, under fixed
// limits, and hands goexif a small block that it wrote itself from the entries
// that passed (see goexif.go). What goexif has no names for, and what it would
// refuse, this package decodes.
package tiff

import (
	"encoding/binary"
	"io"
	"slices"
	"sync"

	"habeas/detectors"
	"habeas/scanner/media"
)

// format is the TIFF container.
type format struct {
	walks *sync.Pool // of *walk: the buffers of those that have ended are used again
}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// New gives the format.
func New() media.Format {
	return format{walks: &sync.Pool{New: func() any { return new(walk) }}}
}

// Name is "tiff".
func (format) Name() string { return "tiff" }

// Describe says what is read.
func (format) Describe() media.Description {
	return media.Description{
		Title: "TIFF, Exif and TIFF-based RAW",
		Types: "image/tiff,image/x-adobe-dng,image/x-canon-cr2,image/x-nikon-nef,image/x-sony-arw,image/x-pentax-pef,image/x-olympus-orf,image/x-panasonic-rw2,image/jxr",
		Reads: "IFD0 and all that follow it, SubIFDs, Exif, GPS and Interoperability IFDs; XMP, IPTC and Photoshop blocks; names, serial numbers and places in maker notes; JPEG thumbnails and previews",
		Not:   "other fields of maker notes and what is enciphered there, ICC profiles, pixels",
	}
}

// exifPrefix stands before the TIFF header in JPEG, and by mistake elsewhere.
const exifPrefix = "Exif\x00"

// Match takes the byte order mark and any of the magic numbers in use.
func (format) Match(head []byte) bool {
	if len(head) > 6 && string(head[:5]) == exifPrefix {
		head = head[6:]
	}
	_, ok := readMagic(head)
	return ok
}

// variant is a dialect of the header.
type variant struct {
	order binary.ByteOrder
	big   bool // BigTIFF: 8 byte counts and offsets
	rw2   bool // Panasonic: tags below 0x100 are its own
}

// readMagic reads the first four bytes of a TIFF header. Besides 42 there are
// 43 (BigTIFF), "RO" and "RS" (Olympus), 0x55 (Panasonic) and 0x01BC (JPEG XR).
func readMagic(b []byte) (variant, bool) {
	if len(b) < 4 {
		return variant{}, false
	}
	var v variant
	switch string(b[:2]) {
	case "II":
		v.order = binary.LittleEndian
	case "MM":
		v.order = binary.BigEndian
	default:
		return v, false
	}
	switch v.order.Uint16(b[2:]) {
	case 42, 'R'<<8 | 'O', 'O'<<8 | 'R', 'R'<<8 | 'S', 'S'<<8 | 'R', 0x01BC:
	case 43:
		v.big = true
	case 0x55:
		v.rw2 = true
	default:
		return v, false
	}
	return v, true
}

// Walk gives the decoded tags of all directories as one Part, and then, nested,
// the metadata blocks and JPEG pictures they point to.
func (f format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	if size < 8 {
		return media.Stop("", media.Truncated)
	}
	w := f.walks.Get().(*walk)
	err := w.all(r, size, v)
	w.leave()
	f.walks.Put(w)
	return err
}

// all walks r and hands out what it holds.
func (w *walk) all(r io.ReaderAt, size int64, v media.Visitor) error {
	if _, err := w.explore(r, size, v); err != nil {
		return err
	}
	if err := w.share(); err != nil {
		return err
	}
	if err := w.emit(); err != nil {
		return err
	}
	if err := w.makerNotes(); err != nil {
		return err
	}
	return w.handOver()
}

// leave makes w ready for the next content, with its buffers unless they are
// unusually large. Nothing else of this content stays in it.
func (w *walk) leave() {
	clear(w.entries)
	clear(w.tags)
	next := walk{dirs: w.dirs[:0], entries: w.entries[:0], nums: w.nums[:0], tags: w.tags[:0], distilled: w.distilled[:0], offers: w.offers[:0]}
	next.win.buf = w.win.buf[:0]
	if cap(w.win.buf) > maxKept || cap(w.distilled) > maxKept || cap(w.entries) > maxKeptEntries || cap(w.nums) > maxKeptEntries || cap(w.dirs) > media.MaxIFDs {
		next = walk{}
	}
	*w = next
}

// What is kept from one content to the next at most.
const (
	maxKept        = 128 << 10 // bytes
	maxKeptEntries = 512
)

// gone has walked all directories of r. skip is where the TIFF header stands.
func gone(r io.ReaderAt, size int64, v media.Visitor) (w *walk, skip int64, err error) {
	w = new(walk)
	skip, err = w.explore(r, size, v)
	return w, skip, err
}

// explore walks all directories of r, in an empty walk.
func (w *walk) explore(r io.ReaderAt, size int64, v media.Visitor) (skip int64, err error) {
	w.win.r, w.win.size, w.v = r, size, v
	head, err := w.win.at(0, 6)
	if err != nil {
		return 0, err
	}
	if len(head) == 6 && string(head[:5]) == exifPrefix {
		skip = 6
		w.win = window{r: io.NewSectionReader(r, skip, size-skip), size: size - skip, buf: w.win.buf[:0]}
	}
	first, err := w.header()
	if err != nil {
		return 0, err
	}
	return skip, w.chain(first)
}

// walk is the state of one Walk.
type walk struct {
	variant
	win window
	v   media.Visitor

	dirs    []dir
	entries []entry // what will become tags, in the order of the directories
	blocks  []block // what will be nested
	notes   []entry // maker notes
	seen    int     // directory entries looked at
	held    int64   // bytes of values decoded
	told    []media.Reason
	where   string    // path of the directory at hand
	nums    []float64 // backs Tag.Nums

	small     [8]byte // a value of integer
	tags      []detectors.Tag
	distilled []byte  // for goexif
	offers    []offer // of what is in it
}

// problem reports each reason once, at the directory where it came up first.
func (w *walk) problem(r media.Reason) {
	if !slices.Contains(w.told, r) {
		w.told = append(w.told, r)
		w.v.Problem(w.where, r)
	}
}

// outside reports a claim to bytes up to end that are not there: a file that was
// cut claims a little too much, a broken one anything.
func (w *walk) outside(end int64) {
	if end < 0 || end/64 > w.win.size {
		w.problem(media.Corrupt)
		return
	}
	w.problem(media.Truncated)
}

// header reads the TIFF header and gives the offset of IFD0.
func (w *walk) header() (int64, error) {
	b, err := w.win.at(0, 16)
	if err != nil {
		return 0, err
	}
	v, ok := readMagic(b)
	if !ok {
		return 0, media.Stop("", media.Corrupt)
	}
	w.variant = v
	switch {
	case v.big && len(b) == 16:
		if v.order.Uint16(b[4:]) != 8 {
			return 0, media.Stop("", media.Corrupt) // no other offset size was ever defined
		}
		return int64(v.order.Uint64(b[8:])), nil
	case !v.big && len(b) >= 8:
		return int64(v.order.Uint32(b[4:])), nil
	}
	return 0, media.Stop("", media.Truncated)
}

// chain walks IFD0, its sub-directories, and the directories after it.
func (w *walk) chain(off int64) error {
	for i := 0; off != 0 || i == 0; i++ {
		next, err := w.directory(off, dir{kind: imageDir, group: numbered("IFD", i), path: numbered("ifd", i)})
		if err != nil {
			return err
		}
		off = next
	}
	return nil
}

// emit decodes the entries into tags and gives them as one part.
func (w *walk) emit() error {
	if len(w.entries) == 0 {
		return nil
	}
	if err := w.decodeWithGoexif(); err != nil {
		return err
	}
	tags := slices.Grow(w.tags[:0], len(w.entries))
	for i := range w.entries {
		w.where = w.dirs[w.entries[i].dir].path
		t, err := w.tag(&w.entries[i])
		if err != nil {
			return err
		}
		if t.Value != "" || t.Nums != nil {
			tags = append(tags, t)
		}
	}
	if w.tags = tags; len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Tags: tags, Off: -1})
}
