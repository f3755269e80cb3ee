// Package iptc reads IPTC-IIM (IPTC-NAA Information Interchange Model 4.2), the
// metadata that newsrooms put into pictures before XMP and many programs still
// write beside it.
package iptc

import (
	"bytes"
	"fmt"
	"io"

	"habeas/detectors"
	"habeas/scanner/media"
)

// format is a run of IIM datasets.
type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// New gives the format.
func New() media.Format { return format{} }

// Name is "iptc".
func (format) Name() string { return "iptc" }

// Describe says what is read.
func (format) Describe() media.Description {
	return media.Description{
		Title: "IPTC-IIM",
		Reads: "text of the envelope and application records; preview pictures",
		Not:   "rasterized captions, records of picture parameters",
	}
}

const marker = 0x1C

// Match takes a tag marker and the number of a record that exists: 1 to 9, and
// 240 for what FotoStation adds.
func (format) Match(head []byte) bool {
	return len(head) >= 5 && head[0] == marker && (head[1] >= 1 && head[1] <= 9 || head[1] == 240)
}

// Records that hold text.
const (
	envelope    = 1
	application = 2
)

// Datasets that need care.
const (
	codedCharacterSet = 90  // of the envelope
	rasterizedCaption = 125 // of the application record: a bitmap
	previewFirst      = 200
	previewData       = 202
)

// Walk gives all texts as one Part. The block is read as a whole: it is small,
// and its encoding can only be told from all of it.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	if size > media.MaxBlock {
		v.Problem("", media.LimitBytes)
	}
	b, err := media.ReadUpTo(r, 0, min(size, media.MaxBlock), size)
	if err != nil {
		return err
	}
	if int64(len(b)) < min(size, media.MaxBlock) {
		v.Problem("", media.Truncated)
	}
	sets, reason := split(b)
	if reason != "" {
		v.Problem("", reason)
	}
	decode := decoder(sets)
	tags := make([]detectors.Tag, 0, len(sets))
	for _, d := range sets {
		if !isText(d) {
			continue
		}
		if s := decode(bytes.TrimRight(d.value, "\x00 \t\r\n")); s != "" {
			tags = append(tags, detectors.Tag{Group: "IPTC", Name: name(d), Value: s})
		}
	}
	if len(tags) > 0 {
		if err := v.Part(&detectors.Part{Tags: tags, Off: -1}); err != nil {
			return err
		}
	}
	for _, d := range sets {
		if d.record == application && d.number == previewData && bytes.HasPrefix(d.value, []byte("\xFF\xD8\xFF")) {
			if err := v.Nested("preview", io.NewSectionReader(r, d.off, int64(len(d.value)))); err != nil {
				return err
			}
		}
	}
	return nil
}

// dataset is one field.
type dataset struct {
	record, number byte
	value          []byte
	off            int64 // of value
}

// split cuts b into datasets (IIM 1.5): marker, record, dataset, and a length of 15
// bits, or with the top bit set the number of bytes of the length that follows.
func split(b []byte) (sets []dataset, reason media.Reason) {
	for i := 0; i < len(b); {
		if b[i] != marker {
			if len(bytes.TrimRight(b[i:], "\x00 \r\n\xFF")) == 0 {
				return sets, reason // padding
			}
			reason = media.Corrupt
			if i = resume(b, i); i < 0 {
				return sets, reason
			}
		}
		if i+5 > len(b) {
			if len(bytes.Trim(b[i+1:], "\x00")) == 0 {
				return sets, reason // a lone marker before the padding
			}
			return sets, media.Truncated
		}
		if len(sets) >= maxDatasets {
			return sets, media.LimitCount
		}
		d := dataset{record: b[i+1], number: b[i+2]}
		n := int(b[i+3])<<8 | int(b[i+4])
		i += 5
		if n >= 0x8000 {
			width := n & 0x7FFF
			if width > 4 || i+width > len(b) {
				return sets, media.Corrupt
			}
			n = 0
			for _, c := range b[i : i+width] {
				n = n<<8 | int(c)
			}
			i += width
		}
		d.off = int64(i)
		if n > len(b)-i {
			d.value = b[i:]
			return append(sets, d), media.Truncated
		}
		d.value = b[i : i+n]
		sets = append(sets, d)
		i += n
	}
	return sets, reason
}

// resume finds the next dataset after garbage at i: a marker before a record that
// holds text, and a short length that fits; -1 if there is none.
func resume(b []byte, i int) int {
	for ; i+5 <= len(b); i++ {
		k := bytes.IndexByte(b[i:], marker)
		if k < 0 {
			return -1
		}
		if i += k; i+5 > len(b) {
			return -1
		}
		if r := b[i+1]; (r == envelope || r == application) && int(b[i+3])<<8|int(b[i+4]) <= len(b)-i-5 {
			return i
		}
	}
	return -1
}

// maxDatasets is far over what a picture holds; keywords repeat.
const maxDatasets = media.MaxIFDEntries

// isText tells the fields that hold text. In the records named here nearly all
// do; version numbers are two bytes.
func isText(d dataset) bool {
	switch d.record {
	case envelope:
		switch d.number {
		case 0, 20, 22, codedCharacterSet, 120, 122:
			return false
		}
		return true
	case application:
		return d.number != 0 && d.number != rasterizedCaption && (d.number < previewFirst || d.number > previewData)
	case 240:
		return d.number != 0
	}
	return false
}

// name is ExifTool's name of a field.
func name(d dataset) string {
	var s string
	switch d.record {
	case envelope:
		s = envelopeNames[d.number]
	case application:
		s = applicationNames[d.number]
	case 240:
		return fmt.Sprintf("IPTC_FotoStation_%d", d.number)
	}
	switch {
	case s != "":
		return s
	case d.record == envelope:
		return fmt.Sprintf("IPTC_EnvelopeRecord_%d", d.number)
	}
	return fmt.Sprintf("IPTC_ApplicationRecord_%d", d.number)
}
