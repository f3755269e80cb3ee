package unveil

import (
	"bytes"
	"encoding/base64"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

const (
	// shortestBase64 is the length of a run that is looked at, in characters: at
	// least one aligned block of half a mask word lies in each that is twice as
	// long.
	shortestBase64 = 40
	// maxBase64 is how much of a block is decoded, in bytes of source.
	maxBase64 = 1 << 20
)

var (
	notBase64 = textscan.NewSet(complement("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"), true)
	labels    = textscan.NewFinder("base64")
)

func complement(members string) string {
	var out []byte
	for b := range byte(utf8.RuneSelf) {
		if bytes.IndexByte([]byte(members), b) < 0 {
			out = append(out, b)
		}
	}
	return string(out)
}

// blocks gives views of base64 that reads as text.
func blocks(text []byte, give func(*View)) {
	var masks [64]uint64
	const piece = 64 * textscan.Block
	done := 0
	for base := 0; base < len(text); base += piece {
		part := text[base:min(base+piece, len(text))]
		notBase64.Mask(masks[:], part)
		for w, m := range masks[:(len(part)+textscan.Block-1)/textscan.Block] {
			at := base + w*textscan.Block
			if w*textscan.Block+32 > len(part) {
				break
			}
			low, high := m&0xFFFFFFFF == 0, m>>32 == 0 && w*textscan.Block+64 <= len(part)
			if !low && !high || at+63 < done {
				continue
			}
			if !low {
				at += 32
			}
			if at >= done {
				done = base64Block(text, at, done, give)
			}
		}
	}
	shortBase64(text, give)
}

// base64Block looks at the base64 around text[at] and returns where it ends.
func base64Block(text []byte, at, from int, give func(*View)) int {
	start := at
	for start > from && inBase64(text[start-1]) {
		start--
	}
	// Lines of the same block before this one: the anchor is not always in the first.
	for start-2 > from && isLineEnd(text[start-1]) {
		end := start - 1
		if end > from && text[end-1] == '\r' {
			end--
		}
		line := end
		for line > from && inBase64(text[line-1]) {
			line--
		}
		if end-line < 60 || line > from && !isLineEnd(text[line-1]) {
			break
		}
		start = line
	}
	return decodeBase64(text, start, give)
}

func isLineEnd(b byte) bool { return b == '\n' || b == '\r' }

func inBase64(b byte) bool {
	return textscan.Is(b, textscan.Alnum) || b == '+' || b == '/' || b == '-' || b == '_'
}

// decodeBase64 decodes the lines from text[start] on, gives them as a view if
// they read as text, and returns where they end.
func decodeBase64(text []byte, start int, give func(*View)) int {
	b := &builder{}
	i, carry := start, 0
	var group [4]byte
	for i < len(text) && i-start < maxBase64 {
		line := i
		for i < len(text) && inBase64(text[i]) {
			i++
		}
		if i == line {
			break
		}
		if carry = b.base64Line(text[line:i], line, group[:], carry); carry < 0 {
			return i
		}
		if len(b.out) >= 24 && !readable(b.out[:24]) {
			return skipBase64(text, i)
		}
		next := i
		if next < len(text) && text[next] == '\r' {
			next++
		}
		if next == len(text) || text[next] != '\n' || i-line < 60 || !goesOn(text, next+1, i-line, carry) {
			break
		}
		i = next + 1
	}
	if carry > 1 {
		b.base64Rest(group[:carry], i)
	}
	end := i
	for end < len(text) && text[end] == '=' {
		end++
	}
	if len(b.out) < 16 || !readable(b.out) {
		return end
	}
	if !utf8.Valid(b.out) {
		b.toUTF8()
	}
	give(b.view("base64", end))
	return end
}

// goesOn reports whether the line at text[i] belongs to the block of which a line
// of length characters stands before: it is as long, or shorter and the last, and
// nothing but base64. carry characters of a group are still open.
func goesOn(text []byte, i, length, carry int) bool {
	end := i
	for end < len(text) && inBase64(text[end]) {
		end++
	}
	n := end - i
	for end < len(text) && text[end] == '=' {
		end++
	}
	return n == length || n >= 2 && n < length && carry == 0 && (end == len(text) || isLineEnd(text[end]))
}

// skipBase64 returns the end of the lines of a block that is no text, so that
// they are not tried one by one.
func skipBase64(text []byte, i int) int {
	for i < len(text) && (inBase64(text[i]) || isLineEnd(text[i])) {
		i++
	}
	return i
}

// base64Line decodes a line. carry characters of a group that began in the line
// before stand in group; it returns how many are left over.
func (b *builder) base64Line(line []byte, src int, group []byte, carry int) int {
	for i := 0; i < len(line); {
		if carry == 0 && len(line)-i >= 4 {
			n := (len(line) - i) &^ 3
			whole := standard(line[i : i+n])
			old := len(b.out)
			b.step(src+i, base64Step)
			b.out = append(b.out, make([]byte, n/4*3)...)
			if _, err := base64.StdEncoding.Decode(b.out[old:], whole); err != nil {
				return -1
			}
			i += n
			continue
		}
		group[carry] = line[i]
		carry++
		i++
		if carry == 4 {
			var three [3]byte
			if _, err := base64.StdEncoding.Decode(three[:], standard(group)); err != nil {
				return -1
			}
			b.put(string(three[:]), src+i-4)
			carry = 0
		}
	}
	return carry
}

// base64Rest decodes a last group of two or three characters.
func (b *builder) base64Rest(group []byte, end int) {
	var out [3]byte
	if n, err := base64.RawStdEncoding.Decode(out[:], standard(group)); err == nil {
		b.put(string(out[:n]), end-len(group))
	}
}

// standard is b with the letters of base64url (RFC 4648, section 5) replaced.
func standard(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		switch c {
		case '-':
			out[i] = '+'
		case '_':
			out[i] = '/'
		}
	}
	return out
}

