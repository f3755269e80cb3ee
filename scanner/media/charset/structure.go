package charset

import (
	"bytes"
	"io"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// How a structured text is cut.
const (
	edge  = 2 << 10  // bytes of context on each side of a cut, longer than any value
	ahead = 16 << 10 // how far beyond the limit a record may end that is kept whole
)

// Structure finds the values in a text of one kind: a table, records, a log. It
// goes on from call to call.
type Structure interface {
	// Cells reads on at text[from:], which continues what the calls before have read,
	// until it is at limit or, where it can, a little farther: at the end of the
	// record that is there, or of the value. It gives where it stopped, more than from, and the cells of
	// what it read; they are used before the next call. What stands before from
	// is context. last says that text ends where the object does; limit is then
	// len(text), and it stops there.
	Cells(text []byte, from, limit int, last bool, into []detectors.Cell) (n int, cells []detectors.Cell)
}

// Walk reads a text to its end and hands it out as parts named "", each with the
// cells that s finds in it. It looks at no more than media.MaxText bytes.
func Walk(r io.ReaderAt, size int64, v media.Visitor, s Structure) error {
	memory, back := media.Borrow(v)
	most := 0 // cells of one part
	defer func() {
		clear(memory.Cells[:min(most, cap(memory.Cells))]) // what they name must not stay
		back()
	}()
	t, err := NewReaderIn(r, min(size, media.MaxText), memory)
	if err != nil {
		return err
	}
	if size > media.MaxText {
		v.Problem("", media.LimitBytes)
	}
	told := false
	for lead := 0; ; {
		last, err := t.Fill()
		if err != nil {
			return err
		}
		text := t.Text()
		if len(text) == lead { // nothing but the context of what was read
			return nil
		}
		if !told && isBinary(text) {
			told = true
			v.Problem("", media.Unsupported)
		}
		limit := len(text)
		if !last {
			limit = RuneStart(text, max(len(text)-ahead, lead+1))
		}
		n, cells := s.Cells(text, lead, limit, last, memory.Cells[:0])
		memory.Cells, most = cells, max(most, len(cells))
		if last {
			n = len(text)
		} else if n <= lead || n > len(text) {
			n = limit // no structure does that; it must not go on for ever
		}
		end := RuneStart(text, min(n+edge, len(text)))
		p := detectors.Part{Text: text[:end], Off: t.Off(), Lead: lead, Tail: end - n, Cells: cells}
		if err := v.Part(&p); err != nil || last {
			return err
		}
		from := RuneStart(text, max(n-edge, 0))
		lead = n - from
		t.Drop(from)
	}
}

// isBinary reports whether a text goes on as something else.
func isBinary(b []byte) bool {
	b = bytes.TrimRight(b, "\x00")
	n := bytes.Count(b, []byte{0})
	return n > 16 && n*100 > len(b)
}

// RuneStart moves i back to where a character of b begins.
func RuneStart(b []byte, i int) int {
	for i > 0 && i < len(b) && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}

// Sample is what an object that begins with head says, for Match: its text as
// far as head goes, decoded where that takes no guess. ok is false for what is no text. Text
// of 8 bits comes as it is; all but its ASCII is then not valid UTF-8.
func Sample(head []byte) (text []byte, ok bool) {
	cs, mark := media.TextCharset(head)
	switch cs {
	case media.UTF8, media.EightBit:
		return head[mark:], true
	case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
		text, _ = media.AppendWide(make([]byte, 0, 2*len(head)), head[mark:], cs, false)
		return text, true
	}
	return nil, false
}

// Lines counts the lines of a text that comes in pieces, so that a place in it
// has a number. Lines end with "\n", or with "\r" alone in a text without "\n".
type Lines struct {
	n     int // line ends before at
	at    int
	asked bool
	end   byte
}

// Start says that text[:from] is counted, in a text that the next calls are about.
func (l *Lines) Start(from int) { l.at = from }

// At is the line of text[pos], from 1. pos never decreases.
func (l *Lines) At(text []byte, pos int) int {
	if !l.asked {
		l.asked, l.end = true, '\n'
		if bytes.IndexByte(text, '\n') < 0 && bytes.IndexByte(text, '\r') >= 0 {
			l.end = '\r'
		}
	}
	if pos > l.at {
		l.n += bytes.Count(text[l.at:pos], []byte{l.end})
		l.at = pos
	}
	return l.n + 1
}
