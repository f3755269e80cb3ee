package ole

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"flag"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
	"habeas/scanner/media/numformat"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	jpeg = "\xff\xd8\xff\xe0\x00\x04xx\xff\xd9"
	png  = "\x89PNG\r\n\x1a\n and the rest"
)

func message() []node {
	return []node{
		fixed(32, 0x3ffd, 1252),
		prop("0037001F", "Holiday"), prop("001A001F", "IPM.Note"),
		prop("0C1A001F", "Ana Exemplo"), prop("0C1F001F", "/O=EX/CN=ANA"), prop("5D01001F", "ana@example.org"),
		prop("1000001E", "Call Zo\xeb at +1 202 555 0143\r\nBye"), prop("10130102", "<html><body>same</body></html>"),
		prop("007D001F", "From: Ana Exemplo <ana@example.org>\r\n"), prop("3A1C001F", "+1 202 555 0144"),
		storage("__recip_version1.0_#00000000", fixed(8, 0x0c15, 1), prop("3001001F", "Bo Beispiel"), prop("39FE001F", "bo@example.org")),
		storage("__recip_version1.0_#00000001", fixed(8, 0x0c15, 3), prop("3001001F", "cy@example.org"), prop("3003001F", "cy@example.org")),
		storage("__attach_version1.0_#00000000", fixed(8), prop("3707001F", "photo.jpg"), prop("37010102", jpeg)),
		storage("__attach_version1.0_#00000001", fixed(8), prop("3001001F", "Fwd"),
			storage("__substg1.0_3701000D", fixed(24), prop("0037001F", "Inner"), prop("0C1A001F", "Di Ejemplo"), prop("0C1F001F", "di@example.org"))),
	}
}

const (
	emf = "\x01\x00\x00\x00\x6c\x00\x00\x00 an EMF, drawn"
	wmf = "\x01\x00\x09\x00\x00\x03 a WMF, drawn"
)

// thumb is an entry of the catalog of Thumbs.db.
func thumb(id int, name string) string {
	data := le32(id) + "\x00\x80\x3e\xd5\xde\xb1\x9d\x01" + wide(name) + "\x00\x00\x00\x00"
	return le32(4+len(data)) + data
}

// drawn is a record of a metafile ([MS-ODRAW] 2.2.24): more is a second identifier,
// or none.
func drawn(instance, kind int, more, packing, data string) string {
	return atom(instance, kind, strings.Repeat("u", 16)+more+strings.Repeat("\x00", 32)+packing+"\xfe"+data)
}

func packed(s string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(s)) // a buffer takes everything
	_ = z.Close()
	return b.String()
}

