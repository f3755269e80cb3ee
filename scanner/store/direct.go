package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
)

// direct is the writer's own connection. What database/sql does around a call
// would be a third of what a row costs.
type direct struct{ conn driver.Conn }

// errDriver says that the driver lacks what all its versions had.
var errDriver = errors.New("record: the database driver is another one")

// exec runs statements without parameters.
func (c direct) exec(ctx context.Context, query string) error {
	e, ok := c.conn.(driver.ExecerContext)
	if !ok {
		return errDriver
	}
	_, err := e.ExecContext(ctx, query, nil)
	return err
}

// within runs fn in one transaction.
func (c direct) within(ctx context.Context, fn func() error) error {
	if err := c.exec(ctx, `BEGIN IMMEDIATE`); err != nil {
		return err
	}
	err := fn()
	if err == nil {
		err = c.exec(ctx, `COMMIT`)
	}
	if err != nil {
		// One that has undone itself says so, which tells nothing.
		_ = c.exec(context.WithoutCancel(ctx), `ROLLBACK`)
	}
	return err
}

// statement is a prepared statement of a direct connection, for one goroutine.
type statement struct {
	stmt driver.Stmt
	args []driver.NamedValue // kept for the next call
}

func (c direct) prepare(ctx context.Context, query string) (*statement, error) {
	p, ok := c.conn.(driver.ConnPrepareContext)
	if !ok {
		return nil, errDriver
	}
	s, err := p.PrepareContext(ctx, query)
	return &statement{stmt: s}, err
}

// bind makes arguments of values, which are of the types of driver.Value.
func (s *statement) bind(values []driver.Value) []driver.NamedValue {
	s.args = s.args[:0]
	for i, v := range values {
		s.args = append(s.args, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.args
}

func (s *statement) exec(ctx context.Context, values ...driver.Value) (driver.Result, error) {
	e, ok := s.stmt.(driver.StmtExecContext)
	if !ok {
		return nil, errDriver
	}
	return e.ExecContext(ctx, s.bind(values))
}

// row reads the first row into dest, one place for each column; false if there is
// none.
func (s *statement) row(ctx context.Context, dest []driver.Value, values ...driver.Value) (bool, error) {
	found := false
	err := s.each(ctx, dest, func() (bool, error) {
		found = true
		return false, nil
	}, values...)
	return found, err
}

// each reads one row after the other into dest and calls fn, while that gives
// true.
func (s *statement) each(ctx context.Context, dest []driver.Value, fn func() (bool, error), values ...driver.Value) (err error) {
	q, ok := s.stmt.(driver.StmtQueryContext)
	if !ok {
		return errDriver
	}
	rows, err := q.QueryContext(ctx, s.bind(values))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		switch err := rows.Next(dest); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if on, err := fn(); err != nil || !on {
			return err
		}
	}
}

// integer is the integer in a column; 0 if it is something else.
func integer(v driver.Value) int64 {
	n, _ := v.(int64)
	return n
}

// text is the text in a column; "" if it is something else.
func text(v driver.Value) string {
	s, _ := v.(string)
	return s
}
