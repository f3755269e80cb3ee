package bmp

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

const png = "\x89PNG\r\n\x1a\n"

func u16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// info is a header of 40 bytes, or more with what is in tail.
func info(size, w, h, bits, compression, image int, tail string) string {
	s := u32(size) + u32(w) + u32(h) + u16(1) + u16(bits) + u32(compression) + u32(image) + strings.Repeat("\x00", 16) + tail
	return s + strings.Repeat("\x00", max(size-len(s), 0))
}

func file(header, pixels, behind string) []byte {
	size := 14 + len(header) + len(pixels)
	return []byte("BM" + u32(size) + u32(0) + u32(14+len(header)) + header + pixels + behind)
}

// linked is a header of version 5 whose colour profile is a file of that name.
func linked(name string) string {
	h := []byte(info(124, 1, 1, 24, 0, 0, ""))
	copy(h[56:], "KNIL")
	binary.LittleEndian.PutUint32(h[112:], 124+4)
	binary.LittleEndian.PutUint32(h[116:], uint32(len(name)))
	return string(h)
}

func icons(entries ...string) []byte {
	head, data := "\x00\x00\x01\x00"+u16(len(entries)), ""
	for _, e := range entries {
		head += "\x10\x10\x00\x00" + u16(1) + u16(32) + u32(len(e)) + u32(6+16*len(entries)+len(data))
		data += e
	}
	return []byte(head + data)
}

var samples = []struct {
	name, made string
	format     media.Format
	object     []byte
}{
	{"plain.bmp", "one pixel, and a text behind it", New(), file(info(40, 1, -1, 24, 0, 0, ""), "\x01\x02\x03\x00", "for Ana")},
	{"profile.bmp", "a linked colour profile", New(), file(linked("C:\\Users\\ana\\display.icc\x00"), "\x01\x02\x03\x00C:\\Users\\ana\\display.icc\x00", "")},
	{"packed.bmp", "a PNG in place of pixels", New(), file(info(40, 1, 1, 0, 5, len(png), ""), png, "")},
	{"both.ico", "a PNG and a bitmap", NewIcon(), icons(png, info(40, 16, 32, 32, 0, 0, ""))},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, s.format, s.name, s.made, s.object) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"text", "BM is short for a band's manager, whoever", false},
		{"font", "\x00\x01\x00\x00\x00\x0f\x00\x80\x00\x03\x00\x70\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", false},
		{"zeros", strings.Repeat("\x00", 64), false},
		{"film", "\x00\x00\x01\xba" + strings.Repeat("\x21", 40), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if New().Match([]byte(c.head)) || NewIcon().Match([]byte(c.head)) {
				t.Error("matches")
			}
		})
	}
}

func TestProblems(t *testing.T) {
	for _, c := range []struct {
		name   string
		format media.Format
		object []byte
		want   []media.Reason
	}{
		{"whole", New(), samples[0].object, nil},
		{"pixels cut", New(), file(info(40, 10, 10, 24, 0, 0, ""), "\x01", ""), []media.Reason{media.Truncated}},
		{"height that has no opposite", New(), file(info(40, 10, -1<<31, 24, 0, 0, ""), "", ""), []media.Reason{media.Corrupt}},
		{"no width", New(), file(info(40, 0, 1, 24, 0, 0, ""), "", ""), []media.Reason{media.Corrupt}},
		{"too many pixels", New(), file(info(40, 1<<30, 1<<30, 64, 0, 0, ""), "", ""), []media.Reason{media.LimitPixels}},
		{"header cut", New(), samples[0].object[:24], []media.Reason{media.Truncated}},
		{"icons cut", NewIcon(), icons(png)[:24], []media.Reason{media.Truncated}},
		{"table longer than the file", NewIcon(), []byte(strings.Replace(string(icons(png)), "\x01\x00\x01\x00", "\x01\x00\xff\xff", 1)), []media.Reason{media.Corrupt}},
		{"picture inside of the table", NewIcon(), []byte("\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00\x01\x00\x20\x00\x08\x00\x00\x00\x04\x00\x00\x00"), []media.Reason{media.Corrupt}},
		{"icon of too many pixels", NewIcon(), icons(info(40, 1<<30, 1<<30, 32, 0, 0, "")), []media.Reason{media.LimitPixels}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, c.format, c.object).Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func seeds() (out [][]byte) {
	for _, s := range samples {
		out = append(out, s.object)
	}
	return append(out, []byte("BM"), []byte("\x00\x00\x01\x00\xff\xff"))
}

func FuzzBitmap(f *testing.F) { mediatest.Fuzz(f, New(), seeds()...) }
func FuzzIcon(f *testing.F)   { mediatest.Fuzz(f, NewIcon(), seeds()...) }

func BenchmarkWalk(b *testing.B) {
	object := samples[0].object
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
