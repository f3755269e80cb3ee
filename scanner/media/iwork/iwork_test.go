package iwork

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/snappy"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func varint(n uint64) string { return string(binary.AppendUvarint(nil, n)) }

// num and str are fields of a message.
func num(number int, n uint64) string { return varint(uint64(number)<<3) + varint(n) }
func str(number int, s string) string {
	return varint(uint64(number)<<3|2) + varint(uint64(len(s))) + s
}

// str0 is s with its length before it.
func str0(s string) string { return varint(uint64(len(s))) + s }

// message is one of an object: its type and its bytes.
type message struct {
	kind uint64
	data string
}

func object(id uint64, messages ...message) string {
	info, data := num(1, id), ""
	for _, m := range messages {
		info += str(2, num(1, m.kind)+str(2, "\x01\x00\x05")+num(3, uint64(len(m.data))))
		data += m.data
	}
	return varint(uint64(len(info))) + info + data
}

// chunk packs s.
func chunk(s string) []byte {
	packed := snappy.Encode(nil, []byte(s))
	n := len(packed)
	return append([]byte{0, byte(n), byte(n >> 8), byte(n >> 16)}, packed...)
}

func le64(f float64) string {
	return string(binary.LittleEndian.AppendUint64(nil, math.Float64bits(f)))
}

// number is a cell with a decimal number: digits and the power of ten.
func number(digits uint64, exponent int, negative bool) string {
	b := make([]byte, 16)
	binary.LittleEndian.PutUint64(b, digits)
	e := uint(exponent + 6176)
	b[14] = byte(e << 1)
	b[15] = byte(e >> 7)
	if negative {
		b[15] |= 0x80
	}
	return "\x05\x02\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00" + string(b)
}

// row is a row of a tile: cells by column, "" for none.
func row(wide bool, list ...string) string {
	data, offsets, unit := "", "", 1
	if wide {
		unit = 4
	}
	for _, c := range list {
		at := -1
		if c != "" {
			at = len(data) / unit
			data += c
		}
		offsets += string(binary.LittleEndian.AppendUint16(nil, uint16(at)))
	}
	w := num(8, 0)
	if wide {
		w = num(8, 1)
	}
	return str(5, num(1, 0)+str(6, data)+str(7, offsets)+w)
}

func samples() map[string][]byte {
	note := object(1, message{3056, str(1, "Ask Bo, +1 202 555 0143") + str(2, num(1, 900))}) + object(2, message{212, str(1, "Ana Exemplo") + str(2, num(1, 7))})
	text := object(3, message{2001, num(1, 5) + str(3, "Dear Zoë,\nwrite to ana@example.org\u2028Bye\ufffc")}, message{9999, str(1, "not told")}, message{2032, str(1, str(1, num(1, 7))) + str(2, "mailto:cy@example.org")})
	list := object(4, message{6005, num(1, 1) + str(3, num(1, 1)+num(2, 1)+str(3, "Fay Beispiel")) + str(3, num(1, 2)+str(3, "fay@example.org"))})
	tile := object(5, message{6002, row(false, number(12025550143, 0, false), "", number(15, -1, true), number(0, 0, false)) +
		row(true, "\x05\x05\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00"+le64(-525657600), "\x05\x05\x00\x00\x00\x00\x00\x00\x04\x00\x00\x00"+le64(3661), number(5, -3, false), number(7, 2, false), "\x05\x02\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00"+le64(2.5))})
	names := object(6, message{2, str(1, "Clients") + str(2, num(1, 3))}, message{6001, str(8, "Phones of Bo")})
	return map[string][]byte{
		"text":  chunk(text + note),
		"table": append(chunk(list+tile), chunk(names)...),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name, "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	whole := samples()["table"]
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":            {whole, nil},
		"cut":              {whole[:len(whole)-5], []media.Reason{media.Truncated}},
		"other chunk":      {append(bytes.Clone(whole), 1, 2, 0, 0, 9, 9), []media.Reason{media.Corrupt}},
		"not packed":       {append(bytes.Clone(whole), 0, 2, 0, 0, 0xff, 0xff), []media.Reason{media.Corrupt}},
		"a lie of length":  {append(bytes.Clone(whole), 0, 4, 0, 0, 0xff, 0xff, 0x3f, 0), []media.Reason{media.Corrupt}},
		"object beyond":    {chunk(varint(500) + "\x08\x01\x12\x02\x08\x05"), []media.Reason{media.Truncated}},
		"message beyond":   {chunk(varint(8) + num(1, 1) + str(2, num(1, 2001)+num(3, 100))), []media.Reason{media.Truncated}},
		"message too long": {chunk(object(1, message{1, ""}) + str0(num(1, 1)+str(2, num(1, 2001)+num(3, 1<<40)))), []media.Reason{media.LimitBytes, media.Truncated}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	long := chunk(object(1, message{2001, str(3, strings.Repeat("many different words, ", 1))}) + object(1<<40, message{1, strings.Repeat("a", 500)}))
	for _, c := range []struct {
		name string
		head []byte
		want bool
	}{{"text", samples()["text"], true}, {"long", long, true}, {"zeros", make([]byte, 64), false}, {"short", []byte("\x00\x10\x00\x00"), false},
		{"icon", []byte("\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00"), false}} {
		if got := New().Match(c.head); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)/2], chunk(string(s)), chunk(strings.Repeat("\x0a\x02", 4000)))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

// FuzzObjects fuzzes what is unpacked.
func FuzzObjects(f *testing.F) {
	for _, s := range samples() {
		f.Add(s)
	}
	f.Add([]byte(object(1, message{6002, strings.Repeat(str(5, str(7, strings.Repeat("\x00", 64))), 8)})))
	f.Fuzz(func(t *testing.T, b []byte) { mediatest.Abuse(t, New(), chunk(string(b))) })
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["table"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
