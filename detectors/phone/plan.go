package phone

import (
	"bytes"
	_ "embed"
	"math"
	"regexp"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./gen

// states is the automaton that gen makes: 11 little-endian 16-bit numbers a
// state, the next state by digit and the label. State 0 is the dead end.
//
//go:embed plans.bin
var states string

const stateSize = 22

// label says what the digits read up to a state are.
type label struct {
	flags         uint8
	national      uint32 // bit i: the national format parts the digits after the i-th
	international uint32 // the same for the international one
}

const (
	valid   = 1 << iota // a number of some type in some region of the calling code
	viable              // fits the general description of the main region
	mobile              // a mobile number, perhaps
	fixed               // a fixed line, perhaps
	special             // toll-free, premium, shared cost, pager, voice mail: seldom one person's
)

// region is a row of the generated table.
type region struct {
	id        string // ISO 3166-1 alpha-2
	code      uint16 // country calling code
	prefix    string // national prefix
	parsing   string // expression for what may stand before a national number; "" means prefix
	transform string // replacement for what parsing captures
	main      bool   // the main region of its calling code
}

// regionOf returns the place of a region in the table, or -1.
func regionOf(id string) int {
	i, ok := slices.BinarySearchFunc(regions[:], id, func(r region, id string) int { return strings.Compare(r.id, id) })
	if !ok {
		return -1
	}
	return i
}

// mainRegion returns the place of the main region of a calling code, or -1: some
// codes belong to no region.
var mainRegion = sync.OnceValue(func() *[1000]int16 {
	var t [1000]int16
	for i := range t {
		t[i] = -1
	}
	for i := range regions {
		if r := &regions[i]; t[r.code] < 0 || r.main {
			t[r.code] = int16(i)
		}
	}
	return &t
})

// parser is the compiled expression for what may stand before a national number.
type parser struct {
	*regexp.Regexp
	lengths uint32 // of what it matches: bit i for i digits
	firsts  uint16 // digits that a match begins with
}

// prefixes are the parsers by place of the region. Few regions need one.
var prefixes = sync.OnceValue(func() *[len(regions)]parser {
	var t [len(regions)]parser
	for i := range regions {
		if s := regions[i].parsing; s != "" {
			t[i].Regexp = regexp.MustCompile("^(?:" + s + ")")
			t[i].lengths, t[i].firsts = math.MaxUint32, math.MaxUint16
			if e, err := syntax.Parse(s, syntax.Perl); err == nil {
				t[i].lengths, t[i].firsts = shape(e)
			}
		}
	}
	return &t
})

// shape is what matches of an expression may look like: their lengths, bit i for i
// bytes, and the digits that they begin with. It says all where it can't tell.
func shape(e *syntax.Regexp) (lengths uint32, firsts uint16) {
	const all = math.MaxUint16
	switch e.Op {
	case syntax.OpEmptyMatch:
		return 1, all
	case syntax.OpLiteral:
		return 1 << len(e.Rune), 1 << ((e.Rune[0] - '0') & 15)
	case syntax.OpCharClass:
		for i := 0; i+1 < len(e.Rune); i += 2 {
			for d := range rune(10) {
				if e.Rune[i] <= '0'+d && '0'+d <= e.Rune[i+1] {
					firsts |= 1 << d
				}
			}
		}
		return 2, firsts
	case syntax.OpCapture:
		return shape(e.Sub[0])
	case syntax.OpQuest:
		n, _ := shape(e.Sub[0])
		return n | 1, all
	case syntax.OpAlternate:
		for _, sub := range e.Sub {
			n, f := shape(sub)
			lengths, firsts = lengths|n, firsts|f
		}
		return lengths, firsts
	case syntax.OpConcat, syntax.OpRepeat:
		return sequence(e)
	}
	return math.MaxUint32, all
}

// sequence is shape for parts one after another.
func sequence(e *syntax.Regexp) (lengths uint32, firsts uint16) {
	parts, atLeast := e.Sub, len(e.Sub)
	if e.Op == syntax.OpRepeat {
		if e.Max < 1 || e.Max > 20 {
			return math.MaxUint32, math.MaxUint16
		}
		parts, atLeast = slices.Repeat(e.Sub, e.Max), e.Min
	}
	lengths, firsts = 1, 0
	sum := uint32(0)
	if atLeast == 0 {
		sum, firsts = 1, math.MaxUint16
	}
	open := true // all parts so far may be empty
	for i, part := range parts {
		n, f := shape(part)
		if open {
			firsts |= f
			open = n&1 != 0
		}
		var next uint32
		for k := range 32 {
			if n>>k&1 != 0 {
				next |= lengths << k
			}
		}
		if lengths = next; i+1 >= atLeast {
			sum |= lengths
		}
	}
	return sum, firsts
}

// lengths are how many more digits make a number with any of flags from a state on:
// bit i for i digits. No plan has a number of any length, so that the automaton has no loops.
func lengths(known []uint32, state int, flags uint8) uint32 {
	const seen = 1 << 31
	if state == 0 {
		return 0
	}
	if known[state] == 0 {
		var n uint32
		at := state * stateSize
		for d := range 10 {
			n |= lengths(known, int(states[at+2*d])|int(states[at+2*d+1])<<8, flags) << 1
		}
		if labels[int(states[at+20])|int(states[at+21])<<8].flags&flags != 0 {
			n |= 1
		}
		known[state] = n&^seen | seen
	}
	return known[state] &^ seen
}

// dialled are the lengths of the numbers of each region as they are written there,
// with the national prefix or without: bit i for i digits.
var dialled = sync.OnceValue(func() *[len(regions)]uint32 {
	known := make([]uint32, len(states)/stateSize)
	var t [len(regions)]uint32
	for i := range regions {
		r := &regions[i]
		n := lengths(known, int(plans[r.code]), valid)
		t[i] = n
		cut := uint32(1) << len(r.prefix) // lengths of the prefix
		if p := prefixes()[i]; r.parsing != "" {
			cut = p.lengths
		}
		for k := range 20 {
			if cut>>k&1 != 0 {
				t[i] |= n << k
			}
		}
		if r.transform != "" {
			t[i] |= t[i]<<1 | t[i]>>1 | t[i]>>2 | t[i]>>3 // what it writes may be longer than what it reads, or shorter
		}
	}
	return &t
})

// abroad are the lengths of what follows a calling code, bit i for i digits.
var abroad = sync.OnceValue(func() *[1000]uint32 {
	known := make([]uint32, len(states)/stateSize)
	var t [1000]uint32
	for code := range t {
		if at := mainRegion()[code]; at >= 0 {
			t[code] = dialled()[at]
		}
		t[code] |= lengths(known, int(plans[code]), valid)
	}
	return &t
})

// number is a parsed telephone number. It holds its digits itself: a slice would
// make the buffers of all callers escape.
type number struct {
	code   int // country calling code; 0 if unknown
	buf    [20]byte
	n      int
	prefix int // how many of the written digits stand before it, without those of the calling code
	label  label
}

// digits is the national significant number.
func (n *number) digits() []byte { return n.buf[:n.n] }

func (n *number) set(digits []byte) { n.n = copy(n.buf[:], digits) }

// walk runs digits through the plan of a calling code.
func walk(code int, digits []byte) label {
	at := reach(code, digits)*stateSize + 20
	return labels[int(states[at])|int(states[at+1])<<8]
}

// starts are the first three digits of numbers of one region as they are written
// there: bit i%64 of word i/64 for i.
type starts struct {
	bare, prefixed [(1000 + 63) / 64]uint64 // without a national prefix, and with one
	lengths        uint32                   // of those without one
}

// startsOf are those of the region at a place in the table. Some that no number has
// may be among them.
func startsOf(at int) *starts {
	t, r := new(starts), &regions[at]
	t.lengths = lengths(make([]uint32, len(states)/stateSize), int(plans[r.code]), valid|viable)
	for i := range 1000 {
		d := [3]byte{byte('0' + i/100), byte('0' + i/10%10), byte('0' + i%10)}
		if reach(int(r.code), d[:]) != 0 {
			t.bare[i/64] |= 1 << (i % 64)
		}
		prefixed := false
		switch {
		case r.parsing != "":
			prefixed = prefixes()[at].firsts>>(d[0]-'0')&1 != 0
		case r.prefix != "" && string(d[:len(r.prefix)]) == r.prefix:
			prefixed = reach(int(r.code), d[len(r.prefix):]) != 0
		}
		if prefixed {
			t.prefixed[i/64] |= 1 << (i % 64)
		}
	}
	return t
}

// has reports whether a number of n digits, as long as one with or without a prefix,
// may begin with first.
func (t *starts) has(first [3]byte, n int) bool {
	i := uint(first[0]-'0')*100 + uint(first[1]-'0')*10 + uint(first[2]-'0')
	w, bit := i/64%uint(len(t.bare)), uint64(1)<<(i%64)
	return t.bare[w]&bit != 0 && t.lengths>>n&1 != 0 || t.prefixed[w]&bit != 0
}

// reach is the state that digits lead to in the plan of a calling code, 0 if no
// number begins with them.
func reach(code int, digits []byte) (state int) {
	state = int(plans[code])
	for _, d := range digits {
		if state == 0 {
			return 0
		}
		at := state*stateSize + int(d-'0')*2
		state = int(states[at]) | int(states[at+1])<<8
	}
	return state
}

// callingCode splits a number that begins with a calling code; 0 if it has none.
// No calling code begins another one (ITU-T E.164, 6.2).
func callingCode(digits []byte) (code, n int) {
	for n < 3 && n < len(digits) {
		if n == 0 && digits[0] == '0' {
			return 0, 0
		}
		code = code*10 + int(digits[n]-'0')
		n++
		if plans[code] != 0 {
			return code, n
		}
	}
	return 0, 0
}

// international parses digits that begin with a calling code.
func international(digits []byte) (number, bool) {
	code, n := callingCode(digits)
	if code == 0 || abroad()[code]>>(len(digits)-n)&1 == 0 {
		return number{}, false
	}
	return national(code, int(mainRegion()[code]), digits[n:])
}

// national parses digits as they are written within a region, which is given by
// its place or -1, with or without the national prefix. Plans leave out most of
// the numbers that are kept for fiction: those are taken as well.
func national(code, at int, digits []byte) (number, bool) {
	n, ok := planned(code, at, digits)
	if !ok && n.label.flags&viable != 0 && kept(&n) {
		n.label.flags |= valid
		n.label.national = math.MaxUint32 // no format says where its groups end
		ok = true
	}
	return n, ok
}

// planned is national by the plan alone. It follows
// PhoneNumberUtil.maybeStripNationalPrefixAndCarrierCode: the prefix is taken off
// if what stays fits the plan at all.
func planned(code, at int, digits []byte) (number, bool) {
	n := number{code: code}
	if at >= 0 {
		if rest, cut, ok := strip(at, digits); ok {
			if l := walk(code, rest); l.flags&viable != 0 || l.flags&valid != 0 && walk(code, digits).flags&valid == 0 {
				n.set(rest)
				n.prefix, n.label = cut, l
				return n, l.flags&valid != 0
			}
		}
	}
	n.set(digits)
	n.label = walk(code, digits)
	return n, n.label.flags&valid != 0
}

// strip takes a national prefix off. cut is how many digits that were, or less
// than 0 if digits were added.
func strip(at int, digits []byte) (rest []byte, cut int, ok bool) {
	r := &regions[at]
	if len(digits) == 0 {
		return nil, 0, false
	}
	if r.parsing == "" {
		if r.prefix == "" || len(digits) <= len(r.prefix) || string(digits[:len(r.prefix)]) != r.prefix {
			return nil, 0, false
		}
		return digits[len(r.prefix):], len(r.prefix), true
	}
	if n, simple := literal(r.parsing, digits); simple {
		return digits[n:], n, n > 0 && n < len(digits)
	}
	if prefixes()[at].firsts>>(digits[0]-'0')&1 == 0 {
		return nil, 0, false
	}
	return rewrite(at, bytes.Clone(digits)) // a copy: an expression makes its input escape
}

// rewrite is strip for a prefix that takes an expression.
func rewrite(at int, digits []byte) (rest []byte, cut int, ok bool) {
	r, re := &regions[at], prefixes()[at]
	m := re.FindSubmatchIndex(digits)
	if m == nil {
		return nil, 0, false
	}
	if last := m[len(m)-2]; r.transform == "" || last < 0 || len(m) == 2 {
		return digits[m[1]:], m[1], len(digits) > m[1]
	}
	out := re.Expand(nil, []byte(r.transform), digits, m)
	out = append(out, digits[m[1]:]...)
	return out, len(digits) - len(out), true
}

// literal tells how many digits an expression takes off that is but a list of
// literals, such as "0|180020"; it spares most regions a true expression.
func literal(parsing string, digits []byte) (n int, simple bool) {
	from := 0
	for i := 0; i <= len(parsing); i++ {
		if i < len(parsing) && parsing[i] >= '0' && parsing[i] <= '9' {
			continue
		}
		if i < len(parsing) && parsing[i] != '|' {
			return 0, false
		}
		if alt := parsing[from:i]; n == 0 && len(alt) <= len(digits) && string(digits[:len(alt)]) == alt {
			n = len(alt)
		}
		from = i + 1
	}
	return n, true
}

// e164 appends the canonical form: ITU-T E.164, with the extension as in RFC 3966.
func (n *number) e164(b []byte, extension string) []byte {
	if n.code > 0 {
		b = append(b, '+')
	}
	b = appendE164(b, n)
	if extension != "" {
		b = append(append(b, ";ext="...), extension...)
	}
	return b
}

func appendE164(b []byte, n *number) []byte {
	if n.code > 0 {
		b = strconv.AppendInt(b, int64(n.code), 10)
	}
	return append(b, n.digits()...)
}
