// Package ole reads compound files ([MS-CFB]): documents of Word, Excel and
// PowerPoint of 1997 to 2003 and before, messages of Outlook, and what other
// programs keep in such files. The container is read here because nothing in it
// may be believed: chains of sectors that meet themselves, sizes beyond the file.
//
// Properties are tags; text is read by the structure of each kind, and what
// structure does not explain is searched for runs of text. Pictures, embedded
// files and attachments are nested.
package ole

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "ole" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Word, Excel, PowerPoint 97-2003, Outlook messages, other compound files",
		Types: "application/msword, application/vnd.ms-excel, application/vnd.ms-powerpoint, application/vnd.ms-outlook, application/x-ole-storage",
		Reads: "text, properties, authors of changes and comments, who saved it where, hidden and deleted rests, macros; messages with parties, bodies and attachments; pictures, metafiles and embedded files",
		Not:   "documents with a password; charts and drawings beyond their text",
	}
}

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return bytes.HasPrefix(head, []byte(magic)) || bytes.HasPrefix(head, []byte(beta)) ||
		len(head) >= 4 && len(head) < 8 && bytes.HasPrefix([]byte(magic), head)
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	c, err := openContainer(r, size)
	if err != nil {
		return err
	}
	w := &walk{c: c, v: v, done: map[int]bool{}}
	if err := w.storage(0, "", 0); err != nil {
		return err
	}
	if c.err != nil {
		return c.err
	}
	if !w.known {
		if err := w.leftovers(); err != nil {
			return err
		}
	}
	if c.damaged {
		v.Problem("", media.Corrupt)
	}
	return c.err
}

// walk is the state of one Walk.
type walk struct {
	c     *container
	v     media.Visitor
	done  map[int]bool // entries that were read
	known bool         // some storage is of a kind that is read by its structure
}

// maxNesting is how deep storages are gone into.
const maxNesting = 32

// storage reads one storage: a document, a message, or a folder of others.
func (w *walk) storage(i int, path string, depth int) error {
	if depth > maxNesting {
		w.v.Problem(path, media.LimitDepth)
		return nil
	}
	for _, k := range [...]struct {
		stream string
		read   func(w *walk, storage int, e *entry, path string) error
	}{
		{"EncryptedPackage", (*walk).encrypted},
		{"WordDocument", (*walk).word},
		{"Workbook", (*walk).workbook},
		{"Book", (*walk).workbook},
		{"PowerPoint Document", (*walk).powerpoint},
		{"__properties_version1.0", (*walk).message},
	} {
		if e := w.c.find(i, k.stream); e != nil && e.kind == 2 {
			w.known = true
			if err := k.read(w, i, e, path); err != nil {
				return err
			}
		}
	}
	if err := w.catalog(i, path); err != nil {
		return err
	}
	for _, n := range w.c.entries[i].children {
		if w.done[n] {
			continue
		}
		w.done[n] = true
		e := &w.c.entries[n]
		at := join(path, printable(e.name))
		if e.kind == 1 {
			if err := w.storage(n, at, depth+1); err != nil {
				return err
			}
			continue
		}
		if err := w.stream(e, at); err != nil {
			return err
		}
		if w.c.err != nil {
			return w.c.err
		}
	}
	return nil
}

// take is the content of a stream that is read now.
func (w *walk) take(storage int, name, path string) []byte {
	for _, i := range w.c.entries[storage].children {
		if equalFold(w.c.entries[i].name, name) {
			w.done[i] = true
			return w.content(&w.c.entries[i], path)
		}
	}
	return nil
}

func (w *walk) content(e *entry, path string) []byte {
	b, short := w.c.stream(e)
	if short != "" {
		w.v.Problem(path, short)
	}
	return b
}

func (w *walk) encrypted(storage int, e *entry, path string) error {
	w.v.Problem(path, media.Encrypted)
	for _, i := range w.c.entries[storage].children {
		switch w.c.entries[i].name {
		case "EncryptedPackage", "EncryptionInfo", "\x06DataSpaces":
			w.done[i] = true
		}
	}
	return nil
}

// stream reads a stream for itself, by its name or by what it begins with.
func (w *walk) stream(e *entry, path string) error {
	switch {
	case strings.HasPrefix(e.name, "\x05"):
		b := w.content(e, path)
		tags, ok := propertySet(b)
		if !ok && len(bytes.Trim(b, "\x00")) > 0 && strings.HasSuffix(e.name, "SummaryInformation") {
			w.v.Problem(path, media.Corrupt)
		}
		return w.tags(path, tags)
	case e.name == "\x01Ole10Native":
		return w.native(w.content(e, path), path)
	case strings.HasPrefix(e.name, "\x02OlePres"):
		return w.presentation(w.content(e, path), path)
	case strings.HasPrefix(e.name, "\x01"), strings.HasPrefix(e.name, "\x03"), e.name == "Current User", e.name == "PROJECTwm":
		return nil // what the objects are, and how they are shown
	}
	b := w.content(e, path)
	if len(b) == 0 {
		return nil
	}
	switch {
	case isFile(b):
		return w.nested(path, b)
	case len(b) > 15 && u32(b) == 12 && string(b[12:15]) == "\xff\xd8\xff": // a thumbnail that no catalog names
		return w.nested(path, b[12:])
	case e.name == "Pictures" || e.name == "Data":
		return w.pictures(b, path)
	}
	if src := macro(b); src != "" {
		return w.text(path, src)
	}
	if e.name == "PROJECT" {
		return w.text(path, decode(b, charmap.Windows1252, false))
	}
	if !w.known {
		if err := w.pictures(b, path); err != nil {
			return err
		}
		return w.runs(b, path)
	}
	return nil
}

