package pdf

import (
	"errors"
	"io"
)

const (
	// blockSize is what one read of the source costs anyway.
	blockSize = 64 << 10
	// fewBlocks are kept while the structure is walked, when many objects may be
	// under way; manyBlocks while the pages are, when few are.
	fewBlocks  = 16
	manyBlocks = 128
	// wholeBlocks is the size up to which the first miss reads everything: a
	// document needs most of itself.
	wholeBlocks = 4
	// aheadBlocks is the most that is read at a time once reads go in sequence.
	aheadBlocks = 4
)

// source reads a document through blocks that are kept, so that its many small
// and repeated reads cost few of the object. It remembers the first failure.
// One goroutine at a time uses it.
type source struct {
	r    io.ReaderAt
	size int64
	err  error // of the first failed read

	blocks map[int64][]byte
	order  []int64 // of blocks, the oldest first
	keep   int     // how many blocks are kept
	last   int64   // the block that was read last

	pos int64 // of Read and Seek
}

func newSource(r io.ReaderAt, size int64) *source {
	return &source{r: r, size: size, blocks: map[int64][]byte{}, keep: fewBlocks, last: -2}
}

// at is the up to n bytes at off, in a block or two; fewer where the content
// ends or cannot be read. The bytes are valid until the next call.
func (s *source) at(off int64, n int) []byte {
	if off < 0 || off >= s.size || n <= 0 {
		return nil
	}
	n = int(min(int64(n), s.size-off))
	b := s.block(off / blockSize)
	in := int(off % blockSize)
	if in+n <= len(b) {
		return b[in : in+n]
	}
	out := make([]byte, n)
	return out[:s.fill(out, off)]
}

// fill copies what stands at off and returns how much there was.
func (s *source) fill(out []byte, off int64) int {
	n := 0
	for n < len(out) {
		b := s.block((off + int64(n)) / blockSize)
		in := int((off + int64(n)) % blockSize)
		if in >= len(b) {
			break
		}
		n += copy(out[n:], b[in:])
	}
	return n
}

// ReadAt implements io.ReaderAt, without any errors but EOF and the first failure.
func (s *source) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, io.EOF
	}
	n := s.fill(p, off)
	switch {
	case s.err != nil:
		return n, s.err
	case n < len(p):
		return n, io.EOF
	}
	return n, nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.ReadAt(p, s.pos)
	s.pos += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// Seek implements io.Seeker.
func (s *source) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += s.pos
	case io.SeekEnd:
		off += s.size
	}
	if off < 0 {
		return s.pos, io.ErrUnexpectedEOF
	}
	s.pos = off
	return off, nil
}

// block is the block with that number, empty where there is none.
func (s *source) block(i int64) []byte {
	if b, ok := s.blocks[i]; ok {
		return b
	}
	if s.err != nil || i < 0 || i*blockSize >= s.size {
		return nil
	}
	want, n := i, int64(1)
	total := (s.size + blockSize - 1) / blockSize
	switch {
	case total <= wholeBlocks:
		i, n = 0, total
	case i == s.last+1:
		n = min(aheadBlocks, total-i)
	}
	buf := make([]byte, min(n*blockSize, s.size-i*blockSize))
	got, err := s.r.ReadAt(buf, i*blockSize)
	if err != nil && got < len(buf) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = err
	}
	buf = buf[:got]
	for len(buf) > 0 {
		m := min(blockSize, len(buf))
		s.put(i, buf[:m:m])
		buf = buf[m:]
		s.last = i
		i++
	}
	return s.blocks[want]
}

// put keeps a block and lets the oldest go.
func (s *source) put(i int64, b []byte) {
	if _, ok := s.blocks[i]; !ok {
		s.order = append(s.order, i)
	}
	s.blocks[i] = b
	for len(s.order) > s.keep {
		delete(s.blocks, s.order[0])
		s.order = s.order[:copy(s.order, s.order[1:])]
	}
}

// forget drops all blocks but a few.
func (s *source) forget() {
	s.keep = fewBlocks
	for len(s.order) > s.keep {
		delete(s.blocks, s.order[0])
		s.order = s.order[:copy(s.order, s.order[1:])]
	}
}
