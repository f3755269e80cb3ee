package main

import (
	"bytes"
	"context"

	"habeas/reports"
	"habeas/scanner"
	"habeas/sources"
)

// lineFinder counts the lines of objects that are texts, for tools that show
// findings beside lines. It remembers where it is: findings come in order of place.
type lineFinder struct {
	ctx  context.Context
	srcs map[string]source

	source, key, version string          // of the current object
	content              sources.Content // nil before the first, and if it can't be read
	tried                bool
	at                   int64 // bytes before which lines are counted
	line                 int   // of the byte at at, from 1; 0 for an object without lines
	buf                  []byte
}

// maxLineFile is how far into an object lines are counted.
const maxLineFile = 64 << 20

func newLineFinder(ctx context.Context, srcs []source) *lineFinder {
	l := &lineFinder{ctx: ctx, srcs: map[string]source{}, buf: make([]byte, 64<<10)}
	for _, s := range srcs {
		if s.s3 == nil { // a bucket has no lines that anybody looks at, and reading it costs
			l.srcs[s.Name()] = s
		}
	}
	return l
}

// lines gives the first and last line of a byte range, from 1; false if the object
// is no text, changed since the scan, or can't be read.
func (l *lineFinder) lines(e *reports.Entry, start, end int64) (first, last int, ok bool) {
	if end <= start || end > maxLineFile || !l.open(e) {
		return 0, 0, false
	}
	if first, ok = l.lineOf(start); !ok {
		return 0, 0, false
	}
	last, ok = l.lineOf(end - 1)
	return first, last, ok
}

// open makes e the current object.
func (l *lineFinder) open(e *reports.Entry) bool {
	if l.tried && l.source == e.Source && l.key == e.Key && l.version == e.Version {
		return l.line > 0
	}
	l.close()
	l.source, l.key, l.version, l.tried, l.line = e.Source, e.Key, e.Version, true, 0
	src, ok := l.srcs[e.Source]
	if !ok {
		return false
	}
	content, err := scanner.OpenRecorded(l.ctx, src.Source, e)
	if err != nil {
		return false
	}
	l.content = content
	n, _ := content.ReadAt(l.buf, 0)
	l.at, l.line = 0, 1
	// In UTF-16 and UTF-32 a line end is not the byte of one; nor has a picture lines.
	if bytes.IndexByte(l.buf[:n], 0) >= 0 {
		l.line = 0
	}
	return l.line > 0
}

func (l *lineFinder) lineOf(pos int64) (int, bool) {
	if pos < l.at {
		l.at, l.line = 0, 1
	}
	for l.at < pos {
		n, _ := l.content.ReadAt(l.buf[:min(int64(len(l.buf)), pos-l.at)], l.at)
		if n == 0 { // shorter than it was, or out of reach: no line is better than a wrong one
			return 0, false
		}
		l.line += bytes.Count(l.buf[:n], []byte{'\n'})
		l.at += int64(n)
	}
	return l.line, true
}

func (l *lineFinder) close() {
	if l.content != nil {
		_ = l.content.Close() // nothing was written to it
		l.content = nil
	}
}
