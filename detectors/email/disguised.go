package email

import (
	"bytes"
	"math/bits"
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// People hide addresses from harvesters by words in place of the two marks:
//
//	jane [at] example [dot] org     jane(at)example.org     jane AT example DOT org
//
// and so in other languages: "jane (arroba) example (punto) org". Bracketed forms
// are told by the brackets. The bare words of one address are all of one language.
// The English ones also say other things ("look at the dot in"), so there "dot" is the anchor, both
// must be there, and names that are English words don't count.

type mark int

const (
	none mark = iota
	atMark
	dotMark
)

// newDisguise finds the marks from which disguised looks around, " dot " first, then
// the words of foreign, then the others. The groups that the finder makes of their
// beginnings stop it next to nowhere else: one pass does for all.
func newDisguise() *textscan.Finder {
	words := append([]string{" dot "}, foreign...)
	return textscan.NewFinder(append(words, "(at)", "[at]", "{at}", "<at>", "( at )", "[ at ]", "[@]", "(@)", " @ ", "(dot)", "[dot]", "{dot}", "<dot>", "[.]", "(.)", "[ dot ]", "( dot )")...)
}

// foreign are parts of the words of other languages, and English words between signs
// that names also hold.
var foreign = []string{"_dot_", "-dot", "malpa", "kukac", "zavinac", "rroba", "robase", "iocciola"}

// isForeign reports whether the finder's word k is one of foreign.
func isForeign(k int) bool { return k > 0 && k <= len(foreign) }

// markStart is where the mark begins that has text[i] in its word: before the
// bracket or the blank that opens it.
func markStart(text []byte, from, i int) int {
	for k := 0; k < 16 && i > from && textscan.ClassOf[text[i-1]]&(textscan.Letter|textscan.High) != 0; k++ {
		i--
	}
	if i-3 >= from && opensMark(text[i-3:i]) {
		return i - 3 // a wide bracket
	}
	return max(i-1, from)
}

// opensMark reports whether b begins with a wide bracket.
func opensMark(b []byte) bool {
	return bytes.HasPrefix(b, []byte("（")) || bytes.HasPrefix(b, []byte("【"))
}

// accented calls fn with the place of every mark whose word has letters beyond
// ASCII near its start, or that stands in wide brackets.
func (d *Detector) accented(ix *textscan.Index, text []byte, fn func(i int)) {
	for w := 1; w <= ix.Blocks(); w++ {
		high := ix.High[w]
		for m := high &^ (high<<1 | ix.High[w-1]>>63); m != 0; m &= m - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(m)
			if i+1 < len(text) && runeFirst[text[i]]&runeSecond[text[i+1]] != 0 && foreignAt(text, i) {
				fn(i)
			}
		}
	}
}

// runeFirst and runeSecond tell by a bit in common that foreignAt knows a rune that
// begins with two bytes: most have none. They are never written.
var runeFirst, runeSecond = runeBytes(0xc3a4, 0xc3a1, 0xc3b8, 0xc582, 0xd181, 0xd0a1, 0xd18d, 0xe382, 0xeab3, 0xefbc, 0xe380)

func runeBytes(begin ...uint16) (first, second [256]uint8) {
	bit := uint8(1)
	for i, r := range begin {
		if i > 0 && r>>8 != begin[i-1]>>8 {
			bit = bit<<1 | bit>>7
		}
		first[r>>8] |= bit
		second[r&0xff] |= bit
	}
	return first, second
}

