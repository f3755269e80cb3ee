package identity

import (
	"strings"

	"habeas/detectors/digits"
)

// licenceScheme is what is known of the driving licences of a country.
type licenceScheme struct {
	labels []string // words that name these licences and no others
	size   int
	check  func(s []byte) bool
	only   bool // what a label of its own names and check refuses is no licence
}

// licenceSchemes are those with check digits.
var licenceSchemes = []licenceScheme{
	{[]string{"cnh"}, 11, cnh, true},
	{[]string{"führerschein", "führerscheinnummer"}, 11, fuehrerschein, false},
	{[]string{"運転免許証", "免許証番号"}, 12, menkyo, false},
}

// schemeOf finds what is known of the licences that a word labels.
func schemeOf(word string) (licenceScheme, bool) {
	for _, l := range licenceSchemes {
		for _, w := range l.labels {
			if w == word {
				return l, true
			}
		}
	}
	return licenceScheme{}, false
}

// cnh is the pair of check digits of a Carteira Nacional de Habilitação of Brazil.
// Published descriptions differ where the first sum leaves 10, and for the second
// too: the second digit is then 8 or 0. Both are taken.
func cnh(s []byte) bool {
	if !allDigits(s) || strings.Count(string(s), string(s[:1])) == len(s) {
		return false
	}
	first, less := weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%11, 0
	if first == 10 {
		first, less = 0, 2
	}
	rest := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9) % 11
	second := (rest - less + 11) % 11
	return first == digit(s, 9) && (second%10 == digit(s, 10) || rest == 10 && s[10] == '0')
}

// fuehrerschein is the check character of a German licence, the last but one.
func fuehrerschein(s []byte) bool {
	sum := 0
	for i, b := range s[:9] {
		v := int(b - '0')
		if b >= 'A' {
			v = int(b-'A') + 10
		}
		sum += v * (9 - i)
	}
	return "0123456789X"[sum%11] == s[9]
}

// menkyo is the check digit of a Japanese licence, the last but one: what is missing
// to a multiple of 11, of which the last digit counts (11 gives 1, 10 gives 0).
func menkyo(s []byte) bool {
	if !allDigits(s) {
		return false
	}
	return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s, 10)
}

func allDigits(s []byte) bool {
	for _, b := range s {
		if b > '9' {
			return false
		}
	}
	return true
}

// isin reports whether s is the number of a security (ISO 6166), which stands beside
// names of firms that are also words of ours.
func isin(s []byte) bool {
	if len(s) != 12 || s[0] < 'A' || s[1] < 'A' || s[11] > '9' {
		return false
	}
	d := make([]byte, 0, 24)
	for _, b := range s {
		if b >= 'A' {
			d = append(d, '0'+(b-'A'+10)/10, '0'+(b-'A'+10)%10)
		} else {
			d = append(d, b)
		}
	}
	return digits.Luhn(d)
}
