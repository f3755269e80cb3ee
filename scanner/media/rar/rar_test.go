package rar

import (
	"bytes"
	"encoding/binary"
	"flag"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const text = "Write to ana@example.org or call +1 202 555 0143.\n"

func vint(n int) string { return string(binary.AppendUvarint(nil, uint64(n))) }

func le32(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

// header5 is a header of RAR 5: checksum, size, and what it holds.
func header5(body string) string {
	s := vint(len(body)) + body
	return le32(crc32.ChecksumIEEE([]byte(s))) + s
}

// member5 is a stored member of RAR 5.
func member5(name, data string, sum uint32, extra string) string {
	flags := 2
	x := ""
	if extra != "" {
		flags |= 1
		x = vint(len(extra))
	}
	return header5(vint(2)+vint(flags)+x+vint(len(data))+vint(4)+vint(len(data))+vint(0)+le32(sum)+vint(0)+vint(1)+vint(len(name))+name+extra) + data
}

func rar5(members string) []byte {
	return []byte(magic + "\x01\x00" + header5(vint(1)+vint(0)+vint(0)) + members + header5(vint(5)+vint(0)+vint(0)))
}

// header15 is a header of RAR 1.5 to 4.
func header15(kind byte, flags int, body string) string {
	s := string([]byte{kind, byte(flags), byte(flags >> 8)}) + string(binary.LittleEndian.AppendUint16(nil, uint16(len(body)+7))) + body
	return string(binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE([]byte(s))))) + s
}

func rar15(name, data string) []byte {
	body := le32(uint32(len(data))) + le32(uint32(len(data))) + "\x03" + le32(crc32.ChecksumIEEE([]byte(data))) + le32(0) + "\x14\x30" +
		string(binary.LittleEndian.AppendUint16(nil, uint16(len(name)))) + le32(0x81a4) + name
	return []byte(magic + "\x00" + header15(0x73, 0, "\x00\x00\x00\x00\x00\x00") + header15(0x74, 0x8000, body) + data + header15(0x7b, 0x4000, ""))
}

func samples() map[string][]byte {
	sum := crc32.ChecksumIEEE([]byte(text))
	crypt := vint(1) + vint(0) + vint(0) + "\x0f" + "0123456789abcdef" + "0123456789abcdef"
	whole := rar5(member5("a.txt", text, sum, "") + member5("dir/Zoë.txt", text, sum, ""))
	return map[string][]byte{
		"rar5":      whole,
		"rar4":      rar15("a.txt", text),
		"checksum":  rar5(member5("a.txt", text, sum+1, "") + member5("b.txt", text, sum, "")),
		"encrypted": rar5(member5("a.txt", text+"pad to 16 bytes.........."[:14], sum, vint(len(crypt))+crypt)),
		"cut":       whole[:80],
		"header":    []byte(magic + "\x01\x00"),
		"broken":    []byte(magic + "\x01\x00" + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".rar", "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	for name, want := range map[string][]media.Reason{
		"rar5": nil, "rar4": nil, "checksum": {media.Corrupt}, "encrypted": {media.Encrypted}, "cut": {media.Truncated}, "broken": {media.Corrupt}, "header": {media.Truncated},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(want, mediatest.Walk(t, New(), samples()[name]).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
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
	object := samples()["rar5"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
