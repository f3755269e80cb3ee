package sqlite

import (
	"encoding/binary"
	"errors"
	"io"

	"habeas/scanner/media"
)

// errStop ends a tree early, without error.
var errStop = errors.New("enough")

// How pages are read: blocks, so that a scan of a table whose pages stand side by
// side costs few reads.
const (
	blockSize = 128 << 10
	maxBlocks = 16 // kept
	maxTree   = 40 // levels; SQLite stays under 20
)

// pages reads pages through a few blocks that are kept, the latest used longest.
type pages struct {
	r        io.ReaderAt
	size     int64
	pageSize int64
	usable   int // bytes of a page, without what is reserved at its end
	blocks   []block
	clock    int
}

type block struct {
	at   int64
	data []byte
	used int
}

// page is the page of that number, from 1; valid until blocks change. It is nil
// where the file ends before.
func (p *pages) page(n uint32) ([]byte, error) {
	off := int64(n-1) * p.pageSize
	if n == 0 || off+p.pageSize > p.size {
		return nil, nil
	}
	at := off / blockSize * blockSize
	p.clock++
	oldest := 0
	for i := range p.blocks {
		b := &p.blocks[i]
		if b.at == at {
			b.used = p.clock
			return p.of(b, off), nil
		}
		if b.used < p.blocks[oldest].used {
			oldest = i
		}
	}
	data, err := media.ReadUpTo(p.r, at, blockSize, p.size)
	if err != nil {
		return nil, err
	}
	if len(p.blocks) < maxBlocks {
		p.blocks = append(p.blocks, block{})
		oldest = len(p.blocks) - 1
	}
	p.blocks[oldest] = block{at: at, data: data, used: p.clock}
	return p.of(&p.blocks[oldest], off), nil
}

func (p *pages) of(b *block, off int64) []byte {
	i := off - b.at
	if i+p.pageSize > int64(len(b.data)) {
		return nil
	}
	return b.data[i : i+p.pageSize]
}

// tree walks one B-tree (section 1.6). Damage is told once a tree, and the walk
// goes on with the next page.
type tree struct {
	*database
	path string
	seen map[uint32]bool // pages of the tree, so that none is read twice
	told map[media.Reason]bool
	rec  record
	load []byte                       // a payload that was put together
	leaf func(page []byte, start int) // told of each leaf of a table; nil for none
}

func (d *database) newTree(path string) *tree {
	return &tree{database: d, path: path, seen: map[uint32]bool{}, told: map[media.Reason]bool{}}
}

func (t *tree) problem(r media.Reason) {
	if !t.told[r] {
		t.told[r] = true
		t.v.Problem(t.path, r)
	}
}

// walk calls row for each record under page root, in order.
func (t *tree) walk(root uint32, row func(rowid int64, rec *record) error) error {
	err := t.down(root, 0, row)
	if errors.Is(err, errStop) {
		return nil
	}
	return err
}

// Types of pages.
const (
	interiorIndex = 0x02
	interiorTable = 0x05
	leafIndex     = 0x0a
	leafTable     = 0x0d
)

func (t *tree) down(n uint32, depth int, row func(int64, *record) error) error {
	if depth > maxTree || t.seen[n] {
		t.problem(media.Corrupt)
		return nil
	}
	t.seen[n] = true
	shared, err := t.page(n)
	if err != nil {
		return err
	}
	if shared == nil {
		t.problem(media.Truncated)
		return nil
	}
	page := append([]byte(nil), shared...) // other pages are read in between
	start := 0
	if n == 1 {
		start = 100
	}
	kind, cellCount := page[start], int(binary.BigEndian.Uint16(page[start+3:]))
	array := start + 8
	if kind == interiorIndex || kind == interiorTable {
		array += 4
	}
	if kind != interiorIndex && kind != interiorTable && kind != leafIndex && kind != leafTable || array+2*cellCount > len(page) {
		t.problem(media.Corrupt)
		return nil
	}
	if kind == leafTable && t.leaf != nil {
		t.leaf(page, start)
	}
	// Cells do not overlap: what they hold in the page fits into it.
	room := int64(t.usable)
	for i := range cellCount {
		at := int(binary.BigEndian.Uint16(page[array+2*i:]))
		if at < array || at+4 > t.usable {
			t.problem(media.Corrupt)
			continue
		}
		if err := t.cell(page, kind, at, depth, &room, row); err != nil {
			return err
		}
		if room < 0 {
			t.problem(media.Corrupt)
			return nil
		}
	}
	if kind == interiorIndex || kind == interiorTable {
		return t.down(binary.BigEndian.Uint32(page[start+8:]), depth+1, row)
	}
	return nil
}

