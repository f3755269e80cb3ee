package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"habeas/reports"
)

// Orders of a replay. Both are an index of their own, so that nothing is sorted
// in memory, and both are unique, so that the same record always gives the same
// bytes. Source ids are in order of name: see Begin.
const (
	byKey   = `o.source, o.key, o.version`
	byOwner = `o.owner = '', o.tenant, o.owner, o.source, o.key, o.version`
)

const (
	objectColumns = `SELECT o.id, s.name, o.key, o.version, o.etag, o.size, o.modified, o.type, o.format,
		o.coverage, o.reasons, o.tenant, o.owner, o.owner_rule, o.conflicts, o.pictures, o.unseen,
		CASE WHEN o.audience <> '' THEN o.audience WHEN s.audience <> '' THEN s.audience ELSE 'unknown' END, o.width, o.height, o.turn
		FROM object o CROSS JOIN source s ON s.id = o.source `
	selectObjects  = objectColumns + `ORDER BY `
	selectObject   = objectColumns + `WHERE o.id = ?`
	findingColumns = `SELECT f.object, f.judgement, f.id, f.mask, f.fingerprint, f.variant, f.part, f.tag, f.start_byte, f.end_byte, f.month,
		f.cell_lat, f.cell_lon, f.box_x, f.box_y, f.box_w, f.box_h, f.quad
		FROM object o CROSS JOIN found f ON f.object = o.id `
	selectFindings   = findingColumns + `ORDER BY `
	selectBriefly    = `SELECT f.object, f.judgement FROM object o CROSS JOIN found f ON f.object = o.id ORDER BY `
	selectFindingsOf = findingColumns + `WHERE o.id = ? ORDER BY f.seq`
	selectJudgement  = `SELECT kind, role, party, confidence, why, detector, rule, dummy, invalid FROM judgement WHERE id = ?`
)

// Replay sends the whole record to h, in the order that reports.Handler
// promises. Memory does not grow with the record. A record without a run fails.
func (d *DB) Replay(ctx context.Context, h reports.Handler) error {
	run, err := d.Run(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNone
	}
	if err != nil {
		return err
	}
	if err := h.Begin(&run); err != nil {
		return err
	}
	order := byKey
	if _, ok := h.(reports.Grouped); ok {
		order = byOwner
	}
	sum := reports.NewSummary()
	_, brief := h.(reports.Brief)
	if err := d.entries(ctx, order, brief, func(e *reports.Entry) error {
		sum.Add(e)
		return h.Entry(e)
	}); err != nil {
		return err
	}
	if sum.Owners, err = d.owners(ctx); err != nil {
		return err
	}
	return h.End(sum)
}

