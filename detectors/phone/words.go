package phone

import (
	"slices"

	"habeas/detectors/digits"
	"habeas/detectors/textscan"
)

var (
	hintStart  = digits.NewLabels(slices.Concat(labelList, looseList)...)
	labelWords = textscan.NewWords(labelList...)
	looseWords = textscan.NewWords(looseList...)
	otherWords = textscan.NewWords(otherList...)
)

// The lists of the lexicon, as sets for a textscan.Reader.
const (
	labelWord = 1 << iota
	looseWord
	otherWord

	hintWord = labelWord | looseWord
)

// labelList are words that say that a telephone number follows.
var labelList = []string{
	// English, and what many languages took over
	"tel", "tel nr", "tel.-nr", "ph", "ph no", "emergency contact", "my new number", "new number is", "text me", "natel", "telef", "telf", "cel", "fono", "tel no", "tels", "telephone*", "phone", "phones", "phone number", "phone numbers", "phone no", "phone num", "telno", "phoneno",
	"mobile", "mobile number", "mobile no", "mobile phone", "mob", "cell", "cell number", "cell phone", "cellphone", "cellular", "fax", "fax no", "fax number", "facsimile", "telefax*",
	"home phone", "work phone", "landline", "hotline", "helpline", "voicemail", "whatsapp", "whats app", "viber", "sms", "msisdn", "pager", "callto", "tty",
	"contact number", "contact no", "call me on", "call me at", "call us on", "call us at", "call on", "call at", "call", "please call", "can call",
	"reach me at", "reach me on", "reach us at", "reach us on", "reach him at", "reach her at", "reached at", "reached on", "answering at", "text me at", "text me on", "ring me on", "dial",
	"phone me on", "phone us on", "tlm", "cell no", "my number is", "your number is", "number to call", "telephone number is", "phone number is", "number is now", "call back", "callback number",
	// German, Dutch, Nordic
	"telefon*", "fon", "ruf", "rufnummer*", "handy*", "mobil", "mobiltelefon*", "mobilfunk*", "mobilnummer*", "festnetz*", "durchwahl", "anrufen unter", "erreichbar unter", "unter der nummer",
	"telefoon*", "mobiel*", "gsm", "mobiltlf", "tlf", "tlfnr", "mobilnr", "mobiltelefonnummer", "puhelin*", "matkapuhelin*", "puh", "gsm nr", "sími", "farsími", "sími nr",
	// Romance
	"téléphone*", "télécopie*", "tél", "portable", "mobile perso", "joindre au", "appelez le", "appeler le", "numéro de téléphone", "gsm perso",
	"teléfono*", "telefono*", "tfno", "tlfno", "tfn", "móvil*", "movil*", "celular*", "llamar al", "llame al", "llámame al", "cellulare", "cell", "recapito telefonico", "chiamare il",
	"telefone*", "telemóvel", "telemovel", "celular", "fone", "zap", "ligue para", "ligar para", "contacto telefónico", "telèfon", "mòbil", "telefoane", "sunați la",
	// Slavic, Baltic, and the rest of Europe
	"telefonu", "telefonní*", "telefón*", "komórka", "komórkowy", "kom", "tel kom", "numer telefonu", "nr telefonu", "nr tel", "mobilní", "mobilný", "mobitel", "mob tel", "gsm broj",
	"телефон*", "тел", "моб", "мобильный*", "мобилен", "мобільний", "сотовый", "факс", "звоните", "звонить", "звоните по", "позвоните", "дзвоніть", "номер телефона",
	"τηλ", "τηλέφωνο*", "κινητό*", "φαξ", "telefonas", "mob nr", "tālrunis", "tālr", "telefonszám*", "mobilszám", "telefonul", "cep tel", "cep no", "cep telefonu", "telefon no", "gsm no", "arayın",
	// other scripts
	"電話", "電話番号", "携帯", "携帯電話", "ファックス", "お電話", "电话", "电话号码", "手机", "手机号", "手机号码", "手機", "傳真", "传真", "联系电话", "聯絡電話", "座机", "致电", "致電",
	"전화", "전화번호", "휴대폰", "휴대전화", "핸드폰", "팩스",
	"هاتف", "الهاتف", "تلفون", "جوال", "الجوال", "موبايل", "رقم الهاتف", "فاكس", "اتصل", "تلفن", "موبایل", "شماره تماس", "فون نمبر",
	"טלפון", "טל", "נייד", "פקס", "फ़ोन", "फोन", "दूरभाष", "मोबाइल", "संपर्क", "ফোন", "মোবাইল", "தொலைபேசி", "โทร", "โทรศัพท์", "มือถือ", "เบอร์โทร", "điện thoại", "đt", "sđt", "di động",
	"telepon", "nomor telepon", "no hp", "hp", "telpon", "simu", "nambari ya simu", "selfoon", "telefoonnommer", "հեռ", "ტელ", "ტელეფონი",
}

