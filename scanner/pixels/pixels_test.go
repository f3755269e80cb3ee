package pixels

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"testing"

	"habeas/scanner"
	"habeas/scanner/media"
	"habeas/scanner/pixels/faces"
	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/raster"
)

// reader finds one line in the left upper quarter of each picture.
type reader struct {
	runs int
	more bool
	err  error
}

func (r *reader) Read(_ context.Context, m *raster.Image) ([]lines.Line, bool, error) {
	r.runs++
	w, h := float64(m.W)/2, float64(m.H)/2
	return []lines.Line{{Text: "a", At: []float64{0, 1}, Confidence: 0.9, Quad: raster.Quad{{}, {X: w}, {X: w, Y: h}, {Y: h}}}}, r.more, r.err
}

// finder finds a face there, and notes how large a picture it was shown.
type finder struct{ long int }

func (f *finder) Find(_ context.Context, m *raster.Image) ([]faces.Face, error) {
	f.long = m.Long()
	return []faces.Face{{W: float64(m.W) / 2, H: float64(m.H) / 2, Score: 0.7}}, nil
}

func slope(w, h int) image.Image {
	m := image.NewGray(image.Rect(0, 0, w, h))
	for i := range m.Pix {
		m.Pix[i] = byte(i)
	}
	return m
}

func lookAt(t *testing.T, r *Reader, p scanner.Picture) ([]scanner.Seen, error) {
	t.Helper()
	var all []scanner.Seen
	err := r.Look(t.Context(), p, func(s scanner.Seen) error {
		all = append(all, s)
		return nil
	})
	return all, err
}

func TestPlacesAreOfTheStoredPicture(t *testing.T) {
	f := &finder{}
	r := New(Options{Lines: &reader{}, Faces: f, Model: "test", Likely: 0.6})
	// Orientation 6 is shown turned to the right: its left upper quarter is the
	// left lower one as stored.
	all, err := lookAt(t, r, scanner.Picture{Decoded: slope(2000, 1000), Orientation: 6})
	if err != nil || len(all) != 1 || len(all[0].Lines) != 1 || len(all[0].Faces) != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	b, line := all[0].Faces[0].Box, all[0].Lines[0].Quad.Bounds()
	for _, got := range []float64{b.X, b.Y - 0.5, b.W - 0.5, b.H - 0.5, line.X, line.Y - 0.5} {
		if math.Abs(got) > 0.01 {
			t.Errorf("a face at %+v, a line at %+v", b, line)
			break
		}
	}
	if f.long != faceSide {
		t.Errorf("faces are looked for at %d", f.long)
	}
}

func TestTheSamePixelsAreReadOnce(t *testing.T) {
	l := &reader{}
	r := New(Options{Lines: l})
	var b bytes.Buffer
	if err := png.Encode(&b, slope(100, 50)); err != nil {
		t.Fatal(err)
	}
	file := io.NewSectionReader(bytes.NewReader(b.Bytes()), 0, int64(b.Len()))
	for _, p := range []scanner.Picture{{Decoded: slope(100, 50)}, {Type: "image/png", Content: file}, {Decoded: slope(100, 50)}} {
		if all, err := lookAt(t, r, p); err != nil || len(all) != 1 || len(all[0].Lines) != 1 {
			t.Errorf("%v, %v", all, err)
		}
	}
	if l.runs != 1 {
		t.Errorf("read %d times", l.runs)
	}
	for i := range maxSeen + 10 {
		if _, err := lookAt(t, r, scanner.Picture{Decoded: slope(20+i, 17)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.seen.known) != maxSeen || len(r.seen.order) != maxSeen {
		t.Errorf("%d pictures are remembered", len(r.seen.known))
	}
}

func TestWhatShowsNothingIsNotRead(t *testing.T) {
	l := &reader{}
	r := New(Options{Lines: l})
	for _, m := range []image.Image{slope(400, 15), image.NewUniform(color.White), image.NewGray(image.Rect(0, 0, 300, 300))} {
		if u, ok := m.(*image.Uniform); ok {
			m = image.NewPaletted(image.Rect(0, 0, 99, 99), color.Palette{u.C})
		}
		if all, err := lookAt(t, r, scanner.Picture{Decoded: m}); err != nil || len(all) != 1 || len(all[0].Lines) != 0 {
			t.Errorf("%v, %v", all, err)
		}
	}
	if l.runs != 0 {
		t.Errorf("read %d times", l.runs)
	}
}

func TestReasons(t *testing.T) {
	for name, c := range map[string]struct {
		r    *reader
		want media.Reason
	}{
		"too many lines":    {&reader{more: true}, media.LimitCount},
		"the model fails":   {&reader{err: errors.New("a shape")}, media.Unsupported},
		"it takes too long": {&reader{err: context.DeadlineExceeded}, media.Unsupported},
		"the program fails": {&reader{err: media.Stop("", media.Corrupt)}, media.Corrupt},
	} {
		_, err := lookAt(t, New(Options{Lines: c.r}), scanner.Picture{Decoded: slope(100, 50)})
		if p, ok := errors.AsType[*media.Problem](err); !ok || p.Reason != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := New(Options{Lines: &reader{err: context.Canceled}}).Look(ctx, scanner.Picture{Decoded: slope(100, 50)}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
