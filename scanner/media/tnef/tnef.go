// Package tnef reads what Outlook puts a message into when it goes through mail
// that knows no such messages, the Transport Neutral Encapsulation Format
// ([MS-OXTNEF]): "winmail.dat". Parties, subject and further fields are tags, the
// bodies running text, and attachments are handed on where they stand.
package tnef

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mapi"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "tnef" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "TNEF (winmail.dat)",
		Types: "application/vnd.ms-tnef",
		Reads: "parties, subject, fields and bodies (text, HTML, packed RTF) of the message, recipients; attachments with their names, messages inside of it",
		Not:   "metafiles that stand for attachments; properties that are no texts",
	}
}

const magic = "\x78\x9f\x3e\x22"

// Match implements media.Format: the signature, a key, and the level of the first
// attribute.
func (format) Match(head []byte) bool {
	return bytes.HasPrefix(head, []byte(magic)) && (len(head) < 7 || head[6] == levelMessage || head[6] == levelFile)
}

const (
	levelMessage = 1
	levelFile    = 2

	headerSize    = 9       // level, number, length
	maxAttributes = 100_000 // of one stream; each attachment takes about six
)

// Attributes, without their type ([MS-OXTNEF] 2.1.3.1).
const (
	attOwner       = 0x0000
	attSentFor     = 0x0001
	attFrom        = 0x8000
	attSubject     = 0x8004
	attDateSent    = 0x8005
	attBody        = 0x800c
	attFileTitle   = 0x8010
	attFileData    = 0x800f
	attFileBegin   = 0x9002
	attProperties  = 0x9003
	attRecipients  = 0x9004
	attFile        = 0x9005
	attFileName    = 0x9001
	attOemCodePage = 0x9007
)

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{r: r, size: size, v: v, message: mapi.New(), legacy: map[uint16][]byte{}}
	win := &media.Window{R: r, Size: size}
	// Programs pad what they send: what follows the last attribute and is none is not
	// damage, unless it stands where the first would.
	n := 0
	for at := int64(6); at < size; n++ {
		h, err := win.At(at, headerSize)
		if err != nil {
			return err
		}
		if len(h) < headerSize || h[0] != levelMessage && h[0] != levelFile {
			if n == 0 || len(bytes.TrimRight(h, "\x00\r\n")) > 0 {
				v.Problem("", map[bool]media.Reason{true: media.Truncated, false: media.Corrupt}[len(h) < headerSize])
			}
			break
		}
		if n == maxAttributes {
			v.Problem("", media.LimitCount)
			break
		}
		a := attribute{level: h[0], id: binary.LittleEndian.Uint16(h[1:]), off: at + headerSize, n: int64(binary.LittleEndian.Uint32(h[5:]))}
		at = a.off + a.n + 2 // a checksum
		if a.off+a.n > size {
			v.Problem("", media.Truncated)
			a.n = size - a.off
		}
		if err := w.attribute(a); err != nil {
			return err
		}
	}
	if size <= 6 {
		v.Problem("", media.Truncated)
	}
	return w.close()
}

// attribute is one of the stream: where its bytes are.
type attribute struct {
	level  byte
	id     uint16
	off, n int64
}

// walk is the state of one Walk.
type walk struct {
	r    io.ReaderAt
	size int64
	v    media.Visitor

	message *mapi.Properties
	legacy  map[uint16][]byte // attributes of the message that properties may repeat
	parties []detectors.Tag   // recipients
	given   bool              // the message was handed out

	file  *file // the attachment that is open; nil if none is
	files int
}

// file is one attachment.
type file struct {
	properties  *mapi.Properties
	title, name string // by the attributes
	data        *io.SectionReader
}

// maxLegacy bounds an attribute that is kept but for the body.
const maxLegacy = 64 << 10

