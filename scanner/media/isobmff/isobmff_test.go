package isobmff

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
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	tiff = "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
	xmp  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
)

func u16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

func atom(kind string, body ...string) string {
	b := strings.Join(body, "")
	return u32(8+len(b)) + kind + b
}

func full(kind string, version int, body ...string) string {
	return atom(kind, string(rune(version))+"\x00\x00\x00"+strings.Join(body, ""))
}

var ftyp = atom("ftyp", "heic", u32(0), "mif1", "heic")

func infe(id int, kind, rest string) string {
	return full("infe", 2, u16(id), u16(0), kind, "\x00", rest)
}

func iinf(entries ...string) string {
	return full("iinf", 0, u16(len(entries)), strings.Join(entries, ""))
}

// loc is one entry of iloc, version 1 with 4-byte offsets and lengths.
func loc(id, method int, extents ...int) string {
	s := u16(id) + u16(method) + u16(0) + u16(len(extents)/2)
	for _, n := range extents {
		s += u32(n)
	}
	return s
}

func iloc(entries ...string) string {
	return full("iloc", 1, "\x44\x00", u16(len(entries)), strings.Join(entries, ""))
}

func meta(boxes ...string) string {
	return full("meta", 0, full("hdlr", 0, u32(0), "pict", strings.Repeat("\x00", 13)), strings.Join(boxes, ""))
}

// file is a picture whose mdat holds data; fn gets where data begins.
func file(data string, fn func(at int) string) []byte {
	m := fn(len(ftyp) + len(fn(0)) + 8)
	return []byte(ftyp + m + atom("mdat", data))
}

func deflate(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(s))
	w.Close()
	return b.String()
}

var exifItem = u32(6) + "Exif\x00\x00" + tiff

