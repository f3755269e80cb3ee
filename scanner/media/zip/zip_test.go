package zip

import (
	stdzip "archive/zip"
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz/lzma"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// member is one file of a test archive.
type member struct {
	name   string
	data   string
	method uint16
}

// build writes an archive as programs do, with sizes behind the data.
func build(comment string, ms ...member) []byte {
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	for _, m := range ms {
		f, err := w.CreateHeader(&stdzip.FileHeader{Name: m.name, Method: m.method})
		if err == nil {
			_, err = f.Write([]byte(m.data))
		}
		if err != nil {
			panic(err)
		}
	}
	w.SetComment(comment)
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// raw writes an archive from parts: every number is the caller's.
type raw struct {
	name, data    string
	method, flags uint16
	crc           uint32
	packed, full  uint32
	at            int // of the local header, as the directory says; -1 for the true one
}

func of(name, data string) raw {
	return raw{name: name, data: data, crc: crc32.ChecksumIEEE([]byte(data)), packed: uint32(len(data)), full: uint32(len(data)), at: -1}
}

func (m raw) fields() []byte {
	b := binary.LittleEndian.AppendUint16(nil, 20)
	b = binary.LittleEndian.AppendUint16(b, m.flags)
	b = binary.LittleEndian.AppendUint16(b, m.method)
	b = append(b, 0, 0, 0x21, 0x50)
	b = binary.LittleEndian.AppendUint32(b, m.crc)
	b = binary.LittleEndian.AppendUint32(b, m.packed)
	b = binary.LittleEndian.AppendUint32(b, m.full)
	return binary.LittleEndian.AppendUint16(b, uint16(len(m.name)))
}

func assemble(ms ...raw) []byte {
	var b, dir []byte
	for _, m := range ms {
		at := m.at
		if at < 0 {
			at = len(b)
		}
		b = append(append(b, localSig...), m.fields()...)
		b = append(append(b, 0, 0), m.name+m.data...)
		dir = append(append(append(dir, centralSig...), 20, 0), m.fields()...)
		dir = append(dir, make([]byte, 12)...)
		dir = binary.LittleEndian.AppendUint32(dir, uint32(at))
		dir = append(dir, m.name...)
	}
	start := len(b)
	b = append(b, dir...)
	return append(b, end(len(ms), len(dir), start)...)
}

func end(count, size, off int) string {
	b := append([]byte(endSig), 0, 0, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(count))
	b = binary.LittleEndian.AppendUint16(b, uint16(count))
	b = binary.LittleEndian.AppendUint32(b, uint32(size))
	b = binary.LittleEndian.AppendUint32(b, uint32(off))
	return string(append(b, 0, 0))
}

func packed(name, data string, method uint16, pack func(io.Writer) io.WriteCloser) raw {
	var b bytes.Buffer
	w := pack(&b)
	w.Write([]byte(data))
	w.Close()
	m := of(name, data)
	m.method, m.data, m.packed = method, b.String(), uint32(b.Len())
	return m
}

// lzmaMember is what 7-Zip writes into ZIP: version, size of the properties, the
// properties, the stream.
func lzmaMember(name, data string) raw {
	m := packed(name, data, lzma1, func(w io.Writer) io.WriteCloser {
		z, err := lzma.WriterConfig{Size: int64(len(data)), SizeInHeader: true}.NewWriter(w)
		if err != nil {
			panic(err)
		}
		return z
	})
	m.data = "\x09\x14\x05\x00" + m.data[:5] + m.data[13:]
	m.packed = uint32(len(m.data))
	return m
}

func zstdMember(name, data string) raw {
	return packed(name, data, zstd93, func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			panic(err)
		}
		return z
	})
}

var text = "Write to ana@example.org. " + strings.Repeat("More words. ", 20)

func samples() map[string][]byte {
	bad := of("bad.txt", text)
	bad.crc++
	locked := of("locked.txt", text)
	locked.flags = flagEncrypted
	strange := of("strange.bin", text)
	strange.method = 97
	whole := build("from Ana Exemplo", member{"notes/", "", 0}, member{"notes/ana.txt", text, 8}, member{"photo.jpg", "\xff\xd8\xff", 0}, member{"empty", "", 8})
	zip64 := assemble(of("a.txt", text))
	return map[string][]byte{
		"whole":       whole,
		"names":       assemble(of("../../x", text), of("C:\\y", text), of("a\x00b", text), of("\x81ber.txt", text), of("", text)),
		"damaged":     assemble(bad, locked, strange, of("good.txt", text)),
		"methods":     assemble(lzmaMember("a.lzma", text), zstdMember("a.zstd", text)),
		"duplicate":   assemble(of("a.txt", "first "+text), of("a.txt", "second "+text)),
		"prepended":   append([]byte("#!/bin/sh\nexit\n"), whole...),
		"cut":         whole[:len(whole)-80],
		"cut-in-data": assemble(of("a.txt", text), of("b.txt", text))[:400],
		"lying-end":   append(assemble(of("a.txt", text))[:len(localSig)+26+len("a.txt"+text)], end(1, 9999, 0)...),
		"zip64":       as64(zip64),
	}
}

// as64 moves the numbers of an end record to a zip64 one.
func as64(b []byte) []byte {
	at := len(b) - 22
	e := b[at:]
	r := append([]byte(end64Sig), make([]byte, 28)...)
	r = binary.LittleEndian.AppendUint64(r, uint64(u16(e[10:])))
	r = binary.LittleEndian.AppendUint64(r, uint64(u32(e[12:])))
	r = binary.LittleEndian.AppendUint64(r, uint64(u32(e[16:])))
	r = append(r, locatorSig+"\x00\x00\x00\x00"...)
	r = binary.LittleEndian.AppendUint64(r, uint64(at))
	r = append(r, "\x01\x00\x00\x00"...)
	r = append(r, endSig+"\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00"...)
	return append(b[:at:at], r...)
}

