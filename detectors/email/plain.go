package email

import (
	"bytes"

	"habeas/detectors/textscan"
)

const (
	maxLocal  = 64  // RFC 5321, section 4.5.3.1.1, in bytes
	maxDomain = 253 // RFC 1035, section 2.3.4, without the last dot
	maxLabel  = 63
)

// inLocal are the bytes that a local part of ASCII is widened over, inDomain those
// of a domain and inLabel those of a name in one. The tables are never written.
var (
	inLocal  = table("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-'=&")
	inDomain = table("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-")
	inLabel  = table("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
)

func table(members string) (t [256]bool) {
	for _, b := range []byte(members) {
		t[b] = true
	}
	return t
}

// mayBe is the cheap first look at the "@" at text[at].
func mayBe(text []byte, at int) bool {
	if at == 0 || at+1 >= len(text) {
		return false
	}
	before, after := text[at-1], text[at+1]
	return (inLocal[before] || before >= 0x80 || before == '"') && textscan.ClassOf[after]&textscan.Word != 0
}

// plain decides about the "@" at text[at] by ASCII alone. What stands before
// from belongs to another address.
func (d *Detector) plain(text []byte, from, at int) (candidate, verdict) {
	end, dom := domainOf(text, at+1)
	switch dom {
	case beyondASCII, noDomain:
		if c, v := d.bankHandle(text, from, at); v == yes || dom == noDomain {
			return c, v
		}
		return candidate{}, askOdd
	}
	start := at
	for start > from && inLocal[text[start-1]] && at-start <= maxLocal+16 {
		start--
	}
	if start == at && text[at-1] == '"' || start > from && text[start-1] >= 0x80 && textscan.LetterBefore(text, start) {
		return candidate{}, askOdd
	}
	start = trimLocal(text, start, at)
	if start >= at || at-start > maxLocal || text[at-1] == '.' {
		return candidate{}, no
	}
	c := candidate{start: start, at: at, end: end}
	return c, d.judge(text, &c, dom)
}

// domain says how the name after an "@" ends.
type domain int

const (
	noDomain    domain = iota
	public             // in a name of the root zone
	shortened          // the same, but more text touches it: "example.org.Next sentence"
	example            // in a name kept for tests and documentation
	private            // in a name of inner networks
	local              // "localhost"
	fileLike           // in a name of the root zone that is also an ending of files
	beyondASCII        // not in ASCII
)

// domainOf finds the longest domain at text[i:] that ends in a name which is
// known, and where it ends.
func domainOf(text []byte, i int) (end int, kind domain) {
	if text[i] >= 0x80 {
		return 0, beyondASCII
	}
	begin, label, labels := i, i, 0
	for {
		j := label
		if textscan.At(text, j, textscan.Alnum) {
			for stop := min(label+maxLabel+1, len(text)); j < stop && inLabel[text[j]]; j++ {
			}
		}
		if j < len(text) && text[j] >= 0x80 {
			if !textscan.NoBlanksAt(text, j) && textscan.LetterAt(text, j) {
				return 0, beyondASCII
			}
			if j == label && kind == noDomain && textscan.LetterAt(text, j) {
				return 0, beyondASCII
			}
		}
		n := j - label
		if n == 0 || n > maxLabel || j-begin > maxDomain {
			break
		}
		for j > label && text[j-1] == '-' {
			j-- // markup or a dash of the sentence, never a part of a name
		}
		if labels > 0 {
			name := text[label:j]
			reserved := textscan.Reserved(name)
			switch {
			case textscan.TLD(name):
				end, kind = j, public
				if labels == 1 && isFileLike(name) {
					kind = fileLike
				}
			case reserved == "example":
				end, kind = j, example
			case reserved == "private":
				end, kind = j, private
			case kind == public || kind == fileLike:
				kind = shortened
			case j == label+n:
				// "example.comPhone": the tags between were lost.
				if k := camelEnd(name); k > 0 && textscan.TLD(name[:k]) {
					end, kind = label+k, shortened
				}
			}
		} else if textscan.HasFold(text, label, "localhost") && j-label == 9 {
			end, kind = j, local
		}
		labels++
		if j >= len(text) || text[j] != '.' {
			if j < len(text) && text[j] >= 0x80 && kind == noDomain {
				return 0, beyondASCII
			}
			break
		}
		label = j + 1
	}
	return end, kind
}

// camelEnd is where lower-case letters at the start of name meet a capital, or 0.
func camelEnd(name []byte) int {
	k := textscan.SpanRight(name, 0, len(name), textscan.Lower)
	if k >= 2 && textscan.At(name, k, textscan.Upper) {
		return k
	}
	return 0
}

// isFileLike reports whether name, a top-level domain, is at least as common as
// an ending of files or the name of a method.
func isFileLike(name []byte) bool {
	var buf [8]byte
	if len(name) > len(buf) {
		return false
	}
	for i, b := range name {
		buf[i] = textscan.Fold(b)
	}
	switch string(buf[:len(name)]) {
	case "zip", "mov", "md", "rs", "sh", "so", "py", "pl", "ps", "ai", "cc", "app", "cab", "target", "mm", "ml", "name", "id", "map", "call", "data", "java":
		return true
	}
	return false
}

// trimLocal moves start to where the local part begins: past the marks of
// markup, escapes, parameters and prefixes that touch it.
func trimLocal(text []byte, start, at int) int {
	if marked(text[start:at]) {
		start = behindMarks(text, start, at)
	}
	if start > 0 && text[start-1] == '\\' && start < at {
		switch text[start] {
		case 'n', 'r', 't', 'f', 'b', 'v':
			start++
		case 'u', 'x':
			start = textscan.SpanRight(text, start+1, 4, textscan.Hex)
		}
	}
	for start < at && !textscan.Is(text[start], textscan.Alnum) && bytes.IndexByte([]byte(".-+'%=&"), text[start]) >= 0 {
		start++
	}
	if start+2 < at && text[start+1] == '\'' && bytes.IndexByte([]byte("lLjJnNmMtTsScC"), text[start]) >= 0 {
		start += 2 // French elision: "l'anna@..."
	}
	for start < at && text[start] == '_' && closesMarkup(text, at) {
		start++
	}
	return start
}

// marked reports whether a local part may hold marks that an address begins behind.
func marked(local []byte) bool {
	for i, b := range local {
		switch {
		case textscan.Is(b, textscan.Alnum): // nearly always
		case b == '=' || b == '&' || b == '%', b == '.' && i > 0 && local[i-1] == '.':
			return true
		}
	}
	return false
}

// behindMarks is where the local part begins behind those marks.
func behindMarks(text []byte, start, at int) int {
	local := text[start:at]
	// "user=a@b" in a query or a log: the value only. "bounce+a=b@c" is one address.
	if i := bytes.LastIndexAny(local, "=&"); i >= 0 && bytes.IndexByte(local[:i], '+') < 0 {
		start += i + 1
	}
	if i := bytes.LastIndex(text[start:at], []byte("..")); i >= 0 {
		start += i + 2
	}
	// "%3Ca@b": an escape before the address.
	for i := at - 3; i >= start; i-- {
		if text[i] == '%' && textscan.At(text, i+1, textscan.Hex) && textscan.At(text, i+2, textscan.Hex) {
			return i + 3
		}
	}
	return start
}

// closesMarkup reports whether the token of the "@" is closed by an underscore,
// so that the one before it is emphasis and no part of a name.
func closesMarkup(text []byte, at int) bool {
	j := at + 1
	for j < len(text) && inDomain[text[j]] {
		j++
	}
	return textscan.Byte(text, j) == '_'
}

// judge looks at what stands around a well-formed address and fills in c.
func (d *Detector) judge(text []byte, c *candidate, dom domain) verdict {
	if d.isNoAddress(text, c) {
		return no
	}
	if atIsScale(text, c.at) && bytes.Count(text[c.at+1:c.end], []byte(".")) == 1 {
		return no
	}
	switch c.rule, c.confidence, c.why = "address", 0.9, "known top-level domain"; dom {
	case shortened:
		c.confidence, c.why = 0.7, "known top-level domain, more text touches it"
	case private:
		c.rule, c.confidence, c.why = "inner-domain", 0.6, "domain of an inner network"
	case local:
		// "root@localhost" names an account of whatever machine it is read on.
		if _, ok := d.labels.Touching(text, c.start); !ok {
			return no
		}
		c.why, c.dummy = "the machine itself as domain, which no mail leaves", true
	case example:
		c.why, c.dummy = "top-level domain kept for tests and documentation", true
	case fileLike:
		c.confidence, c.why = 0.6, "known top-level domain that is also an ending of files or a name in programs"
		if lo, hi := textscan.Line(text, c.at, 200); !enclosed(text, c) && textscan.CodeLike(text[lo:hi]) {
			c.confidence = 0.35
		}
	}
	if isExampleDomain(text[c.at+1 : c.end]) {
		c.why, c.dummy = "domain kept for documentation", true
	}
	if isRole(text[c.start:c.at]) {
		c.rule, c.why = "role-address", "names a function, not a person; "+c.why
		c.confidence = min(c.confidence, 0.6)
	}
	if textscan.Byte(text, c.end) == '@' {
		c.confidence = min(c.confidence, 0.5)
	}
	if _, ok := d.shell.Touching(text, c.start); ok {
		c.confidence = 0.3
		c.why += "; a login for a remote shell"
	}
	if c.confidence < 0.4 {
		return no
	}
	return yes
}

// enclosed reports whether c fills a pair of angles or of quotes.
func enclosed(text []byte, c *candidate) bool {
	switch before, next := textscan.Byte(text, c.start-1), textscan.Byte(text, c.end); before {
	case '<':
		return next == '>'
	case '"', '\'':
		return next == before
	}
	return false
}

// isNoAddress knows what has the form of an address and is none: the user of a
// URL, a remote of git or scp, a handle, a call, an identifier of a message.
func (d *Detector) isNoAddress(text []byte, c *candidate) bool {
	local, dom := text[c.start:c.at], text[c.at+1:c.end]
	before, next := textscan.Byte(text, c.start-1), textscan.Byte(text, c.end)
	switch {
	case before == '@', next == '(' && isCall(text, c):
		return true
	case before == '/' && textscan.Byte(text, c.start-2) == '/' && (textscan.Byte(text, c.start-3) == ':' || next == '/'):
		return true // not behind the mark of a comment
	case before == ':' && passwordOfURL(text, c.start-1):
		return true
	case next == ':' && (textscan.Byte(text, c.end+1) == '/' || textscan.Byte(text, c.end+1) == '~'):
		return true
	case (next == ':' || next == '/' || next == '.') && isLogin(local):
		return true
	case isKeyword(local) || versionFirst(dom):
		return true
	}
	if next == '>' || next == '\r' || next == '\n' || next == 0 || next == ' ' {
		if _, ok := d.messageID.Touching(text, c.start); ok {
			return true
		}
	}
	return false
}

// isCall reports whether the parenthesis after c is that of a call and not one of
// a remark: "a@b.name()", "x = a@b.to(y);".
func isCall(text []byte, c *candidate) bool {
	dot := bytes.LastIndexByte(text[:c.end], '.')
	if textscan.Byte(text, c.end+1) == ')' || isFileLike(text[dot+1:c.end]) {
		return true
	}
	lo, hi := textscan.Line(text, c.at, 200)
	return textscan.CodeLike(text[lo:hi])
}

// passwordOfURL reports whether the colon at text[i] parts user and password
// after "://".
func passwordOfURL(text []byte, i int) bool {
	for stop := max(i-128, 2); i > stop; i-- {
		switch b := text[i]; {
		case b == '/' && text[i-1] == '/' && text[i-2] == ':':
			return true
		case b <= ' ' || b == '/' || b == '?' || b == '"' || b == '<' || b == '>':
			return false
		}
	}
	return false
}

// isLogin reports whether local is, or ends in, the login of a forge for code.
func isLogin(local []byte) bool {
	return oneOf(local[bytes.LastIndexByte(local, '.')+1:], logins)
}

func isKeyword(local []byte) bool { return oneOf(local, keywords) }

// isRole reports whether a local part names a function that nobody is.
func isRole(local []byte) bool { return oneOf(local, roles) }

var (
	logins   = []string{"git", "svn", "hg", "gitea", "gitlab", "forgejo"}
	keywords = []string{"this", "super", "return", "break", "continue"} // Kotlin: this@Outer.name
	roles    = []string{"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster", "hostmaster", "abuse", "webmaster", "bounce", "bounces", "notifications", "newsletter"}
)

func oneOf(b []byte, list []string) bool {
	for _, s := range list {
		if len(b) == len(s) && textscan.HasFold(b, 0, s) {
			return true
		}
	}
	return false
}

// versionFirst reports whether a domain begins like a version: "v2.14.x", "1.0".
func versionFirst(dom []byte) bool {
	i := 0
	if len(dom) > 0 && (dom[0] == 'v' || dom[0] == 'V') {
		i++
	}
	j := textscan.SpanRight(dom, i, len(dom), textscan.Digit)
	return j > i && j+1 < len(dom) && dom[j] == '.' && textscan.Is(dom[j+1], textscan.Digit)
}

// atIsScale reports whether the "@" belongs to a picture for dense screens:
// "icon@2x.zip", "icon@1.5x.mov".
func atIsScale(text []byte, at int) bool {
	i := textscan.SpanRight(text, at+1, 3, textscan.Digit)
	return i > at+1 && (textscan.Byte(text, i) == 'x' || textscan.Byte(text, i) == 'X') && textscan.Byte(text, i+1) == '.'
}

// isExampleDomain reports whether dom is, or is below, a domain of RFC 2606,
// section 3, or one of its usual kin.
func isExampleDomain(dom []byte) bool {
	n := len(dom) - len("example.org")
	if n < 0 || n > 0 && dom[n-1] != '.' || !textscan.HasFold(dom, n, "example.") {
		return false
	}
	n += len("example.")
	return textscan.HasFold(dom, n, "org") || textscan.HasFold(dom, n, "com") || textscan.HasFold(dom, n, "net") || textscan.HasFold(dom, n, "edu")
}

// bankHandle decides about addresses for payments in India (UPI), which have a
// handle of the bank in place of a domain. They name a person as a mailbox does.
func (d *Detector) bankHandle(text []byte, from, at int) (candidate, verdict) {
	if at-from < 3 || !inLocal[text[at-2]] || !inLocal[text[at-3]] {
		return candidate{}, no
	}
	end := textscan.SpanRight(text, at+1, 16, textscan.Letter)
	if end-at < 4 || !oneOf(text[at+1:end], upiHandles) || textscan.WordAfter(text, end) || textscan.Byte(text, end) == '.' && textscan.At(text, end+1, textscan.Alnum) {
		return candidate{}, no
	}
	start := at
	for start > from && inLocal[text[start-1]] && at-start <= maxLocal {
		start--
	}
	start = trimLocal(text, start, at)
	if at-start < 3 || at-start > maxLocal || start > 0 && (textscan.WordBefore(text, start) || text[start-1] == '/' || text[start-1] == '@') {
		return candidate{}, no
	}
	return candidate{start: start, at: at, end: end, rule: "upi", confidence: 0.7, why: "payment address with the handle of a bank (UPI)"}, yes
}

// upiHandles are handles of the larger apps and banks, as NPCI lists them.
var upiHandles = []string{"oksbi", "okaxis", "okicici", "okhdfcbank", "ybl", "ibl", "axl", "paytm", "apl", "yapl", "rapl", "upi", "ptyes", "ptsbi", "ptaxis", "pthdfc",
	"waicici", "waaxis", "wahdfcbank", "wasbi", "icici", "hdfcbank", "axisbank", "sbi", "kotak", "airtel", "freecharge", "jupiteraxis", "fam", "slice", "barodampay", "indus", "federal", "pnb", "cnrb", "boi", "unionbank", "rbl", "idfcbank", "yesbank", "dbs", "hsbc"}
