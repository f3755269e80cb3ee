package jpeg

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"habeas/detectors"
	"habeas/scanner/media"
)

// Two programs put text into APP12: Photoshop's "save for web" a comment and a
// copyright notice, and cameras of the nineties a list of lines that may hold the
// serial number. Neither was ever published; the layout is ExifTool's finding
// (APP12.pm).
const (
	duckySig = "Ducky"
	infoMark = "[picture info]"
)

// app12 gives the texts of an APP12 segment.
func (w *walk) app12(p piece) error {
	b, err := media.ReadUpTo(w.r, p.off, p.n, w.size)
	if err != nil {
		return err
	}
	if rest, ok := bytes.CutPrefix(b, []byte(duckySig)); ok {
		return w.ducky(rest)
	}
	if !bytes.Contains(b, []byte(infoMark)) {
		return nil
	}
	t := bytes.ReplaceAll(bytes.TrimRight(b, "\x00 \t\r\n"), []byte{0}, []byte{'\n'})
	return w.v.Part(&detectors.Part{Path: "app12", Text: utf8Text(t), Off: -1})
}

// ducky reads records of a number, a length and a value; texts are UTF-16BE behind
// their own length.
func (w *walk) ducky(b []byte) error {
	var tags []detectors.Tag
	for len(b) >= 4 {
		id, n := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		b = b[4:]
		if id == 0 {
			break
		}
		if n > len(b) {
			w.problem("app12", media.Corrupt)
			n = len(b)
		}
		name := map[uint16]string{2: "Comment", 3: "Copyright"}[id]
		if name != "" && n > 4 {
			if s := fromUTF16(b[4:n]); s != "" {
				tags = append(tags, detectors.Tag{Group: "Ducky", Name: name, Value: s})
			}
		}
		b = b[n:]
	}
	if len(tags) == 0 {
		return nil
	}
	return w.v.Part(&detectors.Part{Path: "app12", Tags: tags, Off: -1})
}

func fromUTF16(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, binary.BigEndian.Uint16(b))
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00 \t\r\n")
}
