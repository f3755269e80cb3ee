// Package sevenzip walks 7z archives (7zFormat.txt of the LZMA SDK). The headers
// are read here because no count and no size of a window in them may decide how
// much memory is taken. Members are nested as "member/NAME"; those of
// more than media.MaxBlock are unfolded while they are read. Of damaged ones comes
// what stands before the damage.
package sevenzip

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"

	"habeas/scanner/media"
)

const (
	magic      = "7z\xbc\xaf\x27\x1c"
	headerSize = 32
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "7z" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "7z",
		Types: "application/x-7z-compressed",
		Reads: "every member, to 1 GiB of all together (copy, LZMA, LZMA2, deflate, bzip2, zstd, delta); their names",
		Not:   "encrypted members and headers, PPMd, BCJ2; filters for machine code are not undone",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{r: r, size: size, v: v, budget: media.BudgetOf(v)}
	b, err := w.header()
	if err != nil || b == nil {
		return err
	}
	c := &cursor{b: b}
	a := c.archive()
	if c.bad || c.many {
		reason := media.Corrupt
		if c.many {
			reason = media.LimitCount
		}
		v.Problem("", reason)
	}
	names := media.NewRunning(v, "names")
	for i := range a.files {
		names.WriteString(a.files[i].name)
		names.Line()
	}
	if err := names.End(); err != nil {
		return err
	}
	return w.folders(a)
}

// walk is the state of one Walk.
type walk struct {
	r      io.ReaderAt
	size   int64
	v      media.Visitor
	budget *media.Budget
}

// header reads the header of the archive, which stands at its end and may itself
// be packed, more than once. It is nil where there is none.
func (w *walk) header() ([]byte, error) {
	h, err := media.ReadUpTo(w.r, 0, headerSize, w.size)
	if err != nil {
		return nil, err
	}
	if len(h) < headerSize {
		return nil, media.Stop("", media.Truncated)
	}
	if crc32.ChecksumIEEE(h[12:32]) != binary.LittleEndian.Uint32(h[8:]) {
		w.v.Problem("", media.Corrupt)
	}
	off, n := binary.LittleEndian.Uint64(h[12:]), binary.LittleEndian.Uint64(h[20:])
	if n == 0 {
		return nil, nil // an archive of nothing
	}
	left := uint64(max(w.size-headerSize, 0))
	if off > left || n > left-off {
		return nil, media.Stop("", media.Truncated)
	}
	if n > media.MaxBlock {
		return nil, media.Stop("", media.LimitBytes)
	}
	b, err := media.ReadUpTo(w.r, headerSize+int64(off), int64(n), w.size)
	if err != nil {
		return nil, err
	}
	if crc32.ChecksumIEEE(b) != binary.LittleEndian.Uint32(h[28:]) {
		w.v.Problem("", media.Corrupt)
	}
	for range media.MaxDepth {
		if len(b) == 0 || b[0] != idEncodedHeader {
			break
		}
		c := &cursor{b: b[1:]}
		var a archive
		c.streams(&a)
		if c.bad || len(a.folders) == 0 {
			return nil, media.Stop("", media.Corrupt)
		}
		in, src, err := w.open(&a.folders[0], a.packed)
		if err != nil {
			return nil, err
		}
		b, err = media.ReadBlock(io.LimitReader(in, a.folders[0].size()))
		if src.Err() != nil {
			return nil, src.Err()
		}
		if err != nil {
			return nil, &media.Problem{Reason: media.ReasonOf(err)}
		}
	}
	if len(b) == 0 || b[0] != idHeader {
		return nil, media.Stop("", media.Corrupt)
	}
	return b[1:], nil
}

// folders unfolds one folder after the other: a folder is a stream of members.
func (w *walk) folders(a *archive) error {
	next := 0
	file := func() *file { // the next member with content
		for ; next < len(a.files); next++ {
			if !a.files[next].empty {
				next++
				return &a.files[next-1]
			}
		}
		return nil
	}
	for i := range a.folders {
		f := &a.folders[i]
		in, src, err := w.open(f, a.packed)
		told, before := err != nil, int64(0)
		if p, ok := errors.AsType[*media.Problem](err); ok {
			w.v.Problem("", p.Reason)
		} else if err != nil {
			return err
		}
		for _, s := range f.parts {
			m := file()
			if m == nil {
				break
			}
			if told {
				continue
			}
			if s.size > media.MaxBlock && s.size <= media.MaxInflated {
				told, err = w.long(m, s, in, src, func() (io.Reader, error) { return w.reopen(f, a.packed, before) })
			} else {
				told, err = w.member(m, s, in, src)
			}
			if err != nil {
				return err
			}
			before += s.size
		}
	}
	return nil
}

// member reads one member. lost tells that what follows it in its folder can't
// be read.
func (w *walk) member(m *file, s part, in io.Reader, src *media.Stored) (lost bool, err error) {
	path := "member/" + m.name
	b, err := media.ReadBlock(io.LimitReader(in, min(s.size, media.MaxBlock)))
	if src.Err() != nil {
		return true, src.Err()
	}
	switch {
	case err != nil:
		w.v.Problem(path, media.ReasonOf(err))
		lost = true
	case int64(len(b)) < min(s.size, media.MaxBlock):
		w.v.Problem(path, media.Truncated)
		lost = true
	case s.size > media.MaxBlock:
		w.v.Problem(path, media.LimitBytes)
		if _, err := io.CopyN(io.Discard, in, s.size-media.MaxBlock); err != nil {
			lost = true
		}
		if src.Err() != nil {
			return true, src.Err()
		}
	case s.checked && crc32.ChecksumIEEE(b) != s.crc:
		w.v.Problem(path, media.Corrupt)
	}
	if len(b) == 0 {
		return lost, nil
	}
	return lost, w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// reopen gives what a folder unfolds to behind the first bytes before.
func (w *walk) reopen(f *folder, packed []stretch, before int64) (io.Reader, error) {
	in, _, err := w.open(f, packed)
	if err != nil {
		return nil, err
	}
	_, err = io.CopyN(io.Discard, in, before)
	return in, err
}

// long reads a member that is too long to be held, without a look at its checksum:
// from in, and where the reader of the member goes back, from the start of the folder
// again. lost tells that what follows it in its folder can't be read.
func (w *walk) long(m *file, s part, in io.Reader, src *media.Stored, reopen func() (io.Reader, error)) (lost bool, err error) {
	path := "member/" + m.name
	first := &io.LimitedReader{R: in, N: s.size}
	opened := false
	unpacked := media.NewUnpacked(s.size, func() (io.Reader, error) {
		if !opened {
			opened = true
			return first, nil
		}
		return reopen()
	})
	if err := w.v.Nested(path, unpacked.Section()); err != nil {
		return true, err
	}
	_, err = io.Copy(io.Discard, first) // what was not read of it
	switch {
	case src.Err() != nil:
		return true, src.Err()
	case err != nil:
		w.v.Problem(path, media.ReasonOf(err))
		return true, nil
	case first.N > 0:
		w.v.Problem(path, media.Truncated)
		return true, nil
	}
	return false, nil
}
