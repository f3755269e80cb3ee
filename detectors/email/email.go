// Package email finds e-mail addresses in running text and in decoded fields.
//
// A scan stops at every "@" (and at the words of disguised addresses, "[at]",
// "dot"), widens it both ways by byte classes and asks whether the domain ends
// in a name of the root zone. What is plain ASCII is decided by these tables.
// The odd rest (letters beyond ASCII on either side, quoted local parts) goes
// through one regular expression, in a window of a few hundred runes.
//
// RFC 5321 and RFC 5322 allow more than people use: comments, address literals,
// "!" and "/" in a local part. These are left out, for they are found in code
// and paths far more often than in addresses.
package email

import (
	"bytes"
	"errors"
	"math/bits"
	"slices"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Detector finds addresses. Make it with New; it may be used from many
// goroutines.
type Detector struct {
	at        *textscan.Set
	indexes   textscan.Indexes
	disguise  *textscan.Finder
	foreign   *textscan.Finder
	odd       *oddPattern
	labels    *textscan.Words // words that name an address
	messageID *textscan.Words // headers whose values only look like addresses
	shell     *textscan.Words // commands that take user@host
}

var _ detectors.Glancer = (*Detector)(nil)

// New makes the detector.
func New() *Detector {
	return &Detector{
		at:       textscan.NewSet("@", false),
		disguise: newDisguise(),
		foreign:  textscan.NewFinder(foreign...),
		odd:      newOddPattern(),
		labels: textscan.NewWords("email*", "e mail*", "mail", "mailto", "mails", "contact*", "kontakt*", "correo", "courriel", "mél", "posta",
			"from", "to", "cc", "bcc", "reply to", "sender", "recipient", "von", "an", "login", "user*", "account", "questions",
			"почта", "почты", "邮箱", "邮件", "電子郵件", "メール", "이메일", "메일", "البريد"),
		messageID: textscan.NewWords("message id", "in reply to", "references", "content id", "resent message id", "cid"),
		shell:     textscan.NewWords("ssh", "scp", "sftp", "rsync", "mosh", "ssh copy id"),
	}
}

// Info implements detectors.Detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "email",
		Version: 2,
		Kinds:   []detectors.Kind{detectors.Email},
		Finds:   "e-mail addresses, also in other scripts and disguised (\"jane [at] example [dot] org\")",
		Example: "jane.sample@example.org",
	}
}

// An address has an "@", or marks in its place: words in brackets, between blanks
// or joined to the names.
var (
	signs = detectors.Bytes("@([{<*|")
	hides = wordSets()
)

// wordSets are the bytes of the words that disguise addresses without brackets.
func wordSets() []detectors.ByteSet {
	sets := []detectors.ByteSet{detectors.Bytes(" dot"), detectors.Bytes("_dot"), detectors.Bytes("-dot"), detectors.Bytes(" -at")}
	for _, w := range markWords {
		if w.mark == atMark && !w.inBrackets && len(w.word) > 2 {
			sets = append(sets, detectors.Bytes(" "+w.word))
		}
	}
	return sets
}

// MayHold implements detectors.Glancer.
func (*Detector) MayHold(g *detectors.Glance) bool {
	if g.Any(signs) || g.High {
		return true
	}
	return slices.ContainsFunc(hides, func(set detectors.ByteSet) bool { return g.All(set) })
}

var errUndecided = errors.New("email: the check of an unusual address took too long")

