package sandbox

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"
)

// process is one worker, seen from the pool.
type process struct {
	pool  *Pool
	cmd   *exec.Cmd
	link  *link
	heads *heads        // nil if no memory is shared
	dead  chan struct{} // closed when no answer will come any more

	heard atomic.Int64 // when its last frame came, in nanoseconds since began
	began time.Time

	mu      sync.Mutex
	calls   map[uint32]*call
	last    uint32 // id
	stopped bool   // it was killed for taking too long
	over    bool   // no call may enter
}

const (
	// maxHello is how long a worker may take to start.
	maxHello = 30 * time.Second
	// maxSilence is how long a worker with work to do may send no frame, not even
	// its heartbeat, on a machine that does something else.
	maxSilence = 30 * time.Second
	// maxMessage is how much of a worker's standard error is looked at. Go writes
	// the cause of its death first.
	maxMessage = 4 << 10
)

// start starts a worker and waits for its hello.
func (p *Pool) start() (*process, error) {
	cmd := exec.Command(p.cfg.Command[0], p.cfg.Command[1:]...)
	// An empty environment and not nil: that would be all of ours. One CPU each:
	// there are as many workers as CPUs. Its traces would show nobody anything.
	cmd.Env = append([]string{"GOMAXPROCS=1", "GOTRACEBACK=none"}, p.cfg.Env...)
	cmd.SysProcAttr = ownGroup()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	talk, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	widen(in, out)
	shared, file := newHeads()
	if file != nil {
		cmd.ExtraFiles = []*os.File{file}
	}
	err = cmd.Start()
	if file != nil {
		file.Close()
	}
	if err != nil {
		shared.close()
		return nil, err
	}
	p.started.Add(1)
	w := &process{pool: p, cmd: cmd, link: newLink(out, in), heads: shared, dead: make(chan struct{}), began: time.Now(), calls: map[uint32]*call{}}
	hello := make(chan error, 1)
	p.owned.Go(func() { w.live(talk, hello) })
	late := time.NewTimer(maxHello)
	defer late.Stop()
	select {
	case err = <-hello:
	case <-late.C:
		err = errors.New("no word from the worker")
	}
	if err != nil {
		w.kill()
		<-w.dead
	}
	return w, err
}

// live runs until the worker has died and been buried.
func (w *process) live(talk io.Reader, hello chan<- error) {
	var cause []byte
	var beside sync.WaitGroup
	beside.Go(func() { cause = w.overhear(talk) })
	err := w.greet()
	hello <- err
	if err == nil {
		stop := make(chan struct{})
		beside.Go(func() { w.watch(stop) })
		_ = w.receive()
		close(stop)
	}
	w.kill()
	w.mu.Lock()
	w.over = true
	w.mu.Unlock()
	beside.Wait()
	_ = w.cmd.Wait()
	w.heads.close()
	p := w.pool
	if !p.closed.Load() {
		p.died.Add(1)
		if bytes.Contains(cause, []byte("out of memory")) || bytes.Contains(cause, []byte("cannot allocate memory")) {
			p.memory.Add(1)
		}
	}
	close(w.dead)
}

// greet checks the first frame.
func (w *process) greet() error {
	k, version, n, err := w.link.next()
	if err != nil {
		return fmt.Errorf("the worker ended at once: %w", err)
	}
	hash, err := w.link.payload(min(n, 256))
	switch {
	case err != nil:
		return err
	case k != frameHello || version != protocol || w.pool.cfg.Hash != "" && w.pool.cfg.Hash != string(hash):
		return errOther
	}
	return nil
}

// overhear counts what the worker says on its standard error and keeps the start
// of it. It may quote an object and is shown to nobody.
func (w *process) overhear(r io.Reader) []byte {
	start := make([]byte, maxMessage)
	n, _ := io.ReadFull(r, start)
	more, _ := io.Copy(io.Discard, r)
	w.pool.messages.Add(int64(n) + more)
	return start[:n]
}

