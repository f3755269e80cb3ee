package sqlite

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"slices"

	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// What a database holds of rows that were deleted, or moved to another page. SQLite
// overwrites them only where it needs the room (section 1.6: free blocks and the gap
// of a page; section 1.5: free pages).
const (
	maxRests    = 20_000  // rows that are kept until the tables are read
	maxRestSize = 8 << 20 // bytes of them
	maxLive     = 1 << 18 // rows that rests are compared with
	unknown     = -1      // no table is known
)

// rest is a row that no table leads to.
type rest struct {
	table int // of the tables; unknown
	types []int64
	body  []byte // the values
}

// rests collects them.
type rests struct {
	found []rest
	size  int
	over  bool
	room  int             // types that may still be read in a stretch of a page
	live  map[uint64]bool // hashes of the values of rows that tables lead to
}

// remember notes a row that a table leads to.
func (s *rests) remember(rec *record) {
	if rec.n > 0 && len(s.live) < maxLive {
		s.live[hash(rec.body[min(rec.starts[0], len(rec.body)):])] = true
	}
}

func hash(b []byte) uint64 {
	h := fnv.New64a()
	_, _ = h.Write(b) // a hash takes everything
	return h.Sum64()
}

func (s *rests) add(r rest) {
	if s.size += len(r.body) + 8*len(r.types); len(s.found) >= maxRests || s.size > maxRestSize {
		s.over = true
		return
	}
	r.types, r.body = slices.Clone(r.types), slices.Clone(r.body)
	s.found = append(s.found, r)
}

// shape is what is known of the rows in a page.
type shape struct {
	table   int
	columns int  // 0 if that is not known
	alias   bool // the first column is the number of the row, and stored as NULL
}

// leaf looks for rests in a page of a table: in the gap before its cells, and in the
// blocks that were freed between them.
func (d *database) leaf(page []byte, start int, s shape) {
	count := int(binary.BigEndian.Uint16(page[start+3:]))
	content := int(binary.BigEndian.Uint16(page[start+5:]))
	if content == 0 {
		content = 65536
	}
	if from, to := start+8+2*count, min(content, d.usable); from < to {
		d.carve(page[from:to], s)
	}
	// Blocks stand in order, so that none is met twice.
	for at := int(binary.BigEndian.Uint16(page[start+1:])); at >= start+8 && at+4 <= d.usable; {
		next, size := int(binary.BigEndian.Uint16(page[at:])), int(binary.BigEndian.Uint16(page[at+2:]))
		if size < 4 || at+size > d.usable {
			return
		}
		d.block(page[at:at+size], s)
		if next <= at+size-1 {
			return
		}
		at = next
	}
}

// typesPerByte bounds the serial types that are read for each byte of a page: whole
// rows take one at most, and a page made for it would take thousands.
const typesPerByte = 16

// mayRead reports whether more types may be read in a stretch, and notes it if not.
func (s *rests) mayRead() bool {
	if s.room <= 0 {
		s.over = true
	}
	return s.room > 0
}

// carve takes whole cells out of b, wherever they begin.
func (d *database) carve(b []byte, s shape) {
	d.rests.room = typesPerByte * len(b)
	for len(b) > 4 && d.rests.mayRead() {
		if r, n, ok := d.whole(b, s); ok {
			d.rests.add(r)
			b = b[n:]
			continue
		}
		b = b[1:]
	}
}

// block takes cells out of a free block, of the first of which four bytes were
// overwritten, and perhaps of those that follow it.
func (d *database) block(b []byte, s shape) {
	fresh := true // a cell may begin here
	d.rests.room = typesPerByte * len(b)
	for len(b) > 4 && d.rests.mayRead() {
		if r, n, ok := d.whole(b, s); ok {
			d.rests.add(r)
			b, fresh = b[n:], true
			continue
		}
		if fresh {
			if r, n, ok := d.broken(b, s); ok {
				d.rests.add(r)
				b = b[n:]
				continue
			}
		}
		b, fresh = b[1:], false
	}
}

// whole reads the cell that b begins with, if it is one of a table: size of the
// record, number of the row, record.
func (d *database) whole(b []byte, s shape) (r rest, n int, ok bool) {
	size, k := varint(b)
	if k == 0 || size < 3 || size > int64(len(b)-k) {
		return r, 0, false
	}
	n = k
	if _, k = varint(b[n:]); k == 0 || int64(n+k)+size > int64(len(b)) {
		return r, 0, false
	}
	n += k
	load := b[n : n+int(size)]
	head, k := varint(load)
	if k == 0 || head <= int64(k) || head > size {
		return r, 0, false
	}
	types, width := typesOf(load[k:head], size-head)
	d.rests.room -= len(types)
	if len(types) == 0 || width != size-head || s.columns > 0 && len(types) > s.columns || s.columns == 0 && len(types) < 2 {
		return r, 0, false
	}
	r = rest{table: s.table, types: types, body: load[head:]}
	return r, n + int(size), d.tells(r)
}

