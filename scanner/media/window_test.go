package media

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

type counting struct {
	io.ReaderAt
	n int
}

func (c *counting) ReadAt(b []byte, off int64) (int, error) {
	c.n++
	return c.ReaderAt.ReadAt(b, off)
}

type broken struct{}

var errBroken = errors.New("broken")

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errBroken }

func TestWindow(t *testing.T) {
	content := []byte(strings.Repeat("0123456789", 1000))
	r := &counting{ReaderAt: bytes.NewReader(content)}
	w := Window{R: r, Size: int64(len(content))}
	for _, c := range []struct {
		name string
		off  int64
		n    int
		want string
		read int // reads so far
	}{
		{"first", 3, 4, "3456", 1},
		{"neighbour", 100, 2, "01", 1},
		{"before", 1, 3, "123", 2},
		{"far", 9000, 3, "012", 3},
		{"cut by the end", 9998, 10, "89", 3},
		{"behind the end", 10_000, 1, "", 3},
		{"negative", -1, 1, "", 3},
		{"nothing", 5, 0, "", 3},
		{"huge", 1 << 62, 8, "", 3},
	} {
		got, err := w.At(c.off, c.n)
		if err != nil || string(got) != c.want || r.n != c.read {
			t.Errorf("%s: %q, %v after %d reads, want %q after %d", c.name, got, err, r.n, c.want, c.read)
		}
	}
	if got, err := w.At(0, 1<<20); err != nil || len(got) != windowSize {
		t.Errorf("more than a window: %d bytes, %v", len(got), err)
	}
	if _, err := (&Window{R: broken{}, Size: 9}).At(0, 4); !errors.Is(err, errBroken) {
		t.Errorf("the source's error came back as %v", err)
	}
	if got, err := (&Window{R: bytes.NewReader([]byte("ab")), Size: 9}).At(0, 4); err != nil || string(got) != "ab" {
		t.Errorf("content shorter than it was said to be: %q, %v", got, err)
	}
}

func TestAppendWide(t *testing.T) {
	for _, c := range []struct {
		name  string
		cs    Charset
		b     string
		last  bool
		want  string
		taken int
	}{
		{"pair", UTF16LE, "\x3d\xd8\x00\xdea\x00", false, "😀a", 6},
		{"half a pair, more to come", UTF16LE, "a\x00\x3d\xd8", false, "a", 2},
		{"half a pair at the end", UTF16LE, "a\x00\x3d\xd8", true, "a\ufffd", 4},
		{"second half alone", UTF16BE, "\xde\x00\x00a", false, "\ufffda", 4},
		{"first half before a letter", UTF16BE, "\xd8\x3d\x00a", false, "\ufffda", 4},
		{"odd byte", UTF16BE, "\x00a\x00", false, "a", 2},
		{"odd byte at the end", UTF16BE, "\x00a\x00", true, "a\ufffd", 3},
		{"32 bits", UTF32BE, "\x00\x01\xf6\x00\x00\x00\x00a", true, "😀a", 8},
		{"too large", UTF32LE, "\x00\x00\x00\x80a\x00\x00\x00", true, "\ufffda", 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, taken := AppendWide(nil, []byte(c.b), c.cs, c.last)
			if string(got) != c.want || taken != c.taken {
				t.Errorf("got %q of %d bytes, want %q of %d", got, taken, c.want, c.taken)
			}
		})
	}
}
