package address

import (
	"bytes"
	"math/bits"
	"regexp"
	"strings"
	"unicode/utf8"

	"habeas/detectors/textscan"
)

// Some countries write addresses whose first lines follow no rule, but end them with
// a code of a form of its own. From the code the address is read backwards:
//
//	Rua das Flores, nº 123, Centro, São Paulo - SP, CEP 01310-100
//	Flat 4B, Gandhi Nagar, Jaipur, Rajasthan 302015
//	شارع الملك فهد، الرياض 12271

const (
	ruleBrazil = "brazilian-code"
	ruleIndia  = "indian-code"
	ruleArabic = "arabic-street"
)

// maxBack bounds the bytes of an address before its code.
const maxBack = 170

// coded looks at the codes of Brazil and India, and at the words for streets and
// boxes of Arabic.
func (s *scan) coded(ix *textscan.Index) {
	s.past = 0
	arabic := ix.HasEastern()
	for w := 1; w <= ix.Blocks(); w++ {
		d, d0, d1 := ix.Digit[w], ix.Digit[w-1], ix.Digit[w+1]
		if d != 0 {
			b1, b2, b3, b4, b5 := d>>1|d1<<63, d>>2|d1<<62, d>>3|d1<<61, d>>4|d1<<60, d>>5|d1<<59
			code := ix.Dash[w] & (d<<1 | d0>>63) & b1 & b2 & b3 &^ b4
			for ; code != 0; code &= code - 1 {
				s.brazil((w-1)*textscan.Block + bits.TrailingZeros64(code))
			}
			space := ix.Space[w]<<1 | ix.Space[w-1]>>63
			dash := ix.Dash[w]<<1 | ix.Dash[w-1]>>63
			pin := d &^ (d<<1 | d0>>63) & b1 & b2 & b3 & b4 & b5 &^ (d>>6 | d1<<58) & (space | dash)
			for ; pin != 0; pin &= pin - 1 {
				s.india((w-1)*textscan.Block + bits.TrailingZeros64(pin))
			}
		}
		if !arabic {
			continue
		}
		high := ix.High[w]
		for m := high &^ (high<<1 | ix.High[w-1]>>63); m != 0; m &= m - 1 {
			if i := (w-1)*textscan.Block + bits.TrailingZeros64(m); s.text[i] == 0xd8 || s.text[i] == 0xd9 {
				s.arabic(i)
			}
		}
	}
}

// before is the line before i, as far as an address may reach back.
func (s *scan) before(i int) (from int) {
	from = max(i-maxBack, s.past, 0)
	if k := bytes.LastIndexAny(s.text[from:i], "\n;|<>\"\t"); k >= 0 {
		from += k + 1
	}
	for from < i && s.text[from]&0xc0 == 0x80 {
		from++
	}
	return from
}

