package iptc

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func set(record, number byte, value string) string {
	b := binary.BigEndian.AppendUint16([]byte{marker, record, number}, uint16(len(value)))
	return string(b) + value
}

// long writes the length in four bytes.
func long(record, number byte, value string) string {
	b := binary.BigEndian.AppendUint32([]byte{marker, record, number, 0x80, 4}, uint32(len(value)))
	return string(b) + value
}

func encoded(m *charmap.Charmap, s string) string {
	b, err := m.NewEncoder().String(s)
	if err != nil {
		panic(err) // the sample itself is wrong
	}
	return b
}

type sample struct{ name, made, object string }

const utf8Mark = "\x1b%G"

func samples() []sample {
	return []sample{
		{"all", "envelope and application fields, a version, an unknown field, a preview", set(1, 0, "\x00\x04") + set(1, 90, utf8Mark) + set(1, 80, "120000+0100") +
			set(2, 0, "\x00\x04") + set(2, 80, "Ana Exemplo") + set(2, 85, "Staff") + set(2, 122, "Otto Beispiel") + set(2, 116, "© Ana Exemplo") +
			set(2, 118, "+44 20 7946 0123, ana@example.org") + set(2, 25, "one") + set(2, 25, "two") + set(2, 90, "Sample City") + set(2, 101, "Nowhere  ") +
			set(2, 55, "20240506") + set(2, 99, "of no table") + set(2, 202, "\xFF\xD8\xFF\xD9") + set(8, 10, "pixels") + set(240, 10, "of a studio")},
		{"undeclared-utf8", "UTF-8 that nobody declared", set(2, 80, "Renée Exemple")},
		{"latin1", "Windows-1252 that nobody declared", set(2, 80, encoded(charmap.Windows1252, "Renée “Zoë” Exemple’s"))},
		{"mac", "Mac Roman that nobody declared", set(2, 80, encoded(charmap.Macintosh, "Renée Exemple")) + set(2, 120, encoded(charmap.Macintosh, "größer"))},
		{"declared-cyrillic", "ISO 8859-5, declared", set(1, 90, "\x1b-L") + set(2, 80, encoded(charmap.ISO8859_5, "Тест"))},
		{"declared-falsely", "Windows-1252 declared as UTF-8", set(1, 90, utf8Mark) + set(2, 80, encoded(charmap.Windows1252, "Zoë"))},
		{"long", "a length of four bytes", long(2, 120, strings.Repeat("long ", 100)+"end")},
		{"padded", "zeros behind the last field", set(2, 80, "Ana Exemplo") + "\x00\x00\x00"},
	}
}

func broken() []sample {
	return []sample{
		{"cut-value", "cut within a value", set(2, 80, "Ana Exemplo") + set(2, 120, "a long caption")[:10]},
		{"cut-header", "cut within a field's header", set(2, 80, "Ana Exemplo") + "\x1c\x02\x19"},
		{"garbage", "something else between", set(2, 80, "Ana Exemplo") + "and more" + set(2, 90, "Sample City")},
		{"length-wide", "a length of 16 bytes", set(2, 80, "Ana Exemplo") + "\x1c\x02\x78\x80\x10" + strings.Repeat("\x00", 16)},
		{"length-huge", "a length of 4 GiB", set(2, 80, "Ana Exemplo") + "\x1c\x02\x78\x80\x04\xFF\xFF\xFF\xFFtext"},
		{"many", "5,000 keywords", set(2, 80, "Ana Exemplo") + strings.Repeat(set(2, 25, "k"), 5000)},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range slices.Concat(samples(), broken()[:5]) {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, []byte(s.object)) })
	}
}

func TestProblems(t *testing.T) {
	want := map[string]media.Reason{"cut-value": media.Truncated, "cut-header": media.Truncated, "garbage": media.Corrupt,
		"length-wide": media.Corrupt, "length-huge": media.Truncated, "many": media.LimitCount}
	for _, s := range broken() {
		v := mediatest.Walk(t, New(), []byte(s.object))
		if !slices.Contains(v.Reasons(), want[s.name]) || v.Tag("By-line") != "Ana Exemplo" {
			t.Errorf("%s: reasons %v, want %s; by-line %q", s.name, v.Reasons(), want[s.name], v.Tag("By-line"))
		}
	}
	for _, s := range samples() {
		if v := mediatest.Walk(t, New(), []byte(s.object)); len(v.Problems) > 0 {
			t.Errorf("%s: %v", s.name, v.Reasons())
		}
	}
}

func TestCharsets(t *testing.T) {
	for name, want := range map[string]string{
		"undeclared-utf8": "Renée Exemple", "latin1": "Renée “Zoë” Exemple’s", "mac": "Renée Exemple",
		"declared-cyrillic": "Тест", "declared-falsely": "Zoë",
	} {
		i := slices.IndexFunc(samples(), func(s sample) bool { return s.name == name })
		if got := mediatest.Walk(t, New(), []byte(samples()[i].object)).Tag("By-line"); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestPrefixes cuts a block everywhere: what is left is read, and the cut is told
// unless it is between two fields.
func TestPrefixes(t *testing.T) {
	s := samples()[0].object
	sets, _ := split([]byte(s))
	whole := map[int]bool{0: true}
	for _, d := range sets {
		whole[int(d.off)+len(d.value)] = true
	}
	for n := range s {
		v := mediatest.Walk(t, New(), []byte(s[:n]))
		if !whole[n] && !whole[n-1] && len(v.Problems) == 0 {
			t.Errorf("cut at %d of %d: nothing was said", n, len(s))
		}
	}
}

func TestMatch(t *testing.T) {
	for head, want := range map[string]bool{"\x1c\x02\x50\x00\x01": true, "\x1c\x01\x5a\x00\x03": true, "\x1c\xF0\x0A\x00\x03": true, "\x1c\x0a\x00\x00\x00": false, "\x1c\x02": false, "": false, "text": false} {
		if got := New().Match([]byte(head)); got != want {
			t.Errorf("%q: %v, want %v", head, got, want)
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range slices.Concat(samples(), broken()) {
		seeds = append(seeds, []byte(s.object))
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	r := bytes.NewReader([]byte(samples()[0].object))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(io.NewSectionReader(r, 0, r.Size()), r.Size(), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
