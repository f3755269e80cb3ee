// Package html reads pages of HTML (WHATWG HTML) and XHTML: what a reader sees
// with entities resolved, what stands in attributes, scripts, styles and
// comments, where people put addresses too, and pictures inside of the page.
//
// A block ends a line; cells of a table are parted by tabs and rows by line
// ends, so that headings give context. What only changes the looks of words does
// not part them.
package html

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "html" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "HTML, XHTML",
		Types: "text/html, application/xhtml+xml",
		Reads: "text, links, fields of forms and other attributes, meta tags, scripts, styles, comments, pictures inside of the page",
		Not:   "what scripts would make of it",
	}
}

// starts are what pages begin with, in lower case, behind blanks, comments and
// declarations. A tag must end behind them.
var starts = []string{
	"!doctype html", "html", "head", "body", "title", "meta", "script", "style", "table", "div", "p", "h1", "h2", "h3", "br", "a", "b", "font", "center", "img",
	"iframe", "form", "ul", "ol", "span", "pre", "link", "base", "frameset", "article", "section", "main", "nav", "header", "footer", "template", "blockquote", "hr", "i", "strong", "em",
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	if cs, mark := media.TextCharset(head); cs == media.Binary {
		return false
	} else if cs != media.UTF8 && cs != media.EightBit {
		if cs == media.UTF16LE || cs == media.UTF16BE {
			head, _ = media.AppendWide(nil, head[mark:], cs, false)
		}
	}
	b := bytes.ToLower(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")))
	for range 16 {
		b = bytes.TrimLeft(b, " \t\r\n\f\x00")
		switch {
		case bytes.HasPrefix(b, []byte("<!--")):
			_, b, _ = bytes.Cut(b[4:], []byte("-->"))
		case bytes.HasPrefix(b, []byte("<?xml")):
			// XHTML; other XML is for others.
			_, b, _ = bytes.Cut(b, []byte("?>"))
			b = bytes.TrimLeft(b, " \t\r\n")
			if !bytes.HasPrefix(b, []byte("<!")) {
				return tag(b) == "html"
			}
		default:
			return tag(b) != ""
		}
	}
	return false
}

// tag is which of starts b begins with.
func tag(b []byte) string {
	if len(b) == 0 || b[0] != '<' {
		return ""
	}
	for _, s := range starts {
		if rest, ok := bytes.CutPrefix(b[1:], []byte(s)); ok && len(rest) > 0 && bytes.IndexByte([]byte(" \t\r\n\f/>"), rest[0]) >= 0 {
			return s
		}
	}
	return ""
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := media.NewStored(r, 0, min(size, media.MaxText))
	if size > media.MaxText {
		v.Problem("", media.LimitBytes)
	}
	in, err := decoded(r, src, size)
	if err != nil {
		return err
	}
	w := &walk{v: v, body: media.NewRunning(v, ""), aside: media.NewRunning(v, "attributes"), code: media.NewRunning(v, "code")}
	w.stored = in == io.Reader(src)
	if err := w.tokens(in, src); err != nil {
		return err
	}
	for _, t := range [...]*media.Running{w.body, w.aside, w.code} {
		if err := t.End(); err != nil {
			return err
		}
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "meta", Tags: w.tags, Off: -1})
}

// decoded makes UTF-8 of the page: by its mark, by what it declares in its first
// kilobyte, else as browsers do.
func decoded(r io.ReaderAt, src io.Reader, size int64) (io.Reader, error) {
	head, err := media.ReadUpTo(r, 0, 4<<10, size)
	if err != nil {
		return nil, err
	}
	switch cs, mark := media.TextCharset(head); {
	case cs == media.UTF16LE:
		return transform.NewReader(src, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()), nil
	case cs == media.UTF16BE:
		return transform.NewReader(src, unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()), nil
	case cs == media.UTF8 && mark > 0:
		return src, nil
	}
	e, name, _ := charset.DetermineEncoding(head[:min(len(head), 1024)], "")
	if cs, _ := media.TextCharset(head); cs == media.UTF8 && name == "windows-1252" {
		if bytes.Contains(bytes.ToLower(head[:min(len(head), 1024)]), []byte("charset")) {
			// It may be true only further on, as in what Word writes, where the first
			// pages are style; or not at all.
			return transform.NewReader(src, either{}), nil
		}
		return src, nil // nothing is declared, and it reads as UTF-8 further on
	}
	if name == "utf-8" {
		return src, nil
	}
	return transform.NewReader(src, e.NewDecoder()), nil
}

