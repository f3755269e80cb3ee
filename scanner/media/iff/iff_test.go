package iff

import (
	"bytes"
	"encoding/binary"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func b32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
func b64(n int) string { return string(binary.BigEndian.AppendUint64(nil, uint64(n))) }

func chunk(id, data string) string {
	return id + b32(len(data)) + data + strings.Repeat("\x00", len(data)&1)
}

func chunk8(id, data string) string {
	return id + b64(len(data)) + data + strings.Repeat("\x00", len(data)&1)
}

func file(kind string, chunks ...string) []byte {
	return []byte(chunk("FORM", kind+strings.Join(chunks, "")))
}

type sample struct {
	name, made string
	object     []byte
}

func samples() []sample {
	return []sample{
		{"all.aiff", "texts, comments, ID3 and XMP around the sound", file("AIFF", chunk("COMM", strings.Repeat("\x00", 18)), chunk("NAME", "Song"), chunk("AUTH", "Ana Exemplo\x00"),
			chunk("(c) ", "2026 Ren\xe9e"), chunk("SSND", "sound"), chunk("ANNO", "for ana@example.org"), chunk("COMT", "\x00\x02"+"\x00\x00\x00\x00\x00\x00\x00\x03one\x00"+"\x00\x00\x00\x00\x00\x00\x00\x03two"),
			chunk("ID3 ", "ID3\x03"), chunk("APPL", "XMP <x:xmpmeta/>"), chunk("APPL", "stocother"))},
		{"dsd.dff", "DSDIFF", []byte(chunk8("FRM8", "DSD "+chunk8("DSD ", "sound")+chunk8("DIIN", chunk8("DIAR", b32(3)+"Ana")+chunk8("DITI", b32(4)+"Song"))+chunk8("COMT", "\x00\x01"+"\x07\xea\x01\x01\x00\x00\x00\x00\x00\x00"+b32(4)+"note")))},
		{"cut.aiff", "the file ends inside a text", file("AIFC", chunk("AUTH", "Ana Exemplo and many others"))[:40]},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func hostile() map[string][]byte {
	return map[string][]byte{
		"header only":    []byte("FORM\x00\x00\x00\x04AIFF"),
		"size never set": []byte("FORM\x00\x00\x00\x00AIFF" + chunk("AUTH", "Ana")),
		"size of 4 GiB":  []byte("FORM\xff\xff\xff\xffAIFF" + chunk("AUTH", "Ana")),
		"chunk of 4 GiB": file("AIFF", "AUTH\xff\xff\xff\xffAna"),
		"chunk of 16 EB": []byte("FRM8" + b64(100) + "DSD DIIN" + strings.Repeat("\xff", 8)),
		"no chunk":       file("AIFF", "\x00\x01\x02\x03\x00\x00\x00\x01x"),
		"65535 comments": file("AIFF", chunk("COMT", "\xff\xff")),
		"long comment":   file("AIFF", chunk("COMT", "\x00\x01\x00\x00\x00\x00\x00\x00\xff\xffx")),
		"many chunks":    file("AIFF", strings.Repeat(chunk("MARK", ""), media.MaxSegments+1)),
		"padding":        file("AIFF", chunk("AUTH", "Ana"), "\x00\x00\x00"),
	}
}

func TestProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"header only":    nil,
		"size never set": nil,
		"size of 4 GiB":  {media.Truncated},
		"chunk of 4 GiB": {media.Truncated},
		"chunk of 16 EB": {media.Truncated},
		"no chunk":       {media.Corrupt},
		"65535 comments": {media.Corrupt},
		"long comment":   {media.Corrupt},
		"many chunks":    {media.LimitSegs},
		"padding":        nil,
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
