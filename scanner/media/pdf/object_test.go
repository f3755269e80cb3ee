package pdf

import (
	"bufio"
	"bytes"
	"compress/lzw"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestObjects(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     object
	}{
		{"number", " 12 ", 12.0},
		{"negative", "-.5", -0.5},
		{"reference", "12 0 R", ref{12, 0}},
		{"numbers", "[1 2 3 0 R 4]", array{1.0, 2.0, ref{3, 0}, 4.0}},
		{"name", "/A#20b", name("A b")},
		{"string", `(a\(b\)\101\
c(d))`, text("a(b)Ac(d)")},
		{"string of hexadecimal digits", "<41 4>", text("A@")},
		{"comment", "% x\n true", true},
		{"dictionary", "<</A/B/C[null]/D<</E 1>>>>", dict{"A": name("B"), "C": array{nil}, "D": dict{"E": 1.0}}},
		{"dictionary without an end", "<</A 1 endobj", dict{"A": 1.0}},
		{"array without an end", "<</A [1 2 >>", dict{"A": array{1.0, 2.0}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := &lexer{b: []byte(c.in)}
			got, _ := l.object()
			if d := cmp.Diff(c.want, got, cmp.AllowUnexported(ref{})); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestTextStrings(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"ascii", "Ana", "Ana"},
		{"own encoding", "\x93caf\xe9\x85\x8e \xa0", "ﬁcafé–” €"},
		{"accents below blank", "a\x1f", "a˜"},
		{"big endian", "\xfe\xff\x00A\xd8\x3d\xde\x00", "A😀"},
		{"little endian", "\xff\xfeA\x00", "A"},
		{"utf-8 with a mark", "\xef\xbb\xbfé", "é"},
		{"utf-8 without", "é王", "é王"},
		{"language", "\xfe\xff\x00\x1b\x00e\x00n\x00\x1b\x00A", "A"},
		{"end trimmed", "A \x00", "A"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := text(c.in).decode(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRunning(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"lines", "a\r\nb\rc", "a\nb\nc"},
		{"parted word", "informa\ufffetion, and", "information, and"},
		{"address", "ana\ufffemaria@example.org", "ana-maria@example.org"},
		{"number", "555\x020123", "555-0123"},
		{"two names", "Ana Silva\ufffeBerg", "Ana Silva-Berg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := running(c.in); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestLZW(t *testing.T) {
	long := strings.Repeat("the quick brown fox jumps over the lazy dog 0123456789 ", 400)
	var late bytes.Buffer
	w := lzw.NewWriter(&late, lzw.MSB, 8) // grows late, as EarlyChange 0
	_, _ = io.WriteString(w, long)
	_ = w.Close()
	for _, c := range []struct {
		name   string
		packed []byte
		early  bool
	}{
		{"late", late.Bytes(), false},
		{"early", packLZW(long), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := io.ReadAll(io.LimitReader(newLZW(bytes.NewReader(c.packed), c.early), 1<<20))
			if err != nil || string(got) != long {
				t.Errorf("%v: %d bytes of %d", err, len(got), len(long))
			}
		})
	}
}

// packLZW packs with codes that grow early, as the example of 7.4.4.2 does.
func packLZW(s string) []byte {
	var out []byte
	bits, have, width := uint32(0), 0, 9
	put := func(code int) {
		bits, have = bits<<width|uint32(code), have+width
		for ; have >= 8; have -= 8 {
			out = append(out, byte(bits>>(have-8)))
		}
	}
	table := map[string]int{}
	code := func(w string) int {
		if len(w) == 1 {
			return int(w[0])
		}
		return table[w]
	}
	put(lzwClear)
	next, word := 258, ""
	for i := range len(s) {
		longer := word + s[i:i+1]
		if _, ok := table[longer]; ok || word == "" {
			word = longer
			continue
		}
		put(code(word))
		table[longer] = next
		if next++; next+1 > 1<<width && width < 12 {
			width++
		}
		if next == 4094 {
			put(lzwClear)
			clear(table)
			next, width = 258, 9
		}
		word = s[i : i+1]
	}
	put(code(word))
	put(lzwEnd)
	return append(out, byte(bits<<(8-have)))
}

func reader(s string) *bufio.Reader { return bufio.NewReader(strings.NewReader(s)) }

func TestFilters(t *testing.T) {
	for _, c := range []struct {
		name string
		r    io.Reader
		want string
	}{
		{"hexadecimal", &hexDecoder{r: reader("4 1 42>43")}, "AB"},
		{"hexadecimal, odd", &hexDecoder{r: reader("415>")}, "AP"},
		{"run length", &runLength{r: reader("\x01ab\xfec\x80x")}, "abccc"},
		{"sub", &predictor{r: strings.NewReader("\x01ab\x01"), png: true, row: 3, pixel: 1}, "a\xc3\xc4"},
		{"up and paeth", &predictor{r: strings.NewReader("\x00ab\x02\x01\x01\x04\x01\x01"), png: true, row: 2, pixel: 1}, "abbccd"},
		{"tiff", &predictor{r: strings.NewReader("a\x01b\x01"), row: 2, pixel: 1}, "abbc"},
		{"last row short", &predictor{r: strings.NewReader("\x00ab\x00c"), png: true, row: 2, pixel: 1}, "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := io.ReadAll(io.LimitReader(c.r, 1<<10))
			if err != nil || string(got) != c.want {
				t.Errorf("%v, got %q, want %q", err, got, c.want)
			}
		})
	}
}
