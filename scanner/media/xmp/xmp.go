// Package xmp reads XMP packets and sidecar files (ISO 16684-1): RDF of any
// shape, flattened to paths such as dc:creator[1] or
// mwg-rs:Regions/mwg-rs:RegionList[1]/mwg-rs:Name.
//
// Prefixes in paths are the well-known ones of each namespace, never those of
// the document, so that a document can't pass one property off as another.
// Language alternatives are items too, x-default first. Broken XML is read as
// far as it can be, and told as a Problem.
//
// token.go reads XML and knows no RDF, rdf.go reads RDF, names.go has the
// namespaces.
package xmp

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"sync"
	"unsafe"

	"habeas/detectors"
	"habeas/scanner/media"
)

// New gives the format.
func New() media.Format {
	return format{walks: &sync.Pool{New: func() any { return new(walk) }}}
}

// format keeps the buffers of walks that have ended for those to come.
type format struct{ walks *sync.Pool }

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "xmp" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "XMP packets and sidecar files",
		Types: "application/rdf+xml",
		Reads: "every property of every namespace, pictures embedded as base64",
		Not:   "more than 1,000 document ids of photoshop:DocumentAncestors",
	}
}

// Match implements media.Format: a packet header, or a root element of XMP,
// after an XML declaration, comments and blanks, in any Unicode encoding.
func (format) Match(head []byte) bool {
	if head = trim(head); head == nil {
		return false
	}
	t := tokens{s: utf8Of(head)}
	for {
		switch k := t.next(); {
		case k == instruction && strings.HasPrefix(t.text, "xpacket"):
			return true
		case k == start:
			_, local := split(t.name)
			return local == "xmpmeta" || local == "xapmeta" || local == "RDF"
		case k == end, k == eof, k == text && strings.Trim(t.text, blanks+"\ufeff") != "":
			return false
		}
	}
}

// trim cuts what stands before the first "<", if it is padding: blanks, zeros,
// byte order marks. It gives nil where something else comes first. Where
// characters are wider than a byte nothing is cut, since zeros are part of them.
func trim(b []byte) []byte {
	i := 0
	for i < len(b) && i < media.HeadSize && (isBlank(b[i]) || strings.IndexByte("\xef\xbb\xbf\xfe\xff", b[i]) >= 0) {
		i++
	}
	switch {
	case i == len(b) || b[i] != '<':
		return nil
	case i+1 < len(b) && b[i+1] == 0:
		return b
	}
	return b[i:]
}

// blanks surround packets and values; writers pad with NULs too.
const blanks = "\x00 \t\r\n"

// Walk implements media.Format. All tags make one part, named "".
func (f format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	if size > media.MaxBlock {
		v.Problem("", media.LimitBytes)
	}
	w := f.walks.Get().(*walk)
	w.v = v
	err := w.packet(r, size)
	w.leave()
	f.walks.Put(w)
	return err
}

// packet reads all of r.
func (w *walk) packet(r io.ReaderAt, size int64) (err error) {
	if w.buf, err = packetOf(w.buf, r, size); err != nil {
		return err
	}
	b := w.buf
	if t := trim(b); t != nil {
		b = t
	}
	w.t.s = utf8Of(b)
	if w.tags == nil {
		w.tags = make([]detectors.Tag, 0, min(len(b)/bytesPerTag+1, maxKeptTags))
	}
	w.document()
	w.problems()
	if len(w.tags) > 0 {
		if err := w.v.Part(&detectors.Part{Tags: w.tags, Off: -1}); err != nil {
			return err
		}
	}
	for _, p := range w.pictures {
		if err := w.v.Nested(p.path, io.NewSectionReader(bytes.NewReader(p.data), 0, int64(len(p.data)))); err != nil {
			return err
		}
	}
	return nil
}

// padded is the size from which on a packet may be padding for the most part: in
// raw pictures of Canon it is 64 KiB, whatever stands in it.
const padded = 16 << 10