func TestGolden(t *testing.T) {
	for name, object := range samples() {
		t.Run(name, func(t *testing.T) {
			if name == "prepended" { // found by what stands before it
				mediatest.Walk(t, New(), object)
				return
			}
			mediatest.Golden(t, *update, New(), name+".zip", "assembled by the test "+name, object)
		})
	}
}

func TestProblems(t *testing.T) {
	bomb := packed("bomb", strings.Repeat("\x00", 70<<20), deflate, deflater)
	over := of("b.txt", text)
	over.at = 0
	short := of("a.txt", text)
	short.full++
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"whole", samples()["whole"], nil},
		{"prepended", samples()["prepended"], nil},
		{"zip64", samples()["zip64"], nil},
		{"cut", samples()["cut"], []media.Reason{media.Truncated}},
		{"lying end", samples()["lying-end"], []media.Reason{media.Corrupt}},
		{"bomb", assemble(bomb), []media.Reason{media.LimitRatio}},
		{"members on each other", assemble(of("a.txt", text), over), []media.Reason{media.LimitRatio}},
		{"sizes disagree", assemble(short), []media.Reason{media.Corrupt}},
		{"end alone", []byte(end(0, 0, 0)), nil},
		{"end that claims members", []byte(end(65535, 0, 0)), []media.Reason{media.Corrupt}},
		{"iWork with a password", assemble(of(".iwpv2", "proof"), of("Index/Document.iwa", "sealed"), of("preview.jpg", text)), []media.Reason{media.Encrypted}},
		{"header alone", []byte(localSig), []media.Reason{media.Truncated}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), c.object)
			slices.Sort(c.want)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

func deflater(w io.Writer) io.WriteCloser {
	z, err := flate.NewWriter(w, flate.BestSpeed)
	if err != nil {
		panic(err)
	}
	return z
}

// Whatever the damage, what stands before it is found.
func TestSalvage(t *testing.T) {
	whole := build("", member{"a.txt", "ana@example.org " + text, 8}, member{"b.txt", "bo@example.org " + text, 0})
	for n := range len(whole) {
		v := mediatest.Walk(t, New(), whole[:n])
		if n > 30 && len(v.Problems) == 0 {
			t.Errorf("cut at %d of %d: no problem told", n, len(whole))
		}
		if end := bytes.Index(whole, []byte(spanSig)); n > end && (len(v.Blocks) == 0 || !bytes.Contains(v.Blocks[0].Data, []byte("ana@example.org"))) {
			t.Errorf("cut at %d of %d: the first member is lost", n, len(whole))
		}
	}
}

// A stored film is not read: its walk does that.
func TestReadsNoStoredMember(t *testing.T) {
	v := &count{}
	b := build("", member{"a.mp4", strings.Repeat("x", 8<<20), 0})
	if err := New().Walk(&counter{bytes.NewReader(b), v}, int64(len(b)), mediatest.Discard{}); err != nil || v.bytes > 400<<10 {
		t.Errorf("%v after %d bytes", err, v.bytes)
	}
}

type count struct{ bytes int64 }

type counter struct {
	r io.ReaderAt
	c *count
}

func (r *counter) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.r.ReadAt(p, off)
	r.c.bytes += int64(n)
	return n, err
}

// documents is a package that knows archives with a member "doc".
type documents struct{}

func (documents) Knows(names []string) string {
	if slices.Contains(names, "doc") {
		return "document"
	}
	return ""
}

func (documents) Walk(kind string, names []string, open func(int) (*io.SectionReader, error), v media.Visitor) error {
	for i, n := range names {
		s, err := open(i)
		if err != nil {
			return err
		}
		if s != nil {
			if err := v.Nested(kind+"/"+n, s); err != nil {
				return err
			}
		}
	}
	return nil
}

func TestPackagesTakeOver(t *testing.T) {
	v := mediatest.Walk(t, New(documents{}), build("", member{"doc", text, 8}))
	if len(v.Blocks) != 1 || v.Blocks[0].Path != "document/doc" || string(v.Blocks[0].Data) != text {
		t.Errorf("%s", v.Dump())
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
	object := samples()["whole"]
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(bytes.NewReader(object), int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
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

// A member longer than what is held in memory is there from its start to its end.
func TestLongMember(t *testing.T) {
	var b bytes.Buffer
	w := stdzip.NewWriter(&b)
	m, err := w.CreateHeader(&stdzip.FileHeader{Name: "long", Method: stdzip.Deflate})
	if err != nil {
		t.Fatal(err)
	}
	line := []byte(strings.Repeat("0123456789abcdef", 60) + "\n")
	m.Write([]byte("one"))
	for range media.MaxBlock/len(line) + 10_000 {
		m.Write(line)
	}
	m.Write([]byte("two"))
	w.Close()
	v := &ends{Visit: new(mediatest.Visit)}
	if err := New().Walk(bytes.NewReader(b.Bytes()), int64(b.Len()), v); err != nil {
		t.Fatal(err)
	}
	want := []string{"member/long two <nil>", "member/long one <nil>"}
	if d := cmp.Diff(want, v.got); d != "" || len(v.Problems) > 0 {
		t.Errorf("%s%v", d, v.Problems)
	}
}
