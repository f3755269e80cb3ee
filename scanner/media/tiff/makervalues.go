package tiff

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"habeas/scanner/media"
)

// How the fields of maker notes that are not plain text are to be understood.

func takeText(n *note, name string, e *entry) error {
	b, err := n.value(e, maxNoteText)
	if isBytes(e.typ) {
		n.say(name, b)
	}
	return err
}

// takeFrom reads size bytes of text at off in the value.
func takeFrom(off, size int) func(*note, string, *entry) error {
	return func(n *note, name string, e *entry) error {
		b, err := n.value(e, maxNoteText)
		if len(b) > off {
			n.part = media.Range{Off: int64(off), N: int64(min(len(b), off+size) - off)}
			n.say(name, b[off:min(len(b), off+size)])
		}
		return err
	}
}

// takeNumber reads a whole number and writes it with at least that many digits.
func takeNumber(digits int) func(*note, string, *entry) error {
	return func(n *note, name string, e *entry) error {
		v, ok, err := n.number(e)
		if ok {
			n.say(name, fmt.Appendf(nil, "%0*d", digits, v))
		}
		return err
	}
}

func (n *note) number(e *entry) (v uint64, ok bool, err error) {
	b, err := n.value(e, 8)
	switch {
	case err != nil:
	case e.typ == typeLong && len(b) >= 4:
		return uint64(n.order.Uint32(b)), true, nil
	case e.typ == typeShort && len(b) >= 2:
		return uint64(n.order.Uint16(b)), true, nil
	}
	return 0, false, err
}

// directoryOf reads a directory inside the note: where the entry points, or
// where its own bytes stand if they are the directory.
func directoryOf(fields []noteField) func(*note, string, *entry) error {
	return func(n *note, _ string, e *entry) error {
		off := e.off
		switch {
		case e.typ == typeIFD || e.typ == typeLong && e.count == 1:
			off = n.base + int64(n.order.Uint32(e.inline[:]))
		case e.size <= 4:
			return nil
		}
		order, base := n.order, n.base
		defer func() { n.order, n.base = order, base }()
		b, err := n.w.win.at(off, 2)
		if err != nil {
			return err
		}
		switch string(b) { // Kodak's begin with their byte order and count from there
		case "II":
			n.order, n.base, off = binary.LittleEndian, off, off+2
		case "MM":
			n.order, n.base, off = binary.BigEndian, off, off+2
		}
		return n.directory(off, fields, 1)
	}
}

// canonSerial writes the number as the camera's display and its plate show it.
func canonSerial(n *note, name string, e *entry) error {
	v, ok, err := n.number(e)
	switch {
	case !ok || v == 0:
	case strings.HasSuffix(n.model, "EOS D30"):
		n.say(name, fmt.Appendf(nil, "%04x%05d", v>>16, v&0xFFFF))
	case strings.Contains(n.model, "EOS-1D"):
		n.say(name, fmt.Appendf(nil, "%06d", v))
	default:
		n.say(name, fmt.Appendf(nil, "%010d", v))
	}
	return err
}

// canonInternal: the 5D models put nine bytes of other things first.
func canonInternal(n *note, name string, e *entry) error {
	if strings.Contains(n.model, "EOS 5D") {
		return takeFrom(9, maxNoteText)(n, name, e)
	}
	return takeText(n, name, e)
}

func canonLens(n *note, name string, e *entry) error {
	b, err := n.value(e, 5)
	if len(b) == 5 && !bytes.Equal(b[:4], make([]byte, 4)) && !bytes.Equal(b[:4], []byte("\xFF\xFF\xFF\xFF")) {
		n.say(name, hex.AppendEncode(nil, b))
	}
	return err
}

// nikonPlace is the name of a point of interest that a camera with a receiver
// wrote: a version, the encoding, a country code and the name.
func nikonPlace(n *note, name string, e *entry) error {
	b, err := n.value(e, maxNoteText)
	if len(b) < 10 {
		return err
	}
	n.say("CountryCode", b[5:8])
	encoding, b := b[4], b[9:min(len(b), 79)]
	switch encoding {
	case 0, 1: // text as it is, or UTF-8
		n.say(name, b)
	case 2: // UTF-16
		n.say(name, []byte(fromUTF16(b, n.order == binary.ByteOrder(binary.BigEndian))))
	}
	return err
}

