package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/store"
)

// recordFlags name the record of a scan and the key that it was made with.
type recordFlags struct {
	record, key string
}

func (f *recordFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.record, "record", "", "`FILE` of the record (default: the only one in this folder)")
	c.Flags().StringVar(&f.key, "key", "", "`FILE` of the fingerprint key (default: habeas/key in the configuration folder)")
}

// openRecord opens the record for reading.
func openRecord(path string) (*store.DB, error) {
	if path == "" {
		found, err := filepath.Glob("*.habeas")
		if err != nil {
			return nil, err
		}
		if len(found) != 1 {
			return nil, usage("there are %d records in this folder: name one with --record", len(found))
		}
		path = found[0]
	}
	db, err := store.Read(path)
	switch {
	case errors.Is(err, store.ErrNone):
		return nil, usage("%s: %s", reports.Show(path), err)
	case err != nil:
		return nil, recordError(path, err)
	}
	return db, nil
}

// recorded is an open record with the key that it was made with.
type recorded struct {
	*store.DB
	run    reports.Run
	key    []byte
	prints *scanner.Fingerprints
}

// openWithKey opens the record and its key. It never makes a key: another one
// would find nothing.
func (a *app) openWithKey(ctx context.Context, f recordFlags) (*recorded, error) {
	db, err := openRecord(f.record)
	if err != nil {
		return nil, err
	}
	r := &recorded{DB: db}
	if err := r.load(ctx, a, f.key); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

func (r *recorded) load(ctx context.Context, a *app, flag string) error {
	var err error
	if r.run, err = r.Run(ctx); err != nil {
		return stopped("the record can't be read (%s): run `habeas scan` again", reports.Show(err.Error()))
	}
	path, err := a.keyPath(flag)
	if err != nil {
		return err
	}
	if _, err := os.Stat(path); err != nil {
		return usage("there is no fingerprint key at %s: name the one that the record was made with by --key", reports.Show(path))
	}
	if r.key, _, err = loadKey(path); err != nil {
		return err
	}
	if r.prints, err = scanner.NewFingerprints(r.key); err != nil {
		return usage("%s: %s", reports.Show(path), err)
	}
	if id := r.prints.KeyID(); id != r.run.KeyID {
		return usage("the record was made with the fingerprint key %s, and %s is %s: name the right one with --key", reports.Show(r.run.KeyID), reports.Show(path), id)
	}
	return nil
}

// rereadFlags say how to open the objects of a record again.
type rereadFlags struct {
	sourceFlags
	pixelFlags
	rules     string
	inProcess bool
}

func (f *rereadFlags) add(c *cobra.Command) {
	f.sourceFlags.add(c)
	f.pixelFlags.add(c)
	c.Flags().StringVar(&f.rules, "rules", "", "`FILE` of rules of your own, as given to the scan")
	c.Flags().BoolVar(&f.inProcess, "in-process", false, "parse in this process: faster to start, and one hostile file can end it")
}

// rereading opens the objects of a record at their sources again.
type rereading struct {
	*scanner.Rereader
	look look
	srcs map[string]source // by name, opened when first asked for
	open func(ctx context.Context, name string) (source, error)
	end  func()
}

// reread prepares reading objects of r again, with what they hold in the clear.
// close must be called.
func (a *app) reread(r *recorded, f *rereadFlags, workers int) (*rereading, error) {
	countries, _, err := f.split()
	if err != nil {
		return nil, err
	}
	l, err := newLook(countries, f.rules)
	if err != nil {
		return nil, err
	}
	if l.pixels, err = a.pixelSetup(f.pixelFlags); err != nil {
		return nil, err
	}
	runner, end, err := a.runner(workers, f.inProcess, l)
	if err != nil {
		return nil, err
	}
	again, err := scanner.NewRereader(runner, r.key, countries)
	if err != nil {
		end()
		return nil, err
	}
	known := r.run.Sources
	open := func(ctx context.Context, name string) (source, error) {
		if !slices.Contains(known, name) {
			return source{}, stopped("%s is no source of the record", reports.Show(name))
		}
		srcs, err := f.sourceFlags.open(ctx, []string{name})
		if err != nil {
			return source{}, err
		}
		return srcs[0], nil
	}
	return &rereading{Rereader: again, look: l, srcs: map[string]source{}, open: open, end: end}, nil
}

// source is the source of this name. One goroutine may call it.
func (r *rereading) source(ctx context.Context, name string) (source, error) {
	if s, ok := r.srcs[name]; ok {
		return s, nil
	}
	s, err := r.open(ctx, name)
	if err == nil {
		r.srcs[name] = s
	}
	return s, err
}

func (r *rereading) close() {
	for _, s := range r.srcs {
		_ = s.Close() // nothing was written through it
	}
	r.end()
}
