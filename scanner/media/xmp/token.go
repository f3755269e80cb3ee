package xmp

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// tokens reads XML 1.0 from a string, one token a call of next. It never gives
// up: what is not XML is taken as text, and bad is set. Names and values are
// parts of the string; nothing is copied, references are left to unescape.
//
// It is its own reader, not encoding/xml, for two reasons: encoding/xml stops
// at the first error, where half of a damaged packet is still worth reading,
// and it costs five times as much.
type tokens struct {
	s    string
	i    int
	open []string // names of the elements that are open

	at    int    // where the token begins
	name  string // of start and end
	attrs []attr // of start
	self  bool   // start: the element is closed by the same tag
	text  string // of text and instruction

	raw      bool // text came from CDATA: no references in it
	bad      bool // something was not well formed
	cut      bool // it ends in the middle of something
	trailer  bool // what ends a packet was met: all of it is there
	entities bool // a document type declares entities; they are never expanded
}

type attr struct {
	name, value string
	at, end     int // of the whole in the text
}

type kind int

const (
	eof kind = iota
	start
	end
	text
	instruction
)

// maxSearch is how far up an end tag looks for the element that it closes.
const maxSearch = 64

// next reads a token. An end tag that closes several elements is one token; the
// elements are gone from open then. A tag that closes itself is a start alone.
func (t *tokens) next() kind {
	for {
		t.at = t.i
		rest := t.s[t.i:]
		switch {
		case rest == "":
			if len(t.open) > 0 && t.trailer { // nothing is missing behind it
				t.bad = true
			} else if len(t.open) > 0 {
				t.cut = true
			}
			return eof
		case rest[0] != '<':
			n := strings.IndexByte(rest, '<')
			if n < 0 {
				n = len(rest)
			}
			return t.chars(n)
		case strings.HasPrefix(rest, "<!--"):
			t.skip("<!--", "-->")
		case strings.HasPrefix(rest, "<![CDATA["):
			body, closed := t.skip("<![CDATA[", "]]>")
			if body == "" && closed {
				continue
			}
			t.text, t.raw = body, true
			return text
		case strings.HasPrefix(rest, "<?"):
			t.text, _ = t.skip("<?", "?>")
			t.trailer = t.trailer || strings.HasPrefix(t.text, "xpacket end")
			return instruction
		case strings.HasPrefix(rest, "<!"):
			t.declaration()
		case strings.HasPrefix(rest, "</"):
			if t.endTag() {
				return end
			}
		default:
			if t.startTag() {
				return start
			}
			// A lone "<": text, up to the next one.
			t.cut = t.cut || len(rest) == 1
			t.bad = t.bad || len(rest) > 1
			n := 1 + strings.IndexByte(rest[1:], '<')
			if n == 0 {
				n = len(rest)
			}
			return t.chars(n)
		}
	}
}

func (t *tokens) chars(n int) kind {
	t.text, t.raw = t.s[t.i:t.i+n], false
	t.i += n
	return text
}

// skip goes past what stands between two marks, or to the end where the second
// is missing.
func (t *tokens) skip(from, to string) (body string, closed bool) {
	rest := t.s[t.i+len(from):]
	n := strings.Index(rest, to)
	if n < 0 {
		t.i, t.cut = len(t.s), true
		return rest, false
	}
	t.i += len(from) + n + len(to)
	return rest[:n], true
}

// declaration goes past <!DOCTYPE ...>, whose subset may hold declarations and
// quoted strings.
func (t *tokens) declaration() {
	depth, quote := 0, byte(0)
	for i := t.i + 2; i < len(t.s); i++ {
		c := t.s[i]
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '[' || c == '<':
			depth++
			t.entities = t.entities || strings.HasPrefix(t.s[i:], "<!ENTITY")
		case c == ']':
			depth--
		case c == '>' && depth <= 0:
			t.i = i + 1
			return
		case c == '>':
			depth--
		}
	}
	t.i, t.cut = len(t.s), true
}

