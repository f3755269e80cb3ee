package sandbox

import (
	"context"
	"encoding/binary"
	"io"
	"sync"
	"time"

	"habeas/scanner"
	"habeas/scanner/media"
)

// remote is the content of one job in the worker: the pool reads it.
type remote struct {
	w      *worker
	id     uint32
	done   <-chan struct{} // closed when nobody wants the result any more
	cancel context.CancelFunc
	head   []byte // the first bytes; valid until the job ends
	size   int64

	reading sync.Mutex // one read at a time
	block   []byte     // the last one read
	blockAt int64
	waited  time.Duration

	mu      sync.Mutex
	want    []byte // where the answer that is waited for goes; nil if none is
	answers chan answer
	ran     time.Duration // before since
	since   time.Time     // when it got its turn; zero while it waits
}

// answer is what came of a read.
type answer struct {
	n   int
	err error
}

var (
	_ io.ReaderAt   = (*remote)(nil)
	_ scanner.Pacer = (*remote)(nil)
	_ media.Holder  = (*remote)(nil)
)

// ReadAt reads from the first bytes, from the last block, or from the pool.
func (r *remote) ReadAt(b []byte, off int64) (int, error) {
	if off < 0 || off >= r.size {
		return 0, io.EOF
	}
	short := int64(len(b)) > r.size-off
	if short {
		b = b[:r.size-off]
	}
	r.reading.Lock()
	defer r.reading.Unlock()
	n := 0
	for n < len(b) {
		m, err := r.some(b[n:], off+int64(n))
		n += m
		if err != nil {
			return n, err
		}
	}
	if short {
		return n, io.EOF
	}
	return n, nil
}

// some reads at least one byte.
func (r *remote) some(b []byte, off int64) (int, error) {
	if off < int64(len(r.head)) {
		return copy(b, r.head[off:]), nil
	}
	if n := off - r.blockAt; n >= 0 && n < int64(len(r.block)) {
		return copy(b, r.block[n:]), nil
	}
	if len(b) >= readBlock {
		return r.fetch(b[:min(len(b), maxRead)], off)
	}
	// At the end of the content the block ends with it: what is read there is
	// read backwards.
	at := max(min(off, r.size-readBlock), int64(len(r.head)))
	if cap(r.block) == 0 {
		r.block = make([]byte, 0, readBlock)
	}
	r.block = r.block[:min(readBlock, r.size-at)]
	n, err := r.fetch(r.block, at)
	r.block, r.blockAt = r.block[:n], at
	if err != nil {
		r.block = r.block[:0]
		return 0, err
	}
	if off >= at+int64(n) {
		return 0, io.ErrUnexpectedEOF
	}
	return copy(b, r.block[off-at:]), nil
}

// fetch has the pool read len(b) bytes. Others take the turn meanwhile.
func (r *remote) fetch(b []byte, off int64) (int, error) {
	r.mu.Lock()
	r.want = b
	r.mu.Unlock()
	var q [12]byte
	binary.LittleEndian.PutUint64(q[:], uint64(off))
	binary.LittleEndian.PutUint32(q[8:], uint32(len(b)))
	start := time.Now()
	r.leaveTurn()
	if err := r.w.link.send(frameRead, r.id, q[:]); err != nil {
		r.answer(0, err)
	}
	select {
	case <-r.w.closed:
		r.answer(0, errClosed)
	default:
	}
	a := <-r.answers // each read is answered, if need be when the pool is gone
	r.waitTurn()
	r.waited += time.Since(start)
	if a.err == nil && a.n == 0 {
		a.err = io.ErrUnexpectedEOF
	}
	return a.n, a.err
}

// data reads the answer to a read into the buffer that waits for it.
func (w *worker) data(id uint32, n int) error {
	r := w.job(id)
	if r == nil {
		return errFrame // each read is answered once
	}
	r.mu.Lock()
	want := r.want
	r.mu.Unlock()
	if n > len(want) {
		return errFrame
	}
	if _, err := io.ReadFull(w.link.in, want[:n]); err != nil {
		return err
	}
	r.answer(n, nil)
	return nil
}

// answer wakes the read that waits, if one does.
func (r *remote) answer(n int, err error) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.want != nil {
		r.want = nil
		r.answers <- answer{n, err}
	}
}

// waitTurn waits until this job may run.
func (r *remote) waitTurn() {
	r.w.turn <- struct{}{}
	r.mu.Lock()
	r.since = time.Now()
	r.mu.Unlock()
}

// leaveTurn lets another job run.
func (r *remote) leaveTurn() {
	r.mu.Lock()
	r.ran += time.Since(r.since)
	r.since = time.Time{}
	r.mu.Unlock()
	<-r.w.turn
}

// spent is how long the job has run so far.
func (r *remote) spent(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.since.IsZero() {
		return r.ran
	}
	return r.ran + now.Sub(r.since)
}

// Waited implements scanner.Pacer.
func (r *remote) Waited() time.Duration { return r.waited }

// Crowd implements scanner.Pacer: it waits for one of a few places, and keeps it
// until the pool lets go of the result.
func (r *remote) Crowd() error {
	start := time.Now()
	r.leaveTurn()
	var err error
	select {
	case r.w.crowded <- struct{}{}:
		r.w.mu.Lock()
		r.w.full[r.id] = true
		r.w.mu.Unlock()
	case <-r.done:
		err = context.Canceled
	}
	r.waitTurn()
	r.waited += time.Since(start)
	return err
}

// Hold implements media.Holder: it waits for one of a few places without keeping
// others from their turn.
func (r *remote) Hold() (func(), error) {
	start := time.Now()
	r.leaveTurn()
	var err error
	select {
	case r.w.large <- struct{}{}:
	case <-r.done:
		err = context.Canceled
	}
	r.waitTurn()
	r.waited += time.Since(start)
	if err != nil {
		return nil, err
	}
	return func() { <-r.w.large }, nil
}
