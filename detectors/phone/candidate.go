package phone

import (
	"math/bits"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// candidate is a row of groups that may be a number.
type candidate struct {
	num    number
	start  int // of the text, with a '+' or an opening bracket
	digits int // where the first digit stands
	end    int
	from   int // places of its first and last group in the chain
	to     int
	rule   string
	why    string
	conf   float64
}

// chain looks for numbers from the first group on; after one it goes on behind it.
func (s *scan) chain(c *chain) {
	digits := 0
	for _, g := range c.groups[:c.n] {
		digits += g.end - g.start
	}
	if digits < minDigits || c.plus < 0 && !s.promising(c, digits) {
		return
	}
	for i := 0; i < c.n; {
		next := 0
		if i == 0 && c.plus >= 0 {
			next = s.international(c, i)
		} else if s.mayStart(c, i) {
			next = s.domestic(c, i)
		}
		if next <= i {
			next = i + 1
		}
		i = next
	}
}

// promising tells quickly that a chain without '+' can hold no number. It is right
// where it says no: then no word labels the chain, and it is neither grouped like a
// number nor as long as one where a word only stands near.
func (s *scan) promising(c *chain, digits int) bool {
	first, last := &c.groups[0], &c.groups[c.n-1]
	whole := !c.cut && digits <= maxNational && s.mayEnd(last.end)
	lead := free
	if whole {
		lead = s.leadAt(s.bracketBefore(c, 0, c.n))
	}
	parted := c.n > 1 && c.parted()
	if !parted && (!whole || lead == refused) {
		return false // all of it is a number, or nothing
	}
	if s.tag != nil || s.mayBeLabelled(first.start) || s.wordAfter(last.end) {
		return true
	}
	if s.dialsAbroad(c) {
		return c.n > 1 || s.hinted(first.start)
	}
	s.findRegions()
	if whole = whole && lead == free && s.lengths>>digits&1 != 0; !whole && !parted {
		return false
	}
	whole = whole && !s.dateOrSum(c, 0, c.n-1)
	switch {
	case c.n == 1:
		return whole && s.hinted(first.start) && s.validSomewhere(s.text[first.start:last.end])
	case !parted:
		return whole
	}
	return whole || s.lengthFits(c) && s.hinted(first.start) || s.beside(s.bracketBefore(c, 0, c.n), last.end)
}

// validSomewhere reports whether digits are a number of some region.
func (s *scan) validSomewhere(digits []byte) bool {
	for k, at := range s.regions[:s.nRegions] {
		if s.lengthsOf[k]>>len(digits)&1 != 0 && s.startsOf[k].has([3]byte(digits), len(digits)) {
			if _, ok := national(int(regions[at].code), int(at), digits); ok {
				return true
			}
		}
	}
	return false
}

// mayBeLabelled reports whether a word may say directly that a number begins at
// start, or the heading of its column.
func (s *scan) mayBeLabelled(start int) bool {
	if h := s.heading(start); h != nil && s.table.Begins(start) {
		return h.phone
	}
	return s.touching(s.begins.Before(start), start) && s.words.Near(labelWord, start)
}

// hinted reports whether a word that speaks of telephone numbers may stand before
// start.
func (s *scan) hinted(start int) bool {
	return reaching(s.begins.Before(start)) && s.words.Near(hintWord, start)
}

// touching reports whether one of the beginnings of words before start stands behind
// the last digit.
func (s *scan) touching(begins uint64, start int) bool {
	if begins == 0 {
		return false // nearly always
	}
	digits := s.ix.Window(s.ix.Digit, start-textscan.Block)
	return begins&^(^uint64(0)>>bits.LeadingZeros64(digits)) != 0
}

// reaching reports whether one of the beginnings of words stands within reach.
func reaching(begins uint64) bool { return begins>>(textscan.Block-textscan.Reach) != 0 }

// dialsAbroad reports whether a number with a prefix for calls abroad may begin at
// some group.
func (s *scan) dialsAbroad(c *chain) bool {
	for i := range c.n {
		if at := c.groups[i].start; s.text[at] == '0' && (i == 0 || s.mayStart(c, i)) {
			if b := textscan.Byte(s.text, at+1); b == '0' || b == '1' || c.groups[i].end == at+1 {
				return true
			}
		}
	}
	return false
}

// lengthFits reports whether some groups in a row have as many digits as a number
// of some region.
func (s *scan) lengthFits(c *chain) bool {
	if s.lengths == 0 {
		return false
	}
	for i := range c.n {
		if i > 0 && !s.mayStart(c, i) {
			continue
		}
		n := 0
		for _, g := range c.groups[i:c.n] {
			if n += g.end - g.start; n > maxNational {
				break
			}
			if s.lengths>>n&1 != 0 {
				return true
			}
		}
	}
	return false
}

// international takes the longest number of a plan that begins with a calling
// code, after a '+'. It returns the group after it.
func (s *scan) international(c *chain, i int) int {
	if !s.plusStands(c.plus) {
		return 0
	}
	var buf [24]byte
	var ends [maxGroups]int
	digits, n := c.take(s.text, i, 19, buf[:0], ends[:])
	for j := n - 1; j >= 0; j-- {
		if ends[j] < 7 {
			break
		}
		num, ok := international(digits[:ends[j]])
		if !ok {
			continue
		}
		last := c.groups[i+j]
		if i+j+1 < c.n && c.groups[i+j+1].gap == dotted || !s.mayEnd(last.end) {
			continue
		}
		s.report(&candidate{num: num, start: c.plus, digits: c.groups[i].start, end: last.end, from: i, to: i + j,
			rule: "international", conf: 0.9, why: "'+' and a valid number of its country's plan"})
		return i + j + 1
	}
	return s.unlisted(c, i, digits, ends[:n])
}

// unlisted takes a number with '+' and a calling code that its plan does not
// know, if a word says that it is one: plans change, and people mistype.
func (s *scan) unlisted(c *chain, i int, digits []byte, ends []int) int {
	e := evidence{s: s, start: c.plus}
	code, cut := callingCode(digits)
	for j := len(ends) - 1; j >= 0; j-- {
		last := c.groups[i+j]
		if code == 0 || ends[j] > 15 || ends[j] < 9 || !s.mayEnd(last.end) || !e.labelled() {
			continue
		}
		num := number{code: code}
		num.set(digits[cut:ends[j]])
		s.report(&candidate{num: num, start: c.plus, digits: c.groups[i].start, end: last.end, from: i, to: i + j,
			rule: "unlisted", conf: 0.6, why: "'+' and a calling code, but not a number of its country's plan" + e.say()})
		return i + j + 1
	}
	return 0
}

// plusStands reports whether a '+' at i begins a number: sums, names and
// addresses have one too.
func (s *scan) plusStands(i int) bool {
	if i == 0 {
		return true
	}
	b := s.text[i-1]
	return textscan.ClassOf[b]&textscan.Alnum == 0 && b != '_' && b != '.' && b != '@' && b != '/' || b == 'x' && i > 1 && s.text[i-2] == '\\'
}

// mayStart reports whether a number without '+' can begin at group i.
func (s *scan) mayStart(c *chain, i int) bool {
	if i == 0 {
		return !c.cut
	}
	// Within a row only a blank can part two things.
	return c.groups[i].gap == spaced
}

// mayEnd reports whether a number can end before i.
func (s *scan) mayEnd(i int) bool {
	if i >= len(s.text) {
		return true
	}
	next := textscan.At(s.text, i+1, textscan.Digit)
	switch b := s.text[i]; {
	case b == ';' || b == '"':
		return true
	case b < utf8.RuneSelf && textscan.ClassOf[b]&textscan.Alnum != 0:
		return (b == 'x' || b == 'e') && s.extensionAt(i) > 0
	case b == '_' || b == '@' || b == '%' || b == '$' || b == '\\' && next:
		return false
	case b == '.' || b == ':':
		return !next
	case b == '-' || b == '/' || b == '=' || b == '+':
		return !textscan.At(s.text, i+1, textscan.Alnum)
	case b >= utf8.RuneSelf:
		r, _ := utf8.DecodeRune(s.text[i:])
		if r == '€' || r == '£' || r == '°' || r == '％' {
			return false
		}
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) || r >= 0x2e80
	}
	return true
}

