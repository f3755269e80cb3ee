package scanner

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
)

// sheet is a picture of a given width with a block and a copy in it: "sheet", a
// digit for the width, then what is nested. A block is a "slip".
type sheet struct{}

func (sheet) Name() string           { return "sheet" }
func (sheet) Match(head []byte) bool { return bytes.HasPrefix(head, []byte("sheet")) }

func (sheet) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil || len(b) < 6 {
		return err
	}
	p := media.PictureOf(v)
	p.Width, p.Height = int(b[5]-'0'), 1
	if o := p.Outer; o != nil {
		if err := v.Part(&detectors.Part{Path: "around", Text: fmt.Appendf(nil, "%d", o.Width), Off: -1}); err != nil {
			return err
		}
	}
	if len(b) == 6 {
		return nil
	}
	for _, path := range []string{"exif", "copy"} {
		s := "slip"
		if path == "copy" {
			s = string(b[6:])
		}
		if err := v.Nested(path, io.NewSectionReader(bytes.NewReader([]byte(s)), 0, int64(len(s)))); err != nil {
			return err
		}
	}
	return nil
}

type slip struct{}

func (slip) Name() string           { return "slip" }
func (slip) Match(head []byte) bool { return string(head) == "slip" }

func (slip) Walk(_ io.ReaderAt, _ int64, v media.Visitor) error {
	return v.Part(&detectors.Part{Text: fmt.Appendf(nil, "%d", media.PictureOf(v).Width), Off: -1})
}

// echo finds every text.
type echo struct{}

func (echo) Info() detectors.Info {
	return detectors.Info{Name: "echo", Version: 1, Kinds: []detectors.Kind{detectors.Place}}
}

func (echo) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	if len(p.Text) > 0 {
		found(detectors.Finding{Kind: detectors.Place, Value: string(p.Text), End: len(p.Text), Confidence: 1, Rule: "echo"})
	}
	return nil
}

// TestPictureAround: a block shares the picture of its container, a copy knows
// the picture around it, and one in the copy the copy's.
func TestPictureAround(t *testing.T) {
	const object = "sheet5" + "sheet3" + "sheet1"
	e := &Examiner{Formats: []media.Format{sheet{}, slip{}}, Detectors: []detectors.Detector{echo{}}}
	res, err := e.Examine(context.Background(), Job{Size: int64(len(object))}, bytes.NewReader([]byte(object)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range res.Findings {
		got = append(got, f.Part+" "+f.Value)
	}
	slices.Sort(got)
	want := []string{"sheet/copy/sheet/around 5", "sheet/copy/sheet/copy/sheet/around 3", "sheet/copy/sheet/exif 3", "sheet/exif 5"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
