package media

import (
	"errors"
	"io"
)

// Stored reads a stretch of the object in sequence, for decompressors, and
// remembers whether the source failed: what a decompressor says then is no
// damage of the object. One goroutine at a time uses it.
type Stored struct {
	r   *io.SectionReader
	err error
}

// NewStored reads n bytes from off on; fewer come where the content ends.
func NewStored(r io.ReaderAt, off, n int64) *Stored {
	return &Stored{r: io.NewSectionReader(r, off, n)}
}

// Read implements io.Reader.
func (s *Stored) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = err
	}
	return n, err
}

// Err is the failure of the source, nil if there was none.
func (s *Stored) Err() error { return s.err }