func (w *walk) attribute(a attribute) error {
	if a.level == levelFile {
		return w.ofFile(a)
	}
	switch a.id {
	case attOwner, attSentFor, attFrom, attSubject, attDateSent, attOemCodePage, attBody:
		most := int64(maxLegacy)
		if a.id == attBody {
			most = media.MaxBlock
		}
		b, err := w.take(a, most)
		w.legacy[a.id] = b
		return err
	case attProperties:
		b, err := w.take(a, media.MaxBlock)
		if err != nil {
			return err
		}
		rest, objects, ok := read(b, w.message)
		if !ok || len(rest) > 0 && len(bytes.Trim(rest, "\x00")) > 0 {
			w.v.Problem("", media.Corrupt)
		}
		for _, o := range objects {
			if err := w.object(o, a.off); err != nil {
				return err
			}
		}
	case attRecipients:
		b, err := w.take(a, media.MaxBlock)
		if err != nil {
			return err
		}
		w.recipients(b)
	}
	return nil
}

// take is what an attribute holds, up to most bytes.
func (w *walk) take(a attribute, most int64) ([]byte, error) {
	if a.n > most {
		w.v.Problem("", media.LimitBytes)
	}
	return media.ReadUpTo(w.r, a.off, min(a.n, most), w.size)
}

// ofFile takes an attribute of an attachment.
func (w *walk) ofFile(a attribute) error {
	if a.id == attFileBegin || w.file == nil {
		if err := w.close(); err != nil {
			return err
		}
		w.file = &file{properties: mapi.New()}
		w.file.properties.Page = w.message.Page
	}
	f := w.file
	switch a.id {
	case attFileData:
		f.data = io.NewSectionReader(w.r, a.off, a.n)
	case attFileTitle, attFileName:
		b, err := w.take(a, maxLegacy)
		if err != nil {
			return err
		}
		if a.id == attFileTitle {
			f.title = mapi.Decode(b, f.properties.Page)
		} else {
			f.name = mapi.Decode(b, f.properties.Page)
		}
	case attFile:
		b, err := w.take(a, media.MaxBlock)
		if err != nil {
			return err
		}
		_, objects, ok := read(b, f.properties)
		if !ok {
			w.v.Problem(fmt.Sprintf("attachment[%d]", w.files+1), media.Corrupt)
		}
		for _, o := range objects {
			if o.id == mapi.AttachedData {
				f.data = io.NewSectionReader(w.r, a.off+o.off, o.n)
			}
		}
	}
	return nil
}

// close hands out the attachment that is open, and before the first one the
// message itself.
func (w *walk) close() error {
	if err := w.tell(); err != nil {
		return err
	}
	f := w.file
	if f == nil {
		return nil
	}
	w.file = nil
	w.files++
	path := fmt.Sprintf("attachment[%d]", w.files)
	tags := f.properties.Others()
	for _, s := range [...]string{f.title, f.name} {
		if s = media.FieldValue(s); s != "" && s != f.properties.FileName() {
			tags = append(tags, detectors.Tag{Group: "Mail", Name: "FileName", Value: s})
		}
	}
	if err := w.tags(path, tags); err != nil {
		return err
	}
	if f.properties.SealedFile() {
		w.v.Problem(path, media.Encrypted)
	}
	if f.data == nil || f.data.Size() == 0 {
		if b := f.properties.Bytes(mapi.AttachedData); len(b) > 0 {
			f.data = io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b)))
		}
	}
	if f.data == nil || f.data.Size() == 0 {
		return nil
	}
	return w.v.Nested(join(path, fileName(f)), f.data)
}

// fileName is the name of an attachment as a step of a path.
func fileName(f *file) string {
	name := f.properties.FileName()
	for _, s := range [...]string{f.title, f.name} {
		if name == "" {
			name = media.FieldValue(s)
		}
	}
	name = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 128 {
		name = string(r[:128])
	}
	return name
}

// tell hands out the message, once.
func (w *walk) tell() error {
	if w.given {
		return nil
	}
	w.given = true
	m := w.message
	w.fill()
	if m.Sealed() {
		w.v.Problem("", media.Encrypted)
	}
	tags := append(append(m.Parties(), w.sent()...), w.parties...)
	if err := w.tags("", append(tags, m.Others()...)); err != nil {
		return err
	}
	return m.Bodies(w.v, "")
}

