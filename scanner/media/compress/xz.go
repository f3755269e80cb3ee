package compress

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"math"

	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
)

const xzMagic = "\xfd7zXZ\x00"

// NewXZ gives the format of XZ files. The container is read here, because the
// size of the window that it claims must not decide how much memory is taken.
func NewXZ() media.Format {
	return &codec{
		name:        "xz",
		description: media.Description{Title: "XZ", Types: "application/x-xz", Reads: "the content, to 512 MiB, of all blocks and streams", Not: "filters for machine code"},
		match: func(head []byte) bool {
			return bytes.HasPrefix(head, []byte(xzMagic)) || len(head) >= 3 && bytes.HasPrefix([]byte(xzMagic), head)
		},
		open: func(r *bufio.Reader, window int64) (io.Reader, error) {
			return &xz{r: &counted{r: r}, window: window}, nil
		},
	}
}

// NewLZMA gives the format of .lzma files, which have no mark: what is told from
// chance is a usual size of the window, and a size of the content that is
// unknown or plausible.
func NewLZMA() media.Format {
	return &codec{
		name:        "lzma",
		description: media.Description{Title: "LZMA", Types: "application/x-lzma", Reads: "the content, to 512 MiB"},
		match:       isLZMA,
		open: func(r *bufio.Reader, window int64) (io.Reader, error) {
			h := make([]byte, lzma.HeaderLen)
			if _, err := io.ReadFull(r, h); err != nil {
				return nil, err
			}
			claimed := int64(binary.LittleEndian.Uint32(h[1:]))
			binary.LittleEndian.PutUint32(h[1:], uint32(min(claimed, window)))
			in, err := lzma.ReaderConfig{DictCap: media.MaxBlock}.NewReader(bufio.NewReader(io.MultiReader(bytes.NewReader(h), r)))
			if err != nil {
				return nil, err
			}
			return &clipped{r: in, clipped: claimed > window}, nil
		},
	}
}

func isLZMA(head []byte) bool {
	if len(head) < 18 || head[0] != 0x5d || head[13] != 0 { // lc=3 lp=0 pb=2; the coder starts with a zero
		return false
	}
	d, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	power := d&(d-1) == 0 || (d-d/3)&(d-d/3-1) == 0 && d%3 == 0
	return d >= 4<<10 && power && (size == 1<<64-1 || size < 1<<40 && size > 0)
}

// clipped tells a match beyond a window that was cut to the limit from damage.
type clipped struct {
	r       io.Reader
	clipped bool
}

// Read implements io.Reader.
func (c *clipped) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && c.clipped {
		err = media.Stop("", media.LimitBytes)
	}
	return n, err
}

// counted counts what is taken of a stream, which padding depends on.
type counted struct {
	r *bufio.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// ReadByte implements io.ByteReader.
func (c *counted) ReadByte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == nil {
		c.n++
	}
	return b, err
}

// xz reads streams of blocks (section 2). It is an io.Reader of their content.
type xz struct {
	r      *counted
	window int64

	check  byte      // kind of check, from the header of the stream
	sum    hash.Hash // of the block; nil where its kind is not checked
	block  io.Reader // nil between blocks
	start  int64     // of the block's data, counted
	opened bool      // a stream has begun
	err    error
}

