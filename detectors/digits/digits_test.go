package digits

import (
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
	w, labels := NewWords(words...), NewLabels(words...)
	begins := NewBeginnings(labels)
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
					begins.Reset(indexOf(string(text)), text)
					if want && begins.Before(len(text)) == 0 {
						t.Errorf("%q: no word begins", text)
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
		c.Each(indexOf(text), []byte(text), func(start, end int) { got = append(got, text[start:end]) })
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("text of %d bytes: %s", len(text), d)
		}
	}
}

func TestLettered(t *testing.T) {
	for _, pad := range []int{0, 61, 62, 63, 64, 4093, 4094, 4095, 4096} {
		text := strings.Repeat("-", pad) + "1999 20261 2026x 1850 DE89 DE 89 D89 DE8 xDE12"
		var lettered []int
		Lettered(indexOf(text), func(i int) { lettered = append(lettered, i-pad) })
		if d := cmp.Diff([]int{24, 30}, lettered); d != "" {
			t.Errorf("lettered after %d bytes: %s", pad, d)
		}
	}
}

func indexOf(text string) *textscan.Index {
	ix := new(textscan.Index)
	ix.Reset([]byte(text))
	return ix
}
