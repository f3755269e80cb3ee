package scanner

import (
	"hash/maphash"

	"habeas/detectors"
)

// selectors know which fields each detector looks at. A photo has hundreds, of a
// few thousand names that all photos share, and a detector of fields can use one in
// fifty: what they answered is remembered. Detectors of text need one value
// in five: one glance at a value is for all of them.
type selectors struct {
	byNames  []chooser[detectors.Selector]
	byForms  []chooser[detectors.ValueSelector]
	byGlance []chooser[detectors.Glancer]
	each     uint64 // the detectors that choose among fields
	glancing uint64 // those of byGlance
	names    []string
}

// chooser is a detector that chooses among fields, and its bit in a set of
// detectors, that of its place.
type chooser[D detectors.Detector] struct {
	d   D
	bit uint64
}

func newSelectors(all []detectors.Detector) *selectors {
	s := &selectors{}
	for _, d := range all {
		s.names = append(s.names, d.Info().Name)
	}
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

func (s *selectors) ask(group, name string) (bits uint64) {
	for _, c := range s.byNames {
		if c.d.Selects(group, name) {
			bits |= c.bit
		}
	}
	return bits
}

// selection are the fields of one part with who looks at each. It remembers names
// from part to part.
type selection struct {
	known *selectors
	asked *[keptNames]answer // by hash
	seed  maphash.Seed

	tags []detectors.Tag
	who  []uint64
	any  uint64          // of all of them
	part detectors.Part  // what one detector is shown
	kept []detectors.Tag // the part's

	glance detectors.Glance
}

// choose looks at the fields of p.
func (c *selection) choose(p *detectors.Part) {
	c.tags, c.who, c.any = p.Tags, c.who[:0], 0
	for i := range p.Tags {
		bits := c.by(&p.Tags[i])
		c.who = append(c.who, bits)
		c.any |= bits
	}
}

// by tells which detectors look at t.
func (c *selection) by(t *detectors.Tag) uint64 {
	s := c.known
	bits := c.byName(t.Group, t.Name)
	if t.Value == "" {
		return bits
	}
	for _, d := range s.byForms {
		if bits&d.bit == 0 && d.d.SelectsValue(t.Value) {
			bits |= d.bit
		}
	}
	if len(t.Value) > maxGlance {
		return bits | s.glancing
	}
	c.glance = detectors.GlanceAt(t.Value)
	for _, d := range s.byGlance {
		if d.d.MayHold(&c.glance) {
			bits |= d.bit
		}
	}
	return bits
}

// byName asks the detectors that go by names, or remembers. Names are told apart by
// 64 bits of a hash that nobody outside can know the seed of: one in more names
// than any scan meets is taken for another.
func (c *selection) byName(group, name string) uint64 {
	if len(name) > maxKeptName {
		return c.known.ask(group, name)
	}
	if c.asked == nil {
		c.asked, c.seed = new([keptNames]answer), maphash.MakeSeed()
	}
	h := maphash.String(c.seed, name) ^ maphash.String(c.seed, group)*groupFactor
	a := &c.asked[h%keptNames]
	if a.name != h {
		*a = answer{h, c.known.ask(group, name)}
	}
	return a.by
}

const (
	keptNames   = 4096 // names that are remembered
	maxKeptName = 256  // the length of the longest of them, bytes
	groupFactor = 0x9E3779B97F4A7C15
)

// answer is which detectors look at the fields of one name.
type answer struct{ name, by uint64 }

// maxGlance is the length of the longest value that is looked at before its
// detectors are, bytes: in a longer one each of them would find something to do.
const maxGlance = 1 << 10

// forget lets go of the fields. Room for very many is not kept.
func (c *selection) forget() {
	if cap(c.kept) > maxScratch {
		c.kept, c.who = nil, nil
	}
	clear(c.kept[:cap(c.kept)])
	c.tags, c.part = nil, detectors.Part{}
}

// maxScratch is room for how many fields is kept for the next object.
const maxScratch = 1 << 10

// shown is what detector i is to look at of p: p itself if it does not choose among
// fields, nil if there is nothing for it. It is valid until the next call.
func (c *selection) shown(i int, p *detectors.Part) *detectors.Part {
	bit := uint64(1) << i // 0 from 64 on
	if c.known.each&bit == 0 || len(p.Tags) == 0 {
		return p
	}
	if c.any&bit == 0 && len(p.Text) == 0 {
		return nil
	}
	c.kept = c.kept[:0]
	for n, bits := range c.who {
		if bits&bit != 0 {
			c.kept = append(c.kept, c.tags[n])
		}
	}
	c.part = *p
	c.part.Tags = c.kept
	return &c.part
}
