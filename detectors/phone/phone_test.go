package phone

import (
	"testing"

	"habeas/detectors"
	"habeas/detectors/detectortest"
	"habeas/detectors/textbench"
)

func one(value, canonical string) []detectors.Finding {
	return []detectors.Finding{{Kind: detectors.Phone, Value: value, Canonical: canonical}}
}

func dummy(value, canonical string) []detectors.Finding {
	f := one(value, canonical)
	f[0].Dummy = true
	return f
}

var (
	gb = []string{"GB"}
	us = []string{"US"}
	de = []string{"DE"}
	fr = []string{"FR"}
	pl = []string{"PL"}
)

// cases use numbers kept for fiction, or the examples of libphonenumber.
var cases = []detectortest.Case{
	// international
	{Name: "E.164", Text: "+442079460018", Want: dummy("+442079460018", "+442079460018")},
	{Name: "grouped", Text: "+44 20 7946 0018", Want: dummy("+44 20 7946 0018", "+442079460018")},
	{Name: "trunk zero in brackets", Text: "+44 (0)20 7946 0018", Want: dummy("+44 (0)20 7946 0018", "+442079460018")},
	{Name: "code in brackets", Text: "(+44) 20 7946 0018", Want: dummy("+44) 20 7946 0018", "+442079460018")},
	{Name: "dots", Text: "+33.1.99.00.12.34", Want: dummy("+33.1.99.00.12.34", "+33199001234")},
	{Name: "tel uri", Text: `<a href="tel:+44-20-7946-0018">call</a>`, Only: true, Want: dummy("+44-20-7946-0018", "+442079460018")},
	{Name: "extension", Text: "+44 20 7946 0018 ext. 12", Want: dummy("+44 20 7946 0018 ext. 12", "+442079460018;ext=12")},
	{Name: "extension of a uri", Text: "tel:+442079460018;ext=7", Want: dummy("+442079460018;ext=7", "+442079460018;ext=7")},
	{Name: "extension by x", Text: "+1 202-555-0143 x99", Want: dummy("+1 202-555-0143 x99", "+12025550143;ext=99")},
	{Name: "no-break spaces", Text: "+33\u00a01\u00a099\u00a000\u00a012\u00a034", Want: dummy("+33\u00a01\u00a099\u00a000\u00a012\u00a034", "+33199001234")},
	{Name: "prefix for calls abroad", Text: "0044 20 7946 0018", Want: dummy("0044 20 7946 0018", "+442079460018")},
	{Name: "example of Germany", Text: "+49 30 123456", Want: one("+49 30 123456", "+4930123456")},
	{Name: "two in a row", Text: "+49 30 123456, +44 20 7946 0018", Want: append(one("+49 30 123456", "+4930123456"), dummy("+44 20 7946 0018", "+442079460018")...)},
	{Name: "kept for fiction, unknown to the plan", Text: "+44 7700 900123 +493023125123", Want: append(dummy("+44 7700 900123", "+447700900123"), dummy("+493023125123", "+493023125123")...)},
	// national, region known
	{Name: "GB mobile kept for fiction", Text: "07700 900123", Regions: gb, Want: dummy("07700 900123", "+447700900123")},
	{Name: "DE grouped freely", Text: "030 23125 123", Regions: de, Want: dummy("030 23125 123", "+493023125123")},
	{Name: "DE kept for fiction", Text: "Tel. 03023125123", Regions: de, Want: dummy("03023125123", "+493023125123")},
	{Name: "GB shape", Text: "(020) 7946 0018", Regions: gb, Want: dummy("(020) 7946 0018", "+442079460018")},
	{Name: "GB label", Text: "Tel: 02079460018", Regions: gb, Want: dummy("02079460018", "+442079460018")},
	{Name: "US shape", Text: "(202) 555-0143", Regions: us, Want: dummy("(202) 555-0143", "+12025550143")},
	{Name: "US dashes", Text: "202-555-0143", Regions: us, Want: dummy("202-555-0143", "+12025550143")},
	{Name: "US with an extension", Text: "202.555.0143 ext 5", Regions: us, Want: dummy("202.555.0143 ext 5", "+12025550143;ext=5")},
	{Name: "FR pairs", Text: "01 99 00 12 34", Regions: fr, Want: dummy("01 99 00 12 34", "+33199001234")},
	{Name: "DE", Text: "030 123456", Regions: de, Want: one("030 123456", "+4930123456")},
	{Name: "word after", Text: "2025550143 (cell)", Regions: us, Want: dummy("2025550143", "+12025550143")},
	{Name: "code without plus", Text: "WhatsApp 442079460018", Regions: gb, Want: dummy("442079460018", "+442079460018")},
	{Name: "JSON key", Text: `{"phone": "02079460018"}`, Regions: gb, Want: dummy("02079460018", "+442079460018")},
	{Name: "column", Text: "id;name;tel\n17;x;02079460018\n18;y;02079460019\n", Whole: true, Only: true, Regions: gb, Want: append(dummy("02079460018", ""), dummy("02079460019", "")...)},
	// national, region from the text or none
	{Name: "region by another number", Text: "+49 30 123456 or 030 123457", Want: append(one("+49 30 123456", ""), one("030 123457", "+4930123457")...)},
	{Name: "region by a domain", Text: "anna@example.de 030 123457", Want: one("030 123457", "+4930123457")},
	{Name: "label without a region", Text: "Telefon: 0199 001 234", Want: one("0199 001 234", "")},
	{Name: "beside an address of mail", Text: "Ana Silva, ana@example.org, 01 99 00 12 34\nBo Ek; (0199) 001 234; bo@mail.example.com\n070-174 06 00 | eva@example.net\n", Want: append(append(one("01 99 00 12 34", ""), one("(0199) 001 234", "")...), one("070-174 06 00", "")...)},
	{Name: "not beside one", Text: "070-174 06 00, ana, ana@example.org\nana@example.org: 070-174 06 00\nana@example.org, 070-174 06 00 pieces\nana@example.org, invoice 070-174 06 00\nana@example.org, 0701740600\nana@example.org, 01.02.2024 10:11", Only: true},
	{Name: "Japanese", Text: "電話 03-1234-5679", Want: one("03-1234-5679", "")},
	{Name: "Russian", Text: "Тел.: 8 (301) 123-45-67", Want: one("8 (301) 123-45-67", "")},
	{Name: "Arabic", Text: "هاتف: 02 234 5678", Want: one("02 234 5678", "")},
	{Name: "Portuguese", Text: "celular: (11) 96123-4567", Regions: []string{"BR"}, Want: one("(11) 96123-4567", "+5511961234567")},
	// no numbers
	{Name: "epoch", Text: "1700000000 1700000001", Regions: us},
	{Name: "date", Text: "2024-01-02 10:11:12", Regions: us},
	{Name: "decimal", Text: "0.2025550143", Regions: us},
	{Name: "decimal with a comma", Text: "2025550143,25 and 1,202 555 0143", Regions: pl},
	{Name: "version", Text: "v1.202.555.0143", Regions: us},
	{Name: "UUID", Text: "1b4e28ba-2025-5501-4321-202555014312", Regions: us},
	{Name: "letters touch", Text: "AB2025550143 2025550143kg", Regions: us},
	{Name: "underscore touches", Text: "img_202-555-0143.png", Regions: us},
	{Name: "path", Text: "/data/202-555-0143/", Regions: us},
	{Name: "order", Text: "Order no. 202-555-0143", Regions: us},
	{Name: "REGON", Text: "REGON: 447 288 006", Regions: pl},
	{Name: "sum", Text: "kwota 512.340.205 zł", Regions: pl},
	{Name: "sum with blanks", Text: "512 340 205 zł", Regions: pl, Line: true},
	{Name: "SSN", Text: "123-45-6789", Regions: us},
	{Name: "IP", Text: "192.168.100.200", Regions: us},
	{Name: "card", Text: "4111 1111 1111 1111", Regions: us},
	{Name: "IBAN", Text: "DE89 3704 0044 0532 0130 00", Regions: de},
	{Name: "calling code alone", Text: "+81 12345678901234567890 +81 ", Regions: us},
	{Name: "path of SVG", Text: "M202.5 555.01 l 202 555 0143 z", Regions: us, Only: true},
	{Name: "diff", Text: "@@ -1202,7 +2025,12 @@", Regions: us},
	{Name: "plain digits", Text: "2025550143", Regions: us},
}