// foreignAt reports whether a mark may have its first letter beyond ASCII at text[i].
func foreignAt(text []byte, i int) bool {
	if i+3 >= len(text) {
		return false
	}
	before := textscan.Byte(text, i-1)
	enclosed := before == '(' || before == '['
	switch uint16(text[i])<<8 | uint16(text[i+1]) {
	case 0xc3a4: // ä
		return enclosed
	case 0xc3a1: // zavináč
		return before == 'n' && textscan.Byte(text, i-2) == 'i' && textscan.Byte(text, i-3) == 'v'
	case 0xc3b8: // krøllalfa
		return before == 'r' && textscan.Byte(text, i-2) == 'k' && text[i+2] == 'l' && text[i+3] == 'l'
	case 0xc582: // małpa
		return before|0x20 == 'a' && text[i+2]|0x20 == 'p' && text[i+3]|0x20 == 'a'
	case 0xd181, 0xd0a1: // собака
		return enclosed || before == ' ' && string(text[i+2:i+4]) == "о"
	case 0xd18d, 0xe382, 0xeab3: // эт, アット, 골뱅이
		return enclosed
	case 0xefbc: // （
		return text[i+2] == 0x88
	case 0xe380: // 【
		return text[i+2] == 0x90
	}
	return false
}

// markWord is a word for one of the marks, in lower case.
type markWord struct {
	word       string
	mark       mark
	speech     uint16 // the languages that say so
	inBrackets bool   // as a bare word it says other things
}

const (
	english uint16 = 1 << iota
	iberian        // Spanish, Portuguese, Catalan
	french
	german
	italian
	polish
	czech
	russian
	nordic
	dutch
	hungarian
	eastern // Japanese, Korean
)

// markWords are never written.
var markWords = []markWord{
	{"at", atMark, english | german | dutch | nordic, false}, {"dot", dotMark, english, false},
	{"arroba", atMark, iberian, false}, {"punto", dotMark, iberian | italian, false}, {"ponto", dotMark, iberian, false}, {"punt", dotMark, iberian | dutch, false},
	{"arobase", atMark, french, false}, {"arrobase", atMark, french, false}, {"point", dotMark, french, false},
	{"ät", atMark, german, true}, {"punkt", dotMark, german, false},
	{"chiocciola", atMark, italian, false}, {"małpa", atMark, polish, false}, {"malpa", atMark, polish, false}, {"kropka", dotMark, polish, false},
	{"zavináč", atMark, czech, false}, {"zavinac", atMark, czech, false}, {"tečka", dotMark, czech, false}, {"tecka", dotMark, czech, false}, {"bodka", dotMark, czech, false},
	{"собака", atMark, russian, false}, {"эт", atMark, russian, true}, {"точка", dotMark, russian, false}, {"крапка", dotMark, russian, false},
	{"krøllalfa", atMark, nordic, false}, {"punktum", dotMark, nordic, false}, {"piste", dotMark, nordic, true},
	{"kukac", atMark, hungarian, false}, {"pont", dotMark, hungarian, false},
	{"アットマーク", atMark, eastern, true}, {"アット", atMark, eastern, true}, {"ドット", dotMark, eastern, true}, {"골뱅이", atMark, eastern, true}, {"닷", dotMark, eastern, true},
	{"a", atMark, english, true}, {"@", atMark, ^uint16(0), false}, {".", dotMark, ^uint16(0), false},
}

// byFirst and byLast are the markWords by the byte in lower case that they begin and
// end with; those that do beyond ASCII stand at 0x80. They are never written.
var byFirst, byLast = markTables()

func markTables() (first, last [utf8.RuneSelf + 1][]markWord) {
	for _, w := range markWords {
		a, b := markKey(w.word[0]), markKey(w.word[len(w.word)-1])
		first[a], last[b] = append(first[a], w), append(last[b], w)
	}
	return first, last
}

func markKey(b byte) byte { return min(textscan.Fold(b), utf8.RuneSelf) }

// brackets may enclose a mark. Those that names also hold come last.
var brackets = [...]struct{ open, close string }{
	{"(", ")"}, {"[", "]"}, {"{", "}"}, {"<", ">"}, {"（", "）"}, {"【", "】"}, {"*", "*"}, {"|", "|"}, {"-", "-"},
}

const bracketsThatNeedNoBlanks = 6 // of brackets, from the first on

