// Package cells hands out the rows of a database as text with cells, for formats
// whose values do not stand in lines.
package cells

import (
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	chunkSize = 192 << 10 // bytes of text after which a part is handed out
	longValue = 64 << 10  // a longer value comes as text of its own
)

// Rows collects the values of one table and hands them out as parts: a row a
// line, values parted by tabs, each with its column and the number of its row.
// Invalid UTF-8 becomes U+FFFD. One goroutine at a time uses it; Flush must be
// called at the end.
type Rows struct {
	v    media.Visitor
	path string
	part detectors.Part
	row  int
	open bool // the row has a value
	err  error
}

// NewRows starts a table whose parts are named path.
func NewRows(v media.Visitor, path string) *Rows {
	return &Rows{v: v, path: path, row: 1}
}

// Start sets the number of the row that comes next.
func (r *Rows) Start(row int) { r.row = row }

// Value adds a value to the row. An empty one adds nothing.
func (r *Rows) Value(column string, b []byte) {
	if r.err != nil || len(b) == 0 {
		return
	}
	if len(b) > longValue {
		r.long(b)
		return
	}
	p := &r.part
	if r.open {
		p.Text = append(p.Text, '\t')
	}
	r.open = true
	start := len(p.Text)
	p.Text = appendValid(p.Text, b)
	p.Cells = append(p.Cells, detectors.Cell{Start: start, End: len(p.Text), Record: r.row, Column: column})
}

// End ends the row. Its error is the visitor's; nothing more is collected then.
func (r *Rows) End() error {
	if r.open {
		r.part.Text = append(r.part.Text, '\n')
		r.open = false
	}
	r.row++
	if len(r.part.Text) >= chunkSize {
		return r.Flush()
	}
	return r.err
}

// Row is the number of the row that is collected, from 1.
func (r *Rows) Row() int { return r.row }

// Flush hands out what was collected.
func (r *Rows) Flush() error {
	if r.err == nil && len(r.part.Text) > 0 {
		r.part.Path, r.part.Off = r.path, -1
		r.err = r.v.Part(&r.part)
	}
	r.part.Text, r.part.Cells = r.part.Text[:0], r.part.Cells[:0]
	return r.err
}

// long hands out a value as text of its own, in overlapping chunks.
func (r *Rows) long(b []byte) {
	t := media.NewRunning(r.v, r.path)
	for len(b) > 0 && r.err == nil {
		n := min(len(b), longValue)
		for n < len(b) && n > longValue-utf8.UTFMax && !utf8.RuneStart(b[n]) {
			n--
		}
		t.WriteString(string(b[:n]))
		b, r.err = b[n:], t.Err()
	}
	if err := t.End(); r.err == nil {
		r.err = err
	}
}

func appendValid(dst, b []byte) []byte {
	if utf8.Valid(b) {
		return append(dst, b...)
	}
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		dst = utf8.AppendRune(dst, c)
		b = b[n:]
	}
	return dst
}
