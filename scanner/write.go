package scanner

import (
	"context"

	"habeas/reports"
)

// A batch is committed when it holds so many objects, or so many findings, which
// bounds the memory that the waiting entries take; or at a Tick.
const (
	maxBatch         = 1_000
	maxBatchFindings = 20_000
)

// write commits what comes through s.done until that is closed, and always takes
// everything out of it. A cancelled context does not keep it from committing what
// is done. After a failed commit it only drains.
func (s *scan) write(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	w := writer{s: s}
	for {
		select {
		case d, ok := <-s.done:
			if !ok {
				return w.commit(ctx)
			}
			_ = w.add(ctx, d) // kept in w.err
		case <-s.Tick:
			_ = w.commit(ctx)
			s.report(nil)
		}
		if w.err != nil {
			w.drain()
			return w.err
		}
	}
}

// report calls Progress.
func (s *scan) report(e *reports.Entry) {
	if s.Progress != nil {
		s.Progress(Event{Counts: s.counts(), Entry: e})
	}
}

// writer collects one batch.
type writer struct {
	s        *scan
	batch    Batch
	findings int   // in batch
	err      error // of the first failed commit
}

// add puts d into the batch.
func (w *writer) add(ctx context.Context, d done) error {
	// Its values are gone by now, and what waits here is bounded.
	d.drop()
	if w.size()+len(d.gone) > maxBatch {
		if err := w.commit(ctx); err != nil {
			return err
		}
	}
	w.batch.Gone = append(w.batch.Gone, d.gone...)
	if e := d.entry; e != nil {
		w.batch.Records = append(w.batch.Records, Record{Entry: e, Set: w.s.Set})
		w.findings += len(e.Findings)
	}
	if w.size() >= maxBatch || w.findings >= maxBatchFindings {
		return w.commit(ctx)
	}
	return nil
}

// commit writes the batch and counts what is in it.
func (w *writer) commit(ctx context.Context) error {
	if w.err != nil || w.size() == 0 {
		return w.err
	}
	s := w.s
	w.err = s.Recorder.Commit(ctx, w.batch)
	if w.err != nil {
		return w.err
	}
	s.gone += int64(len(w.batch.Gone))
	for _, r := range w.batch.Records {
		s.recorded++
		s.coverage[r.Entry.Coverage]++
		for i := range r.Entry.Findings {
			if r.Entry.Findings[i].Counted() {
				s.findings++
			}
		}
		s.report(r.Entry)
		if n := cap(r.Entry.Findings); n > fewFindings && n <= maxBatchFindings {
			s.spare.give(r.Entry.Findings)
		}
	}
	// The Recorder may have kept the records; the next batch gets its own.
	w.batch, w.findings = Batch{}, 0
	return nil
}

// size is how many objects the batch names.
func (w *writer) size() int { return len(w.batch.Records) + len(w.batch.Gone) }

// drain takes what still comes, so that nobody waits for the writer.
func (w *writer) drain() {
	for d := range w.s.done {
		d.drop()
	}
}
