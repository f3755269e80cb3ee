package identity

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Bank accounts that are no IBAN are numbers behind words, as those of states are,
// so that they stand in the same table; their rules begin with bankPrefix.
const (
	bankPrefix = "bank-"
	bankNearby = "bank-nearby"
)

// accountForms are runs of 7 to 17 digits: what banks number accounts with.
const accountForms = "9999999|99999999|999999999|9999999999|99999999999|999999999999|9999999999999|99999999999999|999999999999999|9999999999999999|99999999999999999"

var bankNumbers = []number{
	{"bank-aba", "999999999", aba, true, "", []string{"routing", "routing number", "routing no", "routing transit number", "aba", "aba number", "aba routing", "aba routing number", "rtn", "ach routing"}},
	{"bank-clabe", "999999999999999999", clabe, true, "", []string{"clabe", "clabe interbancaria", "cuenta clabe"}},
	{"bank-no", "99999999999", func(s []byte) bool {
		return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%11 == digit(s, 10)
	}, true, "4-2-5", []string{"kontonummer", "kontonr", "kontonr.", "bankkonto"}},
	{"bank-account", accountForms, various, false, "", []string{
		"bank account", "bank account no", "bank account nr", "bank account number", "bank acct", "bank a/c", "checking account", "checking account number", "savings account", "savings account number", "current account number",
		"bankkonto", "bankkontonummer", "bankkonto nr", "bankrekening", "bankrekeningnummer", "compte bancaire", "numéro de compte bancaire", "cuenta bancaria", "número de cuenta bancaria", "cuenta corriente", "conta bancária", "conta corrente", "conto corrente", "conto corrente bancario",
		"rachunek bankowy", "rachunku bankowego", "číslo účtu", "bankszámlaszám", "cont bancar", "банковский счет", "банковский счёт", "расчетный счет", "расчётный счёт", "лицевой счет", "номер счета", "номер счёта", "banka hesap no",
		"银行账号", "银行账户", "银行卡号", "銀行帳號", "銀行口座", "口座番号", "普通預金", "当座預金", "계좌번호", "은행계좌", "رقم الحساب", "חשבון בנק", "מספר חשבון", "बैंक खाता", "खाता संख्या", "số tài khoản", "nomor rekening", "no rekening", "เลขที่บัญชี",
	}},
	{bankNearby, accountForms, various, false, "", []string{"account", "account no", "account nr", "account number", "acct", "acct no", "acct number", "a/c", "a/c no", "a/c number", "konto", "konto nr", "kontonummer", "compte", "numéro de compte", "cuenta", "número de cuenta", "conta", "rekening", "rekeningnummer"}},
}

// bankWords stand beside an account that is one of a bank.
var bankWords = textscan.NewWords("sort code", "sortcode", "bsb", "routing", "routing number", "aba", "ifsc", "ifsc code", "swift", "swift code", "bic", "transit number", "transit no", "institution number", "bank", "bank name", "banque", "banco", "banca", "blz", "bankleitzahl", "agência", "agencia", "branch code", "direct deposit", "wire transfer", "sparkasse", "volksbank", "beneficiary", "payee")

// byBank reports whether a word for banks stands within three reaches before start.
func (s *scan) byBank(start int) bool {
	for at := start; at > 0 && start-at < 3*textscan.Reach; at -= textscan.Reach {
		if _, ok := bankWords.Before(s.text, at); ok {
			return true
		}
	}
	return false
}

// beforeBank is a word for a number of a state before the one for an account that
// stands next to start: "SSN of the account holder: ...".
func (s *scan) beforeBank(start int) (string, bool) {
	if s.inColumn(start) {
		return "", false
	}
	c, ok := s.words.Before(idWord, start)
	if !ok {
		return "", false
	}
	c, ok = s.words.Before(idWord, c.At)
	return c.Word, ok && c.At >= start-textscan.Reach && !known.bank[c.Word]
}

// kindOf is the kind of what a rule of the table finds.
func kindOf(rule string) detectors.Kind {
	if strings.HasPrefix(rule, bankPrefix) {
		return detectors.BankAccount
	}
	return detectors.NationalID
}

// aba is the check digit of an American routing number, behind the two digits of a
// Federal Reserve district, with what is added to them for thrifts and for payments.
func aba(s []byte) bool {
	district := num(s[:2])
	return (district <= 12 || district >= 21 && district <= 32 || district >= 61 && district <= 72) && various(s) && weighted(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0
}

// clabe is the check digit of a Mexican account (Banco de México).
func clabe(s []byte) bool {
	sum := 0
	for i := range 17 {
		sum += digit(s, i) * [3]int{3, 7, 1}[i%3] % 10
	}
	return (10-sum%10)%10 == digit(s, 17) && various(s)
}

// various reports whether not all of s is the same.
func various(s []byte) bool { return strings.Count(string(s), string(s[:1])) < len(s) }
