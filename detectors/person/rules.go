package person

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
)

// rule is what a field that holds a name says of it.
type rule struct {
	name, role string
	confidence float64
	why        string
	list       bool   // several names in one value, parted by semicolons
	keys       string // parted by |
	strict     bool   // anything may stand in the field: only what looks like a name counts
	party      bool   // an address may stand behind the name, in angles
}

// fields by Key, of Exif, IPTC and of what formats name as ExifTool does: Exif
// 3.0 section 4.6, IIM 4.2 dataset 2:80 and others, ID3, Vorbis, QuickTime, PDF,
// OOXML.
var fields = table(
	rule{name: "artist", role: detectors.RoleCreator, confidence: 0.95, why: "the field for the artist", list: true,
		keys: "artist|tiff:artist|xmpdm:artist|photographer|exifex:photographer|camerafirmwarephotographer|©art|albumartist|album_artist|album artist|band|originalartist|performer|performers|leadperformer|soloist|xmpdm:albumartist|interpretedby|narrator|actor|starring|accompaniment|sortartist|sortalbumartist|performersortorder|albumartistsortorder"},
	rule{name: "composer", role: detectors.RoleCreator, confidence: 0.85, why: "the field for a composer, writer or director", list: true,
		keys: "composer|lyricist|songwriter|writer|conductor|director|producer|arranger|remixer|mixartist|cinematographer|ensemble|xmpdm:composer|xmpdm:director|xmpdm:directorphotography|xmpdm:engineer|engineer|technician|commissioned|encodedby|encoded_by|recordedby|screenplay_by|written_by|screenplayby|writtenby|originallyricist|involvedpeople|musiciancredits|executiveproducer|coproducer|assistantdirector|artdirector|directorofphotography|soundengineer|productiondesigner|costumedesigner|choregrapher|masteredby|mixedby|remixedby|producedby|musicby|sortcomposer|composersortorder"},
	rule{name: "author", role: detectors.RoleAuthor, confidence: 0.9, why: "the field for the author", list: true,
		keys: "author|xpauthor|xmp:author|pdf:author|acdsee:author|xap:author|initialcreator|meta:initial-creator|©aut|commentauthor|initial-creator"},
	rule{name: "creator", role: detectors.RoleCreator, confidence: 0.95, why: "the field for the creator",
		keys: "creator|dc:creator|dc:creator/cc:agent/dc:title|dcterms:creator|plus:imagecreator/plus:imagecreatorname|iptc4xmpext:creator/iptc4xmpext:name|xmpdm:creator|cc:attributionname|schema:creator|by-line|photoshop:author"},
	rule{name: "contributor", role: detectors.RoleCreator, confidence: 0.75, why: "the field for contributors",
		keys: "dwc:occurrence/dwc:recordedby|dwc:recordedby|dc:contributor|dc:contributor/cc:agent/dc:title|dcterms:contributor|contributor|iptc4xmpext:contributor/iptc4xmpext:name|contributors"},
	rule{name: "credit", role: detectors.RoleCreator, confidence: 0.65, why: "the credit line",
		keys: "credit|photoshop:credit|credits"},
	rule{name: "artwork", role: detectors.RoleCreator, confidence: 0.6, why: "the creator of a work that is shown",
		keys: "iptc4xmpext:artworkorobject/iptc4xmpext:aocreator"},
	rule{name: "owner", role: detectors.RoleOwner, confidence: 0.95, why: "the field for the camera's or the file's owner",
		keys: "ownername|cameraownername|aux:ownername|exifex:cameraownername|exifex:ownername|xmprights:owner|microsoftphoto:cameraowner|cameraowner"},
	rule{name: "file-owner", role: detectors.RoleOwner, confidence: 0.85, why: "the field for who owns or bought the file", strict: true,
		keys: "fileowner|purchaseowner|internetradiostationowner"},
	rule{name: "copyright", role: detectors.RoleCopyright, confidence: 0.85, why: "the copyright notice",
		keys: "copyright|copyrightnotice|dc:rights|dc:rights/cc:agent/dc:title|tiff:copyright|xmpdm:copyright|plus:copyrightowner/plus:copyrightownername|iptc4xmpext:artworkorobject/iptc4xmpext:aocopyrightnotice|iptc4xmpext:artworkorobject/iptc4xmpext:aocurrentcopyrightownername|dcterms:rightsholder|dcterms:rights|rights|rightsholder|©cpy|copyrightmessage|photoshop:copyright|recordingcopyright|producednotice"},
	rule{name: "editor", role: detectors.RoleEditor, confidence: 0.9, why: "the field for who edited or described it",
		keys: "writer-editor|photoshop:captionwriter|imageeditor|exifex:imageeditor|lastmodifiedby|cp:lastmodifiedby|lastsavedby|last_author|lastauthor|modifiedby|editedby|editor|reviewer|pdfx:lastmodifiedby|xmp:lastmodifiedby|acdsee:editor|revisionauthor|printed-by|printedby"},
	rule{name: "manager", role: detectors.RoleContact, confidence: 0.8, why: "the field for a manager or contact person",
		keys: "manager|pdfx:manager|plus:licensor/plus:licensorname|plus:imagesupplier/plus:imagesuppliername|plus:licensee/plus:licenseename|plus:enduser/plus:endusername|contactname|supervisor|client|xmpdm:client"},
)

