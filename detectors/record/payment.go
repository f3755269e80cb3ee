package record

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/column"
	"habeas/detectors/field"
)

// maxTxn bounds the bytes of a row that are called one payment.
const maxTxn = 400

// parties are the meanings of columns that say who pays or is paid.
var parties = setOf(column.Sender, column.Recipient, column.Holder, column.FullName, column.LastName, column.FirstName, column.Name)

// payment reports a row that says who paid what and when: an amount of money in a
// known currency, a date, and a name or a purpose. Anything less is a table of
// numbers.
func (s *scan) payment() {
	var amount, date *entry
	currency := ""
	for i := range s.fields {
		f := &s.fields[i]
		switch f.means {
		case column.Amount:
			if amount == nil && isAmount(s.value(f.Cell)) {
				amount = f
			}
		case column.Date:
			if date == nil && isDate(s.value(f.Cell)) {
				date = f
			}
		case column.Currency:
			if v := s.value(f.Cell); isCurrency(v) {
				currency = v
			}
		}
	}
	if amount == nil || date == nil {
		return
	}
	if currency == "" && !amount.money && !inCurrency(s.value(amount.Cell)) {
		return
	}
	party := s.party()
	if party == nil {
		return
	}
	start, end := min(amount.Start, date.Start, party.Start), max(amount.End, date.End, party.End)
	if end-start > maxTxn {
		start, end = amount.Start, amount.End
	}
	s.found(detectors.Finding{Kind: detectors.PaymentTxn, Value: string(s.part.Text[start:end]), Start: start, End: end, Confidence: 0.75,
		Rule: "payment-columns", Why: "a row with the columns for a date, an amount of money, its currency and a name"})
}

// party is the first field that says who pays or is paid, nil if none does.
func (s *scan) party() *entry {
	for i := range s.fields {
		f := &s.fields[i]
		if !parties.has(f.means) {
			continue
		}
		if v := s.value(f.Cell); couldBeName(clean(v)) && field.Judge(v) >= field.Company {
			return f
		}
	}
	return nil
}

// isAmount: digits with separators and perhaps a currency, not a bare zero.
func isAmount(v string) bool {
	if len(v) > 32 {
		return false
	}
	digits := 0
	for _, r := range v {
		switch {
		case r >= '1' && r <= '9':
			digits++
		case r == '/' || r == ':' || r == '_' || r == '@':
			return false
		}
	}
	if bare(v) {
		return digits > 0
	}
	letters := strings.Trim(v, "0123456789.,-+ '()\u00a0€$£¥₹₽")
	return digits > 0 && (letters == "" || isCurrency(letters))
}

// bare reports whether v is a number and nothing else: digits and their separators.
func bare(v string) bool {
	for i := range len(v) {
		if b := v[i]; b-'0' >= 10 && b != '.' && b != ',' && b != '-' && b != '+' {
			return false
		}
	}
	return true
}

// isDate: two signs of a date between digits, or its eight digits.
func isDate(v string) bool {
	if len(v) < 6 || len(v) > 40 || v[0] < '0' || v[0] > '9' {
		return false
	}
	return strings.Count(v, "-") >= 2 || strings.Count(v, ".") >= 2 || strings.Count(v, "/") >= 2 || len(v) == 8 && strings.Trim(v, "0123456789") == "" || !timeOf(v).IsZero() || strings.ContainsAny(v, "年월")
}

// currencies are the codes of ISO 4217 in use, and common signs.
var currencies = set(`AED|AFN|ALL|AMD|AOA|ARS|AUD|AWG|AZN|BAM|BBD|BDT|BGN|BHD|BIF|BMD|BND|BOB|BRL|BSD|BTN|BWP|BYN|BZD|CAD|CDF|CHF|CLP|CNY|COP|CRC|CUP|CVE|CZK|DJF|DKK|DOP|DZD|EGP|ERN|ETB|EUR|FJD|FKP|GBP|GEL|GHS|GIP|GMD|GNF|GTQ|GYD|HKD|HNL|HTG|HUF|IDR|ILS|INR|IQD|IRR|ISK|JMD|JOD|JPY|KES|KGS|KHR|KMF|KPW|KRW|KWD|KYD|KZT|LAK|LBP|LKR|LRD|LSL|LYD|MAD|MDL|MGA|MKD|MMK|MNT|MOP|MRU|MUR|MVR|MWK|MXN|MYR|MZN|NAD|NGN|NIO|NOK|NPR|NZD|OMR|PAB|PEN|PGK|PHP|PKR|PLN|PYG|QAR|RON|RSD|RUB|RWF|SAR|SBD|SCR|SDG|SEK|SGD|SHP|SLE|SOS|SRD|SSP|STN|SVC|SYP|SZL|THB|TJS|TMT|TND|TOP|TRY|TTD|TWD|TZS|UAH|UGX|USD|UYU|UZS|VES|VND|VUV|WST|XAF|XCD|XOF|XPF|YER|ZAR|ZMW|ZWG|HRK|BTC|ETH|€|$|£|¥|₹|₽|kr|zł|Kč|Ft|CHF|Fr|R$|US$`)

func isCurrency(v string) bool {
	v = strings.TrimSpace(v)
	return currencies[v] || len(v) == 3 && currencies[strings.ToUpper(v)]
}

// inCurrency reports whether one word of v is a currency: "12.50 EUR", "Betrag (EUR)", "€12".
func inCurrency(v string) bool {
	if bare(v) {
		return false
	}
	if strings.ContainsAny(v, "€$£¥₹₽") {
		return true
	}
	for w := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("0123456789.,-+ ()[]_'\u00a0", r) }) {
		if isCurrency(w) {
			return true
		}
	}
	return false
}
