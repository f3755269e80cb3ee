package mail

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// NewMbox gives the format of mailboxes: messages one after the other, each
// behind a line that begins with "From " (RFC 4155). It is asked before that of
// single messages.
func NewMbox() media.Format { return mbox{} }

type mbox struct{}

var _ media.Format = mbox{}
var _ media.Describer = mbox{}

// Name implements media.Format.
func (mbox) Name() string { return "mbox" }

// Describe implements media.Describer.
func (mbox) Describe() media.Description {
	return media.Description{
		Title: "Mailboxes (MBOX)",
		Types: "application/mbox",
		Reads: "every message as a file of its own, the senders of the envelopes",
	}
}

// Match implements media.Format: an envelope line, and a message behind it.
func (mbox) Match(head []byte) bool { return media.MailType(head) == "application/mbox" }

// maxSenders bounds the envelopes that are told apart.
const maxSenders = 10_000

// Walk implements media.Format.
func (mbox) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	w := mailbox{in: lines{r: r, size: size}, v: v, seen: map[string]bool{}}
	if err := w.messages(); err != nil {
		return err
	}
	if len(w.senders) == 0 {
		return nil
	}
	return v.Part(&detectors.Part{Path: "", Tags: w.senders, Off: -1})
}

// mailbox is the state of one Walk of an mbox.
type mailbox struct {
	in      lines
	v       media.Visitor
	n       int
	seen    map[string]bool
	senders []detectors.Tag
}

// messages cuts at envelope lines: the first line, and those behind an empty
// line with a header field, or another quoted envelope, after them. What begins
// with "From " and is text is left where it is.
func (w *mailbox) messages() error {
	start := int64(-1) // of the message
	begins, empty := true, true
	for at := int64(0); at < w.in.size; {
		line, whole, err := w.in.line(at)
		if err != nil {
			return err
		}
		from := at
		at += int64(len(line))
		parts := begins && empty && media.IsEnvelope(line)
		begins, empty = whole, begins && len(bytes.TrimRight(line, "\r\n")) == 0
		if !parts {
			continue
		}
		sender := string(bytes.Fields(line)[1])
		if start >= 0 {
			next, _, err := w.in.line(at)
			if err != nil {
				return err
			}
			if _, _, ok := field(next); !ok && !bytes.HasPrefix(next, []byte(">From ")) {
				continue
			}
			if err := w.message(start, from); err != nil {
				return err
			}
		}
		w.sender(sender)
		start = at
	}
	return w.message(max(start, 0), w.in.size)
}

func (w *mailbox) message(start, end int64) error {
	w.n++
	return w.v.Nested(fmt.Sprintf("message[%d]", w.n), w.in.section(start, end))
}

// sender keeps the sender of an envelope, each once.
func (w *mailbox) sender(s string) {
	s = strings.ToValidUTF8(strings.Trim(s, "<>-\x00"), "\uFFFD")
	if s == "" || !strings.Contains(s, "@") || w.seen[s] || len(w.seen) >= maxSenders {
		return
	}
	w.seen[s] = true
	w.senders = append(w.senders, detectors.Tag{Group: "Mail", Name: "EnvelopeFrom", Value: trim(s)})
}
