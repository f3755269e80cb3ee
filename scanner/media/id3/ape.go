package id3

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"habeas/detectors"
	"habeas/scanner/media"
)

// apeFooter reads an APEv2 tag that ends at end (wiki.hydrogenaud.io, "APEv2
// specification"): items, then 32 bytes that say how long all of it is.
func (w *walk) apeFooter(start, end int64) (int64, error) {
	if end-start < 32 {
		return 0, nil
	}
	h, err := w.win.At(end-32, 32)
	if err != nil || len(h) < 32 || string(h[:8]) != "APETAGEX" {
		return 0, err
	}
	n := int64(binary.LittleEndian.Uint32(h[12:]))
	headed := binary.LittleEndian.Uint32(h[20:])>>31 == 1
	if n < 32 || n > end-start {
		w.v.Problem("ape", media.Corrupt)
		return 32, nil
	}
	if err := w.ape(end-n, end-32, false); err != nil {
		return 0, err
	}
	if headed && n+32 <= end-start {
		n += 32
	}
	return n, nil
}

// ape reads the items between off and end: length, flags, key, NUL, value.
func (w *walk) ape(off, end int64, cut bool) error {
	if end-off > media.MaxBlock {
		w.v.Problem("ape", media.LimitBytes)
		end = off + media.MaxBlock
	}
	if cut {
		w.v.Problem("ape", media.Truncated)
	}
	d, err := media.ReadUpTo(w.r, off, end-off, w.size)
	if err != nil {
		return err
	}
	var tags []detectors.Tag
	for at := int64(0); int64(len(d))-at > 8; {
		n, flags := int64(binary.LittleEndian.Uint32(d[at:])), binary.LittleEndian.Uint32(d[at+4:])
		if string(d[at:min(at+8, int64(len(d)))]) == "APETAGEX" {
			break // the footer of a tag that stands first
		}
		at += 8
		key, _, ok := bytes.Cut(d[at:min(at+256, int64(len(d)))], []byte{0})
		if !ok || len(key) == 0 {
			w.v.Problem("ape", media.Corrupt)
			break
		}
		at += int64(len(key)) + 1
		if n > int64(len(d))-at {
			w.v.Problem("ape", media.Corrupt)
			n = int64(len(d)) - at
		}
		value := d[at : at+n]
		name := media.FieldName(string(key))
		switch {
		case flags>>1&3 == 1 || strings.HasPrefix(strings.ToLower(string(key)), "cover art"):
			if err := w.apeBinary(name, value, off+at); err != nil {
				return err
			}
		default:
			for v := range bytes.SplitSeq(value, []byte{0}) {
				tags = addTo(tags, "APE", name, media.Legacy(v))
			}
		}
		at += n
	}
	return w.part("ape", tags)
}

// apeBinary hands on a picture: its file name, NUL, its bytes. What other binary
// items hold is not known.
func (w *walk) apeBinary(name string, value []byte, off int64) error {
	if !strings.HasPrefix(name, "CoverArt") {
		return nil
	}
	file, picture, ok := bytes.Cut(value, []byte{0})
	if !ok || len(picture) == 0 {
		return nil
	}
	w.covers++
	at := off + int64(len(file)) + 1
	return w.v.Nested(fmt.Sprintf("cover[%d]", w.covers), io.NewSectionReader(w.r, at, int64(len(picture))))
}

func addTo(tags []detectors.Tag, group, name, value string) []detectors.Tag {
	n := len(tags)
	if tags = add(tags, name, value); len(tags) > n {
		tags[n].Group = group
	}
	return tags
}
