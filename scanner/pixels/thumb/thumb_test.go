package thumb

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
)

func examiner() *scanner.Examiner {
	return &scanner.Examiner{Formats: mediaall.Formats(), Sniff: media.Sniff}
}

var (
	red    = color.RGBA{200, 30, 30, 255}
	green  = color.RGBA{30, 160, 30, 255}
	blue   = color.RGBA{30, 30, 200, 255}
	yellow = color.RGBA{220, 220, 30, 255}
)

// quarters is red and green above blue and yellow.
func quarters(w, h int) image.Image {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [2][2]color.RGBA{{red, green}, {blue, yellow}}[2*y/h][2*x/w]
			m.SetRGBA(x, y, c)
		}
	}
	return m
}

func jpegOf(t *testing.T, m image.Image, orientation byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	if orientation == 0 {
		return b.Bytes()
	}
	exif := append([]byte("\xff\xe1\x00\x22Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00"), orientation, 0, 0, 0, 0, 0, 0, 0)
	return append(append([]byte{0xff, 0xd8}, exif...), b.Bytes()[2:]...)
}

func small(t *testing.T, q Request, content []byte) Small {
	t.Helper()
	m, err := Message(q, content)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(Answer(examiner(), m))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func decoded(t *testing.T, s Small) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(s.JPEG))
	if err != nil {
		t.Fatalf("%v (%s)", err, s.Reason)
	}
	return m
}

// like compares colours as roughly as JPEG keeps them.
func like(a, b color.Color) bool {
	ar, ag, ab, _ := a.RGBA()
	br, bg, bb, _ := b.RGBA()
	d := func(x, y uint32) float64 { return math.Abs(float64(x>>8) - float64(y>>8)) }
	return d(ar, br)+d(ag, bg)+d(ab, bb) < 60
}

func TestIsTurnedAsTheOriginalIsShown(t *testing.T) {
	for o, want := range [9][4]color.RGBA{ // top left, top right, bottom left, bottom right
		0: {red, green, blue, yellow},
		1: {red, green, blue, yellow},
		2: {green, red, yellow, blue},
		3: {yellow, blue, green, red},
		4: {blue, yellow, red, green},
		5: {red, blue, green, yellow},
		6: {blue, red, yellow, green},
		7: {yellow, green, blue, red},
		8: {green, yellow, red, blue},
	} {
		s := small(t, Request{}, jpegOf(t, quarters(800, 600), byte(o)))
		m := decoded(t, s)
		w, h := 240, 180
		if o >= 5 {
			w, h = h, w
		}
		if s.W != w || s.H != h || m.Bounds().Dx() != w {
			t.Errorf("orientation %d: %d by %d", o, s.W, s.H)
		}
		for i, at := range []image.Point{{w / 4, h / 4}, {3 * w / 4, h / 4}, {w / 4, 3 * h / 4}, {3 * w / 4, 3 * h / 4}} {
			if !like(m.At(at.X, at.Y), want[i]) {
				t.Errorf("orientation %d: %v is %v, want %v", o, at, m.At(at.X, at.Y), want[i])
			}
		}
	}
}

func TestHoldsNoMetadataAndIsSmall(t *testing.T) {
	s := small(t, Request{}, jpegOf(t, quarters(2000, 1500), 6))
	if len(s.JPEG) > 20_000 || bytes.Contains(s.JPEG, []byte("Exif")) || !bytes.HasPrefix(s.JPEG, []byte{0xff, 0xd8, 0xff, 0xdb}) {
		t.Errorf("%d bytes, % x", len(s.JPEG), s.JPEG[:4])
	}
}

func TestRegionsAreFilledInTheStoredPicture(t *testing.T) {
	for _, o := range []byte{1, 6} {
		q := Request{Regions: []Region{{X: 0.1, Y: 0.1, W: 0.3, H: 0.3, Fill: true}}} // in the red quarter
		m := decoded(t, small(t, q, jpegOf(t, quarters(800, 600), o)))
		w, h := m.Bounds().Dx(), m.Bounds().Dy()
		at := image.Pt(w/4, h/4)
		if o == 6 { // red is shown at the top right
			at.X = w - w/4
		}
		if !like(m.At(at.X, at.Y), color.Black) {
			t.Errorf("orientation %d: %v is %v", o, at, m.At(at.X, at.Y))
		}
		if got := m.At(w/4, 3*h/4); like(got, color.Black) {
			t.Errorf("orientation %d: too much is filled", o)
		}
	}
}

