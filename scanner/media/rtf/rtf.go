// Package rtf reads Rich Text Format 1.9.1: the text of body, headers, notes and
// hidden parts as running text, what the document says of itself as tags,
// pictures and embedded objects as files of their own.
//
// Groups are counted, not gone into, so that a million of them cost nothing.
// Words of control that are unknown are stepped over, with the group that one
// marked as optional begins.
package rtf

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "rtf" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Rich Text Format",
		Types: "application/rtf, text/rtf",
		Reads: "text with its tables, headers, notes, hidden text, links; title, author, operator and the rest of its information; authors of changes; pictures (JPEG, PNG, EMF, WMF), embedded objects",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, "\xef\xbb\xbf \t\r\n"), []byte(`{\rt`))
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := media.NewStored(r, 0, min(size, media.MaxText))
	if size > media.MaxText {
		v.Problem("", media.LimitBytes)
	}
	w := &walk{v: v, in: bufio.NewReaderSize(src, int(min(max(size, 16), 64<<10))), page: charset.CodePage(1252), fonts: map[int]encoding.Encoding{}, body: media.NewRunning(v, "")}
	w.now.uc = 1
	err := w.read()
	if src.Err() != nil {
		return src.Err()
	}
	if err != nil {
		return err
	}
	w.flush()
	if err := w.body.End(); err != nil {
		return err
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "info", Tags: w.tags, Off: -1})
}

// dest is what the text of a group is.
type dest int

const (
	inBody    dest = iota
	ignored        // fonts, colours, and what is unknown and marked as optional
	inInfo         // of the document: each group in it is a property
	inValue        // of a property
	inAuthors      // of changes: a list of groups
	inPicture      // in hexadecimal
	inObject       // in hexadecimal
	inFonts
)

// state is what a group keeps for itself.
type state struct {
	dest dest
	uc   int // bytes to skip behind a character of Unicode
	font int
}

// maxGroups is how deep the states of groups are kept. Deeper ones share that of
// the last.
const maxGroups = 4 << 10

type walk struct {
	v    media.Visitor
	in   *bufio.Reader
	body *media.Running
	tags []detectors.Tag

	now   state
	stack []state
	over  int // groups beyond the stack
	depth int

	page  encoding.Encoding
	fonts map[int]encoding.Encoding
	font  int // that the table of fonts is at

	bytes []byte // text in the code page, not yet decoded
	high  rune   // half a pair of UTF-16
	skip  int    // bytes to come that stand for a character given already
	star  bool   // the group is optional
	name  string // of the property
	value strings.Builder
	hex   []byte // of a picture or an object
	files int

	cells   int  // that have ended since the last text
	inTable bool // rows have begun
	inCell  bool // the paragraph is one of a table
	nibble  byte
	halfHex bool
}

// read goes through the file once.
func (w *walk) read() error {
	for w.body.Err() == nil {
		c, err := w.in.ReadByte()
		if err != nil {
			// Thousands of groups that never end are no document that was cut, and
			// nothing of them is lost.
			if w.depth > 0 && w.over == 0 && errors.Is(err, io.EOF) {
				w.v.Problem("", media.Truncated)
			}
			return w.closeAll()
		}
		switch c {
		case '{':
			w.open()
		case '}':
			if err := w.shut(); err != nil {
				return err
			}
			if w.depth == 0 {
				return nil // what follows is no part of the document
			}
		case '\\':
			if err := w.control(); err != nil {
				return err
			}
		case '\r', '\n', 0:
		default:
			w.char(c)
		}
	}
	return nil
}

func (w *walk) open() {
	w.flush()
	w.depth++
	w.skip = 0
	if len(w.stack) < maxGroups {
		w.stack = append(w.stack, w.now)
	} else {
		w.over++
	}
	w.star = false
	if w.now.dest == inInfo || w.now.dest == inAuthors {
		w.value.Reset()
	}
}

func (w *walk) shut() error {
	w.flush()
	w.skip = 0
	w.depth = max(w.depth-1, 0)
	var err error
	was := w.now
	if w.over > 0 {
		w.over--
	} else if n := len(w.stack); n > 0 {
		w.now, w.stack = w.stack[n-1], w.stack[:n-1]
	}
	if was.dest != w.now.dest || was.dest == inAuthors {
		err = w.leave(was.dest)
	}
	return err
}

// closeAll leaves the groups that a cut file never ended.
func (w *walk) closeAll() error {
	for w.depth > 0 && w.body.Err() == nil {
		if err := w.shut(); err != nil {
			return err
		}
	}
	return nil
}

// leave ends a destination.
func (w *walk) leave(d dest) error {
	switch d {
	case inValue:
		w.tag(w.name, w.value.String())
		w.value.Reset()
		if w.now.dest == inBody {
			w.body.Space()
		}
	case inAuthors:
		s := strings.TrimRight(w.value.String(), ";")
		if s != "Unknown" {
			w.tag("RevisionAuthor", s)
		}
		w.value.Reset()
	case inPicture, inObject:
		return w.file(d)
	case inBody, ignored, inInfo, inFonts:
	}
	return nil
}

// maxTags bounds the properties of one document.
const maxTags = 10_000

func (w *walk) tag(name, value string) {
	value = strings.TrimSpace(strings.ToValidUTF8(value, "\uFFFD"))
	if name != "" && value != "" && len(w.tags) < maxTags {
		w.tags = append(w.tags, detectors.Tag{Group: "RTF", Name: name, Value: value})
	}
}

// maxWord bounds a word of control; the specification says 32.
const maxWord = 64

