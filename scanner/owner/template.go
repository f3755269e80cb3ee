package owner

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// template is a pattern of keys with holes, which stand for the owner or the
// tenant. It is matched by segments, the pieces of a key between '/':
//
//	users/{owner}/**          users/alice/2024/a.jpg     owner alice
//	{tenant}/user_{id}/*      acme/user_42/a.jpg         tenant acme, owner 42
//
// A hole is a whole segment or a part of one, never more, and takes at least one
// byte. "*" alone is any one segment, within a segment any bytes; "**" is any
// number of segments, at the end at least one: the owner's folder is never the
// object itself.
//
// A segment with several holes is cut at its literals: what a hole takes has none
// of them in it, so there is one way to match. Where "**" leaves several ways,
// the leftmost counts, as those who upload choose what comes to the right, and
// the others are answers too, so that they show as conflicts.
type template struct {
	text     string
	segments []segment
	decode   bool // URL-decode what holes take, once
}

// segment is one piece of a template.
type segment struct {
	any       bool   // "**"
	partition bool   // "{id_partition}": three segments of three digits
	parts     []part // otherwise; none for the empty segment
}

// part is a literal, or a wildcard: a hole or "*".
type part struct {
	literal string
	wild    bool
	role    string            // of a hole: roleOwner, roleTenant, or "" for one that is only matched
	star    bool              // "*": may be empty, and may hold literals
	length  int               // of a hole of fixed length in bytes; 0 for any
	accepts func(string) bool // nil for anything
}

const (
	roleOwner  = "owner"
	roleTenant = "tenant"
)

// Limits of a template, which keep the work for a hostile key small: keys have at
// most 1,024 bytes in S3, and 4,096 in most file systems.
const (
	maxTemplate = 1024 // bytes
	maxAny      = 2    // "**"
	maxAnswers  = 8    // for one key
)

// newTemplate reads the text of a template.
func newTemplate(text string, decode bool) (*template, error) {
	if len(text) > maxTemplate {
		return nil, fmt.Errorf("a template has more than %d bytes", maxTemplate)
	}
	t := &template{text: text, decode: decode}
	roles := map[string]bool{}
	anys := 0
	for piece := range strings.SplitSeq(text, "/") {
		s, err := newSegment(piece)
		if err != nil {
			return nil, fmt.Errorf("template %q: %w", text, err)
		}
		if s.any {
			anys++
		}
		if s.partition {
			s.parts = nil
			if roles[roleOwner] {
				return nil, fmt.Errorf("template %q names the owner twice: use {any} for what is not the owner", text)
			}
			roles[roleOwner] = true
		}
		for _, p := range s.parts {
			if p.role != "" && roles[p.role] {
				return nil, fmt.Errorf("template %q names the %s twice: use {any} for what is not the %s", text, p.role, p.role)
			}
			roles[p.role] = true
		}
		t.segments = append(t.segments, s)
	}
	if !roles[roleOwner] {
		return nil, fmt.Errorf("template %q has no hole for the owner: write {owner} where the owner's name stands, as in users/{owner}/**", text)
	}
	if anys > maxAny {
		return nil, fmt.Errorf("template %q has more than %d \"**\": write several templates", text, maxAny)
	}
	return t, nil
}

func newSegment(piece string) (segment, error) {
	switch piece {
	case "**":
		return segment{any: true}, nil
	case "{id_partition}":
		return segment{partition: true}, nil
	case ".", "..":
		return segment{}, errors.New(`keys with "." or ".." for a segment are never matched`)
	}
	s := segment{}
	stars, holes := 0, 0
	for rest := piece; rest != ""; {
		p, n, err := nextPart(rest)
		if err != nil {
			return s, err
		}
		rest = rest[n:]
		last := len(s.parts) - 1
		switch {
		case p.wild && last >= 0 && s.parts[last].wild:
			return s, errors.New("two wildcards stand side by side: put a literal between them")
		case p.star:
			stars++
		case p.wild:
			holes++
		}
		s.parts = append(s.parts, p)
	}
	if stars > 1 {
		return s, errors.New(`a segment has more than one "*": "**" is a whole segment, between two '/'`)
	}
	if len(s.parts) == 1 && s.parts[0].star {
		s.parts = []part{{wild: true}} // any segment but the empty one
	}
	return s, nil
}

