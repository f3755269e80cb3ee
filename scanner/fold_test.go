package scanner

import (
	"strings"
	"testing"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// TestFoldASCII compares the short way with the long one.
func TestFoldASCII(t *testing.T) {
	for _, s := range []string{"", " ", "Ana  Silva", "\tANA\nSilva ", "O'Reilly; Bo", "a\vb\fc\r", "~!@#", strings.Repeat("Long Name ", 40), "\x00A\x1fb\x7e"} {
		long := strings.Join(strings.Fields(cases.Fold().String(norm.NFKC.String(s))), " ")
		if got, ok := foldASCII(s); !ok || got != long {
			t.Errorf("foldASCII(%q) = %q, %t; want %q", s, got, ok, long)
		}
	}
	for _, s := range []string{"é", "a\x7f", "ſ"} {
		if _, ok := foldASCII(s); ok {
			t.Errorf("foldASCII takes %q", s)
		}
	}
}
