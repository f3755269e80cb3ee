//go:build models

package pixelstest

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"habeas/scanner/media"
	"habeas/scanner/pixels/blazeface"
	"habeas/scanner/pixels/decode"
	"habeas/scanner/pixels/models"
	"habeas/scanner/pixels/onnx"
	"habeas/scanner/pixels/ppocr"
	"habeas/scanner/pixels/raster"
	"habeas/scanner/pixels/tesseract"
)

// processor is the time that this process and those it has waited for have had.
func processor(b *testing.B, who int) (used time.Duration, most int64) {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(who, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), u.Maxrss
}

// rate reports how many pictures are done in a second of one CPU.
func rate(b *testing.B, pictures int, f func()) {
	self, _ := processor(b, syscall.RUSAGE_SELF)
	others, _ := processor(b, syscall.RUSAGE_CHILDREN)
	b.ResetTimer()
	n := 0
	for b.Loop() {
		f()
		n += pictures
	}
	self2, _ := processor(b, syscall.RUSAGE_SELF)
	others2, _ := processor(b, syscall.RUSAGE_CHILDREN)
	b.ReportMetric(float64(n)/(self2-self+others2-others).Seconds(), "pictures/CPU-s")
}

// pictures are those of the folder in HABEAS_PICTURES, or a card and a portrait.
func pictures(b *testing.B) []*raster.Image {
	b.Helper()
	dir := os.Getenv("HABEAS_PICTURES")
	if dir == "" {
		c, _ := raster.From(card(b), 16<<20)
		p, _ := raster.From(portrait(), 16<<20)
		return []*raster.Image{c, p}
	}
	var all []*raster.Image
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			b.Fatal(err)
		}
		mime := media.Sniff(content[:min(len(content), media.HeadSize)])
		// What is no picture among them is left out.
		_ = decode.Decode(mime, io.NewSectionReader(bytes.NewReader(content), 0, int64(len(content))), func(p decode.Picture) error {
			m, _ := raster.From(p.Image, 16<<20)
			all = append(all, m)
			return nil
		})
	}
	if len(all) == 0 {
		b.Fatal("no pictures in HABEAS_PICTURES")
	}
	return all
}

func session(b *testing.B, rt *onnx.Runtime, name string) *onnx.Session {
	b.Helper()
	model, err := models.Read(os.Getenv("HABEAS_MODELS"), name)
	if err != nil {
		b.Fatal(err)
	}
	s, err := rt.Session(model)
	if err != nil {
		b.Fatal(err)
	}
	return s
}

func loaded(b *testing.B) *onnx.Runtime {
	b.Helper()
	path, err := models.Path(os.Getenv("HABEAS_MODELS"), models.Library)
	if err != nil {
		b.Fatal(err)
	}
	rt, err := onnx.Load(path)
	if err != nil {
		b.Fatal(err)
	}
	return rt
}

// photo is a picture of 12 million pixels, as of a telephone.
func photo() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, 4000, 3000))
	for y := range 3000 {
		for x := range 4000 {
			m.SetRGBA(x, y, color.RGBA{uint8(x/16 + y%7), uint8(y / 12), uint8((x ^ y) / 32), 255})
		}
	}
	return m
}

// BenchmarkDecode decodes a picture of 12 million pixels.
func BenchmarkDecode(b *testing.B) {
	m := photo()
	for _, f := range []struct {
		mime   string
		encode func(io.Writer) error
	}{
		{"image/jpeg", func(w io.Writer) error { return jpeg.Encode(w, m, nil) }},
		{"image/png", func(w io.Writer) error { return png.Encode(w, m) }},
		{"image/gif", func(w io.Writer) error { return gif.Encode(w, m, nil) }},
		{"image/bmp", func(w io.Writer) error { return bmp.Encode(w, m) }},
		{"image/tiff", func(w io.Writer) error { return tiff.Encode(w, m, nil) }},
	} {
		b.Run(filepath.Base(f.mime), func(b *testing.B) {
			var coded bytes.Buffer
			if err := f.encode(&coded); err != nil {
				b.Fatal(err)
			}
			rate(b, 1, func() {
				r := io.NewSectionReader(bytes.NewReader(coded.Bytes()), 0, int64(coded.Len()))
				if err := decode.Decode(f.mime, r, func(decode.Picture) error { return nil }); err != nil {
					b.Fatal(err)
				}
			})
		})
	}
}

