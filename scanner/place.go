package scanner

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
)

// placed is the path of a finding in p: that of the part, with the line and the
// column where the text is a table, records or a log.
//
//	csv/line[12]/email
//	sqlite/users/row[7]/phone
func (c *columns) placed(path string, p *detectors.Part, f *Found) string {
	if f.Tag != "" || p.Cells == nil {
		return path
	}
	c.near = p.CellNear(f.Start, c.near)
	if c.near == len(p.Cells) || p.Cells[c.near].Start > f.Start {
		return path
	}
	cell := &p.Cells[c.near]
	b := append(c.path[:0], path...)
	if cell.Line > 0 {
		b = strconv.AppendInt(append(b, "/line["...), int64(cell.Line), 10)
	} else {
		b = strconv.AppendInt(append(b, "/row["...), int64(cell.Record), 10)
	}
	b = append(b, ']')
	if cell.Column != "" {
		b = append(append(b, '/'), c.shown(cell.Column)...)
	}
	c.path = b
	return clean(string(b))
}

// columns tells where findings stand in tables. The zero columns is ready; one
// goroutine at a time uses it.
type columns struct {
	path  []byte
	near  int               // the cell of the last answer
	names map[string]string // columns seen last, as they may be recorded
}

// maxColumnNames is how many columns are remembered: the keys of records may be as
// many as there are values.
const maxColumnNames = 256

// shown is columnName, remembered.
func (c *columns) shown(column string) string {
	name, ok := c.names[column]
	if ok {
		return name
	}
	name = columnName(column)
	if len(c.names) >= maxColumnNames {
		clear(c.names)
	}
	if c.names == nil {
		c.names = map[string]string{}
	}
	c.names[strings.Clone(column)] = strings.Clone(name)
	return name
}

// columnName is a column as it may be recorded. A key is sometimes itself a
// personal value ("ana@example.org": {...}); such a step is shown as a star.
func columnName(name string) string {
	if !revealing(name) {
		return name
	}
	steps := strings.Split(name, ".")
	for i, s := range steps {
		if revealing(s) {
			steps[i] = "*"
		}
	}
	if name = strings.Join(steps, "."); revealing(name) {
		return "*"
	}
	return name
}

// revealing reports whether a name may be a value: it holds an @, five digits
// or more, or is too long for a name.
func revealing(name string) bool {
	digits := 0
	for _, r := range name {
		switch {
		case r == '@' || r == '\uff20' || unicode.IsControl(r):
			return true
		case unicode.IsDigit(r):
			if digits++; digits > 4 {
				return true
			}
		}
	}
	return utf8.RuneCountInString(name) > 200
}
