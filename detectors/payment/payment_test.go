package payment

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func card(value string, dummy bool) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.PaymentCard, Value: value, Dummy: dummy}}
}

func iban(value, canonical string, dummy bool) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.IBAN, Value: value, Canonical: canonical, Dummy: dummy}}
}

func masked(value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.PaymentCard, Value: value, Canonical: canonical, Rule: ruleMasked}}
}

// cases hold published test numbers, and made-up ones with right check digits.
var cases = []detectortest.Case{
	{Name: "Visa in fours", Text: "4111 1111 1111 1111", Want: card("4111 1111 1111 1111", true)},
	{Name: "Mastercard with dashes", Text: "5555-5555-5555-4444", Want: card("5555-5555-5555-4444", true)},
	{Name: "Amex 4-6-5", Text: "3782 822463 10005", Want: card("3782 822463 10005", true)},
	{Name: "Amex plain", Text: "378282246310005", Want: card("378282246310005", true)},
	{Name: "Discover", Text: "6011-0009-9013-9424", Want: card("6011-0009-9013-9424", true)},
	{Name: "made up", Text: "5427 6401 2290 1132", Want: card("5427 6401 2290 1132", false)},
	{Name: "no-break spaces", Text: "4111\u00a01111\u00a01111\u00a01111", Want: card("4111\u00a01111\u00a01111\u00a01111", true)},
	{Name: "JSON", Text: `{"pan":"4242424242424242"}`, Want: card("4242424242424242", true)},
	{Name: "line end of JSON", Text: `{"note":"card 4242424242424242\r\nexpires soon"}`, Want: card("4242424242424242", true)},
	{Name: "query", Text: "cc=4242424242424242&cvv=", Want: card("4242424242424242", true)},
	{Name: "Diners with a word", Text: "card: 30569309025904", Want: card("30569309025904", true)},
	{Name: "short Visa with a word", Text: "VISA 4222222222222", Want: card("4222222222222", true)},
	{Name: "Japanese label", Text: "カード番号：4242424242424242", Want: card("4242424242424242", true)},
	{Name: "column", Text: "name;card;cvv\nx;30569309025904;123\n", Whole: true, Only: true, Want: card("30569309025904", true)},
	{Name: "two after each other", Text: "4111 1111 1111 1111, 5555 5555 5555 4444", Want: append(card("4111 1111 1111 1111", true), card("5555 5555 5555 4444", true)...)},
	{Name: "longer than what is one by chance", Text: "card 6304 0000 0000 0000", Want: card("6304 0000 0000 0000", true)},
	{Name: "masked", Text: "card 4111 11** **** 1111", Want: masked("4111 11** **** 1111", "411111XXXXXX1111")},
	{Name: "masked, without a word", Text: "(411111******1111)", Want: masked("411111******1111", "411111XXXXXX1111")},
	{Name: "masked by letters", Text: "(411111XXXXXX1111)", Only: true, Line: true, Want: masked("411111XXXXXX1111", "411111XXXXXX1111")},
	{Name: "hidden by letters alone", Text: "card fraud, XXX-XX-1111 and XXXX-XXXX-XXXX-1111", Line: true},
	{Name: "masked by points", Text: "Kreditkarte •••• 1111", Only: true, Line: true, Want: masked("•••• 1111", "XXXX1111")},
	{Name: "last four", Text: "charged to your Visa card ending in 1111.", Only: true, Line: true, Want: masked("1111", "X1111")},
	{Name: "last four in German", Text: "Ihre Karte endet auf 1111", Only: true, Line: true, Want: masked("1111", "X1111")},
	{Name: "masked account", Text: "account ****1111 and SSN ***-**-1111", Line: true},
	{Name: "year that ends something", Text: "the season ending in 2008, 3 *2001 and x2002", Line: true},
	{Name: "product", Text: "4 * 1024 * 2048 and 0xxx1111", Line: true},
	{Name: "wrong check digit", Text: "card 4111 1111 1111 1112"},
	{Name: "no issuer", Text: "card 9111 1111 1111 1116"},
	{Name: "short without a word", Text: "4222222222222"},
	{Name: "order", Text: "Order 4242424242424242"},
	{Name: "part of a UUID", Text: "4111-1111-1111-1111-abc"},
	{Name: "decimal", Text: "0.4242424242424242"},
	{Name: "hex", Text: "4242424242424242af"},
	{Name: "longer row", Text: "4111-1111-1111-1111-1111"},
	{Name: "odd groups", Text: "41 1111 1111 1111 11"},
	{Name: "in code", Text: "const x = uint64(4242424242424242); f(y[0])", Line: true},

	{Name: "IBAN", Text: "DE89370400440532013000", Want: iban("DE89370400440532013000", "DE89370400440532013000", true)},
	{Name: "IBAN in fours", Text: "GB82 WEST 1234 5698 7654 32", Want: iban("GB82 WEST 1234 5698 7654 32", "GB82WEST12345698765432", true)},
	{Name: "IBAN made up", Text: "NO89 4583 6087 632", Want: iban("NO89 4583 6087 632", "NO8945836087632", false)},
	{Name: "IBAN in a sentence", Text: "Bitte an DE89 3704 0044 0532 0130 00.", Want: iban("DE89 3704 0044 0532 0130 00", "", true)},
	{Name: "lower case with a word", Text: "iban: de89370400440532013000", Want: iban("de89370400440532013000", "DE89370400440532013000", true)},
	{Name: "dashes with a word", Text: "IBAN DE89-3704-0044-0532-0130-00", Want: iban("DE89-3704-0044-0532-0130-00", "DE89370400440532013000", true)},
	{Name: "letters in the account", Text: "FR1420041010050500013M02606", Want: iban("FR1420041010050500013M02606", "", true)},
	{Name: "lower case without a word", Text: "de89370400440532013000", Want: iban("de89370400440532013000", "DE89370400440532013000", true)},
	{Name: "lower case in other groups without a word", Text: "de893 70400440532013000"},
	{Name: "dashes without a word", Text: "(DE89-3704-0044-0532-0130-00)", Want: iban("DE89-3704-0044-0532-0130-00", "DE89370400440532013000", true)},
	{Name: "mistyped IBAN", Text: "IBAN: DE88 3704 0044 0532 0130 00", Want: iban("DE88 3704 0044 0532 0130 00", "DE88370400440532013000", false)},
	{Name: "labelled IBAN of no country", Text: "iban 'IN60 ABCD000000000000012A'", Want: iban("IN60 ABCD000000000000012A", "", false)},
	{Name: "mistyped IBAN without a word", Text: "DE88 3704 0044 0532 0130 00"},
	{Name: "mistyped card", Text: "credit card number 5427 6401 2290 1133", Want: card("5427 6401 2290 1133", false)},
	{Name: "mistyped card, no such label", Text: "card from 5427 6401 2290 1133"},
	{Name: "thirteen digits in fours with a word", Text: "Card no. 4524 3763 9575 7", Want: card("4524 3763 9575 7", false)},
	{Name: "Chinese order", Text: "订单号 5427640122901132"},
	{Name: "IBAN wrong check", Text: "DE88370400440532013000"},
	{Name: "IBAN too long", Text: "DE893704004405320130001"},
	{Name: "IBAN too short", Text: "DE8937040044053201300"},
	{Name: "IBAN glued", Text: "XDE89370400440532013000"},
	{Name: "IBAN of no country", Text: "ZZ89370400440532013000"},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }

func TestCleanTextDoesNotAllocate(t *testing.T) {
	p := &detectors.Part{Text: textbench.Text("logs", 64<<10, 1)}
	d, n := New(), 0
	found := func(detectors.Finding) { n++ }
	if a := testing.AllocsPerRun(5, func() { d.Detect(p, found) }); a > 0 || n > 0 {
		t.Errorf("%v allocations, %d findings", a, n)
	}
}

func BenchmarkDetect(b *testing.B)  { textbench.Run(b, New()) }
func BenchmarkHostile(b *testing.B) { textbench.RunHostile(b, New()) }
