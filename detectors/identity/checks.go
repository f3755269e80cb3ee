package identity

import (
	"strings"

	"habeas/detectors/digits"
)

// Check digit schemes. All take upper-case letters and digits whose places a
// pattern has already checked.

func num(s []byte) (v int) {
	for _, b := range s {
		v = v*10 + int(b-'0')
	}
	return v
}

// weighted is the sum of digits times weights.
func weighted(s []byte, weights ...int) (sum int) {
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum
}

func digit(s []byte, i int) int { return int(s[i] - '0') }

func luhn(s []byte) bool { return digits.Luhn(s) }

// date reports whether a day exists in some year.
func date(month, day int) bool {
	return month >= 1 && month <= 12 && day >= 1 && day <= [...]int{31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1]
}

func yymmdd(s []byte) bool { return date(num(s[2:4]), num(s[4:6])) }
func ddmmyy(s []byte) bool { return date(num(s[2:4]), num(s[:2])) }

// iso11_10 is ISO 7064 MOD 11,10.
func iso11_10(s []byte) bool {
	p := 10
	for _, b := range s[:len(s)-1] {
		if p = (p + int(b-'0')) % 10; p == 0 {
			p = 10
		}
		p = p * 2 % 11
	}
	return (p+digit(s, len(s)-1))%10 == 1
}

// verhoeff is the scheme over the dihedral group D5.
func verhoeff(s []byte) bool {
	mul := func(a, b int) int {
		switch {
		case a < 5 && b < 5:
			return (a + b) % 5
		case a < 5:
			return (a+b-5)%5 + 5
		case b < 5:
			return (a-5-b+5)%5 + 5
		}
		return (a - b + 5) % 5
	}
	step := [10]int{1, 5, 7, 6, 2, 8, 3, 0, 9, 4}
	c := 0
	for i := range s {
		d := digit(s, len(s)-1-i)
		for range i % 8 {
			d = step[d]
		}
		c = mul(c, d)
	}
	return c == 0
}

// iso11_2 is ISO 7064 MOD 11-2, with X for ten.
func iso11_2(s []byte) bool {
	sum := 0
	for _, b := range s[:len(s)-1] {
		sum = (sum + int(b-'0')) * 2 % 11
	}
	return "10X98765432"[sum%11] == s[len(s)-1]
}

// brazil is the pair of check digits of a CPF.
func brazil(s []byte) bool {
	for n := 9; n < 11; n++ {
		sum := 0
		for i := range n {
			sum += digit(s, i) * (n + 1 - i)
		}
		if sum*10%11%10 != digit(s, n) {
			return false
		}
	}
	return strings.Count(string(s), string(s[:1])) < 11
}

// baltic is the scheme of Estonia and Lithuania: two rounds of weights.
func baltic(s []byte) bool {
	return balticSum(s) && s[0] >= '1' && s[0] <= '8' && yymmdd(s[1:])
}

func balticSum(s []byte) bool {
	c := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1) % 11
	if c == 10 {
		c = weighted(s, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3) % 11 % 10
	}
	return c == digit(s, 10)
}

