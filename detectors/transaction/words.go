package transaction

import (
	"bytes"
	"strings"

	"habeas/detectors/textscan"
)

// What a word says of a payment; bits.
const (
	pay   uint8 = 1 << iota // that one was made
	due                     // that one is to be made, or is talked of
	ref                     // that what follows names it
	to                      // that who follows paid or was paid
	month                   // when
)

// words by their lower case. They are never written.
var words = func() map[string]uint8 {
	m := map[string]uint8{}
	for _, l := range []struct {
		kind uint8
		list string
	}{
		{pay, `payment paid transfer transferred debit debited credit credited purchase purchased charged charge withdrawal deposit refund refunded remittance wire ach zelle venmo paypal
			überweisung überwiesen lastschrift zahlung kartenzahlung gutschrift abbuchung einzahlung auszahlung dauerauftrag bezahlt gezahlt eingezogen erstattung
			paiement payé virement prélèvement versement règlement retrait achat remboursement pago pagado pagada transferencia compra cargo abono adeudo recibo bizum ingreso retiro reembolso
			pagamento pagato bonifico addebito accredito acquisto prelievo versamento rimborso transferência compra débito crédito pix boleto pagou recebeu estorno levantamento
			betaling betaald overboeking incasso overschrijving afschrijving bijschrijving pinbetaling betalning överföring insättning uttag köp swish overførsel overføring indbetaling hævning køb kjøp vipps mobilepay
			maksu tilisiirto pano osto przelew płatność zapłata obciążenie uznanie wpłata wypłata zakup blik platba převod prevod úhrada inkaso výběr vklad nákup fizetés utalás átutalás jóváírás terhelés vásárlás
			plată transfer încasare retragere cumpărare плащане превод теглене покупка оплата оплачено перевод платёж платеж списание зачисление пополнение покупка переказ сплата списання зарахування
			πληρωμή μεταφορά χρέωση πίστωση ανάληψη αγορά ödeme havale eft tahsilat çekim plaćanje uplata isplata plačilo nakazilo pembayaran pembelian penarikan भुगतान दफ़ा दिया تحويل دفع دفعة سداد تم העברה תשלום חיוב`},
		{due, `due overdue fällig fälligkeit offen reminder mahnung invoice quote offer angebot échéance devis vencimiento vencimento scadenza factura fattura forfalder förfaller vervaldatum termin splatnost határidő
			price total subtotal budget estimate forecast will shall muss bitte please if`},
		{ref, `ref reference trn txn utr rrn transaction auth approval confirmation receipt mandate mandat mandatsreferenz verwendungszweck kundenreferenz belegnummer beleg transaktion référence réf motif referencia concepto operación riferimento causale referência nsu autenticação comprovante
			kenmerk omschrijving mededeling betalingskenmerk meddelande viite viesti tytuł tytułem referencja vs variabilní variabilný közlemény azonosító referință назначение референс основание номер призначення αιτιολογία açıklama dekont poziv keterangan id no`},
		{to, `to from at by via with for an von bei für à au chez de du pour par a al en para por da di dal dalla do per presso naar van aan bij door till från til fra hos saaja dla od na do pro komu от кому для у в від για από`},
		{month, `january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember jänner
			janvier février mars avril juin juillet août septembre octobre novembre décembre enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
			janeiro fevereiro março maio junho julho setembro outubro novembro dezembro januari februari maart mei augustus mars maj juni oktober tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta
			stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia ledna února března dubna května června července srpna září října listopadu prosince január február március április május június július augusztus szeptember október
			ianuarie februarie martie aprilie iunie iulie septembrie octombrie noiembrie decembrie января февраля марта апреля мая июня июля августа сентября октября ноября декабря січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
			ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık ιανουαρίου φεβρουαρίου μαρτίου απριλίου μαΐου ιουνίου ιουλίου αυγούστου σεπτεμβρίου οκτωβρίου νοεμβρίου δεκεμβρίου`},
	} {
		for w := range strings.FieldsSeq(l.list) {
			m[w] |= l.kind
		}
	}
	return m
}()

// maxWord bounds the bytes of a word that is looked up.
const maxWord = 32

// kindOf is what a word in any case says; 0 for most.
func kindOf(b []byte) uint8 {
	if len(b) > maxWord {
		return 0
	}
	for _, c := range b {
		if c >= 0x80 {
			return words[string(bytes.ToLower(b))]
		}
	}
	var buf [maxWord]byte
	for i, c := range b {
		buf[i] = textscan.Fold(c)
	}
	return words[string(buf[:len(b)])]
}

// easternWords stand in texts that part no words.
var easternWords = []struct {
	word string
	kind uint8
}{
	{"お支払い", pay}, {"支払", pay}, {"振込", pay}, {"引落", pay}, {"入金", pay}, {"付款", pay}, {"支付", pay}, {"转账", pay}, {"轉帳", pay}, {"消费", pay}, {"扣款", pay}, {"结제", pay}, {"결제", pay}, {"이체", pay}, {"입금", pay}, {"출금", pay},
	{"ご請求", due}, {"请支付", due}, {"取引番号", ref}, {"受付番号", ref}, {"交易号", ref}, {"流水号", ref}, {"订单号", ref}, {"승인번호", ref}, {"거래번호", ref},
}

// eastern is what the words in b say, a row of letters without blanks.
func eastern(b []byte) (kind uint8) {
	for _, w := range easternWords {
		if bytes.Contains(b, []byte(w.word)) {
			kind |= w.kind
		}
	}
	return kind
}

// signs and short forms of currencies.
var signs = []string{"€", "$", "£", "¥", "￥", "₹", "₽", "₺", "₩", "₪", "₴", "zł", "Kč", "kr", "Ft", "лв", "руб", "円", "元", "원"}

// signsBy are the signs by their first and by their last byte.
var signsBy = func() (by struct{ first, last [256][]string }) {
	for _, s := range signs {
		by.first[s[0]] = append(by.first[s[0]], s)
		by.last[s[len(s)-1]] = append(by.last[s[len(s)-1]], s)
	}
	return by
}()

// codes are those of ISO 4217 of the currencies that are met most.
var codes = func() map[string]bool {
	m := map[string]bool{}
	for c := range strings.FieldsSeq(`EUR USD GBP CHF SEK NOK DKK PLN CZK HUF RON BGN HRK RSD UAH RUB TRY ILS AED SAR EGP MAD ZAR NGN KES GHS INR PKR BDT LKR CNY HKD TWD JPY KRW SGD MYR THB IDR PHP VND AUD NZD CAD MXN BRL ARS CLP COP PEN UYU ISK`) {
		m[c] = true
	}
	return m
}()
