package ole

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode/utf16"

	"habeas/scanner/media"
)

const (
	magic     = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	beta      = "\x0e\x11\xfc\x0d\xd0\xcf\x11\x0e"
	noSector  = 0xfffffffa // this and above are marks, no sectors
	endChain  = 0xfffffffe
	noEntry   = 0xffffffff
	entrySize = 128
	// wholeSize is up to which size a file is read at once: its sectors are strewn
	// about, and most documents are smaller.
	wholeSize = 4 << 20
	// maxEntries bounds the directory; messages with many recipients have thousands.
	maxEntries = media.MaxMembers
)

// container is a compound file ([MS-CFB]). Nothing in it is believed: chains end
// where they meet themselves, sizes where the bytes do.
type container struct {
	r        io.ReaderAt
	size     int64
	sector   int64 // bytes of one
	mini     int64
	cutoff   int64
	fatAt    []uint32          // sectors of the FAT
	fatParts map[uint32][]byte // those read
	miniFAT  []byte
	miniData []run // where the small streams are
	entries  []entry
	err      error // of the source
	damaged  bool
}

// entry is a storage or a stream of the directory.
type entry struct {
	name     string
	kind     byte // 1 storage, 2 stream, 5 root
	start    uint32
	size     int64
	children []int
	left     uint32
	right    uint32
	child    uint32
	reached  bool
}

// run is a stretch of the file.
type run struct{ off, n int64 }

// openContainer reads header and directory. A nil container comes with a
// Problem or the source's error.
func openContainer(r io.ReaderAt, size int64) (*container, error) {
	if size <= wholeSize {
		b, err := media.ReadUpTo(r, 0, size, size)
		if err != nil {
			return nil, err
		}
		r, size = bytes.NewReader(b), int64(len(b))
	}
	h, err := media.ReadUpTo(r, 0, 512, size)
	if err != nil {
		return nil, err
	}
	if len(h) < 512 {
		return nil, media.Stop("", media.Truncated)
	}
	shift, mini := u16(h[30:]), u16(h[32:])
	if shift != 9 && shift != 12 || mini > 9 || mini < 4 {
		return nil, media.Stop("", media.Corrupt)
	}
	c := &container{r: r, size: size, sector: 1 << shift, mini: 1 << mini, cutoff: int64(u32(h[56:])), fatParts: map[uint32][]byte{}}
	c.readDIFAT(h)
	dir := c.chain(u32(h[48:]), maxEntries*entrySize)
	c.readDirectory(c.bytes(dir, maxEntries*entrySize), shift == 9)
	if len(c.entries) == 0 || c.entries[0].kind != 5 {
		if c.err == nil {
			return nil, media.Stop("", media.Corrupt)
		}
		return nil, c.err
	}
	c.miniFAT = c.bytes(c.chain(u32(h[60:]), media.MaxBlock), media.MaxBlock)
	c.miniData = c.chain(c.entries[0].start, c.size)
	c.link(0)
	return c, c.err
}

// sectors is how many there can be.
func (c *container) sectors() int64 { return (c.size - 1) / c.sector }

// readDIFAT lists the sectors of the FAT (2.5): the first 109 are in the header.
func (c *container) readDIFAT(h []byte) {
	most := int(c.sectors()*4/c.sector + 1)
	take := func(b []byte) {
		for ; len(b) >= 4 && len(c.fatAt) < most; b = b[4:] {
			if n := u32(b); n < noSector {
				c.fatAt = append(c.fatAt, n)
			}
		}
	}
	take(h[76:512])
	next := u32(h[68:])
	for range most { // each DIFAT sector names more than one of the FAT
		if next >= noSector {
			return
		}
		b := c.readSector(next)
		if int64(len(b)) < c.sector {
			c.damaged = true
			return
		}
		take(b[:len(b)-4])
		next = u32(b[len(b)-4:])
	}
}

func (c *container) readSector(n uint32) []byte {
	return c.read(run{(int64(n) + 1) * c.sector, c.sector})
}

// read is what is there of a stretch.
func (c *container) read(r run) []byte {
	b, err := media.ReadUpTo(c.r, r.off, r.n, c.size)
	if err != nil && c.err == nil {
		c.err = err
	}
	return b
}

// next is the sector that follows n in its chain.
func (c *container) next(n uint32) uint32 {
	per := uint32(c.sector / 4)
	i := n / per
	if int(i) >= len(c.fatAt) {
		return noEntry
	}
	b, ok := c.fatParts[i]
	if !ok {
		b = c.readSector(c.fatAt[i])
		c.fatParts[i] = b
	}
	at := int(n%per) * 4
	if at+4 > len(b) {
		return noEntry
	}
	return u32(b[at:])
}

