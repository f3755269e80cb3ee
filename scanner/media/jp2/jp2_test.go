package jp2

import (
	"bytes"
	"encoding/binary"
	"flag"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	tiff    = "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
	packet  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	uuidXMP = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"
	uuidGeo = "\xb1\x4b\xf8\xbd\x08\x3d\x4b\x43\xa5\xae\x8c\xd7\xd5\xa6\xce\x03"
)

func u16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

func made(kind string, body ...string) string {
	s := strings.Join(body, "")
	return u32(8+len(s)) + kind + s
}

func packed(s string) string {
	var b bytes.Buffer
	w := brotli.NewWriter(&b)
	if _, err := w.Write([]byte(s)); err != nil || w.Close() != nil {
		return ""
	}
	return b.String()
}

func segment(marker int, body string) string { return u16(marker) + u16(2+len(body)) + body }

func siz(w, h int) string { return segment(0xff51, u16(0)+u32(w)+u32(h)+strings.Repeat("\x00", 26)) }

func ihdr(w, h int) string {
	return made("jp2h", made("ihdr", u32(h), u32(w), "\x00\x03\x07\x07\x00\x00"))
}

const (
	jp2Head = jp2Signature + "\x00\x00\x00\x14ftypjp2 \x00\x00\x00\x00jp2 "
	jxlHead = jxlSignature + "\x00\x00\x00\x14ftypjxl \x00\x00\x00\x00jxl "
)

var samples = []struct {
	name, made string
	format     media.Format
	object     string
}{
	{"all.jp2", "uuid boxes, XML, labels, a comment of the codestream", New(), jp2Head + ihdr(4, 4) + made("uuid", "JpgTiffExif->JP2", "Exif\x00\x00", tiff) + made("uuid", uuidXMP, packet) +
		made("uuid", uuidGeo, tiff) + made("uuid", "another's 16 byte", "x") + made("asoc", made("lbl ", "Ana's garden"), made("xml ", "<a/>")) +
		made("jp2c", "\xff\x4f", siz(4, 4), segment(0xff64, u16(1)+"for Ana"), segment(0xff64, u16(0)+"\x01\x02"), "\xff\x90\x00\x0a")},
	{"bare.j2k", "a codestream without boxes", New(), "\xff\x4f" + siz(4, 4) + segment(0xff64, u16(1)+"caf\xe9") + "\xff\xd9\x00\x00"},
	{"all.jxl", "Exif with an offset, XMP, both packed, boxes that are not read", NewJXL(), jxlHead + made("jxlp", "pixels") + made("Exif", u32(0), tiff) + made("Exif", u32(2), "xxExif\x00\x00"+tiff) + made("xml ", packet) +
		made("brob", "Exif", packed(u32(0)+tiff)) + made("brob", "xml ", packed(packet)) + made("brob", "jumb", packed("x")) + "\x00\x00\x00\x00jxlcmore pixels"},
	{"bare.jxl", "a codestream without boxes", NewJXL(), "\xff\x0a\xfa\x7f\x01\x90\x08\x06\x01\x00\x10\x9c\x80\x01\x02\x03\xf0\xf1"},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, s.format, s.name, s.made, []byte(s.object)) })
	}
}

func TestProblems(t *testing.T) {
	deep := "x"
	for range 30 {
		deep = made("asoc", deep)
	}
	bomb := packed(u32(0) + strings.Repeat("\x00", 12<<20))
	for _, c := range []struct {
		name   string
		format media.Format
		object string
		want   []media.Reason
	}{
		{"whole", New(), samples[0].object, nil},
		{"cut in the signature", New(), jp2Signature[:9], []media.Reason{media.Truncated}},
		{"cut in a box", New(), samples[0].object[:100], []media.Reason{media.Truncated}},
		{"box in a box too long", New(), jp2Head + made("asoc", u32(99)+"lbl x") + made("free"), []media.Reason{media.Corrupt}},
		{"box of 3 bytes", New(), jp2Head + "\x00\x00\x00\x03free", []media.Reason{media.Corrupt}},
		{"large box", New(), jp2Head + "\x00\x00\x00\x01free\xff\xff\xff\xff\xff\xff\xff\xff", []media.Reason{media.Corrupt}},
		{"deep boxes", New(), jp2Head + deep, []media.Reason{media.LimitDepth}},
		{"many boxes", New(), jp2Head + strings.Repeat(made("free"), media.MaxBoxes), []media.Reason{media.LimitCount}},
		{"too many pixels", New(), jp2Head + ihdr(100_000, 100_000), []media.Reason{media.LimitPixels}},
		{"codestream of too many pixels", New(), "\xff\x4f" + siz(1<<31, 1<<31) + "\xff\xd9\x00\x00", []media.Reason{media.LimitPixels}},
		{"codestream cut", New(), "\xff\x4f" + siz(4, 4), []media.Reason{media.Truncated}},
		{"codestream broken", New(), "\xff\x4f" + siz(4, 4) + "\x00\x00\x00\x00", []media.Reason{media.Corrupt}},
		{"movie", New(), jp2Head + made("moov", "x"), []media.Reason{media.Unsupported}},
		{"whole JXL", NewJXL(), samples[2].object, nil},
		{"JXL cut", NewJXL(), samples[2].object[:60], []media.Reason{media.Truncated}},
		{"Exif beyond its box", NewJXL(), jxlHead + made("Exif", u32(1000), tiff), []media.Reason{media.Corrupt}},
		{"broken Brotli", NewJXL(), jxlHead + made("brob", "xml ", "\xff\xff\xff\xff\xff"), []media.Reason{media.Corrupt}},
		{"Brotli bomb", NewJXL(), jxlHead + made("brob", "Exif", bomb), []media.Reason{media.LimitRatio}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, c.format, []byte(c.object)).Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// Pixels are stepped over, wherever metadata stands.
func TestReadsNoPixels(t *testing.T) {
	object := []byte(jxlHead + made("jxlc", strings.Repeat("x", 1<<20)) + made("Exif", u32(0), tiff))
	if v := mediatest.Walk(t, NewJXL(), object); v.Read > 16<<10 || len(v.Blocks) != 1 {
		t.Errorf("%d bytes read, %d blocks", v.Read, len(v.Blocks))
	}
}

func seeds() (out [][]byte) {
	for _, s := range samples {
		out = append(out, []byte(s.object))
	}
	return append(out, []byte(jp2Head+made("uuid", "x")), []byte(jxlHead+made("brob", "Ex")), []byte(jxlHead+made("Exif", "\xff")))
}

func FuzzJP2(f *testing.F) { mediatest.Fuzz(f, New(), seeds()...) }
func FuzzJXL(f *testing.F) { mediatest.Fuzz(f, NewJXL(), seeds()...) }

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples[0].object)
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
