package column

import "unsafe"

// Memory keeps what was found out about the columns of one text, so that it is
// worked out once and not again in every row. It knows a column by where its name
// stands, which all rows share. The zero Memory is ready; Forget empties it for
// another text. One goroutine at a time uses it.
type Memory[T any] struct {
	slots [places]slot[T]
	used  bool
}

// places is how many columns are remembered at most; a power of two. Those of wider
// tables push each other out.
const places = 64

type slot[T any] struct {
	name *byte
	n    int
	what T
}

// Of is what is kept of the column with this name, of at least one byte. known is
// false at the first time: then it is zero, and for the caller to fill.
func (m *Memory[T]) Of(name []byte) (what *T, known bool) {
	at := unsafe.SliceData(name)
	i := uint64(uintptr(unsafe.Pointer(at))) * 0x9e37_79b9_7f4a_7c15 >> 32
	s := &m.slots[i%places]
	if s.name == at && s.n == len(name) {
		return &s.what, true
	}
	other := &m.slots[(i^1)%places]
	if other.name == at && other.n == len(name) {
		return &other.what, true
	}
	if s.name != nil && other.name == nil {
		s = other
	}
	m.used = true
	*s = slot[T]{name: at, n: len(name)}
	return &s.what, false
}

// Forget empties m.
func (m *Memory[T]) Forget() {
	if m.used {
		*m = Memory[T]{}
	}
}
