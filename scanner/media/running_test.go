package media_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

type collector struct {
	text  strings.Builder
	parts int
	fail  error
	t     *testing.T
}

func (c *collector) Part(p *detectors.Part) error {
	c.parts++
	if !utf8.Valid(p.Text) || p.Path != "body" || p.Off != -1 {
		c.t.Errorf("part %q at %d, valid %v", p.Path, p.Off, utf8.Valid(p.Text))
	}
	c.text.Write(p.Text[p.Lead : len(p.Text)-p.Tail])
	return c.fail
}
func (*collector) Nested(string, *io.SectionReader) error { return nil }
func (*collector) Problem(string, media.Reason)           {}

// However it is cut, the text between the edges is the whole text once.
func TestRunningKeepsEveryByteOnce(t *testing.T) {
	for _, unit := range []string{"line of text\n", "without", "é", "a b ", strings.Repeat("x", 300<<10)} {
		c := &collector{t: t}
		r := media.NewRunning(c, "body")
		want := strings.Repeat(unit, (600<<10)/len(unit)+1)
		for range len(want) / len(unit) {
			r.WriteString(unit)
		}
		if err := r.End(); err != nil || c.text.String() != want || c.parts < 2 {
			t.Errorf("%.8q: %v after %d parts, %d bytes of %d", unit, err, c.parts, c.text.Len(), len(want))
		}
	}
}

func TestRunningSeparators(t *testing.T) {
	c := &collector{t: t}
	r := media.NewRunning(c, "body")
	r.Line()
	r.Space()
	r.WriteString("a")
	r.Space()
	r.Space()
	r.WriteString("b\xff")
	r.Line()
	r.Line()
	if err := r.End(); err != nil || c.text.String() != "a b\uFFFD\n" {
		t.Errorf("%v, %q", err, c.text.String())
	}
}

func TestRunningStopsWithItsVisitor(t *testing.T) {
	c := &collector{t: t, fail: errors.New("no")}
	r := media.NewRunning(c, "body")
	r.WriteString(strings.Repeat("x", 600<<10))
	if !errors.Is(r.Err(), c.fail) || !errors.Is(r.End(), c.fail) || c.parts != 1 {
		t.Errorf("%v after %d parts", r.Err(), c.parts)
	}
}

func TestStoredRemembersTheSource(t *testing.T) {
	s := media.NewStored(strings.NewReader("abc"), 1, 10)
	if b, err := media.ReadBlock(s); string(b) != "bc" || err != nil || s.Err() != nil {
		t.Errorf("%q, %v, %v", b, err, s.Err())
	}
	fail := errors.New("gone")
	s = media.NewStored(failing{fail}, 0, 10)
	if _, err := media.ReadBlock(s); !errors.Is(err, fail) || !errors.Is(s.Err(), fail) {
		t.Errorf("%v, %v", err, s.Err())
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
