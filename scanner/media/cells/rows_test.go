package cells

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media/mediatest"
)

func TestRows(t *testing.T) {
	var v mediatest.Visit
	r := NewRows(&v, "people")
	r.Value("name", []byte("Ana"))
	r.Value("mail", nil)
	r.Value("phone", []byte("1\xff2"))
	_ = r.End()
	_ = r.End() // a row of nulls
	r.Value("name", []byte("Bo"))
	_ = r.End()
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	want := detectors.Part{Path: "people", Text: []byte("Ana\t1\uFFFD2\nBo\n"), Off: -1, Cells: []detectors.Cell{
		{Start: 0, End: 3, Record: 1, Column: "name"}, {Start: 4, End: 9, Record: 1, Column: "phone"}, {Start: 10, End: 12, Record: 3, Column: "name"}}}
	if d := cmp.Diff([]detectors.Part{want}, v.Parts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestManyRowsAndALongValue(t *testing.T) {
	var v mediatest.Visit
	r := NewRows(&v, "")
	for i := range 20_000 {
		r.Value("name", fmt.Append(nil, "a name of some length ", i))
		if i == 10_000 {
			r.Value("text", []byte(strings.Repeat("é ", 300_000)))
		}
		if err := r.End(); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	cells, text := 0, 0
	for _, p := range v.Parts {
		cells += len(p.Cells)
		if len(p.Cells) == 0 {
			text += len(p.Text) - p.Lead - p.Tail
		}
		if len(p.Text) > 330<<10 {
			t.Errorf("a part of %d bytes", len(p.Text))
		}
	}
	if cells != 20_000 || text != 900_000 {
		t.Errorf("%d cells, %d bytes of the long value", cells, text)
	}
}

type failing struct{ mediatest.Discard }

var errVisitor = errors.New("no")

func (failing) Part(*detectors.Part) error { return errVisitor }

func TestVisitorFails(t *testing.T) {
	r := NewRows(failing{}, "")
	r.Value("a", []byte("b"))
	_ = r.End()
	if err := r.Flush(); !errors.Is(err, errVisitor) {
		t.Errorf("error %v", err)
	}
	r.Value("a", []byte(strings.Repeat("b", 100_000)))
	if err := r.End(); !errors.Is(err, errVisitor) {
		t.Errorf("error %v", err)
	}
}
