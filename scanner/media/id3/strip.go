package id3

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"habeas/detectors"
	"habeas/scanner/media"
)

var (
	_ media.Stripper = format{}
	_ media.Coder    = format{}
)

// Strip implements media.Stripper. Frames and items go as a whole. An ID3v2 tag
// keeps its size: what goes becomes padding at its end; so does an ID3v1 tag,
// whose fields become zeros. Sound does not change.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := newCutter(r, size, s)
	start, err := c.front()
	if err != nil {
		return nil, err
	}
	if _, err := c.back(start); err != nil {
		return nil, err
	}
	return media.SortCuts(c.cuts)
}

// Coded implements media.Coder: what stands between the tags.
func (format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	c := newCutter(r, size, nil)
	start, err := c.front()
	if err != nil {
		return nil, err
	}
	end, err := c.back(start)
	if err != nil || end <= start {
		return nil, err
	}
	return []media.Range{{Off: start, N: end - start}}, nil
}

// cutter notes what goes. It hears what its own walk hands out.
type cutter struct {
	walk
	s    media.Stripping // nil only looks where the tags end
	cuts []media.Cut

	tags []told
	list []handed
	sets bool // a field got another value
}

type told struct {
	path string
	detectors.Tag
}

type handed struct {
	path   string
	off, n int64  // in the file; off is -1 for bytes in memory
	data   []byte // of those
}

func newCutter(r io.ReaderAt, size int64, s media.Stripping) *cutter {
	c := &cutter{s: s}
	c.walk = walk{win: media.Window{R: r, Size: size}, r: r, size: size, v: c}
	if b, ok := s.(media.Budgeter); ok {
		c.budget = b.Budget()
	}
	return c
}

var _ media.Visitor = (*cutter)(nil)

// Part implements media.Visitor.
func (c *cutter) Part(p *detectors.Part) error {
	for _, t := range p.Tags {
		c.tags = append(c.tags, told{p.Path, t})
	}
	return nil
}

// Nested implements media.Visitor.
func (c *cutter) Nested(path string, r *io.SectionReader) error {
	outer, off, n := r.Outer()
	h := handed{path: path, off: off, n: n}
	if outer != c.r {
		b, err := media.ReadUpTo(r, 0, n, n)
		if err != nil {
			return err
		}
		h.off, h.data = -1, b
	}
	c.list = append(c.list, h)
	return nil
}

// Problem implements media.Visitor.
func (c *cutter) Problem(string, media.Reason) {}

// hear runs fn and gives what it hands out.
func (c *cutter) hear(fn func() error) (tags []told, list []handed, err error) {
	c.tags, c.list = nil, nil
	err = fn()
	return c.tags, c.list, err
}

func (c *cutter) drops(tags []told) bool {
	return slices.ContainsFunc(tags, func(t told) bool { return c.s.Drop(t.path, t.Group, t.Name) })
}

// front goes through the tags at the start and gives where they end.
func (c *cutter) front() (off int64, err error) {
	for range maxRow {
		h, err := c.win.At(off, 32)
		if err != nil {
			return off, err
		}
		h = bytes.Clone(h)
		switch {
		case len(h) >= 10 && string(h[:3]) == "ID3":
			n := synchsafe(h[6:]) + 10
			if h[3] == 4 && h[5]&0x10 != 0 {
				n += 10
			}
			if n > c.size-off {
				return off, media.Stop("v2", media.Truncated)
			}
			if err := c.version2(off, h, n, true); err != nil {
				return off, err
			}
			off += n
		case len(h) == 32 && string(h[:8]) == "APETAGEX":
			n := 32 + int64(binary.LittleEndian.Uint32(h[12:]))
			if n > c.size-off || n < 64 {
				return off, media.Stop("ape", media.Truncated)
			}
			if err := c.apeTag(off, off+32, off+n-32, off+n); err != nil {
				return off, err
			}
			off += n
		case off > 0 && c.other(h):
			return c.size, c.container(off)
		case len(h) >= 28 && string(h[:4]) == "DSD ":
			return c.dsf(h)
		default:
			return off, nil
		}
		if off >= c.size {
			return c.size, nil
		}
	}
	return off, nil
}

// container looks into a file behind a tag.
func (c *cutter) container(off int64) error {
	if c.s == nil {
		return nil
	}
	cuts, err := c.s.Nested("audio", io.NewSectionReader(c.r, off, c.size-off), nil)
	c.cuts = append(c.cuts, media.Shift(cuts, off)...)
	return err
}

