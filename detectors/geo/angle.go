package geo

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// angle is one coordinate as a notation gives it.
type angle struct {
	deg  float64 // as written: the sign of the number, or of its hemisphere if it has one
	hemi byte    // 'N', 'S', 'E' or 'W' if the text says so, else 0
	step float64 // degrees that the notation can tell apart; 0 if unknown
	odd  bool    // minutes or seconds beyond 60
}

// maxAngleText is far above any notation of one coordinate.
const maxAngleText = 100

// parseAngle reads one coordinate from text: the XMP form of Exif ("37,22.78N",
// "37,22,46.8N", XMP part 2 section 3.2), degrees with signs ("37° 22' 46.8" N",
// "37 deg 22' 46.80\""), plain numbers, rationals ("37/1, 22/1, 468/10"), and the
// decimal commas of faulty writers ("52,00000,50,00000,34,01180"). ok is false if
// the text is none of these; deg is NaN if it holds "nan" or a division by zero.
func parseAngle(s string) (a angle, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxAngleText {
		return angle{}, false
	}
	s, a.hemi = cutHemisphere(s)
	lower := strings.ToLower(s)
	if strings.Contains(lower, "nan") || strings.Contains(lower, "inf") {
		a.deg = math.NaN()
		return a, true
	}
	nums, ok := numbersOf(s)
	if !ok {
		return angle{}, false
	}
	parts, digits, ok := sexagesimal(nums)
	if !ok {
		return angle{}, false
	}
	a.deg, a.odd = sum(parts)
	if nums[0].negative && a.deg > 0 { // "-0 30 0"
		a.deg = -a.deg
	}
	a.step = stepOf(parts, digits)
	switch a.hemi {
	case 'S', 'W':
		a.deg = -math.Abs(a.deg)
	}
	return a, true
}

// cutHemisphere takes the letter or word of a hemisphere off either end.
func cutHemisphere(s string) (rest string, hemi byte) {
	if r := strings.TrimRightFunc(s, unicode.IsLetter); len(r) < len(s) {
		if s[len(r):] == "s" && strings.ContainsAny(r, "dDmM'") {
			return s, 0 // seconds: "37d22m46.8s"
		}
		if h := hemisphere(s[len(r):]); h != 0 {
			return r, h
		}
	}
	if r := strings.TrimLeftFunc(s, unicode.IsLetter); len(r) < len(s) {
		if h := hemisphere(s[:len(s)-len(r)]); h != 0 {
			return r, h
		}
	}
	return s, 0
}

// hemisphere reads a Ref: "N", "s", "North", "West longitude"; 0 for anything else.
func hemisphere(s string) byte {
	s = strings.ToUpper(strings.Trim(s, " \t\x00.'\""))
	if i := strings.IndexAny(s, " \t"); i > 0 {
		s = s[:i]
	}
	switch s {
	case "N", "S", "E", "W":
		return s[0]
	case "NORTH", "SOUTH", "EAST", "WEST", "NORTHERN", "SOUTHERN", "EASTERN", "WESTERN":
		return s[0]
	}
	return 0
}

// number is one number of a text and how it was written.
type number struct {
	value    float64
	digits   int  // behind the decimal point; for a rational, what its denominator can tell apart
	negative bool // written with a minus, which a zero would lose
	comma    bool // the only thing between it and the number before is a comma
	text     string
}

// maxNumbers: degrees, minutes and seconds, each with a decimal comma.
const maxNumbers = 6

// numbersOf cuts s in numbers. Between them only signs of angle, blanks, commas,
// semicolons and colons may stand.
func numbersOf(s string) (nums []number, ok bool) {
	gap := ""
	for i := 0; i < len(s); {
		end := numberEnd(s, i)
		if end == i {
			if !strings.ContainsRune(" \t,;:°º'′’\"″”dDegGmMsS*[]()", firstRune(s[i:])) {
				return nil, false
			}
			n := len(string(firstRune(s[i:])))
			gap += s[i : i+n]
			i += n
			continue
		}
		n, ok := readNumber(s[i:end])
		if !ok || len(nums) == maxNumbers || len(nums) > 0 && gap == "" {
			return nil, false
		}
		n.comma = gap == ","
		nums = append(nums, n)
		gap, i = "", end
	}
	return nums, len(nums) > 0
}

func firstRune(s string) rune {
	for _, r := range s {
		return r
	}
	return 0
}

// numberEnd is where the number that starts at i ends; i if none does.
func numberEnd(s string, i int) int {
	at := i
	if at < len(s) && (s[at] == '-' || s[at] == '+') {
		at++
	}
	start := at
	for at < len(s) {
		switch c := s[at]; {
		case c >= '0' && c <= '9', c == '.', c == '/' && at > start:
			at++
			continue
		case (c == 'e' || c == 'E') && at > start && at+2 < len(s) && (s[at+1] == '-' || s[at+1] == '+') && s[at+2] >= '0' && s[at+2] <= '9':
			at += 2
			continue
		}
		break
	}
	if at == start {
		return i
	}
	return at
}

