package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"habeas/reports"
	"habeas/sources"
)

var testKey = []byte("a key of at least thirty-two bytes")

func config(rec Recorder, srcs ...sources.Source) Config {
	return Config{
		Sources: srcs, Runner: InProcess{testExaminer()}, Recorder: rec, Set: "set",
		Owners: byFolder{}, FingerprintKey: testKey, InFlight: 8,
	}
}

// byFolder attributes to the first folder of the key, and knows one of them.
type byFolder struct{}

func (byFolder) Attribute(o sources.Object) Attribution {
	folder, _, ok := strings.Cut(o.Key, "/")
	if !ok {
		return Attribution{}
	}
	a := Attribution{Owner: reports.Owner{ID: folder, Rule: "folder"}}
	if folder == "ana" {
		a.Identity = &Identity{Emails: []string{"Ana@Example.org"}, Names: []string{"Silva, Ana"}}
	}
	return a
}

// uploads is a source with n objects of several kinds.
func uploads(name string, n int) *memSource {
	m := newMemSource(name)
	for i := range n {
		content := fmt.Sprintf("box\ntext com email:user%d@example.org phone:%d\ntag exif Artist name:Person%d\n", i%17, 5550100+i%7, i%5)
		switch i % 11 {
		case 3:
			content = ""
		case 5:
			content = "not known"
		case 7:
			content += "problem x corrupt\n"
		case 9:
			content = "box\npanic\n"
		}
		m.put(fmt.Sprintf("u%02d/%05d", i%13, i), content)
	}
	return m
}

func scanAll(t *testing.T, cfg Config) Outcome {
	t.Helper()
	out, err := Scan(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if out.Listed != out.Carried+out.Recorded {
		t.Errorf("listed %d, carried over %d, recorded %d", out.Listed, out.Carried, out.Recorded)
	}
	return out
}

func TestSameEntriesForAnyNumberOfWorkers(t *testing.T) {
	var want []*reports.Entry
	for _, n := range []int{1, 2, 8, 64} {
		rec := newMemRecorder()
		cfg := config(rec, uploads("one", 700), uploads("two", 300))
		cfg.InFlight = n
		scanAll(t, cfg)
		got := rec.entries()
		if want == nil {
			want = got
			continue
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%d workers: %s", n, d)
		}
	}
	if len(want) != 1000 {
		t.Errorf("%d entries", len(want))
	}
}

func TestSecondRunOpensNothing(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	for i := range 2_500 {
		src.put(fmt.Sprintf("%05d", i), "box\ntext  email:a@example.org\n")
	}
	scanAll(t, config(rec, src))
	before := rec.entries()
	src.opened.Store(0)
	out := scanAll(t, config(rec, src))
	if src.opened.Load() != 0 || out.Carried != 2_500 || out.Incomplete {
		t.Errorf("%d opened: %+v", src.opened.Load(), out)
	}
	if d := cmp.Diff(before, rec.entries()); d != "" {
		t.Error(d)
	}
	if rec.largest > maxBatch {
		t.Errorf("a batch of %d", rec.largest)
	}
}

func TestIncremental(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	for _, k := range []string{"a", "b", "c", "d", "e"} {
		src.put(k, "box\ntext  email:"+k+"@example.org\n")
	}
	src.put("f", "box\nproblem x corrupt\n")    // will be so again: not read again
	src.put("g", "box\nproblem x limit.time\n") // may not be so again
	scanAll(t, config(rec, src))
	clear(src.opens)

	src.put("b", "box\ntext  email:new@example.org\n") // changed
	src.put("bb", "box\n")                             // new
	delete(src.objects, "d")                           // gone
	delete(src.objects, "a")
	out := scanAll(t, config(rec, src))
	if d := cmp.Diff(map[string]int{"b": 1, "bb": 1, "g": 1}, src.opens); d != "" {
		t.Errorf("opened: %s", d)
	}
	if out.Gone != 2 || out.Carried != 3 || out.Recorded != 3 || !out.Incomplete {
		t.Errorf("%+v", out)
	}
	if d := cmp.Diff(map[string]string{"b": "complete", "bb": "complete", "c": "complete", "e": "complete", "f": "partial corrupt", "g": "partial limit.time"}, rec.states()); d != "" {
		t.Error(d)
	}

	cfg := config(rec, src)
	cfg.Set = "other"
	if out := scanAll(t, cfg); out.Carried != 0 {
		t.Errorf("%d carried over from another set", out.Carried)
	}
}

func TestVersionsOfOneKey(t *testing.T) {
	var gone []string
	stored := func(yield func(Stored, error) bool) {
		for _, s := range []Stored{{Key: "a", Version: "1"}, {Key: "b", Version: "1"}, {Key: "b", Version: "2"}, {Key: "b", Version: "3"}, {Key: "c"}} {
			if !yield(s, nil) {
				return
			}
		}
	}
	m, stop := newMerge(stored, func(s Stored) { gone = append(gone, s.Key+s.Version) })
	defer stop()
	var found []string
	for _, o := range []sources.Object{{Key: "b", Version: "3"}, {Key: "b", Version: "4"}, {Key: "b", Version: "1"}, {Key: "bb"}} {
		if st, ok, err := m.match(o); err != nil {
			t.Fatal(err)
		} else if ok {
			found = append(found, st.Key+st.Version)
		}
	}
	if err := m.end(); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"b3", "b1"}, found); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"a1", "b2", "c"}, gone); d != "" {
		t.Error(d)
	}
}

