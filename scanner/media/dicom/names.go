package dicom

import (
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"habeas/scanner/media"
)

// charsetOf is the encoding of a defined term (PS3.3 section C.12.1.1.2), nil for
// ASCII and for terms that are unknown. Of several the last is what the others are
// left for.
func charsetOf(s string) encoding.Encoding {
	terms := strings.Split(s, "\\")
	switch strings.TrimSpace(strings.TrimRight(strings.ReplaceAll(terms[len(terms)-1], "ISO 2022 IR", "ISO_IR"), "\x00")) {
	case "ISO_IR 100":
		return charmap.Windows1252 // holds Latin-1
	case "ISO_IR 101":
		return charmap.ISO8859_2
	case "ISO_IR 109":
		return charmap.ISO8859_3
	case "ISO_IR 110":
		return charmap.ISO8859_4
	case "ISO_IR 144":
		return charmap.ISO8859_5
	case "ISO_IR 127":
		return charmap.ISO8859_6
	case "ISO_IR 126":
		return charmap.ISO8859_7
	case "ISO_IR 138":
		return charmap.ISO8859_8
	case "ISO_IR 148":
		return charmap.ISO8859_9
	case "ISO_IR 203":
		return charmap.ISO8859_15
	case "ISO_IR 166":
		return charmap.Windows874
	case "ISO_IR 13":
		return japanese.ShiftJIS // holds JIS X 0201
	case "ISO_IR 87", "ISO_IR 159":
		return japanese.ISO2022JP
	case "ISO_IR 149":
		return escaped{korean.EUCKR}
	case "ISO_IR 58":
		return escaped{simplifiedchinese.GBK}
	case "GB18030", "GBK":
		return simplifiedchinese.GB18030
	case "ISO_IR 192":
		return unicode.UTF8
	}
	return nil
}

// escaped marks encodings whose escape sequences say nothing more: the bytes above
// ASCII are theirs.
type escaped struct{ encoding.Encoding }

// decode is a text of the file in UTF-8.
func (w *walk) decode(b []byte) string {
	page := w.page
	if e, ok := page.(escaped); ok {
		page = e.Encoding
		s := strings.ReplaceAll(string(b), "\x1b$)C", "")
		b = []byte(strings.ReplaceAll(s, "\x1b$)A", ""))
	}
	if page == nil || page == unicode.UTF8 {
		return media.Legacy(b)
	}
	out, err := page.NewDecoder().Bytes(b)
	if err != nil {
		return media.Legacy(b)
	}
	return string(out)
}

// serial is the name of elements that hold serial numbers.
const serial = "serial number"

// names are the elements that name people, places and devices, in the words of
// PS3.6, and the kind of those that do not say it.
var names = map[uint32]struct{ name, kind string }{
	0x00080012: {"creation date", "DA"}, 0x00080020: {"study date", "DA"}, 0x00080021: {"series date", "DA"}, 0x00080022: {"acquisition date", "DA"}, 0x00080023: {"content date", "DA"},
	0x00080050: {"accession number", "SH"}, 0x00080070: {"manufacturer", "LO"}, 0x00080080: {"institution", "LO"}, 0x00080081: {"institution address", "ST"},
	0x00080090: {"referring physician name", "PN"}, 0x00080092: {"referring physician address", "ST"}, 0x00080094: {"referring physician phone", "SH"}, 0x0008009c: {"consulting physician name", "PN"},
	0x00081010: {"station", "SH"}, 0x00081030: {"study description", "LO"}, 0x0008103e: {"series description", "LO"}, 0x00081040: {"department", "LO"},
	0x00081048: {"physician name", "PN"}, 0x00081050: {"performing physician name", "PN"}, 0x00081060: {"reading physician name", "PN"}, 0x00081070: {"operator name", "PN"},
	0x00081080: {"diagnosis", "LO"}, 0x00081090: {"model", "LO"}, 0x00084000: {"comments", "LT"},
	0x00100010: {"patient name", "PN"}, 0x00100020: {"patient id", "LO"}, 0x00100021: {"issuer of patient id", "LO"}, 0x00100030: {"birth date", "DA"},
	0x00101000: {"other patient ids", "LO"}, 0x00101001: {"other patient names", "PN"}, 0x00101005: {"birth name", "PN"}, 0x00101040: {"address", "LO"}, 0x00101060: {"mother's birth name", "PN"},
	0x00101080: {"military rank", "LO"}, 0x00101081: {"branch of service", "LO"}, 0x00101090: {"medical record locator", "LO"}, 0x00102000: {"medical alerts", "LO"}, 0x00102110: {"allergies", "LO"},
	0x00102150: {"country", "LO"}, 0x00102152: {"region", "LO"}, 0x00102154: {"phone", "SH"}, 0x00102155: {"telecom", "LT"}, 0x00102160: {"ethnic group", "SH"}, 0x00102180: {"occupation", "SH"},
	0x001021b0: {"patient history", "LT"}, 0x001021f0: {"religion", "LO"}, 0x00102297: {"responsible person name", "PN"}, 0x00102299: {"responsible organization", "LO"}, 0x00104000: {"patient comments", "LT"},
	0x00120040: {"clinical trial subject id", "LO"}, 0x00181000: {serial, "LO"}, 0x0018100a: {"UDI", "UT"}, 0x00181030: {"protocol", "LO"}, 0x0018700a: {serial, "SH"},
	0x00200010: {"study id", "SH"}, 0x00204000: {"image comments", "LT"}, 0x00321032: {"requesting physician name", "PN"}, 0x00321033: {"requesting service", "LO"}, 0x00321060: {"requested procedure", "LO"}, 0x00324000: {"study comments", "LT"},
	0x00380010: {"admission id", "LO"}, 0x00380300: {"patient location", "LO"}, 0x00380400: {"patient residence", "LO"}, 0x00384000: {"visit comments", "LT"}, 0x00380020: {"admitting date", "DA"},
	0x00400006: {"scheduled physician name", "PN"}, 0x00400007: {"scheduled procedure", "LO"}, 0x00400243: {"performed location", "SH"}, 0x00400254: {"performed procedure", "LO"}, 0x00400280: {"comments", "ST"},
	0x00401010: {"recipient of results name", "PN"}, 0x00401102: {"person address", "ST"}, 0x00401103: {"person phone", "LO"}, 0x00401104: {"person telecom", "LT"}, 0x00401400: {"comments", "LT"},
	0x00402008: {"order entered by name", "PN"}, 0x00402009: {"order location", "SH"}, 0x00402010: {"order phone", "SH"}, 0x00402016: {"placer order number", "LO"}, 0x00402017: {"filler order number", "LO"},
	0x00404037: {"performer name", "PN"}, 0x0040a075: {"verifying observer name", "PN"}, 0x0040a123: {"person name", "PN"}, 0x0040a160: {"text", "UT"}, 0x0040a027: {"verifying organization", "LO"},
	0x00700084: {"content creator name", "PN"}, 0x40080102: {"interpretation recorder name", "PN"}, 0x4008010a: {"interpretation transcriber name", "PN"}, 0x4008010b: {"interpretation", "ST"}, 0x4008010c: {"interpretation author name", "PN"},
	0x40080114: {"approving physician name", "PN"}, 0x40080119: {"results distribution name", "PN"},
}
