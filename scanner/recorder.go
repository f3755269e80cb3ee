package scanner

import (
	"context"
	"iter"
	"time"

	"habeas/reports"
)

// Recorder is what Scan needs of a scan record; scanner/store is one. Stored is
// read by one goroutine while another calls Commit.
type Recorder interface {
	// Stored yields what the record holds of one source, in byte order of (Key,
	// Version). It may miss what is committed while it runs.
	Stored(ctx context.Context, source string) iter.Seq2[Stored, error]
	// Commit writes one batch in one transaction: all of it or nothing. An entry
	// replaces what the record held of the same (Source, Key, Version). Nothing of
	// the findings in it may be kept: their memory is used again.
	Commit(ctx context.Context, b Batch) error
}

// Stored is what tells whether an object must be read again.
type Stored struct {
	Key, Version, ETag string
	Size               int64
	Modified           time.Time
	Audience           string // as sources.Object has it
	Set                string // hash of everything that decides what is found: see Record.Set
	Coverage           reports.Coverage
	Reasons            []reports.Reason // why it is not Complete
}

// Batch is what one transaction writes.
type Batch struct {
	Records []Record
	Gone    []Ref // stored objects that the source no longer lists
}

// Record is an entry with the hash of detectors, formats, limits, owner rules
// and fingerprint key under which it was made.
type Record struct {
	Entry *reports.Entry // its Audience is empty where the Exposure of the source holds
	Set   string
}

// Ref names one stored object.
type Ref struct{ Source, Key, Version string }
