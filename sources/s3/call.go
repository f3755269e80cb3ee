package s3

import (
	"context"
	"errors"
	"fmt"
	"time"

	"habeas/sources"
)

const (
	maxTries   = 12
	backoffMin = 20 * time.Millisecond
	backoffMax = 20 * time.Second
	// Objects refused in a row, with none readable before, that end a scan: the
	// permission is missing for all of them.
	deniedLimit = 50
	// Failures in a row that an outage takes at least: time alone could be the
	// pause between two requests of an idle scan.
	outageLimit = 30
)

// tries counts the attempts of one call.
type tries struct {
	n      int
	skewed bool
	first  time.Time // of the first failure
	limit  int       // of the caller; 0 means the usual number
}

// progressed starts the count anew: a body that comes in pieces, each after a
// reset, is no request that always fails.
func (t *tries) progressed() { t.n = 0 }

// call sends one request, and sends it again as long as the table in classify
// says so: up to 12 times, each after a random pause of up to 20 ms, doubled each
// time, to 20 s ("full jitter"); and for at least RetryTime, since a store that is
// down answers 12 requests in no time. It gives nil, the error of ctx, or an
// *sources.Error.
func (s *Source) call(ctx context.Context, o op, limit int, send func(ctx context.Context, c *conn, t *tries) error) error {
	t := &tries{limit: limit}
	for {
		epoch, err := s.gate.enter(ctx)
		if err != nil {
			return err
		}
		if allow := s.opts.Allow; allow != nil && !allow(Request{List: o == opList, Read: s.stats.bytes.Load()}) {
			s.gate.leave()
			return fatal(sources.CodeBudget, "what the scan may cost is used up: run the same command with more to go on", nil)
		}
		c := s.current()
		err = send(ctx, c, t)
		s.gate.leave()
		if err == nil {
			s.gate.ok()
			s.answered(c)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v, cause := s.classify(o, c, err)
		final, err := s.judge(ctx, v, cause, c, t, epoch)
		if err != nil || final {
			return err
		}
		s.stats.retries.Add(1)
	}
}

// judge acts on a verdict. It gives true and the error to return, or false when
// the request may go again.
func (s *Source) judge(ctx context.Context, v verdict, cause *fault, c *conn, t *tries, epoch int) (bool, error) {
	if v.act != slowDown && cause.status != 0 {
		s.gate.ok()
	}
	switch v.act {
	case giveUp:
		s.answered(nil)
		return true, s.confirm(ctx, v, cause)
	case renew:
		s.answered(nil)
		if ok, err := s.renew(ctx, c); err != nil || !ok {
			return true, s.final(v, cause)
		}
		return false, nil
	case move:
		s.answered(nil)
		if ok, err := s.move(ctx, c, v.region); err != nil || !ok {
			return true, s.final(v, cause)
		}
		return false, nil
	case reskew:
		s.answered(nil)
		if t.skewed {
			return true, s.final(v, cause)
		}
		t.skewed = true
		return false, nil
	case slowDown:
		s.stats.throttles.Add(1)
		s.gate.throttled(epoch)
	}
	if s.outage() {
		return true, fatal(sources.CodeEndpoint, "the store has stopped answering: resume the scan later, what is done stays done", cause)
	}
	if t.spent(v, s.opts) {
		return true, s.final(v, cause)
	}
	return false, s.opts.Clock.Sleep(ctx, jitter(backoff(t.n)))
}

// confirm asks with a listing whether a failure that looks like everybody's is
// only that of one object with an odd key.
func (s *Source) confirm(ctx context.Context, v verdict, cause *fault) error {
	if v.fatal && cause.op == opGet && suspect(cause.code) {
		if p := s.page(ctx, s.prefix, "", "", 1, probeTries); p.err == nil {
			return &sources.Error{Code: sources.CodeUnavailable, Err: cause,
				Hint: "the store, or a proxy before it, does not find the object by its own key: read it from elsewhere"}
		}
	}
	return s.final(v, cause)
}

// spent counts a failure and reports whether it was the last that is allowed.
func (t *tries) spent(v verdict, o Options) bool {
	now := o.Clock.Now()
	if t.n == 0 && t.first.IsZero() {
		t.first = now
	}
	t.n++
	switch limit := min(or(v.tries, maxTries), or(t.limit, maxTries)); {
	case limit < maxTries:
		return t.n >= limit
	default:
		return t.n >= maxTries && now.Sub(t.first) >= o.RetryTime
	}
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

func backoff(n int) time.Duration {
	return min(backoffMin<<min(n-1, 20), backoffMax)
}

// final makes the error of a call. What is left without a code of its own has
// failed too often.
func (s *Source) final(v verdict, cause *fault) error {
	e := &sources.Error{Code: v.code, Fatal: v.fatal, Hint: v.hint, Err: cause}
	if v.is != nil {
		e.Err = v.is
	}
	switch {
	case e.Code == "" && cause.op == opList && cause.status == 0 && !errors.Is(cause, errMalformed):
		e.Code, e.Fatal = sources.CodeEndpoint, true
		e.Hint = fmt.Sprintf("%s can't be reached: check the endpoint and the network, then resume the scan: what is done stays done", s.endpointName())
	case e.Code == "" && cause.op == opList:
		e.Code, e.Fatal = sources.CodeListing, true
		e.Hint = fmt.Sprintf("%s keeps failing to list: check that the endpoint speaks S3, then resume the scan: what is done stays done", s.endpointName())
	case e.Code == "":
		e.Code, e.Hint = sources.CodeUnavailable, "scan again later: only what is missing is read"
	}
	return e
}

// answered tells that the store is there; c is the connection of a success, nil
// for any other answer.
func (s *Source) answered(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = 0
	if c != nil && c == s.conn {
		s.refreshes = 0
	}
}

// outage counts a failure and reports whether the store has not answered for so
// long that trying every other object is of no use.
func (s *Source) outage() bool {
	now := s.opts.Clock.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failures == 0 {
		s.failing = now
	}
	s.failures++
	return s.failures > outageLimit && now.Sub(s.failing) > s.opts.OutageTime
}

// readable counts what became of an object. Many refusals in a row before
// anything could be read are the fault of a policy, not of the objects.
func (s *Source) readable(err error) error {
	e, ok := err.(*sources.Error)
	if !ok || e.Code != sources.CodeDenied {
		if err == nil {
			s.succeeded.Store(true)
		}
		if err == nil || ok && !e.Fatal && e.Code != sources.CodeUnavailable {
			s.denials.Store(0)
		}
		return err
	}
	if n := s.denials.Add(1); n > deniedLimit && !s.succeeded.Load() {
		return fatal(sources.CodeDeniedAll, "every object so far was refused: "+e.Hint+"; if only this part of the bucket is closed, scan another prefix", e.Err)
	}
	return err
}
