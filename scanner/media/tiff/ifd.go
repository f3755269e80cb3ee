package tiff

import (
	"math"
	"slices"
	"strconv"

	"habeas/scanner/media"
)

// dirKind tells which table the tags of a directory stand in.
type dirKind uint8

const (
	imageDir dirKind = iota // IFD0, IFD1, SubIFD
	exifDir
	gpsDir
	interopDir
)

// dir is a directory that was walked, and what it says of the picture it
// describes.
type dir struct {
	off   int64
	kind  dirKind
	group string // Tag.Group
	path  string // of what is nested in it
	image image
}

// image is what a directory says of stored pixels.
type image struct {
	subfile, compression  uint64
	width, height         uint64
	tileWidth, tileHeight uint64
	jpegOff, jpegLen      uint64 // JPEGInterchangeFormat and its length
	parts, counts         entry  // strip or tile offsets and byte counts
}

// entry is one directory entry whose value lies within the content.
type entry struct {
	id, typ uint16
	dir     uint16 // index into walk.dirs
	count   uint64 // values of the type
	size    int64  // bytes
	off     int64  // of the value; meaningless if it is inline
	pos     int64  // of the entry itself
	inline  [8]byte
	def     *def
	goexif  *goexifTag // the value as goexif decoded it
}

// block is metadata or a picture to hand back.
type block struct {
	path  string
	entry entry
}

// typeSizes are the bytes of one value by type: TIFF 6.0 section 2, 13 is IFD,
// 16 to 18 are BigTIFF's. Exif 3.0 adds 129, UTF-8.
var typeSizes = [...]int64{0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8}

// Types by name where the code needs one.
const (
	typeByte      = 1
	typeASCII     = 2
	typeShort     = 3
	typeLong      = 4
	typeRational  = 5
	typeSByte     = 6
	typeUndefined = 7
	typeSShort    = 8
	typeSLong     = 9
	typeSRational = 10
	typeFloat     = 11
	typeDouble    = 12
	typeIFD       = 13
	typeLong8     = 16
	typeSLong8    = 17
	typeIFD8      = 18
	typeUTF8      = 129
)

func typeSize(t uint16) int64 {
	if int(t) < len(typeSizes) {
		return typeSizes[t]
	}
	if t == typeUTF8 {
		return 1
	}
	return 0
}

// maxBadEntries is how many senseless entries a directory may have before it is
// taken for something else: a pointer that went astray.
const maxBadEntries = 8

// directory walks the directory at off and everything below it and gives the
// offset of the next one in the chain.
func (w *walk) directory(off int64, d dir) (next int64, err error) {
	defer func(outer string) { w.where = outer }(w.where)
	w.where = d.path
	if slices.ContainsFunc(w.dirs, func(o dir) bool { return o.off == off }) {
		w.problem(media.Corrupt) // a loop, or a directory shared by two
		return 0, nil
	}
	if len(w.dirs) >= media.MaxIFDs {
		w.problem(media.LimitCount)
		return 0, nil
	}
	if off < 8 {
		w.problem(media.Corrupt) // inside the header
		return 0, nil
	}
	n, entrySize, start, whole, err := w.entryCount(off)
	if err != nil || start == 0 {
		return 0, err
	}
	d.off = off
	w.dirs = append(w.dirs, d)
	self := len(w.dirs) - 1
	end := start + n*entrySize
	w.entries = slices.Grow(w.entries, int(min(n, media.MaxIFDEntries)))
	var subs []entry
	bad := 0
	for i := range n {
		if w.seen++; w.seen > media.MaxIFDEntries {
			w.problem(media.LimitCount)
			return 0, nil
		}
		e, ok, err := w.entry(start+i*entrySize, entrySize)
		if err != nil {
			return 0, err
		}
		if !ok {
			if bad++; bad > maxBadEntries && int64(bad) > i/2 {
				return 0, nil
			}
			continue
		}
		e.dir = uint16(self)
		if isPointer(e.id) {
			subs = append(subs, e)
			continue
		}
		w.file(e)
	}
	if err := w.descend(subs, self); err != nil || !whole {
		return 0, err
	}
	return w.next(end, d, n)
}

// entryCount reads how many entries the directory at off has, cut to those that
// are present; whole if those are all. start is where the first one stands; 0 if
// there is no directory.
func (w *walk) entryCount(off int64) (n, entrySize, start int64, whole bool, err error) {
	width := int64(2)
	entrySize = 12
	if w.big {
		width, entrySize = 8, 20
	}
	b, err := w.win.at(off, width)
	if err != nil {
		return 0, 0, 0, false, err
	}
	if int64(len(b)) < width {
		w.outside(off)
		return 0, 0, 0, false, nil
	}
	claimed := uint64(w.order.Uint16(b))
	if w.big {
		claimed = w.order.Uint64(b)
	}
	start = off + width
	present := uint64((w.win.size - start) / entrySize)
	whole = claimed <= present
	if !whole {
		if claimed > math.MaxUint16 {
			w.problem(media.Corrupt)
		} else {
			w.outside(start + int64(claimed)*entrySize)
		}
		claimed = present
	}
	return int64(claimed), entrySize, start, whole, nil
}

