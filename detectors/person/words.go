package person

import (
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// Kinds of words in a row of capitalised words; bits.
const (
	title    uint8 = 1 << iota // "Dr": a name follows
	greeting                   // "Dear": a name or a title follows
	common                     // begins sentences, stands before names, and is never part of one
	thing                      // makes the row an organisation, a place or a work
	doubt                      // a name that is as well a common word or a place
	month                      // ends a name
	never    = common | thing | greeting | title | month
)

// kinds are the words by their lower case.
var kinds = wordKinds(map[uint8]string{
	title: `mr mrs ms miss mister dr prof professor doctor herr herrn frau hr fru frk mme mlle monsieur madame mademoiselle sr sra srta señor señora
		señorita senhor senhora sig sigra signor signora signore dott dottssa dhr mevr meneer mevrouw pan pani pán paní sir dame rev fr sgt capt col lt maj
		dipl-ing ing mag rabbi imam sheikh mx don doña dom dona lic`,
	greeting: `dear hi hello hallo hola ciao bonjour salut hey liebe lieber cher chère chers caro cara gentile estimado estimada querido querida prezado prezada
		kære hej hei beste geachte kedves szanowny szanowna drogi droga drahý milý`,
	common: `the a an this that these those when while after before if as at in on by for from with and or but so we i he she it they you your our my his her
		their its to of is was are were please contact patient client customer user employee agent attention attn subject re fwd name names signed regards best
		kind sincerely thanks thank yours today yesterday tomorrow however although because since until where which who whose what why how let can could would should
		did does do has have had will may must also now then there here about because both each every all any some no not yes only even just still ask call email
		send see meet met tell told said note notes staff member members passenger guest tenant driver student teacher author artist photographer by-line photo
		owner holder insured applicant defendant plaintiff witness victim suspect officer detective nurse manager director president chairman ceo cfo cto engineer
		minister senator king queen prince princess lord lady captain sergeant mayor judge
		der die das den dem ein eine und oder mit von bei für wenn als nach vor ist war ihr ihre sein seine patientin kunde kundin name
		le la les un une et ou avec de des du pour quand si il elle nous vous est son sa ses client nom
		el los las una y o con para cuando es su sus cliente nombre il lo gli e per che nome het een en van voor met klant naam
		later earlier once during despite according following under over between among against within without via per cc bcc to sender recipient`,
	thing: `street st road rd avenue ave lane drive boulevard blvd square court place way close crescent terrace highway hwy parkway bridge plaza station airport port
		university college school institute academy hospital clinic church cathedral museum library theatre theater park garden gardens hotel inn restaurant cafe café bar
		inc ltd llc corp corporation company co gmbh ag kg plc sa sas sarl spa srl bv nv ab oy as foundation association society club union council committee
		commission department ministry agency bureau office bank group holding holdings partners associates consulting services solutions systems technologies
		technology software industries international national federal state county city town village district province region republic kingdom river lake mount
		mountain mountains hill hills valley island islands bay beach coast falls springs creek forest desert ocean sea north south east west northern southern eastern western
		award prize cup league championship tournament stadium arena festival act law bill treaty agreement amendment theorem algorithm effect syndrome disease method
		test day week month year eve night news times post journal magazine press media network radio tv television records music band orchestra choir film movie
		series season episode chapter volume edition part book house building tower center centre mall store shop market project program programme plan policy
		report conference summit forum studio studios pictures entertainment games team teams fc united motors airlines airways air railway line lines
		brothers bros sons family insurance capital fund trust financial investments ventures securities edition model series pro plus max mini air
		straße strasse platz allee weg gasse rue via calle plaza piazza avenida rua place pont gare bahnhof universität université universidad
		server service manager studio windows office explorer player api sdk java script code editor license licence version release desktop mobile app
		catholic methodist baptist orthodox christian islamic jewish roman greek latin american british english french german spanish italian chinese japanese
		european african asian indian canadian australian dutch swedish russian polish portuguese brazilian mexican`,
	month: `january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday
		jan feb mar apr jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun
		januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag
		janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche
		enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre gmt utc cet est pst edt pdt`,
	doubt: `will may mark grant chase rose paris london dallas austin hope faith joy grace art bill bob rob frank dean jack pat sue drew guy ray
		gene dale glen cliff heath lance miles norm rich rod stone summer autumn dawn iris ivy lily violet daisy olive pearl ruby crystal jade amber ginger sandy
		rusty buddy major earl duke baron king prince page young long short brown black white green gray grey gold silver wood woods banks brooks field fields
		sydney madison jackson lincoln victoria georgia virginia carolina dakota india china jordan chad israel ireland florence vienna verona milan roma
		savannah charlotte phoenix cleveland houston denver logan hudson brooklyn bronx chelsea kent chester lourdes mercedes santiago san santa santo saint st
		new los las angel angeles christ jesus mary holy bishop pope day knight price cash love sharp small power powers bell cook carpenter mason
		taylor baker smith hunter fisher porter parker tanner cooper carter archer gardener sky star sun moon storm rain snow winter
		harmony melody destiny trinity liberty justice constance patience prudence felicity serenity honor ace rocky sonny
		windows java ruby python perl apache jenkins travis alexa siri cortana watson oracle kelly tesla
		marina delta alma ada lisa opera nova aurora celeste luna stella sierra asia africa america europa kenya cuba malaysia
		even nil line valid server constant trace general else len rune alone unique delta meta haven peer chance among skipped lot pip idea job
		param promise golden flip lex jail hud arch ties tri kick prune buster shade lean pit beat bars nine walker pie iban gun lone neo tome nike
		atlas floor della dell dalla una alla dea hong kong self public free open secure global express
		genesis nevaeh messiah royal royce bentley lexus porsche ford lincoln chrysler dodge morgan stanley`,
})

// wordKinds sorts the words of lists; a word of several lists is of the first in
// the order of the bits that is not doubt.
func wordKinds(lists map[uint8]string) map[string]uint8 {
	m := map[string]uint8{}
	for _, kind := range []uint8{doubt, common, thing, month, greeting, title} {
		for word := range strings.FieldsSeq(lists[kind]) {
			m[word] = kind
		}
	}
	m["will"], m["may"], m["king"], m["mark"] = doubt, doubt, doubt, doubt
	return m
}

// kindOf is the kind of a word in any case; 0 for most. It allocates nothing.
func kindOf(word []byte) uint8 {
	var buf [24]byte
	if len(word) > len(buf) {
		return 0
	}
	low := buf[:len(word)]
	for i, b := range word {
		low[i] = textscan.Fold(b)
	}
	if k := kinds[string(low)]; k != 0 || utf8.RuneCount(word) == len(word) {
		return k
	}
	return kinds[strings.ToLower(string(word))]
}

// joins are the small words within names.
var joins = wordSet(`de da do dos das di del della von van der den zu zur la le el al bin bint ibn ben ter ten af av y e du des`)

// brands are companies and works that are named as people are.
var brands = wordSet(`morgan+stanley charles+schwab harley+davidson levi+strauss philip+morris ralph+lauren tommy+hilfiger calvin+klein louis+vuitton
	harvey+norman ernst+young hugo+boss mercedes+benz rolls+royce aston+martin alfa+romeo jack+daniels johnnie+walker ben+jerry ann+taylor
	virginia+woolf jane+doe+llc merrill+lynch john+deere jack+wolfskin dolce+gabbana giorgio+armani jordan+brand jim+beam eddie+bauer kate+spade
	michael+kors marc+jacobs estee+lauder elizabeth+arden mary+kay karl+marx+stadt tim+hortons wendy+burger martin+marietta lockheed+martin
	perrier+jouet thomas+cook marks+spencer aldi+nord harry+potter star+wars sherlock+holmes`)

// isBrand reports whether name, in any case, is one of brands.
func isBrand(name []byte) bool {
	var buf [32]byte
	low := buf[:0]
	for _, b := range name {
		if b >= utf8.RuneSelf || len(low) == len(buf) {
			return brands[strings.ToLower(string(name))]
		}
		low = append(low, textscan.Fold(b))
	}
	return brands[string(low)]
}

func wordSet(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[strings.ReplaceAll(w, "+", " ")] = true
	}
	return m
}

