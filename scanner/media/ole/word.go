package ole

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Places in the file information block ([MS-DOC] 2.5): pairs of offset and
// length in the table stream.
const (
	fibOwners   = 0x1ba // who commented
	fibPieces   = 0x1a2
	fibRevision = 0x232 // who changed
	fibSavedBy  = 0x2d2 // who saved it last, and where
)

// word reads a document of Word: the text as its pieces have it, which is that
// of the body, notes, headers, comments and boxes in one.
func (w *walk) word(storage int, _ *entry, path string) error {
	at := join(path, "WordDocument")
	b := w.take(storage, "WordDocument", at)
	if len(b) < 0x20 || u16(b) != 0xa5ec && u16(b) != 0xa5dc {
		w.v.Problem(at, media.Corrupt)
		return w.runs(b, at)
	}
	flags := u16(b[10:])
	if flags&0x100 != 0 {
		w.v.Problem(at, media.Encrypted)
		return nil
	}
	table := "0Table"
	if flags&0x200 != 0 {
		table = "1Table"
	}
	var tables []byte
	if u16(b[2:]) >= 0xc1 {
		tables = w.take(storage, table, join(path, table))
	}
	text, ok := pieces(b, fibTable(b, tables, fibPieces))
	if !ok {
		text = stretch(b)
	}
	if text == "" {
		if err := w.runs(b, at); err != nil {
			return err
		}
	}
	if err := w.text(at, layout(text)); err != nil {
		return err
	}
	if data := w.take(storage, "Data", join(path, "Data")); len(data) > 0 {
		if err := w.pictures(data, join(path, "Data")); err != nil {
			return err
		}
	}
	return w.tags(join(path, table), people(b, tables))
}

// fibTable is what a pair at a place of the block points to.
func fibTable(b, tables []byte, place int) []byte {
	if len(b) < place+8 {
		return nil
	}
	off, n := int64(u32(b[place:])), int64(u32(b[place+4:]))
	if off+n > int64(len(tables)) {
		return nil
	}
	return tables[off : off+n]
}

// pieces joins the text by its table of pieces (2.8.35, 2.9.38): characters of
// one byte or of two, anywhere in the stream.
func pieces(b, clx []byte) (string, bool) {
	for len(clx) >= 5 && clx[0] == 1 { // formats
		n := 3 + int(u16(clx[1:]))
		if n > len(clx) {
			return "", false
		}
		clx = clx[n:]
	}
	if len(clx) < 5 || clx[0] != 2 {
		return "", false
	}
	plc := clx[5:]
	if n := int64(u32(clx[1:])); n < int64(len(plc)) {
		plc = plc[:n]
	}
	n := (len(plc) - 4) / 12
	var s strings.Builder
	for i := 0; i < n; i++ {
		from, to := u32(plc[4*i:]), u32(plc[4*i+4:])
		place := int64(u32(plc[4*(n+1)+8*i+2:]))
		if to < from {
			return s.String(), s.Len() > 0
		}
		count := int64(to - from)
		if place&0x40000000 != 0 {
			place = place &^ 0x40000000 / 2
			end := min(place+count, int64(len(b)))
			if place < end {
				s.WriteString(decodeAll(b[place:end]))
			}
		} else if end := min(place+2*count, int64(len(b))); place < end {
			s.WriteString(utf16String(b[place:end]))
		}
		if s.Len() > media.MaxBlock { // pieces that all point to the same text
			return s.String(), true
		}
	}
	return s.String(), s.Len() > 0
}

func decodeAll(b []byte) string {
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return string(b)
	}
	return string(s)
}

// stretch is the text of a document of Word 6 or 95, or of one without a table
// of pieces: one stretch of bytes.
func stretch(b []byte) string {
	from, to := int64(u32(b[0x18:])), int64(u32(b[0x1c:]))
	if from < 0x20 || to > int64(len(b)) || from >= to {
		return ""
	}
	return decodeAll(b[from:to])
}

// layout makes lines and cells of the marks in the text (2.4.1). What a field
// shows stands behind its code, parted from it.
func layout(s string) string {
	out := make([]byte, 0, len(s))
	cell := false // a cell has just ended: another mark ends the row
	for _, r := range s {
		switch {
		case r == 7 && cell:
			out[len(out)-1] = '\n'
		case r == 7:
			out = append(out, '\t')
		case r == '\r' || r == '\v' || r == '\f':
			out = append(out, '\n')
		case r >= 0x13 && r <= 0x15:
			out = append(out, ' ')
		case r == 0x1e:
			out = append(out, '-')
		case r == '\t' || r == '\n' || r >= ' ':
			out = utf8.AppendRune(out, r)
		}
		cell = r == 7 && !cell
	}
	return string(out)
}

// people are the names that Word keeps beside the text.
func people(b, tables []byte) (tags []detectors.Tag) {
	add := func(name, value string) {
		if value = tidy(value); value != "" && value != "Unknown" && len(tags) < maxProperties {
			tags = append(tags, detectors.Tag{Group: "OLE", Name: name, Value: value})
		}
	}
	for x := fibTable(b, tables, fibOwners); len(x) >= 2; {
		n := 2 * int(u16(x))
		if 2+n > len(x) {
			break
		}
		add("CommentAuthor", utf16String(x[2:2+n]))
		x = x[2+n:]
	}
	for _, s := range stringTable(fibTable(b, tables, fibRevision)) {
		add("RevisionAuthor", s)
	}
	saved := stringTable(fibTable(b, tables, fibSavedBy))
	for i := 0; i+1 < len(saved); i += 2 {
		add("LastSavedBy", saved[i])
		add("LastSavedTo", saved[i+1])
	}
	return tags
}

// stringTable reads an STTB (2.2.4) of two-byte characters.
func stringTable(b []byte) (list []string) {
	if len(b) < 6 || u16(b) != 0xffff {
		return nil
	}
	n, extra := int(u16(b[2:])), int(u16(b[4:]))
	for b = b[6:]; n > 0 && len(b) >= 2; n-- {
		size := 2 + 2*int(u16(b))
		if size > len(b) {
			break
		}
		list = append(list, utf16String(b[2:size]))
		b = b[min(size+extra, len(b)):]
	}
	return list
}
