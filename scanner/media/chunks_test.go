package media

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"testing"
	"testing/iotest"
)

// endless is a reader of zeros without end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestReadChunks(t *testing.T) {
	long := make([]byte, firstChunk+2*firstChunk+100)
	for i := range long {
		long[i] = byte(i * 7 >> 3)
	}
	broken := errors.New("broken")
	for _, c := range []struct {
		name string
		r    io.Reader
		want []byte
		err  error
	}{
		{"nothing", bytes.NewReader(nil), nil, nil},
		{"a byte", bytes.NewReader(long[:1]), long[:1], nil},
		{"a piece", bytes.NewReader(long[:firstChunk]), long[:firstChunk], nil},
		{"several, in short reads", iotest.HalfReader(bytes.NewReader(long)), long, nil},
		{"an error", io.MultiReader(bytes.NewReader(long), iotest.ErrReader(broken)), long, broken},
		{"cut, by the reader's own word", io.MultiReader(bytes.NewReader(long[:9]), iotest.ErrReader(io.ErrUnexpectedEOF)), long[:9], io.ErrUnexpectedEOF},
		{"data with the error", iotest.DataErrReader(bytes.NewReader(long)), long, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ReadChunks(c.r)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if got.Size() != int64(len(c.want)) || got.CRC32() != crc32.ChecksumIEEE(c.want) {
				t.Errorf("%d bytes, want %d, or another checksum", got.Size(), len(c.want))
			}
			if len(c.want) > 0 {
				if err := iotest.TestReader(got.Section(), c.want); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestReadChunksAt(t *testing.T) {
	b := bytes.Repeat([]byte("0123456789abcde"), 5_000)
	c, err := ReadChunks(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	for _, off := range []int64{-1, 0, 1, firstChunk - 1, firstChunk, 3*firstChunk - 5, int64(len(b)) - 3, int64(len(b)), int64(len(b)) + 9} {
		for _, n := range []int{0, 1, 10, 40_000} {
			p, want := make([]byte, n), make([]byte, n)
			got, err := c.ReadAt(p, off)
			var m int
			var wantErr error = io.EOF
			if off >= 0 {
				m, wantErr = bytes.NewReader(b).ReadAt(want, off)
			}
			if got != m || !bytes.Equal(p, want) || n > 0 && (err == nil) != (wantErr == nil) {
				t.Errorf("%d bytes at %d: %d, %v; want %d, %v", n, off, got, err, m, wantErr)
			}
		}
	}
}

func TestReadChunksEnds(t *testing.T) {
	c, err := ReadChunks(io.LimitReader(endless{}, MaxBlock))
	if c.Size() != MaxBlock || err != nil {
		t.Errorf("just the most: %d bytes, %v", c.Size(), err)
	}
	c, err = ReadChunks(endless{})
	if c.Size() != MaxBlock || ReasonOf(err) != LimitBytes {
		t.Errorf("endless: %d bytes, %v", c.Size(), err)
	}
}
