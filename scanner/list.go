package scanner

import (
	"context"
	"iter"

	"habeas/sources"
)

// The listing of a source and the record of it come in the same order, so that
// one walk over both tells what is new, what is unchanged and what is gone:
//
//	listed    a  b     d'
//	recorded  a     c  d
//	          |  |  |  |
//	          |  |  |  read again: its ETag differs
//	          |  |  gone
//	          |  read
//	          carried over, if reading it again under the same Set would give the same
//
// Resuming an interrupted scan and scanning again tomorrow are this one rule.

// maxGone bounds the refs of vanished objects that wait in memory for the end of
// the listing: nothing is called gone before the listing has proved whole. If
// there are more, the rest of the source is listed once more at the end.
const maxGone = 1 << 17

// list sends what has to be read of src. A listing that fails ends this source
// only; the error is for what ends the scan.
func (s *scan) list(ctx context.Context, src *source, work chan<- item) error {
	var gone []Ref
	more := "" // where the gone refs that had no room begin
	m, stop := newMerge(s.Recorder.Stored(ctx, src.name), func(st Stored) {
		switch {
		case len(gone) < s.maxGone:
			gone = append(gone, Ref{src.name, st.Key, st.Version})
		case more == "":
			more = gone[len(gone)-1].Key
		}
	})
	defer stop()
	err := s.eachListed(ctx, src, "", func(o sources.Object, oerr error) error {
		st, found, err := m.match(o)
		if err != nil {
			return err
		}
		src.listed.Add(1)
		if found && oerr == nil && s.unchanged(o, st) {
			src.carried.Add(1)
			if !complete(st) {
				s.carriedPartial.Store(true)
			}
			return nil
		}
		return send(ctx, work, item{src: src, obj: o, err: oerr})
	})
	if err != nil || src.failed() {
		return err
	}
	if err := m.end(); err != nil {
		return err
	}
	if err := s.sendGone(ctx, gone); err != nil {
		return err
	}
	if more == "" {
		return nil
	}
	return s.listGone(ctx, src, more)
}

// listGone lists src once more behind key after, for the objects that are gone.
func (s *scan) listGone(ctx context.Context, src *source, after string) error {
	var gone []Ref
	m, stop := newMerge(s.Recorder.Stored(ctx, src.name), func(st Stored) {
		if st.Key > after {
			gone = append(gone, Ref{src.name, st.Key, st.Version})
		}
	})
	defer stop()
	err := s.eachListed(ctx, src, after, func(o sources.Object, _ error) error {
		if _, _, err := m.match(o); err != nil {
			return err
		}
		if len(gone) < maxBatch {
			return nil
		}
		err := s.sendGone(ctx, gone)
		gone = nil
		return err
	})
	if err != nil || src.failed() {
		return err
	}
	if err := m.end(); err != nil {
		return err
	}
	return s.sendGone(ctx, gone)
}

// sendGone hands refs to the writer, in batches.
func (s *scan) sendGone(ctx context.Context, gone []Ref) error {
	for len(gone) > 0 {
		n := min(len(gone), maxBatch)
		if err := send(ctx, s.done, done{gone: gone[:n]}); err != nil {
			return err
		}
		gone = gone[n:]
	}
	return nil
}

// eachListed calls fn for each object of src behind key after, until one of them
// fails, the source has been stopped, or the listing ends. An error of the
// listing stops the source and is no error of eachListed.
func (s *scan) eachListed(ctx context.Context, src *source, after string, fn func(sources.Object, error) error) error {
	last := after
	for o, oerr := range src.Objects(ctx, after) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		switch {
		case oerr != nil && o.Key == "":
			src.fail(oerr)
		case o.Key < last:
			src.fail(&sources.Error{Code: sources.CodeListing, Fatal: true, Hint: "the listing is not in order of keys, so nothing can be compared with it"})
		}
		if src.failed() {
			return nil
		}
		last = o.Key
		o.Source = src.name
		if err := fn(o, oerr); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// unchanged reports whether what the record holds of o still holds.
func (s *scan) unchanged(o sources.Object, st Stored) bool {
	return settledAll(st) && st.Set == s.Set && st.ETag == o.ETag && st.Size == o.Size && st.Audience == o.Audience && st.Modified.Equal(o.Modified)
}

// merge walks the record beside a listing.
type merge struct {
	next  func() (Stored, error, bool)
	gone  func(Stored)
	head  Stored   // the next recorded one
	ok    bool     // there is a head
	begun bool     // head was read at least once
	group []Stored // recorded versions of the listed key, not matched so far
}

// newMerge calls gone for each recorded object that match passed over. stop must
// be called.
func newMerge(stored iter.Seq2[Stored, error], gone func(Stored)) (m *merge, stop func()) {
	next, stop := iter.Pull2(stored)
	return &merge{next: next, gone: gone}, stop
}

// match is what the record holds of o. Keys must not go down from call to call.
func (m *merge) match(o sources.Object) (Stored, bool, error) {
	if !m.begun {
		m.begun = true
		if err := m.advance(); err != nil {
			return Stored{}, false, err
		}
	}
	if len(m.group) > 0 && m.group[0].Key != o.Key {
		m.dropGroup()
	}
	for m.ok && m.head.Key <= o.Key {
		if m.head.Key == o.Key {
			m.group = append(m.group, m.head)
		} else {
			m.gone(m.head)
		}
		if err := m.advance(); err != nil {
			return Stored{}, false, err
		}
	}
	for i, st := range m.group {
		if st.Version == o.Version {
			m.group = append(m.group[:i], m.group[i+1:]...)
			return st, true, nil
		}
	}
	return Stored{}, false, nil
}

// end passes over what is left.
func (m *merge) end() error {
	m.dropGroup()
	if !m.begun {
		m.begun = true
		if err := m.advance(); err != nil {
			return err
		}
	}
	for m.ok {
		m.gone(m.head)
		if err := m.advance(); err != nil {
			return err
		}
	}
	return nil
}

func (m *merge) dropGroup() {
	for _, st := range m.group {
		m.gone(st)
	}
	m.group = m.group[:0]
}

// advance reads the next recorded object into head.
func (m *merge) advance() error {
	st, err, ok := m.next()
	if ok && err != nil {
		return err
	}
	m.head, m.ok = st, ok
	return nil
}
