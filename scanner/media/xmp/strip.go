package xmp

import (
	"bytes"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// Strip implements media.Stripper: properties go one by one. In a packet that
// has room at its end (XMP part 1, 7.3.2) the blanks there grow by as much, so
// that the packet keeps its size wherever it is embedded.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	if size > media.MaxBlock {
		return nil, media.Stop("", media.LimitBytes)
	}
	all, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return nil, err
	}
	if s.Drop("", "", "") {
		return []media.Cut{{N: int64(len(all)), With: empty(len(all))}}, nil
	}
	b := trim(all)
	if b == nil {
		b = all
	}
	before := len(all) - len(b)
	cs, mark := media.TextCharset(b[:min(len(b), media.HeadSize)])
	wide := len(b) > 1 && (b[0] != '<' || b[1] == 0) && (cs == media.UTF16LE || cs == media.UTF16BE || cs == media.UTF32LE || cs == media.UTF32BE)
	if !wide && len(b) > 1 && (b[0] != '<' || b[1] == 0) {
		before += mark
	}
	c := &cutter{walk: walk{t: tokens{s: utf8Of(b)}}, s: s}
	c.document()
	if len(c.cuts) == 0 || c.err != nil {
		return nil, c.err
	}
	cuts, err := media.SortCuts(c.cuts)
	if err != nil {
		return nil, err
	}
	if cuts, err = c.padded(cuts); err != nil {
		return nil, err
	}
	if !wide {
		return media.Shift(cuts, int64(before)), nil
	}
	return rewide(c.t.s, cuts, b, int64(before), cs)
}

// empty is a packet without properties, of n bytes where it can be that short.
func empty(n int) []byte {
	const packet = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	b := bytes.Repeat([]byte{' '}, n)
	if n >= len(packet) {
		copy(b, packet)
	}
	return b
}

// padded makes up for what cuts take away before the end of a packet.
func (c *cutter) padded(cuts []media.Cut) ([]media.Cut, error) {
	end := int64(strings.LastIndex(c.t.s, "<?xpacket end"))
	last := cuts[len(cuts)-1]
	if end < 0 || last.Off+last.N > end {
		return cuts, nil
	}
	more := media.Growth(cuts)
	if more <= 0 {
		return append(cuts, media.Cut{Off: end, With: bytes.Repeat([]byte{' '}, int(-more))}), nil
	}
	room := end - int64(len(strings.TrimRight(c.t.s[:end], blanks)))
	if more >= room || end-more < last.Off+last.N {
		return cuts, nil // it grows, if what holds it can
	}
	return append(cuts, media.Cut{Off: end - more, N: more}), nil
}

// rewide makes the cuts in a packet of UTF-16, which was read as UTF-8: it is
// written anew in its own encoding.
func rewide(text string, cuts []media.Cut, b []byte, before int64, charset media.Charset) ([]media.Cut, error) {
	out, err := media.Apply([]byte(text), cuts)
	if err != nil {
		return nil, err
	}
	var w []byte
	for _, u := range utf16.Encode([]rune(string(out))) {
		switch charset {
		case media.UTF16LE:
			w = append(w, byte(u), byte(u>>8))
		case media.UTF16BE:
			w = append(w, byte(u>>8), byte(u))
		default:
			return nil, media.Refuse("", "it is XMP in UTF-32")
		}
	}
	if len(b) > 1 && (b[0] == 0xFE || b[0] == 0xFF) {
		w = append(bytes.Clone(b[:2]), w...)
	}
	return []media.Cut{{Off: before, N: int64(len(b)), With: w}}, nil
}

// cutter goes through RDF as walk does and notes where the properties stand that
// go.
type cutter struct {
	walk
	s    media.Stripping
	cuts []media.Cut
	err  error
}

func (c *cutter) cut(from, to int) {
	c.cuts = append(c.cuts, media.Cut{Off: int64(from), N: int64(to - from)})
}

// asked reports whether the property that c.path names goes.
func (c *cutter) asked() bool {
	return len(c.path) > 0 && c.s.Drop("", "XMP", string(c.path))
}

func (c *cutter) document() {
	for {
		switch c.next() {
		case eof:
			return
		case start:
			switch ns, local := c.resolve(c.t.name, false); {
			case local == "RDF" && !c.t.self:
				c.children(c.node, nil)
			case ns == "rdf" && local == "Description":
				c.node()
			}
		}
	}
}

func (c *cutter) node() {
	self := c.t.self
	for _, a := range c.t.attrs {
		c.field(a)
	}
	if !self {
		c.children(c.property, nil)
	}
}

// field looks at an attribute that is a property.
func (c *cutter) field(a attr) {
	if strings.HasPrefix(a.name, "xml") && (a.name == "xmlns" || a.name[3:4] == ":" || strings.HasPrefix(a.name, "xmlns:")) {
		return
	}
	ns, local := c.resolve(a.name, true)
	if ns == "rdf" {
		if local == "value" && c.asked() {
			c.cut(a.at, a.end)
		}
		return
	}
	n := len(c.path)
	if ok := c.push(ns, local); ok && c.setAttr(a) {
	} else if ok && c.asked() {
		c.cut(a.at, a.end)
	} else if c.embedded(unescape(a.value)) {
		c.cut(a.at, a.end)
	}
	c.path = c.path[:n]
}

