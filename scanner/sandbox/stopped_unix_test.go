//go:build unix

package sandbox

import (
	"syscall"
	"testing"
	"time"
)

// A worker that gives no sign of life is killed, and its object tried again.
func TestSilentWorker(t *testing.T) {
	t.Parallel()
	p := newPool(t, func(c *Config) { c.Workers = 1 })
	p.silence = 1500 * time.Millisecond
	run(t, p, "first", "fake x\n")
	w, err := p.slots[0].worker(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if got := code(run(t, p, "k", big("x", 100_000))); got != "complete " {
		t.Error(got)
	}
	if s := p.Stats(); s.Stopped != 1 || s.Retried != 1 || s.Given != 0 {
		t.Errorf("%+v", s)
	}
}
