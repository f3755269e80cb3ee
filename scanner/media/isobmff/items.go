package isobmff

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"strings"

	"habeas/scanner/media"
)

// tables are the children of a meta box that say what items there are, where
// they lie, and which is built from which.
type tables struct {
	iinf, iloc, iref, idat box
	pitm, iprp             box // which picture is shown, and the sizes of all
	keys, ilst             box // of QuickTime and iTunes
}

// item is one that holds metadata.
type item struct {
	id       uint32
	path     string // of what it holds
	encoding string // of a mime item
	locked   bool   // protected by a scheme
	place    *place
}

// place is where an item lies (8.11.3).
type place struct {
	method  uint16 // 0 in the file, 1 in idat, 2 in another item
	outside bool   // in another file
	base    uint64
	extents []extent
}

type extent struct{ index, off, length uint64 }

// span is a range of bytes of the file, all of them present.
type span struct{ off, n int64 }

// maxItems bounds the metadata items of one meta box; cameras write one or two.
const maxItems = 1_000

// maxSteps bounds the work of putting items together.
const maxSteps = 1_000_000

// items hands on every item that holds metadata.
func (w *walk) items(t *tables) error {
	list, err := w.infos(t.iinf)
	if err != nil || len(list) == 0 {
		return err
	}
	places, err := w.places(t.iloc, list)
	if err != nil {
		return err
	}
	refs := map[refKey][]uint32{}
	for _, it := range list {
		if p := places[it.id]; p != nil && p.method == 2 {
			// Where the item that this one is built from lies must be known too.
			if refs, err = w.refs(t.iref); err != nil {
				return err
			}
			if places, err = w.places(t.iloc, nil); err != nil {
				return err
			}
			break
		}
	}
	for _, it := range list {
		if it.place = places[it.id]; it.place == nil {
			w.v.Problem(it.path, w.lost())
			continue
		}
		spans, ok := w.spans(t, places, refs, it.id, 0)
		if !ok {
			w.v.Problem(it.path, w.lost())
		}
		if err := w.item(it, spans); err != nil {
			return err
		}
	}
	return nil
}

// lost is why bytes of an item are missing: the file was cut, or it never told
// the truth.
func (w *walk) lost() media.Reason {
	if w.cut {
		return media.Truncated
	}
	return media.Corrupt
}

// table reads a box whole.
func (w *walk) table(b box) ([]byte, error) {
	n := b.size()
	if n > media.MaxBlock {
		w.v.Problem("meta", media.LimitBytes)
		n = media.MaxBlock
	}
	return media.ReadUpTo(w.win.R, b.body, n, w.win.Size)
}

// infos are the items in iinf that hold metadata (8.11.6).
func (w *walk) infos(b box) ([]item, error) {
	if b.size() < 6 {
		return nil, nil
	}
	h, err := w.win.At(b.body, 8)
	if err != nil || len(h) < 6 {
		return nil, err
	}
	off, declared := b.body+6, uint32(binary.BigEndian.Uint16(h[4:]))
	if h[0] > 0 {
		if len(h) < 8 || b.size() < 8 {
			return nil, nil
		}
		off, declared = b.body+8, binary.BigEndian.Uint32(h[4:])
	}
	var list []item
	var count uint32
	err = w.children("meta", off, b.end, 4, func(c box) error {
		if c.kind != "infe" {
			return nil
		}
		count++
		d, err := w.win.At(c.body, int(min(c.size(), 1<<10)))
		if err != nil {
			return err
		}
		if it, ok := info(d); ok && len(list) < maxItems {
			list = append(list, it)
		} else if ok {
			w.v.Problem("meta", media.LimitCount)
		}
		return nil
	})
	if count < declared && err == nil {
		w.v.Problem("meta", w.lost())
	}
	return list, err
}

// info reads one infe; ok says that it holds metadata.
func info(d []byte) (it item, ok bool) {
	if len(d) < 4 {
		return item{}, false
	}
	version, f := d[0], fields{d: d[4:]}
	var kind string
	switch version {
	case 0, 1:
		it.id, it.locked, kind = uint32(f.uint(2)), f.uint(2) != 0, "mime"
	case 2:
		it.id, it.locked, kind = uint32(f.uint(2)), f.uint(2) != 0, f.take(4)
	case 3:
		it.id, it.locked, kind = uint32(f.uint(4)), f.uint(2) != 0, f.take(4)
	default:
		return item{}, false
	}
	name := f.text()
	switch {
	case f.short && version > 1 && name == "" && kind == "":
		return item{}, false
	case kind == "Exif" || version < 2 && name == "Exif":
		it.path = "meta/exif"
		return it, true
	case kind != "mime":
		return item{}, false
	}
	typ := strings.ToLower(strings.TrimSpace(f.text()))
	it.encoding = strings.ToLower(strings.TrimSpace(f.text()))
	switch {
	case typ == "application/rdf+xml":
		it.path = "meta/xmp"
	case strings.HasPrefix(typ, "text/") || strings.HasSuffix(typ, "xml") || strings.HasSuffix(typ, "json"):
		it.path = "meta/mime"
	default:
		return item{}, false
	}
	return it, true
}

