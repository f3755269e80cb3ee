package textscan

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestRows compares the rows with those of a plain loop.
func TestRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	bytes := []string{"1", "23", "4567", "890123", " ", "-", ".", "(", "/", "+", "\u00a0", "a", ",", "xyz", ":", strings.Repeat(" ", 70), strings.Repeat("12 ", 30), strings.Repeat("x", 61)}
	ix := new(Index)
	rows := 0
	for range 3000 {
		var b strings.Builder
		for size := r.IntN(400); b.Len() < size; {
			b.WriteString(bytes[r.IntN(len(bytes))])
		}
		text := []byte(b.String())
		ix.Reset(text)
		got := append([]Row(nil), ix.Rows()...)
		if d := cmp.Diff(plainRows(text), got); d != "" {
			t.Fatalf("%q: %s", text, d)
		}
		rows += len(got)
	}
	if rows == 0 {
		t.Error("no rows")
	}
}

func plainRows(text []byte) (rows []Row) {
	for i := 0; i < len(text); i++ {
		if ClassOf[text[i]]&Digit == 0 {
			continue
		}
		row := Row{Start: i, End: i}
		for ; i < len(text) && (text[i] >= 0x80 || strings.IndexByte("0123456789 -./()+", text[i]) >= 0); i++ {
			if ClassOf[text[i]]&Digit == 0 {
				continue
			}
			row.End = i + 1
			row.Digits++
			if i-row.Start < Block {
				row.Bits |= 1 << (i - row.Start)
			}
		}
		if row.Digits >= RowDigits {
			rows = append(rows, row)
		}
	}
	return rows
}
