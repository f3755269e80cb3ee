package office

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"habeas/scanner/media"
)

// maxDepth bounds how deep elements may be nested. Real documents stay under 100.
const maxDepth = 4 << 10

// token is a piece of XML. Names are local: programs choose prefixes as they
// like, and the vocabularies of office formats do not clash where it matters.
type token struct {
	kind  kind
	name  string // of a start or an end
	text  string // of text, entities resolved
	attrs []attr // of a start; valid until the next token
}

type kind int

const (
	end kind = iota // of the part
	open
	shut
	text
)

type attr struct{ prefix, name, value string }

// attr is the value of the first attribute of a local name.
func (t *token) attr(name string) string {
	for i := range t.attrs {
		if t.attrs[i].name == name {
			return t.attrs[i].value
		}
	}
	return ""
}

// scanner takes XML apart without judging it: what is not well formed is read as
// far as it makes sense, so that damaged parts still give their text. Entities
// that a document defines are never expanded. An element that is empty gives a
// start and an end.
type scanner struct {
	b      []byte
	depth  int
	empty  string // name of an empty element whose end comes next
	attrs  []attr
	entity bool // entities are defined or used that are not resolved
	broken bool // ends inside of something, or has ends without starts
	deep   bool
}

func newScanner(b []byte) *scanner {
	return &scanner{b: toUTF8(b)}
}

// toUTF8 decodes parts in UTF-16, which the standards allow.
func toUTF8(b []byte) []byte {
	cs, mark := media.TextCharset(b[:min(len(b), media.HeadSize)])
	if cs == media.UTF16LE || cs == media.UTF16BE {
		out, _ := media.AppendWide(make([]byte, 0, len(b)*3/2+8), b[mark:], cs, true)
		return out
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
}

func (s *scanner) next() token {
	if s.empty != "" {
		t := token{kind: shut, name: s.empty}
		s.empty = ""
		s.depth--
		return t
	}
	for len(s.b) > 0 {
		if s.b[0] != '<' {
			return s.chars()
		}
		switch {
		case bytes.HasPrefix(s.b, []byte("<!--")):
			s.skip(4, "-->")
		case bytes.HasPrefix(s.b, []byte("<![CDATA[")):
			b, rest, found := bytes.Cut(s.b[9:], []byte("]]>"))
			s.b = rest
			s.broken = s.broken || !found
			if len(b) > 0 {
				return token{kind: text, text: string(b)}
			}
		case bytes.HasPrefix(s.b, []byte("<?")):
			s.skip(2, "?>")
		case bytes.HasPrefix(s.b, []byte("<!")):
			s.doctype()
		case bytes.HasPrefix(s.b, []byte("</")):
			return s.endTag()
		default:
			if t, ok := s.startTag(); ok {
				return t
			}
			s.broken = true
			s.b = s.b[1:]
		}
	}
	s.broken = s.broken || s.depth > 0
	return token{kind: end}
}

func (s *scanner) skip(from int, until string) {
	i := bytes.Index(s.b[from:], []byte(until))
	if i < 0 {
		s.broken = true
		s.b = nil
		return
	}
	s.b = s.b[from+i+len(until):]
}

// doctype steps over a document type with its definitions.
func (s *scanner) doctype() {
	depth := 0
	for i, c := range s.b {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case '>':
			if depth <= 0 {
				s.entity = s.entity || bytes.Contains(s.b[:i], []byte("<!ENTITY"))
				s.b = s.b[i+1:]
				return
			}
		}
	}
	s.broken = true
	s.entity = s.entity || bytes.Contains(s.b, []byte("<!ENTITY"))
	s.b = nil
}

func (s *scanner) chars() token {
	n := bytes.IndexByte(s.b, '<')
	if n < 0 {
		n = len(s.b)
	}
	t := token{kind: text, text: s.resolve(s.b[:n])}
	s.b = s.b[n:]
	return t
}

func (s *scanner) endTag() token {
	n := bytes.IndexByte(s.b, '>')
	if n < 0 {
		n = len(s.b) - 1
		s.broken = true
	}
	t := token{kind: shut, name: local(string(bytes.TrimSpace(s.b[2:max(n, 2)])))}
	s.b = s.b[n+1:]
	if s.depth == 0 {
		s.broken = true
	} else {
		s.depth--
	}
	return t
}

