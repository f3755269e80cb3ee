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
func placed(path string, p *detectors.Part, f *Found) string {
	if f.Tag != "" || p.Cells == nil {
		return path
	}
	c := p.CellAt(f.Start)
	if c == nil {
		return path
	}
	var b strings.Builder
	b.WriteString(path)
	if c.Line > 0 {
		b.WriteString("/line[" + strconv.Itoa(c.Line) + "]")
	} else {
		b.WriteString("/row[" + strconv.Itoa(c.Record) + "]")
	}
	if c.Column != "" {
		b.WriteByte('/')
		b.WriteString(columnName(c.Column))
	}
	return clean(b.String())
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
