package all

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dlclark/regexp2/v2"
	"golang.org/x/sys/unix"

	"habeas/detectors"
	"habeas/detectors/textbench"
)

// mix is what stored text is taken for: as much of each class. "dense" is no part
// of it, as no store is full of that.
var mix = []string{"prose", "logs", "csv", "mail", "source"}

// sample is how much text of a class is looked at: one chunk of the scanner.
const sample = textbench.Chunk

// tables are the classes with their cells, as the scanner gives those of a table: see
// [textbench.Cells].
var tables = []string{"csv-cells", "dense-cells"}

// parts are chunks of classes as the scanner hands them to detectors.
func parts(regions []string, classes ...string) (out []detectors.Part, size int) {
	for _, class := range classes {
		class, cells := strings.CutSuffix(class, "-cells")
		p := detectors.Part{Path: "text", Text: textbench.Text(class, sample, 1)[:sample], Regions: regions}
		if cells {
			p.Cells = textbench.Cells(class, p.Text)
		}
		out = append(out, p)
		size += len(p.Text)
	}
	return out, size
}

// detectAll shows ps to all detectors as the scanner does, which gives those of one
// part the same memo.
func detectAll(b *testing.B, all []detectors.Detector, ps []detectors.Part, memo *detectors.Memo) (finds int) {
	for _, p := range ps {
		p.Memo, memo.Fresh = memo, false
		for _, d := range all {
			if err := d.Detect(&p, func(detectors.Finding) { finds++ }); err != nil {
				b.Fatal(err)
			}
		}
	}
	return finds
}

// perCPU reports how many GB of text run looks at in a second of processor time, all
// threads together: the tenth part of many runs were faster. Others on the machine
// only ever make one slower; and the clock of some virtual machines stands still now
// and then, which makes single runs look faster than they were.
func perCPU(b *testing.B, size int, run func()) {
	b.Helper()
	run()
	runtime.GC()
	var took []int64
	b.ReportAllocs()
	for b.Loop() {
		start := cpuTime()
		run()
		took = append(took, cpuTime()-start)
	}
	slices.Sort(took)
	b.ReportMetric(float64(size)/float64(max(took[len(took)/10], 1)), "GB/cpu-s")
	b.ReportMetric(0, "ns/op") // of the clock on the wall: says nothing on a busy machine
}

func cpuTime() int64 {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t) != nil {
		return 0
	}
	return t.Nano()
}

var regionChoices = []struct {
	name    string
	regions []string
}{{"no-region", nil}, {"US", []string{"US"}}}

// BenchmarkAll is all detectors on each class and on the mix.
func BenchmarkAll(b *testing.B) {
	all := Detectors(Options{})
	for _, r := range regionChoices {
		for _, class := range slices.Concat([]string{"mix"}, textbench.Classes, tables) {
			b.Run(r.name+"/"+class, func(b *testing.B) {
				ps, size := parts(r.regions, class)
				if class == "mix" {
					ps, size = parts(r.regions, mix...)
				}
				var memo detectors.Memo
				perCPU(b, size, func() { detectAll(b, all, ps, &memo) })
			})
		}
	}
}

// BenchmarkEach is one detector at a time.
func BenchmarkEach(b *testing.B) {
	for _, d := range Detectors(Options{}) {
		for _, r := range regionChoices {
			for _, class := range slices.Concat(textbench.Classes, tables) {
				if r.regions != nil && d.Info().Name != "phone" {
					continue // the only one that asks for regions
				}
				b.Run(d.Info().Name+"/"+r.name+"/"+class, func(b *testing.B) {
					ps, size := parts(r.regions, class)
					var memo detectors.Memo
					perCPU(b, size, func() { detectAll(b, []detectors.Detector{d}, ps, &memo) })
				})
			}
		}
	}
}

// BenchmarkHostile is all detectors on texts made to be slow.
func BenchmarkHostile(b *testing.B) {
	all := Detectors(Options{})
	for name, text := range textbench.Hostile(64 << 10) {
		b.Run(name, func(b *testing.B) {
			ps := []detectors.Part{{Path: "text", Text: text, Regions: []string{"US"}}}
			var memo detectors.Memo
			perCPU(b, len(text), func() { detectAll(b, all, ps, &memo) })
		})
	}
}

const mailPattern = `[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}`

// BenchmarkBeside is what the speeds of BenchmarkAll are to be seen beside: the
// library's search for one byte, which is the limit, and engines of expressions
// with one pattern for addresses.
func BenchmarkBeside(b *testing.B) {
	ps, size := parts(nil, mix...)
	b.Run("bytes.IndexByte", func(b *testing.B) {
		perCPU(b, size, func() {
			for i := range ps {
				bytes.IndexByte(ps[i].Text, 0)
			}
		})
	})
	one := regexp.MustCompile(mailPattern)
	b.Run("regexp", func(b *testing.B) {
		perCPU(b, size, func() {
			for i := range ps {
				one.FindAllIndex(ps[i].Text, -1)
			}
		})
	})
	if rg, err := exec.LookPath("rg"); err == nil {
		b.Run("ripgrep", func(b *testing.B) { ripgrep(b, rg, ps) })
	}
	other := regexp2.MustCompile(mailPattern, regexp2.None)
	b.Run("regexp2", func(b *testing.B) {
		const few = 16 << 10
		perCPU(b, few*len(ps), func() {
			for i := range ps {
				m, err := other.FindStringMatch(string(ps[i].Text[:few]))
				for m != nil && err == nil {
					m, err = other.FindNextMatch(m)
				}
			}
		})
	})
}

