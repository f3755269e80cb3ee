package address

import (
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// What a word says of an address; bits.
const (
	behind uint8 = 1 << iota // ends the name of a street, in English: "Baker Street"
	before                   // begins it, behind or before the number: "12 rue de la Paix", "Rue du Lac 12"
	first                    // begins it, where the number comes last: "Via Roma 12"
	alone                    // ends it, before the number, as a word of its own: "Fő utca 5"
	weak                     // is many other things: a postcode must follow
	label                    // numbers something else: "Page 12"
	unit                     // numbers a part of a house: "Suite 12"
	box                      // numbers a box at a post office
)

// lower lets a word of a street begin with a small letter, where the number comes
// last: those that are before or first and no words of English.
const lower = alone

// words are the kinds of words by their lower case, and mayBeWord what may be one.
var (
	words     = wordKinds(lists)
	mayBeWord = gateOf(words)
)

var lists = []wordList{
	{behind, `street st road rd avenue ave av lane ln drive boulevard blvd highway hwy parkway pkwy terrace crescent str`},
	{behind | weak, `dr court ct place pl square sq trail circle cir row grove mews walk quay close way gardens hill park rise view green alley plaza loop
		crossing bend run pike path point ridge rapids forks mill mills greens centre center junction`},
	{before | lower, `rue chemin allée impasse chaussée`},
	{before | first, `avenue boulevard route quai bd`},
	{before | weak, `cours place square`},
	{first | lower, `calle rua avda ul ulica travessa`},
	{first, `via viale piazza piazzale corso vicolo largo avenida av paseo praça trg strada strasse straße carrer camino plaza bulevar bulevardul alameda`},
	{alone, `strasse straße utca út u tér körút street str allee platz weg gasse katu gatan vägen vej gade straat laan cesta ulica`},
	{fleet, `aa ae ap`},
	{label, `psc page p pp chapter figure fig table section part step version volume vol no number nr issue room line item day days week year level phase
		note article art paragraph rule act class grade group team round season episode windows android ios iphone model type series build release
		january february march april may june july august september october november december january januar februar märz mai juni juli oktober dezember
		janvier février mars avril juin juillet août septembre octobre novembre décembre monday tuesday wednesday thursday friday saturday sunday
		enero febrero marzo mayo junio julio agosto septiembre octubre noviembre diciembre gennaio aprile maggio giugno luglio settembre ottobre dicembre
		jan feb mar apr jun jul aug sep sept oct nov dec port id code error status total sum age aged code ref reference order invoice account card
		the a an in of at on and or to from by for since until about over under than with tel telephone phone fax mobile ext call`},
	{unit, `apt apartment suite ste unit flat floor building block bldg etage stock piso lgh appt`},
	{box, `postfach postbus postboks apartado postlåda postilokero`},
	{box | weak, `box bp`},
}

// fleet are the regions of the armed forces of the United States, in capitals or not.
const fleet = weak | label

type wordList struct {
	kind uint8
	list string
}

func wordKinds(lists []wordList) map[string]uint8 {
	m := map[string]uint8{}
	for _, l := range lists {
		for w := range strings.FieldsSeq(l.list) {
			m[w] |= l.kind
		}
	}
	return m
}

// maxKnown bounds the bytes of a word that is looked up.
const maxKnown = 16

// kindOf is the kind of a word in any case; 0 for most.
func kindOf(word []byte) uint8 {
	if !mayBeWord.has(word) {
		return 0 // nearly always
	}
	var buf [maxKnown]byte
	low := buf[:len(word)]
	for i, b := range word {
		low[i] = textscan.Fold(b)
	}
	return words[string(low)]
}

// gate tells most words apart from those of a list: bit b%32 of first[n][a%32] says
// that some word of n bytes begins with a and b, and last says the same of the
// last two, in reverse. A case of ASCII is like the other.
type gate struct{ first, last [maxKnown + 1][32]uint32 }

func gateOf[V any](words map[string]V) (g gate) {
	for w := range words {
		if n := len(w); n > 0 && n <= maxKnown {
			g.first[n][w[0]%32] |= 1 << (w[min(1, n-1)] % 32)
			g.last[n][w[n-1]%32] |= 1 << (w[max(n-2, 0)] % 32)
		}
	}
	return g
}

func (g *gate) has(word []byte) bool {
	n := len(word)
	if n > maxKnown || n == 0 {
		return false
	}
	return g.first[n][word[0]%32]>>(word[min(1, n-1)]%32)&(g.last[n][word[n-1]%32]>>(word[max(n-2, 0)]%32))&1 != 0
}

// gated is a set of words behind a gate.
type gated struct {
	gate gate
	set  map[string]bool
}

func newGated(set map[string]bool) *gated { return &gated{gate: gateOf(set), set: set} }

func (g *gated) has(word []byte) bool { return g.gate.has(word) && g.set[string(word)] }

// joins are the small words within the names of streets.
var joins = newGated(set(`de du des de la le les l d di dei del della delle dello degli da do dos das der den dem van von zum zur am an el los las y e et of the und`))

// endings are how the names of streets end that are one word with what they are.
var endings = []string{
	"straße", "strasse", "gasse", "allee", "platz", "damm", "ufer", "steig", "weg", "gatan", "vägen", "gränd", "gata", "vegen", "veien", "vej",
	"gade", "straat", "laan", "plein", "gracht", "dijk", "singel", "kade", "katu", "kuja", "utca", "backen", "torget", "stræde",
}

// noStreets end like streets and are none.
var noStreets = set(`arbeitsplatz parkplatz stellplatz sitzplatz spielplatz sportplatz marktplatz-nr listenplatz norweg brigade regata renegade arkade unterweg
	flugplatz liegeplatz stehplatz tabellenplatz startplatz`)

// streetLike reports whether a word ends as the names of streets do. point tells
// that one follows: "Hauptstr."
func streetLike(word []byte, point bool) bool {
	low := strings.ToLower(string(word))
	if utf8.RuneCountInString(low) < 6 || noStreets[low] {
		return false
	}
	if strings.HasSuffix(low, "str") && point {
		return true
	}
	for _, e := range endings {
		if strings.HasSuffix(low, e) && len(low) > len(e)+1 {
			return true
		}
	}
	return false
}

func set(list string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		m[w] = true
	}
	return m
}
