package textscan

import (
	"math/bits"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"
)

// Lexicon joins several lists of context words, so that a text is read for all of
// them once, however many numbers stand in it. Make it with NewLexicon and keep
// it; it is never written afterwards. A Reader asks it about a text.
type Lexicon struct {
	lists   []*Words
	entries []lexEntry
	gate    [1 << gateBits / 64]uint64 // may a word begin with four such bytes?
	byTwo   [symbols * symbols][]uint16
	single  bool          // there is a word of one letter
	beyond  [256][]uint16 // words that begin beyond ASCII, by their second byte
}

type lexEntry struct {
	entry
	list uint8
}

const (
	gateBits = 17
	symbols  = 27 // a letter of either case, or anything else
)

// NewLexicon joins lists, at most 32; list i of a question is lists[i]. Words
// begin with a letter: others are not found.
func NewLexicon(lists ...*Words) *Lexicon {
	l := &Lexicon{lists: lists}
	for i, w := range lists {
		for _, list := range w.byFirst {
			for _, e := range list {
				l.add(lexEntry{entry: e, list: uint8(i)})
			}
		}
	}
	return l
}

func (l *Lexicon) add(e lexEntry) {
	at := uint16(len(l.entries))
	l.entries = append(l.entries, e)
	if e.word[0] >= utf8.RuneSelf {
		l.beyond[e.word[1]] = append(l.beyond[e.word[1]], at)
		return
	}
	var seconds [symbols]bool // those that are done
	list := func(second uint8) {
		if two := int(symbolOf[e.word[0]])*symbols + int(second); !seconds[second] {
			l.byTwo[two] = append(l.byTwo[two], at)
			seconds[second] = true
		}
	}
	for i := range uint8(symbols) {
		if len(e.word) == 1 { // it may also end before a capital
			l.single = true
			list(i)
		}
	}
	l.open([startLen]byte{}, 0, e.word, e.prefix, func(b [startLen]byte) {
		h := gateHash[0][b[0]] ^ gateHash[1][b[1]] ^ gateHash[2][b[2]] ^ gateHash[3][b[3]]
		l.gate[h/64] |= 1 << (h % 64)
		list(symbolOf[b[1]])
	})
}

// open calls fn for every beginning that a word may have in a text, as lower-case
// letters, with "0" for any other byte. any says that anything may follow the word.
func (l *Lexicon) open(b [startLen]byte, n int, rest string, any bool, fn func([startLen]byte)) {
	if n == startLen {
		fn(b)
		return
	}
	next := func(c byte, any bool) {
		b[n] = c
		l.open(b, n+1, rest, any, fn)
	}
	if rest == "" {
		next('0', true)
		for c := byte('a'); c <= 'z' && (any || !letter(b[n-1])); c++ {
			next(c, true)
		}
		return
	}
	c := rest[0]
	if rest = rest[1:]; c == ' ' {
		l.open(b, n, rest, any, fn) // a phrase written as one word
	}
	if !letter(c) {
		c = '0'
	}
	next(c, any)
}

func letter(c byte) bool { return ClassOf[c]&Letter != 0 }

// symbolOf is 1 to 26 for a letter, and 0 for anything else; gateHash gives each a
// hash by its place, so that four of them joined by exclusive or tell a beginning.
var (
	symbolOf = makeSymbols()
	gateHash = makeGateHash()
)

func makeSymbols() (t [256]uint8) {
	for b := range t {
		if ClassOf[b]&Letter != 0 {
			t[b] = Fold(byte(b)) - 'a' + 1
		}
	}
	return t
}

func makeGateHash() (t [startLen][256]uint32) {
	r := rand.New(rand.NewPCG(1, 2))
	for k := range t {
		var of [symbols]uint32
		for i := range of {
			of[i] = r.Uint32() >> (32 - gateBits)
		}
		for b := range t[k] {
			t[k][b] = of[symbolOf[b]]
		}
	}
	return t
}

// Reader answers which words stand before places of one text. Make it with a
// Lexicon, give it a text with Reset, and ask for places more or less in order:
// each 64 bytes before them are read once. One goroutine at a time uses it.
type Reader struct {
	Lexicon  *Lexicon
	text     []byte
	from, to int // what is read: whole blocks, or up to the end of text
	hits     [maxHits]hit
	n        int
	quiet    int // from here to to, no word is in reach

	letter, capital, odd, digit [ahead]uint64 // classes of the bytes from classified on
	classified                  int
}

const maxHits = 96

// hit is a word in the text.
type hit struct {
	at, end int // end is that of the word itself, without what may follow a star
	entry   uint16
	whole   bool // the word ends there, whatever follows
}

// Reset gives r another text.
func (r *Reader) Reset(text []byte) {
	r.text, r.from, r.to, r.n, r.quiet, r.classified = text, 0, 0, 0, 0, -1
}

