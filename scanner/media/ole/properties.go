package ole

import (
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media/charset"
)

// summary and docSummary are properties by number ([MS-OLEPS] 3.1), named as
// ExifTool does.
var summary = map[uint32]string{
	2: "Title", 3: "Subject", 4: "Author", 5: "Keywords", 6: "Comments", 7: "Template", 8: "LastModifiedBy",
	9: "RevisionNumber", 11: "LastPrinted", 12: "CreateDate", 13: "ModifyDate", 18: "Software",
}

var docSummary = map[uint32]string{
	2: "Category", 3: "PresentationTarget", 13: "TitleOfParts", 14: "Manager", 15: "Company", 26: "ContentType", 27: "ContentStatus", 28: "Language", 29: "DocVersion",
}

const (
	fmtSummary    = "\xe0\x85\x9f\xf2\xf9\x4f\x68\x10\xab\x91\x08\x00\x2b\x27\xb3\xd9"
	fmtDocSummary = "\x02\xd5\xcd\xd5\x9c\x2e\x1b\x10\x93\x97\x08\x00\x2b\x2c\xf9\xae"
)

// maxProperties bounds those of one section.
const maxProperties = 4096

// propertySet reads a stream of property sets. ok is false where it is damaged.
func propertySet(b []byte) (tags []detectors.Tag, ok bool) {
	if len(b) < 28 || u16(b) != 0xfffe {
		return nil, false
	}
	ok = true
	for i := range min(int(u32(b[24:])), 4) {
		at := 28 + 20*i
		if at+20 > len(b) {
			return tags, false
		}
		off := int64(u32(b[at+16:]))
		if off+8 > int64(len(b)) {
			ok = false
			continue
		}
		var names map[uint32]string
		switch string(b[at : at+16]) {
		case fmtSummary:
			names = summary
		case fmtDocSummary:
			names = docSummary
		}
		more, whole := section(b[off:], names)
		tags = append(tags, more...)
		ok = ok && whole
	}
	return tags, ok
}

// section reads one set; names is nil for one whose names stand in itself.
func section(b []byte, names map[uint32]string) (tags []detectors.Tag, ok bool) {
	n := int(u32(b[4:]))
	if n < 0 || n > maxProperties || 8+8*n > len(b) {
		return nil, false
	}
	page := encoding.Encoding(charmap.Windows1252)
	wide := false
	at := func(i int) (id uint32, value []byte) {
		off := int64(u32(b[12+8*i:]))
		if off+4 > int64(len(b)) {
			return u32(b[8+8*i:]), nil
		}
		return u32(b[8+8*i:]), b[off:]
	}
	for i := range n {
		if id, v := at(i); id == 1 && len(v) >= 6 {
			wide = u16(v[4:]) == 1200
			page = charset.CodePage(int(u16(v[4:])))
		}
	}
	if names == nil {
		for i := range n {
			if id, v := at(i); id == 0 && v != nil {
				names = dictionary(v, page, wide)
			}
		}
	}
	ok = true
	for i := range n {
		id, v := at(i)
		if v == nil {
			ok = false
			continue
		}
		if id < 2 || names[id] == "" {
			continue
		}
		for _, s := range values(v, page, wide) {
			if s = tidy(s); s != "" {
				tags = append(tags, detectors.Tag{Group: "OLE", Name: names[id], Value: s})
			}
		}
	}
	return tags, ok
}

// dictionary reads the names that users gave properties.
func dictionary(b []byte, page encoding.Encoding, wide bool) map[uint32]string {
	names := map[uint32]string{}
	n := u32(b)
	b = b[4:]
	for ; n > 0 && len(b) >= 8 && len(names) < maxProperties; n-- {
		id, size := u32(b), int64(u32(b[4:]))
		b = b[8:]
		pad := int64(0)
		if wide {
			size *= 2
			pad = -size & 3
		}
		if size+pad > int64(len(b)) {
			break
		}
		names[id] = tidy(decode(b[:size], page, wide))
		b = b[size+pad:]
	}
	return names
}

// values are those of a typed property as text ([MS-OLEPS] 2.15): strings,
// dates, numbers, and lists of strings.
func values(b []byte, page encoding.Encoding, wide bool) []string {
	kind := u16(b)
	b = b[4:]
	switch kind {
	case 0x1e, 0x1f, 0x08:
		s, _ := counted(b, page, wide || kind == 0x1f, kind == 0x1f)
		return []string{s}
	case 0x101e, 0x101f:
		if len(b) < 4 {
			return nil
		}
		n := min(int(u32(b)), maxProperties)
		b = b[4:]
		var list []string
		for ; n > 0 && len(b) >= 4; n-- {
			s, used := counted(b, page, wide || kind == 0x101f, kind == 0x101f)
			if used <= 0 {
				break
			}
			list = append(list, s)
			b = b[min(used, len(b)):]
		}
		return list
	case 0x41: // a blob: list of links as variants
		return blob(b)
	case 0x40:
		if len(b) >= 8 {
			if t := fileTime(binary.LittleEndian.Uint64(b)); !t.IsZero() {
				return []string{t.Format(time.RFC3339)}
			}
		}
	case 0x03:
		if len(b) >= 4 {
			return []string{fmt.Sprint(int32(u32(b)))}
		}
	}
	return nil
}

// counted reads a string with its length before it, in bytes or in characters,
// and tells how many bytes it takes with its padding.
func counted(b []byte, page encoding.Encoding, wide, chars bool) (string, int) {
	if len(b) < 4 {
		return "", 0
	}
	n := int64(u32(b))
	if chars {
		n *= 2
	}
	n = min(n, int64(len(b)-4))
	used := 4 + n
	if chars {
		used += -n & 3
	}
	return decode(b[4:4+n], page, wide), int(used)
}

// blob reads the strings of _PID_HLINKS.
func blob(b []byte) (list []string) {
	for i := 0; i+8 < len(b) && len(list) < maxProperties; i += 4 {
		if u32(b[i:]) != 0x1f {
			continue
		}
		if s, _ := counted(b[i+4:], nil, true, true); s != "" {
			list = append(list, s)
		}
	}
	return list
}

func decode(b []byte, page encoding.Encoding, wide bool) string {
	if wide {
		return cutZero(utf16String(b))
	}
	s, err := page.NewDecoder().Bytes(b)
	if err != nil {
		return cutZero(string(b))
	}
	return cutZero(string(s))
}

func cutZero(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}

func tidy(s string) string { return strings.TrimSpace(strings.ToValidUTF8(s, "\uFFFD")) }

// fileTime counts from 1601 in units of 100 ns.
func fileTime(n uint64) time.Time {
	if n == 0 || n > 1<<62 {
		return time.Time{}
	}
	return time.Unix(int64(n/1e7)-11644473600, 0).UTC()
}
