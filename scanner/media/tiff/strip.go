package tiff

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// Strip implements media.Stripper. Nothing moves, since offsets count from the
// start of the block: a directory is rewritten in its own place without the
// entries that go, and what they pointed to becomes zeros. Only what is zero at
// the end of an Exif block is cut off.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	if size < 8 {
		return nil, media.Stop("", media.Truncated)
	}
	w, skip, err := gone(r, size, media.Deaf{})
	if err != nil {
		return nil, err
	}
	c := &cutter{walk: w, s: s, all: s.Drop("", "", "")}
	cuts, err := c.strip()
	if err != nil {
		return nil, err
	}
	return media.Shift(cuts, skip), nil
}

// Entries that a viewer needs to show the picture as it is. They say nothing of
// anybody.
const (
	tagOrientation = 0x0112
	tagMake        = 0x010F
	tagModel       = 0x0110
	tagCameraModel = 0xC614
	tagDNGVersion  = 0xC612
	tagColorSpace  = 0xA001
	tagGamma       = 0xA500
)

// cutter decides of each entry whether it stays.
type cutter struct {
	*walk
	s      media.Stripping
	all    bool // nothing stays but what shows the picture
	pixels bool // the directories describe the picture itself: this is no Exif block
	dng    bool
	raw    bool // it is what a sensor saw, which is developed by the name of the camera

	lists []listing
	keeps []media.Range // what stays, apart from maker notes
	notes []media.Range // maker notes that stay
	zero  []media.Range // what becomes zero unless something that stays claims it
	inner []media.Range // the same, inside of maker notes
	cuts  []media.Cut   // the directories and what is nested
}

// listing is a directory with all of its entries as they stand.
type listing struct {
	dir        int // index into walk.dirs
	start, end int64
	entrySize  int64
	whole      bool
	rows       []row
	gone       bool // all of it goes
	next       int64
}

type row struct {
	entry
	ok   bool // it makes sense
	drop bool
}

func (c *cutter) strip() ([]media.Cut, error) {
	for i := range c.dirs {
		l, err := c.listed(i)
		if err != nil {
			return nil, err
		}
		c.lists = append(c.lists, l)
	}
	for i := range c.lists {
		if err := c.choose(&c.lists[i]); err != nil {
			return nil, err
		}
	}
	if err := c.thumbnails(); err != nil {
		return nil, err
	}
	for i := len(c.lists) - 1; i >= 0; i-- { // the inner ones first
		c.pointers(&c.lists[i])
	}
	if err := c.makerNotes(); err != nil {
		return nil, err
	}
	for i := range c.lists {
		if err := c.settle(&c.lists[i]); err != nil {
			return nil, err
		}
	}
	return c.finish()
}

// listed reads directory i again, with what makes no sense in it.
func (c *cutter) listed(i int) (listing, error) {
	d := &c.dirs[i]
	l := listing{dir: i}
	n, entrySize, start, whole, err := c.entryCount(d.off)
	if err != nil {
		return l, err
	}
	l.start, l.entrySize, l.whole = start, entrySize, whole
	l.end = start + n*entrySize
	for k := range min(n, media.MaxIFDEntries) {
		e, ok, err := c.entry(start+k*entrySize, entrySize)
		if err != nil {
			return l, err
		}
		e.pos, e.dir = start+k*entrySize, uint16(i)
		l.rows = append(l.rows, row{entry: e, ok: ok})
		c.pixels = c.pixels || d.kind == imageDir && d.path != "ifd1" && (e.id == tagStripOffsets || e.id == tagTileOffsets || e.id == tagSubIFDs)
		c.dng = c.dng || e.id == tagDNGVersion
		c.raw = c.raw || e.id == tagDNGVersion || e.id == tagSubIFDs || e.id == tagMakerNote || e.id == tagDNGPrivate
	}
	if int64(len(l.rows)) < n {
		return l, media.Stop(d.path, media.LimitCount)
	}
	if whole && d.kind == imageDir {
		l.next, err = c.next(l.end, *d, n)
	}
	return l, err
}

// name is that of the tag that Walk makes of an entry.
func (c *cutter) name(e *entry) string {
	if def := lookup(c.dirs[e.dir].kind, e.id); def != nil {
		return def.name
	}
	return fmt.Sprintf("Exif_0x%04x", e.id)
}

