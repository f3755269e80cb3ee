package xiph

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const jpeg = "\xff\xd8\xff\xe0picture"

func l32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }
func b32(n int) string { return string(binary.BigEndian.AppendUint32(nil, uint32(n))) }

func comments(fields ...string) string {
	s := l32(4) + "made" + l32(len(fields))
	for _, f := range fields {
		s += l32(len(f)) + f
	}
	return s
}

func pictureOf(desc, data string) string {
	return b32(3) + b32(10) + "image/jpeg" + b32(len(desc)) + desc + strings.Repeat("\x00", 16) + b32(len(data)) + data
}

// block is one of FLAC's.
func block(kind int, data string) string {
	return string(rune(kind&0x7f)) + b32(len(data))[1:] + data
}

func file(blocks ...string) []byte {
	blocks = append([]string{block(0, strings.Repeat("\x00", 34))}, blocks...)
	last := []byte(blocks[len(blocks)-1])
	last[0] |= 0x80
	return []byte("fLaC" + strings.Join(blocks[:len(blocks)-1], "") + string(last) + "\xff\xf8sound")
}

// page is one of Ogg, with its packets; the last one goes on in the next page if
// open is set.
func page(serial, flags int, open bool, packets ...string) string {
	lacing := ""
	for i, p := range packets {
		n := len(p)
		for ; n >= 255; n -= 255 {
			lacing += "\xff"
		}
		if !open || i < len(packets)-1 {
			lacing += string([]byte{byte(n)})
		}
	}
	return "OggS\x00" + string(rune(flags)) + strings.Repeat("\x00", 8) + l32(serial) + l32(0) + l32(0) + string([]byte{byte(len(lacing))}) + lacing + strings.Join(packets, "")
}

type sample struct {
	name, made string
	format     media.Format
	object     []byte
}

func samples() []sample {
	tags := comments("ARTIST=Ana Exemplo", "Album_Artist=Bo", "no key", "CONTACT=ana@example.org", "=empty", "COMMENT=caf\xe9",
		"METADATA_BLOCK_PICTURE="+base64.StdEncoding.EncodeToString([]byte(pictureOf("Ana", jpeg))), "COVERART="+base64.StdEncoding.EncodeToString([]byte(jpeg)))
	long := "OpusTags" + comments("ARTIST=Ana Exemplo", "LYRICS="+strings.Repeat("la ", 255))
	vorbis := "\x01vorbis" + strings.Repeat("\x00", 23)
	return []sample{
		{"both.flac", "comments and a picture", NewFLAC(), file(block(4, tags), block(1, strings.Repeat("\x00", 64)), block(6, pictureOf("", jpeg)))},
		{"cut.flac", "the file ends inside its comments", NewFLAC(), file(block(4, comments("ARTIST=Ana Exemplo", "COMMENT=for ana@example.org, and on and on")))[:100]},
		{"vorbis.ogg", "Vorbis", NewOgg(), []byte(page(1, 2, false, vorbis) + page(1, 0, false, "\x03vorbis"+tags+"\x01", "setup"))},
		{"opus.opus", "Opus, comments over two pages", NewOgg(), []byte(page(1, 2, false, "OpusHead") + page(1, 0, true, long[:510]) + page(1, 1, false, long[510:]))},
		{"video.ogv", "two streams and a skeleton", NewOgg(), []byte(page(9, 2, false, "fishead\x00") + page(1, 2, false, "\x80theora") + page(2, 2, false, vorbis) +
			page(1, 0, false, "\x81theora"+comments("ARTIST=Ana Exemplo")) + page(2, 0, false, "\x03vorbis"+comments("LOCATION=studio")+"\x01"))},
		{"speex.spx", "Speex", NewOgg(), []byte(page(1, 2, false, "Speex   1.2") + page(1, 0, false, comments("AUTHOR=Ana Exemplo")))},
		{"flac.oga", "FLAC in Ogg", NewOgg(), []byte(page(1, 2, false, "\x7fFLAC\x01\x00\x00\x02fLaC") + page(1, 0, false, block(4, comments("ARTIST=Ana Exemplo"))) + page(1, 0, false, block(0x86, pictureOf("", jpeg))))},
		{"careless.ogg", "all headers in one packet, which is cut", NewOgg(), []byte(page(1, 2, false, vorbis+"\x03vorbis"+comments("CONTACT=ana@example.org", "COMMENT=for ana")))[:108]},
	}
}

func TestGolden(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) { mediatest.Golden(t, *update, s.format, s.name, s.made, s.object) })
	}
}

