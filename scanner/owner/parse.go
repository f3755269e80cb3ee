package owner

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxRulesFile bounds the bytes of a rules file.
const maxRulesFile = 1 << 20

// Parse reads a rules file in YAML; docs/owners.md has its format. name is the
// file's path: errors carry it, with the line and what to do, and manifests are
// looked for relative to its folder. It reads the manifests too, whole.
func Parse(r io.Reader, name string) (*Rules, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxRulesFile+1))
	if err != nil {
		return nil, &problem{name, 0, err}
	}
	if len(text) > maxRulesFile {
		return nil, &problem{name, 0, fmt.Errorf("a rules file has at most %d bytes: rows of keys and owners belong into a manifest", maxRulesFile)}
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		line, err := yamlError(err, text)
		return nil, &problem{name, line, err}
	}
	p := &parser{file: name, people: &people{}}
	if err := p.document(&doc); err != nil {
		return nil, err
	}
	return newRules(p.rules, p.people), nil
}

// FromTemplates makes rules of the short form that a command line takes, in order:
//
//	users/{owner}/**   a template       preset:django   a preset
//	tag:NAME           an object tag    metadata:NAME   a field of user metadata
//	manifest:PATH      a manifest       folder, uid, account
func FromTemplates(texts []string) (*Rules, error) {
	p := &parser{people: &people{}}
	for _, text := range texts {
		if err := p.short(text); err != nil {
			return nil, fmt.Errorf("owner rule %q: %w", text, err)
		}
	}
	return newRules(p.rules, p.people), nil
}

// DefaultRules are what Default is made of, in the short form.
func DefaultRules() []string {
	return []string{
		"tag:owner", "tag:user-id", "tag:user_id", "tag:uploader",
		"metadata:owner", "metadata:user-id", "metadata:user_id", "metadata:uploader",
		"preset:users",
	}
}

// Default are the rules for who gives none: tags and user metadata that say who
// uploaded, then folders below users. They never guess: what they don't know has
// no owner.
func Default() *Rules {
	var rules []rule
	for _, text := range DefaultRules() {
		kind, value, _ := strings.Cut(text, ":")
		if kind == "preset" {
			if r, err := newPreset(value, false); err == nil { // a test makes every preset
				rules = append(rules, r)
			}
			continue
		}
		rules = append(rules, newLabel(kind, value))
	}
	return newRules(rules, nil)
}

// yamlError gives the line and the text of an error of the YAML reader, which
// quotes the rules file at most. A template that should be quoted is the common
// mistake, and the reader's line is where its list began.
func yamlError(err error, rules []byte) (int, error) {
	unquoted := regexp.MustCompile(`^\s*(?:-\s+)?(?:\w+:\s+)?(?:\{\w+(?::\w+)?\}[^\s,}\]]|\*)`)
	line := 0
	for text := range strings.Lines(string(rules)) {
		if line++; unquoted.MatchString(text) {
			return line, errors.New("no YAML: quote templates that begin with a '{' or '*'")
		}
	}
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line = 0
	if m := regexp.MustCompile(`^(?:unmarshal errors:\s*)?line (\d+): `).FindStringSubmatch(text); m != nil {
		line, _ = strconv.Atoi(m[1])
		text = text[len(m[0]):]
	}
	return line, fmt.Errorf("no YAML: %s", text)
}

// parser gathers rules.
type parser struct {
	file   string
	rules  []rule
	people *people
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) error {
	return &problem{p.file, n.Line, fmt.Errorf(format, args...)}
}

func (p *parser) document(doc *yaml.Node) error {
	if doc.Kind == 0 || len(doc.Content) == 0 {
		return &problem{p.file, 1, errors.New("the file is empty: write a list under the word rules")}
	}
	top := doc.Content[0]
	list := top
	if top.Kind == yaml.MappingNode {
		members, err := p.mapping(top)
		if err != nil {
			return err
		}
		list = nil
		for _, m := range members {
			switch m.name.Value {
			case "rules":
				list = m.value
			case "version":
				if m.value.Value != "1" {
					return p.fail(m.value, "version %q is unknown: this program knows 1", m.value.Value)
				}
			default:
				return p.fail(m.name, "there is no %q at the top: use version and rules", m.name.Value)
			}
		}
	}
	if list == nil || list.Kind != yaml.SequenceNode {
		return p.fail(top, "there is no list of rules: write it under rules:")
	}
	if len(list.Content) == 0 {
		return p.fail(list, "the list of rules is empty")
	}
	for _, n := range list.Content {
		if err := p.rule(n); err != nil {
			return err
		}
	}
	return nil
}

