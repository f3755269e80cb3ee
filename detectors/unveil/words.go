package unveil

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/htmlindex"

	"habeas/detectors/textscan"
)

// maxWord is the length of an encoded word that is decoded. RFC 2047, section 2,
// allows 75; programs write longer ones.
const maxWord = 1024

// encodedWords gives a view for each line of headers that holds encoded words,
// "=?utf-8?B?...?=" (RFC 2047).
func encodedWords(text []byte, give func(*View)) {
	for from := 0; ; {
		i := bytes.Index(text[from:], []byte("=?"))
		if i < 0 {
			return
		}
		i += from
		start, end := textscan.Line(text, i, 998) // RFC 5322, section 2.1.1
		if start = max(start, from); start > i {
			start = i
		}
		for start > from && !utf8.RuneStart(text[start]) {
			start--
		}
		// Continued lines belong to the same header.
		for end < len(text) && end-start < 8<<10 && continues(text, end) {
			_, next := textscan.Line(text, skipLineEnd(text, end), 998)
			end = max(next, end+1)
		}
		if v := wordsOfLine(text, start, end); v != nil {
			give(v)
		}
		from = max(end, i+2)
	}
}

func continues(text []byte, end int) bool {
	i := skipLineEnd(text, end)
	return i > end && (textscan.Byte(text, i) == ' ' || textscan.Byte(text, i) == '\t')
}

func skipLineEnd(text []byte, i int) int {
	if textscan.Byte(text, i) == '\r' {
		i++
	}
	if textscan.Byte(text, i) == '\n' {
		i++
	}
	return min(i, len(text))
}

func wordsOfLine(text []byte, start, end int) *View {
	b := &builder{}
	plain, decoded := start, false
	for i := start; i+1 < end; i++ {
		if text[i] != '=' || text[i+1] != '?' {
			continue
		}
		word, n := encodedWord(text[i:min(end, i+maxWord)])
		if n == 0 {
			continue
		}
		// Blanks between two encoded words are none (section 6.2).
		if !decoded || len(bytes.TrimSpace(text[plain:i])) > 0 {
			b.copy(text[plain:i], plain)
		}
		b.put(word, i)
		decoded = true
		plain = i + n
		i = plain - 1
	}
	if !decoded {
		return nil
	}
	b.copy(text[plain:end], plain)
	return b.view("encoded words", end)
}

// encodedWord decodes the word that b begins with and gives its length, or 0.
func encodedWord(b []byte) (string, int) {
	parts := bytes.SplitN(b[2:], []byte("?"), 3)
	if len(parts) < 3 || len(parts[1]) != 1 || len(parts[0]) == 0 || len(parts[0]) > 40 {
		return "", 0
	}
	stop := bytes.Index(parts[2], []byte("?="))
	if stop < 0 {
		return "", 0
	}
	body, raw := parts[2][:stop], []byte(nil)
	switch parts[1][0] {
	case 'b', 'B':
		body = bytes.TrimRight(body, "=")
		var err error
		if raw, err = base64.RawStdEncoding.DecodeString(string(body)); err != nil {
			return "", 0
		}
	case 'q', 'Q':
		raw = unquote(body)
	default:
		return "", 0
	}
	charset, _, _ := strings.Cut(string(parts[0]), "*") // RFC 2231, section 5
	return fromCharset(raw, charset), 2 + len(parts[0]) + 1 + 1 + 1 + stop + 2
}

// unquote undoes the Q encoding (RFC 2047, section 4.2).
func unquote(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); i++ {
		c := body[i]
		if v, ok := hexByte(body, i+1); c == '=' && ok {
			c = v
			i += 2
		} else if c == '_' {
			c = ' '
		}
		out = append(out, c)
	}
	return out
}

// fromCharset is raw as UTF-8; an unknown charset is read as Windows-1252 where
// it is not UTF-8.
func fromCharset(raw []byte, charset string) string {
	if enc, err := htmlindex.Get(charset); err == nil && !strings.EqualFold(charset, "utf-8") {
		if out, err := enc.NewDecoder().Bytes(raw); err == nil {
			return string(out)
		}
	}
	if utf8.Valid(raw) {
		return string(raw)
	}
	var out strings.Builder
	for _, c := range raw {
		if c < utf8.RuneSelf {
			out.WriteByte(c)
		} else {
			out.WriteRune(windows1252(c))
		}
	}
	return out.String()
}
