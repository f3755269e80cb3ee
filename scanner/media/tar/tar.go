// Package tar walks tape archives: v7, ustar, pax (POSIX.1-2024) and GNU. It
// goes from header to header and hands members out where they stand, as
// "member/NAME". A name is only ever shown, links are never followed.
package tar

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

const block = 512

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "tar" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "TAR",
		Types: "application/x-tar",
		Reads: "every member of v7, ustar, pax and GNU archives, their names, the names of their owners",
		Not:   "the holes of sparse members, which are left out",
	}
}

// Match implements media.Format: a header with its magic, or of v7 with a checksum
// that holds.
func (format) Match(head []byte) bool {
	return len(head) >= 262 && string(head[257:262]) == "ustar" || len(head) >= block && isHeader(head[:block])
}

// isHeader tells a header by its checksum, which is the sum of its bytes with
// the checksum itself as blanks. Zeros are none.
func isHeader(b []byte) bool {
	if len(b) < block || b[0] == 0 && string(b[257:262]) != "ustar" {
		return false
	}
	want, ok := octal(b[148:156])
	if !ok {
		return false
	}
	sum, high := byteSum(b[:block])
	own, ownHigh := byteSum(b[148:156])
	sum += 8*' ' - own
	signed := sum - 256*(high-ownHigh) // as some old programs add
	return want == sum || want == signed
}

// byteSum adds the bytes of b, whose length is a multiple of 8, and counts those
// from 128 on. Archives of many small files are mostly headers: eight bytes are
// added at a time, in lanes of 16 bits, which 2 x 64 of them can't overflow.
func byteSum(b []byte) (sum, high int64) {
	const even = 0x00ff00ff00ff00ff
	var lanes uint64
	for ; len(b) >= 8; b = b[8:] {
		x := binary.LittleEndian.Uint64(b)
		lanes += x&even + x>>8&even
		high += int64(bits.OnesCount64(x & 0x8080808080808080))
	}
	for ; lanes != 0; lanes >>= 16 {
		sum += int64(lanes & 0xffff)
	}
	return sum, high
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := &walk{r: r, win: media.Window{R: r, Size: size}, v: v, size: size, names: media.NewRunning(v, "names"), seen: map[string]bool{}}
	if err := w.headers(); err != nil {
		return err
	}
	if err := w.names.End(); err != nil {
		return err
	}
	if len(w.owners) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "owners", Tags: w.owners, Off: -1})
}

// walk is the state of one Walk.
type walk struct {
	r      io.ReaderAt
	win    media.Window
	v      media.Visitor
	size   int64
	names  *media.Running
	owners []detectors.Tag
	seen   map[string]bool
	header [block]byte // of the member that is read

	next   map[string]string // what pax and GNU headers say of the next member
	always map[string]string // and of all that follow
}

// headers goes from header to header.
func (w *walk) headers() error {
	zeros, damaged := 0, false
	for off := int64(0); ; {
		b, err := w.win.At(off, block)
		if err != nil {
			return err
		}
		header := len(b) == block && isHeader(b)
		switch {
		case len(b) == 0 && zeros >= 2:
			if zeros > 2 && w.size%(20*block) != 0 && w.size%4096 != 0 {
				w.v.Problem("", media.Truncated) // inside of the padding of a record
			}
			return nil
		case len(b) < block:
			// The archive ends with zeros, even where nothing else is lost.
			w.v.Problem("", media.Truncated)
			return nil
		case isZero(b):
			if zeros++; zeros > maxZeros {
				return nil
			}
			off += block
			continue
		case header, string(b[257:262]) == "ustar" && !damaged:
			if !header { // still the best guess at where the next one stands
				w.v.Problem("", media.Corrupt)
			}
			zeros, damaged = 0, false
			if off, err = w.member(off, append(w.header[:0], b...)); err != nil {
				return err
			}
			continue
		case zeros >= 2:
			return nil // what follows the end is no archive
		}
		if !damaged { // look for the next header
			damaged = true
			w.v.Problem("", media.Corrupt)
		}
		off += block
	}
}

// maxZeros is how far behind the end another archive is looked for: tapes are
// written in records of 20 blocks.
const maxZeros = 40

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// member reads one member and gives the place of the next header.
func (w *walk) member(off int64, h []byte) (int64, error) {
	size, ok := number(h[124:136])
	data := off + block
	if !ok || size < 0 {
		w.v.Problem("", media.Corrupt)
		return data, nil
	}
	kind := h[156]
	if kind == 'x' || kind == 'g' || kind == 'L' || kind == 'K' {
		return w.extension(kind, data, size)
	}
	name := w.name(h)
	if s, err := strconv.ParseInt(w.pax("size"), 10, 64); err == nil && s >= 0 {
		size = s
	}
	w.tell(name, h)
	extra := w.next
	w.next = nil
	if kind == '1' || kind == '2' || kind == '3' || kind == '4' || kind == '5' || kind == '6' {
		// Links and folders have no data, whatever their size says; what a link of
		// pax has is that of a member of its own.
		if kind != '1' || size == 0 || !bytes.Contains(h[257:263], []byte("ustar")) {
			return data, nil
		}
	}
	if kind == 'S' {
		data = w.sparseHeaders(data, h)
	}
	path := "member/" + name
	end := data + size
	if end > w.size || end < data {
		w.v.Problem(path, media.Truncated)
		end = w.size
	}
	from := data
	if extra["GNU.sparse.major"] == "1" {
		n, ok := w.sparseMap(data, end)
		if !ok {
			w.v.Problem(path, media.Corrupt)
		}
		from = min(data+n, end)
	}
	if from < end {
		if err := w.v.Nested(path, io.NewSectionReader(w.r, from, end-from)); err != nil {
			return 0, err
		}
	}
	return data + (end-data+block-1)/block*block, nil
}

