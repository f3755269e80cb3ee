package digits

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRuns(t *testing.T) {
	plain := regexp.MustCompile("[0-9]+")
	for _, text := range []string{
		"", "1", "a1", "12 345-6", strings.Repeat("7", 300), strings.Repeat("x", 63) + "12", strings.Repeat("x", 4095) + "12" + strings.Repeat("y", 64) + "3",
		strings.Repeat("12a", 2000), "é1漢23",
	} {
		var got [][]int
		Runs([]byte(text), func(start, end int) { got = append(got, []int{start, end}) })
		if d := cmp.Diff(plain.FindAllStringIndex(text, -1), got); d != "" {
			t.Errorf("text of %d bytes: %s", len(text), d)
		}
	}
}

func TestLuhn(t *testing.T) {
	for s, want := range map[string]bool{"79927398713": true, "79927398710": false, "": false, "0": true, "4111111111111111": true} {
		if got := Luhn([]byte(s)); got != want {
			t.Errorf("%q: %t", s, got)
		}
	}
}