// typesOf reads serial types to the end of b, and what their values take in all, at
// most limit bytes. There are none where b is none; what was read of them is given.
func typesOf(b []byte, limit int64) (types []int64, size int64) {
	for len(b) > 0 {
		t, k := varint(b)
		if k == 0 || t < 0 || t == 10 || t == 11 || len(types) == maxColumns || width(t) > limit-size {
			return types, -1
		}
		types = append(types, t)
		size += width(t)
		b = b[k:]
	}
	return types, size
}

// broken reads a cell of which the first four bytes are lost, in a page of a table
// with known columns. What was in them: the size of the record in one or two bytes,
// the number of the row, the size of the head, and where all of these are short the
// first type. A reading that fills the block is taken before one that leaves room
// for other cells.
func (d *database) broken(b []byte, s shape) (r rest, n int, ok bool) {
	if s.columns < 2 || len(b) < 4+s.columns {
		return r, 0, false
	}
	for _, fills := range [...]bool{true, false} {
		for _, before := range [...]int{4, 5, 6, 3, 2} { // bytes of the two numbers, the surest first
			if r, n, ok := d.guess(b, s, before); ok && (n == len(b) || !fills && (before > 2 || s.alias)) {
				return r, n, true
			}
		}
	}
	return r, 0, false
}

// guess reads a cell with a number of bytes before its record. Of how long a first
// value of lost type was the length of the block tells, if it holds one cell, or the
// table, if its first column is the number of the row.
func (d *database) guess(b []byte, s shape, before int) (r rest, n int, ok bool) {
	at, lost := 4, 0
	switch {
	case before == 2:
		lost = 1
	case before >= 4: // the size of the head is still there
		at = before + 1
	}
	if at > len(b) {
		return r, 0, false
	}
	types, used, width := someTypes(b[at:], s.columns-lost)
	head := 1 + used + lost
	if types == nil || before >= 4 && int(b[before]) != head || int64(before+head)+width > int64(len(b)) {
		return r, 0, false
	}
	first := int64(0)
	if lost > 0 {
		if !s.alias {
			first = int64(len(b)-before-head) - width
		}
		t, ok := d.typeOf(b[before+head:], first)
		if !ok {
			return r, 0, false
		}
		types = append([]int64{t}, types...)
	}
	end := int64(before+head) + first + width
	r = rest{table: s.table, types: types, body: b[before+head : end]}
	return r, int(end), d.tells(r)
}

// typeOf is the type of a value of n bytes that b begins with: a text, if it reads
// as one, else a number.
func (d *database) typeOf(b []byte, n int64) (t int64, ok bool) {
	switch {
	case n == 0:
		return 0, true
	case n > 1 && d.isText(b[:n]) || n > 8:
		return 13 + 2*n, true
	case n == 6:
		return 5, true
	case n == 8:
		return 6, true
	case n > 4:
		return 0, false
	}
	return n, true
}

// someTypes reads n serial types.
func someTypes(b []byte, n int) (types []int64, used int, size int64) {
	for range n {
		t, k := varint(b[used:])
		if k == 0 || t < 0 || t == 10 || t == 11 || size > int64(len(b)) {
			return nil, 0, 0
		}
		types = append(types, t)
		size += width(t)
		used += k
	}
	return types, used, size
}

// shortestText is how long one text of a rest must be, in bytes.
const shortestText = 3

// tells reports whether a rest says anything, and nothing that no row says: a text,
// and no text with bytes that texts have not.
func (d *database) tells(r rest) bool {
	long := false
	at := int64(0)
	for _, t := range r.types {
		n := width(t)
		if at+n > int64(len(r.body)) {
			return false
		}
		if b := r.body[at : at+n]; t >= 13 && t%2 == 1 && n > 0 {
			if !d.isText(b) {
				return false
			}
			long = long || len(b) >= shortestText
		}
		at += n
	}
	return long
}

// freePages reads the pages that are in use by no table: a list of pages that list
// others (section 1.5).
func (d *database) freePages(head []byte, tables []tableInfo) error {
	trunk, left := binary.BigEndian.Uint32(head[32:]), binary.BigEndian.Uint32(head[36:])
	t := d.newTree("deleted")
	seen := map[uint32]bool{}
	for ; trunk != 0 && left > 0; left-- {
		if seen[trunk] {
			d.v.Problem("deleted", media.Corrupt)
			return nil
		}
		seen[trunk] = true
		shared, err := d.page(trunk)
		if err != nil || shared == nil {
			return err
		}
		page := slices.Clone(shared)
		n := min(int(binary.BigEndian.Uint32(page[4:])), (d.usable-8)/4)
		for i := range n {
			leaf := binary.BigEndian.Uint32(page[8+4*i:])
			if left--; left == 0 || seen[leaf] {
				break
			}
			seen[leaf] = true
			if err := d.freePage(t, leaf, tables); err != nil {
				return err
			}
		}
		d.carve(page[8+4*n:d.usable], shape{table: unknown})
		trunk = binary.BigEndian.Uint32(page)
	}
	return nil
}

