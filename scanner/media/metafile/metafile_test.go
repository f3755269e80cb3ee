package metafile

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math"
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

func floats(ns ...float64) (s string) {
	for _, n := range ns {
		s += le32(int(math.Float32bits(float32(n))))
	}
	return s
}

func unicode(s string) (out string) {
	for _, r := range s {
		out += le16(int(r))
	}
	return out
}

func pad(s string) string { return s + strings.Repeat("\x00", -len(s)&3) }

// rec is a record of an EMF.
func rec(kind int, data string) string {
	data = pad(data)
	return le32(kind, 8+len(data)) + data
}

// textOut draws s at x, y; each character is wide, 0 if that is not said.
func textOut(kind, x, y, wide int, options int, s string) string {
	n, dx := len([]rune(s)), ""
	if kind == emrExtTextOutW {
		s = unicode(s)
	}
	at := 0
	if wide > 0 {
		at = 76 + len(pad(s))
		dx = strings.Repeat(le32(wide), n)
	}
	return rec(kind, strings.Repeat("\x00", 28)+le32(x, y, n, 76, options)+strings.Repeat("\x00", 16)+le32(at)+pad(s)+dx)
}

func dib(head, bits string) string {
	const at = 80
	return rec(emrStretchDIBits, strings.Repeat("\x00", 40)+le32(at, len(head), at+len(head), len(bits))+strings.Repeat("\x00", at-64)+head+bits)
}

func info(width, height, bits, compression, size int) string {
	return le32(40, width, height) + le16(1, bits) + le32(compression, size, 0, 0, 0, 0)
}

func plusRec(kind, flags int, data string) string {
	data = pad(data)
	return le16(kind, flags) + le32(12+len(data), len(data)) + data
}

func plusComment(records ...string) string {
	all := "EMF+" + strings.Join(records, "")
	return rec(emrComment, le32(len(all))+all)
}

func emf(records ...string) []byte {
	title := unicode("Drawer 1.0\x00Plan for Ana\x00\x00")
	head := strings.Repeat("\x00", 32) + " EMF" + le32(0x10000, 0, 0) + le16(1, 0) + le32(len(title)/2, 92, 0, 0, 0) + strings.Repeat("\x00", 12) + title
	return []byte(rec(emrHeader, head) + strings.Join(records, "") + rec(emrEOF, le32(0, 0, 20)))
}

func wmfRec(kind int, data string) string {
	if len(data)%2 == 1 {
		data += "\x00"
	}
	return le32(3+len(data)/2) + le16(kind) + data
}

func wmf(head string, records ...string) []byte {
	all := strings.Join(records, "") + wmfRec(metaEOF, "")
	return []byte(head + le16(1, 9, 0x300) + le32(9+len(all)/2) + le16(4) + le32(0) + le16(0) + all)
}

const (
	jpeg = "\xff\xd8\xff\xe0\x00\x04xx\xff\xd9"
	png  = "\x89PNG\r\n\x1a\n and the rest"
)

