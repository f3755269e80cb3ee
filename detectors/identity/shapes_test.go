package identity

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// TestFew holds what is told from bits against a look at every number.
func TestFew(t *testing.T) {
	pieces := []string{
		"219-09-9998", "110101-19900101-1237", "11010119900101123X", "12.345.678-Z", "12345678Z", "12345678 Z", "12 345 678 Z", "X1234567L", "AB 12 34 56 C", "AB123456C",
		"756.9217.0769.85", "131052-308T", "1234.56.78903", "RSSMRA70A01H501S", "2026-03-31T12:00:00", "203.0.113.7", "1.2.3", "12.13.14", "0x1f", "4 567 8", "ssn ", "id no: ", "born ",
		" ", ",", "\n", "-", ".", "/", ":", "A", "Ab", "n", "\\n", "é", "身", "7", "12", "345", "6789", "123456", "_", "=", "+",
	}
	r := rand.New(rand.NewPCG(5, 6))
	d := New()
	found := 0
	for range 3000 {
		var text []byte
		for len(text) < 200 {
			text = append(text, pieces[r.IntN(len(pieces))]...)
		}
		var got, want []detectors.Finding
		p := detectors.Part{Path: "text", Text: text}
		if err := d.Detect(&p, func(f detectors.Finding) {
			if f.Kind != detectors.DateOfBirth {
				got = append(got, f)
			}
		}); err != nil {
			t.Fatal(err)
		}
		s := &scan{part: &p, text: text, words: textscan.NewReader(d.words), ix: new(textscan.Index)}
		s.found = func(f detectors.Finding) {
			if f.Kind != detectors.DateOfBirth {
				want = append(want, f)
			}
		}
		s.ix.Reset(text)
		s.words.Reset(s.ix)
		c := classes{s.ix}
		for i := range text {
			w, k := i/textscan.Block+1, i%textscan.Block
			if i < s.done || !textscan.At(text, i, textscan.Digit) || textscan.At(text, i-1, textscan.Digit) || s.decimal(c, w, 1<<k)&^c.endless(w) == 0 {
				continue
			}
			s.number(c, w, k, i)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%q (-every number +few):\n%s", text, diff)
		}
		found += len(got)
	}
	if found < 1000 {
		t.Errorf("%d numbers found: too few to tell", found)
	}
}

func TestPatterns(t *testing.T) {
	p := makePatterns([]uint32{0x324, 0x233133})
	for text, want := range map[string]bool{
		"219-09-9998":       true,
		"219-09-9998-1":     true, // what is behind does not matter
		"219-09-99 8":       false,
		"219-0999998":       false,
		"2190-9-9998":       false,
		"12.345.678.9.":     true, // as far as is looked
		"12.345.67.8.9.":    false,
		"12.345.678.9.0123": true,
	} {
		marks := uint64(0)
		for i, b := range []byte(text + "            ")[1 : patternBits+1] {
			if textscan.ClassOf[b]&textscan.Alnum == 0 {
				marks |= 1 << i
			}
		}
		if got := p.has(marks); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
