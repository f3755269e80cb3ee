package main

import (
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
			n, _ := copies(b, dir, all[ext], 300)
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

var readBytes = regexp.MustCompile(`(\d+) bytes read`)

// BenchmarkRequests counts, for each kind of file, what a bucket is asked for.
func BenchmarkRequests(b *testing.B) {
	srv := s3test.Start(b)
	all := mixed(b)
	for i, ext := range slices.Sorted(maps.Keys(all)) {
		b.Run(ext, func(b *testing.B) {
			bucket := fmt.Sprintf("kind%03d", i)
			if _, err := os.Stat(filepath.Join(srv.Data, bucket)); err != nil {
				srv.Bucket(b, bucket)
			}
			n, size := copies(b, filepath.Join(srv.Data, bucket), all[ext], 20)
			work := b.TempDir()
			for k := 0; b.Loop(); k++ {
				c := measure(b, benchProgram(b, work, srv.Env(srv.Root), "scan", "s3://"+bucket, "--endpoint", srv.Endpoint,
					"--no-report", "-q", "--allow-incomplete", "--record", fmt.Sprintf("r%d", k)))
				m, read := requests.FindStringSubmatch(c.output), readBytes.FindStringSubmatch(c.output)
				if m == nil || read == nil {
					b.Fatal(c.output)
				}
				b.ReportMetric(count(b, m[2])/float64(n), "GET/file")
				b.ReportMetric(count(b, read[1])/float64(size), "share-of-bytes")
				b.ReportMetric(float64(size)/float64(n), "bytes/file")
			}
		})
	}
}
