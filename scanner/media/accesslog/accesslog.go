// Package accesslog reads logs of web servers, one request a line: the common and
// combined formats of NCSA (with the name of a virtual host before, and with
// fields behind), W3C's extended format with its #Fields line (IIS, CloudFront),
// Amazon S3's server access logs, and those of AWS load balancers.
//
// The text is handed out as it is stored, with a cell for each field: "ip",
// "username", "user_agent", and for each parameter of a URL: "request.query.email".
// What the fields are called is said by each format's own documentation.
package accesslog

import (
	"bytes"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "accesslog" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Access logs",
		Types: "text/plain",
		Reads: "common and combined format, W3C extended format (IIS, CloudFront), Amazon S3 and load balancer logs: every field by its name, and every parameter of a URL",
		Not:   "formats that a server's own configuration makes up: they are read as text",
	}
}

// sampleLines of the head must all be of one format.
const sampleLines = 20

// Match implements media.Format.
func (format) Match(head []byte) bool {
	text, ok := charset.Sample(head)
	if !ok {
		return false
	}
	l := log{}
	n := 0
	for n < sampleLines && len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte{'\n'})
		if !whole && n > 0 && len(head) == media.HeadSize {
			break
		}
		text = rest
		if line = bytes.TrimRight(line, "\r "); len(line) == 0 {
			continue
		}
		if !l.known(line) {
			return false
		}
		n++
	}
	return n > 0 && l.lines > 0
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	return charset.Walk(r, size, v, &log{})
}

// maxLine bounds the bytes of a line that is taken apart.
const maxLine = 64 << 10

// log is a charset.Structure.
type log struct {
	fields []string // of W3C's format, by the last #Fields line; nil for others
	tokens []token
	cells  []detectors.Cell
	count  charset.Lines
	lines  int // requests so far
	names  map[string]string
}

// known reports whether a line is one of a log, for Match.
func (l *log) known(line []byte) bool {
	if line[0] == '#' {
		l.directive(line)
		return l.fields != nil || bytes.HasPrefix(line, []byte("#Version:")) || bytes.HasPrefix(line, []byte("#Software:")) || bytes.HasPrefix(line, []byte("#Date:"))
	}
	if l.fields != nil {
		l.split(line)
		// A field may be empty and left out, at the end.
		if len(l.tokens) > len(l.fields) || len(l.tokens)*2 < len(l.fields) {
			return false
		}
		l.lines++
		return true
	}
	l.split(line)
	if l.layout(line) == nil {
		return false
	}
	l.lines++
	return true
}

// Cells implements charset.Structure.
func (l *log) Cells(text []byte, from, limit int, last bool, into []detectors.Cell) (int, []detectors.Cell) {
	l.cells = into
	l.count.Start(from)
	i := from
	for i < limit {
		n := bytes.IndexByte(text[i:], '\n')
		if n < 0 {
			if !last {
				break
			}
			n = len(text) - i
		}
		if n <= maxLine {
			l.line(text, i, i+n)
		}
		i = min(i+n+1, len(text))
	}
	if i == from && !last { // longer than the text at hand
		i = limit
	}
	l.count.At(text, i)
	return i, l.cells
}

// line makes cells of the line text[start:end].
func (l *log) line(text []byte, start, end int) {
	line := bytes.TrimRight(text[start:end], "\r ")
	if len(line) == 0 {
		return
	}
	if line[0] == '#' {
		l.directive(line)
		return
	}
	l.lines++
	l.split(line)
	names := l.fields
	if names == nil {
		names = l.layout(line)
	}
	c := cellMaker{log: l, text: text, line: l.count.At(text, start)}
	for k, t := range l.tokens {
		name := ""
		if k < len(names) {
			name = names[k]
		}
		c.field(name, start+t.start, start+t.end)
	}
}

// directive reads a line of W3C's extended format that begins with "#".
func (l *log) directive(line []byte) {
	rest, ok := bytes.CutPrefix(line, []byte("#Fields:"))
	if !ok {
		return
	}
	l.fields = l.fields[:0]
	for _, name := range bytes.Fields(rest) {
		if len(l.fields) == maxFields {
			break
		}
		l.fields = append(l.fields, fieldName(string(name[:min(len(name), 100)])))
	}
}

const maxFields = 256
