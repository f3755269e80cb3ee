package pdf

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/ascii85"
	"errors"
	"io"

	"habeas/scanner/media"
)

// maxFilters is how many filters one stream may name; real ones have one or two.
const maxFilters = 8

// errBroken says that a filter met what it can't undo.
var errBroken = errors.New("broken")

// extent finds out how long a stream is: what its dictionary says where
// "endstream" follows, else up to that word.
func (d *document) extent(s *stream) int64 {
	if s.size >= 0 {
		return s.size
	}
	said := number(d.resolve(s.dict["Length"]))
	left := max(d.size-s.off, 0)
	if said >= 0 && said <= left {
		after := bytes.TrimLeft(d.src.at(s.off+said, 32), "\r\n \t\x00")
		if bytes.HasPrefix(after, []byte("endstream")) || bytes.HasPrefix(after, []byte("endobj")) {
			s.size = said
			return said
		}
	} else {
		d.note(media.Corrupt)
	}
	const step = 64 << 10
	for at := int64(0); at < min(left, maxSearch); at += step {
		b := d.src.at(s.off+at, step+len("endstream"))
		if i := bytes.Index(b, []byte("endstream")); i >= 0 {
			n := at + int64(i)
			for _, eol := range []string{"\n", "\r"} {
				if n > 0 && string(d.src.at(s.off+n-1, 1)) == eol {
					n--
				}
			}
			s.size = n
			return n
		}
	}
	d.note(media.Truncated)
	s.size = left
	return left
}

// filter is one entry of a stream's Filter with its parameters.
type filter struct {
	name  name
	parms dict
}

// filters are those of a stream, the outermost first.
func (d *document) filters(s *stream) []filter {
	get := func(long, short name) object {
		if o := d.resolve(s.dict[long]); o != nil {
			return o
		}
		return d.resolve(s.dict[short])
	}
	names, parms := get("Filter", "F"), get("DecodeParms", "DP")
	switch n := names.(type) {
	case name:
		p := parms
		if a, ok := p.(array); ok && len(a) > 0 {
			p = a[0]
		}
		return []filter{{n, d.dict(p)}}
	case array:
		var out []filter
		pa, _ := parms.(array)
		for i, o := range n[:min(len(n), maxFilters+1)] {
			f := filter{}
			f.name, _ = d.resolve(o).(name)
			if i < len(pa) {
				f.parms = d.dict(pa[i])
			} else if i == 0 && len(n) == 1 {
				f.parms, _ = parms.(dict)
			}
			out = append(out, f)
		}
		return out
	}
	return nil
}

// plain reports whether the bytes of s in the file are, but for the image codec
// last, what it holds: no other filter, no encryption.
func (d *document) plain(s *stream, last name) bool {
	f := d.filters(s)
	if d.crypt != nil && d.crypt.streams(s) {
		return false
	}
	return len(f) == 0 && last == "" || len(f) == 1 && f[0].name == last
}

// reader undoes the filters of s up to an image codec, whose name it gives. The
// reason says why nothing can be read.
func (d *document) reader(s *stream) (r io.Reader, codec name, reason media.Reason) {
	size := d.extent(s)
	r = io.NewSectionReader(d.src, s.off, size)
	if d.crypt != nil && d.crypt.streams(s) {
		b, err := media.ReadBlock(r)
		if err != nil {
			return nil, "", media.ReasonOf(err)
		}
		r = bytes.NewReader(d.crypt.stream(s.id, b))
	}
	fs := d.filters(s)
	if len(fs) > maxFilters {
		return nil, "", media.LimitDepth
	}
	for i, f := range fs {
		if isCodec(f.name) {
			if i < len(fs)-1 {
				return nil, "", media.Corrupt
			}
			return r, f.name, ""
		}
		var err error
		if r, err = d.undo(f, r); err != nil {
			return nil, "", media.ReasonOf(err)
		}
	}
	return r, "", ""
}

func isCodec(n name) bool {
	switch n {
	case "DCTDecode", "DCT", "JPXDecode", "CCITTFaxDecode", "CCF", "JBIG2Decode":
		return true
	}
	return false
}

