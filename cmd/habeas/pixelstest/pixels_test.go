//go:build models

package pixelstest

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/tiff"
)

const (
	address = "ana.silva@example.org"
	number  = "+44 20 7946 0123"
)

// card is a picture of a business card.
func card(t testing.TB) *image.RGBA {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 900, 500))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{250, 248, 240, 255}), image.Point{}, draw.Src)
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 34, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range []string{"Ana Silva", "Surveyor", "E-mail: " + address, "Phone: " + number} {
		d := font.Drawer{Dst: m, Src: image.NewUniform(color.RGBA{20, 30, 60, 255}), Face: face, Dot: fixed.P(80, 120+80*i)}
		d.DrawString(line)
	}
	return m
}

// portrait is a drawn face, plain enough to be nobody's.
func portrait() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 480, 480))
	draw.Draw(m, m.Bounds(), image.NewUniform(color.RGBA{170, 190, 210, 255}), image.Point{}, draw.Src)
	oval := func(x, y, rx, ry float64, c color.RGBA) {
		for py := range 480 {
			for px := range 480 {
				dx, dy := (float64(px)-x)/rx, (float64(py)-y)/ry
				if d := dx*dx + dy*dy; d < 1 {
					shade := 1 - 0.25*math.Max(dx, 0) - 0.1*math.Max(dy, 0)
					m.SetRGBA(px, py, color.RGBA{uint8(float64(c.R) * shade), uint8(float64(c.G) * shade), uint8(float64(c.B) * shade), 255})
				}
			}
		}
	}
	skin, dark := color.RGBA{225, 180, 150, 255}, color.RGBA{60, 40, 30, 255}
	oval(240, 460, 170, 110, color.RGBA{60, 80, 140, 255}) // shoulders
	oval(240, 360, 45, 70, skin)                           // neck
	oval(240, 195, 112, 135, dark)                         // hair
	oval(240, 225, 92, 120, skin)
	for _, x := range []float64{203, 277} {
		oval(x, 180, 24, 6, dark) // brow
		oval(x, 205, 18, 9, color.RGBA{250, 250, 250, 255})
		oval(x, 205, 8, 8, color.RGBA{40, 30, 30, 255})
	}
	oval(240, 240, 11, 24, color.RGBA{205, 150, 125, 255}) // nose
	oval(240, 290, 34, 9, color.RGBA{160, 70, 70, 255})
	return m
}

// finding is what the test looks at of the program's output.
type finding struct {
	Kind, Value, Part string
	Box               *struct{ X, Y, W, H float64 }
	Quad              [][2]float64
}

type object struct {
	Object, Coverage string
	Reasons          []string
	Findings         []finding
}

// inspect runs the program on dir, by name of the file.
func inspect(t *testing.T, dir string, args ...string) map[string]object {
	t.Helper()
	args = append([]string{"inspect", "--json", "--models", os.Getenv("HABEAS_MODELS")}, args...)
	c := exec.Command(os.Getenv("HABEAS_BINARY"), append(args, dir)...)
	c.Stderr = os.Stderr
	out, err := c.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) {
		t.Fatal(err)
	}
	all := map[string]object{}
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var o object
		if err := dec.Decode(&o); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(o.Object)] = o
	}
}