// cues are the words that a name stands behind.
var cues = textscan.NewWords(
	"name", "name is", "named", "called", "full name", "fn", "patient", "employee", "agent", "support agent", "signed", "signed by", "contact", "attn", "attention",
	"customer", "client", "cardholder", "card holder", "account holder", "passenger", "tenant", "applicant", "beneficiary", "recipient", "sender", "insured",
	"ansprechpartner", "ansprechpartnerin", "kunde", "kundin", "patientin", "heißt", "heiße", "vorname nachname", "gezeichnet", "namens",
	"nom", "je m'appelle", "s'appelle", "nommé", "nommée", "signé", "titulaire", "nombre", "me llamo", "se llama", "titular", "paciente", "cliente",
	"nome", "mi chiamo", "si chiama", "intestatario", "paziente", "firmato", "meu nome é", "chamado", "chamada", "naam", "ik heet", "heet", "navn", "namn", "jag heter",
	"imię i nazwisko", "nazwisko", "jméno", "név", "nimi", "имя", "фио", "меня зовут", "пациент", "клиент", "όνομα",
	"employee named", "colleague", "my wife", "my husband", "my son", "my daughter", "my brother", "my sister", "my friend", "my boss", "my name is",
)

// closings are the words that end a letter; who wrote it stands in the next line.
var closings = textscan.NewWords(
	"regards", "best", "sincerely", "yours", "faithfully", "thanks", "thank you", "cheers", "wishes",
	"grüße", "grüßen", "gruß", "gruss", "grüsse", "cordialement", "salutations", "amicalement", "atentamente", "saludos", "saludo",
	"cordiali saluti", "saluti", "atenciosamente", "cumprimentos", "abraços", "groet", "groeten", "hilsen", "hälsningar", "pozdrawiam", "poważaniem",
	"pozdravem", "üdvözlettel", "terveisin", "уважением",
)
