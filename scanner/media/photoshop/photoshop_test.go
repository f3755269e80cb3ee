package photoshop

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"slices"
	"strings"
	"testing"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	iptc = "\x1c\x02\x50\x00\x0bAna Exemplo"
	tiff = "II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	xmp  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	jpeg = "\xFF\xD8\xFF\xD9 no pixels"
)

func resource(id uint16, name, data string) string {
	b := binary.BigEndian.AppendUint16([]byte(resourceSig), id)
	b = append(b, byte(len(name)))
	b = append(b, name...)
	if len(name)%2 == 0 {
		b = append(b, 0)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	if len(data)%2 == 1 {
		b = append(b, 0)
	}
	return string(b)
}

// file is a PSD without layers and pixels.
func file(side uint32, resources string) string {
	b := []byte(fileSig + "\x00\x01\x00\x00\x00\x00\x00\x00\x00\x03")
	b = binary.BigEndian.AppendUint32(b, side)
	b = binary.BigEndian.AppendUint32(b, side)
	b = append(b, 0, 8, 0, 3)
	b = append(b, 0, 0, 0, 2, 'c', 'm') // colour mode data
	b = binary.BigEndian.AppendUint32(b, uint32(len(resources)))
	return string(b) + resources + "\x00\x00\x00\x00\x00\x00"
}

func urls(list ...string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(list)))
	for i, s := range list {
		b = append(b, 0, 0, 0, 0)
		b = binary.BigEndian.AppendUint32(b, uint32(i+1))
		b = binary.BigEndian.AppendUint32(b, uint32(len(s)+1))
		for _, r := range s + "\x00" {
			b = binary.BigEndian.AppendUint16(b, uint16(r))
		}
	}
	return string(b)
}

type sample struct{ name, made, object string }

func samples() []sample {
	all := resource(idIPTC, "", iptc) + resource(idExif, "odd", tiff) + resource(idXMP, "even", xmp) +
		resource(idThumb5, "", strings.Repeat("h", thumbnailHeader)+jpeg) + resource(0x03ED, "", "not read")
	return []sample{
		{"all", "every resource that is handed on, names of odd and even length", all},
		{"texts", "caption in Latin-1, a URL and a list of them", resource(idCaption, "", "\x0dRen\xE9e Exemple") + resource(idURL, "", "https://example.org/ana") + resource(idURLs, "", urls("https://example.com/1", "https://example.com/\u00e9"))},
		{"file", "a PSD", file(8, all)},
		{"padded", "zeros behind the last resource", resource(idIPTC, "", iptc) + strings.Repeat("\x00", 20)},
		{"raw-thumbnail", "a thumbnail of raw pixels", resource(idThumbnail, "", strings.Repeat("h", thumbnailHeader)+"pixels")},
		{"others", "signatures of other programs", strings.Replace(resource(0x0FA0, "", "MeSa"), resourceSig, "MeSa", 1) + resource(idIPTC, "", iptc)},
	}
}

func broken() []sample {
	one := resource(idIPTC, "", iptc)
	return []sample{
		{"length-huge", "IPTC that claims 4 GiB", one[:8] + "\xFF\xFF\xFF\xFF" + one[12:]},
		{"cut", "cut within IPTC", one + one[:len(one)-4]},
		{"garbage", "something else behind the first", one + "and this is no resource"},
		{"file-cut", "a PSD cut within its resources", file(8, one)[:60]},
		{"file-header", "a PSD cut within its header", file(8, one)[:20]},
		{"file-pixels", "a PSD of 90 gigapixels", file(300_000, one)},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range slices.Concat(samples(), broken()) {
		t.Run(s.name, func(t *testing.T) {
			if s.name == "others" { // starts with a signature that only stands inside
				s.object = samples()[3].object[:28] + s.object
			}
			mediatest.Golden(t, *update, New(), s.name, s.made, []byte(s.object))
		})
	}
}

func TestProblems(t *testing.T) {
	want := map[string]media.Reason{"length-huge": media.Corrupt, "cut": media.Corrupt, "garbage": media.Corrupt,
		"file-cut": media.Truncated, "file-header": media.Truncated, "file-pixels": media.LimitPixels}
	for _, s := range broken() {
		if v := mediatest.Walk(t, New(), []byte(s.object)); !slices.Contains(v.Reasons(), want[s.name]) {
			t.Errorf("%s: reasons %v, want %s", s.name, v.Reasons(), want[s.name])
		}
	}
	for _, s := range samples() {
		if v := mediatest.Walk(t, New(), []byte(s.object)); len(v.Problems) > 0 {
			t.Errorf("%s: %v", s.name, v.Reasons())
		}
	}
}

func TestManyEmptyResources(t *testing.T) {
	v := mediatest.Walk(t, New(), []byte(strings.Repeat(resource(0x0425, "", ""), 4000)+resource(idIPTC, "", iptc)))
	if len(v.Problems) > 0 || len(v.Blocks) != 1 {
		t.Errorf("problems %v, %d blocks", v.Problems, len(v.Blocks))
	}
}

func TestMatch(t *testing.T) {
	for head, want := range map[string]bool{"8BIM\x04\x04": true, "8BPS\x00\x01\x00": true, "8BPS\x00\x02\x00": true, "8BPS\x00\x03\x00": false, "8BI": false, "": false, "8BPS, they say": false} {
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
	seeds = append(seeds, []byte(strings.Repeat(resource(idURLs, "", urls("a")), 3000)), []byte(resource(idURLs, "", "\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\xFF\xFF\xFF\xFFab")))
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