// Read implements io.Reader.
func (x *xz) Read(p []byte) (int, error) {
	for x.err == nil {
		if x.block == nil {
			x.err = x.next()
			continue
		}
		n, err := x.block.Read(p)
		if x.sum != nil {
			x.sum.Write(p[:n])
		}
		switch {
		case err == nil:
			return n, nil
		case errors.Is(err, io.EOF):
			x.err = x.endBlock()
		default:
			x.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, x.err
}

var errXZ = media.Stop("", media.Corrupt)

// next goes on to the next block, of the next stream if need be.
func (x *xz) next() error {
	if !x.opened {
		return x.header()
	}
	size, err := x.r.ReadByte()
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	if size == 0 {
		return x.index()
	}
	return x.blockHeader(size)
}

// header reads the header of a stream (2.1.1), behind padding (2.2).
func (x *xz) header() error {
	for {
		b, err := x.r.r.Peek(4)
		if len(b) == 0 && x.r.n > 0 {
			return io.EOF
		}
		if err != nil && len(b) < 4 {
			return io.ErrUnexpectedEOF
		}
		if string(b) != "\x00\x00\x00\x00" || x.r.n == 0 {
			break
		}
		_, _ = x.r.r.Discard(4)
	}
	var h [12]byte
	if _, err := io.ReadFull(x.r, h[:]); err != nil {
		return io.ErrUnexpectedEOF
	}
	if string(h[:6]) != xzMagic || crc32.ChecksumIEEE(h[6:8]) != binary.LittleEndian.Uint32(h[8:]) || h[6] != 0 {
		return errXZ
	}
	x.check, x.opened = h[7]&0xf, true
	return nil
}

// blockHeader reads the header of a block (3.1): only LZMA2 is unfolded.
func (x *xz) blockHeader(size byte) error {
	h := make([]byte, (int(size)+1)*4)
	h[0] = size
	if _, err := io.ReadFull(x.r, h[1:]); err != nil {
		return io.ErrUnexpectedEOF
	}
	n := len(h) - 4
	if crc32.ChecksumIEEE(h[:n]) != binary.LittleEndian.Uint32(h[n:]) {
		return errXZ
	}
	flags, h := h[1], h[2:n]
	for _, present := range []byte{flags & 0x40, flags & 0x80} { // sizes, which the data tell themselves
		if present != 0 {
			_, k := binary.Uvarint(h)
			if k <= 0 {
				return errXZ
			}
			h = h[k:]
		}
	}
	if flags&3 != 0 || len(h) < 3 || h[0] != 0x21 {
		return media.Stop("", media.Unsupported)
	}
	claimed, err := lzma.DecodeDictCap(h[2])
	if h[1] != 1 || err != nil {
		return errXZ
	}
	x.start = x.r.n
	window := min(claimed, x.window)
	in, err := lzma.Reader2Config{DictCap: int(max(min(window, x.unfolds()), lzma.MinDictCap))}.NewReader2(x.r)
	if err != nil {
		return err
	}
	x.block = &clipped{r: in, clipped: claimed > x.window}
	x.sum = newSum(x.check)
	return nil
}

// unfolds is what the block of LZMA2 at hand unfolds to, as the headers of its
// chunks say, which the decoder believes too: no window need be larger. For a
// block that does not end within the bytes that were read ahead it is the most
// there can be.
func (x *xz) unfolds() int64 {
	b, _ := x.r.r.Peek(x.r.r.Buffered())
	total := int64(0)
	for len(b) > 0 {
		switch c := b[0]; {
		case c == 0: // the end
			return total
		case c < 0x80: // stored
			if len(b) < 3 {
				return math.MaxInt64
			}
			n := int(binary.BigEndian.Uint16(b[1:])) + 1
			total += int64(n)
			b = b[min(3+n, len(b)):]
		default:
			if len(b) < 6 {
				return math.MaxInt64
			}
			total += int64(c&0x1f)<<16 + int64(binary.BigEndian.Uint16(b[1:])) + 1
			header := 5
			if c >= 0xc0 { // with properties
				header++
			}
			b = b[min(header+int(binary.BigEndian.Uint16(b[3:]))+1, len(b)):]
		}
	}
	return math.MaxInt64
}

func newSum(check byte) hash.Hash {
	switch check {
	case 1:
		return crc32.NewIEEE()
	case 4:
		return crc64.New(crc64.MakeTable(crc64.ECMA))
	}
	return nil
}

// endBlock reads padding and check of a block (3.3, 3.4).
func (x *xz) endBlock() error {
	x.block = nil
	pad := int(-(x.r.n - x.start) & 3)
	sizes := [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}
	b := make([]byte, pad+sizes[x.check])
	if _, err := io.ReadFull(x.r, b); err != nil {
		return io.ErrUnexpectedEOF
	}
	if x.sum == nil {
		return nil
	}
	got, want := x.sum.Sum(nil), b[pad:]
	for i := range got { // the check is little-endian, the hash is not
		if got[i] != want[len(want)-1-i] {
			return errXZ
		}
	}
	return nil
}

// index steps over the index and the footer of a stream (2.1.2, 4).
func (x *xz) index() error {
	from := x.r.n - 1
	n, err := binary.ReadUvarint(x.r)
	for i := uint64(0); err == nil && i < n*2; i++ { // ends with the bytes at hand
		_, err = binary.ReadUvarint(x.r)
	}
	if err != nil {
		return io.ErrUnexpectedEOF
	}
	rest := int(-(x.r.n-from)&3) + 4 + 12
	b := make([]byte, rest)
	if _, err := io.ReadFull(x.r, b); err != nil {
		return io.ErrUnexpectedEOF
	}
	if string(b[rest-2:]) != "YZ" {
		return errXZ
	}
	x.opened = false
	return nil
}
