package scanner

import (
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"

	"habeas/detectors"
)

// hidden is what a record keeps of a value.
type hidden struct{ mask, fingerprint, variant string }

// hiddenOf hides the value of f, with what is new in memory of kept.
func (s *scan) hiddenOf(f *Found, kept *keep) hidden {
	k := hiddenKey{f.Kind, f.Value, f.canonical(), f.Doubtful}
	// A mask of a position depends on more than its value.
	if f.Position != nil || !s.hidden.holds(k) || !s.hidden.seen(k) {
		return s.hide(f, kept)
	}
	if h, ok := s.hidden.get(k); ok {
		return h
	}
	h := s.hide(f, new(keep))
	s.hidden.put(k, h)
	return h
}

func (s *scan) hide(f *Found, kept *keep) hidden {
	h := hidden{mask: Mask(&f.Finding)}
	if s.prints == nil {
		return h
	}
	c := f.canonical()
	h.fingerprint = s.prints.of(f.Kind, c, kept)
	v := Variant(f.Kind, c)
	if f.Doubtful {
		v = LookAlike(f.Kind, c)
	}
	if v != "" {
		h.variant = s.prints.of(f.Kind, v, kept)
	}
	return h
}

const (
	// maxHidden is how many values are remembered: neighbours in a listing share
	// the name of their maker and the serial number of a camera. More would only
	// keep values in memory for longer.
	maxHidden = 1024
	// maxHiddenValue bounds such a value, bytes.
	maxHiddenValue = 128
)

// hiddenKey is all that decides what is kept of a value that is no position.
type hiddenKey struct {
	kind             detectors.Kind
	value, canonical string
	doubtful         bool
}

// memory holds what was kept of the values seen last. Its methods may be called
// from many goroutines; the zero value is ready.
type memory struct {
	once sync.Once
	seed maphash.Seed
	last [1 << 12]atomic.Uint64 // hashes of values seen, at the place that they say

	mu    sync.Mutex
	known map[hiddenKey]hidden
}

// holds reports whether such a value is remembered at all.
func (m *memory) holds(k hiddenKey) bool {
	return len(k.value) <= maxHiddenValue && len(k.canonical) <= maxHiddenValue
}

// seen reports whether such a value was met not long ago. What comes once is not
// worth remembering, and most of a long log does.
func (m *memory) seen(k hiddenKey) bool {
	m.once.Do(func() { m.seed = maphash.MakeSeed() })
	h := maphash.Comparable(m.seed, k)
	return m.last[h%uint64(len(m.last))].Swap(h) == h
}

func (m *memory) get(k hiddenKey) (hidden, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.known[k]
	return h, ok
}

func (m *memory) put(k hiddenKey, h hidden) {
	// The strings of a finding are pieces of all that came of its object.
	k.kind, k.value, k.canonical = detectors.Kind(strings.Clone(string(k.kind))), strings.Clone(k.value), strings.Clone(k.canonical)
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case m.known == nil:
		m.known = make(map[hiddenKey]hidden, maxHidden)
	case len(m.known) >= maxHidden:
		clear(m.known)
	}
	m.known[k] = h
}