func (d *DB) owners(ctx context.Context) (n int64, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT DISTINCT tenant, owner FROM object WHERE owner <> '')`).Scan(&n)
	return n, err
}

// entries walks two cursors of the same order side by side: objects, and the
// findings of all objects.
func (d *DB) entries(ctx context.Context, order string, brief bool, fn func(*reports.Entry) error) error {
	tx, err := d.db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer tx.Rollback()
	objects, err := tx.QueryContext(ctx, selectObjects+order)
	if err != nil {
		return err
	}
	defer objects.Close()
	query := selectFindings
	if brief {
		query = selectBriefly
	}
	rows, err := tx.QueryContext(ctx, query+order+`, f.seq`)
	if err != nil {
		return err
	}
	defer rows.Close()
	judgements, err := tx.PrepareContext(ctx, selectJudgement)
	if err != nil {
		return err
	}
	defer judgements.Close()
	beside, err := newSidecars(ctx, tx)
	if err != nil {
		return err
	}
	defer beside.close()
	found := findings{rows: rows, brief: brief, judgements: judgements, known: map[int64]judgement{}}
	if err := found.next(); err != nil {
		return err
	}
	for objects.Next() {
		id, e, err := scanObject(objects)
		if err != nil {
			return err
		}
		for found.object == id {
			e.Findings = append(e.Findings, found.f)
			if err := found.next(); err != nil {
				return err
			}
		}
		if e.SidecarOf, err = beside.of(ctx, e.Source, e.Key); err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	if err := objects.Err(); err != nil {
		return err
	}
	if found.object != 0 {
		return fmt.Errorf("record: findings out of order: run `habeas scan` again")
	}
	return nil
}

func scanObject(rows *sql.Rows) (int64, *reports.Entry, error) {
	var id, modified int64
	var key []byte
	var coverage string
	var reasons, conflicts sql.NullString
	e := &reports.Entry{}
	err := rows.Scan(&id, &e.Source, &key, &e.Version, &e.ETag, &e.Size, &modified, &e.Type, &e.Format,
		&coverage, &reasons, &e.Owner.Tenant, &e.Owner.ID, &e.Owner.Rule, &conflicts, &e.Pictures, &e.Unseen,
		&e.Audience, &e.Width, &e.Height, &e.Orientation)
	if err != nil {
		return 0, nil, err
	}
	e.Key, e.Modified, e.Coverage = string(key), time.Unix(0, modified).UTC(), reports.Coverage(coverage)
	if reasons.Valid {
		if err := json.Unmarshal([]byte(reasons.String), &e.Reasons); err != nil {
			return 0, nil, err
		}
	}
	if conflicts.Valid {
		if err := json.Unmarshal([]byte(conflicts.String), &e.Conflicts); err != nil {
			return 0, nil, err
		}
	}
	return id, e, nil
}

// findings is a cursor with one row of look-ahead.
type findings struct {
	rows       *sql.Rows
	brief      bool // rows have object and judgement only
	judgements *sql.Stmt
	known      map[int64]judgement // at most maxJudgements
	object     int64               // 0 at the end
	f          reports.Finding
}

func (c *findings) next() error {
	c.object, c.f = 0, reports.Finding{}
	if !c.rows.Next() {
		return c.rows.Err()
	}
	var said int64
	var start, end sql.NullInt64
	var cellLat, cellLon, x, y, w, h sql.NullFloat64
	var quad sql.NullString
	f := &c.f
	if c.brief {
		if err := c.rows.Scan(&c.object, &said); err != nil {
			return err
		}
		return c.judge(said)
	}
	err := c.rows.Scan(&c.object, &said, &f.ID, &f.Mask, &f.Fingerprint, &f.Variant, &f.Part, &f.Tag, &start, &end, &f.Month,
		&cellLat, &cellLon, &x, &y, &w, &h, &quad)
	if err != nil {
		return err
	}
	if quad.Valid {
		if err := json.Unmarshal([]byte(quad.String), &f.Quad); err != nil {
			return err
		}
	}
	if start.Valid && end.Valid {
		f.Start, f.End = &start.Int64, &end.Int64
	}
	if cellLat.Valid && cellLon.Valid {
		f.Cell = &reports.Cell{Lat: cellLat.Float64, Lon: cellLon.Float64}
	}
	if x.Valid && y.Valid && w.Valid && h.Valid {
		f.Box = &reports.Box{X: x.Float64, Y: y.Float64, W: w.Float64, H: h.Float64}
	}
	return c.judge(said)
}

// judge fills in what the judgement of this number says.
func (c *findings) judge(id int64) error {
	j, err := c.judgement(id)
	f := &c.f
	f.Kind, f.Role, f.Party, f.Confidence = j.kind, j.role, reports.Party(j.party), j.confidence
	f.Why, f.Detector, f.Rule, f.Dummy, f.Invalid = j.why, j.detector, j.rule, j.dummy, j.invalid
	return err
}

// judgement reads a judgement, or remembers it.
func (c *findings) judgement(id int64) (j judgement, err error) {
	if j, ok := c.known[id]; ok {
		return j, nil
	}
	err = c.judgements.QueryRow(id).Scan(&j.kind, &j.role, &j.party, &j.confidence, &j.why, &j.detector, &j.rule, &j.dummy, &j.invalid)
	if len(c.known) >= maxJudgements {
		clear(c.known)
	}
	c.known[id] = j
	return j, err
}