func hostile() []struct {
	name   string
	format media.Format
	object []byte
	want   []media.Reason
} {
	begin := page(1, 2, false, "OpusHead")
	return []struct {
		name   string
		format media.Format
		object []byte
		want   []media.Reason
	}{
		{"FLAC of four bytes", NewFLAC(), []byte("fLaC"), []media.Reason{media.Truncated}},
		{"FLAC without end", NewFLAC(), []byte("fLaC" + block(0, "")), []media.Reason{media.Truncated}},
		{"FLAC without blocks", NewFLAC(), []byte("fLaC\xff\xf8sound"), []media.Reason{media.Corrupt}},
		{"FLAC block too long", NewFLAC(), []byte("fLaC\x84\xff\xff\xff" + comments("ARTIST=Ana")), []media.Reason{media.Truncated}},
		{"many blocks", NewFLAC(), []byte("fLaC" + strings.Repeat(block(1, ""), media.MaxSegments+1)), []media.Reason{media.LimitSegs}},
		{"4 G comments", NewFLAC(), file(block(4, l32(0)+"\xff\xff\xff\xff"+l32(10)+"ARTIST=Ana")), []media.Reason{media.Corrupt}},
		{"comment of 4 GiB", NewFLAC(), file(block(4, l32(0)+l32(1)+"\xff\xff\xff\xffARTIST=Ana")), []media.Reason{media.Corrupt}},
		{"vendor of 4 GiB", NewFLAC(), file(block(4, "\xff\xff\xff\xffmade")), []media.Reason{media.Corrupt}},
		{"empty picture", NewFLAC(), file(block(6, "\x00")), []media.Reason{media.Corrupt}},
		{"picture with long texts", NewFLAC(), file(block(6, b32(3)+"\xff\xff\xff\xffimage/jpeg")), []media.Reason{media.Corrupt}},
		{"Ogg of 11 bytes", NewOgg(), []byte(begin)[:11], []media.Reason{media.Truncated}},
		{"one page", NewOgg(), []byte(begin), []media.Reason{media.Truncated}},
		{"cut page", NewOgg(), []byte(begin + page(1, 0, false, "OpusTags"+comments("ARTIST=Ana")))[:70], []media.Reason{media.Truncated}},
		{"not a page", NewOgg(), []byte(begin + "something else"), []media.Reason{media.Corrupt}},
		{"endless packet", NewOgg(), []byte(begin + strings.Repeat(page(1, 1, true, strings.Repeat("x", 255)), maxPages)), []media.Reason{media.LimitSegs, media.Truncated}},
		{"empty pages", NewOgg(), []byte(begin + strings.Repeat(page(1, 0, false), maxPages)), []media.Reason{media.LimitSegs}},
		{"many streams", NewOgg(), []byte(many(500)), []media.Reason{media.Truncated}},
	}
}

func many(n int) (s string) {
	for i := range n {
		s += page(i, 2, false, "OpusHead")
	}
	return s
}

func TestProblems(t *testing.T) {
	for _, c := range hostile() {
		t.Run(c.name, func(t *testing.T) {
			got := mediatest.Walk(t, c.format, c.object).Reasons()
			if c.name == "endless packet" {
				got = got[:1] // it may be told as cut too
				c.want = c.want[:1]
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       string
	}{
		{"flac", "fLaC\x00", "flac"}, {"ogg", "OggS\x00\x02", "ogg"}, {"text", "OggS is a mark", ""}, {"nothing", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			for _, f := range []media.Format{NewFLAC(), NewOgg()} {
				if f.Match([]byte(c.head)) {
					got = f.Name()
				}
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func seeds(f media.Format) (out [][]byte) {
	for _, s := range samples() {
		if s.format == f {
			out = append(out, s.object, s.object[:len(s.object)*2/3])
		}
	}
	for _, s := range hostile() {
		if s.format == f {
			out = append(out, s.object)
		}
	}
	return out
}

func FuzzFLAC(f *testing.F) { mediatest.Fuzz(f, NewFLAC(), seeds(NewFLAC())...) }
func FuzzOgg(f *testing.F)  { mediatest.Fuzz(f, NewOgg(), seeds(NewOgg())...) }

func BenchmarkWalk(b *testing.B) {
	for _, s := range samples()[:3] {
		b.Run(s.name, func(b *testing.B) {
			r := bytes.NewReader(s.object)
			b.ReportAllocs()
			for b.Loop() {
				if err := s.format.Walk(r, int64(len(s.object)), mediatest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
