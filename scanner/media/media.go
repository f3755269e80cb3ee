// Package media is the contract between the scanner and the container formats:
// JPEG, TIFF, PNG, text and so on, one package each below this one, listed in
// media/all. A format reads only what holds metadata or text and hands it out
// as detectors.Part values; what it finds embedded it hands back with Nested,
// and whoever recognises that walks it. Formats never import each other.
package media

import (
	"errors"
	"fmt"
	"io"

	"habeas/detectors"
)

// HeadSize is how many leading bytes Match may look at.
const HeadSize = 4 << 10

// Format is one container family. Implementations hold no state: methods are
// called from many goroutines.
type Format interface {
	// Name is short and lower case: "jpeg". It starts the path of every part.
	Name() string
	// Match reports whether head, at most the first HeadSize bytes, begins this
	// format. It looks at content only, never at a name. Formats are asked in the
	// order of media/all, the first that matches walks.
	Match(head []byte) bool
	// Walk reads the container through r and gives what it holds to v, in file
	// order where it can. It allocates by bytes present, never by a length that
	// the file claims, and ends on every input. An error of v is returned as it
	// is, at once. Damage does not stop a walk that can go on: it is told to
	// v.Problem. A returned *Problem does the same for the walk as a whole; any
	// other error is a failed read.
	Walk(r io.ReaderAt, size int64, v Visitor) error
}

// Describer is what a Format says of itself for `habeas formats` and the README.
type Describer interface {
	Describe() Description
}

// Description is a row of the table of formats.
type Description struct {
	Title string // "JPEG"
	Types string // MIME types it claims, comma separated
	Reads string // blocks that are read, in plain words
	Not   string // blocks that are not, in plain words; empty if none is known
}

// Visitor receives what a walk finds. One goroutine at a time calls it.
type Visitor interface {
	// Part takes a decoded piece. Its Path is relative to the format ("com",
	// "" for the container's own block); the caller may reuse p and everything
	// it points to after the call.
	Part(p *detectors.Part) error
	// Nested takes embedded content to be sniffed and walked under the same
	// budget. A path that ends in exif, xmp, iptc or irb names a metadata block:
	// parts inside it keep that path. For other content the walker's name is
	// appended: "ifd1/thumbnail/jpeg".
	Nested(path string, r *io.SectionReader) error
	// Problem records that something at path could not be read in full. The
	// object is then at most partial.
	Problem(path string, r Reason)
}

// Reason is why something was not read in full, in the vocabulary of coverage.
type Reason string

const (
	Truncated   Reason = "truncated"   // the file ends before its structure does
	Corrupt     Reason = "corrupt"     // the structure contradicts itself
	Encrypted   Reason = "encrypted"   // needs a password
	Unsupported Reason = "unsupported" // a variant or type that we can't read
	Invalid     Reason = "invalid_value"
	LimitBytes  Reason = "limit.bytes"   // more bytes than one object may cost
	LimitRatio  Reason = "limit.ratio"   // inflates too far
	LimitDepth  Reason = "limit.depth"   // nested too deep
	LimitCount  Reason = "limit.entries" // too many entries, members, IFDs, boxes
	LimitSegs   Reason = "limit.segments"
	LimitEntity Reason = "limit.entity" // XML entities, which are never expanded
	LimitPixels Reason = "limit.pixels" // declares more pixels than are ever decoded
	LimitTime   Reason = "limit.time"
)

// Problem is a Reason as an error. It carries no text from the file.
type Problem struct {
	Path   string // relative to the format that returns it
	Reason Reason
}

func (p *Problem) Error() string { return fmt.Sprintf("%s at %q", p.Reason, p.Path) }

// Stop is the Problem that ends a walk, for a return statement.
func Stop(path string, r Reason) error { return &Problem{Path: path, Reason: r} }

// ReadFull reads len(b) bytes at off. Content that ends too early gives
// Truncated, any other failure comes back unchanged: it is the source's.
func ReadFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return Stop("", Truncated)
	default:
		return err
	}
}

// ReadUpTo reads n bytes at off or as many as there are below size, and never
// allocates more than are present. It fails only where the source does.
func ReadUpTo(r io.ReaderAt, off, n, size int64) ([]byte, error) {
	return ReadUpToIn(nil, r, off, n, size)
}

// ReadUpToIn is ReadUpTo into b, if it has room enough: what it held is lost.
func ReadUpToIn(b []byte, r io.ReaderAt, off, n, size int64) ([]byte, error) {
	if off < 0 || n <= 0 || off >= size {
		return nil, nil
	}
	if n = min(n, size-off); int64(cap(b)) < n {
		b = make([]byte, n)
	}
	b = b[:n]
	m, err := r.ReadAt(b, off)
	if err != nil && m < len(b) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return b[:m], err
	}
	return b[:m], nil
}
