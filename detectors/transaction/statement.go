package transaction

import (
	"bytes"
	"math/bits"
	"regexp"
	"slices"

	"habeas/detectors/textscan"
)

// format is a way to write an entry of a statement.
type format struct {
	anchor string
	kind   formatKind
	name   string
}

type formatKind uint8

const (
	swift   formatKind = iota // a field of an MT message
	element                   // of XML or SGML, with a start and an end
	qif
	bai
)

// formats are told by their tags: SWIFT MT940 and MT942 (field 61), ISO 20022
// (camt.052 to 054, pain.001 and pain.008), OFX 1 and 2, QIF, BAI2. They are never
// written.
var formats = []format{
	{":61:", swift, "SWIFT MT940"},
	{"\n16,", bai, "BAI2"},
	{"ntry>", element, "ISO 20022 camt"},
	{"trftxinf>", element, "ISO 20022 pain"},
	{"drctdbttxinf>", element, "ISO 20022 pain"},
	{"stmttrn>", element, "OFX"},
	{"!type:", qif, "QIF"},
}

// numbered is how many of the formats, the first ones, are told by a number.
const numbered = 2

// newTags finds the anchors of the other formats.
func newTags() *textscan.Finder {
	var words []string
	for _, f := range formats[numbered:] {
		words = append(words, f.anchor)
	}
	return textscan.NewFinder(words...)
}

// anchor is a place where an entry may be, and its format's place in formats.
type anchor struct{ at, format int }

// anchors are those in text, in order; there are none in nearly all texts. The words
// are looked for where a mark is that they have.
func (d *Detector) anchors(ix *textscan.Index, text []byte) (out []anchor) {
	for w := 1; w <= ix.Blocks(); w++ {
		// A number of two digits between colons, or behind what may be the end of a line.
		x, y, z := ix.Digit[w-1], ix.Digit[w], ix.Digit[w+1]
		if y == 0 {
			continue
		}
		two := y &^ (y<<1 | x>>63) & (y>>1 | z<<63) &^ (y>>2 | z<<62)
		colons := (ix.Colon[w]<<1 | ix.Colon[w-1]>>63) & (ix.Colon[w]>>2 | ix.Colon[w+1]<<62)
		other := ix.Letter[w] | ix.Space[w] | ix.Mark[w] | ix.Colon[w]
		before := ix.Letter[w-1] | ix.Space[w-1] | ix.Mark[w-1] | ix.Colon[w-1]
		for m := two & (colons | ^(other<<1 | before>>63)); m != 0; m &= m - 1 {
			i := (w-1)*textscan.Block + bits.TrailingZeros64(m) - 1
			if i < 0 || text[i+1] != '6' && text[i+1] != '1' {
				continue
			}
			for k := range numbered {
				if a := formats[k].anchor; len(text)-i >= len(a) && string(text[i:i+len(a)]) == a {
					out = append(out, anchor{i, k})
				}
			}
		}
	}
	if bytes.IndexByte(text, '>') < 0 && bytes.IndexByte(text, '!') < 0 {
		return out
	}
	n := len(out)
	d.tags.Each(text, func(i, k int) bool {
		out = append(out, anchor{i, numbered + k})
		return true
	})
	if n > 0 && len(out) > n {
		slices.SortFunc(out, func(a, b anchor) int { return a.at - b.at })
	}
	return out
}

// entry looks at the entry whose anchor stands at text[i].
func (s *scan) entry(i int, f *format) {
	switch f.kind {
	case swift:
		s.swift(i)
	case element:
		s.element(i, f)
	case qif:
		s.qif(i)
	case bai:
		s.bai(i + 1)
	}
}

// add reports an entry and keeps its place.
func (s *scan) add(start, end int, name string) {
	s.past = end
	s.entries = append(s.entries, span{start, end})
	s.report(start, end, "statement-entry", "an entry of a bank statement in the format "+name, 0.9)
}

