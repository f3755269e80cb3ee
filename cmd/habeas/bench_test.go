package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
	"time"

	"habeas/cmd/fixtures/fixture"
	"habeas/sources/s3/s3test"
)

// The benchmarks run the whole program as a process and count what the system
// says that it and its workers took. docs/benchmarks.md has the commands.

// photos writes n JPEGs as cameras and editors leave them: see fixture.Camera.
func photos(b *testing.B, dir string, n int) {
	b.Helper()
	picture, err := fixture.Picture(320, 240, 2)
	if err != nil {
		b.Fatal(err)
	}
	thumbnail, err := fixture.Picture(160, 120, 2)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		path := filepath.Join(dir, "users", fmt.Sprintf("u%03d", i%100), fmt.Sprintf("%06d.jpg", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, fixture.Camera(picture, thumbnail, i), 0o644); err != nil {
			b.Fatal(err)
		}
	}
}

// folder is what BenchmarkFolder scans, and how many files are in it: the folder
// that HABEAS_BENCH_PHOTOS names, your own photos, or generated ones.
func folder(b *testing.B) (dir string, n int) {
	b.Helper()
	if dir = os.Getenv("HABEAS_BENCH_PHOTOS"); dir == "" {
		dir = b.TempDir()
		photos(b, dir, 5000)
	}
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			n++
		}
		return err
	})
	if err != nil || n == 0 {
		b.Fatalf("%d files to scan: %v", n, err)
	}
	return dir, n
}

// cost is what one run of a process and its children took.
type cost struct {
	cpu    time.Duration
	peak   int64 // bytes of the process itself, resident
	output string
}

func measure(b *testing.B, cmd *exec.Cmd) cost {
	b.Helper()
	var out bytes.Buffer
	cmd.Stderr = &out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	stop := make(chan struct{})
	peak := make(chan int64)
	go func() {
		var most int64
		for {
			most = max(most, residentPeak(cmd.Process.Pid))
			select {
			case <-stop:
				peak <- most
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	err := cmd.Wait()
	close(stop)
	c := cost{peak: <-peak, output: out.String()}
	if err != nil {
		b.Fatalf("%v\n%s", err, c.output)
	}
	c.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return c
}

// residentPeak reads VmHWM of a process; 0 where there is no /proc.
func residentPeak(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		return 0
	}
	kb, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return 0
	}
	return kb << 10
}

func benchProgram(b *testing.B, dir string, env []string, args ...string) *exec.Cmd {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Dir = dir
	cmd.Env = append([]string{asProgram + "=1", "HOME=" + dir}, env...)
	return cmd
}

// BenchmarkFolder is a first scan of a warm folder, and beside it ExifTool over
// the same files where that is installed.
func BenchmarkFolder(b *testing.B) {
	dir, n := folder(b)
	work := b.TempDir()
	// Once without counting, so that no file comes from the disk.
	measure(b, benchProgram(b, work, nil, "scan", dir, "--no-report", "-q", "--allow-incomplete", "--record", "warm.habeas"))
	for i := 0; b.Loop(); i++ {
		c := measure(b, benchProgram(b, work, nil, "scan", dir, "--no-report", "-q", "--allow-incomplete", "--record", fmt.Sprintf("r%d.habeas", i)))
		ours := float64(n) / c.cpu.Seconds()
		b.ReportMetric(ours, "JPEG/CPU-s")
		b.ReportMetric(float64(c.peak)/(1<<20), "MiB-parent")
		exiftool, err := exec.LookPath("exiftool")
		if err != nil {
			continue
		}
		theirs := exec.Command(exiftool, "-fast2", "-n", "-j", "-r", "-q", dir)
		c = measure(b, theirs)
		b.ReportMetric(float64(n)/c.cpu.Seconds(), "ExifTool-JPEG/CPU-s")
		b.ReportMetric(ours/(float64(n)/c.cpu.Seconds()), "x-ExifTool")
	}
}

// BenchmarkUnchanged is a second scan, which reads nothing.
func BenchmarkUnchanged(b *testing.B) {
	const n = 5000
	dir, work := b.TempDir(), b.TempDir()
	photos(b, dir, n)
	measure(b, benchProgram(b, work, nil, "scan", dir, "--no-report", "-q", "--record", "r"))
	for b.Loop() {
		c := measure(b, benchProgram(b, work, nil, "scan", dir, "--no-report", "-q", "--record", "r"))
		b.ReportMetric(float64(n)/c.cpu.Seconds(), "objects/CPU-s")
	}
}

var requests = regexp.MustCompile(`took (\d+) LIST and (\d+) GET requests`)

// BenchmarkBucket counts requests and bytes over generated photos in a bucket of a
// real server.
func BenchmarkBucket(b *testing.B) {
	srv := s3test.Start(b)
	srv.Bucket(b, "photos")
	photos(b, filepath.Join(srv.Data, "photos"), 2000)
	work := b.TempDir()
	bytesRead := regexp.MustCompile(`(\d+) bytes read`)
	for i := 0; b.Loop(); i++ {
		c := measure(b, benchProgram(b, work, srv.Env(srv.Root), "scan", "s3://photos", "--endpoint", srv.Endpoint, "--no-report", "-q", "--record", fmt.Sprintf("r%d", i)))
		m, read := requests.FindStringSubmatch(c.output), bytesRead.FindStringSubmatch(c.output)
		if m == nil || read == nil {
			b.Fatal(c.output)
		}
		b.ReportMetric(count(b, m[2])/2000, "GET/image")
		b.ReportMetric(count(b, m[1]), "LIST")
		b.ReportMetric(count(b, read[1])/2000, "bytes/image")
		b.ReportMetric(2000/c.cpu.Seconds(), "JPEG/CPU-s")
	}
}

func count(b *testing.B, s string) float64 {
	b.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		b.Fatal(err)
	}
	return f
}

// BenchmarkMemory is the peak of the scanning process at two sizes: flat is the
// same at both.
func BenchmarkMemory(b *testing.B) {
	for _, n := range []int{20_000, 200_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir, work := b.TempDir(), b.TempDir()
			photos(b, dir, n)
			for i := 0; b.Loop(); i++ {
				c := measure(b, benchProgram(b, work, nil, "scan", dir, "-q", "--record", fmt.Sprintf("r%d", i), "--report", fmt.Sprintf("p%d", i)))
				b.ReportMetric(float64(c.peak)/(1<<20), "MiB-parent")
				b.ReportMetric(float64(n)/c.cpu.Seconds(), "JPEG/CPU-s")
			}
		})
	}
}
