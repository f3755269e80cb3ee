package scanner

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"habeas/detectors"
)

// Variant is a looser form of a canonical value, under which somebody who asks
// for their data may be found although they wrote it otherwise:
//
//	e-mail   ana+news@example.org        ana@example.org    without the tag
//	         a.n.a@gmail.com             ana@gmail.com      without dots, where the provider ignores them
//	phone    +33199001234;ext=12         +33199001234       without the extension
//	name     Łukasz Müller               lukasz muller         in Latin letters without marks, words in order
//
// It is "" where it is no other than Canonical. Two values that share a variant
// may still be of two people: a match by variant is never a proof.
func Variant(kind detectors.Kind, value string) string {
	var v string
	switch kind {
	case detectors.Email:
		v = mailbox(foldText(value))
	case detectors.Phone:
		v, _, _ = strings.Cut(value, ";")
	case detectors.Name, detectors.Face:
		v = latinName(value)
	default:
		return ""
	}
	if v == value || Canonical(kind, v) == Canonical(kind, value) {
		return ""
	}
	return v
}

// LookAlike is the looser form of a value that was read from pixels with doubt:
// of characters that are taken for each other it has one. "" for kinds that no
// reading confuses.
//
//	e-mail   anna1@exarnple.org    annal@example.org
func LookAlike(kind detectors.Kind, value string) string {
	if kind != detectors.Email {
		return ""
	}
	return "~" + alike.Replace(mailbox(foldText(value)))
}

// alike puts one character for those that look like it.
var alike = strings.NewReplacer("1", "l", "i", "l", "|", "l", "0", "o", "5", "s", "8", "b", "2", "z", "rn", "m", "vv", "w", "q", "g", "9", "g")

// mailbox is an address without what providers let people add to it: a tag after
// a plus and, at Gmail, dots.
func mailbox(address string) string {
	local, domain, ok := cutLast(address, "@")
	if !ok {
		return address
	}
	if tagless, _, tagged := strings.Cut(local, "+"); tagged && tagless != "" {
		local = tagless
	}
	if domain == "googlemail.com" {
		domain = "gmail.com"
	}
	if domain == "gmail.com" {
		local = strings.ReplaceAll(local, ".", "")
	}
	return local + "@" + domain
}

// latinName is a name in plain Latin letters, its words in order.
func latinName(name string) string {
	var b strings.Builder
	b.Grow(len(name))
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteByte(byte(r))
		case unicode.IsMark(r), r == '\'', r == '’':
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if latin, ok := inLatin(r); ok {
				b.WriteString(latin)
			} else {
				b.WriteRune(r)
			}
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	for i, w := range words {
		words[i] = withoutE.Replace(w)
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// withoutE makes "mueller" and "müller", whose marks are gone by then, one.
var withoutE = strings.NewReplacer("ae", "a", "oe", "o", "ue", "u")

// inLatin spells a lower-case letter that decomposition leaves as it is: the
// Latin letters with strokes and ligatures, Greek (ISO 843, simplified) and
// Cyrillic (as passports spell it, ICAO 9303 part 3). ok is false for others.
func inLatin(r rune) (string, bool) {
	const from, to = "ßøłđðþæœıħŧŋ", "ss o l d d th a o i h t n"
	if s, ok := spelt(r, from, to); ok {
		return s, true
	}
	if s, ok := spelt(r, "αβγδεζηθικλμνξοπρστυφχψως", "a v g d e z i th i k l m n x o p r s t y f ch ps o s"); ok {
		return s, true
	}
	return spelt(r, "абвгдежзийклмнопрстуфхцчшщъыьэюяієґђћљњџ",
		"a b v g d e zh z i i k l m n o p r s t u f kh ts ch sh shch - y - e iu ia i ie g d c lj nj dz")
}

// spelt finds r in from and gives the word of that number in to; "-" stands for
// nothing.
func spelt(r rune, from, to string) (string, bool) {
	i := 0
	for _, f := range from {
		if f == r {
			return strings.Trim(strings.Fields(to)[i], "-"), true
		}
		i++
	}
	return "", false
}

// Term is one fingerprint to look a value up by in a record.
type Term struct {
	Kind        detectors.Kind
	Fingerprint string
	Exact       bool   // the value as it is; a match by any other term is of a looser form
	How         string // what the looser form leaves out, in words; "" if Exact
}

// Terms are what a value may be recorded under, the exact one first. value is
// canonical as a detector makes it, for a phone number E.164. A term that is not
// exact matches a finding's Variant or its Fingerprint; an exact one that only
// matches the Variant is no exact match.
func (f *Fingerprints) Terms(kind detectors.Kind, value string) []Term {
	var terms []Term
	add := func(k detectors.Kind, v string, exact bool, how string) {
		print := f.Of(k, v)
		if print == "" || slices.ContainsFunc(terms, func(t Term) bool { return t.Fingerprint == print }) {
			return
		}
		terms = append(terms, Term{Kind: k, Fingerprint: print, Exact: exact, How: how})
	}
	kinds := []detectors.Kind{kind}
	if kind == detectors.Name {
		kinds = append(kinds, detectors.Face)
	}
	for _, k := range kinds {
		add(k, value, true, "")
		add(k, Variant(k, value), false, looser(k))
		if v := LookAlike(k, value); v != "" {
			add(k, v, false, "read from a picture, with characters that look alike")
		}
	}
	if kind == detectors.Phone {
		for _, v := range withoutCountry(value) {
			add(kind, v, false, "written without its country")
		}
	}
	return terms
}

// looser says what a variant leaves out.
func looser(kind detectors.Kind) string {
	switch kind {
	case detectors.Email:
		return "without tag, or dots that the provider ignores"
	case detectors.Phone:
		return "without extension"
	}
	return "words in order, without accents, in Latin letters"
}

// withoutCountry are the ways to write an international number nationally: the
// calling code has one to three digits, and many countries put a 0 before the rest.
func withoutCountry(number string) []string {
	number, _, _ = strings.Cut(number, ";")
	digits, ok := strings.CutPrefix(phoneDigits(number), "+")
	if !ok {
		return nil
	}
	var out []string
	for n := 1; n <= 3 && len(digits)-n >= 7; n++ {
		out = append(out, digits[n:], "0"+digits[n:])
	}
	return out
}
