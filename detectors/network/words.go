package network

import (
	"bytes"
	"strings"

	"habeas/detectors"
	"habeas/detectors/textscan"
)

// An anchor is a word from which a value is looked for, and how.
type anchor struct {
	word string
	look look
}

type look uint8

const (
	agentHere   look = iota // a user agent begins here
	agentOpera              // the same, from the end of "Opera/"
	agentAfter              // its name stands here
	agentShort              // the same, by a name of two letters
	agentOption             // the option of a command stands here
	agentAround             // a part of one that is seldom its first
	agentOfLog              // the fields of a log meet here
	userInfo
	cookie
)

// anchorList is in the order of the finder's words. It is never written.
var anchorList = []anchor{
	// Words are cut so that they begin with letters that seldom stand together:
	// a finder stops at every place where the first three do.
	{"mozilla/", agentHere}, {"era/", agentOpera}, {"dalvik/", agentHere},
	{"-agent", agentAfter}, {"_agent", agentAfter}, {"ragent", agentAfter}, {"\"ua\"", agentAfter}, {"ua=", agentShort}, {"ua: ", agentShort}, {" -a \"", agentOption}, {" -a '", agentOption}, {" -u \"", agentOption}, {" -u '", agentOption},
	{"\" \"", agentOfLog},
	{"profile/midp", agentAround}, {"cfnetwork/", agentAround}, {"applewebkit/", agentAround}, {"ucbrowser", agentAround}, {"ucweb", agentAround},
	{"://", userInfo},
	{"session", cookie}, {"sessid", cookie}, {"sid=", cookie}, {"ct.sid", cookie},
	{"cookie_id", cookie}, {"cookieid", cookie}, {"cookie-id", cookie}, {"visitor_id", cookie}, {"visitorid", cookie},
	{"_ga", cookie}, {"_gid", cookie}, {"_fbp", cookie}, {"_fbc", cookie}, {"_gcl_au", cookie}, {"__utma", cookie}, {"_hjid", cookie},
}

func anchors() (words []string) {
	for _, a := range anchorList {
		words = append(words, a.word)
	}
	return words
}

func (s *scan) word(i, k int) {
	if i < s.wordsTo {
		return
	}
	// A call through a table of methods would move s to the heap.
	switch a := &anchorList[k]; a.look {
	case agentHere:
		s.agentHere(i, len(a.word))
	case agentOpera:
		if textscan.HasFold(s.text, i-2, "op") {
			s.agentHere(i-2, len(a.word)+2)
		}
	case agentAfter:
		s.agentAfter(i, len(a.word))
	case agentShort:
		s.agentShort(i, len(a.word))
	case agentOption:
		s.agentOption(i, len(a.word))
	case agentAround:
		s.agentAround(i)
	case agentOfLog:
		s.agentOfLog(i, len(a.word))
	case userInfo:
		s.userInfo(i, len(a.word))
	case cookie:
		s.cookie(i, len(a.word))
	}
}

const maxAgent = 1024 // bytes; longer ones are cut by servers

// agentHere looks at a user agent that begins at text[i] with a known product.
func (s *scan) agentHere(i, length int) {
	if textscan.WordBefore(s.text, i) && !s.escaped(i) || textscan.Byte(s.text, i-1) == '/' || !textscan.At(s.text, i+length, textscan.Digit) {
		return
	}
	before := textscan.Byte(s.text, i-1)
	var end int
	switch {
	case before == '"' || before == '\'' || before == '`':
		end = s.closed(i, before)
	case before == '\t' || before == 0 || before == '\n' || before == '|' || before == '=' || before == ',' || before == ';' || before == '>' || s.escaped(i):
		end = s.field(i, before)
	default:
		end = s.products(i)
	}
	s.agent(i, end, "begins as those of browsers do", 0.9)
}

