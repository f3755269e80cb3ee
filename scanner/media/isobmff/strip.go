package isobmff

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"habeas/detectors"
	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// Strip implements media.Stripper. No byte of the file moves, since pictures and
// samples are found by their offsets: a box that goes becomes a free box of its
// size filled with zeros, a block in an item or in a box is padded to its size,
// and of a track of positions the samples become zeros too.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{walk: walk{win: media.Window{R: r, Size: size}, r: r, v: media.Deaf{}}, s: s}
	if err := c.children("", 0, size, 1, c.top); err != nil && err != errDone {
		return nil, err
	}
	for _, b := range c.metas {
		if err := c.meta("meta", b, 2); err != nil {
			return nil, err
		}
	}
	if c.cut {
		return nil, media.Stop("", media.Truncated)
	}
	c.zeroSamples()
	if c.fragments > 0 && c.killed {
		return nil, media.Refuse("moov", "a track of it is cut into fragments")
	}
	return media.SortCuts(c.cuts)
}

// uuidC2PA is d8fec3d6-1b0e-483c-9297-5828877ec481, content credentials.
const uuidC2PA = "\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81"

// cutter notes what goes.
type cutter struct {
	walk
	s      media.Stripping
	cuts   []media.Cut
	killed bool // a track goes
	seen   map[span]bool

	data    []span // mdat boxes
	samples []span // of tracks that go
}

// free makes a box one that holds nothing.
func (c *cutter) free(b box) {
	kindAt := b.off + 4
	c.cuts = append(c.cuts, media.Cut{Off: kindAt, N: 4, With: []byte("free")})
	from := b.body
	if b.kind == "uuid" {
		from -= 16
	}
	if from < b.end {
		c.cuts = append(c.cuts, media.Cut{Off: from, N: b.end - from, Zero: true})
	}
}

// top looks at a box of the file itself.
func (c *cutter) top(b box) error {
	switch b.kind {
	case "meta":
		c.metas = append(c.metas, b)
	case "moov":
		c.movie = true
		return c.moov(b)
	case "mdat":
		c.data = append(c.data, span{b.body, b.size()})
	case "moof":
		c.fragments++
	case "udta":
		return c.userData("udta", b, 2)
	case "uuid":
		return c.uuid("uuid", b, 2)
	case "mpvd":
		if c.s.Drop("mpvd", "", "") {
			c.free(b)
			return nil
		}
		return c.nest("mpvd", b.body, b.end-b.body, 0)
	}
	return nil
}

func (c *cutter) moov(b box) error {
	return c.children("moov", b.body, b.end, 2, func(d box) error {
		switch d.kind {
		case "trak":
			c.traks++
			return c.trak(fmt.Sprintf("moov/trak[%d]", c.traks), d)
		case "udta":
			return c.userData("moov/udta", d, 3)
		case "meta":
			return c.meta("moov/meta", d, 3)
		case "uuid":
			return c.uuid("moov/uuid", d, 3)
		case "XMP_":
			return c.xmp("moov/xmp", d, d.body)
		}
		return nil
	})
}

// nest looks into something embedded, which keeps its size.
func (c *cutter) nest(path string, off, n int64, fill byte) error {
	if n <= 0 {
		return nil
	}
	cuts, err := c.s.Nested(path, io.NewSectionReader(c.r, off, n), nil)
	if err != nil {
		return err
	}
	cuts, ok := media.Padded(cuts, n, fill)
	if !ok {
		return media.Stop(path, media.Corrupt)
	}
	c.cuts = append(c.cuts, media.Shift(cuts, off)...)
	return nil
}

// xmp looks at a packet that stands at off in a box.
func (c *cutter) xmp(path string, b box, off int64) error {
	if c.s.Drop(path, "", "") {
		c.free(b)
		return nil
	}
	return c.nest(path, off, b.end-off, ' ')
}

func (c *cutter) uuid(path string, b box, depth int) error {
	switch b.uuid {
	case uuidXMP:
		return c.xmp(path+"/xmp", b, b.body)
	case uuidC2PA:
		if c.s.Drop("c2pa", "", "") {
			c.free(b)
		}
	case uuidCanon:
		return c.canon(path, b, depth)
	case uuidPreview:
		if b.size() > 8 {
			b.body += 8
			return c.canon(path, b, depth)
		}
	}
	return nil
}

