package scanner

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"habeas/detectors"
)

// selectors know which fields the detectors of fields look at. A photo has
// hundreds, of a few thousand names that all photos share, and a detector can use
// one in fifty: what each answered is remembered by name.
type selectors struct {
	of   []detectors.Selector // by the place of the detector; nil for one that is none
	any  []detectors.ValueSelector
	kept [8192]atomic.Pointer[selected] // those asked for last, in pairs of slots
	seed maphash.Seed
}

// selected are the detectors that look at the fields of one name.
type selected struct {
	group, name string
	by          uint64 // bit i: the detector at place i
}

// maxKeptName is the length of the longest name that is remembered, bytes.
const maxKeptName = 256

func newSelectors(all []detectors.Detector) *selectors {
	s := &selectors{seed: maphash.MakeSeed(), of: make([]detectors.Selector, len(all)), any: make([]detectors.ValueSelector, len(all))}
	for i, d := range all {
		// More detectors than bits: the others are shown every field.
		if f, ok := d.(detectors.Selector); ok && i < 64 {
			s.of[i] = f
			s.any[i], _ = d.(detectors.ValueSelector)
		}
	}
	return s
}

// by tells which detectors look at t.
func (s *selectors) by(t *detectors.Tag) uint64 {
	bits := s.byName(t.Group, t.Name)
	for i, d := range s.any {
		if d != nil && bits&(1<<i) == 0 && d.SelectsValue(t.Value) {
			bits |= 1 << i
		}
	}
	return bits
}

func (s *selectors) byName(group, name string) uint64 {
	if len(name) > maxKeptName {
		return s.ask(group, name)
	}
	at := maphash.String(s.seed, name) % uint64(len(s.kept)) &^ 1
	pair := s.kept[at : at+2]
	for i := range pair {
		if k := pair[i].Load(); k != nil && k.name == name && k.group == group {
			return k.by
		}
	}
	k := &selected{group: strings.Clone(group), name: strings.Clone(name)}
	k.by = s.ask(k.group, k.name)
	pair[1].Store(pair[0].Load())
	pair[0].Store(k)
	return k.by
}

func (s *selectors) ask(group, name string) (bits uint64) {
	for i, d := range s.of {
		if d != nil && d.Selects(group, name) {
			bits |= 1 << i
		}
	}
	return bits
}

// selection are the fields of one part with who looks at each.
type selection struct {
	tags []detectors.Tag
	by   []uint64
	any  uint64          // of all of them
	part detectors.Part  // what one detector is shown
	kept []detectors.Tag // the part's
}

// choose looks at the fields of p.
func (c *selection) choose(s *selectors, p *detectors.Part) {
	c.tags, c.by, c.any = p.Tags, c.by[:0], 0
	for i := range p.Tags {
		bits := s.by(&p.Tags[i])
		c.by = append(c.by, bits)
		c.any |= bits
	}
}

// shown is what detector i is to look at of p: p itself if it selects no fields,
// nil if there is nothing for it. It is valid until the next call.
func (c *selection) shown(s *selectors, i int, p *detectors.Part) *detectors.Part {
	if s.of[i] == nil || len(p.Tags) == 0 {
		return p
	}
	if c.any&(1<<i) == 0 && len(p.Text) == 0 {
		return nil
	}
	c.kept = c.kept[:0]
	for n, bits := range c.by {
		if bits&(1<<i) != 0 {
			c.kept = append(c.kept, c.tags[n])
		}
	}
	c.part = *p
	c.part.Tags = c.kept
	return &c.part
}
