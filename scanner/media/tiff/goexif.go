package tiff

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"

	goexif "github.com/rwcarlsen/goexif/tiff"

	"habeas/detectors"
)

// How goexif is used, and why so.
//
// goexif decodes what it is given without limits: a length in a file reaches
// its make, a loop of directories runs until memory is gone, and both kill the
// process, since recover catches no allocation. It also gives up a whole block
// for one tag with a count of 0. So it never sees a byte of a file's structure.
// After our own walk has passed the directories, the entries of the first IFD0,
// Exif and GPS directories that goexif has names for and that may tell of a
// person (names, texts, identifiers, positions) are written into a new block: at
// most blockLimit bytes, values of at most valueLimit bytes, no maker note, no
// thumbnail, no chain. goexif decodes that.
//
// For an entry in that block goexif's value holds. Left out, and ours to decode,
// are what goexif would get wrong: a text with a NUL inside (it drops the second
// half of Copyright), UserComment and the XP tags (it has names for them but no
// text), and tags in directories that it doesn't visit. A position written as
// text stays text in both readers; which degrees it says is decided where
// positions are read.
const (
	blockLimit = 32 << 10
	valueLimit = 1 << 10
)

type goexifTag = goexif.Tag

// offer is an entry that goexif decodes.
type offer struct {
	entry int // index into walk.entries
	at    int // of the directory entry in the block
}

// decodeWithGoexif lets goexif decode the entries that it may have, and notes its
// values there. It is called for each entry by itself: its reader of whole files
// copies the block three times and gives the same values by name.
func (w *walk) decodeWithGoexif() error {
	b, offers, err := w.distil()
	if err != nil || len(offers) == 0 {
		return err
	}
	r := bytes.NewReader(b)
	for _, o := range offers {
		if _, err := r.Seek(int64(o.at), io.SeekStart); err == nil {
			w.entries[o.entry].goexif = decodeEntry(r, w.order)
		}
	}
	return nil
}

// decodeEntry runs goexif on the entry of a block of ours that r stands at; nil if
// it fails. recover is the last fence: the block is sound, the library is old.
func decodeEntry(r goexif.ReadAtReader, order binary.ByteOrder) (t *goexifTag) {
	defer func() {
		if recover() != nil {
			t = nil
		}
	}()
	t, err := goexif.DecodeTag(r, order)
	if err != nil {
		return nil
	}
	return t
}

// Directories of a distilled block. goexif visits no others.
const (
	slotIFD0 = iota
	slotExif
	slotGPS
	slots
)

// choose picks the entries that goexif may have, by directory of the block.
func (w *walk) choose() (chosen [slots][]int) {
	dirs := [slots]int{slotIFD0: 0, slotExif: -1, slotGPS: -1}
	for i := len(w.dirs) - 1; i > 0; i-- { // the first of a kind stays
		switch w.dirs[i].kind {
		case exifDir:
			dirs[slotExif] = i
		case gpsDir:
			dirs[slotGPS] = i
		}
	}
	total := 0
	for i := range w.entries {
		e := &w.entries[i]
		slot := slices.Index(dirs[:], int(e.dir))
		if slot < 0 || !goexifMay(e) || slices.ContainsFunc(chosen[slot], func(k int) bool { return w.entries[k].id == e.id }) {
			continue // goexif keeps one of a number
		}
		if total += 12 + int(e.size); total > blockLimit {
			break
		}
		chosen[slot] = append(chosen[slot], i)
	}
	return chosen
}

// goexifMay tells whether goexif has a name for e and knows its type.
func goexifMay(e *entry) bool {
	if e.def == nil || !e.def.goexif || e.size > valueLimit || e.typ < typeByte || e.typ > typeDouble {
		return false
	}
	if e.def.form == asText {
		return e.typ == typeASCII
	}
	return e.typ == typeASCII || (e.typ != typeUndefined && e.count <= maxNums)
}

