// Package vobject reads contact cards (vCard 2.1, 3.0, 4.0: RFC 2426, RFC 6350) and
// calendars (iCalendar and vCalendar 1.0: RFC 5545), which share one form of
// lines. Lines are unfolded and decoded; each card, event, task and journal entry
// is a part of tags; pictures and files that stand in them are handed on.
//
// line.go reads lines and knows no property, value.go decodes values, card.go and
// calendar.go say what properties mean.
package vobject

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"habeas/scanner/media"
)

// NewCard gives the format of contact cards.
func NewCard() media.Format { return cards{} }

type cards struct{}

var _ media.Format = cards{}
var _ media.Describer = cards{}

// Name implements media.Format.
func (cards) Name() string { return "vcard" }

// Describe implements media.Describer.
func (cards) Describe() media.Description {
	return media.Description{
		Title: "Contact cards (VCF)",
		Types: "text/vcard",
		Reads: "every property of every card, vCard 2.1 to 4.0; embedded pictures, sounds and keys",
	}
}

// Match implements media.Format.
func (cards) Match(head []byte) bool { return begins(head, "BEGIN:VCARD") }

// begins reports whether the first line of a text is word, in any case and in any
// Unicode encoding.
func begins(head []byte, word string) bool {
	if len(head) > 1 && (head[0] >= 0xfe || head[0] == 0 || head[1] == 0) {
		switch cs, mark := media.TextCharset(head); cs {
		case media.UTF16LE, media.UTF16BE, media.UTF32LE, media.UTF32BE:
			head, _ = media.AppendWide(nil, head[mark:min(len(head), mark+256)], cs, false)
		}
	}
	head = bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n")
	return len(head) >= len(word) && strings.EqualFold(string(head[:len(word)]), word) &&
		(len(head) == len(word) || strings.IndexByte(" \t\r\n", head[len(word)]) >= 0)
}

// Walk implements media.Format.
func (cards) Walk(r io.ReaderAt, size int64, v media.Visitor) error {
	in, err := newLines(r, size, v)
	if err != nil {
		return err
	}
	w := cardWalk{in: in, v: v}
	return w.file()
}

type cardWalk struct {
	in    *lines
	v     media.Visitor
	n     int // cards so far
	card  object
	depth int // of cards in cards: the AGENT of vCard 2.1
	names []property
}

func (w *cardWalk) file() error {
	for {
		p, ok, err := w.in.next()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		switch {
		case p.name == "BEGIN" && strings.EqualFold(strings.TrimSpace(p.value), "VCARD"):
			if err := w.end(); err != nil {
				return err
			}
			w.n++
			w.card = object{in: w.in, group: "vCard", path: fmt.Sprintf("card[%d]", w.n)}
			w.depth++
			w.in.keep = false
		case p.name == "END" && strings.EqualFold(strings.TrimSpace(p.value), "VCARD"):
			if err := w.end(); err != nil {
				return err
			}
			w.depth = max(w.depth-1, 0)
		default:
			if err := w.property(&p); err != nil {
				return err
			}
		}
	}
	if w.depth > 0 {
		w.v.Problem(w.card.path, media.Truncated)
	}
	return w.end()
}

// end gives the card that is being read. What follows in a card around it keeps
// its path.
func (w *cardWalk) end() error {
	for i := range w.names {
		// N says in parts what FN, which must be there, says as a whole.
		if name := fullName(components(w.names[i].plain())); !w.says(name) {
			w.card.add("Name", name)
		}
	}
	w.names = nil
	return w.card.give(w.v)
}

// fullName puts N together (RFC 6350, section 6.2.2): family, given, additional
// names, prefixes, suffixes.
func fullName(c []string) string {
	c = append(c, "", "", "")
	return strings.Join(strings.Fields(strings.ReplaceAll(c[1]+" "+c[2]+" "+c[0], ",", " ")), " ")
}