func samples() map[string][]byte {
	place := placeable + strings.Repeat("\x00", 18)
	font := func(set byte) string {
		return wmfRec(metaCreateFont, strings.Repeat("\x00", 13)+string([]byte{set})+"\x00\x00\x00\x00Face\x00\x00")
	}
	out := func(y, x int, s string) string {
		n := len(s)
		if n%2 == 1 {
			s += "\x00"
		}
		return wmfRec(metaTextOut, le16(n)+s+le16(y, x))
	}
	ext := wmfRec(metaExtTextOut, le16(40, 5, 5, 4)+strings.Repeat("\x00", 8)+"again\x00"+le16(6, 6, 6, 6, 6))
	bmp1 := info(1, 1, 1, 0, 4) + le32(0, 0xffffff) + "\x80\x00\x00\x00"
	inner := string(emf(textOut(emrExtTextOutW, 0, 0, 0, 0, "inside")))
	comment := func(piece string, left int) string {
		return wmfRec(metaEscape, le16(0x0f, 34+len(piece))+"WMFC"+le32(1, 0x10000)+le16(0)+le32(0, 2, len(piece), left, len(inner))+piece)
	}
	image := func(s string) string { return le32(0, imageBitmap, 1, 1, 4, 0, 1) + s }
	return map[string][]byte{
		"text": emf(
			rec(emrCreateFont, le32(7)+strings.Repeat("\x00", 23)+"\xcc"+strings.Repeat("\x00", 68)), // Cyrillic
			textOut(emrExtTextOutW, 10, 20, 6, 0, "Call"), textOut(emrExtTextOutW, 34, 20, 6, 0, "ing"), textOut(emrExtTextOutW, 60, 20, 6, 0, "Zoë"),
			textOut(emrExtTextOutW, 10, 40, 0, 0, "ana@example.org"), textOut(emrExtTextOutW, 200, 40, 0, 0, "right"),
			rec(emrSelectObject, le32(7)), textOut(emrExtTextOutA, 10, 60, 0, 0, "\xc0\xed\xed\xe0"),
			rec(emrSmallTextOut, le32(10, 80, 3, smallChars|noRect, 0, 0, 0)+"Bo!"), rec(emrSmallTextOut, le32(10, 90, 2, 0, 0, 0, 0)+strings.Repeat("\x00", 16)+unicode("Cy")),
			rec(emrSetTextAlign, le32(1)), rec(emrMoveTo, le32(10, 100)), textOut(emrExtTextOutW, 0, 0, 0, 0, "+1 202 "), textOut(emrExtTextOutW, 0, 0, 0, 0, "555 0143"),
			rec(emrSetTextAlign, le32(0)),
			rec(emrSaveDC, ""), rec(emrSetTransform, floats(1, 0, 0, 1, 5, 120)), textOut(emrExtTextOutW, 0, 0, 5, 0, "moved"), rec(emrModTransform, floats(1, 0, 0, 1, 30, 0)+le32(2)), textOut(emrExtTextOutW, 0, 0, 5, 0, "on"),
			rec(emrRestoreDC, le32(-1)), textOut(emrExtTextOutW, 0, 0, 5, 0, "back"), textOut(emrExtTextOutW, 0, 9, 0, glyphIndex, "\x10\x20"),
			rec(emrPolyTextOutW, strings.Repeat("\x00", 28)+le32(2)+le32(0, 200, 2, 120, 0, 0, 0, 0, 0, 0)+le32(50, 200, 2, 124, 0, 0, 0, 0, 0, 0)+unicode("ABCD"))),
		"pictures": emf(
			dib(info(1, 1, 24, 4, len(jpeg)), jpeg), dib(info(1, 1, 24, 5, len(png)), png), dib(info(1, 1, 1, 0, 4)+le32(0, 0xffffff), "\x80\x00\x00\x00"),
			rec(emrComment, le32(len(jpeg))+jpeg), rec(emrComment, le32(20)+"GDIC"+le32(2, 0, 0, 0, 0, 6)+unicode("Layers")),
			rec(emrComment, le32(24+36)+"GDIC"+le32(0x80000001, 0x300, 0, 0, 36)+string(wmf("")))),
		"plus": emf(
			plusComment(plusRec(plusHeader, 1, le32(0, 0, 0, 0)),
				plusRec(plusObject, objectImage<<8, image(png)),
				plusRec(plusString, 0, le32(0, 0, 3)+floats(1, 2, 0, 0)+unicode("Ana")), plusRec(plusString, 0, le32(0, 0, 7)+floats(50, 2, 0, 0)+unicode("Exemplo")),
				plusRec(plusTransform, 0, floats(1, 0, 0, 1, 0, 0)), plusRec(plusString, 0, le32(0, 0, 4)+floats(1, 2, 0, 0)+unicode("Down")),
				plusRec(plusDriverString, 0, le32(0, 1, 0, 2)+unicode("By")+floats(10, 90, 15, 90)), plusRec(plusDriverString, 0, le32(0, 1, 0, 2)+unicode("Bo")+floats(24, 90, 29, 90)),
				plusRec(plusObject, continued|objectImage<<8, le32(100)+image(jpeg)[:32])),
			plusComment(plusRec(plusObject, objectImage<<8, image(jpeg)[32:])),
			plusComment(plusRec(plusObject, objectImage<<8, le32(0, imageMetafile, 1, 80)+string(wmf(place)))),
			textOut(emrExtTextOutW, 0, 0, 0, 0, "Ana Exemplo for old programs")),
		"wmf": wmf(place, font(0), wmfRec(0x02fa, le16(0, 0, 0, 0, 0)), font(161),
			wmfRec(metaSelect, le16(0)), out(10, 5, "Zo\xeb"), out(10, 50, "ana@example.org"), wmfRec(metaSelect, le16(2)), out(20, 5, "\xc1\xed"), wmfRec(metaSelect, le16(1)),
			wmfRec(metaDelete, le16(0)), font(204), wmfRec(metaSelect, le16(0)), out(30, 5, "\xc0\xed\xed\xe0"), ext,
			wmfRec(metaSaveDC, ""), wmfRec(metaSetTextAlign, le16(1)), wmfRec(metaMoveTo, le16(50, 5)), out(0, 0, "+1 202 "), out(0, 0, "555 0143"), wmfRec(metaRestoreDC, le16(-1)), out(60, 5, "end"),
			wmfRec(metaStretchDIB, strings.Repeat("\x00", 22)+bmp1), wmfRec(metaDIBStretchBlt, strings.Repeat("\x00", 20)+bmp1), wmfRec(metaDIBBitBlt, strings.Repeat("\x00", 16)+bmp1), wmfRec(metaSetDIB, strings.Repeat("\x00", 18)+bmp1),
			comment(inner[:100], len(inner)-100), comment(inner[100:], 0)),
		"wmf padded": wmf(place+"\x00\x00", out(0, 0, "plus")),
	}
}

