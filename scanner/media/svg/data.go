package svg

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"

	"habeas/scanner/media"
)

// maxFiles embedded in one picture.
const maxFiles = 10_000

// embedded hands on what stands in the data URIs of b (RFC 2397): a whole value,
// or url(...) in a style.
func (w *walk) embedded(b []byte) error {
	for {
		i := bytes.Index(b, []byte("data:"))
		if i < 0 {
			return nil
		}
		b = b[i+len("data:"):]
		// The type ends at the comma; prose has none so near, or blanks before it.
		comma := bytes.IndexByte(b[:min(len(b), 200)], ',')
		if comma < 0 || bytes.ContainsAny(b[:comma], "<>\"'()") {
			continue
		}
		head, body := strings.ToLower(string(b[:comma])), b[comma+1:]
		if end := bytes.IndexAny(body, "\"')<>"); end >= 0 {
			body = body[:end]
		}
		b = b[comma+1+len(body):]
		if w.files++; w.files > maxFiles {
			w.v.Problem("data", media.LimitCount)
			return nil
		}
		path := fmt.Sprintf("data[%d]", w.files)
		data, sound := unpack(head, body)
		if !sound {
			w.v.Problem(path, media.Corrupt)
		}
		if len(data) == 0 {
			continue
		}
		if err := w.v.Nested(path, io.NewSectionReader(bytes.NewReader(data), 0, int64(len(data)))); err != nil {
			return err
		}
	}
}

// unpack undoes the encoding of the data in a URI, and gives what comes before an
// error.
func unpack(head string, body []byte) (data []byte, sound bool) {
	if bytes.IndexByte(body, '%') >= 0 {
		if s, err := url.PathUnescape(string(body)); err == nil {
			body = []byte(s)
		}
	}
	if !strings.Contains(head, "base64") {
		return bytes.TrimSpace(body), true
	}
	packed := make([]byte, 0, len(body))
	for _, c := range body {
		if c > ' ' && c != '=' {
			packed = append(packed, c)
		}
	}
	data = make([]byte, base64.RawStdEncoding.DecodedLen(len(packed)))
	n, err := base64.RawStdEncoding.Decode(data, packed)
	return data[:n], err == nil
}