// agentAfter looks at what a name such as "User-Agent" labels.
func (s *scan) agentAfter(i, length int) {
	j := i + length
	if b := s.text[i]; b != '"' {
		// "-agent", "_agent", "ragent": of "user" before.
		user := i - 4
		if textscan.Fold(b) == 'r' {
			user++
		}
		if !textscan.HasFold(s.text, user, "user") {
			return
		}
	}
	if j = s.behindName(j); j < 0 {
		return
	}
	if textscan.Byte(s.text, j) == '\\' {
		j++
	}
	quote := textscan.Byte(s.text, j)
	var end int
	if quote == '"' || quote == '\'' || quote == '`' {
		j++
		end = s.closed(j, quote)
	} else {
		end = s.field(j, 0)
	}
	if value := s.text[j:end]; !productFirst(value) && !hasProduct(value) && !named(value) {
		return // "User-agent: *" of robots.txt, "User-Agent: string" of documentation
	}
	s.agent(j, end, "labelled as user agent", 0.95)
}

// behindName is where the value begins behind a name that ends at j, or -1: behind
// a colon, an equals sign or the comma of a call, also where the name stands in
// quotes, brackets or the "cs(...)" of W3C logs, or behind a blank and a quote,
// where it is the option of a command ("--user-agent").
func (s *scan) behindName(j int) int {
	j = textscan.SpanRight(s.text, j, 1, textscan.Lower) // "User-Agents"
	if textscan.Byte(s.text, j) == '\\' {
		j++
	}
	quoted := false
	if b := textscan.Byte(s.text, j); b == '"' || b == '\'' {
		j, quoted = j+1, true
	}
	if b := textscan.Byte(s.text, j); b == ')' || b == ']' {
		j++
	}
	k := skip(s.text, j, " \t")
	switch b := textscan.Byte(s.text, k); {
	case b == ':' || b == '=' || b == ',' && quoted:
		return skip(s.text, k+1, " \t>[")
	case (b == '"' || b == '\'') && k > j && !quoted:
		return k
	}
	return -1
}

// agentShort looks at what the name "ua" labels.
func (s *scan) agentShort(i, length int) {
	if textscan.WordBefore(s.text, i) {
		return
	}
	j := i + length
	quote := textscan.Byte(s.text, j)
	end := 0
	if quote == '"' || quote == '\'' {
		j++
		end = s.closed(j, quote)
	} else {
		end = s.field(j, 0)
	}
	if value := s.text[j:end]; productFirst(value) || named(value) {
		s.agent(j, end, "labelled as user agent", 0.95)
	}
}

// agentOption looks at what the option before text[i+length] hands to a command:
// curl -A "curl/8.5.0".
func (s *scan) agentOption(i, length int) {
	command := "curl"
	if textscan.Fold(s.text[i+2]) == 'u' {
		command = "wget"
	}
	lo := max(i-400, 0)
	lo += bytes.LastIndexByte(s.text[lo:i], '\n') + 1
	if !bytes.Contains(s.text[lo:i], []byte(command)) {
		return
	}
	j := i + length
	end := s.closed(j, s.text[j-1])
	if value := s.text[j:end]; productFirst(value) || named(value) {
		s.agent(j, end, "handed to a command as its user agent", 0.9)
	}
}

// agentAround looks at the field that text[i] stands in, for a user agent that
// begins with the name of a device or an app.
func (s *scan) agentAround(i int) {
	start := i
	for start > s.wordsTo && i-start < 400 && bytes.IndexByte([]byte("\t\"\n\r|=<>`"), s.text[start-1]) < 0 {
		start--
	}
	if start < i && !productFirst(s.text[start:i]) && start > 0 {
		return
	}
	end := s.field(start, textscan.Byte(s.text, start-1))
	if productFirst(s.text[start:end]) {
		s.agent(start, end, "has the parts of a user agent", 0.85)
	}
}

// agentOfLog looks at the last field of the combined log format, after the
// referrer: `"GET / HTTP/1.1" 200 5 "-" "curl/8.5.0"`.
func (s *scan) agentOfLog(i, length int) {
	start := i + length
	if !textscan.At(s.text, start, textscan.Letter) {
		return
	}
	end := s.closed(start, '"')
	if !productFirst(s.text[start:end]) || textscan.Byte(s.text, end) != '"' {
		return
	}
	lo := max(i-2048, 0)
	lo += lineEnds.LastIndex(s.text[lo:i]) + 1
	if bytes.Contains(s.text[lo:i], []byte(" HTTP/")) {
		s.agent(start, end, "last field of a web server's log", 0.9)
	}
}

