// Package text reads whatever is text, in any encoding, and hands it out in
// overlapping chunks. It stands last in media/all: more special formats are
// asked before it.
// How it is decoded, and which offsets a chunk has, is said in package charset.
package text

import (
	"bytes"
	"io"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// How a long text is cut.
const (
	chunkSize = charset.ChunkSize // bytes of one part, with its edges
	edge      = 2 << 10           // bytes of context on each side, longer than any value
	slack     = 4 << 10           // how far a cut moves back to the end of a line or word
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "text" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Text",
		Types: "text/plain and every other text",
		Reads: "UTF-8, UTF-16, UTF-32, UTF-7 with a mark, ISO-2022-JP, EBCDIC, and the code pages of Europe and East Asia by guess",
		Not:   "text inside of binary files that no other format knows",
	}
}

// Match implements media.Format. Empty content is an empty text. A PDF is none,
// though it may begin like one: what it says is packed further on.
func (format) Match(head []byte) bool {
	if bytes.Contains(head[:min(len(head), 1<<10)], []byte("%PDF-")) {
		return false
	}
	cs, _ := media.TextCharset(head)
	return cs != media.Binary
}

// Walk implements media.Format. Each chunk is a part named "".
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	memory, back := media.Borrow(v)
	defer back()
	t, err := charset.NewReaderIn(r, min(size, media.MaxText), memory)
	if err != nil {
		return err
	}
	if size > media.MaxText {
		v.Problem("", media.LimitBytes)
	}
	var p detectors.Part
	told := false
	for lead := 0; ; {
		last, err := t.Fill()
		if err != nil {
			return err
		}
		buf := t.Text()
		if len(buf) == lead { // nothing but the edge of the chunk before
			return nil
		}
		if !told && isBinary(buf) { // such as a script that carries an archive
			told = true
			v.Problem("", media.Unsupported)
		}
		p = detectors.Part{Text: buf, Off: t.Off(), Lead: lead}
		if last {
			return v.Part(&p)
		}
		end := cut(buf, len(buf)-edge)
		p.Tail = len(buf) - end
		if err := v.Part(&p); err != nil {
			return err
		}
		from := runeStart(buf, end-edge)
		lead = end - from
		t.Drop(from)
	}
}

// isBinary reports whether a chunk is not text though the object began as one.
// Hardly any binary data is free of zeros, and texts have them at most behind
// their end.
func isBinary(b []byte) bool {
	b = bytes.TrimRight(b, "\x00")
	n := bytes.Count(b, []byte{0})
	return n > 16 && n*100 > len(b)
}

// cut is the best place at or a little before i to end a chunk: behind a line,
// else behind a word, else behind a character.
func cut(b []byte, i int) int {
	from := max(i-slack, edge)
	if n := bytes.LastIndexByte(b[from:i], '\n'); n >= 0 {
		return from + n + 1
	}
	if n := bytes.LastIndexAny(b[from:i], " \t\r"); n >= 0 {
		return from + n + 1
	}
	return runeStart(b, i)
}

// runeStart moves i back to where a character begins.
func runeStart(b []byte, i int) int {
	for i > 0 && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}
