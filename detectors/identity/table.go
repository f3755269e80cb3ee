package identity

import (
	"bytes"
	"slices"
)

// number is one kind of national number.
type number struct {
	rule   string // country and name
	form   string // 9 a digit, A a letter, X either; a bar parts forms
	check  func(s []byte) bool
	sum    bool   // check knows check digits, not only dates and ranges
	alone  string // how digits must be grouped to be known without a word ("3-2-4"), "*" for any way, "" for never
	labels []string
}

// vagueID are words that label many other things too ("user_id"): they count only for
// numbers that chance seldom makes, and for those of a country that is likely.
var vagueID = []string{"id", "id code", "documento", "identificación", "identificação", "identification no", "identification code", "identifikationsnummer", "tin", "insurance number"}

// rare are the schemes of which fewer than one in 50 random numbers of the form pass.
var rare = []string{
	"ae-eid", "be-eid", "be-nn", "bg-egn", "br-cpf", "ca-bc-phn", "ch-ahv", "cn-ric", "de-idnr", "ec-ci", "ee-ik", "fi-hetu", "fr-nif", "fr-nir", "gh-tin", "gr-amka", "hu-tax", "is-kennitala", "it-cf", "kz-iin",
	"lt-ak", "lu-matricule", "lv-pk", "mu-nid", "mx-curp", "nl-onderwijs", "no-fnr", "pe-ruc", "pl-pesel", "ro-cnp", "ru-snils", "sa-nid", "se-pnr", "sv-nit", "tr-tckn", "uy-rut", "yu-jmbg", "za-id",
}

// any word of these labels every number that has check digits.
var anyID = []string{"id no", "id nr", "id number", "id card", "id card no", "id card number", "national id", "national id no", "national id number", "national id card", "national number", "national identifier", "national identification number", "national identity card", "national identity", "national identity nr", "identity no", "identity nr", "identity card", "identity card no", "identity card number", "identity code", "identity document", "identity document number", "birth number", "citizen number", "citizen no", "citizen service number", "civil registration number", "personal no", "personal nr", "personal identification number", "personal identification code", "personal identity number", "resident id", "residence number", "tax no", "tax nr", "tax identifier", "tax identification number", "tax identification no", "tax code", "tax payer id", "taxpayer id", "taxpayer number", "fiscal code", "fiscal number", "social security no", "social insurance", "national identity number", "identity number", "identification number", "personal number", "personal id", "personal identity code", "personal code", "citizen id", "tax id", "tax number", "taxpayer", "social security number", "ausweisnummer", "numéro fiscal", "n° d'identité", "carte d'identité", "numéro d'identité", "identité", "identidad", "número de identificación", "documento de identidad", "nº de documento", "identidade", "carta d'identità", "documento d'identità", "personenkennzahl", "identiteitsnummer", "身份证号码", "신분증", "رقم الهوية"}

// numbers are all that are known.
var numbers = slices.Concat(stateNumbers, bankNumbers)

