package tiff

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Maker notes hold what the maker of a camera wanted to keep: among hundreds of
// settings the name of the owner, the serial numbers of body and lens, names of
// faces that the camera knows. No maker publishes the layout; what stands here
// was found by comparing pictures, by the authors of ExifTool, Exiv2 and others,
// and the names are ExifTool's.
//
// Only the fields in the tables of makers.go are read. Programs that rewrite a
// picture move the note and break the offsets in it, so that a note that makes no
// sense is the rule rather than damage: what does not lie where it should, or is
// no text, is left out, and the picture counts as read in full.

// noteGroup is the group of tags from maker notes.
const noteGroup = "MakerNotes"

// origin is where the offsets in a note count from.
type origin int64

// fromHeader is the header of the TIFF block around the note. Any other origin
// is as many bytes behind the start of the note.
const fromHeader origin = -1

// maker is one layout of maker notes.
type maker struct {
	brand   string // how Make begins, in capitals; "" where the mark tells enough
	mark    string // how the note begins
	dir     int64  // where its directory starts
	pointer int64  // where the place of the directory stands instead; 0 if nowhere
	order   int64  // where "II" or "MM" stands; 0 if nowhere: then the directory shows it
	little  bool   // it is always II
	footer  bool   // the last 8 bytes tell where the note stood once
	origins []origin
	fields  []noteField
	whole   func(n *note) error // takes the note as it is, which has no directory
}

// noteField is a field that is read.
type noteField struct {
	id   uint16
	name string
	take func(n *note, name string, e *entry) error
}

// note is a maker note that is being read.
type note struct {
	w           *walk
	off, end    int64 // in the content
	moved       int64 // where the offsets in it say that it stood; -1 if unknown
	base        int64 // what offsets in it count from
	order       binary.ByteOrder
	make, model string
	maker       *maker
	tags        []detectors.Tag
	seen        int // entries

	part media.Range              // of the value what the last field was read from; N is 0 for all of it
	took func(e *entry, from int) // what Strip is told: the tags from that one on are of e; nil for a Walk
}

// Bounds of what is read of a note.
const (
	maxNoteEntries = 1_024 // of one directory; Sony and Pentax come to about 200
	maxNoteDepth   = 3
	maxNoteText    = 256 // bytes of a name or serial number
	maxNoteBlock   = 8 << 10
)

// makerNotes gives the fields of the maker notes that were met, as a part of
// their own.
func (w *walk) makerNotes() error {
	for _, e := range w.notes {
		n := &note{w: w, off: e.off, end: e.off + e.size, moved: -1, order: w.order}
		if e.id == tagDNGPrivate {
			if err := n.unwrap(); err != nil {
				return err
			}
		}
		if err := n.read(); err != nil {
			return err
		}
		if len(n.tags) == 0 {
			continue
		}
		if err := w.v.Part(&detectors.Part{Path: "makernote", Tags: n.tags, Off: -1}); err != nil {
			return err
		}
	}
	return nil
}

// keepNote files a note. The place of one that runs past the end is known all the
// same.
func (w *walk) keepNote(e entry) {
	if len(w.notes) < 2 && e.size > int64(len(e.inline)) {
		w.notes = append(w.notes, e)
	}
}

// silent are makers whose notes hold nothing that is looked for.
func silent(brand string) bool {
	for _, s := range [...]string{"APPLE", "GOOGLE", "HUAWEI", "XIAOMI", "OPPO", "ONEPLUS", "LGE", "LG ELECTRONICS"} {
		if strings.HasPrefix(brand, s) {
			return true
		}
	}
	return false
}

