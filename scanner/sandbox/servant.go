package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

const (
	// MaxRequest bounds a request to a Servant, bytes.
	MaxRequest = 48 << 20
	// maxReply bounds its reply.
	maxReply = 4 << 20
	// maxServing is how long a Servant may take for one request.
	maxServing = 60 * time.Second
)

// ErrServant says that a Servant died of a request, or took too long. The next
// request finds a new one.
var ErrServant = errors.New("sandbox: the worker died")

// ErrRequest says that a request is larger than MaxRequest.
var ErrRequest = errors.New("sandbox: the request is too large")

// Serve is the life of the worker behind a Servant: it confines the process as
// Main does, then answers requests from in, one after another, on out.
func Serve(answer func(request []byte) []byte, in, out *os.File) error {
	bound()
	in, out = pollable(in), pollable(out)
	if err := confine(DefaultAddresses); err != nil {
		return err
	}
	return answerAll(answer, in, out)
}

func answerAll(answer func(request []byte) []byte, in io.Reader, out io.Writer) error {
	for {
		request, err := readMessage(in, MaxRequest)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if err := writeMessage(out, answer(request)); err != nil {
			return err
		}
	}
}

// Servant is a worker process that answers one request after another, for work
// that is no examination of an object. It is started at the first request, and
// again after it died. Its methods may be called from many goroutines; requests
// wait for each other.
type Servant struct {
	command []string

	mu  sync.Mutex
	cmd *exec.Cmd
	in  io.WriteCloser
	out io.ReadCloser
}

// NewServant is one that runs command, which calls Serve. Close it.
func NewServant(command []string) *Servant { return &Servant{command: command} }

// Ask sends a request and gives the reply. It fails with ErrServant, ErrRequest,
// the context's error, or because no worker can be started.
func (s *Servant) Ask(ctx context.Context, request []byte) ([]byte, error) {
	if len(request) > MaxRequest {
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
	limited, cancel := context.WithTimeout(ctx, maxServing)
	defer cancel()
	cmd := s.cmd
	stop := context.AfterFunc(limited, func() { _ = cmd.Process.Kill() }) // it may be gone already
	reply, err := s.exchange(request)
	if !stop() && err == nil {
		err = ErrServant // it was killed after its last word
	}
	if err != nil {
		s.end()
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, ErrServant
	}
	return reply, nil
}

func (s *Servant) exchange(request []byte) ([]byte, error) {
	if err := writeMessage(s.in, request); err != nil {
		return nil, err
	}
	return readMessage(s.out, maxReply)
}

func (s *Servant) start() error {
	cmd := exec.Command(s.command[0], s.command[1:]...)
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.SysProcAttr = ownGroup()
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("sandbox: no worker can be started: %w", err)
	}
	s.cmd, s.in, s.out = cmd, in, out
	return nil
}

// end kills the worker and buries it.
func (s *Servant) end() {
	_ = s.cmd.Process.Kill() // it may be gone already
	_ = s.in.Close()
	_ = s.cmd.Wait() // killed: no news
	s.cmd = nil
}

// Close ends the worker.
func (s *Servant) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		s.end()
	}
	return nil
}

// writeMessage writes b with its length before it.
func writeMessage(w io.Writer, b []byte) error {
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(len(b)))
	if _, err := w.Write(n[:]); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

// readMessage reads what writeMessage wrote. It gives io.EOF where there is none.
func readMessage(r io.Reader, most int) ([]byte, error) {
	var n [4]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(n[:])
	if int64(size) > int64(most) {
		return nil, errFrame
	}
	b := make([]byte, size) // at most most
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, errFrame
	}
	return b, nil
}
