package identity

import "bytes"

// number is one kind of national number.
type number struct {
	rule   string // country and name
	form   string // 9 a digit, A a letter, X either; a bar parts forms
	check  func(s []byte) bool
	sum    bool   // check knows check digits, not only dates and ranges
	alone  string // how digits must be grouped to be known without a word ("3-2-4"), "*" for any way, "" for never
	labels []string
}

// any word of these labels every number that has check digits.
var anyID = []string{"id", "id no", "id number", "national id", "national identity number", "identity number", "identification number", "personal number", "personal id", "personal identity code", "personal code", "citizen id", "tax id", "tax number", "taxpayer", "tin", "social security number", "ausweisnummer", "identité", "identidad", "identificación", "documento", "documento de identidad"}

// numbers are all that are known. Schemes are those that the states publish.
var numbers = []number{
	// North America
	{"us-ssn", "999999999", func(s []byte) bool {
		return s[0] != '9' && string(s[:3]) != "000" && string(s[:3]) != "666" && string(s[3:5]) != "00" && string(s[5:]) != "0000"
	}, false, "3-2-4", []string{"ssn", "ssns", "social security", "social security no", "social security number", "soc sec", "ss no", "ss#"}},
	{"us-itin", "999999999", func(s []byte) bool { return s[0] == '9' && s[3] >= '5' }, false, "", []string{"itin", "taxpayer identification number", "individual taxpayer"}},
	{"ca-sin", "999999999", func(s []byte) bool { return s[0] != '0' && s[0] != '8' && luhn(s) }, true, "", []string{"sin", "social insurance number", "social insurance", "nas", "numéro d'assurance sociale"}},
	{"mx-curp", "AAAA999999AAAAAAX9|AAAA999999AAAAAA99", func(s []byte) bool {
		const abc = "0123456789ABCDEFGHIJKLMN#OPQRSTUVWXYZ"
		sum := 0
		for i, b := range s[:17] {
			sum += bytes.IndexByte([]byte(abc), b) * (18 - i)
		}
		return (10-sum%10)%10 == digit(s, 17) && (s[10] == 'H' || s[10] == 'M' || s[10] == 'X') && yymmdd(s[4:])
	}, true, "*", []string{"curp"}},
	{"mx-rfc", "AAAA999999XXX", func(s []byte) bool { return yymmdd(s[4:]) }, false, "", []string{"rfc"}},
	// British Isles
	{"gb-nino", "AA999999A", func(s []byte) bool {
		return bytes.IndexByte([]byte("DFIQUV"), s[0]) < 0 && bytes.IndexByte([]byte("DFIOQUV"), s[1]) < 0 && s[8] <= 'D' &&
			!bytes.Contains([]byte("BG GB KN NK NT TN ZZ"), s[:2])
	}, false, "*", []string{"nino", "national insurance", "national insurance number", "ni number", "ni no"}},
	{"gb-nhs", "9999999999", func(s []byte) bool {
		return (11-weighted(s, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 9)
	}, true, "", []string{"nhs", "nhs number", "nhs no"}},
	{"gb-utr", "9999999999", func(s []byte) bool {
		return "21987654321"[weighted(s[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == s[0]
	}, true, "", []string{"utr", "unique taxpayer reference"}},
	{"ie-pps", "9999999A|9999999AA", func(s []byte) bool {
		sum := weighted(s, 8, 7, 6, 5, 4, 3, 2)
		if len(s) == 9 && s[8] != 'W' {
			sum += int(s[8]-'A'+1) * 9
		}
		return "WABCDEFGHIJKLMNOPQRSTUV"[sum%23] == s[7]
	}, true, "", []string{"pps", "ppsn", "pps no", "pps number"}},
	// Western Europe
	{"fr-nir", "999999999999999|999999A99999999|99999AA99999999", france, true, "", []string{"nir", "sécurité sociale", "numéro de sécurité sociale", "n° de sécurité sociale", "insee", "numéro insee", "nss", "sécu"}},
	{"de-idnr", "99999999999", func(s []byte) bool { return s[0] != '0' && iso11_10(s) }, true, "", []string{"steuer id", "steuerid", "idnr", "steuerliche identifikationsnummer", "steueridentifikationsnummer", "identifikationsnummer", "steuernummer", "tin", "tax id"}},
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
	{"at-svnr", "9999999999", func(s []byte) bool {
		return (weighted(s, 3, 7, 9)+weighted(s[4:], 5, 8, 4, 2, 1, 6))%11 == digit(s, 3) && s[0] != '0' && num(s[4:6]) <= 31
	}, true, "", []string{"svnr", "sv nr", "sv nummer", "sozialversicherungsnummer", "vsnr"}},
	{"ch-ahv", "9999999999999", func(s []byte) bool {
		return string(s[:3]) == "756" && weighted(s, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1)%10 == 0
	}, true, "3-4-4-2", []string{"ahv*", "avs", "no avs", "navs13", "ahvn13", "sozialversicherungsnummer"}},
	{"nl-bsn", "999999999", func(s []byte) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, -1)%11 == 0 && string(s) != "000000000"
	}, true, "", []string{"bsn", "burgerservicenummer", "sofinummer", "sofi", "bsn nummer", "persoonsnummer"}},
	{"be-nn", "99999999999", func(s []byte) bool {
		n := num(s[:9])
		return (97-n%97 == num(s[9:]) || 97-(2e9+n)%97 == num(s[9:])) && num(s[2:4])%20 <= 12
	}, true, "2-2-2-3-2", []string{"rijksregisternummer", "rijksregister", "rrn", "nationaal nummer", "numéro national", "numéro de registre national", "registre national", "insz", "niss", "nationalregisternummer", "identificatienummer"}},
	{"lu-matricule", "9999999999999", func(s []byte) bool {
		return (s[0] == '1' || s[0] == '2') && yymmdd(s[2:]) && luhn(s[:12]) && verhoeff(append(append([]byte{}, s[:11]...), s[12]))
	}, true, "", []string{"matricule", "numéro d'identification national"}},
	// Southern Europe
	{"es-dni", "99999999A", spain, true, "*", []string{"dni", "nif", "d n i", "documento nacional de identidad"}},
	{"es-nie", "A9999999A", func(s []byte) bool { return s[0] >= 'X' && spain(s) }, true, "*", []string{"nie", "nif", "n i e"}},
	{"pt-nif", "999999999", func(s []byte) bool {
		return bytes.IndexByte([]byte("12345689"), s[0]) >= 0 && (11-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == digit(s, 8)
	}, true, "", []string{"nif", "contribuinte", "número de contribuinte", "n contribuinte", "número fiscal"}},
	{"it-cf", "AAAAAA99A99A999A", italy, true, "*", []string{"codice fiscale", "cf", "c f", "cod fiscale", "cod fisc"}},
	{"gr-amka", "99999999999", func(s []byte) bool { return ddmmyy(s) && luhn(s) }, true, "", []string{"αμκα", "amka"}},
	{"gr-afm", "999999999", func(s []byte) bool {
		return weighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == digit(s, 8)
	}, true, "", []string{"αφμ", "afm", "α.φ.μ"}},
	{"mt-id", "9999999A", nil, false, "", []string{"id card no", "karta tal-identità", "id card number"}},
	{"tr-tckn", "99999999999", turkey, true, "", []string{"tckn", "tc kimlik*", "t.c. kimlik no", "tc no", "kimlik no", "kimlik numarası", "tc"}},
	{"cy-tic", "99999999A", nil, false, "", []string{"αριθμός φορολογικής ταυτότητας", "tic number"}},
	// Northern Europe
	{"fi-hetu", "999999999X|999999A999X", func(s []byte) bool {
		n := num(s[:6])*1000 + num(s[len(s)-4:len(s)-1])
		return ddmmyy(s) && "0123456789ABCDEFHJKLMNPRSTUVWXY"[n%31] == s[len(s)-1] && (len(s) == 10 || bytes.IndexByte([]byte("ABCDEFUVWXY"), s[6]) >= 0)
	}, true, "6-4", []string{"hetu", "henkilötunnus", "henkilötunnukseni", "personbeteckning"}},
	{"se-pnr", "9999999999|999999999999", swede, true, "6-4|8-4", []string{"personnummer", "personnr", "pnr", "samordningsnummer", "pn"}},
	{"no-fnr", "99999999999", norway, true, "6-5", []string{"fødselsnummer", "fodselsnummer", "fnr", "personnummer", "d nummer"}},
	{"dk-cpr", "9999999999", ddmmyy, false, "", []string{"cpr", "cpr nr", "cpr nummer", "personnummer"}},
	{"is-kennitala", "9999999999", func(s []byte) bool {
		return (11-weighted(s, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 8) && date(num(s[2:4]), num(s[:2])%40)
	}, true, "", []string{"kennitala", "kt"}},
	{"ee-ik", "99999999999", baltic, true, "", []string{"isikukood", "ik"}},
	{"lt-ak", "99999999999", baltic, true, "", []string{"asmens kodas", "a k", "asmens kodo"}},
	{"lv-pk", "99999999999", func(s []byte) bool {
		return string(s[:2]) == "32" || ddmmyy(s) && (1101-weighted(s, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2))%11%10 == digit(s, 10)
	}, true, "", []string{"personas kods", "p k"}},
	// Central and Eastern Europe
	{"pl-pesel", "99999999999", func(s []byte) bool {
		return (10-weighted(s, 1, 3, 7, 9, 1, 3, 7, 9, 1, 3)%10)%10 == digit(s, 10) && date(num(s[2:4])%20, num(s[4:6]))
	}, true, "", []string{"pesel", "nr pesel", "numer pesel"}},
	{"pl-nip", "9999999999", func(s []byte) bool {
		return weighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == digit(s, 9)
	}, true, "", []string{"nip", "numer identyfikacji podatkowej"}},
	{"pl-dowod", "AAA999999", func(s []byte) bool {
		v := func(i int) int { return int(s[i]-'A') + 10 }
		return (v(0)*7+v(1)*3+v(2)+weighted(s[4:], 7, 3, 1, 7, 3))%10 == digit(s, 3)
	}, true, "", []string{"dowód*", "dowodu", "nr dowodu", "dowód osobisty", "seria i numer"}},
	{"cz-rc", "9999999999|999999999", func(s []byte) bool {
		m := num(s[2:4]) % 50
		if m > 20 {
			m -= 20
		}
		return date(m, num(s[4:6])) && (len(s) == 9 || num(s)%11 == 0 || num(s[:9])%11 == 10 && s[9] == '0')
	}, true, "", []string{"rodné číslo", "rodne cislo", "rč", "r č", "rodného čísla", "r.č"}},
	{"hu-taj", "999999999", func(s []byte) bool { return weighted(s, 3, 7, 3, 7, 3, 7, 3, 7)%10 == digit(s, 8) }, true, "", []string{"taj", "taj szám", "tajszám"}},
	{"hu-tax", "9999999999", func(s []byte) bool {
		return s[0] == '8' && weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9)%11 == digit(s, 9)
	}, true, "", []string{"adóazonosító*", "adóazonosító jel"}},
	{"ro-cnp", "9999999999999", func(s []byte) bool {
		c := weighted(s, 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		return min(c, 10)%11 == digit(s, 12)+9*b2i(c == 10) && yymmdd(s[1:]) && s[0] != '0'
	}, true, "", []string{"cnp", "cod numeric personal"}},
	{"bg-egn", "9999999999", func(s []byte) bool {
		return weighted(s, 2, 4, 8, 5, 10, 9, 7, 3, 6)%11%10 == digit(s, 9) && date(num(s[2:4])%20, num(s[4:6]))
	}, true, "", []string{"егн", "egn"}},
	{"hr-oib", "99999999999", iso11_10, true, "", []string{"oib", "osobni identifikacijski broj"}},
	{"yu-jmbg", "9999999999999", func(s []byte) bool {
		return (11-weighted(s, 7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 12) && ddmmyy(s)
	}, true, "", []string{"jmbg", "јмбг", "emšo", "emso", "ембг", "embg"}},
	{"al-nid", "A99999999A", nil, false, "", []string{"nid", "numri personal", "nipt"}},
	{"ru-inn", "999999999999|9999999999", func(s []byte) bool {
		if len(s) == 10 {
			return weighted(s, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 9)
		}
		return weighted(s, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 10) && weighted(s, 3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)%11%10 == digit(s, 11)
	}, true, "", []string{"инн", "inn"}},
	{"ru-snils", "99999999999", func(s []byte) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2, 1)%101%100 == num(s[9:])
	}, true, "3-3-3-2", []string{"снилс", "snils"}},
	{"ua-rnokpp", "9999999999", func(s []byte) bool {
		return ((weighted(s, -1, 5, 7, 9, 4, 6, 10, 5, 7)%11+11)%11)%10 == digit(s, 9)
	}, true, "", []string{"рнокпп", "іпн", "ідентифікаційний код", "ідентифікаційний номер", "инн"}},
	{"kz-iin", "999999999999", func(s []byte) bool {
		c := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) % 11
		if c == 10 {
			c = weighted(s, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2) % 11
		}
		return c == digit(s, 11) && yymmdd(s)
	}, true, "", []string{"иин", "жсн", "iin"}},
	// Middle East and Africa
	{"il-id", "999999999", luhn, true, "", []string{"תעודת זהות", "ת.ז", "ת״ז", `ת"ז`, "מספר זהות", "teudat zehut"}},
	{"za-id", "9999999999999", func(s []byte) bool { return yymmdd(s) && s[10] <= '2' && luhn(s) }, true, "", []string{"south african id", "sa id", "rsa id", "id no", "id number", "identity number"}},
	{"eg-nid", "99999999999999", func(s []byte) bool { return (s[0] == '2' || s[0] == '3') && yymmdd(s[1:]) }, false, "", []string{"الرقم القومي", "رقم قومي", "national id"}},
	{"ae-eid", "999999999999999", func(s []byte) bool { return string(s[:3]) == "784" && luhn(s) }, true, "3-4-7-1", []string{"emirates id", "الهوية", "رقم الهوية"}},
	{"sa-nid", "9999999999", func(s []byte) bool { return (s[0] == '1' || s[0] == '2') && luhn(s) }, true, "", []string{"الهوية الوطنية", "رقم الهوية", "iqama", "إقامة"}},
	{"ng-nin", "99999999999", nil, false, "", []string{"nin", "national identification number"}},
	{"ir-nid", "9999999999", func(s []byte) bool {
		c := weighted(s, 10, 9, 8, 7, 6, 5, 4, 3, 2) % 11
		return c < 2 && c == digit(s, 9) || c >= 2 && 11-c == digit(s, 9)
	}, true, "", []string{"کد ملی", "شماره ملی", "کدملی"}},
	// Asia and the Pacific
	{"in-aadhaar", "999999999999", func(s []byte) bool { return s[0] >= '2' && verhoeff(s) }, true, "", []string{"aadhaar", "aadhar", "aadhaar no", "uid", "uidai", "आधार"}},
	{"in-pan", "AAAAA9999A", func(s []byte) bool { return bytes.IndexByte([]byte("PCHABGJLFT"), s[3]) >= 0 }, false, "", []string{"pan", "pan no", "pan number", "pan card", "permanent account number"}},
	{"pk-cnic", "9999999999999", nil, false, "", []string{"cnic", "nic", "شناختی کارڈ"}},
	{"lk-nic", "999999999A", func(s []byte) bool { return s[9] == 'V' || s[9] == 'X' }, false, "", []string{"nic", "nic no"}},
	{"cn-ric", "99999999999999999X", func(s []byte) bool { return yymmdd(s[8:]) && num(s[6:8]) >= 18 && num(s[6:8]) <= 20 && iso11_2(s) }, true, "*", []string{"身份证*", "身份证号", "身份证号码", "公民身份号码", "resident identity"}},
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
	}, true, "", []string{"hkid", "香港身份證", "身份證", "身份證號碼"}},
	{"tw-id", "A999999999", taiwan, true, "", []string{"身分證", "身分證字號", "身份證字號", "統一編號"}},
	{"kr-rrn", "9999999999999", func(s []byte) bool { return yymmdd(s) && s[6] >= '1' && s[6] <= '8' }, false, "", []string{"주민등록번호", "주민번호", "외국인등록번호", "rrn"}},
	{"jp-mynumber", "999999999999", func(s []byte) bool {
		c := weighted(s, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2) % 11
		return c <= 1 && s[11] == '0' || c > 1 && 11-c == digit(s, 11)
	}, true, "", []string{"マイナンバー", "個人番号", "my number"}},
	{"my-nric", "999999999999", yymmdd, false, "", []string{"mykad", "nric", "kad pengenalan", "no kp", "no k/p"}},
	{"sg-nric", "A9999999A", singapore, true, "", []string{"nric", "fin", "nric no"}},
	{"th-pin", "9999999999999", func(s []byte) bool {
		return s[0] != '0' && (11-weighted(s, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s, 12)
	}, true, "1-4-5-2-1", []string{"เลขประจำตัวประชาชน", "บัตรประชาชน", "เลขบัตรประชาชน", "ประจำตัวประชาชน"}},
	{"id-nik", "9999999999999999", func(s []byte) bool { return date(num(s[8:10]), num(s[6:8])%40) }, false, "", []string{"nik", "ktp", "no ktp", "nomor induk kependudukan"}},
	{"vn-mst", "9999999999|9999999999999", func(s []byte) bool {
		return 10-weighted(s, 31, 29, 23, 19, 17, 13, 7, 5, 3)%11 == digit(s, 9)
	}, true, "", []string{"mã số thuế", "mst"}},
	{"vn-cccd", "999999999999", func(s []byte) bool { return s[0] == '0' }, false, "", []string{"cccd", "căn cước công dân", "số cccd", "cmnd"}},
	{"au-tfn", "999999999|99999999", func(s []byte) bool {
		if len(s) == 8 {
			return weighted(s, 10, 7, 8, 4, 6, 3, 5, 1)%11 == 0
		}
		return weighted(s, 1, 4, 3, 7, 5, 8, 6, 9, 10)%11 == 0
	}, true, "", []string{"tfn", "tax file number"}},
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
	}, true, "", []string{"ird", "ird number", "ird no"}},
	// South and Central America
	{"br-cpf", "99999999999", brazil, true, "3-3-3-2", []string{"cpf", "cpf nº"}},
	{"ar-cuit", "99999999999", func(s []byte) bool {
		return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 10) && (s[0] == '2' || s[0] == '3')
	}, true, "2-8-1", []string{"cuit", "cuil", "cuit cuil"}},
	{"ar-dni", "99999999|9999999", nil, false, "", []string{"dni"}},
	{"cl-rut", "99999999X|9999999X", func(s []byte) bool { return (s[len(s)-1] <= '9' || s[len(s)-1] == 'K') && chile(s) }, true, "", []string{"rut", "run", "r u t"}},
	{"co-nit", "9999999999|999999999", func(s []byte) bool {
		sum := 0
		for i, w := range []int{3, 7, 13, 17, 19, 23, 29, 37, 41}[:len(s)-1] {
			sum += digit(s, len(s)-2-i) * w
		}
		return "01987654321"[sum%11] == s[len(s)-1]
	}, true, "", []string{"nit"}},
	{"co-cc", "9999999999|99999999", nil, false, "", []string{"cédula de ciudadanía", "cedula de ciudadania", "c.c.", "cc no"}},
	{"do-cedula", "99999999999", func(s []byte) bool { return luhn(s) }, true, "", []string{"cédula", "cedula", "cédula de identidad"}},
	{"ec-ci", "9999999999", func(s []byte) bool {
		p := num(s[:2])
		return (p >= 1 && p <= 24 || p == 30) && s[2] < '6' && luhn(s)
	}, true, "", []string{"cédula", "cedula", "ci", "cédula de identidad"}},
	{"pe-dni", "99999999", nil, false, "", []string{"dni"}},
	{"pe-ruc", "99999999999", func(s []byte) bool {
		return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == digit(s, 10) && (s[0] == '1' || s[0] == '2')
	}, true, "", []string{"ruc"}},
	{"uy-ci", "99999999", func(s []byte) bool { return (10-weighted(s, 2, 9, 8, 7, 6, 3, 4)%10)%10 == digit(s, 7) }, true, "", []string{"cédula", "ci", "c.i.", "cedula"}},
	{"ve-ci", "A99999999|A9999999", func(s []byte) bool { return s[0] == 'V' || s[0] == 'E' }, false, "", []string{"cédula", "cedula", "ci", "c.i."}},
	{"cr-cedula", "999999999", func(s []byte) bool { return s[0] != '0' }, false, "", []string{"cédula", "cedula", "cédula jurídica"}},
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
