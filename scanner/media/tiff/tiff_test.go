package tiff

import (
	"bytes"
	"flag"
	"io"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rwcarlsen/goexif/exif"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

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
		"zero-count": media.Corrupt, "bad-type": media.Corrupt, "cut-text": media.Truncated, "cut-ifd": media.Truncated,
		"cut-header": media.Truncated, "self-loop": media.Corrupt, "two-loop": media.Corrupt, "offset-in-header": media.Corrupt,
		"offset-far": media.Corrupt, "count-huge": media.Corrupt, "entries-huge": media.Corrupt, "nan": media.Invalid,
		"out-of-range": media.Invalid, "many-pixels": media.LimitPixels, "cut-strip": media.Truncated,
		"cut-thumbnail": media.Truncated, "fanout": media.Corrupt,
	}
	lost := []string{"cut-text", "cut-ifd", "cut-header", "offset-in-header", "offset-far", "nan", "out-of-range", "cut-thumbnail"}
	for _, s := range broken() {
		v := mediatest.Walk(t, New(), s.object)
		if !slices.Contains(v.Reasons(), want[s.name]) {
			t.Errorf("%s: reasons %v, want %s", s.name, v.Reasons(), want[s.name])
		}
		if !slices.Contains(lost, s.name) && v.Tag("Artist") != "Ana Exemplo" {
			t.Errorf("%s: what is sound was lost", s.name)
		}
	}
}

// allocated runs f and gives the bytes it allocated.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// walkDiscard walks b without the copies that a recording visitor makes.
func walkDiscard(t testing.TB, b []byte) {
	err := New().Walk(bytes.NewReader(b), int64(len(b)), mediatest.Discard{})
	if _, ok := err.(*media.Problem); err != nil && !ok {
		t.Errorf("walk: %v", err)
	}
}

func checkAllocation(t testing.TB, b []byte) {
	if used, limit := allocated(func() { walkDiscard(t, b) }), uint64(4*len(b)+1<<20); used > limit {
		t.Errorf("%d bytes allocated for a file of %d", used, len(b))
	}
}

func TestBombsAreRefused(t *testing.T) {
	for _, s := range bombs() {
		t.Run(s.name, func(t *testing.T) {
			if v := mediatest.Walk(t, New(), s.object); len(v.Problems) == 0 && s.name != "overlap" {
				t.Error("nothing was said")
			}
			checkAllocation(t, s.object)
		})
	}
}

// TestPrefixes cuts a file everywhere: what is left is read, and that it was cut is
// told as long as a structure is missing.
func TestPrefixes(t *testing.T) {
	for _, object := range [][]byte{phone(), camera()} {
		whole := mediatest.Walk(t, New(), object)
		for n := range object {
			v := mediatest.Walk(t, New(), object[:n])
			if len(v.Problems) == 0 && !cmp.Equal(v.Parts, whole.Parts, cmpopts.EquateNaNs()) {
				t.Errorf("cut at %d of %d: nothing was said", n, len(object))
			}
		}
	}
}

// ours walks b and decodes every tag without goexif.
func ours(t *testing.T, b []byte) (tags, both []detectors.Tag) {
	w := &walk{win: window{r: bytes.NewReader(b), size: int64(len(b))}, v: mediatest.Discard{}}
	off, err := w.header()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.chain(off); err != nil {
		t.Fatal(err)
	}
	if err := w.decodeWithGoexif(); err != nil {
		t.Fatal(err)
	}
	for i := range w.entries {
		theirs, err := w.tag(&w.entries[i])
		if err != nil {
			t.Fatal(err)
		}
		if w.entries[i].goexif == nil {
			continue
		}
		w.entries[i].goexif = nil
		own, err := w.tag(&w.entries[i])
		if err != nil {
			t.Fatal(err)
		}
		tags, both = append(tags, own), append(both, theirs)
	}
	return tags, both
}

// TestReadersAgree compares goexif's values with those of our own reader.
func TestReadersAgree(t *testing.T) {
	checked := 0
	for _, s := range samples() {
		if bytes.HasPrefix(s.object, []byte(exifPrefix)) || s.name == "big" {
			continue
		}
		own, theirs := ours(t, s.object)
		checked += len(own)
		if d := cmp.Diff(own, theirs, cmpopts.EquateNaNs()); d != "" {
			t.Errorf("%s (-own +goexif):\n%s", s.name, d)
		}
	}
	if checked < 12 {
		t.Errorf("goexif decoded %d tags of all samples", checked)
	}
}

