package iptc

import (
	"bytes"
	"io"

	"habeas/scanner/media"
)

var _ media.Stripper = format{}

// Strip implements media.Stripper: datasets go one by one, the others move up.
func (format) Strip(r io.ReaderAt, size int64, s media.Stripping) ([]media.Cut, error) {
	if size > media.MaxBlock {
		return nil, media.Stop("", media.LimitBytes)
	}
	if s.Drop("", "", "") {
		return []media.Cut{{N: size}}, nil
	}
	b, err := media.ReadUpTo(r, 0, size, size)
	if err != nil {
		return nil, err
	}
	sets, _ := split(b)
	var cuts []media.Cut
	at := 0 // where what belongs to the next dataset begins
	for _, d := range sets {
		// Garbage between datasets stays: nobody knows what it is.
		start := int(d.off) - 5
		for start > at && b[start] != marker {
			start--
		}
		end := int(d.off) + len(d.value)
		at = end
		if v, ok := media.SetOf(s, "", "IPTC", name(d)); ok && isText(d) {
			if len(v) > 0x7FFF || int(d.off)-start != 5 {
				return nil, media.Refuse("", media.NoRoom)
			}
			with := append([]byte{byte(len(v) >> 8), byte(len(v))}, v...)
			cuts = append(cuts, media.Cut{Off: d.off - 2, N: int64(end) - d.off + 2, With: with})
			continue
		}
		if isText(d) && s.Drop("", "IPTC", name(d)) || isPreview(d) && s.Drop("preview", "", "") {
			cuts = append(cuts, media.Cut{Off: int64(start), N: int64(end - start)})
			continue
		}
		if !isPreview(d) {
			continue
		}
		n := int64(len(d.value))
		inner, err := s.Nested("preview", io.NewSectionReader(r, d.off, n), nil)
		if err != nil {
			return nil, err
		}
		inner, ok := media.Padded(inner, n, 0)
		if !ok {
			return nil, media.Stop("preview", media.Corrupt)
		}
		cuts = append(cuts, media.Shift(inner, d.off)...)
	}
	return cuts, nil
}

func isPreview(d dataset) bool {
	return d.record == application && d.number == previewData && bytes.HasPrefix(d.value, []byte("\xFF\xD8\xFF"))
}
