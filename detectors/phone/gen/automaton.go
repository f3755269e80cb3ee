package main

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// longest is the most digits that a national number has (ITU-T E.164 leaves 15
// with the calling code; libphonenumber allows 17 for Germany's oldest).
const longest = 17

// state is a state of the automaton as it is written: the next state by digit,
// and the label of what was read so far.
type state struct {
	Next  [10]uint16
	Label uint16
}

// label says what the digits read so far are. The flags are those of package phone.
type label struct {
	flags         uint8
	national      uint32 // bit i: the national format parts the digits after the i-th
	international uint32
}

const (
	valid   = 1 << iota // a number of some type in some region of the calling code
	viable              // fits the general description of the main region
	mobile              // a mobile number, perhaps
	fixed               // a fixed line, perhaps
	special             // toll-free, premium, shared cost, pager, voice mail: seldom one person's
)

// graph is the smallest automaton: equal states are made once, across all plans.
type graph struct {
	states   []state
	ids      map[state]uint16
	labels   []label
	labelIDs map[label]uint16
}

func (g *graph) id(s state) uint16 {
	if id, ok := g.ids[s]; ok {
		return id
	}
	id := uint16(len(g.states))
	g.states = append(g.states, s)
	g.ids[s] = id
	return id
}

func (g *graph) labelID(l label) uint16 {
	if id, ok := g.labelIDs[l]; ok {
		return id
	}
	id := uint16(len(g.labels))
	g.labels = append(g.labels, l)
	g.labelIDs[l] = id
	return id
}

// build makes the states of a plan from the last digit to the first, so that
// equal ends are found, and returns its first one.
func (g *graph) build(p *plan) uint16 {
	memo := map[string]uint16{}
	digits := make([]byte, 0, longest)
	var visit func(at []threads) uint16
	visit = func(at []threads) uint16 {
		if len(digits) > longest || !p.alive(at) {
			return 0
		}
		key := fmt.Sprint(len(digits), at)
		if id, ok := memo[key]; ok {
			return id
		}
		s := state{Label: g.labelID(p.label(at, string(digits)))}
		for d := range byte(10) {
			digits = append(digits, '0'+d)
			s.Next[d] = visit(p.step(at, '0'+rune(d)))
			digits = digits[:len(digits)-1]
		}
		id := uint16(0)
		if s != (state{}) {
			id = g.id(s)
		}
		memo[key] = id
		return id
	}
	return visit(p.start())
}

// plan is all patterns of one calling code, run side by side.
type plan struct {
	patterns []*pattern
	regions  []planRegion
	national []planFormat
	foreign  []planFormat
}

type planRegion struct {
	leading, general int // places in patterns; leading is -1 where there is none
	types            []planType
	lengths          []int32 // of the general description
}

type planType struct {
	flags   uint8
	pattern int
	lengths []int32
}

type planFormat struct {
	leading, pattern int
	groups           *regexp.Regexp
}

func newPlan(coll *phonenumbers.PhoneMetadataCollection, code int) (*plan, error) {
	p := &plan{}
	var main *phonenumbers.PhoneMetadata
	for _, id := range phonenumbers.GetRegionCodesForCountryCode(code) {
		i := slices.IndexFunc(coll.GetMetadata(), func(m *phonenumbers.PhoneMetadata) bool {
			return m.GetId() == id && int(m.GetCountryCode()) == code
		})
		if i < 0 {
			return nil, fmt.Errorf("region %s has no metadata", id)
		}
		m := coll.GetMetadata()[i]
		if main == nil {
			main = m // the main region is listed first
		}
		if err := p.addRegion(m); err != nil {
			return nil, fmt.Errorf("region %s: %w", id, err)
		}
	}
	var err error
	if p.national, err = p.formats(main.GetNumberFormat()); err != nil {
		return nil, err
	}
	foreign := main.GetIntlNumberFormat()
	if len(foreign) == 0 {
		foreign = main.GetNumberFormat()
	}
	p.foreign, err = p.formats(foreign)
	return p, err
}

func (p *plan) addRegion(m *phonenumbers.PhoneMetadata) error {
	r := planRegion{leading: -1, lengths: m.GetGeneralDesc().GetPossibleLength()}
	var err error
	if s := m.GetLeadingDigits(); s != "" {
		if r.leading, err = p.add("(?:" + s + `)\d*`); err != nil {
			return err
		}
	}
	if r.general, err = p.add(m.GetGeneralDesc().GetNationalNumberPattern()); err != nil {
		return err
	}
	for _, t := range []struct {
		desc  *phonenumbers.PhoneNumberDesc
		flags uint8
	}{
		{m.GetPremiumRate(), special}, {m.GetTollFree(), special}, {m.GetSharedCost(), special},
		{m.GetVoip(), fixed}, {m.GetPersonalNumber(), mobile}, {m.GetPager(), special},
		{m.GetUan(), special}, {m.GetVoicemail(), special}, {m.GetFixedLine(), fixed}, {m.GetMobile(), mobile},
	} {
		s := t.desc.GetNationalNumberPattern()
		if s == "" || s == "NA" {
			continue
		}
		n, err := p.add(s)
		if err != nil {
			return err
		}
		r.types = append(r.types, planType{t.flags, n, t.desc.GetPossibleLength()})
	}
	p.regions = append(p.regions, r)
	return nil
}

