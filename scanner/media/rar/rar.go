// Package rar reads RAR archives of the formats 1.5 to 7 in one volume. Members
// are unfolded one after the other, as solid archives need it, and nested as
// "member/NAME", at most media.MaxBlock of each.
package rar

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"

	"github.com/nwaples/rardecode/v2"

	"habeas/scanner/media"
)

const magic = "Rar!\x1a\x07"

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "rar" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "RAR",
		Types: "application/vnd.rar",
		Reads: "every member, to 64 MiB of each; their names",
		Not:   "encrypted members, further volumes, comments, windows over 64 MiB",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool { return bytes.HasPrefix(head, []byte(magic)) }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	src := media.NewStored(r, 0, size)
	m := &members{}
	in, err := media.NewInflater(media.BudgetOf(v), src, func(r io.Reader) (io.Reader, error) {
		var err error
		// No other volume is ever opened: there is no file system to look into.
		m.a, err = rardecode.NewReader(r, rardecode.MaxDictionarySize(media.MaxBlock), rardecode.FileSystem(nothing{}), rardecode.BufferSize(64<<10))
		return m, err
	})
	if src.Err() != nil {
		return src.Err()
	}
	if err != nil {
		return &media.Problem{Reason: reason(err)}
	}
	names := media.NewRunning(v, "names")
	if err := walk(m, in, src, names, v); err != nil {
		return err
	}
	return names.End()
}

// walk goes from member to member.
func walk(m *members, in *media.Inflater, src *media.Stored, names *media.Running, v media.Visitor) error {
	for n := 0; ; n++ {
		h, err := m.next()
		if src.Err() != nil {
			return src.Err()
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil && n == media.MaxMembers {
			err = media.Stop("", media.LimitCount)
		}
		if err != nil {
			v.Problem("", reason(err))
			return nil
		}
		name := strings.ToValidUTF8(h.Name, "\uFFFD")
		names.WriteString(name)
		names.Line()
		path := "member/" + name
		switch {
		case h.IsDir || h.LinkType != rardecode.LinkTypeNone:
			continue
		case h.Encrypted:
			v.Problem(path, media.Encrypted)
			continue
		}
		b, err := media.ReadBlock(one{in, m})
		if src.Err() != nil {
			return src.Err()
		}
		if err != nil {
			v.Problem(path, reason(err))
		}
		if len(b) > 0 {
			if err := v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))); err != nil {
				return err
			}
		}
		if p, ok := errors.AsType[*media.Problem](err); ok && p.Reason == media.LimitRatio {
			return nil // and all that follows is behind it
		}
	}
}

// members reads the members of an archive one after the other. To the Inflater,
// which counts over all of them, it is one reader: that a member ends is told
// beside it.
type members struct {
	a     *rardecode.Reader
	ended bool
	err   error // of the member
}

func (m *members) next() (*rardecode.FileHeader, error) {
	m.ended, m.err = false, nil
	return m.a.Next()
}

// Read implements io.Reader.
func (m *members) Read(p []byte) (int, error) {
	if m.ended {
		return 0, nil
	}
	n, err := m.a.Read(p)
	if err != nil {
		m.ended, m.err = true, err
	}
	return n, nil
}

// one is the reader of one member.
type one struct {
	in *media.Inflater
	m  *members
}

// Read implements io.Reader.
func (o one) Read(p []byte) (int, error) {
	if o.m.ended {
		return 0, o.m.err
	}
	n, err := o.in.Read(p)
	if err == nil && n == 0 && o.m.ended {
		err = o.m.err
	}
	return n, err
}

// reason says what an error of the library is in the vocabulary of coverage.
func reason(err error) media.Reason {
	for _, r := range []struct {
		err    error
		reason media.Reason
	}{
		{rardecode.ErrArchiveEncrypted, media.Encrypted},
		{rardecode.ErrArchivedFileEncrypted, media.Encrypted},
		{rardecode.ErrBadPassword, media.Encrypted},
		{rardecode.ErrMultiVolume, media.Truncated},
		{rardecode.ErrDictionaryTooLarge, media.LimitBytes},
		{rardecode.ErrUnknownVersion, media.Unsupported},
		{rardecode.ErrUnsupportedDecoder, media.Unsupported},
		{rardecode.ErrUnknownDecoder, media.Unsupported},
		{rardecode.ErrUnexpectedArcEnd, media.Truncated},
		{rardecode.ErrShortFile, media.Truncated},
		{rardecode.ErrDecoderOutOfData, media.Truncated},
		{fs.ErrNotExist, media.Truncated}, // a volume that is not here
		{rardecode.ErrFileNameRequired, media.Truncated},
	} {
		if errors.Is(err, r.err) {
			return r.reason
		}
	}
	return media.ReasonOf(err)
}

// nothing is a file system without files.
type nothing struct{}

// Open implements fs.FS.
func (nothing) Open(string) (fs.File, error) { return nil, fs.ErrNotExist }
