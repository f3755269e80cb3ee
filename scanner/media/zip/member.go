package zip

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
)

const (
	stored  = 0
	deflate = 8
	bzip    = 12
	lzma1   = 14
	zstd20  = 20 // the number that was withdrawn for 93
	zstd93  = 93
	aes     = 99
)

// maxChecked is up to which size a stored member is read whole for its checksum.
// Of larger ones, photos and films mostly, only what their walk reads is read.
const maxChecked = 64 << 10

// open gives the content of a member, nil if there is nothing to read. What is
// wrong with it is told.
func (w *walk) open(e *entry) (*io.SectionReader, error) {
	path := w.prefix + e.name
	switch {
	case e.over:
		return nil, nil // told once for all
	case e.flags&(flagEncrypted|flagStrong|flagMasked) != 0 || e.method == aes:
		w.v.Problem(path, media.Encrypted)
		return nil, nil
	}
	ok, err := w.locate(e, path)
	if !ok {
		return nil, err
	}
	n := e.packed
	if left := w.size - e.data; n > left {
		w.v.Problem(path, media.Truncated)
		n = max(left, 0)
	}
	if n == 0 && e.full == 0 && !e.sizesUnknown {
		return nil, nil
	}
	if e.method == stored {
		return w.stored(e, n, path)
	}
	packers := unpackers[e.method]
	if packers == nil {
		w.v.Problem(path, media.Unsupported)
		return nil, nil
	}
	return w.unpack(e, n, packers, path)
}

// locate reads the local header (4.3.7), which alone says where the data begin.
func (w *walk) locate(e *entry, path string) (ok bool, err error) {
	if e.data > 0 {
		return true, nil
	}
	if e.at < 0 || e.at >= w.size {
		w.v.Problem(path, media.Corrupt)
		return false, nil
	}
	h, err := media.ReadUpTo(w.r, e.at, 30, w.size)
	if err != nil {
		return false, err
	}
	if len(h) < 30 || string(h[:4]) != localSig {
		w.v.Problem(path, media.Corrupt)
		return false, nil
	}
	e.data = e.at + 30 + int64(u16(h[26:])) + int64(u16(h[28:]))
	local, err := media.ReadUpTo(w.r, e.at+30, int64(u16(h[26:])), w.size)
	if err != nil {
		return false, err
	}
	if u16(h[8:]) != e.method || name(local, e.flags&flagUTF8 != 0) != e.name {
		w.v.Problem(path, media.Corrupt) // the two disagree; the directory is what programs go by
	}
	if e.data > w.size {
		w.v.Problem(path, media.Truncated)
		return false, nil
	}
	return true, nil
}

// stored hands a member out where it stands.
func (w *walk) stored(e *entry, n int64, path string) (*io.SectionReader, error) {
	if n != e.full && n == e.packed && !e.sizesUnknown {
		w.v.Problem(path, media.Corrupt)
	}
	if n > maxChecked {
		return io.NewSectionReader(w.r.r, e.data, n), nil
	}
	b, err := media.ReadUpTo(w.r, e.data, n, w.size)
	if err != nil {
		return nil, err
	}
	if n == e.packed && !e.sizesUnknown && crc32.ChecksumIEEE(b) != e.crc {
		w.v.Problem(path, media.Corrupt)
	}
	// Of the object itself, so that places in it stay known.
	return io.NewSectionReader(w.r.r, e.data, n), nil
}

// unpackers make the readers of the methods that are read.
var unpackers = map[uint16]func(r *bufio.Reader, e *entry, window int64) (io.Reader, error){
	deflate: func(r *bufio.Reader, _ *entry, _ int64) (io.Reader, error) { return flate.NewReader(r), nil },
	bzip:    func(r *bufio.Reader, _ *entry, _ int64) (io.Reader, error) { return bzip2.NewReader(r), nil },
	lzma1:   openLZMA,
	zstd20:  openZstd,
	zstd93:  openZstd,
}

func openZstd(r *bufio.Reader, _ *entry, window int64) (io.Reader, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// openLZMA makes of what ZIP puts before LZMA (5.8.8) the header of an .lzma
// file. A window larger than what is ever unfolded is of no use.
func openLZMA(r *bufio.Reader, e *entry, window int64) (io.Reader, error) {
	var h [9]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return nil, err
	}
	if u16(h[2:]) != 5 {
		return nil, media.Stop("", media.Unsupported)
	}
	b := append(make([]byte, 0, lzma.HeaderLen), h[4:]...)
	binary.LittleEndian.PutUint32(b[1:], uint32(min(int64(u32(b[1:])), window)))
	if e.flags&2 != 0 { // an end marker: the size is not needed
		b = append(b, "\xff\xff\xff\xff\xff\xff\xff\xff"...)
	} else {
		b = binary.LittleEndian.AppendUint64(b, uint64(e.full))
	}
	return lzma.ReaderConfig{DictCap: media.MaxBlock}.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(b), r)))
}

// unpack unfolds a member: one of more than media.MaxBlock piece by piece, while it
// is read, without a look at its checksum. Of a damaged one what came before the
// damage is given.
func (w *walk) unpack(e *entry, n int64, open func(*bufio.Reader, *entry, int64) (io.Reader, error), path string) (*io.SectionReader, error) {
	src := media.NewStored(w.r, e.data, n)
	window := min(media.MaxBlock, max(media.RatioFloor, n*media.MaxRatio))
	start := func(src *media.Stored) (io.Reader, error) {
		return media.NewInflater(w.budget, src, func(r io.Reader) (io.Reader, error) {
			return open(bufio.NewReaderSize(r, int(min(32<<10, max(n, 16)))), e, window)
		})
	}
	if e.full > media.MaxBlock && e.full <= media.MaxInflated && e.full/media.MaxRatio <= n && n == e.packed && !e.sizesUnknown {
		return media.NewUnpacked(e.full, func() (io.Reader, error) { return start(media.NewStored(w.r, e.data, n)) }).Section(), nil
	}
	in, err := start(src)
	held := &media.Chunks{}
	if err == nil {
		held, err = media.ReadChunks(in)
	}
	switch {
	case src.Err() != nil:
		return nil, src.Err()
	case err != nil:
		w.v.Problem(path, media.ReasonOf(err))
	case !e.sizesUnknown && (held.Size() != e.full || held.CRC32() != e.crc):
		w.v.Problem(path, media.Corrupt)
	}
	if held.Size() == 0 {
		return nil, nil
	}
	return held.Section(), nil
}
