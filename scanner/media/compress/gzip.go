package compress

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// NewGzip gives the format of gzip files. What follows a file's last member and
// is none, as padding of tapes, is no damage where it is zeros.
func NewGzip() media.Format { return gzipFormat{} }

type gzipFormat struct{}

var _ media.Format = gzipFormat{}
var _ media.Describer = gzipFormat{}

// Name implements media.Format.
func (gzipFormat) Name() string { return "gzip" }

// Describe implements media.Describer.
func (gzipFormat) Describe() media.Description {
	return media.Description{
		Title: "gzip",
		Types: "application/gzip",
		Reads: "the content, to 512 MiB, of all members; the name and the comment in the header",
	}
}

// Match implements media.Format.
func (gzipFormat) Match(head []byte) bool {
	return len(head) >= 3 && bytes.HasPrefix(head, []byte("\x1f\x8b\x08")) || len(head) == 2 && string(head) == "\x1f\x8b"
}

// Walk implements media.Format.
func (gzipFormat) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	var header detectors.Part
	c := codec{name: "gzip", open: func(r *bufio.Reader, _ int64) (io.Reader, error) {
		if h, _ := r.Peek(12); len(h) == 12 && h[3]&4 != 0 && int64(h[10])+int64(h[11])<<8 > size-12 {
			return nil, media.Stop("", media.Corrupt) // an extra field longer than the file
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		for _, f := range [...]struct{ name, value string }{{"ArchivedFileName", z.Name}, {"Comment", z.Comment}} {
			if f.value = latin1(f.value); f.value != "" {
				header.Tags = append(header.Tags, detectors.Tag{Group: "GZIP", Name: f.name, Value: f.value})
			}
		}
		z.Multistream(false)
		return &members{z: z, r: r}, nil
	}}
	if err := c.Walk(r, size, v); err != nil || len(header.Tags) == 0 {
		return err
	}
	header.Off = -1
	return v.Part(&header)
}

// latin1 decodes a name of the header (RFC 1952, 2.3.1); many programs write
// UTF-8, which the library has taken for Latin-1.
func latin1(s string) string {
	if b, err := charmap.ISO8859_1.NewEncoder().String(s); err == nil {
		s = string(bytes.ToValidUTF8([]byte(b), nil))
		if len(s) != len(b) {
			d, _ := charmap.ISO8859_1.NewDecoder().String(b)
			s = d
		}
	}
	return string(bytes.TrimRight(bytes.ToValidUTF8([]byte(s), []byte("\uFFFD")), " \t\r\n\x00"))
}

// members reads one member after the other.
type members struct {
	z   *gzip.Reader
	r   *bufio.Reader
	err error
}

// Read implements io.Reader.
func (m *members) Read(p []byte) (int, error) {
	for m.err == nil {
		n, err := m.z.Read(p)
		if err == nil || err != io.EOF {
			m.err = err
			return n, err
		}
		if n > 0 {
			return n, nil
		}
		m.err = m.next()
	}
	return 0, m.err
}

// next goes on to the next member, or gives io.EOF where there is none.
func (m *members) next() error {
	for {
		b, err := m.r.Peek(1)
		if err != nil {
			return io.EOF
		}
		if b[0] != 0 {
			break
		}
		_, _ = m.r.Discard(1)
	}
	if err := m.z.Reset(m.r); err != nil {
		if err == gzip.ErrHeader {
			return media.Stop("", media.Corrupt)
		}
		return err
	}
	m.z.Multistream(false)
	return nil
}