// line is the end of the line that i stands in.
func (s *scan) line(i int) int {
	if n := bytes.IndexByte(s.text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(s.text)
}

// value date, entry date, mark, letter of the currency, amount, type: SWIFT MT940,
// field 61.
var field61 = regexp.MustCompile(`^:61:\d{6}(?:\d{4})?(?:C|D|RC|RD|EC|ED)[A-Z]?\d{1,12},\d{0,2}[A-Z][A-Z0-9]{3}`)

// maxFields bounds the lines of one entry of a SWIFT statement.
const maxFields = 24

// swift takes field 61 at text[i] and field 86 behind it, which says more of the
// payment.
func (s *scan) swift(i int) {
	if i > 0 && s.text[i-1] != '\n' || !field61.Match(s.text[i:min(i+64, len(s.text))]) {
		return
	}
	end, details := s.line(i), -1
	for n := 0; n < maxFields && end < len(s.text); n++ {
		next := s.text[end+1:]
		if bytes.HasPrefix(next, []byte(":86:")) && details < 0 {
			details = end + 1
		} else if len(next) == 0 || next[0] == ':' || next[0] == '-' || next[0] == '}' {
			break
		}
		end = s.line(end + 1)
	}
	s.add(i, end, "SWIFT MT940")
	if details >= 0 {
		s.details(details+len(":86:"), end)
	}
}

// details looks for the other party in field 86: subfields 32 and 33 as German
// banks write them, or the code word NAME.
func (s *scan) details(start, end int) {
	t := s.text[start:end]
	for _, mark := range []string{"?32", "/NAME/", "ABWA+"} {
		k := bytes.Index(t, []byte(mark))
		if k < 0 {
			continue
		}
		k += len(mark)
		n := bytes.IndexAny(t[k:], "?/\r\n+")
		if n < 0 {
			n = len(t) - k
		}
		s.party(start+k, start+k+n, "the field for the other party of an entry of a bank statement")
		return
	}
}

// maxElement bounds the bytes of an element that holds one entry.
const maxElement = 16 << 10

// element takes the element whose start tag ends with the anchor at text[i].
func (s *scan) element(i int, f *format) {
	local := len(f.anchor) - 1
	open := i
	for k := 0; k < 32 && open > 0 && (textscan.Is(s.text[open-1], textscan.Alnum) || s.text[open-1] == ':'); k++ {
		open--
	}
	if open == 0 || s.text[open-1] != '<' {
		return
	}
	body := i + local + 1
	rest := s.text[body:min(body+maxElement, len(s.text))]
	end := indexFold(rest, f.anchor[:local])
	for end >= 2 && bytes.LastIndexByte(rest[max(end-40, 0):end], '<') < 0 {
		next := indexFold(rest[end+local:], f.anchor[:local])
		if next < 0 {
			end = -1
			break
		}
		end += local + next
	}
	if end < 0 {
		end = len(rest)
	}
	rest = rest[:end]
	amount, date := elementOf(rest, "trnamt", "instdamt", "amt"), elementOf(rest, "dtposted", "dttm", "dt")
	name, purpose := elementOf(rest, "name", "payee", "nm"), elementOf(rest, "memo", "ustrd", "endtoendid", "fitid")
	if amount.end == 0 || !bytes.ContainsAny(rest[amount.start:amount.end], "0123456789") {
		return
	}
	if date.end == 0 && f.name != "ISO 20022 pain" || name.end == 0 && purpose.end == 0 && date.end == 0 {
		return
	}
	start, stop := amount.start, amount.end
	for _, e := range []span{date, name, purpose} {
		if lo, hi := min(start, e.start), max(stop, e.end); e.end > 0 && hi-lo <= maxEntry {
			start, stop = lo, hi
		}
	}
	s.report(body+start, body+stop, "statement-entry", "an entry of a bank statement in the format "+f.name, 0.9)
	s.past = body
	s.entries = append(s.entries, span{body, body + len(rest)})
	if name.end > 0 {
		s.party(body+name.start, body+name.end, "the element for the other party of an entry of a bank statement")
	}
}

// indexFold is where word, in lower case, stands in b in any case, or -1.
func indexFold(b []byte, word string) int {
	for i := 0; i+len(word) <= len(b); i++ {
		if textscan.Fold(b[i]) == word[0] && textscan.HasFold(b, i, word) {
			return i
		}
	}
	return -1
}

// elementOf is the text of the first element in b that has one of the local names,
// in the order of names.
func elementOf(b []byte, names ...string) span {
	for _, name := range names {
		for from := 0; ; {
			k := indexFold(b[from:], name)
			if k < 0 {
				break
			}
			k += from
			from = k + len(name)
			if k == 0 || b[k-1] != '<' && b[k-1] != ':' {
				continue
			}
			start := bytes.IndexByte(b[from:min(from+64, len(b))], '>')
			if c := textscan.Byte(b, from); start < 0 || c != '>' && c != ' ' {
				continue
			}
			start += from + 1
			end := bytes.IndexAny(b[start:min(start+200, len(b))], "<\r\n")
			if end < 0 {
				end = min(200, len(b)-start)
			}
			if end > 0 {
				return span{start, start + end}
			}
		}
	}
	return span{}
}

// maxQIF bounds the entries of one list, and maxQIFLines the lines of an entry.
const (
	maxQIF      = 100_000
	maxQIFLines = 40
)

// qif takes the entries behind the header at text[i]: lines that begin with what
// they hold, D the date, T or U the amount, P the party; "^" ends an entry.
func (s *scan) qif(i int) {
	if i > 0 && s.text[i-1] != '\n' {
		return
	}
	at := s.line(i) + 1
	for range maxQIF {
		var date, amount bool
		var payee span
		start, end := at, -1
		for n := 0; n < maxQIFLines && at < len(s.text); n++ {
			stop := s.line(at)
			l := bytes.TrimRight(s.text[at:stop], "\r ")
			if len(l) == 0 {
				break
			}
			switch l[0] {
			case 'D':
				date = len(l) > 5 && bytes.ContainsAny(l[1:3], "0123456789")
			case 'T', 'U':
				amount = amount || len(l) > 1 && bytes.ContainsAny(l[1:], "0123456789")
			case 'P':
				payee = span{at + 1, at + len(l)}
			case '^':
				end = at - 1
			case '!':
				return
			}
			at = stop + 1
			if end >= 0 {
				break
			}
		}
		if end < 0 {
			return
		}
		if date && amount {
			s.add(start, end, "QIF")
			s.party(payee.start, payee.end, "the field for the other party of an entry of a bank statement")
		}
	}
}

// transaction detail: type code, amount, funds type: BAI2, record 16.
var record16 = regexp.MustCompile(`^16,\d{3},\d{1,15},[0-9SVDZ]?,[^\r\n]*/[ \r]*$`)

// bai takes the record at text[i] and those that continue it.
func (s *scan) bai(i int) {
	end := s.line(i)
	if end-i > maxEntry || !record16.Match(s.text[i:end]) {
		return
	}
	back := s.text[max(i-1024, 0):i]
	if !bytes.HasPrefix(back, []byte("03,")) && !bytes.Contains(back, []byte("\n03,")) && !bytes.Contains(back, []byte("\n16,")) && !bytes.Contains(back, []byte("\n88,")) {
		return
	}
	for n := 0; n < maxFields && bytes.HasPrefix(s.text[min(end+1, len(s.text)):], []byte("88,")); n++ {
		end = s.line(end + 1)
	}
	s.add(i, end, "BAI2")
	s.past = i + 1 // the next one begins with the end of this line
}
