package identity

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// published are examples of their schemes and made-up numbers. Each was compared
// with an independent implementation of its scheme, but those of Iran, Hong Kong,
// Taiwan and Singapore, for which there was none.
var published = map[string][]string{
	"ca-sin": {"123456782", "130692544"}, "mx-curp": {"BOXW310820HNERXN09"}, "gb-nhs": {"9434765870", "9434765919"}, "gb-utr": {"1955839661"},
	"ie-pps": {"6433435F", "6433435OA"}, "fr-nir": {"295109912611193"}, "de-idnr": {"36574261809"}, "ch-ahv": {"7569217076985"},
	"nl-bsn": {"111222333"}, "be-nn": {"85073003328"}, "es-dni": {"54362315K", "12345678Z"}, "es-nie": {"X2482300W", "X1234567L"}, "pt-nif": {"501964843"},
	"it-cf": {"RCCMNL83S18D969H", "RSSMRA85T10A562S"}, "gr-amka": {"01013099997"}, "gr-afm": {"094259216"}, "tr-tckn": {"17291716060"},
	"fi-hetu": {"131052308T"}, "se-pnr": {"8803200016", "8112289874"}, "no-fnr": {"15108695088"}, "is-kennitala": {"4504013150"},
	"ee-ik": {"36805280109"}, "lt-ak": {"33309240064"}, "lv-pk": {"16117519997"}, "pl-pesel": {"44051401359"}, "pl-nip": {"8567346215"},
	"cz-rc": {"7103192745"}, "ro-cnp": {"1630615123457"}, "bg-egn": {"7523169263", "8032056031"}, "hr-oib": {"33392005961"}, "yu-jmbg": {"0101006500006"},
	"ru-inn": {"500100732259", "7707083893"}, "ua-rnokpp": {"1759013776"}, "il-id": {"039337423"}, "za-id": {"7503305044089"}, "ir-nid": {"0499370899"},
	"in-aadhaar": {"234123412346"}, "cn-ric": {"11010519491231002X"}, "hk-hkid": {"G123456A"}, "tw-id": {"A123456789"}, "th-pin": {"1234545678781"},
	// Sum of 1 to 7 times 2, 7, 6, 5, 4, 3, 2 is 106; with 3 more 109, ten more than a multiple of eleven: the last of its letters.
	"sg-nric": {"S1234567D", "M1234567K"},
	"vn-mst":  {"0100233488"}, "au-tfn": {"123456782"}, "nz-ird": {"49098576", "136410132"}, "br-cpf": {"39053344705", "11144477735"},
	"ca-bc-phn": {"9638638215"}, "fr-nif": {"3033207650053"}, "at-svnr": {"1237210780"}, "at-tin": {"984000257"}, "nl-onderwijs": {"105222362"}, "be-eid": {"493231099997"},
	"es-nif": {"L1591811G", "M1278520L"}, "pt-cc": {"080001070ZF8"}, "it-iva": {"30773110157"}, "tr-vkn": {"4747536020"}, "cy-tic": {"45154036P"}, "bg-lnch": {"8611012968"},
	"md-idnp": {"4028600438429"}, "by-unp": {"204989547", "MB1953672"}, "za-tin": {"0249089848"}, "gh-tin": {"V0092864104"}, "mu-nid": {"F3112591234567"}, "mz-nuit": {"706336842"},
	"in-vid": {"6311249123412341"}, "in-epic": {"WWM1186253"}, "id-npwp": {"020987004012055"}, "ec-ruc": {"1712000346002"}, "py-ruc": {"604000200"}, "gt-nit": {"64468747", "972981K"},
	"sv-nit": {"06140807471048", "06140507075027"}, "uy-rut": {"211429310011"}, "ve-rif": {"V184702734"},
	"ar-cuit": {"20055361682"}, "cl-rut": {"125319092"}, "co-nit": {"2131234321"}, "do-cedula": {"00113918205"}, "ec-ci": {"1714307103"}, "pe-ruc": {"20512333797"},
}

// checkAt is where the check character stands, if it is not the last.
var checkAt = map[string]int{"gb-utr": 0, "is-kennitala": 8, "ie-pps": 7, "id-npwp": 8, "ec-ruc": 9}

// TestCheckDigits wants each number to pass, and none with another check character.
func TestCheckDigits(t *testing.T) {
	for rule, valid := range published {
		i := slices.IndexFunc(numbers, func(n number) bool { return n.rule == rule })
		if i < 0 || !numbers[i].sum {
			t.Errorf("%s: no such scheme with check digits", rule)
			continue
		}
		for k, s := range valid {
			if !numbers[i].check([]byte(s)) {
				t.Errorf("%s %d: refused", rule, k)
			}
			b := []byte(s)
			at, ok := checkAt[rule]
			if !ok {
				at = len(b) - 1
			}
			last := b[at]
			from, to := byte('0'), byte('9')
			if last > '9' {
				from, to = 'A', 'Z'
			}
			for c := from; c <= to; c++ {
				if b[at] = c; c != last && numbers[i].check(b) {
					t.Errorf("%s %d: passes with %q for its check character", rule, k, c)
				}
			}
		}
	}
}

func TestLabelsOfOtherThings(t *testing.T) {
	for name, want := range map[string]bool{"id": true, "ID": true, "customer_national_id": true, "nationalId": true, "Steuer-ID": true, "_AdHocReviewCycleID": false, "order_id": false} {
		if _, ok := inLabel(idWord, []byte(name)); ok != want {
			t.Errorf("%s: %t, want %t", name, ok, want)
		}
	}
}

// TestRare draws numbers of the forms of schemes that are called rare.
func TestRare(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	const draws = 20000
	for i, n := range numbers {
		if !known.rare.has(i) || !n.sum || n.check == nil {
			continue
		}
		passed := 0
		form, _, _ := strings.Cut(n.form, "|")
		for range draws {
			s := []byte(form)
			for k, b := range s {
				if s[k] = '0' + byte(r.IntN(10)); b == 'A' || b == 'X' && r.IntN(2) == 0 {
					s[k] = 'A' + byte(r.IntN(26))
				}
			}
			if n.check(s) {
				passed++
			}
		}
		if limit := draws / 45; passed > limit && !strings.Contains(form, "A") {
			t.Errorf("%s: %d of %d pass", n.rule, passed, draws)
		}
	}
}
