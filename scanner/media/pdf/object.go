package pdf

import "math"

// The objects of ISO 32000-2, 7.3: nil, bool, float64, name, text, array, dict,
// ref and, at the top of an indirect object, *stream. What is none of them is a
// keyword.
type (
	object  any
	name    string
	text    string // a string as it stands, decrypted, in no known encoding
	array   []object
	dict    map[name]object
	ref     struct{ num, gen uint32 }
	keyword string
)

// stream is a dictionary and the bytes that follow it in the file.
type stream struct {
	dict dict
	off  int64 // of its bytes in the file
	size int64 // bytes, as far as they are present
	id   ref   // of the object, for its key; zero inside an object stream
}

// Bounds of one object; what goes beyond is damage or an attack.
const (
	maxNesting = 64      // arrays and dictionaries inside each other; real ones stay under 12
	maxItems   = 500_000 // of all arrays and dictionaries of one object
	maxName    = 127     // bytes that are kept of a name: 7.3.5 asks readers for as many
)

// lexer reads objects from bytes at hand.
type lexer struct {
	b       []byte
	pos     int
	depth   int
	items   int
	deep    bool                // something was nested too deep
	many    bool                // there were more items than are read
	short   bool                // the bytes ended inside something
	odd     bool                // something stood where it can't
	decrypt func([]byte) []byte // for strings; nil leaves them
	content bool                // a content stream: no references
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isDelim(c byte) bool {
	switch c {
	case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
		return true
	}
	return false
}

// skipSpace skips white space and comments.
func (l *lexer) skipSpace() {
	for l.pos < len(l.b) {
		c := l.b[l.pos]
		switch {
		case isSpace(c):
			l.pos++
		case c == '%':
			for l.pos < len(l.b) && l.b[l.pos] != '\n' && l.b[l.pos] != '\r' {
				l.pos++
			}
		default:
			return
		}
	}
}

// closer ends an array or a dictionary.
type closer string

// object reads the next object, ok is false at the end of the bytes. Numbers
// that a generation and R follow become a ref.
func (l *lexer) object() (o object, ok bool) {
	l.skipSpace()
	if l.pos >= len(l.b) {
		l.short = true
		return nil, false
	}
	switch c := l.b[l.pos]; {
	case c == '/':
		return l.name(), true
	case c == '(':
		return l.literal(), true
	case c == '<':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '<' {
			l.pos += 2
			return l.dict(), true
		}
		return l.hex(), true
	case c == '[':
		l.pos++
		return l.array(), true
	case c == ']':
		l.pos++
		return closer("]"), true
	case c == '>':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '>' {
			l.pos += 2
			return closer(">>"), true
		}
		l.pos++
		return keyword(">"), true
	case c == ')' || c == '{' || c == '}':
		l.pos++
		return keyword(c), true
	case c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.':
		return l.number(), true
	}
	return l.word(), true
}

// number reads a number or, where it starts one, a reference.
func (l *lexer) number() object {
	start := l.pos
	v := l.plainNumber()
	if l.content || l.b[start] == '+' || l.b[start] == '-' || v != math.Trunc(v) || v < 0 || v > math.MaxUint32 {
		return v
	}
	back := l.pos
	for p, digits := l.pos, 0; p < len(l.b) && p < back+16; p++ {
		c := l.b[p]
		switch {
		case isSpace(c):
		case c >= '0' && c <= '9':
			digits++
		case c == 'R' && digits > 0 && isSpace(l.b[p-1]) && (p+1 == len(l.b) || isSpace(l.b[p+1]) || isDelim(l.b[p+1])):
			l.skipSpace()
			gen := l.plainNumber()
			l.pos = p + 1
			return ref{uint32(v), uint32(min(gen, 1<<16))}
		default:
			return v
		}
		if digits > 0 && isSpace(c) && p+1 < len(l.b) && l.b[p+1] >= '0' && l.b[p+1] <= '9' {
			return v // a third number
		}
	}
	return v
}

// plainNumber reads sign, digits and a fraction; it takes at least one byte.
func (l *lexer) plainNumber() float64 {
	v, scale, sign, first := 0.0, 0.0, 1.0, true
	for ; l.pos < len(l.b); l.pos++ {
		switch c := l.b[l.pos]; {
		case c >= '0' && c <= '9':
			if scale > 0 {
				v += float64(c-'0') * scale
				scale /= 10
			} else {
				v = v*10 + float64(c-'0')
			}
		case c == '.' && scale == 0:
			scale = 0.1
		case c == '-' && first:
			sign = -1
		case c == '-' || c == '+': // "--5", "12-34": as other readers
		default:
			return sign * v
		}
		first = false
	}
	return sign * v
}

// word reads a keyword: true, false and null are objects.
func (l *lexer) word() object {
	start := l.pos
	for l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelim(l.b[l.pos]) {
		l.pos++
	}
	w := l.b[start:min(l.pos, start+maxName)]
	switch string(w) {
	case "true":
		return true
	case "false":
		return false
	case "null":
		return nil
	}
	return keyword(w)
}

// name reads a name, #xx undone.
func (l *lexer) name() object {
	l.pos++
	var out []byte
	for ; l.pos < len(l.b) && !isSpace(l.b[l.pos]) && !isDelim(l.b[l.pos]); l.pos++ {
		c := l.b[l.pos]
		if c == '#' && l.pos+2 < len(l.b) {
			hi, lo := unhex(l.b[l.pos+1]), unhex(l.b[l.pos+2])
			if hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				l.pos += 2
			}
		}
		if len(out) < maxName {
			out = append(out, c)
		}
	}
	return name(out)
}

