package identity

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func id(value, rule string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.NationalID, Value: value, Rule: rule}}
}

func bank(value, rule string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.BankAccount, Value: value, Rule: rule}}
}

func dummyID(value, rule string) []detectors.Finding {
	f := id(value, rule)
	f[0].Dummy = true
	return f
}

func born(value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.DateOfBirth, Value: value, Canonical: canonical}}
}

func passport(value string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.Passport, Value: value}}
}

func licence(value string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.DrivingLicence, Value: value}}
}

// cases use specimens that states and standards publish, and made-up numbers.
var cases = []detectortest.Case{
	{Name: "US SSN", Text: "SSN: 078-05-1120", Want: dummyID("078-05-1120", "us-ssn")},
	{Name: "US SSN by its form", Text: "219-09-9999", Want: dummyID("219-09-9999", "us-ssn")},
	{Name: "GB NINO", Text: "QQ 12 34 56 C and NINO: AA 12 34 56 B", Want: id("AA 12 34 56 B", "gb-nino")},
	{Name: "GB NHS", Text: "NHS number 943 476 5919", Want: id("943 476 5919", "gb-nhs")},
	{Name: "ES DNI", Text: "DNI 12345678Z", Want: dummyID("12345678Z", "es-dni")},
	{Name: "ES NIE by its form", Text: "X1234567L", Want: id("X1234567L", "es-nie")},
	{Name: "IT codice fiscale", Text: "RSSMRA85T10A562S", Want: id("RSSMRA85T10A562S", "it-cf")},
	{Name: "FI", Text: "131052-308T", Want: id("131052-308T", "fi-hetu")},
	{Name: "SE", Text: "811228-9874", Want: id("811228-9874", "se-pnr")},
	{Name: "SE twelve digits", Text: "personnummer: 198112289874", Want: id("198112289874", "se-pnr")},
	{Name: "NL BSN", Text: "BSN: 111222333", Want: id("111222333", "nl-bsn")},
	{Name: "PL PESEL", Text: "PESEL 44051401359", Want: id("44051401359", "pl-pesel")},
	{Name: "CH AHV", Text: "756.9217.0769.85", Want: id("756.9217.0769.85", "ch-ahv")},
	{Name: "BR CPF", Text: "111.444.777-35", Want: id("111.444.777-35", "br-cpf")},
	{Name: "BR CPF plain", Text: `{"cpf": "11144477735"}`, Want: id("11144477735", "br-cpf")},
	{Name: "CL RUT", Text: "RUT: 12.345.678-5", Want: id("12.345.678-5", "cl-rut")},
	{Name: "CN", Text: "11010519491231002X", Want: id("11010519491231002X", "cn-ric")},
	{Name: "CN label", Text: "身份证号：11010519491231002X", Want: id("11010519491231002X", "cn-ric")},
	{Name: "SG", Text: "NRIC S1234567D", Want: id("S1234567D", "sg-nric")},
	{Name: "KR", Text: "주민등록번호: 900101-1234567", Want: id("900101-1234567", "kr-rrn")},
	{Name: "birth behind another number", Text: "id,phone,dob\n1,5552671,1987-03-12\n", Whole: true, Only: true, Want: []detectors.Finding{{Kind: detectors.DateOfBirth, Value: "1987-03-12"}}},
	{Name: "column", Text: "name;PESEL\nx;44051401359\n", Whole: true, Only: true, Want: id("44051401359", "pl-pesel")},
	{Name: "wrong check digit", Text: "PESEL 44051401358"},
	{Name: "no word", Text: "44051401359 111222333 9434765919"},
	{Name: "other word", Text: "order 111-22-33334 of 44051401359"},
	{Name: "part of something", Text: "x-078-05-1120-y 078-05-1120.5"},
	{Name: "UUID", Text: "123e4567-e89b-12d3-a456-426614174000"},

	{Name: "passport", Text: "Passport no: X12345678", Want: passport("X12345678")},
	{Name: "German passport", Text: "Reisepass-Nr. C01X00T47", Want: passport("C01X00T47")},
	{Name: "licence", Text: "driver's license number D123-456-78-901", Want: licence("D123-456-78-901")},
	{Name: "Brazilian licence", Text: "CNH: 62472927637", Want: licence("62472927637")},
	{Name: "Brazilian licence with a wrong check digit", Text: "CNH: 62472927636"},
	{Name: "German licence", Text: "Führerschein: B072RRE2I55", Want: licence("B072RRE2I55")},
	{Name: "security of a firm", Text: "driver's license NL0000298933"},
	{Name: "American account", Text: "routing number 061000104 and account number 55779911", Want: append(bank("061000104", "bank-aba"), bank("55779911", "bank-nearby")...)},
	{Name: "routing number with a wrong check digit", Text: "routing number 061000105"},
	{Name: "British account", Text: "Sort code 20-45-77, account no. 55779911", Want: bank("55779911", "bank-nearby")},
	{Name: "Mexican account", Text: "CLABE: 032180000118359719", Want: bank("032180000118359719", "bank-clabe")},
	{Name: "Norwegian account", Text: "Kontonummer 8601.11.17947", Want: bank("8601.11.17947", "bank-no")},
	{Name: "Japanese account", Text: "口座番号：1234567", Want: bank("1234567", "bank-account")},
	{Name: "number of an account's holder", Text: "SSN of the account holder 512345678", Want: id("512345678", "us-ssn")},
	{Name: "grouped number behind an account", Text: "on account of 512-34-5678", Want: id("512-34-5678", "us-ssn")},
	{Name: "account of something else", Text: "Your account number 55779911 with the water works"},
	{Name: "passport without a word", Text: "X12345678"},
	{Name: "zone of a passport", Text: "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10", Line: true, Want: append(passport("L898902C3"), born("740812", "")...)},
	{Name: "zone of a card", Text: "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<", Line: true, Want: append(id("D23145890", "mrz-td1"), born("740812", "")...)},

	{Name: "longer label", Text: "Adoption Taxpayer Identification Number: 900-93-1234", Want: id("900-93-1234", "us-atin")},
	{Name: "letters and dashes", Text: "RIF: V-18470273-4", Want: id("V-18470273-4", "ve-rif")},
	{Name: "four letters and a blank", Text: "RFC: ABCD 700131 XY9", Want: id("ABCD 700131 XY9", "mx-rfc")},
	{Name: "not a year", Text: "BSN 1112.22.333", Want: id("1112.22.333", "nl-bsn")},
	{Name: "letters and dashes without a word", Text: "part V-18470273-4"},

	{Name: "vague label, rare number", Text: "user_id: 44051401359", Want: id("44051401359", "pl-pesel")},
	{Name: "vague label, common number", Text: "user_id: 111222333"},

	{Name: "born ISO", Text: "Date of birth: 1970-01-31", Want: born("1970-01-31", "1970-01-31")},
	{Name: "born German", Text: "geboren am 31.01.1970", Want: born("31.01.1970", "1970-01-31")},
	{Name: "born French", Text: "née le 31 janvier 1970", Want: born("31 janvier 1970", "1970-01-31")},
	{Name: "born US", Text: "DOB 1/31/1970", Want: born("1/31/1970", "1970-01-31")},
	{Name: "born in words", Text: "born on January 31, 1970", Want: born("January 31, 1970", "1970-01-31")},
	{Name: "born with an ordinal", Text: "born 31st of January 1970", Want: born("31st of January 1970", "1970-01-31")},
	{Name: "born Spanish", Text: "fecha de nacimiento: 31 de enero de 1970", Want: born("31 de enero de 1970", "1970-01-31")},
	{Name: "born Japanese", Text: "生年月日：1970年1月31日", Want: born("1970年1月31日", "1970-01-31")},
	{Name: "born JSON", Text: `{"birthDate":"1970-01-31"}`, Want: born("1970-01-31", "1970-01-31")},
	{Name: "some date", Text: "on 1970-01-31 and 31.01.1970"},
	{Name: "no such date", Text: "born 1970-13-41"},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }

