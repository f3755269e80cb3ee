package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"encoding/hex"
	"errors"

	"habeas/reports"
)

// The table printed says in which objects a value is, by its fingerprint or its
// variant. Nobody but a request about a person needs it, and keeping it during a
// first scan cost as much as a third of the record: it is made when it is first
// asked for, and kept up from then on.
//
//	print   16 bytes
//	loose   0 for a fingerprint, 1 for a variant
//	object  a row for each finding that has it
//
// It stands once its index does: the two are made in one transaction.
const (
	makePrinted  = `CREATE TABLE printed (print BLOB NOT NULL, loose INTEGER NOT NULL, object INTEGER NOT NULL)`
	indexPrinted = `CREATE INDEX printed_by_print ON printed (print, loose, object)`
	addPrinted   = `INSERT INTO printed (print, loose, object) VALUES (?, ?, ?)`
	dropPrinted  = `DELETE FROM printed WHERE print = ? AND object = ?`
	isPrinted    = `SELECT count(*) FROM sqlite_schema WHERE name = 'printed_by_print'`
)

// manyFindings is how many bytes of findings are sorted in memory; of more, the
// fingerprints go through a file that has no name, in the system's folder for
// such.
const manyFindings = 256 << 20

// print is a fingerprint as printed has it.
func print(s string) driver.Value {
	if b, err := hex.DecodeString(s); err == nil && len(b) == 16 {
		return b
	}
	return []byte(s)
}

// prints keeps printed up. A nil one has nothing to do.
type prints struct{ put, remove *statement }

// findPrints looks whether there is a table to keep up.
func (w *writer) findPrints(ctx context.Context) error {
	is, err := w.prepare(ctx, isPrinted)
	if err != nil {
		return err
	}
	defer is.stmt.Close()
	var row [1]driver.Value
	if _, err := is.row(ctx, row[:]); err != nil || integer(row[0]) == 0 {
		return err
	}
	w.prints = &prints{}
	if w.prints.put, err = w.prepare(ctx, addPrinted); err != nil {
		return err
	}
	w.prints.remove, err = w.prepare(ctx, dropPrinted)
	return err
}

// add enters the findings of a new object.
func (p *prints) add(ctx context.Context, object int64, findings []reports.Finding) error {
	if p == nil {
		return nil
	}
	for i := range findings {
		f := &findings[i]
		for loose, s := range [...]string{f.Fingerprint, f.Variant} {
			if s == "" {
				continue
			}
			if _, err := p.put.exec(ctx, print(s), int64(loose), object); err != nil {
				return err
			}
		}
	}
	return nil
}

// drop takes an object out, whose findings are list.
func (p *prints) drop(ctx context.Context, object int64, list string) error {
	if p == nil {
		return nil
	}
	findings, err := unpack(list, false, unjudged, nil)
	if err != nil {
		return err
	}
	for i := range findings {
		f := &findings[i]
		for _, s := range [...]string{f.Fingerprint, f.Variant} {
			if s == "" {
				continue
			}
			if _, err := p.remove.exec(ctx, print(s), object); err != nil {
				return err
			}
		}
	}
	return nil
}

// unjudged leaves a finding without what its judgement says.
func unjudged(int64, *reports.Finding) error { return nil }

// printed reports whether the table stands, and makes it if it does not. Where it
// can't be made, as in a record that is being scanned into or may only be read,
// everything is looked through instead.
func (d *DB) printed(ctx context.Context) (bool, error) {
	var n int
	if err := d.db.QueryRowContext(ctx, isPrinted).Scan(&n); err != nil || n > 0 {
		return n > 0, err
	}
	if d.lock == nil {
		l, err := acquire(d.path + ".lock")
		if err != nil {
			return false, nil
		}
		defer l.release()
	}
	conn, err := d.connector.Connect(ctx)
	if err != nil {
		return false, nil
	}
	c := direct{conn}
	err = c.makePrinted(ctx)
	if err = errors.Join(err, conn.Close()); ctx.Err() != nil {
		return false, ctx.Err()
	}
	if err == nil && d.writer != nil {
		return true, d.writer.findPrints(ctx)
	}
	return err == nil, nil
}

// makePrinted makes the table and its index.
func (c direct) makePrinted(ctx context.Context) error {
	size, err := c.prepare(ctx, `SELECT coalesce(sum(length(findings)), 0) FROM object`)
	if err != nil {
		return err
	}
	var row [2]driver.Value
	if _, err := size.row(ctx, row[:1]); err != nil {
		return err
	}
	if integer(row[0]) > manyFindings {
		if err := c.exec(ctx, `PRAGMA temp_store = FILE`); err != nil {
			return err
		}
	}
	return c.within(ctx, func() error {
		if err := c.exec(ctx, makePrinted); err != nil {
			return err
		}
		put, err := c.prepare(ctx, addPrinted)
		if err != nil {
			return err
		}
		objects, err := c.prepare(ctx, `SELECT id, findings FROM object WHERE findings IS NOT NULL`)
		if err != nil {
			return err
		}
		p := &prints{put: put}
		err = objects.each(ctx, row[:], func() (bool, error) {
			findings, err := unpack(text(row[1]), false, unjudged, nil)
			if err == nil {
				err = p.add(ctx, integer(row[0]), findings)
			}
			return true, err
		})
		if err != nil {
			return err
		}
		return c.exec(ctx, indexPrinted)
	})
}

// lookThrough calls fn for each object with a finding for which is says true. Only
// lists in which one of the words stands are read closely.
func lookThrough(ctx context.Context, tx *sql.Tx, words []string, is func(*reports.Finding) bool, fn func(chosen) error) error {
	rows, err := tx.QueryContext(ctx, `SELECT id, source, key, version, tenant, owner, findings FROM object WHERE findings IS NOT NULL`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c chosen
		var key, list []byte
		if err := rows.Scan(&c.id, &c.source, &key, &c.version, &c.owner.Tenant, &c.owner.ID, &list); err != nil {
			return err
		}
		if !containsAny(list, words) {
			continue
		}
		c.key = string(key)
		findings, err := unpack(string(list), false, unjudged, nil)
		if err != nil {
			return err
		}
		for i := range findings {
			if is(&findings[i]) {
				if err := fn(c); err != nil {
					return err
				}
				break
			}
		}
	}
	return rows.Err()
}
