package gif

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	screen  = "GIF89a\x02\x00\x02\x00\x80\x00\x00\xff\xff\xff\x00\x00\x00"
	picture = "\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
	packet  = `<x:xmpmeta xmlns:x="adobe:ns:meta/"/>`
)

// blocks parts data into sub-blocks.
func blocks(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		n := min(len(s), 255)
		b.WriteByte(byte(n))
		b.WriteString(s[:n])
		s = s[n:]
	}
	return b.String() + "\x00"
}

func comment(s string) string { return "\x21\xfe" + blocks(s) }

func app(name, data string) string { return "\x21\xff\x0b" + name + data }

// ramp is what stands behind a packet of XMP.
func ramp() string {
	b := []byte{1}
	for i := 255; i >= 0; i-- {
		b = append(b, byte(i))
	}
	return string(append(b, 0))
}

var samples = []struct {
	name, made string
	object     []byte
}{
	{"all.gif", "comments around a picture, XMP, IPTC, plain text, a loop, a trailer", []byte(screen + app("NETSCAPE2.0", blocks("\x01\x00\x00")) +
		app("XMP DataXMP", packet+ramp()) + comment(strings.Repeat("long ", 100)+"Ana") + "\x21\xf9\x04\x00\x00\x00\x00\x00" + picture +
		app("MGKIPTC0000", blocks("\x1c\x02\x50\x00\x03Ana")) + "\x21\x01\x0c" + strings.Repeat("\x00", 12) + blocks("shown") + comment("caf\xe9") + ";behind")},
	{"cut.gif", "the file ends inside of a comment", []byte(screen + comment("Ana and Bo"))[:26]},
}

func TestGolden(t *testing.T) {
	for _, s := range samples {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, New(), s.name, s.made, s.object) })
	}
}

func TestProblems(t *testing.T) {
	huge := strings.Replace(screen, "\x02\x00\x02\x00", "\xff\xff\xff\xff", 1)
	for _, c := range []struct {
		name, object string
		want         []media.Reason
	}{
		{"whole", screen + picture + ";", nil},
		{"padding behind", screen + picture + ";\x00\x00", nil},
		{"a block ended twice", screen + picture + "\x00;", nil},
		{"another version", strings.Replace(screen, "89a", "89A", 1) + ";", []media.Reason{media.Corrupt}},
		{"signature", "GIF89a", []media.Reason{media.Truncated}},
		{"colours cut", screen[:15], []media.Reason{media.Truncated}},
		{"no end", screen + picture, []media.Reason{media.Truncated}},
		{"picture cut", (screen + picture)[:len(screen)+12], []media.Reason{media.Truncated}},
		{"no block", screen + "something else", []media.Reason{media.Corrupt}},
		{"too many pixels", huge + ";", []media.Reason{media.LimitPixels}},
		{"too many blocks", screen + strings.Repeat("\x00", media.MaxSegments+1), []media.Reason{media.LimitSegs}},
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
		seeds = append(seeds, s.object)
	}
	mediatest.Fuzz(f, New(), append(seeds, []byte(screen+"\x21\xff\x0bXMP DataXMP\x01"), []byte(screen+"\x21\x01"), []byte(screen+"\x2c"))...)
}

func BenchmarkWalk(b *testing.B) {
	object := []byte(screen + strings.Repeat("\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02"+blocks(strings.Repeat("x", 100_000)), 10) + ";")
	b.SetBytes(int64(len(object)))
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
