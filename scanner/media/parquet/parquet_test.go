package parquet

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"habeas/scanner/media"
	"habeas/scanner/media/mediatest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// shown is each cell of a walk as row/column=value.
func shown(v *mediatest.Visit) (out []string) {
	for i := range v.Parts {
		p := &v.Parts[i]
		for _, c := range p.Cells {
			out = append(out, fmt.Sprintf("%d/%s=%s", c.Record, c.Column, p.Text[c.Start:c.End]))
		}
	}
	return out
}

func le32(values ...uint32) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

func le64(values ...uint64) (b []byte) {
	for _, v := range values {
		b = binary.LittleEndian.AppendUint64(b, v)
	}
	return b
}

// Columns of three rows.
var (
	names    = made{name: "name", physical: byteArray, values: texts("Ana", "Bo", "Cy"), n: 3}
	mails    = made{name: "email", physical: byteArray, codec: snappyCodec, encoding: encDictionary, dict: texts("ana@example.org", "bo@example.org"), dictN: 2, values: []byte{1, 3, 0b010}, n: 3}
	notes    = made{name: "note", physical: byteArray, repeated: 1, codec: gzipCodec, defs: []byte{3, 0b101}, values: texts("x", "z"), n: 3}
	phones   = made{name: "phones", physical: byteArray, repeated: 2, codec: zstdCodec, v2: true, reps: []byte{3, 0b0010}, defs: []byte{3, 0b1011}, values: texts("1", "2", "3"), n: 4}
	ids      = made{name: "id", physical: int64Type, encoding: encDelta, values: packedDeltas(7, 9, 8), n: 3}
	streets  = made{name: "street", physical: byteArray, codec: lz4Raw, encoding: encDeltaLength, values: append(packedDeltas(3, 2, 1), "abcdef"...), n: 3}
	accounts = made{name: "account", physical: byteArray, encoding: encDeltaBytes, v2: true, values: append(append(packedDeltas(0, 2, 1), packedDeltas(3, 1, 1)...), "anaxb"...), n: 3}
	births   = made{name: "born", physical: int32Type, values: le32(0, 365, 0xffffffff), n: 3, more: ts{{6, 6}}}
	times    = made{name: "at", physical: int64Type, values: le64(0, 1000, 1500), n: 3, more: ts{{6, 9}}}
	amounts  = made{name: "paid", physical: int32Type, values: le32(5, 1234, 0xffffffff), n: 3, more: ts{{6, 5}, {7, 2}}}
	scores   = made{name: "lat", physical: doubleType, values: le64(math.Float64bits(53.27), math.Float64bits(0), math.Float64bits(-1)), n: 3}
)

func TestRows(t *testing.T) {
	for _, c := range []struct {
		name    string
		columns []made
		want    []string
	}{
		{"side by side", []made{names, mails}, []string{"1/name=Ana", "1/email=ana@example.org", "2/name=Bo", "2/email=bo@example.org", "3/name=Cy", "3/email=ana@example.org"}},
		{"nulls", []made{notes}, []string{"1/note=x", "3/note=z"}},
		{"lists", []made{phones}, []string{"1/phones[]=1", "1/phones[]=2", "3/phones[]=3"}},
		{"deltas", []made{ids, streets, accounts}, []string{"1/id=7", "1/street=abc", "1/account=ana", "2/id=9", "2/street=de", "2/account=anx", "3/id=8", "3/street=f", "3/account=ab"}},
		{"units", []made{births, times, amounts, scores}, []string{"1/born=1970-01-01", "1/at=1970-01-01T00:00:00Z", "1/paid=0.05", "1/lat=53.27", "2/born=1971-01-01", "2/at=1970-01-01T00:00:01Z", "2/paid=12.34", "2/lat=0",
			"3/born=1969-12-31", "3/at=1970-01-01T00:00:01.5Z", "3/paid=-0.01", "3/lat=-1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := build(3, nil, c.columns...)
			if !New().Match(b[:min(len(b), media.HeadSize)]) {
				t.Error("no match")
			}
			v := mediatest.Walk(t, New(), b)
			if d := cmp.Diff(c.want, shown(v)); d != "" {
				t.Errorf("cells (-want +got):\n%s", d)
			}
			if len(v.Problems) > 0 {
				t.Errorf("problems %v", v.Problems)
			}
		})
	}
}

// A column of one value may stand for very many rows.
func TestLongRun(t *testing.T) {
	const n = 200_000
	run := binary.AppendUvarint([]byte{1}, n<<1)
	b := build(n, nil, made{name: "country", physical: byteArray, encoding: encDictionary, dict: texts("Ireland"), dictN: 1, values: append(run, 0), n: n})
	v := mediatest.Walk(t, New(), b)
	cells := 0
	for _, p := range v.Parts {
		cells += len(p.Cells)
	}
	if cells != n || len(v.Problems) > 0 {
		t.Errorf("%d cells, problems %v", cells, v.Problems)
	}
}

