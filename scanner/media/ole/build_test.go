package ole

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf16"
)

// node is a storage, or a stream where it has no children.
type node struct {
	name     string
	data     string
	children []node
}

func stream(name, data string) node              { return node{name: name, data: data} }
func storage(name string, children ...node) node { return node{name: name, children: children} }

// build writes a compound file; with mini its small streams are in the stream of
// small streams, else each has sectors of its own.
func build(mini bool, children ...node) []byte {
	w := &writer{mini: mini}
	w.add(node{name: "Root Entry", children: children}, 5)
	if mini {
		start, n := w.put(w.small, 512)
		w.patch(0, start, n)
	}
	dirAt, _ := w.put(w.dir, 512)
	miniAt, miniN := uint32(endChain), 0
	if mini {
		miniAt, miniN = w.put(words(w.smallFAT), 512)
	}
	fatN := (len(w.fat)+2)/127 + 1
	fatAt := len(w.fat)
	for range fatN {
		w.fat = append(w.fat, 0xfffffffd)
	}
	fat := words(w.fat)
	for len(fat)%512 != 0 {
		fat += "\xff\xff\xff\xff"
	}
	h := make([]byte, 512)
	copy(h, magic)
	le := binary.LittleEndian
	le.PutUint16(h[24:], 0x3e)
	le.PutUint16(h[26:], 3)
	le.PutUint16(h[28:], 0xfffe)
	le.PutUint16(h[30:], 9)
	le.PutUint16(h[32:], 6)
	le.PutUint32(h[44:], uint32(fatN))
	le.PutUint32(h[48:], dirAt)
	if mini {
		le.PutUint32(h[56:], 4096)
	}
	le.PutUint32(h[60:], miniAt)
	le.PutUint32(h[64:], uint32(miniN/512))
	le.PutUint32(h[68:], endChain)
	for i := range 109 {
		n := uint32(noEntry)
		if i < fatN {
			n = uint32(fatAt + i)
		}
		le.PutUint32(h[76+4*i:], n)
	}
	return []byte(string(h) + w.data.String() + fat)
}

type writer struct {
	mini     bool
	data     strings.Builder
	fat      []uint32
	small    string
	smallFAT []uint32
	dir      string
}

// put writes sectors and gives the first and how many bytes they take.
func (w *writer) put(s string, unit int) (uint32, int) {
	if s == "" {
		return endChain, 0
	}
	n := (len(s) + unit - 1) / unit
	start := len(w.fat)
	for i := range n {
		next := uint32(start + i + 1)
		if i == n-1 {
			next = endChain
		}
		w.fat = append(w.fat, next)
	}
	w.data.WriteString(s + strings.Repeat("\x00", n*unit-len(s)))
	return uint32(start), n * unit
}

func (w *writer) putSmall(s string) uint32 {
	if s == "" {
		return endChain
	}
	n := (len(s) + 63) / 64
	start := len(w.smallFAT)
	for i := range n {
		next := uint32(start + i + 1)
		if i == n-1 {
			next = endChain
		}
		w.smallFAT = append(w.smallFAT, next)
	}
	w.small += s + strings.Repeat("\x00", n*64-len(s))
	return uint32(start)
}

// add writes a node and what is in it. Its children are a list by their right
// siblings, which readers must take as they take any other tree.
func (w *writer) add(n node, kind byte) uint32 {
	at := len(w.dir) / entrySize
	e := make([]byte, entrySize)
	name := wide(n.name + "\x00")
	copy(e, name)
	le := binary.LittleEndian
	le.PutUint16(e[64:], uint16(len(name)))
	e[66] = kind
	for _, i := range []int{68, 72, 76} {
		le.PutUint32(e[i:], noEntry)
	}
	le.PutUint32(e[116:], endChain)
	le.PutUint32(e[120:], uint32(len(n.data)))
	if kind == 2 {
		if w.mini && len(n.data) < 4096 {
			le.PutUint32(e[116:], w.putSmall(n.data))
		} else {
			start, _ := w.put(n.data, 512)
			le.PutUint32(e[116:], start)
		}
	}
	w.dir += string(e)
	before := -1
	for _, c := range n.children {
		k := byte(2)
		if c.children != nil {
			k = 1
		}
		i := w.add(c, k)
		d := []byte(w.dir)
		if before < 0 {
			le.PutUint32(d[at*entrySize+76:], i)
		} else {
			le.PutUint32(d[before*entrySize+72:], i)
		}
		w.dir = string(d)
		before = int(i)
	}
	return uint32(at)
}

func (w *writer) patch(at int, start uint32, size int) {
	d := []byte(w.dir)
	binary.LittleEndian.PutUint32(d[at*entrySize+116:], start)
	binary.LittleEndian.PutUint32(d[at*entrySize+120:], uint32(size))
	w.dir = string(d)
}

func words(ns []uint32) string {
	var b []byte
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	return string(b)
}

func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func le16(ns ...int) string {
	var b []byte
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint16(b, uint16(n))
	}
	return string(b)
}

