package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"habeas/scanner/media"
)

var (
	_ media.Stripper = format{}
	_ media.Coder    = format{}
)

// Strip implements media.Stripper: chunks go as a whole, or are written anew with
// what stays of the block in them, packed as they were.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{walk: walk{win: media.Window{R: r, Size: size}, v: media.Deaf{}}, s: s}
	if b, ok := s.(media.Budgeter); ok {
		c.budget = b.Budget()
	}
	end, err := c.each(func(ch place) error {
		if !asked[ch.kind] || ch.length > media.MaxBlock {
			return nil
		}
		return c.chunk(ch)
	})
	if err != nil {
		return nil, err
	}
	if err := c.behind(end); err != nil {
		return nil, err
	}
	return media.SortCuts(c.cuts)
}

// asked are the chunks that Strip looks at.
var asked = map[string]bool{"eXIf": true, "zxIf": true, "tEXt": true, "zTXt": true, "iTXt": true, "tIME": true, "caBX": true}

// place is where a chunk stands.
type place struct {
	kind        string
	off, length int64 // of its header; of its data
}

// cutter notes what goes.
type cutter struct {
	walk
	s    media.Stripping
	cuts []media.Cut
}

// each calls fn for every whole chunk and gives where the last one ends.
func (c *cutter) each(fn func(place) error) (end int64, err error) {
	off := int64(len(signature))
	for range media.MaxSegments {
		h, err := c.win.At(off, 8)
		if err != nil {
			return 0, err
		}
		if len(h) < 8 {
			return 0, media.Stop("", media.Truncated)
		}
		ch := place{kind: string(h[4:8]), off: off, length: int64(binary.BigEndian.Uint32(h))}
		off += 12 + ch.length
		if ch.length > maxChunk || !isType(ch.kind) {
			return 0, media.Stop("", media.Corrupt)
		}
		if off > c.win.Size {
			return 0, media.Stop("", media.Truncated)
		}
		if err := fn(ch); err != nil {
			return 0, err
		}
		if ch.kind == "IEND" {
			return off, nil
		}
	}
	return 0, media.Stop("", media.LimitSegs)
}

