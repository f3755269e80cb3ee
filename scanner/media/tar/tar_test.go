package tar

import (
	stdtar "archive/tar"
	"bytes"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const text = "Write to ana@example.org.\n"

func build(format stdtar.Format, hs ...stdtar.Header) []byte {
	var b bytes.Buffer
	w := stdtar.NewWriter(&b)
	for _, h := range hs {
		h.Format, h.Mode = format, 0o644
		data := ""
		if h.Typeflag == stdtar.TypeReg {
			data = h.Linkname + text
			h.Size, h.Linkname = int64(len(data)), ""
		}
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func file(name, data string) stdtar.Header {
	return stdtar.Header{Name: name, Typeflag: stdtar.TypeReg, Linkname: data, Uname: "ana", Gname: "staff"}
}

// sparse is a member of the format 1.0 whose map claims n entries.
func sparse(n int, rest string) []byte {
	b := build(stdtar.FormatPAX, stdtar.Header{Name: "s", Typeflag: stdtar.TypeReg, PAXRecords: map[string]string{"X.sparse.major": "1", "X.sparse.minor": "0"},
		Linkname: fmt.Sprintf("%-512s", fmt.Sprintf("%d\n%s", n, rest))})
	b = bytes.ReplaceAll(b, []byte("20 X.sparse.major=1\n20 X.sparse.minor=0\n"), []byte("22 GNU.sparse.major=1\n18 X.sparse.min=0\n"))
	return b
}

func samples() map[string][]byte {
	long := strings.Repeat("folder/", 30) + "ana.txt"
	link := stdtar.Header{Name: "link", Typeflag: stdtar.TypeSymlink, Linkname: "/etc/passwd"}
	two := build(stdtar.FormatUSTAR, file("a.txt", "first "), stdtar.Header{Name: "d/", Typeflag: stdtar.TypeDir}, link, file("../../b.txt", "second "))
	bad := bytes.Clone(two)
	bad[148] ^= 1 // the checksum
	lost := bytes.Clone(two)
	copy(lost[257:265], make([]byte, 8)) // as before there was a standard
	sum := 8 * int(' ')
	for i, c := range lost[:512] {
		if i < 148 || i >= 156 {
			sum += int(c)
		}
	}
	copy(lost[148:], fmt.Sprintf("%06o\x00 ", sum))
	return map[string][]byte{
		"ustar":     two,
		"pax":       build(stdtar.FormatPAX, file(long, ""), file("Zoë.txt", "")),
		"gnu":       build(stdtar.FormatGNU, file(long, ""), file("b", "")),
		"checksum":  bad,
		"v7":        lost,
		"cut":       two[:600],
		"cut-end":   two[:len(two)-512],
		"two":       append(bytes.Clone(two), build(stdtar.FormatUSTAR, file("behind.txt", ""))...),
		"sparse":    sparse(1, "0\n26\n"),
		"lying-map": sparse(99999999, "0\n"),
	}
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			mediatest.Golden(t, *update, New(), name+".tar", "written by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	whole := samples()["ustar"]
	sized := bytes.Clone(whole)
	copy(sized[124:], "77777777777\x00")
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"whole", whole, nil},
		{"pax", samples()["pax"], nil},
		{"two", samples()["two"], nil},
		{"sparse", samples()["sparse"], nil},
		{"lying map", samples()["lying-map"], []media.Reason{media.Corrupt}},
		{"wrong checksum", samples()["checksum"], []media.Reason{media.Corrupt}},
		{"cut in data", samples()["cut"], []media.Reason{media.Truncated}},
		{"no end", samples()["cut-end"], []media.Reason{media.Truncated}},
		{"size of 8 GiB", sized, []media.Reason{media.Corrupt, media.Truncated}},
		{"header alone", whole[:300], []media.Reason{media.Truncated}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(c.want, mediatest.Walk(t, New(), c.object).Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// Only headers are read.
func TestReadsNoData(t *testing.T) {
	b := build(stdtar.FormatUSTAR, file("big", strings.Repeat("x", 4<<20)), file("b", ""))
	r := &counter{r: bytes.NewReader(b)}
	if err := New().Walk(r, int64(len(b)), mediatest.Discard{}); err != nil || r.n > 32<<10 {
		t.Errorf("%v after %d bytes", err, r.n)
	}
}

type counter struct {
	r *bytes.Reader
	n int64
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(p, off)
	c.n += int64(n)
	return n, err
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
	object := samples()["ustar"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Bytes are added as one by one, the highest among them.
func TestByteSum(t *testing.T) {
	for _, b := range [][]byte{
		bytes.Repeat([]byte{0xff}, block), make([]byte, block), bytes.Repeat([]byte{0, 1, 127, 128, 200, 255, 7, 9}, block/8),
		[]byte("12345678"), nil,
	} {
		var sum, high int64
		for _, c := range b {
			sum += int64(c)
			high += int64(c >> 7)
		}
		if s, h := byteSum(b); s != sum || h != high {
			t.Errorf("%d bytes: %d and %d, want %d and %d", len(b), s, h, sum, high)
		}
	}
}
