package flir

import (
	"bytes"
	"encoding/binary"
	"flag"
	"io"
	"math"
	"slices"
	"testing"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// record is one to be written.
type record struct {
	kind uint16
	data []byte
}

func file(order binary.AppendByteOrder, records ...record) []byte {
	b := make([]byte, headerSize)
	copy(b, "FFF\x00made up")
	o := order.(binary.ByteOrder)
	o.PutUint32(b[0x14:], 100)
	o.PutUint32(b[0x18:], headerSize)
	o.PutUint32(b[0x1C:], uint32(len(records)))
	at := headerSize + entrySize*len(records)
	for _, r := range records {
		e := make([]byte, entrySize)
		o.PutUint16(e, r.kind)
		o.PutUint32(e[0x0C:], uint32(at))
		o.PutUint32(e[0x10:], uint32(len(r.data)))
		b, at = append(b, e...), at+len(r.data)
	}
	for _, r := range records {
		b = append(b, r.data...)
	}
	return b
}

func camera() record {
	b := make([]byte, 0x300)
	copy(b[0x104:], "470000123")
	copy(b[0x1A0:], "LENS0042")
	copy(b[0x21C:], "\xFF\x01 not text")
	return record{cameraInfo, b}
}

func receiver(lat, lon float64, refs string) record {
	b := make([]byte, 0x60)
	b[0], b[8], b[10] = 1, refs[0], refs[1]
	binary.LittleEndian.PutUint64(b[0x10:], math.Float64bits(lat))
	binary.LittleEndian.PutUint64(b[0x18:], math.Float64bits(lon))
	binary.LittleEndian.PutUint32(b[0x20:], math.Float32bits(12.5))
	return record{gpsInfo, b}
}

func light() record {
	return record{embeddedImage, append(make([]byte, imageHeader), "\xFF\xD8\xFF\xD9 no pixels"...)}
}

func samples() map[string][]byte {
	return map[string][]byte{
		"camera": file(binary.BigEndian, record{1, make([]byte, 64)}, camera(), receiver(59.5, 18.25, "NE"), light()),
		"south":  file(binary.LittleEndian, receiver(33.5, -70.5, "SW")),
	}
}

func hostile() map[string][]byte {
	long := file(binary.BigEndian, camera())
	binary.BigEndian.PutUint32(long[0x1C:], math.MaxUint32)
	far := file(binary.BigEndian, camera())
	binary.BigEndian.PutUint32(far[0x18:], math.MaxUint32)
	wide := file(binary.BigEndian, camera())
	binary.BigEndian.PutUint32(wide[headerSize+0x10:], math.MaxUint32)
	return map[string][]byte{
		"entries-huge": long, "directory-far": far, "record-huge": wide,
		"cut-header": file(binary.BigEndian)[:0x30],
		"nowhere":    file(binary.BigEndian, receiver(math.NaN(), 400, "NE")),
	}
}

func TestGolden(t *testing.T) {
	for name, b := range samples() {
		mediatest.Golden(t, *update, New(), name, "built by file in flir_test.go", b)
	}
}

func TestDamage(t *testing.T) {
	want := map[string]media.Reason{"entries-huge": media.LimitCount, "directory-far": media.Truncated, "record-huge": media.Truncated,
		"cut-header": media.Truncated, "nowhere": media.Invalid}
	for name, b := range hostile() {
		if v := mediatest.Walk(t, New(), b); !slices.Contains(v.Reasons(), want[name]) {
			t.Errorf("%s: reasons %v, want %s", name, v.Reasons(), want[name])
		}
	}
}

func TestMatch(t *testing.T) {
	for head, want := range map[string]bool{
		string(file(binary.BigEndian)):                   true,
		string(file(binary.LittleEndian)):                true,
		"FFF\x00 and text that goes on, with no version": false,
		"FFF": false,
	} {
		if New().Match([]byte(head)) != want {
			t.Errorf("%q: want %v", head[:3], want)
		}
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, set := range []map[string][]byte{samples(), hostile()} {
		for _, b := range set {
			seeds = append(seeds, b)
		}
	}
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["camera"]
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(io.NewSectionReader(bytes.NewReader(object), 0, int64(len(object))), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