func samples() []struct {
	name, made string
	object     []byte
} {
	xmpInfo := infe(2, "mime", "application/rdf+xml\x00")
	packed := deflate(xmp)
	uuid := atom("uuid", uuidXMP+xmp)
	return []struct {
		name, made string
		object     []byte
	}{
		{"both", "Exif and XMP items in mdat, and XMP in a uuid box", append(file(exifItem+xmp, func(at int) string {
			return meta(iinf(infe(1, "Exif", ""), xmpInfo, infe(3, "hvc1", "")),
				iloc(loc(1, 0, at, len(exifItem)), loc(2, 0, at+len(exifItem), len(xmp)), loc(3, 0, 0, 8)))
		}), uuid...)},
		{"idat", "items in idat, Exif in two extents, XMP deflated; iloc before iinf", file("", func(int) string {
			return meta(iloc(loc(1, 1, 0, 12, 12, len(exifItem)-12), loc(2, 1, len(exifItem), len(packed))),
				atom("idat", exifItem, packed),
				iinf(infe(1, "Exif", ""), infe(2, "mime", "application/rdf+xml\x00deflate\x00")))
		})},
		{"built", "an Exif item cut out of another item by iref", file("xxxx"+exifItem, func(at int) string {
			return meta(iinf(infe(1, "Exif", ""), infe(9, "blob", "")),
				full("iref", 0, atom("iloc", u16(1), u16(1), u16(9))),
				iloc(loc(1, 2, 4, len(exifItem)), loc(9, 0, at, 4+len(exifItem))))
		})},
		{"udes", "a description of the picture, and the video of a motion photo", append(file("", func(int) string {
			return meta(atom("iprp", atom("ipco",
				full("ispe", 0, u32(640), u32(480)),
				full("udes", 0, "en\x00Holiday\x00Ana Exemplo at the beach\x00sea,sun\x00"))))
		}), atom("mpvd", atom("ftyp", "mp42"))...)},
		{"prefixes", "Exif items with wrong prefixes", file(u32(0)+tiff+u32(99)+"Exif\x00\x00"+tiff+tiff, func(at int) string {
			return meta(iinf(infe(1, "Exif", ""), infe(2, "Exif", ""), infe(3, "Exif", "")),
				iloc(loc(1, 0, at, 18), loc(2, 0, at+18, 24), loc(3, 0, at+42, 14)))
		})},
		{"old", "infe of version 0 and 3, iloc of versions 0 and 2", append([]byte(ftyp),
			meta(full("iinf", 1, u32(1), full("infe", 3, u32(70000), u16(0), "Exif", "\x00")),
				full("iloc", 2, "\x44\x00", u32(1), u32(70000), u16(1), u16(0), u16(1), u32(0), u32(len(exifItem))), atom("idat", exifItem))+
				meta(iinf(full("infe", 0, u16(1), u16(0), "packet\x00application/rdf+xml\x00")),
					full("iloc", 0, "\x44\x00", u16(1), u16(1), u16(0), u16(1), u32(len(ftyp)), u32(4))+atom("idat", exifItem))...)},
		{"locked", "a protected item", file(exifItem, func(at int) string {
			return meta(iinf(full("infe", 2, u16(1), u16(1), "Exif", "\x00")), iloc(loc(1, 0, at, len(exifItem))))
		})},
		{"sequence", "a sequence with metadata of its own", append([]byte(atom("ftyp", "msf1", u32(0), "avis")),
			atom("moov", atom("mvhd"), atom("udta"), atom("uuid", uuidXMP+xmp))...)},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name+".heic", s.made, s.object) })
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       bool
	}{
		{"heic", ftyp, true},
		{"avif", atom("ftyp", "avif", u32(0)), true},
		{"mif1", atom("ftyp", "mif1", u32(0)), true},
		{"unknown brand that is compatible with heic", atom("ftyp", "zzzz", u32(0), "miaf", "heic"), true},
		{"mp4 that names a picture brand", atom("ftyp", "isom", u32(0), "mif1"), true},
		{"mp4", atom("ftyp", "mp42", u32(0), "isom"), true},
		{"quicktime", atom("ftyp", "qt  ", u32(0)), true},
		{"quicktime without ftyp", atom("moov", atom("mvhd")), true},
		{"quicktime with wide", atom("wide") + "\x00\x10\x00\x00mdat", true},
		{"long mdat first", "\x00\x00\x00\x01mdat", true},
		{"new brand", atom("ftyp", "zzzz", u32(0)), true},
		{"motion jpeg 2000", atom("ftyp", "mjp2", u32(0)), false},
		{"text with moov", "let moov on", false},
		{"text with free", "be, free as air", false},
		{"jpeg 2000", atom("ftyp", "jp2 ", u32(0)), false},
		{"nothing", "", false},
		{"text", "see ftypheic below", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := New().Match([]byte(c.head)); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func nest(n int, kind, s string) string {
	for range n {
		s = atom(kind, s)
	}
	return s
}

func hostile() map[string][]byte {
	deep := ""
	for range 1000 {
		deep = meta(deep)
	}
	exif := iinf(infe(1, "Exif", ""))
	fan := []string{loc(1, 2, slices.Repeat([]int{0, 0}, 1000)...)}
	ref := []string{atom("iloc", u16(1), u16(1), u16(2))}
	for i := 2; i < 9; i++ {
		fan = append(fan, loc(i, 2, slices.Repeat([]int{0, 0}, 1000)...))
		ref = append(ref, atom("iloc", u16(i), u16(1), u16(i+1)))
	}
	cutData := file(exifItem, func(at int) string { return meta(exif, iloc(loc(1, 0, at, len(exifItem)))) })
	var infos, same, overlap []string
	for i := 1; i <= 500; i++ {
		infos = append(infos, infe(i, "Exif", ""))
		same = append(same, loc(i, 0, 0, 1000))
		overlap = append(overlap, loc(i, 0, 0, 1000, 0, 1000))
	}
	return map[string][]byte{
		"same bytes":       []byte(ftyp + meta(iinf(infos...), iloc(same...))),
		"overlap":          []byte(ftyp + meta(iinf(infos...), iloc(overlap...))),
		"meta in meta":     []byte(ftyp + deep),
		"deep properties":  []byte(ftyp + meta(atom("iprp", nest(500, "ipco", "")))),
		"item past end":    []byte(ftyp + meta(exif, iloc(loc(1, 0, 1<<31, 1<<30)))),
		"offset wraps":     []byte(ftyp + meta(exif, full("iloc", 1, "\x88\x80", u16(1), u16(1), u16(0), u16(0), strings.Repeat("\xff", 8), u16(1), strings.Repeat("\xff", 16)))),
		"built from self":  []byte(ftyp + meta(exif, full("iref", 0, atom("iloc", u16(1), u16(1), u16(1))), iloc(loc(1, 2, 0, 0)))),
		"fan":              []byte(ftyp + meta(exif, full("iref", 0, ref...), iloc(fan...))),
		"free extents":     []byte(ftyp + meta(exif, full("iloc", 1, "\x00\x00", u16(65535), strings.Repeat(u16(1)+u16(0)+u16(0)+u16(65535), 65535)))),
		"extents declared": []byte(ftyp + meta(exif, full("iloc", 1, "\x44\x00", u16(1), u16(1), u16(0), u16(0), u16(65535), u32(0)))),
		"items declared":   []byte(ftyp + meta(full("iinf", 0, u16(65535), infe(1, "Exif", "")), iloc(loc(1, 0, 0, 4)))),
		"no place":         []byte(ftyp + meta(exif)),
		"many boxes":       []byte(ftyp + strings.Repeat(atom("free"), media.MaxBoxes+1)),
		"small size":       []byte(ftyp + "\x00\x00\x00\x04meta"),
		"large size":       []byte(ftyp + "\x00\x00\x00\x01mdat\xff\xff\xff\xff\xff\xff\xff\xff"),
		"cut large size":   []byte(ftyp + "\x00\x00\x00\x01mdat\xff"),
		"cut":              file(exifItem, func(at int) string { return meta(exif, iloc(loc(1, 0, at, len(exifItem)))) })[:120],
		"cut data":         cutData[:len(cutData)-5],
		"pixels":           []byte(ftyp + meta(atom("iprp", atom("ipco", full("ispe", 0, u32(1<<20), u32(1<<20)), full("ispe", 0, u32(1<<20), u32(1<<20)))))),
		"size zero":        []byte(ftyp + atom("moov") + "\x00\x00\x00\x00mdat" + "to the end"),
		"only a type":      []byte(ftyp),
		"only samples":     []byte(ftyp + atom("wide") + atom("mdat", "samples")),
	}
}

func TestProblems(t *testing.T) {
	want := map[string][]media.Reason{
		"same bytes":       nil,
		"overlap":          {media.LimitBytes},
		"meta in meta":     {media.LimitDepth},
		"deep properties":  nil, // only one ipco is looked into
		"item past end":    {media.Corrupt},
		"offset wraps":     {media.Corrupt},
		"built from self":  {media.Corrupt},
		"fan":              {media.Corrupt},
		"free extents":     nil,
		"extents declared": {media.Corrupt},
		"items declared":   {media.Corrupt},
		"no place":         {media.Corrupt},
		"many boxes":       {media.LimitCount},
		"small size":       {media.Corrupt},
		"large size":       {media.Corrupt},
		"cut large size":   {media.Corrupt},
		"cut":              {media.Truncated},
		"cut data":         {media.Truncated},
		"pixels":           {media.LimitPixels},
		"size zero":        nil,
		"only a type":      {media.Truncated},
		"only samples":     {media.Truncated},
	}
	for name, object := range hostile() {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want[name], mediatest.Walk(t, New(), object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// Exif at the end of a long picture costs one more read.
func TestExifAtTheEnd(t *testing.T) {
	picture := strings.Repeat("p", 1<<20)
	object := file(picture+exifItem, func(at int) string {
		return meta(iinf(infe(1, "Exif", "")), iloc(loc(1, 0, at+len(picture), len(exifItem))))
	})
	v := mediatest.Walk(t, New(), object)
	if len(v.Blocks) != 1 || string(v.Blocks[0].Data) != tiff || v.Read > 4<<12 {
		t.Errorf("%d blocks after %d bytes in %d reads", len(v.Blocks), v.Read, v.Reads)
	}
}

// Items that point at the same bytes hand them on once.
func TestSameBytes(t *testing.T) {
	if v := mediatest.Walk(t, New(), hostile()["same bytes"]); len(v.Blocks) != 1 {
		t.Errorf("%d blocks", len(v.Blocks))
	}
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{nil, []byte(ftyp)}
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
