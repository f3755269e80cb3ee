package riff

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

const (
	tiff = "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
	xmp  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
)

func u32(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

func chunk(id, data string) string {
	return id + u32(uint32(len(data))) + data + strings.Repeat("\x00", len(data)&1)
}

func file(form string, chunks ...string) []byte {
	return []byte(chunk("RIFF", form+strings.Join(chunks, "")))
}

func vp8x(w, h uint32) string {
	return chunk("VP8X", "\x0c\x00\x00\x00"+u32(w - 1)[:3]+u32(h - 1)[:3])
}

func info(fields ...string) string { return chunk("LIST", "INFO"+strings.Join(fields, "")) }

var samples = []struct {
	name, made string
	object     []byte
}{
	{"both.webp", "Exif and XMP behind the picture", file("WEBP", vp8x(4, 4), chunk("VP8 ", "odd"), chunk("EXIF", tiff), chunk("XMP ", xmp))},
	{"prefix.webp", "Exif with JPEG's prefix, and an INFO list", file("WEBP", vp8x(4, 4), chunk("EXIF", "Exif\x00\x00"+tiff), info(chunk("IART", "Ana Exemplo\x00")))},
	{"music.wav", "a list of fields, a broadcast extension, ID3 and XMP", file("WAVE",
		chunk("fmt ", strings.Repeat("\x00", 16)), chunk("bext", "caf\xe9"+strings.Repeat("\x00", 252)+"Radio Exemplo"+strings.Repeat("\x00", 83)+"x"),
		chunk("data", "sound"), info(chunk("IART", "Ren\xe9e"), chunk("ICMT", "\xc3\xa9t\xc3\xa9 "), chunk("IENG", ""), chunk("Zab\x00", "own field")),
		chunk("id3 ", "ID3\x03"), chunk("_PMX", xmp))},
	{"film.avi", "a date in the header list, two RIFFs, and more behind", slices.Concat(
		file("AVI ", chunk("LIST", "hdrl"+chunk("avih", "xxxx")+chunk("IDIT", "Tue Nov 24 09:00:00 2026\n\x00")), chunk("LIST", "movi"+chunk("00dc", "video"))),
		file("AVIX", chunk("LIST", "movi"), info(chunk("ISFT", "editor"))), []byte("something else"))},
	{"long.wav", "64-bit sizes", []byte("RF64\xff\xff\xff\xffWAVE" + chunk("ds64", strings.Repeat("\x00", 8)+"\x06\x00\x00\x00\x00\x00\x00\x00"+strings.Repeat("\x00", 12)) + "data\xff\xff\xff\xffsounds" + info(chunk("INAM", "song")))},
	{"cut.webp", "the file ends inside its Exif", file("WEBP", vp8x(4, 4), chunk("EXIF", tiff+strings.Repeat("x", 90)))[:60]},
	{"field.wav", "iXML of a recorder", file("WAVE", chunk("fmt ", "x"), chunk("iXML", `<?xml version="1.0"?><BWFXML><PROJECT>Holiday</PROJECT><NOTE>call Ana</NOTE><LOCATION><LOCATION_GPS>51.45, -2.58</LOCATION_GPS></LOCATION><SPEED/></BWFXML>`))},
	{"camera.avi", "Exif of the stream, and a list of Exif fields", file("AVI ", chunk("LIST", "hdrl"+chunk("LIST", "strl"+chunk("strd", "AVIF\x00\x00\x00\x00"+tiff))), chunk("LIST", "exif"+chunk("ecor", "Contoso\x00")+chunk("eucm", "for Ana")))},
	{"cursor.ani", "a form that we don't know", file("ACON", info(chunk("IART", "Ana Exemplo")))},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func TestProblems(t *testing.T) {
	whole := file("WEBP", vp8x(4, 4), chunk("EXIF", tiff))
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"whole", whole, nil},
		{"padding counted in", append(file("WEBP", chunk("EXIF", tiff)), 0, 0), nil},
		{"four bytes", whole[:4], []media.Reason{media.Truncated}},
		{"header only", whole[:12], []media.Reason{media.Truncated}},
		{"cut header", whole[:15], []media.Reason{media.Truncated}},
		{"RIFF of 4 GiB", slices.Concat([]byte("RIFF\xff\xff\xff\xff"), whole[8:]), []media.Reason{media.Truncated}},
		{"RIFF of nothing", slices.Concat([]byte("RIFF\x00\x00\x00\x00"), whole[8:]), []media.Reason{media.Corrupt}},
		{"chunk of 4 GiB", file("WEBP", "EXIF\xff\xff\xff\xff"+tiff), []media.Reason{media.Truncated}},
		{"not a chunk", file("WEBP", chunk("\x00\x01\x02\x03", "x")), []media.Reason{media.Corrupt}},
		{"sound from a pipe", []byte("RIFF\xff\xff\xff\xffWAVE" + chunk("fmt ", "x") + "data\xff\xff\xff\xffsounds"), nil},
		{"chunk of 4 GiB in a sound", []byte("RIFF\xff\xff\xff\xffWAVEid3 \xff\xff\xff\xffID3"), []media.Reason{media.Truncated}},
		{"canvas", file("WEBP", vp8x(1<<24, 1<<24)), []media.Reason{media.LimitPixels}},
		{"lossless", file("WEBP", chunk("VP8L", "\x2f\xff\xff\xff\x0fxxxxx")), []media.Reason{media.LimitPixels}},
		{"lossy", file("WEBP", chunk("VP8 ", "\x00\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f")), []media.Reason{media.LimitPixels}},
		{"too many chunks", file("WAVE", strings.Repeat(chunk("JUNK", ""), media.MaxSegments+1)), []media.Reason{media.LimitSegs}},
		{"too many files in a row", bytes.Repeat(file("WAVE"), media.MaxSegments+1), []media.Reason{media.LimitSegs}},
		{"INFO cut", file("WAVE", info("IART\xff\x00\x00\x00Ana")), []media.Reason{media.Truncated}},
		{"lists in lists", file("AVI ", strings.Repeat("LIST\x08\x00\x00\x00hdrl", 100)), []media.Reason{media.Corrupt, media.Truncated}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{nil, []byte("RIFF"), file("WAVE", strings.Repeat(chunk("JUNK", ""), 1000))}
	for _, s := range samples {
		seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples[0].object
	r := bytes.NewReader(object)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