// packetOf reads what there is, into buf if there is room. Of a long packet whose
// root ends within its first bytes, with blanks behind it, the rest is padding and
// not read: it may be a request of its own.
func packetOf(buf []byte, r io.ReaderAt, size int64) ([]byte, error) {
	if size <= padded {
		return media.ReadUpToIn(buf, r, 0, media.MaxBlock, size)
	}
	b, err := media.ReadUpToIn(buf, r, 0, padded, size)
	if err != nil {
		return nil, err
	}
	if i := bytes.LastIndex(b, []byte("</x:xmpmeta>")); i >= 0 {
		if rest := b[i+len("</x:xmpmeta>"):]; len(rest) >= padded/16 && len(bytes.Trim(rest, blanks)) == 0 {
			return b, nil
		}
	}
	return media.ReadUpToIn(b, r, 0, media.MaxBlock, size)
}

// leave makes w ready for the next packet, with its buffers unless they are
// unusually large. Nothing else of this packet stays in it.
func (w *walk) leave() {
	clear(w.tags)
	next := walk{buf: w.buf, tags: w.tags[:0], path: w.path[:0], block: w.block[:0], ns: w.ns[:0]}
	next.t.open, next.t.attrs = w.t.open[:0], w.t.attrs[:0]
	if cap(w.buf) > maxKept || cap(w.block) > maxKept || cap(w.tags) > maxKeptTags || cap(w.t.open) > maxKeptTags || cap(w.t.attrs) > maxKeptTags {
		next = walk{}
	}
	*w = next
}

// What is kept from packet to packet at most.
const (
	maxKept     = 256 << 10 // bytes
	maxKeptTags = 1024
)

// bytesPerTag is about what a property takes in packets of editors.
const bytesPerTag = 96

// utf8Of is trimmed content as a string of UTF-8, which may share the bytes of b:
// they must not change while it is in use. Text in one of the code pages of 8
// bits stays as it is: values are made valid one by one.
func utf8Of(b []byte) string {
	if len(b) > 1 && b[0] == '<' && b[1] != 0 {
		return unsafe.String(unsafe.SliceData(b), len(b))
	}
	cs, mark := media.TextCharset(b[:min(len(b), media.HeadSize)])
	switch cs {
	case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
		u, _ := media.AppendWide(make([]byte, 0, len(b)), b[mark:], cs, true)
		return string(u)
	}
	return string(b[mark:])
}

// problems tells what was met, each reason once.
func (w *walk) problems() {
	for _, p := range []struct {
		met bool
		why media.Reason
	}{
		{w.t.entities, media.LimitEntity},
		{w.deep, media.LimitDepth},
		{w.many, media.LimitCount},
		{w.large, media.LimitBytes},
		{w.t.cut, media.Truncated},
		{w.t.bad && !w.t.cut, media.Corrupt},
	} {
		if p.met {
			w.v.Problem("", p.why)
		}
	}
}

type picture struct {
	path string
	data []byte
}

// picture keeps a value that is a file in base64: xmp:Thumbnails, and what
// phones put beside a picture. Values of other kinds stay tags.
func (w *walk) picture(name, value string) bool {
	thumb := strings.HasSuffix(name, "xmpGImg:image")
	if !thumb && len(value) < 4<<10 {
		return false
	}
	if !thumb && !strings.HasPrefix(value, "/9j/") && !strings.HasPrefix(value, "iVBORw0K") {
		return false
	}
	data := make([]byte, 0, len(value))
	for i := range len(value) {
		if c := value[i]; c > ' ' && c != '=' {
			data = append(data, c)
		}
	}
	n, err := base64.RawStdEncoding.Decode(data, data)
	if n == 0 {
		return false
	}
	if err != nil {
		w.t.bad = true
	}
	path := "image"
	if thumb {
		path = "thumbnail"
	}
	w.pictures = append(w.pictures, picture{path, data[:n]})
	return true
}
