package scanner

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"

	"habeas/reports"
	"habeas/sources"
)

// maxRefresh is how often an object that changes while it is read is read again
// from its start.
const maxRefresh = 3

// object reads one listed object. No entry and no error means that it is not
// recorded: its source has stopped, or it waits for the second pass.
func (s *scan) object(ctx context.Context, it item) (done, error) {
	if isFatal(it.err) {
		it.src.fail(it.err)
		return done{}, nil
	}
	if it.err != nil {
		return s.unreadable(ctx, it)
	}
	d, err := s.examine(ctx, it)
	if err == nil {
		return d, nil
	}
	if codeOf(err) == codeUnavailable && isItems(err) && !isFatal(err) {
		it.err = err
		if it.src.later(it) {
			d.drop()
			return done{}, nil
		}
	}
	return s.failedRead(it, d, err)
}

// objectAgain is object for the second pass.
func (s *scan) objectAgain(ctx context.Context, it item) (done, error) {
	if it.src.failed() {
		return s.unreadable(ctx, it)
	}
	d, err := s.examine(ctx, it)
	if err == nil {
		return d, nil
	}
	return s.failedRead(it, d, err)
}

// failedRead sorts out an error of examine: the object's own becomes coverage,
// the source's stops the source, any other the scan. d holds what was found
// before it.
func (s *scan) failedRead(it item, d done, err error) (done, error) {
	if !isItems(err) {
		d.drop()
		return done{}, err
	}
	if isFatal(err) {
		d.drop()
		it.src.fail(errors.Unwrap(err))
		return done{}, nil
	}
	return d, nil
}

// readError is a failure of the source on one object. Any other error ends the
// scan.
type readError struct{ err error }

func (e *readError) Error() string { return e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

// isItems reports whether err is an object's own and not the scan's.
func isItems(err error) bool {
	_, ok := errors.AsType[*readError](err)
	return ok
}

// isFatal reports whether no other object of the source can be read either.
func isFatal(err error) bool {
	se, ok := errors.AsType[*sources.Error](err)
	return ok && se.Fatal
}

// unreadable is the entry of an object that could not be read at all: it.err
// says why. What its key says is looked at all the same.
func (s *scan) unreadable(ctx context.Context, it item) (done, error) {
	res, err := s.subjectOnly(ctx, it.obj)
	if err != nil {
		res.Release()
		return done{}, err
	}
	res.addReason(codeOf(it.err))
	return s.finish(it.obj, &res, it.obj), nil
}

// subjectOnly examines o without its content.
func (s *scan) subjectOnly(ctx context.Context, o sources.Object) (Result, error) {
	job := Job{Subject: Subject{Key: o.Key, Meta: o.Meta, Tags: o.Tags, Regions: s.Regions}}
	res, err := s.Runner.Run(ctx, job, strings.NewReader(""))
	res.Type = ""
	return res, err
}

// examine opens, reads and attributes. With a *readError it gives what it has.
func (s *scan) examine(ctx context.Context, it item) (done, error) {
	o := it.obj
	if it.src.failed() {
		return done{}, nil
	}
	for try := 0; ; try++ {
		res, opened, err := s.readOnce(ctx, it.src, o)
		if ctx.Err() != nil {
			res.Release()
			return done{}, context.Cause(ctx)
		}
		if re, ok := errors.AsType[*RunnerError](err); ok {
			res.Release()
			return done{}, re
		}
		if r, ok := it.src.Source.(sources.Refresher); ok && errors.Is(err, sources.ErrChanged) && try < maxRefresh {
			var now sources.Object
			if now, err = r.Refresh(ctx, o); err == nil {
				res.Release()
				// It stays the object that was listed: a record of it by another name
				// would not be found next time.
				now.Source, now.Key, now.Version = o.Source, o.Key, o.Version
				o = now
				continue
			}
		}
		if err == nil {
			return s.finish(o, &res, opened), nil
		}
		res.addReason(codeOf(err))
		return s.finish(o, &res, opened), &readError{err}
	}
}

// readOnce opens o and has it taken apart. opened is o with what the opening
// told.
func (s *scan) readOnce(ctx context.Context, src *source, o sources.Object) (res Result, opened sources.Object, err error) {
	content, err := src.Open(ctx, o)
	if err != nil {
		res, rerr := s.subjectOnly(ctx, o)
		if rerr != nil {
			err = rerr
		}
		return res, o, err
	}
	defer func() {
		// A file that was cut while it was read may only show when it is closed.
		if cerr := content.Close(); err == nil && cerr != nil {
			err = cerr
		}
	}()
	opened = content.Object()
	job := Job{Subject: Subject{Key: o.Key, Meta: opened.Meta, Tags: opened.Tags, Claimed: opened.Type, Regions: s.Regions}, Size: content.Size()}
	res, err = s.Runner.Run(ctx, job, &metered{r: content, n: &s.bytes})
	return res, opened, err
}

// finish makes the entry: o tells its identity, opened its owner.
func (s *scan) finish(o sources.Object, res *Result, opened sources.Object) done {
	opened.Source, opened.Key = o.Source, o.Key
	var att Attribution
	if s.Owners != nil {
		att = s.Owners.Attribute(opened)
	}
	e := s.entryOf(o, res, att)
	res.Recycle()
	return done{entry: e, release: res.Release}
}

// drop lets go of a result that is not recorded.
func (d done) drop() {
	if d.release != nil {
		d.release()
	}
}

// addReason adds a reason that concerns the object as a whole and settles the
// coverage anew. What was found in bytes that prove nothing goes.
func (r *Result) addReason(code string) {
	r.Reasons = sortReasons(append(r.Reasons, reports.Reason{Code: code}))
	r.Coverage = cover(r)
	if wholly[code] && code != codeCrashed {
		r.Findings = nil
	}
}

// codeOf is the reason code of a failed read. What the source can't name counts
// as unavailable: the next scan tries again.
func codeOf(err error) string {
	code := codeUnavailable
	if se, ok := errors.AsType[*sources.Error](err); ok {
		code = se.Code
	} else if errors.Is(err, sources.ErrChanged) {
		code = codeChanged
	}
	if _, ok := unread[code]; !ok {
		code = codeUnavailable
	}
	return code
}

// metered counts the bytes read.
type metered struct {
	r io.ReaderAt
	n *atomic.Int64
}

func (m *metered) ReadAt(b []byte, off int64) (int, error) {
	n, err := m.r.ReadAt(b, off)
	m.n.Add(int64(n))
	return n, err
}
