package lnk

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

func le16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }

func le32(ns ...int) (s string) {
	for _, n := range ns {
		s += string(binary.LittleEndian.AppendUint32(nil, uint32(n)))
	}
	return s
}

func utf16(s string) (out string) {
	for _, r := range s {
		out += le16(int(r))
	}
	return out
}

func header(flags int) string {
	t := binary.LittleEndian.AppendUint64(nil, (1798000000+11644473600)*1e7)
	return magic + le32(flags, 0x20) + string(t) + strings.Repeat("\x00", 8) + string(t) + strings.Repeat("\x00", 24)
}

func text(s string) string { return le16(len([]rune(s))) + utf16(s) }

func block(kind int, data string) string { return le32(8+len(data), kind) + data }

func samples() map[string][]byte {
	items := "\x14\x00\x1f\x50" + utf16("Ana Exemplo") + "\x00\x00x" + utf16("Plan.docx") + "\x00\x00\x00\x00"
	volume := le32(16+5, 3, 0x1234abcd, 16) + "Data\x00"
	base := "C:\\Users\\ana\x00"
	net := le32(20+len("\\\\srv\\ana\x00")+3, 3, 20, 20+len("\\\\srv\\ana\x00"), 0) + "\\\\srv\\ana\x00" + "Z:\x00"
	wideBase := utf16("C:\\Users\\Zoë") + "\x00\x00"
	const head = 36
	info := le32(head, 3, head, head+len(volume), head+len(volume)+len(base), head+len(volume)+len(base)+len(net), head+len(volume)+len(base)+len(net)+9, 0) + volume + base + net + "Plan.doc\x00" + wideBase
	info = le32(4+len(info)) + info
	mac := "\x01\x02\x03\x04\x05\x06\x07\x11\x80\x09\x00\x00\x5e\x00\x53\x01" // an address kept for documentation
	track := block(tracker, le32(0x58, 0)+"anas-laptop\x00\x00\x00\x00\x00"+strings.Repeat("v", 16)+mac+strings.Repeat("v", 16)+mac)
	env := block(environment, strings.Repeat("\x00", 260)+utf16("%USERPROFILE%\\x")+strings.Repeat("\x00", 490))
	props := block(propertyStore, "1SPS"+le32(31)+utf16("ana@example.org")+"\x00\x00")
	return map[string][]byte{
		"full":    []byte(header(hasTargets|hasInfo|isUnicode|0x7c) + le16(len(items)) + items + info + text("Plan for Bo") + text("..\\Plan.doc") + text("C:\\Users\\ana") + text("/u bo@example.org") + text("icon.ico") + env + track + props + le32(0)),
		"narrow":  []byte(header(4) + le16(3) + "Zo\xeb" + le32(0)),
		"no more": []byte(header(0)),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), strings.ReplaceAll(name, " ", "-"), "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	whole := samples()["full"]
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":         {whole, nil},
		"head cut":      {whole[:70], []media.Reason{media.Truncated}},
		"list cut":      {whole[:90], []media.Reason{media.Truncated}},
		"info cut":      {whole[:140], []media.Reason{media.Truncated}},
		"block cut":     {whole[:len(whole)-20], []media.Reason{media.Truncated}},
		"nothing there": {[]byte(header(hasInfo | 0x7c)), []media.Reason{media.Truncated}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)/2], bytes.ReplaceAll(s, []byte{0, 0}, []byte{0, 0xff}))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["full"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