// distil writes the block for goexif: a header, IFD0 with pointers to an Exif
// and a GPS directory, each directory followed by its values.
func (w *walk) distil() ([]byte, []offer, error) {
	chosen := w.choose()
	if len(chosen[slotIFD0])+len(chosen[slotExif])+len(chosen[slotGPS]) == 0 {
		return nil, nil, nil
	}
	order := w.order.(binary.AppendByteOrder)
	b := w.distilled[:0]
	if w.order.Uint16([]byte{1, 0}) == 1 {
		b = append(b, "II*\x00\x08\x00\x00\x00"...)
	} else {
		b = append(b, "MM\x00*\x00\x00\x00\x08"...)
	}
	offers := w.offers[:0]
	pointers := [slots]int{} // where the pointer to a directory stands, from IFD0 on
	for slot, list := range chosen {
		if slot != slotIFD0 {
			if len(list) == 0 {
				continue
			}
			w.order.PutUint32(b[pointers[slot]:], uint32(len(b)))
		}
		var extra []uint16
		if slot == slotIFD0 {
			for s, id := range [slots]uint16{slotExif: tagExifIFD, slotGPS: tagGPSIFD} {
				if len(chosen[s]) > 0 && id != 0 {
					pointers[s] = len(b) + 2 + 12*(len(list)+len(extra)) + 8
					extra = append(extra, id)
				}
			}
		}
		var err error
		if b, offers, err = w.appendDir(b, offers, order, list, extra); err != nil {
			return nil, nil, err
		}
	}
	w.distilled, w.offers = b, offers
	return b, offers, nil
}

// appendDir writes a directory of the entries in list and of empty pointers, and
// the values after it. Texts with a NUL inside are written but not offered.
func (w *walk) appendDir(b []byte, offers []offer, order binary.AppendByteOrder, list []int, pointers []uint16) ([]byte, []offer, error) {
	n := len(list) + len(pointers)
	b = order.AppendUint16(b, uint16(n))
	at := len(b)
	b = slices.Grow(b, n*12+4)[:at+n*12+4]
	clear(b[at:]) // the last 4: no next directory
	for i, id := range pointers {
		w.putEntry(b[at+12*(len(list)+i):], id, typeLong, 1)
	}
	for _, i := range list {
		e := &w.entries[i]
		v, err := w.bytes(e)
		if err != nil {
			return nil, nil, err
		}
		w.putEntry(b[at:], e.id, e.typ, uint32(e.count))
		if e.size <= 4 {
			copy(b[at+8:], v)
		} else {
			w.order.PutUint32(b[at+8:], uint32(len(b)))
			b = append(b, v...)
			b = append(b, make([]byte, int(e.size)-len(v))...) // what the source failed to hold
		}
		if e.typ != typeASCII || bytes.IndexByte(bytes.TrimRight(v, "\x00"), 0) < 0 {
			offers = append(offers, offer{entry: i, at: at})
		}
		at += 12
	}
	return b, offers, nil
}

func (w *walk) putEntry(b []byte, id, typ uint16, count uint32) {
	w.order.PutUint16(b, id)
	w.order.PutUint16(b[2:], typ)
	w.order.PutUint32(b[4:], count)
}

// fromGoexif takes over a value that goexif decoded. Its texts are bytes still:
// Exif says ASCII, cameras write anything.
func (w *walk) fromGoexif(g *goexifTag, t *detectors.Tag) {
	switch g.Format() {
	case goexif.StringVal:
		if s, err := g.StringVal(); err == nil {
			t.Value = text([]byte(s))
		}
		return
	case goexif.RatVal, goexif.IntVal, goexif.FloatVal:
	default:
		return
	}
	start := len(w.nums)
	for i := range min(int(g.Count), maxNums) {
		n, err := goexifNumber(g, i)
		if err != nil {
			break
		}
		w.nums = append(w.nums, n)
	}
	t.Nums = w.nums[start:len(w.nums):len(w.nums)]
}

func goexifNumber(g *goexifTag, i int) (float64, error) {
	switch g.Format() {
	case goexif.RatVal:
		n, d, err := g.Rat2(i)
		return ratio(float64(n), float64(d)), err
	case goexif.IntVal:
		n, err := g.Int64(i)
		return float64(n), err
	}
	return g.Float(i)
}
