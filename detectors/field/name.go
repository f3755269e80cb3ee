package field

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/text/unicode/norm"
)

// Likeness is how much a value looks like the name of a person.
type Likeness int

const (
	NoName  Likeness = iota // a placeholder, a maker's default, a program, a number
	Licence                 // a licence or the bare word copyright: names nobody
	Company                 // an organisation's name
	Handle                  // one word, an address, a sentence: may stand for a person
	Person                  // two words or more, or a name in a script without blanks
)

// nobody are values that programs, cameras and forms put where a name belongs,
// in the form that Canonical gives but with the words in order.
var nobody = set(`
	unknown|unbekannt|inconnu|inconnue|desconocido|desconhecido|sconosciuto|okänd|onbekend|неизвестно|неизвестный|不明|未知
	n a|na|none|null|nil|undefined|unnamed|untitled|not set|not available|not specified|no name|noname|keine|aucun|ninguno
	default|user|owner|admin|administrator|root|guest|system|anonymous|anonym|anonyme|nobody|everyone|me|test user
	your name|your name here|name|my name|first last|first name last name|enter name|type your name here
	olympus digital camera|minolta digital camera|konica minolta digital camera|kodak digital still camera|digital camera|digital still camera
	sony dsc|samsung digital camera|samsung techwin|samsung|canon|nikon|nikon corporation|sony|olympus|olympus imaging corp|panasonic|fujifilm|pentax|kodak|casio|ricoh|leica|hasselblad|dji|gopro|apple|google|huawei|xiaomi|motorola|lge|htc|nokia|casio computer co ltd|eastman kodak company
	picasa|adobe|adobe systems|adobe systems incorporated|microsoft|microsoft corporation|microsoft office user|windows user|preferred customer|valued customer|valued gateway customer|authorised user|authorized user|hp|hewlett packard|hewlett packard company|dell|lenovo|acer|asus|toshiba|compaq|hp authorized customer
	gimp|created with gimp|exiftool|imagemagick|ffmpeg|lavf|handbrake|photoshop|lightroom|darktable|rawtherapee|inkscape|libreoffice|openoffice|openoffice org|python docx|apache poi|latex|tex|pandoc|wordpress|canva|flickr|instagram|facebook|whatsapp
	iphone|ipad|android|camera|phone|computer|pc|scanner|screenshot
	creator|photographer name|artist name|author name|copyright holder|rights holder
	various|various artists|va|unknown artist|unknown author|unknown photographer|staff|team|editor in chief
`)

// programs start the name of a program or a device when a digit or one of
// products follows somewhere.
var programs = set(`adobe|picasa|gimp|exiftool|imagemagick|ffmpeg|lavf|lavc|microsoft|google|apple|samsung|canon|nikon|sony|olympus|panasonic|fujifilm|pentax|kodak|acdsee|corel|photoshop|lightroom|capture|darktable|rawtherapee|digikam|xnview|irfanview|paint|inkscape|libreoffice|openoffice|itext|ghostscript|pdftex|latex|handbrake|itunes|quicktime|windows|android|iphone|ipad|hp|epson|brother|xerox|konica|minolta|ricoh|canoscan|scansnap|dji|gopro`)

var products = set(`photoshop|lightroom|illustrator|indesign|acrobat|premiere|bridge|elements|digital|camera|corporation|inc|office|word|powerpoint|excel|photos|photo|one|pro|viewer|studio|systems|imaging|scanner|paint|galaxy|eos|powershot|coolpix|picasa|camera|software|app|phone|editor|library`)

