package isobmff

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/text/encoding/japanese"

	"habeas/detectors"
	"habeas/scanner/media"
)

// itemList reads ilst: the fields of iTunes, which four letters name, or those of
// QuickTime (QuickTime File Format, "Metadata"), whose names stand in keys.
func (w *walk) itemList(path string, keys, list box, depth int) error {
	if list.kind == "" {
		return nil
	}
	names, err := w.keys(path, keys)
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	err = w.children(path, list.body, list.end, depth, func(c box) error {
		if len(tags) >= maxTags {
			return nil
		}
		name := itemNames[c.kind]
		switch i := binary.BigEndian.Uint32([]byte(c.kind)); {
		case c.kind == "----":
			name = ""
		case i > 0 && uint64(i) <= uint64(len(names)):
			name = names[i-1]
		case name == "" && (c.kind[0] == 0xa9 || i > 1<<24):
			name = label(c.kind)
		}
		var err error
		tags, err = w.listItem(tags, path, name, c, depth+1)
		return err
	})
	if err != nil {
		return err
	}
	return w.part(path, tags)
}

// keys are the names that a keys box gives, from the first.
func (w *walk) keys(path string, b box) ([]string, error) {
	if b.size() < 8 {
		return nil, nil
	}
	d, err := media.ReadUpTo(w.win.R, b.body, min(b.size(), maxField), w.win.Size)
	if err != nil || len(d) < 8 {
		return nil, err
	}
	var names []string
	n := binary.BigEndian.Uint32(d[4:])
	for d = d[8:]; len(d) >= 8 && len(names) < maxTags && uint64(len(names)) < uint64(n); {
		size := int64(binary.BigEndian.Uint32(d))
		if size < 8 || size > int64(len(d)) {
			w.v.Problem(path, media.Corrupt)
			break
		}
		names = append(names, keyName(string(d[8:size])))
		d = d[size:]
	}
	return names, nil
}

// keyName is the name of a field from its reverse domain name.
func keyName(key string) string {
	key, _, _ = strings.Cut(strings.ToValidUTF8(key, ""), "\x00")
	low := strings.ToLower(key)
	for _, p := range []string{"com.apple.quicktime.", "com.apple.proapps.", "com.apple.photos.", "com.apple.", "com.android.", "com.google.", "com.samsung.", "com."} {
		if rest, ok := strings.CutPrefix(low, p); ok {
			key = key[len(key)-len(rest):]
			break
		}
	}
	if n := keyNames[strings.ToLower(key)]; n != "" {
		return n
	}
	return media.FieldName(key)
}

// listItem reads the data atoms of one item. name is empty for an item of free
// form, which says its own.
func (w *walk) listItem(tags []detectors.Tag, path, name string, b box, depth int) ([]detectors.Tag, error) {
	pictures := 0
	err := w.children(path, b.body, b.end, depth, func(c box) error {
		switch c.kind {
		case "name":
			d, err := media.ReadUpTo(w.win.R, c.body, min(c.size(), 1<<10), w.win.Size)
			if err == nil && len(d) > 4 && name == "" {
				name = media.FieldName(media.Legacy(d[4:]))
			}
			return err
		case "data":
		default:
			return nil
		}
		h, err := w.win.At(c.body, int(min(c.size(), 8)))
		if err != nil || len(h) < 8 {
			return err
		}
		kind := binary.BigEndian.Uint32(h) & 0xffffff
		if b.kind == "covr" || kind == 13 || kind == 14 || kind == 27 {
			pictures++
			return w.section(fmt.Sprintf("%s/cover[%d]", path, pictures), c.body+8, c.end)
		}
		if c.size() > 8+maxField {
			w.v.Problem(path, media.LimitBytes)
		}
		d, err := media.ReadUpTo(w.win.R, c.body+8, min(c.size()-8, maxField), w.win.Size)
		if err != nil {
			return err
		}
		tags = add(tags, name, decodeData(kind, d))
		return nil
	})
	return tags, err
}

// decodeData reads a value by its well-known type (QuickTime File Format,
// "Well-Known Types"): texts, and small numbers; "" for the rest.
func decodeData(kind uint32, d []byte) string {
	switch kind {
	case 2, 5: // UTF-16
		s, _ := media.AppendWide(nil, d, media.UTF16BE, true)
		return strings.TrimPrefix(string(s), "\ufeff")
	case 3, 6:
		return decode(japanese.ShiftJIS, d)
	case 21, 22, 65, 66, 67, 74, 75, 76, 77, 78:
		if len(d) == 0 || len(d) > 8 {
			return ""
		}
		var n uint64
		for _, b := range d {
			n = n<<8 | uint64(b)
		}
		return strconv.FormatUint(n, 10)
	case 0, 1, 4, 8, 9, 10, 11, 12, 15, 16, 18, 19, 20, 24, 25, 26, 28:
		return wide(d)
	}
	return ""
}
