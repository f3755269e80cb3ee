package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"sync"
	"time"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

const (
	// turns is how many jobs of one worker run at the same time for each of its
	// CPUs; the others wait for reads or for their turn. More would only share
	// the same CPU more thinly, and hold more in memory.
	turns = 4
	// maxCrowded is how many jobs with very many findings may be alive in one
	// worker and in the pool above it.
	maxCrowded = 2
	// maxLarge is how many jobs of one worker may take much memory at a time:
	// media.Hold says how much.
	maxLarge = 3
	// readBlock is the least that is asked for at a time: a walk over headers
	// reads the next one a few bytes on.
	readBlock = 32 << 10
	// maxRead is the most that is asked for at a time.
	maxRead = 256 << 10
	// beatEvery is the heartbeat, and what a job must have run for to be in it.
	beatEvery = time.Second
)

// worker is the far side of a Pool.
type worker struct {
	e       *scanner.Examiner
	link    *link
	heads   []byte        // first bytes of objects, which the pool writes; nil if no memory is shared
	turn    chan struct{} // one for each job that runs
	crowded chan struct{} // one for each job with very many findings, until it is let go of
	large   chan struct{} // one for each job that takes much memory
	closed  chan struct{} // closed when no answer will come any more
	buffers sync.Pool     // of *[]byte, jobBuffer long: jobs and their first bytes

	mu   sync.Mutex
	jobs map[uint32]*remote
	full map[uint32]bool // jobs that hold a place in crowded
}

// serve examines what comes from in until that ends, and answers on out. From
// here on e is its own.
func serve(e *scanner.Examiner, in io.Reader, out io.Writer, o Options) error {
	if o.Turns <= 0 {
		o.Turns = turns * runtime.GOMAXPROCS(0)
	}
	if o.Large <= 0 {
		o.Large = maxLarge
	}
	w := &worker{
		e:       e,
		link:    newLink(in, out),
		turn:    make(chan struct{}, o.Turns),
		crowded: make(chan struct{}, maxCrowded),
		large:   make(chan struct{}, o.Large),
		closed:  make(chan struct{}),
		buffers: sync.Pool{New: func() any { b := make([]byte, jobBuffer); return &b }},
		jobs:    map[uint32]*remote{},
		full:    map[uint32]bool{},
	}
	w.e.Now = time.Now
	if err := w.link.send(frameHello, protocol, []byte(e.Hash())); err != nil {
		return err
	}
	if w.heads = o.heads; w.heads != nil {
		if err := w.link.send(frameHeads, 0); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { w.beat(ctx) })
	err := w.receive(ctx, &wg)
	// Whoever waits for bytes gets none any more. A job that hangs is not waited
	// for: the process ends.
	cancel()
	close(w.closed)
	w.mu.Lock()
	for _, r := range w.jobs {
		r.answer(0, errClosed)
	}
	w.mu.Unlock()
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

var (
	errClosed = errors.New("the pool is gone")
	errRead   = errors.New("the read failed") // the pool knows why
)

// receive takes frames until there are no more. It never writes, so that the two
// sides can't wait for each other.
func (w *worker) receive(ctx context.Context, wg *sync.WaitGroup) error {
	for {
		k, id, n, err := w.link.next()
		if err != nil {
			return err
		}
		switch k {
		case frameJob, frameSharedJob:
			err = w.start(ctx, wg, id, n, k == frameSharedJob)
		case frameData:
			err = w.data(id, n)
		case frameFailed:
			w.job(id).answer(0, errRead)
		case frameCancel:
			if r := w.job(id); r != nil {
				r.cancel()
			} else {
				w.release(id) // the result was on its way
			}
		case frameRelease:
			w.release(id)
		default:
			err = errFrame
		}
		if err != nil {
			return err
		}
	}
}

// job is the job under way with this id; a nil one takes any call.
func (w *worker) job(id uint32) *remote {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.jobs[id]
}

// start reads a job frame and begins the job.
func (w *worker) start(ctx context.Context, wg *sync.WaitGroup, id uint32, n int, shared bool) error {
	buf := w.buffers.Get().(*[]byte)
	b := *buf
	if n > len(b) {
		b = make([]byte, n)
	}
	if _, err := io.ReadFull(w.link.in, b[:n]); err != nil {
		return err
	}
	job, head, ok := decodeJob(b[:n])
	if ok && shared {
		head, ok = headIn(w.heads, head)
	}
	if !ok || job.Size < int64(len(head)) {
		return errFrame
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &remote{w: w, id: id, done: ctx.Done(), cancel: cancel, head: head, size: job.Size, answers: make(chan answer, 1)}
	w.mu.Lock()
	w.jobs[id] = r
	w.mu.Unlock()
	wg.Go(func() {
		defer cancel()
		w.examine(ctx, r, job)
		w.buffers.Put(buf)
	})
	return nil
}

// examine runs one job and sends its result.
func (w *worker) examine(ctx context.Context, r *remote, job scanner.Job) {
	r.waitTurn()
	r.waited = 0
	res, err := w.e.Examine(ctx, job, r)
	r.leaveTurn()
	buf := w.buffers.Get().(*[]byte)
	defer w.buffers.Put(buf)
	bits := byte(0)
	if err != nil {
		bits |= bitReadFailed
	}
	w.mu.Lock()
	delete(w.jobs, r.id)
	if w.full[r.id] {
		bits |= bitCrowded
	}
	w.mu.Unlock()
	if codedSize(&res) > maxFrame {
		// Nothing but values of absurd length gets here.
		res.Findings, res.Coverage = nil, reports.Partial
		res.Reasons = append(res.Reasons, reports.Reason{Code: string(media.LimitBytes)})
	}
	if ctx.Err() != nil {
		w.release(r.id) // nobody will
		return
	}
	// A broken pipe ends receive, too.
	enc := encoder{b: (*buf)[:0]}
	b, err := enc.result(&res, bits, func(piece []byte) error { return w.link.send(framePiece, r.id, piece) })
	if err == nil {
		_ = w.link.send(frameResult, r.id, b)
	}
	res.Recycle()
}

// release gives back the place of a job in crowded, if it has one.
func (w *worker) release(id uint32) {
	w.mu.Lock()
	full := w.full[id]
	delete(w.full, id)
	w.mu.Unlock()
	if full {
		<-w.crowded
	}
}

// beat tells the pool every second which jobs have run for more than one.
func (w *worker) beat(ctx context.Context) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if w.link.send(frameBeat, 0, w.running(now)) != nil {
				return
			}
		}
	}
}

// running codes the jobs that have run for more than a heartbeat: id and
// milliseconds of each.
func (w *worker) running(now time.Time) []byte {
	var b []byte
	w.mu.Lock()
	defer w.mu.Unlock()
	for id, r := range w.jobs {
		if spent := r.spent(now); spent > beatEvery {
			b = binary.LittleEndian.AppendUint32(b, id)
			b = binary.LittleEndian.AppendUint32(b, uint32(min(spent.Milliseconds(), 1<<31)))
		}
	}
	return b
}