// organised are words that name the form or the trade of an organisation.
var organised = set(`ltd|limited|inc|incorporated|llc|llp|plc|corp|corporation|co|company|gmbh|ag|kg|ohg|ug|sarl|sas|sa|srl|spa|bv|nv|oy|oyj|ab|as|aps|kk|pty|pvt|ev|images|image|pictures|photos|photo|stock|media|press|news|agency|agence|agentur|agencia|studio|studios|photography|fotografie|fotografia|university|universität|université|universidad|college|institute|institut|museum|musée|museo|library|foundation|stiftung|fondation|association|verein|society|department|dept|ministry|bureau|group|holdings|international|records|entertainment|publishing|publications|magazine|times|journal|getty|reuters|afp|ap|dpa|shutterstock|alamy|wikimedia|nasa|esa|noaa|usgs|government|council|church|school|club|team|project`)

// licences are words of which a statement that names nobody is made.
var licences = set(`copyright|copyrighted|c|all|rights|reserved|right|public|domain|publicdomain|cc|cc0|by|sa|nc|nd|zero|creative|commons|attribution|share|sharealike|alike|noncommercial|noderivs|noderivatives|license|licence|licensed|licencia|lizenz|lizenziert|under|the|a|de|la|of|and|for|free|royalty|use|only|see|terms|none|gpl|mit|bsd|apache|gfdl|lgpl|mpl|unported|generic|international|paternité|paternite|partage|attribuzione|namensnennung|weitergabe|unter|gleichen|bedingungen|reconocimiento|compartirigual|tous|droits|réservés|reserves|alle|rechte|vorbehalten|todos|los|derechos|reservados|no|known|restrictions|is|this|image|photo|work|http|https|www|creativecommons|org|licenses|publicdomain|deed|en|legalcode|1|2|3|4|0|5`)

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.FieldsFunc(words, func(r rune) bool { return r == '|' || r == '\n' }) {
		if w = strings.TrimSpace(w); w != "" {
			m[w] = true
		}
	}
	return m
}

// Judge tells what the value of a name field looks like.
func Judge(value string) Likeness {
	if len(value) > maxJudged {
		return Handle // a text, whatever it says
	}
	var p plain
	if p.read(value) {
		var words [len(p.at)]string
		for i := range p.words {
			words[i] = p.word(i)
		}
		return judge(value, words[:p.words], p.flat())
	}
	words := wordsOf(value)
	return judge(value, words, strings.Join(words, " "))
}

// Read is Judge and CanonicalName at once.
func Read(value string) (Likeness, string) {
	words, like := wordsOf(value), Handle
	if len(value) <= maxJudged {
		like = judge(value, words, strings.Join(words, " "))
	}
	return like, canonical(value, words)
}

const maxJudged = 4096 // bytes

