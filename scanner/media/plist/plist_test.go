package plist

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What encode knows beside texts, numbers and bytes.
type (
	array []any
	dict  []any // a key, its value, and so on
	uid   byte
	wide  string
)

// builder makes a binary list; references take two bytes.
type builder struct {
	objects [][]byte
}

func mark(kind byte, n int) []byte {
	if n < 15 {
		return []byte{kind<<4 | byte(n)}
	}
	return binary.BigEndian.AppendUint16([]byte{kind<<4 | 0xf, 0x11}, uint16(n))
}

// add encodes v and gives its number.
func (b *builder) add(v any) int {
	at := len(b.objects)
	b.objects = append(b.objects, nil)
	refs := func(kind byte, n int, list ...any) []byte {
		out := mark(kind, n)
		for _, e := range list {
			out = binary.BigEndian.AppendUint16(out, uint16(b.add(e)))
		}
		return out
	}
	var o []byte
	switch v := v.(type) {
	case nil:
		o = []byte{0}
	case bool:
		o = []byte{9}
	case string:
		o = append(mark(5, len(v)), v...)
	case wide:
		o = mark(6, len([]rune(v)))
		for _, r := range string(v) {
			o = binary.BigEndian.AppendUint16(o, uint16(r))
		}
	case int:
		o = binary.BigEndian.AppendUint64([]byte{0x13}, uint64(v))
	case float64:
		o = binary.BigEndian.AppendUint64([]byte{0x23}, math.Float64bits(v))
	case float32:
		o = binary.BigEndian.AppendUint32([]byte{0x22}, math.Float32bits(v))
	case time.Time:
		o = binary.BigEndian.AppendUint64([]byte{0x33}, math.Float64bits(float64(v.Unix()-epoch)))
	case []byte:
		o = append(mark(4, len(v)), v...)
	case uid:
		o = []byte{0x80, byte(v)}
	case array:
		o = refs(0xa, len(v), v...)
	case dict:
		var keys, values []any
		for i := 0; i < len(v); i += 2 {
			keys, values = append(keys, v[i]), append(values, v[i+1])
		}
		o = refs(0xd, len(keys), append(keys, values...)...)
	default:
		panic(fmt.Sprintf("a list holds no %T", v))
	}
	b.objects[at] = o
	return at
}

func encode(v any) []byte {
	var b builder
	top := b.add(v)
	return b.file(top)
}

func (b *builder) file(top int) []byte {
	out := []byte("bplist00")
	var offsets []byte
	for _, o := range b.objects {
		offsets = binary.BigEndian.AppendUint32(offsets, uint32(len(out)))
		out = append(out, o...)
	}
	at := len(out)
	out = append(out, offsets...)
	out = append(out, 0, 0, 0, 0, 0, 0, 4, 2)
	for _, n := range []int{len(b.objects), top, at} {
		out = binary.BigEndian.AppendUint64(out, uint64(n))
	}
	return out
}

func deflated(s string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write([]byte(s)) // a buffer takes everything
	_ = w.Close()
	return b.Bytes()
}

func samples() map[string][]byte {
	long := strings.Repeat("long ", 100) + "eve@example.org"
	born := time.Date(1984, 5, 6, 0, 0, 0, 0, time.UTC)
	return map[string][]byte{
		"values": encode(dict{"people", array{dict{"name", wide("Zoë"), "at", dict{"lat", 48.85, "lon", float32(2.5)}}, dict{"name", "Bo", "age", -41}},
			"name", "Ana Exemplo", "born", born, "phones", array{"+1 202 555 0143", "+1 202 555 0144"}, "yes", true, "none", nil, "a.b", "dot", "long", long}),
		"data": encode(dict{"photo", []byte("\xff\xd8\xff\xe0xx"), "inner", encode(array{"fay@example.org"}), "packed", deflated(`{"to":"cy@example.org"}`), "note", []byte("call bo@example.org"),
			"hash", []byte("\x00\x01\x02\x03\x04"), "empty", []byte{}}),
		"archive": encode(dict{"$version", 100000, "$archiver", "NSKeyedArchiver", "$top", dict{"root", uid(1)},
			"$objects", array{"$null", dict{"$class", uid(6), "name", uid(2), "age", 41, "born", born, "more", uid(3), "tags", array{"x"}, "lost", uid(200)}, "Ana Exemplo",
				dict{"$class", uid(7), "NS.keys", array{uid(4)}, "NS.objects", array{uid(5)}}, "email", "ana@example.org",
				dict{"$classname", "Person", "$classes", array{"Person"}}, dict{"$classname", "NSDictionary"}, "left over"}}),
		"one value": encode("ana@example.org"),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), strings.ReplaceAll(name, " ", "-"), "written by the test "+name, object)
		})
	}
}

// shared is a list in which an array stands in itself and in others many times.
func shared() []byte {
	var b builder
	for i := range 40 {
		o := mark(0xa, 14)
		for range 14 {
			o = binary.BigEndian.AppendUint16(o, uint16((i+1)%40))
		}
		b.objects = append(b.objects, o)
	}
	return b.file(0)
}

// often is a list in which one text is told many times.
func often() []byte {
	var b builder
	b.objects = append(b.objects, append(mark(0xa, 60000), bytes.Repeat([]byte{0, 1}, 60000)...), append(mark(5, 200), bytes.Repeat([]byte("x"), 200)...))
	return b.file(0)
}

func deep() any {
	var v any = "end"
	for range 80 {
		v = array{v}
	}
	return v
}

func patched(b []byte, at int, with ...byte) []byte {
	b = bytes.Clone(b)
	copy(b[at:], with)
	return b
}

func TestProblems(t *testing.T) {
	whole := samples()["values"]
	for name, c := range map[string]struct {
		object []byte
		want   []media.Reason
	}{
		"whole":            {whole, nil},
		"in itself":        {shared(), nil},
		"told too often":   {often(), []media.Reason{media.LimitRatio}},
		"deep":             {encode(deep()), []media.Reason{media.LimitDepth}},
		"cut":              {whole[:len(whole)-40], []media.Reason{media.Corrupt}},
		"head only":        {whole[:20], []media.Reason{media.Truncated}},
		"other version":    {append([]byte("bplist16"), whole[8:]...), []media.Reason{media.Unsupported}},
		"offsets outside":  {patched(whole, len(whole)-8, 0x7f), []media.Reason{media.Corrupt}},
		"too many objects": {patched(whole, len(whole)-24, 0x7f, 0xff), []media.Reason{media.Corrupt}},
		"object outside":   {patched(encode(array{"a"}), 9, 0, 9), []media.Reason{media.Corrupt}},
		"text beyond":      {patched(encode("abc"), 8, 0x5e), []media.Reason{media.Corrupt}},
	} {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// What a cut list says in ASCII is found all the same.
func TestSalvage(t *testing.T) {
	whole := samples()["values"]
	v := mediatest.Walk(t, New(), whole[:len(whole)-40])
	if len(v.Parts) != 1 || v.Parts[0].Path != "rest" || !bytes.Contains(v.Parts[0].Text, []byte("Ana Exemplo")) {
		t.Error(v.Dump())
	}
}

func FuzzWalk(f *testing.F) {
	seeds := [][]byte{shared(), often(), encode(deep())}
	for _, s := range samples() {
		seeds = append(seeds, s, s[:len(s)/2], bytes.ReplaceAll(s, []byte{0, 1}, []byte{0xff, 0xff}))
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, New(), seeds...)
}

func BenchmarkWalk(b *testing.B) {
	object := samples()["values"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
