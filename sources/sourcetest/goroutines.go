package sourcetest

import (
	"runtime"
	"strings"
	"testing"
	"time"
)

// patience is how long the suite waits for goroutines that were told to end.
const patience = 5 * time.Second

// goroutines gives the stacks of all goroutines that run or were started by code
// of a source, by id. Idle connections of a server or a client have none of it.
func goroutines() map[string]string {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	found := map[string]string{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		id, _, _ := strings.Cut(stack, " [")
		if strings.Contains(stack, "habeas/sources/") {
			found[id] = stack
		}
	}
	return found
}

// wantNoMoreGoroutines fails t if goroutines of a source live that were not there
// before.
func wantNoMoreGoroutines(t *testing.T, before map[string]string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		var left []string
		for id, stack := range goroutines() {
			if _, old := before[id]; !old {
				left = append(left, stack)
			}
		}
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Errorf("%d goroutines were left behind:\n%s", len(left), strings.Join(left, "\n\n"))
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
