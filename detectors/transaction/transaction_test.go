package transaction

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func txn(value, rule string) detectors.Finding {
	return detectors.Finding{Kind: detectors.PaymentTxn, Value: value, Rule: rule}
}

func party(value string) detectors.Finding {
	return detectors.Finding{Kind: detectors.Name, Role: detectors.RolePerson, Value: value, Rule: "statement-party"}
}

func want(f ...detectors.Finding) []detectors.Finding { return f }

func sentenceOf(value string) []detectors.Finding { return want(txn(value, "payment-sentence")) }

// cases are made up, as are the people and firms in them.
var cases = []detectortest.Case{
	{Name: "card payment", Text: "Card payment 12.03.2026 EUR 45.90 to Sample Ltd ref 8841", Line: true, Want: sentenceOf("payment 12.03.2026 EUR 45.90 to Sample Ltd ref 8841")},
	{Name: "mail", Text: "We received your payment of $45.90 on March 12, 2026 from John Roe.", Line: true, Want: sentenceOf("payment of $45.90 on March 12, 2026 from John Roe")},
	{Name: "German", Text: "Am 12. März 2026 wurde eine Zahlung von 45,90 € an Max Mustermann ausgeführt.", Line: true, Want: sentenceOf("12. März 2026 wurde eine Zahlung von 45,90 € an Max Mustermann")},
	{Name: "French", Text: "Paiement carte du 12/03/2026 de 45,90 EUR chez Boulangerie Exemple réf 8841", Line: true, Want: sentenceOf("Paiement carte du 12/03/2026 de 45,90 EUR chez Boulangerie Exemple réf 8841")},
	{Name: "Spanish", Text: "El 12 de marzo de 2026 transferencia de 1.250,00 € a María Ejemplo", Line: true, Want: sentenceOf("12 de marzo de 2026 transferencia de 1.250,00 € a María Ejemplo")},
	{Name: "Italian", Text: "Bonifico del 12/03/2026 di 300,00 EUR a favore di Mario Esempio", Line: true, Want: sentenceOf("Bonifico del 12/03/2026 di 300,00 EUR a favore di Mario Esempio")},
	{Name: "Brazilian", Text: "PIX enviado em 12/03/2026 no valor de R$ 150,00 para João Exemplo", Line: true, Want: sentenceOf("PIX enviado em 12/03/2026 no valor de R$ 150,00 para João Exemplo")},
	{Name: "Polish", Text: "Przelew z dnia 12.03.2026 na kwotę 99,00 zł do Jan Przykład", Line: true, Want: sentenceOf("Przelew z dnia 12.03.2026 na kwotę 99,00 zł do Jan Przykład")},
	{Name: "Russian", Text: "Оплата 12.03.2026 на сумму 1500,00 руб. от Иван Примеров", Line: true, Want: sentenceOf("Оплата 12.03.2026 на сумму 1500,00 руб. от Иван Примеров")},
	{Name: "Japanese", Text: "2026年3月12日 お支払い 4,590円 取引番号 884100", Line: true, Want: sentenceOf("2026年3月12日 お支払い 4,590円 取引番号 884100")},

	{Name: "price", Text: "The price is 45.90 EUR since 12.03.2026.", Line: true},
	{Name: "total", Text: "Total 12.03.2026 EUR 45.90", Line: true},
	{Name: "demand", Text: "Payment of invoice 8841 to Sample Ltd is due on 12.03.2026: EUR 45.90", Line: true},
	{Name: "no party", Text: "payment 12.03.2026 EUR 45.90", Line: true},
	{Name: "no date", Text: "Card payment EUR 45.90 to Sample Ltd ref 8841", Line: true},
	{Name: "no currency", Text: "Card payment 12.03.2026 45.90 to Sample Ltd ref 8841", Line: true},
	{Name: "market", Text: "Gold rose from $45.90 on March 12, 2026 to a record", Line: true},

	{Name: "MT940", Text: "\n:61:2603120312DR45,90N026NONREF//8841\n:86:106?00KARTENZAHLUNG?20REF 8841?32JANE SAMPLE\n:62F:C260313EUR2688,66\n", Whole: true,
		Want: want(txn(":61:2603120312DR45,90N026NONREF//8841\n:86:106?00KARTENZAHLUNG?20REF 8841?32JANE SAMPLE", "statement-entry"), party("JANE SAMPLE"))},
	{Name: "camt", Text: `<ns:Ntry><Amt Ccy="EUR">45.90</Amt><BookgDt><Dt>2026-03-12</Dt></BookgDt><Cdtr><Nm>Jane Sample</Nm></Cdtr></ns:Ntry>`, Whole: true,
		Want: want(txn("45.90</Amt><BookgDt><Dt>2026-03-12</Dt></BookgDt><Cdtr><Nm>Jane Sample", "statement-entry"), party("Jane Sample"))},
	{Name: "OFX", Text: "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260312<TRNAMT>-45.90<FITID>8841<NAME>Sample Ltd\n</STMTTRN>", Whole: true,
		Want: want(txn("20260312<TRNAMT>-45.90<FITID>8841<NAME>Sample Ltd", "statement-entry"))},
	{Name: "QIF", Text: "!Type:Bank\nD03/12/2026\nT-45.90\nPJane Sample\n^\n", Whole: true, Want: want(txn("D03/12/2026\nT-45.90\nPJane Sample", "statement-entry"), party("Jane Sample"))},
	{Name: "BAI2", Text: "03,0123456789,USD,010,500000,,/\n16,475,4590,S,8841,,Sample Ltd/\n49,1,2/\n", Whole: true, Want: want(txn("16,475,4590,S,8841,,Sample Ltd/", "statement-entry"))},
	{Name: "tag that is none", Text: "a :61: b <ntry> c", Line: true},
	{Name: "entry without amount", Text: "<Ntry><Dt>2026-03-12</Dt></Ntry>", Whole: true},
	{Name: "row that is no record of BAI2", Text: "x\n16,475,4590,S,8841,,Sample Ltd\n", Whole: true},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), cases) }

func BenchmarkDetect(b *testing.B) { textbench.Run(b, New()) }

func BenchmarkHostile(b *testing.B) { textbench.RunHostile(b, New()) }