// entry reads the entry at pos. ok is false for one that makes no sense, or
// whose value is not there; it was reported.
func (w *walk) entry(pos, entrySize int64) (e entry, ok bool, err error) {
	b, err := w.win.at(pos, entrySize)
	if err != nil || int64(len(b)) < entrySize {
		return e, false, err
	}
	e.id, e.typ = w.order.Uint16(b), w.order.Uint16(b[2:])
	e.count = uint64(w.order.Uint32(b[4:]))
	value := b[8:12]
	if w.big {
		e.count, value = w.order.Uint64(b[4:]), b[12:20]
	}
	e.pos = pos
	each := typeSize(e.typ)
	switch {
	case e.id == 0 && e.typ == 0 && e.count == 0:
		return e, false, nil // padding
	case each == 0:
		w.problem(media.Corrupt)
		return e, false, nil
	case e.count > math.MaxInt64/16:
		w.problem(media.Corrupt)
		return e, false, nil
	}
	e.size = int64(e.count) * each
	if e.size <= int64(len(value)) {
		copy(e.inline[:], value)
		return e, true, nil
	}
	e.off = int64(w.order.Uint32(value))
	if w.big {
		e.off = int64(w.order.Uint64(value))
	}
	if e.off < 0 || e.size > w.win.size || e.off > w.win.size-e.size {
		return w.cut(e), e.size > 0, nil
	}
	return e, true, nil
}

// maxCut is how much of a text that runs over the end is still read: enough for
// a name or an address, too little for the pixels behind a wild offset.
const maxCut = 4 << 10

// cut reports an entry that claims bytes past the end. Of a text what is there is
// kept; anything else is given size 0.
func (w *walk) cut(e entry) entry {
	if e.id == tagMakerNote && e.off >= 0 && e.off < w.win.size {
		e.size = w.win.size - e.off // editors do cut these; what is left is read
		return e
	}
	if e.id == tagMakerNote || e.id == tagWindowsPadding {
		e.size = 0
		return e
	}
	w.outside(e.off + e.size) // wraps below 0 for the wildest
	if e.off < 0 || e.off >= w.win.size || e.typ != typeASCII {
		e.size = 0
		return e
	}
	e.size = min(w.win.size-e.off, maxCut)
	e.count = uint64(e.size)
	return e
}

func isPointer(id uint16) bool {
	return id == tagExifIFD || id == tagGPSIFD || id == tagInteropIFD || id == tagSubIFDs
}

// descend walks the directories that the pointers of directory self lead to.
func (w *walk) descend(pointers []entry, self int) error {
	for i := range pointers {
		e := &pointers[i]
		if e.count == 0 {
			w.problem(media.Corrupt)
			continue
		}
		count := uint64(1)
		if e.id == tagSubIFDs {
			count = min(e.count, media.MaxIFDs+1) // one more than may be, so that the limit is reported
		}
		for k := range count {
			off, ok, err := w.integer(e, k)
			if err != nil {
				return err
			}
			if !ok || off > math.MaxInt64 {
				w.problem(media.Corrupt)
				break
			}
			if _, err := w.directory(int64(off), w.below(e.id, self, int(k))); err != nil {
				return err
			}
			if len(w.dirs) >= media.MaxIFDs {
				break
			}
		}
	}
	return nil
}

// below names the k-th directory that a pointer in directory self leads to.
func (w *walk) below(id uint16, self, k int) dir {
	switch id {
	case tagExifIFD:
		return dir{kind: exifDir, group: "ExifIFD", path: "exif"}
	case tagGPSIFD:
		return dir{kind: gpsDir, group: "GPS", path: "gps"}
	case tagInteropIFD:
		return dir{kind: interopDir, group: "InteropIFD", path: "interop"}
	}
	d := dir{kind: imageDir, group: "SubIFD", path: w.dirs[self].path + "/subifd[" + strconv.Itoa(k+1) + "]"}
	if k > 0 {
		d.group = numbered("SubIFD", k)
	}
	return d
}

// next reads the offset of the directory after the one that ends at end.
func (w *walk) next(end int64, d dir, n int64) (int64, error) {
	if d.kind != imageDir {
		return 0, nil // only image directories form a chain; elsewhere these bytes are often rubbish
	}
	if n == 0 && len(w.dirs) > 2 {
		w.problem(media.Corrupt) // TIFF 6.0 section 2: a directory has at least one entry
		return 0, nil
	}
	width := int64(4)
	if w.big {
		width = 8
	}
	b, err := w.win.at(end, width)
	if err != nil {
		return 0, err
	}
	if int64(len(b)) < width {
		w.problem(media.Truncated)
		return 0, nil
	}
	if w.big {
		return int64(w.order.Uint64(b)), nil
	}
	return int64(w.order.Uint32(b)), nil
}

// file puts an entry where it belongs: among the tags, the nested blocks or the
// facts of the picture.
func (w *walk) file(e entry) {
	d := &w.dirs[e.dir]
	switch d.kind {
	case gpsDir:
		if e.count == 0 {
			w.problem(media.Corrupt) // half a position
			return
		}
	case imageDir, exifDir:
		if w.fileBlock(e, d) || (d.kind == imageDir && w.fileImage(e, &d.image)) {
			return
		}
	}
	if e.size == 0 {
		return
	}
	e.def = lookup(d.kind, e.id)
	if e.def == nil && (e.typ != typeASCII && e.typ != typeUTF8 || e.size < minUnknown) {
		return
	}
	w.entries = append(w.entries, e)
}

// minUnknown is how long the text of a tag that is in no table must be to be
// looked at.
const minUnknown = 4

func numbered(prefix string, i int) string {
	if i == 0 && prefix == "IFD" {
		return "IFD0"
	}
	return prefix + strconv.Itoa(i)
}
