package address

import (
	"strings"

	"habeas/detectors"
	"habeas/detectors/field"
)

// rule is what a field that holds a place says of it.
type rule struct {
	name       string
	kind       detectors.Kind
	confidence float64
	why        string
	keys       string // parted by |
}

// exact are whole Keys: of XMP, and names of Exif, IPTC, QuickTime and sound as
// ExifTool has them (IIM 4.2 datasets 2:26, 2:90 to 2:101, 2:118).
var exact = table(
	rule{name: "contact", kind: detectors.Address, confidence: 0.7, why: "the field for how to reach someone",
		keys: "contact|photoshop:contact|contactinfo|contactaddress"},
	rule{name: "city", kind: detectors.Place, confidence: 0.9, why: "the field for the city",
		keys: "city|city2|photoshop:city|locationcity"},
	rule{name: "sublocation", kind: detectors.Place, confidence: 0.9, why: "the field for the place within a city",
		keys: "sub-location|iptc4xmpcore:location|contentlocationname|locationname|locallocationname|placename|landmark|xmpdm:shotlocation|prism:location|prism:place|acdsee:location|location|locationnote|locationinformation|recordinglocation|recording_location|dc:coverage"},
	rule{name: "state", kind: detectors.Place, confidence: 0.8, why: "the field for the state or province",
		keys: "province-state|photoshop:state|state|locationstate"},
	rule{name: "country", kind: detectors.Place, confidence: 0.6, why: "the field for the country",
		keys: "country-primarylocationname|photoshop:country|country|locationcountry"},
	rule{name: "web-statement", kind: detectors.URL, confidence: 0.5, why: "the page that states the rights",
		keys: "xmprights:webstatement|cc:attributionurl|cc:morepermissions|photoshop:url"},
)

// contact are local names within CreatorContactInfo (IPTC Core 1.3 section
// 10.2); those of mail and phone are left to their detectors.
var contact = table(
	rule{name: "contact-address", kind: detectors.Address, confidence: 0.9, why: "a postal address field of the creator's contact",
		keys: "ciadrextadr|ciadrcity|ciadrpcode|ciadrregion|address|city|postalcode|region"},
	rule{name: "contact-country", kind: detectors.Address, confidence: 0.7, why: "the country of the creator's contact",
		keys: "ciadrctry|country"},
	rule{name: "contact-url", kind: detectors.URL, confidence: 0.8, why: "the creator's web page",
		keys: "ciurlwork"},
)

// licensor are local names of PLUS (LDF 2.0.1) after the party's own.
var licensor = table(
	rule{name: "licensor-address", kind: detectors.Address, confidence: 0.85, why: "a postal address field of a licensor",
		keys: "licensorstreetaddress|licensorextendedaddress|licensorcity|licensorregion|licensorpostalcode"},
	rule{name: "licensor-country", kind: detectors.Address, confidence: 0.65, why: "the country of a licensor",
		keys: "licensorcountry"},
	rule{name: "licensor-url", kind: detectors.URL, confidence: 0.7, why: "a licensor's web page",
		keys: "licensorurl"},
)

// location are local names within the places of IPTC Extension (2021.1 section
// 9.8): LocationCreated, LocationShown, and the older bare structures.
var location = table(
	rule{name: "location", kind: detectors.Place, confidence: 0.9, why: "a field of a place where the picture was made or which it shows",
		keys: "sublocation|city|locationname"},
	rule{name: "location-state", kind: detectors.Place, confidence: 0.8, why: "the state or province of a place",
		keys: "provincestate"},
	rule{name: "location-country", kind: detectors.Place, confidence: 0.6, why: "the country of a place",
		keys: "countryname"},
	rule{name: "location-region", kind: detectors.Place, confidence: 0.4, why: "the part of the world of a place",
		keys: "worldregion"},
)

// stored are names of user metadata and object tags, letters only.
var stored = table(
	rule{name: "stored-address", kind: detectors.Address, confidence: 0.75, why: "stored beside the object as an address",
		keys: "address|homeaddress|postaladdress|mailingaddress|billingaddress|shippingaddress|deliveryaddress|streetaddress|street|addressline|zip|zipcode|postcode|postalcode"},
	rule{name: "stored-place", kind: detectors.Place, confidence: 0.7, why: "stored beside the object as a place",
		keys: "city|town|place|placename|location|hometown|birthplace|placeofbirth|venue"},
)

// cards are the fields of contact cards and calendars (RFC 6350, RFC 5545) that
// the common names do not cover, by group and Key.
var cards = map[string]map[string]*rule{
	"vCard": table(
		rule{name: "card-address", kind: detectors.Address, confidence: 0.9, why: "the postal address on a contact card",
			keys: "address|deliveryaddress"},
		rule{name: "card-place", kind: detectors.Place, confidence: 0.8, why: "where someone on a contact card was born or died",
			keys: "birthplace|deathplace"},
		rule{name: "card-url", kind: detectors.URL, confidence: 0.8, why: "the web page on a contact card",
			keys: "url|socialprofile|photourl|related"},
	),
	"iCalendar": table(
		rule{name: "event-place", kind: detectors.Place, confidence: 0.8, why: "where an event takes place",
			keys: "location"},
		rule{name: "event-address", kind: detectors.Address, confidence: 0.8, why: "the address where an event takes place",
			keys: "address"},
	),
}

// signing is where a PDF says that it was signed (ISO 32000-2, 12.8.1).
var signing = &rule{name: "signing-place", kind: detectors.Place, confidence: 0.7, why: "where the document was signed"}

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

// ruleOf finds the rule of a field; nil if there is none.
func ruleOf(group, key string) *rule {
	if group == "XMP" {
		local := field.Local(key)
		switch {
		case strings.Contains(key, "creatorcontactinfo/"):
			return contact[local]
		case strings.Contains(key, "locationcreated/"), strings.Contains(key, "locationshown/"), strings.Contains(key, "aolocation"):
			return location[local]
		case strings.HasPrefix(field.Last(key), "plus:licensor"):
			return licensor[local]
		case strings.HasPrefix(field.Last(key), "iptc4xmpcore:ci"):
			return contact[local] // written flat, without the structure
		case exact[key] != nil && strings.Contains(key, ":"):
			return exact[key]
		case strings.HasPrefix(key, "iptc4xmpext:"):
			if !strings.Contains(key, "/") {
				return location[local]
			}
			return nil
		case strings.Contains(field.Last(key), ":") && exact[field.Last(key)] != nil:
			return exact[field.Last(key)] // within another structure, as an ingredient
		}
		return nil
	}
	if of := cards[group]; of != nil {
		return of[key]
	}
	if group == "PDF" {
		if key == "signinglocation" {
			return signing
		}
		return nil
	}
	if group == "meta" || group == "tag" || group == "form" {
		if r := stored[letters(key)]; r != nil {
			return r
		}
	}
	return exact[key]
}

// letters is a name of user metadata without prefix, signs and digits.
func letters(key string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, strings.TrimPrefix(key, "x-amz-meta-"))
}
