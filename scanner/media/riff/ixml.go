package riff

import (
	"bytes"
	"encoding/xml"

	"habeas/detectors"
	"habeas/scanner/media"
)

// xml reads the documents that recorders and stations keep (iXML 3.0; aXML, EBU
// Tech 3285 supplement 5): each element that holds a text becomes a field of its
// name.
func (w *walk) xml(path string, off, n int64) error {
	d, err := w.block(off, n)
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	var name string
	x := xml.NewDecoder(bytes.NewReader(bytes.TrimRight(d, "\x00")))
	x.Strict = false
	for i := 0; ; i++ {
		if i == media.MaxXMLTokens {
			w.v.Problem(path, media.LimitCount)
			break
		}
		tok, err := x.RawToken()
		if err != nil {
			break // the end, or what is no XML
		}
		switch t := tok.(type) {
		case xml.StartElement:
			name = media.FieldName(t.Name.Local)
			for _, a := range t.Attr {
				tags = keep(tags, media.FieldName(a.Name.Local), a.Value)
			}
		case xml.EndElement:
			name = ""
		case xml.CharData:
			tags = keep(tags, name, string(t))
		}
	}
	return w.part(path, tags)
}

func keep(tags []detectors.Tag, name, value string) []detectors.Tag {
	if value = media.FieldValue(value); name == "" || value == "" || len(tags) >= media.MaxMembers {
		return tags
	}
	return append(tags, detectors.Tag{Group: "RIFF", Name: name, Value: value})
}
