package erasure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Rules say where copies of an object are, which no listing tells.
type Rules struct {
	Derivatives []Derivative `yaml:"derivatives"`
	CDN         []CDN        `yaml:"cdn"`
	Replicas    []Replica    `yaml:"replicas"`
	Backups     []Elsewhere  `yaml:"backups"`
}

// Derivative says which keys are made from which: thumbnails, transcodings.
type Derivative struct {
	From string   `yaml:"from"` // template of the original's key
	To   []string `yaml:"to"`   // templates of the derivatives' keys, with holes of From and "*"

	from *template
	to   []*template
}

// CDN says under which paths an object was served.
type CDN struct {
	Name  string   `yaml:"name"`
	From  string   `yaml:"from"`  // template of the key
	Paths []string `yaml:"paths"` // templates of paths, with holes of From
	Days  int      `yaml:"days"`  // how long a copy may stay without an invalidation; 0 if unknown

	from  *template
	paths []*template
}

// Elsewhere is a place that holds copies and that this erasure does not reach.
type Elsewhere struct {
	Name string `yaml:"name"`
	Days int    `yaml:"days"` // after how many days copies are overwritten; 0 if unknown
	Note string `yaml:"note"`
}

// Replica is a bucket that objects are copied to. One that is named as
// "s3://bucket" is looked at; any other name only stands in the plan.
type Replica struct {
	Name     string `yaml:"name"`
	Endpoint string `yaml:"endpoint"` // base URL of its store; "" for that of the bucket that is copied
	Region   string `yaml:"region"`
	Profile  string `yaml:"profile"` // of the credentials that may list it
	Days     int    `yaml:"days"`    // after how many days copies are overwritten; 0 if unknown
	Note     string `yaml:"note"`
}

const maxRules = 1 << 20

// ReadRules reads a rules file: YAML, described in docs/erasure.md.
func ReadRules(r io.Reader) (*Rules, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxRules+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxRules {
		return nil, fmt.Errorf("the file is larger than 1 MiB")
	}
	var rules Rules
	dec := yaml.NewDecoder(bytes.NewReader(b))
	dec.KnownFields(true)
	if err := dec.Decode(&rules); err != nil && err != io.EOF {
		return nil, err
	}
	for i := range rules.Derivatives {
		d := &rules.Derivatives[i]
		if d.from, d.to, err = templates(d.From, d.To); err != nil {
			return nil, fmt.Errorf("derivatives, rule %d: %w", i+1, err)
		}
	}
	for i := range rules.CDN {
		c := &rules.CDN[i]
		if c.from, c.paths, err = templates(c.From, c.Paths); err != nil {
			return nil, fmt.Errorf("cdn, rule %d: %w", i+1, err)
		}
		if c.Name == "" || c.Days < 0 {
			return nil, fmt.Errorf("cdn, rule %d needs a name, and days from 0", i+1)
		}
	}
	for _, e := range rules.Backups {
		if e.Name == "" || e.Days < 0 {
			return nil, errNamed
		}
	}
	for _, e := range rules.Replicas {
		if e.Name == "" || e.Days < 0 {
			return nil, errNamed
		}
	}
	return &rules, nil
}

var errNamed = errors.New("replicas and backups need a name, and days from 0")

func templates(from string, to []string) (*template, []*template, error) {
	f, err := parseTemplate(from)
	if err != nil {
		return nil, nil, err
	}
	if len(to) == 0 {
		return nil, nil, fmt.Errorf("there is nothing that %q leads to", from)
	}
	var out []*template
	for _, text := range to {
		t, err := parseTemplate(text)
		if err != nil {
			return nil, nil, err
		}
		holes := t.holes()
		if len(holes) == 0 {
			return nil, nil, fmt.Errorf("template %q has no hole: it would fit the same key for every object", text)
		}
		for _, h := range holes {
			if !slices.Contains(f.holes(), h) {
				return nil, nil, fmt.Errorf("template %q has a hole %s that %q has not", text, h, from)
			}
		}
		out = append(out, t)
	}
	return f, out, nil
}

// after is the date some days from now; "" for 0 days.
func after(now time.Time, days int) string {
	if days == 0 {
		return ""
	}
	return now.AddDate(0, 0, days).Format(time.DateOnly)
}
