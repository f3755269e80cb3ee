package payment

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

const maxGroups = 6 // 4-4-4-4-3 and one more, which tells that it is no card

// issuer is a range of issuer identification numbers. Lengths that are not usual
// count only where a word says that this is a card.
type issuer struct {
	from, to int // first six digits
	lengths  uint32
	odd      uint32
	name     string
}

func lengths(list ...int) (m uint32) {
	for _, n := range list {
		m |= 1 << n
	}
	return m
}

// issuers are in order: the first that fits names the card.
var issuers = []issuer{
	{340000, 349999, lengths(15), 0, "American Express"},
	{370000, 379999, lengths(15), 0, "American Express"},
	{300000, 305999, lengths(14), lengths(16), "Diners Club"},
	{309500, 309599, lengths(14), lengths(16), "Diners Club"},
	{360000, 369999, lengths(14), lengths(15, 16, 17, 18, 19), "Diners Club"},
	{380000, 399999, lengths(14), lengths(16, 17, 18, 19), "Diners Club"},
	{180000, 180099, 0, lengths(15), "JCB"},
	{213100, 213199, 0, lengths(15), "JCB"},
	{352800, 358999, lengths(16), lengths(17, 18, 19), "JCB"},
	{222100, 272099, lengths(16), 0, "Mastercard"},
	{510000, 559999, lengths(16), 0, "Mastercard"},
	{220000, 220499, lengths(16), lengths(17, 18, 19), "Mir"},
	{400000, 499999, lengths(16), lengths(13, 18, 19), "Visa"},
	{601100, 601199, lengths(16), lengths(17, 18, 19), "Discover"},
	{644000, 659999, lengths(16), lengths(17, 18, 19), "Discover"},
	{620000, 629999, lengths(16), lengths(17, 18, 19), "UnionPay"},
	{810000, 817199, 0, lengths(16, 17, 18, 19), "UnionPay"},
	{979200, 979289, lengths(16), 0, "Troy"},
	{606282, 606282, lengths(16), lengths(13, 19), "Hipercard"},
	{384100, 384199, 0, lengths(16, 19), "Hipercard"},
	{506099, 506198, 0, lengths(16, 18, 19), "Verve"},
	{506699, 506778, lengths(16), 0, "Elo"},
	{509000, 509999, lengths(16), 0, "Elo"},
	{627780, 627780, lengths(16), 0, "Elo"},
	{636297, 636368, lengths(16), 0, "Elo"},
	{508500, 508999, 0, lengths(16), "RuPay"},
	{606900, 608500, 0, lengths(16), "RuPay"},
	{817200, 820199, 0, lengths(16), "RuPay"},
	{501800, 501899, lengths(16), lengths(12, 13, 14, 15, 17, 18, 19), "Maestro"},
	{502000, 502099, lengths(16), lengths(12, 13, 14, 15, 17, 18, 19), "Maestro"},
	{503800, 503899, lengths(16), lengths(12, 13, 14, 15, 17, 18, 19), "Maestro"},
	{589300, 589399, lengths(16), lengths(12, 13, 14, 15, 17, 18, 19), "Maestro"},
	{630400, 630499, lengths(16), lengths(12, 13, 14, 15, 17, 18, 19), "Maestro"},
	{675900, 675999, lengths(16, 18, 19), lengths(12, 13, 14, 15, 17), "Maestro"},
	{676100, 676399, lengths(16, 18, 19), lengths(12, 13, 14, 15, 17), "Maestro"},
	{637000, 639999, 0, lengths(12, 13, 14, 15, 16, 17, 18, 19), "Maestro"},
	{500000, 509999, 0, lengths(12, 13, 14, 15, 16, 17, 18, 19), "Maestro"},
	{560000, 589999, 0, lengths(12, 13, 14, 15, 16, 17, 18, 19), "Maestro"},
	{600000, 699999, 0, lengths(12, 13, 14, 15, 16, 17, 18, 19), "Maestro"},
}

