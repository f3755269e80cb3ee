package scanner

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
)

// gallery is a format of pictures: "pic W H", and behind that pictures inside, a
// line each: NAME PICTURE.
type gallery struct{}

func (gallery) Name() string           { return "pic" }
func (gallery) Match(head []byte) bool { return strings.HasPrefix(string(head), "pic ") }

func (gallery) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return err
	}
	first, rest, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(first)
	p := media.PictureOf(v)
	p.Width, p.Height = len(f[1]), len(f[2])
	off := len(first) + 1
	for l := range strings.Lines(rest) {
		name, inner, _ := strings.Cut(l, " ")
		inner = strings.TrimSuffix(inner, "\n")
		at := int64(off + len(name) + 1)
		if err := v.Nested(name, io.NewSectionReader(r, at, int64(len(inner)))); err != nil {
			return err
		}
		off += len(l)
	}
	return nil
}

// eye sees in each picture what its first line says after the size, and keeps
// what it was shown.
type eye struct {
	shown []string
	err   map[string]error // by the first word
	faces []SeenFace
}

func (*eye) Hash() string { return "eye" }

func (e *eye) Look(_ context.Context, p Picture, seen func(Seen) error) error {
	b := make([]byte, p.Content.Size())
	if _, err := p.Content.ReadAt(b, 0); err != nil && err != io.EOF {
		return err
	}
	first, _, _ := strings.Cut(string(b), "\n")
	text := strings.Join(strings.Fields(first)[3:], " ")
	e.shown = append(e.shown, text)
	if err := e.err[text]; err != nil {
		return err
	}
	l := SeenLine{Text: text, Confidence: 0.8, Quad: detectors.Quad{{X: 0.1, Y: 0.1}, {X: 0.5, Y: 0.1}, {X: 0.5, Y: 0.2}, {X: 0.1, Y: 0.2}}}
	for i := range len(text) + 1 {
		l.At = append(l.At, float64(i)/float64(len(text)))
	}
	l.Doubts = []int{0}
	return seen(Seen{Lines: []SeenLine{l}, Faces: e.faces})
}