// readable reports whether b is text: UTF-8 or one byte a letter, with hardly any
// controls. Hashes, pictures and packed data fail within a few bytes.
func readable(b []byte) bool {
	odd, high := 0, 0
	for _, c := range b {
		switch {
		case c == '\t' || c == '\n' || c == '\r':
		case c < ' ' || c == 0x7f:
			odd++
		case c >= utf8.RuneSelf:
			high++
		}
	}
	if odd > 0 {
		return false
	}
	return high == 0 || utf8.Valid(cutRune(b)) || high*4 < len(b)
}

// cutRune is b without a rune that is cut off at its end.
func cutRune(b []byte) []byte {
	for k := 1; k < utf8.UTFMax && k <= len(b); k++ {
		if c := b[len(b)-k]; utf8.RuneStart(c) {
			if !utf8.FullRune(b[len(b)-k:]) {
				return b[:len(b)-k]
			}
			break
		}
	}
	return b
}

// toUTF8 reads b.out, which is not UTF-8, as Windows-1252.
func (b *builder) toUTF8() {
	from := View{steps: append(b.steps, step{len(b.out), 1 << 62, same})}
	old := b.out
	b.out, b.steps = make([]byte, 0, len(old)+len(old)/8), nil
	for i := 0; i < len(old); {
		r, n := utf8.DecodeRune(old[i:])
		if r == utf8.RuneError && n == 1 {
			r = windows1252(old[i])
		}
		b.put(string(r), from.place(i, false))
		i += n
	}
}

// shortBase64 looks at single values after the word "base64", which may be too
// short for the look at whole blocks.
func shortBase64(text []byte, give func(*View)) {
	labels.Each(text, func(i, _ int) bool {
		j := i + len("base64")
		for j < len(text) && j-i < 16 && bytes.IndexByte([]byte(", :=\"'("), text[j]) >= 0 {
			j++
		}
		if n := textscan.SpanRight(text, j, 2*shortestBase64, textscan.Alnum); n-j >= 16 && n-j < shortestBase64 {
			decodeBase64(text, j, give)
		}
		return true
	})
}
