package payment

import (
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

// structures say how the accounts of a country are made, after the two check
// digits: n digits, a capitals, c either. From the IBAN registry of SWIFT.
var structures = map[[2]byte]string{
	{'A', 'D'}: "n8c12", {'A', 'E'}: "n19", {'A', 'L'}: "n8c16", {'A', 'T'}: "n16", {'A', 'Z'}: "a4c20", {'B', 'A'}: "n16", {'B', 'E'}: "n12", {'B', 'G'}: "a4n6c8", {'B', 'H'}: "a4c14", {'B', 'I'}: "n23", {'B', 'R'}: "n23a1c1", {'B', 'Y'}: "c4n4c16",
	{'C', 'H'}: "n5c12", {'C', 'R'}: "n18", {'C', 'Y'}: "n8c16", {'C', 'Z'}: "n20", {'D', 'E'}: "n18", {'D', 'J'}: "n23", {'D', 'K'}: "n14", {'D', 'O'}: "c4n20", {'E', 'E'}: "n16", {'E', 'G'}: "n25", {'E', 'S'}: "n20", {'F', 'I'}: "n14", {'F', 'K'}: "a2n12", {'F', 'O'}: "n14", {'F', 'R'}: "n10c11n2",
	{'G', 'B'}: "a4n14", {'G', 'E'}: "a2n16", {'G', 'I'}: "a4c15", {'G', 'L'}: "n14", {'G', 'R'}: "n7c16", {'G', 'T'}: "c24", {'H', 'N'}: "a4n20", {'H', 'R'}: "n17", {'H', 'U'}: "n24", {'I', 'E'}: "a4n14", {'I', 'L'}: "n19", {'I', 'Q'}: "a4n15", {'I', 'S'}: "n22", {'I', 'T'}: "a1n10c12",
	{'J', 'O'}: "a4n4c18", {'K', 'W'}: "a4c22", {'K', 'Z'}: "n3c13", {'L', 'B'}: "n4c20", {'L', 'C'}: "a4c24", {'L', 'I'}: "n5c12", {'L', 'T'}: "n16", {'L', 'U'}: "n3c13", {'L', 'V'}: "a4c13", {'L', 'Y'}: "n21", {'M', 'C'}: "n10c11n2", {'M', 'D'}: "c20", {'M', 'E'}: "n18", {'M', 'K'}: "n3c10n2", {'M', 'N'}: "n16", {'M', 'R'}: "n23", {'M', 'T'}: "a4n5c18", {'M', 'U'}: "a4n19a3",
	{'N', 'I'}: "a4n20", {'N', 'L'}: "a4n10", {'N', 'O'}: "n11", {'O', 'M'}: "n3c16", {'P', 'K'}: "a4c16", {'P', 'L'}: "n24", {'P', 'S'}: "a4c21", {'P', 'T'}: "n21", {'Q', 'A'}: "a4c21", {'R', 'O'}: "a4c16", {'R', 'S'}: "n18", {'R', 'U'}: "n14c15", {'S', 'A'}: "n2c18", {'S', 'C'}: "a4n20a3", {'S', 'D'}: "n14", {'S', 'E'}: "n20", {'S', 'I'}: "n15", {'S', 'K'}: "n20", {'S', 'M'}: "a1n10c12", {'S', 'O'}: "n19", {'S', 'T'}: "n21", {'S', 'V'}: "a4n20",
	{'T', 'L'}: "n19", {'T', 'N'}: "n20", {'T', 'R'}: "n6c16", {'U', 'A'}: "n6c19", {'V', 'A'}: "n18", {'V', 'G'}: "a4n16", {'X', 'K'}: "n16", {'Y', 'E'}: "a4n4c18",
	// not in the registry, but in use
	{'D', 'Z'}: "n22", {'A', 'O'}: "n21", {'B', 'J'}: "c2n22", {'B', 'F'}: "c2n22", {'C', 'M'}: "n23", {'C', 'V'}: "n21", {'C', 'I'}: "a2n22", {'I', 'R'}: "n22", {'M', 'A'}: "n24", {'M', 'G'}: "n23", {'M', 'L'}: "c2n22", {'M', 'Z'}: "n21", {'S', 'N'}: "a2n22",
}

var ibanWords = digits.NewWords("iban*", "account", "acct", "account number", "account no", "konto*", "kontonummer", "bankverbindung", "compte", "rib", "cuenta", "conto", "conta", "rekening*", "konta", "rachunek*", "nr rachunku", "bank", "wire", "счет", "счёт", "рахунок", "λογαριασμός", "hesap", "حساب", "口座", "账号")

// maxIBAN is the most bytes that an account takes with blanks between groups.
const maxIBAN = 34 * 3

// account is what may be one in a text.
type account struct {
	start, end int
	buf        [40]byte // without separators, upper case
	n          int
	odd        bool // written in a way that needs a word before it
}

// readAccount reads the account whose check digits begin at i. Its structure and
// its check digits are right if ok.
func readAccount(text []byte, i int, a *account) (ok bool) {
	at := i - 2
	if textscan.Byte(text, at+1) == ' ' { // "DE 89 ..."
		at--
	}
	if at < 0 {
		return false
	}
	structure, want := structureOf(text[at], text[at+1])
	if want == 0 || wordTouches(text, at) {
		return false
	}
	lower, fours := text[at] > 'Z' || text[at+1] > 'Z', true
	a.start, a.odd = at, at != i-2
	chars := append(a.buf[:0], upper(text[at]), upper(text[at+1]))
	end := i
	for k := i; k < len(text) && k < i+maxIBAN && len(chars) < want; {
		c := text[k]
		if textscan.ClassOf[c]&textscan.Alnum != 0 {
			lower = lower || c >= 'a'
			chars = append(chars, upper(c))
			k++
			end = k
			continue
		}
		n := blank(text, k)
		if n == 0 {
			return false
		}
		fours = fours && len(chars)%4 == 0
		a.odd = a.odd || !fours && c != ' ' && c < utf8.RuneSelf || k != end
		if k-end > 2 {
			return false
		}
		k += n
	}
	a.end, a.n, a.odd = end, len(chars), a.odd || lower && !fours
	return a.n == want && !textscan.At(text, end, textscan.Alnum) && matches(structure, chars[2:]) && mod97(chars) == 1
}

// iban looks for an account whose check digits begin at i.
func (s *scan) iban(i int) {
	var a account
	if i < s.ibanEnd {
		return
	}
	if !readAccount(s.text, i, &a) {
		s.mistypedIBAN(i)
		return
	}
	word, has := s.accountWord(a.start)
	if a.odd && !has {
		return
	}
	chars := string(a.buf[:a.n])
	f := detectors.Finding{Kind: detectors.IBAN, Canonical: chars, Rule: "iban", Confidence: 0.97, Dummy: sample(chars), Why: "check digits, length and structure of the country are right"}
	if has {
		f.Confidence, f.Why = 0.99, f.Why+"; '"+word+"' before"
	}
	s.ibanEnd = a.end
	s.report(f, a.start, a.end)
}

var ibanLabel = textscan.NewWords("iban", "iban no", "iban nr", "iban number", "iban code")

// mistypedIBAN takes what has the form of an account, with its check digits at i,
// and is called an IBAN, but can't be one as it stands: the check digits are wrong, or
// the country has no such accounts.
func (s *scan) mistypedIBAN(i int) {
	start := i - 2
	if start < 0 || !textscan.At(s.text, i+1, textscan.Digit) || wordTouches(s.text, start) {
		return
	}
	// Nearly all that comes here is a piece of a hash or of a name.
	if after := textscan.Byte(s.text, i+2); textscan.ClassOf[after]&textscan.Lower != 0 {
		return
	}
	word, ok := ibanLabel.Touching(s.text, start)
	if !ok {
		return
	}
	end, n, digits := i, 2, 0
	for k := i; k < len(s.text) && n <= 34; {
		if c := s.text[k]; textscan.ClassOf[c]&(textscan.Upper|textscan.Digit) != 0 {
			if c <= '9' {
				digits++
			}
			n, k = n+1, k+1
			end = k
			continue
		}
		w := blank(s.text, k)
		if w == 0 || k != end || !textscan.At(s.text, k+w, textscan.Upper|textscan.Digit) || textscan.At(s.text, k+w+1, textscan.Lower) {
			break
		}
		k += w
	}
	// Of the right length for the country, or of a usual one where it has none.
	_, want := structureOf(s.text[start], s.text[start+1])
	if want != 0 && n != want || want == 0 && (n < 20 || n > 34) || digits < 10 || textscan.At(s.text, end, textscan.Alnum) {
		return
	}
	chars := make([]byte, 0, 40)
	for _, c := range s.text[start:end] {
		if textscan.ClassOf[c]&textscan.Alnum != 0 {
			chars = append(chars, upper(c))
		}
	}
	s.ibanEnd = end
	s.report(detectors.Finding{
		Kind: detectors.IBAN, Canonical: string(chars), Rule: "iban-mistyped", Confidence: 0.45,
		Why: "has the form of an IBAN; '" + word.Word + "' before; its check digits or country are wrong",
	}, start, end)
}

// accountWord is a word for accounts before one, or in the heading of its column.
func (s *scan) accountWord(start int) (string, bool) {
	word, has := ibanWords.Before(s.text, start)
	if !has {
		if cell := s.table.Heading(start); cell != nil {
			word, has = ibanWords.Before(cell, len(cell))
		}
	}
	return word.Word, has
}

// inAccount reports whether an account that is one reaches over start: digits of
// it are no card.
func (s *scan) inAccount(start int) bool {
	for i := max(start-maxIBAN, 2); i <= start; i++ {
		if s.text[i]-'0' >= 10 || textscan.ClassOf[s.text[i-2]]&textscan.Letter == 0 {
			continue
		}
		var a account
		if readAccount(s.text, i, &a) && a.end > start {
			_, has := s.accountWord(a.start)
			return has || !a.odd
		}
	}
	return false
}

// structureOf is the structure of the accounts of a country and how many
// characters they have; 0 if it has none.
func structureOf(a, b byte) (string, int) {
	a, b = upper(a)-'A', upper(b)-'A'
	if a >= 26 || b >= 26 {
		return "", 0
	}
	c := &countries[a][b]
	return c.structure, c.length
}

// countries are the structures by the letters of the country.
var countries = byCountry()

type country struct {
	structure string
	length    int
}

func byCountry() (t [26][26]country) {
	for id, s := range structures {
		t[id[0]-'A'][id[1]-'A'] = country{s, 4 + size(s)}
	}
	return t
}

// wordTouches reports whether a letter or digit stands before at, scripts without
// blanks aside.
func wordTouches(text []byte, at int) bool {
	if at == 0 {
		return false
	}
	if b := text[at-1]; b < utf8.RuneSelf {
		escaped := (b == 'n' || b == 'r' || b == 't') && textscan.Byte(text, at-2) == '\\'
		return (textscan.ClassOf[b]&textscan.Alnum != 0 || b == '_') && !escaped
	}
	r, _ := utf8.DecodeLastRune(text[:at])
	return r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// blank is the length of a separator at k, or 0.
func blank(text []byte, k int) int {
	switch {
	case text[k] == ' ' || text[k] == '-' || text[k] == '.':
		return 1
	case len(text) > k+1 && string(text[k:k+2]) == "\u00a0":
		return 2
	case len(text) > k+2 && string(text[k:k+3]) == "\u202f":
		return 3
	}
	return 0
}

func upper(b byte) byte {
	if b-'a' < 26 {
		return b - 32
	}
	return b
}

// size is how many characters a structure asks for.
func size(structure string) (n int) {
	for i := 1; i < len(structure); {
		v := 0
		for ; i < len(structure) && structure[i] <= '9'; i++ {
			v = v*10 + int(structure[i]-'0')
		}
		n += v
		i++
	}
	return n
}

// matches reports whether two check digits and an account are made as structure
// says.
func matches(structure string, chars []byte) bool {
	if chars[0] > '9' || chars[1] > '9' {
		return false
	}
	chars = chars[2:]
	for i := 0; i < len(structure); {
		class, v := structure[i], 0
		for i++; i < len(structure) && structure[i] <= '9'; i++ {
			v = v*10 + int(structure[i]-'0')
		}
		for _, c := range chars[:v] {
			if class == 'n' && c > '9' || class == 'a' && c < 'A' {
				return false
			}
		}
		chars = chars[v:]
	}
	return true
}

// mod97 is the remainder of ISO 7064 MOD 97-10, with the first four characters
// moved to the end.
func mod97(chars []byte) (m int) {
	for k := range chars {
		c := chars[(k+4)%len(chars)]
		if c <= '9' {
			m = (m*10 + int(c-'0')) % 97
		} else {
			m = (m*100 + int(c-'A') + 10) % 97
		}
	}
	return m
}

// samples are the accounts of the registry and of countless manuals.
var samples = [...]string{
	"DE89370400440532013000", "GB82WEST12345698765432", "GB29NWBK60161331926819", "GB33BUKB20201555555555", "FR1420041010050500013M02606", "FR7630006000011234567890189", "NL91ABNA0417164300", "NL02ABNA0123456789", "CH9300762011623852957", "ES9121000418450200051332", "ES7921000813610123456789", "IT60X0542811101000000123456", "BE68539007547034", "AT611904300234573201", "AT483200000012345864", "NO9386011117947", "SE4550000000058398257466", "SE3550000000054910000003", "PL61109010140000071219812874", "IE29AIBK93115212345678", "IE64IRCE92050112345678", "DK5000400440116243", "FI2112345600000785", "PT50000201231234567890154", "LU280019400644750000", "CZ6508000000192000145399", "SK3112000000198742637541", "HU42117730161111101800000000", "GR1601101250000000012300695", "DE75512108001245126199", "DE02120300000000202051",
}

func sample(iban string) bool {
	for _, s := range samples {
		if s == iban {
			return true
		}
	}
	return false
}
