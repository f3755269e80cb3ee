package mail

import "strings"

// maxParties of one field.
const maxParties = 20_000

// parties are the mailboxes of an address field (RFC 5322, section 3.4), each as
// "Name <address>" or the half of it that is there, encoded words decoded. What
// breaks the rules is read as far as it can be: nothing in the field is lost.
func parties(s, charset string) (out []string) {
	// Delivery reports say what kind of address follows (RFC 3464, section 2.3.1).
	if kind, rest, ok := strings.Cut(s, ";"); ok && strings.EqualFold(strings.TrimSpace(kind), "rfc822") {
		s = rest
	}
	for len(s) > 0 && len(out) < maxParties {
		one, rest := firstParty(s)
		s = rest
		if p := party(one, charset); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// firstParty cuts s behind the first mailbox: at a comma or a semicolon outside
// of quotes, comments and angles. The name of a group, which ends in a colon,
// names nobody and is left out.
func firstParty(s string) (one, rest string) {
	depth, angle := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case depth > 0:
			if c == '(' {
				depth++
			} else if c == ')' {
				depth--
			}
		case c == '"':
			if n := quoted(s[i:]); n > 0 {
				i += n - 1
			}
		case c == '(' && strings.IndexByte(s[i:], ')') > 0:
			depth = 1
		case c == '<':
			angle = strings.IndexByte(s[i:], '>') > 0
		case c == '>':
			angle = false
		case angle:
		case c == ',' || c == ';':
			return s[:i], s[i+1:]
		case c == ':' && !strings.ContainsAny(s[:i], "<@="): // the name of a group
			return "", s[i+1:]
		}
	}
	return s, ""
}

// quoted is the length of the quoted string that s begins with, 0 if it does
// not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return 0
}

// party writes one mailbox anew.
func party(s, charset string) string {
	s = strings.TrimSpace(s)
	addr := ""
	if open := strings.LastIndexByte(s, '<'); open >= 0 {
		inner, after, _ := strings.Cut(s[open+1:], ">")
		addr = strings.TrimSpace(inner)
		s = strings.TrimSpace(s[:open] + " " + after)
		if i := strings.LastIndexByte(addr, ':'); i >= 0 && strings.HasPrefix(addr, "@") {
			addr = addr[i+1:] // a source route, section 4.4
		}
		addr = strings.TrimPrefix(addr, "mailto:")
	}
	plain, comment := comments(s)
	name := decodeWords(unquote(plain), charset)
	if addr == "" && strings.ContainsRune(name, '@') && !strings.ContainsAny(strings.TrimSpace(name), " \t") {
		addr, name = strings.TrimSpace(name), ""
	}
	if strings.TrimSpace(name) == "" {
		name = decodeWords(comment, charset)
	}
	name, addr = tidy(name), tidy(addr)
	switch {
	case addr == "" || strings.EqualFold(name, addr):
		return name
	case name == "":
		return addr
	}
	return name + " <" + addr + ">"
}

// comments takes what stands in parentheses out of s (section 3.2.2).
func comments(s string) (plain, comment string) {
	if strings.IndexByte(s, '(') < 0 {
		return s, ""
	}
	var p, c strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			n := max(quoted(s[i:]), 1)
			p.WriteString(s[i : i+n])
			i += n - 1
		case s[i] == '(':
			end := strings.IndexByte(s[i:], ')')
			if end < 0 {
				p.WriteString(s[i:])
				return p.String(), c.String()
			}
			if c.Len() > 0 {
				c.WriteByte(' ')
			}
			c.WriteString(strings.Trim(s[i:i+end], "()"))
			i += end
		default:
			p.WriteByte(s[i])
		}
	}
	return p.String(), c.String()
}

// unquote takes the quotes of quoted strings away, and the backslashes in them.
func unquote(s string) string {
	if strings.IndexByte(s, '"') < 0 && strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] != '"':
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// tidy makes one line of a name: no blanks around it or doubled, no controls,
// nor the quotes that some programs put into encoded words.
func tidy(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 1 && (s[0] == '\'' && s[len(s)-1] == '\'' || s[0] == '"' && s[len(s)-1] == '"') {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return s
}
