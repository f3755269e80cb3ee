package parquet

import (
	"encoding/binary"

	"habeas/scanner/media"
)

// Encodings.
const (
	encPlain           = 0
	encPlainDictionary = 2
	encRLE             = 3
	encDelta           = 5
	encDeltaLength     = 6
	encDeltaBytes      = 7
	encDictionary      = 8
)

// Types of pages.
const (
	dataPage       = 0
	dictionaryPage = 2
	dataPage2      = 3
)

// chunk is one column of one row group, read a page at a time.
type chunk struct {
	*file
	column *column
	codec  int64
	off    int64 // of the next page
	end    int64 // where the chunk ends at the latest
	claims int64 // entries that the chunk says are still to come

	buf    []byte // what was read of it
	bufOff int64

	held int64 // bytes of it in memory, as file counts them

	pageHeld int64 // of them those of the page

	dict       dictionary
	defs, reps runs   // levels of the page
	ahead      uint32 // the repetition level that comes next
	values     source // of the page, without nulls
	left       int    // entries of the page that are still to come
	failed     bool
}

// open starts to read a chunk; nil if there is nothing to read.
func (f *file) open(v *value, c *column) *chunk {
	meta := v.field(3)
	if v.has(8) && !v.has(3) {
		f.problem(c.path, media.Encrypted)
		return nil
	}
	start := meta.field(9).i
	if d := meta.field(11).i; meta.has(11) && d > 0 && d < start {
		start = d
	}
	if c.physical == boolean || c.physical == int96Type {
		return nil // tells nothing of anyone
	}
	ch := &chunk{file: f, column: c, codec: meta.field(4).i, off: start, claims: meta.field(5).i}
	ch.end = min(start+meta.field(7).i, f.size)
	if start < 4 || start > f.size || meta.field(7).i < 0 || ch.end < start || ch.claims < 0 {
		f.problem(c.path, media.Corrupt)
		return nil
	}
	return ch
}

// row calls fn with the values of the next row. more is false where no rows are
// left, or none that can be read. Values are valid during the call only.
func (c *chunk) row(fn func([]byte) error) (more bool, err error) {
	for first := true; ; first = false {
		if c.left == 0 {
			ok, err := c.page()
			if err != nil || !ok {
				c.release()
				return !first && !c.failed, err
			}
		}
		if !first && c.ahead == 0 {
			return true, nil
		}
		if !c.entry(fn, &err) {
			c.release()
			return false, err
		}
		if c.column.maxRep == 0 {
			return true, nil
		}
	}
}

// entry reads one entry of the page; ok is false where it can't, or where fn
// fails.
func (c *chunk) entry(fn func([]byte) error, err *error) (ok bool) {
	level, ok := c.defs.next()
	if ok && int(level) == c.column.maxDef {
		var v []byte
		if v, ok = c.values.next(); ok {
			if *err = fn(v); *err != nil {
				return false
			}
		}
	}
	if c.left--; ok && c.left > 0 {
		c.ahead, ok = c.reps.next()
	}
	if !ok {
		c.fail(media.Corrupt)
	}
	return ok
}

// hold counts memory; it fails the chunk where all open chunks hold too much.
func (c *chunk) hold(n int64) bool {
	c.held += n
	if c.file.held += n; c.file.held > maxHeld {
		c.fail(media.LimitBytes)
		return false
	}
	return true
}

// release gives back what the chunk holds.
func (c *chunk) release() {
	c.file.held -= c.held
	c.held, c.buf, c.values, c.dict = 0, nil, nil, dictionary{}
}

// fail tells why the rest of the chunk is not read.
func (c *chunk) fail(r media.Reason) {
	c.failed = true
	c.problem(c.column.path, r)
}

// page reads on to the next page of data. ok is false at the end.
func (c *chunk) page() (ok bool, err error) {
	for !c.failed && c.claims > 0 {
		if c.off >= c.end {
			c.fail(media.Truncated)
			break
		}
		head, err := c.window(c.off, headerSize)
		if err != nil {
			return false, err
		}
		t := thrift{b: head}
		h := t.structure(0)
		size, whole := h.field(3).i, h.field(2).i
		if t.bad || size < 0 || whole < 0 {
			c.fail(media.Corrupt)
			break
		}
		body := c.off + int64(len(head)-len(t.b))
		switch {
		case size > media.MaxBlock || whole > media.MaxBlock || !c.hold(size+whole-c.pageHeld):
			c.fail(media.LimitBytes)
		case body+size > c.end:
			c.fail(media.Truncated)
		}
		if c.failed {
			break
		}
		c.pageHeld = size + whole
		packed, err := c.window(body, size)
		if err != nil {
			return false, err
		}
		if packed = packed[:min(size, int64(len(packed)))]; int64(len(packed)) < size {
			c.fail(media.Truncated)
			break
		}
		c.off = body + size
		switch h.field(1).i {
		case dictionaryPage:
			c.dictionary(h, packed, whole)
		case dataPage:
			c.data(h.field(5), packed, whole)
		case dataPage2:
			c.data2(h.field(8), packed, whole)
		default: // an index
			continue
		}
		if c.left > 0 {
			return !c.failed, nil
		}
	}
	return false, nil
}