// Every fault ends in a reason, and none in an object that looks clean.
func TestFaults(t *testing.T) {
	failed := func(code string) error { return &sources.Error{Code: code, Err: errors.New("secret text")} }
	unavailable := failed(sources.CodeUnavailable)
	for name, c := range map[string]struct {
		f    faults
		want string
	}{
		"denied":               {faults{open: []error{failed(sources.CodeDenied)}}, "failed denied"},
		"archived":             {faults{open: []error{failed(sources.CodeArchived)}}, "skipped archived"},
		"needs a key":          {faults{open: []error{failed(sources.CodeNeedsKey)}}, "skipped needs-key"},
		"requester pays":       {faults{open: []error{failed(sources.CodeRequesterPays)}}, "skipped requester-pays"},
		"vanished":             {faults{open: []error{failed(sources.CodeVanished)}}, "skipped vanished"},
		"a pipe in a folder":   {faults{listing: failed(sources.CodeNotRegular)}, "skipped not-regular"},
		"too deep":             {faults{listing: failed(sources.CodeTooDeep)}, "failed limit.depth"},
		"unknown code":         {faults{open: []error{failed("novel"), failed("novel")}}, "failed unavailable"},
		"unknown error":        {faults{open: []error{io.ErrNoProgress, io.ErrNoProgress}}, "failed unavailable"},
		"unavailable once":     {faults{open: []error{unavailable}}, "complete"},
		"unavailable twice":    {faults{open: []error{unavailable, unavailable}}, "failed unavailable"},
		"read fails":           {faults{read: unavailable}, "failed unavailable"},
		"bytes are wrong":      {faults{read: failed(sources.CodeChecksum)}, "failed checksum"},
		"read is denied":       {faults{read: failed(sources.CodeDenied)}, "failed denied"},
		"changes once":         {faults{change: 1}, "complete"},
		"changes three times":  {faults{change: 3}, "complete"},
		"changes all the time": {faults{change: 1000}, "failed changed"},
		"changes and vanishes": {faults{change: 1, vanish: true}, "skipped vanished"},
		"short":                {faults{short: true}, "failed changed"},
	} {
		t.Run(name, func(t *testing.T) {
			src, rec := newMemSource("s"), newMemRecorder()
			for _, k := range []string{"before", "ho email:key@example.org", "it"} {
				src.put(k, "box\ntext  email:r@example.org\n")
			}
			key := "ho email:key@example.org"
			f := c.f
			src.faults[key] = &f
			out := scanAll(t, config(rec, src))
			if d := cmp.Diff(map[string]string{"before": "complete", key: c.want, "it": "complete"}, rec.states()); d != "" {
				t.Error(d)
			}
			if out.Incomplete != (c.want != "complete") {
				t.Errorf("%+v", out)
			}
		})
	}
}

