package media

import (
	"slices"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
)

// How running text is cut into parts.
const (
	runningChunk = 256 << 10 // bytes of one part, with its edges
	runningEdge  = 2 << 10   // bytes of context on each side, longer than any value
)

// Running collects decoded running text and hands it to a Visitor as parts of
// bounded size that overlap as detectors.Part says, so that a document of any
// length costs little memory and no value is lost at a cut. Invalid UTF-8
// becomes U+FFFD. After an error of the visitor nothing more is collected. One
// goroutine at a time uses it; End must be called.
type Running struct {
	v    Visitor
	path string
	buf  []byte
	lead int
	err  error

	pieces []detectors.Piece // of buf
}

// NewRunning starts a text whose parts are named path.
func NewRunning(v Visitor, path string) *Running { return &Running{v: v, path: path} }

// WriteString adds s as it is.
func (t *Running) WriteString(s string) {
	for len(s) > runningChunk {
		cut := runningChunk
		for cut > runningChunk-utf8.UTFMax && !utf8.RuneStart(s[cut]) {
			cut--
		}
		t.add(s[:cut])
		s = s[cut:]
	}
	t.add(s)
}

// WriteFrom adds s, which stands at off in the content as it is.
func (t *Running) WriteFrom(s string, off int64) {
	if len(s) <= runningChunk && utf8.ValidString(s) && t.err == nil && s != "" {
		n := len(t.buf)
		if last := len(t.pieces) - 1; last >= 0 && t.pieces[last].End == n && t.pieces[last].Off+int64(n-t.pieces[last].Start) == off {
			t.pieces[last].End += len(s)
		} else {
			t.pieces = append(t.pieces, detectors.Piece{Start: n, End: n + len(s), Off: off})
		}
	}
	t.WriteString(s)
}

// Write implements io.Writer.
func (t *Running) Write(p []byte) (int, error) {
	t.WriteString(string(p))
	return len(p), t.err
}

func (t *Running) add(s string) {
	if t.err != nil || s == "" {
		return
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	t.buf = append(t.buf, s...)
	if len(t.buf) >= runningChunk {
		t.flush()
	}
}

// Line ends the line that the text is in; at the start of one it does nothing.
func (t *Running) Line() {
	if n := len(t.buf); n > 0 && t.buf[n-1] != '\n' {
		t.add("\n")
	}
}

// Space parts two words, unless something does already.
func (t *Running) Space() {
	if n := len(t.buf); n > 0 && t.buf[n-1] != '\n' && t.buf[n-1] != ' ' && t.buf[n-1] != '\t' {
		t.add(" ")
	}
}

// Len is how many bytes are collected and not yet handed out for good. Between
// two calls that write it tells whether anything was written.
func (t *Running) Len() int { return len(t.buf) }

// Err is the error of the visitor, nil if there was none.
func (t *Running) Err() error { return t.err }

// End hands out what is left and gives the error of the visitor.
func (t *Running) End() error {
	if t.err == nil && len(t.buf) > t.lead {
		t.err = t.v.Part(&detectors.Part{Path: t.path, Text: t.buf, Pieces: t.pieces, Off: -1, Lead: t.lead})
	}
	t.buf, t.lead, t.pieces = nil, 0, nil
	return t.err
}

// flush hands out all but the last bytes, which are context now and are looked
// at again with what follows them.
func (t *Running) flush() {
	end := len(t.buf) - runningEdge
	for i := end; i > end-runningEdge && i > t.lead; i-- {
		if t.buf[i-1] == '\n' || t.buf[i-1] == ' ' {
			end = i
			break
		}
	}
	end = runningStart(t.buf, end)
	p := detectors.Part{Path: t.path, Text: t.buf, Pieces: t.pieces, Off: -1, Lead: t.lead, Tail: len(t.buf) - end}
	if t.err = t.v.Part(&p); t.err != nil {
		return
	}
	from := runningStart(t.buf, max(end-runningEdge, 0))
	t.lead = end - from
	t.buf = t.buf[:copy(t.buf, t.buf[from:])]
	t.pieces = slices.DeleteFunc(t.pieces, func(p detectors.Piece) bool { return p.End <= from })
	for i := range t.pieces {
		p := &t.pieces[i]
		if cut := from - p.Start; cut > 0 {
			p.Start, p.Off = from, p.Off+int64(cut)
		}
		p.Start, p.End = p.Start-from, p.End-from
	}
}

// runningStart moves i back to where a character begins.
func runningStart(b []byte, i int) int {
	for i > 0 && i < len(b) && !utf8.RuneStart(b[i]) {
		i--
	}
	return i
}
