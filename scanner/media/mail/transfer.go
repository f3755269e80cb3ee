package mail

import "bytes"

// fromBase64 undoes base64 (RFC 2045, section 6.8) in place. Blanks are no part
// of it; blocks that follow each other are read as one. sound is false where
// other bytes stand between, which are left out.
func fromBase64(b []byte) (out []byte, sound bool) {
	out, sound = b[:0], true
	var bits uint32
	n := 0
	flush := func() { // what a block that ends early holds
		if n >= 2 {
			bits <<= uint(6 * (4 - n))
			out = append(out, byte(bits>>16), byte(bits>>8))[:len(out)+n-1]
		}
		bits, n = 0, 0
	}
	for _, c := range b {
		v := base64Value[c]
		switch {
		case v < 64:
			bits = bits<<6 | uint32(v)
			if n++; n == 4 {
				out = append(out, byte(bits>>16), byte(bits>>8), byte(bits))
				bits, n = 0, 0
			}
		case v == padding:
			flush()
		case v == other:
			sound = false
		}
	}
	flush()
	return out, sound
}

const (
	padding = 64
	blank   = 65
	other   = 66
)

// base64Value is what a byte stands for.
var base64Value = func() (t [256]byte) {
	for i := range t {
		t[i] = other
	}
	for i, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(i)
	}
	t['='] = padding
	for _, c := range []byte(" \t\r\n\x00") {
		t[c] = blank
	}
	return t
}()

// fromQuoted undoes quoted-printable (section 6.7) in place. What is no escape
// stays as it is.
func fromQuoted(b []byte) []byte {
	out := b[:0]
	for i := 0; i < len(b); {
		if b[i] != '=' {
			out = append(out, b[i])
			i++
			continue
		}
		if hi, lo := hexAt(b, i+1), hexAt(b, i+2); hi >= 0 && lo >= 0 {
			out = append(out, byte(hi<<4|lo))
			i += 3
			continue
		}
		// A soft line break, with blanks that were added on the way.
		j := i + 1
		for j < len(b) && (b[j] == ' ' || b[j] == '\t') {
			j++
		}
		switch {
		case j == len(b):
			i = j
		case b[j] == '\n':
			i = j + 1
		case b[j] == '\r' && j+1 < len(b) && b[j+1] == '\n':
			i = j + 2
		default:
			out = append(out, '=')
			i++
		}
	}
	return out
}

// hexAt is the value of the hexadecimal digit at b[i], -1 if there is none.
func hexAt(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch c := b[i]; {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// fromUU finds the first uuencoded file in b (POSIX, uuencode): "begin", mode and
// name, lines of a length and characters, "end". rest is what follows it.
func fromUU(b []byte) (name string, out, rest []byte, ok bool) {
	for at := 0; ; {
		i := bytes.Index(b[at:], []byte("begin "))
		if i < 0 {
			return "", nil, nil, false
		}
		at += i
		line, body, ok := bytes.Cut(b[at:], []byte("\n"))
		words := bytes.SplitN(bytes.TrimSpace(line), []byte(" "), 3)
		if (at == 0 || b[at-1] == '\n') && ok && len(words) == 3 && isMode(words[1]) {
			if out, rest, ok := uuLines(body); ok {
				return string(words[2]), out, rest, true
			}
		}
		at += len("begin ")
	}
}

func isMode(b []byte) bool {
	return (len(b) == 3 || len(b) == 4) && len(bytes.Trim(b, "01234567")) == 0
}

func uuLines(b []byte) (out, rest []byte, ok bool) {
	for len(b) > 0 {
		line, after, _ := bytes.Cut(b, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		b = after
		if string(line) == "end" {
			return out, after, true
		}
		if len(line) == 0 {
			continue
		}
		n := int(line[0]-' ') & 63
		if line[0] < ' ' || line[0] > '`' || n > (len(line)-1)/4*3+3 {
			return nil, nil, false
		}
		for i := 1; n > 0; i += 4 {
			var v uint32
			for k := range 4 {
				c := byte(' ')
				if i+k < len(line) {
					c = line[i+k]
				}
				v = v<<6 | uint32(c-' ')&63
			}
			out = append(out, []byte{byte(v >> 16), byte(v >> 8), byte(v)}[:min(n, 3)]...)
			n -= 3
		}
	}
	return nil, nil, false
}
