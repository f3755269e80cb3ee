package isobmff

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"

	"habeas/detectors"
	"habeas/scanner/media"
)

const (
	group = "QuickTime"
	// maxField is how much of one field is read; lyrics are the longest.
	maxField = 1 << 20
	// maxVendor is how much of a maker's own block is searched for pictures.
	maxVendor = 256 << 10
	// maxTags bounds the fields of one row.
	maxTags = media.MaxBoxes
)

// userData reads a udta box (8.10.1, and QuickTime File Format, "User Data
// Atoms"): texts of QuickTime and of 3GPP (TS 26.244, 8), and makers' own blocks.
func (w *walk) userData(path string, b box, depth int) error {
	var tags []detectors.Tag
	err := w.children(path, b.body, b.end, depth, func(c box) error {
		switch c.kind {
		case "meta":
			return w.meta(path+"/meta", c, depth+1)
		case "udta":
			return w.userData(path, c, depth+1)
		case "uuid":
			return w.uuid(path+"/uuid", c, depth+1)
		case "XMP_":
			return w.section(path+"/xmp", c.body, c.end)
		case "ilst":
			return w.itemList(path, box{}, c, depth+1)
		case "CNTH": // Canon: a picture of the first frame, with Exif
			return w.children(path, c.body, c.end, depth+1, func(d box) error { return w.picture(path+"/thumbnail", d) })
		case "GPMF":
			return w.goproSettings(path+"/gpmf", c)
		case "Xtra":
			return w.xtra(path+"/xtra", c)
		case "free", "skip", "hnti", "hinf", "ludt":
			return nil
		}
		if len(tags) >= maxTags {
			return nil // children tells of it
		}
		var err error
		if tags, err = w.userField(tags, path, c); err != nil {
			return err
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.part(path, tags)
}

// userField reads one field of user data.
func (w *walk) userField(tags []detectors.Tag, path string, c box) ([]detectors.Tag, error) {
	name := userNames[c.kind]
	text := c.kind[0] == 0xa9 || c.kind[0] == '@'
	if name == "" && !text {
		return tags, w.vendor(path, c)
	}
	d, err := media.ReadUpTo(w.win.R, c.body, min(c.size(), maxField), w.win.Size)
	if err != nil || len(d) == 0 {
		return tags, err
	}
	if c.size() > maxField {
		w.v.Problem(path, media.LimitBytes)
	}
	if name == "" {
		name = label(c.kind)
	}
	switch {
	case c.kind == "loci":
		return location(tags, d), nil
	case c.kind == "kywd":
		return keywords(tags, d), nil
	case len(d) > 16 && string(d[4:8]) == "data" && int(binary.BigEndian.Uint32(d)) <= len(d):
		// A list item of iTunes in the place of a text of QuickTime.
		return add(tags, name, decodeData(binary.BigEndian.Uint32(d[8:]), d[16:binary.BigEndian.Uint32(d)])), nil
	case text:
		return international(tags, name, d), nil
	case mobile[c.kind] && len(d) >= 6 && zeros(d[:4]): // version, flags, language
		return add(tags, name, wide(d[6:])), nil
	case mobile[c.kind] && len(d) > 1 && d[0] == 0 && int(d[1]) <= len(d)-2: // as QuickTime's
		return international(tags, name, d), nil
	}
	return add(tags, name, media.Legacy(d)), nil
}

// international reads the texts of a field of QuickTime: length, language, text,
// and so on. Writers put bare texts there too.
func international(tags []detectors.Tag, name string, d []byte) []detectors.Tag {
	if !framed(d) {
		return add(tags, name, media.Legacy(d))
	}
	for len(d) >= 4 {
		n, language := int(binary.BigEndian.Uint16(d)), binary.BigEndian.Uint16(d[2:])
		n = min(n, len(d)-4)
		tags = add(tags, name, byLanguage(d[4:4+n], language))
		if d = d[4+n:]; n == 0 {
			break
		}
	}
	return tags
}

// framed tells whether a length and a language stand first.
func framed(d []byte) bool {
	if len(d) < 4 {
		return false
	}
	n := int(binary.BigEndian.Uint16(d))
	if n <= len(d)-4 {
		return true
	}
	return d[0] < ' ' // longer than what is there: cut, or counted with its header
}

// byLanguage decodes a text: UTF-8 where it is that, else UTF-16 by its mark,
// else what the language code says (ISO 14496-12 codes mean UTF-8, Macintosh
// codes below 0x400 the code page of the script).
func byLanguage(b []byte, language uint16) string {
	if utf8.Valid(b) || len(b) > 1 && (b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe) {
		return wide(b)
	}
	switch {
	case language == 11:
		return decode(japanese.ShiftJIS, b)
	case language < 0x400:
		return decode(charmap.Macintosh, b)
	}
	return media.Legacy(b)
}

func decode(e encoding.Encoding, b []byte) string {
	s, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return media.Legacy(b)
	}
	return string(s)
}

// wide reads UTF-16 with a mark, or UTF-8.
func wide(b []byte) string {
	cs := media.Charset("")
	switch {
	case len(b) > 1 && b[0] == 0xfe && b[1] == 0xff:
		cs = media.UTF16BE
	case len(b) > 1 && b[0] == 0xff && b[1] == 0xfe:
		cs = media.UTF16LE
	default:
		return media.Legacy(b)
	}
	s, _ := media.AppendWide(nil, b[2:], cs, true)
	return string(s)
}

// add keeps a text up to its NUL, if it is one.
func add(tags []detectors.Tag, name, value string) []detectors.Tag {
	value, _, _ = strings.Cut(value, "\x00")
	value = media.FieldValue(value)
	if value == "" || name == "" || len(tags) >= maxTags {
		return tags
	}
	control := 0
	for _, r := range value {
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError {
			control++
		}
	}
	if control*8 > len(value) {
		return tags // numbers
	}
	return append(tags, detectors.Tag{Group: group, Name: name, Value: value})
}

// location reads loci (TS 26.244, 8.10): language, name, role, longitude,
// latitude and height in 16.16, body, notes.
func location(tags []detectors.Tag, d []byte) []detectors.Tag {
	if len(d) < 6 {
		return tags
	}
	name, rest := cutText(d[6:])
	tags = add(tags, "LocationName", name)
	if len(rest) < 13 {
		return tags
	}
	fixed := func(i int) float64 {
		return math.Round(float64(int32(binary.BigEndian.Uint32(rest[i:])))/65536*1e6) / 1e6
	}
	lon, lat, alt := fixed(1), fixed(5), fixed(9)
	body, rest := cutText(rest[13:])
	notes, _ := cutText(rest)
	if b := strings.ToLower(strings.TrimSpace(body)); b == "" || b == "earth" {
		value := strconv.FormatFloat(lat, 'f', -1, 64) + ", " + strconv.FormatFloat(lon, 'f', -1, 64)
		tags = append(tags, detectors.Tag{Group: group, Name: "GPSCoordinates", Value: value, Nums: []float64{lat, lon, alt}})
	}
	return add(tags, "LocationNotes", notes)
}

// cutText takes a text that a NUL ends, in UTF-8 or in UTF-16 with a mark.
func cutText(b []byte) (string, []byte) {
	if len(b) > 1 && (b[0] == 0xfe && b[1] == 0xff || b[0] == 0xff && b[1] == 0xfe) {
		for i := 2; i+1 < len(b); i += 2 {
			if b[i] == 0 && b[i+1] == 0 {
				return wide(b[:i]), b[i+2:]
			}
		}
		return wide(b), nil
	}
	s, rest, _ := bytes.Cut(b, []byte{0})
	return media.Legacy(s), rest
}

// keywords reads kywd (TS 26.244, 8.7): language, count, each with its length.
func keywords(tags []detectors.Tag, d []byte) []detectors.Tag {
	if len(d) < 7 {
		return tags
	}
	n := int(d[6])
	for d = d[7:]; n > 0 && len(d) > 1; n-- {
		size := min(int(d[0]), len(d)-1)
		tags = add(tags, "Keywords", wide(d[1:1+size]))
		d = d[1+size:]
	}
	return tags
}

// vendor searches a maker's own block for a picture or for Exif.
func (w *walk) vendor(path string, c box) error {
	if c.size() < 64 {
		return nil
	}
	d, err := media.ReadUpTo(w.win.R, c.body, min(c.size(), maxVendor), w.win.Size)
	if err != nil {
		return err
	}
	path += "/" + label(c.kind)
	if i := bytes.Index(d, []byte("\xff\xd8\xff")); i >= 0 && i+4 < len(d) && d[i+3] >= 0xc0 {
		return w.section(path+"/preview", c.body+int64(i), c.end)
	}
	if i := bytes.Index(d, []byte("Exif\x00\x00")); i >= 0 {
		return w.section(path+"/exif", c.body+int64(i)+6, c.end)
	}
	return nil
}

// label is the four bytes of a kind as a name.
func label(kind string) string {
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '-' || r == '_' {
			return r
		}
		return -1
	}, kind)
	if s == "" {
		return "Unknown"
	}
	return s
}

// xtra reads Microsoft's fields: length, length of the name, name, count, and of
// each value its length, type (8 is UTF-16) and bytes.
func (w *walk) xtra(path string, c box) error {
	d, err := media.ReadUpTo(w.win.R, c.body, min(c.size(), maxField), w.win.Size)
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	for len(d) >= 12 && len(tags) < maxTags {
		size, n := int64(binary.BigEndian.Uint32(d)), int64(binary.BigEndian.Uint32(d[4:]))
		if size < 12 || size > int64(len(d)) || n > size-12 {
			w.v.Problem(path, media.Corrupt)
			break
		}
		e, name := d[8+n:size], string(d[8:8+n])
		d = d[size:]
		for e = e[4:]; len(e) >= 6; {
			vn := int64(binary.BigEndian.Uint32(e))
			if vn < 6 || vn > int64(len(e)) {
				break
			}
			if binary.BigEndian.Uint16(e[4:]) == 8 {
				s, _ := media.AppendWide(nil, e[6:vn], media.UTF16LE, true)
				tags = add(tags, strings.ToValidUTF8(strings.TrimPrefix(name, "WM/"), ""), string(s))
			}
			e = e[vn:]
		}
	}
	return w.part(path, tags)
}
