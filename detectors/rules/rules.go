// Package rules finds what its user describes: a file of rules in YAML, each a
// regexp2 pattern (look-around allowed) with the literal that it can't do
// without, a checksum, context words, and examples that prove it. docs/rules.md
// has the format.
//
// A pattern never sees a whole text. A rule with an anchor is tried in a window
// around each place where the anchor stands; one without is tried in windows all
// along the text, in a slow lane that says so. Every try has a time limit, and a
// rule that keeps running into it is put aside for the rest of the part: the
// object is then reported as not looked at in full.
package rules

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2/v2"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// The bounds of a try.
const (
	beforeAnchor = 128     // bytes of the window before an anchor
	afterAnchor  = 384     // and from it on: values are shorter
	slowStep     = 4 << 10 // of the slow lane
	slowLead     = 128     // what a look-behind may see
	slowTail     = 512     // no match is longer
	matchTime    = 50 * time.Millisecond
	matchStack   = 1 << 16
	maxTimeouts  = 3 // in one part, then the rule is put aside
)

// errSlow is what Detect gives after a rule was put aside. It names no text.
var errSlow = errors.New("a rule of the rules file took too long")

// Rule is one rule of a file, ready to use.
type Rule struct {
	ID         string
	Kind       detectors.Kind
	Role       string
	Confidence float64
	Need       bool // only with a context word

	pattern *regexp2.Regexp
	anchors [][]byte // lower case; none: slow lane
	check   checksum
	context *textscan.Words
	yes, no []string
	line    int
}

// Slow reports whether the rule has no anchor and so is tried everywhere.
func (r *Rule) Slow() bool { return len(r.anchors) == 0 }

// Set is a file of rules. It may be used from many goroutines.
type Set struct {
	Rules []*Rule
	hash  string
	allow map[string]bool // values that are never reported, in lower case
	stop  []string        // values that hold one of these are never reported, in lower case
}

// Hash names what the set would find.
func (s *Set) Hash() string { return s.hash }

// Allowed reports whether value is on the allow list or holds a stop word.
func (s *Set) Allowed(value string) bool {
	v := strings.ToLower(value)
	return s.allow[v] || slices.ContainsFunc(s.stop, func(w string) bool { return strings.Contains(v, w) })
}

// Detector finds what the rules of a set describe.
type Detector struct{ set *Set }

var _ detectors.Detector = (*Detector)(nil)

// New makes a detector of set.
func New(set *Set) *Detector { return &Detector{set} }

// Info implements detectors.Detector.
func (d *Detector) Info() detectors.Info {
	i := detectors.Info{Name: "rules", Version: 1, Finds: "what the rules file describes", Example: "SN-123456"}
	for _, r := range d.set.Rules {
		if !slices.Contains(i.Kinds, r.Kind) {
			i.Kinds = append(i.Kinds, r.Kind)
		}
	}
	return i
}

// Detect implements detectors.Detector.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	var slow error
	for _, r := range d.set.Rules {
		t := try{rule: r, found: found}
		detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
			t.text, t.tag, t.seen = text, tag, nil
			t.run()
		})
		if t.timeouts > 0 {
			slow = errSlow
		}
	}
	return slow
}

// try is one rule on one part.
type try struct {
	rule     *Rule
	found    func(detectors.Finding)
	text     []byte
	tag      *detectors.Tag
	seen     map[int]bool // starts of what was found in text
	from, to int          // a window reports what starts in this range: its neighbours have the rest
	timeouts int
	runes    []rune
	offsets  []int
}

