package ole

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/encoding"

	"habeas/detectors"
	"habeas/scanner/media"
	"habeas/scanner/media/charset"
)

// message reads a message of Outlook ([MS-OXMSG]): its own properties, each
// recipient, each attachment. A message inside of a message is a storage of the
// same kind and is read when it is met.
func (w *walk) message(storage int, _ *entry, path string) error {
	m := w.properties(storage, path)
	page := charset.CodePage(m.number(0x3ffd))
	if m.number(0x3ffd) == 0 {
		page = charset.CodePage(m.number(0x3fde))
	}
	m.page = page
	if strings.HasPrefix(strings.ToUpper(m.text(0x001a)), "IPM.NOTE.SMIME") && !strings.Contains(strings.ToUpper(m.text(0x001a)), "MULTIPARTSIGNED") {
		w.v.Problem(path, media.Encrypted)
	}
	tags := m.parties()
	for _, i := range slices.Clone(w.c.entries[storage].children) {
		e := &w.c.entries[i]
		if e.kind != 1 || !strings.HasPrefix(e.name, "__recip_version1.0") {
			continue
		}
		w.done[i] = true
		r := w.properties(i, join(path, e.name))
		r.page = page
		tags = append(tags, r.recipient()...)
	}
	if err := w.tags(path, append(tags, m.others()...)); err != nil {
		return err
	}
	if err := w.bodies(m, path); err != nil {
		return err
	}
	n := 0
	for _, i := range slices.Clone(w.c.entries[storage].children) {
		if e := &w.c.entries[i]; e.kind == 1 && strings.HasPrefix(e.name, "__attach_version1.0") {
			w.done[i] = true
			n++
			if err := w.attachment(i, join(path, fmt.Sprintf("attachment[%d]", n)), page); err != nil {
				return err
			}
		}
	}
	for _, i := range w.c.entries[storage].children { // names of properties
		if e := &w.c.entries[i]; strings.HasPrefix(e.name, "__nameid_version1.0") {
			w.done[i] = true
		}
	}
	return nil
}

// bodies gives the text in each of its forms, and the header as it came.
func (w *walk) bodies(m *properties, path string) error {
	if s := m.text(0x1000); s != "" {
		if err := w.text(join(path, "body"), lines(s)); err != nil {
			return err
		}
	}
	html := m.values[0x1013]
	if m.kinds[0x1013] == 0x1f {
		html = []byte(m.text(0x1013))
	}
	if err := w.nested(join(path, "html"), html); err != nil {
		return err
	}
	if packed := m.values[0x1009]; len(packed) > 0 && len(html) == 0 && m.text(0x1000) == "" {
		if b, ok := unpackRTF(packed); ok {
			if err := w.nested(join(path, "rtf"), b); err != nil {
				return err
			}
		} else {
			w.v.Problem(join(path, "rtf"), media.Corrupt)
		}
	}
	if s := m.text(0x007d); s != "" {
		return w.text(join(path, "header"), lines(s))
	}
	return nil
}

// attachment gives one attachment: a file, or a message or an object that is a
// storage.
func (w *walk) attachment(storage int, path string, page encoding.Encoding) error {
	a := w.properties(storage, path)
	a.page = page
	name := ""
	for _, id := range [...]uint16{0x3707, 0x3704, 0x3001} {
		if name = strings.ToValidUTF8(tidy(a.text(id)), "\uFFFD"); name != "" {
			break
		}
	}
	if err := w.tags(path, a.others()); err != nil {
		return err
	}
	switch strings.ToLower(a.text(0x370e)) {
	case "application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime":
		w.v.Problem(path, media.Encrypted)
	}
	if e := w.c.find(storage, "__substg1.0_3701000D"); e != nil && e.kind == 1 {
		for i := range w.c.entries[storage].children {
			n := w.c.entries[storage].children[i]
			if &w.c.entries[n] == e && !w.done[n] {
				w.done[n] = true
				return w.storage(n, join(path, name), 1)
			}
		}
	}
	return w.nested(join(path, name), a.values[0x3701])
}

// properties are those of one storage, by number.
type properties struct {
	page   encoding.Encoding
	values map[uint16][]byte
	kinds  map[uint16]uint16
	order  []uint16
	fixed  map[uint16]uint32 // numbers
}

