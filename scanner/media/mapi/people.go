package mapi

import (
	"fmt"
	"strings"

	"habeas/detectors"
)

// Party joins a name and an address as mail does.
func Party(name, address string) string {
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
func (p *Properties) first(ids ...uint16) string {
	any := ""
	for _, id := range ids {
		s := p.Text(id)
		if strings.Contains(s, "@") {
			return s
		}
		if any == "" && !strings.HasPrefix(s, "/") {
			any = s
		}
	}
	return any
}

// Parties are sender and, where there is another, who is represented.
func (p *Properties) Parties() (tags []detectors.Tag) {
	sender := Party(p.Text(0x0c1a), p.first(0x5d01, 0x0c1f))
	from := Party(p.Text(0x0042), p.first(0x5d02, 0x0065))
	if from == "" {
		from, sender = sender, ""
	}
	for _, f := range [...]struct{ name, value string }{
		{"From", from}, {"Sender", sender}, {"ReplyTo", p.Text(0x0050)},
		{"Subject", p.Text(0x0037)}, {"MessageID", p.Text(0x1035)}, {"InReplyTo", p.Text(0x1042)},
	} {
		if s := tidy(f.value); s != "" && (f.name != "Sender" || s != from) {
			tags = append(tags, detectors.Tag{Group: "Mail", Name: f.name, Value: s})
		}
	}
	return tags
}

// Recipient is one that the message went to.
func (p *Properties) Recipient() []detectors.Tag {
	s := Party(p.first(0x3001, 0x5ff6), p.first(0x39fe, 0x3003))
	if s == "" {
		return nil
	}
	name := "To"
	switch p.Number(0x0c15) & 0xf {
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

// Others are all further texts of the message. Those without a name here are
// what programs add: contacts keep addresses there.
func (p *Properties) Others() (tags []detectors.Tag) {
	card := strings.HasPrefix(strings.ToUpper(p.Text(0x001a)), "IPM.CONTACT")
	for _, id := range p.order {
		s := tidy(p.Text(id))
		if told[id] || s == "" || p.kinds[id] == Binary || len(s) > maxProperties*16 {
			continue
		}
		name := fieldNames[id]
		if name == "" {
			name = p.names[id]
		}
		if name == "" {
			name = fmt.Sprintf("Property%04X", id)
		}
		if card && id == 0x3001 {
			tags = append(tags, detectors.Tag{Group: "vCard", Name: "FormattedName", Value: s})
			continue
		}
		tags = append(tags, detectors.Tag{Group: "Mail", Name: name, Value: s})
	}
	return tags
}
