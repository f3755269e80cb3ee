package office

import (
	"strconv"
	"strings"

	"habeas/scanner/media"
	"habeas/scanner/media/numformat"
)

// maxStrings bounds the table of shared strings; Excel's own sheets have up to
// 1,048,576 rows.
const maxStrings = 4 << 20

// workbook is what the sheets of a workbook share.
type workbook struct {
	path     string // of the shared strings
	strings  []string
	used     []bool
	formats  []numformat.Format // of cells
	date1904 bool
}

// readStrings reads the table of shared strings. What is said beside them for
// the sake of pronunciation is running text of its own.
func (w *workbook) readStrings(d *document, full string, b []byte) error {
	w.path = full
	s := newScanner(b)
	t := media.NewRunning(d.v, full)
	var item strings.Builder
	inText, phonetic := false, false
	for tok := s.next(); tok.kind != end && len(w.strings) < maxStrings; tok = s.next() {
		switch {
		case tok.kind == open && tok.name == "si":
			item.Reset()
		case tok.kind == open && tok.name == "rPh", tok.kind == shut && tok.name == "rPh":
			phonetic = tok.kind == open
		case tok.name == "t" && tok.kind != text:
			inText = tok.kind == open
			if !inText && phonetic {
				t.Line()
			}
		case tok.kind == text && inText && phonetic:
			t.WriteString(tok.text)
		case tok.kind == text && inText:
			item.WriteString(tok.text)
		case tok.kind == shut && tok.name == "si":
			w.strings = append(w.strings, item.String())
		}
	}
	if item.Len() > 0 && s.broken {
		w.strings = append(w.strings, item.String())
	}
	w.used = make([]bool, len(w.strings))
	s.tell(d.v, full)
	return t.End()
}

// leftStrings gives the shared strings that no cell shows: what was deleted, or
// stands in sheets that are lost.
func (d *document) leftStrings() error {
	w := &d.book
	t := media.NewRunning(d.v, w.path)
	for i, s := range w.strings {
		if !w.used[i] {
			t.WriteString(s)
			t.Line()
		}
	}
	return t.End()
}

// readStyles learns how the cell formats show numbers (18.8.30).
func (w *workbook) readStyles(b []byte) {
	s := newScanner(b)
	custom := map[string]numformat.Format{}
	inFormats := false
	for tok := s.next(); tok.kind != end && len(w.formats) < 1<<16; tok = s.next() {
		switch {
		case tok.name == "cellXfs" && tok.kind != text:
			inFormats = tok.kind == open
		case tok.kind == open && tok.name == "numFmt" && len(custom) < 1<<16:
			custom[tok.attr("numFmtId")] = numformat.Parse(tok.attr("formatCode"))
		case tok.kind == open && tok.name == "xf" && inFormats:
			id := tok.attr("numFmtId")
			f, ok := custom[id]
			if n, err := strconv.Atoi(id); !ok && err == nil {
				f = numformat.Builtin(n)
			}
			w.formats = append(w.formats, f)
		}
	}
}

// cell is one cell while it is read.
type cell struct {
	column  int // from 1
	kind    string
	style   string
	content string
}

// sheet reads a worksheet (18.3): a line for a row, cells parted by tabs.
func (d *document) sheet(full string, b []byte) error {
	p := newProse(d.v, d.kind, full)
	p.sheet = true
	p.tables = append(p.tables, grid{})
	s := newScanner(b)
	var c cell
	inRow, take := false, false
	for tok := s.next(); tok.kind != end && p.t.Err() == nil; tok = s.next() {
		switch {
		case tok.kind == text:
			if take {
				c.content += tok.text
			} else if !inRow {
				p.aside(strings.TrimSpace(tok.text)) // headers and footers
			}
		case tok.name == "row":
			if inRow = tok.kind == open; inRow {
				p.row()
			} else {
				p.endRow()
			}
		case tok.name == "c" && tok.kind == open:
			c = cell{column: column(tok.attr("r"), p.tables[0].cell), kind: tok.attr("t"), style: tok.attr("s")}
			p.tables[0].cell = c.column
		case tok.name == "c":
			p.put(d.book.value(&c))
		case tok.name == "v" || tok.name == "t":
			take = tok.kind == open && inRow
		case tok.kind == open && !inRow:
			p.people(&tok)
			p.attributes(&tok)
		}
	}
	s.tell(d.v, full)
	return p.t.End()
}

// column is the number of the column in a reference such as BC12; that behind
// the last if there is none.
func column(ref string, last int) int {
	n := 0
	for i := 0; i < len(ref) && i < 4; i++ {
		c := ref[i] &^ 0x20
		if c < 'A' || c > 'Z' {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	if n == 0 || n > 1<<14 {
		return last + 1
	}
	return n
}

// value is what a cell shows, numbers in full.
func (w *workbook) value(c *cell) string {
	switch c.kind {
	case "s":
		i, err := strconv.Atoi(strings.TrimSpace(c.content))
		if err != nil || i < 0 || i >= len(w.strings) {
			return ""
		}
		w.used[i] = true
		return w.strings[i]
	case "", "n":
		return w.number(strings.TrimSpace(c.content), c.style)
	}
	return c.content
}

// number writes a number as its cell shows it, or in full.
func (w *workbook) number(s, style string) string {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return s
	}
	var f numformat.Format
	if i, err := strconv.Atoi(style); err == nil && i >= 0 && i < len(w.formats) {
		f = w.formats[i]
	}
	shown := f.Show(n, w.date1904)
	if isDigits(s) && len(shown) <= len(s) && isDigits(shown) {
		return s // with more digits than a float64 has, or zeros before it
	}
	return shown
}
