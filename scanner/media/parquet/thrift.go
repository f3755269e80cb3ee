package parquet

import "encoding/binary"

// value is anything that Thrift's compact protocol codes: a number, bytes, a list
// or a structure.
type value struct {
	i      int64
	b      []byte
	list   []*value
	fields map[int16]*value
}

// none is what a missing field is.
var none = &value{}

// field is the field of that number; never nil.
func (v *value) field(id int16) *value {
	if f := v.fields[id]; f != nil {
		return f
	}
	return none
}

func (v *value) has(id int16) bool { return v.fields[id] != nil }

const (
	maxValues = 2_000_000 // of one footer
	maxNested = 32        // structures within each other; those of Parquet stay under 8
)

// thrift reads the compact protocol
// (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
// Once bad it gives nothing more.
type thrift struct {
	b      []byte
	values int
	bad    bool
}

func (t *thrift) byte() byte {
	if t.bad || len(t.b) == 0 {
		t.bad = true
		return 0
	}
	c := t.b[0]
	t.b = t.b[1:]
	return c
}

func (t *thrift) uvarint() uint64 {
	x, n := binary.Uvarint(t.b)
	if n <= 0 || t.bad {
		t.bad = true
		return 0
	}
	t.b = t.b[n:]
	return x
}

// zigzag reads a signed number.
func (t *thrift) zigzag() int64 {
	u := t.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// Types of the protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftI16    = 4
	thriftI32    = 5
	thriftI64    = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
)

// structure reads fields up to the stop.
func (t *thrift) structure(depth int) *value {
	v := &value{fields: map[int16]*value{}}
	if depth > maxNested {
		t.bad = true
		return v
	}
	id := int16(0)
	for !t.bad {
		h := t.byte()
		if h == 0 {
			break
		}
		if delta := int16(h >> 4); delta > 0 {
			id += delta
		} else {
			id = int16(t.zigzag())
		}
		kind := h & 15
		if kind == thriftTrue || kind == thriftFalse {
			v.fields[id] = &value{i: int64(thriftFalse - kind)}
			continue
		}
		v.fields[id] = t.read(kind, depth)
	}
	return v
}

// read reads a value of a kind.
func (t *thrift) read(kind byte, depth int) *value {
	if t.values++; t.values > maxValues {
		t.bad = true
	}
	if t.bad {
		return none
	}
	switch kind {
	case thriftTrue, thriftFalse, thriftByte: // of truth values in lists
		return &value{i: int64(t.byte())}
	case thriftI16, thriftI32, thriftI64:
		return &value{i: t.zigzag()}
	case thriftDouble:
		return &value{b: t.bytes(8)}
	case thriftBinary:
		return &value{b: t.bytes(t.uvarint())}
	case thriftList, thriftSet:
		return t.readList(depth)
	case thriftMap:
		n := t.uvarint()
		if n == 0 {
			return none
		}
		kinds := t.byte()
		for ; n > 0 && !t.bad; n-- { // Parquet has none: passed over
			t.read(kinds>>4, depth+1)
			t.read(kinds&15, depth+1)
		}
		return none
	case thriftStruct:
		return t.structure(depth + 1)
	}
	t.bad = true
	return none
}

func (t *thrift) readList(depth int) *value {
	v := &value{}
	if depth > maxNested {
		t.bad = true
		return v
	}
	h := t.byte()
	n := uint64(h >> 4)
	if n == 15 {
		n = t.uvarint()
	}
	if n > uint64(len(t.b)) { // each item takes a byte at least
		t.bad = true
		return v
	}
	for ; n > 0 && !t.bad; n-- {
		v.list = append(v.list, t.read(h&15, depth+1))
	}
	return v
}

func (t *thrift) bytes(n uint64) []byte {
	if t.bad || n > uint64(len(t.b)) {
		t.bad = true
		return nil
	}
	b := t.b[:n]
	t.b = t.b[n:]
	return b
}
