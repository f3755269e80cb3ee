package zip

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"

	"habeas/scanner/media"
)

var (
	_ media.Stripper = format{}
	_ media.Coder    = format{}
)

// Editor is an optional ability of a Package: to have data taken out of its
// documents. Methods are called from many goroutines.
type Editor interface {
	// Locked says in a clause why documents with these members must stay as they
	// are, such as a signature; "" if nothing does.
	Locked(names []string) string
	// Drops reports whether a member goes as a whole. Paths that s is asked for
	// count from the archive.
	Drops(kind, name string, s media.Stripping) bool
	// Strip gives the changes inside a member. gone are the names of members that
	// go.
	Strip(kind, name string, content *io.SectionReader, gone []string, s media.Stripping) ([]media.Cut, error)
}

// changed is a member that goes, or that is written anew with content.
type changed struct {
	content []byte
	gone    bool
	packed  []byte
	method  uint16
}

// Strip implements media.Stripper, for documents: members that lose something are
// written anew, the others are not packed again but stay as they stand.
func (f format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{s: s, changes: map[int]*changed{}}
	c.walk = walk{r: &ahead{r: r, size: size}, size: size, v: media.Deaf{}, budget: &media.Budget{}}
	if b, ok := s.(media.Budgeter); ok {
		c.budget = b.Budget()
	}
	var err error
	if c.raw, c.end, err = c.central(); err != nil {
		return nil, err
	}
	edit, kind := f.editor(c.names())
	if edit == nil {
		return nil, media.Refuse("", "the files in an archive are files of their own: take them out and strip them")
	}
	c.prefix = kind + "/"
	if err := c.members(edit, kind); err != nil || len(c.changes) == 0 {
		return nil, err
	}
	if why := edit.Locked(c.names()); why != "" {
		return nil, media.Refuse("", why)
	}
	if c.end.at64 > 0 {
		return nil, media.Refuse("", "its directory is of the kind for archives over 4 GiB")
	}
	return c.written()
}

// editor is the package that knows documents with these members.
func (f format) editor(names []string) (Editor, string) {
	for _, p := range f.packages {
		if kind := p.Knows(names); kind != "" {
			e, _ := p.(Editor)
			return e, kind
		}
	}
	return nil, ""
}

// cutter notes what changes.
type cutter struct {
	walk
	s       media.Stripping
	dir     []entry
	raw     [][]byte // the directory's headers
	end     endRecord
	endAt   int64 // of the end record
	start   int64 // of the directory
	changes map[int]*changed
}

func (c *cutter) names() []string {
	out := make([]string, len(c.dir))
	for i := range c.dir {
		out[i] = c.dir[i].name
	}
	return out
}

// central reads the directory, which must be sound.
func (c *cutter) central() (raw [][]byte, end endRecord, err error) {
	bad := media.Stop("", media.Corrupt)
	if c.dir, err = c.directory(); err != nil {
		return nil, end, err
	}
	off := max(c.size-tailSize, 0)
	tail, err := media.ReadUpTo(c.r, off, c.size-off, c.size)
	if err != nil {
		return nil, end, err
	}
	end, at, ok := findEnd(tail)
	if !ok {
		return nil, end, bad
	}
	c.endAt = off + int64(at)
	if err := c.zip64(&end, c.endAt); err != nil || end.at64 > 0 {
		return nil, end, err
	}
	c.start = c.endAt - end.size
	if c.start < 0 || end.size > media.MaxBlock || c.overlaps(c.dir) {
		return nil, end, bad
	}
	b, err := media.ReadUpTo(c.r, c.start, end.size, c.size)
	if err != nil {
		return nil, end, err
	}
	for len(b) >= 46 && string(b[:4]) == centralSig {
		n := 46 + int(u16(b[28:])) + int(u16(b[30:])) + int(u16(b[32:]))
		if n > len(b) {
			return nil, end, bad
		}
		raw, b = append(raw, b[:n]), b[n:]
	}
	if len(raw) != len(c.dir) || len(b) > 0 {
		return nil, end, bad
	}
	return raw, end, nil
}

// members asks for each what becomes of it.
func (c *cutter) members(edit Editor, kind string) error {
	var gone []string
	for i := range c.dir {
		if e := &c.dir[i]; !e.isFolder() && edit.Drops(kind, e.name, c.s) {
			c.changes[i] = &changed{gone: true}
			gone = append(gone, e.name)
		}
	}
	for i := range c.dir {
		e := &c.dir[i]
		if e.isFolder() || c.changes[i] != nil || e.full > media.MaxBlock {
			continue
		}
		content, err := c.open(e)
		if err != nil {
			return err
		}
		if content == nil {
			continue
		}
		cuts, err := edit.Strip(kind, e.name, content, gone, c.s)
		if err != nil {
			return err
		}
		if len(cuts) == 0 {
			continue
		}
		b, err := media.ReadUpTo(content, 0, content.Size(), content.Size())
		if err != nil {
			return err
		}
		if b, err = media.Apply(b, cuts); err != nil {
			return err
		}
		c.changes[i] = &changed{content: b}
	}
	return nil
}

