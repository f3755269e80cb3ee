package sevenzip

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"
	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const text = "Write to ana@example.org or call +1 202 555 0143.\n"

// num writes a number in the shortest of two ways.
func num(n int) string {
	if n < 0x80 {
		return string([]byte{byte(n)})
	}
	return "\xff" + string(binary.LittleEndian.AppendUint64(nil, uint64(n)))
}

func crc(s string) string {
	return string(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE([]byte(s))))
}

// method is a coder: its ID and its properties.
type method struct{ id, props string }

func (m method) bytes() string {
	if m.props == "" {
		return string([]byte{byte(len(m.id))}) + m.id
	}
	return string([]byte{byte(len(m.id)) | 0x20}) + m.id + num(len(m.props)) + m.props
}

// streamsOf describes one packed stream with its coders, which unfold to the
// parts one after the other.
func streamsOf(at, packed int, coders []method, parts ...string) string {
	whole := strings.Join(parts, "")
	s := "\x06" + num(at) + num(1) + "\x09" + num(packed) + "\x00" +
		"\x07\x0b" + num(1) + "\x00" + num(len(coders))
	for _, c := range coders {
		s += c.bytes()
	}
	for i := range len(coders) - 1 {
		s += num(i) + num(i+1)
	}
	s += "\x0c"
	for range coders {
		s += num(len(whole))
	}
	s += "\x00"
	if len(parts) == 1 {
		return s + "\x00"
	}
	s += "\x08\x0d" + num(len(parts)) + "\x09"
	for _, p := range parts[:len(parts)-1] {
		s += num(len(p))
	}
	s += "\x0a\x01"
	for _, p := range parts {
		s += crc(p)
	}
	return s + "\x00\x00"
}

func namesOf(empty string, names ...string) string {
	list := "\x00"
	for _, n := range names {
		for _, u := range append(utf16.Encode([]rune(n)), 0) {
			list += string(binary.LittleEndian.AppendUint16(nil, u))
		}
	}
	s := "\x05" + num(len(names))
	if empty != "" {
		s += "\x0e" + num(len(empty)) + empty
	}
	return s + "\x11" + num(len(list)) + list + "\x00"
}

// build7z puts an archive together: packed streams, then the header.
func build7z(packed, header string) []byte {
	start := string(binary.LittleEndian.AppendUint64(nil, uint64(len(packed)))) + string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + crc(header)
	return []byte(magic + "\x00\x04" + crc(start) + start + packed + header)
}

// lzmaOf gives the properties and the stream of LZMA.
func lzmaOf(s string) (method, string) {
	var b bytes.Buffer
	w, err := lzma.WriterConfig{Size: int64(len(s)), SizeInHeader: true}.NewWriter(&b)
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return method{methodLZMA, b.String()[:5]}, b.String()[13:]
}

func lzma2Of(s string) string {
	var b bytes.Buffer
	w, err := lzma.NewWriter2(&b)
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.String()
}

// differences is what the filter for pictures and sounds makes of s.
func differences(s string) string {
	b := []byte(s)
	for i := len(b) - 1; i >= 1; i-- {
		b[i] -= b[i-1]
	}
	return string(b)
}

