package faultys3

import (
	"context"
	"time"
)

// Clock runs faster than the system's: a client that waits for 20 s by it waits
// for a fraction, and so does an outage end.
type Clock struct {
	start  time.Time
	factor time.Duration
}

// NewClock makes a Clock that runs factor times as fast.
func NewClock(factor int) *Clock {
	return &Clock{start: time.Now(), factor: time.Duration(factor)}
}

// Now is the time by this clock.
func (c *Clock) Now() time.Time { return c.start.Add(time.Since(c.start) * c.factor) }

// Sleep waits for d by this clock, or until ctx ends.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d / c.factor)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
