package xmldoc

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"habeas/scanner/media"
)

const (
	maxBlobs = 64        // pieces of data of one list that are looked into
	maxBlob  = 256 << 10 // bytes of one, in base64
)

// propertyList follows Apple's lists: a column is the path of keys, not that of
// the elements "dict" and "string".
type propertyList struct {
	on    bool
	keys  []string // of the dictionaries that are open; "" in arrays
	blobs []blob
}

// blob is a piece of data in a list.
type blob struct {
	path string
	data []byte
}

func (l *propertyList) open(name string) {
	if l.on && (name == "dict" || name == "array") && len(l.keys) < maxDepth {
		l.keys = append(l.keys, "")
	}
}

func (l *propertyList) close(name string) {
	if l.on && (name == "dict" || name == "array") && len(l.keys) > 0 {
		l.keys = l.keys[:len(l.keys)-1]
	}
}

// content is told of character data; ok is false for keys, and for data that is
// looked into later.
func (l *propertyList) content(element string, b []byte) (path string, ok bool) {
	if element == "key" {
		if len(l.keys) > 0 {
			l.keys[len(l.keys)-1] = strings.ReplaceAll(resolve(string(b[:min(len(b), maxName)])), ".", "_")
		}
		return "", false
	}
	var steps []string
	for _, k := range l.keys {
		if k != "" {
			steps = append(steps, strings.ToValidUTF8(k, ""))
		}
	}
	path = strings.Join(steps, ".")
	if element == "data" {
		if len(l.blobs) < maxBlobs && len(b) <= maxBlob {
			l.blobs = append(l.blobs, blob{path, bytes.Clone(b)})
		}
		return "", false
	}
	return path, true
}

// nested hands out the data that is itself a list, JSON or a picture, plain or
// deflated, as Apple's adjustments of photos are.
func (l *propertyList) nested(v media.Visitor) error {
	budget := media.BudgetOf(v)
	for i, b := range l.blobs {
		raw := make([]byte, base64.StdEncoding.DecodedLen(len(b.data)))
		n, err := base64.StdEncoding.Decode(raw, bytes.Join(bytes.Fields(b.data), nil))
		if err != nil && n == 0 {
			continue
		}
		raw = raw[:n]
		if !known(raw) {
			packed := bytes.NewReader(raw)
			f, err := media.NewInflater(budget, packed, func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil })
			if err != nil {
				continue
			}
			out, err := media.ReadBlock(f)
			if p, ok := errors.AsType[*media.Problem](err); ok && (p.Reason == media.LimitBytes || p.Reason == media.LimitRatio) {
				v.Problem(b.path, p.Reason)
			}
			if !known(out) {
				continue
			}
			raw = out
		}
		path := fmt.Sprintf("data[%d]", i+1)
		if b.path != "" {
			path += "/" + b.path
		}
		if err := v.Nested(path, io.NewSectionReader(bytes.NewReader(raw), 0, int64(len(raw)))); err != nil {
			return err
		}
	}
	return nil
}

// known reports whether data begins as something that is read.
func known(b []byte) bool {
	for _, magic := range []string{"<?xml", "{\"", "[{", "\xff\xd8\xff", "\x89PNG", "bplist0"} {
		if bytes.HasPrefix(b, []byte(magic)) {
			return true
		}
	}
	return false
}
