// Package mediatest holds a media.Format against its contract and shows what a
// walk gave as text, for golden files. Only tests import it.
//
// Walk records a walk and checks every promise of the contract on the way;
// Golden compares the dump with a file in testdata; Fuzz runs any bytes.
package mediatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Visit is what one walk gave, copied, in the order in which it came.
type Visit struct {
	Parts    []detectors.Part
	Blocks   []Block // embedded content
	Problems []media.Problem
	Err      error // what Walk returned, when it was not a *media.Problem
	Read     int64 // bytes read through the ReaderAt
	Reads    int   // calls of ReadAt

	dump   strings.Builder
	object []byte
	budget media.Budget

	picture media.Picture
	broken  []string // promises that were not kept
}

// Block is embedded content as handed out by Nested.
type Block struct {
	Path string
	Data []byte
}

// ErrVisitor is what the failing visitor of Abuse returns.
var ErrVisitor = errors.New("visitor says no")

// Walk walks object with f and records it. It fails t where f breaks a promise:
// invalid UTF-8, bytes outside the object, offsets that do not hold.
func Walk(t testing.TB, f media.Format, object []byte) *Visit {
	t.Helper()
	return WalkIn(t, f, object, media.Picture{})
}

// WalkIn is Walk with what is known of the picture that the object is, or is a
// block or a copy of.
func WalkIn(t testing.TB, f media.Format, object []byte, p media.Picture) *Visit {
	t.Helper()
	v := &Visit{object: object, picture: p}
	r := &reader{r: bytes.NewReader(object)}
	err := f.Walk(r, int64(len(object)), v)
	v.Read, v.Reads = r.bytes, r.calls
	if p, ok := errors.AsType[*media.Problem](err); ok {
		v.Problem(p.Path, p.Reason)
	} else {
		v.Err = err
	}
	for _, b := range v.broken {
		t.Errorf("%s: %s", f.Name(), b)
	}
	return v
}

// Part implements media.Visitor.
func (v *Visit) Part(p *detectors.Part) error {
	c := *p
	c.Tags = slices.Clone(p.Tags)
	c.Text = bytes.Clone(p.Text)
	c.Cells = slices.Clone(p.Cells)
	v.Parts = append(v.Parts, c)
	v.check(&c)
	fmt.Fprintf(&v.dump, "part %q", c.Path)
	if c.Text != nil {
		fmt.Fprintf(&v.dump, " off=%d lead=%d tail=%d len=%d\n  %q\n", c.Off, c.Lead, c.Tail, len(c.Text), cut(string(c.Text)))
	} else {
		v.dump.WriteByte('\n')
	}
	for _, cell := range c.Cells[:min(len(c.Cells), maxCells)] {
		fmt.Fprintf(&v.dump, "  record %d line %d %s = %q", cell.Record, cell.Line, cell.Column, cut(string(c.Text[cell.Start:cell.End])))
		if cell.Value != "" {
			fmt.Fprintf(&v.dump, " says %q", cut(cell.Value))
		}
		v.dump.WriteByte('\n')
	}
	for _, tag := range c.Tags {
		fmt.Fprintf(&v.dump, "  %s %s = %q", tag.Group, tag.Name, cut(tag.Value))
		if tag.Nums != nil {
			fmt.Fprintf(&v.dump, " %v", tag.Nums)
		}
		v.dump.WriteByte('\n')
	}
	return nil
}

// Nested implements media.Visitor.
func (v *Visit) Nested(path string, r *io.SectionReader) error {
	b, err := io.ReadAll(io.LimitReader(r, media.MaxBlock))
	if p, ok := errors.AsType[*media.Problem](err); ok || errors.Is(err, io.ErrUnexpectedEOF) {
		reason := media.Truncated
		if ok {
			reason = p.Reason
		}
		v.Problem(path, reason) // as the walk of it would tell
	} else if err != nil {
		v.broken = append(v.broken, fmt.Sprintf("nested %q can't be read: %v", path, err))
	}
	v.Blocks = append(v.Blocks, Block{path, b})
	fmt.Fprintf(&v.dump, "nested %q len=%d\n  %q\n", path, len(b), cut(string(b)))
	return nil
}

// Problem implements media.Visitor.
func (v *Visit) Problem(path string, r media.Reason) {
	v.Problems = append(v.Problems, media.Problem{Path: path, Reason: r})
	fmt.Fprintf(&v.dump, "problem %q %s\n", path, r)
}

// Budget implements media.Budgeter.
func (v *Visit) Budget() *media.Budget { return &v.budget }

// Picture implements media.Pictured.
func (v *Visit) Picture() *media.Picture { return &v.picture }

// Reasons are the reasons of all problems, sorted, each once.
func (v *Visit) Reasons() []media.Reason {
	var rs []media.Reason
	for _, p := range v.Problems {
		rs = append(rs, p.Reason)
	}
	slices.Sort(rs)
	return slices.Compact(rs)
}

// Tag is the value of the first tag of that name, "" if there is none.
func (v *Visit) Tag(name string) string {
	for _, p := range v.Parts {
		for _, t := range p.Tags {
			if t.Name == name {
				return t.Value
			}
		}
	}
	return ""
}

// Dump is the visit as text. Long values are cut in the middle.
func (v *Visit) Dump() string {
	s := v.dump.String()
	if v.Err != nil {
		s += "error\n"
	}
	return s
}