// italy is the check letter of a codice fiscale, in which letters stand for digits
// where two people would have the same one.
func italy(s []byte) bool {
	for _, i := range [...]int{6, 7, 9, 10, 12, 13, 14} {
		if s[i] >= 'A' && strings.IndexByte("LMNPQRSTUV", s[i]) < 0 {
			return false
		}
	}
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i, b := range s[:15] {
		v := int(b - '0')
		if b >= 'A' {
			v = int(b - 'A')
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += v
	}
	return byte('A'+sum%26) == s[15] && strings.IndexByte("ABCDEHLMPRST", s[8]) >= 0
}

func spain(s []byte) bool {
	n := num(s[1:8])
	switch s[0] {
	case 'X', 'Y', 'Z':
		n += int(s[0]-'X') * 1e7
	default:
		n = num(s[:8])
	}
	return "TRWAGMYFPDXBNJZSQVHLCKE"[n%23] == s[8]
}

func france(s []byte) bool {
	b := []byte(string(s[:13]))
	n := 0
	switch string(b[5:7]) {
	case "2A":
		b[5], b[6] = '1', '9'
	case "2B":
		b[5], b[6] = '1', '8'
	}
	for _, c := range b {
		if c > '9' {
			return false
		}
		n = n*10 + int(c-'0')
	}
	m := num(b[3:5])
	return (m >= 1 && m <= 12 || m >= 20 && m <= 42 || m >= 50) && 97-n%97 == num(s[13:15])
}

func singapore(s []byte) bool {
	sum := weighted(s[1:], 2, 7, 6, 5, 4, 3, 2)
	switch s[0] {
	case 'S':
		return "JZIHGFEDCBA"[sum%11] == s[8]
	case 'T':
		return "JZIHGFEDCBA"[(sum+4)%11] == s[8]
	case 'F':
		return "XWUTRQPNMLK"[sum%11] == s[8]
	case 'G':
		return "XWUTRQPNMLK"[(sum+4)%11] == s[8]
	case 'M': // since 2022
		return "XWUTRQPNJLK"[(sum+3)%11] == s[8]
	}
	return false
}

func taiwan(s []byte) bool {
	v := strings.IndexByte("ABCDEFGHJKLMNPQRSTUVXYWZIO", s[0]) + 10
	return (v/10+v%10*9+weighted(s[1:], 8, 7, 6, 5, 4, 3, 2, 1, 1))%10 == 0 && (s[1] == '1' || s[1] == '2' || s[1] == '8' || s[1] == '9')
}

func norway(s []byte) bool {
	day := num(s[:2]) % 40
	month := num(s[2:4]) % 40
	return date(month, day) && weighted(s, 3, 7, 6, 1, 8, 9, 4, 5, 2, 1)%11 == 0 && weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
}

func turkey(s []byte) bool {
	odd := digit(s, 0) + digit(s, 2) + digit(s, 4) + digit(s, 6) + digit(s, 8)
	even := digit(s, 1) + digit(s, 3) + digit(s, 5) + digit(s, 7)
	return s[0] != '0' && (odd*7+even*9)%10 == digit(s, 9) && (odd+even+digit(s, 9))%10 == digit(s, 10)
}

func chile(s []byte) bool {
	sum, w := 0, 2
	for i := len(s) - 2; i >= 0; i-- {
		sum += digit(s, i) * w
		if w++; w > 7 {
			w = 2
		}
	}
	return "0123456789K0"[11-sum%11] == s[len(s)-1]
}

func swede(s []byte) bool {
	if len(s) == 12 {
		if c := num(s[:2]); c < 18 || c > 20 {
			return false
		}
		s = s[2:]
	}
	return date(num(s[2:4]), num(s[4:6])%60) && luhn(s)
}

// germany is the check digit of an Identifikationsnummer, of whose other digits one
// is there twice or three times and the others once.
func germany(s []byte) bool {
	var count [10]int
	for i := range 10 {
		count[digit(s, i)]++
	}
	twice, thrice := 0, 0
	for _, n := range count {
		switch {
		case n == 2:
			twice++
		case n == 3:
			thrice++
		case n > 3:
			return false
		}
	}
	return s[0] != '0' && twice+thrice == 1 && iso11_10(s)
}

// belarus is the check digit of an УНП, which for people begins with two letters.
func belarus(s []byte) bool {
	weights := [...]int{29, 23, 19, 17, 13, 7, 5, 3}
	sum := 0
	for i, w := range weights {
		v := int(s[i] - '0')
		if s[i] >= 'A' {
			if v = strings.IndexByte("ABCEHKMOPT", s[i]); v < 0 {
				return false
			}
			if i == 0 {
				v = int(s[i]-'A') + 10
			}
		}
		sum += v * w
	}
	return s[0] != '0' && s[0] != '8' && s[0] != '9' && sum%11 == digit(s, 8)
}

// salvador is the check digit of a NIT, in which stands a day: of birth, or of the
// foundation of a firm.
func salvador(s []byte) bool {
	if s[0] != '0' && s[0] != '1' && s[0] != '9' || !ddmmyy(s[4:]) {
		return false
	}
	if num(s[10:13]) <= 100 {
		return weighted(s, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11%10 == digit(s, 13)
	}
	return (11-weighted(s, 2, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(s, 13)
}
