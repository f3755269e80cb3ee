// Package dicom reads the files of medical imaging (DICOM, PS3.5, PS3.6 and PS3.10):
// whom a picture shows, when that person was born and lives where, who took it,
// read it and ordered it. All texts of the data set are cells of one record, under
// the names that the standard gives their elements. Documents and coded pictures in
// it are handed on; the first picture that is not coded is drawn for whoever looks
// at pictures, since names are often burned into them.
package dicom

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"golang.org/x/text/encoding"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "dicom" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "DICOM",
		Types: "application/dicom",
		Reads: "every text of the data set under the name of its element, private ones too; serial numbers of devices; documents and JPEG pictures in it; the first picture that is not coded, as it is drawn",
		Not:   "pictures in codings that no other format has; identifiers (UID) and codes; files without the head of PS3.10",
	}
}

const (
	preamble = 128
	prefix   = "DICM"
)

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return len(head) >= preamble+4 && string(head[preamble:preamble+4]) == prefix
}

// Transfer syntaxes that are told apart (PS3.5 annex A). In all others the data set
// is as in the second.
const (
	implicitLittle = "1.2.840.10008.1.2"
	explicitBig    = "1.2.840.10008.1.2.2"
	deflated       = "1.2.840.10008.1.2.1.99"
)

// The limits of one file.
const (
	maxElements = 1_000_000
	maxText     = 1 << 20 // bytes of one text
	maxFrames   = 16      // coded pictures that are handed on
	maxImplicit = 64      // sequences of unknown kind inside of each other
)

// walk is the state of one Walk.
type walk struct {
	media.Window
	v      media.Visitor
	order  binary.ByteOrder
	plain  bool // elements do not say their kind
	page   encoding.Encoding
	rows   *cells.Rows
	tags   []detectors.Tag
	syntax string
	image  image
	files  int
	depth  int   // of sequences
	within []int // depths at which sequences of unknown kind began
}

// element is one of a data set.
type element struct {
	group, number uint16
	kind          string // VR; "" if it does not say
	off, n        int64  // of its value; n is open where it ends is marked
}

const open = 1<<32 - 1

func (e *element) tag() uint32 { return uint32(e.group)<<16 | uint32(e.number) }

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{v: v, order: binary.LittleEndian, rows: cells.NewRows(v, "")}
	w.Reset(r, size)
	at, err := w.meta()
	if err != nil {
		return err
	}
	switch w.syntax {
	case implicitLittle:
		w.plain = true
	case explicitBig:
		w.order = binary.BigEndian
	case deflated:
		src := media.NewStored(r, at, size-at)
		in, err := media.NewInflater(media.BudgetOf(v), src, func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil })
		if err != nil {
			return err
		}
		b, err := media.ReadBlock(in)
		if src.Err() != nil {
			return src.Err()
		}
		if err != nil {
			v.Problem("", media.ReasonOf(err))
		}
		w.Reset(bytes.NewReader(b), int64(len(b)))
		at = 0
	}
	if err := w.elements(at); err != nil {
		return err
	}
	if err := w.rows.End(); err != nil {
		return err
	}
	if err := w.rows.Flush(); err != nil {
		return err
	}
	if len(w.tags) > 0 {
		if err := v.Part(&detectors.Part{Path: "device", Tags: w.tags, Off: -1}); err != nil {
			return err
		}
	}
	return w.show()
}

// meta reads the elements that say how the data set is written (PS3.10 section 7.1)
// and tells where that begins.
func (w *walk) meta() (at int64, err error) {
	at = preamble + 4
	for range maxElements {
		e, next, ok, err := w.element(at)
		if err != nil {
			return 0, err
		}
		if !ok || e.group != 0x0002 {
			break
		}
		if e.number == 0x0010 {
			b, err := w.value(e)
			if err != nil {
				return 0, err
			}
			w.syntax = strings.TrimRight(string(b), "\x00 ")
		}
		at = next
	}
	return at, nil
}

// longKinds have a length of four bytes behind two that are kept free (PS3.5 7.1.2).
var longKinds = map[string]bool{"OB": true, "OD": true, "OF": true, "OL": true, "OV": true, "OW": true, "SQ": true, "SV": true, "UC": true, "UN": true, "UR": true, "UT": true, "UV": true}