// dsf goes through the tag that a DSF file points at.
func (c *cutter) dsf(h []byte) (int64, error) {
	at := binary.LittleEndian.Uint64(h[20:])
	if at < 28 || at >= uint64(c.size) {
		return c.size, nil
	}
	h, err := c.win.At(int64(at), 10)
	if err != nil || len(h) < 10 || string(h[:3]) != "ID3" {
		return c.size, err
	}
	h = bytes.Clone(h)
	return c.size, c.version2(int64(at), h, min(synchsafe(h[6:])+10, c.size-int64(at)), false)
}

// version2 goes through an ID3v2 tag of n bytes at off.
func (c *cutter) version2(off int64, h []byte, n int64, free bool) error {
	if c.s == nil {
		return nil
	}
	if c.s.Drop("v2", "", "") && free {
		c.cuts = append(c.cuts, media.Cut{Off: off, N: n})
		return nil
	}
	version, flags := h[3], h[5]
	if version < 2 || version > 4 || version == 2 && flags&0x40 != 0 {
		return nil
	}
	end := off + 10 + synchsafe(h[6:])
	b := body{win: &c.win, off: off + 10, end: min(end, c.size), version: version, path: "v2", unsync: version == 4 && flags&0x80 != 0}
	changed := version != 4 && flags&0x80 != 0 // for players that took parts of it for sound
	if changed {
		d, err := media.ReadUpTo(c.r, b.off, min(b.end-b.off, media.MaxBlock), c.size)
		if err != nil {
			return err
		}
		b.memory(resync(d))
	}
	start := b.off
	if version > 2 && flags&0x40 != 0 {
		if err := c.skipExtended(&b); err != nil {
			return err
		}
	}
	head, err := media.ReadUpTo(b.win.R, start, b.off-start, b.win.Size)
	if err != nil {
		return err
	}
	kept, gone, err := c.frames2(&b)
	if err != nil || gone == 0 {
		return err
	}
	out := append(head, kept...)
	if changed {
		out = desync(out)
	}
	room := end - off - 10
	if int64(len(out)) > room {
		if c.sets {
			return media.Refuse("v2", media.NoRoom)
		}
		return media.Stop("v2", media.Corrupt)
	}
	out = append(out, make([]byte, room-int64(len(out)))...)
	// Cuts inside of the tag stand in out already.
	c.cuts = slices.DeleteFunc(c.cuts, func(k media.Cut) bool { return k.Off >= off && k.Off < end })
	c.cuts = append(c.cuts, media.Cut{Off: off + 10, N: room, With: out})
	return nil
}

// desync puts a zero behind each byte of 255 that could begin a frame of sound.
func desync(d []byte) []byte {
	out := make([]byte, 0, len(d)+len(d)/64)
	for i, b := range d {
		out = append(out, b)
		if b == 0xff && (i+1 == len(d) || d[i+1] >= 0xe0 || d[i+1] == 0) {
			out = append(out, 0)
		}
	}
	return out
}

// frames2 gives the frames that stay, with what goes from the blocks in them.
func (c *cutter) frames2(b *body) (kept []byte, gone int, err error) {
	for b.off < b.end {
		if c.walk.frames++; c.walk.frames > media.MaxMembers*2 {
			return nil, 0, media.Stop("v2", media.LimitCount)
		}
		start := b.off
		f, ok, err := c.header(b)
		if err != nil {
			return nil, 0, err
		}
		if !ok {
			break
		}
		b.off = f.off + f.size
		raw, err := media.ReadUpTo(b.win.R, start, b.off-start, b.win.Size)
		if err != nil {
			return nil, 0, err
		}
		tags, list, err := c.hear(func() error {
			t, err := c.frame(nil, b, f, 0)
			for _, tag := range t {
				c.tags = append(c.tags, told{"v2", tag})
			}
			return err
		})
		if err != nil {
			return nil, 0, err
		}
		if v, ok := c.setText(f, tags); ok {
			kept = appendText(kept, b.version, raw, f, v)
			gone++
			c.sets = true
			continue
		}
		drop := c.drops(tags)
		for _, h := range list {
			out, lost, err := c.embedded(h, raw)
			if err != nil {
				return nil, 0, err
			}
			drop = drop || lost
			if out != nil {
				raw = out
				gone++
			}
		}
		if drop {
			gone++
			continue
		}
		kept = append(kept, raw...)
	}
	// What follows is padding, or nothing that could be read: padding takes its place.
	return kept, gone, nil
}

