package accesslog

import (
	"bytes"
	"net/url"
	"strings"

	"habeas/detectors"
)

// cellMaker makes the cells of one line.
type cellMaker struct {
	*log
	text []byte
	line int
}

// field makes the cells of one field: one, or those of a URL.
func (c *cellMaker) field(name string, start, end int) {
	if end <= start || end == start+1 && c.text[start] == '-' {
		return
	}
	switch name {
	case "request":
		// "GET /path?query HTTP/1.1"
		if i := bytes.IndexByte(c.text[start:end], ' '); i > 0 && i < 12 {
			start += i + 1
		}
		if i := bytes.LastIndex(c.text[start:end], []byte(" HTTP/")); i >= 0 {
			end = start + i
		}
		c.url(name, start, end)
	case "referer", "redirect_url":
		c.url(name, start, end)
	case "query":
		c.query(name, start, end)
	case "client_ip", "target", "backend":
		if i := bytes.LastIndexByte(c.text[start:end], ':'); i > 0 && (c.text[start] == '[' || bytes.Count(c.text[start:end], []byte{':'}) == 1) {
			end = start + i // the port
		}
		c.cell(name, start, end)
	default:
		c.cell(name, start, end)
	}
}

// url makes a cell of what stands before the query, and of each parameter.
func (c *cellMaker) url(name string, start, end int) {
	i := bytes.IndexByte(c.text[start:end], '?')
	if i < 0 {
		c.cell(name, start, end)
		return
	}
	c.cell(name, start, start+i)
	c.query(name+".query", start+i+1, end)
}

// maxParameters bounds the parameters of one URL.
const maxParameters = 256

// query makes a cell of each parameter, named after it.
func (c *cellMaker) query(name string, start, end int) {
	for n := 0; start < end; n++ {
		stop := end
		if i := bytes.IndexAny(c.text[start:end], "&;"); i >= 0 && n < maxParameters {
			stop = start + i
		}
		key, from := name, start
		if i := bytes.IndexByte(c.text[start:stop], '='); i >= 0 {
			if k := c.text[start : start+i]; isKey(k) {
				key = c.name(name, k)
			}
			from = start + i + 1
		}
		c.cell(key, from, stop)
		start = stop + 1
	}
}

// isKey tells the name of a parameter from a value that stands in its place.
func isKey(b []byte) bool {
	if len(b) == 0 || len(b) > 40 {
		return false
	}
	for _, c := range b {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}

// maxNames bounds the names of parameters that are remembered, so that cells
// share them.
const maxNames = 4096

func (c *cellMaker) name(above string, key []byte) string {
	full := above + "." + string(key)
	if s, ok := c.names[full]; ok {
		return s
	}
	if c.names == nil {
		c.log.names = map[string]string{}
	}
	if len(c.names) < maxNames {
		c.names[full] = full
	}
	return full
}

func (c *cellMaker) cell(name string, start, end int) {
	for start < end && c.text[start] == ' ' {
		start++
	}
	for end > start && c.text[end-1] == ' ' {
		end--
	}
	if end <= start || end == start+1 && c.text[start] == '-' {
		return
	}
	cell := detectors.Cell{Start: start, End: end, Record: c.lines, Line: c.line, Column: name}
	if b := c.text[start:end]; bytes.IndexByte(b, '%') >= 0 || bytes.IndexByte(b, '+') >= 0 && (name == "user_agent" || strings.Contains(name, "query")) {
		cell.Value = decoded(string(b), name)
	}
	c.cells = append(c.cells, cell)
}

// decoded undoes percent encoding, and "+" for a blank in queries and in the
// user agents of IIS and CloudFront; "" where that changes nothing.
func decoded(s, name string) string {
	decode := url.PathUnescape
	if strings.Contains(name, "query") || name == "user_agent" && !strings.Contains(s, " ") {
		decode = url.QueryUnescape
	}
	v, err := decode(s)
	if err != nil || v == s {
		return ""
	}
	return strings.ToValidUTF8(v, "\uFFFD")
}
