package json

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media/charset"
)

const (
	maxDepth  = 256     // of structures that keys are kept for; deeper ones are only counted
	maxPath   = 200     // bytes of a path of keys
	maxKey    = 100     // bytes of one key in it
	maxPaths  = 1 << 16 // paths that are remembered, so that cells share them
	maxString = 1 << 10 // bytes of a string with escapes that is decoded
)

// state is what may come next.
type state uint8

const (
	wantValue state = iota
	wantKey
	wantColon
	wantComma // or the end of the structure
)

// level is a structure that is open.
type level struct {
	object bool
	path   string // of the structure
	key    string // of the value that is read next, in an object
	record int    // of its values
}

// parser is a charset.Structure.
type parser struct {
	strict bool // no comments, nothing but JSON: for Match
	beside bool // Takeout's file beside a photo: what the tags say is left out

	state      state
	stack      []level
	deeper     int  // levels beyond maxDepth
	inString   bool // the last call ended within a string
	begun      bool // something but blanks was read
	lost       bool // no JSON any more
	structures int  // begun so far
	values     int  // keys, strings, numbers and literals so far
	records    int

	from, limit int // of the call: see charset.Structure
	last        bool

	cells []detectors.Cell
	lines charset.Lines
	paths map[pathKey]string
}

// pathKey is a path and the step that is added to it.
type pathKey struct{ path, step string }

// Cells implements charset.Structure.
func (p *parser) Cells(text []byte, from, limit int, last bool, into []detectors.Cell) (int, []detectors.Cell) {
	p.cells, p.from, p.limit, p.last = into, from, limit, last
	p.lines.Start(from)
	i := from
	for i < len(text) && !p.lost {
		// Beyond the limit a record is read to its end, if that is near.
		if i >= limit && i > from && !p.inString && text[i-1] == '}' {
			break
		}
		next, done := p.step(text, i)
		i = next
		if !done {
			break
		}
	}
	if p.lost || i <= from && !last {
		// No JSON, or a key or a comment without an end.
		p.lost, i = p.lost || !p.inString, max(i, limit)
	}
	p.lines.At(text, i)
	return i, p.cells
}

// step reads one token at i, and gives where the next one begins. done is false
// where the text ends within the token: what is left of it comes again.
func (p *parser) step(text []byte, i int) (next int, done bool) {
	if p.inString {
		return p.string(text, i)
	}
	b := text[i]
	switch b {
	case ' ', '\t', '\n', '\r':
		return i + 1, true
	case '\x1e': // JSON text sequences, RFC 7464
		return i + 1, true
	}
	if !p.begun {
		p.begun = true
		if n := assignment(text[i:]); n > 0 {
			return i + n, true
		}
	}
	switch {
	case b == '"' && (p.state == wantKey || p.state == wantValue || p.deeper > 0):
		return p.string(text, i+1)
	case p.deeper > 0:
		p.skip(b)
	case b == '/' && !p.strict:
		return p.comment(text, i)
	case b == '{' || b == '[':
		p.open(b == '{')
	case b == '}' || b == ']':
		p.close(b == '}')
	case b == ':' && p.state == wantColon:
		p.state = wantValue
	case b == ',' && p.state == wantComma && len(p.stack) > 0:
		p.comma()
	case b == ';' && p.state == wantComma && len(p.stack) == 0:
		// The end of an assignment.
	case p.state == wantValue || p.state == wantComma && len(p.stack) == 0:
		return p.literal(text, i)
	default:
		p.lost = true
	}
	return i + 1, true
}

