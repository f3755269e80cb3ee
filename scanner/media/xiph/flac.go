package xiph

import (
	"io"

	"habeas/scanner/media"
)

// NewFLAC gives the format FLAC (RFC 9639).
func NewFLAC() media.Format { return flac{} }

type flac struct{}

var _ media.Format = flac{}
var _ media.Describer = flac{}

// Name implements media.Format.
func (flac) Name() string { return "flac" }

// Describe implements media.Describer.
func (flac) Describe() media.Description {
	return media.Description{
		Title: "FLAC",
		Types: "audio/flac",
		Reads: "comments and pictures",
		Not:   "cue sheets, blocks of applications",
	}
}

// Match implements media.Format.
func (flac) Match(head []byte) bool { return len(head) >= 4 && string(head[:4]) == "fLaC" }

// Walk implements media.Format.
func (flac) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &reader{v: v}
	win := media.Window{R: r, Size: size}
	for off, n := int64(4), 0; ; n++ {
		if n == media.MaxSegments {
			v.Problem("", media.LimitSegs)
			return nil
		}
		h, err := win.At(off, 4)
		if err != nil {
			return err
		}
		if len(h) < 4 {
			v.Problem("", media.Truncated)
			return nil
		}
		kind, last := h[0]&0x7f, h[0]&0x80 != 0
		length := int64(h[1])<<16 | int64(h[2])<<8 | int64(h[3])
		if kind == 127 || h[0] == 0xff {
			v.Problem("", media.Corrupt) // the start of sound where a block should be
			return nil
		}
		off += 4
		lost := media.Corrupt
		if length > size-off {
			v.Problem("", media.Truncated)
			length, last, lost = size-off, true, media.Truncated
		}
		if err := w.block(r, kind, off, length, lost); err != nil || last {
			return err
		}
		off += length
	}
}

// block reads a metadata block that holds something: 4 comments, 6 a picture.
func (r *reader) block(src io.ReaderAt, kind byte, off, n int64, lost media.Reason) error {
	switch {
	case n <= 0:
	case kind == 4:
		d, err := media.ReadUpTo(src, off, n, off+n)
		if err != nil {
			return err
		}
		return r.comments(d, lost)
	case kind == 6:
		return r.picture(src, off, n)
	}
	return nil
}
