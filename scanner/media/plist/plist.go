// Package plist reads Apple's binary property lists, which hold settings,
// adjustments of photos (AAE), bookmarks and whole archives of objects
// (NSKeyedArchiver). Each value is a cell whose column is the path of keys that
// leads to it, as in JSON; lists, pictures and documents in data are handed on.
//
// The form is that of CFBinaryPList.c in Apple's CoreFoundation. Lists as XML are
// read by the package xmldoc.
package plist

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

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
func (format) Name() string { return "plist" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Binary property list",
		Types: "application/x-bplist",
		Reads: "every text, number and date with the path of its keys, those of archived objects too; lists, pictures, documents and texts in data, plain or deflated",
		Not:   "other data; versions other than 00 and 01",
	}
}

const magic = "bplist"

// Match implements media.Format.
func (format) Match(head []byte) bool {
	return len(head) >= 8 && string(head[:6]) == magic && head[6] >= '0' && head[6] <= '9' && head[7] >= '0' && head[7] <= '9'
}

// The limits of one list.
const (
	maxDepth = 64
	maxBlobs = 1_000     // pieces of data that are looked into
	maxName  = 128       // bytes of a key
	textMore = 1 << 20   // texts that stand once may be told often: up to
	textMost = 8         // times the bytes of the list and this many more
	maxText  = 256       // a longer text is told once
	maxDate  = 1e11      // seconds from 2001
	epoch    = 978307200 // 2001, in Unix' seconds
)

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	if size > media.MaxBlock {
		return media.Stop("", media.LimitBytes) // its index stands at the end
	}
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return err
	}
	if int64(len(b)) < size {
		v.Problem("", media.Truncated)
	}
	if len(b) >= 8 && b[6] != '0' || len(b) >= 8 && b[7] > '1' {
		return media.Stop("", media.Unsupported)
	}
	w := &walk{l: list{b: b}, v: v, rows: cells.NewRows(v, ""), told: map[uint64]bool{}, left: int64(textMost*len(b) + textMore)}
	if reason := w.l.open(); reason != "" {
		v.Problem("", reason)
		return w.salvage()
	}
	w.tell()
	if w.err == nil {
		w.err = w.rows.Flush()
	}
	if w.err != nil {
		return w.err
	}
	return w.nested()
}

// walk is the state of one Walk.
type walk struct {
	l     list
	v     media.Visitor
	rows  *cells.Rows
	told  map[uint64]bool // lists that were gone into, and values that are not told again
	left  int64           // bytes of text that may still be told
	blobs []blob
	err   error
	cut   bool // something was left out, and told of
}

// blob is data in the list.
type blob struct {
	path string
	data []byte
}

func (w *walk) problem(r media.Reason) {
	if !w.cut {
		w.cut = true
		w.v.Problem("", r)
	}
}

// tell gives all values, those of an archive by the names of their fields.
func (w *walk) tell() {
	if objects, ok := w.archive(); ok {
		w.objects(objects)
	}
	w.value(w.l.top, "", 0)
	w.end()
}

func (w *walk) end() {
	if err := w.rows.End(); w.err == nil {
		w.err = err
	}
}

// value tells one value and those in it.
func (w *walk) value(n uint64, path string, depth int) {
	if w.err != nil {
		return
	}
	o, ok := w.l.object(n)
	if !ok {
		w.problem(media.Corrupt)
		return
	}
	switch o.kind {
	case kindArray, kindDict:
		if w.told[n] {
			return
		}
		if depth == maxDepth {
			w.problem(media.LimitDepth)
			return
		}
		w.told[n] = true
		if o.kind == kindArray {
			w.array(o, path, depth)
		} else {
			w.dict(o, path, depth)
		}
	default:
		if !w.told[n] || path != archived {
			w.scalar(n, o, path)
		}
	}
}

// archived is the column of values that no field of an archive refers to.
const archived = "$objects[]"

func (w *walk) array(o object, path string, depth int) {
	if depth > 0 || o.n > 0 {
		path += "[]"
	}
	for i := range o.n {
		if w.err != nil {
			return
		}
		n := w.l.ref(o, i)
		if e, ok := w.l.object(n); ok && e.kind == kindDict {
			w.end()
			w.value(n, path, depth+1)
			w.end()
			continue
		}
		w.value(n, path, depth+1)
	}
}

