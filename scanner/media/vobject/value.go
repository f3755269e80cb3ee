package vobject

import (
	"bytes"
	"encoding/base64"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"

	"habeas/detectors"
	"habeas/scanner/media"
)

// plain is the value of a property with its encoding undone, escapes left.
func (p *property) plain() string {
	var b []byte
	switch p.encoding() {
	case "Q":
		b = fromQuoted(p.value)
	case "B":
		var err error
		if b, err = fromBase64(p.value); err != nil {
			return p.value
		}
	default:
		return p.value
	}
	var e encoding.Encoding = charmap.Windows1252
	if known, err := htmlindex.Get(p.get("CHARSET")); err == nil {
		e = known
	} else if utf8.Valid(b) {
		return string(b)
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		out = b
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// text is the value for people.
func (p *property) text() string { return unescape(p.plain()) }

// binary is what a property embeds: base64, or a data URI (RFC 2397). ok is
// false if it embeds nothing.
func (p *property) binary() (b []byte, ok bool) {
	s := p.value
	if p.encoding() != "B" {
		scheme, data, found := strings.Cut(s, ":")
		if !found || !strings.EqualFold(scheme, "data") {
			return nil, false
		}
		head, body, found := strings.Cut(unescape(data), ",")
		if !found || !strings.HasSuffix(strings.ToLower(head), ";base64") {
			return nil, false
		}
		s = body
	}
	b, err := fromBase64(s)
	return b, err == nil || len(b) > 0
}

// fromBase64 undoes base64 with blanks in it. What comes before an error is
// given with it.
func fromBase64(s string) ([]byte, error) {
	return io.ReadAll(io.LimitReader(base64.NewDecoder(base64.RawStdEncoding, &packed{s: s}), maxLine))
}

// packed gives the characters of base64 that a string holds, without blanks and
// padding.
type packed struct{ s string }

func (p *packed) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) && len(p.s) > 0 {
		c := p.s[0]
		p.s = p.s[1:]
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' && c != '=' {
			b[n] = c
			n++
		}
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

// fromQuoted undoes quoted-printable; what is no escape stays.
func fromQuoted(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && i+2 < len(s) {
			if hi, lo := strings.IndexByte(hexDigits, s[i+1]|0x20), strings.IndexByte(hexDigits, s[i+2]|0x20); hi >= 0 && lo >= 0 {
				out = append(out, byte(hi<<4|lo))
				i += 2
				continue
			}
		}
		out = append(out, s[i])
	}
	return out
}

const hexDigits = "0123456789abcdef"

// object collects the tags of one card, event or task.
type object struct {
	in          *lines
	group, path string
	tags        []detectors.Tag
	held        int
}

// maxHeld is how many bytes the tags of one part hold; more make a part more.
const maxHeld = 4 << 20

func (o *object) add(name, value string) {
	if value = strings.Trim(value, "\x00 \t\r\n"); value != "" {
		o.tags = append(o.tags, detectors.Tag{Group: o.group, Name: name, Value: value, At: o.in.where(value)})
		o.held += len(name) + len(value)
	}
}

// give hands the tags out.
func (o *object) give(v media.Visitor) error {
	if len(o.tags) == 0 {
		return nil
	}
	err := v.Part(&detectors.Part{Path: o.path, Tags: o.tags, Off: -1})
	o.tags, o.held = o.tags[:0], 0
	return err
}

func nested(v media.Visitor, path string, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// address is a URI without its scheme where that is mailto or tel.
func address(s string) string {
	s = strings.TrimSpace(s)
	for _, scheme := range []string{"mailto:", "tel:", "sip:", "xmpp:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			s, _, _ = strings.Cut(s[len(scheme):], "?")
			return s
		}
	}
	return s
}

// position is a GEO value as two numbers: "37.38;-122.08" (RFC 5545 section
// 3.8.1.6) or "geo:37.38,-122.08;u=35" (RFC 5870).
func position(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > 4 && strings.EqualFold(s[:4], "geo:") {
		s, _, _ = strings.Cut(s[4:], ";")
		s, _, _ = strings.Cut(s, "?")
	}
	return strings.ReplaceAll(s, ";", ", ")
}

// vocabulary is a name for a tag made of that of a property nobody knows:
// "X-EVOLUTION-SPOUSE" becomes EvolutionSpouse.
func vocabulary(name string) string {
	if s := media.FieldName(strings.TrimPrefix(name, "X-")); s != "" {
		return s
	}
	return "Property"
}
