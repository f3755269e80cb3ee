package sevenzip

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"io"

	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
)

// Methods by ID (Methods.txt).
const (
	methodCopy    = "\x00"
	methodDelta   = "\x03"
	methodLZMA2   = "\x21"
	methodLZMA    = "\x03\x01\x01"
	methodDeflate = "\x04\x01\x08"
	methodBzip2   = "\x04\x02\x02"
	methodZstd    = "\x04\xf7\x11\x01"
	methodAES     = "\x06\xf1\x07\x01"
)

// open starts to unfold a folder. src is what is read of the file. An error is a
// Problem.
func (w *walk) open(f *folder, packed []stretch) (io.Reader, *media.Stored, error) {
	src := media.NewStored(w.r, 0, 0)
	for _, c := range f.coders {
		if c.method == methodAES {
			return nil, src, media.Stop("", media.Encrypted)
		}
		if c.inputs != 1 {
			return nil, src, media.Stop("", media.Unsupported)
		}
	}
	if len(f.inputs) != 1 || f.first >= len(packed) || len(f.sizes) < len(f.coders) {
		return nil, src, media.Stop("", media.Corrupt)
	}
	s := packed[f.first]
	if s.off < 0 || s.off > w.size {
		return nil, src, media.Stop("", media.Truncated)
	}
	src = media.NewStored(w.r, s.off, min(s.n, w.size-s.off))
	window := min(media.MaxBlock, max(media.RatioFloor, min(s.n, w.size)*media.MaxRatio))
	in, err := media.NewInflater(w.budget, src, func(r io.Reader) (io.Reader, error) {
		return w.chain(f, r, window)
	})
	if src.Err() != nil {
		return nil, src, src.Err()
	}
	if err != nil {
		return nil, src, &media.Problem{Reason: media.ReasonOf(err)}
	}
	return in, src, nil
}

// chain joins the coders from the packed stream to what is unfolded.
func (w *walk) chain(f *folder, r io.Reader, window int64) (io.Reader, error) {
	var order []int // from the output back to the packed stream
	for at := f.main(); at >= 0; {
		order = append(order, at)
		if len(order) > len(f.coders) {
			return nil, media.Stop("", media.Corrupt)
		}
		next := -1
		for _, b := range f.binds {
			if b.in == at && b.out >= 0 && b.out < len(f.coders) {
				next = b.out
			}
		}
		at = next
	}
	if len(order) == 0 || order[len(order)-1] != f.inputs[0] {
		return nil, media.Stop("", media.Corrupt)
	}
	for i := len(order) - 1; i >= 0; i-- {
		var err error
		if r, err = w.decoder(&f.coders[order[i]], f.sizes[order[i]], r, window); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// decoder makes the reader of one coder.
func (w *walk) decoder(c *coder, size int64, r io.Reader, window int64) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 32<<10)
	switch c.method {
	case methodCopy:
		return r, nil
	case methodDeflate:
		return flate.NewReader(in), nil
	case methodBzip2:
		return bzip2.NewReader(in), nil
	case methodZstd:
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(uint64(window)))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	case methodLZMA:
		return openLZMA(c, size, in, window)
	case methodLZMA2:
		if len(c.props) != 1 {
			return nil, media.Stop("", media.Corrupt)
		}
		claimed, err := lzma.DecodeDictCap(c.props[0])
		if err != nil {
			return nil, media.Stop("", media.Corrupt)
		}
		return lzma.Reader2Config{DictCap: int(max(min(claimed, window, size), lzma.MinDictCap))}.NewReader2(in)
	case methodDelta:
		if len(c.props) != 1 {
			return nil, media.Stop("", media.Corrupt)
		}
		return &delta{r: r, distance: int(c.props[0]) + 1}, nil
	}
	if isFilter(c.method) {
		// They change addresses in machine code, and hardly anything else.
		w.v.Problem("", media.Unsupported)
		return r, nil
	}
	return nil, media.Stop("", media.Unsupported)
}

// openLZMA gives the decoder the header of an .lzma file with a window no larger
// than what is ever unfolded.
func openLZMA(c *coder, size int64, in io.Reader, window int64) (io.Reader, error) {
	if len(c.props) != 5 {
		return nil, media.Stop("", media.Corrupt)
	}
	h := append(make([]byte, 0, lzma.HeaderLen), c.props...)
	claimed := int64(binary.LittleEndian.Uint32(h[1:]))
	binary.LittleEndian.PutUint32(h[1:], uint32(min(claimed, window)))
	h = binary.LittleEndian.AppendUint64(h, uint64(size))
	return lzma.ReaderConfig{DictCap: media.MaxBlock}.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(h), in)))
}

// isFilter tells the filters for machine code: BCJ of x86 and other processors.
func isFilter(method string) bool {
	if len(method) == 4 && method[:3] == "\x03\x03\x01" {
		return method[3] == 3 // BCJ2, 1b, has four inputs
	}
	if len(method) == 4 && method[:2] == "\x03\x03" {
		return true
	}
	return len(method) == 1 && method[0] >= 4 && method[0] <= 0xb
}

// delta undoes differences between bytes that are a distance apart.
type delta struct {
	r        io.Reader
	distance int
	at       int
	state    [256]byte
}

// Read implements io.Reader.
func (d *delta) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	for i := range p[:n] {
		p[i] += d.state[d.at]
		d.state[d.at] = p[i]
		d.at = (d.at + 1) % d.distance
	}
	return n, err
}
