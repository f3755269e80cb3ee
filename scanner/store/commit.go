package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"habeas/reports"
	"habeas/scanner"
)

// statements are prepared once: parsing them would be half of what a row costs.
type statements struct {
	find, dropFindings, dropObject, object, judgement, judgementID, found, placed *sql.Stmt
}

func (d *DB) prepare() error {
	var err error
	prep := func(q string) *sql.Stmt {
		if err != nil {
			return nil
		}
		var s *sql.Stmt
		s, err = d.db.Prepare(q)
		return s
	}
	d.stmts = statements{
		find:         prep(`SELECT id FROM object WHERE source = ? AND key = ? AND version = ?`),
		dropFindings: prep(`DELETE FROM found WHERE object = ?`),
		dropObject:   prep(`DELETE FROM object WHERE id = ?`),
		object: prep(`INSERT OR IGNORE INTO object (source, key, version, etag, size, modified, type, format, coverage, reasons,
			tenant, owner, owner_rule, conflicts, made_by, pictures, unseen, audience, width, height, turn) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`),
		judgement: prep(`INSERT OR IGNORE INTO judgement (kind, role, party, confidence, why, detector, rule, dummy, invalid)
			VALUES (?,?,?,?,?,?,?,?,?)`),
		judgementID: prep(`SELECT id FROM judgement WHERE kind = ? AND role = ? AND party = ? AND confidence = ? AND why = ?
			AND detector = ? AND rule = ? AND dummy = ? AND invalid = ?`),
		found: prep(`INSERT INTO found (object, seq, judgement, id, mask, fingerprint, variant, part, tag) VALUES (?,?,?,?,?,?,?,?,?)`),
		placed: prep(`INSERT INTO found (object, seq, judgement, id, mask, fingerprint, variant, part, tag, start_byte, end_byte, month,
			cell_lat, cell_lon, box_x, box_y, box_w, box_h, quad) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`),
	}
	return err
}

// all are the statements, for what is done to each.
func (s *statements) all() []**sql.Stmt {
	return []**sql.Stmt{&s.find, &s.dropFindings, &s.dropObject, &s.object, &s.judgement, &s.judgementID, &s.found, &s.placed}
}

func (s statements) close() error {
	var errs []error
	for _, st := range s.all() {
		if *st != nil {
			errs = append(errs, (*st).Close())
		}
	}
	return errors.Join(errs...)
}

// Commit implements scanner.Recorder.
func (d *DB) Commit(ctx context.Context, b scanner.Batch) error {
	err := d.commit(ctx, b)
	if err != nil {
		// Ids learned in this transaction are not in the file.
		clear(d.sources)
		clear(d.sets)
		clear(d.judgements)
	}
	return err
}

