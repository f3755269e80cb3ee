package png

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"hash/crc32"
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

func chunk(kind, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(b, kind+data...)
	return string(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}

func ihdr(w, h uint32) string {
	b := binary.BigEndian.AppendUint32(nil, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return chunk("IHDR", string(b)+"\x08\x02\x00\x00\x00")
}

// file is a PNG of 1 x 1 with chunks before and after its picture.
func file(before, after string) []byte {
	return []byte(signature + ihdr(1, 1) + before + chunk("IDAT", "picture") + after + chunk("IEND", ""))
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

func profile(kind, data string) string {
	h := hex.EncodeToString([]byte(data))
	var lines strings.Builder
	for len(h) > 72 {
		lines.WriteString(h[:72] + "\n")
		h = h[72:]
	}
	return fmt.Sprintf("Raw profile type %s\x00\n%s\n%8d\n%s%s\n", kind, kind, len(data), &lines, h)
}

func packedProfile(kind, data string) string {
	k, v, _ := strings.Cut(profile(kind, data), "\x00")
	return k + "\x00\x00" + deflate(v)
}

var samples = []struct {
	name, made string
	object     []byte
}{
	{"both", "an eXIf chunk and a text profile, XMP after the picture",
		file(chunk("eXIf", tiff)+chunk("zTXt", packedProfile("APP1", "Exif\x00\x00"+tiff)),
			chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp))},
	{"texts", "keywords in Latin-1 and UTF-8, plain and packed, and a time",
		file(chunk("tEXt", "Author\x00Ren\xe9e Exemple")+
			chunk("tEXt", "Comment\x00caf\xc3\xa9")+
			chunk("zTXt", "Description\x00\x00"+deflate("call +1 202 555 0143"))+
			chunk("iTXt", "Title\x00\x01\x00pt\x00T\xc3\xadtulo\x00"+deflate("S\xc3\xa3o"))+
			chunk("iTXt", "Source\x00\x00\x00\x00\x00plain  \x00")+
			chunk("tEXt", "\x00no keyword")+chunk("tEXt", "Empty\x00")+
			chunk("tIME", "\x07\xea\x0b\x18\x09\x05\x3b"), "")},
	{"profiles", "all text profiles",
		file(chunk("tEXt", profile("exif", "Exif\x00\x00"+tiff))+
			chunk("zTXt", packedProfile("exif", tiff))+
			chunk("tEXt", profile("APP1", "http://ns.adobe.com/xap/1.0/\x00"+xmp))+
			chunk("tEXt", profile("iptc", "Photoshop 3.0\x008BIM\x04\x04"))+
			chunk("tEXt", profile("iptc", "\x1c\x02\x50\x00\x03Ana"))+
			chunk("tEXt", profile("8bim", "8BIM\x04\x04\x00\x00\x00\x00\x00\x00"))+
			chunk("iTXt", "Raw profile type xmp\x00\x00\x00\x00\x00"+strings.SplitN(profile("xmp", xmp), "\x00", 2)[1])+
			chunk("tEXt", profile("icc", "colours"))+
			chunk("tEXt", profile("generic", "Exif\x00\x00"+tiff)), "")},
	{"damage", "a wrong CRC, a broken stream, a profile with a wrong length, nothing readable lost",
		file(chunk("tEXt", "Author\x00Ana Exemplo")[:26]+"\x00\x00\x00\x00"+
			chunk("zTXt", "Comment\x00\x00"+deflate(strings.Repeat("kept ", 40))[:12])+
			chunk("tEXt", "Raw profile type exif\x00\nexif\n    99\n"+hex.EncodeToString([]byte(tiff)))+
			chunk("iTXt", "Title\x00\x00"), "")},
	{"cut", "the file ends inside an eXIf chunk",
		file(chunk("eXIf", tiff+strings.Repeat("x", 100)), "")[:33+8+40]},
	{"trailer", "another file after the end",
		append(file("", ""), "\x89PNG\r\n\x1a\n second"...)},
	{"pixels", "100,000 x 100,000 pixels: metadata is read",
		[]byte(signature + ihdr(100_000, 100_000) + chunk("eXIf", tiff) + chunk("IEND", ""))},
	{"packedexif", "ExifTool's compressed Exif",
		file(chunk("zxIf", "\x00\x00\x00\x00\x0e"+deflate(tiff)), "")},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name+".png", s.made, s.object) })
	}
}

