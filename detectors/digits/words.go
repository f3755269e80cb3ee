package digits

import (
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
	if !w.gate.open(text, start) {
		return textscan.Context{}, false
	}
	return w.Words.Before(text, start)
}

// gate tells in a few nanoseconds that no word of a list can stand before a
// place: it knows the first three bytes of every word. Most digits in logs and
// tables have no such word near, so the list itself is seldom asked.
type gate [1 << 9]uint64

func newGate(words []string) *gate {
	g := &gate{}
	for _, w := range words {
		if w == "" || w[0] >= utf8.RuneSelf {
			continue // text beyond ASCII passes anyway
		}
		g.add([3]byte{}, 0, w)
	}
	return g
}

// add goes through the spellings of a word's first bytes: a blank of a phrase is
// one of several marks, or nothing.
func (g *gate) add(b [3]byte, n int, rest string) {
	switch {
	case n == len(b):
		h := hash(b[0], b[1], b[2])
		g[h>>6] |= 1 << (h & 63)
	case rest == "":
		for c := range 256 {
			if textscan.ClassOf[c]&textscan.Letter == 0 { // where a short word ends
				b[n] = byte(c)
				g.add(b, n+1, "")
			}
		}
	case rest[0] == ' ':
		g.add(b, n, rest[1:])
		for _, c := range []byte(" _-.\t") {
			b[n] = c
			g.add(b, n+1, rest[1:])
		}
	default:
		b[n] = rest[0]
		g.add(b, n+1, rest[1:])
	}
}

func hash(a, b, c byte) uint32 {
	return (uint32(a)*961 + uint32(b)*31 + uint32(c)) & (1<<15 - 1)
}

// open reports whether a word may stand within reach before start.
func (g *gate) open(text []byte, start int) bool {
	lo := max(start-textscan.Reach, 0)
	window := text[lo:start]
	// Two bytes more than the window let a word end directly before the value.
	var a, b, c byte
	for i := len(window) - 1; i >= 0; i-- {
		a, b, c = textscan.Fold(window[i]), a, b
		if a >= utf8.RuneSelf {
			return true
		}
		if h := hash(a, b, c); g[h>>6]&(1<<(h&63)) != 0 && !within(window, i) {
			return true
		}
	}
	return false
}

// within reports whether i is inside a word, where none can begin.
func within(window []byte, i int) bool {
	return i > 0 && window[i-1]|0x20 >= 'a' && window[i-1]|0x20 <= 'z' && textscan.ClassOf[window[i]]&textscan.Upper == 0
}
