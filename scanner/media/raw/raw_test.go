package raw

import (
	"bytes"
	"encoding/binary"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	jpeg = "\xff\xd8\xff\xd9"
	tiff = "MM\x00*\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00"
)

func be32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }
func le16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }
func le32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

func raf(off, n int) string {
	s := magicRAF + "0201FF129502Exemplo X1"
	return s + strings.Repeat("\x00", 84-len(s)) + be32(off) + be32(n) + strings.Repeat("\x00", 16) + jpeg + "sensor"
}

func mrw(blocks string) string { return magicMRW + be32(len(blocks)) + blocks + "sensor" }

func block(kind, data string) string { return "\x00" + kind + be32(len(data)) + data }

func wide(s string) string {
	var b strings.Builder
	for _, r := range s + "\x00" {
		b.WriteString(le16(int(r)))
	}
	return b.String()
}

// x3f puts sections in front of their directory.
func x3f(sections ...[2]string) string {
	s, dir := magicX3F+"\x02\x00\x02\x00"+strings.Repeat("\x00", 32), ""
	for _, sec := range sections {
		dir += le32(len(s)) + le32(len(sec[1])) + sec[0]
		s += sec[1]
	}
	at := len(s)
	return s + "SECd" + le32(0x20000) + le32(len(sections)) + dir + le32(at)
}

func properties(pairs ...string) string {
	var index, texts string
	for _, p := range pairs {
		index += le32(len(texts) / 2)
		texts += wide(p)
	}
	return "SECp" + le32(0x20000) + le32(len(pairs)/2) + le32(0) + le32(0) + le32(len(texts)/2) + index + texts
}

func image(format int, data string) string {
	return "SECi" + le32(0x20000) + le32(2) + le32(format) + le32(1) + le32(1) + le32(0) + data
}

// heap puts values in front of their directory.
func heap(values string, entries ...string) string {
	return values + le16(len(entries)) + strings.Join(entries, "") + le32(len(values))
}

func at(kind, n, off int) string { return le16(kind) + le32(n) + le32(off) }

func crw(h string) string { return "II" + le32(26) + magicCRW + strings.Repeat("\x00", 12) + h }

var inner = heap("Ana Silva\x00", at(0x0810, 10, 0), le16(0x580b)+le32(4711)+le32(0))

var samples = []struct{ name, made, object string }{
	{"photo.raf", "the JPEG of a RAF", raf(108, len(jpeg))},
	{"photo.mrw", "the TIFF of an MRW", mrw(block("PRD", "12345678") + block("TTW", tiff) + block("PAD", "xx"))},
	{"photo.x3f", "properties and a preview", x3f([2]string{"PROP", properties("CAMSERIAL", "4711", "AFMODE", "x", "CAMMANUF", "EXEMPLO")}, [2]string{"IMA2", image(18, jpeg)}, [2]string{"IMA2", image(30, "sensor")})},
	{"photo.crw", "owner and serial number in a heap inside of a heap", crw(heap(inner+jpeg, at(0x300a, len(inner), 0), at(0x2007, len(jpeg), len(inner))))},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, []byte(s.object)) })
	}
}

func TestProblems(t *testing.T) {
	loop := crw(heap("", at(0x300a, 16, 0)))
	for _, c := range []struct {
		name, object string
		want         []media.Reason
	}{
		{"RAF whole", samples[0].object, nil},
		{"RAF cut", samples[0].object[:109], []media.Reason{media.Truncated}},
		{"RAF cut in its header", samples[0].object[:40], []media.Reason{media.Truncated}},
		{"RAF that points outside", raf(1<<30, 9), []media.Reason{media.Truncated}},
		{"MRW cut", samples[1].object[:30], []media.Reason{media.Truncated}},
		{"MRW of no blocks", mrw("something else"), []media.Reason{media.Corrupt}},
		{"X3F cut", samples[2].object[:200], []media.Reason{media.Truncated}},
		{"X3F with too many properties", x3f([2]string{"PROP", "SECp" + le32(0) + le32(1<<30) + le32(0) + le32(0) + le32(0)}), []media.Reason{media.Corrupt}},
		{"CRW cut", samples[3].object[:60], []media.Reason{media.Truncated}},
		{"CRW that holds itself", loop, []media.Reason{media.LimitDepth}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), []byte(c.object)).Reasons()); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

func FuzzWalk(f *testing.F) {
	var seeds [][]byte
	for _, s := range samples {
		seeds = append(seeds, []byte(s.object))
	}
	mediatest.Fuzz(f, New(), append(seeds, []byte(magicX3F+strings.Repeat("\x00", 40)), []byte(crw("\x00\x00\x00\x00")))...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(samples[2].object)
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