func TestNothingOfAFilledRegionIsLeft(t *testing.T) {
	// Every pixel of the region is white, and nothing else is.
	m := image.NewRGBA(image.Rect(0, 0, 999, 601))
	for y := 200; y < 331; y++ {
		for x := 301; x < 452; x++ {
			m.SetRGBA(x, y, color.RGBA{255, 255, 255, 255})
		}
	}
	q := Request{Regions: []Region{{X: 301.0 / 999, Y: 200.0 / 601, W: 151.0 / 999, H: 131.0 / 601, Fill: true}}}
	got := decoded(t, small(t, q, jpegOf(t, m, 0)))
	for y := range got.Bounds().Dy() {
		for x := range got.Bounds().Dx() {
			if r, _, _, _ := got.At(x, y).RGBA(); r>>8 > 40 {
				t.Fatalf("something of it is left at %d, %d", x, y)
			}
		}
	}
}

func TestRegionsAreDrawn(t *testing.T) {
	q := Request{Regions: []Region{{X: 0.1, Y: 0.1, W: 0.3, H: 0.3}}}
	m := decoded(t, small(t, q, jpegOf(t, quarters(800, 600), 1)))
	if !like(m.At(60, 45), red) {
		t.Error("the inside of a drawn region is gone")
	}
	changed := 0
	for x := 30; x < 90; x++ {
		if !like(m.At(x, 18), red) {
			changed++
		}
	}
	if changed < 30 {
		t.Errorf("no frame: %d pixels differ", changed)
	}
}

func TestHostileRegions(t *testing.T) {
	content := jpegOf(t, quarters(80, 60), 0)
	for _, r := range []Region{{-5, -5, 100, 100, true}, {0.5, 0.5, -1, -1, true}, {2, 2, 1, 1, true}, {1e300, 0, 1e300, 1, true}, {0, 0, 0, 0, false}, {-1, -1, 0.5, 0.5, false}} {
		if s := small(t, Request{Regions: []Region{r}}, content); s.JPEG == nil {
			t.Errorf("%v: %s", r, s.Reason)
		}
	}
	if s := small(t, Request{Regions: make([]Region, MaxRegions+1)}, content); s.JPEG != nil {
		t.Error("too many regions pass")
	}
	if _, err := Message(Request{Regions: []Region{{X: math.NaN()}}}, content); err == nil {
		t.Error("NaN passes")
	}
}

func TestOtherTypes(t *testing.T) {
	var b bytes.Buffer
	if err := png.Encode(&b, quarters(30, 20)); err != nil {
		t.Fatal(err)
	}
	if s := small(t, Request{}, b.Bytes()); s.W != 30 || s.H != 20 {
		t.Errorf("a small PNG becomes %d by %d (%s)", s.W, s.H, s.Reason)
	}
	whole := jpegOf(t, quarters(800, 600), 0)
	for name, content := range map[string][]byte{"text": []byte("hello"), "nothing": nil, "cut": whole[:300], "a head alone": whole[:2], "no picture": []byte("\xff\xd8\xff\xe0 and then text")} {
		if s := small(t, Request{}, content); s.JPEG != nil || s.Reason == "" {
			t.Errorf("%s becomes %d by %d, %q", name, s.W, s.H, s.Reason)
		}
	}
}

func TestRepliesAreNotTrusted(t *testing.T) {
	for _, reply := range []string{"", "null x", `{"JPEG":"aGVsbG8=","W":1,"H":1}`, `[]`} {
		if s, err := Parse([]byte(reply)); err == nil {
			t.Errorf("%q gives %+v", reply, s)
		}
	}
	for _, message := range [][]byte{nil, {1}, {255, 255, 255, 255}, {2, 0, 0, 0, '{'}, {2, 0, 0, 0, '[', ']'}} {
		if s, err := Parse(Answer(examiner(), message)); err != nil || s.JPEG != nil {
			t.Errorf("% x gives %+v, %v", message, s, err)
		}
	}
}

func FuzzAnswer(f *testing.F) {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	var j, p bytes.Buffer
	if err := jpeg.Encode(&j, m, nil); err != nil {
		f.Fatal(err)
	}
	if err := png.Encode(&p, m); err != nil {
		f.Fatal(err)
	}
	f.Add(j.Bytes())
	f.Add(p.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		q, err := Message(Request{Regions: []Region{{0.1, 0.1, 0.5, 0.5, true}}}, content)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Parse(Answer(examiner(), q)); err != nil {
			t.Error(err)
		}
	})
}