// says reports whether a formatted name of the card has every word of name.
func (w *cardWalk) says(name string) bool {
	words := strings.Fields(name)
	for _, t := range w.card.tags {
		if t.Name == "FormattedName" && !slices.ContainsFunc(words, func(s string) bool { return !strings.Contains(t.Value, s) }) {
			return true
		}
	}
	return len(words) == 0
}

// cardTags are the names of tags for properties that hold a text.
var cardTags = map[string]string{
	"FN": "FormattedName", "NICKNAME": "Nickname", "SORT-STRING": "SortName", "BDAY": "Birthday", "ANNIVERSARY": "Anniversary",
	"DEATHDATE": "DateOfDeath", "BIRTHPLACE": "Birthplace", "DEATHPLACE": "Deathplace", "GENDER": "Gender", "LABEL": "Address", "TITLE": "JobTitle", "ROLE": "Role",
	"NOTE": "Note", "URL": "URL", "CATEGORIES": "Categories", "X-ASSISTANT": "Assistant", "X-MANAGER": "Manager", "X-SPOUSE": "Spouse",
	"X-ABRELATEDNAMES": "RelatedName", "X-EVOLUTION-SPOUSE": "Spouse", "X-EVOLUTION-MANAGER": "Manager", "X-EVOLUTION-ASSISTANT": "Assistant",
	"X-KADDRESSBOOK-X-SPOUSESNAME": "Spouse", "X-KADDRESSBOOK-X-MANAGERSNAME": "Manager", "X-KADDRESSBOOK-X-ASSISTANTSNAME": "Assistant",
	"X-PHONETIC-FIRST-NAME": "PhoneticFirstName", "X-PHONETIC-LAST-NAME": "PhoneticLastName", "X-EVOLUTION-ANNIVERSARY": "Anniversary", "X-MS-SPOUSE": "Spouse",
}

// property adds what a line says.
func (w *cardWalk) property(p *property) error {
	if w.card.held > maxHeld {
		if err := w.card.give(w.v); err != nil {
			return err
		}
	}
	c := &w.card
	if c.group == "" { // before any card
		c.in, c.group, c.path = w.in, "vCard", "card"
	}
	switch p.name {
	case "VERSION":
		w.in.keep = strings.HasPrefix(strings.TrimSpace(p.value), "2.")
	case "PRODID", "REV", "TZ", "MAILER", "CLASS", "PROFILE", "KIND", "UID", "CLIENTPIDMAP", "X-ABLABEL":
	case "N":
		if len(w.names) < maxParams {
			w.names = append(w.names, *p)
		}
	case "ORG":
		c.add("Organization", joined(components(p.plain())))
	case "ADR":
		c.add("Address", joined(components(p.plain())))
		c.add("Address", unescape(p.get("LABEL")))
		c.add("Geo", position(p.get("GEO")))
	case "GEO":
		c.add("Geo", position(p.plain()))
	case "EMAIL":
		c.add("Email", strings.Join(strings.Fields(address(p.text())), "")) // cards of 2.1 fold with a blank
	case "TEL":
		c.add("Telephone", address(p.text()))
	case "RELATED", "AGENT", "MEMBER":
		name := "RelatedName"
		if strings.Contains(p.value, ":") {
			name = "Related" // a URI
		}
		c.add(name, address(p.text()))
	case "PHOTO", "LOGO", "SOUND", "KEY":
		if b, ok := p.binary(); ok {
			return nested(w.v, c.path+"/"+strings.ToLower(p.name), b)
		}
		c.add(vocabulary(p.name)+"URL", p.text())
	default:
		name := cardTags[p.name]
		if name == "" {
			name = vocabulary(p.name)
		}
		c.add(name, strings.Trim(p.text(), "; "))
	}
	return nil
}

// joined puts the parts of an address on one line, as people write it.
func joined(parts []string) string {
	parts = slices.DeleteFunc(parts, func(s string) bool { return s == "" })
	return strings.Join(parts, ", ")
}
