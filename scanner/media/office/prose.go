package office

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// prose makes running text of one part, and tags of who wrote in it.
type prose struct {
	v    media.Visitor
	kind string
	path string
	t    *media.Running
	tags []detectors.Tag
	seen map[string]bool // tags so far

	everyAttr bool // attributes hold what people entered

	stack   []frame
	tables  []grid
	inside  int  // open elements whose text is kept as it stands
	muted   int  // depth of the element that is not read, 0 for none
	sheet   bool // cells hold no paragraphs of their own
	pending bool // the line ends before the next text
	wrote   int  // pieces of text so far
	choice  int  // wrote, where the last alternative began

	deleted   []byte // what a tracked change took out of the paragraph
	deletedAt int    // wrote, where the last of it stood

	packed   []byte // base64 of an embedded file
	pictures int
}

// frame is an open element.
type frame struct {
	name   string
	inside bool
	number string // of a cell: its value where the text may show it shortened
	shown  int    // of a cell: wrote, where it began
	repeat int    // of a cell: in how many columns it stands beside the first
}

// grid is an open table.
type grid struct {
	cell  int // of the row, from 1
	last  int // the last cell with text
	width int // cells of the first row
}

func newProse(v media.Visitor, kind, path string) *prose {
	return &prose{v: v, kind: kind, path: path, t: media.NewRunning(v, path), seen: map[string]bool{}}
}

// read reads the part and hands it out.
func (p *prose) read(b []byte) error {
	s := newScanner(b)
	for tok := s.next(); tok.kind != end && p.t.Err() == nil; tok = s.next() {
		switch tok.kind {
		case open:
			p.open(&tok)
		case text:
			p.text(tok.text)
		case shut:
			if err := p.shut(tok.name); err != nil {
				return err
			}
		}
	}
	p.flushDeleted() // of a paragraph that was cut
	s.tell(p.v, p.path)
	if err := p.t.End(); err != nil {
		return err
	}
	if len(p.tags) == 0 {
		return nil
	}
	return p.v.Part(&detectors.Part{Path: p.path, Tags: p.tags, Off: -1})
}

// verbatim are the elements that hold running text: w:t, a:t and others of
// OOXML, text:p and text:h of ODF.
var verbatim = map[string]map[string]bool{
	ooxml: {"t": true, "delText": true, "instrText": true, "text": true, "Data": true, "oddHeader": true, "oddFooter": true},
	odf:   {"p": true, "h": true},
}

func (p *prose) open(t *token) {
	f := frame{name: t.name}
	if p.muted == 0 {
		f.inside = verbatim[p.kind][t.name]
		if f.inside {
			p.inside++
		}
		p.begin(t, &f)
	}
	p.stack = append(p.stack, f)
}

// begin does what the start of an element asks for.
func (p *prose) begin(t *token, f *frame) {
	switch t.name {
	case "Choice":
		p.choice = p.wrote
	case "Fallback": // says the same again for programs that can't show the first
		if p.wrote > p.choice {
			p.muted = len(p.stack) + 1
			return
		}
	case "tab", "ptab":
		if !p.under("tabs") && !p.under("tabLst") { // those are places, not characters
			p.put("\t")
		}
	case "br", "cr", "line-break":
		p.breakLine()
	case "s":
		if p.kind == odf {
			n, _ := strconv.Atoi(t.attr("c"))
			p.put(strings.Repeat(" ", min(max(n, 1), 16)))
		}
	case "noBreakHyphen":
		p.put("-")
	case "fldChar":
		p.t.Space()
	case "spreadsheet":
		p.sheet = true
	case "automatic-styles", "styles": // of ODF: pieces of formats
		if p.kind == odf {
			p.muted = len(p.stack) + 1
			return
		}
	case "annotation", "comment":
		p.pending = true
	case "tbl", "table", "Table":
		p.table()
	case "tr", "table-row", "Row":
		p.row()
	case "tc", "table-cell", "covered-table-cell", "Cell":
		p.cell(t, f)
	}
	p.people(t)
	p.attributes(t)
}

func (p *prose) under(name string) bool {
	return len(p.stack) > 0 && p.stack[len(p.stack)-1].name == name
}

// within tells whether one of the innermost elements has a name.
func (p *prose) within(name string) bool {
	for i := len(p.stack) - 1; i >= max(len(p.stack)-8, 0); i-- {
		if p.stack[i].name == name {
			return true
		}
	}
	return false
}

// put adds running text.
func (p *prose) put(s string) {
	if s == "" || p.muted > 0 {
		return
	}
	if p.pending {
		p.breakLine()
		p.pending = false
	}
	if n := len(p.tables); n > 0 && p.tables[n-1].cell > 0 {
		g := &p.tables[n-1]
		if g.cell > g.last {
			p.t.WriteString(tabs(g.cell - max(g.last, 1)))
			g.last = g.cell
		}
		if p.sheet {
			s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\t' || r == '\r' }), " ")
		}
	}
	p.t.WriteString(s)
	p.wrote++
}