func write(t testing.TB, path string, f func(io.Writer) error) {
	t.Helper()
	var b bytes.Buffer
	if err := f(&b); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// has reports whether o has a finding of this kind that holds value.
func (o object) has(kind, value string) bool {
	for _, f := range o.Findings {
		if f.Kind == kind && strings.Contains(strings.ReplaceAll(f.Value, " ", ""), strings.ReplaceAll(value, " ", "")) &&
			f.Box != nil && strings.Contains(f.Part, "/pixels") {
			return true
		}
	}
	return false
}

func TestTextInEveryFormat(t *testing.T) {
	dir, m := t.TempDir(), card(t)
	turned := image.NewRGBA(image.Rect(0, 0, 500, 900))
	for y := range 500 {
		for x := range 900 {
			turned.Set(499-y, x, m.At(x, y))
		}
	}
	write(t, filepath.Join(dir, "card.png"), func(w io.Writer) error { return png.Encode(w, m) })
	write(t, filepath.Join(dir, "card.jpg"), func(w io.Writer) error { return jpeg.Encode(w, m, nil) })
	write(t, filepath.Join(dir, "card.gif"), func(w io.Writer) error { return gif.Encode(w, m, nil) })
	write(t, filepath.Join(dir, "card.bmp"), func(w io.Writer) error { return bmp.Encode(w, m) })
	write(t, filepath.Join(dir, "card.tif"), func(w io.Writer) error { return tiff.Encode(w, m, nil) })
	for _, engine := range []string{"ppocr", "tesseract"} {
		got := inspect(t, dir, "--ocr", "--ocr-engine", engine)
		for _, name := range []string{"card.png", "card.jpg", "card.gif", "card.bmp", "card.tif"} {
			// The phone number in this font is only wanted of the first engine.
			if o := got[name]; o.Coverage != "complete" || !o.has("email", address) || engine == "ppocr" && !o.has("phone", number) {
				t.Errorf("%s: %s: %+v", engine, name, o)
			}
		}
	}
	write(t, filepath.Join(dir, "turned.png"), func(w io.Writer) error { return png.Encode(w, turned) })
	if o := inspect(t, dir, "--ocr")["turned.png"]; !o.has("email", address) {
		t.Errorf("text that runs down: %+v", o)
	}
	for name, o := range inspect(t, dir) {
		if len(o.Findings) != 0 {
			t.Errorf("%s has findings although nobody asked for pixels: %+v", name, o)
		}
	}
}

func TestFaces(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "portrait.png"), func(w io.Writer) error { return png.Encode(w, portrait()) })
	write(t, filepath.Join(dir, "card.png"), func(w io.Writer) error { return png.Encode(w, card(t)) })
	got := inspect(t, dir, "--faces")
	o := got["portrait.png"]
	if len(o.Findings) != 1 || o.Findings[0].Kind != "face" {
		t.Fatalf("%+v", o)
	}
	if b := o.Findings[0].Box; math.Abs(b.X+b.W/2-0.5) > 0.1 || math.Abs(b.Y+b.H/2-0.47) > 0.12 {
		t.Errorf("the face is at %+v", *b)
	}
	if o := got["card.png"]; len(o.Findings) != 0 || o.Coverage != "complete" {
		t.Errorf("%+v", o)
	}
}

// film is a video of the picture by ffmpeg, its header at the end as cameras write it.
func film(t *testing.T, path string, m image.Image, args ...string) {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("ffmpeg", append(append([]string{"-loglevel", "error", "-f", "png_pipe", "-loop", "1", "-t", "3", "-i", "pipe:0"}, args...), "-y", path)...)
	c.Stdin, c.Stderr = &b, os.Stderr
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
}

