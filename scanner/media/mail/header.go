package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// header is the block of fields before a body (RFC 5322, section 2.2).
type header struct {
	raw    []byte
	off    int64 // of raw
	body   int64 // where the body begins
	fields []headerField
	open   bool // no empty line ends it: the content does
	cut    bool // the content ends inside of a line of it
}

// headerField is raw[start:end] of a header, its line end included.
type headerField struct {
	name       string // in lower case
	start, end int
	value      int // where what follows the colon starts
}

// field parts a line at the colon behind a field's name: printable ASCII
// (section 2.2), blanks before the colon as old programs write them.
func field(line []byte) (name string, value int, ok bool) {
	i := 0
	for i < len(line) && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	end := i
	for i < len(line) && (line[i] == ' ' || line[i] == '\t') {
		i++
	}
	if end == 0 || end > 100 || i >= len(line) || line[i] != ':' {
		return "", 0, false
	}
	return strings.ToLower(string(line[:end])), i + 1, true
}

// readHeader reads the header at off, which ends at stop at the latest: at an
// empty line, or before a line that is none of a header.
func (w *walk) readHeader(off, stop int64) (*header, error) {
	h := &header{off: off}
	for at := off; ; {
		line, whole, err := w.in.line(at)
		if err != nil {
			return nil, err
		}
		line = line[:min(int64(len(line)), stop-at)]
		if len(line) == 0 {
			h.body, h.open, h.cut = at, true, len(h.raw) > 0 && h.raw[len(h.raw)-1] != '\n'
			return h, nil
		}
		if text := bytes.TrimRight(line, "\r\n"); len(text) == 0 {
			h.body = at + int64(len(line))
			return h, nil
		} else if !h.take(line, text) || len(h.raw) > maxHeader {
			h.body = at
			h.cut = len(h.fields) > 0 && at+int64(len(line)) == w.in.size && isFieldName(line)
			if len(h.raw) > maxHeader {
				w.v.Problem("header", media.LimitBytes)
			}
			return h, nil
		}
		at += int64(len(line))
		for !whole && len(h.raw) <= maxHeader { // the rest of a long line
			if line, whole, err = w.in.line(at); err != nil {
				return nil, err
			}
			line = line[:min(int64(len(line)), max(stop-at, 0))]
			h.raw = append(h.raw, line...)
			h.fields[len(h.fields)-1].end = len(h.raw)
			at += int64(len(line))
		}
	}
}

// take adds a line; it reports false for one that is no part of a header.
func (h *header) take(line, text []byte) bool {
	start := len(h.raw)
	switch n := len(h.fields); {
	case text[0] == ' ' || text[0] == '\t':
		if n == 0 {
			return false
		}
		h.raw = append(h.raw, line...)
		h.fields[n-1].end = len(h.raw)
	default:
		name, value, ok := field(text)
		if !ok {
			return false
		}
		h.raw = append(h.raw, line...)
		h.fields = append(h.fields, headerField{name: name, start: start, end: len(h.raw), value: start + value})
	}
	return true
}

// isFieldName tells whether a line without an end is a field's name and no more.
func isFieldName(line []byte) bool {
	for _, c := range line {
		if c != '-' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			return false
		}
	}
	return len(line) < 100
}

// complete tells whether the fields that every message has (RFC 5322, section
// 3.6) are there: who wrote it, and when.
func (h *header) complete() bool { return h.get("date") != "" && h.get("from") != "" }

// get is the unfolded value of the first field of a name, "" if there is none.
func (h *header) get(name string) string {
	for i := range h.fields {
		if h.fields[i].name == name {
			return unfold(h.raw[h.fields[i].value:h.fields[i].end])
		}
	}
	return ""
}

// unfold joins the lines of a value (section 2.2.3).
func unfold(b []byte) string {
	b = bytes.TrimSpace(b)
	if bytes.IndexByte(b, '\n') < 0 {
		return string(b)
	}
	var s strings.Builder
	s.Grow(len(b))
	for line := range bytes.SplitSeq(b, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if s.Len() > 0 && (len(line) == 0 || line[0] != ' ' && line[0] != '\t') {
			s.WriteByte(' ')
		}
		s.Write(line)
	}
	return s.String()
}