// choose marks the entries of a directory that go, but for pointers and notes.
func (c *cutter) choose(l *listing) error {
	d := &c.dirs[l.dir]
	for i := range l.rows {
		r := &l.rows[i]
		switch {
		case isPointer(r.id) && d.kind != gpsDir:
		case r.id == tagMakerNote || r.id == tagDNGPrivate && d.path == "ifd0":
			r.drop = r.ok && r.size > 0 && (c.all || c.s.Drop("makernote", "", ""))
			if r.drop && c.pixels && !c.dng {
				return media.Refuse("makernote", "it is a camera's raw picture, which is developed with what stands there")
			}
		case r.id == tagXMP || r.id == tagIPTC || r.id == tagPhotoshop:
			if err := c.block(r, d); err != nil {
				return err
			}
		case c.needed(r, d):
		case r.ok && (r.typ == typeASCII || r.typ == typeUTF8):
			if v, ok := media.SetOf(c.s, "", d.group, c.name(&r.entry)); ok {
				if err := c.set(r, v); err != nil {
					return err
				}
				continue
			}
			r.drop = c.all || c.s.Drop("", d.group, c.name(&r.entry))
		default:
			r.drop = c.all || c.s.Drop("", d.group, c.name(&r.entry))
		}
	}
	return nil
}

// set writes another text into the room of a field.
func (c *cutter) set(r *row, value string) error {
	at, inline, small := r.off, int64(4), int64(8)
	if c.big {
		inline, small = 8, 12
	}
	if r.size <= inline {
		at = r.pos + small
	}
	if int64(len(value)) >= r.size {
		return media.Refuse(c.dirs[r.dir].path, media.NoRoom)
	}
	with := make([]byte, r.size)
	copy(with, value)
	c.cuts = append(c.cuts, media.Cut{Off: at, N: r.size, With: with})
	return nil
}

// needed tells the entries without which the picture would look otherwise, or not
// at all. Of the directories that describe pixels only texts and positions can go.
func (c *cutter) needed(r *row, d *dir) bool {
	switch d.kind {
	case gpsDir:
		return false
	case interopDir:
		return true
	case exifDir:
		return r.id == tagColorSpace || r.id == tagGamma
	}
	if r.id == tagOrientation || !r.ok && c.pixels {
		return true
	}
	if !c.pixels {
		return false
	}
	if r.id == tagMake || r.id == tagModel || r.id == tagCameraModel {
		return c.raw
	}
	def := lookup(d.kind, r.id)
	return def == nil && (r.typ != typeASCII || r.size < minUnknown)
}