func samples() map[string][]byte {
	const two = "second: bo@example.org\n"
	m, packed := lzmaOf(text + two)
	streams := "\x01\x04" + streamsOf(0, len(packed), []method{m}, text, two)
	solid := build7z(packed, streams+namesOf("\x20", "a.txt", "dir/b.txt", "empty")+"\x00")
	header := streams + namesOf("", "a.txt", "Zoë.txt") + "\x00"
	hm, hp := lzmaOf(header)
	encoded := build7z(packed+hp, "\x17"+streamsOf(len(packed), len(hp), []method{hm}, header))
	z2 := lzma2Of(text)
	stored := func(id method) []byte {
		return build7z(text, "\x01\x04"+streamsOf(0, len(text), []method{id}, text)+namesOf("", "a.txt")+"\x00")
	}
	bad := bytes.Clone(solid)
	bad[headerSize+20] ^= 0x55
	return map[string][]byte{
		"solid":     solid,
		"encoded":   encoded,
		"lzma2":     build7z(z2, "\x01\x04"+streamsOf(0, len(z2), []method{{methodLZMA2, "\x28"}}, text)+namesOf("", "a.txt")+"\x00"),
		"delta":     build7z(differences(text), "\x01\x04"+streamsOf(0, len(text), []method{{methodDelta, "\x00"}, {methodCopy, ""}}, text)+namesOf("", "a.txt")+"\x00"),
		"stored":    stored(method{methodCopy, ""}),
		"encrypted": stored(method{methodAES, "\x13\x00"}),
		"ppmd":      stored(method{"\x03\x04\x01", "xxxxx"}),
		"bcj":       stored(method{"\x03\x03\x01\x03", ""}),
		"damaged":   bad,
		"empty":     build7z("", ""),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".7z", "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	s := samples()
	var packed bytes.Buffer
	z, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(make([]byte, 12<<20))
	z.Close()
	bomb := packed.String()
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"solid", s["solid"], nil},
		{"encoded", s["encoded"], nil},
		{"lzma2 with a window of 4 GiB", s["lzma2"], nil},
		{"delta", s["delta"], nil},
		{"stored", s["stored"], nil},
		{"empty", s["empty"], nil},
		{"encrypted", s["encrypted"], []media.Reason{media.Encrypted}},
		{"ppmd", s["ppmd"], []media.Reason{media.Unsupported}},
		{"machine code", s["bcj"], []media.Reason{media.Unsupported}},
		{"damaged", s["damaged"], []media.Reason{media.Corrupt}},
		{"cut", s["solid"][:60], []media.Reason{media.Truncated}},
		{"header alone", s["solid"][:20], []media.Reason{media.Truncated}},
		{"bomb", build7z(bomb, "\x01\x04"+streamsOf(0, len(bomb), []method{{methodDeflate, ""}}, strings.Repeat("\x00", 12<<20))+namesOf("", "a")+"\x00"), []media.Reason{media.LimitRatio}},
		{"a billion files", build7z("", "\x01\x05"+num(1<<30)), []media.Reason{media.LimitCount}},
		{"a billion parts", build7z("x", "\x01\x04\x06\x00\x01\x09\x01\x00\x07\x0b\x01\x00\x01\x01\x00\x0c\x01\x00\x08\x0d"+num(1<<30)), []media.Reason{media.LimitCount}},
		{"no header", build7z("", "\x02"), []media.Reason{media.Corrupt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
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

// What lies behind the checksums is reached by walking the header itself.
func FuzzHeader(f *testing.F) {
	for _, s := range samples() {
		f.Add(s[headerSize:])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for i := range min(len(b), 64) {
			mediatest.Walk(t, New(), build7z(string(b[:i]), "\x01"+string(b[i:])))
		}
	})
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["solid"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

// ends reads the end of what is nested, then its start.
type ends struct {
	*mediatest.Visit
	got []string
}

func (e *ends) Nested(path string, r *io.SectionReader) error {
	for _, off := range []int64{r.Size() - 3, 0} {
		b := make([]byte, 3)
		_, err := r.ReadAt(b, off)
		e.got = append(e.got, fmt.Sprint(path, " ", string(b), " ", err))
	}
	return nil
}

// A member longer than what is held in memory is there from its start to its end,
// and what follows it in the folder, too.
func TestLongMember(t *testing.T) {
	long := "one" + strings.Repeat(strings.Repeat("0123456789abcdef", 60)+"\n", media.MaxBlock/961+10_000) + "two"
	parts := []string{"abc first", long, "uvw last"}
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		_, _ = z.Write([]byte(p)) // of a buffer: it can't fail
	}
	_ = z.Close()
	object := build7z(b.String(), "\x01\x04"+streamsOf(0, b.Len(), []method{{methodDeflate, ""}}, parts...)+namesOf("", "a", "b", "c")+"\x00")
	for _, c := range []struct {
		name   string
		object []byte
		want   []string
		reason []media.Reason
	}{
		{"whole", object, []string{"member/a rst <nil>", "member/a abc <nil>", "member/b two <nil>", "member/b one <nil>", "member/c ast <nil>", "member/c uvw <nil>"}, nil},
		{"damaged", damagedIn(object, headerSize+b.Len()/2), []string{"member/a rst <nil>", "member/a abc <nil>", "member/b \x00\x00\x00 flate: corrupt input", "member/b one <nil>"}, []media.Reason{media.Corrupt}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &ends{Visit: new(mediatest.Visit)}
			if err := New().Walk(bytes.NewReader(c.object), int64(len(c.object)), v); err != nil {
				t.Fatal(err)
			}
			for i, g := range v.got {
				if at := strings.Index(g, " before offset"); at > 0 {
					v.got[i] = g[:at]
				}
			}
			if d := cmp.Diff(c.want, v.got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if d := cmp.Diff(c.reason, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func damagedIn(b []byte, at int) []byte {
	b = bytes.Clone(b)
	for i := range 64 {
		b[at+i] ^= 0xff
	}
	return b
}
