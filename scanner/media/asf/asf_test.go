package asf

import (
	"bytes"
	"encoding/binary"
	"flag"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func le(n, size int) string { return string(binary.LittleEndian.AppendUint64(nil, uint64(n))[:size]) }

func utf(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func object(id string, body ...string) string {
	b := strings.Join(body, "")
	return id + le(24+len(b), 8) + b
}

func file(objects ...string) []byte {
	return []byte(object(header, le(len(objects), 4)+"\x01\x02", strings.Join(objects, "")) + object(data, strings.Repeat("x", 40)))
}

func named(name, value string, kind int) string {
	return le(len(utf(name)), 2) + utf(name) + le(kind, 2) + le(len(value), 2) + value
}

func inLibrary(name, value string, kind int) string {
	return le(0, 4) + le(len(utf(name)), 2) + le(kind, 2) + le(len(value), 4) + utf(name) + value
}

func describe(texts ...string) string {
	lengths, body := "", ""
	for _, t := range texts {
		lengths += le(len(utf(t)), 2)
		body += utf(t)
	}
	return object(description, lengths, body)
}

const jpeg = "\xff\xd8\xff\xe0picture"

type sample struct {
	name, made string
	object     []byte
}

func samples() []sample {
	picture := "\x03" + le(len(jpeg), 4) + utf("image/jpeg") + utf("Ana") + jpeg
	whole := file(describe("Song", "Ana Exemplo", "2026 Ana", "for ana@example.org", ""),
		object(extended, le(4, 2), named("WM/AlbumArtist", utf("Renée"), 0), named("WM/EncodedBy", utf("Bo"), 0), named("WM/Picture", picture, 1), named("IsVBR", "\x01\x00\x00\x00", 2)),
		object(extension, strings.Repeat("\x00", 22), object(library, le(2, 2), inLibrary("Author", utf("Cy Example"), 0), inLibrary("WM/Picture", picture, 1))),
		object(branding, le(1, 4)+le(3, 4)+"gif"+le(19, 4)+"https://example.org"+le(0, 4)))
	return []sample{
		{"all.wma", "descriptions, library with a cover, branding, XMP at the end", append(whole, object(xmpObject, "<x:xmpmeta/>")...)},
		{"cut.wmv", "the file ends inside its header", file(describe("Song", "Ana Exemplo", "", "and a long description of everything", ""))[:110]},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func hostile() map[string][]byte {
	nest := object(extension, strings.Repeat("\x00", 22), object(extension, strings.Repeat("\x00", 22)))
	return map[string][]byte{
		"guid only":        []byte(header),
		"size 0":           []byte(header + le(0, 8)),
		"size of 16 EiB":   []byte(header + strings.Repeat("\xff", 8)),
		"object too long":  file(description + le(1<<40, 8) + "x"),
		"texts too long":   file(object(description, strings.Repeat("\xff", 10), utf("Song"))),
		"65535 names":      file(object(extended, "\xff\xff")),
		"value of 4 GiB":   file(object(extension, strings.Repeat("\x00", 22), object(library, le(1, 2)+le(0, 4)+le(2, 2)+le(0, 2)+"\xff\xff\xff\xffA\x00"))),
		"nested extension": file(nest),
		"many objects":     file(strings.Repeat(object(strings.Repeat("y", 16)), maxObjects+1)),
		"zeros":            append(file(), make([]byte, 64)...),
		"endless data":     []byte(object(header, "\x00\x00\x00\x00\x01\x02") + data + le(0, 8) + "xxx"),
	}
}

func TestProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"guid only":        {media.Truncated},
		"size 0":           {media.Corrupt},
		"size of 16 EiB":   {media.Truncated},
		"object too long":  {media.Corrupt},
		"texts too long":   {media.Corrupt},
		"65535 names":      {media.Corrupt},
		"value of 4 GiB":   {media.Corrupt},
		"nested extension": {media.LimitDepth},
		"many objects":     {media.LimitCount},
		"zeros":            nil,
		"endless data":     nil,
	}
	for name, object := range hostile() {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want[name], mediatest.Walk(t, New(), object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
	}
	for _, s := range hostile() {
		seeds = append(seeds, s)
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()[0].object
	r := bytes.NewReader(object)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
