package email

import (
	"strings"

	"habeas/detectors/textscan"
)

// People hide addresses from harvesters by words in place of the two marks:
//
//	jane [at] example [dot] org     jane(at)example.org     jane AT example DOT org
//
// Bracketed forms are told by the brackets. The bare words are English and also
// say other things ("look at the dot in"), so there "dot" is the anchor, both
// must be there, and names that are English words don't count.

// newDisguise finds the marks from which disguised looks around.
func newDisguise() *textscan.Finder {
	return textscan.NewFinder("(at)", "[at]", "{at}", "<at>", "( at )", "[ at ]", "[@]", "(@)", " @ ", " dot ", "(dot)", "[dot]", "{dot}", "<dot>", "[.]", "(.)", "[ dot ]", "( dot )")
}

type mark int

const (
	none mark = iota
	atMark
	dotMark
)

// disguised looks at the mark at text[i] and returns the address around it.
func (d *Detector) disguised(text []byte, from, i int) (candidate, bool) {
	for i > from && (text[i-1] == ' ' || text[i-1] == '\t') {
		i--
	}
	local, at, bare := leftOf(text, from, i)
	if local < 0 {
		return candidate{}, false
	}
	// From the start of the local part, read name (mark name)*.
	c := candidate{start: local, at: at, rule: "obfuscated"}
	var labels []string
	var mailbox strings.Builder
	pos, seenAt, dots := local, false, 0
	for {
		end := token(text, pos)
		if end == pos {
			return candidate{}, false
		}
		if !seenAt {
			mailbox.Write(text[pos:end])
		} else {
			labels = append(labels, lower(text[pos:end]))
		}
		known := seenAt && (dots > 0 || strings.Contains(labels[0], ".")) && endsInTLD(labels[len(labels)-1])
		next, m, word := readMark(text, end)
		if m == atMark && seenAt || m == none || len(labels) > 8 {
			if !known {
				return candidate{}, false
			}
			c.end = end
			break
		}
		if m == dotMark && known && token(text, next) == next {
			c.end = end
			break
		}
		bare = bare || word
		if m == atMark {
			seenAt = true
		} else if seenAt {
			dots++
		} else {
			mailbox.WriteByte('.')
		}
		pos = next
	}
	for c.end > c.start && (text[c.end-1] == '.' || text[c.end-1] == '-') {
		c.end--
	}
	c.local, c.domain = mailbox.String(), strings.Trim(strings.Join(labels, "."), ".-")
	return c, d.judgeDisguised(text, &c, labels, bare)
}

func (d *Detector) judgeDisguised(text []byte, c *candidate, labels []string, bare bool) bool {
	if len(c.local) < 2 && bare || len(c.local) > maxLocal || len(c.domain) > maxDomain {
		return false
	}
	c.confidence, c.why = 0.65, "disguised address: the marks are written as words; known top-level domain"
	c.dummy = isExampleDomain([]byte(c.domain))
	if !bare {
		return true
	}
	c.confidence = 0.55
	if _, ok := d.labels.Before(text, c.start); ok || strings.ContainsAny(c.local, "._-0123456789") {
		return !stopword(labels[0])
	}
	last := labels[len(labels)-1]
	return !stopword(labels[0]) && !stopword(c.local) && !stopword(last[strings.LastIndexByte(last, '.')+1:])
}

// leftOf goes back from the mark at text[i] over "name mark" to the start of the
// local part. at is the place of the mark for "@"; local is -1 if there is none.
func leftOf(text []byte, from, i int) (local, at int, bare bool) {
	local, at = -1, -1
	for steps := 0; steps < 5; steps++ {
		_, m, word := readMark(text, i)
		if m == none || m == atMark && at >= 0 {
			break
		}
		start := tokenLeft(text, from, i)
		if start == i {
			break
		}
		if m == atMark {
			at = i
		}
		bare = bare || word
		if at >= 0 {
			local = start
		}
		// The mark before this name, if there is one.
		i = markBefore(text, from, start)
		if i < 0 {
			break
		}
	}
	return local, at, bare
}

// joins are the marks that may stand within a name.
var joins = table("._-+")

