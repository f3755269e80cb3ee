package media

import (
	"bytes"
	"encoding/binary"
	"strings"

	"github.com/gabriel-vasile/mimetype"
)

// Sniff is the MIME type of content that begins with head, at most HeadSize
// bytes of it: "application/octet-stream" where it is unknown, "text/plain" for
// a text in any encoding. It is for people and reports; which format walks is
// for Match to say.
func Sniff(head []byte) string {
	for _, own := range []func([]byte) string{BrandType, riffType, rawType, xmpType, MailType, otherType} {
		if t := own(head); t != "" {
			return t
		}
	}
	t, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if t == "message/rfc822" { // on one field's word
		return "text/plain"
	}
	if t == "application/octet-stream" {
		if cs, _ := TextCharset(head); cs != Binary {
			return "text/plain"
		}
	}
	return t
}

// riffType is the type of a RIFF form; mimetype knows these three in files of
// less than 4 GiB only.
func riffType(head []byte) string {
	if len(head) < 12 || string(head[:4]) != "RIFF" && string(head[:4]) != "RF64" && string(head[:4]) != "BW64" {
		return ""
	}
	return map[string]string{"WEBP": "image/webp", "WAVE": "audio/wav", "AVI ": "video/x-msvideo"}[string(head[8:12])]
}

// otherType knows what mimetype does not, by its first bytes.
func otherType(head []byte) string {
	for _, m := range otherMagics {
		if bytes.HasPrefix(head[min(m.off, len(head)):], []byte(m.magic)) {
			return m.mime
		}
	}
	return ""
}

var otherMagics = []struct {
	off         int
	magic, mime string
}{
	{0, "\x78\x9f\x3e\x22", "application/vnd.ms-tnef"},
	{0, "bplist0", "application/x-bplist"},
	{0, "\x37\x7f\x06\x82", "application/x-sqlite3-wal"}, {0, "\x37\x7f\x06\x83", "application/x-sqlite3-wal"}, {0, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", "application/x-sqlite3-journal"},
	{8, ".FIT", "application/vnd.ant.fit"},
	{0, "\x00\x05\x16\x07\x00", "multipart/appledouble"}, {0, "\x00\x05\x16\x00\x00", "application/applefile"},
	{40, " EMF", "image/emf"},
	{0, "\xd7\xcd\xc6\x9a", "image/wmf"}, {0, "\x01\x00\x09\x00\x00\x03", "image/wmf"}, {0, "\x02\x00\x09\x00\x00\x03", "image/wmf"},
}

// rawType tells raw pictures of cameras from plain TIFF: by their magic where
// they have one, else by what the first directory says.
func rawType(head []byte) string {
	for _, m := range rawMagics {
		if bytes.HasPrefix(head[min(m.off, len(head)):], []byte(m.magic)) {
			return m.mime
		}
	}
	d, ok := firstIFD(head)
	if !ok {
		return ""
	}
	if d.dng {
		return "image/x-adobe-dng"
	}
	if d.preview && d.subIFDs { // what the file shows first is a small copy
		for _, m := range rawMakers {
			if strings.HasPrefix(d.maker, m[0]) {
				return m[1]
			}
		}
	}
	return "image/tiff"
}

var rawMagics = []struct {
	off         int
	magic, mime string
}{
	{8, "CR\x02\x00", "image/x-canon-cr2"},
	{6, "HEAPCCDR", "image/x-canon-crw"},
	{0, "FUJIFILMCCD-RAW", "image/x-fuji-raf"},
	{0, "IIRO", "image/x-olympus-orf"}, {0, "IIRS", "image/x-olympus-orf"}, {0, "MMOR", "image/x-olympus-orf"},
	{0, "IIU\x00", "image/x-panasonic-rw2"},
	{0, "FOVb", "image/x-sigma-x3f"},
	{0, "\x00MRM", "image/x-minolta-mrw"},
	{0, "II+\x00\x08\x00", "image/tiff"}, {0, "MM\x00+\x00\x08", "image/tiff"}, // BigTIFF
}

var rawMakers = [][2]string{
	{"NIKON", "image/x-nikon-nef"},
	{"SONY", "image/x-sony-arw"},
	{"PENTAX", "image/x-pentax-pef"}, {"RICOH", "image/x-pentax-pef"},
	{"SAMSUNG", "image/x-samsung-srw"},
	{"Hasselblad", "image/x-hasselblad-3fr"},
}

// ifd is what the first directory of a TIFF tells, as far as head holds it.
type ifd struct {
	maker                 string
	dng, preview, subIFDs bool
}

func firstIFD(head []byte) (d ifd, ok bool) {
	if len(head) < 8 {
		return d, false
	}
	var order binary.ByteOrder
	switch string(head[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return d, false
	}
	off := int64(order.Uint32(head[4:]))
	if off+2 > int64(len(head)) {
		return d, true
	}
	entries := head[off+2:]
	for range order.Uint16(head[off:]) {
		if len(entries) < 12 {
			break
		}
		value := order.Uint32(entries[8:])
		switch order.Uint16(entries) {
		case 0x00fe: // NewSubfileType: 1 is a smaller copy
			d.preview = value == 1
		case 0x010f: // Make
			if int64(value) < int64(len(head)) {
				d.maker = string(head[value:min(int64(value)+16, int64(len(head)))])
			}
		case 0x014a:
			d.subIFDs = true
		case 0xc612:
			d.dng = true
		}
		entries = entries[12:]
	}
	return d, true
}

// xmpType knows a packet or sidecar of XMP by its first words.
func xmpType(head []byte) string {
	b := bytes.TrimLeft(head, "\xef\xbb\xbf\x00 \t\r\n")
	b = b[:min(len(b), 1<<10)]
	for _, p := range []string{"<?xpacket begin", "<x:xmpmeta", "<rdf:RDF"} {
		if bytes.HasPrefix(b, []byte(p)) {
			return "application/rdf+xml"
		}
	}
	if bytes.HasPrefix(b, []byte("<?xml")) && bytes.Contains(b, []byte("<x:xmpmeta")) {
		return "application/rdf+xml"
	}
	return ""
}
