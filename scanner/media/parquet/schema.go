package parquet

import (
	"slices"
	"strings"
	"unicode"

	"habeas/scanner/media"
)

// Physical types.
const (
	boolean    = 0
	int32Type  = 1
	int64Type  = 2
	int96Type  = 3
	floatType  = 4
	doubleType = 5
	byteArray  = 6
	fixedArray = 7
)

// column is a leaf of the schema.
type column struct {
	name           string // the path of its names, as cells have it: "phones[].number"
	path           string // the same for the path of a part
	physical       int64
	length         int  // bytes of a fixedArray
	maxDef, maxRep int  // levels
	unit           unit // what its numbers are
	scale          int  // of decimals
}

// unit is what numbers stand for.
type unit uint8

const (
	plain unit = iota
	days
	millis
	micros
	nanos
	decimal
)

// maxSchema bounds the levels of a schema.
const maxSchema = 40

// schema reads the leaves, in order. A schema is a tree in depth-first order.
func (f *file) schema(meta *value) ([]column, error) {
	elements := meta.field(2).list
	if len(elements) == 0 {
		return nil, media.Stop("footer", media.Corrupt)
	}
	b := builder{elements: elements[1:]}
	if !b.children(elements[0].field(5).i, nil, 0, 0, 0) {
		return nil, media.Stop("footer", media.Corrupt)
	}
	if b.cut {
		f.problem("footer", media.LimitCount)
	}
	return b.columns, nil
}

type builder struct {
	elements []*value
	columns  []column
	cut      bool
}

// children reads n elements and what is below them.
func (b *builder) children(n int64, above []string, def, rep, depth int) bool {
	if n < 0 || depth > maxSchema {
		return false
	}
	for ; n > 0; n-- {
		if len(b.elements) == 0 {
			return false
		}
		e := b.elements[0]
		b.elements = b.elements[1:]
		d, r := def, rep
		steps := append(slices.Clone(above), step(string(e.field(4).b)))
		switch e.field(3).i {
		case 1:
			d++
		case 2:
			d, r = d+1, r+1
			steps[len(steps)-1] += "[]"
		}
		if e.has(5) && e.field(5).i > 0 {
			if !b.children(e.field(5).i, steps, d, r, depth+1) {
				return false
			}
			continue
		}
		if len(b.columns) == maxColumns {
			b.cut = true
			return true
		}
		b.columns = append(b.columns, leaf(e, steps, d, r))
	}
	return true
}

// step is a name as one step of a path.
func step(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '.' || r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if r := []rune(name); len(r) > 80 {
		name = string(r[:80])
	}
	return name
}

func leaf(e *value, steps []string, def, rep int) column {
	c := column{physical: e.field(1).i, length: int(min(max(e.field(2).i, 0), 1<<20)), maxDef: def, maxRep: rep}
	// Lists are three levels by convention: "phones.list[].element".
	var names []string
	for _, s := range steps {
		bare := strings.TrimSuffix(s, "[]")
		switch {
		case len(names) > 0 && bare != s && (bare == "list" || bare == "bag" || bare == "array" || bare == "key_value" || bare == "map"):
			names[len(names)-1] += "[]"
		case len(names) > 0 && strings.HasSuffix(names[len(names)-1], "[]") && (s == "element" || s == "item" || s == "array_element" || s == "array"):
		default:
			names = append(names, s)
		}
	}
	c.name = strings.Join(names, ".")
	if len(c.name) > 200 {
		c.name = strings.ToValidUTF8(c.name[len(c.name)-200:], "")
	}
	c.path = c.name
	logical := e.field(10)
	switch converted := e.field(6); {
	case e.has(6) && converted.i == 5 || logical.has(5):
		c.unit = decimal
		c.scale = int(min(max(e.field(7).i, logical.field(5).field(1).i, 0), 18))
	case (e.has(6) && converted.i == 6 || logical.has(6)) && c.physical == int32Type:
		c.unit = days
	case e.has(6) && converted.i == 9, logical.field(8).field(2).has(1):
		c.unit = millis
	case e.has(6) && converted.i == 10, logical.field(8).field(2).has(2):
		c.unit = micros
	case logical.field(8).field(2).has(3):
		c.unit = nanos
	}
	return c
}
