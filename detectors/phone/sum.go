package phone

import (
	"bytes"

	"habeas/detectors/textscan"
)

// currencies are signs and short forms of currencies that stand behind sums.
var currencies = [...]string{"zł", "pln", "kč", "czk", "kr", "sek", "nok", "dkk", "ft", "huf", "руб", "₽", "р.", "rub", "грн", "uah", "лв", "bgn", "lei", "ron", "eur", "euro", "€", "usd", "$", "gbp", "£", "chf", "fr.", "tl", "₺", "try", "元", "円", "원", "₫", "đ", "vnd", "rp", "idr", "₸", "тг"}

// sumBefore reports whether a currency stands behind i, which tells that what ends
// there, in groups of three, is a sum.
func (s *scan) sumBefore(i int) bool {
	switch {
	case textscan.Byte(s.text, i) == ' ':
		i++
	case bytes.HasPrefix(s.text[i:], []byte("\u00a0")):
		i += len("\u00a0")
	}
	for _, c := range currencies {
		end := i + len(c)
		if end <= len(s.text) && bytes.EqualFold(s.text[i:end], []byte(c)) && (!textscan.WordAfter(s.text, end) || c[len(c)-1] == '.') {
			return true
		}
	}
	return false
}
