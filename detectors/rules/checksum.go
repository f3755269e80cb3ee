package rules

import (
	"maps"
	"slices"
	"strings"
)

// checksum is a test of a value by its digits and letters, whatever stands
// between them. The zero value holds for all.
type checksum struct {
	name string
	fn   func(digits string) bool
}

func (c checksum) holds(value string) bool {
	return c.fn == nil || c.fn(alnum(value))
}

// checksums that a rule may name.
var checksums = map[string]func(string) bool{
	"luhn":     luhn,     // ISO/IEC 7812-1
	"mod97":    mod97,    // ISO/IEC 7064 MOD 97-10 with the check digits moved to the end, as in IBANs
	"verhoeff": verhoeff, // J. Verhoeff, Error Detecting Decimal Codes
	"mod11":    mod11,    // weights from 2 up from the right, X for 10, as in ISBN-10
}

func checksumNames() string { return strings.Join(slices.Sorted(maps.Keys(checksums)), ", ") }

// alnum keeps ASCII digits and letters, these in upper case.
func alnum(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case '0' <= c && c <= '9' || 'A' <= c && c <= 'Z':
			b.WriteByte(c)
		case 'a' <= c && c <= 'z':
			b.WriteByte(c - 'a' + 'A')
		}
	}
	return b.String()
}

// onlyDigits gives the digits of s, which may begin with letters.
func onlyDigits(s string) string { return strings.TrimLeft(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") }

func luhn(s string) bool {
	s = onlyDigits(s)
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if d > 9 {
			return false
		}
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return len(s) > 1 && sum%10 == 0
}

func mod97(s string) bool {
	if len(s) < 5 {
		return false
	}
	r := 0
	for _, c := range []byte(s[4:] + s[:4]) {
		if c >= 'A' {
			r = (r*100 + int(c-'A') + 10) % 97
		} else {
			r = (r*10 + int(c-'0')) % 97
		}
	}
	return r == 1
}

func mod11(s string) bool {
	sum := 0
	for i := range len(s) {
		c := s[len(s)-1-i]
		d := int(c - '0')
		if c == 'X' && i == 0 {
			d = 10
		} else if c > '9' {
			return false
		}
		sum += d * (i + 1)
	}
	return len(s) > 1 && sum%11 == 0
}

// verhoeff multiplies in the dihedral group D5, computed instead of tabled.
func verhoeff(s string) bool {
	s = onlyDigits(s)
	mul := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b)%5 + 5
		case b < 5:
			return (a-b+5)%5 + 5
		default:
			return (a - b + 10) % 5
		}
	}
	step := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if d > 9 {
			return false
		}
		for range i % 8 {
			d = step[d]
		}
		c = mul(c, d)
	}
	return len(s) > 1 && c == 0
}
