package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync"
	"time"
)

// A confined worker can start no program. Where it needs one, as tesseract, it
// starts a Helper before it is confined: a process that runs that one program,
// with arguments that were fixed at its start, on what it gets through a pipe.
// Whoever takes a worker over can have the program run, and nothing else.

const (
	// maxHelped bounds what a helper takes and gives, bytes.
	maxHelped = 64 << 20
	// helpTime is what one run may take.
	helpTime = 60 * time.Second
)

// Answers of a helper.
const (
	helpDone = iota
	helpFailed
)

// ErrHelper says that the program did not do its work on this input: it failed,
// took too long, or wrote too much.
var ErrHelper = errors.New("sandbox: the program failed on this")

// Helper is a running helper process. Its methods may be called from many
// goroutines.
type Helper struct {
	mu   sync.Mutex
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	dead bool
}

// StartHelper starts command, a program that calls HelperMain.
func StartHelper(command []string) (*Helper, error) {
	if len(command) == 0 {
		return nil, errors.New("sandbox: no command for the helper")
	}
	hideHeads()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = []string{"GOMAXPROCS=1", "GOTRACEBACK=none"}
	cmd.SysProcAttr = ownGroup()
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return &Helper{cmd: cmd, in: in, out: out}, nil
}

// Close ends the helper.
func (h *Helper) Close() error {
	err := h.in.Close()
	return errors.Join(err, h.cmd.Wait())
}

// Run gives what the program makes of input, or ErrHelper. One runs at a time;
// the others wait.
func (h *Helper) Run(ctx context.Context, input []byte) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if h.dead || len(input) > maxHelped {
		return nil, ErrHelper
	}
	out, err := h.ask(input)
	if err != nil && !errors.Is(err, ErrHelper) {
		h.dead = true // nobody knows what it would say next
		return nil, ErrHelper
	}
	return out, err
}

func (h *Helper) ask(input []byte) ([]byte, error) {
	if err := writeSized(h.in, 0, input); err != nil {
		return nil, err
	}
	status, out, err := readSized(h.out)
	if err == nil && status != helpDone {
		err = ErrHelper
	}
	return out, err
}

// HelperMain is the whole life of a helper process: it runs program on each input
// that comes from in, its standard output going to out, until in ends. The
// program gets env as its environment and can write no file.
func HelperMain(program, env []string, in, out *os.File) error {
	if len(program) == 0 {
		return errors.New("sandbox: no program for the helper")
	}
	if err := confineHelper(); err != nil {
		return err
	}
	for {
		_, input, err := readSized(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		status := byte(helpDone)
		result, err := runProgram(program, env, input)
		if err != nil {
			status, result = helpFailed, nil
		}
		if err := writeSized(out, status, result); err != nil {
			return err
		}
	}
}

// runProgram runs the program once.
func runProgram(program, env []string, input []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), helpTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program[0], program[1:]...)
	cmd.Env = env
	cmd.Stdin = bytes.NewReader(input)
	var out bounded
	cmd.Stdout = &out
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return out.b.Bytes(), nil
}

// bounded takes up to maxHelped bytes.
type bounded struct{ b bytes.Buffer }

func (w *bounded) Write(p []byte) (int, error) {
	if w.b.Len()+len(p) > maxHelped {
		return 0, errors.New("sandbox: the program writes too much")
	}
	return w.b.Write(p)
}

// writeSized writes a byte, a length, and b.
func writeSized(w io.Writer, status byte, b []byte) error {
	head := [5]byte{status}
	binary.LittleEndian.PutUint32(head[1:], uint32(len(b)))
	if _, err := w.Write(head[:]); err != nil {
		return err
	}
	_, err := w.Write(b)
	return err
}

func readSized(r io.Reader) (status byte, b []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	n := int64(binary.LittleEndian.Uint32(head[1:]))
	if n > maxHelped {
		return 0, nil, errFrame
	}
	var buf bytes.Buffer // grows with what comes: the length is a claim
	if m, err := io.Copy(&buf, io.LimitReader(r, n)); err != nil || m < n {
		return 0, nil, errors.Join(io.ErrUnexpectedEOF, err)
	}
	return head[0], buf.Bytes(), nil
}
