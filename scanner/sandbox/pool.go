package sandbox

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// Config says how a Pool starts its workers. Command is needed.
type Config struct {
	Command []string // the worker's command line: a program that calls Main
	Env     []string // its environment: nothing but this and GOMAXPROCS; no credentials

	// Hash is Examiner.Hash of the workers. A worker that says otherwise is not the
	// program it should be, as after an update of it during a scan. Empty takes any.
	Hash string

	Workers int           // processes; 0 is one for each CPU
	Time    time.Duration // of work on one object; 0 is media.MaxObjectTime
	Head    int           // first bytes sent along with a job, at most MaxHead; 0 is MaxHead
}

// MaxHead is how many first bytes of an object go to the worker unasked. The
// metadata of a photo is in them as a rule, and no second trip is needed.
const MaxHead = 64 << 10

// Stats count what happened to the workers of a Pool.
type Stats struct {
	Started  int64 // processes
	Died     int64 // of these, without having been told to
	Memory   int64 // of these, for want of memory
	Stopped  int64 // of these, because an object took too long
	Retried  int64 // objects tried once more, alone
	Given    int64 // objects given up after that
	Messages int64 // bytes that workers wrote to their standard error, which nobody sees
}

// Pool examines objects in worker processes. Its methods may be called from many
// goroutines; Close must be called.
type Pool struct {
	cfg     Config
	slots   []*slot // of the workers that share the load
	alone   *slot   // of the worker for second tries
	aloneIn chan struct{}
	buffers sync.Pool // of *[]byte, MaxHead long
	large   sync.Pool // of *[]byte, maxRead long
	found   sync.Pool // of *[]scanner.Found, empty, for objects with many findings
	owned   sync.WaitGroup
	silence time.Duration // that a worker with work may keep

	mu     sync.Mutex // of load in slots
	closed atomic.Bool

	started, died, memory, stopped, retried, given, messages atomic.Int64
}

var _ scanner.Runner = (*Pool)(nil)

// NewPool starts no worker yet: the first jobs do.
func NewPool(cfg Config) (*Pool, error) {
	if len(cfg.Command) == 0 {
		return nil, errors.New("sandbox: no command for the workers")
	}
	if cfg.Workers <= 0 {
		cfg.Workers = runtime.GOMAXPROCS(0)
	}
	if cfg.Time <= 0 {
		cfg.Time = media.MaxObjectTime
	}
	if cfg.Head <= 0 || cfg.Head > MaxHead {
		cfg.Head = MaxHead
	}
	p := &Pool{cfg: cfg, alone: &slot{}, aloneIn: make(chan struct{}, 1), silence: max(maxSilence, cfg.Time)}
	p.buffers.New = func() any { b := make([]byte, MaxHead); return &b }
	p.large.New = func() any { b := make([]byte, maxRead); return &b }
	p.found.New = func() any { return new([]scanner.Found) }
	for range cfg.Workers {
		p.slots = append(p.slots, &slot{})
	}
	return p, nil
}

// Close ends the workers and waits for them. Jobs under way fail.
func (p *Pool) Close() error {
	p.closed.Store(true)
	for _, s := range append(p.slots, p.alone) {
		s.mu.Lock()
		if s.proc != nil {
			s.proc.kill()
		}
		s.mu.Unlock()
	}
	p.owned.Wait()
	return nil
}

// Stats are the counts of this moment.
func (p *Pool) Stats() Stats {
	return Stats{
		Started: p.started.Load(), Died: p.died.Load(), Memory: p.memory.Load(), Stopped: p.stopped.Load(),
		Retried: p.retried.Load(), Given: p.given.Load(), Messages: p.messages.Load(),
	}
}

// Run implements scanner.Runner.
func (p *Pool) Run(ctx context.Context, job scanner.Job, content io.ReaderAt) (scanner.Result, error) {
	s := p.lightest()
	res, err := p.try(ctx, s, job, content)
	p.mu.Lock()
	s.load--
	p.mu.Unlock()
	if _, ok := errors.AsType[*died](err); !ok {
		return res, err
	}
	p.retried.Add(1)
	select {
	case p.aloneIn <- struct{}{}:
	case <-ctx.Done():
		return scanner.Result{}, ctx.Err()
	}
	res, err = p.try(ctx, p.alone, job, content)
	<-p.aloneIn
	if d, ok := errors.AsType[*died](err); ok {
		p.given.Add(1)
		return lost(d), nil
	}
	return res, err
}

// lost is the result of an object that nobody survived.
func lost(d *died) scanner.Result {
	code := scanner.ReasonCrashed
	if d.stopped {
		code = scanner.ReasonTime
	}
	return scanner.Result{Coverage: reports.Failed, Reasons: []reports.Reason{{Code: code}}}
}

// lightest is the slot with the fewest jobs, one more from now on.
func (p *Pool) lightest() *slot {
	p.mu.Lock()
	defer p.mu.Unlock()
	best := p.slots[0]
	for _, s := range p.slots {
		if s.load < best.load {
			best = s
		}
	}
	best.load++
	return best
}

// try has the worker of s examine the object.
func (p *Pool) try(ctx context.Context, s *slot, job scanner.Job, content io.ReaderAt) (scanner.Result, error) {
	w, err := s.worker(ctx, p)
	if err != nil {
		return scanner.Result{}, err
	}
	buf := p.buffers.Get().(*[]byte)
	defer p.buffers.Put(buf)
	c := &call{content: content, buf: *buf, large: &p.large, asked: make(chan question, 1)}
	return w.run(ctx, job, c, p.cfg.Head)
}

// slot holds one worker, and the next when that dies.
type slot struct {
	load int // jobs; under Pool.mu

	mu       sync.Mutex
	proc     *process
	failures int // starts in a row that came to nothing
}

// maxStarts is how often in a row a worker may fail to start. One failure may be
// a moment without memory; more will not pass.
const maxStarts = 3

// worker is the worker of s, started if need be.
func (s *slot) worker(ctx context.Context, p *Pool) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.proc != nil && !s.proc.gone() {
			return s.proc, nil
		}
		if p.closed.Load() {
			return nil, &scanner.RunnerError{Msg: "the worker processes were ended"}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		w, err := p.start()
		if err == nil {
			s.proc, s.failures = w, 0
			return w, nil
		}
		if s.failures++; s.failures >= maxStarts || errors.Is(err, errOther) {
			return nil, &scanner.RunnerError{Msg: "worker processes can't be started: " + startHint(err), Err: err}
		}
	}
}

// errOther says that a worker is not the program that it should be.
var errOther = errors.New("the worker is another program than this one")

// startHint says what to do, and nothing that a worker wrote.
func startHint(err error) string {
	if errors.Is(err, errOther) {
		return "the program was changed while it ran; start it again"
	}
	return "free memory or raise the limit of processes, then scan again"
}