// token returns the end of the name at text[i:].
func token(text []byte, i int) int {
	j := i
	for j < len(text) && j-i <= maxLocal && (textscan.Is(text[j], textscan.Alnum) || j > i && joins[text[j]]) {
		j++
	}
	return j
}

func tokenLeft(text []byte, from, i int) int {
	j := i
	for j > from && i-j <= maxLocal && (textscan.Is(text[j-1], textscan.Alnum) || joins[text[j-1]]) {
		j--
	}
	return j
}

const closing, opening = ")]}>", "([{<"

// readMark reads a mark at text[i:]: blanks, an opening bracket, "at", "dot",
// "@" or ".", its closing bracket, blanks. Without brackets it is a bare word
// between blanks. next is where the name after it begins.
func readMark(text []byte, i int) (next int, m mark, bare bool) {
	j, k := skipBlanks(text, i), -1
	if b := textscan.Byte(text, j); textscan.ClassOf[b]&textscan.Letter == 0 && j < len(text) {
		if k = strings.IndexByte(opening, b); k >= 0 {
			j = skipBlanks(text, j+1)
		}
	}
	switch b := textscan.Fold(textscan.Byte(text, j)); {
	case b == 'a' && textscan.Fold(textscan.Byte(text, j+1)) == 't':
		m, j = atMark, j+2
	case b == 'd' && textscan.HasFold(text, j+1, "ot"):
		m, j = dotMark, j+3
	case b == '@':
		m, j = atMark, j+1
	case b == '.':
		m, j = dotMark, j+1
	default:
		return i, none, false
	}
	if k >= 0 {
		j = skipBlanks(text, j)
		if textscan.Byte(text, j) != closing[k] {
			return i, none, false
		}
		return skipBlanks(text, j+1), m, false
	}
	if n := skipBlanks(text, j); n > j && skipBlanks(text, i) > i {
		return n, m, true
	}
	return i, none, false
}

// markBefore returns the start of the mark that ends at i, or -1. Only one place
// can be: before blanks, brackets and the word itself.
func markBefore(text []byte, from, i int) int {
	j := blanksLeft(text, from, i)
	bracket := j > from && textscan.ClassOf[text[j-1]]&textscan.Letter == 0 && strings.IndexByte(closing, text[j-1]) >= 0
	if bracket {
		j = blanksLeft(text, from, j-1)
	} else if j == i {
		return -1
	}
	switch {
	case j-3 > from && textscan.Fold(text[j-1]) == 't' && textscan.HasFold(text, j-3, "do"):
		j -= 3
	case j-2 > from && textscan.Fold(text[j-1]) == 't' && textscan.Fold(text[j-2]) == 'a':
		j -= 2
	case j > from && (text[j-1] == '@' || text[j-1] == '.'):
		j--
	default:
		return -1
	}
	j = blanksLeft(text, from, j)
	if bracket && j > from {
		j = blanksLeft(text, from, j-1)
	}
	if next, m, _ := readMark(text, j); m == none || next != i || j <= from || !textscan.Is(text[j-1], textscan.Alnum) {
		return -1
	}
	return j
}

func blanksLeft(text []byte, from, i int) int {
	j := i
	for j > from && i-j < 3 && (text[j-1] == ' ' || text[j-1] == '\t') {
		j--
	}
	return j
}

func skipBlanks(text []byte, i int) int {
	j := i
	for j < len(text) && j-i < 3 && (text[j] == ' ' || text[j] == '\t') {
		j++
	}
	return j
}

func endsInTLD(label string) bool {
	label = strings.TrimRight(label, ".-")
	return textscan.TLD([]byte(label[strings.LastIndexByte(label, '.')+1:]))
}

// stopword reports whether s is an English word that stands beside "at" and
// "dot" in ordinary sentences.
func stopword(s string) bool {
	for _, w := range []string{"a", "an", "the", "this", "that", "each", "one", "every", "no", "any", "in", "at", "to", "is", "it", "so", "as", "be", "my", "me", "us", "do",
		"on", "of", "and", "or", "by", "for", "look", "looked", "point", "here", "there", "are", "was", "were", "now", "all", "its", "his", "her", "red", "black", "center", "zero", "place", "end"} {
		if s == w {
			return true
		}
	}
	return false
}
