package address

import (
	"bytes"
	"math/bits"
	"regexp"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Addresses in running text are looked for at numbers of one to five digits, each of which
// is a house number if a word for a street is near.
//
//	221b Baker Street, London NW1 6XE    the number first, as in English and French
//	Musterweg 12, 12345 Musterstadt      the number last, as elsewhere in Europe
//	Na Kopci 694\n533 11 Zdechovice      no word for a street, but a postcode and a place behind
//	P.O. Box 104                         a box at a post office
//	〒100-0001 東京都千代田区…             the mark of the Japanese post
//
// One finding holds the whole address, also over adjacent lines.

// Rules of findings in running text.
const (
	ruleStreet = "street-and-number"
	ruleBox    = "post-box"
	rulePlaced = "number-postcode-place"
	ruleMarked = "postal-mark"
)

// prose reports the addresses in the running text of p.
func prose(p *detectors.Part, ix *textscan.Index, found func(detectors.Finding)) {
	s := scan{part: p, text: p.Text, found: found}
	for w := 1; w <= ix.Blocks(); w++ {
		if ix.Digit[w] == 0 {
			continue // much of prose
		}
		for m := numbers(ix, w); m != 0; m &= m - 1 {
			s.number((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
	if ix.HasEastern() {
		s.marks()
		s.eastern(ix)
	}
	s.coded(ix)
}

// numbers are the places in word w of ix where a number begins that s.number may make
// something of: of one to five digits, which stand where an address may begin, and
// with a word on one side at least. It may give others.
func numbers(ix *textscan.Index, w int) uint64 {
	d, b, b1 := ix.Digit[w], ix.Space[w], ix.Space[w+1]
	behind := b<<1 | ix.Space[w-1]>>63
	if behind|b1<<(textscan.Block-9) == 0 {
		return 0 // no blank is near
	}
	// No address begins behind a letter or a mark that is none of s.free's.
	part := d | ix.Letter[w] | ix.Mark[w] | ix.Joint[w] | ix.At[w] | ix.Backslash[w]
	before := ix.Digit[w-1] | ix.Letter[w-1] | ix.Mark[w-1] | ix.Joint[w-1] | ix.At[w-1] | ix.Backslash[w-1]
	first := d &^ (part<<1 | before>>63)
	// A blank before, or behind the digits, perhaps with a letter between.
	d1 := ix.Digit[w+1]
	two := d>>1 | d1<<63
	three := two & (d>>2 | d1<<62)
	four := three & (d>>3 | d1<<61)
	five := four & (d>>4 | d1<<60)
	b2, b3, b4 := b>>2|b1<<62, b>>3|b1<<61, b>>4|b1<<60
	followed := b>>1 | b1<<63 | b2 | b3&two | b4&three | (b>>5|b1<<59)&four | (b>>6|b1<<58)&five
	first &= (behind | followed) &^ (five & (d>>5 | d1<<59))
	if first == 0 {
		return 0
	}
	// Before: a word and a blank, perhaps a point or a comma between.
	l, last := ix.Letter[w]|ix.High[w], ix.Letter[w-1]|ix.High[w-1]
	noMark, noMarkLast := l|d|b, last|ix.Digit[w-1]|ix.Space[w-1]
	word := behind & ((l<<2 | last>>62) | (l<<3|last>>61)&^(noMark<<2|noMarkLast>>62))
	// Behind: a blank, or a mark and a blank, and a word; the number may end with a
	// letter or go on behind a mark.
	ends1, begins1 := wordAhead(ix, w+1, 0)
	ends, _ := wordAhead(ix, w, begins1)
	word |= ends>>1 | ends1<<63 | (ends>>2|ends1<<62)&two | (ends>>3|ends1<<61)&three | (ends>>4|ends1<<60)&four | (ends>>5|ends1<<59)&five
	return first & word
}

// wordAhead are the places in word w of ix at which a number may end that a word is
// to follow. next are the places of the word behind at which one may begin.
func wordAhead(ix *textscan.Index, w int, next uint64) (ends, begins uint64) {
	b, d, l := ix.Space[w], ix.Digit[w], ix.Letter[w]|ix.High[w]
	mark := ^(b | d | l)
	const last = 1 << (textscan.Block - 1)                                // what stands behind is not asked for
	ordinal := d & (l>>1 | d>>1&(l>>2|d>>2&l>>3) | 7<<(textscan.Block-3)) // "5th"
	begins = l | ordinal | mark&((ix.Capital[w]|ix.High[w])>>1|last)
	blank := b & (begins>>1 | next<<63)
	ends = blank | mark&(blank>>1|last)
	return ends | ix.Letter[w]&(ends>>1|last) | (ix.Dash[w]|ix.Mark[w]&^ix.Dot[w])&(d>>1|last), begins
}

// scan is the look at one text.
type scan struct {
	part  *detectors.Part
	text  []byte
	found func(detectors.Finding)
	past  int // where the last address ends
}

// maxNumber bounds the digits of a house number.
const maxNumber = 5

// number looks at the number that begins at i.
func (s *scan) number(i int) {
	if i < s.past || !s.free(i) {
		return
	}
	end := textscan.SpanRight(s.text, i, maxNumber+1, textscan.Digit)
	if end-i > maxNumber {
		return
	}
	if b := textscan.Byte(s.text, end); i > 1 && s.text[i-1] == ' ' && textscan.ClassOf[s.text[i-2]]&textscan.Word == 0 && s.text[i-2] != '.' && s.text[i-2] != ',' && b != ' ' && !textscan.Is(b, textscan.Letter) {
		return // no word stands on either side
	}
	end = s.affix(end)
	if textscan.WordAfter(s.text, end) || noHouse.Has(textscan.Byte(s.text, end)) {
		return
	}
	if next := textscan.Byte(s.text, end); (next == ' ' || next == ',') && s.numberFirst(i, end) {
		return
	}
	if i > 3 && s.text[i-1] == ' ' {
		s.numberLast(i, end)
	}
}

// free reports whether an address may begin at i: behind a blank, a mark, or a
// script that is written without blanks.
func (s *scan) free(i int) bool {
	return i == 0 || standsBefore.Has(s.text[i-1]) || s.text[i-1] >= 0x80 && !textscan.WordBefore(s.text, i)
}

var (
	standsBefore = textscan.NewSet(" \n\r\t,;:\"'(>", false)
	noHouse      = textscan.NewSet("%:@=_\\+*#", false)
)

// affix is the end of a house number that goes on behind its digits: "12a",
// "12-14", "12/3".
func (s *scan) affix(end int) int {
	if textscan.At(s.text, end, textscan.Letter) && !textscan.WordAfter(s.text, end+1) {
		return end + 1
	}
	if b := textscan.Byte(s.text, end); (b == '-' || b == '/') && textscan.At(s.text, end+1, textscan.Digit) {
		if to := textscan.SpanRight(s.text, end+1, 4, textscan.Digit); to-end <= 4 {
			return to
		}
	}
	return end
}

// maxWords bounds the words of a street's name.
const maxWords = 6

// numberFirst looks for a street behind the number at [start, end).
func (s *scan) numberFirst(start, end int) bool {
	at := end + 1
	if s.text[end] == ',' {
		if textscan.Byte(s.text, at) != ' ' {
			return false
		}
		at++
	}
	capitals := 0
	for n := range maxWords {
		to := textscan.NameRight(s.text, at)
		if to == at {
			to = ordinal(s.text, at)
		}
		if to == at {
			return false
		}
		kind := kindOf(s.text[at:to])
		switch {
		case n == 0 && kind&before != 0 && textscan.Byte(s.text, to) != '\n':
			return s.named(start, to)
		case kind&behind != 0 && capitals > 0 && (textscan.UpperAt(s.text, at) || capitals > 1):
			if textscan.Byte(s.text, to) == '.' && to-at <= 4 {
				to++
			}
			return s.street(start, to, kind&weak != 0 || s.year(start, end))
		case kind&behind == 0 && kind&label != 0:
			return false
		case textscan.UpperAt(s.text, at) || textscan.At(s.text, at, textscan.Digit):
			capitals++
		case !joins.has(s.text[at:to]):
			return false
		}
		if textscan.Byte(s.text, to) == '.' && to-at <= 2 {
			to++ // "St. John Street", "E. Main Street"
		}
		if textscan.Byte(s.text, to) != ' ' {
			return false
		}
		at = to + 1
	}
	return false
}

// ordinal is the end of "5th" at i, or i.
func ordinal(text []byte, i int) int {
	end := textscan.SpanRight(text, i, 3, textscan.Digit)
	if end > i && textscan.SpanRight(text, end, 3, textscan.Lower) == end+2 {
		return end + 2
	}
	return i
}

// year reports whether the number at [start, end) reads like a year in a sentence.
func (s *scan) year(start, end int) bool {
	return end-start == 4 && (s.text[start] == '1' && s.text[start+1] >= '7' || s.text[start] == '2' && s.text[start+1] == '0')
}

// named reports the street whose word comes before its name and ends at to: "rue
// de la Paix". Its name is up to four words, of which one begins with a capital.
func (s *scan) named(start, to int) bool {
	if textscan.Byte(s.text, to) == '.' {
		to++
	}
	end, capitals := to, 0
	for range 5 {
		if textscan.Byte(s.text, to) != ' ' {
			break
		}
		at := to + 1
		to = textscan.NameRight(s.text, at)
		if to == at {
			break
		}
		if textscan.UpperAt(s.text, at) {
			if kindOf(s.text[at:to])&unit != 0 {
				break
			}
			end, capitals = to, capitals+1
		} else if !joins.has(s.text[at:to]) {
			break
		} else if textscan.Byte(s.text, to) == '\'' { // d'Alésia
			to++
		}
	}
	return capitals > 0 && s.street(start, end, false)
}

// numberLast looks for a street before the number at [start, end).
func (s *scan) numberLast(start, end int) {
	to := start - 1
	point := false
	switch s.text[to-1] {
	case ',':
		to--
	case '.':
		to, point = to-1, true
	}
	at := textscan.NameLeft(s.text, to)
	if at == to || at < s.past {
		return
	}
	word := s.text[at:to]
	kind := kindOf(word)
	switch {
	case kind&box != 0:
		s.box(at, end)
		return
	case kind == fleet && end-start == maxNumber:
		s.ship(at, end)
		return
	case kind&(label|unit) != 0:
		return
	case kind&alone != 0 && (point || len(word) > 2):
		if from := s.leftOf(at); from < at {
			s.street(from, end, false)
			return
		}
	case textscan.UpperAt(s.text, at) && streetLike(word, point):
		s.street(s.firstNames(at), end, false)
		return
	}
	if from, ok := s.behindWord(at); ok {
		s.street(from, end, kindOf(s.text[from:textscan.NameRight(s.text, from)])&weak != 0)
		return
	}
	if textscan.UpperAt(s.text, at) && !point {
		s.placed(s.leftOf(at), end)
	}
}

// leftOf is where the capitalised words before at begin, at most three.
func (s *scan) leftOf(at int) int {
	for range 3 {
		if at < 2 || s.text[at-1] != ' ' {
			break
		}
		from := textscan.NameLeft(s.text, at-1)
		if from == at-1 || from < s.past || !textscan.UpperAt(s.text, from) {
			break
		}
		if kindOf(s.text[from:at-1])&label != 0 {
			break
		}
		at = from
	}
	return at
}

// firstNames is leftOf for streets that are named after people: "Willem
// Pijperstraat". A word that begins a sentence is left out.
func (s *scan) firstNames(at int) int {
	from := s.leftOf(at)
	if from < at && from > 0 && s.text[from-1] != '\n' && s.text[from-1] != ',' && s.text[from-1] != ' ' && s.text[from-1] != '"' {
		return at
	}
	return from
}

// behindWord finds the word for a street up to five words before the last word of
// its name, which begins at at: "Via dei Fiorentini". from is where it begins.
func (s *scan) behindWord(at int) (from int, ok bool) {
	capital := textscan.UpperAt(s.text, at)
	for range 5 {
		if at < 3 || s.text[at-1] != ' ' && s.text[at-1] != '/' && s.text[at-1] != '\'' {
			return 0, false
		}
		to := at - 1
		if s.text[to-1] == '.' {
			to--
		}
		from = textscan.NameLeft(s.text, to)
		if from == to || from < s.past {
			return 0, false
		}
		word := s.text[from:to]
		upper := textscan.UpperAt(s.text, from)
		if kind := kindOf(word); kind&(before|first) != 0 && (upper || kind&lower != 0) {
			return from, capital
		}
		capital = capital || upper
		if !upper && !joins.has(word) {
			return 0, false
		}
		at = from
	}
	return 0, false
}

// street reports the address whose street and number are [start, end), with what
// follows of it. If doubtful, a postcode must follow.
func (s *scan) street(start, end int, doubtful bool) bool {
	to, full := s.tail(end, tails)
	switch {
	case full:
		return s.report(start, to, ruleStreet, "a street, a number and a postcode", 0.85)
	case doubtful:
		return false
	}
	return s.report(start, to, ruleStreet, "a street and a number", 0.6)
}

// placed reports the address at [start, end) that has no word for a street, if a
// postcode and a place follow at once.
func (s *scan) placed(start, end int) {
	if to, full := s.tail(end, tails[:3]); full {
		s.report(start, to, rulePlaced, "a name and a number, a postcode and a place", 0.5)
	}
}

// box reports the box whose word begins at at and whose number ends at end: "P.O.
// Box 104", "PSC 4574, Box 8393".
func (s *scan) box(at, end int) {
	from := max(at-12, 0)
	start := at
	if m := boxBefore.FindIndex(s.text[from:at]); m != nil {
		start = from + m[0]
	} else if kindOf(s.text[at:textscan.NameRight(s.text, at)])&weak != 0 {
		return
	}
	to, full := s.tail(end, tails)
	if m := military.FindIndex(window(s.text, end, 40)); m != nil {
		to, full = end+m[1], true
	}
	confidence := 0.65
	if full {
		confidence = 0.8
	}
	s.report(start, to, ruleBox, "a box at a post office", confidence)
}

// ship reports the address of a ship, which ends with the region of the armed
// forces at at and their postcode.
func (s *scan) ship(at, end int) {
	from := max(at-60, 0)
	for from < at && s.text[from]&0xc0 == 0x80 {
		from++
	}
	if m := ships.FindIndex(s.text[from:at]); m != nil && from+m[0] >= s.past {
		s.report(from+m[0], end, ruleBox, "a ship and the postcode of armed forces", 0.8)
	}
}

var ships = regexp.MustCompile(`\b(?:USS|USNS|USCGC) \p{Lu}[\p{L}'’-]*(?: \p{Lu}[\p{L}'’-]*){0,2}(?:, ?|\r?\n)(?:APO|FPO|DPO),? $`)

var (
	boxBefore = regexp.MustCompile(`(?i:\bp\.? ?o\.? ?|\bpost(?:al)? (?:office )?|\bpsc \d{1,5},? |\bunit \d{1,5},? )$`)
	military  = regexp.MustCompile(`^(?:, ?|\r?\n| )?(?:APO|FPO|DPO),? A[AEP] \d{5}(?:-\d{4})?`)
)

// Parts of what follows a street and its number.
const (
	door   = `(?:\.?,? ?\r?\n? ?(?i:apt|apartment|suite|ste|unit|flat|bus|lgh|piso|etage|wohnung|appt|appartement)\.? ?#?[0-9A-Z]{1,5}\b)?`
	sep    = `(?:,? ?\r?\n ?(?:, )?|, )`
	town   = `\p{Lu}[\p{L}’'.-]*(?: (?:\p{Lu}[\p{L}’'.-]*|am|an|der|dem|im|bei|sur|sous|la|le|les|de|del|di|da|do|dos|en|upon|on|of|ob|nad|pri|pod|i)){0,4}`
	code   = `(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3,4})?|\d{4}(?: ?[A-Z]{2})?|\d{3} \d{2}|\d{2}-\d{3}|\d{6}|\d{3})`
	codeGB = `[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}`
	codeCA = `[A-Z]\d[A-Z] ?\d[A-Z]\d`
)

// tails are the ways in which postcode and place follow; doorOnly is what may
// follow without.
var (
	tails = []*regexp.Regexp{
		regexp.MustCompile(`^` + door + sep + town + `(?:, ` + town + `)?,? [A-Z]{2,3},? (?:\d{4,5}(?:-\d{4})?|` + codeCA + `)\b`),
		regexp.MustCompile(`^` + door + sep + `(?:` + town + sep + `){0,2}(?:` + town + ` )?` + codeGB + `\b(?:(?:, | )` + town + `)?`),
		regexp.MustCompile(`^` + door + `(?:` + sep + `| )` + code + ` ` + town),
		regexp.MustCompile(`^` + door + sep + town + `,? \d{4,6}\b`),
	}
	doorOnly = regexp.MustCompile(`^` + door)
)

// mayFollow are the bytes that part a street from what follows.
var mayFollow = []byte(" ,.\r\n")

// maxTail bounds what is read behind a street, bytes.
const maxTail = 120

// tail is where the address whose street ends at end ends itself. full tells
// whether a postcode and a place are in it.
func (s *scan) tail(end int, forms []*regexp.Regexp) (to int, full bool) {
	w := window(s.text, end, maxTail)
	if c := s.part.CellAt(end - 1); c != nil {
		w = w[:max(min(c.End-end, len(w)), 0)]
	}
	if len(w) < 2 || bytes.IndexByte(mayFollow, w[0]) < 0 || w[0] == ',' && bytes.IndexByte(mayFollow, w[1]) < 0 {
		return end, false
	}
	if !mayGoOn(w) {
		return end, false
	}
	if mayHoldCode(w) {
		for _, t := range forms {
			if m := t.FindIndex(w); m != nil && !textscan.WordAfter(w, m[1]) {
				return end + len(bytes.TrimRight(w[:m[1]], " .,-\r\n")), true
			}
		}
	}
	if mayBeDoor(w) {
		if m := doorOnly.FindIndex(w); m != nil {
			return end + m[1], false
		}
	}
	return end, false
}

// mayHoldCode tells quickly of what follows a street that no postcode is in it: before
// one there are only letters and the marks of doors and places, and all have three
// digits in a row or a capital behind a digit.
func mayHoldCode(w []byte) bool {
	digits := 0
	for _, b := range w {
		switch class := textscan.ClassOf[b]; {
		case class&textscan.Digit != 0:
			if digits++; digits == 3 {
				return true
			}
		case class&textscan.Upper != 0 && digits > 0:
			return true
		case class&textscan.Word == 0 && !inPlace.Has(b):
			return false
		default:
			digits = 0
		}
	}
	return false
}

var inPlace = textscan.NewSet(" ,.'-#\r\n", false)

// mayBeDoor tells quickly of what follows a street that no door begins there.
func mayBeDoor(w []byte) bool {
	i := 0
	for _, b := range [...]byte{'.', ',', ' ', '\r', '\n', ' '} {
		if textscan.Byte(w, i) == b {
			i++
		}
	}
	b := textscan.Byte(w, i)
	return bytes.IndexByte(doorLetters, textscan.Fold(b)) >= 0 || b >= 0x80 // "ſ" is an s to expressions
}

// mayGoOn tells quickly of what follows a street that neither a door nor a postcode
// begins there: a blank, and then neither a code nor the first letter of a word for
// a door.
func mayGoOn(w []byte) bool {
	if w[0] != ' ' {
		return true
	}
	switch b := w[1]; {
	case textscan.Is(b, textscan.Digit): // a code has three digits, or two and a dash
		return len(w) > 3 && textscan.Is(w[2], textscan.Digit) && (textscan.Is(w[3], textscan.Digit) || w[3] == '-')
	case textscan.Is(b, textscan.Letter):
		return bytes.IndexByte(doorLetters, textscan.Fold(b)) >= 0 || len(w) > 3 && (w[2] == '-' || w[3] == '-')
	}
	return true
}

// doorLetters are those that the words for doors begin with.
var doorLetters = []byte("asufblpew")

// marks looks at the marks of the Japanese post.
func (s *scan) marks() {
	mark := []byte("〒")
	for at := 0; ; {
		n := bytes.Index(s.text[at:], mark)
		if n < 0 {
			return
		}
		i := at + n
		at = i + len(mark)
		if m := japanese.FindIndex(window(s.text, i, 200)); m != nil {
			s.report(i, i+m[1], ruleMarked, "behind the mark of the Japanese post", 0.8)
			at = i + m[1]
		}
	}
}

var japanese = regexp.MustCompile(`^〒 ?\d{3}[-‐−]?\d{4}(?:(?:[ 　]|\r?\n)?[\p{Han}\p{Hiragana}\p{Katakana}ー][\p{Han}\p{Hiragana}\p{Katakana}ー0-9０-９−‐－-]{2,60})?`)

// report reports the address at [start, end), but in source text.
func (s *scan) report(start, end int, rule, why string, confidence float64) bool {
	if lo, hi := textscan.Line(s.text, start, 160); textscan.CodeLike(s.text[lo:hi]) {
		return false
	}
	if rule == ruleStreet {
		start, end = s.houseBefore(start), s.argentine(end)
	}
	s.past = max(s.past, end)
	s.found(detectors.Finding{Kind: detectors.Address, Value: string(s.text[start:end]), Start: start, End: end, Confidence: confidence, Rule: rule, Why: why})
	return true
}

// houseBefore is where the address that begins with a street at start begins
// itself, if a number of three to five digits that is no year stands before: in
// "9721 Dalmatinova 43" the house and the door.
func (s *scan) houseBefore(start int) int {
	if start == 0 || s.text[start-1] != ' ' {
		return start
	}
	from := textscan.SpanLeft(s.text, start-1, maxNumber+1, textscan.Digit)
	if n := start - 1 - from; n < 3 || n > maxNumber || from < s.past || s.year(from, start-1) || !s.free(from) {
		return start
	}
	return from
}

// window is what follows i, at most n bytes, and ends with a whole rune.
func window(text []byte, i, n int) []byte {
	if i+n >= len(text) {
		return text[i:]
	}
	end := i + n
	for end > i && text[end]&0xc0 == 0x80 {
		end--
	}
	return text[i:end]
}
