// Package iwork reads the archives in which Pages, Numbers and Keynote keep their
// documents since 2013 (IWA): objects in the encoding of Protocol Buffers, packed by
// Snappy. Apple has not published the form; what is read of it is what public
// readers agree on: texts, tables, comments with their authors, links and the names
// of sheets and tables. Everything else in such a document, its pictures, previews
// and lists of properties, stands beside these archives in a ZIP.
package iwork

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/klauspost/compress/snappy"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "iwa" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Pages, Numbers, Keynote (IWA)",
		Types: "application/vnd.apple.pages, application/vnd.apple.numbers, application/vnd.apple.keynote",
		Reads: "texts, texts and numbers and dates of cells, comments, names of authors, links, names of sheets and tables",
		Not:   "which text stands in which cell; styles, formulas, what was undone; documents with a password",
	}
}

const (
	chunkHead = 4
	maxChunk  = 1 << 20 // bytes of a chunk; programs write 64 KiB
)

// Match implements media.Format: the head of a chunk, a run of bytes as they are,
// and the start of an object.
func (format) Match(head []byte) bool {
	if len(head) < chunkHead+8 || head[0] != 0 {
		return false
	}
	n := size24(head)
	b := head[chunkHead:]
	if n < 8 || n > maxChunk {
		return false
	}
	length, k := binary.Uvarint(b)
	if k <= 0 || length < 4 || length > maxChunk || len(b) < k+1 || b[k]&3 != 0 {
		return false
	}
	literal := int(b[k] >> 2)
	b = b[k+1:]
	if extra := literal - 59; extra > 0 { // its length stands in bytes of its own
		if extra > len(b) {
			return false
		}
		b = b[extra:]
	} else {
		b = b[:min(literal+1, len(b))]
	}
	info, k := binary.Uvarint(b)
	if k <= 0 || info < 4 || len(b) < k+1 || b[k] != 0x08 {
		return false
	}
	b = b[k+1:]
	_, k = binary.Uvarint(b)
	return k > 0 && len(b) > k && b[k] == 0x12
}

func size24(b []byte) int { return int(b[1]) | int(b[2])<<8 | int(b[3])<<16 }

// chunks unpacks one chunk after the other.
type chunks struct {
	r      io.Reader
	packed []byte
	plain  []byte
	left   []byte // of plain
}

// errChunk says that a chunk is none.
var errChunk = media.Stop("", media.Corrupt)

// Read implements io.Reader.
func (c *chunks) Read(p []byte) (int, error) {
	for len(c.left) == 0 {
		var head [chunkHead]byte
		if _, err := io.ReadFull(c.r, head[:]); err != nil {
			return 0, err // io.EOF between chunks is the end
		}
		n := size24(head[:])
		if head[0] != 0 || n > maxChunk {
			return 0, errChunk
		}
		if cap(c.packed) < n {
			c.packed = make([]byte, n)
		}
		c.packed = c.packed[:n]
		if _, err := io.ReadFull(c.r, c.packed); err != nil {
			return 0, io.ErrUnexpectedEOF
		}
		length, err := snappy.DecodedLen(c.packed)
		if err != nil || length > maxChunk || length > 64*n { // three bytes copy 64 at most
			return 0, errChunk
		}
		if c.plain, err = snappy.Decode(c.plain[:cap(c.plain)], c.packed); err != nil {
			return 0, errChunk
		}
		c.left = c.plain
	}
	n := copy(p, c.left)
	c.left = c.left[n:]
	return n, nil
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := media.NewStored(r, 0, size)
	in, err := media.NewInflater(media.BudgetOf(v), bufio.NewReader(src), func(r io.Reader) (io.Reader, error) { return &chunks{r: r}, nil })
	if err != nil {
		return err
	}
	w := &walk{v: v, in: bufio.NewReader(in), text: media.NewRunning(v, ""), rows: cells.NewRows(v, "cells")}
	err = w.objects()
	if src.Err() != nil {
		return src.Err()
	}
	if w.err != nil {
		return w.err
	}
	if err != nil {
		v.Problem("", media.ReasonOf(err))
	}
	if err := w.text.End(); err != nil {
		return err
	}
	if err := w.rows.Flush(); err != nil {
		return err
	}
	if len(w.tags) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "info", Tags: w.tags, Off: -1})
}

// The limits of one archive.
const (
	maxInfo     = 1 << 20  // bytes of what an object says of itself
	maxMessages = 1 << 20  // of one object
	maxMessage  = 64 << 20 // bytes of one
	maxNesting  = 16       // messages inside of messages
	maxTags     = 10_000
)

// walk is the state of one Walk.
type walk struct {
	v    media.Visitor
	in   *bufio.Reader
	text *media.Running
	rows *cells.Rows
	tags []detectors.Tag
	err  error // of the visitor
	buf  bytes.Buffer
}

// objects reads one object after the other: its length, what it says of itself, and
// its messages.
func (w *walk) objects() error {
	for w.err == nil {
		n, err := binary.ReadUvarint(w.in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || n > maxInfo {
			return orCorrupt(err)
		}
		info, err := w.take(int64(n))
		if err != nil {
			return err
		}
		var messages [][]byte
		each(bytes.Clone(info), func(f field) {
			if f.number == 2 && f.bytes != nil && len(messages) < maxMessages {
				messages = append(messages, f.bytes)
			}
		})
		for _, m := range messages {
			if err := w.message(m); err != nil {
				return err
			}
		}
	}
	return nil
}

func orCorrupt(err error) error {
	if err != nil {
		return err
	}
	return errChunk
}

// take reads n bytes, which are valid until the next call.
func (w *walk) take(n int64) ([]byte, error) {
	w.buf.Reset()
	m, err := io.CopyN(&w.buf, w.in, n)
	if m < n && errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return w.buf.Bytes(), err
}

// message reads one message: info says its type and its length.
func (w *walk) message(info []byte) error {
	var kind, length uint64
	each(info, func(f field) {
		switch f.number {
		case 1:
			kind = f.varint
		case 3:
			length = f.varint
		}
	})
	read, known := kinds[kind]
	if !known || length > maxMessage {
		if known {
			w.v.Problem("", media.LimitBytes)
		}
		m, err := io.CopyN(io.Discard, w.in, int64(min(length, 1<<62)))
		if uint64(m) < length && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	b, err := w.take(int64(length))
	read(w, b)
	if w.err == nil {
		w.err = w.text.Err()
	}
	return err
}
