package media

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// patterned yields the bytes of a pattern and can be opened again.
func patterned(size int64) ([]byte, *int, func() (io.Reader, error)) {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i>>16) ^ byte(i)
	}
	opened := new(int)
	return b, opened, func() (io.Reader, error) {
		*opened++
		return bytes.NewReader(b), nil
	}
}

func TestUnpacked(t *testing.T) {
	whole, opened, open := patterned(50<<20 + 77)
	u := NewUnpacked(int64(len(whole)), open)
	rng := rand.New(rand.NewPCG(1, 2))
	buf := make([]byte, 3<<20)
	read := func(off, n int64) {
		t.Helper()
		m, err := u.ReadAt(buf[:n], off)
		if want := whole[off:min(off+n, int64(len(whole)))]; !bytes.Equal(buf[:m], want) || (err == nil) != (int64(len(want)) == n) {
			t.Fatalf("%d bytes at %d: %d, %v", n, off, m, err)
		}
	}
	for range 40 {
		read(rng.Int64N(int64(len(whole))), rng.Int64N(int64(len(buf))))
	}
	if len(u.pages) > unpackedMost {
		t.Errorf("%d pages are held", len(u.pages))
	}
	u, *opened = NewUnpacked(int64(len(whole)), open), 0
	for off := int64(0); off < int64(len(whole)); off += 1 << 20 {
		read(off, 1<<20)
		read(0, 100)
	}
	read(int64(len(whole))-100, 1000)
	if *opened != 1 {
		t.Errorf("read from front to back, it was opened %d times", *opened)
	}
}

// A size that lies, and a stream that breaks off, give what is there.
func TestUnpackedShort(t *testing.T) {
	whole, _, open := patterned(3<<20 + 5)
	u := NewUnpacked(1<<40, open)
	buf := make([]byte, 100)
	if n, err := u.ReadAt(buf, 3<<20); n != 5 || !errors.Is(err, io.ErrUnexpectedEOF) || !bytes.Equal(buf[:5], whole[3<<20:]) {
		t.Errorf("at the end: %d, %v", n, err)
	}
	if n, err := u.ReadAt(buf, 1<<39); n != 0 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("behind it: %d, %v", n, err)
	}
	if n, err := u.ReadAt(buf, 10); n != 100 || err != nil {
		t.Errorf("before it: %d, %v", n, err)
	}
	fails := errors.New("no")
	u = NewUnpacked(10<<20, func() (io.Reader, error) {
		return io.MultiReader(bytes.NewReader(whole), iotest.ErrReader(fails)), nil
	})
	for range 2 {
		if n, err := u.ReadAt(buf, int64(len(whole))-10); n != 10 || !errors.Is(err, fails) {
			t.Errorf("broken off: %d, %v", n, err)
		}
	}
	u = NewUnpacked(10, func() (io.Reader, error) { return nil, fails })
	if _, err := u.ReadAt(buf[:1], 0); !errors.Is(err, fails) {
		t.Errorf("not to be opened: %v", err)
	}
}
