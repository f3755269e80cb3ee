package erasure

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A template of keys has holes: {name} stands for one or more bytes without a
// slash, {name...} also for slashes, * for any bytes without a slash, none too.
//
//	users/{owner}/{name}.jpg     thumbs/{owner}/{name}_w*.webp
//
// Two holes need text between them. A key may fit in several ways; all of them
// count, so that nothing that may be a derivative is missed.
type template struct {
	text  string
	parts []part
}

type part struct {
	literal string // if hole is ""
	hole    string // "*" for the star
	slashes bool
}

// maxWays bounds the ways in which one key may fit a template.
const maxWays = 256

func parseTemplate(text string) (*template, error) {
	t := &template{text: text}
	rest := text
	for rest != "" {
		i := strings.IndexAny(rest, "{*")
		if i < 0 {
			i = len(rest)
		}
		if i > 0 {
			t.parts = append(t.parts, part{literal: rest[:i]})
			rest = rest[i:]
			continue
		}
		if n := len(t.parts); n > 0 && t.parts[n-1].hole != "" {
			return nil, fmt.Errorf("template %q has two holes side by side: put text between them", text)
		}
		if rest[0] == '*' {
			t.parts = append(t.parts, part{hole: "*"})
			rest = rest[1:]
			continue
		}
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return nil, fmt.Errorf("template %q has a { without }", text)
		}
		name, slashes := strings.CutSuffix(rest[1:end], "...")
		if name == "" || strings.ContainsAny(name, "{*/ ") {
			return nil, fmt.Errorf("template %q has a hole without a name", text)
		}
		if slices.ContainsFunc(t.parts, func(p part) bool { return p.hole == name }) {
			return nil, fmt.Errorf("template %q names the hole %s twice", text, name)
		}
		t.parts = append(t.parts, part{hole: name, slashes: slashes})
		rest = rest[end+1:]
	}
	if len(t.parts) == 0 {
		return nil, fmt.Errorf("an empty template fits nothing")
	}
	return t, nil
}

// holes are the names of the holes but the star, in order of name.
func (t *template) holes() []string {
	var out []string
	for _, p := range t.parts {
		if p.hole != "" && p.hole != "*" {
			out = append(out, p.hole)
		}
	}
	slices.Sort(out)
	return out
}

// ways gives what the holes hold for each way in which key fits.
func (t *template) ways(key string) []map[string]string {
	var out []map[string]string
	tries := 0
	t.fit(key, 0, map[string]string{}, &out, &tries)
	return out
}

// maxFits bounds the work on one key, which is at most 1,024 bytes: a template of
// ours has two or three holes.
const maxFits = 20_000

func (t *template) fit(rest string, i int, have map[string]string, out *[]map[string]string, tries *int) {
	if *tries++; len(*out) >= maxWays || *tries > maxFits {
		return
	}
	if i == len(t.parts) {
		if rest == "" {
			*out = append(*out, maps.Clone(have))
		}
		return
	}
	p := t.parts[i]
	if p.hole == "" {
		if after, ok := strings.CutPrefix(rest, p.literal); ok {
			t.fit(after, i+1, have, out, tries)
		}
		return
	}
	least, most := 1, len(rest)
	if p.hole == "*" {
		least = 0
	}
	if slash := strings.IndexByte(rest, '/'); slash >= 0 && !p.slashes {
		most = slash
	}
	if i == len(t.parts)-1 {
		least = max(least, len(rest))
	}
	for n := least; n <= most; n++ {
		if i+1 < len(t.parts) {
			// What follows a hole is text: go to where it stands next.
			at := strings.Index(rest[n:], t.parts[i+1].literal)
			if at < 0 || n+at > most {
				return
			}
			n += at
		}
		if p.hole != "*" {
			have[p.hole] = rest[:n]
		}
		t.fit(rest[n:], i+1, have, out, tries)
	}
	delete(have, p.hole)
}

// fill puts values into the holes; a star stays.
func (t *template) fill(values map[string]string) string {
	var b strings.Builder
	for _, p := range t.parts {
		switch p.hole {
		case "":
			b.WriteString(p.literal)
		case "*":
			b.WriteByte('*')
		default:
			b.WriteString(values[p.hole])
		}
	}
	return b.String()
}

// joined is what holes hold, as one string that tells different values apart.
func joined(values map[string]string, names []string) string {
	var b strings.Builder
	for _, n := range names {
		fmt.Fprintf(&b, "%d:%s", len(values[n]), values[n])
	}
	return b.String()
}
