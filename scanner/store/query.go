package store

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"habeas/reports"
)

// Selection names objects of a record. Exactly one field says which.
type Selection struct {
	Owner        *reports.Owner // all objects of this owner: tenant and id, exact bytes
	Fingerprints []string       // objects with a finding whose fingerprint or variant is one of these
	Finding      string         // the object with the finding of this id
}

// maxSelected bounds the objects of a selection: their keys are held in memory.
const maxSelected = 2_000_000

// ErrTooMany says that a selection is larger than what one request can be about.
var ErrTooMany = errors.New("more than 2,000,000 objects match: narrow the request")

// Select calls fn for each object that s names, in order of source, key and
// version, with all its findings.
func (d *DB) Select(ctx context.Context, s Selection, fn func(*reports.Entry) error) error {
	indexed, err := false, error(nil)
	if len(s.Fingerprints) > 0 {
		if indexed, err = d.printed(ctx); err != nil {
			return err
		}
	}
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	chosen, err := d.choose(ctx, tx, s, indexed)
	if err != nil {
		return err
	}
	beside, err := newSidecars(ctx, tx)
	if err != nil {
		return err
	}
	defer beside.close()
	said, err := newJudgements(ctx, tx)
	if err != nil {
		return err
	}
	defer said.close()
	for _, c := range chosen {
		e, err := oneEntry(ctx, tx, c.id, said)
		if err != nil {
			return err
		}
		if e.SidecarOf, err = beside.of(ctx, e.Source, e.Key); err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return nil
}

// chosen is one object of a selection.
type chosen struct {
	id, source   int64
	key, version string
	owner        reports.Owner // where everything was looked through
}

func (d *DB) choose(ctx context.Context, tx *sql.Tx, s Selection, indexed bool) ([]chosen, error) {
	const of = `SELECT o.id, o.source, o.key, o.version FROM object o `
	var all []chosen
	seen := map[int64]bool{}
	take := func(c chosen) error {
		if seen[c.id] {
			return nil
		}
		if seen[c.id] = true; len(all) == maxSelected {
			return ErrTooMany
		}
		all = append(all, c)
		return nil
	}
	add := func(query string, args ...any) error {
		rows, err := tx.QueryContext(ctx, of+query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var c chosen
			var key []byte
			if err := rows.Scan(&c.id, &c.source, &key, &c.version); err != nil {
				return err
			}
			c.key = string(key)
			if err := take(c); err != nil {
				return err
			}
		}
		return rows.Err()
	}
	prints := slices.DeleteFunc(slices.Clone(s.Fingerprints), func(p string) bool { return p == "" })
	var err error
	switch {
	case s.Owner != nil:
		err = add(`WHERE (o.owner = '') = 0 AND o.tenant = ? AND o.owner = ?`, s.Owner.Tenant, s.Owner.ID)
	case s.Finding != "":
		err = lookThrough(ctx, tx, []string{s.Finding}, func(f *reports.Finding) bool { return f.ID == s.Finding }, take)
	case indexed:
		for _, p := range prints {
			if err == nil {
				err = add(`WHERE o.id IN (SELECT object FROM printed WHERE print = ?)`, print(p))
			}
		}
	case len(prints) > 0:
		err = lookThrough(ctx, tx, prints, func(f *reports.Finding) bool {
			return slices.Contains(prints, f.Fingerprint) || slices.Contains(prints, f.Variant)
		}, take)
	}
	// Source ids are in order of name: see Begin.
	slices.SortFunc(all, func(a, b chosen) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.key, b.key), cmp.Compare(a.version, b.version))
	})
	return all, err
}

// containsAny reports whether one of words stands in b.
func containsAny(b []byte, words []string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.Contains(b, []byte(w)) })
}

func oneEntry(ctx context.Context, tx *sql.Tx, id int64, said *judgements) (*reports.Entry, error) {
	objects, err := tx.QueryContext(ctx, selectObject, id)
	if err != nil {
		return nil, err
	}
	defer objects.Close()
	if !objects.Next() {
		return nil, cmp.Or(objects.Err(), fmt.Errorf("record: an object is gone: run `habeas scan` again"))
	}
	return scanObject(objects, false, said, nil)
}

// Owners counts the owners, and the objects of none, in whose objects a value
// occurs under this very fingerprint.
func (d *DB) Owners(ctx context.Context, fingerprint string) (n int, err error) {
	if fingerprint == "" {
		return 0, nil
	}
	indexed, err := d.printed(ctx)
	if err != nil {
		return 0, err
	}
	if indexed {
		err = d.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT DISTINCT o.tenant, o.owner FROM printed p JOIN object o ON o.id = p.object
			WHERE p.print = ? AND p.loose = 0)`, print(fingerprint)).Scan(&n)
		return n, err
	}
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer tx.Rollback()
	owners := map[reports.Owner]bool{}
	err = lookThrough(ctx, tx, []string{fingerprint}, func(f *reports.Finding) bool { return f.Fingerprint == fingerprint }, func(c chosen) error {
		owners[c.owner] = true
		return nil
	})
	return len(owners), err
}

// TenantsOf lists the tenants that have an owner of this id, in order.
func (d *DB) TenantsOf(ctx context.Context, owner string) ([]string, error) {
	rows, err := d.db.QueryContext(ctx, `SELECT DISTINCT tenant FROM object WHERE owner = ? AND owner <> '' ORDER BY tenant`, owner)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// Summary counts over the whole record, as Replay does.
func (d *DB) Summary(ctx context.Context) (*reports.Summary, error) {
	var last summary
	err := d.Replay(ctx, &last)
	return last.sum, err
}

// summary keeps the end of a replay alone.
type summary struct{ sum *reports.Summary }

func (s *summary) Begin(*reports.Run) error     { return nil }
func (s *summary) Entry(*reports.Entry) error   { return nil }
func (s *summary) End(r *reports.Summary) error { s.sum = r; return nil }