var lineEnds = textscan.NewSet("\n\r", false)

func (s *scan) agent(start, end int, why string, confidence float64) {
	for end > start && (s.text[end-1] == ' ' || s.text[end-1] == '\r') {
		end--
	}
	if end-start < 8 {
		return
	}
	s.wordsTo = max(s.wordsTo, end)
	s.agents = append(s.agents, start)
	if end-start > maxAgent {
		return
	}
	f := detectors.Finding{Rule: "user-agent", Confidence: confidence, Why: why}
	if !bytes.ContainsRune(s.text[start:end], '(') {
		// "curl/8.5.0", "Mozilla/5.0" alone: says nothing of a device.
		f.Rule, f.Confidence = "user-agent-short", 0.5
	}
	s.report(detectors.UserAgent, start, end, f)
}

// closed is the place of quote after i, or of the end of the line. A backslash
// before the quote is part of it, where the whole stands in a quoted string.
func (s *scan) closed(i int, quote byte) int {
	stop := min(i+maxAgent+1, len(s.text))
	ends := &quoteEnds[0]
	switch quote {
	case '\'':
		ends = &quoteEnds[1]
	case '`':
		ends = &quoteEnds[2]
	}
	for j := i; j < stop; j++ {
		if j += (*ends).Index(s.text[j:stop]); j < stop && (s.text[j] != '\\' || textscan.Byte(s.text, j+1) == quote) {
			return j
		}
	}
	return stop
}

// quoteEnds are the bytes at which a quoted string may end, by its quote.
var quoteEnds = [...]*textscan.Set{textscan.NewSet("\"\n\r\x00\\", false), textscan.NewSet("'\n\r\x00\\", false), textscan.NewSet("`\n\r\x00\\", false)}

// field is the end of an unquoted field that began after sep: at the same
// separator outside parentheses, a quote, or the end of the line.
func (s *scan) field(i int, sep byte) int {
	depth := 0
	for j := i; j < len(s.text) && j-i <= maxAgent; j++ {
		switch b := s.text[j]; {
		case b == '\t' || b == '\n' || b == '\r' || b == '"' || b == '<' || b == '`' || b == 0 || b == '|':
			return j
		case b == '\\' && (textscan.Byte(s.text, j+1) == 'n' || textscan.Byte(s.text, j+1) == 'r' || textscan.Byte(s.text, j+1) == 't' || textscan.Byte(s.text, j+1) == '"'):
			return j
		case b == '(':
			depth++
		case b == ')':
			depth--
		case depth <= 0 && b == sep && (b == ',' || b == ';'):
			return j
		}
	}
	return min(i+maxAgent+1, len(s.text))
}

// products is the end of a user agent inside a sentence: products with versions,
// comments in parentheses, and the few bare words between them.
func (s *scan) products(i int) int {
	end := i
	for j := i; j < len(s.text) && j-i < maxAgent; {
		k := j
		if s.text[j] == '(' {
			for k < len(s.text) && s.text[k] != ')' && s.text[k] != '\n' && k-j < 400 {
				k++
			}
			if textscan.Byte(s.text, k) != ')' {
				break
			}
			k++
		} else {
			for k < len(s.text) && s.text[k] > ' ' && s.text[k] < 0x7f && bytes.IndexByte([]byte("\"'<>`,;|\\"), s.text[k]) < 0 {
				k++
			}
			token := bytes.TrimRight(s.text[j:k], ".")
			k = j + len(token)
			slash := bytes.IndexByte(token, '/')
			if slash < 1 && !bytes.Equal(token, []byte("Mobile")) && !bytes.Equal(token, []byte("Safari")) {
				break
			}
		}
		end = k
		if textscan.Byte(s.text, k) != ' ' {
			break
		}
		j = k + 1
	}
	return end
}

// productFirst reports whether b begins with "name/version".
func productFirst(b []byte) bool {
	slash := bytes.IndexByte(b[:min(len(b), 48)], '/')
	if slash < 2 || slash+1 >= len(b) || !textscan.Is(b[0], textscan.Letter) {
		return false
	}
	for _, c := range b[:slash] {
		if !inProduct[c] {
			return false
		}
	}
	return textscan.Is(b[slash+1], textscan.Alnum)
}