func TestProblems(t *testing.T) {
	bomb := deflate(strings.Repeat("\x00", 24<<20))
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"whole", file("", ""), nil},
		{"blanks after the end", append(file("", ""), "\r\n\x00\x00"...), nil},
		{"cut in the signature", []byte(signature[:5]), []media.Reason{media.Truncated}},
		{"signature only", []byte(signature), []media.Reason{media.Truncated}},
		{"no end", file("", "")[:8+25+19], []media.Reason{media.Truncated}},
		{"cut in the last CRC", file("", "")[:8+25+19+10], []media.Reason{media.Truncated}},
		{"text bomb", file(chunk("zTXt", "Comment\x00\x00"+bomb), ""), []media.Reason{media.LimitBytes}},
		{"length of 4 GiB", []byte(signature + ihdr(1, 1) + "\xff\xff\xff\xffeXIf" + tiff), []media.Reason{media.Corrupt}},
		{"length of 2 GiB", []byte(signature + ihdr(1, 1) + "\x7f\xff\xff\xffeXIf" + tiff), []media.Reason{media.LimitBytes, media.Truncated}},
		{"not a chunk", []byte(signature + ihdr(1, 1) + "\x00\x00\x00\x00\x00\x01\x02\x03????"), []media.Reason{media.Corrupt}},
		{"no width", []byte(signature + ihdr(0, 1) + chunk("IEND", "")), []media.Reason{media.Corrupt}},
		{"too many chunks", []byte(signature + strings.Repeat(chunk("oKAY", ""), media.MaxSegments+1)), []media.Reason{media.LimitSegs}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), c.object)
			slices.Sort(c.want)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// The picture is stepped over: only headers of its chunks are read.
func TestReadsNoPicture(t *testing.T) {
	picture := strings.Repeat(chunk("IDAT", strings.Repeat("p", 1<<20)), 3)
	v := mediatest.Walk(t, New(), file(picture, chunk("tEXt", "Author\x00Ana Exemplo")))
	if v.Tag("Author") != "Ana Exemplo" || v.Read > 5*4096 {
		t.Errorf("author %q after %d bytes in %d reads", v.Tag("Author"), v.Read, v.Reads)
	}
}

// A long row of texts comes in parts that stay small, and none is lost.
func TestManyTexts(t *testing.T) {
	const n = 60_000
	for _, length := range []int{100, 10_000} {
		n := n * 100 / length
		v := mediatest.Walk(t, New(), file(strings.Repeat(chunk("tEXt", "Comment\x00"+strings.Repeat("c", length)), n), ""))
		tags, most, bytes := 0, 0, 0
		for _, p := range v.Parts {
			tags, most = tags+len(p.Tags), max(most, len(p.Tags))
			sum := 0
			for _, tag := range p.Tags {
				sum += len(tag.Value)
			}
			bytes = max(bytes, sum)
		}
		if tags != n || most > maxTags || bytes > flushAt+length || len(v.Problems) > 0 {
			t.Errorf("texts of %d bytes: %d tags, at most %d and %d bytes in a part, problems %v", length, tags, most, bytes, v.Problems)
		}
	}
}

// A text that is too long is cut behind a character, and stays UTF-8.
func TestLongText(t *testing.T) {
	long := strings.Repeat("\u00e9", maxText)
	v := mediatest.Walk(t, New(), file(chunk("tEXt", "Comment\x00"+long)+chunk("zTXt", "Title\x00\x00"+deflate("x"+long)), ""))
	for _, name := range []string{"Comment", "Title"} {
		if got := v.Tag(name); len(got) < maxText-1 || len(got) > maxText || strings.Trim(got, "x\u00e9") != "" {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
	if d := cmp.Diff([]media.Reason{media.LimitBytes}, v.Reasons()); d != "" {
		t.Errorf("reasons (-want +got):\n%s", d)
	}
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{nil, []byte(signature), file(chunk("zTXt", "Comment\x00\x00"+deflate(strings.Repeat("\x00", 24<<20))), "")}
	for _, s := range samples {
		seeds = append(seeds, s.object, s.object[:len(s.object)*2/3])
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := file(strings.Join([]string{
		chunk("tEXt", "Author\x00Ana Exemplo"), chunk("eXIf", tiff),
		chunk("zTXt", packedProfile("exif", tiff)),
		chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp),
	}, ""), strings.Repeat(chunk("IDAT", strings.Repeat("p", 8<<10)), 20))
	r := bytes.NewReader(object)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

// A long row of chunks of one length is stepped over, what follows is found.
func TestSkipRow(t *testing.T) {
	row := strings.Repeat(chunk("IDAT", strings.Repeat("x", 8<<10)), 500)
	author := chunk("tEXt", "Author\x00Ana Exemplo")
	odd := row[:len(row)/2] + author + row[len(row)/2:]
	for _, c := range []struct {
		name, object string
		read         int64 // at most
	}{
		{"text behind the row", signature + ihdr(9, 9) + row + chunk("IDAT", "end") + author + chunk("IEND", ""), 128 << 10},
		{"text inside the row, against the rules", signature + ihdr(9, 9) + odd + chunk("IEND", ""), 5 << 20},
		{"other lengths", signature + ihdr(9, 9) + strings.Repeat(chunk("IDAT", "a")+chunk("IDAT", "bc"), 9_000) + author + chunk("IEND", ""), 5 << 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), []byte(c.object))
			if v.Tag("Author") != "Ana Exemplo" || len(v.Reasons()) != 0 {
				t.Errorf("author %q, reasons %v", v.Tag("Author"), v.Reasons())
			}
			if v.Read > c.read {
				t.Errorf("read %d of %d bytes", v.Read, len(c.object))
			}
		})
	}
}
