//go:build !race

package sandbox

import "testing"

// The race detector's build has no limit of addresses, so this is not for it.
func TestMemoryCostsOneObject(t *testing.T) {
	t.Parallel()
	p := newPool(t, nil)
	if got := code(run(t, p, "k", "fake memory\n")); got != "failed crashed" {
		t.Error(got)
	}
	if got := code(run(t, p, "k", "fake x\n")); got != "complete " {
		t.Error(got)
	}
	if s := p.Stats(); s.Memory != 2 || s.Given != 1 || s.Messages == 0 {
		t.Errorf("%+v", s)
	}
	if got := code(run(t, p, "k", "fake stack\n")); got != "failed crashed" {
		t.Error(got)
	}
}
