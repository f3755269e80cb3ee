package rules

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/dlclark/regexp2/v2"
	"go.yaml.in/yaml/v3"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// maxFile bounds a rules file, maxRules the rules in it: each is tried on each text.
const (
	maxFile  = 1 << 20
	maxRules = 500
)

// entry is a rule as it is written.
type entry struct {
	ID         string   `yaml:"id"`
	Kind       string   `yaml:"kind"`
	Role       string   `yaml:"role"`
	Pattern    string   `yaml:"pattern"`
	Anchor     anchors  `yaml:"anchor"`
	Checksum   string   `yaml:"checksum"`
	Context    []string `yaml:"context"`
	Need       bool     `yaml:"context_required"`
	Confidence *float64 `yaml:"confidence"`
	True       []string `yaml:"true_examples"`
	False      []string `yaml:"false_examples"`
}

// anchors is one literal or a list of them.
type anchors []string

// UnmarshalYAML takes a word for a list of one.
func (a *anchors) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*a = anchors{n.Value}
		return nil
	}
	var list []string
	if err := n.Decode(&list); err != nil {
		return err
	}
	*a = list
	return nil
}

type file struct {
	Version   int         `yaml:"version"`
	Rules     []yaml.Node `yaml:"rules"`
	Allow     []string    `yaml:"allow"`
	StopWords []string    `yaml:"stop_words"`
}

// Parse reads a rules file; docs/rules.md has its format. name is the file's path:
// errors carry it, with the line and what to do.
func Parse(r io.Reader, name string) (*Set, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: a rules file has at most %d bytes", name, maxFile)
	}
	var f file
	d := yaml.NewDecoder(strings.NewReader(string(text)))
	d.KnownFields(true)
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("%s: %s", name, yamlError(err))
	}
	if f.Version != 1 {
		return nil, fmt.Errorf("%s:1: write version: 1 at the top", name)
	}
	if len(f.Rules) > maxRules {
		return nil, fmt.Errorf("%s: more than %d rules: each costs time on every text", name, maxRules)
	}
	sum := sha256.Sum256(text)
	s := &Set{hash: hex.EncodeToString(sum[:16]), allow: map[string]bool{}}
	for _, v := range f.Allow {
		s.allow[strings.ToLower(v)] = true
	}
	for _, w := range f.StopWords {
		if len(w) < 2 {
			return nil, fmt.Errorf("%s: a stop word needs two letters at least, or it stops everything", name)
		}
		s.stop = append(s.stop, strings.ToLower(w))
	}
	for i := range f.Rules {
		rule, err := parseRule(&f.Rules[i])
		if err == nil && slices.ContainsFunc(s.Rules, func(o *Rule) bool { return o.ID == rule.ID }) {
			err = fmt.Errorf("there are two rules %q: give each an id of its own", rule.ID)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, f.Rules[i].Line, err)
		}
		s.Rules = append(s.Rules, rule)
	}
	return s, nil
}

func parseRule(n *yaml.Node) (*Rule, error) {
	var e entry
	if err := known(n, &e); err != nil {
		return nil, err
	}
	switch {
	case !regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`).MatchString(e.ID):
		return nil, errors.New("a rule needs an id of small letters, digits and dashes")
	case !slices.Contains(detectors.Kinds(), detectors.Kind(e.Kind)):
		return nil, fmt.Errorf("rule %s: there is no kind %q: `habeas detectors` lists them", e.ID, e.Kind)
	case e.Pattern == "":
		return nil, fmt.Errorf("rule %s: it needs a pattern", e.ID)
	case len(e.True) == 0 || len(e.False) == 0:
		return nil, fmt.Errorf("rule %s: it needs true_examples and false_examples, which `habeas rules test` tries", e.ID)
	case e.Need && len(e.Context) == 0:
		return nil, fmt.Errorf("rule %s: context_required needs context words", e.ID)
	}
	r := &Rule{ID: e.ID, Kind: detectors.Kind(e.Kind), Role: e.Role, Confidence: 0.7, Need: e.Need, yes: e.True, no: e.False, line: n.Line}
	if e.Confidence != nil {
		r.Confidence = *e.Confidence
	}
	if r.Confidence < 0.4 || r.Confidence > 1 {
		return nil, fmt.Errorf("rule %s: confidence is a number from 0.4, below which nothing is reported, to 1", e.ID)
	}
	if e.Checksum != "" {
		fn, ok := checksums[e.Checksum]
		if !ok {
			return nil, fmt.Errorf("rule %s: there is no checksum %q: %s", e.ID, e.Checksum, checksumNames())
		}
		r.check = checksum{e.Checksum, fn}
	}
	for _, a := range e.Anchor {
		if len(a) < 2 {
			return nil, fmt.Errorf("rule %s: an anchor has two bytes at least, as rare as can be", e.ID)
		}
		r.anchors = append(r.anchors, []byte(strings.ToLower(a)))
	}
	if len(e.Context) > 0 {
		var words []string
		for _, w := range e.Context {
			words = append(words, strings.ToLower(w))
		}
		r.context = textscan.NewWords(words...)
	}
	re, err := regexp2.Compile(e.Pattern, regexp2.OptionMaxBacktrackingStackSize(matchStack))
	if err != nil {
		return nil, fmt.Errorf("rule %s: the pattern is no regexp2 pattern: %w", e.ID, err)
	}
	re.MatchTimeout = matchTime
	r.pattern = re
	return r, nil
}

// known decodes n and refuses names that a rule does not have.
func known(n *yaml.Node, e *entry) error {
	fields := []string{"id", "kind", "role", "pattern", "anchor", "checksum", "context", "context_required", "confidence", "true_examples", "false_examples"}
	if n.Kind != yaml.MappingNode {
		return errors.New("a rule is a list of names and values: begin it with - id: NAME")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !slices.Contains(fields, n.Content[i].Value) {
			return fmt.Errorf("a rule has no %q: %s", n.Content[i].Value, strings.Join(fields, ", "))
		}
	}
	if err := n.Decode(e); err != nil {
		return errors.New(yamlError(err))
	}
	return nil
}

// yamlError is the reader's error with its line where an editor finds it.
func yamlError(err error) string {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`line (\d+): `).FindStringSubmatchIndex(text); m != nil {
		if line, aerr := strconv.Atoi(text[m[2]:m[3]]); aerr == nil {
			return fmt.Sprintf("line %d: %s", line, text[m[1]:])
		}
	}
	return text
}