// cardWords label cards.
var cardWords = digits.NewWords(
	"card*", "card number", "card no", "credit card", "debit card", "creditcard", "cc", "ccn", "cc number", "cc no", "ccnum", "pan", "visa", "mastercard", "master card", "amex", "american express", "discover", "diners", "diners club", "maestro", "jcb", "unionpay", "union pay", "mir", "rupay", "troy", "charged to", "charged", "charge", "billed to", "payment card", "mc", "pay with", "paid with", "pay by", "paid by", "bank card", "bankcard", "card on file", "card details", "card ending",
	"karte", "kreditkarte*", "kartennummer", "kartennr", "debitkarte", "ec karte", "girocard", "carte", "carte bancaire", "carte bleue", "carte de crédit", "numéro de carte", "tarjeta*", "tarjeta de crédito", "carta", "carta di credito", "numero carta", "cartão*", "cartao", "kaart", "kaartnummer", "creditcardnummer", "betaalkaart", "kort", "kortnummer", "kreditkort", "betalingskort", "luottokortti*", "kortti*", "karta", "karty", "numer karty", "nr karty", "kartou", "karty číslo", "číslo karty", "bankkártya*", "kártyaszám", "cardul", "kart", "kart no", "kredi kartı", "карта", "карты", "карту", "номер карты", "картка", "κάρτα*", "カード*", "クレジットカード", "カード番号", "信用卡", "银行卡", "卡号", "카드", "카드번호", "신용카드", "بطاقة", "رقم البطاقة", "כרטיס", "कार्ड",
)

// otherWords label long numbers that are no cards.
var otherWords = digits.NewWords(
	"id", "uuid", "guid", "isbn", "issn", "ean", "ean13", "gtin", "upc", "sku", "barcode", "imei", "imsi", "iccid", "meid", "serial*", "order*", "invoice*", "ticket", "tracking*", "parcel", "shipment", "awb", "sscc", "reference*", "ref", "transaction id", "txn id", "account", "acct", "konto*", "kontonummer", "iban", "epoch", "timestamp", "ts", "time", "date", "hash", "seed", "checksum", "nonce", "offset", "size", "bytes", "rechnung*", "bestellnummer", "sendungsnummer", "commande", "pedido", "factura", "faktura", "zamówienie", "phone", "tel", "fax", "mobile", "telefon*", "snr", "lot", "batch", "build", "version", "nr rachunku", "numer rachunku", "rachunek", "konta", "siret", "chassis", "vin", "meter", "policy", "container", "订单*", "订单号", "订单编号", "注文番号", "伝票番号", "追跡番号", "运单号", "单号", "주문번호", "송장번호", "заказ*", "накладная", "zamówienia", "objednávka*", "rendelés*", "sipariş*", "ordine", "pedido nº", "encomenda", "bestelling*", "beställning*", "tilaus*", "comanda", "παραγγελία", "رقم الطلب", "הזמנה", "user id", "userid", "customer*", "kunde*", "member*",
)

// joins reports whether text[from:to] may part two groups of a card.
func (s *scan) joins(from, to int) bool {
	switch to - from {
	case 1:
		b := s.text[from]
		return b == ' ' || b == '-'
	case 2:
		return string(s.text[from:to]) == "\u00a0"
	case 3:
		gap := string(s.text[from:to])
		return gap == "\u202f" || gap == "\u2010" || gap == "\u2011" || gap == "\u2013"
	}
	return false
}

// cards looks for a card in the row of groups. It takes all of the row, or, where
// the groups are those of a card, a part of it that blanks set off.
func (s *scan) cards() {
	if s.total < minDigits {
		return
	}
	for i := 0; i < s.n; i++ {
		j, total := i, 0
		for j < s.n && total+s.groups[j].end-s.groups[j].start <= 19 {
			total += s.groups[j].end - s.groups[j].start
			j++
		}
		// The longest first: the first three groups of a card may be one by chance.
		for j--; j >= i && total >= minDigits; j-- {
			if s.setOff(i, j) && s.card(i, j) {
				i = j
				break
			}
			total -= s.groups[j].end - s.groups[j].start
		}
	}
}

// setOff reports whether groups i..j stand alone in the row: nothing of it is
// joined to them but by a blank.
func (s *scan) setOff(i, j int) bool {
	blank := func(g int) bool { return s.text[s.groups[g].end] != '-' }
	return (i == 0 || blank(i-1)) && (j == s.n-1 || blank(j))
}

