package vobject

import (
	"bytes"
	"io"
	"strings"

	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// maxLine is how much of one content line is kept: pictures stand in them.
const maxLine = 24 << 20

// property is a content line (RFC 6350 section 3.3, RFC 5545 section 3.1).
type property struct {
	name   string // upper case, without its group
	params []param
	value  string // as it stands
}

type param struct{ name, value string } // the name in upper case, "" for a bare value of vCard 2.1

// get is the value of the first parameter of a name.
func (p *property) get(name string) string {
	for _, q := range p.params {
		if q.name == name {
			return q.value
		}
	}
	return ""
}

// encoding is how the value is encoded: "B", "Q", or "".
func (p *property) encoding() string {
	for _, q := range p.params {
		if q.name != "" && q.name != "ENCODING" {
			continue
		}
		switch strings.ToUpper(q.value) {
		case "BASE64", "B":
			return "B"
		case "QUOTED-PRINTABLE", "Q":
			return "Q"
		}
	}
	return ""
}

// lines gives the content lines of an object, unfolded.
type lines struct {
	text *charset.Reader
	v    media.Visitor
	last bool   // nothing follows what text holds
	at   int    // of the next physical line in text
	line []byte // of the logical line
	from int64  // where line stands in the object; -1 if it is folded or decoded
	keep bool   // the blank that folds a line belongs to it: vCard 2.1
	cut  bool   // a line was longer than maxLine
}

func newLines(r io.ReaderAt, size int64, v media.Visitor) (*lines, error) {
	text, err := charset.NewReader(r, size)
	if err != nil {
		return nil, err
	}
	return &lines{text: text, v: v}, nil
}

// peek makes at least n bytes of what follows at available, unless the object ends.
func (l *lines) peek(n int) ([]byte, error) {
	for {
		if rest := l.text.Text()[l.at:]; len(rest) >= n || l.last {
			return rest, nil
		}
		l.text.Drop(l.at)
		l.at = 0
		last, err := l.text.Fill()
		if err != nil {
			return nil, err
		}
		if last {
			l.last = true
		}
	}
}

// physical appends one line of the object to l.line, without its end; ok is false
// at the end of the object.
func (l *lines) physical() (ok bool, err error) {
	const piece = 32 << 10
	for whole := false; !whole; {
		rest := l.text.Text()[l.at:]
		n := bytes.IndexByte(rest, '\n')
		if n < 0 {
			if rest, err = l.peek(piece); err != nil {
				return false, err
			}
			n = bytes.IndexByte(rest, '\n')
		}
		if len(rest) == 0 {
			return ok, nil
		}
		ok = true
		if whole = n >= 0; !whole {
			n = len(rest)
		}
		if len(l.line)+n > maxLine {
			l.cut = true
		} else {
			l.line = append(l.line, rest[:n]...)
		}
		l.at += n
		if whole {
			l.at++
		}
	}
	if n := len(l.line); n > 0 && l.line[n-1] == '\r' {
		l.line = l.line[:n-1]
	}
	return ok, nil
}

// next is the next content line. ok is false at the end. The property is valid
// until the next call.
func (l *lines) next() (p property, ok bool, err error) {
	for {
		l.line, l.from = l.line[:0], -1
		if off := l.text.Off(); off >= 0 {
			l.from = off + int64(l.at)
		}
		if ok, err = l.physical(); err != nil || !ok {
			return p, false, err
		}
		if err := l.unfold(); err != nil {
			return p, false, err
		}
		p, ok = parse(string(l.line))
		if !ok {
			continue // an empty line, or none of this format
		}
		if p.encoding() == "Q" {
			if p.value, err = l.soft(p.value); err != nil {
				return p, false, err
			}
		}
		if l.cut {
			l.cut = false
			l.v.Problem("", media.LimitBytes)
		}
		return p, true, nil
	}
}

// unfold appends the lines that begin with a blank (RFC 6350, section 3.2).
func (l *lines) unfold() error {
	for {
		rest, err := l.peek(1)
		if err != nil || len(rest) == 0 || rest[0] != ' ' && rest[0] != '\t' {
			return err
		}
		if l.from = -1; !l.keep {
			l.at++
		}
		if _, err := l.physical(); err != nil {
			return err
		}
	}
}

// where is the place in the object of value, which stands in the line that was
// read last, from 1; 0 if it does not stand there as it is.
func (l *lines) where(value string) int64 {
	if l == nil || l.from < 0 || value == "" {
		return 0
	}
	n := bytes.LastIndex(l.line, []byte(value))
	if n < 0 {
		return 0
	}
	return l.from + int64(n) + 1
}

// soft appends the lines that a quoted-printable value of vCard 2.1 goes on in:
// those behind an equals sign, which are not indented.
func (l *lines) soft(value string) (string, error) {
	if !strings.HasSuffix(value, "=") {
		return value, nil
	}
	b := []byte(value)
	for len(b) > 0 && b[len(b)-1] == '=' && len(b) < maxLine {
		l.line, l.from = l.line[:0], -1
		ok, err := l.physical()
		if err != nil {
			return "", err
		}
		if !ok {
			break
		}
		b = append(b[:len(b)-1], l.line...)
	}
	return string(b), nil
}

// parse takes a content line apart: [group.]NAME[;param=value[,value]]:value.
func parse(s string) (p property, ok bool) {
	end := 0
	for end < len(s) && (s[end] == '-' || s[end] == '.' || s[end] == '_' || s[end] >= '0' && s[end] <= '9' || s[end]|0x20 >= 'a' && s[end]|0x20 <= 'z') {
		end++
	}
	if end == 0 || end == len(s) || end > 100 || s[end] != ':' && s[end] != ';' {
		return p, false
	}
	name := s[:end]
	p.name = strings.ToUpper(name[strings.LastIndexByte(name, '.')+1:])
	s = s[end:]
	for n := 0; strings.HasPrefix(s, ";") && n < maxParams; n++ {
		var q param
		q, s = parseParam(s[1:])
		p.params = append(p.params, q)
	}
	if !strings.HasPrefix(s, ":") {
		return p, false
	}
	p.value = s[1:]
	return p, true
}

// maxParams of one line.
const maxParams = 100

// parseParam cuts a parameter off s, its quotes removed and the escapes of RFC
// 6868 undone.
func parseParam(s string) (q param, rest string) {
	i := strings.IndexAny(s, "=;:")
	if i < 0 {
		return q, ""
	}
	if s[i] != '=' {
		return param{value: s[:i]}, s[i:]
	}
	q.name = strings.ToUpper(s[:i])
	s = s[i+1:]
	quoted := false
	for i = 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case !quoted && (s[i] == ';' || s[i] == ':' && !scheme(s[:i], s[i+1:])):
			q.value, rest = s[:i], s[i:]
			q.value = carets.Replace(strings.ReplaceAll(q.value, "\"", ""))
			return q, rest
		}
	}
	if quoted { // which does not end: the value begins at the first colon
		before, after, ok := strings.Cut(s, ":")
		if ok {
			q.value = strings.ReplaceAll(before, "\"", "")
			return q, ":" + after
		}
	}
	return q, ""
}

// scheme reports whether a colon in a parameter belongs to a URI that somebody
// forgot to quote, as in DELEGATED-TO=mailto:ana@example.org.
func scheme(before, after string) bool {
	return strings.EqualFold(before, "mailto") && strings.Contains(after, ":")
}

var carets = strings.NewReplacer("^n", "\n", "^'", "\"", "^^", "^")

// unescape undoes the backslashes of a text value (RFC 6350, section 3.4).
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == 'n' || s[i] == 'N' {
				b.WriteByte('\n')
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// components parts a structured value at its semicolons and undoes escapes.
func components(s string) (out []string) {
	start := 0
	for i := 0; i <= len(s); i++ {
		switch {
		case i == len(s) || s[i] == ';':
			out = append(out, strings.TrimSpace(unescape(s[start:i])))
			start = i + 1
		case s[i] == '\\':
			i++
		}
		if len(out) == maxParams {
			break
		}
	}
	return out
}
