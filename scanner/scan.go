package scanner

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"habeas/reports"
	"habeas/sources"
)

// Config says what to scan and how. Sources, Runner and Recorder are needed.
type Config struct {
	Sources  []sources.Source // each with a Name of its own
	Runner   Runner
	Recorder Recorder

	// Set names everything that decides what is found: see SetHash. An object
	// recorded under another Set is read again.
	Set string

	Owners         Attributor // nil attributes nothing
	FingerprintKey []byte     // at least MinKey bytes; nil makes no fingerprints
	Regions        []string   // for Subject.Regions of every object

	// InFlight is how many objects are read at the same time; 0 is 32, which
	// keeps a disk busy. A far store answers after 40 ms: 256 then give eight
	// times as much.
	InFlight int

	// Tick commits what is done, however little: once a second is meant. nil
	// commits full batches only. The engine itself has no clock.
	Tick <-chan time.Time

	// Progress is called for every recorded object and at every Tick, by one
	// goroutine. nil for none. It keeps no finding of an entry.
	Progress func(Event)

	maxGone int // 0 is maxGone; tests make it less
}

// Counts tell how far a scan is.
type Counts struct {
	Listed   int64 // objects listed so far
	Carried  int64 // of these, in the record already and unchanged
	Recorded int64 // of these, recorded by this scan
	Gone     int64 // recorded before and no longer listed
	Findings int64 // in Recorded, counted ones
	Bytes    int64 // read from the sources
	Listing  bool  // the listing still goes on: Listed will grow
}

// Event is what Config.Progress is told.
type Event struct {
	Counts
	Entry *reports.Entry // that was just recorded; nil at a Tick; valid during the call
}

// Outcome is what became of a scan.
type Outcome struct {
	Counts
	Coverage   map[reports.Coverage]int64 // of Recorded
	Sources    []SourceOutcome            // in the order of Config.Sources
	Incomplete bool                       // some object was not read in full, or a source not to its end
}

// SourceOutcome is what became of one source.
type SourceOutcome struct {
	Name   string
	Listed int64
	// Err ended the scan of this source, its state kept: a *sources.Error as a
	// rule. nil if it was scanned to its end.
	Err error
}