func (n *note) read() error {
	var err error
	if n.make, err = n.w.outer(0x010F); err != nil {
		return err
	}
	n.make = strings.ToUpper(n.make)
	if silent(n.make) || n.end-n.off < 8 {
		return nil
	}
	head, err := n.w.win.at(n.off, min(64, n.end-n.off))
	if err != nil || len(head) < 8 {
		return err
	}
	if n.maker = makerOf(n.make, head); n.maker == nil {
		return nil
	}
	n.orderFrom(head)
	dir, ok := n.maker.dir, true
	if p := n.maker.pointer; p > 0 {
		if dir, ok = 0, int64(len(head)) >= p+4; ok {
			dir = int64(n.order.Uint32(head[p:]))
		}
	}
	if n.model, err = n.w.outer(0x0110); err != nil || !ok {
		return err
	}
	if n.maker.whole != nil {
		return n.maker.whole(n)
	}
	return n.directory(n.off+dir, n.maker.fields, 0)
}

// orderFrom takes the byte order from the mark in the note.
func (n *note) orderFrom(head []byte) {
	at := n.maker.order
	switch {
	case n.maker.little:
		n.order = binary.LittleEndian
	case at > 0 && int64(len(head)) >= at+2 && string(head[at:at+2]) == "II":
		n.order = binary.LittleEndian
	case at > 0 && int64(len(head)) >= at+2 && string(head[at:at+2]) == "MM":
		n.order = binary.BigEndian
	}
}

// makerOf is the layout of a note that begins with head in a picture of brand.
func makerOf(brand string, head []byte) *maker {
	for i := range makers {
		m := &makers[i]
		if strings.HasPrefix(brand, m.brand) && len(head) >= len(m.mark) && string(head[:len(m.mark)]) == m.mark {
			return m
		}
	}
	return nil
}

// outer is the text of a tag of the file itself: Make or Model.
func (w *walk) outer(id uint16) (string, error) {
	for i := range w.entries {
		if e := &w.entries[i]; e.id == id && e.typ == typeASCII && w.dirs[e.dir].kind == imageDir {
			b, err := w.bytes(e)
			return text(b[:min(len(b), maxNoteText)]), err
		}
	}
	return "", nil
}

// directory reads the directory at off and takes the fields that are wanted.
func (n *note) directory(off int64, fields []noteField, depth int) error {
	if depth > maxNoteDepth {
		return nil
	}
	b, err := n.w.win.at(off, 2)
	if err != nil || len(b) < 2 {
		return err
	}
	count := n.order.Uint16(b)
	if swapped := count>>8 | count<<8; n.maker.order == 0 && !n.maker.little && swapped < count {
		count = swapped // makers keep their own byte order whatever the file's is
		n.order = other(n.order)
	}
	if n.seen += int(count); count == 0 || count > maxNoteEntries || n.seen > media.MaxIFDEntries {
		return nil
	}
	b, err = n.w.win.at(off+2, 12*int64(count))
	if err != nil {
		return err
	}
	var wanted []entry
	for pos := off + 2; len(b) >= 12; b, pos = b[12:], pos+12 {
		if f := fieldOf(fields, n.order.Uint16(b)); f != nil && len(wanted) < 2*len(fields) {
			if e := n.entry(b); e.size > 0 {
				e.pos = pos
				wanted = append(wanted, e)
			}
		}
	}
	if depth == 0 {
		if err := n.settle(wanted); err != nil {
			return err
		}
	}
	for i := range wanted {
		e := &wanted[i]
		e.off += n.base
		f := fieldOf(fields, e.id)
		had := len(n.tags)
		n.part = media.Range{}
		if f.take == nil {
			err = takeText(n, f.name, e)
		} else {
			err = f.take(n, f.name, e)
		}
		if err != nil {
			return err
		}
		if n.took != nil {
			n.took(e, had)
		}
	}
	return nil
}

