package column

import (
	"fmt"
	"testing"
)

func TestMemory(t *testing.T) {
	var m Memory[int]
	names := make([][]byte, 3*places) // more than there is room for
	for i := range names {
		names[i] = []byte(fmt.Sprint("column ", i))
	}
	for round := range 3 {
		for i, name := range names {
			what, known := m.Of(name)
			if known && *what != i || !known && *what != 0 {
				t.Fatalf("round %d: column %d has %d (known: %t)", round, i, *what, known)
			}
			*what = i
			if again, known := m.Of(name); !known || *again != i {
				t.Fatalf("round %d: column %d is not known when it is asked for again", round, i)
			}
		}
	}
	if _, known := m.Of(names[0][:3]); known {
		t.Error("the beginning of a name is taken for the name")
	}
	last := names[len(names)-1]
	if _, known := m.Of(last); !known {
		t.Error("the last column is not known")
	}
	m.Forget()
	if _, known := m.Of(last); known {
		t.Error("a column is known to a memory that forgot")
	}
}
