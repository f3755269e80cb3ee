package sandbox

import (
	"context"
	"errors"
	"io"
	"sync"

	"habeas/scanner"
	"habeas/sources"
)

// call is one job as the pool sees it.
type call struct {
	content io.ReaderAt
	err     error      // of the first failed read
	buf     []byte     // for what is read, MaxHead long
	large   *sync.Pool // of *[]byte, maxRead long, for the few reads that are larger

	asked chan question // at most one read is open, or the result has come
	stop  bool          // the worker was killed because of this job; under process.mu
	reads bool          // the pool is reading for it; under process.mu

	pieces [][]byte // of the result, but the last; until that has come under process.mu
	coded  int      // bytes of them
}

// question is what a worker sends for a job.
type question struct {
	off    int64
	n      int
	result []byte // if it is not a read
}

// died says that the worker of a job died.
type died struct {
	stopped bool // it was killed because this very job ran for too long
}

func (d *died) Error() string {
	if d.stopped {
		return "the worker was stopped"
	}
	return "the worker died"
}

// run sends the job and answers its reads until the result comes.
func (w *process) run(ctx context.Context, job scanner.Job, c *call, head int) (scanner.Result, error) {
	id, ok := w.enter(c)
	if !ok {
		return scanner.Result{}, &died{}
	}
	at := w.begin(id, job, c, head)
	for {
		select {
		case q := <-c.asked:
			if q.result != nil {
				w.leave(id)
				w.heads.give(at)
				return w.result(c, id, q.result)
			}
			w.answer(id, c, q)
		case <-w.dead:
			w.leave(id)
			w.heads.give(at)
			return scanner.Result{}, &died{stopped: c.stop}
		case <-ctx.Done():
			// The worker may still look at the slot, which nobody else gets.
			w.leave(id)
			_ = w.link.send(frameCancel, id)
			return scanner.Result{}, ctx.Err()
		}
	}
}

// begin sends the job, with the first bytes in shared memory if there is room. It
// gives the slot that they take.
func (w *process) begin(id uint32, job scanner.Job, c *call, first int) head {
	n := int(min(job.Size, int64(first)))
	spec := appendJob(make([]byte, 0, 256), &job)
	// A pipe that breaks here is a worker that died: w.dead tells.
	at := w.heads.take()
	if at.b == nil {
		_ = w.link.send(frameJob, id, spec, c.read(c.buf, 0, n))
		return at
	}
	_ = w.link.send(frameSharedJob, id, spec, at.where(len(c.read(at.b, 0, n))))
	return at
}

// answer reads what the worker asks for.
func (w *process) answer(id uint32, c *call, q question) {
	buf := c.buf
	if q.n > len(buf) {
		large := c.large.Get().(*[]byte)
		defer c.large.Put(large)
		buf = *large
	}
	b := c.read(buf, q.off, q.n)
	w.mu.Lock()
	c.reads = false
	w.mu.Unlock()
	if b == nil {
		_ = w.link.send(frameFailed, id)
	} else {
		_ = w.link.send(frameData, id, b)
	}
}

// read reads n bytes at off into buf, fewer where the content ends; nil if it
// can't. After a failed read there is no other.
func (c *call) read(buf []byte, off int64, n int) []byte {
	if c.err != nil || n <= 0 || n > len(buf) || off < 0 {
		return nil
	}
	m, err := c.content.ReadAt(buf[:n], off)
	if err != nil && m < n && !errors.Is(err, io.EOF) {
		c.err = err
		return nil
	}
	if m == 0 {
		return nil
	}
	return buf[:m]
}

// maxKept is how many findings the memory kept for those of other objects takes.
const maxKept = 16 << 10

// result decodes what the worker made of the object.
func (w *process) result(c *call, id uint32, coded []byte) (scanner.Result, error) {
	var room *[]scanner.Found
	var into []scanner.Found
	if len(c.pieces) > 0 {
		room = w.pool.found.Get().(*[]scanner.Found)
		into = *room
	}
	res, bits, ok := decodeResult(append(c.pieces, coded), into)
	if !ok {
		w.kill() // whatever it is, it is no worker of ours any more
		return scanner.Result{}, &died{}
	}
	if bits&bitCrowded != 0 {
		res.OnRelease(func() { _ = w.link.send(frameRelease, id) })
	}
	if room != nil {
		res.OnRecycle(func(empty []scanner.Found) {
			if cap(empty) <= maxKept {
				*room = empty
				w.pool.found.Put(room)
			}
		})
	}
	switch {
	case c.err != nil:
		return res, c.err
	case bits&bitReadFailed != 0:
		// The content ended before the size that it was opened with.
		return res, sources.ErrChanged
	}
	return res, nil
}