// fill sets, of the properties that a message lacks, those that old programs wrote
// as attributes of their own.
func (w *walk) fill() {
	m := w.message
	m.SetPage(mapi.CodePage(number(w.legacy[attOemCodePage])))
	set := func(id uint16, b []byte) {
		if len(bytes.Trim(b, "\x00")) > 0 && m.Text(id) == "" {
			m.Add(id, mapi.Text8, b)
		}
	}
	set(0x0037, w.legacy[attSubject])
	name, address := trp(w.legacy[attFrom])
	set(0x0c1a, name)
	set(0x0c1f, address)
	name, address = counted(w.legacy[attSentFor])
	set(0x0042, name)
	set(0x0065, address)
	name, address = counted(w.legacy[attOwner])
	set(0x0044, name)
	set(0x0078, address)
	if len(m.Bytes(0x1009)) == 0 && len(m.Bytes(0x1013)) == 0 {
		set(0x1000, w.legacy[attBody])
	}
}

// sent is the day on which the message was sent: numbers of two bytes, from the
// year to the second.
func (w *walk) sent() []detectors.Tag {
	b := w.legacy[attDateSent]
	if len(b) < 12 {
		return nil
	}
	var n [6]int
	for i := range n {
		n[i] = int(binary.LittleEndian.Uint16(b[2*i:]))
	}
	if n[0] < 1980 || n[0] > 9999 || n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 {
		return nil
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], n[3]%24, n[4]%60, n[5]%60, 0, time.UTC)
	return []detectors.Tag{{Group: "Mail", Name: "Date", Value: t.Format("2006-01-02T15:04:05")}}
}

// recipients reads the table of them: rows of properties.
func (w *walk) recipients(b []byte) {
	if len(b) < 4 {
		return
	}
	n := binary.LittleEndian.Uint32(b)
	b = b[4:]
	for ; n > 0 && len(b) >= 4 && len(w.parties) < maxRecipients; n-- {
		p := mapi.New()
		rest, _, ok := read(b, p)
		p.SetPage(mapi.CodePage(number(w.legacy[attOemCodePage])))
		w.parties = append(w.parties, p.Recipient()...)
		if !ok {
			w.v.Problem("recipients", media.Corrupt)
			return
		}
		b = rest
	}
	if n > 0 {
		reason := media.Truncated
		if len(w.parties) >= maxRecipients {
			reason = media.LimitCount
		}
		w.v.Problem("recipients", reason)
	}
}

// maxRecipients of one message.
const maxRecipients = 10_000

// object hands on an object among the properties of the message.
func (w *walk) object(o object, base int64) error {
	return w.v.Nested(fmt.Sprintf("object[%04x]", o.id), io.NewSectionReader(w.r, base+o.off, o.n))
}

func (w *walk) tags(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// trp reads a name and an address as attFrom has them ([MS-OXTNEF] 2.1.3.4.1): a
// kind, a size, their lengths, and they themselves.
func trp(b []byte) (name, address []byte) {
	if len(b) < 8 {
		return nil, nil
	}
	return cut(b[8:], int(binary.LittleEndian.Uint16(b[4:])), int(binary.LittleEndian.Uint16(b[6:])))
}

// counted reads a name and an address, each with its length before it.
func counted(b []byte) (name, address []byte) {
	if len(b) < 2 {
		return nil, nil
	}
	n := min(int(binary.LittleEndian.Uint16(b)), len(b)-2)
	name, b = b[2:2+n], b[2+n:]
	if len(b) < 2 {
		return name, nil
	}
	return name, plain(b[2:min(2+int(binary.LittleEndian.Uint16(b)), len(b))])
}

func cut(b []byte, n, m int) (name, address []byte) {
	n = min(n, len(b))
	return b[:n], plain(b[n:min(n+m, len(b))])
}

// plain is an address without the kind that stands before it.
func plain(b []byte) []byte {
	if kind, rest, ok := bytes.Cut(b, []byte(":")); ok && len(kind) <= 8 {
		return rest
	}
	return b
}

func number(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	return int(binary.LittleEndian.Uint32(b))
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "/" + b
}