func le32(ns ...int) string {
	var b []byte
	for _, n := range ns {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	return string(b)
}

func float(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

// sstb is a table of strings as Word keeps them.
func sstb(list ...string) string {
	s := le16(0xffff, len(list), 0)
	for _, x := range list {
		s += le16(len([]rune(x))) + wide(x)
	}
	return s
}

// document is a document of Word: two pieces, one of bytes, one of characters.
func document(flags int, first, second string) []node {
	const textAt = 0x400
	owners := le16(len("Cy Beispiel")) + wide("Cy Beispiel")
	revised := sstb("Unknown", "Bo Exemplo")
	saved := sstb("Di Ejemplo", `C:\Users\di\letter.doc`)
	n1, n2 := len(first), len([]rune(second))
	clx := "\x01" + le16(2) + "xx" + "\x02" + le32(3*4+2*8) + le32(0, n1, n1+n2) +
		le16(0) + le32((textAt)*2|0x40000000) + le16(0) + le16(0) + le32(textAt+n1) + le16(0)
	b := make([]byte, textAt)
	copy(b, le16(0xa5ec, 0xc1))
	copy(b[10:], le16(flags|0x200))
	at := 0
	for _, f := range []struct {
		place int
		s     string
	}{{fibPieces, clx}, {fibOwners, owners}, {fibRevision, revised}, {fibSavedBy, saved}} {
		copy(b[f.place:], le32(at, len(f.s)))
		at += len(f.s)
	}
	return []node{
		stream("WordDocument", string(b)+first+wide(second)),
		stream("1Table", clx+owners+revised+saved),
	}
}

// rec is a record of Excel.
func rec(kind int, data string) string { return le16(kind, len(data)) + data }

// short and long are strings of BIFF8, of bytes or of characters.
func short(s string) string { return le16(len(s)) + "\x00" + s }
func long(s string) string  { return le16(len([]rune(s))) + "\x01" + wide(s) }

// sheets is a workbook of Excel 97 with one sheet.
func sheets() string {
	globals := rec(recBOF, le16(0x600, 5)+le32(0, 0, 0)) +
		rec(recWriteAccess, short("Ana Exemplo")) +
		rec(recFormat, le16(164)+short("yyyy\\-mm\\-dd")) +
		rec(recXF, le16(0, 0)+strings.Repeat("\x00", 16)) +
		rec(recXF, le16(0, 164)+strings.Repeat("\x00", 16)) +
		rec(recBoundSheet, le32(0)+le16(0)+"\x05\x00Staff") +
		rec(recSST, le32(6, 6)+short("Name")+short("Phone")+short("Born")+long("Zoë Exemple")+short("deleted@example.org")+le16(20)+"\x00split@exa") +
		rec(recContinue, "\x01"+wide("mple.org   ")) + rec(recEOF, "")
	sheet := rec(recBOF, le16(0x600, 0x10)+le32(0, 0, 0)) + rec(recHeader, short("&Lfor bo@example.org")) +
		rec(recLabelSST, le16(0, 0, 0)+le32(0)) + rec(recLabelSST, le16(0, 1, 0)+le32(1)) + rec(recLabelSST, le16(0, 2, 0)+le32(2)) +
		rec(recLabelSST, le16(1, 0, 0)+le32(3)) + rec(recNumber, le16(1, 1, 0)+float(12025550143)) + rec(recRK, le16(1, 2, 1)+le32(30000<<2|2)) +
		rec(recLabel, le16(2, 0, 0)+short("by label")) + rec(recMulRK, le16(2, 1)+le16(0)+le32(5<<2|2)+le16(0)+le32(150<<2|3)+le16(2)) +
		rec(recFormula, le16(3, 0, 0)+"\x00\x00\x00\x00\x00\x00\xff\xff"+strings.Repeat("\x00", 8)) + rec(recString, short("by formula")) +
		rec(recLabelSST, le16(4, 0, 0)+le32(5)) +
		rec(recNote, le16(1, 0, 0, 1)+short("Cy Beispiel")+"\x00") +
		rec(recTxO, strings.Repeat("\x00", 10)+le16(9)+strings.Repeat("\x00", 6)) + rec(recContinue, "\x00call Ana!") +
		rec(recHLink, strings.Repeat("\x00", 32)+wide("mailto:di@example.org\x00")) + rec(recEOF, "")
	return globals + sheet
}

// atom and container are records of PowerPoint.
func atom(instance, kind int, data string) string {
	return le16(instance<<4, kind) + le32(len(data)) + data
}

func box(kind int, data string) string { return le16(0xf, kind) + le32(len(data)) + data }

// propertyStream is a stream of one set: pairs of number and typed value.
func propertyStream(format string, ids []int, values []string) string {
	head := 8 + 8*len(ids)
	list, body := "", ""
	for i, id := range ids {
		list += le32(id, head+len(body))
		body += values[i]
		for len(body)%4 != 0 {
			body += "\x00"
		}
	}
	return le16(0xfffe, 0) + le32(0) + strings.Repeat("\x00", 16) + le32(1) + format + le32(48) + le32(head+len(body), len(ids)) + list + body
}

func lpstr(s string) string { return le32(0x1e, len(s)+1) + s + "\x00" }

// prop is a property of a message.
func prop(id, value string) node {
	if strings.HasSuffix(id, "001F") {
		value = wide(value)
	}
	return stream("__substg1.0_"+id, value)
}

func fixed(header int, pairs ...int) node {
	s := strings.Repeat("\x00", header)
	for i := 0; i < len(pairs); i += 2 {
		s += le16(3, pairs[i]) + le32(6, pairs[i+1], 0)
	}
	return stream("__properties_version1.0", s)
}