func of(name string) media.Format {
	if strings.HasPrefix(name, "wmf") {
		return NewWindows()
	}
	return New()
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, of(name), strings.ReplaceAll(name, " ", "-"), "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	text := samples()["text"]
	windows := samples()["wmf"]
	for name, c := range map[string]struct {
		f      media.Format
		object []byte
		want   []media.Reason
	}{
		"whole":               {New(), samples()["pictures"], nil},
		"glyphs":              {New(), text, []media.Reason{media.Unsupported}},
		"cut":                 {New(), text[:400], []media.Reason{media.Truncated}},
		"cut at a record":     {New(), samples()["plus"][:len(samples()["plus"])-20], []media.Reason{media.Truncated}},
		"record of no size":   {New(), append(text[:204:204], make([]byte, 80)...), []media.Reason{media.Corrupt}},
		"plus beyond its end": {New(), emf(plusComment(le16(plusString, 0) + le32(900, 800))), []media.Reason{media.Corrupt}},
		"plus as glyphs":      {New(), emf(plusComment(plusRec(plusDriverString, 0, le32(0, 0, 0, 1)+le16(3)))), []media.Reason{media.Unsupported}},
		"wmf":                 {NewWindows(), windows, nil},
		"wmf cut":             {NewWindows(), windows[:200], []media.Reason{media.Truncated}},
		"wmf of no size":      {NewWindows(), append(windows[:40:40], make([]byte, 80)...), []media.Reason{media.Corrupt}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, c.f, c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// A drawing that is not read at once says the same.
func TestLong(t *testing.T) {
	bits := strings.Repeat("\xff", wholeSize)
	v := mediatest.Walk(t, New(), emf(dib(info(1024, 1024, 32, 0, 0), bits), textOut(emrExtTextOutW, 0, 0, 0, 0, "ana@example.org"), dib(info(1, 1, 24, 4, len(jpeg)), jpeg)))
	if len(v.Blocks) != 2 || len(v.Blocks[0].Data) != 54+len(bits) || string(v.Blocks[1].Data) != jpeg {
		t.Errorf("%d blocks", len(v.Blocks))
	}
	if n := len(v.Parts); n == 0 || string(v.Parts[n-1].Text) != "ana@example.org\n" {
		t.Errorf("%d parts", n)
	}
}

func FuzzWalk(f *testing.F)    { fuzz(f, New()) }
func FuzzWindows(f *testing.F) { fuzz(f, NewWindows()) }

func fuzz(f *testing.F, format media.Format) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)*2/3], bytes.ReplaceAll(s, []byte("\x01\x00\x00\x00"), []byte("\xff\xff\xff\x7f")))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, format, seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["text"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
