package ole

import (
	"encoding/binary"
	"strconv"
	"time"

	"habeas/detectors"
	"habeas/scanner/media"
)

// catalog reads what Windows keeps of the pictures in a folder, Thumbs.db: their
// names and when they were changed, also of those that are no longer there, and a
// small copy of each. Nobody has published the form: the head of the list has 16
// bytes; each entry has its length, a number, a time and a name; the copy stands in a
// stream named by the number, its digits from the last to the first.
func (w *walk) catalog(storage int, path string) error {
	const (
		head  = 16
		fixed = 16 // of an entry, before its name
	)
	e := w.c.find(storage, "Catalog")
	if e == nil || e.kind != 2 {
		return nil
	}
	b, _ := w.c.stream(e)
	if len(b) < head || u16(b) != head {
		return nil // another program's list
	}
	w.known = true
	w.take(storage, e.name, path)
	var tags []detectors.Tag
	for b = b[head:]; len(b) >= fixed && len(tags) < maxProperties; {
		n := int64(u32(b))
		if n < fixed || n > int64(len(b)) {
			w.v.Problem(join(path, e.name), media.Corrupt)
			break
		}
		name := media.FieldValue(cutZero(utf16String(b[fixed:n])))
		if name != "" {
			tags = append(tags, detectors.Tag{Group: "OLE", Name: "FileName", Value: name})
		}
		if t := fileTime(binary.LittleEndian.Uint64(b[8:])); !t.IsZero() {
			tags = append(tags, detectors.Tag{Group: "OLE", Name: "ModifyDate", Value: t.Format(time.RFC3339)})
		}
		copied := backwards(strconv.FormatUint(uint64(u32(b[4:])), 10))
		if name == "" {
			name = copied
		}
		if err := w.pictures(w.take(storage, copied, path), join(path, "thumbnail/"+printable(name))); err != nil {
			return err
		}
		b = b[n:]
	}
	return w.tags(path, tags)
}

func backwards(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}