// canon looks into Canon's boxes. The blocks in them have one directory each, for
// which Walk makes up the one around it: what is made up is left out again.
func (c *cutter) canon(path string, b box, depth int) error {
	return c.children(path, b.body, b.end, depth, func(d box) error {
		h := c.heard(func(w *walk) error {
			return w.children(path, d.off, d.end, depth, func(e box) error {
				only := b
				only.body, only.end = e.off, e.end
				return w.canon(path, only, depth)
			})
		})
		if h.err != nil {
			return h.err
		}
		for _, g := range h.list {
			if g.data == nil {
				if c.s.Drop(g.path, "", "") && d.kind == "THMB" {
					c.cuts = append(c.cuts, media.Cut{Off: g.off, N: g.n, Zero: true})
					continue
				}
				if err := c.nest(g.path, g.off, g.n, 0); err != nil {
					return err
				}
				continue
			}
			if err := c.madeUp(g, d); err != nil {
				return err
			}
		}
		return nil
	})
}

// madeUp strips a block in memory and writes back what of it stands in the file.
func (c *cutter) madeUp(g handed, b box) error {
	n := int64(len(g.data))
	cuts, err := c.s.Nested(g.path, io.NewSectionReader(bytes.NewReader(g.data), 0, n), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	cuts, ok := media.Padded(cuts, n, 0)
	if !ok || n < b.size() {
		return media.Stop(g.path, media.Corrupt)
	}
	out, err := media.Apply(g.data, cuts)
	if err != nil {
		return err
	}
	old, err := media.ReadUpTo(c.r, b.body, b.size(), c.win.Size)
	if err != nil || len(old) < 8 {
		return err
	}
	out = out[:len(old)]
	copy(out[4:8], old[4:8]) // where the first directory stands
	if !bytes.Equal(out, old) {
		c.cuts = append(c.cuts, media.Cut{Off: b.body, N: int64(len(out)), With: out})
	}
	return nil
}

// handed is embedded content that Walk handed out: where it stands in the file,
// or its bytes.
type handed struct {
	path   string
	off, n int64
	data   []byte
}

// hearing keeps what a part of Walk hands out.
type hearing struct {
	media.Deaf
	r    io.ReaderAt
	list []handed
	tags []told
	text bool
	err  error
}

type told struct {
	path string
	detectors.Tag
}

func (h *hearing) Part(p *detectors.Part) error {
	h.text = h.text || len(p.Text) > 0
	for _, t := range p.Tags {
		h.tags = append(h.tags, told{p.Path, t})
	}
	return nil
}

func (h *hearing) Nested(path string, r *io.SectionReader) error {
	outer, off, n := r.Outer()
	g := handed{path: path, off: off, n: n}
	if outer != h.r {
		var err error
		if g.data, err = media.ReadUpTo(r, 0, n, n); err != nil {
			return err
		}
	}
	h.list = append(h.list, g)
	return nil
}

// heard runs a part of Walk and gives what it hands out.
func (c *cutter) heard(fn func(*walk) error) *hearing {
	h := &hearing{r: c.r}
	h.err = fn(&walk{win: media.Window{R: c.r, Size: c.win.Size}, r: c.r, v: h})
	return h
}

// drops reports whether one of the fields that were heard goes.
func (c *cutter) drops(h *hearing) bool {
	return slices.ContainsFunc(h.tags, func(t told) bool { return c.s.Drop(t.path, t.Group, t.Name) })
}

// field looks at a box at path that fn reads: it goes as a whole if a field in it
// goes. One in which nothing is read is asked for by its kind.
func (c *cutter) field(path string, b box, fn func(*walk) error) error {
	h := c.heard(fn)
	if h.err != nil {
		return h.err
	}
	unread := len(h.tags) == 0 && len(h.list) == 0 && !h.text
	if c.drops(h) || unread && c.s.Drop(path, group, label(b.kind)) {
		c.free(b)
		return nil
	}
	for _, g := range h.list {
		if g.data == nil && c.s.Drop(g.path, "", "") {
			c.free(b)
			return nil
		}
	}
	for _, g := range h.list {
		if g.data != nil {
			continue
		}
		if err := c.nest(g.path, g.off, g.n, 0); err != nil {
			return err
		}
	}
	return nil
}

func (c *cutter) userData(path string, b box, depth int) error {
	return c.children(path, b.body, b.end, depth, func(d box) error {
		switch d.kind {
		case "meta":
			return c.meta(path+"/meta", d, depth+1)
		case "udta":
			return c.userData(path, d, depth+1)
		case "uuid":
			return c.uuid(path+"/uuid", d, depth+1)
		case "XMP_":
			return c.xmp(path+"/xmp", d, d.body)
		case "ilst":
			return c.itemList(path, box{}, d, depth+1)
		case "free", "skip", "hnti", "hinf", "ludt":
			return nil
		}
		// A row with this one field.
		row := b
		row.body, row.end = d.off, d.end
		return c.field(path, d, func(w *walk) error { return w.userData(path, row, depth) })
	})
}

// meta looks at the items and fields of a meta box, as walk.meta reads it.
func (c *cutter) meta(path string, b box, depth int) error {
	off := b.body + 4
	if h, err := c.win.At(b.body, 8); err != nil {
		return err
	} else if len(h) == 8 && !zeros(h[:4]) {
		off = b.body
	}
	var t tables
	err := c.children(path, off, b.end, depth, func(d box) error {
		switch d.kind {
		case "iinf":
			t.iinf = d
		case "iloc":
			t.iloc = d
		case "iref":
			t.iref = d
		case "idat":
			t.idat = d
		case "keys":
			t.keys = d
		case "ilst":
			t.ilst = d
		case "iprp":
			return c.properties(d, depth+1)
		case "meta":
			return c.meta(path, d, depth+1)
		case "udta":
			return c.userData(path+"/udta", d, depth+1)
		case "uuid":
			return c.uuid(path+"/uuid", d, depth+1)
		case "xml ":
			return c.field(path, d, func(w *walk) error { return w.xml(path+"/xml", d) })
		case "ID32":
			return c.field(path, d, func(w *walk) error { return w.id32(path+"/id3", d) })
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := c.itemList(path, t.keys, t.ilst, depth+1); err != nil {
		return err
	}
	return c.items(&t)
}

// properties looks at the descriptions of pictures. A property that goes becomes
// a free box: the others keep their numbers.
func (c *cutter) properties(b box, depth int) error {
	return c.children("meta", b.body, b.end, depth, func(d box) error {
		if d.kind != "ipco" {
			return nil
		}
		return c.children("meta", d.body, d.end, depth+1, func(e box) error {
			if e.kind != "udes" {
				return nil
			}
			return c.field("meta/udes", e, func(w *walk) error { return w.property(e) })
		})
	})
}

// itemList looks at the fields of a list. Those that stay move up, and a free box
// behind the list takes the room of the others.
func (c *cutter) itemList(path string, keys, list box, depth int) error {
	if list.kind == "" {
		return nil
	}
	if list.end-list.off > media.MaxBlock {
		return media.Stop(path, media.LimitBytes)
	}
	var kept []byte
	gone := int64(0)
	start := len(c.cuts)
	err := c.children(path, list.body, list.end, depth, func(d box) error {
		row := list
		row.body, row.end = d.off, d.end
		before := len(c.cuts)
		if err := c.field(path, d, func(w *walk) error { return w.itemList(path, keys, row, depth) }); err != nil {
			return err
		}
		if n := len(c.cuts); n > before && c.cuts[before].Off == d.off+4 && string(c.cuts[before].With) == "free" {
			c.cuts = c.cuts[:before]
			gone += d.end - d.off
			return nil
		}
		b, err := media.ReadUpTo(c.r, d.off, d.end-d.off, c.win.Size)
		if err != nil {
			return err
		}
		if b, err = media.Apply(b, media.Shift(slices.Clone(c.cuts[before:]), -d.off)); err != nil {
			return err
		}
		kept = append(kept, b...)
		return nil
	})
	if err != nil || gone == 0 {
		return err
	}
	c.cuts = c.cuts[:start]
	head := list.body - list.off
	tail := list.end - list.body - int64(len(kept)) - gone // a zero at the end
	if head != 8 || tail < 0 {
		return media.Stop(path, media.Corrupt)
	}
	out := binary.BigEndian.AppendUint32(nil, uint32(head+int64(len(kept))))
	out = append(append(out, "ilst"...), kept...)
	out = binary.BigEndian.AppendUint32(out, uint32(gone+tail))
	out = append(append(out, "free"...), make([]byte, gone+tail-8)...)
	c.cuts = append(c.cuts, media.Cut{Off: list.off, N: list.end - list.off, With: out})
	return nil
}

// items looks at the metadata items of a meta box.
func (c *cutter) items(t *tables) error {
	list, err := c.infos(t.iinf)
	if err != nil || len(list) == 0 {
		return err
	}
	places, err := c.places(t.iloc, nil)
	if err != nil {
		return err
	}
	refs, err := c.refs(t.iref)
	if err != nil {
		return err
	}
	for _, it := range list {
		spans, ok := c.spans(t, places, refs, it.id, 0)
		if len(spans) == 0 {
			continue
		}
		if err := c.item(it, spans, ok); err != nil {
			return err
		}
	}
	return nil
}

// item looks at one metadata item.
func (c *cutter) item(it item, spans []span, whole bool) error {
	if len(spans) == 1 && c.seen[spans[0]] {
		return nil
	}
	if c.seen == nil {
		c.seen = map[span]bool{}
	}
	if len(spans) == 1 {
		c.seen[spans[0]] = true
	}
	if it.path != "meta/exif" && c.s.Drop(it.path, "", "") {
		return c.blank(it, spans)
	}
	if it.locked {
		return nil // nobody can look into it; Drop takes it out whole
	}
	d, err := c.join(it.path, spans)
	if err != nil {
		return err
	}
	if it.encoding != "" && it.encoding != "identity" && it.path != "meta/exif" {
		b := c.decode(it, d)
		cuts, err := c.s.Nested(it.path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), nil)
		if err == nil && len(cuts) > 0 {
			return c.blank(it, spans) // it can't be packed to the same size
		}
		return err
	}
	skip, fill := int64(0), byte(0)
	if it.path == "meta/exif" {
		skip = int64(tiffStart(d))
	} else {
		fill = ' '
	}
	cuts, err := c.s.Nested(it.path, io.NewSectionReader(bytes.NewReader(d), skip, int64(len(d))-skip), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	cuts, ok := media.Padded(cuts, int64(len(d))-skip, fill)
	if !ok || !whole {
		return media.Stop(it.path, media.Corrupt)
	}
	out, err := media.Apply(d, media.Shift(cuts, skip))
	if err != nil {
		return err
	}
	c.writeBack(spans, out)
	return nil
}

// writeBack puts out in the place of spans, where it differs.
func (c *cutter) writeBack(spans []span, out []byte) {
	for _, s := range spans {
		n := min(s.n, int64(len(out)))
		c.cuts = append(c.cuts, media.Cut{Off: s.off, N: n, With: out[:n]})
		out = out[n:]
	}
}

// blank fills an item with what says nothing.
func (c *cutter) blank(it item, spans []span) error {
	n := int64(0)
	for _, s := range spans {
		n += s.n
	}
	if n > media.MaxBlock {
		return media.Stop(it.path, media.LimitBytes)
	}
	out := make([]byte, n)
	if it.path == "meta/xmp" && (it.encoding == "" || it.encoding == "identity") {
		const packet = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
		out = bytes.Repeat([]byte{' '}, int(n))
		if n >= int64(len(packet)) {
			copy(out, packet)
		}
	}
	c.writeBack(spans, out)
	return nil
}

// trak looks at the metadata of a track, and at its samples if they are that.
func (c *cutter) trak(path string, b box) error {
	var t sampleTables
	if err := c.trackBox(path, b, 3, &t); err != nil {
		return err
	}
	if readers[t.format] == nil {
		return nil
	}
	h := c.heard(func(w *walk) error {
		if err := w.trak(path, b); err != nil {
			return err
		}
		return w.tracks()
	})
	if h.err != nil {
		return h.err
	}
	if !c.drops(h) && (h.text || !c.s.Drop(path, "Track", t.format)) {
		return nil
	}
	samples, err := c.locate(path, &t)
	if err != nil {
		return err
	}
	if len(samples) == maxSamples {
		return media.Refuse(path, "it has more samples than can be looked at")
	}
	c.cuts = slices.DeleteFunc(c.cuts, func(k media.Cut) bool { return k.Off >= b.off && k.Off < b.end })
	c.free(b)
	c.killed = true
	c.samples = append(c.samples, samples...)
	return nil
}

// zeroSamples overwrites the samples of tracks that go. A table that leads
// elsewhere than to media data is not followed.
func (c *cutter) zeroSamples() {
	for _, s := range c.samples {
		if slices.ContainsFunc(c.data, func(d span) bool { return s.off >= d.off && s.off+s.n <= d.off+d.n }) {
			c.cuts = append(c.cuts, media.Cut{Off: s.off, N: s.n, Zero: true})
		}
	}
}

// trackBox goes down to the metadata and the sample tables of a track.
func (c *cutter) trackBox(path string, b box, depth int, t *sampleTables) error {
	return c.children(path, b.body, b.end, depth, func(d box) error {
		switch d.kind {
		case "mdia", "minf", "stbl":
			return c.trackBox(path, d, depth+1, t)
		case "udta":
			return c.userData(path+"/udta", d, depth+1)
		case "meta":
			return c.meta(path+"/meta", d, depth+1)
		case "uuid":
			return c.uuid(path+"/uuid", d, depth+1)
		case "stsd":
			return c.description(d, t)
		case "stsz":
			t.stsz = d
		case "stsc":
			t.stsc = d
		case "stco":
			t.stc = d
		case "co64":
			t.stc, t.wide = d, true
		}
		return nil
	})
}

var _ media.Coder = format{}

// Coded implements media.Coder: the items that are pictures, then the samples of
// each track that is no metadata.
func (format) Coded(r io.ReaderAt, size int64) (out []media.Range, err error) {
	w := &walk{win: media.Window{R: r, Size: size}, r: r, v: media.Deaf{}}
	add := func(spans []span) {
		for _, s := range spans {
			if n := len(out) - 1; n >= 0 && out[n].Off+out[n].N == s.off {
				out[n].N += s.n
			} else {
				out = append(out, media.Range{Off: s.off, N: s.n})
			}
		}
	}
	err = w.children("", 0, size, 1, func(b box) error {
		switch b.kind {
		case "meta":
			return w.codedItems(b, add)
		case "moov":
			return w.children("moov", b.body, b.end, 2, func(t box) error {
				if t.kind != "trak" {
					return nil
				}
				c := &cutter{walk: walk{win: media.Window{R: r, Size: size}, r: r, v: media.Deaf{}}, s: nothing{}}
				var tables sampleTables
				if err := c.trackBox("", t, 3, &tables); err != nil || readers[tables.format] != nil || tables.stsz.kind == "" || tables.stc.kind == "" {
					return err
				}
				samples, err := c.locate("", &tables)
				add(samples)
				return err
			})
		}
		return nil
	})
	return out, err
}

// codedItems gives the bytes of items that are no metadata, by number.
func (w *walk) codedItems(b box, add func([]span)) error {
	var t tables
	err := w.children("meta", b.body+4, b.end, 2, func(d box) error {
		switch d.kind {
		case "iinf":
			t.iinf = d
		case "iloc":
			t.iloc = d
		case "iref":
			t.iref = d
		case "idat":
			t.idat = d
		}
		return nil
	})
	if err != nil {
		return err
	}
	list, err := w.infos(t.iinf)
	if err != nil {
		return err
	}
	places, err := w.places(t.iloc, nil)
	if err != nil {
		return err
	}
	refs, err := w.refs(t.iref)
	if err != nil {
		return err
	}
	var ids []uint32
	for id := range places {
		if !slices.ContainsFunc(list, func(it item) bool { return it.id == id }) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		spans, _ := w.spans(&t, places, refs, id, 0)
		add(spans)
	}
	return nil
}

// nothing is a Stripping that drops nothing.
type nothing struct{}

func (nothing) Drop(string, string, string) bool { return false }
func (nothing) Nested(string, *io.SectionReader, func(string) bool) ([]media.Cut, error) {
	return nil, nil
}
