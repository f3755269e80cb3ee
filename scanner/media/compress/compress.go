// Package compress opens files that hold one stream in packed form: gzip (RFC
// 1952), bzip2, Zstandard (RFC 8878), XZ 1.2.1 and the .lzma of before. What is
// unfolded is nested under "content": a long one is unfolded once to learn its
// length and once more while it is read; of a damaged or longer one at most
// media.MaxBlock bytes of what came before.
package compress

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"io"

	"github.com/klauspost/compress/zstd"

	"habeas/scanner/media"
)

// codec is one way of packing.
type codec struct {
	name        string
	description media.Description
	match       func(head []byte) bool
	// open starts to unfold. window is the most that looking back can be of use:
	// what lies further back is over a limit anyway.
	open func(r *bufio.Reader, window int64) (io.Reader, error)
}

var _ media.Format = (*codec)(nil)
var _ media.Describer = (*codec)(nil)

// NewBzip2 gives the format of bzip2 files.
func NewBzip2() media.Format {
	return &codec{
		name:        "bzip2",
		description: media.Description{Title: "bzip2", Types: "application/x-bzip2", Reads: "the content, to 512 MiB"},
		match: func(head []byte) bool {
			return len(head) > 3 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9' &&
				(len(head) < 10 || bytes.HasPrefix(head[4:], []byte("1AY&SY")) || bytes.HasPrefix(head[4:], []byte("\x17\x72\x45\x38\x50\x90")))
		},
		open: func(r *bufio.Reader, _ int64) (io.Reader, error) { return bzip2.NewReader(r), nil },
	}
}

// NewZstd gives the format of Zstandard files.
func NewZstd() media.Format {
	return &codec{
		name:        "zstd",
		description: media.Description{Title: "Zstandard", Types: "application/zstd", Reads: "the content, to 512 MiB", Not: "what needs a dictionary"},
		match: func(head []byte) bool {
			return bytes.HasPrefix(head, []byte("\x28\xb5\x2f\xfd")) ||
				len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.HasPrefix(head[1:], []byte("\x2a\x4d\x18"))
		},
		open: func(r *bufio.Reader, window int64) (io.Reader, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
			if err != nil {
				return nil, err
			}
			return zstdErrors{d}, nil
		},
	}
}

// zstdErrors says what the decoder's errors are in the vocabulary of coverage.
type zstdErrors struct{ d *zstd.Decoder }

func (z zstdErrors) Read(p []byte) (int, error) {
	n, err := z.d.Read(p)
	switch err {
	case zstd.ErrUnknownDictionary:
		err = media.Stop("", media.Unsupported)
	case zstd.ErrWindowSizeExceeded, zstd.ErrDecoderSizeExceeded:
		err = media.Stop("", media.LimitBytes)
	}
	return n, err
}

// Name implements media.Format.
func (c *codec) Name() string { return c.name }

// Describe implements media.Describer.
func (c *codec) Describe() media.Description { return c.description }

// Match implements media.Format.
func (c *codec) Match(head []byte) bool { return c.match(head) }

// Walk implements media.Format.
func (c *codec) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	budget := media.BudgetOf(v)
	src := media.NewStored(r, 0, size)
	in, err := c.start(budget, src, size)
	held := &media.Chunks{}
	if err == nil {
		held, err = media.ReadChunks(in)
	}
	whole := held.Size()
	if whole == media.MaxBlock && media.ReasonOf(err) == media.LimitBytes {
		// How long it is must be known before it can be walked.
		var more int64
		more, err = io.Copy(io.Discard, in)
		whole += more + 1 // the byte that told that the block goes on
	}
	if src.Err() != nil {
		return src.Err()
	}
	if err != nil {
		v.Problem("", media.ReasonOf(err))
	}
	switch {
	case whole == 0:
		return nil
	case whole > media.MaxBlock && err == nil && 2*whole <= media.MaxInflated:
		held = nil
		return v.Nested("content", media.NewUnpacked(whole, func() (io.Reader, error) {
			return c.start(budget, media.NewStored(r, 0, size), size)
		}).Section())
	case whole > media.MaxBlock && err == nil:
		v.Problem("", media.LimitBytes) // to be unpacked twice, it is too long
	}
	return v.Nested("content", held.Section())
}

// start begins to unfold src, which has size bytes.
func (c *codec) start(budget *media.Budget, src *media.Stored, size int64) (io.Reader, error) {
	window := min(media.MaxBlock, max(media.RatioFloor, size*media.MaxRatio))
	return media.NewInflater(budget, src, func(r io.Reader) (io.Reader, error) {
		return c.open(bufio.NewReaderSize(r, int(min(max(size, 16), 64<<10))), window)
	})
}
