package media

import (
	"errors"
	"hash/crc32"
	"io"
	"sort"
)

// Chunks are bytes that were read into memory, in pieces: what grows need not be
// copied to a larger place. They may be read from many goroutines.
type Chunks struct {
	pieces [][]byte
	starts []int64 // of the pieces
	size   int64
}

var _ io.ReaderAt = (*Chunks)(nil)

// Lengths of pieces: each twice the one before, up to the longest.
const (
	firstChunk   = 16 << 10
	longestChunk = 1 << 20
)

// ReadChunks reads r to its end, at most MaxBlock bytes, and takes memory by what
// comes. What was read before an error is given with it; what goes on past MaxBlock
// gives the Problem limit.bytes, after one byte more was taken of it.
func ReadChunks(r io.Reader) (*Chunks, error) {
	c := &Chunks{}
	for length := int64(firstChunk); c.size < MaxBlock; length = min(2*length, longestChunk) {
		b, err := fill(r, make([]byte, min(length, MaxBlock-c.size)))
		if len(b) > 0 {
			c.pieces, c.starts = append(c.pieces, b), append(c.starts, c.size)
			c.size += int64(len(b))
		}
		if errors.Is(err, io.EOF) {
			return c, nil
		}
		if err != nil {
			return c, err
		}
	}
	more, err := fill(r, make([]byte, 1))
	switch {
	case len(more) > 0:
		return c, Stop("", LimitBytes)
	case errors.Is(err, io.EOF):
		return c, nil
	}
	return c, err
}

// fill is io.ReadFull with the reader's own error where it ends.
func fill(r io.Reader, b []byte) ([]byte, error) {
	for n := 0; ; {
		m, err := r.Read(b[n:])
		if n += m; n == len(b) || err != nil {
			if n == len(b) {
				err = nil // it comes again
			}
			return b[:n], err
		}
	}
}

// Size is how many bytes there are.
func (c *Chunks) Size() int64 { return c.size }

// Section is all of it.
func (c *Chunks) Section() *io.SectionReader { return io.NewSectionReader(c, 0, c.size) }

// ReadAt implements io.ReaderAt.
func (c *Chunks) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, io.EOF
	}
	i := sort.Search(len(c.starts), func(i int) bool { return c.starts[i] > off }) - 1
	for ; i >= 0 && i < len(c.pieces) && n < len(p); i++ {
		if at := off + int64(n) - c.starts[i]; at < int64(len(c.pieces[i])) {
			n += copy(p[n:], c.pieces[i][at:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// CRC32 is the checksum of all of it (ISO 3309, as in ZIP).
func (c *Chunks) CRC32() uint32 {
	var sum uint32
	for _, b := range c.pieces {
		sum = crc32.Update(sum, crc32.IEEETable, b)
	}
	return sum
}