// element reads the head of an element and tells where the next one begins if
// nothing in this one is gone into. ok is false at the end of the data set.
func (w *walk) element(at int64) (e element, next int64, ok bool, err error) {
	h, err := w.At(at, 12)
	if err != nil || len(h) < 8 {
		return e, 0, false, err
	}
	e = element{group: w.order.Uint16(h), number: w.order.Uint16(h[2:])}
	e.off = at + 8
	switch {
	case e.group == 0xfffe || w.plain || len(w.within) > 0:
		e.n = int64(w.order.Uint32(h[4:]))
	default:
		e.kind = string(h[4:6])
		if !isKind(h[4:6]) {
			return e, 0, false, nil
		}
		if longKinds[e.kind] {
			if len(h) < 12 {
				return e, 0, false, nil
			}
			e.off, e.n = at+12, int64(w.order.Uint32(h[8:]))
		} else {
			e.n = int64(w.order.Uint16(h[6:]))
		}
	}
	return e, e.off + e.n, true, nil
}

func isKind(b []byte) bool { return b[0] >= 'A' && b[0] <= 'Z' && b[1] >= 'A' && b[1] <= 'Z' }

// value reads a value, at most maxText bytes of it.
func (w *walk) value(e element) ([]byte, error) {
	if e.n <= 4<<10 {
		b, err := w.At(e.off, int(e.n))
		return bytes.Clone(b), err
	}
	if e.n > maxText {
		w.v.Problem("", media.LimitBytes)
	}
	return media.ReadUpTo(w.R, e.off, min(e.n, maxText), w.Size)
}

// elements goes through the data set. Sequences are gone into: what is in them
// follows like the rest.
func (w *walk) elements(at int64) error {
	count := 0
	for ; at < w.Size; count++ {
		if count == maxElements {
			w.v.Problem("", media.LimitCount)
			return nil
		}
		e, next, ok, err := w.element(at)
		if err != nil {
			return err
		}
		if !ok {
			if count == 0 || w.Size-at >= 8 {
				w.v.Problem("", media.Corrupt)
			} else {
				w.v.Problem("", media.Truncated)
			}
			return nil
		}
		if e.group == 0xfffc { // padding
			return nil
		}
		inside, err := w.enter(e)
		if err != nil {
			return err
		}
		if inside {
			at = e.off
			continue
		}
		if e.n == open {
			if next, err = w.fragments(e); err != nil {
				return err
			}
			at = next
			continue
		}
		if next > w.Size {
			w.v.Problem("", media.Truncated)
			e.n = w.Size - e.off
		}
		if err := w.take(e); err != nil {
			return err
		}
		at = next
	}
	if count == 0 {
		w.v.Problem("", media.Truncated)
	}
	return nil
}

// enter reports whether an element is the head of a sequence, of an item or of
// their ends, so that what follows it is read next.
func (w *walk) enter(e element) (bool, error) {
	switch {
	case e.tag() == 0xfffee000, e.tag() == 0xfffee00d: // an item, its end
		return true, nil
	case e.tag() == 0xfffee0dd: // the end of a sequence
		if k := len(w.within); k > 0 && w.within[k-1] == w.depth {
			w.within = w.within[:k-1]
		}
		w.depth = max(w.depth-1, 0)
		return true, nil
	case e.group == 0x7fe0:
		return false, nil
	case e.kind == "SQ", e.n == open && e.kind != "OB" && e.kind != "OW":
		if e.n == open {
			w.depth++
			// What is in a sequence of unknown kind does not say its own (6.2.2).
			if e.kind == "UN" && len(w.within) < maxImplicit {
				w.within = append(w.within, w.depth)
			}
		}
		return true, nil
	case e.kind == "" && e.n >= 8 && e.n != open: // a sequence that begins with an item
		h, err := w.At(e.off, 4)
		return len(h) == 4 && w.order.Uint16(h) == 0xfffe && w.order.Uint16(h[2:]) == 0xe000, err
	}
	return false, nil
}