// breakLine ends the line, or a word in the cell of a sheet.
func (p *prose) breakLine() {
	if p.sheet && len(p.tables) > 0 && p.tables[len(p.tables)-1].cell > 0 {
		p.t.Space()
		return
	}
	p.t.Line()
}

// maxTabs bounds what stands for empty cells: sheets claim 16,384 columns.
const maxTabs = 64

func tabs(n int) string {
	return "\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t\t"[:min(max(n, 0), maxTabs)]
}

// table begins a table. One that stands in no other begins a part: its first
// line is then what detectors take for headings.
func (p *prose) table() {
	if len(p.tables) == 0 && p.t.End() == nil {
		p.t = media.NewRunning(p.v, p.path)
		p.pending = false
	}
	p.tables = append(p.tables, grid{})
}

// row begins a row.
func (p *prose) row() {
	if n := len(p.tables); n > 0 {
		p.t.Line()
		p.pending = false
		p.tables[n-1].cell, p.tables[n-1].last = 0, 0
	}
}

// cell begins a cell.
func (p *prose) cell(t *token, f *frame) {
	n := len(p.tables)
	if n == 0 {
		return
	}
	p.pending = false
	p.tables[n-1].cell++
	f.repeat, _ = strconv.Atoi(t.attr("number-columns-repeated"))
	f.shown = p.wrote
	switch t.attr("value-type") {
	case "float", "currency":
		f.number = t.attr("value")
	case "date":
		f.number = t.attr("date-value")
	case "string":
		f.number = t.attr("string-value")
	}
}

// endCell adds what a cell holds and does not show.
func (p *prose) endCell(f *frame) {
	n := len(p.tables)
	if n == 0 {
		return
	}
	if f.number != "" && (p.wrote == f.shown || len(f.number) > 6 && isDigits(f.number)) {
		if p.wrote > f.shown {
			p.t.Space()
		}
		p.pending = false
		p.put(f.number)
	}
	p.pending = false
	if f.repeat > 1 {
		p.tables[n-1].cell += min(f.repeat, 1<<20) - 1
	}
}

func isDigits(s string) bool {
	return strings.Trim(s, "0123456789") == ""
}

// endRow fills a row up to the width of the first, whose cells are headings.
func (p *prose) endRow() {
	n := len(p.tables)
	if n == 0 {
		return
	}
	g := &p.tables[n-1]
	if g.last > 0 {
		if g.width == 0 {
			g.width = g.last
		} else {
			p.t.WriteString(tabs(g.width - g.last))
		}
		p.t.Line()
	}
	p.pending = false
	g.cell, g.last = 0, 0
}

// text takes character data.
func (p *prose) text(s string) {
	if p.muted > 0 || len(p.stack) == 0 {
		return
	}
	top := p.stack[len(p.stack)-1].name
	switch {
	case isPacked(top):
		if len(p.packed) < media.MaxBlock {
			p.packed = append(p.packed, s...)
		}
	case p.isAuthor(top, s):
	case top == "delText":
		p.remove(s)
	case p.inside > 0:
		if p.kind == odf {
			s = strings.NewReplacer("\n", " ", "\r", "", "\t", " ").Replace(s)
		}
		p.put(s)
	case noText[top]:
	default:
		if s = strings.TrimSpace(s); s != "" {
			p.property(top, s)
			p.pending = true
			p.put(s)
			p.pending = true
		}
	}
}

// noText are elements whose character data is measures, references and code.
var noText = map[string]bool{
	"posOffset": true, "pctWidth": true, "pctHeight": true, "pctPosHOffset": true, "pctPosVOffset": true, "align": true,
	"formatCode": true, "f": true, "Anchor": true, "Row": true, "Column": true, "ptCount": true, "snapVertSplitter": true,
}

func isPacked(name string) bool {
	return name == "binary-data" || name == "binaryData" || name == "binData"
}

// property makes a tag of what the flat forms keep beside the text.
func (p *prose) property(name, value string) {
	if len(p.stack) < 2 {
		return
	}
	switch p.stack[len(p.stack)-2].name {
	case "DocumentProperties", "CustomDocumentProperties", "coreProperties", "Properties", "meta":
		p.tag(propertyName(&token{name: name}, nil), value)
	}
}

func (p *prose) tag(name, value string) {
	if value = tidy(value); value == "" || len(p.tags) >= maxTags || p.seen[name+"\x00"+value] {
		return
	}
	p.seen[name+"\x00"+value] = true
	p.tags = append(p.tags, detectors.Tag{Group: groups[p.kind], Name: name, Value: value})
}

// isAuthor makes a tag of the text of an element that names an author.
func (p *prose) isAuthor(name, s string) bool {
	switch name {
	case "author": // of the comments of a sheet
		if !p.under("author") || p.everyAttr {
			return false
		}
		p.tag("CommentAuthor", s)
	case "creator", "sender-initials", "creator-initials":
		switch {
		case name == "creator" && p.within("annotation"):
			p.tag("CommentAuthor", s)
		case name == "creator" && p.within("change-info"):
			p.tag("RevisionAuthor", s)
		default:
			return name != "creator"
		}
	case "date":
		return p.within("annotation") || p.within("change-info")
	default:
		return false
	}
	return true
}

