package digits

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors/textscan"
)

func TestLuhn(t *testing.T) {
	for s, want := range map[string]bool{"79927398713": true, "79927398710": false, "": false, "0": true, "4111111111111111": true} {
		if got := Luhn([]byte(s)); got != want {
			t.Errorf("%q: %t", s, got)
		}
	}
}

// TestGateLosesNoWord asks the quick answer for every word in the spellings that
// the list itself knows.
func TestGateLosesNoWord(t *testing.T) {
	words := []string{"tel", "ip", "telefon*", "hp*", "card number", "a k", "p.iva", "s/n", "d o b", "cc", "né le", "電話", "call me on", "no k/p", "ss#", "q"}
	w := NewWords(words...)
	for _, word := range words {
		word = strings.TrimSuffix(word, "*")
		for _, spelling := range []string{
			word, strings.ToUpper(word[:1]) + word[1:], strings.ReplaceAll(word, " ", "_"), strings.ReplaceAll(word, " ", "-"), strings.ReplaceAll(word, " ", "."),
			strings.ReplaceAll(word, " ", ""), strings.ToUpper(word),
		} {
			for _, before := range []string{"", "x ", strings.Repeat("y ", 60), "1", "\"", "\\n", "client"} {
				if before == "client" {
					spelling = strings.ToUpper(spelling[:1]) + spelling[1:]
				}
				for _, after := range []string{"", ": ", "=", " is ", "Nr", "_7 "} {
					text := []byte(before + spelling + after)
					_, want := w.Words.Before(text, len(text))
					if _, got := w.Before(text, len(text)); got != want {
						t.Errorf("%q: %t, want %t", text, got, want)
					}
				}
			}
		}
	}
}

func TestClusters(t *testing.T) {
	c := NewClusters(true, 6, 2)
	for text, want := range map[string][]string{
		"":                                      {},
		"12345":                                 {},
		"a123456b":                              {"123456"},
		"12-34-56":                              {"12-34-56"},
		"12:34:56":                              {},
		"12 - 3456 78":                          {"3456 78"},
		"123456,654321":                         {"123456", "654321"},
		"(123) 456.":                            {"123) 456"},
		strings.Repeat("x", 4093) + "12345678x": {"12345678"},
		strings.Repeat("x", 4096) + "12345678x": {"12345678"},
		strings.Repeat(" ", 61) + "1234567":     {"1234567"},
		strings.Repeat("7", 300):                {strings.Repeat("7", 300)},
	} {
		got := []string{}
		c.Each(indexOf(text), []byte(text), nil, func(start, end int) { got = append(got, text[start:end]) })
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("text of %d bytes: %s", len(text), d)
		}
	}
}

// TestClustersCold: without a word near them, digits that stand alone are passed
// over, and decimals and dates, and no other ones.
func TestClustersCold(t *testing.T) {
	c := NewClusters(true, 6, 2)
	r, passed := rand.New(rand.NewPCG(1, 1)), 0
	for range 2000 {
		var b strings.Builder
		for b.Len() < 300 {
			b.WriteString([]string{"1", "23", "456", "7890", "1234567890123", " ", "-", ".", "a", ":", ",", "x1", ",12.34567,", ",2026-03-12,", ",2026-13-12,", "1999-12-31T"}[r.IntN(16)])
		}
		text := b.String()
		hot := r.Uint64()
		all, got := map[int]bool{}, map[int]bool{}
		c.Each(indexOf(text), []byte(text), nil, func(start, end int) {
			joined := strings.ContainsAny(text[max(start-1, 0):min(end+1, len(text))], " -.()") && !plainRow.MatchString(text[max(start-1, 0):min(end+1, len(text))])
			all[start] = joined || hot>>(start%64)&1 != 0
		})
		c.Each(indexOf(text), []byte(text), func(int) uint64 { return hot }, func(start, _ int) { got[start] = true })
		for start, needed := range all {
			if needed && !got[start] {
				t.Fatalf("%q: nothing at %d", text, start)
			}
		}
		for start := range got {
			if _, ok := all[start]; !ok {
				t.Fatalf("%q: a cluster at %d", text, start)
			}
		}
		passed += len(all) - len(got)
	}
	if passed == 0 {
		t.Error("nothing was passed over")
	}
}

// plainRow is a decimal or a date, with what stands around it.
var plainRow = regexp.MustCompile(`^[^- .()0-9]?(?:[0-9]{1,3}\.[0-9]+|(?:19|20)[0-9]{2}-(?:0[0-9]|1[0-2])-(?:[0-2][0-9]|3[01]))[^- .()0-9]?$`)

func TestLettered(t *testing.T) {
	for _, pad := range []int{0, 61, 62, 63, 64, 4093, 4094, 4095, 4096} {
		text := strings.Repeat("-", pad) + "1999 20261 2026x 1850 DE89 DE 89 D89 DE8 xDE12"
		var lettered []int
		Lettered(indexOf(text), func(i int) { lettered = append(lettered, i-pad) })
		if d := cmp.Diff([]int{24, 30, 44}, lettered); d != "" {
			t.Errorf("lettered after %d bytes: %s", pad, d)
		}
	}
}

func indexOf(text string) *textscan.Index {
	ix := new(textscan.Index)
	ix.Reset([]byte(text))
	return ix
}
