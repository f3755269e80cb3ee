package jpeg

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// The samples are made here; there is no picture in them.

const (
	start  = "\xFF\xD8"
	finish = "\xFF\xD9"
	tiff   = "II*\x00\x08\x00\x00\x00\x01\x00\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00"
	xmp    = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
	irb    = "8BIM\x04\x04\x00\x00\x00\x00\x00\x10\x1c\x02\x50\x00\x0bAna Exemplo"
)

func segment(marker byte, payload string) string {
	b := binary.BigEndian.AppendUint16([]byte{0xFF, marker}, uint16(len(payload)+2))
	return string(b) + payload
}

func exif(payload string) string { return segment(app1, "Exif\x00\x00"+payload) }

// extended is one piece of an extended packet: guid is one letter, repeated.
func extended(guid string, total, at int, data string) string {
	b := binary.BigEndian.AppendUint32(nil, uint32(total))
	b = binary.BigEndian.AppendUint32(b, uint32(at))
	return segment(app1, extendedSig+strings.Repeat(guid, 32)+string(b)+data)
}

// picture is frame header, scan header and a few bytes of entropy-coded data, one
// of them an escaped 0xFF.
const picture = "\xFF\xC0\x00\x0B\x08\x00\x08\x00\x08\x01\x01\x11\x00" + "\xFF\xDA\x00\x08\x01\x01\x00\x00\x3F\x00" + "data\xFF\x00\xFF\xD0data"

func object(segments ...string) []byte {
	return []byte(start + strings.Join(segments, "") + picture + finish)
}

type sample struct {
	name, made string
	object     []byte
}

