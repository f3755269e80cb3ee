// Package charset reads text in any encoding, a chunk at a time: for the format of
// plain text, and for those whose structure is written in text, as tables and
// records are.
//
// Text in UTF-8 is given as it is stored, so that every byte of a chunk has its
// offset in the object; single bytes that break the rules become "?", one for
// one. Everything else is decoded, and has no offsets. Which of the code pages of
// 8 bits a text is in is what it says itself, as HTML, XML and mail do, and else
// a guess (guess.go): e-mail addresses and numbers survive a wrong one, accented
// letters may not.
package charset

import (
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/transform"

	"habeas/scanner/media"
)

// ChunkSize is how many bytes of decoded text a Reader holds at most, but for a
// few that complete a character.
const ChunkSize = 256 << 10

// Reader decodes an object into one buffer, a chunk at a time. One goroutine at a
// time uses it.
//
//	t, err := charset.NewReader(r, size)
//	for {
//		last, err := t.Fill()
//		// look at t.Text()
//		if last { break }
//		t.Drop(n)
//	}
type Reader struct {
	r    io.ReaderAt
	pos  int64 // of the next byte to read
	size int64 // where to stop

	buf  []byte // decoded, whole characters only
	off  int64  // of buf in the object; -1 if it was decoded
	half int    // bytes of a character that is not whole, stored behind buf

	raw  []byte // read and not yet decoded
	dec  decoder
	seen bool // a character of UTF-8 that is not ASCII was met
}

// decoder appends what it makes of src to dst, at most up to dst's capacity, and
// tells how much of src it took.
type decoder func(dst, src []byte, last bool) ([]byte, int)

// NewReader reads the first chunk and decides how the text is stored. It reads at
// most the first size bytes of r. Its error is a failed read.
func NewReader(r io.ReaderAt, size int64) (*Reader, error) {
	return NewReaderIn(r, size, new(media.Scratch))
}

// NewReaderIn is NewReader with the text in memory of s, which nobody else uses
// meanwhile.
func NewReaderIn(r io.ReaderAt, size int64, s *media.Scratch) (*Reader, error) {
	t := &Reader{r: r, size: size}
	if need := int(min(size, ChunkSize)) + utf8.UTFMax; cap(s.Text) < need {
		s.Text = make([]byte, 0, need)
	}
	t.buf = s.Text[:0]
	if err := t.open(); err != nil {
		return nil, err
	}
	return t, nil
}

// Text is what was read and not dropped yet: whole characters, valid UTF-8. It is
// valid until the next Fill or Drop.
func (t *Reader) Text() []byte { return t.buf }

// Off is where Text starts in the object; -1 if it was decoded.
func (t *Reader) Off() int64 { return t.off }

func (t *Reader) open() error {
	head, err := t.read(t.buf[:min(t.size, ChunkSize)])
	if err != nil {
		return err
	}
	cs, mark := media.TextCharset(head[:min(len(head), media.HeadSize)])
	if cs == media.UTF8 && mark == 0 && mixed(head) {
		cs = media.EightBit // ASCII at first, and then not UTF-8
	}
	if cs == media.UTF8 {
		t.off = int64(mark)
		t.buf = t.whole(head[mark:])
		return nil
	}
	if cs == media.UTF7 {
		mark = 0 // it ends inside of a run
	}
	t.off = -1
	t.raw = append(make([]byte, 0, len(head)), head[mark:]...)
	t.dec = decoderFor(cs, head)
	if size := int64(len(head)) * 4; size < ChunkSize {
		t.buf = make([]byte, 0, size+64)
	} else {
		t.buf = make([]byte, 0, ChunkSize+64)
	}
	return nil
}

// mixed tells a text of 8 bits from one of UTF-8 with single bad bytes.
func mixed(b []byte) bool {
	if utf8.Valid(b) {
		return false
	}
	whole, broken := 0, 0
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			whole++
		case utf8.FullRune(b[i:]):
			broken++
		}
		i += n
	}
	return broken*4 > whole
}

// read fills b from the object, as far as there is any.
func (t *Reader) read(b []byte) ([]byte, error) {
	b = b[:min(int64(len(b)), t.size-t.pos)]
	if len(b) == 0 {
		return b, nil
	}
	n, err := t.r.ReadAt(b, t.pos)
	t.pos += int64(n)
	if n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		t.size = t.pos // shorter than it was said to be
	}
	return b[:n], nil
}

