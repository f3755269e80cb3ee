package address

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
)

type tags = []detectors.Tag

func x(name, value string) detectors.Tag {
	return detectors.Tag{Group: "XMP", Name: name, Value: value}
}

func i(name, value string) detectors.Tag {
	return detectors.Tag{Group: "IPTC", Name: name, Value: value}
}

func of(kind detectors.Kind, values ...string) (out []detectors.Finding) {
	for _, v := range values {
		out = append(out, detectors.Finding{Kind: kind, Value: v, Confidence: 0.4})
	}
	return out
}

func both(lists ...[]detectors.Finding) (out []detectors.Finding) {
	for _, l := range lists {
		out = append(out, l...)
	}
	return out
}

const ci = "Iptc4xmpCore:CreatorContactInfo/Iptc4xmpCore:"

var cases = []detectortest.Case{
	{Name: "creator's contact", Tags: tags{x(ci+"CiAdrExtadr", "2 Quay St"), x(ci+"CiAdrCity", "Galway"), x(ci+"CiAdrRegion", "Connacht"), x(ci+"CiAdrPcode", "H91 AB12"), x(ci+"CiAdrCtry", "Ireland"), x(ci+"CiEmailWork", "ana@example.org"), x(ci+"CiTelWork", "+353 1 555 0162"), x(ci+"CiUrlWork", "https://Ana.example.org/me/")},
		Want: both(of(detectors.Address, "2 Quay St", "Galway", "Connacht", "H91 AB12", "Ireland"), []detectors.Finding{{Kind: detectors.URL, Value: "https://Ana.example.org/me/", Canonical: "ana.example.org/me", Rule: "contact-url"}})},
	{Name: "iptc contact", Tags: tags{i("Contact", "Ana Silva, 2 Quay St, Galway")}, Want: of(detectors.Address, "Ana Silva, 2 Quay St, Galway")},
	{Name: "iptc contact that is mail, phone or page", Tags: tags{i("Contact", "ana@example.org"), i("Contact", "+353 1 555 0162"), i("Contact", "https://example.org/ana")}},
	{Name: "maker notes", Tags: tags{{Group: "MakerNotes", Name: "Location", Value: "Salthill"}, {Group: "MakerNotes", Name: "LocalLocationName", Value: "Bóthar na Trá"}, {Group: "MakerNotes", Name: "City2", Value: "Galway"}, {Group: "MakerNotes", Name: "CountryCode", Value: "IRL"}},
		Want: of(detectors.Place, "Salthill", "Bóthar na Trá", "Galway")},
	{Name: "iptc places", Tags: tags{i("City", "Galway"), i("Sub-location", "Salthill"), i("Province-State", "Connacht"), i("Country-PrimaryLocationName", "Ireland"), i("Country-PrimaryLocationCode", "IRL")}, Want: of(detectors.Place, "Galway", "Salthill", "Connacht", "Ireland")},
	{Name: "xmp places", Tags: tags{x("photoshop:City", "Тверь"), x("photoshop:State", "Tver Oblast"), x("photoshop:Country", "Россия"), x("Iptc4xmpCore:Location", "ул. Лесная, 7"), x("Iptc4xmpCore:CountryCode", "RUS")}, Want: of(detectors.Place, "Тверь", "Tver Oblast", "Россия", "ул. Лесная, 7")},
	{Name: "places made and shown", Tags: tags{
		x("Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:City", "Galway"), x("Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:Sublocation", "Salthill"), x("Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:CountryName", "Ireland"),
		x("Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:CountryCode", "IE"), x("Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:ProvinceState", "Connacht"), x("Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:WorldRegion", "Europe"),
		x("Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:LocationName[1]", "Eyre Square"), x("Iptc4xmpExt:LocationShown[1]/exif:GPSLatitude", "53,16N")},
		Want: of(detectors.Place, "Galway", "Salthill", "Ireland", "Connacht", "Europe", "Eyre Square")},
	{Name: "the same place shown twice", Tags: tags{x("Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:City", "Galway"), x("Iptc4xmpExt:LocationShown[2]/Iptc4xmpExt:City", "Galway")}, Want: of(detectors.Place, "Galway")},
	{Name: "licensor", Tags: tags{x("plus:Licensor[1]/plus:LicensorStreetAddress", "2 Quay St"), x("plus:Licensor[1]/plus:LicensorCity", "Galway"), x("plus:Licensor[1]/plus:LicensorCountry", "Ireland"), x("plus:Licensor[1]/plus:LicensorURL", "www.example.org/ana"), x("plus:Licensor[1]/plus:LicensorEmail", "ana@example.org")},
		Want: both(of(detectors.Address, "2 Quay St", "Galway", "Ireland"), of(detectors.URL, "www.example.org/ana"))},
	{Name: "page of rights", Tags: tags{x("xmpRights:WebStatement", "https://example.org/rights")}, Want: of(detectors.URL, "https://example.org/rights")},
	{Name: "video and sound", Tags: tags{{Group: "UserData", Name: "LocationName", Value: "Eyre Square"}, {Group: "tag", Name: "LOCATION", Value: "Galway"}}, Want: of(detectors.Place, "Eyre Square", "Galway")},
	{Name: "stored beside the object", Tags: tags{{Group: "meta", Name: "home-address", Value: "2 Quay St, Galway"}, {Group: "meta", Name: "x-amz-meta-city", Value: "Galway"}}, Want: both(of(detectors.Address, "2 Quay St, Galway"), of(detectors.Place, "Galway"))},

	{Name: "contact card", Tags: tags{{Group: "vCard", Name: "Address", Value: "2 Quay St, Galway, Ireland"}, {Group: "vCard", Name: "Birthplace", Value: "Galway"}, {Group: "vCard", Name: "URL", Value: "https://ana.example.org"}, {Group: "vCard", Name: "Title", Value: "Galway"}},
		Want: both(of(detectors.Address, "2 Quay St, Galway, Ireland"), both(of(detectors.Place, "Galway"), of(detectors.URL, "https://ana.example.org")))},
	{Name: "event", Tags: tags{{Group: "iCalendar", Name: "Location", Value: "Eyre Square"}, {Group: "iCalendar", Name: "Address", Value: "2 Quay St, Galway"}}, Want: both(of(detectors.Place, "Eyre Square"), of(detectors.Address, "2 Quay St, Galway"))},

	{Name: "coordinates are no place", Tags: tags{{Group: "tag", Name: "LOCATION", Value: "+51.4545-2.5879/"}, {Group: "meta", Name: "location", Value: "51.4545, -2.5879"}}},
	{Name: "placeholders", Tags: tags{i("City", "-"), i("City", "unknown"), x("photoshop:Country", "N/A"), x("photoshop:City", "0")}},
	{Name: "names of other things", Tags: tags{x("Iptc4xmpExt:ImageRegion[1]/Iptc4xmpExt:Name[1]", "Galway"), x("photoshop:ColorMode", "3"), {Group: "IFD0", Name: "Software", Value: "City Paint"}, x("crs:City", "Galway")}},
	{Name: "a page that is none", Tags: tags{x(ci+"CiUrlWork", "none given"), x("xmpRights:WebStatement", "javascript:alert(1)"), x("plus:Licensor[1]/plus:LicensorURL", "localhost")}},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }
