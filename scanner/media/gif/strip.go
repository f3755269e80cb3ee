package gif

import (
	"bytes"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// Strip implements media.Stripper: comments and blocks of metadata go as a whole,
// or are written anew with what stays of them.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	c := &cutter{s: s}
	c.walk = walk{r: r, size: size, v: c}
	c.heard = c.look
	if err := c.file(); err != nil {
		return nil, err
	}
	if c.err != nil {
		return nil, c.err
	}
	return media.SortCuts(c.cuts)
}

// cutter notes what goes. It hears what the walk finds in each extension.
type cutter struct {
	walk
	s    media.Stripping
	cuts []media.Cut
	err  error

	path string // of the block in the extension at hand; "" without one
	data []byte // of a gathered one
	at   int64  // of one that is stored as it is
	n    int64
}

var _ media.Visitor = (*cutter)(nil)

// Part implements media.Visitor.
func (c *cutter) Part(*detectors.Part) error { return nil }

// Problem implements media.Visitor.
func (c *cutter) Problem(_ string, r media.Reason) {
	if c.err == nil && (r == media.Truncated || r == media.Corrupt || r == media.LimitSegs) {
		c.err = media.Stop("", r)
	}
}

// Nested implements media.Visitor.
func (c *cutter) Nested(path string, r *io.SectionReader) error {
	_, c.at, c.n = r.Outer()
	c.path, c.data = path, nil
	if path == "trailer" {
		return c.trailing()
	}
	if path != "xmp" {
		var err error
		c.data, err = media.ReadUpTo(r, 0, r.Size(), r.Size())
		return err
	}
	return nil
}

// look goes through the extension between start and end, which the walk has read.
func (c *cutter) look(label byte, start, end int64) error {
	whole := media.Cut{Off: start, N: min(end, c.size) - start}
	path := c.path
	tags := c.tags
	c.path, c.tags, c.held = "", c.tags[:0], 0
	if path == "" {
		for _, t := range tags {
			if c.s.Drop("text", t.Group, t.Name) && label == 0xfe {
				c.cuts = append(c.cuts, whole)
				return nil
			}
		}
		return nil
	}
	if c.s.Drop(path, "", "") {
		c.cuts = append(c.cuts, whole)
		return nil
	}
	if c.data == nil {
		cuts, err := c.s.Nested(path, io.NewSectionReader(c.r, c.at, c.n), nil)
		c.cuts = append(c.cuts, media.Shift(cuts, c.at)...)
		return err
	}
	cuts, err := c.s.Nested(path, io.NewSectionReader(bytes.NewReader(c.data), 0, int64(len(c.data))), nil)
	if err != nil || len(cuts) == 0 {
		return err
	}
	rest, err := media.Apply(c.data, cuts)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		c.cuts = append(c.cuts, whole)
		return nil
	}
	var out []byte
	for len(rest) > 0 {
		n := min(len(rest), 255)
		out = append(append(out, byte(n)), rest[:n]...)
		rest = rest[n:]
	}
	const head = 2 + 1 + 11 // introducer, label, length, name
	c.cuts = append(c.cuts, media.Cut{Off: start + head, N: whole.N - head, With: append(out, 0)})
	return nil
}

// trailing looks at what follows the picture.
func (c *cutter) trailing() error {
	at, n := c.at, c.n
	c.path = ""
	if c.s.Drop("trailer", "", "") {
		c.cuts = append(c.cuts, media.Cut{Off: at, N: n})
		return nil
	}
	cuts, err := c.s.Nested("trailer", io.NewSectionReader(c.r, at, n), nil)
	c.cuts = append(c.cuts, media.Shift(cuts, at)...)
	return err
}
