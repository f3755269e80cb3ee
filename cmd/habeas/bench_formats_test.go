package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"habeas/scanner"
	"habeas/sources/s3/s3test"
)

// mixed gives the files to measure formats on, by their ending: those below the
// folder that HABEAS_BENCH_MEDIA names, or testdata/uploads.
func mixed(b *testing.B) map[string][]string {
	b.Helper()
	dir := os.Getenv("HABEAS_BENCH_MEDIA")
	if dir == "" {
		dir = "../../testdata/uploads"
	}
	files := map[string][]string{}
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			ext := strings.ToLower(strings.TrimPrefix(filepath.Ext(p), "."))
			files[ext] = append(files[ext], p)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files
}

// copies writes each file so often that there are about n, and tells how many and
// how large.
func copies(b *testing.B, dir string, files []string, n int) (written int, size int64) {
	b.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	for i, f := range files {
		content, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		for k := range max(1, n/len(files)) {
			name := filepath.Join(dir, fmt.Sprintf("%04d-%04d%s", i, k, filepath.Ext(f)))
			if err := os.WriteFile(name, content, 0o644); err != nil {
				b.Fatal(err)
			}
			written, size = written+1, size+int64(len(content))
		}
	}
	return written, size
}

// BenchmarkFormats is the cost of each kind of file, by the ending of its name,
// and beside it that of ExifTool and exiv2 over the same files, where they are
// installed.
func BenchmarkFormats(b *testing.B) {
	all := mixed(b)
	for _, ext := range slices.Sorted(maps.Keys(all)) {
		b.Run(ext, func(b *testing.B) {
			dir, work := b.TempDir(), b.TempDir()
			n, _ := copies(b, dir, all[ext], 600) // so many that starting a program hardly counts
			var names []string
			for _, e := range must(os.ReadDir(dir)) {
				names = append(names, filepath.Join(dir, e.Name()))
			}
			for i := 0; b.Loop(); i++ {
				c := measure(b, benchProgram(b, work, nil, "scan", dir, "--no-report", "-q", "--allow-incomplete", "--record", fmt.Sprintf("r%d", i)))
				b.ReportMetric(float64(n)/c.cpu.Seconds(), "files/CPU-s")
				if tool, err := exec.LookPath("exiftool"); err == nil {
					c := tolerant(b, exec.Command(tool, "-fast2", "-n", "-j", "-q", dir))
					b.ReportMetric(float64(n)/c.cpu.Seconds(), "ExifTool-files/CPU-s")
				}
				if tool, err := exec.LookPath("exiv2"); err == nil {
					c := tolerant(b, exec.Command(tool, append([]string{"-q", "-pa"}, names...)...))
					b.ReportMetric(float64(n)/c.cpu.Seconds(), "exiv2-files/CPU-s")
				}
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// tolerant measures a program that fails on some files, as others do on types that
// they don't know.
func tolerant(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	_ = cmd.Run()
	if cmd.ProcessState == nil {
		b.Fatalf("%s did not start", cmd.Path)
	}
	return cost{cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
}

var readBytes = regexp.MustCompile(`which brought (\d+) bytes`)

// families are the endings of files that the bars on requests are set for.
var families = map[string][]string{
	"all-images": {"jpg", "jpeg", "heic", "heif", "avif", "png", "webp", "gif", "tif", "tiff", "jxl", "jp2", "psd", "dng", "nef", "arw", "cr2", "cr3", "orf", "rw2", "raf", "pef"},
	"all-videos": {"mov", "mp4", "m4v", "3gp", "mkv", "webm", "avi"},
}

// BenchmarkRequests counts, for each kind of file and for all pictures and films
// together, what a bucket is asked for. Beside the share of bytes that came it
// tells the share that was asked for: the lower bound, if requests cost nothing.
// Listings are among the bytes that came.
func BenchmarkRequests(b *testing.B) {
	srv := s3test.Start(b)
	all := mixed(b)
	kinds := map[string][]string{}
	for ext, files := range all {
		kinds[ext] = files
		for family, endings := range families {
			if slices.Contains(endings, ext) {
				kinds[family] = append(kinds[family], files...)
			}
		}
	}
	for i, kind := range slices.Sorted(maps.Keys(kinds)) {
		b.Run(kind, func(b *testing.B) {
			bucket := fmt.Sprintf("kind%03d", i)
			if _, err := os.Stat(filepath.Join(srv.Data, bucket)); err != nil {
				srv.Bucket(b, bucket)
			}
			n, size := copies(b, filepath.Join(srv.Data, bucket), kinds[kind], 20*len(kinds[kind]))
			lower, whole := asked(b, kinds[kind])
			work := b.TempDir()
			for k := 0; b.Loop(); k++ {
				c := measure(b, benchProgram(b, work, srv.Env(srv.Root), "scan", "s3://"+bucket, "--endpoint", srv.Endpoint,
					"--no-report", "-q", "--allow-incomplete", "--record", fmt.Sprintf("r%d", k)))
				m, read := requests.FindStringSubmatch(c.output), readBytes.FindStringSubmatch(c.output)
				if m == nil || read == nil {
					b.Fatal(c.output)
				}
				b.ReportMetric((count(b, m[2])-1)/float64(n), "GET/file") // one looks at the bucket before the scan
				b.ReportMetric(count(b, read[1])/float64(size), "share-of-bytes")
				b.ReportMetric(float64(lower)/float64(whole), "lower-bound")
				b.ReportMetric(float64(size)/float64(n), "bytes/file")
			}
		})
	}
}

// asked takes files apart in this process, and adds up the bytes of them that
// something was read from, each byte once, beside their sizes. Small records are
// read by pages of 4 KiB at most.
func asked(b *testing.B, files []string) (bytes, size int64) {
	b.Helper()
	e := examiner(look{})
	for _, name := range files {
		content := must(os.ReadFile(name))
		r := &touched{r: strings.NewReader(string(content))}
		if _, err := e.Examine(b.Context(), scanner.Job{Subject: scanner.Subject{Key: filepath.Base(name)}, Size: int64(len(content))}, r); err != nil {
			b.Fatal(err)
		}
		bytes, size = bytes+r.bytes(), size+int64(len(content))
	}
	return bytes, size
}

// touched remembers which ranges were read.
type touched struct {
	r      *strings.Reader
	ranges [][2]int64
}

func (t *touched) ReadAt(p []byte, off int64) (int, error) {
	n, err := t.r.ReadAt(p, off)
	t.ranges = append(t.ranges, [2]int64{off, off + int64(n)})
	return n, err
}

// bytes are those in at least one range.
func (t *touched) bytes() (sum int64) {
	slices.SortFunc(t.ranges, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	end := int64(0)
	for _, r := range t.ranges {
		sum += max(r[1]-max(r[0], end), 0)
		end = max(end, r[1])
	}
	return sum
}
