// Package json reads JSON (RFC 8259), one value or many after each other as in
// JSON Lines, and the scripts that archives of social networks are made of
// ("window.YTD.tweet.part0 = [...]").
//
// The text is handed out as it is stored, in chunks, with a cell for each string
// and number: its column is the path of keys that lead to it. What is written
// with escapes stands in Cell.Value as it reads. Comments and commas too many are
// accepted; where the text is no JSON any more, the rest of it goes on without
// cells.
//
// The files that Google Takeout puts beside photos are told apart: what they
// say of the picture is a block of tags (takeout.go).
package json

import (
	"io"

	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "json" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "JSON, JSON Lines",
		Types: "application/json, application/x-ndjson",
		Reads: "every string and number, with its line and the path of its keys; JSON Lines; archives of scripts that assign JSON; Google Takeout's files beside photos",
		Not:   "structures more than 256 deep, and what follows a break of the syntax, are read as text without paths",
	}
}

// Match implements media.Format: what begins as JSON and goes on as JSON to the
// end of head.
func (format) Match(head []byte) bool {
	text, ok := charset.Sample(head)
	if !ok {
		return false
	}
	p := parser{strict: true}
	p.Cells(text, 0, len(text), len(head) < media.HeadSize, nil)
	return !p.lost && p.structures > 0 && p.values > 0
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	beside, err := sidecar(r, size, v)
	if err != nil {
		return err
	}
	p := parser{beside: beside}
	err = charset.Walk(r, size, v, &p)
	if err == nil && !p.lost && (len(p.stack) > 0 || p.deeper > 0 || p.inString) {
		v.Problem("", media.Truncated)
	}
	return err
}
