// Package xmldoc reads XML that no other format knows: exports, settings, feeds,
// property lists, and the tracks of GPS receivers (GPX, KML, TCX).
//
// The text is handed out as it is stored, in chunks, with a cell for each
// attribute and each run of character data: its column is the path of elements
// that leads to it, without namespaces. Entities are never expanded but for the
// five of XML and numbers. Of a track the first and the last point are handed out
// as tags; the points between say the same a thousand times.
package xmldoc

import (
	"bytes"
	"io"

	"habeas/detectors"
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
func (format) Name() string { return "xml" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "XML, GPX, KML, TCX, property lists",
		Types: "application/xml, application/gpx+xml, application/vnd.google-earth.kml+xml, application/x-plist",
		Reads: "every attribute and text, with its line and the path of its elements; first and last point of a track; the data of Apple's adjustments (AAE)",
		Not:   "entities that a document declares; points of a track between the first and the last",
	}
}

// others are roots that have formats of their own, or are better read as text.
var others = map[string]bool{
	"html": true, "svg": true, "xmpmeta": true, "RDF": true, "body": true, "head": true, "div": true, "p": true, "span": true, "table": true, "a": true, "b": true, "i": true,
	"img": true, "br": true, "hr": true, "h1": true, "h2": true, "h3": true, "ul": true, "ol": true, "li": true, "script": true, "style": true, "form": true, "pre": true, "center": true,
	"font": true, "iframe": true, "meta": true, "link": true, "title": true, "section": true, "article": true, "HTML": true, "BODY": true, "HEAD": true, "DIV": true, "TABLE": true, "P": true,
}

// Match implements media.Format: well-formed XML, as far as head goes.
func (format) Match(head []byte) bool {
	text, ok := charset.Sample(head)
	if !ok {
		return false
	}
	if text = bytes.TrimLeft(text, " \t\r\n"); len(text) < 4 || text[0] != '<' {
		return false
	}
	p := parser{strict: true}
	p.Cells(text, 0, len(text), len(head) < media.HeadSize, nil)
	return !p.lost && p.root != "" && !others[p.root]
}

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	p := parser{}
	if err := charset.Walk(r, size, v, &p); err != nil {
		return err
	}
	if p.entities {
		v.Problem("", media.LimitEntity)
	}
	if !p.lost && (len(p.stack) > 0 || p.deeper > 0) {
		v.Problem("", media.Truncated)
	}
	if tags := p.track.tags(); len(tags) > 0 {
		if err := v.Part(&detectors.Part{Path: "track", Tags: tags, Off: -1}); err != nil {
			return err
		}
	}
	return p.list.nested(v)
}
