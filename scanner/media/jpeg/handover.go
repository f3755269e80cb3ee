package jpeg

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// handOver gives out what was found.
func (w *walk) handOver() error {
	for i := range w.blocks {
		b := &w.blocks[i]
		if len(b.pieces) == 0 {
			continue // stands for those over the limit
		}
		var err error
		switch b.kind {
		case comment:
			err = w.comment(b)
		case extendedBlock:
			err = w.handExtended()
		case infoBlock:
			err = w.app12(b.pieces[0])
		case flirBlock:
			err = w.flir(b)
		default:
			err = w.nest(paths[b.kind], b.pieces)
		}
		if err != nil {
			return err
		}
	}
	return w.copies()
}

// nest hands over a payload: as it stands in the file if it is in one piece,
// else joined in memory.
func (w *walk) nest(path string, pieces []piece) error {
	switch len(pieces) {
	case 0:
		return nil
	case 1:
		return w.v.Nested(path, io.NewSectionReader(w.r, pieces[0].off, pieces[0].n))
	}
	b, err := w.join(path, pieces)
	if err != nil {
		return err
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// join reads pieces one after the other. Segments don't overlap, so the sum is at
// most the size of the file.
func (w *walk) join(path string, pieces []piece) ([]byte, error) {
	total := int64(0)
	for _, p := range pieces {
		total += p.n
	}
	if total > media.MaxBlock {
		w.v.Problem(path, media.LimitBytes)
		total = media.MaxBlock
	}
	b := make([]byte, 0, min(total, w.size))
	for _, p := range pieces {
		n := int(min(p.n, int64(cap(b)-len(b))))
		if n <= 0 {
			break
		}
		err := media.ReadFull(w.r, b[len(b):len(b)+n], p.off)
		if _, short := err.(*media.Problem); short {
			w.problem(path, media.Truncated)
			break
		}
		if err != nil {
			return nil, err
		}
		b = b[:len(b)+n]
	}
	return b, nil
}

// comment gives a COM segment as text. The standard names no encoding: UTF-8 if
// it is that, else Windows-1252.
func (w *walk) comment(c *block) error {
	raw, err := w.join(paths[comment], c.pieces)
	if err != nil {
		return err
	}
	b := bytes.TrimRight(raw, "\x00 \t\r\n")
	if len(b) == 0 {
		return nil
	}
	off := c.pieces[0].off
	if len(c.pieces) > 1 {
		off = -1 // segment headers stand between
	}
	if !utf8.Valid(b) {
		b, off = utf8Text(b), -1
	}
	return w.v.Part(&detectors.Part{Path: paths[comment], Text: b, Off: off})
}

// utf8Text takes b as UTF-8 if it is that, else as Windows-1252.
func utf8Text(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return bytes.ToValidUTF8(b, []byte("\uFFFD"))
	}
	return s
}