// leftovers reads streams that no storage leads to, of files whose kind is
// unknown or whose directory is damaged.
func (w *walk) leftovers() error {
	for i := range w.c.entries {
		e := &w.c.entries[i]
		if e.kind != 2 || e.reached || e.size == 0 {
			continue
		}
		if err := w.stream(e, fmt.Sprintf("lost[%d]/%s", i, printable(e.name))); err != nil {
			return err
		}
	}
	w.v.Problem("", media.Unsupported)
	return nil
}

// fileMagics begin files that stand in streams as they are.
var fileMagics = []string{"%PDF-", "PK\x03\x04", "\xff\xd8\xff", "\x89PNG\r\n", "GIF8", "RIFF", magic, "{\\rtf", "II*\x00", "MM\x00*", "BM", "<?xml", "\x1f\x8b\x08"}

func isFile(b []byte) bool {
	for _, m := range fileMagics {
		if bytes.HasPrefix(b, []byte(m)) {
			return len(m) > 2 || len(b) > 6 && int64(u32(b[2:])) == int64(len(b))
		}
	}
	return false
}

func (w *walk) nested(path string, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

func (w *walk) text(path, s string) error {
	t := media.NewRunning(w.v, path)
	t.WriteString(s)
	return t.End()
}

func (w *walk) tags(path string, tags []detectors.Tag) error {
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// native reads an embedded file of the Packager: its names, which tell where it
// lay, and itself ([MS-OLEDS] 2.3.6 and what programs put there).
func (w *walk) native(b []byte, path string) error {
	if len(b) < 8 {
		return nil
	}
	rest := b[6:]
	var names []string
	for range 2 {
		s, after, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return w.object(b[4:], path)
		}
		names = append(names, decode(s, charmap.Windows1252, false))
		rest = after
	}
	if len(rest) < 8 || int64(u32(rest[4:])) > int64(len(rest)-8) {
		return w.object(b[4:], path)
	}
	n := int(u32(rest[4:]))
	names = append(names, decode(rest[8:8+n], charmap.Windows1252, false))
	rest = rest[8+n:]
	var tags []detectors.Tag
	for i, name := range [...]string{"Label", "FileName", "TempPath"} {
		if s := tidy(names[i]); s != "" {
			tags = append(tags, detectors.Tag{Group: "OLE", Name: name, Value: s})
		}
	}
	if err := w.tags(path, tags); err != nil {
		return err
	}
	if len(rest) < 4 {
		w.v.Problem(path, media.Truncated)
		return nil
	}
	size := int64(u32(rest))
	if size > int64(len(rest)-4) {
		w.v.Problem(path, media.Truncated)
		size = int64(len(rest) - 4)
	}
	return w.nested(join(path, tidy(names[0])), rest[4:4+size])
}

// presentation reads the picture that stands for an object where its program is not
// there ([MS-OLEDS] 2.3.4): a metafile, or a bitmap without the header of a file.
func (w *walk) presentation(b []byte, path string) error {
	if len(b) < 12 || u32(b) < 0xfffffffe {
		return nil
	}
	kind := u32(b[4:])
	at := 12 // the size of a target device is given, counted in itself
	if n := int64(u32(b[8:])); n > 4 {
		at += int(min(n-4, int64(len(b))))
	}
	at += 24 // aspect, index, flags, a reserved field, width, height
	if at+4 > len(b) {
		return nil
	}
	data := b[at+4:]
	if n := int64(u32(b[at:])); n < int64(len(data)) {
		data = data[:n]
	}
	switch kind {
	case 3, 14: // WMF, EMF
		return w.nested(join(path, "image"), data)
	case 8: // a bitmap: its header, its colours, its pixels
		if len(data) < 40 || u32(data) != 40 {
			return nil
		}
		colours := min(int(u32(data[32:])), 256)
		if bits := u16(data[14:]); colours == 0 && bits >= 1 && bits <= 8 {
			colours = 1 << bits
		}
		head := binary.LittleEndian.AppendUint32([]byte("BM"), uint32(14+len(data)))
		head = binary.LittleEndian.AppendUint32(head, 0)
		head = binary.LittleEndian.AppendUint32(head, uint32(14+40+4*colours))
		return w.nested(join(path, "image"), append(head, data...))
	}
	return nil
}

// object reads what an object of another program keeps: a file, or who knows.
func (w *walk) object(b []byte, path string) error {
	if isFile(b) {
		return w.nested(path, b)
	}
	return w.runs(b, path)
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "/" + b
}

// printable is a name without the control characters that mark some.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}