func TestBlobs(t *testing.T) {
	picture := "\xff\xd8\xff\xe0" + strings.Repeat("\x00", 100)
	v := mediatest.Walk(t, New(), build(2, nil, made{name: "photo", physical: byteArray, values: texts(picture, "\x00\x01"), n: 2}))
	if d := cmp.Diff([]mediatest.Block{{Path: "row[1]/photo", Data: []byte(picture)}}, v.Blocks); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLZ4(t *testing.T) {
	// "abcabcabcabcX": three literals, a match of nine bytes three back, a literal.
	got, err := unlz4([]byte{0x35, 'a', 'b', 'c', 3, 0, 0x10, 'X'}, 13)
	if err != nil || string(got) != "abcabcabcabcX" {
		t.Errorf("%q %v", got, err)
	}
	for _, bad := range [][]byte{{0x35, 'a', 'b', 'c', 9, 0, 0}, {0x35, 'a'}, {0xff, 255, 255, 255}, {0x15, 'a', 1, 0}, {0x1f, 'a', 1, 0, 255, 255}} {
		if out, err := unlz4(bad, 13); err == nil && len(out) > 13 {
			t.Errorf("%x gives %d bytes", bad, len(out))
		}
	}
}

func TestHostile(t *testing.T) {
	plain := build(3, tl{ts{{1, "key"}, {2, "value"}}}, names, mails)
	foot := binary.LittleEndian.Uint32(plain[len(plain)-8:])
	with := func(c made, change func(*made)) []byte {
		change(&c)
		return build(3, nil, c)
	}
	for _, c := range []struct {
		name   string
		object []byte
		want   []media.Reason
	}{
		{"cut", plain[:len(plain)-9], []media.Reason{media.Truncated}},
		{"head alone", []byte("PAR1PAR1PAR1"), []media.Reason{media.Corrupt}},
		{"encrypted", append(bytes.Clone(plain[:len(plain)-4]), "PARE"...), []media.Reason{media.Encrypted}},
		{"footer of 4 GiB", append(bytes.Clone(plain[:len(plain)-8]), "\xff\xff\xff\xffPAR1"...), []media.Reason{media.Corrupt}},
		{"footer too short", append(binary.LittleEndian.AppendUint32(bytes.Clone(plain[:len(plain)-8]), foot-20), "PAR1"...), []media.Reason{media.Corrupt}},
		{"page cut", append(bytes.Clone(plain[:4]), plain[40:]...), []media.Reason{media.Corrupt}},
		{"more values than there are", with(names, func(c *made) { c.values = texts("Ana") }), []media.Reason{media.Corrupt}},
		{"place outside of the dictionary", with(mails, func(c *made) { c.values = []byte{8, 3, 9, 9, 9, 0, 0, 0, 0, 0} }), []media.Reason{media.Corrupt}},
		{"no dictionary", with(mails, func(c *made) { c.dict = nil }), []media.Reason{media.Corrupt}},
		{"brotli", with(names, func(c *made) { c.codec = 4 }), []media.Reason{media.Unsupported}},
		{"split bytes", with(scores, func(c *made) { c.encoding = 9 }), []media.Reason{media.Unsupported}},
		{"levels cut", with(notes, func(c *made) { c.defs = []byte{3} }), []media.Reason{media.Corrupt}},
		{"deltas of nothing", with(ids, func(c *made) { c.values = []byte{0, 0, 3, 0} }), []media.Reason{media.Corrupt}},
		{"rows without end", build(1<<39, nil, made{name: "a", physical: byteArray, repeated: 1, defs: append(binary.AppendUvarint(nil, 1<<40), 0), n: 1 << 39}), []media.Reason{media.LimitCount}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := mediatest.Walk(t, New(), c.object)
			if d := cmp.Diff(c.want, v.Reasons()); d != "" {
				t.Errorf("reasons (-want +got):\n%s", d)
			}
		})
	}
}

// A column that is damaged does not take the others with it.
func TestDamageStays(t *testing.T) {
	broken := mails
	broken.values = []byte{8, 2, 9}
	v := mediatest.Walk(t, New(), build(3, nil, broken, names))
	if d := cmp.Diff([]string{"1/name=Ana", "2/name=Bo", "3/name=Cy"}, shown(v)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestGolden(t *testing.T) {
	mediatest.Golden(t, *update, New(), "users.parquet", "three rows of names, addresses, dates and phones, each column coded in its own way", build(3, tl{ts{{1, "author"}, {2, "Ana Silva"}}}, names, mails, notes, phones, births))
}

func FuzzWalk(f *testing.F) {
	mediatest.Fuzz(f, New(), build(3, tl{ts{{1, "key"}, {2, "value"}}}, names, mails, notes), build(3, nil, phones, ids), build(3, nil, streets, accounts, births, amounts), []byte("PAR1\x15\x00\x00\x02\x00\x00\x00PAR1"))
}

func BenchmarkWalk(b *testing.B) {
	var values []string
	for i := range 20_000 {
		values = append(values, fmt.Sprintf("user%d@example.org", i))
	}
	object := build(len(values), nil, made{name: "email", physical: byteArray, codec: snappyCodec, values: texts(values...), n: len(values)})
	r := bytes.NewReader(object)
	b.SetBytes(int64(len(object)))
	b.ReportAllocs()
	for b.Loop() {
		if err := New().Walk(r, int64(len(object)), mediatest.Discard{}); err != nil {
			b.Fatal(err)
		}
	}
}