func TestAccept(t *testing.T) { detectortest.Accept(t, New(Options{}), cases) }

func FuzzDetect(f *testing.F) {
	detectortest.Fuzz(f, New(Options{Regions: []string{"US", "DE", "AR"}}), cases)
}

func TestOptions(t *testing.T) {
	var got []string
	d := New(Options{Regions: []string{"XX", "GB"}})
	err := d.Detect(&detectors.Part{Text: []byte("020 7946 0018")}, func(f detectors.Finding) { got = append(got, f.Canonical) })
	if err != nil || len(got) != 1 || got[0] != "+442079460018" {
		t.Errorf("found %d numbers (%v), want one of the region", len(got), err)
	}
}

func TestCleanTextDoesNotAllocate(t *testing.T) {
	d := New(Options{Regions: []string{"US", "GB"}})
	text := textbench.Text("source", 64<<10, 1)
	p := &detectors.Part{Text: text}
	n := 0
	found := func(detectors.Finding) { n++ }
	d.Detect(p, found)
	if n > 0 {
		t.Fatalf("%d findings in source text", n)
	}
	if a := testing.AllocsPerRun(5, func() { d.Detect(p, found) }); a > 0 {
		t.Errorf("%v allocations", a)
	}
}

func BenchmarkDetect(b *testing.B)       { textbench.Run(b, New(Options{})) }
func BenchmarkDetectRegion(b *testing.B) { textbench.Run(b, New(Options{}), "US") }
func BenchmarkHostile(b *testing.B)      { textbench.RunHostile(b, New(Options{})) }

func BenchmarkNumber(b *testing.B) {
	digits := []byte("442079460018")
	for b.Loop() {
		international(digits)
	}
}
