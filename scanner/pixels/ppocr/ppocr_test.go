package ppocr

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/pixels/lines"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/raster"
)

// ink is a detector that takes dark pixels for text.
type ink struct{ sides []int64 }

func (d *ink) Run(_ context.Context, in onnx.Tensor) ([]onnx.Tensor, error) {
	h, w := in.Shape[2], in.Shape[3]
	d.sides = append(d.sides, max(h, w))
	out := onnx.Tensor{Shape: []int64{1, 1, h, w}, Data: make([]float32, h*w)}
	for i := range out.Data {
		if in.Data[i] < 0 {
			out.Data[i] = 0.9
		}
	}
	return []onnx.Tensor{out}, nil
}

// scribe is a recogniser that always reads the same, a character a step with a
// blank between, with a second choice for each.
type scribe struct {
	chars []string
	texts []string // one a call, the last for all that follow
	sure  []float32
	calls int
	err   error
}

func (s *scribe) Run(_ context.Context, in onnx.Tensor) ([]onnx.Tensor, error) {
	if s.err != nil {
		return nil, s.err
	}
	i := min(s.calls, len(s.texts)-1)
	s.calls++
	steps := int(in.Shape[3]) / 8
	out := onnx.Tensor{Shape: []int64{1, int64(steps), int64(len(s.chars))}, Data: make([]float32, steps*len(s.chars))}
	for t := range steps {
		row := out.Data[t*len(s.chars):][:len(s.chars)]
		row[0] = 1
		if t%2 == 0 && t/2 < len(s.texts[i]) {
			row[0] = 0
			row[index(s.chars, s.texts[i][t/2:t/2+1])] = s.sure[i]
			row[index(s.chars, "l")] = max(row[index(s.chars, "l")], 0.1)
		}
	}
	return []onnx.Tensor{out}, nil
}

func index(chars []string, c string) int {
	for i, x := range chars {
		if x == c {
			return i
		}
	}
	return 0
}

const dictionary = "a\nb\nl\n1\n@\n.\n0\n5\nx\nz\n"

// page is a white picture with dark bars: x, y, width, height.
func page(w, h int, bars ...[4]int) *raster.Image {
	m := raster.New(w, h)
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for _, b := range bars {
		for y := b[1]; y < b[1]+b[3]; y++ {
			clear(m.Pix[3*(y*w+b[0]) : 3*(y*w+b[0]+b[2])])
		}
	}
	return m
}

func reader(t *testing.T, s *scribe) (*Reader, *ink) {
	t.Helper()
	d := &ink{}
	r, err := New(d, s, []byte(dictionary))
	if err != nil {
		t.Fatal(err)
	}
	s.chars = r.chars
	return r, d
}

func TestReadsLinesFromTheTop(t *testing.T) {
	r, d := reader(t, &scribe{texts: []string{"ab1", "x.z", "ab"}, sure: []float32{0.9, 0.8, 0.95}})
	got, more, err := r.Read(t.Context(), page(960, 640, [4]int{100, 400, 300, 30}, [4]int{100, 100, 300, 30}, [4]int{600, 100, 200, 30}))
	if err != nil || more {
		t.Fatal(err, more)
	}
	var texts []string
	for _, l := range got {
		texts = append(texts, l.Text)
	}
	if diff := cmp.Diff([]string{"ab1", "x.z", "ab"}, texts); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int64{gateSide, lineSide}, d.sides); diff != "" {
		t.Errorf("the detector was shown: %s", diff)
	}
	l := got[0]
	if lo, hi := l.Quad.Bounds(); lo.X > 100 || hi.X < 400 || lo.Y > 100 || hi.Y < 130 || hi.Y > 180 {
		t.Errorf("a line at %v to %v", lo, hi)
	}
	if diff := cmp.Diff([]int{2}, l.Doubts); diff != "" { // 1, which may be l
		t.Error(diff)
	}
	if len(l.At) != 4 || l.At[0] != 0 || !(l.At[1] < l.At[2] && l.At[2] < l.At[3]) {
		t.Errorf("characters at %v", l.At)
	}
}

func TestNothingAtTheGateEndsIt(t *testing.T) {
	r, d := reader(t, &scribe{texts: []string{"a"}, sure: []float32{1}})
	if got, _, err := r.Read(t.Context(), page(400, 300)); err != nil || len(got) != 0 || len(d.sides) != 1 {
		t.Errorf("%v, %v, %v", got, d.sides, err)
	}
}

func TestSmallLinesGetAFinerLook(t *testing.T) {
	r, d := reader(t, &scribe{texts: []string{"ab"}, sure: []float32{0.9}})
	if _, _, err := r.Read(t.Context(), page(1920, 1280, [4]int{100, 400, 300, 9})); err != nil || len(d.sides) != 3 || d.sides[2] != fineSide {
		t.Errorf("%v, %v", d.sides, err)
	}
}

func TestWhatStandsOnItsHeadIsTurned(t *testing.T) {
	r, _ := reader(t, &scribe{texts: []string{"xz", "ab"}, sure: []float32{0.6, 0.9}})
	got, _, err := r.Read(t.Context(), page(960, 640, [4]int{100, 100, 300, 30}))
	if err != nil || len(got) != 1 || got[0].Text != "ab" {
		t.Fatalf("%v, %v", got, err)
	}
	if q := got[0].Quad; q[0].X < q[1].X {
		t.Errorf("the line starts at %v", q[0])
	}
}

