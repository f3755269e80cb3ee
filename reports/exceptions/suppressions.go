package exceptions

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"habeas/reports"
)

// maxFile bounds a file of suppressions, maxRules their number: each is tried on
// each finding.
const (
	maxFile  = 1 << 20
	maxRules = 1000
)

// Suppression says that findings are none to act on. All of Kind, Key, Finding and
// Rule that are given must hold.
type Suppression struct {
	Kind    string         // "" for any
	Key     *regexp.Regexp // of the whole key or path; nil for any
	Finding string         // Place or id of a finding; "" for any
	Rule    string         // id of a rule of the user's; "" for any
	Reason  string         // never empty
	Expires time.Time      // the last day, at 00:00 UTC
	Line    int            // of the file
}

func (s *Suppression) matches(key, where string, f *reports.Finding) bool {
	return (s.Kind == "" || s.Kind == f.Kind) && (s.Rule == "" || s.Rule == f.Rule) &&
		(s.Finding == "" || s.Finding == f.ID || s.Finding == Place(where, f)) &&
		(s.Key == nil || s.Key.MatchString(key) || s.Key.MatchString(where))
}

// expired reports whether the last day is over.
func (s *Suppression) expired(today time.Time) bool {
	return !today.Before(s.Expires.AddDate(0, 0, 1))
}

// entry is a suppression as it is written.
type entry struct {
	Kind    string `yaml:"kind"`
	Key     string `yaml:"key"`
	Finding string `yaml:"finding"`
	Rule    string `yaml:"rule"`
	Reason  string `yaml:"reason"`
	Expires string `yaml:"expires"`
	line    int
}

// UnmarshalYAML keeps the line, and refuses names that it does not know.
func (e *entry) UnmarshalYAML(n *yaml.Node) error {
	type plain entry
	if n.Kind != yaml.MappingNode {
		return fmt.Errorf("line %d: a suppression has names and values", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		if !slices.Contains([]string{"kind", "key", "finding", "rule", "reason", "expires"}, n.Content[i].Value) {
			return fmt.Errorf("line %d: a suppression has kind, key, finding, rule, reason and expires, and nothing else", n.Content[i].Line)
		}
	}
	if err := n.Decode((*plain)(e)); err != nil {
		return fmt.Errorf("line %d: every value of a suppression is a text", n.Line)
	}
	e.line = n.Line
	return nil
}

// ReadSuppressions reads a YAML file of suppressions. Errors say the line and what
// is wrong. kinds are those that a suppression may name.
func ReadSuppressions(r io.Reader, kinds []string) ([]Suppression, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, errors.New("the file is larger than 1 MiB")
	}
	var file struct {
		Version      int     `yaml:"version"`
		Suppressions []entry `yaml:"suppressions"`
	}
	dec := yaml.NewDecoder(strings.NewReader(string(b)))
	dec.KnownFields(true)
	if err := dec.Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, plainError(err)
	}
	switch {
	case file.Version != 1:
		return nil, errors.New("the file must begin with `version: 1`")
	case len(file.Suppressions) > maxRules:
		return nil, fmt.Errorf("there are more than %d suppressions: a baseline is for many findings", maxRules)
	}
	var out []Suppression
	for _, e := range file.Suppressions {
		s, err := e.parse(kinds)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", e.line, err)
		}
		out = append(out, s)
	}
	return out, nil
}

// plainError keeps what we said ourselves and drops the library's words, which may
// quote the file.
func plainError(err error) error {
	if msg := err.Error(); strings.HasPrefix(msg, "line ") && strings.Contains(msg, "suppression") {
		return err
	}
	return errors.New("it is not YAML with `version: 1` and a list of `suppressions`: see docs/ci.md")
}

func (e *entry) parse(kinds []string) (Suppression, error) {
	s := Suppression{Kind: e.Kind, Finding: e.Finding, Rule: e.Rule, Reason: strings.TrimSpace(e.Reason), Line: e.line}
	switch {
	case e.Kind == "" && e.Key == "" && e.Finding == "" && e.Rule == "":
		return s, errors.New("it would hold for everything: give a kind, a key, a finding or a rule")
	case e.Kind != "" && !slices.Contains(kinds, e.Kind):
		return s, errors.New("there is no such kind: `habeas detectors` lists them")
	case s.Reason == "":
		return s, errors.New("a reason is missing: say why these findings are none to act on")
	case e.Expires == "":
		return s, errors.New("expires is missing: give the last day, as 2027-12-31")
	}
	var err error
	if s.Expires, err = time.Parse(time.DateOnly, e.Expires); err != nil {
		return s, errors.New("expires is not a day, as 2027-12-31")
	}
	if e.Key != "" {
		if s.Key, err = glob(e.Key); err != nil {
			return s, err
		}
	}
	return s, nil
}

// maxGlob bounds the pattern of a key, which is itself at most 1,024 bytes in S3.
const maxGlob = 1024

// glob turns a pattern into an expression that takes linear time: * and ? stay
// within a folder, ** crosses folders, and "**/" also stands for none.
func glob(pattern string) (*regexp.Regexp, error) {
	if len(pattern) > maxGlob {
		return nil, fmt.Errorf("the key is longer than %d bytes", maxGlob)
	}
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	for i := 0; i < len(pattern); {
		switch rest := pattern[i:]; {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString(`(?:.*/)?`)
			i += 3
		case strings.HasPrefix(rest, "**"):
			b.WriteString(`.*`)
			i += 2
		case rest[0] == '*':
			b.WriteString(`[^/]*`)
			i++
		case rest[0] == '?':
			b.WriteString(`[^/]`)
			i++
		default:
			n := strings.IndexAny(rest, "*?")
			if n < 0 {
				n = len(rest)
			}
			b.WriteString(regexp.QuoteMeta(rest[:n]))
			i += n
		}
	}
	b.WriteString(`\z`)
	return regexp.Compile(b.String())
}
