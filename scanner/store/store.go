// Package store is the scan record: one SQLite file that holds, for each object,
// what it was, how far it was read, whose it is and what was found in it; masks
// and fingerprints, never a value.
//
// Open a record, Begin a run, let the scanner Commit batches, Finish it, and
// Replay it into any reports.Handler. A record survives kill -9 between any two
// instructions: a batch is one transaction, written ahead and synced. One
// process at a time may write; others may replay meanwhile.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"

	"modernc.org/sqlite"

	"habeas/reports"
	"habeas/scanner"
)

// Errors of Open and Begin. Their text says what to do next; a caller adds the path.
var (
	ErrNewer     = errors.New("the record was made by a newer habeas: use that version, or name another file with --record")
	ErrNotRecord = errors.New("the file is not a habeas record: name another one with --record")
	ErrInUse     = errors.New("another habeas is scanning into this record: wait for it, or name another file with --record")
	ErrOther     = errors.New("the record belongs to a scan of other sources: name another file with --record")
	ErrNone      = errors.New("there is no such record: run `habeas scan` first, or name it with --record")
)

// DB is an open record. Commit, Begin and Finish are for one goroutine; Stored
// and Replay may run beside them.
type DB struct {
	path      string
	connector driver.Connector
	db        *sql.DB
	lock      *lock   // nil if opened for reading
	writer    *writer // nil if opened for reading
}

var _ scanner.Recorder = (*DB)(nil)

// Create opens the record at path for writing and makes it, 0600, if there is
// none. It fails with ErrInUse while another process writes to it.
func Create(path string) (*DB, error) {
	l, err := acquire(path + ".lock")
	if err != nil {
		return nil, err
	}
	db, err := create(path)
	if err != nil {
		l.release()
		return nil, err
	}
	db.lock = l
	return db, nil
}

