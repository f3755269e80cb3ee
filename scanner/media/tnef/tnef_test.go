package tnef

import (
	"bytes"
	"encoding/binary"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func le16(ns ...int) (s string) {
	for _, n := range ns {
		s += string(binary.LittleEndian.AppendUint16(nil, uint16(n)))
	}
	return s
}

func le32(ns ...int) (s string) {
	for _, n := range ns {
		s += string(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	}
	return s
}

func pad(s string) string { return s + strings.Repeat("\x00", -len(s)&3) }

func wide(s string) (out string) {
	for _, r := range s {
		out += le16(int(r))
	}
	return out + "\x00\x00"
}

// att is an attribute; its type is the high word of id.
func att(level, id int, data string) string {
	sum := 0
	for _, c := range []byte(data) {
		sum += int(c)
	}
	return string(rune(level)) + le32(id, len(data)) + data + le16(sum&0xffff)
}

// props are properties in a list, each made by one of the functions below.
func props(list ...string) string { return le32(len(list)) + strings.Join(list, "") }

func text(id int, s string) string {
	return le16(0x1e, id) + le32(1, len(s)+1) + pad(s+"\x00")
}

func uni(id int, s string) string { return le16(0x1f, id) + le32(1, len(wide(s))) + pad(wide(s)) }

func long(id, n int) string { return le16(3, id) + le32(n) }

func bin(id int, s string) string { return le16(0x102, id) + le32(1, len(s)) + pad(s) }

func obj(id int, s string) string {
	s = strings.Repeat("\x07", 16) + s
	return le16(0x0d, id) + le32(1, len(s)) + pad(s)
}

const guid = "0123456789abcdef"

func numbered(id, n int, s string) string {
	return le16(0x1f, id) + guid + le32(0, n) + le32(1, len(wide(s))) + pad(wide(s))
}

func called(id int, name, s string) string {
	n := wide(name)
	return le16(0x1f, id) + guid + le32(1, len(n)) + pad(n) + le32(1, len(wide(s))) + pad(wide(s))
}

func stream(attributes ...string) string { return magic + le16(7) + strings.Join(attributes, "") }

const jpeg = "\xff\xd8\xff\xe0\x00\x04xx\xff\xd9"

func samples() map[string]string {
	rtf := le32(0, 0) + "MELA" + le32(0) + `{\rtf1 Call Ana}`
	inner := stream(att(1, 0x69003, props(uni(0x37, "Inner"), uni(0x0c1a, "Di Ejemplo"), uni(0x0c1f, "di@example.org"))))
	contact := props(uni(0x1a, "IPM.Contact"), uni(0x3001, "Bo Beispiel"), uni(0x3a1c, "+1 202 555 0144"), numbered(0x8001, 0x8083, "bo@example.org"),
		called(0x8002, "Shoe size", "44"), le16(0x1014, 0x8003)+guid+le32(0, 5)+le32(2)+strings.Repeat("8", 16),
		le16(0x101f, 0x3a58)+le32(2)+le32(6)+pad(wide("Al"))+le32(6)+pad(wide("Cy")), le16(0x0b, 0x10)+le32(1), le16(0x40, 0x39)+strings.Repeat("8", 8))
	return map[string]string{
		"message": stream(
			att(1, 0x89006, le32(0x10000)), att(1, 0x69007, le32(1252, 0)),
			att(1, 0x78008, "IPM.Microsoft Mail.Note\x00"), att(1, 0x18004, "Pl\xe4ne\x00"), att(1, 0x38005, le16(2026, 11, 24, 9, 30, 0, 2)),
			att(1, 0x69004, le32(2)+props(uni(0x3001, "Bo Beispiel"), uni(0x39fe, "bo@example.org"), long(0x0c15, 1))+props(text(0x3001, "cy@example.org"), text(0x3003, "cy@example.org"), long(0x0c15, 2))),
			att(1, 0x69003, props(uni(0x0c1a, "Ana Exemplo"), uni(0x5d01, "ana@example.org"), bin(0x1009, rtf), uni(0x3ffa, "Ana Exemplo"), text(0x007d, "X-Seen-By: fay@example.org\r\n"))),
			att(2, 0x69002, le16(1)+strings.Repeat("\x00", 12)), att(2, 0x18010, "PHOTO~1.JPG\x00"), att(2, 0x6800f, jpeg), att(2, 0x69005, props(uni(0x3707, "photo/of Ana.jpg"))),
			att(2, 0x69002, le16(1)), att(2, 0x69005, props(uni(0x3001, "Fwd"), obj(0x3701, inner))),
			att(2, 0x69002, le16(1)), att(2, 0x69005, props(uni(0x370e, "application/pkcs7-mime"), bin(0x3701, "sealed")))) + "\x00\x00\r\n",
		"old": stream(
			att(1, 0x8000, le16(4, 0x30, 12, 21)+"Ana Exemplo\x00SMTP:ana@example.org\x00"), att(1, 0x60000, le16(4)+"Fay\x00"+le16(21)+"SMTP:fay@example.org\x00"),
			att(1, 0x18004, "Holiday\x00"), att(1, 0x2800c, "Call +1 202 555 0143\r\nBye\x00"),
			att(2, 0x69002, le16(1)), att(2, 0x6800f, "write to Bo"), att(2, 0x18010, "note.txt\x00")),
		"contact": stream(att(1, 0x69003, contact)),
		"sealed":  stream(att(1, 0x69003, props(uni(0x1a, "IPM.Note.SMIME")))),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name, "written by the test "+name, []byte(object))
		})
	}
}

func TestProblems(t *testing.T) {
	whole := samples()["message"]
	many := stream(att(1, 0x69003, le32(1<<31)+text(0x37, "x")))
	for name, c := range map[string]struct {
		object string
		want   []media.Reason
	}{
		"head only":           {whole[:6], []media.Reason{media.Truncated}},
		"cut in a header":     {whole[:10], []media.Reason{media.Truncated}},
		"cut in a file":       {samples()["old"][:len(samples()["old"])-40], []media.Reason{media.Truncated}},
		"garbage first":       {magic + "\x00\x00\x01" + strings.Repeat("\xff", 80), []media.Reason{media.Truncated}},
		"garbage behind":      {samples()["contact"] + "garbage, more of it", []media.Reason{media.Corrupt}},
		"more than there are": {many, []media.Reason{media.Corrupt}},
		"recipients cut":      {stream(att(1, 0x69004, le32(9)+props(text(0x3001, "Ana")))), []media.Reason{media.Truncated}},
		"unknown type":        {stream(att(1, 0x69003, props(le16(0x77, 1)+"1234"))), []media.Reason{media.Corrupt}},
		"huge value":          {stream(att(1, 0x69003, props(le16(0x1e, 1)+le32(1, 1<<31-1)))), []media.Reason{media.Corrupt}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), []byte(c.object)).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		head string
		want bool
	}{{magic, true}, {magic + "\x01\x00\x01", true}, {magic + "\x01\x00\x05", false}, {"\x78\x9f\x3e", false}} {
		if got := New().Match([]byte(c.head)); got != c.want {
			t.Errorf("%q: %v", c.head, got)
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, []byte(s), []byte(s[:len(s)/2]), []byte(strings.ReplaceAll(s, "\x01\x00\x00\x00", "\xff\xff\xff\x7f")))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples()["message"])
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
