package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"habeas/scanner"
)

// toll is what one file took to take apart.
type toll struct {
	name      string
	format    string // "" if none walked it
	size      int64
	cpu       time.Duration // of the whole process, the collector's among it
	allocated uint64        // bytes, everything counted, also what was freed long before the end
}

// processTime is the time that this process has had.
func processTime(b *testing.B) time.Duration {
	b.Helper()
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		b.Fatal(err)
	}
	return time.Duration(t.Nano())
}

// allocations are the bytes that this process has ever allocated.
func allocations() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

// BenchmarkHostile takes apart each file below the folder that HABEAS_BENCH_HOSTILE
// names, or testdata/uploads, in this process and with all detectors, and tells
// how many took more than 50 ms of CPU though they hold less than 1 MB, and how
// many allocated more than four times their size and 1 MiB. The best of three
// counts. The worst of both go to stderr with the format that walked them:
// what a format inflates or decodes is allocated too.
func BenchmarkHostile(b *testing.B) {
	dir := os.Getenv("HABEAS_BENCH_HOSTILE")
	if dir == "" {
		dir = "../../testdata/uploads"
	}
	e := examiner(look{})
	for b.Loop() {
		var all []toll
		err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
			if err == nil && d.Type().IsRegular() {
				all = append(all, take(b, e, dir, p))
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		if len(all) == 0 {
			b.Fatal("no files in " + dir)
		}
		slow := worst(b, all, "CPU time", func(t toll) float64 {
			if t.size >= 1e6 {
				return 0
			}
			return float64(t.cpu) / float64(50*time.Millisecond)
		})
		greedy := worst(b, all, "memory", func(t toll) float64 { return float64(t.allocated) / float64(4*t.size+1<<20) })
		b.ReportMetric(float64(len(all)), "files")
		b.ReportMetric(float64(slow), "over-50-ms")
		b.ReportMetric(float64(greedy), "over-4x+1MiB")
	}
}

// take examines one file three times. What is done once for the whole process,
// such as starting the reader of PDF, is in the first only.
func take(b *testing.B, e *scanner.Examiner, dir, path string) toll {
	b.Helper()
	content := string(must(os.ReadFile(path)))
	t := toll{name: must(filepath.Rel(dir, path)), size: int64(len(content)), cpu: time.Hour, allocated: 1 << 62}
	for range 3 {
		job := scanner.Job{Subject: scanner.Subject{Key: filepath.ToSlash(t.name)}, Size: t.size}
		cpu, allocated := processTime(b), allocations()
		res, err := e.Examine(b.Context(), job, strings.NewReader(content))
		t.cpu, t.allocated = min(t.cpu, processTime(b)-cpu), min(t.allocated, allocations()-allocated)
		if err != nil {
			b.Fatalf("%s: %v", t.name, err)
		}
		t.format = cmp.Or(res.Format, "-")
		res.Release()
	}
	return t
}

// worst prints the files that are over a bar, the worst first, and gives their
// number. share is what part of the bar a file took.
func worst(b *testing.B, all []toll, what string, share func(toll) float64) (over int) {
	b.Helper()
	slices.SortFunc(all, func(x, y toll) int { return cmp.Or(cmp.Compare(share(y), share(x)), strings.Compare(x.name, y.name)) })
	for i, t := range all {
		if share(t) > 1 {
			over++
		}
		if i < 3 || share(t) > 1 && i < 60 {
			fmt.Fprintf(os.Stderr, "%s: %.2f of the bar: %s, %s, %d bytes, %v, %d bytes allocated\n", what, share(t), t.name, t.format, t.size, t.cpu.Round(time.Millisecond), t.allocated)
		}
	}
	return over
}
