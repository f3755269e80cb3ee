package tnef

import (
	"encoding/binary"
	"fmt"

	"habeas/scanner/media"
	"habeas/scanner/media/mapi"
)

// object is a property that is a file or a message: where it stands in the bytes
// that were read.
type object struct {
	id     uint16
	off, n int64
}

// maxValues bounds the values of one list.
const maxValues = 4096

// reader goes through encoded properties ([MS-OXTNEF] 2.1.3.4.9). What ends too
// early sets bad.
type reader struct {
	all []byte
	at  int
	bad bool
}

// read reads a list of properties into p. It gives what follows the list and the
// objects in it; ok is false where it is damaged.
func read(b []byte, p *mapi.Properties) (rest []byte, objects []object, ok bool) {
	r := &reader{all: b}
	// A property takes eight bytes at least.
	for n := r.number(); n > 0 && !r.bad; n-- {
		if p.Full() || len(objects) == maxValues {
			return nil, objects, false
		}
		if o, is := r.property(p); is {
			objects = append(objects, o)
		}
	}
	return b[r.at:], objects, !r.bad
}

// property reads one property.
func (r *reader) property(p *mapi.Properties) (o object, is bool) {
	head := r.bytes(4)
	if r.bad {
		return o, false
	}
	kind, id := binary.LittleEndian.Uint16(head), binary.LittleEndian.Uint16(head[2:])
	if id >= 0x8000 {
		r.name(id, p)
	}
	base := kind &^ mapi.Many
	if n := width(base); n > 0 {
		count := uint32(1)
		if kind&mapi.Many != 0 {
			count = r.number()
		}
		for i := uint32(0); i < count && !r.bad; i++ {
			b := r.bytes(n)
			if !r.bad && kind == mapi.Integer32 {
				p.SetNumber(id, binary.LittleEndian.Uint32(b))
			}
		}
		return o, false
	}
	switch base {
	case mapi.Text8, mapi.Text16, mapi.Binary, mapi.Object:
	default:
		r.bad = true // nobody knows how long it is
		return o, false
	}
	for count := r.number(); count > 0 && !r.bad; count-- {
		n := r.number()
		off := r.at
		b := r.bytes(int(min(n, uint32(media.MaxBlock))))
		r.pad(int(n))
		switch {
		case r.bad:
		case kind == mapi.Object && n > guidSize:
			o, is = object{id, int64(off + guidSize), int64(n) - guidSize}, true
		case kind == mapi.Text8, kind == mapi.Text16, kind == mapi.Binary:
			p.Add(id, kind, b)
		case base == mapi.Text8, base == mapi.Text16:
			p.Append(id, base, b)
		}
	}
	return o, is
}

// guidSize of what says which kind of object it is, before the object.
const guidSize = 16

// name reads the name of a property of a program's own: a number or a text.
func (r *reader) name(id uint16, p *mapi.Properties) {
	r.bytes(guidSize)
	switch r.number() {
	case 0:
		n := r.number()
		p.SetName(id, named(n))
	case 1:
		n := int(min(r.number(), 1<<16))
		b := r.bytes(n)
		r.pad(n)
		if s, _ := media.AppendWide(nil, b, media.UTF16LE, true); len(s) > 0 {
			p.SetName(id, media.FieldName(string(s)))
		}
	default:
		r.bad = true
	}
}

// named are properties of contacts and appointments by number ([MS-OXPROPS]).
func named(n uint32) string {
	if s := names[n]; s != "" {
		return s
	}
	return fmt.Sprintf("Property%04X", n)
}

var names = map[uint32]string{
	0x8005: "FileUnder", 0x801a: "HomeAddress", 0x801b: "WorkAddress", 0x801c: "OtherAddress", 0x802b: "HomePage", 0x8045: "Street", 0x8046: "City", 0x8047: "State", 0x8048: "PostalCode", 0x8049: "Country",
	0x8062: "InstantMessaging", 0x8080: "DisplayName", 0x8083: "EmailAddress", 0x8084: "DisplayName", 0x8090: "DisplayName", 0x8093: "EmailAddress", 0x8094: "DisplayName", 0x80a0: "DisplayName", 0x80a3: "EmailAddress", 0x80a4: "DisplayName",
	0x8208: "Location", 0x8238: "AllAttendees", 0x823b: "DisplayTo", 0x823c: "DisplayCc", 0x811f: "TaskOwner", 0x8121: "TaskAssigner", 0x853a: "Contacts", 0x8539: "Companies",
}

// width is how many bytes a value of a type of one length takes, with its padding;
// 0 for other types.
func width(kind uint16) int {
	switch kind {
	case mapi.Integer16, mapi.Integer32, 0x01, 0x04, 0x0a, 0x0b:
		return 4
	case 0x05, 0x06, 0x07, 0x14, mapi.Time:
		return 8
	case mapi.GUID:
		return guidSize
	}
	return 0
}

func (r *reader) bytes(n int) []byte {
	if r.bad || n < 0 || n > len(r.all)-r.at {
		r.bad = true
		return nil
	}
	b := r.all[r.at : r.at+n]
	r.at += n
	return b
}

func (r *reader) number() uint32 {
	if b := r.bytes(4); len(b) == 4 {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// pad goes to where the next value of four bytes stands behind one of n bytes. The
// last value of a stream may lack it.
func (r *reader) pad(n int) {
	if n = -n & 3; n <= len(r.all)-r.at {
		r.at += n
	} else if !r.bad {
		r.at = len(r.all)
	}
}
