package textscan

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestReader holds a Reader against Words, which look at each place by itself.
func TestReader(t *testing.T) {
	lists := [][]string{
		{"phone", "phones", "tel", "telefon*", "call me on", "v", "né le", "電話", "τηλ", "тел*", "t.c."},
		{"id", "id no", "ip*", "d o b", "telefon*", "電話番号", "cc", "s/n", "émile", "κινητό*"},
		{"x", "card*", "card number", "version", "tel nr", "über", "邮箱"},
	}
	var words []*Words
	var pieces []string
	for _, list := range lists {
		words = append(words, NewWords(list...))
		for _, w := range list {
			w = strings.TrimSuffix(w, "*")
			pieces = append(pieces, w, strings.ToUpper(w), strings.ToUpper(w[:1])+w[1:], strings.ReplaceAll(w, " ", "_"), strings.ReplaceAll(w, " ", ""), strings.ToUpper(strings.ReplaceAll(w, " ", "")))
		}
	}
	pieces = append(pieces, " ", "  ", "\n", "\n\n", "\r\n\r\n", "12", "7", ": ", "=", "-", "_", ".", "\t", "\\", "\\n", "a", "Ab", "nr", "S", "é", "д", "漢", "\xff", "client", "XY", "(", "\"")
	r := rand.New(rand.NewPCG(3, 4))
	lex := new(Lexicon)
	lex.Join(NewWords("other", "tel"), NewWords("id"))
	reader := NewReader(lex.Join(words...))
	var ix Index
	for range 600 {
		var b []byte
		for len(b) < 400 {
			b = append(b, pieces[r.IntN(len(pieces))]...)
		}
		ix.Reset(b)
		reader.Reset(&ix)
		for start := 0; start <= len(b); start += 1 + r.IntN(9) {
			if r.IntN(20) == 0 {
				start += r.IntN(200)
			}
			at, reach := max(start-r.IntN(2)*r.IntN(90), 0), 1+r.IntN(Reach)
			if At(b, at-1, Letter) && At(b, at, Letter) {
				continue // no value begins within a word
			}
			for i, w := range words {
				want, wantOK := w.Within(b, at, reach)
				got, ok := reader.Within(1<<i, at, reach)
				if got != want || ok != wantOK {
					t.Fatalf("list %d, before %d within %d of %q: %v %t, want %v %t", i, at, reach, b[max(at-60, 0):min(at+9, len(b))], got, ok, want, wantOK)
				}
				if c, has := w.Before(b, at); has {
					want, wantOK := w.Covering(b, at, c)
					if got, ok := reader.Covering(1<<i, at, c); got != want || ok != wantOK {
						t.Fatalf("list %d, covering %v before %d of %q: %v %t, want %v %t", i, c, at, b[max(at-100, 0):min(at+9, len(b))], got, ok, want, wantOK)
					}
				}
				want, wantOK = w.Touching(b, at)
				if got, ok = reader.Touching(1<<i, at); got != want || ok != wantOK {
					t.Fatalf("list %d, touching %d: %v %t, want %v %t", i, at, got, ok, want, wantOK)
				}
				near := reader.Near(1<<i, at)
				if wantOK && !near {
					t.Fatalf("list %d: nothing near %d", i, at)
				}
				if near && at < len(b) && reader.Hot(1<<i, at/Block*Block)>>(at%Block)&1 == 0 {
					t.Fatalf("list %d: %d is not hot", i, at)
				}
			}
		}
	}
}

func TestReaderAllocatesNothing(t *testing.T) {
	text := noise(6, 3*piece)
	var none *Lexicon
	r := NewReader(none.Join(NewWords("a", "at*"), NewWords("tz", "z a")))
	var ix Index
	if n := testing.AllocsPerRun(5, func() {
		ix.Reset(text)
		r.Reset(&ix)
		for i := 0; i < len(text); i += 7 {
			r.Before(All, i)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
