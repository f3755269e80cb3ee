package pdf

import (
	"bufio"
	"io"
)

// unpackLZW undoes LZWDecode (7.4.4.2): codes of 9 to 12 bits, the highest bit first,
// which grow one code early unless the stream says otherwise.
type unpackLZW struct {
	r      *bufio.Reader
	early  int
	bits   uint32
	have   uint
	width  uint
	next   int // code
	prev   int // code, -1 after a clear
	prefix [4096]uint16
	suffix [4096]byte
	length [4096]uint16
	out    []byte
	buf    [4096]byte
	err    error
}

const (
	lzwClear = 256
	lzwEnd   = 257
)

func newLZW(r io.Reader, early bool) *unpackLZW {
	z := &unpackLZW{r: bufio.NewReader(r)}
	if early {
		z.early = 1
	}
	for i := range 256 {
		z.suffix[i], z.length[i] = byte(i), 1
	}
	z.clear()
	return z
}

func (z *unpackLZW) clear() { z.width, z.next, z.prev = 9, 258, -1 }

// Read implements io.Reader.
func (z *unpackLZW) Read(p []byte) (int, error) {
	for len(z.out) == 0 {
		if z.err != nil {
			return 0, z.err
		}
		z.code()
	}
	n := copy(p, z.out)
	z.out = z.out[n:]
	return n, nil
}

// code undoes one code.
func (z *unpackLZW) code() {
	for z.have < z.width {
		c, err := z.r.ReadByte()
		if err != nil {
			z.err = io.EOF // the end code is often missing
			return
		}
		z.bits, z.have = z.bits<<8|uint32(c), z.have+8
	}
	code := int(z.bits >> (z.have - z.width) & (1<<z.width - 1))
	z.have -= z.width
	switch {
	case code == lzwClear:
		z.clear()
		return
	case code == lzwEnd:
		z.err = io.EOF
		return
	case code > z.next || code == z.next && z.prev < 0:
		z.err = errBroken
		return
	}
	if z.prev >= 0 && z.next < len(z.prefix) {
		z.prefix[z.next], z.length[z.next] = uint16(z.prev), z.length[z.prev]+1
		first := code
		if code == z.next {
			first = z.prev
		}
		z.suffix[z.next] = z.first(first)
		z.next++
	} else if code >= z.next {
		z.err = errBroken
		return
	}
	z.prev = code
	n := int(z.length[code])
	for i, c := n-1, code; i >= 0; i-- {
		z.buf[i] = z.suffix[c]
		c = int(z.prefix[c])
	}
	z.out = z.buf[:n]
	if z.next+z.early >= 1<<z.width && z.width < 12 {
		z.width++
	}
}

// first is the first byte of what a code stands for.
func (z *unpackLZW) first(code int) byte {
	for range len(z.prefix) {
		if code < 256 {
			return byte(code)
		}
		code = int(z.prefix[code])
	}
	return 0
}
