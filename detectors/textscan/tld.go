package textscan

import (
	_ "embed"
	"strings"
	"sync"

	"golang.org/x/net/idna"
)

// The names of the root zone, one a line, sorted, in lower-case ASCII: those that
// golang.org/x/net/publicsuffix knows as ICANN's. A test compares the two, so
// that an update of the module shows what to add.
//
//go:embed tlds.txt
var tldNames string

// tldTable holds the names: those of up to seven bytes, which are nearly all, as
// numbers in a table by their hash, in which 0 is no name.
type tldTable struct {
	short [1 << tldBits]uint64
	long  map[string]struct{}
}

const (
	tldBits  = 12 // less than half of the table is in use
	maxShort = 7
)

var tlds = sync.OnceValue(func() *tldTable {
	t := &tldTable{long: map[string]struct{}{}}
	for name := range strings.Lines(tldNames) {
		name = strings.TrimSuffix(name, "\n")
		t.add([]byte(name))
		if strings.HasPrefix(name, "xn--") {
			if u, err := idna.Punycode.ToUnicode(name); err == nil {
				t.add([]byte(u))
			}
		}
	}
	return t
})

func (t *tldTable) add(name []byte) {
	if len(name) > maxShort {
		t.long[string(name)] = struct{}{}
		return
	}
	key := shortKey(name)
	t.short[t.find(key)] = key
}

// find is the place of key, or the free one where it would stand.
func (t *tldTable) find(key uint64) int {
	at := int(key * 0x9e3779b97f4a7c15 >> (64 - tldBits))
	for t.short[at] != 0 && t.short[at] != key {
		at = (at + 1) % len(t.short)
	}
	return at
}

// shortKey is the number of a name of at most seven bytes; no two have the same.
func shortKey(name []byte) uint64 {
	key := uint64(1)
	for _, b := range name {
		key = key<<8 | uint64(Fold(b))
	}
	return key
}

// TLD reports whether label, in any case, is a top-level domain of the root zone,
// as it is read or in its "xn--" form.
func TLD(label []byte) bool {
	if len(label) < 2 || len(label) > 63 { // RFC 1035, section 2.3.4; those beyond ASCII are shorter
		return false
	}
	t := tlds()
	if len(label) > maxShort {
		var buf [64]byte
		_, ok := t.long[string(fold(buf[:0], label))]
		return ok
	}
	key := shortKey(label)
	if key&0x0080808080808080 != 0 { // beyond ASCII
		var buf [maxShort]byte
		key = shortKey(fold(buf[:0], label))
	}
	return t.short[t.find(key)] != 0
}

// Reserved says what a top-level domain outside the root zone is for: "example"
// for those that RFC 2606 and RFC 6761 keep for tests and documentation,
// "private" for those that inner networks use, "" for all others.
func Reserved(label []byte) string {
	switch {
	case len(label) > 9 || len(label) < 3:
		return ""
	case HasFold(label, 0, "example") && len(label) == 7, HasFold(label, 0, "test") && len(label) == 4,
		HasFold(label, 0, "invalid") && len(label) == 7, HasFold(label, 0, "localhost") && len(label) == 9:
		return "example"
	case HasFold(label, 0, "local") && len(label) == 5, HasFold(label, 0, "internal") && len(label) == 8,
		HasFold(label, 0, "lan") && len(label) == 3, HasFold(label, 0, "corp") && len(label) == 4,
		HasFold(label, 0, "intranet") && len(label) == 8, HasFold(label, 0, "onion") && len(label) == 5:
		return "private"
	}
	return ""
}
