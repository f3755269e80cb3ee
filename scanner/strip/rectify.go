package strip

import (
	"context"
	"io"

	"habeas/detectors"
	"habeas/scanner"
	"habeas/scanner/media"
)

var _ media.Setter = (*policy)(nil)

// Set implements media.Setter.
func (p *policy) Set(_, _, name string) (string, bool) {
	v, ok := p.set[name]
	return v, ok
}

// rectify clears and sets single fields, and looks whether each came out as it
// should.
func (s *Stripper) rectify(ctx context.Context, req Request, content io.ReaderAt, plan *Plan, p *policy) error {
	before, err := s.fields(ctx, req, content, req.Size)
	if err != nil {
		return err
	}
	for _, name := range req.Clear {
		if len(before[name]) > 0 {
			p.asked = true
		}
	}
	for name := range req.Set {
		if len(before[name]) == 0 {
			return media.Refuse("", "it has no field of that name to set: `habeas inspect` shows names")
		}
		p.asked = true
	}
	if !p.asked {
		return nil
	}
	if _, err := s.round(content, plan, p); err != nil {
		return s.refused(err, p, plan)
	}
	after, err := s.fields(ctx, req, plan.After, plan.After.Size())
	if err != nil {
		return err
	}
	for _, name := range req.Clear {
		if len(after[name]) > 0 {
			return media.Refuse("", "a field of that name stands where it can't be cleared alone")
		}
	}
	for name, value := range req.Set {
		if len(after[name]) != len(before[name]) {
			return media.Refuse("", "the field can't be set where it stands")
		}
		for _, v := range after[name] {
			if v != value {
				return media.Refuse("", "a field of that name stands where it can't be set")
			}
		}
	}
	return nil
}

// fields are the values of the tags that a request names.
func (s *Stripper) fields(ctx context.Context, req Request, content io.ReaderAt, size int64) (map[string][]string, error) {
	c := &collector{values: map[string][]string{}}
	for _, name := range req.Clear {
		c.values[name] = nil
	}
	for name := range req.Set {
		c.values[name] = nil
	}
	e := &scanner.Examiner{Formats: s.Examiner.Formats, Detectors: []detectors.Detector{c}, Limits: s.Examiner.Limits, Now: s.Examiner.Now}
	_, err := e.Examine(ctx, scanner.Job{Size: size}, content)
	return c.values, err
}

// collector keeps the values of tags, for one object.
type collector struct{ values map[string][]string }

var _ detectors.Detector = (*collector)(nil)

// Info implements detectors.Detector.
func (*collector) Info() detectors.Info { return detectors.Info{Name: "collector"} }

// Detect implements detectors.Detector.
func (c *collector) Detect(p *detectors.Part, _ func(detectors.Finding)) error {
	for _, t := range p.Tags {
		if _, ok := c.values[t.Name]; ok && t.Value != "" {
			c.values[t.Name] = append(c.values[t.Name], t.Value)
		}
	}
	return nil
}