// What the key says is found though the content can't be read.
func TestKeyOfUnreadableObject(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	src.put("ana/ email:ana@example.org", "box\n")
	src.faults["ana/ email:ana@example.org"] = &faults{open: []error{&sources.Error{Code: sources.CodeArchived}}}
	scanAll(t, config(rec, src))
	e := rec.entries()[0]
	if len(e.Findings) != 1 || e.Findings[0].Part != PartKey || e.Findings[0].Party != reports.PartyOwner || e.Type != "" {
		t.Errorf("%+v", e)
	}
}

func TestFatalErrorStopsOneSource(t *testing.T) {
	fatal := &sources.Error{Code: sources.CodeCredentials, Fatal: true}
	good := uploads("good", 100)
	for name, bad := range map[string]*memSource{"listing": uploads("bad", 100), "open": uploads("bad", 100), "order": uploads("bad", 100)} {
		t.Run(name, func(t *testing.T) {
			rec := newMemRecorder()
			// An earlier scan has what is not listed this time.
			old := &reports.Entry{Source: "bad", Key: "zzz", Coverage: reports.Complete}
			rec.records[Ref{"bad", "zzz", ""}] = Record{Entry: old, Set: "set"}
			var src sources.Source = bad
			switch name {
			case "listing":
				bad.broken, bad.cut = fatal, 50
			case "open":
				for k := range bad.objects {
					bad.faults[k] = &faults{open: []error{fatal}}
				}
			case "order":
				src = backwards{bad}
			}
			out, err := Scan(t.Context(), config(rec, src, good))
			if err != nil {
				t.Fatal(err)
			}
			if out.Sources[0].Err == nil || out.Sources[1].Err != nil || !out.Incomplete || out.Gone != 0 {
				t.Errorf("%+v", out)
			}
			if n := len(rec.sorted("good")); n != 100 {
				t.Errorf("%d recorded of the good source", n)
			}
			if rec.records[Ref{"bad", "zzz", ""}].Entry != old {
				t.Error("an object was called gone after a listing that failed")
			}
		})
	}
}

// backwards lists its last object first.
type backwards struct{ *memSource }

func (b backwards) Objects(ctx context.Context, after string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		if !yield(b.object("u12/00012"), nil) {
			return
		}
		for o, err := range b.memSource.Objects(ctx, after) {
			if !yield(o, err) {
				return
			}
		}
	}
}

func TestRecordThatCannotBeWritten(t *testing.T) {
	rec := newMemRecorder()
	rec.fail = errors.New("disk full")
	out, err := Scan(t.Context(), config(rec, uploads("s", 5_000)))
	if !errors.Is(err, rec.fail) || !out.Incomplete || out.Recorded != 0 {
		t.Errorf("%v: %+v", err, out)
	}
}

// brokenRunner fails for good after a while.
type brokenRunner struct {
	InProcess
	left atomic.Int64
}

func (r *brokenRunner) Run(ctx context.Context, j Job, c io.ReaderAt) (Result, error) {
	if r.left.Add(-1) < 0 {
		return Result{}, &RunnerError{Msg: "no more workers"}
	}
	return r.InProcess.Run(ctx, j, c)
}

func TestBrokenRunnerEndsTheScan(t *testing.T) {
	rec := newMemRecorder()
	cfg := config(rec, uploads("s", 500))
	r := &brokenRunner{InProcess: InProcess{testExaminer()}}
	r.left.Store(100)
	cfg.Runner = r
	out, err := Scan(t.Context(), cfg)
	if _, ok := errors.AsType[*RunnerError](err); !ok || int(out.Recorded) != len(rec.records) || out.Recorded < 50 {
		t.Errorf("%v: %+v, %d in the record", err, out, len(rec.records))
	}
}

