package riff

import (
	"encoding/binary"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

var (
	_ media.Stripper = format{}
	_ media.Coder    = format{}
)

// Strip implements media.Stripper. Of WebP, chunks go as a whole or get shorter,
// and the flags of its header say so. Sound and AVI, whose indexes count bytes,
// keep every size: what goes is overwritten with zeros and called JUNK, which
// readers pass over.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{s: s}
	c.walk = walk{win: media.Window{R: r, Size: size}, v: media.Deaf{}}
	h, err := c.win.At(0, 12)
	if err != nil {
		return nil, err
	}
	if len(h) < 12 || !known(string(h[8:12])) {
		return nil, media.Refuse("", "it is a RIFF file of a kind that is not known")
	}
	c.webp = string(h[8:12]) == "WEBP"
	c.heard = c.chunk
	if err := c.file(); err != nil {
		return nil, err
	}
	if c.webp && len(c.cuts) > 0 {
		if err := c.header(); err != nil {
			return nil, err
		}
	}
	return media.SortCuts(c.cuts)
}

// cutter notes what goes.
type cutter struct {
	walk
	s    media.Stripping
	cuts []media.Cut
	webp bool

	flagsAt   int64 // of VP8X; 0 without one
	exif, xmp int   // chunks that stay
}

// header puts the size of the file and the flags of VP8X right.
func (c *cutter) header() error {
	h, err := c.win.At(4, 4)
	if err != nil || len(h) < 4 {
		return err
	}
	length := int64(binary.LittleEndian.Uint32(h)) + media.Growth(c.cuts)
	if end := 8 + int64(binary.LittleEndian.Uint32(h)); end < c.win.Size { // what follows is not counted
		length = int64(binary.LittleEndian.Uint32(h))
		for _, k := range c.cuts {
			if k.Off < end {
				length += media.Growth([]media.Cut{k})
			}
		}
	}
	c.cuts = append(c.cuts, media.Cut{Off: 4, N: 4, With: binary.LittleEndian.AppendUint32(nil, uint32(length))})
	if c.flagsAt == 0 {
		return nil
	}
	if h, err = c.win.At(c.flagsAt, 1); err != nil || len(h) < 1 {
		return err
	}
	flags := h[0]
	if c.exif == 0 {
		flags &^= 0x08
	}
	if c.xmp == 0 {
		flags &^= 0x04
	}
	c.cuts = append(c.cuts, media.Cut{Off: c.flagsAt, N: 1, With: []byte{flags}})
	return nil
}

// chunk is called for each chunk, with the place of its data.
func (c *cutter) chunk(id string, off, n int64) error {
	switch id {
	case "VP8X":
		if c.webp {
			c.flagsAt = off
		}
		return nil
	case "EXIF", "Exif":
		c.exif++
		skip := int64(0)
		if b, err := c.win.At(off, 6); err != nil {
			return err
		} else if string(b) == "Exif\x00\x00" && n > 6 {
			skip = 6
		}
		return c.block("exif", off, n, skip, &c.exif)
	case "XMP ", "XMP\x00", "_PMX":
		c.xmp++
		return c.block("xmp", off, n, 0, &c.xmp)
	case "id3 ", "ID3 ", "ID32":
		return c.block("id3", off, n, 0, nil)
	case "strd":
		if b, err := c.win.At(off, 8); err != nil || len(b) < 8 || string(b[:4]) != "AVIF" {
			return err
		}
		return c.block("strd/exif", off, n, 8, nil)
	case "LIST":
		return c.info(off, n)
	case "iXML", "aXML":
		path := map[string]string{"iXML": "ixml", "aXML": "axml"}[id]
		c.whole(c.s.Drop(path, "", "") || c.says(id, off, n), off, n)
		return nil
	case "bext":
		c.bext(off, n)
	case "IDIT":
		c.whole(c.s.Drop("info", "RIFF", infoName(id)), off, n)
	case "C2PA":
		c.whole(c.s.Drop("c2pa", "", ""), off, n)
	}
	return nil
}

// whole takes a chunk out.
func (c *cutter) whole(drop bool, off, n int64) {
	if !drop {
		return
	}
	if c.webp {
		c.cuts = append(c.cuts, media.Cut{Off: off - 8, N: min(8+n+n&1, c.win.Size-off+8)})
		return
	}
	c.cuts = append(c.cuts, media.Cut{Off: off - 8, N: 4, With: []byte("JUNK")}, media.Cut{Off: off, N: n, Zero: true})
}

