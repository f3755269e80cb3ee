package store

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"strings"

	"habeas/reports"
	"habeas/scanner"
)

// writer is what Commit needs: a connection and its statements, which are
// prepared once, since parsing them would be half of what a row costs.
type writer struct {
	direct
	find, dropObject, object, judgement, judgementID *statement
	source, sourceID, set, setID                     *statement

	prints *prints // nil while nothing looks findings up by fingerprint

	// What was seen last, with its number.
	sources, sets map[string]int64
	judgements    map[judgement]*numbered
	last          [32]*numbered // judgements, at the place that they say
	list          []byte        // findings of the object that is written
}

// newWriter opens a connection of its own.
func newWriter(ctx context.Context, c driver.Connector) (*writer, error) {
	conn, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	w := &writer{direct: direct{conn}}
	w.forget()
	prep := func(q string) (s *statement) {
		if err == nil {
			s, err = w.prepare(ctx, q)
		}
		return s
	}
	w.find = prep(`SELECT id, findings FROM object WHERE source = ? AND key = ? AND version = ?`)
	w.dropObject = prep(`DELETE FROM object WHERE id = ?`)
	w.object = prep(`INSERT OR IGNORE INTO object (source, key, version, etag, size, modified, type, format, coverage, reasons,
		tenant, owner, owner_rule, conflicts, made_by, pictures, unseen, audience, width, height, turn, findings)
		VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`)
	w.judgement = prep(`INSERT OR IGNORE INTO judgement (kind, role, party, confidence, why, detector, rule, dummy, invalid)
		VALUES (?,?,?,?,?,?,?,?,?)`)
	w.judgementID = prep(`SELECT id FROM judgement WHERE kind = ? AND role = ? AND party = ? AND confidence = ? AND why = ?
		AND detector = ? AND rule = ? AND dummy = ? AND invalid = ?`)
	w.source = prep(`INSERT OR IGNORE INTO source (name) VALUES (?)`)
	w.sourceID = prep(`SELECT id FROM source WHERE name = ?`)
	w.set = prep(`INSERT OR IGNORE INTO made_by (hash) VALUES (?)`)
	w.setID = prep(`SELECT id FROM made_by WHERE hash = ?`)
	if err == nil {
		err = w.findPrints(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return w, nil
}

// forget drops numbers that may not be in the file.
func (w *writer) forget() {
	w.sources, w.sets, w.judgements = map[string]int64{}, map[string]int64{}, map[judgement]*numbered{}
	clear(w.last[:])
}

// Commit implements scanner.Recorder.
func (d *DB) Commit(ctx context.Context, b scanner.Batch) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // a batch is short, and watching a context costs as much as a row
	w := d.writer
	err := w.within(ctx, func() error {
		for _, g := range b.Gone {
			if err := w.remove(ctx, g); err != nil {
				return err
			}
		}
		for _, r := range b.Records {
			if err := w.put(ctx, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.forget() // numbers learned in this transaction are not in the file
	}
	return err
}

func (w *writer) remove(ctx context.Context, g scanner.Ref) error {
	source, err := id(ctx, w.sources, w.source, w.sourceID, g.Source)
	if err != nil {
		return err
	}
	return w.drop(ctx, source, []byte(g.Key), g.Version)
}

func (w *writer) drop(ctx context.Context, source int64, key []byte, version string) error {
	var row [2]driver.Value
	found, err := w.find.row(ctx, row[:], source, key, version)
	if err != nil || !found {
		return err
	}
	object := integer(row[0])
	if err := w.prints.drop(ctx, object, text(row[1])); err != nil {
		return err
	}
	_, err = w.dropObject.exec(ctx, object)
	return err
}

func (w *writer) put(ctx context.Context, r scanner.Record) error {
	e := r.Entry
	source, err := id(ctx, w.sources, w.source, w.sourceID, e.Source)
	if err != nil {
		return err
	}
	set, err := id(ctx, w.sets, w.set, w.setID, r.Set)
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
	findings, err := w.findings(ctx, e)
	if err != nil {
		return err
	}
	var object int64
	for try := 0; object == 0; try++ {
		res, err := w.object.exec(ctx, source, key, e.Version, e.ETag, e.Size, e.Modified.UnixNano(), e.Type, e.Format,
			string(e.Coverage), reasons, e.Owner.Tenant, e.Owner.ID, e.Owner.Rule, conflicts, set, int64(e.Pictures), int64(e.Unseen),
			string(e.Audience), int64(e.Width), int64(e.Height), int64(e.Orientation), findings)
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
			err = w.drop(ctx, source, key, e.Version) // it was there: most are new, so this comes second
		}
		if err != nil {
			return err
		}
	}
	return w.prints.add(ctx, object, e.Findings)
}

// findings is the list of e's findings as the column holds it; nil for none.
func (w *writer) findings(ctx context.Context, e *reports.Entry) (driver.Value, error) {
	if len(e.Findings) == 0 {
		return nil, nil
	}
	w.list = w.list[:0]
	for i := range e.Findings {
		f := &e.Findings[i]
		j, err := w.judge(ctx, f)
		if err != nil {
			return nil, err
		}
		w.list = appendFinding(w.list, j, f)
	}
	s := string(w.list)
	if cap(w.list) > maxList {
		w.list = nil
	}
	return s, nil
}

// maxList is how large a buffer for findings is kept.
const maxList = 1 << 20

// judgement is all that a finding shares with others of its kind.
type judgement struct {
	kind, role, party   string
	confidence          float64
	why, detector, rule string
	dummy, invalid      bool
}

// numbered is a judgement and its number.
type numbered struct {
	judgement
	id int64
}

// maxJudgements is how many judgements are known without a look into the table.
// A scan makes some hundred, unless texts make many: what stands near a value can
// be part of the reason.
const maxJudgements = 4096

// judge gives the number of what is said of f, adding it if need be.
func (w *writer) judge(ctx context.Context, f *reports.Finding) (int64, error) {
	j := judgement{f.Kind, f.Role, string(f.Party), f.Confidence, f.Why, f.Detector, f.Rule, f.Dummy, f.Invalid}
	last := &w.last[(len(j.why)+3*len(j.kind)+7*len(j.rule)+11*len(j.role))%len(w.last)]
	if *last != nil && (*last).judgement == j {
		return (*last).id, nil
	}
	if known := w.judgements[j]; known != nil {
		*last = known
		return known.id, nil
	}
	args := []driver.Value{j.kind, j.role, j.party, j.confidence, j.why, j.detector, j.rule, j.dummy, j.invalid}
	if _, err := w.judgement.exec(ctx, args...); err != nil {
		return 0, err
	}
	var row [1]driver.Value
	if _, err := w.judgementID.row(ctx, row[:], args...); err != nil {
		return 0, err
	}
	if len(w.judgements) >= maxJudgements {
		clear(w.judgements)
	}
	// The strings of a finding are pieces of much that came of its object.
	j.kind, j.role, j.party, j.why = strings.Clone(j.kind), strings.Clone(j.role), strings.Clone(j.party), strings.Clone(j.why)
	j.detector, j.rule = strings.Clone(j.detector), strings.Clone(j.rule)
	known := &numbered{j, integer(row[0])}
	w.judgements[j], *last = known, known
	return known.id, nil
}

// id gives the number of a name in one of the two small tables, adding it if need be.
func id(ctx context.Context, known map[string]int64, add, find *statement, name string) (int64, error) {
	if id, ok := known[name]; ok {
		return id, nil
	}
	if _, err := add.exec(ctx, name); err != nil {
		return 0, err
	}
	var row [1]driver.Value
	if _, err := find.row(ctx, row[:], name); err != nil {
		return 0, err
	}
	known[name] = integer(row[0])
	return integer(row[0]), nil
}

// list is v as JSON; nil for an empty one.
func list[T any](v []T) (driver.Value, error) {
	if len(v) == 0 {
		return nil, nil
	}
	b, err := json.Marshal(v)
	return string(b), err
}
