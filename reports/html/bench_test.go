package html

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"testing"

	"habeas/reports"
	"habeas/reports/reportstest"
)

// BenchmarkOwners writes the pages of many owners of three objects each: time, bytes
// of pages for an owner, and the heap at the end of the replay, before what
// only the overview needs is dropped.
func BenchmarkOwners(b *testing.B) {
	for _, owners := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(owners), func(b *testing.B) {
			for b.Loop() {
				dir := filepath.Join(b.TempDir(), "report")
				people := NewPeople()
				if err := playOwners(people, owners); err != nil {
					b.Fatal(err)
				}
				h, err := New(dir, Options{People: people})
				if err != nil {
					b.Fatal(err)
				}
				if err := playOwners(&heapAtEnd{b: b, Handler: h}, owners); err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(folderBytes(b, dir))/float64(owners), "bytes/owner")
			}
		})
	}
}

// heapAtEnd reports what is in use when the last object has been handed over.
type heapAtEnd struct {
	*Handler
	b *testing.B
}

func (h *heapAtEnd) End(s *reports.Summary) error {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	h.b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
	return h.Handler.End(s)
}

// playOwners makes one entry at a time, as a record does.
func playOwners(h reports.Handler, owners int) error {
	if err := h.Begin(reportstest.Run()); err != nil {
		return err
	}
	sum := reports.NewSummary()
	sum.Owners = int64(owners)
	one := small()
	for i := range owners {
		for n := range 3 {
			e := *one
			e.Key, e.Owner = fmt.Sprintf("users/%06d/%d.txt", i, n), reports.Owner{ID: fmt.Sprintf("user %06d", i), Rule: "template users/{owner}/**"}
			f := e.Findings[0]
			f.Fingerprint = print(i*3 + n)
			e.Findings = []reports.Finding{f}
			sum.Add(&e)
			if err := h.Entry(&e); err != nil {
				return err
			}
		}
	}
	return h.End(sum)
}

func folderBytes(b *testing.B, dir string) (n int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		fi, err := d.Info()
		if err == nil {
			n += fi.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}