// checkBlock fails t unless the block made for goexif is small and sound. It is all
// that goexif ever sees.
func checkBlock(t testing.TB, b []byte) {
	w := &walk{win: window{r: bytes.NewReader(b), size: int64(len(b))}, v: mediatest.Discard{}}
	off, err := w.header()
	if err != nil {
		return
	}
	if err := w.chain(off); err != nil || len(w.dirs) == 0 {
		return
	}
	block, offers, err := w.distil()
	if err != nil || len(offers) == 0 {
		return
	}
	if len(block) > blockLimit+64 {
		t.Errorf("a block of %d bytes", len(block))
	}
	if _, err := exif.Decode(bytes.NewReader(block)); err != nil {
		t.Errorf("goexif refuses the block: %v", err)
	}
}

func TestBlockForGoexifIsSound(t *testing.T) {
	for _, s := range slices.Concat(samples(), broken(), bombs()) {
		t.Run(s.name, func(t *testing.T) { checkBlock(t, s.object) })
	}
}

// TestGoexifNames holds the marks in the tables against goexif: it decodes each
// tag that is marked.
func TestGoexifNames(t *testing.T) {
	value := func(d def) field {
		if d.form == asText {
			return ascii(d.id, "text of five words, or so")
		}
		return shorts(little, d.id, 1, 2, 3)
	}
	var image, position []field
	for _, d := range imageTags {
		if d.goexif {
			image = append(image, value(d))
		}
	}
	for _, d := range gpsTags {
		if d.goexif {
			position = append(position, value(d))
		}
	}
	n := len(image) + len(position)
	own, _ := ours(t, build(little, &node{subs: map[uint16][]*node{tagExifIFD: {{fields: image}}, tagGPSIFD: {{fields: position}}}}))
	if len(own) != n {
		t.Errorf("goexif decoded %d of %d marked tags", len(own), n)
	}
}

func TestTablesAreSorted(t *testing.T) {
	for i := 1; i < len(imageTags); i++ {
		if imageTags[i-1].id >= imageTags[i].id {
			t.Errorf("%s does not come after %s", imageTags[i].name, imageTags[i-1].name)
		}
	}
	for i, d := range gpsTags {
		if int(d.id) != i {
			t.Errorf("%s has number %d at %d", d.name, d.id, i)
		}
	}
}

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		name, head string
		want       bool
	}{
		{"little", "II*\x00", true},
		{"big", "MM\x00*", true},
		{"BigTIFF", "II+\x00\x08\x00", true},
		{"Olympus", "IIRO", true},
		{"Olympus 2", "IIRS", true},
		{"Olympus big", "MMOR", true},
		{"Panasonic", "IIU\x00", true},
		{"JPEG XR", "II\xBC\x01", true},
		{"Exif mark", "Exif\x00\x00MM\x00*", true},
		{"Exif mark alone", "Exif\x00\x00", false},
		{"mixed", "II\x00*", false},
		{"text", "III. An introduction", false},
		{"short", "II*", false},
		{"empty", "", false},
	} {
		if got := New().Match([]byte(tt.head)); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestReadsLittle keeps the picture data of a large file unread.
func TestReadsLittle(t *testing.T) {
	object := append(phone(), make([]byte, 8<<20)...)
	if v := mediatest.Walk(t, New(), object); v.Read > 64<<10 {
		t.Errorf("%d bytes read of %d", v.Read, len(object))
	}
}

func TestNaN(t *testing.T) {
	i := slices.IndexFunc(broken(), func(s sample) bool { return s.name == "nan" })
	v := mediatest.Walk(t, New(), broken()[i].object)
	for _, tag := range v.Parts[0].Tags {
		if tag.Name == "GPSLatitude" && !math.IsNaN(tag.Nums[0]) {
			t.Errorf("n/0 is %v", tag.Nums[0])
		}
	}
}

func FuzzWalk(f *testing.F) {
	for _, s := range slices.Concat(samples(), broken(), bombs()) {
		f.Add(s.object)
	}
	f.Fuzz(func(t *testing.T, object []byte) {
		mediatest.Abuse(t, New(), object)
		checkAllocation(t, object)
		checkBlock(t, object)
	})
}

func BenchmarkWalk(b *testing.B) {
	for _, s := range samples()[:2] {
		b.Run(s.name, func(b *testing.B) {
			r := bytes.NewReader(s.object)
			b.ReportAllocs()
			for b.Loop() {
				if err := New().Walk(io.NewSectionReader(r, 0, r.Size()), r.Size(), mediatest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
