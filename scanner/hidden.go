package scanner

import (
	"strings"
	"sync"

	"habeas/detectors"
)

// hidden is what a record keeps of a value.
type hidden struct{ mask, fingerprint, variant string }

// hiddenOf hides the value of f.
func (s *scan) hiddenOf(f *Found) hidden {
	k := hiddenKey{f.Kind, f.Value, f.canonical(), f.Doubtful}
	// A mask of a position depends on more than its value.
	if f.Position != nil || !s.hidden.holds(k) {
		return s.hide(f)
	}
	if h, ok := s.hidden.get(k); ok {
		return h
	}
	h := s.hide(f)
	s.hidden.put(k, h)
	return h
}

func (s *scan) hide(f *Found) hidden {
	h := hidden{mask: Mask(&f.Finding)}
	if s.prints == nil {
		return h
	}
	c := f.canonical()
	h.fingerprint = s.prints.Of(f.Kind, c)
	v := Variant(f.Kind, c)
	if f.Doubtful {
		v = LookAlike(f.Kind, c)
	}
	if v != "" {
		h.variant = s.prints.Of(f.Kind, v)
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
	mu    sync.Mutex
	known map[hiddenKey]hidden
}

// holds reports whether such a value is remembered at all.
func (m *memory) holds(k hiddenKey) bool {
	return len(k.value) <= maxHiddenValue && len(k.canonical) <= maxHiddenValue
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