// cell reads one cell of a page: a child, a record, or both. It takes what it
// holds off room.
func (t *tree) cell(page []byte, kind byte, at, depth int, room *int64, row func(int64, *record) error) error {
	if kind == interiorTable || kind == interiorIndex {
		if err := t.down(binary.BigEndian.Uint32(page[at:]), depth+1, row); err != nil {
			return err
		}
		if kind == interiorTable {
			return nil
		}
		at += 4
	}
	size, n := varint(page[at:t.usable])
	at += n
	rowid := int64(0)
	if kind == leafTable {
		var k int
		rowid, k = varint(page[at:t.usable])
		if k == 0 {
			n = 0
		}
		at += k
	}
	if n == 0 || size < 0 || size > t.size {
		t.problem(media.Corrupt)
		return nil
	}
	local := t.local(size, kind == leafTable)
	if *room -= max(local, 1); *room < 0 {
		return nil
	}
	load, err := t.payload(page, at, size, local)
	if err != nil {
		return err
	}
	if !t.rec.read(load, t.wide) {
		t.problem(media.Corrupt)
		return nil
	}
	return row(rowid, &t.rec)
}

// local is how many of the size bytes of a record stand in its page; the rest
// flows over.
func (t *tree) local(size int64, table bool) int64 {
	u := int64(t.usable)
	most := u - 35
	if !table {
		most = (u-12)*64/255 - 23
	}
	if size <= most {
		return size
	}
	least := (u-12)*32/255 - 23
	if local := least + (size-least)%(u-4); local <= most {
		return local
	}
	return least
}

// payload is the size bytes of a record: the local ones, and those of the pages
// that they flow over into.
func (t *tree) payload(page []byte, at int, size, local int64) ([]byte, error) {
	u := int64(t.usable)
	end := int64(at) + local
	if end > u || size > local && end+4 > u {
		t.problem(media.Corrupt)
		return nil, nil
	}
	if size == local {
		return page[at:end], nil
	}
	if size > media.MaxBlock {
		t.problem(media.LimitBytes)
		size = media.MaxBlock
	}
	t.load = append(t.load[:0], page[at:end]...)
	next := binary.BigEndian.Uint32(page[end:])
	for int64(len(t.load)) < size {
		if next == 0 || t.seen[next] {
			t.problem(media.Corrupt)
			break
		}
		t.seen[next] = true
		p, err := t.page(next)
		if err != nil {
			return nil, err
		}
		if p == nil {
			t.problem(media.Truncated)
			break
		}
		next = binary.BigEndian.Uint32(p)
		t.load = append(t.load, p[4:4+min(int64(t.usable-4), size-int64(len(t.load)))]...)
	}
	return t.load, nil
}

// varint reads SQLite's variable-length integer (section 1.6); n is 0 where b
// ends within it.
func varint(b []byte) (v int64, n int) {
	var u uint64
	for i := range min(len(b), 9) {
		if i == 8 {
			return int64(u<<8 | uint64(b[i])), 9
		}
		u = u<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return int64(u), i + 1
		}
	}
	return 0, 0
}