// lineModel counts the runs of the recogniser by leaving its work out.
type lineModel struct{ ppocr.Model }

func (lineModel) Run(context.Context, onnx.Tensor) ([]onnx.Tensor, error) {
	return nil, errDetected
}

var errDetected = fmt.Errorf("there is a line")

// BenchmarkStages runs each stage behind decoding over all pictures.
func BenchmarkStages(b *testing.B) {
	all, rt := pictures(b), loaded(b)
	det, rec := session(b, rt, models.Detector), session(b, rt, models.Recogniser)
	dictionary, err := models.Read(os.Getenv("HABEAS_MODELS"), models.Dictionary)
	if err != nil {
		b.Fatal(err)
	}
	whole, err := ppocr.New(det, rec, dictionary)
	if err != nil {
		b.Fatal(err)
	}
	lines, err := ppocr.New(det, lineModel{}, dictionary)
	if err != nil {
		b.Fatal(err)
	}
	faces := blazeface.New(session(b, rt, models.BlazeFace))
	over := func(name string, f func(m *raster.Image) error) {
		b.Run(name, func(b *testing.B) {
			rate(b, len(all), func() {
				for _, m := range all {
					if err := f(m); err != nil && err != errDetected {
						b.Fatal(err)
					}
				}
			})
		})
	}
	over("find-lines", func(m *raster.Image) error { _, _, err := lines.Read(b.Context(), m); return err })
	over("find-and-read-lines", func(m *raster.Image) error { _, _, err := whole.Read(b.Context(), m); return err })
	over("faces", func(m *raster.Image) error {
		_, err := faces.Find(b.Context(), m.Fit(min(m.Long(), 1280), 1))
		return err
	})
	program := tesseract.New(direct{})
	over("tesseract", func(m *raster.Image) error { _, _, err := program.Read(b.Context(), m); return err })
}

// direct runs tesseract without a helper.
type direct struct{}

func (direct) Run(ctx context.Context, in []byte) ([]byte, error) {
	c := exec.CommandContext(ctx, "tesseract", tesseract.Arguments("eng", true)...)
	c.Env, c.Stdin = tesseract.Environment(), bytes.NewReader(in)
	return c.Output()
}

// BenchmarkScan runs the program over 24 different cards, with one worker and two.
func BenchmarkScan(b *testing.B) {
	dir := b.TempDir()
	for i := range 24 {
		m := card(b)
		draw.Draw(m, image.Rect(i*20, 0, i*20+10, 10), image.Black, image.Point{}, draw.Src)
		write(b, filepath.Join(dir, fmt.Sprintf("card%d.png", i)), func(w io.Writer) error { return png.Encode(w, m) })
	}
	for _, workers := range []string{"1", "2"} {
		b.Run("workers-"+workers, func(b *testing.B) {
			out := b.TempDir()
			n, before := 0, time.Now()
			for b.Loop() {
				n++
				c := exec.Command(os.Getenv("HABEAS_BINARY"), "scan", dir, "--ocr", "--faces", "--workers", workers, "--no-report", "--models", os.Getenv("HABEAS_MODELS"),
					"--record", filepath.Join(out, fmt.Sprintf("r%d.habeas", n)), "--key", filepath.Join(out, "key"))
				if err := c.Run(); err != nil {
					b.Fatal(err)
				}
			}
			_, most := processor(b, syscall.RUSAGE_CHILDREN)
			b.ReportMetric(float64(24*n)/time.Since(before).Seconds(), "pictures/s")
			b.ReportMetric(float64(most)/1024, "MB-of-a-worker")
		})
	}
}