// partyTags are the fields that hold addresses, and the names of their tags.
var partyTags = map[string]string{
	"from": "From", "to": "To", "cc": "Cc", "bcc": "Bcc", "reply-to": "ReplyTo", "sender": "Sender", "author": "Author",
	"resent-from": "ResentFrom", "resent-to": "ResentTo", "resent-cc": "ResentCc", "resent-bcc": "ResentBcc",
	"resent-sender": "ResentSender", "resent-reply-to": "ResentReplyTo",
	"return-path": "ReturnPath", "errors-to": "ErrorsTo", "delivered-to": "DeliveredTo", "envelope-to": "EnvelopeTo",
	"x-original-to": "OriginalTo", "original-recipient": "OriginalRecipient", "final-recipient": "FinalRecipient",
	"x-envelope-from": "EnvelopeFrom", "x-envelope-to": "EnvelopeTo", "apparently-to": "ApparentlyTo", "x-apparently-to": "ApparentlyTo",
	"x-forwarded-to": "ForwardedTo", "x-rcpt-to": "EnvelopeTo", "x-sender": "Sender", "x-original-from": "From", "x-google-original-from": "From",
	"disposition-notification-to": "DispositionNotificationTo", "return-receipt-to": "ReturnReceiptTo",
	"mail-followup-to": "FollowupTo", "mail-reply-to": "ReplyTo", "followup-to": "FollowupTo",
}

// textTags are the fields whose values are people's own words, and identifiers
// of messages. All other fields are shown as text, where they stand.
var textTags = map[string]string{
	"subject": "Subject", "comments": "Comments", "keywords": "Keywords", "organization": "Organization", "organisation": "Organization",
	"date": "Date", "thread-topic": "ThreadTopic", "content-description": "ContentDescription", "summary": "Summary",
	"message-id": "MessageID", "in-reply-to": "InReplyTo", "references": "References", "resent-message-id": "MessageID",
}

// maxTags of one header; mail to more people is not sent.
const maxTags = 50_000

// give hands out a header: a part of tags, and the fields between them as text,
// without those in silent.
func (w *walk) give(path string, h *header, charset string, silent map[string]bool) error {
	var tags []detectors.Tag
	run := -1 // where the fields that are shown as text begin
	for i := range h.fields {
		f := &h.fields[i]
		raw := h.raw[f.value:f.end]
		if name := partyTags[f.name]; name != "" {
			for _, p := range parties(unfold(raw), charset) {
				tags = append(tags, detectors.Tag{Group: "Mail", Name: name, Value: p})
			}
		} else if name := textTags[f.name]; name != "" {
			if s := strings.TrimSpace(decodeWords(unfold(raw), charset)); s != "" {
				tags = append(tags, detectors.Tag{Group: "Mail", Name: name, Value: trim(s)})
			}
		} else if !silent[f.name] {
			if run < 0 {
				run = f.start
			}
			continue
		}
		if len(tags) > maxTags {
			w.v.Problem(path, media.LimitCount)
			break
		}
		if err := w.run(path, h, run, f.start); err != nil {
			return err
		}
		run = -1
	}
	if err := w.run(path, h, run, len(h.raw)); err != nil || len(tags) == 0 {
		return err
	}
	return w.v.Part(&detectors.Part{Path: path, Tags: tags, Off: -1})
}

// run gives h.raw[start:end] as text; start is -1 for none.
func (w *walk) run(path string, h *header, start, end int) error {
	if start < 0 || start >= end {
		return nil
	}
	text, off := h.raw[start:end], int64(-1)
	switch {
	case bytes.Contains(text, []byte("=?")):
		text = []byte(decodeWords(string(text), ""))
	case !utf8.Valid(text):
		text = []byte(decode("", text))
	case w.stored:
		off = h.off + int64(start)
	}
	return w.v.Part(&detectors.Part{Path: path, Text: text, Off: off})
}

// trim cuts what no tag ends in.
func trim(s string) string { return strings.TrimRight(s, "\x00 \t\r\n") }
