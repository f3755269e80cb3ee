package geo

import (
	"bytes"
	"math"
	"math/bits"
	"regexp"
	"strconv"
	"strings"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Coordinates in running text are looked for at few places only: behind a word
// that promises them, at a sign of degrees, in a link to a map, in a geo: URI and
// at the plus of a plus code. Two decimal numbers alone are no position: tables
// are full of them.

// Rules of findings in running text.
const (
	ruleURI     = "geo-uri"
	ruleLink    = "map-link"
	ruleDegrees = "degrees"
	ruleLabel   = "labelled-coordinates"
	rulePlus    = "plus-code"
)

// anchors are words, in lower case, near which a position may stand.
var anchors = textscan.NewFinder("geo:", "://", "lat", "gps", "coord", "koord", "position", "location", "standort", "posici", "posiz", "ubicac", "localiza")

// longest is that of the anchors, in bytes.
const longest = 9

const (
	anchorURI = iota
	anchorLink
)

// promise is how far behind a word the numbers may begin, bytes.
const promise = 40

// prose reports the positions in the running text of p.
func prose(p *detectors.Part, ix *textscan.Index, found func(detectors.Finding)) {
	s := scan{text: p.Text, found: found}
	high := ix.HasHigh()
	each := func(i, word int) {
		if high {
			s.signs(i)
		}
		switch {
		case i < s.past:
		case word == anchorURI:
			s.uri(i)
		case word == anchorLink:
			s.link(i)
		default:
			s.labelled(i)
		}
	}
	for from, to := nearNumbers(ix, 0); from < to; from, to = nearNumbers(ix, to) {
		anchors.Each(p.Text[from:min(to+longest, len(p.Text))], func(i, word int) bool {
			if from+i >= to {
				return false
			}
			each(from+i, word)
			return true
		})
	}
	if high {
		s.signs(len(s.text))
	}
	s.plusCodes(ix)
}

// nearNumbers is the next stretch of the text behind at in which an anchor may have a
// number that counts behind it: a decimal, or one behind a colon, as "geo:37,-122".
// Both are 0 if there is none.
func nearNumbers(ix *textscan.Index, at int) (from, to int) {
	for w := at/textscan.Block + 1; w <= ix.Blocks(); w++ {
		d := ix.Digit[w]<<1 | ix.Digit[w-1]>>63
		next := (ix.Digit[w]|ix.Mark[w])>>1 | (ix.Digit[w+1]|ix.Mark[w+1])<<63
		if (ix.Dot[w]&d|ix.Colon[w])&next == 0 {
			if to > 0 && (w-1)*textscan.Block-maxLink > to {
				return from, to
			}
			continue
		}
		here := (w - 1) * textscan.Block
		if to == 0 {
			from = max(here-maxLink, at)
		}
		to = here + textscan.Block
	}
	if to == 0 {
		return 0, 0
	}
	return from, to
}

// scan is the look at one text.
type scan struct {
	text   []byte
	found  func(detectors.Finding)
	past   int // where the last position ends
	links  int // where the last link ends, as far as it was looked at
	signed int // signs of degrees are looked at up to here
}

// report reports the position at [start, end), if it can be one.
func (s *scan) report(start, end int, q point, rule, why string, confidence float64) {
	if !(math.Abs(q.lat) <= 90) || !(math.Abs(q.lon) <= 180) || math.Abs(q.lat) < 1e-7 && math.Abs(q.lon) < 1e-7 {
		return
	}
	pos := &detectors.Position{Lat: q.lat, Lon: q.lon, Altitude: sane(q.alt), Precision: q.step * metresPerDegree}
	if pos.Precision > 0 {
		why += "; precise to " + metres(pos.Precision)
	}
	s.past = max(s.past, end)
	s.found(detectors.Finding{Kind: detectors.GPS, Start: start, End: end, Rule: rule, Why: why, Confidence: confidence, Position: pos})
}

// number is a decimal number in a pattern; a comma before its decimals is not
// taken, since commas part the two coordinates.
const decimal = `([+-]?\d{1,3}(?:\.\d{1,15})?)`

// geoURI is RFC 5870 section 3.3, without the coordinate systems of others.
var geoURI = regexp.MustCompile(`^(?i)geo:` + decimal + `,` + decimal + `(?:,([+-]?\d{1,5}(?:\.\d{1,6})?))?`)

func (s *scan) uri(i int) {
	if i > 0 && textscan.Is(s.text[i-1], textscan.Alnum) {
		return
	}
	m := geoURI.FindSubmatchIndex(window(s.text, i, 120))
	if m == nil {
		return
	}
	q := pair(s.text[i:], m[2:6])
	if m[6] >= 0 {
		if h, err := strconv.ParseFloat(string(s.text[i+m[6]:i+m[7]]), 64); err == nil {
			q.alt = &h
		}
	}
	if q.lat == 0 && q.lon == 0 { // "geo:0,0?q=37.38,-122.03": what is asked for counts
		if n := linked(window(s.text, i, maxLink)); n != nil {
			s.report(i+n.start, i+n.end, n.point, ruleURI, "a geo: URI that asks for a place", 0.9)
		}
		return
	}
	s.report(i, i+m[1], q, ruleURI, "a geo: URI", 0.95)
}

// maxLink bounds what is looked at of a link, bytes.
const maxLink = 2048

// link looks at the URL whose "://" is at i.
func (s *scan) link(i int) {
	if i < s.links {
		return // within a link that was looked at
	}
	end := linkEnd(s.text, i, maxHost)
	s.links = end
	host, _, _ := bytes.Cut(s.text[i+3:max(end, i+3)], []byte("?"))
	if !maplike(host) {
		return
	}
	end = linkEnd(s.text, i, maxLink)
	s.past, s.links = max(s.past, end), end
	if !promising3(s.text[i:end]) {
		return
	}
	if n := linked(s.text[i:end]); n != nil {
		s.report(i+n.start, i+n.end, n.point, ruleLink, "a link to a map", 0.9)
	}
}

// maxHost bounds what is looked at for whether a link is one to a map, bytes.
const maxHost = 83

// linkEnd is where the link at i ends, at most n bytes on.
func linkEnd(text []byte, i, n int) int {
	end := i
	for end < len(text) && end-i < n && !textscan.Is(text[end], textscan.Blank) && strings.IndexByte("\"<>'`", text[end]) < 0 {
		end++
	}
	return end
}

// maplike tells by host and path a link that shows a place.
func maplike(host []byte) bool {
	low := bytes.ToLower(host)
	for _, word := range []string{"map", "geo", "waze", "yandex", "2gis", "komoot", "strava", "naver", "w3w", "location"} {
		if bytes.Contains(low, []byte(word)) {
			return true
		}
	}
	return false
}

// linkForms are the ways in which maps write a position into a link, most exact
// first: a place of Google's and the view of it, fragments and marks of
// OpenStreetMap, parameters of all others. swapped: the longitude comes first.
var linkForms = []struct {
	pattern *regexp.Regexp
	swapped bool
}{
	{regexp.MustCompile(`!3d` + decimal + `!4d` + decimal), false},
	{regexp.MustCompile(`(?i)[?&]mlat=` + decimal + `&(?:amp;)?mlon=` + decimal), false},
	{regexp.MustCompile(`(?i)[?&](?:lat|latitude)=` + decimal + `&(?:amp;)?(?:lon|lng|long|longitude)=` + decimal), false},
	{regexp.MustCompile(`(?i)yandex[^?]*\?(?:.*&)?(?:ll|pt|whatshere%5Bpoint%5D)=` + decimal + `(?:,|%2C|~)` + decimal), true},
	{regexp.MustCompile(`(?i)[?&](?:q|query|ll|sll|cll|center|destination|daddr|saddr|origin|point|coordinate|cp|near|to|from|viewpoint|address)=(?:loc:)?\(?` + decimal + `(?:,|%2C|~|%20|\+)+` + decimal), false},
	{regexp.MustCompile(`/@` + decimal + `,` + decimal), false},
	{regexp.MustCompile(`(?i)#map=\d{1,2}(?:\.\d+)?/` + decimal + `/` + decimal), false},
	{regexp.MustCompile(`(?i)/(?:place|dir|search|maps)/(?:[^/]{0,200}/)?` + decimal + `(?:,|%2C)\+?` + decimal), false},
}

// spot is a position in a link.
type spot struct {
	start, end int
	point
}

func linked(url []byte) *spot {
	for _, form := range linkForms {
		m := form.pattern.FindSubmatchIndex(url)
		if m == nil {
			continue
		}
		q := pair(url, m[2:6])
		if form.swapped {
			q.lat, q.lon = q.lon, q.lat
		}
		if q.step > 0.02 { // a whole number is no place
			continue
		}
		return &spot{m[2], m[5], q}
	}
	return nil
}

// Coordinates behind a word.
var (
	labels = regexp.MustCompile(`^(?i)lat(?:itude|itud|\.)?["')\]]?\s{0,2}[:=]?\s{0,2}["']?` + fine + `["']?[°º]?[^\d\n]{1,16}?\blo?ng?(?:itude|itud|gitude|\.)?["')\]]?\s{0,2}[:=]?\s{0,2}["']?` + fine)
	pairs  = regexp.MustCompile(`^[^\d\n]{0,` + strconv.Itoa(promise) + `}?[ (\[:="',]` + fine + `\s?[,;/|]?\s{0,2}` + fine)
)

// fine is a number with so many decimals that it can mean a place.
const fine = `([+-]?\d{1,3}\.\d{3,15})`

// labelled looks behind a word at i: "lat: 37.3797, lon: -122.0307", "GPS
// 37.3797, -122.0307".
func (s *scan) labelled(i int) {
	if i > 0 && textscan.Is(s.text[i-1], textscan.Letter) || !promising3(s.text[i:min(len(s.text), i+promise+24)]) {
		return
	}
	w := window(s.text, i, 160)
	if m := labels.FindSubmatchIndex(w); m != nil && !goesOn(w, m[5]) {
		s.report(i+m[2], i+m[5], pair(w, m[2:6]), ruleLabel, "two numbers named latitude and longitude", 0.9)
		return
	}
	if m := pairs.FindSubmatchIndex(w); m != nil && !goesOn(w, m[5]) {
		s.report(i+m[2], i+m[5], pair(w, m[2:6]), ruleLabel, "two decimal numbers behind a word for a position", 0.7)
	}
}

// promising3 tells whether b has a digit, a point and three digits more: cheap,
// for most of such words stand in sentences.
func promising3(b []byte) bool {
	for i := bytes.IndexByte(b, '.'); i >= 0 && i+3 < len(b); {
		if i > 0 && isDigit(b[i-1]) && isDigit(b[i+1]) && isDigit(b[i+2]) && isDigit(b[i+3]) {
			return true
		}
		n := bytes.IndexByte(b[i+1:], '.')
		if n < 0 {
			return false
		}
		i += 1 + n
	}
	return false
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// goesOn tells a third number behind the pair: then it is a row of some table. A
// height is none, as it has no such decimals.
func goesOn(w []byte, end int) bool { return third.Match(w[end:]) }

var third = regexp.MustCompile(`^\d|^\s?[,;/|]\s{0,2}[+-]?\d{1,3}\.\d{4,}`)

// pair reads the two numbers whose places m gives.
func pair(b []byte, m []int) point {
	lat, lon := string(b[m[0]:m[1]]), string(b[m[2]:m[3]])
	var q point
	q.lat, _ = strconv.ParseFloat(lat, 64)
	q.lon, _ = strconv.ParseFloat(lon, 64)
	q.step = math.Pow(10, -float64(max(digitsAfterPoint(lat), digitsAfterPoint(lon))))
	return q
}

// window is what follows i, at most n bytes and at most to the end of the text.
func window(text []byte, i, n int) []byte { return text[i:min(len(text), i+n)] }

// One coordinate in degrees, and two of them with their hemispheres before or
// behind.
const inDegrees = `(-?\d{1,3}(?:[.,]\d{1,10})?)\s?[°º]\s{0,2}(?:(\d{1,2}(?:[.,]\d{1,8})?)\s?['′’´]\s{0,2}(?:(\d{1,2}(?:[.,]\d{1,8})?)\s?(?:["″”]|\'\'|′′|’’)\s{0,2})?)?`

var (
	behindThem = regexp.MustCompile(inDegrees + `([NSns])\b[\s,;/]{0,4}` + inDegrees + `([EWew])\b`)
	beforeThem = regexp.MustCompile(`\b([NSns])[.:]?\s{0,2}` + inDegrees + `[\s,;/]{0,4}([EWew])[.:]?\s{0,2}` + inDegrees)
)

// signs looks at the signs of degrees before to that were not looked at yet: those
// before a word come before what is behind it.
func (s *scan) signs(to int) {
	for at := max(s.signed, s.past); ; {
		n := -1
		if at < to {
			n = bytes.IndexByte(s.text[at:to], 0xC2)
		}
		if n < 0 {
			s.signed = max(at, to)
			return
		}
		i := at + n
		if at = i + 1; i+1 >= len(s.text) || s.text[i+1] != 0xB0 && s.text[i+1] != 0xBA {
			continue
		}
		from := max(i-20, s.past, 0)
		w := s.text[from:min(len(s.text), i+80)]
		end, q, ok := inSigns(w, i-from)
		if !ok {
			continue
		}
		s.report(from+q.start, from+end, q.point, ruleDegrees, "coordinates in degrees with their hemispheres", 0.95)
		at = max(at, from+end)
	}
}

// inSigns reads the pair whose first sign of degrees is at sign or before.
func inSigns(w []byte, sign int) (end int, q spot, ok bool) {
	if m := behindThem.FindSubmatchIndex(w); m != nil && m[0] <= sign {
		lat, okLat := degreesOf(w, m[2:8], w[m[8]], 'S')
		lon, okLon := degreesOf(w, m[10:16], w[m[16]], 'W')
		return m[1], spot{start: m[0], point: point{lat: lat.deg, lon: lon.deg, step: finer(lat.step, lon.step)}}, okLat && okLon
	}
	if m := beforeThem.FindSubmatchIndex(w); m != nil && m[0] <= sign {
		lat, okLat := degreesOf(w, m[4:10], w[m[2]], 'S')
		lon, okLon := degreesOf(w, m[12:18], w[m[10]], 'W')
		end = m[0] + len(bytes.TrimRight(w[m[0]:m[1]], " \t\r\n"))
		return end, spot{start: m[0], point: point{lat: lat.deg, lon: lon.deg, step: finer(lat.step, lon.step)}}, okLat && okLon
	}
	return 0, q, false
}

// degreesOf reads degrees, minutes and seconds, whose places m gives; hemi is their
// hemisphere and negative the one where they count below zero.
func degreesOf(w []byte, m []int, hemi, negative byte) (a angle, ok bool) {
	unit, last := 1.0, 1.0
	for k := 0; k < 3 && m[2*k] >= 0; k++ {
		v := strings.ReplaceAll(string(w[m[2*k]:m[2*k+1]]), ",", ".")
		x, err := strconv.ParseFloat(v, 64)
		if err != nil || k > 0 && x >= 60 {
			return a, false
		}
		a.deg += math.Abs(x) / unit
		last = math.Pow(10, -float64(digitsAfterPoint(v))) / unit
		unit *= 60
	}
	a.step = last
	if hemi&^0x20 == negative {
		a.deg = -a.deg
	}
	return a, true
}

// plusAlphabet are the digits of a plus code, least first (Open Location Code
// 1.0, "Encoding format").
const plusAlphabet = "23456789CFGHJMPQRVWX"

// inPlusCode are these digits.
var inPlusCode = textscan.NewSet(plusAlphabet, false)

// plusCodes looks at the pluses behind eight digits of a code. Short codes, which
// need a place to start from, are not read.
func (s *scan) plusCodes(ix *textscan.Index) {
	for w := 1; w <= ix.Blocks(); w++ {
		m := ix.Mark[w] &^ (ix.Dot[w] | ix.Dash[w]) // "+" and "/"
		if m == 0 {
			continue
		}
		alnum := ix.Digit[w] | ix.Letter[w]
		m &= (alnum<<1 | (ix.Digit[w-1]|ix.Letter[w-1])>>63) & (alnum>>1 | (ix.Digit[w+1]|ix.Letter[w+1])<<63)
		for ; m != 0; m &= m - 1 {
			s.plus((w-1)*textscan.Block + bits.TrailingZeros64(m))
		}
	}
}

// plus looks at text[i], which is a plus or a slash.
func (s *scan) plus(i int) {
	if i < 8 || s.text[i] != '+' {
		return
	}
	for _, b := range s.text[i-8 : i] {
		if !inPlusCode.Has(b) {
			return
		}
	}
	end := i + 1
	for end < len(s.text) && end < i+5 && inPlusCode.Has(s.text[end]) {
		end++
	}
	if end-i-1 < 2 || !textscan.Bounded(s.text, i-8, end) {
		return
	}
	if q, ok := plusCode(string(s.text[i-8:i]), string(s.text[i+1:end])); ok {
		s.report(i-8, end, q, rulePlus, "a plus code", 0.85)
	}
}

// plusCode is the middle of the area that a code names: pairs of digits to base
// 20, then rows of a grid of 5 by 4.
func plusCode(area, rest string) (q point, ok bool) {
	lat, lon, size := 0.0, 0.0, 20.0
	digits := area + rest
	letters := false
	for k := 0; k+1 < min(len(digits), 10); k += 2 {
		a, b := strings.IndexByte(plusAlphabet, digits[k]), strings.IndexByte(plusAlphabet, digits[k+1])
		if a < 0 || b < 0 || k == 0 && (a > 8 || b > 17) {
			return q, false
		}
		letters = letters || a > 7 || b > 7
		lat += float64(a) * size
		lon += float64(b) * size
		size /= 20
	}
	height, width := size*20, size*20
	for _, c := range []byte(digits[min(len(digits), 10):]) {
		n := strings.IndexByte(plusAlphabet, c)
		if n < 0 {
			return q, false
		}
		height, width = height/5, width/4
		lat += float64(n/4) * height
		lon += float64(n%4) * width
	}
	// Digits alone are as well a sum.
	return point{lat: lat + height/2 - 90, lon: lon + width/2 - 180, step: height}, letters
}