func TestFaintSpaces(t *testing.T) {
	r, _ := reader(t, &scribe{texts: []string{""}, sure: []float32{1}})
	classes := len(r.chars)
	decode := func(text string, space float32) lines.Line {
		var steps []float32
		for _, c := range strings.Split(text, "") {
			row := make([]float32, 2*classes)
			row[index(r.chars, c)] = 0.9
			row[classes], row[2*classes-1] = 1-space, space // a blank, or a space
			steps = append(steps, row...)
		}
		return r.decode(steps, 1)
	}
	for _, c := range []struct {
		text  string
		space float32
		want  string
	}{
		{"abxz", 0.05, "abxz"},
		{"ab1", 0.3, "a b 1"},
		{"a@b.x", 0.3, "a@b.x"},
		{"1a.", 0.3, "1a."},
	} {
		l := decode(c.text, c.space)
		if l.Text != c.want || len(l.At) != len(l.Text)+1 || !slices.IsSorted(l.At) {
			t.Errorf("%q with spaces of %g reads %q at %v, want %q", c.text, c.space, l.Text, l.At, c.want)
		}
	}
}

func TestWhatIsNoTextIsDropped(t *testing.T) {
	r, _ := reader(t, &scribe{texts: []string{"ab"}, sure: []float32{0.3}})
	if got, _, err := r.Read(t.Context(), page(960, 640, [4]int{100, 100, 300, 30})); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestManyLinesAreTold(t *testing.T) {
	var bars [][4]int
	for y := range 30 {
		for x := range 15 {
			bars = append(bars, [4]int{20 + 62*x, 10 + 21*y, 30, 8})
		}
	}
	r, _ := reader(t, &scribe{texts: []string{"ab"}, sure: []float32{0.9}})
	got, more, err := r.Read(t.Context(), page(960, 640, bars...))
	if err != nil || !more || len(got) != maxLines {
		t.Errorf("%d lines, %t, %v", len(got), more, err)
	}
}

func TestModelsThatDoNotFit(t *testing.T) {
	broken := errors.New("broken")
	r, _ := reader(t, &scribe{err: broken})
	if _, _, err := r.Read(t.Context(), page(960, 640, [4]int{100, 100, 300, 30})); !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, err := New(nil, nil, []byte("\xff\n")); err == nil {
		t.Error("a dictionary that is no text was taken")
	}
	if _, err := New(nil, nil, nil); err == nil {
		t.Error("an empty dictionary was taken")
	}
	r, err := New(&ink{}, &scribe{chars: strings.Split("abcdefghijklm", ""), texts: []string{"a"}, sure: []float32{1}}, []byte(dictionary))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.Read(t.Context(), page(960, 640, [4]int{100, 100, 300, 30})); err == nil {
		t.Error("a dictionary of another recogniser was taken")
	}
}

// turned is a rectangle of w by h around x, y.
func turned(x, y, w, h, degrees float64) raster.Quad {
	s, c := math.Sincos(degrees * math.Pi / 180)
	at := func(u, v float64) raster.Point { return raster.Point{X: x + u*c - v*s, Y: y + u*s + v*c} }
	return raster.Quad{at(-w/2, -h/2), at(w/2, -h/2), at(w/2, h/2), at(-w/2, h/2)}
}

func TestSmallestRectangle(t *testing.T) {
	for _, degrees := range []float64{0, 10, -30, 44, -44} {
		want := turned(100, 80, 120, 20, degrees)
		got := smallest(want[:])
		for i := range got {
			if math.Hypot(got[i].X-want[i].X, got[i].Y-want[i].Y) > 0.01 {
				t.Errorf("%g degrees: %v, want %v", degrees, got, want)
				break
			}
		}
	}
	// Text that runs down is read from its lower end up, or turned round.
	up := turned(100, 80, 20, 120, 0)
	if w, h := smallest(up[:]).Size(); w < h {
		t.Errorf("an upright line is %g by %g", w, h)
	}
}

func TestPiecesAreJoined(t *testing.T) {
	piece := func(x, y, w, h float64) box { return box{quad: turned(x, y, w, h, 0)} }
	for name, c := range map[string]struct {
		in   []box
		want int
	}{
		"a word apart":      {[]box{piece(50, 20, 100, 30), piece(160, 22, 100, 30)}, 1},
		"columns":           {[]box{piece(50, 20, 100, 30), piece(200, 20, 100, 30)}, 2},
		"lines":             {[]box{piece(50, 20, 100, 30), piece(50, 55, 100, 30)}, 2},
		"a heading beside":  {[]box{piece(50, 20, 100, 60), piece(155, 20, 100, 20)}, 2},
		"three":             {[]box{piece(50, 20, 100, 30), piece(270, 20, 100, 30), piece(160, 20, 100, 30)}, 1},
		"another direction": {[]box{piece(50, 20, 100, 30), {quad: turned(150, 20, 100, 30, 60)}}, 2},
		"turned together":   {[]box{{quad: turned(50, 50, 100, 30, 45)}, {quad: turned(128, 128, 100, 30, 45)}}, 1},
	} {
		if got := joined(c.in); len(got) != c.want {
			t.Errorf("%s: %d lines", name, len(got))
		}
	}
}
