package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf8"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"

	"habeas/scanner/media"
)

// Codecs.
const (
	uncompressed = 0
	snappyCodec  = 1
	gzipCodec    = 2
	zstdCodec    = 6
	lz4Raw       = 7
)

var errBlock = errors.New("damaged block")

// unpack gives a page of whole bytes. r is the reason where it can't.
func (c *chunk) unpack(packed []byte, whole int64) (b []byte, r media.Reason) {
	if c.codec == uncompressed || whole == 0 {
		return packed, ""
	}
	var open func(io.Reader) (io.Reader, error)
	switch c.codec {
	case gzipCodec:
		open = func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	case zstdCodec:
		open = func(r io.Reader) (io.Reader, error) {
			d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(media.MaxBlock), zstd.WithDecoderLowmem(true))
			if err != nil {
				return nil, err
			}
			return d.IOReadCloser(), nil
		}
	case snappyCodec, lz4Raw:
		open = func(r io.Reader) (io.Reader, error) {
			p, err := media.ReadBlock(r)
			if err == nil && c.codec == snappyCodec {
				p, err = unsnappy(p, whole)
			} else if err == nil {
				p, err = unlz4(p, int(whole))
			}
			return bytes.NewReader(p), err
		}
	default:
		return nil, media.Unsupported
	}
	in, err := media.NewInflater(c.budget, bytes.NewReader(packed), open)
	if err != nil {
		return nil, media.ReasonOf(err)
	}
	b, err = media.ReadBlock(io.LimitReader(in, whole))
	switch {
	case err != nil:
		return nil, media.ReasonOf(err)
	case int64(len(b)) < whole:
		return nil, media.Truncated
	}
	return b, ""
}

// unsnappy unpacks a block of Snappy that must say the length that the page says.
func unsnappy(p []byte, whole int64) ([]byte, error) {
	n, err := snappy.DecodedLen(p)
	if err != nil || int64(n) != whole || int64(n) > 64*int64(len(p)) { // two bytes yield 64 at most
		return nil, errBlock
	}
	return snappy.Decode(nil, p)
}

// unlz4 unpacks a block of LZ4
// (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) to at most whole
// bytes.
func unlz4(p []byte, whole int) ([]byte, error) {
	var out []byte
	length := func(n int) (int, bool) { // 15 says that more bytes follow
		for more := n == 15; more; {
			if len(p) == 0 || n > whole {
				return 0, false
			}
			n += int(p[0])
			more = p[0] == 255
			p = p[1:]
		}
		return n, true
	}
	for len(p) > 0 {
		token := p[0]
		p = p[1:]
		n, ok := length(int(token >> 4))
		if !ok || n > len(p) || len(out)+n > whole {
			return nil, errBlock
		}
		out = append(out, p[:n]...)
		if p = p[n:]; len(p) == 0 {
			return out, nil // the last sequence is literals alone
		}
		if len(p) < 2 {
			return nil, errBlock
		}
		back := int(binary.LittleEndian.Uint16(p))
		p = p[2:]
		n, ok = length(int(token & 15))
		n += 4
		if !ok || back == 0 || back > len(out) || len(out)+n > whole {
			return nil, errBlock
		}
		for ; n > 0; n-- {
			out = append(out, out[len(out)-back])
		}
	}
	return out, nil
}

// isText reports whether bytes are a text.
func isText(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	for _, c := range b[:min(len(b), 1<<10)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// known reports whether bytes begin as a format that is read.
func known(b []byte) bool {
	if len(b) < 64 {
		return false
	}
	for _, m := range []string{"\xff\xd8\xff", "\x89PNG", "GIF8", "RIFF", "%PDF-", "PK\x03\x04", "II*\x00", "MM\x00*", "fLaC", "ID3", "OggS"} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return string(b[4:8]) == "ftyp"
}