// nextPart reads the first part of s and says how many bytes it takes.
func nextPart(s string) (p part, n int, err error) {
	switch s[0] {
	case '*':
		return part{wild: true, star: true}, 1, nil
	case '}':
		return p, 0, errors.New(`a '}' without '{': write \} for the character itself`)
	case '{':
		end := strings.IndexByte(s, '}')
		if end < 0 {
			return p, 0, errors.New(`a '{' without '}': write \{ for the character itself`)
		}
		p, err = newHole(s[1:end])
		return p, end + 1, err
	}
	var literal []byte
	for n < len(s) && !strings.ContainsRune("*{}", rune(s[n])) {
		if s[n] == '\\' {
			if n++; n == len(s) || !strings.ContainsRune(`*{}\`, rune(s[n])) {
				return p, 0, errors.New(`a '\' stands before none of * { } \: write \\ for the character itself`)
			}
		}
		literal = append(literal, s[n])
		n++
	}
	return part{literal: string(literal)}, n, nil
}

// newHole reads what stands between '{' and '}': a name, or a name and a form.
func newHole(text string) (part, error) {
	name, form, hasForm := strings.Cut(text, ":")
	p := part{wild: true}
	switch name {
	case "owner", "user", "user_id", "uid", "id", "identity", "uploader":
		p.role = roleOwner
	case "tenant", "org":
		p.role = roleTenant
	case "any":
	case "id_partition":
		return p, errors.New("{id_partition} must be a whole segment, between two '/'; it stands for three")
	default:
		if hasForm || forms(name) == nil {
			return p, fmt.Errorf("there is no hole {%s}: write {owner}, {tenant}, {any}, {yyyy}, {mm}, {dd}, {hh}, {uuid}, {hex} or {digits}", text)
		}
		form, hasForm = name, true
	}
	if hasForm {
		f := forms(form)
		if f == nil {
			return p, fmt.Errorf("{%s}: there is no form %q: use uuid, uid, digits or hex", text, form)
		}
		p.length, p.accepts = f.length, f.accepts
	}
	return p, nil
}

// form is a form that what a hole takes must have.
type form struct {
	length  int // in bytes; 0 for any
	accepts func(string) bool
}

