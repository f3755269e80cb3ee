package sevenzip

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"habeas/scanner/media"
)

// Property IDs.
const (
	idEnd           = 0x00
	idHeader        = 0x01
	idProperties    = 0x02
	idAdditional    = 0x03
	idMainStreams   = 0x04
	idFiles         = 0x05
	idPackInfo      = 0x06
	idUnpackInfo    = 0x07
	idSubStreams    = 0x08
	idSize          = 0x09
	idCRC           = 0x0a
	idFolder        = 0x0b
	idUnpackSize    = 0x0c
	idNumUnpack     = 0x0d
	idEmptyStream   = 0x0e
	idNames         = 0x11
	idEncodedHeader = 0x17
)

// archive is what the header says.
type archive struct {
	packed  []stretch
	folders []folder
	files   []file
}

// stretch is a packed stream in the file.
type stretch struct{ off, n int64 }

// folder is a chain of coders with what it unfolds to.
type folder struct {
	coders []coder
	binds  []bind
	first  int     // of its packed streams
	inputs []int   // which inputs of coders the packed streams go to
	sizes  []int64 // of the outputs of its coders
	parts  []part

	crc     uint32
	checked bool
}

// size is that of what the folder unfolds to: of the output that no coder takes.
func (f *folder) size() int64 {
	if i := f.main(); i >= 0 && i < len(f.sizes) {
		return f.sizes[i]
	}
	return 0
}

// main is the coder whose output is that of the folder; -1 if there is none.
func (f *folder) main() int {
	for i := range f.coders {
		used := false
		for _, b := range f.binds {
			used = used || b.out == i
		}
		if !used {
			return i
		}
	}
	return -1
}

type coder struct {
	method  string
	inputs  int
	outputs int
	props   []byte
}

// bind feeds the output of one coder to the input of another.
type bind struct{ in, out int }

// part is a member's share of a folder.
type part struct {
	size    int64
	crc     uint32
	checked bool
}

type file struct {
	name  string // valid UTF-8
	empty bool   // has no content of its own
}

// maxCoders bounds those of one folder; 7-Zip allows 32.
const maxCoders = 32

// cursor reads the header. After damage everything it gives is zero.
type cursor struct {
	b    []byte
	bad  bool
	many bool // more of something than is read
}

func (c *cursor) byte() byte {
	if len(c.b) == 0 {
		c.bad = true
		return 0
	}
	x := c.b[0]
	c.b = c.b[1:]
	return x
}

func (c *cursor) take(n int64) []byte {
	if n < 0 || n > int64(len(c.b)) {
		c.bad = true
		n = int64(len(c.b))
	}
	x := c.b[:n]
	c.b = c.b[n:]
	return x
}

// number reads one of 1 to 9 bytes: the leading ones of the first tell how many
// follow.
func (c *cursor) number() int64 {
	first := c.byte()
	var n uint64
	mask := byte(0x80)
	for i := range 8 {
		if first&mask == 0 {
			n |= uint64(first&(mask-1)) << (8 * i)
			break
		}
		n |= uint64(c.byte()) << (8 * i)
		mask >>= 1
	}
	if n >= 1<<62 {
		c.bad = true
		return 0
	}
	return int64(n)
}

// count reads how many of something there are: there can't be more than bytes
// that describe them at least, if each takes one.
func (c *cursor) count(each bool) int {
	n := c.number()
	if each && n > int64(len(c.b)) {
		c.bad = true
		return 0
	}
	if n > media.MaxMembers {
		c.many = true
		c.bad = true
		return 0
	}
	return int(n)
}

// bits reads a vector of n bits; with all, a byte before it says whether it is
// all ones.
func (c *cursor) bits(n int, all bool) []bool {
	v := make([]bool, n)
	if all && c.byte() != 0 {
		for i := range v {
			v[i] = true
		}
		return v
	}
	b := c.take(int64((n + 7) / 8))
	for i := range v {
		v[i] = i/8 < len(b) && b[i/8]>>(7-i%8)&1 != 0
	}
	return v
}

// digests reads checksums of n things.
func (c *cursor) digests(n int, set func(i int, crc uint32)) {
	for i, defined := range c.bits(n, true) {
		if defined {
			if b := c.take(4); len(b) == 4 {
				set(i, binary.LittleEndian.Uint32(b))
			}
		}
	}
}

// archive reads the whole header behind its ID.
func (c *cursor) archive() *archive {
	a := &archive{}
	for !c.bad {
		switch c.byte() {
		case idEnd:
			return a
		case idProperties:
			for !c.bad && c.byte() != idEnd {
				c.take(c.number())
			}
		case idAdditional:
			c.streams(&archive{})
		case idMainStreams:
			c.streams(a)
		case idFiles:
			c.files(a)
		default:
			c.bad = true
		}
	}
	return a
}

// streams reads where packed streams are and how they are unfolded.
func (c *cursor) streams(a *archive) {
	for !c.bad {
		switch c.byte() {
		case idEnd:
			for i := range a.folders { // without a list each is one member
				if f := &a.folders[i]; f.parts == nil {
					f.parts = []part{{f.size(), f.crc, f.checked}}
				}
			}
			return
		case idPackInfo:
			c.packInfo(a)
		case idUnpackInfo:
			c.unpackInfo(a)
		case idSubStreams:
			c.subStreams(a)
		default:
			c.bad = true
		}
	}
}