// Fill reads on until Text is nearly full. last says that no more will come. An
// error is a failed read.
func (t *Reader) Fill() (last bool, err error) {
	for len(t.buf) < ChunkSize-ChunkSize/8 {
		if t.dec == nil {
			if t.pos == t.size {
				break
			}
			err = t.fillStored()
		} else {
			if t.pos == t.size && len(t.raw) == 0 {
				break
			}
			err = t.fillDecoded()
		}
		if err != nil {
			return false, err
		}
	}
	if t.dec == nil {
		if t.pos == t.size && t.half > 0 { // cut inside a character
			n := len(t.buf)
			t.buf = t.buf[:n+t.half]
			for i := n; i < len(t.buf); i++ {
				t.buf[i] = '?'
			}
			t.half = 0
		}
		return t.pos == t.size, nil
	}
	return t.pos == t.size && len(t.raw) == 0, nil
}

// fillStored reads text as it is.
func (t *Reader) fillStored() error {
	n := len(t.buf)
	b, err := t.read(t.buf[n+t.half : cap(t.buf)])
	if err != nil {
		return err
	}
	fresh := t.buf[n : n+t.half+len(b)]
	if !t.seen && mixed(fresh) {
		// Not UTF-8 after all: from here on it is decoded.
		t.raw = append([]byte(nil), fresh...)
		t.dec, t.off, t.half = decoderFor(media.EightBit, fresh), -1, 0
		return nil
	}
	t.buf = t.buf[:n+len(t.whole(fresh))]
	return nil
}

// whole makes b valid without moving a byte: what breaks the rules becomes "?".
// It gives b without the character that b may end inside of, which is
// remembered.
func (t *Reader) whole(b []byte) []byte {
	t.half = 0
	end := len(b)
	for k := 1; k < utf8.UTFMax && k <= len(b); k++ {
		if c := b[len(b)-k]; c >= utf8.RuneSelf && utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-k:]) {
				t.half, end = k, len(b)-k
			}
			break
		}
	}
	b = b[:end]
	if utf8.Valid(b) {
		t.seen = t.seen || !isASCII(b)
		return b
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			b[i] = '?'
		} else {
			t.seen = true
		}
		i += n
	}
	return b
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// fillDecoded reads some and decodes what is there.
func (t *Reader) fillDecoded() error {
	const most = 64 << 10 // raw bytes at once: decoded they fit a chunk
	if len(t.raw) < most && t.pos < t.size {
		n := len(t.raw)
		t.raw = append(t.raw, make([]byte, min(most, t.size-t.pos))...)
		b, err := t.read(t.raw[n:])
		if err != nil {
			return err
		}
		t.raw = t.raw[:n+len(b)]
	}
	before := len(t.buf)
	buf, n := t.dec(t.buf, t.raw, t.pos == t.size)
	t.buf = buf
	t.raw = t.raw[:copy(t.raw, t.raw[n:])]
	if n == 0 && len(t.buf) == before { // no decoder does that; it must not go on for ever
		t.raw, t.pos = t.raw[:0], t.size
	}
	return nil
}

// Drop forgets the first n bytes of Text, at which a character must end.
func (t *Reader) Drop(n int) {
	m := copy(t.buf, t.buf[n:len(t.buf)+t.half])
	t.buf = t.buf[:m-t.half]
	if t.off >= 0 {
		t.off += int64(n)
	}
}

// transforming decodes with a decoder of x/text, which makes U+FFFD of what it
// can't read.
func transforming(tr transform.Transformer) decoder {
	return func(dst, src []byte, last bool) ([]byte, int) {
		taken := 0
		for {
			room := dst[len(dst):cap(dst)]
			n, k, err := tr.Transform(room, src[taken:], last)
			dst, taken = dst[:len(dst)+n], taken+k
			if !errors.Is(err, transform.ErrShortDst) || n == 0 && k == 0 {
				return dst, taken
			}
		}
	}
}

// wide decodes UTF-16 and UTF-32.
func wide(cs media.Charset) decoder {
	return func(dst, src []byte, last bool) ([]byte, int) {
		// Two bytes make at most three, four make at most four.
		if room := (cap(dst) - len(dst)) / 3 * 2 &^ 3; room < len(src) {
			src, last = src[:room], false
		}
		return media.AppendWide(dst, src, cs, last)
	}
}