// people makes tags of the attributes that say who commented or changed.
func (p *prose) people(t *token) {
	for i := range t.attrs {
		a := &t.attrs[i]
		switch {
		case a.name == "author" && (t.name == "comment" || t.name == "person"):
			p.tag("CommentAuthor", a.value)
		case a.name == "author":
			p.tag("RevisionAuthor", a.value)
		case a.name == "name" && (t.name == "cmAuthor" || t.name == "author"), a.name == "displayName" && t.name == "person":
			p.tag("CommentAuthor", a.value)
		case a.name == "name" && t.name == "userInfo", a.name == "userName":
			p.tag("RevisionAuthor", a.value)
		case a.name == "userId":
			p.tag("UserID", a.value)
		}
	}
}

// attributes adds those that hold words of people.
func (p *prose) attributes(t *token) {
	for i := range t.attrs {
		a := &t.attrs[i]
		show := false
		switch a.name {
		case "descr", "title", "alt", "prompt", "promptTitle", "error", "tooltip", "display", "displayText", "instr", "screen-tip":
			show = true
		case "href":
			show = strings.Contains(a.value, ":")
		case "val":
			show = t.name == "docVar" || t.name == "alias" || t.name == "helpText" || t.name == "statusText" || t.name == "query" || t.name == "connectString"
		default:
			show = p.everyAttr && len(a.value) > 2 && a.prefix != "xml" && a.prefix != "xsi" && !strings.HasPrefix(a.value, "http://schemas.") && !strings.HasPrefix(a.value, "{")
		}
		if show && strings.TrimSpace(a.value) != "" {
			p.aside(a.value)
		}
	}
}

// aside adds what stands beside the running text: on a line of its own, inside
// of a line or a cell between blanks.
func (p *prose) aside(s string) {
	if p.inside > 0 || len(p.tables) > 0 && p.tables[len(p.tables)-1].cell > 0 {
		p.t.Space()
		p.put(s)
		p.t.Space()
		return
	}
	p.pending = true
	p.put(s)
	p.pending = true
}

// remove keeps text that a tracked change took out, until the paragraph ends: where
// it stood, it would join what was written in its place.
func (p *prose) remove(s string) {
	if p.muted > 0 || len(p.deleted)+len(s) > media.MaxBlock {
		return
	}
	if len(p.deleted) > 0 && p.deletedAt != p.wrote {
		p.deleted = append(p.deleted, ' ')
	}
	p.deleted, p.deletedAt = append(p.deleted, s...), p.wrote
}

func (p *prose) flushDeleted() {
	if len(p.deleted) > 0 {
		s := string(p.deleted)
		p.deleted = p.deleted[:0]
		p.aside(s)
	}
}

// shut ends the innermost element of that name with all that are open in it.
func (p *prose) shut(name string) error {
	for i := len(p.stack) - 1; i >= max(len(p.stack)-16, 0); i-- {
		if p.stack[i].name != name {
			continue
		}
		for len(p.stack) > i {
			f := p.stack[len(p.stack)-1]
			p.stack = p.stack[:len(p.stack)-1]
			if err := p.finish(&f); err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// finish does what the end of an element asks for.
func (p *prose) finish(f *frame) error {
	if p.muted > 0 {
		if len(p.stack) < p.muted {
			p.muted = 0
		}
		return nil
	}
	if f.inside {
		p.inside--
	}
	if f.name == "p" || len(p.stack) == 0 {
		p.flushDeleted()
	}
	switch f.name {
	case "p", "h", "si", "annotation", "comment", "cm", "title", "oddHeader", "oddFooter":
		p.pending = true
	case "instrText":
		// What a field shows follows the code that made it.
	case "tc", "table-cell", "covered-table-cell", "Cell":
		p.endCell(f)
	case "tr", "table-row", "Row":
		p.endRow()
	case "tbl", "table", "Table":
		if n := len(p.tables); n > 0 {
			p.tables = p.tables[:n-1]
		}
		p.pending = true
	}
	if isPacked(f.name) {
		return p.unpack()
	}
	return nil
}

// unpack hands out a file that is embedded as base64.
func (p *prose) unpack() error {
	b := bytes.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, p.packed)
	p.packed = p.packed[:0]
	out := make([]byte, base64.StdEncoding.DecodedLen(len(b)))
	n, err := base64.StdEncoding.Decode(out, b)
	p.pictures++
	path := fmt.Sprintf("embedded[%d]", p.pictures)
	if p.path != "" {
		path = p.path + "/" + path
	}
	if err != nil {
		p.v.Problem(path, media.Corrupt)
	}
	if n == 0 {
		return nil
	}
	return p.v.Nested(path, io.NewSectionReader(bytes.NewReader(out[:n]), 0, int64(n)))
}