// chain gives where the bytes of a chain are, at most size of them.
func (c *container) chain(start uint32, size int64) (runs []run) {
	left := (size + c.sector - 1) / c.sector
	for n, steps := start, c.sectors(); n < noSector && left > 0; left-- {
		if steps--; steps < 0 { // it meets itself
			c.damaged = true
			return runs
		}
		off := (int64(n) + 1) * c.sector
		if off >= c.size {
			c.damaged = true
			return runs
		}
		if k := len(runs); k > 0 && runs[k-1].off+runs[k-1].n == off {
			runs[k-1].n += c.sector
		} else {
			runs = append(runs, run{off, c.sector})
		}
		n = c.next(n)
		if n >= noSector && n != endChain {
			c.damaged = true
		}
	}
	return runs
}

// bytes joins runs, at most n bytes.
func (c *container) bytes(runs []run, n int64) []byte {
	var b []byte
	for _, r := range runs {
		if r.n = min(r.n, n-int64(len(b))); r.n <= 0 {
			break
		}
		p := c.read(r)
		if b == nil {
			b = p
		} else {
			b = append(b, p...)
		}
		if int64(len(p)) < r.n {
			c.damaged = true
			break
		}
	}
	return b
}

// readDirectory reads all entries (2.6).
func (c *container) readDirectory(b []byte, v3 bool) {
	for ; len(b) >= entrySize && len(c.entries) < maxEntries; b = b[entrySize:] {
		e := entry{kind: b[66], left: u32(b[68:]), right: u32(b[72:]), child: u32(b[76:]), start: u32(b[116:]), size: int64(binary.LittleEndian.Uint64(b[120:]))}
		if v3 {
			e.size = int64(u32(b[120:])) // the rest may be garbage
		}
		if e.size < 0 || e.size > c.size {
			if e.kind == 2 {
				c.damaged = true
			}
			e.size = c.size
		}
		e.name = utf16String(b[:min(max(int(u16(b[64:]))-2, 0), 62)])
		c.entries = append(c.entries, e)
	}
}

// link gives each storage its children. Each entry is reached once.
func (c *container) link(storage int) {
	type step struct {
		n      uint32
		parent int
	}
	todo := []step{{c.entries[storage].child, storage}}
	c.entries[storage].reached = true
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if s.n == noEntry {
			continue
		}
		if int64(s.n) >= int64(len(c.entries)) || c.entries[s.n].reached {
			c.damaged = true
			continue
		}
		e := &c.entries[s.n]
		e.reached = true
		// The left come first, so that children are in the order of their names.
		todo = append(todo, step{e.right, s.parent}, step{e.left, s.parent})
		if e.kind != 1 && e.kind != 2 {
			continue
		}
		c.entries[s.parent].children = append(c.entries[s.parent].children, int(s.n))
		if e.kind == 1 {
			todo = append(todo, step{e.child, int(s.n)})
		}
	}
}

// find is the entry of a name in a storage, nil if there is none.
func (c *container) find(storage int, name string) *entry {
	for _, i := range c.entries[storage].children {
		if equalFold(c.entries[i].name, name) {
			return &c.entries[i]
		}
	}
	return nil
}

// places are the stretches of a stream.
func (c *container) places(e *entry) []run {
	if e.size >= c.cutoff || e.size == 0 {
		return c.chain(e.start, e.size)
	}
	var runs []run
	left := (e.size + c.mini - 1) / c.mini
	for n, steps := e.start, int64(len(c.miniFAT)/4); left > 0; left-- {
		if n >= noSector || int64(n)*4+4 > int64(len(c.miniFAT)) || steps < 0 {
			c.damaged = true
			break
		}
		steps--
		if r, ok := c.miniPlace(int64(n) * c.mini); ok {
			runs = append(runs, r)
		} else {
			c.damaged = true
			break
		}
		n = u32(c.miniFAT[n*4:])
	}
	return runs
}

// miniPlace is where a sector of the small streams is in the file.
func (c *container) miniPlace(off int64) (run, bool) {
	for _, r := range c.miniData {
		if off < r.n {
			return run{r.off + off, min(c.mini, r.n-off)}, true
		}
		off -= r.n
	}
	return run{}, false
}

// stream is what can be read of a stream, at most media.MaxBlock bytes. short
// tells whether that is less than the stream claims to hold.
func (c *container) stream(e *entry) (b []byte, short media.Reason) {
	if e == nil || e.kind != 2 {
		return nil, ""
	}
	n := min(e.size, media.MaxBlock)
	b = c.bytes(c.places(e), n)
	switch {
	case int64(len(b)) < n:
		short = media.Truncated
	case e.size > media.MaxBlock:
		short = media.LimitBytes
	}
	return b, short
}

func utf16String(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		u = append(u, u16(b))
	}
	return string(utf16.Decode(u))
}

func equalFold(a, b string) bool { return len(a) == len(b) && bytes.EqualFold([]byte(a), []byte(b)) }

func u16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func u32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
