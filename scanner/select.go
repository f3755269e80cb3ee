package scanner

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"habeas/detectors"
)

// selectors know which fields each detector looks at. A photo has hundreds, of a
// few thousand names that all photos share, and a detector of fields can use one in
// fifty: what each answered is remembered by name. Detectors of text need one value
// in five: one glance at a value is for all of them.
type selectors struct {
	byNames  []chooser[detectors.Selector]
	byForms  []chooser[detectors.ValueSelector]
	byGlance []chooser[detectors.Glancer]
	each     uint64 // the detectors that choose among fields
	glancing uint64 // those of byGlance

	kept [8192]atomic.Pointer[selected] // those asked for last, in pairs of slots
	seed maphash.Seed
}

// chooser is a detector that chooses among fields, and its bit in a set of
// detectors, that of its place.
type chooser[D detectors.Detector] struct {
	d   D
	bit uint64
}

// selected are the detectors that look at the fields of one name.
type selected struct {
	group, name string
	by          uint64 // bit i: the detector at place i
}

// maxKeptName is the length of the longest name that is remembered, bytes.
const maxKeptName = 256

func newSelectors(all []detectors.Detector) *selectors {
	s := &selectors{seed: maphash.MakeSeed()}
	// More detectors than bits: the others are shown every field.
	for i, d := range all[:min(len(all), 64)] {
		bit := uint64(1) << i
		switch f := d.(type) {
		case detectors.Selector:
			s.byNames = append(s.byNames, chooser[detectors.Selector]{f, bit})
			if v, ok := d.(detectors.ValueSelector); ok {
				s.byForms = append(s.byForms, chooser[detectors.ValueSelector]{v, bit})
			}
		case detectors.Glancer:
			s.byGlance = append(s.byGlance, chooser[detectors.Glancer]{f, bit})
			s.glancing |= bit
		default:
			continue
		}
		s.each |= bit
	}
	return s
}

// by tells which detectors look at t. g is to hold a glance at its value.
func (s *selectors) by(t *detectors.Tag, g *detectors.Glance) uint64 {
	bits := s.byName(t.Group, t.Name)
	if t.Value == "" {
		return bits
	}
	for _, c := range s.byForms {
		if bits&c.bit == 0 && c.d.SelectsValue(t.Value) {
			bits |= c.bit
		}
	}
	if len(t.Value) > maxGlance {
		return bits | s.glancing
	}
	*g = detectors.GlanceAt(t.Value)
	for _, c := range s.byGlance {
		if c.d.MayHold(g) {
			bits |= c.bit
		}
	}
	return bits
}

// maxGlance is the length of the longest value that is looked at before its
// detectors are, bytes: in a longer one each of them would find something to do.
const maxGlance = 1 << 10

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
	for _, c := range s.byNames {
		if c.d.Selects(group, name) {
			bits |= c.bit
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

	glance detectors.Glance
}

// choose looks at the fields of p.
func (c *selection) choose(s *selectors, p *detectors.Part) {
	c.tags, c.by, c.any = p.Tags, c.by[:0], 0
	for i := range p.Tags {
		bits := s.by(&p.Tags[i], &c.glance)
		c.by = append(c.by, bits)
		c.any |= bits
	}
}

// shown is what detector i is to look at of p: p itself if it does not choose among
// fields, nil if there is nothing for it. It is valid until the next call.
func (c *selection) shown(s *selectors, i int, p *detectors.Part) *detectors.Part {
	bit := uint64(1) << i // 0 from 64 on
	if s.each&bit == 0 || len(p.Tags) == 0 {
		return p
	}
	if c.any&bit == 0 && len(p.Text) == 0 {
		return nil
	}
	c.kept = c.kept[:0]
	for n, bits := range c.by {
		if bits&bit != 0 {
			c.kept = append(c.kept, c.tags[n])
		}
	}
	c.part = *p
	c.part.Tags = c.kept
	return &c.part
}
