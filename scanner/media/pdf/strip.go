package pdf

import (
	"bytes"
	"compress/zlib"
	"io"
	"slices"
	"strings"

	"habeas/scanner/media"
)

var (
	_ media.Stripper = (*Format)(nil)
	_ media.Coder    = (*Format)(nil)
)

// maxStripped is how large a document may be that is stripped: it is held in
// memory.
const maxStripped = 256 << 20

// Strip implements media.Stripper. To append a revision would leave the old one
// in the file, and to write the file anew would change all of it. So entries of
// the document information, in every revision, are emptied where they stand, and
// XMP is padded: no offset of the cross-reference changes. Objects that are packed
// are packed again into the room that they had.
func (f *Format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c, err := newCutter(r, size)
	if err != nil {
		return nil, err
	}
	c.s = s
	if c.d.crypt != nil {
		return nil, media.Refuse("", "it is encrypted")
	}
	for i := range c.list {
		if err := c.object(&c.list[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.list { // the strings that entries point at are known by now
		if err := c.packed(&c.list[i]); err != nil {
			return nil, err
		}
	}
	for i := range c.list {
		c.pointed(&c.list[i])
	}
	if len(c.cuts) > 0 && c.signed {
		return nil, media.Refuse("", "it is signed: a change would break the signature")
	}
	return media.SortCuts(c.cuts)
}

// raw is an indirect object where it stands in the file, of whatever revision.
type raw struct {
	num     uint32
	at      int // of its value
	dict    dict
	text    bool // it is a string
	off, n  int  // of the data of a stream
	isXRef  bool
	isObjs  bool
	isXMP   bool
	isImage bool
}

// cutter notes what goes.
type cutter struct {
	d       *document
	r       io.ReaderAt
	b       []byte
	s       media.Stripping
	list    []raw
	infos   map[uint32]bool   // numbers of objects that hold the document information
	strings map[uint32]string // numbers of strings that entries of it point at, and their names
	signed  bool
	cuts    []media.Cut
}

// newCutter finds every object in the bytes of the file.
func newCutter(r io.ReaderAt, size int64) (*cutter, error) {
	if size > maxStripped {
		return nil, media.Refuse("", "it is larger than 256 MiB")
	}
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return nil, err
	}
	src := newSource(r, size)
	c := &cutter{d: open(src, size, &media.Budget{}), r: r, b: b, infos: map[uint32]bool{}, strings: map[uint32]string{}}
	if src.err != nil {
		return nil, src.err
	}
	c.signed = bytes.Contains(b, []byte("/ByteRange"))
	c.info(c.d.trailer)
	c.scan()
	return c, src.err
}

// info notes where a trailer says that the document information is.
func (c *cutter) info(t dict) {
	if r, ok := t["Info"].(ref); ok {
		c.infos[r.num] = true
	}
}

// scan goes through the file from object to object, and over the data of streams.
func (c *cutter) scan() {
	for pos := 0; len(c.list) < maxObjects; {
		i := bytes.Index(c.b[pos:], []byte("obj"))
		if t := bytes.Index(c.b[pos:], []byte("trailer")); t >= 0 && (i < 0 || t < i) {
			l := &lexer{b: c.b, pos: pos + t + len("trailer")}
			o, _ := l.object()
			if d, ok := o.(dict); ok {
				c.info(d)
			}
			pos += t + len("trailer")
			continue
		}
		if i < 0 {
			return
		}
		at := pos + i
		pos = at + len("obj")
		num, ok := numberBefore(c.b, at)
		if !ok {
			continue
		}
		l := &lexer{b: c.b, pos: pos}
		o, ok := l.object()
		if !ok {
			continue
		}
		x := raw{num: num, at: pos}
		_, x.text = o.(text)
		if x.dict, ok = o.(dict); ok {
			l.skipSpace()
			c.stream(&x, l.pos)
		}
		c.list = append(c.list, x)
		if pos = max(pos, l.pos); x.n > 0 {
			pos = x.off + x.n
		}
	}
}

// numberBefore reads the number of an object backwards from its keyword.
func numberBefore(b []byte, at int) (uint32, bool) {
	field := func() (uint32, bool) {
		end := at
		for at > 0 && isSpace(b[at-1]) {
			at--
		}
		if at == end {
			return 0, false
		}
		n, mul, digits := uint64(0), uint64(1), 0
		for at > 0 && b[at-1] >= '0' && b[at-1] <= '9' && digits < 10 {
			at--
			n += uint64(b[at]-'0') * mul
			mul *= 10
			digits++
		}
		return uint32(n), digits > 0 && n < 1<<32
	}
	if _, ok := field(); !ok { // the generation
		return 0, false
	}
	return field()
}

// stream finds the data behind a dictionary that ends at pos.
func (c *cutter) stream(x *raw, pos int) {
	rest := c.b[pos:]
	if !bytes.HasPrefix(rest, []byte("stream")) {
		return
	}
	x.off = pos + len("stream")
	if x.off < len(c.b) && c.b[x.off] == '\r' {
		x.off++
	}
	if x.off < len(c.b) && c.b[x.off] == '\n' {
		x.off++
	}
	n := number(c.d.resolve(x.dict["Length"]))
	if n < 0 || n > int64(len(c.b)-x.off) || !bytes.HasPrefix(bytes.TrimLeft(c.b[x.off+int(n):], "\r\n \t\x00"), []byte("endstream")) {
		i := bytes.Index(c.b[x.off:], []byte("endstream"))
		if i < 0 {
			return
		}
		n = int64(len(bytes.TrimRight(c.b[x.off:x.off+i], "\r\n")))
	}
	x.n = int(n)
	kind, _ := x.dict["Type"].(name)
	sub, _ := x.dict["Subtype"].(name)
	x.isXRef, x.isObjs = kind == "XRef", kind == "ObjStm"
	x.isXMP = kind == "Metadata" && sub == "XML"
	x.isImage = c.filter(x) == "DCTDecode"
	if x.isXRef {
		c.info(x.dict)
	}
}

// filter is the one filter of a stream: "" for none, "?" for others.
func (c *cutter) filter(x *raw) name {
	if x.dict["DecodeParms"] != nil || x.dict["DP"] != nil {
		if p, ok := c.d.resolve(x.dict["DecodeParms"]).(dict); !ok || len(p) > 0 {
			return "?"
		}
	}
	switch f := c.d.resolve(x.dict["Filter"]).(type) {
	case nil:
		return ""
	case name:
		return f
	case array:
		if len(f) == 0 {
			return ""
		}
		if n, ok := f[0].(name); ok && len(f) == 1 {
			return n
		}
	}
	return "?"
}

// object looks at an object that stands by itself.
func (c *cutter) object(x *raw) error {
	switch {
	case c.infos[x.num] && x.dict != nil && x.n == 0:
		c.cuts = append(c.cuts, c.entries(c.b, x.at)...)
	case x.isXMP:
		return c.block("xmp", x, ' ')
	case x.isImage:
		return c.block("image", x, 0)
	}
	return nil
}

// entries blanks those of a dictionary that go, and notes the strings that stand
// elsewhere.
func (c *cutter) entries(b []byte, at int) (cuts []media.Cut) {
	l := &lexer{b: b, pos: at}
	l.skipSpace()
	if !bytes.HasPrefix(b[l.pos:], []byte("<<")) {
		return nil
	}
	l.pos += 2
	for l.more() {
		l.skipSpace()
		start := l.pos
		o, ok := l.object()
		key, isName := o.(name)
		if !ok || o == closer(">>") {
			return cuts
		}
		if !isName {
			continue
		}
		v, ok := l.object()
		if !ok {
			return cuts
		}
		n, renamed := infoNames[key]
		if !renamed {
			n = strings.ToValidUTF8(string(key), "\uFFFD")
		}
		switch v := v.(type) {
		case text:
			if c.s.Drop("info", group, n) {
				cuts = append(cuts, blanked(start, l.pos))
			}
		case ref:
			if c.s.Drop("info", group, n) {
				c.strings[v.num] = n
				cuts = append(cuts, blanked(start, l.pos))
			}
		}
	}
	return cuts
}

// blanked are blanks, which part tokens as those did that stood there.
func blanked(from, to int) media.Cut {
	return media.Cut{Off: int64(from), N: int64(to - from), With: bytes.Repeat([]byte{' '}, to-from)}
}

// emptied is an empty string with blanks behind it, in the place of another.
func emptied(from, to int) media.Cut {
	with := bytes.Repeat([]byte{' '}, to-from)
	copy(with, "()")
	return media.Cut{Off: int64(from), N: int64(to - from), With: with}
}

// pointed empties a string that an entry points at.
func (c *cutter) pointed(x *raw) {
	if c.strings[x.num] == "" || !x.text {
		return
	}
	l := &lexer{b: c.b, pos: x.at}
	l.skipSpace()
	from := l.pos
	if o, _ := l.object(); o != text("") && l.pos-from >= 2 {
		c.cuts = append(c.cuts, emptied(from, l.pos))
	}
}

// block strips what a stream holds; it keeps its size.
func (c *cutter) block(path string, x *raw, fill byte) error {
	filter := c.filter(x)
	if filter == "" || filter == "DCTDecode" {
		cuts, err := c.s.Nested(path, io.NewSectionReader(c.r, int64(x.off), int64(x.n)), nil)
		if err != nil {
			return err
		}
		cuts, ok := media.Padded(cuts, int64(x.n), fill)
		if !ok {
			return media.Stop(path, media.Corrupt)
		}
		c.cuts = append(c.cuts, media.Shift(cuts, int64(x.off))...)
		return nil
	}
	b, reason := c.d.decode(&stream{dict: x.dict, off: int64(x.off), size: int64(x.n)})
	if reason != "" {
		return nil // what is still found in it is told of
	}
	cuts, err := c.s.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	if b, err = media.Apply(b, cuts); err != nil {
		return err
	}
	return c.repack(path, x, b)
}

// repack writes the data of a stream anew into the room that it had. Readers stop
// at the end of the packed bytes; zeros follow.
func (c *cutter) repack(path string, x *raw, b []byte) error {
	if c.filter(x) == "FlateDecode" {
		var out bytes.Buffer
		z, err := zlib.NewWriterLevel(&out, zlib.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(b); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		b = out.Bytes()
	} else if c.filter(x) != "" {
		return media.Refuse(path, "it is packed in a way that can't be written")
	}
	if len(b) > x.n {
		return media.Refuse(path, "what is left of it can't be packed into the room that it had")
	}
	b = append(b, make([]byte, x.n-len(b))...)
	c.cuts = append(c.cuts, media.Cut{Off: int64(x.off), N: int64(x.n), With: b})
	return nil
}

// packed looks at the objects in an object stream (7.5.7).
func (c *cutter) packed(x *raw) error {
	if !x.isObjs || x.n == 0 {
		return nil
	}
	b, reason := c.d.decode(&stream{dict: x.dict, off: int64(x.off), size: int64(x.n)})
	if reason != "" {
		return nil
	}
	c.signed = c.signed || bytes.Contains(b, []byte("/ByteRange"))
	first := number(c.d.resolve(x.dict["First"]))
	l := &lexer{b: b, content: true}
	var cuts []media.Cut
	var later []int
	for range min(number(c.d.resolve(x.dict["N"])), maxObjects) {
		num, _ := l.object()
		off, ok := l.object()
		at := first + number(off)
		n, isNumber := num.(float64)
		if !ok || !isNumber || at < 0 || at >= int64(len(b)) {
			break
		}
		if c.infos[uint32(n)] {
			cuts = append(cuts, c.entries(b, int(at))...)
		}
		if c.strings[uint32(n)] != "" {
			later = append(later, int(at))
		}
	}
	for _, at := range later {
		s := &lexer{b: b, pos: at}
		s.skipSpace()
		from := s.pos
		if o, _ := s.object(); isText(o) && s.pos-from >= 2 {
			cuts = append(cuts, emptied(from, s.pos))
		}
	}
	if len(cuts) == 0 {
		return nil
	}
	cuts, err := media.SortCuts(cuts)
	if err != nil {
		return err
	}
	if b, err = media.Apply(b, cuts); err != nil {
		return err
	}
	return c.repack("info", x, b)
}

func isText(o object) bool {
	t, ok := o.(text)
	return ok && t != ""
}

// Coded implements media.Coder: the data of every stream but metadata, lists of
// objects and JPEG pictures, in file order.
func (f *Format) Coded(r io.ReaderAt, size int64) ([]media.Range, error) {
	c, err := newCutter(r, size)
	if err != nil {
		return nil, err
	}
	var out []media.Range
	for _, x := range c.list {
		if x.n > 0 && !x.isXMP && !x.isObjs && !x.isXRef && !x.isImage {
			out = append(out, media.Range{Off: int64(x.off), N: int64(x.n)})
		}
	}
	slices.SortFunc(out, func(a, b media.Range) int { return int(a.Off - b.Off) })
	return out, nil
}
