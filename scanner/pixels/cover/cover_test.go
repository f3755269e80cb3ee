package cover

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"habeas/scanner"
	"habeas/scanner/media"
	mediaall "habeas/scanner/media/all"
)

func white(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(m, m.Bounds(), image.White, image.Point{}, draw.Src)
	return m
}

func encoded(t *testing.T, encode func(b *bytes.Buffer) error) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// turnedJPEG says in its Exif block that it lies on its side, and who took it.
func turnedJPEG(t *testing.T, m image.Image, orientation byte) []byte {
	b := encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) })
	exif := []byte("\xff\xe1\x00\x32Exif\x00\x00II*\x00\x08\x00\x00\x00\x02\x00\x12\x01\x03\x00\x01\x00\x00\x00\x00\x00\x00\x00\x3b\x01\x02\x00\x04\x00\x00\x00Ana\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	exif[28] = orientation
	return append(append([]byte{0xff, 0xd8}, exif...), b[2:]...)
}

func covered(t *testing.T, content []byte, regions ...Region) Copy {
	t.Helper()
	q, err := Message("key", regions)
	if err != nil {
		t.Fatal(err)
	}
	e := &scanner.Examiner{Formats: mediaall.Formats(), Sniff: media.Sniff}
	c, err := Parse(Answer(e, q, bytes.NewReader(content), int64(len(content))))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func dark(m image.Image, x, y int) bool {
	r, g, b, _ := m.At(x, y).RGBA()
	return r+g+b < 3*0x4000
}

func TestStills(t *testing.T) {
	m := white(100, 80)
	box := Region{0.5, 0.5, 0.2, 0.2}
	for _, tt := range []struct {
		name    string
		content []byte
		mime    string
		in, out image.Point // of the region as it is shown, and outside of it
	}{
		{"jpeg", encoded(t, func(b *bytes.Buffer) error { return jpeg.Encode(b, m, nil) }), "image/jpeg", image.Pt(60, 48), image.Pt(20, 20)},
		{"jpeg on its side", turnedJPEG(t, m, 6), "image/jpeg", image.Pt(31, 60), image.Pt(60, 60)},
		{"png", encoded(t, func(b *bytes.Buffer) error { return png.Encode(b, m) }), "image/png", image.Pt(60, 48), image.Pt(20, 20)},
		{"tiff", encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, m, nil) }), "image/png", image.Pt(60, 48), image.Pt(20, 20)},
		{"bmp", encoded(t, func(b *bytes.Buffer) error { return bmp.Encode(b, m) }), "image/png", image.Pt(60, 48), image.Pt(20, 20)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := covered(t, tt.content, box, Region{-3, 0.99, 2, 5})
			if c.Type != tt.mime {
				t.Fatalf("%s, %q", c.Type, c.Reason)
			}
			got, _, err := image.Decode(bytes.NewReader(c.Content))
			if err != nil {
				t.Fatal(err)
			}
			if !dark(got, tt.in.X, tt.in.Y) || dark(got, tt.out.X, tt.out.Y) {
				t.Error("the region is elsewhere")
			}
			if bytes.Contains(c.Content, []byte("Exif")) || bytes.Contains(c.Content, []byte("Ana")) {
				t.Error("metadata is left")
			}
		})
	}
}

func TestAnimation(t *testing.T) {
	g := &gif.GIF{Config: image.Config{Width: 100, Height: 80}}
	p := color.Palette{color.Transparent, color.White, color.RGBA{60, 0, 0, 255}}
	for i, r := range []image.Rectangle{image.Rect(0, 0, 100, 80), image.Rect(40, 30, 90, 70)} {
		m := image.NewPaletted(r, p)
		draw.Draw(m, r, image.White, image.Point{}, draw.Src)
		g.Image, g.Delay = append(g.Image, m), append(g.Delay, 5*i)
	}
	content := encoded(t, func(b *bytes.Buffer) error { return gif.EncodeAll(b, g) })
	c := covered(t, content, Region{0.5, 0.5, 0.2, 0.2})
	got, err := gif.DecodeAll(bytes.NewReader(c.Content))
	if err != nil || c.Type != "image/gif" || len(got.Image) != 2 {
		t.Fatalf("%v, %s", err, c.Type)
	}
	for i, m := range got.Image {
		if !dark(m, 60, 48) || dark(m, 42, 32) {
			t.Errorf("picture %d is not covered where it should be", i)
		}
	}
	if got := covered(t, content[:len(content)-20]); got.Content != nil || got.Reason == "" {
		t.Errorf("a cut one gives %d bytes", len(got.Content))
	}
}

// A picture that its decoder has turned is covered wherever the region can be.
func TestAnyWay(t *testing.T) {
	all := anyWay([]Region{{0.1, 0.2, 0.3, 0.1}})
	if len(all) != 8 {
		t.Fatalf("%d regions", len(all))
	}
	m := white(100, 100)
	for _, r := range all {
		draw.Draw(m, r.in(m.Bounds()), image.Black, image.Point{}, draw.Src)
	}
	for _, p := range []image.Point{{25, 25}, {75, 25}, {25, 75}, {75, 75}} {
		if !dark(m, p.X, p.Y) {
			t.Errorf("%v is not covered", p)
		}
	}
}

func TestTurned(t *testing.T) {
	m := white(3, 2)
	m.Set(0, 0, color.Black)
	for orientation, at := range map[int]image.Point{1: {0, 0}, 2: {2, 0}, 3: {2, 1}, 4: {0, 1}, 5: {0, 0}, 6: {1, 0}, 7: {1, 2}, 8: {0, 2}} {
		if got := turned(m, orientation); !dark(got, at.X, at.Y) {
			t.Errorf("orientation %d: the corner is elsewhere", orientation)
		}
	}
}

func TestRefusals(t *testing.T) {
	huge := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00\x9c\xde\x4d\x0e\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e")
	bomb := []byte("GIF89a\xff\xff\xff\xff\x00\x00\x00,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x00;")
	for name, content := range map[string][]byte{"pixels without end": huge, "frames without end": bomb, "no picture": []byte("hello")} {
		if c := covered(t, content, Region{0, 0, 1, 1}); c.Content != nil || c.Reason == "" {
			t.Errorf("%s: %d bytes, %q", name, len(c.Content), c.Reason)
		}
	}
	one := encoded(t, func(b *bytes.Buffer) error { return tiff.Encode(b, white(4, 4), nil) })
	first := binary.LittleEndian.Uint32(one[4:])
	link := first + 2 + 12*uint32(binary.LittleEndian.Uint16(one[first:]))
	two := append(bytes.Clone(one), one[first:link+4]...)
	binary.LittleEndian.PutUint32(two[link:], uint32(len(one)))
	if c := covered(t, two, Region{0, 0, 1, 1}); !c.Pages {
		t.Errorf("two pages: %d bytes, %q", len(c.Content), c.Reason)
	}
	for _, reply := range []string{"", "{}", `{"Content":"AAAA","Type":"image/jpeg"}`, `{"Content":"AAAA","Type":"text/html"}`} {
		if _, err := Parse([]byte(reply)); err == nil {
			t.Errorf("%s is taken for a copy", reply)
		}
	}
	if c, err := Parse([]byte(`{"Pages":true}`)); err != nil || !c.Pages {
		t.Errorf("%+v, %v", c, err)
	}
}