// endTag reads </name>. One that closes nothing is passed over.
func (t *tokens) endTag() bool {
	n := strings.IndexByte(t.s[t.i:], '>')
	if n < 0 {
		t.i, t.cut = len(t.s), true
		return false
	}
	t.name = strings.Trim(t.s[t.i+2:t.i+n], blanks)
	t.i += n + 1
	for k := len(t.open) - 1; k >= 0 && k >= len(t.open)-maxSearch; k-- {
		if t.open[k] == t.name {
			t.bad = t.bad || k != len(t.open)-1
			t.open = t.open[:k]
			return true
		}
	}
	t.bad = true
	return false
}

// startTag reads <name attr="value" ...> or <name .../>. It moves only where
// there is one.
func (t *tokens) startTag() bool {
	s, i := t.s, t.i+1
	j := i
	for j < len(s) && isName(s[j]) {
		j++
	}
	if j == i || s[i] >= '0' && s[i] <= '9' || s[i] == '-' || s[i] == '.' {
		return false
	}
	t.name, t.attrs, t.self = s[i:j], t.attrs[:0], false
	for i = j; ; {
		i = skipBlanks(s, i)
		if i >= len(s) {
			t.cut = true
			break
		}
		if s[i] == '>' {
			i++
			break
		}
		if s[i] == '/' {
			if i+1 < len(s) && s[i+1] == '>' {
				t.self = true
				i += 2
				break
			}
			t.bad = true
			i++
			continue
		}
		if s[i] == '<' { // the tag was never closed
			t.bad = true
			break
		}
		i = t.attribute(i)
	}
	t.i = i
	if !t.self {
		t.open = append(t.open, t.name)
	}
	return true
}

// attribute reads one name="value" at i, and gives where it ends.
func (t *tokens) attribute(i int) int {
	s, j, at := t.s, i, i
	for j < len(s) && isName(s[j]) {
		j++
	}
	if j == i { // no name: one byte is passed over
		t.bad = true
		return i + 1
	}
	name := s[i:j]
	i = skipBlanks(s, j)
	if i >= len(s) || s[i] != '=' {
		t.bad = true
		return i
	}
	i = skipBlanks(s, i+1)
	if i >= len(s) {
		t.cut = true
		return i
	}
	q := s[i]
	if q != '"' && q != '\'' { // without quotes, as HTML allows
		t.bad = true
		j = i
		for j < len(s) && !isBlank(s[j]) && s[j] != '>' && s[j] != '<' {
			j++
		}
		t.attrs = append(t.attrs, attr{name, s[i:j], at, j})
		return j
	}
	n := strings.IndexByte(s[i+1:], q)
	if n < 0 {
		t.cut = true
		t.attrs = append(t.attrs, attr{name, s[i+1:], at, len(s)})
		return len(s)
	}
	t.attrs = append(t.attrs, attr{name, s[i+1 : i+1+n], at, i + 1 + n + 1})
	return i + 1 + n + 1
}

func skipBlanks(s string, i int) int {
	for i < len(s) && isBlank(s[i]) {
		i++
	}
	return i
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == 0 }

func isName(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == ':' || c == '_' || c == '-' || c == '.' || c >= utf8.RuneSelf
}

// split cuts a qualified name.
func split(name string) (prefix, local string) {
	if i := strings.IndexByte(name, ':'); i >= 0 {
		return name[:i], name[i+1:]
	}
	return "", name
}

// unescape undoes the five references of XML and those to characters. Others
// stay as they are.
func unescape(s string) string {
	i := strings.IndexByte(s, '&')
	if i < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for ; i >= 0; i = strings.IndexByte(s, '&') {
		b.WriteString(s[:i])
		s = s[i:]
		n := strings.IndexByte(s[:min(len(s), 12)], ';')
		if r, ok := reference(s[1:max(n, 1)]); n > 1 && ok {
			b.WriteRune(r)
			s = s[n+1:]
		} else {
			b.WriteByte('&')
			s = s[1:]
		}
	}
	b.WriteString(s)
	return b.String()
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
	}
	digits, isNumber := strings.CutPrefix(name, "#")
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if !isNumber || err != nil || n > utf8.MaxRune || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
