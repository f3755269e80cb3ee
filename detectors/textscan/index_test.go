package textscan

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
)

func TestIndexMasks(t *testing.T) {
	var ix Index
	for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 1000, piece, 3*piece + 77, 64, 1} {
		text := noise(uint64(n), n)
		for i := range text[:min(n, 256)] {
			text[i] = byte(i) // every byte there is
		}
		ix.Reset(text)
		for k, m := range ix.all() {
			want := make([]uint64, ix.Blocks()+2)
			classSets[k].maskPlain(want[1:], text)
			if diff := cmp.Diff(want, *m); diff != "" {
				t.Errorf("length %d: mask %d (-plain +index):\n%s", n, k, diff)
			}
		}
	}
}

func TestIndexesShare(t *testing.T) {
	var memo detectors.Memo
	var one, two Indexes
	a := detectors.Part{Text: []byte("a1"), Memo: &memo}
	ix := one.Of(&a, a.Text, nil)
	one.Done(ix)
	if other := two.Of(&a, a.Text, nil); other != ix {
		t.Error("a part with a memo has two indexes")
	}
	b := detectors.Part{Text: []byte("22"), Memo: &memo}
	if memo.Fresh = false; two.Of(&b, b.Text, nil).Digit[1] != 3 {
		t.Error("the index of another part is kept")
	}
	tag := &detectors.Tag{Value: "x"}
	if ix := two.Of(&b, []byte("x"), tag); ix.Digit[1] != 0 || memo.Kept.(*Index).Digit[1] != 3 {
		t.Error("a field has the index of the text")
	}
	if b.Memo = nil; two.Of(&b, b.Text, nil) == memo.Kept.(*Index) {
		t.Error("a part without a memo has the index of another")
	}
}

// TestCopy: what was copied stays as it was, whatever comes later.
func TestCopy(t *testing.T) {
	var ix Index
	var got, want []string
	buf := make([]byte, 400)
	for i := range 3000 {
		b := buf[:i%len(buf)]
		for k := range b {
			b[k] = byte('a' + (i+k)%26)
		}
		got, want = append(got, ix.Copy(b)), append(want, string(b))
	}
	if !slices.Equal(got, want) {
		t.Error("copies changed")
	}
}

func TestHasHigh(t *testing.T) {
	var ix Index
	for text, want := range map[string]bool{"": false, "plain": false, "stra\u00dfe": true, strings.Repeat("x", 300) + "\xff": true} {
		ix.Reset([]byte(text))
		for range 2 {
			if got := ix.HasHigh(); got != want {
				t.Errorf("%q: %t", text, got)
			}
		}
	}
}

// TestHasEastern asks for the first and the last letters of scripts.
func TestHasEastern(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "plain": false, "café, naïve “quoted”…": false, "Москва": false, "Αθήνα": false, "ᾳ": false, "Հայ": false,
		"हिन्दी": true, "שם": true, "فارسی": true, "شارع": true, "東京": true, "ひらがな": true, "한국": true, "ｶﾀｶﾅ": true, "ﷺ": true,
	} {
		for _, pad := range []int{0, 61, 62, 63, 200} {
			ix := new(Index)
			ix.Reset([]byte(strings.Repeat("x", pad) + text + "."))
			if got := ix.HasEastern(); got != want {
				t.Errorf("%q after %d bytes: %t", text, pad, got)
			}
		}
	}
}