func other(o binary.ByteOrder) binary.ByteOrder {
	if o == binary.ByteOrder(binary.LittleEndian) {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func fieldOf(fields []noteField, id uint16) *noteField {
	for i := range fields {
		if fields[i].id == id {
			return &fields[i]
		}
	}
	return nil
}

// entry decodes one entry; its place counts from the note's origin yet. Of size 0
// is one that can't be true.
func (n *note) entry(b []byte) entry {
	e := entry{id: n.order.Uint16(b), typ: n.order.Uint16(b[2:]), count: uint64(n.order.Uint32(b[4:]))}
	if e.size = int64(e.count) * typeSize(e.typ); e.size > n.w.win.size {
		e.size = 0
	}
	copy(e.inline[:], b[8:12])
	e.off = int64(n.order.Uint32(b[8:]))
	return e
}

// settle finds out what the offsets of entries count from: the first of the
// maker's origins with which all values lie inside of the note, the first of all
// if there is none.
func (n *note) settle(entries []entry) error {
	n.base = n.at(n.maker.origins[0])
	for _, o := range n.maker.origins {
		if n.holds(n.at(o), entries) {
			n.base = n.at(o)
			return nil
		}
	}
	if n.maker.footer && n.moved < 0 {
		b, err := n.w.win.at(n.end-8, 8)
		if err != nil {
			return err
		}
		if len(b) == 8 && (string(b[:4]) == "II*\x00" || string(b[:4]) == "MM\x00*") {
			n.moved = int64(n.order.Uint32(b[4:]))
		}
	}
	if n.moved >= 0 && n.holds(n.off-n.moved, entries) {
		n.base = n.off - n.moved
	}
	return nil
}

func (n *note) at(o origin) int64 {
	if o == fromHeader {
		return 0
	}
	return n.off + int64(o)
}

func (n *note) holds(base int64, entries []entry) bool {
	for i := range entries {
		if e := &entries[i]; e.size > 4 && (base+e.off < n.off || base+e.off+e.size > n.end) {
			return false
		}
	}
	return true
}

// value is the first bytes of an entry, at most limit, valid until the next read.
func (n *note) value(e *entry, limit int64) ([]byte, error) {
	if e.size <= 4 {
		return e.inline[:e.size], nil
	}
	return n.w.win.at(e.off, min(e.size, limit))
}

// sayAt adds a field of a note without a directory, which stands at off.
func (n *note) sayAt(name string, value []byte, off, size int64) {
	had := len(n.tags)
	n.say(name, value)
	if n.took != nil && off >= n.off && off+size <= n.end {
		n.took(&entry{off: off, size: size}, had)
	}
}

// say adds a field. What is no text, and what stands for nothing, is dropped.
func (n *note) say(name string, value []byte) {
	if i := bytes.IndexByte(value, 0); i >= 0 {
		value = value[:i]
	}
	value = bytes.TrimSpace(bytes.TrimRight(value, "\xFF"))
	if len(value) == 0 || len(value) > maxNoteText || !readable(value) || len(bytes.Trim(value, "-_ .0")) == 0 {
		return
	}
	if s := text(value); s != "" {
		n.tags = append(n.tags, detectors.Tag{Group: noteGroup, Name: name, Value: s})
	}
}

// readable tells text from other bytes: UTF-8 or, with the odd letter beyond
// ASCII, one of the old encodings.
func readable(b []byte) bool {
	high := 0
	for _, c := range b {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' || c == 0x7F {
			return false
		}
		if c >= 0x80 {
			high++
		}
	}
	return 2*high <= len(b) || utf8.Valid(b)
}

// unwrap finds the note in what Adobe's DNG converter keeps of the original
// (DNG specification 1.7, DNGPrivateData): the mark "Adobe", then records of a
// name and a length; the one of the note tells byte order and former place.
func (n *note) unwrap() error {
	const mark = "Adobe\x00"
	b, err := n.w.win.at(n.off, int64(len(mark)))
	if err != nil || string(b) != mark {
		return err // a note as it is
	}
	off := n.off + int64(len(mark))
	for range 32 {
		b, err := n.w.win.at(off, 14)
		if err != nil || len(b) < 14 || off+8 > n.end {
			break
		}
		size := int64(binary.BigEndian.Uint32(b[4:]))
		if string(b[:4]) == "MakN" && size > 6 {
			n.end = min(n.end, off+8+size)
			n.off = off + 14
			if n.moved = int64(binary.BigEndian.Uint32(b[10:])); string(b[8:10]) == "II" {
				n.order = binary.LittleEndian
			} else {
				n.order = binary.BigEndian
			}
			return nil
		}
		off += 8 + size + size&1
	}
	n.off = n.end // nothing to read
	return nil
}