func (s *scanner) startTag() (token, bool) {
	b := s.b[1:]
	n := nameEnd(b)
	if n == 0 {
		return token{}, false
	}
	t := token{kind: open, name: local(string(b[:n]))}
	b = b[n:]
	s.attrs = s.attrs[:0]
	for {
		b = trimLeft(b)
		switch {
		case len(b) == 0:
			s.broken = true
			s.b = nil
			s.depth++
			t.attrs = s.attrs
			return t, true
		case b[0] == '>':
			s.b = b[1:]
			return s.opened(t, false)
		case b[0] == '/' && len(b) > 1 && b[1] == '>':
			s.b = b[2:]
			return s.opened(t, true)
		case b[0] == '<':
			s.broken = true
			s.b = b
			return s.opened(t, false)
		}
		b = s.attribute(b)
	}
}

func (s *scanner) opened(t token, empty bool) (token, bool) {
	s.depth++
	if s.depth > maxDepth {
		s.deep = true
		s.b = nil
	}
	if empty {
		s.empty = t.name
	}
	t.attrs = s.attrs
	return t, true
}

// attribute reads one attribute, or steps over a byte that begins none.
func (s *scanner) attribute(b []byte) []byte {
	n := nameEnd(b)
	if n == 0 {
		s.broken = true
		return b[1:]
	}
	name := string(b[:n])
	b = trimLeft(b[n:])
	if len(b) == 0 || b[0] != '=' {
		s.broken = true
		return b
	}
	b = trimLeft(b[1:])
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		s.broken = true
		return b
	}
	n = bytes.IndexByte(b[1:], b[0])
	if n < 0 {
		s.broken = true
		return nil
	}
	a := attr{name: name, value: s.resolve(b[1 : 1+n])}
	if i := strings.IndexByte(name, ':'); i >= 0 {
		a.prefix, a.name = name[:i], name[i+1:]
	}
	if a.prefix != "xmlns" && name != "xmlns" {
		s.attrs = append(s.attrs, a)
	}
	return b[n+2:]
}

// resolve undoes the references of XML itself. Others are kept as they stand.
func (s *scanner) resolve(b []byte) string {
	if bytes.IndexByte(b, '&') < 0 {
		return string(b)
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if i < 0 {
			break
		}
		out = append(out, b[:i]...)
		b = b[i:]
		n := bytes.IndexByte(b[:min(len(b), 32)], ';')
		if n < 0 {
			out = append(out, '&')
			b = b[1:]
			continue
		}
		r, ok := reference(string(b[1:n]))
		if ok {
			out = utf8.AppendRune(out, r)
		} else {
			s.entity = true
			out = append(out, b[:n+1]...)
		}
		b = b[n+1:]
	}
	return string(append(out, b...))
}

func reference(name string) (rune, bool) {
	switch name {
	case "amp":
		return '&', true
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	case "nbsp": // of XHTML, which parts of EPUB are
		return ' ', true
	}
	base := 10
	num, ok := strings.CutPrefix(name, "#")
	if !ok {
		return 0, false
	}
	if hex, ok := strings.CutPrefix(strings.ToLower(num), "x"); ok {
		base, num = 16, hex
	}
	n, err := strconv.ParseInt(num, base, 32)
	if err != nil {
		return 0, false
	}
	if n == 0 || n > utf8.MaxRune || n >= 0xd800 && n < 0xe000 {
		return utf8.RuneError, true
	}
	return rune(n), true
}

func nameEnd(b []byte) int {
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c == ':' || c >= 0x80:
		case i > 0 && (c >= '0' && c <= '9' || c == '-' || c == '.'):
		default:
			return i
		}
	}
	return len(b)
}

func trimLeft(b []byte) []byte {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\t' || b[0] == '\r') {
		b = b[1:]
	}
	return b
}

func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// tell says what is wrong with a part that was read to its end.
func (s *scanner) tell(v media.Visitor, path string) {
	switch {
	case s.entity:
		v.Problem(path, media.LimitEntity)
	case s.deep:
		v.Problem(path, media.LimitDepth)
	case s.broken:
		v.Problem(path, media.Corrupt)
	}
}