// receive takes frames until the worker is dead.
func (w *process) receive() error {
	for {
		k, id, n, err := w.link.next()
		if err != nil {
			return err
		}
		w.heard.Store(int64(time.Since(w.began)))
		b, err := w.link.payload(n)
		if err != nil {
			return err
		}
		switch {
		case k == frameRead && n == 12:
			q := question{off: int64(binary.LittleEndian.Uint64(b)), n: int(binary.LittleEndian.Uint32(b[8:]))}
			err = w.ask(id, q)
		case k == frameResult && n > 0:
			err = w.ask(id, question{result: b})
		case k == framePiece && n > 0:
			err = w.piece(id, b)
		case k == frameHeads && n == 0:
			w.heads.use()
		case k == frameBeat && n%8 == 0:
			w.stopLong(b)
		default:
			err = errFrame
		}
		if err != nil {
			return err
		}
	}
}

// ask hands a frame to the job that it is for. The job of one that is not known
// has been given up.
func (w *process) ask(id uint32, q question) error {
	w.mu.Lock()
	c := w.calls[id]
	if c != nil && q.result == nil {
		c.reads = true
	}
	w.mu.Unlock()
	if c == nil {
		if q.result == nil {
			return w.link.send(frameFailed, id)
		}
		return nil
	}
	select {
	case c.asked <- q:
		return nil
	default:
		return errFrame // it has asked twice
	}
}

// piece keeps a piece of a result until its last one has come.
func (w *process) piece(id uint32, b []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.calls[id]
	if c == nil {
		return nil // given up
	}
	if c.coded += len(b); c.coded > maxFrame {
		return errFrame
	}
	c.pieces = append(c.pieces, b)
	return nil
}

// stopLong kills the worker if a job has run for too long. The worker itself
// stops an object in time, unless something in it loops.
func (w *process) stopLong(beat []byte) {
	limit := w.pool.cfg.Time + w.pool.cfg.Time/4
	for ; len(beat) >= 8; beat = beat[8:] {
		id, ms := binary.LittleEndian.Uint32(beat), binary.LittleEndian.Uint32(beat[4:])
		if time.Duration(ms)*time.Millisecond <= limit {
			continue
		}
		w.mu.Lock()
		c := w.calls[id]
		w.mu.Unlock()
		if c != nil {
			w.stop(c)
		}
		return
	}
}

// stop kills the worker because of c, or of nobody knows whom.
func (w *process) stop(c *call) {
	w.mu.Lock()
	first := !w.stopped
	w.stopped = true
	if first && c != nil {
		c.stop = true
	}
	w.mu.Unlock()
	if first {
		w.pool.stopped.Add(1)
	}
	w.kill()
}

// watch kills a worker that has work to do and gives no sign of life.
func (w *process) watch(stop <-chan struct{}) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		silent := time.Since(w.began) - time.Duration(w.heard.Load())
		if silent > w.pool.silence && w.busy() {
			w.stop(w.only())
		}
	}
}

// only is the worker's only job; nil if it has several.
func (w *process) only() *call {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.calls) == 1 {
		for _, c := range w.calls {
			return c
		}
	}
	return nil
}

// busy reports whether some job waits for the worker, not for a read.
func (w *process) busy() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.calls {
		if !c.reads {
			return true
		}
	}
	return false
}

// enter gives c an id, unless the worker is dead.
func (w *process) enter(c *call) (uint32, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return 0, false
	}
	for w.last++; w.calls[w.last] != nil; w.last++ {
	}
	w.calls[w.last] = c
	return w.last, true
}

// leave forgets a job.
func (w *process) leave(id uint32) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.calls, id)
}

// gone reports whether the worker takes no more jobs.
func (w *process) gone() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.over
}

// kill ends the process; more than once does no harm.
func (w *process) kill() { _ = w.cmd.Process.Kill() }