// setText is the value that a frame of one text is to have. Those with more in
// them, as a language or a key, can't be set.
func (c *cutter) setText(f frame, tags []told) (value string, ok bool) {
	if len(tags) != 1 || f.id[0] != 'T' || f.id == "TXXX" || f.id == "TIPL" || f.id == "TMCL" {
		return "", false
	}
	return media.SetOf(c.s, tags[0].path, tags[0].Group, tags[0].Name)
}

// appendText adds a frame of text, in the encoding that its version has for all
// texts: UTF-16 with a mark in 2.2 and 2.3 (4), UTF-8 in 2.4 (4). raw is the frame
// as it was; the flags of its packing go.
func appendText(kept []byte, version byte, raw []byte, f frame, value string) []byte {
	var d []byte
	if version == 4 {
		d = append([]byte{3}, value...)
	} else {
		d = []byte{1, 0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(value)) {
			d = binary.LittleEndian.AppendUint16(d, u)
		}
	}
	n := uint32(len(d))
	switch version {
	case 2:
		kept = append(append(kept, raw[:3]...), byte(n>>16), byte(n>>8), byte(n))
	case 3:
		kept = append(binary.BigEndian.AppendUint32(append(kept, raw[:4]...), n), 0, 0)
	default:
		kept = append(append(kept, raw[:4]...), byte(n>>21&0x7f), byte(n>>14&0x7f), byte(n>>7&0x7f), byte(n&0x7f), 0, 0)
	}
	return append(kept, d...)
}

// setField1 writes a field of ID3v1, which is Latin-1 of a fixed room.
func (c *cutter) setField1(name, value string, end int64, long bool) error {
	i, ok := map[string]int64{"Title": 0, "Artist": 1, "Album": 2}[name]
	with := make([]byte, 0, 30)
	for _, r := range value {
		if r > 0xff || len(with) == 30 {
			return media.Refuse("v1", media.NoRoom)
		}
		with = append(with, byte(r))
	}
	if !ok || long {
		return media.Refuse("v1", "the field can't be set where it stands")
	}
	c.cuts = append(c.cuts, media.Cut{Off: end - 128 + 3 + 30*i, N: 30, With: append(with, make([]byte, 30-len(with))...)})
	return nil
}

// embedded strips a block in a frame. drop says that the frame goes; out is the
// frame as it will be, nil if it stays.
func (c *cutter) embedded(h handed, raw []byte) (out []byte, drop bool, err error) {
	if c.s.Drop(h.path, "", "") {
		return nil, true, nil
	}
	d := h.data
	if h.off >= 0 {
		if d, err = media.ReadUpTo(c.r, h.off, h.n, c.size); err != nil {
			return nil, false, err
		}
	}
	n := int64(len(d))
	cuts, err := c.s.Nested(h.path, io.NewSectionReader(bytes.NewReader(d), 0, n), nil)
	if err != nil || len(cuts) == 0 {
		return nil, false, err
	}
	fill := byte(0)
	if strings.HasSuffix(h.path, "xmp") {
		fill = ' '
	}
	cuts, ok := media.Padded(cuts, n, fill)
	at := bytes.Index(raw, d)
	if !ok || at < 0 {
		return nil, true, nil // it was packed: the whole frame goes
	}
	with, err := media.Apply(d, cuts)
	if err != nil {
		return nil, false, err
	}
	out = bytes.Clone(raw)
	copy(out[at:], with)
	return out, false, nil
}

// back goes through the tags at the end and gives where they begin.
func (c *cutter) back(start int64) (end int64, err error) {
	end = c.size
	for range maxRow {
		was := end
		for i, f := range []func(start, end int64) (int64, error){c.version1, c.apeFooter, c.lyrics, c.footer} {
			if end-start < 15 {
				return end, nil
			}
			var n int64
			tags, _, err := c.hear(func() (err error) { n, err = f(start, end); return err })
			if err != nil {
				return end, err
			}
			if n == 0 {
				continue
			}
			if c.s != nil {
				if err := c.last(i, end, n, tags); err != nil {
					return end, err
				}
			}
			end -= n
		}
		if end == was {
			break
		}
	}
	return end, nil
}