func (d *DB) commit(ctx context.Context, b scanner.Batch) error {
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	w := writer{ctx: ctx, tx: tx, d: d, statements: d.stmts}
	for _, st := range w.all() {
		*st = tx.StmtContext(ctx, *st)
	}
	for _, g := range b.Gone {
		if err := w.remove(g.Source, g.Key, g.Version); err != nil {
			return err
		}
	}
	for _, r := range b.Records {
		if err := w.put(r); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// writer is one transaction.
type writer struct {
	ctx context.Context
	tx  *sql.Tx
	d   *DB
	statements
}

func (w *writer) remove(source, key, version string) error {
	id, err := w.id(w.d.sources, "source", "name", source)
	if err != nil {
		return err
	}
	return w.drop(id, []byte(key), version)
}

func (w *writer) drop(source int64, key []byte, version string) error {
	var object int64
	switch err := w.find.QueryRowContext(w.ctx, source, key, version).Scan(&object); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	if _, err := w.dropFindings.ExecContext(w.ctx, object); err != nil {
		return err
	}
	_, err := w.dropObject.ExecContext(w.ctx, object)
	return err
}

func (w *writer) put(r scanner.Record) error {
	e := r.Entry
	source, err := w.id(w.d.sources, "source", "name", e.Source)
	if err != nil {
		return err
	}
	set, err := w.id(w.d.sets, "made_by", "hash", r.Set)
	if err != nil {
		return err
	}
	key := []byte(e.Key)
	if key == nil {
		key = []byte{}
	}
	reasons, err := list(e.Reasons)
	if err != nil {
		return err
	}
	conflicts, err := list(e.Conflicts)
	if err != nil {
		return err
	}
	var object int64
	for try := 0; object == 0; try++ {
		res, err := w.object.ExecContext(w.ctx, source, key, e.Version, e.ETag, e.Size, e.Modified.UnixNano(), e.Type, e.Format,
			string(e.Coverage), reasons, e.Owner.Tenant, e.Owner.ID, e.Owner.Rule, conflicts, set, e.Pictures, e.Unseen,
			string(e.Audience), e.Width, e.Height, e.Orientation)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		switch {
		case err != nil:
			return err
		case n > 0:
			object, err = res.LastInsertId()
		case try > 0:
			err = errors.New("record: an object can be neither replaced nor added")
		default:
			err = w.drop(source, key, e.Version) // it was there: most are new, so this comes second
		}
		if err != nil {
			return err
		}
	}
	for i := range e.Findings {
		if err := w.putFinding(object, i, &e.Findings[i]); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) putFinding(object int64, seq int, f *reports.Finding) error {
	j, err := w.judge(f)
	if err != nil {
		return err
	}
	if f.Start == nil && f.End == nil && f.Cell == nil && f.Box == nil && f.Month == "" {
		_, err := w.found.ExecContext(w.ctx, object, seq, j, f.ID, f.Mask, f.Fingerprint, f.Variant, f.Part, f.Tag)
		return err
	}
	var cellLat, cellLon, x, y, width, height sql.NullFloat64
	if f.Cell != nil {
		cellLat, cellLon = number(f.Cell.Lat), number(f.Cell.Lon)
	}
	if f.Box != nil {
		x, y, width, height = number(f.Box.X), number(f.Box.Y), number(f.Box.W), number(f.Box.H)
	}
	var quad sql.NullString
	if f.Quad != nil {
		if quad, err = list(f.Quad[:]); err != nil {
			return err
		}
	}
	_, err = w.placed.ExecContext(w.ctx, object, seq, j, f.ID, f.Mask, f.Fingerprint, f.Variant, f.Part, f.Tag,
		offset(f.Start), offset(f.End), f.Month, cellLat, cellLon, x, y, width, height, quad)
	return err
}

// judgement is a row of the table of that name.
type judgement struct {
	kind, role, party   string
	confidence          float64
	why, detector, rule string
	dummy, invalid      bool
}

// maxJudgements is how many judgements are known without a look into the table.
// A scan makes some hundred, unless texts make many: what stands near a value can
// be part of the reason.
const maxJudgements = 4096

// judge gives the number of what is said of f, adding it if need be.
func (w *writer) judge(f *reports.Finding) (int64, error) {
	j := judgement{f.Kind, f.Role, string(f.Party), f.Confidence, f.Why, f.Detector, f.Rule, f.Dummy, f.Invalid}
	if id, ok := w.d.judgements[j]; ok {
		return id, nil
	}
	args := []any{j.kind, j.role, j.party, j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid}
	if _, err := w.judgement.ExecContext(w.ctx, args...); err != nil {
		return 0, err
	}
	var id int64
	if err := w.judgementID.QueryRowContext(w.ctx, args...).Scan(&id); err != nil {
		return 0, err
	}
	if len(w.d.judgements) >= maxJudgements {
		clear(w.d.judgements)
	}
	w.d.judgements[j] = id
	return id, nil
}

// id gives the number of a name in one of the two small tables, adding it if need be.
func (w *writer) id(known map[string]int64, table, column, name string) (int64, error) {
	if id, ok := known[name]; ok {
		return id, nil
	}
	if _, err := w.tx.ExecContext(w.ctx, `INSERT OR IGNORE INTO `+table+` (`+column+`) VALUES (?)`, name); err != nil {
		return 0, err
	}
	var id int64
	if err := w.tx.QueryRowContext(w.ctx, `SELECT id FROM `+table+` WHERE `+column+` = ?`, name).Scan(&id); err != nil {
		return 0, err
	}
	known[name] = id
	return id, nil
}

func list[T any](v []T) (sql.NullString, error) {
	if len(v) == 0 {
		return sql.NullString{}, nil
	}
	b, err := json.Marshal(v)
	return sql.NullString{String: string(b), Valid: true}, err
}

func number(f float64) sql.NullFloat64 { return sql.NullFloat64{Float64: f, Valid: true} }

func offset(p *int64) sql.NullInt64 {
	if p == nil {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: *p, Valid: true}
}
