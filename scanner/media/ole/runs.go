package ole

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
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

// pictures cuts JPEG and PNG files and metafiles out of a stream of drawings
// ([MS-ODRAW] 2.2.23): a record with its length, one or two identifiers, a tag or
// the header of a metafile, the file.
func (w *walk) pictures(b []byte, path string) error {
	found := 0
	var next upcoming
	for at := 0; at < len(b); {
		i, drawn := next.after(b, at)
		if i < 0 {
			return nil
		}
		found++
		name := fmt.Sprintf("%s[%d]", join(path, "image"), found)
		if drawn {
			end, err := w.metafile(b, i, name)
			if err != nil {
				return err
			}
			at = end
			continue
		}
		end := pictureEnd(b, i)
		if err := w.nested(name, b[i:end]); err != nil {
			return err
		}
		at = end
	}
	return nil
}

// pictureEnd is where the picture that begins at i ends: by the record that it
// stands in, else where the next one begins.
func pictureEnd(b []byte, i int) int {
	for _, before := range [...]int{17, 33} {
		h := i - before - 8
		if h < 0 {
			continue
		}
		kind, n := u16(b[h+2:]), int64(u32(b[h+4:]))
		if kind >= 0xf01a && kind <= 0xf02a && n >= int64(before) {
			return int(min(int64(h)+8+n, int64(len(b))))
		}
	}
	if b[i] == 0x89 {
		if j := bytes.Index(b[i+8:], []byte(pictureMarks[0])); j >= 0 {
			return i + 8 + j
		}
	}
	return len(b)
}

// pictureMarks begin pictures; from drawnMarks on they begin the records of
// metafiles, EMF and WMF with one identifier and with two.
var pictureMarks = [...]string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "\x40\x3d\x1a\xf0", "\x50\x3d\x1a\xf0", "\x60\x21\x1b\xf0", "\x70\x21\x1b\xf0"}

const drawnMarks = 2

// upcoming remembers where each mark comes next, so that no stretch is searched
// twice for the same one.
type upcoming struct {
	at    [len(pictureMarks)]int // -1: nowhere
	known bool
}

// after is where the next mark stands from at on, -1 if there is none, and whether
// it is a metafile's.
func (u *upcoming) after(b []byte, at int) (i int, drawn bool) {
	i = -1
	for k, mark := range pictureMarks {
		if !u.known || u.at[k] >= 0 && u.at[k] < at {
			if u.at[k] = bytes.Index(b[at:], []byte(mark)); u.at[k] >= 0 {
				u.at[k] += at
			}
		}
		if j := u.at[k]; j >= 0 && (i < 0 || j < i) {
			i, drawn = j, k >= drawnMarks
		}
	}
	u.known = true
	return i, drawn
}

// metafile hands on the metafile in the record at i, and tells where that ends.
func (w *walk) metafile(b []byte, i int, path string) (end int, err error) {
	const (
		header = 34 // sizes, and whether it is packed
		mark   = 4
	)
	start := i + 8 + 16
	if b[i]&0x10 != 0 { // two identifiers
		start += 16
	}
	if start+header > len(b) {
		return i + mark, nil
	}
	n := int64(u32(b[i+4:]))
	end64 := int64(i) + 8 + n
	if end64 < int64(start+header) || end64 > int64(len(b)) {
		return i + mark, nil // by chance
	}
	data := b[start+header : end64]
	switch b[start+32] {
	case 0xfe: // as it is
	case 0:
		in, err := media.NewInflater(media.BudgetOf(w.v), bytes.NewReader(data), func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
		if err != nil {
			w.v.Problem(path, media.Corrupt)
			return int(end64), nil
		}
		if data, err = media.ReadBlock(in); err != nil {
			w.v.Problem(path, media.ReasonOf(err))
		}
	default:
		return i + mark, nil
	}
	return int(end64), w.nested(path, data)
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
