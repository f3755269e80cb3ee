package scanner

import "sync"

// maxSpares is how many pieces of memory are kept for later use.
const maxSpares = 4

// spares keeps a few slices for later use, whatever the garbage collector does: what
// is made anew for each of many large objects costs more to clear than to fill. Its
// methods may be called from many goroutines; the zero spares is empty.
type spares[T any] struct {
	mu   sync.Mutex
	kept [][]T
}

// take gives an empty slice with room for n, or nil.
func (s *spares[T]) take(n int) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, b := range s.kept {
		if cap(b) >= n {
			last := len(s.kept) - 1
			s.kept[i], s.kept[last] = s.kept[last], nil
			s.kept = s.kept[:last]
			return b[:0]
		}
	}
	return nil
}

// give keeps the memory of b, which nobody else may use any more. What b held is
// cleared.
func (s *spares[T]) give(b []T) {
	clear(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) < maxSpares {
		s.kept = append(s.kept, b[:0])
		return
	}
	for i := range s.kept { // the smallest goes
		if cap(s.kept[i]) < cap(b) {
			s.kept[i], b = b[:0], s.kept[i]
		}
	}
}