// domestic takes the longest national number that begins at group i and has
// enough to speak for it. It returns the group after it.
func (s *scan) domestic(c *chain, i int) int {
	var buf [24]byte
	var ends [maxGroups]int
	digits, n := c.take(s.text, i, maxNational, buf[:0], ends[:])
	if n == 0 || ends[n-1] < minDigits {
		return 0
	}
	start := s.bracketBefore(c, i, n)
	lead := s.leadAt(start)
	if lead == refused {
		return 0
	}
	s.findRegions()
	e := evidence{s: s, start: start}
	// Without a word that speaks of numbers, only all of the chain can be one.
	cold := digits[0] != '0' && s.tag == nil && !s.hinted(start) && s.heading(start) == nil
	for j := n - 1; j >= 0 && ends[j] >= minDigits; j-- {
		last := c.groups[i+j]
		if cold && (i > 0 || j < c.n-1) && !s.bracketAfter(last.end) {
			continue
		}
		if i+j+1 < c.n && c.groups[i+j+1].gap != spaced && c.groups[i+j+1].gap != slashed || !s.mayEnd(last.end) {
			continue
		}
		if lead == touched && !e.labelled() {
			return 0
		}
		cand := candidate{start: start, digits: c.groups[i].start, end: last.end, from: i, to: i + j}
		if s.judge(c, &cand, digits[:ends[j]], &e) {
			s.report(&cand)
			return i + j + 1
		}
	}
	return 0
}