// generic are local names that mean the same under any namespace.
var generic = table(
	rule{name: "creator", role: detectors.RoleCreator, confidence: 0.75, why: "a field of another vocabulary named for the creator",
		keys: "creator|creatorname|photographer|artist|artistname|by-line|byline|photographername"},
	rule{name: "author", role: detectors.RoleAuthor, confidence: 0.75, why: "a field of another vocabulary named for the author",
		keys: "author|authors|authorname|initialcreator"},
	rule{name: "owner", role: detectors.RoleOwner, confidence: 0.75, why: "a field of another vocabulary named for the owner", strict: true,
		keys: "owner|ownername|cameraownername|cameraowner"},
	rule{name: "copyright", role: detectors.RoleCopyright, confidence: 0.7, why: "a field of another vocabulary named for copyright",
		keys: "copyright|copyrightnotice|copyrightowner|copyrightownername|rightsholder|copyrightholder"},
	rule{name: "editor", role: detectors.RoleEditor, confidence: 0.75, why: "a field of another vocabulary named for an editor",
		keys: "captionwriter|lastmodifiedby|writer-editor|imageeditor"},
)

// stored are names of user metadata and object tags, letters and digits only.
var stored = table(
	rule{name: "stored-owner", role: detectors.RoleOwner, confidence: 0.75, why: "stored beside the object as its owner", strict: true,
		keys: "owner|ownername|uploader|uploadername|uploadedby|user|username|accountname|account|holder|cardholder|submittedby|submitter"},
	rule{name: "stored-creator", role: detectors.RoleCreator, confidence: 0.75, why: "stored beside the object as its creator", strict: true,
		keys: "creator|creatorname|createdby|photographer|artist|photoby"},
	rule{name: "stored-author", role: detectors.RoleAuthor, confidence: 0.75, why: "stored beside the object as its author", strict: true,
		keys: "author|authorname|writtenby"},
	rule{name: "stored-person", role: detectors.RolePerson, confidence: 0.75, why: "stored beside the object as a name", strict: true,
		keys: "fullname|firstname|lastname|surname|familyname|givenname|displayname|realname|nickname|customer|customername|client|clientname|patient|patientname|student|studentname|employee|employeename|guest|guestname|member|membername|person|people"},
	rule{name: "stored-name", role: detectors.RolePerson, confidence: 0.5, why: "stored beside the object as a name, of whatever", strict: true,
		keys: "name"},
	rule{name: "stored-contact", role: detectors.RoleContact, confidence: 0.75, why: "stored beside the object as a contact", strict: true,
		keys: "contact|contactname|contactperson"},
	rule{name: "stored-sender", role: detectors.RoleSender, confidence: 0.75, why: "stored beside the object as its sender", strict: true,
		keys: "sender|sendername|from|fromname"},
	rule{name: "stored-recipient", role: detectors.RoleRecipient, confidence: 0.75, why: "stored beside the object as its recipient", strict: true,
		keys: "recipient|recipientname|toname"},
	rule{name: "copyright", role: detectors.RoleCopyright, confidence: 0.75, why: "stored beside the object as copyright",
		keys: "copyright|copyrightholder|rights"},
	rule{name: "stored-editor", role: detectors.RoleEditor, confidence: 0.75, why: "stored beside the object as who changed it", strict: true,
		keys: "modifiedby|lastmodifiedby|updatedby|editedby|editor|approvedby|reviewer"},
)

