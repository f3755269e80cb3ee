// Package mail walks messages (RFC 5322, MIME as in RFC 2045 to 2049 and 2231)
// and mailboxes of the mbox family (RFC 4155 and its older forms). Headers that
// name people become tags, one for each party; texts are decoded; attachments
// and messages inside of messages are handed on.
//
// A message is read once, line by line, with a stack of the boundaries that are
// open: what is nested deeply or cut into many parts costs no more than its
// bytes. Texts that are stored as they are read keep their offsets.
//
// mime.go finds the parts, header.go reads header fields, address.go parties,
// word.go encoded words and charsets, body.go decodes bodies, mbox.go parts a
// mailbox.
package mail

import (
	"bytes"
	"io"

	"habeas/scanner/media"
)

const (
	maxDepth  = 20       // multiparts inside of multiparts; mail programs stay below 10
	maxParts  = 1_000    // of one message
	maxHeader = 1 << 20  // bytes of one header
	maxText   = 1 << 20  // of a text that is given as one part; longer ones go through Nested, in chunks
	maxWide   = 64 << 20 // bytes of a message in UTF-16, which is decoded as a whole
)

// New gives the format of single messages.
func New() media.Format { return format{} }

type format struct{}

var _ media.Format = format{}
var _ media.Describer = format{}

// Name implements media.Format.
func (format) Name() string { return "mail" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "E-mail (EML, MHTML)",
		Types: "message/rfc822",
		Reads: "every header, with each party in its role; texts in all charsets and transfer encodings, HTML bodies, attachments (uuencoded ones too), messages inside of messages, what stands around the parts",
		Not:   "encrypted bodies (S/MIME, PGP)",
	}
}

// Match implements media.Format: a block of header fields, enough of which are
// those of mail. A mailbox matches too: it is asked before.
func (format) Match(head []byte) bool { return media.MailType(head) != "" }

// wideCharset tells a message in UTF-16 or UTF-32 by its first bytes.
func wideCharset(head []byte) (media.Charset, int) {
	if len(head) < 4 || head[0] != 0 && head[1] != 0 && head[0] < 0xfe {
		return media.Binary, 0
	}
	switch cs, mark := media.TextCharset(head); cs {
	case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
		return cs, mark
	}
	return media.Binary, 0
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	head, err := media.ReadUpTo(r, 0, media.HeadSize, size)
	if err != nil {
		return err
	}
	stored := true
	if cs, mark := wideCharset(head); cs != media.Binary {
		if size > maxWide {
			v.Problem("", media.LimitBytes)
		}
		b, err := media.ReadUpTo(r, int64(mark), maxWide, size)
		if err != nil {
			return err
		}
		b, _ = media.AppendWide(make([]byte, 0, len(b)/2+64), b, cs, true)
		r, size, stored = bytes.NewReader(b), int64(len(b)), false
	}
	w := walk{in: lines{r: r, size: size}, v: v, stored: stored}
	return w.message()
}

// walk is the state of one Walk.
type walk struct {
	in     lines
	v      media.Visitor
	stored bool // offsets are those of the object

	open  []multipart // innermost last
	parts int         // so far
	texts int         // bodies that are text
	pages int         // bodies that are HTML
	files int         // attachments
}

// chunk is what is read at a time.
const chunk = 256 << 10

// lines reads the lines of a message through one buffer.
type lines struct {
	r    io.ReaderAt
	size int64
	off  int64 // of buf
	buf  []byte
}

// line is the line at off with its end, and where the next begins. Of a line
// longer than half a chunk it is the first piece: whole is then false. It is
// valid until the next call.
func (l *lines) line(off int64) (line []byte, whole bool, err error) {
	for try := 0; ; try++ {
		if i := off - l.off; l.buf != nil && i >= 0 && i < int64(len(l.buf)) {
			rest := l.buf[i:]
			if n := bytes.IndexByte(rest, '\n'); n >= 0 {
				return rest[:n+1], true, nil
			}
			if l.off+int64(len(l.buf)) >= l.size {
				return rest, true, nil
			}
			if try > 0 || len(rest) >= chunk/2 {
				return rest, false, nil
			}
		}
		if try > 0 || off >= l.size {
			return nil, true, nil
		}
		if err := l.load(off); err != nil {
			return nil, false, err
		}
	}
}

func (l *lines) load(off int64) error {
	n := int(min(chunk, l.size-off))
	if cap(l.buf) < n {
		l.buf = make([]byte, n)
	}
	l.buf = l.buf[:n]
	l.off = off
	if err := media.ReadFull(l.r, l.buf, off); err != nil {
		l.buf = nil
		return err
	}
	return nil
}

// bytes are those from off to end, at most limit of them. The caller may change
// them.
func (l *lines) bytes(off, end, limit int64) ([]byte, error) {
	end = min(end, off+limit, l.size)
	if off >= end {
		return nil, nil
	}
	if i := off - l.off; i >= 0 && end <= l.off+int64(len(l.buf)) {
		return bytes.Clone(l.buf[i : end-l.off]), nil
	}
	return media.ReadUpTo(l.r, off, end-off, l.size)
}

func (l *lines) section(off, end int64) *io.SectionReader {
	return io.NewSectionReader(l.r, off, max(end-off, 0))
}