func forms(name string) *form {
	digit := func(c byte) bool { return c >= '0' && c <= '9' }
	hexadecimal := func(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }
	letter := func(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
	switch name {
	case "digits":
		return &form{accepts: all(digit)}
	case "hex":
		return &form{accepts: all(hexadecimal)}
	case "uid": // what services that make ids for applications give out
		word := all(func(c byte) bool { return digit(c) || letter(c) || c == '-' || c == '_' })
		return &form{accepts: func(s string) bool { return len(s) >= 20 && len(s) <= 128 && word(s) }}
	case "uuid": // RFC 9562, section 4
		return &form{length: 36, accepts: func(s string) bool {
			for i := range len(s) {
				if dash := i == 8 || i == 13 || i == 18 || i == 23; dash && s[i] != '-' || !dash && !hexadecimal(s[i]) {
					return false
				}
			}
			return true
		}}
	case "yyyy":
		return &form{length: 4, accepts: all(digit)}
	case "mm":
		return &form{length: 2, accepts: within("01", "12")}
	case "dd":
		return &form{length: 2, accepts: within("01", "31")}
	case "hh":
		return &form{length: 2, accepts: within("00", "23")}
	}
	return nil
}

func all(accepts func(byte) bool) func(string) bool {
	return func(s string) bool {
		for i := range len(s) {
			if !accepts(s[i]) {
				return false
			}
		}
		return s != ""
	}
}

// within accepts numbers of two digits from low to high.
func within(low, high string) func(string) bool {
	digits := all(func(c byte) bool { return c >= '0' && c <= '9' })
	return func(s string) bool { return digits(s) && s >= low && s <= high }
}

func (t *template) String() string { return "template " + t.text }

func (t *template) spec() string {
	if t.decode {
		return t.String() + " decode"
	}
	return t.String()
}

func (t *template) ask(o *object, answer func(Owner)) {
	for _, a := range t.match(o.segments) {
		a.Rule = t.String()
		answer(a)
	}
}

// match gives whom the template names for a key of these segments, without Rule,
// leftmost first.
func (t *template) match(segments []string) []Owner {
	if segments == nil {
		return nil
	}
	var found []Owner
	t.from(0, segments, Owner{}, func(a Owner) bool {
		if t.decode {
			id, err1 := url.PathUnescape(a.ID)
			tenant, err2 := url.PathUnescape(a.Tenant)
			if err1 != nil || err2 != nil {
				return true
			}
			a.ID, a.Tenant = id, tenant
		}
		if isID(a.ID) && (a.Tenant == "" || isID(a.Tenant)) && !slices.Contains(found, a) {
			found = append(found, a)
		}
		return len(found) < maxAnswers
	})
	return found
}

// from matches the segments of t from number i on with segments, and calls found
// for each way to do it until it returns false.
func (t *template) from(i int, segments []string, got Owner, found func(Owner) bool) bool {
	if i == len(t.segments) {
		return len(segments) > 0 || found(got)
	}
	s := t.segments[i]
	switch {
	case s.any && i == len(t.segments)-1:
		return len(segments) == 0 || found(got)
	case s.any:
		for n := range len(segments) + 1 {
			if !t.from(i+1, segments[n:], got, found) {
				return false
			}
		}
		return true
	case len(segments) == 0:
		return true
	case s.partition:
		id, ok := joinPartition(segments)
		if !ok {
			return true
		}
		got.ID = id
		return t.from(i+1, segments[3:], got, found)
	case !s.match(segments[0], &got):
		return true
	}
	return t.from(i+1, segments[1:], got, found)
}

// joinPartition reads 000/001/042 as 1042.
func joinPartition(segments []string) (string, bool) {
	if len(segments) < 3 {
		return "", false
	}
	three := all(func(c byte) bool { return c >= '0' && c <= '9' })
	for _, s := range segments[:3] {
		if len(s) != 3 || !three(s) {
			return "", false
		}
	}
	id := strings.TrimLeft(strings.Join(segments[:3], ""), "0")
	return id, id != ""
}

// match matches one segment, and notes in got what its holes take.
func (s *segment) match(text string, got *Owner) bool {
	wilds := 0
	for i := range s.parts {
		if s.parts[i].wild {
			wilds++
		}
	}
	return s.matchParts(0, text, wilds, got)
}

// matchParts matches the parts from number i on with text.
func (s *segment) matchParts(i int, text string, wilds int, got *Owner) bool {
	if i == len(s.parts) {
		return text == ""
	}
	p := &s.parts[i]
	if !p.wild {
		rest, ok := strings.CutPrefix(text, p.literal)
		return ok && s.matchParts(i+1, rest, wilds, got)
	}
	if p.length > 0 {
		return len(text) >= p.length && s.take(i, text, p.length, wilds, got)
	}
	if i == len(s.parts)-1 {
		return s.take(i, text, len(text), wilds, got)
	}
	literal := s.parts[i+1].literal // wildcards never stand side by side
	if wilds == 1 {
		// Nothing but literal can follow.
		n := len(text) - len(literal)
		return n >= 0 && s.take(i, text, n, wilds, got)
	}
	for from := 0; ; {
		n := strings.Index(text[from:], literal)
		if n < 0 {
			return false
		}
		if s.take(i, text, from+n, wilds, got) {
			return true
		}
		if !p.star {
			return false // a hole has no literal in it, so it ends at the first
		}
		from += n + 1
	}
}

// take lets wildcard i take the first n bytes of text, and matches the rest.
func (s *segment) take(i int, text string, n, wilds int, got *Owner) bool {
	p, value := &s.parts[i], text[:n]
	if !p.star {
		if value == "" || p.accepts != nil && !p.accepts(value) {
			return false
		}
		if wilds > 1 && p.length == 0 && slices.ContainsFunc(s.parts, func(q part) bool { return !q.wild && strings.Contains(value, q.literal) }) {
			return false
		}
	}
	before := *got
	switch p.role {
	case roleOwner:
		got.ID = value
	case roleTenant:
		got.Tenant = value
	}
	if s.matchParts(i+1, text[n:], wilds, got) {
		return true
	}
	*got = before
	return false
}
