package profile

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFile bounds the bytes of a profile.
const maxFile = 1 << 20

// Error is what is wrong in a profile, and where.
type Error struct {
	Line int // from 1; 0 for the file as a whole
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Parse reads a profile in YAML (or JSON, which is YAML too). It is strict: a name
// that the form does not have, a value of another kind, or the same name twice is
// an *Error with its line. It fails otherwise only where r does.
func Parse(r io.Reader) (*Profile, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxFile {
		return nil, &Error{0, "a profile has at most 1 MiB"}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(b, &doc); err != nil {
		return nil, syntaxError(err)
	}
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return nil, &Error{1, "the file is empty: docs/profile.md has one to copy"}
	}
	top := doc.Content[0]
	if err := checkGroup(top, form(), "a profile"); err != nil {
		return nil, err
	}
	p := &Profile{}
	if err := top.Decode(p); err != nil {
		return nil, syntaxError(err) // the form has been checked: nothing is left to fail
	}
	if p.Version != 1 {
		return nil, &Error{top.Line, fmt.Sprintf("version %d is unknown: this program knows 1", p.Version)}
	}
	return p, p.related(top)
}

// syntaxError keeps the line of an error of the YAML reader, and its text, which
// quotes nothing but the marks of YAML.
func syntaxError(err error) error {
	s := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if m := regexp.MustCompile(`^(?:unmarshal errors:\s*)?line (\d+): `).FindStringSubmatch(s); m != nil {
		line, _ = strconv.Atoi(m[1])
		s = s[len(m[0]):]
	}
	return &Error{line, "no YAML: " + s}
}

func wrong(n *yaml.Node, format string, args ...any) error {
	return &Error{n.Line, fmt.Sprintf(format, args...)}
}

func checkGroup(n *yaml.Node, fields []field, what string) error {
	if n.Kind != yaml.MappingNode {
		return wrong(n, "%s is a group: lines of name: value", what)
	}
	var seen []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		f := find(fields, name.Value)
		switch {
		case name.Kind != yaml.ScalarNode || f == nil:
			return wrong(name, "%s has no %q: it has %s", what, name.Value, strings.Join(names(fields), ", "))
		case slices.Contains(seen, name.Value):
			return wrong(name, "%q stands twice", name.Value)
		}
		seen = append(seen, name.Value)
		if err := f.checkValue(value); err != nil {
			return err
		}
	}
	for _, f := range fields {
		if f.required && !slices.Contains(seen, f.name) {
			return wrong(n, "%s needs a %s: %s", what, f.name, f.about)
		}
	}
	return nil
}

func names(fields []field) []string {
	var out []string
	for _, f := range fields {
		out = append(out, f.name)
	}
	return out
}

func (f *field) checkValue(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return wrong(n, "%s: write it out; aliases are not read here", f.name)
	}
	switch f.shape {
	case group:
		return checkGroup(n, f.fields, f.name)
	case groups, texts:
		if n.Kind != yaml.SequenceNode {
			return wrong(n, "%s is %s: begin each with a '-'", f.name, f.shape)
		}
		if len(n.Content) > maxList {
			return wrong(n, "%s has more than %d entries", f.name, maxList)
		}
		for _, entry := range n.Content {
			if err := f.checkEntry(entry); err != nil {
				return err
			}
		}
		return nil
	case flag:
		if n.Kind != yaml.ScalarNode || n.Tag != "!!bool" {
			return wrong(n, "%s is true or false", f.name)
		}
		return nil
	case number:
		if v, err := strconv.Atoi(n.Value); n.Kind != yaml.ScalarNode || n.Tag != "!!int" || err != nil || v < 0 || v > 1_000_000 {
			return wrong(n, "%s is a whole number", f.name)
		}
		return nil
	}
	return f.checkText(n)
}

func (f *field) checkEntry(n *yaml.Node) error {
	switch {
	case n.Kind == yaml.AliasNode:
		return wrong(n, "%s: write it out; aliases are not read here", f.name)
	case f.shape == groups:
		return checkGroup(n, f.fields, "an entry of "+f.name)
	}
	return f.checkText(n)
}

// checkText takes any plain value for a text, as a version 2 or a date; only
// nothing is none.
func (f *field) checkText(n *yaml.Node) error {
	switch {
	case n.Kind != yaml.ScalarNode || n.Tag == "!!null" || strings.TrimSpace(n.Value) == "":
		return wrong(n, "%s is a text: write one, or leave the line out", f.name)
	case n.Tag == "!!bool":
		return wrong(n, "%s is a text: put it into quotes", f.name)
	case n.Tag == "!!binary" || !utf8.ValidString(n.Value):
		return wrong(n, "%s is not UTF-8", f.name)
	case len(n.Value) > maxText:
		return wrong(n, "%s has more than %d bytes", f.name, maxText)
	case f.oneOf != nil && !slices.Contains(f.oneOf, n.Value):
		return wrong(n, "%s is one of %s", f.name, strings.Join(f.oneOf, ", "))
	case f.format != nil && f.format.check(n.Value) != nil:
		return wrong(n, "%s is %s", f.name, f.format.about)
	}
	// What YAML takes for a number or a date is decoded as it is written.
	n.Tag = "!!str"
	return nil
}

// related checks what one part of a profile says of another.
func (p *Profile) related(top *yaml.Node) error {
	known := map[string]bool{}
	for i := range p.Recipients {
		if name := p.Recipients[i].Name; known[name] {
			return wrong(entry(top, "recipients", i), "there are two recipients of this name")
		}
		known[p.Recipients[i].Name] = true
	}
	for i := range p.Stores {
		for _, r := range p.Stores[i].Recipients {
			if !known[r] {
				return wrong(entry(top, "stores", i), "a store names a recipient that recipients does not have")
			}
		}
	}
	rules := map[string]bool{}
	for i := range p.Retention {
		if rules[p.Retention[i].Name] {
			return wrong(entry(top, "retention", i), "there are two rules of this name")
		}
		rules[p.Retention[i].Name] = true
	}
	return nil
}

// entry is one of a list at the top.
func entry(top *yaml.Node, list string, i int) *yaml.Node {
	for k := 0; k+1 < len(top.Content); k += 2 {
		if top.Content[k].Value == list {
			return top.Content[k+1].Content[i]
		}
	}
	return top
}
