package sqlite

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// blob hands out what a blob holds, if it is text, a picture or a document. Other
// blobs are keys, hashes and the state of programs.
func (d *database) blob(rows *cells.Rows, column, path string, b []byte) error {
	switch {
	case isText(b):
		rows.Value(column, b)
	case known(b):
		if d.blobs++; d.blobs > maxBlobs {
			if d.blobs == maxBlobs+1 {
				d.v.Problem(path, media.LimitCount)
			}
			return nil
		}
		name := fmt.Sprintf("%s/row[%d]", path, rows.Row())
		if column != "" {
			name += "/" + pathName(column)
		}
		return d.v.Nested(name, io.NewSectionReader(bytes.NewReader(bytes.Clone(b)), 0, int64(len(b))))
	}
	return nil
}

func isText(b []byte) bool {
	if len(b) == 0 || !utf8.Valid(b) {
		return false
	}
	for _, c := range b[:min(len(b), 1<<10)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// known reports whether a blob begins as a format that is read.
func known(b []byte) bool {
	if len(b) < 64 {
		return false
	}
	for _, m := range []string{"\xff\xd8\xff", "\x89PNG", "GIF8", "RIFF", "%PDF-", "PK\x03\x04", "II*\x00", "MM\x00*", "\x1f\x8b\x08", magic} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return string(b[4:8]) == "ftyp"
}
