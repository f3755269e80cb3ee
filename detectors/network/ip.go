package network

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"unsafe"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// ipv4 looks at the four numbers of which text[dot] is the first dot.
func (s *scan) ipv4(dot int) {
	if dot < s.dotsTo || !textscan.At(s.text, dot-1, textscan.Digit) || !textscan.At(s.text, dot+1, textscan.Digit) {
		return
	}
	start := textscan.SpanLeft(s.text, dot, 4, textscan.Digit)
	quad, end, small, ok := s.quad(start)
	if !ok {
		return
	}
	s.dotsTo = end
	if !s.standsAlone(start, end) {
		return
	}
	if s.text[start] == '0' {
		return
	}
	f := classify4(quad)
	if f.Rule == "" {
		return
	}
	if c, ok := s.labels.Touching(versionWord, start); ok && !(writesLogs(c.Word) && quad[0] > 31) {
		return
	}
	label, ok := s.label(start)
	if !f.Dummy && !s.fieldOfLog(start, end) && s.isVersion(start, end, small, f.Rule, ok && !isWeak(label)) {
		return
	}
	if ok {
		f.Confidence = min(f.Confidence+0.15, 0.95)
		f.Why = s.with(f.Why, label)
	}
	s.report(detectors.IP, start, end, f)
}

// writesLogs reports whether a word that stands before versions is also the name of
// a program that heads the lines of a log.
func writesLogs(word string) bool {
	switch word {
	case "nginx", "apache", "mysql", "php", "python", "java", "node js", "linux":
		return true
	}
	return false
}

// quad reads four numbers up to 255 and the dots between. small says that they
// would do for a version.
func (s *scan) quad(i int) (quad [4]byte, end int, small, ok bool) {
	small = true
	for part := range 4 {
		n, j := 0, i
		for j < len(s.text) && j-i < 4 && textscan.Is(s.text[j], textscan.Digit) {
			n = n*10 + int(s.text[j]-'0')
			j++
		}
		if j == i || j-i > 3 || n > 255 || j-i > 1 && s.text[i] == '0' {
			return quad, 0, false, false
		}
		small = small && n <= 31
		if quad[part] = byte(n); part == 3 {
			return quad, j, small, true
		}
		if textscan.Byte(s.text, j) != '.' {
			return quad, 0, false, false
		}
		i = j + 1
	}
	return quad, 0, false, false
}

// standsAlone reports whether nothing that touches text[start:end], four numbers,
// makes it a part of something longer: a version, a name, a number, a path.
func (s *scan) standsAlone(start, end int) bool {
	t := s.text
	if textscan.WordBefore(t, start) && !s.escaped(start) || textscan.WordAfter(t, end) {
		return false
	}
	switch b := textscan.Byte(t, start-1); b {
	case '.', '_', '$', '+', '#', '\\', '~', '^':
		if !(b == '.' && textscan.Byte(t, start-2) == '.') && !s.escaped(start) {
			return false
		}
	case '-':
		if !textscan.At(t, start-2, textscan.Digit|textscan.Blank) && textscan.Byte(t, start-2) != '-' && start > 1 {
			return false
		}
	case '/':
		// "//1.2.3.4/path" of a URL and "host/1.2.3.4:80" of Java, but not
		// "Chrome/1.2.3.4".
		if before := textscan.Byte(t, start-2); before != '/' && wordByte(before) && !(textscan.Byte(t, end) == ':' && textscan.At(t, end+1, textscan.Digit)) {
			return false
		}
	case ':':
		if s.insideIPv6(start) {
			return false
		}
	}
	switch textscan.Byte(t, end) {
	case '.':
		return !textscan.At(t, end+1, textscan.Word)
	case '-':
		return !textscan.At(t, end+1, textscan.Letter|textscan.High)
	case '_', '+', '%':
		return false
	case ',':
		// "1.234.567.890,00" is money.
		return !(textscan.At(t, end+1, textscan.Digit) && textscan.At(t, end+2, textscan.Digit) && !textscan.At(t, end+3, textscan.Word) && textscan.Byte(t, end+3) != '.')
	}
	return true
}

func wordByte(b byte) bool { return textscan.Is(b, textscan.Word) || b == '_' || b == ')' || b == '-' }

// escaped reports whether the letter before text[start] is that of an escape
// ("\n1.2.3.4").
func (s *scan) escaped(start int) bool {
	b := textscan.Byte(s.text, start-1)
	return (b == 'n' || b == 'r' || b == 't') && textscan.Byte(s.text, start-2) == '\\'
}

// insideIPv6 reports whether the four numbers at start end an IPv6 address.
func (s *scan) insideIPv6(start int) bool {
	colons := 0
	for i := start - 1; i >= 0 && start-i < 40 && (s.text[i] == ':' || textscan.Is(s.text[i], textscan.Hex)); i-- {
		if s.text[i] == ':' {
			if colons++; textscan.Byte(s.text, i-1) == ':' || colons > 5 {
				return true
			}
		}
	}
	return false
}

