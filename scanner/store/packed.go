package store

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/reports"
)

// The findings of an object are a JSON list of lists, in the column findings:
//
//	[[judgement, id, mask, fingerprint, variant, part, tag,
//	  start_byte, end_byte, month, cell_lat, cell_lon, box_x, box_y, box_w, box_h, quad], ...]
//
// What is missing at the end of a list is null. Strings hold the bytes that came
// from outside, UTF-8 or not; only what JSON forbids in a string is escaped. The
// views found and finding, and migrations, know the places.

// mostFindings is for how many findings room is made before they are read.
const mostFindings = 100_000

// errPacked is of a list that this program did not write.
var errPacked = errors.New("record: a list of findings is damaged: scan into another file with --record")

// appendFinding adds f to a list. judgement is the number of what is said of it.
func appendFinding(b []byte, judgement int64, f *reports.Finding) []byte {
	if len(b) == 0 {
		b = append(b, '[', '[')
	} else {
		b = append(b[:len(b)-1], ',', '[')
	}
	b = strconv.AppendInt(b, judgement, 10)
	for _, s := range [...]string{f.ID, f.Mask, f.Fingerprint, f.Variant, f.Part, f.Tag} {
		b = appendString(append(b, ','), s)
	}
	if f.Start != nil || f.End != nil || f.Cell != nil || f.Box != nil || f.Month != "" || f.Quad != nil {
		b = appendPlace(b, f)
	}
	return append(b, ']', ']')
}

// appendPlace adds what only some findings have.
func appendPlace(b []byte, f *reports.Finding) []byte {
	for _, p := range [...]*int64{f.Start, f.End} {
		if p == nil {
			b = append(b, ",null"...)
		} else {
			b = strconv.AppendInt(append(b, ','), *p, 10)
		}
	}
	b = appendString(append(b, ','), f.Month)
	if f.Cell == nil && f.Box == nil && f.Quad == nil {
		return b
	}
	if c := f.Cell; c == nil {
		b = append(b, ",null,null"...)
	} else {
		b = appendNumbers(b, c.Lat, c.Lon)
	}
	if x := f.Box; x == nil {
		b = append(b, ",null,null,null,null"...)
	} else {
		b = appendNumbers(b, x.X, x.Y, x.W, x.H)
	}
	if f.Quad == nil {
		return b
	}
	b = append(b, ',', '[')
	for i, p := range f.Quad {
		if i > 0 {
			b = append(b, ',')
		}
		start := len(b)
		b = append(appendNumbers(b, p[0], p[1]), ']')
		b[start] = '[' // for the first comma
	}
	return append(b, ']')
}

// appendNumbers adds numbers, each after a comma. What is no number is null.
func appendNumbers(b []byte, xs ...float64) []byte {
	for _, x := range xs {
		b = append(b, ',')
		if math.IsNaN(x) || math.IsInf(x, 0) {
			b = append(b, "null"...)
			continue
		}
		start := len(b)
		b = strconv.AppendFloat(b, x, 'g', -1, 64)
		// SQLite takes digits alone for an integer.
		if !strings.ContainsAny(string(b[start:]), ".e") {
			b = append(b, ".0"...)
		}
	}
	return b
}

func appendString(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		if c < ' ' {
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		} else {
			b = append(b, '\\', c)
		}
	}
	return append(append(b, s[from:]...), '"')
}

// unpack gives the findings of a list; judge tells what a judgement says. Brief
// findings have nothing but that. They are put into the memory of into, where that is enough.
func unpack(list string, brief bool, judge func(int64, *reports.Finding) error, into []reports.Finding) ([]reports.Finding, error) {
	if list == "" || list == "[]" {
		return nil, nil
	}
	p := packed{s: list}
	all := into[:0]
	if n := min(1+strings.Count(list, "],["), mostFindings); cap(all) < n {
		all = make([]reports.Finding, 0, n)
	}
	for p.take('['); !p.bad; {
		var f reports.Finding
		p.take('[')
		said := p.integer()
		if brief {
			p.skip()
		} else {
			p.finding(&f)
		}
		p.take(']')
		if p.bad {
			break
		}
		if err := judge(said, &f); err != nil {
			return nil, err
		}
		all = append(all, f)
		if p.s == "]" {
			return all, nil
		}
		p.take(',')
	}
	return nil, errPacked
}

// packed takes values off the front of a list. Once bad it gives zero values.
type packed struct {
	s   string
	bad bool
}

func (p *packed) fail() { p.s, p.bad = "", true }