func (v *Visit) check(p *detectors.Part) {
	bad := func(format string, a ...any) {
		v.broken = append(v.broken, fmt.Sprintf("part %q: ", p.Path)+fmt.Sprintf(format, a...))
	}
	if !utf8.Valid(p.Text) {
		bad("text is not UTF-8")
	}
	if p.Lead < 0 || p.Tail < 0 || p.Lead+p.Tail > len(p.Text) {
		bad("lead %d and tail %d of %d bytes", p.Lead, p.Tail, len(p.Text))
	}
	if p.Text != nil && p.Off >= 0 {
		if end := p.Off + int64(len(p.Text)); end > int64(len(v.object)) {
			bad("ends at %d of %d bytes", end, len(v.object))
		} else if !sameASCII(p.Text, v.object[p.Off:end]) {
			bad("is not what stands at its offset")
		}
	}
	end := 0
	for _, c := range p.Cells {
		if c.Start < end || c.End <= c.Start || c.End > len(p.Text) {
			bad("cell [%d, %d) is empty, outside, or not behind the one before", c.Start, c.End)
			break
		}
		if c.Record < 1 || c.Line < 0 || !utf8.ValidString(c.Column) || !utf8.ValidString(c.Value) {
			bad("cell of record %d, line %d, or with invalid UTF-8", c.Record, c.Line)
		}
		end = c.End
	}
	for _, t := range p.Tags {
		if !utf8.ValidString(t.Value) || !utf8.ValidString(t.Name) || t.Group == "" || t.Name == "" {
			bad("tag %q %q of invalid UTF-8 or without a name", t.Group, t.Name)
		}
		if strings.TrimRight(t.Value, "\x00 \t\r\n") != t.Value {
			bad("tag %q is not trimmed", t.Name)
		}
	}
}

// sameASCII allows a text to stand in for bytes that are not UTF-8, one for one.
func sameASCII(text, object []byte) bool {
	for i, b := range text {
		if b != object[i] && object[i] < utf8.RuneSelf {
			return false
		}
	}
	return true
}

// maxCells bounds the cells that a dump shows of a part.
const maxCells = 200

func cut(s string) string {
	const half = 200
	if len(s) <= 2*half {
		return s
	}
	return s[:half] + fmt.Sprintf("[%d bytes]", len(s)-2*half) + s[len(s)-half:]
}

// Golden walks object and compares the dump with testdata/name.golden, whose
// first line says how the object was made. With update it writes the file.
func Golden(t *testing.T, update bool, f media.Format, name, made string, object []byte) {
	t.Helper()
	if !f.Match(object[:min(len(object), media.HeadSize)]) {
		t.Errorf("%s does not match %s", f.Name(), name)
	}
	got := "# " + made + "\n" + Walk(t, f, object).Dump()
	file := filepath.Join("testdata", name+".golden")
	if update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

// Fuzz walks any bytes, whether f matches them or not, and then again with a
// visitor that fails and with a source that fails. Seeds run in plain go test.
func Fuzz(fz *testing.F, f media.Format, seeds ...[]byte) {
	for _, s := range seeds {
		fz.Add(s)
	}
	fz.Fuzz(func(t *testing.T, object []byte) { Abuse(t, f, object) })
}

// Abuse is one run of Fuzz.
func Abuse(t testing.TB, f media.Format, object []byte) {
	t.Helper()
	f.Match(object[:min(len(object), media.HeadSize)])
	before := allocated()
	v := Walk(t, f, object)
	if v.Err != nil {
		t.Errorf("%s: walk failed though nothing failed to be read: %v", f.Name(), v.Err)
	}
	defer abuseStrip(t, f, object)
	// The dump and the copies of the visit itself are in this too.
	if used := allocated() - before; used > 256<<20+200*uint64(len(object)) {
		t.Errorf("%s: %d bytes allocated for an object of %d", f.Name(), used, len(object))
	}
	if limit := int64(64<<10) + 40*int64(len(object)) + 4096*int64(v.Reads); v.Read > limit {
		t.Errorf("%s: %d bytes read of an object of %d", f.Name(), v.Read, len(object))
	}
	if len(v.Parts)+len(v.Blocks) > 0 {
		err := f.Walk(bytes.NewReader(object), int64(len(object)), failing{})
		if !errors.Is(err, ErrVisitor) {
			t.Errorf("%s: the visitor's error came back as %v", f.Name(), err)
		}
	}
	if v.Reads > 0 {
		err := f.Walk(failingReader{}, int64(len(object)), &Visit{})
		if !errors.Is(err, errSource) {
			t.Errorf("%s: the source's error came back as %v", f.Name(), err)
		}
	}
}

// allocated is the sum of all heap allocations so far, in bytes.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

type reader struct {
	r     io.ReaderAt
	bytes int64
	calls int
}

func (r *reader) ReadAt(b []byte, off int64) (int, error) {
	n, err := r.r.ReadAt(b, off)
	r.bytes += int64(n)
	r.calls++
	return n, err
}

type failing struct{}

func (failing) Part(*detectors.Part) error             { return ErrVisitor }
func (failing) Nested(string, *io.SectionReader) error { return ErrVisitor }
func (failing) Problem(string, media.Reason)           {}

var errSource = errors.New("source failed")

type failingReader struct{}

func (failingReader) ReadAt([]byte, int64) (int, error) { return 0, errSource }

// Discard is a visitor for benchmarks: it keeps nothing.
type Discard struct{}

// Part implements media.Visitor.
func (Discard) Part(*detectors.Part) error { return nil }

// Nested implements media.Visitor.
func (Discard) Nested(string, *io.SectionReader) error { return nil }

// Problem implements media.Visitor.
func (Discard) Problem(string, media.Reason) {}

var _ media.Visitor = (*Visit)(nil)
var _ media.Budgeter = (*Visit)(nil)
var _ media.Visitor = Discard{}
