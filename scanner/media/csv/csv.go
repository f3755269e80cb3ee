// Package csv reads tables in text: values parted by commas, tabs, semicolons or
// bars (RFC 4180 and what programs make of it), with a heading or without, and
// with lines before the heading, as exports of banks have them.
//
// A table is handed out as the text that it is, in chunks of whole rows, with a
// cell for each value: detectors find what they find in any text, know the
// column of it, and find by the column alone what no text shows, as names.
package csv

import (
	"bytes"
	"io"
	"slices"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "csv" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "CSV, TSV",
		Types: "text/csv, text/tab-separated-values",
		Reads: "every value, with its line and the heading of its column; commas, tabs, semicolons, bars; any encoding",
		Not:   "which column is which, where a row has more values than the heading",
	}
}

// Match implements media.Format. Prose is full of commas: only rows of the same
// number of values under a plausible heading are a table.
func (format) Match(head []byte) bool {
	text, ok := charset.Sample(head)
	if !ok {
		return false
	}
	_, ok = sniff(text, len(head) < media.HeadSize)
	return ok
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	return charset.Walk(r, size, v, &table{})
}

const (
	maxColumns = 4 << 10 // headings that are kept
	maxHeading = 100     // bytes of one
)

// table is a charset.Structure.
type table struct {
	rows
	headed  bool
	started bool
	lost    bool // in the middle of a row that is longer than the text at hand
	cells   []detectors.Cell
	lines   charset.Lines
	row     int      // records so far, without the heading
	names   []string // of the columns: headings, or "column[3]"
	width   int      // columns of the heading
}

// Cells implements charset.Structure.
func (t *table) Cells(text []byte, from, limit int, last bool, into []detectors.Cell) (int, []detectors.Cell) {
	t.cells = into
	t.lines.Start(from)
	i := from
	if !t.started {
		t.started = true
		l, _ := sniff(text[from:min(len(text), from+media.HeadSize)], last && len(text)-from <= media.HeadSize)
		t.delim, t.headed = l.delim, l.headed
		i = t.heading(text, from+l.start, last)
	}
	if t.lost {
		n := bytes.IndexByte(text[i:limit], '\n')
		if n < 0 {
			t.lines.At(text, limit)
			return limit, t.cells
		}
		i, t.lost = i+n+1, false
	}
	t.reset(last)
	// The next growth of so long a list would copy all of it, several times over.
	rows := text[i:max(i, limit)]
	t.cells = slices.Grow(t.cells, min(bytes.Count(rows, []byte{t.delim}), len(rows)/leastCell))
	for i < limit {
		end, whole := t.next(text, i)
		if !whole {
			if i == from {
				t.lost, i = true, limit
			}
			break // comes again, with what follows
		}
		t.emit(text)
		i = end
	}
	t.lines.At(text, i)
	return i, t.cells
}

// leastCell is how many bytes a value of a table takes, with its delimiter, before
// there are so many of them that room is made for them one by one.
const leastCell = 4

// heading reads the names of the columns at pos and gives where the rows begin.
func (t *table) heading(text []byte, pos int, last bool) int {
	if !t.headed || pos >= len(text) {
		return min(pos, len(text))
	}
	t.reset(last)
	end, _ := t.next(text, pos)
	for _, b := range t.values {
		if len(t.names) == maxColumns {
			break
		}
		t.names = append(t.names, heading(string(b.of(text))))
	}
	t.width = len(t.values)
	return end
}

// heading is a heading in one line of bounded length.
func heading(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxHeading {
		s = s[:maxHeading]
	}
	return strings.ToValidUTF8(s, "")
}

// emit makes cells of a row.
func (t *table) emit(text []byte) {
	if len(t.values) == 1 && t.values[0].empty() {
		return // an empty line
	}
	t.row++
	for k, b := range t.values {
		if b.empty() {
			continue
		}
		c := detectors.Cell{Start: b.start, End: b.end, Record: t.row, Line: t.lines.At(text, b.start), Column: t.name(k)}
		if b.escaped {
			c.Value = string(b.of(text))
		}
		t.cells = append(t.cells, c)
	}
}

// name is the heading of column k of the row. Of a row with more values than
// there are headings, none is known: one of its values holds a delimiter.
func (t *table) name(k int) string {
	n := len(t.values)
	switch {
	case t.width == 0:
		for len(t.names) <= k && len(t.names) < maxColumns {
			t.names = append(t.names, "column["+strconv.Itoa(len(t.names)+1)+"]")
		}
	case n > t.width+1, n == t.width+1 && !t.values[n-1].empty():
		return ""
	}
	if k < len(t.names) {
		return t.names[k]
	}
	return ""
}
