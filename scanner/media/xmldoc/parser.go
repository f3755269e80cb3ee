package xmldoc

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

const (
	maxDepth = media.MaxXMLDepth * 4 // of elements whose names are kept; deeper ones are only counted
	maxPath  = 200                   // bytes of a path
	maxName  = 100                   // bytes of one name in it
	maxPaths = 1 << 16               // paths that are remembered, so that cells share them
	maxValue = 4 << 10               // bytes of a value whose references are resolved
)

// level is an element that is open.
type level struct {
	name   string // without prefix
	path   string
	record int
	child  string // name of the last child
}

// parser is a charset.Structure.
type parser struct {
	strict bool // what is not well formed ends it: for Match

	stack    []level
	deeper   int
	root     string
	closed   bool // the root has ended
	lost     bool // no XML any more
	entities bool // a document type declares entities
	records  int

	track track
	list  propertyList

	from, limit int // of the call: see charset.Structure
	last        bool
	cells       []detectors.Cell
	lines       charset.Lines
	paths       map[pathKey]string
}

type pathKey struct{ path, step string }

// Cells implements charset.Structure.
func (p *parser) Cells(text []byte, from, limit int, last bool, into []detectors.Cell) (int, []detectors.Cell) {
	p.cells, p.from, p.limit, p.last = into, from, limit, last
	p.lines.Start(from)
	i := from
	for i < len(text) && !p.lost {
		if i >= limit && i > from && (text[i-1] == '>' || text[i-1] == '\n') {
			break
		}
		next, done := p.step(text, i)
		i = next
		if !done {
			break
		}
	}
	if p.lost || i <= from && !last {
		p.lost, i = true, max(i, limit)
	}
	p.lines.At(text, i)
	return i, p.cells
}

// step reads one token at i, and gives where the next one begins. done is false
// where the text ends within it: it comes again.
func (p *parser) step(text []byte, i int) (next int, done bool) {
	rest := text[i:]
	if rest[0] != '<' {
		return p.characters(text, i)
	}
	switch {
	case bytes.HasPrefix(rest, []byte("<!--")):
		return p.until(text, i, i+4, "-->")
	case bytes.HasPrefix(rest, []byte("<![CDATA[")):
		return p.cdata(text, i)
	case bytes.HasPrefix(rest, []byte("<?")):
		return p.until(text, i, i+2, "?>")
	case bytes.HasPrefix(rest, []byte("<!")):
		return p.declaration(text, i)
	case len(rest) < 9 && !p.last:
		return i, false // too little to tell
	}
	end, ok := endOfTag(text, i+1)
	if !ok {
		if p.last {
			p.lost = p.strict
			return len(text), true
		}
		return i, false
	}
	if rest[1] == '/' {
		p.endTag(localName(text[i+2 : end]))
	} else {
		p.startTag(text, i+1, end)
	}
	return end + 1, true
}

// until goes past what ends with mark.
func (p *parser) until(text []byte, i, from int, mark string) (int, bool) {
	n := bytes.Index(text[min(from, len(text)):], []byte(mark))
	switch {
	case n >= 0:
		return from + n + len(mark), true
	case p.last:
		return len(text), true
	}
	return i, false
}

// declaration goes past "<!DOCTYPE ...>" with its subset.
func (p *parser) declaration(text []byte, i int) (int, bool) {
	depth, quote := 0, byte(0)
	for k := i + 2; k < len(text); k++ {
		switch c := text[k]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '<':
			depth++
		case c == ']':
			depth--
		case c == '>' && depth > 0:
			depth--
		case c == '>':
			p.entities = p.entities || bytes.Contains(text[i:k], []byte("<!ENTITY"))
			return k + 1, true
		}
	}
	if p.last {
		return len(text), true
	}
	return i, false
}

// endOfTag is where the ">" of a tag stands, outside of quotes.
func endOfTag(text []byte, i int) (int, bool) {
	quote := byte(0)
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i, true
		}
	}
	return i, false
}

// localName is the name at the start of b, without its prefix.
func localName(b []byte) string {
	n := 0
	for n < len(b) && isNameByte(b[n]) {
		n++
	}
	b = b[:n]
	if k := bytes.IndexByte(b, ':'); k >= 0 {
		b = b[k+1:]
	}
	return strings.ToValidUTF8(string(b[:min(len(b), maxName)]), "")
}

func isNameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == ':' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// startTag opens an element and makes cells of its attributes.
func (p *parser) startTag(text []byte, i, end int) {
	name := localName(text[i:end])
	empty := text[end-1] == '/'
	if name == "" || p.closed && p.strict || name[0] >= '0' && name[0] <= '9' {
		p.lost = p.lost || p.strict
		return
	}
	if p.deeper > 0 || len(p.stack) == maxDepth {
		if !empty {
			p.deeper++
		}
		return
	}
	l := level{name: name}
	if len(p.stack) == 0 {
		p.records++
		l.record = p.records
		if p.root == "" {
			p.root = name
			p.track.start(name)
			p.list.on = name == "plist"
		}
	} else {
		above := &p.stack[len(p.stack)-1]
		l.record = above.record
		l.path = p.join(above.path, name)
		if len(p.stack) == 1 || above.child == name { // an item of a list
			p.records++
			l.record = p.records
		}
		above.child = name
	}
	p.stack = append(p.stack, l)
	p.track.open(name)
	p.list.open(name)
	p.attributes(text, i, end)
	if empty {
		p.pop()
	}
}