// mixSize is how much text BenchmarkMix makes, in MiB, if the environment does not
// say so in HABEAS_MIX_MIB.
const mixSize = 20

// BenchmarkMix is all detectors on much text that is made while it runs, each chunk
// another one, so that nothing of it is in a cache or known to the processor; and
// beside them, on the same text, what BenchmarkBeside has. HABEAS_MIX_MIB=1024 makes
// 1 GiB. With HABEAS_MIX_DIR the text stays in that folder, a file for each MiB, of one class.
func BenchmarkMix(b *testing.B) {
	size := mixSize
	if n, err := strconv.Atoi(os.Getenv("HABEAS_MIX_MIB")); err == nil && n > 0 {
		size = n
	}
	dir := os.Getenv("HABEAS_MIX_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	one, other := regexp.MustCompile(mailPattern), regexp2.MustCompile(mailPattern, regexp2.None)
	one.MatchString(mailPattern)
	_, _ = other.MatchString(mailPattern) // both make tables at their first call
	all := Detectors(Options{})
	var memo detectors.Memo
	for b.Loop() {
		var search, finds, few, went, went2 int64
		for i := range size {
			file := make([]byte, 0, 1<<20+sample)
			for k := range 4 {
				text := textbench.Text(mix[i%len(mix)], sample, uint64(4*i+k))[:sample]
				file = append(file, text...)
				start := cpuTime()
				bytes.IndexByte(text, 0)
				search += cpuTime() - start
				ps := []detectors.Part{{Path: "text", Text: text}}
				start = cpuTime()
				detectAll(b, all, ps, &memo)
				finds += cpuTime() - start
				if i%16 == 0 { // these are slow
					start = cpuTime()
					one.FindAllIndex(text[:16<<10], -1)
					went += cpuTime() - start
					start = cpuTime()
					for m, err := other.FindStringMatch(string(text[:16<<10])); m != nil && err == nil; {
						m, err = other.FindNextMatch(m)
					}
					went2 += cpuTime() - start
					few += 16 << 10
				}
			}
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("mix-%04d.txt", i)), file, 0o600); err != nil {
				b.Fatal(err)
			}
		}
		bytes := float64(size) * 4 * sample
		b.ReportMetric(bytes/float64(finds), "GB/cpu-s")
		b.ReportMetric(bytes/float64(search), "IndexByte-GB/cpu-s")
		b.ReportMetric(float64(few)/float64(went), "regexp-GB/cpu-s")
		b.ReportMetric(float64(few)/float64(went2), "regexp2-GB/cpu-s")
		if rg, err := exec.LookPath("rg"); err == nil {
			b.ReportMetric(bytes/float64(ripgrepTime(b, rg, dir)), "ripgrep-GB/cpu-s")
		}
		b.ReportMetric(0, "ns/op")
	}
}

// ripgrepTime is the processor time of that program for the pattern for addresses.
func ripgrepTime(b *testing.B, program, path string) time.Duration {
	cmd := exec.Command(program, "--text", "--threads", "1", "--count", mailPattern, path)
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// ripgrep reports the speed of that program with the pattern for addresses, on the
// texts many times over in one file, so that its start does not count for much.
func ripgrep(b *testing.B, program string, ps []detectors.Part) {
	var text []byte
	for len(text) < 64<<20 {
		for i := range ps {
			text = append(text, ps[i].Text...)
		}
	}
	file := filepath.Join(b.TempDir(), "text")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		b.Fatal(err)
	}
	best := time.Hour
	for b.Loop() {
		best = min(best, ripgrepTime(b, program, file))
	}
	b.ReportMetric(float64(len(text))/float64(best), "GB/cpu-s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkWorkers reports how much more text two workers look at than one, in the
// same time on the wall. It needs two processors of its own.
func BenchmarkWorkers(b *testing.B) {
	all := Detectors(Options{})
	ps, _ := parts(nil, mix...)
	var memos [2]detectors.Memo
	one, two := time.Hour, time.Hour
	for b.Loop() {
		start := time.Now()
		detectAll(b, all, ps, &memos[0])
		one = min(one, time.Since(start))
		start = time.Now()
		var wg sync.WaitGroup
		for i := range memos {
			wg.Go(func() { detectAll(b, all, ps, &memos[i]) })
		}
		wg.Wait()
		two = min(two, time.Since(start))
	}
	b.ReportMetric(2*float64(one)/float64(two), "x-one-worker")
}
