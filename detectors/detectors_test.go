package detectors

import "testing"

func TestCellAt(t *testing.T) {
	p := &Part{Text: []byte("abc,d"), Cells: []Cell{{Start: 0, End: 3}, {Start: 4, End: 5}}}
	for pos, want := range map[int]int{-1: -1, 0: 0, 2: 0, 3: -1, 4: 1, 5: -1, 9: -1} {
		got := -1
		for i := range p.Cells {
			if p.CellAt(pos) == &p.Cells[i] {
				got = i
			}
		}
		if got != want {
			t.Errorf("position %d is in cell %d, want %d", pos, got, want)
		}
	}
	if (&Part{}).CellAt(0) != nil {
		t.Error("a part without cells has one")
	}
}

// CellNear tells the same from wherever it begins to look.
func TestCellNear(t *testing.T) {
	var p Part
	for i := range 37 {
		p.Cells = append(p.Cells, Cell{Start: 3 * i, End: 3*i + 2})
	}
	for pos := range 3*len(p.Cells) + 2 {
		want := min((pos+1)/3, len(p.Cells))
		for i := range len(p.Cells) + 3 {
			if got := p.CellNear(pos, i); got != want {
				t.Fatalf("position %d from %d: %d, want %d", pos, i, got, want)
			}
		}
	}
}
