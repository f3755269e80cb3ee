package column

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"
)

// Meaning is what the values of a column are, as far as its name tells.
type Meaning uint8

const (
	Nothing Meaning = iota // a name that promises none of the following

	FirstName
	LastName
	FullName   // of a person, by its name alone
	Name       // of a person or of a thing: the record or the value must tell
	Account    // a name that someone goes by: a login, a nickname
	Sender     // who a message or a payment comes from
	Recipient  // who it goes to
	Author     // who wrote or made something
	Contact    // whom to turn to
	Holder     // who owns something: an account, a device
	Birth      // a date of birth
	Street     // with or without the number of the house
	House      // the number of the house alone
	City       //
	Postcode   //
	Region     // a state, a province
	Country    //
	Postal     // an address in one value
	Email      //
	Phone      //
	Password   // what must be in no output: a password, its hash, a PIN
	Secret     // the same for programs: a token, a private key
	Amount     // of money
	Currency   //
	Date       // of a payment, a booking
	Purpose    // what a payment is for
	Latitude   //
	Longitude  //
	Position   // both coordinates in one value
	Altitude   //
	Time       // when a position was taken
	IP         //
	UserAgent  //
	Cookie     // an identifier of a browser, a session or a device
	Serial     // of a device
	meaningEnd //
)

// Person reports whether values of a column belong to one person, so that what
// else stands in the record does, too.
func (m Meaning) Person() bool {
	switch m {
	case FirstName, LastName, FullName, Account, Birth, Email, Phone, Password:
		return true
	}
	return false
}

// Leaf is the step of a path of keys that says what the value is: the last one,
// with the one before where the last is a word like "value". A heading of a
// table is its own.
//
//	users[].phone         phone
//	phones[].value        phones value
//	column[3]             (nothing)
func Leaf(column string) string {
	if strings.HasPrefix(column, "column[") {
		return ""
	}
	rest, last := cutStep(column)
	if rest == "" || !neutral[strings.ToLower(last)] {
		return last
	}
	if _, before := cutStep(rest); before != "" {
		return before + " " + last
	}
	return last
}

// cutStep cuts the last step off a path.
func cutStep(path string) (rest, last string) {
	path = trimBrackets(path)
	i := strings.LastIndexByte(path, '.')
	if i < 0 || i == len(path)-1 || i == 0 || path[i+1] == ' ' {
		return "", path // no path, or a heading that ends in an abbreviation
	}
	return trimBrackets(path[:i]), path[i+1:]
}

func trimBrackets(path string) string {
	for path != "" && (path[len(path)-1] == ']' || path[len(path)-1] == '[') {
		path = path[:len(path)-1]
	}
	return path
}

// neutral are keys that say nothing beside the one above them.
var neutral = words(`value|values|val|v|text|content|data|string|str|number|no|nr|num|raw|formatted|formattedvalue|formatted value|display|canonicalform|#text|item|items|primary|main|default|_text|$|$t|_|1|0|2`)

// Means tells what the name of a column promises; a path of keys is judged by its
// end. It knows the usual names in the languages of Europe and East Asia.
func Means(column string) Meaning {
	if column == "" || len(column) > 512 || strings.HasPrefix(column, "column[") {
		return Nothing
	}
	rest, last := cutStep(column)
	var buf [64]byte // most names
	b := flat(buf[:0], last)
	name := unsafe.String(unsafe.SliceData(b), len(b)) // b is written to no more
	if rest == "" {
		return lookUp(name)
	}
	_, parent := cutStep(rest)
	above := string(flat(nil, parent))
	if neutral[strings.ToLower(last)] {
		return lookUp(above)
	}
	m := lookUp(name)
	if joined := lookUp(above + " " + name); joined != Nothing && !(m == Name && people[above]) { // name.first
		return joined
	}
	switch {
	case m == Name && people[above]:
		m = FullName
		if role := lookUp(above); role == Sender || role == Recipient || role == Author || role == Contact || role == Holder {
			m = role
		}
	case m == Name && things[above]:
		m = Nothing
	}
	return m
}

