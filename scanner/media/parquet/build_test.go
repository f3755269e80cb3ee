package parquet

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"

	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// The test writes its own files: a structure of Thrift is a list of fields, whose
// values are numbers (int32, int64), bytes, lists or structures.
type tf struct {
	id int
	v  any
}
type ts []tf
type tl []any

func put(b []byte, v any) []byte {
	switch v := v.(type) {
	case int:
		return binary.AppendVarint(b, int64(v))
	case string:
		return append(binary.AppendUvarint(b, uint64(len(v))), v...)
	case tl:
		b = append(b, 0xf0|kindOf(v), 0)
		b = append(b[:len(b)-1], binary.AppendUvarint(nil, uint64(len(v)))...)
		for _, x := range v {
			b = put(b, x)
		}
		return b
	case ts:
		for _, f := range v {
			kind := kindOf(f.v)
			if k, ok := f.v.(bool); ok {
				kind = thriftFalse
				if k {
					kind = thriftTrue
				}
			}
			if l, ok := f.v.(tl); ok {
				kind = thriftList
				_ = l
			}
			b = append(b, kind)
			b = binary.AppendVarint(b, int64(f.id))
			if _, ok := f.v.(bool); !ok {
				b = put(b, f.v)
			}
		}
		return append(b, 0)
	}
	return b
}

// kindOf is the type of a value, or of the items of a list.
func kindOf(v any) byte {
	switch v := v.(type) {
	case int:
		return thriftI64
	case string:
		return thriftBinary
	case ts:
		return thriftStruct
	case tl:
		if len(v) > 0 {
			return kindOf(v[0])
		}
	}
	return thriftI32
}

// made is a column of a file that build writes.
type made struct {
	name     string
	physical int
	repeated int // 0 required, 1 optional, 2 repeated
	codec    int
	encoding int
	v2       bool
	dict     []byte // a page of plain values, and how many
	dictN    int
	reps     []byte // levels, coded, without a length
	defs     []byte
	values   []byte
	n        int // entries
	more     ts  // of the schema
}

func pack(codec int, b []byte) []byte {
	switch codec {
	case snappyCodec:
		return snappy.Encode(nil, b)
	case gzipCodec:
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		return z.Bytes()
	case zstdCodec:
		w, _ := zstd.NewWriter(nil)
		return w.EncodeAll(b, nil)
	case lz4Raw: // literals alone
		if len(b) < 15 {
			return append([]byte{byte(len(b)) << 4}, b...)
		}
		out, n := []byte{0xf0}, len(b)-15
		for ; n >= 255; n -= 255 {
			out = append(out, 255)
		}
		return append(append(out, byte(n)), b...)
	}
	return b
}

func build(rows int, meta tl, columns ...made) []byte {
	out := []byte("PAR1")
	schema := tl{ts{{4, "root"}, {5, len(columns)}}}
	var chunks tl
	for _, c := range columns {
		schema = append(schema, append(ts{{1, c.physical}, {3, c.repeated}, {4, c.name}}, c.more...))
		start := len(out)
		m := ts{{1, c.physical}, {3, tl{c.name}}, {4, c.codec}, {5, c.n}}
		if c.dict != nil {
			p := pack(c.codec, c.dict)
			out = append(put(out, ts{{1, dictionaryPage}, {2, len(c.dict)}, {3, len(p)}, {7, ts{{1, c.dictN}, {2, encPlain}}}}), p...)
			m = append(m, tf{11, start})
		}
		data := len(out)
		if c.v2 {
			p := pack(c.codec, c.values)
			out = put(out, ts{{1, dataPage2}, {2, len(c.values) + len(c.reps) + len(c.defs)}, {3, len(p) + len(c.reps) + len(c.defs)},
				{8, ts{{1, c.n}, {2, 0}, {3, rows}, {4, c.encoding}, {5, len(c.defs)}, {6, len(c.reps)}, {7, c.codec != uncompressed}}}})
			out = append(append(append(out, c.reps...), c.defs...), p...)
		} else {
			var body []byte
			for _, l := range [][]byte{c.reps, c.defs} {
				if l != nil {
					body = append(binary.LittleEndian.AppendUint32(body, uint32(len(l))), l...)
				}
			}
			body = append(body, c.values...)
			p := pack(c.codec, body)
			out = append(put(out, ts{{1, dataPage}, {2, len(body)}, {3, len(p)}, {5, ts{{1, c.n}, {2, c.encoding}, {3, encRLE}, {4, encRLE}}}}), p...)
		}
		m = append(m, tf{7, len(out) - start}, tf{9, data})
		chunks = append(chunks, ts{{3, m}})
	}
	footer := put(nil, ts{{1, 1}, {2, schema}, {3, rows}, {4, tl{ts{{1, chunks}, {3, rows}}}}, {5, meta}, {6, "habeas test"}})
	out = append(out, footer...)
	return append(binary.LittleEndian.AppendUint32(out, uint32(len(footer))), "PAR1"...)
}

// texts are plain values.
func texts(values ...string) (b []byte) {
	for _, v := range values {
		b = append(binary.LittleEndian.AppendUint32(b, uint32(len(v))), v...)
	}
	return b
}

// packedDeltas codes few numbers by their differences, in one small block of 32.
func packedDeltas(values ...int) (b []byte) {
	b = binary.AppendUvarint(b, 128)
	b = binary.AppendUvarint(b, 4)
	b = binary.AppendUvarint(b, uint64(len(values)))
	b = binary.AppendVarint(b, int64(values[0]))
	if len(values) == 1 {
		return b
	}
	least := values[1] - values[0]
	for i := range values[1:] {
		least = min(least, values[i+1]-values[i])
	}
	b = binary.AppendVarint(b, int64(least))
	b = append(b, 8, 0, 0, 0)
	small := make([]byte, 32)
	for i := range values[1:] {
		small[i] = byte(values[i+1] - values[i] - least)
	}
	return append(b, small...)
}