// freePage reads one page as what it was.
func (d *database) freePage(t *tree, n uint32, tables []tableInfo) error {
	shared, err := d.page(n)
	if err != nil || shared == nil {
		return err
	}
	page := slices.Clone(shared)
	if count := int(binary.BigEndian.Uint16(page[3:])); (page[0] == leafTable || page[0] == leafIndex) && 8+2*count <= d.usable {
		err := d.oldCells(t, page, count)
		if page[0] == leafTable {
			d.leaf(page, 0, shape{table: unknown})
		}
		return err
	}
	// What flowed over from a long value.
	if b := page[4:d.usable]; d.wide == media.UTF8 && isText(b) {
		text := media.NewRunning(d.v, fmt.Sprintf("deleted/page[%d]", n))
		text.WriteString(string(b))
		return text.End()
	}
	return nil
}

// oldCells takes the cells of a page that was one of a table, or of an index.
func (d *database) oldCells(t *tree, page []byte, count int) error {
	room := int64(t.usable)
	for i := range count {
		at := int(binary.BigEndian.Uint16(page[8+2*i:]))
		if at < 8+2*count || at+4 > t.usable {
			continue
		}
		size, n := varint(page[at:t.usable])
		at += n
		if page[0] == leafTable {
			_, k := varint(page[at:t.usable])
			at += k
			n = min(n, k)
		}
		if n == 0 || size < 2 || size > t.size {
			continue
		}
		local := t.local(size, page[0] == leafTable)
		if room -= local; room < 0 || int64(at)+local > int64(t.usable) {
			return nil
		}
		// What flowed over may be somebody else's by now.
		if !t.rec.read(page[at:int64(at)+local], t.wide) || t.rec.n == 0 {
			continue
		}
		body := t.rec.body[min(t.rec.starts[0], len(t.rec.body)):]
		r := rest{table: unknown, types: t.rec.types, body: body}
		if size > local || d.tells(r) {
			d.rests.add(r)
		}
	}
	return nil
}

// tellRests hands out the rests that are no copies of rows in tables.
func (d *database) tellRests(tables []tableInfo) error {
	if d.rests.over {
		d.v.Problem("deleted", media.LimitCount)
	}
	byTable := map[int][]rest{}
	total := 0
	for _, r := range d.rests.found {
		h := hash(r.body)
		if d.rests.live[h] {
			continue
		}
		if len(d.rests.live) < maxLive+maxRests {
			d.rests.live[h] = true // each once
		}
		if r.table == unknown {
			r.table = onlyOne(tables, len(r.types))
		}
		byTable[r.table] = append(byTable[r.table], r)
		total++
	}
	if total == 0 {
		return nil
	}
	why := fmt.Sprintf("%d rows that were deleted or moved still stand in free room of the database", total)
	if total == 1 {
		why = "a row that was deleted or moved still stands in free room of the database"
	}
	if err := media.HiddenCopy(d.v, "deleted", media.HiddenRows, why); err != nil {
		return err
	}
	for table := unknown; table < len(tables); table++ {
		path, columns := "deleted", []string(nil)
		if table != unknown {
			path, columns = "deleted/"+pathName(tables[table].name), tables[table].columns
		}
		if err := d.tellTable(path, columns, byTable[table]); err != nil {
			return err
		}
	}
	return nil
}

// onlyOne is the one table that has n columns; unknown if there is none or another.
func onlyOne(tables []tableInfo, n int) int {
	found := unknown
	for i, t := range tables {
		if len(t.columns) == n {
			if found != unknown {
				return unknown
			}
			found = i
		}
	}
	return found
}

// isText tells a text in the encoding of the database from other bytes.
func (d *database) isText(b []byte) bool {
	if d.wide != media.UTF8 {
		b, _ = media.AppendWide(nil, b, d.wide, true)
	}
	return isText(b)
}

func (d *database) tellTable(path string, columns []string, list []rest) error {
	rows := cells.NewRows(d.v, path)
	for _, r := range list {
		rec := record{types: r.types, n: len(r.types), body: r.body, wide: d.wide}
		at := 0
		for _, t := range r.types {
			rec.starts = append(rec.starts, min(at, len(r.body)))
			at = int(min(int64(at)+width(t), int64(len(r.body))))
		}
		if err := d.values(rows, columns, path, &rec); err != nil {
			return err
		}
	}
	return rows.Flush()
}

// values adds a row: its values under the names of their columns.
func (d *database) values(rows *cells.Rows, columns []string, path string, rec *record) error {
	for k := range min(rec.n, maxColumns) {
		column := ""
		if k < len(columns) {
			column = columns[k]
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
}