// stateNumbers are schemes that the states publish.
var stateNumbers = []number{
	// North America
	{"us-ssn", "999999999", func(s []byte) bool {
		return s[0] != '9' && string(s[:3]) != "000" && string(s[:3]) != "666" && string(s[3:5]) != "00" && string(s[5:]) != "0000"
	}, false, "3-2-4", []string{"social security card", "ssn", "ssns", "social security", "social security no", "social security number", "soc sec", "ss no", "ss#"}},
	{"us-itin", "999999999", func(s []byte) bool {
		g := num(s[3:5])
		return s[0] == '9' && g >= 50 && g != 66 && g != 67 && g != 68 && g != 69 && g != 89 && g != 93
	}, false, "", []string{"itin", "itin number", "taxpayer identification number", "individual taxpayer identification number", "individual taxpayer"}},
	{"us-atin", "999999999", nil, false, "", []string{"atin", "adoption taxpayer identification number"}},
	{"us-ptin", "A99999999", func(s []byte) bool { return s[0] == 'P' }, false, "", []string{"ptin", "preparer tax identification number"}},
	{"ca-sin", "999999999", func(s []byte) bool { return s[0] != '0' && s[0] != '8' && luhn(s) }, true, "", []string{"sin", "sin number", "sin no", "social insurance number", "social insurance no", "social insurance", "nas", "numéro d'assurance sociale"}},
	{"ca-bc-phn", "9999999999", func(s []byte) bool {
		return s[0] == '9' && (11-weighted(s[1:], 2, 4, 8, 5, 10, 9, 7, 3)%11)%11 == digit(s, 9)
	}, true, "", []string{"phn", "personal health number", "bc phn", "care card", "carecard"}},
	{"mx-curp", "AAAA999999AAAAAAX9|AAAA999999AAAAAA99", func(s []byte) bool {
		const abc = "0123456789ABCDEFGHIJKLMN#OPQRSTUVWXYZ"
		sum := 0
		for i, b := range s[:17] {
			sum += bytes.IndexByte([]byte(abc), b) * (18 - i)
		}
		return (10-sum%10)%10 == digit(s, 17) && (s[10] == 'H' || s[10] == 'M' || s[10] == 'X') && yymmdd(s[4:])
	}, true, "*", []string{"curp"}},
	{"mx-rfc", "AAAA999999XXX|AAAA999999|AAA999999XXX", func(s []byte) bool {
		if len(s) == 12 {
			return yymmdd(s[3:]) // a company's
		}
		return yymmdd(s[4:])
	}, false, "", []string{"rfc", "registro federal de contribuyentes"}},
	// British Isles
	{"gb-nino", "AA999999A", func(s []byte) bool {
		return bytes.IndexByte([]byte("DFIQUV"), s[0]) < 0 && bytes.IndexByte([]byte("DFIOQUV"), s[1]) < 0 && s[8] <= 'D' &&
			!bytes.Contains([]byte("BG GB KN NK NT TN ZZ"), s[:2])
	}, false, "*", []string{"nino", "national insurance", "national insurance number", "national insurance no", "ni number", "ni no", "nin"}},
	{"gb-nhs", "9999999999", func(s []byte) bool {
		return (11-weighted(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 9)
	}, true, "", []string{"nhs", "nhs number", "nhs no", "chi number", "health service number"}},
	{"gb-utr", "9999999999", func(s []byte) bool {
		return "21987654321"[weighted(s[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == s[0]
	}, true, "", []string{"utr", "utr number", "unique taxpayer reference", "unique tax reference", "self assessment"}},
	{"ie-pps", "9999999A|9999999AA", func(s []byte) bool {
		sum := weighted(s, 8, 7, 6, 5, 4, 3, 2)
		if len(s) == 9 && (s[8] < 'A' || s[8] > 'I' && s[8] != 'W' && s[8] != 'T' && s[8] != 'X') {
			return false
		}
		if len(s) == 9 && s[8] <= 'I' { // since 2013; older ones say whose wife (W) and nothing else
			sum += int(s[8]-'A'+1) * 9
		}
		return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7]
	}, true, "", []string{"pps", "ppsn", "pps no", "pps number", "personal public service number", "rsi number", "upsp"}},
	// Western Europe
	{"fr-nir", "999999999999999|999999A99999999|99999AA99999999", france, true, "", []string{"nir", "sécurité sociale", "numéro de sécurité sociale", "n° de sécurité sociale", "securite sociale", "numero de securite sociale", "n° sécu", "insee", "numéro insee", "nss", "sécu"}},
	{"fr-nif", "9999999999999", func(s []byte) bool { return s[0] <= '3' && num(s[:10])%511 == num(s[10:]) }, true, "", []string{"immatriculation fiscale", "nif", "numéro fiscal", "numero fiscal", "spi", "numéro spi", "référence fiscale", "identifiant fiscal", "numéro d'identification fiscale"}},
	{"de-idnr", "99999999999", germany, true, "", []string{"steuer id", "steuerid", "idnr", "steuerliche identifikationsnummer", "steueridentifikationsnummer", "identifikationsnummer", "steuernummer", "steuer idnr", "steuer identifikationsnummer", "steueridentnummer", "tin", "tax id"}},
	{"de-svnr", "99999999A999", func(s []byte) bool {
		v := int(s[8]-'A') + 1
		d := append(append(append([]byte{}, s[:8]...), byte('0'+v/10), byte('0'+v%10)), s[9:11]...)
		sum := 0
		for i, w := range [...]int{2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1} {
			p := digit(d, i) * w
			sum += p/10 + p%10
		}
		return sum%10 == digit(s, 11)
	}, true, "", []string{"sozialversicherungsnummer", "rentenversicherungsnummer", "versicherungsnummer", "rvnr", "svnr", "sv nummer"}},
	{"de-kvnr", "A999999999", func(s []byte) bool {
		v := int(s[0]-'A') + 1
		d := append([]byte{byte('0' + v/10), byte('0' + v%10)}, s[1:9]...)
		sum := 0
		for i := range d {
			p := digit(d, i) * (1 + i%2)
			sum += p/10 + p%10
		}
		return sum%10 == digit(s, 9)
	}, true, "", []string{"krankenversichertennummer", "kvnr", "krankenversicherungsnummer", "versichertennummer", "versicherten nr"}},
	{"de-ausweis", "AXXXXXXXX9|AXXXXXXXX", func(s []byte) bool {
		if bytes.IndexByte([]byte("CFGHJKLMNPRTVWXYZ"), s[0]) < 0 {
			return false
		}
		return len(s) == 9 || checked(s[:9], s[9])
	}, false, "", []string{"personalausweis*", "personalausweisnummer", "ausweisnummer", "ausweis nr", "perso nr"}},
	{"at-svnr", "9999999999", func(s []byte) bool {
		return (weighted(s, 3, 7, 9)+weighted(s[4:], 5, 8, 4, 2, 1, 6))%11 == digit(s, 3) && s[0] != '0' && num(s[4:6]) <= 31
	}, true, "", []string{"svnr", "sv nr", "sv nummer", "sozialversicherungsnummer", "vsnr", "versicherungsnummer", "vnr"}},
	{"at-tin", "999999999", func(s []byte) bool {
		sum := 0
		for i := range 8 {
			p := digit(s, i) * (1 + i%2)
			sum += p/10 + p%10
		}
		return (10-sum%10)%10 == digit(s, 8)
	}, true, "", []string{"abgabenkontonummer", "steuernummer", "st nr", "steuer nr", "finanzamt", "tin", "abgabenkonto"}},
	{"ch-ahv", "9999999999999", func(s []byte) bool {
		return string(s[:3]) == "756" && weighted(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 == 0
	}, true, "3-4-4-2", []string{"ahv*", "avs", "no avs", "numéro avs", "numero avs", "navs13", "ahvn13", "sozialversicherungsnummer"}},
	{"nl-bsn", "999999999", func(s []byte) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 && string(s) != "000000000"
	}, true, "", []string{"bsn", "burgerservicenummer", "sofinummer", "sofi", "sofi nummer", "bsn nummer", "persoonsnummer", "citizen service number"}},
	{"nl-onderwijs", "999999999", func(s []byte) bool {
		return string(s[:2]) == "10" && (weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11+11)%11 == 5
	}, true, "", []string{"onderwijsnummer", "pgn", "persoonsgebonden nummer"}},
	{"nl-idkaart", "AAXXXXXX9", func(s []byte) bool { return bytes.IndexByte(s, 'O') < 0 }, false, "", []string{"identiteitskaart*", "identiteitskaartnummer", "documentnummer", "id kaart"}},
	{"be-nn", "99999999999", func(s []byte) bool {
		n := num(s[:9])
		return (97-n%97 == num(s[9:]) || 97-(2e9+n)%97 == num(s[9:])) && num(s[2:4])%20 <= 12
	}, true, "2-2-2-3-2", []string{"nn", "ssn", "bis", "numéro de sécurité sociale", "socialezekerheidsnummer", "rijksregisternummer", "rijksregister", "rrn", "nationaal nummer", "numéro national", "numéro de registre national", "registre national", "insz", "niss", "nationalregisternummer", "identificatienummer", "bis nummer", "numéro bis", "bisnummer", "insz nummer", "rijksregisternr"}},
	{"be-eid", "999999999999", func(s []byte) bool {
		c := num(s[:10]) % 97
		return c == num(s[10:]) || c == 0 && string(s[10:]) == "97"
	}, true, "", []string{"eid", "identiteitskaart*", "identiteitskaartnummer", "carte d'identité", "numéro de carte d'identité", "kaartnummer", "personalausweis*"}},
	{"lu-matricule", "9999999999999", func(s []byte) bool {
		return (s[0] == '1' || s[0] == '2') && yymmdd(s[2:]) && luhn(s[:12]) && verhoeff(append(append([]byte{}, s[:11]...), s[12]))
	}, true, "", []string{"matricule", "matricule national", "numéro d'identification national", "sozialversicherungsnummer", "cnsap"}},
	// Southern Europe
	{"es-dni", "99999999A", spain, true, "*", []string{"dni", "nif", "d n i", "d.n.i", "documento nacional de identidad", "número de identificación fiscal"}},
	{"es-nif", "A9999999A", func(s []byte) bool {
		return (s[0] == 'K' || s[0] == 'L' || s[0] == 'M') && "TRWAGMYFPDXBNJZSQVHLCKE"[num(s[1:8])%23] == s[8]
	}, true, "", []string{"nif", "número de identificación fiscal"}},
	{"es-nie", "A9999999A", func(s []byte) bool { return s[0] >= 'X' && spain(s) }, true, "*", []string{"nie", "nif", "n i e", "n.i.e", "número de identidad de extranjero", "numero de identidad de extranjero"}},
	{"pt-nif", "999999999", func(s []byte) bool {
		return bytes.IndexByte([]byte("123456789"), s[0]) >= 0 && (11-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(s, 8)
	}, true, "", []string{"nif", "contribuinte", "número de contribuinte", "numero de contribuinte", "n contribuinte", "número fiscal", "número de identificação fiscal", "nipc"}},
	{"pt-cc", "999999999XX9", func(s []byte) bool {
		sum := 0
		for i := range s {
			v := int(s[i] - '0')
			if s[i] >= 'A' {
				v = int(s[i]-'A') + 10
			}
			if i%2 == 0 {
				if v *= 2; v > 9 {
					v -= 9
				}
			}
			sum += v
		}
		return sum%10 == 0
	}, true, "", []string{"cc no", "cc nº", "cartão de cidadão", "cartao de cidadao", "número de documento", "nº cc", "cc", "número do cartão de cidadão"}},
	{"it-cf", "AAAAAAXXAXXAXXXA", italy, true, "*", []string{"codice fiscale", "cf", "c f", "c.f.", "cod fiscale", "cod fisc", "codfisc"}},
	// Of bodies, of firms and of whoever works for himself.
	{"it-iva", "99999999999", func(s []byte) bool { return luhn(s) && string(s[:7]) != "0000000" }, true, "", []string{"codice fiscale", "c.f.", "cod fiscale", "partita iva", "p iva", "p.iva", "piva"}},
	{"it-cie", "AA99999AA|AA9999999", nil, false, "", []string{"carta d'identità", "carta di identità", "carta d'identita", "cie", "numero carta d'identità"}},
	{"gr-amka", "99999999999", func(s []byte) bool { return ddmmyy(s) && luhn(s) }, true, "", []string{"κοινωνικής ασφάλισης", "αριθμός μητρώου", "αμκα", "amka", "α.μ.κ.α"}},
	{"gr-afm", "999999999", func(s []byte) bool {
		return weighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s, 8)
	}, true, "", []string{"φορολογικού μητρώου", "αφμ", "afm", "α.φ.μ", "αριθμός φορολογικού μητρώου"}},
	{"mt-id", "9999999A", func(s []byte) bool { return bytes.IndexByte([]byte("MGAPLHBZ"), s[7]) >= 0 }, false, "", []string{"id card no", "id card", "karta tal-identità", "numru tal-karta tal-identità", "id card number"}},
	{"tr-tckn", "99999999999", turkey, true, "", []string{"tckn", "tc kimlik*", "t.c. kimlik no", "t.c. kimlik numarası", "tc no", "t.c. no", "kimlik no", "kimlik numarası", "kimlik numaram", "tc"}},
	{"tr-vkn", "9999999999", func(s []byte) bool {
		sum := 0
		for i := 1; i <= 9; i++ {
			if c := (digit(s, 9-i) + i) % 10; c != 0 {
				sum += (c*(1<<i)-1)%9 + 1
			}
		}
		return (10-sum%10)%10 == digit(s, 9)
	}, true, "", []string{"vkn", "vergi kimlik no", "vergi kimlik numarası", "vergi no", "vergi numarası"}},
	{"cy-tic", "99999999A", func(s []byte) bool {
		odd := [10]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
		sum := 0
		for i := range 8 {
			v := digit(s, i)
			if i%2 == 0 {
				v = odd[v]
			}
			sum += v
		}
		return string(s[:2]) != "12" && byte('A'+sum%26) == s[8]
	}, true, "", []string{"αριθμός φορολογικής ταυτότητας", "α.φ.τ", "αφτ", "φπα", "tic", "tic number", "tax identification code"}},
	// Northern Europe
	{"fi-hetu", "999999999X|999999A999X", func(s []byte) bool {
		n := num(s[:6])*1000 + num(s[len(s)-4:len(s)-1])
		return ddmmyy(s) && "0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31] == s[len(s)-1] && (len(s) == 10 || bytes.IndexByte([]byte("ABCDEFUVWXY"), s[6]) >= 0)
	}, true, "6-4", []string{"hetu", "henkilötunnus*", "henkilotunnus", "henkilönumero", "sotu", "sosiaaliturvatunnus", "personbeteckning", "personal identity code"}},
	{"se-pnr", "9999999999|999999999999", swede, true, "6-4|8-4", []string{"personnummer", "personnr", "pers nr", "persnr", "pnr", "samordningsnummer", "personal identity number", "pn"}},
	{"no-fnr", "99999999999", norway, true, "6-5", []string{"fødselsnummer", "fodselsnummer", "fødselsnr", "fnr", "personnummer", "personnr", "d nummer", "fødsels- og personnummer"}},
	{"dk-cpr", "9999999999", ddmmyy, false, "", []string{"cpr", "cpr nr", "cpr no", "cpr nummer", "cprnummer", "cprnr", "personnummer", "personnr"}},
	{"is-kennitala", "9999999999", func(s []byte) bool {
		return (11-weighted(s, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 8) && date(num(s[2:4]), num(s[:2])%40) &&
			(s[9] == '0' || s[9] == '9' || s[9] == '8') // the century
	}, true, "6-4", []string{"kennitala", "kennitölu", "kennitalan", "kt"}},
	{"ee-ik", "99999999999", baltic, true, "", []string{"isikukood", "isikukoodi", "isikukoodiga", "ik"}},
	{"lt-ak", "99999999999", func(s []byte) bool { return baltic(s) || s[0] == '9' && balticSum(s) }, true, "", []string{"asmens kodas", "a k", "a.k", "ak", "asmens kodo", "asmens kodą"}},
	{"lv-pk", "99999999999", func(s []byte) bool {
		return (string(s[:2]) == "32" || ddmmyy(s)) && (1101-weighted(s, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))%11%10 == digit(s, 10)
	}, true, "", []string{"personas kods", "personas kodu", "personas koda", "p k", "p.k"}},
	// Central and Eastern Europe
	{"pl-pesel", "99999999999", func(s []byte) bool {
		return (10-weighted(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == digit(s, 10) && date(num(s[2:4])%20, num(s[4:6]))
	}, true, "", []string{"pesel", "nr pesel", "numer pesel", "numerem pesel", "numeru pesel"}},
	{"pl-nip", "9999999999", func(s []byte) bool {
		return weighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(s, 9)
	}, true, "", []string{"nip", "nr nip", "numer nip", "numer identyfikacji podatkowej"}},
	{"pl-dowod", "AAA999999", func(s []byte) bool {
		v := func(i int) int { return int(s[i]-'A') + 10 }
		return (v(0)*7+v(1)*3+v(2)+weighted(s[4:], 7, 3, 1, 7, 3))%10 == digit(s, 3)
	}, true, "", []string{"dowód*", "dowodu", "nr dowodu", "numer dowodu", "dowód osobisty", "dowodu osobistego", "dowodem osobistym", "dowód tożsamości", "seria i numer", "seria i nr"}},
	{"cz-rc", "9999999999|999999999", func(s []byte) bool {
		m := num(s[2:4]) % 50
		if m > 20 {
			m -= 20
		}
		return date(m, num(s[4:6])) && (len(s) == 9 || num(s)%11 == 0 || num(s[:9])%11 == 10 && s[9] == '0')
	}, true, "", []string{"rodné číslo", "rodne cislo", "rč", "r č", "rodného čísla", "rodným číslem", "r.č", "rod. číslo"}},
	{"hu-taj", "999999999", func(s []byte) bool { return weighted(s, 3, 7, 3, 7, 3, 7, 3, 7)%10 == digit(s, 8) }, true, "", []string{"taj", "taj szám", "taj száma", "tajszám", "társadalombiztosítási azonosító jel"}},
	{"hu-tax", "9999999999", func(s []byte) bool {
		return s[0] == '8' && weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9)%11 == digit(s, 9)
	}, true, "", []string{"adóazonosító*", "adóazonosító jel", "adóazonosító jele", "adószám", "adóazonosítója"}},
	{"ro-cnp", "9999999999999", func(s []byte) bool {
		c := weighted(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		return min(c, 10)%11 == digit(s, 12)+9*b2i(c == 10) && yymmdd(s[1:]) && s[0] != '0'
	}, true, "", []string{"cnp", "c.n.p", "cod numeric personal", "codul numeric personal"}},
	{"bg-egn", "9999999999", func(s []byte) bool {
		return weighted(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == digit(s, 9) && date(num(s[2:4])%20, num(s[4:6]))
	}, true, "", []string{"граждански номер", "егн", "egn", "единен граждански номер"}},
	{"bg-lnch", "9999999999", func(s []byte) bool {
		return weighted(s, 21, 19, 17, 13, 11, 9, 7, 3, 1)%10 == digit(s, 9)
	}, true, "", []string{"номер на чужденец", "лнч", "lnch", "pnf", "личен номер на чужденец", "личен номер"}},
	{"hr-oib", "99999999999", iso11_10, true, "", []string{"oib", "oib broj", "osobni identifikacijski broj"}},
	{"yu-jmbg", "9999999999999", func(s []byte) bool {
		return (11-weighted(s, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 12) && ddmmyy(s)
	}, true, "", []string{"master citizen number", "matična številka", "številka občana", "jmbg", "јмбг", "emšo", "emso", "ембг", "емб", "embg", "matični broj", "матични број", "jedinstveni matični broj", "matični broj građana", "enotna matična številka občana", "единствен матичен број"}},
	{"al-nid", "A99999999A", nil, false, "", []string{"nid", "numri personal", "numri i identitetit", "nipt", "nuis"}},
	{"md-idnp", "9999999999999", func(s []byte) bool {
		return weighted(s, 7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1)%10 == digit(s, 12)
	}, true, "", []string{"idnp", "idno", "cod personal", "cod fiscal", "numărul de identificare"}},
	{"by-unp", "999999999|AA9999999", belarus, true, "", []string{"номер плательщика", "унп", "unp", "учетный номер плательщика", "учётный номер плательщика"}},
	{"by-pin", "9999999A999AA9", func(s []byte) bool {
		sum := 0
		for i, b := range s[:13] {
			v := int(b - '0')
			if b >= 'A' {
				v = int(b-'A') + 10
			}
			sum += v * [3]int{7, 3, 1}[i%3]
		}
		return sum%10 == digit(s, 13) && s[0] >= '1' && s[0] <= '6' && ddmmyy(s[1:])
	}, true, "", []string{"личный номер", "идентификационный номер", "асабісты нумар"}},
	{"ad-nrt", "A999999A", func(s []byte) bool { return bytes.IndexByte([]byte("ACDEFGLOPU"), s[0]) >= 0 }, false, "", []string{"nrt", "número de registre tributari", "nif"}},
	{"li-peid", "9999999|99999999|999999999999", nil, false, "", []string{"peid", "personenidentifikationsnummer", "personen identifikationsnummer"}},
	{"ru-inn", "999999999999|9999999999", func(s []byte) bool {
		if len(s) == 10 {
			return weighted(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 9)
		}
		return weighted(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 10) && weighted(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 11)
	}, true, "", []string{"номер налогоплательщика", "налогоплательщика", "инн", "inn"}},
	{"ru-snils", "99999999999", func(s []byte) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == num(s[9:])
	}, true, "3-3-3-2", []string{"снилс", "snils", "страховой номер"}},
	{"ua-rnokpp", "9999999999", func(s []byte) bool {
		return ((weighted(s, -1, 5, 7, 9, 4, 6, 10, 5, 7)%11+11)%11)%10 == digit(s, 9)
	}, true, "", []string{"облікової картки", "рнокпп", "іпн", "інн", "ідентифікаційний код", "ідентифікаційний номер", "реєстраційний номер облікової картки", "инн", "rntrc", "rnokpp"}},
	{"kz-iin", "999999999999", func(s []byte) bool {
		c := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) % 11
		if c == 10 {
			c = weighted(s, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2) % 11
		}
		return c == digit(s, 11) && yymmdd(s)
	}, true, "", []string{"иин", "жсн", "iin", "жеке сәйкестендіру нөмірі", "индивидуальный идентификационный номер"}},
	// Middle East and Africa
	{"il-id", "999999999", luhn, true, "", []string{"תעודת זהות", "ת.ז", "ת״ז", `ת"ז`, "תז", "מספר זהות", "מספר תעודת זהות", "מס' זהות", "teudat zehut", "israeli id"}},
	{"za-id", "9999999999999", func(s []byte) bool { return yymmdd(s) && s[10] <= '2' && luhn(s) }, true, "", []string{"south african id", "sa id", "rsa id", "sa id number", "south african id number", "id no", "id number", "identity number"}},
	{"za-tin", "9999999999", func(s []byte) bool { return (s[0] <= '3' || s[0] == '9') && luhn(s) }, true, "", []string{"tax reference number", "tax reference", "income tax number", "tax ref", "sars", "tin", "tax number"}},
	{"ke-pin", "A999999999A", func(s []byte) bool { return s[0] == 'A' || s[0] == 'P' }, false, "", []string{"personal identification number", "kra pin", "pin", "kra"}},
	{"gh-tin", "A9999999999|A999999999A", func(s []byte) bool {
		sum := 0
		for i := 1; i < 10; i++ {
			sum += i * digit(s, i)
		}
		return bytes.IndexByte([]byte("PCGQV"), s[0]) >= 0 && string(s[1:3]) == "00" && "0123456789X"[sum%11] == s[10]
	}, true, "", []string{"tin", "gra tin", "taxpayer identification number"}},
	{"gh-card", "AAA9999999999", func(s []byte) bool { return string(s[:3]) == "GHA" }, false, "", []string{"ghana card", "ghana card number", "ghanacard", "nia"}},
	{"mu-nid", "A9999999999999|A999999999999A", func(s []byte) bool {
		sum := (int(s[0]-'A') + 10) * 14
		for i := 1; i < 13; i++ {
			sum += digit(s, i) * (14 - i)
		}
		return ddmmyy(s[1:]) && "0123456789ABCDEFG"[(17-sum%17)%17] == s[13]
	}, true, "", []string{"nid", "national identity card", "national id", "nic", "mauritius id"}},
	{"mz-nuit", "999999999", func(s []byte) bool {
		return "01234567891"[weighted(s, 8, 9, 4, 5, 6, 7, 8, 9)%11] == s[8]
	}, true, "", []string{"identificação tributária", "identificação tributaria", "nuit", "número único de identificação tributária"}},
	{"eg-nid", "99999999999999", func(s []byte) bool { return (s[0] == '2' || s[0] == '3') && yymmdd(s[1:]) }, false, "", []string{"الرقم القومي", "رقم قومي", "رقم البطاقة", "national id"}},
	{"ae-eid", "999999999999999", func(s []byte) bool { return string(s[:3]) == "784" && luhn(s) }, true, "3-4-7-1", []string{"emirates id", "الهوية", "رقم الهوية"}},
	{"sa-nid", "9999999999", func(s []byte) bool { return (s[0] == '1' || s[0] == '2') && luhn(s) }, true, "", []string{"الهوية الوطنية", "رقم الهوية", "iqama", "إقامة"}},
	{"ng-nin", "99999999999", nil, false, "", []string{"nin", "national identification number", "national identity number"}},
	{"ir-nid", "9999999999", func(s []byte) bool {
		c := weighted(s, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11
		return c < 2 && c == digit(s, 9) || c >= 2 && 11-c == digit(s, 9)
	}, true, "", []string{"کد ملی", "شماره ملی", "کدملی", "code melli"}},
	// Asia and the Pacific
	{"in-aadhaar", "999999999999", func(s []byte) bool { return s[0] >= '2' && verhoeff(s) }, true, "", []string{"aadhaar", "aadhar", "aadhaar no", "aadhaar number", "aadhaar card", "aadhaar card number", "uid", "uidai", "आधार", "आधार नंबर", "आधार संख्या", "ஆதார்"}},
	{"in-vid", "9999999999999999", func(s []byte) bool { return s[0] >= '2' && verhoeff(s) }, true, "", []string{"vid", "virtual id", "aadhaar", "aadhaar vid"}},
	{"in-epic", "AAA9999999", func(s []byte) bool { return luhn(s[3:]) }, true, "", []string{"electoral photo identity card", "epic", "epic no", "epic number", "voter id", "voter card", "voter", "electors photo identity card", "मतदाता"}},
	{"in-pan", "AAAAA9999A", func(s []byte) bool { return bytes.IndexByte([]byte("PCHABGJLFTK"), s[3]) >= 0 }, false, "", []string{"pan", "pan no", "pan number", "pan card", "pan card number", "permanent account number", "पैन"}},
	{"pk-cnic", "9999999999999", nil, false, "", []string{"cnic", "cnic no", "cnic number", "nic", "nicop", "شناختی کارڈ"}},
	{"lk-nic", "999999999A", func(s []byte) bool { return s[9] == 'V' || s[9] == 'X' }, false, "", []string{"nic", "nic no", "nic number", "national identity card"}},
	{"cn-ric", "99999999999999999X", func(s []byte) bool { return yymmdd(s[8:]) && num(s[6:8]) >= 18 && num(s[6:8]) <= 20 && iso11_2(s) }, true, "*", []string{"ric", "ric no", "身份证*", "身份证号", "身份证号码", "公民身份号码", "居民身份证", "resident identity", "resident identity card", "chinese id", "id card"}},
	{"hk-hkid", "A9999999|AA9999999|A999999A|AA999999A", func(s []byte) bool {
		sum, w := 0, 9
		if len(s) == 8 {
			sum = 36 * 9
			w = 8
		}
		for _, b := range s[:len(s)-1] {
			v := int(b - '0')
			if b >= 'A' {
				v = int(b-'A') + 10
			}
			sum += v * w
			w--
		}
		last := int(s[len(s)-1] - '0')
		if s[len(s)-1] >= 'A' {
			last = 10
		}
		return (sum+last)%11 == 0 && (last < 10 || s[len(s)-1] == 'A')
	}, true, "", []string{"hkid", "hkid no", "hkid number", "hong kong id", "香港身份證", "身份證", "身份證號碼", "id card"}},
	{"tw-id", "A999999999", taiwan, true, "", []string{"身分證", "身分證字號", "身份證字號", "國民身分證", "統一編號", "national id"}},
	{"kr-rrn", "9999999999999", yymmdd, false, "", []string{"주민등록번호", "주민번호", "주민 등록 번호", "외국인등록번호", "rrn", "resident registration number"}},
	{"jp-mynumber", "999999999999", func(s []byte) bool {
		c := weighted(s, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
		return c <= 1 && s[11] == '0' || c > 1 && 11-c == digit(s, 11)
	}, true, "", []string{"マイナンバー", "個人番号", "my number", "mynumber", "individual number"}},
	{"my-nric", "999999999999", yymmdd, false, "", []string{"mykad", "mykad no", "nric", "nric no", "kad pengenalan", "no kad pengenalan", "no kp", "no k/p", "ic no", "ic number"}},
	{"sg-nric", "A9999999A", singapore, true, "", []string{"nric", "fin", "nric no", "fin no", "nric number", "fin number"}},
	{"th-pin", "9999999999999", func(s []byte) bool {
		return s[0] != '0' && (11-weighted(s, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s, 12)
	}, true, "1-4-5-2-1", []string{"pin", "thai id", "thai national id", "เลขประจําตัวประชาชน", "citizen id", "เลขที่บัตรประชาชน", "เลขประจำตัวประชาชน", "บัตรประชาชน", "เลขบัตรประชาชน", "ประจำตัวประชาชน"}},
	{"id-nik", "9999999999999999", func(s []byte) bool { return date(num(s[8:10]), num(s[6:8])%40) }, false, "", []string{"nik", "ktp", "no ktp", "e ktp", "nomor ktp", "nomor induk kependudukan"}},
	{"id-npwp", "999999999999999|9999999999999999", func(s []byte) bool { return len(s) == 15 && luhn(s[:9]) || s[0] == '0' && len(s) == 16 && luhn(s[:10]) }, true, "2-3-3-1-3-3", []string{"npwp", "no npwp", "nomor pokok wajib pajak"}},
	{"vn-mst", "9999999999|9999999999999", func(s []byte) bool {
		return 10-weighted(s, 31, 29, 23, 19, 17, 13, 7, 5, 3)%11 == digit(s, 9)
	}, true, "", []string{"mã số thuế", "mst", "ma so thue", "mst cá nhân"}},
	{"vn-cccd", "999999999999", func(s []byte) bool { return s[0] == '0' }, false, "", []string{"cccd", "căn cước công dân", "căn cước", "số cccd", "cmnd", "số cmnd", "chứng minh nhân dân"}},
	{"au-tfn", "999999999|99999999", func(s []byte) bool {
		if len(s) == 8 {
			return weighted(s, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0
		}
		return weighted(s, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0
	}, true, "", []string{"tfn", "tax file number", "tax file no"}},
	{"au-medicare", "9999999999|99999999999", func(s []byte) bool {
		return s[0] >= '2' && s[0] <= '6' && weighted(s, 1, 3, 7, 9, 1, 3, 7, 9)%10 == digit(s, 8)
	}, true, "", []string{"medicare", "medicare no", "medicare number"}},
	{"nz-ird", "99999999|999999999", func(s []byte) bool {
		b := s
		if len(s) == 8 {
			b = append([]byte{'0'}, s...)
		}
		for _, w := range [][]int{{3, 2, 7, 6, 5, 4, 3, 2}, {7, 4, 3, 2, 5, 2, 7, 6}} {
			c := (11 - weighted(b, w...)%11) % 11
			if c != 10 {
				return c == digit(b, 8)
			}
		}
		return false
	}, true, "", []string{"ird nr", "tax file number", "ird", "ird number", "ird no", "inland revenue number"}},
	// South and Central America
	{"br-cpf", "99999999999", brazil, true, "3-3-3-2", []string{"cpf", "cpf nº", "cpf/mf", "cadastro de pessoas físicas"}},
	{"ar-cuit", "99999999999", func(s []byte) bool {
		return "09987654321"[weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11] == s[10] && (s[0] == '2' || s[0] == '3' || s[0] == '5')
	}, true, "2-8-1", []string{"cuit", "cuil", "cuit cuil", "cuit/cuil", "clave única de identificación", "identificación tributaria"}},
	{"ar-dni", "99999999|9999999", nil, false, "", []string{"dni", "d.n.i", "documento nacional de identidad", "documento", "nro de documento"}},
	{"cl-rut", "99999999X|9999999X", func(s []byte) bool { return (s[len(s)-1] <= '9' || s[len(s)-1] == 'K') && chile(s) }, true, "", []string{"rut", "run", "r u t", "r.u.t", "rol único tributario", "rol único nacional"}},
	{"co-nit", "9999999999|999999999|99999999", func(s []byte) bool {
		sum := 0
		for i, w := range []int{3, 7, 13, 17, 19, 23, 29, 37, 41}[:len(s)-1] {
			sum += digit(s, len(s)-2-i) * w
		}
		return "01987654321"[sum%11] == s[len(s)-1]
	}, true, "", []string{"nit", "n.i.t", "número de identificación tributaria", "rut"}},
	{"co-cc", "9999999999|99999999", nil, false, "", []string{"cédula de ciudadanía", "cedula de ciudadania", "c.c.", "cc no", "cédula", "cedula", "tarjeta de identidad"}},
	{"do-cedula", "99999999999", func(s []byte) bool { return luhn(s) }, true, "", []string{"cédula", "cedula", "cédula de identidad", "cédula de identidad y electoral"}},
	// Many that were issued before computers have another check digit.
	{"do-cedula-old", "99999999999", nil, false, "", []string{"cédula", "cedula", "cédula de identidad", "cédula de identidad y electoral"}},
	{"ec-ci", "9999999999", func(s []byte) bool {
		p := num(s[:2])
		return (p >= 1 && p <= 24 || p == 30) && s[2] <= '6' && luhn(s)
	}, true, "", []string{"cédula", "cedula", "ci", "c.i.", "cédula de identidad", "cédula de ciudadanía"}},
	{"ec-ruc", "9999999999999", func(s []byte) bool {
		p := num(s[:2])
		if p < 1 || p > 24 && p != 30 && p != 50 || string(s[10:]) == "000" {
			return false
		}
		return s[2] <= '6' && luhn(s[:10]) || s[2] == '9' && weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 ||
			(s[2] == '6' || s[2] == '9') && weighted(s, 3, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0
	}, true, "", []string{"ruc", "registro único de contribuyentes"}},
	{"pe-dni", "99999999|99999999X", func(s []byte) bool {
		if len(s) == 8 {
			return true
		}
		c := weighted(s, 3, 2, 7, 6, 5, 4, 3, 2) % 11
		return s[8] == "65432110987"[c] || s[8] == "KJIHGFEDCBA"[c]
	}, false, "", []string{"cédula única de identidad", "dni", "cui", "código único de identificación", "documento nacional de identidad"}},
	{"pe-ruc", "99999999999", func(s []byte) bool {
		return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s, 10) && (s[0] == '1' || s[0] == '2')
	}, true, "", []string{"ruc", "registro único de contribuyentes"}},
	{"py-ruc", "999999999|99999999|9999999", func(s []byte) bool {
		sum := 0
		for i := range s[:len(s)-1] {
			sum += digit(s, len(s)-2-i) * (i + 2)
		}
		return (11-sum%11)%11%10 == digit(s, len(s)-1)
	}, true, "", []string{"ruc", "registro único de contribuyentes", "registro único del contribuyente"}},
	{"gt-nit", "99999999X|9999999X|999999X", func(s []byte) bool {
		sum := 0
		for i := range s[:len(s)-1] {
			sum += digit(s, len(s)-2-i) * (i + 2)
		}
		return "0K987654321"[sum%11] == s[len(s)-1]
	}, true, "", []string{"nit", "n.i.t"}},
	{"sv-nit", "99999999999999", salvador, true, "4-6-3-1", []string{"nit", "n.i.t", "número de identificación tributaria"}},
	{"sv-dui", "999999999", func(s []byte) bool {
		return (10-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%10)%10 == digit(s, 8)
	}, true, "", []string{"dui", "documento único de identidad"}},
	{"cu-ni", "99999999999", yymmdd, false, "", []string{"carné de identidad", "carnet de identidad", "número de identidad permanente", "número de identidad", "ni", "ci"}},
	{"uy-ci", "99999999", func(s []byte) bool { return (10-weighted(s, 2, 9, 8, 7, 6, 3, 4)%10)%10 == digit(s, 7) }, true, "", []string{"cédula", "ci", "c.i.", "cedula", "cédula de identidad"}},
	{"uy-rut", "999999999999", func(s []byte) bool {
		return (11-weighted(s, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 11) && string(s[8:11]) == "001"
	}, true, "", []string{"rut", "r.u.t"}},
	{"ve-ci", "A99999999|A9999999", func(s []byte) bool { return s[0] == 'V' || s[0] == 'E' }, false, "", []string{"cédula", "cedula", "ci", "c.i.", "cédula de identidad"}},
	{"ve-rif", "A999999999", func(s []byte) bool {
		kind := bytes.IndexByte([]byte("VEJPG"), s[0]) + 1
		return kind > 0 && "00987654321"[(4*kind+weighted(s[1:], 3, 2, 7, 6, 5, 4, 3, 2))%11] == s[9]
	}, true, "", []string{"rif", "r.i.f", "registro de información fiscal", "registro único de información fiscal"}},
	{"cr-cedula", "999999999|9999999999|9999999", func(s []byte) bool { return (s[0] == '0') == (len(s) == 10) }, false, "", []string{"cpf", "cédula", "cedula", "cédula jurídica", "cédula de identidad", "cédula física", "cédula de persona física"}},
	{"cr-dimex", "99999999999|999999999999", func(s []byte) bool { return s[0] == '1' }, false, "", []string{"foreigners id number", "dimex", "cédula de residencia", "cedula de residencia", "documento migratorio"}},
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
