// Package network finds what identifies a device or a session on a network: IP
// addresses (v4 and v6), MAC addresses, user agents, identifiers in cookies, and
// user names and passwords in URLs.
//
// Addresses are found by their separators. For each 64 bytes of text a word of
// bits says where dots, colons and dashes stand; shifts of these words find three
// dots at distances of 2 to 4, two colons side by side, six colons at distances
// of up to 5, five dashes at distances of 3. Times of day, decimals and dates
// never get that far. Only what is left is parsed.
package network

import (
	"habeas/detectors"
	"habeas/detectors/textscan"
)

// Detector finds them. Make it with New; it may be used from many goroutines.
type Detector struct {
	words   *textscan.Finder
	labels  textscan.Lists
	indexes textscan.Indexes
}

// The lists of words before addresses, as sets for a textscan.Reader.
const (
	versionWord = 1 << iota // what follows only looks like an address
	hostWord
	macWord
)

var _ detectors.Glancer = (*Detector)(nil)

// New makes the detector.
func New() *Detector { return NewSharing(nil) }

// NewSharing makes a detector whose context words are read together with those of
// others.
func NewSharing(words *textscan.Lexicon) *Detector {
	return &Detector{words: textscan.NewFinder(anchors()...), labels: words.Join(
		textscan.NewWords("version*", "versión", "ver", "vers", "v", "rv", "rev", "revision", "release*", "build*", "oid", "section*", "sec", "chapter*", "clause*", "paragraph", "abschnitt", "kapitel",
			"art", "article", "file version", "assembly version", "product version", "firmware", "fw", "driver", "sdk", "clr", "kernel", "patch", "update", "upgrade*", "package", "pkg", "dll", "so", "ed", "edition",
			"punkt", "pkt", "sygn", "poz", "nr", "no", "number", "numer", "§", "версия", "版本", "バージョン", "chrome", "chromium", "firefox", "safari", "edge", "opera", "java", "php", "python", "windows", "android", "ios", "linux", "ubuntu", "debian", "macos", "nginx", "apache", "openssl", "mysql", "node js", "table", "figure", "fig", "tabelle", "rfc", "v8", "object identifier*", "object", "deps", "ec", "e c", "enzyme*"),
		textscan.NewWords("ip", "ips", "ipv4", "ipv6", "ip address", "ip addr", "ip adresse", "adresse ip", "addr*", "address*", "adres*", "client*", "remote*", "host*", "server*", "peer", "from", "to", "src", "dst", "source", "dest*",
			"x forwarded for", "forwarded", "forwarded for", "for", "x real ip", "received", "login*", "logged in", "ping", "dns", "nameserver", "gateway", "inet", "inet6", "netmask", "via", "by", "connect*", "visitor", "user", "origin", "node", "endpoint", "listen", "bind", "route",
			"ip地址", "地址", "アドレス", "адрес"),
		textscan.NewWords("mac", "mac address", "mac addr", "hwaddr", "hw addr", "ether", "ethernet", "bssid", "wifi", "wlan", "bluetooth", "bt", "lladdr", "physical address", "physische adresse", "adresse mac", "station", "device", "client mac"),
	)}
}

// Info implements detectors.Detector.
func (*Detector) Info() detectors.Info {
	return detectors.Info{
		Name:    "network",
		Version: 3,
		Kinds:   []detectors.Kind{detectors.IP, detectors.MAC, detectors.UserAgent, detectors.CookieID, detectors.URL, detectors.Credential},
		Finds:   "IP and MAC addresses, user agents, session and cookie identifiers, user names and passwords in URLs",
		Example: "203.0.113.7",
	}
}

var (
	labels = detectors.Bytes("/=:\"") // of products, cookies, URLs, IPv6 and most MAC addresses
	marks  = detectors.Bytes(".-")    // of the other MAC addresses
	dot    = detectors.Bytes(".")
)

// MayHold implements detectors.Glancer.
func (*Detector) MayHold(g *detectors.Glance) bool {
	switch {
	case g.Len < len("::1"):
		return false
	case g.Any(labels), g.Len >= len("0000.5e00.5301") && g.Any(marks):
		return true
	}
	return g.Len >= len("1.2.3.4") && g.Digits >= 4 && g.Any(dot)
}

// Detect implements detectors.Detector. It never fails.
func (d *Detector) Detect(p *detectors.Part, found func(detectors.Finding)) error {
	detectors.EachText(p, func(text []byte, tag *detectors.Tag) {
		s := scan{d: d, part: p, text: text, tag: tag, found: found, labels: textscan.NewReader(d.labels)}
		if tag == nil {
			s.ix = d.indexes.Of(p, text, nil)
			defer d.indexes.Done(s.ix)
		}
		d.words.Walk(text, func(i, word int) int {
			s.word(i, word)
			return max(i+1, s.wordsTo)
		})
		s.separators()
	})
	return nil
}

// scan is one look at one text.
type scan struct {
	d      *Detector
	part   *detectors.Part
	text   []byte
	tag    *detectors.Tag
	found  func(detectors.Finding)
	ix     *textscan.Index // of running text, and of fields that may hold an address
	labels textscan.Reader // words before addresses
	said   label           // the last one

	agents   []int // where user agents begin
	wordsTo  int   // user agents, cookies and URLs are told up to here
	colonsTo int   // colons up to here are decided
	dotsTo   int
	dottedTo int
	dashesTo int
}

// report gives text[start:end] as a finding of kind.
func (s *scan) report(kind detectors.Kind, start, end int, f detectors.Finding) {
	f.Kind, f.Start, f.End = kind, start, end
	if s.ix != nil {
		f.Value = s.ix.Copy(s.text[start:end])
	} else {
		f.Value = string(s.text[start:end])
	}
	if s.tag != nil {
		f.Tag, f.Start, f.End = s.tag.Name, 0, 0
	}
	if f.Canonical == f.Value {
		f.Canonical = ""
	}
	s.found(f)
	if kind == detectors.IP {
		s.agentsBeside(start, end)
	}
}

// label is what a finding says of the word before it.
type label struct{ before, word, why string }

// with is why, and that word stands before: many findings in a row say the same.
func (s *scan) with(why, word string) string {
	if l := &s.said; l.before != why || l.word != word {
		*l = label{before: why, word: word, why: why + "; '" + word + "' before"}
	}
	return s.said.why
}
