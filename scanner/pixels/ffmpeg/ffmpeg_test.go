package ffmpeg

import (
	"bytes"
	"context"
	"errors"
	"image/color"
	"io"
	"strings"
	"testing"

	"habeas/scanner/media"
)

// program answers with what it is, or fails.
type program string

func (p program) Run(context.Context, []byte) ([]byte, error) {
	if p == "" {
		return nil, errors.New("it failed")
	}
	return []byte(p), nil
}

func TestFrame(t *testing.T) {
	movie := io.NewSectionReader(strings.NewReader("movie"), 0, 5)
	m, err := New(program("P6\n2 1\n255\n\x0a\x14\x1e\x01\x02\x03")).Frame(t.Context(), movie)
	if err != nil || m.Bounds().Dx() != 2 || m.Bounds().Dy() != 1 || m.At(1, 0) != (color.RGBA{1, 2, 3, 255}) || m.At(0, 0) != (color.RGBA{10, 20, 30, 255}) {
		t.Fatalf("%v, %v", m, err)
	}
	for name, c := range map[string]struct {
		says program
		size int64
		want media.Reason
	}{
		"it fails":        {"", 5, media.Corrupt},
		"nothing":         {"\n", 5, media.Corrupt},
		"too few bytes":   {"P6\n2 1\n255\n\x00", 5, media.Corrupt},
		"too large":       {"P6\n99999999 99999999\n255\n\x00", 5, media.Corrupt},
		"sixteen bits":    {"P6\n1 1\n65535\n\x00\x00\x00\x00\x00\x00", 5, media.Corrupt},
		"too long a film": {"P6\n", maxMovie + 1, media.LimitBytes},
	} {
		if _, err := New(c.says).Frame(t.Context(), io.NewSectionReader(bytes.NewReader(nil), 0, c.size)); media.ReasonOf(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := New(program("")).Frame(ctx, movie); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
