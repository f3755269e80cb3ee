package store

import (
	"context"

	"habeas/scanner"
)

// forgetBatch is how many objects one transaction forgets.
const forgetBatch = 1000

// Forget removes objects with all that was found in them from the record, and
// writes the file anew, so that no freed page still holds them.
func (d *DB) Forget(ctx context.Context, gone []scanner.Ref) error {
	for len(gone) > 0 {
		n := min(len(gone), forgetBatch)
		if err := d.Commit(ctx, scanner.Batch{Gone: gone[:n]}); err != nil {
			return err
		}
		gone = gone[n:]
	}
	for _, q := range []string{`VACUUM`, `PRAGMA wal_checkpoint(TRUNCATE)`} {
		if _, err := d.db.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}