func lookUp(name string) Meaning {
	if m, ok := meanings[name]; ok {
		return m
	}
	// "customer email", "billing city", "users phone 2"
	trimmed := name
	for trimmed != "" && (trimmed[len(trimmed)-1]-'0' < 10 || trimmed[len(trimmed)-1] == ' ') {
		trimmed = trimmed[:len(trimmed)-1]
	}
	for at := 0; ; {
		i := strings.IndexByte(trimmed[at:], ' ')
		if i < 0 {
			break
		}
		before, after := trimmed[:at+i], trimmed[at+i+1:]
		at += i + 1
		if !wherever[before] {
			continue
		}
		if m := meanings[after]; m != Nothing && m != Name {
			return m
		} else if m == Name && people[before] {
			return FullName
		}
	}
	if len(trimmed) < len(name) {
		if m := meanings[trimmed]; m != Nothing {
			return m
		}
	}
	if one, plural := strings.CutSuffix(trimmed, "s"); plural {
		return meanings[one]
	}
	return Nothing
}

// flat appends to b a name as words in lower case with single blanks: "firstName",
// "first_name", "First-Name:" are all "first name".
func flat(b []byte, name string) []byte {
	before := ' '
	for _, r := range name {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r):
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				b = append(b, ' ')
			}
			b = utf8.AppendRune(b, unicode.ToLower(r))
			before = r
		case r == '\'' || r == '’' || r == '?' || r == '*' || r == '\ufeff':
			before = r
		default:
			if before != ' ' && len(b) > 0 {
				b = append(b, ' ')
			}
			before = ' '
		}
	}
	return bytes.TrimRight(b, " ")
}

func words(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.SplitSeq(list, "|") {
		m[strings.TrimSpace(w)] = true
	}
	return m
}

// people are what a record is called that is about a person.
var people = words(`user|users|person|persons|people|contact|contacts|customer|customers|client|clients|patient|patients|student|students|pupil|employee|employees|staff|member|members|owner|sender|recipient|from|to|cc|friend|friends|participant|participants|profile|profiles|account holder|holder|guardian|parent|child|children|spouse|partner|author|authors|creator|driver|passenger|passengers|guest|guests|attendee|attendees|applicant|candidate|beneficiary|payee|payer|debtor|creditor|buyer|seller|subscriber|subscribers|visitor|tenant|teacher|doctor|agent|assignee|reporter|billing|shipping|delivery|cardholder|emergency contact|kunde|kunden|person en|benutzer|mitarbeiter|patienten|absender|empfänger|client e|utilisateur|utilisateurs|personne|personnes|persona|personas|usuario|usuarios|cliente|clientes|utente|usuário|usuários`)

// things are what a record is called that has a name and is no person.
var things = words(`company|companies|organization|organizations|organisation|org|product|products|item|items|file|files|folder|city|cities|country|countries|state|region|category|categories|tag|tags|brand|event|events|place|places|venue|location|store|shop|project|repo|repository|app|application|device|devices|model|package|module|plugin|song|album|track|playlist|genre|team|group|groups|department|role|roles|plan|service|services|host|server|database|table|column|field|fields|type|types|style|layer|font|color|school|university|bank|airport|hotel|airline|channel|video|game|currency|language|timezone|merchant|campaign|template|feature|features|properties|attribute|attributes|parameter|parameters|metric|job|task|step|steps|workflow|schema|class|method|function|license|node|cluster|image|script|scripts|dependencies|firma|produkt|artikel|ort|stadt|land|datei|produit|entreprise|ville|pays|producto|empresa|ciudad|país`)

// wherever are words that stand before another and leave its meaning.
var wherever = words(`user|users|customer|customers|client|contact|person|employee|patient|student|member|guest|owner|applicant|passenger|billing|shipping|delivery|mailing|home|work|office|business|personal|private|primary|secondary|main|alternate|alternative|other|your|my|customer s|kunden|rechnungs|liefer|buyer|cardholder|card holder|account holder|emergency contact|parent|guardian|spouse|driver|attendee|subscriber|registrant|recipient|sender|payer|payee|beneficiary|permanent|current|mother s|father s|mother|father|legal|preferred|given|last known|last|latest|old|new|hashed|encrypted|raw|x|fld|txt`)

