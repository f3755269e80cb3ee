package textscan

import (
	"math/bits"
	"sync"
	"unsafe"

	"habeas/detectors"
)

// Index says for every byte of a text what it is, in words of bits: bit i%Block of
// word i/Block+1 of a mask stands for text[i]. A word of zeroes stands before and
// behind each mask, so that what crosses an edge needs no special case. It also
// keeps the words of a Lexicon that were found so far. Detectors of one part share
// its index, so that the text is classified once for all of them.
type Index struct {
	Masks
	text    []byte
	n       int // blocks
	room    []uint64
	last    [Block]byte
	words   labels
	rows    []Row
	hasRows bool   // rows are those of text
	held    []byte // room for Copy
	kept    bool   // by a part; else it goes back to its pool
	high    int8   // whether anything is beyond ASCII: 1, -1, or 0 if nobody asked
	eastern int8   // the same for HasEastern
}

// Masks are the classes of bytes that an Index knows.
type Masks struct {
	Digit, Letter, Capital []uint64
	High                   []uint64 // of runes beyond ASCII
	Space                  []uint64 // " " only
	Dot, Dash, Colon, At   []uint64
	Mark                   []uint64 // one of -./+
	Number                 []uint64 // what telephone numbers are written with: digits, blanks, -./()+, and all beyond ASCII
	Joint                  []uint64 // one of _@%/+$, which make what follows a part of something
	Backslash              []uint64
}

const numMasks = 13

// all lists the masks in the order of the vector code.
func (m *Masks) all() [numMasks]*[]uint64 {
	return [...]*[]uint64{&m.Digit, &m.Letter, &m.Capital, &m.High, &m.Space, &m.Dot, &m.Dash, &m.Colon, &m.At, &m.Mark, &m.Number, &m.Joint, &m.Backslash}
}

const (
	figures  = "0123456789"
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	letters  = "abcdefghijklmnopqrstuvwxyz" + capitals
)

// classSets are the sets of the masks, for processors without vectors.
var classSets = [numMasks]*Set{
	NewSet(figures, false), NewSet(letters, false), NewSet(capitals, false), NewSet("", true), NewSet(" ", false), NewSet(".", false), NewSet("-", false), NewSet(":", false), NewSet("@", false),
	NewSet("-./+", false), NewSet(figures+" -./()+", true), NewSet("_@%/+$", false), NewSet("\\", false),
}

// groups are the tables that the vector code reads, as those of a Set: bit i says
// that a byte is in the group of the i-th list.
var groups = makeGroups("\\", "_", "$%", "()", "+/", "pqrstuvwxyzPQRSTUVWXYZ", "abcdefghijklmnoABCDEFGHIJKLMNO", figures)

func makeGroups(lists ...string) (n nibbles) {
	for i, list := range lists {
		for _, b := range []byte(list) {
			n.lo[b&15] |= 1 << i
			n.hi[b>>4] |= 1 << i
		}
	}
	return n
}

// maxRoom is how many words an index keeps from a long text to a short one: those of
// a megabyte of text.
const maxRoom = numMasks * (1<<20/Block + 2)

// Reset makes ix the index of text, which nobody changes while it is used.
func (ix *Index) Reset(text []byte) {
	n := (len(text) + Block - 1) / Block
	if need := numMasks * (n + 2); cap(ix.room) < need || cap(ix.room) > maxRoom && need <= maxRoom {
		ix.room = make([]uint64, need)
	}
	ix.text, ix.n, ix.high, ix.eastern = text, n, 0, 0
	ix.words.reset(n)
	ix.hasRows = false
	stride := n + 2
	for k, m := range ix.all() {
		*m = ix.room[k*stride : (k+1)*stride : (k+1)*stride]
		(*m)[0], (*m)[n+1] = 0, 0
	}
	whole := len(text) / Block
	if !hasVectors {
		whole = 0
		for k, m := range ix.all() {
			classSets[k].Mask((*m)[1:n+1], text)
		}
		return
	}
	if whole > 0 {
		classify(&ix.Digit[1], stride, &text[0], whole, &groups)
	}
	if rest := text[whole*Block:]; len(rest) > 0 {
		clear(ix.last[copy(ix.last[:], rest):])
		classify(&ix.Digit[whole+1], stride, &ix.last[0], 1, &groups)
	}
}

// HasHigh reports whether anything in text is beyond ASCII.
func (ix *Index) HasHigh() bool {
	if ix.high == 0 {
		any := uint64(0)
		for _, w := range ix.High[1 : ix.n+1] {
			any |= w
		}
		if ix.high = -1; any != 0 {
			ix.high = 1
		}
	}
	return ix.high > 0
}

// HasEastern reports whether anything in text may be written in Hebrew, Arabic,
// Indian, Chinese, Japanese or Korean letters, whose runes begin with bytes in UTF-8
// that those of Latin, Greek and Cyrillic letters, and of typographic marks, never
// begin with.
func (ix *Index) HasEastern() bool {
	if ix.eastern == 0 {
		ix.eastern = -1
		if ix.HasHigh() && ix.anyEastern() {
			ix.eastern = 1
		}
	}
	return ix.eastern > 0
}

func (ix *Index) anyEastern() bool {
	for w, m := range ix.High[1 : ix.n+1] {
		for ; m != 0; m &= m - 1 {
			if b := ix.text[w*Block+bits.TrailingZeros64(m)]; b >= 0xd6 && b != 0xe1 && b != 0xe2 {
				return true
			}
		}
	}
	return false
}

// Blocks is how many words of a mask stand for text: Mask[1] to Mask[Blocks()].
func (ix *Index) Blocks() int { return ix.n }

// held is how many bytes of values share one piece of memory.
const held = 1 << 10

// Copy is b as a string of its own, as string(b) is, but short ones share memory, so
// that a text full of values does not ask for a piece for each.
func (ix *Index) Copy(b []byte) string {
	if len(b) == 0 || len(b) > held/4 {
		return string(b)
	}
	if cap(ix.held)-len(ix.held) < len(b) {
		ix.held = make([]byte, 0, held) // what the old one holds is others' by now
	}
	from := len(ix.held)
	ix.held = append(ix.held, b...)
	return unsafe.String(&ix.held[from], len(b))
}

// Indexes hands out the indexes of texts. The zero Indexes is ready, and may be
// used from many goroutines.
type Indexes struct{ pool sync.Pool }

// Of is the index of text, which is that of p or the value of tag, as
// detectors.EachText gives them. Give it to Done when the text is done.
func (x *Indexes) Of(p *detectors.Part, text []byte, tag *detectors.Tag) *Index {
	if tag != nil || p.Memo == nil {
		ix, ok := x.pool.Get().(*Index)
		if !ok {
			ix = new(Index)
		}
		ix.kept = false
		ix.Reset(text)
		return ix
	}
	ix, ok := p.Memo.Kept.(*Index)
	if !ok {
		ix = &Index{kept: true}
		p.Memo.Kept, p.Memo.Fresh = ix, false
	}
	if !p.Memo.Fresh {
		ix.Reset(text)
		p.Memo.Fresh = true
	}
	return ix
}

// Done takes back what Of gave.
func (x *Indexes) Done(ix *Index) {
	if !ix.kept {
		ix.text = nil // not ours after the call
		x.pool.Put(ix)
	}
}
