package s3

import (
	"context"
	"slices"
	"sync"
	"time"
)

// gate is the one door that all requests of a source go through. It bounds how
// many are in flight, and it slows all of them when the store asks for that.
// Without it, 64 workers burn their tries in the same outage, one by one.
//
// The limit follows TCP: an answer "slow down" halves it, once for all the
// requests that were in flight together, and closes the gate for a moment that
// doubles each time, up to pauseMax. Answers raise it again: by one each up to
// the level that was last known to be too much by half, and beyond that by one a
// second. While nothing succeeds the level stays as it was, so that after an
// outage full speed is back within a few round trips.
type gate struct {
	clock Clock

	mu       sync.Mutex
	max      float64
	limit    float64 // requests that may be in flight
	target   float64 // up to here the limit grows fast
	inFlight int
	waiting  []chan struct{} // in order of arrival; closed to let one in
	epoch    int             // counts cuts: only requests sent since the last one cut again
	answered bool            // something succeeded since the last cut
	until    time.Time       // closed until then
	pause    time.Duration
	raised   time.Time
}

const (
	pauseMin = 50 * time.Millisecond
	pauseMax = 5 * time.Second
)

func newGate(limit int, clock Clock) *gate {
	return &gate{clock: clock, max: float64(limit), limit: float64(limit), target: float64(limit), answered: true}
}

// enter waits for a place and gives the epoch in which the request is sent.
// Whoever got in must leave.
func (g *gate) enter(ctx context.Context) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	g.mu.Lock()
	if len(g.waiting) == 0 && float64(g.inFlight) < g.limit {
		g.inFlight++
		g.mu.Unlock()
	} else {
		turn := make(chan struct{})
		g.waiting = append(g.waiting, turn)
		g.mu.Unlock()
		select {
		case <-turn:
		case <-ctx.Done():
			g.forget(turn)
			return 0, ctx.Err()
		}
	}
	for {
		g.mu.Lock()
		wait, epoch := g.until.Sub(g.clock.Now()), g.epoch
		g.mu.Unlock()
		if wait <= 0 {
			return epoch, nil
		}
		if err := g.clock.Sleep(ctx, wait+jitter(pauseMin)); err != nil {
			g.leave()
			return 0, err
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	g.admit()
}

// forget takes back a request that stopped waiting; its turn may have come in
// the same moment, then the place goes to the next.
func (g *gate) forget(turn chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if i := slices.Index(g.waiting, turn); i >= 0 {
		g.waiting = slices.Delete(g.waiting, i, i+1)
		return
	}
	g.inFlight--
	g.admit()
}

func (g *gate) admit() {
	for len(g.waiting) > 0 && float64(g.inFlight) < g.limit {
		g.inFlight++
		close(g.waiting[0])
		g.waiting = slices.Delete(g.waiting, 0, 1)
	}
}

// throttled tells of an answer "slow down" to a request of that epoch.
func (g *gate) throttled(epoch int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if epoch != g.epoch {
		return // the cut that this answer asks for is already made
	}
	g.limit = max(1, g.limit/2)
	if g.answered {
		g.target = g.limit
	}
	g.epoch++
	g.answered = false
	g.pause = min(max(2*g.pause, pauseMin), pauseMax)
	now := g.clock.Now()
	g.until, g.raised = now.Add(g.pause/2+jitter(g.pause/2)), now
}

// ok tells of any other answer.
func (g *gate) ok() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.answered = true
	g.pause /= 2
	if g.limit >= g.max {
		return
	}
	now := g.clock.Now()
	if g.limit < g.target {
		g.limit++
	} else if now.Sub(g.raised) >= time.Second {
		g.limit++
		g.raised = now
	}
	g.limit = min(g.limit, g.max)
	g.admit()
}