// properties reads them: one stream for each text, one for all numbers.
func (w *walk) properties(storage int, path string) *properties {
	p := &properties{page: charset.CodePage(1252), values: map[uint16][]byte{}, kinds: map[uint16]uint16{}, fixed: map[uint16]uint32{}}
	for _, i := range w.c.entries[storage].children {
		e := &w.c.entries[i]
		if e.kind != 2 {
			continue
		}
		if e.name == "__properties_version1.0" {
			w.done[i] = true
			p.numbers(w.content(e, join(path, e.name)))
			continue
		}
		hex, ok := strings.CutPrefix(e.name, "__substg1.0_")
		n, err := strconv.ParseUint(hex[:min(len(hex), 8)], 16, 32)
		if !ok || err != nil || len(p.order) >= maxProperties {
			continue
		}
		w.done[i] = true
		id, kind := uint16(n>>16), uint16(n)
		switch kind {
		case 0x1e, 0x1f, 0x102:
			if p.kinds[id] == 0x1f && kind == 0x1e {
				continue
			}
			if _, twice := p.values[id]; !twice {
				p.order = append(p.order, id)
			}
			p.values[id], p.kinds[id] = w.content(e, join(path, e.name)), kind
		case 0x101e, 0x101f: // a list: the elements have names of their own
			if len(hex) > 8 {
				p.order = append(p.order, id)
				p.values[id] = append(append(p.values[id], w.content(e, join(path, e.name))...), map[uint16]string{0x101e: "; ", 0x101f: ";\x00 \x00"}[kind]...)
				p.kinds[id] = kind & 0xff
			}
		}
	}
	return p
}

// numbers reads the stream of fixed properties, which begins with a header of
// 8, 24 or 32 bytes: entries of 16 bytes, told by their flags.
func (p *properties) numbers(b []byte) {
	for skip := len(b) % 16; skip <= 32 && skip < len(b); skip += 16 {
		if skip+16 <= len(b) && plausible(b[skip:]) {
			for b = b[skip:]; len(b) >= 16; b = b[16:] {
				if u16(b) == 3 {
					p.fixed[u16(b[2:])] = u32(b[8:])
				}
			}
			return
		}
	}
}

func plausible(b []byte) bool {
	switch u16(b) {
	case 2, 3, 4, 5, 0xb, 0xd, 0x14, 0x1e, 0x1f, 0x40, 0x48, 0x102:
		return u16(b[2:]) != 0 && u32(b[4:]) < 8
	}
	return false
}

func (p *properties) number(id uint16) int { return int(p.fixed[id]) }

func (p *properties) text(id uint16) string {
	switch p.kinds[id] {
	case 0x1f:
		return cutZero(utf16String(p.values[id]))
	case 0x1e:
		return decode(p.values[id], p.page, false)
	}
	return ""
}

// party joins a name and an address as mail does.
func party(name, address string) string {
	name, address = tidy(name), tidy(address)
	switch {
	case address == "" || strings.EqualFold(name, address) || strings.Trim(name, "'") == address:
		if address != "" {
			return address
		}
		return name
	case name == "":
		return address
	}
	return name + " <" + address + ">"
}

// first is the first of some texts that looks like an address of the Internet,
// else the first that is there: Exchange has names of its own.
func (p *properties) first(ids ...uint16) string {
	any := ""
	for _, id := range ids {
		s := p.text(id)
		if strings.Contains(s, "@") {
			return s
		}
		if any == "" && !strings.HasPrefix(s, "/") {
			any = s
		}
	}
	return any
}

// parties are sender and, where there is another, who is represented.
func (p *properties) parties() (tags []detectors.Tag) {
	sender := party(p.text(0x0c1a), p.first(0x5d01, 0x0c1f))
	from := party(p.text(0x0042), p.first(0x5d02, 0x0065))
	if from == "" {
		from, sender = sender, ""
	}
	for _, f := range [...]struct{ name, value string }{
		{"From", from}, {"Sender", sender}, {"ReplyTo", p.text(0x0050)},
		{"Subject", p.text(0x0037)}, {"MessageID", p.text(0x1035)}, {"InReplyTo", p.text(0x1042)},
	} {
		if s := tidy(f.value); s != "" && (f.name != "Sender" || s != from) {
			tags = append(tags, detectors.Tag{Group: "Mail", Name: f.name, Value: s})
		}
	}
	return tags
}

// recipient is one that the message went to.
func (p *properties) recipient() []detectors.Tag {
	s := party(p.first(0x3001, 0x5ff6), p.first(0x39fe, 0x3003))
	if s == "" {
		return nil
	}
	name := "To"
	switch p.number(0x0c15) & 0xf {
	case 0:
		name = "Sender"
	case 2:
		name = "Cc"
	case 3:
		name = "Bcc"
	}
	return []detectors.Tag{{Group: "Mail", Name: name, Value: s}}
}

