package s3

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// stepClock stands still until somebody sleeps.
type stepClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *stepClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *stepClock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

func TestGateSlowsAndRecovers(t *testing.T) {
	clock := &stepClock{now: time.Unix(0, 0)}
	g := newGate(64, clock)
	epoch, err := g.enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		g.throttled(epoch) // answers to requests that were in flight together
	}
	if g.limit != 32 {
		t.Errorf("limit %v after one burst, want 32", g.limit)
	}
	for range 20 {
		g.throttled(g.epoch)
	}
	if g.limit != 1 || g.target != 32 {
		t.Errorf("limit %v, target %v after an outage, want 1 and 32", g.limit, g.target)
	}
	if wait := g.until.Sub(clock.Now()); wait < pauseMax/2 || wait > pauseMax {
		t.Errorf("closed for %v", wait)
	}
}

func TestGateLimits(t *testing.T) {
	g := newGate(3, systemClock{})
	var now, most atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := g.enter(t.Context()); err != nil {
				t.Error(err)
				return
			}
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			now.Add(-1)
			g.leave()
		})
	}
	all.Wait()
	if most.Load() > 3 || g.inFlight != 0 || len(g.waiting) != 0 {
		t.Errorf("%d at once, %d left, %d wait", most.Load(), g.inFlight, len(g.waiting))
	}
}

// TestGateForgets: who stops waiting takes no place with him.
func TestGateForgets(t *testing.T) {
	g := newGate(1, systemClock{})
	if _, err := g.enter(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := g.enter(ctx); err == nil {
				g.leave()
			} else if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	cancel()
	g.leave()
	all.Wait()
	if _, err := g.enter(t.Context()); err != nil || g.inFlight != 1 {
		t.Errorf("%v, %d in flight", err, g.inFlight)
	}
}

func TestGateRecovery(t *testing.T) {
	clock := &stepClock{now: time.Unix(0, 0)}
	g := newGate(64, clock)
	for range 8 {
		g.throttled(g.epoch)
	}
	for range 31 {
		g.ok()
	}
	if g.limit != 32 {
		t.Errorf("limit %v after 31 answers, want 32 again", g.limit)
	}
	clock.now = clock.now.Add(time.Second)
	for range 5 {
		g.ok()
	}
	if g.limit != 33 {
		t.Errorf("limit %v a second later, want 33", g.limit)
	}
	for range 1000 {
		clock.now = clock.now.Add(time.Second)
		g.ok()
	}
	if g.limit != 64 {
		t.Errorf("limit %v in the end, want 64", g.limit)
	}
}

func TestBackoff(t *testing.T) {
	for n, want := range map[int]time.Duration{1: 20 * time.Millisecond, 2: 40 * time.Millisecond, 10: 10240 * time.Millisecond, 11: 20 * time.Second, 500: 20 * time.Second} {
		if got := backoff(n); got != want {
			t.Errorf("after %d failures %v, want %v", n, got, want)
		}
	}
}

func TestRefuseMetadata(t *testing.T) {
	tests := []struct {
		allowed, address string
		refused          bool
	}{
		{"", "169.254.169.254:80", true},
		{"", "[fe80::1%eth0]:443", true},
		{"", "[fd00:ec2::254]:80", true},
		{"", "[::ffff:169.254.169.254]:80", true},
		{"", "100.100.100.200:80", true},
		{"", "127.0.0.1:9000", false},
		{"", "10.0.0.1:9000", false},
		{"", "[2001:db8::1]:443", false},
		{"169.254.10.1", "169.254.10.1:9000", false},
		{"169.254.10.1", "169.254.169.254:80", true},
	}
	for _, test := range tests {
		s := &Source{}
		if test.allowed != "" {
			s.allowed = netip.MustParseAddr(test.allowed)
		}
		if err := s.refuseMetadata("tcp", test.address, nil); (err != nil) != test.refused {
			t.Errorf("%s with %q allowed: %v", test.address, test.allowed, err)
		}
	}
}

func TestSameFamily(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{"store.example.com", "store.example.com", true},
		{"store.example.com", "BUCKET.store.example.com", true},
		{"bucket.s3.amazonaws.com", "bucket.s3.eu-west-3.amazonaws.com", true},
		{"s3.amazonaws.com", "s3.cn-north-1.amazonaws.com.cn", false},
		{"store.example.com", "evilstore.example.com", false},
		{"store.example.com", "other.example.com", false},
		{"s3.amazonaws.com", "s3.amazonaws.com.example.org", false},
		{"127.0.0.1", "127.0.0.2", false},
	}
	for _, test := range tests {
		if got := sameFamily(test.a, test.b); got != test.want {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
}