// Detect implements detectors.Detector.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	undecided := false
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		from := 0
		var ix *textscan.Index // of running text only
		if tag == nil {
			ix = d.indexes.Of(p, text, nil)
			defer d.indexes.Done(ix)
		}
		report := func(c candidate) {
			from = c.end
			f := c.finding(d, text, tag)
			if ix != nil {
				f.Value = ix.Copy(text[c.start:c.end])
			} else {
				f.Value = string(text[c.start:c.end])
			}
			c.canonical(text, &f)
			found(f)
		}
		d.each(ix, text, func(at int) {
			if at <= from || !mayBe(text, at) {
				return
			}
			c, v := d.plain(text, from, at)
			if v == askOdd {
				c, v = d.unusual(text, from, at)
				undecided = undecided || v == tooSlow
			}
			if v == yes {
				report(c)
			}
		})
		var starts, before []int // of disguised addresses; before, in order, by passes that are over
		var walked steps
		hidden := func(i int) (start int, found bool) {
			if i < from {
				return 0, false
			}
			c, ok := d.disguised(text, from, i, &walked)
			if !ok {
				return 0, false
			}
			if _, twice := slices.BinarySearch(before, c.start); !twice {
				report(c)
				return c.start, true
			}
			return 0, false
		}
		from = 0
		more := false
		d.disguise.Each(text, func(i, word int) bool {
			if isForeign(word) {
				more = true // the next pass, as its rules differ
			} else if start, ok := hidden(i); ok {
				starts = append(starts, start)
			}
			return true
		})
		slices.Sort(starts)
		before = starts
		if more {
			from = 0
			d.foreign.Each(text, func(i, _ int) bool {
				if start, ok := hidden(i); ok {
					starts = append(starts, start)
				}
				return true
			})
			slices.Sort(starts)
			before = starts
		}
		from = 0
		d.accentedIn(p, text, tag, ix, func(i int) { hidden(i) })
	})
	if undecided {
		return errUndecided
	}
	return nil
}

// accentedIn calls fn as accented does; ix is the index of running text.
func (d *Detector) accentedIn(p *detectors.Part, text []byte, tag *detectors.Tag, ix *textscan.Index, fn func(i int)) {
	if ix == nil {
		if !slices.ContainsFunc(text, func(b byte) bool { return b >= 0x80 }) {
			return
		}
		ix = d.indexes.Of(p, text, tag)
		defer d.indexes.Done(ix)
	}
	d.accented(ix, text, fn)
}

// each calls fn with the place of every "@" in text, of which ix is the index, if
// there is one.
func (d *Detector) each(ix *textscan.Index, text []byte, fn func(at int)) {
	if ix == nil {
		d.at.Each(text, func(at int) bool { fn(at); return true })
		return
	}
	for w := 1; w <= ix.Blocks(); w++ {
		for m := ix.At[w]; m != 0; m &= m - 1 {
			fn((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}

// verdict is what a look at one "@" says.
type verdict int

const (
	no      verdict = iota
	yes             // an address
	askOdd          // not to be decided by ASCII tables
	tooSlow         // the expression ran into its time limit
)

// candidate is an address in text[start:end].
type candidate struct {
	start, end int
	domain     string // canonical, where it is not text[at+1:end] in lower case
	local      string // the same for what stands before the "@"
	at         int
	rule       string
	why        string
	confidence float64
	dummy      bool
}

// finding is the finding of c, without its value.
func (c *candidate) finding(d *Detector, text []byte, tag *detectors.Tag) detectors.Finding {
	f := detectors.Finding{
		Kind: detectors.Email, Start: c.start, End: c.end,
		Confidence: c.confidence, Why: c.why, Rule: c.rule, Dummy: c.dummy,
	}
	if tag != nil {
		f.Tag, f.Start, f.End = tag.Name, 0, 0
		if tag.Group == "Mail" && identifies[tag.Name] {
			f.Confidence, f.Rule, f.Why = 0.4, "message-id", "the identifier of a message, which has the form of an address and tells whose system wrote it"
		}
	}
	if label, ok := d.labels.Touching(text, c.start); ok {
		f.Confidence = min(f.Confidence+0.05, 0.99)
		f.Why += "; '" + label.Word + "' before"
	}
	return f
}

// canonical sets the canonical form of f, which is the finding of c.
func (c *candidate) canonical(text []byte, f *detectors.Finding) {
	if c.local == "" && c.domain == "" && !hasUpper(text[c.at+1:c.end]) {
		return // its value is canonical
	}
	local, domain := c.local, c.domain
	if local == "" {
		local = string(text[c.start:c.at])
	}
	if domain == "" {
		domain = lower(text[c.at+1 : c.end])
	}
	if canonical := local + "@" + domain; canonical != f.Value {
		f.Canonical = canonical
	}
}

// identifies are the fields of mail that name messages, not people (RFC 5322,
// section 3.6.4).
var identifies = map[string]bool{"MessageID": true, "InReplyTo": true, "References": true}

// lower is b with its ASCII letters in lower case.
func lower(b []byte) string {
	out := bytes.Clone(b)
	for i, c := range out {
		out[i] = textscan.Fold(c)
	}
	return string(out)
}

func hasUpper(b []byte) bool {
	for _, c := range b {
		if textscan.Is(c, textscan.Upper) {
			return true
		}
	}
	return false
}