// maxExtension bounds a pax header; the longest names stay far below.
const maxExtension = 1 << 20

// extension reads what describes the next member, or all that follow.
func (w *walk) extension(kind byte, data, size int64) (int64, error) {
	b, err := media.ReadUpTo(w.r, data, min(size, maxExtension), w.size)
	if err != nil {
		return 0, err
	}
	if size > maxExtension {
		w.v.Problem("", media.LimitBytes)
	}
	if w.next == nil {
		w.next = map[string]string{}
	}
	switch kind {
	case 'L':
		w.next["path"] = cString(b)
	case 'K':
		w.next["linkpath"] = cString(b)
	default:
		into := w.next
		if kind == 'g' {
			if w.always == nil {
				w.always = map[string]string{}
			}
			into = w.always
		}
		if !records(b, into) {
			w.v.Problem("", media.Corrupt)
		}
	}
	end := data + (size+block-1)/block*block
	if end > w.size || end < data {
		end = w.size
	}
	return end, nil
}

// records reads lines of "LENGTH KEY=VALUE" (pax Extended Header).
func records(b []byte, into map[string]string) bool {
	for len(b) > 0 {
		i := bytes.IndexByte(b, ' ')
		if i < 0 {
			return isZero(b)
		}
		n, err := strconv.Atoi(string(b[:i]))
		if err != nil || n <= i+1 || n > len(b) {
			return false
		}
		k, v, ok := strings.Cut(strings.TrimSuffix(string(b[i+1:n]), "\n"), "=")
		if !ok || len(into) > 1000 {
			return false
		}
		into[k] = v
		b = b[n:]
	}
	return true
}

// pax is what an extended header says of the member at hand.
func (w *walk) pax(key string) string {
	if s, ok := w.next[key]; ok {
		return s
	}
	return w.always[key]
}

func (w *walk) name(h []byte) string {
	name := w.pax("GNU.sparse.name")
	if name == "" {
		name = w.pax("path")
	}
	if name == "" {
		name = cString(h[:100])
		if prefix := cString(h[345:500]); prefix != "" && string(h[257:263]) == "ustar\x00" {
			name = prefix + "/" + name
		}
	}
	return strings.ToValidUTF8(name, "\uFFFD")
}

// maxOwners bounds the names of owners that are told.
const maxOwners = 1000

// tell keeps what the header says in words.
func (w *walk) tell(name string, h []byte) {
	w.names.WriteString(name)
	w.names.Line()
	if l := w.pax("linkpath"); l != "" {
		w.names.WriteString(l)
		w.names.Line()
	} else if l := cString(h[157:257]); l != "" {
		w.names.WriteString(l)
		w.names.Line()
	}
	uname, gname := w.pax("uname"), w.pax("gname")
	if string(h[257:262]) == "ustar" {
		if uname == "" {
			uname = cString(h[265:297])
		}
		if gname == "" {
			gname = cString(h[297:329])
		}
	}
	for _, f := range [...]struct{ name, value string }{{"UserName", uname}, {"GroupName", gname}, {"Comment", w.pax("comment")}} {
		f.value = strings.TrimSpace(strings.ToValidUTF8(f.value, "\uFFFD"))
		if f.value == "" || w.seen[f.name+f.value] || len(w.owners) >= maxOwners {
			continue
		}
		w.seen[f.name+f.value] = true
		w.owners = append(w.owners, detectors.Tag{Group: "TAR", Name: f.name, Value: f.value})
	}
}

// sparseHeaders steps over the further maps of an old GNU sparse member.
func (w *walk) sparseHeaders(data int64, h []byte) int64 {
	for more := h[482] != 0; more && data < w.size; data += block {
		b, err := w.win.At(data, block)
		if err != nil || len(b) < block {
			break // told when the data are read
		}
		more = b[504] != 0
	}
	return data
}

// sparseMap is the size of the map before the data of a sparse member of the
// format 1.0: a count, then twice as many numbers, each on a line. ok tells
// whether it fits.
func (w *walk) sparseMap(data, end int64) (n int64, ok bool) {
	lines, want := int64(0), int64(1)
	for at := data; at < end; {
		b, err := w.win.At(at, block)
		if err != nil || len(b) == 0 {
			return at - data, false
		}
		for i, c := range b {
			if c != '\n' {
				if (c < '0' || c > '9') && c != 0 || c == 0 && lines < want {
					return at - data, false
				}
				continue
			}
			if lines == 0 {
				count, err := strconv.ParseInt(string(b[:i]), 10, 64)
				if err != nil || count < 0 || count > (end-data)/4 {
					return 0, false
				}
				want = 1 + 2*count
			}
			if lines++; lines == want {
				at += int64(i) + 1
				return (at - data + block - 1) / block * block, true
			}
		}
		at += int64(len(b))
	}
	return end - data, false
}

// number reads a size: octal digits, or binary where the first bit is set.
func number(b []byte) (int64, bool) {
	if b[0]&0x80 == 0 {
		return octal(b)
	}
	var n int64
	for i, c := range b {
		if i == 0 {
			c &= 0x7f
		}
		if n >= 1<<55 {
			return 0, false
		}
		n = n<<8 | int64(c)
	}
	return n, true
}

func octal(b []byte) (int64, bool) {
	s := strings.Trim(string(b), " \x00")
	if s == "" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 8, 64)
	return n, err == nil
}

func cString(b []byte) string {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return string(b)
}
