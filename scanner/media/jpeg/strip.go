package jpeg

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// span is a segment with its marker and its length.
type span struct {
	marker byte
	off, n int64
}

// Strip implements media.Stripper. Segments go as a whole, or get shorter by what
// goes from the block in them. Copies behind the picture go as a whole or keep
// their size, so that what tells of their place by counting from the end of the
// file stays right; the index of the Multi-Picture Format, which counts from its
// own place, is put right.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{s: s, out: map[int64]bool{}}
	c.walk = walk{r: r, size: size, v: media.Deaf{}, win: &media.Window{R: r, Size: size}, list: &c.segs}
	if err := c.segments(); err != nil {
		return nil, err
	}
	if err := c.behind(); err != nil {
		return nil, err
	}
	if err := c.blocksOut(); err != nil {
		return nil, err
	}
	if err := c.others(); err != nil {
		return nil, err
	}
	cuts, err := media.SortCuts(c.cuts)
	if err != nil || len(cuts) == 0 {
		return cuts, err
	}
	return c.reindex(cuts)
}

// cutter notes what goes.
type cutter struct {
	walk
	s    media.Stripping
	segs []span // in order
	cuts []media.Cut
	out  map[int64]bool // where segments stand of which something is cut

	names []string // properties of XMP that tell of copies that go
	gone  []int64  // where pictures of the index stand that go
	end   int64    // of the picture itself; 0 if not found
}

// segmentOf is the segment in which off lies.
func (c *cutter) segmentOf(off int64) (span, bool) {
	i, ok := slices.BinarySearchFunc(c.segs, off, func(s span, off int64) int { return cmp.Compare(s.off, off) })
	if !ok {
		i--
	}
	if i < 0 || off >= c.segs[i].off+c.segs[i].n {
		return span{}, false
	}
	return c.segs[i], true
}

// cut takes whole segments out.
func (c *cutter) cut(pieces []piece) {
	for _, p := range pieces {
		if s, ok := c.segmentOf(p.off); ok && !c.out[s.off] {
			c.out[s.off] = true
			c.cuts = append(c.cuts, media.Cut{Off: s.off, N: s.n})
		}
	}
}

