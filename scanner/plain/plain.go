// Package plain gives the text of documents: what their formats hand out as text,
// page by page, without layout, pictures and metadata. A worker process answers
// with Answer, since the parsers read hostile files; Parse is the other side.
package plain

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/reports"
	"habeas/scanner"
	"habeas/scanner/media"
)

// MaxText is how much text of a document is given, bytes.
const MaxText = 16 << 20

// Text is that of one document.
type Text struct {
	Text   []byte       // UTF-8
	Reason media.Reason // why it is not all; "" if it is
}

var errReply = errors.New("plain: not the reply of a worker")

// Parse reads a reply of Answer.
func Parse(reply []byte) (Text, error) {
	var t Text
	if json.Unmarshal(reply, &t) != nil || len(t.Text) > MaxText || len(t.Reason) > 64 {
		return Text{}, errReply
	}
	t.Text = bytes.ToValidUTF8(t.Text, nil)
	return t, nil
}

// Answer gives the text of content. The message is its key, for formats that look
// at names. e takes it apart; its Pixels and Detectors are not used.
func Answer(e *scanner.Examiner, message []byte, content io.ReaderAt, size int64) []byte {
	c := &collector{}
	looking := &scanner.Examiner{Formats: e.Formats, Detectors: []detectors.Detector{c}, Sniff: e.Sniff, Limits: e.Limits, Now: e.Now}
	res, err := looking.Examine(context.Background(), scanner.Job{Subject: scanner.Subject{Key: string(message)}, Size: size}, content)
	t := Text{Text: c.text.Bytes()}
	switch {
	case err != nil:
		t.Reason = media.Truncated
	case c.full:
		t.Reason = media.LimitBytes
	case res.Coverage != reports.Complete && len(res.Reasons) > 0:
		t.Reason = media.Reason(res.Reasons[0].Code)
	}
	res.Release()
	b, err := json.Marshal(t)
	if err != nil {
		return nil // the other side takes it for a dead worker's
	}
	return b
}

// collector is a detector that finds nothing and keeps the text.
type collector struct {
	text bytes.Buffer
	part string
	full bool
}

var _ detectors.Detector = (*collector)(nil)

// Info implements detectors.Detector.
func (*collector) Info() detectors.Info { return detectors.Info{Name: "plain"} }

// Detect implements detectors.Detector.
func (c *collector) Detect(p *detectors.Part, _ func(detectors.Finding)) error {
	lead := min(p.Lead, len(p.Text))
	text := p.Text[lead:max(lead, len(p.Text)-p.Tail)]
	if len(text) == 0 || outside(p.Path) {
		return nil
	}
	if c.text.Len()+len(text)+2 > MaxText {
		c.full = true
		return nil
	}
	if p.Path != c.part && c.text.Len() > 0 {
		c.text.WriteString("\n\n")
	}
	c.part = p.Path
	c.text.Write(text)
	return nil
}

// outside tells parts that are no text of the document itself: names, and what
// stands beside it.
func outside(path string) bool {
	return slices.Contains([]string{scanner.PartKey, scanner.PartMeta, scanner.PartTag, scanner.PartObject}, path) ||
		strings.HasSuffix(path, "/xmp") || strings.HasSuffix(path, "/info")
}
