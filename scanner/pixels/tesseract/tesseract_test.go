package tesseract

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"habeas/scanner/media"
	"habeas/scanner/pixels/raster"
)

// program gives the same output for every picture.
type program struct {
	out   string
	err   error
	input []byte
}

func (p *program) Run(_ context.Context, input []byte) ([]byte, error) {
	p.input = input
	return []byte(p.out), p.err
}

const table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n" +
	"4\t1\t1\t1\t1\t0\t20\t10\t200\t20\t-1\t\n" +
	"5\t1\t1\t1\t1\t1\t20\t10\t80\t20\t96.5\tE-mail:\n" +
	"5\t1\t1\t1\t1\t2\t110\t12\t110\t20\t80\tana@example.org\n" +
	"5\t1\t2\t1\t1\t1\t20\t40\t60\t20\t90\t020\n" +
	"5\t1\t2\t1\t1\t2\t90\t40\t60\t20\t3\tnoise\n" +
	"5\t1\t2\t1\t1\tx\tbroken\n"

func TestRead(t *testing.T) {
	p := &program{out: table}
	got, more, err := New(p).Read(t.Context(), raster.New(200, 100))
	if err != nil || more || len(got) != 2 {
		t.Fatalf("%v, %t, %v", got, more, err)
	}
	l := got[0]
	if l.Text != "E-mail: ana@example.org" || len(l.At) != len(l.Text)+1 || l.At[0] != 0 || l.At[8] != 0.45 || l.At[len(l.Text)] != 1 {
		t.Errorf("%q at %v", l.Text, l.At)
	}
	// It was shown at twice its size.
	if lo, hi := l.Quad.Bounds(); lo != (raster.Point{X: 10, Y: 5}) || hi != (raster.Point{X: 110, Y: 16}) {
		t.Errorf("%v", l.Quad)
	}
	if got[1].Text != "020" {
		t.Errorf("%q", got[1].Text)
	}
	if head := "P5 400 200 255\n"; !strings.HasPrefix(string(p.input), head) || len(p.input) != len(head)+400*200 {
		t.Errorf("it was shown %d bytes", len(p.input))
	}
}

func TestFailures(t *testing.T) {
	_, _, err := New(&program{err: errors.New("exit status 1")}).Read(t.Context(), raster.New(20, 20))
	if p, ok := errors.AsType[*media.Problem](err); !ok || p.Reason != media.Corrupt {
		t.Error(err)
	}
	var b strings.Builder
	for i := range maxLines + 5 {
		fmt.Fprintf(&b, "5\t1\t1\t1\t%d\t1\t1\t1\t9\t9\t90\tword\n", i)
	}
	if got, more, err := New(&program{out: b.String()}).Read(t.Context(), raster.New(20, 20)); err != nil || !more || len(got) != maxLines {
		t.Errorf("%d lines, %t, %v", len(got), more, err)
	}
}

func TestValidLanguages(t *testing.T) {
	for s, want := range map[string]bool{"eng": true, "eng+deu": true, "chi_sim": true, "script/Latin": true,
		"": false, "eng+": false, "/etc/passwd": false, "../x": false, "-l": false, "eng deu": false} {
		if ValidLanguages(s) != want {
			t.Errorf("%q is taken: %t", s, !want)
		}
	}
}