// card takes groups i..j if they are one.
func (s *scan) card(i, j int) bool {
	start, end := s.groups[i].start, s.groups[j].end
	var buf [20]byte
	d := buf[:0]
	for _, g := range s.groups[i : j+1] {
		d = append(d, s.text[g.start:g.end]...)
	}
	is, usual := issuerOf(d)
	if is == nil || !s.stands(start, end) {
		return false
	}
	grouping := s.grouping(i, j, len(d))
	if grouping == strange {
		return false
	}
	if !digits.Luhn(d) {
		return grouping == usualGroups && s.mistyped(d, start, end)
	}
	if s.inAccount(start) {
		return false
	}
	view := digits.Look(s.text, start)
	word, has := cardWords.In(&view)
	heading := false
	if cell := s.table.Heading(start); cell != nil && s.table.Begins(start) {
		_, heading = cardWords.Before(cell, len(cell))
	}
	if other, ok := otherWords.In(&view); ok && !heading && (!has || other.Gap < word.Gap) {
		return false
	}
	whole := i == 0 && j == s.n-1
	switch {
	case heading || has && (usual || grouping != unusual || word.Gap <= 12):
	case !usual || !whole || grouping == unusual:
		return false
	case grouping == single && s.inCode(start):
		return false
	}
	f := detectors.Finding{Kind: detectors.PaymentCard, Canonical: s.ix.Copy(d), Rule: "card", Confidence: 0.75, Why: is.alone}
	f.Dummy = testCard(f.Canonical)
	switch {
	case has:
		f.Confidence, f.Why = 0.97, f.Why+"; '"+word.Word+"' before"
	case heading:
		f.Confidence, f.Why = 0.97, f.Why+"; its column is for cards"
	case grouping == usualGroups:
		f.Confidence, f.Why = 0.93, is.grouped
	}
	s.report(f, start, end)
	return true
}

// cardLabels say that what touches them is the number of a card, whatever it is.
var cardLabels = textscan.NewWords(
	"credit card", "debit card", "card number", "card no", "credit card number", "debit card number", "credit card no", "visa card", "mastercard",
	"kreditkarte", "kreditkartennummer", "kartennummer", "carte bancaire", "carte de crédit", "numéro de carte", "tarjeta de crédito", "número de tarjeta", "carta di credito", "numero carta", "cartão de crédito", "número do cartão", "creditcardnummer", "numer karty", "kredi kartı", "номер карты", "カード番号", "卡号", "카드번호",
)

// mistyped takes a number that is written as on cards and called one, but whose
// check digit is wrong: somebody mistyped it, or changed a digit of it.
func (s *scan) mistyped(d []byte, start, end int) bool {
	word, ok := cardLabels.Touching(s.text, start)
	if !ok {
		return false
	}
	s.report(detectors.Finding{
		Kind: detectors.PaymentCard, Canonical: string(d), Rule: "card-mistyped", Confidence: 0.45, Dummy: testCard(string(d)),
		Why: "grouped as on cards; '" + word.Word + "' before; its check digit is wrong",
	}, start, end)
	return true
}

// stands reports whether text[start:end] is not part of something longer.
func (s *scan) stands(start, end int) bool {
	if !s.edge(start-1, start-2) || !s.edge(end, end+1) {
		return false
	}
	r, _ := utf8.DecodeLastRune(s.text[:start])
	if r >= utf8.RuneSelf && r < 0x2e80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
		return false
	}
	r, _ = utf8.DecodeRune(s.text[end:])
	return r < utf8.RuneSelf || r >= 0x2e80 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

func (s *scan) edge(i, beyond int) bool {
	switch b := textscan.Byte(s.text, i); b {
	case '_', '@', '%', '$', '/', '+', '~', '#':
		return false
	case '\\':
		// An escape in a string of JSON or of source ends the number.
		if c := textscan.Byte(s.text, beyond); beyond > i && (c == 'n' || c == 'r' || c == 't' || c == 'u') {
			return true
		}
		return !textscan.At(s.text, beyond, textscan.Alnum)
	case '-':
		return !textscan.At(s.text, beyond, textscan.Alnum)
	case '.', ':':
		return !textscan.At(s.text, beyond, textscan.Digit)
	case ',':
		// Of a sum, if digits stand before it; a row goes on with digits after it.
		return beyond > i || !textscan.At(s.text, beyond, textscan.Digit) || s.table.Heading(i+1) != nil
	case 'n', 'r', 't':
		return beyond < i && textscan.Byte(s.text, beyond) == '\\'
	default:
		return b == 0 || textscan.ClassOf[b]&textscan.Alnum == 0
	}
}