func samples() []sample {
	jfif := segment(0xE0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")
	long := strings.Repeat("x", 65_000)
	return []sample{
		{"all", "every kind of segment that is read", object(jfif, exif(tiff), segment(app1, xmpSig+"\x00"+xmp), segment(0xE2, "ICC_PROFILE\x00"), segment(app13, photoshopSig+irb), segment(com, "drawn for Ana Exemplo\x00"))},
		{"extended", "extended XMP of two packets, out of order and before the main one", object(extended("A", 8, 4, "5678"), extended("B", 2, 0, "zz"), segment(app1, xmpSig+"\x00"+xmp), extended("A", 8, 0, "1234"))},
		{"extended-overlap", "pieces repeated and overlapping", object(extended("A", 8, 0, "1234"), extended("A", 8, 0, "1234"), extended("A", 8, 2, "345678"))},
		{"split-exif", "Exif over two segments, then another of its own", object(exif(tiff+long), exif("the rest of it"), exif(tiff))},
		{"split-irb", "Photoshop resources over two segments", object(segment(app13, photoshopSig+irb[:9]), segment(app13, photoshopSig+irb[9:]))},
		{"fill", "fill bytes before markers", object("\xFF\xFF\xFF"+segment(com, "one"), "\xFF"+segment(com, "two"))},
		{"comments", "comments in UTF-8, in Latin-1, and an empty one", object(segment(com, "Ren\u00e9e"), segment(com, "Ren\xE9e "), segment(com, " \x00"), segment(com, ""))},
		{"split-comment", "a comment over two segments, then one of its own", object(segment(com, long), segment(com, "Ana Exemplo"), segment(com, "another"))},
		{"app12", "a comment of Photoshop, and the lines of an old camera", object(
			segment(app12, "Ducky\x00\x01\x00\x04\x00\x00\x00\x3C\x00\x02\x00\x0C\x00\x00\x00\x04\x00Z\x00o\x00\xEB\x00!\x00\x00"),
			segment(app12, "Maker 1 \x00[picture info]\r\nSerial#=0042\r\nOwner=Ren\xE9e\r\n"), segment(app12, "of nobody"))},
		{"any-case", "an Exif mark in small letters and with an odd sixth byte", object(segment(app1, "exif\x00\xFF"+tiff))},
		{"xmp-no-nul", "an XMP mark without its NUL", object(segment(app1, xmpSig+xmp))},
		{"tables-only", "no picture at all", []byte(start + segment(com, "tables") + finish)},
		{"trailer", "a second picture behind the first", append(object(segment(com, "front")), object(segment(com, "back"))...)},
		{"trailer-private", "a phone's private notes behind the picture", append(object(), "SEFHk of a phone, in no known form"...)},
		{"bigtiff", "an Exif block in BigTIFF", object(exif("MM\x00+\x00\x08\x00\x00"))},
	}
}

func broken() []sample {
	whole := object(segment(com, "Ana Exemplo"))
	return []sample{
		{"no-soi", "starts with its first segment", object(exif(tiff))[2:]},
		{"no-tiff", "an Exif segment that holds something else", object(exif("nothing of the kind"), segment(com, "still read"))},
		{"length-0", "a segment of length 0, then a sound one", object("\xFF\xE0\x00\x00", segment(com, "still read"))},
		{"garbage", "bytes between segments", object(segment(com, "one"), "12 bytes \xFF\x00\xFF?", segment(com, "still read"))},
		{"cut-scan", "cut within the picture", whole[:len(whole)-4]},
		{"cut-segment", "cut within a comment", whole[:12]},
		{"cut-marker", "cut within a marker", whole[:3]},
		{"cut-early", "cut before the picture", []byte(start + segment(com, "all that there is"))},
		{"extended-gap", "extended XMP with a piece missing", object(extended("A", 9, 0, "123"), extended("A", 9, 6, "789"))},
		{"extended-short", "extended XMP with a header cut", object(segment(app1, extendedSig+"AAAA"))},
	}
}

func bombs() []sample {
	return []sample{
		{"many-exif", "20,000 Exif segments", object(strings.Repeat(exif(tiff), 20_000))},
		{"many-comments", "100,001 empty segments", object(strings.Repeat(segment(0xEF, ""), media.MaxSegments+1))},
		{"extended-total", "extended XMP that claims 4 GiB", object(extended("A", 0xFFFFFFFF, 0, "1"), extended("A", 0xFFFFFFFF, 0xFFFFFFF0, "2"))},
		{"only-fill", "nothing but fill bytes", append([]byte(start), bytes.Repeat([]byte{0xFF}, 200_000)...)},
		{"only-garbage", "nothing but garbage", append([]byte(start), bytes.Repeat([]byte{0xFF, 0x13}, 100_000)...)},
		{"only-restarts", "markers without length", append([]byte(start), bytes.Repeat([]byte{0xFF, 0xD0}, 100_000)...)},
		{"zero-lengths", "segments of length 0", append([]byte(start), bytes.Repeat([]byte{0xFF, 0xE1, 0, 0}, 50_000)...)},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range slices.Concat(samples(), broken()) {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func TestSoundFilesAreComplete(t *testing.T) {
	for _, s := range samples() {
		if v := mediatest.Walk(t, New(), s.object); len(v.Problems) > 0 {
			t.Errorf("%s: %v", s.name, v.Reasons())
		}
	}
}

func TestDamage(t *testing.T) {
	want := map[string]media.Reason{
		"no-soi": media.Corrupt, "no-tiff": media.Corrupt, "length-0": media.Corrupt, "garbage": media.Corrupt,
		"cut-scan": media.Truncated, "cut-segment": media.Truncated, "cut-marker": media.Truncated, "cut-early": media.Truncated,
		"extended-gap": media.Corrupt, "extended-short": media.Corrupt,
		"many-exif": media.LimitSegs, "many-comments": media.LimitSegs, "extended-total": media.Corrupt,
		"only-fill": media.Corrupt, "only-garbage": media.Corrupt, "only-restarts": media.LimitSegs, "zero-lengths": media.Corrupt,
	}
	for _, s := range slices.Concat(broken(), bombs()) {
		v := mediatest.Walk(t, New(), s.object)
		if !slices.Contains(v.Reasons(), want[s.name]) {
			t.Errorf("%s: reasons %v, want %s", s.name, v.Reasons(), want[s.name])
		}
		if bytes.Contains(s.object, []byte("still read")) && !slices.ContainsFunc(v.Parts, func(p detectors.Part) bool { return string(p.Text) == "still read" }) {
			t.Errorf("%s: what is sound was lost", s.name)
		}
	}
}

// TestPrefixes cuts a file everywhere: that is always told.
func TestPrefixes(t *testing.T) {
	whole := samples()[0].object
	for n := range whole {
		if v := mediatest.Walk(t, New(), whole[:n]); len(v.Problems) == 0 {
			t.Errorf("cut at %d of %d: nothing was said", n, len(whole))
		}
	}
}

// TestLeavesThePictureAlone walks a file too large to be looked through.
func TestLeavesThePictureAlone(t *testing.T) {
	b := append(object(exif(tiff)), make([]byte, 4<<20)...)
	v := mediatest.Walk(t, New(), b)
	if v.Read > 16<<10 || len(v.Problems) > 0 {
		t.Errorf("%d bytes read, problems %v", v.Read, v.Problems)
	}
}

func TestJoinedBlocks(t *testing.T) {
	blocks := func(name string) (got []string) {
		i := slices.IndexFunc(samples(), func(s sample) bool { return s.name == name })
		for _, b := range mediatest.Walk(t, New(), samples()[i].object).Blocks {
			got = append(got, string(b.Data))
		}
		return got
	}
	for name, want := range map[string][]string{
		"extended":         {"12345678", "zz", xmp},
		"extended-overlap": {"12345678"},
		"split-exif":       {tiff + strings.Repeat("x", 65_000) + "the rest of it", tiff},
		"split-irb":        {irb},
	} {
		if d := cmp.Diff(want, blocks(name)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       bool
	}{
		{"JFIF", start + "\xFF\xE0", true},
		{"tables first", start + "\xFF\xDB", true},
		{"cut", start, true},
		{"no start, Exif", exif(tiff), true},
		{"no start, JFIF", segment(0xE0, "JFIF\x00\x01\x01"), true},
		{"UTF-16", "\xFF\xFEa\x00b\x00c\x00d\x00", false},
		{"text", "JFIF is a format", false},
		{"empty", "", false},
	} {
		if got := New().Match([]byte(tt.head)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func checkAllocation(t testing.TB, b []byte) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	err := New().Walk(bytes.NewReader(b), int64(len(b)), mediatest.Discard{})
	runtime.ReadMemStats(&after)
	if _, ok := err.(*media.Problem); err != nil && !ok {
		t.Errorf("walk: %v", err)
	}
	if used, limit := after.TotalAlloc-before.TotalAlloc, uint64(4*len(b)+1<<20); used > limit {
		t.Errorf("%d bytes allocated for a file of %d", used, len(b))
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range slices.Concat(samples(), broken(), bombs()) {
		f.Add(s.object)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		mediatest.Abuse(t, New(), b)
		checkAllocation(t, b)
	})
}

func BenchmarkWalk(b *testing.B) {
	o := append(object(exif(tiff+strings.Repeat("x", 20_000)), segment(app1, xmpSig+"\x00"+xmp), segment(0xE2, strings.Repeat("p", 3000))), make([]byte, 2<<20)...)
	r := bytes.NewReader(o)
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(io.NewSectionReader(r, 0, r.Size()), r.Size(), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