// parties are the fields of mail, cards and calendars that name one person each
// (RFC 5322 section 3.6, RFC 6350, RFC 5545 section 3.8.4), by group and Key.
var parties = map[string]map[string]*rule{
	"Mail": table(
		rule{name: "sender", role: detectors.RoleSender, confidence: 0.9, why: "a header for who sent the message", party: true,
			keys: "from|sender|replyto|author|resentfrom|resentsender|resentreplyto|returnpath|envelopefrom|errorsto|dispositionnotificationto|returnreceiptto|followupto"},
		rule{name: "recipient", role: detectors.RoleRecipient, confidence: 0.9, why: "a header for who received the message", party: true,
			keys: "to|cc|bcc|resentto|resentcc|resentbcc|deliveredto|envelopeto|originalto|originalrecipient|finalrecipient|apparentlyto|forwardedto"},
	),
	"vCard": table(
		rule{name: "card", role: detectors.RoleContact, confidence: 0.95, why: "the name on a contact card", party: true,
			keys: "formattedname|name|sortname|phoneticname|nickname"},
		rule{name: "card-related", role: detectors.RoleContact, confidence: 0.85, why: "a person related to the one on a contact card", party: true,
			keys: "relatedname|agent|spouse|assistant|manager|contact"},
	),
	"iCalendar": table(
		rule{name: "attendee", role: detectors.RoleContact, confidence: 0.9, why: "a field for who takes part in an event", party: true,
			keys: "attendee|organizer|contact|sentby|delegate"},
	),
}

// documents are the names of a PDF: its Creator and Producer are programs (ISO
// 32000-2, 14.3.3), and whoever writes a note or signs is named as such.
var documents = table(
	rule{name: "author", role: detectors.RoleAuthor, confidence: 0.9, why: "the field for the author", list: true,
		keys: "author|authors|pdf:author"},
	rule{name: "note-author", role: detectors.RoleAuthor, confidence: 0.85, why: "who wrote a note in the document",
		keys: "annotationauthor"},
	rule{name: "signer", role: detectors.RoleAuthor, confidence: 0.9, why: "who signed the document",
		keys: "signername"},
	rule{name: "editor", role: detectors.RoleEditor, confidence: 0.9, why: "the field for who edited it",
		keys: "lastmodifiedby|lastsavedby|lastauthor|modifiedby|editor|reviewer"},
	rule{name: "manager", role: detectors.RoleContact, confidence: 0.8, why: "the field for a manager or contact person",
		keys: "manager|client|contact"},
	rule{name: "owner", role: detectors.RoleOwner, confidence: 0.8, why: "the field for the owner", strict: true,
		keys: "owner|ownername"},
	rule{name: "copyright", role: detectors.RoleCopyright, confidence: 0.85, why: "the copyright notice",
		keys: "copyright|copyrightnotice|rights"},
)

// table sorts rules by the keys that they apply to.
func table(rules ...rule) map[string]*rule {
	m := map[string]*rule{}
	for i := range rules {
		for key := range strings.SplitSeq(rules[i].keys, "|") {
			m[key] = &rules[i]
		}
	}
	return m
}

// foreign are namespaces whose creator or owner is a program, a profile or a
// swatch, and no person.
var foreign = map[string]bool{
	"xmptpg": true, "xmpg": true, "stfnt": true, "stevt": true, "stref": true, "crs": true, "illustrator": true, "pdfaid": true, "xmpbj": true,
	"hdrgm": true, "container": true, "item": true, "gcamera": true, "c2pa": true, "crd": true, "pmi": true,
}

// ruleOf finds the rule of a field; nil if there is none.
func ruleOf(group, name, key string) *rule {
	switch group {
	case "Mail", "vCard", "iCalendar":
		return parties[group][key]
	case "meta", "tag":
		// Formats of audio, video and documents use these groups too, with the names
		// of the common table ("Artist", "com.apple.quicktime.author"); stores write
		// their own in lower case.
		key = strings.TrimPrefix(key, "com.apple.quicktime.")
		if r := fields[key]; r != nil && key != name {
			return r
		}
		if r := stored[plain(key)]; r != nil && (group == "tag" || key == name) {
			return r
		}
		return fields[key]
	case "PDF":
		return documents[key]
	case "form":
		// Fields of a form, by whatever name its maker gave them.
		if r := stored[plain(key)]; r != nil {
			return r
		}
		return fields[key]
	case "XMP":
		if r := fields[key]; r != nil {
			return r
		}
		if last := field.Last(key); strings.Contains(last, ":") && fields[last] != nil {
			return fields[last] // within another structure, as an ingredient's dc:creator
		}
		prefix := field.Prefix(key)
		if foreign[prefix] || strings.HasPrefix(prefix, "iptc4xmp") && strings.Contains(key, "/") {
			return nil
		}
		return generic[field.Local(key)]
	default:
		if r := fields[key]; r != nil {
			return r
		}
		return fields[field.Local(key)]
	}
}

// plain is a name of user metadata without prefix, hyphens and underscores.
func plain(key string) string {
	key = strings.TrimPrefix(key, "x-amz-meta-")
	return strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r == '.' || r == ' ' || r == ':' {
			return -1
		}
		return r
	}, key)
}