// setAttr gives an attribute another value, if it is to have one.
func (c *cutter) setAttr(a attr) bool {
	v, ok := media.SetOf(c.s, "", "XMP", string(c.path))
	i := strings.LastIndex(c.t.s[a.at:a.end], a.value)
	if !ok || i < 0 {
		return false
	}
	c.cuts = append(c.cuts, media.Cut{Off: int64(a.at + i), N: int64(len(a.value)), With: escaped(v)})
	return true
}

// escaped is a text as XML.
func escaped(s string) []byte {
	return []byte(strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&apos;").Replace(s))
}

// property looks at an element that is one.
func (c *cutter) property() {
	at := c.t.at
	ns, local := c.resolve(c.t.name, false)
	if ns == "rdf" {
		switch local {
		case "Bag", "Seq", "Alt":
			c.container(local)
			return
		case "Description":
			c.node()
			return
		case "value":
			c.value()
			return
		}
	}
	n := len(c.path)
	switch {
	case !c.push(ns, local):
		c.skip()
	case c.asked():
		c.skip()
		c.cut(at, c.t.i)
	default:
		before := len(c.cuts)
		c.value()
		if len(c.cuts) == before+1 && c.hollow(at, c.cuts[before]) {
			c.cuts = c.cuts[:before]
			c.cut(at, c.t.i)
		}
	}
	c.path = c.path[:n]
}

// hollow reports whether nothing but blanks is left of the element that stands
// from at to here once k is cut.
func (c *cutter) hollow(at int, k media.Cut) bool {
	rest := c.t.s[at:k.Off] + c.t.s[k.Off+k.N:c.t.i]
	start, body, ok := strings.Cut(rest, ">")
	body = strings.Trim(body, blanks)
	return ok && !strings.Contains(start, "=") && strings.HasPrefix(body, "</") && strings.Count(body, "<") == 1
}

// value looks at what an element holds.
func (c *cutter) value() {
	self, parse := c.t.self, ""
	for _, a := range c.t.attrs {
		if a.name == "xml:lang" {
			continue
		}
		switch ns, local := c.resolve(a.name, true); {
		case ns == "rdf" && local == "parseType":
			parse = a.value
		case ns == "rdf":
		default:
			c.field(a)
		}
	}
	if self {
		return
	}
	switch parse {
	case "Resource":
		c.children(c.property, nil)
	case "Collection":
		c.items(c.node)
	case "Literal":
		c.skip()
	default:
		c.content()
	}
}

// content looks at the elements in a value; of a text that is a file of its own
// that goes, only the text is cut.
func (c *cutter) content() {
	var chars textBuffer
	from := c.t.i
	c.children(c.property, chars.add)
	if v, ok := media.SetOf(c.s, "", "XMP", string(c.path)); ok && len(c.path) > 0 {
		if to := max(c.t.at, from); !strings.Contains(c.t.s[from:to], "<") {
			c.cuts = append(c.cuts, media.Cut{Off: int64(from), N: int64(to - from), With: escaped(v)})
		}
		return
	}
	if c.embedded(chars.string()) {
		to := c.t.at // of the end tag
		if !strings.Contains(c.t.s[from:max(to, from)], "<") {
			c.cut(from, to)
		}
	}
}

// embedded reports whether a value is a picture that goes. One that only loses
// something goes as well: it can't be written anew at the same size.
func (c *cutter) embedded(value string) bool {
	thumb := strings.HasSuffix(string(c.path), "xmpGImg:image")
	value = strings.Trim(value, blanks)
	if value == "" || !thumb && (len(value) < 4<<10 || !strings.HasPrefix(value, "/9j/") && !strings.HasPrefix(value, "iVBORw0K")) {
		return false
	}
	path := "image"
	if thumb {
		path = "thumbnail"
	}
	if c.s.Drop(path, "", "") {
		return true
	}
	data := make([]byte, 0, len(value))
	for i := range len(value) {
		if b := value[i]; b > ' ' && b != '=' {
			data = append(data, b)
		}
	}
	n, _ := base64.RawStdEncoding.Decode(data, data)
	if n == 0 {
		return false
	}
	inner, err := c.s.Nested(path, io.NewSectionReader(bytes.NewReader(data[:n]), 0, int64(n)), nil)
	if err != nil && c.err == nil {
		c.err = err
	}
	return len(inner) > 0
}

// container looks at the items. Where they are one text in several languages, all
// go if one does.
func (c *cutter) container(local string) {
	at := c.t.at
	if c.t.self {
		return
	}
	gone := 0
	n := c.items(func() {
		from := c.t.at
		if !c.asked() {
			c.value()
			return
		}
		c.skip()
		c.cut(from, c.t.i)
		gone++
	})
	if gone > 0 && (gone == n || local == "Alt") {
		// Cuts inside go with the whole.
		k := len(c.cuts)
		for k > 0 && c.cuts[k-1].Off >= int64(at) {
			k--
		}
		c.cuts = c.cuts[:k]
		c.cut(at, c.t.i)
	}
}

// items calls item for each child, with its index at the end of the path, and
// gives how many there are.
func (c *cutter) items(item func()) int {
	i, n := 0, len(c.path)
	c.children(func() {
		i++
		c.path = append(strconv.AppendInt(append(c.path[:n], '['), int64(i), 10), ']')
		item()
		c.path = c.path[:n]
	}, nil)
	return i
}