// panasonicFaces: a count, then of each face the camera knows a name, a place
// and an age.
func panasonicFaces(n *note, name string, e *entry) error {
	const first, each, size = 4, 48, 20
	b, err := n.value(e, first+3*each)
	if len(b) < first {
		return err
	}
	for i := range min(int(n.order.Uint16(b)), 3) {
		if at := first + i*each; len(b) >= at+size {
			n.say(fmt.Sprintf("%s%dName", name, i+1), b[at:at+size])
		}
	}
	return err
}

// fujiFaces: pairs of offset and length of records, each with the place of a
// name and of a birthday.
func fujiFaces(n *note, name string, e *entry) error {
	b, err := n.value(e, maxNoteBlock)
	piece := func(rec []byte, at int) []byte {
		size, off := binary.LittleEndian.Uint32(rec[at:]), binary.LittleEndian.Uint32(rec[at+4:])
		if uint64(off)+uint64(size) > uint64(len(b)) {
			return nil
		}
		return b[off : off+size]
	}
	for i := range 8 {
		if len(b) < 8*(i+1) {
			break
		}
		off, size := binary.LittleEndian.Uint32(b[8*i:]), binary.LittleEndian.Uint32(b[8*i+4:])
		if size < 62 || uint64(off)+62 > uint64(len(b)) {
			break
		}
		rec := b[off:]
		n.say(fmt.Sprintf("%s%dName", name, i+1), piece(rec, 30))
		n.say(fmt.Sprintf("%s%dBirthday", name, i+1), piece(rec, 54))
	}
	return err
}

// sonySerial: eight digits, of which the pairs stand in reverse.
func sonySerial(n *note, name string, e *entry) error {
	b, err := n.value(e, maxNoteText)
	b = bytes.TrimRight(b, "\x00 ")
	if len(b) == 8 && len(bytes.Trim(b, "0123456789")) == 0 {
		s := []byte{b[6], b[7], b[4], b[5], b[2], b[3], b[0], b[1]}
		n.say(name, bytes.TrimPrefix(s, []byte("0")))
	}
	return err
}

// sonyInternal: where the number stands depends on the model. The bytes of the
// block are substituted by their cubes modulo 249, which hides nothing. They are
// written as ExifTool's numbers are.
func sonyInternal(n *note, name string, e *entry) error {
	off, size := sonyPlace(n.model)
	if size == 0 || e.size < int64(off+size) {
		return nil
	}
	b, err := n.value(e, int64(off+size))
	if len(b) < off+size {
		return err
	}
	var s []byte
	kinds := 0
	for i, c := range b[off:] {
		if i > 0 {
			s = append(s, ' ')
		}
		if c = cubeRoot(c); c != 0 && c != 0xFF {
			kinds++
		}
		s = strconv.AppendUint(s, uint64(c), 10)
	}
	if kinds >= 2 {
		n.part = media.Range{Off: int64(off), N: int64(size)} // of kilobytes
		n.say(name, s)
	}
	return err
}

// sonyPlace is where the block of a model has the number.
func sonyPlace(model string) (off, size int) {
	series, kind, _ := strings.Cut(model, "-")
	in := func(list string) bool { return slices.Contains(strings.Split(list, "|"), kind) }
	switch series {
	case "SLT", "HV":
		return 0xF0, 5
	case "NEX":
		if in("5N|7|VG20E") {
			return 0, 0
		}
		return 0x7C, 4
	case "Lusso":
		return 0x7C, 4
	case "ILCA":
		switch {
		case in("68|77M2"):
			return 0xF0, 5
		case in("99M2"):
			return 0x88, 6
		}
	case "ILCE":
		switch {
		case in("3000|3500|5000|5100|6000|7|7R|7S|7M2|QX1"):
			return 0x7C, 4
		case in("6100|6300|6400|6500|6600|7C|7M3|7M4|7RM2|7RM3|7RM3A|7RM4|7RM4A|7RM5|7SM2|7SM3|9|9M2"):
			return 0x88, 6
		case in("1"):
			return 0x8A, 6
		}
	case "ILME":
		if in("FX3") {
			return 0x88, 6
		}
	case "ZV":
		if in("E10") {
			return 0x88, 6
		}
	}
	return 0, 0
}

// cubeRoot undoes x*x*x modulo 249. The bytes from 249 on stand for themselves.
func cubeRoot(c byte) byte {
	for x := range 249 {
		if x*x*x%249 == int(c) {
			return byte(x)
		}
	}
	return c
}