// disguised looks at the mark at text[i] and returns the address around it.
func (d *Detector) disguised(text []byte, from, i int, s *steps) (candidate, bool) {
	if textscan.ClassOf[text[i]]&(textscan.Letter|textscan.High) != 0 && !opensMark(text[i:]) {
		i = markStart(text, from, i)
	}
	for i > from && (text[i-1] == ' ' || text[i-1] == '\t') {
		i--
	}
	if textscan.Byte(text, i) == '_' || textscan.HasFold(text, i, "-dot-") {
		return d.joined(text, from, i)
	}
	local, at := leftOf(text, from, i, s)
	if local < 0 {
		return candidate{}, false
	}
	// From the start of the local part, read name (mark name)*.
	c := candidate{start: local, at: at, rule: "obfuscated"}
	var labels []string
	var mailbox strings.Builder
	pos, seenAt, dots := local, false, 0
	h := hiding{speech: ^uint16(0)}
	for {
		end := token(text, pos)
		if end == pos {
			return candidate{}, false
		}
		if !seenAt {
			mailbox.Write(text[pos:end])
		} else {
			labels = append(labels, lower(text[pos:end]))
		}
		known := seenAt && (dots > 0 || strings.Contains(labels[0], ".")) && endsInTLD(labels[len(labels)-1])
		next, r := readMark(text, end)
		m := r.mark
		if m == atMark && seenAt || m == none || len(labels) > 8 {
			if !known {
				return candidate{}, false
			}
			c.end = end
			break
		}
		if m == dotMark && known && token(text, next) == next {
			c.end = end
			break
		}
		h.add(r)
		if m == atMark {
			seenAt = true
		} else if seenAt {
			dots++
		} else {
			mailbox.WriteByte('.')
		}
		pos = next
	}
	for c.end > c.start && (text[c.end-1] == '.' || text[c.end-1] == '-') {
		c.end--
	}
	c.local, c.domain = mailbox.String(), strings.Trim(strings.Join(labels, "."), ".-")
	return c, d.judgeDisguised(text, &c, labels, h)
}

// hiding is how the marks of an address are written.
type hiding struct {
	bare   bool   // one of them at least stands without brackets
	speech uint16 // the languages that all bare ones can be of
	letter bool   // "(a)", which numbers paragraphs
}

func (h *hiding) add(r reading) {
	if r.bare {
		h.bare = true
		h.speech &= r.speech
	}
	h.letter = h.letter || r.letter
}

func (d *Detector) judgeDisguised(text []byte, c *candidate, labels []string, h hiding) bool {
	bare := h.bare
	if h.speech == 0 || len(c.local) < 2 && bare || len(c.local) > maxLocal || len(c.domain) > maxDomain {
		return false
	}
	c.confidence, c.why = 0.65, "disguised address: the marks are written as words; known top-level domain"
	c.dummy = isExampleDomain([]byte(c.domain))
	if h.letter {
		_, ok := d.labels.Before(text, c.start)
		return ok
	}
	if !bare {
		return true
	}
	c.confidence = 0.55
	if h.speech&english == 0 {
		return true // its words say nothing else between such names
	}
	if _, ok := d.labels.Before(text, c.start); ok || strings.ContainsAny(c.local, "._-0123456789") {
		return !stopword(labels[0])
	}
	last := labels[len(labels)-1]
	return !stopword(labels[0]) && !stopword(c.local) && !stopword(last[strings.LastIndexByte(last, '.')+1:])
}