// inProduct are the bytes that the name of a product is made of.
var inProduct = func() (t [256]bool) {
	for b := range t {
		t[b] = textscan.Is(byte(b), textscan.Alnum) || strings.IndexByte(" -_.()", byte(b)) >= 0
	}
	return t
}()

// named reports whether b is a name with a version or a note in parentheses behind
// it: "Slackbot 1.0 (+https://example.org)".
func named(b []byte) bool {
	name, rest, ok := bytes.Cut(b, []byte(" "))
	return ok && len(name) > 2 && isName(name) && versionAndNote(rest)
}

// isName reports whether b may be the name of a product.
func isName(b []byte) bool {
	for _, c := range b {
		if !inProduct[c] {
			return false
		}
	}
	return len(b) <= 48 && textscan.Is(b[0], textscan.Letter)
}

// hasProduct reports whether b has "/" and a digit after a letter somewhere, as
// user agents have that begin in an unusual way.
func hasProduct(b []byte) bool {
	for i, c := range b {
		if c == '/' && textscan.At(b, i-1, textscan.Alnum) && textscan.At(b, i+1, textscan.Digit) && textscan.Is(b[0], textscan.Letter) {
			return true
		}
	}
	return false
}

func skip(text []byte, i int, what string) int {
	for i < len(text) && bytes.IndexByte([]byte(what), text[i]) >= 0 {
		i++
	}
	return i
}

// userInfo looks at "scheme://user:password@host" of which text[i] is the colon
// of the scheme.
func (s *scan) userInfo(i, length int) {
	t := s.text
	start := i
	for start > 0 && i-start < 16 && (textscan.Is(t[start-1], textscan.Alnum) || t[start-1] == '+' || t[start-1] == '-') {
		start--
	}
	for start < i && !textscan.Is(t[start], textscan.Letter) {
		start++
	}
	user, colon, at := i+length, -1, -1
	for j := user; j < len(t) && j-user < 256; j++ {
		switch b := t[j]; {
		case b == ':' && colon < 0:
			colon = j
		case b == '@':
			at = j // the last one: passwords may hold more
		case b <= ' ' || b >= 0x7f || bytes.IndexByte([]byte("/?#\"'<>`\\{}|^$*(),"), b) >= 0:
			j = len(t)
		}
	}
	if start == i || at <= user || colon > at {
		return
	}
	end := at + 1
	for end < len(t) && (textscan.Is(t[end], textscan.Alnum) || t[end] == '.' || t[end] == '-') {
		end++
	}
	for end > at && (t[end-1] == '.' || t[end-1] == '-') {
		end--
	}
	if end-at < 3 {
		return
	}
	s.wordsTo = end
	s.userInfoFound(start, user, colon, at, end)
}

func (s *scan) userInfoFound(start, user, colon, at, end int) {
	t := s.text
	name := t[user:at]
	if colon >= 0 {
		name = t[user:colon]
	}
	host := t[at+1 : end]
	f := detectors.Finding{Rule: "url-user", Confidence: 0.6, Why: "a user name before the host of a URL"}
	f.Dummy = bytes.HasSuffix(host, []byte("example.com")) || bytes.HasSuffix(host, []byte("example.org")) || bytes.HasSuffix(host, []byte("example.net")) || bytes.Equal(host, []byte("localhost"))
	switch {
	case colon < 0 && (isOneOf(name, "git", "svn", "hg", "anonymous", "ftp", "root", "user", "username", "www", "x-access-token") || textscan.Byte(t, at-1) == ':'):
		return
	case colon < 0:
		s.report(detectors.URL, start, end, f)
		return
	}
	secret := t[colon+1 : at]
	f.Rule, f.Confidence, f.Why = "url-password", 0.85, "a password before the host of a URL"
	switch {
	case len(secret) == 0:
		return
	case isOneOf(secret, "password", "pass", "passwd", "pwd", "secret", "xxx", "xxxx", "***", "****", "token", "changeme", "anonymous", "x-oauth-basic"):
		f.Dummy, f.Why = true, "a placeholder for a password before the host of a URL"
	}
	s.report(detectors.Credential, start, end, f)
}