func pentaxInternal(n *note, name string, e *entry) error {
	b, err := n.value(e, 20)
	if e.typ == typeLong && len(b) == 20 {
		if v := n.order.Uint32(b[16:]); v != 0 {
			n.part = media.Range{Off: 16, N: 4}
			n.say(name, strconv.AppendUint(nil, uint64(v), 10))
		}
	}
	return err
}

// ricohSerial is text on most models, bytes on others.
func ricohSerial(n *note, name string, e *entry) error {
	b, err := n.value(e, 16)
	if len(b) == 0 {
		return err
	}
	if t := bytes.TrimRight(b, "\x00 "); len(t) > 0 && printable(t) {
		n.say(name, t)
	} else if len(t) > 0 && len(bytes.Trim(t, "\xFF")) > 0 {
		n.say("InternalSerialNumber", hex.AppendEncode(nil, b))
	}
	return err
}

func nintendoSerial(n *note, name string, e *entry) error {
	b, err := n.value(e, 0x1C)
	if len(b) == 0x1C && len(bytes.Trim(b[0x18:], "\x00")) > 0 {
		n.part = media.Range{Off: 0x18, N: 4}
		n.say(name, hex.AppendEncode([]byte("0x"), b[0x18:]))
	}
	return err
}

// labelled reads notes that are text, or hold one, with the label of the number
// before it: Hewlett-Packard's.
func labelled(n *note) error {
	b, err := n.w.win.at(n.off, min(n.end-n.off, maxNoteBlock))
	for _, label := range []string{"SERIAL NUMBER:", "Serial Number:"} {
		if i := bytes.Index(b, []byte(label)); i >= 0 {
			i += len(label)
			number := upTo(b[i:], 32)
			n.sayAt("SerialNumber", number, n.off+int64(i), int64(len(number)))
			break
		}
	}
	return err
}

// upTo is the text at the start of b, up to the end of a line and to size bytes.
func upTo(b []byte, size int) []byte {
	b = b[:min(len(b), size)]
	if i := bytes.IndexFunc(b, func(r rune) bool { return r < ' ' }); i >= 0 {
		b = b[:i]
	}
	return b
}

// kodak: some models begin with the serial number, others with "KDK" and their
// name, or with a directory.
func kodak(n *note) error {
	b, err := n.w.win.at(n.off, min(16, n.end-n.off))
	if err != nil || len(b) < 16 {
		return err
	}
	if t := bytes.TrimRight(b, "\x00 "); len(t) >= 10 && (t[0] == 'K' && string(t[:3]) != "KDK" || t[0] == 'C') && printable(t) && bytes.ContainsAny(t, "0123456789") {
		n.sayAt("SerialNumber", t, n.off, int64(len(t)))
		return nil
	}
	m := maker{origins: []origin{fromHeader, 0}}
	n.maker = &m
	return n.directory(n.off, kodakFields, 0)
}

// Reconyx writes records of fixed fields, in texts of one or of two bytes a letter.
func reconyx1(n *note) error { return n.fixed("SerialNumber", 0x15*2, 30, true) }
func reconyx2(n *note) error { return n.fixed("SerialNumber", 0x4B, 15, false) }
func reconyx3(n *note) error { return n.fixed("SerialNumber", 0x7E, 30, true) }

func (n *note) fixed(name string, off, size int64, wide bool) error {
	if n.off+off+size > n.end {
		return nil
	}
	b, err := n.w.win.at(n.off+off, size)
	if wide {
		b = []byte(fromUTF16(b, false))
	}
	n.sayAt(name, b, n.off+off, size)
	return err
}

// phaseOne reads a directory of 16 byte entries: number, format, bytes, value.
func phaseOne(n *note) error {
	b, err := n.w.win.at(n.off, 12)
	if err != nil || len(b) < 12 {
		return err
	}
	dir := n.off + int64(n.order.Uint32(b[8:]))
	if b, err = n.w.win.at(dir, 8); err != nil || len(b) < 8 {
		return err
	}
	count := n.order.Uint32(b)
	if count > 300 {
		return nil
	}
	if b, err = n.w.win.at(dir+8, 16*int64(count)); err != nil {
		return err
	}
	for ; len(b) >= 16; b = b[16:] {
		if n.order.Uint32(b) != 0x0102 {
			continue
		}
		size, value := int64(n.order.Uint32(b[8:])), n.off+int64(n.order.Uint32(b[12:]))
		if size > 4 && size <= maxNoteText {
			b, err = n.w.win.at(value, size)
			n.sayAt("SerialNumber", b, value, size)
		}
		return err
	}
	return nil
}