// All is the set of all lists of a question. List is the one of list i.
const All = ^uint32(0)

// Before is Words.Before for the lists in a set, of which bit i stands for list i.
// A value begins at start: letters stand on one side of it at most.
func (r *Reader) Before(lists uint32, start int) (Context, bool) {
	return r.Within(lists, start, Reach)
}

// Quiet reports whether it is already known that Near finds nothing.
func (r *Reader) Quiet(start int) bool { return r.quiet <= start && start <= r.to }

// Near reports whether Before would find any word, or one before an empty line.
func (r *Reader) Near(lists uint32, start int) bool {
	if r.Quiet(start) {
		return false // nearly always
	}
	return r.near(lists, start)
}

func (r *Reader) near(lists uint32, start int) bool {
	start = min(start, len(r.text))
	if !r.cover(start) {
		_, ok := r.slow(lists, start, Reach)
		return ok
	}
	for i := r.n - 1; i >= 0; i-- {
		h := &r.hits[i]
		if h.at < start-Reach {
			return false
		}
		if h.end <= start && lists>>r.Lexicon.entries[h.entry].list&1 != 0 && (h.whole || h.end == start) {
			return true
		}
	}
	return false
}

// Hot marks the bytes of the block at base, a multiple of Block, that Near reports a
// word for: bit i stands for text[base+i].
func (r *Reader) Hot(lists uint32, base int) (m uint64) {
	end := min(base+Block, len(r.text))
	if r.quiet <= base && end <= r.to {
		return 0
	}
	if !r.cover(base) || !r.cover(end) || r.from > max(base-Reach, 0) {
		return ^uint64(0)
	}
	for i := r.n - 1; i >= 0 && r.hits[i].at >= base-Reach; i-- {
		h := &r.hits[i]
		first, last := max(h.end-base, 0), min(h.at+Reach-base, Block-1)
		if first <= last && lists>>r.Lexicon.entries[h.entry].list&1 != 0 {
			m |= (^uint64(0) << first) & (^uint64(0) >> (Block - 1 - last))
		}
	}
	return m
}

// Within is Words.Within.
func (r *Reader) Within(lists uint32, start, reach int) (Context, bool) {
	start, reach = min(start, len(r.text)), min(reach, Reach)
	if !r.cover(start) {
		return r.slow(lists, start, reach)
	}
	best, bestEnd := -1, 0
	for i := r.n - 1; i >= 0; i-- {
		h := &r.hits[i]
		if h.at < start-reach || best >= 0 && h.at < r.hits[best].at {
			break
		}
		e := &r.Lexicon.entries[h.entry]
		if h.end > start || lists>>e.list&1 == 0 || !h.whole && h.end != start {
			continue
		}
		end := h.end
		if e.prefix {
			end = SpanRight(r.text[:start], h.end, Reach, Word)
		}
		if best < 0 || end > bestEnd {
			best, bestEnd = i, end
		}
	}
	if best < 0 || parted(r.text[r.hits[best].at:start]) {
		return Context{}, false
	}
	h := &r.hits[best]
	return Context{Word: r.Lexicon.entries[h.entry].shown, At: h.at, Gap: start - bestEnd}, true
}

// parted reports whether an empty line is in b.
func parted(b []byte) bool {
	for i := 1; i < len(b); i++ {
		if b[i] == '\n' && (b[i-1] == '\n' || i > 1 && b[i-1] == '\r' && b[i-2] == '\n') {
			return true
		}
	}
	return false
}

// Touching is Words.Touching.
func (r *Reader) Touching(lists uint32, start int) (Context, bool) {
	end, ok := labelEnd(r.text, start)
	if !ok {
		return Context{}, false
	}
	c, ok := r.Within(lists, end, Reach/2)
	if !ok || c.Gap != 0 {
		return Context{}, false
	}
	c.Gap = start - end
	return c, true
}

// slow looks for the nearest word of each list by itself.
func (r *Reader) slow(lists uint32, start, reach int) (best Context, found bool) {
	for i, w := range r.Lexicon.lists {
		if lists>>i&1 == 0 {
			continue
		}
		c, ok := w.within(r.text, start, reach)
		if ok && (!found || c.At > best.At || c.At == best.At && c.Gap < best.Gap) {
			best, found = c, true
		}
	}
	return best, found
}

// cover reads what has not been read yet of the text before start. It reports
// whether all that is in reach has been read now.
func (r *Reader) cover(start int) bool {
	lo := max(start-Reach, 0)
	if lo < r.from {
		return false // a step back
	}
	if lo/Block*Block > r.to {
		r.from = lo / Block * Block
		r.to, r.n, r.quiet = r.from, 0, r.from+Reach
	}
	for r.to < start {
		r.block(r.to)
		r.to = min(r.to+Block, len(r.text))
	}
	return lo >= r.from
}

var (
	letters  = NewSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", false)
	capitals = NewSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ", false)
	odd      = NewSet("\\", true)
	figures  = NewSet("0123456789", false)
)