// either keeps what is UTF-8 and takes other bytes for Windows-1252.
type either struct{ transform.NopResetter }

// Transform implements transform.Transformer.
func (either) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for nSrc < len(src) {
		if !atEOF && !utf8.FullRune(src[nSrc:]) {
			return nDst, nSrc, transform.ErrShortSrc
		}
		r, n := utf8.DecodeRune(src[nSrc:])
		if r == utf8.RuneError && n == 1 {
			r = charmap.Windows1252.DecodeByte(src[nSrc])
		}
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc += n
	}
	return nDst, nSrc, nil
}

// walk is the state of one Walk.
type walk struct {
	v     media.Visitor
	body  *media.Running // what is shown
	aside *media.Running // attributes
	code  *media.Running // scripts, styles, comments
	tags  []detectors.Tag

	stored bool   // what the tokenizer reads is the page as it is stored
	token  string // the current one as it is stored; "" if it is not
	at     int64  // where the token begins
	past   int    // how far into token attributes were found

	raw      bool // in a script or a style
	cells    int  // of the row
	tables   int  // open
	brk      bool // the line ends before the next text
	fresh    bool // a cell has begun and holds nothing yet
	pictures int
}

// maxToken bounds one tag or text with all its attributes: a picture inside of a
// page is one attribute.
const maxToken = media.MaxBlock