// judge is Judge with the words of value, also as flat: with single blanks between.
func judge(value string, words []string, flat string) Likeness {
	letters := 0
	for _, r := range flat {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch {
	case letters == 0, nobody[flat], program(words), allSame(flat):
		return NoName
	case all(words, licences):
		return Licence
	case marked(value), utf8.RuneCountInString(value) > 100, identifier(value, letters):
		return Handle
	case some(words, organised):
		return Company
	case len(words) >= 2 || letters >= 2 && unicode.In(first(flat), unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana):
		return Person
	}
	return Handle
}

// program tells whether words are a program or a device with its version.
func program(words []string) bool {
	if len(words) == 0 || !programs[words[0]] {
		return false
	}
	if len(words) == 1 {
		return true
	}
	for _, w := range words[1:] {
		if products[w] || strings.ContainsAny(w, "0123456789") {
			return true
		}
	}
	return false
}

// identifier tells whether a value is more digits than letters, as an account
// number or the hexadecimal form of one.
func identifier(value string, letters int) bool {
	digits := 0
	for _, r := range value {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	return digits >= letters && digits > 0
}

func all(words []string, in map[string]bool) bool {
	for _, w := range words {
		if !in[w] {
			return false
		}
	}
	return true
}

func some(words []string, in map[string]bool) bool {
	for _, w := range words {
		if in[w] {
			return true
		}
	}
	return false
}

func allSame(s string) bool {
	n := 0
	for _, r := range s {
		if n++; r != first(s) {
			return false
		}
	}
	return n > 1
}

// marked reports whether a value has a mark of addresses, paths or account names.
func marked(value string) bool {
	for i := range len(value) {
		switch value[i] {
		case '@', '/', '\\', '_':
			return true
		}
	}
	return false
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// wordsOf are the words of a value, NFKC and in lower case, without punctuation
// but for what stands inside a word.
func wordsOf(value string) []string {
	return strings.FieldsFunc(strings.ToLower(norm.NFKC.String(value)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && r != '\'' && r != '’'
	})
}

// CanonicalName is the form that spellings of one name share: NFKC, lower case,
// words sorted, so that "Silva, Ana" and "ana silva" are one. A value without
// letters or digits is its own.
func CanonicalName(value string) string {
	if c, ok := plainName(value); ok {
		return c // nearly always
	}
	return canonical(value, wordsOf(value))
}

// plain are the words of a short value of ASCII, nearly always one, as wordsOf gives
// them. It holds no pointers, so that it stays on the stack.
type plain struct {
	low [maxPlain]byte // the words with single blanks between
	n   int            // bytes of low

	at    [maxPlain/2 + 1][2]uint8 // where the words begin and end in low
	words int
}

const maxPlain = 48 // bytes

// read takes the words of value; false for a value of another kind.
func (p *plain) read(value string) bool {
	if len(value) > maxPlain {
		return false
	}
	n, in := 0, false
	for i := range len(value) {
		b := value[i]
		switch {
		case b >= utf8.RuneSelf:
			return false
		case b-'A' < 26:
			b += 'a' - 'A'
		case b-'a' < 26, b-'0' < 10, b == '\'':
		default:
			in = false
			continue
		}
		if !in {
			if n > 0 {
				p.low[n] = ' '
				n++
			}
			p.at[p.words][0] = uint8(n)
			p.words, in = p.words+1, true
		}
		p.low[n] = b
		n++
		p.at[p.words-1][1] = uint8(n)
	}
	p.n = n
	return true
}

// word is the i-th word, in p.
func (p *plain) word(i int) string {
	return unsafe.String(&p.low[p.at[i][0]], int(p.at[i][1]-p.at[i][0]))
}

// flat is the words with single blanks between, in p.
func (p *plain) flat() string { return unsafe.String(&p.low[0], p.n) }

// plainName is CanonicalName for a short value of ASCII, without the many strings; ok
// is false for any other, and for one without words.
func plainName(value string) (c string, ok bool) {
	var p plain
	if !p.read(value) || p.words == 0 {
		return "", false
	}
	list := p.at[:p.words]
	slices.SortFunc(list, func(a, b [2]uint8) int { return bytes.Compare(p.low[a[0]:a[1]], p.low[b[0]:b[1]]) })
	var out [maxPlain]byte
	b := out[:0]
	for i, w := range list {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(b, p.low[w[0]:w[1]]...)
	}
	return string(b), true
}

func canonical(value string, words []string) string {
	if len(words) == 0 {
		return value
	}
	for i, w := range words {
		words[i] = strings.ReplaceAll(w, "’", "'")
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// Blank tells whether a value says nothing: empty, punctuation, or a placeholder
// as "N/A".
func Blank(value string) bool {
	if len(value) > 64 {
		return false
	}
	var p plain
	if p.read(value) {
		return blank(p.flat())
	}
	return blank(strings.Join(wordsOf(value), " "))
}

func blank(flat string) bool {
	switch flat {
	case "", "n a", "na", "none", "null", "nil", "unknown", "undefined", "not set", "not available", "default", "unbekannt", "inconnu", "desconocido":
		return true
	}
	return only(flat, '0') || only(flat, 'x')
}

// only reports whether s is one letter many times, with blanks.
func only(s string, letter byte) bool {
	for i := range len(s) {
		if s[i] != letter && s[i] != ' ' {
			return false
		}
	}
	return true
}
