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

var proseCases = []detectortest.Case{
	{Name: "text, English", Text: "they live at 12 Example Street now", Only: true, Want: of(detectors.Address, "12 Example Street")},
	{Name: "text, English at the start of a line", Text: "221b Sample Road\nis near", Only: true, Want: of(detectors.Address, "221b Sample Road")},
	{Name: "text, English in full", Text: "to 221b Sample Road, London NW1 6XE, today", Only: true, Want: of(detectors.Address, "221b Sample Road, London NW1 6XE")},
	{Name: "text, American", Text: "ship to 1600 N. Sample Ave., Springfield, IL 62701 please", Only: true, Want: of(detectors.Address, "1600 N. Sample Ave., Springfield, IL 62701")},
	{Name: "text, American in lines", Text: "12 Sample Blvd Apt. 4\nSpringfield, IL 62701-1234\n", Only: true, Want: of(detectors.Address, "12 Sample Blvd Apt. 4\nSpringfield, IL 62701-1234")},
	{Name: "text, Australian", Text: "at 5 Sample Street, Newtown NSW 2042 since", Only: true, Want: of(detectors.Address, "5 Sample Street, Newtown NSW 2042")},
	{Name: "text, Canadian", Text: "at 5 Sample Road, Ottawa, ON K1A 0B1 since", Only: true, Want: of(detectors.Address, "5 Sample Road, Ottawa, ON K1A 0B1")},
	{Name: "text, weak word with postcode", Text: "at 5 Sample Court, Ottawa, ON K1A 0B1 since", Only: true, Want: of(detectors.Address, "5 Sample Court, Ottawa, ON K1A 0B1")},
	{Name: "text, German", Text: "wohnt in der Musterstraße 12, 12345 Musterstadt, und", Only: true, Want: of(detectors.Address, "Musterstraße 12, 12345 Musterstadt")},
	{Name: "text, German abbreviated", Text: "wohnt Musterstr. 12a\n12345 Musterstadt\n", Only: true, Want: of(detectors.Address, "Musterstr. 12a\n12345 Musterstadt")},
	{Name: "text, German in two words", Text: "an die Ulmer Strasse 5 geliefert", Only: true, Want: of(detectors.Address, "Ulmer Strasse 5")},
	{Name: "text, French", Text: "habite au 12 rue de la Paix, 75002 Paris", Only: true, Line: true, Want: of(detectors.Address, "12 rue de la Paix, 75002 Paris")},
	{Name: "text, Belgian", Text: "habite Rue du Commerce 42\n1000 Bruxelles\n", Only: true, Want: of(detectors.Address, "Rue du Commerce 42\n1000 Bruxelles")},
	{Name: "text, Italian", Text: "abita in Via dei Campioni 17 da ieri", Only: true, Want: of(detectors.Address, "Via dei Campioni 17")},
	{Name: "text, Spanish", Text: "vive en Calle Mayor, 12, 28013 Madrid, desde", Only: true, Want: of(detectors.Address, "Calle Mayor, 12, 28013 Madrid")},
	{Name: "text, Portuguese", Text: "mora na Rua Exemplo 5 desde ontem", Only: true, Want: of(detectors.Address, "Rua Exemplo 5")},
	{Name: "text, Dutch", Text: "woont Voorbeeldstraat 12, 1012 AB Amsterdam, en", Only: true, Want: of(detectors.Address, "Voorbeeldstraat 12, 1012 AB Amsterdam")},
	{Name: "text, Swedish", Text: "bor på Exempelgatan 12 numera", Only: true, Want: of(detectors.Address, "Exempelgatan 12")},
	{Name: "text, Polish", Text: "mieszka ul. Przykładowa 5, 00-001 Warszawa, a", Only: true, Want: of(detectors.Address, "ul. Przykładowa 5, 00-001 Warszawa")},
	{Name: "text, Hungarian", Text: "lakik Minta utca 5 alatt", Only: true, Want: of(detectors.Address, "Minta utca 5")},
	{Name: "text, no word for a street", Text: "parcel to:\nNa Vzorku 694\n533 11 Vzorov\n", Only: true, Want: of(detectors.Address, "Na Vzorku 694\n533 11 Vzorov")},
	{Name: "text, box", Text: "write to P.O. Box 104 then", Only: true, Want: of(detectors.Address, "P.O. Box 104")},
	{Name: "text, German box", Text: "an Postfach 1042, 12345 Musterstadt, senden", Only: true, Want: of(detectors.Address, "Postfach 1042, 12345 Musterstadt")},
	{Name: "text, military box", Text: "at PSC 0725, Box 6031\nAPO AP 99241\n", Only: true, Want: of(detectors.Address, "PSC 0725, Box 6031\nAPO AP 99241")},
	{Name: "text, ship", Text: "at USS Sample\nFPO AA 85844\n", Only: true, Want: of(detectors.Address, "USS Sample\nFPO AA 85844")},
	{Name: "text, Japanese", Text: "住所：〒100-0001 東京都見本区例町1-2-3", Only: true, Want: of(detectors.Address, "〒100-0001 東京都見本区例町1-2-3")},
	{Name: "text, Japanese without a postcode", Text: "住所は北海道見本市中央区北1条西2丁目です。", Only: true, Want: of(detectors.Address, "北海道見本市中央区北1条西2丁目")},
	{Name: "text, Japanese with dashes", Text: "大阪府見本市例町3-1-3に住む", Only: true, Want: of(detectors.Address, "大阪府見本市例町3-1-3")},
	{Name: "text, Chinese", Text: "地址：广东省深圳市样本区科技南路12号3栋501室", Only: true, Want: of(detectors.Address, "广东省深圳市样本区科技南路12号3栋501室")},
	{Name: "text, Taiwanese", Text: "他住在台北市樣本區市府路45號。", Only: true, Want: of(detectors.Address, "台北市樣本區市府路45號")},
	{Name: "text, Korean", Text: "주소: 경기도 성남시 견본구 판교역로 235, 101동 502호", Only: true, Want: of(detectors.Address, "경기도 성남시 견본구 판교역로 235, 101동 502호")},
	{Name: "text, Brazilian", Text: "Moro na Rua do Exemplo, nº 123, Centro, São Paulo - SP, CEP 01310-100, Brasil", Only: true, Want: of(detectors.Address, "Rua do Exemplo, nº 123, Centro, São Paulo - SP, CEP 01310-100")},
	{Name: "text, Indian", Text: "Address: Flat No. 4B, Sample Apartments, Gandhi Nagar, Jaipur, Rajasthan 302015", Only: true, Line: true, Want: of(detectors.Address, "Flat No. 4B, Sample Apartments, Gandhi Nagar, Jaipur, Rajasthan 302015")},
	{Name: "text, Argentine", Text: "vive en Av. Ejemplo 1234, C1043AAZ CABA", Only: true, Line: true, Want: of(detectors.Address, "Av. Ejemplo 1234, C1043AAZ CABA")},
	{Name: "text, Arabic", Text: "العنوان: ١٢ شارع المثال، الدقي، القاهرة", Only: true, Line: true, Want: of(detectors.Address, "١٢ شارع المثال، الدقي، القاهرة")},
	{Name: "text, Arabic box", Text: "ص.ب 12345 دبي", Only: true, Line: true, Want: of(detectors.Address, "ص.ب 12345 دبي")},
	{Name: "no address: a Japanese score", Text: "横浜市が2-1で勝ち、第3回は5-3", Only: true, Line: true},
	{Name: "no address: a Chinese date and number", Text: "北京市发布第12号令，3月15号，航班CA1234号", Only: true, Line: true},
	{Name: "no address: Korean numbers", Text: "서울 지하철 2호선 길 123 그리고 도로 5", Only: true, Line: true},
	{Name: "no address: a Brazilian code alone", Text: "o CEP 01310-100 e o código 12345-678", Only: true, Line: true},
	{Name: "no address: six digits", Text: "In Karnataka 560001 people, road 5 of 123456 - 654321", Only: true, Line: true},
	{Name: "no address: Arabic street without number", Text: "في شارع طويل جدا", Only: true, Line: true},
	{Name: "no address: a year", Text: "that in 2008 Wall Street fell", Only: true},
	{Name: "no address: pages and chapters", Text: "see Chapter 12\n1234 Words, Figure 5, Page 12", Only: true},
	{Name: "no address: a court", Text: "there were 5 Supreme Court judges and 2 Sample Park Rangers", Only: true},
	{Name: "no address: a seat", Text: "Arbeitsplatz 12 und Parkplatz 7 and Via Port 8080", Only: true},
	{Name: "no address: a box of goods", Text: "take Box 12 and box 14", Only: true},
	{Name: "no address: source text", Text: "f(x[1] = \"12 Example Street\"); { return; }", Only: true, Line: true},
	{Name: "no address: a log", Text: "GET /a 200 1234 took 12 Ms and 5 Mb", Only: true},
}

func TestProse(t *testing.T)  { detectortest.Accept(t, New(), proseCases) }
func FuzzDetect(f *testing.F) { detectortest.Fuzz(f, New(), proseCases) }

func TestAccept(t *testing.T) { detectortest.Accept(t, New(), cases) }

func FuzzTags(f *testing.F) { detectortest.FuzzTags(f, New(), cases) }