// ahead is how many blocks are classified at once.
const ahead = 8

// classify reads the classes of the bytes from base on, a multiple of them.
func (r *Reader) classify(base int) {
	part := r.text[base:min(base+ahead*Block, len(r.text))]
	letters.Mask(r.letter[:], part)
	capitals.Mask(r.capital[:], part)
	odd.Mask(r.odd[:], part)
	figures.Mask(r.digit[:], part)
	r.classified = base
}

// block looks for words that begin in the 64 bytes at base.
func (r *Reader) block(base int) {
	const span = ahead * Block
	if r.classified != base/span*span {
		r.classify(base / span * span)
	}
	at := base % span / Block
	text, l, u, h := r.text, r.letter[at], r.capital[at], r.odd[at]
	before, escaped := l<<1, uint64(0)
	if base > 0 && letter(text[base-1]) {
		before |= 1
	}
	if h != 0 || base > 1 && (text[base-1] == '\\' || text[base-2] == '\\') {
		h, escaped = r.escapes(base, h)
	}
	camel := u &^ (u << 1) & before
	begins := l&^before | l&(escaped|camel)
	if !r.Lexicon.single {
		begins &^= r.digit[at] >> 1 // most of what is written in hexadecimal digits
	}
	lexicon := r.Lexicon
	for m := begins | h; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		i := base + k
		if i+startLen <= len(text) && (h>>k|camel>>k>>1|camel>>k>>2|camel>>k>>3)&1 == 0 && k <= Block-startLen && !lexicon.may((*[startLen]byte)(text[i:])) {
			continue // nearly always
		}
		switch {
		case h>>k&1 != 0:
			r.beyond(i)
		case i+startLen > len(text) || lexicon.may((*[startLen]byte)(text[i:])) || r.camel(i):
			r.words(i, lexicon.byTwo[int(symbolOf[text[i]])*symbols+int(symbolOf[Byte(text, i+1)])])
		}
	}
}

// escapes tells what of m, in the 64 bytes at base, is beyond ASCII, and which
// bytes stand after one that a backslash escapes.
func (r *Reader) escapes(base int, m uint64) (high, escaped uint64) {
	for k := 1; k <= 2 && k <= base; k++ {
		if r.text[base-k] == '\\' {
			escaped |= 1 << (2 - k)
		}
	}
	for high = m; m != 0; m &= m - 1 {
		if k := bits.TrailingZeros64(m); r.text[base+k] == '\\' {
			high &^= 1 << k
			escaped |= 1 << k << 2
		}
	}
	return high, escaped
}

// camel reports whether a word may begin at i and end before a capital within the
// next three bytes.
func (r *Reader) camel(i int) bool {
	b := [startLen]byte{'0', '0', '0', '0'}
	for k := range startLen - 1 {
		b[k] = r.text[i+k]
		if ClassOf[r.text[i+k+1]]&Upper != 0 && r.Lexicon.may(&b) {
			return true
		}
	}
	return false
}

// may reports whether a word may begin with b. It does not know of words that end
// before a capital.
func (l *Lexicon) may(b *[startLen]byte) bool {
	h := gateHash[0][b[0]] ^ gateHash[1][b[1]] ^ gateHash[2][b[2]] ^ gateHash[3][b[3]]
	return l.gate[h>>6&(1<<gateBits/64-1)]>>(h&63)&1 != 0
}

// beyond looks for words that begin at i, beyond ASCII.
func (r *Reader) beyond(i int) {
	if r.text[i] < 0xc0 || i+1 >= len(r.text) {
		return
	}
	second := r.text[i+1]
	if c, n := utf8.DecodeRune(r.text[i:]); n > 1 {
		if low := unicode.ToLower(c); low != c && utf8.RuneLen(low) == n {
			var buf [utf8.UTFMax]byte
			utf8.EncodeRune(buf[:], low)
			second = buf[1]
		}
	}
	if list := r.Lexicon.beyond[second]; len(list) > 0 {
		r.words(i, list)
	}
}

// words keeps those words of list that begin at i.
func (r *Reader) words(i int, list []uint16) {
	for k := len(list) - 1; k >= 0; k-- {
		e := &r.Lexicon.entries[list[k]]
		end := e.ends(r.text, i)
		if end < 0 || !beginsWord(r.text, i) {
			continue
		}
		if r.n == len(r.hits) {
			r.forget()
		}
		r.hits[r.n] = hit{at: i, end: end, entry: list[k], whole: e.prefix || endsWord(r.text, end, len(r.text))}
		r.n++
		r.quiet = i + Reach + 1
	}
}

// forget drops the older half of the words.
func (r *Reader) forget() {
	const half = maxHits / 2
	r.from = max(r.from, r.hits[half-1].at+1)
	r.n = copy(r.hits[:], r.hits[half:])
}