func (p *plan) formats(list []*phonenumbers.NumberFormat) (out []planFormat, err error) {
	for _, f := range list {
		pf := planFormat{leading: -1}
		if l := f.GetLeadingDigitsPattern(); len(l) > 0 {
			if pf.leading, err = p.add("(?:" + l[len(l)-1] + `)\d*`); err != nil {
				return nil, err
			}
		}
		if pf.pattern, err = p.add(f.GetPattern()); err != nil {
			return nil, err
		}
		if pf.groups, err = regexp.Compile("^(?:" + f.GetPattern() + ")$"); err != nil {
			return nil, err
		}
		out = append(out, pf)
	}
	return out, nil
}

// add compiles an expression, once.
func (p *plan) add(expr string) (int, error) {
	for i, q := range p.patterns {
		if q.expr == expr {
			return i, nil
		}
	}
	q, err := newPattern(expr)
	p.patterns = append(p.patterns, q)
	return len(p.patterns) - 1, err
}

func (p *plan) start() []threads {
	at := make([]threads, len(p.patterns))
	for i, q := range p.patterns {
		at[i] = q.start()
	}
	return at
}

func (p *plan) step(at []threads, d rune) []threads {
	next := make([]threads, len(at))
	for i, q := range p.patterns {
		next[i] = q.step(at[i], d)
	}
	return next
}

// alive reports whether more digits could still give a number.
func (p *plan) alive(at []threads) bool {
	return slices.ContainsFunc(p.regions, func(r planRegion) bool { return len(at[r.general]) > 0 })
}

func (p *plan) label(at []threads, digits string) (l label) {
	full := func(pattern int, lengths []int32) bool {
		return p.patterns[pattern].accepts(at[pattern]) && (len(lengths) == 0 || slices.Contains(lengths, int32(len(digits))))
	}
	if full(p.regions[0].general, p.regions[0].lengths) {
		l.flags |= viable
	}
	for _, r := range p.regions {
		var flags uint8
		if full(r.general, r.lengths) {
			for _, t := range r.types {
				if full(t.pattern, t.lengths) {
					flags |= t.flags | valid
				}
			}
		}
		if r.leading >= 0 && p.patterns[r.leading].accepts(at[r.leading]) {
			l.flags |= flags // the leading digits alone decide on the region
			break
		}
		if r.leading < 0 && flags != 0 {
			l.flags |= flags
			break
		}
	}
	if l.flags&valid != 0 {
		l.national = p.breaks(p.national, at, digits)
		l.international = p.breaks(p.foreign, at, digits)
	}
	return l
}

// breaks are the places at which the first fitting format parts digits.
func (p *plan) breaks(list []planFormat, at []threads, digits string) (mask uint32) {
	for _, f := range list {
		if f.leading >= 0 && !p.patterns[f.leading].accepts(at[f.leading]) || !p.patterns[f.pattern].accepts(at[f.pattern]) {
			continue
		}
		m := f.groups.FindStringSubmatchIndex(digits)
		for k := 3; k < len(m); k += 2 {
			if m[k] > 0 && m[k] < len(digits) {
				mask |= 1 << m[k]
			}
		}
		return mask
	}
	return 0
}

// pattern is an expression over digits as a set of threads of Go's own program
// for it: its states are few, and finite for all but leading digits.
type pattern struct {
	expr string
	prog *syntax.Prog
}

// threads are the instructions that wait for a digit, sorted, and the match.
type threads []uint32

func newPattern(expr string) (*pattern, error) {
	re, err := syntax.Parse(strings.Join(strings.Fields(expr), ""), syntax.Perl)
	if err != nil {
		return nil, err
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, err
	}
	return &pattern{expr, prog}, nil
}

func (q *pattern) start() threads { return q.follow(nil, uint32(q.prog.Start)) }

func (q *pattern) step(t threads, d rune) (next threads) {
	for _, pc := range t {
		if in := &q.prog.Inst[pc]; in.Op != syntax.InstMatch && in.MatchRune(d) {
			next = q.follow(next, in.Out)
		}
	}
	return next
}

func (q *pattern) accepts(t threads) bool {
	return slices.ContainsFunc(t, func(pc uint32) bool { return q.prog.Inst[pc].Op == syntax.InstMatch })
}

func (q *pattern) follow(t threads, pc uint32) threads {
	switch in := &q.prog.Inst[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		return q.follow(q.follow(t, in.Out), in.Arg)
	case syntax.InstCapture, syntax.InstNop:
		return q.follow(t, in.Out)
	case syntax.InstFail:
		return t
	case syntax.InstEmptyWidth:
		return q.follow(t, in.Out) // the expressions have none but the edges
	}
	i, found := slices.BinarySearch(t, pc)
	if found {
		return t
	}
	return slices.Insert(t, i, pc)
}
