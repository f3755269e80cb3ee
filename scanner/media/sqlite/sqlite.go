// Package sqlite reads the tables of SQLite 3 databases
// (https://www.sqlite.org/fileformat2.html) by walking their B-trees itself: a
// worker may open no file, and a hostile database must not run an engine. Rows
// come as text with a cell for each value, under the names that the schema has
// for the columns; pictures and documents stored as blobs are walked like files.
//
// Nothing is executed: views, triggers and virtual tables have no pages of their
// own, and indexes repeat what the tables hold.
package sqlite

import (
	"encoding/binary"
	"io"
	"strings"
	"unicode"

	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

const magic = "SQLite format 3\x00"

// Name implements media.Format.
func (format) Name() string { return "sqlite" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "SQLite",
		Types: "application/vnd.sqlite3",
		Reads: "every row of every table, by column; pictures, documents and texts in blobs; rows that were deleted and still stand in free room",
		Not:   "other blobs; deleted rows that were overwritten in part",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return strings.HasPrefix(string(head[:min(len(head), len(magic))]), magic)
}

// The limits of one database.
const (
	maxTables  = 10_000
	maxColumns = 2_000  // SQLite's own
	maxBlobs   = 10_000 // that are walked
)

// Walk implements media.Format. Each table is a part of its name.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	d := &database{pages: pages{r: r, size: size}, v: v, rests: rests{live: map[uint64]bool{}}}
	head, err := media.ReadUpTo(r, 0, 100, size)
	if err != nil {
		return err
	}
	if len(head) < 100 {
		return media.Stop("", media.Truncated)
	}
	if !d.header(head) {
		return media.Stop("", media.Corrupt)
	}
	tables, err := d.schema()
	if err != nil {
		return err
	}
	for i, t := range tables {
		if err := d.table(i, t); err != nil {
			return err
		}
	}
	if err := d.freePages(head, tables); err != nil {
		return err
	}
	return d.tellRests(tables)
}

// database is one walk.
type database struct {
	pages
	v     media.Visitor
	wide  media.Charset // of text: UTF8 or one of UTF-16
	blobs int           // that were walked
	rests rests         // rows that no table leads to
}

// header reads the file header (section 1.3).
func (d *database) header(b []byte) bool {
	d.pageSize = int64(binary.BigEndian.Uint16(b[16:]))
	if d.pageSize == 1 {
		d.pageSize = 65536
	}
	d.usable = int(d.pageSize) - int(b[20])
	switch binary.BigEndian.Uint32(b[56:]) {
	case 2:
		d.wide = media.UTF16LE
	case 3:
		d.wide = media.UTF16BE
	default: // 1, and 0 of a database without tables
		d.wide = media.UTF8
	}
	return d.pageSize >= 512 && d.pageSize&(d.pageSize-1) == 0 && d.usable >= 480
}

// schema reads the tables from sqlite_schema (section 2.6).
func (d *database) schema() (tables []tableInfo, err error) {
	t := d.newTree("sqlite_schema")
	err = t.walk(1, func(_ int64, rec *record) error {
		if rec.n < 5 || string(rec.text(0)) != "table" {
			return nil
		}
		name := string(rec.text(1))
		root, ok := rec.integer(3)
		if !ok || root <= 0 || root > 1<<32-2 || strings.HasPrefix(name, "sqlite_") {
			return nil // a virtual table, or one of SQLite's own
		}
		if len(tables) == maxTables {
			d.v.Problem("", media.LimitCount)
			return errStop
		}
		tables = append(tables, parseTable(name, string(rec.text(4)), uint32(root)))
		return nil
	})
	return tables, err
}

// table hands out the rows of one table.
func (d *database) table(i int, info tableInfo) error {
	path := pathName(info.name)
	rows := cells.NewRows(d.v, path)
	t := d.newTree(path)
	s := shape{table: i, columns: len(info.columns), alias: info.rowid == 0}
	t.leaf = func(page []byte, start int) { d.leaf(page, start, s) }
	err := t.walk(info.root, func(rowid int64, rec *record) error {
		d.rests.remember(rec)
		for k := range min(rec.n, maxColumns) {
			column := ""
			if k < len(info.columns) {
				column = info.columns[k]
			}
			if k == info.rowid && rec.types[k] == 0 {
				rows.Value(column, appendInt(rec.buf[:0], rowid))
				continue
			}
			if rec.isBlob(k) {
				if err := d.blob(rows, column, path, rec.bytes(k)); err != nil {
					return err
				}
				continue
			}
			rows.Value(column, rec.value(k))
		}
		return rows.End()
	})
	if flushed := rows.Flush(); err == nil {
		err = flushed
	}
	return err
}

// pathName is the name of a table as a step of a path.
func pathName(name string) string {
	name = strings.Map(func(r rune) rune {
		if r == '/' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "_"))
	if r := []rune(name); len(r) > 64 {
		name = string(r[:64])
	}
	return name
}