// told are properties that have been told otherwise, or are none of words.
var told = map[uint16]bool{
	0x0037: true, 0x003d: true, 0x0042: true, 0x0050: true, 0x0065: true, 0x0070: true, 0x007d: true, 0x0c1a: true, 0x0c1f: true, 0x1000: true, 0x1009: true,
	0x1013: true, 0x1035: true, 0x1042: true, 0x0e1d: true, 0x001a: true, 0x5d01: true, 0x5d02: true, 0x0064: true, 0x0c1e: true, 0x3002: true, 0x3701: true,
}

// fieldNames are properties of contacts, appointments and attachments.
var fieldNames = map[uint16]string{
	0x0e02: "DisplayBcc", 0x0e03: "DisplayCc", 0x0e04: "DisplayTo", 0x0040: "ReceivedBy", 0x0076: "ReceivedByAddress", 0x0078: "ReceivedRepresentingAddress", 0x0044: "ReceivedRepresenting",
	0x3001: "DisplayName", 0x3003: "EmailAddress", 0x39fe: "EmailAddress", 0x3704: "FileName", 0x3707: "FileName", 0x370e: "MIMEType",
	0x3a02: "CallbackTelephone", 0x3a06: "GivenName", 0x3a08: "BusinessTelephone", 0x3a09: "HomeTelephone", 0x3a11: "Surname", 0x3a15: "PostalAddress",
	0x3a16: "Company", 0x3a17: "JobTitle", 0x3a18: "Department", 0x3a19: "Office", 0x3a1a: "PrimaryTelephone", 0x3a1b: "Business2Telephone", 0x3a1c: "MobileTelephone",
	0x3a1d: "RadioTelephone", 0x3a1e: "CarTelephone", 0x3a1f: "OtherTelephone", 0x3a21: "Pager", 0x3a23: "PrimaryFax", 0x3a24: "BusinessFax", 0x3a25: "HomeFax",
	0x3a27: "City", 0x3a28: "State", 0x3a29: "Street", 0x3a2a: "PostalCode", 0x3a26: "Country", 0x3a2f: "Home2Telephone", 0x3a2e: "AssistantTelephone", 0x3a30: "Assistant",
	0x3a44: "MiddleName", 0x3a48: "SpouseName", 0x3a4e: "Manager", 0x3a4f: "Nickname", 0x3ff8: "CreatorName", 0x3ffa: "LastModifiedBy", 0x4022: "CreatorAddress", 0x4023: "LastModifierAddress",
	0x4038: "CreatorName", 0x4039: "LastModifiedBy", 0x403e: "OriginalAuthor", 0x004d: "OriginalAuthor", 0x005a: "OriginalSender", 0x0067: "OriginalSenderAddress",
}

// others are all further texts of the message. Those without a name here are
// what programs add: contacts keep addresses there.
func (p *properties) others() (tags []detectors.Tag) {
	for _, id := range p.order {
		s := tidy(p.text(id))
		if told[id] || s == "" || p.kinds[id] == 0x102 || len(s) > maxProperties*16 {
			continue
		}
		name := fieldNames[id]
		if name == "" {
			name = fmt.Sprintf("Property%04X", id)
		}
		tags = append(tags, detectors.Tag{Group: "Mail", Name: name, Value: s})
	}
	return tags
}

// rtfDictionary is what copies may refer to before anything was written
// ([MS-OXRTFCP] 2.1.2.1).
const rtfDictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`

// unpackRTF undoes the compression of message bodies.
func unpackRTF(b []byte) ([]byte, bool) {
	if len(b) < 16 {
		return nil, false
	}
	kind := string(b[8:12])
	b = b[16:]
	if kind == "MELA" {
		return b, true
	}
	if kind != "LZFu" {
		return nil, false
	}
	var ring [4096]byte
	at := copy(ring[:], rtfDictionary)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		ring[at] = c
		at = (at + 1) % len(ring)
	}
	for len(b) > 0 && len(out) < media.MaxBlock {
		flags := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0; bit++ {
			if flags>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out, false
			}
			ref := binary.BigEndian.Uint16(b)
			b = b[2:]
			from := int(ref >> 4)
			if from == at {
				return out, true
			}
			for i := range int(ref&0xf) + 2 {
				put(ring[(from+i)%len(ring)])
			}
		}
	}
	return out, bytes.HasPrefix(out, []byte(`{\rtf`))
}
