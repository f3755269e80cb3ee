package scanner

import (
	"errors"
	"io"

	"habeas/scanner/media"
	"habeas/sources"
)

// counted is the content of an object as the formats see it. The first failed
// read is kept: a format may take it for damage, the engine must not.
type counted struct {
	w    *walk
	r    io.ReaderAt
	size int64
	read int64 // bytes so far
	err  error // of the first failed read; every later one gives it again

	reads int // so far
}

// ReadAt reads within the size that the content was opened with. Content that
// ends before it has changed.
func (c *counted) ReadAt(b []byte, off int64) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if off < 0 || off >= c.size {
		return 0, io.EOF
	}
	short := int64(len(b)) > c.size-off
	if short {
		b = b[:c.size-off]
	}
	if err := c.limit(int64(len(b))); err != nil {
		return 0, err
	}
	n, err := c.r.ReadAt(b, off)
	switch {
	case n == len(b) && short:
		return n, io.EOF
	case n == len(b):
		return n, nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		c.err = sources.ErrChanged
	default:
		c.err = err
	}
	return n, c.err
}

// limit stops an object that costs too many reads or too much time. A format
// that swallows the Problem meets the stop at its next call of the Visitor.
func (c *counted) limit(n int64) error {
	w := c.w
	if err := w.cancelled(); err != nil {
		c.err = err
		return err
	}
	reason := media.Reason("")
	c.reads++
	switch c.read += n; {
	case c.read > w.limits.Reads:
		reason = media.LimitBytes
	case (n > quick || c.reads%clockEvery == 0) && w.overtime():
		reason = media.LimitTime
	default:
		return nil
	}
	_ = w.stop("", string(reason))
	return media.Stop("", reason)
}

// clockEvery is after how many small reads the clock is asked: it costs more than
// one of them.
const clockEvery = 16

// baseOf is where the bytes of r start in c; -1 if r is no window on c.
func (c *counted) baseOf(r *io.SectionReader) int64 {
	base := int64(0)
	for range media.MaxDepth * 4 {
		outer, off, _ := r.Outer()
		base += off
		switch o := outer.(type) {
		case *counted:
			if o == c {
				return base
			}
			return -1
		case *io.SectionReader:
			r = o
		default:
			return -1
		}
	}
	return -1
}