func create(path string) (*DB, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	d, err := open(path, "rw")
	if err != nil {
		return nil, err
	}
	if err := d.migrate(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if d.writer, err = newWriter(context.Background(), d.connector); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Read opens the record at path for Replay. It fails with ErrNone if there is none.
func Read(path string) (*DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	} else if err != nil {
		return nil, err
	}
	// Not mode=ro: a record left by a killed scan has a log that must be merged.
	d, err := open(path, "rw")
	if err != nil {
		return nil, err
	}
	v, err := d.version()
	if err == nil && v == 0 {
		err = ErrNotRecord
	}
	if err == nil {
		err = d.migrate()
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Close releases the record. What was committed stays.
func (d *DB) Close() error {
	var err error
	if d.writer != nil {
		err = d.writer.conn.Close()
	}
	err = errors.Join(err, d.db.Close())
	if d.lock != nil {
		d.lock.release()
	}
	return err
}

// Begin stores what the run is and marks the record as incomplete until Finish.
// r.Sources is sorted. It fails with ErrOther if the record is of other sources.
func (d *DB) Begin(ctx context.Context, r reports.Run) error {
	have, err := d.Run(ctx)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	case !slices.Equal(have.Sources, r.Sources):
		return ErrOther
	}
	sources, err := json.Marshal(r.Sources)
	if err != nil {
		return err
	}
	detectors, err := json.Marshal(r.Detectors)
	if err != nil {
		return err
	}
	_, err = d.db.ExecContext(ctx, `INSERT OR REPLACE INTO run
		(id, tool, as_of, sources, complete, owner_rules, detectors, key_id, pixels) VALUES (1, ?, ?, ?, 0, ?, ?, ?, ?)`,
		r.Tool, r.AsOf.UTC().Format(time.RFC3339), string(sources), r.OwnerRules, string(detectors), r.KeyID, r.Pixels)
	if err != nil {
		return err
	}
	// Numbered in order of name, once: a replay then needs no sorting.
	for _, name := range r.Sources {
		if _, err := d.db.ExecContext(ctx, `INSERT OR IGNORE INTO source (name) VALUES (?)`, name); err != nil {
			return err
		}
		if err := d.expose(ctx, exposureOf(&r, name)); err != nil {
			return err
		}
	}
	return nil
}

// exposureOf is the one that r has of a source, with an empty Audience if it has none.
func exposureOf(r *reports.Run, source string) reports.Exposure {
	for _, e := range r.Exposures {
		if e.Source == source {
			return e
		}
	}
	return reports.Exposure{Source: source}
}

// expose stores who may read a source.
func (d *DB) expose(ctx context.Context, e reports.Exposure) error {
	because, err := list(e.Because)
	if err != nil {
		return err
	}
	unknown, err := list(e.Unknown)
	if err != nil {
		return err
	}
	_, err = d.db.ExecContext(ctx, `UPDATE source SET audience = ?, because = ?, unknown = ? WHERE name = ?`, string(e.Audience), because, unknown, e.Source)
	return err
}

// exposures reads what expose stored, in order of name. A record of an earlier
// version has none.
func (d *DB) exposures(ctx context.Context) ([]reports.Exposure, error) {
	rows, err := d.db.QueryContext(ctx, `SELECT name, audience, because, unknown FROM source WHERE audience <> '' ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []reports.Exposure
	for rows.Next() {
		var e reports.Exposure
		var because, unknown sql.NullString
		if err := rows.Scan(&e.Source, &e.Audience, &because, &unknown); err != nil {
			return nil, err
		}
		if because.Valid {
			if err := json.Unmarshal([]byte(because.String), &e.Because); err != nil {
				return nil, err
			}
		}
		if unknown.Valid {
			if err := json.Unmarshal([]byte(unknown.String), &e.Unknown); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// Finish marks the record as complete: every source was listed to its end.
func (d *DB) Finish(ctx context.Context) error {
	if _, err := d.db.ExecContext(ctx, `UPDATE run SET complete = 1`); err != nil {
		return err
	}
	// The log is folded in, so that the record is one file that can be copied.
	_, err := d.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`)
	return err
}

// Run tells what Begin stored; sql.ErrNoRows if nothing was.
func (d *DB) Run(ctx context.Context) (reports.Run, error) {
	var r reports.Run
	var asOf, sources, detectors string
	err := d.db.QueryRowContext(ctx, `SELECT tool, as_of, sources, complete, owner_rules, detectors, key_id, pixels FROM run`).
		Scan(&r.Tool, &asOf, &sources, &r.Complete, &r.OwnerRules, &detectors, &r.KeyID, &r.Pixels)
	if err != nil {
		return r, err
	}
	r.Schema = reports.SchemaVersion
	if r.AsOf, err = time.Parse(time.RFC3339, asOf); err != nil {
		return r, err
	}
	if err := json.Unmarshal([]byte(sources), &r.Sources); err != nil {
		return r, err
	}
	if r.Exposures, err = d.exposures(ctx); err != nil {
		return r, err
	}
	return r, json.Unmarshal([]byte(detectors), &r.Detectors)
}

// page is how many stored objects are fetched at a time: a cursor that stays open
// for a whole scan would keep the write-ahead log from ever being folded in.
const page = 1000

// Stored implements scanner.Recorder.
func (d *DB) Stored(ctx context.Context, source string) iter.Seq2[scanner.Stored, error] {
	return func(yield func(scanner.Stored, error) bool) {
		var key []byte
		var version string
		first := true
		for {
			batch, err := d.storedPage(ctx, source, first, key, version)
			if err != nil {
				yield(scanner.Stored{}, err)
				return
			}
			for _, s := range batch {
				if !yield(s, nil) {
					return
				}
			}
			if len(batch) < page {
				return
			}
			last := batch[len(batch)-1]
			first, key, version = false, []byte(last.Key), last.Version
		}
	}
}

func (d *DB) storedPage(ctx context.Context, source string, first bool, key []byte, version string) ([]scanner.Stored, error) {
	const from = `SELECT o.key, o.version, o.etag, o.size, o.modified, o.audience, o.coverage, o.reasons, m.hash
		FROM object o JOIN made_by m ON m.id = o.made_by
		WHERE o.source = (SELECT id FROM source WHERE name = ?)`
	const order = ` ORDER BY o.key, o.version LIMIT ?`
	var rows *sql.Rows
	var err error
	if first {
		rows, err = d.db.QueryContext(ctx, from+order, source, page)
	} else {
		rows, err = d.db.QueryContext(ctx, from+` AND (o.key, o.version) > (?, ?)`+order, source, key, version, page)
	}
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []scanner.Stored
	for rows.Next() {
		var s scanner.Stored
		var k []byte
		var modified int64
		var reasons sql.NullString
		if err := rows.Scan(&k, &s.Version, &s.ETag, &s.Size, &modified, &s.Audience, &s.Coverage, &reasons, &s.Set); err != nil {
			return nil, err
		}
		if reasons.Valid {
			if err := json.Unmarshal([]byte(reasons.String), &s.Reasons); err != nil {
				return nil, err
			}
		}
		s.Key, s.Modified = string(k), time.Unix(0, modified).UTC()
		out = append(out, s)
	}
	return out, rows.Err()
}

func (d *DB) version() (int, error) {
	var v, app int
	if err := d.db.QueryRow(`PRAGMA user_version`).Scan(&v); err != nil {
		return 0, ErrNotRecord // not SQLite at all; its own error may quote the path
	}
	if err := d.db.QueryRow(`PRAGMA application_id`).Scan(&app); err != nil {
		return 0, err
	}
	switch {
	case app != appID && (v != 0 || app != 0):
		return 0, ErrNotRecord
	case v > version:
		return v, ErrNewer
	}
	return v, nil
}

func (d *DB) migrate() error {
	v, err := d.version()
	if err != nil || v == version {
		return err
	}
	var tables int
	if err := d.db.QueryRow(`SELECT count(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	steps := []string{schema}
	switch {
	case v > 0:
		steps = migrations()[v-1:]
	case tables > 0:
		return ErrNotRecord
	}
	tx, err := d.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, q := range append(steps, fmt.Sprintf(`PRAGMA application_id = %d`, appID), fmt.Sprintf(`PRAGMA user_version = %d`, version)) {
		if _, err := tx.Exec(q); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// connector opens SQLite without going through the registry of drivers by name.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.dsn) }
func (c connector) Driver() driver.Driver                        { return &sqlite.Driver{} }

func open(path, mode string) (*DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(10000)", // a replay may hold the log for a moment
		"journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(0)",
		"temp_store(MEMORY)", // nothing of the record in files elsewhere
		"cache_size(-4000)",  // KiB, per connection: keeps the parent flat
	}}
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}
	c := connector{dsn: u.String()}
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(4) // the reader of Stored, two replays that run side by side, and one to spare
	return &DB{path: path, connector: c, db: db}, nil
}
