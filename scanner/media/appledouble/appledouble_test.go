package appledouble

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

func be16(n int) string { return string(binary.BigEndian.AppendUint16(nil, uint16(n))) }

func be32(ns ...int) (s string) {
	for _, n := range ns {
		s += string(binary.BigEndian.AppendUint32(nil, uint32(n)))
	}
	return s
}

type entry struct {
	id   int
	data string
}

func file(magic string, list ...entry) []byte {
	head := magic + "\x00\x02\x00\x00" + strings.Repeat("\x00", 16) + be16(len(list))
	at := headSize + entrySize*len(list)
	data := ""
	for _, e := range list {
		head += be32(e.id, at+len(data), len(e.data))
		data += e.data
	}
	return []byte(head + data)
}

// attributes are those behind the Finder's information, which is the only entry
// before them: name, value, and so on.
func attributes(list ...string) string {
	base := headSize + 2*entrySize + 34 + 36
	entries, data, size := "", "", 0
	for i := 0; i < len(list); i += 2 {
		size += (11 + len(list[i]) + 1 + 3) &^ 3
	}
	for i := 0; i < len(list); i += 2 {
		name := list[i] + "\x00"
		e := be32(base+size+len(data), len(list[i+1])) + "\x00\x00" + string(rune(len(name))) + name
		entries += e + strings.Repeat("\x00", -len(e)&3)
		data += list[i+1]
	}
	return strings.Repeat("\x00", 34) + "ATTR" + be32(1, base+size+len(data), base+size, len(data), 0, 0, 0) + be16(0) + be16(len(list)/2) + entries + data
}

const jpeg = "\xff\xd8\xff\xe0\x00\x04xx\xff\xd9"

func fork(list ...string) string {
	data := ""
	for _, s := range list {
		data += be32(len(s)) + s
	}
	return be32(16, 16+len(data), len(data), 0) + data
}

func samples() map[string][]byte {
	return map[string][]byte{
		"attributes": file(double, entry{finderInfo, attributes("com.apple.metadata:kMDItemWhereFroms", "bplist00 a list", "com.apple.quarantine", "0083;65;Safari;of Ana",
			"com.apple.lastuseddate#PS", "\x01\x02\x03\x00", "note/of", "call Zoë, +1 202 555 0143", "empty", "")}, entry{resourceFork, fork(jpeg, "\x0bAna Exemplo", "\x01\x02", "write to bo@example.org")}),
		"single": file(single, entry{realName, "Pl\x8ane.txt"}, entry{comment, "for Ana"}, entry{dataFork, "the file itself"}, entry{8, "dates"}),
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
	whole := samples()["attributes"]
	many := bytes.Clone(whole)
	many[24] = 0x7f
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":        {whole, nil},
		"head cut":     {whole[:20], []media.Reason{media.Truncated}},
		"list cut":     {whole[:40], []media.Reason{media.Truncated}},
		"entry cut":    {whole[:200], []media.Reason{media.Truncated}},
		"many entries": {many, []media.Reason{media.LimitCount, media.Truncated}},
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
		seeds = append(seeds, s, s[:len(s)/2], bytes.ReplaceAll(s, []byte{0, 0, 0}, []byte{0, 0xff, 0xff}))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["attributes"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