// looseList are words that tell of calling or contact, but label many other things
// too: they help only where the region is known and the number valid.
var looseList = []string{"contact", "contacts", "number", "text", "manager", "office", "home", "work", "private", "emergency", "helpdesk", "support", "reception", "ext", "numéro", "número", "cep", "numero", "nummer", "numer", "номер", "kontakt", "contacto", "contato", "contatto", "連絡先", "연락처", "番号", "号码", "رقم", "नंबर", "liên hệ", "kontak"}

// otherList label numbers that are no telephone numbers.
var otherList = []string{
	"id", "ids", "uuid", "guid", "isbn", "issn", "doi", "ean", "gtin", "upc", "sku", "asin", "imei", "imsi", "iccid", "serial*", "sn", "s/n", "part no", "part number", "model", "lot", "batch",
	"order*", "invoice*", "receipt", "ticket", "case", "case no", "ref", "reference*", "tracking*", "parcel", "shipment", "booking", "policy", "contract", "claim", "docket", "patent", "zip", "zip code", "postcode", "plz", "po box",
	"account", "account number", "account no", "acct", "a/c", "iban", "bic", "swift", "routing", "routing number", "sort code", "card", "card number", "credit card", "debit card", "visa", "mastercard", "amex", "cvv", "pan", "pin", "otp", "password", "passwd", "token", "key", "hash", "checksum",
	"ssn", "social security", "sin", "nin", "nino", "nhs", "nhs number", "tin", "ein", "itin", "tax", "tax id", "tax number", "vat", "vat no", "vat number", "abn", "acn", "tfn number", "tax file number", "medicare", "npi", "mrn", "dea", "aadhaar", "aadhar", "gstin", "passport*", "licence", "license", "driver*", "permit", "visa no", "insurance",
	"bsn", "bsn number", "sofi", "kvk", "btw", "rijksregister*", "ondernemingsnummer", "steuer*", "steuernummer", "steuer id", "ust id", "ust-idnr", "handelsregister", "hrb", "versicherungs*", "svnr", "ahv*", "krankenkasse", "kontonummer", "konto", "blz", "rechnung*", "bestell*", "bestellnummer", "kundennummer", "kunden*", "vertrag*", "vertragsnummer", "artikel*", "aktenzeichen", "ausweis*", "personalausweis*", "reisepass*",
	"siren", "siret", "tva", "nir", "numéro de sécurité sociale", "sécurité sociale", "facture*", "commande", "dossier", "référence", "compte", "carte", "passeport", "cni",
	"dni", "nie", "nif", "cif", "nss", "ruc", "rut", "run", "cuit", "cuil", "curp", "rfc", "cédula", "cedula", "pedido", "factura", "referencia", "cuenta", "tarjeta", "pasaporte", "expediente", "seguridad social",
	"cpf", "cnpj", "rg", "pis", "cep codigo", "nota fiscal", "protocolo", "processo", "conta", "cartão", "contribuinte", "niss", "utente",
	"codice fiscale", "partita iva", "p iva", "p.iva", "fattura", "ordine", "conto", "carta", "passaporto", "pratica",
	"pesel", "nip", "regon", "krs", "faktura", "zamówienie", "rachunek", "konta", "dowód*", "paszport", "nr konta", "numer konta", "numer faktury", "numer zamówienia", "sygn", "rodné číslo", "rodne cislo", "rč", "ičo", "ico", "dič", "dic", "oib", "jmbg", "emšo", "pib", "egn", "егн", "булстат", "cnp", "cui", "taj", "adószám", "adóazonosító",
	"инн", "кпп", "огрн", "огрнип", "снилс", "бик", "паспорт", "счет", "счёт", "заказ", "рнокпп", "іпн", "едрпоу", "єдрпоу", "іпн",
	"αφμ", "αμκα", "afm", "amka", "t.c.", "tc kimlik*", "tckn", "kimlik", "vergi no", "personnummer", "personnr", "orgnr", "org nr", "organisationsnummer", "organisasjonsnummer", "fødselsnummer", "fodselsnummer", "cpr", "cpr nr", "cvr", "hetu", "henkilötunnus", "y tunnus", "kennitala", "isikukood", "personas kods", "asmens kodas", "ean code",
	"マイナンバー", "個人番号", "法人番号", "注文番号", "口座番号", "身份证", "身份证号", "身分證", "统一社会信用代码", "订单号", "账号", "帐号", "护照", "주민등록번호", "사업자등록번호", "계좌번호", "여권",
	"version", "build", "revision", "rev", "commit", "epoch", "timestamp", "time", "date", "size", "bytes", "offset", "length", "port", "pid", "ip", "lat", "lon", "latitude", "longitude", "coordinates", "employee", "member", "customer", "student", "patient", "voter", "user", "userid", "amount", "total", "sum", "price", "cost", "balance", "population", "usd", "eur", "gbp", "pln", "chf", "seed", "count", "range", "score", "win", "vin", "chassis", "plate", "isin", "wkn", "cusip", "lei", "sedol",
}