// judge decides whether digits, which groups from..to of c write, are a number.
func (s *scan) judge(c *chain, cand *candidate, digits []byte, e *evidence) bool {
	whole := cand.from == 0 && cand.to == c.n-1
	if s.dateOrSum(c, cand.from, cand.to) && !e.labelled() {
		return false
	}
	if digits[0] == '0' && s.dialled(cand, digits, e) {
		return true
	}
	if (!whole || c.n == 1 && !e.loose()) && !e.labelled() && !e.near() && !s.wordAfter(cand.end) {
		return false
	}
	for k, at := range s.regions[:s.nRegions] {
		if s.lengthsOf[k]>>len(digits)&1 == 0 || !s.startsOf[k].has([3]byte(digits), len(digits)) {
			continue
		}
		num, ok := national(int(regions[at].code), int(at), digits)
		if !ok {
			continue
		}
		cand.num = num
		if s.weigh(c, cand, e, whole, k < s.given) {
			return true
		}
	}
	if e.labelled() || whole && s.wordAfter(cand.end) {
		return s.plausible(c, cand, digits, e)
	}
	return whole && digits[0] == '0' && s.unplaced(c, cand, digits, e)
}

// dialled is for numbers with the prefix for calls abroad instead of a '+': 00,
// or 011 in North America.
func (s *scan) dialled(cand *candidate, digits []byte, e *evidence) bool {
	cut := 2
	if digits[1] != '0' {
		if digits[1] != '1' || digits[2] != '1' {
			return false
		}
		cut = 3
	}
	num, ok := international(digits[cut:])
	if !ok || len(digits) < cut+8 || cand.from == cand.to && !e.near() || cut == 3 && !e.near() {
		return false
	}
	cand.num, cand.rule, cand.conf = num, "dialled-abroad", 0.8
	cand.why = "prefix for calls abroad and a valid number of its country's plan" + e.say()
	return true
}