func readNumber(s string) (number, bool) {
	n := number{text: s, negative: s[0] == '-'}
	if a, b, cut := strings.Cut(s, "/"); cut {
		x, err := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		if err != nil || err2 != nil {
			return n, false
		}
		if n.value = x / y; y == 0 {
			n.value = math.NaN()
		}
		if y >= 1 {
			n.digits = int(math.Round(math.Log10(y)))
		}
		return n, true
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && v == 0 {
		return n, false
	}
	n.value, n.digits = v, digitsAfterPoint(s)
	return n, true
}

func digitsAfterPoint(s string) int {
	mantissa, exponent, _ := strings.Cut(strings.ToLower(s), "e")
	n := 0
	if i := strings.IndexByte(mantissa, '.'); i >= 0 {
		n = len(mantissa) - i - 1
	}
	if e, err := strconv.Atoi(exponent); err == nil && e > -40 && e < 40 {
		n -= e
	}
	return max(n, 0)
}

// sexagesimal joins decimal commas and gives degrees, minutes and seconds.
func sexagesimal(nums []number) (parts []float64, digits []int, ok bool) {
	commas, points := 0, 0
	for _, n := range nums {
		if n.comma {
			commas++
		}
		if strings.ContainsAny(n.text, "./") {
			points++
		}
	}
	onlyCommas := commas == len(nums)-1 && points == 0
	join := func(a, b number) bool {
		v, err := strconv.ParseFloat(a.text+"."+b.text, 64)
		parts, digits = append(parts, v), append(digits, len(b.text))
		return err == nil
	}
	keep := func(ns ...number) {
		for _, n := range ns {
			parts, digits = append(parts, n.value), append(digits, n.digits)
		}
	}
	ok = true
	switch {
	case len(nums) == 6 && onlyCommas:
		ok = join(nums[0], nums[1]) && join(nums[2], nums[3]) && join(nums[4], nums[5])
	case len(nums) == 4 && onlyCommas && !nums[3].negative: // "52,50,34,0118"
		keep(nums[0], nums[1])
		ok = join(nums[2], nums[3])
	case len(nums) == 2 && onlyCommas && !nums[1].negative && (nums[1].value >= 60 || len(nums[1].text) > 2): // "37,3797"
		ok = join(nums[0], nums[1])
	case len(nums) <= 3:
		keep(nums...)
	default:
		ok = false
	}
	for _, p := range parts[min(1, len(parts)):] {
		ok = ok && !(p < 0)
	}
	return parts, digits, ok
}

// sum adds degrees, minutes and seconds; the sign of the degrees is that of all.
// A missing part counts as zero, as in the Exif of cameras that leave it 0/0.
func sum(parts []float64) (deg float64, odd bool) {
	if len(parts) == 0 {
		return math.NaN(), false
	}
	unit := 1.0
	for i, p := range parts {
		if i > 0 {
			odd = odd || p > 60
			if math.IsNaN(p) {
				p = 0 // 0/0 seconds beside good degrees and minutes
			}
		}
		deg += math.Abs(p) / unit
		unit *= 60
	}
	if math.Signbit(parts[0]) {
		deg = -deg
	}
	return deg, odd
}

// stepOf is the size in degrees of one step of the last part that is in use. A
// last part of zero seconds, or of zero minutes, is taken as not in use.
func stepOf(parts []float64, digits []int) float64 {
	last := min(len(parts), 3) - 1
	for last > 0 && (parts[last] == 0 || math.IsNaN(parts[last])) {
		last--
	}
	if last < 0 {
		return 0
	}
	return math.Pow(10, -float64(min(digits[last], 12))) / math.Pow(60, float64(last))
}

// angleOf reads the numbers of an Exif coordinate: degrees, minutes, seconds.
func angleOf(nums []float64) (a angle, ok bool) {
	if len(nums) == 0 || len(nums) > 3 {
		return angle{}, false
	}
	for _, n := range nums[1:] {
		if n < 0 {
			return angle{}, false
		}
	}
	a.deg, a.odd = sum(nums)
	digits := make([]int, len(nums))
	for i, n := range nums {
		digits[i] = decimals(n)
	}
	a.step = stepOf(nums, digits)
	return a, true
}

// decimals is how many digits behind the point it takes to write n; fractions
// such as a third take more than any receiver can mean.
func decimals(n float64) int {
	if math.IsNaN(n) || math.IsInf(n, 0) || math.Abs(n) > 1e9 {
		return 0
	}
	s := strconv.FormatFloat(n, 'f', -1, 64)
	if i := strings.IndexByte(s, '.'); i >= 0 {
		return min(len(s)-i-1, 8)
	}
	return 0
}
