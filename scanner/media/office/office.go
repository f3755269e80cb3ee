// Package office reads office documents: Office Open XML (ECMA-376: docx, xlsx,
// pptx and their kin), OpenDocument 1.3 (odt, ods, odp) and EPUB 3.3. As
// Documents it takes over ZIP archives whose members make up one; as a
// media.Format it walks the flat forms of the same, which are one XML file.
//
// Each part's text is handed out as running text: a line for a paragraph, cells
// of a table parted by tabs and rows by line ends, so that headings give
// context, and what was split for the sake of looks or spelling is whole again.
// Properties, and who commented on or changed what, are tags. Everything that is
// not XML is nested: pictures, embedded documents, macros.
package office

import (
	"bytes"
	"io"
	"path"
	"strings"

	"habeas/scanner/media"
)

// Kinds of documents, which start the paths of their parts.
const (
	ooxml = "ooxml"
	odf   = "odf"
	epub  = "epub"
)

// groups are the tag groups of the kinds.
var groups = map[string]string{ooxml: "OOXML", odf: "ODF", epub: "EPUB"}

// Documents reads documents that are archives. The zero value is ready.
type Documents struct{}

// Knows gives the kind of document that members of these names make up.
func (Documents) Knows(names []string) string {
	types, parts, mimetype, content, container := false, false, false, false, false
	for _, n := range names {
		switch l := strings.ToLower(n); {
		case l == "[content_types].xml":
			types = true
		case strings.HasPrefix(l, "word/"), strings.HasPrefix(l, "xl/"), strings.HasPrefix(l, "ppt/"), strings.HasPrefix(l, "visio/"),
			strings.HasPrefix(l, "docprops/"), l == "_rels/.rels":
			parts = true
		case l == "mimetype":
			mimetype = true
		case l == "content.xml", l == "meta.xml", l == "encrypted-package", l == "meta-inf/manifest.xml":
			content = true
		case l == "meta-inf/container.xml":
			container = true
		}
	}
	switch {
	case parts, types:
		return ooxml
	case container:
		return epub
	case mimetype && content:
		return odf
	}
	return ""
}

// Walk reads the document of a kind that Knows gave.
func (Documents) Walk(kind string, names []string, open func(i int) (*io.SectionReader, error), v media.Visitor) error {
	d := &document{kind: kind, v: v, names: names, open: open, locked: map[string]bool{}}
	for _, first := range [...]string{"meta-inf/manifest.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedstrings.xml"} {
		for i, n := range names {
			if strings.ToLower(n) == first {
				if err := d.member(i); err != nil {
					return err
				}
			}
		}
	}
	for i, n := range names {
		switch strings.ToLower(n) {
		case "meta-inf/manifest.xml", "xl/workbook.xml", "xl/styles.xml", "xl/sharedstrings.xml":
			continue
		}
		if err := d.member(i); err != nil {
			return err
		}
	}
	return d.leftStrings()
}

// document is the state of one Walk.
type document struct {
	kind   string
	v      media.Visitor
	names  []string
	open   func(i int) (*io.SectionReader, error)
	locked map[string]bool // members that the manifest says are encrypted
	told   bool            // that it is encrypted
	book   workbook
}

// member reads one member by what it is.
func (d *document) member(i int) error {
	name := d.names[i]
	lower := strings.ToLower(name)
	if strings.HasSuffix(lower, "/") || ignored(lower) {
		return nil
	}
	full := d.kind + "/" + name
	if d.locked[name] {
		if !d.told {
			d.told = true
			d.v.Problem(d.kind, media.Encrypted)
		}
		return nil
	}
	s, err := d.open(i)
	if err != nil || s == nil {
		return err
	}
	if !isXML(lower) {
		return d.v.Nested(full, s)
	}
	b, err := media.ReadUpTo(s, 0, media.MaxBlock, s.Size())
	if err != nil {
		return err
	}
	if s.Size() > media.MaxBlock {
		d.v.Problem(full, media.LimitBytes)
	}
	return d.xml(lower, full, b)
}

// ignored are parts without a word of anybody's: fonts, and lists of the parts.
func ignored(lower string) bool {
	switch lower {
	case "mimetype", "[content_types].xml", "settings.xml", "meta-inf/container.xml":
		return true
	}
	switch path.Ext(lower) {
	case ".odttf", ".ttf", ".otf", ".woff", ".woff2", ".fntdata", ".ttc":
		return true
	}
	return strings.Contains(lower, "printersettings/")
}

func isXML(lower string) bool {
	switch path.Ext(lower) {
	case ".xml", ".rels", ".vml", ".opf", ".ncx", ".rdf", ".psmdcp", ".fodt", ".smil":
		return true
	}
	return false
}

// xml reads one part that is XML.
func (d *document) xml(lower, full string, b []byte) error {
	base := path.Base(lower)
	switch {
	case strings.HasSuffix(lower, ".rels"):
		return d.relations(full, b)
	case base == "core.xml", strings.HasSuffix(lower, ".psmdcp"), strings.HasSuffix(lower, "docprops/app.xml"), strings.HasSuffix(lower, "docprops/custom.xml"),
		d.kind == odf && base == "meta.xml", strings.HasSuffix(lower, ".opf"):
		return d.properties(full, b)
	case lower == "meta-inf/manifest.xml" || lower == "meta-inf/encryption.xml":
		return d.manifest(full, b)
	case lower == "xl/sharedstrings.xml":
		return d.book.readStrings(d, full, b)
	case lower == "xl/styles.xml":
		d.book.readStyles(b)
		return nil
	case strings.HasPrefix(lower, "xl/worksheets/") || strings.HasPrefix(lower, "xl/macrosheets/"):
		return d.sheet(full, b)
	case lower == "xl/workbook.xml":
		d.book.date1904 = bytes.Contains(b, []byte(`date1904="1"`)) || bytes.Contains(b, []byte(`date1904="true"`))
	}
	p := newProse(d.v, d.kind, full)
	p.everyAttr = data(lower)
	return p.read(b)
}

// data are parts that keep what people enter in attributes.
func data(lower string) bool {
	for _, s := range [...]string{"customxml/", "xl/connections", "xl/querytables/", "xl/pivotcache/", "docmetadata/", "xl/revisions/", "visio/", "xl/externallinks/", "xl/workbook.xml", "xl/tables/"} {
		if strings.HasPrefix(lower, s) {
			return true
		}
	}
	return false
}

// relations tells where a part points to outside of the document: addresses of
// pages and mail, paths of templates and linked files.
func (d *document) relations(full string, b []byte) error {
	t := media.NewRunning(d.v, full)
	s := newScanner(b)
	for tok := s.next(); tok.kind != end; tok = s.next() {
		if tok.kind == open && tok.name == "Relationship" && strings.EqualFold(tok.attr("TargetMode"), "external") {
			t.WriteString(tok.attr("Target"))
			t.Line()
		}
	}
	s.tell(d.v, full)
	return t.End()
}

// manifest finds which members are encrypted: those of a document with a
// password, or the pages of a book that its seller locks.
func (d *document) manifest(full string, b []byte) error {
	s := newScanner(b)
	file := ""
	for tok := s.next(); tok.kind != end; tok = s.next() {
		if tok.kind != open {
			continue
		}
		switch tok.name {
		case "file-entry":
			file = tok.attr("full-path")
		case "encryption-data":
			d.locked[file] = true
		case "CipherReference":
			d.locked[strings.TrimPrefix(tok.attr("URI"), "/")] = true
		}
	}
	s.tell(d.v, full)
	return nil
}