func samples() map[string][]byte {
	summaryStream := stream("\x05SummaryInformation", propertyStream(fmtSummary, []int{1, 2, 4, 8}, []string{le32(2) + le16(1252), lpstr("Pl\xe4ne"), lpstr("Ana Exemplo"), lpstr("Bo Beispiel")}))
	custom := stream("\x05Custom", propertyStream("0123456789abcdef", []int{0, 1, 2}, []string{
		le32(1, 2, 9) + "Reviewer\x00", le32(2) + le16(1252), lpstr("Cy Ejemplo")}))
	native := "C:\\in\\a.jpg\x00"
	native = le16(2) + "a.jpg\x00" + native + le32(0) + le32(len(native)) + native + le32(len(jpeg)) + jpeg
	slide := box(0x3e8, atom(0, pptChars, wide("Write to ana@example.org"))+atom(0, pptBytes, "plain\rtext")+
		box(pptComment, atom(0, pptCString, wide("Cy Beispiel"))+atom(1, pptCString, wide("call +1 202 555 0143"))))
	blip := func(s string) string { return atom(0x46a, 0xf01d, strings.Repeat("u", 17)+s) }
	module := "\x01" + le16(0xb000|(2+len("Attribut")+1+8+1-3)) + "\x00Attribut" + "\x00e ana@ex" + "\x00"
	return map[string][]byte{
		"word": build(true, append(document(0, "Dear Ana,\r\x13 HYPERLINK \"mailto:bo@example.org\" \x14write\x15\rName\x07Phone\x07\x07Bo\x07555\x1e0143\x07\x07", "Zoë \x1fsoft\r"),
			summaryStream, custom, stream("Data", "head"+blip(jpeg)),
			storage("ObjectPool", storage("_1", stream("\x01Ole10Native", le32(len(native))+native), stream("\x01CompObj", "x"))))...),
		"excel":      build(false, stream("Workbook", sheets()), summaryStream),
		"powerpoint": build(true, stream("PowerPoint Document", slide), stream("Pictures", blip(jpeg)+blip(png)), stream("Current User", "x")),
		"message":    build(true, message()...),
		"macros":     build(true, append(document(0, "text\r", "more"), storage("Macros", storage("VBA", stream("Module1", "head"+module)), stream("PROJECT", "Name=\"Ana\"")))...),
		"unknown":    build(true, stream("Contents", "\x00\x01\x02write to ana@example.org\x00\x00"+wide("and to bo@example.org")+"\x00"+jpeg)),
		"drawings": build(true, append(document(0, "text\r", "more"), stream("Data", "head"+blip(jpeg)+drawn(0x3d4, 0xf01a, "", "\x00", packed(emf))+drawn(0x217, 0xf01b, strings.Repeat("v", 16), "\xfe", wmf)+
			drawn(0x3d4, 0xf01a, "", "\x00", "no zlib")+"\x40\x3d\x1a\xf0 by chance"),
			storage("ObjectPool", storage("_1", stream("\x02OlePres000", le32(0xffffffff, 3, 4)+strings.Repeat("\x00", 24)+le32(len(wmf))+wmf)),
				storage("_2", stream("\x02OlePres000", le32(0xffffffff, 8, 8, 7)+strings.Repeat("\x00", 24)+le32(52)+le32(40, 1, 1)+le16(1, 1)+le32(0, 4, 0, 0, 0, 0)+le32(0, 0xffffff, 0x80)))))...),
		"thumbs":    build(true, stream("Catalog", le16(16, 7)+le32(2, 96, 96)+thumb(12, "Ana at home.jpg")+thumb(3, "gone.jpg")), stream("21", le32(12, 1, len(jpeg))+jpeg), stream("3", le32(12, 1, len(jpeg))+jpeg), stream("99", le32(12, 1, len(jpeg))+jpeg)),
		"list":      build(true, stream("Catalog", "a list of another kind: ana@example.org")),
		"encrypted": build(true, stream("EncryptedPackage", "\x01\x02"), stream("EncryptionInfo", "x")),
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
	word := samples()["word"]
	loop := bytes.Clone(word)
	at := (int(binary.LittleEndian.Uint32(loop[48:])) + 1) * 512
	fat := (int(binary.LittleEndian.Uint32(loop[76:])) + 1) * 512
	binary.LittleEndian.PutUint32(loop[fat+(at/512-1)*4:], uint32(at/512-1))
	child := bytes.Clone(word)
	binary.LittleEndian.PutUint32(child[at+76:], 0) // the root is its own child
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"word", word, nil},
		{"excel", samples()["excel"], nil},
		{"powerpoint", samples()["powerpoint"], nil},
		{"message", samples()["message"], nil},
		{"unknown", samples()["unknown"], []media.Reason{media.Unsupported}},
		{"password", build(true, document(0x100, "x", "y")...), []media.Reason{media.Encrypted}},
		{"encrypted", samples()["encrypted"], []media.Reason{media.Encrypted}},
		{"sheet with a password", build(false, stream("Workbook", rec(recBOF, le16(0x600, 5))+rec(recFilePass, "\x01\x00"))), []media.Reason{media.Encrypted}},
		{"directory that meets itself", loop, []media.Reason{media.Corrupt}},
		{"storage in itself", child, []media.Reason{media.Corrupt, media.Unsupported}},
		{"header alone", word[:512], []media.Reason{media.Corrupt}},
		{"magic alone", word[:8], []media.Reason{media.Truncated}},
		{"no sector size", append([]byte(magic), make([]byte, 600)...), []media.Reason{media.Corrupt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := mediatest.Walk(t, New(), c.object).Reasons()
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestDates(t *testing.T) {
	x := &book{shown: []numformat.Format{{}, numformat.Builtin(14), numformat.Parse(`000\-00\-0000`)}}
	for _, c := range []struct {
		f      float64
		format int
		want   string
	}{{1, 1, "1900-01-01"}, {59, 1, "1900-02-28"}, {61, 1, "1900-03-01"}, {30000.5, 1, "1982-02-18"}, {30000, 0, "30000"}, {1.5, 0, "1.5"}, {12025550143, 0, "12025550143"}, {4111111111111111, 0, "4111111111111111"}, {78051120, 2, "078-05-1120"}, {1, 3, "1"}} {
		if got := x.number(c.f, c.format); got != c.want {
			t.Errorf("%v: got %s, want %s", c.f, got, c.want)
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s)
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	for _, name := range []string{"word", "excel", "message"} {
		object := samples()[name]
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(object)))
			b.ReportAllocs()
			for b.Loop() {
				if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
