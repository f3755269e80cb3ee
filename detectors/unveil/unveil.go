// Package unveil shows text as its reader would see it: with quoted-printable,
// base64, HTML entities, percent and backslash escapes, full-width forms and
// invisible marks undone. Detectors then find in it what they would otherwise
// miss ("jane&#64;example.org"), and every place is known in the source, too.
//
// A scan calls Views once for a Part and gives every view to the detectors; View's
// Found turns their findings into findings of the part. Text that holds nothing
// encoded costs one fast look and no memory. Views hold only stretches around
// what is encoded, so that plain text beside it is not looked at twice, except
// for some context.
package unveil

import (
	"bytes"
	"cmp"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"habeas/detectors"
)

const (
	// context is how much plain text around an escape a view shows, in bytes: as
	// much as the longest value with the words before it.
	context = 192
	// join is the gap below which two escapes come into one view.
	join = 2 * context
	// maxDepth is how often encodings may be nested: percent in entities in base64.
	maxDepth = 3
	// maxGrowth bounds what all views of a part may hold, as a multiple of its text:
	// each depth may show everything once.
	maxGrowth = maxDepth
)

// View is a decoded stretch of a Part. It is valid during the call only.
type View struct {
	// Part is what the detectors look at. Its Off is -1; Lead and Tail are 0: the
	// scanner applies its own to the findings after Found.
	Part detectors.Part
	// How names the encodings, for people: "HTML entities", "base64".
	How string

	source *View // of which this is a stretch; nil at depth 1
	text   []byte
	steps  []step
	tag    bool
}

// step maps the bytes of a view from step.view up to the next step to its source.
type step struct {
	view, src int
	kind      stepKind
}

type stepKind uint8

const (
	same       stepKind = iota // byte by byte
	atomic                     // all of it comes from all bytes up to src of the next step
	base64Step                 // three bytes from four
)

// Views calls fn with every stretch of p's text, and every field, that holds
// something encoded.
func Views(p *detectors.Part, fn func(*View)) {
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		budget := maxGrowth * len(text)
		if tag == nil {
			viewsOf(text, nil, p, 1, &budget, fn)
		} else if mayHold(tag.Value) {
			viewsOf(text, nil, p, 1, &budget, func(v *View) {
				t := *tag
				t.Value, t.Nums = string(v.Part.Text), nil
				v.Part.Tags, v.Part.Text, v.tag = []detectors.Tag{t}, nil, true
				fn(v)
			})
		}
	})
}

// mayHold is a cheap look at a field: most hold no byte that could begin
// anything.
func mayHold(value string) bool {
	if len(value) >= shortestBase64 {
		return true
	}
	for i := 0; i < len(value); i++ {
		switch b := value[i]; {
		case b >= utf8.RuneSelf:
			return strings.ContainsAny(value, begins) || strings.IndexFunc(value, isFolded) >= 0
		case b <= '\\' && begin[b]:
			return true
		}
	}
	return false
}

// begins are the characters that an encoding may begin with.
const begins = "%&\\=<@\u00ad\u00a0"

// begin are those of ASCII.
var begin = func() (t ['\\' + 1]bool) {
	for _, r := range begins {
		if int(r) < len(t) {
			t[r] = true
		}
	}
	return t
}()

// viewsOf decodes stretches of text, and of what they decode to. text belongs to
// src, or to the part at depth 1.
func viewsOf(text []byte, src *View, p *detectors.Part, depth int, budget *int, fn func(*View)) {
	give := func(v *View) {
		if *budget -= len(v.Part.Text); *budget < 0 || len(v.Part.Text) == 0 {
			return
		}
		v.source, v.text = src, text
		v.Part.Path, v.Part.Off, v.Part.Regions = p.Path, -1, p.Regions
		decoded := v.Part.Text
		fn(v)
		if depth < maxDepth {
			viewsOf(decoded, v, p, depth+1, budget, fn)
		}
	}
	inline(text, give)
	blocks(text, give)
}

// Found gives a finding in v as one of the part: Start and End are places in its
// text, and Why tells of the encoding. It reports false if all of the value
// stands in the part as it is, for then the part's own look finds it.
func (v *View) Found(f detectors.Finding) (detectors.Finding, bool) {
	if f.Why != "" {
		f.Why += "; "
	}
	f.Why += "written as " + v.How
	if v.ofTag() {
		return f, !bytes.Contains(v.text, []byte(f.Value)) // places in a field are not told
	}
	start, end := f.Start, f.End
	for w := v; w != nil; w = w.source {
		start, end = w.Source(start, end)
		if start >= end || end > len(w.text) {
			return f, false
		}
		// Nothing decoded at this depth: the view above, or the part, has found it.
		if w == v && string(w.text[start:end]) == f.Value {
			return f, false
		}
	}
	f.Start, f.End = start, end
	return f, true
}

func (v *View) ofTag() bool {
	for w := v; w != nil; w = w.source {
		if w.tag {
			return true
		}
	}
	return false
}

// Source maps a range of v's text to the text that v was decoded from: whole
// escapes, if it begins or ends within one.
func (v *View) Source(start, end int) (int, int) {
	if start < 0 || end < start || len(v.steps) < 2 {
		return 0, 0
	}
	from := v.place(start, false)
	if end == start {
		return from, from
	}
	return from, v.place(end-1, true)
}

// place is where the byte of v's text at i begins in the source, or ends.
func (v *View) place(i int, end bool) int {
	// The last step is the end of all: k is at most the one before.
	k := sort.Search(len(v.steps), func(k int) bool { return v.steps[k].view > i }) - 1
	k = max(min(k, len(v.steps)-2), 0)
	s, next := v.steps[k], v.steps[k+1]
	n := i - s.view
	switch s.kind {
	case atomic:
		if end {
			return next.src
		}
		return s.src
	case base64Step:
		n = n/3*4 + n%3
		if end {
			n++ // a byte reaches into the character after the one it begins in
		}
	}
	if end {
		n++
	}
	return min(s.src+n, next.src)
}

// builder writes a view and its steps.
type builder struct {
	out   []byte
	steps []step
}

// copy adds bytes that stand as they are.
func (b *builder) copy(text []byte, src int) {
	if len(text) == 0 {
		return
	}
	b.step(src, same)
	b.out = append(b.out, text...)
}

// put adds what the bytes from src on are decoded to.
func (b *builder) put(decoded string, src int) {
	b.step(src, atomic)
	b.out = append(b.out, decoded...)
}

func (b *builder) step(src int, kind stepKind) {
	if n := len(b.steps); n > 0 && b.steps[n-1].view == len(b.out) {
		b.steps[n-1] = step{len(b.out), src, kind} // what came before decoded to nothing
		return
	}
	b.steps = append(b.steps, step{len(b.out), src, kind})
}

func (b *builder) view(how string, end int) *View {
	b.steps = append(b.steps, step{len(b.out), end, same})
	return &View{Part: detectors.Part{Text: b.out}, How: how, steps: b.steps}
}

// stretch is a range of text that a view is made of.
type stretch struct{ start, end int }

// merge joins stretches that overlap or lie close, each widened to lines or
// context, and cuts them to text.
func merge(list []stretch, size int) []stretch {
	slices.SortFunc(list, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	out := list[:0]
	for _, s := range list {
		s.start, s.end = max(s.start-context, 0), min(s.end+context, size)
		if n := len(out); n > 0 && s.start <= out[n-1].end {
			out[n-1].end = max(out[n-1].end, s.end)
		} else {
			out = append(out, s)
		}
	}
	return out
}
