package bmp

import (
	"encoding/binary"
	"fmt"
	"io"

	"habeas/scanner/media"
)

// NewIcon gives the format of icons and cursors.
func NewIcon() media.Format { return icon{} }

type icon struct{}

var _ media.Format = icon{}
var _ media.Describer = icon{}

// Name implements media.Format.
func (icon) Name() string { return "ico" }

// Describe implements media.Describer.
func (icon) Describe() media.Description {
	return media.Description{
		Title: "ICO, CUR",
		Types: "image/vnd.microsoft.icon",
		Reads: "each picture that is a PNG; those that are bitmaps hold no metadata",
	}
}

// Match implements media.Format: two zeros, 1 or 2, how many, and a first entry
// that makes sense.
func (icon) Match(head []byte) bool {
	if len(head) < 22 || head[0] != 0 || head[1] != 0 || head[2] != 1 && head[2] != 2 || head[3] != 0 {
		return false
	}
	le := binary.LittleEndian
	planes, bits := le.Uint16(head[10:]), le.Uint16(head[12:])
	if head[2] == 1 && (planes > 4 || bits > 32) { // of a cursor they are where its tip is
		return false
	}
	return le.Uint16(head[4:]) > 0 && (head[9] == 0 || head[9] == 255) && le.Uint32(head[14:]) > 0
}

const (
	iconHead  = 6
	iconEntry = 16
	maxIcons  = 1_000 // that are looked at; systems have up to some 20 in a file
)

// Walk implements media.Format.
func (icon) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := walk{r: r, size: size, v: v}
	h, err := media.ReadUpTo(r, 0, iconHead, size)
	if err != nil {
		return err
	}
	if len(h) < iconHead {
		return media.Stop("", media.Truncated)
	}
	count := int64(binary.LittleEndian.Uint16(h[4:]))
	table, err := media.ReadUpTo(r, iconHead, min(count, maxIcons)*iconEntry, size)
	if err != nil {
		return err
	}
	switch data := iconHead + count*iconEntry; {
	case data > size:
		v.Problem("", media.Corrupt)
	case count > maxIcons:
		v.Problem("", media.LimitCount)
	}
	for n := 1; len(table) >= iconEntry; n++ {
		if err := w.icon(fmt.Sprintf("image[%d]", n), table, iconHead+count*iconEntry); err != nil {
			return err
		}
		table = table[iconEntry:]
	}
	return nil
}

// icon looks at the picture that an entry points at; data is where pictures can
// begin.
func (w *walk) icon(path string, entry []byte, data int64) error {
	n, off := int64(binary.LittleEndian.Uint32(entry[8:])), int64(binary.LittleEndian.Uint32(entry[12:]))
	switch {
	case off < data:
		w.v.Problem("", media.Corrupt)
		return nil
	case off > w.size || n > w.size-off:
		w.v.Problem(path, media.Truncated)
	}
	b, err := media.ReadUpTo(w.r, off, 40, w.size)
	if err != nil || len(b) < 8 {
		return err
	}
	if string(b[:8]) == "\x89PNG\r\n\x1a\n" {
		return w.v.Nested(path, io.NewSectionReader(w.r, off, min(n, w.size-off)))
	}
	if h, ok := readHeader(b); ok && headerSizes[binary.LittleEndian.Uint32(b)] {
		w.check(path, h)
	}
	return nil
}
