package owner

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// readCSV reads RFC 4180 with a header. Several values in one cell are separated
// by ';' where a column holds lists.
func (l *loader) readCSV(r io.Reader) (hasKeys bool, err error) {
	gate := &gate{r: r}
	c := csv.NewReader(gate)
	c.Comma = l.opts.delimiter
	c.ReuseRecord = true
	header, err := c.Read()
	if err == io.EOF {
		return false, l.fail(1, errors.New("the file is empty: its first line must name the columns"))
	}
	if err != nil {
		return false, l.csvError(err)
	}
	columns, err := l.columns(header)
	if err != nil {
		return false, err
	}
	for _, field := range columns {
		hasKeys = hasKeys || field == fieldKey || field == fieldKeyBase64
	}
	for {
		gate.passed = 0
		record, err := c.Read()
		if err == io.EOF {
			return hasKeys, nil
		}
		if err != nil {
			return false, l.csvError(err)
		}
		line, _ := c.FieldPos(0)
		var f fields
		for i, field := range columns {
			switch {
			case field < 0:
			case isList(field):
				for v := range strings.SplitSeq(record[i], ";") {
					f[field] = append(f[field], v)
				}
			default:
				f[field] = []string{record[i]}
			}
		}
		if err := l.add(line, &f, hasKeys); err != nil {
			return false, err
		}
	}
}

func isList(field int) bool {
	return field == fieldEmail || field == fieldPhone || field == fieldName || field == fieldSerial
}

// columns tells what each column of a header is.
func (l *loader) columns(header []string) ([]int, error) {
	columns := make([]int, len(header))
	named := map[string]bool{}
	seen := map[int]bool{}
	for i, name := range header {
		if i == 0 {
			name = strings.TrimPrefix(name, "\ufeff") // which spreadsheets write
		}
		if !utf8.ValidString(name) {
			return nil, l.fail(1, errors.New("the header is not UTF-8: export the file as UTF-8"))
		}
		field, ok := l.opts.columns[name]
		if named[name] = ok; !ok {
			field = l.usual(name)
		}
		if field >= 0 && seen[field] {
			return nil, l.fail(1, fmt.Errorf("two columns are the %s: say which under columns in the rules file", fieldNames(field)[0]))
		}
		columns[i], seen[field] = field, true
	}
	for name := range l.opts.columns {
		if !named[name] {
			return nil, l.fail(1, fmt.Errorf("there is no column %q, which the rules file names", name))
		}
	}
	if !seen[fieldOwner] {
		hint := "name it owner_id, or say which it is under columns in the rules file"
		if len(header) == 1 && strings.ContainsAny(header[0], ";,\t|") {
			hint = "the columns seem to be separated by another character: say which under delimiter in the rules file"
		}
		return nil, l.fail(1, errors.New("there is no column of owners: "+hint))
	}
	return columns, nil
}

// usual tells what a column is by its name; -1 if it is none, or if the rules file
// names another column for it.
func (l *loader) usual(name string) int {
	field := fieldOf(name)
	for _, other := range l.opts.columns {
		if other == field {
			return -1
		}
	}
	return field
}

// csvError gives err the file's name and the line, and none of its text.
func (l *loader) csvError(err error) error {
	var p *csv.ParseError
	switch {
	case errors.Is(err, errRecord):
		return l.fail(0, fmt.Errorf("a row has more than %d bytes: is a quote not closed?", maxRecord))
	case !errors.As(err, &p):
		return l.fail(0, fmt.Errorf("can't be read: %w", err))
	case errors.Is(err, csv.ErrFieldCount):
		return l.fail(p.Line, errors.New("another number of cells than the header has: quote cells that hold the delimiter"))
	case errors.Is(err, csv.ErrQuote) || errors.Is(err, csv.ErrBareQuote):
		line := p.Line
		if errors.Is(err, csv.ErrQuote) {
			line = p.StartLine
		}
		return l.fail(line, errors.New(`a quote is out of place, or not closed: write "" for a quote in a quoted cell`))
	}
	return l.fail(p.Line, errors.New("is no CSV (RFC 4180)"))
}

var errRecord = errors.New("record too long")

// gate stops a reader that takes too much before anybody sets passed to 0.
type gate struct {
	r      io.Reader
	passed int
}

func (g *gate) Read(b []byte) (int, error) {
	// The reader of CSV reads ahead, so one row may pass with a part of the next.
	if g.passed > 2*maxRecord {
		return 0, errRecord
	}
	n, err := g.r.Read(b)
	g.passed += n
	return n, err
}
