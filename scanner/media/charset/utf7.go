package charset

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// utf7 decodes RFC 2152: ASCII, with UTF-16 in base64 between "+" and "-". It is
// a decoder of our own, since no library here has one.
type utf7 struct {
	inside, empty bool   // in a run; which holds nothing yet
	bits          uint32 // not yet a unit
	n             int    // how many
	high          rune   // first half of a pair
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decode is a decoder; the byte order mark is a run like any other, and dropped.
func (u *utf7) decode(dst, src []byte, _ bool) ([]byte, int) {
	i := 0
	for ; i < len(src) && len(dst) < cap(dst)-2*utf8.UTFMax; i++ {
		c := src[i]
		if !u.inside {
			if c == '+' {
				*u = utf7{inside: true, empty: true}
				continue
			}
			if c >= utf8.RuneSelf {
				c = '?'
			}
			dst = append(dst, c)
			continue
		}
		if v := strings.IndexByte(alphabet, c); v >= 0 {
			u.empty = false
			u.bits = u.bits<<6 | uint32(v)
			if u.n += 6; u.n >= 16 {
				u.n -= 16
				dst = u.unit(dst, rune(uint16(u.bits>>u.n)))
			}
			continue
		}
		u.inside = false
		switch {
		case c != '-' && c < utf8.RuneSelf:
			dst = append(dst, c)
		case u.empty:
			dst = append(dst, '+')
		}
	}
	return dst, i
}

// unit takes a unit of UTF-16.
func (u *utf7) unit(dst []byte, r rune) []byte {
	switch {
	case u.high != 0:
		r, u.high = utf16.DecodeRune(u.high, r), 0
	case utf16.IsSurrogate(r) && r < 0xdc00:
		u.high = r
		return dst
	case r == 0xfeff:
		return dst
	}
	return utf8.AppendRune(dst, r)
}