// attributes makes cells of name="value".
func (p *parser) attributes(text []byte, i, end int) {
	l := p.stack[len(p.stack)-1]
	for i < end && isNameByte(text[i]) {
		i++
	}
	for i < end {
		for i < end && !isNameByte(text[i]) {
			i++
		}
		from := i
		for i < end && isNameByte(text[i]) {
			i++
		}
		name := text[from:i]
		for i < end && (text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t' || text[i] == '=') {
			i++
		}
		if i >= end || text[i] != '"' && text[i] != '\'' {
			p.lost = p.lost || p.strict && len(name) > 0
			continue
		}
		start := i + 1
		stop := bytes.IndexByte(text[start:end], text[i])
		if stop < 0 {
			return
		}
		i = start + stop + 1
		if bytes.HasPrefix(name, []byte("xmlns")) || len(name) == 0 {
			continue
		}
		local := localName(name)
		if p.track.attribute(local, text[start:start+stop]) {
			continue
		}
		p.cell(text, start, start+stop, p.join(l.path, local), l.record)
	}
}

// endTag closes the element of that name, and those that were left open in it.
func (p *parser) endTag(name string) {
	if p.deeper > 0 {
		p.deeper--
		return
	}
	for k := len(p.stack) - 1; k >= max(len(p.stack)-64, 0); k-- {
		if p.stack[k].name != name {
			p.lost = p.lost || p.strict
			continue
		}
		for len(p.stack) > k {
			p.pop()
		}
		return
	}
	p.lost = p.lost || p.strict
}

func (p *parser) pop() {
	l := &p.stack[len(p.stack)-1]
	p.track.close(l.name)
	p.list.close(l.name)
	p.stack = p.stack[:len(p.stack)-1]
	p.closed = len(p.stack) == 0
}

// characters reads a run of character data, in pieces where it is long.
func (p *parser) characters(text []byte, i int) (int, bool) {
	n := bytes.IndexByte(text[i:], '<')
	end := i + n
	if n < 0 {
		end = len(text)
		if !p.last {
			if i >= p.limit && i > p.from {
				return i, false
			}
			end = cut(text, i, max(p.limit, i+1))
		}
	}
	p.content(text, i, end, true)
	return end, n >= 0 || p.last
}

// cdata reads a section of character data without references.
func (p *parser) cdata(text []byte, i int) (int, bool) {
	from := i + len("<![CDATA[")
	n := bytes.Index(text[min(from, len(text)):], []byte("]]>"))
	if n < 0 {
		if !p.last && i > p.from {
			return i, false
		}
		// Longer than the text at hand: the rest of it is read as other text is.
		end := len(text)
		if !p.last {
			end = cut(text, from, max(p.limit, from+1))
		}
		p.content(text, from, end, false)
		return end, p.last
	}
	p.content(text, from, from+n, false)
	return from + n + len("]]>"), true
}

// cut is the last place at or a little before to where a blank stands.
func cut(text []byte, from, to int) int {
	to = max(charset.RuneStart(text, to), from)
	if n := bytes.LastIndexAny(text[max(from, to-1024):to], " \n"); n >= 0 {
		return max(from, to-1024) + n + 1
	}
	return to
}

// content makes a cell of character data.
func (p *parser) content(text []byte, start, end int, references bool) {
	if end <= start {
		return
	}
	if len(p.stack) == 0 {
		if p.strict && len(bytes.TrimSpace(text[start:end])) > 0 {
			p.lost = true // text outside of the root
		}
		return
	}
	l := &p.stack[len(p.stack)-1]
	for start < end && blank(text[start]) {
		start++
	}
	for end > start && blank(text[end-1]) {
		end--
	}
	if start == end || p.deeper > 0 {
		return
	}
	if p.track.content(l.name, text[start:end]) {
		return
	}
	path := l.path
	if p.list.on {
		var ok bool
		if path, ok = p.list.content(l.name, text[start:end]); !ok {
			return
		}
	}
	p.cell(text, start, end, path, l.record)
	if !references && len(p.cells) > 0 {
		p.cells[len(p.cells)-1].Value = ""
	}
}

func blank(b byte) bool { return b == ' ' || b == '\t' || b == '\n' || b == '\r' }

func (p *parser) cell(text []byte, start, end int, path string, record int) {
	if end <= start {
		return
	}
	c := detectors.Cell{Start: start, End: end, Record: record, Line: p.lines.At(text, start), Column: path}
	if b := text[start:end]; len(b) <= maxValue && bytes.IndexByte(b, '&') >= 0 {
		if v := resolve(string(b)); v != string(b) {
			c.Value = v
		}
	}
	p.cells = append(p.cells, c)
}

// join is a path with one more step. Paths are made once each.
func (p *parser) join(path, step string) string {
	if path == "" {
		return step
	}
	k := pathKey{path, step}
	if s, ok := p.paths[k]; ok {
		return s
	}
	s := path + "." + step
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

var references = map[string]string{"amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'"}

// resolve undoes the references of XML 1.0 section 4.6 and those of characters;
// others stay.
func resolve(s string) string {
	var b strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '&')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i:]
		end := strings.IndexByte(s[:min(len(s), 12)], ';')
		if end < 0 {
			b.WriteByte('&')
			s = s[1:]
			continue
		}
		name := s[1:end]
		switch {
		case references[name] != "":
			b.WriteString(references[name])
		case strings.HasPrefix(name, "#x"), strings.HasPrefix(name, "#X"):
			writeRune(&b, s[:end+1], name[2:], 16)
		case strings.HasPrefix(name, "#"):
			writeRune(&b, s[:end+1], name[1:], 10)
		default:
			b.WriteString(s[:end+1])
		}
		s = s[end+1:]
	}
	b.WriteString(s)
	return b.String()
}

func writeRune(b *strings.Builder, as, digits string, base int) {
	n, err := strconv.ParseInt(digits, base, 32)
	if err != nil || n <= 0 || !utf8.ValidRune(rune(n)) {
		b.WriteString(as)
		return
	}
	b.WriteRune(rune(n))
}