func unhex(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// literal reads a string in parentheses.
func (l *lexer) literal() object {
	var out []byte
	depth := 0
	for ; l.pos < len(l.b); l.pos++ {
		c := l.b[l.pos]
		switch c {
		case '(':
			if depth++; depth == 1 {
				continue
			}
		case ')':
			if depth--; depth == 0 {
				l.pos++
				return l.string(out)
			}
		case '\\':
			c, ok := l.escape()
			if ok {
				out = append(out, c)
			}
			continue
		case '\r':
			if l.pos+1 < len(l.b) && l.b[l.pos+1] == '\n' {
				l.pos++
			}
			c = '\n'
		}
		out = append(out, c)
	}
	l.short = true
	return l.string(out)
}

// escape reads what follows a backslash; ok is false for a line that goes on.
func (l *lexer) escape() (c byte, ok bool) {
	if l.pos++; l.pos >= len(l.b) {
		return 0, false
	}
	switch c = l.b[l.pos]; c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\n':
		return 0, false
	case '\r':
		if l.pos+1 < len(l.b) && l.b[l.pos+1] == '\n' {
			l.pos++
		}
		return 0, false
	}
	if c < '0' || c > '7' {
		return c, true
	}
	v := 0
	end := min(l.pos+3, len(l.b))
	for ; l.pos < end && l.b[l.pos] >= '0' && l.b[l.pos] <= '7'; l.pos++ {
		v = v<<3 | int(l.b[l.pos]-'0')
	}
	l.pos--
	return byte(v), true
}

// hex reads a string in hexadecimal digits.
func (l *lexer) hex() object {
	var out []byte
	half := -1
	for l.pos++; l.pos < len(l.b); l.pos++ {
		c := l.b[l.pos]
		if c == '>' {
			l.pos++
			if half >= 0 {
				out = append(out, byte(half<<4))
			}
			return l.string(out)
		}
		switch d := unhex(c); {
		case d < 0:
		case half < 0:
			half = d
		default:
			out = append(out, byte(half<<4|d))
			half = -1
		}
	}
	l.short = true
	return l.string(out)
}

func (l *lexer) string(b []byte) object {
	if l.decrypt != nil {
		b = l.decrypt(b)
	}
	return text(b)
}

// enter opens an array or a dictionary; false where none may be.
func (l *lexer) enter() bool {
	if l.depth >= maxNesting {
		l.deep = true
		l.pos = len(l.b)
		return false
	}
	l.depth++
	return true
}

// more counts an item.
func (l *lexer) more() bool {
	if l.items++; l.items > maxItems {
		l.many = true
		l.pos = len(l.b)
		return false
	}
	return true
}

// array reads up to the closing bracket.
func (l *lexer) array() object {
	var out array
	if !l.enter() {
		return out
	}
	defer func() { l.depth-- }()
	for l.more() {
		o, ok := l.object()
		if !ok {
			return out
		}
		switch w := o.(type) {
		case closer:
			if w == "]" {
				return out
			}
			l.odd = true
			l.pos -= len(w)
			return out
		case keyword:
			l.odd = true
			if w == "endobj" || w == "obj" || w == "endstream" {
				return out
			}
			continue
		}
		out = append(out, o)
	}
	return out
}

// dict reads up to the closing brackets.
func (l *lexer) dict() object {
	out := dict{}
	if !l.enter() {
		return out
	}
	defer func() { l.depth-- }()
	for l.more() {
		o, ok := l.object()
		if !ok {
			return out
		}
		key, isName := o.(name)
		if !isName {
			switch w := o.(type) {
			case closer:
				if w == ">>" {
					return out
				}
			case keyword:
				if w == "endobj" || w == "stream" || w == "endstream" {
					l.odd = true
					l.pos -= len(w)
					return out
				}
			}
			l.odd = true
			continue
		}
		v, ok := l.object()
		if !ok {
			return out
		}
		switch w := v.(type) {
		case closer:
			l.odd = true
			l.pos -= len(w)
			continue
		case keyword:
			l.odd = true
			if w == "endobj" || w == "stream" {
				l.pos -= len(w)
			}
			continue
		}
		if _, twice := out[key]; !twice {
			out[key] = v
		}
	}
	return out
}

// number is the value as a whole number, 0 if it is none.
func number(o object) int64 {
	v, _ := o.(float64)
	switch {
	case v != v:
		return 0
	case v > math.MaxInt32*1024.0:
		return math.MaxInt32 * 1024
	case v < math.MinInt32:
		return math.MinInt32
	}
	return int64(v)
}