type member struct{ name, value *yaml.Node }

// mapping gives the members of a mapping, each once.
func (p *parser) mapping(n *yaml.Node) ([]member, error) {
	if n.Kind != yaml.MappingNode {
		return nil, p.fail(n, "name: value is wanted here")
	}
	var members []member
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			return nil, p.fail(name, "a name is wanted here")
		}
		if slices.ContainsFunc(members, func(m member) bool { return m.name.Value == name.Value }) {
			return nil, p.fail(name, "%q stands twice", name.Value)
		}
		members = append(members, member{name, value})
	}
	return members, nil
}

// options are what a rule has besides its kind.
type options struct {
	decode    bool
	except    []string
	format    string
	delimiter string
	columns   map[string]int
}

// kinds are the kinds of rules.
func kinds() []string {
	return []string{"template", "preset", "tag", "metadata", "manifest", "folder", "uid", "account"}
}

// rule reads one rule of a rules file.
func (p *parser) rule(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		if err := p.short(n.Value); err != nil {
			return p.located(n, err)
		}
		return nil
	}
	members, err := p.mapping(n)
	if err != nil {
		return err
	}
	var kind *member
	var opts options
	given := map[string]*yaml.Node{}
	for _, m := range members {
		if slices.Contains(kinds(), m.name.Value) {
			if kind != nil {
				return p.fail(m.name, "one rule is %s and %s: begin each rule with a '-'", kind.name.Value, m.name.Value)
			}
			kind = &m
			continue
		}
		given[m.name.Value] = m.name
		if err := p.option(&opts, m); err != nil {
			return err
		}
	}
	if kind == nil {
		return p.fail(n, "a rule of no kind: use one of %s", strings.Join(kinds(), ", "))
	}
	if err := p.applicable(kind.name.Value, given); err != nil {
		return err
	}
	values, err := p.strings(kind.value)
	if err != nil {
		return err
	}
	for _, v := range values {
		if err := p.add(kind.name.Value, v.Value, opts); err != nil {
			return p.located(v, err)
		}
	}
	return nil
}

// located gives err this line, unless it has the name and line of a manifest.
func (p *parser) located(n *yaml.Node, err error) error {
	var inner *problem
	if errors.As(err, &inner) {
		return err
	}
	return p.fail(n, "%w", err)
}

// option reads one option of a rule.
func (p *parser) option(o *options, m member) error {
	var err error
	switch m.name.Value {
	case "decode":
		if m.value.Value != "true" && m.value.Value != "false" {
			return p.fail(m.value, "decode is true or false")
		}
		o.decode = m.value.Value == "true"
	case "except":
		var values []*yaml.Node
		values, err = p.strings(m.value)
		for _, v := range values {
			o.except = append(o.except, v.Value)
		}
	case "format":
		if o.format = m.value.Value; o.format != "csv" && o.format != "jsonl" {
			return p.fail(m.value, "format is csv or jsonl")
		}
	case "delimiter":
		if o.delimiter = m.value.Value; !isDelimiter(o.delimiter) {
			return p.fail(m.value, `delimiter is one character, such as ";" or "\t"`)
		}
	case "columns":
		o.columns, err = p.columns(m.value)
	default:
		return p.fail(m.name, "there is no rule or option %q: rules are %s; options are decode, except, format, delimiter and columns", m.name.Value, strings.Join(kinds(), ", "))
	}
	return err
}

func isDelimiter(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return n == len(s) && n > 0 && r != '"' && r != '\r' && r != '\n' && r != utf8.RuneError
}

// columns reads which column of a manifest is which field.
func (p *parser) columns(n *yaml.Node) (map[string]int, error) {
	members, err := p.mapping(n)
	if err != nil {
		return nil, err
	}
	columns := map[string]int{}
	for _, m := range members {
		field := fieldOf(m.name.Value)
		if field < 0 {
			return nil, p.fail(m.name, "there is no field %q: use key, key_base64, source, version_id, owner_id, tenant, email, phone, name, serial, contact, created, closed_at or last_seen", m.name.Value)
		}
		if m.value.Kind != yaml.ScalarNode {
			return nil, p.fail(m.value, "the name of a column is wanted here")
		}
		if _, twice := columns[m.value.Value]; twice {
			return nil, p.fail(m.value, "column %q stands for two fields", m.value.Value)
		}
		for _, other := range columns {
			if other == field {
				return nil, p.fail(m.name, "%q stands twice", m.name.Value)
			}
		}
		columns[m.value.Value] = field
	}
	return columns, nil
}

