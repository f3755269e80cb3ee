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

var tlds = sync.OnceValue(func() map[string]struct{} {
	m := map[string]struct{}{}
	for name := range strings.Lines(tldNames) {
		name = strings.TrimSuffix(name, "\n")
		m[name] = struct{}{}
		if strings.HasPrefix(name, "xn--") {
			if u, err := idna.Punycode.ToUnicode(name); err == nil {
				m[u] = struct{}{}
			}
		}
	}
	return m
})

// TLD reports whether label, in any case, is a top-level domain of the root zone,
// as it is read or in its "xn--" form.
func TLD(label []byte) bool {
	if len(label) < 2 || len(label) > 63 { // RFC 1035, section 2.3.4; those beyond ASCII are shorter
		return false
	}
	var buf [64]byte
	low := fold(buf[:0], label)
	_, ok := tlds()[string(low)]
	return ok
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