// joined looks at an address of one word around the mark for a dot at text[i]:
// "jane_at_example_dot_org", "jane-at-example-dot-org".
func (d *Detector) joined(text []byte, from, i int) (candidate, bool) {
	sep := text[i]
	start, end := i, i
	for start > from && i-start <= maxLocal+maxLabel && (textscan.Is(text[start-1], textscan.Alnum) || joins[text[start-1]]) {
		start--
	}
	for end < len(text) && end-i <= maxDomain && (textscan.Is(text[end], textscan.Alnum) || joins[text[end]]) {
		end++
	}
	for end > i && joins[text[end-1]] {
		end--
	}
	mark := string([]byte{sep, 'a', 't', sep})
	local, domain, ok := strings.Cut(lower(text[start:end]), mark)
	if !ok || strings.Contains(domain, mark) || start > from && textscan.WordBefore(text, start) {
		return candidate{}, false
	}
	domain = strings.ReplaceAll(domain, string([]byte{sep, 'd', 'o', 't', sep}), ".")
	at := start + len(local)
	local = strings.ReplaceAll(string(text[start:at]), string([]byte{sep, 'd', 'o', 't', sep}), ".")
	if len(local) < 2 || len(local) > maxLocal || len(domain) > maxDomain || strings.ContainsAny(domain, "_+") || strings.Count(domain, ".") > 6 || !endsInTLD(domain) {
		return candidate{}, false
	}
	c := candidate{start: start, at: at, end: end, local: local, domain: domain, rule: "obfuscated", confidence: 0.6,
		why: "disguised address: the marks are written as words; known top-level domain", dummy: isExampleDomain([]byte(domain))}
	if lo, hi := textscan.Line(text, start, 160); textscan.CodeLike(text[lo:hi]) {
		return candidate{}, false
	}
	return c, true
}

// steps remembers the marks that leftOf went over last: the next mark of a text looks
// back over the same ones. They hold for one from.
type steps struct {
	from, next int
	last       [8]step
}

// step is the mark at i, as leftOf sees it: the name before it begins at start, and
// the mark before that at before, -1 if there is none.
type step struct {
	i, start, before int
	mark             mark
}

// at is the step of the mark at text[i].
func (s *steps) at(text []byte, from, i int) step {
	if s.from != from {
		*s = steps{from: from}
	}
	for k := range s.last {
		if s.last[k].i == i && i > 0 {
			return s.last[k]
		}
	}
	_, r := readMark(text, i)
	st := step{i: i, mark: r.mark, start: i, before: -1}
	if r.mark != none {
		if st.start = tokenLeft(text, from, i); st.start < i {
			st.before = markBefore(text, from, st.start)
		}
	}
	s.last[s.next%len(s.last)] = st
	s.next++
	return st
}

// leftOf goes back from the mark at text[i] over "name mark" to the start of the
// local part. at is the place of the mark for "@"; local is -1 if there is none.
func leftOf(text []byte, from, i int, s *steps) (local, at int) {
	local, at = -1, -1
	for range 5 {
		st := s.at(text, from, i)
		if st.mark == none || st.mark == atMark && at >= 0 || st.start == i {
			break
		}
		if st.mark == atMark {
			at = i
		}
		if at >= 0 {
			local = st.start
		}
		// The mark before this name, if there is one.
		if i = st.before; i < 0 {
			break
		}
	}
	return local, at
}

// joins are the marks that may stand within a name.
var joins = table("._-+")

// token returns the end of the name at text[i:].
func token(text []byte, i int) int {
	j := i
	for j < len(text) && j-i <= maxLocal && (textscan.Is(text[j], textscan.Alnum) || j > i && joins[text[j]]) {
		j++
	}
	return j
}

func tokenLeft(text []byte, from, i int) int {
	j := i
	for j > from && i-j <= maxLocal && (textscan.Is(text[j-1], textscan.Alnum) || joins[text[j-1]]) {
		j--
	}
	return j
}

// reading is a mark as it is written.
type reading struct {
	mark   mark
	bare   bool // a word between blanks, without brackets
	speech uint16
	letter bool // an "a" in brackets
}

// wordAt is the mark whose word stands at text[j:] and where it ends.
func wordAt(text []byte, j int) (markWord, int) {
	var best markWord
	for i, list := 0, byFirst[markKey(textscan.Byte(text, j))]; i < len(list); i++ {
		w := &list[i]
		if n := len(w.word); n > len(best.word) && hasWord(text, j, w.word) {
			best = *w
		}
	}
	return best, j + len(best.word)
}

// hasWord reports whether word stands at text[j:], in any case.
func hasWord(text []byte, j int, word string) bool {
	return j >= 0 && j+len(word) <= len(text) && (textscan.HasFold(text, j, word) || word[0] >= utf8.RuneSelf && bytes.EqualFold(text[j:j+len(word)], []byte(word)))
}