func TestVideosByFfmpeg(t *testing.T) {
	dir := t.TempDir()
	film(t, filepath.Join(dir, "mpeg4.mp4"), card(t), "-c:v", "mpeg4", "-q:v", "2", "-g", "30")
	film(t, filepath.Join(dir, "motion.mov"), card(t), "-c:v", "mjpeg", "-q:v", "2")
	film(t, filepath.Join(dir, "other.mkv"), card(t), "-c:v", "mjpeg")
	cut, err := os.ReadFile(filepath.Join(dir, "mpeg4.mp4"))
	if err != nil {
		t.Fatal(err)
	}
	clear(cut[64 : bytes.LastIndex(cut, []byte("moov"))-4])
	write(t, filepath.Join(dir, "empty.mp4"), func(w io.Writer) error { _, err := w.Write(cut); return err })
	got := inspect(t, dir, "--ocr")
	for _, name := range []string{"mpeg4.mp4", "motion.mov"} {
		o := got[name]
		if o.Coverage != "complete" || !o.has("email", address) || !strings.HasPrefix(o.Findings[0].Part, "isobmff/frame[1] at 00:00:00.0/pixels/line[") {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if o := got["other.mkv"]; o.Coverage != "partial" || !strings.Contains(strings.Join(o.Reasons, " "), "unsupported") || len(o.Findings) != 0 {
		t.Errorf("a container without frames taken out: %+v", o)
	}
	if o := got["empty.mp4"]; o.Coverage == "complete" {
		t.Errorf("frames of zeros: %+v", o)
	}
	t.Setenv("PATH", t.TempDir()) // no ffmpeg
	if o := inspect(t, dir, "--ocr")["mpeg4.mp4"]; o.Coverage != "partial" || !strings.Contains(strings.Join(o.Reasons, " "), "unsupported") {
		t.Errorf("without ffmpeg: %+v", o)
	}
}

// pdf is a document of one page with the picture in a coding that is no file.
func pdf(m *image.RGBA) []byte {
	var pix, packed bytes.Buffer
	for i := 0; i < len(m.Pix); i += 4 {
		pix.Write(m.Pix[i : i+3])
	}
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(pix.Bytes())
	_ = z.Close()
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range []string{
		"<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
		"<</Type/Page/Parent 2 0 R/MediaBox[0 0 900 500]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>",
		"<</Length 27>>stream\nq 900 0 0 500 0 0 cm /I Do Q\nendstream",
		fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/FlateDecode/Length %d>>stream\n%s\nendstream", m.Rect.Dx(), m.Rect.Dy(), packed.Len(), packed.String()),
	} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	x := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, x)
	return b.Bytes()
}

func TestScannedPages(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "scan.pdf"), func(w io.Writer) error { _, err := w.Write(pdf(card(t))); return err })
	for _, engine := range []string{"ppocr", "tesseract"} {
		o := inspect(t, dir, "--ocr", "--ocr-engine", engine)["scan.pdf"]
		if o.Coverage != "complete" || !o.has("email", address) || !strings.HasPrefix(o.Findings[0].Part, "pdf/page[1]/pixels/line[") {
			t.Errorf("%s: %+v", engine, o)
		}
	}
	if o := inspect(t, dir)["scan.pdf"]; len(o.Findings) != 0 {
		t.Errorf("findings although nobody asked for pixels: %+v", o)
	}
}

func TestBombsStayWithinLimits(t *testing.T) {
	dir := t.TempDir()
	head := binary.BigEndian.AppendUint32(nil, 100_000)
	head = append(binary.BigEndian.AppendUint32(head, 100_000), 8, 2, 0, 0, 0)
	chunk := append([]byte("IHDR"), head...)
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), chunk...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(chunk))
	b = append(b, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e\x00\x00\x00\x00IEND\xae\x42\x60\x82"...)
	write(t, filepath.Join(dir, "huge.png"), func(w io.Writer) error { _, err := w.Write(b); return err })
	write(t, filepath.Join(dir, "card.png"), func(w io.Writer) error { return png.Encode(w, card(t)) })
	var j bytes.Buffer
	if err := jpeg.Encode(&j, card(t), nil); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "cut.jpg"), func(w io.Writer) error { _, err := w.Write(j.Bytes()[:j.Len()/2]); return err })
	got := inspect(t, dir, "--ocr", "--faces")
	for name, reason := range map[string]string{"huge.png": "limit.pixels", "cut.jpg": "truncated"} {
		if o := got[name]; o.Coverage == "complete" || !strings.Contains(strings.Join(o.Reasons, " "), reason) {
			t.Errorf("%s: %+v", name, o)
		}
	}
	if !got["card.png"].has("email", address) {
		t.Errorf("the picture beside them: %+v", got["card.png"])
	}
}
