package identity

import (
	"slices"
	"strings"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// index is the table by length, the words of all numbers, and which numbers a
// word labels.
type index struct {
	forms    [25][]form
	words    *textscan.Words
	labels   map[string]uint64s
	any      map[string]bool
	vague    map[string]bool
	bank     map[string]bool // words of bank accounts
	rare     uint64s         // numbers that chance seldom makes
	list     []string        // the words, as listed
	alone    [25][]form      // those of numbers that need no word
	pairs    [10][10]bool    // the first two groups of numbers that need no word
	shapes   []uint32        // all groups of these, four bits each
	patterns patterns        // of the shapes
}

// uint64s is a set of places in the table.
type uint64s [3]uint64

func (u uint64s) has(i int) bool { return u[i>>6]&(1<<(i&63)) != 0 }

type form struct {
	letters, either uint32 // places that are letters, or letters or digits
	number          int
}

var known = makeIndex()

func makeIndex() *index {
	x := &index{labels: map[string]uint64s{}, any: map[string]bool{}, vague: map[string]bool{}, bank: map[string]bool{}, shapes: []uint32{0x233, 0x2331, 0x133, 0x1331, 0x234, 0x134}}
	for i := range numbers {
		for f := range strings.SplitSeq(numbers[i].form, "|") {
			var fm form
			fm.number = i
			for k, b := range []byte(f) {
				switch b {
				case 'A':
					fm.letters |= 1 << k
				case 'X':
					fm.either |= 1 << k
				}
			}
			x.forms[len(f)] = append(x.forms[len(f)], fm)
			if numbers[i].alone != "" {
				x.alone[len(f)] = append(x.alone[len(f)], fm)
			}
		}
		for how := range strings.SplitSeq(numbers[i].alone, "|") {
			if len(how) > 2 {
				x.pairs[how[0]-'0'][how[2]-'0'] = true
				shape := uint32(0)
				for size := range strings.SplitSeq(how, "-") {
					shape = shape<<4 | uint32(size[0]-'0')
				}
				x.shapes = append(x.shapes, shape)
			}
		}
		if slices.Contains(rare, numbers[i].rule) || lettered(numbers[i].form) {
			x.rare[i>>6] |= 1 << (i & 63)
		}
		for _, w := range numbers[i].labels {
			x.list = append(x.list, w)
			w = strings.TrimSuffix(w, "*")
			u := x.labels[w]
			u[i>>6] |= 1 << (i & 63)
			x.labels[w] = u
			if kindOf(numbers[i].rule) == detectors.BankAccount {
				x.bank[w] = true
			}
		}
	}
	for _, w := range anyID {
		x.list = append(x.list, w)
		x.any[w] = true
	}
	for _, w := range vagueID {
		x.list = append(x.list, w)
		x.vague[w] = true
	}
	x.patterns = makePatterns(x.shapes)
	x.words = textscan.NewWords(x.list...)
	return x
}

// lettered reports whether all forms of a number have a letter at a certain place.
func lettered(forms string) bool {
	for f := range strings.SplitSeq(forms, "|") {
		if !strings.Contains(f, "A") {
			return false
		}
	}
	return true
}

// alone tells quickly whether a number that begins at start, in the run of digits
// text[start:end], may be one that needs no word: it is grouped in a way of its own,
// or has letters where others have none. lead is where letters before it begin.
func alone(text []byte, lead, start, end int) bool {
	switch letters := start - lead; letters {
	case 0:
	case 1: // Spain
		return text[lead]|0x20 >= 'x'
	case 2, 3, 4, 6: // Britain, also with a blank, Mexico, Italy
		return true
	default:
		return false
	}
	n := end - start
	if n > 9 {
		return n == 17 || n == 18 // China
	}
	next := textscan.SpanRight(text, end+1, 10, textscan.Alnum) - end - 1
	return next > 0 && next < 10 && text[end] != ' ' && known.pairs[n][next] ||
		n == 8 && (textscan.At(text, end, textscan.Letter) || textscan.At(text, end+1, textscan.Letter)) || // Spain
		n <= 3 && next == 3 || n == 6 && next == 8 // Spain and China, in groups
}

// national looks for the longest national number that t begins with. named says
// that a word for one may stand before; without, only those count that need none.
func (s *scan) national(t *token, named bool) bool {
	asked, has := false, false
	word, bank := "", ""
	for n := min(t.n, maxChars-1); n >= 7; n-- {
		if !s.closed(t, n) {
			continue
		}
		forms := known.forms[n]
		if !named {
			forms = known.alone[n]
		}
		letters := t.letters & (1<<n - 1)
		for _, f := range forms {
			number := &numbers[f.number]
			if letters&^f.either != f.letters || number.check != nil && !number.check(t.chars[:n]) {
				continue
			}
			if !asked && named {
				asked = true
				if word, has = s.context(idWord, t.start); known.bank[word] {
					bank = word
					word, has = s.beforeBank(t.start)
				}
			}
			labelled := has && known.labels[word].has(f.number)
			if bank != "" && known.labels[bank].has(f.number) && (number.rule != bankNearby || s.byBank(t.start)) {
				s.reportNational(t, n, number, bank, true, false)
				return true
			}
			general := has && number.sum && kindOf(number.rule) == detectors.NationalID && (known.any[word] || known.vague[word] && (known.rare.has(f.number) || s.likely(number.rule)))
			alone := (n == t.n || t.gaps[n-1] == ' ' && t.chars[n] >= 'A') && t.grouped(number.alone, n)
			if labelled || general || alone && !has && !s.inCode(t.start) {
				s.reportNational(t, n, number, word, labelled, general)
				return true
			}
		}
	}
	return false
}

// likely reports whether a scheme is of a country that the object's people are
// likely to be of.
func (s *scan) likely(rule string) bool {
	for _, r := range s.part.Regions {
		if len(r) == 2 && r[0]|0x20 == rule[0] && r[1]|0x20 == rule[1] {
			return true
		}
	}
	return false
}

func (s *scan) reportNational(t *token, n int, number *number, word string, labelled, general bool) {
	f := detectors.Finding{Kind: kindOf(number.rule), Canonical: string(t.chars[:n]), Rule: number.rule, Confidence: 0.6, Why: "form of " + number.rule}
	if number.sum {
		f.Confidence, f.Why = 0.7, "check digits of "+number.rule+" are right"
	}
	switch {
	case labelled:
		f.Confidence, f.Why = f.Confidence+0.25, f.Why+"; '"+word+"' before"
	case general:
		f.Confidence, f.Why = f.Confidence+0.1, f.Why+"; '"+word+"' before"
	}
	f.Dummy = sampleID(f.Canonical)
	s.report(f, t.start, t.ends[n-1])
}

// samples are numbers that were printed on specimens and misused ever since.
var samples = map[string]bool{"078051120": true, "219099999": true, "123456789": true, "111111111": true, "111223333": true, "QQ123456C": true, "AB123456C": true, "12345678Z": true, "00000000T": true, "12345678901": true, "11111111111": true, "12345678909": true}

func sampleID(s string) bool { return samples[s] }

// grouped reports whether the first n characters are grouped as how says, by the
// same mark between all of them.
func (t *token) grouped(how string, n int) bool {
	if how == "*" {
		return true
	}
	if how == "" {
		return false
	}
	var b [32]byte
	got := b[:0]
	size := 0
	for i := range n {
		size++
		if i == n-1 || t.gaps[i] != 0 {
			if size >= 10 {
				return false
			}
			if len(got) > 0 {
				got = append(got, '-')
			}
			got = append(got, '0'+byte(size))
			if i < n-1 && t.gaps[i] == ' ' {
				return false // a blank parts too many other things
			}
			size = 0
		}
	}
	for h := range strings.SplitSeq(how, "|") {
		if string(got) == h {
			return true
		}
	}
	return false
}

func (s *scan) inCode(start int) bool {
	from, to := textscan.Line(s.text, start, 120)
	return textscan.CodeLike(s.text[from:to])
}
