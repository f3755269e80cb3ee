package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
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
	objectColumns = `SELECT s.name, o.key, o.version, o.etag, o.size, o.modified, o.type, o.format,
		o.coverage, o.reasons, o.tenant, o.owner, o.owner_rule, o.conflicts, o.pictures, o.unseen,
		CASE WHEN o.audience <> '' THEN o.audience WHEN s.audience <> '' THEN s.audience ELSE 'unknown' END, o.width, o.height, o.turn, o.findings
		FROM object o CROSS JOIN source s ON s.id = o.source `
	selectObjects   = objectColumns + `ORDER BY `
	selectObject    = objectColumns + `WHERE o.id = ?`
	selectJudgement = `SELECT kind, role, party, confidence, why, detector, rule, dummy, invalid FROM judgement WHERE id = ?`
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

// entries calls fn for each object in order.
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
	said, err := newJudgements(ctx, tx)
	if err != nil {
		return err
	}
	defer said.close()
	beside, err := newSidecars(ctx, tx)
	if err != nil {
		return err
	}
	defer beside.close()
	var room []reports.Finding
	for objects.Next() {
		e, err := scanObject(objects, brief, said, room)
		if err != nil {
			return err
		}
		if brief && cap(e.Findings) > cap(room) {
			room = e.Findings
		}
		if e.SidecarOf, err = beside.of(ctx, e.Source, e.Key); err != nil {
			return err
		}
		if err := fn(e); err != nil {
			return err
		}
	}
	return objects.Err()
}

// scanObject reads a row of objectColumns. Of the findings of a brief entry only
// the judgements are there, in the memory of room where that is enough.
func scanObject(rows *sql.Rows, brief bool, said *judgements, room []reports.Finding) (*reports.Entry, error) {
	var modified int64
	var key []byte
	var coverage string
	var reasons, conflicts, findings sql.NullString
	e := &reports.Entry{}
	err := rows.Scan(&e.Source, &key, &e.Version, &e.ETag, &e.Size, &modified, &e.Type, &e.Format,
		&coverage, &reasons, &e.Owner.Tenant, &e.Owner.ID, &e.Owner.Rule, &conflicts, &e.Pictures, &e.Unseen,
		&e.Audience, &e.Width, &e.Height, &e.Orientation, &findings)
	if err != nil {
		return nil, err
	}
	e.Key, e.Modified, e.Coverage = string(key), time.Unix(0, modified).UTC(), reports.Coverage(coverage)
	if reasons.Valid {
		if err := json.Unmarshal([]byte(reasons.String), &e.Reasons); err != nil {
			return nil, err
		}
	}
	if conflicts.Valid {
		if err := json.Unmarshal([]byte(conflicts.String), &e.Conflicts); err != nil {
			return nil, err
		}
	}
	e.Findings, err = unpack(findings.String, brief, said.judge, room)
	return e, err
}

// judgements reads what is said of findings, and remembers it.
type judgements struct {
	read  *sql.Stmt
	known map[int64]judgement // at most maxJudgements
}

func newJudgements(ctx context.Context, tx *sql.Tx) (*judgements, error) {
	read, err := tx.PrepareContext(ctx, selectJudgement)
	return &judgements{read: read, known: map[int64]judgement{}}, err
}

func (j *judgements) close() error { return j.read.Close() }

// judge fills in what the judgement of this number says.
func (j *judgements) judge(id int64, f *reports.Finding) error {
	said, ok := j.known[id]
	if !ok {
		err := j.read.QueryRow(id).Scan(&said.kind, &said.role, &said.party, &said.confidence, &said.why, &said.detector, &said.rule, &said.dummy, &said.invalid)
		if err != nil {
			return err
		}
		if len(j.known) >= maxJudgements {
			clear(j.known)
		}
		j.known[id] = said
	}
	f.Kind, f.Role, f.Party, f.Confidence = said.kind, said.role, reports.Party(said.party), said.confidence
	f.Why, f.Detector, f.Rule, f.Dummy, f.Invalid = said.why, said.detector, said.rule, said.dummy, said.invalid
	return nil
}
