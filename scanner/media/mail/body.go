package mail

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/scanner/media"
)

// leaf hands out a body that ends where the boundary at end begins: the line end
// before it is the boundary's.
func (w *walk) leaf(e *entity, end int64) error {
	if end < w.in.size {
		tail, err := w.in.bytes(max(end-2, e.start), end, 2)
		if err != nil {
			return err
		}
		end -= int64(len(tail) - len(bytes.TrimSuffix(bytes.TrimSuffix(tail, []byte("\n")), []byte("\r"))))
	}
	if end <= e.start {
		return nil
	}
	switch {
	case e.around != "":
		return w.text(e, e.around, end)
	case e.encrypted && e.kind != "application/pgp-encrypted",
		(e.kind == "application/pkcs7-mime" || e.kind == "application/x-pkcs7-mime") && !strings.HasPrefix(e.smime, "signed") && !strings.HasPrefix(e.smime, "certs"):
		w.v.Problem(w.file(e), media.Encrypted)
		return nil
	case e.kind == "message/rfc822" || e.kind == "message/global" || e.kind == "message/news":
		return w.attachment(e, end)
	case e.attachment && e.name != "":
		return w.attachment(e, end)
	case e.kind == "text/html" || e.kind == "application/xhtml+xml":
		return w.html(e, end)
	case isText(e.kind):
		w.texts++
		return w.text(e, numbered("body", w.texts), end)
	case strings.HasSuffix(e.kind, "pkcs7-signature"):
		return w.signature(e, end)
	}
	return w.attachment(e, end)
}

// isText are the kinds that are read as they are. Other texts (calendars, cards,
// tables) have readers of their own.
func isText(kind string) bool {
	switch kind {
	case "text/plain", "text/enriched", "text/richtext", "text/rfc822-headers", "text/x-amp-html", "text/markdown", "text":
		return true
	}
	return strings.HasPrefix(kind, "message/")
}

func numbered(name string, n int) string {
	if n == 1 {
		return name
	}
	return fmt.Sprintf("%s[%d]", name, n)
}

// file is the path of an attachment.
func (w *walk) file(e *entity) string {
	w.files++
	path := fmt.Sprintf("attachment[%d]", w.files)
	if e.kind == "message/rfc822" && e.name == "" {
		path = fmt.Sprintf("message[%d]", w.files)
	}
	if name := fileName(e.name); name != "" {
		path += "/" + name
	}
	return path
}

// fileName is one step of a path.
func fileName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '/' || r == '\\' || r < ' ' {
			return '_'
		}
		return r
	}, s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "")
	}
	return s
}

// raw reads a body with its transfer encoding undone; stored tells that there was
// none, so that the bytes are the object's own.
func (w *walk) raw(e *entity, path string, end int64) (b []byte, stored bool, err error) {
	if end-e.start > media.MaxBlock {
		w.v.Problem(path, media.LimitBytes)
	}
	b, err = w.in.bytes(e.start, end, media.MaxBlock)
	if err != nil {
		return nil, false, err
	}
	switch strings.TrimSpace(e.encoding) {
	case "base64":
		b, sound := fromBase64(b)
		if !sound {
			w.v.Problem(path, media.Corrupt)
		}
		return b, false, nil
	case "quoted-printable":
		if bytes.IndexByte(b, '=') < 0 {
			return b, true, nil
		}
		return fromQuoted(b), false, nil
	case "x-uuencode", "uuencode", "x-uue":
		if _, out, _, ok := fromUU(b); ok {
			return out, false, nil
		}
	}
	return b, true, nil
}

// encoded reports whether a body has a transfer encoding that changes bytes.
func (e *entity) encoded() bool {
	switch strings.TrimSpace(e.encoding) {
	case "base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue":
		return true
	}
	return false
}

