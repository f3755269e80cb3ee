// Package column tells detectors of text under which heading a value of a table
// stands: the column names of CSV, TSV and the like, and the keys of records, are
// context for every value, however far away they are. A format that reads
// structure says it with the cells of a part; in other text a Table sees for itself
// whether it is a table. Means says what a heading promises.
package column

import (
	"bytes"
	"unsafe"

	"habeas/detectors"
)

// maxLine bounds how much of a line is looked at, so that text without line ends
// costs no more than other text.
const maxLine = 2 << 10

// Table is the table that a text may be. The zero Table is ready; Reset gives it
// a text. One goroutine at a time uses it.
type Table struct {
	text   []byte
	header []byte // the first line, nil if it names no columns
	delim  byte
	cells  int
	asked  bool

	row, rowEnd int // the line of the last answer, so that a row is split once
	at, cell    int // a delimiter already counted in it

	part *detectors.Part // whose cells say where columns are; nil to look into text
	last *detectors.Cell // the cell of the last answer
	near int             // its index, or where it would be
}

// ResetPart is Reset for the text of p, or the value of one of its tags, as
// detectors.EachText gives them.
func (t *Table) ResetPart(p *detectors.Part, text []byte, tag *detectors.Tag) {
	if tag == nil && p.Cells != nil {
		*t = Table{text: text, part: p}
		return
	}
	t.Reset(text, tag == nil && p.Lead == 0)
}

// at is the cell that holds pos, nil if none does.
func (t *Table) cellAt(pos int) *detectors.Cell {
	if c := t.last; c != nil && c.Start <= pos && pos < c.End {
		return c
	}
	t.near = t.part.CellNear(pos, t.near)
	if t.near == len(t.part.Cells) {
		return nil
	}
	c := &t.part.Cells[t.near]
	if c.Start > pos {
		return nil
	}
	t.last = c
	return c
}

// Reset makes t the table of text. first says that text is the start of the
// whole: only there a first line is a heading.
func (t *Table) Reset(text []byte, first bool) {
	*t = Table{text: text, asked: !first, row: -1}
}

// Any reports whether any value of the text may stand under a heading.
func (t *Table) Any() bool {
	if !t.asked && t.part == nil {
		t.asked = true
		t.readHeader()
	}
	return t.part != nil || t.header != nil
}

// Heading is the name of the column that the value at pos stands in. It is nil
// where the text is no table, in the heading itself, and in rows that have other
// columns than the heading.
func (t *Table) Heading(pos int) []byte {
	c := t.Column(pos)
	if t.part == nil || c == nil {
		return c
	}
	name := Leaf(unsafe.String(unsafe.SliceData(c), len(c)))
	if name == "" {
		return nil
	}
	return unsafe.Slice(unsafe.StringData(name), len(name)) // nobody changes it
}

// Column is the name of the column as it is written, of which Heading is the last
// step; for a [Memory] to know it by. It is nil where Heading is, and also has the
// names that Leaf takes for none.
func (t *Table) Column(pos int) []byte {
	if t.part != nil {
		c := t.cellAt(pos)
		if c == nil || c.Column == "" {
			return nil
		}
		return unsafe.Slice(unsafe.StringData(c.Column), len(c.Column)) // nobody changes it
	}
	if !t.asked {
		t.asked = true
		t.readHeader()
	}
	if t.header == nil || pos <= len(t.header) || pos >= len(t.text) {
		return nil
	}
	cell := t.cellOf(pos)
	if cell < 0 {
		return nil
	}
	return nth(t.header, t.delim, cell)
}

// Begins reports whether a cell begins at pos, or does before a quote.
func (t *Table) Begins(pos int) bool {
	if t.part != nil {
		c := t.cellAt(pos)
		return c != nil && len(bytes.Trim(t.text[c.Start:pos], "\"' (+")) == 0
	}
	if pos > 0 && (t.text[pos-1] == '"' || t.text[pos-1] == '\'' || t.text[pos-1] == ' ') {
		pos--
	}
	return pos > 0 && (t.text[pos-1] == t.delim || t.text[pos-1] == '\n')
}

// readHeader takes the first line for a heading if it has two cells or more,
// all of which are names: they hold a letter, and no long number.
func (t *Table) readHeader() {
	line := t.text[:min(len(t.text), maxLine)]
	end := bytes.IndexByte(line, '\n')
	if end < 0 {
		return
	}
	line = bytes.TrimSuffix(line[:end], []byte{'\r'})
	for _, d := range []byte{'\t', ';', '|', ','} {
		if n := bytes.Count(line, []byte{d}); n > 0 {
			t.delim, t.cells = d, n+1
			break
		}
	}
	if t.cells == 0 || !names(line, t.delim) {
		return
	}
	t.header = line
}

func names(line []byte, delim byte) bool {
	letters, digits := 0, 0
	for i := 0; i <= len(line); i++ {
		if i == len(line) || line[i] == delim {
			if letters == 0 || letters > 40 {
				return false // an empty cell, or a sentence
			}
			letters, digits = 0, 0
			continue
		}
		switch b := line[i]; {
		case b >= '0' && b <= '9':
			if digits++; digits > 4 {
				return false
			}
		case b|0x20 >= 'a' && b|0x20 <= 'z' || b >= 0x80:
			letters++
		}
	}
	return true
}

// cellOf is the place among the cells of its row that pos is in, or -1 if the
// row is not made like the heading.
func (t *Table) cellOf(pos int) int {
	if pos < t.row || pos >= t.rowEnd || t.row < 0 {
		t.newRow(pos)
	}
	if t.rowEnd < 0 {
		return -1
	}
	if pos < t.at {
		t.at, t.cell = t.row, 0
	}
	quoted := false
	for ; t.at < pos; t.at++ {
		switch b := t.text[t.at]; {
		case b == '"':
			quoted = !quoted
		case b == t.delim && !quoted:
			t.cell++
		}
	}
	return t.cell
}

func (t *Table) newRow(pos int) {
	lo, hi := max(pos-maxLine, 0), min(pos+maxLine, len(t.text))
	start := bytes.LastIndexByte(t.text[lo:pos], '\n') + 1 + lo
	end := bytes.IndexByte(t.text[pos:hi], '\n')
	t.row, t.at, t.cell = start, start, 0
	t.rowEnd = -1
	if start == lo && lo > 0 || end < 0 && hi < len(t.text) {
		return // longer than any row that we split
	}
	if end < 0 {
		end = len(t.text) - pos
	}
	if count(t.text[start:pos+end], t.delim)+1 == t.cells {
		t.rowEnd = pos + end + 1
	}
}

// count is how many delimiters of a row stand outside of quotes.
func count(line []byte, delim byte) (n int) {
	if bytes.IndexByte(line, '"') < 0 {
		return bytes.Count(line, []byte{delim})
	}
	quoted := false
	for _, b := range line {
		switch {
		case b == '"':
			quoted = !quoted
		case b == delim && !quoted:
			n++
		}
	}
	return n
}

func nth(line []byte, delim byte, n int) []byte {
	for ; n > 0; n-- {
		i := bytes.IndexByte(line, delim)
		if i < 0 {
			return nil
		}
		line = line[i+1:]
	}
	if i := bytes.IndexByte(line, delim); i >= 0 {
		line = line[:i]
	}
	return bytes.Trim(line, " \"'\ufeff")
}
