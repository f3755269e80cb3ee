package sqlite

import (
	"bufio"
	"encoding/binary"
	"io"
	"slices"
	"strings"

	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// NewWAL gives the format of write-ahead logs, which lie beside a database in use
// ("-wal") and hold its newest pages.
func NewWAL() media.Format { return wal{} }

// NewJournal gives the format of rollback journals ("-journal"), which hold pages as
// they were before a change that was not finished.
func NewJournal() media.Format { return journal{} }

type (
	wal     struct{}
	journal struct{}
)

var (
	_ media.Format    = wal{}
	_ media.Describer = wal{}
	_ media.Format    = journal{}
	_ media.Describer = journal{}
)

// Name implements media.Format.
func (wal) Name() string { return "sqlite-wal" }

// Name implements media.Format.
func (journal) Name() string { return "sqlite-journal" }

// Describe implements media.Describer.
func (wal) Describe() media.Description {
	return media.Description{
		Title: "SQLite, write-ahead log",
		Types: "application/x-sqlite3-wal",
		Reads: "rows of tables in its pages, each once, those of before the last checkpoint too; by column where the log holds the schema",
		Not:   "what flows over into pages that are not in the log; tables without row numbers",
	}
}

// Describe implements media.Describer.
func (journal) Describe() media.Description {
	return media.Description{
		Title: "SQLite, rollback journal",
		Types: "application/x-sqlite3-journal",
		Reads: "rows of tables in its pages, each once; by column where the journal holds the schema",
		Not:   "journals whose head was wiped; what flows over into other pages; tables without row numbers",
	}
}

const (
	walMagic     = 0x377f0682 // and the next one: which end of numbers the checksums take first
	walHead      = 32
	frameHead    = 24
	journalMagic = "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
	journalHead  = 28
)

// Match implements media.Format (section 4.1).
func (wal) Match(head []byte) bool {
	return len(head) >= 8 && binary.BigEndian.Uint32(head)&^1 == walMagic && binary.BigEndian.Uint32(head[4:]) == 3007000
}

// Match implements media.Format (section 3).
func (journal) Match(head []byte) bool { return strings.HasPrefix(string(head), journalMagic) }

// pageLog is a walk through pages that stand one after the other, without the tree
// that they belong to.
type pageLog struct {
	*database
	tree   *tree
	tables []tableInfo
	rows   map[int]*cells.Rows
	err    error
}

func newPageLog(size, pageSize int64, v media.Visitor) *pageLog {
	d := &database{pages: pages{size: size, pageSize: pageSize, usable: int(pageSize)}, v: v, wide: media.UTF8, rests: rests{live: map[uint64]bool{}}}
	return &pageLog{database: d, tree: d.newTree(""), rows: map[int]*cells.Rows{}}
}

// validPage tells a size that pages can have.
func validPage(n int64) bool { return n >= 512 && n <= 65536 && n&(n-1) == 0 }

// Walk implements media.Format.
func (wal) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	head, err := media.ReadUpTo(r, 0, walHead, size)
	if err != nil {
		return err
	}
	if len(head) < walHead {
		return media.Stop("", media.Truncated)
	}
	pageSize := int64(binary.BigEndian.Uint32(head[8:]))
	if !validPage(pageSize) {
		return media.Stop("", media.Corrupt)
	}
	l := newPageLog(size, pageSize, v)
	src := media.NewStored(r, walHead, size-walHead)
	in := bufio.NewReaderSize(src, blockSize)
	frame := make([]byte, frameHead+pageSize)
	for l.err == nil {
		n, err := io.ReadFull(in, frame)
		if src.Err() != nil {
			return src.Err()
		}
		if err != nil {
			if n > 0 {
				v.Problem("", media.Truncated)
			}
			break
		}
		l.onePage(binary.BigEndian.Uint32(frame), frame[frameHead:])
	}
	return l.finish()
}

// Walk implements media.Format.
func (journal) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	var l *pageLog
	for at := int64(0); at < size; {
		head, err := media.ReadUpTo(r, at, journalHead, size)
		if err != nil {
			return err
		}
		if len(head) < journalHead || string(head[:8]) != journalMagic {
			break
		}
		count, sector, pageSize := binary.BigEndian.Uint32(head[8:]), int64(binary.BigEndian.Uint32(head[20:])), int64(binary.BigEndian.Uint32(head[24:]))
		if !validPage(pageSize) || sector < 32 || sector > 65536 || sector&(sector-1) != 0 {
			if l == nil {
				return media.Stop("", media.Corrupt)
			}
			v.Problem("", media.Corrupt)
			break
		}
		if l == nil {
			l = newPageLog(size, pageSize, v)
		}
		if at, err = l.segment(r, at+sector, count, pageSize); err != nil {
			return err
		}
		at = (at + sector - 1) / sector * sector
	}
	if l == nil {
		return media.Stop("", media.Truncated)
	}
	return l.finish()
}

