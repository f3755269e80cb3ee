package fit

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

// file puts the head of a file before its messages, and a checksum behind.
func file(messages ...string) []byte {
	all := strings.Join(messages, "")
	h := append([]byte{14, 0x20}, 0x54, 0x08)
	h = binary.LittleEndian.AppendUint32(h, uint32(len(all)))
	return []byte(string(h) + ".FIT\x00\x00" + all + "\x12\x34")
}

// define says how a message is written: number, size and kind of each field.
func define(local byte, global uint16, fields ...[3]byte) string {
	b := binary.LittleEndian.AppendUint16([]byte{0x40 | local, 0, 0}, global)
	b = append(b, byte(len(fields)))
	for _, f := range fields {
		b = append(b, f[:]...)
	}
	return string(b)
}

func u32(ns ...uint32) (s string) {
	for _, n := range ns {
		s += string(binary.LittleEndian.AppendUint32(nil, n))
	}
	return s
}

func semicircles(degrees float64) uint32 { return uint32(int32(degrees / 180 * (1 << 31))) }

func samples() map[string][]byte {
	points := define(0, record, [3]byte{timestamp, 4, 0x86}, [3]byte{0, 4, 0x85}, [3]byte{1, 4, 0x85}, [3]byte{2, 2, 0x84}, [3]byte{3, 1, 2})
	at := func(n uint32, lat, lon float64) string {
		return "\x00" + u32(1164879000+n, semicircles(lat), semicircles(lon)) + "\x60\x0b\x50"
	}
	lost := "\x00" + u32(1164879000, 1<<31-1, 1<<31-1) + "\xff\xff\x50"
	head := define(1, fileID, [3]byte{0, 1, 0}, [3]byte{3, 4, 0x8c}, [3]byte{8, 8, 7}) + "\x01\x04" + u32(3912345678) + "Watch 9\x00"
	user := define(2, userProfile, [3]byte{0, 12, 7}) + "\x02Ana Exemplo\x00"
	devices := define(3, deviceInfo, [3]byte{3, 4, 0x8c}, [3]byte{19, 4, 7}) + "\x03" + u32(77) + "pod\x00" + "\x03" + u32(77) + "pod\x00" + "\x03" + u32(0) + "\x00abc"
	big := "\x44\x00\x01\x00\x1d\x03\x00\x05\x07\x01\x04\x85\x02\x04\x85" + "\x04Home\x00" + string(binary.BigEndian.AppendUint32(nil, semicircles(48.8577))) + string(binary.BigEndian.AppendUint32(nil, semicircles(2.295)))
	apps := "\x60\x00\x00\x14\x00\x01\xfd\x04\x86\x02\x00\x03\x00\x01\x02\x01" + "\x00" + u32(1) + "appsx"
	packed := define(1, record, [3]byte{0, 4, 0x85}, [3]byte{1, 4, 0x85}) + "\xa5" + u32(semicircles(1.5), semicircles(-2.5))
	return map[string][]byte{
		"activity": file(head, user, devices, points, lost, at(0, 37.3797, -122.0307), at(5, 37.38, -122.03), at(9, 37.3801, -122.0299), big, apps),
		"session":  file(define(0, session, [3]byte{timestamp, 4, 0x86}, [3]byte{3, 4, 0x85}, [3]byte{4, 4, 0x85})+"\x00"+u32(1164879000, semicircles(-33.8568), semicircles(151.2153)), define(1, course, [3]byte{5, 9, 7})+"\x01To Bo's\x00\x00"),
		"chained":  append(file(points, at(0, 1, 2)), file(packed)...),
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
	whole := samples()["activity"]
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":              {whole, nil},
		"head cut":           {whole[:9], []media.Reason{media.Truncated}},
		"cut":                {whole[:len(whole)-30], []media.Reason{media.Truncated}},
		"no definition":      {file("\x05"), []media.Reason{media.Corrupt}},
		"definition too far": {file("\x40\x00\x00\x14\x00\xff\x01"), []media.Reason{media.Truncated}},
		"bytes behind":       {append(bytes.Clone(whole), "more of them"...), nil},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)/2])
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["activity"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