// meanings are names of columns in the form of flat.
var meanings = table(map[Meaning]string{
	FirstName: `first name|firstname|first|name first|fname|f name|given name|givenname|given names|forename|forenames|christian name|middle name|middlename|middle names|middle initial|name given|name middle|vorname|vornamen|rufname|zweitname|prénom|prenom|prénoms|prenoms|nombre de pila|primer nombre|segundo nombre|nome proprio|primeiro nome|prenome|voornaam|förnamn|fornavn|etunimi|fornafn|imię|imie|jméno|jmeno|křestní jméno|meno|krstné meno|keresztnév|utónév|prenume|ime|vardas|vārds|eesnimi|имя|отчество|ім я|імя|по батькові|име|όνομα|ad|adı|isim|名|名前 名|名前名|세례명|이름 명|tên|nama depan|nama pertama|الاسم الأول|שם פרטי`,
	LastName:  `last name|lastname|last|name last|lname|l name|surname|surnames|sur name|family name|familyname|name family|second name|maiden name|birth name|married name|nachname|nachnamen|familienname|zuname|geburtsname|nom de famille|nom patronymique|nom de naissance|nom usuel|apellido|apellidos|primer apellido|segundo apellido|apellido paterno|apellido materno|cognome|sobrenome|apelido|último nome|achternaam|familienaam|efternamn|etternavn|efternavn|sukunimi|kenninafn|nazwisko|příjmení|prijmeni|priezvisko|vezetéknév|családnév|nume de familie|prezime|priimek|pavardė|uzvārds|perekonnanimi|фамилия|прізвище|επώνυμο|soyad|soyadı|soyisim|姓|苗字|名字|성|họ|nama belakang|اسم العائلة|שם משפחה`,
	FullName:  `full name|fullname|name full|complete name|display name|displayname|real name|realname|person name|personal name|formatted name|customer name|customername|client name|clientname|contact name|contactname|patient name|patientname|student name|studentname|pupil name|employee name|employeename|staff name|member name|membername|guest name|guestname|participant name|participant|participants|attendee|attendee name|passenger|passenger name|applicant|applicant name|candidate name|driver name|tenant name|teacher name|parent name|child name|spouse name|spouse|mother name|father name|mother s name|father s name|next of kin|emergency contact|emergency contact name|guardian|guardian name|doctor name|physician|physician name|referring physician name|performing physician name|reading physician name|requesting physician name|consulting physician name|scheduled physician name|approving physician name|operator name|operators name|performer name|verifying observer name|interpretation author name|interpretation recorder name|interpretation transcriber name|content creator name|responsible person name|other patient names|order entered by name|recipient of results name|results distribution name|mother s birth name|friend name|user full name|user fullname|username full|insured name|policyholder|policy holder|borrower|signatory|signed by|reviewer name|assignee name|employee|patient|vollständiger name|voller name|kundenname|kunde|vor und nachname|vorname nachname|name vorname|nachname vorname|ansprechpartner|mitarbeiter|mitarbeitername|teilnehmer|versicherter|patientenname|versicherungsnehmer|nom complet|nom et prénom|nom prénom|nom et prenom|nom prenom|prénom nom|prenom nom|nom du client|nom client|nom de l utilisateur|nom du contact|salarié|nombre completo|nombre y apellidos|nombre y apellido|apellidos y nombre|nombre del cliente|nombre cliente|nome completo|nome e cognome|cognome e nome|nome cognome|cognome nome|nominativo|intestatario|nome do cliente|nome cliente|volledige naam|klantnaam|naam klant|fullständigt namn|fullt navn|fulde navn|koko nimi|imię i nazwisko|imie i nazwisko|nazwisko i imię|jméno a příjmení|meno a priezvisko|teljes név|nume complet|nume și prenume|nume si prenume|ime i prezime|ime in priimek|фио|ф и о|полное имя|фамилия имя отчество|имя и фамилия|имя фамилия|имя клиента|піб|ονοματεπώνυμο|ad soyad|adı soyadı|isim soyisim|氏名|姓名|お名前|名前|フルネーム|氏名 漢字|氏名 カナ|フリガナ|ふりがな|성명|이름|họ và tên|họ tên|nama lengkap|الاسم الكامل|شם מלא|שם מלא`,
	Name:      `name|names|nom|noms|nombre|nombres|nome|nomi|naam|namn|navn|nimi|nafn|nazwa|név|nume|όνομα ονομα|имя клиента покупатель|клиент|покупатель|заказчик|customer|customers|client|cliente|klant|kund|klient|person|people|subject|student|member|guest|nama|اسم|الاسم|שם|title name|user|users|benutzer|utilisateur|usuario|usuário|utente|пользователь|assigned to|assignee|reporter|resident|bewohner|inhaber|teilnehmende`,
	Account:   `username|user name|login|loginname|login name|logon|user login|nick|nickname|nick name|screen name|screenname|handle|twitter handle|instagram|skype|alias|account name|accountname|user account|profile name|gamertag|remote user|auth user|cs username|authuser|benutzername|anmeldename|nutzername|spitzname|nom d utilisateur|identifiant|pseudo|pseudonyme|surnom|nombre de usuario|apodo|nome utente|nome de usuário|gebruikersnaam|användarnamn|brukernavn|brugernavn|nazwa użytkownika|логин|имя пользователя|никнейм|kullanıcı adı|ユーザー名|ユーザ名|用户名|用戶名|昵称|닉네임|사용자 이름`,
	Sender:    `sender|sender name|sendername|from|from name|fromname|from user|payer|payer name|debtor|debtor name|remitter|originator|ordering party|absender|absendername|auftraggeber|zahler|zahlungspflichtiger|expéditeur|expediteur|émetteur|donneur d ordre|débiteur|remitente|ordenante|mittente|ordinante|remetente|afzender|avsändare|avsender|afsender|nadawca|odesílatel|отправитель|плательщик|gönderen|送信者|差出人|发件人|寄件人|보낸사람|보낸 사람`,
	Recipient: `recipient|recipient name|recipientname|to name|toname|to user|receiver|receiver name|payee|payee name|beneficiary|beneficiary name|creditor|creditor name|counterparty|counterparty name|addressee|ship to|ship to name|bill to|bill to name|billing name|shipping name|delivery name|consignee|empfänger|empfängername|zahlungsempfänger|begünstigter|zahlungspartner|gegenkonto name|auftraggeber empfänger|begünstigter auftraggeber|beguenstigter zahlungspflichtiger|begünstigter zahlungspflichtiger|name zahlungsbeteiligter|destinataire|bénéficiaire|beneficiaire|créancier|destinatario|beneficiario|destinatário|favorecido|beneficiário|ontvanger|begunstigde|naam tegenpartij|mottagare|mottaker|modtager|odbiorca|příjemce|получатель|alıcı|受信者|受取人|宛先|收件人|收款人|받는사람|받는 사람`,
	Author:    `author|authors|author name|authorname|writer|written by|created by|creator|creator name|posted by|submitted by|uploaded by|uploader|photographer|artist name|commenter|reviewer|autor|auteur|autore|verfasser|erstellt von|författare|forfatter|автор|yazar|著者|作者|저자`,
	Contact:   `contact|contact person|contact person name|kontakt|kontaktperson|personne à contacter|persona de contacto|contatto|contactpersoon|контактное лицо|контакт|担当者|联系人`,
	Holder:    `owner|owner name|ownername|holder|account holder|account holder name|accountholder|accountholdername|account owner|card holder|cardholder|cardholder name|card holder name|name on card|nameoncard|card name|cc name|bank account holder|kontoinhaber|karteninhaber|eigentümer|besitzer|halter|titulaire|titulaire du compte|propriétaire|titular|titular de la cuenta|propietario|intestatario conto|proprietario|titular da conta|proprietário|rekeninghouder|eigenaar|kontoinnehavare|ägare|właściciel|posiadacz rachunku|владелец|держатель карты|sahibi|所有者|口座名義|口座名義人|持卡人|예금주`,
	Birth:     `birth date|birthdate|date of birth|dateofbirth|dob|d o b|birthday|birth day|bday|born|born on|date birth|birth|birth dt|customer dob|geburtsdatum|geburtstag|geb datum|geb|geboren am|geboren|date de naissance|naissance|né le|née le|date naissance|ddn|fecha de nacimiento|fecha nacimiento|nacimiento|f nacimiento|data di nascita|nascita|nato il|data de nascimento|nascimento|data nascimento|dt nascimento|geboortedatum|födelsedatum|fødselsdato|syntymäaika|data urodzenia|datum narození|dátum narodenia|születési dátum|születési idő|data nașterii|data nasterii|datum rođenja|datum rojstva|дата рождения|день рождения|дата народження|ημερομηνία γέννησης|doğum tarihi|生年月日|誕生日|出生日期|生日|생년월일|생일|ngày sinh|tanggal lahir|تاريخ الميلاد|תאריך לידה`,
	Street:    `street|street address|streetaddress|street name|streetname|street line|street line 1|address line|address line 1|address line 2|addressline1|addressline2|address line1|address line2|addressline|address 1|address 2|address1|address2|address street|addr1|addr2|addr line 1|line1|line2|road|straße|strasse|str|straße nr|straße und hausnummer|strasse hausnummer|straße hausnummer|strasse nr|anschriftenzeile|rue|voie|adresse ligne 1|adresse 1|adresse 2|numéro et rue|calle|calle y número|dirección línea 1|via|via e numero|indirizzo riga 1|rua|logradouro|straat|straat en huisnummer|gata|gatuadress|gateadresse|gade|vej|katuosoite|ulica|ulice|utca|strada|улица|вулиця|οδός|sokak|cadde|町名番地|番地|住所1|住所2|街道|도로명`,
	House:     `house number|housenumber|house no|house nr|street number|streetnumber|building number|hausnummer|haus nr|hausnr|nr hausnummer|numéro de rue|numéro de voie|número de casa|numero civico|civico|huisnummer|husnummer|husnr|nr domu|numer domu|číslo domu|дом|номер дома|номер будинку|apartment|apt|unit|flat|suite|appartement|квартира`,
	City:      `city|town|city name|locality|address city|post town|municipality|suburb|hometown|home town|stadt|ort|wohnort|gemeinde|ville|commune|localité|ciudad|localidad|población|municipio|città|comune|cidade|município|woonplaats|plaats|stad|postort|poststed|by|kaupunki|miasto|miejscowość|město|obec|mesto|város|település|oraș|oras|grad|город|населенный пункт|місто|πόλη|şehir|il ilçe|市区町村|市町村|城市|도시|thành phố|kota|المدينة|עיר`,
	Postcode:  `zip|zip code|zipcode|pin code|pincode|postal pin|zip postal code|zip postcode|postal code|postalcode|postcode|post code|address zip|address postal code|plz|postleitzahl|code postal|cp|código postal|codigo postal|c p|cap|cep|codice postale|postnummer|postnr|postinumero|kod pocztowy|psč|psc|irányítószám|cod poștal|poštanski broj|poštna številka|почтовый индекс|индекс|поштовий індекс|τκ|ταχυδρομικός κώδικας|posta kodu|郵便番号|邮编|邮政编码|우편번호|mã bưu điện|kode pos`,
	Region:    `state|province|state province|state or province|region|county|address state|address region|bundesland|kanton|département|departement|provincia|estado|prov|regione|provincie|län|fylke|województwo|kraj|область|регион|都道府県|省|省份`,
	Country:   `country|country name|countryname|address country|land|pays|país|pais|paese|kraj|krajina|země|страна|країна|ülke|国|国家|국가|maa`,
	Postal:    `address|addr|full address|fulladdress|postal address|postaladdress|mailing address|home address|homeaddress|billing address|shipping address|delivery address|residential address|residence|permanent address|current address|work address|address full|formatted address|formattedaddress|adr|adresse|anschrift|wohnadresse|postanschrift|lieferadresse|rechnungsadresse|wohnanschrift|adresse postale|adresse complète|adresse de livraison|adresse de facturation|domicile|dirección|direccion|domicilio|dirección postal|indirizzo|residenza|endereço|endereco|morada|adres|adress|osoite|adresa|cím|lakcím|адрес|адрес проживания|адрес регистрации|адреса|διεύθυνση|adresi|住所|地址|住址|주소|địa chỉ|alamat|العنوان|כתובת`,
	Email:     `email|e mail|mail|email address|emailaddress|e mail address|mail address|email id|courriel|adresse email|adresse mail|e mail adresse|emailadresse|mailadresse|correo|correo electrónico|correo electronico|posta elettronica|indirizzo email|e post|epost|sähköposti|email adres|почта|эл почта|электронная почта|емейл|メール|メールアドレス|邮箱|电子邮件|电子邮箱|이메일|e posta`,
	Phone:     `phone|phone number|phonenumber|phone no|telephone|telephone number|tel|tel no|mobile|mobile phone|mobile number|mobile no|mobilephone|cell|cell phone|cellphone|cell number|fax|fax number|whatsapp|msisdn|contact number|telefon|telefonnummer|handy|handynummer|mobil|mobilnummer|rufnummer|festnetz|téléphone|telephone portable|portable|numéro de téléphone|mobile téléphone|teléfono|telefono|móvil|celular|número de teléfono|cellulare|telefone|telemóvel|telefoonnummer|telefoon|gsm|puhelin|puhelinnumero|numer telefonu|telefon komórkowy|телефон|номер телефона|мобильный|моб|cep telefonu|電話|電話番号|携帯電話|手机|手机号|电话|전화번호|휴대폰|điện thoại|số điện thoại`,
	Password:  `password|passwd|pass|pwd|passwort|kennwort|mot de passe|mdp|contraseña|contrasena|clave|senha|wachtwoord|lösenord|passord|adgangskode|salasana|hasło|haslo|heslo|jelszó|parola|lozinka|geslo|пароль|κωδικός|şifre|パスワード|密码|密碼|口令|비밀번호|mật khẩu|kata sandi|كلمة المرور|סיסמה|password hash|passwordhash|pass hash|hashed password|encrypted password|password digest|password encrypted|passwd hash|pwd hash|pwhash|pw hash|pw|userpass|user pass|user password|login password|old password|new password|plain password|password plain|password confirmation|confirm password|password salt|passphrase|pass phrase|pin|security pin|pin hash|security answer|secret answer|security code|cvv|cvv2|cvc|cvc2|card cvv|card cvc|card security code|tan|otp|otp secret|totp secret|mfa secret|two factor secret|recovery code|recovery codes|backup codes`,
	Secret:    `secret|client secret|api secret|api key|apikey|api token|access token|accesstoken|refresh token|refreshtoken|auth token|authtoken|authorization|id token|bearer token|session token|secret key|secretkey|secret access key|aws secret access key|private key|privatekey|encryption key|signing key|oauth token|oauth token secret|token secret|personal access token|webhook secret|jwt|remember token|reset token|reset password token|password reset token|confirmation token|csrf token|connection string|api schlüssel|clé api|clave api`,
	Amount:    `amount|total|total amount|sum|payment amount|transaction amount|value amount|debit|credit|debit amount|credit amount|paid|amount paid|price paid|grand total|order total|invoice total|betrag|umsatz|summe|gesamtbetrag|betrag eur|soll|haben|montant|montant total|débit|crédit|importe|monto|cantidad|importo|valor|quantia|bedrag|bedrag eur|belopp|beløb|beløp|summa|kwota|částka|suma|összeg|сумма|сума|ποσό|tutar|金額|金额|금액|số tiền|jumlah`,
	Currency:  `currency|currency code|ccy|cur|währung|waehrung|devise|monnaie|moneda|divisa|valuta|moeda|munt|waluta|měna|mena|pénznem|валюта|νόμισμα|para birimi|通貨|货币|币种|통화`,
	Date:      `date|transaction date|trans date|booking date|payment date|paid at|value date|posting date|posted|posted date|order date|invoice date|txn date|date paid|buchungstag|buchungsdatum|valutadatum|wertstellung|datum|date opération|date de l opération|date d opération|date de valeur|date comptable|date operation|fecha|fecha operación|fecha valor|fecha de pago|data|data operazione|data contabile|data valuta|data do pagamento|data lançamento|boekdatum|transactiedatum|bokföringsdag|bogføringsdato|bokført|kirjauspäivä|data transakcji|data księgowania|datum transakce|dátum|дата|дата операции|дата платежа|дата операції|ημερομηνία|tarih|işlem tarihi|日付|取引日|支払日|交易日期|交易时间|日期|거래일|created at|timestamp|time`,
	Purpose:   `description|purpose|reference|memo|details|narrative|payment reference|remittance information|transaction description|payment description|verwendungszweck|buchungstext|zahlungsgrund|libellé|libelle|motif|motif du virement|concepto|descripción|causale|descrizione|descrição|histórico|omschrijving|mededelingen|meddelande|viesti|tytuł|tytuł przelewu|opis|zpráva|közlemény|назначение платежа|описание|açıklama|摘要|備考|备注|적요|note|notes`,
	Latitude:  `lat|latitude|gps lat|gps latitude|geo lat|geo latitude|location lat|location latitude|position lat|coordinates lat|y lat|start lat|start latitude|breitengrad|breite|latitud|latitudine|latitude e7|latitudee7|lat e7|широта|緯度|纬度|위도`,
	Longitude: `lon|lng|long|longitude|gps lon|gps lng|gps long|gps longitude|geo lon|geo lng|geo long|geo longitude|location lon|location lng|location long|location longitude|position lon|position lng|coordinates lng|coordinates lon|start lng|start lon|start longitude|längengrad|länge|longitud|longitudine|longitude e7|longitudee7|lon e7|lng e7|долгота|経度|经度|경도`,
	Position:  `coordinates|coordinate|coords|latlng|lat lng|lat lon|latlon|lat long|geo|geolocation|geo point|geopoint|geo location|geo coordinates|gps|gps coordinates|gps position|gps location|position|location coordinates|koordinaten|coordonnées gps|coordenadas|coordinate gps|координаты|座標|坐标|좌표`,
	Altitude:  `alt|altitude|elevation|ele|gps altitude|höhe|altitud|quota|высота`,
	Time:      `timestamp ms|timestampms|gps time|fix time|location time|recorded at|time recorded`,
	IP:        `ip|ip address|ipaddress|ip addr|ipaddr|remote ip|remoteip|remote addr|remote address|client ip|clientip|user ip|source ip|src ip|sourceipaddress|source ip address|last ip|last login ip|login ip|registration ip|signup ip|ip v4|ipv4|ipv6|x forwarded for|forwarded for|c ip|s ip|host ip|ip adresse|adresse ip|dirección ip|indirizzo ip|endereço ip|ip адрес|ip地址|ipアドレス`,
	UserAgent: `user agent|useragent|ua|http user agent|agent|browser agent|browser user agent|cs user agent|user agent string|device user agent`,
	Cookie:    `cookie|cookies|cookie id|cookieid|session id|sessionid|session|jsessionid|phpsessid|sid|visitor id|visitorid|client id cookie|ga client id|google analytics id|gaid|idfa|idfv|aaid|advertising id|advertiser id|ad id|adid|device id|deviceid|android id|device uuid|device token|push token|fcm token|fbp|fbc|gclid|fbclid|anonymous id|anonymousid|tracking id|browser id|cs cookie`,
	Serial:    `serial|serial number|serialnumber|serial no|imei|imei number|imei1|imei2|meid|imsi|iccid|device serial|device serial number|seriennummer|numéro de série|número de serie|numero di serie|серийный номер|シリアル番号|序列号`,
})

// table turns the lists around. A name in two lists means the one that comes
// first among the constants.
func table(lists map[Meaning]string) map[string]Meaning {
	m := map[string]Meaning{}
	for meaning := range meaningEnd {
		for w := range strings.SplitSeq(lists[meaning], "|") {
			if _, taken := m[w]; !taken && w != "" {
				m[w] = meaning
			}
		}
	}
	return m
}