// segment reads the pages behind one head of a journal and tells where they end.
// The number of pages is 0 where the head was not written to the end, and all ones
// for as many as there are.
func (l *pageLog) segment(r io.ReaderAt, at int64, count uint32, pageSize int64) (end int64, err error) {
	if at >= l.size {
		return l.size, nil
	}
	src := media.NewStored(r, at, l.size-at)
	in := bufio.NewReaderSize(src, blockSize)
	entry := make([]byte, 4+pageSize+4)
	for n := uint32(0); (count == 0 || count == 1<<32-1 || n < count) && l.err == nil; n++ {
		got, err := io.ReadFull(in, entry)
		if src.Err() != nil {
			return 0, src.Err()
		}
		if err != nil {
			if got > 0 || count != 0 && count != 1<<32-1 {
				l.v.Problem("", media.Truncated)
			}
			return l.size, nil
		}
		l.onePage(binary.BigEndian.Uint32(entry), entry[4:4+pageSize])
		at += int64(len(entry))
	}
	return at, nil
}

// onePage reads the rows of a page, if it is a leaf of a table.
func (l *pageLog) onePage(n uint32, page []byte) {
	start := 0
	if n == 1 && strings.HasPrefix(string(page), magic) {
		start = 100
		if usable := int(l.pageSize) - int(page[20]); usable >= 480 {
			l.usable = usable
		}
		switch binary.BigEndian.Uint32(page[56:]) {
		case 2:
			l.wide = media.UTF16LE
		case 3:
			l.wide = media.UTF16BE
		}
	}
	count := int(binary.BigEndian.Uint16(page[start+3:]))
	if page[start] != leafTable || start+8+2*count > l.usable {
		return
	}
	room := int64(l.usable)
	for i := range count {
		if l.err == nil {
			l.err = l.row(page, int(binary.BigEndian.Uint16(page[start+8+2*i:])), start == 100, &room)
		}
	}
	l.leaf(page, start, shape{table: unknown})
}

// row hands out one row, unless it was before.
func (l *pageLog) row(page []byte, at int, schema bool, room *int64) error {
	if at < 8 || at+4 > l.usable {
		return nil
	}
	size, n := varint(page[at:l.usable])
	at += n
	_, k := varint(page[at:l.usable])
	at += k
	if n == 0 || k == 0 || size < 2 || size > media.MaxBlock {
		return nil
	}
	local := l.local(size)
	if *room -= max(local, 1); *room < 0 || int64(at)+local > int64(l.usable) {
		return nil
	}
	rec := &l.tree.rec
	if !rec.read(page[at:int64(at)+local], l.wide) || rec.n == 0 {
		return nil
	}
	if local < size {
		l.tree.problem(media.Truncated)
	}
	if schema {
		l.define(rec)
		return nil
	}
	h := hash(rec.body[min(rec.starts[0], len(rec.body)):])
	if l.rests.live[h] {
		return nil
	}
	l.rests.remember(rec)
	table := onlyOne(l.tables, rec.n)
	path, columns := "rows", []string(nil)
	if table != unknown {
		path, columns = pathName(l.tables[table].name), l.tables[table].columns
	}
	rows := l.rows[table]
	if rows == nil {
		rows = cells.NewRows(l.v, path)
		l.rows[table] = rows
	}
	return l.values(rows, columns, path, rec)
}

// local is how much of a record stands in its page.
func (l *pageLog) local(size int64) int64 { return l.tree.local(size, true) }

// define notes what the schema says of a table.
func (l *pageLog) define(rec *record) {
	if rec.n < 5 || string(rec.text(0)) != "table" || len(l.tables) >= maxTables {
		return
	}
	name := string(rec.text(1))
	if slices.ContainsFunc(l.tables, func(t tableInfo) bool { return t.name == name }) {
		return
	}
	l.tables = append(l.tables, parseTable(name, string(rec.text(4)), 0))
}

// finish hands out what is left.
func (l *pageLog) finish() error {
	if l.err != nil {
		return l.err
	}
	var order []int
	for table := range l.rows {
		order = append(order, table)
	}
	slices.Sort(order)
	for _, table := range order {
		if err := l.rows[table].Flush(); err != nil {
			return err
		}
	}
	return l.tellRests(l.tables)
}