// sayings are an issuer with what is said of its cards.
type sayings struct {
	issuer
	alone, grouped string
}

// issuersOf are the issuers by the first two digits, in order.
var issuersOf = func() (t [100][]*sayings) {
	for _, is := range issuers {
		alone := "Luhn valid; issuer range of " + is.name
		say := &sayings{is, alone, alone + "; grouped as on cards"}
		for k := is.from / 10000; k <= is.to/10000; k++ {
			t[k] = append(t[k], say)
		}
	}
	return t
}()

func issuerOf(d []byte) (is *sayings, usual bool) {
	first := 0
	for _, b := range d[:6] {
		first = first*10 + int(b-'0')
	}
	n := uint32(1) << len(d)
	for _, is := range issuersOf[first/10000] {
		if first >= is.from && first <= is.to && (is.lengths|is.odd)&n != 0 {
			return is, is.lengths&n != 0
		}
	}
	return nil, false
}

type grouping uint8

const (
	strange     grouping = iota // no card is written so
	unusual                     // fours to the end
	single                      // no groups
	usualGroups                 // as the number stands on the card
)

// grouping tells how groups i..j, of n digits together, write a card.
func (s *scan) grouping(i, j, n int) grouping {
	if i == j {
		return single
	}
	sep := s.text[s.groups[i].end]
	var sizes [maxGroups]int
	for k := i; k <= j; k++ {
		sizes[k-i] = s.groups[k].end - s.groups[k].start
		if k < j && s.text[s.groups[k].end] != sep {
			return strange
		}
	}
	switch got := sizes; {
	case n == 15 && got == [maxGroups]int{4, 6, 5}, n == 14 && got == [maxGroups]int{4, 6, 4}, n == 16 && got == [maxGroups]int{4, 4, 4, 4},
		n == 19 && got == [maxGroups]int{4, 4, 4, 4, 3}, n == 19 && got == [maxGroups]int{6, 13}:
		return usualGroups
	}
	for k := 0; k < j-i; k++ {
		if sizes[k] != 4 {
			return strange
		}
	}
	if sizes[j-i] > 5 {
		return strange
	}
	return unusual
}

func (s *scan) inCode(start int) bool {
	from, to := textscan.Line(s.text, start, 120)
	return textscan.CodeLike(s.text[from:to])
}

// testCards are numbers that payment services publish for tests.
var testCards = [...]string{
	"4111111111111111", "4242424242424242", "4012888888881881", "4222222222222", "4000056655665556", "4917610000000000", "4917300800000000", "4444333322221111", "4484070000000000", "4988438843884305", "4166676667666746", "4646464646464644", "4000020000000000", "4007000000027", "4532015112830366", "4539578763621486",
	"5555555555554444", "5454545454545454", "5105105105105100", "5200828282828210", "2223003122003222", "2223000048400011", "5100290029002909", "5577000055770004", "5136333333333335", "5585558555855583", "2222400070000005", "2222410740360010", "5424000000000015", "5431111111111111", "5610591081018250", "5019717010103742",
	"378282246310005", "371449635398431", "378734493671000", "370000000000002", "374251018720018", "371144371144376", "341111111111111", "340000000000009", "343434343434343",
	"6011111111111117", "6011000990139424", "6011000000000004", "6445644564456445", "6011981111111113", "6011601160116611",
	"30569309025904", "38520000023237", "3056930009020004", "36227206271667", "36006666333344", "36148900647913", "38000000000006", "36700102000000",
	"3530111333300000", "3566002020360505", "3569990010095841", "3566111111111113", "3088000000000017", "3528000700000000",
	"6200000000000005", "6205500000000000004", "6250947000000014", "6759649826438453", "6331101999990016", "6799990100000000019", "6771798021000008", "9792030000000000",
}

var published = func() map[string]bool {
	t := make(map[string]bool, len(testCards))
	for _, d := range testCards {
		t[d] = true
	}
	return t
}()

// testCard reports whether a number is published for tests, or of the ranges that
// services make such numbers in.
func testCard(d string) bool {
	if published[d] {
		return true
	}
	return strings.HasPrefix(d, "400000") || strings.HasPrefix(d, "411111111111") || strings.Contains(d, "00000000") || strings.Count(d, d[len(d)/2:len(d)/2+1]) >= len(d)-4
}