// applicable refuses options that do nothing for a kind: who wrote them expected
// something.
func (p *parser) applicable(kind string, given map[string]*yaml.Node) error {
	allowed := map[string][]string{
		"template": {"decode", "except"}, "preset": {"decode", "except"},
		"tag": {"except"}, "metadata": {"except"}, "folder": {"except"}, "uid": {"except"}, "account": {"except"},
		"manifest": {"decode", "except", "format", "delimiter", "columns"},
	}[kind]
	for name, n := range given {
		if !slices.Contains(allowed, name) {
			return p.fail(n, "%s has no option %q: it has %s", kind, name, strings.Join(allowed, ", "))
		}
	}
	return nil
}

// strings gives a scalar, or the scalars of a list.
func (p *parser) strings(n *yaml.Node) ([]*yaml.Node, error) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		if nodes = n.Content; len(nodes) == 0 {
			return nil, p.fail(n, "the list is empty")
		}
	}
	for _, n := range nodes {
		if n.Kind != yaml.ScalarNode {
			return nil, p.fail(n, "text or a list of texts is wanted here: quote templates that begin with a '{' or '*'")
		}
	}
	return nodes, nil
}

// short reads a rule in the short form.
func (p *parser) short(text string) error {
	kind, value, ok := strings.Cut(text, ":")
	switch {
	case text == "folder" || text == "uid" || text == "account":
		return p.add(text, "true", options{})
	case ok && slices.Contains([]string{"template", "preset", "tag", "metadata", "manifest"}, kind):
		return p.add(kind, value, options{})
	}
	return p.add("template", text, options{})
}

// add makes a rule and adds it to the others.
func (p *parser) add(kind, value string, o options) error {
	if value == "" {
		return fmt.Errorf("%s needs a value", kind)
	}
	var r rule
	var err error
	switch kind {
	case "template":
		r, err = newTemplate(value, o.decode)
	case "preset":
		r, err = newPreset(value, o.decode)
	case "tag", "metadata":
		r = newLabel(kind, value)
	case "manifest":
		r, err = p.manifest(value, o)
	case "folder", "uid", "account":
		if value != "true" {
			return fmt.Errorf("write %s: true, or leave the rule out", kind)
		}
		r = map[string]rule{"folder": folder{}, "uid": account{prefixUID}, "account": account{prefixAccount}}[kind]
	}
	if err != nil || r == nil {
		return err
	}
	if len(o.except) > 0 {
		f := &filter{rule: r, except: map[string]bool{}, text: fmt.Sprintf("%q", o.except)}
		for _, id := range o.except {
			f.except[id] = true
		}
		r = f
	}
	p.rules = append(p.rules, r)
	return nil
}

// manifest reads the manifest at path; the rule is nil if it has no keys.
func (p *parser) manifest(path string, o options) (rule, error) {
	opts := manifestOptions{name: path, format: o.format, delimiter: ',', columns: o.columns, decode: o.decode}
	extension := strings.ToLower(filepath.Ext(path))
	if opts.format == "" {
		opts.format = map[string]string{".csv": "csv", ".tsv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}[extension]
	}
	if opts.format == "" {
		return nil, fmt.Errorf("manifest %q: its name ends in none of .csv, .tsv, .jsonl, .ndjson: say which it is under format", path)
	}
	if extension == ".tsv" {
		opts.delimiter = '\t'
	}
	if o.delimiter != "" {
		opts.delimiter, _ = utf8.DecodeRuneInString(o.delimiter)
	}
	full := path
	if !filepath.IsAbs(path) && p.file != "" {
		full = filepath.Join(filepath.Dir(p.file), path)
	}
	// A pipe would be waited for without end, so look first.
	info, err := os.Stat(full)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("manifest %q is no file", path)
	}
	if err != nil {
		return nil, fmt.Errorf("manifest %q can't be opened: %w: paths are relative to the rules file", path, cause(err))
	}
	f, err := os.Open(full)
	if err != nil {
		return nil, fmt.Errorf("manifest %q can't be opened: %w", path, cause(err))
	}
	defer f.Close()
	return readManifest(f, opts, p.people)
}

// cause drops the path from an error of the system: it is named already.
func cause(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return e.Err
	}
	return err
}