// control reads a word or a sign of control behind its backslash.
func (w *walk) control() error {
	c, err := w.in.ReadByte()
	if err != nil {
		return nil // the end is told by whoever reads on
	}
	if c|0x20 < 'a' || c|0x20 > 'z' {
		return w.sign(c)
	}
	word := append(make([]byte, 0, 16), c)
	for c, err = w.in.ReadByte(); err == nil && (c|0x20 >= 'a' && c|0x20 <= 'z') && len(word) < maxWord; c, err = w.in.ReadByte() {
		word = append(word, c)
	}
	n, has, negative := 0, false, false
	if err == nil && c == '-' {
		negative = true
		c, err = w.in.ReadByte()
	}
	for ; err == nil && c >= '0' && c <= '9'; c, err = w.in.ReadByte() {
		has = true
		if n < 1<<30 {
			n = n*10 + int(c-'0')
		}
	}
	if err == nil && c != ' ' {
		_ = w.in.UnreadByte()
	}
	if negative {
		n = -n
	}
	return w.word(string(word), n, has)
}

// sign does what a sign of control asks for.
func (w *walk) sign(c byte) error {
	switch c {
	case '\'':
		var h [2]byte
		if _, err := io.ReadFull(w.in, h[:]); err != nil {
			return nil
		}
		if b, ok := unhex(h[0], h[1]); ok {
			w.char(b)
		}
	case '*':
		w.star = true
	case '~':
		w.rune('\u00a0')
	case '_':
		w.rune('-')
	case '-', ':', '|':
	case '\r', '\n':
		w.rune('\n')
	case '\\', '{', '}':
		w.char(c)
	}
	return nil
}

func unhex(a, b byte) (byte, bool) {
	x, y := nibble(a), nibble(b)
	return x<<4 | y, x < 16 && y < 16
}

func nibble(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}

// char takes a byte in the code page of its font.
func (w *walk) char(c byte) {
	if w.skip > 0 {
		w.skip--
		return
	}
	switch w.now.dest {
	case ignored, inInfo, inFonts:
	case inPicture, inObject:
		w.hexDigit(c)
	case inBody, inValue, inAuthors:
		w.bytes = append(w.bytes, c)
		if len(w.bytes) >= 32<<10 {
			w.flush()
		}
	}
}

// rune takes a character.
func (w *walk) rune(r rune) {
	w.flush()
	w.put(string(r))
}

// put takes text that is decoded.
func (w *walk) put(s string) {
	switch w.now.dest {
	case inBody:
		w.body.WriteString(strings.Repeat("\t", min(w.cells, 64)))
		w.cells = 0
		w.body.WriteString(s)
	case inValue, inAuthors:
		if w.value.Len() < 1<<20 {
			w.value.WriteString(s)
		}
	case ignored, inInfo, inFonts, inPicture, inObject:
	}
}

// row begins a table, which is a part of its own: its first line is what
// detectors take for headings.
func (w *walk) row() {
	w.flush()
	if w.now.dest != inBody {
		return
	}
	w.body.Line()
	if !w.inTable && w.body.End() == nil {
		w.body = media.NewRunning(w.v, "")
		w.inTable = true
	}
}

// endRow ends a row, whose last cell has ended before it.
func (w *walk) endRow() {
	w.cells = max(w.cells-1, 0)
	w.rune('\n')
}

// flush decodes the bytes so far.
func (w *walk) flush() {
	if len(w.bytes) == 0 {
		return
	}
	page := w.page
	if p := w.fonts[w.now.font]; p != nil {
		page = p
	}
	b, err := page.NewDecoder().Bytes(w.bytes)
	if err != nil {
		b = bytes.ToValidUTF8(w.bytes, []byte("\uFFFD"))
	}
	w.bytes = w.bytes[:0]
	w.put(string(b))
}

// unicode takes a character of \u, of which some come in halves.
func (w *walk) unicode(n int) {
	w.flush()
	r := rune(uint16(n))
	w.skip = w.now.uc
	switch {
	case utf16.IsSurrogate(r) && w.high == 0:
		w.high = r
		return
	case w.high != 0:
		r = utf16.DecodeRune(w.high, r)
		w.high = 0
	}
	if r == 0 {
		r = utf8.RuneError
	}
	w.put(string(r))
}

func (w *walk) hexDigit(c byte) {
	n := nibble(c)
	if n > 15 || len(w.hex) >= media.MaxBlock {
		return
	}
	if w.halfHex {
		w.hex = append(w.hex, w.nibble<<4|n)
	}
	w.nibble, w.halfHex = n, !w.halfHex
}

// file hands out a picture or an object.
func (w *walk) file(d dest) error {
	b := w.hex
	w.hex, w.halfHex = nil, false
	if len(b) == 0 {
		return nil
	}
	w.files++
	path := fmt.Sprintf("image[%d]", w.files)
	if d == inObject {
		path = fmt.Sprintf("object[%d]", w.files)
		b = object(b)
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// object is the data of an OLE 1.0 object ([MS-OLEDS] 2.2.5) without the names
// before it.
func object(b []byte) []byte {
	whole := b
	if len(b) < 12 {
		return b
	}
	b = b[8:]
	for range 3 { // class, topic, item
		if len(b) < 4 {
			return whole
		}
		n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
		if 4+n > int64(len(b)) {
			return whole
		}
		b = b[4+n:]
	}
	if len(b) <= 4 {
		return whole
	}
	n := int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 | int64(b[3])<<24
	return b[4 : 4+min(n, int64(len(b)-4))]
}
