package sandbox

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"testing"
	"time"
)

// aboutArg makes the test binary a worker behind a Servant that is asked about
// content.
const aboutArg = "-about"

// serveAboutTest hashes content, and dies or hangs in the middle of it when told
// to.
func serveAboutTest(request []byte, content io.ReaderAt, size int64) []byte {
	switch string(request) {
	case "die":
		_, _ = content.ReadAt(make([]byte, 10), 5)
		os.Exit(3)
	case "hang":
		select {}
	case "open":
		if _, err := os.Open("/etc/hostname"); err == nil {
			return []byte("opened")
		}
		return []byte("refused")
	case "back":
		b := make([]byte, 3)
		for off := size - 3; off >= 0; off -= 100_000 {
			if _, err := content.ReadAt(b, off); err != nil {
				return []byte("failed")
			}
		}
		if n, err := content.ReadAt(make([]byte, 3), size-1); n != 1 || !errors.Is(err, io.EOF) {
			return []byte("reads over the end")
		}
		return b
	}
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(content, 0, size)); err != nil {
		return []byte("failed")
	}
	return h.Sum(nil)
}

// brokenContent fails from a byte on.
type brokenContent struct {
	io.ReaderAt
	from int64
}

var errBroken = errors.New("the bucket is gone")

// ReadAt implements io.ReaderAt.
func (b brokenContent) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.from {
		return 0, errBroken
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestAskAbout(t *testing.T) {
	s := NewServant([]string{os.Args[0], aboutArg})
	defer s.Close()
	large := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	sum := func(b []byte) string { h := sha256.Sum256(b); return string(h[:]) }
	for _, c := range []struct {
		request string
		content io.ReaderAt
		size    int
		reply   string
		err     error
	}{
		{"hash", bytes.NewReader(large), len(large), sum(large), nil},
		{"hash", bytes.NewReader(nil), 0, sum(nil), nil},
		{"die", bytes.NewReader(large), len(large), "", ErrServant},
		{"hash", bytes.NewReader(large[:99]), 99, sum(large[:99]), nil},
		{"hash", brokenContent{bytes.NewReader(large), 500_000}, len(large), "", errBroken},
		{"hash", bytes.NewReader(large[:10]), 20, "", io.ErrUnexpectedEOF},
		{"back", bytes.NewReader(large), len(large), "def", nil},
	} {
		reply, err := s.AskAbout(t.Context(), []byte(c.request), c.content, int64(c.size))
		if string(reply) != c.reply || !errors.Is(err, c.err) {
			t.Errorf("%s of %d bytes: %.40q, %v", c.request, c.size, reply, err)
		}
	}
	if reply, err := s.AskAbout(t.Context(), []byte("open"), bytes.NewReader(nil), 0); err != nil || string(reply) == "opened" {
		t.Errorf("a worker opens files: %q, %v", reply, err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := s.AskAbout(ctx, []byte("hang"), bytes.NewReader(nil), 0); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one that hangs: %v", err)
	}
}

// A worker that was taken over asks for what there is not, or claims a reply of
// any length.
func TestWordsOfAHostileWorker(t *testing.T) {
	for name, says := range map[string][]byte{
		"past the end":  {wantBytes, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 1, 0, 0, 0},
		"negative":      {wantBytes, 0, 0, 0, 0, 0, 0, 0, 0x80, 1, 0, 0, 0},
		"too much":      {wantBytes, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x7f},
		"nothing":       {wantBytes, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		"a long reply":  {wantNothing, 0xff, 0xff, 0xff, 0xff},
		"a short reply": {wantNothing, 9, 0, 0, 0, 'x'},
	} {
		out := bytes.NewReader(says[1:])
		s := &Servant{in: discard{}, out: io.NopCloser(out)}
		switch says[0] {
		case wantBytes:
			if failed, err := s.give(bytes.NewReader(make([]byte, 10)), 10); err == nil {
				t.Errorf("%s: given, %v", name, failed)
			}
		case wantNothing:
			if b, err := readGrowing(out, MaxAnswer); err == nil {
				t.Errorf("%s: %q", name, b)
			}
		}
	}
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Close() error                { return nil }
