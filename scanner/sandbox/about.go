package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// A request may be about the content of an object, of any size. The worker then
// reads what it wants of it through the pipe, before it replies:
//
//	pool to worker                    worker to pool
//	size, request                     wantBytes, offset, length
//	the bytes                         wantNothing, reply
//
// After a failed read there is no use for the reply: the worker is ended.

const (
	wantBytes   = 1
	wantNothing = 2

	// MaxAnswer bounds what comes back about content, bytes.
	MaxAnswer = 256 << 20
	// maxAbout is how long a worker may take for one request, without the time that
	// reads take.
	maxAbout = 5 * time.Minute
)

// ServeAbout is Serve for requests about content, which answer reads through the
// pool. addresses is what the process may map, bytes; 0 is DefaultAddresses.
func ServeAbout(answer func(request []byte, content io.ReaderAt, size int64) []byte, in, out *os.File, addresses uint64) error {
	bound()
	in, out = pollable(in), pollable(out)
	if addresses == 0 {
		addresses = DefaultAddresses
	}
	if err := confine(addresses); err != nil {
		return err
	}
	return answerAbout(answer, in, out)
}

func answerAbout(answer func(request []byte, content io.ReaderAt, size int64) []byte, in io.Reader, out io.Writer) error {
	for {
		request, err := readMessage(in, MaxRequest)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case len(request) < 8:
			return errFrame
		}
		c := &farContent{in: in, out: out, size: int64(binary.LittleEndian.Uint64(request))}
		reply := answer(request[8:], c, c.size)
		if c.err != nil {
			return c.err
		}
		if len(reply) > MaxAnswer {
			reply = nil
		}
		if _, err := out.Write([]byte{wantNothing}); err != nil {
			return err
		}
		if err := writeMessage(out, reply); err != nil {
			return err
		}
	}
}

// farContent is what the pool reads for the worker. One goroutine may use it.
type farContent struct {
	in    io.Reader
	out   io.Writer
	size  int64
	block []byte // the last one read
	at    int64
	err   error // the pipe is broken
}

var _ io.ReaderAt = (*farContent)(nil)

// ReadAt implements io.ReaderAt.
func (c *farContent) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	for n < len(b) {
		at := off + int64(n)
		if at < 0 || at >= c.size {
			return n, io.EOF
		}
		if k := at - c.at; k >= 0 && k < int64(len(c.block)) {
			n += copy(b[n:], c.block[k:])
			continue
		}
		if err := c.fetch(at, min(max(int64(len(b)-n), readBlock), maxRead, c.size-at)); err != nil {
			return n, err
		}
	}
	return n, nil
}

// fetch makes the bytes at off the last block.
func (c *farContent) fetch(off, n int64) error {
	if c.err != nil {
		return c.err
	}
	q := binary.LittleEndian.AppendUint64([]byte{wantBytes}, uint64(off))
	if _, c.err = c.out.Write(binary.LittleEndian.AppendUint32(q, uint32(n))); c.err != nil {
		return c.err
	}
	var b []byte
	if b, c.err = readMessage(c.in, maxRead); c.err != nil {
		return c.err
	}
	if len(b) == 0 || int64(len(b)) > n {
		return io.ErrUnexpectedEOF
	}
	c.block, c.at = b, off
	return nil
}

// AskAbout sends a request about content of size bytes to a worker that calls
// ServeAbout, and gives its reply. It fails as Ask does, and with the error of a
// read of content.
func (s *Servant) AskAbout(ctx context.Context, request []byte, content io.ReaderAt, size int64) ([]byte, error) {
	if len(request) > MaxRequest-8 {
		return nil, ErrRequest
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.cmd == nil {
		if err := s.start(); err != nil {
			return nil, err
		}
	}
	cmd := s.cmd
	var killed atomic.Bool
	kill := func() {
		killed.Store(true)
		_ = cmd.Process.Kill() // it may be gone already
	}
	stop := context.AfterFunc(ctx, kill)
	defer stop()
	late := time.AfterFunc(maxAbout, kill)
	defer late.Stop()
	if err := writeMessage(s.in, append(binary.LittleEndian.AppendUint64(nil, uint64(size)), request...)); err != nil {
		return nil, s.buried(ctx)
	}
	left := maxAbout
	for {
		began := time.Now()
		var want [1]byte
		if _, err := io.ReadFull(s.out, want[:]); err != nil || want[0] != wantBytes && want[0] != wantNothing {
			return nil, s.buried(ctx)
		}
		if want[0] == wantNothing {
			reply, err := readGrowing(s.out, MaxAnswer)
			if err != nil || killed.Load() {
				return nil, s.buried(ctx)
			}
			return reply, nil
		}
		late.Stop()
		left -= time.Since(began)
		failed, err := s.give(content, size)
		if err != nil || left <= 0 {
			return nil, s.buried(ctx)
		}
		if failed != nil {
			s.end() // what it would make of half an object is of no use
			return nil, failed
		}
		late.Reset(left)
	}
}

// give answers one read. failed is the error of the content, err that of the
// worker.
func (s *Servant) give(content io.ReaderAt, size int64) (failed, err error) {
	var q [12]byte
	if _, err := io.ReadFull(s.out, q[:]); err != nil {
		return nil, err
	}
	off, n := int64(binary.LittleEndian.Uint64(q[:])), int64(binary.LittleEndian.Uint32(q[8:]))
	if off < 0 || n <= 0 || n > maxRead || off > size || n > size-off {
		return nil, errFrame
	}
	b := make([]byte, n) // at most maxRead
	k, failed := content.ReadAt(b, off)
	if int64(k) < n {
		if failed == nil || errors.Is(failed, io.EOF) {
			failed = io.ErrUnexpectedEOF
		}
		return failed, nil
	}
	return nil, writeMessage(s.in, b)
}

// buried ends a worker that does not answer as it should.
func (s *Servant) buried(ctx context.Context) error {
	s.end()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return ErrServant
}

// readGrowing reads a message of at most that many bytes. Its length is a claim:
// memory grows with what comes.
func readGrowing(r io.Reader, most int64) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := int64(binary.LittleEndian.Uint32(n[:]))
	if size > most {
		return nil, errFrame
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, size); err != nil {
		return nil, errFrame
	}
	return b.Bytes(), nil
}