// weigh sets confidence and reason of a number that is valid in a region; false
// if that alone is not enough.
func (s *scan) weigh(c *chain, cand *candidate, e *evidence, whole, given bool) bool {
	sure := 0.0
	if !given {
		sure = -0.1 // the region is a guess from the text
	}
	cand.rule = "national"
	fits := s.fits(c, cand)
	switch {
	case e.against():
		return false
	case e.labelled():
		cand.conf = 0.9 + sure
		cand.why = "valid number of the region's plan" + e.say()
	case e.near() || s.wordAfter(cand.end):
		cand.conf = 0.8 + sure
		cand.why = "valid number of the region's plan" + e.say()
	case whole && e.loose() && (fits || cand.num.prefix > 0):
		cand.conf = 0.7 + sure
		cand.why = "valid number of the region's plan; a word of contact before"
	case whole && fits && !s.lonely(cand.start) && !s.inCode(cand) && (cand.num.prefix > 0 || !s.sumBefore(cand.end)):
		cand.rule, cand.conf = "national-shape", 0.55+sure
		cand.why = "valid number of the region's plan, grouped as usual there"
	default:
		return false
	}
	return cand.conf >= 0.4
}

// fits reports whether the groups are parted only where a format of the plan
// parts them, and that this says enough: a national prefix, a bracket, or three
// groups which no sum or date has.
func (s *scan) fits(c *chain, cand *candidate) bool {
	l := &cand.num.label
	if l.flags&special != 0 && l.flags&(mobile|fixed) == 0 {
		return false
	}
	var mask uint32
	at, dots := -cand.num.prefix, 0
	for i := cand.from; i < cand.to; i++ {
		at += c.groups[i].end - c.groups[i].start
		if at > 0 {
			mask |= 1 << at
		}
		if c.groups[i+1].gap == dotted {
			dots++
		}
	}
	groups := cand.to - cand.from + 1
	bracket := s.text[cand.start] == '('
	switch {
	case groups == 1:
		return false
	case mask == 0:
		return false
	case mask&^l.national != 0 && mask&^l.international != 0 && !s.pairs(c, cand) && !s.freely(c, cand, mask):
		return false
	case dots > 0 && dots < groups-1:
		return false
	}
	exact := mask == l.national || mask == l.international
	return bracket || cand.num.prefix > 0 || exact && groups >= 3 && !thousands(c, cand) || exact && groups == 2 && cand.num.n == 8 && c.groups[cand.from+1].gap == spaced
}

// pairs reports whether all groups after the first are pairs of digits, a way to
// write numbers in much of Europe that formats do not always list.
func (s *scan) pairs(c *chain, cand *candidate) bool {
	if cand.num.prefix == 0 || cand.to-cand.from < 2 {
		return false
	}
	for i := cand.from + 1; i <= cand.to; i++ {
		if c.groups[i].end-c.groups[i].start != 2 {
			return false
		}
	}
	return true
}

// freely reports whether a number with its national prefix is parted behind its
// area code, and after that as its writer liked: where numbers have no fixed
// length, as in Germany and Austria, no format says more.
func (s *scan) freely(c *chain, cand *candidate, mask uint32) bool {
	if cand.num.prefix == 0 || cand.to == cand.from || mask&-mask != cand.num.label.national&-cand.num.label.national {
		return false
	}
	for i := cand.from + 1; i <= cand.to; i++ {
		if g := c.groups[i]; g.end-g.start < 2 || g.gap == dotted {
			return false
		}
	}
	return true
}

// thousands reports whether the groups could be those of a large sum: one to
// three digits, then three each, parted by dots.
func thousands(c *chain, cand *candidate) bool {
	for i := cand.from + 1; i <= cand.to; i++ {
		if c.groups[i].end-c.groups[i].start != 3 || c.groups[i].gap != dotted {
			return false
		}
	}
	return c.groups[cand.from].end-c.groups[cand.from].start <= 3
}