// finding reads all behind the judgement.
func (p *packed) finding(f *reports.Finding) {
	for _, s := range [...]*string{&f.ID, &f.Mask, &f.Fingerprint, &f.Variant, &f.Part, &f.Tag} {
		p.take(',')
		*s = p.text()
	}
	if p.end() {
		return
	}
	start, hasStart := p.offset()
	end, hasEnd := p.offset()
	if hasStart && hasEnd {
		f.Start, f.End = &start, &end
	}
	if !p.end() {
		p.take(',')
		f.Month = p.text()
	}
	if c, ok := p.numbers(2); ok {
		f.Cell = &reports.Cell{Lat: c[0], Lon: c[1]}
	}
	if x, ok := p.numbers(4); ok {
		f.Box = &reports.Box{X: x[0], Y: x[1], W: x[2], H: x[3]}
	}
	if !p.end() {
		f.Quad = p.quad()
	}
}

// end reports whether the list of one finding ends here.
func (p *packed) end() bool { return p.s == "" || p.s[0] == ']' }

func (p *packed) take(c byte) {
	if p.s == "" || p.s[0] != c {
		p.fail()
		return
	}
	p.s = p.s[1:]
}

// null takes a null, if one is next.
func (p *packed) null() bool {
	rest, ok := strings.CutPrefix(p.s, "null")
	if ok {
		p.s = rest
	}
	return ok
}

// digits takes a number as it is written.
func (p *packed) digits() string {
	n := 0
	for n < len(p.s) && strings.IndexByte("+-.0123456789Ee", p.s[n]) >= 0 {
		n++
	}
	d := p.s[:n]
	p.s = p.s[n:]
	return d
}

func (p *packed) integer() int64 {
	n, err := strconv.ParseInt(p.digits(), 10, 64)
	if err != nil {
		p.fail()
	}
	return n
}

// offset takes a comma and an integer, or null.
func (p *packed) offset() (int64, bool) {
	if p.end() {
		return 0, false
	}
	if p.take(','); p.null() {
		return 0, false
	}
	n := p.integer()
	return n, !p.bad
}

// numbers takes n numbers, each after a comma; false if some is null, or the list
// ends before them.
func (p *packed) numbers(n int) (xs [4]float64, ok bool) {
	ok = true
	for i := range n {
		if p.end() {
			return xs, false
		}
		if p.take(','); p.null() {
			ok = false
			continue
		}
		x, err := strconv.ParseFloat(p.digits(), 64)
		if err != nil {
			p.fail()
		}
		xs[i] = x
	}
	return xs, ok && !p.bad
}

// quad takes a comma and four corners, or null.
func (p *packed) quad() *reports.Quad {
	if p.take(','); p.null() {
		return nil
	}
	var q reports.Quad
	p.take('[')
	for i := range q {
		if i > 0 {
			p.take(',')
		}
		p.take('[')
		if p.bad {
			return nil
		}
		p.s = "," + p.s
		xs, ok := p.numbers(2)
		if p.take(']'); !ok || p.bad {
			return nil
		}
		q[i] = [2]float64{xs[0], xs[1]}
	}
	p.take(']')
	return &q
}

// text takes a string.
func (p *packed) text() string {
	p.take('"')
	n := strings.IndexByte(p.s, '"')
	if n < 0 {
		p.fail()
		return ""
	}
	if s := p.s[:n]; strings.IndexByte(s, '\\') < 0 {
		p.s = p.s[n+1:]
		return s
	}
	return p.escaped()
}

// escaped takes a string with escapes in it, after its quote.
func (p *packed) escaped() string {
	var b []byte
	for i := 0; i < len(p.s); i++ {
		switch c := p.s[i]; c {
		case '"':
			p.s = p.s[i+1:]
			return string(b)
		case '\\':
			r, n := escape(p.s[i+1:])
			if n == 0 {
				p.fail()
				return ""
			}
			b = utf8.AppendRune(b, r)
			i += n
		default:
			b = append(b, c)
		}
	}
	p.fail()
	return ""
}

// escape reads what follows a backslash, n bytes; none if that is no escape.
func escape(s string) (r rune, n int) {
	if s == "" {
		return 0, 0
	}
	if s[0] != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, s[0])
		if i < 0 {
			return 0, 0
		}
		return rune("\"\\/\b\f\n\r\t"[i]), 1
	}
	if len(s) < 5 {
		return 0, 0
	}
	x, err := strconv.ParseUint(s[1:5], 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(x), 5
}

// skip passes over the rest of a finding.
func (p *packed) skip() {
	depth := 0
	for i := 0; i < len(p.s); i++ {
		switch p.s[i] {
		case '[':
			depth++
		case ']':
			if depth == 0 {
				p.s = p.s[i:]
				return
			}
			depth--
		case '"':
			n := closing(p.s[i+1:])
			if n < 0 {
				p.fail()
				return
			}
			i += n + 1
		}
	}
	p.fail()
}

// closing is where the quote stands that ends a string, which s begins behind its
// first quote; -1 if none does.
func closing(s string) int {
	for from := 0; ; {
		n := strings.IndexByte(s[from:], '"')
		if n < 0 {
			return -1
		}
		n += from
		if whole := strings.TrimRight(s[from:n], `\`); (n-from-len(whole))%2 == 0 {
			return n
		}
		from = n + 1
	}
}
