// Package svg reads SVG pictures (SVG 2, W3C 2018): the texts that they show, titles
// and descriptions, comments, the RDF in their metadata, names of files and links
// in attributes, and pictures embedded as data URIs. Entities are never expanded
// beyond those of XML itself. Broken XML is read as far as it goes, and the rest
// as text.
package svg

import (
	"bytes"
	"encoding/xml"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "svg" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "SVG",
		Types: "image/svg+xml",
		Reads: "texts, titles, descriptions, comments, RDF metadata, links and file names in attributes, pictures in data URIs",
		Not:   "what scripts would draw",
	}
}

// Match implements media.Format: the first element is svg, after an XML
// declaration, a document type, comments and blanks.
func (format) Match(head []byte) bool {
	if len(head) > 1 && (head[0] >= 0xfe || head[0] == 0 || head[1] == 0) {
		switch cs, mark := media.TextCharset(head); cs {
		case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
			head, _ = media.AppendWide(nil, head[mark:], cs, false)
		}
	}
	for {
		head = bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n")
		var end string
		switch {
		case bytes.HasPrefix(head, []byte("<!--")):
			end = "-->"
		case bytes.HasPrefix(head, []byte("<?")):
			end = "?>"
		case bytes.HasPrefix(head, []byte("<!DOCTYPE")) || bytes.HasPrefix(head, []byte("<!doctype")):
			name, _, _ := bytes.Cut(bytes.TrimLeft(head[len("<!DOCTYPE"):], " \t\r\n"), []byte(" "))
			return bytes.HasPrefix(name, []byte("svg"))
		default:
			return isRoot(head)
		}
		_, rest, ok := bytes.Cut(head, []byte(end))
		if !ok {
			return false
		}
		head = rest
	}
}

// isRoot reports whether b begins with an svg element, perhaps with a prefix.
func isRoot(b []byte) bool {
	if len(b) < 5 || b[0] != '<' {
		return false
	}
	name := b[1:]
	if i := bytes.IndexAny(name, " \t\r\n/>"); i >= 0 {
		name = name[:i]
	}
	return string(name) == "svg" || bytes.HasSuffix(name, []byte(":svg")) && len(name) < 40
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := read(r, size, v)
	if err != nil {
		return err
	}
	w := walk{doc: b, v: v, text: media.NewRunning(v, "text")}
	if err := w.document(); err != nil {
		return err
	}
	if err := w.text.End(); err != nil {
		return err
	}
	return w.flush()
}

// read decodes the document, at most MaxBlock of it.
func read(r io.ReaderAt, size int64, v media.Visitor) ([]byte, error) {
	t, err := charset.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	var b []byte
	for {
		last, err := t.Fill()
		if err != nil {
			return nil, err
		}
		n := len(t.Text())
		b = append(b, t.Text()...)
		if last {
			return b, nil
		}
		if len(b) > media.MaxBlock {
			v.Problem("", media.LimitBytes)
			return b, nil
		}
		t.Drop(n)
	}
}

// flushAt bounds what the tags of one part hold.
const flushAt = 4 << 20

type walk struct {
	doc   []byte
	v     media.Visitor
	text  *media.Running
	tags  []detectors.Tag
	held  int
	names []xml.Attr        // declarations of namespaces on the root
	known map[string]string // entities that the document declares
	told  bool              // limit.entity
	rdf   int64             // where an RDF element begins; 0 outside of one
	files int               // data URIs
	depth int
	inRDF int // depth of the RDF element
}

// document goes through the tokens.
func (w *walk) document() error {
	d := xml.NewDecoder(bytes.NewReader(w.doc))
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // decoded already
	for n := 0; ; n++ {
		from := d.InputOffset()
		t, err := d.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			w.v.Problem("", media.Corrupt)
			w.text.WriteString(string(w.doc[min(from, int64(len(w.doc))):]))
			return nil
		}
		if n == media.MaxXMLTokens {
			w.v.Problem("", media.LimitCount)
			w.text.WriteString(string(w.doc[from:]))
			return nil
		}
		if err := w.token(t, from, d.InputOffset()); err != nil {
			return err
		}
	}
	if w.depth > 0 {
		w.v.Problem("", media.Truncated)
	}
	return nil
}

// token takes one token, which stands between from and to.
func (w *walk) token(t xml.Token, from, to int64) error {
	switch t := t.(type) {
	case xml.StartElement:
		w.depth++
		if w.depth == 1 {
			w.names = w.namespaces(t.Attr)
		}
		if t.Name.Local == "RDF" && w.inRDF == 0 {
			w.rdf, w.inRDF = from, w.depth
		}
		if w.inRDF == 0 {
			return w.attributes(t.Attr)
		}
	case xml.EndElement:
		if w.inRDF > 0 && w.depth == w.inRDF {
			w.inRDF = 0
			if err := w.metadata(w.doc[w.rdf:to]); err != nil {
				return err
			}
		}
		w.depth = max(w.depth-1, 0)
		if breaks[t.Name.Local] {
			w.text.Line()
		}
	case xml.CharData:
		if w.inRDF > 0 {
			return nil
		}
		if len(bytes.TrimSpace(t)) == 0 {
			w.text.Space()
			return nil
		}
		w.refers(string(t))
		w.text.WriteString(string(t))
		return w.embedded(t)
	case xml.Comment:
		if w.inRDF == 0 {
			w.text.Line()
			w.text.WriteString(string(t))
			w.text.Line()
		}
	case xml.Directive:
		w.known = entities(string(t))
	}
	return nil
}

