package html

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"habeas/reports"
)

// Risk orders owners by how much it would hurt if their objects were seen by
// the wrong people, in a way that can be followed by hand:
//
//	sum over kinds of  different values x weight of the kind x exposure x who
//
// where exposure is the weight of the widest audience that an object with the
// value has (see reports.Audience), and who is 1.5 for values of other people than
// the owner and 1 otherwise. The sum is
// damped: risk = 10 x log2(1 + sum), so that twice as much data of the same
// sort adds 10. Positions have no fingerprint: they count by squares of 0.1
// degree. Other findings without a fingerprint count once an object.
const (
	thirdPartyRisk = 1.5
	showTerms      = 3
)

// term is one summand.
type term struct {
	Kind     string
	Third    bool
	Audience reports.Audience
	Values   int64
	Weight   float64
	Points   float64
}

// riskTerms are the summands, largest first.
func riskTerms(kinds map[string]*kindCount) []term {
	var out []term
	for _, k := range kinds {
		for v, n := range k.values {
			if n == 0 {
				continue
			}
			t := term{Kind: k.Kind, Third: v.third, Audience: v.audience, Values: n, Weight: infoOf(k.Kind).Weight}
			t.Points = float64(n) * t.Weight * t.Audience.Weight()
			if t.Third {
				t.Points *= thirdPartyRisk
			}
			out = append(out, t)
		}
	}
	slices.SortFunc(out, func(a, b term) int {
		return cmp.Or(cmp.Compare(b.Points, a.Points), cmp.Compare(a.Kind, b.Kind), cmp.Compare(b2i(a.Third), b2i(b.Third)),
			cmp.Compare(b.Audience.Weight(), a.Audience.Weight()))
	})
	return out
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func riskOf(terms []term) float64 {
	sum := 0.0
	for _, t := range terms {
		sum += t.Points
	}
	return 10 * math.Log2(1+sum)
}

func riskWords(r float64) string { return strconv.Itoa(int(math.Round(r))) }

// Words says a term short: "2 positions of others 22.5".
func (t term) Words() string {
	s := kindWords(t.Kind)
	if t.Third {
		s += " of others"
	}
	if t.Audience == reports.AudiencePublic {
		s += " (public)"
	}
	return number(t.Values) + " × " + s
}

// Sum writes the term out.
func (t term) Sum() string {
	s := number(t.Values) + " × " + trim(t.Weight) + " × " + trim(t.Audience.Weight())
	if t.Third {
		s += " × " + trim(thirdPartyRisk)
	}
	return s + " = " + trim(t.Points)
}

func trim(f float64) string { return strconv.FormatFloat(math.Round(f*100)/100, 'f', -1, 64) }

// termWords are the largest terms.
func termWords(terms []term) string {
	var out []string
	for _, t := range terms[:min(len(terms), showTerms)] {
		out = append(out, t.Words())
	}
	s := strings.Join(out, ", ")
	if n := len(terms) - showTerms; n > 0 {
		s += " and " + countWords(int64(n), "more kind", "more kinds")
	}
	return s
}

// kindCount is a row of a table of kinds. Distinct is 0 for kinds that have
// neither fingerprints nor squares.
type kindCount struct {
	Kind                               string
	Findings, Distinct, Objects, Third int64
	More                               bool // Distinct was counted up to keepSubjects
	seen                               map[string]value
	values                             map[value]int64 // different values by whose they are and who may read them
}

// value is what the risk of one different value depends on.
type value struct {
	third    bool
	audience reports.Audience // the widest
}

// Info serves templates.
func (k kindCount) Info() kindInfo { return infoOf(k.Kind) }

func countKinds(m map[string]*kindCount, e *reports.Entry) {
	inObject := map[string]bool{}
	for i := range e.Findings {
		f := &e.Findings[i]
		if !f.Counted() {
			continue
		}
		k := m[f.Kind]
		if k == nil {
			k = &kindCount{Kind: f.Kind, seen: map[string]value{}, values: map[value]int64{}}
			m[f.Kind] = k
		}
		third := f.Party == reports.PartyThird
		k.Findings++
		if third {
			k.Third++
		}
		first := !inObject[f.Kind]
		if first {
			inObject[f.Kind] = true
			k.Objects++
		}
		k.value(identity(f), value{third, cmp.Or(e.Audience, reports.AudienceUnknown)}, first)
	}
}

// value counts one different value; where there is no identity, once an object.
func (k *kindCount) value(id string, v value, first bool) {
	before, known := k.seen[id]
	switch {
	case id == "":
		if !first {
			return
		}
	case known && before.audience.Weight() >= v.audience.Weight():
		return
	case known:
		// Whose it is stays as it was seen first.
		v.third = before.third
		k.seen[id] = v
		k.values[before]--
	case len(k.seen) == keepSubjects:
		k.More = true
		return
	default:
		k.seen[id] = v
		k.Distinct++
	}
	k.values[v]++
}

// identity joins equal values: by fingerprint, or by square for a position.
func identity(f *reports.Finding) string {
	if f.Fingerprint == "" && f.Cell != nil {
		return cellName(*f.Cell)
	}
	return f.Fingerprint
}

func sortKinds(m map[string]*kindCount) []kindCount {
	out := make([]kindCount, 0, len(m))
	for _, k := range m {
		out = append(out, *k)
	}
	slices.SortFunc(out, func(a, b kindCount) int {
		return cmp.Or(cmp.Compare(b.Findings, a.Findings), cmp.Compare(a.Kind, b.Kind))
	})
	return out
}

// category is what one owner or scan holds in one category of the law.
type category struct {
	GDPR, CCPA, Shine string
	Kinds             []kindCount
	Findings, Third   int64
	Sensitive         bool
}

// Names of the kinds, with counts.
func (c category) Names() string {
	var out []string
	for _, k := range c.Kinds {
		out = append(out, kindWords(k.Kind)+" "+number(k.Findings))
	}
	return strings.Join(out, ", ")
}

// categories groups kinds by the words of the GDPR; those of California are
// joined where kinds of one category have several.
func categories(kinds []kindCount) []category {
	var out []category
	for _, k := range kinds {
		info := infoOf(k.Kind)
		i := slices.IndexFunc(out, func(c category) bool { return c.GDPR == info.GDPR })
		if i < 0 {
			i = len(out)
			out = append(out, category{GDPR: info.GDPR})
		}
		c := &out[i]
		c.Kinds = append(c.Kinds, k)
		c.Findings += k.Findings
		c.Third += k.Third
		c.Sensitive = c.Sensitive || info.Sensitive
		c.CCPA, c.Shine = joinNew(c.CCPA, info.CCPA), joinNew(c.Shine, info.Shine)
	}
	return out
}

// joinNew appends s unless it is there.
func joinNew(all, s string) string {
	switch {
	case s == "" || slices.Contains(strings.Split(all, "; "), s):
		return all
	case all == "":
		return s
	default:
		return all + "; " + s
	}
}