func isOneOf(b []byte, list ...string) bool {
	for _, w := range list {
		if len(b) == len(w) && textscan.HasFold(b, 0, w) {
			return true
		}
	}
	return false
}

// cookie looks at the value of a session or of a tracking cookie whose name has
// text[i:i+length] in it: "PHPSESSID=...", `"session_id": "..."`, "_ga=GA1.2...".
func (s *scan) cookie(i, length int) {
	t := s.text
	start := i
	for start > 0 && i-start < 24 && inCookieName(t[start-1]) {
		start--
	}
	end := i + length
	for end < len(t) && end-i < 40 && inCookieName(t[end]) {
		end++
	}
	name := t[start:end]
	if t[end-1] == '=' {
		end--
		name = t[start:end]
	}
	rule := cookieRule(name)
	if rule == "" {
		return
	}
	if textscan.Byte(t, end) == '\\' {
		end++
	}
	if b := textscan.Byte(t, end); b == '"' || b == '\'' {
		end++
	}
	end = skip(t, end, " ")
	if b := textscan.Byte(t, end); b != '=' && b != ':' {
		return
	}
	end = skip(t, end+1, " ")
	if textscan.Byte(t, end) == '\\' {
		end++
	}
	if b := textscan.Byte(t, end); b == '"' || b == '\'' {
		end++
	}
	value := end
	for end < len(t) && end-value < 512 && (textscan.Is(t[end], textscan.Alnum) || bytes.IndexByte([]byte("-_.~%+/=:!*"), t[end]) >= 0) {
		end++
	}
	for end > value && bytes.IndexByte([]byte(".:=!*"), t[end-1]) >= 0 {
		end--
	}
	if textscan.Byte(t, end) == '(' || !random(t[value:end], rule) {
		return
	}
	s.wordsTo = end
	f := detectors.Finding{Rule: rule, Confidence: 0.8, Why: "the value of a session cookie, by its name"}
	if rule == "tracking-cookie" {
		f.Confidence, f.Why = 0.8, "the value of a cookie that knows a visitor again, by its name"
	}
	s.report(detectors.CookieID, value, end, f)
}

func inCookieName(b byte) bool {
	return textscan.Is(b, textscan.Alnum) || b == '_' || b == '-' || b == '.'
}

// cookieRule is the rule for a cookie or field of this name, or "".
func cookieRule(name []byte) string {
	for _, p := range []string{"_ga", "_gid", "_fbp", "_fbc", "_gcl_au", "__utma", "_hjid"} {
		if textscan.HasFold(name, 0, p) && (len(name) == len(p) || name[len(p)] == '_' || p == "_hjid") {
			return "tracking-cookie"
		}
	}
	switch {
	case isOneOf(name, "cookie_id", "cookieid", "cookie-id", "visitor_id", "visitorid"):
		return "tracking-cookie"
	case isOneOf(name, "sid", "connect.sid", "jsessionid", "phpsessid", "asp.net_sessionid", "session", "sessionid", "session_id", "session-id", "sess_id", "sessid", "laravel_session", "_session_id", "sessiontoken", "session_token", "session-token", "sessionkey", "session_key", "cfsessionid", "x-session-id", "usersession", "user_session", "ci_session"):
		return "session-cookie"
	case textscan.HasFold(name, 0, "aspsessionid"), len(name) > 8 && name[0] == '_' && textscan.HasFold(name, len(name)-8, "_session"):
		return "session-cookie"
	}
	return ""
}

// random reports whether a value looks drawn, not chosen: names of variables,
// words and small numbers are no identifiers.
func random(v []byte, rule string) bool {
	letters, digits, changes := 0, 0, 0
	var last textscan.Class
	for _, b := range v {
		c := textscan.ClassOf[b] & (textscan.Digit | textscan.Upper | textscan.Lower)
		if c == textscan.Digit {
			digits++
		} else if c != 0 {
			letters++
		}
		if c != 0 && last != 0 && c != last {
			changes++
		}
		last = c
	}
	if rule == "tracking-cookie" {
		return len(v) >= 10 && digits >= 6
	}
	return len(v) >= 12 && letters+digits >= 12 && (digits >= 3 && changes >= 3 || digits >= 16)
}
