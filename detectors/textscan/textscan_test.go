package textscan

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func noise(seed uint64, n int) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
		if r.IntN(2) == 0 {
			b[i] = "0123456789@:.-aAtT zZ"[r.IntN(21)]
		}
	}
	return b
}

func TestSetMask(t *testing.T) {
	sets := map[string]*Set{
		"at sign":      NewSet("@", false),
		"digits":       NewSet("0123456789", false),
		"all kinds":    NewSet("\x00\t @[`{~\x7f", false),
		"high as well": NewSet("@", true),
		"none":         NewSet("", false),
	}
	for name, s := range sets {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{0, 1, 63, 64, 65, 127, 128, 1000, piece, piece + 1, 3*piece + 77} {
				text := noise(uint64(n), n)
				got := make([]uint64, (n+63)/64)
				s.Mask(got, text)
				for i, b := range text {
					want := b < 0x80 && s.has[b] != 0 || b >= 0x80 && s.high
					if (got[i/64]>>(i%64)&1 != 0) != want {
						t.Fatalf("length %d: byte %d is %#x, bit is %v", n, i, b, !want)
					}
				}
				if n%64 != 0 && got[n/64]>>(n%64) != 0 {
					t.Fatalf("length %d: bits beyond the end", n)
				}
				plain := make([]uint64, len(got))
				s.maskPlain(plain, text)
				if diff := cmp.Diff(plain, got); diff != "" {
					t.Fatalf("plain and vector code differ (-plain +vector):\n%s", diff)
				}
			}
		})
	}
}