// label is the word before an address that says what it is.
func (s *scan) label(start int) (string, bool) {
	// "connected from host a.example.org (1.2.3.4)": the nearest word, not too far.
	c, ok := s.labels.Within(hostWord, start, 24)
	return c.Word, ok && c.Gap <= 12
}

// isVersion reports whether four numbers are rather a version, a section or an
// object identifier: "2.4.1.8". These begin with small numbers, most have no
// other, and a word that says so is not far.
func (s *scan) isVersion(start, end int, small bool, rule string, labelled bool) bool {
	first := textscan.SpanRight(s.text, start, 3, textscan.Digit)
	second := textscan.SpanRight(s.text, first+1, 3, textscan.Digit)
	if !small && (first-start > 2 || second-first > 3) {
		return false
	}
	_, version := s.labels.Within(versionWord, start, 40)
	switch {
	case labelled:
		return version && small
	case small && rule == "ip-private" && s.text[end-1] != '0':
		return version
	case small:
		return true
	}
	return version && number(s.text[start:first]) <= 31 && number(s.text[first+1:second]) <= 31
}

func number(digits []byte) (n int) {
	for _, b := range digits {
		n = n*10 + int(b-'0')
	}
	return n
}

// isWeak reports whether label is a word that stands before much else than an
// address: "upgraded to 10.15.7.1".
func isWeak(label string) bool {
	switch label {
	case "from", "to", "by", "for", "via", "user", "node", "source":
		return true
	}
	return false
}

// fieldOfLog reports whether an address stands where servers write it: first in
// its line and followed by " -", or alone between brackets.
func (s *scan) fieldOfLog(start, end int) bool {
	t := s.text
	if start == 0 || t[start-1] == '\n' {
		return textscan.Byte(t, end) == ' ' && textscan.Byte(t, end+1) == '-'
	}
	return t[start-1] == '[' && textscan.Byte(t, end) == ']' && textscan.Byte(t, start-2) == '('
}

// colonGroup looks at the run of hexadecimal groups around text[at], a colon.
func (s *scan) colonGroup(at int) {
	if at < s.colonsTo {
		return
	}
	const longest = 45 // INET6_ADDRSTRLEN without its end
	start := at
	for start > 0 && at-start <= longest+8 && isGroup(s.text[start-1]) {
		start--
	}
	end := at
	for end < len(s.text) && end-at <= longest+8 && isGroup(s.text[end]) {
		end++
	}
	s.colonsTo = end
	start, end = s.trimGroups(start, end)
	if end-start > longest || end-start < 3 {
		return
	}
	if s.mac(start, end, ':') {
		return
	}
	s.ipv6(start, end)
}

// trimGroups takes off what touches the groups and is not theirs: the colon of a
// label ("addr:2001:..."), of a sentence, the dot at its end. The letters before
// may be hexadecimal by chance ("dead" is a word, too): a name in front of a
// single colon is cut where it leaves a whole address.
func (s *scan) trimGroups(start, end int) (int, int) {
	t := s.text
	for end > start && (t[end-1] == '.' || t[end-1] == ':' && textscan.Byte(t, end-2) != ':') {
		end--
	}
	if end > start+2 && t[end-1] == ':' && t[end-2] == ':' && t[end-3] == ':' {
		end--
	}
	if start < end && t[start] == ':' && textscan.Byte(t, start+1) != ':' {
		return start + 1, end
	}
	if end > start+3 && t[start] == ':' && t[start+1] == ':' && t[start+2] == ':' {
		return start + 1, end
	}
	if start > 0 && textscan.Is(t[start-1], textscan.Letter) {
		// The tail of a longer word: its end is the next colon.
		for i := start; i < end && i-start < 5; i++ {
			if t[i] == ':' && textscan.Byte(t, i+1) != ':' {
				return i + 1, end
			}
		}
	}
	return start, end
}

func isGroup(b byte) bool { return b == ':' || b == '.' || textscan.Is(b, textscan.Hex) }

func (s *scan) ipv6(start, end int) {
	t := s.text
	if textscan.WordBefore(t, start) && !s.escaped(start) || textscan.Byte(t, start-1) == '_' || textscan.WordAfter(t, end) || textscan.Byte(t, end) == '_' {
		return
	}
	addr, err := netip.ParseAddr(view(t[start:end]))
	if err != nil || !addr.Is6() {
		return
	}
	zone := s.zone(end)
	label, labelled := s.label(start)
	if !s.meansIPv6(start, end, labelled || s.fieldOfLog(start, end)) {
		return
	}
	addr = addr.Unmap()
	f := classify(addr)
	if f.Rule == "" {
		return
	}
	var buf [64]byte
	if canonical := addr.AppendTo(buf[:0]); zone > end || !bytes.Equal(canonical, t[start:end]) {
		f.Canonical = string(canonical)
	}
	if labelled {
		f.Confidence = min(f.Confidence+0.1, 0.95)
		f.Why = s.with(f.Why, label)
	}
	s.report(detectors.IP, start, zone, f)
}

