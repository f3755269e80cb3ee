package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"habeas/reports"
	"habeas/scanner"
)

// newPool makes a pool of workers that are this test binary.
func newPool(t *testing.T, change func(*Config)) *Pool {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cfg := Config{Command: []string{exe, workerArg}, Workers: 2}
	if change != nil {
		change(&cfg)
	}
	p, err := NewPool(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func job(key, content string) (scanner.Job, io.ReaderAt) {
	return scanner.Job{Subject: scanner.Subject{
		Key: key, Meta: map[string]string{"by": "meta@" + key, "note": "x"}, Tags: map[string]string{"t": "tag@" + key}, Regions: []string{"FR"},
	}, Size: int64(len(content))}, strings.NewReader(content)
}

func run(t *testing.T, r scanner.Runner, key, content string) scanner.Result {
	t.Helper()
	j, c := job(key, content)
	res, err := r.Run(t.Context(), j, c)
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	res.Release()
	return res
}

// big is content larger than what is sent along with a job.
func big(command string, n int) string {
	return "fake " + command + "\n" + strings.Repeat("abcdefg ", n/8) + "end@example.org "
}

func TestSameAsInProcess(t *testing.T) {
	p := newPool(t, nil)
	inProcess := scanner.InProcess{Examiner: testExaminer()}
	for name, content := range map[string]string{
		"empty":       "",
		"small":       "fake x\na@example.org and b@example.org ",
		"other":       "no such format a@example.org",
		"head":        big("x", MaxHead),
		"large":       big("x", 3_000_000),
		"jumps":       big("tail", 900_000),
		"just a head": strings.Repeat("fake x\n ", MaxHead/8),
		"panics":      "fake panic\n",
		"many":        "fake x\n" + strings.Repeat("m@example.org ", 5_000),
	} {
		t.Run(name, func(t *testing.T) {
			got, want := run(t, p, "k@"+name, content), run(t, inProcess, "k@"+name, content)
			if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(scanner.Result{}), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("(-in process +in a worker)\n%s", d)
			}
		})
	}
	if s := p.Stats(); s.Died != 0 || s.Retried != 0 {
		t.Errorf("%+v", s)
	}
}

func code(r scanner.Result) string {
	var codes []string
	for _, x := range r.Reasons {
		codes = append(codes, x.Code)
	}
	return string(r.Coverage) + " " + strings.Join(codes, ",")
}

func TestDeathCostsOneObject(t *testing.T) {
	p := newPool(t, nil)
	var g errgroup.Group
	g.SetLimit(40)
	for i := range 200 {
		g.Go(func() error {
			command, want := "x", "complete "
			if i%67 == 13 {
				command, want = "die", "failed crashed"
			}
			j, c := job(fmt.Sprint(i), big(command, 100_000))
			res, err := p.Run(context.Background(), j, c)
			defer res.Release()
			if err != nil {
				return err
			}
			if got := code(res); got != want {
				return fmt.Errorf("%s: %s", command, got)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Given != 3 || s.Retried < 3 {
		t.Errorf("%+v", s)
	}
}

// Whoever kills workers from outside costs time, not objects.
func TestKilledAtRandom(t *testing.T) {
	p := newPool(t, nil)
	var g errgroup.Group
	var kills atomic.Int32
	stop := make(chan struct{})
	var killer sync.WaitGroup
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			s := p.slots[rand.IntN(len(p.slots))]
			s.mu.Lock()
			w := s.proc
			s.mu.Unlock()
			if w != nil && !w.gone() && w.busy() && kills.Load() < 5 {
				w.kill()
				<-w.dead
				kills.Add(1)
			}
		}
	})
	g.SetLimit(30)
	for i := range 300 {
		g.Go(func() error {
			j, c := job(fmt.Sprint(i), big("x", 100_000))
			res, err := p.Run(context.Background(), j, c)
			defer res.Release()
			if err == nil && res.Coverage != reports.Complete {
				err = errors.New(code(res))
			}
			if err == nil && len(res.Findings) != 3 {
				err = fmt.Errorf("%d findings", len(res.Findings))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	close(stop)
	killer.Wait()
	if s := p.Stats(); s.Given != 0 || kills.Load() == 0 || s.Died < int64(kills.Load()) {
		t.Errorf("%d kills: %+v", kills.Load(), s)
	}
}

func TestHangIsStopped(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.Env, c.Time = []string{"SHORT_TIME=1"}, shortTime })
	var g errgroup.Group
	for i, command := range []string{"x", "hang", "x", "x"} {
		g.Go(func() error {
			j, c := job(fmt.Sprint(i), big(command, 100_000))
			res, err := p.Run(context.Background(), j, c)
			res.Release()
			if want := map[string]string{"x": "complete ", "hang": "failed limit.time"}[command]; err == nil && code(res) != want {
				err = fmt.Errorf("%s: %s", command, code(res))
			}
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if s := p.Stats(); s.Stopped != 2 || s.Given != 1 {
		t.Errorf("%+v", s)
	}
}

// failing fails a read behind off.
type failing struct {
	io.ReaderAt
	off int64
	err error
}

func (f failing) ReadAt(b []byte, off int64) (int, error) {
	if off+int64(len(b)) > f.off {
		return 0, f.err
	}
	return f.ReaderAt.ReadAt(b, off)
}

func TestFailedReadComesBack(t *testing.T) {
	p := newPool(t, nil)
	broken := errors.New("broken")
	for _, off := range []int64{0, MaxHead, 200_000} {
		j, c := job("k@example.org", big("x", 400_000))
		res, err := p.Run(t.Context(), j, failing{c, off, broken})
		res.Release()
		if !errors.Is(err, broken) {
			t.Errorf("at %d: %v", off, err)
		}
		if len(res.Findings) != 3 {
			t.Errorf("at %d: %d findings in key, metadata and tags", off, len(res.Findings))
		}
	}
	run(t, p, "after", "fake x\n")
	if s := p.Stats(); s.Died != 0 {
		t.Errorf("%+v", s)
	}
}

// blocked reads until its context ends.
type blocked struct {
	ctx     context.Context
	entered chan struct{}
}

func (b blocked) ReadAt([]byte, int64) (int, error) {
	b.entered <- struct{}{}
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}

func TestCancel(t *testing.T) {
	p := newPool(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	entered := make(chan struct{})
	var g errgroup.Group
	for range 5 {
		g.Go(func() error {
			_, err := p.Run(ctx, scanner.Job{Size: 1 << 20}, blocked{ctx, entered})
			return err
		})
		<-entered
	}
	cancel()
	if err := g.Wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
	run(t, p, "after", "fake x\n")
}

// The places for crowded objects come back with Release, and only with it.
func TestCrowdedObjectsWaitForEachOther(t *testing.T) {
	p := newPool(t, func(c *Config) { c.Workers = 1 })
	var g errgroup.Group
	var alive, most atomic.Int32
	for i := range 12 {
		g.Go(func() error {
			j, c := job(fmt.Sprint(i), "fake x\n"+strings.Repeat("m@example.org ", 3_000))
			res, err := p.Run(context.Background(), j, c)
			n := alive.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			if err == nil && len(res.Findings) != 3_002 {
				err = fmt.Errorf("%d findings", len(res.Findings))
			}
			alive.Add(-1)
			res.Release()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		t.Error(err)
	}
	if most.Load() > maxCrowded {
		t.Errorf("%d crowded results were alive", most.Load())
	}
}

func TestWorkerCanOpenNothing(t *testing.T) {
	p := newPool(t, nil)
	res := run(t, p, "k", "fake open\nsome@example.org")
	if len(res.Findings) != 3 {
		t.Errorf("%d findings: the worker could open a file or a socket", len(res.Findings))
	}
}

func TestWorkerHasNoCredentials(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "made up")
	res := run(t, newPool(t, nil), "k", "fake env\nsome@example.org")
	if len(res.Findings) != 3 {
		t.Errorf("%d findings: the worker has the environment of the scan", len(res.Findings))
	}
}

func TestBrokenWorkers(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"no such program": func(c *Config) { c.Command = []string{"/nonexistent/habeas"} },
		"another program": func(c *Config) { c.Command = []string{"/bin/echo", "hello"} },
		"another version": func(c *Config) { c.Hash = "other" },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, change)
			j, c := job("k", "fake x\n")
			_, err := p.Run(t.Context(), j, c)
			if _, ok := errors.AsType[*scanner.RunnerError](err); !ok {
				t.Errorf("error is %v", err)
			}
		})
	}
}