const (
	headerSize = 16 << 10  // more than the header of a page takes, statistics included
	ahead      = 256 << 10 // bytes of a chunk that are read at once: few reads, and little memory for many columns
)

// window is the n bytes of the chunk at off, or more, or what there is of them.
func (c *chunk) window(off, n int64) ([]byte, error) {
	n = min(n, c.end-off)
	if i := off - c.bufOff; i >= 0 && i+n <= int64(len(c.buf)) {
		return c.buf[i:], nil
	}
	// Values of the page before point into the old one.
	b, err := media.ReadUpTo(c.r, off, max(n, ahead), c.end)
	c.buf, c.bufOff = b, off
	return b, err
}

// dictionary reads the page of distinct values.
func (c *chunk) dictionary(h *value, packed []byte, whole int64) {
	b, r := c.unpack(packed, whole)
	if r != "" {
		c.fail(r)
		return
	}
	n := h.field(7).field(1).i
	if n < 0 || n > int64(len(b)) {
		c.fail(media.Corrupt)
		return
	}
	// The page stays in memory as long as the chunk does.
	c.pageHeld = 0
	var ok bool
	if c.dict, ok = newDictionary(c.column, b, n); !ok {
		c.fail(media.Corrupt)
	}
	c.hold(4 * n)
}

// data reads a page of version 1: levels and values are packed together.
func (c *chunk) data(h *value, packed []byte, whole int64) {
	n := c.entries(h.field(1).i)
	b, r := c.unpack(packed, whole)
	if r != "" {
		c.fail(r)
		return
	}
	if c.column.maxRep > 0 && h.field(4).i != encRLE || c.column.maxDef > 0 && h.field(3).i != encRLE {
		c.fail(media.Unsupported) // packed bits, given up in 2014
		return
	}
	reps, b, ok1 := levels(b, c.column.maxRep)
	defs, b, ok2 := levels(b, c.column.maxDef)
	if !ok1 || !ok2 {
		c.fail(media.Corrupt)
		return
	}
	c.read(reps, defs, b, n, h.field(2).i)
}

// levels are those of a page of version 1, with their length before them.
func levels(b []byte, most int) (r runs, rest []byte, ok bool) {
	if most == 0 {
		return runs{}, b, true
	}
	if len(b) < 4 {
		return runs{}, nil, false
	}
	size := int64(binary.LittleEndian.Uint32(b))
	if b = b[4:]; size > int64(len(b)) {
		return runs{}, nil, false
	}
	return runs{b: b[:size], width: width(most)}, b[size:], true
}

// data2 reads a page of version 2: levels stand before the values, unpacked.
func (c *chunk) data2(h *value, packed []byte, whole int64) {
	n := c.entries(h.field(1).i)
	defs, reps := h.field(5).i, h.field(6).i
	if size := int64(len(packed)); defs < 0 || reps < 0 || defs > size || reps > size || defs+reps > size || defs+reps > whole {
		c.fail(media.Corrupt)
		return
	}
	b := packed[reps+defs:]
	if !h.has(7) || h.field(7).i == 1 {
		var r media.Reason
		if b, r = c.unpack(b, whole-defs-reps); r != "" {
			c.fail(r)
			return
		}
	}
	c.read(runs{b: packed[:reps], width: width(c.column.maxRep)}, runs{b: packed[reps : reps+defs], width: width(c.column.maxDef)}, b, n, h.field(4).i)
}

// entries is how many entries a page has, by its own claim. A page of few bytes
// may stand for many rows, but not for more than the chunk has.
func (c *chunk) entries(n int64) int {
	if n < 0 || n > c.claims {
		c.fail(media.Corrupt)
		return 0
	}
	c.claims -= n
	if c.file.entries += n; c.file.entries > maxEntries {
		c.fail(media.LimitCount)
		return 0
	}
	return int(n)
}

// read starts on the values of a page.
func (c *chunk) read(reps, defs runs, b []byte, n int, encoding int64) {
	if c.failed {
		return
	}
	ok := true
	switch encoding {
	case encPlain:
		c.values = &plainValues{c: c.column, b: b}
	case encPlainDictionary, encDictionary:
		if len(b) == 0 { // all are null
			b = []byte{0}
		}
		c.values = &indexed{c: c.column, dict: &c.dict, places: runs{b: b[1:], width: int(b[0])}}
	case encDelta:
		var d deltas
		d, ok = newDeltas(b)
		c.values = &deltaNumbers{c: c.column, d: d}
	case encDeltaLength:
		var d deltaLengths
		d, ok = newDeltaLengths(b)
		c.values = &d
	case encDeltaBytes:
		var d deltaBytes
		d, ok = newDeltaBytes(b)
		c.values = &d
	default:
		c.fail(media.Unsupported)
		return
	}
	c.reps, c.defs = reps, defs
	c.left = n
	if n > 0 && ok {
		c.ahead, ok = c.reps.next()
	}
	if !ok {
		c.fail(media.Corrupt)
	}
}