// text gives a body of text.
func (w *walk) text(e *entity, path string, end int64) error {
	plain := encodingOf(e.charset) == nil && !isWide(e.charset)
	if !e.encoded() && plain && end-e.start > maxText {
		return w.v.Nested(path, w.in.section(e.start, end)) // in chunks
	}
	b, stored, err := w.raw(e, path, end)
	if err != nil {
		return err
	}
	off := int64(-1)
	switch {
	case strings.EqualFold(e.charset, "utf-7") || strings.EqualFold(e.charset, "unicode-1-1-utf-7"):
		return w.memory(path, append([]byte("+/v8-"), b...)) // which is a mark
	case isWide(e.charset):
		b = fromWide(e.charset, b)
	case !plain:
		b = []byte(decode(e.charset, b))
	case !utf8.Valid(b):
		return w.memory(path, b) // in a charset that has to be guessed
	case stored && w.stored:
		off = e.start
	}
	trimmed := bytes.TrimSpace(b)
	if len(trimmed) == 0 {
		return nil
	}
	if bytes.HasPrefix(trimmed, []byte("-----BEGIN PGP MESSAGE-----")) {
		w.v.Problem(path, media.Encrypted)
		return nil
	}
	if len(b) > maxText {
		return w.memory(path, b)
	}
	if err := w.v.Part(&detectors.Part{Path: path, Text: b, Off: off}); err != nil {
		return err
	}
	return w.uuencoded(b)
}

// html hands a page on. A charset that the header names holds against what the
// page says of itself: such a page is given in UTF-8, with a mark.
func (w *walk) html(e *entity, end int64) error {
	w.pages++
	path := numbered("body.html", w.pages)
	enc := encodingOf(e.charset)
	head, err := w.in.bytes(e.start, end, 512)
	if err != nil {
		return err
	}
	if !e.encoded() && enc == nil && !isWide(e.charset) && isPage(head) {
		return w.v.Nested(path, w.in.section(e.start, end))
	}
	b, _, err := w.raw(e, path, end)
	if err != nil {
		return err
	}
	mark := ""
	switch {
	case isWide(e.charset):
		b, mark = fromWide(e.charset, b), "\xef\xbb\xbf"
	case enc != nil:
		b, mark = []byte(decode(e.charset, b)), "\xef\xbb\xbf"
	case e.charset != "" && utf8.Valid(b):
		mark = "\xef\xbb\xbf"
	}
	b = bytes.TrimPrefix(b, []byte("\xef\xbb\xbf"))
	if !isPage(b) {
		mark += "<!DOCTYPE html>"
	}
	if mark != "" {
		b = append([]byte(mark), b...)
	}
	return w.memory(path, b)
}

// isPage reports whether b says that it is HTML at its very start. Pages in mail
// are often only pieces of one.
func isPage(b []byte) bool {
	b = bytes.ToLower(bytes.TrimLeft(b[:min(len(b), 512)], "\xef\xbb\xbf \t\r\n"))
	for _, s := range []string{"<!doctype html", "<html", "<head", "<body", "<meta"} {
		if bytes.HasPrefix(b, []byte(s)) {
			return true
		}
	}
	return false
}

// attachment hands a file or a message on.
func (w *walk) attachment(e *entity, end int64) error {
	path := w.file(e)
	if !e.encoded() {
		return w.v.Nested(path, w.in.section(e.start, end))
	}
	b, _, err := w.raw(e, path, end)
	if err != nil {
		return err
	}
	return w.memory(path, b)
}

func (w *walk) memory(path string, b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return w.v.Nested(path, io.NewSectionReader(bytes.NewReader(b), 0, int64(len(b))))
}

// signature gives the words in a signature: its certificates name the signer.
func (w *walk) signature(e *entity, end int64) error {
	path := w.file(e)
	b, _, err := w.raw(e, path, end)
	if err != nil {
		return err
	}
	var out []byte
	for len(b) > 0 {
		n := 0
		for n < len(b) && b[n] >= ' ' && b[n] < 0x7f {
			n++
		}
		if n >= 6 {
			out = append(append(out, b[:n]...), '\n')
		}
		b = b[min(n+1, len(b)):]
	}
	if len(out) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: path, Text: out, Off: -1})
}

// uuencoded hands on the files that old programs put into a text.
func (w *walk) uuencoded(b []byte) error {
	for n := 0; n < maxParts && bytes.Contains(b, []byte("begin ")); n++ {
		name, out, rest, ok := fromUU(b)
		if !ok {
			return nil
		}
		if err := w.memory(w.file(&entity{name: tidy(strings.ToValidUTF8(name, "\uFFFD"))}), out); err != nil {
			return err
		}
		b = rest
	}
	return nil
}