func TestChecksNeverLeaveTheirInput(t *testing.T) {
	// Every form of every number, with each digit and letter in all places.
	for f := range known.forms {
		for _, form := range known.forms[f] {
			for d := range 36 {
				s := make([]byte, f)
				for i := range s {
					s[i] = '0' + byte(d%10)
					if form.letters&(1<<i) != 0 || form.either&(1<<i) != 0 && d >= 10 {
						s[i] = 'A' + byte(d%26)
					}
				}
				if check := numbers[form.number].check; check != nil {
					check(s)
				}
			}
		}
	}
}

func TestEnoughCountries(t *testing.T) {
	countries := map[string]bool{}
	for _, n := range stateNumbers {
		countries[n.rule[:2]] = true
	}
	if len(countries) < 50 || len(numbers) > 192 {
		t.Errorf("%d countries, %d numbers", len(countries), len(numbers))
	}
}

func TestCleanTextDoesNotAllocate(t *testing.T) {
	p := &detectors.Part{Text: textbench.Text("source", 64<<10, 1)}
	n := 0
	found := func(detectors.Finding) { n++ }
	d := New()
	if a := testing.AllocsPerRun(5, func() { d.Detect(p, found) }); a > 0 || n > 0 {
		t.Errorf("%v allocations, %d findings", a, n)
	}
}

func BenchmarkDetect(b *testing.B)  { textbench.Run(b, New()) }
func BenchmarkHostile(b *testing.B) { textbench.RunHostile(b, New()) }