func (t *try) run() {
	if t.rule.Slow() {
		for at := 0; at < len(t.text); at += slowStep {
			t.from, t.to = at, at+slowStep
			t.window(max(0, at-slowLead), min(len(t.text), at+slowStep+slowTail))
		}
		return
	}
	t.from, t.to = 0, len(t.text)
	for _, a := range t.rule.anchors {
		done := 0 // a window further on begins there: anchors may stand close together
		for from := 0; ; {
			i := indexFold(t.text[from:], a)
			if i < 0 {
				break
			}
			at := from + i
			from = at + len(a)
			if at+len(a) <= done-afterAnchor/2 {
				continue
			}
			done = min(len(t.text), at+afterAnchor)
			t.window(max(0, at-beforeAnchor), done)
		}
	}
}

// window tries the pattern on text[lo:hi], cut at runes.
func (t *try) window(lo, hi int) {
	if t.timeouts >= maxTimeouts {
		return
	}
	for lo > 0 && !utf8.RuneStart(t.text[lo]) {
		lo--
	}
	for hi < len(t.text) && !utf8.RuneStart(t.text[hi]) {
		hi++
	}
	t.runes, t.offsets = t.runes[:0], t.offsets[:0]
	for i := lo; i < hi; {
		r, n := utf8.DecodeRune(t.text[i:hi])
		t.runes, t.offsets = append(t.runes, r), append(t.offsets, i)
		i += n
	}
	t.offsets = append(t.offsets, hi)
	err := t.rule.pattern.FindRunesMatches(t.runes, 0, func(m regexp2.MatchView) bool {
		i, n, ok := m.GroupRange(1)
		if !ok || n == 0 {
			i, n, _ = m.GroupRange(0)
		}
		if n > 0 {
			t.report(t.offsets[i], t.offsets[i+n])
		}
		return true
	})
	if err != nil {
		t.timeouts++ // its text quotes the window: it goes no further
	}
}

func (t *try) report(start, end int) {
	value := string(t.text[start:end])
	if start < t.from || start >= t.to || t.seen[start] || !t.rule.check.holds(value) {
		return
	}
	why := "rule " + t.rule.ID + " of the rules file"
	confidence := t.rule.Confidence
	if t.rule.check.name != "" {
		why += "; " + t.rule.check.name + " valid"
	}
	if t.rule.context != nil {
		word, ok := t.rule.context.Before(t.text, start)
		switch {
		case ok:
			why += "; '" + word.Word + "' before"
			confidence = min(0.99, confidence+0.2)
		case t.rule.Need:
			return
		}
	}
	if t.seen == nil {
		t.seen = map[int]bool{}
	}
	t.seen[start] = true
	f := detectors.Finding{Kind: t.rule.Kind, Role: t.rule.Role, Value: value, Start: start, End: end, Confidence: confidence, Why: why, Rule: t.rule.ID}
	if t.tag != nil {
		f.Tag, f.Start, f.End = t.tag.Name, 0, 0
	}
	t.found(f)
}

// indexFold finds lower, which is lower-case ASCII or any other bytes, in any case
// of its ASCII letters.
func indexFold(text, lower []byte) int {
	first, other := lower[0], lower[0]
	if 'a' <= first && first <= 'z' {
		other = first - 'a' + 'A'
	}
	for from := 0; ; from++ {
		i := bytes.IndexByte(text[from:], first)
		if other != first {
			if j := bytes.IndexByte(text[from:], other); j >= 0 && (i < 0 || j < i) {
				i = j
			}
		}
		if i < 0 || from+i+len(lower) > len(text) {
			return -1
		}
		from += i
		if equalFold(text[from:from+len(lower)], lower) {
			return from
		}
	}
}

func equalFold(text, lower []byte) bool {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// Filter wraps d so that it keeps to itself what set allows.
func Filter(d detectors.Detector, set *Set) detectors.Detector {
	if len(set.allow) == 0 && len(set.stop) == 0 {
		return d
	}
	return filtered{d, set}
}

type filtered struct {
	detectors.Detector
	set *Set
}

func (f filtered) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	return f.Detector.Detect(p, func(x detectors.Finding) {
		if x.Value == "" || !f.set.Allowed(x.Value) {
			found(x)
		}
	})
}