// chunk looks at one of those that hold data.
func (c *cutter) chunk(ch place) error {
	switch ch.kind {
	case "tIME":
		c.dropIf(ch, c.s.Drop("text", "PNG", "ModifyDate"))
		return nil
	case "caBX":
		c.dropIf(ch, c.s.Drop("cabx", "", ""))
		return nil
	}
	d, err := media.ReadUpTo(c.win.R, ch.off+8, ch.length, c.win.Size)
	if err != nil {
		return err
	}
	p := c.open(ch.kind, d)
	switch {
	case p == nil:
		return nil
	case p.name != "":
		if v, ok := media.SetOf(c.s, "text", "PNG", p.name); ok {
			if ch.kind != "iTXt" && strings.ContainsFunc(v, func(r rune) bool { return r > 0xFF }) {
				return media.Refuse("text", "the field holds Latin-1 only")
			}
			b := []byte(v)
			if ch.kind != "iTXt" {
				b = b[:0]
				for _, r := range v {
					b = append(b, byte(r))
				}
			}
			c.cuts = append(c.cuts, media.Cut{Off: ch.off, N: 12 + ch.length, With: made(ch.kind, p.wrap(b))})
			return nil
		}
		c.dropIf(ch, c.s.Drop("text", "PNG", p.name))
		return nil
	case p.path != "exif" && c.s.Drop(p.path, "", ""):
		c.dropIf(ch, true)
		return nil
	}
	cuts, err := c.s.Nested(p.path, io.NewSectionReader(bytes.NewReader(p.data), 0, int64(len(p.data))), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	rest, err := media.Apply(p.data, cuts)
	if err != nil {
		return err
	}
	if len(rest) == 0 || p.short || p.path == "exif" && bare(rest) {
		c.dropIf(ch, true)
		return nil
	}
	c.cuts = append(c.cuts, media.Cut{Off: ch.off, N: 12 + ch.length, With: made(ch.kind, p.wrap(rest))})
	return nil
}

// bare reports whether an Exif block has no entry left.
func bare(b []byte) bool {
	if len(b) < 10 {
		return true
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 'M' {
		order = binary.BigEndian
	}
	off := uint64(order.Uint32(b[4:]))
	return len(b) <= 64 && off+2 <= uint64(len(b)) && order.Uint16(b[off:]) == 0
}

func (c *cutter) dropIf(ch place, drop bool) {
	if drop {
		c.cuts = append(c.cuts, media.Cut{Off: ch.off, N: 12 + ch.length})
	}
}

// made is a chunk with its length and its CRC.
func made(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// payload is what a chunk holds: a block at path, or a text of a name.
type payload struct {
	name  string
	path  string
	data  []byte
	wrap  func([]byte) []byte // makes the chunk's data of a block
	short bool                // not all of it was unfolded
}

// open finds what is in a chunk; nil for what makes no sense.
func (c *cutter) open(kind string, d []byte) *payload {
	switch kind {
	case "eXIf":
		rest := bytes.TrimPrefix(d, []byte("Exif\x00\x00"))
		head := d[:len(d)-len(rest)]
		return &payload{path: "exif", data: rest, wrap: func(b []byte) []byte { return append(bytes.Clone(head), b...) }}
	case "zxIf":
		if len(d) < 5 || d[0] != 0 {
			return nil
		}
		b := c.inflate("exif", d[5:])
		return &payload{path: "exif", data: b, short: len(b) >= maxText, wrap: func(b []byte) []byte {
			return append(binary.BigEndian.AppendUint32([]byte{0}, uint32(len(b))), packed(b)...)
		}}
	}
	key, value, wrap := c.text(kind, d)
	if key == nil {
		return nil
	}
	name := strings.TrimSpace(text(key))
	short := len(value) >= maxText
	switch {
	case name == keyXMP:
		return &payload{path: "xmp", data: value, wrap: wrap, short: short}
	case len(name) > len(keyProfile) && strings.EqualFold(name[:len(keyProfile)], keyProfile):
		return hexProfile(name[len(keyProfile):], value, wrap, short)
	case name == "":
		name = "Text"
	}
	return &payload{name: name, wrap: wrap}
}

// text takes a text chunk apart: its keyword, its value, and what makes the
// chunk's data of another value.
func (c *cutter) text(kind string, d []byte) (key, value []byte, wrap func([]byte) []byte) {
	key, rest, ok := bytes.Cut(d, []byte{0})
	if !ok {
		return nil, nil, nil
	}
	switch kind {
	case "zTXt":
		if len(rest) < 1 || rest[0] != 0 {
			return nil, nil, nil
		}
		head := d[:len(key)+2]
		return key, c.inflate("text", rest[1:]), func(b []byte) []byte { return append(bytes.Clone(head), packed(b)...) }
	case "iTXt":
		if len(rest) < 2 {
			return nil, nil, nil
		}
		isPacked := rest[0] == 1
		_, value, _ = bytes.Cut(rest[2:], []byte{0})
		if _, value, ok = bytes.Cut(value, []byte{0}); !ok {
			return nil, nil, nil
		}
		head := d[:len(d)-len(value)]
		if !isPacked {
			break
		}
		return key, c.inflate("text", value), func(b []byte) []byte { return append(bytes.Clone(head), packed(b)...) }
	default:
		value = rest
	}
	head := d[:len(d)-len(value)]
	return key, value, func(b []byte) []byte { return append(bytes.Clone(head), b...) }
}

// hexProfile is a block in hexadecimal, as profile reads it.
func hexProfile(kind string, value []byte, wrap func([]byte) []byte, short bool) *payload {
	data, _ := unhex(value)
	p := &payload{short: short}
	var head []byte
	p.path, p.data = profiles[strings.ToLower(strings.TrimSpace(kind))], data
	for _, x := range prefixes {
		if rest, found := bytes.CutPrefix(data, []byte(x.prefix)); found {
			if p.path = x.path; !x.keep {
				p.data, head = rest, data[:len(x.prefix)]
			}
			break
		}
	}
	if p.path == "" {
		return nil
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(value, "\x00 \t\r\n"), []byte{'\n'})
	p.wrap = func(b []byte) []byte {
		b = append(bytes.Clone(head), b...)
		out := fmt.Appendf(nil, "\n%s\n%8d\n", first, len(b))
		for len(b) > 0 {
			n := min(36, len(b))
			out = append(hex.AppendEncode(out, b[:n]), '\n')
			b = b[n:]
		}
		return wrap(out)
	}
	return p
}

// packed deflates b.
func packed(b []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(b) // a buffer takes everything
	_ = z.Close()
	return out.Bytes()
}

// behind looks at what follows the picture.
func (c *cutter) behind(end int64) error {
	n := c.win.Size - end
	if n <= 0 {
		return nil
	}
	if c.s.Drop("trailer", "", "") {
		c.cuts = append(c.cuts, media.Cut{Off: end, N: n})
		return nil
	}
	cuts, err := c.s.Nested("trailer", io.NewSectionReader(c.win.R, end, n), nil)
	c.cuts = append(c.cuts, media.Shift(cuts, end)...)
	return err
}

// Coded implements media.Coder: the picture's header, palette and data, of
// animations too.
func (format) Coded(r io.ReaderAt, size int64) (out []media.Range, err error) {
	c := &cutter{walk: walk{win: media.Window{R: r, Size: size}, v: media.Deaf{}}}
	_, err = c.each(func(ch place) error {
		switch ch.kind {
		case "IHDR", "PLTE", "tRNS", "IDAT", "acTL", "fcTL", "fdAT":
			out = append(out, media.Range{Off: ch.off, N: 12 + ch.length})
		}
		return nil
	})
	return out, err
}
