package sandbox

import (
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/reports"
	"habeas/scanner"
	"habeas/sources"
)

// shelf is a source of a few objects in memory.
type shelf map[string]string

func (shelf) Name() string { return "shelf" }

func (s shelf) Objects(context.Context, string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		for _, k := range slices.Sorted(maps.Keys(s)) {
			if !yield(sources.Object{Key: k, Size: int64(len(s[k]))}, nil) {
				return
			}
		}
	}
}

func (s shelf) Open(_ context.Context, o sources.Object) (sources.Content, error) {
	return content{strings.NewReader(s[o.Key]), o}, nil
}

type content struct {
	*strings.Reader
	o sources.Object
}

func (c content) Object() sources.Object { return c.o }
func (c content) Close() error           { return nil }

var _ io.ReaderAt = content{}

// record keeps entries by key.
type record struct {
	mu      sync.Mutex
	entries map[string]*reports.Entry
}

func (*record) Stored(context.Context, string) iter.Seq2[scanner.Stored, error] {
	return func(func(scanner.Stored, error) bool) {}
}

func (r *record) Commit(_ context.Context, b scanner.Batch) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, x := range b.Records {
		e := *x.Entry
		e.Findings = slices.Clone(e.Findings)
		r.entries[e.Key] = &e
	}
	return nil
}

func scan(t *testing.T, src sources.Source, r scanner.Runner) map[string]*reports.Entry {
	t.Helper()
	rec := &record{entries: map[string]*reports.Entry{}}
	_, err := scanner.Scan(t.Context(), scanner.Config{Sources: []sources.Source{src}, Runner: r, Recorder: rec, InFlight: 64})
	if err != nil {
		t.Fatal(err)
	}
	return rec.entries
}

// A scan through workers gives what a scan without them does, and objects with
// very many findings, more than there are places for, don't block it.
func TestScanThroughWorkers(t *testing.T) {
	t.Parallel()
	src := shelf{}
	for i := range 150 {
		c := fmt.Sprintf("fake x\na%d@example.org ", i)
		switch i % 5 {
		case 1:
			c += strings.Repeat("m@example.org ", 1_500)
		case 2:
			c = big("tail", 200_000)
		case 3:
			c = "fake panic\n"
		}
		src[fmt.Sprintf("k%03d@example.org", i)] = c
	}
	want := scan(t, src, scanner.InProcess{Examiner: testExaminer()})
	p := newPool(t, nil)
	if d := cmp.Diff(want, scan(t, src, p)); d != "" {
		t.Errorf("(-in process +in workers)\n%.2000s", d)
	}
	if s := p.Stats(); s.Died != 0 {
		t.Errorf("%+v", s)
	}
}
