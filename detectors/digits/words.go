package digits

import (
	"encoding/binary"
	"math/bits"
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// Words are context words as in package textscan, with a quick answer for the many
// numbers that no word stands before. Make them with NewWords and keep them; they
// may be used from many goroutines.
type Words struct {
	*textscan.Words
	gate *gate
}

// NewWords makes a list; see textscan.NewWords.
func NewWords(words ...string) *Words {
	return &Words{textscan.NewWords(words...), newGate(words)}
}

// Before looks for the nearest word before start, as textscan.Words.Before does.
func (w *Words) Before(text []byte, start int) (textscan.Context, bool) {
	v := Look(text, start)
	return w.In(&v)
}

// In looks for the nearest word in a view.
func (w *Words) In(v *View) (textscan.Context, bool) {
	if !w.MayStand(v) {
		return textscan.Context{}, false
	}
	return w.Words.Before(v.text, v.start)
}

// MayStand reports whether In may find a word: if not, it surely finds none.
func (w *Words) MayStand(v *View) bool {
	if v.high || w.gate.always {
		return true
	}
	for m := v.begins; m != 0; {
		k := 63 - bits.LeadingZeros64(m)
		m &^= 1 << k
		if w.gate.open(v.text, v.lo+k, v.start) {
			return true
		}
	}
	return false
}

// View is the text before a number, read once for many lists of words.
type View struct {
	text   []byte
	start  int
	lo     int    // bit 0 of begins
	begins uint64 // where words may begin
	high   bool   // there are runes beyond ASCII: words of other scripts may begin anywhere
}

var (
	upperSet  = textscan.NewSet("ABCDEFGHIJKLMNOPQRSTUVWXYZ", false)
	letterSet = textscan.NewSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", false)
)

// Look reads the text before start.
func Look(text []byte, start int) View {
	v := View{text: text, start: min(start, len(text))}
	v.lo = max(v.start-textscan.Block, 0)
	window := text[v.lo:v.start]
	var letters, upper [1]uint64
	letterSet.Mask(letters[:], window)
	upperSet.Mask(upper[:], window)
	l, keep := letters[0], ^uint64(0)
	if cut := len(window) - textscan.Reach; cut > 0 {
		keep <<= cut
		window = window[cut:]
	}
	v.high = beyondASCII(window)
	v.begins = l &^ (l << 1)
	// A letter after "\" is an escape and no part of the word.
	for m := v.begins & keep; m != 0; m &= m - 1 {
		if i := v.lo + bits.TrailingZeros64(m); i > 0 && text[i-1] == '\\' {
			v.begins |= (m & -m) << 1 & l
		}
	}
	v.begins = (v.begins | upper[0]&(l<<1)) & keep
	return v
}

func beyondASCII(b []byte) bool {
	const high = 0x8080808080808080
	var all uint64
	for len(b) >= 8 {
		all |= binary.LittleEndian.Uint64(b)
		b = b[8:]
	}
	for _, c := range b {
		all |= uint64(c)
	}
	return all&high != 0
}

// gate tells in a few nanoseconds that no word of a list begins at a place: it
// knows the first four letters of words, and words of up to four letters whole.
// Anything but a letter is one symbol, so that it takes a blank for each mark that
// stands for one.
type gate struct {
	always             bool
	whole, four, first [1 << 15 / 64]uint64
}

func newGate(words []string) *gate {
	g := &gate{}
	for _, w := range words {
		w, star := strings.CutSuffix(w, "*")
		switch {
		case w == "" || strings.ContainsFunc(w, func(r rune) bool { return r >= utf8.RuneSelf }): // text beyond ASCII passes anyway
		case symbol(w[0]) == 0:
			g.always = true
		default:
			g.add([4]byte{}, 0, w, star)
		}
	}
	return g
}

// add goes through the spellings of a word's beginning: a blank of a phrase is
// one of several marks, or nothing.
func (g *gate) add(b [4]byte, n int, rest string, star bool) {
	switch {
	case n == len(b):
		h := hash(gram(b), uint32(b[3]))
		if rest == "" && !star {
			g.four[h>>6] |= 1 << (h & 63)
		} else {
			g.first[h>>6] |= 1 << (h & 63)
		}
	case rest == "" && star:
		for b[n] = range byte(27) {
			g.add(b, n+1, "", star)
		}
	case rest == "":
		h := gram(b)
		g.whole[h>>6] |= 1 << (h & 63)
	case rest[0] == ' ':
		g.add(b, n, rest[1:], star)
		b[n] = 0
		g.add(b, n+1, rest[1:], star)
	default:
		b[n] = symbol(rest[0])
		g.add(b, n+1, rest[1:], star)
	}
}

// open reports whether a word may begin at i and end before end, where a value
// begins.
func (g *gate) open(text []byte, i, end int) bool {
	if end-i < 5 {
		var b [5]byte
		copy(b[:], text[i:end])
		return g.fits(&b)
	}
	return g.fits((*[5]byte)(text[i:]))
}

// fits reports whether a word may begin with the first four bytes of b, or be all
// of them, or less.
func (g *gate) fits(b *[5]byte) bool {
	s2, s3, s4, s5 := uint32(symbols[b[1]]), uint32(symbols[b[2]]), uint32(symbols[b[3]]), uint32(symbols[b[4]])
	one := uint32(symbols[b[0]]) & letterBits << 10
	two := one | s2&letterBits<<5
	three := two | s3&letterBits
	h := hash(three, s4&letterBits)
	// A word may end before a capital, and before anything but a letter.
	return g.first[h>>6]>>(h&63)&1 != 0 ||
		s5-1 >= letterBits && g.four[h>>6]>>(h&63)&1 != 0 ||
		s4-1 >= letterBits && g.whole[three>>6]>>(three&63)&1 != 0 ||
		s3-1 >= letterBits && g.whole[two>>6]>>(two&63)&1 != 0 ||
		s2-1 >= letterBits && g.whole[one>>6]>>(one&63)&1 != 0
}

const (
	letterBits = 31
	capital    = 32
)

// symbols are the symbols of bytes, with a mark at capitals.
var symbols = makeSymbols()

func makeSymbols() (t [256]byte) {
	for b := range t {
		if t[b] = symbol(byte(b)); t[b] != 0 && byte(b)-'A' < 26 {
			t[b] |= capital
		}
	}
	return t
}

// symbol is 1 to 26 for a letter of either case, and 0 for anything else.
func symbol(b byte) byte {
	if b = b | 0x20 - 'a' + 1; b <= 26 {
		return b
	}
	return 0
}

// gram tells words of up to three symbols apart.
func gram(b [4]byte) uint32 { return uint32(b[0])<<10 | uint32(b[1])<<5 | uint32(b[2]) }

func hash(three, fourth uint32) uint32 { return (three<<5 | fourth) * 0x9e3779b1 >> 17 }