// tokens goes through the page. The tokenizer reads on after any damage.
func (w *walk) tokens(in io.Reader, src *media.Stored) error {
	z := html.NewTokenizer(in)
	z.SetMaxBuf(maxToken)
	for w.body.Err() == nil && w.aside.Err() == nil && w.code.Err() == nil {
		kind := z.Next()
		w.at += int64(len(w.token))
		w.token, w.past = "", 0
		if w.stored {
			w.token = string(z.Raw()) // before anything of it is asked for, which may change it
		}
		switch kind {
		case html.ErrorToken:
			if src.Err() != nil {
				return src.Err()
			}
			if errors.Is(z.Err(), html.ErrBufferExceeded) {
				w.v.Problem("", media.LimitBytes)
			}
			return nil
		case html.TextToken:
			w.text(string(z.Text()))
		case html.CommentToken, html.DoctypeToken:
			w.write(w.code, strings.TrimSpace(string(z.Text())))
			w.code.Line()
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			if err := w.start(z, atom.Lookup(name), more); err != nil {
				return err
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			w.end(atom.Lookup(name))
		}
	}
	return nil // the error comes with End
}

func (w *walk) text(s string) {
	if w.raw {
		w.write(w.code, s)
		w.code.Line()
		return
	}
	if strings.TrimSpace(s) == "" {
		if s != "" && !w.brk {
			w.body.Space()
		}
		return
	}
	if w.brk {
		w.body.Line()
		w.brk = false
	}
	if s == w.token {
		w.pieces(s)
	} else {
		w.body.WriteString(squeeze(s))
	}
	w.fresh = false
}

// pieces writes squeezed text of the body that stands in the page as it is.
func (w *walk) pieces(s string) {
	from := 0 // of what is not written yet
	for i, r := range s {
		blank := r == '\n' || r == '\t' || r == '\r' || r == '\f' || r == ' ' && i > 0 && isBlank(s[i-1])
		if !blank && r != '\u00ad' && r != '\u200b' {
			continue
		}
		w.body.WriteFrom(s[from:i], w.at+int64(from))
		from = i + utf8.RuneLen(r)
		if blank && (i == 0 || !isBlank(s[i-1])) {
			w.body.WriteString(" ")
		}
	}
	w.body.WriteFrom(s[from:], w.at+int64(from))
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// write adds a piece of the current token to t, with its place if it stands there
// as it is.
func (w *walk) write(t *media.Running, s string) {
	if off, ok := w.find(s); ok {
		t.WriteFrom(s, off)
	} else {
		t.WriteString(s)
	}
}

// find is where s stands in the page, within the current token and behind what
// was found there before.
func (w *walk) find(s string) (off int64, ok bool) {
	n := strings.Index(w.token[w.past:], s)
	if n < 0 || s == "" {
		return 0, false
	}
	off = w.at + int64(w.past+n)
	w.past += n + len(s)
	return off, true
}

// squeeze makes one blank of each stretch of them, as browsers do. Those that
// are not to be broken stay.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	blank := false
	for _, r := range s {
		if r == ' ' || r == '\n' || r == '\t' || r == '\r' || r == '\f' {
			if !blank {
				b.WriteByte(' ')
			}
			blank = true
			continue
		}
		blank = false
		switch r {
		case '\u00ad', '\u200b': // where a word may be broken
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// start does what the start of an element asks for.
func (w *walk) start(z *html.Tokenizer, a atom.Atom, more bool) error {
	switch {
	case a == atom.Script || a == atom.Style:
		w.raw = true
	case a == atom.Br || a == atom.Hr:
		w.breakLine()
	case a == atom.Table:
		if w.tables == 0 { // its first line is then what detectors take for headings
			if err := w.body.End(); err != nil {
				return err
			}
			w.body = media.NewRunning(w.v, "")
		}
		w.tables++
		w.row()
	case a == atom.Tr:
		w.row()
	case a == atom.Td || a == atom.Th:
		if w.cells > 0 {
			w.body.WriteString("\t")
		}
		w.cells++
		w.brk, w.fresh = false, true
	case isBlock(a):
		w.breakLine()
	}
	attrs := map[string]string{}
	for n := 0; more && n < 1000; n++ {
		var k, v []byte
		k, v, more = z.TagAttr()
		if err := w.attribute(a, string(k), string(v), attrs); err != nil {
			return err
		}
	}
	w.meta(a, attrs)
	return nil
}

// row begins a row.
func (w *walk) row() {
	w.body.Line()
	w.brk, w.fresh, w.cells = false, false, 0
}

// breakLine ends the line. The first paragraph of a cell stays in the row.
func (w *walk) breakLine() {
	if !w.fresh {
		w.brk = true
	}
}

func (w *walk) end(a atom.Atom) {
	switch {
	case a == atom.Script || a == atom.Style:
		w.raw = false
	case a == atom.Table:
		w.tables = max(w.tables-1, 0)
		w.brk, w.fresh = true, false
	case a == atom.Tr:
		w.brk, w.fresh = true, false
	case isBlock(a):
		w.breakLine()
	}
}

func isBlock(a atom.Atom) bool {
	switch a {
	case atom.P, atom.Div, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Li, atom.Ul, atom.Ol, atom.Dl, atom.Dt, atom.Dd, atom.Pre, atom.Blockquote,
		atom.Address, atom.Article, atom.Section, atom.Header, atom.Footer, atom.Nav, atom.Main, atom.Aside, atom.Form, atom.Fieldset, atom.Option, atom.Title,
		atom.Figure, atom.Figcaption, atom.Caption, atom.Thead, atom.Tbody, atom.Tfoot, atom.Body, atom.Head, atom.Html, atom.Button, atom.Select, atom.Textarea, atom.Label,
		atom.Legend, atom.Summary, atom.Details, atom.Center, atom.Noscript, atom.Iframe, atom.Template:
		return true
	}
	return false
}

// noWords are attributes that say how things look, and for which machine.
var noWords = map[string]bool{
	"class": true, "id": true, "width": true, "height": true, "align": true, "valign": true, "border": true, "cellpadding": true, "cellspacing": true, "colspan": true,
	"rowspan": true, "bgcolor": true, "color": true, "size": true, "face": true, "lang": true, "dir": true, "rel": true, "type": true, "method": true, "target": true,
	"tabindex": true, "role": true, "charset": true, "http-equiv": true, "media": true, "sizes": true, "integrity": true, "crossorigin": true, "async": true, "defer": true,
	"xmlns": true, "xml:lang": true, "viewbox": true, "d": true, "points": true, "transform": true, "fill": true, "stroke": true, "for": true, "rows": true, "cols": true,
}

// attribute keeps what an attribute says, on a line of its own.
func (w *walk) attribute(a atom.Atom, key, value string, attrs map[string]string) error {
	value = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
	if value == "" || noWords[key] {
		return nil
	}
	if a == atom.Meta {
		attrs[key] = value
	}
	if strings.HasPrefix(value, "data:") {
		return w.embedded(value)
	}
	for _, l := range [...]struct{ scheme, tag string }{{"mailto:", "Email"}, {"tel:", "Phone"}} {
		if rest, ok := cutScheme(value, l.scheme); ok {
			w.tag(l.tag, rest)
			w.place(rest)
			if !strings.Contains(value, "?") {
				return nil
			}
		}
	}
	w.write(w.aside, value)
	w.aside.Line()
	return nil
}

// place notes where the value of the last tag stands.
func (w *walk) place(value string) {
	past := w.past
	if off, ok := w.find(value); ok && len(w.tags) > 0 && w.tags[len(w.tags)-1].Value == value {
		w.tags[len(w.tags)-1].At = off + 1
	}
	w.past = past
}

func cutScheme(s, scheme string) (string, bool) {
	if len(s) <= len(scheme) || !strings.EqualFold(s[:len(scheme)], scheme) {
		return "", false
	}
	s, _, _ = strings.Cut(s[len(scheme):], "?")
	if u, err := url.PathUnescape(s); err == nil {
		s = u
	}
	return s, true
}

// maxTags bounds the tags of one page.
const maxTags = 10_000

func (w *walk) tag(name, value string) {
	value, name = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD")), strings.ToValidUTF8(name, "\uFFFD")
	if value != "" && name != "" && len(w.tags) < maxTags {
		w.tags = append(w.tags, detectors.Tag{Group: "HTML", Name: name, Value: value})
	}
}

// metaNames are the names of tags as other formats have them.
var metaNames = map[string]string{
	"author": "Author", "creator": "Creator", "dc.creator": "Creator", "dcterms.creator": "Creator", "copyright": "Copyright", "dc.rights": "Copyright",
	"article:author": "Author", "og:article:author": "Author", "keywords": "Keywords", "description": "Description", "reply-to": "ReplyTo",
	"publisher": "Publisher", "owner": "Owner", "lastauthor": "LastModifiedBy", "changedby": "LastModifiedBy", "geo.position": "GPSPosition", "icbm": "GPSPosition", "geo.placename": "Location",
}

// meta makes a tag of a meta element.
func (w *walk) meta(a atom.Atom, attrs map[string]string) {
	if a != atom.Meta {
		return
	}
	for _, k := range [...]string{"name", "property", "itemprop"} {
		if n := attrs[k]; n != "" {
			if known := metaNames[strings.ToLower(n)]; known != "" {
				n = known
			}
			w.tag(n, attrs["content"])
			return
		}
	}
}

// embedded hands out a file that is written into an attribute (RFC 2397).
func (w *walk) embedded(s string) error {
	head, data, ok := strings.Cut(s, ",")
	if !ok {
		return nil
	}
	w.pictures++
	path := fmt.Sprintf("data[%d]", w.pictures)
	var b []byte
	if u, err := url.PathUnescape(data); err == nil {
		data = u
	}
	if strings.HasSuffix(strings.ToLower(strings.TrimSpace(head)), ";base64") {
		data = strings.TrimRight(strings.Map(func(r rune) rune {
			if r <= ' ' {
				return -1
			}
			return r
		}, data), "=")
		var err error
		if b, err = base64.RawStdEncoding.DecodeString(data); err != nil {
			w.v.Problem(path, media.Corrupt)
		}
	} else {
		b = []byte(data)
	}
	if len(b) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}
