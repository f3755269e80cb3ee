package media

import (
	"bytes"
	"strings"
)

// MailType is the MIME type of content that begins as a message does (RFC 5322),
// "message/rfc822", or as a mailbox (RFC 4155), "application/mbox"; "" for
// anything else. Mail has no magic number: what counts is a block of header
// fields, enough of which are those of mail.
func MailType(head []byte) string {
	cut := len(head) >= HeadSize
	if len(head) >= 4 && (head[0] == 0 || head[1] == 0 || head[0] >= 0xfe && head[1] >= 0xfe) {
		if cs, mark := TextCharset(head); isWide(cs) {
			head, _ = AppendWide(nil, head[mark:], cs, false)
		}
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	kind := "message/rfc822"
	if bytes.HasPrefix(head, []byte(">From ")) || bytes.HasPrefix(head, []byte("From ")) {
		line, rest, _ := bytes.Cut(head, []byte("\n"))
		if IsEnvelope(line) {
			kind = "application/mbox"
		}
		head = rest
	}
	if !isHeader(head, cut) {
		return ""
	}
	return kind
}

// IsEnvelope reports whether a line parts the messages of a mailbox: "From ",
// somebody, a date that ends in a year, perhaps with a zone.
func IsEnvelope(line []byte) bool {
	if !bytes.HasPrefix(line, []byte("From ")) || len(line) > 1_000 {
		return false
	}
	words := bytes.Fields(line)
	if len(words) < 3 {
		return false
	}
	for _, w := range words[max(len(words)-3, 2):] {
		if len(w) == 4 && (w[0] == '1' && w[1] == '9' || w[0] == '2') && len(bytes.Trim(w, "0123456789")) == 0 {
			return true
		}
	}
	return false
}

// isHeader reports whether head begins with fields that together give four
// points, at least one of them mail's own, up to an empty line or its end. cut
// says that head ends before the content does.
func isHeader(head []byte, cut bool) bool {
	sum, own := 0, false
	for first := true; len(head) > 0; first = false {
		line, rest, whole := bytes.Cut(head, []byte("\n"))
		line = bytes.TrimSuffix(line, []byte("\r"))
		head = rest
		if len(line) == 0 {
			break
		}
		if !first && (line[0] == ' ' || line[0] == '\t') {
			continue
		}
		name, ok := fieldOf(line)
		if !ok {
			if !whole && cut {
				break
			}
			if sum < 6 { // a broken header, not a memo that starts with "To:"
				return false
			}
			break
		}
		p := pointsOf(name)
		sum, own = sum+p, own || p == 2
	}
	return own && sum >= 4
}

// fieldOf is the name of the header field that a line begins with.
func fieldOf(line []byte) (name string, ok bool) {
	i := 0
	for i < len(line) && i < 100 && line[i] > ' ' && line[i] < 0x7f && line[i] != ':' {
		i++
	}
	if rest := bytes.TrimLeft(line[i:], " \t"); i == 0 || len(rest) == 0 || rest[0] != ':' {
		return "", false
	}
	return strings.ToLower(string(line[:i])), true
}

// points are what fields say for a text being a message: 2 for those that
// nothing but mail and news has, 1 for those that others have as well.
var points = map[string]int{
	"from": 2, "to": 2, "cc": 2, "bcc": 2, "subject": 2, "received": 2, "return-path": 2, "message-id": 2, "mime-version": 2,
	"delivered-to": 2, "reply-to": 2, "sender": 2, "resent-from": 2, "newsgroups": 2,
	"date": 1, "user-agent": 1, "in-reply-to": 1, "references": 1, "importance": 1, "priority": 1, "organization": 1,
	"dkim-signature": 1, "received-spf": 1, "authentication-results": 1, "thread-topic": 1, "thread-index": 1, "precedence": 1, "envelope-to": 1, "delivery-date": 1, "status": 1,
}

func pointsOf(name string) int {
	if p := points[name]; p > 0 {
		return p
	}
	for _, prefix := range []string{"x-", "content-", "list-", "arc-", "resent-"} {
		if strings.HasPrefix(name, prefix) {
			return 1
		}
	}
	return 0
}