// places reads iloc (8.11.3): of the items in list, or of all where it is nil.
func (w *walk) places(b box, list []item) (map[uint32]*place, error) {
	places := map[uint32]*place{}
	d, err := w.table(b)
	if err != nil || len(d) < 8 {
		return places, err
	}
	wanted := make(map[uint32]bool, len(list))
	for _, it := range list {
		wanted[it.id] = true
	}
	version := d[0]
	offSize, lenSize, baseSize, indexSize := int(d[4]>>4), int(d[4]&15), int(d[5]>>4), int(d[5]&15)
	f, wide, count := fields{d: d[6:]}, 2, uint64(0)
	if version >= 2 {
		wide = 4
	}
	if version == 0 {
		indexSize = 0
	}
	kept := 0
	for count = f.uint(wide); count > 0 && !f.short; count-- {
		id, p := uint32(f.uint(wide)), &place{}
		if version > 0 {
			p.method = uint16(f.uint(2)) & 15
		}
		p.outside = f.uint(2) != 0
		p.base = f.uint(baseSize)
		keep := (list == nil || wanted[id]) && places[id] == nil
		n := f.uint(2)
		if indexSize+offSize+lenSize == 0 {
			n = min(n, 1) // extents without bytes would cost nothing to declare
		}
		for ; n > 0 && !f.short; n-- {
			e := extent{f.uint(indexSize), f.uint(offSize), f.uint(lenSize)}
			if f.short || !keep {
				continue
			}
			if kept++; kept > media.MaxBoxes {
				w.v.Problem("meta", media.LimitCount)
				return places, nil
			}
			p.extents = append(p.extents, e)
		}
		if keep && len(p.extents) > 0 {
			places[id] = p
		}
	}
	if f.short {
		w.v.Problem("meta", w.lost())
	}
	return places, nil
}

// refKey is a kind of reference from an item.
type refKey struct {
	kind string
	from uint32
}

// refs reads iref (8.11.12), as much of it as item construction needs.
func (w *walk) refs(b box) (map[refKey][]uint32, error) {
	m := map[refKey][]uint32{}
	d, err := w.table(b)
	if err != nil || len(d) < 4 {
		return m, err
	}
	wide := 2
	if d[0] > 0 {
		wide = 4
	}
	return m, w.children("meta", b.body+4, b.end, 4, func(c box) error {
		if c.kind != "iloc" || len(m) >= maxItems {
			return nil
		}
		d, err := w.table(c)
		if err != nil {
			return err
		}
		f := fields{d: d}
		key := refKey{c.kind, uint32(f.uint(wide))}
		for n := f.uint(2); n > 0 && !f.short; n-- {
			m[key] = append(m[key], uint32(f.uint(wide)))
		}
		return nil
	})
}

// spans are the bytes of an item, as far as they are present; ok is false where
// some are not. Items that are built from items nest at most 8 deep, which also
// ends circles; what they fan out to is bound by maxSteps.
func (w *walk) spans(t *tables, places map[uint32]*place, refs map[refKey][]uint32, id uint32, depth int) (all []span, ok bool) {
	p := places[id]
	if p == nil || p.outside || depth > media.MaxDepth {
		return nil, false
	}
	ok = true
	for _, e := range p.extents {
		var from []span
		switch p.method {
		case 0:
			from = []span{{0, w.win.Size}}
		case 1:
			from = []span{{t.idat.body, t.idat.size()}}
		case 2:
			sources := refs[refKey{"iloc", id}]
			i := max(e.index, 1) - 1
			if i >= uint64(len(sources)) {
				return all, false
			}
			var whole bool
			from, whole = w.spans(t, places, refs, sources[i], depth+1)
			ok = ok && whole
		default:
			return all, false
		}
		if w.steps += 1 + len(from); w.steps > maxSteps {
			return all, false
		}
		part, whole := cut(from, p.base, e)
		if ok = ok && whole; len(all)+len(part) > media.MaxBoxes {
			return all, false
		}
		all = append(all, part...)
	}
	return all, ok
}

