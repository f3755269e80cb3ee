package payment

import (
	"bytes"
	"math/bits"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Receipts and mails show a part of a card's number: the first six digits and the
// last four at most (PCI DSS 4.0, requirement 3.4), or the last four with the
// brand. With a name or an account beside, that is still somebody's card.
//
//	4111 11** **** 1111   411111XXXXXX1111   card **** 1111   Visa ending in 1111
//
// They are looked at from groups of just four digits.

const ruleMasked = "card-masked"

// maskedCards looks at every group of four digits that masks or words stand before.
func (s *scan) maskedCards(ix *textscan.Index) {
	if s.tag != nil && bytes.IndexByte(s.text, '*') < 0 {
		return
	}
	for w := 1; w <= ix.Blocks(); w++ {
		d, d0, d1 := ix.Digit[w], ix.Digit[w-1], ix.Digit[w+1]
		four := d &^ (d<<1 | d0>>63) & (d>>1 | d1<<63) & (d>>2 | d1<<62) & (d>>3 | d1<<61) &^ (d>>4 | d1<<60)
		for ; four != 0; four &= four - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(four)
			if i < 2 || textscan.WordAfter(s.text, i+4) {
				continue
			}
			switch b := s.text[i-1]; {
			case b == '*' || b == 'x' || b == 'X' || b >= utf8.RuneSelf || b == '.', (b == ' ' || b == '-') && maskByte(s.text[i-2]):
				s.masked(i)
			case b == ' ' && s.tag == nil:
				s.ending(i)
			}
		}
	}
}

// maskByte reports whether b may be the end of what hides a digit.
func maskByte(b byte) bool { return b == '*' || b == 'x' || b == 'X' || b >= utf8.RuneSelf }

// masks are the signs that hide digits.
const maskSigns = "*xX•●∙·＊#"

// masked takes the number that ends with the four digits at text[i] and is hidden
// before.
func (s *scan) masked(i int) {
	start, hidden, lead, blank := i, 0, 0, false
	var first [6]byte
	for start > 0 && i-start < 64 && hidden+lead < 16 {
		r, size := utf8.DecodeLastRune(s.text[:start])
		switch {
		case strings.ContainsRune(maskSigns, r) && lead == 0:
			hidden, blank = hidden+1, false
		case r-'0' < 10 && r >= '0' && hidden > 0 && lead < 6:
			lead, blank = lead+1, false
			first[6-lead] = byte(r)
		case (r == ' ' || r == '-') && !blank:
			blank = true
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		start -= size
	}
	for start < i && (s.text[start] == ' ' || s.text[start] == '-') {
		start++
	}
	total := hidden + lead + 4
	if hidden < 2 || textscan.WordBefore(s.text, start) || textscan.Byte(s.text, start-1) == '/' {
		return
	}
	word, labelled := cardWords.Before(s.text, start)
	issuers := ""
	if lead >= 4 && total >= 14 && total <= 19 {
		if is, ok := issuerOf(append(bytes.Clone(first[6-lead:]), "00000000000000"[:total-lead]...)); is != nil && ok {
			issuers = is.name
		}
	}
	switch {
	case labelled && word.Gap <= 24 && total != 9 && hidden >= 3 && !bytes.ContainsAny(s.text[start:i], "xX"):
		// Letters alone hide numbers of every kind.
	case issuers != "" && hidden >= 6:
	default:
		return
	}
	f := detectors.Finding{Kind: detectors.PaymentCard, Rule: ruleMasked, Confidence: 0.55,
		Canonical: string(first[6-lead:]) + strings.Repeat("X", hidden) + string(s.text[i:i+4]),
		Why:       "a card number of which most digits are hidden"}
	if issuers != "" {
		f.Why += "; issuer range of " + issuers
	}
	if labelled {
		f.Why += "; '" + word.Word + "' before"
	}
	s.report(f, start, i+4)
}

// endingWords say that the last digits of a number follow.
var endingWords = []string{"ending in", "ending with", "ends in", "ends with", "ending", "endet auf", "endend auf", "endziffern", "terminant par", "se termine par", "finissant par", "terminada en", "termina en", "acabada en", "con terminación", "terminante con", "termina con", "che termina per", "final", "terminado em", "termina em", "eindigend op", "eindigt op", "kończąca się na", "kończącą się", "zakończona", "končící na", "végződő", "slutar på", "slutter på", "заканчивается на", "оканчивается на", "последние цифры"}

// ending takes the four digits at text[i] if words say that a card ends with them.
func (s *scan) ending(i int) {
	before := s.text[max(i-48, 0) : i-1]
	at := -1
	for _, w := range endingWords {
		if k := len(before) - len(w); k >= 0 && before[k] >= 'A' && (bytes.EqualFold(before[k:], []byte(w))) && !textscan.WordBefore(s.text, i-1-len(w)) {
			at = i - 1 - len(w)
			break
		}
	}
	if at < 0 {
		return
	}
	word, ok := cardWords.Before(s.text, at)
	if !ok || word.Gap > 12 {
		return
	}
	s.report(detectors.Finding{Kind: detectors.PaymentCard, Rule: ruleMasked, Confidence: 0.5, Canonical: "X" + string(s.text[i:i+4]),
		Why: "the last four digits of a card, as the words before say; '" + word.Word + "' before"}, i, i+4)
}