// last looks at one of the tags at the end, n bytes up to end.
func (c *cutter) last(which int, end, n int64, tags []told) error {
	whole := media.Cut{Off: end - n, N: n}
	switch which {
	case 0:
		if c.s.Drop("v1", "", "") {
			c.cuts = append(c.cuts, whole)
			return nil
		}
		for _, t := range tags {
			if v, ok := media.SetOf(c.s, t.path, t.Group, t.Name); ok {
				if err := c.setField1(t.Name, v, end, n > 128); err != nil {
					return err
				}
			} else if c.s.Drop(t.path, t.Group, t.Name) {
				c.field1(t.Name, end, n > 128)
			}
		}
	case 1:
		h, err := c.win.At(end-32, 32)
		if err != nil || len(h) < 32 {
			return err
		}
		items := end - int64(binary.LittleEndian.Uint32(h[12:]))
		if items < end-n || items > end-32 {
			return media.Stop("ape", media.Corrupt)
		}
		return c.apeTag(end-n, items, end-32, end)
	case 2:
		if c.s.Drop("lyrics", "", "") || c.drops(tags) {
			c.cuts = append(c.cuts, whole)
		}
	case 3:
		h, err := c.win.At(end-n, 10)
		if err != nil || len(h) < 10 {
			return err
		}
		return c.version2(end-n, bytes.Clone(h), n, true)
	}
	return nil
}

// field1 overwrites a field of ID3v1, and of its extension.
func (c *cutter) field1(name string, end int64, long bool) {
	tag := end - 128
	zero := func(off, n int64) { c.cuts = append(c.cuts, media.Cut{Off: off, N: n, Zero: true}) }
	switch name {
	case "Title", "Artist", "Album":
		i := map[string]int64{"Title": 0, "Artist": 1, "Album": 2}[name]
		zero(tag+3+30*i, 30)
		if long {
			zero(tag-227+4+60*i, 60)
		}
	case "Year":
		zero(tag+93, 4)
	case "Comment":
		zero(tag+97, 28) // behind it stands the track
		if b, err := c.win.At(tag+125, 1); err == nil && len(b) == 1 && b[0] != 0 {
			zero(tag+125, 2)
		}
	}
}

// apeTag goes through an APE tag that begins at off, whose items stand between
// from and to, and that ends at end.
func (c *cutter) apeTag(off, from, to, end int64) error {
	if c.s == nil {
		return nil
	}
	if c.s.Drop("ape", "", "") {
		c.cuts = append(c.cuts, media.Cut{Off: off, N: end - off})
		return nil
	}
	if to-from > media.MaxBlock {
		return media.Stop("ape", media.LimitBytes)
	}
	d, err := media.ReadUpTo(c.r, from, to-from, c.size)
	if err != nil {
		return err
	}
	items, lost := 0, int64(0)
	for at := 0; len(d)-at > 8; {
		n, flags := int(binary.LittleEndian.Uint32(d[at:])), binary.LittleEndian.Uint32(d[at+4:])
		key, _, ok := bytes.Cut(d[at+8:min(at+8+256, len(d))], []byte{0})
		size := 8 + len(key) + 1 + n
		if !ok || len(key) == 0 || n < 0 || size > len(d)-at {
			break
		}
		name := media.FieldName(string(key))
		binaryItem := flags>>1&3 == 1 || strings.HasPrefix(strings.ToLower(string(key)), "cover art")
		if !binaryItem && c.s.Drop("ape", "APE", name) {
			c.cuts = append(c.cuts, media.Cut{Off: from + int64(at), N: int64(size)})
			lost += int64(size)
		} else {
			items++
		}
		at += size
	}
	if lost == 0 {
		return nil
	}
	for _, at := range []int64{off, end - 32} {
		h, err := c.win.At(at, 32)
		if err != nil {
			return err
		}
		if len(h) < 32 || string(h[:8]) != "APETAGEX" {
			continue // a tag without a header
		}
		out := binary.LittleEndian.AppendUint32(nil, binary.LittleEndian.Uint32(h[12:])-uint32(lost))
		c.cuts = append(c.cuts, media.Cut{Off: at + 12, N: 8, With: binary.LittleEndian.AppendUint32(out, uint32(items))})
	}
	return nil
}
