package pdf

import (
	"bytes"
	"fmt"
	"image"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

// looking is a visit that looks at pictures.
type looking struct {
	*mediatest.Visit
	shown []string // path, size and the share of dark pixels, or why there is none
}

func (*looking) Showing() bool { return true }

func (*looking) ShowFrame(string, func() ([]byte, error)) error { return nil }

func (l *looking) Show(path string, draw func() (image.Image, error)) error {
	m, err := draw()
	if err != nil {
		l.shown = append(l.shown, fmt.Sprintf("%s: %s", path, media.ReasonOf(err)))
		return nil
	}
	b := m.Bounds()
	dark := 0
	for y := b.Min.Y; y < b.Max.Y; y += 10 {
		for x := b.Min.X; x < b.Max.X; x += 10 {
			if r, _, _, a := m.At(x, y).RGBA(); a > 0x8000 && r < 0x4000 {
				dark++
			}
		}
	}
	l.shown = append(l.shown, fmt.Sprintf("%s: %dx%d, %d %% dark", path, b.Dx(), b.Dy(), (1000*dark/(b.Dx()*b.Dy()/100)+5)/10))
	return nil
}

func (l *looking) Part(p *detectors.Part) error { return l.Visit.Part(p) }

// scanned is a document of a page with a picture in a coding that is no file: the
// left half is dark. text is on the page, too.
func scanned(text string, pictures int) []byte {
	f := newFile()
	f.obj(1, "<</Type/Catalog/Pages 2 0 R>>")
	f.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	objects, content := "", shows(text)
	for i := range pictures {
		objects += fmt.Sprintf("/I%d %d 0 R", i, 10+i)
		content += fmt.Sprintf(" q 600 0 0 800 0 0 cm /I%d Do Q", i)
	}
	f.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<<"+objects+">>>>>>")
	f.stream(4, "", content)
	f.obj(5, font)
	row := strings.Repeat("\x00", 20) + strings.Repeat("\xff", 20)
	for i := range pictures {
		f.stream(10+i, "/Type/XObject/Subtype/Image/Width 40/Height 40/BitsPerComponent 8/ColorSpace/DeviceGray/Filter/FlateDecode", deflate(strings.Repeat(row, 40)))
	}
	f.obj(6, "<<>>")
	f.end(ends)
	return f.Bytes()
}

// outlined is a page without fonts and pictures, whose letters are drawn as shapes.
func outlined(content string) []byte {
	f := newFile()
	f.obj(1, "<</Type/Catalog/Pages 2 0 R>>")
	f.obj(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
	f.obj(3, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Rotate 90/Contents 4 0 R>>")
	f.stream(4, "", content)
	f.obj(6, "<<>>")
	f.end(ends)
	return f.Bytes()
}

func TestPagesAreDrawn(t *testing.T) {
	photo := bytes.Replace(scanned("", 1), []byte("/FlateDecode"), []byte("/DCTDecode  "), 1)
	cut := scanned("", 1)
	for name, c := range map[string]struct {
		in   []byte
		want []string
	}{
		"scan":                {scanned("", 1), []string{"page[1]: 1500x2000, 50 % dark"}},
		"two pictures, once":  {scanned("", 2), []string{"page[1]: 1500x2000, 50 % dark"}},
		"text and a picture":  {scanned("Ana Silva lives at the end of the road", 1), []string{"page[1]: 1500x2000, 50 % dark"}},
		"text only":           {scanned("Ana Silva lives at the end of the road", 0), nil},
		"a JPEG file":         {photo, nil}, // it is handed out
		"letters as shapes":   {outlined("0 0 600 400 re f " + strings.Repeat("0 0 1 1 re f ", 30)), []string{"page[1]: 2000x1500, 50 % dark"}},
		"an empty page":       {outlined("q Q"), nil},
		"a picture that lies": {bytes.Replace(cut, []byte("/Width 40/Height 40"), []byte("/Width 99999/Height 99999"), 1), []string{"page[1]: 1500x2000, 0 % dark"}},
	} {
		t.Run(name, func(t *testing.T) {
			l := &looking{Visit: new(mediatest.Visit)}
			if err := format().Walk(bytes.NewReader(c.in), int64(len(c.in)), l); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, l.shown); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestPagesThatCantBeDrawnAreNamed(t *testing.T) {
	w := &walk{v: &looking{Visit: new(mediatest.Visit)}, told: map[uint64]bool{}}
	in := scanned("", 1)
	w.d = open(newSource(bytes.NewReader(in), int64(len(in))), int64(len(in)), new(media.Budget))
	for range maxDrawn + 2 {
		w.pages = append(w.pages, page{num: uint32(len(w.pages)), drawn: 1, skip: true})
	}
	format().draw(w)
	shown := w.v.(*looking).shown
	if len(shown) != maxDrawn+2 || !strings.HasSuffix(shown[0], string(media.LimitBytes)) || !strings.HasSuffix(shown[maxDrawn], string(media.LimitCount)) {
		t.Errorf("%d pages: %q ... %q", len(shown), shown[0], shown[len(shown)-1])
	}
}