// block takes a block out, or something of what is in it.
func (c *cutter) block(path string, off, n, skip int64, count *int) error {
	if path != "exif" && c.s.Drop(path, "", "") {
		if count != nil {
			*count--
		}
		c.whole(true, off, n)
		return nil
	}
	size := n - skip
	cuts, err := c.s.Nested(path, io.NewSectionReader(c.win.R, off+skip, size), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	fill := byte(0)
	if path == "xmp" {
		fill = ' '
	}
	if !c.webp {
		padded, ok := media.Padded(cuts, size, fill)
		if !ok {
			return media.Stop(path, media.Corrupt)
		}
		c.cuts = append(c.cuts, media.Shift(padded, off+skip)...)
		return nil
	}
	left := n + media.Growth(cuts)
	if left&1 == 1 && n&1 == 0 { // the byte of padding that it needs now
		cuts = append(cuts, media.Cut{Off: size, With: []byte{0}})
	} else if left&1 == 0 && n&1 == 1 && off+n < c.win.Size {
		cuts = append(cuts, media.Cut{Off: size, N: 1})
	}
	if left != n {
		c.cuts = append(c.cuts, media.Cut{Off: off - 4, N: 4, With: binary.LittleEndian.AppendUint32(nil, uint32(left))})
	}
	sorted, err := media.SortCuts(media.Shift(cuts, off+skip))
	c.cuts = append(c.cuts, sorted...)
	return err
}

// info goes through the fields of a list; each keeps its size.
func (c *cutter) info(off, n int64) error {
	b, err := c.win.At(off, 4)
	if err != nil || n < 4 || string(b) != "INFO" && string(b) != "exif" {
		return err
	}
	for at, end := off+4, off+n; end-at >= 8; {
		h, err := c.win.At(at, 8)
		if err != nil || len(h) < 8 {
			return err
		}
		id, length := string(h[:4]), min(int64(binary.LittleEndian.Uint32(h[4:])), end-at-8)
		if id != "JUNK" && c.s.Drop("info", "RIFF", infoName(id)) {
			c.cuts = append(c.cuts, media.Cut{Off: at, N: 4, With: []byte("JUNK")}, media.Cut{Off: at + 8, N: length, Zero: true})
		}
		at += 8 + length + length&1
	}
	return nil
}

// bext overwrites the texts that go.
func (c *cutter) bext(off, n int64) {
	for _, f := range []struct {
		name     string
		from, to int64
	}{{"Description", 0, 256}, {"Originator", 256, 288}, {"OriginatorReference", 288, 320}, {"DateTimeOriginal", 320, 338}, {"CodingHistory", 602, n}} {
		if to := min(f.to, n); f.from < to && c.s.Drop("bext", "RIFF", f.name) {
			c.cuts = append(c.cuts, media.Cut{Off: off + f.from, N: to - f.from, Zero: true})
		}
	}
}

// says reports whether a field in an XML chunk goes: the chunk goes with it.
func (c *cutter) says(id string, off, n int64) bool {
	t := &teller{}
	w := walk{win: c.win, v: t}
	if err := w.chunk(id, off, n, false); err != nil {
		return false
	}
	for _, tag := range t.tags {
		if c.s.Drop(tag.path, tag.Group, tag.Name) {
			return true
		}
	}
	return false
}

// teller keeps the tags that a walk hands out.
type teller struct {
	media.Deaf
	tags []told
}

type told struct {
	path string
	detectors.Tag
}

func (t *teller) Part(p *detectors.Part) error {
	for _, tag := range p.Tags {
		t.tags = append(t.tags, told{p.Path, tag})
	}
	return nil
}

// Coded implements media.Coder: pictures and sound.
func (format) Coded(r io.ReaderAt, size int64) (out []media.Range, err error) {
	c := &cutter{}
	c.walk = walk{win: media.Window{R: r, Size: size}, v: media.Deaf{}}
	c.heard = func(id string, off, n int64) error {
		switch id {
		case "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP", "data", "fmt ", "fact":
			out = append(out, media.Range{Off: off, N: n})
		}
		return nil
	}
	return out, c.file()
}