// Scan lists the sources, reads what the record does not hold yet, and records
// it. It returns when everything listed is recorded, second pass included.
//
// An object that can't be read is coverage, and a source that can't go on is in
// the Outcome; the error is for what ends the whole scan: the context's, the
// Recorder's, or a *RunnerError. What was done by then is committed, and another
// Scan goes on from there.
func Scan(ctx context.Context, cfg Config) (Outcome, error) {
	s, err := newScan(cfg)
	if err != nil {
		return Outcome{}, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var writer errgroup.Group
	writer.Go(func() error {
		err := s.write(ctx)
		if err != nil {
			cancel(err)
		}
		return err
	})
	err = s.read(ctx)
	close(s.done)
	if werr := writer.Wait(); werr != nil {
		err = werr // it is why everything else stopped
	}
	return s.outcome(err), err
}

const (
	defaultInFlight = 32
	// doneQueue lets objects be read while a batch is committed.
	doneQueue = 256
	// maxSecond bounds the objects kept for the second pass. A store that fails
	// on more is down, and the next scan reads what is missing.
	maxSecond = 50_000
)

// scan is one run of Scan.
type scan struct {
	Config
	prints  *Fingerprints // nil without a key
	hidden  memory
	spare   spares[reports.Finding]
	sources []*source
	done    chan done

	carriedPartial atomic.Bool // an object that was not read in full is carried over

	listing  atomic.Int64 // listings that still run
	bytes    atomic.Int64
	recorded int64 // this and what follows: the writer's
	gone     int64
	findings int64
	coverage map[reports.Coverage]int64
}

// source is one source and what became of it.
type source struct {
	sources.Source
	name            string
	listed, carried atomic.Int64

	mu     sync.Mutex
	fatal  error
	second []item // failed with unavailable: tried again at the end
}

// item is one object to read.
type item struct {
	src *source
	obj sources.Object
	err error // the listing's, of this object; in the second pass the first one's
}

// done goes to the writer.
type done struct {
	entry   *reports.Entry
	release func()
	gone    []Ref
}

func newScan(cfg Config) (*scan, error) {
	if cfg.Runner == nil || cfg.Recorder == nil {
		return nil, errors.New("scan: no runner or no recorder")
	}
	if cfg.InFlight <= 0 {
		cfg.InFlight = defaultInFlight
	}
	if cfg.maxGone == 0 {
		cfg.maxGone = maxGone
	}
	s := &scan{Config: cfg, done: make(chan done, doneQueue), coverage: map[reports.Coverage]int64{}}
	if cfg.FingerprintKey != nil {
		var err error
		if s.prints, err = NewFingerprints(cfg.FingerprintKey); err != nil {
			return nil, err
		}
	}
	names := map[string]bool{}
	for _, src := range cfg.Sources {
		name := src.Name()
		if names[name] {
			return nil, fmt.Errorf("scan: source %q is given twice", name)
		}
		names[name] = true
		s.sources = append(s.sources, &source{Source: src, name: name})
	}
	s.listing.Store(int64(len(s.sources)))
	return s, nil
}

// read lists and reads everything, then once more what was unavailable.
func (s *scan) read(ctx context.Context) error {
	err := s.pass(ctx, s.object, func(ctx context.Context, work chan<- item) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, src := range s.sources {
			g.Go(func() error {
				defer s.listing.Add(-1)
				return s.list(ctx, src, work)
			})
		}
		return g.Wait()
	})
	if err != nil {
		return err
	}
	return s.pass(ctx, s.objectAgain, func(ctx context.Context, work chan<- item) error {
		for _, src := range s.sources {
			for _, it := range src.second {
				if err := send(ctx, work, it); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// pass runs InFlight readers on what feed sends.
func (s *scan) pass(ctx context.Context, read func(context.Context, item) (done, error), feed func(context.Context, chan<- item) error) error {
	g, ctx := errgroup.WithContext(ctx)
	work := make(chan item)
	g.Go(func() error {
		defer close(work)
		return feed(ctx, work)
	})
	for range s.InFlight {
		g.Go(func() error {
			for it := range work {
				d, err := read(ctx, it)
				if err != nil {
					return err
				}
				if d.entry == nil {
					continue
				}
				if err := send(ctx, s.done, d); err != nil {
					d.drop()
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// send gives up when ctx is done.
func send[T any](ctx context.Context, c chan<- T, v T) error {
	select {
	case c <- v:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// counts are those of this moment. The writer calls it, and Scan at the end.
func (s *scan) counts() Counts {
	c := Counts{Recorded: s.recorded, Gone: s.gone, Findings: s.findings, Bytes: s.bytes.Load(), Listing: s.listing.Load() > 0}
	for _, src := range s.sources {
		c.Listed += src.listed.Load()
		c.Carried += src.carried.Load()
	}
	return c
}

// outcome sums up, once everything has ended.
func (s *scan) outcome(err error) Outcome {
	o := Outcome{Counts: s.counts(), Coverage: s.coverage, Incomplete: err != nil}
	for _, src := range s.sources {
		o.Sources = append(o.Sources, SourceOutcome{Name: src.name, Listed: src.listed.Load(), Err: src.fatal})
		o.Incomplete = o.Incomplete || src.fatal != nil
	}
	o.Incomplete = o.Incomplete || s.coverage[reports.Complete] != s.recorded || s.carriedPartial.Load()
	return o
}

// fail stops the scan of this source; the first error stays.
func (src *source) fail(err error) {
	src.mu.Lock()
	defer src.mu.Unlock()
	if src.fatal == nil {
		src.fatal = err
	}
}

// failed reports whether the scan of this source has stopped.
func (src *source) failed() bool {
	src.mu.Lock()
	defer src.mu.Unlock()
	return src.fatal != nil
}

// later keeps an object for the second pass; false if there are too many.
func (src *source) later(it item) bool {
	src.mu.Lock()
	defer src.mu.Unlock()
	if len(src.second) >= maxSecond {
		return false
	}
	src.second = append(src.second, it)
	return true
}