// breaks are the elements behind which a line ends.
var breaks = map[string]bool{"text": true, "title": true, "desc": true, "metadata": true, "style": true, "script": true, "p": true, "div": true, "br": true, "li": true, "td": true, "tr": true, "h1": true, "h2": true, "flowPara": true}

// namespaces are the attributes that declare them. Some programs write each as an
// entity of its own.
func (w *walk) namespaces(attrs []xml.Attr) (out []xml.Attr) {
	for _, a := range attrs {
		if a.Name.Space != "xmlns" || len(out) == 100 {
			continue
		}
		if v := w.known[strings.Trim(a.Value, "&;")]; v != "" && strings.HasPrefix(a.Value, "&") {
			a.Value = v
		}
		out = append(out, a)
	}
	return out
}

// entities are those that a document type declares, with their values where they
// are short and simple.
func entities(doctype string) map[string]string {
	const most = 1_000
	known := map[string]string{}
	for len(known) < most {
		_, rest, ok := strings.Cut(doctype, "<!ENTITY")
		if !ok {
			break
		}
		doctype = rest
		decl, _, _ := strings.Cut(rest, ">")
		words := strings.Fields(decl)
		if len(words) < 2 || words[0] == "%" {
			continue
		}
		value := strings.Trim(words[1], "\"'")
		if len(words) > 2 || len(value) > 1_000 || strings.Contains(value, "&") {
			value = ""
		}
		known[words[0]] = value
	}
	return known
}

// refers tells once that a text holds entities, which are left as they are.
func (w *walk) refers(s string) {
	if w.told || len(w.known) == 0 {
		return
	}
	for {
		_, rest, ok := strings.Cut(s, "&")
		if !ok {
			return
		}
		name, _, _ := strings.Cut(rest[:min(len(rest), 200)], ";")
		if _, declared := w.known[name]; declared {
			w.told = true
			w.v.Problem("", media.LimitEntity)
			return
		}
		s = rest
	}
}

// metadata hands RDF on as a packet of XMP, which declares the prefixes that the
// picture declares around it.
func (w *walk) metadata(rdf []byte) error {
	var b bytes.Buffer
	b.WriteString(`<x:xmpmeta xmlns:x="adobe:ns:meta/"`)
	for _, a := range w.names {
		if a.Name.Local == "x" {
			continue
		}
		b.WriteString(" xmlns:" + a.Name.Local + `="`)
		if err := xml.EscapeText(&b, []byte(a.Value)); err != nil {
			return nil // of a buffer: never
		}
		b.WriteByte('"')
	}
	b.WriteByte('>')
	b.Write(rdf)
	b.WriteString("</x:xmpmeta>")
	return w.v.Nested("metadata/xmp", io.NewSectionReader(bytes.NewReader(b.Bytes()), 0, int64(b.Len())))
}

// spoken are attributes whose values are words, names of files or links.
var spoken = map[string]bool{
	"href": true, "docname": true, "docbase": true, "absref": true, "export-filename": true, "label": true, "aria-label": true, "aria-description": true,
	"title": true, "alt": true, "content": true, "description": true, "creator": true, "author": true, "desc": true, "name": true, "placeholder": true, "value": true, "version-user": true, "username": true,
}

// attributes takes those that say something, and the data URIs in all of them.
func (w *walk) attributes(attrs []xml.Attr) error {
	for _, a := range attrs {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" || a.Name.Local == "d" || a.Name.Local == "points" {
			continue
		}
		if strings.Contains(a.Value, "data:") {
			if err := w.embedded([]byte(a.Value)); err != nil {
				return err
			}
			if strings.HasPrefix(strings.TrimSpace(a.Value), "data:") {
				continue
			}
		}
		name := strings.ToLower(a.Name.Local)
		if !spoken[name] && !strings.HasPrefix(name, "data-") && strings.IndexByte(a.Value, '@') < 0 {
			continue
		}
		value := strings.Trim(strings.ToValidUTF8(a.Value, "\uFFFD"), "\x00 \t\r\n")
		if value == "" || value[0] == '#' { // a place in the picture
			continue
		}
		w.refers(value)
		if name = media.FieldName(a.Name.Local); name == "" {
			name = "Attribute"
		}
		w.tags = append(w.tags, detectors.Tag{Group: "SVG", Name: name, Value: value})
		if w.held += len(value); w.held > flushAt {
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *walk) flush() error {
	if len(w.tags) == 0 {
		return nil
	}
	err := w.v.Part(&detectors.Part{Path: "attributes", Tags: w.tags, Off: -1})
	w.tags, w.held = w.tags[:0], 0
	return err
}