// dict tells the values of a dictionary: those that are no lists first, since each
// dictionary in a list is a record of its own, and ends the one around it.
func (w *walk) dict(o object, path string, depth int) {
	for turn := range ranks {
		for i := range o.n {
			if n := w.l.ref(o, o.n+i); w.err == nil && w.rank(n) == turn {
				w.value(n, join(path, w.key(w.l.ref(o, i))), depth+1)
			}
		}
	}
}

const ranks = 3

// rank is when a value of a dictionary is told.
func (w *walk) rank(n uint64) int {
	switch o, _ := w.l.object(n); {
	case o.kind == kindDict:
		return 1
	case o.kind == kindArray && o.n > 0:
		if first, _ := w.l.object(w.l.ref(o, 0)); first.kind == kindDict {
			return 2
		}
		return 1
	}
	return 0
}

// key is the name that a key gives to a column.
func (w *walk) key(n uint64) string {
	o, ok := w.l.object(n)
	if !ok {
		return ""
	}
	s := o.text()
	if len(s) > maxName {
		s = s[:maxName]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, ""), ".", "_")
}

// scalar tells a value that holds no others.
func (w *walk) scalar(n uint64, o object, path string) {
	var s string
	switch o.kind {
	case kindText, kindWide:
		s = o.text()
		if len(s) > maxText {
			if w.told[n] {
				return
			}
			w.told[n] = true
		}
	case kindInt:
		s = strconv.FormatInt(o.int, 10)
	case kindReal:
		s = strconv.FormatFloat(o.real, 'f', -1, 64)
	case kindDate:
		if o.real < -maxDate || o.real > maxDate || o.real != o.real {
			return
		}
		s = time.Unix(epoch+int64(o.real), 0).UTC().Format(time.RFC3339)
	case kindData:
		w.data(n, o.b, path)
		return
	default:
		return
	}
	w.text(path, s)
}

func (w *walk) text(path, s string) {
	if w.left -= int64(len(s)); w.left < 0 {
		w.problem(media.LimitRatio)
		return
	}
	w.rows.Value(path, []byte(s))
}

// data tells data that is a text, and keeps for later what is a file.
func (w *walk) data(n uint64, b []byte, path string) {
	if w.told[n] || len(b) == 0 {
		return
	}
	w.told[n] = true
	if !known(b) && utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return r < ' ' && r != '\t' && r != '\n' && r != '\r' }) < 0 {
		w.text(path, string(b))
		return
	}
	if len(w.blobs) == maxBlobs {
		w.problem(media.LimitCount)
		return
	}
	w.blobs = append(w.blobs, blob{path, b})
}

// nested hands on data that is a file, plain or deflated.
func (w *walk) nested() error {
	budget := media.BudgetOf(w.v)
	for i, b := range w.blobs {
		data := b.data
		if !known(data) {
			in, err := media.NewInflater(budget, bytes.NewReader(data), func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil })
			if err != nil {
				continue
			}
			out, err := media.ReadBlock(in)
			if p, ok := errors.AsType[*media.Problem](err); ok && (p.Reason == media.LimitBytes || p.Reason == media.LimitRatio) {
				w.v.Problem(b.path, p.Reason)
			}
			if data = out; !known(data) {
				continue
			}
		}
		path := fmt.Sprintf("data[%d]", i+1)
		if b.path != "" {
			path += "/" + strings.ReplaceAll(b.path, "/", "_")
		}
		if err := w.v.Nested(path, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))); err != nil {
			return err
		}
	}
	return nil
}

// known reports whether data begins as something that is read.
func known(b []byte) bool {
	for _, m := range [...]string{magic, "<?xml", "{\"", "[{", "\xff\xd8\xff", "\x89PNG\r\n", "GIF8", "%PDF-", "PK\x03\x04", "II*\x00", "MM\x00*", "{\\rtf", "SQLite format 3\x00", "\x1f\x8b\x08"} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return len(b) >= 12 && string(b[4:8]) == "ftyp"
}

// salvage gives the runs of ASCII of a list without an index that can be believed.
func (w *walk) salvage() error {
	const shortest = 5
	t := media.NewRunning(w.v, "rest")
	b := w.l.b
	for i := min(len(b), 8); i < len(b); i++ {
		k := i
		for k < len(b) && b[k] >= ' ' && b[k] < 0x7f {
			k++
		}
		if k-i >= shortest {
			t.WriteString(string(b[i:k]))
			t.Line()
		}
		i = k
	}
	return t.End()
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "." + b
}