// block looks into XMP, IPTC and Photoshop's resources.
func (c *cutter) block(r *row, d *dir) error {
	path := map[uint16]string{tagXMP: "xmp", tagIPTC: "iptc", tagPhotoshop: "irb"}[r.id]
	if d.path != "ifd0" {
		path = d.path + "/" + path
	}
	if !r.ok || r.size <= int64(len(r.inline)) {
		r.drop = c.all
		return nil
	}
	if c.all || c.s.Drop(path, "", "") {
		r.drop = true
		return nil
	}
	plain := io.NewSectionReader(c.win.r, r.off, r.size)
	s := plain
	if r.id == tagIPTC {
		var err error
		if s, err = c.iptc(&r.entry, s); err != nil {
			return err
		}
	}
	cuts, err := c.s.Nested(path, s, nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	fill := byte(0)
	if r.id == tagXMP {
		fill = ' '
	}
	cuts, ok := media.Padded(cuts, r.size, fill)
	if !ok {
		return media.Stop(path, media.Corrupt)
	}
	if s != plain { // it was turned around: it is written back as it stood
		b, err := media.ReadUpTo(s, 0, r.size, r.size)
		if err != nil {
			return err
		}
		if b, err = media.Apply(b, cuts); err != nil {
			return err
		}
		for i := 0; i+4 <= len(b); i += 4 {
			slices.Reverse(b[i : i+4])
		}
		cuts = []media.Cut{{N: r.size, With: b}}
	}
	c.cuts = append(c.cuts, media.Shift(cuts, r.off)...)
	return nil
}

// thumbnails looks into the small pictures and takes out those that go.
func (c *cutter) thumbnails() error {
	for i := range c.lists {
		l := &c.lists[i]
		d := &c.dirs[l.dir]
		if d.kind != imageDir {
			continue
		}
		path, off, n, err := c.pictureOf(d)
		if err != nil {
			return err
		}
		// A raw picture has its thumbnail where others have their second page: it
		// says itself that it is a smaller one of the same.
		reduced := d.image.subfile&1 == 1 && d.image.jpegOff > 0 && path != ""
		small := d.path == "ifd1" && (!c.pixels || reduced)
		if c.all && !c.pixels && d.path != "ifd0" && strings.HasPrefix(d.group, "IFD") {
			small = true // an Exif block has two directories; what follows them is nothing to show
		}
		if small && n == 0 {
			path = d.path + "/thumbnail"
			if d.image.jpegOff == 0 {
				at, length, err := c.extent(&d.image)
				if err != nil {
					return err
				}
				off, n = int64(min(at, math.MaxInt64)), int64(min(length, math.MaxInt64))
			}
		}
		if path == "" {
			continue
		}
		switch {
		case c.all && small, c.s.Drop(path, "", ""):
			if !small {
				return media.Refuse(path, "it is a page of the file, which the others refer to")
			}
			l.gone = true
			c.zero = append(c.zero, media.Range{Off: off, N: n})
		case n > 0 && strings.HasSuffix(path, "view") || n > 0 && d.image.jpegOff > 0:
			if err := c.nest(path, off, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// nest looks into a picture, which keeps its size.
func (c *cutter) nest(path string, off, n int64) error {
	cuts, err := c.s.Nested(path, io.NewSectionReader(c.win.r, off, n), nil)
	if err != nil {
		return err
	}
	cuts, ok := media.Padded(cuts, n, 0)
	if !ok {
		return media.Stop(path, media.Corrupt)
	}
	c.cuts = append(c.cuts, media.Shift(cuts, off)...)
	return nil
}

// pointers drops those to directories in which nothing stays, and the directories.
func (c *cutter) pointers(l *listing) {
	for i := range l.rows {
		r := &l.rows[i]
		if !isPointer(r.id) || r.id == tagSubIFDs || c.dirs[l.dir].kind == gpsDir {
			continue
		}
		off, ok, err := c.integer(&r.entry, 0)
		if err != nil || !ok {
			r.drop = c.all && !c.pixels
			continue
		}
		k := slices.IndexFunc(c.lists, func(o listing) bool { return uint64(c.dirs[o.dir].off) == off })
		if k < 0 {
			r.drop = c.all && !c.pixels // it leads nowhere
			continue
		}
		o := &c.lists[k]
		if !slices.ContainsFunc(o.rows, func(r row) bool { return !r.drop }) && len(o.rows) > 0 {
			r.drop, o.gone = true, true
		}
	}
}

// makerNotes takes the fields that go out of the notes that stay.
func (c *cutter) makerNotes() error {
	for _, e := range c.walk.notes {
		l := &c.lists[e.dir]
		k := slices.IndexFunc(l.rows, func(r row) bool { return r.pos == e.pos })
		if k < 0 || l.rows[k].drop {
			continue
		}
		c.notes = append(c.notes, media.Range{Off: e.off, N: e.size})
		n := &note{w: c.walk, off: e.off, end: e.off + e.size, moved: -1, order: c.order}
		if e.id == tagDNGPrivate {
			if err := n.unwrap(); err != nil {
				return err
			}
		}
		done, seen := 0, 0
		var ciphered []entry
		n.took = func(e *entry, from int) {
			gone := false
			for _, t := range n.tags[max(from, done):] {
				gone = gone || c.s.Drop("makernote", t.Group, t.Name)
				seen++
			}
			done = len(n.tags)
			switch {
			case !gone:
			case e.id == nikonSerial && len(ciphered) == 0 && strings.HasPrefix(n.maker.mark, "Nikon\x00\x02"):
				ciphered = append(ciphered, *e)
			case n.part.N > 0 && n.part.Off+n.part.N <= e.size:
				c.inner = append(c.inner, media.Range{Off: e.off + n.part.Off, N: n.part.N})
			case e.size <= 4 && e.pos > 0:
				c.inner = append(c.inner, media.Range{Off: e.pos + 8, N: e.size})
			default:
				c.inner = append(c.inner, media.Range{Off: e.off, N: e.size})
			}
		}
		if err := n.read(); err != nil {
			return err
		}
		if err := c.settleNote(n, &l.rows[k], seen, ciphered); err != nil {
			return err
		}
	}
	return nil
}

// settleNote drops a note whole if it holds, in no directory, what goes. Some raw
// pictures can't do without what stands in theirs.
func (c *cutter) settleNote(n *note, r *row, seen int, ciphered []entry) error {
	if c.pixels && !c.dng && len(c.inner)+len(ciphered) > 0 && strings.HasPrefix(n.make, "NIKON") {
		return media.Refuse("makernote", "it is a raw picture of Nikon, whose colours are enciphered with the serial number")
	}
	for _, t := range n.tags {
		if len(n.tags) == seen {
			break
		}
		if !c.s.Drop("makernote", t.Group, t.Name) {
			continue
		}
		if c.pixels && !c.dng {
			return media.Refuse("makernote", "it is a camera's raw picture, which is developed with what stands there")
		}
		r.drop = true
		c.notes = c.notes[:len(c.notes)-1]
		return nil
	}
	if len(ciphered) == 0 {
		return nil
	}
	cuts, err := n.withoutSerial(&ciphered[0])
	c.cuts = append(c.cuts, cuts...)
	return err
}

// settle turns the marks of a directory into what stays and what becomes zero.
func (c *cutter) settle(l *listing) error {
	d := &c.dirs[l.dir]
	dropped := int64(0)
	for i := range l.rows {
		r := &l.rows[i]
		value := media.Range{Off: r.off, N: r.size}
		far := r.ok && r.size > 4 && (!c.big || r.size > 8)
		switch {
		case r.drop || l.gone:
			dropped++
			if far {
				c.zero = append(c.zero, value)
			}
		case far && !(r.id == tagMakerNote || r.id == tagDNGPrivate):
			c.keeps = append(c.keeps, value)
		}
	}
	span := media.Range{Off: d.off, N: l.end - d.off}
	if d.kind == imageDir && l.whole {
		span.N = min(span.N+int64(c.wordSize()), c.win.size-d.off)
	}
	if l.gone {
		c.zero = append(c.zero, span)
		c.relink(l)
		return nil
	}
	if d.kind == imageDir {
		if err := c.keepPixels(d); err != nil {
			return err
		}
	}
	if dropped > 0 {
		room := dropped * l.entrySize
		span.N -= room
		c.zero = append(c.zero, media.Range{Off: d.off + span.N, N: room})
		if err := c.rewrite(l, span); err != nil {
			return err
		}
	}
	c.keeps = append(c.keeps, span)
	return nil
}

// rewrite gives a directory without the entries that go, in its own place: the
// others move up, the offset of the next directory too.
func (c *cutter) rewrite(l *listing, span media.Range) error {
	var b []byte
	left := uint64(0)
	for i := range l.rows {
		if r := &l.rows[i]; !r.drop {
			left++
			raw, err := c.win.at(r.pos, l.entrySize)
			if err != nil {
				return err
			}
			b = append(b, raw...)
		}
	}
	if c.big {
		b = append(c.append64(nil, left), b...)
	} else {
		b = append(c.append16(nil, uint16(left)), b...)
	}
	tail, err := c.win.at(l.end, span.N-int64(len(b)))
	if err != nil {
		return err
	}
	if l.next > 0 && c.skipped(l.next) != l.next {
		tail = c.word(uint64(c.skipped(l.next)))
	}
	b = append(b, tail...)
	if int64(len(b)) != span.N {
		return media.Stop(c.dirs[l.dir].path, media.Corrupt)
	}
	c.cuts = append(c.cuts, media.Cut{Off: span.Off, N: span.N, With: b})
	return nil
}

// relink makes the directory before one that goes point to the one after it,
// unless that directory is rewritten anyway.
func (c *cutter) relink(l *listing) {
	off := c.dirs[l.dir].off
	for i := range c.lists {
		o := &c.lists[i]
		if o.next != off || o.gone || slices.ContainsFunc(o.rows, func(r row) bool { return r.drop }) {
			continue
		}
		c.cuts = append(c.cuts, media.Cut{Off: o.end, N: int64(c.wordSize()), With: c.word(uint64(c.skipped(off)))})
	}
}

// skipped is the first directory from off on in its chain that stays, 0 if none
// does.
func (c *cutter) skipped(off int64) int64 {
	for range c.lists {
		k := slices.IndexFunc(c.lists, func(o listing) bool { return c.dirs[o.dir].off == off })
		if k < 0 || !c.lists[k].gone {
			return off
		}
		off = c.lists[k].next
	}
	return 0
}

func (c *cutter) wordSize() int {
	if c.big {
		return 8
	}
	return 4
}

func (c *cutter) word(n uint64) []byte {
	if c.big {
		return c.append64(nil, n)
	}
	b := make([]byte, 4)
	c.order.PutUint32(b, uint32(n))
	return b
}

func (c *cutter) append16(b []byte, n uint16) []byte {
	return append(b, swap(c.order, binary.BigEndian.AppendUint16(nil, n))...)
}

func (c *cutter) append64(b []byte, n uint64) []byte {
	return append(b, swap(c.order, binary.BigEndian.AppendUint64(nil, n))...)
}

// swap turns bytes in big-endian order into order.
func swap(order binary.ByteOrder, b []byte) []byte {
	if order == binary.ByteOrder(binary.LittleEndian) {
		slices.Reverse(b)
	}
	return b
}

// maxStrips bounds the strips and tiles that are looked at. What lies beyond is
// protected by refusing: see keepPixels.
const maxStrips = 1 << 20

// keepPixels notes where the pixels of a directory stand.
func (c *cutter) keepPixels(d *dir) error {
	m := &d.image
	if m.jpegOff > 0 && m.jpegLen > 0 {
		c.keeps = append(c.keeps, media.Range{Off: int64(min(m.jpegOff, math.MaxInt32)), N: int64(min(m.jpegLen, math.MaxInt32))})
	}
	n := min(m.parts.count, m.counts.count)
	if n > maxStrips {
		return media.Refuse(d.path, "it has more strips than can be looked at")
	}
	for k := range n {
		off, ok, err := c.integer(&m.parts, k)
		if err != nil {
			return err
		}
		length, ok2, err := c.integer(&m.counts, k)
		if err != nil {
			return err
		}
		if ok && ok2 && off < math.MaxInt64/2 && length < math.MaxInt64/2 {
			c.keeps = append(c.keeps, media.Range{Off: int64(off), N: int64(length)})
		}
	}
	return nil
}

// finish puts the cuts together. Nothing that stays becomes zero.
func (c *cutter) finish() ([]media.Cut, error) {
	size := c.win.size
	head := media.Range{N: 8}
	if c.big {
		head.N = 16
	}
	c.keeps = append(c.keeps, head)
	zero := c.zero
	if c.all && !c.pixels {
		zero = []media.Range{{N: size}} // orphans too
	}
	ranges := without(zero, append(slices.Clone(c.keeps), c.notes...), size)
	end := size
	if len(ranges) > 0 && !c.pixels {
		if last := &ranges[len(ranges)-1]; last.Off+last.N == size && last.Off > 0 {
			end = last.Off
			ranges = ranges[:len(ranges)-1]
		}
	}
	cuts := c.cuts
	if end < size {
		cuts = append(cuts, media.Cut{Off: end, N: size - end})
	}
	for _, r := range append(ranges, without(c.inner, c.keeps, size)...) {
		blank, err := c.blank(r)
		if err != nil {
			return nil, err
		}
		if !blank {
			cuts = append(cuts, media.Cut{Off: r.Off, N: r.N, Zero: true})
		}
	}
	return media.SortCuts(cuts)
}

// blank reports whether a range is zero already.
func (c *cutter) blank(r media.Range) (bool, error) {
	for off := r.Off; off < r.Off+r.N; off += page {
		b, err := c.win.at(off, min(page, r.Off+r.N-off))
		if err != nil || len(b) == 0 {
			return false, err
		}
		if slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) {
			return false, nil
		}
	}
	return true, nil
}

// without gives ranges, in order and joined, less what keeps cover, cut to size.
func without(ranges, keeps []media.Range, size int64) (out []media.Range) {
	sortRanges(keeps)
	sortRanges(ranges)
	end := int64(0) // of what is done
	k := 0
	for _, r := range ranges {
		at, stop := max(r.Off, end), min(r.Off+r.N, size)
		for at < stop {
			for k < len(keeps) && keeps[k].Off+keeps[k].N <= at {
				k++
			}
			to := stop
			covered := false
			for j := k; j < len(keeps) && keeps[j].Off < stop; j++ {
				if keeps[j].Off+keeps[j].N <= at {
					continue
				}
				if covered = keeps[j].Off <= at; covered {
					to = min(stop, keeps[j].Off+keeps[j].N)
				} else {
					to = keeps[j].Off
				}
				break
			}
			if n := len(out) - 1; !covered && n >= 0 && out[n].Off+out[n].N == at {
				out[n].N += to - at
			} else if !covered {
				out = append(out, media.Range{Off: at, N: to - at})
			}
			at = to
		}
		end = max(end, stop)
	}
	return out
}

func sortRanges(r []media.Range) {
	slices.SortFunc(r, func(a, b media.Range) int { return cmp.Or(cmp.Compare(a.Off, b.Off), cmp.Compare(a.N, b.N)) })
}

var _ media.Coder = format{}

// Coded implements media.Coder: the strips and tiles of
// every directory.
func (format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	if size < 8 {
		return nil, media.Stop("", media.Truncated)
	}
	w, skip, err := gone(r, size, media.Deaf{})
	if err != nil {
		return nil, err
	}
	c := &cutter{walk: w}
	for i := range c.dirs {
		if d := &c.dirs[i]; d.kind == imageDir && d.image.jpegOff == 0 {
			if err := c.keepPixels(d); err != nil {
				return nil, err
			}
		}
	}
	for i := range c.keeps {
		k := &c.keeps[i]
		k.N = max(0, min(k.N, w.win.size-k.Off))
		k.Off += skip
	}
	return c.keeps, nil
}