// cut takes an extent out of the spans that hold it. A length of 0 is all.
func cut(from []span, base uint64, e extent) (part []span, whole bool) {
	skip, left := base+e.off, e.length
	if skip < base || skip > 1<<62 {
		return nil, false
	}
	if left == 0 {
		left = 1 << 62
	}
	for _, s := range from {
		if n := uint64(max(s.n, 0)); skip >= n {
			skip -= n
			continue
		}
		n := min(uint64(s.n)-skip, left)
		part = append(part, span{s.off + int64(skip), int64(n)})
		if left -= n; left == 0 {
			return part, true
		}
		skip = 0
	}
	return part, e.length == 0 && len(part) > 0
}

// item hands on what one item holds.
func (w *walk) item(it item, spans []span) error {
	if len(spans) == 0 {
		return nil
	}
	if it.locked {
		w.v.Problem(it.path, media.Encrypted)
		return nil
	}
	plain := it.path == "meta/exif" || it.encoding == "" || it.encoding == "identity"
	if len(spans) == 1 && plain {
		s := spans[0]
		if w.given[s] { // the same bytes once more say nothing new
			return nil
		}
		if w.given == nil {
			w.given = map[span]bool{}
		}
		w.given[s] = true
		if it.path != "meta/exif" {
			return w.section(it.path, s.off, s.off+s.n)
		}
		head, err := w.win.At(s.off, int(min(s.n, 256)))
		if err != nil {
			return err
		}
		return w.section(it.path, s.off+int64(tiffStart(head)), s.off+s.n)
	}
	d, err := w.join(it.path, spans)
	switch {
	case err != nil:
		return err
	case it.path == "meta/exif":
		return w.memory(it.path, d[tiffStart(d):])
	case plain:
		return w.memory(it.path, d)
	}
	return w.memory(it.path, w.decode(it, d))
}

// join reads spans into one block. Extents may overlap, so their sum is bound:
// for a block, and for all blocks by the size of the file.
func (w *walk) join(path string, spans []span) ([]byte, error) {
	var all []byte
	for _, s := range spans {
		n := min(s.n, int64(media.MaxBlock-len(all)), w.win.Size-w.joined)
		w.joined += n
		if n < s.n {
			w.v.Problem(path, media.LimitBytes)
		}
		d, err := media.ReadUpTo(w.win.R, s.off, n, w.win.Size)
		if err != nil {
			return nil, err
		}
		if all = append(all, d...); n < s.n {
			break
		}
	}
	return all, nil
}

// decode undoes the content encoding of a mime item, as HTTP names it.
func (w *walk) decode(it item, d []byte) []byte {
	if w.budget == nil {
		w.budget = media.BudgetOf(w.v)
	}
	var open func(io.Reader) (io.Reader, error)
	switch {
	case it.encoding == "gzip":
		open = func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case it.encoding == "deflate" && len(d) > 1 && d[0]&15 == 8 && (uint(d[0])<<8|uint(d[1]))%31 == 0:
		open = func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }
	case it.encoding == "deflate":
		open = func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil }
	default:
		w.v.Problem(it.path, media.Unsupported)
		return nil
	}
	in, err := media.NewInflater(w.budget, bytes.NewReader(d), open)
	if err != nil {
		w.v.Problem(it.path, media.ReasonOf(err))
		return nil
	}
	out, err := media.ReadBlock(in)
	if err != nil {
		w.v.Problem(it.path, media.ReasonOf(err))
	}
	return out
}

// tiffStart is where the TIFF header of an Exif item begins: a count of bytes
// to skip stands first (ISO/IEC 23008-12, A.2.1). Writers get it wrong in every
// way, so the header itself decides.
func tiffStart(d []byte) int {
	at := func(i uint64) bool {
		return i+4 <= uint64(len(d)) && (string(d[i:i+4]) == "II*\x00" || string(d[i:i+4]) == "MM\x00*")
	}
	if len(d) >= 8 {
		if i := 4 + uint64(binary.BigEndian.Uint32(d)); at(i) {
			return int(i)
		}
	}
	for i := range uint64(min(len(d), 64)) {
		if at(i) {
			return int(i)
		}
	}
	return 0
}

// fields reads numbers and texts from a table; short says that it ended.
type fields struct {
	d     []byte
	short bool
}

// uint is a big-endian number of n bytes, 0 to 8.
func (f *fields) uint(n int) (u uint64) {
	if n > len(f.d) || n > 8 {
		f.short, f.d = true, nil
		return 0
	}
	for _, b := range f.d[:n] {
		u = u<<8 | uint64(b)
	}
	f.d = f.d[n:]
	return u
}

func (f *fields) take(n int) string {
	if n > len(f.d) {
		f.short, f.d = true, nil
		return ""
	}
	s := string(f.d[:n])
	f.d = f.d[n:]
	return s
}

// text is a string that a NUL ends, or the table.
func (f *fields) text() string {
	s, rest, _ := bytes.Cut(f.d, []byte{0})
	f.d = rest
	return string(s)
}