func TestSetEachStops(t *testing.T) {
	s := NewSet("@", false)
	text := bytes.Repeat([]byte("abc@"), 3000)
	var got []int
	s.Each(text, func(i int) bool {
		got = append(got, i)
		return len(got) < 3
	})
	if diff := cmp.Diff([]int{3, 7, 11}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSetRows(t *testing.T) {
	s := NewSet("w", false)
	for _, pad := range []int{0, 61, 62, 63, 64, piece - 3, piece - 1, piece} {
		text := append(bytes.Repeat([]byte("-w"), pad/2+1)[:pad], "wwww.ww www"...)
		var all, apart []int
		s.Rows(text, 3, func(i int) int { all = append(all, i-pad); return i + 1 })
		s.Rows(text, 3, func(i int) int { apart = append(apart, i-pad); return i + 3 })
		want := []int{0, 1, 8}
		if pad > 0 && text[pad-1] == 'w' {
			want = append([]int{-1}, want...)
		}
		if diff := cmp.Diff(want, all); diff != "" {
			t.Errorf("behind %d bytes: %s", pad, diff)
		}
		if diff := cmp.Diff([]int{want[0], 8}, apart); diff != "" && pad == 0 {
			t.Errorf("apart, behind %d bytes: %s", pad, diff)
		}
	}
}

func TestFinder(t *testing.T) {
	words := []string{"mozilla/", "cookie", "dot", "at]", "session", "sess", "://", "\x00id", "zzz", "tat@", "a1b2"}
	f := NewFinder(words...)
	naive := func(text []byte) (out [][2]int) {
		for i := range text {
			best := -1
			for k, w := range words {
				if HasFold(text, i, w) && (best < 0 || len(w) > len(words[best])) {
					best = k
				}
			}
			if best >= 0 {
				out = append(out, [2]int{i, best})
			}
		}
		return out
	}
	for _, n := range []int{0, 1, 2, 3, 65, 66, 67, 130, 5000, 2*piece + 1} {
		text := noise(uint64(n)+9, n)
		for i := 0; i+10 < n; i += 37 {
			copy(text[i:], bytes.ToUpper([]byte(words[i%len(words)])))
		}
		if n >= 7 {
			copy(text[n-7:], "Session")
		}
		want := naive(text)
		var got [][2]int
		f.Each(text, func(i, w int) bool {
			got = append(got, [2]int{i, w})
			return true
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("length %d (-want +got):\n%s", n, diff)
		}
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	text := noise(5, 3*piece+100)
	s, f, w := NewSet("@:", true), NewFinder("cookie", "dot"), NewWords("phone", "tel*")
	n := 0
	if a := testing.AllocsPerRun(10, func() {
		s.Each(text, func(int) bool { n++; return true })
		f.Each(text, func(int, int) bool { n++; return true })
		w.Before(text, 100)
	}); a != 0 {
		t.Errorf("%v allocations", a)
	}
}

func TestWords(t *testing.T) {
	w := NewWords("phone", "telefon*", "card number", "ip", "電話", "тел*", "전화", "τηλέφωνο")
	cases := []struct {
		name, before, word string
		touching           bool
	}{
		{"plain", "my phone is ", "phone", false},
		{"label", "Phone: ", "phone", true},
		{"part of a word", "saxophones ", "", false},
		{"goes on without star", "phones: ", "", false},
		{"star", "Telefonnummer: ", "telefon", true},
		{"phrase", "card number ", "card number", true},
		{"phrase in camel case", `"cardNumber":"`, "card number", true},
		{"phrase with underscore", "card_number=", "card number", true},
		{"camel case", "clientIp=", "ip", true},
		{"camel case, last part", "serverIp=", "ip", true},
		{"capitals are no camel", "SHIP ", "", false},
		{"Han", "我的電話是", "電話", false},
		{"Cyrillic capitals", "ТЕЛ. ", "тел", true},
		{"Hangul with ending", "전화는 ", "전화", false},
		{"Greek", "ΤΗΛΈΦΩΝΟ: ", "τηλέφωνο", true},
		{"too far", "phone" + string(bytes.Repeat([]byte("x "), 30)), "", false},
		{"other paragraph", "phone\n\n", "", false},
		{"nothing", "", "", false},
		{"broken UTF-8", "phone \xff\xfe\xe3 ", "phone", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text := []byte(c.before + "12345")
			got, _ := w.Before(text, len(c.before))
			if got.Word != c.word {
				t.Errorf("word %q, want %q", got.Word, c.word)
			}
			if _, ok := w.Touching(text, len(c.before)); ok != c.touching {
				t.Errorf("touching %v, want %v", ok, c.touching)
			}
		})
	}
}

func TestBounded(t *testing.T) {
	for text, want := range map[string]bool{
		"[1]": true, "a1": false, "1_": false, "é1": false, "1é": false, "。1、": true, "1": true, "電1": false,
	} {
		i := bytes.IndexByte([]byte(text), '1')
		if got := Bounded([]byte(text), i, i+1); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func TestCodeLike(t *testing.T) {
	for line, want := range map[string]bool{
		"if err := f(x); err != nil {":           true,
		"std::forward<T>(x)...;":                 true,
		"Ana wrote to us; we (both) replied.":    false,
		"name,phone,email":                       false,
		"\t// see call(x) in list[0]":            true,
		"GET https://example.org/a HTTP/1.1 200": false,
	} {
		if got := CodeLike([]byte(line)); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func FuzzWords(f *testing.F) {
	f.Add([]byte("phone: 1"), 7)
	f.Add([]byte("\xe3\x80電話\xff"), 4)
	w := NewWords("phone", "電話", "тел*", "a b")
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		if at < 0 || at > len(text) {
			return
		}
		if c, ok := w.Before(text, at); ok && (c.At < 0 || c.Gap < 0 || c.At >= at) {
			t.Errorf("at %d, gap %d of %d", c.At, c.Gap, at)
		}
	})
}

func BenchmarkSet(b *testing.B) {
	text := bytes.Repeat([]byte("The quick brown fox, and so on. "), 8<<10)
	s := NewSet("0123456789+", false)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Each(text, func(int) bool { return true })
	}
}

func BenchmarkFinder(b *testing.B) {
	text := bytes.Repeat([]byte("The quick brown fox, and so on. "), 8<<10)
	f := NewFinder("mozilla/", "opera/", "cookie", "session")
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		f.Each(text, func(int, int) bool { return true })
	}
}

func TestCovering(t *testing.T) {
	w := NewWords("number", "tax number", "foreign tax number", "tax")
	for text, want := range map[string]string{
		"My foreign tax number: 1": "foreign tax number", "a tax number 1": "tax number", "a number 1": "", "tax and number 1": "",
	} {
		start := len(text) - 1
		c, ok := w.Before([]byte(text), start)
		if !ok || c.Word != "number" {
			t.Fatalf("%s: %+v", text, c)
		}
		if longer, _ := w.Covering([]byte(text), start, c); longer.Word != want {
			t.Errorf("%s: %q, want %q", text, longer.Word, want)
		}
	}
}

func TestSetIndex(t *testing.T) {
	s := NewSet("\n\"", false)
	text := []byte(strings.Repeat("x", 300))
	if got, last := s.Index(text), s.LastIndex(text); got != len(text) || last != -1 {
		t.Errorf("none: %d, %d", got, last)
	}
	for i := range text {
		text[i] = '"'
		if got, last := s.Index(text), s.LastIndex(text); got != i || last != i {
			t.Errorf("at %d: %d, %d", i, got, last)
		}
		text[i] = 'x'
	}
}