func (c *cursor) packInfo(a *archive) {
	off := headerSize + c.number()
	n := c.count(false)
	for !c.bad {
		switch c.byte() {
		case idEnd:
			return
		case idSize:
			for range n {
				if c.bad {
					return
				}
				size := c.number()
				a.packed = append(a.packed, stretch{off, size})
				if off += size; off < 0 {
					c.bad = true
				}
			}
		case idCRC:
			c.digests(n, func(int, uint32) {})
		default:
			c.bad = true
		}
	}
}

func (c *cursor) unpackInfo(a *archive) {
	for !c.bad {
		switch c.byte() {
		case idEnd:
			return
		case idFolder:
			n := c.count(true)
			if c.byte() != 0 { // kept elsewhere, which nobody does
				c.bad = true
			}
			first := 0
			for range n {
				if c.bad {
					return
				}
				f := c.folder()
				f.first = first
				first += len(f.inputs)
				a.folders = append(a.folders, f)
			}
		case idUnpackSize:
			for i := range a.folders {
				for range a.folders[i].coders {
					a.folders[i].sizes = append(a.folders[i].sizes, c.number())
				}
			}
		case idCRC:
			c.digests(len(a.folders), func(i int, crc uint32) { a.folders[i].crc, a.folders[i].checked = crc, true })
		default:
			c.bad = true
		}
	}
}

// folder reads the coders of one folder and how they are joined.
func (c *cursor) folder() (f folder) {
	n := c.number()
	if n < 1 || n > maxCoders {
		c.bad = true
		return f
	}
	inputs := 0
	for range n {
		flags := c.byte()
		x := coder{method: string(c.take(int64(flags & 0xf))), inputs: 1, outputs: 1}
		if flags&0x10 != 0 {
			x.inputs, x.outputs = c.count(false), c.count(false)
			if x.inputs > maxCoders || x.outputs != 1 { // decoders have one output
				c.bad = true
				return f
			}
		}
		if flags&0x20 != 0 {
			x.props = c.take(c.number())
		}
		inputs += x.inputs
		f.coders = append(f.coders, x)
	}
	for range n - 1 {
		f.binds = append(f.binds, bind{int(c.number()), int(c.number())})
	}
	packed := inputs - int(n-1)
	if packed < 1 {
		c.bad = true
		return f
	}
	if packed == 1 {
		for i := range inputs {
			bound := false
			for _, b := range f.binds {
				bound = bound || b.in == i
			}
			if !bound {
				f.inputs = append(f.inputs, i)
				return f
			}
		}
		c.bad = true
		return f
	}
	for range packed {
		f.inputs = append(f.inputs, int(c.number()))
	}
	return f
}

// subStreams reads how folders are parted into members.
func (c *cursor) subStreams(a *archive) {
	total := 0
	for i := range a.folders {
		a.folders[i].parts = make([]part, 1)
		total++
	}
	id := c.byte()
	if id == idNumUnpack {
		total = 0
		for i := range a.folders {
			n := c.count(false)
			if total += n; total > media.MaxMembers {
				c.many, c.bad = true, true
				return
			}
			a.folders[i].parts = make([]part, n)
		}
		id = c.byte()
	}
	for i := range a.folders {
		c.partSizes(&a.folders[i], id == idSize)
	}
	if id == idSize {
		id = c.byte()
	}
	for ; id != idEnd && !c.bad; id = c.byte() {
		if id != idCRC {
			c.bad = true
			return
		}
		var open []*part // those whose checksum is not that of their folder
		for i := range a.folders {
			f := &a.folders[i]
			for j := range f.parts {
				if len(f.parts) != 1 || !f.checked {
					open = append(open, &f.parts[j])
				}
			}
		}
		c.digests(len(open), func(i int, crc uint32) { open[i].crc, open[i].checked = crc, true })
	}
}

// partSizes reads all sizes but the last, which is what is left.
func (c *cursor) partSizes(f *folder, given bool) {
	left := f.size()
	for j := range f.parts {
		p := &f.parts[j]
		p.size = left
		if j < len(f.parts)-1 {
			p.size = 0
			if given {
				p.size = c.number()
			}
		}
		if left -= p.size; left < 0 {
			c.bad = true
			left = 0
		}
		if len(f.parts) == 1 {
			p.crc, p.checked = f.crc, f.checked
		}
	}
}

// files reads the names of members and which of them are empty.
func (c *cursor) files(a *archive) {
	n := c.count(false)
	a.files = make([]file, n)
	for !c.bad {
		id := c.byte()
		if id == idEnd {
			return
		}
		p := &cursor{b: c.take(c.number())}
		switch id {
		case idEmptyStream:
			for i, empty := range p.bits(n, false) {
				a.files[i].empty = empty
			}
		case idNames:
			if p.byte() != 0 {
				p.bad = true
			}
			for i := range a.files {
				a.files[i].name = p.name()
			}
		}
		c.bad = c.bad || p.bad
	}
}

// name reads a name in UTF-16 up to its zero.
func (c *cursor) name() string {
	var u []uint16
	for len(c.b) >= 2 {
		x := binary.LittleEndian.Uint16(c.take(2))
		if x == 0 {
			return strings.ToValidUTF8(string(utf16.Decode(u)), "\uFFFD")
		}
		u = append(u, x)
	}
	c.bad = true
	return strings.ToValidUTF8(string(utf16.Decode(u)), "\uFFFD")
}
