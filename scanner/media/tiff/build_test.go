package tiff

import (
	"encoding/binary"
	"math"
	"slices"
)

// The samples of this package are made by the code here: nothing in them was
// taken by a camera, and all people are made up.

// field is one entry with its value in bytes.
type field struct {
	id, typ uint16
	count   uint32
	data    []byte
}

// node is a directory to be written.
type node struct {
	fields []field
	subs   map[uint16][]*node // by the tag that points to them
	next   *node
}

// file is a header and the bytes written so far.
type file struct {
	order binary.AppendByteOrder
	b     []byte
}

var (
	little binary.AppendByteOrder = binary.LittleEndian
	big    binary.AppendByteOrder = binary.BigEndian
)

// build writes a TIFF file of root and whatever hangs on it.
func build(order binary.AppendByteOrder, root *node) []byte {
	return buildMagic(order, 42, root)
}

func buildMagic(order binary.AppendByteOrder, magic uint16, root *node) []byte {
	f := &file{order: order, b: []byte("II")}
	if order == big {
		f.b = []byte("MM")
	}
	f.b = order.AppendUint16(f.b, magic)
	f.b = order.AppendUint32(f.b, 8)
	f.node(root)
	return f.b
}

func (f *file) put32(at int, v uint32) { f.order.(binary.ByteOrder).PutUint32(f.b[at:], v) }

// node writes n and gives its offset.
func (f *file) node(n *node) uint32 {
	start := len(f.b)
	fields := slices.Clone(n.fields)
	for id, list := range n.subs {
		fields = append(fields, field{id, typeLong, uint32(len(list)), make([]byte, 4*len(list))})
	}
	slices.SortStableFunc(fields, func(a, b field) int { return int(a.id) - int(b.id) })
	f.b = f.order.AppendUint16(f.b, uint16(len(fields)))
	at := len(f.b)
	f.b = append(f.b, make([]byte, 12*len(fields)+4)...)
	values := make([]int, len(fields)) // where the bytes of a field stand
	for i, e := range fields {
		p := at + 12*i
		f.order.(binary.ByteOrder).PutUint16(f.b[p:], e.id)
		f.order.(binary.ByteOrder).PutUint16(f.b[p+2:], e.typ)
		f.put32(p+4, e.count)
		values[i] = p + 8
		if len(e.data) > 4 {
			values[i] = len(f.b)
			f.put32(p+8, uint32(len(f.b)))
			f.b = append(f.b, e.data...)
			if len(f.b)%2 == 1 {
				f.b = append(f.b, 0)
			}
		} else {
			copy(f.b[p+8:], e.data)
		}
	}
	for i, e := range fields {
		for k, sub := range n.subs[e.id] {
			off := f.node(sub)
			f.put32(values[i]+4*k, off)
		}
	}
	if n.next != nil {
		off := f.node(n.next)
		f.put32(at+12*len(fields), off)
	}
	return uint32(start)
}

func ascii(id uint16, s string) field {
	return field{id, typeASCII, uint32(len(s) + 1), append([]byte(s), 0)}
}

func raw(id uint16, s string) field {
	return field{id, typeUndefined, uint32(len(s)), []byte(s)}
}

func xp(id uint16, s string) field {
	var b []byte
	for _, r := range s {
		b = little.AppendUint16(b, uint16(r))
	}
	b = append(b, 0, 0)
	return field{id, typeByte, uint32(len(b)), b}
}

func shorts(o binary.AppendByteOrder, id uint16, ns ...uint16) field {
	var b []byte
	for _, n := range ns {
		b = o.AppendUint16(b, n)
	}
	return field{id, typeShort, uint32(len(ns)), b}
}

func longs(o binary.AppendByteOrder, id uint16, ns ...uint32) field {
	var b []byte
	for _, n := range ns {
		b = o.AppendUint32(b, n)
	}
	return field{id, typeLong, uint32(len(ns)), b}
}

// rats takes numerators and denominators in turn.
func rats(o binary.AppendByteOrder, id uint16, ns ...uint32) field {
	f := longs(o, id, ns...)
	f.typ, f.count = typeRational, uint32(len(ns)/2)
	return f
}

func doubles(o binary.AppendByteOrder, id uint16, ns ...float64) field {
	var b []byte
	for _, n := range ns {
		b = o.AppendUint64(b, math.Float64bits(n))
	}
	return field{id, typeDouble, uint32(len(ns)), b}
}

// thumbnail is a JPEG as far as anybody looks here.
const thumbnail = "\xFF\xD8\xFF\xD9 no pixels"

// jpegAt makes a directory point to a JPEG that is appended to the file.
func jpegAt(o binary.AppendByteOrder) []field {
	return []field{longs(o, tagJPEGOffset, 0), longs(o, tagJPEGLength, uint32(len(thumbnail)))}
}

// withJPEG appends the thumbnail and lets every empty pointer to one lead to it.
func withJPEG(o binary.AppendByteOrder, b []byte) []byte {
	at := uint32(len(b))
	empty := longs(o, 0, 0).data
	entry := o.AppendUint16(nil, tagJPEGOffset)
	entry = o.AppendUint16(entry, typeLong)
	entry = o.AppendUint32(entry, 1)
	for i := 0; i+12 <= len(b); i++ {
		if slices.Equal(b[i:i+12], append(slices.Clone(entry), empty...)) {
			o.(binary.ByteOrder).PutUint32(b[i+8:], at)
		}
	}
	return append(b, thumbnail...)
}

// buildBig writes a BigTIFF of one directory.
func buildBig(o binary.AppendByteOrder, fields ...field) []byte {
	b := []byte("II")
	if o == big {
		b = []byte("MM")
	}
	b = o.AppendUint16(b, 43)
	b = o.AppendUint16(b, 8)
	b = o.AppendUint16(b, 0)
	b = o.AppendUint64(b, 16)
	b = o.AppendUint64(b, uint64(len(fields)))
	values := len(b) + 20*len(fields) + 8
	var tail []byte
	for _, e := range fields {
		b = o.AppendUint16(b, e.id)
		b = o.AppendUint16(b, e.typ)
		b = o.AppendUint64(b, uint64(e.count))
		if len(e.data) > 8 {
			b = o.AppendUint64(b, uint64(values+len(tail)))
			tail = append(tail, e.data...)
		} else {
			b = append(b, e.data...)
			b = append(b, make([]byte, 8-len(e.data))...)
		}
	}
	b = o.AppendUint64(b, 0)
	return append(b, tail...)
}