// readMark reads a mark at text[i:]: blanks, an opening bracket, "at", "dot",
// "@" or ".", its closing bracket, blanks. Without brackets it is a bare word
// between blanks. next is where the name after it begins.
func readMark(text []byte, i int) (next int, r reading) {
	j, close, tight := skipBlanks(text, i), "", false
	for k, b := range brackets {
		if textscan.At(text, j, textscan.Letter) {
			break // nearly always
		}
		if bytes.HasPrefix(text[j:], []byte(b.open)) {
			close, tight = b.close, k >= bracketsThatNeedNoBlanks
			j = skipBlanks(text, j+len(b.open))
			break
		}
	}
	w, end := wordAt(text, j)
	if w.mark == none {
		return i, reading{}
	}
	r = reading{mark: w.mark, speech: w.speech, letter: w.word == "a"}
	if close != "" {
		j = skipBlanks(text, end)
		if !bytes.HasPrefix(text[j:], []byte(close)) || r.letter && (j != end || skipBlanks(text, i) != i || !textscan.At(text, j+1, textscan.Alnum)) {
			return i, reading{}
		}
		next = skipBlanks(text, j+len(close))
		if tight && (next == j+len(close)) != (skipBlanks(text, i) == i) {
			return i, reading{} // a blank on one side only: a dash of the sentence
		}
		return next, r
	}
	if n := skipBlanks(text, end); n > end && skipBlanks(text, i) > i && !w.inBrackets {
		r.bare = true
		return n, r
	}
	return i, reading{}
}

// markBefore returns the start of the mark that ends at i, or -1. Only one place
// can be: before blanks, brackets and the word itself.
func markBefore(text []byte, from, i int) int {
	j := blanksLeft(text, from, i)
	open := ""
	for _, b := range brackets {
		if textscan.At(text, j-1, textscan.Letter) {
			break // nearly always
		}
		if bytes.HasSuffix(text[from:j], []byte(b.close)) {
			open = b.open
			j = blanksLeft(text, from, j-len(b.close))
			break
		}
	}
	if open == "" && j == i {
		return -1
	}
	longest := 0
	for i, list := 0, byLast[markKey(textscan.Byte(text, j-1))]; i < len(list); i++ {
		w := &list[i]
		if n := len(w.word); n > longest && j-n > from && hasWord(text, j-n, w.word) {
			longest = n
		}
	}
	if longest == 0 {
		return -1
	}
	j = blanksLeft(text, from, j-longest)
	if bytes.HasSuffix(text[from:j], []byte(open)) {
		j = blanksLeft(text, from, j-len(open))
	}
	if next, r := readMark(text, j); r.mark == none || next != i || j <= from || !textscan.Is(text[j-1], textscan.Alnum) {
		return -1
	}
	return j
}

func blanksLeft(text []byte, from, i int) int {
	j := i
	for j > from && i-j < 3 && (text[j-1] == ' ' || text[j-1] == '\t') {
		j--
	}
	return j
}

func skipBlanks(text []byte, i int) int {
	j := i
	for j < len(text) && j-i < 3 && (text[j] == ' ' || text[j] == '\t') {
		j++
	}
	return j
}

func endsInTLD(label string) bool {
	label = strings.TrimRight(label, ".-")
	return textscan.TLD([]byte(label[strings.LastIndexByte(label, '.')+1:]))
}

// stopword reports whether s is an English word that stands beside "at" and
// "dot" in ordinary sentences.
func stopword(s string) bool {
	for _, w := range []string{"a", "an", "the", "this", "that", "each", "one", "every", "no", "any", "in", "at", "to", "is", "it", "so", "as", "be", "my", "me", "us", "do",
		"on", "of", "and", "or", "by", "for", "look", "looked", "point", "here", "there", "are", "was", "were", "now", "all", "its", "his", "her", "red", "black", "center", "zero", "place", "end"} {
		if s == w {
			return true
		}
	}
	return false
}
