package textscan

import (
	"encoding/binary"
	"math/bits"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Lexicon joins the lists of context words of all detectors, so that a text is read
// for all of them once, however many numbers stand in it. Detectors put their lists
// in when they are made, with Join. It may be used from many goroutines.
type Lexicon struct {
	mu     sync.Mutex
	lists  []*Words
	closed bool
	ready  sync.Once
	tables *lexTables
}

// maxLists is how many lists a Lexicon holds.
const maxLists = 32

// Lists are some lists in a Lexicon. A Reader asks for them as sets, of which bit i
// stands for the i-th list that was given to Join.
type Lists struct {
	lexicon *Lexicon
	shift   uint
	own     uint32
}

// Join puts lists, at most 32, into l, before any text is read with it: what comes
// later, or has no room any more, gets a Lexicon of its own, as all does in a nil
// Lexicon. Words that begin with anything but a letter are not found.
func (l *Lexicon) Join(lists ...*Words) Lists {
	if l == nil {
		l = new(Lexicon)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || len(l.lists)+len(lists) > maxLists {
		return new(Lexicon).Join(lists...)
	}
	s := Lists{lexicon: l, shift: uint(len(l.lists)), own: uint32(1)<<len(lists) - 1}
	l.lists = append(l.lists, lists...)
	return s
}

// table makes the tables when the first text is read.
func (l *Lexicon) table() *lexTables {
	l.ready.Do(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.closed = true
		l.tables = newTables(l.lists)
	})
	return l.tables
}

// lexTables is a Lexicon that is complete; it is never written.
type lexTables struct {
	entries []lexEntry
	gate    [1 << gateBits / 64]uint64 // may a word begin so?
	keys    []uint32                   // the beginnings of words, by gateHash and what follows it; 0 for none
	byKey   [][]uint16                 // the words
	lone    uint32                     // letters, bit 1 for a, that a word may begin with before a digit
	beyond  [256][]uint16              // words that begin beyond ASCII, by their second byte
}

type lexEntry struct {
	entry
	list uint8
}

const gateBits = 17

func newTables(lists []*Words) *lexTables {
	t := &lexTables{}
	begin := map[uint32][]uint16{}
	for i, w := range lists {
		for _, list := range w.byFirst {
			for _, e := range list {
				t.add(lexEntry{entry: e, list: uint8(i)}, begin)
			}
		}
	}
	size := 1 << bits.Len(uint(2*len(begin)))
	t.keys, t.byKey = make([]uint32, size), make([][]uint16, size)
	for key, list := range begin {
		at := gateHash(key) & uint32(size-1)
		for t.keys[at] != 0 {
			at = (at + 1) & uint32(size-1)
		}
		t.keys[at], t.byKey[at] = key, list
	}
	return t
}

func (t *lexTables) add(e lexEntry, begin map[uint32][]uint16) {
	at := uint16(len(t.entries))
	t.entries = append(t.entries, e)
	if e.word[0] >= utf8.RuneSelf {
		t.beyond[e.word[1]] = append(t.beyond[e.word[1]], at)
		return
	}
	if !letter(e.word[0]) {
		return
	}
	if len(e.word) == 1 || ClassOf[e.word[1]]&Digit != 0 {
		t.lone |= 1 << (e.word[0] & 31)
	}
	open([startLen]byte{}, 0, e.word, e.prefix, func(b [startLen]byte, n int) {
		key := keyOf(binary.LittleEndian.Uint32(b[:]))
		h := gateHash(key)
		t.gate[h/64] |= 1 << (h % 64)
		if list := begin[key]; len(list) == 0 || list[len(list)-1] != at {
			begin[key] = append(list, at)
		}
	})
}

// open calls fn for every row of letters that a word may begin with in a text, cut
// to startLen of them and in lower case. more says that letters may follow the word.
func open(b [startLen]byte, n int, rest string, more bool, fn func(b [startLen]byte, n int)) {
	switch {
	case n == startLen:
		fn(b, n)
	case rest == "":
		fn(b, n)
		for c := byte('a'); more && c <= 'z'; c++ {
			b[n] = c
			open(b, n+1, rest, more, fn)
		}
	case letter(rest[0]):
		b[n] = rest[0]
		open(b, n+1, rest[1:], more, fn)
	default:
		fn(b, n)
		if rest[0] == ' ' {
			open(b, n, rest[1:], more, fn) // a phrase written as one word
		}
	}
}

func letter(c byte) bool { return ClassOf[c]&Letter != 0 }

// gateHash is the place in the gate of the key of some letters.
func gateHash(key uint32) uint32 { return key * 0x9e3779b1 >> (32 - gateBits) }

// keyOf is the key of up to four letters, and of zeroes behind fewer.
func keyOf(b uint32) uint32 { return b | 0x20202020 }

// may reports whether a word may begin with a key.
func (t *lexTables) may(key uint32) bool {
	h := gateHash(key)
	return t.gate[h>>6&(1<<gateBits/64-1)]>>(h&63)&1 != 0
}

// with are the words that begin with a key.
func (t *lexTables) with(key uint32) []uint16 {
	mask := uint32(len(t.keys) - 1)
	for at := gateHash(key) & mask; ; at = (at + 1) & mask {
		if k := t.keys[at]; k == key {
			return t.byKey[at]
		} else if k == 0 {
			return nil
		}
	}
}

// labels are the words of a Lexicon that stand in a text, as far as it was read.
type labels struct {
	lexicon *Lexicon
	*lexTables
	hits   []hit
	blocks []read // by block of the text

	// What was found out about the words of texts, by hash: texts are full of the same.
	seen   [1 << seenBits]seen
	start  []start // that seen speaks of
	seenOf *lexTables
}

// seen says of a word as it stands in texts which of the Lexicon may begin with it, or
// be the start of it.
type seen struct {
	word    uint64 // up to longLen letters, and zeroes behind fewer
	from, n uint16 // place of the first start, and how many there are
}

// start is an entry that may stand where a word begins.
type start struct {
	entry uint16
	same  uint8 // how many bytes of the entry are those of the word
	all   bool  // the entry is the word
}

const (
	longLen   = 8 // letters of a word that are looked up at once
	seenBits  = 9
	maxStarts = 1 << 12 // that are remembered; where there are more, all are forgotten
)

// seenHash is the place of letters in seen.
func seenHash(w uint64) uint64 { return w * 0x9e3779b97f4a7c15 >> (64 - seenBits) }

// read is what was found in one block.
type read struct {
	lists uint32 // of which a word begins there
	from  uint32 // place of its first hit
	n     uint32 // how many hits, and one more: 0 is not read yet
}

// hit is a word in the text.
type hit struct {
	at, end uint32 // end is that of the word itself, without what may follow a star
	entry   uint16
	whole   bool // the word ends there, whatever follows
}

// maxHits is how many hits stay in memory from one text to the next.
const maxHits = 1 << 15

func (l *labels) reset(blocks int) {
	if cap(l.blocks) < blocks {
		l.blocks = make([]read, blocks)
	}
	l.lexicon, l.blocks = nil, l.blocks[:blocks]
	if cap(l.hits) > maxHits {
		l.hits = nil
	}
}

// Reader answers which words of some lists stand before places of one text. Make it
// with the lists, give it the index of a text with Reset, and ask. Text is read 64
// bytes at a time where somebody asks, once for all that share the index and the
// Lexicon. One goroutine at a time uses it.
type Reader struct {
	Lists
	ix *Index
}

// NewReader makes a reader of lists.
func NewReader(lists Lists) Reader { return Reader{Lists: lists} }

// Reset gives r another text; nil if it is done with one.
func (r *Reader) Reset(ix *Index) {
	r.ix = ix
}

// All is the set of all lists of a question. List is the one of list i.
const All = ^uint32(0)

// Before is Words.Before for the lists in a set, of which bit i stands for list i.
// A value begins at start: letters stand on one side of it at most.
func (r *Reader) Before(lists uint32, start int) (Context, bool) {
	return r.Within(lists, start, Reach)
}

// ask reads what is in reach before start, if that was not done yet, and gives the
// blocks that are: all from first to last. lists is the set as the lexicon has it, 0
// if no word of it is there.
func (r *Reader) ask(lists uint32, start int) (in uint32, first, last int) {
	first, last = max(start-Reach, 0)/Block, max(start-1, 0)/Block // one, or two side by side
	l := &r.ix.words
	if l.lexicon != r.lexicon {
		r.ix.use(r.lexicon)
	}
	if last >= len(l.blocks) { // a text without a byte
		return 0, first, last
	}
	a, b := &l.blocks[first], &l.blocks[last]
	if a.n == 0 {
		r.ix.readBlock(first)
	}
	if b.n == 0 {
		r.ix.readBlock(last)
	}
	return (a.lists | b.lists) & (lists & r.own << r.shift), first, last
}

// Near reports whether Before would find any word, or one before an empty line.
func (r *Reader) Near(lists uint32, start int) bool {
	start = min(start, len(r.ix.text))
	in, first, last := r.ask(lists, start)
	if in == 0 {
		return false // nearly always
	}
	l := &r.ix.words
	for b := last; b >= first; b-- {
		at := l.blocks[b]
		if at.lists&in == 0 {
			continue
		}
		for i := int(at.from+at.n) - 2; i >= int(at.from); i-- {
			h := &l.hits[i]
			if int(h.at) < start-Reach {
				return false
			}
			if int(h.end) <= start && in>>l.entries[h.entry].list&1 != 0 && (h.whole || int(h.end) == start) {
				return true
			}
		}
	}
	return false
}

// Any reports whether any word begins in one of the blocks that text[from:to] stands
// in; what is outside of the text does not count.
func (r *Reader) Any(lists uint32, from, to int) bool {
	l, in := &r.ix.words, uint32(0)
	if l.lexicon != r.lexicon {
		r.ix.use(r.lexicon)
	}
	for b := max(from, 0) / Block; b <= min((to-1)/Block, len(l.blocks)-1); b++ {
		if l.blocks[b].n == 0 {
			r.ix.readBlock(b)
		}
		in |= l.blocks[b].lists
	}
	return in&(lists&r.own<<r.shift) != 0
}

// Hot marks the bytes of the block at base, a multiple of Block, that Near reports a
// word for: bit i stands for text[base+i]. It may mark others.
func (r *Reader) Hot(lists uint32, base int) (m uint64) {
	l, in, block := &r.ix.words, lists&r.own<<r.shift, base/Block
	if l.lexicon != r.lexicon {
		r.ix.use(r.lexicon)
	}
	if l.blocks[block].n == 0 {
		r.ix.readBlock(block)
	}
	all := l.blocks[block].lists
	if block > 0 {
		if l.blocks[block-1].n == 0 {
			r.ix.readBlock(block - 1)
		}
		all |= l.blocks[block-1].lists
	}
	if all&in == 0 {
		return 0 // nearly always
	}
	for b := block; b >= max(block-1, 0); b-- {
		at := l.blocks[b]
		if at.lists&in == 0 {
			continue
		}
		for i := int(at.from+at.n) - 2; i >= int(at.from); i-- {
			h := &l.hits[i]
			if int(h.at) < base-Reach {
				return m
			}
			first, last := max(int(h.end)-base, 0), min(int(h.at)+Reach-base, Block-1)
			if first <= last && in>>l.entries[h.entry].list&1 != 0 {
				m |= (^uint64(0) << first) & (^uint64(0) >> (Block - 1 - last))
			}
		}
	}
	return m
}

// Within is Words.Within.
func (r *Reader) Within(lists uint32, start, reach int) (Context, bool) {
	start, reach = min(start, len(r.ix.text)), min(reach, Reach)
	in, first, last := r.ask(lists, start)
	if in == 0 {
		return Context{}, false
	}
	l := &r.ix.words
	var best *hit
	bestEnd := 0
search:
	for b := last; b >= first; b-- {
		at := l.blocks[b]
		if at.lists&in == 0 {
			continue
		}
		for i := int(at.from+at.n) - 2; i >= int(at.from); i-- {
			h := &l.hits[i]
			if int(h.at) < start-reach || best != nil && h.at < best.at {
				break search
			}
			e := &l.entries[h.entry]
			end := int(h.end)
			if end > start || in>>e.list&1 == 0 || !h.whole && end != start {
				continue
			}
			if e.prefix {
				end = SpanRight(r.ix.text[:start], end, Reach, Word)
			}
			if best == nil || end > bestEnd || end == bestEnd && h.at == best.at && h.entry < best.entry {
				best, bestEnd = h, end
			}
		}
	}
	if best == nil || parted(r.ix.text[best.at:start]) {
		return Context{}, false
	}
	return Context{Word: l.entries[best.entry].shown, At: int(best.at), Gap: start - bestEnd}, true
}

// Covering is Words.Covering for the lists in a set.
func (r *Reader) Covering(lists uint32, start int, c Context) (longest Context, ok bool) {
	start = min(start, len(r.ix.text))
	lo := max(start-2*Reach, 0)
	var first int
	in, _, _ := r.ask(lists, start)
	if lo < start-Reach {
		var more uint32
		more, first, _ = r.ask(lists, start-Reach)
		in |= more
	}
	if in == 0 {
		return Context{}, false
	}
	l := &r.ix.words
	var best *hit
	for b := max(c.At-1, 0) / Block; b >= first; b-- {
		at := l.blocks[b]
		for i := int(at.from+at.n) - 2; i >= int(at.from) && at.lists&in != 0; i-- {
			h := &l.hits[i]
			e := &l.entries[h.entry]
			end := int(h.end)
			if int(h.at) >= c.At || int(h.at) < lo || end > start || in>>e.list&1 == 0 || !h.whole && end != start {
				continue
			}
			if e.prefix {
				end = SpanRight(r.ix.text[:start], end, Reach, Word)
			}
			if end >= start-c.Gap && (best == nil || h.at < best.at || h.at == best.at && h.entry > best.entry) {
				best, ok, longest = h, true, Context{Word: e.shown, At: int(h.at), Gap: start - end}
			}
		}
	}
	return longest, ok
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
	end, ok := labelEnd(r.ix.text, start)
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

// use makes l the Lexicon that the text is read with.
func (ix *Index) use(l *Lexicon) {
	w := &ix.words
	w.lexicon, w.lexTables, w.hits = l, l.table(), w.hits[:0]
	clear(w.blocks)
	if w.seenOf != w.lexTables {
		w.seenOf = w.lexTables
		w.forget()
	}
}

// readBlock looks for words that begin in block b.
func (ix *Index) readBlock(b int) {
	l, base, text := &ix.words, b*Block, ix.text
	at := read{from: uint32(len(l.hits))}
	letters, next := ix.Letter[b+1], ix.Letter[b+2]
	before := letters<<1 | ix.Letter[b]>>63
	capital := ix.Capital[b+1]
	camel := capital &^ (capital<<1 | ix.Capital[b]>>63) & before
	inner := camel>>1 | camel>>2 | camel>>3 // a word may end before a capital
	if beyond := ix.Capital[b+2]; beyond&(1<<(startLen-1)-1) != 0 {
		inner |= beyond<<63 | beyond<<62 | beyond<<61
	}
	high, escaped := ix.High[b+1], uint64(0)
	if slash := ix.Backslash[b+1]; slash|ix.Backslash[b]>>62 != 0 {
		escaped = slash<<2 | ix.Backslash[b]>>62
	}
	begins := letters&^before | letters&(escaped|camel)
	// Most of what is written in hexadecimal digits.
	hex := begins & (ix.Digit[b+1]>>1 | ix.Digit[b+2]<<63)
	begins &^= hex
	for ; hex != 0 && l.lone != 0; hex &= hex - 1 {
		k := bits.TrailingZeros64(hex)
		begins |= uint64(l.lone>>(text[base+k]&31)&1) << k
	}
	var last [Block + longLen]byte
	bytes := &last
	if base+len(last) <= len(text) {
		bytes = (*[Block + longLen]byte)(text[base:])
	} else {
		copy(last[:], text[base:])
	}
	// Which may be more is told for all first, without a branch that is hard to foresee.
	n, gate, pass := 0, &l.gate, high|inner
	var some [Block]uint8
	for m := begins | high; m != 0; m &= m - 1 {
		k := bits.TrailingZeros64(m)
		h := gateHash(keyOf(uint32(lettersAt(bytes, letters, next, k))))
		some[n&(Block-1)] = uint8(k)
		n += int((gate[h/64]>>(h&63) | pass>>k) & 1)
	}
	for _, k := range some[:n] {
		if high>>k&1 != 0 {
			at.lists |= ix.beyond(base + int(k))
			continue
		}
		word := lettersAt(bytes, letters, next, int(k))
		if was := l.remember(word); was.n != 0 {
			at.lists |= ix.begin(base+int(k), was)
		}
	}
	at.n = uint32(len(l.hits)) - at.from + 1
	l.blocks[b] = at
}

// lettersAt are the letters from byte k of a block on, at most longLen, with zeroes
// behind fewer. letters and next say where letters stand, in the block and the next.
func lettersAt(bytes *[Block + longLen]byte, letters, next uint64, k int) uint64 {
	n := min(bits.TrailingZeros64(^(letters>>(k&63) | next<<1<<(^k&63))), longLen)
	return binary.LittleEndian.Uint64(bytes[k&63:]) & (^uint64(0) >> ((64 - 8*n) & 63))
}

// begin keeps the words that begin at i, where the letters of was stand.
func (ix *Index) begin(i int, was *seen) (lists uint32) {
	l, end := &ix.words, i+lettersIn(was.word)
	plain := i == 0 || ClassOf[ix.text[i-1]]&(Letter|High) == 0
	if !plain && !beginsWord(ix.text, i) {
		return 0
	}
	plain = plain && (end == len(ix.text) || ix.text[end] < utf8.RuneSelf)
	for _, s := range l.start[was.from : was.from+was.n] {
		e := &l.entries[s.entry]
		if s.all && plain {
			l.hits = append(l.hits, hit{at: uint32(i), end: uint32(end), entry: s.entry, whole: true})
			lists |= 1 << e.list
		} else if end := e.endsFrom(ix.text, i+int(s.same), int(s.same)); end >= 0 {
			lists |= ix.keep(i, end, s.entry)
		}
	}
	return lists
}

// keep takes a word for found.
func (ix *Index) keep(i, end int, entry uint16) (lists uint32) {
	l := &ix.words
	e := &l.entries[entry]
	l.hits = append(l.hits, hit{at: uint32(i), end: uint32(end), entry: entry, whole: e.prefix || endsWord(ix.text, end, len(ix.text))})
	return 1 << e.list
}

// lettersIn is how many letters a word of a text has, up to longLen.
func lettersIn(word uint64) int { return (bits.Len64(word) + 7) / 8 }

// remember is what was found out about a word of a text, or is now.
func (l *labels) remember(word uint64) *seen {
	h := seenHash(word)
	was := &l.seen[h]
	if was.word == word {
		return was
	}
	// Two words share two places: the one that was asked for last stays.
	other := &l.seen[h^1]
	if other.word != word {
		*other = *was
		l.look(was, word)
		return was
	}
	return other
}

// look finds out about a word of a text.
func (l *labels) look(was *seen, word uint64) {
	if len(l.start) > maxStarts {
		l.forget()
	}
	from, n := len(l.start), lettersIn(word)
	l.among(keyOf(uint32(word)), word, n)
	for k := 1; k < min(n, startLen); k++ {
		if word>>(8*k)&0x20 == 0 { // a word may end before a capital
			l.among(keyOf(uint32(word)&(1<<(8*k)-1)), word, n)
		}
	}
	*was = seen{word: word, from: uint16(from), n: uint16(len(l.start) - from)}
}

// forget makes nothing known about words.
func (l *labels) forget() {
	clear(l.seen[:])
	l.start = l.start[:0]
}

// among remembers those of the entries with a key that may start where n letters
// stand, or more if they are longLen: word.
func (l *labels) among(key uint32, word uint64, n int) {
	if !l.may(key) {
		return
	}
	list := l.with(key)
	for k := len(list) - 1; k >= 0; k-- {
		if e := &l.entries[list[k]].entry; e.may(word, n) {
			same := min(e.letters(), n)
			l.start = append(l.start, start{entry: list[k], same: uint8(same), all: n < longLen && same == n && len(e.word) == n})
		}
	}
}

// beyond looks for words that begin at i, beyond ASCII.
func (ix *Index) beyond(i int) (lists uint32) {
	text := ix.text
	if text[i] < 0xc0 || i+1 >= len(text) {
		return 0
	}
	second := text[i+1]
	if c, n := utf8.DecodeRune(text[i:]); n > 1 {
		if low := unicode.ToLower(c); low != c && utf8.RuneLen(low) == n {
			var buf [utf8.UTFMax]byte
			utf8.EncodeRune(buf[:], low)
			second = buf[1]
		}
	}
	list := ix.words.beyond[second]
	for k := len(list) - 1; k >= 0; k-- {
		if end := ix.words.entries[list[k]].ends(text, i); end >= 0 && beginsWord(text, i) {
			lists |= ix.keep(i, end, list[k])
		}
	}
	return lists
}

// may reports whether e may begin where n letters stand, at most longLen: word. Fewer
// of them are all that stand there.
func (e *entry) may(word uint64, n int) bool {
	at := 0
	for k := 0; k < len(e.word); k++ {
		b := e.word[k]
		switch {
		case at == n:
			return n == longLen || !letter(b)
		case letter(b):
			if byte(word>>(8*at))|0x20 != b {
				return false
			}
			at++
		case b != ' ':
			return false
		}
	}
	return at == n || e.prefix || word>>(8*at-8)&0x20 != 0 && word>>(8*at)&0x20 == 0 // "idNumber"
}

// letters is how many letters e begins with.
func (e *entry) letters() (n int) {
	for n < len(e.word) && letter(e.word[n]) {
		n++
	}
	return n
}
