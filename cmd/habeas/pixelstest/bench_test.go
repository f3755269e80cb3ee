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

	"github.com/gen2brain/avif"
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

// program pipes m, as a PNG, through a program that writes name, and gives what it wrote.
func program(b *testing.B, m image.Image, name, command string, args ...string) []byte {
	b.Helper()
	dir := b.TempDir()
	write(b, filepath.Join(dir, "photo.png"), func(w io.Writer) error { return png.Encode(w, m) })
	c := exec.Command(command, args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		b.Fatalf("%s, which encodes %s: %v: %s", command, name, err, out)
	}
	coded, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return coded
}

// by encodes with a function of Go.
func by(f func(io.Writer, image.Image) error) func(*testing.B, image.Image) []byte {
	return func(b *testing.B, m image.Image) []byte {
		b.Helper()
		var coded bytes.Buffer
		if err := f(&coded, m); err != nil {
			b.Fatal(err)
		}
		return coded.Bytes()
	}
}

// BenchmarkDecode decodes a picture of 12 million pixels. No library of ours
// writes WebP or HEIC: ffmpeg (with libwebp) and heif-enc of libheif do.
func BenchmarkDecode(b *testing.B) {
	m := photo()
	for _, f := range []struct {
		mime   string
		encode func(*testing.B, image.Image) []byte
	}{
		{"image/jpeg", by(func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, nil) })},
		{"image/png", by(png.Encode)},
		{"image/gif", by(func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) })},
		{"image/bmp", by(bmp.Encode)},
		{"image/tiff", by(func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) })},
		{"image/webp", func(b *testing.B, m image.Image) []byte {
			return program(b, m, "photo.webp", "ffmpeg", "-v", "error", "-i", "photo.png", "-c:v", "libwebp", "-compression_level", "0", "photo.webp")
		}},
		{"image/heic", func(b *testing.B, m image.Image) []byte {
			return program(b, m, "photo.heic", "heif-enc", "-q", "60", "-p", "preset=ultrafast", "photo.png", "-o", "photo.heic")
		}},
		{"image/avif", by(func(w io.Writer, m image.Image) error {
			return avif.Encode(w, m, avif.Options{Quality: 60, Speed: 10, ChromaSubsampling: image.YCbCrSubsampleRatio420})
		})},
	} {
		b.Run(filepath.Base(f.mime), func(b *testing.B) {
			coded, seen := f.encode(b, m), 0
			one := func() {
				r := io.NewSectionReader(bytes.NewReader(coded), 0, int64(len(coded)))
				if err := decode.Decode(f.mime, r, func(p decode.Picture) error {
					if p.Image.Bounds().Size() == m.Rect.Size() {
						seen++
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
			}
			one() // which compiles the decoders of HEIC and AVIF, once for a worker
			rate(b, 1, one)
			if seen < 2 {
				b.Fatalf("%d pictures of %v", seen, m.Rect.Size())
			}
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
			each := func() {
				for _, m := range all {
					if err := f(m); err != nil && err != errDetected {
						b.Fatal(err)
					}
				}
			}
			each() // the first run lays out the memory of a model
			rate(b, len(all), each)
		})
	}
	over("find-lines", func(m *raster.Image) error { _, _, err := lines.Read(b.Context(), m); return err })
	over("find-and-read-lines", func(m *raster.Image) error { _, _, err := whole.Read(b.Context(), m); return err })
	over("faces", func(m *raster.Image) error {
		_, err := faces.Find(b.Context(), m.Fit(min(m.Long(), 1280), 1))
		return err
	})
	alone := tesseract.New(direct{})
	over("tesseract", func(m *raster.Image) error { _, _, err := alone.Read(b.Context(), m); return err })
}

// direct runs tesseract without a helper.
type direct struct{}

func (direct) Run(ctx context.Context, in []byte) ([]byte, error) {
	c := exec.CommandContext(ctx, "tesseract", tesseract.Arguments("eng", true)...)
	c.Env, c.Stdin = tesseract.Environment(), bytes.NewReader(in)
	return c.Output()
}

// BenchmarkScan runs the program over different cards and one portrait, with one worker and two.
func BenchmarkScan(b *testing.B) {
	const cards = 11
	dir := b.TempDir()
	for i := range cards {
		m := card(b)
		draw.Draw(m, image.Rect(i*20, 0, i*20+10, 10), image.Black, image.Point{}, draw.Src)
		write(b, filepath.Join(dir, fmt.Sprintf("card%d.png", i)), func(w io.Writer) error { return png.Encode(w, m) })
	}
	write(b, filepath.Join(dir, "portrait.jpg"), func(w io.Writer) error { return jpeg.Encode(w, portrait(), nil) })
	for _, engine := range []string{"ppocr", "tesseract"} {
		for _, workers := range []string{"1", "2"} {
			b.Run(engine+"/workers-"+workers, func(b *testing.B) { scans(b, dir, cards+1, "--ocr-engine", engine, "--workers", workers) })
		}
	}
}

// scans runs the program over the pictures of dir, each time from the start.
func scans(b *testing.B, dir string, pictures int, args ...string) {
	b.Helper()
	var used time.Duration
	var most int64
	n, out, before := 0, b.TempDir(), time.Now()
	for b.Loop() {
		n++
		c := exec.Command(os.Getenv("HABEAS_BINARY"), append([]string{"scan", dir, "--ocr", "--faces", "--no-report", "--models", os.Getenv("HABEAS_MODELS"),
			"--record", filepath.Join(out, fmt.Sprintf("r%d.habeas", n)), "--key", filepath.Join(out, "key")}, args...)...)
		if said, err := c.CombinedOutput(); err != nil {
			b.Fatalf("%v: %s", err, said)
		}
		used += c.ProcessState.UserTime() + c.ProcessState.SystemTime() // with its workers', without tesseract's
		if u, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
			most = max(most, u.Maxrss) // of the largest process among them, a worker
		}
	}
	b.ReportMetric(float64(pictures*n)/time.Since(before).Seconds(), "pictures/s")
	b.ReportMetric(float64(pictures*n)/used.Seconds(), "pictures/CPU-s-of-habeas")
	b.ReportMetric(float64(most)/1024, "MB-of-a-worker")
}