// fragments steps over the pieces of a coded picture (PS3.5 annex A.4) and hands on
// those that begin a JPEG file. It tells where what follows begins.
func (w *walk) fragments(e element) (next int64, err error) {
	at := e.off
	for range maxElements {
		h, err := w.At(at, 8)
		if err != nil {
			return 0, err
		}
		if len(h) < 8 || w.order.Uint16(h) != 0xfffe {
			w.v.Problem("", media.Truncated)
			return w.Size, nil
		}
		n := int64(w.order.Uint32(h[4:]))
		if w.order.Uint16(h[2:]) == 0xe0dd {
			return at + 8, nil
		}
		if at+8+n > w.Size {
			w.v.Problem("", media.Truncated)
			n = w.Size - at - 8
		}
		if w.files < maxFrames && n > 4 {
			if b, err := w.At(at+8, 12); err != nil {
				return 0, err
			} else if isCoded(b) {
				w.files++
				if err := w.v.Nested(fmt.Sprintf("frame[%d]", w.files), io.NewSectionReader(w.R, at+8, n)); err != nil {
					return 0, err
				}
			}
		}
		at += 8 + n
	}
	w.v.Problem("", media.LimitCount)
	return w.Size, nil
}

// isCoded knows the pictures that have formats of their own: JPEG and JPEG 2000.
func isCoded(b []byte) bool {
	return bytes.HasPrefix(b, []byte("\xff\xd8\xff")) || bytes.HasPrefix(b, []byte("\xff\x4f\xff\x51")) || len(b) >= 12 && string(b[4:8]) == "jP  "
}

// take reads one element that holds a value.
func (w *walk) take(e element) error {
	if is, err := w.image.take(w, e); is {
		return err
	}
	switch e.tag() {
	case 0x00080005:
		b, err := w.value(e)
		w.page = charsetOf(string(b))
		return err
	case 0x00420011: // a document
		if e.n > 0 {
			return w.v.Nested("document", io.NewSectionReader(w.R, e.off, e.n))
		}
		return nil
	}
	name, kind := names[e.tag()], e.kind
	if kind == "" || kind == "UN" {
		if kind = name.kind; kind == "" {
			kind = "UN"
		}
	}
	if e.group == 0x7fe0 || e.n == 0 || !isWritten(kind) || isCode(e.tag()) {
		return nil
	}
	b, err := w.value(e)
	if err != nil {
		return err
	}
	if kind == "UN" && !isText(b) {
		return nil
	}
	w.tell(name.name, kind, b)
	return nil
}

// isWritten tells kinds of values that people write.
func isWritten(kind string) bool {
	switch kind {
	case "PN", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "DA", "UN":
		return true
	}
	return false
}

// isCode tells the elements of codes, whose meaning stands beside them.
func isCode(tag uint32) bool { return tag == 0x00080100 || tag == 0x00080102 || tag == 0x00080103 }

func isText(b []byte) bool {
	b = bytes.TrimRight(b, "\x00 ")
	for _, c := range b {
		if c < ' ' && c != '\r' && c != '\n' && c != '\t' && c != 0x1b || c == 0x7f {
			return false
		}
	}
	return len(b) > 1 && len(bytes.Trim(b, "0123456789.")) > 0 // and no UID
}

// tell adds a value to the record, each of several by itself.
func (w *walk) tell(name, kind string, b []byte) {
	s := w.decode(b)
	values := []string{s}
	if kind != "LT" && kind != "ST" && kind != "UT" && kind != "UR" {
		values = strings.Split(s, "\\")
	}
	for _, s := range values {
		switch kind {
		case "PN":
			for _, form := range strings.Split(s, "=") { // letters, ideograms, sounds
				w.cell(name, person(form))
			}
			continue
		case "DA":
			s = day(s)
		}
		w.cell(name, s)
	}
}

func (w *walk) cell(name, s string) {
	s = media.FieldValue(s)
	if s == "" {
		return
	}
	if name == serial && len(w.tags) < maxFrames {
		w.tags = append(w.tags, detectors.Tag{Group: "DICOM", Name: "SerialNumber", Value: s})
		return
	}
	w.rows.Value(name, []byte(s))
}

// person is a name in the order in which it is spoken: given, middle and family
// name, of family^given^middle^prefix^suffix (PS3.5 section 6.2.1).
func person(s string) string {
	var part [5]string
	for i, p := range strings.SplitN(s, "^", len(part)) {
		part[i] = strings.TrimSpace(strings.ReplaceAll(p, "^", " "))
	}
	return strings.Join(strings.Fields(strings.Join([]string{part[3], part[1], part[2], part[0], part[4]}, " ")), " ")
}

// day is a date as others write it.
func day(s string) string {
	s = strings.TrimSpace(s)
	if len(s) != 8 || strings.Trim(s, "0123456789") != "" {
		return s
	}
	return s[:4] + "-" + s[4:6] + "-" + s[6:]
}
