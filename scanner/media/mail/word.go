package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"

	"habeas/scanner/media"
)

// decodeWords undoes the encoded words of a header (RFC 2047), those inside of
// quotes too, since programs write them there. Words that follow each other in
// one charset are joined before they are decoded: a character may be cut between
// them. charset is that of bytes above ASCII outside of words. The result is
// valid UTF-8.
func decodeWords(s, charset string) string {
	if !strings.Contains(s, "=?") {
		return decode(charset, []byte(s))
	}
	var out strings.Builder
	var bytes []byte // of words that are still to be decoded
	var label string
	flush := func() {
		out.WriteString(decode(label, bytes))
		bytes, label = bytes[:0], ""
	}
	for len(s) > 0 {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		word, ok := encodedWord(s[i:])
		if !ok {
			flush()
			out.WriteString(decode(charset, []byte(s[:i+2])))
			s = s[i+2:]
			continue
		}
		// Blanks between two words are none of the text (section 6.2).
		if between := s[:i]; label == "" || strings.TrimLeft(between, " \t\r\n") != "" {
			flush()
			out.WriteString(decode(charset, []byte(between)))
		}
		if !strings.EqualFold(label, word.charset) {
			flush()
			label = word.charset
		}
		bytes = append(bytes, word.bytes...)
		s = s[i+word.size:]
	}
	flush()
	out.WriteString(decode(charset, []byte(s)))
	return out.String()
}

type word struct {
	charset string
	bytes   []byte
	size    int // in the header
}

// encodedWord reads the word that s begins with: =?charset?encoding?text?=.
func encodedWord(s string) (w word, ok bool) {
	const longest = 4 << 10 // the standard says 75; programs do not keep to it
	head := s[:min(len(s), longest)]
	cs, rest, ok := strings.Cut(head[2:], "?")
	if !ok || cs == "" || len(cs) > 40 || len(rest) < 2 || rest[1] != '?' {
		return w, false
	}
	end := strings.Index(rest[2:], "?=")
	if end < 0 {
		return w, false
	}
	text := []byte(rest[2 : 2+end])
	cs, _, _ = strings.Cut(cs, "*") // a language, RFC 2231 section 5
	w = word{charset: cs, size: 2 + len(head[2:]) - len(rest) + 2 + end + 2}
	switch rest[0] | 0x20 {
	case 'b':
		w.bytes, _ = fromBase64(text)
	case 'q':
		for i := range text {
			if text[i] == '_' {
				text[i] = ' '
			}
		}
		w.bytes = fromQuoted(text)
	default:
		return w, false
	}
	return w, true
}

// decode is b, which is in the charset of that name, as valid UTF-8. Without a
// name it is UTF-8, or else what Western mail is in.
func decode(label string, b []byte) string {
	e := encodingOf(label)
	if e == nil && utf8.Valid(b) {
		return string(b)
	}
	if e == nil {
		e = charmap.Windows1252
	}
	out, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// encodingOf is the charset of that name; nil for UTF-8, ASCII and what is not
// known.
func encodingOf(label string) encoding.Encoding {
	label = strings.ToLower(strings.Trim(label, " \t\"'"))
	switch label {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "default", "binary":
		return nil
	}
	if e, err := htmlindex.Get(label); err == nil {
		if name, _ := htmlindex.Name(e); name == "replacement" || name == "utf-8" {
			return nil
		}
		return e
	}
	if e, err := ianaindex.MIME.Encoding(label); err == nil {
		return e // nil where it is registered and not there
	}
	if strings.HasPrefix(label, "cp") { // cp1252, cp-850
		if e, err := ianaindex.MIME.Encoding("ibm" + strings.TrimLeft(label[2:], "-")); err == nil {
			return e
		}
	}
	return nil
}

// isWide reports whether a charset has more than one byte for ASCII's letters.
func isWide(label string) bool {
	label = strings.ToLower(label)
	return strings.HasPrefix(label, "utf-16") || strings.HasPrefix(label, "utf16") || strings.HasPrefix(label, "utf-32")
}

// fromWide decodes UTF-16 and UTF-32, whose byte order the bytes tell better
// than the name does.
func fromWide(label string, b []byte) []byte {
	cs, mark := media.TextCharset(b[:min(len(b), media.HeadSize)])
	switch cs {
	case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
	case media.UTF8:
		return []byte(strings.ToValidUTF8(string(b), "\uFFFD"))
	default:
		cs = media.UTF16BE // RFC 2781, section 4.3
		if strings.HasSuffix(strings.ToLower(label), "le") {
			cs = media.UTF16LE
		}
	}
	out, _ := media.AppendWide(make([]byte, 0, len(b)), b[mark:], cs, true)
	return out
}