// undo puts the decoder of f on r.
func (d *document) undo(f filter, r io.Reader) (io.Reader, error) {
	switch f.name {
	case "FlateDecode", "Fl":
		in, err := media.NewInflater(d.budget, r, openFlate)
		if err != nil {
			return nil, err
		}
		return d.predict(f.parms, in)
	case "LZWDecode", "LZW":
		early := true
		if v, ok := d.resolve(f.parms["EarlyChange"]).(float64); ok {
			early = v != 0
		}
		in, err := media.NewInflater(d.budget, r, func(r io.Reader) (io.Reader, error) { return newLZW(r, early), nil })
		if err != nil {
			return nil, err
		}
		return d.predict(f.parms, in)
	case "RunLengthDecode", "RL":
		return media.NewInflater(d.budget, r, func(r io.Reader) (io.Reader, error) { return &runLength{r: bufio.NewReader(r)}, nil })
	case "ASCIIHexDecode", "AHx":
		return &hexDecoder{r: bufio.NewReader(r)}, nil
	case "ASCII85Decode", "A85":
		return ascii85.NewDecoder(&until85{r: bufio.NewReader(r)}), nil
	case "Crypt", "":
		return r, nil
	}
	return nil, media.Stop("", media.Unsupported)
}

// openFlate reads what a zlib stream holds. Its checksum is often missing or
// wrong, and no other reader asks for it.
func openFlate(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	for range 3 { // line ends that belong to nobody
		if h, err := b.Peek(1); err != nil || h[0] != '\r' && h[0] != '\n' {
			break
		}
		_, _ = b.Discard(1)
	}
	if h, err := b.Peek(2); err == nil && h[0]&0x0f == 8 && (int(h[0])<<8|int(h[1]))%31 == 0 {
		_, _ = b.Discard(2)
		if h[1]&0x20 != 0 {
			_, _ = b.Discard(4)
		}
	}
	return &unended{r: flate.NewReader(b)}, nil
}

// unended takes the end of the bytes for the end of a Flate stream, once it gave
// something: many writers flush and never finish. A file that was cut says so
// elsewhere, by the end of the stream that is missing.
type unended struct {
	r     io.Reader
	given bool
}

func (u *unended) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.given = u.given || n > 0
	if u.given && errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}

// decode is all of s, decoded, at most media.MaxBlock bytes. With a reason, what
// was read before comes too.
func (d *document) decode(s *stream) ([]byte, media.Reason) {
	r, codec, reason := d.reader(s)
	if reason != "" {
		return nil, reason
	}
	if codec != "" {
		return nil, media.Unsupported
	}
	b, err := media.ReadBlock(r)
	if err != nil {
		return b, media.ReasonOf(err)
	}
	return b, ""
}

// hexDecoder undoes ASCIIHexDecode (7.4.2).
type hexDecoder struct {
	r    *bufio.Reader
	done bool
}

func (h *hexDecoder) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !h.done {
		half := [2]int{0, 0}
		got := 0
		for got < 2 {
			c, err := h.r.ReadByte()
			if err != nil || c == '>' {
				h.done = true
				break
			}
			if v := unhex(c); v >= 0 {
				half[got] = v
				got++
			} else if !isSpace(c) {
				return n, errBroken
			}
		}
		if got > 0 {
			p[n] = byte(half[0]<<4 | half[1])
			n++
		}
	}
	if n == 0 && h.done {
		return 0, io.EOF
	}
	return n, nil
}

// until85 gives a decoder of ASCII85 what stands between the marks (7.4.3).
type until85 struct {
	r    *bufio.Reader
	done bool
}

func (u *until85) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) && !u.done {
		c, err := u.r.ReadByte()
		switch {
		case err != nil || c == '~':
			u.done = true
		case c == '<': // of "<~"
			if next, err := u.r.Peek(1); err == nil && next[0] == '~' {
				_, _ = u.r.ReadByte()
				continue
			}
			p[n] = c
			n++
		default:
			p[n] = c
			n++
		}
	}
	if n == 0 && u.done {
		return 0, io.EOF
	}
	return n, nil
}

// runLength undoes RunLengthDecode (7.4.5).
type runLength struct {
	r    *bufio.Reader
	left int
	same bool
	c    byte
}

func (u *runLength) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if u.left == 0 {
			c, err := u.r.ReadByte()
			if err != nil || c == 128 {
				return n, io.EOF
			}
			if u.same = c > 128; u.same {
				u.left = 257 - int(c)
				if u.c, err = u.r.ReadByte(); err != nil {
					return n, io.ErrUnexpectedEOF
				}
			} else {
				u.left = int(c) + 1
			}
		}
		c := u.c
		if !u.same {
			var err error
			if c, err = u.r.ReadByte(); err != nil {
				return n, io.ErrUnexpectedEOF
			}
		}
		p[n] = c
		n++
		u.left--
	}
	return n, nil
}