func TestCancelAndResume(t *testing.T) {
	want := newMemRecorder()
	scanAll(t, config(want, uploads("s", 600)))
	for _, stopAt := range []int64{1, 200, 590} {
		rec := newMemRecorder()
		src := uploads("s", 600)
		ctx, cancel := context.WithCancel(t.Context())
		cfg := config(rec, src)
		var opened atomic.Int64
		cfg.Runner = runnerFunc(func(ctx context.Context, j Job, c io.ReaderAt) (Result, error) {
			if opened.Add(1) == stopAt {
				cancel()
			}
			return InProcess{testExaminer()}.Run(ctx, j, c)
		})
		out, err := Scan(ctx, cfg)
		if !errors.Is(err, context.Canceled) || !out.Incomplete || int(out.Recorded) != len(rec.records) {
			t.Errorf("stopped at %d: %v, %+v, %d in the record", stopAt, err, out, len(rec.records))
		}
		if out.Recorded < stopAt-10-int64(cfg.InFlight) {
			t.Errorf("stopped at %d: only %d kept", stopAt, out.Recorded)
		}
		scanAll(t, config(rec, src))
		if d := cmp.Diff(want.entries(), rec.entries()); d != "" {
			t.Errorf("stopped at %d: %s", stopAt, d)
		}
	}
}

type runnerFunc func(context.Context, Job, io.ReaderAt) (Result, error)

func (f runnerFunc) Run(ctx context.Context, j Job, c io.ReaderAt) (Result, error) {
	return f(ctx, j, c)
}