// assignment is the length of "window.YTD.tweet.part0 = " where a structure
// follows, or 0.
func assignment(text []byte) int {
	n := 0
	for n < len(text) && n < 120 && (text[n] == '.' || text[n] == '_' || text[n] == '$' || text[n] == ' ' || text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z' || text[n] >= '0' && text[n] <= '9') {
		n++
	}
	if n == 0 || n == len(text) || text[n] != '=' {
		return 0
	}
	rest := bytes.TrimLeft(text[n+1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '{' && rest[0] != '[' {
		return 0
	}
	return len(text) - len(rest)
}

// open begins a structure. An item of a list, and what stands at the top, is a
// record of its own; an object within an object belongs to the record of that.
func (p *parser) open(object bool) {
	top := len(p.stack) == 0
	if p.state != wantValue && !(top && p.state == wantComma) {
		p.lost = true
		return
	}
	p.structures++
	if len(p.stack) == maxDepth {
		p.deeper++
		return
	}
	l := level{object: object}
	if top {
		p.records++
		l.record = p.records
	} else {
		above := &p.stack[len(p.stack)-1]
		l.record = above.record
		if len(p.stack) > 1 || above.object { // that all is a list is said by the lines
			l.path = p.path(above)
		}
		if object && !above.object {
			p.records++
			l.record = p.records
		}
	}
	p.stack = append(p.stack, l)
	p.state = wantValue
	if object {
		p.state = wantKey
	}
}

// path is the path of the value that is read next in l.
func (p *parser) path(l *level) string {
	step := "[]"
	if l.object {
		step = l.key
	}
	k := pathKey{l.path, step}
	if s, ok := p.paths[k]; ok {
		return s
	}
	s := l.path
	switch {
	case !l.object:
		s += "[]"
	case s != "":
		s += "." + step
	default:
		s = step
	}
	if len(s) > maxPath { // its end tells more
		s = "…" + strings.ToValidUTF8(s[len(s)-maxPath:], "")
	}
	if p.paths == nil {
		p.paths = map[pathKey]string{}
	}
	if len(p.paths) < maxPaths {
		p.paths[k] = s
	}
	return s
}

// skip counts the structures that are deeper than any whose keys are kept.
func (p *parser) skip(b byte) {
	switch b {
	case '{', '[':
		p.deeper++
	case '}', ']':
		if p.deeper--; p.deeper == 0 {
			p.state = wantComma
		}
	}
}

// close ends a structure.
func (p *parser) close(object bool) {
	if len(p.stack) == 0 || p.stack[len(p.stack)-1].object != object || p.state == wantColon || object && p.state == wantValue {
		p.lost = true
		return
	}
	p.stack = p.stack[:len(p.stack)-1]
	p.state = wantComma
}

// comma goes on to the next value of a structure.
func (p *parser) comma() {
	p.state = wantValue
	if p.stack[len(p.stack)-1].object {
		p.state = wantKey
	}
}

// comment goes past "// ..." and "/* ... */".
func (p *parser) comment(text []byte, i int) (int, bool) {
	rest, end := text[i+1:], ""
	switch {
	case len(rest) == 0:
		return i, false
	case rest[0] == '/':
		end = "\n"
	case rest[0] == '*':
		end = "*/"
	default:
		p.lost = true
		return i + 1, true
	}
	n := bytes.Index(rest[1:], []byte(end))
	if n < 0 {
		if p.last {
			return len(text), true
		}
		return i, false
	}
	return i + 2 + n + len(end), true
}

// string reads a string from i on, which is behind its quote or where the call
// before has stopped. One that is longer than the text at hand is read in pieces.
func (p *parser) string(text []byte, i int) (next int, done bool) {
	isKey := p.state == wantKey && p.deeper == 0
	end, closed, escaped := endOfString(text, i)
	switch {
	case closed || p.last:
	case i > p.from && (i >= p.limit || isKey):
		return i - 1, false // comes again, with its end
	case isKey:
		p.lost = true
		return i, true
	default:
		end, escaped = cutString(text, i, min(end, max(p.limit, i+1))), false
	}
	if isKey {
		p.key(text[i:end], escaped)
	} else {
		p.value(text, i, end, escaped && closed)
	}
	p.inString = !closed
	if !closed {
		return end, false
	}
	if !isKey && p.deeper == 0 {
		p.state = wantComma
	}
	return end + 1, true
}

// cutString is the best place to cut a string at or before to: behind a blank,
// else not within an escape.
func cutString(text []byte, from, to int) int {
	to = max(charset.RuneStart(text, to), from)
	if n := bytes.LastIndexByte(text[max(from, to-1024):to], ' '); n >= 0 {
		return max(from, to-1024) + n + 1
	}
	if n := bytes.LastIndexByte(text[max(from, to-12):to], '\\'); n > 0 || n == 0 && to-12 > from {
		return max(from, to-12) + n
	}
	return to
}

// endOfString is where the quote stands that ends a string, or where text must be
// cut: not within an escape.
func endOfString(text []byte, i int) (end int, closed, escaped bool) {
	for {
		n := bytes.IndexAny(text[i:], "\"\\")
		switch {
		case n < 0:
			return len(text), false, escaped
		case text[i+n] == '"':
			return i + n, true, escaped
		}
		escaped = true
		if i += n; i+6 > len(text) { // the longest escape
			if i+1 >= len(text) || text[i+1] == 'u' {
				return i, false, escaped
			}
		}
		i += 2
	}
}

// key remembers the key of the next value.
func (p *parser) key(b []byte, escaped bool) {
	p.values++
	l := &p.stack[len(p.stack)-1]
	if len(b) > maxKey {
		b = b[:charset.RuneStart(b, maxKey)]
	}
	switch {
	case escaped:
		l.key = unescape(b)
	case l.key != string(b):
		l.key = string(b)
	}
	if strings.IndexByte(l.key, '.') >= 0 { // a dot parts the steps of a path
		l.key = strings.ReplaceAll(l.key, ".", "_")
	}
	p.state = wantColon
}

// literal reads a number, true, false or null.
func (p *parser) literal(text []byte, i int) (int, bool) {
	end := i
	for end < len(text) && (text[end] == '-' || text[end] == '+' || text[end] == '.' || text[end] == '_' || text[end] >= '0' && text[end] <= '9' || text[end]|0x20 >= 'a' && text[end]|0x20 <= 'z') {
		end++
	}
	if end == len(text) && !p.last && end-i < 1<<10 {
		return i, false
	}
	word := string(text[i:min(end, i+64)])
	number := word != "" && (word[0] == '-' || word[0] >= '0' && word[0] <= '9')
	if number {
		_, err := strconv.ParseFloat(word, 64)
		number = err == nil || strings.Contains(err.Error(), "range")
	}
	switch {
	case len(p.stack) == 0: // nothing but structures stands at the top
		p.lost = true
		return i, true
	case number:
		p.value(text, i, end, false)
	case word == "true", word == "false", word == "null", !p.strict && (word == "NaN" || word == "Infinity" || word == "-Infinity" || word == "undefined"):
		p.values++
	default:
		p.lost = true
		return i, true
	}
	p.state = wantComma
	return end, true
}

// value makes a cell.
func (p *parser) value(text []byte, start, end int, escaped bool) {
	p.values++
	if end <= start || p.deeper > 0 || len(p.stack) == 0 {
		return
	}
	l := &p.stack[len(p.stack)-1]
	path := p.path(l)
	if p.beside && (strings.HasPrefix(path, "geoData") || path == "people[].name") {
		return
	}
	c := detectors.Cell{Start: start, End: end, Record: l.record, Line: p.lines.At(text, start), Column: path}
	if escaped && end-start <= maxString {
		c.Value = unescape(text[start:end])
	}
	p.cells = append(p.cells, c)
}

// unescape undoes the escapes of RFC 8259 section 7. What is none stays.
func unescape(b []byte) string {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' || i+1 == len(b) {
			out = append(out, b[i])
			continue
		}
		i++
		switch b[i] {
		case 'n':
			out = append(out, '\n')
		case 't':
			out = append(out, '\t')
		case 'r':
			out = append(out, '\r')
		case 'b', 'f':
			out = append(out, ' ')
		case 'u':
			r, n := unit(b[i:])
			if utf16.IsSurrogate(r) && i+n+1 < len(b) && b[i+n] == '\\' && b[i+n+1] == 'u' {
				if low, m := unit(b[i+n+1:]); m > 0 {
					if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
						r, n = pair, n+1+m
					}
				}
			}
			if n == 0 {
				out = append(out, '\\', 'u')
				continue
			}
			out = utf8.AppendRune(out, r)
			i += n - 1
		default:
			out = append(out, b[i])
		}
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// unit reads "u00e9"; n is 0 if it is none.
func unit(b []byte) (r rune, n int) {
	if len(b) < 5 {
		return 0, 0
	}
	x, err := strconv.ParseUint(string(b[1:5]), 16, 16)
	if err != nil {
		return 0, 0
	}
	return rune(x), 5
}
