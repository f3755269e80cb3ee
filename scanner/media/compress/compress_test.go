package compress

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	xzlib "github.com/ulikunitz/xz"
	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const text = "Write to ana@example.org or call +1 202 555 0143.\n"

// bz2 is text as bzip2 packs it, which Go can't.
const bz2 = "QlpoOTFBWSZTWYpdHZcAAAxfgAAQQAl+AEAAAIAqp9RAIAAhqjynpD1GhtTNT9UKAAaBkyFs+u15iHqiU5qF6fgLbvHpYGLwEL5NTBkfFp/F3JFOFCQil0dlwA=="

func pack(w io.WriteCloser, err error, b *bytes.Buffer, s string) []byte {
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

func gz(name, comment, s string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name, w.Comment = name, comment
	return pack(w, nil, &b, s)
}

func packedXZ(s string, c xzlib.WriterConfig) []byte {
	var b bytes.Buffer
	w, err := c.NewWriter(&b)
	return pack(w, err, &b, s)
}

func packedZstd(s string) []byte {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	return pack(w, err, &b, s)
}

func packedLZMA(s string) []byte {
	var b bytes.Buffer
	w, err := lzma.NewWriter(&b)
	return pack(w, err, &b, s)
}

// claim is an XZ file whose block claims a window of 4 GiB.
func claim() []byte {
	b := packedXZ(text, xzlib.WriterConfig{CheckSum: xzlib.CRC32})
	n := (int(b[12]) + 1) * 4
	i := bytes.IndexByte(b[12:12+n], 0x21)
	b[12+i+2] = 40
	binary.LittleEndian.PutUint32(b[12+n-4:], crc32.ChecksumIEEE(b[12:12+n-4]))
	return b
}

func damaged(b []byte, at int) []byte {
	b = bytes.Clone(b)
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 0x55
	return b
}

type sample struct {
	f      media.Format
	object []byte
	want   []media.Reason
}

var samples = sync.OnceValue(func() map[string]sample {
	x := packedXZ(text, xzlib.WriterConfig{})
	none := packedXZ(text, xzlib.WriterConfig{NoCheckSum: true})
	long := packedXZ(strings.Repeat(text, 200)+"end", xzlib.WriterConfig{BlockSize: 2000})
	bomb := strings.Repeat("\x00", 12<<20)
	return map[string]sample{
		"gzip":             {NewGzip(), gz("ana.txt", "from Ren\u00e9e", text), nil},
		"gzip-members":     {NewGzip(), append(append(gz("", "", "one "), gz("", "", "two")...), 0, 0, 0), nil},
		"gzip-trailing":    {NewGzip(), append(gz("", "", text), "garbage behind it"...), []media.Reason{media.Corrupt}},
		"gzip-cut":         {NewGzip(), gz("", "", text)[:40], []media.Reason{media.Truncated}},
		"gzip-cut-crc":     {NewGzip(), gz("", "", text)[:len(gz("", "", text))-2], []media.Reason{media.Truncated}},
		"gzip-crc":         {NewGzip(), damaged(gz("", "", text), -6), []media.Reason{media.Corrupt}},
		"gzip-extra":       {NewGzip(), []byte("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\x03\xff\xffabc"), []media.Reason{media.Corrupt}},
		"gzip-header":      {NewGzip(), []byte("\x1f\x8b\x08"), []media.Reason{media.Truncated}},
		"gzip-bomb":        {NewGzip(), gz("", "", bomb), []media.Reason{media.LimitRatio}},
		"bzip2":            {NewBzip2(), unbase64(bz2), nil},
		"bzip2-cut":        {NewBzip2(), unbase64(bz2)[:30], []media.Reason{media.Truncated}},
		"bzip2-crc":        {NewBzip2(), damaged(unbase64(bz2), 12), []media.Reason{media.Corrupt}},
		"zstd":             {NewZstd(), packedZstd(text), nil},
		"zstd-cut":         {NewZstd(), packedZstd(text)[:20], []media.Reason{media.Truncated}},
		"zstd-bomb":        {NewZstd(), packedZstd(bomb), []media.Reason{media.LimitRatio}},
		"xz":               {NewXZ(), x, nil},
		"xz-streams":       {NewXZ(), append(append(bytes.Clone(x), 0, 0, 0, 0), none...), nil},
		"xz-blocks":        {NewXZ(), long, nil},
		"xz-cut":           {NewXZ(), long[:len(long)/2], []media.Reason{media.Truncated}},
		"xz-check":         {NewXZ(), damaged(x, len(x)-36), []media.Reason{media.Corrupt}},
		"xz-4-GiB":         {NewXZ(), claim(), nil},
		"xz-bomb":          {NewXZ(), packedXZ(bomb, xzlib.WriterConfig{}), []media.Reason{media.LimitRatio}},
		"xz-no-footer":     {NewXZ(), x[:len(x)-12], []media.Reason{media.Truncated}},
		"xz-header-damage": {NewXZ(), damaged(x, 7), []media.Reason{media.Corrupt}},
		"lzma":             {NewLZMA(), packedLZMA(text), nil},
		"lzma-cut":         {NewLZMA(), packedLZMA(text)[:40], []media.Reason{media.Truncated}},
	}
})

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func TestGolden(t *testing.T) {
	for name, s := range samples() {
		t.Run(name, func(t *testing.T) {
			if len(s.object) < 1<<16 && !slices.Contains(s.want, media.LimitRatio) {
				mediatest.Golden(t, *update, s.f, name, "packed by the test "+name, s.object)
			}
			if d := cmp.Diff(s.want, mediatest.Walk(t, s.f, s.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func TestMatchesNoText(t *testing.T) {
	for _, head := range []string{"BZhou is a name", "BZ", "", "]\x00\x00", "Plain words", "(\xb5/"} {
		for _, f := range []media.Format{NewGzip(), NewBzip2(), NewZstd(), NewXZ(), NewLZMA()} {
			if f.Match([]byte(head)) {
				t.Errorf("%s takes %q", f.Name(), head)
			}
		}
	}
}

func fuzz(f *testing.F, format media.Format) {
	var seeds [][]byte
	for _, s := range samples() {
		if s.f.Name() == format.Name() && !slices.Contains(s.want, media.LimitRatio) {
			seeds = append(seeds, s.object)
		}
	}
	slices.SortFunc(seeds, bytes.Compare)
	mediatest.Fuzz(f, format, seeds...)
}

func FuzzGzip(f *testing.F)  { fuzz(f, NewGzip()) }
func FuzzBzip2(f *testing.F) { fuzz(f, NewBzip2()) }
func FuzzZstd(f *testing.F)  { fuzz(f, NewZstd()) }
func FuzzXZ(f *testing.F)    { fuzz(f, NewXZ()) }
func FuzzLZMA(f *testing.F)  { fuzz(f, NewLZMA()) }

func BenchmarkWalk(b *testing.B) {
	for name, s := range samples() {
		if name != s.f.Name() {
			continue
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s.object)))
			b.ReportAllocs()
			for b.Loop() {
				if err := s.f.Walk(bytes.NewReader(s.object), int64(len(s.object)), mediatest.Discard{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// A short block takes no larger window than what it unfolds to, whatever it claims.
func TestUnfolds(t *testing.T) {
	var b bytes.Buffer
	w, err := lzma.Writer2Config{DictCap: 1 << 20}.NewWriter2(&b)
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 30_000) // is stored as it is
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	for range 3 {
		for _, piece := range []string{text, string(noise), strings.Repeat(text, 1_000)} {
			_, _ = w.Write([]byte(piece)) // of a buffer: it can't fail
			_ = w.Flush()
		}
	}
	_ = w.Close()
	whole := int64(3 * (len(text)*1_001 + len(noise)))
	for _, c := range []struct {
		name  string
		block []byte
		want  int64
	}{
		{"whole", b.Bytes(), whole},
		{"more behind it", append(bytes.Clone(b.Bytes()), "\xe0\xff\xff"...), whole},
		{"no end", b.Bytes()[:b.Len()-1], math.MaxInt64},
		{"cut in a chunk", b.Bytes()[:b.Len()/2], math.MaxInt64},
		{"cut in a header", []byte{0xe0, 1}, math.MaxInt64},
		{"cut in the header of a stored chunk", []byte{1, 0}, math.MaxInt64},
		{"nothing", nil, math.MaxInt64},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := bufio.NewReaderSize(bytes.NewReader(c.block), len(c.block)+16)
			_, _ = r.Peek(len(c.block)) // reads ahead
			if got := (&xz{r: &counted{r: r}}).unfolds(); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// ends reads both ends of what is nested.
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

// A stream longer than what is held in memory is there from its start to its end.
func TestLongStream(t *testing.T) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("0123456789abcdef", 60) + "\n")
	z.Write([]byte("one"))
	for range media.MaxBlock/len(line) + 10_000 {
		z.Write(line)
	}
	z.Write([]byte("two"))
	z.Close()
	v := &ends{Visit: new(mediatest.Visit)}
	if err := NewGzip().Walk(bytes.NewReader(b.Bytes()), int64(b.Len()), v); err != nil {
		t.Fatal(err)
	}
	want := []string{"content two <nil>", "content one <nil>"}
	if d := cmp.Diff(want, v.got); d != "" || len(v.Problems) > 0 {
		t.Errorf("%s%v", d, v.Problems)
	}
}