// written gives the changes: of members, of the directory, of the end record.
func (c *cutter) written() ([]media.Cut, error) {
	var cuts []media.Cut
	for i, ch := range c.changes {
		e := &c.dir[i]
		if ok, err := c.locate(e, ""); err != nil || !ok {
			return nil, cmpErr(err)
		}
		n, err := c.extent(e)
		if err != nil {
			return nil, err
		}
		k := media.Cut{Off: e.at, N: n}
		if !ch.gone {
			if k.With, err = c.local(e, ch); err != nil {
				return nil, err
			}
		}
		cuts = append(cuts, k)
	}
	cuts, err := media.SortCuts(cuts)
	if err != nil {
		return nil, err
	}
	var dir []byte
	count := 0
	for i, h := range c.raw {
		ch := c.changes[i]
		if ch != nil && ch.gone {
			continue
		}
		h = bytes.Clone(h)
		binary.LittleEndian.PutUint32(h[42:], uint32(media.NewOffset(cuts, c.dir[i].at)-c.base))
		if ch != nil {
			binary.LittleEndian.PutUint16(h[8:], u16(h[8:])&^flagDescriptor)
			binary.LittleEndian.PutUint16(h[10:], ch.method)
			binary.LittleEndian.PutUint32(h[16:], crc32.ChecksumIEEE(ch.content))
			binary.LittleEndian.PutUint32(h[20:], uint32(len(ch.packed)))
			binary.LittleEndian.PutUint32(h[24:], uint32(len(ch.content)))
		}
		dir = append(dir, h...)
		count++
	}
	end, err := media.ReadUpTo(c.r, c.endAt, 22, c.size)
	if err != nil || len(end) < 22 {
		return nil, cmpErr(err)
	}
	end = bytes.Clone(end)
	binary.LittleEndian.PutUint16(end[8:], uint16(count))
	binary.LittleEndian.PutUint16(end[10:], uint16(count))
	binary.LittleEndian.PutUint32(end[12:], uint32(len(dir)))
	binary.LittleEndian.PutUint32(end[16:], uint32(media.NewOffset(cuts, c.start)-c.base))
	cuts = append(cuts, media.Cut{Off: c.start, N: c.endAt - c.start, With: dir}, media.Cut{Off: c.endAt, N: 22, With: end})
	return media.SortCuts(cuts)
}

// cmpErr calls what can't be by its name.
func cmpErr(err error) error {
	if err != nil {
		return err
	}
	return media.Stop("", media.Corrupt)
}

// extent is how many bytes a member takes, with its header and what follows its
// data.
func (c *cutter) extent(e *entry) (int64, error) {
	end := e.data + e.packed
	if e.flags&flagDescriptor != 0 {
		b, err := media.ReadUpTo(c.r, end, 4, c.size)
		if err != nil {
			return 0, err
		}
		if end += 12; string(b) == spanSig {
			end += 4
		}
	}
	if end > c.start {
		return 0, media.Stop("", media.Corrupt)
	}
	return end - e.at, nil
}

// local is a member with its header, packed as it was or by deflate.
func (c *cutter) local(e *entry, ch *changed) ([]byte, error) {
	h, err := media.ReadUpTo(c.r, e.at, e.data-e.at, c.size)
	if err != nil || int64(len(h)) < e.data-e.at {
		return nil, cmpErr(err)
	}
	h = bytes.Clone(h)
	ch.method, ch.packed = stored, ch.content
	if e.method != stored {
		ch.method = deflate
		var out bytes.Buffer
		z, err := flate.NewWriter(&out, flate.BestCompression)
		if err != nil {
			return nil, err
		}
		if _, err := z.Write(ch.content); err != nil {
			return nil, err
		}
		if err := z.Close(); err != nil {
			return nil, err
		}
		ch.packed = out.Bytes()
	}
	binary.LittleEndian.PutUint16(h[6:], u16(h[6:])&^flagDescriptor)
	binary.LittleEndian.PutUint16(h[8:], ch.method)
	binary.LittleEndian.PutUint32(h[14:], crc32.ChecksumIEEE(ch.content))
	binary.LittleEndian.PutUint32(h[18:], uint32(len(ch.packed)))
	binary.LittleEndian.PutUint32(h[22:], uint32(len(ch.content)))
	return append(h, ch.packed...), nil
}

// Coded implements media.Coder: the members that hold no properties, packed as
// they stand, in the order of the directory.
func (f format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	c := &cutter{changes: map[int]*changed{}}
	c.walk = walk{r: &ahead{r: r, size: size}, size: size, v: media.Deaf{}, budget: &media.Budget{}}
	var err error
	if c.raw, c.end, err = c.central(); err != nil || c.end.at64 > 0 {
		return nil, err
	}
	edit, kind := f.editor(c.names())
	if edit == nil {
		return nil, nil
	}
	var out []media.Range
	for i := range c.dir {
		e := &c.dir[i]
		// What any strip may touch is no content: pictures may lose metadata.
		if content, ok := edit.(interface{ Content(kind, name string) bool }); !ok || !content.Content(kind, e.name) || e.isFolder() {
			continue
		}
		if ok, err := c.locate(e, ""); err != nil || !ok {
			return nil, err
		}
		out = append(out, media.Range{Off: e.data, N: min(e.packed, size-e.data)})
	}
	return out, nil
}