func look(t *testing.T, e *eye, content string) Result {
	t.Helper()
	x := &Examiner{Formats: []media.Format{gallery{}}, Detectors: []detectors.Detector{signs{}}, Sniff: func(head []byte) string {
		if strings.HasPrefix(string(head), "pic ") {
			return "image/x-pic"
		}
		return "application/octet-stream"
	}}
	if e != nil {
		x.Pixels = e
	}
	res, err := x.Examine(t.Context(), Job{Size: int64(len(content))}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// signs finds words with an @ in them.
type signs struct{}

func (signs) Info() detectors.Info {
	return detectors.Info{Name: "signs", Version: 1, Kinds: []detectors.Kind{detectors.Email}}
}

func (signs) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	off := 0
	for _, w := range strings.SplitAfter(string(p.Text), " ") {
		if v := strings.TrimSpace(w); strings.Contains(v, "@") {
			found(detectors.Finding{Kind: detectors.Email, Value: v, Start: off, End: off + len(v), Confidence: 1, Why: "an at sign"})
		}
		off += len(w)
	}
	return nil
}

func TestWithoutPixelsPicturesAreCounted(t *testing.T) {
	res := look(t, nil, "pic ww hh ana@example.org\nthumb pic w h small")
	if res.Pictures != 1 || res.Unseen != 1 || len(res.Findings) != 0 || res.Coverage != "complete" {
		t.Errorf("%+v", res)
	}
}

// drawer is a format whose pages are pictures that it draws itself: p for one that
// can be drawn.
type drawer struct{}

func (drawer) Name() string           { return "drawer" }
func (drawer) Match(head []byte) bool { return strings.HasPrefix(string(head), "draw ") }
func (drawer) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	for i, c := range strings.TrimPrefix(string(b), "draw ") {
		err := media.Show(v, fmt.Sprintf("page[%d]", i+1), func() (image.Image, error) {
			if !media.Showing(v) {
				return nil, errors.New("it is only to be counted")
			}
			if c != 'p' {
				return nil, media.Stop("", media.LimitBytes)
			}
			return image.NewGray(image.Rect(0, 0, 20, 20)), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// glance sees an address in every drawn picture.
type glance struct{ drawn int }

func (*glance) Hash() string { return "glance" }
func (g *glance) Look(_ context.Context, p Picture, seen func(Seen) error) error {
	if p.Decoded != nil {
		g.drawn++
	}
	return seen(Seen{Lines: []SeenLine{{Text: "ana@example.org", Confidence: 1, At: make([]float64, 16)}}})
}

func TestDrawnPagesAreLookedAt(t *testing.T) {
	content := "draw pxp"
	for name, c := range map[string]struct {
		e            *Examiner
		unseen       int
		parts, codes string
	}{
		"without pixels": {&Examiner{}, 3, "", ""},
		"with pixels":    {&Examiner{Pixels: &glance{}}, 1, "drawer/page[1]/pixels/line[1] drawer/page[3]/pixels/line[1]", "limit.bytes@drawer/page[2]/pixels"},
	} {
		c.e.Formats, c.e.Detectors = []media.Format{drawer{}}, []detectors.Detector{signs{}}
		res, err := c.e.Examine(t.Context(), Job{Size: int64(len(content))}, strings.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		var parts, codes []string
		for _, f := range res.Findings {
			parts = append(parts, f.Part)
		}
		for _, r := range res.Reasons {
			codes = append(codes, r.Code+"@"+r.Part)
		}
		if res.Pictures != 3 || res.Unseen != c.unseen || strings.Join(parts, " ") != c.parts || strings.Join(codes, " ") != c.codes {
			t.Errorf("%s: %d of %d unseen, %v, %v", name, res.Unseen, res.Pictures, parts, codes)
		}
	}
}

func TestTextInPicturesHasItsPlace(t *testing.T) {
	res := look(t, &eye{}, "pic ww hh to ana@example.org now")
	if res.Pictures != 1 || res.Unseen != 0 || len(res.Findings) != 1 {
		t.Fatalf("%+v", res)
	}
	f := res.Findings[0]
	if f.Part != "pic/pixels/line[1]" || f.Confidence != 0.8 || f.Doubtful || f.Off != -1 {
		t.Errorf("%+v", f)
	}
	text := "to ana@example.org now"
	if got, want := f.Box.X, 0.1+0.4*3/float64(len(text)); got < want-1e-9 || got > want+1e-9 {
		t.Errorf("it starts at %g, want %g", got, want)
	}
	if !strings.Contains(f.Why, "read from the pixels") || f.Quad == nil {
		t.Errorf("why %q, quad %v", f.Why, f.Quad)
	}
}

// reel is a video whose frames are f, and c for one that can't be taken out.
type reel struct{}

func (reel) Name() string           { return "reel" }
func (reel) Match(head []byte) bool { return strings.HasPrefix(string(head), "reel ") }
func (reel) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	b, err := io.ReadAll(io.NewSectionReader(r, 0, size))
	if err != nil {
		return err
	}
	for i, c := range strings.TrimPrefix(string(b), "reel ") {
		err := media.ShowFrame(v, fmt.Sprintf("frame[%d]", i+1), func() ([]byte, error) {
			if c != 'f' {
				return nil, media.Stop("", media.Corrupt)
			}
			return []byte("film"), nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// blind has no decoder for anything.
type blind struct{ looks int }

func (*blind) Hash() string { return "blind" }
func (b *blind) Look(context.Context, Picture, func(Seen) error) error {
	b.looks++
	return media.Stop("", media.Unsupported)
}

func TestVideosAreLookedAtByTheirFrames(t *testing.T) {
	none := &blind{}
	for name, c := range map[string]struct {
		content      string
		pixels       Pixels
		unseen       int
		parts, codes string
	}{
		"without pixels":  {"reel ff", nil, 1, "", ""},
		"frames":          {"reel ff", &glance{}, 0, "reel/frame[1]/pixels/line[1] reel/frame[2]/pixels/line[1]", ""},
		"one is corrupt":  {"reel cf", &glance{}, 0, "reel/frame[2]/pixels/line[1]", "corrupt@reel/pixels"},
		"all are":         {"reel cc", &glance{}, 1, "", "corrupt@reel/pixels"},
		"no frames":       {"reel ", &glance{}, 1, "", "unsupported@reel/pixels"},
		"nobody sees any": {"reel fff", none, 1, "", "unsupported@reel/pixels"},
	} {
		e := &Examiner{Formats: []media.Format{reel{}}, Detectors: []detectors.Detector{signs{}}, Pixels: c.pixels, Sniff: func([]byte) string { return "video/reel" }}
		res, err := e.Examine(t.Context(), Job{Size: int64(len(c.content))}, strings.NewReader(c.content))
		if err != nil {
			t.Fatal(err)
		}
		var parts, codes []string
		for _, f := range res.Findings {
			parts = append(parts, f.Part)
		}
		for _, r := range res.Reasons {
			codes = append(codes, r.Code+"@"+r.Part)
		}
		if res.Pictures != 1 || res.Unseen != c.unseen || strings.Join(parts, " ") != c.parts || strings.Join(codes, " ") != c.codes {
			t.Errorf("%s: %d of %d unseen, %v, %v", name, res.Unseen, res.Pictures, parts, codes)
		}
	}
	if none.looks != 1 {
		t.Errorf("%d frames were shown to who sees none", none.looks)
	}
}

func TestDoubtsAreMarked(t *testing.T) {
	f := look(t, &eye{}, "pic ww hh lana@example.org").Findings[0]
	if !f.Doubtful || !strings.Contains(f.Why, "1 of its characters") {
		t.Errorf("%+v", f)
	}
}

func TestCopiesAreLookedAtOnlyWhereTheyShowMore(t *testing.T) {
	unread := map[string]error{"raw": media.Stop("", media.Unsupported), "raw2": media.Stop("", media.Unsupported)}
	big := strings.Repeat("w", 700)
	for name, c := range map[string]struct {
		content      string
		shown        []string
		pics, unseen int
		reasons      int
		wantFindings int
	}{
		"same shape":          {"pic ww hh whole\nthumb pic w h a@b", []string{"whole"}, 1, 0, 0, 0},
		"another shape":       {"pic wwww hh whole\nthumb pic w hhhhhhhh a@b", []string{"whole", "a@b"}, 1, 0, 0, 1},
		"no decoder, small":   {"pic ww hh raw\nthumb pic w h a@b", []string{"raw", "a@b"}, 1, 1, 1, 1},
		"no decoder, large":   {"pic " + big + " " + big + " raw2\npreview pic " + big + " " + big + " a@b", []string{"raw2", "a@b"}, 1, 0, 0, 1},
		"no decoder, no copy": {"pic ww hh raw", []string{"raw"}, 1, 1, 1, 0},
	} {
		e := &eye{err: unread}
		res := look(t, e, c.content)
		if diff := cmp.Diff(c.shown, e.shown); diff != "" {
			t.Errorf("%s: shown %s", name, diff)
		}
		if res.Pictures != c.pics || res.Unseen != c.unseen || len(res.Reasons) != c.reasons || len(res.Findings) != c.wantFindings {
			t.Errorf("%s: %d pictures, %d unseen, reasons %v, %d findings", name, res.Pictures, res.Unseen, res.Reasons, len(res.Findings))
		}
	}
}

func TestAFailedReadOfPixelsIsTheSources(t *testing.T) {
	broken := errors.New("the wire broke")
	x := &Examiner{Formats: []media.Format{gallery{}}, Sniff: func([]byte) string { return "image/x-pic" }, Pixels: &eye{}}
	r := &cutReader{r: strings.NewReader("pic w h x\n"), left: 2, err: broken}
	if _, err := x.Examine(t.Context(), Job{Size: 10}, r); !errors.Is(err, broken) {
		t.Error(err)
	}
}

// cutReader fails after some reads.
type cutReader struct {
	r    io.ReaderAt
	left int
	err  error
}

func (c *cutReader) ReadAt(p []byte, off int64) (int, error) {
	if c.left--; c.left < 0 {
		return 0, c.err
	}
	return c.r.ReadAt(p, off)
}

func TestPixelsHaveTimeOfTheirOwn(t *testing.T) {
	now := time.Unix(0, 0)
	slow := &slowEye{now: &now}
	x := &Examiner{Formats: []media.Format{box{}}, Sniff: boxes, Pixels: slow, Now: func() time.Time { return now },
		Limits: Limits{Time: time.Minute, PixelTime: 3 * time.Minute}}
	content := strings.Repeat("p", 6)
	res, err := x.Examine(t.Context(), Job{Size: int64(len(content))}, strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if slow.looks != 2 || res.Pictures != 6 || res.Unseen != 4 || len(res.Reasons) == 0 || res.Reasons[0].Code != "limit.time" {
		t.Errorf("%d looks, %+v", slow.looks, res)
	}
}

// box holds a picture a byte.
type box struct{}

func (box) Name() string      { return "box" }
func (box) Match([]byte) bool { return true }
func (box) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	for i := range size {
		if size == 1 {
			break
		}
		if err := v.Nested("p", io.NewSectionReader(r, i, 1)); err != nil {
			return err
		}
	}
	return nil
}

// boxes tells the pictures from what holds them.
func boxes(head []byte) string {
	if len(head) == 1 {
		return "image/x-pic"
	}
	return "application/x-box"
}

// slowEye takes two minutes for a picture.
type slowEye struct {
	now   *time.Time
	looks int
}

func (*slowEye) Hash() string { return "slow" }
func (s *slowEye) Look(context.Context, Picture, func(Seen) error) error {
	s.looks++
	*s.now = s.now.Add(2 * time.Minute)
	return nil
}

func TestFacesJoinRegions(t *testing.T) {
	at := func(x, y, w, h float64) *detectors.Box { return &detectors.Box{X: x, Y: y, W: w, H: h} }
	face := func(part, detector string, b *detectors.Box) Found {
		return Found{Part: part, Detector: detector, Finding: detectors.Finding{Kind: detectors.Face, Box: b, Why: "x"}}
	}
	got := joinFaces([]Found{
		face("jpeg/pixels", pixelsDetector, at(0.1, 0.1, 0.2, 0.2)),
		face("jpeg/app1/xmp", "face", at(0.08, 0.05, 0.25, 0.3)),
		face("jpeg/pixels", pixelsDetector, at(0.6, 0.1, 0.2, 0.2)),
		face("zip/b.jpg/jpeg/pixels", pixelsDetector, at(0.1, 0.1, 0.2, 0.2)),
	})
	var parts, whys []string
	for _, f := range got {
		parts, whys = append(parts, f.Part), append(whys, f.Why)
	}
	if diff := cmp.Diff([]string{"jpeg/app1/xmp", "jpeg/pixels", "zip/b.jpg/jpeg/pixels"}, parts); diff != "" {
		t.Error(diff)
	}
	if !strings.HasSuffix(whys[0], seenThere) || !strings.Contains(whys[1], "third party") || !strings.Contains(whys[2], "third party") {
		t.Errorf("%q", whys)
	}
}

func TestLabelOfANumber(t *testing.T) {
	line := func(text string, x, y, w float64) SeenLine {
		return SeenLine{Text: text, Quad: detectors.Quad{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + 0.05}, {X: x, Y: y + 0.05}}}
	}
	lines := []SeenLine{line("Name", 0.1, 0.1, 0.2), line("Phone", 0.4, 0.1, 0.2), line("Ana", 0.1, 0.2, 0.2), line("020 7946 0123", 0.4, 0.2, 0.3),
		line("020 7946 0124", 0.4, 0.3, 0.3), line("Fax:", 0.1, 0.5, 0.1), line("020 7946 0125", 0.4, 0.5, 0.3), line("no number", 0.4, 0.6, 0.3)}
	// What stands to the left is nearest to the number, behind the head of its column.
	for i, want := range map[int]string{3: "Phone: Ana: ", 4: "Phone: ", 6: "Phone: Fax: ", 7: ""} {
		if got := labelOf(lines, i); got != want {
			t.Errorf("%q has the label %q, want %q", lines[i].Text, got, want)
		}
	}
	card := []SeenLine{line("ana@example.org", 0.1, 0.1, 0.3), line("02079460123", 0.1, 0.16, 0.2), line("02079460124", 0.1, 0.4, 0.2), line("02079460125", 0.6, 0.16, 0.2)}
	for i, want := range map[int]string{1: "contact: ", 2: "", 3: ""} {
		if got := labelOf(card, i); got != want {
			t.Errorf("line %d of a card has the label %q, want %q", i, got, want)
		}
	}
}