var (
	brazilStreet = regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])((?:rua|r\.|avenida|av\.?|travessa|tv\.|alameda|al\.|praça|pça\.?|rodovia|rod\.|estrada|estr\.|largo|ladeira|beco|via|quadra|qd\.?|setor|condomínio) \p{L}[^\n]{1,150}$)`)
	brazilState  = regexp.MustCompile(`(?:CEP:? *|(?:[-/,–] *|[\( ])(?:AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO)\)?(?: *[,.–-])? *(?:CEP:? *)?)$`)
)

// brazil looks at the code of Brazil (CEP) whose dash is at text[i].
func (s *scan) brazil(i int) {
	code := i - 5
	if i < s.past+5 || textscan.SpanLeft(s.text, i, 6, textscan.Digit) != code || textscan.WordBefore(s.text, code) {
		return
	}
	from := s.before(code)
	if !brazilState.Match(s.text[from:code]) {
		return
	}
	m := brazilStreet.FindSubmatchIndex(s.text[from:code])
	if m == nil || !bytes.ContainsAny(s.text[from+m[2]:code], "0123456789") && !bytes.Contains(s.text[from+m[2]:code], []byte("s/n")) {
		return
	}
	s.report(from+m[2], i+4, ruleBrazil, "a street, a number, and a postcode of Brazil behind its state", 0.8)
}

// india looks at the code of six digits at text[i].
func (s *scan) india(i int) {
	if i < s.past || s.text[i] == '0' || s.text[i] == '9' || i < 12 || textscan.WordAfter(s.text, i+6) {
		return
	}
	if c := s.text[i-2]; !textscan.Is(c, textscan.Letter) && bytes.IndexByte([]byte("-,: .)"), c) < 0 {
		return
	}
	from := s.before(i)
	if bytes.IndexByte(s.text[from:i], ',') < 0 {
		return // parts of an address are parted
	}
	head := string(bytes.ToLower(s.text[from:i]))
	trimmed := strings.TrimRight(head, " -:.,")
	told := false
	for _, w := range indianEnds {
		if rest, ok := strings.CutSuffix(trimmed, w); ok && (rest == "" || textscan.ClassOf[rest[len(rest)-1]]&textscan.Word == 0) {
			told = true
			break
		}
	}
	town, dashed := strings.CutSuffix(strings.TrimRight(head, " "), "-")
	town = strings.TrimRight(town, " ")
	dashed = dashed && town != "" && textscan.Is(town[len(town)-1], textscan.Letter)
	place, first := 0, -1
	for at := 0; at < len(head); {
		end := at
		for end < len(head) && textscan.ClassOf[head[end]]&textscan.Alnum != 0 {
			end++
		}
		if end == at {
			at++
			continue
		}
		switch kind := indianWords[head[at:end]]; {
		case kind == 'p':
			place++
		case (kind == 'h' || textscan.Is(head[at], textscan.Digit)) && first < 0 && at < 60:
			first = at
		}
		at = end
	}
	if place == 0 || first < 0 || !told && !dashed {
		return
	}
	if first > 0 && (head[first-1] == '#' || head[first-1] == '-') {
		first--
	}
	s.report(from+first, i+6, ruleIndia, "a house, a quarter or a road as India names them, and a postcode", 0.75)
}

// indianEnds stand before the code: what it is called, and the states.
var indianEnds = strings.Split("pin|pincode|pin code|postal code|andhra pradesh|arunachal pradesh|assam|bihar|chhattisgarh|goa|gujarat|haryana|himachal pradesh|jharkhand|karnataka|kerala|madhya pradesh|maharashtra|manipur|meghalaya|mizoram|nagaland|odisha|punjab|rajasthan|sikkim|tamil nadu|telangana|tripura|uttar pradesh|uttarakhand|west bengal|delhi|new delhi|mumbai|bengaluru|bangalore|chennai|kolkata|hyderabad|pune|ahmedabad|jaipur|lucknow|chandigarh|puducherry|u.p|m.p|w.b|t.n", "|")

// indianWords are 'p', which name a quarter, a road or the like, and 'h', which
// name a house or a part of it.
var indianWords = func() map[string]byte {
	m := map[string]byte{}
	for w := range strings.FieldsSeq("nagar road rd marg street colony layout sector vihar enclave chowk bazar bazaar society block phase puram puri ganj bagh basheerbagh lane cross main gali mohalla village taluk tehsil district dist industrial extension extn garden gardens township palya halli wadi chawl circle junction") {
		m[w] = 'p'
	}
	for w := range strings.FieldsSeq("flat plot house door shop h room villa tower wing floor apartment apartments") {
		m[w] = 'h'
	}
	return m
}()

var (
	arabicStreet = regexp.MustCompile(`^(?:شارع|طريق|ش\.) [\p{Arabic}]{2,20}(?: [\p{Arabic}]{2,20}){0,4}(?:[،, ]+(?:رقم|مبنى|عمارة|بناية|شقة|فيلا) ?[0-9٠-٩]{1,5})*(?:[،, ]+[\p{Arabic}]{2,20}(?: [\p{Arabic}]{2,20}){0,3}){0,3}(?:[،, ]+[0-9٠-٩]{4,6})?`)
	arabicBox    = regexp.MustCompile(`^(?:ص\. ?ب\.?|صندوق بريد|صندوق البريد)[: ]*(?:رقم )?[0-9٠-٩]{2,7}(?:[،, ]+[\p{Arabic}]{2,20}){0,2}`)
)

// arabic looks at the word of Arabic that begins at text[i].
func (s *scan) arabic(i int) {
	t := s.text[i:]
	if i < s.past || !bytes.HasPrefix(t, []byte("شارع ")) && !bytes.HasPrefix(t, []byte("ص")) {
		return
	}
	if m := arabicBox.FindIndex(window(s.text, i, 120)); m != nil {
		s.report(i, i+m[1], ruleArabic, "a box at a post office", 0.75)
		return
	}
	m := arabicStreet.FindIndex(window(s.text, i, 300))
	if m == nil {
		return
	}
	// A number must say that it is an address: of the house before, or within.
	start := i
	k := i
	for k > 0 && (s.text[k-1] == ' ' || s.text[k-1] == ',') {
		k--
	}
	for n := 0; k > 0 && n < 5; n++ {
		r, size := utf8.DecodeLastRune(s.text[:k])
		if !(r >= '0' && r <= '9' || r >= '٠' && r <= '٩') {
			break
		}
		k -= size
		start = k
	}
	if start < i && textscan.WordBefore(s.text, start) {
		return
	}
	if start == i && !bytes.ContainsAny(t[:m[1]], "0123456789٠١٢٣٤٥٦٧٨٩") {
		return
	}
	s.report(start, i+m[1], ruleArabic, "a street and a number", 0.65)
}

// a town, and the code of Argentina (CPA: C1043AAZ, B1900) or its capital's short form.
var argentineCode = regexp.MustCompile(`^(?:[, ]+\p{Lu}[\p{L} ]{1,25})?[, ]+(?:[A-HJ-NP-Z]\d{4}(?:[A-Z]{3})?\b|CABA\b|C\.A\.B\.A\.)(?:[, ]+(?:CABA\b|\p{Lu}\p{L}+(?: \p{Lu}\p{L}+){0,2}))?`)

// argentine is where an address ends that has a code of Argentina behind its street,
// which ends at end.
func (s *scan) argentine(end int) int {
	if textscan.Byte(s.text, end) != ',' {
		return end
	}
	if m := argentineCode.FindIndex(window(s.text, end, 90)); m != nil {
		return end + m[1]
	}
	return end
}
