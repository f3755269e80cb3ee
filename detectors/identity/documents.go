package identity

import (
	"bytes"
	"math/bits"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

var (
	passportWords = textscan.NewWords(passportList...)
	licenceWords  = textscan.NewWords(licenceList...)
)

var passportList = []string{"passport*", "passport no", "passport number", "passport id", "passport nr", "passport num", "passport #", "travel document", "travel document no", "travel document number", "reisepass*", "reisepass nr", "reisepassnummer", "passnummer", "pass nr", "passeport*", "passeport n", "numéro de passeport", "pasaporte*", "número de pasaporte", "passaporto*", "numero passaporto", "passaporte*", "paspoort*", "paspoortnummer", "pass nummer", "passinumero", "passin numero", "passi nro", "paszport*", "numer paszportu", "pas číslo", "pas č", "číslo pasu", "cestovný pas", "cestovní pas", "паспорт*", "загранпаспорт", "διαβατήριο", "pasaport*", "útlevél*", "pașaport*", "護照", "护照*", "护照号", "パスポート", "旅券番号", "여권", "여권번호", "جواز سفر", "רקון", "דרכון", "पासपोर्ट", "hộ chiếu", "หนังสือเดินทาง"}

var licenceList = []string{"driving licence", "driving license", "driver licence", "driver license", "driver's licence", "driver's license", "driver’s license", "drivers license", "drivers licence", "driver license number", "driver's license number", "driver’s license number", "driver license id", "dl", "dl no", "dl number", "führerschein*", "führerscheinnummer", "permis de conduire", "permiso de conducir", "licencia de conducir", "carnet de conducir", "patente di guida", "patente", "carta de condução", "cnh", "rijbewijs*", "rijbewijsnummer", "prawo jazdy", "prawa jazdy", "körkort*", "førerkort*", "kørekort*", "ajokortti*", "řidičský průkaz", "vodičský preukaz", "водительское удостоверение", "права", "ehliyet*", "運転免許証", "免許証番号", "驾驶证", "駕駛執照", "운전면허*"}

// The lists of words that name something of ours, as sets for a textscan.Reader.
const (
	idWord = 1 << iota
	passportWord
	licenceWord
	birthWord
)

// lists are the words, in that order.
var (
	lists = [...]*textscan.Words{known.words, passportWords, licenceWords, birthWords}
)

// labelled takes a number that only a word makes a passport's or a licence's.
func (s *scan) labelled(t *token) bool {
	n := t.n
	// The number ends at its first blank: words follow it.
	for i := range t.n {
		if t.gaps[i] == ' ' {
			n = i + 1
			break
		}
	}
	if n < 6 || n > 18 || !s.closed(t, n) {
		return false
	}
	letters := bits.OnesCount32(t.letters & (1<<n - 1))
	if n-letters < 5 {
		return false
	}
	if uk(t.chars[:n]) {
		if w, ok := s.words.Before(licenceWord, t.start); ok {
			s.licence(t, n, 0.9, "form of a British licence with the date of birth in it; '"+w.Word+"' before")
			return true
		}
	}
	if w, ok := s.label(passportWord, t.start); ok && n <= 10 && letters <= 4 {
		s.report(detectors.Finding{Kind: detectors.Passport, Canonical: string(t.chars[:n]), Rule: "passport-label", Confidence: 0.8, Why: "form of a passport number; '" + w + "' before"}, t.start, t.ends[n-1])
		return true
	}
	w, ok := s.label(licenceWord, t.start)
	if !ok || isin(t.chars[:n]) {
		return false
	}
	scheme, known := schemeOf(w)
	switch {
	case known && n == scheme.size && scheme.check(t.chars[:n]):
		s.licence(t, n, 0.9, "check digit of a licence is right; '"+w+"' before")
	case known && scheme.only:
		return false
	default:
		s.licence(t, n, 0.7, "form of a licence number; '"+w+"' before")
	}
	return true
}

func (s *scan) licence(t *token, n int, conf float64, why string) {
	s.report(detectors.Finding{Kind: detectors.DrivingLicence, Canonical: string(t.chars[:n]), Rule: "licence-label", Confidence: conf, Why: why}, t.start, t.ends[n-1])
}

// uk reports whether s is made like a British driver number: five of the surname,
// the date of birth, initials, a nine, check characters (DVLA).
func uk(s []byte) bool {
	if len(s) != 16 {
		return false
	}
	for i, b := range s {
		letter := b >= 'A'
		switch {
		case i >= 5 && i < 11 && letter, i >= 14 && !letter, i == 0 && !letter, i < 5 && b < '9':
			return false
		}
	}
	return date(num(s[6:8])%50, num(s[8:10]))
}

// label is a word of w directly before start, or close enough with only letters
// between, or in the heading of the column.
func (s *scan) label(w uint32, start int) (string, bool) {
	if s.inColumn(start) {
		return s.inHeading(w, start)
	}
	c, ok := s.words.Before(w, start)
	if !ok || c.Gap > 20 || bytes.ContainsAny(s.text[start-c.Gap:start], "0123456789\n;") {
		if s.tag != nil {
			return s.inName(w)
		}
		return "", false
	}
	return c.Word, true
}