// blocksOut goes through the blocks of metadata.
func (c *cutter) blocksOut() error {
	for i := range c.blocks {
		b := &c.blocks[i]
		if len(b.pieces) == 0 {
			return media.Stop(inSegments, media.LimitSegs)
		}
		var err error
		switch b.kind {
		case comment:
			if c.s.Drop("com", "", "") {
				c.cut(b.pieces)
			}
		case infoBlock:
			if c.s.Drop("app12", "", "") || c.s.Drop("app12", "Ducky", "Comment") || c.s.Drop("app12", "Ducky", "Copyright") {
				c.cut(b.pieces)
			}
		case extendedBlock:
			err = c.extendedOut()
		case exifBlock:
			err = c.block(b, 0)
		case xmpBlock:
			err = c.block(b, ' ')
		default:
			err = c.block(b, 0)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// block takes a block out or makes it shorter. One in several segments keeps its
// size.
func (c *cutter) block(b *block, fill byte) error {
	path := paths[b.kind]
	if b.kind != exifBlock && c.s.Drop(path, "", "") {
		c.cut(b.pieces)
		return nil
	}
	g := gather(c.r, b.pieces)
	section := io.NewSectionReader(g, 0, g.size)
	if len(b.pieces) == 1 {
		section = io.NewSectionReader(c.r, b.pieces[0].off, b.pieces[0].n)
	}
	cuts, err := c.s.Nested(path, section, c.also)
	if err != nil || len(cuts) == 0 {
		return err
	}
	if len(b.pieces) > 1 {
		return c.spread(path, cuts, b.pieces, g.size, fill)
	}
	left := g.size + media.Growth(cuts)
	if empty, err := c.empty(b, section, cuts, left); err != nil || empty {
		c.cut(b.pieces)
		return err
	}
	seg, ok := c.segmentOf(b.pieces[0].off)
	if !ok || seg.n-2-(g.size-left) > 0xFFFF {
		return media.Refuse(path, media.NoRoom)
	}
	if left != g.size {
		c.cuts = append(c.cuts, media.Cut{Off: seg.off + 2, N: 2, With: binary.BigEndian.AppendUint16(nil, uint16(seg.n-2-(g.size-left)))})
	}
	c.cuts = append(c.cuts, media.Shift(cuts, b.pieces[0].off)...)
	return nil
}

// also names what tells of copies that go.
func (c *cutter) also(name string) bool { return slices.Contains(c.names, name) }

// spread makes cuts in a block that is joined from pieces.
func (c *cutter) spread(path string, cuts []media.Cut, pieces []piece, size int64, fill byte) error {
	cuts, ok := media.Padded(cuts, size, fill)
	if !ok {
		return media.Stop(path, media.Corrupt)
	}
	b, err := c.join(path, pieces)
	if err != nil {
		return err
	}
	if b, err = media.Apply(b, cuts); err != nil {
		return err
	}
	for _, p := range pieces {
		n := min(p.n, int64(len(b)))
		c.cuts = append(c.cuts, media.Cut{Off: p.off, N: n, With: b[:n]})
		b = b[n:]
	}
	return nil
}

// empty reports whether nothing is left of a block.
func (c *cutter) empty(b *block, r io.ReaderAt, cuts []media.Cut, left int64) (bool, error) {
	if left <= 0 {
		return true, nil
	}
	if b.kind != exifBlock || left > 64 {
		return false, nil
	}
	d, err := media.ReadUpTo(r, 0, b.pieces[0].n, b.pieces[0].n)
	if err != nil {
		return false, err
	}
	if d, err = media.Apply(d, cuts); err != nil || len(d) < 10 {
		return true, err
	}
	var order binary.ByteOrder = binary.LittleEndian
	if d[0] == 'M' {
		order = binary.BigEndian
	}
	off := order.Uint32(d[4:])
	return uint64(off)+2 <= uint64(len(d)) && order.Uint16(d[off:]) == 0, nil
}

// extendedOut goes through the packets of extended XMP.
func (c *cutter) extendedOut() error {
	rest := slices.Clone(c.walk.extended)
	sortExtended(rest)
	for len(rest) > 0 {
		n := 1
		for n < len(rest) && rest[n].guid == rest[0].guid {
			n++
		}
		if err := c.packetOut(rest[:n]); err != nil {
			return err
		}
		rest = rest[n:]
	}
	return nil
}

// packetOut goes through one packet. Its pieces keep their sizes; its name, which
// is its MD5, becomes that of what is left.
func (c *cutter) packetOut(list []extension) error {
	path := paths[extendedBlock]
	var pieces []piece
	total, sound := int64(0), true
	for _, e := range list {
		sound = sound && int64(e.at) == total
		pieces = append(pieces, piece{e.off, e.n})
		total += e.n
	}
	if c.s.Drop(path, "", "") {
		c.cut(pieces)
		return nil
	}
	b, err := c.join(path, pieces)
	if err != nil {
		return err
	}
	cuts, err := c.s.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	cuts, ok := media.Padded(cuts, total, ' ')
	if !sound || !ok { // pieces that repeat would keep what goes
		c.cut(pieces)
		return nil
	}
	if b, err = media.Apply(b, cuts); err != nil {
		return err
	}
	sum := md5.Sum(b)
	guid := bytes.ToUpper(hex.AppendEncode(nil, sum[:]))
	for _, p := range pieces {
		c.cuts = append(c.cuts, media.Cut{Off: p.off, N: p.n, With: b[:p.n]},
			media.Cut{Off: p.off - extensionHeader, N: int64(len(guid)), With: guid})
		b = b[p.n:]
	}
	return c.rename(list[0].guid[:], guid)
}

// rename puts the name of a packet right where the main packet gives it.
func (c *cutter) rename(old, guid []byte) error {
	for i := range c.blocks {
		b := &c.blocks[i]
		if b.kind != xmpBlock || len(b.pieces) != 1 {
			continue
		}
		p := b.pieces[0]
		d, err := media.ReadUpTo(c.r, p.off, p.n, c.size)
		if err != nil {
			return err
		}
		if at := bytes.Index(d, old); at >= 0 && !c.touches(p.off+int64(at), int64(len(old))) {
			c.cuts = append(c.cuts, media.Cut{Off: p.off + int64(at), N: int64(len(old)), With: guid})
		}
	}
	return nil
}

// touches reports whether something is cut there already.
func (c *cutter) touches(off, n int64) bool {
	return slices.ContainsFunc(c.cuts, func(k media.Cut) bool { return k.Off < off+n && off < k.Off+k.N })
}

// others are segments that no reader of ours looks into, which go with all
// metadata. APP0 (JFIF), APP2 (colour profile, indexes) and APP14 (colour
// transform) show the picture.
func (c *cutter) others() error {
	known := map[int64]bool{}
	for i := range c.blocks {
		for _, p := range c.blocks[i].pieces {
			if s, ok := c.segmentOf(p.off); ok {
				known[s.off] = true
			}
		}
	}
	for _, e := range c.walk.extended {
		if s, ok := c.segmentOf(e.off); ok {
			known[s.off] = true
		}
	}
	for _, s := range c.segs {
		if s.marker < 0xE0 || s.marker > 0xEF || s.marker == 0xE0 || s.marker == app2 || s.marker == 0xEE || known[s.off] {
			continue
		}
		if c.s.Drop(fmt.Sprintf("app%d", s.marker-0xE0), "", "") {
			c.cuts = append(c.cuts, media.Cut{Off: s.off, N: s.n})
		}
	}
	return nil
}

// given is one copy behind the picture.
type given struct {
	path   string
	off, n int64
}

// listener keeps what a walk hands out.
type listener struct {
	media.Deaf
	list   []given
	hidden []string // paths of copies that are told of
}

func (l *listener) Part(p *detectors.Part) error {
	l.hidden = append(l.hidden, p.Path)
	return nil
}

func (l *listener) Nested(path string, r *io.SectionReader) error {
	_, off, n := r.Outer()
	l.list = append(l.list, given{path, off, n})
	return nil
}

// behind goes through the copies behind the picture, and what else is there.
func (c *cutter) behind() error {
	if err := c.findEnd(); err != nil {
		return err
	}
	l := &listener{}
	c.v = l
	c.trailer = 0
	err := c.copies()
	c.v = media.Deaf{}
	if err != nil {
		return err
	}
	var kept []media.Range
	for _, g := range l.list {
		if c.s.Drop(g.path, "", "") {
			c.forget(g)
			c.cuts = append(c.cuts, media.Cut{Off: g.off, N: g.n})
			continue
		}
		kept = append(kept, media.Range{Off: g.off, N: g.n})
		cuts, err := c.s.Nested(g.path, io.NewSectionReader(c.r, g.off, g.n), nil)
		if err != nil {
			return err
		}
		cuts, ok := media.Padded(cuts, g.n, 0)
		if !ok {
			return media.Stop(g.path, media.Corrupt)
		}
		c.cuts = append(c.cuts, media.Shift(cuts, g.off)...)
	}
	return c.tail(kept)
}

// forget notes the properties of XMP that tell of a copy.
func (c *cutter) forget(g given) {
	c.gone = append(c.gone, g.off)
	if strings.HasSuffix(g.path, "motion-photo") {
		for _, p := range []string{"MotionPhoto", "MotionPhotoVersion", "MotionPhotoPresentationTimestampUs", "MotionPhotoOffset",
			"MicroVideo", "MicroVideoVersion", "MicroVideoOffset", "MicroVideoPresentationTimestampUs"} {
			c.names = append(c.names, "GCamera:"+p)
		}
	}
	for i := range c.blocks {
		b := &c.blocks[i]
		if b.kind != xmpBlock || len(b.pieces) == 0 {
			continue
		}
		p := b.pieces[0]
		packet, err := media.ReadUpTo(c.r, p.off, min(p.n, maxPacket), c.size)
		if err != nil {
			continue
		}
		end := c.size
		list := directoryOf(packet)
		for k := len(list) - 1; k > 0; k-- {
			start := end - list[k].length
			if list[k].length > 0 && g.off >= start && g.off < end {
				c.names = append(c.names, fmt.Sprintf("GContainer:Directory[%d]", k+1))
			}
			end = start
		}
	}
}

// findEnd looks for the end of the picture through its scans (T.81, B.1.1.5 and
// B.2.1): coded data up to a marker, then more segments or the end.
func (c *cutter) findEnd() error {
	if len(c.segs) == 0 || c.segs[len(c.segs)-1].marker != sos {
		return nil
	}
	last := c.segs[len(c.segs)-1]
	off := last.off + last.n
	for off < c.size {
		b, err := c.win.At(off, media.HeadSize)
		if err != nil {
			return err
		}
		i := bytes.IndexByte(b, 0xFF)
		switch {
		case i < 0:
			off += int64(len(b))
			continue
		case i+1 >= len(b):
			if off+int64(i)+1 >= c.size {
				return nil
			}
			off += int64(i)
			if i == 0 {
				return nil
			}
			continue
		}
		m, at := b[i+1], off+int64(i)
		switch {
		case m == eoi:
			c.end = at + 2
			return nil
		case m == 0xFF:
			off = at + 1
		case m == 0 || m >= 0xD0 && m <= 0xD7 || m == 0x01:
			off = at + 2
		default:
			h, err := c.win.At(at+2, 2)
			if err != nil || len(h) < 2 {
				return err
			}
			off = at + 2 + int64(max(2, binary.BigEndian.Uint16(h)))
		}
	}
	return nil
}

// tail takes out what follows the picture, if that goes, but for the copies that
// stay. A phone's private notes count from the end of the file and describe what
// stands before them: they go when that does.
func (c *cutter) tail(kept []media.Range) error {
	if c.end == 0 || c.end >= c.size {
		return nil
	}
	b, err := c.win.At(c.size-4, 4)
	if err != nil {
		return err
	}
	if !c.s.Drop("trailer", "", "") && !(len(c.gone) > 0 && string(b) == "SEFT") {
		return nil
	}
	slices.SortFunc(kept, func(a, b media.Range) int { return int(max(-1, min(1, a.Off-b.Off))) })
	at := c.end
	for _, k := range append(kept, media.Range{Off: c.size}) {
		if k.Off > at {
			c.cuts = slices.DeleteFunc(c.cuts, func(o media.Cut) bool { return o.Off >= at && o.Off+o.N <= k.Off })
			c.cuts = append(c.cuts, media.Cut{Off: at, N: k.Off - at})
		}
		at = max(at, k.Off+k.N)
	}
	return nil
}

// reindex puts the index of the Multi-Picture Format right for cuts.
func (c *cutter) reindex(cuts []media.Cut) ([]media.Cut, error) {
	if c.index.n < 8 || c.touches(c.index.off, 1) {
		return cuts, nil
	}
	b, err := media.ReadUpTo(c.r, c.index.off, min(c.index.n, maxMPIndex), c.size)
	if err != nil {
		return nil, err
	}
	list, at, order := mpEntries(b)
	header := media.NewOffset(cuts, c.index.off)
	var more []media.Cut
	left := 0
	for ; len(list) >= mpEntrySize; list, at = list[mpEntrySize:], at+mpEntrySize {
		size, off := int64(order.Uint32(list[4:])), int64(order.Uint32(list[8:]))
		e := slices.Clone(list[4:12])
		switch stands := c.index.off + off; {
		case off == 0:
			order.PutUint32(e, uint32(media.NewOffset(cuts, min(size, c.size))))
		case slices.Contains(c.gone, stands) || stands >= c.size:
			clear(e)
		default:
			order.PutUint32(e[4:], uint32(media.NewOffset(cuts, stands)-header))
			left++
		}
		if !bytes.Equal(e, list[4:12]) {
			more = append(more, media.Cut{Off: c.index.off + at + 4, N: 8, With: e})
		}
	}
	if seg, ok := c.segmentOf(c.index.off); ok && left == 0 && len(c.gone) > 0 {
		more = []media.Cut{{Off: seg.off, N: seg.n}}
	}
	return media.SortCuts(append(cuts, more...))
}

var _ media.Coder = format{}

// Coded implements media.Coder: tables, frames and scans up to the end of the
// picture.
func (format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	c := &cutter{}
	c.walk = walk{r: r, size: size, v: media.Deaf{}, win: &media.Window{R: r, Size: size}, list: &c.segs}
	if err := c.segments(); err != nil {
		return nil, err
	}
	if err := c.findEnd(); err != nil {
		return nil, err
	}
	var out []media.Range
	for _, s := range c.segs {
		if s.marker >= 0xE0 && s.marker <= 0xEF || s.marker == com {
			continue
		}
		out = append(out, media.Range{Off: s.off, N: s.n})
		end := c.end
		if end == 0 {
			end = size // it was cut
		}
		if s.marker == sos && end > s.off+s.n {
			out = append(out, media.Range{Off: s.off + s.n, N: end - s.off - s.n})
		}
	}
	return out, nil
}
