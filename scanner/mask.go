package scanner

import (
	"math"
	"net/netip"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"habeas/detectors"
	"habeas/reports"
)

// stars stand for what is hidden, always as many: a mask doesn't tell a length.
const stars = "***"

// masks are what is shown of a value of each kind: enough for its owner to
// recognise it, too little to use it. A kind that is not here shows stars alone,
// as address, date_of_birth, national_id, passport, driving_licence, credential and
// cookie_id do.
var masks = map[detectors.Kind]func(string) string{
	detectors.Email:        maskEmail,
	detectors.Phone:        func(s string) string { return maskTail(digits(s), 7, 2) },
	detectors.Name:         maskName,
	detectors.Face:         maskName,
	detectors.Place:        maskWord,
	detectors.URL:          maskURL,
	detectors.DeviceSerial: func(s string) string { return maskTail(alphanumeric(s), 6, 2) },
	detectors.PaymentTxn:   func(s string) string { return maskTail(alphanumeric(s), 8, 2) },
	detectors.IP:           maskIP,
	detectors.MAC:          maskMAC,
	detectors.PaymentCard:  func(s string) string { return maskTail(digits(s), 12, 4) },
	detectors.IBAN:         maskIBAN,
	detectors.UserAgent:    maskAgent,
	detectors.BankAccount:  func(s string) string { return maskTail(alphanumeric(s), 8, 2) },
}

// Mask is what may be shown of f. It never holds the value: whatever is so short
// that its mask would is all stars.
func Mask(f *detectors.Finding) string {
	switch {
	case f.Kind == detectors.GPS && f.Position != nil:
		if c := cellOf(f.Position); c != nil {
			b := strconv.AppendFloat(make([]byte, 0, 40), c.Lat, 'f', 1, 64)
			b = strconv.AppendFloat(append(b, ", "...), c.Lon, 'f', 1, 64)
			return "near " + string(b) + " (0.1° cell)"
		}
		return stars
	case f.Kind == detectors.HiddenCopy, f.Kind == detectors.Renamed:
		return f.Value // what it is, in words of ours
	case f.Kind == detectors.Face && strings.TrimSpace(f.Value) == "":
		return "unnamed face"
	}
	mask, ok := masks[f.Kind]
	if !ok || utf8.RuneCountInString(strings.TrimSpace(f.Value)) < 4 {
		return stars
	}
	m := mask(f.Value)
	if containsFold(m, strings.TrimSpace(f.Value)) {
		return stars
	}
	return m
}

// cellOf is the square of 0.1 degree around p, by its south-west corner; nil if
// p is no place on Earth.
func cellOf(p *detectors.Position) *reports.Cell {
	if !(math.Abs(p.Lat) <= 90 && math.Abs(p.Lon) <= 180) {
		return nil
	}
	return &reports.Cell{Lat: floorTenth(p.Lat), Lon: floorTenth(p.Lon)}
}

// floorTenth is x rounded down to a tenth, never -0.
func floorTenth(x float64) float64 { return math.Floor(x*10)/10 + 0 }

// maskEmail gives "j***@e***.org".
func maskEmail(s string) string {
	local, domain, ok := cutLast(s, "@")
	if !ok {
		return stars
	}
	return initialOf(local) + stars + "@" + maskHost(domain)
}

// maskHost gives "e***.org".
func maskHost(host string) string {
	name, tld, ok := cutLast(strings.TrimSuffix(host, "."), ".")
	if !ok || len(tld) < 2 || len(tld) > 12 || strings.ContainsFunc(tld, notLetter) {
		return stars
	}
	return initialOf(name) + stars + "." + strings.ToLower(tld)
}

// maskURL gives "https://e***.org/***". Whatever is not a plain host shows
// nothing.
func maskURL(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		scheme, rest = "", s
	}
	host := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		host = rest[:i]
	}
	if strings.ContainsAny(host, "@:[]") {
		return stars
	}
	masked := maskHost(host)
	switch strings.ToLower(scheme) {
	case "http", "https":
		return strings.ToLower(scheme) + "://" + masked + "/" + stars
	}
	return masked + "/" + stars
}

// maskName gives the initials of up to four words: "A*** S***".
func maskName(s string) string {
	var out []string
	for _, w := range strings.Fields(s) {
		if len(out) == 4 {
			break
		}
		out = append(out, maskWord(w))
	}
	return strings.Join(out, " ")
}

// maskWord gives "A***"; of a word of one letter nothing is left.
func maskWord(s string) string { return initialOf(s) + stars }

// maskTail shows the last n characters of s if it has at least least of them.
func maskTail(s string, least, n int) string {
	r := []rune(s)
	if len(r) < least {
		return stars
	}
	return stars + string(r[len(r)-n:])
}

// maskIP gives "192.***" and "2001:***".
func maskIP(s string) string {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return stars
	}
	a = a.Unmap().WithZone("")
	if a.Is4() {
		return strconv.Itoa(int(a.As4()[0])) + "." + stars
	}
	b := a.As16()
	return strconv.FormatUint(uint64(b[0])<<8|uint64(b[1]), 16) + ":" + stars
}

// maskMAC gives the first byte.
func maskMAC(s string) string {
	a := strings.ToLower(alphanumeric(s))
	if len(a) < 12 {
		return stars
	}
	return a[:2] + ":" + stars
}

// maskIBAN gives "DE***21".
func maskIBAN(s string) string {
	a := alphanumeric(s)
	if len(a) < 15 || strings.ContainsFunc(a[:2], notLetter) || strings.ContainsFunc(a, notASCII) {
		return stars
	}
	return a[:2] + stars + a[len(a)-2:]
}

// programs and systems are names in user agents, the more particular ones first: most
// browsers also call themselves by the names of older ones. Millions share each.
var (
	programs = [...]struct{ in, shown string }{
		{"bot", "robot"}, {"spider", "robot"}, {"crawler", "robot"}, {"Edg", "Edge"}, {"OPR/", "Opera"}, {"Opera", "Opera"}, {"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}, {"MSIE ", "Internet Explorer"}, {"Trident/", "Internet Explorer"},
		{"curl/", "curl"}, {"Wget/", "Wget"}, {"python-requests/", "Python"}, {"Go-http-client/", "Go"}, {"okhttp/", "OkHttp"}, {"Dalvik/", "Dalvik"}, {"CFNetwork/", "CFNetwork"},
	}
	systems = [...]struct{ in, shown string }{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"Darwin/", "Darwin"}, {"Linux", "Linux"},
	}
)

// maskAgent gives the family of the program and of the system: "Firefox, Windows ***".
func maskAgent(s string) string {
	var shown []string
	for _, p := range programs {
		if strings.Contains(s, p.in) {
			shown = append(shown, p.shown)
			break
		}
	}
	for _, p := range systems {
		if strings.Contains(s, p.in) {
			shown = append(shown, p.shown)
			break
		}
	}
	if len(shown) == 0 {
		return stars
	}
	return strings.Join(shown, ", ") + " " + stars
}

// initialOf is the first character of s if that is a letter or a digit and not
// all of s.
func initialOf(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == len(s) || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return ""
	}
	return string(r)
}

// cutLast cuts s around the last sep.
func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// digits keeps the ASCII digits of s.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, s)
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
func notASCII(r rune) bool  { return r >= utf8.RuneSelf }
