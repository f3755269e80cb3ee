// Package mapi holds what Outlook's messages have in common in whatever file they
// come ([MS-OXCMSG], [MS-OXPROPS]): properties by number, which of them name
// people, and the bodies. Files of messages (MSG) and their transport in mail
// (TNEF) are read by packages of their own, which fill the properties in.
package mapi

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/text/encoding"

	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// Types of properties ([MS-OXCDATA] 2.11.1).
const (
	Integer16 = 0x02
	Integer32 = 0x03
	Object    = 0x0d
	Text8     = 0x1e // in the code page of the message
	Text16    = 0x1f // in UTF-16
	Time      = 0x40
	GUID      = 0x48
	Binary    = 0x102
	Many      = 0x1000 // with one of the others: a list
)

// Numbers of properties that readers of files ask for.
const (
	MessageCodePage  = 0x3ffd
	InternetCodePage = 0x3fde
	AttachedData     = 0x3701
	AttachedType     = 0x370e // MIME
)

const maxProperties = 4096 // of one message, recipient or attachment

// Properties are those of one message, recipient or attachment. One goroutine at a
// time uses them.
type Properties struct {
	Page encoding.Encoding // of texts of Text8

	values map[uint16][]byte
	kinds  map[uint16]uint16
	order  []uint16
	fixed  map[uint16]uint32
	names  map[uint16]string
}

// New gives properties without any, in Windows-1252.
func New() *Properties {
	return &Properties{Page: charset.CodePage(1252), values: map[uint16][]byte{}, kinds: map[uint16]uint16{}, fixed: map[uint16]uint32{}, names: map[uint16]string{}}
}

// Full reports whether no more properties are taken.
func (p *Properties) Full() bool { return len(p.order) >= maxProperties }

// Add sets a property of type Text8, Text16 or Binary. A text in UTF-16 is not
// replaced by one in a code page.
func (p *Properties) Add(id, kind uint16, value []byte) {
	if p.kinds[id] == Text16 && kind == Text8 || p.Full() {
		return
	}
	if _, twice := p.values[id]; !twice {
		p.order = append(p.order, id)
	}
	p.values[id], p.kinds[id] = value, kind
}

// Append adds one element to a list of texts, of type Text8 or Text16.
func (p *Properties) Append(id, kind uint16, value []byte) {
	if p.Full() {
		return
	}
	if p.values[id] == nil {
		p.order = append(p.order, id)
	}
	parted := "; "
	if kind == Text16 {
		parted = ";\x00 \x00"
	}
	// NULs that end an element would end the list.
	p.values[id] = append(append(p.values[id], cutEnd(value, kind)...), parted...)
	p.kinds[id] = kind
}

// SetNumber sets a property of a number.
func (p *Properties) SetNumber(id uint16, n uint32) {
	if len(p.fixed) < maxProperties {
		p.fixed[id] = n
	}
}

// SetName names a property of a program's own.
func (p *Properties) SetName(id uint16, name string) {
	if len(p.names) < maxProperties {
		p.names[id] = name
	}
}

// Number is the number that a property is, 0 if there is none.
func (p *Properties) Number(id uint16) int { return int(p.fixed[id]) }

// Bytes are those of a property as they are stored.
func (p *Properties) Bytes(id uint16) []byte { return p.values[id] }

// Text is the text that a property is, "" if there is none.
func (p *Properties) Text(id uint16) string {
	switch p.kinds[id] {
	case Text16:
		return cutZero(wide(p.values[id]))
	case Text8:
		return Decode(p.values[id], p.Page)
	}
	return ""
}

// Decode is text in a code page up to its first NUL.
func Decode(b []byte, page encoding.Encoding) string {
	s, err := page.NewDecoder().Bytes(b)
	if err != nil {
		s = b
	}
	return cutZero(string(s))
}

// SetPage takes the code page that the properties name, or else the one given.
func (p *Properties) SetPage(otherwise encoding.Encoding) {
	n := p.Number(MessageCodePage)
	if n == 0 {
		n = p.Number(InternetCodePage)
	}
	if p.Page = otherwise; n != 0 || otherwise == nil {
		p.Page = charset.CodePage(n)
	}
}

// Sealed reports whether the message is one in S/MIME that is encrypted, or may be.
func (p *Properties) Sealed() bool {
	class := strings.ToUpper(p.Text(0x001a))
	return strings.HasPrefix(class, "IPM.NOTE.SMIME") && !strings.Contains(class, "MULTIPARTSIGNED")
}

// SealedFile reports whether an attachment says that it is encrypted.
func (p *Properties) SealedFile() bool {
	switch strings.ToLower(p.Text(AttachedType)) {
	case "application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime":
		return true
	}
	return false
}

// FileName is the name of an attachment, "" if it has none.
func (p *Properties) FileName() string {
	for _, id := range [...]uint16{0x3707, 0x3704, 0x3001} {
		if name := tidy(p.Text(id)); name != "" {
			return name
		}
	}
	return ""
}

// Bodies gives the text of a message in each of its forms, and its header as it
// came.
func (p *Properties) Bodies(v media.Visitor, path string) error {
	plain := p.Text(0x1000)
	if err := text(v, join(path, "body"), plain); err != nil {
		return err
	}
	html := p.values[0x1013]
	if p.kinds[0x1013] == Text16 {
		html = []byte(p.Text(0x1013))
	}
	if err := nested(v, join(path, "html"), html); err != nil {
		return err
	}
	if packed := p.values[0x1009]; len(packed) > 0 && len(html) == 0 && plain == "" {
		b, ok := UnpackRTF(packed)
		if !ok {
			v.Problem(join(path, "rtf"), media.Corrupt)
		} else if err := nested(v, join(path, "rtf"), b); err != nil {
			return err
		}
	}
	return text(v, join(path, "header"), p.Text(0x007d))
}

func text(v media.Visitor, path, s string) error {
	t := media.NewRunning(v, path)
	t.WriteString(Lines(s))
	return t.End()
}

func nested(v media.Visitor, path string, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// Lines is s with line ends of one kind.
func Lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n").Replace(s)
}

// cutEnd is an element of a list without the NULs at its end.
func cutEnd(b []byte, kind uint16) []byte {
	if kind != Text16 {
		return bytes.TrimRight(b, "\x00")
	}
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	return b
}

func wide(b []byte) string {
	out, _ := media.AppendWide(nil, b, media.UTF16LE, false)
	return string(out)
}

func cutZero(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

func tidy(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) }

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "/" + b
}

// CodePage is the encoding of a number of Windows'; nil for 0.
func CodePage(n int) encoding.Encoding {
	if n == 0 {
		return nil
	}
	return charset.CodePage(n)
}
