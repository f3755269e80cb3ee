package ole

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/encoding/charmap"

	"habeas/scanner/media"
)

// shortest is how many characters in a row are text.
const shortest = 6

// runs searches a stream for text in cp1252 and in UTF-16.
func (w *walk) runs(b []byte, path string) error {
	t := media.NewRunning(w.v, path)
	for i := 0; i < len(b) && t.Err() == nil; {
		n := narrowRun(b[i:])
		if n >= shortest {
			t.WriteString(decode(b[i:i+n], charmap.Windows1252, false))
			t.Line()
			i += n
			continue
		}
		if n := wideRun(b[i:]); n >= shortest {
			t.WriteString(utf16String(b[i : i+2*n]))
			t.Line()
			i += 2 * n
			continue
		}
		i += max(n, 1)
	}
	return t.End()
}

func isTextByte(c byte) bool {
	return c >= ' ' && c < 0x7f || c == '\t' || c == '\r' || c == '\n' || c >= 0xa0 || c >= 0x91 && c <= 0x97
}

func narrowRun(b []byte) int {
	for i, c := range b {
		if !isTextByte(c) {
			return i
		}
	}
	return len(b)
}

// wideRun counts characters of scripts with letters, of which text must have
// many in one: binary data read by twos is a mix of everything.
func wideRun(b []byte) int {
	n := 0
	for ; len(b) >= 2; b = b[2:] {
		r := rune(binary.LittleEndian.Uint16(b))
		if r < 0x250 && (r >= ' ' && r != 0x7f && (r < 0x80 || r >= 0xa0) || r == '\t' || r == '\r' || r == '\n') || r >= 0x2010 && r <= 0x2026 ||
			n > 0 && (unicode.In(r, unicode.Cyrillic, unicode.Greek)) {
			n++
			continue
		}
		break
	}
	return n
}

// pictures cuts JPEG and PNG files out of a stream of drawings ([MS-ODRAW]
// 2.2.23): a record with its length, one or two identifiers, a tag, the file.
func (w *walk) pictures(b []byte, path string) error {
	found := 0
	for at := 0; at < len(b); {
		i := nextPicture(b[at:])
		if i < 0 {
			return nil
		}
		i += at
		end := len(b)
		for _, before := range [...]int{17, 33} {
			h := i - before - 8
			if h < 0 {
				continue
			}
			kind, n := u16(b[h+2:]), int64(u32(b[h+4:]))
			if kind >= 0xf01a && kind <= 0xf02a && n >= int64(before) {
				end = int(min(int64(h)+8+n, int64(len(b))))
				break
			}
		}
		if end == len(b) {
			if j := nextPicture(b[i+8:]); j >= 0 && b[i] == 0x89 {
				end = i + 8 + j
			}
		}
		found++
		if err := w.nested(fmt.Sprintf("%s[%d]", join(path, "image"), found), b[i:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

func nextPicture(b []byte) int {
	i, j := bytes.Index(b, []byte("\x89PNG\r\n\x1a\n")), bytes.Index(b, []byte("\xff\xd8\xff"))
	if i < 0 || j >= 0 && j < i {
		return j
	}
	return i
}

// macro is the source of a module of Visual Basic, "" if b is none: a packed
// stretch that begins with its attributes ([MS-OVBA] 2.4.1).
func macro(b []byte) string {
	i := bytes.Index(b, []byte("\x00Attribut"))
	if i < 3 || b[i-3] != 1 {
		return ""
	}
	return decode(unpackMacro(b[i-2:]), charmap.Windows1252, false)
}

// unpackMacro undoes the compression: chunks of up to 4 KiB, in them flags for
// eight tokens each, which are bytes or copies of what came before in the chunk.
func unpackMacro(b []byte) []byte {
	var out []byte
	for len(b) >= 2 && len(out) < media.MaxBlock {
		h := u16(b)
		n := min(int(h&0xfff)+3, len(b))
		chunk := b[2:max(n, 2)]
		b = b[n:]
		if h&0x7000 != 0x3000 {
			break
		}
		if h&0x8000 == 0 {
			out = append(out, chunk...)
			continue
		}
		out = unpackChunk(out, chunk)
	}
	return out
}

func unpackChunk(out, chunk []byte) []byte {
	start := len(out)
	for len(chunk) > 0 {
		flags := chunk[0]
		chunk = chunk[1:]
		for bit := 0; bit < 8 && len(chunk) > 0; bit++ {
			if flags>>bit&1 == 0 {
				out = append(out, chunk[0])
				chunk = chunk[1:]
				continue
			}
			if len(chunk) < 2 {
				return out
			}
			done := len(out) - start
			bits := 4
			for 1<<bits < done {
				bits++
			}
			bits = min(bits, 12)
			token := int(u16(chunk))
			chunk = chunk[2:]
			from, n := len(out)-(token>>(16-bits))-1, token&(0xffff>>bits)+3
			if from < start || done+n > 4096+3 {
				return out
			}
			for range n {
				out = append(out, out[from])
				from++
			}
		}
	}
	return out
}

// lines makes line ends of the ways in which documents part paragraphs.
func lines(s string) string {
	return strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n").Replace(s)
}