// plausible takes a number whose region is not known but which a word labels
// directly: any plan, or just a number that a person could dial.
func (s *scan) plausible(c *chain, cand *candidate, digits []byte, e *evidence) bool {
	groups := cand.to - cand.from + 1
	if e.against() || len(digits) < 7 || len(digits) > 14 || groups > 6 || cand.from != 0 {
		return false
	}
	for i := cand.from; i <= cand.to; i++ {
		if n := c.groups[i].end - c.groups[i].start; n == 1 && i > cand.from && groups > 2 && c.groups[i].gap != spaced {
			return false
		}
	}
	if groups == 2 && c.groups[cand.to].gap == dotted {
		return false // a decimal
	}
	cand.rule, cand.conf = "labelled", 0.6
	if num, ok := international(digits); ok && len(digits) >= 10 && num.prefix == 0 {
		cand.num = num
		cand.why = "begins with a calling code and is valid there" + e.say()
		return true
	}
	if cand.to != c.n-1 && c.groups[cand.to+1].gap == spaced && c.groups[cand.to+1].end-c.groups[cand.to+1].start > 2 && len(digits) < 9 {
		return false
	}
	cand.num = number{}
	cand.num.set(digits)
	cand.why = "digits as in a telephone number, region not known" + e.say()
	return true
}

// dateOrSum reports whether the groups read as a date, or as dotted or dashed
// numbers of another kind: years first or last, IPv4 addresses, SSNs.
func (s *scan) dateOrSum(c *chain, from, to int) bool {
	n := to - from + 1
	length := func(i int) int { g := c.groups[from+i]; return g.end - g.start }
	value := func(i int) (v int) {
		for _, b := range s.text[c.groups[from+i].start:c.groups[from+i].end] {
			v = v*10 + int(b-'0')
		}
		return v
	}
	year := func(i int) bool { return length(i) == 4 && value(i) >= 1900 && value(i) < 2100 }
	switch {
	case n >= 3 && year(0) && length(1) <= 2 && value(1) <= 12 && length(2) <= 2 && value(2) <= 31:
		return true
	case n >= 3 && year(2) && length(0) <= 2 && length(1) <= 2 && value(0) <= 31 && value(1) <= 31:
		return true
	case n == 2 && (year(0) && year(1) || length(0) <= 3 && c.groups[to].gap == dotted):
		return true
	case n == 4 && c.groups[from+1].gap == dotted && c.groups[from+3].gap == dotted && value(0) < 256 && value(1) < 256 && value(2) < 256 && value(3) < 256 && length(3) <= 3:
		return true
	case n == 1 && length(0) == 8 && value0to(s.text[c.groups[from].start:], 4) >= 1900 && value0to(s.text[c.groups[from].start:], 4) < 2100 && value0to(s.text[c.groups[from].start+4:], 2) <= 12:
		return true
	case n == 3 && length(0) == 3 && length(1) == 2 && length(2) == 4 && c.groups[from+1].gap == dashed:
		return true
	}
	return false
}

func value0to(b []byte, n int) (v int) {
	for _, d := range b[:n] {
		v = v*10 + int(d-'0')
	}
	return v
}

// inCode reports whether the line reads like a program's: what merely looks like
// a number is none there.
func (s *scan) inCode(cand *candidate) bool {
	start, end := textscan.Line(s.text, cand.start, 120)
	return textscan.CodeLike(s.text[start:end])
}

// report hands a finding on, with its extension if one follows.
func (s *scan) report(cand *candidate) {
	ext := ""
	if n := s.extensionAt(cand.end); n > 0 {
		end := cand.end + n
		from := end
		for textscan.At(s.text, from-1, textscan.Digit) {
			from--
		}
		ext, cand.end = string(s.text[from:end]), end
		cand.why += "; with an extension"
	}
	var buf [32]byte
	f := detectors.Finding{
		Kind: detectors.Phone, Value: s.ix.Copy(s.text[cand.start:cand.end]), Canonical: s.ix.Copy(cand.num.e164(buf[:0], ext)),
		Start: cand.start, End: cand.end, Confidence: cand.conf, Why: cand.why, Rule: cand.rule,
		Dummy: fiction(&cand.num),
	}
	if s.tag != nil {
		f.Tag, f.Start, f.End = s.tag.Name, 0, 0
	}
	s.found(f)
}
