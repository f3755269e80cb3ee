// Package parquet reads Apache Parquet files
// (https://github.com/apache/parquet-format): the values of every column, row by
// row under the names of the schema, and what writers put into the footer. It reads
// the footer at the end of the file first, then each column chunk once, a page at
// a time.
package parquet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/cells"
)

// New gives the format.
func New() media.Format { return format{} }

type format struct{}

var (
	_ media.Format    = format{}
	_ media.Describer = format{}
)

// Name implements media.Format.
func (format) Name() string { return "parquet" }

// Describe implements media.Describer.
func (format) Describe() media.Description {
	return media.Description{
		Title: "Parquet",
		Types: "application/vnd.apache.parquet",
		Reads: "texts, numbers and dates of every row, by column; pictures and documents in binary columns; metadata of the footer; plain, dictionary and delta encodings; Snappy, gzip, Zstandard and LZ4",
		Not:   "columns packed with Brotli or LZO; encodings of floating-point numbers split by bytes; truth values",
	}
}

// Match implements media.Format. A footer that is encrypted says so in the magic.
func (format) Match(head []byte) bool {
	return len(head) >= 12 && (string(head[:4]) == "PAR1" || string(head[:4]) == "PARE")
}

// The limits of one file.
const (
	maxFooter  = 16 << 20 // bytes
	maxColumns = 10_000
	together   = 64        // columns whose pages are in memory at the same time
	maxHeld    = 192 << 20 // bytes of pages in memory at the same time; writers make them of 1 MiB
	maxEntries = 1 << 29   // values and nulls of all columns
	maxBlobs   = 10_000    // that are walked
	maxMeta    = 256 << 10
)

// Walk implements media.Format.
func (format) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	f := &file{r: r, size: size, v: v, budget: media.BudgetOf(v), told: map[problem]bool{}}
	meta, err := f.footer()
	if err != nil {
		return err
	}
	columns, err := f.schema(meta)
	if err != nil {
		return err
	}
	if err := f.metadata(meta); err != nil {
		return err
	}
	row := int64(1)
	for _, g := range meta.field(4).list {
		n := g.field(3).i
		if n < 0 || n > 1<<40 {
			f.problem("", media.Corrupt)
			break
		}
		if err := f.group(g, columns, row, n); err != nil {
			return err
		}
		row += n
	}
	return nil
}

type file struct {
	r      io.ReaderAt
	size   int64
	v      media.Visitor
	budget *media.Budget
	told   map[problem]bool
	blobs  int

	held    int64 // bytes of pages in memory
	entries int64 // values and nulls so far
}

type problem struct {
	path   string
	reason media.Reason
}

// problem tells of each thing once.
func (f *file) problem(path string, r media.Reason) {
	if p := (problem{path, r}); !f.told[p] && len(f.told) < 1000 {
		f.told[p] = true
		f.v.Problem(path, r)
	}
}

// footer reads the metadata at the end.
func (f *file) footer() (*value, error) {
	const guess = 64 << 10
	tail, err := media.ReadUpTo(f.r, max(f.size-guess, 0), guess, f.size)
	if err != nil {
		return nil, err
	}
	if len(tail) < 12 {
		return nil, media.Stop("", media.Truncated)
	}
	end := tail[len(tail)-8:]
	switch string(end[4:]) {
	case "PAR1":
	case "PARE":
		return nil, media.Stop("", media.Encrypted)
	default:
		return nil, media.Stop("", media.Truncated)
	}
	n := int64(binary.LittleEndian.Uint32(end))
	switch {
	case n > f.size-12:
		return nil, media.Stop("footer", media.Corrupt)
	case n > maxFooter:
		return nil, media.Stop("footer", media.LimitBytes)
	}
	body := tail[:len(tail)-8]
	if int64(len(body)) < n {
		if body, err = media.ReadUpTo(f.r, f.size-8-n, n, f.size); err != nil {
			return nil, err
		}
	} else {
		body = body[int64(len(body))-n:]
	}
	t := thrift{b: body}
	meta := t.structure(0)
	if t.bad {
		return nil, media.Stop("footer", media.Corrupt)
	}
	return meta, nil
}

// metadata hands out the keys and values of the footer.
func (f *file) metadata(meta *value) error {
	var tags []detectors.Tag
	add := func(name string, b []byte) {
		v := strings.TrimRight(strings.ToValidUTF8(string(b[:min(len(b), maxMeta)]), "\uFFFD"), "\x00 \t\r\n")
		if name != "" && v != "" && len(tags) < 1000 {
			tags = append(tags, detectors.Tag{Group: "Parquet", Name: name, Value: v})
		}
	}
	add("Software", meta.field(6).b)
	for _, kv := range meta.field(5).list {
		key := strings.ToValidUTF8(string(kv.field(1).b), "_")
		if key != "ARROW:schema" && len(key) <= 100 { // that is the schema again, in base64
			add(key, kv.field(2).b)
		}
	}
	if len(tags) == 0 {
		return nil
	}
	return f.v.Part(&detectors.Part{Path: "footer", Tags: tags, Off: -1})
}

// group hands out the rows of one row group, some columns at a time.
func (f *file) group(g *value, columns []column, row, n int64) error {
	chunks := g.field(1).list
	for from := 0; from < len(chunks); from += together {
		var open []*chunk
		for k, c := range chunks[from:min(len(chunks), from+together)] {
			if from+k < len(columns) {
				if ch := f.open(c, &columns[from+k]); ch != nil {
					open = append(open, ch)
				}
			}
		}
		if err := f.rows(open, row, n); err != nil {
			return err
		}
	}
	return nil
}

// rows reads chunks side by side.
func (f *file) rows(open []*chunk, row, n int64) error {
	out := cells.NewRows(f.v, "")
	out.Start(int(row))
	for i := int64(0); i < n && len(open) > 0; i++ {
		live := open[:0]
		for _, c := range open {
			more, err := c.row(func(b []byte) error { return f.value(out, c, b) })
			if err != nil {
				return err
			}
			if more {
				live = append(live, c)
			}
		}
		open = live
		if err := out.End(); err != nil {
			return err
		}
	}
	return out.Flush()
}

// value hands out one value: a text, or what else a binary column holds.
func (f *file) value(out *cells.Rows, c *chunk, b []byte) error {
	if c.column.physical != byteArray && c.column.physical != fixedArray || isText(b) {
		out.Value(c.column.name, b)
		return nil
	}
	if !known(b) {
		return nil
	}
	if f.blobs++; f.blobs > maxBlobs {
		f.problem(c.column.path, media.LimitCount)
		return nil
	}
	path := fmt.Sprintf("row[%d]/%s", out.Row(), c.column.path)
	return f.v.Nested(path, io.NewSectionReader(bytes.NewReader(bytes.Clone(b)), 0, int64(len(b))))
}