func TestCancelWhileTheSourceHangs(t *testing.T) {
	src := uploads("s", 50)
	for k := range src.objects {
		src.faults[k] = &faults{block: make(chan struct{})}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cfg := config(newMemRecorder(), src)
	tick := make(chan time.Time)
	cfg.Tick = tick
	cfg.Progress = func(Event) { cancel() }
	go func() { tick <- time.Time{} }()
	if _, err := Scan(ctx, cfg); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestTickCommitsWhatIsDone(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	src.put("a", "box\n")
	src.put("b", "box\n")
	block := make(chan struct{})
	src.faults["b"] = &faults{block: block}
	cfg := config(rec, src)
	tick := make(chan time.Time)
	cfg.Tick = tick
	done := make(chan struct{})
	go func() {
		defer close(block)
		for {
			select {
			case tick <- time.Time{}:
			case <-done:
				return
			}
		}
	}()
	stopped := false
	cfg.Progress = func(e Event) {
		if e.Entry != nil && !stopped {
			stopped = true
			close(done)
		}
	}
	scanAll(t, cfg)
	if rec.commits != 2 {
		t.Errorf("%d commits", rec.commits)
	}
}

func TestGoneBeyondWhatMemoryHolds(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	for i := range 11_500 {
		k := fmt.Sprintf("old%07d", i)
		rec.records[Ref{"s", k, ""}] = Record{Entry: &reports.Entry{Source: "s", Key: k, Coverage: reports.Complete}, Set: "set"}
	}
	for i := range 50 {
		src.put(fmt.Sprintf("old%07d-new", i*230), "box\n")
	}
	cfg := config(rec, src)
	cfg.maxGone = 2_000
	out := scanAll(t, cfg)
	if out.Gone != 11_500 || len(rec.records) != 50 {
		t.Errorf("%+v, %d left", out, len(rec.records))
	}
}

// One object that takes for ever must not make the others pile up.
func TestMemoryIsFlat(t *testing.T) {
	src := &endless{n: 25_000}
	var released, most atomic.Int64
	cfg := config(discard{}, src)
	cfg.Runner = runnerFunc(func(ctx context.Context, j Job, c io.ReaderAt) (Result, error) {
		res, err := InProcess{testExaminer()}.Run(ctx, j, c)
		n := src.opened.Load() - released.Load()
		if n > most.Load() {
			most.Store(n)
		}
		res.OnRelease(func() { released.Add(1) })
		return res, err
	})
	var stats runtime.MemStats
	peak := uint64(0)
	seen := 0
	cfg.Progress = func(Event) {
		if seen++; seen%8_000 == 1 {
			runtime.GC()
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapAlloc)
		}
	}
	out := scanAll(t, cfg)
	if out.Recorded != 25_000 || released.Load() != 25_000 {
		t.Errorf("%+v, %d released", out, released.Load())
	}
	if most.Load() > doneQueue+2*int64(cfg.InFlight)+10 {
		t.Errorf("%d results were alive at the same time", most.Load())
	}
	if peak > 64<<20 {
		t.Errorf("%d MiB", peak>>20)
	}
}

// endless lists many objects that it does not keep.
type endless struct {
	n      int
	opened atomic.Int64
}

func (*endless) Name() string { return "endless" }

func (e *endless) Objects(_ context.Context, _ string) iter.Seq2[sources.Object, error] {
	return func(yield func(sources.Object, error) bool) {
		for i := range e.n {
			if !yield(sources.Object{Key: fmt.Sprintf("%08d", i)}, nil) {
				return
			}
		}
	}
}

func (e *endless) Open(_ context.Context, o sources.Object) (sources.Content, error) {
	e.opened.Add(1)
	return &memContent{m: newMemSource("x"), o: o, data: "box\ntext  email:" + o.Key + "\n", f: &faults{}}, nil
}

// discard is a record that keeps nothing.
type discard struct{}

func (discard) Stored(context.Context, string) iter.Seq2[Stored, error] {
	return func(func(Stored, error) bool) {}
}
func (discard) Commit(context.Context, Batch) error { return nil }

func TestEntry(t *testing.T) {
	src, rec := newMemSource("s"), newMemRecorder()
	src.put("ana/a", "box\ntext t email:ANA@example.ORG email:bo@example.org\nview v email:ana@example.org\ntag x Artist name:Ana ip:192.0.2.7\n")
	scanAll(t, config(rec, src))
	e := rec.entries()[0]
	start, end := int64(11), int64(32)
	start2, end2 := int64(33), int64(53)
	want := []reports.Finding{
		{Kind: "email", Party: "third_party", Mask: "m***@a***", Part: "meta", Tag: "by"},
		{Kind: "email", Party: "owner", Mask: "A***@e***.org", Part: "box/t", Start: &start, End: &end},
		{Kind: "email", Party: "third_party", Mask: "b***@e***.org", Part: "box/t", Start: &start2, End: &end2},
		{Kind: "email", Party: "owner", Mask: "a***@e***.org", Part: "box/v"},
		{Kind: "ip", Party: "unknown", Mask: "192.***", Part: "box/x", Tag: "Artist"},
		{Kind: "name", Party: "third_party", Mask: "***", Part: "box/x", Tag: "Artist"},
	}
	want[0].Mask = e.Findings[0].Mask // meta@ana/a is no address to speak of
	opts := cmpopts.IgnoreFields(reports.Finding{}, "ID", "Fingerprint", "Confidence", "Why", "Detector", "Rule")
	if d := cmp.Diff(want, e.Findings, opts); d != "" {
		t.Error(d)
	}
	if e.Findings[1].Fingerprint != e.Findings[3].Fingerprint || e.Findings[1].Fingerprint == e.Findings[2].Fingerprint {
		t.Error("fingerprints do not join equal values, or join different ones")
	}
	ids := map[string]bool{}
	for _, f := range e.Findings {
		ids[f.ID] = true
	}
	if len(ids) != len(e.Findings) {
		t.Error("two findings have one id")
	}
	if e.Owner.ID != "ana" || e.Type != "application/x-lines" || e.Format != "box" {
		t.Errorf("%+v", e)
	}
}