// zone is the end of "%eth0" after an address (RFC 4007, section 11), or end.
func (s *scan) zone(end int) int {
	if textscan.Byte(s.text, end) != '%' {
		return end
	}
	j := textscan.SpanRight(s.text, end+1, 16, textscan.Alnum)
	for j > end+1 && (textscan.Byte(s.text, j) == '.' || textscan.Byte(s.text, j) == '-') && textscan.At(s.text, j+1, textscan.Alnum) {
		j = textscan.SpanRight(s.text, j+1, 16, textscan.Alnum) // "pvc1.3"
	}
	if j == end+1 || j-end == 3 && textscan.Is(s.text[end+1], textscan.Hex) && textscan.Is(s.text[end+2], textscan.Hex) {
		return end // "%20" is an escape
	}
	return j
}

// meansIPv6 tells well-formed addresses from what programs write with colons:
// "std::add", "a::b", ratios, fingerprints of eight bytes.
func (s *scan) meansIPv6(start, end int, labelled bool) bool {
	groups, longest, digits, pairs, double := 0, 0, 0, 0, false
	for i := start; i < end; {
		j := textscan.SpanRight(s.text, i, 5, textscan.Hex)
		if n := j - i; n > 0 {
			groups++
			longest = max(longest, n)
			if n == 2 {
				pairs++
			}
			for _, b := range s.text[i:j] {
				if textscan.Is(b, textscan.Digit) {
					digits++
				}
			}
		} else if i > start && s.text[i] == ':' && s.text[i-1] == ':' {
			double = true
		}
		i = max(j, i+1)
	}
	before, after := textscan.Byte(s.text, start-1), textscan.Byte(s.text, end)
	switch {
	case digits == 0 && !labelled && groups < 4:
		return false
	case !double:
		return pairs < 8 // eight pairs are an EUI-64 or the start of a hash
	case before == ')' || before == '>' || before == ']' || after == '(' || after == '<':
		return false
	case groups >= 3 || labelled:
		return true
	case groups == 2:
		return longest >= 3
	case groups == 1:
		return longest == 4 || end-start == 3 && s.text[end-1] == '1' && s.text[start] == ':'
	}
	return false
}

// uses are what addresses are good for: the rule, the confidence and why. No rule
// means that it names nobody.
var (
	public        = use{"ip", 0.8, "a public address", false}
	documented    = use{"ip", 0.8, "an address kept for documentation (RFC 5737, RFC 3849)", true}
	unspecified   = use{"ip-unspecified", 0.45, "the unspecified address", false}
	loopback      = use{"ip-loopback", 0.5, "an address of the machine itself", false}
	linkLocal     = use{"ip-link-local", 0.5, "an address of the local link only", false}
	inner         = use{"ip-private", 0.5, "an address of an inner network", false}
	special       = use{"ip-special", 0.5, "a multicast or reserved address", false}
	documentation = prefixes("2001:db8::/32", "3fff::/20")
)

type use struct {
	rule       string
	confidence float64
	why        string
	dummy      bool
}

func (u *use) finding() detectors.Finding {
	return detectors.Finding{Rule: u.rule, Confidence: u.confidence, Why: u.why, Dummy: u.dummy}
}

// classify says what an address is good for.
func classify(a netip.Addr) detectors.Finding {
	switch {
	case a.Is4():
		return classify4(a.As4())
	case inAny(a, documentation):
		return documented.finding()
	case a.IsUnspecified():
		return unspecified.finding()
	case a.IsLoopback():
		return loopback.finding()
	case a.IsLinkLocalUnicast():
		return linkLocal.finding()
	case a.IsPrivate():
		return inner.finding()
	case a.IsMulticast():
		return special.finding()
	}
	return public.finding()
}

// classify4 is classify for version 4.
func classify4(a [4]byte) detectors.Finding {
	switch n := binary.BigEndian.Uint32(a[:]); {
	case n>>8 == 0xc00002, n>>8 == 0xc63364, n>>8 == 0xcb0071, n>>8 == 0xe9fc00: // 192.0.2, 198.51.100, 203.0.113, 233.252.0
		return documented.finding()
	case n == 0:
		return unspecified.finding()
	case a[0] == 127:
		return loopback.finding()
	case n>>16 == 169<<8|254:
		return linkLocal.finding()
	case a[0] == 10, n>>20 == 172<<4|1, n>>16 == 192<<8|168, n>>22 == 100<<2|1: // the last one: RFC 6598
		return inner.finding()
	case a[0] == 255:
		return detectors.Finding{} // netmasks and broadcast
	case a[0] >= 224:
		return special.finding()
	}
	return public.finding()
}

func prefixes(list ...string) (out []netip.Prefix) {
	for _, p := range list {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}

func inAny(a netip.Addr, list []netip.Prefix) bool {
	for _, p := range list {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// view is b as a string for a call that does not keep it.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
