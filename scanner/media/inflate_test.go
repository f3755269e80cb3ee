package media

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"testing"

	"habeas/detectors"
)

// zeros yields n zero bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.n)
	clear(p[:n])
	z.n -= n
	return int(n), nil
}

func packZeros(t testing.TB, n int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := io.Copy(w, &zeros{n}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func openZlib(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }

func TestInflater(t *testing.T) {
	small := packZeros(t, 5<<20)
	bomb := packZeros(t, 24<<20)
	for _, c := range []struct {
		name   string
		packed []byte
		spent  int64
		min    int64 // bytes out
		max    int64
		want   Reason
	}{
		{"small blocks may be packed as well as they like", small, 0, 5 << 20, 5 << 20, ""},
		{"ratio", bomb, 0, RatioFloor, RatioFloor + 5<<20, LimitRatio}, // read-ahead: 4 KiB, 1,000 times,
		{"ends just at the budget", small, MaxInflated - 5<<20, 5 << 20, 5 << 20, ""},
		{"one byte over the budget", small, MaxInflated - 5<<20 + 1, 5<<20 - 1, 5<<20 - 1, LimitBytes},
		{"nothing left", small, MaxInflated, 0, 0, LimitBytes},
		{"cut", small[:len(small)/2], 0, 1, 5 << 20, Truncated},
		{"damaged", append([]byte{0x78, 0x9c}, bytes.Repeat([]byte{0xff}, 40)...), 0, 0, 0, Corrupt},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &Budget{inflated: c.spent}
			r, err := NewInflater(b, bytes.NewReader(c.packed), openZlib)
			if err != nil {
				t.Fatal(err)
			}
			n, err := io.Copy(io.Discard, r)
			var got Reason
			if err != nil {
				got = ReasonOf(err)
			}
			if got != c.want || n < c.min || n > c.max {
				t.Errorf("got %d bytes and %q, want %d to %d and %q", n, got, c.min, c.max, c.want)
			}
			if b.Inflated() != min(c.spent+n, MaxInflated) {
				t.Errorf("budget counts %d after %d bytes", b.Inflated(), n)
			}
			if _, again := r.Read(make([]byte, 1)); err != nil && !errors.Is(again, err) {
				t.Errorf("error is not final: %v", again)
			}
		})
	}
}

func TestReadBlock(t *testing.T) {
	b, err := ReadBlock(&zeros{MaxBlock})
	if len(b) != MaxBlock || err != nil {
		t.Errorf("a block of the limit: %d bytes, %v", len(b), err)
	}
	b, err = ReadBlock(&zeros{MaxBlock + 1})
	if len(b) != MaxBlock || err == nil || ReasonOf(err) != LimitBytes {
		t.Errorf("a block over the limit: %d bytes, %v", len(b), err)
	}
}

type plainVisitor struct{}

func (plainVisitor) Part(*detectors.Part) error             { return nil }
func (plainVisitor) Nested(string, *io.SectionReader) error { return nil }
func (plainVisitor) Problem(string, Reason)                 {}

type budgetVisitor struct {
	plainVisitor
	b *Budget
}

func (v budgetVisitor) Budget() *Budget { return v.b }

func TestBudgetOf(t *testing.T) {
	b := new(Budget)
	if BudgetOf(budgetVisitor{b: b}) != b {
		t.Error("not the budget that the visitor carries")
	}
	if BudgetOf(plainVisitor{}) == nil || BudgetOf(budgetVisitor{}) == nil {
		t.Error("no budget for a visitor that carries none")
	}
}
